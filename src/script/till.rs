//! One register of a scenario with what stands around it: its printers, its clock, its disk and its backups. Of the
//! register itself it knows only [`Register`], so that the same things surround one in this process and the shipped
//! binary in a terminal.

use super::picture::Picture;
use super::printer::VirtualPrinter;
use super::stage::{JobView, MachineChange, PrinterFault, PrinterView, StageFault};
use crate::app::Input;
use crate::domain::Timestamp;
use crate::domain::slip::{PrintJob, Slip};
use crate::printing::Printer;
use crate::runtime::config::Config;
use crate::runtime::demo;
use crate::runtime::stage::{Asked, BACKUP_MS, CarriedCall};
use crate::tui::machine::Report;

/// How long until a backup that failed is tried again, in milliseconds.
const BACKUP_RETRY_MS: i64 = 60_000;

/// A register, as what surrounds it touches it.
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

/// A register and what stands around it. Times are true ones; its own clock may show another.
pub(super) struct Till<R> {
    /// What it is called.
    pub name: String,
    /// How often it was started: what was asked in a former life is answered to nobody.
    pub life: u32,
    register: R,
    /// How much later than it is its clock shows, in milliseconds.
    ahead_ms: i64,
    /// Where it stands: minutes east of UTC.
    offset_min: i16,
    alarm: Option<Timestamp>,
    printers: Vec<VirtualPrinter>,
    /// When the next backup is made.
    backup_due: Timestamp,
    /// Why backups fail, if they do.
    backup_fault: Option<String>,
    /// Free bytes on its disk, once the script said so.
    free_bytes: Option<u64>,
    is_down: bool,
    has_quit: bool,
}

impl<R: Register> Till<R> {
    /// A register that has just opened.
    pub(super) fn around(name: &str, register: R, now: Timestamp) -> Till<R> {
        Till {
            name: name.to_owned(),
            life: 1,
            register,
            ahead_ms: 0,
            offset_min: now.offset_min,
            alarm: None,
            printers: printers().into_iter().map(VirtualPrinter::new).collect(),
            backup_due: now,
            backup_fault: None,
            free_bytes: None,
            is_down: false,
            has_quit: false,
        }
    }

    /// Whether anything can happen to it.
    pub(super) fn lives(&self) -> bool {
        !self.is_down && !self.has_quit
    }

    /// What its clock shows.
    fn clock(&self, now: Timestamp) -> Timestamp {
        Timestamp { offset_min: self.offset_min, ..now.plus_millis(self.ahead_ms) }
    }

    /// When it is, true, that its clock shows this.
    fn true_time(&self, shown: Timestamp) -> Timestamp {
        shown.plus_millis(-self.ahead_ms)
    }

    /// Takes an input; answers with the calls that it makes.
    pub(super) fn take(&mut self, now: Timestamp, input: Input) -> Result<Vec<CarriedCall>, StageFault> {
        if !self.lives() {
            return Err(StageFault::Quit);
        }
        let asked = self.register.take(self.clock(now), input)?;
        self.heed(now, asked)
    }

    /// Does what the register asks, but for calls, which are handed on.
    pub(super) fn heed(&mut self, now: Timestamp, asked: Vec<Asked>) -> Result<Vec<CarriedCall>, StageFault> {
        let mut calls = Vec::new();
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
                Asked::Call(call) => calls.push(call),
                Asked::BackUp => self.backup_due = now,
                Asked::Alarm(at) => self.alarm = Some(self.true_time(at)),
                Asked::Quit => self.has_quit = true,
            }
        }
        Ok(calls)
    }

    /// When the next thing around it is due; none when nothing can happen to it.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        if !self.lives() {
            return None;
        }
        let printers = self.printers.iter().flat_map(|hand| [hand.probed_at(), hand.answers_at()]).flatten();
        printers.chain(self.alarm).chain([self.backup_due]).min()
    }

    /// The next thing that is due: a printer's answer, a backup, or the alarm.
    pub(super) fn next(&mut self) -> Option<Input> {
        for hand in &mut self.printers {
            if let Some(says) = hand.probed() {
                return Some(Input::Probed { printer: hand.printer.name.clone(), says });
            }
        }
        let answers = self.printers.iter().enumerate().filter_map(|(nth, hand)| Some((hand.answers_at()?, nth)));
        let answer = answers.min();
        let first = answer.map(|(when, _)| when).into_iter().chain(self.alarm).min();
        if first.is_none_or(|first| self.backup_due <= first) {
            return Some(self.back_up());
        }
        match answer {
            Some((when, nth)) if self.alarm.is_none_or(|alarm| when <= alarm) => {
                let hand = &mut self.printers[nth];
                let (job, outcome) = hand.answer()?;
                Some(Input::Printed { printer: hand.printer.name.clone(), job, outcome })
            }
            Some(_) | None => {
                self.alarm = None;
                Some(Input::Woke)
            }
        }
    }

    /// The backup that is due, and what became of it.
    fn back_up(&mut self) -> Input {
        let when = self.backup_due;
        self.backup_due = when.plus_millis(if self.backup_fault.is_some() { BACKUP_RETRY_MS } else { BACKUP_MS });
        Input::Machine(match &self.backup_fault {
            Some(why) => Report::NoBackup { why: why.clone() },
            None => Report::BackedUp { at: self.clock(when), file: "backup.db".to_owned(), same_disk: false },
        })
    }

    /// Changes something about its machine; answers with the input that comes of it.
    pub(super) fn change(&mut self, now: Timestamp, change: &MachineChange) -> Option<Input> {
        match change {
            // Nothing else moves: what waits, waits as long as before.
            MachineChange::Clock(at) => {
                self.ahead_ms = at.millis_since(now);
                self.offset_min = at.offset_min;
                return (!self.is_down).then_some(Input::Woke);
            }
            MachineChange::DiskFree(bytes) => {
                self.free_bytes = Some(*bytes);
                return Some(Input::Machine(Report::DiskFree(Ok(*bytes))));
            }
            MachineChange::BackupFails(why) => self.backup_fault = Some(why.clone()),
            MachineChange::BackupWorks => self.backup_fault = None,
        }
        self.backup_due = now;
        None
    }

    /// Until when, true, an Esc of it waits.
    pub(super) fn half_a_key_until(&self) -> Option<Timestamp> {
        self.register.half_a_key_until().filter(|_| self.lives()).map(|until| self.true_time(until))
    }

    pub(super) fn picture(&mut self) -> Picture {
        self.register.picture()
    }

    /// Breaks a printer, or mends it.
    pub(super) fn fault(&mut self, name: &str, fault: PrinterFault) -> Result<(), StageFault> {
        self.hand(name)?.mend_or_break(fault);
        Ok(())
    }

    /// What a printer was given.
    pub(super) fn printer(&mut self, name: &str) -> Result<PrinterView, StageFault> {
        self.hand(name)?;
        let jobs = self.register.jobs()?;
        let hand = self.hand(name)?;
        let ours = jobs.into_iter().filter(|job| job.printer == name && job.slip != Slip::DrawerKick);
        let jobs = ours.map(|job| JobView { text: hand.text_of(&job), state: job.state }).collect();
        Ok(PrinterView { jobs, kicks: hand.kicks })
    }

    fn hand(&mut self, name: &str) -> Result<&mut VirtualPrinter, StageFault> {
        let known = self.printers.iter().map(|it| it.printer.name.clone()).collect();
        let found = self.printers.iter_mut().find(|it| it.printer.name == name);
        found.ok_or_else(|| StageFault::NoPrinter { name: name.to_owned(), known })
    }

    pub(super) fn crash(&mut self) -> Result<(), StageFault> {
        self.register.crash()?;
        self.is_down = true;
        self.alarm = None;
        self.printers.iter_mut().for_each(VirtualPrinter::hang_up);
        Ok(())
    }

    /// Starts it again; answers with the calls that it makes.
    pub(super) fn restart(&mut self, now: Timestamp) -> Result<Vec<CarriedCall>, StageFault> {
        self.life += 1;
        let asked = self.register.restart(self.clock(now))?;
        self.is_down = false;
        self.backup_due = now;
        let mut calls = self.heed(now, asked)?;
        if let Some(free) = self.free_bytes {
            calls.extend(self.take(now, Input::Machine(Report::DiskFree(Ok(free))))?);
        }
        Ok(calls)
    }
}

/// The printers of every register.
fn printers() -> Vec<Printer> {
    Config::usual(demo::house()).printers.into_iter().map(|printer| printer.printer).collect()
}
