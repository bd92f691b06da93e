//! What a kitchen screen shows: tickets in columns, the oldest at the left; it changes nothing, and has nothing to
//! change anything with: it draws a [`Picture`] that is handed to it, read through a [`Reader`](crate::store::Reader),
//! and a [`crate::domain::Command`] is nowhere in it.
//!
//! `board` turns tickets into rows and columns, this file is what is on the screen around them and what its keys do.

mod board;

use crate::domain::kitchen::{DoneOrder, KitchenRules, KitchenTicket, Urgency};
use crate::domain::{LineId, LineState, OrderId, StationId, Timestamp};
use crate::tui::display::{Display, Link, Pages, Pressed, view_too_small, view_waiting};
use crate::tui::keys::Key;
use crate::tui::manual::Page;
use crate::tui::scene::{Canvas, cells};
use board::{COLUMN_CELLS_MIN, Columns};
use ratatui::layout::Rect;
use std::collections::BTreeMap;

/// What help says of it.
const HELP: &[&str] = &[
    "What stations must make, the oldest ticket at the left. Beside its age stands NEW, WARN or LATE; a void is",
    "struck, and stays in sight for some minutes. What is served leaves the screen.",
    "Beside a register what is sold out (86) stands at the head, what is counted down below the counts of the day.",
    "LIVE: the register runs. OFFLINE: it is closed, and nothing new comes. STALE 12s: the store has not answered",
    "for so long. On a box of its own (comanda kitchen --server), LIVE: the server's feed was heard in the last 5",
    "seconds. STALE 12s: it was heard so long ago. OFFLINE: there is no link, and what is shown is what came before.",
    "Ages run from when this box saw a ticket first, by its own clock.",
];
/// Its keys, and what they do.
const KEYS: &[(&str, &str)] = &[
    ("q, Ctrl+q", "quits"),
    ("Right, PgDn", "the next page; without a key they turn by themselves"),
    ("Left, PgUp", "the page before"),
    ("Tab, Shift+Tab", "the next station, the one before"),
    ("a", "shows or hides how many of each are to be made all day"),
    ("r", "shows the order again that was done last; pressed again, the one before"),
    ("Esc", "puts that away; it goes by itself, too"),
];

/// What help says of the kitchen screen.
pub fn page() -> Page {
    Page::new("kitchen", HELP, [], KEYS)
}

/// How many orders the foot line names that were finished last.
pub const DONE_SHOWN: u32 = 5;
/// Fewest columns and rows that it can be read with.
pub const SMALLEST: (u16, u16) = (38, 10);
/// How long what is new is shown in reverse, in milliseconds.
const FLASH_MS: i64 = 3_000;
/// Width of the panel of counts, in columns.
const PANEL_CELLS: u16 = 22;
/// Most rows of the panel of counts.
const PANEL_ROWS: usize = 12;
/// From which width on the panel stands there without being asked for, in columns: it leaves four tickets.
const PANEL_FROM: u16 = 102;
/// How long an order that was done stays that somebody wanted to see again, in milliseconds.
const RECALLED_MS: i64 = 30_000;

/// Where the orders come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The store of a register on this box.
    Register,
    /// A server.
    Server,
}

/// What the store says at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// What is to be made, of all stations, the oldest first.
    pub tickets: Vec<KitchenTicket>,
    /// The orders that were finished last, the newest first.
    pub done: Vec<DoneOrder>,
    /// How the house wants it shown.
    pub rules: KitchenRules,
    /// What is sold out (86) or counted down: names, and how many are left; none left is not above 0.
    pub counted: Vec<(String, i64)>,
}

/// A line, and whether it was taken back: what is new when it was not there before.
type Mark = (LineId, bool);

/// A kitchen screen.
#[derive(Debug)]
pub struct Kitchen {
    source: Source,
    station: Option<StationId>,
    /// None until the store has answered for the first time; then a sentence says why not.
    picture: Option<Picture>,
    waits_for: String,
    first_seen: BTreeMap<Mark, Timestamp>,
    pages: Pages,
    panel_turned: bool,
    /// The order that somebody wanted to see again, and when.
    recalled: Option<(OrderId, Timestamp)>,
}

impl Kitchen {
    /// A screen beside a register, for one station or for all of them.
    pub fn new(station: Option<StationId>, now: Timestamp) -> Kitchen {
        Kitchen {
            source: Source::Register,
            station,
            picture: None,
            waits_for: "Looking for the register's store".to_owned(),
            first_seen: BTreeMap::new(),
            pages: Pages::from(now),
            panel_turned: false,
            recalled: None,
        }
    }

    /// A screen on a box of its own, whose orders come from a server.
    pub fn of_server(station: Option<StationId>, now: Timestamp) -> Kitchen {
        Kitchen { source: Source::Server, ..Kitchen::new(station, now) }
    }

    /// What is shown; none until something was.
    pub fn picture(&self) -> Option<&Picture> {
        self.picture.as_ref()
    }
}

impl Display for Kitchen {
    type Picture = Picture;
    type Rules = KitchenRules;

    fn wait_for(&mut self, what: String) {
        self.waits_for = what;
    }

    fn show(&mut self, picture: Picture, now: Timestamp) -> bool {
        let is_first = self.picture.is_none();
        let mut seen = BTreeMap::new();
        let mut rings = false;
        for ticket in &picture.tickets {
            for line in &ticket.lines {
                let mark = (line.line_id, line.state == LineState::Voided);
                let known = self.first_seen.get(&mark).copied();
                rings |= known.is_none() && self.is_mine(ticket);
                // What was there when the screen was switched on is not new.
                let at = if is_first { now.plus_millis(-FLASH_MS) } else { now };
                seen.insert(mark, known.unwrap_or(at));
            }
        }
        self.first_seen = seen;
        self.picture = Some(picture);
        rings && !is_first
    }

    fn press(&mut self, now: Timestamp, key: Key, size: (u16, u16)) -> Pressed {
        match key {
            Key::Char('q' | 'Q') | Key::Ctrl('q') => return Pressed::Quit,
            Key::Left | Key::PageUp => self.turn(now, size, false),
            Key::Right | Key::PageDown => self.turn(now, size, true),
            Key::Tab => self.next_station(true),
            Key::BackTab => self.next_station(false),
            Key::Char('a' | 'A') => self.panel_turned = !self.panel_turned,
            Key::Char('r' | 'R') => self.recall(now),
            Key::Esc => self.recalled = None,
            Key::Char(_) | Key::Ctrl(_) | Key::Alt(_) | Key::F(_) => {}
            Key::Enter | Key::Backspace | Key::Delete => {}
            Key::Up | Key::Down | Key::Home | Key::End => {}
        }
        Pressed::Stay
    }

    fn view(&self, now: Timestamp, link: Link, trouble: Option<&str>, canvas: &mut Canvas) {
        let all = canvas.area();
        canvas.fill(all, canvas.theme.plain);
        canvas.focus("kitchen");
        if view_too_small(canvas, SMALLEST) {
            return;
        }
        let area = self.board_area(all);
        let columns = self.columns(now, area);
        let pages = columns.pages();
        let page = self.pages.at(now, pages);
        let foot = Rect { y: all.bottom() - 1, height: 1, ..all };
        if self.picture.is_none() {
            view_waiting(canvas, area, &self.waits_for);
        } else if columns.is_empty() {
            canvas.centre(area.x, area.y + area.height / 2, area.width, "Nothing to make", canvas.theme.strong);
        } else {
            canvas.region("tickets", area);
            columns.view(canvas, area, page);
        }
        if self.has_panel(all.width) {
            self.view_panel(canvas, Rect { x: all.right() - PANEL_CELLS, width: PANEL_CELLS, ..area });
        }
        let of_pages = if pages > 1 { format!("page {}/{pages}", page + 1) } else { String::new() };
        self.view_head(now, (link, trouble), canvas, Rect { height: 1, ..all }, &of_pages);
        self.view_foot(canvas, foot);
    }
}

impl Kitchen {
    fn turn(&mut self, now: Timestamp, size: (u16, u16), forward: bool) {
        let area = Rect { x: 0, y: 0, width: size.0, height: size.1 };
        let pages = self.columns(now, self.board_area(area)).pages();
        self.pages.turn(now, pages, forward);
    }

    /// Shows the order that was done last; where one is shown, the one before it, and after the oldest none.
    fn recall(&mut self, now: Timestamp) {
        let done = self.picture.as_ref().map(|picture| picture.done.as_slice()).unwrap_or_default();
        let next = match self.recalled(now) {
            Some(shown) => done.iter().skip_while(|order| order.order_id != shown.order_id).nth(1),
            None => done.first(),
        };
        self.recalled = next.map(|order| (order.order_id, now));
        match self.recalled {
            Some(_) => self.pages.choose(0, now),
            None => self.pages.choose_none(),
        }
    }

    /// The order that is shown again.
    fn recalled(&self, now: Timestamp) -> Option<&DoneOrder> {
        let (order_id, _) = self.recalled.filter(|(_, at)| (0..RECALLED_MS).contains(&now.millis_since(*at)))?;
        self.picture.as_ref()?.done.iter().find(|order| order.order_id == order_id)
    }

    fn next_station(&mut self, forward: bool) {
        let mut choices: Vec<Option<StationId>> = vec![None];
        choices.extend(self.stations().into_iter().map(Some));
        let at = choices.iter().position(|it| *it == self.station).unwrap_or(0);
        let step = if forward { 1 } else { choices.len() - 1 };
        self.station = choices.swap_remove((at + step) % choices.len());
        self.pages.choose_none();
    }

    /// Every station that has something to make, and the one that is shown.
    fn stations(&self) -> Vec<StationId> {
        let tickets = self.picture.iter().flat_map(|picture| &picture.tickets);
        let mut all: Vec<StationId> =
            tickets.map(|ticket| ticket.station.clone()).chain(self.station.clone()).collect();
        all.sort();
        all.dedup();
        all
    }

    fn is_mine(&self, ticket: &KitchenTicket) -> bool {
        self.station.as_ref().is_none_or(|station| ticket.station == *station)
    }

    fn tickets(&self) -> impl Iterator<Item = &KitchenTicket> {
        self.picture.iter().flat_map(|picture| &picture.tickets).filter(|ticket| self.is_mine(ticket))
    }

    fn urgency(&self, now: Timestamp, ticket: &KitchenTicket) -> Urgency {
        let rules = self.picture.as_ref().map(|picture| &picture.rules);
        let pace = rules.map(|rules| rules.pace_of(&ticket.station, ticket.order_type));
        ticket.urgency(now, pace.unwrap_or(KitchenRules::default().pace))
    }

    fn is_fresh(&self, now: Timestamp, mark: Mark) -> bool {
        self.first_seen.get(&mark).is_some_and(|at| (0..FLASH_MS).contains(&now.millis_since(*at)))
    }

    fn has_panel(&self, width: u16) -> bool {
        (width >= PANEL_FROM) != self.panel_turned && width >= PANEL_CELLS + 1 + COLUMN_CELLS_MIN
    }

    fn board_area(&self, all: Rect) -> Rect {
        let width = if self.has_panel(all.width) { all.width - PANEL_CELLS - 1 } else { all.width };
        Rect { y: all.y + 1, width, height: all.height.saturating_sub(2), ..all }
    }

    fn columns(&self, now: Timestamp, area: Rect) -> Columns {
        let is_fresh = |mark| self.is_fresh(now, mark);
        let recalled = self.recalled(now).into_iter().flat_map(|order| &order.tickets);
        let recalled = recalled.filter(|ticket| self.is_mine(ticket));
        let tickets = recalled.chain(self.tickets()).map(|ticket| (ticket, self.urgency(now, ticket)));
        Columns::of(tickets, now, area, self.station.is_none(), &is_fresh)
    }

    fn view_head(
        &self,
        now: Timestamp,
        (link, trouble): (Link, Option<&str>),
        canvas: &mut Canvas,
        row: Rect,
        of_pages: &str,
    ) {
        let theme = canvas.theme;
        canvas.region("link", row);
        let is_loud = link.is_long_stale();
        let base = if is_loud { theme.wrong } else { theme.quiet };
        let left = link.view(now, canvas, row, base);
        let whose = self.station.as_ref().map_or("All stations", StationId::as_str);
        let to_make = |urgency| match urgency {
            Urgency::New | Urgency::Warn | Urgency::Late => true,
            Urgency::Done | Urgency::Stopped | Urgency::Ready => false,
        };
        let tickets = self.tickets().filter(|ticket| to_make(self.urgency(now, ticket))).count();
        let (silent, away) = match self.source {
            Source::Register => ("The store does not answer", "the register is closed"),
            Source::Server => ("The server is silent", "no link to the server"),
        };
        let says = match (is_loud, link) {
            (true, _) => format!(" {}: this is old ", trouble.unwrap_or(silent)),
            (false, Link::Offline) => format!(" {whose} · {}  {of_pages}", trouble.unwrap_or(away)),
            (false, Link::Live | Link::Stale { .. }) => {
                format!(" {whose} · {tickets} to make  {of_pages}{}", self.sold_out())
            }
        };
        canvas.text(row.x, row.y, left, &says, base);
    }

    /// What is sold out, for whoever is asked for it at the pass.
    fn sold_out(&self) -> String {
        let counted = self.picture.iter().flat_map(|picture| &picture.counted);
        let gone: Vec<&str> = counted.filter(|(_, left)| *left <= 0).map(|(name, _)| name.as_str()).collect();
        if gone.is_empty() { String::new() } else { format!("  86 {}", gone.join(", ")) }
    }

    fn view_foot(&self, canvas: &mut Canvas, row: Rect) {
        let theme = canvas.theme;
        canvas.region("done", row);
        canvas.fill(row, theme.quiet);
        let keys = " q Quit  < > Page  Tab Station  a All day  r Recall ";
        let done = self.picture.as_ref().map(|picture| picture.done.as_slice()).unwrap_or_default();
        let numbers: Vec<String> = done.iter().map(|order| order.local_number.to_string()).collect();
        let done = if numbers.is_empty() { String::new() } else { format!(" Done {} ", numbers.join(" ")) };
        let used = canvas.text(row.x, row.y, row.width, &done, theme.quiet);
        // Who has finished something knows the keys by now.
        if usize::from(row.width - used) >= cells(keys) {
            canvas.right(row.x, row.y, row.width, keys, theme.quiet);
        }
    }

    /// How many of each are still to be made, of all tickets together.
    fn view_panel(&self, canvas: &mut Canvas, area: Rect) {
        let theme = canvas.theme;
        canvas.region("all-day", area);
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for line in self.tickets().flat_map(|ticket| &ticket.lines) {
            if matches!(line.state, LineState::Sent | LineState::Preparing) {
                *counts.entry(&line.name).or_default() += line.quantity;
            }
        }
        let mut rows: Vec<(&str, u32)> = counts.into_iter().collect();
        rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        canvas.fill(Rect { height: 1, ..area }, theme.key);
        canvas.text(area.x, area.y, area.width, " All day", theme.key);
        let room = PANEL_ROWS.min(usize::from(area.height.saturating_sub(1)));
        let shown = if rows.len() > room { room.saturating_sub(1) } else { rows.len() };
        for (nth, (name, count)) in rows.iter().take(shown).enumerate() {
            canvas.text(area.x, area.y + 1 + nth as u16, area.width, &format!("{count:>3} {name}"), theme.strong);
        }
        if rows.len() > shown {
            let more = format!("    and {} more", rows.len() - shown);
            canvas.text(area.x, area.y + 1 + shown as u16, area.width, &more, theme.plain);
        }
        let below = area.y + 1 + rows.len().min(room) as u16;
        self.view_counted(canvas, Rect { y: below, height: area.bottom().saturating_sub(below), ..area });
    }

    /// What is counted down, where there is room: as many as are left of it.
    fn view_counted(&self, canvas: &mut Canvas, area: Rect) {
        let counted = self.picture.iter().flat_map(|picture| &picture.counted).filter(|(_, left)| *left > 0);
        let mut counted = counted.peekable();
        if counted.peek().is_none() || area.height < 2 {
            return;
        }
        canvas.fill(Rect { height: 1, ..area }, canvas.theme.key);
        canvas.text(area.x, area.y, area.width, " Left", canvas.theme.key);
        for ((name, left), y) in counted.zip(area.y + 1..area.bottom()) {
            canvas.text(area.x, y, area.width, &format!("{left:>3} {name}"), canvas.theme.strong);
        }
    }
}

#[cfg(test)]
mod tests;
