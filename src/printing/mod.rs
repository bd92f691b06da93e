//! Paper: what a slip looks like, the bytes that put it there, and what becomes of a job that did not get there.
//! Pure: no clock, no disk, no wire, no thread, no log; it knows the domain and nothing else of the house.
//!
//! Read in this order. A slip (`domain::slip`) is laid out as a [`Page`] by [`layout()`], which knows words and order
//! but no device. [`Printer`] says how wide the paper is, which characters it has ([`CodePage`]) and how it cuts,
//! kicks and sounds; a new one is a row in [`MODELS`]. [`encode`] turns page and printer into bytes; a [`Load`] is
//! those and the question that proves them printed. [`Paper`] is a
//! printer of our own that reads such bytes back, for tests, for the simulated world and for printers that are files;
//! it shares nothing with the encoder but the code pages. [`spooler`] decides what happens to a job: again, marked,
//! given up; [`substitutes`], which printer stands in for one that is down.
//!
//! Deliberately absent: sockets, devices and time-outs (the runtime's), which printer a slip goes to and which stands
//! in for it (the app's), the rows of the spool (the store's).

mod code_page;
mod escpos_bytes;
mod layout;
pub mod limits;
mod load;
mod models;
mod page;
mod paper;
pub mod spooler;
pub mod substitutes;

#[cfg(test)]
mod examples;

pub use code_page::{CodePage, clean};
pub use escpos_bytes::{encode, fence};
pub use layout::{Marks, layout};
pub use load::{Awaits, Load};
pub use models::{Buzzer, Cutter, Drawer, MODELS, Mechanism, Model, Printer, Proof};
pub use page::{Align, Page, Row, Style};
pub use paper::{Condition, Paper, PrintedLine, Run, Sheet, Unknown};
pub use spooler::{JobChange, Outcome, Step, Trouble};
