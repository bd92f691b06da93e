//! `comanda demo`: a register that needs nothing.

use super::{Failure, places, register, term};
#[cfg(feature = "server")]
use crate::runtime::demo_server;
use crate::runtime::opening::Opening;
use crate::runtime::paths::Places;
use crate::runtime::register::{Play, Post};
#[cfg(feature = "server")]
use crate::runtime::serve::Running;
use crate::runtime::stage::Entrance;
use crate::runtime::{demo, logging};
use crate::tui::touch::{PANEL_MM_MAX, PANEL_MM_MIN, Panel};

/// Opens a demonstration register that needs nothing: no configuration, printers, network or server.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda demo                     data stays in ~/.local/share/comanda-demo
  comanda demo --data /tmp/trial   another, fresh one
  comanda demo --panel 154x86      as on a 7 inch touch panel: keys for fingers

It starts its own server on this machine (server/ of the data directory), and
sells against it. Ctrl+p pulls the network's plug, and puts it back.

PINs: 1111 Ana, 2222 Ben, 3333 Chloe (cashiers), 9999 Dara (manager). What is
printed lies under paper/ of the data directory, as text (NAME.txt) and as the
printer's bytes (NAME.bin). Delete the data directory to start anew. A
configuration (--config) is not read.")]
pub(super) struct Args {
    #[command(flatten)]
    term: term::Flags,
    /// Draws keys for fingers, on a touch panel of so many millimetres
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = panel)]
    panel: Option<Panel>,
    /// For `comanda script --pty`, which starts this: standard error is a socket to the stage
    #[arg(long, hide = true)]
    stage: bool,
}

fn panel(text: &str) -> Result<Panel, String> {
    let wrong =
        || format!("write width and height in millimetres, {PANEL_MM_MIN} to {PANEL_MM_MAX} each, such as 154x86");
    Panel::read(text).ok_or_else(wrong)
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let places = Places::of_demo(places.data)?;
    if !args.stage {
        let mut opening = demo::open(places)?;
        opening.config.panel = args.panel;
        register::log(&opening)?;
        let (_stops_at_the_end, notes) = with_server(&mut opening, demo::login_notes()?);
        return register::start(opening, args.term.mode(), notes);
    }
    let mut opening = demo::open_made(places)?;
    let entrance = Entrance::make()?;
    logging::start(&opening.places.log_file())?;
    opening.config.house = entrance.props.house.clone();
    opening.config.panel = entrance.props.panel.and_then(|(width, height)| Panel::of(width, height));
    for printer in &mut opening.config.printers {
        printer.substitute = entrance.props.substitutes.get(printer.name()).cloned();
    }
    let post = match entrance.props.screen {
        Some(face) => Post::Screen { face, station: None, silent: false },
        None => Post::Register,
    };
    Ok(crate::runtime::register::run(
        opening,
        args.term.mode(),
        demo::login_notes()?,
        post,
        Play::OnStage(Box::new(entrance)),
    )?)
}

/// Starts the demonstration's own server, and says on the login screen how to pull its plug. Without one it sells too.
#[cfg(feature = "server")]
fn with_server(opening: &mut Opening, mut notes: Vec<String>) -> (Option<Running>, Vec<String>) {
    match demo_server::start(opening) {
        Ok(running) => {
            if let Some(first) = notes.first_mut() {
                *first = "A demonstration; Ctrl+p pulls the network's plug. PINs:".to_owned();
            }
            (Some(running), notes)
        }
        Err(why) => {
            tracing::error!(%why, "the demonstration's server did not start");
            notes.push("Its server did not start: comanda.log says why".to_owned());
            (None, notes)
        }
    }
}

#[cfg(not(feature = "server"))]
fn with_server(_: &mut Opening, notes: Vec<String>) -> ((), Vec<String>) {
    ((), notes)
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
