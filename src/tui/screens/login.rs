//! Login: a PIN, and nothing else. A locked register shows it too; what lay on the counter stays.

use crate::domain::limits::PIN_DIGITS_MAX;
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::touch::{KEY_HEIGHT_MM, KEY_WIDTH_MM, KeySize};
use crate::tui::typing::{pad, pad_width};
use crate::tui::widgets::{dialog, field};
use crate::tui::{Action, Desk, Errand, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// Login.
#[derive(Debug, Default)]
pub struct Login {
    typed: String,
}

impl Login {
    /// Says so where the font is too fine for keys as large as fingers want them.
    fn fine_font(&self, desk: &Desk, size: KeySize) -> Option<String> {
        let wanted = desk.panel?.wanted(desk.size);
        let says = format!("Keys below {KEY_WIDTH_MM}x{KEY_HEIGHT_MM} mm: larger font!");
        (size != wanted).then_some(says)
    }
}

impl Screen for Login {
    const NAME: &'static str = "login";
    const HELP: &'static [&'static str] = &[
        "Type your PIN and Enter. The register then shows the order that was in hand when it was locked.",
        "After five wrong PINs it takes none for 30 seconds, and for longer with each further one.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] =
        &[("0-9", "the PIN"), ("Backspace", "takes the last digit back")];

    fn keys(&self, _desk: &Desk) -> Vec<FootKey> {
        vec![(Key::Enter, "Log in"), (Key::Esc, "Clear"), (Key::Ctrl('q'), "Quit")]
    }

    fn examples(_desk: &Desk) -> Vec<Login> {
        vec![Login::default()]
    }

    fn update(&mut self, _desk: &Desk, action: Action) -> Then {
        match action {
            Action::Press(Key::Char(digit)) if digit.is_ascii_digit() && self.typed.len() < PIN_DIGITS_MAX => {
                self.typed.push(digit);
            }
            Action::Cell(digit @ 0..=9) if self.typed.len() < PIN_DIGITS_MAX => {
                self.typed.push(char::from(b'0' + digit as u8));
            }
            Action::Press(Key::Backspace) => drop(self.typed.pop()),
            Action::Press(Key::Esc) => self.typed.clear(),
            Action::Press(Key::Ctrl('q')) => return Then::Errand(Errand::Quit),
            Action::Press(Key::Enter) if !self.typed.is_empty() => {
                return Then::Errand(Errand::Login { pin: std::mem::take(&mut self.typed) });
            }
            Action::Press(Key::Char(_)) => return Then::Say("A PIN is digits: type yours, then Enter".into()),
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) | Action::Row(_) => {}
        }
        Then::Stay
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let theme = canvas.theme;
        canvas.cover(area);
        canvas.centre(area.x, area.y + 1, area.width, &desk.house.name, theme.strong);
        let register = format!("Register {} · Comanda", desk.house.register_id);
        canvas.centre(area.x, area.y + 2, area.width, &register, theme.plain);
        let below = Rect { y: area.y + 3, height: area.height.saturating_sub(3), ..area };
        let notes = desk.login_notes.len() as u16;
        let inside = dialog(canvas, below, 62, 8 + notes, "Who is there?");
        canvas.region("login", inside);
        canvas.text(inside.x + 2, inside.y + 1, 6, "PIN", theme.strong);
        let hidden = "*".repeat(self.typed.len());
        field(canvas, Rect { x: inside.x + 8, y: inside.y + 1, width: 12, height: 1 }, &hidden, true);
        let says = match desk.locked_ms {
            Some(left) => format!("Too many wrong PINs: wait {} s", (left + 999) / 1000),
            None => "Type your PIN, then Enter".to_owned(),
        };
        let style = if desk.locked_ms.is_some() { theme.wrong } else { theme.plain };
        if let Some(size) = canvas.touch {
            let left = inside.width.saturating_sub(pad_width(size));
            pad(canvas, Rect { x: inside.x + left, width: inside.width - left, ..inside }, None, "Clear");
            canvas.text(inside.x + 2, inside.y + 2, left.saturating_sub(3), &says, style);
            let notes = self.fine_font(desk, size).into_iter().chain(desk.login_notes.iter().cloned());
            for (row, note) in (inside.y + 3..inside.bottom()).zip(notes) {
                canvas.text(inside.x + 2, row, left.saturating_sub(3), &note, theme.plain);
            }
            return;
        }
        canvas.text(inside.x + 22, inside.y + 1, inside.width.saturating_sub(24), &says, style);
        let mut column = inside.x + 2;
        for digit in [1_usize, 2, 3, 4, 5, 6, 7, 8, 9, 0] {
            let spot = Rect { x: column, y: inside.y + 3, width: 4, height: 1 };
            canvas.fill(spot, theme.key);
            canvas.centre(spot.x, spot.y, spot.width, &digit.to_string(), theme.key);
            canvas.target(digit.to_string(), spot, Action::Cell(digit));
            column += 5;
        }
        for (nth, note) in desk.login_notes.iter().enumerate() {
            canvas.text(inside.x + 2, inside.y + 5 + nth as u16, inside.width.saturating_sub(3), note, theme.plain);
        }
    }
}
