//! Synchronisation: how the line stands, what waits for the server, what a manager must look at, what quarrelled, what
//! the server refused, and the log. Each part is a list with a word about the chosen row below it.
//!
//! The parts stand in files of their own and only say what there is; what can be done about a row is done here.

mod conflicts;
mod line;
mod log;
mod queue;
mod refused;
mod review;

use super::{CloseReview, Detail, Mend, Versions};
use crate::domain::command::Command;
use crate::domain::id::{CustomerId, OrderId};
use crate::domain::{Matter, Refusal, Timestamp};
use crate::tui::keys::Key;
use crate::tui::scene::{Canvas, cells, fit};
use crate::tui::widgets::{list, middle, page_keys, page_step, wrapped};
use crate::tui::{Action, Desk, Errand, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// Most rows that are read for a list.
const ROWS_MAX: u32 = 200;
/// Most lines that tell of the chosen row.
const BELOW_MAX: u16 = 4;

/// Synchronisation, as it is looked at.
#[derive(Debug, Default)]
pub struct Sync {
    part: PartName,
    /// The row under the cursor: what stood there is found again when others come and go.
    at: usize,
    chosen: Option<String>,
}

/// Its parts, in the order of their tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum PartName {
    #[default]
    Line,
    Queue,
    Review,
    Conflicts,
    Refused,
    Log,
}

const PARTS: [PartName; 6] =
    [PartName::Line, PartName::Queue, PartName::Review, PartName::Conflicts, PartName::Refused, PartName::Log];

impl PartName {
    fn words(self) -> &'static str {
        match self {
            PartName::Line => "Line",
            PartName::Queue => "Queue",
            PartName::Review => "Review",
            PartName::Conflicts => "Conflicts",
            PartName::Refused => "Refused",
            PartName::Log => "Log",
        }
    }

    /// How many things in it want to be seen.
    fn count(self, desk: &Desk) -> usize {
        match self {
            PartName::Queue => desk.status.link.unsent as usize,
            PartName::Review => desk.reader.reviews(ROWS_MAX).map_or(0, |rows| rows.len()),
            PartName::Refused => refused::count(desk),
            PartName::Line | PartName::Conflicts | PartName::Log => 0,
        }
    }

    fn read(self, desk: &Desk) -> Result<Part, String> {
        match self {
            PartName::Line => Ok(line::part(desk)),
            PartName::Queue => queue::part(desk),
            PartName::Review => review::part(desk),
            PartName::Conflicts => conflicts::part(desk),
            PartName::Refused => refused::part(desk),
            PartName::Log => log::part(desk),
        }
    }
}

/// What a part says.
#[derive(Default)]
struct Part {
    /// Lines above the list.
    above: Vec<String>,
    /// The names of the list's columns.
    heading: String,
    rows: Vec<Row>,
    /// What is said where the list is empty.
    none: &'static str,
}

/// One row of its list.
struct Row {
    /// What tells it from others.
    key: String,
    words: String,
    /// What is told of it when it is chosen, a paragraph each.
    below: Vec<String>,
    about: About,
}

/// What a row is about.
enum About {
    /// Nothing that could be opened.
    Itself,
    /// A document: the order that it is, or pays, can be shown.
    Document(String),
    /// Something in Review.
    Matter(Matter),
    /// The record of a conflict.
    Conflict(String),
}

impl Sync {
    /// The part that whoever comes from the status bar wants to see: what needs a manager, if anything does.
    pub(super) fn opened(desk: &Desk) -> Sync {
        let wants_somebody = desk.reader.need_review().is_ok_and(|count| count > 0);
        let part = if wants_somebody { PartName::Review } else { PartName::Line };
        Sync { part, ..Sync::default() }
    }

    fn turn(&mut self, to: PartName) {
        *self = Sync { part: to, ..Sync::default() };
    }

    fn turn_by(&mut self, by: usize) {
        let at = PARTS.iter().position(|part| *part == self.part).unwrap_or(0);
        self.turn(PARTS[(at + by) % PARTS.len()]);
    }

    /// The row under the cursor.
    fn chosen(&self, rows: &[Row]) -> usize {
        let found = self.chosen.as_ref().and_then(|key| rows.iter().position(|row| row.key == *key));
        found.unwrap_or(self.at).min(rows.len().saturating_sub(1))
    }

    fn choose(&mut self, nth: usize, rows: &[Row]) {
        (self.at, self.chosen) = (nth, rows.get(nth).map(|row| row.key.clone()));
    }

    /// What a key does with the chosen row.
    fn act(&self, desk: &Desk, key: Key, row: Option<&Row>) -> Then {
        let Some(row) = row else { return Then::Say("There is nothing in this list".into()) };
        let matter = if let About::Matter(matter) = &row.about { Some(matter.clone()) } else { None };
        match (key, matter) {
            (Key::Enter, _) => open(desk, &row.about),
            (Key::Char('r' | 'R'), Some(matter)) => Then::Do(Command::Resubmit { matter }),
            (Key::Char('m' | 'M'), Some(matter)) => mend(desk, matter),
            (Key::Char('c' | 'C'), Some(matter)) => Then::Open(CloseReview::of(desk, matter).into()),
            (_, None) => Then::Say("That is done in Review, and with what the server refused".into()),
            (_, Some(_)) => Then::Stay,
        }
    }

    fn view_tabs(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let theme = canvas.theme;
        let width = area.width / PARTS.len() as u16;
        for (nth, part) in PARTS.into_iter().enumerate() {
            let spot = Rect { x: area.x + nth as u16 * width, width, ..area };
            let style = if part == self.part { theme.chosen } else { theme.key };
            let ink = Rect { width: width.saturating_sub(1), ..spot };
            canvas.fill(ink, style);
            let count = part.count(desk);
            let words = if count > 0 { format!("{} {count}", part.words()) } else { part.words().to_owned() };
            canvas.centre(ink.x, middle(ink), ink.width, &words, style);
            canvas.target(part.words(), if canvas.touch.is_some() { spot } else { ink }, Action::Page(nth));
        }
    }
}

/// Shows what a row is about.
fn open(desk: &Desk, about: &About) -> Then {
    let document = match about {
        About::Itself => return Then::Say("There is no more to see of that".into()),
        About::Conflict(record) => return Then::Open(Versions::of(record.clone()).into()),
        About::Document(document) => document,
        About::Matter(matter) => &matter.document,
    };
    match desk.reader.order_of(document) {
        Ok(Some((order, _))) => Then::Open(Detail::of(order).into()),
        Ok(None) => Then::Say("No order of this register belongs to that".into()),
        Err(fault) => Then::Say(fault.to_string()),
    }
}

/// Opens what can be mended of an order.
fn mend(desk: &Desk, matter: Matter) -> Then {
    let Some(order_id) = OrderId::read(&matter.document).filter(|_| matter.kind.mended().is_ok()) else {
        return Then::Say(Refusal::NotMendable.to_string());
    };
    match desk.reader.sent_order(order_id) {
        Ok(Some(order)) => Then::Open(Mend::of(&order, matter.kind).into()),
        Ok(None) => Then::Say(Refusal::NoSuchOrder.to_string()),
        Err(fault) => Then::Say(fault.to_string()),
    }
}

impl Screen for Sync {
    const NAME: &'static str = "sync";
    const HELP: &'static [&'static str] = &[
        "How this register and its server get on. Tab turns its parts.",
        "Line says whether there is a link, since when, and what fails.",
        "Queue is what waits for the server, the oldest first, how often it was tried, and when it is tried again.",
        "Nothing in it is lost: it goes by itself when it can.",
        "Review is what a manager must look at. R hands it to the server again as it is. M mends name, table, note and",
        "type of an order, and hands it over. C closes it with a reason; it stays in this register.",
        "Conflicts are orders that two registers changed at once: Enter shows both versions and the result.",
        "Refused is what the server did not take a version of, but for what stands in Review already, and what only a",
        "newer Comanda can read.",
        "Log has the figures and the last rounds. S synchronises now, from every part.",
        "A cashier needs a manager's PIN for R, M and C; the register asks in place.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[
        ("S", "synchronises now"),
        ("Right, Left, Shift+Tab", "the next part, the one before"),
        ("Enter", "the order, or both versions of a conflict"),
        ("R, M, C", "submit again, mend, close: in Review, and with what was refused"),
        ("PgUp, PgDn", "ten up, ten down"),
        ("Home, End", "the first, the last"),
    ];

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        let of_part: &[FootKey] = match self.part {
            PartName::Line | PartName::Log => &[(Key::Char('S'), "Sync now")],
            PartName::Queue => &[(Key::Enter, "Order"), (Key::Char('S'), "Sync now")],
            PartName::Review => &[
                (Key::Enter, "Order"),
                (Key::Char('R'), "Resubmit"),
                (Key::Char('M'), "Mend"),
                (Key::Char('C'), "Close"),
            ],
            PartName::Conflicts => &[(Key::Enter, "Versions")],
            PartName::Refused => {
                &[(Key::Char('R'), "Offer again"), (Key::Char('M'), "Mend"), (Key::Char('C'), "Close")]
            }
        };
        let mut keys = of_part.to_vec();
        keys.extend([(Key::Tab, "Part"), (Key::Up, "One up"), (Key::Down, "One down")]);
        // In Review a finger has the rows themselves.
        keys.extend(page_keys(desk).into_iter().filter(|_| self.part != PartName::Review));
        keys.push((Key::Esc, "Back"));
        keys
    }

    fn examples(_desk: &Desk) -> Vec<Sync> {
        PARTS.into_iter().map(|part| Sync { part, ..Sync::default() }).collect()
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        match action {
            Action::Press(Key::Esc) => return Then::Close,
            Action::Press(Key::Char('s' | 'S')) => return Then::Errand(Errand::SyncNow),
            Action::Press(Key::Tab | Key::Right) => self.turn_by(1),
            Action::Press(Key::BackTab | Key::Left) => self.turn_by(PARTS.len() - 1),
            Action::Page(nth) => self.turn(PARTS[nth.min(PARTS.len() - 1)]),
            Action::Press(_) | Action::Cell(_) | Action::Offer(_) | Action::Row(_) => {
                let rows = match self.part.read(desk) {
                    Ok(part) => part.rows,
                    Err(says) => return Then::Say(says),
                };
                return self.in_list(desk, &action, &rows);
            }
        }
        Then::Stay
    }

    fn done(&mut self, _desk: &Desk) -> Then {
        Then::Stay
    }

    fn ticks(&self) -> bool {
        self.part == PartName::Queue
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        let theme = canvas.theme;
        let tabs = canvas.touch.map_or(1, |size| size.rows).min(area.height);
        self.view_tabs(desk, canvas, Rect { height: tabs, ..area });
        let area = Rect { y: area.y + tabs, height: area.height - tabs, ..area };
        canvas.region("sync", area);
        let inside = canvas.frame(area, self.part.words(), theme.faint);
        match self.part.read(desk) {
            Ok(part) => self.view_part(&part, canvas, inside),
            Err(says) => {
                canvas.text(inside.x + 1, inside.y, inside.width.saturating_sub(2), &says, theme.wrong);
            }
        }
    }
}

impl Sync {
    fn in_list(&mut self, desk: &Desk, action: &Action, rows: &[Row]) -> Then {
        let (chosen, last) = (self.chosen(rows), rows.len().saturating_sub(1));
        let step = page_step(desk);
        match action {
            Action::Press(Key::Up) => self.choose(chosen.saturating_sub(1), rows),
            Action::Press(Key::Down) => self.choose((chosen + 1).min(last), rows),
            Action::Press(Key::PageUp) => self.choose(chosen.saturating_sub(step), rows),
            Action::Press(Key::PageDown) => self.choose((chosen + step).min(last), rows),
            Action::Press(Key::Home) => self.choose(0, rows),
            Action::Press(Key::End) => self.choose(last, rows),
            Action::Row(nth) => self.choose((*nth).min(last), rows),
            Action::Press(key @ (Key::Enter | Key::Char('r' | 'R' | 'm' | 'M' | 'c' | 'C'))) => {
                return self.act(desk, *key, rows.get(chosen));
            }
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) => {}
        }
        Then::Stay
    }

    fn view_part(&self, part: &Part, canvas: &mut Canvas, inside: Rect) {
        let theme = canvas.theme;
        let (x, width) = (inside.x + 1, inside.width.saturating_sub(2));
        let mut row = inside.y;
        for line in &part.above {
            canvas.text(x, row, if row < inside.bottom() { width } else { 0 }, line, theme.plain);
            row += 1;
        }
        if part.rows.is_empty() {
            for line in wrapped(part.none, width, width, inside.bottom().saturating_sub(row + 1)) {
                row += 1;
                canvas.text(x, row, width, &line, theme.plain);
            }
            return;
        }
        canvas.text(x, row, width, &part.heading, theme.strong);
        let rest = Rect { y: row + 1, height: inside.bottom().saturating_sub(row + 1), ..inside };
        let chosen = self.chosen(&part.rows);
        let below: Vec<String> =
            part.rows[chosen].below.iter().flat_map(|paragraph| wrapped(paragraph, width, width, BELOW_MAX)).collect();
        // The list keeps a few rows, with a panel one.
        let kept = canvas.touch.map_or(4, |size| size.rows);
        // As many lines for every row, so that the list stays where it is.
        let told = BELOW_MAX.min(rest.height.saturating_sub(kept + 1));
        let listed = Rect { height: rest.height - told - u16::from(told > 0), ..rest };
        for (nth, spot) in list(canvas, listed, part.rows.len(), chosen) {
            let row = &part.rows[nth];
            let style = if nth == chosen { theme.chosen } else { theme.plain };
            canvas.fill(spot, style);
            canvas.text(spot.x + 1, middle(spot), spot.width.saturating_sub(2), &row.words, style);
            canvas.target(row.words.trim().to_owned(), spot, Action::Row(nth));
        }
        for (line, row) in below.iter().take(told.into()).zip(rest.bottom() - told..) {
            canvas.text(x, row, width, line, theme.plain);
        }
    }
}

/// A row of columns: each text in so many cells, the last one in what is left.
fn columns(texts: &[(&str, usize)], last: &str) -> String {
    let mut row = String::new();
    for (text, width) in texts {
        let text = fit(text, *width);
        row.push_str(&text);
        row.push_str(&" ".repeat(width - cells(&text) + 1));
    }
    row.push_str(last);
    row
}

/// When something was, without the year: it is told on the spot.
fn when(at: Timestamp) -> String {
    at.date_and_clock().chars().skip("2026-".len()).collect()
}

/// What a document is, in a word.
fn kind_of(document: &str) -> &str {
    document.split_once('_').map_or(document, |(kind, _)| kind)
}

/// The number of the order that a document is or pays, the name of the customer that it is, or nothing.
fn number_of(desk: &Desk, document: &str) -> String {
    called(desk, document).unwrap_or_else(|| "-".to_owned())
}

/// What people call a document: the number of the order that it is or pays, the name of the customer that it is.
pub(super) fn called(desk: &Desk, document: &str) -> Option<String> {
    let order = desk.reader.order_of(document).ok().flatten();
    let customer = || desk.reader.customer(CustomerId::read(document)?).ok().flatten();
    order.map(|(_, number)| number).or_else(|| customer().map(|it| it.contact.name))
}

/// What went wrong, with the field that it is about before it, where it names one.
fn reason_words(reason: &str) -> Vec<String> {
    let is_field = |place: &str| !place.is_empty() && !place.contains(' ');
    match reason.strip_prefix("the server would not take it: ").unwrap_or(reason).split_once(": ") {
        Some((place, what)) if is_field(place) => vec![format!("Field {place}: {what}")],
        Some(_) | None => vec![reason.to_owned()],
    }
}
