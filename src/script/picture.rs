//! The screen as a script sees it: cells, named regions and labelled targets. Colours are there for reports alone: they
//! never carry meaning.

use super::ink::Ink;
use unicode_width::UnicodeWidthStr;

/// The name of the region that holds the status bar: `Expect status "…"` looks there.
pub const STATUS_REGION: &str = "status";

/// A rectangle of cells, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// Its first column.
    pub column: u16,
    /// Its first row.
    pub row: u16,
    /// How many columns it has.
    pub columns: u16,
    /// How many rows it has.
    pub rows: u16,
}

impl Area {
    /// The cell in its middle, column and row; left and above of it where there is no middle.
    pub fn middle(self) -> (u16, u16) {
        let half = |length: u16| length.saturating_sub(1) / 2;
        (self.column.saturating_add(half(self.columns)), self.row.saturating_add(half(self.rows)))
    }

    /// Whether the cell lies inside.
    pub fn has(self, column: u16, row: u16) -> bool {
        let within = |at: u16, first: u16, length: u16| at >= first && at - first < length;
        within(column, self.column, self.columns) && within(row, self.row, self.rows)
    }
}

/// One settled screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Picture {
    /// How many columns it has.
    pub columns: u16,
    /// How many rows it has.
    pub rows: u16,
    /// One symbol a cell, row by row; a blank is `" "`, and a symbol two cells wide is followed by an empty cell.
    pub cells: Vec<Vec<String>>,
    /// How each cell is drawn, row by row; empty where a stage does not know.
    pub inks: Vec<Vec<Ink>>,
    /// The named parts of the screen. A name may stand more than once: then its areas are read in order.
    pub regions: Vec<(String, Area)>,
    /// What can be tapped, by its label. A target of the foot line begins with its key: `F3 Send`.
    pub targets: Vec<(String, Area)>,
    /// The name of the screen on top.
    pub focus: String,
}

impl Picture {
    /// A blank screen.
    pub fn blank(columns: u16, rows: u16) -> Picture {
        let row = vec![" ".to_owned(); usize::from(columns)];
        Picture { columns, rows, cells: vec![row; usize::from(rows)], ..Picture::default() }
    }

    /// A screen that shows these lines from its upper left corner; what does not fit is cut off.
    pub fn of_lines(columns: u16, rows: u16, lines: &[&str]) -> Picture {
        let mut picture = Picture::blank(columns, rows);
        for (cells, line) in picture.cells.iter_mut().zip(lines) {
            let mut at = 0;
            for symbol in line.chars().map(String::from) {
                let wide = symbol.width();
                if wide == 0 {
                    // A mark of no width goes on the symbol before it.
                    if let Some(before) = cells.iter_mut().take(at).rfind(|it| !it.is_empty()) {
                        before.push_str(&symbol);
                    }
                    continue;
                }
                let Some([first, rest @ ..]) = cells.get_mut(at..at + wide) else { break };
                *first = symbol;
                rest.iter_mut().for_each(String::clear);
                at += wide;
            }
        }
        picture
    }

    /// How a cell is drawn.
    pub fn ink(&self, column: u16, row: u16) -> Ink {
        self.inks.get(usize::from(row)).and_then(|row| row.get(usize::from(column))).copied().unwrap_or_default()
    }

    /// The rows as plain text, without blanks at their ends and without control characters.
    pub fn lines(&self) -> Vec<String> {
        self.area_lines(Area { column: 0, row: 0, columns: self.columns, rows: self.rows })
    }

    /// The rows of an area as plain text, cut by cells; what lies outside the screen is left out.
    pub fn area_lines(&self, area: Area) -> Vec<String> {
        let rows = self.cells.iter().take(usize::from(self.rows));
        let columns = usize::from(self.columns.saturating_sub(area.column).min(area.columns));
        rows.skip(usize::from(area.row))
            .take(usize::from(area.rows))
            .map(|cells| {
                let text: String =
                    cells.iter().skip(usize::from(area.column)).take(columns).map(String::as_str).collect();
                printable(text.trim_end())
            })
            .collect()
    }

    /// The rows of a region; `None` when the screen has no region of that name.
    pub fn region_lines(&self, name: &str) -> Option<Vec<String>> {
        let mut areas = self.regions.iter().filter(|(known, _)| known == name).map(|(_, area)| *area).peekable();
        areas.peek()?;
        Some(areas.flat_map(|area| self.area_lines(area)).collect())
    }

    /// The text of a region, one row a line; `None` when the screen has no region of that name.
    pub fn region_text(&self, name: &str) -> Option<String> {
        self.region_lines(name).map(|lines| lines.join("\n"))
    }

    /// The names of the regions, each once, in order.
    pub fn region_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in &self.regions {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    /// The same screen with `*` in place of each of these PINs, where it stands alone and not inside a longer number.
    pub fn masked(&self, pins: &[String]) -> Picture {
        let mut picture = self.clone();
        for cells in &mut picture.cells {
            pins.iter().for_each(|pin| mask_cells(cells, pin));
        }
        picture
    }
}

fn mask_cells(cells: &mut [String], pin: &str) {
    let digit =
        |cell: Option<&String>| cell.is_some_and(|it| it.chars().next().is_some_and(|first| first.is_ascii_digit()));
    let length = pin.chars().count();
    let mut at = 0;
    while length > 0 && at + length <= cells.len() {
        let alone = !digit(at.checked_sub(1).and_then(|before| cells.get(before))) && !digit(cells.get(at + length));
        if alone && cells[at..at + length].concat() == pin {
            cells[at..at + length].fill("*".to_owned());
        }
        at += 1;
    }
}

/// The text with U+FFFD in place of every control character, so that showing it cannot move a cursor.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(column: u16, row: u16, columns: u16, rows: u16) -> Area {
        Area { column, row, columns, rows }
    }

    #[test]
    fn a_region_is_cut_by_cells_and_not_by_letters() {
        let mut picture = Picture::of_lines(12, 3, &["炒饭 8 |right", "e\u{301}te\u{301}  1|x", "\u{1b}[31m"]);
        // region, its area, what it reads
        for (name, at, reads) in [
            ("left", area(0, 0, 7, 2), "炒饭 8\ne\u{301}te\u{301}  1|"),
            ("price", area(5, 0, 1, 1), "8"),
            ("half", area(1, 0, 3, 1), "饭"),
            ("outside", area(8, 1, 90, 90), "\n"),
            ("nowhere", area(50, 50, 9, 9), ""),
        ] {
            picture.regions.push((name.to_owned(), at));
            assert_eq!(picture.region_text(name).as_deref(), Some(reads), "{name}");
        }
        assert_eq!(picture.region_text("none"), None);
        assert_eq!(picture.lines()[2], "\u{fffd}[31m");
    }

    #[test]
    fn a_pin_is_masked_where_it_stands_alone() {
        let picture = Picture::of_lines(30, 1, &["1111 11111 a1111b 111 1111"]);
        assert_eq!(picture.masked(&["1111".to_owned()]).lines(), ["**** 11111 a****b 111 ****"]);
        assert_eq!(picture.masked(&[]).lines(), picture.lines());
    }

    #[test]
    fn a_tap_goes_to_the_middle() {
        for (at, middle) in [
            (area(3, 4, 1, 1), (3, 4)),
            (area(3, 4, 5, 3), (5, 5)),
            (area(3, 4, 4, 2), (4, 4)),
            (area(3, 4, 0, 0), (3, 4)),
        ] {
            assert_eq!(at.middle(), middle, "{at:?}");
        }
        assert!(area(2, 2, 1, 1).has(2, 2) && !area(2, 2, 1, 1).has(3, 2) && !area(2, 2, 0, 1).has(2, 2));
    }
}
