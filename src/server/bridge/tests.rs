//! What becomes of what comes over a bridge, on every central database: also when the page comes again.

use super::{CentralEnd, Happening, Waits};
use crate::document::{Database, DocumentType, Leaf, Outcome, Revision, Version, resolve};
use crate::domain::{LineState, Timestamp};
use crate::server::central::conformance::{fresh, on_each_central, wait};
use crate::server::central::{Central, Kept};
use crate::server::replica::tests::{body, child, dice, first, now, order, paid};
use crate::server::{CentralDatabase, Replica, Settings};
use crate::sync::LocalEnd;
use crate::sync::local_end::{Pulled, Taken};
use serde_json::{Value, json};

on_each_central! {
    an_order_that_comes_is_accepted_once_however_often_it_comes,
    what_is_not_accepted_says_why_until_it_is_mended,
    versions_that_quarrel_are_merged_before_one_is_accepted_and_after,
    a_payment_waits_for_its_order,
    what_is_not_of_here_is_kept_out,
    a_checkpoint_is_kept_and_forgotten,
}

#[derive(Debug)]
struct AtOnce;

impl Waits for AtOnce {
    fn wait<T>(&self, asked: impl Future<Output = T>) -> T {
        wait(asked)
    }
}

struct World {
    end: CentralEnd<CentralDatabase, AtOnce>,
    now: Timestamp,
}

impl World {
    fn new() -> World {
        let mut dice_of_it = dice(1);
        let replica = Replica::new(fresh(&mut dice_of_it), Settings::default());
        let end = CentralEnd::open(replica, "L1".into(), "http://couch/orders", AtOnce, dice(2)).unwrap();
        World { end, now: now() }
    }

    /// A page comes; gives what happened, in words.
    fn comes(&mut self, versions: &[&Version]) -> Vec<String> {
        self.now = self.now.plus_millis(1);
        let versions: Vec<Version> = versions.iter().map(|it| (*it).clone()).collect();
        let checkpoint = ("pull".to_owned(), json!({ "session_id": "a", "source_last_seq": "7" }));
        let pulled = Pulled { database: Database::Orders, versions, is_of_now: true, checkpoint };
        assert_eq!(self.end.take_pulled(self.now, &pulled), Ok(Taken::Whole));
        self.end.take_happenings().iter().map(Happening::to_string).collect()
    }

    fn kept(&self, doc_id: &str) -> Kept {
        let place = self.end.place(Database::Orders);
        let found = wait(self.end.replica.central().documents(&place, &[doc_id.to_owned()])).unwrap();
        found.into_iter().next().unwrap_or_else(|| Kept::absent(doc_id))
    }

    fn stands(&self, doc_id: &str) -> Version {
        let kept = self.kept(doc_id);
        kept.version(&kept.tree.winner().unwrap()).unwrap()
    }

    fn missing(&self, versions: &[&Version]) -> usize {
        let offered: Vec<_> = versions.iter().map(|it| (it.doc_id.clone(), vec![it.revision().clone()])).collect();
        self.end.missing(Database::Orders, &offered).unwrap().len()
    }

    fn count(&self, query: &str) -> i64 {
        self.end.replica.central().count(query)
    }
}

fn sent(nth: u8) -> Version {
    first(&body(&order(nth, &[LineState::Sent]), None))
}

fn with(version: &Version, field: &str, value: Value) -> Value {
    let mut body = version.body.clone();
    body[field] = value;
    body
}

fn an_order_that_comes_is_accepted_once_however_often_it_comes() {
    let mut world = World::new();
    let [one, other] = [sent(1), sent(2)];
    // It was cut off right after the first was submitted.
    world.end.submit(world.now, DocumentType::Order, &one).unwrap();
    let [one_id, other_id] = [&one.doc_id, &other.doc_id];
    assert_eq!(world.comes(&[&one, &other]), [format!("accepted {other_id} as 2")]);
    assert_eq!(world.comes(&[&one, &other]), [""; 0], "the page comes again");
    let accepted = world.stands(one_id);
    assert_eq!((&accepted.body["order_number"], &accepted.body["order_status"]), (&json!("1"), &json!("confirmed")));
    assert_eq!(accepted.history.revisions()[1], *one.revision());
    assert_eq!(world.missing(&[&one, &other, &accepted]), 0);
    assert_eq!((world.count("COUNT(*) FROM orders"), world.end.tally().accepted), (2, 1));
    // What goes out is the feed, and each leaf of it.
    let out = world.end.changes(Database::Orders, 0, 10).unwrap();
    assert_eq!(out.rows.len(), 2);
    let leaf = &out.rows[0].leaves[0].revision;
    assert_eq!(world.end.version(Database::Orders, one_id, leaf).unwrap(), Some(accepted));
    assert_eq!(world.end.changes(Database::Orders, out.through, 10).unwrap().rows, []);
    // An edit that the books follow.
    let edited = child(&world.stands(one_id), &with(&world.stands(one_id), "kitchen_notes", json!("hot")));
    assert_eq!(world.comes(&[&edited]), [""; 0]);
    assert_eq!(world.stands(one_id), edited);
}

fn what_is_not_accepted_says_why_until_it_is_mended() {
    let mut world = World::new();
    let good = sent(1);
    let bad = first(&with(&good, "total_amount", json!(1)));
    let why = "total_amount: says 1, but its lines come to";
    let told = world.comes(&[&bad]);
    assert!(told.len() == 1 && told[0].starts_with(&format!("rejected {}: {why}", bad.doc_id)), "{told:?}");
    let rejected = world.stands(&bad.doc_id);
    assert_eq!(rejected.history.revisions()[1..], *bad.history.revisions());
    assert_eq!(
        [&rejected.body["rejection"]["code"], &rejected.body["rejection"]["field"]],
        [&json!("not_valid"), &json!("total_amount")]
    );
    // The page comes again, and what was sent comes back.
    world.comes(&[&bad]);
    world.comes(&[&rejected]);
    assert_eq!((world.stands(&bad.doc_id), world.missing(&[&bad, &rejected])), (rejected.clone(), 0));
    assert_eq!(world.count("COUNT(*) FROM orders"), 0);
    // Somebody mends it and leaves what was said of it.
    let mended = child(&rejected, &with(&rejected, "total_amount", good.body["total_amount"].clone()));
    assert_eq!(world.comes(&[&mended]), [format!("accepted {} as 1", bad.doc_id)]);
    let accepted = world.stands(&bad.doc_id);
    assert_eq!((accepted.body.get("rejection"), &accepted.body["order_number"]), (None, &json!("1")));
    // An edit that the books do not follow, and one that they do again.
    let wrong = child(&accepted, &with(&accepted, "total_amount", json!(2)));
    world.comes(&[&wrong]);
    let told = world.stands(&bad.doc_id);
    assert_eq!(
        (&told.body["rejection"]["code"], &told.history.revisions()[1]),
        (&json!("not_booked"), wrong.revision())
    );
    world.comes(&[&wrong]);
    world.comes(&[&told]);
    assert_eq!(world.stands(&bad.doc_id), told, "said once");
    let right = child(&told, &with(&told, "total_amount", good.body["total_amount"].clone()));
    world.comes(&[&right]);
    let stands = world.stands(&bad.doc_id);
    assert_eq!((stands.body.get("rejection"), &stands.history.revisions()[1]), (None, right.revision()));
    assert_eq!((world.count("COUNT(*) FROM orders"), world.count("COUNT(*) FROM flawed")), (1, 0));
    // Ids of another form are told as what they are.
    let strange = first(&json!({ "_id": "order_17", "type": "order", "location_id": "L1" }));
    world.comes(&[&strange]);
    assert_eq!(world.stands("order_17").body["rejection"]["field"], "_id");
}

fn versions_that_quarrel_are_merged_before_one_is_accepted_and_after() {
    let mut world = World::new();
    let one = sent(1);
    let other = first(&with(&one, "kitchen_notes", json!("hot")));
    let told = world.comes(&[&one, &other]);
    let id = &one.doc_id;
    assert_eq!(told, [format!("merged the versions of {id} that quarrelled"), format!("accepted {id} as 1")]);
    let stands = world.stands(id);
    let leaf = |it: &Version| Leaf { revision: it.revision().clone(), body: it.body.clone() };
    let Some(Outcome::Settled(settled)) = resolve(DocumentType::Order, &[leaf(&one), leaf(&other)]) else {
        panic!("they are merged")
    };
    assert_eq!(stands.history.revisions()[1], settled.revision, "as registers merge them");
    assert_eq!((&stands.body["kitchen_notes"], &stands.body["order_number"]), (&json!("hot"), &json!("1")));
    assert_eq!(world.kept(id).tree.conflicts(), [] as [Revision; 0]);
    // Somebody edited what he had before he heard that it is accepted.
    let late = child(&one, &with(&one, "table", json!("9")));
    world.comes(&[&late]);
    let stands = world.stands(id);
    assert_eq!((&stands.body["table"], &stands.body["order_number"]), (&json!("9"), &json!("1")));
    assert_eq!((world.kept(id).tree.conflicts().len(), world.missing(&[&one, &other, &late, &stands])), (0, 0));
    let records = world.end.changes(Database::Audit, 0, 10).unwrap();
    assert_eq!((records.rows.len(), world.count("COUNT(*) FROM orders")), (2, 1));
    world.comes(&[&one, &other, &late]);
    assert_eq!((world.stands(id), world.end.changes(Database::Audit, 0, 10).unwrap()), (stands, records));
    // A quarrel that another brought is not known to be settled: it is asked for again, and settled then.
    let stands = world.stands(id);
    let [left, right] = ["7", "8"].map(|table| child(&stands, &with(&stands, "table", json!(table))));
    world.end.graft(world.now, Database::Orders, vec![left.clone(), right.clone()]).unwrap();
    assert_eq!(world.missing(&[&left, &right]), 2, "both, of one document");
    world.comes(&[&left, &right]);
    assert_eq!((world.missing(&[&left, &right]), world.kept(id).tree.conflicts().len()), (0, 0));
}

fn a_payment_waits_for_its_order() {
    let mut world = World::new();
    let order = sent(1);
    let total = order.body["total_amount"].as_i64().unwrap();
    let (payment, _) = paid(&order, 1, total);
    let id = &payment.doc_id;
    assert_eq!(world.comes(&[&payment]), [format!("{id} waits until its order is accepted")]);
    assert_eq!(world.stands(id), payment, "it is kept all the same");
    // Another process goes on with it.
    world.end.read_waiting().unwrap();
    world.end.look_at_payments(world.now).unwrap();
    assert_eq!(world.count("COUNT(*) FROM payments"), 0);
    let told = world.comes(&[&order]);
    assert_eq!(told, [format!("accepted {} as 1", order.doc_id), format!("accepted {id}")]);
    assert_eq!(world.count("COUNT(*) FROM orders WHERE payment_status = 'paid'"), 1);
    world.end.read_waiting().unwrap();
    assert_eq!(world.comes(&[&order, &payment]), [""; 0]);
    // With its order, in whatever order they come; and one that is wrong.
    let other = sent(2);
    let (second, _) = paid(&other, 2, total);
    assert_eq!(world.comes(&[&second, &other]).len(), 2);
    let (third, _) = paid(&other, 3, total);
    let wrong = first(&with(&third, "tendered", json!(1)));
    world.comes(&[&wrong]);
    assert_eq!(world.stands(&wrong.doc_id).body["rejection"]["field"], "amount");
    assert_eq!(world.count("COUNT(*) FROM payments"), 2);
    // Two that tell of other money: nothing is merged, and somebody must look; that is said once.
    let twin = first(&with(&payment, "tendered", json!(total + 50)));
    let why = "two versions differ in tendered, and cannot both be true";
    let told = world.comes(&[&twin]);
    assert!(told.contains(&format!("{id} needs a look: {why}")), "{told:?}");
    assert!(!world.comes(&[&twin]).iter().any(|it| it.contains("needs a look")));
    assert_eq!(world.kept(id).tree.conflicts().len(), 1);
    assert_eq!(world.end.changes(Database::Orders, 0, 10).unwrap().rows.len(), 5);
}

fn what_is_not_of_here_is_kept_out() {
    let mut world = World::new();
    let elsewhere = first(&with(&sent(1), "location_id", json!("L2")));
    assert_eq!(world.comes(&[&elsewhere]), ["documents of other locations passed over: 1"]);
    let customer = first(&json!({ "_id": "customer_1", "type": "customer", "location_id": "L1" }));
    let told = world.comes(&[&customer]);
    assert_eq!(told, ["kept out customer_1: documents of type customer belong in the database customers"]);
    let long = first(&with(&sent(3), "notes", json!("x".repeat(8_000_001))));
    let told = world.comes(&[&long, &sent(2)]);
    assert!(told.iter().any(|it| it.starts_with(&format!("kept out {}", long.doc_id))), "{told:?}");
    assert_eq!((world.count("COUNT(*) FROM orders"), world.end.tally().kept_out), (1, 2));
    // What nobody knows is kept, and what was deleted is gone.
    let strange = first(&json!({ "_id": "shift_1", "location_id": "L1", "cash": 12 }));
    assert_eq!(world.comes(&[&strange]), [""; 0]);
    let end = child(&strange, &json!({ "_id": "shift_1" }));
    let end = Version { deleted: true, ..end };
    assert_eq!(world.comes(&[&end]), [""; 0]);
    assert!(world.stands("shift_1").deleted);
}

fn a_checkpoint_is_kept_and_forgotten() {
    let mut world = World::new();
    world.comes(&[]);
    assert_eq!(world.end.local_document("pull").unwrap().unwrap()["source_last_seq"], "7");
    world.end.keep(world.now, "pull", &Value::Null).unwrap();
    assert_eq!(world.end.local_document("pull"), Ok(None));
    let (before, order) = (world.end.standing().unwrap(), sent(1));
    world.comes(&[&order]);
    let after = world.end.standing().unwrap();
    assert_eq!((after.newest > before.newest, after.incarnation), (true, before.incarnation));
}
