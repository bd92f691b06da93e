//! SQL Server as the central database: any number of servers may share one.
//!
//! Read in this order: `words` (every statement), `key` (how ids are kept), `line` (connections, and what goes wrong
//! there), `schema` (migrations, once, whoever begins), `read`, `list`, `devices`, `write` (a batch, whole or not at
//! all), `rows` (the books).
//!
//! Transactions are `READ COMMITTED`: whoever writes a place has the row of its feed first, and from then on sees all
//! that was committed before. Beside that, a unique index is the judge. The driver is tiberius; nothing of it is known
//! outside this folder.

mod devices;
mod key;
mod line;
mod list;
mod read;
mod rows;
mod schema;
#[cfg(test)]
mod tests;
mod words;
mod write;

use super::history::{OpenFault, SchemaState};
use super::{
    Acceptance, Act, Batch, BookedOrder, Central, ChangedDocument, Committed, Device, Fault, Flawed, Invitation, Kept,
    Listing, NotedIndex, OrderBooks, Place, Population, Redeemed, SqlServerAddress, Standing, fresh_incarnation,
};
use crate::document::submission::KnownTax;
use crate::domain::{Entropy, LocationId, Timestamp};
use crate::server::limits::{SQLSERVER_AGAIN_TRIES, SQLSERVER_CONNECTIONS, SQLSERVER_READ_TRIES};
use crate::server::scope::Scope;
use line::{Line, Patience, Pool, Trouble};
use serde_json::Value;
use std::fmt;
use std::ops::Bound;
use std::time::Duration;
use tokio::time::timeout;

/// How a server comes in.
#[derive(Clone)]
pub struct SqlServerLogin {
    /// Where.
    pub address: SqlServerAddress,
    /// The password of the user; none is an empty one.
    pub password: Option<String>,
    /// Authorities whose certificates are trusted beside those of the machine, as PEM; asked for when the address names
    /// a file of them.
    pub authorities: Option<Vec<u8>>,
}

impl fmt::Debug for SqlServerLogin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SqlServerLogin").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A central database in SQL Server.
pub struct SqlServerCentral {
    login: SqlServerLogin,
    pool: Pool,
    patience: Patience,
}

impl fmt::Debug for SqlServerCentral {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SqlServerCentral").field("address", &self.login.address).finish_non_exhaustive()
    }
}

impl SqlServerCentral {
    /// Opens a database, and makes its tables, or brings them forward, where that is to be done; the dice make its
    /// incarnation. Of several servers that begin at once, one does it.
    ///
    /// # Errors
    /// Every reason to refuse.
    pub async fn open(login: &SqlServerLogin, entropy: &mut Entropy) -> Result<SqlServerCentral, OpenFault> {
        SqlServerCentral::open_with(login, entropy, Patience::USUAL).await
    }

    async fn open_with(
        login: &SqlServerLogin,
        entropy: &mut Entropy,
        patience: Patience,
    ) -> Result<SqlServerCentral, OpenFault> {
        let central = SqlServerCentral::to(login, patience)?;
        let incarnation = fresh_incarnation(entropy);
        let name = login.address.to_string();
        let brought = schema::bring_forward(login, &central.pool, &incarnation, (&name, patience)).await;
        brought.map_err(|wrong| wrong.of(login))?;
        Ok(central)
    }

    /// Looks how far a database has come, and changes nothing.
    ///
    /// # Errors
    /// Every reason not to open it.
    pub async fn schema(login: &SqlServerLogin) -> Result<SchemaState, OpenFault> {
        let central = SqlServerCentral::to(login, Patience::USUAL)?;
        let state = schema::state(&central.pool, &login.address.to_string()).await;
        state.map_err(|wrong| wrong.of(login))
    }

    fn to(login: &SqlServerLogin, patience: Patience) -> Result<SqlServerCentral, OpenFault> {
        match line::pool(login, SQLSERVER_CONNECTIONS, patience) {
            Ok(pool) => Ok(SqlServerCentral { login: login.clone(), pool, patience }),
            Err(why) => Err(OpenFault::Failed { database: login.address.to_string(), why }),
        }
    }

    /// Whether who reads waits for who writes: so it is where SQL Server keeps no snapshots of what was committed last
    /// (`READ_COMMITTED_SNAPSHOT`). All goes on then, slower.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be asked.
    pub async fn waits(&self) -> Result<bool, Fault> {
        self.asked("look how it is set up", |mut line| async move { schema::waits(&mut line).await }).await
    }

    /// Says that the database was restored from a backup.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub async fn renew(&self, entropy: &mut Entropy) -> Result<(), Fault> {
        let incarnation = fresh_incarnation(entropy);
        self.asked("begin anew", |line| write::new_incarnation(line, &incarnation)).await
    }

    /// Asks something, over another connection where one was lost: what is asked changes nothing, or the same however
    /// often it is done.
    async fn asked<T, F>(&self, doing: &'static str, ask: impl Fn(Line) -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let all = async {
            let mut tries = 0;
            loop {
                tries += 1;
                let asked = Box::pin(async { ask(Line::take(&self.pool).await?).await });
                match asked.await {
                    Err(Trouble::Lost(_) | Trouble::Again(_)) if tries < SQLSERVER_READ_TRIES => {}
                    answered => return answered,
                }
            }
        };
        within(self.patience.answer, all).await.map_err(|trouble| trouble.doing(doing))
    }

    /// Does something in one transaction, anew where another was in its way.
    async fn done<T, F>(&self, doing: &'static str, work: impl Fn(Line) -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let all = async {
            let mut tries = 0;
            loop {
                tries += 1;
                let worked = Box::pin(async { work(Line::take(&self.pool).await?).await });
                match worked.await {
                    Err(Trouble::Again(_) | Trouble::Taken) if tries < SQLSERVER_AGAIN_TRIES => {}
                    told => return told,
                }
            }
        };
        within(self.patience.answer, all).await.map_err(|trouble| trouble.doing(doing))
    }

    /// What a query of one number answers, for tests: all of it but its first word.
    #[cfg(test)]
    pub(crate) fn look_number(&self, query: &str) -> i64 {
        let sql = format!("SELECT CAST((SELECT {}) AS BIGINT) AS told", query.replace(" deleted ", " [deleted] "));
        super::conformance::wait(async { Line::take(&self.pool).await?.number(&sql).await }).unwrap()
    }

    /// The same, for a word.
    #[cfg(test)]
    pub(crate) fn look_word(&self, query: &str) -> String {
        let sql = format!("SELECT CAST((SELECT {}) AS NVARCHAR(4000)) AS told", query.replace("||", "+"));
        let rows = super::conformance::wait(async { Line::take(&self.pool).await?.run(&sql).await }).unwrap();
        line::value::<&str>(&rows[0], 0).unwrap().to_owned()
    }

    /// Damages the database, for tests.
    #[cfg(test)]
    pub(crate) fn spoil(&self, statement: &str) {
        super::conformance::wait(async { Line::take(&self.pool).await?.run(statement).await }).unwrap();
    }
}

async fn within<T>(limit_ms: u64, all: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    let ended = timeout(Duration::from_millis(limit_ms), all).await;
    ended.unwrap_or_else(|_| Err(Trouble::Lost(format!("it did not answer within {limit_ms} ms"))))
}

impl Central for SqlServerCentral {
    async fn standing(&self, place: &Place) -> Result<Standing, Fault> {
        self.asked("look how a feed stands", |line| read::standing(line, place)).await
    }

    async fn documents(&self, place: &Place, ids: &[String]) -> Result<Vec<Kept>, Fault> {
        self.asked("read documents", |line| read::documents(line, place, ids)).await
    }

    async fn trees(&self, place: &Place, ids: &[String]) -> Result<Vec<ChangedDocument>, Fault> {
        self.asked("read the revisions of documents", |line| read::trees(line, place, ids)).await
    }

    async fn page(&self, place: &Place, after: &str, limit: u32) -> Result<Vec<Kept>, Fault> {
        self.asked("list documents", |line| read::page(line, place, after, limit)).await
    }

    async fn changes(&self, place: &Place, since: u64, limit: u32) -> Result<Vec<ChangedDocument>, Fault> {
        self.asked("read changes", |line| list::changes(line, words::CHANGES, place, since, limit)).await
    }

    async fn changes_before(&self, place: &Place, before: u64, limit: u32) -> Result<Vec<ChangedDocument>, Fault> {
        self.asked("read changes", |line| list::changes(line, words::CHANGES_BEFORE, place, before, limit)).await
    }

    async fn population(&self, place: &Place) -> Result<Population, Fault> {
        self.asked("count documents", |line| list::population(line, place)).await
    }

    async fn listed(&self, place: &Place, listing: &Listing) -> Result<Vec<ChangedDocument>, Fault> {
        self.asked("list documents", |line| list::listed(line, place, listing)).await
    }

    async fn count_listed(&self, place: &Place, low: &Bound<String>, high: &Bound<String>) -> Result<u64, Fault> {
        self.asked("count documents", |line| list::count_listed(line, place, low, high)).await
    }

    async fn indexes(&self, place: &Place) -> Result<Vec<NotedIndex>, Fault> {
        self.asked("list indexes", |line| list::indexes(line, place)).await
    }

    async fn note_index(&self, place: &Place, index: &NotedIndex) -> Result<(), Fault> {
        self.done("note an index", |line| list::note_index(line, place, index)).await
    }

    async fn forget_index(&self, place: &Place, design: &str, name: &str) -> Result<bool, Fault> {
        self.done("forget an index", |line| list::forget_index(line, place, design, name)).await
    }

    async fn local(&self, place: &Place, id: &str) -> Result<Option<Value>, Fault> {
        self.asked("read a local document", |line| read::local(line, place, id)).await
    }

    async fn count_locals(&self, location_id: &LocationId) -> Result<usize, Fault> {
        self.asked("count local documents", |line| read::count_locals(line, location_id)).await
    }

    async fn acceptances(&self, location_id: &LocationId, ids: &[String]) -> Result<Vec<Acceptance>, Fault> {
        self.asked("look what was accepted", |line| read::acceptances(line, location_id, ids)).await
    }

    async fn order_books(&self, location_id: &LocationId, doc_id: &str) -> Result<Option<OrderBooks>, Fault> {
        self.asked("read the books of an order", |line| read::order_books(line, location_id, doc_id)).await
    }

    async fn booked_orders(
        &self,
        location_id: &LocationId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<BookedOrder>, Fault> {
        self.asked("list the orders in the books", |line| read::booked_orders(line, location_id, after, limit)).await
    }

    async fn last_number(&self, location_id: &LocationId) -> Result<u64, Fault> {
        self.asked("read the last order number", |line| read::last_number(line, location_id)).await
    }

    async fn is_order_id_taken(&self, location_id: &LocationId, order_id: &str) -> Result<bool, Fault> {
        self.asked("look for an order", |line| read::is_taken(line, words::ORDER_BY_ID, location_id, order_id)).await
    }

    async fn is_number_taken(&self, location_id: &LocationId, number: &str) -> Result<bool, Fault> {
        self.asked("look for an order number", |line| read::is_taken(line, words::ORDER_BY_NUMBER, location_id, number))
            .await
    }

    async fn taxes(&self, location_id: &LocationId) -> Result<Vec<KnownTax>, Fault> {
        self.asked("read the taxes", |line| read::taxes(line, location_id)).await
    }

    async fn flaws(&self, place: &Place, ids: &[String]) -> Result<Vec<Flawed>, Fault> {
        self.asked("look what the books do not follow", |line| read::flaws(line, place, ids)).await
    }

    async fn admit(&self, name: &str, secret_digest: &str) -> Result<Option<Device>, Fault> {
        self.asked("look for a device by its secret", |line| devices::admit(line, name, secret_digest)).await
    }

    async fn device(&self, location_id: &LocationId, name: &str) -> Result<Option<Device>, Fault> {
        self.asked("look for a device", |line| devices::device(line, location_id, name)).await
    }

    async fn devices(&self, location_id: Option<&LocationId>, limit: u32) -> Result<Vec<Device>, Fault> {
        self.asked("list devices", |line| devices::list(line, location_id, limit)).await
    }

    async fn invitations(
        &self,
        location_id: Option<&LocationId>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Invitation>, Fault> {
        self.asked("list codes", |line| devices::invitations(line, location_id, now, limit)).await
    }

    async fn locations(&self, limit: u32) -> Result<Vec<LocationId>, Fault> {
        self.asked("list locations", |line| devices::locations(line, limit)).await
    }

    async fn knows_location(&self, location_id: &LocationId) -> Result<bool, Fault> {
        self.asked("look for a location", |line| devices::knows_location(line, location_id)).await
    }

    async fn enrol(&self, scope: &Scope, name: &str, secret_digest: &str, now: Timestamp) -> Result<bool, Fault> {
        self.done("enrol a device", |line| devices::enrol(line, scope, name, secret_digest, now)).await
    }

    async fn invite(&self, invitation: &Invitation) -> Result<(), Fault> {
        self.done("keep a code", |line| devices::invite(line, invitation)).await
    }

    async fn redeem(&self, code_digest: &str, secret_digest: &str, now: Timestamp) -> Result<Redeemed, Fault> {
        self.done("take a code", |line| devices::redeem(line, code_digest, secret_digest, now)).await
    }

    async fn revoke(&self, location_id: &LocationId, name: &str, now: Timestamp) -> Result<bool, Fault> {
        self.done("take a secret back", |line| devices::revoke(line, location_id, name, now)).await
    }

    async fn seen(&self, location_id: &LocationId, name: &str, now: Timestamp) -> Result<(), Fault> {
        self.asked("note that a device came in", |line| devices::seen(line, location_id, name, now)).await
    }

    async fn note(&self, act: &Act) -> Result<(), Fault> {
        self.done("note what was done", |line| devices::note_alone(line, act)).await
    }

    async fn acts(&self, location_id: &LocationId, limit: u32) -> Result<Vec<Act>, Fault> {
        self.asked("list what was done", |line| devices::acts(line, location_id, limit)).await
    }

    async fn commit(&self, batch: &Batch) -> Result<Committed, Fault> {
        self.done("write a batch", |line| write::commit(line, batch)).await
    }
}
