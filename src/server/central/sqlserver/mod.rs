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
use super::verbs::{by_rooms, verbs};
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

verbs!(by_rooms for SqlServerCentral);
