//! Tests of the whole, from outside: sockets, files and the built binary.

#[cfg(feature = "register")]
mod command_line;
#[cfg(feature = "register")]
mod virtual_printer;
