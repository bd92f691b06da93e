//! What several screens draw: the foot line, grids of cells with a letter each, text fields, dialogs, giant digits.

use super::scene::{Canvas, cells, fit};
use super::{Action, FootKey};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the foot line: up to twelve keys in two rows, each a target; few keys get more room for their words.
pub(super) fn foot(canvas: &mut Canvas, area: Rect, keys: &[FootKey]) {
    let theme = canvas.theme;
    let in_row = if keys.len() <= 6 { 3 } else { 6 };
    let width = area.width / in_row;
    for (nth, (key, does)) in keys.iter().enumerate().take(usize::from(in_row * area.height)) {
        let (column, row) = (nth as u16 % in_row, nth as u16 / in_row);
        let spot = Rect { x: area.x + column * width, y: area.y + row, width: width.saturating_sub(1), height: 1 };
        let used = canvas.text(spot.x, spot.y, spot.width, &key.to_string(), theme.strong);
        canvas.fill(Rect { x: spot.x + used, width: spot.width.saturating_sub(used), ..spot }, theme.key);
        canvas.text(spot.x + used, spot.y, spot.width.saturating_sub(used), &format!(" {does}"), theme.key);
        canvas.target(format!("{key} {does}"), spot, Action::Press(*key));
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
}

/// Cells of a page have letters: no page shows more.
const LETTERS: usize = 26;
/// Narrowest cell, in columns.
const CELL_COLUMNS_MIN: u16 = 15;
/// Widest cell, in columns: wider ones only tear a name and its price apart.
const CELL_COLUMNS_MAX: u16 = 30;

impl Grid {
    /// Chooses columns and lines a cell for `count` cells: the widest cells that let all of them be seen, with two
    /// lines before one; else as many as can be.
    pub(super) fn fitting(area: Rect, count: usize) -> Grid {
        let most = (area.width / CELL_COLUMNS_MIN).clamp(1, 8);
        let fewest = area.width.div_ceil(CELL_COLUMNS_MAX).clamp(1, most);
        let with = |columns: u16, lines: u16| Grid {
            columns: columns.into(),
            rows: usize::from(area.height / lines),
            lines,
            width: area.width / columns,
        };
        let mut grids = [2, 1].into_iter().flat_map(|lines| (fewest..=most).map(move |columns| with(columns, lines)));
        grids.find(|grid| grid.columns * grid.rows >= count.min(LETTERS)).unwrap_or_else(|| with(most, 1))
    }

    /// How many cells a page shows.
    pub(super) fn page(&self) -> usize {
        (self.columns * self.rows).clamp(1, LETTERS)
    }

    /// Draws a page of cells; with `lettered`, each shows the letter that addresses it.
    pub(super) fn view(&self, canvas: &mut Canvas, area: Rect, cells: &[Cell], lettered: bool) {
        for (nth, cell) in cells.iter().enumerate().take(self.page()) {
            let (column, row) = ((nth % self.columns) as u16, (nth / self.columns) as u16);
            let spot = Rect {
                x: area.x + column * self.width,
                y: area.y + row * self.lines,
                width: self.width.saturating_sub(1),
                height: self.lines,
            };
            let address = letter(nth).filter(|_| lettered);
            view_cell(canvas, spot, cell, address);
            canvas.target(cell.name.clone(), spot, Action::Cell(nth));
        }
    }
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
    if spot.height > 1 {
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

/// A dialog in the middle of an area: covers what is below it and returns what is inside its frame.
pub(super) fn dialog(canvas: &mut Canvas, area: Rect, width: u16, height: u16, title: &str) -> Rect {
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
