//! `comanda register`: sell.

use super::{Failure, places, term};
use crate::runtime::logging;
use crate::runtime::opening::{self, Opening};
use crate::runtime::register::{Play, Post};
use crate::tui::theme::Mode;

/// Opens the register.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda register
  comanda register --data /srv/till --config /srv/till/comanda.toml
  comanda register --term ascii    on a serial terminal that says it is another

Needs a configuration, a store and a manager (comanda init) and a menu: the
first one comes from the server where it is enrolled at one, else from
`comanda menu import`. One register at a time may use a data directory.")]
pub(super) struct Args {
    #[command(flatten)]
    term: term::Flags,
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let opening = opening::for_selling(places.of_register()?)?;
    log(&opening)?;
    start(opening, args.term.mode(), Vec::new())
}

/// Opens its log.
pub(super) fn log(opening: &Opening) -> Result<(), Failure> {
    logging::start(&opening.places.log_file())?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), demo = opening.demo, "the register opens");
    Ok(())
}

/// Gives an opened register its screen, and returns when it was closed.
pub(super) fn start(opening: Opening, mode: Mode, mut notes: Vec<String>) -> Result<(), Failure> {
    notes.push(format!("Data: {}", opening.places.data.display()));
    Ok(crate::runtime::register::run(opening, mode, notes, Post::Register, Play::Alone)?)
}
