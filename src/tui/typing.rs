//! What fingers type on: a pad of digits, letters, and a form that shows what is typed above them. Drawn with a panel
//! only; every key of it is a key of the keyboard, so that screens need not know where it came from.

use super::keys::Key;
use super::scene::Canvas;
use super::touch::KeySize;
use super::widgets::{button, face, field};
use super::{Action, Desk, FootKey};
use ratatui::layout::Rect;

/// Keys of the pad side by side.
const PAD_COLUMNS: u16 = 5;
/// Keys of the pad one above the other.
pub(super) const PAD_ROWS: u16 = 3;
/// Rows of letters.
const LETTER_ROWS: u16 = 4;
/// As on a keyboard, where ten keys stand side by side; else by the alphabet.
const LETTERS: (&[&str], &[&str]) =
    (&["1234567890", "qwertyuiop", "asdfghjkl'", "zxcvbnm,.-"], &["abcdefghi", "jklmnopqr", "stuvwxyz0", "123456789"]);

/// The columns that a pad takes.
pub(super) fn pad_width(size: KeySize) -> u16 {
    PAD_COLUMNS * size.columns
}

/// Draws a pad: digits, what else may be typed, Backspace, Esc in the words of the screen, and Enter.
pub(super) fn pad(canvas: &mut Canvas, area: Rect, extra: Option<char>, esc: &str) {
    let Some(size) = canvas.touch else { return };
    canvas.region("pad", area);
    let digits = ["789", "456", "123"];
    let mut place = |column: u16, row: u16, key: Key, words: &str| {
        let (width, height) = (size.columns, size.rows);
        let spot = Rect { x: area.x + column * width, y: area.y + row * height, width, height };
        match key {
            Key::Enter | Key::Esc => commit(canvas, spot, words, key),
            key => button(canvas, spot, words, key),
        }
    };
    for (row, digits) in (0..).zip(digits) {
        for (column, digit) in (0..).zip(digits.chars()) {
            place(column, row, Key::Char(digit), &digit.to_string());
        }
    }
    place(3, 1, Key::Char('0'), "0");
    if let Some(letter) = extra {
        place(3, 0, Key::Char(letter), &letter.to_string());
    }
    place(4, 0, Key::Backspace, "Erase");
    place(4, 1, Key::Esc, esc);
    place(4, 2, Key::Enter, "Enter");
}

fn commit(canvas: &mut Canvas, spot: Rect, words: &str, key: Key) {
    let style = canvas.theme.key;
    face(canvas, spot, words, style);
    canvas.commit(words, spot, Action::Press(key));
}

/// Draws letters and digits at the foot of an area, and returns what is left above them. Blank and Backspace are keys
/// of the foot: [`typing_keys`].
pub(super) fn letters(canvas: &mut Canvas, area: Rect, capitals: bool) -> Rect {
    let Some(size) = canvas.touch else { return area };
    let height = (LETTER_ROWS * size.rows).min(area.height);
    let board = Rect { y: area.bottom() - height, height, ..area };
    canvas.region("letters", board);
    let wide = size.across(area.width) >= 10;
    let (rows, in_row) = if wide { (LETTERS.0, 10) } else { (LETTERS.1, 9) };
    let width = area.width / in_row;
    for (row, letters) in (0..).zip(rows) {
        for (column, letter) in (0..).zip(letters.chars()) {
            let letter = if capitals { letter.to_ascii_uppercase() } else { letter };
            let (x, y) = (board.x + column * width, board.y + row * size.rows);
            let spot = Rect { x, y, width, height: size.rows };
            button(canvas, spot, &letter.to_string(), Key::Char(letter));
        }
    }
    Rect { height: area.height - height, ..area }
}

/// The foot keys of a screen on which text is typed: with a panel, what its letters lack besides.
pub(super) fn typing_keys(desk: &Desk, mut keys: Vec<FootKey>) -> Vec<FootKey> {
    if desk.touch().is_some() {
        keys.extend([(Key::Char(' '), "Blank"), (Key::Backspace, "Erase")]);
    }
    keys
}

/// What is typed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typing {
    /// Digits and a decimal point.
    Amount,
    /// Digits.
    Digits,
    /// Letters; every word begins with a capital.
    Names,
    /// Letters; the text begins with a capital.
    Text,
}

/// Draws a form over an area: a title, fields side by side (each a row for taps where there are several), and what they
/// are typed on. `false` without a panel: then nothing was drawn.
pub(super) fn form(
    canvas: &mut Canvas,
    area: Rect,
    title: &str,
    fields: &[(&str, &str)],
    listens: usize,
    typing: Typing,
) -> bool {
    let Some(size) = canvas.touch else { return false };
    canvas.cover(area);
    canvas.region("dialog", area);
    let typed = fields.get(listens).map_or("", |(_, text)| text);
    let above = match typing {
        Typing::Amount | Typing::Digits => {
            let height = (PAD_ROWS * size.rows).min(area.height);
            let below = Rect { y: area.bottom() - height, height, ..area };
            pad(canvas, below, (typing == Typing::Amount).then_some('.'), "Cancel");
            Rect { height: area.height - height, ..area }
        }
        Typing::Names => letters(canvas, area, typed.is_empty() || typed.ends_with(' ')),
        Typing::Text => letters(canvas, area, typed.is_empty()),
    };
    let theme = canvas.theme;
    let width = above.width / (fields.len().max(1) as u16);
    for (nth, (word, text)) in fields.iter().enumerate() {
        let spot = Rect { x: above.x + nth as u16 * width, width, ..above };
        // The title has the first row, where there is more than one.
        let row = spot.y + 1.min(spot.height.saturating_sub(1));
        let used = canvas.text(spot.x + 1, row, width.saturating_sub(2), word, theme.plain) + 2;
        let shown = Rect { x: spot.x + used, y: row, width: width.saturating_sub(used + 2), height: 1 };
        field(canvas, shown, text, nth == listens);
        if fields.len() > 1 {
            canvas.target(*word, spot, Action::Row(nth));
        }
    }
    if above.height > 1 {
        canvas.text(above.x + 1, above.y, above.width.saturating_sub(1), title, theme.strong);
    }
    true
}
