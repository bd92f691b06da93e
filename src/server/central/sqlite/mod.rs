//! The central database that is always there: one SQLite file, in this process.
//!
//! One connection does all of it, behind a lock: SQLite has one writer anyway, and no read here takes long.

mod care;
mod devices;
mod list;
mod read;
mod rows;
mod schema;
mod write;

pub use care::{CareFault, Closely, Contents, Restored};

use super::history::{OpenFault, SchemaState};
use super::verbs::{by_rooms, verbs};
use super::{
    Acceptance, Act, Batch, BookedOrder, Central, ChangedDocument, Committed, Device, Fault, Flawed, Invitation, Kept,
    Listing, NotedIndex, OrderBooks, Place, Population, Redeemed, Standing, fresh_incarnation,
};
use crate::document::submission::KnownTax;
use crate::domain::{Entropy, LocationId, Timestamp};
use crate::server::limits::{BUSY_MS, STATEMENTS_KEPT};
use crate::server::scope::Scope;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use std::ops::Bound;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What stands in the header of the file: "Cmdc", so that nobody takes it for a register's store.
const APPLICATION_ID: i32 = 0x436d_6463;

/// A central database in one SQLite file.
#[derive(Debug)]
pub struct SqliteCentral {
    connection: Mutex<Connection>,
}

impl SqliteCentral {
    /// Opens the file, or makes it; the dice make its incarnation.
    ///
    /// What was committed is on the medium, also after a power cut.
    ///
    /// # Errors
    /// Every reason to refuse.
    pub fn open(path: &Path, entropy: &mut Entropy) -> Result<SqliteCentral, OpenFault> {
        let connection = Connection::open(path).map_err(|error| failed(path, &error))?;
        SqliteCentral::over(connection, path, entropy)
    }

    /// Looks how far the file of one has come, and changes nothing.
    ///
    /// # Errors
    /// Every reason not to open it.
    pub fn schema(path: &Path) -> Result<SchemaState, OpenFault> {
        let failed = |error| failed(path, &error);
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
        connection.busy_timeout(Duration::from_millis(BUSY_MS)).map_err(failed)?;
        is_ours(&connection, path)?;
        schema::state(&connection, &path.display().to_string())
    }

    /// A central database that ends with the process.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn in_memory(entropy: &mut Entropy) -> Result<SqliteCentral, OpenFault> {
        let path = Path::new(":memory:");
        let connection = Connection::open_in_memory().map_err(|error| failed(path, &error))?;
        SqliteCentral::over(connection, path, entropy)
    }

    fn over(mut connection: Connection, path: &Path, entropy: &mut Entropy) -> Result<SqliteCentral, OpenFault> {
        let failed = |error| failed(path, &error);
        connection.busy_timeout(Duration::from_millis(BUSY_MS)).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        let is_new = !is_ours(&connection, path)?;
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).map_err(failed)?;
        connection.execute_batch("PRAGMA synchronous = FULL;").map_err(failed)?;
        if is_new {
            connection.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID};")).map_err(failed)?;
        }
        schema::bring_forward(&mut connection, &path.display().to_string())?;
        let incarnation = fresh_incarnation(entropy);
        write::incarnation_if_none(&connection, &incarnation).map_err(failed)?;
        Ok(SqliteCentral { connection: Mutex::new(connection) })
    }

    /// A copy of it, as the last commit left it, that ends with the process.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn copy_in_memory(&self, entropy: &mut Entropy) -> Result<SqliteCentral, OpenFault> {
        let path = Path::new(":memory:");
        let failed = |error| failed(path, &error);
        let mut copy = Connection::open_in_memory().map_err(failed)?;
        let from = self.lock();
        let moved = Backup::new(&from, &mut copy).and_then(|backup| backup.step(-1)).map_err(failed)?;
        debug_assert_eq!(moved, StepResult::Done, "nobody else writes while the lock is held");
        drop(from);
        SqliteCentral::over(copy, path, entropy)
    }

    /// Says that the file was restored from a backup: its feeds begin anew for everybody, and all that registers hold
    /// is offered again.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn renew(&self, entropy: &mut Entropy) -> Result<(), Fault> {
        let begun = write::new_incarnation(&self.lock(), &fresh_incarnation(entropy));
        begun.map_err(|trouble| trouble.doing("begin anew"))
    }

    /// What a query of one value answers, for tests: all of it but its first word.
    #[cfg(test)]
    pub(crate) fn look<T: rusqlite::types::FromSql>(&self, query: &str) -> T {
        self.lock().query_row(&format!("SELECT {query}"), [], |row| row.get(0)).unwrap()
    }

    /// Damages the database, for tests.
    #[cfg(test)]
    pub(crate) fn spoil(&self, statement: &str) {
        self.lock().execute_batch(statement).unwrap();
    }

    /// The connection. A thread that panicked while it held it left no transaction open: it was rolled back.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks something in one transaction: all of it sees the same moment, also beside other processes.
    async fn asked<T>(
        &self,
        doing: &'static str,
        ask: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, Fault> {
        let connection = self.lock();
        let all = || {
            let tx = connection.unchecked_transaction()?;
            let told = ask(&tx)?;
            tx.commit()?;
            Ok(told)
        };
        all().map_err(|trouble: Trouble| trouble.doing(doing))
    }

    /// Does something that sees itself to its transaction.
    async fn done<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&mut Connection) -> Result<T, Trouble>,
    ) -> Result<T, Fault> {
        work(&mut self.lock()).map_err(|trouble| trouble.doing(doing))
    }
}

fn failed(path: &Path, error: &rusqlite::Error) -> OpenFault {
    OpenFault::Failed { database: path.display().to_string(), why: error.to_string() }
}

/// Whether a file is a central database already; false for one that is empty.
fn is_ours(connection: &Connection, path: &Path) -> Result<bool, OpenFault> {
    let failed = |error| failed(path, &error);
    let id = connection.query_row("PRAGMA application_id", [], |row| row.get::<_, i32>(0)).map_err(failed)?;
    let tables = connection.query_row("SELECT COUNT(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0));
    match (tables.map_err(failed)?, id) {
        (0, _) => Ok(false),
        (_, APPLICATION_ID) => Ok(true),
        (_, _) => Err(OpenFault::NotCentral(path.display().to_string())),
    }
}

/// Why something was not read or written.
pub(super) enum Trouble {
    Sql(rusqlite::Error),
    /// Keeping it went wrong: nobody knows whether it is kept.
    Unknown(rusqlite::Error),
    /// Something in the database does not read as what it should be.
    Unreadable(String),
}

impl Trouble {
    fn doing(self, doing: &'static str) -> Fault {
        let is_unknown = matches!(self, Trouble::Unknown(_));
        let why = match self {
            Trouble::Sql(error) | Trouble::Unknown(error) => error.to_string(),
            Trouble::Unreadable(what) => what,
        };
        Fault { doing, why, is_unknown }
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Trouble {
        Trouble::Sql(error)
    }
}

verbs!(by_rooms for SqliteCentral);
