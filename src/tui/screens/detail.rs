//! One order, whole: its lines, its sums, how it was paid, what was given back; and what can be done about it.

use super::{Correct, Refund, Tickets, Void};
use crate::domain::command::Command;
use crate::domain::id::{OrderId, PaymentId};
use crate::domain::order::{Line, LineModifier, LineState, Order, OrderStatus};
use crate::domain::payment::{Amends, Payment, any_stands};
use crate::domain::refund::{Part, left, refunded_of, surplus};
use crate::domain::{Money, Refusal};
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::widgets::{list, middle};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// One order.
#[derive(Debug)]
pub struct Detail {
    order: OrderId,
    chosen: usize,
    /// The order is taken in hand to be voided.
    voids: bool,
}

/// One row of it.
struct Row {
    words: String,
    amount: Option<Money>,
    is_strong: bool,
    /// The refund that it belongs to: its slip can be printed again.
    refund: Option<PaymentId>,
}

impl Row {
    fn plain(words: impl Into<String>) -> Row {
        Row { words: words.into(), amount: None, is_strong: false, refund: None }
    }

    fn with(self, amount: Money) -> Row {
        Row { amount: Some(amount), ..self }
    }

    fn strong(self) -> Row {
        Row { is_strong: true, ..self }
    }
}

impl Detail {
    pub(super) fn of(order: OrderId) -> Detail {
        Detail { order, chosen: 0, voids: false }
    }

    /// What was paid last at this register: an example for the screens that lead on from here.
    pub(super) fn last_paid(desk: &Desk) -> Option<(Order, Vec<Payment>)> {
        desk.hand.last_paid.and_then(|order| Detail::of(order).read(desk).ok())
    }

    fn read(&self, desk: &Desk) -> Result<(Order, Vec<Payment>), String> {
        let order = desk.reader.order(self.order).map_err(|fault| fault.to_string())?;
        let paid = desk.reader.payments(self.order).map_err(|fault| fault.to_string())?;
        order.map(|order| (order, paid)).ok_or_else(|| Refusal::NoSuchOrder.to_string())
    }

    fn act(&mut self, desk: &Desk, key: Key, order: &Order, paid: &[Payment]) -> Then {
        let rows = rows(order, paid);
        let last = rows.len().saturating_sub(1);
        match key {
            Key::Esc => return Then::Close,
            Key::Up => self.chosen = self.chosen.min(last).saturating_sub(1),
            Key::Down => self.chosen = (self.chosen + 1).min(last),
            Key::PageUp => self.chosen = self.chosen.min(last).saturating_sub(10),
            Key::PageDown => self.chosen = (self.chosen + 10).min(last),
            Key::Home => self.chosen = 0,
            Key::End => self.chosen = last,
            Key::F(5) => return Refund::of(desk, order, paid),
            Key::F(6) => return self.void(desk, order, paid),
            Key::F(7) => return Correct::of(desk, order, paid),
            Key::F(8) => return Tickets::of(order),
            Key::F(9) => return Then::Do(Command::PrintReceipt { order: Some(order.order_id) }),
            Key::Enter => {
                let refund = rows.get(self.chosen.min(last)).and_then(|row| row.refund);
                return match refund {
                    Some(refund) => Then::Do(Command::PrintRefund { order: order.order_id, refund }),
                    None => Then::Say("Enter prints a refund's slip again: choose the refund first".into()),
                };
            }
            _ => {}
        }
        Then::Stay
    }

    /// A void is of the order in hand, so it is taken in hand first.
    fn void(&mut self, desk: &Desk, order: &Order, paid: &[Payment]) -> Then {
        if order.is_paid(paid) {
            return Then::Say(format!("{} is paid: give its money back instead (F5)", order.local_number));
        }
        if desk.hand.order.as_ref().is_some_and(|it| it.order_id == order.order_id) {
            return Then::Open(Void::of_order().into());
        }
        self.voids = true;
        Then::Do(Command::Recall { order: order.order_id })
    }
}

impl Screen for Detail {
    const NAME: &'static str = "detail";
    const HELP: &'static [&'static str] = &[
        "One order whole: lines, sums, payments, what went back. Up and Down move through it.",
        "F5 gives money back: all of it, some lines, or an amount. F6 voids an order that is not paid.",
        "F7 books a payment under the tender that really paid.",
        "F8 prints a station's ticket again, F9 the receipt: both then say REPRINT.",
        "On a refund, Enter prints its slip again.",
    ];

    const MORE_KEYS: &'static [(&'static str, &'static str)] =
        &[("PgUp, PgDn", "ten up, ten down"), ("Home, End", "the first row, the last")];

    /// The order in hand, and the one that was paid last.
    fn examples(desk: &Desk) -> Vec<Detail> {
        let in_hand = desk.hand.order.as_ref().map(|order| order.order_id);
        in_hand.into_iter().chain(desk.hand.last_paid).map(Detail::of).collect()
    }

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        let Ok((order, paid)) = self.read(desk) else { return vec![(Key::Esc, "Back")] };
        let is_paid = order.is_paid(&paid);
        let on_refund = rows(&order, &paid).get(self.chosen).is_some_and(|row| row.refund.is_some());
        let all = [
            (true, Key::Esc, "Back"),
            (has_left(&paid), Key::F(5), "Refund"),
            (any_stands(&paid), Key::F(7), "Correct"),
            (is_paid, Key::F(9), "Receipt"),
            (order.lines.iter().any(Line::is_sent), Key::F(8), "Tickets"),
            (!is_paid && !order.cancelled, Key::F(6), "Void"),
            (on_refund, Key::Enter, "Slip"),
            (true, Key::Up, "One up"),
            (true, Key::Down, "One down"),
            (true, Key::F(1), "Help"),
        ];
        all.into_iter().filter(|(can, ..)| *can).map(|(_, key, does)| (key, does)).collect()
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        self.voids = false;
        let (order, paid) = match self.read(desk) {
            Ok(read) => read,
            Err(says) => return if action == Action::Press(Key::Esc) { Then::Close } else { Then::Say(says) },
        };
        match action {
            Action::Press(key) => self.act(desk, key, &order, &paid),
            Action::Row(nth) => {
                self.chosen = nth;
                Then::Stay
            }
            Action::Cell(_) | Action::Page(_) | Action::Offer(_) => Then::Stay,
        }
    }

    fn done(&mut self, _desk: &Desk) -> Then {
        if std::mem::take(&mut self.voids) { Then::Open(Void::of_order().into()) } else { Then::Stay }
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        let theme = canvas.theme;
        canvas.region("detail", area);
        let (order, paid) = match self.read(desk) {
            Ok(read) => read,
            Err(says) => {
                canvas.text(area.x + 1, area.y, area.width.saturating_sub(2), &says, theme.wrong);
                return;
            }
        };
        let inside = canvas.frame(area, &format!("Order {}", order.local_number), theme.faint);
        let rows = rows(&order, &paid);
        let chosen = self.chosen.min(rows.len().saturating_sub(1));
        for (nth, spot) in list(canvas, inside, rows.len(), chosen) {
            let (row, line) = (&rows[nth], middle(spot));
            let style = match (nth == chosen, row.is_strong) {
                (true, _) => theme.chosen,
                (false, true) => theme.strong,
                (false, false) => theme.plain,
            };
            canvas.fill(spot, style);
            let amount = row.amount.map(|amount| desk.digits(amount)).unwrap_or_default();
            let room = spot.width.saturating_sub(amount.len() as u16 + 3);
            canvas.text(spot.x + 1, line, room, &row.words, style);
            canvas.right(spot.x, line, spot.width.saturating_sub(1), &amount, style);
            canvas.target(row.words.trim().to_owned(), spot, Action::Row(nth));
        }
    }
}

/// Whether any money can still go back.
fn has_left(paid: &[Payment]) -> bool {
    !left(paid).iter().all(Part::is_nothing)
}

fn rows(order: &Order, paid: &[Payment]) -> Vec<Row> {
    let header = &order.header;
    let mut whose = vec![header.order_type.words().to_owned()];
    whose.extend(header.table.iter().map(|table| format!("table {table}")));
    whose.extend(header.customer_name.clone());
    whose.extend(header.due_at.map(|due| format!("for {}", due.clock())));
    let opened = format!(
        "{}  business day {}  opened {} by {}",
        order.local_number,
        order.business_date,
        order.created_at.date_and_clock(),
        order.opened_by
    );
    let state = state_words(order, paid);
    let mut rows = vec![Row::plain(format!("{}: {state}", whose.join(", "))).strong(), Row::plain(opened)];
    rows.extend(header.kitchen_notes.iter().map(|note| Row::plain(format!("! {note}"))));
    for line in &order.lines {
        rows.extend(line_rows(line, refunded_of(paid, line.line_id)));
    }
    let totals = order.totals();
    rows.extend(totals.taxes.iter().map(|sum| {
        let how = if sum.tax.included { "contained" } else { "added" };
        let rate = sum.tax.rate.to_string();
        let rate = if sum.tax.name.contains(&rate) { String::new() } else { format!(" {rate}") };
        Row::plain(format!("Tax {}{rate} {how}", sum.tax.name)).with(sum.amount)
    }));
    rows.push(Row::plain("TOTAL").with(totals.total).strong());
    for payment in paid {
        rows.extend(payment_rows(payment, paid));
    }
    let refunded: Money = paid.iter().filter(|it| it.is_refund()).map(|it| it.amount + it.tip).sum();
    if !refunded.is_zero() {
        rows.push(Row::plain("REFUNDED").with(refunded).strong());
    }
    let (balance, surplus) = (order.balance(paid), surplus(order, paid));
    if !order.cancelled && balance > Money::ZERO {
        rows.push(Row::plain("TO PAY").with(balance).strong());
    }
    if !order.cancelled && !surplus.is_zero() {
        rows.push(Row::plain("PAID TOO MUCH: F5 gives it back").with(surplus).strong());
    }
    rows
}

fn state_words(order: &Order, paid: &[Payment]) -> String {
    let work = match order.status() {
        OrderStatus::Pending if !order.was_sent() => "not sent",
        OrderStatus::Pending => "sent",
        OrderStatus::Preparing => "preparing",
        OrderStatus::Ready => "ready",
        OrderStatus::Completed => "served",
        OrderStatus::Cancelled => return "cancelled".to_owned(),
    };
    let money = if !any_stands(paid) {
        "not paid"
    } else if order.balance(paid) > Money::ZERO {
        "part paid"
    } else if !surplus(order, paid).is_zero() {
        "paid too much"
    } else if paid.iter().any(Payment::is_refund) {
        if has_left(paid) { "part refunded" } else { "refunded" }
    } else {
        "paid"
    };
    format!("{work}, {money}")
}

fn line_rows(line: &Line, refunded: u32) -> Vec<Row> {
    let state = match line.state {
        LineState::Draft => "not sent",
        LineState::Voided => "VOID",
        LineState::Sent | LineState::Preparing | LineState::Ready | LineState::Served => line.state.code(),
    };
    let why = line.void_reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let back = if refunded > 0 { format!(", {refunded} refunded") } else { String::new() };
    let words = format!("{:>3} {}  {state}{why}{back}", line.quantity, line.name);
    let mut rows = vec![Row::plain(words).with(line.total())];
    rows.extend(line.modifiers.iter().map(|it| Row::plain(format!("      {}", LineModifier::words(it)))));
    rows.extend(line.note.iter().map(|note| Row::plain(format!("      * {note}"))));
    rows
}

fn payment_rows(payment: &Payment, paid: &[Payment]) -> Vec<Row> {
    let tender = payment.tender.words();
    let (label, refund) = match payment.amends.as_ref().map(|it| (it.kind, it.act)) {
        None => (tender.to_owned(), None),
        Some((Amends::Refund, act)) => (format!("Refund, {tender}"), Some(act)),
        Some((Amends::Return, act)) => (format!("Given back, {tender}"), Some(act)),
        Some((Amends::Reversal, _)) => (format!("Booked wrong, {tender} taken out"), None),
        Some((Amends::Correction, _)) => (format!("Corrected to {tender}"), None),
    };
    let id = payment.payment_id;
    let is_undone = paid.iter().any(|it| it.does(Amends::Reversal, id) || it.does(Amends::Return, id));
    let since = if is_undone { ", taken back since" } else { "" };
    let words = format!("{} {label}{since}", payment.created_at.clock());
    let mut rows = vec![Row::plain(words).with(payment.amount)];
    let given = if payment.change.is_zero() { Money::ZERO } else { payment.tendered };
    let aside = [("given", given), ("change", payment.change), ("tip", payment.tip), ("rounding", payment.rounding)];
    let aside = aside.into_iter().filter(|(_, amount)| !amount.is_zero());
    rows.extend(aside.map(|(words, amount)| Row::plain(format!("      {words}")).with(amount)));
    rows.extend(payment.reference.iter().map(|it| Row::plain(format!("      ref. {it}"))));
    if let Some(amends) = &payment.amends {
        let manager = amends.approved_by.as_ref().map(|it| format!(", approved by {it}")).unwrap_or_default();
        rows.push(Row::plain(format!("      {} ({}{manager})", amends.reason, amends.by)));
    }
    rows.into_iter().map(|row| Row { refund, ..row }).collect()
}
