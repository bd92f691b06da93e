//! The central database: where it is when nobody says, how one gets in, and opening it beside a server that runs. Not
//! here: what its address says (`server::central`).

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlserver")]
mod sqlserver;

use super::guarded::{self, Guarded};
use super::{Fault, clock};
use crate::server::central::{CentralAddress, SchemaState};
use crate::server::{CentralDatabase, SqliteCentral};
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What the file is called in the data directory.
const FILE: &str = "central.sqlite";

/// What a systemd credential that holds the password of a database is called.
pub const PASSWORD_CREDENTIAL: &str = "comanda.central-password";

/// The file that holds one.
const PASSWORD_FILE: Guarded = Guarded {
    what: "password file",
    bytes_max: 1_000,
    remedy: "write the password of the central database to it, or name the right one with --central-password-file",
};

/// A central database as an operator named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Where it is.
    pub address: CentralAddress,
    /// The file of its password; without one the systemd credential, if there is one, or none.
    pub password_file: Option<PathBuf>,
}

impl Named {
    /// A file, which has no password.
    pub fn file(file: PathBuf) -> Named {
        Named { address: CentralAddress::Sqlite(file), password_file: None }
    }

    /// Opens one that is there, and brings its tables forward; those of a database server are made as well.
    ///
    /// # Errors
    /// A [`Fault`] when there is none, it is something else, or this program was built without what it takes.
    pub async fn open(&self) -> Result<CentralDatabase, Fault> {
        match &self.address {
            CentralAddress::Sqlite(file) => open(file).map(CentralDatabase::Sqlite),
            #[cfg(feature = "postgres")]
            CentralAddress::Postgres(address) => {
                postgres::open(address, self.password()?).await.map(CentralDatabase::Postgres)
            }
            #[cfg(not(feature = "postgres"))]
            CentralAddress::Postgres(_) => Err(self.not_built("PostgreSQL", "postgres")),
            #[cfg(feature = "sqlserver")]
            CentralAddress::SqlServer(address) => {
                sqlserver::open(address, self.password()?).await.map(CentralDatabase::SqlServer)
            }
            #[cfg(not(feature = "sqlserver"))]
            CentralAddress::SqlServer(_) => Err(self.not_built("SQL Server", "sqlserver")),
        }
    }

    /// The same, and makes the file where there is none. A database of a server is made by who runs that.
    ///
    /// # Errors
    /// A [`Fault`] when it cannot be made, or something else is in its place.
    pub async fn open_or_make(&self) -> Result<CentralDatabase, Fault> {
        match &self.address {
            CentralAddress::Sqlite(file) => open_or_make(file).map(CentralDatabase::Sqlite),
            CentralAddress::Postgres(_) | CentralAddress::SqlServer(_) => self.open().await,
        }
    }

    /// Looks how far its schema has come, and changes nothing.
    ///
    /// # Errors
    /// A [`Fault`] when it cannot be read, or is something else.
    pub async fn schema(&self) -> Result<SchemaState, Fault> {
        match &self.address {
            CentralAddress::Sqlite(file) => {
                is_there(file)?;
                SqliteCentral::schema(file).map_err(|fault| Fault::new(doing(file), fault.to_string(), REMEDY))
            }
            #[cfg(feature = "postgres")]
            CentralAddress::Postgres(address) => postgres::schema(address, self.password()?).await,
            #[cfg(not(feature = "postgres"))]
            CentralAddress::Postgres(_) => Err(self.not_built("PostgreSQL", "postgres")),
            #[cfg(feature = "sqlserver")]
            CentralAddress::SqlServer(address) => sqlserver::schema(address, self.password()?).await,
            #[cfg(not(feature = "sqlserver"))]
            CentralAddress::SqlServer(_) => Err(self.not_built("SQL Server", "sqlserver")),
        }
    }

    #[cfg(not(all(feature = "postgres", feature = "sqlserver")))]
    fn not_built(&self, database: &str, feature: &str) -> Fault {
        let doing = format!("could not open the central database {}", self.address);
        let remedy = format!("use one that has the feature `{feature}`");
        Fault::new(doing, format!("this program was built without {database}"), remedy)
    }

    /// The password, if there is one: the first line of its file.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "sqlserver")),
        allow(dead_code, reason = "what has no database with passwords reads none")
    )]
    fn password(&self) -> Result<Option<Zeroizing<String>>, Fault> {
        let credential = || guarded::credential(PASSWORD_CREDENTIAL);
        let (file, is_credential) = match (&self.password_file, credential()) {
            (Some(file), _) => (file.clone(), false),
            (None, Some(file)) => (file, true),
            (None, None) => return Ok(None),
        };
        let bytes = PASSWORD_FILE.read(&file, is_credential)?;
        let bad = |why: &str| PASSWORD_FILE.bad(&file, why.into(), PASSWORD_FILE.remedy.into());
        let text = std::str::from_utf8(&bytes).map_err(|_| bad("it is not text"))?;
        match text.lines().next().unwrap_or_default() {
            "" => Err(bad("there is none in it")),
            _ if bytes.len() > PASSWORD_FILE.bytes_max => Err(bad("it is too long")),
            line => Ok(Some(Zeroizing::new(line.to_owned()))),
        }
    }
}

const REMEDY: &str =
    "name the right one with --data DIR or --central sqlite:FILE; `comanda server enroll` makes a new one";

/// Where it is in a data directory.
pub fn usual_file(data: &Path) -> PathBuf {
    data.join(FILE)
}

/// Opens one that is there. Any number of processes may have it open: who writes waits for the others.
///
/// # Errors
/// A [`Fault`] when there is none, or it is something else.
pub fn open(file: &Path) -> Result<SqliteCentral, Fault> {
    is_there(file)?;
    SqliteCentral::open(file, &mut clock::entropy()?)
        .map_err(|fault| Fault::new(doing(file), fault.to_string(), REMEDY))
}

fn is_there(file: &Path) -> Result<(), Fault> {
    let about = file.metadata().map_err(|source| Fault::io(doing(file), &source, REMEDY))?;
    if about.is_file() { Ok(()) } else { Err(Fault::new(doing(file), "it is not a file", REMEDY)) }
}

/// The same, and makes it, readable for this user alone, where there is none.
///
/// # Errors
/// A [`Fault`] when it cannot be made, or something else is in its place.
pub fn open_or_make(file: &Path) -> Result<SqliteCentral, Fault> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    match made {
        // Closed before SQLite opens it: closing a file gives up every lock that this process has on it, and then
        // another process takes itself for the last one and deletes the log that is written to.
        Ok(made) => drop(made),
        Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {}
        Err(source) => {
            let remedy = "name another place with --data DIR or --central sqlite:FILE";
            return Err(Fault::io(format!("could not make the central database {}", file.display()), &source, remedy));
        }
    }
    open(file)
}

fn doing(file: &Path) -> String {
    format!("could not open the central database {}", file.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::at_once;
    use crate::server::central::Central;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    /// SQLite's lock of who has a file open (`SHARED_FIRST`): whoever closes a file without it on that file deletes its
    /// log. <https://sqlite.org/src/file/src/os.h>
    const SHARED_FIRST: &str = " 1073741826 ";

    #[test]
    fn a_password_is_read_from_a_file_that_is_this_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let named = |password_file| Named { password_file, ..Named::file("x".into()) };
        assert_eq!(named(None).password().unwrap(), None);
        // what the file says, its mode, the password ("!" before it: part of what is told)
        let rows = [
            ("s3same\n", 0o600, "s3same"),
            (" with spaces \nsecond line", 0o400, " with spaces "),
            ("s3same\n", 0o640, "!chmod 600"),
            ("", 0o600, "!there is none in it"),
            (&"x".repeat(1_001), 0o600, "!too long"),
        ];
        for (text, mode, expected) in rows {
            std::fs::remove_file(&path).ok();
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            match named(Some(path.clone())).password() {
                Ok(password) => assert_eq!(password.unwrap().as_str(), expected),
                Err(told) => {
                    let told = told.to_string();
                    assert!(expected.starts_with('!') && told.contains(&expected[1..]), "{told}");
                    assert!(!told.contains("s3same"), "{told}");
                }
            }
        }
    }

    #[test]
    fn a_database_that_is_open_is_locked_also_right_after_it_was_made() {
        let folder = tempfile::tempdir().unwrap();
        for when in ["made", "there already"] {
            let file = usual_file(folder.path());
            let central = open_or_make(&file).unwrap();
            at_once(central.locations(1)).unwrap();
            let inode = format!(":{} ", file.metadata().unwrap().ino());
            let locks = std::fs::read_to_string("/proc/locks").unwrap();
            let is_held = locks.lines().any(|line| line.contains(&inode) && line.contains(SHARED_FIRST));
            assert!(is_held, "{when}: {inode}\n{locks}");
        }
    }
}
