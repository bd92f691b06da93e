//! How far one document may grow by what replication brings: so many versions that quarrel, so many ends, so many bytes
//! that all of them say, so many revisions in its tree. What is beyond it is not taken before the quarrel is settled;
//! whatever settles it is.

use crate::document::{Revision, Version};
use crate::server::central::Kept;
use crate::server::limits::{
    LEAVES_BYTES_MAX, LEAVES_MAX, LEAVES_UNCOUNTED, LIVE_LEAVES_MAX, REVISIONS_KEPT, SETTLING_BYTES_MAX,
    TREE_REVISIONS_MAX,
};
use std::collections::BTreeMap;

/// How large a document is: counted once, and carried on with each revision that is taken.
#[derive(Debug)]
pub(super) struct Growth {
    /// Its leaves: whether they are tombstones, and how many bytes they say.
    leaves: BTreeMap<Revision, (bool, usize)>,
    /// The revisions in its tree.
    revisions: usize,
}

/// What is counted of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    live: usize,
    ends: usize,
    bytes: usize,
    revisions: usize,
}

impl Growth {
    /// Counts a document; none where it is too small for any of it to matter.
    pub(super) fn of(document: &Kept) -> Option<Growth> {
        // Every leaf has a body.
        if document.bodies.len() < LEAVES_UNCOUNTED {
            return None;
        }
        let bytes = |revision: &Revision| document.bodies.get(revision).map_or(0, |body| body.to_string().len());
        let leaves = document.tree.leaves().into_iter();
        let leaves = leaves.map(|it| (it.revision.clone(), (it.deleted, bytes(&it.revision)))).collect();
        Some(Growth { leaves, revisions: document.tree.len() })
    }

    /// Counts a revision that is about to be grafted.
    ///
    /// # Errors
    /// Why it is not to be, and what to do about it.
    pub(super) fn take(&mut self, document: &Kept, version: &Version) -> Result<(), String> {
        let before = self.size();
        let history = version.history.revisions();
        let unknown = history.iter().filter(|it| !document.tree.knows(it)).count();
        let is_known = document.tree.knows(version.revision());
        let own_bytes = if is_known { 0 } else { version.body.to_string().len() };
        let edited: Vec<Revision> =
            history.iter().skip(1).filter(|it| self.leaves.contains_key(*it)).cloned().collect();
        let of_edited = |deleted: bool| edited.iter().filter(|it| self.leaves[*it].0 == deleted).count();
        let (new_live, new_ends) = match (is_known, version.deleted) {
            (true, _) => (0, 0),
            (false, true) => (0, 1),
            (false, false) => (1, 0),
        };
        let after = Size {
            live: before.live + new_live - of_edited(false),
            ends: before.ends + new_ends - of_edited(true),
            bytes: before.bytes + own_bytes - edited.iter().map(|it| self.leaves[it].1).sum::<usize>(),
            revisions: before.revisions + unknown.min(REVISIONS_KEPT),
        };
        let settles = after.live < before.live && own_bytes <= SETTLING_BYTES_MAX;
        if !settles {
            fits(before, after)?;
        }
        for revision in edited {
            self.leaves.remove(&revision);
        }
        if !is_known {
            self.leaves.insert(version.revision().clone(), (version.deleted, own_bytes));
        }
        self.revisions = after.revisions;
        Ok(())
    }

    fn size(&self) -> Size {
        let ends = self.leaves.values().filter(|(deleted, _)| *deleted).count();
        let bytes = self.leaves.values().map(|(_, bytes)| bytes).sum();
        Size { live: self.leaves.len() - ends, ends, bytes, revisions: self.revisions }
    }
}

/// Nothing grows beyond its bound; what is beyond it already may stay as it is.
fn fits(before: Size, after: Size) -> Result<(), String> {
    let is_beyond = |after: usize, before: usize, most: usize| after > most && after > before;
    if is_beyond(after.live, before.live, LIVE_LEAVES_MAX)
        || is_beyond(after.live + after.ends, before.live + before.ends, LEAVES_MAX)
    {
        let most = format!("{LIVE_LEAVES_MAX} versions of it quarrel already, or it has {LEAVES_MAX} ends");
        return Err(format!("{most}: settle them first"));
    }
    if is_beyond(after.bytes, before.bytes, LEAVES_BYTES_MAX) {
        let most = format!("the versions of it that quarrel would have more than {LEAVES_BYTES_MAX} bytes together");
        return Err(format!("{most}: settle them first, with a tombstone for each that lost"));
    }
    if is_beyond(after.revisions, before.revisions, TREE_REVISIONS_MAX) {
        let most = format!("it would have more than {TREE_REVISIONS_MAX} revisions");
        return Err(format!("{most}: settle the versions that quarrel first"));
    }
    Ok(())
}
