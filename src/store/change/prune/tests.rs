//! Rules of pruning: what goes, what stays, and that nothing comes back.

use super::*;
use crate::document::{Database, Revision, Version};
use crate::domain::journal::Entry;
use crate::domain::{Order, Payment, Slip};
use crate::store::fixtures::{Place, body_elsewhere, key, now, pay, payment_elsewhere, put, save, send, take, version};
use crate::store::{Durability, RejectedWrite, ReviewKind, Store, care};
use serde_json::json;

const DAY_MS: i64 = 86_400_000;

fn write<T>(store: &mut Store, work: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> T {
    store.write(Durability::Draft, work).unwrap()
}

/// An order that is paid, and all of it at the server.
fn over(place: &Place, store: &mut Store, number: u32) -> (Order, Payment) {
    let mut order = place.order(number);
    order.lines.push(place.line("Soup", 500));
    save(store, &order);
    send(store, &mut order);
    let payment = place.payment(&order, 500);
    pay(store, &payment).unwrap();
    for doc_id in [order.order_id.to_string(), payment.payment_id.to_string()] {
        confirmed(store, &doc_id);
        write(store, |tx| tx.submission_done(&doc_id, Some("S"), now()));
    }
    (order, payment)
}

fn confirmed(store: &mut Store, doc_id: &str) {
    let winner = store.reader().winner(doc_id).unwrap().unwrap();
    write(store, |tx| tx.server_has(doc_id, &[winner], now()));
}

fn server_says(store: &mut Store, days: i64) {
    store_says(store, days);
    write(store, |tx| tx.note_server_time(now().plus_millis(days * DAY_MS)));
}

/// The register sells on another day.
fn store_says(store: &mut Store, days: i64) {
    write(store, |tx| tx.take_number(BusinessDate::of(now().plus_millis(days * DAY_MS), 240)));
}

fn is_here(store: &Store, order: &Order) -> bool {
    store.reader().winner(&order.order_id.to_string()).unwrap().is_some()
}

#[test]
fn only_what_is_over_old_and_safe_at_the_server_is_forgotten() {
    // what keeps it here, each for an order of its own
    let kept: [(&str, fn(&Place, &mut Store, &mut Order, &Payment)); 10] = [
        ("it is not paid in full", |place, store, order, _| {
            order.lines.push(place.line("Wine", 700));
            send(store, order);
            confirmed(store, &order.order_id.to_string());
        }),
        ("the server lacks its winner", |_, store, order, _| write(store, |tx| put(tx, order))),
        ("something was entered on it", |_, store, order, _| save(store, order)),
        ("a payment was not accepted", |place, store, order, _| {
            let more = place.payment(order, 0);
            pay(store, &more).unwrap();
            confirmed(store, &more.payment_id.to_string());
        }),
        ("the server lacks a payment", |place, store, order, _| {
            let more = place.payment(order, 0);
            pay(store, &more).unwrap();
            write(store, |tx| tx.submission_done(&more.payment_id.to_string(), None, now()));
        }),
        ("it was given up in Review", |_, store, order, _| {
            let doc_id = order.order_id.to_string();
            let back = "UPDATE outbox SET state = 'review', sync_completed_at = NULL WHERE doc_id = ?1";
            write(store, |tx| tx.run("try", back, [&doc_id]));
            write(store, |tx| tx.close_submission(&doc_id, "a test", now()));
        }),
        ("a manager must look at it", |_, store, order, _| {
            write(store, |tx| tx.put_review(&order.order_id.to_string(), ReviewKind::Merged, "two marks", now()));
        }),
        ("a manager must look at a payment", |_, store, _, payment| {
            let doc_id = payment.payment_id.to_string();
            write(store, |tx| tx.put_review(&doc_id, ReviewKind::Quarantined, "two amounts", now()));
        }),
        ("the server refused a revision", |_, store, order, _| {
            let (doc_id, revision) = (order.order_id.to_string(), Revision { generation: 9, digest: [9; 16] });
            let (error, reason) = ("forbidden".into(), "no".into());
            let refused = RejectedWrite { doc_id, revision, error, reason, at: now() };
            write(store, |tx| tx.put_rejected_write(Database::Orders, &refused));
        }),
        ("the server lacks a leaf that lost", |_, store, order, _| {
            let doc_id = order.order_id.to_string();
            let body = json!({ "_id": doc_id, "type": "order" });
            take(store, &version(None, true, &body), false);
        }),
    ];
    let (place, mut store) = Place::with_store();
    let mut stay = Vec::new();
    for (number, (why, spoil)) in (100..).zip(kept) {
        let (mut order, payment) = over(&place, &mut store, number);
        spoil(&place, &mut store, &mut order, &payment);
        stay.push((why, order));
    }
    let goes: Vec<_> = (1..=3).map(|number| over(&place, &mut store, number).0).collect();
    let mut cancelled = place.order(4);
    cancelled.cancelled = true;
    send(&mut store, &mut cancelled);
    let doc_id = cancelled.order_id.to_string();
    confirmed(&mut store, &doc_id);
    write(&mut store, |tx| tx.submission_done(&doc_id, None, now()));
    write(&mut store, |tx| tx.append(now(), None, &Entry::new("pay", None)));

    assert_eq!(write(&mut store, |tx| tx.prune(99)), Pruned::default(), "no server has told its time");
    server_says(&mut store, 30);
    assert_eq!(write(&mut store, |tx| tx.prune(99)), Pruned::default(), "30 days old is not older");
    server_says(&mut store, 31);
    let some = write(&mut store, |tx| tx.prune(3));
    assert_eq!((some.orders, some.is_more), (3, true));
    let rest = write(&mut store, |tx| tx.prune(3));
    assert_eq!((rest.orders, some.payments + rest.payments, rest.is_more), (1, 3, false));
    assert!(goes.iter().chain([&cancelled]).all(|order| !is_here(&store, order)));
    for (why, order) in &stay {
        assert!(is_here(&store, order), "{why}");
    }
    assert_eq!(store.reader().journal(9).unwrap().len(), 1);
    drop(store);
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
    assert_eq!(place.open().reader().pruned_before().unwrap().unwrap().to_string(), "2026-03-15");
}

#[test]
fn a_feed_from_the_beginning_brings_nothing_back() {
    let (place, mut store) = Place::with_store();
    let (_, _) = over(&place, &mut store, 1);
    let accepted = |number: u32, accepted: bool| -> (Version, Version) {
        let mut order = place.order(number);
        order.lines.push(place.line("Soup", 500));
        let mut body = body_elsewhere(&order, None);
        body["order_id"] = if accepted { json!("S-1") } else { json!(null) };
        body["payment_status"] = json!("paid");
        let payment = payment_elsewhere(&place.payment(&order, 500));
        (version(None, false, &body), version(None, false, &payment))
    };
    let (old, its_payment) = accepted(2, true);
    for came in [&old, &its_payment] {
        take(&mut store, came, true);
    }
    server_says(&mut store, 40);
    let pruned = write(&mut store, |tx| tx.prune(99));
    assert_eq!((pruned.orders, pruned.payments), (2, 2));
    assert_eq!(store.reader().unsent().unwrap().count, 0);
    assert_eq!(store.reader().changes(Database::Orders, 0, 99, 99).unwrap().rows, [], "not even tombstones");

    // A branch of it that was given up says nothing of its date, and would bring it back by halves.
    let ended = version(Some(&old), true, &json!({ "_id": old.doc_id, "type": "order", "_deleted": true }));
    take(&mut store, &ended, true);
    assert_eq!(store.reader().winner(&old.doc_id).unwrap(), None);

    // what comes, whether it is taken
    let (fresh, _) = accepted(3, false);
    let (mut open, _) = accepted(4, true);
    open.body["payment_status"] = json!("partial");
    let (mut cancelled, _) = accepted(5, true);
    (cancelled.body["payment_status"], cancelled.body["order_status"]) = (json!("pending"), json!("cancelled"));
    for (came, taken) in [(&old, false), (&its_payment, true), (&fresh, true), (&open, true), (&cancelled, false)] {
        // An order of those days may have been here, and its payments with it.
        let may_return = |store: &mut Store| write(store, |tx| tx.may_return(came));
        assert_eq!(may_return(&mut store), came.doc_id != its_payment.doc_id);
        take(&mut store, came, true);
        assert_eq!(store.reader().winner(&came.doc_id).unwrap().is_some(), taken, "{}", came.body);
        assert_eq!(may_return(&mut store), !taken, "not what is here");
    }
    let mut young = fresh.clone();
    young.doc_id = place.order(8).order_id.to_string();
    young.body["business_date"] = json!("2026-04-20");
    assert!(!write(&mut store, |tx| tx.may_return(&young)), "nothing of its day was pruned");
    // It was accepted since, and is here: what is here goes on.
    let mut body = fresh.body.clone();
    body["order_id"] = json!("S-3");
    let edit = version(Some(&fresh), false, &body);
    take(&mut store, &edit, true);
    assert_eq!(store.reader().winner(&fresh.doc_id).unwrap().as_ref(), Some(edit.revision()));
    // A payment that came back alone goes with the next pruning; one of a young order is not even looked at.
    let mut young = place.order(6);
    young.order_id = OrderId::fresh(now().plus_millis(39 * DAY_MS), &mut place.dice());
    let alone = version(None, false, &payment_elsewhere(&place.payment(&young, 500)));
    take(&mut store, &alone, true);
    let sql = "UPDATE document SET body = ?2 WHERE doc_id = ?1";
    store.reader().connection().execute(sql, (&alone.doc_id, "torn")).unwrap();
    let again = write(&mut store, |tx| tx.prune(99));
    assert_eq!(again, Pruned { orders: 0, payments: 1, conflicts: 0, is_more: false });
    store.reader().connection().execute(sql, (&alone.doc_id, alone.body.to_string())).unwrap();
    assert_eq!(store.reader().winner(&its_payment.doc_id).unwrap(), None);
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
}

#[test]
fn no_clock_alone_makes_anything_old() {
    let (place, mut store) = Place::with_store();
    let (order, _) = over(&place, &mut store, 1);
    assert_eq!(store.reader().prunable_before().unwrap(), None);
    // the day that the server says, the day here, orders forgotten, up to where
    for (there, here, forgotten, before) in [
        (4_000, 0, 0, "2026-02-12"),
        (-400, 0, 0, "2025-01-08"),
        (1, 400, 0, "2026-02-13"),
        (60, 400, 1, "2026-04-13"),
        (45, 400, 0, "2026-03-29"),
    ] {
        store_says(&mut store, here);
        write(&mut store, |tx| tx.note_server_time(now().plus_millis(there * DAY_MS)));
        assert_eq!(write(&mut store, |tx| tx.prune(9)).orders, forgotten, "{there} days there, {here} here");
        let marks = [store.reader().prunable_before().unwrap(), store.reader().pruned_before().unwrap()];
        assert_eq!(marks.map(|mark| mark.unwrap().to_string()), [before, before]);
    }
    assert!(!is_here(&store, &order));
}

#[test]
fn what_was_pruned_leaves_no_room_behind() {
    let (place, mut store) = Place::with_store();
    for number in 1..=60 {
        let (order, _) = over(&place, &mut store, number);
        let slip = write(&mut store, |tx| tx.spool_add("bar", &Slip::DrawerKick, now()));
        let of_order = "UPDATE spool SET order_id = ?2, state = 'printed', finished_at = 'then' WHERE job_id = ?1";
        write(&mut store, |tx| tx.run("try", of_order, (slip, order.order_id.to_string())));
    }
    let checkpointer = care::Checkpointer::open(&place.path, Some(&key())).unwrap();
    assert!(checkpointer.truncate().unwrap());
    let long = std::fs::metadata(&place.path).unwrap().len();
    server_says(&mut store, 60);
    assert_eq!(write(&mut store, |tx| tx.prune(99)).orders, 60);
    assert_eq!(store.reader().spool_recent(99).unwrap(), []);
    let free = |store: &Store| -> u32 {
        store.reader().connection().query_row("PRAGMA freelist_count", [], |row| row.get(0)).unwrap()
    };
    let all = free(&store);
    store.give_room_back(0).unwrap();
    assert_eq!(free(&store), all, "none is none");
    store.give_room_back(10).unwrap();
    let left = free(&store);
    assert!(left > 0, "in steps");
    store.give_room_back(left).unwrap();
    assert_eq!(free(&store), 0);
    assert!(checkpointer.truncate().unwrap());
    let short = std::fs::metadata(&place.path).unwrap().len();
    assert!(short < long * 2 / 3, "{short} of {long} bytes");
    let reader = crate::store::Reader::open(&place.path, Some(&key())).unwrap();
    reader.connection().execute_batch("BEGIN; SELECT * FROM meta;").unwrap();
    save(&mut store, &place.order(99));
    assert!(!checkpointer.truncate().unwrap(), "somebody reads: nobody waits");
}

#[test]
fn records_of_conflicts_go_like_orders_once_the_server_has_them() {
    let (_place, mut store) = Place::with_store();
    let record = |id: &str, days: i64| {
        json!({
            "_id": format!("conflict_{id}"), "type": "conflict", "entity_type": "order", "entity_id": "order_1",
            "register_id": "T1", "location_id": "L1", "resolved_at": now().plus_millis(days * DAY_MS).rfc3339(),
        })
    };
    // id, days after which it was settled, whether the server has it
    for (id, days, is_there) in [("old", 0, true), ("alone", 0, false), ("young", 35, true)] {
        write(&mut store, |tx| tx.put_conflict(&record(id, days), now()));
        if is_there {
            confirmed(&mut store, &format!("conflict_{id}"));
        }
    }
    server_says(&mut store, 40);
    let pruned = write(&mut store, |tx| tx.prune(9));
    assert_eq!(pruned, Pruned { orders: 0, payments: 0, conflicts: 1, is_more: false });
    let left: Vec<String> = store.reader().conflicts(9).unwrap().into_iter().map(|it| it.doc_id).collect();
    assert_eq!(left, ["conflict_young", "conflict_alone"]);
    assert_eq!(write(&mut store, |tx| tx.prune(1)).conflicts, 0);
}
