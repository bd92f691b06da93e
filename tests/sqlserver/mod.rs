//! SQL Servers for tests: one that speaks the protocol and knows no SQL (`mock`), what keeps things behind it (`stand_in`),
//! and the real one that `COMANDA_TEST_SQLSERVER` names, where it names one.

#[allow(dead_code, reason = "not every test needs all of it")]
mod mock;
#[allow(dead_code, reason = "not every test needs all of it")]
mod real;
mod stand_in;

#[allow(unused_imports, reason = "not every test needs all of it")]
pub use mock::{Asked, Cell, Mock, Stage, Told};
#[allow(unused_imports, reason = "not every test needs all of it")]
pub use real::{Cutter, Real};
