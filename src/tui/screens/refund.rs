//! How much money goes back: everything that is left, some lines, or an amount; and to which payment.

use super::{Detail, GiveBack};
use crate::domain::id::{LineId, OrderId, PaymentId};
use crate::domain::payment::{Payment, RefundedLine};
use crate::domain::refund::{Part, Plan, Refunding, left, lines_left, plan};
use crate::domain::{Currency, Order, Refusal, Tender};
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::typing::{PAD_ROWS, pad, pad_width};
use crate::tui::widgets::{field, list, middle};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;
use std::collections::BTreeMap;

/// A refund that is being put together: at most one of everything, lines, and an amount.
#[derive(Debug, Clone)]
pub struct Refund {
    order: OrderId,
    /// How many payments the order had when this screen opened.
    seen: usize,
    all: bool,
    picked: BTreeMap<LineId, u32>,
    typed: String,
    from: Option<PaymentId>,
    chosen: usize,
}

impl Refund {
    /// Opens on an order, as long as there is anything to give back.
    pub(super) fn of(desk: &Desk, order: &Order, paid: &[Payment]) -> Then {
        match plan(order, paid, &Refunding::Whole, None, rounding(desk)) {
            Ok(_) => Then::Open(Refund::nothing_chosen(order.order_id, paid.len()).into()),
            Err(no) => Then::Say(no.to_string()),
        }
    }

    pub(super) fn nothing_chosen(order: OrderId, seen: usize) -> Refund {
        Refund { order, seen, all: false, picked: BTreeMap::new(), typed: String::new(), from: None, chosen: 0 }
    }

    fn read(&self, desk: &Desk) -> Result<(Order, Vec<Payment>), String> {
        let order = desk.reader.order(self.order).map_err(|fault| fault.to_string())?;
        let paid = desk.reader.payments(self.order).map_err(|fault| fault.to_string())?;
        order.map(|order| (order, paid)).ok_or_else(|| Refusal::NoSuchOrder.to_string())
    }

    /// What was chosen so far; none when nothing was, or the sentence that says what is wrong with it.
    fn what(&self, desk: &Desk) -> Result<Option<Refunding>, String> {
        if self.all {
            return Ok(Some(Refunding::Whole));
        }
        if !self.typed.is_empty() {
            let amount = desk.menu.currency().read(&self.typed);
            let bad = || format!("`{}` is no amount: digits, with a point before the decimals", self.typed);
            return amount.map(|amount| Some(Refunding::Amount(amount))).ok_or_else(bad);
        }
        let lines = self.picked.iter().map(|(&line_id, &quantity)| RefundedLine { line_id, quantity });
        let lines: Vec<RefundedLine> = lines.collect();
        Ok((!lines.is_empty()).then_some(Refunding::Lines(lines)))
    }

    fn plan(&self, desk: &Desk, order: &Order, paid: &[Payment]) -> Result<Option<(Refunding, Plan)>, String> {
        let Some(what) = self.what(desk)? else { return Ok(None) };
        let plan = plan(order, paid, &what, self.from, rounding(desk)).map_err(|no| no.to_string())?;
        Ok(Some((what, plan)))
    }

    /// Chooses more or fewer of a row: row 0 is everything.
    fn pick(&mut self, lines: &[RefundedLine], nth: usize, by: i64) {
        self.typed.clear();
        let Some(line) = nth.checked_sub(1).and_then(|nth| lines.get(nth)) else {
            self.all = by > 0;
            self.picked.clear();
            return;
        };
        self.all = false;
        let now = i64::from(self.picked.get(&line.line_id).copied().unwrap_or(0)) + by;
        let count = u32::try_from(now.clamp(0, i64::from(line.quantity))).unwrap_or(0);
        match count {
            0 => drop(self.picked.remove(&line.line_id)),
            count => drop(self.picked.insert(line.line_id, count)),
        }
    }

    fn type_amount(&mut self, letter: char) {
        self.all = false;
        self.picked.clear();
        if self.typed.len() < 13 {
            self.typed.push(letter);
        }
    }

    /// The next payment that money can go back to; after the last, the latest first again.
    fn next_source(&mut self, parts: &[Part]) {
        let at = self.from.and_then(|from| parts.iter().position(|part| part.payment == from));
        self.from = parts.get(at.map_or(0, |at| at + 1)).map(|part| part.payment);
    }

    fn go_on(&self, desk: &Desk, order: &Order, paid: &[Payment]) -> Then {
        match self.plan(desk, order, paid) {
            Ok(Some((what, plan))) => {
                let asked = (self.order, self.seen, what, self.from);
                Then::Become(GiveBack::planned(desk.now, self.clone(), asked, &plan).into())
            }
            Ok(None) => Then::Say("Nothing is chosen: A for everything, + for a line, or type an amount".into()),
            Err(says) => Then::Say(says),
        }
    }
}

impl Screen for Refund {
    const NAME: &'static str = "refund";
    const HELP: &'static [&'static str] = &[
        "A chooses everything; Up, Down, + and - choose lines, a tap one more; or type an amount.",
        "The money goes back to the tender that paid: the latest payment first, or the one Tab names.",
        "Everything includes the tip; lines and amounts leave it with the staff.",
        "Of rounded cash exactly what was taken goes back, if all of it does.",
        "Before all is paid only whole payments can go back, and are owed again.",
        "The kitchen is told nothing: what was cooked is cooked.",
    ];

    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[
        ("0-9", "an amount, with a point before its decimals"),
        ("Up, Down", "another line"),
        ("Backspace", "takes back the last digit"),
    ];

    fn examples(desk: &Desk) -> Vec<Refund> {
        let paid = Detail::last_paid(desk).into_iter();
        paid.map(|(order, paid)| Refund::nothing_chosen(order.order_id, paid.len())).collect()
    }

    fn keys(&self, _desk: &Desk) -> Vec<FootKey> {
        vec![
            (Key::Enter, "Go on"),
            (Key::Char('A'), "Everything"),
            (Key::Tab, "Back to whom"),
            (Key::Char('+'), "One more"),
            (Key::Char('-'), "One less"),
            (Key::Esc, "Back"),
        ]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        let (order, paid) = match self.read(desk) {
            Ok(read) => read,
            Err(says) => return if action == Action::Press(Key::Esc) { Then::Close } else { Then::Say(says) },
        };
        let lines = lines_left(&order, &paid);
        match action {
            Action::Press(Key::Esc) if self.typed.is_empty() => return Then::Close,
            Action::Press(Key::Esc) => self.typed.clear(),
            Action::Press(Key::Enter) => return self.go_on(desk, &order, &paid),
            Action::Press(Key::Tab) => self.next_source(&left(&paid)),
            Action::Press(Key::Up) => self.chosen = self.chosen.saturating_sub(1),
            Action::Press(Key::Down) => self.chosen = (self.chosen + 1).min(lines.len()),
            Action::Press(Key::Backspace) => drop(self.typed.pop()),
            Action::Press(Key::Char('a' | 'A')) => self.pick(&lines, 0, 1),
            Action::Press(Key::Char('+')) => self.pick(&lines, self.chosen, 1),
            Action::Press(Key::Char('-')) => self.pick(&lines, self.chosen, -1),
            Action::Press(Key::Char(letter)) if letter.is_ascii_digit() || ".,".contains(letter) => {
                self.type_amount(letter);
            }
            Action::Press(Key::Char(_)) => {
                return Then::Say("A for everything, + and - for a line, or an amount in digits".into());
            }
            Action::Row(nth) => {
                self.chosen = nth.min(lines.len());
                self.pick(&lines, nth, 1);
            }
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) => {}
        }
        Then::Stay
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        let theme = canvas.theme;
        canvas.region("refund", area);
        let (order, paid) = match self.read(desk) {
            Ok(read) => read,
            Err(says) => {
                canvas.text(area.x + 1, area.y, area.width.saturating_sub(2), &says, theme.wrong);
                return;
            }
        };
        let inside = canvas.frame(area, &format!("Refund of {}", order.local_number), theme.faint);
        let lines = lines_left(&order, &paid);
        let width = inside.width.saturating_sub(2);
        let mut rows = Rect { height: inside.height.saturating_sub(5), ..inside };
        let (x, mut foot) = (inside.x + 1, rows.bottom());
        // Fingers have a pad at the right, and what it comes to above it.
        if let Some(size) = canvas.touch {
            foot = inside.y;
            let keys = (PAD_ROWS * size.rows).min(inside.height);
            let at = inside.width.saturating_sub(pad_width(size));
            rows = Rect { y: inside.bottom() - keys, height: keys, width: at, ..inside };
            pad(canvas, Rect { x: inside.x + at, width: inside.width - at, ..rows }, Some('.'), "Back");
        }
        self.view_list(desk, canvas, rows, &order, &lines, &left(&paid));
        canvas.text(x, foot, 8, "Amount", theme.plain);
        field(canvas, Rect { x: x + 8, y: foot, width: 15, height: 1 }, &self.typed, true);
        let to = left(&paid).iter().find(|part| Some(part.payment) == self.from).map_or_else(
            || "the latest payment first".to_owned(),
            |part| format!("{} {}", part.tender.words(), desk.digits(part.handed())),
        );
        canvas.text(x, foot + 1, width, &format!("Back to: {to}"), theme.plain);
        let (says, style) = match self.plan(desk, &order, &paid) {
            Ok(Some((_, plan))) => (plan_words(desk, &plan), theme.strong),
            Ok(None) => ("Nothing is chosen yet".to_owned(), theme.faint),
            Err(says) => (says, theme.wrong),
        };
        canvas.text(x, foot + 2, width, &says, style);
        let note = "The kitchen is not told: what was cooked is cooked";
        let below = if canvas.touch.is_some() { 3 } else { 4 };
        canvas.text(x, foot + below, width, note, theme.faint);
    }
}

impl Refund {
    fn view_list(
        &self,
        desk: &Desk,
        canvas: &mut Canvas,
        area: Rect,
        order: &Order,
        lines: &[RefundedLine],
        parts: &[Part],
    ) {
        let theme = canvas.theme;
        for (nth, spot) in list(canvas, area, lines.len() + 1, self.chosen) {
            let row = middle(spot);
            let (label, words, amount) = match nth.checked_sub(1).and_then(|nth| lines.get(nth)) {
                None => {
                    let mark = if self.all { "x" } else { " " };
                    let all = parts.iter().map(Part::handed).sum();
                    ("Everything".to_owned(), format!("[{mark}] Everything that is left"), all)
                }
                Some(left) => {
                    let picked = self.picked.get(&left.line_id).copied().unwrap_or(0);
                    let line = order.line(left.line_id);
                    let name = line.map(|line| line.name.clone()).unwrap_or_default();
                    let each = line.map(crate::domain::Line::each).unwrap_or_default();
                    let words = format!("{picked:>3} of {} {name}, each", left.quantity);
                    (name, words, each)
                }
            };
            let style = if nth == self.chosen { theme.chosen } else { theme.plain };
            canvas.fill(spot, style);
            canvas.text(spot.x + 1, row, spot.width.saturating_sub(14), &words, style);
            canvas.right(spot.x, row, spot.width.saturating_sub(1), &desk.digits(amount), style);
            canvas.target(label, spot, Action::Row(nth));
        }
    }
}

/// What cash is rounded to, in minor units, of which currency.
pub(super) fn rounding(desk: &Desk) -> (i64, Currency) {
    let currency = desk.menu.currency();
    (desk.house.cash_step.unwrap_or(currency.row().cash_step), currency)
}

/// What goes back, to whom.
fn plan_words(desk: &Desk, plan: &Plan) -> String {
    let part = |it: &Part| {
        let tip = if it.tip.is_zero() { String::new() } else { format!(" (with tip {})", desk.digits(it.tip)) };
        let rounded = if it.rounding.is_zero() || it.tender == Tender::Card { "" } else { " (rounded)" };
        format!("{} {}{tip}{rounded}", it.tender.words(), desk.digits(it.handed()))
    };
    let parts = plan.parts.iter().map(part).collect::<Vec<_>>().join(", ");
    let owed = if plan.is_owed_again { ", to be paid again" } else { "" };
    format!("Gives back {}: {parts}{owed}", desk.digits(plan.handed()))
}
