//! Where a server's things are found: ours, or a stock CouchDB with one database per location.

use crate::document::Database;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use http::HeaderValue;
use std::collections::BTreeMap;

/// A server as a register addresses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    base: String,
    /// The names of its databases when it is a stock CouchDB.
    couch: Option<BTreeMap<Database, String>>,
    /// The name to log in with, where a password is sent and no token.
    user: Option<String>,
}

/// An address that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{address}` is not the address of a server: {what}")]
pub struct BadSite {
    /// As it was given.
    pub address: String,
    /// What is wrong.
    pub what: String,
}

impl Site {
    /// A server of ours at `base`: `https://pos.example`, with a path where it stands behind one; empty where whoever
    /// carries the requests knows the server already.
    ///
    /// # Errors
    /// [`BadSite`] when it is no address.
    pub fn comanda(base: &str) -> Result<Site, BadSite> {
        Ok(Site { base: checked(base)?, couch: None, user: None })
    }

    /// A stock CouchDB or pouchdb-server at `base`, which takes no submissions, with the names of its databases. What
    /// has no name there is not synchronised.
    ///
    /// # Errors
    /// [`BadSite`] when `base` is no address or a name is no name of a database.
    pub fn couch(base: &str, databases: &[(Database, &str)]) -> Result<Site, BadSite> {
        if let Some((_, name)) = databases.iter().find(|(_, name)| !is_database_name(name)) {
            let what = "a database is named with letters, digits and _$()+-, and begins with a letter".into();
            return Err(BadSite { address: (*name).to_owned(), what });
        }
        let named = databases.iter().map(|(database, name)| (*database, (*name).to_owned()));
        Ok(Site { base: checked(base)?, couch: Some(named.collect()), user: None })
    }

    /// The same, where one logs in with a name: what goes with every request is its password (RFC 7617), not a token.
    #[must_use]
    pub fn logging_in_as(self, user: &str) -> Site {
        Site { user: Some(user.to_owned()), ..self }
    }

    /// Whether it accepts orders and payments, and has a menu.
    pub fn takes_submissions(&self) -> bool {
        self.couch.is_none()
    }

    /// Where it is, for people: as it was given, but for a name and a password in it.
    pub fn address_shown(&self) -> String {
        match (self.base.split_once("://"), self.base.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
            (Some(_) | None, _) => self.base.clone(),
        }
    }

    /// Whether a database is there.
    pub fn has(&self, database: Database) -> bool {
        self.couch.as_ref().is_none_or(|named| named.contains_key(&database))
    }

    /// How a secret goes with a request: a token as it is, a password with its name. None when no header can carry it.
    pub(super) fn authorization(&self, secret: &str) -> Option<HeaderValue> {
        let says = match &self.user {
            None => format!("Bearer {secret}"),
            Some(user) => format!("Basic {}", STANDARD.encode(format!("{user}:{secret}"))),
        };
        let mut value = HeaderValue::from_str(&says).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// The address of one of its things; `rest` begins with `/`.
    pub(super) fn address(&self, rest: &str) -> String {
        format!("{}{rest}", self.base)
    }

    /// The address of a database or of something in it.
    pub(super) fn database(&self, database: Database, rest: &str) -> String {
        match self.couch.as_ref().map(|named| named.get(&database)) {
            None => self.address(&format!("/sync/{}{rest}", database.code())),
            Some(name) => {
                let name = name.map_or(database.code(), String::as_str);
                self.address(&format!("/{}{rest}", super::text::encoded(name)))
            }
        }
    }
}

/// What tells this server from others, for the ids of checkpoints.
impl std::fmt::Display for Site {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.base)?;
        match &self.couch {
            None => Ok(()),
            Some(named) => named.iter().try_for_each(|(database, name)| write!(out, " {}={name}", database.code())),
        }
    }
}

fn checked(base: &str) -> Result<String, BadSite> {
    let bad = |what: &str| BadSite { address: base.to_owned(), what: what.to_owned() };
    let base = base.trim_end_matches('/');
    if base.is_empty() {
        return Ok(String::new());
    }
    let address: http::Uri = base.parse().map_err(|wrong: http::uri::InvalidUri| bad(&wrong.to_string()))?;
    match address.scheme_str() {
        Some("http" | "https") => {}
        None if base.starts_with('/') => {}
        Some(_) | None => return Err(bad("it must begin with https:// or http://")),
    }
    if address.query().is_some() || base.contains('#') {
        return Err(bad("nothing may follow its path"));
    }
    Ok(base.to_owned())
}

/// CouchDB's rule, and the capitals that PouchDB takes too.
fn is_database_name(name: &str) -> bool {
    let all = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_$()+-/".contains(&b));
    all && name.len() <= 200 && name.starts_with(|first: char| first.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_where_it_says() {
        // base, address of a changes feed ("" = refused)
        let rows = [
            ("", "/sync/orders/_changes"),
            ("/pos/", "/pos/sync/orders/_changes"),
            ("https://pos.example", "https://pos.example/sync/orders/_changes"),
            ("http://10.0.0.2:8080/a/", "http://10.0.0.2:8080/a/sync/orders/_changes"),
            ("ftp://pos.example", ""),
            ("pos.example", ""),
            ("https://pos.example/?a=b", ""),
            ("https://pos.example/#a", ""),
            ("https://pos example", ""),
        ];
        for (base, address) in rows {
            let found = Site::comanda(base).map(|site| site.database(Database::Orders, "/_changes"));
            assert_eq!(found.unwrap_or_default(), address, "{base}");
        }
    }

    #[test]
    fn a_stock_couchdb_has_the_databases_that_are_named() {
        let site = Site::couch("http://couch:5984", &[(Database::Orders, "orders_loc01+a")]).unwrap();
        assert_eq!(site.database(Database::Orders, ""), "http://couch:5984/orders_loc01%2Ba");
        assert_eq!([site.has(Database::Orders), site.has(Database::Customers)], [true, false]);
        assert!(!site.takes_submissions());
        assert_eq!(site.authorization("t").unwrap(), "Bearer t");
        // RFC 7617, 2
        assert_eq!(
            site.logging_in_as("Aladdin").authorization("open sesame").unwrap(),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
        let refused = Site::couch("http://couch:5984", &[(Database::Orders, "_users")]).unwrap_err();
        assert!(refused.to_string().starts_with("`_users` is not the address"), "{refused}");
    }
}
