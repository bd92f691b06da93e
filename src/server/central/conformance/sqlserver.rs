//! SQL Server for all tests of this program: the one that is named, and one that speaks the protocol alone.

use crate::server::central::{CentralAddress, CentralTls, SqlServerLogin};

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

/// How one comes into a database of the real server.
pub(crate) fn login(real: &Real, address: &str) -> SqlServerLogin {
    login_to(address, &real.password)
}
