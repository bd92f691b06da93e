//! What every central database does: it keeps what it was given as it was given it, in one order without gaps, once.

use super::{Lasting, fresh, on_each_central, wait};
use crate::document::{Database, History, Revision, RevisionTree, Version};
use crate::domain::{Entropy, Timestamp};
use crate::server::central::{
    Acceptance, Act, Batch, Central, CentralDatabase, Committed, Expectation, Fault, Invitation, Kept, Listing,
    LocalDocument, NotedIndex, Place, Population, Redeemed, Reply, Row,
};
use crate::server::limits::ENROL_AGAIN_MS;
use crate::server::scope::{Role, Scope};
use crate::sync::wire::OrderAccepted;
use serde_json::{Value, json};
use std::ops::Bound;
use std::sync::Barrier;

on_each_central! {
    what_is_written_is_read_as_it_was,
    documents_are_listed_by_their_bytes_and_by_their_changes,
    an_operation_is_written_once_and_what_moved_is_not,
    writers_at_once_follow_each_other_without_gaps,
    one_operation_from_many_at_once_is_written_once,
    what_was_accepted_is_answered_for_ever,
    local_documents_come_and_go,
    indexes_are_noted_by_their_names,
    devices_come_in_by_codes_and_are_taken_back,
    one_code_lets_one_of_many_in,
    a_database_that_was_restored_is_another_one,
}

fn dice() -> Entropy {
    let mut count = 0_u8;
    Entropy::new(move |bytes| {
        count = count.wrapping_add(1);
        bytes.fill(count);
    })
}

fn now() -> Timestamp {
    Timestamp::from_rfc3339("2026-03-14T19:05:06.789+01:00").unwrap()
}

fn orders() -> Place {
    Place { location_id: "L1".into(), database: Database::Orders }
}

/// A document of one revision that says this.
fn document(doc_id: &str, body: &Value) -> Kept {
    let mut kept = Kept::absent(doc_id);
    let history = History::of(Revision::child_of(None, false, body));
    kept.graft(&Version { doc_id: doc_id.into(), history, deleted: false, body: body.clone() });
    kept
}

/// Another revision of a document on top of its winner.
fn edited(mut kept: Kept, deleted: bool, body: &Value) -> Kept {
    let (leaf, _) = kept.winner().unwrap();
    let version = kept.version(&leaf).unwrap();
    let history = version.history.child(Revision::child_of(Some(version.revision()), deleted, body), 1000);
    kept.graft(&Version { history, deleted, body: body.clone(), ..version });
    kept.stem();
    kept
}

fn batch(operation: &str, documents: Vec<Kept>) -> Batch {
    let mut batch = Batch::new(operation.into(), now(), orders());
    batch.documents = documents;
    batch
}

fn commit(central: &CentralDatabase, batch: &Batch) -> Committed {
    wait(central.commit(batch)).unwrap()
}

fn read(central: &CentralDatabase, doc_id: &str) -> Option<Kept> {
    wait(central.documents(&orders(), &[doc_id.to_owned()])).unwrap().pop()
}

fn what_is_written_is_read_as_it_was() {
    let central = fresh(&mut dice());
    // What a database that understood JSON would write otherwise: numbers, order, letters.
    let text = r#"{ "z": 1.0, "a": 1e2, "n": 12345678901234567890, "f": 0.1, "nul": "a\u0000b", "emoji": "🍲",
                    "empty": {}, "d": { "b": 1, "a": 2 } }"#;
    let body: Value = serde_json::from_str(text).unwrap();
    let kept = document("note_a", &body);
    assert_eq!(commit(&central, &batch("op1", vec![kept.clone()])), Committed::Done);
    let found = read(&central, "note_a").unwrap();
    assert_eq!(found, Kept { seq: Some(1), ..kept });
    assert_eq!(found.live_body().unwrap().to_string(), body.to_string(), "also as text");
    let digest = Revision::child_of(None, false, found.live_body().unwrap());
    assert_eq!(found.winner().unwrap().0.revision, digest, "a revision is known by its digest");

    // Two that quarrel, and one that ended: all leaves with what they say.
    let mut two = edited(found, false, &json!({ "say": "left" }));
    let right = json!({ "say": "right" });
    let history = History::of(Revision::child_of(None, false, &right));
    two.graft(&Version { doc_id: "note_a".into(), history, deleted: false, body: right });
    assert_eq!(commit(&central, &batch("op2", vec![two.clone()])), Committed::Done);
    assert_eq!(read(&central, "note_a"), Some(Kept { seq: Some(2), ..two.clone() }));
    let trees = wait(central.trees(&orders(), &["note_b".into(), "note_a".into(), "a\0".into()])).unwrap();
    assert_eq!(trees.iter().map(|it| (it.seq, &it.tree)).collect::<Vec<_>>(), [(2, &two.tree)]);
    assert_eq!(read(&central, "note_a\0"), None);
    let elsewhere = Place { location_id: "L2".into(), ..orders() };
    assert_eq!(wait(central.documents(&elsewhere, &["note_a".into()])).unwrap(), []);
}

fn documents_are_listed_by_their_bytes_and_by_their_changes() {
    let central = fresh(&mut dice());
    // By their bytes, which no language's words are ordered by.
    let ids = ["A", "B", "Z", "_x", "a", "a b", "a-b", "ab", "b", "é", "🍲"];
    let documents = ids.iter().rev().map(|id| document(id, &json!({ "id": id }))).collect();
    commit(&central, &batch("op1", documents));
    let gone = edited(read(&central, "Z").unwrap(), true, &json!({}));
    commit(&central, &batch("op2", vec![gone]));

    let page = |after: &str, limit| {
        let found = wait(central.page(&orders(), after, limit)).unwrap();
        found.into_iter().map(|it| it.doc_id).collect::<Vec<_>>()
    };
    assert_eq!(page("", 100), ids);
    assert_eq!(page("B", 3), ["Z", "_x", "a"]);
    assert_eq!(page("a\0", 2), ["a b", "a-b"]);
    let changed = |found: Result<Vec<super::super::ChangedDocument>, Fault>| {
        found.unwrap().into_iter().map(|it| (it.seq, it.doc_id)).collect::<Vec<_>>()
    };
    let forward = changed(wait(central.changes(&orders(), 9, 100)));
    assert_eq!(forward, [(10, "B".to_owned()), (11, "A".to_owned()), (12, "Z".to_owned())]);
    assert_eq!(changed(wait(central.changes(&orders(), 0, 1))), [(1, "🍲".to_owned())]);
    let backward = changed(wait(central.changes_before(&orders(), u64::MAX, 2)));
    assert_eq!(backward, [(12, "Z".to_owned()), (11, "A".to_owned())]);
    assert_eq!(wait(central.population(&orders())).unwrap(), Population { standing: 10, gone: 1 });
    assert_eq!(wait(central.standing(&orders())).unwrap().newest, 12);

    let included = |id: &str| Bound::Included(id.to_owned());
    let excluded = |id: &str| Bound::Excluded(id.to_owned());
    // low, high, descending, skip, limit, what is listed, how many there are between them
    let rows = [
        (Bound::Unbounded, Bound::Unbounded, false, 1, 3, "B _x a", 10),
        (Bound::Unbounded, Bound::Unbounded, true, 0, 3, "🍲 é b", 10),
        (included("a"), excluded("b"), false, 0, 9, "a|a b|a-b|ab", 4),
        (excluded("a"), included("b"), true, 1, 9, "ab|a-b|a b", 4),
        (included("a\0x"), excluded("a-b\0"), false, 0, 9, "a b|a-b", 2),
        (included("b"), included("a"), false, 0, 9, "", 0),
    ];
    for (low, high, descending, skip, limit, expected, count) in rows {
        let listing = Listing { low: low.clone(), high: high.clone(), descending, skip, limit };
        let listed = wait(central.listed(&orders(), &listing)).unwrap();
        let separator = if expected.contains('|') { "|" } else { " " };
        let names = listed.iter().map(|it| it.doc_id.as_str()).collect::<Vec<_>>().join(separator);
        assert_eq!(names, expected, "{low:?} {high:?}");
        assert_eq!(wait(central.count_listed(&orders(), &low, &high)).unwrap(), count, "{low:?} {high:?}");
    }
}

fn an_operation_is_written_once_and_what_moved_is_not() {
    let central = fresh(&mut dice());
    let first = document("note_a", &json!({ "n": 1 }));
    assert_eq!(commit(&central, &batch("op1", vec![first.clone()])), Committed::Done);
    assert_eq!(commit(&central, &batch("op1", vec![first.clone()])), Committed::Done, "written before");
    let known = read(&central, "note_a").unwrap();
    let expecting = |operation: &str, expectation: Expectation| {
        let mut batch = batch(operation, vec![document(&format!("note_{operation}"), &json!({}))]);
        batch.expectations.push(expectation);
        batch
    };
    let at = |doc_id: &str, seq| Expectation::Document { doc_id: doc_id.into(), seq };
    let payments = |count| Expectation::Payments { doc_id: "order_x".into(), count };
    // what is expected, whether it is so
    let rows = [
        (at("note_a", Some(1)), true),
        (at("note_a", Some(2)), false),
        (at("note_a", None), false),
        (at("note_b", None), true),
        (at("note_b", Some(1)), false),
        (Expectation::LastNumber(0), true),
        (Expectation::LastNumber(1), false),
        (payments(0), true),
        (payments(1), false),
    ];
    for (nth, (expectation, holds)) in rows.into_iter().enumerate() {
        let expected = if holds { Committed::Done } else { Committed::Moved };
        let operation = format!("row{nth}");
        assert_eq!(commit(&central, &expecting(&operation, expectation.clone())), expected, "{expectation:?}");
        let is_written = read(&central, &format!("note_{operation}")).is_some();
        assert_eq!(is_written, holds, "{expectation:?}");
    }
    assert_eq!(commit(&central, &batch("late", vec![first])), Committed::Moved, "it is there already");
    let edit = edited(known.clone(), false, &json!({ "n": 2 }));
    assert_eq!(commit(&central, &batch("edit", vec![edit.clone()])), Committed::Done);
    assert_eq!(commit(&central, &batch("stale", vec![edit])), Committed::Moved, "it was edited since it was read");
    let newest = wait(central.standing(&orders())).unwrap().newest;
    assert_eq!(newest, 6, "what was not written takes no place in the feed");
    // A batch that goes wrong at its last row leaves nothing of the others.
    let mut taken = batch("taken", vec![document("note_taken", &json!({}))]);
    taken.rows.push(Row::LastNumber(7));
    taken.acceptance = Some(accepted("order_1", "7"));
    assert_eq!(commit(&central, &taken), Committed::Done);
    let mut again = batch("again", vec![document("note_again", &json!({}))]);
    again.rows.push(Row::LastNumber(8));
    again.acceptance = Some(accepted("order_1", "8"));
    assert_eq!(commit(&central, &again), Committed::Moved, "it was accepted already");
    assert_eq!((wait(central.last_number(&orders().location_id)).unwrap(), read(&central, "note_again")), (7, None));
}

fn accepted(doc_id: &str, number: &str) -> Acceptance {
    let accepted = OrderAccepted {
        order_id: format!("id-{number}"),
        order_number: number.into(),
        order_status: "confirmed".into(),
        accepted_at: now(),
        document: None,
    };
    Acceptance { doc_id: doc_id.into(), accepted_at: now(), reply: Reply::Order(accepted) }
}

/// Threads that write at once, and documents that each of them writes.
const WRITERS: usize = 6;
const EACH: usize = 15;

fn writers_at_once_follow_each_other_without_gaps() {
    let lasting = Lasting::new();
    let central = lasting.open(&mut dice());
    let (begin, count) = (Barrier::new(WRITERS), wait(central.population(&orders())).unwrap().standing);
    assert_eq!(count, 0);
    std::thread::scope(|threads| {
        for writer in 0..WRITERS {
            let (lasting, begin) = (&lasting, &begin);
            threads.spawn(move || {
                // Half of them over a connection of their own, as another server has it.
                let central = lasting.open(&mut dice());
                begin.wait();
                for nth in 0..EACH {
                    let name = format!("w{writer}-{nth}");
                    // All of them also edit one document, and read it again when somebody was quicker.
                    loop {
                        let shared = match read(&central, "shared") {
                            None => document("shared", &json!({ "by": [name] })),
                            Some(kept) => {
                                let mut body = kept.live_body().unwrap().clone();
                                body["by"].as_array_mut().unwrap().push(json!(name));
                                edited(kept, false, &body)
                            }
                        };
                        let own = document(&name, &json!({ "n": nth }));
                        if commit(&central, &batch(&format!("{name}-{:?}", shared.seq), vec![own, shared]))
                            == Committed::Done
                        {
                            break;
                        }
                    }
                }
            });
        }
    });
    let total = u64::try_from(WRITERS * EACH).unwrap();
    assert_eq!(wait(central.standing(&orders())).unwrap().newest, 2 * total, "each document had a place of its own");
    let changes = wait(central.changes(&orders(), 0, 10_000)).unwrap();
    assert_eq!(changes.len() as u64, total + 1);
    assert!(changes.windows(2).all(|two| two[0].seq < two[1].seq));
    let shared = read(&central, "shared").unwrap();
    let by = shared.live_body().unwrap()["by"].as_array().unwrap().len();
    assert_eq!((by, shared.tree.leaves().len()), (WRITERS * EACH, 1), "no edit was lost, none doubled");
    assert_eq!(wait(central.population(&orders())).unwrap(), Population { standing: total + 1, gone: 0 });
}

fn one_operation_from_many_at_once_is_written_once() {
    let lasting = Lasting::new();
    let central = lasting.open(&mut dice());
    for round in 0..5 {
        let begin = Barrier::new(WRITERS);
        let batch = batch(&format!("op{round}"), vec![document(&format!("note{round}"), &json!({}))]);
        std::thread::scope(|threads| {
            for _ in 0..WRITERS {
                threads.spawn(|| {
                    let central = lasting.open(&mut dice());
                    begin.wait();
                    assert_eq!(commit(&central, &batch), Committed::Done);
                });
            }
        });
        assert_eq!(wait(central.standing(&orders())).unwrap().newest, round + 1);
    }
}

fn what_was_accepted_is_answered_for_ever() {
    let central = fresh(&mut dice());
    let mut first = batch("op1", Vec::new());
    first.acceptance = Some(accepted("order_a", "1"));
    commit(&central, &first);
    let ids = ["order_b".to_owned(), "order_a".to_owned()];
    assert_eq!(wait(central.acceptances(&orders().location_id, &ids)).unwrap(), [accepted("order_a", "1")]);
    assert_eq!(wait(central.acceptances(&"L2".into(), &ids)).unwrap(), []);
    assert_eq!(wait(central.last_number(&"L1".into())).unwrap(), 0, "numbers are counted by rows of the books");
}

fn local_documents_come_and_go() {
    let central = fresh(&mut dice());
    let put = |operation: &str, id: &str, body: Option<Value>| {
        let mut batch = batch(operation, Vec::new());
        batch.local = Some(LocalDocument { id: id.into(), body });
        commit(&central, &batch);
    };
    let body = json!({ "seq": "7-x", "nul": "\0", "n": 1.0 });
    put("1", "T1", Some(json!({})));
    put("2", "T1", Some(body.clone()));
    put("3", "T2", Some(json!({})));
    assert_eq!(wait(central.local(&orders(), "T1")).unwrap(), Some(body));
    assert_eq!(wait(central.local(&Place { database: Database::Menu, ..orders() }, "T1")).unwrap(), None);
    assert_eq!(wait(central.local(&orders(), "T1\0")).unwrap(), None);
    assert_eq!(wait(central.count_locals(&"L1".into())).unwrap(), 2);
    put("4", "T1", None);
    put("5", "T1", None);
    assert_eq!(wait(central.local(&orders(), "T1")).unwrap(), None);
    assert_eq!(wait(central.count_locals(&"L1".into())).unwrap(), 1);
    assert_eq!(wait(central.standing(&orders())).unwrap().newest, 0, "they are no part of the feed");
}

fn indexes_are_noted_by_their_names() {
    let central = fresh(&mut dice());
    let index = |design: &str, name: &str, definition: &str| NotedIndex {
        design: design.into(),
        name: name.into(),
        definition: definition.into(),
    };
    for noted in [index("b", "x", "1"), index("B", "x", "2"), index("a", "y", "3"), index("a", "x", "4")] {
        wait(central.note_index(&orders(), &noted)).unwrap();
    }
    wait(central.note_index(&orders(), &index("b", "x", "5"))).unwrap();
    assert!(wait(central.forget_index(&orders(), "a", "y")).unwrap());
    assert!(!wait(central.forget_index(&orders(), "a", "y")).unwrap());
    let left = [index("B", "x", "2"), index("a", "x", "4"), index("b", "x", "5")];
    assert_eq!(wait(central.indexes(&orders())).unwrap(), left);
}

fn scope(role: Role) -> Scope {
    Scope { location_id: "L1".into(), role }
}

fn invitation(code: &str, name: &str, role: Role, lasts_ms: i64) -> Invitation {
    let expires_at = now().plus_millis(lasts_ms);
    Invitation { code_digest: code.into(), scope: scope(role), name: name.into(), made_at: now(), expires_at }
}

fn devices_come_in_by_codes_and_are_taken_back() {
    let central = fresh(&mut dice());
    let register = || Role::Register("T1".into());
    assert!(!wait(central.knows_location(&"L1".into())).unwrap());
    wait(central.invite(&invitation("old", "T1", register(), 60_000))).unwrap();
    wait(central.invite(&invitation("code", "T1", register(), 60_000))).unwrap();
    wait(central.invite(&invitation("spent", "T9", Role::Register("T9".into()), 1))).unwrap();
    let waiting = wait(central.invitations(Some(&"L1".into()), now().plus_millis(2), 10)).unwrap();
    assert_eq!(waiting, [invitation("code", "T1", register(), 60_000)]);
    assert_eq!(wait(central.invitations(None, now(), 1)).unwrap().len(), 1);
    let redeem =
        |code: &str, secret: &str, after_ms| wait(central.redeem(code, secret, now().plus_millis(after_ms))).unwrap();
    assert_eq!(redeem("old", "s1", 5), Redeemed::Unknown, "a newer code took its place");
    assert_eq!(redeem("spent", "s1", 5), Redeemed::Unknown, "its time is over");
    let Redeemed::Device(device) = redeem("code", "s1", 5) else { panic!("it is taken") };
    assert_eq!((device.name.as_str(), device.generation, device.scope.role.code()), ("T1", 1, register().code()));
    assert_eq!(redeem("code", "s1", 6), Redeemed::Device(device.clone()), "the answer may have been lost");
    assert_eq!(redeem("code", "other", 6), Redeemed::Unknown);
    assert_eq!(redeem("code", "s1", 6 + ENROL_AGAIN_MS), Redeemed::Unknown);
    assert_eq!(wait(central.admit("T1", "s1")).unwrap().as_ref(), Some(&device));
    assert_eq!(wait(central.admit("T1\0", "s1")).unwrap(), None);

    assert!(!wait(central.enrol(&scope(Role::Kitchen), "T1", "s2", now())).unwrap(), "a register has that name");
    wait(central.invite(&invitation("other", "T1", Role::Kitchen, 60_000))).unwrap();
    assert_eq!(redeem("other", "s2", 7), Redeemed::NameTaken);
    assert!(wait(central.revoke(&"L1".into(), "T1", now().plus_millis(8))).unwrap());
    assert!(!wait(central.revoke(&"L1".into(), "T1", now().plus_millis(8))).unwrap());
    let revoked = wait(central.admit("T1", "s1")).unwrap().unwrap();
    assert_eq!(revoked.revoked_at, Some(now().plus_millis(8)), "it is told that it was taken back");
    assert!(wait(central.enrol(&scope(Role::Kitchen), "T1", "s2", now())).unwrap(), "the name is free again");
    wait(central.seen(&"L1".into(), "T1", now())).unwrap();
    let again = wait(central.device(&"L1".into(), "T1")).unwrap().unwrap();
    assert_eq!((again.generation, again.seen_at, again.revoked_at), (2, Some(now()), None));
    assert_eq!(wait(central.devices(None, 10)).unwrap(), [again]);
    let act = |what: &str| Act { done_at: now(), location_id: "L0".into(), what: what.into(), about: "x".into() };
    for what in ["one", "two", "three"] {
        wait(central.note(&act(what))).unwrap();
    }
    assert_eq!(wait(central.acts(&"L0".into(), 2)).unwrap(), [act("three"), act("two")]);
    let done: Vec<String> = wait(central.acts(&"L1".into(), 99)).unwrap().into_iter().map(|it| it.what).collect();
    assert_eq!(done, ["enrolled", "revoked", "invited", "enrolled", "invited", "invited", "invited"]);
    assert_eq!(wait(central.locations(9)).unwrap(), ["L0".into(), "L1".into()]);
    assert!(wait(central.knows_location(&"L1".into())).unwrap());
}

fn one_code_lets_one_of_many_in() {
    let lasting = Lasting::new();
    let central = lasting.open(&mut dice());
    for round in 0..5 {
        let (code, name) = (format!("code{round}"), format!("T{round}"));
        let begin = Barrier::new(WRITERS);
        let role = Role::Register(name.as_str().into());
        std::thread::scope(|threads| {
            for nth in 0..WRITERS {
                let (lasting, begin, name, role) = (&lasting, &begin, &name, role.clone());
                threads.spawn(move || {
                    let central = lasting.open(&mut dice());
                    begin.wait();
                    wait(central.invite(&invitation(&format!("other{round}-{nth}"), name, role, 60_000))).unwrap();
                });
            }
        });
        assert_eq!(wait(central.invitations(None, now(), 99)).unwrap().len(), 1, "of one device one code counts");
        wait(central.invite(&invitation(&code, &name, role, 60_000))).unwrap();
        let begin = Barrier::new(WRITERS);
        let came_in: usize = std::thread::scope(|threads| {
            let tries: Vec<_> = (0..WRITERS)
                .map(|nth| {
                    let (lasting, begin, code) = (&lasting, &begin, &code);
                    threads.spawn(move || {
                        let central = lasting.open(&mut dice());
                        begin.wait();
                        let told = wait(central.redeem(code, &format!("secret{nth}"), now())).unwrap();
                        usize::from(told != Redeemed::Unknown)
                    })
                })
                .collect();
            tries.into_iter().map(|it| it.join().unwrap()).sum()
        });
        assert_eq!(came_in, 1, "round {round}");
        let device = wait(central.device(&"L1".into(), &name)).unwrap().unwrap();
        assert_eq!(device.generation, 1);
    }
}

fn a_database_that_was_restored_is_another_one() {
    let lasting = Lasting::new();
    let central = lasting.open(&mut dice());
    commit(&central, &batch("op1", vec![document("note_a", &json!({}))]));
    let before = wait(central.standing(&orders())).unwrap();
    assert_eq!(wait(lasting.open(&mut dice()).standing(&orders())).unwrap(), before, "opened again it is the same");
    let mut other = Entropy::new(|bytes| bytes.fill(0xab));
    wait(central.renew(&mut other)).unwrap();
    let after = wait(central.standing(&orders())).unwrap();
    assert_eq!((after.newest, after.incarnation.as_str()), (1, "ab".repeat(16).as_str()));
    assert_ne!(after.incarnation, before.incarnation);
    assert_eq!(read(&central, "note_a").map(|it| it.tree.leaves().len()), Some(1), "what it holds is the same");
    assert_eq!(RevisionTree::default().leaves().len(), 0);
}
