//! A printer that is paper in memory: what scripts break and mend, and what they read. Every stage has the same ones,
//! so that a script comes to the same result on each.

use super::stage::{PrinterFault, StageFault};
use crate::domain::Timestamp;
use crate::domain::slip::PrintJob;
use crate::printing::{Marks, Outcome, Paper, Printer, Trouble, layout};
use std::collections::BTreeMap;

/// A printer in memory.
pub(super) struct VirtualPrinter {
    pub printer: Printer,
    fault: PrinterFault,
    /// It broke in the middle of a job: nothing answers until it is mended.
    is_dead: bool,
    /// What lies in its tray, by job; a job that was printed twice has both sheets.
    papers: BTreeMap<i64, Paper>,
    /// How often it kicked the drawer.
    pub kicks: u32,
    /// What it will answer, and when.
    answers: Vec<(Timestamp, i64, Outcome)>,
    /// When it was asked whether it could print.
    probes: Vec<Timestamp>,
}

impl VirtualPrinter {
    /// One that is well.
    pub(super) fn new(printer: Printer) -> VirtualPrinter {
        let (papers, answers) = (BTreeMap::new(), Vec::new());
        VirtualPrinter {
            printer,
            fault: PrinterFault::Clear,
            is_dead: false,
            papers,
            kicks: 0,
            answers,
            probes: Vec::new(),
        }
    }

    /// Its fault from now on, in place of the one before.
    pub(super) fn mend_or_break(&mut self, fault: PrinterFault) {
        self.fault = fault;
        self.is_dead = false;
    }

    /// Notes that it was asked whether it could print.
    pub(super) fn probe(&mut self, now: Timestamp) {
        self.probes.push(now);
    }

    /// When it was asked, if it was.
    pub(super) fn probed_at(&self) -> Option<Timestamp> {
        self.probes.last().copied()
    }

    /// Its answer to being asked.
    pub(super) fn probed(&mut self) -> Option<Result<(), String>> {
        self.probes.pop().map(|_| self.says())
    }

    /// When it answers next.
    pub(super) fn answers_at(&self) -> Option<Timestamp> {
        self.answers.iter().map(|(when, ..)| *when).min()
    }

    /// Its next answer, with the job that it is for.
    pub(super) fn answer(&mut self) -> Option<(i64, Outcome)> {
        let first = (0..self.answers.len()).min_by_key(|at| self.answers[*at].0)?;
        let (_, job, outcome) = self.answers.remove(first);
        Some((job, outcome))
    }

    /// Nobody waits for its answers any more.
    pub(super) fn hang_up(&mut self) {
        self.answers.clear();
        self.probes.clear();
    }

    /// What keeps it from printing, as it says itself.
    fn says(&self) -> Result<(), String> {
        let refused = || Err("connection refused".to_owned());
        match self.fault {
            _ if self.is_dead => refused(),
            PrinterFault::Offline => refused(),
            PrinterFault::PaperOut => Err(Trouble::PaperOut.words().to_owned()),
            PrinterFault::CoverOpen => Err(Trouble::CoverOpen.words().to_owned()),
            PrinterFault::Slow { .. }
            | PrinterFault::NoProof
            | PrinterFault::Clear
            | PrinterFault::DiesAfter { .. } => Ok(()),
        }
    }

    /// Takes a job's bytes, as far as its fault lets it.
    pub(super) fn print(&mut self, now: Timestamp, job: i64, bytes: &[u8]) -> Result<(), StageFault> {
        if let Err(why) = self.says() {
            self.answers.push((now, job, Outcome::NotStarted(why)));
            return Ok(());
        }
        let (taken, delay_ms, outcome) = match self.fault {
            PrinterFault::Offline | PrinterFault::PaperOut | PrinterFault::CoverOpen => {
                unreachable!("it said that it takes no job")
            }
            PrinterFault::NoProof => (bytes.len(), 0, Outcome::Unconfirmed),
            PrinterFault::Slow { millis } => (bytes.len(), millis, Outcome::Printed),
            PrinterFault::Clear => (bytes.len(), 0, Outcome::Printed),
            PrinterFault::DiesAfter { bytes: left } => {
                let left = usize::try_from(left).unwrap_or(usize::MAX);
                if bytes.len() <= left {
                    self.fault = PrinterFault::DiesAfter { bytes: (left - bytes.len()) as u64 };
                    (bytes.len(), 0, Outcome::Printed)
                } else {
                    self.is_dead = true;
                    (left, 0, Outcome::Broken("the printer hung up in the middle".to_owned()))
                }
            }
        };
        if taken > 0 {
            let paper = self.papers.entry(job).or_insert_with(|| Paper::new(self.printer.columns));
            let before = paper.kicks();
            paper.feed(&bytes[..taken]).map_err(|unknown| StageFault::world("reading a print job's bytes", unknown))?;
            self.kicks += paper.kicks() - before;
        }
        self.answers.push((now.plus_millis(delay_ms), job, outcome));
        Ok(())
    }

    /// What a job looks like: on paper, or as it would.
    pub(super) fn text_of(&self, job: &PrintJob) -> String {
        match self.papers.get(&job.job_id) {
            Some(paper) => paper.text(),
            None => layout(&job.slip, &self.printer, &Marks::of(job)).to_text_on(&self.printer),
        }
    }
}
