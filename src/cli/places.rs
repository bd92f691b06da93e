//! The flags that every subcommand takes: where the register's things are.

use super::Failure;
use crate::app::chores::{self, Chore};
use crate::runtime::paths::Places;
use crate::runtime::{Fault, clock, control, opening};
use crate::tui::display::Face;
use std::path::PathBuf;

/// Where the register's things are, when not in the usual places.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Flags {
    /// The data directory: store, log, lock, and the paper of file printers
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Reads where a central database is: `sqlite:FILE`.
#[cfg(feature = "server")]
pub(super) fn central(text: &str) -> Result<PathBuf, String> {
    match text.split_once(':') {
        Some(("sqlite", file)) if !file.is_empty() => Ok(file.into()),
        Some(_) | None => Err("a central database is named sqlite:FILE".into()),
    }
}

impl Flags {
    /// The places of a register.
    pub fn of_register(self) -> Result<Places, Fault> {
        Places::of_register(self.data, self.config)
    }

    /// The places of a screen on a box of its own.
    pub fn of_screen(self, face: Face) -> Result<Places, Fault> {
        Places::of_screen(face, self.data, self.config)
    }
}

/// Does a chore: through the register that runs, or on the store of one that does not.
///
/// # Errors
/// What the register or the store says; nothing was changed then.
pub(super) fn do_chore(places: Places, chore: &Chore, what: &str) -> Result<String, Failure> {
    if let Some(said) = control::hand_over(&places.control_socket(), chore)? {
        return said.map_err(Failure::Refused);
    }
    let mut opening = opening::for_writing(places, what)?;
    Ok(chores::carry_out(&mut opening.store, chore, clock::now(), &mut clock::entropy()?)?)
}
