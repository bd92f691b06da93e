//! Edits of one document, made from the bytes, whose histories arrive in the order, and cut as short, as the bytes say:
//! the tree is what a plain book of edits says it is.

use super::bytes::Bytes;
use comanda::document::{Grafted, History, Revision, RevisionTree, TreeLeaf};
use serde_json::json;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Most edits of one tree.
const EDITS_MAX: usize = 32;
/// Most histories that arrive.
const ARRIVALS_MAX: usize = 64;

struct Edit {
    revision: Revision,
    parent: Option<usize>,
    deleted: bool,
}

/// Edits, each of an earlier one or of none that is known. One name is one edit.
fn edits(bytes: &mut Bytes) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for nth in 0..=bytes.below(EDITS_MAX) {
        let (from, digit, flags) = (bytes.below(nth + 1), bytes.next(), bytes.next());
        let parent = Some(from).filter(|&from| from < edits.len());
        let generation = match parent {
            Some(from) => edits[from].revision.generation + 1,
            // Older ancestors may be forgotten everywhere.
            None => 1 + u32::from(flags >> 5),
        };
        let revision = Revision { generation, digest: [digit; 16] };
        if edits.iter().all(|it| it.revision != revision) {
            edits.push(Edit { revision, parent, deleted: flags & 3 == 3 });
        }
    }
    edits
}

/// A history on its way.
struct Arrival {
    of: usize,
    history: History,
    deleted: bool,
}

fn path(edits: &[Edit], of: usize) -> Vec<&Revision> {
    let ancestors = std::iter::successors(Some(of), |&at| edits[at].parent);
    ancestors.map(|at| &edits[at].revision).collect()
}

fn arrival(edits: &[Edit], bytes: &mut Bytes) -> Arrival {
    let of = bytes.below(edits.len());
    let path = path(edits, of);
    let digests: Vec<String> = path.iter().take(1 + bytes.below(EDITS_MAX)).map(|it| it.hex()).collect();
    let history = History::read(&json!({ "start": path[0].generation, "ids": digests })).expect("it is well formed");
    Arrival { of, history, deleted: edits[of].deleted }
}

pub fn run(data: &[u8]) {
    let mut bytes = Bytes::of(data);
    let edits = edits(&mut bytes);
    let limit = 1 + bytes.below(8);
    let mut arrivals = vec![arrival(&edits, &mut bytes)];
    let mut stems = BTreeSet::new();
    while !bytes.is_empty() && arrivals.len() < ARRIVALS_MAX {
        if bytes.next() & 7 == 7 {
            stems.insert(arrivals.len());
        }
        arrivals.push(arrival(&edits, &mut bytes));
    }
    let tree = grown(&edits, &arrivals);
    let mut other = RevisionTree::default();
    for it in arrivals.iter().rev() {
        other.graft(&it.history, it.deleted);
    }
    assert_eq!(other, tree, "in the order the other way round");
    for it in arrivals.iter().chain(&arrivals) {
        other.graft(&it.history, it.deleted);
    }
    assert_eq!(other, tree, "twice and thrice");
    against_the_book(&edits, &arrivals, &tree);
    stemmed(&edits, &arrivals, &stems, limit);
}

/// Grafts all, and holds what each graft is said to have been against what it did.
fn grown(edits: &[Edit], arrivals: &[Arrival]) -> RevisionTree {
    let mut tree = RevisionTree::default();
    for it in arrivals {
        let (was_empty, knew) = (tree.winner().is_none(), tree.knows(&edits[it.of].revision));
        let before = tree.leaves();
        let grafted = tree.graft(&it.history, it.deleted);
        let ends_a_leaf = before.iter().any(|leaf| !tree.leaves().contains(leaf));
        let expected = match (knew, was_empty || ends_a_leaf) {
            (true, _) => Grafted::Known,
            (false, true) => Grafted::Leaf,
            (false, false) => Grafted::Branch,
        };
        assert_eq!(grafted, expected, "{:?}", it.history);
    }
    tree
}

/// Leaves are what arrived and what nothing that arrived was edited from.
fn against_the_book(edits: &[Edit], arrivals: &[Arrival], tree: &RevisionTree) {
    let mut parents: BTreeMap<&Revision, Option<&Revision>> = BTreeMap::new();
    for it in arrivals {
        let names = it.history.revisions();
        for (nth, name) in names.iter().enumerate() {
            let parent = parents.entry(name).or_default();
            *parent = parent.or(names.get(nth + 1));
        }
    }
    let edited: BTreeSet<&Revision> = parents.values().flatten().copied().collect();
    let leaf = |it: &&Arrival| !edited.contains(&edits[it.of].revision);
    let ranks: BTreeSet<_> =
        arrivals.iter().filter(leaf).map(|it| (it.deleted, Reverse(&edits[it.of].revision))).collect();
    let expected: Vec<TreeLeaf> =
        ranks.into_iter().map(|(deleted, it)| TreeLeaf { revision: it.0.clone(), deleted }).collect();
    assert_eq!(tree.leaves(), expected, "CouchDB's rule");
    assert_eq!(tree.winner(), expected.first().cloned());
    let lost: Vec<Revision> =
        expected.iter().skip(1).filter(|leaf| !leaf.deleted).map(|leaf| leaf.revision.clone()).collect();
    assert_eq!(tree.conflicts(), lost);
    for (of, edit) in edits.iter().enumerate() {
        assert_eq!(tree.knows(&edit.revision), parents.contains_key(&edit.revision));
        let known = std::iter::successors(Some(&edit.revision), |at| *parents.get(at)?);
        let known: Vec<&Revision> = known.collect();
        let history = tree.history(&edit.revision, usize::MAX);
        assert_eq!(history.is_some(), tree.knows(&edit.revision));
        if let Some(history) = history {
            assert!(history.revisions().iter().eq(known), "the ancestors that are known");
            assert!(history.revisions().iter().eq(path(edits, of).into_iter().take(history.revisions().len())));
        }
    }
    let offered: Vec<Revision> = edits.iter().map(|it| it.revision.clone()).collect();
    let answer = tree.missing(&offered);
    assert!(answer.missing.iter().eq(offered.iter().filter(|it| !tree.knows(it))));
    let longest = answer.missing.iter().map(|it| it.generation).max().unwrap_or(0);
    let shorter = expected.iter().map(|leaf| &leaf.revision).filter(|it| it.generation < longest);
    assert!(answer.possible_ancestors.iter().eq(shorter), "leaves from which it may have been edited");
}

/// Cut off now and then: no leaf is lost, and nothing is remembered otherwise than it was.
fn stemmed(edits: &[Edit], arrivals: &[Arrival], stems: &BTreeSet<usize>, limit: usize) {
    let mut tree = RevisionTree::default();
    for (nth, it) in arrivals.iter().enumerate() {
        tree.graft(&it.history, it.deleted);
        if stems.contains(&nth) {
            let leaves = tree.leaves();
            let near = leaves.iter().filter_map(|leaf| tree.history(&leaf.revision, limit));
            let near: BTreeSet<Revision> = near.flat_map(|it| it.revisions().to_vec()).collect();
            tree.stem(limit);
            assert_eq!(tree.leaves(), leaves, "stemming changes no leaf and no winner");
            for edit in edits {
                assert_eq!(tree.knows(&edit.revision), near.contains(&edit.revision), "what is near a leaf is kept");
            }
        }
    }
    let leaves = tree.leaves();
    let edited: BTreeSet<&Revision> = arrivals.iter().flat_map(|it| &it.history.revisions()[1..]).collect();
    for it in arrivals.iter().filter(|it| !edited.contains(&edits[it.of].revision)) {
        let leaf = TreeLeaf { revision: edits[it.of].revision.clone(), deleted: it.deleted };
        assert!(leaves.contains(&leaf), "{leaf:?} is lost");
    }
    for leaf in &leaves {
        let of = edits.iter().position(|it| it.revision == leaf.revision).expect("somebody edited it");
        let history = tree.history(&leaf.revision, usize::MAX).expect("a leaf is known");
        assert!(history.revisions().iter().zip(path(edits, of)).all(|(one, other)| one == other));
    }
}
