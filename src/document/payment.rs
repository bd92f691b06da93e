//! A payment as a document: written once, so nothing of a former body is ever kept.

use super::BadDocument;
use super::fields::Fields;
use crate::domain::limits::TOTAL_MAX;
use crate::domain::{LocationId, Money, OrderId, Payment, PaymentId, RegisterId, Tender};
use serde_json::{Value, json};

/// What a body says about a payment besides what the payment knows itself.
#[derive(Debug, Clone)]
pub struct PaymentContext<'a> {
    /// Where it was taken.
    pub location_id: &'a LocationId,
    /// Which register took it.
    pub register_id: &'a RegisterId,
}

/// Writes the body of a payment.
pub fn to_body(payment: &Payment, context: &PaymentContext) -> Value {
    json!({
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
    })
}

/// Reads a body; fields that it does not know are passed over. `change`, `tip` and `rounding` may be absent (0).
///
/// # Errors
/// The first thing that is missing or wrong, with its place.
pub fn from_body(body: &Value) -> Result<Payment, BadDocument> {
    let fields = Fields::of(String::new(), body)?;
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
    })
}

fn tender(code: &str) -> Option<Tender> {
    [Tender::Cash, Tender::Card].into_iter().find(|it| it.code() == code)
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
}
