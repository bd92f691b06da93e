//! A payment as a document: written once, so nothing of a former body is ever kept.
//!
//! Two bodies of one payment that do not tell of the same money are quarantined: nothing is merged, CouchDB's winner is
//! what every register counts, both stay in the tree as a conflict, and a manager must look.

use super::BadDocument;
use super::canonical::canonical;
use super::fields::Fields;
use super::limits::{ORDER_LINES_MAX, TAXES_MAX};
use super::merge::union::fields_joined;
use super::merge::{self, Verdict};
use super::order::{narrow, rate, tax, write_over};
use crate::domain::limits::{QUANTITY_MAX, TOTAL_MAX};
use crate::domain::payment::{Amendment, Amends, RefundedLine};
use crate::domain::tax::{LineTax, TaxSum};
use crate::domain::{LineId, LocationId, Money, OrderId, Payment, PaymentId, RegisterId, Tender};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What a body says about a payment besides what the payment knows itself.
#[derive(Debug, Clone)]
pub struct PaymentContext<'a> {
    /// Where it was taken.
    pub location_id: &'a LocationId,
    /// Which register took it.
    pub register_id: &'a RegisterId,
}

/// Writes the body of a payment. What takes money back names that payment in `refund_of`, also where it was only booked
/// wrong; what books it anew names it in `corrects`.
pub fn to_body(payment: &Payment, context: &PaymentContext) -> Value {
    let mut body = Map::new();
    let plain = json!({
        "_id": payment.payment_id,
        "type": "payment",
        "order": payment.order_id,
        "tender": payment.tender.code(),
        "amount": payment.amount,
        "tendered": payment.tendered,
        "change": payment.change,
        "tip": payment.tip,
        "rounding": payment.rounding,
        "reference": payment.reference,
        "location_id": context.location_id,
        "register_id": context.register_id,
        "shift_id": null,
        "created_at": payment.created_at.rfc3339(),
        "refund_of": null,
    });
    write_over(&mut body, plain);
    if let Some(amends) = &payment.amends {
        write_over(&mut body, amendment(amends));
    }
    Value::Object(body)
}

fn amendment(amends: &Amendment) -> Value {
    let is_correction = amends.kind == Amends::Correction;
    let line = |it: &RefundedLine| json!({ "line_id": it.line_id, "quantity": it.quantity });
    let sum = |it: &TaxSum| {
        let mut row = tax(&it.tax);
        write_over(&mut row, json!({ "net": it.net, "amount": it.amount, "gross": it.gross }));
        Value::Object(row)
    };
    json!({
        "kind": amends.kind.code(),
        "refund_of": (!is_correction).then_some(amends.of),
        "corrects": (amends.kind == Amends::Reversal || is_correction).then_some(amends.of),
        "act": amends.act,
        "reason": amends.reason,
        "staff": amends.by,
        "approved_by": amends.approved_by,
        "lines": amends.lines.iter().map(line).collect::<Vec<_>>(),
        "taxes": amends.taxes.iter().map(sum).collect::<Vec<_>>(),
    })
}

/// Reads a body; fields that it does not know are passed over. `change`, `tip` and `rounding` may be absent (0), and a
/// `refund_of` without `kind` is a refund.
///
/// # Errors
/// The first thing that is missing or wrong, with its place.
pub fn from_body(body: &Value) -> Result<Payment, BadDocument> {
    let fields = Fields::of(body)?;
    fields.expect_type("payment")?;
    let money = |name| fields.whole(name, -TOTAL_MAX..=TOTAL_MAX).map(Money);
    let money_or_none = |name| fields.whole_or(name, -TOTAL_MAX..=TOTAL_MAX, 0).map(Money);
    Ok(Payment {
        payment_id: fields.word("_id", PaymentId::read)?,
        order_id: fields.word("order", OrderId::read)?,
        tender: fields.word("tender", tender)?,
        amount: money("amount")?,
        tendered: money("tendered")?,
        change: money_or_none("change")?,
        tip: money_or_none("tip")?,
        rounding: money_or_none("rounding")?,
        reference: fields.text_or_null("reference")?,
        created_at: fields.time("created_at")?,
        amends: read_amendment(&fields)?.map(Box::new),
    })
}

/// Which register took a payment, where its body says so.
pub fn taker(body: &Value) -> Option<RegisterId> {
    body.get("register_id").and_then(Value::as_str).filter(|id| !id.is_empty()).map(RegisterId::from)
}

fn read_amendment(fields: &Fields) -> Result<Option<Amendment>, BadDocument> {
    let payment_of = |name| fields.word(name, PaymentId::read);
    let kind = match (fields.holds("kind"), fields.holds("refund_of")) {
        (true, _) => fields.word("kind", Amends::from_code)?,
        (false, true) => Amends::Refund,
        (false, false) => return Ok(None),
    };
    let of = match kind {
        Amends::Refund | Amends::Return | Amends::Reversal => payment_of("refund_of")?,
        Amends::Correction => payment_of("corrects")?,
    };
    let line = |it: &Fields| {
        let quantity = narrow(it.whole("quantity", 1..=i64::from(QUANTITY_MAX))?);
        Ok(RefundedLine { line_id: it.word("line_id", LineId::read)?, quantity })
    };
    Ok(Some(Amendment {
        kind,
        of,
        act: if fields.holds("act") { payment_of("act")? } else { payment_of("_id")? },
        reason: fields.text_or_null("reason")?.unwrap_or_default(),
        by: fields.text_or_null("staff")?.unwrap_or_default(),
        approved_by: fields.text_or_null("approved_by")?,
        lines: fields.list("lines", ORDER_LINES_MAX)?.iter().map(line).collect::<Result<_, BadDocument>>()?,
        taxes: fields.list("taxes", TAXES_MAX)?.iter().map(tax_sum).collect::<Result<_, _>>()?,
    }))
}

fn tax_sum(fields: &Fields) -> Result<TaxSum, BadDocument> {
    let money = |name| fields.whole(name, -TOTAL_MAX..=TOTAL_MAX).map(Money);
    let tax = LineTax {
        tax_id: fields.text("tax_id")?.into(),
        name: fields.text("name")?.into(),
        rate: rate(fields, "rate")?,
        included: fields.flag_or("included", true)?,
    };
    Ok(TaxSum { tax, net: money("net")?, amount: money("amount")?, gross: money("gross")? })
}

fn tender(code: &str) -> Option<Tender> {
    [Tender::Cash, Tender::Card].into_iter().find(|it| it.code() == code)
}

/// What a payment says, for ever.
const SAID: [&str; 22] = [
    "type",
    "order",
    "tender",
    "amount",
    "tendered",
    "change",
    "tip",
    "rounding",
    "reference",
    "location_id",
    "register_id",
    "shift_id",
    "created_at",
    "kind",
    "refund_of",
    "corrects",
    "act",
    "reason",
    "lines",
    "taxes",
    "staff",
    "approved_by",
];

/// Bodies of one payment are equal in all that a payment says, or they are quarantined. What others added is kept.
///
/// `change`, `tip` and `rounding` are 0 when absent or null; without `kind`, `refund_of` and `corrects` it takes
/// nothing back, which is something else than with them. Of the other fields an absent or null one contradicts nobody.
pub fn resolve(bodies: &[&Value]) -> Verdict {
    let bodies = merge::bodies(bodies);
    let said = |body: &Map<String, Value>, name: &str| match body.get(name).filter(|value| !value.is_null()) {
        Some(value) => Some(canonical(value)),
        None if ["change", "tip", "rounding"].contains(&name) => Some("0".to_owned()),
        None => ["kind", "refund_of", "corrects"].contains(&name).then(|| "null".to_owned()),
    };
    let differs = |name: &&str| bodies.iter().filter_map(|body| said(body, name)).collect::<BTreeSet<_>>().len() > 1;
    match SAID.into_iter().find(differs) {
        Some(field) => Verdict::Quarantined { field },
        None => {
            let body = fields_joined(&bodies.iter().collect::<Vec<_>>(), &[]);
            Verdict::Merged { body: Value::Object(body), review: Vec::new() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::domain::id::Entropy;

    fn payment() -> Payment {
        let now = Timestamp::from_rfc3339("2026-03-14T19:05:06.789+01:00").unwrap();
        let mut entropy = Entropy::new(|bytes| bytes.fill(7));
        Payment {
            payment_id: PaymentId::fresh(now, &mut entropy),
            order_id: OrderId::fresh(now, &mut entropy),
            tender: Tender::Cash,
            amount: Money(1000),
            tendered: Money(2000),
            change: Money(1000),
            tip: Money(50),
            rounding: Money(-2),
            reference: Some("slip 12".into()),
            created_at: now,
            amends: None,
        }
    }

    fn body(payment: &Payment) -> Value {
        let context = PaymentContext { location_id: &"L1".into(), register_id: &"T1".into() };
        to_body(payment, &context)
    }

    #[test]
    fn a_payment_survives_its_body() {
        let card = Payment { tender: Tender::Card, reference: None, amount: Money(-5), ..payment() };
        for payment in [payment(), card] {
            assert_eq!(from_body(&body(&payment)), Ok(payment));
        }
        let body = body(&payment());
        assert_eq!(
            (&body["type"], &body["location_id"], &body["register_id"]),
            (&"payment".into(), &"L1".into(), &"T1".into())
        );
        assert!(body["shift_id"].is_null() && body["refund_of"].is_null());
    }

    fn refund(kind: Amends) -> Payment {
        let of = PaymentId::read("payment_0195b7a1-0000-7000-8000-000000000001").unwrap();
        let line_id = LineId::read("line_0195b7a1-0000-7000-8000-000000000002").unwrap();
        let tax =
            LineTax { tax_id: "t".into(), name: "VAT".into(), rate: crate::domain::tax::TaxRate(2000), included: true };
        let amends = Amendment {
            kind,
            of,
            act: payment().payment_id,
            reason: "Wrong item".into(),
            by: "Ana".into(),
            approved_by: Some("Mona".into()),
            lines: vec![RefundedLine { line_id, quantity: 2 }],
            taxes: vec![TaxSum::of(tax, Money(-1200))],
        };
        let amount = Money(-1200);
        Payment { amount, tendered: amount, tip: Money(-50), amends: Some(Box::new(amends)), ..payment() }
    }

    #[test]
    fn what_takes_money_back_or_books_it_anew_survives_its_body_and_names_the_payment() {
        let id = json!("payment_0195b7a1-0000-7000-8000-000000000001");
        // what it does, refund_of, corrects
        let rows = [
            (Amends::Refund, &id, &Value::Null),
            (Amends::Return, &id, &Value::Null),
            (Amends::Reversal, &id, &id),
            (Amends::Correction, &Value::Null, &id),
        ];
        for (kind, refund_of, corrects) in rows {
            let payment = refund(kind);
            let body = body(&payment);
            assert_eq!((&body["refund_of"], &body["corrects"]), (refund_of, corrects), "{kind:?}");
            assert_eq!((&body["kind"], &body["lines"][0]["quantity"]), (&kind.code().into(), &2.into()));
            assert_eq!(from_body(&body), Ok(payment));
        }
    }

    #[test]
    fn a_strangers_refund_needs_no_more_than_what_it_gives_back() {
        let mut body = body(&payment());
        body["refund_of"] = json!("payment_0195b7a1-0000-7000-8000-000000000001");
        let read = from_body(&body).unwrap();
        assert!(read.is_refund());
        let amends = read.amends.unwrap();
        assert_eq!((amends.act, amends.lines.len(), amends.reason.as_str()), (read.payment_id, 0, ""));
    }

    #[test]
    fn what_is_wrong_with_a_body_is_said_with_its_place() {
        // field, what stands there, what is said
        let rows = [
            ("_id", json!("order_x"), "_id: `order_x` is not one that Comanda knows"),
            ("type", json!("order"), "type: `order` is not one that Comanda knows"),
            ("tender", json!("shells"), "tender: `shells` is not one that Comanda knows"),
            ("amount", json!(null), "amount: is missing"),
            ("amount", json!(9.5), "amount: must be a whole number, is 9.5"),
            ("amount", json!("9"), "amount: must be a whole number, is text"),
            ("amount", json!(u64::MAX), "amount: 18446744073709551615 is not between -99999999999 and 99999999999"),
            ("reference", json!([]), "reference: must be text, is a list"),
            ("reference", json!("x".repeat(1001)), "reference: is longer than 1000 characters"),
            ("refund_of", json!("order_x"), "refund_of: `order_x` is not one that Comanda knows"),
            ("kind", json!("gift"), "kind: `gift` is not one that Comanda knows"),
            ("kind", json!("correction"), "corrects: is missing"),
            ("created_at", json!("now"), "created_at: `now` is not a time of the form 2026-03-14T19:05:06.789+01:00"),
        ];
        for (field, wrong, said) in rows {
            let mut body = body(&payment());
            body[field] = wrong;
            let bad = from_body(&body).unwrap_err();
            assert_eq!(bad.to_string(), format!("the document cannot be read: {said}"));
        }
        assert_eq!(from_body(&json!([])).unwrap_err().place, "document");
    }

    #[test]
    fn one_payment_is_one_sum_or_it_is_quarantined() {
        // what the other body says instead, the field of the quarrel (none: they are one payment)
        let rows = [
            (json!({}), None),
            (json!({ "amount": 1000.0 }), None),
            (json!({ "amount": 1001 }), Some("amount")),
            (json!({ "tip": 0 }), Some("tip")),
            (json!({ "tip": null }), Some("tip")),
            (json!({ "reference": null }), None), // says nothing, contradicts nobody
            (json!({ "reference": "slip 13" }), Some("reference")),
            (json!({ "tender": "card", "amount": 1 }), Some("tender")),
            (json!({ "order": "order_2" }), Some("order")),
            (json!({ "refund_of": "payment_2" }), Some("refund_of")), // a payment, or its refund
            (json!({ "batch": 7 }), None),
        ];
        let first = body(&payment());
        for (instead, field) in rows {
            let mut other = first.clone();
            other.as_object_mut().unwrap().extend(instead.as_object().unwrap().clone());
            let verdicts = [resolve(&[&first, &other]), resolve(&[&other, &first])];
            assert_eq!(verdicts[0], verdicts[1], "{instead}");
            match (&verdicts[0], field) {
                (Verdict::Quarantined { field: found }, Some(field)) => assert_eq!(*found, field, "{instead}"),
                (Verdict::Merged { body, .. }, None) => {
                    let mut body = body.clone();
                    body["_id"] = first["_id"].clone();
                    assert_eq!(from_body(&body), Ok(payment()), "{instead}");
                    assert_eq!(body.get("batch"), instead.get("batch"));
                }
                (verdict, field) => panic!("{instead}: {verdict:?}, not {field:?}"),
            }
        }
    }
}
