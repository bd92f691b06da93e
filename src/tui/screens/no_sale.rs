//! Opening the drawer without a sale: a manager's right, with a reason, in the journal.

use crate::domain::command::Command;
use crate::domain::limits::TEXT_CHARS_MAX;
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::typing::{Typing, form, typing_keys};
use crate::tui::widgets::{dialog, field};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// The reason for a no-sale.
#[derive(Debug, Default)]
pub struct NoSale {
    typed: String,
}

impl Screen for NoSale {
    const NAME: &'static str = "no-sale";
    const HELP: &'static [&'static str] = &["Write why the drawer opens, then Enter. It is kept in the journal."];
    const MORE_KEYS: &'static [(&'static str, &'static str)] =
        &[("text", "the reason"), ("Backspace", "takes the last letter back")];
    const IS_DIALOG: bool = true;

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        typing_keys(desk, vec![(Key::Enter, "Open"), (Key::Esc, "Cancel")])
    }

    fn examples(_desk: &Desk) -> Vec<NoSale> {
        vec![NoSale::default()]
    }

    fn update(&mut self, _desk: &Desk, action: Action) -> Then {
        match action {
            Action::Press(Key::Esc) => return Then::Close,
            Action::Press(Key::Backspace) => drop(self.typed.pop()),
            Action::Press(Key::Char(letter)) if self.typed.chars().count() < TEXT_CHARS_MAX => self.typed.push(letter),
            Action::Press(Key::Enter) => return Then::Do(Command::NoSale { reason: self.typed.clone() }),
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) | Action::Row(_) => {}
        }
        Then::Stay
    }

    fn view(&self, _desk: &Desk, canvas: &mut Canvas, area: Rect) {
        if form(canvas, area, "Open the drawer: why?", &[("Reason", &self.typed)], 0, Typing::Text) {
            return;
        }
        let inside = dialog(canvas, area, 56, 6, "Open the drawer: why?");
        let spot = Rect { x: inside.x + 2, y: inside.y + 2, width: inside.width - 4, height: 1 };
        field(canvas, spot, &self.typed, true);
    }
}
