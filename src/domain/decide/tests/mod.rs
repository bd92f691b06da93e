//! The rules of the house as tables. Steps are written in words (the language stands at [`Shop::command`]); the shop
//! keeps in memory what the store keeps on disk, so that a row tells a whole story.
//!
//! Orders are shown by [`shown`], decisions by [`wrote`]. To add one: add its row; a new refusal needs a row in
//! `refusals`.

mod customers;
mod desk;
mod entry;
mod journal;
mod refund;
mod refusals;
mod review;
mod stations;
mod stock;
mod till;

use super::{Decision, Facts, Write, decide};
use crate::domain::command::{Command, Pick};
use crate::domain::house::{House, ReceiptRule};
use crate::domain::id::{Entropy, LineId, LocalNumber, OrderId};
use crate::domain::journal::Entry;
use crate::domain::menu::fixtures;
use crate::domain::order::{Header, Line, LineState, Order, OrderType, Qualifier};
use crate::domain::payment::RefundedLine;
use crate::domain::refund::Refunding;
use crate::domain::review::{Matter, MatterKind, Mending, Settlement};
use crate::domain::slip::{Destination, Slip, Ticket};
use crate::domain::{
    BusinessDate, Contact, Customer, CustomerId, ItemId, Menu, Money, Payment, PaymentId, Portions, Refusal, Role,
    Staff, Stock, Tender, Timestamp,
};
use std::collections::BTreeMap;

/// One register and all that it keeps.
struct Shop {
    menu: Menu,
    house: House,
    staff: Option<Staff>,
    approved_by: Option<Staff>,
    now: Timestamp,
    entropy: Entropy,
    sent: BTreeMap<OrderId, Order>,
    /// The steps of each draft, the newest last; the first is the order as it was before them.
    drafts: BTreeMap<OrderId, Vec<Order>>,
    payments: Vec<Payment>,
    in_hand: Option<OrderId>,
    cursor: Option<LineId>,
    last_paid: Option<OrderId>,
    /// Every order that took a number, in that order.
    opened: Vec<OrderId>,
    printed: Vec<(Destination, Slip)>,
    left: BTreeMap<ItemId, i64>,
    entries: Vec<Option<Entry>>,
    matters: Vec<Matter>,
    customers: Vec<Customer>,
}

impl Shop {
    /// An open restaurant with the menu of [`fixtures`] and a cashier logged in.
    fn open() -> Shop {
        let mut dice = 0_u8;
        Shop {
            menu: fixtures::menu(),
            house: House { receipt: ReceiptRule::OnRequest, ..House::named("Trattoria", "L1", "T1") },
            staff: Some(person("Cleo", Role::Cashier)),
            approved_by: None,
            now: Timestamp::from_rfc3339("2026-03-14T19:05:00+01:00").unwrap(),
            entropy: Entropy::new(move |bytes| {
                dice = dice.wrapping_add(1);
                bytes.fill(dice);
            }),
            sent: BTreeMap::new(),
            drafts: BTreeMap::new(),
            payments: Vec::new(),
            in_hand: None,
            cursor: None,
            last_paid: None,
            opened: Vec::new(),
            printed: Vec::new(),
            left: BTreeMap::new(),
            entries: Vec::new(),
            matters: Vec::new(),
            customers: Vec::new(),
        }
    }

    /// A shop after these steps, all of which the house allows.
    fn after(steps: &str) -> Shop {
        let mut shop = Shop::open();
        shop.does(steps);
        shop
    }

    /// Does steps that the house allows; gives the last decision.
    fn does(&mut self, steps: &str) -> Option<Decision> {
        let mut last = None;
        for step in steps.split(';').map(str::trim).filter(|step| !step.is_empty()) {
            last = self.step(step).unwrap_or_else(|no| panic!("`{step}` of `{steps}`: {no}"));
        }
        last
    }

    /// Does one step; none when it was about the shop itself.
    fn step(&mut self, step: &str) -> Result<Option<Decision>, Refusal> {
        let words: Vec<&str> = step.split_whitespace().collect();
        match words.as_slice() {
            ["as", "nobody"] => self.staff = None,
            ["as", "cashier"] => self.staff = Some(person("Cleo", Role::Cashier)),
            ["as", "manager"] => self.staff = Some(person("Mona", Role::Manager)),
            ["beside", "manager"] => self.approved_by = Some(person("Mona", Role::Manager)),
            ["beside", "cashier"] => self.approved_by = Some(person("Carl", Role::Cashier)),
            ["round", step] => self.house.cash_step = Some(step.parse().unwrap()),
            ["receipts", "always"] => self.house.receipt = ReceiptRule::Always,
            ["doubt", order, kind] => self.matters.push(self.matter(order, kind)),
            ["elsewhere", order, amount] => {
                let amount = Money(amount.parse().unwrap());
                self.payments.push(Payment {
                    payment_id: PaymentId::fresh(self.now, &mut self.entropy),
                    order_id: self.order_named(order),
                    tender: Tender::Cash,
                    amount,
                    tendered: amount,
                    change: Money::ZERO,
                    tip: Money::ZERO,
                    rounding: Money::ZERO,
                    reference: None,
                    created_at: self.now,
                    amends: None,
                });
            }
            ["menu", change @ ..] => self.menu = fixtures::menu_but(change),
            _ => return self.carry_out(&self.command(&words)).map(Some),
        }
        Ok(None)
    }

    /// Reads a command. Lines and orders go by their number from 1; one that is not there is an unknown id.
    ///
    /// ```text
    /// add 2 burger +cheese +2cheese -onion !bacon     NO is `-`, EXTRA is `!`
    /// open 1 fee 250 · again · qty LINE BY · mods LINE of N PICKS · note LINE WORDS · note-order WORDS · type TYPE
    /// customer NAME · guest NAME / PHONE / STREET / TOWN / NOTE · edit CUSTOMER / NAME / PHONE / STREET / TOWN / NOTE
    /// attach CUSTOMER · detach · remove LINE · undo · select LINE · send · hold · recall ORDER · void LINE of N REASON
    /// advance LINE STATE · void-order REASON · no-sale REASON · left ITEM COUNT · on-sale ITEM
    /// cash AMOUNT TIP · card AMOUNT TIP · charged AMOUNT TIP · receipt [ORDER]
    /// refund ORDER WHAT [from PAYMENT] [seen COUNT] why REASON    WHAT is `all`, `AMOUNT` or `LINExN LINExN ...`
    /// correct ORDER PAYMENT TENDER TIP why REASON · slip ORDER PAYMENT · tickets ORDER [STATION]
    /// elsewhere ORDER AMOUNT (another register took that, too)
    /// doubt ORDER KIND · resubmit ORDER KIND · close ORDER KIND REASON · mend ORDER KIND [name|table|type|note WORD]
    /// ```
    fn command(&self, words: &[&str]) -> Command {
        let some = |words: &[&str]| (!words.is_empty()).then(|| words.join(" "));
        let money = |digits: &str| Money(digits.parse().unwrap());
        match words {
            ["add", quantity, item, picks @ ..] => {
                Command::AddItem { item: (*item).into(), quantity: number(quantity), price: None, picks: picked(picks) }
            }
            ["open", quantity, item, price] => Command::AddItem {
                item: (*item).into(),
                quantity: number(quantity),
                price: Some(money(price)),
                picks: Vec::new(),
            },
            ["again"] => Command::AddAgain,
            ["qty", line, by] => Command::ChangeQuantity { line: self.line(line), by: by.parse().unwrap() },
            ["mods", line, "of", of, picks @ ..] => {
                Command::SetModifiers { line: self.line(line), of: number(of), picks: picked(picks) }
            }
            ["note", line, note @ ..] => Command::NoteLine { line: self.line(line), note: some(note) },
            ["note-order", note @ ..] => Command::NoteOrder { note: some(note) },
            ["type", code] => Command::SetOrderType(OrderType::from_code(code).unwrap()),
            ["customer", name @ ..] => Command::SetCustomer { name: some(name), due_at: Some(self.now) },
            ["guest", words @ ..] => Command::AddCustomer { contact: contact(words) },
            ["edit", customer, "/", words @ ..] => {
                let known = self.customers.get(customer.parse::<usize>().unwrap() - 1);
                let from = known.map_or(Contact::default(), |it| it.contact.clone());
                Command::EditCustomer {
                    customer: self.customer(customer),
                    from: from.into(),
                    to: contact(words).into(),
                }
            }
            ["attach", customer] => Command::AttachCustomer { customer: self.customer(customer) },
            ["detach"] => Command::DetachCustomer,
            ["remove", line] => Command::RemoveLine { line: self.line(line) },
            ["undo"] => Command::Undo,
            ["select", line] => Command::SelectLine { line: self.line(line) },
            ["send"] => Command::Send,
            ["hold"] => Command::Hold,
            ["recall", order] => Command::Recall { order: self.order_named(order) },
            ["void", line, "of", quantity, reason @ ..] => {
                Command::VoidLine { line: self.line(line), quantity: number(quantity), reason: reason.join(" ") }
            }
            ["advance", line, to] => Command::Advance {
                order: self.in_hand.unwrap_or(OrderId(uuid::Uuid::nil())),
                lines: vec![self.line(line)],
                to: LineState::from_code(to).unwrap(),
            },
            ["void-order", reason @ ..] => Command::VoidOrder { reason: reason.join(" ") },
            ["left", item, left] => Command::SetPortions { item: (*item).into(), left: Some(number(left)) },
            ["on-sale", item] => Command::SetPortions { item: (*item).into(), left: None },
            ["no-sale", reason @ ..] => Command::NoSale { reason: reason.join(" ") },
            [kind @ ("cash" | "card"), tendered, tip @ ..] => Command::Pay {
                tender: if *kind == "cash" { Tender::Cash } else { Tender::Card },
                tendered: money(tendered),
                tip: tip.first().map_or(Money::ZERO, |tip| money(tip)),
                reference: None,
            },
            ["charged", amount, tip @ ..] => Command::NoteCharge {
                amount: money(amount),
                tip: tip.first().map_or(Money::ZERO, |tip| money(tip)),
                reference: Some("slip 7".to_owned()),
            },
            ["refund", order, rest @ ..] => self.refund(order, rest),
            ["correct", order, payment, to, tip, "why", reason @ ..] => Command::CorrectTender {
                order: self.order_named(order),
                payment: self.payment(payment),
                to: if *to == "cash" { Tender::Cash } else { Tender::Card },
                tip: money(tip),
                reference: None,
                reason: reason.join(" "),
                seen: self.paid_for(self.order_named(order)).len(),
            },
            ["slip", order, refund] => {
                Command::PrintRefund { order: self.order_named(order), refund: self.payment(refund) }
            }
            ["tickets", order, station @ ..] => Command::PrintTickets {
                order: self.order_named(order),
                station: station.first().map(|&station| station.into()),
            },
            ["resubmit", order, kind] => Command::Resubmit { matter: self.matter(order, kind) },
            ["close", order, kind, reason @ ..] => {
                Command::CloseReview { matter: self.matter(order, kind), reason: reason.join(" ") }
            }
            ["mend", order, kind, fields @ ..] => self.mend(order, kind, fields),
            ["receipt"] => Command::PrintReceipt { order: None },
            ["receipt", order] => Command::PrintReceipt { order: Some(self.order_named(order)) },
            other => panic!("no such step: {other:?}"),
        }
    }

    fn refund(&self, order: &str, words: &[&str]) -> Command {
        let order = self.order_named(order);
        let at = words.iter().position(|word| *word == "why").unwrap();
        let (mut what, mut from, mut seen) = (Vec::new(), None, self.paid_for(order).len());
        let mut words_before = words[..at].iter();
        while let Some(word) = words_before.next() {
            match *word {
                "from" => from = words_before.next().map(|nth| self.payment(nth)),
                "seen" => seen = words_before.next().unwrap().parse().unwrap(),
                other => what.push(other),
            }
        }
        let line = |word: &&str| {
            let (line, quantity) = word.split_once('x').unwrap();
            let lines = self.order(order).map(|order| order.lines).unwrap_or_default();
            let found = lines.get(line.parse::<usize>().unwrap() - 1).map(|line| line.line_id);
            RefundedLine { line_id: found.unwrap_or(LineId(uuid::Uuid::nil())), quantity: number(quantity) }
        };
        let what = match what.as_slice() {
            ["all"] => Refunding::Whole,
            [amount] if !amount.contains('x') => Refunding::Amount(Money(amount.parse().unwrap())),
            lines => Refunding::Lines(lines.iter().map(line).collect()),
        };
        let reason = words[at + 1..].join(" ");
        Command::Refund { order, what, from, references: Vec::new(), reason, seen }
    }

    /// The n-th customer that was written down, from 1.
    fn customer(&self, nth: &str) -> CustomerId {
        let nth: usize = nth.parse().unwrap();
        self.customers.get(nth - 1).map_or(CustomerId(uuid::Uuid::nil()), |it| it.customer_id)
    }

    fn matter(&self, order: &str, kind: &str) -> Matter {
        let kind = MatterKind::ALL.into_iter().find(|it| it.code() == kind).unwrap();
        Matter { document: self.order_named(order).to_string(), kind }
    }

    /// Mends some fields of the head as it stands; a field without a word is emptied.
    fn mend(&self, order: &str, kind: &str, fields: &[&str]) -> Command {
        let (matter, order) = (self.matter(order, kind), self.order_named(order));
        let header = self.order(order).map_or(Header::new(OrderType::DineIn), |order| order.header);
        let (from, mut to) = (Mending::of(&header), Mending::of(&header));
        for field in fields.chunks(2) {
            let word = field.get(1).map(|&word| word.to_owned());
            match field[0] {
                "name" => to.customer_name = word,
                "table" => to.table = word,
                "note" => to.kitchen_notes = word,
                _ => to.order_type = OrderType::from_code(field[1]).unwrap(),
            }
        }
        Command::Mend { order, kind: matter.kind, from, to }
    }

    fn paid_for(&self, order: OrderId) -> Vec<Payment> {
        self.payments.iter().filter(|it| it.order_id == order).cloned().collect()
    }

    /// The n-th payment of all, from 1.
    fn payment(&self, nth: &str) -> PaymentId {
        let nth: usize = nth.parse().unwrap();
        self.payments.get(nth - 1).map_or(PaymentId(uuid::Uuid::nil()), |it| it.payment_id)
    }

    /// Decides a command and does all that was decided, as the app and the store do.
    fn carry_out(&mut self, command: &Command) -> Result<Decision, Refusal> {
        let subject = match command {
            Command::Recall { order } | Command::Advance { order, .. } => Some(*order),
            Command::Refund { order, .. } | Command::CorrectTender { order, .. } => Some(*order),
            Command::PrintRefund { order, .. } | Command::PrintTickets { order, .. } => Some(*order),
            Command::PrintReceipt { order } => order.or(self.last_paid),
            Command::Mend { order, .. } => Some(*order),
            Command::Resubmit { matter } | Command::CloseReview { matter, .. } => OrderId::read(&matter.document),
            _ => self.in_hand,
        };
        // What is in Review is what was sent: a draft over it is not the server's.
        let order = match command {
            Command::Mend { .. } => subject.and_then(|id| self.sent.get(&id).cloned()),
            _ => subject.and_then(|id| self.order(id)),
        };
        let paid: Vec<Payment> = subject.map(|id| self.paid_for(id)).unwrap_or_default();
        let number = LocalNumber::new(&self.house.register_id, 1, self.opened.len() as u32 + 1);
        let undone = self.in_hand.and_then(|id| self.undone(id));
        let stock = self.stock();
        let is_same = |slip: &Slip| match (slip, command) {
            (Slip::Refund(it), Command::PrintRefund { refund, .. }) => it.refund == *refund,
            (Slip::Receipt(it), Command::PrintReceipt { .. }) => Some(it.order_id) == subject,
            _ => false,
        };
        let named = match command {
            Command::Mend { order, .. } => order.to_string(),
            Command::Resubmit { matter } | Command::CloseReview { matter, .. } => matter.document.clone(),
            _ => String::new(),
        };
        let open = self.matters.iter().filter(|matter| matter.document == named);
        let matters: Vec<MatterKind> = open.map(|matter| matter.kind).collect();
        let customer = match command {
            Command::AttachCustomer { customer } | Command::EditCustomer { customer, .. } => Some(*customer),
            _ => order.as_ref().and_then(|order| order.header.customer_id),
        };
        let customer = customer.and_then(|id| self.customers.iter().find(|it| it.customer_id == id)).cloned();
        let facts = Facts {
            now: self.now,
            menu: &self.menu,
            house: &self.house,
            staff: self.staff.as_ref(),
            approved_by: self.approved_by.as_ref(),
            order: order.as_ref(),
            sent_header: subject.and_then(|id| self.sent.get(&id)).map(|sent| &sent.header),
            undone: undone.as_ref(),
            stock: &stock,
            promised: match command {
                Command::SetPortions { item, .. } => self.promised(item),
                _ => 0,
            },
            paid: &paid,
            cursor: self.cursor,
            undo_depth: subject.and_then(|id| self.drafts.get(&id)).map_or(0, |steps| steps.len() as u32 - 1),
            printed_before: self.printed.iter().filter(|(_, slip)| is_same(slip)).count() as u32,
            next_number: (BusinessDate::of(self.now, self.house.day_starts_min), &number),
            customer: customer.as_ref(),
            matters: &matters,
        };
        let decision = decide(&facts, command, &mut self.entropy)?;
        for write in &decision.writes {
            self.write(write.clone());
        }
        self.entries.push(decision.entry.clone());
        self.now = self.now.plus_millis(1000);
        Ok(decision)
    }

    fn write(&mut self, write: Write) {
        match write {
            Write::TakeNumber => self.opened.push(OrderId(uuid::Uuid::nil())),
            Write::Draft(order) => {
                if let Some(taken) = self.opened.last_mut().filter(|id| id.0.is_nil()) {
                    *taken = order.order_id;
                }
                let header = self.sent.get(&order.order_id).map(|sent| sent.header.clone());
                let bottom = Order {
                    header: header.unwrap_or(Header::new(OrderType::DineIn)),
                    lines: Vec::new(),
                    ..order.clone()
                };
                self.drafts.entry(order.order_id).or_insert(vec![bottom]).push(order);
            }
            Write::Undo(order_id) => drop(self.drafts.get_mut(&order_id).and_then(Vec::pop)),
            Write::DropDraft(order_id) => drop(self.drafts.remove(&order_id)),
            Write::Order(mut order) => {
                order.lines.retain(|line| line.state != LineState::Draft);
                self.sent.insert(order.order_id, order);
            }
            Write::Payment(payment) => self.payments.push(payment),
            Write::Customer(customer) => {
                let at = self.customers.iter().position(|it| it.customer_id == customer.customer_id);
                match at {
                    Some(at) => self.customers[at] = customer,
                    None => self.customers.push(customer),
                }
            }
            Write::Desk { order, cursor } => (self.in_hand, self.cursor) = (order, cursor),
            Write::LastPaid(order_id) => self.last_paid = Some(order_id),
            Write::Portions { item, left: Some(left) } => drop(self.left.insert(item, left.into())),
            Write::Portions { item, left: None } => drop(self.left.remove(&item)),
            Write::Sold { item, quantity } => *self.left.get_mut(&item).unwrap() -= i64::from(quantity),
            Write::Print { to, slip } => self.printed.push((to, slip)),
            Write::Settle { matter, .. } => self.matters.retain(|it| *it != matter),
        }
    }

    /// What is left, and what of it stands on orders that were not sent.
    fn stock(&self) -> Stock {
        let portions = |(item, left): (&ItemId, &i64)| {
            (item.clone(), Portions { left: *left, promised: self.promised(item), since: self.now })
        };
        self.left.iter().map(portions).collect()
    }

    fn promised(&self, item: &ItemId) -> u32 {
        let newest = self.drafts.values().filter_map(|steps| steps.last());
        newest.map(|order| crate::domain::stock::promised(order, item)).sum()
    }

    /// An order as it would be after one more Undo.
    fn undone(&self, id: OrderId) -> Option<Order> {
        let steps = self.drafts.get(&id)?;
        self.order_at(id, Some(steps.get(steps.len().checked_sub(2)?)?))
    }

    /// An order whole: what was sent, and the newest step of its draft over it.
    fn order(&self, id: OrderId) -> Option<Order> {
        self.order_at(id, self.drafts.get(&id).and_then(|steps| steps.last()))
    }

    fn order_at(&self, id: OrderId, newest: Option<&Order>) -> Option<Order> {
        let Some(mut whole) = self.sent.get(&id).cloned() else { return newest.cloned() };
        if let Some(draft) = newest {
            whole.header = draft.header.clone();
            whole
                .lines
                .extend(draft.drafts().filter(|line| whole.line(line.line_id).is_none()).cloned().collect::<Vec<_>>());
        }
        Some(whole)
    }

    /// The order in hand.
    fn hand(&self) -> Option<Order> {
        self.in_hand.and_then(|id| self.order(id))
    }

    /// The n-th order that was opened, from 1.
    fn nth(&self, nth: usize) -> Option<Order> {
        self.opened.get(nth - 1).and_then(|id| self.order(*id))
    }

    fn order_named(&self, nth: &str) -> OrderId {
        let nth: usize = nth.parse().unwrap();
        self.opened.get(nth - 1).copied().unwrap_or(OrderId(uuid::Uuid::nil()))
    }

    fn line(&self, nth: &str) -> LineId {
        let nth: usize = nth.parse().unwrap();
        let line = self.hand().and_then(|order| order.lines.get(nth - 1).map(|line| line.line_id));
        line.unwrap_or(LineId(uuid::Uuid::nil()))
    }

    fn total(&self) -> Money {
        self.hand().map_or(Money::ZERO, |order| order.totals().total)
    }
}

fn person(name: &str, role: Role) -> Staff {
    Staff { staff_id: crate::domain::StaffId(uuid::Uuid::nil()), name: name.into(), role }
}

fn number(digits: &str) -> u32 {
    digits.parse().unwrap()
}

fn contact(words: &[&str]) -> Contact {
    let mut fields = words.split(|word| *word == "/").map(|words| words.join(" "));
    let name = fields.next().unwrap_or_default();
    let mut next = || fields.next().filter(|it| !it.is_empty());
    Contact { name, phone: next(), address: next(), city: next(), note: next() }
}

fn picked(words: &[&str]) -> Vec<Pick> {
    let pick = |word: &&str| {
        let (qualifier, rest) = match word.split_at(1) {
            ("-", rest) => (Some(Qualifier::No), rest),
            ("!", rest) => (Some(Qualifier::Extra), rest),
            ("+", rest) => (None, rest),
            (other, _) => panic!("a pick begins with +, - or !, not {other}"),
        };
        let name = rest.trim_start_matches(|it: char| it.is_ascii_digit());
        let digits = &rest[..rest.len() - name.len()];
        Pick { modifier_id: name.into(), quantity: if digits.is_empty() { 1 } else { number(digits) }, qualifier }
    };
    words.iter().map(pick).collect()
}

/// A line as rows write it: `2 Burger + Cheese "rare" sent`; a draft says nothing of its state.
fn shown_line(line: &Line) -> String {
    let mut words = vec![format!("{} {}", line.quantity, line.name)];
    words.extend(line.modifiers.iter().map(|it| it.words()));
    words.extend(line.note.iter().map(|note| format!("\"{note}\"")));
    if line.state != LineState::Draft {
        words.push(line.state.code().into());
    }
    words.join(" ")
}

/// The lines of an order, with ` | ` between.
fn shown(order: Option<&Order>) -> String {
    order.map_or("no order".into(), |order| order.lines.iter().map(shown_line).collect::<Vec<_>>().join(" | "))
}

fn shown_ticket(ticket: &Ticket) -> String {
    let lines = ticket.lines.iter().map(|line| {
        let mut words = vec![format!("{} {}", line.quantity, line.name)];
        words.extend(line.modifiers.iter().cloned());
        words.extend(line.note.iter().map(|note| format!("\"{note}\"")));
        words.join(" ")
    });
    let kind = format!("{:?}", ticket.kind).to_lowercase();
    let (lines, reason) = (lines.collect::<Vec<_>>().join(", "), ticket.reason.as_deref().unwrap_or(""));
    format!("{} {kind} [{lines}] {reason}", ticket.station).trim_end().to_owned()
}

/// The writes of a decision in their order: `number, draft, desk`, tickets as [`shown_ticket`] writes them.
fn wrote(decision: &Decision) -> String {
    let word = |write: &Write| match write {
        Write::TakeNumber => "number".into(),
        Write::Draft(_) => "draft".into(),
        Write::Undo(_) => "undo".into(),
        Write::DropDraft(_) => "drop".into(),
        Write::Order(order) if order.cancelled => "order cancelled".into(),
        Write::Order(_) => "order".into(),
        Write::Payment(payment) => format!("payment {}", payment.amount.0),
        Write::Customer(_) => "customer".into(),
        Write::Desk { order: Some(_), .. } => "desk".into(),
        Write::Desk { order: None, .. } => "empty desk".into(),
        Write::LastPaid(_) => "last paid".into(),
        Write::Portions { item, left: Some(left) } => format!("{left} {item} left"),
        Write::Portions { item, left: None } => format!("{item} on sale"),
        Write::Sold { item, quantity } => format!("{quantity} {item} sold"),
        Write::Settle { how, .. } => match how {
            Settlement::Resubmit => "resubmit".into(),
            Settlement::OfferAgain => "offer again".into(),
            Settlement::GiveUp { reason } => format!("give up: {reason}"),
            Settlement::Note { reason } => format!("note: {reason}"),
            Settlement::Forgo => "forgo".into(),
        },
        Write::Print { slip: Slip::DrawerKick, .. } => "kick".into(),
        Write::Print { slip: Slip::Receipt(_), .. } => "receipt".into(),
        Write::Print { slip: Slip::Refund(_), .. } => "refund slip".into(),
        Write::Print { slip: Slip::Test(_), .. } => "test page".into(),
        Write::Print { slip: Slip::Ticket(ticket), to } => {
            assert_eq!(*to, Destination::Station(ticket.station.clone()), "a ticket goes to its own station");
            shown_ticket(ticket)
        }
    };
    decision.writes.iter().map(word).collect::<Vec<String>>().join(", ")
}

/// Does each row's steps in a fresh shop and compares what `look` shows of it with the row's last column.
fn check(look: impl Fn(&Shop, &Decision) -> String, rows: &[(&str, &str, &str)]) {
    for (rule, steps, expected) in rows {
        let mut shop = Shop::open();
        let last = shop.does(steps).expect("a row ends with a command");
        assert_eq!(look(&shop, &last), *expected, "{rule}: {steps}");
    }
}

/// Does each row's steps; the last one is refused with the row's sentence.
fn check_refused(rows: &[(&str, &str)]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for (steps, sentence) in rows {
        let (before, last) = steps.rsplit_once(';').unwrap_or(("", steps));
        let mut shop = Shop::after(before);
        match shop.step(last.trim()) {
            Err(refusal) => {
                assert_eq!(refusal.to_string(), *sentence, "{steps}");
                refusals.push(refusal);
            }
            Ok(_) => panic!("`{steps}` was not refused: {}", shown(shop.hand().as_ref())),
        }
    }
    refusals
}
