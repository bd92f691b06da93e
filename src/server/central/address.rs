//! How an operator names a central database: `sqlite:FILE`, or `postgres://USER@HOST/DATABASE`. A password is no part
//! of an address: others can read those in the list of processes.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

/// Where a central database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CentralAddress {
    /// A file.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(PostgresAddress),
}

/// A database of a PostgreSQL server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresAddress {
    /// As whom; without it as the user that this program runs as.
    pub user: Option<String>,
    /// A name, an address, or the directory of a socket.
    pub host: String,
    /// On which port.
    pub port: u16,
    /// Which of its databases.
    pub database: String,
    /// How the way there is guarded.
    pub tls: PostgresTls,
}

/// How the way to a PostgreSQL server is guarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostgresTls {
    /// Not at all: it is this machine, or an operator said so.
    No,
    /// By TLS; the server's certificate is for its name, and from an authority of this file, or of the machine.
    Verified {
        /// A PEM file of authorities.
        authorities: Option<PathBuf>,
    },
}

/// Where Debian, and most others, have the socket of a server on the same machine.
const SOCKETS: &str = "/var/run/postgresql";
/// PostgreSQL's own port.
const PORT: u16 = 5432;

const FORMS: &str = "a central database is named sqlite:FILE or postgres://USER@HOST/DATABASE";
const PASSWORD: &str = "a password does not belong in the address of a central database, which others can read: write \
                        it to a file that only this user can read and name that with --central-password-file, or hand \
                        it in as the systemd credential comanda.central-password";

impl CentralAddress {
    /// Reads what an operator wrote.
    ///
    /// # Errors
    /// A sentence that says what is wrong; it never repeats what was written, which may hold a password.
    pub fn read(text: &str) -> Result<CentralAddress, String> {
        match text.split_once(':') {
            Some(("sqlite", file)) if !file.is_empty() => Ok(CentralAddress::Sqlite(file.into())),
            Some(("postgres" | "postgresql", rest)) => {
                let rest = rest.strip_prefix("//").ok_or(FORMS)?;
                PostgresAddress::read(rest).map(CentralAddress::Postgres)
            }
            Some(_) | None => Err(FORMS.into()),
        }
    }
}

impl fmt::Display for CentralAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CentralAddress::Sqlite(file) => write!(out, "{}", file.display()),
            CentralAddress::Postgres(address) => write!(out, "{address}"),
        }
    }
}

impl fmt::Display for PostgresAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
        if self.is_socket() {
            return write!(out, "postgres://{user}/{}?host={}", self.database, self.host);
        }
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(out, "postgres://{user}{host}:{}/{}", self.port, self.database)
    }
}

impl PostgresAddress {
    /// What stands behind `postgres://`.
    fn read(text: &str) -> Result<PostgresAddress, String> {
        let (where_, query) = text.split_once('?').unwrap_or((text, ""));
        let (authority, database) = where_.split_once('/').unwrap_or((where_, ""));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        if user.is_some_and(|user| user.contains(':')) {
            return Err(PASSWORD.into());
        }
        let (host, port) = split_port(host)?;
        let database = plain(database)?;
        if database.is_empty() || database.contains('/') {
            return Err(format!("the address says no database of the PostgreSQL server; {FORMS}"));
        }
        let user = user.map(plain).transpose()?.filter(|user| !user.is_empty());
        let host = if host.is_empty() { SOCKETS.to_owned() } else { plain(host)? };
        let mut address = PostgresAddress { user, host, port, database, tls: PostgresTls::No };
        let (mut mode, mut authorities) = (None, None);
        for said in query.split('&').filter(|said| !said.is_empty()) {
            let (name, value) = said.split_once('=').unwrap_or((said, ""));
            match (name, plain(value)?) {
                ("host", value) if !value.is_empty() => address.host = value,
                ("sslmode", value) => mode = Some(value),
                ("sslrootcert", value) if !value.is_empty() => authorities = Some(PathBuf::from(value)),
                ("password", _) => return Err(PASSWORD.into()),
                _ => {
                    return Err("behind the ? of a PostgreSQL address stand host, sslmode and sslrootcert alone".into());
                }
            }
        }
        address.tls = match mode.as_deref() {
            Some("disable") if authorities.is_none() => PostgresTls::No,
            Some("verify-full") => PostgresTls::Verified { authorities },
            None if address.is_this_machine() && authorities.is_none() => PostgresTls::No,
            None => PostgresTls::Verified { authorities },
            Some("disable") => return Err("sslmode=disable asks for no certificate, and sslrootcert names one".into()),
            Some(_) => {
                return Err("sslmode is verify-full (also without a word, but on this machine) or disable: what lies \
                            between would trust a stranger"
                    .into());
            }
        };
        Ok(address)
    }

    /// Whether the host is the directory of a socket.
    pub fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    fn is_this_machine(&self) -> bool {
        let is_loopback = |host: &str| host.parse::<IpAddr>().is_ok_and(|it| it.to_canonical().is_loopback());
        self.is_socket() || self.host == "localhost" || is_loopback(&self.host)
    }
}

/// A host and its port: `db`, `db:5433`, `[::1]:5433`.
fn split_port(text: &str) -> Result<(&str, u16), String> {
    let port = |text: &str| text.parse::<u16>().map_err(|_| "the port of a PostgreSQL address is a number".to_owned());
    if let Some(inside) = text.strip_prefix('[') {
        let (host, rest) = inside.split_once(']').ok_or("the address of a PostgreSQL server lacks a ]")?;
        return Ok((host, rest.strip_prefix(':').map_or(Ok(PORT), port)?));
    }
    match text.rsplit_once(':') {
        Some((host, number)) => Ok((host, port(number)?)),
        None => Ok((text, PORT)),
    }
}

/// Reads `%2F` and its like.
fn plain(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let read = digit().zip(digit()).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        bytes.push(read.ok_or("behind a % in an address stand two hexadecimal digits")?);
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        Ok(_) | Err(_) => Err("what is written with % in an address is no text".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        // text, how it is told again, how the way is guarded: "no", "machine" or a file
        let rows = [
            ("sqlite:a b.sqlite", "a b.sqlite", ""),
            ("postgres://db/comanda", "postgres://db:5432/comanda", "machine"),
            ("postgresql://ann@db:5433/c", "postgres://ann@db:5433/c", "machine"),
            ("postgres://ann@db/c?sslmode=disable", "postgres://ann@db:5432/c", "no"),
            ("postgres://ann@127.0.0.1/c", "postgres://ann@127.0.0.1:5432/c", "no"),
            ("postgres://ann@[::1]:7/c", "postgres://ann@[::1]:7/c", "no"),
            ("postgres://localhost/c?sslmode=verify-full", "postgres://localhost:5432/c", "machine"),
            ("postgres://db/c?sslrootcert=%2Fetc%2Fca.pem", "postgres://db:5432/c", "/etc/ca.pem"),
            ("postgres:///c", "postgres:///c?host=/var/run/postgresql", "no"),
            ("postgres://ann%40home@/c?host=/tmp", "postgres://ann@home@/c?host=/tmp", "no"),
        ];
        for (text, told, guard) in rows {
            let read = CentralAddress::read(text).unwrap();
            assert_eq!(read.to_string(), told, "{text}");
            let CentralAddress::Postgres(PostgresAddress { tls, .. }) = read else { continue };
            let is = match tls {
                PostgresTls::No => "no".to_owned(),
                PostgresTls::Verified { authorities: None } => "machine".to_owned(),
                PostgresTls::Verified { authorities: Some(file) } => file.display().to_string(),
            };
            assert_eq!(is, guard, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_and_a_password_never_repeated() {
        // text, part of what is said
        let rows = [
            ("central.sqlite", "sqlite:FILE"),
            ("sqlite:", "sqlite:FILE"),
            ("mysql://db/c", "sqlite:FILE"),
            ("postgres:c", "postgres://USER@HOST/DATABASE"),
            ("postgres://db", "says no database"),
            ("postgres://db/", "says no database"),
            ("postgres://ann:s3same@db/c", "--central-password-file"),
            ("postgres://ann:@db/c", "--central-password-file"),
            ("postgres://ann@db/c?password=s3same", "systemd credential"),
            ("postgres://db:x/c", "is a number"),
            ("postgres://[::1/c", "lacks a ]"),
            ("postgres://db/c?sslmode=require", "would trust a stranger"),
            ("postgres://db/c?sslmode=disable&sslrootcert=a", "sslmode=disable"),
            ("postgres://db/c?options=-cx", "host, sslmode and sslrootcert"),
            ("postgres://db/%zz", "two hexadecimal digits"),
            ("postgres://db/%ff", "is no text"),
            ("postgres://db/%00", "is no text"),
        ];
        for (text, part) in rows {
            let told = CentralAddress::read(text).unwrap_err();
            assert!(told.contains(part) && !told.contains("s3same"), "{text}: {told}");
        }
    }
}
