//! `comanda store`: looking after the register's one file.

use super::{Failure, places, say};
use crate::runtime::config;
use crate::runtime::lock::Lock;
use crate::runtime::opening::{self, NotOpened};
use crate::store::care;
use std::path::PathBuf;

/// Checks, saves and restores the register's store.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda store check
  comanda store backup /media/stick/2026-03-14.db
  comanda store restore /media/stick/2026-03-14.db

A backup may be taken while the register sells, and opens with the key of the
store that it was taken from. Restoring keeps the store that was there beside
the new one. Close the register first.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Looks the whole store through and tells what is wrong with it
    Check,
    /// Writes a copy to a new file
    Backup {
        /// The file to write
        file: PathBuf,
    },
    /// Takes a backup as the store
    Restore {
        /// The backup
        file: PathBuf,
    },
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let places = places.of_register()?;
    let config = config::load(&places.config).map_err(NotOpened::from)?;
    let key = opening::key_of(&places, &config)?;
    let store = places.store_file();
    match args.command {
        Command::Check => {
            let report = care::check(&store, Some(&key))?;
            if report.is_sound() {
                return say(&format!("{} is sound", store.display()));
            }
            let lines: String = report.problems.iter().map(|problem| format!("  {problem}\n")).collect();
            Err(Failure::Refused(format!(
                "{} is not sound:\n{lines}stop selling on it, and run `comanda store restore` with the latest backup",
                store.display()
            )))
        }
        Command::Backup { file } => {
            care::backup(&store, Some(&key), &file)?;
            say(&format!("{} was copied to {}", store.display(), file.display()))
        }
        Command::Restore { file } => {
            places.prepare_data()?;
            let lock = Lock::take(&places.data, "store restore")?;
            let restored = care::restore(&file, Some(&key), &store)?;
            drop(lock);
            let aside = restored.aside.map_or_else(String::new, |it| format!("; the one before is {}", it.display()));
            say(&format!("{} is now {}, epoch {}{aside}", store.display(), file.display(), restored.epoch))
        }
    }
}
