//! What one who lies, blunders or asks for too much cannot do to the others.

use super::*;
use crate::document::Revision;
use crate::server::Central;
use crate::server::central::{Batch, Committed, OrderRow, Place, Row};
use crate::sync::wire::FailedRevision;

on_each_central! {
    a_revision_that_claims_countless_edits_stops_nobody,
    numbers_and_ids_are_the_servers_to_give,
    an_order_has_one_spelling,
    a_payment_that_was_changed_stays_flawed_until_it_says_what_was_accepted,
    a_payment_that_was_changed_before_it_was_accepted_is_flawed,
    what_the_books_do_not_follow_is_told_until_it_was_heard,
    what_the_server_gave_is_not_taken_away_either,
    a_row_of_the_books_is_never_written_over_by_another_order,
    what_was_completed_is_a_revision_of_its_own,
    a_name_is_one_devices_until_its_secret_is_taken_back,
    ends_are_counted_too,
    what_is_too_much_for_one_answer_is_asked_for_in_parts,
    what_is_missing_is_told_without_reading_what_documents_say,
    local_documents_have_an_end_and_kitchens_write_none,
}

/// A version whose revision claims so many edits.
fn counted(version: &Version, generation: u32) -> Version {
    let revision = Revision { generation, ..version.revision().clone() };
    Version { history: History::of(revision), ..version.clone() }
}

fn note(id: &str, text: &str) -> Version {
    first(&json!({ "_id": id, "type": "note", "location_id": "L1", "text": text }))
}

impl World {
    fn missing(&mut self, of: &Version) -> Vec<Revision> {
        let offered = vec![(of.doc_id.clone(), vec![of.revision().clone()])];
        match self.ask(&register("T1"), Request::RevsDiff { database: Database::Orders, offered }) {
            Ok(Answer::RevsDiff(missing)) => missing.into_iter().flat_map(|(_, it)| it.missing).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn put_local(&mut self, scope: &Scope, id: &str) -> Result<Answer, Problem> {
        self.ask(scope, Request::PutLocal { database: Database::Orders, id: id.into(), body: json!({}) })
    }
}

fn a_revision_that_claims_countless_edits_stops_nobody() {
    let mut world = World::new();
    let t1 = register("T1");
    let version = sent(1).0;
    let bomb = counted(&version, 2_000_000_000);
    let told = world.submit(&submission(&bomb)).unwrap_err();
    assert_eq!((told.status, told.field.as_deref()), (422, Some("_rev")), "{}", told.detail);
    let refused = world.push(&t1, Database::Orders, &[bomb, counted(&note("note_a", "1"), 1_000_000_001)]);
    let reason = "its revision counts more than 1000000000 edits".to_owned();
    assert_eq!(refused, vec![("forbidden".to_owned(), reason); 2]);
    let high = counted(&version, 1_000_000_000);
    let document = world.submit(&submission(&high)).unwrap().document.unwrap();
    assert_eq!(document.revision().generation, 1_000_000_001);
    assert_eq!(world.changes(&t1, Database::Orders, None).0.len(), 1, "the feed reads");
    assert_eq!(world.leaves(&t1, Database::Orders, &version.doc_id), [document]);
}

fn numbers_and_ids_are_the_servers_to_give() {
    let mut world = World::new();
    // what the body says it was given, what it gets
    let rows = [
        (json!("9999999999999999999"), "1"),
        (json!("1000000000"), "2"),
        (json!("1000003"), "3"),
        (json!("007"), "4"),
        (json!("A-7"), "5"),
        (json!("0"), "6"),
        (json!("41"), "41"),
        (json!("41"), "42"),
        (json!(null), "43"),
        (json!("900000"), "900000"),
        (json!("940000"), "900001"),
    ];
    for (nth, (claimed, right)) in (1..).zip(rows) {
        let mut body = body(&order(nth, &[LineState::Sent]), None);
        body["order_number"] = claimed.clone();
        body["order_id"] = json!(format!("mine-{nth}"));
        let accepted = world.submit(&submission(&first(&body))).unwrap();
        assert_eq!(accepted.order_number, right, "{claimed}");
        assert_eq!(accepted.order_id, body["_id"].as_str().unwrap()[6..]);
    }
    let told = world.word("what || ': ' || about FROM act");
    assert!(told.starts_with("numbers_passed: 44 to 899999, before this server was made anew or restored"), "{told}");
    assert_eq!(world.count("COUNT(*) FROM act WHERE what = 'numbers_passed'"), 1);
}

fn an_order_has_one_spelling() {
    let mut world = World::new();
    let (version, submission) = sent(1);
    world.submit(&submission).unwrap();
    let id = version.doc_id["order_".len()..].to_owned();
    for spelled in [id.to_uppercase(), id.replace('-', "")] {
        let mut body = version.body.clone();
        body["_id"] = json!(format!("order_{spelled}"));
        let again = first(&body);
        let told = world.submit(&super::submission(&again)).unwrap_err();
        assert_eq!((told.status, told.field.as_deref()), (422, Some("_original_order_id")));
        assert!(told.detail.ends_with(&format!("must be written `{}`", version.doc_id)), "{}", told.detail);
        let refused = world.push(&register("T1"), Database::Orders, &[again]);
        assert_eq!(refused[0].1, "its id must be written in small letters, with hyphens");
        let (_, mut payment) = paid(&version, 1, 100);
        payment["_original_payment_id"] = json!(format!("payment_{}", spelled.to_uppercase()));
        assert_eq!(world.pay(&payment).unwrap_err().field.unwrap(), "_original_payment_id");
    }
    assert_eq!(world.count("COUNT(*) FROM orders"), 1);
}

fn a_payment_that_was_changed_stays_flawed_until_it_says_what_was_accepted() {
    let mut world = World::new();
    let (version, submission) = sent(1);
    world.submit(&submission).unwrap();
    let (payment, pays) = paid(&version, 1, 300);
    world.pay(&pays).unwrap();
    let mut body = payment.body.clone();
    body["amount"] = json!(400);
    let changed = child(&payment, &body);
    body["note"] = json!("as before");
    let again = child(&changed, &body);
    let right = child(&again, &payment.body);
    for (version, flaws) in [(&changed, 1), (&again, 1), (&again, 1), (&right, 0), (&right, 0)] {
        let told = world.push(&register("T2"), Database::Orders, std::slice::from_ref(version));
        assert_eq!(told.len(), flaws, "{told:?}");
        assert!(told.iter().all(|it| it.0 == "not_valid" && it.1.contains("amount: a payment is written once")));
        assert_eq!(world.count("COUNT(*) FROM flawed"), i64::try_from(flaws).unwrap());
    }
    assert_eq!(world.count("SUM(amount) FROM payments"), 300);
}

fn a_payment_that_was_changed_before_it_was_accepted_is_flawed() {
    let mut world = World::new();
    let (version, submission) = sent(1);
    world.submit(&submission).unwrap();
    let (payment, pays) = paid(&version, 1, 300);
    let mut body = payment.body.clone();
    body["amount"] = json!(400);
    let changed = child(&payment, &body);
    assert_eq!(world.push(&register("T2"), Database::Orders, &[changed]), []);
    world.pay(&pays).unwrap();
    assert_eq!(world.word("reason FROM flawed"), "amount: a payment is written once; the books keep what was accepted");
}

fn what_the_books_do_not_follow_is_told_until_it_was_heard() {
    let mut world = World::new();
    let t2 = register("T2");
    let (_, submission) = sent(1);
    let accepted = world.submit(&submission).unwrap().document.unwrap();
    let mut body = accepted.body.clone();
    body["total_amount"] = json!(1);
    body["order_number"] = json!("77");
    let wrong = child(&accepted, &body);
    let reason = "kept, but not in the books: total_amount: says 1, but its lines come to 1000";
    let told = [("not_valid".to_owned(), reason.to_owned())];
    assert_eq!(world.missing(&accepted), []);
    assert_eq!(world.push(&t2, Database::Orders, std::slice::from_ref(&wrong)), told, "though the server went on");
    let (_, last) = world.changes(&t2, Database::Orders, None);
    for _ in 0..2 {
        assert_eq!(world.missing(&wrong), [wrong.revision().clone()], "the answer may have been lost");
        assert_eq!(world.push(&t2, Database::Orders, std::slice::from_ref(&wrong)), told);
    }
    assert_eq!(world.missing(&accepted), []);
    assert_eq!(world.changes(&t2, Database::Orders, Some(&last)).0, [], "that changes nothing");
    let stands = world.leaves(&t2, Database::Orders, &wrong.doc_id).remove(0);
    assert_eq!(world.push(&t2, Database::Orders, &[child(&stands, &accepted.body)]), []);
    assert_eq!((world.missing(&wrong), world.count("COUNT(*) FROM flawed")), (vec![], 0));
}

fn what_the_server_gave_is_not_taken_away_either() {
    let mut world = World::new();
    let (version, submission) = sent(1);
    let mut parent = world.submit(&submission).unwrap().document.unwrap();
    let given = parent.body.clone();
    for name in ["order_id", "order_number"] {
        let mut body = parent.body.clone();
        match name {
            "order_id" => body[name] = json!(null),
            _ => drop(body.as_object_mut().unwrap().remove(name)),
        }
        assert_eq!(world.push(&register("T1"), Database::Orders, &[child(&parent, &body)]), []);
        parent = world.leaves(&admin(), Database::Orders, &version.doc_id).remove(0);
        assert_eq!(parent.body, given, "{name}");
    }
    let mut edited = version.body.clone();
    edited["kitchen_notes"] = json!("no salt");
    let edited = child(&version, &edited);
    assert_eq!(world.push(&register("T1"), Database::Orders, std::slice::from_ref(&edited)), []);
    let leaves = world.leaves(&admin(), Database::Orders, &version.doc_id);
    assert!(leaves.contains(&edited), "who did not know of it took nothing away");
}

fn a_row_of_the_books_is_never_written_over_by_another_order() {
    let mut world = World::new();
    let (_, submission) = sent(1);
    let accepted = world.submit(&submission).unwrap();
    let order = order(2, &[LineState::Sent; 3]);
    let row = OrderRow::of(&order, &body(&order, None), &accepted, &[]);
    let place = Place { location_id: "L1".into(), database: Database::Orders };
    let mut batch = Batch::new("op".into(), world.now, place);
    batch.rows = vec![Row::Order(Box::new(row))];
    assert_eq!(wait(world.replica.central().commit(&batch)).unwrap(), Committed::Moved);
    assert_eq!(world.count("total_amount FROM orders"), 1000);
    assert_eq!(world.count("COUNT(*) FROM order_items"), 1);
}

fn what_was_completed_is_a_revision_of_its_own() {
    let mut world = World::new();
    let mut body = body(&order(1, &[LineState::Sent]), None);
    for (name, value) in [("order_number", "1"), ("order_status", "confirmed")] {
        body[name] = json!(value);
    }
    body["order_id"] = json!(body["_id"].as_str().unwrap()[6..]);
    body.as_object_mut().unwrap().remove("total_amount");
    let version = first(&body);
    let document = world.submit(&submission(&version)).unwrap().document.unwrap();
    assert_eq!(document.history.revisions()[1..], *version.history.revisions());
    assert_eq!(document.body["total_amount"], 1000);
    assert_eq!(
        world.leaves(&register("T2"), Database::Orders, &version.doc_id),
        [document],
        "what is kept is answered"
    );
}

fn a_name_is_one_devices_until_its_secret_is_taken_back() {
    let world = World::new();
    let (t1, kitchen) = (register("T1"), scope("L1", Role::Kitchen));
    wait(world.replica.enrol(&t1, "", "sesame", now())).unwrap();
    let told = wait(world.replica.enrol(&kitchen, "T1", "onion", now())).unwrap_err();
    let said = "T1 is enrolled already, but not as kitchen: choose another name, or take its secret back first";
    assert_eq!((told.status, told.detail.as_str()), (409, said));
    assert_eq!(wait(world.replica.admit("T1", "sesame")), Ok(t1));
    wait(world.replica.revoke(&"L1".into(), "T1", now())).unwrap();
    wait(world.replica.enrol(&kitchen, "T1", "onion", now())).unwrap();
    assert_eq!(wait(world.replica.admit("T1", "onion")), Ok(kitchen));
}

fn ends_are_counted_too() {
    let mut world = World::new();
    let t1 = register("T1");
    let end = |nth: usize| Version { deleted: true, ..first(&json!({ "_id": "note_a", "nth": nth })) };
    let ends: Vec<Version> = (0..1000).map(end).collect();
    assert_eq!(world.push(&t1, Database::Orders, &ends), []);
    assert_eq!(world.push(&t1, Database::Orders, &[end(1000)]).len(), 1);
    let anew = child(&ends[0], &json!({ "_id": "note_a" }));
    assert_eq!(world.push(&t1, Database::Orders, std::slice::from_ref(&anew)), [], "an end may be gone on from");
    assert_eq!(world.changes(&t1, Database::Orders, None).0[0].revisions.len(), 1000);
}

fn what_is_too_much_for_one_answer_is_asked_for_in_parts() {
    let mut world = World::new();
    let t1 = register("T1");
    let large: Vec<Version> = (0..5).map(|nth| note(&format!("note_{nth}"), &"x".repeat(7_000_000))).collect();
    assert_eq!(world.push(&t1, Database::Orders, &large), []);
    let wanted: Vec<(String, Vec<Revision>)> = large.iter().map(|it| (it.doc_id.clone(), Vec::new())).collect();
    let told = world.ask(&t1, Request::BulkGet { database: Database::Orders, wanted: wanted.clone() }).unwrap_err();
    assert_eq!((told.status, told.code.as_str()), (413, "too_large"));
    let half = Request::BulkGet { database: Database::Orders, wanted: wanted[..2].to_vec() };
    let found = match wait(world.replica.answer(&t1, &half, world.now, &mut world.dice)) {
        Ok(Answer::Documents { found, failed }) if failed == Vec::<FailedRevision>::new() => found,
        other => panic!("{other:?}"),
    };
    assert_eq!(found, large[..2]);
}

fn what_is_missing_is_told_without_reading_what_documents_say() {
    let mut world = World::new();
    let a = note("note_a", "1");
    world.push(&register("T1"), Database::Orders, std::slice::from_ref(&a));
    world.replica.central().spoil("UPDATE leaf SET body = 'no body'");
    assert_eq!(world.missing(&a), []);
}

fn local_documents_have_an_end_and_kitchens_write_none() {
    let mut world = World::new();
    assert_eq!(world.put_local(&scope("L1", Role::Kitchen), "kitchen").unwrap_err().status, 403);
    crate::server::central::conformance::fill_locals(world.replica.central(), 9_999);
    assert_eq!(world.put_local(&register("T1"), "last"), Ok(Answer::Done));
    let told = world.put_local(&register("T1"), "more").unwrap_err();
    assert_eq!((told.status, told.code.as_str()), (413, "too_many"));
    assert_eq!(world.put_local(&register("T1"), "last"), Ok(Answer::Done), "what is there is written anew");
    assert_eq!(world.put_local(&scope("L2", Role::Admin), "first"), Ok(Answer::Done));
}
