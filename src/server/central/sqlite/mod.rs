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
        write::new_incarnation(&self.lock(), &fresh_incarnation(entropy)).map_err(|error| fault("begin anew", &error))
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

    fn read<T>(&self, doing: &'static str, read: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, Fault> {
        // A transaction that is never committed: all of it sees the same moment, also beside other processes.
        let connection = self.lock();
        let moment = connection.unchecked_transaction().map_err(|error| fault(doing, &error))?;
        read(&moment).map_err(|trouble| trouble.doing(doing))
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

fn fault(doing: &'static str, why: &impl ToString) -> Fault {
    Fault { doing, why: why.to_string(), is_unknown: false }
}

/// Why something was not read or written.
enum Trouble {
    Sql(rusqlite::Error),
    /// Something in the database does not read as what it should be.
    Unreadable(String),
}

impl Trouble {
    fn doing(self, doing: &'static str) -> Fault {
        match self {
            Trouble::Sql(error) => fault(doing, &error),
            Trouble::Unreadable(what) => fault(doing, &what),
        }
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Trouble {
        Trouble::Sql(error)
    }
}

impl Central for SqliteCentral {
    async fn standing(&self, place: &Place) -> Result<Standing, Fault> {
        self.read("look how a feed stands", |it| read::standing(it, place))
    }

    async fn documents(&self, place: &Place, ids: &[String]) -> Result<Vec<Kept>, Fault> {
        self.read("read documents", |it| read::documents(it, place, ids))
    }

    async fn trees(&self, place: &Place, ids: &[String]) -> Result<Vec<ChangedDocument>, Fault> {
        self.read("read the revisions of documents", |it| read::trees(it, place, ids))
    }

    async fn page(&self, place: &Place, after: &str, limit: u32) -> Result<Vec<Kept>, Fault> {
        self.read("list documents", |it| read::page(it, place, after, limit))
    }

    async fn changes(&self, place: &Place, since: u64, limit: u32) -> Result<Vec<ChangedDocument>, Fault> {
        self.read("read changes", |it| read::changes(it, place, since, limit))
    }

    async fn changes_before(&self, place: &Place, before: u64, limit: u32) -> Result<Vec<ChangedDocument>, Fault> {
        self.read("read changes", |it| list::changes_before(it, place, before, limit))
    }

    async fn population(&self, place: &Place) -> Result<Population, Fault> {
        self.read("count documents", |it| list::population(it, place))
    }

    async fn listed(&self, place: &Place, listing: &Listing) -> Result<Vec<ChangedDocument>, Fault> {
        self.read("list documents", |it| list::listed(it, place, listing))
    }

    async fn count_listed(&self, place: &Place, low: &Bound<String>, high: &Bound<String>) -> Result<u64, Fault> {
        self.read("count documents", |it| list::count_listed(it, place, low, high))
    }

    async fn indexes(&self, place: &Place) -> Result<Vec<NotedIndex>, Fault> {
        self.read("list indexes", |it| list::indexes(it, place))
    }

    async fn note_index(&self, place: &Place, index: &NotedIndex) -> Result<(), Fault> {
        write::note_index(&self.lock(), place, index).map_err(|error| fault("note an index", &error))
    }

    async fn forget_index(&self, place: &Place, design: &str, name: &str) -> Result<bool, Fault> {
        let forgotten = write::forget_index(&self.lock(), place, design, name);
        forgotten.map_err(|error| fault("forget an index", &error))
    }

    async fn local(&self, place: &Place, id: &str) -> Result<Option<Value>, Fault> {
        self.read("read a local document", |it| read::local(it, place, id))
    }

    async fn count_locals(&self, location_id: &LocationId) -> Result<usize, Fault> {
        self.read("count local documents", |it| read::count_locals(it, location_id))
    }

    async fn acceptances(&self, location_id: &LocationId, ids: &[String]) -> Result<Vec<Acceptance>, Fault> {
        self.read("look what was accepted", |it| read::acceptances(it, location_id, ids))
    }

    async fn order_books(&self, location_id: &LocationId, doc_id: &str) -> Result<Option<OrderBooks>, Fault> {
        self.read("read the books of an order", |it| read::order_books(it, location_id, doc_id))
    }

    async fn booked_orders(
        &self,
        location_id: &LocationId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<BookedOrder>, Fault> {
        self.read("list the orders in the books", |it| read::booked_orders(it, location_id, after, limit))
    }

    async fn last_number(&self, location_id: &LocationId) -> Result<u64, Fault> {
        self.read("read the last order number", |it| read::last_number(it, location_id))
    }

    async fn is_order_id_taken(&self, location_id: &LocationId, order_id: &str) -> Result<bool, Fault> {
        self.read("look for an order", |it| read::is_order_id_taken(it, location_id, order_id))
    }

    async fn is_number_taken(&self, location_id: &LocationId, number: &str) -> Result<bool, Fault> {
        self.read("look for an order number", |it| read::is_number_taken(it, location_id, number))
    }

    async fn taxes(&self, location_id: &LocationId) -> Result<Vec<KnownTax>, Fault> {
        self.read("read the taxes", |it| read::taxes(it, location_id))
    }

    async fn flaws(&self, place: &Place, ids: &[String]) -> Result<Vec<Flawed>, Fault> {
        self.read("look what the books do not follow", |it| read::flaws(it, place, ids))
    }

    async fn admit(&self, name: &str, secret_digest: &str) -> Result<Option<Device>, Fault> {
        self.read("look for a device by its secret", |it| devices::admit(it, name, secret_digest))
    }

    async fn device(&self, location_id: &LocationId, name: &str) -> Result<Option<Device>, Fault> {
        self.read("look for a device", |it| devices::find(it, location_id, name))
    }

    async fn devices(&self, location_id: Option<&LocationId>, limit: u32) -> Result<Vec<Device>, Fault> {
        self.read("list devices", |it| devices::list(it, location_id, limit))
    }

    async fn invitations(
        &self,
        location_id: Option<&LocationId>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Invitation>, Fault> {
        self.read("list codes", |it| devices::invitations(it, location_id, now, limit))
    }

    async fn locations(&self, limit: u32) -> Result<Vec<LocationId>, Fault> {
        self.read("list locations", |it| devices::locations(it, limit))
    }

    async fn knows_location(&self, location_id: &LocationId) -> Result<bool, Fault> {
        self.read("look for a location", |it| devices::knows_location(it, location_id))
    }

    async fn enrol(&self, scope: &Scope, name: &str, secret_digest: &str, now: Timestamp) -> Result<bool, Fault> {
        devices::enrol(&mut self.lock(), scope, name, secret_digest, now)
    }

    async fn invite(&self, invitation: &Invitation) -> Result<(), Fault> {
        devices::invite(&mut self.lock(), invitation)
    }

    async fn redeem(&self, code_digest: &str, secret_digest: &str, now: Timestamp) -> Result<Redeemed, Fault> {
        devices::redeem(&mut self.lock(), code_digest, secret_digest, now)
    }

    async fn revoke(&self, location_id: &LocationId, name: &str, now: Timestamp) -> Result<bool, Fault> {
        devices::revoke(&mut self.lock(), location_id, name, now)
    }

    async fn seen(&self, location_id: &LocationId, name: &str, now: Timestamp) -> Result<(), Fault> {
        let doing = "note that a device came in";
        devices::seen(&self.lock(), location_id, name, now).map_err(|trouble| trouble.doing(doing))
    }

    async fn note(&self, act: &Act) -> Result<(), Fault> {
        let noted = devices::note(&self.lock(), act.done_at, &act.location_id, &act.what, &act.about);
        noted.map_err(|error| fault("note what was done", &error))
    }

    async fn acts(&self, location_id: &LocationId, limit: u32) -> Result<Vec<Act>, Fault> {
        self.read("list what was done", |it| devices::acts(it, location_id, limit))
    }

    async fn commit(&self, batch: &Batch) -> Result<Committed, Fault> {
        write::commit(&mut self.lock(), batch)
    }
}
