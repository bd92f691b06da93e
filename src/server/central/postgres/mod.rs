//! PostgreSQL as the central database: any number of servers may share one.
//!
//! Read in this order: `line` (connections, and what goes wrong there), `tls`, `schema` (migrations, once, whoever
//! begins), `read`, `list`, `devices`, `write` (a batch, whole or not at all), `rows` (the books).
//!
//! What is read is one statement each, so that all of it is of one moment. Transactions are `READ COMMITTED`: whoever
//! writes a place has the row of its feed first, and from then on sees all that was committed before. Beside that, a
//! unique index is the judge.

mod devices;
mod line;
mod list;
mod read;
mod rows;
mod schema;
#[cfg(test)]
mod tests;
mod tls;
mod write;

use super::history::{OpenFault, SchemaState};
use super::verbs::{by_rooms, verbs};
use super::{
    Acceptance, Act, Batch, BookedOrder, Central, ChangedDocument, Committed, Device, Fault, Flawed, Invitation, Kept,
    Listing, NotedIndex, OrderBooks, Place, Population, PostgresAddress, Redeemed, Standing, fresh_incarnation,
};
use crate::document::submission::KnownTax;
use crate::domain::{Entropy, LocationId, Timestamp};
use crate::server::limits::{POSTGRES_AGAIN_TRIES, POSTGRES_ANSWER_MS, POSTGRES_READ_TRIES};
use crate::server::scope::Scope;
use deadpool_postgres::Pool;
use line::{Line, Trouble};
use serde_json::Value;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_rustls::rustls::ClientConfig;

/// How a server comes in.
#[derive(Clone)]
pub struct Login {
    /// Where.
    pub address: PostgresAddress,
    /// The password, where the database asks for one.
    pub password: Option<String>,
    /// Whose certificates are trusted; asked for when the address says that they are verified.
    pub tls: Option<Arc<ClientConfig>>,
}

impl fmt::Debug for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Login").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A central database in PostgreSQL.
pub struct PostgresCentral {
    address: PostgresAddress,
    pool: Pool,
}

impl fmt::Debug for PostgresCentral {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PostgresCentral").field("address", &self.address).finish_non_exhaustive()
    }
}

impl PostgresCentral {
    /// Opens a database, and makes its tables, or brings them forward, where that is to be done; the dice make its
    /// incarnation. Of several servers that begin at once, one does it.
    ///
    /// # Errors
    /// Every reason to refuse.
    pub async fn open(login: &Login, entropy: &mut Entropy) -> Result<PostgresCentral, OpenFault> {
        let central = PostgresCentral::to(login)?;
        let incarnation = fresh_incarnation(entropy);
        let name = central.address.to_string();
        let brought = schema::bring_forward(&central.pool, &incarnation, &name).await;
        brought.map_err(|wrong| wrong.of(&central.address))?;
        Ok(central)
    }

    /// Looks how far a database has come, and changes nothing.
    ///
    /// # Errors
    /// Every reason not to open it.
    pub async fn schema(login: &Login) -> Result<SchemaState, OpenFault> {
        let central = PostgresCentral::to(login)?;
        let state = schema::state(&central.pool, &central.address.to_string()).await;
        state.map_err(|wrong| wrong.of(&central.address))
    }

    fn to(login: &Login) -> Result<PostgresCentral, OpenFault> {
        let address = login.address.clone();
        match line::pool(login) {
            Ok(pool) => Ok(PostgresCentral { address, pool }),
            Err(why) => Err(OpenFault::Failed { database: address.to_string(), why }),
        }
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
                let asked = async { ask(Line::take(&self.pool).await?).await };
                match asked.await {
                    Err(Trouble::Lost(_)) if tries < POSTGRES_READ_TRIES => {}
                    answered => return answered,
                }
            }
        };
        within(all).await.map_err(|trouble| trouble.doing(doing))
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
                let worked = async { work(Line::take(&self.pool).await?).await };
                match worked.await {
                    Err(Trouble::Again(_) | Trouble::Taken) if tries < POSTGRES_AGAIN_TRIES => {}
                    told => return told,
                }
            }
        };
        within(all).await.map_err(|trouble| trouble.doing(doing))
    }

    /// What a query of one value answers, for tests: all of it but its first word.
    #[cfg(test)]
    pub(crate) fn look<T: for<'a> tokio_postgres::types::FromSql<'a>>(&self, query: &str) -> T {
        let sql = format!("SELECT {query}");
        super::conformance::wait(async { Line::take(&self.pool).await?.one(&sql, &[]).await }).unwrap().get(0)
    }

    /// Damages the database, for tests.
    #[cfg(test)]
    pub(crate) fn spoil(&self, statement: &str) {
        super::conformance::wait(async { Line::take(&self.pool).await?.run(statement).await }).unwrap();
    }
}

async fn within<T>(all: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    let ended = timeout(Duration::from_millis(POSTGRES_ANSWER_MS), all).await;
    ended.unwrap_or_else(|_| Err(Trouble::Lost(format!("it did not answer within {} s", POSTGRES_ANSWER_MS / 1000))))
}

verbs!(by_rooms for PostgresCentral);
