//! Rules of submissions: what is next, what waits, and what becomes of it.

use super::*;
use crate::domain::{MatterKind, Order};
use crate::store::fixtures::{Place, body_elsewhere, key, now, pay, payment_elsewhere, save, send, take, version};
use crate::store::limits::POSTPONED_MAX_MS;
use crate::store::{Durability, OutboxState, RejectedWrite, Store, Submission, care};
use serde_json::json;

fn sent(place: &Place, store: &mut Store, number: u32) -> Order {
    let mut order = place.order(number);
    order.lines.push(place.line("Soup", 500));
    save(store, &order);
    send(store, &mut order);
    order
}

fn next(store: &Store, lane: Lane, now: Timestamp) -> Option<Submission> {
    store.reader().next_submission(lane, now).unwrap()
}

fn next_id(store: &Store, lane: Lane) -> Option<String> {
    next(store, lane, now()).map(|it| it.doc_id)
}

fn write<T>(store: &mut Store, work: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> T {
    store.write(Durability::Draft, work).unwrap()
}

fn state(store: &Store, doc_id: &str) -> OutboxState {
    store.reader().outbox_row(doc_id).unwrap().expect("it was queued").state
}

fn later(ms: i64) -> Timestamp {
    now().plus_millis(ms)
}

#[test]
fn rejections_and_failures_of_the_line_are_counted_apart_and_block_nobody() {
    let (place, mut store) = Place::with_store();
    let [first, second] = [1, 2].map(|number| sent(&place, &mut store, number).order_id.to_string());
    let counts = |store: &Store| {
        let it = next(store, Lane::Orders, later(5_000)).unwrap();
        assert_eq!(it.doc_id, first);
        (it.rejections, it.failures)
    };
    write(&mut store, |tx| tx.postpone(&first, later(1_000), "no line", now()));
    let behind = next(&store, Lane::Orders, later(5_000)).unwrap().doc_id;
    assert_eq!(behind, second, "what never failed goes before what is due again");
    write(&mut store, |tx| tx.postpone(&second, later(60_000), "no line", now()));
    // what happens to the first, rejections and failures in a row then
    write(&mut store, |tx| tx.postpone(&first, later(4_000), "no line", now()));
    assert_eq!(counts(&store), (0, 2));
    write(&mut store, |tx| tx.reject(&first, later(5_000), "items[0]: unknown tax", now()));
    assert_eq!(counts(&store), (1, 0));
    assert_eq!(next_id(&store, Lane::Orders), None, "none is due");
    let due = |at| store.reader().next_due(Lane::Orders, at).unwrap().map(|due| due.unix_ms);
    let dues = [later(5_000), later(60_000)].map(|at| Some(at.unix_ms));
    assert_eq!((due(now()), due(later(5_000)), due(later(60_000))), (dues[0], dues[1], None));
    assert_eq!(next(&store, Lane::Orders, later(-2_000)).unwrap().doc_id, first, "the clock is set back a little");
    // The clock is set back by a day: what was postponed by its former time does not wait for it.
    let yesterday = later(-24 * POSTPONED_MAX_MS);
    assert_eq!(next(&store, Lane::Orders, yesterday).unwrap().doc_id, first);
    let row = store.reader().queued(Lane::Orders, 9).unwrap().swap_remove(0);
    let told = (row.retry_count, row.last_error.as_deref(), row.last_sync_attempt);
    assert_eq!(told, (1, Some("items[0]: unknown tax"), Some(now())));

    write(&mut store, |tx| tx.send_to_review(&first, "unknown tax", now()));
    assert_eq!(next(&store, Lane::Orders, yesterday).unwrap().doc_id, second);
    assert_eq!((state(&store, &first), store.reader().need_review().unwrap()), (OutboxState::Review, 1));
    assert_eq!(store.reader().unsent().unwrap().count, 2, "what is in Review is unsent");
    // What comes late to a submission that waits no more changes nothing.
    write(&mut store, |tx| tx.reject(&first, later(1), "late", now()));
    write(&mut store, |tx| tx.send_to_review(&first, "late", now()));
    assert_eq!(store.reader().reviews(9).unwrap()[0].reason, "unknown tax");
    drop(store);
    assert_eq!(state(&place.open(), &first), OutboxState::Review);
}

#[test]
fn a_payment_goes_after_its_order_and_waits_uncounted() {
    let (place, mut store) = Place::with_store();
    let [first, second] = [1, 2].map(|number| sent(&place, &mut store, number));
    let [of_first, of_second] = [&first, &second].map(|order| place.payment(order, 500));
    for payment in [&of_first, &of_second] {
        pay(&mut store, payment).unwrap();
    }
    assert_eq!(next_id(&store, Lane::Payments), None);
    write(&mut store, |tx| tx.submission_done(&second.order_id.to_string(), Some("S-2"), now()));
    let due = next(&store, Lane::Payments, now()).unwrap();
    assert_eq!((due.doc_id, due.rejections, due.failures), (of_second.payment_id.to_string(), 0, 0));
    assert_eq!(due.payload["_original_order_id"], second.order_id.to_string());
    assert_eq!(due.payload["_original_payment_id"], of_second.payment_id.to_string());
    write(&mut store, |tx| tx.accept_payment(&of_second.payment_id.to_string(), &Value::Null, "P-2", now()));
    let row = store.reader().outbox_row(&of_second.payment_id.to_string()).unwrap().unwrap();
    assert_eq!((row.state, row.server_id.as_deref()), (OutboxState::Done, Some("P-2")));
    assert_eq!(next_id(&store, Lane::Payments), None, "the other order is not accepted");
    // The server was made anew: the payment goes behind its order once more.
    write(&mut store, |tx| tx.offer_all_again(Database::Orders).and_then(|()| tx.offer_on(99, now())));
    assert_eq!(next_id(&store, Lane::Payments), None);
    write(&mut store, |tx| tx.submission_done(&second.order_id.to_string(), Some("S-9"), now()));
    assert_eq!(next_id(&store, Lane::Payments), Some(of_second.payment_id.to_string()));
    write(&mut store, |tx| tx.accept_payment(&of_second.payment_id.to_string(), &Value::Null, "P-9", now()));

    // What another register sold is paid here: it waits for what its document says.
    let mut theirs = place.order(7);
    theirs.lines.push(place.line("Soup", 500));
    let body = body_elsewhere(&theirs, None);
    let fresh = version(None, false, &body);
    let payment = place.payment(&theirs, 500);
    pay(&mut store, &payment).unwrap();
    assert_eq!(next_id(&store, Lane::Payments), None, "its order is not even here");
    take(&mut store, &fresh, true);
    assert_eq!(next_id(&store, Lane::Payments), None);
    let mut accepted = body;
    accepted["order_id"] = json!("S-7");
    take(&mut store, &version(Some(&fresh), false, &accepted), true);
    assert_eq!(next_id(&store, Lane::Payments), Some(payment.payment_id.to_string()));
}

#[test]
fn an_accepted_order_has_the_servers_number_whoever_writes_its_revision() {
    let (place, mut store) = Place::with_store();
    let [mut edited, plain] = [1, 2].map(|number| sent(&place, &mut store, number));
    let accepted = |document| AcceptedOrder { order_id: "S-1", order_number: "2026-000001", document };
    let submitted = next(&store, Lane::Orders, now()).unwrap();
    // the status that was submitted, the status of what is accepted
    for (status, then) in [(json!(null), "confirmed"), (json!("pending"), "confirmed"), (json!("ready"), "ready")] {
        let mut sent = submitted.payload.clone();
        sent["order_status"] = status;
        let version = numbered(&submitted.doc_id, &sent, &accepted(None)).unwrap();
        assert_eq!(version.body["order_status"], then);
    }
    // Edited while it was on its way.
    edited.lines.push(place.line("Wine", 700));
    send(&mut store, &mut edited);
    let doc_id = submitted.doc_id.clone();
    let grafted = write(&mut store, |tx| tx.accept_order(&doc_id, &submitted.payload, &accepted(None), now()));
    assert_eq!(grafted, Grafted::Branch, "made of what was submitted, not of what stands now");
    let leaves = store.reader().live_leaves(&doc_id).unwrap();
    let numbers: Vec<_> = leaves.iter().map(|leaf| (leaf.revision.generation, &leaf.body["order_number"])).collect();
    assert!(numbers.contains(&(2, &json!("2026-000001"))) && numbers.contains(&(2, &json!("TEMP-T1-0001"))));
    assert_eq!(state(&store, &doc_id), OutboxState::Done);
    assert_eq!(store.reader().unsent().unwrap().count, 2, "its winner is not at the server yet");

    let submitted = next(&store, Lane::Orders, now()).unwrap();
    let doc_id = plain.order_id.to_string();
    let winner = store.reader().winner(&doc_id).unwrap().unwrap();
    let first = store.reader().version(&doc_id, &winner).unwrap().unwrap();
    let mut body = first.body.clone();
    body["order_number"] = json!("2026-000002");
    body["order_id"] = json!("S-1");
    body["order_status"] = json!("confirmed");
    let appended = version(Some(&first), false, &body);
    for grafted in [Grafted::Leaf, Grafted::Known] {
        let answer = accepted(Some(&appended));
        let was = write(&mut store, |tx| tx.accept_order(&doc_id, &submitted.payload, &answer, now()));
        assert_eq!(was, grafted, "the same answer twice");
    }
    let numbers = AcceptedOrder { order_number: "2026-000002", ..accepted(None) };
    let same = write(&mut store, |tx| tx.accept_order(&doc_id, &submitted.payload, &numbers, now()));
    assert_eq!(same, Grafted::Known, "made here, it is the very same revision");
    assert_eq!((store.reader().unsent().unwrap().count, next_id(&store, Lane::Orders)), (1, None));
    let payload = "SELECT COUNT(*) FROM outbox WHERE payload IS NOT NULL";
    let payloads: i64 = store.reader().connection().query_row(payload, [], |row| row.get(0)).unwrap();
    assert_eq!(payloads, 0, "nobody needs it any more");
}

#[test]
fn what_came_back_from_the_server_and_nobody_submits_is_queued() {
    let (place, mut store) = Place::with_store();
    let [own, accepted] = [1, 2].map(|number| {
        let mut order = place.order(number);
        order.lines.push(place.line("Soup", 500));
        order
    });
    let payments = [&own, &accepted].map(|order| version(None, false, &payment_elsewhere(&place.payment(order, 500))));
    let [came, mut known] = [&own, &accepted].map(|order| version(None, false, &body_elsewhere(order, None)));
    known.body["order_id"] = json!("S-2");
    let ids = [&came, &payments[0], &known, &payments[1]].map(|it| it.doc_id.clone());
    // what comes, whose register this is, whether anything is queued, what is next in both lanes
    let [order, payment, _, other] = ids.each_ref().map(|id| Some(id.clone()));
    for (came, register, queued, orders, paid) in [
        (&payments[0], "T2", false, None, None),
        (&came, "T1", false, None, None),
        (&came, "T2", true, order.clone(), None),
        (&came, "T2", false, order, None),
        (&known, "T2", false, None, payment.clone()),
        (&payments[1], "T2", true, None, payment),
    ] {
        take(&mut store, came, true);
        let was = write(&mut store, |tx| tx.queue_own(&came.doc_id, &register.into(), now()));
        assert_eq!(was, queued, "{} at {register}", came.doc_id);
        if came.doc_id == ids[2] {
            write(&mut store, |tx| tx.submission_done(&ids[0], Some("S-1"), now()));
        }
        assert_eq!((next_id(&store, Lane::Orders), next_id(&store, Lane::Payments)), (orders, paid));
    }
    assert_eq!(store.reader().unsent().unwrap().count, 2, "both payments wait");
    write(&mut store, |tx| tx.accept_payment(&ids[1], &Value::Null, "P-1", now()));
    assert_eq!(next_id(&store, Lane::Payments), other);
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
}

#[test]
fn a_manager_mends_resubmits_or_gives_up_what_is_in_review() {
    let (place, mut store) = Place::with_store();
    let order = sent(&place, &mut store, 1);
    let (doc_id, before) = (order.order_id.to_string(), place.payment(&order, 200));
    pay(&mut store, &before).unwrap();
    write(&mut store, |tx| tx.send_to_review(&doc_id, "unknown table", now()));
    assert_eq!(next_id(&store, Lane::Orders), None);

    let mut mended = store.reader().document_body(&doc_id).unwrap().unwrap();
    mended["table"] = json!("7");
    let broken = json!({ "_id": doc_id, "type": "order" });
    assert!(store.write(Durability::Draft, |tx| tx.mend(&doc_id, &broken, now())).is_err(), "it must read");
    assert!(store.write(Durability::Draft, |tx| tx.mend("order_x", &mended, now())).is_err(), "there is none");
    write(&mut store, |tx| tx.mend(&doc_id, &mended, now()));
    let again = next(&store, Lane::Orders, now()).unwrap();
    assert_eq!((again.doc_id.as_str(), &again.payload["table"], again.rejections), (doc_id.as_str(), &json!("7"), 0));
    assert_eq!(store.reader().order_row(order.order_id).unwrap().unwrap().table.as_deref(), Some("7"));
    assert_eq!(store.reader().reviews(9).unwrap(), []);

    write(&mut store, |tx| tx.send_to_review(&doc_id, "still no", now()));
    write(&mut store, |tx| tx.close_submission(&doc_id, "a test order", now()));
    let after = place.payment(&order, 300);
    pay(&mut store, &after).unwrap();
    for id in [doc_id.clone(), before.payment_id.to_string(), after.payment_id.to_string()] {
        let row = store.reader().outbox_row(&id).unwrap().unwrap();
        assert_eq!((row.state, row.last_error.as_deref()), (OutboxState::Closed, Some("a test order")));
    }
    assert_eq!((store.reader().reviews(9).unwrap().len(), next_id(&store, Lane::Payments)), (0, None));
    assert_eq!(store.reader().unsent().unwrap().count, 3, "the server has none of their documents");
    for id in [doc_id.clone(), before.payment_id.to_string(), after.payment_id.to_string()] {
        let winner = store.reader().winner(&id).unwrap().unwrap();
        write(&mut store, |tx| tx.server_has(&id, &[winner], now()));
    }
    assert_eq!(store.reader().unsent().unwrap().count, 0, "given up, nothing more is awaited");

    write(&mut store, |tx| tx.resubmit(&doc_id, now()));
    assert_eq!(store.reader().unsent().unwrap().count, 3);
    assert_eq!(next_id(&store, Lane::Orders), Some(doc_id.clone()));
    write(&mut store, |tx| tx.submission_done(&doc_id, None, now()));
    assert_eq!(next_id(&store, Lane::Payments), Some(before.payment_id.to_string()));
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
}

#[test]
fn what_waits_is_listed_as_it_is_counted_and_can_be_hurried() {
    let (place, mut store) = Place::with_store();
    let [one, two] = [1, 2].map(|number| sent(&place, &mut store, number));
    let (first, second) = (one.order_id.to_string(), two.order_id.to_string());
    let payment = place.payment(&one, 500);
    pay(&mut store, &payment).unwrap();
    let later = now().plus_millis(90_000);
    write(&mut store, |tx| tx.postpone(&first, later, "no answer", now()));
    write(&mut store, |tx| tx.reject(&second, later, "unknown tax", now()));
    // document, number, said no, failed, waits for its order
    let listed = |store: &Store| -> Vec<(String, String, u32, u32, bool)> {
        let rows = store.reader().waiting(9).unwrap();
        let row = |row: crate::store::WaitingRow| {
            let it = row.submission.unwrap();
            (row.doc_id, row.local_number.unwrap(), it.retry_count, it.failures, it.waits)
        };
        rows.into_iter().map(row).collect()
    };
    let payment_id = payment.payment_id.to_string();
    let rows = [
        (first.clone(), "T1-0001".to_owned(), 0, 1, false),
        (second.clone(), "T1-0002".to_owned(), 1, 0, false),
        (payment_id.clone(), "T1-0001".to_owned(), 0, 0, true),
    ];
    assert_eq!(listed(&store), rows);
    assert_eq!(store.reader().unsent().unwrap().count, 3);
    assert_eq!(store.reader().waiting(9).unwrap()[0].submission.as_ref().unwrap().not_before, Some(later));
    assert_eq!(next_id(&store, Lane::Orders), None, "both are postponed");
    write(&mut store, |tx| tx.hurry(1, now()));
    assert_eq!(next_id(&store, Lane::Orders), Some(first.clone()), "as many as were asked for");

    // An order of the server's that was changed since waits as a version, and has no submission under way.
    for id in [&first, &second, &payment_id] {
        let winner = store.reader().winner(id).unwrap().unwrap();
        write(&mut store, |tx| tx.server_has(id, &[winner], now()));
        write(&mut store, |tx| tx.submission_done(id, Some("S"), now()));
    }
    assert_eq!(listed(&store), []);
    let mut body = store.reader().document_body(&first).unwrap().unwrap();
    body["table"] = json!("7");
    write(&mut store, |tx| tx.mend(&first, &body, now()));
    let changed = store.reader().waiting(9).unwrap().pop().unwrap();
    assert_eq!((changed.doc_id, changed.submission.unwrap().state), (first, OutboxState::Done));
}

#[test]
fn why_a_manager_must_look_is_told_by_what_became_of_the_submission() {
    use crate::domain::MatterKind::{Flawed, Merged, Refused, Rejected};
    let (place, mut store) = Place::with_store();
    let order = sent(&place, &mut store, 1);
    let doc_id = order.order_id.to_string();
    let matters = |store: &Store| store.reader().matters_of(&doc_id).unwrap();
    assert_eq!(matters(&store), []);
    write(&mut store, |tx| tx.send_to_review(&doc_id, "unknown tax", now()));
    assert_eq!(matters(&store), [Rejected]);
    let row = store.reader().reviews(9).unwrap().pop().unwrap();
    assert_eq!((row.matter(), row.local_number.as_deref()), (Rejected, Some("T1-0001")));
    write(&mut store, |tx| tx.submission_done(&doc_id, Some("S-1"), now()));
    assert_eq!(matters(&store), []);
    write(&mut store, |tx| tx.put_review(&doc_id, ReviewKind::Rejected, "its sums", now()));
    write(&mut store, |tx| tx.put_review(&doc_id, ReviewKind::Merged, "both", now()));
    let refused = refused(&doc_id, "not yours");
    write(&mut store, |tx| tx.put_rejected_write(Database::Orders, &refused));
    assert_eq!(matters(&store), [Flawed, Merged, Refused]);
    assert_eq!((store.reader().need_review().unwrap(), store.reader().rejected_writes(9).unwrap()), (3, vec![refused]));
    assert_eq!(store.reader().order_of(&doc_id).unwrap(), Some((order.order_id, "T1-0001".into())));
    write(&mut store, |tx| tx.forgo_refused(&doc_id, now()));
    write(&mut store, |tx| tx.close_review(&doc_id, ReviewKind::Merged, "fine", now()));
    assert_eq!(matters(&store), [Flawed]);
}

fn refused(doc_id: &str, reason: &str) -> RejectedWrite {
    let revision = Revision { generation: 2, digest: [7; 16] };
    RejectedWrite { doc_id: doc_id.into(), revision, error: "forbidden".into(), reason: reason.into(), at: now() }
}

#[test]
fn what_is_rejected_and_refused_is_one_trouble_and_settled_at_once() {
    let (place, mut store) = Place::with_store();
    let order = sent(&place, &mut store, 1);
    let doc_id = order.order_id.to_string();
    // What stands in Review with the refusal's reason, what was refused besides, how much of it there is.
    let told = |store: &Store| {
        let reader = store.reader();
        let reviews: Vec<_> = reader.reviews(9).unwrap().into_iter().map(|row| (row.reason, row.refused)).collect();
        (reviews, reader.rejected_writes(9).unwrap().len(), reader.need_review().unwrap())
    };
    let is_stuck = |store: &mut Store| {
        write(store, |tx| tx.put_rejected_write(Database::Orders, &refused(&doc_id, "9000 bytes")));
        assert_eq!(told(store), (vec![], 1, 1), "the document alone");
        write(store, |tx| tx.send_to_review(&doc_id, "9100 bytes", now()));
        assert_eq!(told(store), (vec![("9100 bytes".into(), Some("9000 bytes".into()))], 0, 1));
        assert_eq!(store.reader().matters_of(&doc_id).unwrap(), [MatterKind::Rejected]);
    };
    is_stuck(&mut store);
    let seq = store.reader().last_document_seq().unwrap();
    write(&mut store, |tx| tx.resubmit(&doc_id, now()));
    assert_eq!(told(&store), (vec![], 0, 0));
    assert_eq!(next_id(&store, Lane::Orders), Some(doc_id.clone()));
    assert_eq!(store.reader().last_document_seq().unwrap(), seq + 1, "the document is offered again, too");
    is_stuck(&mut store);
    write(&mut store, |tx| tx.close_submission(&doc_id, "by hand", now()));
    assert_eq!(told(&store), (vec![], 0, 0));
}

#[test]
fn what_the_server_could_not_book_closes_when_it_has_booked_a_later_version_and_not_before() {
    let (place, mut store) = Place::with_store();
    let [one, two] = [1, 2].map(|number| sent(&place, &mut store, number).order_id.to_string());
    let why = |store: &Store| -> Vec<String> {
        store.reader().reviews(9).unwrap().into_iter().map(|row| row.reason).collect()
    };
    // A server that was set back had accepted it already; what is wrong with a later version it says besides.
    write(&mut store, |tx| tx.put_review(&one, ReviewKind::Rejected, "its sums", now()));
    write(&mut store, |tx| tx.submission_done(&one, Some("S-1"), now()));
    write(&mut store, |tx| tx.send_to_review(&two, "unknown tax", now()));
    assert_eq!(why(&store), ["unknown tax", "its sums"]);
    let booked = |store: &mut Store, ids: &[&String]| {
        let ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
        write(store, |tx| tx.close_booked(&ids, now()));
    };
    booked(&mut store, &[&two]);
    assert_eq!(why(&store), ["unknown tax", "its sums"], "a document that was taken is not an order that was accepted");
    booked(&mut store, &[&two, &one]);
    assert_eq!(why(&store), ["unknown tax"]);
}

#[test]
fn what_was_refused_and_given_up_waits_for_nothing_until_it_is_offered_again() {
    let (place, mut store) = Place::with_store();
    let order = sent(&place, &mut store, 1);
    let doc_id = order.order_id.to_string();
    let first = store.reader().winner(&doc_id).unwrap().unwrap();
    write(&mut store, |tx| tx.server_has(&doc_id, &[first], now()));
    write(&mut store, |tx| tx.submission_done(&doc_id, Some("S"), now()));
    let unsent = |store: &Store| store.reader().unsent().unwrap().count;
    assert_eq!(unsent(&store), 0);
    let mut body = store.reader().document_body(&doc_id).unwrap().unwrap();
    body["table"] = json!("7");
    write(&mut store, |tx| tx.mend(&doc_id, &body, now()));
    let no = |store: &Store| {
        let revision = store.reader().winner(&doc_id).unwrap().unwrap();
        RejectedWrite { revision, ..refused(&doc_id, "9000 bytes") }
    };
    let refused = no(&store);
    let says_no = |store: &mut Store| write(store, |tx| tx.put_rejected_write(Database::Orders, &refused));
    says_no(&mut store);
    assert_eq!(store.reader().waiting(9).unwrap()[0].refused.as_deref(), Some("9000 bytes"));
    write(&mut store, |tx| tx.forgo_refused(&doc_id, now()));
    let is_given_up = |store: &Store| {
        assert_eq!((unsent(store), store.reader().need_review().unwrap()), (0, 0));
        assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
    };
    is_given_up(&store);
    // A leaf that loses changes nothing about what stands, nor does the server that says no once more.
    let other = version(None, true, &json!({ "_id": doc_id, "type": "order" }));
    take(&mut store, &other, true);
    says_no(&mut store);
    is_given_up(&store);
    // Another server may want it.
    write(&mut store, |tx| tx.offer_all_again(Database::Orders));
    write(&mut store, |tx| tx.offer_on(9, now()));
    says_no(&mut store);
    assert_eq!((unsent(&store), store.reader().need_review().unwrap()), (1, 1));
    write(&mut store, |tx| tx.forgo_refused(&doc_id, now()));
    write(&mut store, |tx| tx.offer_again(&doc_id));
    write(&mut store, |tx| tx.server_has(&doc_id, std::slice::from_ref(&refused.revision), now()));
    write(&mut store, |tx| tx.submission_done(&doc_id, Some("S"), now()));
    assert_eq!(unsent(&store), 0);
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
}
