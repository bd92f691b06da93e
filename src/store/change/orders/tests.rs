//! Rules of drafts, documents and lists.

use super::*;
use crate::domain::payment::{Amendment, Amends};
use crate::domain::{LineState, OrderType};
use crate::store::fixtures::{Place, now, pay, put, save, send};
use crate::store::{Durability, OrderRow, Reader, Store};

fn order(reader: &Reader, id: OrderId) -> Order {
    reader.order(id).unwrap().expect("the order is kept")
}

fn undo(store: &mut Store, id: OrderId) -> bool {
    store.write(Durability::Draft, |tx| tx.undo(id)).unwrap()
}

fn row(store: &Store, id: OrderId) -> OrderRow {
    store.reader().order_row(id).unwrap().expect("the order has a row")
}

fn state(store: &Store, id: OrderId) -> OrderRowState {
    row(store, id).state
}

fn number(store: &Store, sql: &str) -> i64 {
    store.reader().connection().query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_draft_survives_reopening_and_is_undone_to_the_bottom() {
    let (place, mut store) = Place::with_store();
    let mut whole = place.order(1);
    let mut steps = vec![whole.clone()];
    for name in ["Soup", "Bread", "Wine"] {
        whole.lines.push(place.line(name, 500));
        whole.header.table = Some(name.into());
        save(&mut store, &whole);
        steps.push(whole.clone());
    }
    drop(store);
    let mut store = place.open();
    let id = whole.order_id;
    for (depth, step) in steps.iter().enumerate().rev() {
        assert_eq!(order(store.reader(), id), *step, "{depth}");
        assert_eq!(store.reader().undo_depth(id).unwrap() as usize, depth);
        assert_eq!(undo(&mut store, id), depth > 0);
    }
    assert_eq!(order(store.reader(), id), steps[0]);
    assert_eq!(row(&store, id).total, Money::ZERO);
    store.write(Durability::Draft, |tx| tx.drop_draft(id)).unwrap();
    assert_eq!(store.reader().order(id).unwrap(), None);
    assert_eq!(store.reader().order_row(id).unwrap(), None);
}

#[test]
fn what_was_sent_is_the_bottom_of_the_next_draft() {
    let (place, mut store) = Place::with_store();
    let mut whole = place.order(1);
    whole.lines.push(place.line("Soup", 500));
    save(&mut store, &whole);
    send(&mut store, &mut whole);
    let id = whole.order_id;
    assert_eq!((store.reader().undo_depth(id).unwrap(), undo(&mut store, id)), (0, false));
    let sent = order(store.reader(), id);
    assert_eq!(sent, whole);
    whole.lines.push(place.line("Wine", 700));
    whole.header.order_type = OrderType::Takeaway;
    save(&mut store, &whole);
    assert_eq!(order(store.reader(), id), whole);
    assert_eq!(store.reader().sent_order(id).unwrap(), Some(sent.clone()));
    assert!(undo(&mut store, id) && !undo(&mut store, id));
    assert_eq!(order(store.reader(), id), sent);
}

#[test]
fn a_line_voided_while_a_draft_stands_stays_voided_however_far_it_is_undone() {
    let (place, mut store) = Place::with_store();
    let mut sent = place.order(1);
    sent.lines = vec![place.line("Soup", 500), place.line("Steak", 2000)];
    save(&mut store, &sent);
    send(&mut store, &mut sent);
    let id = sent.order_id;
    let mut whole = sent.clone();
    whole.header.table = Some("7".into());
    save(&mut store, &whole);
    whole.lines.push(place.line("Wine", 700));
    save(&mut store, &whole);

    sent.lines[1].state = LineState::Voided;
    sent.lines[1].void_reason = Some("Wrong item".into());
    sent.header.covers = Some(4);
    store.write(Durability::Synced, |tx| put(tx, &sent)).unwrap();

    let after = order(store.reader(), id);
    let names: Vec<_> = after.lines.iter().map(|line| (line.name.as_str(), line.state)).collect();
    let drafts = [("Soup", LineState::Sent), ("Steak", LineState::Voided), ("Wine", LineState::Draft)];
    assert_eq!(names, drafts);
    assert_eq!((after.header.table.as_deref(), after.header.covers), (Some("7"), Some(4)));
    assert_eq!((row(&store, id).total, state(&store, id)), (Money(1200), OrderRowState::SentWithDraft));
    assert!(undo(&mut store, id) && undo(&mut store, id) && !undo(&mut store, id));
    assert_eq!(order(store.reader(), id), sent);
    assert_eq!((row(&store, id).total, state(&store, id)), (Money(500), OrderRowState::Sent));
}

#[test]
fn a_draft_line_that_was_sent_since_is_not_doubled() {
    let (place, mut store) = Place::with_store();
    let mut whole = place.order(1);
    whole.lines.push(place.line("Soup", 500));
    save(&mut store, &whole);
    whole.lines[0].state = LineState::Sent;
    store.write(Durability::Synced, |tx| put(tx, &whole)).unwrap();
    assert_eq!(order(store.reader(), whole.order_id), whole);
    assert_eq!(state(&store, whole.order_id), OrderRowState::Sent);
}

#[test]
fn a_document_joins_the_outbox_once_and_keeps_its_history() {
    let (place, mut store) = Place::with_store();
    let mut whole = place.order(1);
    whole.lines.push(place.line("Soup", 500));
    save(&mut store, &whole);
    assert_eq!(store.reader().unsent().unwrap().count, 0);
    send(&mut store, &mut whole);
    let submitted = |store: &Store| store.reader().next_submission(Lane::Orders, now()).unwrap().unwrap().payload;
    let is_apart = "SELECT payload IS NOT NULL FROM outbox";
    let first = submitted(&store);
    assert_eq!(number(&store, is_apart), 0, "its document holds it");
    whole.lines.push(place.line("Wine", 700));
    save(&mut store, &whole);
    send(&mut store, &mut whole);
    let unsent = store.reader().unsent().unwrap();
    assert_eq!((unsent.count, unsent.oldest), (1, Some(now())));
    let frozen = submitted(&store);
    assert_eq!((&frozen, number(&store, is_apart)), (&first, 1), "frozen");
    let (doc_id, revision) = (whole.order_id.to_string(), frozen["_rev"].as_str().unwrap());
    assert_eq!((&frozen["_id"], &frozen["_original_order_id"]), (&doc_id.clone().into(), &doc_id.clone().into()));
    assert_eq!(frozen["_revisions"], serde_json::json!({ "start": 1, "ids": [&revision[2..]] }));
    let winner = store.reader().winner(&doc_id).unwrap().unwrap();
    let history = store.reader().version(&doc_id, &winner).unwrap().unwrap().history;
    assert_eq!(history.revisions().iter().map(ToString::to_string).collect::<Vec<_>>()[1..], [revision]);
    assert_eq!(winner.generation, 2);
    assert_eq!(number(&store, "SELECT seq FROM document"), 2);
}

#[test]
fn a_payment_is_written_once_and_its_order_knows() {
    let (place, mut store) = Place::with_store();
    let mut whole = place.order(1);
    whole.lines.push(place.line("Steak", 2000));
    save(&mut store, &whole);
    assert_eq!(state(&store, whole.order_id), OrderRowState::Draft);
    send(&mut store, &mut whole);
    let id = whole.order_id;
    // paid, balance, state, in the list of open orders, in that of paid ones
    for (paid, balance, is, open, closed) in
        [(500, 1500, OrderRowState::PartPaid, 1, 0), (1500, 0, OrderRowState::Paid, 0, 1)]
    {
        let payment = place.payment(&whole, paid);
        pay(&mut store, &payment).unwrap();
        assert!(pay(&mut store, &payment).is_err(), "written once");
        assert_eq!((row(&store, id).balance, state(&store, id)), (Money(balance), is));
        let reader = store.reader();
        assert_eq!((reader.open_orders(9).unwrap().len(), reader.paid_orders(9).unwrap().len()), (open, closed));
    }
    let amounts: Vec<_> = store.reader().payments(id).unwrap().iter().map(|payment| payment.amount.0).collect();
    assert_eq!(amounts, [500, 1500]);
    assert_eq!(store.reader().unsent().unwrap().count, 3);
    assert_eq!(number(&store, "SELECT COUNT(*) FROM outbox WHERE lane = 'payments' AND queue_seq > 1"), 2);
    // One more line reaches the paid order: a balance is due again.
    whole.lines.push(place.line("Wine", 700));
    send(&mut store, &mut whole);
    assert_eq!((row(&store, id).balance, state(&store, id)), (Money(700), OrderRowState::PartPaid));
    assert!(store.reader().paid_orders(9).unwrap().is_empty());
}

#[test]
fn a_refund_leaves_its_order_paid_and_where_it_stood_among_those_made_last() {
    let (place, mut store) = Place::with_store();
    let mut orders = [1, 2].map(|number| place.order(number));
    for whole in &mut orders {
        whole.lines.push(place.line("Soup", 500));
        save(&mut store, whole);
        send(&mut store, whole);
        whole.lines[0].state = LineState::Served;
        store.write(Durability::Synced, |tx| put(tx, whole)).unwrap();
    }
    let id = orders[0].order_id;
    let done = store.reader().kitchen_done(9).unwrap();
    let taken = place.payment(&orders[0], 500);
    pay(&mut store, &taken).unwrap();
    assert_eq!(row(&store, id).refunded, Money::ZERO);
    // given back, what of the bill went back so far
    for (back, refunded) in [(-200, 200), (-300, 500)] {
        let (kind, of, taxes) = (Amends::Refund, taken.payment_id, Vec::new());
        let (reason, by, approved_by, lines) = ("cold".into(), "Ana".into(), None, Vec::new());
        let amends = Amendment { kind, of, act: of, reason, by, approved_by, lines, taxes };
        let refund = Payment { amends: Some(Box::new(amends)), ..place.payment(&orders[0], back) };
        pay(&mut store, &refund).unwrap();
        store.write(Durability::Synced, |tx| put(tx, &orders[0])).unwrap();
        let row = row(&store, id);
        assert_eq!((row.state, row.balance, row.refunded), (OrderRowState::Paid, Money::ZERO, Money(refunded)));
        assert_eq!(store.reader().payments(id).unwrap().last(), Some(&refund));
    }
    assert_eq!(store.reader().kitchen_done(9).unwrap(), done);
    assert_eq!(number(&store, "SELECT COUNT(*) FROM outbox WHERE lane = 'payments'"), 3);
}

#[test]
fn open_orders_stand_as_they_were_opened_and_paid_ones_newest_first() {
    let (place, mut store) = Place::with_store();
    let mut orders: Vec<_> = (1..=5).map(|number| place.order(number)).collect();
    for whole in &mut orders {
        whole.lines.push(place.line("Soup", 500));
        save(&mut store, whole);
        send(&mut store, whole);
    }
    let numbers = |rows: Vec<OrderRow>| -> Vec<String> { rows.into_iter().map(|row| row.local_number.0).collect() };
    for at in [3, 0] {
        let payment = place.payment(&orders[at], 500);
        pay(&mut store, &payment).unwrap();
    }
    orders[1].cancelled = true;
    send(&mut store, &mut orders[1]);
    assert_eq!(state(&store, orders[1].order_id), OrderRowState::Cancelled);
    assert_eq!(numbers(store.reader().open_orders(10).unwrap()), ["T1-0003", "T1-0005"]);
    assert_eq!(numbers(store.reader().open_orders(1).unwrap()), ["T1-0005"]);
    assert_eq!(numbers(store.reader().paid_orders(10).unwrap()), ["T1-0001", "T1-0004"]);
    assert_eq!(numbers(store.reader().paid_orders(1).unwrap()), ["T1-0001"]);
}

#[test]
fn a_number_is_not_given_to_two_orders_of_a_day() {
    let (place, mut store) = Place::with_store();
    save(&mut store, &place.order(1));
    let twin = place.order(1);
    assert!(store.write(Durability::Draft, |tx| tx.save_draft(&twin)).is_err());
    assert_eq!(store.reader().order(twin.order_id).unwrap(), None);
}
