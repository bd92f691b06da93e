//! The winner of a revision tree is the one that PouchDB's own code chooses, and the one of CouchDB's rule.
//!
//! PouchDB comes from npm, at the versions of tests/pouchdb/package-lock.json, into the target directory. Where there
//! is no npm, the comparison is left out and says so; with CI=true that is a failure.

use crate::place;
use comanda::document::{History, RevisionTree};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::process::Command;

/// How many trees are grown.
const TREES: u64 = 100_000;
/// Most edits of one tree.
const EDITS_MAX: u64 = 14;
/// Revisions kept where nothing is cut off: CouchDB's own limit.
const UNCUT: usize = 1000;

/// Numbers from a seed (SplitMix64), the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// One edit: `3-<digest>`, what it was an edit of, and whether it deleted the document.
#[derive(Clone)]
struct Edit {
    generation: u64,
    digest: String,
    parent: Option<usize>,
    deleted: bool,
}

/// A tree as it came over the wire: edits, the order in which their histories arrived, and how many names are kept.
struct Grown {
    edits: Vec<Edit>,
    arrivals: Vec<usize>,
    limit: usize,
}

impl Grown {
    fn from_seed(seed: u64) -> Grown {
        let mut dice = Dice(seed);
        let mut edits: Vec<Edit> = Vec::new();
        // Some trees are bushes, some are long branches with few forks.
        let bushy = 1 + dice.below(6);
        for nth in 0..=dice.below(EDITS_MAX) {
            let from = match nth {
                0 => None,
                _ if dice.below(12) == 0 => None,
                _ if dice.below(6) < bushy => usize::try_from(dice.below(nth)).ok(),
                _ => usize::try_from(nth - 1).ok(),
            };
            let generation = from.map_or(1, |it: usize| edits[it].generation + 1);
            let digest = format!("{:016x}{:016x}", dice.next(), dice.next());
            edits.push(Edit { generation, digest, parent: from, deleted: dice.below(5) == 0 });
        }
        let mut arrivals: Vec<usize> = (0..edits.len()).collect();
        for at in (1..arrivals.len()).rev() {
            arrivals.swap(at, usize::try_from(dice.below(at as u64 + 1)).unwrap());
        }
        // Not all that was edited arrives by itself: some only as the ancestor of another.
        arrivals.truncate(1 + usize::try_from(dice.below(arrivals.len() as u64)).unwrap().max(arrivals.len() / 2));
        let limit = if dice.below(4) == 0 { 2 + usize::try_from(dice.below(5)).unwrap() } else { UNCUT };
        Grown { edits, arrivals, limit }
    }

    /// `_revisions` of an edit.
    fn revisions(&self, of: usize) -> Value {
        let path = std::iter::successors(Some(of), |&at| self.edits[at].parent);
        let ids: Vec<&str> = path.map(|at| self.edits[at].digest.as_str()).collect();
        json!({ "start": self.edits[of].generation, "ids": ids })
    }

    /// What our tree says: winner, leaves and conflicts.
    fn ours(&self) -> Value {
        let mut tree = RevisionTree::default();
        for &at in &self.arrivals {
            let history = History::read(&self.revisions(at)).unwrap();
            tree.graft(&history, self.edits[at].deleted);
            tree.stem(self.limit);
        }
        let leaves: Vec<String> = tree.leaves().iter().map(|leaf| leaf.revision.to_string()).collect();
        let conflicts: Vec<String> = tree.conflicts().iter().map(ToString::to_string).collect();
        json!([tree.winner().unwrap().revision.to_string(), leaves, conflicts])
    }

    /// CouchDB's rule, by the book: leaves are what nothing that arrived was edited from; those that are not deleted
    /// come first, then the longer, then the greater text.
    fn by_the_book(&self) -> Vec<String> {
        let mut leaves: BTreeMap<usize, bool> = self.arrivals.iter().map(|&at| (at, self.edits[at].deleted)).collect();
        for &at in &self.arrivals {
            std::iter::successors(self.edits[at].parent, |&at| self.edits[at].parent).for_each(|it| {
                leaves.remove(&it);
            });
        }
        let mut keys: Vec<_> =
            leaves.into_iter().map(|(at, gone)| (!gone, self.edits[at].generation, &self.edits[at].digest)).collect();
        keys.sort();
        keys.into_iter().rev().map(|(_, generation, digest)| format!("{generation}-{digest}")).collect()
    }
}

fn names(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

fn generation(revision: &str) -> u64 {
    revision.split_once('-').unwrap().0.parse().unwrap()
}

#[test]
fn the_winner_is_couchdbs_and_pouchdbs() {
    for seed in 0..TREES {
        let grown = Grown::from_seed(seed);
        if grown.limit == UNCUT {
            let ours = grown.ours();
            assert_eq!(ours[1], json!(grown.by_the_book()), "CouchDB's rule, seed {seed}");
            assert_eq!(ours[0], ours[1][0], "seed {seed}");
        }
    }
    let Some(place) = place::pouchdb() else { return };
    let trees = place.join("trees.jsonl");
    let mut file = BufWriter::new(std::fs::File::create(&trees).unwrap());
    for seed in 0..TREES {
        let grown = Grown::from_seed(seed);
        let history = |&at: &usize| {
            let revisions = grown.revisions(at);
            json!([revisions["start"], revisions["ids"], grown.edits[at].deleted])
        };
        let histories: Vec<Value> = grown.arrivals.iter().map(history).collect();
        writeln!(file, "{}", json!([grown.limit, histories])).unwrap();
    }
    file.flush().unwrap();
    let node = Command::new("node").arg("winners.js").arg(&trees).current_dir(&place).output().unwrap();
    assert!(node.status.success(), "node: {}", String::from_utf8_lossy(&node.stderr));
    std::fs::remove_file(&trees).unwrap();
    let answers = String::from_utf8(node.stdout).unwrap();
    assert_eq!(answers.lines().count() as u64, TREES, "PouchDB answers for every tree");
    let mut cut = 0;
    for (seed, answer) in (0..TREES).zip(answers.lines()) {
        let theirs: Value = serde_json::from_str(answer).unwrap();
        let ours = Grown::from_seed(seed).ours();
        assert_eq!(ours[0], theirs[0], "winner of seed {seed}");
        let lists = |of: &Value| [names(&of[1]), names(&of[2])];
        let generations = |of: &Value| -> Vec<u64> { names(&of[2]).iter().map(|it| generation(it)).collect() };
        assert_eq!(generations(&ours), generations(&theirs), "the longer conflict comes first, seed {seed}");
        // PouchDB sorts leaves by their length alone: of those equally long the order is not said.
        let sorted = |of: &Value| {
            lists(of).map(|mut list| {
                list.sort();
                list
            })
        };
        assert_eq!(sorted(&ours), sorted(&theirs), "leaves and conflicts of seed {seed}");
        cut += u64::from(Grown::from_seed(seed).limit != UNCUT);
    }
    assert!(cut > TREES / 5, "{cut} trees were cut");
}
