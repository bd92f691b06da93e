//! `comanda kitchen`: show what is to be made.

use super::{Failure, places, term};
use crate::domain::StationId;
use crate::runtime::kitchen::{self, Setting};
use crate::runtime::paths::Places;

/// Shows what the kitchen must make; changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda kitchen                          all stations of this register
  comanda kitchen --station bar --silent   the bar alone, without the bell
  comanda kitchen --demo                   what `comanda demo` sends

Runs beside the register on the same box, and only reads. It waits for a store
that is not there yet, and goes on when the register is closed or starts again.
`comanda help kitchen` also lists its keys.")]
pub(super) struct Args {
    /// The station to begin with; all of them without it
    #[arg(long, value_name = "NAME")]
    station: Option<String>,
    /// Watches the demonstration
    #[arg(long)]
    demo: bool,
    /// Rings no bell when something new comes
    #[arg(long)]
    silent: bool,
    #[command(flatten)]
    term: term::Flags,
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let places = if args.demo { Places::of_demo(places.data)? } else { places.of_register()? };
    let station = args.station.as_deref().map(StationId::from);
    let mode = args.term.mode();
    Ok(kitchen::run(Setting { places, demo: args.demo, station, silent: args.silent, mode })?)
}
