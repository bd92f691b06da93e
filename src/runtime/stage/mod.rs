//! A register on a stage: the shipped binary in a terminal of its own, with somebody in the wings who holds its clock
//! and its printers. For key scripts that play the real thing (`comanda script --pty`).
//!
//! Keys, taps and the window's size go through the terminal like anybody's, and the screen is what comes out of it.
//! What a script must know besides, or hold still, goes over a socket that the register inherits as its standard error:
//! one line of JSON each way, strictly in turn. `prompter` starts the register and gives the cues, `actor` is the
//! register's end. Only a store that was made as a demonstration is put on a stage.
//!
//! Calls to a server take the same way (`carried`): whoever gives the cues answers them, and there is no socket. A
//! register that has such a line runs its checkpoints in turn, too, so that what it may tell is no matter of luck.
//!
//! ```text
//! prompter: Props                          the register opens, draws
//! actor:    Report
//! prompter: Cue with an event              it is taken and drawn
//! actor:    Report
//! prompter: Cue with 2 inputs of the terminal
//! actor:    Ready                          the clock is set: now they may be typed
//! actor:    Report                         both are taken and drawn
//! ```

pub(super) mod actor;
mod carried;
pub mod prompter;

pub use actor::Entrance;
pub use carried::{Body, CarriedCall, CarriedReply};

use super::Fault;
use crate::app::{Effect, Input};
use crate::domain::id::Entropy;
use crate::domain::{House, Timestamp};
use crate::printing::Outcome;
use crate::store::{self, Store};
use crate::sync::LineSettings;
use crate::sync::wire::Site;
use crate::tui::display::Face;
use crate::tui::machine::{self, BackupPlan, Watch};
use crate::tui::scene::Scene;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Longest line that either end reads, in bytes: a long receipt many times over.
const LINE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a register on a stage is opened with; the rest is the demonstration's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Props {
    /// What time it is.
    pub now: Timestamp,
    /// What its dice begin with: a run is the same run again.
    pub seed: u64,
    /// The rules of the house.
    pub house: House,
    /// Which printer stands in for which.
    pub substitutes: BTreeMap<String, String>,
    /// What its touch panel measures, width and height in millimetres, if it has one.
    pub panel: Option<(u16, u16)>,
    /// What it was given when it was enrolled at its server, if it has one.
    pub secret: Option<String>,
    /// Which screen with a replica of its own it is, if it is no register.
    pub screen: Option<Face>,
}

/// What happens next. Time stands still in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cue {
    /// What time it is.
    pub now: Timestamp,
    /// What the register is told.
    pub event: Option<Event>,
    /// How many inputs will come from its terminal, once it is ready for them.
    pub inputs: u32,
}

/// What a register is told by its stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// A printer answered for a job.
    Printed {
        /// Which printer.
        printer: String,
        /// Which job.
        job: i64,
        /// How it ended.
        outcome: Outcome,
    },
    /// A printer was asked whether it could print.
    Probed {
        /// Which printer.
        printer: String,
        /// What keeps it from printing, if anything.
        says: Result<(), String>,
    },
    /// Something came back to a call, or nothing did.
    Replied {
        /// Which call.
        call: u64,
        /// What.
        reply: CarriedReply,
    },
    /// Its machine says how it stands.
    Machine(machine::Report),
    /// The alarm that it had set.
    Woke,
}

impl From<Event> for Input {
    fn from(event: Event) -> Input {
        match event {
            Event::Printed { printer, job, outcome } => Input::Printed { printer, job, outcome },
            Event::Probed { printer, says } => Input::Probed { printer, says },
            Event::Replied { call, reply } => Input::Replied { call, reply: reply.into() },
            Event::Machine(report) => Input::Machine(report),
            Event::Woke => Input::Woke,
        }
    }
}

/// What a register asks of the world around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Asked {
    /// Print these bytes.
    Print {
        /// Which printer.
        printer: String,
        /// Which job.
        job: i64,
        /// The job.
        bytes: Vec<u8>,
    },
    /// Say whether this printer could print.
    Probe {
        /// Which printer.
        printer: String,
    },
    /// Ask the server.
    Call(CarriedCall),
    /// Make a backup now.
    BackUp,
    /// Wake it at this time, and no more at the one before.
    Alarm(Timestamp),
    /// It leaves.
    Quit,
}

impl Asked {
    /// What an effect asks of a stage; a bell, a checkpoint, a plug and an answer to the command line ask nothing.
    pub fn of(effect: &Effect) -> Option<Asked> {
        match effect {
            Effect::Print { printer, job, load } => {
                Some(Asked::Print { printer: printer.clone(), job: *job, bytes: load.bytes.clone() })
            }
            Effect::Probe { printer } => Some(Asked::Probe { printer: printer.clone() }),
            Effect::Alarm(at) => Some(Asked::Alarm(*at)),
            Effect::Call(call) => Some(Asked::Call(call.into())),
            Effect::BackUp => Some(Asked::BackUp),
            Effect::Quit => Some(Asked::Quit),
            Effect::Answer(_) | Effect::Bell | Effect::Checkpoint | Effect::Plug { .. } => None,
        }
    }
}

/// A line from a register on a stage.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    /// Its clock is set, and it waits for its terminal.
    Ready,
    /// Everything that the cue spoke of is taken and drawn.
    Report(Box<Report>),
}

/// A rectangle of cells: its first column and row, how many columns and rows it has.
pub type Spot = [u16; 4];

/// Where a rectangle of a scene is.
pub fn spot(area: &Rect) -> Spot {
    [area.x, area.y, area.width, area.height]
}

/// What became of a cue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// What it asked for meanwhile, in order.
    pub asked: Vec<Asked>,
    /// Until when an Esc waits for the digit that would make it a function key.
    pub half_a_key_until: Option<Timestamp>,
    /// How many frames it has drawn since it opened.
    pub frames: u64,
    /// The parts of the last frame that have a name.
    pub regions: Vec<(String, Spot)>,
    /// What can be tapped there, by its label.
    pub targets: Vec<(String, Spot)>,
    /// The screen on top.
    pub focus: String,
}

impl Report {
    fn show(&mut self, scene: &Scene) {
        self.regions = scene.regions.iter().map(|(name, area)| ((*name).to_owned(), spot(area))).collect();
        self.targets = scene.targets.iter().map(|target| (target.label.clone(), spot(&target.area))).collect();
        self.focus = scene.focus.to_owned();
    }
}

/// How often a register on a stage is backed up, in milliseconds.
pub const BACKUP_MS: i64 = 60 * 60_000;

/// What a register on a stage tells of disk and backups.
pub fn watch() -> Watch {
    let plan = BackupPlan { directory: "/media/backup".to_owned(), every_ms: BACKUP_MS };
    Watch { backup: Some(plan), ..Watch::default() }
}

/// The line of a register on a stage: to whoever answers its calls there, whose address is of no matter.
///
/// # Errors
/// A [`Fault`] when its store cannot be read.
pub fn line(secret: &str, house: &House, store: &Store) -> Result<LineSettings, Fault> {
    let unread = |fault: store::Fault| Fault::new("could not open the line", fault.to_string(), "start it again");
    Ok(LineSettings {
        site: Site::comanda("")
            .map_err(|bad| Fault::new("could not open the line", bad.to_string(), "start it again"))?,
        register_id: house.register_id.clone(),
        location_id: house.location_id.clone(),
        secret: Some(secret.to_owned()),
        store_id: store.reader().store_id().map_err(unread)?,
        epoch: store.reader().epoch().map_err(unread)?,
    })
}

/// The same dice for every run.
pub fn dice(seed: u64) -> Entropy {
    let mut state = seed;
    Entropy::new(move |bytes| {
        for byte in bytes {
            // splitmix64, a step a byte: more than enough for ids that must only differ.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = (mixed >> 56) as u8;
        }
    })
}
