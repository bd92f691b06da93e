//! `comanda doctor`: looks at everything that a box needs, and says of each whether it is well, in one sentence, and
//! what to do where it is not. It reads, beside whatever runs; all that it writes is a small file in the data
//! directory, to time the disk, and takes away again. A box where much is broken is told what is broken.
//!
//! Read in this order: `finding` (what is said), `limits` (every number), then one file a subject: each reads what it
//! can, and judges it in a function that only gets what was read. `register` asks for a register or a kitchen's screen,
//! `server` for a server.

mod clock;
#[cfg(feature = "server")]
mod der;
mod disk;
mod finding;
mod keys;
pub mod limits;
mod link;
mod machine;
mod printers;
mod register;
#[cfg(feature = "server")]
mod server;
mod store;
mod terminal;

pub use finding::{Finding, Findings, Subject, Verdict};
pub use register::examine;
#[cfg(feature = "server")]
pub use server::{Server, examine as examine_server};
