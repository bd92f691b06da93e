//! The last question of a refund: what the card terminal printed, and why. Then the money goes back.

use super::reasons::{Reasons, Said};
use super::refund::rounding;
use super::{Detail, Refund};
use crate::domain::command::Command;
use crate::domain::id::{OrderId, PaymentId};
use crate::domain::limits::TEXT_CHARS_MAX;
use crate::domain::refund::{Part, Plan, Refunding, plan};
use crate::domain::{Tender, Timestamp};
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::typing::{Typing, form, typing_keys};
use crate::tui::widgets::{dialog, field};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// What was put together, and what is still asked.
#[derive(Debug)]
pub struct GiveBack {
    /// Where Esc leads back to.
    before: Refund,
    order: OrderId,
    seen: usize,
    what: Refunding,
    from: Option<PaymentId>,
    parts: Vec<Part>,
    /// The card payments among them, each with what was typed.
    references: Vec<(PaymentId, String)>,
    /// Which reference is being typed; behind the last one, the reason is asked.
    at: usize,
    reasons: Reasons,
}

impl GiveBack {
    pub(super) fn planned(
        now: Timestamp,
        before: Refund,
        (order, seen, what, from): (OrderId, usize, Refunding, Option<PaymentId>),
        plan: &Plan,
    ) -> GiveBack {
        let cards = plan.parts.iter().filter(|part| part.tender == Tender::Card);
        let references = cards.map(|part| (part.payment, String::new())).collect();
        let (parts, reasons) = (plan.parts.clone(), Reasons::opened(now));
        GiveBack { before, order, seen, what, from, parts, references, at: 0, reasons }
    }

    /// The card payment whose reference is being typed.
    fn card(&self) -> Option<&Part> {
        let (payment, _) = self.references.get(self.at)?;
        self.parts.iter().find(|part| part.payment == *payment)
    }

    fn back(&self) -> Then {
        Then::Become(self.before.clone().into())
    }

    fn type_reference(&mut self, now: Timestamp, key: Key) -> Then {
        let Some((_, typed)) = self.references.get_mut(self.at) else { return Then::Stay };
        match key {
            Key::Esc => return self.back(),
            Key::Backspace => drop(typed.pop()),
            Key::Char(letter) if typed.chars().count() < TEXT_CHARS_MAX => typed.push(letter),
            Key::Enter => {
                self.at += 1;
                self.reasons = Reasons::opened(now);
            }
            _ => {}
        }
        Then::Stay
    }
}

impl Screen for GiveBack {
    const NAME: &'static str = "give-back";
    const HELP: &'static [&'static str] = &[
        "Let the card terminal give the money back first, then type what it printed, or nothing.",
        "Then press the letter of a reason; the last one lets you write your own.",
        "The drawer opens for cash, and a slip that says REFUND is printed.",
        "A cashier needs a manager's PIN for it; the register asks in place.",
    ];
    const IS_DIALOG: bool = true;

    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[
        ("A-Z", "the reason at that letter"),
        ("text, Backspace", "what the terminal printed, or a reason of your own"),
    ];

    /// Everything of what was paid last: asked for a card's reference, for a reason, and for one that is written.
    fn examples(desk: &Desk) -> Vec<GiveBack> {
        let Some((order, paid)) = Detail::last_paid(desk) else { return Vec::new() };
        let Ok(plan) = plan(&order, &paid, &Refunding::Whole, None, rounding(desk)) else { return Vec::new() };
        let asked = |reasons| {
            let before = Refund::nothing_chosen(order.order_id, paid.len());
            let what = (order.order_id, paid.len(), Refunding::Whole, None);
            GiveBack { reasons, ..GiveBack::planned(desk.now, before, what, &plan) }
        };
        let references = plan.parts.iter().map(|part| (part.payment, String::new())).collect();
        let card = GiveBack { references, ..asked(Reasons::opened(desk.now)) };
        let [choosing, writing] = Reasons::examples(desk.now);
        vec![card, asked(choosing), asked(writing)]
    }

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        match self.card() {
            Some(_) => typing_keys(desk, vec![(Key::Enter, "Given back"), (Key::Esc, "Back")]),
            None => self.reasons.keys(desk, "Refund"),
        }
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        if self.card().is_some() {
            return match action {
                Action::Press(key) => self.type_reference(desk.now, key),
                Action::Cell(_) | Action::Page(_) | Action::Offer(_) | Action::Row(_) => Then::Stay,
            };
        }
        match self.reasons.update(desk.now, &action, &desk.house.refund_reasons) {
            Said::Reason(reason) => Then::Do(Command::Refund {
                order: self.order,
                what: self.what.clone(),
                from: self.from,
                references: self.references.clone(),
                reason,
                seen: self.seen,
            }),
            Said::Back => self.back(),
            Said::NoSuch => Then::Say("There is no reason at that letter".into()),
            Said::Nothing => Then::Stay,
        }
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let handed = self.parts.iter().map(Part::handed).sum();
        let reasons = &desk.house.refund_reasons;
        let title = format!("Give back {}", desk.menu.currency().with_symbol(handed));
        let rows = self.parts.len() as u16;
        if let (Some(card), Some((_, typed))) = (self.card(), self.references.get(self.at)) {
            let says = format!("{title}: what the terminal printed for {}", desk.digits(card.handed()));
            if form(canvas, area, &says, &[("Reference", typed)], 0, Typing::Text) {
                return;
            }
        } else if self.reasons.form(canvas, area, &title) {
            return;
        }
        let inside = dialog(canvas, area, 60, rows + Reasons::rows(reasons) + 5, &title);
        let width = inside.width.saturating_sub(3);
        for (nth, part) in self.parts.iter().enumerate() {
            let how = match part.tender {
                Tender::Cash => "from the drawer, which opens",
                Tender::Card => "by the card terminal",
            };
            let tip = if part.tip.is_zero() { String::new() } else { format!(" (tip {})", desk.digits(part.tip)) };
            let says = format!("{} {}{tip} {how}", part.tender.words(), desk.digits(part.handed()));
            canvas.text(inside.x + 2, inside.y + nth as u16, width, &says, canvas.theme.strong);
        }
        let below =
            Rect { x: inside.x + 2, y: inside.y + rows + 1, width, height: inside.height.saturating_sub(rows + 1) };
        match (self.card(), self.references.get(self.at)) {
            (Some(card), Some((_, typed))) => {
                let says = format!("What the terminal printed for {}", desk.digits(card.handed()));
                canvas.text(below.x, below.y, below.width, &says, canvas.theme.plain);
                let spot = Rect { y: below.y + 2, height: 1, width: below.width.saturating_sub(1), ..below };
                field(canvas, spot, typed, true);
            }
            _ => {
                canvas.text(below.x, below.y, below.width, "Why?", canvas.theme.plain);
                let spot = Rect { y: below.y + 1, height: below.height.saturating_sub(1), ..below };
                self.reasons.view(canvas, spot, reasons);
            }
        }
    }
}
