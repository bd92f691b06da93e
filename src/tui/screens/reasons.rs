//! A grid of reasons with a letter each, the last of which lets somebody write another; deaf for a moment after it
//! opened, so that the key that opened it chooses none.

use super::pay::GUARD_MS;
use crate::domain::Timestamp;
use crate::domain::limits::TEXT_CHARS_MAX;
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::typing::{Typing, form, typing_keys};
use crate::tui::widgets::{Cell, Grid, Look, addressed, choices, field};
use crate::tui::{Action, Desk, FootKey};
use ratatui::layout::Rect;

/// The question why.
#[derive(Debug)]
pub(super) struct Reasons {
    opened: Timestamp,
    typed: String,
    is_writing: bool,
}

/// What became of an action.
pub(super) enum Said {
    /// This is why.
    Reason(String),
    /// Somebody wants to go back.
    Back,
    /// There is no reason at that letter.
    NoSuch,
    /// It was taken, or there was nothing to take.
    Nothing,
}

impl Reasons {
    pub(super) fn opened(now: Timestamp) -> Reasons {
        Reasons { opened: now, typed: String::new(), is_writing: false }
    }

    /// As it hears, and as one is written.
    pub(super) fn examples(now: Timestamp) -> [Reasons; 2] {
        let hears = || Reasons::opened(now.plus_millis(-GUARD_MS));
        [hears(), Reasons { is_writing: true, ..hears() }]
    }

    pub(super) fn keys(&self, desk: &Desk, does: &'static str) -> Vec<FootKey> {
        if self.is_writing {
            typing_keys(desk, vec![(Key::Enter, does), (Key::Esc, "Back")])
        } else {
            vec![(Key::Esc, "Back")]
        }
    }

    /// With a panel, draws what a reason is written on over all of an area; `false` when there is nothing to write.
    pub(super) fn form(&self, canvas: &mut Canvas, area: Rect, title: &str) -> bool {
        self.is_writing && form(canvas, area, title, &[("Reason", &self.typed)], 0, Typing::Text)
    }

    pub(super) fn update(&mut self, now: Timestamp, action: &Action, reasons: &[String]) -> Said {
        let nth = match action {
            Action::Press(key) if self.is_writing => return self.write(*key),
            Action::Press(Key::Esc) => return Said::Back,
            _ if (0..GUARD_MS).contains(&now.millis_since(self.opened)) => return Said::Nothing,
            Action::Press(Key::Char(letter)) => addressed(letter.to_ascii_uppercase()),
            Action::Cell(nth) => Some(*nth),
            Action::Press(_) | Action::Page(_) | Action::Offer(_) | Action::Row(_) => return Said::Nothing,
        };
        match nth {
            Some(nth) if nth == reasons.len() => {
                self.is_writing = true;
                Said::Nothing
            }
            Some(nth) => reasons.get(nth).map_or(Said::NoSuch, |reason| Said::Reason(reason.clone())),
            None => Said::NoSuch,
        }
    }

    fn write(&mut self, key: Key) -> Said {
        match key {
            Key::Esc => self.is_writing = false,
            Key::Backspace => drop(self.typed.pop()),
            Key::Char(letter) if self.typed.chars().count() < TEXT_CHARS_MAX => self.typed.push(letter),
            Key::Enter => return Said::Reason(self.typed.clone()),
            _ => {}
        }
        Said::Nothing
    }

    /// How many rows it takes.
    pub(super) fn rows(reasons: &[String]) -> u16 {
        (reasons.len() as u16 + 1).div_ceil(2) * 2
    }

    pub(super) fn view(&self, canvas: &mut Canvas, area: Rect, reasons: &[String]) {
        if self.is_writing {
            canvas.text(area.x, area.y, area.width, "Write the reason", canvas.theme.plain);
            field(
                canvas,
                Rect { y: area.y + 2, height: 1, width: area.width.saturating_sub(1), ..area },
                &self.typed,
                true,
            );
            return;
        }
        let cell = |name: &str| Cell { name: name.to_owned(), aside: String::new(), look: Look::Plain };
        let mut cells: Vec<Cell> = reasons.iter().map(|reason| cell(reason)).collect();
        cells.push(cell("Other ..."));
        let rows = usize::from(Reasons::rows(reasons) / 2);
        let grid = Grid { columns: 2, rows, lines: 2, width: area.width / 2, turns: false };
        choices(canvas, area, area, grid, &cells);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_that_opened_it_chooses_nothing_and_enter_never_does() {
        let now = Timestamp::utc(0);
        let reasons = ["Wrong item".to_owned()];
        // milliseconds after it opened, key, the reason that was chosen
        let rows = [
            (0, Key::Char('A'), None),
            (149, Key::Char('a'), None),
            (149, Key::Enter, None),
            (150, Key::Enter, None),
            (150, Key::Char('a'), Some("Wrong item")),
            (150, Key::Char('C'), None),
        ];
        for (after, key, expected) in rows {
            let mut asked = Reasons::opened(now);
            let said = asked.update(now.plus_millis(after), &Action::Press(key), &reasons);
            let chosen = if let Said::Reason(reason) = said { Some(reason) } else { None };
            assert_eq!(chosen.as_deref(), expected, "{key} after {after} ms");
        }
    }
}
