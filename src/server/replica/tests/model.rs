//! Many at once, in every order: requests are halted before each read and write of the database, and which goes on next
//! is thrown. Some commits happen and are not heard of, some are not heard of and did not happen.

use super::*;
use crate::document::submission::KnownTax;
use crate::document::{Grafted, RevisionTree};
use crate::server::central::{
    Acceptance, Act, Batch, BookedOrder, Central, ChangedDocument, Committed, Device, Fault, Flawed, Invitation, Kept,
    Listing, NotedIndex, OrderBooks, Place, Population, Redeemed, Standing,
};
use crate::server::{SqliteCentral, at_once};
use crate::sync::wire::PaymentAccepted;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::ops::Bound;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

/// A plain generator of numbers (xorshift).
struct Throws(u64);

impl Throws {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }
}

/// Goes on when it is polled again.
struct Halt(bool);

impl Future for Halt {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        Poll::Pending
    }
}

/// A database over a slow and bad line.
struct Halting {
    inner: SqliteCentral,
    throws: Mutex<Throws>,
    /// Somebody is always quicker.
    is_overrun: bool,
}

impl Halting {
    fn throw(&self, end: usize) -> usize {
        self.throws.lock().unwrap().below(end)
    }
}

type Read<T> = Result<T, Fault>;

impl Central for Halting {
    async fn standing(&self, place: &Place) -> Read<Standing> {
        Halt(false).await;
        self.inner.standing(place).await
    }
    async fn documents(&self, place: &Place, ids: &[String]) -> Read<Vec<Kept>> {
        Halt(false).await;
        self.inner.documents(place, ids).await
    }
    async fn trees(&self, place: &Place, ids: &[String]) -> Read<Vec<ChangedDocument>> {
        Halt(false).await;
        self.inner.trees(place, ids).await
    }
    async fn count_locals(&self, location_id: &LocationId) -> Read<usize> {
        self.inner.count_locals(location_id).await
    }
    async fn flaws(&self, place: &Place, ids: &[String]) -> Read<Vec<Flawed>> {
        Halt(false).await;
        self.inner.flaws(place, ids).await
    }
    async fn page(&self, place: &Place, after: &str, limit: u32) -> Read<Vec<Kept>> {
        Halt(false).await;
        self.inner.page(place, after, limit).await
    }
    async fn changes(&self, place: &Place, since: u64, limit: u32) -> Read<Vec<ChangedDocument>> {
        Halt(false).await;
        self.inner.changes(place, since, limit).await
    }
    async fn changes_before(&self, place: &Place, before: u64, limit: u32) -> Read<Vec<ChangedDocument>> {
        self.inner.changes_before(place, before, limit).await
    }
    async fn population(&self, place: &Place) -> Read<Population> {
        self.inner.population(place).await
    }
    async fn listed(&self, place: &Place, listing: &Listing) -> Read<Vec<ChangedDocument>> {
        self.inner.listed(place, listing).await
    }
    async fn count_listed(&self, place: &Place, low: &Bound<String>, high: &Bound<String>) -> Read<u64> {
        self.inner.count_listed(place, low, high).await
    }
    async fn indexes(&self, place: &Place) -> Read<Vec<NotedIndex>> {
        self.inner.indexes(place).await
    }
    async fn note_index(&self, place: &Place, index: &NotedIndex) -> Read<()> {
        self.inner.note_index(place, index).await
    }
    async fn forget_index(&self, place: &Place, design: &str, name: &str) -> Read<bool> {
        self.inner.forget_index(place, design, name).await
    }
    async fn local(&self, place: &Place, id: &str) -> Read<Option<Value>> {
        Halt(false).await;
        self.inner.local(place, id).await
    }
    async fn acceptances(&self, location_id: &LocationId, ids: &[String]) -> Read<Vec<Acceptance>> {
        Halt(false).await;
        self.inner.acceptances(location_id, ids).await
    }
    async fn order_books(&self, location_id: &LocationId, doc_id: &str) -> Read<Option<OrderBooks>> {
        Halt(false).await;
        self.inner.order_books(location_id, doc_id).await
    }
    async fn booked_orders(&self, location_id: &LocationId, after: &str, limit: u32) -> Read<Vec<BookedOrder>> {
        Halt(false).await;
        self.inner.booked_orders(location_id, after, limit).await
    }
    async fn last_number(&self, location_id: &LocationId) -> Read<u64> {
        Halt(false).await;
        self.inner.last_number(location_id).await
    }
    async fn is_order_id_taken(&self, location_id: &LocationId, order_id: &str) -> Read<bool> {
        Halt(false).await;
        self.inner.is_order_id_taken(location_id, order_id).await
    }
    async fn is_number_taken(&self, location_id: &LocationId, number: &str) -> Read<bool> {
        Halt(false).await;
        self.inner.is_number_taken(location_id, number).await
    }
    async fn taxes(&self, location_id: &LocationId) -> Read<Vec<KnownTax>> {
        Halt(false).await;
        self.inner.taxes(location_id).await
    }
    async fn admit(&self, name: &str, secret_digest: &str) -> Read<Option<Device>> {
        self.inner.admit(name, secret_digest).await
    }
    async fn device(&self, location_id: &LocationId, name: &str) -> Read<Option<Device>> {
        self.inner.device(location_id, name).await
    }
    async fn devices(&self, location_id: Option<&LocationId>, limit: u32) -> Read<Vec<Device>> {
        self.inner.devices(location_id, limit).await
    }
    async fn invitations(&self, location_id: Option<&LocationId>, now: Timestamp, limit: u32) -> Read<Vec<Invitation>> {
        self.inner.invitations(location_id, now, limit).await
    }
    async fn locations(&self, limit: u32) -> Read<Vec<LocationId>> {
        self.inner.locations(limit).await
    }
    async fn knows_location(&self, location_id: &LocationId) -> Read<bool> {
        self.inner.knows_location(location_id).await
    }
    async fn enrol(&self, scope: &Scope, name: &str, secret_digest: &str, now: Timestamp) -> Read<bool> {
        self.inner.enrol(scope, name, secret_digest, now).await
    }
    async fn invite(&self, invitation: &Invitation) -> Read<()> {
        self.inner.invite(invitation).await
    }
    async fn redeem(&self, code_digest: &str, secret_digest: &str, now: Timestamp) -> Read<Redeemed> {
        self.inner.redeem(code_digest, secret_digest, now).await
    }
    async fn revoke(&self, location_id: &LocationId, name: &str, now: Timestamp) -> Read<bool> {
        self.inner.revoke(location_id, name, now).await
    }
    async fn seen(&self, location_id: &LocationId, name: &str, now: Timestamp) -> Read<()> {
        self.inner.seen(location_id, name, now).await
    }
    async fn note(&self, act: &Act) -> Read<()> {
        self.inner.note(act).await
    }
    async fn acts(&self, location_id: &LocationId, limit: u32) -> Read<Vec<Act>> {
        self.inner.acts(location_id, limit).await
    }
    async fn commit(&self, batch: &Batch) -> Read<Committed> {
        Halt(false).await;
        if self.is_overrun {
            return Ok(Committed::Moved);
        }
        let lost = || Err(Fault { doing: "write a batch", why: "the line broke".into(), is_unknown: true });
        match self.throw(6) {
            0 => lost(),
            1 => self.inner.commit(batch).await.and_then(|_| lost()),
            _ => self.inner.commit(batch).await,
        }
    }
}

type Task<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Asks until there is an answer, as registers do.
fn asking<'a>(replica: &'a Replica<Halting>, who: &str, request: Request, seed: u64) -> Task<'a, Answer> {
    let scope = register(who);
    Box::pin(async move {
        let mut dice = dice(seed);
        for nth in 0.. {
            match replica.answer(&scope, &request, now().plus_millis(nth), &mut dice).await {
                Ok(answer) => return answer,
                Err(problem) => assert_eq!(problem.status, 503, "{problem}"),
            }
        }
        unreachable!("it asks for ever")
    })
}

/// Polls them in a thrown order until all are done.
fn play<T>(mut tasks: Vec<Task<'_, T>>, throws: &mut Throws) -> Vec<T> {
    let mut answers: BTreeMap<usize, T> = BTreeMap::new();
    while answers.len() < tasks.len() {
        let at = throws.below(tasks.len());
        if answers.contains_key(&at) {
            continue;
        }
        if let Poll::Ready(answer) = tasks[at].as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            answers.insert(at, answer);
        }
    }
    answers.into_values().collect()
}

/// An evening with an order: what is asked about it, and all revisions that registers made of it.
fn evening(nth: u8) -> (Vec<(&'static str, Request)>, Vec<Version>) {
    let mut order = order(nth, &[LineState::Sent, LineState::Sent, LineState::Sent]);
    let version = first(&body(&order, None));
    order.lines[0].state = LineState::Ready;
    let ready = child(&version, &body(&order, Some(&version.body)));
    order.lines[1].state = LineState::Voided;
    let voided = child(&ready, &body(&order, Some(&ready.body)));
    order.lines[2].state = LineState::Served;
    let rival = child(&version, &body(&order, Some(&version.body)));
    let push = |documents: &[&Version]| Request::BulkDocs {
        database: Database::Orders,
        documents: documents.iter().map(|it| (*it).clone()).collect(),
    };
    let (payment, half) = paid(&version, nth * 2, 1000);
    let rest = paid(&version, nth * 2 + 1, 500).1;
    let order = submission(&version);
    let asked = vec![
        ("T1", Request::SubmitOrder { body: order.clone() }),
        ("T1", Request::SubmitOrder { body: order }),
        ("T1", Request::SubmitPayment { body: half.clone() }),
        ("T1", Request::SubmitPayment { body: half }),
        ("T1", Request::SubmitPayment { body: rest }),
        ("T1", push(&[&version, &payment])),
        ("T2", push(&[&ready])),
        ("T2", push(&[&voided])),
        ("T3", push(&[&rival, &version])),
    ];
    (asked, vec![version, ready, voided, rival])
}

fn accepted(answer: &Answer) -> &OrderAccepted {
    match answer {
        Answer::OrderAccepted(accepted) => accepted,
        other => panic!("{other:?}"),
    }
}

fn taken(answer: &Answer) -> &PaymentAccepted {
    match answer {
        Answer::PaymentAccepted(taken) => taken,
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_is_never_quick_enough_asks_again_later() {
    let inner = SqliteCentral::in_memory(&mut dice(1)).unwrap();
    let halting = Halting { inner, throws: Mutex::new(Throws(1)), is_overrun: true };
    let replica = Replica::new(halting, Settings::default());
    let (version, submission) = sent(1);
    let requests = [
        Request::SubmitOrder { body: submission },
        Request::BulkDocs { database: Database::Orders, documents: vec![version] },
    ];
    for request in requests {
        let (t1, mut dice) = (register("T1"), dice(2));
        let mut asked = std::pin::pin!(replica.answer(&t1, &request, now(), &mut dice));
        let told = loop {
            if let Poll::Ready(told) = asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                break told.unwrap_err();
            }
        };
        assert_eq!((told.status, told.code.as_str()), (503, "busy"));
    }
}

#[test]
fn of_two_edits_of_the_same_revision_one_is_told_that_it_came_late() {
    for seed in 1..=60 {
        let inner = SqliteCentral::in_memory(&mut dice(1)).unwrap();
        let replica = Replica::new(
            Halting { inner, throws: Mutex::new(Throws(seed * 31)), is_overrun: false },
            Settings::default(),
        );
        let edit = |text: &str| crate::server::Editing {
            doc_id: "note_a".into(),
            parent: None,
            deleted: false,
            body: json!({ "text": text }),
        };
        let (t1, edits) = (register("T1"), [edit("1"), edit("2")]);
        let mut rolls = [dice(2), dice(3)];
        let tasks = edits.iter().zip(&mut rolls).map(|(edit, dice)| {
            let asked = replica.edit(&t1, Database::Orders, edit, now(), dice);
            Box::pin(asked) as Task<Result<Revision, Problem>>
        });
        let answers = play(tasks.collect(), &mut Throws(seed));
        let place = Place { location_id: "L1".into(), database: Database::Orders };
        let kept = at_once(replica.central().inner.documents(&place, &["note_a".to_owned()])).unwrap();
        assert!(kept.iter().all(|kept| kept.tree.leaves().len() == 1), "{answers:?}");
        assert!(answers.iter().filter(|it| it.is_ok()).count() <= 1, "{answers:?}");
        let is_right =
            |it: &Result<Revision, Problem>| it.as_ref().err().is_none_or(|it| [409, 503].contains(&it.status));
        assert!(answers.iter().all(is_right), "{answers:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whoever_is_quicker_each_order_is_accepted_once_and_the_books_agree(seed in 1_u64..) {
        let mut throws = Throws(seed);
        let inner = SqliteCentral::in_memory(&mut dice(1)).unwrap();
        let halting = Halting { inner, throws: Mutex::new(Throws(seed.rotate_left(17) | 1)), is_overrun: false };
        let replica = Replica::new(halting, Settings::default());
        let evenings: Vec<_> = (1..=3).map(evening).collect();
        let asked = evenings.iter().flat_map(|(asked, _)| asked.iter().cloned());
        let tasks = asked.zip(10..).map(|((who, request), seed)| asking(&replica, who, request, seed)).collect();
        let answers = play(tasks, &mut throws);

        let mut numbers = BTreeSet::new();
        for ((_, versions), answers) in evenings.iter().zip(answers.chunks(9)) {
            let order = accepted(&answers[0]);
            prop_assert_eq!(order, accepted(&answers[1]));
            numbers.insert(order.order_number.clone());
            prop_assert_eq!(taken(&answers[2]), taken(&answers[3]));
            prop_assert_eq!(&taken(&answers[4]).order_id, &order.order_id);

            let doc_id = &versions[0].doc_id;
            let place = Place { location_id: "L1".into(), database: Database::Orders };
            let kept = at_once(replica.central().inner.documents(&place, std::slice::from_ref(doc_id))).unwrap();
            let mut tree = RevisionTree::default();
            for version in versions.iter().chain(&order.document) {
                tree.graft(&version.history, version.deleted);
            }
            prop_assert_eq!(&kept[0].tree, &tree);
            let leaves: BTreeSet<Revision> = tree.leaves().into_iter().map(|leaf| leaf.revision).collect();
            prop_assert_eq!(kept[0].bodies.keys().cloned().collect::<BTreeSet<_>>(), leaves);

            let total = kept[0].live_body().unwrap()["total_amount"].as_i64().unwrap();
            let row = format!("FROM orders WHERE doc_id = '{doc_id}' AND total_amount = {total}");
            let status = if total <= 1500 { "paid" } else { "partial" };
            let central = &replica.central().inner;
            prop_assert_eq!(central.look::<String>(&format!("payment_status {row}")), status);
            let paid: i64 = central.look(&format!("SUM(amount) FROM payments WHERE order_doc_id = '{doc_id}'"));
            prop_assert_eq!(paid, 1500);
        }
        let given: BTreeSet<String> = ["1", "2", "3"].map(String::from).into();
        prop_assert_eq!(numbers, given, "each has a number, and none was lost");
        prop_assert_eq!(replica.central().inner.look::<i64>("COUNT(*) FROM payments"), 6);
        // The feed has no gaps: each change of a document took the next number.
        let changes = at_once(replica.central().inner.changes(
            &Place { location_id: "L1".into(), database: Database::Orders }, 0, 100)).unwrap();
        let ids: BTreeSet<&String> = changes.iter().map(|it| &it.doc_id).collect();
        prop_assert_eq!((changes.len(), ids.len()), (9, 9));
        prop_assert!(changes.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    }

    #[test]
    fn trees_in_the_database_are_those_in_memory(
        edits in proptest::collection::vec((0_usize..12, 0_usize..30, proptest::bool::weighted(0.2)), 1..40),
        at_once_most in 1_usize..6,
    ) {
        let mut world = World::without_menu();
        let mut made: Vec<Version> = Vec::new();
        for (nth, (document, from, deleted)) in edits.into_iter().enumerate() {
            let doc_id = format!("note_{}", document % 3);
            let body = json!({ "_id": doc_id, "nth": nth });
            let parents: Vec<&Version> = made.iter().filter(|it| it.doc_id == doc_id).collect();
            let version = match parents.get(from % (parents.len() + 1)) {
                Some(parent) => Version { deleted, ..child(parent, &body) },
                None => Version { deleted, ..first(&body) },
            };
            made.push(version);
        }
        // In another order than they were made, some of them twice.
        let mut pushed: Vec<Version> = made.iter().rev().chain(made.iter().step_by(2)).cloned().collect();
        pushed.rotate_left(made.len() / 2);
        let mut trees: BTreeMap<String, (RevisionTree, BTreeMap<Revision, Value>)> = BTreeMap::new();
        for page in pushed.chunks(at_once_most) {
            prop_assert_eq!(world.push(&register("T1"), Database::Orders, page), vec![]);
            for version in page {
                let (tree, bodies) = trees.entry(version.doc_id.clone()).or_default();
                if tree.graft(&version.history, version.deleted) != Grafted::Known {
                    bodies.insert(version.revision().clone(), version.body.clone());
                }
            }
        }
        for (doc_id, (tree, bodies)) in trees {
            let leaves = world.leaves(&register("T1"), Database::Orders, &doc_id);
            let right: Vec<_> = tree.leaves().into_iter().map(|leaf| {
                let history = tree.history(&leaf.revision, 1000).unwrap();
                (history, leaf.deleted, bodies[&leaf.revision].clone())
            }).collect();
            let kept: Vec<_> = leaves.into_iter().map(|it| (it.history, it.deleted, it.body)).collect();
            prop_assert_eq!(kept, right);
        }
    }
}
