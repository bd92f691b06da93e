//! What is done in the store about what is in Review: by a command of a screen, or by a chore of the command line.
//!
//! Who may, and what comes of it, the domain says.

use super::chores::Undone;
use crate::domain::journal::Entry;
use crate::domain::{Matter, MatterKind, OrderId, Refusal, Settlement, Timestamp};
use crate::store::{Durability, Fault, Reader, RejectedWrite, ReviewKind, Store, Tx};

/// Most documents in Review that a number of the command line is looked for among.
const LOOKED_AT_MAX: u32 = 1_000;

/// Carries out what was decided about a matter.
pub(super) fn settle(tx: &Tx<'_>, matter: &Matter, how: &Settlement, now: Timestamp) -> Result<(), Fault> {
    let document = matter.document.as_str();
    match how {
        Settlement::Resubmit => tx.resubmit(document, now),
        Settlement::OfferAgain => tx.offer_again(document),
        Settlement::GiveUp { reason } => tx.close_submission(document, reason, now),
        Settlement::Note { reason } => tx.close_review(document, kept_as(matter.kind), reason, now),
        Settlement::Forgo => tx.forgo_refused(document, now),
    }
}

/// As what the store keeps it.
fn kept_as(kind: MatterKind) -> ReviewKind {
    match kind {
        MatterKind::Rejected | MatterKind::Flawed | MatterKind::Refused => ReviewKind::Rejected,
        MatterKind::Merged => ReviewKind::Merged,
        MatterKind::Quarantined => ReviewKind::Quarantined,
    }
}

/// Hands what is in Review to the server again, named by its id or its order's number.
///
/// # Errors
/// [`Undone`]; nothing was changed then.
pub(super) fn resubmit(store: &mut Store, named: &str, now: Timestamp) -> Result<String, Undone> {
    let (document, matters) = find(store.reader(), named)?;
    let again = matters.into_iter().filter_map(|kind| Some((kind, kind.again().ok()?)));
    let settled: Vec<_> = again.collect();
    if settled.is_empty() {
        return Err(Undone::Refused(Refusal::NothingToResubmit.to_string()));
    }
    write(store, &document, settled, ("resubmit", None), now)?;
    Ok(format!("{document} is handed to the server again"))
}

/// Takes everything about a document from Review, for a reason.
///
/// # Errors
/// [`Undone`]; nothing was changed then.
pub(super) fn close(store: &mut Store, named: &str, reason: &str, now: Timestamp) -> Result<String, Undone> {
    let reason = crate::domain::decide::reason(reason).map_err(|refusal| Undone::Refused(refusal.to_string()))?;
    let (document, matters) = find(store.reader(), named)?;
    let settled = matters.into_iter().map(|kind| (kind, kind.closed(reason.clone())));
    write(store, &document, settled.collect(), ("close_review", Some(&reason)), now)?;
    Ok(format!("{document} is closed: it stays in this register"))
}

fn write(
    store: &mut Store,
    document: &str,
    settled: Vec<(MatterKind, Settlement)>,
    (fact, reason): (&'static str, Option<&str>),
    now: Timestamp,
) -> Result<(), Undone> {
    store.write(Durability::Synced, |tx| -> Result<(), Fault> {
        for (kind, how) in &settled {
            settle(tx, &Matter { document: document.to_owned(), kind: *kind }, how, now)?;
            let entry = Entry::new(fact, OrderId::read(document)).with("document", document).with("kind", kind.code());
            let entry = match reason {
                Some(reason) => entry.with("reason", reason),
                None => entry,
            };
            tx.append(now, None, &entry)?;
        }
        Ok(())
    })?;
    Ok(())
}

/// The document of that id in Review, or the only one of the order of that number, and why it is there.
fn find(reader: &Reader, named: &str) -> Result<(String, Vec<MatterKind>), Undone> {
    let matters = reader.matters_of(named)?;
    if !matters.is_empty() {
        return Ok((named.to_owned(), matters));
    }
    let mut found: Vec<String> = Vec::new();
    let reviews = reader.reviews(LOOKED_AT_MAX)?.into_iter().map(|row| (row.doc_id, row.local_number));
    for (document, number) in reviews.collect::<Vec<_>>().into_iter().chain(refused(reader)?) {
        if number.is_some_and(|number| number.eq_ignore_ascii_case(named)) && !found.contains(&document) {
            found.push(document);
        }
    }
    match found.as_slice() {
        [] => {
            let sentence = format!("{named} is not in Review: `comanda sync review list` shows what is");
            Err(Undone::Refused(sentence))
        }
        [one] => Ok((one.clone(), reader.matters_of(one)?)),
        many => {
            let sentence = format!("several things of {named} are in Review, name one: {}", many.join(", "));
            Err(Undone::Refused(sentence))
        }
    }
}

fn refused(reader: &Reader) -> Result<Vec<(String, Option<String>)>, Fault> {
    let rows = reader.rejected_writes(LOOKED_AT_MAX)?.into_iter();
    let numbered = |row: RejectedWrite| {
        let number = reader.order_of(&row.doc_id)?.map(|(_, number)| number);
        Ok((row.doc_id, number))
    };
    rows.map(numbered).collect()
}
