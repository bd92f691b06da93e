//! Versions that quarrel are merged, the same bytes as on every register, for there may be none; and a document says of
//! what stands whether the books follow it.

use super::taking::child;
use super::{BRIDGE, CentralEnd, Happening, NotDone, Waits};
use crate::document::conflict::{self, ConflictContext};
use crate::document::submission::{rejected_body, without_rejection};
use crate::document::{
    Database, DocumentType, History, Leaf, Outcome, Resolution, Revision, Version, resolve, soldout,
};
use crate::domain::Timestamp;
use crate::server::central::{Central, Kept};
use crate::server::limits::REVISIONS_KEPT;
use serde_json::Value;

/// Whether registers merge documents of this id.
pub(super) fn may_settle(doc_id: &str) -> bool {
    DocumentType::of_id(doc_id).is_some_and(|of| of.database() != Database::Menu && of != DocumentType::Conflict)
}

impl<C: Central, W: Waits> CentralEnd<C, W> {
    /// Merges what quarrels in these documents, and has those that the books follow, or do not, say so.
    pub(super) fn settle(&mut self, now: Timestamp, database: Database, ids: &[String]) -> Result<(), NotDone> {
        let place = self.place(database);
        let mut kept = self.asked(self.replica.central().documents(&place, ids))?;
        let mut merged = Vec::new();
        for document in &kept {
            merged.extend(self.merge(now, document)?);
        }
        if !merged.is_empty() {
            self.graft(now, database, merged)?;
            kept = self.asked(self.replica.central().documents(&place, ids))?;
        }
        self.say_whether_booked(now, database, &kept)
    }

    /// Merges what quarrels in a document: the revisions that end it, not kept yet. That it was so is written down.
    pub(super) fn merge(&mut self, now: Timestamp, document: &Kept) -> Result<Vec<Version>, NotDone> {
        let of = DocumentType::of_id(&document.doc_id).filter(|_| may_settle(&document.doc_id));
        let leaves = live_leaves(document);
        let Some((of, outcome)) = of.and_then(|of| Some((of, resolve(of, &leaves)?))) else { return Ok(Vec::new()) };
        // Who sold of one count apart adds up, and did not quarrel.
        let bodies: Vec<_> = leaves.iter().map(|leaf| &leaf.body).collect();
        let mut is_news = false;
        if !(of == DocumentType::SoldOut && soldout::add_up(&bodies)) {
            let records = self.records(now, of, &leaves, &outcome);
            is_news = self.keep_records(now, records)?;
        }
        let doc_id = &document.doc_id;
        match &outcome {
            Outcome::Settled(settled) => {
                self.tell(Happening::Settled { doc_id: doc_id.clone() });
                for review in &settled.review {
                    self.tell(Happening::ForSomebody { doc_id: doc_id.clone(), why: review.to_string() });
                }
                Ok(written(document, settled))
            }
            Outcome::Quarantined { field, .. } => {
                if is_news {
                    let why = format!("two versions differ in {field}, and cannot both be true");
                    self.tell(Happening::ForSomebody { doc_id: doc_id.clone(), why });
                }
                Ok(Vec::new())
            }
            Outcome::LeftToServer { .. } => Ok(Vec::new()),
        }
    }

    /// The records of a quarrel, for audit, as registers write them.
    fn records(&self, now: Timestamp, of: DocumentType, leaves: &[Leaf], outcome: &Outcome) -> Vec<Value> {
        let local = match outcome {
            Outcome::Settled(settled) => &settled.winner,
            Outcome::Quarantined { winner, .. } | Outcome::LeftToServer { winner } => winner,
        };
        let (location_id, register_id) = (&self.scope.location_id, &BRIDGE.into());
        let context = ConflictContext { local, location_id, register_id, resolved_at: now };
        conflict::to_bodies(of, leaves, outcome, &context)
    }

    /// One that is kept already stays as it is. Says whether there was one that was not.
    fn keep_records(&mut self, now: Timestamp, records: Vec<Value>) -> Result<bool, NotDone> {
        let id = |record: &Value| record.get("_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let ids: Vec<String> = records.iter().map(id).collect();
        let known = self.asked(self.replica.central().trees(&self.place(Database::Audit), &ids))?;
        let new = records.into_iter().filter(|record| known.iter().all(|it| it.doc_id != id(record)));
        let version = |body: Value| {
            let history = History::of(Revision::child_of(None, false, &body));
            Version { doc_id: id(&body), history, deleted: false, body }
        };
        let versions: Vec<Version> = new.map(version).collect();
        let is_news = !versions.is_empty();
        for refused in self.graft(now, Database::Audit, versions)? {
            self.tell(Happening::KeptOut { doc_id: refused.doc_id, why: refused.reason });
        }
        Ok(is_news)
    }

    /// What stands and the books do not follow says why; what they follow again says nothing of it any more.
    fn say_whether_booked(&mut self, now: Timestamp, database: Database, kept: &[Kept]) -> Result<(), NotDone> {
        let ids: Vec<String> = kept.iter().map(|document| document.doc_id.clone()).collect();
        let flaws = self.asked(self.replica.central().flaws(&self.place(database), &ids))?;
        let accepted = self.asked(self.replica.central().acceptances(&self.scope.location_id, &ids))?;
        let mut said = Vec::new();
        for document in kept {
            let doc_id = &document.doc_id;
            let Some(stands) = document.tree.winner().filter(|leaf| !leaf.deleted).and_then(|it| document.version(&it))
            else {
                continue;
            };
            let body = match flaws.iter().find(|flaw| flaw.doc_id == *doc_id) {
                Some(flaw) => {
                    let body = rejected_body(&stands.body, "not_booked", None, &flaw.reason);
                    if body != stands.body {
                        self.tell(Happening::Rejected { doc_id: doc_id.clone(), why: flaw.reason.clone() });
                    }
                    Some(body)
                }
                // Orders and payments that were never accepted were told when they came.
                None if database == Database::Orders && accepted.iter().all(|it| it.doc_id != *doc_id) => None,
                None => without_rejection(&stands.body),
            };
            said.extend(body.filter(|body| *body != stands.body).map(|body| child(&stands, body)));
        }
        self.graft(now, database, said).map(drop)
    }
}

fn live_leaves(document: &Kept) -> Vec<Leaf> {
    let leaves = document.tree.leaves().into_iter().filter(|leaf| !leaf.deleted);
    let leaf = |it: crate::document::TreeLeaf| {
        let body = document.bodies.get(&it.revision)?.clone();
        Some(Leaf { revision: it.revision, body })
    };
    leaves.filter_map(leaf).collect()
}

/// The revisions that end a quarrel, what lives first.
fn written(document: &Kept, settled: &Resolution) -> Vec<Version> {
    let child = |parent: &Revision, revision: &Revision, deleted: bool, body: &Value| {
        let history = document.tree.history(parent, REVISIONS_KEPT)?.child(revision.clone(), REVISIONS_KEPT);
        let mut body = body.clone();
        if let Value::Object(fields) = &mut body {
            fields.retain(|name, _| !name.starts_with('_') || name == "_id");
        }
        Some(Version { doc_id: document.doc_id.clone(), history, deleted, body })
    };
    let result = child(&settled.winner, &settled.revision, false, &settled.body);
    let ends = settled.tombstones.iter().map(|it| child(&it.parent, &it.revision, true, &it.body));
    std::iter::once(result).chain(ends).flatten().collect()
}
