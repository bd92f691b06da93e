//! The status bar: one line at the foot of every screen from the first frame, and always true.

use super::scene::{Canvas, cells};
use crate::domain::Timestamp;
use ratatui::layout::Rect;

/// How this register stands to its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// No server is configured.
    LocalOnly,
}

impl Link {
    fn words(self) -> &'static str {
        match self {
            Link::LocalOnly => "Local only",
        }
    }
}

/// How a printer stands, as far as its last answer tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrinterCondition {
    /// Nothing waits.
    Ready,
    /// So many jobs are on their way.
    Busy(u32),
    /// Somebody has stopped it; so many jobs wait for it.
    Paused(u32),
    /// It has no paper; so many jobs wait for it.
    PaperOut(u32),
    /// Its cover stands open; so many jobs wait for it.
    CoverOpen(u32),
    /// It does not print; so many jobs wait for it.
    Down {
        /// How many.
        waiting: u32,
        /// What it said, or did not say.
        reason: String,
    },
}

/// One printer, as screens show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterStatus {
    /// Its name in the configuration.
    pub name: String,
    /// How it stands.
    pub condition: PrinterCondition,
    /// How many of its jobs were given up and wait for somebody to look.
    pub failed: u32,
    /// Its jobs that are so old that they ask before they are printed.
    pub asking: Vec<i64>,
    /// Who prints its tickets while it is down.
    pub stand_in: Option<String>,
}

/// All that the bar says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The link.
    pub link: Link,
    /// How many documents no server has.
    pub unsent: u32,
    /// Since when the oldest of them waits.
    pub oldest_unsent: Option<Timestamp>,
    /// Each printer.
    pub printers: Vec<PrinterStatus>,
    /// Who is logged in.
    pub staff: Option<String>,
    /// The clock stands before the day this program was built.
    pub clock_is_wrong: bool,
}

impl Status {
    /// Draws the bar into one row.
    pub fn view(&self, now: Timestamp, canvas: &mut Canvas, row: Rect) {
        let theme = canvas.theme;
        canvas.region("status", row);
        canvas.fill(row, theme.quiet);
        let clock = if self.clock_is_wrong { "CLOCK?".to_owned() } else { now.clock() };
        let who = self.staff.as_deref().unwrap_or("nobody");
        let right = format!(" {who} {clock} ");
        let right_cells = (cells(&right) as u16).min(row.width);
        let link = format!(" {} · {} unsent ", self.link.words(), self.unsent);
        let left_most = row.width - right_cells;
        let mut column = row.x + canvas.text(row.x, row.y, left_most, &link, theme.quiet);
        for printer in &self.printers {
            let (mut says, style) = match (&printer.condition, printer.asking.len(), printer.failed) {
                (PrinterCondition::Ready, 0, 0) => ("OK".to_owned(), theme.good),
                (PrinterCondition::Ready, 0, failed) => (format!("{failed} FAILED"), theme.wrong),
                (PrinterCondition::Ready, ..) => (String::new(), theme.wrong),
                (PrinterCondition::Busy(waiting), 0, _) => (format!("* {waiting}"), theme.busy),
                (PrinterCondition::Busy(waiting), ..) => (format!("* {waiting}"), theme.wrong),
                (PrinterCondition::Paused(waiting), ..) => (format!("PAUSED {waiting}"), theme.wrong),
                (PrinterCondition::PaperOut(waiting), ..) => (format!("PAPER {waiting}"), theme.wrong),
                (PrinterCondition::CoverOpen(waiting), ..) => (format!("COVER {waiting}"), theme.wrong),
                (PrinterCondition::Down { waiting, .. }, ..) => (format!("DOWN {waiting}"), theme.wrong),
            };
            if !printer.asking.is_empty() {
                says = format!("{says} ASK {}", printer.asking.len()).trim_start().to_owned();
            }
            let words = match &printer.stand_in {
                Some(other) => format!(" {} {says} > {other} ", printer.name),
                None => format!(" {} {says} ", printer.name),
            };
            let room = (row.x + left_most).saturating_sub(column);
            column += canvas.text(column, row.y, room, &words, style);
            column += canvas.text(column, row.y, (row.x + left_most).saturating_sub(column), " ", theme.quiet);
        }
        canvas.right(row.x, row.y, row.width, &right, theme.quiet);
    }
}
