//! What several screens draw: the foot line, grids of cells with a letter each, lists, text fields, dialogs, giant
//! digits. With a panel, each is as large as a finger needs it.

use super::keys::Key;
use super::scene::{Acts, Canvas, cells, fit};
use super::touch::KeySize;
use super::{Action, Desk, FootKey};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the foot line, each key a target: in two rows, where few keys get more room for their words; with a panel in
/// as many rows of keys as they need.
pub(super) fn foot(canvas: &mut Canvas, area: Rect, keys: &[FootKey]) {
    let Some(size) = canvas.touch else { return foot_lines(canvas, area, keys) };
    let rows = (keys.len() as u16).div_ceil(size.across(area.width)).max(1);
    let in_row = (keys.len() as u16).div_ceil(rows).max(1);
    let width = area.width / in_row;
    for (nth, (key, does)) in keys.iter().enumerate() {
        let (column, row) = (nth as u16 % in_row, nth as u16 / in_row);
        let spot =
            Rect { x: area.x + column * width, y: area.y + row * size.rows, width, height: size.rows.min(area.height) };
        let ink = Rect { width: width - 1, ..spot };
        let theme = canvas.theme;
        canvas.fill(ink, theme.key);
        let used = canvas.text(ink.x, ink.y, ink.width, &key.to_string(), theme.strong);
        if ink.height > 1 {
            for (row, line) in wrapped(does, ink.width, ink.width, ink.height - 1).iter().enumerate() {
                canvas.text(ink.x, ink.y + 1 + row as u16, ink.width, line, theme.key);
            }
        } else {
            canvas.text(ink.x + used, ink.y, ink.width.saturating_sub(used), &format!(" {does}"), theme.key);
        }
        canvas.commit(format!("{key} {does}"), spot, Action::Press(*key));
    }
}

/// How many rows of the window the foot takes for so many keys.
pub(super) fn foot_rows(touch: Option<KeySize>, width: u16, keys: usize) -> u16 {
    touch.map_or(2, |size| (keys as u16).div_ceil(size.across(width)).max(1) * size.rows)
}

fn foot_lines(canvas: &mut Canvas, area: Rect, keys: &[FootKey]) {
    let theme = canvas.theme;
    let in_row = if keys.len() <= 6 { 3 } else { 6 };
    let width = area.width / in_row;
    for (nth, (key, does)) in keys.iter().enumerate().take(usize::from(in_row * area.height)) {
        let (column, row) = (nth as u16 % in_row, nth as u16 / in_row);
        let spot = Rect { x: area.x + column * width, y: area.y + row, width: width.saturating_sub(1), height: 1 };
        let used = canvas.text(spot.x, spot.y, spot.width, &key.to_string(), theme.strong);
        canvas.fill(Rect { x: spot.x + used, width: spot.width.saturating_sub(used), ..spot }, theme.key);
        canvas.text(spot.x + used, spot.y, spot.width.saturating_sub(used), &format!(" {does}"), theme.key);
        canvas.commit(format!("{key} {does}"), spot, Action::Press(*key));
    }
}

/// The letter that addresses the nth cell of a page, if it has one.
pub(super) fn letter(nth: usize) -> Option<char> {
    u8::try_from(nth).ok().filter(|&nth| nth < 26).map(|nth| char::from(b'A' + nth))
}

/// Which cell of a page a key addresses.
pub(super) fn addressed(letter: char) -> Option<usize> {
    letter.is_ascii_uppercase().then(|| usize::from(letter as u8 - b'A'))
}

/// How a cell looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Can be chosen.
    Plain,
    /// Is chosen, or would be by Enter.
    Chosen,
    /// Cannot be had now.
    Gone,
}

/// One cell of a grid.
pub(super) struct Cell {
    /// Its name; also the label for taps.
    pub name: String,
    /// What stands at its right or below: a price, `SOLD OUT`.
    pub aside: String,
    /// How it looks.
    pub look: Look,
}

/// A grid of cells as it fits an area: columns, and rows of one or two lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    pub columns: usize,
    pub rows: usize,
    pub lines: u16,
    pub width: u16,
    /// There is more than a page: with a panel, its last two places turn it (Page Up, Page Down).
    pub turns: bool,
}

/// Cells of a page have letters: no page shows more.
const LETTERS: usize = 26;
/// Narrowest cell, in columns.
const CELL_COLUMNS_MIN: u16 = 15;
/// Narrowest cell with a name in it on a panel, in columns.
const TOUCH_COLUMNS_MIN: u16 = 9;
/// Widest cell, in columns: wider ones only tear a name and its price apart.
const CELL_COLUMNS_MAX: u16 = 30;

impl Grid {
    /// Chooses columns and lines a cell for `count` cells: the widest cells that let all of them be seen, with two
    /// lines before one; else as many as can be. With a panel a cell is at least a key.
    pub(super) fn fitting(area: Rect, count: usize, touch: Option<KeySize>) -> Grid {
        let narrowest = touch.map_or(CELL_COLUMNS_MIN, |size| size.columns.max(TOUCH_COLUMNS_MIN));
        let most = (area.width / narrowest).clamp(1, 8);
        let fewest = area.width.div_ceil(CELL_COLUMNS_MAX).clamp(1, most);
        let with = |columns: u16, lines: u16| Grid {
            columns: columns.into(),
            rows: usize::from(area.height / lines),
            lines,
            width: area.width / columns,
            turns: false,
        };
        let lines = touch.map_or([2, 1], |size| [size.rows; 2]);
        let mut grids = lines.into_iter().flat_map(|lines| (fewest..=most).map(move |columns| with(columns, lines)));
        let fits = |grid: &Grid| grid.columns * grid.rows >= count.min(LETTERS);
        let grid = grids.find(fits).unwrap_or_else(|| with(most, lines[1]));
        Grid { turns: touch.is_some() && count > grid.page() && grid.columns * grid.rows > 2, ..grid }
    }

    /// How many cells a page shows.
    pub(super) fn page(&self) -> usize {
        let turning = if self.turns { 2 } else { 0 };
        (self.columns * self.rows).saturating_sub(turning).clamp(1, LETTERS)
    }

    /// Draws a page of cells; with `lettered`, each shows the letter that addresses it. A tap acts at once.
    pub(super) fn view(&self, canvas: &mut Canvas, area: Rect, cells: &[Cell], lettered: bool) {
        self.draw(canvas, area, cells, lettered, Acts::OnDown);
    }

    /// Draws a page of cells that commit: a tap acts when the finger goes up.
    pub(super) fn view_to_commit(&self, canvas: &mut Canvas, area: Rect, cells: &[Cell]) {
        self.draw(canvas, area, cells, true, Acts::OnUp);
    }

    fn spot(&self, area: Rect, nth: usize) -> Rect {
        let (column, row) = ((nth % self.columns) as u16, (nth / self.columns) as u16);
        Rect { x: area.x + column * self.width, y: area.y + row * self.lines, width: self.width, height: self.lines }
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, cells: &[Cell], lettered: bool, acts: Acts) {
        for (nth, cell) in cells.iter().enumerate().take(self.page()) {
            let spot = self.spot(area, nth);
            let ink = Rect { width: spot.width.saturating_sub(1), ..spot };
            let address = letter(nth).filter(|_| lettered);
            view_cell(canvas, ink, cell, address);
            // On a panel the gap belongs to the key: a finger is no arrow.
            let answers = if canvas.touch.is_some() { spot } else { ink };
            canvas.answers(acts, cell.name.clone(), answers, Action::Cell(nth));
        }
        if self.turns {
            let last = self.columns * self.rows;
            for (nth, key, words) in [(last - 2, Key::PageUp, "< Page"), (last - 1, Key::PageDown, "Page >")] {
                button(canvas, self.spot(area, nth), words, key);
            }
        }
    }
}

/// A key that types or turns: acts at once.
pub(super) fn button(canvas: &mut Canvas, spot: Rect, words: &str, key: Key) {
    let style = canvas.theme.busy;
    face(canvas, spot, words, style);
    canvas.target(words, spot, Action::Press(key));
}

/// The face of a key: its words in the middle, a gap at the right and, where it is high enough, below.
pub(super) fn face(canvas: &mut Canvas, spot: Rect, words: &str, style: Style) {
    let gap = u16::from(spot.height > 2);
    let ink = Rect { width: spot.width.saturating_sub(1), height: spot.height - gap, ..spot };
    canvas.fill(ink, style);
    canvas.centre(ink.x, middle(ink), ink.width, words, style);
}

/// Draws the cells of a dialog, each of which commits: as the dialog has them, or with a panel over all of it.
pub(super) fn choices(canvas: &mut Canvas, inside: Rect, area: Rect, grid: Grid, cells: &[Cell]) {
    match canvas.touch {
        None => grid.view_to_commit(canvas, area, cells),
        touch => Grid::fitting(inside, cells.len(), touch).view_to_commit(canvas, inside, cells),
    }
}

/// Foot keys that move a list by a page: with a panel, where fingers have no Page Down.
pub(super) fn page_keys(desk: &Desk) -> Vec<FootKey> {
    let keys = vec![(Key::PageUp, "Page up"), (Key::PageDown, "Page down")];
    desk.touch().map_or(Vec::new(), |_| keys)
}

/// How many rows a page moves a list; with a panel few of them are in sight, and none may be skipped.
pub(super) fn page_step(desk: &Desk) -> usize {
    if desk.touch().is_some() { 3 } else { 10 }
}

/// The row in the middle of an area.
pub(super) fn middle(area: Rect) -> u16 {
    area.y + area.height.saturating_sub(1) / 2
}

/// The rows of a list that are in sight around the chosen one, and where each stands: one line high, with a panel as
/// high as a key. What a row says stands in its [`middle`].
pub(super) fn list(canvas: &Canvas, area: Rect, count: usize, chosen: usize) -> Vec<(usize, Rect)> {
    let height = canvas.touch.map_or(1, |size| size.rows);
    let room = usize::from(area.height / height);
    let from = scrolled(chosen, count, room);
    let spot = |nth: usize| Rect { y: area.y + (nth - from) as u16 * height, height, ..area };
    (from..count.min(from + room)).map(|nth| (nth, spot(nth))).collect()
}

fn view_cell(canvas: &mut Canvas, spot: Rect, cell: &Cell, address: Option<char>) {
    let theme = canvas.theme;
    let style = match cell.look {
        Look::Plain => theme.key,
        Look::Chosen => theme.chosen,
        Look::Gone => theme.gone,
    };
    canvas.fill(spot, style);
    let mut x = spot.x;
    if let Some(address) = address {
        x += canvas.text(x, spot.y, 2, &format!("{address} "), theme.address);
    }
    let room = spot.right().saturating_sub(x);
    if spot.height > 2 {
        let below = u16::from(!cell.aside.is_empty());
        for (row, line) in wrapped(&cell.name, room, spot.width, spot.height - below).iter().enumerate() {
            let x = if row == 0 { x } else { spot.x };
            canvas.text(x, spot.y + row as u16, spot.right() - x, line, style);
        }
        canvas.right(spot.x, spot.bottom() - 1, spot.width, &cell.aside, style);
    } else if spot.height > 1 {
        // A name that is too long goes on beside the price, from a word on where there is one.
        let aside = cells(&cell.aside) as u16;
        let below = spot.width.saturating_sub(aside + 2);
        let (first, rest) = broken(&cell.name, room.into());
        canvas.text(x, spot.y, room, first, style);
        canvas.text(spot.x + 1, spot.y + 1, below, rest, style);
        canvas.right(spot.x, spot.y + 1, spot.width, &cell.aside, style);
    } else {
        let aside = cells(&cell.aside) as u16;
        let name_room = if aside > 0 { room.saturating_sub(aside + 1) } else { room };
        canvas.text(x, spot.y, name_room, &cell.name, style);
        canvas.right(x, spot.y, room, &cell.aside, style);
    }
}

/// Breaks a text at the last blank that leaves the first part within `most` cells; one long word is not broken.
fn broken(text: &str, most: usize) -> (&str, &str) {
    if cells(text) <= most {
        return (text, "");
    }
    let breaks = text.match_indices(' ').map(|(at, _)| at).take_while(|&at| cells(&text[..at]) <= most);
    breaks.last().map_or((text, ""), |at| (&text[..at], text[at..].trim_start()))
}

/// Breaks a text into at most `rows` lines: the first of `first` cells, the others of `width`; between words, else
/// where it must be. What is too long is left whole in the last line, to be cut with `…`.
pub(super) fn wrapped(text: &str, first: u16, width: u16, rows: u16) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let room = usize::from(if lines.is_empty() { first } else { width }).max(1);
        if lines.len() + 1 >= usize::from(rows) || cells(rest) <= room {
            lines.push(rest.to_owned());
            break;
        }
        let letters = rest.char_indices().map(|(at, letter)| at + letter.len_utf8());
        let most = letters.take_while(|&end| cells(&rest[..end]) <= room).last().unwrap_or(0);
        // A word that would fit into a line of its own is not torn.
        let word = rest.find(' ').unwrap_or(rest.len());
        let whole = rest.match_indices(' ').map(|(at, _)| at).take_while(|&at| at <= most).last();
        let cut = match whole {
            Some(at) => at,
            None if cells(&rest[..word]) <= usize::from(width) && lines.is_empty() && first < width => 0,
            None => most.max(rest.chars().next().map_or(1, char::len_utf8)),
        };
        lines.push(rest[..cut].to_owned());
        rest = rest[cut..].trim_start();
    }
    lines
}

/// A dialog in the middle of an area: covers what is below it and returns what is inside its frame. With a panel it
/// takes all of the area, for its keys need it.
pub(super) fn dialog(canvas: &mut Canvas, area: Rect, width: u16, height: u16, title: &str) -> Rect {
    let (width, height) = if canvas.touch.is_some() { (area.width, area.height) } else { (width, height) };
    let width = width.min(area.width);
    let height = height.min(area.height);
    let spot = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    canvas.cover(spot);
    canvas.region("dialog", spot);
    canvas.frame(spot, title, canvas.theme.strong)
}

/// One row to type in, with a block for the cursor while it listens.
pub(super) fn field(canvas: &mut Canvas, area: Rect, text: &str, listens: bool) {
    let theme = canvas.theme;
    canvas.fill(area, theme.quiet);
    // The end of a long text is what is being typed: its beginning gives way.
    let most = usize::from(area.width.saturating_sub(1));
    let mut shown = text.to_owned();
    while cells(&shown) > most {
        shown.remove(0);
    }
    let used = canvas.text(area.x, area.y, area.width, &shown, theme.quiet);
    if listens {
        canvas.text(area.x + used, area.y, 1, theme.cursor, theme.quiet);
    }
}

/// Digits of 5 rows made of full blocks: the one block that every console font has.
const GIANT: &[(char, [&str; 5])] = &[
    ('0', ["███", "█ █", "█ █", "█ █", "███"]),
    ('1', [" █ ", "██ ", " █ ", " █ ", "███"]),
    ('2', ["███", "  █", "███", "█  ", "███"]),
    ('3', ["███", "  █", "███", "  █", "███"]),
    ('4', ["█ █", "█ █", "███", "  █", "  █"]),
    ('5', ["███", "█  ", "███", "  █", "███"]),
    ('6', ["███", "█  ", "███", "█ █", "███"]),
    ('7', ["███", "  █", "  █", "  █", "  █"]),
    ('8', ["███", "█ █", "███", "█ █", "███"]),
    ('9', ["███", "█ █", "███", "  █", "███"]),
    ('.', [" ", " ", " ", " ", "█"]),
    ('-', ["   ", "   ", "███", "   ", "   "]),
];

/// Rows of giant digits.
pub(super) const GIANT_ROWS: u16 = 5;

/// Writes digits five rows high, each block two cells wide where the area allows, centred.
pub(super) fn giant(canvas: &mut Canvas, area: Rect, digits: &str, style: Style) {
    let glyphs: Vec<&[&str; 5]> =
        digits.chars().filter_map(|it| GIANT.iter().find(|(letter, _)| *letter == it)).map(|(_, rows)| rows).collect();
    for row in 0..usize::from(GIANT_ROWS.min(area.height)) {
        let thin = glyphs.iter().map(|rows| rows[row]).collect::<Vec<_>>().join(" ");
        let wide: String = thin.chars().flat_map(|it| [it, it]).collect();
        let line = if cells(&wide) <= usize::from(area.width) { wide } else { fit(&thin, area.width.into()) };
        canvas.centre(area.x, area.y + row as u16, area.width, &line, style);
    }
}

/// The part of a list that shows a chosen row: where it starts, for `rows` rows in sight.
pub(super) fn scrolled(chosen: usize, count: usize, rows: usize) -> usize {
    if count <= rows { 0 } else { chosen.saturating_sub(rows / 2).min(count - rows) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::scene::Scene;
    use crate::tui::theme::Theme;
    use ratatui::buffer::Buffer;

    #[test]
    fn texts_are_broken_between_words_and_else_where_they_must_be() {
        // text, cells of the first line and of the others, lines, what they say
        let rows: [(&str, u16, u16, u16, &[&str]); 9] = [
            ("Cola", 7, 9, 3, &["Cola"]),
            ("Bacon burger", 7, 9, 2, &["Bacon", "burger"]),
            ("Cheeseburger", 7, 9, 2, &["Cheeseb", "urger"]),
            ("Margherita", 7, 10, 2, &["", "Margherita"]),
            ("Blue cheese burger", 9, 9, 2, &["Blue", "cheese burger"]),
            ("Blue cheese burger", 9, 11, 3, &["Blue", "cheese", "burger"]),
            ("宫保鸡丁", 5, 6, 3, &["宫保", "鸡丁"]),
            ("Crème brûlée", 5, 6, 2, &["Crème", "brûlée"]),
            ("", 5, 5, 3, &[]),
        ];
        for (text, first, width, most, lines) in rows {
            assert_eq!(wrapped(text, first, width, most), lines, "{text} in {first}, {width}");
        }
    }

    #[test]
    fn a_foot_has_room_for_every_key() {
        for (columns, rows) in [(7, 3), (5, 2), (10, 4), (22, 1)] {
            let size = KeySize { columns, rows };
            for count in 1..=20 {
                let height = foot_rows(Some(size), 66, count);
                let area = Rect { x: 0, y: 0, width: 66, height };
                let (mut buffer, mut scene) = (Buffer::empty(area), Scene::default());
                let mut canvas = Canvas::new(&mut buffer, &mut scene, Theme::full());
                canvas.touch = Some(size);
                foot(&mut canvas, area, &vec![(Key::F(1), "Help"); count]);
                assert_eq!(scene.targets.len(), count, "{size:?}");
                for (nth, target) in scene.targets.iter().enumerate() {
                    let spot = target.area;
                    assert!(spot.width >= columns && spot.height >= rows, "{count} keys of {size:?}: {spot:?}");
                    assert!(scene.targets[nth + 1..].iter().all(|it| it.area.intersection(spot).is_empty()));
                }
            }
        }
    }
}
