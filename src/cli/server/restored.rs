//! `comanda server restored`: after the central database was put back from a backup.

use super::{Database, Failure, say};

/// Says that the central database was put back from a backup
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda server restored
  comanda server --central postgres://comanda@db/comanda restored

Do this once, after the database was put back and before `comanda serve` runs
on it again. Registers then read everything anew, and offer all that they hold:
what the backup did not have yet comes back from them. Without it they believe
to have read what was written here since. A database of PostgreSQL or SQL
Server is copied and put back by its own tools.")]
pub(super) struct Args {}

pub(super) fn run(database: Database, Args {}: Args) -> Result<(), Failure> {
    database.open()?.renew()?;
    say("The database begins anew for every device: each reads everything again and offers what it holds.")
}
