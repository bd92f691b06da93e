//! `comanda server menu`: the menu of a location, from and to the menu exchange format.

use super::{Database, Failure, clock, say};
use crate::cli::{menu, remark};
use crate::document;
use crate::domain::LocationId;
use crate::server::central::Act;
use crate::server::{Role, Scope, good_location};
use std::path::PathBuf;

/// Imports and exports the menu of a location.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda server menu import --location L1 menu.json
  comanda server menu export --location L1
  comanda server menu export --location L1 today.json

Every register of the location sells from the new menu within its next pull, a
minute at most; what is on an order keeps its price. `comanda menu check FILE`
tells mistakes beforehand.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Checks a menu and hands it out to the registers of a location
    Import {
        /// Which restaurant
        #[arg(long)]
        location: String,
        /// The menu file
        file: PathBuf,
    },
    /// Writes the menu of a location
    Export {
        /// Which restaurant
        #[arg(long)]
        location: String,
        /// The file to write; standard output when absent
        file: Option<PathBuf>,
    },
}

pub(super) fn run(database: Database, args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Import { location, file } => import(database, LocationId(location), &file),
        Command::Export { location, file } => {
            let office = database.open()?;
            let location = LocationId(location);
            office.known(&location)?;
            let menu = office.decided(office.replica.whole_menu(&location))?;
            let none = || Failure::Refused(format!("{location} has no menu: `comanda server menu import` brings one"));
            let text = document::menu::write(&menu.ok_or_else(none)?);
            match file {
                None => say(text.trim_end()),
                Some(file) => menu::export(&file, &text),
            }
        }
    }
}

fn import(database: Database, location: LocationId, file: &std::path::Path) -> Result<(), Failure> {
    let menu = menu::read(file)?;
    good_location(&location).map_err(|problem| Failure::Refused(problem.detail))?;
    let office = database.open_or_make()?;
    if !office.knows(&location)? {
        remark(&format!("note: {location} is a new location here; it is named as in its registers' configurations"));
    }
    let (scope, now) = (Scope { location_id: location.clone(), role: Role::Admin }, clock::now());
    let mut dice = clock::entropy()?;
    let imported = office.replica.import_menu(&scope, &menu, now, &mut dice);
    let imported = office.decided(imported)?;
    let told = format!("{} entries changed, {} gone", imported.written, imported.removed);
    let about = format!("{}: {told}", menu::size(&menu));
    let act = Act { done_at: now, location_id: location.clone(), what: "menu_imported".into(), about: about.clone() };
    office.decided(office.replica.note(&act))?;
    say(&format!("{}: {about}; the registers of {location} get it with their next pull", file.display()))
}
