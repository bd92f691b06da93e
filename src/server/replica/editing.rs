//! Documents written one by one, as CouchDB's own clients do: `PUT` and `DELETE` of a document. What is written is
//! taken as replication's revisions are.

use super::problem::{bad, busy, conflict, forbidden};
use super::{Replica, may_write, operation, place};
use crate::document::{Database, History, Revision, Version};
use crate::domain::{Entropy, Timestamp};
use crate::server::central::{Batch, Central, Committed, Expectation, Kept};
use crate::server::limits::{MOVES_MAX, REVISIONS_KEPT};
use crate::server::scope::Scope;
use crate::sync::wire::Problem;
use serde_json::Value;
use std::collections::BTreeSet;

/// An edit of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Editing {
    /// Which document.
    pub doc_id: String,
    /// The revision from which it was edited; none for a new document.
    pub parent: Option<Revision>,
    /// It ends the document.
    pub deleted: bool,
    /// What it says now.
    pub body: Value,
}

impl<C: Central> Replica<C> {
    /// Writes an edit, and answers with the revision that it made.
    ///
    /// # Errors
    /// [`Problem`] 409 when what was edited does not stand any more, and every reason for which replication refuses.
    pub async fn edit(
        &self,
        scope: &Scope,
        database: Database,
        editing: &Editing,
        now: Timestamp,
        dice: &mut Entropy,
    ) -> Result<Revision, Problem> {
        let told = self.edit_all(scope, database, std::slice::from_ref(editing), now, dice).await?;
        told.into_iter().next().expect("one edit is told of when one was asked for")
    }

    /// Writes edits in one commit, and tells of each which revision it made, or why it was not taken; the others are.
    ///
    /// # Errors
    /// [`Problem`] when nothing of it is written: it is too much, or the token only reads.
    pub async fn edit_all(
        &self,
        scope: &Scope,
        database: Database,
        edits: &[Editing],
        now: Timestamp,
        dice: &mut Entropy,
    ) -> Result<Vec<Result<Revision, Problem>>, Problem> {
        may_write(scope)?;
        let place = place(scope, database);
        let ids: BTreeSet<String> = edits.iter().map(|editing| editing.doc_id.clone()).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        for _ in 0..MOVES_MAX {
            let mut kept = self.in_hand(&place, &ids).await?;
            let read: Vec<(String, Option<u64>)> = kept.iter().map(|(id, kept)| (id.clone(), kept.seq)).collect();
            let mut versions = Vec::new();
            let mut told = Vec::with_capacity(edits.len());
            for editing in edits {
                let document = kept.entry(editing.doc_id.clone()).or_insert_with(|| Kept::absent(&editing.doc_id));
                // A second edit of the same document in one batch finds the first one there.
                let version = edited(document, editing);
                told.push(version.as_ref().map(|version| version.revision().clone()).map_err(Problem::clone));
                if let Ok(version) = version {
                    document.graft(&version);
                    versions.push(version);
                }
            }
            self.is_not_too_much(&versions)?;
            let batch = Batch::new(operation(now, dice), now, place.clone());
            let (mut batch, refused) = self.take(scope, &ids, &versions, batch).await?;
            for refused in refused.into_iter().filter(|it| it.error == "forbidden") {
                let of = |(editing, told): &(&Editing, &mut Result<Revision, Problem>)| {
                    editing.doc_id == refused.doc_id && told.as_ref().ok() == refused.revision.as_ref()
                };
                if let Some((_, told)) = edits.iter().zip(&mut told).find(of) {
                    *told = Err(forbidden(refused.reason.clone()));
                }
            }
            if batch.documents.is_empty() {
                return Ok(told);
            }
            // Whoever was quicker is seen when it is read again.
            batch.expectations.extend(read.into_iter().map(|(doc_id, seq)| Expectation::Document { doc_id, seq }));
            if self.commit(&batch).await? == Committed::Done {
                return Ok(told);
            }
        }
        Err(busy())
    }
}

/// The revision that an edit makes.
fn edited(kept: &Kept, editing: &Editing) -> Result<Version, Problem> {
    let history = history(kept, editing)?;
    let Value::Object(mut body) = editing.body.clone() else { return Err(bad("a document must be an object")) };
    body.retain(|name, _| !name.starts_with('_'));
    body.insert("_id".into(), editing.doc_id.clone().into());
    let (doc_id, deleted, body) = (editing.doc_id.clone(), editing.deleted, Value::Object(body));
    let revision = Revision::child_of(history.as_ref().map(History::head), deleted, &body);
    let history = match history {
        Some(parent) => parent.child(revision, REVISIONS_KEPT),
        None => History::of(revision),
    };
    Ok(Version { doc_id, history, deleted, body })
}

/// What the edit goes on from.
fn history(kept: &Kept, editing: &Editing) -> Result<Option<History>, Problem> {
    let edited = || conflict("it was edited meanwhile: read it again");
    let leaves = kept.tree.leaves();
    match &editing.parent {
        Some(parent) if leaves.iter().any(|leaf| leaf.revision == *parent) => {
            Ok(kept.tree.history(parent, REVISIONS_KEPT))
        }
        Some(_) => Err(edited()),
        // What is gone may be written anew: on top of its end, so that it stands everywhere.
        None => match leaves.first() {
            None => Ok(None),
            Some(winner) if winner.deleted => Ok(kept.tree.history(&winner.revision, REVISIONS_KEPT)),
            Some(_) => Err(edited()),
        },
    }
}
