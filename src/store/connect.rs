//! How a connection is made, and the look at a file before it is opened for good: a refusal leaves every byte alone.
//!
//! A file with an empty log is looked at as immutable, which makes no files beside it; one with a log is looked at
//! alone (`locking_mode=EXCLUSIVE` keeps the log's index in memory) and closed without a checkpoint. The file is never
//! opened but through SQLite: closing a descriptor of one's own drops the locks that SQLite holds on it in this
//! process (sqlite.org/howtocorrupt.html, 2.2).

use super::limits::{BUSY_MS, STATEMENTS_KEPT};
use super::open::OpenFault;
use super::{Key, schema};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::ffi::OsString;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Whether this program encrypts its stores.
pub(super) const ENCRYPTS: bool = cfg!(feature = "cipher");

/// What marks a SQLite file as a store of ours: `Cmda`, in the header's application id.
pub(super) const APPLICATION_ID: i32 = 0x436d_6461;

/// The size of a page, in bytes: SQLite's and SQLCipher's own choice.
const PAGE_BYTES: u64 = 4096;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// To make a new file.
    Make,
    /// To read and write.
    Write,
    /// To read while another may write.
    Read,
    /// To look at a file that nobody writes and whose log is empty: leaves no trace.
    Frozen,
    /// To look at a file and its log while nobody else has it: leaves no trace.
    Alone,
}

/// Opens a connection. Reads nothing yet: a wrong key shows with the first page.
pub(super) fn connect(path: &Path, key: Option<&Key>, access: Access) -> rusqlite::Result<Connection> {
    let both = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let read = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match access {
        Access::Make => Connection::open_with_flags(path, both | OpenFlags::SQLITE_OPEN_CREATE),
        Access::Write | Access::Alone => Connection::open_with_flags(path, both),
        Access::Read => Connection::open_with_flags(path, read),
        Access::Frozen => Connection::open_with_flags(frozen_uri(path), read | OpenFlags::SQLITE_OPEN_URI),
    }?;
    unlock(&connection, key)?;
    connection.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON;")?;
    connection.execute_batch("PRAGMA wal_autocheckpoint = 0;")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // Plans go by the statement alone. Else SQLite plans anew with each value that might imply an index's condition,
    // which is a third of the work of writing an order.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    match access {
        Access::Alone => {
            connection.busy_timeout(Duration::ZERO)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE;")?;
        }
        Access::Make | Access::Write | Access::Read | Access::Frozen => {
            connection.busy_timeout(Duration::from_millis(BUSY_MS))?;
        }
    }
    Ok(connection)
}

/// The versions of what keeps stores: SQLite's, and SQLCipher's where this program encrypts.
pub fn engine() -> (&'static str, Option<String>) {
    let cipher = || {
        let connection = Connection::open_in_memory().ok()?;
        connection.query_row("PRAGMA cipher_version", [], |row| row.get::<_, String>(0)).ok()
    };
    let told = || "of an unknown version".to_owned();
    (rusqlite::version(), ENCRYPTS.then(|| cipher().unwrap_or_else(told)))
}

/// Hands the key over, after SQLCipher was told to keep its remarks off the terminal.
#[cfg(feature = "cipher")]
fn unlock(connection: &Connection, key: Option<&Key>) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    let Some(key) = key else { return Ok(()) };
    let hex = key.to_hex();
    let mut sql = zeroize::Zeroizing::new(String::with_capacity(hex.len() + 24));
    sql.push_str("PRAGMA key = \"x'");
    sql.push_str(&hex);
    sql.push_str("'\";");
    connection.execute_batch(&sql)
}

/// A plain store has no use for a key.
#[cfg(not(feature = "cipher"))]
fn unlock(_: &Connection, _: Option<&Key>) -> rusqlite::Result<()> {
    Ok(())
}

fn frozen_uri(path: &Path) -> PathBuf {
    let mut uri = String::from("file:");
    for &byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_') {
            uri.push(char::from(byte));
        } else {
            write!(uri, "%{byte:02X}").expect("a String takes all that is written to it");
        }
    }
    PathBuf::from(uri + "?immutable=1")
}

/// The file beside `path` whose name is longer by `suffix`: `-wal`, `-shm`, `.making`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Whether the file has a log that says something.
pub(super) fn has_log(path: &Path) -> bool {
    std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

/// Looks at a file without touching it and returns its schema; `hot` is how to look at one that has a log.
///
/// # Errors
/// Every reason not to open it.
pub(super) fn look(path: &Path, key: Option<&Key>, hot: Access) -> Result<u32, OpenFault> {
    let found = match std::fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(OpenFault::Missing(path.into())),
        Err(error) => return Err(OpenFault::failed("look at the file", path, error)),
    };
    if !found.is_file() || found.len() == 0 {
        return Err(OpenFault::NotAStore(path.into()));
    }
    if ENCRYPTS && key.is_none() {
        return Err(OpenFault::KeyNeeded);
    }
    let real = std::fs::canonicalize(path).map_err(|error| OpenFault::failed("find the file", path, error))?;
    let with = |access| connect(&real, key, access).and_then(|connection| Head::read(&connection));
    let head = match has_log(&real) {
        false => with(Access::Frozen),
        true => with(hot).or_else(|error| match error.sqlite_error_code() {
            // Somebody has it open: then its log's index is in use anyway.
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) if hot == Access::Alone => with(Access::Read),
            _ => Err(error),
        }),
    };
    head.map_err(|error| verdict(path, &real, found.len(), error))?.judge(path)
}

/// What the first pages say.
struct Head {
    application_id: i32,
    schema: u32,
    flaw: Option<String>,
}

impl Head {
    fn read(connection: &Connection) -> rusqlite::Result<Head> {
        let number = |sql| connection.query_row(sql, [], |row| row.get(0));
        let application_id = number("PRAGMA application_id")?;
        let schema = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let ours = application_id == APPLICATION_ID && (1..=schema::known()).contains(&schema);
        Ok(Head { application_id, schema, flaw: if ours { flaw_of_the_small_tables(connection)? } else { None } })
    }

    fn judge(self, path: &Path) -> Result<u32, OpenFault> {
        let known = schema::known();
        if self.application_id != APPLICATION_ID || self.schema == 0 {
            return Err(OpenFault::NotAStore(path.into()));
        }
        if self.schema > known {
            return Err(OpenFault::Newer { path: path.into(), found: self.schema, known });
        }
        match self.flaw {
            Some(flaw) => Err(OpenFault::Damaged { path: path.into(), flaw }),
            None => Ok(self.schema),
        }
    }
}

/// Checks what every start reads, and what is small enough to be checked at every start.
fn flaw_of_the_small_tables(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let tables: i64 =
        connection.query_row("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'meta'", [], |row| row.get(0))?;
    if tables != 1 {
        return Ok(Some("its table of contents is incomplete".into()));
    }
    for table in ["meta", "desk", "lockout", "staff", "draft"] {
        let said: String = connection.query_row(&format!("PRAGMA quick_check({table})"), [], |row| row.get(0))?;
        if said != "ok" {
            return Ok(Some(said));
        }
    }
    connection.query_row("SELECT epoch FROM meta", [], |row| row.get::<_, i64>(0)).map(|_| None)
}

/// Turns an error of the look into the sentence that fits.
fn verdict(path: &Path, real: &Path, bytes: u64, error: rusqlite::Error) -> OpenFault {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) if ENCRYPTS => match plain_application_id(real) {
            Some(APPLICATION_ID) => OpenFault::Plain(path),
            Some(_) => OpenFault::NotAStore(path),
            None if !bytes.is_multiple_of(PAGE_BYTES) => OpenFault::NotAStore(path),
            None => OpenFault::WrongKey(path),
        },
        Some(ErrorCode::NotADatabase) if bytes.is_multiple_of(PAGE_BYTES) => OpenFault::Encrypted(path),
        Some(ErrorCode::NotADatabase) => OpenFault::NotAStore(path),
        Some(ErrorCode::DatabaseCorrupt) => OpenFault::Damaged { path, flaw: error.to_string() },
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            OpenFault::ReadOnly { path, source: error.into() }
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenFault::Busy(path),
        _ => OpenFault::failed("read the file", &path, error),
    }
}

/// The application id of a file that is not encrypted.
fn plain_application_id(real: &Path) -> Option<i32> {
    let connection = connect(real, None, Access::Frozen).ok()?;
    connection.query_row("PRAGMA application_id", [], |row| row.get(0)).ok()
}
