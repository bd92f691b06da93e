//! Synchronisation as pure machines: what is asked of a server, and what its answers mean. No socket, clock or disk.
//!
//! Read in this order: `wire` (the messages, for both ends), `local_end` (what the machines ask of whoever keeps the
//! documents). Not here: how documents merge (document), where they rest (store), who carries the messages (runtime).

pub mod limits;
pub mod local_end;
pub mod wire;

pub use local_end::LocalEnd;
