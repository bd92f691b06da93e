//! The central database that an operator chose: one of those that this program was built with.

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

macro_rules! verbs {
    ($(fn $verb:ident($($name:ident: $type:ty),*) -> $answer:ty;)+) => {
        impl Central for CentralDatabase {
            $(async fn $verb(&self, $($name: $type),*) -> Result<$answer, Fault> {
                on_each!(self, it => it.$verb($($name),*).await)
            })+
        }
    };
}

verbs! {
    fn standing(place: &Place) -> Standing;
    fn documents(place: &Place, ids: &[String]) -> Vec<Kept>;
    fn trees(place: &Place, ids: &[String]) -> Vec<ChangedDocument>;
    fn page(place: &Place, after: &str, limit: u32) -> Vec<Kept>;
    fn changes(place: &Place, since: u64, limit: u32) -> Vec<ChangedDocument>;
    fn changes_before(place: &Place, before: u64, limit: u32) -> Vec<ChangedDocument>;
    fn population(place: &Place) -> Population;
    fn listed(place: &Place, listing: &Listing) -> Vec<ChangedDocument>;
    fn count_listed(place: &Place, low: &Bound<String>, high: &Bound<String>) -> u64;
    fn indexes(place: &Place) -> Vec<NotedIndex>;
    fn note_index(place: &Place, index: &NotedIndex) -> ();
    fn forget_index(place: &Place, design: &str, name: &str) -> bool;
    fn local(place: &Place, id: &str) -> Option<Value>;
    fn count_locals(location_id: &LocationId) -> usize;
    fn acceptances(location_id: &LocationId, ids: &[String]) -> Vec<Acceptance>;
    fn order_books(location_id: &LocationId, doc_id: &str) -> Option<OrderBooks>;
    fn booked_orders(location_id: &LocationId, after: &str, limit: u32) -> Vec<BookedOrder>;
    fn last_number(location_id: &LocationId) -> u64;
    fn is_order_id_taken(location_id: &LocationId, order_id: &str) -> bool;
    fn is_number_taken(location_id: &LocationId, number: &str) -> bool;
    fn taxes(location_id: &LocationId) -> Vec<KnownTax>;
    fn flaws(place: &Place, ids: &[String]) -> Vec<Flawed>;
    fn admit(name: &str, secret_digest: &str) -> Option<Device>;
    fn device(location_id: &LocationId, name: &str) -> Option<Device>;
    fn devices(location_id: Option<&LocationId>, limit: u32) -> Vec<Device>;
    fn invitations(location_id: Option<&LocationId>, now: Timestamp, limit: u32) -> Vec<Invitation>;
    fn locations(limit: u32) -> Vec<LocationId>;
    fn knows_location(location_id: &LocationId) -> bool;
    fn enrol(scope: &Scope, name: &str, secret_digest: &str, now: Timestamp) -> bool;
    fn invite(invitation: &Invitation) -> ();
    fn redeem(code_digest: &str, secret_digest: &str, now: Timestamp) -> Redeemed;
    fn revoke(location_id: &LocationId, name: &str, now: Timestamp) -> bool;
    fn seen(location_id: &LocationId, name: &str, now: Timestamp) -> ();
    fn note(act: &Act) -> ();
    fn acts(location_id: &LocationId, limit: u32) -> Vec<Act>;
    fn commit(batch: &Batch) -> Committed;
}

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
