//! Printers: how each stands, and the jobs that were printed, wait, or were given up.

use crate::domain::command::Command;
use crate::domain::slip::{JobState, PrintJob, Slip};
use crate::tui::keys::Key;
use crate::tui::paper::what;
use crate::tui::scene::Canvas;
use crate::tui::status::{PrinterCondition, PrinterStatus};
use crate::tui::widgets::{list, middle};
use crate::tui::{Action, Desk, Errand, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// Most jobs that are read for the list.
const JOBS_MAX: u32 = 100;

/// The printers and their jobs: one list, the printers above.
#[derive(Debug, Default)]
pub struct Printers {
    /// What the cursor stands on; before the first key it is the first job. Jobs come and go above it: what was looked
    /// at is what a key acts on.
    chosen: Option<Chosen>,
}

/// What the cursor stands on.
#[derive(Debug, Clone, Copy)]
enum Chosen {
    Printer(usize),
    Job(i64),
}

/// One row of the list.
enum Row<'a> {
    Printer(&'a PrinterStatus),
    Job(&'a PrintJob),
}

impl Printers {
    /// The latest jobs; before them those that are older and still want somebody, so that none goes out of sight.
    fn jobs(desk: &Desk) -> Result<Vec<PrintJob>, String> {
        let recent = desk.reader.spool_recent(JOBS_MAX).map_err(|fault| fault.to_string())?;
        let oldest = recent.last().map_or(i64::MAX, |job| job.job_id);
        let mut jobs = desk.reader.spool_wanting(JOBS_MAX).map_err(|fault| fault.to_string())?;
        jobs.retain(|job| job.job_id < oldest);
        jobs.extend(recent);
        Ok(jobs)
    }

    /// The row under the cursor, in a list of so many printers and then these jobs.
    fn chosen(&self, printers: usize, jobs: &[PrintJob]) -> usize {
        let row = match self.chosen {
            Some(Chosen::Printer(nth)) => nth,
            Some(Chosen::Job(id)) => printers + jobs.iter().position(|job| job.job_id == id).unwrap_or(0),
            None => printers,
        };
        row.min((printers + jobs.len()).saturating_sub(1))
    }

    /// Puts the cursor on a row.
    fn choose(&mut self, row: usize, printers: usize, jobs: &[PrintJob]) {
        let job = row.checked_sub(printers).and_then(|nth| jobs.get(nth));
        self.chosen = Some(job.map_or(Chosen::Printer(row), |job| Chosen::Job(job.job_id)));
    }
}

/// What Enter does with a job.
fn enter(job: &PrintJob, asks: bool) -> Then {
    match job.state {
        JobState::Queued if asks => Then::Errand(Errand::AgreeJob { job_id: job.job_id }),
        JobState::Failed if job.slip == Slip::DrawerKick => {
            Then::Say("A drawer does not open later by itself: F10 opens it".into())
        }
        JobState::Failed => Then::Errand(Errand::RetryJob { job_id: job.job_id }),
        JobState::Queued => Then::Errand(Errand::RetryPrinter { name: job.printer.clone() }),
        JobState::Sending => Then::Say("That job is being printed now".into()),
        JobState::Printed | JobState::Unconfirmed => Then::Say("That job was printed: R prints it again".into()),
    }
}

/// What R does with a job.
fn again(job: &PrintJob) -> Then {
    match (&job.slip, job.state) {
        (_, JobState::Queued | JobState::Sending | JobState::Failed) => {
            Then::Say("Only a job that was printed is printed again".into())
        }
        (Slip::DrawerKick, _) => Then::Say("A drawer is no paper: F10 opens it".into()),
        (Slip::Receipt(receipt), _) => Then::Do(Command::PrintReceipt { order: Some(receipt.order_id) }),
        (Slip::Refund(_), _) => Then::Say("A refund's slip is printed again from its order: F2, Tab, F5".into()),
        (Slip::Ticket(_) | Slip::Test(_), _) => Then::Errand(Errand::ReprintJob { job_id: job.job_id }),
    }
}

impl Screen for Printers {
    const NAME: &'static str = "printers";
    const HELP: &'static [&'static str] = &[
        "Printers stand above, then their jobs, the latest first. Enter tries a printer again now; a job that was",
        "given up (failed) is put back in its queue, with the mark DUPLICATE?. A job older than 20 minutes asks:",
        "Enter prints it, Delete drops it. Delete also takes note of a job that was given up.",
        "R prints a ticket again that was printed, with the mark DUPLICATE?, or a receipt.",
        "P stops a printer, and starts it again; starting the register starts every printer, so that none is",
        "forgotten over night. M gives a job that waits to the next printer. A printer that is down shows,",
        "behind >, which other prints its tickets.",
    ];

    fn keys(&self, _desk: &Desk) -> Vec<FootKey> {
        vec![
            (Key::Enter, "Print"),
            (Key::Delete, "Dismiss"),
            (Key::Char('P'), "Pause"),
            (Key::Char('M'), "Move job"),
            (Key::Char('R'), "Print again"),
            (Key::Up, "One up"),
            (Key::Down, "One down"),
            (Key::Esc, "Back"),
            (Key::F(1), "Help"),
        ]
    }

    fn examples(_desk: &Desk) -> Vec<Printers> {
        vec![Printers::default()]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        let jobs = match Self::jobs(desk) {
            Ok(jobs) => jobs,
            Err(says) => return if action == Action::Press(Key::Esc) { Then::Close } else { Then::Say(says) },
        };
        let printers = &desk.status.printers;
        let (chosen, rows) = (self.chosen(printers.len(), &jobs), printers.len() + jobs.len());
        let row = match printers.get(chosen) {
            Some(printer) => Row::Printer(printer),
            None => match jobs.get(chosen - printers.len()) {
                Some(job) => Row::Job(job),
                None if action == Action::Press(Key::Esc) => return Then::Close,
                None => return Then::Stay,
            },
        };
        match (action, row) {
            (Action::Press(Key::Esc), _) => Then::Close,
            (Action::Press(Key::Up), _) => {
                self.choose(chosen.saturating_sub(1), printers.len(), &jobs);
                Then::Stay
            }
            (Action::Press(Key::Down), _) => {
                self.choose((chosen + 1).min(rows - 1), printers.len(), &jobs);
                Then::Stay
            }
            (Action::Row(nth), _) => {
                self.choose(nth, printers.len(), &jobs);
                Then::Stay
            }
            (Action::Press(Key::Char('p' | 'P')), Row::Printer(printer)) => {
                Then::Errand(Errand::PausePrinter { name: printer.name.clone() })
            }
            (Action::Press(Key::Char('p' | 'P')), Row::Job(job)) => {
                Then::Errand(Errand::PausePrinter { name: job.printer.clone() })
            }
            (Action::Press(Key::Enter), Row::Printer(printer)) => {
                Then::Errand(Errand::RetryPrinter { name: printer.name.clone() })
            }
            (Action::Press(Key::Enter), Row::Job(job)) => enter(job, asks(printers, job)),
            (Action::Press(Key::Char('r' | 'R')), Row::Job(job)) => again(job),
            (Action::Press(Key::Char('r' | 'R')), Row::Printer(_)) => {
                Then::Say("Choose a job that was printed: R prints it again".into())
            }
            (Action::Press(Key::Delete), Row::Job(job)) if job.state == JobState::Failed || asks(printers, job) => {
                Then::Errand(Errand::DismissJob { job_id: job.job_id })
            }
            (Action::Press(Key::Delete), _) => Then::Say("Only a job that failed or asks can be dismissed".into()),
            (Action::Press(Key::Char('m' | 'M')), Row::Job(job)) if job.state == JobState::Queued => match job.slip {
                Slip::DrawerKick | Slip::Test(_) => Then::Say("That job is for its own printer alone".into()),
                Slip::Ticket(_) | Slip::Receipt(_) | Slip::Refund(_) => {
                    Then::Errand(Errand::MoveJob { job_id: job.job_id })
                }
            },
            (Action::Press(Key::Char('m' | 'M')), _) => Then::Say("Only a job that waits can be moved".into()),
            (Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_), _) => Then::Stay,
        }
    }

    fn done(&mut self, _desk: &Desk) -> Then {
        Then::Stay
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        let theme = canvas.theme;
        canvas.region("printers", area);
        let inside = canvas.frame(area, "Printers", theme.faint);
        let printers = &desk.status.printers;
        let jobs = Self::jobs(desk);
        let all = jobs.as_deref().unwrap_or_default();
        let (count, chosen) = (all.len(), self.chosen(printers.len(), all));
        // Printers and jobs are one list; where a row is a line, the printers stay in sight above a heading.
        let (above, below) = match canvas.touch {
            None => {
                let height = (printers.len() as u16).min(inside.height);
                let above = list(canvas, Rect { height, ..inside }, printers.len(), 0);
                let row = inside.y + height + 1;
                canvas.text(inside.x + 1, row, inside.width - 1, "  Job Time  State       Printer What", theme.faint);
                // The last row is for what went wrong with the chosen job, which a row of the list has no room for.
                let height = inside.bottom().saturating_sub(row + 2);
                let below =
                    list(canvas, Rect { y: row + 1, height, ..inside }, count, chosen.saturating_sub(printers.len()));
                (above, below.into_iter().map(|(nth, spot)| (nth + printers.len(), spot)).collect())
            }
            Some(_) => {
                let area = Rect { height: inside.height.saturating_sub(1), ..inside };
                (list(canvas, area, printers.len() + count, chosen), Vec::new())
            }
        };
        for (nth, spot) in above.into_iter().chain(below) {
            let is_chosen = nth == chosen;
            let job = nth.checked_sub(printers.len()).and_then(|nth| jobs.as_ref().ok()?.get(nth));
            let (label, says, style) = match (printers.get(nth), job) {
                (Some(printer), _) => {
                    let says = format!("{}: {}", printer.name, standing(printer));
                    (format!("printer {}", printer.name), says, theme.strong)
                }
                (None, Some(job)) => (format!("job {}", job.job_id), words(job, asks(printers, job)), theme.plain),
                (None, None) => continue,
            };
            canvas.fill(spot, if is_chosen { theme.chosen } else { theme.plain });
            let style = if is_chosen { theme.chosen } else { style };
            canvas.text(spot.x + 1, middle(spot), spot.width - 1, &says, style);
            canvas.target(label, spot, Action::Row(nth));
        }
        let job = jobs.as_ref().map(|jobs| jobs.get(chosen.wrapping_sub(printers.len())));
        let foot = match &job {
            Err(says) => says.as_str(),
            Ok(job) => job.and_then(|job| job.last_error.as_deref()).unwrap_or_default(),
        };
        canvas.text(inside.x + 1, inside.bottom() - 1, inside.width - 1, foot, theme.wrong);
    }
}

fn asks(printers: &[PrinterStatus], job: &PrintJob) -> bool {
    printers.iter().any(|printer| printer.asking.contains(&job.job_id))
}

/// How a printer stands, in words.
fn standing(printer: &PrinterStatus) -> String {
    let mut says = match &printer.condition {
        PrinterCondition::Ready => "ready".to_owned(),
        PrinterCondition::Busy(waiting) => format!("printing, {waiting} to go"),
        PrinterCondition::Paused(waiting) => format!("paused, {waiting} waiting: P starts it again"),
        PrinterCondition::PaperOut(waiting) => format!("{waiting} waiting: out of paper"),
        PrinterCondition::CoverOpen(waiting) => format!("{waiting} waiting: its cover is open"),
        PrinterCondition::Down { waiting, reason } => format!("{waiting} waiting: {reason}"),
    };
    if !printer.asking.is_empty() {
        says.push_str(&format!("; ASK {}: older than 20 minutes", printer.asking.len()));
    }
    if let Some(other) = &printer.stand_in {
        says.push_str(&format!("; its tickets go to {other}"));
    }
    says
}

fn words(job: &PrintJob, asks: bool) -> String {
    let what = what(&job.slip);
    let state = if asks { "ASK" } else { job.state.code() };
    let mark = if job.duplicate { " DUPLICATE?" } else { "" };
    format!("{:>5} {} {state:<11} {:<7} {what}{mark}", job.job_id, job.queued_at.clock(), job.printer)
}
