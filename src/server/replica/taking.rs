//! What replication brings: revisions as they are. What a token may not write is refused; what the books cannot follow
//! is kept all the same, and told.

use super::problem::{busy, too_large};
use super::{Replica, may_write, operation, place};
use crate::document::submission::{accepted_body, accepted_version, given_id, given_number};
use crate::document::{Database, DocumentType, Grafted, Version};
use crate::domain::{Entropy, Timestamp};
use crate::server::central::{Acceptance, Batch, Central, Committed, Kept, Place, Reply};
use crate::server::limits::{DOCUMENTS_AT_ONCE_MAX, LIVE_LEAVES_MAX, MOVES_MAX, REVISIONS_KEPT};
use crate::server::scope::{Role, Scope};
use crate::sync::wire::{Answer, FailedRevision, Problem};
use serde_json::Value;
use std::collections::BTreeMap;

impl<C: Central> Replica<C> {
    pub(super) async fn bulk_docs(
        &self,
        scope: &Scope,
        database: Database,
        versions: &[Version],
        now: Timestamp,
        dice: &mut Entropy,
    ) -> Result<Answer, Problem> {
        may_write(scope)?;
        self.is_not_too_much(versions)?;
        let place = place(scope, database);
        let ids: Vec<String> = versions.iter().map(|version| version.doc_id.clone()).collect();
        for _ in 0..MOVES_MAX {
            let batch = Batch::new(operation(now, dice), now, place.clone());
            let (batch, refused) = self.take(scope, &ids, versions, batch).await?;
            if batch.documents.is_empty() || self.commit(&batch).await? == Committed::Done {
                return Ok(Answer::Taken { refused });
            }
        }
        Err(busy())
    }

    fn is_not_too_much(&self, versions: &[Version]) -> Result<(), Problem> {
        if versions.len() > DOCUMENTS_AT_ONCE_MAX {
            let most = format!("{} documents at once; {DOCUMENTS_AT_ONCE_MAX} are the most", versions.len());
            return Err(too_large("too_large", most));
        }
        versions.iter().try_for_each(|version| self.is_not_too_large(&version.doc_id, &version.body))
    }

    /// CouchDB says no to the whole batch and names the document; whoever sent it tries the halves.
    pub(super) fn is_not_too_large(&self, doc_id: &str, body: &Value) -> Result<(), Problem> {
        let (bytes, most) = (body.to_string().len(), self.settings.document_bytes_max);
        if bytes <= most {
            return Ok(());
        }
        Err(too_large("document_too_large", format!("{doc_id} has {bytes} bytes; {most} are the most")))
    }

    /// Grafts what may be taken, and works out how the books follow.
    async fn take(
        &self,
        scope: &Scope,
        ids: &[String],
        versions: &[Version],
        mut batch: Batch,
    ) -> Result<(Batch, Vec<FailedRevision>), Problem> {
        let place = batch.place.clone();
        let mut kept = self.in_hand(&place, ids).await?;
        let before: BTreeMap<String, Kept> = kept.clone();
        let acceptances =
            self.central.acceptances(&place.location_id, ids).await.map_err(|fault| self.broken(fault))?;
        let acceptance = |doc_id: &str| acceptances.iter().find(|it| it.doc_id == doc_id);
        let mut refused = Vec::new();
        for version in versions {
            let document = kept.entry(version.doc_id.clone()).or_insert_with(|| Kept::absent(&version.doc_id));
            match may_take(scope, &place, version) {
                Ok(()) if is_one_too_many(document, version) => {
                    let reason = format!("{LIVE_LEAVES_MAX} versions of it quarrel already: settle them first");
                    refused.push(failed(version, "forbidden", reason));
                }
                Ok(()) => {
                    document.graft(version);
                }
                Err(reason) => refused.push(failed(version, "forbidden", reason)),
            }
        }
        let taxes = self.taxes(&place.location_id).await?;
        for document in kept.values_mut() {
            if let Some(version) = with_server_fields(document, acceptance(&document.doc_id)) {
                document.graft(&version);
            }
        }
        for (doc_id, document) in kept.into_iter().filter(|(_, document)| document.tree.winner().is_some()) {
            let former = before.get(&doc_id);
            let has_changed = former.is_none_or(|former| former.tree != document.tree);
            let said = former.and_then(Kept::live_body);
            let following = self.follow(&place, &document, said, acceptance(&doc_id), &taxes).await?;
            if let Some((revision, reason)) = following.flaw {
                let brought = versions.iter().find(|it| it.doc_id == doc_id && *it.revision() == revision);
                refused
                    .extend(brought.map(|it| failed(it, "not_valid", format!("kept, but not in the books: {reason}"))));
            }
            if has_changed {
                batch.rows.extend(following.rows);
                batch.expectations.extend(following.expectations);
                batch.documents.push(document);
            }
        }
        Ok((batch, refused))
    }
}

fn failed(version: &Version, error: &str, reason: String) -> FailedRevision {
    let (doc_id, revision) = (version.doc_id.clone(), Some(version.revision().clone()));
    FailedRevision { doc_id, revision, error: error.into(), reason }
}

/// Whether a revision would be one live leaf more than a document may have.
fn is_one_too_many(document: &Kept, version: &Version) -> bool {
    let live = document.tree.leaves().iter().filter(|leaf| !leaf.deleted).count();
    if version.deleted || live < LIVE_LEAVES_MAX {
        return false;
    }
    document.tree.clone().graft(&version.history, false) == Grafted::Branch
}

/// Whether a token may write a revision.
///
/// # Errors
/// Why not, in a sentence.
fn may_take(scope: &Scope, place: &Place, version: &Version) -> Result<(), String> {
    if version.doc_id.starts_with('_') {
        return Err("ids that begin with `_` are the server's own".into());
    }
    if place.database == Database::Menu && scope.role != Role::Admin {
        return Err("registers only read the menu".into());
    }
    if let Some(of) = DocumentType::of_id(&version.doc_id).filter(|of| of.database() != place.database) {
        return Err(format!("documents of type {} belong in the database {}", of.code(), of.database().code()));
    }
    let location = version.body.get("location_id").filter(|it| !it.is_null());
    if location.is_some_and(|it| it.as_str() != Some(scope.location_id.as_str())) {
        return Err("location_id: is not the location of whoever sends it".into());
    }
    Ok(())
}

/// The id and number of an accepted order are the server's: where what stands says others, the revision that says them
/// again. It is not refused, for it may say what is true otherwise: the number is that of a time before this server
/// was made anew.
fn with_server_fields(document: &Kept, acceptance: Option<&Acceptance>) -> Option<Version> {
    let Reply::Order(accepted) = &acceptance?.reply else { return None };
    let (winner, body) = document.winner().filter(|(winner, _)| !winner.deleted)?;
    let other_id = given_id(body).is_some_and(|id| id != accepted.order_id);
    let other_number = given_number(body).is_some_and(|number| number != accepted.order_number);
    if !other_id && !other_number {
        return None;
    }
    let body = accepted_body(body, &accepted.order_id, &accepted.order_number);
    let parent = document.tree.history(&winner.revision, REVISIONS_KEPT)?;
    Some(accepted_version(&document.doc_id, &parent, body, REVISIONS_KEPT))
}
