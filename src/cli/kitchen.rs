//! `comanda kitchen`: show what is to be made.

use super::{Failure, places, term};
use crate::domain::StationId;
use crate::runtime::paths::Places;
use crate::runtime::{beside, screen_box};
use crate::tui::display::Face;
use crate::tui::kitchen::Kitchen;

/// Shows what the kitchen must make; changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda kitchen                          all stations of this register
  comanda kitchen --station bar --silent   the bar alone, without the bell
  comanda kitchen --demo                   what `comanda demo` sends
  comanda kitchen --server                 on a box of its own, from the server
  comanda kitchen --server https://pos.example --station grill

Runs beside the register on the same box, and only reads. It waits for a store
that is not there yet, and goes on when the register is closed or starts again.

With --server it needs no register: it keeps a replica of the orders in a data
directory of its own (~/.local/share/comanda-kitchen), and shows what it has
whether the server can be reached or not. Its configuration is written when it
is enrolled: comanda enroll --server URL --kitchen.
`comanda help kitchen` also lists its keys.")]
pub(super) struct Args {
    /// The station to begin with; all of them without it
    #[arg(long, value_name = "NAME")]
    station: Option<String>,
    /// Watches the demonstration
    #[arg(long)]
    demo: bool,
    /// Reads from the server at which it is enrolled; URL: where that is now
    #[arg(long, value_name = "URL", num_args = 0..=1, conflicts_with = "demo")]
    server: Option<Option<String>>,
    /// Rings no bell when something new comes
    #[arg(long)]
    silent: bool,
    #[command(flatten)]
    term: term::Flags,
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let station = args.station.as_deref().map(StationId::from);
    let (silent, mode) = (args.silent, args.term.mode());
    if let Some(server) = args.server {
        let (face, places) = (Face::Kitchen, places.of_screen(Face::Kitchen)?);
        return Ok(screen_box::run(screen_box::Setting { face, places, server, station, silent, mode })?);
    }
    let places = if args.demo { Places::of_demo(places.data)? } else { places.of_register()? };
    let setting = beside::Setting { places, demo: args.demo, silent, mode };
    Ok(beside::run(setting, |now| Kitchen::new(station, now))?)
}
