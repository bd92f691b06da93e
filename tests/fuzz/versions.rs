//! Any JSON as documents that travel: read and written back, and grafted into one tree, whatever they pretend.
//!
//! Strangers may contradict each other (one revision with two parents), so that the order of their histories matters;
//! what is promised all the same is held here. `trees` feeds histories that agree.

use super::can_be_shown;
use comanda::document::{BadDocument, History, RevisionTree, TreeLeaf, Version};
use serde_json::Value;
use std::cmp::Reverse;

pub fn run(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    let documents = match value {
        Value::Array(list) => list,
        other => vec![other],
    };
    let mut tree = RevisionTree::default();
    for document in documents {
        if let Some(revisions) = document.get("_revisions") {
            match History::read(revisions) {
                Ok(history) => assert_eq!(History::read(&history.to_revisions()), Ok(history)),
                Err(bad) => told(&bad),
            }
        }
        match Version::read(document) {
            Ok(version) => {
                let written = version.to_document();
                graft(&mut tree, &version);
                assert_eq!(Version::read(written), Ok(version), "a version reads back as it was written");
            }
            Err(bad) => told(&bad),
        }
    }
}

fn told(bad: &BadDocument) {
    can_be_shown(&bad.place, &bad.what);
}

fn graft(tree: &mut RevisionTree, version: &Version) {
    let before = tree.leaves();
    tree.graft(&version.history, version.deleted);
    let ancestors = &version.history.revisions()[1..];
    let after = tree.leaves();
    for leaf in &before {
        assert!(after.contains(leaf) || ancestors.contains(&leaf.revision), "{leaf:?} is lost");
    }
    assert!(version.history.revisions().iter().all(|it| tree.knows(it)), "what was grafted is known");
    let rank = |leaf: &TreeLeaf| (leaf.deleted, Reverse(leaf.revision.clone()));
    assert!(after.is_sorted_by_key(rank), "the winner first");
    assert_eq!(tree.winner(), after.first().cloned());
    assert!(tree.winner().is_some(), "something stands for the document");
    for leaf in &after {
        let history = tree.history(&leaf.revision, usize::MAX).expect("a leaf is known");
        assert_eq!(*history.head(), leaf.revision);
    }
    let mut stemmed = tree.clone();
    stemmed.stem(2);
    assert_eq!(stemmed.leaves(), after, "stemming cuts no leaf off");
}
