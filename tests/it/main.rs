//! Tests of the whole, from outside: the walls of the house, whole registers in this process, and the built binary on
//! sockets, files and pseudo-terminals.
#![allow(clippy::unwrap_used, reason = "a test may stop where something is not as it must be")]

mod fuzz;
mod licences;
#[path = "../pouchdb/place.rs"]
mod place;
mod pouchdb;
mod walls;

#[cfg(feature = "register")]
mod cashier;
#[cfg(all(feature = "register", feature = "server"))]
mod node;
#[cfg(feature = "register")]
mod peer;
#[cfg(all(feature = "register", feature = "postgres"))]
#[path = "../postgres/mod.rs"]
mod postgres;
#[cfg(all(feature = "register", feature = "postgres"))]
mod postgres_server;
#[cfg(all(feature = "register", feature = "server"))]
mod premises;
#[cfg(all(feature = "register", feature = "server"))]
mod proxy;
#[cfg(feature = "register")]
mod pty;
#[cfg(all(feature = "register", any(feature = "postgres", feature = "sqlserver")))]
mod shared_central;
#[cfg(feature = "register")]
#[path = "../bench/syncs.rs"]
mod syncs;

#[cfg(feature = "register")]
mod backups;
#[cfg(all(feature = "register", feature = "server"))]
mod bridge;
#[cfg(feature = "register")]
mod carrier;
#[cfg(feature = "register")]
mod command_line;
#[cfg(feature = "register")]
mod console;
#[cfg(all(feature = "register", feature = "server"))]
mod demo;
#[cfg(all(feature = "register", feature = "server"))]
mod doctor;
#[cfg(feature = "register")]
mod enroll;
#[cfg(all(feature = "register", feature = "server"))]
mod enrolled_again;
#[cfg(all(feature = "register", feature = "server"))]
mod exactly_once;
#[cfg(feature = "register")]
mod frugal;
#[cfg(feature = "register")]
mod input;
#[cfg(feature = "register")]
mod kill;
#[cfg(feature = "register")]
mod kitchen;
#[cfg(all(feature = "register", feature = "server"))]
mod kitchen_box;
#[cfg(all(feature = "register", feature = "server"))]
mod line;
#[cfg(feature = "register")]
mod menus;
#[cfg(all(feature = "register", feature = "server"))]
mod netns;
#[cfg(feature = "register")]
mod older;
#[cfg(feature = "register")]
mod pickup;
#[cfg(all(feature = "register", feature = "server"))]
mod pickup_box;
#[cfg(all(feature = "register", feature = "server"))]
mod pouchdb_line;
#[cfg(feature = "register")]
mod printing_storm;
#[cfg(all(feature = "register", feature = "server"))]
mod pulled;
#[cfg(feature = "register")]
mod recovery;
#[cfg(all(feature = "register", feature = "redis"))]
mod redis;
#[cfg(feature = "register")]
mod restored;
#[cfg(feature = "register")]
mod reviewed;
#[cfg(all(feature = "register", feature = "server"))]
mod serve;
#[cfg(all(feature = "register", feature = "server"))]
mod server_backup;
#[cfg(all(feature = "register", feature = "server"))]
mod server_command;
#[cfg(feature = "register")]
mod shown;
#[cfg(feature = "sim")]
mod simulation;
#[cfg(all(feature = "register", feature = "sqlserver"))]
#[path = "../sqlserver/mod.rs"]
mod sqlserver;
#[cfg(all(feature = "register", feature = "sqlserver"))]
mod sqlserver_server;
#[cfg(feature = "register")]
mod stage;
#[cfg(feature = "register")]
mod standard_task;
#[cfg(all(feature = "register", feature = "server"))]
mod stock;
#[cfg(feature = "register")]
mod stories;
#[cfg(all(feature = "register", feature = "server"))]
mod supervised;
#[cfg(feature = "register")]
mod terminal;
#[cfg(feature = "register")]
mod touch;
#[cfg(feature = "register")]
mod touch_panel;
#[cfg(feature = "register")]
mod virtual_printer;
