//! Orders and payments that are submitted.

use super::*;
use crate::document::{Leaf, Outcome, resolve};
use crate::domain::{Contact, Customer, CustomerId};

on_each_central! {
    an_accepted_order_has_one_revision_more_and_stands_in_the_books,
    the_same_key_always_gives_the_first_answer,
    the_eight_fields_alone_are_an_order,
    what_cannot_be_accepted_is_said_with_its_field,
    what_is_wrong_with_a_payment_is_said_with_its_field,
    a_payment_waits_for_its_order_without_being_rejected,
    an_order_that_was_edited_since_is_accepted_on_top_of_that,
    an_edit_that_cannot_be_accepted_does_not_hold_up_its_order,
    what_was_edited_while_it_was_accepted_is_settled_by_registers_and_the_books_follow,
    a_server_that_was_made_anew_gives_orders_what_they_had,
    what_an_order_was_given_is_also_found_in_what_came_since,
    the_books_follow_what_stands_also_where_it_came_of_something_else,
    numbers_that_nobody_could_have_been_given_are_not_kept,
    only_who_may_write_submits,
    customers_stand_in_the_books_as_their_documents_do,
    #[cfg(feature = "sim")]
    without_idempotency_an_order_is_doubled,
}

fn an_accepted_order_has_one_revision_more_and_stands_in_the_books() {
    let mut world = World::new();
    let (version, submission) = sent(1);
    let accepted = world.submit(&submission).unwrap();
    assert_eq!((accepted.order_number.as_str(), accepted.order_status.as_str()), ("1", "confirmed"));
    assert_eq!(accepted.accepted_at, world.now);
    let document = accepted.document.clone().unwrap();
    assert_eq!(document.history.revisions()[1..], *version.history.revisions(), "a child of what was submitted");
    let mut right = version.body.clone();
    for (name, value) in [("order_id", &accepted.order_id), ("order_number", &"1".into())] {
        right[name] = json!(value);
    }
    right["order_status"] = json!("confirmed");
    assert_eq!(document.body, right, "nothing but the server's fields differs");
    assert_eq!(*document.revision(), Revision::child_of(Some(version.revision()), false, &right));
    assert_eq!(world.leaves(&register("T2"), Database::Orders, &version.doc_id), [document]);

    assert_eq!(world.count("total_amount FROM orders WHERE order_number = '1' AND order_status = 'confirmed'"), 1000);
    assert_eq!(world.word("payment_status FROM orders"), "pending");
    assert_eq!(world.count("SUM(total) FROM order_items WHERE item_id = 'soup' AND quantity = 2"), 1000);
    assert_eq!(world.count("SUM(amount) FROM order_taxes WHERE tax_id = 'std' AND net = 833"), 167);
}

fn the_same_key_always_gives_the_first_answer() {
    let mut world = World::new();
    let (version, submission) = sent(1);
    let accepted = world.submit(&submission).unwrap();
    let (rows, last) = world.changes(&register("T1"), Database::Orders, None);
    let mut other = submission.clone();
    other["kitchen_notes"] = json!("in a hurry");
    let mut bare = submission.clone();
    bare.as_object_mut().unwrap().retain(|name, _| name.starts_with("_original"));
    for again in [&submission, &other, &bare] {
        assert_eq!(world.submit(again), Ok(accepted.clone()));
    }
    assert_eq!(world.changes(&register("T1"), Database::Orders, None), (rows, last));
    assert_eq!(world.count("COUNT(*) FROM orders"), 1);
    assert_eq!(world.submit(&sent(2).1).unwrap().order_number, "2", "no number was lost");

    let (_, payment) = paid(&version, 1, 300);
    let taken = world.pay(&payment).unwrap();
    assert_eq!((taken.order_id.as_str(), taken.payment_status.as_str()), (accepted.order_id.as_str(), "partial"));
    let (_, rest) = paid(&version, 2, 700);
    assert_eq!(world.pay(&rest).unwrap().payment_status, "paid");
    assert_eq!(world.pay(&payment), Ok(taken), "the first answer, also when more was paid since");
    assert_eq!(world.count("SUM(amount) FROM payments"), 1000);
    assert_eq!(world.word("payment_status FROM orders WHERE order_number = '1'"), "paid");
}

fn the_eight_fields_alone_are_an_order() {
    let mut world = World::new();
    let order_id = OrderId::fresh(now(), &mut dice(7)).to_string();
    let customer_id = CustomerId::fresh(now(), &mut dice(8)).to_string();
    let eight = json!({
        "location_id": "L1", "customer_id": customer_id, "order_type": "takeaway", "payment_status": "pending",
        "items": [{ "item_id": "soup", "quantity": 3 },
                  { "item_id": "burger", "quantity": 1, "modifiers": [{ "modifier_id": "cheese" }] }],
        "created_at": "2026-03-14T23:30:00+01:00", "_offline_order": true, "_original_order_id": order_id,
    });
    let accepted = world.submit(&eight).unwrap();
    let document = accepted.document.clone().unwrap();
    assert_eq!(document.revision().generation, 2);
    let body = &document.body;
    assert_eq!((&body["local_number"], &body["business_date"]), (&json!("T1-S1"), &json!("2026-03-14")));
    assert_eq!((&body["items"][0]["name"], &body["items"][0]["tax_id"]), (&json!("Soup"), &json!("low")));
    assert_eq!(body["items"][0]["taxes"]["dine_in"]["tax_id"], "std");
    assert_eq!(
        (&body["items"][1]["modifiers"][0]["price"], &body["items"][1]["station"]),
        (&json!(150), &json!("kitchen"))
    );
    assert_eq!((&body["total_amount"], &body["currency"]), (&json!(2550), &json!("EUR")));
    assert!(body.get("_offline_order").is_none());
    assert_eq!(world.word("customer_id FROM orders"), customer_id);
    assert_eq!(world.submit(&eight), Ok(accepted));

    let mut priced = eight.clone();
    priced["_original_order_id"] = json!(OrderId::fresh(now(), &mut dice(9)));
    priced["total_amount"] = json!(2549);
    assert_eq!(world.submit(&priced).unwrap_err().field.unwrap(), "total_amount", "what is there is checked");
    let mut strange = eight;
    strange["_original_order_id"] = json!(OrderId::fresh(now(), &mut dice(10)));
    strange["items"][0] = json!({ "item_id": "cake", "quantity": 1 });
    let told = world.submit(&strange).unwrap_err();
    assert_eq!(told.detail, "items[0].name: is missing, and the menu does not tell it");
}

fn what_cannot_be_accepted_is_said_with_its_field() {
    let mut world = World::new();
    // JSON pointer ("-" before it: taken away), what stands there, field, what is said
    let rows = [
        ("-/_original_order_id", json!(null), "_original_order_id", "is missing"),
        ("/_original_order_id", json!(3), "_original_order_id", "must be text"),
        ("/_original_order_id", json!("order_1"), "_original_order_id", "is not the id of such a document"),
        ("/_id", json!("order_other"), "_id", "must be `order_"),
        ("/edited_by", json!("@server"), "edited_by", "`@server` is the server"),
        ("/stamps", json!({ "course": [9, "@server"] }), "stamps", "`@server` is the server"),
        ("/_rev", json!("1-x"), "_rev", "`1-x` is not a revision"),
        ("/_revisions/start", json!(9), "_rev", "but `_revisions` begin with"),
        ("/_deleted", json!(true), "_deleted", "what is deleted cannot be accepted"),
        ("/_attachments", json!({}), "_attachments", "attachments are not kept here"),
        ("/_what", json!(1), "_what", "is not a field of CouchDB's"),
        ("/location_id", json!("L2"), "location_id", "is not the location of whoever sends it"),
        ("-/location_id", json!(null), "location_id", "is missing"),
        ("/order_type", json!("by boat"), "order_type", "`by boat` is not one that Comanda knows"),
        ("/currency", json!("GOLD"), "currency", "`GOLD` is not one that Comanda knows"),
        ("/order_status", json!("lost"), "order_status", "`lost` is not one that Comanda knows"),
        ("/payment_status", json!("lost"), "payment_status", "`lost` is not one that Comanda knows"),
        ("/customer_id", json!("Ann"), "customer_id", "`Ann` is not one that Comanda knows"),
        ("-/created_at", json!(null), "created_at", "is missing"),
        ("/items", json!([]), "items", "must hold at least one line"),
        ("/items/1/quantity", json!(0), "items[1].quantity", "0 is not between 1 and 999"),
        ("/items/1/taxes/dine_in/tax_id", json!("vat"), "items[1].tax_id", "`vat` is no tax of the menu"),
        ("/items/1/taxes/dine_in/rate", json!(1), "items[1].tax_rate", "was never 0.01%, included in prices"),
        ("/items/1/taxes/dine_in/included", json!(false), "items[1].tax_rate", "was never 20%, not included in"),
        ("/subtotal", json!(1), "subtotal", "says 1, but its lines come to 1667"),
        ("/tax_amount", json!(1), "tax_amount", "says 1, but its lines come to 333"),
        ("/total_amount", json!(1), "total_amount", "says 1, but its lines come to 2000"),
        ("/taxes", json!([]), "taxes", "holds 0 entries, but its lines have 1 taxes"),
        ("/taxes/0/tax_id", json!("low"), "taxes[0].tax_id", "is not the tax of any of its lines"),
        ("/taxes/0/amount", json!(1), "taxes[0].amount", "is not what its lines come to under this tax"),
    ];
    let good = submission(&first(&body(&order(1, &[LineState::Sent; 2]), None)));
    for (pointer, wrong, field, said) in rows {
        let mut submission = good.clone();
        match pointer.strip_prefix("-/") {
            Some(name) => drop(submission.as_object_mut().unwrap().remove(name)),
            None if pointer.matches('/').count() == 1 => submission[&pointer[1..]] = wrong,
            None => *submission.pointer_mut(pointer).unwrap() = wrong,
        }
        let told = world.submit(&submission).unwrap_err();
        assert_eq!((told.status, told.code.as_str(), told.field.as_deref()), (422, "not_valid", Some(field)));
        assert!(told.detail.starts_with(field) && told.detail.contains(said), "{pointer}: {}", told.detail);
    }
    let mut twice = good.clone();
    twice["items"][1]["line_id"] = twice["items"][0]["line_id"].clone();
    assert_eq!(world.submit(&twice).unwrap_err().field.unwrap(), "items[1].line_id");
    assert_eq!(world.count("COUNT(*) FROM orders"), 0);
    assert_eq!(world.changes(&admin(), Database::Orders, None).0, [], "nothing is kept of what was not accepted");
    world.submit(&good).unwrap();
}

fn what_is_wrong_with_a_payment_is_said_with_its_field() {
    let mut world = World::new();
    let (version, submission) = sent(1);
    world.submit(&submission).unwrap();
    let good = paid(&version, 1, 300).1;
    // field, what stands there, what is said
    let rows = [
        ("_original_payment_id", json!("payment_1"), "is not the id of such a document"),
        ("_original_order_id", json!(null), "must be text"),
        ("order", json!(order(2, &[]).order_id), "but `_original_order_id` is order_"),
        ("location_id", json!("L2"), "is not the location of whoever sends it"),
        ("amount", json!(299), "is 299, but 305 were handed over and 5 went back"),
        ("tender", json!("gold"), "`gold` is not one that Comanda knows"),
        ("_rev", json!(3), "must be text, is a number"),
    ];
    for (field, wrong, said) in rows {
        let mut payment = good.clone();
        payment[field] = wrong;
        let told = world.pay(&payment).unwrap_err();
        assert_eq!((told.status, told.field.as_deref()), (422, Some(field)), "{}", told.detail);
        assert!(told.detail.contains(said), "{}", told.detail);
    }
    assert_eq!(world.count("COUNT(*) FROM payments"), 0);
}

fn a_payment_waits_for_its_order_without_being_rejected() {
    let mut world = World::new();
    let (version, submission) = sent(1);
    let (_, payment) = paid(&version, 1, 1000);
    let told = world.pay(&payment).unwrap_err();
    assert_eq!((told.status, told.code.as_str()), (503, "order_not_accepted"));
    world.push(&register("T1"), Database::Orders, &[version]);
    assert_eq!(world.pay(&payment).unwrap_err().status, 503, "replication is no acceptance");
    world.submit(&submission).unwrap();
    assert_eq!(world.pay(&payment).unwrap().payment_status, "paid");
}

fn an_order_that_was_edited_since_is_accepted_on_top_of_that() {
    let mut world = World::new();
    let mut order = order(1, &[LineState::Sent; 2]);
    let version = first(&body(&order, None));
    order.lines[0].state = LineState::Ready;
    let edited = child(&version, &body(&order, Some(&version.body)));
    world.push(&register("T2"), Database::Orders, std::slice::from_ref(&edited));
    let accepted = world.submit(&submission(&version)).unwrap();
    let document = accepted.document.unwrap();
    assert_eq!(document.history.revisions()[1..], *edited.history.revisions());
    assert_eq!(document.body["items"][0]["state"], "ready");
    assert_eq!(world.leaves(&admin(), Database::Orders, &version.doc_id).len(), 1, "acceptance made no quarrel");
    assert_eq!(world.word("state FROM order_items WHERE place = 1"), "ready");
}

fn an_edit_that_cannot_be_accepted_does_not_hold_up_its_order() {
    let mut world = World::new();
    let (version, submission) = sent(1);
    let mut wrong = version.body.clone();
    wrong["total_amount"] = json!(1);
    let edited = child(&version, &wrong);
    assert_eq!(world.push(&register("T2"), Database::Orders, std::slice::from_ref(&edited)), []);
    let document = world.submit(&submission).unwrap().document.unwrap();
    assert_eq!(document.history.revisions()[1..], *version.history.revisions());
    assert_eq!(world.leaves(&admin(), Database::Orders, &version.doc_id).len(), 2);
    assert_eq!(world.count("total_amount FROM orders"), 1000);
}

fn what_was_edited_while_it_was_accepted_is_settled_by_registers_and_the_books_follow() {
    let mut world = World::new();
    let mut order = order(1, &[LineState::Sent; 2]);
    let version = first(&body(&order, None));
    let accepted = world.submit(&submission(&version)).unwrap();
    order.lines[1].state = LineState::Voided;
    order.lines[1].void_reason = Some("dropped".into());
    let edited = child(&version, &body(&order, Some(&version.body)));
    assert_eq!(world.push(&register("T1"), Database::Orders, std::slice::from_ref(&edited)), []);
    let leaves = world.leaves(&register("T1"), Database::Orders, &version.doc_id);
    assert_eq!(leaves.len(), 2);
    let leaves: Vec<Leaf> =
        leaves.iter().map(|it| Leaf { revision: it.revision().clone(), body: it.body.clone() }).collect();
    let Some(Outcome::Settled(settled)) = resolve(crate::document::DocumentType::Order, &leaves) else { panic!() };
    assert_eq!(settled.body["order_id"], json!(accepted.order_id));
    let document = accepted.document.unwrap();
    let parent = [&document, &edited].into_iter().find(|it| *it.revision() == settled.winner);
    let merged = child(parent.unwrap(), &settled.body);
    let other = leaves.iter().find(|it| it.revision != settled.winner).unwrap();
    let end = &settled.tombstones[0];
    let history = History::of(other.revision.clone()).child(end.revision.clone(), 1000);
    let mut gone = end.body.clone();
    gone.as_object_mut().unwrap().remove("_deleted");
    let end = Version { doc_id: version.doc_id.clone(), history, deleted: true, body: gone };
    assert_eq!(world.push(&register("T1"), Database::Orders, &[merged, end]), []);
    let row = "FROM orders WHERE order_number = '1' AND total_amount = 1000 AND order_status = 'confirmed'";
    assert_eq!(world.count(&format!("COUNT(*) {row}")), 1);
    assert_eq!(world.word("void_reason FROM order_items WHERE state = 'voided'"), "dropped");
    let (rows, _) = world.changes(&admin(), Database::Orders, None);
    assert_eq!((rows.len(), rows[0].revisions.len(), rows[0].deleted), (1, 2, false));
}

fn a_server_that_was_made_anew_gives_orders_what_they_had() {
    let mut before = World::new();
    let (versions, submissions): (Vec<_>, Vec<_>) = (1..=3).map(sent).unzip();
    let given: Vec<OrderAccepted> = submissions.iter().map(|it| before.submit(it).unwrap()).collect();
    let again = |nth: usize| submission(given[nth].document.as_ref().unwrap());

    let mut world = World::without_menu();
    world.replica = Replica::new(fresh(&mut dice(50)), Settings::default());
    world.dice = dice(51);
    // The register does not know yet, and hands in a new order first: it gets the first number.
    let fresh = world.submit(&sent(9).1).unwrap();
    assert_eq!(fresh.order_number, "1");
    let second = world.submit(&again(1)).unwrap();
    assert_eq!((&second.order_id, &second.order_number), (&given[1].order_id, &given[1].order_number));
    assert_eq!(second.document, given[1].document, "there is nothing to add to it");
    let first = world.submit(&again(0)).unwrap();
    assert_eq!((first.order_id.as_str(), first.order_number.as_str()), (given[0].order_id.as_str(), "3"));
    let third = world.submit(&again(2)).unwrap();
    assert_eq!((third.order_id.as_str(), third.order_number.as_str()), (given[2].order_id.as_str(), "4"));
    assert_eq!(world.count("COUNT(DISTINCT order_number) FROM orders"), 4);
    // Whoever still knows the order by its former number may go on writing, and is told the new one.
    let mut edited = given[0].document.as_ref().unwrap().body.clone();
    edited["kitchen_notes"] = json!("in a hurry");
    let edited = child(first.document.as_ref().unwrap(), &edited);
    assert_eq!(world.push(&register("T1"), Database::Orders, &[edited]), []);
    let stands = &world.leaves(&register("T1"), Database::Orders, &versions[0].doc_id)[0].body;
    assert_eq!((&stands["order_number"], &stands["kitchen_notes"]), (&json!("3"), &json!("in a hurry")));
}

fn what_an_order_was_given_is_also_found_in_what_came_since() {
    let mut before = World::new();
    before.submit(&sent(5).1).unwrap();
    let (_, submission) = sent(1);
    let given = before.submit(&submission).unwrap();
    let mut world = World::new();
    world.push(&register("T2"), Database::Orders, given.document.as_slice());
    let again = world.submit(&submission).unwrap();
    assert_eq!((again.order_id, again.order_number), (given.order_id, given.order_number), "the second one's number");
    let (_, last) = world.changes(&admin(), Database::Orders, None);
    let (_, payment) = paid(&given.document.clone().unwrap(), 1, 1000);
    let taken = world.pay(&payment).unwrap();
    assert_eq!((again.document, taken.payment_status.as_str()), (given.document, "paid"));
    assert_eq!(world.changes(&admin(), Database::Orders, Some(&last)).0.len(), 1, "only the payment is new");
}

fn the_books_follow_what_stands_also_where_it_came_of_something_else() {
    let mut world = World::new();
    let mut order = order(1, &[LineState::Sent; 2]);
    let version = first(&body(&order, None));
    let stranger = first(&json!({ "_id": version.doc_id, "type": "order" }));
    order.lines.pop();
    let rival = child(&child(&stranger, &stranger.body), &body(&order, None));
    world.push(&register("T2"), Database::Orders, std::slice::from_ref(&rival));
    let document = world.submit(&submission(&version)).unwrap().document.unwrap();
    assert_eq!(document.history.revisions()[1..], *version.history.revisions());
    assert_eq!(world.leaves(&admin(), Database::Orders, &version.doc_id), [rival, document]);
    assert_eq!(world.count("total_amount FROM orders"), 1000, "what the one with the longer history says");
}

fn numbers_that_nobody_could_have_been_given_are_not_kept() {
    let mut world = World::new();
    for (nth, claimed) in (1..).zip(["TEMP-T1-0001", "7'); --", &"9".repeat(41), ""]) {
        let mut body = body(&order(nth, &[LineState::Sent]), None);
        body["order_number"] = json!(claimed);
        assert_eq!(world.submit(&submission(&first(&body))).unwrap().order_number, nth.to_string(), "{claimed}");
    }
}

fn only_who_may_write_submits() {
    let mut world = World::new();
    let (version, submission) = sent(1);
    let kitchen = scope("L1", Role::Kitchen);
    let told = world.ask(&kitchen, Request::SubmitOrder { body: submission.clone() }).unwrap_err();
    assert_eq!((told.status, told.code.as_str()), (403, "forbidden"));
    let payment = paid(&version, 1, 10).1;
    assert_eq!(world.ask(&kitchen, Request::SubmitPayment { body: payment }).unwrap_err().status, 403);
    let other = scope("L2", Role::Register("T1".into()));
    assert_eq!(world.ask(&other, Request::SubmitOrder { body: submission }).unwrap_err().status, 422);
}

fn customers_stand_in_the_books_as_their_documents_do() {
    let mut world = World::new();
    let customer = Customer {
        customer_id: CustomerId::fresh(now(), &mut dice(3)),
        contact: Contact {
            name: "Zoë".into(),
            phone: Some("0123".into()),
            address: Some("Rue 5".into()),
            city: Some("75001 Paris".into()),
            note: None,
        },
        created_at: now(),
        updated_at: now(),
    };
    let (location_id, edited_by) = (&"L1".into(), &"T1".into());
    let context = crate::document::customer::CustomerContext { location_id, edited_by };
    let version = first(&crate::document::customer::to_body(&customer, &context, None));
    assert_eq!(world.push(&register("T1"), Database::Customers, std::slice::from_ref(&version)), []);
    assert_eq!(world.word("name || phone || address || city FROM customers"), "Zoë0123Rue 575001 Paris");
    let mut nameless = version.body.clone();
    nameless["name"] = json!(null);
    let nameless = child(&version, &nameless);
    let told = world.push(&register("T1"), Database::Customers, std::slice::from_ref(&nameless));
    assert_eq!(told, [("not_valid".into(), "kept, but not in the books: name: is missing".into())]);
    assert_eq!(world.word("name FROM customers"), "Zoë", "the books keep what was right");
    assert_eq!(world.count("COUNT(*) FROM flawed"), 1);
    assert_eq!(world.word("revision FROM flawed"), nameless.revision().to_string());
    let gone = Version { deleted: true, ..child(&nameless, &json!({ "_id": version.doc_id, "type": "customer" })) };
    assert_eq!(world.push(&register("T1"), Database::Customers, &[gone]), []);
    assert_eq!(world.count("COUNT(*) FROM customers"), 0);
    assert_eq!(world.count("COUNT(*) FROM flawed"), 0);
}

#[cfg(feature = "sim")]
fn without_idempotency_an_order_is_doubled() {
    use crate::domain::planted::{Defect, plant};
    let mut world = World::new();
    let submission = sent(1).1;
    let first = world.submit(&submission).unwrap();
    let planted = plant(Some(Defect::AcceptanceWithoutIdempotency));
    let second = world.submit(&submission).unwrap();
    assert_ne!(first.order_id, second.order_id);
    assert_eq!(world.count("COUNT(*) FROM orders"), 2);
    drop(planted);
    assert_eq!(world.submit(&submission), Ok(first));
}
