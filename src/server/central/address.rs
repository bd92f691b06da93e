//! How an operator names a central database: `sqlite:FILE`, `postgres://USER@HOST/DATABASE` or
//! `sqlserver://USER@HOST/DATABASE`. A password is no part of an address: others can read those in the list of
//! processes.

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
    /// An SQL Server.
    SqlServer(SqlServerAddress),
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
    pub tls: CentralTls,
}

/// A database of an SQL Server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlServerAddress {
    /// As whom: a login of SQL Server's own.
    pub user: String,
    /// A name or an address.
    pub host: String,
    /// On which port.
    pub port: u16,
    /// Which of its databases.
    pub database: String,
    /// How the way there is guarded.
    pub tls: CentralTls,
}

/// How the way to a database server is guarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CentralTls {
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
/// SQL Server's own port.
const SQLSERVER_PORT: u16 = 1433;

const FORMS: &str = "a central database is named sqlite:FILE, postgres://USER@HOST/DATABASE or \
                     sqlserver://USER@HOST/DATABASE";
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
            Some(("sqlserver", rest)) => {
                let rest = rest.strip_prefix("//").ok_or(FORMS)?;
                SqlServerAddress::read(rest).map(CentralAddress::SqlServer)
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
            CentralAddress::SqlServer(address) => write!(out, "{address}"),
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

impl fmt::Display for SqlServerAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(out, "sqlserver://{}@{host}:{}/{}", self.user, self.port, self.database)
    }
}

impl PostgresAddress {
    /// What stands behind `postgres://`.
    fn read(text: &str) -> Result<PostgresAddress, String> {
        let parts = Parts::read(text, "PostgreSQL", PORT, &["host", "sslmode", "sslrootcert"])?;
        let (host, port) = (parts.host.as_str(), parts.port);
        let host = parts.said.host.as_deref().unwrap_or(if host.is_empty() { SOCKETS } else { host }).to_owned();
        let tls = parts.said.tls(&host)?;
        Ok(PostgresAddress { user: parts.user, host, port, database: parts.database, tls })
    }

    /// Whether the host is the directory of a socket.
    pub fn is_socket(&self) -> bool {
        is_socket(&self.host)
    }
}

impl SqlServerAddress {
    /// What stands behind `sqlserver://`.
    fn read(text: &str) -> Result<SqlServerAddress, String> {
        let parts = Parts::read(text, "SQL Server", SQLSERVER_PORT, &["sslmode", "sslrootcert"])?;
        let Parts { user: Some(user), host, port, database, said } = parts else {
            return Err("the address of an SQL Server says as whom: sqlserver://USER@HOST/DATABASE".into());
        };
        if host.is_empty() || host.contains(['/', '\\']) {
            let why = "the address of an SQL Server says the name of its machine, and a port where it is not 1433 \
                       (sqlserver://USER@HOST:PORT/DATABASE); instances are not found by their names";
            return Err(why.into());
        }
        let tls = said.tls(&host)?;
        Ok(SqlServerAddress { user, host, port, database, tls })
    }
}

/// What an address of a database server is made of.
struct Parts {
    user: Option<String>,
    host: String,
    port: u16,
    database: String,
    said: Said,
}

/// What stands behind its question mark.
#[derive(Default)]
struct Said {
    host: Option<String>,
    mode: Option<String>,
    authorities: Option<PathBuf>,
}

impl Parts {
    /// Reads what stands behind the two slashes, where these words may stand behind the question mark.
    fn read(text: &str, whose: &str, port: u16, words: &[&str]) -> Result<Parts, String> {
        let (where_, query) = text.split_once('?').unwrap_or((text, ""));
        let (authority, database) = where_.split_once('/').unwrap_or((where_, ""));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        if user.is_some_and(|user| user.contains(':')) {
            return Err(PASSWORD.into());
        }
        let (host, port) = split_port(host, whose, port)?;
        let database = plain(database)?;
        if database.is_empty() || database.contains('/') {
            return Err(format!("the address says no database of the {whose} server; {FORMS}"));
        }
        let user = user.map(plain).transpose()?.filter(|user| !user.is_empty());
        let mut said = Said::default();
        for word in query.split('&').filter(|said| !said.is_empty()) {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            let value = plain(value)?;
            match name {
                "password" => return Err(PASSWORD.into()),
                name if !words.contains(&name) || value.is_empty() && name != "sslmode" => {
                    let (last, first) = words.split_last().expect("there are some");
                    return Err(format!(
                        "behind the ? of an address of {whose} stand {} and {last} alone",
                        first.join(", ")
                    ));
                }
                "host" => said.host = Some(value),
                "sslmode" => said.mode = Some(value),
                _ => said.authorities = Some(PathBuf::from(value)),
            }
        }
        Ok(Parts { user, host: plain(host)?, port, database, said })
    }
}

impl Said {
    /// How the way to a host is guarded.
    fn tls(self, host: &str) -> Result<CentralTls, String> {
        let authorities = self.authorities;
        match self.mode.as_deref() {
            Some("disable") if authorities.is_none() => Ok(CentralTls::No),
            Some("verify-full") => Ok(CentralTls::Verified { authorities }),
            None if is_this_machine(host) && authorities.is_none() => Ok(CentralTls::No),
            None => Ok(CentralTls::Verified { authorities }),
            Some("disable") => Err("sslmode=disable asks for no certificate, and sslrootcert names one".into()),
            Some(_) => Err("sslmode is verify-full (also without a word, but on this machine) or disable: what lies \
                            between would trust a stranger"
                .into()),
        }
    }
}

fn is_socket(host: &str) -> bool {
    host.starts_with('/')
}

fn is_this_machine(host: &str) -> bool {
    let is_loopback = |host: &str| host.parse::<IpAddr>().is_ok_and(|it| it.to_canonical().is_loopback());
    is_socket(host) || host == "localhost" || is_loopback(host)
}

/// A host and its port: `db`, `db:5433`, `[::1]:5433`.
fn split_port<'a>(text: &'a str, whose: &str, usual: u16) -> Result<(&'a str, u16), String> {
    let port = |text: &str| text.parse::<u16>().map_err(|_| format!("the port of an address of {whose} is a number"));
    if let Some(inside) = text.strip_prefix('[') {
        let (host, rest) = inside.split_once(']').ok_or_else(|| format!("the address of {whose} lacks a ]"))?;
        return Ok((host, rest.strip_prefix(':').map_or(Ok(usual), port)?));
    }
    match text.rsplit_once(':') {
        Some((host, number)) => Ok((host, port(number)?)),
        None => Ok((text, usual)),
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
            ("sqlserver://ann@db/c", "sqlserver://ann@db:1433/c", "machine"),
            ("sqlserver://ann@db:1444/c?sslrootcert=/ca.pem", "sqlserver://ann@db:1444/c", "/ca.pem"),
            ("sqlserver://ann@localhost/c", "sqlserver://ann@localhost:1433/c", "no"),
            ("sqlserver://ann@[::1]/c?sslmode=verify-full", "sqlserver://ann@[::1]:1433/c", "machine"),
            ("sqlserver://ann@db/c?sslmode=disable", "sqlserver://ann@db:1433/c", "no"),
        ];
        for (text, told, guard) in rows {
            let read = CentralAddress::read(text).unwrap();
            assert_eq!(read.to_string(), told, "{text}");
            let tls = match read {
                CentralAddress::Sqlite(_) => continue,
                CentralAddress::Postgres(PostgresAddress { tls, .. }) => tls,
                CentralAddress::SqlServer(SqlServerAddress { tls, .. }) => tls,
            };
            let is = match tls {
                CentralTls::No => "no".to_owned(),
                CentralTls::Verified { authorities: None } => "machine".to_owned(),
                CentralTls::Verified { authorities: Some(file) } => file.display().to_string(),
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
            ("sqlserver:c", "sqlserver://USER@HOST/DATABASE"),
            ("sqlserver://ann@db", "says no database"),
            ("sqlserver://db/c", "says as whom"),
            ("sqlserver://ann@/c", "the name of its machine"),
            ("sqlserver://ann@db%5CSQLEXPRESS/c", "instances are not found"),
            ("sqlserver://ann:s3same@db/c", "--central-password-file"),
            ("sqlserver://ann@db/c?password=s3same", "systemd credential"),
            ("sqlserver://ann@db/c?trustServerCertificate=true", "sslmode and sslrootcert alone"),
            ("sqlserver://ann@db/c?sslmode=require", "would trust a stranger"),
            ("sqlserver://ann@db:x/c", "is a number"),
        ];
        for (text, part) in rows {
            let told = CentralAddress::read(text).unwrap_err();
            assert!(told.contains(part) && !told.contains("s3same"), "{text}: {told}");
        }
    }
}
