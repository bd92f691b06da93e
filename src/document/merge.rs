//! What becomes of leaves that quarrel: a pure function of the set of them, the same bytes on every machine.
//!
//! Here is what holds for every type of document: who wins, what the result and the tombstones are called. What a type
//! makes of the bodies stands in its own file; `stamps` and `union` are what these are made of.

pub(super) mod stamps;
pub(super) mod union;

use super::canonical::canonical;
use super::{BadDocument, DocumentType, Revision};
use serde_json::{Map, Value, json};

/// A leaf that is not deleted, and what it says.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// Which revision.
    pub revision: Revision,
    /// Its body; CouchDB's own fields (those that begin with `_`) do not count.
    pub body: Value,
}

/// What a type of document makes of two bodies and more.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// One body that says all of it.
    Merged {
        /// That body.
        body: Value,
        /// What a manager must look at; empty when nothing.
        review: Vec<Review>,
    },
    /// They cannot all be true: nothing is written, the winner stands, and a person must look.
    Quarantined {
        /// The field in which they differ.
        field: &'static str,
    },
    /// Registers only read it: the winner stands until the server settles it.
    LeftToServer,
}

/// Why a manager must look at what was merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Review {
    /// One said that the guest has all of it, another that it was given up.
    #[error("it was completed on one register and cancelled on another")]
    CompletedAndCancelled,
    /// The server accepted it more than once.
    #[error("the server gave it two ids")]
    AcceptedTwice,
    /// Its sums could not be computed and are null.
    #[error("its sums cannot be computed: {0}")]
    NoSums(BadDocument),
}

/// What to do about leaves that quarrel.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Write these revisions.
    Settled(Resolution),
    /// Write nothing but a record of the conflict: the winner stands.
    Quarantined {
        /// The revision that stands for the document.
        winner: Revision,
        /// The field in which the leaves differ.
        field: &'static str,
    },
    /// Write nothing: the server settles it.
    LeftToServer {
        /// The revision that stands for the document.
        winner: Revision,
    },
}

/// The revisions that end a quarrel.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolution {
    /// CouchDB's winner, of which the result is a child.
    pub winner: Revision,
    /// The result.
    pub revision: Revision,
    /// What it says.
    pub body: Value,
    /// One for every other leaf.
    pub tombstones: Vec<Tombstone>,
    /// What a manager must look at; empty when nothing.
    pub review: Vec<Review>,
}

/// A revision that ends a branch, or deletes a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Tombstone {
    /// The leaf that it ends.
    pub parent: Revision,
    /// What it is called.
    pub revision: Revision,
    /// `_id`, `_deleted`, and `type` and `location_id`, without which filtered peers would never hear of it.
    pub body: Value,
}

impl Tombstone {
    /// Ends a leaf.
    pub fn of(leaf: &Leaf) -> Tombstone {
        let kept = ["_id", "type", "location_id"].into_iter();
        let kept = kept.filter_map(|name| Some((name.to_owned(), leaf.body.get(name)?.clone())));
        let mut body: Map<String, Value> = kept.collect();
        body.insert("_deleted".into(), json!(true));
        let body = Value::Object(body);
        Tombstone {
            parent: leaf.revision.clone(),
            revision: Revision::child_of(Some(&leaf.revision), true, &body),
            body,
        }
    }
}

/// Settles a quarrel between the live leaves of one document; none when fewer than two leaves are given.
///
/// The order of the leaves does not matter. What is merged in steps says the same as what is merged at once, though
/// its revisions have other names: when both meet, they are merged again, into the same body.
pub fn resolve(of: DocumentType, leaves: &[Leaf]) -> Option<Outcome> {
    let mut leaves: Vec<&Leaf> = leaves.iter().collect();
    leaves.sort_by(|one, other| other.revision.cmp(&one.revision));
    leaves.dedup_by(|one, other| one.revision == other.revision);
    let [first, others @ ..] = &leaves[..] else { return None };
    if others.is_empty() {
        return None;
    }
    let winner = first.revision.clone();
    let bodies: Vec<&Value> = leaves.iter().map(|leaf| &leaf.body).collect();
    Some(match of.resolve(&bodies) {
        Verdict::Merged { mut body, review } => {
            if let (Value::Object(fields), Some(id)) = (&mut body, first.body.get("_id")) {
                fields.insert("_id".into(), id.clone());
            }
            let revision = Revision::child_of(Some(&winner), false, &body);
            let tombstones = others.iter().map(|leaf| Tombstone::of(leaf)).collect();
            Outcome::Settled(Resolution { winner, revision, body, tombstones, review })
        }
        Verdict::Quarantined { field } => Outcome::Quarantined { winner, field },
        Verdict::LeftToServer => Outcome::LeftToServer { winner },
    })
}

/// The bodies as they are merged: without CouchDB's own fields, and equal numbers written alike (1.0 as 1), so that it
/// does not matter which of two equal values a rule takes.
pub(super) fn bodies(bodies: &[&Value]) -> Vec<Map<String, Value>> {
    let own = |body: &Map<String, Value>| {
        let fields = body.iter().filter(|(name, _)| !name.starts_with('_'));
        fields.map(|(name, value)| (name.clone(), alike(value))).collect()
    };
    bodies.iter().filter_map(|body| body.as_object()).map(own).collect()
}

fn alike(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            serde_json::from_str(&canonical(value)).expect("a number's canonical text is JSON")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        Value::Array(list) => list.iter().map(alike).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), alike(value))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(generation: u32, digit: u8, body: Value) -> Leaf {
        Leaf { revision: Revision { generation, digest: [digit; 16] }, body }
    }

    #[test]
    fn the_result_is_a_child_of_the_winner_and_every_other_leaf_ends() {
        let (id, location) = ("customer_1", "L1");
        let said =
            |name: &str| json!({ "_id": id, "_rev": "x", "type": "customer", "location_id": location, "name": name });
        let leaves = [leaf(2, 7, said("Ann")), leaf(3, 1, said("Ben")), leaf(2, 9, said("Cleo"))];
        let Some(Outcome::Settled(settled)) = resolve(DocumentType::Customer, &leaves) else { panic!("it is merged") };
        assert_eq!(settled.winner, leaves[1].revision);
        assert_eq!(settled.body["name"], "Cleo", "equal stamps: the greater text");
        assert_eq!((&settled.body["_id"], settled.body.get("_rev")), (&json!("customer_1"), None));
        assert_eq!(settled.revision, Revision::child_of(Some(&leaves[1].revision), false, &settled.body));
        assert_eq!(settled.revision.generation, 4);
        let ends: Vec<&Revision> = settled.tombstones.iter().map(|it| &it.parent).collect();
        assert_eq!(ends, [&leaves[2].revision, &leaves[0].revision]);
        let bare = json!({ "_id": "customer_1", "type": "customer", "location_id": "L1", "_deleted": true });
        assert!(settled.tombstones.iter().all(|it| it.body == bare && it.revision.generation == 3));
        assert_ne!(settled.tombstones[0].revision, settled.tombstones[1].revision);

        let again: Vec<Leaf> = leaves.iter().rev().chain(&leaves).cloned().collect();
        assert_eq!(resolve(DocumentType::Customer, &again), Some(Outcome::Settled(settled)));
    }

    #[test]
    fn one_leaf_quarrels_with_nobody() {
        let alone = leaf(1, 1, json!({}));
        assert_eq!(resolve(DocumentType::Order, &[]), None);
        assert_eq!(resolve(DocumentType::Order, &[alone.clone(), alone]), None);
    }

    #[test]
    fn what_is_not_for_registers_to_merge_stands_as_the_winner_has_it() {
        let leaves = [leaf(1, 1, json!({ "name": "A" })), leaf(1, 2, json!({ "name": "B" }))];
        let winner = leaves[1].revision.clone();
        let of_menu = resolve(DocumentType::Item, &leaves);
        assert_eq!(of_menu, Some(Outcome::LeftToServer { winner: winner.clone() }));
        let paid = [leaf(1, 1, json!({ "amount": 5 })), leaf(1, 2, json!({ "amount": 6 }))];
        let quarrel = resolve(DocumentType::Payment, &paid);
        assert_eq!(quarrel, Some(Outcome::Quarantined { winner, field: "amount" }));
    }
}
