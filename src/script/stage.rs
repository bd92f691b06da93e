//! What a script is played on: a register with its screen, printers and clock, seen from outside.
//!
//! The player knows these traits alone. One stage is the register in this process, another the shipped binary on a
//! pseudo-terminal; a script must pass on both.

use super::line::{BooksView, NetworkChange, ServerChange};
use super::picture::Picture;
use crate::domain::Timestamp;
use crate::domain::house::ReceiptRule;
use crate::domain::slip::JobState;
use crate::tui::display::Face;
use crate::tui::keys::Key;
use crate::tui::theme::Mode;
use crate::tui::touch::Panel;
use std::error::Error;
use std::fmt;
use std::path::PathBuf;

/// A register under the hands of a script. Dropping it closes the register and forgets its files.
///
/// Cells count from 0 here. Time stands still but for [`Stage::advance`].
pub trait Stage {
    /// Presses a key.
    ///
    /// # Errors
    /// [`StageFault`] when no register takes it.
    fn key(&mut self, key: Key) -> Result<(), StageFault>;

    /// Taps a cell, counted from 0, with press and release.
    ///
    /// # Errors
    /// [`StageFault`] when no register takes it.
    fn tap(&mut self, column: u16, row: u16) -> Result<(), StageFault> {
        self.down(column, row)?;
        self.up(column, row)
    }

    /// Puts a finger down on a cell.
    ///
    /// # Errors
    /// [`StageFault`] when no register takes it.
    fn down(&mut self, column: u16, row: u16) -> Result<(), StageFault>;

    /// Takes the finger up from a cell.
    ///
    /// # Errors
    /// [`StageFault`] when no register takes it.
    fn up(&mut self, column: u16, row: u16) -> Result<(), StageFault>;

    /// Gives the terminal another size.
    ///
    /// # Errors
    /// [`StageFault`] when no register takes it.
    fn resize(&mut self, columns: u16, rows: u16) -> Result<(), StageFault>;

    /// Lets `millis` of virtual time pass, with every alarm that falls due on the way. Also called after a crash: then
    /// time passes without the register.
    ///
    /// # Errors
    /// [`StageFault`] when the world around the register fails.
    fn advance(&mut self, millis: i64) -> Result<(), StageFault>;

    /// Delivers everything that is due, without letting time pass, until the register is settled and drawn.
    ///
    /// # Errors
    /// [`StageFault`] when it does not settle.
    fn settle(&mut self) -> Result<(), StageFault>;

    /// The screen as it was last drawn.
    fn screen(&self) -> Picture;

    /// What a printer was given and what became of it.
    ///
    /// # Errors
    /// [`StageFault::NoPrinter`] when there is none of that name.
    fn printer(&mut self, name: &str) -> Result<PrinterView, StageFault>;

    /// Breaks a printer, or mends it. Each fault takes the place of the one before.
    ///
    /// # Errors
    /// [`StageFault::NoPrinter`] when there is none of that name.
    fn fault(&mut self, printer: &str, fault: PrinterFault) -> Result<(), StageFault>;

    /// Changes something about the machine below the register.
    ///
    /// # Errors
    /// [`StageFault`] when no register takes it.
    fn machine(&mut self, change: &MachineChange) -> Result<(), StageFault>;

    /// Pulls the plug: the register is gone between two instructions, its disk stays as it is.
    ///
    /// # Errors
    /// [`StageFault`] when the files cannot be set aside.
    fn crash(&mut self) -> Result<(), StageFault>;

    /// Starts the register on what its disk holds. Only called after [`Stage::crash`].
    ///
    /// # Errors
    /// [`StageFault`] when it does not start.
    fn restart(&mut self) -> Result<(), StageFault>;

    /// Goes to another register: all that is asked from now on is asked of it. Time passes for all of them alike.
    ///
    /// # Errors
    /// [`StageFault::NoRegister`] when there is none of that name.
    fn go_to(&mut self, register: &str) -> Result<(), StageFault>;

    /// Changes something about the way to the server.
    ///
    /// # Errors
    /// [`StageFault`] when there is no server, or no such register.
    fn network(&mut self, change: &NetworkChange) -> Result<(), StageFault>;

    /// Changes something about the server.
    ///
    /// # Errors
    /// [`StageFault`] when there is none, or it cannot be done.
    fn server(&mut self, change: &ServerChange) -> Result<(), StageFault>;

    /// What the central database says.
    ///
    /// # Errors
    /// [`StageFault`] when there is none, or it does not read.
    fn books(&mut self) -> Result<BooksView, StageFault>;
}

/// Where stages come from.
pub trait Theatre {
    /// Opens a fresh register with an empty store, drawn and settled, with nobody logged in.
    ///
    /// # Errors
    /// [`StageFault`] when the setting cannot be made, for instance when its menu cannot be read.
    fn open(&mut self, setting: &Setting) -> Result<Box<dyn Stage>, StageFault>;
}

/// What a register is opened with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// What is sold.
    pub menu: MenuChoice,
    /// The first instant.
    pub clock: Timestamp,
    /// Columns of the terminal.
    pub columns: u16,
    /// Rows of the terminal.
    pub rows: u16,
    /// What the terminal can show.
    pub mode: Mode,
    /// When a receipt is printed; `None` = as the demonstration has it.
    pub receipt: Option<ReceiptRule>,
    /// What a cash total is rounded to, in minor units (1 = none); `None` = what is usual for the currency.
    pub cash_step: Option<i64>,
    /// How long an untouched register stays open, in milliseconds; `None` = as the demonstration has it.
    pub idle_lock_ms: Option<i64>,
    /// A printer, and the one that stands in while it is down; `None` = none does.
    pub substitute: Option<(String, String)>,
    /// What the touch panel measures; `None` = there is none.
    pub panel: Option<Panel>,
    /// Whether there is a server, with this menu, at which the registers are enrolled.
    pub server: bool,
    /// Registers beside the first.
    pub registers: Vec<String>,
    /// Screens that only show, each on a box of its own, enrolled at the server, in the order in which they are named.
    pub screens: Vec<(String, Face)>,
    /// What the dice of the network begin with.
    pub seed: u64,
}

impl Default for Setting {
    /// The demonstration menu at lunch time, 2026-03-14 12:30 UTC, on 100 columns and 30 rows.
    fn default() -> Setting {
        Setting {
            menu: MenuChoice::Demo,
            clock: Timestamp::utc(1_773_491_400_000),
            columns: 100,
            rows: 30,
            mode: Mode::FULL,
            receipt: None,
            cash_step: None,
            idle_lock_ms: None,
            substitute: None,
            panel: None,
            server: false,
            registers: Vec::new(),
            screens: Vec::new(),
            seed: 1,
        }
    }
}

/// What the first register of a scenario is called.
pub const FIRST_REGISTER: &str = "T1";

impl Setting {
    /// The names of all its registers, the first one first.
    pub fn register_names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(FIRST_REGISTER).chain(self.registers.iter().map(String::as_str))
    }

    /// The names of all its devices: registers, then screens.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.register_names().chain(self.screens.iter().map(|(name, _)| name.as_str()))
    }
}

/// Which menu a register sells from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MenuChoice {
    /// The demonstration menu that the binary carries.
    Demo,
    /// A menu file; its path is already resolved against the script's folder.
    File(PathBuf),
}

/// What a printer was given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrinterView {
    /// Its jobs in order; drawer kicks are not among them.
    pub jobs: Vec<JobView>,
    /// How often it kicked the drawer.
    pub kicks: u32,
}

/// One job of a printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobView {
    /// How far it has come.
    pub state: JobState,
    /// What the paper says, or would say: one row a line.
    pub text: String,
}

/// What a script may do to a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrinterFault {
    /// Nothing answers.
    Offline,
    /// It is out of paper and says so.
    PaperOut,
    /// Its cover stands open and it says so.
    CoverOpen,
    /// It prints, and proves nothing.
    NoProof,
    /// Every job takes this long, in milliseconds.
    Slow {
        /// How long.
        millis: i64,
    },
    /// It takes this many more bytes, then nothing answers.
    DiesAfter {
        /// How many.
        bytes: u64,
    },
    /// It is well again.
    Clear,
}

/// What a script may do to the machine below a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MachineChange {
    /// Somebody, or nobody, sets its clock.
    Clock(Timestamp),
    /// So many bytes are free on its disk.
    DiskFree(u64),
    /// From now on backups fail, and say why.
    BackupFails(String),
    /// Backups succeed again.
    BackupWorks,
}

impl fmt::Display for MachineChange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MachineChange::Clock(at) => write!(out, "Set clock {}", at.rfc3339()),
            MachineChange::DiskFree(bytes) => write!(out, "Disk {}M", bytes >> 20),
            MachineChange::BackupFails(why) => write!(out, "Backup fails {}", super::scenario::quoted(why)),
            MachineChange::BackupWorks => out.write_str("Backup works"),
        }
    }
}

impl fmt::Display for PrinterFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrinterFault::Offline => out.write_str("offline"),
            PrinterFault::PaperOut => out.write_str("paper-out"),
            PrinterFault::CoverOpen => out.write_str("cover-open"),
            PrinterFault::NoProof => out.write_str("no-proof"),
            PrinterFault::Slow { millis } => write!(out, "slow {millis}ms"),
            PrinterFault::DiesAfter { bytes } => write!(out, "dies-after {bytes}-bytes"),
            PrinterFault::Clear => out.write_str("clear"),
        }
    }
}

/// Why a stage could not do what the script asked.
#[derive(Debug, thiserror::Error)]
pub enum StageFault {
    /// The house has no such printer.
    #[error("there is no printer {name}; the printers are: {}", listed(.known))]
    NoPrinter {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// There is no such register or screen.
    #[error("there is no register or screen {name}; there are: {}", listed(.known))]
    NoRegister {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The scenario has no server.
    #[error("this scenario has no server; write Use server before the first thing that happens")]
    NoServer,
    /// The program was built without one.
    #[error("this comanda was built without its server, which Use server needs; build it with the feature `server`")]
    WithoutServer,
    /// What is asked of the server cannot be done.
    #[error("{0}")]
    Undoable(String),
    /// The register has quit by itself.
    #[error("the register has quit; nothing takes keys any more")]
    Quit,
    /// No terminal sends this key.
    #[error("a terminal cannot send {key}: it would arrive as {other}; press another key, or play without --pty")]
    NoSuchKey {
        /// The key.
        key: String,
        /// What it would be taken for.
        other: String,
    },
    /// The register goes on and on.
    #[error("the register did not settle: after {rounds} rounds there was still something due")]
    Restless {
        /// How often it was asked.
        rounds: u32,
    },
    /// The world around the register failed.
    #[error("{doing} failed: {source}")]
    World {
        /// What was being done.
        doing: String,
        /// Why it failed.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StageFault {
    /// A fault of the world: what was being done, and why it failed.
    pub(super) fn world(doing: impl Into<String>, source: impl Error + Send + Sync + 'static) -> StageFault {
        StageFault::World { doing: doing.into(), source: Box::new(source) }
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
