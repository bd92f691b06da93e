//! `comanda demo`: a register that needs nothing.

use super::{Failure, places, register, term};
use crate::runtime::demo;
use crate::runtime::paths::Places;

/// Opens a demonstration register that needs nothing: no configuration, printers or network.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda demo                     data stays in ~/.local/share/comanda-demo
  comanda demo --data /tmp/trial   another, fresh one

PINs: 1111 Ana, 2222 Ben, 3333 Chloe (cashiers), 9999 Dara (manager). What is
printed lies under paper/ of the data directory, as text (NAME.txt) and as the
printer's bytes (NAME.bin). Delete the data directory to start anew. A
configuration (--config) is not read.")]
pub(super) struct Args {
    #[command(flatten)]
    term: term::Flags,
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    register::start(demo::open(Places::of_demo(places.data)?)?, args.term.mode())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_pins_in_the_help_are_the_demonstrations() {
        let help = <super::Args as clap::Args>::augment_args(clap::Command::new("demo"));
        let help = help.get_after_help().map(ToString::to_string).unwrap_or_default();
        for one in crate::runtime::demo::staff().unwrap() {
            assert!(help.contains(&format!("{} {}", one.pin, one.name)), "{one:?}");
        }
    }
}
