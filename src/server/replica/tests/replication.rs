//! What replication takes and hands out.

use super::*;
use crate::document::soldout::{self, TallyContext};
use crate::domain::Tally;
use crate::sync::wire::{FailedRevision, Information};

on_each_central! {
    a_feed_tells_each_document_once_at_its_last_change,
    what_is_missing_is_told_with_what_it_may_come_from,
    who_asks_for_a_revision_gets_the_latest_that_came_of_it,
    nothing_of_another_location_is_read_written_or_inferred,
    what_a_token_may_not_write_is_refused_and_the_rest_is_taken,
    the_books_follow_an_accepted_order_and_say_where_they_cannot,
    registers_cannot_change_what_the_server_gave,
    a_payment_is_written_once,
    local_documents_are_kept_and_their_revisions_not_compared,
    what_is_too_large_is_named_and_nothing_of_its_batch_is_taken,
    a_restored_server_is_another_one_and_a_reopened_one_is_not,
    a_device_is_let_in_by_its_secret_and_no_longer_when_it_was_taken_back,
    a_token_is_not_asked_for_with_a_token,
    why_the_database_failed_is_for_the_operator,
}

fn note(id: &str, text: &str) -> Version {
    first(&json!({ "_id": id, "type": "note", "location_id": "L1", "text": text }))
}

/// A mark that says how many are left of the soup.
fn sold_out(location: &str, left: u32) -> Value {
    let mut tally = Tally::new("soup".into());
    tally.count(Some(left));
    let context = TallyContext { location_id: &location.into(), edited_by: &"T1".into(), updated_at: now() };
    soldout::to_body(&tally, &context, None)
}

impl World {
    fn information(&mut self, scope: &Scope, database: Database) -> Information {
        match self.ask(scope, Request::Information { database }) {
            Ok(Answer::Information(information)) => information,
            other => panic!("{other:?}"),
        }
    }
}

fn a_feed_tells_each_document_once_at_its_last_change() {
    let mut world = World::new();
    let t1 = register("T1");
    let (a, b) = (note("note_a", "1"), note("note_b", "1"));
    assert_eq!(world.push(&t1, Database::Orders, &[a.clone(), b.clone()]), []);
    let (rows, last) = world.changes(&t1, Database::Orders, None);
    assert_eq!(rows.iter().map(|it| it.doc_id.as_str()).collect::<Vec<_>>(), ["note_a", "note_b"]);
    assert_eq!(Some(&last), rows[1].seq.as_ref());
    assert_eq!(world.changes(&t1, Database::Orders, Some(&last)), (vec![], last.clone()));
    assert_eq!(world.information(&t1, Database::Orders).update_seq, last);

    assert_eq!(world.push(&t1, Database::Orders, &[a.clone(), b]), [], "again changes nothing");
    assert_eq!(world.changes(&t1, Database::Orders, Some(&last)), (vec![], last.clone()));

    let edited = child(&a, &json!({ "_id": "note_a", "text": "2" }));
    let rival = child(&a, &json!({ "_id": "note_a", "text": "3" }));
    world.push(&t1, Database::Orders, &[edited.clone(), rival.clone()]);
    let (rows, newest) = world.changes(&t1, Database::Orders, Some(&last));
    let mut leaves = [edited.revision().clone(), rival.revision().clone()];
    leaves.sort_by(|one, other| other.cmp(one));
    assert_eq!((rows.len(), rows[0].revisions.as_slice(), rows[0].deleted), (1, &leaves[..], false));
    let all = world.changes(&t1, Database::Orders, None).0;
    assert_eq!(all.iter().map(|it| it.doc_id.as_str()).collect::<Vec<_>>(), ["note_b", "note_a"]);

    let page = Request::Changes { database: Database::Orders, since: None, limit: 0, wait_ms: Some(5) };
    let Ok(Answer::Changes(page)) = world.ask(&t1, page) else { panic!("a page") };
    assert_eq!((page.rows.len(), page.rows[0].doc_id.as_str()), (1, "note_b"));
    assert_ne!(page.last_seq, newest);
    let junk = Request::Changes { database: Database::Orders, since: Some("junk".into()), limit: 9, wait_ms: None };
    assert_eq!(world.ask(&t1, junk).unwrap_err().status, 400);
}

fn what_is_missing_is_told_with_what_it_may_come_from() {
    let mut world = World::new();
    let t1 = register("T1");
    let a = note("note_a", "1");
    let edited = child(&a, &json!({ "_id": "note_a", "text": "2" }));
    let later = child(&edited, &json!({ "_id": "note_a", "text": "3" }));
    world.push(&t1, Database::Orders, std::slice::from_ref(&edited));
    let [first, second, third] = [&a, &edited, &later].map(|it| it.revision().clone());
    let offered = vec![
        ("note_a".to_owned(), vec![first, second.clone(), third.clone()]),
        ("note_b".to_owned(), vec![third.clone()]),
        ("note_a".to_owned(), vec![second.clone()]),
    ];
    let Ok(Answer::RevsDiff(missing)) = world.ask(&t1, Request::RevsDiff { database: Database::Orders, offered })
    else {
        panic!("an answer")
    };
    assert_eq!(missing.len(), 2, "of what is known nothing is said");
    assert_eq!((&missing[0].1.missing, &missing[0].1.possible_ancestors), (&vec![third.clone()], &vec![second]));
    assert_eq!((missing[1].0.as_str(), &missing[1].1.missing), ("note_b", &vec![third]));
}

fn who_asks_for_a_revision_gets_the_latest_that_came_of_it() {
    let mut world = World::new();
    let t1 = register("T1");
    let a = note("note_a", "1");
    let edited = child(&a, &json!({ "_id": "note_a", "text": "2" }));
    let rival = Version { deleted: true, ..child(&a, &json!({ "_id": "note_a", "text": "3" })) };
    world.push(&t1, Database::Orders, &[edited.clone(), rival.clone()]);
    let mut get = |wanted: Vec<(String, Vec<Revision>)>| match world
        .ask(&t1, Request::BulkGet { database: Database::Orders, wanted })
    {
        Ok(Answer::Documents { found, failed }) => (found, failed),
        other => panic!("{other:?}"),
    };
    let unknown = Revision::child_of(None, false, &json!(1));
    let missing = |doc_id: &str, revision: Option<&Revision>| FailedRevision {
        doc_id: doc_id.into(),
        revision: revision.cloned(),
        error: "not_found".into(),
        reason: "missing".into(),
    };
    let asked = |revisions: &[&Revision]| vec![("note_a".to_owned(), revisions.iter().copied().cloned().collect())];
    let both = vec![edited.clone(), rival.clone()];
    assert_eq!(get(asked(&[])), (both.clone(), vec![]));
    assert_eq!(get(asked(&[a.revision()])), (both, vec![]));
    assert_eq!(get(asked(&[rival.revision(), &unknown])), (vec![rival], vec![missing("note_a", Some(&unknown))]));
    assert_eq!(get(asked(&[edited.revision()])).0[0].history, edited.history, "with all that led to it");
    let elsewhere = vec![("note_b".to_owned(), vec![unknown.clone()]), ("note_c".to_owned(), vec![])];
    assert_eq!(get(elsewhere).1, [missing("note_b", Some(&unknown)), missing("note_c", None)]);
    let open = Request::OpenRevisions {
        database: Database::Orders,
        doc_id: "note_a".into(),
        wanted: vec![edited.revision().clone()],
    };
    assert_eq!(world.ask(&t1, open), Ok(Answer::Documents { found: vec![edited], failed: vec![] }));
}

fn nothing_of_another_location_is_read_written_or_inferred() {
    let mut world = World::new();
    let (t1, other) = (register("T1"), scope("L2", Role::Register("T1".into())));
    let a = note("note_a", "1");
    let before = world.information(&other, Database::Orders);
    let local = Request::PutLocal { database: Database::Orders, id: "x".into(), body: json!({ "at": 1 }) };
    world.ask(&t1, local).unwrap();
    world.push(&t1, Database::Orders, std::slice::from_ref(&a));
    let (version, submission) = sent(1);
    world.submit(&submission).unwrap();

    assert_eq!(world.information(&other, Database::Orders), before, "its sequences do not move");
    assert_ne!(before.instance_start_time, world.information(&t1, Database::Orders).instance_start_time);
    assert_eq!(world.changes(&other, Database::Orders, None).0, []);
    let wanted = vec![("note_a".to_owned(), vec![a.revision().clone()])];
    let asked = Request::BulkGet { database: Database::Orders, wanted: wanted.clone() };
    let Ok(Answer::Documents { found, .. }) = world.ask(&other, asked) else { panic!() };
    assert_eq!(found, []);
    let Ok(Answer::RevsDiff(missing)) =
        world.ask(&other, Request::RevsDiff { database: Database::Orders, offered: wanted })
    else {
        panic!()
    };
    assert_eq!(missing.len(), 1);
    let local = Request::GetLocal { database: Database::Orders, id: "x".into() };
    assert_eq!(world.ask(&other, local), Ok(Answer::Local(None)));
    let (_, here) = world.changes(&t1, Database::Orders, None);
    assert_eq!(world.changes(&other, Database::Orders, Some(&here)).0, [], "a stranger's sequence is of no use");
    assert_eq!(
        world.ask(&other, Request::Menu { since: None, etag: None }).map(|it| match it {
            Answer::Menu(menu) => menu.items.len(),
            _ => 99,
        }),
        Ok(0)
    );
    // A payment of another location's order: as if there were none.
    let mut payment = paid(&version, 1, 10).1;
    payment["location_id"] = json!("L2");
    assert_eq!(world.ask(&other, Request::SubmitPayment { body: payment }).unwrap_err().code, "order_not_accepted");
    // Numbers of its own.
    let mut theirs = sent(2).1;
    for name in ["_rev", "_revisions"] {
        theirs.as_object_mut().unwrap().remove(name);
    }
    theirs["location_id"] = json!("L2");
    let accepted = world.ask(&other, Request::SubmitOrder { body: theirs });
    assert!(matches!(accepted, Ok(Answer::OrderAccepted(it)) if it.order_number == "1"));
    let refused = world.push(&other, Database::Orders, &[a]);
    assert_eq!(refused[0].1, "location_id: is not the location of whoever sends it");
}

fn what_a_token_may_not_write_is_refused_and_the_rest_is_taken() {
    let mut world = World::new();
    let t1 = register("T1");
    let (version, submission) = sent(1);
    let accepted = world.submit(&submission).unwrap().document.unwrap();
    let say = |name: &str, value: Value| {
        let mut body = accepted.body.clone();
        body[name] = value;
        child(&accepted, &body)
    };
    let of = |id: &str, body: Value| Version { doc_id: id.into(), ..first(&body) };
    // who, where, what, why not ("" = it is taken)
    let rows = [
        (&t1, Database::Orders, of("_design/x", json!({ "_id": "_design/x" })), "ids that begin with `_` are"),
        (&admin(), Database::Orders, of("_design/x", json!({ "_id": "_design/x" })), "ids that begin with `_` are"),
        (&t1, Database::Menu, note("item_x", "1"), "registers only read the menu"),
        (&t1, Database::Customers, note("order_x", "1"), "documents of type order belong in the database orders"),
        (&t1, Database::Orders, of("note_x", json!({ "_id": "note_x", "location_id": 3 })), "location_id: is not"),
        (&t1, Database::Orders, first(&sold_out("L2", 0)), "location_id: is not"),
        (
            &t1,
            Database::Customers,
            first(&sold_out("L1", 0)),
            "documents of type soldout belong in the database orders",
        ),
        (&t1, Database::Orders, first(&sold_out("L1", 0)), ""),
        (&register("T2"), Database::Orders, child(&first(&sold_out("L1", 0)), &sold_out("L1", 12)), ""),
        (&t1, Database::Orders, say("edited_by", json!("@server")), "edited_by: `@server` is the server"),
        (&t1, Database::Orders, say("stamps", json!({ "course": [9, "@server"] })), "stamps: `@server` is the server"),
        (&t1, Database::Orders, say("kitchen_notes", json!("no salt")), ""),
        (&t1, Database::Audit, note("conflict_x", "1"), ""),
        (&t1, Database::Orders, of("note_y", json!({ "_id": "note_y" })), ""),
    ];
    for (who, database, document, why_not) in rows {
        let told = world.push(who, database, std::slice::from_ref(&document));
        match why_not {
            "" => assert_eq!(told, [], "{}", document.doc_id),
            _ => assert!(told[0].0 == "forbidden" && told[0].1.starts_with(why_not), "{told:?}"),
        }
        let kept = world.leaves(&t1, database, &document.doc_id);
        assert_eq!(kept.contains(&document), why_not.is_empty(), "{}", document.doc_id);
    }
    let (forbidden, good) = (note("_design/y", "1"), note("note_good", "1"));
    assert_eq!(world.push(&t1, Database::Orders, &[forbidden, good.clone()]).len(), 1);
    assert_eq!(world.leaves(&t1, Database::Orders, "note_good"), [good], "the rest is taken");
    let kitchen = scope("L1", Role::Kitchen);
    let documents = vec![version];
    let told = world.ask(&kitchen, Request::BulkDocs { database: Database::Orders, documents }).unwrap_err();
    assert_eq!(told.status, 403);
    assert!(!world.changes(&kitchen, Database::Orders, None).0.is_empty(), "it reads");
}

fn the_books_follow_an_accepted_order_and_say_where_they_cannot() {
    let mut world = World::new();
    let t2 = register("T2");
    let mut order = order(1, &[LineState::Sent; 2]);
    let version = first(&body(&order, None));
    let accepted = world.submit(&submission(&version)).unwrap().document.unwrap();
    world.pay(&paid(&version, 1, 1500).1).unwrap();
    assert_eq!(world.word("payment_status FROM orders"), "partial");
    order.lines[0].state = LineState::Voided;
    let voided = child(&accepted, &body(&order, Some(&accepted.body)));
    assert_eq!(world.push(&t2, Database::Orders, std::slice::from_ref(&voided)), []);
    assert_eq!(world.count("total_amount FROM orders WHERE payment_status = 'paid'"), 1000);

    let mut wrong = voided.body.clone();
    wrong["items"][1]["quantity"] = json!(3);
    let wrong = child(&voided, &wrong);
    let told = world.push(&t2, Database::Orders, std::slice::from_ref(&wrong));
    let reason = "kept, but not in the books: subtotal: says 833, but its lines come to 1250";
    assert_eq!(told, [("not_valid".to_owned(), reason.to_owned())]);
    assert_eq!(
        world.leaves(&t2, Database::Orders, &version.doc_id),
        std::slice::from_ref(&wrong),
        "it is kept as a document"
    );
    assert_eq!(world.count("total_amount FROM orders"), 1000);
    assert_eq!(world.push(&t2, Database::Orders, std::slice::from_ref(&wrong)).len(), 1, "and told again");

    let right = child(&wrong, &voided.body);
    assert_eq!(world.push(&t2, Database::Orders, std::slice::from_ref(&right)), []);
    assert_eq!(world.count("COUNT(*) FROM flawed"), 0);
    let gone = json!({ "_id": version.doc_id, "type": "order", "location_id": "L1" });
    let gone = Version { deleted: true, ..child(&right, &gone) };
    let told = world.push(&t2, Database::Orders, &[gone]);
    assert!(told[0].1.ends_with("it was deleted; the books keep what was accepted"), "{told:?}");
    assert_eq!(world.count("total_amount FROM orders"), 1000);
}

fn registers_cannot_change_what_the_server_gave() {
    let mut world = World::new();
    let (version, submission) = sent(1);
    let accepted = world.submit(&submission).unwrap().document.unwrap();
    let mut parent = accepted.clone();
    for (name, value) in [("order_id", json!("mine")), ("order_number", json!("77"))] {
        let mut body = parent.body.clone();
        body[name] = value;
        body["kitchen_notes"] = json!(format!("after {name}"));
        let changed = child(&parent, &body);
        assert_eq!(world.push(&register("T1"), Database::Orders, std::slice::from_ref(&changed)), []);
        let stands = world.leaves(&admin(), Database::Orders, &version.doc_id);
        assert_eq!((stands.len(), &stands[0].history.revisions()[1..]), (1, changed.history.revisions()));
        body[name] = accepted.body[name].clone();
        assert_eq!(stands[0].body, body, "what else it said stands");
        let (_, last) = world.changes(&admin(), Database::Orders, None);
        assert_eq!(world.push(&register("T1"), Database::Orders, &[changed]), []);
        assert_eq!(world.changes(&admin(), Database::Orders, Some(&last)).0, [], "said again, it changes nothing");
        parent = stands.into_iter().next().unwrap();
    }
    let row = format!("COUNT(*) FROM orders WHERE order_id = '{}' AND order_number = '1'", &version.doc_id[6..]);
    assert_eq!(world.count(&row), 1);
}

fn a_payment_is_written_once() {
    let mut world = World::new();
    let (version, submission) = sent(1);
    world.submit(&submission).unwrap();
    let (payment, paid) = paid(&version, 1, 1000);
    world.pay(&paid).unwrap();
    let edit = |parent: &Version, name: &str, value: Value| {
        let mut body = parent.body.clone();
        body[name] = value;
        child(parent, &body)
    };
    let exported = edit(&payment, "exported", json!(true));
    assert_eq!(world.push(&register("T1"), Database::Orders, std::slice::from_ref(&exported)), []);
    let less = edit(&exported, "amount", json!(1));
    let told = world.push(&register("T1"), Database::Orders, &[less]);
    let reason = "kept, but not in the books: amount: a payment is written once; the books keep what was accepted";
    assert_eq!(told, [("not_valid".to_owned(), reason.to_owned())]);
    assert_eq!(world.count("SUM(amount) FROM payments"), 1000);
}

fn local_documents_are_kept_and_their_revisions_not_compared() {
    let mut world = World::new();
    let t1 = register("T1");
    let put = |id: &str, body: Value| Request::PutLocal { database: Database::Orders, id: id.into(), body };
    let get = Request::GetLocal { database: Database::Orders, id: "a==".into() };
    assert_eq!(world.ask(&t1, get.clone()), Ok(Answer::Local(None)));
    for rev in ["0-1", "0-10"] {
        let given = if rev == "0-1" { json!({ "at": 1 }) } else { json!({ "at": 1, "_rev": "0-9" }) };
        assert_eq!(world.ask(&t1, put("a==", given)), Ok(Answer::Done));
        let right = json!({ "_id": "_local/a==", "_rev": rev, "at": 1 });
        assert_eq!(world.ask(&t1, get.clone()), Ok(Answer::Local(Some(right))));
    }
    // id, body, status
    let rows = [("", json!({}), 400), ("x", json!([]), 400), ("x", json!({ "a": "x".repeat(300_000) }), 413)];
    for (id, body, status) in rows {
        assert_eq!(world.ask(&t1, put(id, body)).unwrap_err().status, status);
    }
    assert_eq!(world.ask(&t1, put(&"x".repeat(513), json!({}))).unwrap_err().status, 400);
}

fn what_is_too_large_is_named_and_nothing_of_its_batch_is_taken() {
    let mut world = World::new();
    world.replica.settings.document_bytes_max = 10_000;
    let t1 = register("T1");
    let (small, large) = (note("note_small", "1"), note("note_large", &"x".repeat(10_000)));
    let documents = vec![small.clone(), large];
    let told = world.ask(&t1, Request::BulkDocs { database: Database::Orders, documents }).unwrap_err();
    assert_eq!((told.status, told.code.as_str()), (413, "document_too_large"));
    assert!(told.detail.starts_with("note_large has 100"), "{}", told.detail);
    assert_eq!(world.changes(&t1, Database::Orders, None).0, []);
    assert_eq!(world.push(&t1, Database::Orders, &[small]), []);
    let mut dear = sent(1).1;
    dear["kitchen_notes"] = json!("x".repeat(10_000));
    assert_eq!(world.submit(&dear).unwrap_err().status, 413);
}

fn a_restored_server_is_another_one_and_a_reopened_one_is_not() {
    let lasting = Lasting::new();
    let mut world = World::without_menu();
    let t1 = register("T1");
    let open = |seed| Replica::new(lasting.open(&mut dice(seed)), Settings::default());
    world.replica = open(60);
    world.push(&t1, Database::Orders, &[note("note_a", "1"), note("note_b", "1")]);
    let accepted = world.submit(&sent(1).1).unwrap();
    let (_, last) = world.changes(&t1, Database::Orders, None);
    let before = world.information(&t1, Database::Orders);
    world.replica = open(61);
    assert_eq!(world.information(&t1, Database::Orders), before);
    assert_eq!(world.changes(&t1, Database::Orders, Some(&last)).0, []);
    assert_eq!(world.submit(&sent(1).1), Ok(accepted), "what was answered is on the medium");

    wait(world.replica.central().renew(&mut dice(62))).unwrap();
    let after = world.information(&t1, Database::Orders);
    assert_ne!(after.instance_start_time, before.instance_start_time);
    assert_eq!(world.changes(&t1, Database::Orders, Some(&last)).0.len(), 3, "all of it again");
    let committed = world.ask(&t1, Request::EnsureFullCommit { database: Database::Orders });
    let instance_start_time = Some(after.instance_start_time);
    assert_eq!(committed, Ok(Answer::Committed { instance_start_time }));
}

fn a_device_is_let_in_by_its_secret_and_no_longer_when_it_was_taken_back() {
    let world = World::new();
    let t1 = register("T1");
    wait(world.replica.enrol(&t1, "", "sesame", now())).unwrap();
    let kitchen = scope("L1", Role::Kitchen);
    wait(world.replica.enrol(&kitchen, "pass", "onion", now())).unwrap();
    let admit = |name: &str, secret: &str| wait(world.replica.admit(name, secret));
    assert_eq!(admit("T1", "sesame"), Ok(t1.clone()));
    assert_eq!(admit("pass", "onion"), Ok(kitchen));
    let told = admit("T1", "wrong").unwrap_err();
    assert_eq!((told.status, Err(told.clone())), (401, admit("T9", "sesame")), "which of the two is not told");
    wait(world.replica.enrol(&t1, "", "new", now())).unwrap();
    assert_eq!(admit("T1", "sesame"), Err(told.clone()));
    assert_eq!(admit("T1", "new"), Ok(t1));
    assert_eq!(wait(world.replica.revoke(&"L1".into(), "T1", now())), Ok(true));
    assert_eq!(wait(world.replica.revoke(&"L1".into(), "T1", now())), Ok(false));
    let taken_back = admit("T1", "new").unwrap_err();
    assert_eq!(taken_back.status, 401);
    assert!(taken_back.detail.contains("was taken back"), "who shows the right secret is told why: {taken_back}");
    assert_eq!(admit("T1", "sesame"), Err(told), "and nobody else");
}

fn a_token_is_not_asked_for_with_a_token() {
    let mut world = World::new();
    let token = Request::Token { register_id: "T1".into(), secret: "x".into() };
    assert_eq!(world.ask(&register("T1"), token).unwrap_err().status, 400);
}

fn why_the_database_failed_is_for_the_operator() {
    let mut world = World::new();
    world.push(&register("T1"), Database::Orders, &[note("note_a", "1")]);
    assert!(world.replica.take_fault().is_none());
    world.replica.central().spoil("UPDATE document SET tree = 'no tree'");
    let changes = Request::Changes { database: Database::Orders, since: None, limit: 9, wait_ms: None };
    let told = world.ask(&register("T1"), changes).unwrap_err();
    assert_eq!((told.status, told.code.as_str()), (503, "database"));
    assert_eq!(told.detail, "the central database could not read changes; ask again");
    let fault = world.replica.take_fault().unwrap().to_string();
    assert!(fault.starts_with("the central database could not read changes: note_a does not read"), "{fault}");
    assert!(world.replica.take_fault().is_none());
}
