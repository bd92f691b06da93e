//! Rules of asking: no question reads a whole table, however much the store holds.

use crate::document::{Database, Version};
use crate::domain::journal::Entry;
use crate::domain::kitchen::KitchenRules;
use crate::domain::pickup::PickupRules;
use crate::domain::{BusinessDate, Slip};
use crate::store::fixtures::{Place, now, pay, put, put_customer, save, send, statements, version};
use crate::store::{AcceptedOrder, Durability, Lane, MenuMark, RejectedWrite, Store, SyncRow};

#[test]
fn every_question_has_an_index() {
    let (place, mut store) = Place::with_store();
    let mut order = place.order(1);
    order.lines.push(place.line("Soup", 500));
    save(&mut store, &order);
    send(&mut store, &mut order);
    let payment = place.payment(&order, 500);
    pay(&mut store, &payment).unwrap();
    let id = order.order_id;
    store
        .write(Durability::Synced, |tx| {
            tx.append(now(), None, &Entry::new("x", None))?;
            tx.take_number(BusinessDate::of(now(), 240))?;
            tx.undo(id)?;
            tx.set_portions(&"soup".into(), Some(1), (&"L1".into(), &"T1".into()), now())?;
            tx.see_order(id, None, now())?;
            tx.watch_no_more(now(), 9)?;
            tx.spool_add("bar", &Slip::DrawerKick, now()).map(|_| ())
        })
        .unwrap();
    let customer = put_customer(&place, &mut store, "Ana Ruiz", "0612345678");
    store.write(Durability::Draft, |tx| tx.read_customers(9)).unwrap();
    every_exchange(&mut store, &id.to_string(), &payment.payment_id.to_string());
    let reader = store.reader();
    reader.order(id).unwrap();
    reader.order_row(id).unwrap();
    reader.undo_depth(id).unwrap();
    reader.undone(id).unwrap();
    reader.stock().unwrap();
    reader.open_orders(10).unwrap();
    reader.paid_orders(10).unwrap();
    reader.unsent().unwrap();
    reader.menu().unwrap();
    reader.menu_version().unwrap();
    reader.staff().unwrap();
    reader.staff_with_pin("x").unwrap();
    reader.lockout().unwrap();
    reader.desk().unwrap();
    reader.spool_head("bar").unwrap();
    reader.spool_queue("bar").unwrap();
    reader.spool_waiting("bar").unwrap();
    reader.spool_job(1).unwrap();
    reader.spool_recent(10).unwrap();
    reader.spool_unfinished().unwrap();
    reader.spool_wanting(10).unwrap();
    reader.spool_failed("bar").unwrap();
    reader.receipts_queued(id).unwrap();
    reader.newest_receipt(id).unwrap();
    reader.takers(id).unwrap();
    reader.refund_slips_queued(id, payment.payment_id).unwrap();
    reader.boot_id().unwrap();
    reader.orders_making(10).unwrap();
    reader.kitchen_tickets(None, &KitchenRules::default(), now(), 10).unwrap();
    reader.kitchen_done(10).unwrap();
    reader.tickets_seen(&KitchenRules::default(), now(), 10).unwrap();
    reader.pickup_orders(&PickupRules::default(), now(), 10).unwrap();
    reader.pickup_orders_seen(&PickupRules::default(), now(), 10).unwrap();
    reader.customer(customer.customer_id).unwrap();
    ["", "ana ru 0612", "+33 612345678"].iter().for_each(|typed| drop(reader.customers(typed, 10).unwrap()));
    reader.has_unread_customers().unwrap();
    reader.last_document_seq().unwrap();
    reader.commits().unwrap();
    // Tables of one row, and those whose newest rows are read along their number.
    let allowed = |sql: &str, step: &str| {
        let one_row = ["SCAN meta", "SCAN desk", "SCAN lockout", "SCAN menu_mark", "SCAN sync_sum", "SCAN log"]
            .contains(&step)
            // One row a database at most.
            || ["SCAN offering", "SCAN untaken"].contains(&step)
            // What a question of its own found, on another line of the plan.
            || step == "SCAN CONSTANT ROW"
            || step.starts_with("SCAN (subquery-");
        let newest = [
            ("SCAN portions", "ORDER BY item_id LIMIT"),
            ("SCAN spool", "ORDER BY job_id DESC LIMIT"),
            ("SCAN watch", "ORDER BY watch_seq"),
            ("SCAN journal", "ORDER BY seq DESC LIMIT"),
            ("SCAN menu", "ORDER BY version DESC LIMIT"),
            ("SCAN rejected_write", "ORDER BY reject_seq DESC LIMIT"),
            ("SCAN sync_log", "ORDER BY log_seq DESC LIMIT"),
        ];
        one_row || newest.iter().any(|(scan, order)| step == *scan && sql.contains(order))
    };
    let all = statements();
    assert!(all.len() > 75, "{} statements were seen", all.len());
    for sql in all {
        let mut plan = reader.connection().prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = plan.raw_query();
        while let Some(row) = rows.next().unwrap() {
            let step: String = row.get("detail").unwrap();
            let whole = step.starts_with("SCAN") && !step.contains("USING INDEX") && !step.contains("COVERING INDEX");
            assert!(!whole || allowed(&sql, &step), "{step}: {sql}");
            assert!(!step.contains("TEMP B-TREE"), "{step}: {sql}");
        }
    }
}

/// Reads and writes all that an exchange with a server does.
fn every_exchange(store: &mut Store, order: &str, payment: &str) {
    let reader = store.reader();
    let winner = reader.winner(order).unwrap().unwrap();
    let first = reader.version(order, &winner).unwrap().unwrap();
    reader.changes(Database::Orders, 0, 9, 9).unwrap();
    reader.missing(&[(order.to_owned(), vec![winner.clone()])]).unwrap();
    reader.at_server(order).unwrap();
    reader.document_body(order).unwrap();
    let edit = |note: &str, parent: Option<&Version>| {
        let mut body = first.body.clone();
        body["kitchen_notes"] = note.into();
        version(parent, false, &body)
    };
    let submitted = reader.next_submission(Lane::Orders, now()).unwrap().unwrap();
    let numbers = AcceptedOrder { order_id: "S-1", order_number: "1", document: None };
    let refused = RejectedWrite {
        doc_id: order.into(),
        revision: winner.clone(),
        error: "forbidden".into(),
        reason: "no".into(),
        at: now(),
    };
    let round =
        SyncRow { lane: "menu".into(), success: true, duration_ms: 1, items_count: 1, timestamp: now(), note: None };
    store
        .write(Durability::Draft, |tx| {
            tx.put_version(Database::Orders, &edit("one", Some(&first)), true, now())?;
            tx.put_version(Database::Orders, &edit("two", None), true, now())?;
            tx.live_leaves(order)?;
            tx.put_rejected_write(Database::Orders, &refused)?;
            tx.server_has(order, std::slice::from_ref(&winner), now())?;
            tx.offer_again(order)?;
            tx.postpone(order, now(), "x", now())?;
            tx.reject(order, now(), "x", now())?;
            tx.send_to_review(order, "x", now())?;
            tx.resubmit(order, now())?;
            tx.next_submission(Lane::Orders, now())?;
            tx.close_submission(order, "x", now())?;
            tx.accept_order(order, &submitted.payload, &numbers, now())?;
            tx.next_submission(Lane::Payments, now())?;
            tx.next_due(Lane::Payments, now())?;
            tx.accept_payment(payment, &serde_json::Value::Null, "P-1", now())?;
            tx.put_conflict(
                &serde_json::json!({ "_id": "conflict_x", "type": "conflict", "entity_type": "order",
                "entity_id": order, "register_id": "T1", "resolved_at": now().rfc3339() }),
                now(),
            )?;
            tx.put_local_document("x", &serde_json::json!({}))?;
            tx.set_menu_mark(&MenuMark::default())?;
            tx.note_server_time(now())?;
            tx.log_sync(&round)?;
            tx.put_version(
                Database::Orders,
                &version(None, false, &serde_json::json!({ "_id": "new_1" })),
                true,
                now(),
            )?;
            tx.read_again()?;
            tx.queue_own(order, &"T1".into(), now())?;
            for taken in [&[][..], &[Database::Customers, Database::Audit]] {
                tx.count_unsent_in(taken, now())?;
            }
            tx.offer_all_again(Database::Orders)?;
            tx.offer_on(9, now())?;
            tx.hurry(9, now())?;
            tx.close_booked(&[order.to_owned()], now())?;
            tx.forgo_refused(order, now())?;
            tx.prune(9)
        })
        .unwrap();
    store.settle().unwrap();
    let reader = store.reader();
    reader.local_document("x").unwrap();
    reader.menu_mark().unwrap();
    reader.queued(Lane::Orders, 9).unwrap();
    reader.outbox_row(order).unwrap();
    reader.rejected_writes(9).unwrap();
    reader.reviews(9).unwrap();
    reader.waiting(9).unwrap();
    reader.matters_of(order).unwrap();
    reader.order_of(order).unwrap();
    reader.need_review().unwrap();
    reader.conflicts(9).unwrap();
    reader.unread_documents(9).unwrap();
    reader.sync_log(9).unwrap();
    reader.sync_metrics().unwrap();
    reader.server_time().unwrap();
    reader.pruned_before().unwrap();
    reader.offered_through(Database::Orders).unwrap();
}

#[test]
fn lists_of_a_thousand_orders_are_cut_to_what_was_asked() {
    let (place, mut store) = Place::with_store();
    let orders: Vec<_> = (1..=1000).map(|number| place.order(number)).collect();
    store.write(Durability::Draft, |tx| orders.iter().try_for_each(|order| put(tx, order))).unwrap();
    let rows = store.reader().open_orders(50).unwrap();
    let numbers = (rows.len(), rows[0].local_number.0.as_str(), rows[49].local_number.0.as_str());
    assert_eq!(numbers, (50, "T1-0951", "T1-1000"));
    assert_eq!(store.reader().unsent().unwrap().count, 1000);
}
