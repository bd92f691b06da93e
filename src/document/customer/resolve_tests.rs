//! The table of merges of customers, and customers of any kind for the laws (`laws`).

use super::super::merge::Verdict;
use super::super::order::SERVER;
use super::{from_body, resolve};
use proptest::prelude::*;
use serde_json::{Value, json};

fn merged(bodies: &[&Value]) -> Value {
    match resolve(bodies) {
        Verdict::Merged { body, review } if review.is_empty() => body,
        other => panic!("customers are always merged, and no manager is asked: {other:?}"),
    }
}

/// A body in the words of the table; `_` in a value is a blank.
fn body(words: &str) -> Value {
    let mut body = json!({
        "type": "customer", "location_id": "L1", "name": "Ana", "phone": null, "address": null, "city": null,
        "note": null, "created_at": "2026-03-14T19:00:00.000Z", "updated_at": "2026-03-14T19:00:00.000Z",
        "stamps": {}, "edited_by": "T1",
    });
    for (field, said) in words.split_whitespace().map(|word| word.split_once('=').unwrap()) {
        let (said, stamp) = said.split_once('@').unwrap_or((said, ""));
        body[field] = if said == "-" { Value::Null } else { json!(said.replace('_', " ")) };
        if let Some((counter, writer)) = stamp.split_once('/') {
            let writer = if writer == "server" { SERVER } else { writer };
            body["stamps"][field] = json!([counter.parse::<u64>().unwrap(), writer]);
        }
    }
    body
}

/// How to read it: two or three registers (or the server) changed one customer without knowing of each other; then they
/// met. Each column of the first part is what one of them had; the last column is what all of them have afterwards.
///
/// At first the customer is called Ana, and nothing else is known. `phone=06_12@3/T2` says that the phone is `06 12`,
/// that this was the third change of the customer, and that T2 made it; without `@` it was said at the beginning. `-`
/// is nothing.
#[test]
fn the_table_of_merges() {
    let rows: &[(&str, &[&str], &str)] = &[
        // --- What was changed apart is all kept.
        ("a phone here, a street there", &["phone=0612@1/T1", "address=Rue_5@1/T2"], "phone=0612 address=Rue_5"),
        (
            "three change three things",
            &["phone=0612@1/T1", "address=Rue_5@1/T2", "note=bell_2@1/T3"],
            "phone=0612 address=Rue_5 note=bell_2",
        ),
        (
            "street and town are two things",
            &["address=Rue_5@1/T1", "city=75001_Paris@1/T2"],
            "address=Rue_5 city=75001_Paris",
        ),
        ("one changes, one only looks", &["name=Anna@1/T1", ""], "name=Anna"),
        // --- Of one thing the last word counts, and whose clock is right does not matter.
        ("the later of two", &["phone=0612@2/T1", "phone=0699@1/T2"], "phone=0612"),
        (
            "the later, whatever the clock",
            &["phone=0612@2/T1 updated_at=2026-03-14T19:01:00.000Z", "phone=0699@1/T2 updated_at=2026-03-15T19:00:00Z"],
            "phone=0612 updated_at=2026-03-15T19:00:00Z",
        ),
        ("at once: greater register", &["phone=0612@1/T1", "phone=0699@1/T2"], "phone=0699"),
        ("at once: the server's", &["phone=0612@1/T9", "phone=0699@1/server"], "phone=0699"),
        ("taken away later", &["phone=0612@1/T1", "phone=-@2/T2"], "phone=-"),
        ("written anew later", &["phone=0612@3/T1", "phone=-@2/T2"], "phone=0612"),
        ("one wins one, one another", &["name=A@2/T1 note=a@1/T1", "name=B@1/T2 note=b@2/T2"], "name=A note=b"),
        // --- What a stranger's program wrote, without stamps.
        ("a field that we do not know", &["loyalty=gold", "phone=0612@1/T2"], "loyalty=gold phone=0612"),
        ("something beats nothing", &["phone=-", "phone=0612"], "phone=0612"),
        ("a stamp beats none", &["phone=0699", "phone=0612@1/T1"], "phone=0612"),
        ("who wrote last is told", &["edited_by=T1", "edited_by=T2"], "edited_by=T2"),
    ];
    for (what, leaves, afterwards) in rows {
        let bodies: Vec<Value> = leaves.iter().map(|words| body(words)).collect();
        let result = merged(&bodies.iter().collect::<Vec<_>>());
        assert_eq!(merged(&bodies.iter().rev().collect::<Vec<_>>()), result, "{what}: whoever comes first");
        let expected = body(afterwards);
        for (field, _) in afterwards.split_whitespace().filter_map(|word| word.split_once('=')) {
            assert_eq!(result[field], expected[field], "{what}: {field}");
        }
        let mut whole = result.clone();
        whole["_id"] = json!("customer_00000000-0000-7000-8000-000000000000");
        assert!(from_body(&whole).is_ok(), "{what}: {:?}", from_body(&whole));
    }
}

/// A field that is absent, null, or one of a few values, stamped or not.
fn any_field(name: &'static str, values: &[Value]) -> BoxedStrategy<(&'static str, Option<Value>, Option<Value>)> {
    let value = prop_oneof![1 => Just(None), 1 => Just(Some(Value::Null)),
        6 => prop::sample::select(values.to_vec()).prop_map(Some)];
    let writer = prop::sample::select(vec![json!("T1"), json!("T2"), json!(SERVER), json!(""), json!(7)]);
    let stamp = prop_oneof![3 => Just(None), 4 => (0..3_u64, writer).prop_map(|(it, who)| Some(json!([it, who]))),
        1 => Just(Some(json!("yesterday")))];
    (value, stamp).prop_map(move |(value, stamp)| (name, value, stamp)).boxed()
}

pub(in crate::document) fn any_customer() -> impl Strategy<Value = Value> {
    let texts = |all: &[&str]| all.iter().map(|it| json!(it)).collect::<Vec<_>>();
    let fields = vec![
        any_field("name", &texts(&["Ana", "Zoë", ""])),
        any_field("phone", &[json!("0612"), json!("+33 6"), json!(612), json!(612.0)]),
        any_field("address", &texts(&["Rue 5", "Rue 6"])),
        any_field("city", &texts(&["Paris", "Lyon"])),
        any_field("note", &[json!("bell"), json!({ "floor": 2 }), json!({ "floor": 2.0 })]),
        any_field("loyalty", &[json!({ "points": 1 }), json!([1, 2.0]), json!([1.0, 2])]),
        any_field("created_at", &texts(&["2026-03-14T19:00:00Z", "yesterday"])),
        any_field("updated_at", &texts(&["2026-03-14T19:00:00Z", "2026-03-14T20:00:00+01:00", "2026-03-15T00:00:00Z"])),
        any_field("edited_by", &texts(&["T1", "T1 b", "T2", SERVER])),
    ];
    (fields, prop::bool::weighted(0.3), 0..4_u8).prop_map(|(fields, bare, kept)| {
        let mut body = json!({ "type": "customer", format!("kept_{kept}"): kept });
        for (name, value, stamp) in fields {
            if let Some(value) = value {
                body[name] = value;
            }
            if let (Some(stamp), false) = (stamp, bare) {
                body["stamps"][name] = stamp;
            }
        }
        body
    })
}
