//! The central database: a trait of few verbs, so that every decision is written once and each database only reads and
//! commits.
//!
//! A decision reads what it needs, decides, and hands over one [`Batch`] with the [`Expectation`]s that it was made on.
//! When one of them does not hold any more, nothing is written and the decision is made anew. Not here: decisions.
//!
//! To add a database: its folder beside `sqlite` with migrations of the same numbers and with the rooms that `verbs`
//! names, how its rows are read (`columns`), what `chosen` says at its top, and its module in `on_each_central!`
//! (`conformance`), which tries every rule on it. Tables and the order of writes are the same in each, the statements
//! its own. The row of the feed is written first, so that the writers of one location and database follow each other
//! and its sequence has no gaps; what a unique index finds there already counts as [`Committed::Moved`]; what timed out
//! is [`Fault::is_unknown`].

mod address;
mod batch;
mod books;
mod chosen;
mod columns;
#[cfg(test)]
pub(crate) mod conformance;
mod devices;
mod history;
mod kept;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
#[cfg(feature = "sqlserver")]
mod sqlserver;
mod verbs;

pub use address::{CentralAddress, CentralTls, PostgresAddress, SqlServerAddress};
pub use batch::{Acceptance, Batch, Committed, Expectation, LocalDocument, Reply, Row};
pub use books::{CustomerRow, MenuRow, OrderItemRow, OrderRow, PaymentRow, TaxRow};
pub use chosen::CentralDatabase;
pub use devices::{Act, Device, Invitation, Redeemed};
pub use history::{OpenFault, SchemaState};
pub use kept::Kept;
#[cfg(feature = "postgres")]
pub use postgres::{Login, PostgresCentral};
pub use sqlite::{CareFault, Closely, Contents, Restored, SqliteCentral};
#[cfg(feature = "sqlserver")]
pub use sqlserver::{SqlServerCentral, SqlServerLogin};

use super::scope::Scope;
use crate::document::submission::KnownTax;
use crate::document::{Database, RevisionTree};
use crate::domain::{Entropy, LocationId, Money, Payment, Timestamp};
use serde_json::Value;
use std::future::Future;
use std::ops::Bound;

/// A database of a location: each has its own feed, sequences and local documents.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Whose.
    pub location_id: LocationId,
    /// Which.
    pub database: Database,
}

/// How a feed stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The same as long as the central database was neither made anew nor restored.
    pub incarnation: String,
    /// The last sequence; 0 before the first.
    pub newest: u64,
}

/// How many documents a database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Population {
    /// Those that stand.
    pub standing: u64,
    /// Those that were deleted.
    pub gone: u64,
}

/// Which of the documents that stand are listed: those between two ids, which are ordered by their bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The lowest id.
    pub low: Bound<String>,
    /// The highest id.
    pub high: Bound<String>,
    /// From the highest to the lowest.
    pub descending: bool,
    /// So many are passed over first.
    pub skip: u32,
    /// At most so many.
    pub limit: u32,
}

/// A Mango index as somebody asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedIndex {
    /// The design document that it would have, without `_design/`.
    pub design: String,
    /// Its name there.
    pub name: String,
    /// What it is, as JSON.
    pub definition: String,
}

/// A document that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedDocument {
    /// When, as the feed counts.
    pub seq: u64,
    /// Which.
    pub doc_id: String,
    /// Its revisions.
    pub tree: RevisionTree,
}

/// What the books say about an accepted order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBooks {
    /// The server's id.
    pub order_id: String,
    /// What it comes to.
    pub total: Money,
    /// Its accepted payments as they were accepted, without what money went back for; in the order of their ids.
    pub payments: Vec<Payment>,
}

/// An accepted order as the books have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedOrder {
    /// The server's id.
    pub order_id: String,
    /// Its document.
    pub doc_id: String,
    /// The server's number.
    pub order_number: String,
    /// How far it has come.
    pub order_status: String,
    /// How it is paid.
    pub payment_status: String,
    /// What it comes to.
    pub total: Money,
    /// How many lines it has, voided ones included.
    pub lines: u64,
}

/// A document that the books do not follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flawed {
    /// In which database.
    pub database: Database,
    /// Which document.
    pub doc_id: String,
    /// Which revision.
    pub revision: String,
    /// What is wrong with it.
    pub reason: String,
    /// Since when.
    pub noted_at: Timestamp,
}

/// The database could not do something.
#[derive(Debug, thiserror::Error)]
#[error("the central database could not {doing}: {why}")]
pub struct Fault {
    /// What it was doing, as the rest of a sentence.
    pub doing: &'static str,
    /// What it said.
    pub why: String,
    /// Nobody knows whether it happened.
    pub is_unknown: bool,
}

/// The verbs of a central database.
pub trait Central: Send + Sync {
    /// How a feed stands.
    fn standing(&self, place: &Place) -> impl Future<Output = Result<Standing, Fault>> + Send;
    /// Those of these documents that are there, whole.
    fn documents(&self, place: &Place, ids: &[String]) -> impl Future<Output = Result<Vec<Kept>, Fault>> + Send;
    /// Those of these documents that are there, without what their leaves say.
    fn trees(&self, place: &Place, ids: &[String]) -> impl Future<Output = Result<Vec<ChangedDocument>, Fault>> + Send;
    /// Documents whose ids come after one, in the order of their ids.
    fn page(&self, place: &Place, after: &str, limit: u32) -> impl Future<Output = Result<Vec<Kept>, Fault>> + Send;
    /// Documents that changed after a sequence, in the order of their last change.
    fn changes(
        &self,
        place: &Place,
        since: u64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<ChangedDocument>, Fault>> + Send;
    /// Documents whose last change came before a sequence, the last one first.
    fn changes_before(
        &self,
        place: &Place,
        before: u64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<ChangedDocument>, Fault>> + Send;
    /// How many documents there are.
    fn population(&self, place: &Place) -> impl Future<Output = Result<Population, Fault>> + Send;
    /// Documents that stand, without what their leaves say, in the order of their ids.
    fn listed(
        &self,
        place: &Place,
        listing: &Listing,
    ) -> impl Future<Output = Result<Vec<ChangedDocument>, Fault>> + Send;
    /// How many documents stand between two ids.
    fn count_listed(
        &self,
        place: &Place,
        low: &Bound<String>,
        high: &Bound<String>,
    ) -> impl Future<Output = Result<u64, Fault>> + Send;
    /// The Mango indexes that somebody asked for, in the order of their names.
    fn indexes(&self, place: &Place) -> impl Future<Output = Result<Vec<NotedIndex>, Fault>> + Send;
    /// Notes a Mango index, or what one of that name is now.
    fn note_index(&self, place: &Place, index: &NotedIndex) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Forgets a Mango index; false when there was none.
    fn forget_index(&self, place: &Place, design: &str, name: &str)
    -> impl Future<Output = Result<bool, Fault>> + Send;
    /// A local document.
    fn local(&self, place: &Place, id: &str) -> impl Future<Output = Result<Option<Value>, Fault>> + Send;
    /// How many local documents a location has.
    fn count_locals(&self, location_id: &LocationId) -> impl Future<Output = Result<usize, Fault>> + Send;
    /// The acceptances of those of these documents that were accepted.
    fn acceptances(
        &self,
        location_id: &LocationId,
        ids: &[String],
    ) -> impl Future<Output = Result<Vec<Acceptance>, Fault>> + Send;
    /// What the books say about an accepted order, by its document.
    fn order_books(
        &self,
        location_id: &LocationId,
        doc_id: &str,
    ) -> impl Future<Output = Result<Option<OrderBooks>, Fault>> + Send;
    /// Accepted orders whose ids come after one, in the order of their ids.
    fn booked_orders(
        &self,
        location_id: &LocationId,
        after: &str,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<BookedOrder>, Fault>> + Send;
    /// The last order number that was counted.
    fn last_number(&self, location_id: &LocationId) -> impl Future<Output = Result<u64, Fault>> + Send;
    /// Whether an order of the location has this id of the server's.
    fn is_order_id_taken(
        &self,
        location_id: &LocationId,
        order_id: &str,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Whether an order of the location has this number.
    fn is_number_taken(
        &self,
        location_id: &LocationId,
        number: &str,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Every tax that the location's menu has or ever had.
    fn taxes(&self, location_id: &LocationId) -> impl Future<Output = Result<Vec<KnownTax>, Fault>> + Send;
    /// Those of these documents that the books do not follow.
    fn flaws(&self, place: &Place, ids: &[String]) -> impl Future<Output = Result<Vec<Flawed>, Fault>> + Send;
    /// The device of this name that was given this secret last, also when it was taken back since.
    fn admit(&self, name: &str, secret_digest: &str) -> impl Future<Output = Result<Option<Device>, Fault>> + Send;
    /// A device of a location; none when there never was one.
    fn device(
        &self,
        location_id: &LocationId,
        name: &str,
    ) -> impl Future<Output = Result<Option<Device>, Fault>> + Send;
    /// The devices of a location, or of all, by location and name.
    fn devices(
        &self,
        location_id: Option<&LocationId>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Device>, Fault>> + Send;
    /// Codes that can still be typed, by location and name.
    fn invitations(
        &self,
        location_id: Option<&LocationId>,
        now: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Invitation>, Fault>> + Send;
    /// Every location of which something is kept.
    fn locations(&self, limit: u32) -> impl Future<Output = Result<Vec<LocationId>, Fault>> + Send;
    /// Whether anything is kept of a location: a device, a code, a document, an act.
    fn knows_location(&self, location_id: &LocationId) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Notes a device and the digest of its secret, as its next generation; a former secret of it stops to count.
    /// False, and nothing is written, where a device of another role has that name.
    fn enrol(
        &self,
        scope: &Scope,
        name: &str,
        secret_digest: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Keeps a code; a former one of the same device stops to count.
    fn invite(&self, invitation: &Invitation) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Enrols the device that a code was made for, as [`Central::enrol`] does, and uses the code up, both or neither.
    /// Of a code that was used up not long ago, the device that has this very secret is told again.
    fn redeem(
        &self,
        code_digest: &str,
        secret_digest: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<Redeemed, Fault>> + Send;
    /// Takes a device's secret back, and a code that was made for it; false when there was neither.
    fn revoke(
        &self,
        location_id: &LocationId,
        name: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Notes that a device came in.
    fn seen(
        &self,
        location_id: &LocationId,
        name: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Notes what an operator did that no other verb notes.
    fn note(&self, act: &Act) -> impl Future<Output = Result<(), Fault>> + Send;
    /// The last that was done for a location, the newest first.
    fn acts(&self, location_id: &LocationId, limit: u32) -> impl Future<Output = Result<Vec<Act>, Fault>> + Send;
    /// Writes all of a batch or nothing. The same operation is written once.
    fn commit(&self, batch: &Batch) -> impl Future<Output = Result<Committed, Fault>> + Send;
}

/// What tells a database that was made anew, or restored, from what it was before.
fn fresh_incarnation(entropy: &mut Entropy) -> String {
    format!("{:032x}", u128::from_be_bytes(entropy.bytes()))
}
