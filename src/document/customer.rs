//! A customer as a document. What a former body holds beyond our own fields is kept.

#[cfg(test)]
pub(super) mod resolve_tests;

use super::BadDocument;
use super::fields::Fields;
use super::merge::stamps::{greatest_writer, last_said, latest};
use super::merge::{self, Verdict};
use super::order::stamped;
use crate::domain::{Contact, Customer, CustomerId, LocationId, RegisterId};
use serde_json::{Map, Value, json};

/// The fields that carry a stamp when they change.
pub const STAMPED: [&[&str]; 5] = [&["name"], &["phone"], &["address"], &["city"], &["note"]];

/// What a body says about a customer besides what the customer knows itself.
#[derive(Debug, Clone)]
pub struct CustomerContext<'a> {
    /// Whose customer it is.
    pub location_id: &'a LocationId,
    /// Who writes this body.
    pub edited_by: &'a RegisterId,
}

/// Writes the body of a customer; what `former` holds beyond our own fields is kept, and what differs is stamped.
pub fn to_body(customer: &Customer, context: &CustomerContext, former: Option<&Value>) -> Value {
    let nothing = Map::new();
    let former = former.and_then(Value::as_object).unwrap_or(&nothing);
    let contact = &customer.contact;
    let kept = former.iter().filter(|(name, _)| !name.starts_with('_'));
    let mut body: Map<String, Value> = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    let own = [
        ("_id", json!(customer.customer_id)),
        ("type", json!("customer")),
        ("location_id", json!(context.location_id)),
        ("name", json!(contact.name)),
        ("phone", json!(contact.phone)),
        ("address", json!(contact.address)),
        ("city", json!(contact.city)),
        ("note", json!(contact.note)),
        ("created_at", json!(customer.created_at.rfc3339())),
        ("updated_at", json!(customer.updated_at.rfc3339())),
        ("edited_by", json!(context.edited_by)),
    ];
    body.extend(own.map(|(name, value)| (name.to_owned(), value)));
    let stamps = stamped(&STAMPED, former, &body, context.edited_by);
    body.insert("stamps".into(), stamps);
    Value::Object(body)
}

/// Reads a body; fields that it does not know are passed over.
///
/// # Errors
/// The first thing that is missing or wrong, with its place.
pub fn from_body(body: &Value) -> Result<Customer, BadDocument> {
    let fields = Fields::of(body)?;
    fields.expect_type("customer")?;
    let created_at = fields.time("created_at")?;
    Ok(Customer {
        customer_id: fields.word("_id", CustomerId::read)?,
        contact: Contact {
            name: fields.text("name")?.into(),
            phone: fields.text_or_null("phone")?,
            address: fields.text_or_null("address")?,
            city: fields.text_or_null("city")?,
            note: fields.text_or_null("note")?,
        },
        created_at,
        updated_at: fields.time_or_null("updated_at")?.unwrap_or(created_at),
    })
}

/// Merges: in each field the last word by stamps, unknown fields alike.
pub fn resolve(bodies: &[&Value]) -> Verdict {
    let bodies = merge::bodies(bodies);
    let bodies: Vec<&Map<String, Value>> = bodies.iter().collect();
    let mut merged = last_said(&bodies, &["updated_at", "edited_by"], |_, _| true);
    merged.extend(latest(&bodies, "updated_at").map(|it| ("updated_at".to_owned(), it)));
    merged.extend(greatest_writer(&bodies).map(|it| ("edited_by".to_owned(), it)));
    Verdict::Merged { body: Value::Object(merged), review: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::domain::id::Entropy;

    fn customer() -> Customer {
        let now = Timestamp::from_rfc3339("2026-03-14T19:05:06.789+01:00").unwrap();
        Customer {
            customer_id: CustomerId::fresh(now, &mut Entropy::new(|bytes| bytes.fill(7))),
            contact: Contact {
                name: "Zoë".into(),
                phone: Some("+33 1".into()),
                address: None,
                city: None,
                note: Some("rings twice".into()),
            },
            created_at: now,
            updated_at: now.plus_millis(5),
        }
    }

    fn with(change: impl Fn(&mut Contact)) -> Customer {
        let mut changed = customer();
        change(&mut changed.contact);
        changed
    }

    fn body(customer: &Customer, register: &str, former: Option<&Value>) -> Value {
        let context = CustomerContext { location_id: &"L1".into(), edited_by: &register.into() };
        to_body(customer, &context, former)
    }

    #[test]
    fn a_customer_survives_its_body_and_others_words_are_kept() {
        let mut first = body(&customer(), "T1", None);
        assert_eq!(from_body(&first), Ok(customer()));
        assert_eq!(first["stamps"], json!({}));
        first["loyalty"] = json!(12);
        let moved = with(|contact| contact.address = Some("Rue 5".into()));
        let second = body(&moved, "T2", Some(&first));
        assert_eq!((&second["loyalty"], &second["stamps"]), (&json!(12), &json!({ "address": [1, "T2"] })));
        assert_eq!(from_body(&second), Ok(moved));
        let nameless = json!({ "_id": second["_id"], "type": "customer", "created_at": second["created_at"] });
        assert_eq!(from_body(&nameless).unwrap_err().to_string(), "the document cannot be read: name: is missing");
    }

    #[test]
    fn two_registers_edits_of_one_customer_both_stay() {
        let first = body(&customer(), "T1", None);
        let moved = body(&with(|contact| contact.address = Some("Rue 5".into())), "T1", Some(&first));
        let renamed = with(|contact| (contact.name, contact.phone) = ("Zoé".into(), None));
        let renamed = body(&renamed, "T2", Some(&first));
        let Verdict::Merged { body, review } = resolve(&[&moved, &renamed]) else { panic!("customers are merged") };
        let said = ["name", "phone", "address", "edited_by"].map(|name| body[name].clone());
        assert_eq!(said, [json!("Zoé"), json!(null), json!("Rue 5"), json!("T2")]);
        assert_eq!(body["stamps"], json!({ "address": [1, "T1"], "name": [1, "T2"], "phone": [1, "T2"] }));
        assert!(review.is_empty());
    }
}
