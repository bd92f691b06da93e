//! `comanda server`: what the operator of a server does on its central database, also while `comanda serve` runs on it.
//!
//! To add one: its file, its variant of `Command`, its arm in `run`. Not here: the server itself.

mod backup;
mod bridge;
mod enroll;
mod menu;
mod migrate;
mod registers;
mod restored;

use super::{Failure, places, say};
use crate::domain::LocationId;
use crate::runtime::central::{self, Named};
use crate::runtime::{Fault, clock};
use crate::server::central::CentralAddress;
use crate::server::limits::LOCATIONS_TOLD_MAX;
use crate::server::{CentralDatabase, Replica, Settings};
use crate::sync::wire::Problem;
use std::path::PathBuf;
use tokio::runtime::Runtime;

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
  comanda server --central postgres://comanda@db/comanda migrate --check
  comanda server --central sqlserver://comanda@db/comanda registers list
  comanda server bridge --location L1 --couch http://127.0.0.1:5984/orders

The database is central.sqlite in the data directory, as `comanda serve` has
it, or the one that --central names: a file, or a database of PostgreSQL or SQL
Server (`comanda serve --help` says more). A server that runs on it need not be
stopped. A location comes to be with its first code or menu. What is done here
and who came in is kept: `comanda server registers history` tells it.")]
pub(super) struct Args {
    #[command(flatten)]
    central: places::Central,
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
    /// Brings the database's tables forward, or says whether that is to be done
    Migrate(migrate::Args),
    /// Copies the central database to a new file, also while a server runs on it
    Backup(backup::BackupArgs),
    /// Takes a backup as the central database; the one before is kept beside it
    Restore(backup::RestoreArgs),
    /// Says that the database was put back from a backup
    Restored(restored::Args),
    /// Keeps a location and a CouchDB level: takes its orders, and sends acceptances back
    Bridge(bridge::Args),
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let database = Database { places, central: args.central.named() };
    match args.command {
        Command::Enroll(args) => enroll::run(database, args),
        Command::Registers(args) => registers::run(database, args),
        Command::Menu(args) => menu::run(database, args),
        Command::Migrate(args) => migrate::run(database, args),
        Command::Backup(args) => backup::backup(database, args),
        Command::Restore(args) => backup::restore(database, args),
        Command::Restored(args) => restored::run(database, args),
        Command::Bridge(args) => bridge::run(database, args),
    }
}

/// Where the database is.
struct Database {
    places: places::Flags,
    central: Option<Named>,
}

impl Database {
    fn named(self) -> Result<Named, Failure> {
        match self.central {
            Some(named) => Ok(named),
            None => Ok(Named::file(central::usual_file(&self.places.of_register()?.data))),
        }
    }

    /// The file that it is.
    fn file(self) -> Result<PathBuf, Failure> {
        let named = self.named()?;
        match named.address {
            CentralAddress::Sqlite(file) => Ok(file),
            CentralAddress::Postgres(address) => {
                let tools = "copy it, and put it back, with its own tools (pg_dump, pg_restore)";
                let then = "after it was put back, say `comanda server restored`";
                Err(Failure::Refused(format!("{address} is no file: {tools}; {then}")))
            }
            CentralAddress::SqlServer(address) => {
                let tools = "copy it, and put it back, with its own tools (BACKUP DATABASE, RESTORE DATABASE)";
                let then = "after it was put back, say `comanda server restored`";
                Err(Failure::Refused(format!("{address} is no file: {tools}; {then}")))
            }
        }
    }

    /// The file that it is, or will be: its directory is made.
    fn place(self) -> Result<PathBuf, Failure> {
        self.prepare()?;
        self.file()
    }

    /// Makes the directory where it is when nobody says.
    fn prepare(&self) -> Result<(), Failure> {
        if self.central.is_none() {
            self.places.clone().of_register()?.prepare_data()?;
        }
        Ok(())
    }

    /// Opens one that is there.
    fn open(self) -> Result<Office, Failure> {
        let (named, runtime) = (self.named()?, runtime()?);
        let central = runtime.block_on(named.open())?;
        Ok(Office::over(central, runtime))
    }

    /// The same, and makes it where there is none.
    fn open_or_make(self) -> Result<Office, Failure> {
        self.prepare()?;
        let (named, runtime) = (self.named()?, runtime()?);
        let central = runtime.block_on(named.open_or_make())?;
        Ok(Office::over(central, runtime))
    }
}

/// What waits for a database that is not in this process.
fn runtime() -> Result<Runtime, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|source| Fault::io("could not get ready to ask the central database", &source, "try again"))
}

/// The server's decisions, for the operator.
struct Office {
    replica: Replica<CentralDatabase>,
    runtime: Runtime,
}

impl Office {
    fn over(central: CentralDatabase, runtime: Runtime) -> Office {
        Office { replica: Replica::new(central, Settings::default()), runtime }
    }

    /// Waits for what the server decides.
    fn decided<T>(&self, deciding: impl Future<Output = Result<T, Problem>>) -> Result<T, Failure> {
        self.told(self.runtime.block_on(deciding))
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
        let mut dice = clock::entropy()?;
        let renewed = self.runtime.block_on(self.replica.central().renew(&mut dice));
        renewed.map_err(|fault| Failure::Refused(format!("{fault}; nothing was changed: try again")))
    }

    fn knows(&self, location: &LocationId) -> Result<bool, Failure> {
        self.decided(self.replica.knows_location(location))
    }

    /// Says so when nothing is kept of a location.
    fn known(&self, location: &LocationId) -> Result<(), Failure> {
        if self.knows(location)? {
            return Ok(());
        }
        // Those that are told are the first few of them.
        let all = self.decided(self.replica.locations())?;
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
