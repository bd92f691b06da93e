//! Rules of revisions that come from outside, and the laws that hold for all histories.

use super::*;
use crate::document::{Leaf, Outcome, resolve};
use crate::domain::kitchen::KitchenRules;
use crate::domain::{Line, LineState, Order};
use crate::store::fixtures::{Place, body_elsewhere, key, now, pay, payment_elsewhere, put, save, send, take, version};
use crate::store::{Durability, Lane, OrderRowState, RejectedWrite, Store, care};
use proptest::prelude::*;
use serde_json::json;

fn soup(place: &Place, number: u32) -> Order {
    let mut order = place.order(number);
    order.lines.push(place.line("Soup", 500));
    order
}

fn unsent(store: &Store) -> u32 {
    store.reader().unsent().unwrap().count
}

fn server_has(store: &mut Store, doc_id: &str, revisions: &[Revision]) {
    store.write(Durability::Draft, |tx| tx.server_has(doc_id, revisions, now())).unwrap();
}

#[test]
fn what_was_settled_here_alone_gives_way_to_all_that_the_server_has() {
    let (place, mut store) = Place::with_store();
    let mut order = soup(&place, 1);
    order.lines[0].state = LineState::Sent;
    let id = order.order_id.to_string();
    let first = version(None, false, &body_elsewhere(&order, None));
    let more = |name: &str| {
        let mut other = order.clone();
        other.lines.push(Line { state: LineState::Sent, ..place.line(name, 300) });
        version(Some(&first), false, &body_elsewhere(&other, None))
    };
    let (bread, wine) = (more("Bread"), more("Wine"));
    let settle = |store: &mut Store| {
        store.write(Durability::Draft, |tx| -> Result<(), Fault> {
            match resolve(DocumentType::Order, &tx.live_leaves(&id)?) {
                Some(Outcome::Settled(settled)) => tx.put_resolution(&id, &settled, now()),
                other => panic!("{other:?}"),
            }
        })
    };
    for came in [&first, &bread, &wine] {
        take(&mut store, came, true);
    }
    settle(&mut store).unwrap();
    // The server has gone on with one of them meanwhile.
    let later = version(Some(&wine), false, &wine.body);
    let versions = [bread.clone(), later.clone()];
    store.write(Durability::Draft, |tx| tx.put_anew(Database::Orders, &versions, now())).unwrap();
    let leaves: BTreeSet<Revision> =
        store.reader().tree(&id).unwrap().unwrap().leaves().into_iter().map(|it| it.revision).collect();
    assert_eq!(leaves, BTreeSet::from([bread.revision().clone(), later.revision().clone()]));
    settle(&mut store).unwrap();
    let found = store.reader().sent_order(order.order_id).unwrap().unwrap();
    assert_eq!(found.lines.len(), 3, "{found:?}");
    assert_eq!(store.reader().open_orders(9).unwrap().len(), 1);
}

#[test]
fn orders_and_payments_of_another_register_stand_in_the_lists() {
    let (place, mut store) = Place::with_store();
    store.write(Durability::Draft, |tx| tx.take_number(place.order(1).business_date)).unwrap();
    // Its number is one of ours.
    let ours = soup(&place, 1);
    save(&mut store, &ours);
    let mut theirs = Order { local_number: ours.local_number.clone(), ..soup(&place, 2) };
    let first = version(None, false, &body_elsewhere(&theirs, None));
    assert_eq!(take(&mut store, &first, true), Grafted::Leaf);
    theirs.lines[0].state = LineState::Sent;
    let id = theirs.order_id;
    let row = |store: &Store| store.reader().order_row(id).unwrap().expect("it has a row");
    assert_eq!((row(&store).state, row(&store).total.0), (OrderRowState::Sent, 500));
    assert_eq!(store.reader().open_orders(9).unwrap().len(), 2);
    let tickets = store.reader().kitchen_tickets(None, &KitchenRules::default(), now(), 9).unwrap();
    assert_eq!(tickets.iter().map(|ticket| ticket.order_id).collect::<Vec<_>>(), [id]);
    assert_eq!(unsent(&store), 0, "a draft is no document, and the other one came from the server");

    let payment = version(None, false, &payment_elsewhere(&place.payment(&theirs, 500)));
    assert_eq!(take(&mut store, &payment, true), Grafted::Leaf);
    assert_eq!(row(&store).state, OrderRowState::Paid);
    assert_eq!(store.reader().paid_orders(9).unwrap().len(), 1);
    let gone = version(Some(&payment), true, &json!({ "_id": payment.doc_id, "type": "payment" }));
    take(&mut store, &gone, true);
    assert_eq!(row(&store).state, OrderRowState::Sent, "the payment is gone");

    // Edited here: a child of theirs, and not submitted by us.
    theirs.lines.push(place.line("Wine", 700));
    send(&mut store, &mut theirs);
    assert_eq!((row(&store).total.0, unsent(&store)), (1200, 1));
    assert_eq!(store.reader().outbox_row(&first.doc_id).unwrap(), None);
    let gone = store.reader().version(&first.doc_id, first.revision()).unwrap();
    assert_eq!(gone, None, "what was edited is not kept");
    let winner = store.reader().winner(&first.doc_id).unwrap().unwrap();
    let ours = store.reader().version(&first.doc_id, &winner).unwrap().unwrap();
    assert_eq!(ours.history.revisions(), [winner, first.revision().clone()]);
    let gone = version(Some(&ours), true, &json!({ "_id": ours.doc_id, "type": "order" }));
    take(&mut store, &gone, true);
    assert_eq!(store.reader().order_row(id).unwrap(), None);
    assert_eq!(store.reader().order(id).unwrap(), None);
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
}

#[test]
fn what_does_not_read_is_kept_and_sent_on_and_breaks_no_list() {
    let (place, mut store) = Place::with_store();
    let mut order = soup(&place, 1);
    save(&mut store, &order);
    send(&mut store, &mut order);
    let mine = order.order_id.to_string();
    let winner = store.reader().winner(&mine).unwrap().unwrap();
    let sent = store.reader().version(&mine, &winner).unwrap().unwrap();
    let payment = place.payment(&order, 500);
    let id = |kind: &str| format!("{kind}_019cec53-0000-7000-8000-000000000001");
    let other_payment = "payment_019cec53-0000-7000-8000-000000000002";
    let mut other_order = body_elsewhere(&soup(&place, 7), None);
    other_order["_id"] = json!("order_7");
    // what comes, why it does not read
    let rows = [
        (json!({ "_id": id("gift"), "type": "gift", "of": 1.5e300 }), "does not know what kind"),
        (json!({ "_id": "_design/house", "views": {} }), "does not know what kind"),
        (json!({ "_id": id("order"), "type": "order" }), "created_at"),
        (json!({ "_id": id("payment"), "type": "order" }), "type: `order`"),
        (json!({ "_id": other_payment, "type": "payment", "order": mine, "tender": "card", "amount": "x" }), "amount"),
        (other_order, "_id"),
    ];
    for (body, why) in &rows {
        let came = version(None, false, body);
        take(&mut store, &came, true);
        let flaws = store.reader().unread_documents(1).unwrap();
        assert!(flaws[0].doc_id == came.doc_id && flaws[0].flaw.contains(why), "{flaws:?}");
        assert_eq!(store.reader().version(&came.doc_id, came.revision()).unwrap(), Some(came), "as it came");
    }
    let lists = |store: &Store| {
        let reader = store.reader();
        reader.orders_making(9).unwrap();
        reader.kitchen_tickets(None, &KitchenRules::default(), now(), 9).unwrap();
        (reader.open_orders(9).unwrap().len(), reader.payments(order.order_id).unwrap().len())
    };
    assert_eq!(lists(&store), (1, 0));
    // Ours becomes something that this program cannot read, and is mended elsewhere.
    let mut broken = sent.body.clone();
    broken["items"] = json!("all of them");
    let broken = version(Some(&sent), false, &broken);
    take(&mut store, &broken, true);
    assert_eq!(lists(&store), (0, 0));
    assert_eq!(store.reader().order(order.order_id).unwrap(), None);
    pay(&mut store, &payment).unwrap();
    assert_eq!(lists(&store), (0, 1), "a payment of it is one all the same");
    take(&mut store, &version(Some(&broken), false, &sent.body), true);
    assert_eq!(lists(&store), (0, 1), "and it is paid");
    assert_eq!(store.reader().paid_orders(9).unwrap().len(), 1);
    assert_eq!(store.reader().unread_documents(99).unwrap().len(), 6, "six came, and ours reads again");

    // A newer program reads what this one could not.
    let was_known = "UPDATE document SET flaw = 'too new' WHERE doc_id = ?1";
    store.write(Durability::Draft, |tx| tx.run("try", was_known, [&mine])).unwrap();
    assert_eq!(store.write(Durability::Draft, |tx| tx.read_again()).unwrap(), 1);
    assert_eq!(store.reader().unread_documents(99).unwrap().len(), 6);
    assert!(store.reader().order(order.order_id).unwrap().is_some());
}

#[test]
fn a_quarrel_is_settled_by_what_the_merge_says_and_recorded_once() {
    let (place, mut store) = Place::with_store();
    let mut order = soup(&place, 1);
    save(&mut store, &order);
    send(&mut store, &mut order);
    let doc_id = order.order_id.to_string();
    let first = store.reader().winner(&doc_id).unwrap().unwrap();
    let first = store.reader().version(&doc_id, &first).unwrap().unwrap();
    // Two registers add to it at once.
    let mut theirs = order.clone();
    theirs.lines.push(place.line("Bread", 200));
    let theirs = version(Some(&first), false, &body_elsewhere(&theirs, Some(&first.body)));
    order.lines.push(place.line("Wine", 700));
    send(&mut store, &mut order);
    let local = store.reader().winner(&doc_id).unwrap().unwrap();
    let settled = store
        .write(Durability::Draft, |tx| -> Result<_, Fault> {
            assert_eq!(tx.put_version(Database::Orders, &theirs, true, now())?, Grafted::Branch);
            let leaves: Vec<Leaf> = tx.live_leaves(&doc_id)?;
            assert_eq!(leaves.len(), 2);
            let outcome = resolve(DocumentType::Order, &leaves).expect("they quarrel");
            let (location_id, register_id) = (&"L1".into(), &"T1".into());
            let context = crate::document::conflict::ConflictContext {
                local: &local,
                location_id,
                register_id,
                resolved_at: now(),
            };
            for record in crate::document::conflict::to_bodies(DocumentType::Order, &leaves, &outcome, &context) {
                tx.put_conflict(&record, now())?;
                tx.put_conflict(&record, now())?;
            }
            let Outcome::Settled(settled) = outcome else { panic!("it can be merged") };
            tx.put_resolution(&doc_id, &settled, now())?;
            Ok(settled)
        })
        .unwrap();
    assert_eq!(store.reader().winner(&doc_id).unwrap(), Some(settled.revision.clone()));
    assert_eq!(store.reader().live_leaves(&doc_id).unwrap().len(), 1);
    let names: Vec<String> =
        store.reader().order(order.order_id).unwrap().unwrap().lines.into_iter().map(|line| line.name).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let grave = store.reader().version(&doc_id, &settled.tombstones[0].revision).unwrap().unwrap();
    assert_eq!((grave.deleted, &grave.body["type"], grave.body.get("_deleted")), (true, &json!("order"), None));
    let records = store.reader().conflicts(9).unwrap();
    assert_eq!((records.len(), records[0].conflict.entity_id.as_str()), (1, doc_id.as_str()));
    let leaves = store.reader().changes(Database::Orders, 0, 99, 9).unwrap().rows.pop().unwrap().leaves;
    assert_eq!(leaves.len(), 2);
    drop(store);
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
}

#[test]
fn a_document_waits_until_the_server_has_its_winner_and_has_accepted_it() {
    let (place, mut store) = Place::with_store();
    let mut order = soup(&place, 1);
    save(&mut store, &order);
    send(&mut store, &mut order);
    let doc_id = order.order_id.to_string();
    let first = store.reader().winner(&doc_id).unwrap().unwrap();
    server_has(&mut store, &doc_id, std::slice::from_ref(&first));
    assert_eq!((unsent(&store), store.reader().at_server(&doc_id).unwrap()), (1, vec![first.clone()]), "not accepted");
    store.write(Durability::Draft, |tx| tx.submission_done(&doc_id, Some("S-1"), now())).unwrap();
    assert_eq!((unsent(&store), store.reader().unsent().unwrap().oldest), (0, None));
    order.lines.push(place.line("Wine", 700));
    send(&mut store, &mut order);
    let second = store.reader().winner(&doc_id).unwrap().unwrap();
    assert_eq!((unsent(&store), store.reader().at_server(&doc_id).unwrap()), (1, vec![]));
    server_has(&mut store, &doc_id, std::slice::from_ref(&first));
    assert_eq!(unsent(&store), 1, "it has the one before");
    server_has(&mut store, &doc_id, &[first, second.clone()]);
    assert_eq!(unsent(&store), 0);
    // The server was made anew: all of it again, and nothing twice.
    let again = |store: &mut Store, database| {
        let offer = |tx: &Tx<'_>| tx.offer_all_again(database).and_then(|()| tx.offer_on(99, now()));
        assert!(!store.write(Durability::Draft, offer).unwrap());
    };
    again(&mut store, Database::Customers);
    assert_eq!(unsent(&store), 0, "another database");
    for _ in 0..2 {
        again(&mut store, Database::Orders);
        assert_eq!((unsent(&store), store.reader().unsent().unwrap().oldest), (1, Some(now())));
    }
    let again = store.reader().next_submission(crate::store::Lane::Orders, now()).unwrap().unwrap();
    assert_eq!((again.doc_id.as_str(), &again.payload["_rev"]), (doc_id.as_str(), &json!(second.to_string())));
    assert_eq!(again.payload["_revisions"]["start"], 2);
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
}

#[test]
fn what_comes_and_goes_in_one_transaction_is_counted_as_it_stands_at_its_end() {
    let (place, mut store) = Place::with_store();
    // what happens to a new order in the transaction that brings it, how many wait then
    let rows: [(fn(&Tx<'_>, &Order, &str) -> Result<(), Fault>, u32); 4] = [
        (|_, _, _| Ok(()), 1),
        (|tx, order, _| put(tx, order), 2),
        (
            |tx, _, doc_id| {
                let winner = tx.winner(doc_id)?.expect("it was written");
                tx.server_has(doc_id, &[winner], now())?;
                tx.submission_done(doc_id, Some("S"), now())
            },
            2,
        ),
        (|tx, _, _| tx.offer_all_again(Database::Orders).and_then(|()| tx.offer_on(99, now()).map(drop)), 4),
    ];
    for (number, (happens, waiting)) in (1..).zip(rows) {
        let order = soup(&place, number);
        let write = |tx: &Tx<'_>| {
            put(tx, &order)?;
            happens(tx, &order, &order.order_id.to_string())
        };
        store.write(Durability::Draft, write).unwrap();
        assert_eq!(unsent(&store), waiting, "{number}");
        assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
    }
    let (place, mut store) = Place::with_store();
    let order = soup(&place, 9);
    let doc_id = order.order_id.to_string();
    let write = |tx: &Tx<'_>| {
        put(tx, &order)?;
        let winner = tx.winner(&doc_id)?.expect("it was written");
        tx.submission_done(&doc_id, Some("S"), now())?;
        tx.server_has(&doc_id, &[winner], now())
    };
    store.write(Durability::Draft, write).unwrap();
    assert_eq!(unsent(&store), 0, "nothing waited before, and nothing does");
}

#[test]
fn a_server_that_lost_something_is_offered_everything_in_steps() {
    let (place, mut store) = Place::with_store();
    let ids: Vec<String> = (1..=5)
        .map(|number| {
            let mut order = soup(&place, number);
            send(&mut store, &mut order);
            order.order_id.to_string()
        })
        .collect();
    let confirm = |store: &mut Store, doc_id: &str| {
        let winner = store.reader().winner(doc_id).unwrap().unwrap();
        server_has(store, doc_id, &[winner]);
        store.write(Durability::Draft, |tx| tx.submission_done(doc_id, Some("S"), now())).unwrap();
    };
    ids.iter().for_each(|doc_id| confirm(&mut store, doc_id));
    assert_eq!(unsent(&store), 0);
    let later = now().plus_millis(60_000);
    let step = |store: &mut Store| {
        let is_more = store.write(Durability::Draft, |tx| tx.offer_on(2, later)).unwrap();
        (is_more, store.reader().offered_through(Database::Orders).unwrap(), unsent(store))
    };
    assert_eq!(step(&mut store), (false, None, 0), "nothing was lost");
    store.write(Durability::Draft, |tx| tx.offer_all_again(Database::Orders)).unwrap();
    assert_eq!(store.reader().offered_through(Database::Orders).unwrap(), Some(0));
    assert_eq!(step(&mut store), (true, Some(2), 2));
    assert_eq!(store.reader().unsent().unwrap().oldest, Some(now()), "it waits since it was queued");
    // What the server is told meanwhile stays told; the register is ended in the middle.
    confirm(&mut store, &ids[0]);
    drop(store);
    let mut store = place.open();
    assert!(store.reader().is_offering().unwrap());
    assert_eq!(step(&mut store), (true, Some(4), 3));
    // The server loses something once more: all of it from the beginning.
    store.write(Durability::Draft, |tx| tx.offer_all_again(Database::Orders)).unwrap();
    let steps = [(true, Some(2), 4), (true, Some(4), 4), (false, None, 5)];
    assert_eq!([(); 3].map(|()| step(&mut store)), steps);
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
}

#[test]
fn what_others_sold_is_handed_in_again_where_the_server_lost_its_books() {
    let (place, mut store) = Place::with_store();
    let [accepted, pending, paid_here] = [1, 2, 3].map(|number| soup(&place, number));
    let bring = |store: &mut Store, order: &Order, order_id: Option<&str>| {
        let mut body = body_elsewhere(order, None);
        body["order_id"] = json!(order_id);
        take(store, &version(None, false, &body), true);
        order.order_id.to_string()
    };
    let accepted_id = bring(&mut store, &accepted, Some("S-1"));
    let pending_id = bring(&mut store, &pending, None);
    let paid_here_id = bring(&mut store, &paid_here, Some("S-3"));
    let bring_payment = |store: &mut Store, order: &Order| {
        let payment = place.payment(order, 500);
        take(store, &version(None, false, &payment_elsewhere(&payment)), true);
        payment.payment_id.to_string()
    };
    let of_accepted = bring_payment(&mut store, &accepted);
    let of_pending = bring_payment(&mut store, &pending);
    let of_nothing = bring_payment(&mut store, &soup(&place, 9));
    let own = place.payment(&paid_here, 500);
    pay(&mut store, &own).unwrap();
    let own = own.payment_id.to_string();
    store.write(Durability::Draft, |tx| tx.accept_payment(&own, &Value::Null, "P-3", now())).unwrap();
    store.write(Durability::Draft, |tx| tx.offer_all_again(Database::Orders)).unwrap();
    // In small steps, so that a payment comes in another one than its order.
    while store.write(Durability::Draft, |tx| tx.offer_on(2, now())).unwrap() {}
    // document, whether it is handed in from here
    for (doc_id, handed_in) in [
        (&accepted_id, true),
        (&of_accepted, true),
        (&paid_here_id, true),
        (&own, true),
        (&pending_id, false), // nobody has accepted it: its own register submits it
        (&of_pending, false), // and goes with it
        (&of_nothing, false), // its order is not here
    ] {
        assert_eq!(store.reader().outbox_row(doc_id).unwrap().is_some(), handed_in, "{doc_id}");
    }
    let next = |store: &Store, lane| store.reader().next_submission(lane, now()).unwrap().map(|it| it.doc_id);
    assert_eq!(next(&store, Lane::Payments), None, "payments go behind their orders");
    for (order, payment) in [(&accepted_id, &of_accepted), (&paid_here_id, &own)] {
        assert_eq!(next(&store, Lane::Orders).as_ref(), Some(order));
        store.write(Durability::Draft, |tx| tx.submission_done(order, Some("S"), now())).unwrap();
        assert_eq!(next(&store, Lane::Payments).as_ref(), Some(payment));
        store.write(Durability::Draft, |tx| tx.accept_payment(payment, &Value::Null, "P", now())).unwrap();
    }
    assert_eq!(next(&store, Lane::Orders), None);
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
}

#[test]
fn what_the_server_has_no_database_for_does_not_wait() {
    let (place, mut store) = Place::with_store();
    let mut order = soup(&place, 1);
    send(&mut store, &mut order);
    let quarrel = |store: &mut Store, nth: u32| {
        let record = json!({ "_id": format!("conflict_{nth}"), "type": "conflict", "entity_type": "order",
            "entity_id": order.order_id.to_string(), "register_id": "T1", "resolved_at": now().rfc3339() });
        store.write(Durability::Draft, |tx| tx.put_conflict(&record, now())).unwrap();
    };
    quarrel(&mut store, 1);
    assert_eq!(unsent(&store), 2);
    let [all, few] = [&[Database::Orders, Database::Customers, Database::Audit][..], &[Database::Customers]];
    // what the server has, how many wait then, and with one more
    for (nth, (taken, waiting, more)) in (2..).zip([(few, 1, 1), (few, 1, 1), (all, 4, 5), (few, 1, 1)]) {
        store.write(Durability::Draft, |tx| tx.count_unsent_in(taken, now())).unwrap();
        assert_eq!(unsent(&store), waiting, "{taken:?}");
        quarrel(&mut store, nth);
        assert_eq!(unsent(&store), more, "{taken:?}");
        assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
    }
}

#[test]
fn changes_are_told_in_their_order_and_only_when_they_are_on_the_medium() {
    let (place, mut store) = Place::with_store();
    let mut orders: Vec<Order> = (1..=3).map(|number| soup(&place, number)).collect();
    for order in &mut orders {
        save(&mut store, order);
        send(&mut store, order);
    }
    assert_eq!(store.on_medium(), 3, "a synced commit");
    send(&mut store, &mut orders[0]);
    let customer = json!({ "_id": "customer_1", "type": "customer" });
    take(&mut store, &version(None, false, &customer), true);
    assert_eq!(store.on_medium(), 4, "a draft commit may be taken back by a power cut");
    let told = |store: &Store, database, since, limit| {
        let changes = store.reader().changes(database, since, store.on_medium(), limit).unwrap();
        (changes.rows.iter().map(|row| row.seq).collect::<Vec<_>>(), changes.through)
    };
    // since, at most, what is told, ask again from
    for (since, limit, seqs, through) in
        [(0, 9, vec![2, 3, 4], 4), (0, 2, vec![2, 3], 3), (3, 2, vec![4], 4), (4, 9, vec![], 4), (7, 9, vec![], 7)]
    {
        assert_eq!(told(&store, Database::Orders, since, limit), (seqs, through), "since {since}");
    }
    assert_eq!(told(&store, Database::Customers, 0, 9), (vec![], 4));
    store.write(Durability::Synced, |tx| tx.take_number(BusinessDate::of(now(), 240))).unwrap();
    assert_eq!(store.on_medium(), 4, "who knows whether that wrote anything");
    assert_eq!(store.settle().unwrap(), 5);
    assert_eq!(told(&store, Database::Customers, 0, 9), (vec![5], 5));
    drop(store);
    let mut store = place.open();
    assert_eq!(store.on_medium(), 0);
    let checkpointer = care::Checkpointer::open(&place.path, Some(&key())).unwrap();
    let settled = checkpointer.passive().unwrap().settled;
    assert_eq!(settled, Some(5));
    store.note_settled(5);
    assert_eq!(store.on_medium(), 5);
    put_again(&mut store, &orders[1]);
    let reader = crate::store::Reader::open(&place.path, Some(&key())).unwrap();
    reader.connection().execute_batch("BEGIN; SELECT * FROM meta;").unwrap();
    put_again(&mut store, &orders[1]);
    assert_eq!(checkpointer.passive().unwrap().settled, None, "a reader holds it up");
}

fn put_again(store: &mut Store, order: &Order) {
    store.write(Durability::Draft, |tx| put(tx, order)).unwrap();
}

#[test]
fn what_the_server_refused_is_kept_until_it_no_longer_matters() {
    let (place, mut store) = Place::with_store();
    let mut order = soup(&place, 1);
    save(&mut store, &order);
    send(&mut store, &mut order);
    let doc_id = order.order_id.to_string();
    let first = store.reader().winner(&doc_id).unwrap().unwrap();
    let refused = |revision: &Revision, reason: &str| RejectedWrite {
        doc_id: doc_id.clone(),
        revision: revision.clone(),
        error: "forbidden".into(),
        reason: reason.into(),
        at: now(),
    };
    let keep = |store: &mut Store, rejected: &RejectedWrite| {
        store.write(Durability::Draft, |tx| tx.put_rejected_write(Database::Orders, rejected)).unwrap();
        (store.reader().rejected_writes(9).unwrap(), store.reader().need_review().unwrap())
    };
    let (kept, count) = keep(&mut store, &refused(&first, "no"));
    assert_eq!((kept, count), (vec![refused(&first, "no")], 1));
    let (kept, count) = keep(&mut store, &refused(&first, "still no"));
    assert_eq!((kept, count), (vec![refused(&first, "still no")], 1), "told twice");
    send(&mut store, &mut order);
    let second = store.reader().winner(&doc_id).unwrap().unwrap();
    server_has(&mut store, &doc_id, &[]);
    assert_eq!(store.reader().need_review().unwrap(), 0, "it was edited since");
    keep(&mut store, &refused(&second, "no"));
    server_has(&mut store, &doc_id, std::slice::from_ref(&second));
    assert_eq!(store.reader().need_review().unwrap(), 0, "the server has it");
    keep(&mut store, &refused(&second, "no"));
    let seq = store.reader().last_document_seq().unwrap();
    store.write(Durability::Draft, |tx| tx.offer_again(&doc_id)).unwrap();
    assert_eq!(store.reader().need_review().unwrap(), 0, "it is offered again");
    assert_eq!(store.reader().last_document_seq().unwrap(), seq + 1);
}

#[test]
fn old_ancestors_are_cut_off() {
    let (_place, mut store) = Place::with_store();
    let body = json!({ "_id": "customer_1", "type": "customer" });
    let mut last = version(None, false, &body);
    for _ in 0..REVISIONS_KEPT + 200 {
        let rev = Revision::child_of(Some(last.revision()), false, &body);
        last.history = last.history.child(rev, REVISIONS_KEPT + 500);
    }
    take(&mut store, &last, true);
    let kept = store.reader().version("customer_1", last.revision()).unwrap().unwrap();
    assert_eq!(kept.history.revisions(), &last.history.revisions()[..REVISIONS_KEPT]);
    let seq = store.reader().last_document_seq().unwrap();
    assert_eq!(take(&mut store, &last, true), Grafted::Known);
    assert_eq!(store.reader().last_document_seq().unwrap(), seq, "offered again, nothing changes");
}

/// One revision of a random history: of which document, an edit of which one before it, a tombstone, what it says.
type Edit = (usize, Option<usize>, bool, u8);

fn edits() -> impl Strategy<Value = (Vec<Edit>, Vec<(usize, bool)>)> {
    let edit = (0..3_usize, proptest::option::weighted(0.8, 0..64_usize), proptest::bool::weighted(0.2), 0..3_u8);
    proptest::collection::vec(edit, 1..24).prop_flat_map(|edits| {
        let all: Vec<usize> = (0..edits.len()).chain(0..edits.len() / 3).collect();
        let order = Just(all).prop_shuffle();
        let from_server = proptest::collection::vec(any::<bool>(), edits.len() + edits.len() / 3);
        let came = (order, from_server).prop_map(|(order, from)| order.into_iter().zip(from).collect());
        (Just(edits), came)
    })
}

/// The revisions that edits make.
fn versions(edits: &[Edit]) -> Vec<Version> {
    let mut made: Vec<Version> = Vec::new();
    for &(document, parent, deleted, said) in edits {
        let doc_id = format!("customer_{document}");
        let mut of_it = made.iter().filter(|it| it.doc_id == doc_id);
        let count = of_it.clone().count();
        let parent = parent.filter(|_| count > 0).and_then(|nth| of_it.nth(nth % count)).cloned();
        let body = json!({ "_id": doc_id, "type": "customer", "name": said.to_string() });
        made.push(version(parent.as_ref(), deleted, &body));
    }
    made
}

/// Holds a store against trees and bodies that were kept in memory.
fn holds(store: &Store, trees: &[(String, RevisionTree)], versions: &[Version]) {
    for (doc_id, tree) in trees {
        let reader = store.reader();
        assert_eq!(reader.tree(doc_id).unwrap().unwrap_or_default(), *tree);
        assert_eq!(reader.winner(doc_id).unwrap(), tree.winner().map(|leaf| leaf.revision));
        let is_it = |it: &&Version, revision: &Revision| it.doc_id == *doc_id && it.revision() == revision;
        let said = |revision: &Revision| versions.iter().find(|it| is_it(it, revision)).expect("it was made");
        for leaf in tree.leaves() {
            let kept = reader.version(doc_id, &leaf.revision).unwrap().expect("leaves are kept");
            let made = said(&leaf.revision);
            assert_eq!((kept.deleted, &kept.body), (leaf.deleted, &made.body));
            assert_eq!(Some(&kept.history), tree.history(&leaf.revision, usize::MAX).as_ref());
        }
        let live: Vec<Revision> = reader.live_leaves(doc_id).unwrap().into_iter().map(|leaf| leaf.revision).collect();
        let expected = tree.leaves().into_iter().filter(|leaf| !leaf.deleted).map(|leaf| leaf.revision);
        assert_eq!(live, expected.collect::<Vec<_>>());
        let inner = versions.iter().filter(|it| it.doc_id == *doc_id && tree.knows(it.revision()));
        for version in inner.filter(|it| tree.leaves().iter().all(|leaf| leaf.revision != *it.revision())) {
            assert_eq!(reader.version(doc_id, version.revision()).unwrap(), None);
        }
    }
    let bodies = "SELECT COUNT(*) FROM leaf_body";
    let bodies: u32 = store.reader().connection().query_row(bodies, [], |row| row.get(0)).unwrap();
    assert_eq!(bodies as usize, trees.iter().map(|(_, tree)| tree.leaves().len().saturating_sub(1)).sum::<usize>());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_whatever_order_revisions_come_the_store_holds_what_the_tree_in_memory_holds((edits, came) in edits()) {
        let versions = versions(&edits);
        let (place, mut store) = Place::with_store();
        let mut trees: Vec<(String, RevisionTree)> =
            (0..3).map(|document| (format!("customer_{document}"), RevisionTree::default())).collect();
        let mut had: BTreeSet<(String, Revision)> = BTreeSet::new();
        for (nth, from_server) in came {
            let came = &versions[nth];
            let (_, tree) = trees.iter_mut().find(|(doc_id, _)| *doc_id == came.doc_id).expect("one of three");
            let before = (tree.clone(), store.reader().last_document_seq().unwrap());
            let grafted = take(&mut store, came, from_server);
            assert_eq!(grafted, tree.graft(&came.history, came.deleted));
            let numbered = i64::from(*tree != before.0);
            assert_eq!(store.reader().last_document_seq().unwrap(), before.1 + numbered);
            if from_server {
                had.insert((came.doc_id.clone(), came.revision().clone()));
            }
        }
        holds(&store, &trees, &versions);
        let waits = |(doc_id, tree): &&(String, RevisionTree)| {
            tree.winner().is_some_and(|winner| !had.contains(&(doc_id.clone(), winner.revision)))
        };
        assert_eq!(unsent(&store) as usize, trees.iter().filter(waits).count());
        let changed = store.reader().changes(Database::Customers, 0, 99, 99).unwrap().rows;
        assert_eq!(changed.len(), trees.iter().filter(|(_, tree)| tree.winner().is_some()).count());
        drop(store);
        assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
        holds(&place.open(), &trees, &versions);
    }
}
