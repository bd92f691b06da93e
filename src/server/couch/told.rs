//! How requests are answered: JSON with a status, documents as they are shown, CouchDB's `error` and `reason`.

use crate::document::TreeLeaf;
use crate::server::central::Kept;
use crate::sync::wire::Problem;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};

/// An answer of JSON.
pub(super) fn json(status: StatusCode, body: &Value) -> Response<Vec<u8>> {
    bytes(status, "application/json", body.to_string().into_bytes())
}

/// An answer of bytes.
pub(super) fn bytes(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // What stands is only true now: nobody between may keep it.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("must-revalidate"));
    response
}

/// The same with the revision that it is about.
pub(super) fn tagged(mut response: Response<Vec<u8>>, revision: &str) -> Response<Vec<u8>> {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{revision}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// A no.
pub(super) fn problem(problem: &Problem) -> Response<Vec<u8>> {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut body = json!({ "error": problem.code, "reason": problem.detail });
    if let Some(field) = &problem.field {
        body["field"] = field.clone().into();
    }
    json(status, &body)
}

/// Says which methods are answered at an address.
pub(super) fn only(methods: &'static str) -> Response<Vec<u8>> {
    let reason = format!("Only {methods} allowed");
    let body = json!({ "error": "method_not_allowed", "reason": reason });
    let mut response = json(StatusCode::METHOD_NOT_ALLOWED, &body);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}

/// A leaf as it is shown: what it says, which it is, and that it is a tombstone.
pub(super) fn document(kept: &Kept, leaf: &TreeLeaf) -> Option<Map<String, Value>> {
    let mut shown = kept.bodies.get(&leaf.revision)?.as_object()?.clone();
    shown.insert("_id".into(), kept.doc_id.clone().into());
    shown.insert("_rev".into(), leaf.revision.to_string().into());
    if leaf.deleted {
        shown.insert("_deleted".into(), true.into());
    }
    Some(shown)
}

/// Adds the other leaves: those that quarrel with it, or the tombstones among them. CouchDB leaves an empty list out.
pub(super) fn with_conflicts(shown: &mut Map<String, Value>, kept: &Kept, leaf: &TreeLeaf, deleted: bool) {
    let others = kept.tree.leaves().into_iter().filter(|it| it.revision != leaf.revision && it.deleted == deleted);
    let others: Vec<Value> = others.map(|it| it.revision.to_string().into()).collect();
    if !others.is_empty() {
        let name = if deleted { "_deleted_conflicts" } else { "_conflicts" };
        shown.insert(name.into(), others.into());
    }
}
