//! Settles the leaves of a document that quarrel, in the transaction that brought them together, and writes down that
//! it did.

use crate::document::conflict::{self, ConflictContext};
use crate::document::{DocumentType, Outcome, Revision, resolve, soldout};
use crate::domain::{House, Timestamp};
use crate::store::{Fault, ReviewKind, Tx};

/// Settles what quarrels in a document, if anything does. `had` is the revision that stood here before the others came.
/// Answers whether others are to hear of the document: something was written, or it has a leaf that the server lacks.
/// That one was for them to hear before, perhaps, but as of now its document stands behind what was.
///
/// # Errors
/// [`Fault`] when it cannot be read or written.
pub(super) fn settle(
    tx: &Tx<'_>,
    house: &House,
    doc_id: &str,
    had: Option<&Revision>,
    now: Timestamp,
) -> Result<bool, Fault> {
    let Some((tree, is_ahead)) = tx.tree_beside_server(doc_id)? else { return Ok(false) };
    let Some(of) = DocumentType::of_id(doc_id) else { return Ok(is_ahead) };
    // Most documents have one leaf, and what it says need not be read for that.
    if tree.conflicts().is_empty() {
        return Ok(is_ahead);
    }
    let leaves = tx.live_leaves(doc_id)?;
    let Some(outcome) = resolve(of, &leaves) else { return Ok(is_ahead) };
    let winner = match &outcome {
        Outcome::Settled(settled) => {
            tx.put_resolution(doc_id, settled, now)?;
            for review in &settled.review {
                tx.put_review(doc_id, ReviewKind::Merged, &review.to_string(), now)?;
            }
            &settled.winner
        }
        Outcome::Quarantined { winner, field } => {
            let why = format!("two versions differ in {field}, and cannot both be true");
            tx.put_review(doc_id, ReviewKind::Quarantined, &why, now)?;
            winner
        }
        Outcome::LeftToServer { .. } => return Ok(is_ahead),
    };
    // Who sold of one count apart adds up, and did not quarrel.
    let bodies: Vec<_> = leaves.iter().map(|leaf| &leaf.body).collect();
    if of == DocumentType::SoldOut && soldout::add_up(&bodies) {
        return Ok(true);
    }
    let own = had.filter(|had| leaves.iter().any(|leaf| leaf.revision == **had)).unwrap_or(winner);
    let context = ConflictContext {
        local: own,
        location_id: &house.location_id,
        register_id: &house.register_id,
        resolved_at: now,
    };
    for record in conflict::to_bodies(of, &leaves, &outcome, &context) {
        tx.put_conflict(&record, now)?;
    }
    Ok(true)
}
