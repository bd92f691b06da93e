//! PostgreSQL for all tests of this program: one server, and a database for each test.

use crate::server::central::{CentralAddress, Login};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

#[path = "../../../../tests/postgres/mod.rs"]
mod server;
pub(crate) use server::Server;

/// The server that all of them share.
pub(crate) fn shared() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&[]))
}

/// The name of a new database of it.
pub(crate) fn fresh_database() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let name = format!("test{}", MADE.fetch_add(1, Ordering::Relaxed));
    shared().database(&name);
    name
}

/// How one comes into a database of it.
pub(crate) fn login(database: &str) -> Login {
    match CentralAddress::read(&shared().address(database)).unwrap() {
        CentralAddress::Postgres(address) => Login { address, password: None, tls: None },
        CentralAddress::Sqlite(_) | CentralAddress::SqlServer(_) => unreachable!("it begins with postgres:"),
    }
}
