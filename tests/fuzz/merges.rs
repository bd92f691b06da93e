//! Bodies that are nearly right: two to five of one document, each changed here and there as the bytes say.

use super::bytes::Bytes;
use super::laws::laws;
use comanda::document::DocumentType;
use serde_json::{Map, Value, json};

/// Most changes of one body.
const CHANGES_MAX: usize = 8;

pub fn run(data: &[u8]) {
    let mut bytes = Bytes::of(data);
    let (of, base) = match bytes.below(8) {
        0 => (DocumentType::Payment, payment()),
        1 => (DocumentType::Customer, customer()),
        3 => (DocumentType::SoldOut, sold_out()),
        2 => (DocumentType::Conflict, json!({ "_id": "conflict_1", "type": "conflict", "entity_id": "order_1" })),
        _ => (DocumentType::Order, order()),
    };
    let count = 2 + bytes.below(4);
    let mut bodies = Vec::new();
    for _ in 0..count {
        let mut body = base.clone();
        for _ in 0..bytes.below(CHANGES_MAX + 1) {
            change(&mut body, &mut bytes);
        }
        bodies.push(body);
    }
    laws(of, bodies);
}

/// Changes one thing.
fn change(body: &mut Value, bytes: &mut Bytes) {
    let mut places = Vec::new();
    places_in(body, String::new(), &mut places);
    match bytes.below(8) {
        0 | 1 => {
            let value = value(bytes);
            *place(body, &places, bytes) = value;
        }
        2 => {
            let value = place(body, &places, bytes).clone();
            *place(body, &places, bytes) = value;
        }
        3 => {
            if let Value::Object(fields) = place(body, &places, bytes) {
                let name = fields.keys().nth(bytes.below(fields.len().max(1))).cloned();
                name.map(|name| fields.remove(&name));
            }
        }
        4 => {
            if let Value::Array(list) = place(body, &places, bytes)
                && list.len() < 40
            {
                let nth = bytes.below(list.len().max(1));
                list.extend(list.get(nth).cloned());
            }
        }
        5 => {
            let name = format!("stranger_{}", bytes.below(3));
            let value = value(bytes);
            if let Value::Object(fields) = place(body, &places, bytes) {
                fields.insert(name, value);
            }
        }
        6 => {
            if let Value::Object(fields) = body {
                let name = (*bytes.one_of(&FIELDS)).to_owned();
                let stamp = json!([bytes.below(4), *bytes.one_of(&WRITERS)]);
                let stamps = fields.entry("stamps").or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(stamps) = stamps {
                    stamps.insert(name.clone(), stamp);
                }
                fields.insert(name, value(bytes));
            }
        }
        _ => {
            let line = body.pointer_mut(&format!("/items/{}", bytes.below(3)));
            if let Some(line) = line.filter(|line| line.is_object()) {
                match bytes.below(3) {
                    0 => line["state"] = json!(bytes.one_of(&STATES)),
                    1 => line["line_id"] = json!(bytes.one_of(&LINES)),
                    _ => line["void_reason"] = value(bytes),
                }
            }
        }
    }
}

const FIELDS: [&str; 14] = [
    "order_type",
    "table",
    "covers",
    "kitchen_notes",
    "customer_name",
    "order_id",
    "order_number",
    "order_status",
    "payment_status",
    "updated_at",
    "name",
    "discounts",
    "mark",
    "sold",
];
const WRITERS: [&str; 4] = ["T1", "T2", "@server", ""];
const STATES: [&str; 6] = ["sent", "preparing", "ready", "served", "voided", "eaten"];
const LINES: [&str; 4] = [
    "line_00000000-0000-7000-8000-000000000001",
    "line_00000000-0000-7000-8000-000000000002",
    "line_00000000-0000-7000-8000-000000000003",
    "line_x",
];

/// One of the values that somebody may write somewhere.
fn value(bytes: &mut Bytes) -> Value {
    match bytes.below(12) {
        0 => Value::Null,
        1 => json!(bytes.next() & 1 == 1),
        2 => json!(bytes.next()),
        3 => json!(f64::from(bytes.next()) / 4.0),
        4 => {
            let eight: [u8; 8] = std::array::from_fn(|_| bytes.next());
            json!(i64::from_le_bytes(eight))
        }
        5 => {
            let eight: [u8; 8] = std::array::from_fn(|_| bytes.next());
            json!(f64::from_le_bytes(eight))
        }
        6 => json!(bytes.one_of(&STATES)),
        7 => json!(bytes.one_of(&[
            "pending",
            "confirmed",
            "preparing",
            "ready",
            "completed",
            "cancelled",
            "partial",
            "paid",
            "refunded",
            "dine_in",
            "takeaway",
            "delivery",
            "TEMP-T1-1",
            "A-77",
            "@server",
            "T1",
            "cash",
            "card",
            "no",
            "extra",
        ])),
        8 => json!(bytes.one_of(&["2026-03-14T19:00:00Z", "2026-03-14T20:00:00+01:00", "2026-03-15T00:00:00.5Z"])),
        9 => {
            let few: Vec<char> = (0..bytes.below(4)).map(|_| char::from(bytes.next())).collect();
            json!(few.into_iter().collect::<String>())
        }
        10 => json!([value_within(bytes), value_within(bytes)]),
        _ => json!({ "a": value_within(bytes), "rate": 500, "tax_id": value_within(bytes) }),
    }
}

fn value_within(bytes: &mut Bytes) -> Value {
    match bytes.below(6) {
        0 => Value::Null,
        1 => json!(bytes.next()),
        2 => json!(f64::from(bytes.next())),
        3 => json!("completed"),
        4 => json!("cancelled"),
        _ => json!({ "discount_id": "d1", "off": bytes.next() }),
    }
}

fn place<'a>(body: &'a mut Value, places: &[String], bytes: &mut Bytes) -> &'a mut Value {
    let at = bytes.one_of(places);
    body.pointer_mut(at).expect("nothing was taken away since the places were listed")
}

/// The JSON pointers to everything in a value, itself last.
fn places_in(value: &Value, at: String, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, it)| places_in(it, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), all)),
        Value::Array(list) => list.iter().enumerate().for_each(|(nth, it)| places_in(it, format!("{at}/{nth}"), all)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    all.push(at);
}

fn order() -> Value {
    let tax = |rate: u32| json!({ "tax_id": format!("t{rate}"), "name": "Tax", "rate": rate, "included": rate != 825 });
    let line = |nth: usize, state: &str| {
        json!({
            "line_id": LINES[nth], "item_id": "burger", "name": "Bürger ½", "quantity": 1 + nth, "unit_price": 1250,
            "tax_id": "t1000", "tax_rate": 1000,
            "taxes": { "dine_in": tax(1000), "takeaway": tax(500), "delivery": tax(825) },
            "modifiers": [{ "modifier_id": "m", "name": "Cheese", "price": 150, "quantity": 1, "qualifier": null }],
            "note": null, "course": 1, "state": state, "void_reason": null, "station": "kitchen",
        })
    };
    json!({
        "_id": "order_00000000-0000-7000-8000-000000000009", "type": "order", "local_number": "T1-0042",
        "location_id": "L1", "register_id": "T1", "opened_by": "Ana", "business_date": "2026-03-14",
        "created_at": "2026-03-14T19:00:00.000Z", "updated_at": "2026-03-14T19:05:00.000Z", "order_type": "dine_in",
        "customer_name": null, "due_at": null, "table": "12", "covers": 2, "kitchen_notes": null, "order_id": null,
        "order_number": "TEMP-T1-0042", "customer_id": null, "order_status": "pending", "payment_status": "pending",
        "currency": "EUR", "offline": false, "edited_by": "T1", "discounts": [], "stamps": { "table": [1, "T1"] },
        "subtotal": 0, "tax_amount": 0, "total_amount": 0, "taxes": [],
        "items": [line(0, "sent"), line(1, "ready"), line(2, "voided")],
    })
}

fn payment() -> Value {
    let id = |nth: u8| format!("00000000-0000-7000-8000-00000000000{nth}");
    json!({
        "_id": format!("payment_{}", id(1)), "type": "payment", "order": format!("order_{}", id(9)), "tender": "cash",
        "amount": 1000, "tendered": 2000, "change": 1000, "tip": 50, "rounding": -2, "reference": null,
        "location_id": "L1", "register_id": "T1", "shift_id": null, "created_at": "2026-03-14T19:05:06.789+01:00",
        "refund_of": format!("payment_{}", id(2)), "kind": "refund", "reason": "Wrong item", "staff": "Ana",
        "lines": [{ "line_id": format!("line_{}", id(3)), "quantity": 2 }],
        "taxes": [{ "tax_id": "t", "name": "VAT", "rate": 2000, "included": true, "net": 1, "amount": 2, "gross": 3 }],
    })
}

fn sold_out() -> Value {
    json!({
        "_id": "soldout_soup", "type": "soldout", "location_id": "L1", "item_id": "soup",
        "mark": { "left": 12, "sold": { "T1": 3 } }, "sold": { "T1": 5, "T2": 1, "T1.2": 2 },
        "updated_at": "2026-03-14T19:00:00Z", "edited_by": "T1", "stamps": { "mark": [2, "T1"] },
    })
}

fn customer() -> Value {
    json!({
        "_id": "customer_00000000-0000-7000-8000-000000000001", "type": "customer", "location_id": "L1", "name": "Zoé",
        "phone": "1", "address": null, "city": "Paris", "note": "", "created_at": "2026-03-14T19:00:00Z",
        "updated_at": "2026-03-14T19:00:00Z", "edited_by": "T1", "stamps": { "name": [1, "T1"] },
    })
}
