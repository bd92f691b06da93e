//! The status bar: one line at the foot of every screen from the first frame, and always true.

use super::link::{LineReport, LinkStatus, Told};
use super::machine::Machine;
use super::scene::{Canvas, cells, fit};
use super::theme::Theme;
use crate::domain::Timestamp;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Most cells of the name of who is logged in.
const WHO_CELLS: usize = 16;

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

impl PrinterStatus {
    fn words(&self, theme: Theme) -> (String, Style) {
        let (mut says, mut style) = match &self.condition {
            PrinterCondition::Ready => ("OK".to_owned(), theme.good),
            PrinterCondition::Busy(waiting) => (format!("* {waiting}"), theme.busy),
            PrinterCondition::Paused(waiting) => (format!("PAUSED {waiting}"), theme.wrong),
            PrinterCondition::PaperOut(waiting) => (format!("PAPER {waiting}"), theme.wrong),
            PrinterCondition::CoverOpen(waiting) => (format!("COVER {waiting}"), theme.wrong),
            PrinterCondition::Down { waiting, .. } => (format!("DOWN {waiting}"), theme.wrong),
        };
        let asking = self.asking.len();
        if self.condition == PrinterCondition::Ready && (asking > 0 || self.failed > 0) {
            says.clear();
        }
        if asking > 0 {
            says.push_str(&format!(" ASK {asking}"));
            style = theme.wrong;
        }
        if self.failed > 0 {
            says.push_str(&format!(" {} FAILED", self.failed));
            style = theme.wrong;
        }
        if let Some(other) = &self.stand_in {
            says.push_str(&format!(" > {other}"));
        }
        (format!("{} {}", self.name, says.trim_start()), style)
    }
}

/// All that the bar says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The link, and what has not gone over it.
    pub link: LinkStatus,
    /// What the sync screen says of the line besides.
    pub line: LineReport,
    /// Each printer.
    pub printers: Vec<PrinterStatus>,
    /// Who is logged in.
    pub staff: Option<String>,
    /// The machine below.
    pub machine: Machine,
}

/// How much room the printers take: all with blanks around them, all without, or the good ones counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Wide,
    Narrow,
    Counted,
}

impl PrinterStatus {
    fn is_well(&self) -> bool {
        self.condition == PrinterCondition::Ready && self.failed == 0 && self.asking.is_empty()
    }
}

impl Status {
    /// Draws the bar into one row, and answers with the cells in which it says how the link stands.
    pub fn view(&self, now: Timestamp, canvas: &mut Canvas, row: Rect) -> Rect {
        let theme = canvas.theme;
        canvas.region("status", row);
        canvas.fill(row, theme.quiet);
        let clock = if self.machine.clock.is_some() { "CLOCK?".to_owned() } else { now.clock() };
        let who = fit(self.staff.as_deref().unwrap_or("nobody"), WHO_CELLS);
        let right = format!(" {who} {clock} ");
        let (told, room) = self.fitting(usize::from(row.width).saturating_sub(cells(&right)), now, &theme);
        let link = self.link.words(told, now, &theme);
        let left_end = row.right().saturating_sub(cells(&right) as u16);
        let width = left_end.saturating_sub(row.x);
        let mut column = row.x + canvas.text(row.x, row.y, width, &link, self.link.style(&theme));
        let told = Rect { width: column - row.x, ..row };
        for (words, style) in self.parts(room, now, &theme) {
            column += canvas.text(column, row.y, left_end.saturating_sub(column), &words, style);
            column += canvas.text(column, row.y, left_end.saturating_sub(column), " ", theme.quiet);
        }
        canvas.right(row.x, row.y, row.width, &right, theme.quiet);
        told
    }

    /// How much is said where there is so much room: ages go first, then blanks, the sentence, and good printers.
    fn fitting(&self, room: usize, now: Timestamp, theme: &Theme) -> (Told, Room) {
        let fits = |&(told, printers): &(Told, Room)| {
            let parts = self.parts(printers, now, theme);
            let parts: usize = parts.iter().map(|(words, _)| cells(words) + 1).sum();
            cells(&self.link.words(told, now, theme)) + parts <= room
        };
        let ways = [
            (Told::Whole, Room::Wide),
            (Told::Whole, Room::Narrow),
            (Told::Sentence, Room::Wide),
            (Told::Sentence, Room::Narrow),
            (Told::Sentence, Room::Counted),
            (Told::Word, Room::Narrow),
        ];
        ways.into_iter().find(fits).unwrap_or((Told::Word, Room::Counted))
    }

    /// What is wrong with the machine, which is never cut, then the printers.
    fn parts(&self, room: Room, now: Timestamp, theme: &Theme) -> Vec<(String, Style)> {
        let pad = if room == Room::Wide { " " } else { "" };
        let alarms = self.machine.alarms(now).into_iter().map(|says| (format!("{pad}{says}{pad}"), theme.wrong));
        alarms.chain(self.printers(room, theme)).collect()
    }

    /// Each printer's words; where they do not fit, those that are well are counted, and trouble comes first.
    fn printers(&self, room: Room, theme: &Theme) -> Vec<(String, Style)> {
        let one = |printer: &PrinterStatus| {
            let (words, style) = printer.words(*theme);
            let pad = if room == Room::Wide { " " } else { "" };
            (format!("{pad}{words}{pad}"), style)
        };
        if room != Room::Counted {
            return self.printers.iter().map(one).collect();
        }
        let (well, trouble): (Vec<_>, Vec<_>) = self.printers.iter().partition(|printer| printer.is_well());
        let mut all: Vec<_> = trouble.into_iter().map(one).collect();
        if !well.is_empty() {
            all.push((format!("{} printers OK", well.len()), theme.good));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::machine::{BackupPlan, Report, Watch};
    use crate::tui::scene::Scene;
    use ratatui::buffer::Buffer;

    fn bar(width: u16, printers: &[(&str, PrinterCondition)]) -> String {
        bar_of(width, printers, &[])
    }

    fn bar_of(width: u16, printers: &[(&str, PrinterCondition)], reports: &[Report]) -> String {
        bar_with(width, LinkStatus { unsent: 3, ..LinkStatus::local_only() }, printers, reports)
    }

    fn bar_with(width: u16, link: LinkStatus, printers: &[(&str, PrinterCondition)], reports: &[Report]) -> String {
        let mut machine = Machine::new(watch(), Timestamp::utc(45_000_000));
        reports.iter().cloned().for_each(|report| machine.take(report));
        let printer = |(name, condition): &(&str, PrinterCondition)| PrinterStatus {
            name: (*name).to_owned(),
            condition: condition.clone(),
            failed: 0,
            asking: Vec::new(),
            stand_in: None,
        };
        let status = Status {
            link,
            line: LineReport::default(),
            printers: printers.iter().map(printer).collect(),
            staff: Some("Ana".into()),
            machine,
        };
        let row = Rect { x: 0, y: 0, width, height: 1 };
        let (mut buffer, mut scene) = (Buffer::empty(row), Scene::default());
        status.view(Timestamp::utc(45_000_000), &mut Canvas::new(&mut buffer, &mut scene, Theme::full()), row);
        buffer.content.iter().map(|cell| cell.symbol()).collect()
    }

    fn watch() -> Watch {
        let plan = BackupPlan { directory: "/media/stick".into(), every_ms: 3_600_000 };
        Watch { backup: Some(plan), ..Watch::default() }
    }

    #[test]
    fn what_is_wrong_with_the_machine_stands_before_the_printers_and_is_never_cut() {
        use PrinterCondition::{Down, Ready};
        let wrong = [Report::DiskFree(Ok(150 << 20)), Report::NoBackup { why: "it does not exist".into() }];
        let well = [("receipt", Ready), ("kitchen", Ready), ("bar", Ready)];
        let says = " Local only · 3 unsent DISK 150M BACKUP! 3 printers OK Ana 12:30";
        assert_eq!(bar_of(66, &well, &wrong).trim_end().replace("  Ana", " Ana"), says);
        let down = || Down { waiting: 2, reason: "connection refused".into() };
        let many = [("pastry", down()), ("terrace bar", down()), ("bar", Ready)];
        let shown = bar_of(66, &many, &wrong);
        assert!(shown.starts_with(" Local only · 3 unsent DISK 150M BACKUP! pastry DOWN"), "{shown}");
        assert!(shown.ends_with(" Ana 12:30 "), "{shown}");
        assert!(bar_of(80, &well[..1], &[]).contains("receipt OK"), "nothing is said of what is well");
    }

    #[test]
    fn the_link_says_as_much_as_there_is_room_for() {
        use crate::tui::link::Link;
        use PrinterCondition::Ready;
        let well = [("receipt", Ready), ("kitchen", Ready), ("bar", Ready)];
        let oldest_unsent = Some(Timestamp::utc(45_000_000 - 3 * 60_000));
        let link = LinkStatus { link: Link::Offline, unsent: 12, oldest_unsent, review: 1, last_success: None };
        // columns, what the bar says
        let rows = [
            (
                130,
                "⚠ Offline - changes will sync when online (12, 1 need review) · oldest 3m  receipt OK   kitchen OK   \
                   bar OK Ana 12:30",
            ),
            (100, "⚠ Offline - changes will sync when online (12, 1 need review) 3 printers OK Ana 12:30"),
            (80, "⚠ Offline (12, 1 review) receipt OK kitchen OK bar OK Ana 12:30"),
            (66, "⚠ Offline (12, 1 review) receipt OK kitchen OK bar OK Ana 12:30"),
        ];
        for (width, says) in rows {
            let shown = bar_with(width, link, &well, &[]);
            let (left, who) = shown.trim().rsplit_once("  Ana").expect("somebody is logged in");
            assert_eq!(format!("{} Ana{who}", left.trim_end()), says);
        }
    }

    #[test]
    fn every_printer_stands_on_the_bar_and_trouble_comes_first_where_room_is_short() {
        use PrinterCondition::{Down, Ready};
        let well = [("receipt", Ready), ("kitchen", Ready), ("bar", Ready)];
        assert_eq!(
            bar(80, &well).trim_end(),
            " Local only · 3 unsent  receipt OK   kitchen OK   bar OK              Ana 12:30"
        );
        assert_eq!(bar(66, &well).trim_end(), " Local only · 3 unsent receipt OK kitchen OK bar OK     Ana 12:30");
        let down = Down { waiting: 2, reason: "connection refused".into() };
        let many = [("receipt", Ready), ("kitchen", Ready), ("pastry", down), ("terrace bar", Ready), ("bar", Ready)];
        assert_eq!(bar(66, &many).trim_end(), " Local only · 3 unsent pastry DOWN 2 4 printers OK      Ana 12:30");
    }
}
