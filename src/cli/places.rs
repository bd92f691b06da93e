//! The flags that every subcommand takes: where the register's things are.

use super::Failure;
use crate::app::chores::{self, Chore};
#[cfg(feature = "server")]
use crate::runtime::central;
use crate::runtime::paths::Places;
use crate::runtime::{Fault, clock, control, opening};
#[cfg(feature = "server")]
use crate::server::central::CentralAddress;
use crate::tui::display::Face;
#[cfg(feature = "server")]
use clap::builder::TypedValueParser;
#[cfg(feature = "server")]
use std::ffi::OsStr;
use std::path::PathBuf;

/// Where the register's things are, when not in the usual places.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Flags {
    /// The data directory: store, log, lock, and the paper of file printers
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Which central database a server has.
#[cfg(feature = "server")]
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Central {
    /// The central database; central.sqlite in the data directory without it
    #[arg(long, global = true, value_name = "sqlite:FILE|(postgres|sqlserver)://USER@HOST/DB", value_parser = Address)]
    central: Option<CentralAddress>,
    /// The file of the database's password, for this user alone
    #[arg(long, global = true, value_name = "FILE")]
    central_password_file: Option<PathBuf>,
}

#[cfg(feature = "server")]
impl Central {
    /// The database as it was named, if it was.
    pub fn named(self) -> Option<central::Named> {
        let password_file = self.central_password_file;
        self.central.map(|address| central::Named { address, password_file })
    }
}

/// Reads where a central database is. What is wrong with it is told without it: a password may stand in it.
#[cfg(feature = "server")]
#[derive(Debug, Clone, Copy)]
struct Address;

#[cfg(feature = "server")]
impl TypedValueParser for Address {
    type Value = CentralAddress;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _: Option<&clap::Arg>,
        text: &OsStr,
    ) -> Result<CentralAddress, clap::Error> {
        let read = text.to_str().ok_or_else(|| "the address of a central database is text".to_owned());
        read.and_then(CentralAddress::read).map_err(|why| {
            clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("--central: {why}\n")).with_cmd(command)
        })
    }
}

/// Reads where the file of a central database is, for what looks at files alone.
#[cfg(feature = "server")]
pub(super) fn central_file(text: &str) -> Result<PathBuf, String> {
    match CentralAddress::read(text)? {
        CentralAddress::Sqlite(file) => Ok(file),
        CentralAddress::Postgres(_) | CentralAddress::SqlServer(_) => {
            Err("only the file of a database is looked at: sqlite:FILE".into())
        }
    }
}

impl Flags {
    /// The places of a register.
    pub fn of_register(self) -> Result<Places, Fault> {
        Places::of_register(self.data, self.config)
    }

    /// The places of a screen on a box of its own.
    pub fn of_screen(self, face: Face) -> Result<Places, Fault> {
        Places::of_screen(face, self.data, self.config)
    }
}

/// Does a chore: through the register that runs, or on the store of one that does not.
///
/// # Errors
/// What the register or the store says; nothing was changed then.
pub(super) fn do_chore(places: Places, chore: &Chore, what: &str) -> Result<String, Failure> {
    if let Some(said) = control::hand_over(&places.control_socket(), chore)? {
        return said.map_err(Failure::Refused);
    }
    let mut opening = opening::for_writing(places, what)?;
    Ok(chores::carry_out(&mut opening.store, chore, clock::now(), &mut clock::entropy()?)?)
}
