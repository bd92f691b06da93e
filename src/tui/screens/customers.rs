//! Customers whom the house knows, found by name or phone while somebody types.

use super::CustomerForm;
use crate::domain::command::Command;
use crate::domain::{Customer, CustomerId};
use crate::tui::keys::Key;
use crate::tui::scene::{Canvas, cells, fit};
use crate::tui::typing::{letters, typing_keys};
use crate::tui::widgets::{list, middle, page_keys, page_step};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// Most customers that are shown; who wants another one types more.
const SHOWN_MAX: u32 = 50;

/// The list of customers.
#[derive(Debug, Default)]
pub struct Customers {
    typed: String,
    /// The row under the cursor, and the customer who stood there: found again when the list changes.
    at: usize,
    chosen: Option<CustomerId>,
    /// Letters lie over the list, with a panel.
    is_typing: bool,
}

impl Customers {
    /// What was typed to find one.
    pub(super) fn typed(&self) -> &str {
        &self.typed
    }

    /// The list again, with a customer under the cursor.
    pub(super) fn at(self, customer: CustomerId) -> Customers {
        Customers { chosen: Some(customer), ..self }
    }

    fn rows(&self, desk: &Desk) -> Result<Vec<Customer>, String> {
        let mut rows = desk.reader.customers(&self.typed, SHOWN_MAX).map_err(|fault| fault.to_string())?;
        // Whose the order is stands first, while nothing is typed.
        if let Some(customer) = attached(desk).filter(|_| self.typed.is_empty()) {
            let known = desk.reader.customer(customer).map_err(|fault| fault.to_string())?;
            rows.retain(|row| row.customer_id != customer);
            rows.splice(0..0, known);
        }
        Ok(rows)
    }

    /// The row under the cursor.
    fn chosen(&self, rows: &[Customer]) -> usize {
        let found = self.chosen.and_then(|customer| rows.iter().position(|row| row.customer_id == customer));
        found.unwrap_or(self.at).min(rows.len().saturating_sub(1))
    }

    /// Puts the cursor on a row.
    fn choose(&mut self, row: usize, rows: &[Customer]) {
        (self.at, self.chosen) = (row, rows.get(row).map(|row| row.customer_id));
    }

    fn title(&self) -> String {
        match self.typed.as_str() {
            "" => "Customers".to_owned(),
            typed => format!("Customers with `{typed}`"),
        }
    }
}

/// The customer whose the order in hand is.
fn attached(desk: &Desk) -> Option<CustomerId> {
    desk.hand.order.as_ref().and_then(|order| order.header.customer_id)
}

impl Screen for Customers {
    const NAME: &'static str = "customers";
    const HELP: &'static [&'static str] = &[
        "Type letters of a name or digits of a phone, from the middle of the number too; Enter takes the chosen one",
        "for the order in hand, or for a new one. Two words find who has both.",
        "F7 writes a new customer down, with what was typed; F5 shows the chosen one, to be changed. Both also work",
        "without a line to the server: other registers know it when the line is back.",
        "Of a delivery, the kitchen's ticket and the receipt say the address and the phone. F6 takes the customer off",
        "the order.",
        "On a touch panel a tap chooses, a further tap takes; Ctrl+f (Find) opens letters and closes them.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[
        ("text", "letters of a name, digits of a phone"),
        ("Backspace, Esc", "take back the last letter, all that was typed"),
        ("PgUp, PgDn", "ten up, ten down"),
        ("Home, End", "the first, the last"),
    ];

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        if self.is_typing {
            return typing_keys(desk, vec![(Key::Ctrl('f'), "List"), (Key::Esc, "Clear")]);
        }
        let mut keys = vec![(Key::Enter, "Take"), (Key::F(7), "New"), (Key::F(5), "Change"), (Key::F(6), "Detach")];
        keys.extend([(Key::Up, "One up"), (Key::Down, "One down")]);
        keys.extend(page_keys(desk));
        if desk.touch().is_some() {
            keys.push((Key::Ctrl('f'), "Find"));
        }
        keys.push((Key::Esc, "Back"));
        keys
    }

    fn examples(_desk: &Desk) -> Vec<Customers> {
        vec![Customers::default()]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        // What is typed asks nothing of the list: it is read when it is drawn.
        match action {
            Action::Press(Key::Esc) if self.is_typing => (self.typed, self.is_typing) = Default::default(),
            Action::Press(Key::Esc) if self.typed.is_empty() => return Then::Close,
            Action::Press(Key::Esc) => self.typed.clear(),
            Action::Press(Key::Ctrl('f')) if desk.touch().is_some() => self.is_typing = !self.is_typing,
            Action::Press(Key::Backspace) => drop(self.typed.pop()),
            Action::Press(Key::Char(letter)) => {
                if self.typed.chars().count() < crate::domain::limits::TEXT_CHARS_MAX {
                    self.typed.push(letter);
                }
            }
            Action::Press(Key::F(6)) => return Then::Do(Command::DetachCustomer),
            Action::Press(Key::F(7)) => return Then::Become(CustomerForm::fresh(std::mem::take(self)).into()),
            action => return self.of_list(desk, action),
        }
        // Another list begins at its first row.
        self.choose(0, &[]);
        Then::Stay
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        let area = if self.is_typing { letters(canvas, area, false) } else { area };
        let theme = canvas.theme;
        canvas.region("customers", area);
        let inside = canvas.frame(area, &self.title(), theme.faint);
        let (x, width) = (inside.x + 1, inside.width.saturating_sub(2));
        let rows = match self.rows(desk) {
            Ok(rows) => rows,
            Err(says) => {
                canvas.text(x, inside.y, width, &says, theme.wrong);
                return;
            }
        };
        if rows.is_empty() {
            let says = if self.typed.is_empty() { "Nobody is written down yet" } else { "Nobody fits" };
            canvas.text(x, inside.y + 1, width, &format!("{says}: F7 writes a new customer down"), theme.plain);
            return;
        }
        canvas.text(inside.x, inside.y, inside.width, &columns("Name", "Telephone", "Address"), theme.strong);
        let is_cut = rows.len() >= SHOWN_MAX as usize;
        let below = u16::from(is_cut && inside.height > 3);
        let listed = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1 + below), ..inside };
        let (chosen, own) = (self.chosen(&rows), attached(desk));
        for (nth, spot) in list(canvas, listed, rows.len(), chosen) {
            let style = if nth == chosen { theme.chosen } else { theme.plain };
            canvas.fill(spot, style);
            view_row(canvas, spot, &rows[nth], own == Some(rows[nth].customer_id), style);
            canvas.target(rows[nth].contact.name.clone(), spot, Action::Row(nth));
        }
        if below > 0 {
            let says = if self.typed.is_empty() { "Those that changed last: type to find others" } else { MORE };
            canvas.text(x, inside.bottom() - 1, width, says, theme.faint);
        }
    }
}

impl Customers {
    /// What is about a row of the list.
    fn of_list(&mut self, desk: &Desk, action: Action) -> Then {
        let rows = match self.rows(desk) {
            Ok(rows) => rows,
            Err(says) => return Then::Say(says),
        };
        let (chosen, last) = (self.chosen(&rows), rows.len().saturating_sub(1));
        let nobody = || Then::Say("There is nobody in this list: F7 writes a new customer down".into());
        let taken = |customer: CustomerId| Then::Do(Command::AttachCustomer { customer });
        match action {
            Action::Press(Key::Up) => self.choose(chosen.saturating_sub(1), &rows),
            Action::Press(Key::Down) => self.choose((chosen + 1).min(last), &rows),
            Action::Press(Key::PageUp) => self.choose(chosen.saturating_sub(page_step(desk)), &rows),
            Action::Press(Key::PageDown) => self.choose((chosen + page_step(desk)).min(last), &rows),
            Action::Press(Key::Home) => self.choose(0, &rows),
            Action::Press(Key::End) => self.choose(last, &rows),
            Action::Press(Key::Enter) => return rows.get(chosen).map_or_else(nobody, |row| taken(row.customer_id)),
            Action::Press(Key::F(5)) => {
                let Some(row) = rows.get(chosen) else { return nobody() };
                return Then::Become(CustomerForm::of(row, std::mem::take(self)).into());
            }
            Action::Row(nth) if nth == chosen => {
                return rows.get(nth).map_or(Then::Stay, |row| taken(row.customer_id));
            }
            // A finger beside a row gives nobody's order to somebody else: the first tap only chooses.
            Action::Row(nth) => self.choose(nth.min(last), &rows),
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) => {}
        }
        Then::Stay
    }
}

const MORE: &str = "There may be more: type more to see fewer";

fn columns(name: &str, phone: &str, rest: &str) -> String {
    let cut = |text: &str, most: usize| {
        let text = fit(text, most);
        let pad = most - cells(&text);
        format!("{text}{}", " ".repeat(pad))
    };
    format!("  {} {} {rest}", cut(name, 24), cut(phone, 17))
}

fn view_row(canvas: &mut Canvas, spot: Rect, customer: &Customer, is_own: bool, style: ratatui::style::Style) {
    let contact = &customer.contact;
    let line = middle(spot);
    let address = contact.address_lines().join(", ");
    let text = columns(&contact.name, contact.phone.as_deref().unwrap_or("-"), &address);
    canvas.text(spot.x, line, spot.width.saturating_sub(1), &text, style);
    // Whose the order in hand is.
    canvas.text(spot.x, line, 1, if is_own { "*" } else { " " }, style);
}
