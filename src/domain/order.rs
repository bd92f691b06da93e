//! An order and its lines, and the sums that follow from them.

use super::id::{CustomerId, ItemId, LineId, LocalNumber, ModifierId, OrderId, RegisterId, StationId};
use super::money::Money;
use super::payment::{Payment, any_stands};
use super::tax::{LineTax, TaxSum};
use super::time::{BusinessDate, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the guest takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderType {
    /// At the table.
    DineIn,
    /// Over the counter.
    Takeaway,
    /// Brought to the door.
    Delivery,
}

impl OrderType {
    /// All of them, in the order in which a key walks through them.
    pub const ALL: [OrderType; 3] = [OrderType::DineIn, OrderType::Takeaway, OrderType::Delivery];

    /// The word in documents and menu files.
    pub fn code(self) -> &'static str {
        match self {
            OrderType::DineIn => "dine_in",
            OrderType::Takeaway => "takeaway",
            OrderType::Delivery => "delivery",
        }
    }

    /// Reads [`OrderType::code`].
    pub fn from_code(code: &str) -> Option<OrderType> {
        OrderType::ALL.into_iter().find(|it| it.code() == code)
    }

    /// The words on screen and paper.
    pub fn words(self) -> &'static str {
        match self {
            OrderType::DineIn => "Dine in",
            OrderType::Takeaway => "Takeaway",
            OrderType::Delivery => "Delivery",
        }
    }
}

/// How far a line has come. Only ever advances; voided is the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// Entered, not yet sent: known to this register alone.
    Draft,
    /// A station was told to make it.
    Sent,
    /// A station makes it.
    Preparing,
    /// It waits at the pass.
    Ready,
    /// The guest has it.
    Served,
    /// Taken back.
    Voided,
}

impl LineState {
    /// The word in documents. A draft has none: it never leaves the register.
    pub fn code(self) -> &'static str {
        match self {
            LineState::Draft => "draft",
            LineState::Sent => "sent",
            LineState::Preparing => "preparing",
            LineState::Ready => "ready",
            LineState::Served => "served",
            LineState::Voided => "voided",
        }
    }

    /// The next state of a line whose food goes its way; none for a draft, and where the way ends.
    pub fn next(self) -> Option<LineState> {
        match self {
            LineState::Sent => Some(LineState::Preparing),
            LineState::Preparing => Some(LineState::Ready),
            LineState::Ready => Some(LineState::Served),
            LineState::Draft | LineState::Served | LineState::Voided => None,
        }
    }

    /// Reads [`LineState::code`] of a line in a document.
    pub fn from_code(code: &str) -> Option<LineState> {
        use LineState::{Preparing, Ready, Sent, Served, Voided};
        [Sent, Preparing, Ready, Served, Voided].into_iter().find(|it| it.code() == code)
    }
}

/// What was said about a modifier besides its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Qualifier {
    /// Leave it out: costs nothing and answers no question.
    No,
    /// More of it than usual, at the modifier's price.
    Extra,
}

impl Qualifier {
    /// The word in documents.
    pub fn code(self) -> &'static str {
        match self {
            Qualifier::No => "no",
            Qualifier::Extra => "extra",
        }
    }

    /// Reads [`Qualifier::code`].
    pub fn from_code(code: &str) -> Option<Qualifier> {
        [Qualifier::No, Qualifier::Extra].into_iter().find(|it| it.code() == code)
    }
}

/// A modifier as a line captured it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineModifier {
    /// Which.
    pub modifier_id: ModifierId,
    /// Its name then.
    pub name: String,
    /// Its price then, each.
    pub price: Money,
    /// How many of it.
    pub quantity: u32,
    /// NO or EXTRA, if said.
    pub qualifier: Option<Qualifier>,
}

impl LineModifier {
    /// What it adds to one of the item.
    pub fn adds(&self) -> Money {
        match self.qualifier {
            Some(Qualifier::No) => Money::ZERO,
            Some(Qualifier::Extra) | None => self.price * self.quantity,
        }
    }

    /// As screen and paper write it: `+ Cheese`, `+ 2 Cheese`, `- NO Onion`, `+ EXTRA Sauce`.
    ///
    /// Some menus put a sign before a name themselves (`- Onions`): it is taken for ours, not written twice.
    pub fn words(&self) -> String {
        let (said, name) = match self.name.strip_prefix(['+', '-']) {
            Some(rest) if self.name.starts_with('-') => ('-', rest.trim_start()),
            Some(rest) => ('+', rest.trim_start()),
            None => ('+', self.name.as_str()),
        };
        let (sign, word) = match self.qualifier {
            Some(Qualifier::No) => ('-', "NO "),
            Some(Qualifier::Extra) => ('+', "EXTRA "),
            None => (said, ""),
        };
        match self.quantity {
            1 => format!("{sign} {word}{name}"),
            many => format!("{sign} {many} {word}{name}"),
        }
    }
}

/// One line: so many of an item, with what was said about it. Once sent, only `state` and `void_reason` change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which line, everywhere and for ever.
    pub line_id: LineId,
    /// What was sold.
    pub item_id: ItemId,
    /// Its name then.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// Its price then, each, before modifiers.
    pub unit_price: Money,
    /// Its tax then, for every order type: changing the type in mid-order needs no menu.
    pub taxes: BTreeMap<OrderType, LineTax>,
    /// What was chosen with it.
    pub modifiers: Vec<LineModifier>,
    /// What the cashier wrote about it.
    pub note: Option<String>,
    /// Which course it belongs to, from 1.
    pub course: u8,
    /// Who makes it.
    pub station: StationId,
    /// How far it has come.
    pub state: LineState,
    /// Why it was taken back.
    pub void_reason: Option<String>,
}

impl Line {
    /// One of it, modifiers included.
    pub fn each(&self) -> Money {
        self.unit_price + self.modifiers.iter().map(LineModifier::adds).sum()
    }

    /// All of it; nothing when it was taken back.
    pub fn total(&self) -> Money {
        if self.state == LineState::Voided { Money::ZERO } else { self.each() * self.quantity }
    }

    /// Its tax under an order type.
    pub fn tax(&self, order_type: OrderType) -> &LineTax {
        self.taxes.get(&order_type).expect("a line captures its tax for every order type")
    }

    /// Whether it counts: not taken back.
    pub fn is_live(&self) -> bool {
        self.state != LineState::Voided
    }

    /// Whether somebody still has to make it or to bring it.
    pub fn is_under_way(&self) -> bool {
        match self.state {
            LineState::Sent | LineState::Preparing | LineState::Ready => true,
            LineState::Draft | LineState::Served | LineState::Voided => false,
        }
    }

    /// Whether a station was told to make it and not told to stop.
    pub fn is_sent(&self) -> bool {
        self.is_live() && self.state != LineState::Draft
    }
}

/// What is said about an order as a whole. Changes wait for the next Send, like lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// How the guest takes it.
    pub order_type: OrderType,
    /// Which customer's it is, where the house knows them.
    pub customer_id: Option<CustomerId>,
    /// Whose it is, when somebody asked.
    pub customer_name: Option<String>,
    /// When it is wanted.
    pub due_at: Option<Timestamp>,
    /// Which table.
    pub table: Option<String>,
    /// How many guests.
    pub covers: Option<u16>,
    /// A word to the kitchen about all of it.
    pub kitchen_notes: Option<String>,
}

impl Header {
    /// What an order starts with.
    pub fn new(order_type: OrderType) -> Header {
        Header {
            order_type,
            customer_id: None,
            customer_name: None,
            due_at: None,
            table: None,
            covers: None,
            kitchen_notes: None,
        }
    }

    /// Says whose it is by name alone. Another name is another guest: the customer whom the house knew is none of it.
    pub fn name(&mut self, name: Option<String>) {
        if self.customer_name != name {
            (self.customer_id, self.customer_name) = (None, name);
        }
    }
}

/// An order: what other registers know of it, and what this register has entered since (lines in state draft).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Which order, everywhere and for ever.
    pub order_id: OrderId,
    /// What it is called aloud.
    pub local_number: LocalNumber,
    /// Which register opened it.
    pub register_id: RegisterId,
    /// Which business day it belongs to.
    pub business_date: BusinessDate,
    /// Who opened it.
    pub opened_by: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// What is said about all of it.
    pub header: Header,
    /// Its lines in the order in which they were entered.
    pub lines: Vec<Line>,
    /// It was given up as a whole.
    pub cancelled: bool,
}

impl Order {
    /// The line of that id.
    pub fn line(&self, id: LineId) -> Option<&Line> {
        self.lines.iter().find(|line| line.line_id == id)
    }

    /// Lines that no station knows of yet.
    pub fn drafts(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.state == LineState::Draft)
    }

    /// Lines that count.
    pub fn live(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.is_live())
    }

    /// Whether a station was ever told of it.
    pub fn was_sent(&self) -> bool {
        self.lines.iter().any(|line| line.state != LineState::Draft)
    }

    /// Whether somebody still has to make or to bring something of it.
    pub fn is_in_the_making(&self) -> bool {
        self.lines.iter().any(Line::is_under_way)
    }

    /// Computes its sums from its lines alone.
    pub fn totals(&self) -> Totals {
        let mut sold: BTreeMap<&LineTax, Money> = BTreeMap::new();
        for line in self.live() {
            *sold.entry(line.tax(self.header.order_type)).or_default() += line.total();
        }
        let taxes: Vec<TaxSum> = sold.into_iter().map(|(tax, sold)| TaxSum::of(tax.clone(), sold)).collect();
        Totals {
            net: taxes.iter().map(|sum| sum.net).sum(),
            tax: taxes.iter().map(|sum| sum.amount).sum(),
            total: taxes.iter().map(|sum| sum.gross).sum(),
            taxes,
        }
    }

    /// What is still to be paid; negative when too much was paid (a line was voided after a payment).
    pub fn balance(&self, paid: &[Payment]) -> Money {
        self.totals().total - paid.iter().map(Payment::settles).sum()
    }

    /// Whether money was taken for it and nothing of it is still to be paid.
    pub fn is_paid(&self, paid: &[Payment]) -> bool {
        any_stands(paid) && self.balance(paid) <= Money::ZERO
    }

    /// The status that follows from its lines: the least advanced live line, as long as no mark says otherwise.
    pub fn status(&self) -> OrderStatus {
        if self.cancelled {
            return OrderStatus::Cancelled;
        }
        Order::status_of(self.live().filter(|line| line.state != LineState::Draft).map(|line| line.state).min())
    }

    /// The status that follows from the state of the least advanced live line.
    pub fn status_of(least: Option<LineState>) -> OrderStatus {
        match least {
            Some(LineState::Preparing) => OrderStatus::Preparing,
            Some(LineState::Ready) => OrderStatus::Ready,
            Some(LineState::Served) => OrderStatus::Completed,
            Some(LineState::Draft | LineState::Sent | LineState::Voided) | None => OrderStatus::Pending,
        }
    }
}

/// Where an order stands as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderStatus {
    /// Sent; no server has accepted it yet.
    Pending,
    /// A station works on all of it.
    Preparing,
    /// All of it waits at the pass.
    Ready,
    /// The guest has all of it.
    Completed,
    /// Given up.
    Cancelled,
}

impl OrderStatus {
    /// The word in documents.
    pub fn code(self) -> &'static str {
        match self {
            OrderStatus::Pending => "pending",
            OrderStatus::Preparing => "preparing",
            OrderStatus::Ready => "ready",
            OrderStatus::Completed => "completed",
            OrderStatus::Cancelled => "cancelled",
        }
    }
}

/// The sums of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// Without tax.
    pub net: Money,
    /// All tax.
    pub tax: Money,
    /// What the guest owes.
    pub total: Money,
    /// The tax table, one row per tax.
    pub taxes: Vec<TaxSum>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Tender;
    use crate::domain::id::PaymentId;
    use crate::domain::tax::TaxRate;
    use uuid::Uuid;

    fn line(state: LineState) -> Line {
        let tax = LineTax { tax_id: "t".into(), name: "T".into(), rate: TaxRate(2000), included: true };
        Line {
            line_id: LineId(Uuid::nil()),
            item_id: "soup".into(),
            name: "Soup".into(),
            quantity: 2,
            unit_price: Money(500),
            taxes: OrderType::ALL.map(|it| (it, tax.clone())).into(),
            modifiers: Vec::new(),
            note: None,
            course: 1,
            station: "kitchen".into(),
            state,
            void_reason: None,
        }
    }

    fn order(states: &[LineState]) -> Order {
        let now = Timestamp::utc(0);
        Order {
            order_id: OrderId(Uuid::nil()),
            local_number: LocalNumber("T1-0001".into()),
            register_id: "T1".into(),
            business_date: BusinessDate::of(now, 0),
            opened_by: "Cleo".into(),
            created_at: now,
            updated_at: now,
            header: Header::new(OrderType::DineIn),
            lines: states.iter().map(|&state| line(state)).collect(),
            cancelled: false,
        }
    }

    #[test]
    fn the_status_is_that_of_the_least_advanced_line_that_counts() {
        use LineState::{Draft, Preparing, Ready, Sent, Served, Voided};
        // states of the lines, status
        let rows: &[(&[LineState], &str)] = &[
            (&[], "pending"),
            (&[Draft], "pending"),
            (&[Sent], "pending"),
            (&[Preparing], "preparing"),
            (&[Ready], "ready"),
            (&[Served], "completed"),
            (&[Voided], "pending"),
            (&[Served, Preparing, Ready], "preparing"),
            (&[Served, Ready], "ready"),
            (&[Served, Sent], "pending"), // a dessert sent later shows again
            (&[Served, Voided], "completed"),
            (&[Served, Draft], "completed"), // what was not sent, no station knows
            (&[Ready, Voided, Draft], "ready"),
        ];
        for (states, status) in rows {
            assert_eq!(order(states).status().code(), *status, "{states:?}");
            let cancelled = Order { cancelled: true, ..order(states) };
            assert_eq!(cancelled.status(), OrderStatus::Cancelled, "{states:?}");
        }
    }

    #[test]
    fn a_line_counts_until_it_is_voided_and_is_sent_from_send_on() {
        use LineState::{Draft, Preparing, Ready, Sent, Served, Voided};
        // state, it counts, it is sent, its order was sent, what it costs
        for (state, counts, sent, was_sent, total) in [
            (Draft, true, false, false, 1000),
            (Sent, true, true, true, 1000),
            (Preparing, true, true, true, 1000),
            (Ready, true, true, true, 1000),
            (Served, true, true, true, 1000),
            (Voided, false, false, true, 0),
        ] {
            let (line, order) = (line(state), order(&[state]));
            assert_eq!((line.is_live(), line.is_sent(), order.was_sent()), (counts, sent, was_sent), "{state:?}");
            assert_eq!((line.total(), order.totals().total), (Money(total), Money(total)), "{state:?}");
            assert_eq!((order.live().count() == 1, order.drafts().count() == 1), (counts, state == Draft));
        }
    }

    #[test]
    fn line_states_only_advance_and_voided_is_the_top() {
        use LineState::{Draft, Preparing, Ready, Sent, Served, Voided};
        assert!([Draft, Sent, Preparing, Ready, Served, Voided].is_sorted());
    }

    #[test]
    fn words_of_documents_are_read_back() {
        use LineState::{Preparing, Ready, Sent, Served, Voided};
        for state in [Sent, Preparing, Ready, Served, Voided] {
            assert_eq!(LineState::from_code(state.code()), Some(state));
        }
        assert_eq!(LineState::from_code("draft"), None, "a draft never travels");
        for it in OrderType::ALL {
            assert_eq!(OrderType::from_code(it.code()), Some(it));
        }
        for it in [Qualifier::No, Qualifier::Extra] {
            assert_eq!(Qualifier::from_code(it.code()), Some(it));
        }
        assert_eq!((OrderType::from_code("eat_in"), Qualifier::from_code("")), (None, None));
    }

    #[test]
    fn a_modifier_says_what_it_is_and_adds_what_it_costs() {
        // quantity, qualifier, words, what it adds to one of the item
        for (quantity, qualifier, words, adds) in [
            (1, None, "+ Cheese", 150),
            (2, None, "+ 2 Cheese", 300),
            (1, Some(Qualifier::No), "- NO Cheese", 0),
            (1, Some(Qualifier::Extra), "+ EXTRA Cheese", 150),
            (3, Some(Qualifier::Extra), "+ 3 EXTRA Cheese", 450),
        ] {
            let (modifier_id, price) = ("cheese".into(), Money(150));
            let modifier = LineModifier { modifier_id, name: "Cheese".into(), price, quantity, qualifier };
            assert_eq!((modifier.words().as_str(), modifier.adds()), (words, Money(adds)));
            let line = Line { modifiers: vec![modifier], ..line(LineState::Draft) };
            assert_eq!((line.each(), line.total()), (Money(500 + adds), Money(1000 + 2 * adds)));
        }
    }

    #[test]
    fn the_balance_is_the_total_less_what_payments_settle() {
        // amounts and rounding of the payments, balance of 10.00
        let rows: &[(&[(i64, i64)], i64)] =
            &[(&[], 1000), (&[(400, 0)], 600), (&[(400, 0), (600, 0)], 0), (&[(1005, 5)], 0), (&[(998, -2)], 0)];
        for (payments, balance) in rows {
            let payment = |(amount, rounding): &(i64, i64)| Payment {
                payment_id: PaymentId(Uuid::nil()),
                order_id: OrderId(Uuid::nil()),
                tender: Tender::Cash,
                amount: Money(*amount),
                tendered: Money(*amount),
                change: Money::ZERO,
                tip: Money(70), // a tip settles nothing
                rounding: Money(*rounding),
                reference: None,
                created_at: Timestamp::utc(0),
                amends: None,
            };
            let paid: Vec<Payment> = payments.iter().map(payment).collect();
            assert_eq!(order(&[LineState::Sent]).balance(&paid), Money(*balance), "{payments:?}");
        }
        assert_eq!(order(&[LineState::Voided]).balance(&[]), Money::ZERO);
    }

    #[test]
    fn modifiers_are_written_with_one_sign() {
        // name on the menu, quantity, qualifier, as written
        let rows = [
            ("Cheese", 1, None, "+ Cheese"),
            ("Cheese", 2, None, "+ 2 Cheese"),
            ("Onion", 1, Some(Qualifier::No), "- NO Onion"),
            ("Sauce", 1, Some(Qualifier::Extra), "+ EXTRA Sauce"),
            ("+ Extra Lamb", 2, None, "+ 2 Extra Lamb"),
            ("- Onions", 1, None, "- Onions"),
            ("-Ice", 1, None, "- Ice"),
        ];
        for (name, quantity, qualifier, words) in rows {
            let price = Money::ZERO;
            let modifier = LineModifier { modifier_id: "m".into(), name: name.into(), price, quantity, qualifier };
            assert_eq!(modifier.words(), words);
        }
    }
}
