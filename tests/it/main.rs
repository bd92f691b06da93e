//! Tests of the whole, from outside: sockets, files and the built binary.
#![allow(clippy::unwrap_used, reason = "a test may stop where something is not as it must be")]

#[cfg(feature = "register")]
mod command_line;
#[cfg(feature = "register")]
mod printer_stories;
#[cfg(feature = "register")]
mod printing_storm;
#[cfg(feature = "register")]
mod terminal;
#[cfg(feature = "register")]
mod virtual_printer;
