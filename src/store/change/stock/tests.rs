//! What is left: what survives, what drafts promise of it, and what other registers say of it.

use crate::document::soldout::{self, TallyContext};
use crate::document::{Database, DocumentType, Outcome, resolve};
use crate::domain::{ItemId, LocationId, RegisterId, Tally};
use crate::store::fixtures::{Place, now, save, send, take, version};
use crate::store::{Durability, Store};
use serde_json::Value;

fn whose() -> (LocationId, RegisterId) {
    ("L1".into(), "T1".into())
}

fn set(store: &mut Store, item: &ItemId, left: Option<u32>) {
    let (location, register) = whose();
    store.write(Durability::Draft, |tx| tx.set_portions(item, left, (&location, &register), now())).unwrap();
}

fn sell(store: &mut Store, item: &ItemId, quantity: u32) {
    let (location, register) = whose();
    store.write(Durability::Synced, |tx| tx.sell_portions(item, quantity, (&location, &register), now())).unwrap();
}

fn seen(store: &Store, item: &ItemId) -> Option<(i64, u32)> {
    store.reader().stock().unwrap().of(item).map(|it| (it.left, it.promised))
}

#[test]
fn what_is_left_survives_and_drafts_promise_of_it() {
    let (place, mut store) = Place::with_store();
    let item = place.line("Soup", 500).item_id;
    assert_eq!(seen(&store, &item), None);
    let mut orders = Vec::new();
    for number in 1..=2 {
        let mut order = place.order(number);
        order.lines.extend([place.line("Soup", 500), place.line("Soup", 500)]);
        save(&mut store, &order);
        orders.push(order);
    }
    assert_eq!(seen(&store, &item), None, "what is not counted is not counted");
    set(&mut store, &item, Some(12));
    let promised: u32 = orders.iter().flat_map(|order| &order.lines).map(|line| line.quantity).sum();
    assert_eq!(seen(&store, &item), Some((12, promised)));
    store.write(Durability::Draft, |tx| tx.undo(orders[1].order_id)).unwrap();
    assert_eq!(seen(&store, &item), Some((12, promised / 2)), "undone, it is promised no more");
    send(&mut store, &mut orders[0]);
    sell(&mut store, &item, 2);
    assert_eq!(seen(&store, &item), Some((10, 0)), "sent, it is no promise");
    drop(store);
    let mut store = place.open();
    assert_eq!(seen(&store, &item), Some((10, 0)));
    set(&mut store, &item, Some(0));
    assert_eq!(seen(&store, &item), Some((0, 0)));
    set(&mut store, &item, None);
    assert_eq!(seen(&store, &item), None);
}

/// What T2 makes of a document of this store.
fn elsewhere(store: &Store, item: &ItemId, change: impl FnOnce(&mut Tally)) -> crate::document::Version {
    let doc_id = soldout::id_of(item);
    let reader = store.reader();
    let parent = reader.winner(&doc_id).unwrap().and_then(|rev| reader.version(&doc_id, &rev).unwrap());
    let said = parent.as_ref().map(|it| &it.body);
    let mut tally = said.map_or_else(|| Tally::new(item.clone()), |body| soldout::from_body(body).unwrap());
    change(&mut tally);
    let (location_id, edited_by) = ("L1".into(), "T2".into());
    let context = TallyContext { location_id: &location_id, edited_by: &edited_by, updated_at: now() };
    version(parent.as_ref(), false, &soldout::to_body(&tally, &context, said))
}

#[test]
fn what_others_count_and_sell_counts_here() {
    let (_place, mut store) = Place::with_store();
    let item = ItemId::from("soup");
    let counted = elsewhere(&store, &item, |tally| tally.count(Some(5)));
    take(&mut store, &counted, true);
    assert_eq!(seen(&store, &item), Some((5, 0)));
    // Both sell of it at once, and more than there is.
    let sold = elsewhere(&store, &item, |tally| tally.sell("T2".into(), 4));
    sell(&mut store, &item, 3);
    take(&mut store, &sold, true);
    let doc_id = soldout::id_of(&item);
    let leaves = store.reader().live_leaves(&doc_id).unwrap();
    let Some(Outcome::Settled(settled)) = resolve(DocumentType::SoldOut, &leaves) else { panic!("they add up") };
    store.write(Durability::Draft, |tx| tx.put_resolution(&doc_id, &settled, now())).unwrap();
    assert_eq!(seen(&store, &item), Some((-2, 0)));
    let on_sale = elsewhere(&store, &item, |tally| tally.count(None));
    take(&mut store, &on_sale, true);
    assert_eq!(seen(&store, &item), None);
    // What does not read tells nothing: what was known before stands.
    let counted = elsewhere(&store, &item, |tally| tally.count(Some(0)));
    take(&mut store, &counted, true);
    let mut body = counted.body.clone();
    body["mark"] = Value::from("gone");
    take(&mut store, &version(Some(&counted), false, &body), true);
    assert_eq!(seen(&store, &item), Some((0, 0)));
    set(&mut store, &item, Some(3));
    assert_eq!(seen(&store, &item), Some((3, 0)), "and is counted anew");
}

#[test]
fn a_mark_of_former_days_is_shared_with_the_next_change() {
    let (_place, mut store) = Place::with_store();
    let item = ItemId::from("soup");
    store
        .write(Durability::Draft, |tx| {
            tx.run("mark it as it was marked", "INSERT INTO portions VALUES ('soup', 7, ?1)", [now().rfc3339()])
        })
        .unwrap();
    assert_eq!(seen(&store, &item), Some((7, 0)));
    assert_eq!(store.reader().changes(Database::Orders, 0, u64::MAX, 9).unwrap().rows.len(), 0);
    sell(&mut store, &item, 2);
    assert_eq!(seen(&store, &item), Some((5, 0)));
    assert_eq!(store.reader().changes(Database::Orders, 0, u64::MAX, 9).unwrap().rows.len(), 1);
}
