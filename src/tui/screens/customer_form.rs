//! What is known of a customer, as it is typed: for a new one, and to be changed.

use super::Customers;
use crate::domain::Refusal;
use crate::domain::command::Command;
use crate::domain::customer::{Contact, Customer, digits};
use crate::domain::id::CustomerId;
use crate::domain::limits::TEXT_CHARS_MAX;
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::typing::{Typing, form, typing_keys};
use crate::tui::widgets::{dialog, field};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// What is typed, what it is called in a sentence, and on which keys.
const TYPED: [(&str, &str, Typing); 5] = [
    ("Name", "A name", Typing::Names),
    ("Telephone", "A phone number", Typing::Digits),
    ("Street", "An address", Typing::Names),
    ("Town", "A town", Typing::Names),
    ("Note", "A note", Typing::Text),
];
/// What stands beside the fields.
const HINTS: [&str; 5] = ["", "", "street and number", "postcode and town", "floor, bell: for whoever brings it"];

/// A customer, as it is typed.
#[derive(Debug)]
pub struct CustomerForm {
    /// Whom it changes, and what was known when it was opened; none for a new one.
    known: Option<(CustomerId, Contact)>,
    typed: [String; 5],
    at: usize,
    /// The list that it came from, and goes back to.
    list: Customers,
}

impl CustomerForm {
    /// A new customer, with what was typed to find one.
    pub(super) fn fresh(list: Customers) -> CustomerForm {
        let typed = list.typed().trim().to_owned();
        let is_phone = !typed.chars().any(char::is_alphabetic) && !digits(&typed).is_empty();
        let mut fields = <[String; 5]>::default();
        fields[usize::from(is_phone)] = typed;
        CustomerForm { known: None, typed: fields, at: 0, list }
    }

    /// A customer who is written down already.
    pub(super) fn of(customer: &Customer, list: Customers) -> CustomerForm {
        let Contact { name, phone, address, city, note } = customer.contact.clone();
        let rest = [phone, address, city, note].map(Option::unwrap_or_default);
        let [phone, address, city, note] = rest;
        let known = Some((customer.customer_id, customer.contact.clone()));
        CustomerForm { known, typed: [name, phone, address, city, note], at: 0, list }
    }

    fn submit(&self) -> Then {
        let [name, phone, address, city, note] = self.typed.clone().map(|text| text.trim().to_owned());
        let some = |text: String| Some(text).filter(|it| !it.is_empty());
        let to = Contact { name, phone: some(phone), address: some(address), city: some(city), note: some(note) };
        Then::Do(match &self.known {
            Some((customer, from)) => {
                Command::EditCustomer { customer: *customer, from: from.clone().into(), to: to.into() }
            }
            None => Command::AddCustomer { contact: to },
        })
    }

    fn step(&mut self, by: usize) {
        self.at = (self.at + by) % TYPED.len();
    }

    fn title(&self) -> &'static str {
        if self.known.is_some() { "Customer" } else { "New customer" }
    }

    fn list(&mut self) -> Customers {
        let list = std::mem::take(&mut self.list);
        match &self.known {
            Some((customer, _)) => list.at(*customer),
            None => list,
        }
    }
}

impl Screen for CustomerForm {
    const NAME: &'static str = "customer-form";
    const HELP: &'static [&'static str] = &[
        "Type what is known of the customer; only the name must be there. Enter and Tab go on to the next field.",
        "F3, or Enter on the last field, writes it down. The order in hand is then the new customer's, or a fresh one.",
        "What two registers change apart is both kept; of one field the later word counts, and both are recorded.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[
        ("text", "the name, the phone, street and number, postcode and town, a note"),
        ("Backspace", "takes the last letter back"),
        ("Up, Down, Shift+Tab", "as Tab"),
    ];
    const IS_DIALOG: bool = true;

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        let enter = if self.at + 1 == TYPED.len() { "Write" } else { "Go on" };
        let keys = vec![(Key::Enter, enter), (Key::F(3), "Write"), (Key::Tab, "Other field"), (Key::Esc, "Cancel")];
        typing_keys(desk, keys)
    }

    fn examples(_desk: &Desk) -> Vec<CustomerForm> {
        let at = |at: usize| CustomerForm { at, ..CustomerForm::fresh(Customers::default()) };
        vec![at(0), at(TYPED.len() - 1)]
    }

    fn update(&mut self, _desk: &Desk, action: Action) -> Then {
        match action {
            Action::Press(Key::Esc) => return Then::Become(self.list().into()),
            Action::Press(Key::F(3)) => return self.submit(),
            Action::Press(Key::Enter) if self.at + 1 == TYPED.len() => return self.submit(),
            Action::Press(Key::Enter | Key::Tab | Key::Down) => self.step(1),
            Action::Press(Key::BackTab | Key::Up) => self.step(TYPED.len() - 1),
            Action::Row(nth) => self.at = nth.min(TYPED.len() - 1),
            Action::Press(Key::Backspace) => drop(self.typed[self.at].pop()),
            Action::Press(Key::Char(letter)) => {
                if self.typed[self.at].chars().count() >= TEXT_CHARS_MAX {
                    return Then::Say(Refusal::BadText { what: TYPED[self.at].1 }.to_string());
                }
                self.typed[self.at].push(letter);
            }
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) => {}
        }
        Then::Stay
    }

    fn done(&mut self, _desk: &Desk) -> Then {
        // A new customer has the order: back to it.
        if self.known.is_none() { Then::Close } else { Then::Become(self.list().into()) }
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let (word, _, typing) = TYPED[self.at];
        if form(canvas, area, self.title(), &[(word, &self.typed[self.at])], 0, typing) {
            return;
        }
        let inside = dialog(canvas, area, 64, 13, self.title());
        let theme = canvas.theme;
        let (x, width) = (inside.x + 2, inside.width.saturating_sub(14));
        for (nth, (word, ..)) in TYPED.iter().enumerate() {
            let row = inside.y + 2 * nth as u16;
            canvas.text(x, row, 10, word, theme.plain);
            let spot = Rect { x: x + 11, y: row, width, height: 1 };
            field(canvas, spot, &self.typed[nth], self.at == nth);
            canvas.target(*word, spot, Action::Row(nth));
            canvas.text(spot.x, row + 1, width, HINTS[nth], theme.faint);
        }
        let changed = self.known.as_ref().and_then(|(customer, _)| desk.reader.customer(*customer).ok().flatten());
        if let Some(at) = changed.map(|customer| customer.updated_at) {
            let says = format!("last changed {}", at.date_and_clock());
            canvas.text(x, inside.bottom() - 1, inside.width.saturating_sub(3), &says, theme.faint);
        }
    }
}
