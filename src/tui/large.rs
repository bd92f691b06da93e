//! Letters and digits that are read from across the room: five rows of blocks each, drawn with `█` alone, which every
//! console has, and with reversed blanks where there is ASCII alone.

use super::glyphs::Glyphs;
use super::scene::Canvas;
use ratatui::style::Style;

/// How many blocks a letter is high.
pub const ROWS: usize = 5;

/// How many cells a block takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Beside one another.
    pub columns: u16,
    /// Below one another.
    pub rows: u16,
}

/// The sizes that are drawn, the largest first. A cell is about twice as high as it is wide.
pub const SCALES: [Scale; 4] = [
    Scale { columns: 6, rows: 3 },
    Scale { columns: 4, rows: 2 },
    Scale { columns: 2, rows: 1 },
    Scale { columns: 1, rows: 1 },
];

/// What each letter is made of, row by row: `#` is a block.
const FONT: &[(char, [&str; ROWS])] = &[
    ('0', ["###", "# #", "# #", "# #", "###"]),
    ('1', [" # ", "## ", " # ", " # ", "###"]),
    ('2', ["###", "  #", "###", "#  ", "###"]),
    ('3', ["###", "  #", "###", "  #", "###"]),
    ('4', ["# #", "# #", "###", "  #", "  #"]),
    ('5', ["###", "#  ", "###", "  #", "###"]),
    ('6', ["###", "#  ", "###", "# #", "###"]),
    ('7', ["###", "  #", "  #", "  #", "  #"]),
    ('8', ["###", "# #", "###", "# #", "###"]),
    ('9', ["###", "# #", "###", "  #", "###"]),
    ('A', [" # ", "# #", "###", "# #", "# #"]),
    ('B', ["## ", "# #", "## ", "# #", "## "]),
    ('C', [" ##", "#  ", "#  ", "#  ", " ##"]),
    ('D', ["## ", "# #", "# #", "# #", "## "]),
    ('E', ["###", "#  ", "## ", "#  ", "###"]),
    ('F', ["###", "#  ", "## ", "#  ", "#  "]),
    ('G', [" ###", "#   ", "# ##", "#  #", " ###"]),
    ('H', ["# #", "# #", "###", "# #", "# #"]),
    ('I', ["###", " # ", " # ", " # ", "###"]),
    ('J', ["  #", "  #", "  #", "# #", "## "]),
    ('K', ["# #", "# #", "## ", "# #", "# #"]),
    ('L', ["#  ", "#  ", "#  ", "#  ", "###"]),
    ('M', ["#   #", "## ##", "# # #", "#   #", "#   #"]),
    ('N', ["#  #", "## #", "# ##", "#  #", "#  #"]),
    ('O', [" # ", "# #", "# #", "# #", " # "]),
    ('P', ["## ", "# #", "## ", "#  ", "#  "]),
    ('Q', [" ## ", "#  #", "#  #", "# ##", " ###"]),
    ('R', ["## ", "# #", "## ", "# #", "# #"]),
    ('S', [" ##", "#  ", " # ", "  #", "## "]),
    ('T', ["###", " # ", " # ", " # ", " # "]),
    ('U', ["# #", "# #", "# #", "# #", " ##"]),
    ('V', ["# #", "# #", "# #", "# #", " # "]),
    ('W', ["#   #", "#   #", "# # #", "## ##", "#   #"]),
    ('X', ["# #", "# #", " # ", "# #", "# #"]),
    ('Y', ["# #", "# #", " # ", " # ", " # "]),
    ('Z', ["###", "  #", " # ", "#  ", "###"]),
    ('-', ["  ", "  ", "##", "  ", "  "]),
    ('.', [" ", " ", " ", " ", "#"]),
    (' ', ["  ", "  ", "  ", "  ", "  "]),
];

/// A text in large letters: which blocks of its five rows are drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Large([Vec<bool>; ROWS]);

impl Large {
    /// A text of digits, letters, `-`, `.` and blanks, a block between each two; small letters are drawn as capitals.
    /// None of a text that has others, or is empty.
    pub fn of(text: &str) -> Option<Large> {
        let mut rows: [Vec<bool>; ROWS] = Default::default();
        for letter in text.chars() {
            let (_, drawn) = FONT.iter().find(|(known, _)| *known == letter.to_ascii_uppercase())?;
            for (row, blocks) in rows.iter_mut().zip(drawn) {
                if !row.is_empty() {
                    row.push(false);
                }
                row.extend(blocks.chars().map(|block| block == '#'));
            }
        }
        (!text.is_empty()).then_some(Large(rows))
    }

    /// Which blocks are drawn, row by row.
    pub fn rows(&self) -> &[Vec<bool>; ROWS] {
        &self.0
    }

    /// How many columns and rows it takes.
    pub fn size(&self, scale: Scale) -> (u16, u16) {
        let blocks = |count: usize, each: u16| u16::try_from(count).unwrap_or(u16::MAX).saturating_mul(each);
        (blocks(self.0[0].len(), scale.columns), blocks(ROWS, scale.rows))
    }

    /// Draws it with its upper left corner on a cell, on what is filled in this style.
    pub fn draw(&self, canvas: &mut Canvas, (column, row): (u16, u16), scale: Scale, style: Style) {
        let (block, style) = match canvas.theme.mode.glyphs {
            Glyphs::Any | Glyphs::Console => ("█", style),
            Glyphs::Ascii => (" ", canvas.theme.flashed(style)),
        };
        let block = block.repeat(scale.columns.into());
        for (blocks, down) in self.0.iter().zip(0_u16..) {
            for (_, across) in blocks.iter().zip(0_u16..).filter(|(is_drawn, _)| **is_drawn) {
                for beneath in 0..scale.rows {
                    let at = (column + across * scale.columns, row + down * scale.rows + beneath);
                    canvas.text(at.0, at.1, scale.columns, &block, style);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::scene::Scene;
    use crate::tui::theme::{Mode, Theme};
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Modifier;

    #[test]
    fn whatever_can_stand_in_a_number_is_drawn_and_no_two_alike() {
        let known = ('0'..='9').chain('A'..='Z').chain(['-', '.']);
        for letter in known.clone() {
            let rows = Large::of(&letter.to_string()).unwrap_or_else(|| panic!("{letter} has no blocks"));
            assert!(rows.rows().iter().all(|row| row.len() == rows.rows()[0].len()), "{letter}");
            for other in known.clone().filter(|other| *other != letter) {
                assert_ne!(Large::of(&other.to_string()), Some(rows.clone()), "{letter} and {other}");
            }
        }
        assert_eq!(Large::of("t1"), Large::of("T1"));
        assert_eq!((Large::of("T1/42"), Large::of("")), (None, None));
    }

    #[test]
    fn letters_are_blocks_on_every_terminal() {
        let text = Large::of("T-1").unwrap();
        let drawn = |mode: Mode, scale| {
            let (width, height) = text.size(scale);
            let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width: width + 2, height: height + 1 });
            let (mut scene, theme) = (Scene::default(), Theme::of(mode));
            let mut canvas = Canvas::new(&mut buffer, &mut scene, theme);
            canvas.fill(canvas.area(), theme.strong);
            text.draw(&mut canvas, (1, 1), scale, theme.strong);
            let is_drawn = |cell: &ratatui::buffer::Cell| {
                cell.symbol() == "█" || cell.symbol() == " " && cell.modifier.contains(Modifier::REVERSED)
            };
            let row = |y| (0..width + 2).map(|x| if is_drawn(&buffer[(x, y)]) { '#' } else { ' ' }).collect::<String>();
            (0..height + 1).map(|y| row(y).trim_end().to_owned()).collect::<Vec<_>>()
        };
        for (name, mode) in Mode::NAMED {
            let seen = drawn(mode, Scale { columns: 1, rows: 1 });
            assert_eq!(seen, ["", " ###     #", "  #     ##", "  #  ##  #", "  #      #", "  #     ###"], "{name}");
        }
        let seen = drawn(Mode::VT16, Scale { columns: 2, rows: 2 });
        assert_eq!(seen[1..4], [" ######          ##", " ######          ##", "   ##          ####"]);
    }
}
