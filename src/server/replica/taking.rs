//! What replication brings: revisions as they are. What a token may not write is refused; what the books cannot follow
//! is kept all the same, and told.

use super::growth::Growth;
use super::problem::{busy, too_large};
use super::{Replica, may_write, operation, place};
use crate::document::order::SERVER;
use crate::document::submission::{accepted_body, accepted_version, given_id, given_number};
use crate::document::{Database, DocumentType, Revision, RevisionTree, Version};
use crate::domain::{Entropy, OrderId, PaymentId, Timestamp};
use crate::server::central::{Acceptance, Batch, Central, Committed, Flawed, Kept, Place, Reply};
use crate::server::limits::{GENERATION_MAX, MOVES_MAX, REVISIONS_KEPT};
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

    pub(super) fn is_not_too_much(&self, versions: &[Version]) -> Result<(), Problem> {
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
    pub(super) async fn take(
        &self,
        scope: &Scope,
        ids: &[String],
        versions: &[Version],
        mut batch: Batch,
    ) -> Result<(Batch, Vec<FailedRevision>), Problem> {
        let place = batch.place.clone();
        let mut kept = self.in_hand(&place, ids).await?;
        let before: BTreeMap<String, RevisionTree> =
            kept.iter().map(|(id, it)| (id.clone(), it.tree.clone())).collect();
        let acceptances =
            self.central.acceptances(&place.location_id, ids).await.map_err(|fault| self.broken(fault))?;
        let acceptance = |doc_id: &str| acceptances.iter().find(|it| it.doc_id == doc_id);
        let mut refused = Vec::new();
        let mut grown: BTreeMap<&str, Option<Growth>> = BTreeMap::new();
        for version in versions {
            let document = kept.entry(version.doc_id.clone()).or_insert_with(|| Kept::absent(&version.doc_id));
            let growth = grown.entry(version.doc_id.as_str()).or_default();
            if growth.is_none() {
                *growth = Growth::of(document);
            }
            let has_room = |growth: &mut Option<Growth>| match growth {
                Some(growth) => growth.take(document, version),
                None => Ok(()),
            };
            match may_take(scope, &place, version).and_then(|()| has_room(growth)) {
                Ok(()) => {
                    document.graft(version);
                }
                Err(reason) => refused.push(failed(version, "forbidden", reason)),
            }
        }
        let taxes = self.taxes(&place.location_id).await?;
        // Those that stand no more, because the server has set its fields right on top of them.
        let mut brought: BTreeMap<String, Revision> = BTreeMap::new();
        for document in kept.values_mut() {
            if let Some(version) = with_server_fields(document, acceptance(&document.doc_id)) {
                brought.extend(document.tree.winner().map(|it| (document.doc_id.clone(), it.revision)));
                document.graft(&version);
            }
            document.stem();
        }
        let flaws = self.flaws(&place, ids).await?;
        for (doc_id, document) in kept.into_iter().filter(|(_, document)| document.tree.winner().is_some()) {
            if before.get(&doc_id) == Some(&document.tree) {
                // Nothing new; but what is wrong with it is told again, for the first answer may have been lost.
                refused.extend(flaws.get(&doc_id).and_then(|it| refusal(versions, &doc_id, &it.revision, &it.reason)));
                continue;
            }
            let following = self.follow(&place, &document, brought.get(&doc_id), acceptance(&doc_id), &taxes).await?;
            if let Some((revision, reason)) = &following.flaw {
                refused.extend(refusal(versions, &doc_id, &revision.to_string(), reason));
            }
            batch.rows.extend(following.rows);
            batch.expectations.extend(following.expectations);
            batch.documents.push(document);
        }
        Ok((batch, refused))
    }

    /// What the books do not follow of these documents.
    pub(super) async fn flaws(&self, place: &Place, ids: &[String]) -> Result<BTreeMap<String, Flawed>, Problem> {
        let flaws = self.central.flaws(place, ids).await.map_err(|fault| self.broken(fault))?;
        Ok(flaws.into_iter().map(|flaw| (flaw.doc_id.clone(), flaw)).collect())
    }
}

fn failed(version: &Version, error: &str, reason: String) -> FailedRevision {
    let (doc_id, revision) = (version.doc_id.clone(), Some(version.revision().clone()));
    FailedRevision { doc_id, revision, error: error.into(), reason }
}

/// Says of the revision that somebody brought that the books do not follow it.
fn refusal(versions: &[Version], doc_id: &str, revision: &str, reason: &str) -> Option<FailedRevision> {
    let brought = versions.iter().find(|it| it.doc_id == doc_id && it.revision().to_string() == revision)?;
    Some(failed(brought, "not_valid", format!("kept, but not in the books: {reason}")))
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
    if version.revision().generation > GENERATION_MAX {
        return Err(format!("its revision counts more than {GENERATION_MAX} edits"));
    }
    if is_spelled_otherwise(&version.doc_id) {
        return Err("its id must be written in small letters, with hyphens".into());
    }
    if let Some((field, why)) = speaks_for_server(scope, &version.body) {
        return Err(format!("{field}: {why}"));
    }
    let location = version.body.get("location_id").filter(|it| !it.is_null());
    if location.is_some_and(|it| it.as_str() != Some(scope.location_id.as_str())) {
        return Err("location_id: is not the location of whoever sends it".into());
    }
    Ok(())
}

/// Whether this is the id of an order or payment, but not as everybody writes it: the same one would be there twice.
fn is_spelled_otherwise(doc_id: &str) -> bool {
    let order = OrderId::read(doc_id).map(|id| id.to_string());
    let payment = || PaymentId::read(doc_id).map(|id| id.to_string());
    order.or_else(payment).is_some_and(|id| id != doc_id)
}

/// The field in which a register or kitchen speaks in the server's name, and why it may not.
pub(super) fn speaks_for_server(scope: &Scope, body: &Value) -> Option<(&'static str, String)> {
    let stamps = body.get("stamps").and_then(Value::as_object);
    let by_server = |stamp: &Value| stamp.get(1).is_some_and(|it| it == SERVER);
    let field = if body.get("edited_by").is_some_and(|it| it == SERVER) {
        "edited_by"
    } else if stamps.is_some_and(|it| it.values().any(by_server)) {
        "stamps"
    } else {
        return None;
    };
    let why = || format!("`{SERVER}` is the server: nobody else edits or stamps by that name");
    (scope.role != Role::Admin).then(|| (field, why()))
}

/// The id and number of an accepted order are the server's: where what stands says others, or came of the accepted
/// revision and says none, the revision that says them again. It is not refused, for it may say what is true otherwise:
/// the number is that of a time before this server was made anew.
fn with_server_fields(document: &Kept, acceptance: Option<&Acceptance>) -> Option<Version> {
    let Reply::Order(accepted) = &acceptance?.reply else { return None };
    let (winner, body) = document.winner().filter(|(winner, _)| !winner.deleted)?;
    let (id, number) = (given_id(body), given_number(body));
    let is_other = |said: Option<&str>, given: &str| said.is_some_and(|said| said != given);
    let came_of_it = || {
        let revision = accepted.document.as_ref()?.revision();
        let history = document.tree.history(&winner.revision, REVISIONS_KEPT)?;
        Some(history.revisions().contains(revision))
    };
    let lacks_one = (id.is_none() || number.is_none()) && came_of_it().unwrap_or(false);
    if !lacks_one && !is_other(id, &accepted.order_id) && !is_other(number, &accepted.order_number) {
        return None;
    }
    let body = accepted_body(body, &accepted.order_id, &accepted.order_number);
    let parent = document.tree.history(&winner.revision, REVISIONS_KEPT)?;
    Some(accepted_version(&document.doc_id, &parent, body, REVISIONS_KEPT))
}
