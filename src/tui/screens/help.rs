//! Help: what screens say of themselves, and their keys. Nothing here is written twice.

use crate::tui::keys::Key;
use crate::tui::manual::{self, Page};
use crate::tui::scene::Canvas;
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// Rows and columns of the window that are not the text's: frame, notice, foot and status; frame and margin.
const AROUND: (u16, u16) = (3, 6);

/// Help on one screen, or on all of them.
#[derive(Debug, Default)]
pub struct Help {
    pages: Vec<Page>,
    from: usize,
}

impl Help {
    /// About these screens.
    pub(super) fn about(pages: Vec<Page>) -> Help {
        Help { pages, from: 0 }
    }

    /// About every screen.
    pub(super) fn index(desk: &Desk) -> Help {
        Help::about(super::pages(desk))
    }

    fn lines(&self, desk: &Desk) -> Vec<String> {
        manual::lines(&self.pages, usize::from(desk.size.0.saturating_sub(AROUND.0)))
    }
}

impl Screen for Help {
    const NAME: &'static str = "help";
    const HELP: &'static [&'static str] = &[
        "What the screen below is for, and all its keys. F10 and then Help explains every screen;",
        "`comanda help` says the same outside of the register.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] =
        &[("PgUp", "back by a page"), ("Home", "to the beginning"), ("End", "to the end"), ("Enter, F1", "as Esc")];

    fn keys(&self, _desk: &Desk) -> Vec<FootKey> {
        vec![(Key::Esc, "Back"), (Key::Up, "One up"), (Key::Down, "One down"), (Key::PageDown, "Further")]
    }

    fn examples(_desk: &Desk) -> Vec<Help> {
        vec![Help::default()]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        let page = usize::from(desk.size.1.saturating_sub(AROUND.1)).max(1);
        let last = self.lines(desk).len().saturating_sub(page);
        match action {
            Action::Press(Key::Up) => self.from = self.from.saturating_sub(1),
            Action::Press(Key::Down) => self.from = (self.from + 1).min(last),
            Action::Press(Key::PageUp) => self.from = self.from.saturating_sub(page),
            Action::Press(Key::PageDown) => self.from = (self.from + page).min(last),
            Action::Press(Key::Home) => self.from = 0,
            Action::Press(Key::End) => self.from = last,
            Action::Press(Key::Esc | Key::Enter | Key::F(1)) => return Then::Close,
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) | Action::Row(_) => {}
        }
        Then::Stay
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        canvas.region("help", area);
        let lines = self.lines(desk);
        let inside = canvas.frame(area, "Help", canvas.theme.faint);
        let more = lines.len().saturating_sub(self.from + usize::from(inside.height));
        for (nth, line) in lines.iter().skip(self.from).take(inside.height.into()).enumerate() {
            canvas.text(inside.x, inside.y + nth as u16, inside.width, line, canvas.theme.plain);
        }
        if more > 0 {
            let says = format!(" {more} more lines: Down or PgDn ");
            canvas.right(
                area.x,
                area.bottom().saturating_sub(1),
                area.width.saturating_sub(2),
                &says,
                canvas.theme.faint,
            );
        }
    }
}
