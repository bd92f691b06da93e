//! Payment: exact, a note that the guest holds out, an amount typed, or a card; in as many parts as it takes.

use super::{Card, Paid};
use crate::domain::command::Command;
use crate::domain::payment::{cash_due, quick_cash};
use crate::domain::refund::surplus;
use crate::domain::{Money, OrderId, Refusal, Tender, Timestamp};
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::touch::KeySize;
use crate::tui::typing::{PAD_ROWS, pad, pad_width};
use crate::tui::widgets::{Cell, GIANT_ROWS, Grid, Look, addressed, field, giant};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// How long a tender is deaf after it opened, in milliseconds: terminals do not say when a key repeats, and the key
/// that opened it must not pay it.
pub(super) const GUARD_MS: i64 = 150;

/// Columns of a key that says `back 188.10`.
const BACK_COLUMNS: u16 = 12;

/// The payment screen.
#[derive(Debug)]
pub struct Pay {
    typed: String,
    opened: Timestamp,
    /// What a card terminal was told to take, as far as that is known: what was owed when this opened.
    charged: Money,
    /// The order is put aside, and this leaves with it.
    leaves: bool,
}

impl Pay {
    pub(super) fn opened(desk: &Desk) -> Pay {
        Pay { typed: String::new(), opened: desk.now, charged: balance(desk), leaves: false }
    }

    /// Opened again by a key that could pay nothing, from a card of so much: nobody need wait.
    pub(super) fn reopened(desk: &Desk, card: Money) -> Pay {
        let charged = if ended(desk).is_some() { card } else { balance(desk) };
        Pay { opened: desk.now.plus_millis(-GUARD_MS), charged, ..Pay::opened(desk) }
    }
}

/// What others did with the order in hand, so that nothing is owed for it any more: `paid on T2`.
fn ended(desk: &Desk) -> Option<String> {
    let order = desk.hand.order.as_ref()?;
    if order.cancelled {
        return Some("cancelled elsewhere".to_owned());
    }
    order.is_paid(&desk.hand.paid).then(|| paid_on(desk, order.order_id))
}

/// Where another register took money for it: `paid on T2`.
fn paid_on(desk: &Desk, order: OrderId) -> String {
    // What cannot be read is said by the order's own screen.
    let takers = desk.reader.takers(order).unwrap_or_default();
    let other = takers.into_iter().rfind(|taker| *taker != desk.house.register_id);
    other.map_or_else(|| "paid already".to_owned(), |taker| format!("paid on {taker}"))
}

/// What others did with the order in hand, so that less is owed for it than a card terminal was told to take.
pub(super) fn meanwhile(desk: &Desk, card: Money) -> Option<String> {
    let order = desk.hand.order.as_ref()?;
    ended(desk).or_else(|| (card > balance(desk)).then(|| paid_on(desk, order.order_id)))
}

fn balance(desk: &Desk) -> Money {
    desk.hand.order.as_ref().map_or(Money::ZERO, |order| order.balance(&desk.hand.paid))
}

/// What the rest comes to in cash.
fn due_in_cash(desk: &Desk) -> Money {
    let step = desk.house.cash_step.unwrap_or(desk.menu.currency().row().cash_step);
    cash_due(balance(desk), step)
}

/// What the cells offer, in their order.
enum Offer {
    Exact(Money),
    Note(Money),
    Card,
}

fn offers(desk: &Desk) -> Vec<Offer> {
    let due = due_in_cash(desk);
    let notes = quick_cash(due, desk.menu.currency()).into_iter().map(Offer::Note);
    std::iter::once(Offer::Exact(due)).chain(notes).chain([Offer::Card]).collect()
}

impl Pay {
    fn cash(&self, tendered: Money) -> Then {
        Then::Do(Command::Pay { tender: Tender::Cash, tendered, tip: Money::ZERO, reference: None })
    }

    fn card(&self, desk: &Desk) -> Then {
        let amount = if self.typed.is_empty() { Some(balance(desk)) } else { desk.menu.currency().read(&self.typed) };
        match amount {
            Some(amount) if amount > balance(desk) => {
                Then::Say(Refusal::CardOverpays { due: desk.digits(balance(desk)) }.to_string())
            }
            Some(amount) => Then::Become(Card::of(amount).into()),
            None => Then::Say(format!("`{}` is no amount", self.typed)),
        }
    }

    /// What is done once nothing is owed any more: a card terminal may have taken it all the same.
    fn end(&mut self, desk: &Desk, key: Key) -> Then {
        match key {
            Key::F(5) => self.charge(desk),
            Key::Enter if !self.typed.is_empty() => self.charge(desk),
            Key::Enter | Key::Esc => {
                self.leaves = true;
                Then::Do(Command::Hold)
            }
            _ => Then::Stay,
        }
    }

    fn charge(&self, desk: &Desk) -> Then {
        let amount = if self.typed.is_empty() { Some(self.charged) } else { desk.menu.currency().read(&self.typed) };
        match amount {
            Some(Money(1..)) if desk.hand.order.as_ref().is_some_and(|order| order.cancelled) => {
                Then::Say("It was cancelled: give the money back at the card terminal".into())
            }
            Some(amount @ Money(1..)) => Then::Become(Card::of(amount).into()),
            Some(_) => Then::Say("Type what the card terminal took, then F5".into()),
            None => Then::Say(format!("`{}` is no amount", self.typed)),
        }
    }

    fn choose(&mut self, desk: &Desk, nth: usize) -> Then {
        match offers(desk).get(nth) {
            Some(Offer::Exact(amount) | Offer::Note(amount)) => self.cash(*amount),
            Some(Offer::Card) => self.card(desk),
            None => Then::Say("There is nothing at that letter".into()),
        }
    }

    fn confirm(&mut self, desk: &Desk, key: Key) -> Then {
        match key {
            Key::Enter if self.typed.is_empty() => self.cash(due_in_cash(desk)),
            Key::Enter => match desk.menu.currency().read(&self.typed) {
                Some(amount) => self.cash(amount),
                None => Then::Say(format!("`{}` is no amount: digits, with a point before the decimals", self.typed)),
            },
            Key::F(5) => self.card(desk),
            Key::Char(letter) => match addressed(letter.to_ascii_uppercase()) {
                Some(nth) => self.choose(desk, nth),
                None => Then::Say("Type an amount, or the letter of an offer".into()),
            },
            _ => Then::Stay,
        }
    }
}

impl Screen for Pay {
    const NAME: &'static str = "pay";
    const HELP: &'static [&'static str] = &[
        "Enter takes the exact sum in cash; a letter takes the note beside it; or type an amount and Enter.",
        "Less than what is owed is a part: the rest stays to be paid, in cash or by card.",
        "Card asks for the tip and what the card terminal printed; an amount typed before it goes on the card.",
        "What was not sent is sent with the first payment.",
        "When another register is paid for it meanwhile this says so, and Enter leaves.",
        "Where a card terminal had taken the money here already, F5 notes it: it can be given back.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[
        ("0-9", "an amount; a point before the decimals"),
        ("A-Z", "the note or offer at that letter"),
        ("Backspace", "takes the last digit back"),
    ];

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        if ended(desk).is_some() {
            return vec![(Key::Enter, "Close"), (Key::F(5), "Card was charged")];
        }
        let cash = if self.typed.is_empty() { "Exact cash" } else { "Cash, as typed" };
        vec![(Key::Enter, cash), (Key::F(5), "Card"), (Key::Esc, "Back")]
    }

    fn examples(desk: &Desk) -> Vec<Pay> {
        let typed = Pay { typed: "5".to_owned(), ..Pay::opened(desk) };
        vec![Pay::opened(desk), typed]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        let is_deaf = (0..GUARD_MS).contains(&desk.now.millis_since(self.opened));
        let is_over = ended(desk).is_some();
        match action {
            Action::Press(Key::Esc) if self.typed.is_empty() && !is_over => return Then::Close,
            Action::Press(Key::Esc) if self.typed.is_empty() => return self.end(desk, Key::Esc),
            Action::Press(Key::Esc) => self.typed.clear(),
            Action::Press(Key::Backspace) => drop(self.typed.pop()),
            Action::Press(Key::Char(letter)) if letter.is_ascii_digit() || ".,".contains(letter) => {
                if self.typed.len() < 13 {
                    self.typed.push(letter);
                }
            }
            Action::Press(_) | Action::Cell(_) if is_deaf => {}
            Action::Press(key) if is_over => return self.end(desk, key),
            Action::Cell(_) if is_over => {}
            Action::Press(key) => return self.confirm(desk, key),
            Action::Cell(nth) => return self.choose(desk, nth),
            Action::Page(_) | Action::Offer(_) | Action::Row(_) => {}
        }
        Then::Stay
    }

    fn done(&mut self, desk: &Desk) -> Then {
        self.typed.clear();
        match desk.hand.order {
            Some(_) => Then::Stay,
            None if self.leaves => Then::Close,
            None => Then::Become(Paid.into()),
        }
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        let theme = canvas.theme;
        let currency = desk.menu.currency();
        let number = desk.hand.order.as_ref().map(|order| order.local_number.to_string()).unwrap_or_default();
        let inside = canvas.frame(area, &format!("Payment of {number}"), theme.faint);
        if let Some(ended) = ended(desk) {
            return self.view_ended(desk, canvas, inside, &ended);
        }
        if let Some(size) = canvas.touch {
            return self.view_touch(desk, canvas, inside, size);
        }
        let due = Rect { height: 7.min(inside.height), ..inside };
        canvas.region("due", due);
        canvas.centre(
            due.x,
            due.y,
            due.width,
            &format!("TO PAY {}", currency.with_symbol(balance(desk))),
            theme.strong,
        );
        giant(
            canvas,
            Rect { y: due.y + 1, height: due.height.saturating_sub(1), ..due },
            &desk.digits(balance(desk)),
            theme.strong,
        );
        let mut row = due.bottom();
        let rounding = due_in_cash(desk) - balance(desk);
        if !rounding.is_zero() {
            let says = format!("In cash {} ({} rounding)", desk.digits(due_in_cash(desk)), desk.digits(rounding));
            canvas.centre(inside.x, row, inside.width, &says, theme.plain);
            row += 1;
        }
        for payment in &desk.hand.paid {
            let says = format!("{} {} taken", payment.tender.words(), desk.digits(payment.amount));
            canvas.centre(inside.x, row, inside.width, &says, theme.plain);
            row += 1;
        }
        let cells: Vec<Cell> = offers(desk).into_iter().map(|offer| cell(desk, offer)).collect();
        let grid_area =
            Rect { x: inside.x + 1, y: row, width: inside.width - 1, height: inside.bottom().saturating_sub(row + 2) };
        canvas.region("tenders", grid_area);
        Grid::fitting(grid_area, cells.len(), None).view_to_commit(canvas, grid_area, &cells);
        self.view_entry(canvas, inside, "what the guest gives, then Enter ");
    }
}

impl Pay {
    /// The amount that is typed, in the last row.
    fn view_entry(&self, canvas: &mut Canvas, inside: Rect, hint: &str) {
        let theme = canvas.theme;
        let entry = Rect { y: inside.bottom() - 1, height: 1, ..inside };
        canvas.region("entry", entry);
        canvas.text(entry.x + 1, entry.y, 8, "Amount", theme.plain);
        field(canvas, Rect { x: entry.x + 9, width: 15, ..entry }, &self.typed, true);
        let beside = Rect { x: entry.x + 25, width: entry.width.saturating_sub(26), ..entry };
        canvas.right(beside.x, beside.y, beside.width, hint, theme.faint);
    }

    /// Nothing is owed any more: who took it, and what can still be done here.
    fn view_ended(&self, desk: &Desk, canvas: &mut Canvas, inside: Rect, ended: &str) {
        let theme = canvas.theme;
        let Some(order) = &desk.hand.order else { return };
        let mut says = vec![("Take no money for it here. Enter closes this.".to_owned(), theme.plain)];
        says.extend(desk.hand.paid.iter().map(|it| {
            let taken = format!("{} {} taken", it.tender.words(), desk.digits(it.amount));
            (taken, theme.plain)
        }));
        let surplus = surplus(order, &desk.hand.paid);
        if !order.cancelled && !surplus.is_zero() {
            let too_much = format!("{} too much: F2, Tab, F5 gives it back", desk.digits(surplus));
            says.push((too_much, theme.strong));
        }
        if !order.cancelled {
            says.push(("Did a card terminal take the money here meanwhile? F5 notes it.".to_owned(), theme.plain));
        }
        let keys = canvas.touch.map_or(0, |size| (PAD_ROWS * size.rows).min(inside.height));
        let due = Rect { height: inside.height - keys.max(2), ..inside };
        canvas.region("due", due);
        let words = format!("{} {}", order.local_number, ended.to_uppercase());
        let rows = says.len() as u16 + 1;
        // A blank row between where there is room for one.
        let gap = 1 + u16::from(rows < due.height);
        let first = due.y + due.height.saturating_sub(rows + 1) / 2;
        canvas.centre(due.x, first, due.width, &words, theme.strong);
        for (row, (says, style)) in (first + gap..due.bottom()).zip(says) {
            canvas.centre(due.x, row, due.width, &says, style);
        }
        match canvas.touch {
            Some(size) => {
                let wide = pad_width(size).min(inside.width);
                let esc = if self.typed.is_empty() { "Close" } else { "Clear" };
                let pad_area = Rect { x: inside.right() - wide, y: due.bottom(), width: wide, height: keys };
                let left =
                    Rect { width: inside.width - wide, y: due.bottom() + keys.saturating_sub(1), height: 1, ..inside };
                self.view_entry(canvas, left, "");
                pad(canvas, pad_area, Some('.'), esc);
            }
            None => self.view_entry(canvas, inside, "what the card terminal took, then F5 "),
        }
    }

    /// Offers at the left, a pad at the right, what is owed above them; large where there is room.
    fn view_touch(&self, desk: &Desk, canvas: &mut Canvas, inside: Rect, size: KeySize) {
        let theme = canvas.theme;
        let keys = (PAD_ROWS * size.rows).min(inside.height);
        let due = Rect { height: inside.height - keys, ..inside };
        let left = inside.width.saturating_sub(pad_width(size));
        let tenders = Rect { y: due.bottom(), width: left, height: keys, ..inside };
        canvas.region("due", due);
        let words = format!("TO PAY {}", desk.menu.currency().with_symbol(balance(desk)));
        canvas.centre(due.x, due.y, due.width, &words, theme.strong);
        let mut says: Vec<String> = Vec::new();
        let rounding = due_in_cash(desk) - balance(desk);
        if !rounding.is_zero() {
            says.push(format!("In cash {} ({} rounding)", desk.digits(due_in_cash(desk)), desk.digits(rounding)));
        }
        says.extend(desk.hand.paid.iter().map(|it| format!("{} {} taken", it.tender.words(), desk.digits(it.amount))));
        let mut row = due.y + 1;
        if due.height > GIANT_ROWS + 3 {
            giant(canvas, Rect { y: row + 1, height: GIANT_ROWS, ..due }, &desk.digits(balance(desk)), theme.strong);
            row += GIANT_ROWS + 1;
        }
        // The last row is for the amount; of what was taken, the latest is what matters.
        let room = usize::from(due.bottom().saturating_sub(row + 1));
        for (row, says) in (row..).zip(&says[says.len().saturating_sub(room)..]) {
            canvas.centre(due.x, row, due.width, says, theme.plain);
        }
        let entry = Rect { y: due.bottom().saturating_sub(1), height: 1, ..due };
        canvas.region("entry", entry);
        canvas.text(entry.x + left, entry.y, 8, "Amount", theme.plain);
        field(canvas, Rect { x: entry.x + left + 7, width: 15, ..entry }, &self.typed, true);
        let mut cells: Vec<Cell> = offers(desk).into_iter().map(|offer| cell(desk, offer)).collect();
        canvas.region("tenders", tenders);
        let grid = Grid::fitting(tenders, cells.len(), Some(size));
        if grid.width < BACK_COLUMNS {
            // Narrow keys show the bare change, and the word for it stands above them once.
            canvas.text(entry.x + 1, entry.y, left.saturating_sub(2), "Below each note: back", theme.faint);
            cells.iter_mut().for_each(|cell| cell.aside = cell.aside.trim_start_matches("back ").to_owned());
        }
        grid.view_to_commit(canvas, tenders, &cells);
        let esc = if self.typed.is_empty() { "Back" } else { "Clear" };
        pad(canvas, Rect { x: inside.x + left, width: inside.width - left, ..tenders }, Some('.'), esc);
    }
}

fn cell(desk: &Desk, offer: Offer) -> Cell {
    let (name, aside) = match offer {
        Offer::Exact(amount) => ("Exact".to_owned(), desk.digits(amount)),
        Offer::Note(amount) => {
            let unit = desk.menu.currency().minor_per_major();
            let name = if amount.0 % unit == 0 { (amount.0 / unit).to_string() } else { desk.digits(amount) };
            let change = desk.digits(amount - due_in_cash(desk));
            (format!("Cash {name}"), format!("back {change}"))
        }
        Offer::Card => ("Card".to_owned(), String::new()),
    };
    Cell { name, aside, look: Look::Plain }
}
