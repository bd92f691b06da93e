//! Queueing for the server, and what became of it.

use crate::document::submission::{accepted_body, accepted_version, read_version};
use crate::document::{Database, Grafted, Revision, Version};
use crate::domain::{OrderId, RegisterId, Timestamp};
use crate::store::fault::{Doing, Unreadable};
use crate::store::limits::{REVISIONS_KEPT, ROWS_MAX};
use crate::store::query::columns::parsed;
use crate::store::query::documents::Record;
use crate::store::query::outbox::payload;
use crate::store::{Fault, Lane, ReviewKind, Tx};
use serde_json::Value;

/// That the server has accepted an order.
#[derive(Debug, Clone, PartialEq)]
pub struct AcceptedOrder<'a> {
    /// The server's id.
    pub order_id: &'a str,
    /// The server's number.
    pub order_number: &'a str,
    /// The revision that the server appended; none from a server that answers numbers alone.
    pub document: Option<&'a Version>,
}

impl Tx<'_> {
    /// Freezes a document's first revision for the server: while it stands as it is, its document holds what is
    /// submitted, and [`Tx::keep_frozen`] sees to the rest. A payment of an order that was given up in Review is given
    /// up with it.
    pub(super) fn queue(
        &self,
        lane: Lane,
        doc_id: &str,
        revision: &Revision,
        of_order: Option<OrderId>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (doing, revision, queued_at) = ("queue the document for the server", revision.to_string(), now.rfc3339());
        let Some(order_id) = of_order else {
            let sql = "INSERT INTO outbox (doc_id, lane, frozen_rev, queued_at, waits, state)
                       VALUES (?1, ?2, ?3, ?4, 0, 'queued')";
            return self.run(doing, sql, (doc_id, lane.code(), revision, queued_at)).map(|_| ());
        };
        let sql = "INSERT INTO outbox (doc_id, lane, of_order, frozen_rev, queued_at, waits, state, last_error)
                   SELECT ?1, ?2, ?3, ?4, ?5,
                          NOT COALESCE(MAX(state) = 'done', (SELECT accepted FROM document WHERE doc_id = ?3), 0),
                          CASE WHEN MAX(state) = 'closed' THEN 'closed' ELSE 'queued' END,
                          CASE WHEN MAX(state) = 'closed' THEN MAX(last_error) END
                   FROM outbox WHERE doc_id = ?3";
        let values = (doc_id, lane.code(), order_id.to_string(), revision, queued_at);
        self.run(doing, sql, values).map(|_| ())
    }

    /// Puts aside what is submitted of a document when its revision is about to be no leaf any more: the bodies of
    /// leaves alone are kept.
    pub(super) fn keep_frozen(
        &self,
        doc_id: &str,
        former: &Record,
        is_leaf: impl Fn(&Revision) -> bool,
    ) -> Result<(), Fault> {
        let doing = "keep what is submitted";
        let sql = "SELECT lane, frozen_rev FROM outbox WHERE doc_id = ?1 AND frozen_rev IS NOT NULL";
        let frozen = self.first(doing, sql, [doc_id], |row| {
            Ok((parsed(row, "lane", Lane::from_code)?, parsed(row, "frozen_rev", Revision::read)?))
        })?;
        let Some((lane, revision)) = frozen.filter(|(_, revision)| !is_leaf(revision)) else { return Ok(()) };
        let version = self.version_of(doc_id, former, &revision)?;
        let Some(version) = version else { return Ok(()) };
        let text = payload(lane, &version, former.of_order).to_string();
        let sql = "UPDATE outbox SET payload = ?2, frozen_rev = NULL WHERE doc_id = ?1";
        self.run(doing, sql, (doc_id, text)).map(|_| ())
    }

    /// Queues what this register wrote, came back from the server, and is submitted by nobody, as after a restore from
    /// a backup: an order that no server has accepted, and payments of an order that is here. Answers whether any was.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn queue_own(&self, doc_id: &str, register_id: &RegisterId, now: Timestamp) -> Result<bool, Fault> {
        let sql = "SELECT doc_id FROM document
                   WHERE (doc_id = ?1 OR of_order = ?1) AND doc_type IN ('order', 'payment')
                     AND deleted = 0 AND flaw IS NULL AND accepted = 0
                     AND (of_order IS NULL
                          OR EXISTS (SELECT 1 FROM document AS paid WHERE paid.doc_id = document.of_order))
                     AND JSON_EXTRACT(body, '$.register_id') = ?2
                     AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.doc_id = document.doc_id) LIMIT ?3";
        let values = (doc_id, register_id.as_str(), ROWS_MAX);
        let own: Vec<String> = self.all("look for what nobody submits", sql, values, |row| Ok(row.get("doc_id")?))?;
        for doc_id in &own {
            let Some(record) = self.record(doc_id)? else { continue };
            let lane = if record.of_order.is_some() { Lane::Payments } else { Lane::Orders };
            self.queue(lane, doc_id, &record.rev, record.of_order, now)?;
            self.refresh_unsent(doc_id, now)?;
        }
        Ok(!own.is_empty())
    }

    /// Takes note that the server has accepted an order: its revision joins the document, and the order waits no more.
    /// `sent` is what was submitted; of it, a server that answers numbers alone has its revision made here.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn accept_order(
        &self,
        doc_id: &str,
        sent: &Value,
        accepted: &AcceptedOrder<'_>,
        now: Timestamp,
    ) -> Result<Grafted, Fault> {
        // What is accepted is submitted no more.
        let sql = "UPDATE outbox SET payload = NULL, frozen_rev = NULL WHERE doc_id = ?1 AND frozen_rev IS NOT NULL";
        self.run("note that the server has it", sql, [doc_id])?;
        let grafted = match accepted.document {
            Some(version) => self.put_version(Database::Orders, version, true, now)?,
            None => {
                let version = numbered(doc_id, sent, accepted).doing("take the server's number")?;
                self.put_version(Database::Orders, &version, false, now)?
            }
        };
        self.submission_done(doc_id, Some(accepted.order_id), now)?;
        Ok(grafted)
    }

    /// Takes note that the server has accepted a payment, under the server's id for it. `sent` is what was submitted:
    /// the server has that revision by now, and nobody need wait until replication has found that out.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn accept_payment(&self, doc_id: &str, sent: &Value, payment_id: &str, now: Timestamp) -> Result<(), Fault> {
        if let Some(revision) = sent.get("_rev").and_then(Value::as_str).and_then(Revision::read) {
            self.server_has(doc_id, &[revision], now)?;
        }
        self.submission_done(doc_id, Some(payment_id), now)
    }

    /// Ends the wait of a submission: the server has it. Without a server's id: where nothing is submitted, for a
    /// document is enough.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn submission_done(&self, doc_id: &str, server_id: Option<&str>, now: Timestamp) -> Result<(), Fault> {
        let sql = "UPDATE outbox SET state = 'done', payload = NULL, frozen_rev = NULL, sync_completed_at = ?2,
                                     last_sync_attempt = ?2, not_before = NULL, last_error = NULL,
                                     server_id = COALESCE(?3, server_id)
                   WHERE doc_id = ?1 AND state <> 'done'";
        let was_in_review = self.is_in_review(doc_id)?;
        if self.run("note that the server has it", sql, (doc_id, now.rfc3339(), server_id))? == 0 {
            return Ok(());
        }
        // What it had accepted before and cannot book since stays before a manager: see `close_booked`.
        if was_in_review {
            self.close_review(doc_id, ReviewKind::Rejected, "the server accepted it", now)?;
        }
        self.refresh_unsent(doc_id, now)
    }

    /// Notes that the line or the server failed a submission: it is tried again, however often.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn postpone(&self, doc_id: &str, not_before: Timestamp, why: &str, now: Timestamp) -> Result<(), Fault> {
        let sql = "UPDATE outbox SET failures = failures + 1, not_before = ?2, last_error = ?3, last_sync_attempt = ?4
                   WHERE doc_id = ?1 AND state = 'queued'";
        self.run("postpone a submission", sql, (doc_id, not_before.unix_ms, why, now.rfc3339())).map(|_| ())
    }

    /// Notes that the server said no to a submission, which is tried again.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn reject(&self, doc_id: &str, not_before: Timestamp, why: &str, now: Timestamp) -> Result<(), Fault> {
        let sql = "UPDATE outbox SET retry_count = retry_count + 1, failures = 0, not_before = ?2, last_error = ?3,
                                     last_sync_attempt = ?4
                   WHERE doc_id = ?1 AND state = 'queued'";
        self.run("note a rejection", sql, (doc_id, not_before.unix_ms, why, now.rfc3339())).map(|_| ())
    }

    /// Lets what was postponed be tried at once, at most `limit` of it: somebody asks for it.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn hurry(&self, limit: u32, now: Timestamp) -> Result<(), Fault> {
        // Not nothing: what never failed still goes first.
        let sql = "UPDATE outbox SET not_before = ?2 WHERE queue_seq IN
                   (SELECT queue_seq FROM outbox WHERE lane = ?1 AND state = 'queued' AND not_before > ?2
                    ORDER BY not_before LIMIT ?3)";
        [Lane::Orders, Lane::Payments].into_iter().try_for_each(|lane| {
            self.run("hurry what was postponed", sql, (lane.code(), now.unix_ms, limit.min(ROWS_MAX))).map(|_| ())
        })
    }

    /// Sends a submission to Review, where a manager must look. Those behind it go on.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn send_to_review(&self, doc_id: &str, why: &str, now: Timestamp) -> Result<(), Fault> {
        let sql = "UPDATE outbox SET state = 'review', retry_count = retry_count + 1, failures = 0, not_before = NULL,
                                     last_error = ?2, last_sync_attempt = ?3
                   WHERE doc_id = ?1 AND state = 'queued'";
        if self.run("send a submission to Review", sql, (doc_id, why, now.rfc3339()))? == 0 {
            return Ok(());
        }
        self.put_review(doc_id, ReviewKind::Rejected, why, now)
    }

    /// Queues what is in Review, or was given up there, again: what its document says when it is asked for. Where a
    /// version was refused as well, it is offered again with it. Payments that were given up with an order wait again
    /// as well.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn resubmit(&self, doc_id: &str, now: Timestamp) -> Result<(), Fault> {
        let doing = "queue a submission again";
        let sql =
            "UPDATE outbox SET state = 'queued', payload = NULL, frozen_rev = NULL, retry_count = 0, failures = 0,
                                     not_before = NULL, last_error = NULL
                   WHERE doc_id = ?1 AND state IN ('review', 'closed')";
        self.run(doing, sql, [doc_id])?;
        self.close_review(doc_id, ReviewKind::Rejected, "it was submitted again", now)?;
        let sql = "SELECT EXISTS (SELECT 1 FROM rejected_write WHERE doc_id = ?1)
                       OR EXISTS (SELECT 1 FROM forgone WHERE doc_id = ?1) AS is_refused";
        if self.only(doing, sql, [doc_id], |row| Ok(row.get("is_refused")?))? {
            self.offer_again(doc_id)?;
        }
        self.refresh_unsent(doc_id, now)?;
        for payment in self.unaccepted_payments(doc_id)? {
            let sql = "UPDATE outbox SET state = 'queued', last_error = NULL WHERE doc_id = ?1 AND state = 'closed'";
            self.run(doing, sql, [&payment])?;
            self.refresh_unsent(&payment, now)?;
        }
        Ok(())
    }

    /// Mends a document in Review: its body becomes this one, and it is queued again.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written, when there is no such document, or when the body cannot be read.
    pub fn mend(&self, doc_id: &str, body: &Value, now: Timestamp) -> Result<(), Fault> {
        let unknown = || Unreadable::new(doc_id, "there is no such document");
        let former = self.record(doc_id)?.ok_or_else(unknown).doing("mend a document")?;
        let database = former.database;
        self.put_edit(doc_id, database, Some(former), body.clone(), now)?;
        self.refresh_lists(doc_id)?;
        self.resubmit(doc_id, now)
    }

    /// Gives up what is in Review: it is never submitted, and stays in the store; nor is the server asked again to take
    /// a version that it refused. Payments that wait for it are given up with it.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn close_submission(&self, doc_id: &str, why: &str, now: Timestamp) -> Result<(), Fault> {
        let with = self.unaccepted_payments(doc_id)?;
        for doc_id in std::iter::once(doc_id).chain(with.iter().map(String::as_str)) {
            let sql = "UPDATE outbox SET state = 'closed', not_before = NULL, last_error = ?2
                       WHERE doc_id = ?1 AND state IN ('queued', 'review')";
            self.run("give up a submission", sql, (doc_id, why))?;
            self.close_review(doc_id, ReviewKind::Rejected, why, now)?;
            self.forgo_refused(doc_id, now)?;
        }
        Ok(())
    }

    /// Takes from Review what the server could not book, of those documents that it has booked since.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn close_booked(&self, booked: &[String], now: Timestamp) -> Result<(), Fault> {
        if booked.is_empty() {
            return Ok(());
        }
        let sql = "SELECT doc_id FROM review WHERE closed_at IS NULL AND kind = 'rejected' LIMIT ?1";
        let open: Vec<String> = self.all("read what is in Review", sql, [ROWS_MAX], |row| Ok(row.get("doc_id")?))?;
        for doc_id in open.iter().filter(|doc_id| booked.contains(doc_id)) {
            if !self.is_in_review(doc_id)? {
                self.close_review(doc_id, ReviewKind::Rejected, "the server booked a later version", now)?;
            }
        }
        Ok(())
    }

    /// Whether the submission of a document waits for a manager.
    fn is_in_review(&self, doc_id: &str) -> Result<bool, Fault> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE doc_id = ?1 AND state = 'review') AS is_in_review";
        self.only("look into the queue for the server", sql, [doc_id], |row| Ok(row.get("is_in_review")?))
    }

    fn unaccepted_payments(&self, order: &str) -> Result<Vec<String>, Fault> {
        let sql = "SELECT doc_id FROM outbox WHERE of_order = ?1 AND state <> 'done' LIMIT ?2";
        let values = (order, ROWS_MAX);
        self.all("read the payments that wait", sql, values, |row| Ok(row.get("doc_id")?))
    }
}

/// The revision that a server of ours would have appended to what was submitted.
fn numbered(doc_id: &str, sent: &Value, accepted: &AcceptedOrder<'_>) -> Result<Version, Unreadable> {
    let submitted = read_version(doc_id, sent)
        .map_err(|bad| Unreadable::new("what was submitted", format!("{}: {}", bad.place, bad.what)))?;
    let body = accepted_body(&submitted.body, accepted.order_id, accepted.order_number);
    Ok(accepted_version(doc_id, &submitted.history, body, REVISIONS_KEPT))
}

#[cfg(test)]
mod tests;
