//! Print jobs on their way: from the row in the spool to the printer and back. The spooler decides, this does.

use super::counter::Counter;
use super::{Effect, Settings};
use crate::domain::Timestamp;
use crate::domain::journal::Entry;
use crate::domain::planted::{Defect, is_planted};
use crate::domain::slip::{Destination, JobState, PrintJob, Slip};
use crate::printing::substitutes::{Health, may_move, stand_in};
use crate::printing::{Drawer, JobChange, Load, Marks, Outcome, Printer, Step, Trouble, encode, layout, spooler};
use crate::store::{Durability, Fault, Progress, Tx};
use crate::tui::status::{PrinterCondition, PrinterStatus};
use std::collections::{BTreeMap, BTreeSet};

/// How long to wait before an outcome that could not be written is written again, in milliseconds.
const NOTE_AGAIN_MS: i64 = 1_000;

/// A job that was handed to a printer.
#[derive(Debug)]
struct InHand {
    printer: String,
    job_id: i64,
    /// How it ended, once the printer has said so, until the store has taken note of it.
    outcome: Option<Outcome>,
}

/// Every printer, and what it has in hand.
#[derive(Debug)]
pub(super) struct Spool {
    settings: Settings,
    in_hand: Vec<InHand>,
    waits_until: Option<Timestamp>,
    /// How each printer's last attempts ended.
    health: BTreeMap<String, Health>,
    /// Printers that somebody has stopped; a restart starts them again, so that none is forgotten.
    paused: BTreeSet<String>,
    /// Old jobs that somebody wants all the same.
    agreed: BTreeSet<i64>,
    /// How many jobs of each printer ask, as the status bar says it.
    asking: BTreeMap<String, usize>,
}

impl Spool {
    pub fn new(settings: &Settings) -> Spool {
        Spool {
            settings: settings.clone(),
            in_hand: Vec::new(),
            waits_until: None,
            health: BTreeMap::new(),
            paused: BTreeSet::new(),
            agreed: BTreeSet::new(),
            asking: BTreeMap::new(),
        }
    }

    pub fn is_settled(&self) -> bool {
        self.in_hand.is_empty()
    }

    pub fn waits_until(&self) -> Option<Timestamp> {
        self.waits_until
    }

    /// Printers that are not there have no queue: a sentence that says which there are.
    pub fn knows(&self, names: &[String]) -> Result<(), String> {
        let known: Vec<&str> = self.settings.printers.iter().map(|printer| printer.name.as_str()).collect();
        let unknown = names.iter().find(|name| !known.contains(&name.as_str()));
        unknown.map_or(Ok(()), |name| {
            Err(format!(
                "the register knows no printer {name:?} (it reads its configuration at start), but {}",
                known.join(", ")
            ))
        })
    }

    /// Puts a slip in the queue of the printer that serves its paper, and gives its job. Without a drawer there is
    /// nothing to kick.
    pub fn queue(&self, tx: &Tx<'_>, now: Timestamp, to: &Destination, slip: &Slip) -> Result<Option<i64>, Fault> {
        let Some(printer) = self.settings.printer_for(to) else { return Ok(None) };
        if *slip == Slip::DrawerKick && printer.drawer == Drawer::None {
            return Ok(None);
        }
        tx.spool_add(&printer.name, slip, now).map(Some)
    }

    /// After a start: jobs that were cut off may be on paper already. After a power cut even the mark that says so may
    /// be lost, so then every job that waits may be.
    pub fn recover(&mut self, counter: &mut Counter, now: Timestamp) -> Result<(), Fault> {
        let boot_id = self.settings.boot_id.clone();
        let Counter { store, settings, .. } = counter;
        store.write(Durability::Synced, |tx| -> Result<(), Fault> {
            let before = tx.boot_id()?;
            let power_was_cut = before.is_some_and(|before| before != boot_id);
            for job in tx.spool_unfinished()? {
                let mut waits = true;
                if job.state == JobState::Sending || power_was_cut {
                    let change = spooler::recover(&job);
                    waits = change.state == JobState::Queued;
                    note(tx, &job, job.attempts, change, now)?;
                }
                // A printer that is no longer configured would keep its jobs for ever.
                let known = settings.printers.iter().any(|printer| printer.name == job.printer);
                let register = settings.printer_for(&Destination::Register);
                if let Some(register) = register.filter(|_| !known && waits) {
                    tx.spool_move(job.job_id, &register.name)?;
                }
            }
            tx.set_boot_id(&boot_id)
        })
    }

    /// Hands every idle printer its next job; what a printer that is down should print goes to its substitute first.
    pub fn pump(&mut self, counter: &mut Counter, now: Timestamp, effects: &mut Vec<Effect>) -> Result<(), Fault> {
        self.waits_until = None;
        self.note_outcomes(counter, now)?;
        let mut changed = self.look_after_the_down(counter, now, effects)?;
        for printer in &self.settings.printers.clone() {
            loop {
                if self.paused.contains(&printer.name) {
                    break;
                }
                let in_flight = self.in_hand.iter().any(|it| it.printer == printer.name);
                let (head, asking) = self.whose_turn(counter, &printer.name, now)?;
                changed |= self.asking.get(&printer.name).copied().unwrap_or(0) != asking.len();
                match (spooler::next(head.as_ref(), now, in_flight), head) {
                    (Step::Idle, _) | (_, None) => break,
                    (Step::Wait(until), Some(_)) => {
                        self.wait_until(until);
                        break;
                    }
                    (Step::GiveUp(change), Some(job)) => {
                        let attempts = job.attempts;
                        counter.store.write(Durability::Draft, |tx| note(tx, &job, attempts, change, now))?;
                        changed = true;
                    }
                    (Step::Send, Some(job)) => {
                        self.send(counter, now, printer, &job, effects)?;
                        changed = true;
                        break;
                    }
                }
            }
        }
        if changed { self.summarise(counter, now) } else { Ok(()) }
    }

    fn wait_until(&mut self, until: Timestamp) {
        self.waits_until = Some(self.waits_until.map_or(until, |other| other.min(until)));
    }

    /// The job whose turn it is at a printer, and those before it that ask whether they are still wanted.
    ///
    /// The whole queue is read only when its head asks: it may be long, and this is done with every key.
    fn whose_turn(
        &self,
        counter: &Counter,
        printer: &str,
        now: Timestamp,
    ) -> Result<(Option<PrintJob>, Vec<i64>), Fault> {
        let reader = counter.store.reader();
        let head = reader.spool_head(printer)?;
        if !head.as_ref().is_some_and(|job| spooler::asks(job, &self.agreed, now)) {
            return Ok((head, Vec::new()));
        }
        let queue = reader.spool_queue(printer)?;
        let asking = queue.iter().filter(|job| spooler::asks(job, &self.agreed, now)).map(|job| job.job_id).collect();
        Ok((spooler::whose_turn(&queue, &self.agreed, now).cloned(), asking))
    }

    fn send(
        &mut self,
        counter: &mut Counter,
        now: Timestamp,
        printer: &Printer,
        job: &PrintJob,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let sending = JobChange {
            state: JobState::Sending,
            duplicate: job.duplicate,
            not_before: None,
            last_error: job.last_error.clone(),
        };
        let attempts = job.attempts + 1;
        counter.store.write(Durability::Draft, |tx| note(tx, job, attempts, sending, now))?;
        let load = Load::new(&job.slip, self.bytes(job, printer), printer.proof, job.job_id);
        effects.push(Effect::Print { printer: printer.name.clone(), job: job.job_id, load });
        self.in_hand.push(InHand { printer: printer.name.clone(), job_id: job.job_id, outcome: None });
        Ok(())
    }

    fn is_down(&self, printer: &str, now: Timestamp) -> bool {
        self.health.get(printer).is_some_and(|health| health.is_down(now))
    }

    /// Who prints the tickets of a printer that is down.
    fn stand_in(&self, printer: &str, now: Timestamp) -> Option<&str> {
        let is_out = |name: &str| self.is_down(name, now) || self.paused.contains(name);
        stand_in(printer, &self.settings.substitutes, is_out).filter(|_| self.is_down(printer, now))
    }

    /// Asks printers that are down how they are, and hands what waits for them to their substitutes.
    fn look_after_the_down(
        &mut self,
        counter: &mut Counter,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Result<bool, Fault> {
        let mut changed = false;
        for printer in &self.settings.printers.clone() {
            let name = &printer.name;
            let Some(health) = self.health.get_mut(name) else { continue };
            let Some(looks_again) = health.looks_again_at(now) else { continue };
            if looks_again > now {
                self.wait_until(looks_again);
            } else if health.is_down(now) && !self.in_hand.iter().any(|it| it.printer == *name) {
                health.asked(now);
                effects.push(Effect::Probe { printer: name.clone() });
            }
            if self.paused.contains(name) {
                continue;
            }
            let Some(to) = self.stand_in(name, now).map(str::to_owned) else { continue };
            let serves_a_station = self.settings.serves_a_station(&to);
            for job in counter.store.reader().spool_queue(name)? {
                let waits = job.state == JobState::Queued && !spooler::asks(&job, &self.agreed, now);
                if waits && may_move(&job.slip, serves_a_station) {
                    move_job(counter, now, &job, &to)?;
                    changed = true;
                }
            }
        }
        Ok(changed)
    }

    /// A job as bytes, with the banner of a station whose own printer this is not.
    fn bytes(&self, job: &PrintJob, printer: &Printer) -> Vec<u8> {
        let marks = Marks::of(job);
        let marks = match &job.slip {
            Slip::Ticket(ticket) => {
                let own = self.settings.routes.get(&Destination::Station(ticket.station.clone()));
                let is_its_own = own == Some(&printer.name) || is_planted(Defect::SubstituteUnmarked);
                if is_its_own { marks } else { marks.for_station(ticket.station.as_str()) }
            }
            Slip::Receipt(_) | Slip::Refund(_) | Slip::DrawerKick | Slip::Test(_) => marks,
        };
        encode(&layout(&job.slip, printer, &marks), printer)
    }

    /// Takes a printer's answer. One for a job that is not in that printer's hand is none of ours.
    pub fn printed(&mut self, printer: &str, job_id: i64, outcome: Outcome) {
        if let Some(in_hand) = self.in_hand.iter_mut().find(|it| it.printer == printer && it.job_id == job_id) {
            in_hand.outcome = Some(outcome);
        }
    }

    /// Takes what a printer said that was asked how it is. When it is well again, what waits need not wait longer.
    pub fn probed(
        &mut self,
        counter: &mut Counter,
        now: Timestamp,
        printer: &str,
        says: &Result<(), String>,
    ) -> Result<(), Fault> {
        let Some(health) = self.health.get_mut(printer) else { return Ok(()) };
        health.probed(says, now);
        if says.is_ok() {
            self.retry_printer(counter, now, printer)?;
        }
        self.summarise(counter, now)
    }

    /// Writes down how jobs ended. What cannot be written stays in hand and is written later: it is not printed again
    /// behind our back.
    fn note_outcomes(&mut self, counter: &mut Counter, now: Timestamp) -> Result<(), Fault> {
        while let Some(at) = self.in_hand.iter().position(|it| it.outcome.is_some()) {
            let InHand { job_id, outcome, .. } = &self.in_hand[at];
            let outcome = outcome.as_ref().expect("one with an outcome was looked for");
            let health = self.health.entry(self.in_hand[at].printer.clone()).or_default();
            let noted = counter.store.reader().spool_job(*job_id).and_then(|job| {
                let Some(job) = job else { return Ok(()) };
                let change = spooler::after(&job, outcome, now);
                counter.store.write(Durability::Draft, |tx| note(tx, &job, job.attempts, change, now))
            });
            if noted.is_err() {
                self.waits_until = Some(now.plus_millis(NOTE_AGAIN_MS));
                return noted;
            }
            health.attempted(outcome, now);
            self.in_hand.remove(at);
            self.summarise(counter, now)?;
        }
        Ok(())
    }

    /// Forgets how long a printer's first job was to wait.
    pub fn retry_printer(&mut self, counter: &mut Counter, now: Timestamp, name: &str) -> Result<(), Fault> {
        let Some(job) = counter.store.reader().spool_head(name)? else { return Ok(()) };
        if job.state != JobState::Queued {
            return Ok(());
        }
        let change = JobChange {
            state: JobState::Queued,
            duplicate: job.duplicate,
            not_before: None,
            last_error: job.last_error.clone(),
        };
        counter.store.write(Durability::Draft, |tx| note(tx, &job, job.attempts, change, now))
    }

    /// Puts a job that was given up back in its queue. A drawer is not kicked again: that is a no-sale.
    pub fn retry_job(&mut self, counter: &mut Counter, now: Timestamp, job_id: i64) -> Result<(), Fault> {
        let Some(job) = counter.store.reader().spool_job(job_id)? else { return Ok(()) };
        if job.state != JobState::Failed || job.slip == Slip::DrawerKick {
            return Ok(());
        }
        let change = JobChange { state: JobState::Queued, duplicate: true, not_before: None, last_error: None };
        counter.store.write(Durability::Draft, |tx| note(tx, &job, job.attempts, change, now))?;
        self.agreed.insert(job_id);
        self.summarise(counter, now)
    }

    /// Takes note that somebody wants an old job all the same.
    pub fn agree(&mut self, counter: &mut Counter, now: Timestamp, job_id: i64) -> Result<(), Fault> {
        self.agreed.insert(job_id);
        self.summarise(counter, now)
    }

    /// Stops a printer, or starts it again.
    pub fn pause(&mut self, counter: &mut Counter, now: Timestamp, name: &str) -> Result<(), Fault> {
        let starts = self.paused.contains(name);
        let entry = Entry::new(if starts { "resume_printer" } else { "pause_printer" }, None).with("printer", name);
        let who = counter.staff.as_ref().map(|staff| staff.name.clone());
        counter.store.write(Durability::Draft, |tx| tx.append(now, who.as_deref(), &entry).map(|_| ()))?;
        if starts {
            self.paused.remove(name);
        } else {
            self.paused.insert(name.to_owned());
        }
        self.summarise(counter, now)
    }

    /// Queues a job once more that was printed, marked so that nobody takes it for another; gives the copy, and says
    /// where it is printed.
    pub fn reprint(
        &mut self,
        counter: &mut Counter,
        now: Timestamp,
        job_id: i64,
    ) -> Result<Option<(i64, String)>, Fault> {
        let Some(job) = counter.store.reader().spool_job(job_id)? else { return Ok(None) };
        if !matches!(job.state, JobState::Printed | JobState::Unconfirmed) || job.slip == Slip::DrawerKick {
            return Ok(None);
        }
        let who = counter.staff.as_ref().map(|staff| staff.name.clone());
        let copy = counter.store.write(Durability::Synced, |tx| -> Result<i64, Fault> {
            let copy = tx.spool_add(&job.printer, &job.slip, now)?;
            let (state, attempts) = (JobState::Queued, 0);
            let marked = Progress { state, attempts, duplicate: true, not_before: None, last_error: None };
            tx.spool_set(copy, &marked, now)?;
            let entry = Entry::new("reprint_job", None).with("job_id", job_id).with("copy", copy);
            tx.append(now, who.as_deref(), &entry)?;
            Ok(copy)
        })?;
        self.summarise(counter, now)?;
        Ok(Some((copy, job.printer)))
    }

    /// Hands a waiting job to the next printer in the list, and says which that is.
    pub fn move_on(&mut self, counter: &mut Counter, now: Timestamp, job_id: i64) -> Result<Option<String>, Fault> {
        let Some(job) = counter.store.reader().spool_job(job_id)? else { return Ok(None) };
        let printers = &self.settings.printers;
        let at = printers.iter().position(|printer| printer.name == job.printer);
        let next = at.and_then(|at| printers.iter().cycle().nth(at + 1)).filter(|next| next.name != job.printer);
        let Some(next) = next.filter(|_| job.state == JobState::Queued).map(|next| next.name.clone()) else {
            return Ok(None);
        };
        move_job(counter, now, &job, &next)?;
        self.summarise(counter, now)?;
        Ok(Some(next))
    }

    /// Takes note of a job that was given up, or gives up one that nobody wants any more.
    pub fn dismiss_job(&mut self, counter: &mut Counter, now: Timestamp, job_id: i64) -> Result<(), Fault> {
        let who = counter.staff.as_ref().map(|staff| staff.name.clone());
        let Some(job) = counter.store.reader().spool_job(job_id)? else { return Ok(()) };
        let is_unwanted = spooler::asks(&job, &self.agreed, now);
        counter.store.write(Durability::Draft, |tx| -> Result<(), Fault> {
            if is_unwanted {
                note(tx, &job, job.attempts, spooler::unwanted(&job), now)?;
            }
            tx.spool_dismiss(job_id, now)?;
            tx.append(now, who.as_deref(), &Entry::new("dismiss_job", None).with("job_id", job_id)).map(|_| ())
        })?;
        self.summarise(counter, now)
    }

    /// Says on the status bar how each printer stands.
    pub fn summarise(&mut self, counter: &mut Counter, now: Timestamp) -> Result<(), Fault> {
        let mut printers = Vec::new();
        for printer in &self.settings.printers {
            printers.push(self.status_of(counter, now, &printer.name)?);
        }
        let asking = printers.iter().map(|it| (it.name.clone(), it.asking.len()));
        self.asking = asking.collect();
        counter.status.printers = printers;
        Ok(())
    }

    fn status_of(&self, counter: &Counter, now: Timestamp, name: &str) -> Result<PrinterStatus, Fault> {
        let reader = counter.store.reader();
        let (head, asking) = self.whose_turn(counter, name, now)?;
        let asked = u32::try_from(asking.len()).unwrap_or(u32::MAX);
        let waiting = reader.spool_waiting(name)?.saturating_sub(asked);
        let down = self.health.get(name).filter(|health| health.is_down(now)).and_then(Health::why);
        let error = head.as_ref().and_then(|job| job.last_error.as_deref());
        let condition = match (self.paused.contains(name), down.or(error), waiting) {
            (true, _, _) => PrinterCondition::Paused(waiting),
            (false, Some(reason), _) => match Trouble::from_words(reason) {
                Some(Trouble::PaperOut) => PrinterCondition::PaperOut(waiting),
                Some(Trouble::CoverOpen) => PrinterCondition::CoverOpen(waiting),
                Some(Trouble::Offline | Trouble::Error) | None => {
                    PrinterCondition::Down { waiting, reason: reason.to_owned() }
                }
            },
            (false, None, 0) => PrinterCondition::Ready,
            (false, None, waiting) => PrinterCondition::Busy(waiting),
        };
        Ok(PrinterStatus {
            failed: reader.spool_failed(name)?,
            stand_in: self.stand_in(name, now).map(str::to_owned),
            name: name.to_owned(),
            condition,
            asking,
        })
    }
}

/// Hands a waiting job to another printer, which tries it at once.
fn move_job(counter: &mut Counter, now: Timestamp, job: &PrintJob, to: &str) -> Result<(), Fault> {
    let fresh = JobChange { state: job.state, duplicate: job.duplicate, not_before: None, last_error: None };
    counter.store.write(Durability::Draft, |tx| -> Result<(), Fault> {
        note(tx, job, job.attempts, fresh, now)?;
        tx.spool_move(job.job_id, to)
    })
}

fn note(tx: &Tx<'_>, job: &PrintJob, attempts: u32, change: JobChange, now: Timestamp) -> Result<(), Fault> {
    let JobChange { state, duplicate, not_before, last_error } = change;
    tx.spool_set(job.job_id, &Progress { state, attempts, duplicate, not_before, last_error }, now)
}
