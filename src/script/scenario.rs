//! A script as values: scenarios, their setting and what happens in them. How it is written is `parse`'s.
//!
//! Scripts count rows, columns and jobs from 1, as people do; so do these values. The stage counts cells from 0.

use super::line::{BooksExpectation, NetworkChange, ServerChange};
use super::stage::{MachineChange, PrinterFault, Setting};
use crate::domain::slip::JobState;
use crate::tui::keys::Key;
use std::fmt;

/// One scenario of a script: a register of its own, from the first start to `End`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// What it is about.
    pub name: String,
    /// The script that it stands in, as it was named by who ran it.
    pub file: String,
    /// The line of its `Scenario`.
    pub line: usize,
    /// What the register is opened with.
    pub setting: Setting,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// One command of a scenario and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its line, from 1.
    pub line: usize,
    /// The column where it begins, in characters from 1.
    pub column: usize,
    /// What it does.
    pub act: Act,
}

/// What one command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Types a PIN and Enter. The PIN is masked wherever it would be shown.
    Login(String),
    /// Types a text, then presses keys.
    Type {
        /// The text.
        text: String,
        /// The keys after it.
        keys: Vec<Key>,
    },
    /// Presses keys.
    Keys(Vec<Key>),
    /// Taps something: a finger comes down and goes up.
    Tap(TapAt),
    /// Puts a finger down on something.
    Press(TapAt),
    /// Takes the finger up from something, which may be another.
    Release(TapAt),
    /// Gives the terminal another size.
    Resize {
        /// Its columns.
        columns: u16,
        /// Its rows.
        rows: u16,
    },
    /// Looks at the screen.
    Expect(Expectation),
    /// Looks at the screen of another register or box, and goes back.
    ExpectOn {
        /// Whose.
        device: String,
        /// What must be there.
        expected: Expectation,
    },
    /// Looks at a printer's paper.
    Paper {
        /// Which printer.
        printer: String,
        /// What must be there.
        expected: PaperExpectation,
    },
    /// Breaks a printer, or mends it.
    Fault {
        /// Which printer.
        printer: String,
        /// What happens to it.
        fault: PrinterFault,
    },
    /// Changes something about the machine below the register.
    Machine(MachineChange),
    /// Lets time pass, in milliseconds.
    Advance(i64),
    /// Pulls the plug of the register.
    Crash,
    /// Starts the register again on what its disk holds.
    Restart,
    /// Compares the screen with the one kept under this name.
    Snapshot(String),
    /// Goes to another register or screen: what follows is done and expected there.
    At(String),
    /// Changes something about the way to the server.
    Network(NetworkChange),
    /// Changes something about the server.
    Server(ServerChange),
    /// Looks at the central database.
    Books(BooksExpectation),
    /// Does its steps over and over.
    Repeat {
        /// How often.
        times: u32,
        /// What is repeated.
        steps: Vec<Step>,
    },
}

impl Act {
    /// The word that it begins with in a script.
    pub fn word(&self) -> &'static str {
        match self {
            Act::Login(_) => "Login",
            Act::Type { .. } => "Type",
            Act::Keys(_) => "Keys",
            Act::Tap(_) => "Tap",
            Act::Press(_) => "Press",
            Act::Release(_) => "Release",
            Act::Resize { .. } => "Resize",
            Act::Expect(_) => "Expect",
            Act::ExpectOn { .. } => "On",
            Act::Paper { .. } | Act::Fault { .. } => "On printer",
            Act::Machine(MachineChange::Clock(_)) => "Set clock",
            Act::Machine(MachineChange::DiskFree(_)) => "Disk",
            Act::Machine(MachineChange::BackupFails(_) | MachineChange::BackupWorks) => "Backup",
            Act::Advance(_) => "Advance",
            Act::Crash => "Crash",
            Act::Restart => "Restart",
            Act::Snapshot(_) => "Snapshot",
            Act::At(_) => "At",
            Act::Network(_) => "Network",
            Act::Server(_) => "Server",
            Act::Books(_) => "Server expect",
            Act::Repeat { .. } => "Repeat",
        }
    }

    /// Whether a crashed register cannot do it.
    pub fn needs_register(&self) -> bool {
        match self {
            Act::Login(_)
            | Act::Type { .. }
            | Act::Keys(_)
            | Act::Tap(_)
            | Act::Press(_)
            | Act::Release(_)
            | Act::Resize { .. }
            | Act::Expect(_)
            | Act::Crash
            | Act::Snapshot(_) => true,
            Act::Machine(change) => !matches!(change, MachineChange::Clock(_)),
            Act::ExpectOn { .. }
            | Act::Paper { .. }
            | Act::Fault { .. }
            | Act::Advance(_)
            | Act::Restart
            | Act::Repeat { .. }
            | Act::At(_)
            | Act::Network(_)
            | Act::Server(_)
            | Act::Books(_) => false,
        }
    }

    /// How many keys, taps and other commands it comes to, Repeats counted as often as they go round, empty ones too.
    pub fn inputs(&self) -> u64 {
        let many = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        match self {
            Act::Login(pin) => many(pin.chars().count()) + 1,
            Act::Type { text, keys } => many(text.chars().count() + keys.len()),
            Act::Keys(keys) => many(keys.len()),
            Act::Repeat { times, steps } => u64::from(*times).saturating_mul(inputs(steps).max(1)),
            Act::Tap(_)
            | Act::Press(_)
            | Act::Release(_)
            | Act::Resize { .. }
            | Act::Expect(_)
            | Act::ExpectOn { .. }
            | Act::Paper { .. }
            | Act::Fault { .. }
            | Act::Machine(_)
            | Act::Advance(_)
            | Act::Crash
            | Act::Restart
            | Act::Snapshot(_)
            | Act::At(_)
            | Act::Network(_)
            | Act::Server(_)
            | Act::Books(_) => 1,
        }
    }
}

/// How many inputs these steps come to: [`Act::inputs`], summed.
pub fn inputs(steps: &[Step]) -> u64 {
    steps.iter().fold(0, |sum, step| sum.saturating_add(step.act.inputs()))
}

/// Where a tap goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TapAt {
    /// On what bears the label: exactly, else begins with it, else has it in it; inside a region, when one is named.
    Label {
        /// Which region, `None` = anywhere.
        region: Option<String>,
        /// The label.
        label: String,
    },
    /// On a cell, counted from 1.
    Cell {
        /// Its column.
        column: u16,
        /// Its row.
        row: u16,
    },
    /// On the target of the foot line that bears this key's name: `F3`, `F3 Send` or `key:F3`.
    Key(Key),
}

impl fmt::Display for TapAt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TapAt::Label { region: None, label } => write!(out, "{}", quoted(label)),
            TapAt::Label { region: Some(region), label } => write!(out, "region:{region} {}", quoted(label)),
            TapAt::Cell { column, row } => write!(out, "@{column},{row}"),
            TapAt::Key(key) => write!(out, "key:{key}"),
        }
    }
}

/// Where an expectation looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Everywhere.
    Screen,
    /// In one named region.
    Region(String),
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Screen => out.write_str("the screen"),
            Place::Region(name) => write!(out, "region:{name}"),
        }
    }
}

/// What must be true of the screen. Its `Display` follows the word "expected".
///
/// Blanks at both ends of a row do not count, and any run of blanks counts as one. A `\n` in the text goes on with the
/// row below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// The place has the text somewhere, or nowhere.
    Holds {
        /// Where.
        place: Place,
        /// Whether it must be there.
        there: bool,
        /// The text.
        text: String,
    },
    /// One row of the place is the text and nothing else.
    Row {
        /// Where.
        place: Place,
        /// Which row of it, from 1.
        row: usize,
        /// The text.
        text: String,
    },
    /// The place has the text this often.
    Count {
        /// Where.
        place: Place,
        /// How often.
        count: usize,
        /// The text.
        text: String,
    },
    /// The place shows the text in large letters, or does not.
    Large {
        /// Where.
        place: Place,
        /// Whether it must be there.
        there: bool,
        /// The text.
        text: String,
    },
    /// Something that can be tapped has the text in its label, or nothing has.
    Label {
        /// Whether it must be there.
        there: bool,
        /// The text.
        text: String,
    },
    /// The screen of this name is on top, or is not.
    Focus {
        /// Whether it must be.
        there: bool,
        /// The screen's name.
        name: String,
    },
}

impl fmt::Display for Expectation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = |there: &bool| if *there { "" } else { "not " };
        match self {
            Expectation::Holds { place, there, text } => write!(out, "{place} {}to hold {}", not(there), quoted(text)),
            Expectation::Row { place, row, text } => write!(out, "row {row} of {place} to be {}", quoted(text)),
            Expectation::Count { place, count, text } => {
                write!(out, "{place} to hold {} {count} {}", quoted(text), times(*count))
            }
            Expectation::Large { place, there, text } => {
                write!(out, "{place} {}to show {} in large letters", not(there), quoted(text))
            }
            Expectation::Label { there: true, text } => write!(out, "something to tap labelled {}", quoted(text)),
            Expectation::Label { there: false, text } => write!(out, "nothing to tap labelled {}", quoted(text)),
            Expectation::Focus { there, name } => write!(out, "the screen on top {}to be {name}", not(there)),
        }
    }
}

/// What must be true of a printer's paper. Its `Display` follows "expected printer NAME".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaperExpectation {
    /// A job has the text somewhere, or nowhere.
    Text {
        /// Which job, from 1.
        job: usize,
        /// Whether it must be there.
        there: bool,
        /// The text.
        text: String,
    },
    /// A job has come this far.
    State {
        /// Which job, from 1.
        job: usize,
        /// How far.
        state: JobState,
    },
    /// The printer was given this many jobs.
    Jobs(usize),
    /// The drawer was kicked this often.
    Kicks(u32),
}

impl fmt::Display for PaperExpectation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PaperExpectation::Text { job, there: true, text } => write!(out, "to hold {} in job {job}", quoted(text)),
            PaperExpectation::Text { job, there: false, text } => {
                write!(out, "not to hold {} in job {job}", quoted(text))
            }
            PaperExpectation::State { job, state } => write!(out, "to have job {job} {}", state.code()),
            PaperExpectation::Jobs(jobs) => write!(out, "to have {jobs} {}", if *jobs == 1 { "job" } else { "jobs" }),
            PaperExpectation::Kicks(1) => out.write_str("to have kicked the drawer 1 time"),
            PaperExpectation::Kicks(kicks) => write!(out, "to have kicked the drawer {kicks} times"),
        }
    }
}

/// The word after a count.
pub(super) fn times(count: usize) -> &'static str {
    if count == 1 { "time" } else { "times" }
}

/// Writes a text as a script writes it: in double quotes, with `\"`, `\\` and `\n`.
pub(super) fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}
