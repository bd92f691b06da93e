//! `comanda pickup`: show guests which orders are ready.

use super::{Failure, places, term};
use crate::runtime::paths::Places;
use crate::runtime::{beside, screen_box};
use crate::tui::display::Face;
use crate::tui::pickup::Pickup;

/// Shows guests which orders are being prepared and which are ready, by number alone; changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda pickup                          takeaway of this register and the others
  comanda pickup --silent                 without the bell
  comanda pickup --demo                   what `comanda demo` sends as takeaway
  comanda pickup --server                 on a box of its own, from the server
  comanda pickup --server https://pos.example --term vt16

Numbers are those of the receipts, T1-0042, in large digits where the window has
room: 80x24 for three of them, 120x40 and more for larger ones. No name, item or
price is shown. Which order types, and for how long, [pickup] says in the
configuration.

A number is READY once the pass (F10, I at a register) has called all of it
ready, and leaves when it calls it served.

Runs beside the register on the same box, and only reads. With --server it needs
no register: it is enrolled once (comanda server enroll --location L1 --pickup P1
there, comanda enroll --server URL --pickup here) and keeps a replica of the
orders in a data directory of its own (~/.local/share/comanda-pickup), so that a
kitchen's screen can stand on the same box.
`comanda help pickup` also lists its keys.")]
pub(super) struct Args {
    /// Watches the demonstration
    #[arg(long)]
    demo: bool,
    /// Reads from the server at which it is enrolled; URL: where that is now
    #[arg(long, value_name = "URL", num_args = 0..=1, conflicts_with = "demo")]
    server: Option<Option<String>>,
    /// Rings no bell when an order becomes ready
    #[arg(long)]
    silent: bool,
    #[command(flatten)]
    term: term::Flags,
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let (silent, mode) = (args.silent, args.term.mode());
    if let Some(server) = args.server {
        let (face, places, station) = (Face::Pickup, places.of_screen(Face::Pickup)?, None);
        return Ok(screen_box::run(screen_box::Setting { face, places, server, station, silent, mode })?);
    }
    let places = if args.demo { Places::of_demo(places.data)? } else { places.of_register()? };
    let setting = beside::Setting { places, demo: args.demo, silent, mode };
    Ok(beside::run(setting, Pickup::new)?)
}
