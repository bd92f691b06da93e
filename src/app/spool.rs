//! Print jobs on their way: from the row in the spool to the printer and back. The spooler decides, this does.

use super::counter::Counter;
use super::{Effect, Settings};
use crate::domain::Timestamp;
use crate::domain::journal::Entry;
use crate::domain::slip::{Destination, JobState, PrintJob, Slip};
use crate::printing::{Drawer, JobChange, Marks, Outcome, Printer, Step, encode, layout, spooler};
use crate::store::{Durability, Fault, Progress, Tx};
use crate::tui::status::{PrinterCondition, PrinterStatus};

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
}

impl Spool {
    pub fn new(settings: &Settings) -> Spool {
        Spool { settings: settings.clone(), in_hand: Vec::new(), waits_until: None }
    }

    pub fn is_settled(&self) -> bool {
        self.in_hand.is_empty()
    }

    pub fn waits_until(&self) -> Option<Timestamp> {
        self.waits_until
    }

    /// Puts a slip in the queue of the printer that serves its paper. Without a drawer there is nothing to kick.
    pub fn queue(&self, tx: &Tx<'_>, now: Timestamp, to: &Destination, slip: &Slip) -> Result<(), Fault> {
        let Some(printer) = self.settings.printer_for(to) else { return Ok(()) };
        if *slip == Slip::DrawerKick && printer.drawer == Drawer::None {
            return Ok(());
        }
        tx.spool_add(&printer.name, slip, now).map(|_| ())
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
                if job.state == JobState::Sending || power_was_cut {
                    note(tx, &job, job.attempts, spooler::recover(&job), now)?;
                }
                // A printer that is no longer configured would keep its jobs for ever.
                let known = settings.printers.iter().any(|printer| printer.name == job.printer);
                let register = settings.printer_for(&Destination::Register);
                if let Some(register) = register.filter(|_| !known && job.state != JobState::Sending) {
                    tx.spool_move(job.job_id, &register.name)?;
                }
            }
            tx.set_boot_id(&boot_id)
        })
    }

    /// Hands every idle printer its next job.
    pub fn pump(&mut self, counter: &mut Counter, now: Timestamp, effects: &mut Vec<Effect>) -> Result<(), Fault> {
        self.waits_until = None;
        self.note_outcomes(counter, now)?;
        let mut changed = false;
        for printer in &self.settings.printers.clone() {
            loop {
                let in_flight = self.in_hand.iter().any(|it| it.printer == printer.name);
                let head = counter.store.reader().spool_head(&printer.name)?;
                match (spooler::next(head.as_ref(), now, in_flight), head) {
                    (Step::Idle, _) | (_, None) => break,
                    (Step::Wait(until), Some(_)) => {
                        self.waits_until = Some(self.waits_until.map_or(until, |other| other.min(until)));
                        break;
                    }
                    (Step::GiveUp(change), Some(job)) => {
                        let attempts = job.attempts;
                        counter.store.write(Durability::Draft, |tx| note(tx, &job, attempts, change, now))?;
                        changed = true;
                    }
                    (Step::Send, Some(job)) => {
                        let sending = JobChange {
                            state: JobState::Sending,
                            duplicate: job.duplicate,
                            not_before: None,
                            last_error: job.last_error.clone(),
                        };
                        let attempts = job.attempts + 1;
                        counter.store.write(Durability::Draft, |tx| note(tx, &job, attempts, sending, now))?;
                        let bytes = self.bytes(&job, printer);
                        effects.push(Effect::Print { printer: printer.name.clone(), job: job.job_id, bytes });
                        self.in_hand.push(InHand { printer: printer.name.clone(), job_id: job.job_id, outcome: None });
                        changed = true;
                        break;
                    }
                }
            }
        }
        if changed { self.summarise(counter) } else { Ok(()) }
    }

    /// A job as bytes, with the banner of a station whose own printer this is not.
    fn bytes(&self, job: &PrintJob, printer: &Printer) -> Vec<u8> {
        let marks = Marks::of(job);
        let marks = match &job.slip {
            Slip::Ticket(ticket) => {
                let own = self.settings.routes.get(&Destination::Station(ticket.station.clone()));
                if own == Some(&printer.name) { marks } else { marks.for_station(ticket.station.as_str()) }
            }
            Slip::Receipt(_) | Slip::DrawerKick => marks,
        };
        encode(&layout(&job.slip, printer, &marks), printer)
    }

    /// Takes a printer's answer. One for a job that is not in that printer's hand is none of ours.
    pub fn printed(&mut self, printer: &str, job_id: i64, outcome: Outcome) {
        if let Some(in_hand) = self.in_hand.iter_mut().find(|it| it.printer == printer && it.job_id == job_id) {
            in_hand.outcome = Some(outcome);
        }
    }

    /// Writes down how jobs ended. What cannot be written stays in hand and is written later: it is not printed again
    /// behind our back.
    fn note_outcomes(&mut self, counter: &mut Counter, now: Timestamp) -> Result<(), Fault> {
        while let Some(at) = self.in_hand.iter().position(|it| it.outcome.is_some()) {
            let InHand { job_id, outcome, .. } = &self.in_hand[at];
            let outcome = outcome.as_ref().expect("one with an outcome was looked for");
            let noted = counter.store.reader().spool_job(*job_id).and_then(|job| {
                let Some(job) = job else { return Ok(()) };
                let change = spooler::after(&job, outcome, now);
                counter.store.write(Durability::Draft, |tx| note(tx, &job, job.attempts, change, now))
            });
            if noted.is_err() {
                self.waits_until = Some(now.plus_millis(NOTE_AGAIN_MS));
                return noted;
            }
            self.in_hand.remove(at);
            self.summarise(counter)?;
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
        self.summarise(counter)
    }

    /// Takes note of a job that was given up.
    pub fn dismiss_job(&mut self, counter: &mut Counter, now: Timestamp, job_id: i64) -> Result<(), Fault> {
        let who = counter.staff.as_ref().map(|staff| staff.name.clone());
        counter.store.write(Durability::Draft, |tx| -> Result<(), Fault> {
            tx.spool_dismiss(job_id, now)?;
            tx.append(now, who.as_deref(), &Entry::new("dismiss_job", None).with("job_id", job_id)).map(|_| ())
        })?;
        self.summarise(counter)
    }

    /// Says on the status bar how each printer stands.
    pub fn summarise(&self, counter: &mut Counter) -> Result<(), Fault> {
        let reader = counter.store.reader();
        let mut printers = Vec::new();
        for printer in &self.settings.printers {
            let name = printer.name.clone();
            let waiting = reader.spool_waiting(&name)?;
            let error = reader.spool_head(&name)?.and_then(|job| job.last_error);
            let condition = match (waiting, error) {
                (0, _) => PrinterCondition::Ready,
                (waiting, None) => PrinterCondition::Busy(waiting),
                (waiting, Some(reason)) => PrinterCondition::Down { waiting, reason },
            };
            printers.push(PrinterStatus { failed: reader.spool_failed(&name)?, name, condition });
        }
        counter.status.printers = printers;
        Ok(())
    }
}

fn note(tx: &Tx<'_>, job: &PrintJob, attempts: u32, change: JobChange, now: Timestamp) -> Result<(), Fault> {
    let JobChange { state, duplicate, not_before, last_error } = change;
    tx.spool_set(job.job_id, &Progress { state, attempts, duplicate, not_before, last_error }, now)
}
