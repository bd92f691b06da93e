//! `comanda server migrate`: the tables of the central database, as this program has them.

use super::{Database, Failure, runtime, say};

/// Brings the tables of the central database forward.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda server migrate
  comanda server migrate --check
  comanda server --central postgres://comanda@db/comanda migrate --check
  comanda server --central sqlserver://comanda@db/comanda migrate --check

`comanda serve` does the same when it begins; of several that begin at once one
does it, and the others wait. Before an update of the program take a backup: a
server of the former one does not run on a database that was brought forward.
--check changes nothing, and ends with 0 when nothing is to be done, else 1.")]
pub(super) struct Args {
    /// Only says whether it is to be done
    #[arg(long)]
    check: bool,
}

pub(super) fn run(database: Database, args: Args) -> Result<(), Failure> {
    let (named, runtime) = (database.named()?, runtime()?);
    let before = runtime.block_on(named.schema())?;
    if before.is_up_to_date() {
        return say(&format!("{} has schema {}: nothing is to be done", named.address, before.found));
    }
    let told = match before.found {
        0 => format!("{} has no tables yet; this program's schema is {}", named.address, before.known),
        found => format!("{} has schema {found}; this program's is {}", named.address, before.known),
    };
    if args.check {
        return Err(Failure::Refused(format!("{told}: `comanda server migrate` brings it forward")));
    }
    runtime.block_on(named.open())?;
    say(&format!("{told}: done"))
}
