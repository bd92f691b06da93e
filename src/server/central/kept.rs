//! A document as the central database keeps it: all its revisions, and what its leaves say.

use crate::document::{Grafted, Revision, RevisionTree, TreeLeaf, Version};
use crate::server::limits::REVISIONS_KEPT;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A document whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its id.
    pub doc_id: String,
    /// When it changed last, as it was read; none for one that is not there yet.
    pub seq: Option<u64>,
    /// Its revisions.
    pub tree: RevisionTree,
    /// What its leaves say.
    pub bodies: BTreeMap<Revision, Value>,
}

impl Kept {
    /// A document that is not there yet.
    pub fn absent(doc_id: &str) -> Kept {
        Kept { doc_id: doc_id.into(), seq: None, tree: RevisionTree::default(), bodies: BTreeMap::new() }
    }

    /// Grafts a revision; what is known stays what it is. Nothing is cut off yet: [`Kept::stem`] does that, once for
    /// all that comes at once.
    pub fn graft(&mut self, version: &Version) -> Grafted {
        let grafted = self.tree.graft(&version.history, version.deleted);
        match grafted {
            Grafted::Known => {}
            Grafted::Leaf | Grafted::Branch => {
                self.bodies.insert(version.revision().clone(), version.body.clone());
            }
        }
        grafted
    }

    /// Cuts off what is too old, and the bodies of what is no leaf any more.
    pub fn stem(&mut self) {
        self.tree.stem(REVISIONS_KEPT);
        let leaves: BTreeSet<Revision> = self.tree.leaves().into_iter().map(|leaf| leaf.revision).collect();
        self.bodies.retain(|revision, _| leaves.contains(revision));
    }

    /// The leaf that stands for the document, and what it says.
    pub fn winner(&self) -> Option<(TreeLeaf, &Value)> {
        let leaf = self.tree.winner()?;
        let body = self.bodies.get(&leaf.revision)?;
        Some((leaf, body))
    }

    /// Whether nothing of it stands any more.
    pub fn is_deleted(&self) -> bool {
        self.tree.winner().is_none_or(|winner| winner.deleted)
    }

    /// What the document says, unless it is gone.
    pub fn live_body(&self) -> Option<&Value> {
        self.winner().filter(|(leaf, _)| !leaf.deleted).map(|(_, body)| body)
    }

    /// A leaf with all that travels with it.
    pub fn version(&self, leaf: &TreeLeaf) -> Option<Version> {
        let history = self.tree.history(&leaf.revision, REVISIONS_KEPT)?;
        let body = self.bodies.get(&leaf.revision)?.clone();
        Some(Version { doc_id: self.doc_id.clone(), history, deleted: leaf.deleted, body })
    }

    /// Leaves that were edited from a revision, or are it: what `latest=true` asks for.
    pub fn leaves_from(&self, revision: &Revision) -> Vec<TreeLeaf> {
        let is_from = |leaf: &TreeLeaf| {
            let history = self.tree.history(&leaf.revision, usize::MAX);
            history.is_some_and(|it| it.revisions().contains(revision))
        };
        self.tree.leaves().into_iter().filter(is_from).collect()
    }

    /// Leaves by the names of revisions, and the names by which there is none: those leaves themselves, or all that
    /// were edited from them. Each once, however often it was named.
    pub fn leaves_named(&self, named: &[Revision], latest: bool) -> (Vec<TreeLeaf>, BTreeSet<Revision>) {
        let named: BTreeSet<Revision> = named.iter().cloned().collect();
        let mut met = BTreeSet::new();
        let mut is_meant = |leaf: &TreeLeaf| {
            if !latest {
                return named.contains(&leaf.revision) && met.insert(leaf.revision.clone());
            }
            let Some(history) = self.tree.history(&leaf.revision, usize::MAX) else { return false };
            let mut from = history.revisions().iter().filter(|it| named.contains(*it)).peekable();
            let is_from = from.peek().is_some();
            met.extend(from.cloned());
            is_from
        };
        let found: Vec<TreeLeaf> = self.tree.leaves().into_iter().filter(|leaf| is_meant(leaf)).collect();
        (found, named.difference(&met).cloned().collect())
    }
}
