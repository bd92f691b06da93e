//! A note to the kitchen: on a line, or on the whole order.

use crate::domain::command::Command;
use crate::domain::id::LineId;
use crate::domain::limits::TEXT_CHARS_MAX;
use crate::domain::order::LineState;
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::typing::{Typing, form, typing_keys};
use crate::tui::widgets::{dialog, field};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// A note.
#[derive(Debug)]
pub struct Note {
    line: Option<(LineId, String)>,
    on_line: bool,
    typed: String,
}

impl Note {
    /// On the line under the cursor, when it may still change; else on the order.
    pub(super) fn on(desk: &Desk) -> Note {
        let line = desk.hand.line().filter(|line| line.state == LineState::Draft);
        let typed = match line {
            Some(line) => line.note.clone(),
            None => of_order(desk),
        };
        let on_line = line.is_some();
        let line = line.map(|line| (line.line_id, line.name.clone()));
        Note { line, on_line, typed: typed.unwrap_or_default() }
    }
}

fn of_order(desk: &Desk) -> Option<String> {
    desk.hand.order.as_ref().and_then(|order| order.header.kitchen_notes.clone())
}

impl Screen for Note {
    const NAME: &'static str = "note";
    const HELP: &'static [&'static str] = &[
        "Type the note, then Enter; an empty one takes the note away.",
        "Tab changes between a note on the line and one on the whole order.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] =
        &[("text", "the note"), ("Backspace", "takes the last letter back")];
    const IS_DIALOG: bool = true;

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        let other = if self.on_line { "Whole order" } else { "This line" };
        let mut keys = vec![(Key::Enter, "Write"), (Key::Esc, "Cancel")];
        if self.line.is_some() {
            keys.push((Key::Tab, other));
        }
        typing_keys(desk, keys)
    }

    fn examples(desk: &Desk) -> Vec<Note> {
        vec![Note::on(desk)]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        match action {
            Action::Press(Key::Esc) => return Then::Close,
            Action::Press(Key::Tab) if self.line.is_some() => {
                self.on_line = !self.on_line;
                let line = self.line.as_ref().and_then(|(id, _)| desk.hand.order.as_ref()?.line(*id));
                let note = if self.on_line { line.and_then(|line| line.note.clone()) } else { of_order(desk) };
                self.typed = note.unwrap_or_default();
            }
            Action::Press(Key::Backspace) => drop(self.typed.pop()),
            Action::Press(Key::Char(letter)) if self.typed.chars().count() < TEXT_CHARS_MAX => self.typed.push(letter),
            Action::Press(Key::Enter) => {
                let note = Some(self.typed.clone());
                return Then::Do(match (&self.line, self.on_line) {
                    (Some((line, _)), true) => Command::NoteLine { line: *line, note },
                    (Some(_), false) | (None, _) => Command::NoteOrder { note },
                });
            }
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) | Action::Row(_) => {}
        }
        Then::Stay
    }

    fn view(&self, _desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let about = match (&self.line, self.on_line) {
            (Some((_, name)), true) => format!("On {name}"),
            (Some(_), false) | (None, _) => "On the whole order".to_owned(),
        };
        if form(canvas, area, &format!("Note to the kitchen. {about}"), &[("Note", &self.typed)], 0, Typing::Text) {
            return;
        }
        let inside = dialog(canvas, area, 60, 7, "Note to the kitchen");
        canvas.text(inside.x + 2, inside.y + 1, inside.width - 3, &about, canvas.theme.plain);
        field(canvas, Rect { x: inside.x + 2, y: inside.y + 3, width: inside.width - 4, height: 1 }, &self.typed, true);
    }
}
