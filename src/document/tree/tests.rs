//! Tables of trees, and the laws that hold for all of them.

use super::*;
use proptest::prelude::*;

/// `3c` is the third generation with digest `cc...`.
fn revision(short: &str) -> Revision {
    let (generation, digit) = short.split_at(short.len() - 1);
    Revision::read(&format!("{generation}-{}", digit.repeat(32))).unwrap()
}

fn short(revision: &Revision) -> String {
    format!("{}{}", revision.generation, &revision.hex()[..1])
}

fn shorts<'a>(revisions: impl IntoIterator<Item = &'a Revision>) -> String {
    revisions.into_iter().map(short).collect::<Vec<_>>().join(" ")
}

fn history(path: &str) -> History {
    History::of_path(path.split(' ').map(revision).collect())
}

/// Histories, newest revision first; `x` before one marks a tombstone.
fn tree(histories: &[&str]) -> RevisionTree {
    let mut tree = RevisionTree::default();
    for path in histories {
        tree.graft(&history(path.trim_start_matches('x')), path.starts_with('x'));
    }
    tree
}

#[test]
fn the_winner_is_not_deleted_then_the_longest_then_the_greatest() {
    // Each history newest first; 3c is `3-cccc...`, x marks a tombstone.
    // histories, leaves with the winner first, conflicts
    let rows: [(&[&str], &str, &str); 11] = [
        (&["1a"], "1a", ""),
        (&["2b 1a"], "2b", ""),
        (&["2b 1a", "2c 1a"], "2c 2b", "2b"),
        (&["3a 2b 1a", "2f 1a"], "3a 2f", "2f"),
        (&["1b", "1c"], "1c 1b", "1b"),
        (&["x5a 4a 3a 2a 1a", "1b"], "1b 5a", ""), // a tombstone loses to whatever lives, however long it is
        (&["x2b 1a", "x3c 2c 1a"], "3c 2b", ""),
        (&["x2f 1a", "2b 1a", "2c 1a"], "2c 2b 2f", "2b"),
        (&["10a 9a", "9f"], "10a 9f", "9f"), // generations are numbers, not text
        (&["x2b 1a", "3c 2b 1a"], "3c", ""), // written again after it was deleted
        (&[], "", ""),
    ];
    for (histories, leaves, conflicts) in rows {
        let tree = tree(histories);
        assert_eq!(shorts(tree.leaves().iter().map(|leaf| &leaf.revision)), leaves, "{histories:?}");
        assert_eq!(shorts(&tree.conflicts()), conflicts, "{histories:?}");
        assert_eq!(tree.winner(), tree.leaves().first().cloned());
    }
}

#[test]
fn a_history_is_grafted_where_it_meets_the_tree() {
    use Grafted::{Branch, Known, Leaf};
    // histories there, one that comes, what it was, leaves then
    let rows: [(&[&str], &str, Grafted, &str); 9] = [
        (&[], "2b 1a", Leaf, "2b"),
        (&["1a"], "2b 1a", Leaf, "2b"),
        (&["1a"], "4d 3c 2b 1a", Leaf, "4d"),
        (&["2b 1a"], "2c 1a", Branch, "2c 2b"),
        (&["2b 1a"], "1a", Known, "2b"),
        (&["2b 1a"], "2b 1a", Known, "2b"),
        (&["3c 2b"], "2b 1a", Known, "3c"), // an older ancestor is learnt
        (&["3c 2b"], "4d 3c 2b 1a", Leaf, "4d"),
        (&["3c 2b 1a"], "3d", Branch, "3d 3c"), // nothing in common: a root of its own
    ];
    for (there, comes, what, leaves) in rows {
        let mut tree = tree(there);
        assert_eq!(tree.graft(&history(comes), false), what, "{there:?} + {comes}");
        assert_eq!(shorts(tree.leaves().iter().map(|leaf| &leaf.revision)), leaves, "{there:?} + {comes}");
    }
    let mut tree = tree(&["3c 2b"]);
    tree.graft(&history("2b 1a"), false);
    assert_eq!(shorts(tree.history(&revision("3c"), 1000).unwrap().revisions()), "3c 2b 1a");
    assert_eq!(shorts(tree.history(&revision("3c"), 2).unwrap().revisions()), "3c 2b");
    assert_eq!(tree.history(&revision("3d"), 2), None);
}

#[test]
fn each_branch_keeps_so_many_revisions_behind_its_leaf() {
    // histories, limit, what each leaf still knows of its past
    let rows: [(&[&str], usize, &[&str]); 4] = [
        (&["6f 5e 4d 3c 2b 1a"], 3, &["6f 5e 4d"]),
        (&["6f 5e 4d 3c 2b 1a", "3d 2b 1a"], 2, &["6f 5e", "3d 2b"]),
        (&["3c 2b 1a"], 3, &["3c 2b 1a"]),
        (&["3c 2b 1a"], 0, &["3c"]), // a leaf is never cut off
    ];
    for (histories, limit, pasts) in rows {
        let mut tree = tree(histories);
        tree.stem(limit);
        let past = |leaf: &TreeLeaf| shorts(tree.history(&leaf.revision, 1000).unwrap().revisions());
        assert_eq!(tree.leaves().iter().map(past).collect::<Vec<_>>(), pasts, "{histories:?} at {limit}");
    }
    let mut tree = tree(&["6f 5e 4d 3c 2b 1a"]);
    tree.stem(3);
    assert_eq!(tree.graft(&history("3d 2b 1a"), false), Grafted::Branch, "an edit of what was cut off quarrels");
    assert!(!tree.knows(&revision("3c")) && tree.knows(&revision("4d")));
}

#[test]
fn what_is_missing_is_told_with_its_possible_ancestors() {
    let tree = tree(&["3c 2b 1a", "x2d 1a"]);
    // offered, missing, possible ancestors
    let rows = [
        ("3c 2b 1a", "", ""), // inner revisions are known too
        ("4e 3c", "4e", "3c 2d"),
        ("3e", "3e", "2d"),
        ("2e", "2e", ""),
    ];
    for (offered, missing, ancestors) in rows {
        let offered: Vec<Revision> = offered.split(' ').map(revision).collect();
        let told = tree.missing(&offered);
        assert_eq!((shorts(&told.missing), shorts(&told.possible_ancestors)), (missing.into(), ancestors.into()));
    }
}

/// Edits: each of an earlier one (or of none), whether it deletes. Digests differ, so each is another revision.
fn edits() -> impl Strategy<Value = Vec<(usize, bool)>> {
    proptest::collection::vec((0..20_usize, proptest::bool::weighted(0.2)), 1..20)
}

fn histories_of(edits: &[(usize, bool)]) -> Vec<(History, bool)> {
    let mut made: Vec<(History, bool)> = Vec::new();
    for (nth, &(from, deleted)) in edits.iter().enumerate() {
        let digest = [u8::try_from(nth * 37 % 251).unwrap(); 16];
        let parent = made.get(from).map(|(history, _)| history.clone());
        let generation = parent.as_ref().map_or(1, |it| it.head().generation + 1);
        let revision = Revision { generation, digest };
        let history = match parent {
            Some(parent) => parent.child(revision, 1000),
            None => History::of(revision),
        };
        made.push((history, deleted));
    }
    made
}

proptest! {
    #[test]
    fn grafting_in_any_order_and_twice_gives_one_tree(edits in edits(), turn in any::<prop::sample::Index>()) {
        let histories = histories_of(&edits);
        let grown = |all: &mut dyn Iterator<Item = &(History, bool)>| {
            let mut tree = RevisionTree::default();
            all.for_each(|(history, deleted)| { tree.graft(history, *deleted); });
            tree
        };
        let tree = grown(&mut histories.iter());
        let turn = turn.index(histories.len());
        prop_assert_eq!(&grown(&mut histories.iter().rev()), &tree);
        prop_assert_eq!(&grown(&mut histories[turn..].iter().chain(&histories)), &tree);
        // From the leaves alone, as they travel, the same tree grows.
        let mut again = RevisionTree::default();
        for leaf in tree.leaves() {
            let revisions = tree.history(&leaf.revision, 1000).unwrap().to_revisions();
            again.graft(&History::read(&revisions).unwrap(), leaf.deleted);
        }
        prop_assert_eq!(&again, &tree);
    }

    #[test]
    fn stemming_changes_no_leaf_and_no_winner(edits in edits(), limit in 1..6_usize) {
        let mut tree = RevisionTree::default();
        histories_of(&edits).iter().for_each(|(history, deleted)| { tree.graft(history, *deleted); });
        let leaves = tree.leaves();
        tree.stem(limit);
        prop_assert_eq!(tree.leaves(), leaves);
        let once = tree.clone();
        tree.stem(limit);
        prop_assert_eq!(tree, once);
    }
}
