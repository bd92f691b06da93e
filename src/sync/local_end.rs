//! What the machines ask of whoever keeps the documents: a register's own end of every exchange, or the central
//! database's, where a bridge replicates that with a CouchDB.
//!
//! Each method that writes is one transaction: all of it or nothing. A machine whose write failed stays where it was.

use super::wire::{FailedRevision, MenuChanges, OrderAccepted, PaymentAccepted};
use crate::document::{Database, Revision, TreeLeaf, Version};
use crate::domain::Timestamp;
use serde_json::Value;

/// The local end of replication and submission.
pub trait LocalEnd {
    /// How reading or writing fails.
    type Fault: std::error::Error;

    // Replication.

    /// Documents changed after a sequence, in the order of their last change, at most `limit`. Only what is on the
    /// medium: what a power cut could take back is not offered.
    fn changes(&self, database: Database, since: u64, limit: u32) -> Result<LocalChanges, Self::Fault>;
    /// A revision with its history and body; none when it is not kept any more (only leaves are).
    fn version(&self, database: Database, doc_id: &str, revision: &Revision) -> Result<Option<Version>, Self::Fault>;
    /// Which of the offered revisions are not known here; documents of which nothing is missing are left out.
    fn missing(
        &self,
        database: Database,
        offered: &[(String, Vec<Revision>)],
    ) -> Result<Vec<(String, Vec<Revision>)>, Self::Fault>;
    /// A local document, such as a checkpoint.
    fn local_document(&self, id: &str) -> Result<Option<Value>, Self::Fault>;
    /// Takes what was pulled, settles quarrels, and moves the checkpoint with it; says whether all of it is here now.
    /// Where it is not, no checkpoint stands any more.
    fn take_pulled(&mut self, now: Timestamp, pulled: &Pulled) -> Result<Taken, Self::Fault>;
    /// Takes note of what the server has and what it refused, and moves the checkpoint with it.
    fn take_pushed(&mut self, now: Timestamp, pushed: &Pushed) -> Result<(), Self::Fault>;

    // Submission.

    /// What is next to be submitted in a lane: the first one that never failed, else the first that is due again, so
    /// that one that fails holds up no other. A payment whose order is not accepted yet
    /// waits; an order or payment in Review is passed over.
    fn next_submission(&self, lane: Lane, now: Timestamp) -> Result<Option<Submission>, Self::Fault>;
    /// When the next one of a lane comes due that is not due yet.
    fn next_due(&self, lane: Lane, now: Timestamp) -> Result<Option<Timestamp>, Self::Fault>;
    /// Lets what was postponed be tried at once: there is a link again.
    fn hurry(&mut self, now: Timestamp) -> Result<(), Self::Fault>;
    /// Takes note of what became of a submission.
    fn take_ruling(&mut self, now: Timestamp, submission: &Submission, ruling: &Ruling) -> Result<(), Self::Fault>;

    // Menu.

    /// With what the next menu is asked for.
    fn menu_mark(&self) -> Result<MenuMark, Self::Fault>;
    /// Takes a menu, or what changed on it. Answers with what is wrong when it cannot be sold from; then the old one
    /// stands, and the next menu is asked for as a whole.
    fn take_menu(&mut self, now: Timestamp, changes: &MenuChanges) -> Result<Result<(), String>, Self::Fault>;

    // Books.

    /// Writes a row of the sync log.
    fn log(&mut self, row: &SyncRow) -> Result<(), Self::Fault>;
    /// The server's database was made anew or restored: all that it may have lost is offered again.
    fn offer_all_again(&mut self, database: Database) -> Result<(), Self::Fault>;
    /// Keeps the latest time that a server has told (`Date`): pruning goes by it.
    fn note_server_time(&mut self, server_time: Timestamp) -> Result<(), Self::Fault>;
}

/// A page of local changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocalChanges {
    /// Each changed document once.
    pub rows: Vec<LocalChange>,
    /// Ask from here the next time.
    pub through: u64,
}

/// A document that changed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalChange {
    /// Its sequence.
    pub seq: u64,
    /// Which.
    pub doc_id: String,
    /// All its leaves, the winner first.
    pub leaves: Vec<TreeLeaf>,
}

/// What one round of pulling brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Pulled {
    /// Of which database.
    pub database: Database,
    /// Revisions to graft.
    pub versions: Vec<Version>,
    /// They came while the feed was waited on: they are of this moment. Else they are what happened meanwhile.
    pub is_of_now: bool,
    /// The local document that moves with them: its id and what it says.
    pub checkpoint: (String, Value),
}

/// Whether what was pulled is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is.
    Whole,
    /// Something came back that was pruned here, and its rest was pulled long ago: all is pulled once more.
    Partial,
}

/// What one round of pushing came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Pushed {
    /// Of which database.
    pub database: Database,
    /// Revisions that the server is known to have now.
    pub confirmed: Vec<(String, Revision)>,
    /// Revisions that it refused, and those that are too large for it.
    pub refused: Vec<(Revision, FailedRevision)>,
    /// Documents among the confirmed that the server keeps but cannot put into its books, and why: a manager must look.
    pub doubted: Vec<(String, String)>,
    /// Documents of which it has what stands here, and finds nothing wrong with it.
    pub booked: Vec<String>,
    /// The local document that moves with them: its id and what it says; none while only a part is through.
    pub checkpoint: Option<(String, Value)>,
}

/// The lanes of submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Orders.
    Orders,
    /// Payments, after their orders.
    Payments,
}

/// A row of the outbox on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// In which lane.
    pub lane: Lane,
    /// Which document.
    pub doc_id: String,
    /// What is submitted, frozen when it was queued.
    pub payload: Value,
    /// How often it was rejected.
    pub rejections: u32,
    /// How often in a row the line or the server failed it.
    pub failures: u32,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq)]
pub enum Ruling {
    /// The server has the order.
    OrderAccepted(OrderAccepted),
    /// The server has the payment.
    PaymentAccepted(PaymentAccepted),
    /// The line or the server failed: try again, however often. Not counted as a rejection.
    Postponed {
        /// When.
        not_before: Timestamp,
        /// Why.
        why: String,
    },
    /// The server said no: try again.
    Rejected {
        /// When.
        not_before: Timestamp,
        /// Why.
        why: String,
    },
    /// The server said no too often, or what it would say is known: a manager must look.
    Review {
        /// Why.
        why: String,
    },
}

/// How much of the menu is here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MenuMark {
    /// The server's cursor; none before the first.
    pub cursor: Option<String>,
    /// The `ETag` of the last answer.
    pub etag: Option<String>,
}

/// One round of a lane, for the metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRow {
    /// Which lane: `orders`, `payments`, `menu`, `push orders`, `pull customers`.
    pub lane: String,
    /// It did what it set out to do.
    pub success: bool,
    /// How long it took, in milliseconds.
    pub duration_ms: u32,
    /// How many documents it moved.
    pub items_count: u32,
    /// When it ended.
    pub timestamp: Timestamp,
    /// What went wrong, or what is worth a word.
    pub note: Option<String>,
}
