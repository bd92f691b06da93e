//! A payment that was booked under the wrong tender: which one, what the card terminal printed, and why.

use super::Detail;
use super::reasons::{Reasons, Said};
use crate::domain::command::Command;
use crate::domain::id::{OrderId, PaymentId};
use crate::domain::limits::TEXT_CHARS_MAX;
use crate::domain::payment::{Payment, standing};
use crate::domain::{Money, Order, Tender, Timestamp};
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::typing::{Typing, form, typing_keys};
use crate::tui::widgets::{dialog, field, list, middle};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// Why tenders are corrected.
const REASONS: [&str; 3] = ["Wrong key", "Guest paid otherwise", "Found when counting"];

/// What is asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Payment,
    Tip,
    Reference,
    Reason,
}

/// A payment that could be corrected.
#[derive(Debug, Clone, Copy)]
struct Wrong {
    payment: PaymentId,
    tender: Tender,
    amount: Money,
}

impl Wrong {
    /// What it should have been.
    fn right(&self) -> Tender {
        match self.tender {
            Tender::Cash => Tender::Card,
            Tender::Card => Tender::Cash,
        }
    }
}

/// The questions of a correction.
#[derive(Debug)]
pub struct Correct {
    order: OrderId,
    seen: usize,
    all: Vec<Wrong>,
    chosen: usize,
    step: Step,
    tip: String,
    reference: String,
    reasons: Reasons,
}

impl Correct {
    /// Opens the questions about an order's payments.
    pub(super) fn of(desk: &Desk, order: &Order, paid: &[Payment]) -> Then {
        let mut asked = Correct::asked(order, paid, Step::Payment, Reasons::opened(desk.now));
        if asked.all.is_empty() {
            return Then::Say(format!("No money was taken for {}: there is nothing to correct", order.local_number));
        }
        if asked.all.len() == 1 {
            asked.choose(desk.now, 0);
        }
        Then::Open(asked.into())
    }

    fn asked(order: &Order, paid: &[Payment], step: Step, reasons: Reasons) -> Correct {
        let wrong = |it: &Payment| Wrong { payment: it.payment_id, tender: it.tender, amount: it.amount };
        Correct {
            order: order.order_id,
            seen: paid.len(),
            all: standing(paid).map(wrong).collect(),
            chosen: 0,
            step,
            tip: String::new(),
            reference: String::new(),
            reasons,
        }
    }

    fn wrong(&self) -> Option<&Wrong> {
        self.all.get(self.chosen)
    }

    fn choose(&mut self, now: Timestamp, nth: usize) {
        self.chosen = nth.min(self.all.len().saturating_sub(1));
        self.step = match self.wrong().map(Wrong::right) {
            Some(Tender::Card) => Step::Tip,
            Some(Tender::Cash) | None => Step::Reason,
        };
        self.reasons = Reasons::opened(now);
    }

    fn ask_payment(&mut self, now: Timestamp, action: &Action) -> Then {
        match action {
            Action::Press(Key::Esc) => return Then::Close,
            Action::Press(Key::Up) => self.chosen = self.chosen.saturating_sub(1),
            Action::Press(Key::Down) => self.chosen = (self.chosen + 1).min(self.all.len().saturating_sub(1)),
            Action::Press(Key::Enter) => self.choose(now, self.chosen),
            Action::Row(nth) => self.choose(now, *nth),
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) => {}
        }
        Then::Stay
    }

    fn ask_card(&mut self, desk: &Desk, action: &Action) -> Then {
        let typed = if self.step == Step::Tip { &mut self.tip } else { &mut self.reference };
        match action {
            Action::Press(Key::Esc) => return Then::Close,
            Action::Press(Key::Tab | Key::BackTab | Key::Up | Key::Down) => {
                self.step = if self.step == Step::Tip { Step::Reference } else { Step::Tip };
            }
            Action::Row(nth) => self.step = if *nth == 0 { Step::Tip } else { Step::Reference },
            Action::Press(Key::Backspace) => drop(typed.pop()),
            Action::Press(Key::Char(letter)) if typed.chars().count() < TEXT_CHARS_MAX => typed.push(*letter),
            Action::Press(Key::Enter) if self.step == Step::Tip => match self.tip(desk) {
                Some(_) => self.step = Step::Reference,
                None => return Then::Say(self.no_tip()),
            },
            Action::Press(Key::Enter) => {
                self.step = Step::Reason;
                self.reasons = Reasons::opened(desk.now);
            }
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) => {}
        }
        Then::Stay
    }

    fn tip(&self, desk: &Desk) -> Option<Money> {
        if self.tip.is_empty() { Some(Money::ZERO) } else { desk.menu.currency().read(&self.tip) }
    }

    fn no_tip(&self) -> String {
        format!("`{}` is no tip: digits, with a point before the decimals", self.tip)
    }

    fn correct(&mut self, desk: &Desk, reason: String) -> Then {
        let Some(wrong) = self.wrong().copied() else { return Then::Close };
        let Some(tip) = self.tip(desk) else {
            self.step = Step::Tip;
            return Then::Say(self.no_tip());
        };
        let (order, seen) = (self.order, self.seen);
        let reference = Some(self.reference.clone());
        Then::Do(Command::CorrectTender {
            order,
            payment: wrong.payment,
            to: wrong.right(),
            tip,
            reference,
            reason,
            seen,
        })
    }
}

impl Screen for Correct {
    const NAME: &'static str = "correct";
    const HELP: &'static [&'static str] = &[
        "For a payment that was booked as cash although a card paid, or the other way round.",
        "Choose it, type tip and reference of a card, then say why.",
        "What the payment settles of the bill stays the same. No money moves, the drawer stays shut.",
        "A cashier needs a manager's PIN for it; the register asks in place.",
    ];
    const IS_DIALOG: bool = true;

    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[
        ("A-Z", "the reason at that letter"),
        ("0-9, text, Backspace", "the tip, what the terminal printed, or a reason of your own"),
        ("Shift+Tab", "as Tab"),
    ];

    fn examples(desk: &Desk) -> Vec<Correct> {
        let Some((order, paid)) = Detail::last_paid(desk) else { return Vec::new() };
        let [hears, writing] = Reasons::examples(desk.now);
        let steps = [Step::Payment, Step::Tip, Step::Reference];
        let asked = steps.map(|step| (step, Reasons::opened(desk.now))).into_iter();
        let asked = asked.chain([(Step::Reason, hears), (Step::Reason, writing)]);
        asked.map(|(step, reasons)| Correct::asked(&order, &paid, step, reasons)).collect()
    }

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        match self.step {
            Step::Payment => {
                vec![(Key::Enter, "This one"), (Key::Up, "One up"), (Key::Down, "One down"), (Key::Esc, "Cancel")]
            }
            Step::Tip | Step::Reference => {
                typing_keys(desk, vec![(Key::Enter, "Go on"), (Key::Tab, "Other field"), (Key::Esc, "Cancel")])
            }
            Step::Reason => self.reasons.keys(desk, "Correct"),
        }
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        match self.step {
            Step::Payment => self.ask_payment(desk.now, &action),
            Step::Tip | Step::Reference => self.ask_card(desk, &action),
            Step::Reason => match self.reasons.update(desk.now, &action, &REASONS.map(str::to_owned)) {
                Said::Reason(reason) => self.correct(desk, reason),
                Said::Back => Then::Close,
                Said::NoSuch => Then::Say("There is no reason at that letter".into()),
                Said::Nothing => Then::Stay,
            },
        }
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let theme = canvas.theme;
        let title = match (self.step, self.wrong()) {
            (Step::Payment, _) | (_, None) => "Which payment was booked wrong?".to_owned(),
            (Step::Tip | Step::Reference | Step::Reason, Some(wrong)) => {
                let (was, is) = (wrong.tender.words(), wrong.right().words());
                format!("{was} {} was really {is}", desk.digits(wrong.amount))
            }
        };
        let fields = [("Tip", self.tip.as_str()), ("Reference", self.reference.as_str())];
        let drawn = match self.step {
            Step::Payment => false,
            Step::Tip => form(canvas, area, &title, &fields, 0, Typing::Amount),
            Step::Reference => form(canvas, area, &title, &fields, 1, Typing::Text),
            Step::Reason => self.reasons.form(canvas, area, &title),
        };
        if drawn {
            return;
        }
        let height = 7 + (self.all.len() as u16).max(4);
        let inside = dialog(canvas, area, 60, height, &title);
        let width = inside.width.saturating_sub(3);
        match self.step {
            Step::Payment => {
                let height = inside.height.saturating_sub(2);
                let rows = Rect { x: inside.x + 2, y: inside.y + 1, width, height };
                for (nth, spot) in list(canvas, rows, self.all.len(), self.chosen) {
                    let (wrong, line) = (&self.all[nth], middle(spot));
                    let style = if nth == self.chosen { theme.chosen } else { theme.plain };
                    let (was, is) = (wrong.tender.words(), wrong.right().words());
                    canvas.fill(spot, style);
                    canvas.text(spot.x, line, spot.width, &format!("{was} to {is}"), style);
                    canvas.right(spot.x, line, spot.width, &desk.digits(wrong.amount), style);
                    canvas.target(format!("{was} {}", desk.digits(wrong.amount)), spot, Action::Row(nth));
                }
            }
            Step::Tip | Step::Reference => {
                for (nth, (word, text)) in fields.into_iter().enumerate() {
                    let row = inside.y + 1 + 2 * nth as u16;
                    canvas.text(inside.x + 2, row, 10, word, theme.plain);
                    let spot = Rect { x: inside.x + 13, y: row, width: inside.width - 15, height: 1 };
                    field(canvas, spot, text, (self.step == Step::Reference) == (nth == 1));
                    canvas.target(word, spot, Action::Row(nth));
                }
            }
            Step::Reason => {
                canvas.text(inside.x + 2, inside.y, width, "Why?", theme.plain);
                let spot = Rect { x: inside.x + 2, y: inside.y + 1, width, height: inside.height.saturating_sub(2) };
                self.reasons.view(canvas, spot, &REASONS.map(str::to_owned));
            }
        }
        let note = "No money moves: only the books are put right";
        canvas.text(inside.x + 2, inside.bottom() - 1, width, note, theme.faint);
    }
}
