//! Tickets as rows, and rows in columns: from top to bottom and then to the right, as many columns as fit side by side.

use super::Mark;
use crate::domain::kitchen::{KitchenLine, KitchenTicket, Urgency};
use crate::domain::{LineState, Timestamp};
use crate::tui::display::wrapped;
use crate::tui::scene::{Canvas, cells};
use crate::tui::theme::Theme;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Narrowest column, in cells: 80 cells show four, with one between each.
pub(super) const COLUMN_CELLS_MIN: u16 = 19;
/// Where minutes and seconds give way to minutes, in milliseconds.
const MINUTES_FROM_MS: i64 = 10 * 60_000;

/// How a row looks; the theme has its colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Head(Urgency),
    Item,
    Preparing,
    Ready,
    Void,
    Aside,
    Note,
    Blank,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    left: String,
    right: String,
    look: Look,
    is_fresh: bool,
}

impl Row {
    fn new(left: impl Into<String>, look: Look) -> Row {
        Row { left: left.into(), right: String::new(), look, is_fresh: false }
    }
}

/// All tickets, laid out for one area.
#[derive(Debug)]
pub(super) struct Columns {
    columns: Vec<Vec<Row>>,
    in_sight: usize,
    width: u16,
}

impl Columns {
    /// Lays tickets out, each with how much it hurries; with `says_station`, each says whose it is.
    pub(super) fn of<'a>(
        tickets: impl Iterator<Item = (&'a KitchenTicket, Urgency)>,
        now: Timestamp,
        area: Rect,
        says_station: bool,
        is_fresh: &dyn Fn(Mark) -> bool,
    ) -> Columns {
        let in_sight = ((area.width + 1) / (COLUMN_CELLS_MIN + 1)).max(1);
        let width = (area.width + 1) / in_sight - 1;
        let height = usize::from(area.height);
        let mut columns: Vec<Vec<Row>> = Vec::new();
        for (ticket, urgency) in tickets {
            let written = Written { ticket, urgency, now, width: width.into(), says_station, is_fresh };
            written.add_to(&mut columns, height);
        }
        Columns { columns, in_sight: in_sight.into(), width }
    }

    /// Whether there is nothing on them.
    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// How many pages they take. Where several columns fit, the oldest stays in sight on every page.
    pub(super) fn pages(&self) -> usize {
        let beyond = self.columns.len().saturating_sub(self.in_sight);
        1 + beyond.div_ceil(self.turning())
    }

    /// How many columns a page turns.
    fn turning(&self) -> usize {
        if self.in_sight > 1 { self.in_sight - 1 } else { 1 }
    }

    /// Draws a page.
    pub(super) fn view(&self, canvas: &mut Canvas, area: Rect, page: usize) {
        let held = self.in_sight - self.turning();
        let skipped = held + page * self.turning();
        let shown = self.columns.iter().take(held).chain(self.columns.iter().skip(skipped).take(self.turning()));
        for (nth, column) in shown.enumerate() {
            let x = area.x + nth as u16 * (self.width + 1);
            for (row, down) in column.iter().zip(0..area.height) {
                let spot = Rect { x, y: area.y + down, width: self.width, height: 1 };
                view_row(canvas, spot, row);
            }
        }
    }
}

fn view_row(canvas: &mut Canvas, spot: Rect, row: &Row) {
    let style = style_of(canvas.theme, row);
    if row.look != Look::Blank {
        canvas.fill(spot, style);
    }
    let right = cells(&row.right) as u16;
    let room = if right == 0 { spot.width } else { spot.width.saturating_sub(right + 1) };
    canvas.text(spot.x, spot.y, room, &row.left, style);
    canvas.right(spot.x, spot.y, spot.width, &row.right, style);
}

fn style_of(theme: Theme, row: &Row) -> Style {
    let style = match row.look {
        Look::Head(Urgency::New) => theme.key,
        Look::Head(Urgency::Warn) => theme.warn,
        Look::Head(Urgency::Late) => theme.wrong,
        Look::Head(Urgency::Ready) | Look::Ready => theme.good,
        Look::Head(Urgency::Stopped | Urgency::Done) => theme.quiet,
        Look::Item => theme.strong,
        Look::Preparing => theme.busy,
        Look::Void => theme.wrong.add_modifier(Modifier::CROSSED_OUT),
        Look::Aside | Look::Blank => theme.plain,
        Look::Note => theme.quiet,
    };
    if row.is_fresh { theme.flashed(style) } else { style }
}

/// One ticket on its way into columns.
struct Written<'a> {
    ticket: &'a KitchenTicket,
    urgency: Urgency,
    now: Timestamp,
    width: usize,
    says_station: bool,
    is_fresh: &'a dyn Fn(Mark) -> bool,
}

impl Written<'_> {
    /// Below what is there when all of it fits, else in a column of its own, and on in the next with its number again.
    fn add_to(&self, columns: &mut Vec<Vec<Row>>, height: usize) {
        let (head, body) = (self.head(), self.body());
        let whole = head.len() + body.len();
        match columns.last_mut() {
            Some(last) if last.len() + 1 + whole <= height => {
                last.push(Row::new("", Look::Blank));
                last.extend(head.into_iter().chain(body));
                return;
            }
            Some(_) | None => {}
        }
        let mut column = head;
        for row in body {
            if column.len() >= height.max(2) {
                let again = Row { right: "goes on".into(), ..self.title() };
                columns.push(std::mem::replace(&mut column, vec![again]));
            }
            column.push(row);
        }
        columns.push(column);
    }

    fn title(&self) -> Row {
        let ticket = self.ticket;
        let right = match self.urgency {
            // When it was done nobody noted.
            Urgency::Done => self.urgency.word().to_owned(),
            Urgency::Stopped | Urgency::Ready | Urgency::New | Urgency::Warn | Urgency::Late => {
                format!("{} {}", age(ticket.age_ms(self.now)), self.urgency.word())
            }
        };
        let is_fresh = ticket.lines.iter().all(|line| (self.is_fresh)((line.line_id, line.state == LineState::Voided)));
        Row { right, is_fresh, ..Row::new(ticket.local_number.to_string(), Look::Head(self.urgency)) }
    }

    fn head(&self) -> Vec<Row> {
        let ticket = self.ticket;
        let mut words = Vec::new();
        if ticket.is_addition {
            words.push("MORE".to_owned());
        }
        if self.says_station {
            words.push(format!("{}:", ticket.station));
        }
        words.push(ticket.order_type.words().to_owned());
        words.extend(ticket.table.clone());
        words.extend(ticket.customer_name.clone());
        let due = ticket.due_at.map(|due| due.clock()).unwrap_or_default();
        let title = self.title();
        let second = Row { right: due, is_fresh: title.is_fresh, ..Row::new(words.join(" "), title.look) };
        let notes = ticket.kitchen_notes.iter().flat_map(|note| wrapped(&format!("! {note}"), self.width, 2));
        [title, second].into_iter().chain(notes.map(|row| Row::new(row, Look::Note))).collect()
    }

    fn body(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut course = 1;
        for line in &self.ticket.lines {
            if line.course != course {
                course = line.course;
                rows.push(Row::new(format!("-- course {course} --"), Look::Aside));
            }
            rows.extend(self.line(line));
        }
        rows
    }

    fn line(&self, line: &KitchenLine) -> Vec<Row> {
        let (mark, look) = match line.state {
            LineState::Sent | LineState::Draft => ("", Look::Item),
            LineState::Preparing => ("> ", Look::Preparing),
            LineState::Ready | LineState::Served => ("OK ", Look::Ready),
            LineState::Voided => ("VOID ", Look::Void),
        };
        let is_fresh = (self.is_fresh)((line.line_id, line.state == LineState::Voided));
        let name = format!("{mark}{}x {}", line.quantity, line.name);
        let mut rows: Vec<Row> = wrapped(&name, self.width, 3).into_iter().map(|row| Row::new(row, look)).collect();
        if line.state != LineState::Voided {
            let modifiers = line.modifiers.iter().flat_map(|words| wrapped(&format!("  {words}"), self.width, 4));
            rows.extend(modifiers.map(|row| Row::new(row, Look::Aside)));
            let note = line.note.iter().flat_map(|note| wrapped(&format!("  ! {note}"), self.width, 4));
            rows.extend(note.map(|row| Row::new(row, Look::Note)));
        }
        rows.iter_mut().for_each(|row| row.is_fresh = is_fresh);
        rows
    }
}

/// Minutes and seconds, and from ten minutes on minutes alone.
fn age(age_ms: i64) -> String {
    let seconds = age_ms / 1000;
    match age_ms < MINUTES_FROM_MS {
        true => format!("{}:{:02}", seconds / 60, seconds % 60),
        false => format!("{}m", seconds / 60),
    }
}
