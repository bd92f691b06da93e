//! What screens have in common that only show (`kitchen`, `pickup`): they draw a picture that is handed to them, turn
//! its pages, and say how old it is. A command is nowhere in them.

use super::keys::Key;
use super::scene::{Canvas, cells, fit};
use crate::domain::Timestamp;
use ratatui::layout::Rect;
use ratatui::style::Style;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// Which of these screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Face {
    /// What stations must make.
    Kitchen,
    /// Which numbers guests wait for, and which are ready.
    Pickup,
}

impl Face {
    /// Its word in commands, flags and names of directories.
    pub fn code(self) -> &'static str {
        match self {
            Face::Kitchen => "kitchen",
            Face::Pickup => "pickup",
        }
    }

    /// What it is called in sentences.
    pub fn words(self) -> &'static str {
        match self {
            Face::Kitchen => "a kitchen's screen",
            Face::Pickup => "a guests' screen",
        }
    }
}

/// A screen that only shows.
pub trait Display: Debug {
    /// What it shows at one moment.
    type Picture: Debug + Send + 'static;
    /// How the house wants it shown.
    type Rules: Debug + Clone + Default + Send + 'static;

    /// Says what it waits for, as long as it has no picture yet.
    fn wait_for(&mut self, what: String);

    /// Shows another picture; true when there is something new in it, for the bell.
    fn show(&mut self, picture: Self::Picture, now: Timestamp) -> bool;

    /// Takes a key; `size` is the window's.
    fn press(&mut self, now: Timestamp, key: Key, size: (u16, u16)) -> Pressed;

    /// Draws everything; `trouble` says why nothing new comes, where that is known.
    fn view(&self, now: Timestamp, link: Link, trouble: Option<&str>, canvas: &mut Canvas);
}

/// Most orders that are looked at.
pub const ORDERS_MAX: u32 = 200;
/// After how long a picture is read again though nothing changed, in milliseconds: a void is shown for a while only,
/// and a number that nobody fetches.
pub const READ_AGAIN_MS: i64 = 10_000;

/// What a key asks of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed {
    /// Nothing: draw again.
    Stay,
    /// Leave.
    Quit,
}

/// When nothing was heard for longer than this, what is shown is old, in milliseconds.
const STALE_MS: i64 = 5_000;
/// From when an old picture is told in full width, in seconds.
const STALE_LOUD_S: u64 = 15;

/// How a screen stands to where its orders come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// The register runs, or the server's feed stands, and this is what they know.
    Live,
    /// The store, or the feed, has not been heard for so long.
    Stale {
        /// Seconds since then.
        seconds: u64,
    },
    /// The register is closed, or the server cannot be reached: nothing new will come.
    Offline,
}

impl Link {
    /// Something was heard so many milliseconds ago, and there is no reason why nothing more should be.
    pub fn heard_before(silent_ms: i64) -> Link {
        match silent_ms > STALE_MS {
            true => Link::Stale { seconds: u64::try_from(silent_ms / 1000).unwrap_or(0) },
            false => Link::Live,
        }
    }

    /// Whether it has been stale for so long that it must be told aloud.
    pub(super) fn is_long_stale(self) -> bool {
        matches!(self, Link::Stale { seconds } if seconds >= STALE_LOUD_S)
    }

    /// Draws the clock, by which one sees that the screen lives, and how it stands, at the right of a row that is
    /// filled in a style; answers how many columns are left of it.
    pub(super) fn view(self, now: Timestamp, canvas: &mut Canvas, row: Rect, base: Style) -> u16 {
        let (words, style) = match self {
            Link::Live => (" LIVE ".to_owned(), canvas.theme.good),
            Link::Stale { seconds } => (format!(" STALE {seconds}s "), canvas.theme.wrong),
            Link::Offline => (" OFFLINE ".to_owned(), canvas.theme.wrong),
        };
        canvas.fill(row, base);
        let taken = (cells(&words) as u16).min(row.width);
        let right = row.right() - taken;
        canvas.text(right, row.y, taken, &words, style);
        let clock = now.local().format(" %H:%M:%S ").to_string();
        let left = right.saturating_sub(cells(&clock) as u16).max(row.x);
        canvas.text(left, row.y, right - left, &clock, base);
        left - row.x
    }
}

/// How long a page stays when there are more, in milliseconds.
pub(super) const PAGE_MS: i64 = 8_000;
/// How long a page stays that somebody chose, in milliseconds.
pub(super) const CHOSEN_PAGE_MS: i64 = 30_000;

/// Which page is shown: the one that somebody chose a moment ago, or else one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pages {
    /// The page that somebody chose, and when.
    chosen: Option<(usize, Timestamp)>,
    since: Timestamp,
}

impl Pages {
    /// The first page from now on.
    pub(super) fn from(now: Timestamp) -> Pages {
        Pages { chosen: None, since: now }
    }

    /// Turns a page on or back, of so many.
    pub(super) fn turn(&mut self, now: Timestamp, pages: usize, forward: bool) {
        let step = if forward { 1 } else { pages - 1 };
        self.choose((self.at(now, pages) + step) % pages, now);
    }

    /// Somebody wants to see this page.
    pub(super) fn choose(&mut self, page: usize, now: Timestamp) {
        self.chosen = Some((page, now));
    }

    /// Nobody chooses any more.
    pub(super) fn choose_none(&mut self) {
        self.chosen = None;
    }

    /// The page that is shown, of so many.
    pub(super) fn at(&self, now: Timestamp, pages: usize) -> usize {
        let chosen = self.chosen.filter(|(_, at)| (0..CHOSEN_PAGE_MS).contains(&now.millis_since(*at)));
        let turns = now.millis_since(self.since).max(0) / PAGE_MS;
        chosen.map_or(usize::try_from(turns).unwrap_or(0), |(page, _)| page) % pages
    }
}

/// Says in a window of fewer columns and rows than `smallest` how large it must be; whether it did.
pub(super) fn view_too_small(canvas: &mut Canvas, smallest: (u16, u16)) -> bool {
    let all = canvas.area();
    let is_too_small = all.width < smallest.0 || all.height < smallest.1;
    if is_too_small {
        let says = format!("Make it {}x{} at least", smallest.0, smallest.1);
        canvas.text(all.x, all.y, all.width, &says, canvas.theme.strong);
    }
    is_too_small
}

/// Says that there is no picture yet, and why not.
pub(super) fn view_waiting(canvas: &mut Canvas, area: Rect, why: &str) {
    let middle = area.y + area.height / 2;
    canvas.centre(area.x, middle.saturating_sub(1), area.width, "Waiting", canvas.theme.strong);
    let rows = wrapped(why, usize::from(area.width.saturating_sub(4)), 0);
    for (row, y) in rows.iter().zip(middle..area.bottom()) {
        canvas.centre(area.x, y, area.width, row, canvas.theme.plain);
    }
}

/// Breaks a text between words to rows of `width` cells; all but the first begin with `indent` blanks. Blanks at its
/// beginning stay, and a word that is wider than a row is cut.
pub(super) fn wrapped(text: &str, width: usize, indent: usize) -> Vec<String> {
    let lead = text.len() - text.trim_start().len();
    let mut rows: Vec<String> = Vec::new();
    let mut row = " ".repeat(lead);
    let mut is_bare = true;
    for word in text.split_whitespace() {
        if !is_bare && cells(&row) + 1 + cells(word) > width {
            rows.push(std::mem::replace(&mut row, " ".repeat(indent)));
            is_bare = true;
        }
        if !is_bare {
            row.push(' ');
        }
        row.push_str(word);
        is_bare = false;
    }
    rows.push(row);
    rows.iter().map(|row| fit(row, width)).collect()
}
