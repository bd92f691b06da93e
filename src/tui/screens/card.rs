//! A card on a stand-alone terminal: the amount, the tip, and what the terminal printed.

use super::pay::meanwhile;
use super::{Paid, Pay};
use crate::domain::command::Command;
use crate::domain::limits::TEXT_CHARS_MAX;
use crate::domain::{Money, Tender};
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::typing::{Typing, form, typing_keys};
use crate::tui::widgets::{dialog, field};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// What is noted of a card payment.
#[derive(Debug)]
pub struct Card {
    amount: Money,
    tip: String,
    reference: String,
    in_reference: bool,
    /// It was noted as too much.
    is_noted: bool,
}

impl Card {
    pub(super) fn of(amount: Money) -> Card {
        Card { amount, tip: String::new(), reference: String::new(), in_reference: false, is_noted: false }
    }

    fn field(&mut self) -> &mut String {
        if self.in_reference { &mut self.reference } else { &mut self.tip }
    }
}

impl Screen for Card {
    const NAME: &'static str = "card";
    const HELP: &'static [&'static str] = &[
        "Let the guest pay on the card terminal first. Then type the tip, Enter, the terminal's reference, Enter.",
        "Tip and reference may stay empty. The register talks to no terminal: it notes what you say.",
        "When another register was paid meanwhile, what the terminal took is noted as too much.",
        "F2, Tab, F5 gives it back.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[
        ("text", "the tip; the reference"),
        ("Up, Down, Shift+Tab", "as Tab"),
        ("Backspace", "takes the last letter back"),
    ];
    const IS_DIALOG: bool = true;

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        let enter = match meanwhile(desk, self.amount) {
            _ if !self.in_reference => "Reference",
            Some(_) => "Note it",
            None => "Paid",
        };
        typing_keys(desk, vec![(Key::Enter, enter), (Key::Tab, "Other field"), (Key::Esc, "Cancel")])
    }

    fn examples(_desk: &Desk) -> Vec<Card> {
        let card = Card::of(crate::domain::Money::ZERO);
        vec![Card { in_reference: true, ..Card::of(crate::domain::Money::ZERO) }, card]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        match action {
            Action::Press(Key::Esc) => return Then::Become(Pay::reopened(desk, self.amount).into()),
            Action::Press(Key::Tab | Key::BackTab | Key::Up | Key::Down) => self.in_reference = !self.in_reference,
            Action::Row(nth) => self.in_reference = nth == 1,
            Action::Press(Key::Backspace) => drop(self.field().pop()),
            Action::Press(Key::Char(letter)) => {
                if self.field().chars().count() < TEXT_CHARS_MAX {
                    self.field().push(letter);
                }
            }
            Action::Press(Key::Enter) if !self.in_reference => self.in_reference = true,
            Action::Press(Key::Enter) => {
                let tip = if self.tip.is_empty() { Some(Money::ZERO) } else { desk.menu.currency().read(&self.tip) };
                let Some(tip) = tip else {
                    self.in_reference = false;
                    return Then::Say(format!("`{}` is no tip: digits, with a point before the decimals", self.tip));
                };
                let reference = Some(self.reference.clone());
                self.is_noted = meanwhile(desk, self.amount).is_some();
                if self.is_noted {
                    return Then::Do(Command::NoteCharge { amount: self.amount, tip, reference });
                }
                return Then::Do(Command::Pay { tender: Tender::Card, tendered: self.amount, tip, reference });
            }
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) => {}
        }
        Then::Stay
    }

    fn done(&mut self, desk: &Desk) -> Then {
        match desk.hand.order {
            Some(_) => Then::Become(Pay::opened(desk).into()),
            None if self.is_noted => Then::Close,
            None => Then::Become(Paid.into()),
        }
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let meanwhile = meanwhile(desk, self.amount).map(|it| format!(", {it} meanwhile")).unwrap_or_default();
        let title = format!("Card: {}{meanwhile}", desk.menu.currency().with_symbol(self.amount));
        let fields = [("Tip", self.tip.as_str()), ("Reference", self.reference.as_str())];
        let typing = if self.in_reference { Typing::Text } else { Typing::Amount };
        if form(canvas, area, &title, &fields, usize::from(self.in_reference), typing) {
            return;
        }
        let inside = dialog(canvas, area, 56, 7, &title);
        for (nth, (word, text)) in [("Tip", &self.tip), ("Reference", &self.reference)].into_iter().enumerate() {
            let row = inside.y + 1 + 2 * nth as u16;
            canvas.text(inside.x + 2, row, 10, word, canvas.theme.plain);
            let spot = Rect { x: inside.x + 13, y: row, width: inside.width - 15, height: 1 };
            field(canvas, spot, text, self.in_reference == (nth == 1));
            canvas.target(word, spot, Action::Row(nth));
        }
    }
}
