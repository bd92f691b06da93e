//! The laws of merging, asked of the versions that an evening really brought: in whatever order and grouping they meet,
//! they become the same.

use super::world::Counts;
use crate::document::{DocumentType, Leaf, Outcome, Revision, resolve};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Most versions of an order that are remembered.
const VERSIONS_MAX: usize = 5;

/// Versions of orders, as registers handed them over.
#[derive(Default)]
pub struct Versions(BTreeMap<String, Vec<Leaf>>);

impl Versions {
    /// Takes note of a version.
    pub fn take(&mut self, doc_id: String, revision: Revision, body: Value) {
        let is_whole = body.get("items").is_some();
        if DocumentType::of_id(&doc_id) != Some(DocumentType::Order) || !is_whole {
            return;
        }
        let known = self.0.entry(doc_id).or_default();
        if known.len() < VERSIONS_MAX && known.iter().all(|leaf| leaf.revision != revision) {
            known.push(Leaf { revision, body });
        }
    }

    /// Says which versions become something else when they meet in another order.
    pub fn obey_laws(&self, counts: &mut Counts) -> Vec<String> {
        let mut wrong = Vec::new();
        for (doc_id, leaves) in &self.0 {
            for three in all_threes(leaves) {
                let [a, b, c] = three;
                counts.one("meetings of three versions");
                let at_once = merged(&[a, b, c]);
                let in_steps = [
                    merged(&[a, b]).and_then(|ab| merged(&[&ab, c])),
                    merged(&[b, c]).and_then(|bc| merged(&[a, &bc])),
                    merged(&[c, a]).and_then(|ca| merged(&[b, &ca])),
                ];
                if let Some(fields) = in_steps.iter().find_map(|it| differing(&at_once, it)) {
                    let names = three.iter().map(|leaf| leaf.revision.to_string()).collect::<Vec<_>>().join(", ");
                    wrong.push(format!("{doc_id}: {names} become one thing at once, another in steps: {fields}"));
                }
            }
        }
        wrong
    }
}

/// Every three of some versions.
fn all_threes(leaves: &[Leaf]) -> Vec<[&Leaf; 3]> {
    let mut all = Vec::new();
    for (nth, a) in leaves.iter().enumerate() {
        for (mth, b) in leaves.iter().enumerate().skip(nth + 1) {
            all.extend(leaves.iter().skip(mth + 1).map(|c| [a, b, c]));
        }
    }
    all
}

/// Names the fields in which two differ, and what they say there; none when they are equal.
fn differing(one: &Option<Leaf>, other: &Option<Leaf>) -> Option<String> {
    let fields = |leaf: &Option<Leaf>| leaf.as_ref().and_then(|it| it.body.as_object().cloned()).unwrap_or_default();
    let (one, other) = (fields(one), fields(other));
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differs = names.into_iter().filter(|name| one.get(*name) != other.get(*name));
    let said: Vec<String> = differs.map(|name| format!("{name}: {:?}, {:?}", one.get(name), other.get(name))).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// What some versions become; none when they cannot be merged.
fn merged(leaves: &[&Leaf]) -> Option<Leaf> {
    let leaves: Vec<Leaf> = leaves.iter().map(|leaf| (*leaf).clone()).collect();
    // Somebody else may have come to the same result before, under the same name.
    if leaves.iter().all(|leaf| leaf.revision == leaves[0].revision) {
        return leaves.into_iter().next();
    }
    match resolve(DocumentType::Order, &leaves)? {
        Outcome::Settled(settled) => Some(Leaf { revision: settled.revision, body: settled.body }),
        Outcome::Quarantined { .. } | Outcome::LeftToServer { .. } => None,
    }
}
