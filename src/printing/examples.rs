//! Slips that tests print: one order at a table, one to take away, and a receipt with all that a receipt can have.

use super::models::{Model, Printer};
use super::{Marks, encode, layout};
use crate::domain::id::{LocalNumber, OrderId, PaymentId};
use crate::domain::money::{Currency, Money};
use crate::domain::order::OrderType;
use crate::domain::payment::{Amendment, Amends, Payment, Tender};
use crate::domain::slip::{
    Delivery, JobState, PrintJob, Receipt, ReceiptLine, RefundSlip, Slip, Ticket, TicketKind, TicketLine,
};
use crate::domain::tax::{LineTax, TaxRate, TaxSum};
use crate::domain::time::Timestamp;

pub(super) const ORDER: &str = "order_0195b7a1-0000-7000-8000-000000000001";

pub(super) fn at(clock: &str) -> Timestamp {
    Timestamp::from_rfc3339(&format!("2026-03-14T{clock}:00+01:00")).unwrap()
}

pub(super) fn printer(columns: usize) -> Printer {
    Printer::new("p", Model::named("generic-80").unwrap()).with_columns(columns)
}

pub(super) fn line(quantity: u32, name: &str, modifiers: &[&str], note: Option<&str>, course: u8) -> TicketLine {
    let modifiers = modifiers.iter().map(|&it| it.to_owned()).collect();
    TicketLine { quantity, name: name.to_owned(), modifiers, note: note.map(str::to_owned), course }
}

pub(super) fn dine_in() -> Ticket {
    Ticket {
        order_id: OrderId::read(ORDER).unwrap(),
        local_number: LocalNumber("T1-0042".to_owned()),
        station: "kitchen".into(),
        kind: TicketKind::New,
        order_type: OrderType::DineIn,
        table: Some("12".to_owned()),
        covers: Some(4),
        customer_name: None,
        delivery: None,
        due_at: None,
        server: "Anna".to_owned(),
        sent_at: at("19:05"),
        kitchen_notes: Some("Nut allergy".to_owned()),
        lines: vec![
            line(2, "Cheeseburger", &["+ EXTRA Cheese", "- NO Onion"], Some("well done"), 1),
            line(1, "Slow roasted shoulder of lamb with rosemary", &[], None, 1),
        ],
        reason: None,
    }
}

pub(super) fn takeaway() -> Ticket {
    Ticket {
        order_type: OrderType::Takeaway,
        table: None,
        covers: None,
        customer_name: Some("José Núñez".to_owned()),
        due_at: Some(at("19:30")),
        kitchen_notes: None,
        lines: vec![line(1, "½ Crème brûlée 5€", &[], None, 2), line(3, "宫保鸡丁 Kung Pao", &["+ 辣"], None, 1)],
        ..dine_in()
    }
}

/// The same, to be brought.
pub(super) fn delivered() -> Ticket {
    let address = vec!["12 rue du Faubourg Saint-Antoine, second courtyard".to_owned(), "75011 Paris".to_owned()];
    let (phone, note) = (Some("+33 6 12 34 56 78".to_owned()), Some("code A1912, rings twice".to_owned()));
    let delivery = Some(Delivery { address, phone, note });
    Ticket { order_type: OrderType::Delivery, delivery, ..takeaway() }
}

fn tax(name: &str, rate: u32, included: bool, sold: i64) -> TaxSum {
    TaxSum::of(LineTax { tax_id: name.into(), name: name.to_owned(), rate: TaxRate(rate), included }, Money(sold))
}

pub(super) fn payment(tender: Tender, amount: i64, tendered: i64) -> Payment {
    Payment {
        payment_id: PaymentId::read("payment_0195b7a1-0000-7000-8000-000000000002").unwrap(),
        order_id: OrderId::read(ORDER).unwrap(),
        tender,
        amount: Money(amount),
        tendered: Money(tendered),
        change: Money::ZERO,
        tip: Money::ZERO,
        rounding: Money::ZERO,
        reference: None,
        created_at: at("20:41"),
        amends: None,
    }
}

fn sold(quantity: u32, name: &str, unit: i64, modifiers: &[(&str, i64)]) -> ReceiptLine {
    let adds: i64 = modifiers.iter().map(|it| it.1).sum();
    ReceiptLine {
        quantity,
        name: name.to_owned(),
        unit_price: Money(unit),
        modifiers: modifiers.iter().map(|&(words, price)| (words.to_owned(), Money(price))).collect(),
        total: Money(unit + adds) * quantity,
    }
}

/// Two rates, one included and one added; a card, then cash, rounded to 0.05.
pub(super) fn receipt() -> Receipt {
    let taxes = vec![tax("VAT 20%", 2000, true, 2100), tax("City tax", 825, false, 450)];
    let total: Money = taxes.iter().map(|it| it.gross).sum(); // 21.00 + 4.87
    let cash = Payment { change: Money(415), rounding: Money(-2), ..payment(Tender::Cash, 585, 1000) };
    let card = Payment { tip: Money(150), reference: Some("A-778812".to_owned()), ..payment(Tender::Card, 2000, 2150) };
    Receipt {
        order_id: OrderId::read(ORDER).unwrap(),
        local_number: LocalNumber("T1-0042".to_owned()),
        order_number: Some("2026-000917".to_owned()),
        house: "Café Ünïon".to_owned(),
        address: vec!["1 Main Street, Springfield".to_owned(), "Tax no. 12345".to_owned()],
        footer: vec!["Thank you, come again".to_owned()],
        register: "T1".to_owned(),
        server: "Anna".to_owned(),
        paid_at: at("20:41"),
        order_type: OrderType::DineIn,
        customer_name: None,
        delivery: None,
        currency: Currency::of("CHF").unwrap(),
        lines: vec![
            sold(2, "Cheeseburger", 950, &[("+ EXTRA Cheese", 100), ("- NO Onion", 0)]),
            sold(1, "Freshly squeezed orange juice of the day", 450, &[]),
        ],
        net: taxes.iter().map(|it| it.net).sum(),
        tax: taxes.iter().map(|it| it.amount).sum(),
        total,
        taxes,
        payments: vec![card, cash],
        reprint: 0,
    }
}

/// Whole yen, no tax row but one, and not all of it paid.
pub(super) fn yen() -> Receipt {
    let taxes = vec![tax("消費税", 1000, true, 3200)];
    Receipt {
        order_number: None,
        house: "Ramen 一".to_owned(),
        address: Vec::new(),
        footer: Vec::new(),
        currency: Currency::of("JPY").unwrap(),
        customer_name: Some("Sato".to_owned()),
        order_type: OrderType::Takeaway,
        lines: vec![sold(2, "ラーメン", 1250, &[]), sold(1, "Gyoza", 700, &[])],
        net: taxes[0].net,
        tax: taxes[0].amount,
        total: taxes[0].gross,
        taxes,
        payments: vec![payment(Tender::Cash, 2000, 2000)],
        reprint: 1,
        ..receipt()
    }
}

/// Money back to a payment.
fn back(kind: Amends, amount: i64, paid: Payment) -> Payment {
    let (of, act) = (paid.payment_id, paid.payment_id);
    let (reason, by, approved_by) = ("Wrong item".to_owned(), "Anna".to_owned(), None);
    let amends = Amendment { kind, of, act, reason, by, approved_by, lines: Vec::new(), taxes: Vec::new() };
    let amount = Money(amount);
    Payment { amount, tendered: amount, change: Money::ZERO, amends: Some(Box::new(amends)), ..paid }
}

/// A burger and the tip to the card, the rest in cash, rounded.
pub(super) fn refund() -> RefundSlip {
    let taxes = vec![tax("VAT 20%", 2000, true, -1050), tax("City tax", 825, false, -450)];
    let burger = sold(1, "Cheeseburger", 950, &[("+ EXTRA Cheese", 100), ("- NO Onion", 0)]);
    let juice = sold(1, "Freshly squeezed orange juice of the day", 450, &[]);
    let reference = Some("R-778813".to_owned());
    let card = Payment { tip: Money(-150), reference, ..back(Amends::Refund, -1000, payment(Tender::Card, 0, 0)) };
    let cash = Payment { rounding: Money(2), ..back(Amends::Refund, -535, payment(Tender::Cash, 0, 0)) };
    RefundSlip {
        order_id: OrderId::read(ORDER).unwrap(),
        refund: card.payment_id,
        local_number: LocalNumber("T1-0042".to_owned()),
        order_number: Some("2026-000917".to_owned()),
        house: "Café Ünïon".to_owned(),
        address: vec!["1 Main Street, Springfield".to_owned()],
        register: "T1".to_owned(),
        by: "Anna".to_owned(),
        approved_by: Some("Mona".to_owned()),
        refunded_at: at("21:10"),
        paid_at: at("20:41"),
        reason: "Wrong item".to_owned(),
        is_owed_again: false,
        currency: Currency::of("CHF").unwrap(),
        lines: [burger, juice].map(|line| ReceiptLine { total: -line.total, ..line }).into(),
        total: taxes.iter().map(|it| it.gross).sum(),
        taxes,
        payments: vec![card, cash],
        reprint: 0,
    }
}

/// A part payment that went back before all was paid, printed for the third time.
pub(super) fn returned() -> RefundSlip {
    RefundSlip {
        lines: Vec::new(),
        taxes: Vec::new(),
        total: Money(-500),
        order_number: None,
        approved_by: None,
        payments: vec![back(Amends::Return, -500, payment(Tender::Cash, 500, 500))],
        is_owed_again: true,
        reprint: 2,
        ..refund()
    }
}

pub(super) fn job(slip: Slip, queued_at: Timestamp) -> PrintJob {
    PrintJob {
        job_id: 1,
        printer: "p".to_owned(),
        slip,
        state: JobState::Queued,
        attempts: 0,
        duplicate: false,
        queued_at,
        not_before: None,
        last_error: None,
    }
}

/// The bytes of a job: laid out, marked as the job says, and encoded for the printer.
pub(super) fn render(job: &PrintJob, printer: &Printer) -> Vec<u8> {
    encode(&layout(&job.slip, printer, &Marks::of(job)), printer)
}
