//! What can be mended at a register of an order that the server did not take: its head.

use super::Detail;
use crate::domain::command::Command;
use crate::domain::id::OrderId;
use crate::domain::limits::TEXT_CHARS_MAX;
use crate::domain::order::{Order, OrderType};
use crate::domain::{MatterKind, Mending};
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::typing::{Typing, form, typing_keys};
use crate::tui::widgets::{Cell, Grid, Look, choices, dialog, field};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// The head of an order, as it is typed anew.
#[derive(Debug)]
pub struct Mend {
    order: OrderId,
    number: String,
    kind: MatterKind,
    from: Mending,
    order_type: OrderType,
    /// Name, table and note.
    typed: [String; 3],
    /// Which field listens: one of those, or behind them the type.
    at: usize,
}

/// What is typed, and on which keys.
const TYPED: [(&str, Typing); 3] = [("Name", Typing::Names), ("Table", Typing::Text), ("Kitchen note", Typing::Text)];
/// The field behind them.
const TYPE: usize = TYPED.len();
const STAYS: &str = "Lines, prices and payments stay: void or refund them.";

impl Mend {
    pub(super) fn of(order: &Order, kind: MatterKind) -> Mend {
        let from = Mending::of(&order.header);
        let typed = [&from.customer_name, &from.table, &from.kitchen_notes].map(|it| it.clone().unwrap_or_default());
        let number = order.local_number.to_string();
        Mend { order: order.order_id, number, kind, order_type: from.order_type, from, typed, at: 0 }
    }

    fn submit(&self) -> Then {
        let [name, table, note] =
            self.typed.clone().map(|text| Some(text.trim().to_owned()).filter(|it| !it.is_empty()));
        let to = Mending { order_type: self.order_type, customer_name: name, table, kitchen_notes: note };
        Then::Do(Command::Mend { order: self.order, kind: self.kind, from: self.from.clone(), to })
    }

    /// Another field listens.
    fn step(&mut self, by: usize) {
        self.at = (self.at + by) % (TYPE + 1);
    }

    /// Another type.
    fn turn(&mut self, by: usize) {
        let at = OrderType::ALL.iter().position(|it| *it == self.order_type).unwrap_or(0);
        self.order_type = OrderType::ALL[(at + by) % OrderType::ALL.len()];
    }
}

impl Screen for Mend {
    const NAME: &'static str = "mend";
    const HELP: &'static [&'static str] = &[
        "Mends the head of an order that the server did not take: name, table, note to the kitchen, type.",
        "Type what is right, or empty a field; Left and Right change the type. Then F3, or Enter on the last field.",
        "The order is handed to the server again with its sums made anew. Stations that are making it are told.",
        "Lines, prices and payments cannot be mended here: void or refund them, or close it and put it right at the",
        "head office.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[
        ("text", "the name, the table, the note"),
        ("Backspace", "takes the last letter back"),
        ("Left, Right", "another type, where the type is chosen"),
        ("Up, Down, Shift+Tab", "as Tab"),
    ];
    const IS_DIALOG: bool = true;

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        let enter = if self.at == TYPE { "Submit" } else { "Go on" };
        let keys = vec![(Key::Enter, enter), (Key::F(3), "Submit"), (Key::Tab, "Other field"), (Key::Esc, "Cancel")];
        if self.at == TYPE { keys } else { typing_keys(desk, keys) }
    }

    /// What was paid last: each field listens.
    fn examples(desk: &Desk) -> Vec<Mend> {
        let Some((order, _)) = Detail::last_paid(desk) else { return Vec::new() };
        (0..=TYPE).map(|at| Mend { at, ..Mend::of(&order, MatterKind::Rejected) }).collect()
    }

    fn update(&mut self, _desk: &Desk, action: Action) -> Then {
        match action {
            Action::Press(Key::Esc) => return Then::Close,
            Action::Press(Key::F(3)) => return self.submit(),
            Action::Press(Key::Enter) if self.at == TYPE => return self.submit(),
            Action::Press(Key::Enter | Key::Tab | Key::Down) => self.step(1),
            Action::Press(Key::BackTab | Key::Up) => self.step(TYPE),
            Action::Press(Key::Right) if self.at == TYPE => self.turn(1),
            Action::Press(Key::Left) if self.at == TYPE => self.turn(OrderType::ALL.len() - 1),
            Action::Cell(nth) => self.order_type = OrderType::ALL.get(nth).copied().unwrap_or(self.order_type),
            Action::Row(nth) if nth == TYPE && self.at == TYPE => self.turn(1),
            Action::Row(nth) => self.at = nth.min(TYPE),
            Action::Press(key) => {
                let Some(typed) = self.typed.get_mut(self.at) else { return Then::Stay };
                match key {
                    Key::Backspace => drop(typed.pop()),
                    Key::Char(letter) if typed.chars().count() < TEXT_CHARS_MAX => typed.push(letter),
                    _ => {}
                }
            }
            Action::Page(_) | Action::Offer(_) => {}
        }
        Then::Stay
    }

    fn view(&self, _desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let title = format!("Mend {}", self.number);
        if let Some((word, typing)) = TYPED.get(self.at)
            && form(canvas, area, &title, &[(word, &self.typed[self.at])], 0, *typing)
        {
            return;
        }
        let inside = dialog(canvas, area, 62, 12, &title);
        let theme = canvas.theme;
        if canvas.touch.is_some() {
            let cell = |it: OrderType| Cell {
                name: it.words().to_owned(),
                aside: String::new(),
                look: if it == self.order_type { Look::Chosen } else { Look::Plain },
            };
            let grid = Grid::fitting(inside, OrderType::ALL.len(), canvas.touch);
            choices(canvas, inside, inside, grid, &OrderType::ALL.map(cell));
            return;
        }
        let (x, width) = (inside.x + 2, inside.width.saturating_sub(17));
        for (nth, word) in TYPED.iter().map(|(word, _)| *word).chain(["Type"]).enumerate() {
            let row = inside.y + 1 + 2 * nth as u16;
            canvas.text(x, row, 13, word, theme.plain);
            let spot = Rect { x: x + 13, y: row, width, height: 1 };
            match self.typed.get(nth) {
                Some(text) => field(canvas, spot, text, self.at == nth),
                None => {
                    let style = if self.at == TYPE { theme.chosen } else { theme.quiet };
                    canvas.fill(spot, style);
                    let says = format!("< {} >", self.order_type.words());
                    canvas.text(spot.x, row, width, &says, style);
                }
            }
            canvas.target(word, spot, Action::Row(nth));
        }
        canvas.text(x, inside.bottom() - 1, inside.width.saturating_sub(3), STAYS, theme.faint);
    }
}
