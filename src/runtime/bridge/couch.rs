//! The CouchDB at the other end: where it is, what its databases are called, who logs in and with what.

use crate::document::Database;
use crate::runtime::config::{ServerConfig, ServerKind, is_plain_abroad, url_flaw};
use crate::runtime::guarded::{Guarded, credential};
use crate::runtime::{Fault, enrolment};
use crate::sync::wire::Site;
use std::fmt;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// What a systemd credential that holds the CouchDB's password is called.
pub const PASSWORD_CREDENTIAL: &str = "comanda.couch-password";

const PASSWORD: Guarded = Guarded {
    what: "CouchDB's password",
    bytes_max: 1_000,
    remedy: "write it into that file, or name the right one with --couch-password-file",
};

/// Where a CouchDB is, and its database of orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouchAddress {
    /// The CouchDB itself: `http://127.0.0.1:5984`.
    base: String,
    /// The database.
    orders: String,
}

/// A CouchDB as an operator named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Couch {
    /// Where it is.
    pub address: CouchAddress,
    /// What its other databases are called, where it has them.
    pub others: Vec<(Database, String)>,
    /// The name to log in with, if one must.
    pub user: Option<String>,
    /// The file of that name's password; without one the systemd credential.
    pub password_file: Option<PathBuf>,
    /// Whose certificates are taken instead of those that the machine trusts.
    pub ca_file: Option<PathBuf>,
    /// Plain HTTP is spoken also where others can read along.
    pub allow_plain_http: bool,
}

impl CouchAddress {
    /// Reads what an operator wrote: `http://HOST:5984/DATABASE`.
    ///
    /// # Errors
    /// A sentence that says what is wrong; a password that was written is not in it.
    pub fn read(text: &str) -> Result<CouchAddress, String> {
        if text.contains('@') {
            let what = "a password does not belong in the address of a CouchDB, which others can read";
            return Err(format!(
                "{what}: name who logs in with --couch-user, and write the password to a file that only this user can \
                 read, named with --couch-password-file, or hand it in as the systemd credential {PASSWORD_CREDENTIAL}"
            ));
        }
        if let Some(flaw) = url_flaw(text, true) {
            return Err(flaw);
        }
        let url = text.trim_end_matches('/');
        let named = url.rsplit_once('/').filter(|(base, name)| !base.ends_with('/') && !name.is_empty());
        let lacks = || format!("`{text}` names no database: write http://HOST:5984/DATABASE");
        let (base, orders) = named.filter(|(base, _)| base.contains("://")).ok_or_else(lacks)?;
        let address = CouchAddress { base: base.to_owned(), orders: orders.to_owned() };
        Site::couch(base, &[(Database::Orders, orders)]).map_err(|bad| bad.to_string())?;
        Ok(address)
    }
}

impl fmt::Display for CouchAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.base, self.orders)
    }
}

impl fmt::Display for Couch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.address)?;
        self.others.iter().try_for_each(|(_, name)| write!(out, " and {name}"))
    }
}

impl Couch {
    /// What its database is called; none where it is not there.
    pub(super) fn url_of(&self, database: Database) -> Option<String> {
        let mut all = self.databases().into_iter();
        all.find(|(it, _)| *it == database).map(|(_, name)| format!("{}/{name}", self.address.base))
    }

    fn databases(&self) -> Vec<(Database, String)> {
        std::iter::once((Database::Orders, self.address.orders.clone())).chain(self.others.iter().cloned()).collect()
    }

    /// It as calls are carried to it.
    ///
    /// # Errors
    /// A [`Fault`] when everybody on the way could read along, or the certificates cannot be used.
    pub(super) fn server(&self) -> Result<ServerConfig, Fault> {
        let doing = || format!("could not follow {}", self.address);
        if is_plain_abroad(&self.address.base) && !self.allow_plain_http {
            let why = "it is plain HTTP, which everybody on the way can read and change";
            let remedy = "write https://, or say --allow-plain-http in a network you trust";
            return Err(Fault::new(doing(), why, remedy));
        }
        if let Some(file) = &self.ca_file {
            let remedy = "name a PEM file with the authority's certificate with --couch-ca".to_owned();
            enrolment::authority(file).map_err(|fault| Fault { remedy, ..fault })?;
        }
        let kind = ServerKind::Couch { databases: self.databases(), user: self.user.clone(), password_file: None };
        Ok(ServerConfig { url: self.address.base.clone(), ca_file: self.ca_file.clone(), proxy: None, kind })
    }

    /// It as messages address it.
    ///
    /// # Errors
    /// A [`Fault`] when a name is no name of a database.
    pub(super) fn site(&self) -> Result<Site, Fault> {
        let databases = self.databases();
        let named: Vec<_> = databases.iter().map(|(database, name)| (*database, name.as_str())).collect();
        let site = Site::couch(&self.address.base, &named).map_err(|bad| {
            Fault::new(format!("could not follow {}", self.address), bad.to_string(), "correct the command line")
        })?;
        Ok(match &self.user {
            Some(user) => site.logging_in_as(user),
            None => site,
        })
    }

    /// The password of whoever logs in.
    ///
    /// # Errors
    /// A [`Fault`] when there is none, or it cannot be read or is not kept safe.
    pub(super) fn password(&self) -> Result<Option<Zeroizing<String>>, Fault> {
        let Some(user) = &self.user else { return Ok(None) };
        match (&self.password_file, credential(PASSWORD_CREDENTIAL)) {
            (Some(file), _) => enrolment::line_of(&PASSWORD, file, false).map(Some),
            (None, Some(file)) => enrolment::line_of(&PASSWORD, &file, true).map(Some),
            (None, None) => Err(Fault::new(
                format!("could not log in at {} as {user}", self.address),
                "there is no password",
                format!("name its file with --couch-password-file, or hand in a credential {PASSWORD_CREDENTIAL}"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_database_and_no_password() {
        // what is written, the CouchDB and its database ("!" before it: part of what is told)
        let rows = [
            ("http://127.0.0.1:5984/orders", "http://127.0.0.1:5984 orders"),
            ("https://couch.example/behind/orders_l1/", "https://couch.example/behind orders_l1"),
            ("http://127.0.0.1:5984", "!names no database"),
            ("http://127.0.0.1:5984/", "!names no database"),
            ("127.0.0.1:5984/orders", "!is not the address of a server"),
            ("ftp://couch/orders", "!must begin with https:// or http://"),
            ("http://couch/_users", "!a database is named with letters"),
            ("http://couch/orders?a=b", "!nothing may follow its path"),
            ("http://admin:s3same@couch/orders", "!--couch-password-file"),
            ("ftp://admin:s3same@couch", "!a password does not belong"),
        ];
        for (text, expected) in rows {
            match CouchAddress::read(text) {
                Ok(read) => assert_eq!(format!("{} {}", read.base, read.orders), expected),
                Err(told) => {
                    assert!(expected.starts_with('!') && told.contains(&expected[1..]), "{text}: {told}");
                    assert!(!told.contains("s3same"), "{told}");
                }
            }
        }
    }

    #[test]
    fn plain_http_goes_to_this_machine_alone_unless_somebody_says_so() {
        // address, whether an operator says so, whether it is spoken
        let rows = [
            ("http://127.0.0.1:5984/a", false, true),
            ("http://localhost/a", false, true),
            ("http://10.0.0.2:5984/a", false, false),
            ("http://10.0.0.2:5984/a", true, true),
            ("https://10.0.0.2/a", false, true),
        ];
        for (address, allow_plain_http, is_spoken) in rows {
            let address = CouchAddress::read(address).unwrap();
            let others = vec![(Database::Menu, "menu".to_owned())];
            let (user, password_file, ca_file) = (None, None, None);
            let couch = Couch { address, others, user, password_file, ca_file, allow_plain_http };
            assert_eq!(couch.server().is_ok(), is_spoken, "{couch}");
            assert_eq!(couch.url_of(Database::Menu), Some(format!("{}/menu", couch.address.base)));
            assert_eq!(couch.url_of(Database::Audit), None);
        }
    }
}
