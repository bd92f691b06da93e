//! All that is known of a document's revisions, as CouchDB keeps it: histories that share their beginnings.
//!
//! Histories are grafted where they meet, old ancestors are cut off, and of the leaves one wins, the same on every
//! machine. Not here: bodies (the store keeps those of leaves), and how a quarrel of leaves is settled (`merge`).

mod rest;

use super::history::History;
use super::revision::Revision;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The revisions of one document.
///
/// Equal histories give equal trees, in whatever order they came, as long as nothing was cut off between.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RevisionTree {
    nodes: BTreeMap<Revision, Node>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    /// None for the oldest that is known of its branch.
    parent: Option<Revision>,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Edited since.
    Inner,
    /// A leaf that says something.
    Live,
    /// A leaf that says the document is gone.
    Tombstone,
}

/// A revision that nobody has edited yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeLeaf {
    /// Which.
    pub revision: Revision,
    /// It is a tombstone.
    pub deleted: bool,
}

/// What a grafted history was to a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grafted {
    /// An edit of a leaf, or the first revision.
    Leaf,
    /// An edit of what was edited already, or with no known ancestor: it quarrels with the other leaves.
    Branch,
    /// Nothing new, but for ancestors that were not known.
    Known,
}

impl RevisionTree {
    /// Adds a revision with its history; `deleted` says whether it is a tombstone.
    ///
    /// A revision that is known stays what it is: whoever comes second with other words for it is not heard.
    pub fn graft(&mut self, history: &History, deleted: bool) -> Grafted {
        let was_empty = self.nodes.is_empty();
        let mut grafted = Grafted::Known;
        let mut edited_a_leaf = was_empty;
        for (nth, revision) in history.revisions().iter().enumerate() {
            let parent = history.revisions().get(nth + 1);
            match self.nodes.get_mut(revision) {
                Some(node) => {
                    if nth > 0 && node.stage != Stage::Inner {
                        node.stage = Stage::Inner;
                        edited_a_leaf = true;
                    }
                    if node.parent.is_none() {
                        node.parent = parent.cloned();
                    }
                }
                None => {
                    let stage = match (nth, deleted) {
                        (0, true) => Stage::Tombstone,
                        (0, false) => Stage::Live,
                        (_, _) => Stage::Inner,
                    };
                    if nth == 0 {
                        grafted = Grafted::Branch;
                    }
                    self.nodes.insert(revision.clone(), Node { parent: parent.cloned(), stage });
                }
            }
        }
        if grafted == Grafted::Branch && edited_a_leaf { Grafted::Leaf } else { grafted }
    }

    /// The leaves, the winner first: those that are not deleted, then the longest, then the greatest digest.
    ///
    /// This is CouchDB's rule ("Replication and conflict model", working with conflicting documents), and PouchDB's.
    pub fn leaves(&self) -> Vec<TreeLeaf> {
        let leaf = |(revision, node): (&Revision, &Node)| match node.stage {
            Stage::Inner => None,
            Stage::Live => Some(TreeLeaf { revision: revision.clone(), deleted: false }),
            Stage::Tombstone => Some(TreeLeaf { revision: revision.clone(), deleted: true }),
        };
        let mut leaves: Vec<TreeLeaf> = self.nodes.iter().filter_map(leaf).collect();
        leaves.sort_by(|one, other| {
            (one.deleted, Reverse(&one.revision)).cmp(&(other.deleted, Reverse(&other.revision)))
        });
        leaves
    }

    /// The leaf that stands for the document; none in an empty tree.
    pub fn winner(&self) -> Option<TreeLeaf> {
        self.leaves().into_iter().next()
    }

    /// What quarrels with the winner: the other leaves that are not deleted, the greatest first.
    pub fn conflicts(&self) -> Vec<Revision> {
        let lost = self.leaves().into_iter().skip(1).filter(|leaf| !leaf.deleted);
        lost.map(|leaf| leaf.revision).collect()
    }

    /// Whether a revision is known: as a leaf, or because something was edited from it.
    pub fn knows(&self, revision: &Revision) -> bool {
        self.nodes.contains_key(revision)
    }

    /// How many revisions are known.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A revision and all its known ancestors, as far as `limit` names; none when it is not known.
    pub fn history(&self, revision: &Revision, limit: usize) -> Option<History> {
        self.nodes.get(revision)?;
        let path = self.up_from(revision).take(limit.max(1)).cloned().collect();
        Some(History::of_path(path))
    }

    fn up_from<'a>(&'a self, revision: &'a Revision) -> impl Iterator<Item = &'a Revision> {
        // Every parent is one generation below its child, so this ends.
        std::iter::successors(Some(revision), |at| self.nodes.get(*at)?.parent.as_ref())
    }

    /// Cuts off what is more than `revs_limit` revisions behind every leaf.
    ///
    /// A late edit of what was cut off becomes a branch of its own, so the limit must stay above the number of edits
    /// that one register can make while another is away.
    pub fn stem(&mut self, revs_limit: usize) {
        let leaves = self.leaves();
        let near = leaves.iter().flat_map(|leaf| self.up_from(&leaf.revision).take(revs_limit.max(1)));
        let kept: BTreeSet<Revision> = near.cloned().collect();
        self.nodes.retain(|revision, _| kept.contains(revision));
        for node in self.nodes.values_mut() {
            if node.parent.as_ref().is_some_and(|parent| !kept.contains(parent)) {
                node.parent = None;
            }
        }
    }

    /// Answers one document of `_revs_diff`: which of the offered revisions are not known, and which leaves may be
    /// their ancestors (those shorter than the longest that is missing).
    pub fn missing(&self, offered: &[Revision]) -> Missing {
        let missing: Vec<Revision> = offered.iter().filter(|revision| !self.knows(revision)).cloned().collect();
        let longest = missing.iter().map(|revision| revision.generation).max().unwrap_or(0);
        let leaves = self.leaves().into_iter().map(|leaf| leaf.revision);
        let possible_ancestors = leaves.filter(|leaf| leaf.generation < longest).collect();
        Missing { missing, possible_ancestors }
    }
}

/// What a tree lacks of what was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Revisions that are not known, as they were offered.
    pub missing: Vec<Revision>,
    /// Leaves from which they may have been edited.
    pub possible_ancestors: Vec<Revision>,
}

#[cfg(test)]
mod tests;
