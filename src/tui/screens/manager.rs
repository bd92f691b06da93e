//! A manager's PIN for one command, in place: whoever is logged in stays logged in.

use crate::domain::Permission;
use crate::domain::command::Command;
use crate::domain::limits::PIN_DIGITS_MAX;
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::typing::{Typing, form};
use crate::tui::widgets::{dialog, field};
use crate::tui::{Action, Desk, Errand, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// The question for a manager's PIN.
#[derive(Debug)]
pub struct Manager {
    permission: Permission,
    command: Command,
    typed: String,
}

impl Manager {
    /// Asks for a manager who lets a command pass.
    pub fn for_command(permission: Permission, command: Command) -> Manager {
        Manager { permission, command, typed: String::new() }
    }
}

impl Screen for Manager {
    const NAME: &'static str = "manager";
    const HELP: &'static [&'static str] =
        &["A manager types a PIN; it counts for this one thing and is kept in the journal."];
    const MORE_KEYS: &'static [(&'static str, &'static str)] =
        &[("0-9", "the PIN"), ("Backspace", "takes the last digit back")];
    const IS_DIALOG: bool = true;

    fn keys(&self, _desk: &Desk) -> Vec<FootKey> {
        vec![(Key::Enter, "Allow"), (Key::Esc, "Cancel")]
    }

    fn examples(_desk: &Desk) -> Vec<Manager> {
        vec![Manager::for_command(Permission::VoidSent, Command::Undo)]
    }

    fn update(&mut self, _desk: &Desk, action: Action) -> Then {
        match action {
            Action::Press(Key::Esc) => return Then::Close,
            Action::Press(Key::Backspace) => drop(self.typed.pop()),
            Action::Press(Key::Char(digit)) if digit.is_ascii_digit() && self.typed.len() < PIN_DIGITS_MAX => {
                self.typed.push(digit);
            }
            Action::Press(Key::Enter) if !self.typed.is_empty() => {
                let pin = std::mem::take(&mut self.typed);
                return Then::Errand(Errand::Approve { pin, command: self.command.clone() });
            }
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) | Action::Row(_) => {}
        }
        Then::Stay
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let theme = canvas.theme;
        let says = format!("Only a manager may {}.", self.permission.words());
        let hidden = "*".repeat(self.typed.len());
        let waits = desk.locked_ms.map(|left| format!("Too many wrong PINs: wait {} s", (left + 999) / 1000));
        if form(canvas, area, &says, &[("Manager's PIN", &hidden)], 0, Typing::Digits) {
            let row = area.y + 2;
            canvas.text(area.x + 1, row, area.width - 1, waits.as_deref().unwrap_or_default(), theme.wrong);
            return;
        }
        let inside = dialog(canvas, area, 60, 8, "A manager is needed");
        canvas.text(inside.x + 2, inside.y + 1, inside.width - 3, &says, theme.plain);
        canvas.text(inside.x + 2, inside.y + 3, 14, "Manager's PIN", theme.strong);
        field(canvas, Rect { x: inside.x + 17, y: inside.y + 3, width: 12, height: 1 }, &hidden, true);
        if let Some(says) = waits {
            canvas.text(inside.x + 2, inside.y + 5, inside.width - 3, &says, theme.wrong);
        }
    }
}
