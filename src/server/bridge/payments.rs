//! Payments that came before their orders were accepted: they are kept, and submitted when that has happened. Which
//! they are is noted in a local document of the central database.

use super::taking::{Verdict, rejection};
use super::{CentralEnd, Happening, NotDone, Waits};
use crate::document::{Database, DocumentType};
use crate::domain::Timestamp;
use crate::server::central::Central;
use crate::server::limits::WAITING_PAYMENTS_MAX;
use crate::sync::LocalEnd;
use crate::sync::wire::Problem;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The [`Problem::code`] of a payment whose order is not accepted yet.
pub(super) const NOT_ACCEPTED: &str = "order_not_accepted";

/// Payments that wait.
#[derive(Debug)]
pub(super) struct Waiting {
    /// The local document, without `_local/`.
    document: String,
    ids: Vec<String>,
}

impl Waiting {
    pub fn of(bridge: &str) -> Waiting {
        let hash = Sha256::digest(bridge);
        let short: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Waiting { document: format!("bridge.payments.{short}"), ids: Vec::new() }
    }
}

impl<C: Central, W: Waits> CentralEnd<C, W> {
    pub(super) fn read_waiting(&mut self) -> Result<(), NotDone> {
        let said = self.local_document(&self.waiting.document)?;
        let listed = said.as_ref().and_then(|said| said.get("waiting")?.as_array());
        self.waiting.ids = listed.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        Ok(())
    }

    fn note_waiting(&mut self, now: Timestamp, ids: Vec<String>) -> Result<(), NotDone> {
        if ids == self.waiting.ids {
            return Ok(());
        }
        let says = if ids.is_empty() { Value::Null } else { json!({ "waiting": ids }) };
        self.keep(now, &self.waiting.document.clone(), &says)?;
        self.waiting.ids = ids;
        Ok(())
    }

    /// Notes that a payment waits; where too many do, why it is rejected.
    pub(super) fn let_wait(&mut self, now: Timestamp, doc_id: &str) -> Result<Result<(), Problem>, NotDone> {
        if self.waiting.ids.iter().any(|it| it == doc_id) {
            return Ok(Ok(()));
        }
        if self.waiting.ids.len() >= WAITING_PAYMENTS_MAX {
            let most =
                format!("its order is not accepted, and {WAITING_PAYMENTS_MAX} payments wait for theirs already");
            let (code, field) = (NOT_ACCEPTED.to_owned(), Some("order".to_owned()));
            return Ok(Err(Problem { status: 422, code, detail: format!("order: {most}"), field }));
        }
        let ids = self.waiting.ids.iter().cloned().chain([doc_id.to_owned()]).collect();
        self.note_waiting(now, ids).map(Ok)
    }

    pub(super) fn stop_waiting(&mut self, now: Timestamp, doc_id: &str) -> Result<(), NotDone> {
        let ids = self.waiting.ids.iter().filter(|it| *it != doc_id).cloned().collect();
        self.note_waiting(now, ids)
    }

    /// Submits those whose orders were accepted meanwhile, here or by registers.
    ///
    /// # Errors
    /// [`NotDone`] when the database fails; those that were not looked at wait on.
    pub fn look_at_payments(&mut self, now: Timestamp) -> Result<(), NotDone> {
        if self.waiting.ids.is_empty() {
            return Ok(());
        }
        let (place, ids) = (self.place(Database::Orders), self.waiting.ids.clone());
        let kept = self.asked(self.replica.central().documents(&place, &ids))?;
        let mut still = Vec::new();
        for doc_id in ids {
            // One that is not kept, or was deleted, waits no more: what was cut off comes again.
            let kept = kept.iter().find(|kept| kept.doc_id == doc_id);
            let Some(version) = kept.and_then(|kept| kept.version(&kept.tree.winner()?)).filter(|it| !it.deleted)
            else {
                continue;
            };
            match self.submit(now, DocumentType::Payment, &version)? {
                Verdict::Waits => still.push(doc_id),
                Verdict::Accepted { .. } => self.tell(Happening::Accepted { doc_id, number: None }),
                Verdict::Rejected(problem) => {
                    self.graft(now, Database::Orders, rejection(&version, &problem).into_iter().collect())?;
                    self.tell(Happening::Rejected { doc_id, why: problem.detail });
                }
            }
        }
        self.note_waiting(now, still)
    }
}
