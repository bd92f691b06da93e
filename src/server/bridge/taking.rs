//! What becomes of what came: orders and payments are submitted, all is kept as replication keeps it, and what the
//! server said no to says so in its document.
//!
//! A crash at any point is made good by doing the page again, for its checkpoint was not written. So what must not be
//! lost goes together: an order and its acceptance are one commit of the server's, a document and its rejection are
//! another. That a payment waits is noted before the payment is kept.

use super::{CentralEnd, Happening, NotDone, Waits};
use crate::document::submission::{accepted_version, rejected_body};
use crate::document::{Database, DocumentType, Version};
use crate::domain::Timestamp;
use crate::server::central::{Central, Kept};
use crate::server::limits::REVISIONS_KEPT;
use crate::sync::wire::{Answer, FailedRevision, Problem, Request};
use serde_json::Value;
use std::collections::BTreeSet;

/// What stands in a document, and the revisions with which a quarrel of its versions ended, if there was one.
struct Standing {
    version: Version,
    merged: Vec<Version>,
}

/// What the server made of an order or a payment.
pub(super) enum Verdict {
    Accepted { number: Option<String> },
    Rejected(Problem),
    Waits,
}

impl<C: Central, W: Waits> CentralEnd<C, W> {
    /// Takes a page of what came.
    pub(super) fn take(&mut self, now: Timestamp, database: Database, versions: &[Version]) -> Result<(), NotDone> {
        let (ours, others): (Vec<&Version>, Vec<&Version>) = versions.iter().partition(|it| self.is_of_here(it));
        if !others.is_empty() {
            self.tell(Happening::Elsewhere { documents: others.len().try_into().unwrap_or(u64::MAX) });
        }
        self.tally.came += u64::try_from(ours.len()).unwrap_or(u64::MAX);
        let mut all: Vec<Version> = ours.into_iter().cloned().collect();
        if database == Database::Orders {
            for of in [DocumentType::Order, DocumentType::Payment] {
                for Standing { version, merged } in self.not_submitted(now, of, &all)? {
                    all.extend(merged);
                    all.extend(self.hand_in(now, of, &version)?);
                }
            }
        }
        let ids: BTreeSet<String> = all.iter().map(|version| version.doc_id.clone()).collect();
        for refused in self.graft(now, database, all)? {
            // What the books do not follow is told by what stands, in a moment.
            if refused.error != "not_valid" {
                self.stop_waiting(now, &refused.doc_id)?;
                self.tell(Happening::KeptOut { doc_id: refused.doc_id, why: refused.reason });
            }
        }
        let ids: Vec<String> = ids.into_iter().collect();
        self.settle(now, database, &ids)?;
        if database == Database::Orders {
            self.look_at_payments(now)?;
        }
        Ok(())
    }

    /// Whether a document says that it is of this location, or of none: tombstones say nothing.
    fn is_of_here(&self, version: &Version) -> bool {
        let says = version.body.get("location_id").and_then(Value::as_str);
        says.is_none_or(|says| says == self.scope.location_id.as_str())
    }

    /// Of each document that was not accepted yet what stands with what came, in the order in which they came.
    fn not_submitted(&mut self, now: Timestamp, of: DocumentType, came: &[Version]) -> Result<Vec<Standing>, NotDone> {
        let mut ids: Vec<String> = Vec::new();
        for version in came.iter().filter(|it| DocumentType::of_id(&it.doc_id) == Some(of)) {
            if !ids.contains(&version.doc_id) {
                ids.push(version.doc_id.clone());
            }
        }
        let accepted = self.asked(self.replica.central().acceptances(&self.scope.location_id, &ids))?;
        ids.retain(|id| accepted.iter().all(|it| it.doc_id != *id));
        let known = self.asked(self.replica.central().documents(&self.place(Database::Orders), &ids))?;
        let mut all = Vec::new();
        for doc_id in ids {
            let known = known.iter().find(|kept| kept.doc_id == doc_id);
            let mut document = known.cloned().unwrap_or_else(|| Kept::absent(&doc_id));
            came.iter().filter(|version| version.doc_id == doc_id).for_each(|version| {
                document.graft(version);
            });
            let merged = self.merge(now, &document)?;
            merged.iter().for_each(|version| {
                document.graft(version);
            });
            let stands = document.tree.winner().filter(|leaf| !leaf.deleted);
            all.extend(stands.and_then(|it| document.version(&it)).map(|version| Standing { version, merged }));
        }
        Ok(all)
    }

    /// Submits an order or a payment; answers with the revision in which it says why it was not accepted.
    fn hand_in(&mut self, now: Timestamp, of: DocumentType, version: &Version) -> Result<Option<Version>, NotDone> {
        let doc_id = version.doc_id.clone();
        let problem = match self.submit(now, of, version)? {
            Verdict::Accepted { number } => {
                self.tell(Happening::Accepted { doc_id, number });
                return Ok(None);
            }
            // What is too large is not kept, and nothing can be said in it.
            Verdict::Rejected(problem) if problem.status == 413 => return Ok(None),
            Verdict::Rejected(problem) => problem,
            Verdict::Waits => match self.let_wait(now, &doc_id)? {
                Ok(()) => {
                    self.tell(Happening::Waits { doc_id });
                    return Ok(None);
                }
                Err(problem) => problem,
            },
        };
        self.tell(Happening::Rejected { doc_id, why: problem.detail.clone() });
        Ok(rejection(version, &problem))
    }

    /// Submits an order or a payment, as a register does.
    pub(super) fn submit(&mut self, now: Timestamp, of: DocumentType, version: &Version) -> Result<Verdict, NotDone> {
        let mut body = version.to_document();
        let request = if of == DocumentType::Payment {
            body["_original_payment_id"] = version.doc_id.clone().into();
            body["_original_order_id"] = version.body.get("order").cloned().unwrap_or_default();
            Request::SubmitPayment { body }
        } else {
            body["_original_order_id"] = version.doc_id.clone().into();
            Request::SubmitOrder { body }
        };
        Ok(match self.ask(now, &request)? {
            Ok(Answer::OrderAccepted(accepted)) => Verdict::Accepted { number: Some(accepted.order_number) },
            Ok(_) => Verdict::Accepted { number: None },
            Err(problem) if problem.code == super::payments::NOT_ACCEPTED => Verdict::Waits,
            Err(problem) => Verdict::Rejected(in_the_documents_words(problem, of)),
        })
    }

    /// Keeps revisions as they are; answers with what is refused. What is too large takes no other along.
    pub(super) fn graft(
        &mut self,
        now: Timestamp,
        database: Database,
        versions: Vec<Version>,
    ) -> Result<Vec<FailedRevision>, NotDone> {
        let mut refused = Vec::new();
        let mut rest = vec![versions];
        while let Some(mut documents) = rest.pop() {
            if documents.is_empty() {
                continue;
            }
            let request = Request::BulkDocs { database, documents: documents.clone() };
            match self.ask(now, &request)? {
                Ok(Answer::Taken { refused: some }) => refused.extend(some),
                Ok(_) => return Err(NotDone("the server answered something else".into())),
                Err(_) if documents.len() > 1 => {
                    let half = documents.split_off(documents.len() / 2);
                    rest.extend([half, documents]);
                }
                Err(problem) => refused.extend(documents.into_iter().map(|version| FailedRevision {
                    revision: Some(version.revision().clone()),
                    doc_id: version.doc_id,
                    error: problem.code.clone(),
                    reason: problem.detail.clone(),
                })),
            }
        }
        Ok(refused)
    }
}

/// The revision with which a document says why it was not accepted; none where it says so already.
pub(super) fn rejection(version: &Version, problem: &Problem) -> Option<Version> {
    let body = rejected_body(&version.body, &problem.code, problem.field.as_deref(), &problem.detail);
    (body != version.body).then(|| child(version, body))
}

/// An edit by the server: the same whenever it is made again.
pub(super) fn child(of: &Version, body: Value) -> Version {
    accepted_version(&of.doc_id, &of.history, body, REVISIONS_KEPT)
}

/// Whoever wrote a document into a CouchDB knows no keys of submissions: they are its own fields.
fn in_the_documents_words(problem: Problem, of: DocumentType) -> Problem {
    let (own, order) = if of == DocumentType::Payment {
        ("_original_payment_id", "_original_order_id")
    } else {
        ("_original_order_id", "order")
    };
    let field = match problem.field.as_deref() {
        Some(field) if field == own => "_id",
        Some(field) if field == order => "order",
        Some(_) | None => return problem,
    };
    let what = problem.detail.split_once(": ").map_or(problem.detail.as_str(), |(_, what)| what);
    Problem { detail: format!("{field}: {what}"), field: Some(field.into()), ..problem }
}
