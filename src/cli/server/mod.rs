//! `comanda server`: what the operator of a server does on its central database, also while `comanda serve` runs on it.
//!
//! To add one: its file, its variant of `Command`, its arm in `run`. Not here: the server itself.

mod backup;
mod enroll;
mod menu;
mod registers;
mod restored;

use super::{Failure, places, say};
use crate::domain::LocationId;
use crate::runtime::{central, clock};
use crate::server::limits::LOCATIONS_TOLD_MAX;
use crate::server::{Replica, Settings, SqliteCentral, at_once};
use crate::sync::wire::Problem;
use std::path::PathBuf;

/// Enrols and revokes devices, and changes menus, on the server's database.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda server enroll --location L1 --register T1
  comanda server registers list --location L1
  comanda server registers revoke --location L1 T1
  comanda server menu import --location L1 menu.json
  comanda server backup /media/stick/central.sqlite
  comanda server restore /media/stick/central.sqlite
  comanda server restored

The database is central.sqlite in the data directory, as `comanda serve` has
it, or the one that --central names. A server that runs on it need not be
stopped. A location comes to be with its first code or menu. What is done here
and who came in is kept: `comanda server registers history` tells it.")]
pub(super) struct Args {
    /// The central database; central.sqlite in the data directory without it
    #[arg(long, global = true, value_name = "sqlite:FILE", value_parser = places::central)]
    central: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Makes a one-time code with which a device comes in
    #[command(visible_alias = "enrol")]
    Enroll(enroll::Args),
    /// Lists devices, and takes their secrets back
    Registers(registers::Args),
    /// Imports and exports the menu of a location
    Menu(menu::Args),
    /// Copies the central database to a new file, also while a server runs on it
    Backup(backup::BackupArgs),
    /// Takes a backup as the central database; the one before is kept beside it
    Restore(backup::RestoreArgs),
    /// Says that the database was put back from a backup
    Restored(restored::Args),
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let database = Database { places, central: args.central };
    match args.command {
        Command::Enroll(args) => enroll::run(database, args),
        Command::Registers(args) => registers::run(database, args),
        Command::Menu(args) => menu::run(database, args),
        Command::Backup(args) => backup::backup(database, args),
        Command::Restore(args) => backup::restore(database, args),
        Command::Restored(args) => restored::run(database, args),
    }
}

/// Where the database is.
struct Database {
    places: places::Flags,
    central: Option<PathBuf>,
}

impl Database {
    /// The file that it is.
    fn file(self) -> Result<PathBuf, Failure> {
        match self.central {
            Some(file) => Ok(file),
            None => Ok(central::usual_file(&self.places.of_register()?.data)),
        }
    }

    /// The file that it is, or will be: its directory is made.
    fn place(self) -> Result<PathBuf, Failure> {
        match self.central {
            Some(file) => Ok(file),
            None => {
                let places = self.places.of_register()?;
                places.prepare_data()?;
                Ok(central::usual_file(&places.data))
            }
        }
    }

    /// Opens one that is there.
    fn open(self) -> Result<Office, Failure> {
        Ok(Office::over(central::open(&self.file()?)?))
    }

    /// The same, and makes it where there is none.
    fn open_or_make(self) -> Result<Office, Failure> {
        Ok(Office::over(central::open_or_make(&self.place()?)?))
    }
}

/// The server's decisions, for the operator.
struct Office {
    replica: Replica<SqliteCentral>,
}

impl Office {
    fn over(central: SqliteCentral) -> Office {
        Office { replica: Replica::new(central, Settings::default()) }
    }

    /// What the server decided; an operator is also told why the database failed.
    fn told<T>(&self, decided: Result<T, Problem>) -> Result<T, Failure> {
        decided.map_err(|problem| match self.replica.take_fault() {
            Some(fault) => Failure::Refused(format!("{fault}; nothing was changed: try again")),
            None => Failure::Refused(problem.detail),
        })
    }

    /// Lets every feed begin anew.
    fn renew(&self) -> Result<(), Failure> {
        let renewed = self.replica.central().renew(&mut clock::entropy()?);
        renewed.map_err(|fault| Failure::Refused(format!("{fault}; nothing was changed: try again")))
    }

    fn knows(&self, location: &LocationId) -> Result<bool, Failure> {
        self.told(at_once(self.replica.knows_location(location)))
    }

    /// Says so when nothing is kept of a location.
    fn known(&self, location: &LocationId) -> Result<(), Failure> {
        if self.knows(location)? {
            return Ok(());
        }
        // Those that are told are the first few of them.
        let all = self.told(at_once(self.replica.locations()))?;
        let known = match all.as_slice() {
            [] => "there is none yet: `comanda server enroll` begins one".to_owned(),
            some => {
                let is_all = some.len() < LOCATIONS_TOLD_MAX as usize;
                let names = some.iter().map(LocationId::as_str).collect::<Vec<_>>().join(", ");
                format!("{}: {names}", if is_all { "there are" } else { "the first of them are" })
            }
        };
        Err(Failure::Refused(format!("this server knows no location {location}; {known}")))
    }
}
