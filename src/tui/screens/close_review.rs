//! Taking something from Review: why nothing more is done about it.

use super::reasons::{Reasons, Said};
use crate::domain::command::Command;
use crate::domain::{Matter, MatterKind};
use crate::tui::scene::Canvas;
use crate::tui::widgets::dialog;
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// Why things are closed.
const REASONS: [&str; 5] =
    ["Booked by hand", "Entered twice", "Looked at: all is well", "Entered by mistake", "Agreed with head office"];

/// The question why.
#[derive(Debug)]
pub struct CloseReview {
    matter: Matter,
    reasons: Reasons,
}

impl CloseReview {
    pub(super) fn of(desk: &Desk, matter: Matter) -> CloseReview {
        CloseReview { matter, reasons: Reasons::opened(desk.now) }
    }

    /// What comes of it.
    fn warning(&self) -> &'static str {
        match self.matter.kind {
            MatterKind::Rejected => "It is never submitted then, nor are its payments. It stays here.",
            MatterKind::Flawed => "The server keeps it outside of its books.",
            MatterKind::Merged | MatterKind::Quarantined => "Both versions stay in the record of the conflict.",
            MatterKind::Refused => "The server is not asked again to take that version.",
        }
    }
}

impl Screen for CloseReview {
    const NAME: &'static str = "close-review";
    const HELP: &'static [&'static str] = &[
        "Press the letter of a reason; the last one lets you write your own. It is kept in the journal.",
        "Nothing is deleted: what is closed stays in this register. An order can still be voided or refunded.",
        "A cashier needs a manager's PIN for it; the register asks in place.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] =
        &[("A-Z", "the reason at that letter"), ("text, Backspace", "a reason of your own")];
    const IS_DIALOG: bool = true;

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        self.reasons.keys(desk, "Close")
    }

    fn examples(desk: &Desk) -> Vec<CloseReview> {
        let matter = || Matter { document: String::new(), kind: MatterKind::Rejected };
        Reasons::examples(desk.now).map(|reasons| CloseReview { matter: matter(), reasons }).into()
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        match self.reasons.update(desk.now, &action, &REASONS.map(str::to_owned)) {
            Said::Reason(reason) => Then::Do(Command::CloseReview { matter: self.matter.clone(), reason }),
            Said::Back => Then::Close,
            Said::NoSuch => Then::Say("There is no reason at that letter".into()),
            Said::Nothing => Then::Stay,
        }
    }

    fn view(&self, _desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let title = "Close it: why?";
        if self.reasons.form(canvas, area, title) {
            return;
        }
        let reasons = REASONS.map(str::to_owned);
        let inside = dialog(canvas, area, 62, Reasons::rows(&reasons) + 6, title);
        let width = inside.width.saturating_sub(3);
        let (theme, x) = (canvas.theme, inside.x + 2);
        if canvas.touch.is_none() {
            canvas.text(x, inside.bottom() - 1, width, self.warning(), theme.faint);
        }
        let height = inside.height.saturating_sub(if canvas.touch.is_none() { 3 } else { 0 });
        self.reasons.view(canvas, Rect { x, y: inside.y + 1, width, height }, &reasons);
    }
}
