//! The hands: clock, dice, places, keys, the lock, the terminal, the log and the printers' devices.
//!
//! Everything that asks the machine for something stands here and only here; nothing here decides anything. Read in
//! this order: what the machine is asked (`clock`, `paths`), what a register needs before it opens (`config`,
//! `key_file`, `lock`, `logging`, then all of it together in `opening`; `guarded` reads secrets, `enrolment` is who
//! it is to its server, `first_menu` brings the menu of that, `demo` and `demo_server` are for one that needs nothing),
//! what it then works with (`terminal`, `touch_panel`, `pen`, `printers`, and `carrier` for calls to the server), and
//! what looks after it meanwhile (`disk`, `backups`). `register`, `beside`, `screen_box` and `serve` are the programs
//! that run until somebody quits (`beside` shows what `kitchen` and `pickup` read of a register's store, `screen_box`
//! the same on a box of its own), and `supervisor` is told how they do; `doctor` looks whether a box has all that they
//! need; `stage` is where a script plays a register, or such a box. `central` opens the server's database,
//! `central_care` copies it, `bridge` keeps it level with a CouchDB, `cache` reaches what it shares with other servers,
//! `tls` reads its certificates.

pub mod backups;
pub mod beside;
#[cfg(feature = "server")]
pub mod bridge;
#[cfg(feature = "server")]
pub mod cache;
pub mod carrier;
#[cfg(feature = "server")]
pub mod central;
#[cfg(feature = "server")]
pub mod central_care;
pub mod clock;
pub mod config;
pub mod control;
pub mod demo;
#[cfg(feature = "server")]
pub mod demo_server;
pub mod disk;
pub mod doctor;
pub mod enrolment;
mod first_menu;
mod guarded;
pub mod key_file;
mod kitchen;
pub mod lock;
pub mod logging;
pub mod opening;
pub mod paths;
pub mod pen;
mod pickup;
pub mod printers;
pub mod register;
pub mod scratch;
pub mod screen_box;
#[cfg(feature = "server")]
pub mod serve;
pub mod stage;
pub mod supervisor;
pub mod terminal;
#[cfg(feature = "server")]
pub mod tls;
pub mod touch_panel;

use std::fmt;
use std::io;

/// What the machine would not do: what we were doing, why it failed, and what the reader can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What we were doing, with the path or name that it was done to.
    pub doing: String,
    /// Why it failed.
    pub why: String,
    /// What the reader can do.
    pub remedy: String,
}

impl Fault {
    /// A fault from its three parts.
    pub fn new(doing: impl Into<String>, why: impl Into<String>, remedy: impl Into<String>) -> Fault {
        Fault { doing: doing.into(), why: why.into(), remedy: remedy.into() }
    }

    /// A fault of files or devices: the reason in plain words, and the remedy that fits the reason or else `remedy`.
    pub fn io(doing: impl Into<String>, source: &io::Error, remedy: &str) -> Fault {
        let fitting = match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room and try again",
            io::ErrorKind::ReadOnlyFilesystem => "mount it writable, or choose another place",
            _ => remedy,
        };
        Fault::new(doing, why(source), fitting)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}: {}", self.doing, self.why, self.remedy)
    }
}

impl std::error::Error for Fault {}

/// Says in plain words why the machine refused.
pub fn why(source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::NotFound => "it does not exist".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::AlreadyExists => "it exists already".into(),
        io::ErrorKind::NotADirectory => "a part of the path is not a directory".into(),
        io::ErrorKind::IsADirectory => "it is a directory".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
        io::ErrorKind::StorageFull => "no space is left on the device".into(),
        io::ErrorKind::QuotaExceeded => "the disk quota is used up".into(),
        io::ErrorKind::ConnectionRefused => "connection refused".into(),
        io::ErrorKind::ConnectionReset => "the other side hung up".into(),
        io::ErrorKind::BrokenPipe => "the other side hung up".into(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "no answer in time".into(),
        io::ErrorKind::HostUnreachable => "the host cannot be reached".into(),
        io::ErrorKind::NetworkUnreachable => "the network cannot be reached".into(),
        _ => source.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_asks_for_room_whatever_was_being_done() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let fault = Fault::io("could not write /x", &full, "look at its permissions");
        assert_eq!(fault.to_string(), "could not write /x: no space is left on the device: make room and try again");
    }
}
