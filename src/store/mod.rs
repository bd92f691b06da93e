//! The register's one SQLite file, and the only SQL of the register.
//!
//! Read in this order: `fault` (how it fails), `key`, `connect`, `crypto` and `open` (how a store is made, encrypted
//! and opened, and when it is refused), `schema` and `migrations/` (what is in it), `reader` and `query` (what can be
//! read), `tx` and `change` (what can be written), `draft` (what was entered and not yet sent), `care` (check, backup,
//! restore, checkpoints).
//!
//! No clock, no dice, no environment: `now` and entropy are handed in. Deliberately absent: who may do what (domain),
//! what travels and how it merges (document, sync), key files and the lock that keeps a second writer out (runtime).

mod fault;
mod key;
pub mod limits;

mod connect;
mod copy;
#[cfg(feature = "cipher")]
mod crypto;
mod open;
mod schema;

mod query;
mod reader;

mod change;
mod draft;
mod tx;

pub use connect::engine;

pub mod care;
pub mod pin;

#[cfg(test)]
mod fixtures;

pub use change::documents::settled_here;
pub use change::outbox::AcceptedOrder;
pub use change::prune::Pruned;
pub use fault::{Cause, Fault, Unreadable};
pub use key::{BadKey, Key};
pub use open::{OpenFault, Store};
pub use pin::hash_pin;
pub use query::books::{MenuMark, RejectedWrite, ReviewKind, ReviewRow, SyncMetrics, SyncRow};
pub use query::desk::Desk;
pub use query::documents::{Changed, Changes, ConflictRecord, UnreadDocument};
pub use query::orders::{OrderRow, OrderRowState};
pub use query::outbox::{Lane, OutboxRow, OutboxState, Submission, Unsent, WaitingRow};
pub use query::spool::Progress;
pub use reader::Reader;
pub use tx::{Durability, Tx};
