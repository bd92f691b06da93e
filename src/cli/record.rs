//! `comanda record`: a key script from a live session.

use super::{Failure, places, term};
use crate::runtime::paths::Places;
use crate::runtime::register::{Play, Post};
use crate::runtime::scratch::Scratch;
use crate::runtime::{Fault, clock, demo, logging, terminal};
use crate::script::Recorder;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

/// Writes a key script of what is pressed and tapped at a demonstration register.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda record lunch.script
  comanda record lunch.script --data /tmp/trial

Opens a fresh demonstration register, which is forgotten when it is left
(Ctrl+q at the login screen). Ctrl+s takes a snapshot: the script expects that
screen when it is played. Play it with `comanda script lunch.script`.

With --data it opens the demonstration of that directory, and only one that
was made by `comanda demo`. The script still starts on a fresh register: what
was sold before is not in it.

The demonstration's PINs are written, for everybody knows them; any other is
written as ****, and the script asks for one of the demonstration's there.")]
pub(super) struct Args {
    /// The script to write; it must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    term: term::Flags,
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let doing = format!("could not write the script {}", args.file.display());
    let fault = |source| Fault::io(doing.clone(), &source, "name another file");
    let size = terminal::size()?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(&args.file).map_err(fault)?;
    let fresh = if places.data.is_none() { Some(Scratch::new()?) } else { None };
    let places = Places::of_demo(fresh.as_ref().map(|scratch| scratch.path().to_owned()).or(places.data))?;
    let opening = demo::open_made(places)?;
    logging::start(&opening.places.log_file())?;
    let pins = demo::staff()?.into_iter().map(|one| one.pin).collect();
    let mode = args.term.mode();
    let mut recorder = Recorder::begin(&args.file, clock::now(), size, mode, pins);
    let sold = crate::runtime::register::run(
        opening,
        mode,
        demo::login_notes()?,
        Post::Register,
        Play::Watched(&mut recorder),
    );
    let (script, wrong) = recorder.end();
    file.write_all(script.as_bytes()).and_then(|()| file.sync_all()).map_err(fault)?;
    sold?;
    if !wrong.is_empty() {
        return Err(Failure::Refused(wrong.join("\n")));
    }
    super::say(&format!("{}: play it with `comanda script {0}`", args.file.display()))
}
