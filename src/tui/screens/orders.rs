//! Orders that are open, and those that were paid.

use super::Detail;
use crate::domain::Money;
use crate::domain::command::Command;
use crate::domain::id::OrderId;
use crate::store::{OrderRow, OrderRowState};
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::typing::{letters, typing_keys};
use crate::tui::widgets::{list, middle, page_keys, page_step};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// Most rows that are read for the list.
const ROWS_MAX: u32 = 200;

/// The list of orders.
#[derive(Debug, Default)]
pub struct Orders {
    paid: bool,
    /// The row under the cursor, and the order that stood there: it is found again when others join the list.
    at: usize,
    chosen: Option<OrderId>,
    typed: String,
    /// Letters lie over the list, with a panel.
    is_typing: bool,
}

impl Orders {
    /// The rows that the list shows, or what the store said instead.
    fn rows(&self, desk: &Desk) -> Result<Vec<OrderRow>, String> {
        let all = if self.paid { desk.reader.paid_orders(ROWS_MAX) } else { desk.reader.open_orders(ROWS_MAX) };
        let wanted = self.typed.to_lowercase();
        let fits = |row: &OrderRow| {
            let name = row.customer_name.as_deref().unwrap_or_default().to_lowercase();
            wanted.is_empty() || row.local_number.to_string().to_lowercase().contains(&wanted) || name.contains(&wanted)
        };
        Ok(all.map_err(|fault| fault.to_string())?.into_iter().filter(fits).collect())
    }

    /// The row under the cursor.
    fn chosen(&self, rows: &[OrderRow]) -> usize {
        let found = self.chosen.and_then(|order| rows.iter().position(|row| row.order_id == order));
        found.unwrap_or(self.at).min(rows.len().saturating_sub(1))
    }

    /// Puts the cursor on a row.
    fn choose(&mut self, row: usize, rows: &[OrderRow]) {
        (self.at, self.chosen) = (row, rows.get(row).map(|row| row.order_id));
    }

    fn take(&self, order: OrderId) -> Then {
        Then::Do(if self.paid { Command::PrintReceipt { order: Some(order) } } else { Command::Recall { order } })
    }
}

impl Screen for Orders {
    const NAME: &'static str = "orders";
    const HELP: &'static [&'static str] = &[
        "Up and Down choose an order, Enter takes it in hand; the one in hand is put aside.",
        "Type part of a number or a name to see fewer. Tab shows the paid ones: Enter prints a receipt again.",
        "F5 or Right shows an order whole, to refund, correct or void it; so does a tap on a paid one.",
        "On a touch panel, a tap takes an open order, and Ctrl+f (Find) opens letters and closes them.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[
        ("text", "part of a number or a name: fewer orders"),
        ("Backspace", "takes the last letter back"),
        ("Right", "the order whole, as F5"),
        ("Shift+Tab", "as Tab"),
        ("PgUp, PgDn", "ten up, ten down"),
        ("Home, End", "the first, the last"),
    ];

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        if self.is_typing {
            return typing_keys(desk, vec![(Key::Ctrl('f'), "List"), (Key::Esc, "Clear")]);
        }
        let (does, other) = if self.paid { ("Receipt", "Open ones") } else { ("Recall", "Paid ones") };
        let mut keys = vec![
            (Key::Enter, does),
            (Key::Tab, other),
            (Key::F(5), "Details"),
            (Key::Up, "One up"),
            (Key::Down, "One down"),
        ];
        keys.extend(page_keys(desk));
        if desk.touch().is_some() {
            keys.push((Key::Ctrl('f'), "Find"));
        }
        keys.push((Key::Esc, "Back"));
        keys
    }

    fn examples(_desk: &Desk) -> Vec<Orders> {
        vec![Orders::default(), Orders { paid: true, ..Orders::default() }]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        let rows = match self.rows(desk) {
            Ok(rows) => rows,
            Err(says) => return if action == Action::Press(Key::Esc) { Then::Close } else { Then::Say(says) },
        };
        let (chosen, last) = (self.chosen(&rows), rows.len().saturating_sub(1));
        match action {
            Action::Press(Key::Esc) if self.typed.is_empty() => return Then::Close,
            Action::Press(Key::Esc) => self.typed.clear(),
            Action::Press(Key::Ctrl('f')) if desk.touch().is_some() => self.is_typing = !self.is_typing,
            Action::Press(Key::Tab | Key::BackTab) => {
                self.paid = !self.paid;
                self.choose(0, &[]);
            }
            Action::Press(Key::Up) => self.choose(chosen.saturating_sub(1), &rows),
            Action::Press(Key::Down) => self.choose((chosen + 1).min(last), &rows),
            Action::Press(Key::PageUp) => self.choose(chosen.saturating_sub(page_step(desk)), &rows),
            Action::Press(Key::PageDown) => self.choose((chosen + page_step(desk)).min(last), &rows),
            Action::Press(Key::Home) => self.choose(0, &rows),
            Action::Press(Key::End) => self.choose(last, &rows),
            Action::Press(Key::Backspace) => drop(self.typed.pop()),
            Action::Press(Key::Char(letter)) => {
                self.typed.push(letter);
                self.choose(0, &[]);
            }
            Action::Press(Key::F(5) | Key::Right) => {
                return match rows.get(chosen) {
                    Some(row) => Then::Open(Detail::of(row.order_id).into()),
                    None => Then::Say("There is no order in this list".into()),
                };
            }
            Action::Press(Key::Enter) => {
                return match rows.get(chosen) {
                    Some(row) => self.take(row.order_id),
                    None => Then::Say("There is no order in this list".into()),
                };
            }
            Action::Row(nth) => {
                if let Some(row) = rows.get(nth) {
                    // A finger beside a row must not cost paper: a paid order is only shown.
                    self.choose(nth, &rows);
                    let shown = || Then::Open(Detail::of(row.order_id).into());
                    return if self.paid { shown() } else { self.take(row.order_id) };
                }
            }
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) => {}
        }
        Then::Stay
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        let area = if self.is_typing { letters(canvas, area, false) } else { area };
        let theme = canvas.theme;
        let title = match (self.paid, self.typed.as_str()) {
            (false, "") => "Open orders".to_owned(),
            (true, "") => "Paid orders".to_owned(),
            (false, typed) => format!("Open orders with `{typed}`"),
            (true, typed) => format!("Paid orders with `{typed}`"),
        };
        canvas.region("orders", area);
        let inside = canvas.frame(area, &title, theme.faint);
        let rows = match self.rows(desk) {
            Ok(rows) => rows,
            Err(says) => {
                canvas.text(inside.x + 1, inside.y, inside.width - 2, &says, theme.wrong);
                return;
            }
        };
        if rows.is_empty() {
            canvas.text(inside.x + 1, inside.y + 1, inside.width - 2, "None here", theme.plain);
            return;
        }
        let chosen = self.chosen(&rows);
        let heading = columns("Number", "Since", "Type", "For", "State");
        canvas.text(inside.x, inside.y, inside.width, &heading, theme.strong);
        canvas.right(inside.x, inside.y, inside.width - 1, if self.paid { "Total" } else { "To pay" }, theme.strong);
        let below = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        for (nth, spot) in list(canvas, below, rows.len(), chosen) {
            let row = &rows[nth];
            let style = if nth == chosen { theme.chosen } else { theme.plain };
            view_row(desk, canvas, spot, row, style, self.paid);
            canvas.target(row.local_number.to_string(), spot, Action::Row(nth));
        }
    }
}

fn columns(number: &str, since: &str, order_type: &str, whose: &str, state: &str) -> String {
    let cut = |text: &str, cells: usize| {
        let text = crate::tui::scene::fit(text, cells);
        let pad = cells - crate::tui::scene::cells(&text);
        format!("{text}{}", " ".repeat(pad))
    };
    format!(" {} {} {} {} {}", cut(number, 10), cut(since, 5), cut(order_type, 8), cut(whose, 16), cut(state, 14))
}

fn view_row(desk: &Desk, canvas: &mut Canvas, spot: Rect, row: &OrderRow, style: ratatui::style::Style, paid: bool) {
    // What was paid too much and went back took nothing from the bill.
    let of_the_bill = row.refunded + row.balance.min(Money::ZERO);
    let state = match row.state {
        OrderRowState::Draft => "not sent",
        OrderRowState::Sent => "sent",
        OrderRowState::SentWithDraft => "partly sent",
        OrderRowState::PartPaid => "part paid",
        OrderRowState::Paid if !row.surplus().is_zero() => "paid too much",
        OrderRowState::Paid if of_the_bill <= Money::ZERO => "paid",
        OrderRowState::Paid if of_the_bill < row.total => "part refunded",
        OrderRowState::Paid => "refunded",
        OrderRowState::Cancelled => "cancelled",
    };
    let due = row.due_at.map(|at| format!("{} ", at.clock())).unwrap_or_default();
    let whose = format!("{due}{}", row.customer_name.as_deref().unwrap_or(&row.opened_by));
    canvas.fill(spot, style);
    let line = middle(spot);
    let number = row.local_number.to_string();
    let text = columns(&number, &row.created_at.clock(), row.order_type.words(), &whose, state);
    canvas.text(spot.x, line, spot.width, &text, style);
    let amount = if paid { row.total } else { row.balance };
    canvas.right(spot.x, line, spot.width - 1, &desk.digits(amount), style);
}
