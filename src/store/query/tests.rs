//! Rules of asking: no question reads a whole table, however much the store holds.

use crate::domain::journal::Entry;
use crate::domain::kitchen::KitchenRules;
use crate::domain::{BusinessDate, Slip};
use crate::store::Durability;
use crate::store::fixtures::{Place, now, pay, put, save, send, statements};

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
            tx.set_portions(&"soup".into(), Some(1), now())?;
            tx.spool_add("bar", &Slip::DrawerKick, now()).map(|_| ())
        })
        .unwrap();
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
    reader.refund_slips_queued(id, payment.payment_id).unwrap();
    reader.boot_id().unwrap();
    reader.orders_making(10).unwrap();
    reader.kitchen_tickets(None, &KitchenRules::default(), now(), 10).unwrap();
    reader.kitchen_done(10).unwrap();
    reader.last_document_seq().unwrap();
    reader.commits().unwrap();
    // Tables of one row, and those whose newest rows are read along their number.
    let allowed = |sql: &str, step: &str| {
        let one_row = ["SCAN meta", "SCAN desk", "SCAN lockout", "SCAN CONSTANT ROW"].contains(&step);
        let newest = [
            ("SCAN portions", "ORDER BY item_id LIMIT"),
            ("SCAN spool", "ORDER BY job_id DESC LIMIT"),
            ("SCAN journal", "ORDER BY seq DESC LIMIT"),
            ("SCAN menu", "ORDER BY version DESC LIMIT"),
        ];
        one_row || newest.iter().any(|(scan, order)| step == *scan && sql.contains(order))
    };
    let all = statements();
    assert!(all.len() > 25, "{} statements were seen", all.len());
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
