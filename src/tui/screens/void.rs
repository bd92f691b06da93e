//! Taking back what was sent: how many, and why. The station gets a slip.

use crate::domain::command::Command;
use crate::domain::id::LineId;
use crate::domain::limits::TEXT_CHARS_MAX;
use crate::domain::order::Line;
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::typing::{Typing, form, typing_keys};
use crate::tui::widgets::{Cell, Grid, Look, addressed, choices, dialog, field};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// A void of a line, or of the whole order.
#[derive(Debug)]
pub struct Void {
    line: Option<(LineId, String, u32)>,
    quantity: u32,
    /// The digits typed so far, as a number.
    counted: u32,
    typed: String,
    is_writing: bool,
}

impl Void {
    /// Of a line that was sent.
    pub(super) fn of_line(line: &Line) -> Void {
        let of = Some((line.line_id, line.name.clone(), line.quantity));
        Void { line: of, quantity: line.quantity, counted: 0, typed: String::new(), is_writing: false }
    }

    /// Of the order in hand.
    pub(super) fn of_order() -> Void {
        Void { line: None, quantity: 0, counted: 0, typed: String::new(), is_writing: false }
    }

    fn void(&self, reason: String) -> Then {
        Then::Do(match &self.line {
            Some((line, _, _)) => Command::VoidLine { line: *line, quantity: self.quantity, reason },
            None => Command::VoidOrder { reason },
        })
    }

    fn writing(&mut self, key: Key) -> Then {
        match key {
            Key::Esc => self.is_writing = false,
            Key::Backspace => drop(self.typed.pop()),
            Key::Char(letter) if self.typed.chars().count() < TEXT_CHARS_MAX => self.typed.push(letter),
            Key::Enter => return self.void(self.typed.clone()),
            _ => {}
        }
        Then::Stay
    }
}

impl Screen for Void {
    const NAME: &'static str = "void";
    const HELP: &'static [&'static str] = &[
        "Press the letter of a reason; the last one lets you write your own.",
        "A digit, + or - says how many of the line are taken back. The station gets a slip that says VOID.",
        "A cashier needs a manager's PIN for it; the register asks in place.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[
        ("A-Z", "the reason at that letter; the last one is for your own words"),
        ("0-9", "how many of the line"),
        ("text", "your own reason, after the last letter"),
        ("Backspace", "takes the last letter of it back"),
    ];
    const IS_DIALOG: bool = true;

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        match (self.is_writing, &self.line) {
            (true, _) => typing_keys(desk, vec![(Key::Enter, "Void"), (Key::Esc, "Back")]),
            (false, Some((_, _, most))) if *most > 1 => {
                let mut keys = vec![(Key::Esc, "Cancel"), (Key::Char('1'), "Only one")];
                if desk.touch().is_some() {
                    keys.extend([(Key::Char('-'), "One less"), (Key::Char('+'), "One more")]);
                }
                keys
            }
            (false, _) => vec![(Key::Esc, "Cancel")],
        }
    }

    fn examples(desk: &Desk) -> Vec<Void> {
        let writing = Void { is_writing: true, ..Void::of_order() };
        desk.hand.line().map(Void::of_line).into_iter().chain([Void::of_order(), writing]).collect()
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        let reasons = &desk.house.void_reasons;
        let nth = match action {
            Action::Press(key) if self.is_writing => return self.writing(key),
            Action::Press(Key::Esc) => return Then::Close,
            Action::Press(Key::Char(digit)) if digit.is_ascii_digit() => {
                let digit = u32::from(digit as u8 - b'0');
                let longer = self.counted * 10 + digit;
                return match &self.line {
                    // Digits that follow one another are one number, as long as there are that many.
                    Some((_, _, most)) if (1..=*most).contains(&longer) || (1..=*most).contains(&digit) => {
                        self.counted = if longer <= *most { longer } else { digit };
                        self.quantity = self.counted;
                        Then::Stay
                    }
                    Some((_, _, most)) => Then::Say(format!("1 to {most} of it can be voided")),
                    None => Then::Stay,
                };
            }
            Action::Press(Key::Char(sign @ ('+' | '-'))) => {
                if let Some((_, _, most)) = &self.line {
                    let other = if sign == '+' { self.quantity + 1 } else { self.quantity.saturating_sub(1) };
                    (self.quantity, self.counted) = (other.clamp(1, *most), 0);
                }
                return Then::Stay;
            }
            Action::Press(Key::Char(letter)) => addressed(letter.to_ascii_uppercase()),
            Action::Cell(nth) => Some(nth),
            Action::Press(_) | Action::Page(_) | Action::Offer(_) | Action::Row(_) => None,
        };
        match nth {
            Some(nth) if nth == reasons.len() => self.is_writing = true,
            Some(nth) => match reasons.get(nth) {
                Some(reason) => return self.void(reason.clone()),
                None => return Then::Say("There is no reason at that letter".into()),
            },
            None => {}
        }
        Then::Stay
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let what = match (&self.line, &desk.hand.order) {
            (Some((_, name, _)), _) => format!("Void {} {name}: why?", self.quantity),
            (None, Some(order)) => format!("Void all of {}: why?", order.local_number),
            (None, None) => "Void: why?".to_owned(),
        };
        if self.is_writing && form(canvas, area, &what, &[("Reason", &self.typed)], 0, Typing::Text) {
            return;
        }
        let reasons = &desk.house.void_reasons;
        let rows = (reasons.len() as u16 + 1).div_ceil(2);
        let inside = dialog(canvas, area, 60, rows * 2 + 5, &what);
        if self.is_writing {
            canvas.text(inside.x + 2, inside.y + 1, inside.width - 3, "Write the reason", canvas.theme.plain);
            let spot = Rect { x: inside.x + 2, y: inside.y + 3, width: inside.width - 4, height: 1 };
            field(canvas, spot, &self.typed, true);
            return;
        }
        let cell = |name: &str| Cell { name: name.to_owned(), aside: String::new(), look: Look::Plain };
        let mut cells: Vec<Cell> = reasons.iter().map(|reason| cell(reason)).collect();
        cells.push(cell("Other ..."));
        let area = Rect { x: inside.x + 2, y: inside.y + 1, width: inside.width - 3, height: rows * 2 };
        let grid = Grid { columns: 2, rows: usize::from(rows), lines: 2, width: area.width / 2, turns: false };
        choices(canvas, inside, area, grid, &cells);
    }
}
