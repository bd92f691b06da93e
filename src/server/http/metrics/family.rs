//! What an address counts as: one of few families, whatever stands in it.

/// A family of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::server::http) enum Family {
    /// Whether the server lives, and whether it is ready.
    Health,
    /// What is counted, for whoever watches.
    Metrics,
    /// Enrolment, tokens, sessions.
    Auth,
    /// Orders that are submitted.
    Orders,
    /// Payments that are submitted.
    Payments,
    /// The menu, as registers pull it.
    Menu,
    /// What is said about the routes.
    OpenApi,
    /// `_changes`, also when it is held open: it counts until its first words.
    Changes,
    /// `_bulk_docs`.
    BulkDocs,
    /// `_bulk_get`, and documents with `open_revs`.
    Documents,
    /// `_revs_diff`.
    RevsDiff,
    /// Local documents: checkpoints, and who has an order in hand.
    Local,
    /// `_all_docs`, `_find`, `_index` and their like.
    Queries,
    /// All else of CouchDB's side.
    Couch,
    /// All else.
    Other,
}

impl Family {
    pub(super) const ALL: [Family; 15] = [
        Family::Health,
        Family::Metrics,
        Family::Auth,
        Family::Orders,
        Family::Payments,
        Family::Menu,
        Family::OpenApi,
        Family::Changes,
        Family::BulkDocs,
        Family::Documents,
        Family::RevsDiff,
        Family::Local,
        Family::Queries,
        Family::Couch,
        Family::Other,
    ];

    pub(super) fn code(self) -> &'static str {
        match self {
            Family::Health => "health",
            Family::Metrics => "metrics",
            Family::Auth => "auth",
            Family::Orders => "orders",
            Family::Payments => "payments",
            Family::Menu => "menu",
            Family::OpenApi => "openapi",
            Family::Changes => "changes",
            Family::BulkDocs => "bulk_docs",
            Family::Documents => "documents",
            Family::RevsDiff => "revs_diff",
            Family::Local => "local",
            Family::Queries => "queries",
            Family::Couch => "couch",
            Family::Other => "other",
        }
    }

    /// What the path of an address counts as.
    pub(in crate::server::http) fn of(path: &str) -> Family {
        let mut parts = path.split('/').skip(1);
        match (parts.next(), parts.next(), parts.next()) {
            (Some("api"), Some("v1"), Some(what)) => match what {
                "health" => Family::Health,
                "auth" => Family::Auth,
                "orders" => Family::Orders,
                "payments" => Family::Payments,
                "menu" => Family::Menu,
                "openapi.json" => Family::OpenApi,
                _ => Family::Other,
            },
            (Some("metrics"), None, _) => Family::Metrics,
            (Some("_session"), ..) | (Some("sync"), Some("_session"), _) => Family::Auth,
            (Some("sync"), Some(database), Some(what)) if !database.is_empty() => match what {
                "_changes" => Family::Changes,
                "_bulk_docs" => Family::BulkDocs,
                "_bulk_get" => Family::Documents,
                "_revs_diff" => Family::RevsDiff,
                "_local" => Family::Local,
                "_all_docs" | "_find" | "_index" | "_explain" => Family::Queries,
                other if !other.is_empty() && !other.starts_with('_') => Family::Documents,
                _ => Family::Couch,
            },
            (Some("sync"), ..) => Family::Couch,
            _ => Family::Other,
        }
    }

    /// Whether it is answered whatever the server does.
    pub(in crate::server::http) fn is_about_itself(self) -> bool {
        matches!(self, Family::Health | Family::Metrics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_counts_as_one_of_few_families() {
        // path, family
        let rows = [
            ("/api/v1/health", "health"),
            ("/api/v1/health/ready", "health"),
            ("/metrics", "metrics"),
            ("/metrics/x", "other"),
            ("/api/v1/auth/token", "auth"),
            ("/_session", "auth"),
            ("/sync/_session", "auth"),
            ("/api/v1/orders/create", "orders"),
            ("/api/v1/payments/create", "payments"),
            ("/api/v1/menu/sync", "menu"),
            ("/api/v1/openapi.json", "openapi"),
            ("/api/v1/", "other"),
            ("/api/v2/health", "other"),
            ("/sync/orders/_changes", "changes"),
            ("/sync/orders/_bulk_docs", "bulk_docs"),
            ("/sync/orders/_bulk_get", "documents"),
            ("/sync/orders/order_1", "documents"),
            ("/sync/orders/_revs_diff", "revs_diff"),
            ("/sync/orders/_local/x", "local"),
            ("/sync/orders/_all_docs/queries", "queries"),
            ("/sync/orders", "couch"),
            ("/sync/", "couch"),
            ("/sync/orders/_ensure_full_commit", "couch"),
            ("/", "other"),
            ("/../../etc/passwd", "other"),
            ("", "other"),
        ];
        for (path, family) in rows {
            assert_eq!(Family::of(path).code(), family, "{path}");
        }
        for (nth, family) in Family::ALL.into_iter().enumerate() {
            assert_eq!(family as usize, nth, "{family:?}");
        }
    }
}
