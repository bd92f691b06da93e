//! The world around a register that a script plays: a clock that stands still and printers that are paper in memory. Of
//! the register itself it knows only [`Register`], so that the same world surrounds one in this process and the shipped
//! binary in a terminal.

use super::picture::Picture;
use super::printer::VirtualPrinter;
use super::stage::{JobView, MachineChange, MenuChoice, PrinterFault, PrinterView, Setting, Stage, StageFault};
use crate::app::Input;
use crate::domain::id::Entropy;
use crate::domain::slip::{PrintJob, Slip};
use crate::domain::{House, Menu, Timestamp};
use crate::printing::Printer;
use crate::runtime::stage::{Asked, BACKUP_MS};
use crate::runtime::{config::Config, demo};
use crate::store::Store;
use crate::tui::keys;
use crate::tui::machine::Report;
use std::fs;
use std::sync::{Mutex, PoisonError};

/// How often a register may be asked to settle before it counts as restless.
const ROUNDS_MAX: u32 = 10_000;
/// How long until a backup that failed is tried again, in milliseconds.
const BACKUP_RETRY_MS: i64 = 60_000;

/// A register, as the world touches it.
pub(super) trait Register {
    /// Takes one input at this time, draws, and says what it asks of the world.
    fn take(&mut self, now: Timestamp, input: Input) -> Result<Vec<Asked>, StageFault>;

    /// Until when an Esc waits for the digit that would make it a function key, if one does.
    fn half_a_key_until(&self) -> Option<Timestamp>;

    /// The screen as it was last drawn.
    fn picture(&mut self) -> Picture;

    /// Its print jobs as its store holds them, the oldest first; also while it lies crashed.
    fn jobs(&self) -> Result<Vec<PrintJob>, StageFault>;

    /// Pulls the plug.
    fn crash(&mut self) -> Result<(), StageFault>;

    /// Starts on what the disk holds, and says what it asks of the world.
    fn restart(&mut self, now: Timestamp) -> Result<Vec<Asked>, StageFault>;
}

/// A register and the world around it.
pub(super) struct World<R> {
    register: R,
    now: Timestamp,
    alarm: Option<Timestamp>,
    printers: Vec<VirtualPrinter>,
    /// When the next backup is made.
    backup_due: Timestamp,
    /// Why backups fail, if they do.
    backup_fault: Option<String>,
    /// Free bytes on its disk, once the script said so.
    free_bytes: Option<u64>,
    picture: Picture,
    is_down: bool,
    has_quit: bool,
}

impl<R: Register> World<R> {
    /// A register that has just opened, and what it asked for while it did.
    pub(super) fn around(register: R, asked: Vec<Asked>, setting: &Setting) -> Result<World<R>, StageFault> {
        let mut world = World {
            register,
            now: setting.clock,
            alarm: None,
            printers: printers().into_iter().map(VirtualPrinter::new).collect(),
            backup_due: setting.clock,
            backup_fault: None,
            free_bytes: None,
            picture: Picture::default(),
            is_down: false,
            has_quit: false,
        };
        world.heed(asked)?;
        world.settle()?;
        Ok(world)
    }

    fn take(&mut self, input: Input) -> Result<(), StageFault> {
        if self.is_down || self.has_quit {
            return Err(StageFault::Quit);
        }
        let asked = self.register.take(self.now, input)?;
        self.heed(asked)
    }

    /// Does what the register asks.
    fn heed(&mut self, asked: Vec<Asked>) -> Result<(), StageFault> {
        let now = self.now;
        for asked in asked {
            match asked {
                Asked::Probe { printer } => {
                    self.printers.iter_mut().filter(|it| it.printer.name == printer).for_each(|it| it.probe(now));
                }
                Asked::Print { printer, job, bytes } => {
                    if let Some(hand) = self.printers.iter_mut().find(|it| it.printer.name == printer) {
                        hand.print(now, job, &bytes)?;
                    }
                }
                Asked::BackUp => self.backup_due = now,
                Asked::Alarm(at) => self.alarm = Some(at),
                Asked::Quit => self.has_quit = true,
            }
        }
        Ok(())
    }

    /// The next thing that is due by `until`: a printer's answer, or the alarm.
    fn due(&mut self, until: Timestamp) -> Option<(Timestamp, Input)> {
        for hand in &mut self.printers {
            if let Some((when, says)) = hand.probed() {
                return Some((when, Input::Probed { printer: hand.printer.name.clone(), says }));
            }
        }
        let answers = self.printers.iter().enumerate().filter_map(|(nth, hand)| Some((hand.answers_at()?, nth)));
        let answer = answers.min().filter(|(when, _)| *when <= until);
        let alarm = self.alarm.filter(|at| *at <= until);
        let first = [answer.map(|(when, _)| when), alarm].into_iter().flatten().fold(until, Timestamp::min);
        if self.backup_due <= first {
            return Some(self.back_up());
        }
        match (answer, alarm) {
            (Some((when, nth)), alarm) if alarm.is_none_or(|alarm| when <= alarm) => {
                let hand = &mut self.printers[nth];
                let (job, outcome) = hand.answer()?;
                Some((when, Input::Printed { printer: hand.printer.name.clone(), job, outcome }))
            }
            (_, Some(alarm)) => {
                self.alarm = None;
                Some((alarm, Input::Woke))
            }
            (_, None) => None,
        }
    }

    /// The backup that is due, and what became of it.
    fn back_up(&mut self) -> (Timestamp, Input) {
        let when = self.backup_due;
        self.backup_due = when.plus_millis(if self.backup_fault.is_some() { BACKUP_RETRY_MS } else { BACKUP_MS });
        let report = match &self.backup_fault {
            Some(why) => Report::NoBackup { why: why.clone() },
            None => Report::BackedUp { at: when, file: "backup.db".to_owned(), same_disk: false },
        };
        (when, Input::Machine(report))
    }

    /// A clock that is set moves nothing else: what waits, waits as long as before.
    fn set_clock(&mut self, at: Timestamp) -> Result<(), StageFault> {
        let leap = at.millis_since(self.now);
        self.now = at;
        self.backup_due = self.backup_due.plus_millis(leap);
        self.alarm = self.alarm.map(|alarm| alarm.plus_millis(leap));
        self.printers.iter_mut().for_each(|hand| hand.leap(leap));
        if self.is_down { Ok(()) } else { self.take(Input::Woke) }
    }

    /// Delivers everything due by `until`, each at its time.
    fn live_until(&mut self, until: Timestamp) -> Result<(), StageFault> {
        for _ in 0..ROUNDS_MAX {
            if self.is_down || self.has_quit {
                self.now = self.now.max(until);
                return Ok(());
            }
            let Some((when, input)) = self.due(until) else {
                self.now = self.now.max(until);
                return Ok(());
            };
            self.now = self.now.max(when);
            self.take(input)?;
        }
        Err(StageFault::Restless { rounds: ROUNDS_MAX })
    }

    fn hand(&mut self, name: &str) -> Result<&mut VirtualPrinter, StageFault> {
        let known = self.printers.iter().map(|it| it.printer.name.clone()).collect();
        let found = self.printers.iter_mut().find(|it| it.printer.name == name);
        found.ok_or_else(|| StageFault::NoPrinter { name: name.to_owned(), known })
    }
}

impl<R: Register> Stage for World<R> {
    fn key(&mut self, key: keys::Key) -> Result<(), StageFault> {
        self.take(Input::Key(key))
    }

    fn down(&mut self, column: u16, row: u16) -> Result<(), StageFault> {
        self.take(Input::Down { column, row })
    }

    fn up(&mut self, column: u16, row: u16) -> Result<(), StageFault> {
        self.take(Input::Up { column, row })
    }

    fn resize(&mut self, columns: u16, rows: u16) -> Result<(), StageFault> {
        self.take(Input::Resized { columns, rows })
    }

    fn advance(&mut self, millis: i64) -> Result<(), StageFault> {
        self.live_until(self.now.plus_millis(millis))
    }

    /// An Esc that waits for its digit is waited for: the one thing here that lets time pass.
    fn settle(&mut self) -> Result<(), StageFault> {
        self.live_until(self.now)?;
        if let Some(until) = self.register.half_a_key_until() {
            self.live_until(until)?;
        }
        self.picture = self.register.picture();
        Ok(())
    }

    fn screen(&self) -> Picture {
        self.picture.clone()
    }

    fn printer(&mut self, name: &str) -> Result<PrinterView, StageFault> {
        self.hand(name)?;
        let jobs = self.register.jobs()?;
        let hand = self.hand(name)?;
        let ours = jobs.into_iter().filter(|job| job.printer == name && job.slip != Slip::DrawerKick);
        let jobs = ours.map(|job| JobView { text: hand.text_of(&job), state: job.state }).collect();
        Ok(PrinterView { jobs, kicks: hand.kicks })
    }

    fn fault(&mut self, name: &str, fault: PrinterFault) -> Result<(), StageFault> {
        self.hand(name)?.mend_or_break(fault);
        Ok(())
    }

    fn machine(&mut self, change: &MachineChange) -> Result<(), StageFault> {
        match change {
            MachineChange::Clock(at) => return self.set_clock(*at),
            MachineChange::DiskFree(bytes) => {
                self.free_bytes = Some(*bytes);
                return self.take(Input::Machine(Report::DiskFree(Ok(*bytes))));
            }
            MachineChange::BackupFails(why) => self.backup_fault = Some(why.clone()),
            MachineChange::BackupWorks => self.backup_fault = None,
        }
        self.backup_due = self.now;
        Ok(())
    }

    fn crash(&mut self) -> Result<(), StageFault> {
        self.register.crash()?;
        self.is_down = true;
        self.printers.iter_mut().for_each(VirtualPrinter::hang_up);
        Ok(())
    }

    fn restart(&mut self) -> Result<(), StageFault> {
        let asked = self.register.restart(self.now)?;
        self.is_down = false;
        self.backup_due = self.now;
        self.heed(asked)?;
        if let Some(free) = self.free_bytes {
            self.take(Input::Machine(Report::DiskFree(Ok(free))))?;
        }
        self.settle()
    }
}

/// Puts menu and staff into a fresh store. The dice of stages give every store the same salt, so that the PINs need be
/// hashed only once.
pub(super) fn furnish(store: &mut Store, setting: &Setting, entropy: &mut Entropy) -> Result<(), StageFault> {
    static KNOWN: Mutex<Option<([u8; 16], Vec<String>)>> = Mutex::new(None);
    let doing = "furnishing the store";
    let salt = store.reader().pin_salt().map_err(|fault| StageFault::world(doing, fault))?;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let hashes = match known.take().filter(|(of, _)| *of == salt) {
        Some((_, hashes)) => hashes,
        None => demo::pin_hashes(&salt).map_err(|fault| StageFault::world(doing, fault))?,
    };
    *known = Some((salt, hashes.clone()));
    drop(known);
    demo::furnish_with(store, &menu_of(&setting.menu)?, &hashes, setting.clock, entropy)
        .map_err(|fault| StageFault::world(doing, fault))
}

/// What is sold.
fn menu_of(choice: &MenuChoice) -> Result<Menu, StageFault> {
    match choice {
        MenuChoice::Demo => demo::menu().map_err(|fault| StageFault::world("reading the demonstration's menu", fault)),
        MenuChoice::File(path) => {
            let doing = || format!("reading the menu {}", path.display());
            let text = fs::read_to_string(path).map_err(|source| StageFault::world(doing(), source))?;
            crate::document::menu::read(&text).map_err(|flaws| {
                let all: Vec<String> = flaws.iter().map(ToString::to_string).collect();
                StageFault::world(doing(), std::io::Error::other(all.join("; ")))
            })
        }
    }
}

/// The rules of the house: the demonstration's, but for what the script sets.
pub(super) fn house_of(setting: &Setting) -> House {
    let demo = demo::house();
    House {
        receipt: setting.receipt.unwrap_or(demo.receipt),
        cash_step: setting.cash_step.or(demo.cash_step),
        idle_lock_ms: setting.idle_lock_ms.unwrap_or(demo.idle_lock_ms),
        ..demo
    }
}

/// The printers of every stage.
fn printers() -> Vec<Printer> {
    Config::usual(demo::house()).printers.into_iter().map(|printer| printer.printer).collect()
}
