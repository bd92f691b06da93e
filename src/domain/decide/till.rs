//! Money: payments, change, receipts, and the drawer.

use super::customers::delivery;
use super::{Decision, Facts, Write, reason, stations, text};
use crate::domain::house::ReceiptRule;
use crate::domain::id::{Entropy, PaymentId};
use crate::domain::journal::Entry;
use crate::domain::limits::TOTAL_MAX;
use crate::domain::money::Money;
use crate::domain::order::{Line, LineModifier, Order};
use crate::domain::payment::{Payment, Tender, cash_due, standing};
use crate::domain::refusal::Refusal;
use crate::domain::slip::{Delivery, Destination, Receipt, ReceiptLine, Slip};
use crate::domain::staff::Permission;
use crate::domain::time::Timestamp;

/// What the guest holds out.
pub(super) struct Offered<'a> {
    pub tender: Tender,
    pub tendered: Money,
    pub tip: Money,
    pub reference: Option<&'a str>,
}

pub(super) fn pay(facts: &Facts, offered: &Offered, entropy: &mut Entropy) -> Result<Decision, Refusal> {
    let order = facts.open_order()?;
    if order.live().next().is_none() {
        return Err(Refusal::NothingToPay);
    }
    let payment = payment(facts, order, offered, entropy)?;
    let Booked { order, paid, mut writes, entry } = booked(facts, "pay", order, &payment)?;
    let left = order.balance(&paid);
    let digits = |amount| facts.menu.currency().digits(amount);
    if left > Money::ZERO {
        writes.push(Write::Desk { order: Some(order.order_id), cursor: facts.cursor });
        let said = format!("{} {} taken, {} left to pay", payment.tender.words(), digits(payment.amount), digits(left));
        return Ok(Decision::new(writes, entry).saying(said));
    }
    writes.extend(closing(facts, &order, &paid));
    let said = format!("{} paid, change {}", order.local_number, digits(payment.change));
    Ok(Decision::new(writes, entry).saying(said))
}

/// Books what a card terminal took though no more was owed, or less: the guest has paid it, and it can be given back.
pub(super) fn note_charge(facts: &Facts, charged: &Offered, entropy: &mut Entropy) -> Result<Decision, Refusal> {
    let order = facts.order.ok_or(Refusal::NoOrder)?;
    let owed = order.balance(facts.paid);
    if charged.tendered <= owed {
        return pay(facts, charged, entropy);
    }
    if order.cancelled {
        return Err(Refusal::OrderCancelled(order.local_number.to_string()));
    }
    if order.lines.is_empty() {
        return Err(Refusal::NothingToPay);
    }
    if charged.tendered <= Money::ZERO {
        return Err(Refusal::BadAmount);
    }
    let payment = taken(facts, order, charged, (charged.tendered, Money::ZERO), entropy)?;
    let Booked { order, paid: _, mut writes, entry } = booked(facts, "note_charge", order, &payment)?;
    // Who was paid first printed the receipt.
    writes.extend([Write::LastPaid(order.order_id), Write::Desk { order: None, cursor: None }]);
    let said = format!("Noted. {} was paid too much: F2, Tab, F5 gives it back", order.local_number);
    Ok(Decision::new(writes, entry).saying(said))
}

/// A payment with its order, as they are written.
struct Booked {
    /// All of it sent.
    order: Order,
    /// Its payments, with this one.
    paid: Vec<Payment>,
    writes: Vec<Write>,
    entry: Entry,
}

/// What is written of a payment, whatever comes after it: what was not sent is sent with it.
fn booked(facts: &Facts, kind: &'static str, order: &Order, payment: &Payment) -> Result<Booked, Refusal> {
    let (order, sending) = match stations::sent(facts, order)? {
        Some((sent, writes)) => (sent, writes),
        None => (order.clone(), vec![Write::DropDraft(order.order_id)]),
    };
    let mut paid = facts.paid.to_vec();
    paid.push(payment.clone());
    // The drawer first: it opens while the rest is printed. The payment stands behind its order, in the outbox too.
    let mut writes = match payment.tender {
        Tender::Cash => vec![Write::Print { to: Destination::Register, slip: Slip::DrawerKick }],
        Tender::Card => Vec::new(),
    };
    writes.extend(sending);
    writes.push(Write::Payment(payment.clone()));
    let entry = facts.entry(kind, &order).with("payment_id", payment.payment_id.to_string());
    let entry = entry.with("tender", payment.tender.code()).with("amount", payment.amount).with("tip", payment.tip);
    let entry = entry.with("rounding", payment.rounding).with("change", payment.change);
    let entry = entry.with("left", order.balance(&paid));
    Ok(Booked { order, paid, writes, entry })
}

/// What follows when nothing is left to pay: the receipt, and an empty desk for the next guest.
pub(super) fn closing(facts: &Facts, order: &Order, paid: &[Payment]) -> Vec<Write> {
    let mut writes = match facts.house.receipt {
        ReceiptRule::Always => vec![print(receipt(facts, order, paid, 0))],
        ReceiptRule::OnRequest => Vec::new(),
    };
    writes.extend([Write::LastPaid(order.order_id), Write::Desk { order: None, cursor: None }]);
    writes
}

fn payment(facts: &Facts, order: &Order, offered: &Offered, entropy: &mut Entropy) -> Result<Payment, Refusal> {
    let balance = order.balance(facts.paid);
    let step = facts.cash_step();
    let due = match offered.tender {
        Tender::Cash => cash_due(balance, step),
        Tender::Card => balance,
    };
    if offered.tendered.is_zero() && !due.is_zero() {
        return Err(Refusal::BadAmount);
    }
    if offered.tender == Tender::Card && offered.tendered > due {
        return Err(Refusal::CardOverpays { due: facts.menu.currency().digits(due) });
    }
    // Who gives what the bill says has paid it, also where cash would be rounded up.
    let settles_all = offered.tendered >= due.min(balance);
    let amount = offered.tendered.min(due);
    let rounding = if settles_all { amount - balance } else { Money::ZERO };
    taken(facts, order, offered, (amount, rounding), entropy)
}

/// A payment of what stays in the house, and of what rounding added.
fn taken(
    facts: &Facts,
    order: &Order,
    offered: &Offered,
    (amount, rounding): (Money, Money),
    entropy: &mut Entropy,
) -> Result<Payment, Refusal> {
    let bounded = |amount: Money| (0..=TOTAL_MAX).contains(&amount.0);
    if !bounded(offered.tendered) || !bounded(offered.tip) {
        return Err(Refusal::BadAmount);
    }
    Ok(Payment {
        payment_id: PaymentId::fresh(facts.now, entropy),
        order_id: order.order_id,
        tender: offered.tender,
        amount,
        tendered: offered.tendered,
        change: offered.tendered - amount,
        tip: offered.tip,
        rounding,
        reference: text("A reference", offered.reference)?,
        created_at: facts.now,
        amends: None,
    })
}

fn print(receipt: Receipt) -> Write {
    Write::Print { to: Destination::Register, slip: Slip::Receipt(Box::new(receipt)) }
}

/// So many of a line, as paper shows it.
pub(super) fn receipt_line(line: &Line, quantity: u32) -> ReceiptLine {
    ReceiptLine {
        quantity,
        name: line.name.clone(),
        unit_price: line.unit_price,
        modifiers: line.modifiers.iter().map(|it| (it.words(), LineModifier::adds(it))).collect(),
        total: line.each() * quantity,
    }
}

/// When the guest paid.
pub(super) fn paid_at(facts: &Facts, paid: &[Payment]) -> Timestamp {
    paid.iter().rfind(|it| it.amends.is_none()).map_or(facts.now, |payment| payment.created_at)
}

fn receipt(facts: &Facts, order: &Order, paid: &[Payment], reprint: u32) -> Receipt {
    // What was returned, or booked elsewhere since, is no business of the guest's; what was refunded is.
    let counts = |it: &&Payment| it.is_refund() || standing(paid).any(|other| other.payment_id == it.payment_id);
    let receipt = Receipt {
        order_id: order.order_id,
        local_number: order.local_number.clone(),
        order_number: None,
        house: facts.house.name.clone(),
        address: facts.house.address.clone(),
        footer: facts.house.footer.clone(),
        register: facts.house.register_id.to_string(),
        server: facts.name(),
        paid_at: paid_at(facts, paid),
        order_type: order.header.order_type,
        customer_name: order.header.customer_name.clone(),
        // What the house notes for itself is not for the guest.
        delivery: delivery(facts, &order.header).map(|it| Delivery { note: None, ..it }),
        currency: facts.menu.currency(),
        lines: order.live().map(|line| receipt_line(line, line.quantity)).collect(),
        net: Money::ZERO,
        tax: Money::ZERO,
        total: Money::ZERO,
        taxes: Vec::new(),
        payments: paid.iter().filter(counts).cloned().collect(),
        reprint,
    };
    receipt.with_totals(order.totals())
}

pub(super) fn print_receipt(facts: &Facts, is_named: bool) -> Result<Decision, Refusal> {
    let unknown = if is_named { Refusal::NoSuchOrder } else { Refusal::NothingPaidYet };
    let order = facts.order.ok_or(unknown)?;
    if !facts.is_paid(order) {
        return Err(Refusal::NotPaid(order.local_number.to_string()));
    }
    let writes = vec![print(receipt(facts, order, facts.paid, facts.printed_before))];
    let entry = facts.entry("print_receipt", order).with("reprint", facts.printed_before);
    Ok(Decision::new(writes, entry).saying(format!("Receipt of {} goes to the printer", order.local_number)))
}

pub(super) fn no_sale(facts: &Facts, why: &str) -> Result<Decision, Refusal> {
    let why = reason(why)?;
    facts.permit(Permission::NoSale)?;
    let entry = Entry::new("no_sale", None).with("reason", why.as_str());
    let entry = match facts.approved_by {
        Some(manager) => entry.with("approved_by", manager.name.as_str()),
        None => entry,
    };
    let kick = Write::Print { to: Destination::Register, slip: Slip::DrawerKick };
    Ok(Decision::new(vec![kick], entry).saying("The drawer is told to open"))
}
