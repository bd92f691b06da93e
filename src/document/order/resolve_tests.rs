//! The table of merges of orders, what none of them loses, and orders of any kind for the laws (`laws`).

use super::super::canonical::canonical;
use super::super::merge::{Review, Verdict};
use super::{SERVER, from_body, resolve};
use proptest::prelude::*;
use serde_json::{Value, json};

fn merged(bodies: &[&Value]) -> (Value, Vec<Review>) {
    match resolve(bodies) {
        Verdict::Merged { body, review } => (body, review),
        other => panic!("orders are always merged, not {other:?}"),
    }
}

const DISHES: [&str; 5] = ["burger", "cola", "dessert", "fries", "soup"];

fn line_id(dish: &str) -> String {
    let nth = DISHES.iter().position(|it| *it == dish).expect("a dish of the table");
    format!("line_00000000-0000-7000-8000-{nth:012}")
}

/// A dish of 10.00 with one state and maybe the reason of its void: `burger`, `burger:ready`, `burger:voided:dropped`.
fn line(words: &str) -> Value {
    let mut words = words.split(':');
    let dish = words.next().unwrap();
    let tax = |rate| json!({ "tax_id": format!("t{rate}"), "name": "Tax", "rate": rate, "included": true });
    json!({
        "line_id": line_id(dish), "item_id": dish, "name": dish, "quantity": 1, "unit_price": 1000, "modifiers": [],
        "tax_id": "t1000", "tax_rate": 1000,
        "taxes": { "dine_in": tax(1000), "takeaway": tax(500), "delivery": tax(500) },
        "station": "kitchen", "course": 1, "note": null,
        "state": words.next().unwrap_or("sent"), "void_reason": words.next(),
    })
}

/// `-` is null; a number is a number, but for the table, which is called by it.
fn value(field: &str, words: &str) -> Value {
    match words.parse::<i64>() {
        Ok(number) if field != "table" => json!(number),
        _ if words == "-" => Value::Null,
        _ => json!(words),
    }
}

/// A body in the words of the table.
fn body(words: &str) -> Value {
    let mut body = json!({
        "type": "order", "local_number": "T1-0042", "location_id": "L1", "register_id": "T1", "opened_by": "Ana",
        "business_date": "2026-03-14", "created_at": "2026-03-14T19:00:00.000Z",
        "updated_at": "2026-03-14T19:00:00.000Z",
        "order_type": "dine_in", "order_id": null, "order_number": "TEMP-T1-0042", "order_status": "pending",
        "payment_status": "pending", "items": [], "discounts": [], "stamps": {}, "edited_by": "T1",
    });
    for word in words.split_whitespace() {
        let Some((field, said)) = word.split_once('=') else {
            body["items"].as_array_mut().unwrap().push(line(word));
            continue;
        };
        let (said, stamp) = said.split_once('@').unwrap_or((said, ""));
        body[field] = value(field, said);
        if let Some((counter, writer)) = stamp.split_once('/') {
            let writer = if writer == "server" { SERVER } else { writer };
            body["stamps"][field] = json!([counter.parse::<u64>().unwrap(), writer]);
        }
    }
    body
}

/// How to read it: two or three registers (or the server) changed one order without knowing of each other; then they
/// met. Each column of the first part is what one of them had; the last column is what all of them have afterwards.
///
/// `burger` is a line that the kitchen was sent; `burger:ready` one that waits at the pass; `burger:voided:dropped` one
/// that was taken back, and why. `table=12@3/T2` says that the table is 12, that this was the third change of the
/// order's header, and that T2 made it; without `@` it was said at the beginning. `-` is nothing. Every dish costs
/// 10.00. `REVIEW` means that a manager has to look.
#[test]
fn the_table_of_merges() {
    let rows: &[(&str, &[&str], &str)] = &[
        // --- Food and drink: nothing that the kitchen was told of is lost.
        ("each adds a dish", &["burger cola", "burger dessert"], "burger cola dessert total_amount=3000"),
        ("three add at once", &["burger", "cola", "soup"], "burger cola soup total_amount=3000"),
        ("the kitchen goes on", &["burger:preparing", "burger:ready"], "burger:ready order_status=ready"),
        (
            "a void beats the pass",
            &["burger:served cola", "burger:voided:cold cola"],
            "burger:voided:cold cola total_amount=1000",
        ),
        ("voided twice", &["burger:voided:late", "burger:voided:cold"], "burger:voided:cold total_amount=0"),
        ("one voids, one adds", &["burger:voided:cold", "burger fries"], "burger:voided:cold fries total_amount=1000"),
        // --- The head of the order: the last word counts, and whose clock is right does not matter.
        ("one moves the table", &["table=12", "table=14@1/T2"], "table=14"),
        ("the later of two moves", &["table=12@2/T1", "table=14@1/T2"], "table=12"),
        ("at once: greater register", &["table=12@1/T1", "table=11@1/T2"], "table=11"),
        ("at once: the server's", &["table=12@1/T9", "table=11@1/server"], "table=11"),
        ("later than the server", &["table=12@2/T1", "table=11@1/server"], "table=12"),
        ("each changes another thing", &["table=14@1/T1 covers=2", "table=- covers=4@1/T2"], "table=14 covers=4"),
        (
            "whose it is is one thing",
            &["customer_id=customer_a@1/T1 customer_name=Ana@1/T1", "customer_id=-@1/T2 customer_name=Bob@1/T2"],
            "customer_id=- customer_name=Bob",
        ),
        (
            "the later customer, with the name",
            &[
                "customer_id=customer_a@2/T1 customer_name=Ana@2/T1",
                "customer_id=customer_b@1/T2 customer_name=Bo@1/T2",
            ],
            "customer_id=customer_a customer_name=Ana",
        ),
        ("one takes the name away", &["customer_name=Zoe", "customer_name=-@1/T2"], "customer_name=-"),
        (
            "takeaway taxes the lines anew",
            &["burger", "burger order_type=takeaway@1/T2"],
            "burger order_type=takeaway tax_amount=48 total_amount=1000",
        ),
        ("a note beats no note", &["kitchen_notes=allergy@1/T1", "kitchen_notes=-@5/T2"], "kitchen_notes=allergy"),
        ("of two notes the later", &["kitchen_notes=allergy@1/T1", "kitchen_notes=hurry@2/T2"], "kitchen_notes=hurry"),
        // --- What a stranger's program wrote, without stamps.
        ("a field that we do not know", &["loyalty=7", "burger"], "burger loyalty=7"),
        ("two that we do not know", &["loyalty=7 stars=3", "loyalty=9"], "loyalty=9 stars=3"),
        ("something beats nothing", &["table=-", "table=12"], "table=12"),
        ("a stamp beats none", &["table=99", "table=12@1/T1"], "table=12"),
        // --- How far the order is.
        ("the least advanced line counts", &["burger:ready", "cola"], "burger:ready cola order_status=pending"),
        (
            "accepted meanwhile",
            &["burger order_id=77 order_number=A-77", "burger cola"],
            "burger cola order_id=77 order_number=A-77 order_status=confirmed",
        ),
        (
            "a dessert after all was served",
            &["burger:served order_status=completed", "burger dessert"],
            "burger:served dessert order_status=pending",
        ),
        (
            "completed, the table moved",
            &["burger order_status=completed", "burger table=3@1/T2"],
            "burger:served table=3 order_status=completed",
        ),
        (
            "cancelled, a dish was added",
            &["burger order_status=cancelled", "burger cola"],
            "burger cola order_status=cancelled",
        ),
        (
            "cancelled here, completed there",
            &["burger order_status=cancelled", "burger order_status=completed"],
            "REVIEW burger:served order_status=cancelled",
        ),
        ("the server took it twice", &["order_id=77", "order_id=78"], "REVIEW order_id=78"),
        // --- Money: what was paid is in the payments; this only tells what writers knew.
        (
            "paid, and a dish more",
            &["burger payment_status=paid", "burger cola"],
            "burger cola payment_status=paid total_amount=2000",
        ),
        ("part paid and paid", &["payment_status=partial", "payment_status=paid"], "payment_status=paid"),
    ];
    for (what, leaves, afterwards) in rows {
        let bodies: Vec<Value> = leaves.iter().map(|words| body(words)).collect();
        let (result, review) = merged(&bodies.iter().collect::<Vec<_>>());
        let (result_back, review_back) = merged(&bodies.iter().rev().collect::<Vec<_>>());
        assert_eq!((&result_back, &review_back), (&result, &review), "{what}: whoever comes first");
        let expected = body(&afterwards.replace("REVIEW", ""));
        assert_eq!(review.is_empty(), !afterwards.contains("REVIEW"), "{what}: {review:?}");
        let lines = |body: &Value| -> Vec<[Value; 3]> {
            let list = body["items"].as_array().unwrap();
            list.iter().map(|it| ["name", "state", "void_reason"].map(|name| it[name].clone())).collect()
        };
        assert_eq!(lines(&result), lines(&expected), "{what}");
        for (field, _) in afterwards.split_whitespace().filter_map(|word| word.split_once('=')) {
            assert_eq!(result[field], expected[field], "{what}: {field}");
        }
        let mut whole = result.clone();
        whole["_id"] = json!("order_00000000-0000-7000-8000-000000000000");
        assert!(from_body(&whole).is_ok(), "{what}: {:?}", from_body(&whole));
    }
}

#[test]
fn what_others_added_to_a_sent_line_is_kept() {
    let modifier = |sku: Value| json!({ "modifier_id": "m", "name": "M", "price": 50, "quantity": 1, "sku": sku });
    let (mut one, mut other) = (body("burger"), body("burger:ready"));
    one["items"][0]["modifiers"] = json!([modifier(json!(9))]);
    one["items"][0]["allergens"] = json!(["nuts"]);
    other["items"][0]["modifiers"] =
        json!([{ "modifier_id": "m", "name": "M", "price": 50.0, "quantity": 1, "grams": 20 }]);
    other["discounts"] = json!([{ "discount_id": "d1", "percent": 10 }]);
    one["discounts"] = json!([{ "discount_id": "d1", "percent": 10, "taken_away": true }, { "discount_id": "d2" }]);
    let (result, _) = merged(&[&one, &other]);
    let line = &result["items"][0];
    assert_eq!((&line["state"], &line["allergens"]), (&json!("ready"), &json!(["nuts"])));
    assert_eq!((&line["modifiers"][0]["sku"], &line["modifiers"][0]["grams"]), (&json!(9), &json!(20)));
    let discounts = json!([{ "discount_id": "d1", "percent": 10, "taken_away": true }, { "discount_id": "d2" }]);
    assert_eq!((&result["discounts"], &result["total_amount"]), (&discounts, &json!(1050)));
}

#[test]
fn a_line_whose_bodies_differ_is_one_of_them_and_no_mixture() {
    let (mut two, mut three) = (body("burger"), body("burger"));
    two["items"][0]["quantity"] = json!(2);
    three["items"][0]["quantity"] = json!(3);
    three["items"][0]["unit_price"] = json!(900);
    let (result, _) = merged(&[&two, &three]);
    assert_eq!(result["total_amount"], 2700);
    assert_eq!(merged(&[&three, &two]).0, result);
}

#[test]
fn sums_that_cannot_be_computed_are_null_and_reviewed() {
    let (good, mut bad) = (body("burger"), body("cola"));
    bad["items"][0]["unit_price"] = json!("ten");
    bad["total_amount"] = json!(1000);
    let (result, review) = merged(&[&good, &bad]);
    assert!(["subtotal", "tax_amount", "total_amount", "taxes"].iter().all(|name| result[name].is_null()));
    let said: Vec<String> = review.iter().map(Review::to_string).collect();
    let why = "the document cannot be read: items[1].unit_price: must be a whole number, is text";
    assert_eq!(said, [format!("its sums cannot be computed: {why}")]);
}

#[test]
fn bodies_without_line_states_and_ids_are_added_up_too() {
    let bare = json!({ "name": "menu of the day", "quantity": 2, "unit_price": 1000, "tax_id": "t", "tax_rate": 1000 });
    let one = json!({ "type": "order", "order_type": "dine_in", "order_status": "preparing", "items": [bare, bare] });
    let other = json!({ "type": "order", "order_type": "dine_in", "order_status": "ready", "items": [bare] });
    let (result, review) = merged(&[&one, &other]);
    assert_eq!((&result["order_status"], &result["items"]), (&json!("ready"), &json!([bare, bare])));
    assert_eq!((&result["total_amount"], review), (&json!(4000), vec![]));
}

/// Everything that a stranger may have written into a line, and more than one thing in each field.
fn any_line() -> impl Strategy<Value = Value> {
    let states = ["sent", "preparing", "ready", "served", "voided", "cooking"].map(|it| json!(it));
    let id = prop_oneof![4 => (0..3_u8).prop_map(|it| json!(format!("line_{it}"))), 1 => Just(Value::Null)];
    let state = prop_oneof![8 => prop::sample::select(states.to_vec()), 1 => Just(json!(3)), 1 => Just(Value::Null)];
    let modifiers = [
        json!([]),
        json!(null),
        json!([{ "modifier_id": "m", "name": "M", "price": 50 }]),
        json!([{ "modifier_id": "m", "name": "M", "price": 50.0, "qualifier": null, "sku": 1 }]),
        json!([{ "modifier_id": "m", "name": "M", "price": 50, "sku": 2, "grams": 5 }]),
        json!("none"),
    ];
    let tax = |rate| json!({ "tax_id": "t", "name": "T", "rate": rate });
    let taxes = [
        json!(null),
        json!({}),
        json!({ "dine_in": tax(1000) }),
        json!({ "takeaway": tax(500), "drive_in": tax(1) }),
        json!({ "dine_in": { "tax_id": "t" } }),
        json!({ "dine_in": 5 }),
        json!([]),
    ];
    let rest = (
        prop::sample::select(vec![json!(1), json!(1.0), json!(2), json!(null)]),
        prop::sample::select(vec![json!(1000), json!(900), json!("x")]),
        prop::sample::select(vec![json!(null), json!("cold"), json!("late")]),
        prop::sample::select(vec![json!("t"), json!("u")]),
        prop::option::of(prop::sample::select(vec![json!("nuts"), json!({ "a": 1 }), json!({ "b": 2.0 })])),
    );
    let lists = (prop::sample::select(modifiers.to_vec()), prop::sample::select(taxes.to_vec()));
    (id, state, lists, rest).prop_map(|(id, state, (modifiers, taxes), (quantity, price, reason, tax_id, extra))| {
        let mut line = json!({
            "line_id": id, "item_id": "i", "name": "I", "quantity": quantity, "unit_price": price, "tax_id": tax_id,
            "tax_rate": 700, "taxes": taxes, "modifiers": modifiers, "state": state, "void_reason": reason,
        });
        if let Some(extra) = extra {
            line["extra"] = extra;
        }
        let fields = line.as_object_mut().unwrap();
        ["line_id", "state", "taxes", "modifiers"].iter().for_each(|name| {
            if fields[*name].is_null() {
                fields.remove(*name);
            }
        });
        line
    })
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

pub(in crate::document) fn any_order() -> impl Strategy<Value = Value> {
    let texts = |all: &[&str]| all.iter().map(|it| json!(it)).collect::<Vec<_>>();
    let statuses = ["pending", "confirmed", "preparing", "ready", "completed", "cancelled", "eaten"];
    let discounts =
        [json!([]), json!([{ "discount_id": "d", "off": 5 }]), json!([{ "discount_id": "d", "gone": true }, 5])];
    let fields = vec![
        any_field("order_type", &texts(&["dine_in", "takeaway", "drive_in"])),
        any_field("table", &[json!("12"), json!("14"), json!(3), json!(3.0)]),
        any_field("kitchen_notes", &texts(&["", "allergy", "hurry"])),
        any_field("loyalty", &[json!({ "points": 1 }), json!([1, 2.0]), json!([1.0, 2])]),
        any_field("order_id", &[json!(77), json!(78)]),
        any_field("order_number", &texts(&["TEMP-T1-1", "A-77"])),
        any_field("order_status", &texts(&statuses)),
        any_field("payment_status", &texts(&["pending", "partial", "paid", "refunded", "owed"])),
        any_field("marks", &[json!(["completed"]), json!(["cancelled", "odd"]), json!("odd")]),
        any_field(
            "updated_at",
            &texts(&["2026-03-14T19:00:00Z", "2026-03-14T20:00:00+01:00", "2026-03-15T00:00:00Z", "now"]),
        ),
        any_field("edited_by", &texts(&["T1", "T1 b", "T2", SERVER])),
        any_field("discounts", &discounts),
        any_field("total_amount", &[json!(5), json!(6)]),
    ];
    let items = prop_oneof![8 => prop::collection::vec(any_line(), 0..4).prop_map(Value::from), 1 => Just(json!("x"))];
    (fields, items, prop::bool::weighted(0.3), 0..4_u8).prop_map(|(fields, items, bare, kept)| {
        let mut body = json!({ "type": "order", "items": items, format!("kept_{kept}"): kept });
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn merging_loses_no_line_no_void_and_no_stranger_s_field(bodies in prop::collection::vec(any_order(), 2..=5)) {
        let result = merged(&bodies.iter().collect::<Vec<_>>()).0;
        let lines = |body: &Value| body["items"].as_array().cloned().unwrap_or_default();
        for body in &bodies {
            for name in body.as_object().unwrap().keys().filter(|name| name.starts_with("kept_")) {
                prop_assert_eq!(&result[name], &body[name]);
            }
            for line in lines(body) {
                // What has no id is known by all that it says; its state is one that a completed order may have moved.
                let saying = |it: &Value| {
                    let mut it = it.clone();
                    it.as_object_mut().unwrap().remove("state");
                    canonical(&it)
                };
                let is_it = |it: &&Value| match line.get("line_id") {
                    Some(id) => it.get("line_id") == Some(id),
                    None => saying(it) == saying(&line),
                };
                let all = lines(&result);
                let there = all.iter().find(is_it);
                prop_assert!(there.is_some(), "{} is not in {}", line, result);
                let there = there.unwrap();
                prop_assert!(line.get("line_id").is_none() || line["state"] != "voided" || there["state"] == "voided");
                prop_assert!(line.get("extra").is_none() || there.get("extra").is_some());
            }
        }
    }
}
