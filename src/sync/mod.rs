//! Synchronisation as pure machines: what is asked of a server, and what its answers mean. No socket, clock or disk.
//!
//! Read in this order: `wire` (the messages, for both ends), `local_end` (what the machines ask of whoever keeps the
//! documents), `line` (the scheduler that composes the machines: what the app holds), `step` (what a machine is given
//! and can want), then the machines: `monitor`, `submitter`, `menu`, `replicator`, `presence` (who has an order open);
//! `backoff`. Not here: how documents merge (document), where they rest (store), who carries the messages (runtime).

mod backoff;
pub mod limits;
pub mod line;
pub mod local_end;
mod menu;
mod monitor;
mod presence;
mod replicator;
mod step;
mod submitter;
pub mod wire;

pub use line::{Call, Failing, LaneName, Line, LineSettings, LineState, LineTrouble, News};
pub use local_end::LocalEnd;
pub use monitor::Link;
