//! What is handed out to replicators: how a database stands, what changed, what is missing, revisions; and local
//! documents, which are theirs.

use super::problem::{bad, too_large};
use super::{Replica, may_write, operation, place, sequence};
use crate::document::{Database, Missing, Revision, RevisionTree, Version};
use crate::domain::planted::{Defect, is_planted};
use crate::domain::{Entropy, Timestamp};
use crate::server::central::{Batch, Central, Kept, LocalDocument, Place};
use crate::server::limits::{
    BULK_GET_BYTES_MAX, CHANGES_MAX, LOCAL_BYTES_MAX, LOCAL_ID_BYTES_MAX, LOCALS_MAX, READ_AT_ONCE,
};
use crate::server::scope::Scope;
use crate::sync::wire::{Answer, Change, Changes, FailedRevision, Information, Problem};
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl<C: Central> Replica<C> {
    pub(super) async fn information(&self, place: &Place) -> Result<Answer, Problem> {
        let standing = self.central.standing(place).await.map_err(|fault| self.broken(fault))?;
        Ok(Answer::Information(Information {
            instance_start_time: sequence::instance(&standing, place),
            update_seq: sequence::write(standing.newest, &standing, place),
        }))
    }

    pub(super) async fn changes(&self, place: &Place, since: Option<&str>, limit: u32) -> Result<Answer, Problem> {
        let standing = self.central.standing(place).await.map_err(|fault| self.broken(fault))?;
        let since = sequence::read(since, &standing, place)
            .ok_or_else(|| bad("`since` is not a sequence of this database"))?
            .number();
        // A limit of 0 counts as 1, as PouchDB has it: who asks wants to know where the feed stands.
        let limit = limit.clamp(1, CHANGES_MAX);
        let mut stray = None;
        if is_planted(Defect::FeedOfAnotherLocation) {
            let first = self.central.locations(1).await.map_err(|fault| self.broken(fault))?.into_iter().next();
            stray = first.map(|location_id| Place { location_id, database: place.database });
        }
        let from = stray.as_ref().unwrap_or(place);
        let changed = self.central.changes(from, since, limit).await.map_err(|fault| self.broken(fault))?;
        let last = changed.last().map_or(since, |it| it.seq);
        let row = |it: crate::server::central::ChangedDocument| {
            let leaves = it.tree.leaves();
            Change {
                seq: Some(sequence::write(it.seq, &standing, place)),
                doc_id: it.doc_id,
                deleted: leaves.first().is_none_or(|winner| winner.deleted),
                revisions: leaves.into_iter().map(|leaf| leaf.revision).collect(),
            }
        };
        let rows = changed.into_iter().map(row).collect();
        Ok(Answer::Changes(Changes { rows, last_seq: sequence::write(last, &standing, place) }))
    }

    /// Tells what is missing. A revision that the books do not follow counts as missing, so that whoever offers it
    /// sends it again and is told what is wrong with it: a former answer may have been lost.
    pub(super) async fn revs_diff(
        &self,
        place: &Place,
        offered: &[(String, Vec<Revision>)],
    ) -> Result<Answer, Problem> {
        let ids = ids(offered);
        let found = self.central.trees(place, &ids).await.map_err(|fault| self.broken(fault))?;
        let trees: BTreeMap<String, RevisionTree> = found.into_iter().map(|it| (it.doc_id, it.tree)).collect();
        let flaws = self.flaws(place, &ids).await?;
        let missing = |(doc_id, revisions): &(String, Vec<Revision>)| {
            let mut missing = trees.get(doc_id).map_or_else(
                || Missing { missing: revisions.clone(), possible_ancestors: Vec::new() },
                |tree| tree.missing(revisions),
            );
            let flaw = flaws.get(doc_id);
            let is_flawed = |it: &&Revision| flaw.is_some_and(|flaw| flaw.revision == it.to_string());
            missing.missing.extend(revisions.iter().filter(is_flawed).cloned());
            (!missing.missing.is_empty()).then(|| (doc_id.clone(), missing))
        };
        Ok(Answer::RevsDiff(offered.iter().filter_map(missing).collect()))
    }

    /// Hands out revisions. What is too much for one answer is asked for in halves; one document comes whole.
    pub(super) async fn bulk_get(&self, place: &Place, wanted: &[(String, Vec<Revision>)]) -> Result<Answer, Problem> {
        let (mut found, mut failed) = (Vec::new(), Vec::new());
        let mut bytes = 0_usize;
        for some in wanted.chunks(READ_AT_ONCE) {
            let first = found.len();
            let kept = self.in_hand(place, &ids(some)).await?;
            hand_out(&kept, some, &mut found, &mut failed);
            bytes += found[first..].iter().map(|it: &Version| it.body.to_string().len()).sum::<usize>();
            if bytes > BULK_GET_BYTES_MAX && wanted.len() > 1 {
                let most = format!("more than {BULK_GET_BYTES_MAX} bytes in one answer: ask for fewer at once");
                return Err(too_large("too_large", most));
            }
        }
        Ok(Answer::Documents { found, failed })
    }

    pub(super) async fn local(&self, place: &Place, id: &str) -> Result<Answer, Problem> {
        self.central.local(place, id).await.map_err(|fault| self.broken(fault)).map(Answer::Local)
    }

    /// Takes a local document. Its `_rev` is not compared, as in CouchDB: it is its writer's alone. A kitchen writes
    /// none: it could move the checkpoints of others. Replicators keep theirs at their own end when they are told so.
    pub(super) async fn put_local(
        &self,
        scope: &Scope,
        database: Database,
        id: &str,
        body: &Value,
        now: Timestamp,
        dice: &mut Entropy,
    ) -> Result<Answer, Problem> {
        may_write(scope)?;
        let Value::Object(fields) = body else { return Err(bad("a local document must be an object")) };
        if id.is_empty() || id.len() > LOCAL_ID_BYTES_MAX || id.contains('\0') {
            return Err(bad(format!("the id of a local document has 1 to {LOCAL_ID_BYTES_MAX} bytes, none of them 0")));
        }
        let bytes = body.to_string().len();
        if bytes > LOCAL_BYTES_MAX {
            let most = format!("this local document has {bytes} bytes; {LOCAL_BYTES_MAX} are the most");
            return Err(too_large("document_too_large", most));
        }
        let place = place(scope, database);
        let is_new = self.central.local(&place, id).await.map_err(|fault| self.broken(fault))?.is_none();
        if is_new && self.locals(&place).await? >= LOCALS_MAX {
            return Err(too_large("too_many", format!("there are {LOCALS_MAX} local documents here already")));
        }
        let former = fields.get("_rev").and_then(Value::as_str).and_then(|rev| rev.strip_prefix("0-")?.parse().ok());
        let rev: u64 = former.unwrap_or(0_u64).saturating_add(1);
        let mut body = body.clone();
        body["_id"] = json!(format!("_local/{id}"));
        body["_rev"] = json!(format!("0-{rev}"));
        let mut batch = Batch::new(operation(now, dice), now, place);
        batch.local = Some(LocalDocument { id: id.into(), body: Some(body) });
        self.commit(&batch).await?;
        Ok(Answer::Done)
    }

    /// Takes a local document away; false when there was none.
    ///
    /// # Errors
    /// [`Problem`] when the token only reads, and when the database fails.
    pub(in crate::server) async fn forget_local(
        &self,
        scope: &Scope,
        database: Database,
        id: &str,
        now: Timestamp,
        dice: &mut Entropy,
    ) -> Result<bool, Problem> {
        may_write(scope)?;
        let place = place(scope, database);
        if self.central.local(&place, id).await.map_err(|fault| self.broken(fault))?.is_none() {
            return Ok(false);
        }
        let mut batch = Batch::new(operation(now, dice), now, place);
        batch.local = Some(LocalDocument { id: id.into(), body: None });
        self.commit(&batch).await?;
        Ok(true)
    }

    async fn locals(&self, place: &Place) -> Result<usize, Problem> {
        self.central.count_locals(&place.location_id).await.map_err(|fault| self.broken(fault))
    }
}

/// What `latest=true` asks for: the leaves that were edited from the revisions, or are them; all of them when none are
/// named. And those that are not known.
fn latest<'a>(kept: &Kept, revisions: &'a [Revision]) -> (Vec<crate::document::TreeLeaf>, Vec<&'a Revision>) {
    if revisions.is_empty() {
        return (kept.tree.leaves(), Vec::new());
    }
    let mut leaves: Vec<crate::document::TreeLeaf> = Vec::new();
    let mut unknown = Vec::new();
    for revision in revisions {
        let from = kept.leaves_from(revision);
        if from.is_empty() {
            unknown.push(revision);
        }
        for leaf in from {
            if !leaves.contains(&leaf) {
                leaves.push(leaf);
            }
        }
    }
    (leaves, unknown)
}

fn ids(asked: &[(String, Vec<Revision>)]) -> Vec<String> {
    asked.iter().map(|(doc_id, _)| doc_id.clone()).collect()
}

/// Hands out what is there of what is wanted, and says what is not.
fn hand_out(
    kept: &BTreeMap<String, Kept>,
    wanted: &[(String, Vec<Revision>)],
    found: &mut Vec<Version>,
    failed: &mut Vec<FailedRevision>,
) {
    for (doc_id, revisions) in wanted {
        let not_found = |revision: Option<&Revision>| FailedRevision {
            doc_id: doc_id.clone(),
            revision: revision.cloned(),
            error: "not_found".into(),
            reason: "missing".into(),
        };
        match kept.get(doc_id).filter(|kept| kept.seq.is_some()) {
            None if revisions.is_empty() => failed.push(not_found(None)),
            None => failed.extend(revisions.iter().map(|it| not_found(Some(it)))),
            Some(kept) => {
                let (leaves, unknown) = latest(kept, revisions);
                found.extend(leaves.iter().filter_map(|leaf| kept.version(leaf)));
                failed.extend(unknown.into_iter().map(|it| not_found(Some(it))));
            }
        }
    }
}
