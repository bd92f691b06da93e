//! A revision tree as text: for each leaf, the winner first, its history as far as it was not written yet, in the form
//! of `_revisions`.
//!
//! A history ends with the first revision that an earlier one had, so that each stands about once. One that is longer
//! than what is read at once is written in pieces that share a revision.

use crate::document::{History, Revision, RevisionTree};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Most revisions of one piece.
const PIECE: usize = 1000;

/// Writes a tree; [`read`] reads it back.
pub(super) fn write(tree: &RevisionTree) -> String {
    let mut written: BTreeSet<Revision> = BTreeSet::new();
    let mut pieces: Vec<Value> = Vec::new();
    for leaf in tree.leaves() {
        let history = tree.history(&leaf.revision, usize::MAX).expect("a leaf of a tree is in it");
        let fresh = history.revisions().iter().take_while(|it| !written.contains(it)).count();
        let path = &history.revisions()[..history.revisions().len().min(fresh + 1)];
        written.extend(path.iter().cloned());
        let mut from = 0;
        loop {
            let piece = &path[from..path.len().min(from + PIECE)];
            let ids: Vec<String> = piece.iter().map(Revision::hex).collect();
            let mut said = json!({ "start": piece[0].generation, "ids": ids });
            if from == 0 && leaf.deleted {
                said["deleted"] = true.into();
            }
            pieces.push(said);
            from += piece.len() - 1;
            if from + 1 >= path.len() {
                break;
            }
        }
    }
    Value::Array(pieces).to_string()
}

/// Reads a tree.
///
/// # Errors
/// What is wrong with the text.
pub(super) fn read(text: &str) -> Result<RevisionTree, String> {
    let pieces: Vec<Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut tree = RevisionTree::default();
    // The later pieces first: what one begins with, an earlier one goes on from.
    for piece in pieces.iter().rev() {
        let history = History::read(piece).map_err(|bad| bad.to_string())?;
        tree.graft(&history, piece.get("deleted") == Some(&Value::Bool(true)));
    }
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A tree of edits, each of a revision before it: (which one, tombstone).
    fn grown(edits: &[(usize, bool)], limit: usize) -> RevisionTree {
        let mut tree = RevisionTree::default();
        let mut histories: Vec<History> = Vec::new();
        for (nth, &(from, deleted)) in edits.iter().enumerate() {
            let parent = histories.get(from % (nth + 1));
            let revision = Revision::child_of(parent.map(History::head), deleted, &json!({ "nth": nth }));
            let history = match parent {
                Some(parent) => parent.child(revision, usize::MAX),
                None => History::of(revision),
            };
            tree.graft(&history, deleted);
            if limit < usize::MAX {
                tree.stem(limit);
            }
            histories.push(history);
        }
        tree
    }

    proptest! {
        #[test]
        fn a_tree_reads_back_as_it_was_written(
            edits in proptest::collection::vec((0_usize..40, proptest::bool::weighted(0.2)), 0..40),
            limit in 1_usize..50,
        ) {
            let tree = grown(&edits, limit);
            prop_assert_eq!(read(&write(&tree)), Ok(tree));
        }
    }

    #[test]
    fn a_history_of_many_pieces_reads_back() {
        let edits: Vec<(usize, bool)> = (0..2500).map(|nth: usize| (nth.saturating_sub(1), false)).collect();
        let tree = grown(&edits, usize::MAX);
        let text = write(&tree);
        assert_eq!(text.matches("start").count(), 3);
        assert_eq!(read(&text), Ok(tree));
        let whole = grown(&edits[..1000], usize::MAX);
        assert_eq!(write(&whole).matches("start").count(), 1);
        assert_eq!(read(&write(&whole)), Ok(whole));
    }

    #[test]
    fn what_is_no_tree_is_not_read() {
        for text in ["", "{}", "[3]", "[{\"start\":1,\"ids\":[]}]"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read("[]"), Ok(RevisionTree::default()));
    }
}
