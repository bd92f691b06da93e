//! Printers: how each stands, and the jobs that were printed, wait, or were given up.

use crate::domain::slip::{JobState, PrintJob, Slip, TicketKind};
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::status::PrinterCondition;
use crate::tui::widgets::scrolled;
use crate::tui::{Action, Desk, Errand, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// Most jobs that are read for the list.
const JOBS_MAX: u32 = 100;

/// The printers and their jobs.
#[derive(Debug, Default)]
pub struct Printers {
    chosen: usize,
}

impl Printers {
    fn jobs(desk: &Desk) -> Result<Vec<PrintJob>, String> {
        desk.reader.spool_recent(JOBS_MAX).map_err(|fault| fault.to_string())
    }
}

impl Screen for Printers {
    const NAME: &'static str = "printers";
    const HELP: &'static [&'static str] = &[
        "The list shows the latest print jobs first. Enter tries a job's printer again now;",
        "a job that was given up (failed) is put back in its queue, with the mark DUPLICATE?.",
        "Delete takes note of a job that was given up, so that the status bar shows it no more.",
    ];

    fn keys(&self, _desk: &Desk) -> Vec<FootKey> {
        vec![
            (Key::Enter, "Try again"),
            (Key::Delete, "Dismiss"),
            (Key::Up, "One up"),
            (Key::Down, "One down"),
            (Key::Esc, "Back"),
        ]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        let jobs = match Self::jobs(desk) {
            Ok(jobs) => jobs,
            Err(says) => return if action == Action::Press(Key::Esc) { Then::Close } else { Then::Say(says) },
        };
        let last = jobs.len().saturating_sub(1);
        match action {
            Action::Press(Key::Esc) => return Then::Close,
            Action::Press(Key::Up) => self.chosen = self.chosen.min(last).saturating_sub(1),
            Action::Press(Key::Down) => self.chosen = (self.chosen + 1).min(last),
            Action::Row(nth) => self.chosen = nth,
            Action::Press(Key::Enter) => {
                let Some(job) = jobs.get(self.chosen.min(last)) else { return Then::Stay };
                return match job.state {
                    JobState::Failed if job.slip == Slip::DrawerKick => {
                        Then::Say("A drawer does not open later by itself: F10 opens it".into())
                    }
                    JobState::Failed => Then::Errand(Errand::RetryJob { job_id: job.job_id }),
                    JobState::Queued => Then::Errand(Errand::RetryPrinter { name: job.printer.clone() }),
                    JobState::Sending => Then::Say("That job is being printed now".into()),
                    JobState::Printed | JobState::Unconfirmed => {
                        Then::Say("That job was printed: F2, Tab prints a receipt again".into())
                    }
                };
            }
            Action::Press(Key::Delete) => {
                return match jobs.get(self.chosen.min(last)) {
                    Some(job) if job.state == JobState::Failed => {
                        Then::Errand(Errand::DismissJob { job_id: job.job_id })
                    }
                    Some(_) | None => Then::Say("Only a job that was given up can be dismissed".into()),
                };
            }
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) => {}
        }
        Then::Stay
    }

    fn done(&mut self, _desk: &Desk) -> Then {
        Then::Stay
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        let theme = canvas.theme;
        canvas.region("printers", area);
        let inside = canvas.frame(area, "Printers", theme.faint);
        let mut row = inside.y;
        for printer in &desk.status.printers {
            let says = match &printer.condition {
                PrinterCondition::Ready => "ready".to_owned(),
                PrinterCondition::Busy(waiting) => format!("printing, {waiting} to go"),
                PrinterCondition::Down { waiting, reason } => format!("{waiting} waiting: {reason}"),
            };
            canvas.text(inside.x + 1, row, inside.width - 2, &format!("{}: {says}", printer.name), theme.strong);
            row += 1;
        }
        let jobs = match Self::jobs(desk) {
            Ok(jobs) => jobs,
            Err(says) => {
                canvas.text(inside.x + 1, row, inside.width - 2, &says, theme.wrong);
                return;
            }
        };
        row += 1;
        canvas.text(inside.x + 1, row, inside.width - 1, "  Job Time  State       Printer What", theme.faint);
        row += 1;
        // The last row is for what went wrong with the chosen job, which a row of the list has no room for.
        let room = usize::from(inside.bottom().saturating_sub(row + 1));
        let chosen = self.chosen.min(jobs.len().saturating_sub(1));
        let from = scrolled(chosen, jobs.len(), room);
        for (nth, job) in jobs.iter().enumerate().skip(from).take(room) {
            let spot = Rect { y: row + (nth - from) as u16, height: 1, ..inside };
            let style = if nth == chosen { theme.chosen } else { theme.plain };
            canvas.fill(spot, style);
            canvas.text(spot.x + 1, spot.y, spot.width - 1, &words(job), style);
            canvas.target(format!("job {}", job.job_id), spot, Action::Row(nth));
        }
        if let Some(error) = jobs.get(chosen).and_then(|job| job.last_error.as_deref()) {
            let foot = Rect { y: inside.bottom() - 1, height: 1, ..inside };
            canvas.text(foot.x + 1, foot.y, foot.width - 1, error, theme.wrong);
        }
    }
}

fn words(job: &PrintJob) -> String {
    let what = match &job.slip {
        Slip::Ticket(ticket) => {
            let kind = match ticket.kind {
                TicketKind::New => "ticket",
                TicketKind::Addition => "addition",
                TicketKind::Void => "void",
                TicketKind::Change => "change",
            };
            format!("{kind} {} for {}", ticket.local_number, ticket.station)
        }
        Slip::Receipt(receipt) => format!("receipt {}", receipt.local_number),
        Slip::DrawerKick => "drawer".to_owned(),
    };
    let mark = if job.duplicate { " DUPLICATE?" } else { "" };
    format!("{:>5} {} {:<11} {:<7} {what}{mark}", job.job_id, job.queued_at.clock(), job.state.code(), job.printer)
}
