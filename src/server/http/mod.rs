//! The server over HTTP: who is let in, in which order a request is looked at, and feeds that are held open.
//!
//! Read in this order: `limits` (every number), `door` (what all requests share), `router` (which address goes where),
//! `asking` (a request's body, read within bounds), `bodies` (how many are in memory at once), `alone` (large ones,
//! one after the other), `queues` (orders of a location, one after the other), `answering` (doors, then CouchDB's
//! side, then ours), `writing` (answers that are still being written), `long` (those that are not made whole), `menus`
//! (which are made once for many), `feeds` (`_changes`, held open), `seats` (how many of them), `hints` (who wakes
//! them), `rate` (who asks too much), `refusals` (what the log says of those), `openapi` (what is said about it),
//! `watching` (what surrounds every request: its id, how long it took), `metrics` (what is counted), `ready` (whether
//! the server is ready for more), `machine` (the machine below it, which is handed in).
//!
//! Not here: sockets, TLS, files and signals (runtime), what tokens are (`auth`), what requests mean (`couch`,
//! `sync::wire`) and what becomes of them (`replica`). Clock, dice and a thread for large requests are handed in; waits
//! are tokio's, so that all of it needs a runtime of several threads.

mod alone;
mod answering;
mod asking;
mod bodies;
mod door;
mod feeds;
mod hints;
pub mod limits;
mod long;
mod machine;
mod menus;
mod metrics;
mod openapi;
mod queues;
mod rate;
mod ready;
mod refusals;
mod router;
mod seats;
mod watching;
mod writing;

pub use alone::{Alone, LargeOnes, alone};
pub use answering::network;
pub use door::{Clock, Dice, Door, Limits, Standing};
pub use machine::{Machine, Process, Room};
pub use metrics::{Metrics, OpenConnection};
pub use router::{Peer, router};
pub use watching::operations;
