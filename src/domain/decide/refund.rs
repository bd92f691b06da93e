//! Money that goes back, and payments that were booked under the wrong tender.
//!
//! Nothing is ever changed: a refund, a return and a correction are payments of their own that name the one they are
//! about. The kitchen hears nothing of it: what was cooked is cooked, and a void tells the kitchen.

use super::till::{paid_at, receipt_line};
use super::{Decision, Facts, Write, reason, text};
use crate::domain::id::{Entropy, PaymentId};
use crate::domain::limits::TOTAL_MAX;
use crate::domain::money::Money;
use crate::domain::order::Order;
use crate::domain::payment::{Amendment, Amends, Payment, Tender, cash_due, standing};
use crate::domain::refund::{Plan, Refunding, plan};
use crate::domain::refusal::Refusal;
use crate::domain::slip::{Destination, ReceiptLine, RefundSlip, Slip};
use crate::domain::staff::Permission;
use crate::domain::tax::TaxSum;

/// What is asked for.
pub(super) struct Asked<'a> {
    pub what: &'a Refunding,
    pub from: Option<PaymentId>,
    pub references: &'a [(PaymentId, String)],
    pub reason: &'a str,
    pub seen: usize,
}

pub(super) fn refund(facts: &Facts, asked: &Asked, entropy: &mut Entropy) -> Result<Decision, Refusal> {
    let order = unchanged(facts, asked.seen)?;
    let currency = facts.menu.currency();
    let plan = plan(order, facts.paid, asked.what, asked.from, (facts.cash_step(), currency))?;
    let why = reason(asked.reason)?;
    facts.permit(Permission::Refund)?;
    let back = payments(facts, order, &plan, asked, &why, entropy)?;
    let ids = back.iter().map(|it| it.payment_id.to_string()).collect::<Vec<_>>().join(" ");
    let rounding: Money = back.iter().map(|it| it.rounding).sum();
    let tip: Money = plan.parts.iter().map(|it| it.tip).sum();
    let entry = facts.entry("refund", order).with("payment_ids", ids).with("amount", plan.handed() - tip);
    let entry = entry.with("tip", tip).with("rounding", rounding).with("reason", why.as_str());
    let tenders = plan.parts.iter().map(|it| format!("{} {}", it.tender.words(), currency.digits(it.handed())));
    let said = format!("Given back for {}: {}", order.local_number, tenders.collect::<Vec<_>>().join(", "));
    let moves_cash = plan.parts.iter().any(|it| it.tender == Tender::Cash && !it.handed().is_zero());
    let mut writes = Vec::new();
    if moves_cash {
        writes.push(Write::Print { to: Destination::Register, slip: Slip::DrawerKick });
    }
    // How it was paid has changed, not the order: its last change stays where it was.
    let known = facts.sent_header.unwrap_or(&order.header);
    writes.push(Write::Order(Order { header: known.clone(), ..order.clone() }));
    writes.extend(back.iter().cloned().map(Write::Payment));
    writes.push(print(slip(facts, order, &back, 0)));
    Ok(Decision::new(writes, entry).saying(said))
}

/// The order, as long as nothing was paid or given back since the cashier looked: what is asked for twice is done once.
fn unchanged<'a>(facts: &Facts<'a>, seen: usize) -> Result<&'a Order, Refusal> {
    let order = facts.order.ok_or(Refusal::NoSuchOrder)?;
    if facts.paid.len() == seen { Ok(order) } else { Err(Refusal::PaymentsChanged(order.local_number.to_string())) }
}

fn payments(
    facts: &Facts,
    order: &Order,
    plan: &Plan,
    asked: &Asked,
    why: &str,
    entropy: &mut Entropy,
) -> Result<Vec<Payment>, Refusal> {
    let act = PaymentId::fresh(facts.now, entropy);
    let kind = if plan.is_owed_again { Amends::Return } else { Amends::Refund };
    let mut back = Vec::new();
    for part in &plan.parts {
        let is_first = back.is_empty();
        let typed = asked.references.iter().find(|(of, _)| *of == part.payment).map(|(_, typed)| typed.as_str());
        let negative = |it: &TaxSum| TaxSum { tax: it.tax.clone(), net: -it.net, amount: -it.amount, gross: -it.gross };
        let amends = Amendment {
            kind,
            of: part.payment,
            act,
            reason: why.to_owned(),
            by: facts.name(),
            approved_by: facts.approved_by.map(|manager| manager.name.clone()),
            lines: if is_first { plan.lines.clone() } else { Vec::new() },
            taxes: if is_first { plan.taxes.iter().map(negative).collect() } else { Vec::new() },
        };
        let payment_id = if is_first { act } else { PaymentId::fresh(facts.now, entropy) };
        back.push(Payment {
            payment_id,
            order_id: order.order_id,
            tender: part.tender,
            amount: -part.amount,
            tendered: -part.amount,
            change: Money::ZERO,
            tip: -part.tip,
            rounding: -part.rounding,
            reference: text("A reference", typed)?,
            created_at: facts.now,
            amends: Some(Box::new(amends)),
        });
    }
    Ok(back)
}

fn print(slip: RefundSlip) -> Write {
    Write::Print { to: Destination::Register, slip: Slip::Refund(Box::new(slip)) }
}

/// The slip of a refund from its payments, the first of which says what for.
///
/// # Panics
/// When there is no payment, or one that amends none: a refund has at least one, and names what it gives back.
fn slip(facts: &Facts, order: &Order, back: &[Payment], reprint: u32) -> RefundSlip {
    let first = back.first().expect("a refund is at least one payment");
    let amends = first.amends.as_ref().expect("a refund names the payment that it gives back");
    let lines = amends.lines.iter().filter_map(|it| {
        let line = receipt_line(order.line(it.line_id)?, it.quantity);
        Some(ReceiptLine { total: -line.total, ..line })
    });
    RefundSlip {
        order_id: order.order_id,
        refund: first.payment_id,
        local_number: order.local_number.clone(),
        order_number: None,
        house: facts.house.name.clone(),
        address: facts.house.address.clone(),
        register: facts.house.register_id.to_string(),
        by: amends.by.clone(),
        approved_by: amends.approved_by.clone(),
        refunded_at: first.created_at,
        paid_at: paid_at(facts, facts.paid),
        reason: amends.reason.clone(),
        is_owed_again: amends.kind == Amends::Return,
        currency: facts.menu.currency(),
        lines: lines.collect(),
        total: back.iter().map(Payment::of_the_bill).sum(),
        taxes: amends.taxes.clone(),
        payments: back.to_vec(),
        reprint,
    }
}

pub(super) fn print_again(facts: &Facts, refund: PaymentId) -> Result<Decision, Refusal> {
    let order = facts.order.ok_or(Refusal::NoSuchOrder)?;
    let is_of_it = |it: &&Payment| {
        let amends = it.amends.as_ref().filter(|it| it.act == refund);
        amends.is_some_and(|it| matches!(it.kind, Amends::Refund | Amends::Return))
    };
    let back: Vec<Payment> = facts.paid.iter().filter(is_of_it).cloned().collect();
    if back.is_empty() {
        return Err(Refusal::NoSuchPayment(order.local_number.to_string()));
    }
    let writes = vec![print(slip(facts, order, &back, facts.printed_before))];
    let entry = facts.entry("print_refund", order).with("payment_id", refund.to_string());
    let said = format!("Refund slip of {} goes to the printer", order.local_number);
    Ok(Decision::new(writes, entry.with("reprint", facts.printed_before)).saying(said))
}

/// How a payment should have been booked.
pub(super) struct Right<'a> {
    pub to: Tender,
    pub tip: Money,
    pub reference: Option<&'a str>,
    pub reason: &'a str,
    pub seen: usize,
}

/// Takes a payment out of one tender and books it under another: what it settles of the bill stays the same. Cash that
/// settles the whole rest of a bill is rounded, a card never is; no money moves now, so that the drawer stays shut.
pub(super) fn correct(
    facts: &Facts,
    payment: PaymentId,
    right: &Right,
    entropy: &mut Entropy,
) -> Result<Decision, Refusal> {
    let order = unchanged(facts, right.seen)?;
    let found = standing(facts.paid).find(|it| it.payment_id == payment);
    let wrong = found.ok_or_else(|| Refusal::NoSuchPayment(order.local_number.to_string()))?;
    if facts.paid.iter().any(|it| it.does(Amends::Refund, payment)) {
        return Err(Refusal::PaymentRefunded);
    }
    if wrong.tender == right.to {
        return Err(Refusal::SameTender(right.to.words()));
    }
    if !(0..=TOTAL_MAX).contains(&right.tip.0) {
        return Err(Refusal::BadAmount);
    }
    let why = reason(right.reason)?;
    facts.permit(Permission::CorrectTender)?;
    let (amount, rounding) = rebooked(facts, order, wrong, right.to);
    let reversal = PaymentId::fresh(facts.now, entropy);
    let amends = |kind| Amendment {
        kind,
        of: payment,
        act: reversal,
        reason: why.clone(),
        by: facts.name(),
        approved_by: facts.approved_by.map(|manager| manager.name.clone()),
        lines: Vec::new(),
        taxes: Vec::new(),
    };
    let out = Payment {
        payment_id: reversal,
        amount: -wrong.amount,
        tendered: -wrong.amount,
        change: Money::ZERO,
        tip: -wrong.tip,
        rounding: -wrong.rounding,
        reference: wrong.reference.clone(),
        created_at: facts.now,
        amends: Some(Box::new(amends(Amends::Reversal))),
        ..wrong.clone()
    };
    let into = Payment {
        payment_id: PaymentId::fresh(facts.now, entropy),
        tender: right.to,
        amount,
        tendered: amount,
        tip: right.tip,
        rounding,
        reference: text("A reference", right.reference)?,
        amends: Some(Box::new(amends(Amends::Correction))),
        ..out.clone()
    };
    let entry = facts.entry("correct_tender", order).with("payment_id", payment.to_string());
    let entry = entry.with("from", wrong.tender.code()).with("to", right.to.code()).with("amount", amount);
    let entry = entry.with("tip", right.tip).with("rounding", rounding).with("reason", why.as_str());
    let digits = |amount| facts.menu.currency().digits(amount);
    let (was, is) = (digits(wrong.amount), digits(amount));
    let said = format!("{}: {} {was} is now {} {is}", order.local_number, wrong.tender.words(), right.to.words());
    Ok(Decision::new(vec![Write::Payment(out), Write::Payment(into)], entry).saying(said))
}

/// Amount and rounding of a payment that is booked under another tender.
fn rebooked(facts: &Facts, order: &Order, wrong: &Payment, to: Tender) -> (Money, Money) {
    let bill = wrong.of_the_bill();
    let others = || standing(facts.paid).filter(|it| it.payment_id != wrong.payment_id);
    let rest = order.balance(facts.paid) + bill;
    // As when it was taken: only who pays the whole rest pays it rounded, and a bill is rounded once.
    let is_rounded = to == Tender::Cash && bill == rest && others().all(|it| it.rounding.is_zero());
    let amount = if is_rounded { cash_due(bill, facts.cash_step()) } else { bill };
    (amount, amount - bill)
}
