//! What guests see who wait for their order at the counter: numbers that are being prepared and numbers that are ready,
//! and nothing else. No name, item or price is in the [`Picture`] that is handed to it, and no word for a command here.
//!
//! `sheet` says how large numbers are drawn and which stand on a page; this file is what is on the screen around them.

mod sheet;

use crate::domain::pickup::{PickupOrder, PickupRules, Stage};
use crate::domain::{OrderId, Timestamp};
use crate::tui::display::{Display, Link, Pages, Pressed, view_too_small, view_waiting};
use crate::tui::keys::Key;
use crate::tui::large::{Large, Scale};
use crate::tui::manual::Page;
use crate::tui::scene::{Canvas, cells};
use ratatui::layout::Rect;
use ratatui::style::Style;
use sheet::{Held, Sheet};
use std::collections::BTreeMap;

/// What help says of it.
const HELP: &[&str] = &[
    "For guests who fetch their order at the counter: the numbers of their receipts, and nothing else. PREPARING is",
    "what was sent, the oldest first. READY is what waits at the counter, the newest first: it is reversed for some",
    "seconds, and the bell rings. What comes to a READY order later makes it PREPARING again. A number leaves when the",
    "pass calls it served, when it is voided, and a while after it was ready once it is paid.",
    "Which order types are shown, and for how long, the configuration says under [pickup].",
    "What does not fit takes turns; the oldest number stays on every page.",
    "LIVE, STALE 12s and OFFLINE mean what they mean on the screen `kitchen`. When what is shown is old, guests are",
    "told to ask at the counter.",
];
/// Its keys, and what they do.
const KEYS: &[(&str, &str)] = &[
    ("q, Ctrl+q", "quits"),
    ("Right, PgDn", "the next page; without a key they turn by themselves"),
    ("Left, PgUp", "the page before"),
];

/// What help says of the guests' screen.
pub fn page() -> Page {
    Page::new("pickup", HELP, [], KEYS)
}

/// Fewest columns and rows that it can be read with.
pub const SMALLEST: (u16, u16) = (24, 6);
/// How long a number is shown in reverse that has become ready, in milliseconds.
const FLASH_MS: i64 = 6_000;
/// From how many rows on the titles are as large as numbers: they take seven of them.
const TITLES_LARGE_FROM: u16 = 30;
/// Rows of a large title, with one above and one below.
const TITLE_ROWS: u16 = 7;
/// How titles are drawn that are large.
const TITLE_SCALE: Scale = Scale { columns: 1, rows: 1 };

/// What the store says at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// What guests wait for, in the order in which it was sent.
    pub orders: Vec<PickupOrder>,
}

/// A guests' screen.
#[derive(Debug)]
pub struct Pickup {
    /// Why nothing new comes, where nobody knows better.
    away: &'static str,
    /// None until the store has answered for the first time; then a sentence says why not.
    picture: Option<Picture>,
    waits_for: String,
    /// Since when each number is known here to be ready; none when it was before this screen looked.
    ready: BTreeMap<OrderId, Option<Timestamp>>,
    pages: Pages,
}

impl Pickup {
    /// A screen beside a register.
    pub fn new(now: Timestamp) -> Pickup {
        Pickup {
            away: "the register is closed",
            picture: None,
            waits_for: "Looking for the register's store".to_owned(),
            ready: BTreeMap::new(),
            pages: Pages::from(now),
        }
    }

    /// A screen on a box of its own, whose orders come from a server.
    pub fn of_server(now: Timestamp) -> Pickup {
        Pickup { away: "no link to the server", ..Pickup::new(now) }
    }
}

impl Display for Pickup {
    type Picture = Picture;
    type Rules = PickupRules;

    fn wait_for(&mut self, what: String) {
        self.waits_for = what;
    }

    fn show(&mut self, picture: Picture, now: Timestamp) -> bool {
        let is_first = self.picture.is_none();
        let ready = picture.orders.iter().filter(|order| order.stage == Stage::Ready);
        let seen = |order: &PickupOrder| {
            let known = self.ready.get(&order.order_id).copied();
            (order.order_id, known.unwrap_or((!is_first).then_some(now)))
        };
        let seen: BTreeMap<OrderId, Option<Timestamp>> = ready.map(seen).collect();
        let rings = !is_first && seen.keys().any(|order_id| !self.ready.contains_key(order_id));
        self.ready = seen;
        self.picture = Some(picture);
        if rings {
            // What is new stands on the first page.
            self.pages = Pages::from(now);
        }
        rings
    }

    fn press(&mut self, now: Timestamp, key: Key, (width, height): (u16, u16)) -> Pressed {
        let forward = match key {
            Key::Char('q' | 'Q') | Key::Ctrl('q') => return Pressed::Quit,
            Key::Left | Key::PageUp => false,
            Key::Right | Key::PageDown => true,
            Key::Char(_) | Key::Ctrl(_) | Key::Alt(_) | Key::F(_) => return Pressed::Stay,
            Key::Enter | Key::Esc | Key::Backspace | Key::Delete | Key::Tab | Key::BackTab => return Pressed::Stay,
            Key::Up | Key::Down | Key::Home | Key::End => return Pressed::Stay,
        };
        let [preparing, ready] = self.halves(Rect { x: 0, y: 0, width, height });
        self.pages.turn(now, preparing.sheet.pages().max(ready.sheet.pages()), forward);
        Pressed::Stay
    }

    fn view(&self, now: Timestamp, link: Link, trouble: Option<&str>, canvas: &mut Canvas) {
        let all = canvas.area();
        canvas.fill(all, canvas.theme.plain);
        canvas.focus("pickup");
        if view_too_small(canvas, SMALLEST) {
            return;
        }
        let foot = Rect { y: all.bottom() - 1, height: 1, ..all };
        self.view_foot(now, (link, trouble), canvas, foot);
        if self.picture.is_none() {
            return view_waiting(canvas, Rect { height: all.height - 1, ..all }, &self.waits_for);
        }
        for half in self.halves(all) {
            half.view(self, now, canvas);
        }
    }
}

/// One half of the screen.
struct Half {
    stage: Stage,
    area: Rect,
    title_rows: u16,
    orders: Vec<(OrderId, String)>,
    sheet: Sheet,
}

impl Pickup {
    /// What is prepared, at the left, and what is ready, at the right.
    fn halves(&self, all: Rect) -> [Half; 2] {
        let height = all.height.saturating_sub(1);
        let width = all.width.saturating_sub(1) / 2;
        let widest = Large::of(title(Stage::Preparing)).map_or(0, |large| large.size(TITLE_SCALE).0);
        let title_rows = if all.height >= TITLES_LARGE_FROM && width >= widest { TITLE_ROWS } else { 1 };
        [Stage::Preparing, Stage::Ready].map(|stage| {
            let area = match stage {
                Stage::Preparing => Rect { width, height, ..all },
                Stage::Ready => Rect { x: all.x + width + 1, width: all.width - width - 1, height, ..all },
            };
            let orders = self.orders(stage);
            let numbers: Vec<&str> = orders.iter().map(|(_, number)| number.as_str()).collect();
            let held = match stage {
                Stage::Preparing => Held::First,
                Stage::Ready => Held::Last,
            };
            let room = Rect { y: area.y + title_rows + 1, height: height.saturating_sub(title_rows + 1), ..area };
            let sheet = Sheet::of(&numbers, room, held);
            Half { stage, area, title_rows, orders, sheet }
        })
    }

    /// What is prepared, the oldest first, or what is ready, the newest first.
    fn orders(&self, stage: Stage) -> Vec<(OrderId, String)> {
        let orders = self.picture.iter().flat_map(|picture| &picture.orders);
        let mut orders: Vec<&PickupOrder> = orders.filter(|order| order.stage == stage).collect();
        match stage {
            Stage::Preparing => {}
            // What this screen saw becoming ready itself came after all else.
            Stage::Ready => orders.sort_by_key(|order| {
                let seen_at = self.ready.get(&order.order_id).copied().flatten();
                std::cmp::Reverse((seen_at.map(|at| at.unix_ms), order.since.unix_ms))
            }),
        }
        orders.into_iter().map(|order| (order.order_id, order.local_number.to_string())).collect()
    }

    fn is_fresh(&self, now: Timestamp, order_id: OrderId) -> bool {
        let ready_at = self.ready.get(&order_id).copied().flatten();
        ready_at.is_some_and(|at| (0..FLASH_MS).contains(&now.millis_since(at)))
    }

    /// Whether what is shown can be trusted: small while it can, and told to guests when it cannot.
    fn view_foot(&self, now: Timestamp, (link, trouble): (Link, Option<&str>), canvas: &mut Canvas, row: Rect) {
        canvas.region("link", row);
        let is_old = link == Link::Offline || link.is_long_stale();
        let base = if is_old { canvas.theme.wrong } else { canvas.theme.quiet };
        let left = link.view(now, canvas, row, base);
        if is_old {
            let why = match link {
                Link::Offline => trouble.unwrap_or(self.away),
                Link::Live | Link::Stale { .. } => trouble.unwrap_or("this is old"),
            };
            canvas.text(row.x, row.y, left, &format!(" Please ask at the counter · {why} "), base);
        }
    }
}

impl Half {
    fn view(&self, screen: &Pickup, now: Timestamp, canvas: &mut Canvas) {
        let theme = canvas.theme;
        let (region, bar, style) = match self.stage {
            Stage::Preparing => ("preparing", theme.quiet, theme.strong),
            Stage::Ready => ("ready", theme.good, theme.good),
        };
        canvas.region(region, self.area);
        let (pages, title) = (self.sheet.pages(), title(self.stage));
        let page = screen.pages.at(now, pages);
        let of_pages = if pages > 1 { format!("{}/{pages} ", page + 1) } else { String::new() };
        let row = Rect { height: self.title_rows, ..self.area };
        canvas.fill(row, bar);
        match Large::of(title).filter(|_| self.title_rows == TITLE_ROWS) {
            Some(large) => {
                let across = row.width.saturating_sub(large.size(TITLE_SCALE).0) / 2;
                large.draw(canvas, (row.x + across, row.y + 1), TITLE_SCALE, bar);
            }
            None => view_title(canvas, row, title, bar, &of_pages),
        }
        canvas.right(row.x, row.y, row.width, &of_pages, bar);
        for (nth, spot) in self.sheet.page(page) {
            let Some((order_id, number)) = self.orders.get(nth) else { continue };
            let is_fresh = screen.is_fresh(now, *order_id);
            let style = if is_fresh { theme.flashed(style) } else { style };
            canvas.fill(spot, style);
            self.view_number(canvas, spot, number, style);
        }
    }

    fn view_number(&self, canvas: &mut Canvas, spot: Rect, number: &str, style: Style) {
        match self.sheet.scale.and_then(|scale| Some((scale, Large::of(number)?))) {
            Some((scale, large)) => {
                let across = spot.width.saturating_sub(large.size(scale).0) / 2;
                large.draw(canvas, (spot.x + across, spot.y), scale, style);
            }
            None => canvas.centre(spot.x, spot.y, spot.width, number, style),
        }
    }
}

/// In the middle of its row, or cut where the pages stand beside it.
fn view_title(canvas: &mut Canvas, row: Rect, title: &str, style: Style, of_pages: &str) {
    let beside = 2 * (cells(of_pages) + 1);
    if cells(title) + beside <= row.width.into() {
        canvas.centre(row.x, row.y, row.width, title, style);
    } else {
        canvas.text(row.x, row.y, row.width.saturating_sub(beside as u16 / 2), title, style);
    }
}

/// What stands above the numbers.
fn title(stage: Stage) -> &'static str {
    match stage {
        Stage::Preparing => "PREPARING",
        Stage::Ready => "READY",
    }
}

#[cfg(test)]
mod tests;
