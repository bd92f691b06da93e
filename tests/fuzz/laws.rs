//! What holds for every merge, whatever the bodies say.

use super::can_be_shown;
use comanda::document::canonical::canonical;
use comanda::document::{DocumentType, Leaf, Outcome, Resolution, Review, Revision, order, resolve};
use serde_json::Value;
use std::collections::BTreeSet;

fn leaves(bodies: &[Value]) -> Vec<Leaf> {
    let leaf = |(nth, body): (usize, &Value)| {
        let nth = u8::try_from(nth).expect("five at the most");
        Leaf { revision: Revision { generation: 1 + u32::from(nth % 2), digest: [nth; 16] }, body: body.clone() }
    };
    bodies.iter().enumerate().map(leaf).collect()
}

/// Merges bodies as leaves of one document and holds the laws against the outcome.
pub fn laws(of: DocumentType, mut bodies: Vec<Value>) {
    // They are of one document.
    let id = bodies.iter().find_map(|body| body.get("_id")).cloned();
    for fields in bodies.iter_mut().filter_map(Value::as_object_mut) {
        fields.remove("_id");
        fields.extend(id.clone().map(|id| ("_id".to_owned(), id)));
    }
    let errors: Vec<_> = bodies.iter().filter_map(|body| of.check(body).err()).collect();
    errors.iter().for_each(|bad| can_be_shown(&bad.place, &bad.what));
    let leaves = leaves(&bodies);
    let Some(outcome) = resolve(of, &leaves) else { return assert!(bodies.len() < 2, "two and more quarrel") };
    let mut turned = leaves.clone();
    turned.rotate_left(1);
    assert_eq!(resolve(of, &turned).as_ref(), Some(&outcome), "in another order");
    turned.reverse();
    turned.extend(leaves.clone());
    assert_eq!(resolve(of, &turned).as_ref(), Some(&outcome), "the other way round, and twice");
    let greatest = leaves.iter().map(|leaf| &leaf.revision).max();
    match &outcome {
        Outcome::Settled(settled) => {
            assert_eq!(Some(&settled.winner), greatest);
            names(settled, &leaves);
            groups(of, &bodies, settled);
            says_it_all(of, &bodies, settled, errors.is_empty());
        }
        Outcome::Quarantined { winner, .. } | Outcome::LeftToServer { winner } => assert_eq!(Some(winner), greatest),
    }
}

/// The result is a child of the winner, and every other leaf ends.
fn names(settled: &Resolution, leaves: &[Leaf]) {
    assert_eq!(settled.revision, Revision::child_of(Some(&settled.winner), false, &settled.body));
    let ended: BTreeSet<&Revision> = settled.tombstones.iter().map(|it| &it.parent).collect();
    assert_eq!(ended.len(), settled.tombstones.len());
    for leaf in leaves {
        assert_eq!(ended.contains(&leaf.revision), leaf.revision != settled.winner);
    }
    let fields = settled.body.as_object().expect("a document is an object");
    assert!(fields.keys().all(|name| !name.starts_with('_') || name == "_id"), "no field of CouchDB's");
}

/// What is merged in steps, or merged again, says the same.
fn groups(of: DocumentType, bodies: &[Value], at_once: &Resolution) {
    // Which id it has is not what it says: it is the winner's, who has none when it is no object.
    let said = |body: &Value| {
        let mut body = body.clone();
        body.as_object_mut().map(|fields| fields.remove("_id"));
        canonical(&body)
    };
    let text = |all: &[Value]| match resolve(of, &leaves(all)) {
        Some(Outcome::Settled(settled)) => settled.body,
        None => all[0].clone(),
        Some(other) => panic!("what can be merged at once can be merged in steps: {other:?}"),
    };
    let once = said(&at_once.body);
    let again = |all: &[Value], how: &str| assert_eq!(said(&text(all)), once, "{how}");
    again(&[at_once.body.clone(), at_once.body.clone()], "merged with itself");
    again(&[at_once.body.clone(), bodies[0].clone()], "merged with what is in it");
    again(&[bodies[1].clone(), at_once.body.clone()], "merged into what is in it");
    if bodies.len() > 2 {
        let forward = bodies.iter().cloned().reduce(|one, other| text(&[one, other]));
        let back = bodies.iter().rev().cloned().reduce(|one, other| text(&[one, other]));
        assert_eq!(forward.as_ref().map(said).as_ref(), Some(&once), "one after the other");
        assert_eq!(back.as_ref().map(said).as_ref(), Some(&once), "one after the other, from the end");
    }
}

/// What could be read can be read, or a manager is told; no line is lost, and what was taken back stays so.
fn says_it_all(of: DocumentType, bodies: &[Value], settled: &Resolution, all_read: bool) {
    for why in &settled.review {
        can_be_shown("review", &why.to_string());
    }
    let read = of.check(&settled.body);
    assert!(!all_read || read.is_ok() || !settled.review.is_empty(), "it cannot be read, and nobody is told: {read:?}");
    if of != DocumentType::Order {
        return;
    }
    for body in bodies {
        for (id, state) in lines(body) {
            let there = lines(&settled.body).find(|(other, _)| *other == id);
            let (_, stands) = there.unwrap_or_else(|| panic!("{id} is lost"));
            assert!(state != Some("voided") || stands == Some("voided"), "{id} is sold again");
        }
    }
    let no_sums = settled.review.iter().any(|it| matches!(it, Review::NoSums(_)));
    assert_eq!(no_sums, settled.body["total_amount"].is_null(), "sums, or why there are none");
    if let Ok(order) = order::from_body(&settled.body) {
        let total = order.totals().total;
        assert!(no_sums || settled.body["total_amount"] == total.0, "the sum is {total:?}: {}", settled.body);
    }
}

fn lines(body: &Value) -> impl Iterator<Item = (&str, Option<&str>)> {
    let list = body.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    list.iter().filter_map(|line| Some((line.get("line_id")?.as_str()?, line.get("state").and_then(Value::as_str))))
}
