//! The cache that servers share: how it is named, its password, and reaching it.
//!
//! Read in this order: this, then `line` (with the feature `redis`). Not here: what is kept there and how it is
//! known to be right (`server::cache`).

#[cfg(feature = "redis")]
mod line;

#[cfg(feature = "redis")]
pub use line::Keeper;

use super::Fault;
use super::guarded::{self, Guarded};
use crate::server::cache::Shared;
use std::fmt;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// What a systemd credential that holds the password of a cache is called.
pub const PASSWORD_CREDENTIAL: &str = "comanda.cache-password";
/// The port that Redis has when nobody says otherwise.
const PORT: u16 = 6379;
/// The highest number of a database of Redis that is taken: it has 16 unless it is told otherwise.
const DATABASE_MAX: u16 = 9_999;

/// The file that holds one.
const PASSWORD_FILE: Guarded = Guarded {
    what: "password file",
    bytes_max: 1_000,
    remedy: "write the password of the cache to it, or name the right one with --cache-password-file",
};

/// Where a cache is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// It is spoken to over TLS.
    pub is_tls: bool,
    /// Who speaks to it, where it knows users.
    pub user: Option<String>,
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Which of its databases.
    pub database: u16,
}

impl Address {
    /// Reads `redis://[USER@]HOST[:PORT][/DATABASE]`, or `rediss://` for TLS.
    ///
    /// # Errors
    /// What is wrong, as a sentence without the address: somebody may have written a password into it.
    pub fn read(text: &str) -> Result<Address, String> {
        let form = || "a cache is named redis://HOST:PORT, or rediss://HOST:PORT where it speaks TLS".to_owned();
        let (scheme, rest) = text.split_once("://").ok_or_else(form)?;
        let is_tls = match scheme {
            "redis" => false,
            "rediss" => true,
            _ => return Err(form()),
        };
        let (place, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, place) = match place.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, place),
        };
        if user.is_some_and(|user| user.contains(':')) || text.contains('?') || text.contains('#') {
            let why = "a password does not stand in the address of a cache, which everybody on this machine can read: \
                       write it to a file for --cache-password-file, or give the systemd credential";
            return Err(format!("{why} {PASSWORD_CREDENTIAL}"));
        }
        let (host, port) = match place.strip_prefix('[').and_then(|it| it.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, port)) => (host, Some(port.strip_prefix(':').ok_or_else(form)?)),
            None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        let port = port.map_or(Some(PORT), |port| port.parse().ok().filter(|port| *port > 0));
        let port = port.ok_or("the port of a cache is a number from 1 to 65535")?;
        let is_host = !host.is_empty() && host.bytes().all(|it| it.is_ascii_alphanumeric() || b".-_:".contains(&it));
        if !is_host || user == Some("") {
            return Err(form());
        }
        let database = if database.is_empty() { Some(0) } else { database.parse().ok() };
        let database = database.filter(|it| *it <= DATABASE_MAX);
        let database = database.ok_or_else(|| format!("the database of a cache is a number up to {DATABASE_MAX}"))?;
        Ok(Address { is_tls, user: user.map(str::to_owned), host: host.to_owned(), port, database })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "rediss" } else { "redis" };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(out, "{scheme}://{host}:{}/{}", self.port, self.database)
    }
}

/// A cache as an operator named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Where it is.
    pub address: Address,
    /// The file of its password; without one the systemd credential, if there is one, or none.
    pub password_file: Option<PathBuf>,
}

impl Named {
    /// Gets ready to reach it, without reaching it yet: a server starts also where its cache is away.
    ///
    /// # Errors
    /// A [`Fault`] when its password cannot be used, or this program was built without what it takes.
    #[cfg(feature = "redis")]
    pub(super) fn ready(&self, channel: String) -> Result<(Box<dyn Shared>, Keeper), Fault> {
        let password = self.password()?;
        let is_plain = !self.address.is_tls && !is_this_machine(&self.address.host);
        if password.is_some() && is_plain {
            tracing::warn!(cache = %self.address, "the cache's password goes over a line without TLS: say rediss://");
        }
        line::ready(&self.address, password, channel)
    }

    /// The same in a program that reaches none.
    ///
    /// # Errors
    /// A [`Fault`], always.
    #[cfg(not(feature = "redis"))]
    pub(super) fn ready(&self, _: String) -> Result<(Box<dyn Shared>, Keeper), Fault> {
        let doing = format!("could not use the cache {}", self.address);
        Err(Fault::new(doing, "this program was built without Redis", "use one that has the feature `redis`"))
    }

    /// The password, if there is one: the first line of its file.
    #[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "what reaches no cache reads no password"))]
    fn password(&self) -> Result<Option<Zeroizing<String>>, Fault> {
        let (file, is_credential) = match (&self.password_file, guarded::credential(PASSWORD_CREDENTIAL)) {
            (Some(file), _) => (file.clone(), false),
            (None, Some(file)) => (file, true),
            (None, None) => return Ok(None),
        };
        let bytes = PASSWORD_FILE.read(&file, is_credential)?;
        let bad = |why: &str| PASSWORD_FILE.bad(&file, why.into(), PASSWORD_FILE.remedy.into());
        if bytes.len() > PASSWORD_FILE.bytes_max {
            return Err(bad("it is too long"));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| bad("it is not text"))?;
        match text.lines().next().unwrap_or_default() {
            "" => Err(bad("there is none in it")),
            line => Ok(Some(Zeroizing::new(line.to_owned()))),
        }
    }
}

/// Whether what is sent to a host stays on this machine.
#[cfg(feature = "redis")]
fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.to_canonical().is_loopback())
}

/// What keeps up the line to a cache: there is none in a program that reaches none.
#[cfg(not(feature = "redis"))]
#[derive(Debug)]
pub enum Keeper {}

#[cfg(not(feature = "redis"))]
impl Keeper {
    /// Keeps the line up. Never ends by itself.
    pub(super) async fn keep(self, _: impl Fn(&[u8])) {
        match self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn an_address_is_read_and_holds_no_password() {
        // what is written, how it is said again ("!" before it: part of what is told)
        let rows = [
            ("redis://127.0.0.1:6380", "redis://127.0.0.1:6380/0"),
            ("redis://cache", "redis://cache:6379/0"),
            ("redis://cache/3", "redis://cache:6379/3"),
            ("rediss://comanda@cache.example:7000/12", "rediss://cache.example:7000/12"),
            ("redis://[::1]:7000", "redis://[::1]:7000/0"),
            ("redis://[::1]", "redis://[::1]:6379/0"),
            ("", "!redis://HOST:PORT"),
            ("127.0.0.1:6379", "!redis://HOST:PORT"),
            ("http://cache", "!redis://HOST:PORT"),
            ("redis://", "!redis://HOST:PORT"),
            ("redis://@cache", "!redis://HOST:PORT"),
            ("redis://[::1]x", "!redis://HOST:PORT"),
            ("redis://ca che", "!redis://HOST:PORT"),
            ("redis://cache:0", "!1 to 65535"),
            ("redis://cache:65536", "!1 to 65535"),
            ("redis://cache/x", "!a number up to 9999"),
            ("redis://cache/10000", "!a number up to 9999"),
            ("redis://:s3same@cache", "!--cache-password-file"),
            ("redis://me:s3same@cache", "!comanda.cache-password"),
            ("redis://cache?password=s3same", "!--cache-password-file"),
        ];
        for (text, expected) in rows {
            match (Address::read(text), expected.strip_prefix('!')) {
                (Ok(address), None) => assert_eq!(address.to_string(), expected, "{text}"),
                (Err(why), Some(part)) => assert!(why.contains(part) && !why.contains("s3same"), "{text}: {why}"),
                (read, _) => panic!("{text}: {read:?}"),
            }
        }
        assert_eq!(Address::read("redis://me@cache").unwrap().user.as_deref(), Some("me"));
    }

    #[test]
    fn a_password_is_read_from_a_file_that_is_this_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let named = |password_file| Named { address: Address::read("redis://cache").unwrap(), password_file };
        assert_eq!(named(None).password().unwrap(), None);
        // what the file says, its mode, the password ("!" before it: part of what is told)
        let rows = [
            ("s3same\n", 0o600, "s3same"),
            ("s3same\n", 0o640, "!chmod 600"),
            ("\n", 0o600, "!there is none in it"),
            (&"x".repeat(1_001), 0o600, "!too long"),
        ];
        for (text, mode, expected) in rows {
            std::fs::remove_file(&path).ok();
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            match (named(Some(path.clone())).password(), expected.strip_prefix('!')) {
                (Ok(Some(password)), None) => assert_eq!(*password, expected),
                (Err(told), Some(part)) => assert!(told.to_string().contains(part), "{told}"),
                (read, _) => panic!("{text}: {read:?}"),
            }
        }
    }
}
