//! How a tree rests: its branches, each from a leaf to where it meets one that was written before it.

use super::{Node, RevisionTree, Stage};
use crate::document::{BadDocument, Revision};
use serde_json::{Map, Value, json};

impl RevisionTree {
    /// Writes the tree as a list of branches, the winner's first; [`RevisionTree::from_branches`] reads it back.
    ///
    /// A branch is `{ "revs": ["3-<32 hex digits>", ...] }`, the newest first, with `"deleted": true` where its leaf is
    /// a tombstone. The winner's reaches back to the oldest revision that is known, any other to the first one that
    /// stands in a branch before it.
    pub fn to_branches(&self) -> Value {
        let mut written = std::collections::BTreeSet::new();
        let mut branches = Vec::new();
        for leaf in self.leaves() {
            let mut revs = Vec::new();
            for revision in self.up_from(&leaf.revision) {
                revs.push(Value::from(revision.to_string()));
                if !written.insert(revision.clone()) {
                    break;
                }
            }
            let mut branch = Map::from_iter([("revs".to_owned(), Value::Array(revs))]);
            if leaf.deleted {
                branch.insert("deleted".into(), json!(true));
            }
            branches.push(Value::Object(branch));
        }
        Value::Array(branches)
    }

    /// Writes the text of what [`RevisionTree::to_branches`] writes.
    pub fn to_text(&self) -> String {
        let mut written = std::collections::BTreeSet::new();
        let leaves = self.leaves();
        let mut text = String::from("[");
        let mut write = |it: std::fmt::Arguments<'_>| {
            std::fmt::Write::write_fmt(&mut text, it).expect("a String takes all that is written to it");
        };
        for (nth, leaf) in leaves.iter().enumerate() {
            let comma = if nth > 0 { "," } else { "" };
            let deleted = if leaf.deleted { "\"deleted\":true," } else { "" };
            write(format_args!("{comma}{{{deleted}\"revs\":["));
            for (nth, revision) in self.up_from(&leaf.revision).enumerate() {
                let comma = if nth > 0 { "," } else { "" };
                write(format_args!("{comma}\"{revision}\""));
                // A tree of one branch meets none.
                if leaves.len() > 1 && !written.insert(revision) {
                    break;
                }
            }
            write(format_args!("]}}"));
        }
        text.push(']');
        text
    }

    /// Reads what [`RevisionTree::to_branches`] wrote.
    ///
    /// # Errors
    /// What is not a tree, with its place.
    pub fn from_branches(branches: &Value) -> Result<RevisionTree, BadDocument> {
        let bad = |place: String, what: &str| BadDocument { place, what: what.into() };
        let mut tree = RevisionTree::default();
        let list = branches.as_array().ok_or_else(|| bad("branches".into(), "must be a list"))?;
        for (nth, branch) in list.iter().enumerate() {
            let place = || format!("branches[{nth}]");
            let revs = branch.get("revs").and_then(Value::as_array);
            let revs = revs.ok_or_else(|| bad(place(), "has no list of revisions"))?;
            let read = |rev: &Value| rev.as_str().and_then(Revision::read);
            let revs: Option<Vec<Revision>> = revs.iter().map(read).collect();
            let revs = revs.filter(|it| !it.is_empty()).ok_or_else(|| bad(place(), "holds what is no revision"))?;
            if revs.windows(2).any(|pair| pair[0].generation != pair[1].generation.saturating_add(1)) {
                return Err(bad(place(), "has a gap"));
            }
            let is_tombstone = branch.get("deleted").and_then(Value::as_bool).unwrap_or(false);
            let leaf = if is_tombstone { Stage::Tombstone } else { Stage::Live };
            for (at, revision) in revs.iter().enumerate() {
                let stage = if at == 0 { leaf } else { Stage::Inner };
                let node = Node { parent: revs.get(at + 1).cloned(), stage };
                tree.nodes.entry(revision.clone()).or_insert(node);
            }
        }
        Ok(tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::History;

    fn rev(generation: u32, digit: u8) -> Revision {
        Revision { generation, digest: [digit; 16] }
    }

    fn path(revs: &[(u32, u8)]) -> History {
        History::of_path(revs.iter().map(|&(generation, digit)| rev(generation, digit)).collect())
    }

    #[test]
    fn a_tree_reads_back_as_it_was_written() {
        let mut tree = RevisionTree::default();
        assert_eq!(RevisionTree::from_branches(&tree.to_branches()), Ok(tree.clone()), "an empty one too");
        tree.graft(&path(&[(3, 3), (2, 2), (1, 1)]), false);
        tree.graft(&path(&[(3, 4), (2, 2)]), true);
        tree.graft(&path(&[(2, 9), (1, 1)]), false);
        tree.graft(&path(&[(7, 7)]), false);
        let branches = tree.to_branches();
        let [a, b, c] = [rev(3, 3), rev(2, 2), rev(1, 1)].map(|it| it.to_string());
        let expected = json!([
            { "revs": [rev(7, 7).to_string()] },
            { "revs": [a, b, c] },
            { "revs": [rev(2, 9).to_string(), c] },
            { "revs": [rev(3, 4).to_string(), b], "deleted": true },
        ]);
        assert_eq!(branches, expected);
        assert_eq!(RevisionTree::from_branches(&branches), Ok(tree.clone()));
        assert_eq!((tree.to_text(), RevisionTree::default().to_text()), (branches.to_string(), "[]".to_owned()));
        tree.stem(2);
        assert_eq!(RevisionTree::from_branches(&tree.to_branches()), Ok(tree), "cut off or not");
    }

    #[test]
    fn what_is_no_tree_is_named() {
        let (a, b) = (rev(3, 3).to_string(), rev(1, 1).to_string());
        // branches, what is told
        for (branches, told) in [
            (json!({}), "branches: must be a list"),
            (json!([1]), "branches[0]: has no list of revisions"),
            (json!([{ "revs": [] }]), "branches[0]: holds what is no revision"),
            (json!([{ "revs": [a] }, { "revs": [7] }]), "branches[1]: holds what is no revision"),
            (json!([{ "revs": [a, b] }]), "branches[0]: has a gap"),
        ] {
            let bad = RevisionTree::from_branches(&branches).unwrap_err();
            assert_eq!(format!("{}: {}", bad.place, bad.what), told);
        }
    }
}
