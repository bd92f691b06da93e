//! The sync server: what it accepts, keeps and hands out. No clock, dice, socket or file of its own but the database:
//! they are handed in.
//!
//! Read in this order: `scope` (who asks), `central` (the database behind a trait of few verbs: SQLite is always there,
//! PostgreSQL and SQL Server with the features `postgres` and `sqlserver`), `replica` (the decisions, written once for
//! every database), `auth` (who is let in), `couch` (CouchDB's requests, read and answered), `cache` (what is kept in
//! mind, and shared with other servers), `http` (all of it behind addresses), `bridge` (the database as an end of
//! replication with a CouchDB). Not here: how messages travel (`sync::wire`), how documents merge (document), who
//! listens on which socket (runtime).
//!
//! With SQLite every future is ready at once: [`at_once`] is all the runtime that it needs.

pub mod auth;
pub mod bridge;
pub mod cache;
pub mod central;
pub mod couch;
pub mod http;
pub mod limits;
mod replica;
mod scope;

pub use central::{Central, CentralDatabase, Fault, SqliteCentral};
pub use replica::{Done, Editing, ImportedMenu, Invited, Replica, Settings, good_location};
pub use scope::{Role, Scope};

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Runs a future that is ready at once, as everything over [`SqliteCentral`] is.
///
/// # Panics
/// When it has to wait for something.
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing over SQLite waits"),
    }
}
