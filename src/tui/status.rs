//! The status bar: one line at the foot of every screen from the first frame, and always true.

use super::scene::{Canvas, cells};
use super::theme::Theme;
use crate::domain::Timestamp;
use ratatui::layout::Rect;
use ratatui::style::Style;

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
}

impl PrinterStatus {
    fn words(&self, theme: Theme) -> (String, Style) {
        let name = &self.name;
        match (&self.condition, self.failed) {
            (PrinterCondition::Ready, 0) => (format!("{name} OK"), theme.good),
            (PrinterCondition::Ready, failed) => (format!("{name} {failed} FAILED"), theme.wrong),
            (PrinterCondition::Busy(waiting), 0) => (format!("{name} * {waiting}"), theme.busy),
            (PrinterCondition::Busy(waiting), failed) => (format!("{name} * {waiting} {failed} FAILED"), theme.wrong),
            (PrinterCondition::Down { waiting, .. }, 0) => (format!("{name} DOWN {waiting}"), theme.wrong),
            (PrinterCondition::Down { waiting, .. }, failed) => {
                (format!("{name} DOWN {waiting} {failed} FAILED"), theme.wrong)
            }
        }
    }
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
        let mut said: Vec<_> = self.printers.iter().map(|printer| printer.words(theme)).collect();
        let room = (row.x + left_most).saturating_sub(column);
        let wide: usize = said.iter().map(|(words, _)| cells(words) + 3).sum();
        let is_tight = wide > usize::from(room);
        if is_tight {
            // What goes wrong comes first: the end of a narrow bar is what gets lost.
            said.sort_by_key(|(_, style)| *style == theme.good);
        }
        for (words, style) in said {
            let words = if is_tight { words } else { format!(" {words} ") };
            let room = (row.x + left_most).saturating_sub(column);
            column += canvas.text(column, row.y, room, &words, style);
            column += canvas.text(column, row.y, (row.x + left_most).saturating_sub(column), " ", theme.quiet);
        }
        canvas.right(row.x, row.y, row.width, &right, theme.quiet);
    }
}
