//! The register's one SQLite file, and the only SQL of the register.
//!
//! Read in this order: `fault` (how it fails), `key` and `open` (how a store is made and opened, and when it is refused),
//! `schema` (migrations), `reader` and `query` (what can be read), `tx` (what can be written), `care` (check, backup,
//! restore, checkpoints). No clock, no dice, no environment: `now` and entropy are handed in.
//!
//! Deliberately absent: who may do what (domain), what travels (document, sync), key files and locks (runtime).

mod fault;
mod key;
mod open;
mod query;
mod reader;
mod tx;

pub mod care;
pub mod pin;

pub use fault::{Cause, Fault};
pub use key::{BadKey, Key};
pub use open::{OpenFault, Store};
pub use query::orders::{OrderRow, OrderRowState};
pub use query::outbox::Unsent;
pub use query::spool::Progress;
pub use query::desk::Desk;
pub use pin::hash_pin;
pub use reader::Reader;
pub use tx::{Durability, Tx};
