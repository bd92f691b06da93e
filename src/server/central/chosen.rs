//! The central database that an operator chose: one of those that this program was built with.

use super::verbs::verbs;
use super::{
    Acceptance, Act, Batch, BookedOrder, Central, ChangedDocument, Committed, Device, Fault, Flawed, Invitation, Kept,
    Listing, NotedIndex, OrderBooks, Place, Population, Redeemed, SqliteCentral, Standing,
};
use crate::document::submission::KnownTax;
use crate::domain::{Entropy, LocationId, Timestamp};
use crate::server::scope::Scope;
use serde_json::Value;
use std::ops::Bound;

// To add one: its variant, its line in `on_each!`, and its address in `address.rs`.
/// One of the central databases.
#[derive(Debug)]
pub enum CentralDatabase {
    /// A file.
    Sqlite(SqliteCentral),
    /// A database that several servers may share.
    #[cfg(feature = "postgres")]
    Postgres(super::PostgresCentral),
    /// Another that several servers may share.
    #[cfg(feature = "sqlserver")]
    SqlServer(super::SqlServerCentral),
}

macro_rules! on_each {
    ($database:expr, $it:ident => $does:expr) => {
        match $database {
            CentralDatabase::Sqlite($it) => $does,
            #[cfg(feature = "postgres")]
            CentralDatabase::Postgres($it) => $does,
            #[cfg(feature = "sqlserver")]
            CentralDatabase::SqlServer($it) => $does,
        }
    };
}

/// By the one that was chosen.
macro_rules! by_each {
    ($central:ty; $(
        $how:ident $room:ident::$verb:ident($($name:ident: $type:ty),*) -> $answer:ty, $doing:literal;
    )+) => {
        impl Central for $central {
            $(async fn $verb(&self, $($name: $type),*) -> Result<$answer, Fault> {
                on_each!(self, it => it.$verb($($name),*).await)
            })+
        }
    };
}

verbs!(by_each for CentralDatabase);

impl CentralDatabase {
    /// Says that the database was restored from a backup: its feeds begin anew for everybody, and all that registers
    /// hold is offered again.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub async fn renew(&self, entropy: &mut Entropy) -> Result<(), Fault> {
        match self {
            CentralDatabase::Sqlite(it) => it.renew(entropy),
            #[cfg(feature = "postgres")]
            CentralDatabase::Postgres(it) => it.renew(entropy).await,
            #[cfg(feature = "sqlserver")]
            CentralDatabase::SqlServer(it) => it.renew(entropy).await,
        }
    }

    /// What a query of one number answers, for tests: all of it but its first word.
    #[cfg(test)]
    pub(crate) fn count(&self, query: &str) -> i64 {
        match self {
            CentralDatabase::Sqlite(it) => it.look(query),
            #[cfg(feature = "postgres")]
            CentralDatabase::Postgres(it) => it.look(&format!("CAST((SELECT {query}) AS bigint)")),
            #[cfg(feature = "sqlserver")]
            CentralDatabase::SqlServer(it) => it.look_number(query),
        }
    }

    /// The same, for a word.
    #[cfg(test)]
    pub(crate) fn word(&self, query: &str) -> String {
        match self {
            CentralDatabase::Sqlite(it) => it.look(query),
            #[cfg(feature = "postgres")]
            CentralDatabase::Postgres(it) => it.look(&format!("CAST((SELECT {query}) AS text)")),
            #[cfg(feature = "sqlserver")]
            CentralDatabase::SqlServer(it) => it.look_word(query),
        }
    }

    /// Damages the database, for tests.
    #[cfg(test)]
    pub(crate) fn spoil(&self, statement: &str) {
        on_each!(self, it => it.spoil(statement));
    }
}
