//! How far one document may grow.

use super::*;
use crate::server::Central;
use crate::server::central::{Batch, Committed, Kept, Place};

on_each_central! {
    a_quarrel_has_an_end,
    all_versions_of_a_document_have_so_many_bytes_together,
    what_is_beyond_every_bound_is_settled_all_the_same,
    a_tombstone_is_no_place_for_what_does_not_fit,
    a_tree_has_so_many_revisions,
}

/// A version that quarrels with all others of its document.
fn rival(nth: usize, bytes: usize) -> Version {
    first(&json!({ "_id": "note_a", "nth": nth, "text": "x".repeat(bytes) }))
}

fn end(of: &Version, bytes: usize) -> Version {
    let body = json!({ "_id": "note_a", "type": "note", "text": "x".repeat(bytes) });
    Version { deleted: true, ..child(of, &body) }
}

/// A first revision that claims so many edits before it, none of which anybody knows.
fn aged(nth: usize, edits: usize) -> Version {
    let ids: Vec<String> = (0..edits).map(|edit| format!("{:032x}", nth * 100_000 + edit)).collect();
    let start = ids.len();
    let document = json!({ "_id": "note_a", "_rev": format!("{start}-{}", ids[0]),
                           "_revisions": { "start": start, "ids": ids } });
    Version::read(document).unwrap()
}

fn forbidden(reason: &str) -> Vec<(String, String)> {
    vec![("forbidden".to_owned(), reason.to_owned())]
}

fn a_quarrel_has_an_end() {
    let mut world = World::new();
    let t1 = register("T1");
    let rivals: Vec<Version> = (0..500).map(|nth| rival(nth, 1)).collect();
    assert_eq!(world.push(&t1, Database::Orders, &rivals), []);
    let told = world.push(&t1, Database::Orders, &[rival(500, 1)]);
    let reason = "500 versions of it quarrel already, or it has 1000 ends: settle them first";
    assert_eq!(told, forbidden(reason));
    let edit = child(&rivals[1], &json!({ "_id": "note_a", "nth": 501 }));
    let settled = [edit, end(&rivals[0], 1), rival(500, 1)];
    assert_eq!(world.push(&t1, Database::Orders, &settled), [], "what settles it is taken");
    let anew = Version { deleted: false, ..child(&settled[1], &json!({ "_id": "note_a", "nth": 502 })) };
    assert_eq!(world.push(&t1, Database::Orders, &[anew]), forbidden(reason), "what ended quarrels anew");
}

fn all_versions_of_a_document_have_so_many_bytes_together() {
    let mut world = World::new();
    let t1 = register("T1");
    let rivals: Vec<Version> = (0..3).map(|nth| rival(nth, 7_900_000)).collect();
    assert_eq!(world.push(&t1, Database::Orders, &rivals), []);
    let most = "the versions of it that quarrel would have more than 24000000 bytes together";
    let reason = format!("{most}: settle them first, with a tombstone for each that lost");
    let other = first(&json!({ "_id": "note_b" }));
    let told = world.push(&t1, Database::Orders, &[rival(3, 400_000), other.clone()]);
    assert_eq!(told, forbidden(&reason));
    assert_eq!(world.leaves(&t1, Database::Orders, "note_b"), [other], "the others of its batch are taken");
    assert_eq!(world.push(&t1, Database::Orders, &[rival(4, 10_000)]), [], "there is room for it");
    let merged = child(&rivals[1], &json!({ "_id": "note_a", "text": "x".repeat(7_000_000) }));
    let settled = [merged, end(&rivals[0], 1), end(&rivals[2], 1), rival(3, 400_000)];
    assert_eq!(world.push(&t1, Database::Orders, &settled), []);
}

fn what_is_beyond_every_bound_is_settled_all_the_same() {
    let mut world = World::new();
    let t1 = register("T1");
    let rivals: Vec<Version> = (0..6).map(|nth| rival(nth, 7_900_000)).collect();
    // It came to be before there were bounds.
    let mut kept = Kept::absent("note_a");
    for rival in &rivals {
        kept.graft(rival);
    }
    let mut batch = Batch::new("op".into(), world.now, Place { location_id: "L1".into(), database: Database::Orders });
    batch.documents = vec![kept];
    assert_eq!(wait(world.replica.central().commit(&batch)).unwrap(), Committed::Done);
    let edited = |nth: usize, bytes: usize| child(&rivals[nth], &rival(nth + 10, bytes).body);
    // what is pushed, whether it is taken
    let rows = [
        (edited(0, 7_900_000 + 1), false),
        (edited(0, 7_900_000 - 1), true),
        (rival(20, 1), false),
        (end(&rivals[1], 20_000), true),
        (end(&rivals[2], 10_000), true),
        (rival(21, 1), false),
        (end(&rivals[3], 1), true),
        (end(&rivals[4], 1), true),
        (rival(22, 7_900_000), true),
        (rival(23, 7_900_000), false),
    ];
    for (nth, (version, is_taken)) in rows.into_iter().enumerate() {
        let told = world.push(&t1, Database::Orders, &[version]);
        assert_eq!(told.is_empty(), is_taken, "row {nth}: {told:?}");
    }
}

fn a_tombstone_is_no_place_for_what_does_not_fit() {
    let mut world = World::new();
    let t1 = register("T1");
    let rivals: Vec<Version> = (0..40).map(|nth| rival(nth, 1)).collect();
    assert_eq!(world.push(&t1, Database::Orders, &rivals), []);
    let ends: Vec<Version> = rivals.iter().map(|it| end(it, 1_000_000)).collect();
    let refused = world.push(&t1, Database::Orders, &ends);
    assert_eq!(refused.len(), 40 - 23, "23 of a million bytes fit beside the rest");
    let small: Vec<Version> = rivals.iter().map(|it| end(it, 10)).collect();
    assert_eq!(world.push(&t1, Database::Orders, &small[23..]), []);
}

fn a_tree_has_so_many_revisions() {
    let mut world = World::new();
    let t1 = register("T1");
    for some in 0..5 {
        let ten: Vec<Version> = (0..10).map(|nth| aged(some * 10 + nth, 1_000)).collect();
        assert_eq!(world.push(&t1, Database::Orders, &ten), []);
    }
    let reason = "it would have more than 50000 revisions: settle the versions that quarrel first";
    assert_eq!(world.push(&t1, Database::Orders, &[aged(50, 1_000)]), forbidden(reason));
    assert_eq!(world.push(&t1, Database::Orders, &[aged(50, 1)]), forbidden(reason));
    let settled = end(&aged(49, 1_000), 1);
    assert_eq!(world.push(&t1, Database::Orders, &[settled]), []);
}
