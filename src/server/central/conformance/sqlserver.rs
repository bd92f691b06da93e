//! SQL Server for all tests of this program: the one that is named; where none is, what stands in for it, which tries
//! our side alone.

use crate::server::central::{CentralAddress, CentralTls, SqlServerLogin};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

#[path = "../../../../tests/sqlserver/mod.rs"]
mod server;
pub(crate) use server::{Asked, Cell, Cutter, Mock, Real, Stage, Told};

/// How one comes into what has this address.
pub(crate) fn login_to(address: &str, password: &str) -> SqlServerLogin {
    let CentralAddress::SqlServer(address) = CentralAddress::read(address).unwrap() else {
        unreachable!("it begins with sqlserver:")
    };
    let authorities = match &address.tls {
        CentralTls::Verified { authorities: Some(file) } => Some(std::fs::read(file).unwrap()),
        CentralTls::No | CentralTls::Verified { authorities: None } => None,
    };
    SqlServerLogin { address, password: Some(password.into()), authorities }
}

/// How one comes into a new database.
pub(crate) fn fresh_login() -> SqlServerLogin {
    static STAND_IN: OnceLock<(Mock, tempfile::TempDir)> = OnceLock::new();
    static MADE: AtomicU32 = AtomicU32::new(0);
    if let Some(real) = Real::named() {
        return login_to(&real.address(&real.fresh_database()), &real.password);
    }
    let (stand_in, _) = STAND_IN.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        (Mock::over(folder.path()), folder)
    });
    let nth = MADE.fetch_add(1, Ordering::Relaxed);
    login_to(&format!("sqlserver://ann@127.0.0.1:{}/test{nth}", stand_in.port), "s3same")
}

/// Rules of tens of megabytes or thousands of documents: what stands in, which is built without optimisation, takes
/// longer over them than a server waits for its database.
const MUCH: &[&str] = &["::growth::", "a_filter_that_lets_nothing_pass", "what_is_too_much_for_one_answer"];

/// Whether this thread's rule is one of them and no SQL Server is named, which is said.
pub(crate) fn is_too_much() -> bool {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or_default();
    let is_much = MUCH.iter().any(|part| name.contains(part)) && Real::named().is_none();
    if is_much {
        eprintln!("NOT RUN: {name} is too much for what stands in for SQL Server");
    }
    is_much
}
