//! What waits for the server: how much, what is next, and how each submission stands.

use super::columns::{instant, instant_or_none, json, parsed, parsed_or_none, value};
use crate::document::{Revision, Version};
use crate::domain::{OrderId, Timestamp};
use crate::store::fault::Cause;
use crate::store::limits::{POSTPONED_MAX_MS, ROWS_MAX};
use crate::store::{Fault, Reader};
use rusqlite::Row;
use serde_json::{Value, json};

/// How much waits for the server, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unsent {
    /// How many documents.
    pub count: u32,
    /// Since when the one that waits longest waits.
    pub oldest: Option<Timestamp>,
}

/// The lanes of submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Orders.
    Orders,
    /// Payments, after their orders.
    Payments,
}

impl Lane {
    /// The word in the store.
    pub fn code(self) -> &'static str {
        match self {
            Lane::Orders => "orders",
            Lane::Payments => "payments",
        }
    }

    pub(in crate::store) fn from_code(code: &str) -> Option<Lane> {
        [Lane::Orders, Lane::Payments].into_iter().find(|it| it.code() == code)
    }
}

/// Where a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxState {
    /// It is tried until the server takes it.
    Queued,
    /// The server said no too often: a manager must look.
    Review,
    /// A manager gave it up.
    Closed,
    /// The server has it.
    Done,
}

impl OutboxState {
    /// The word in the store.
    pub fn code(self) -> &'static str {
        match self {
            OutboxState::Queued => "queued",
            OutboxState::Review => "review",
            OutboxState::Closed => "closed",
            OutboxState::Done => "done",
        }
    }

    pub(super) fn from_code(code: &str) -> Option<OutboxState> {
        let all = [OutboxState::Queued, OutboxState::Review, OutboxState::Closed, OutboxState::Done];
        all.into_iter().find(|it| it.code() == code)
    }
}

/// A submission, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Which document.
    pub doc_id: String,
    /// In which lane.
    pub lane: Lane,
    /// Where it stands.
    pub state: OutboxState,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// How often it was rejected.
    pub retry_count: u32,
    /// How often in a row the line or the server failed it.
    pub failures: u32,
    /// Before this instant it is not tried again.
    pub not_before: Option<Timestamp>,
    /// It goes after the order that it pays.
    pub waits: bool,
    /// When it was last tried.
    pub last_sync_attempt: Option<Timestamp>,
    /// When the server took it.
    pub sync_completed_at: Option<Timestamp>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// What the server calls it.
    pub server_id: Option<String>,
}

/// A document that waits for the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRow {
    /// Which.
    pub doc_id: String,
    /// The number of the order that it is, or pays.
    pub local_number: Option<String>,
    /// Since when it waits.
    pub since: Timestamp,
    /// How its submission stands; none of what is not submitted. One that is through waits for a version since.
    pub submission: Option<OutboxRow>,
    /// Why the server refused what stands in it, where it did: then it waits for a manager.
    pub refused: Option<String>,
}

/// What is submitted next.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// In which lane.
    pub lane: Lane,
    /// Which document.
    pub doc_id: String,
    /// What is submitted: the revision that was frozen when it was queued, or, where it was queued again, what the
    /// document says now.
    pub payload: Value,
    /// How often it was rejected.
    pub rejections: u32,
    /// How often in a row the line or the server failed it.
    pub failures: u32,
}

impl Reader {
    /// How much waits for the server: documents whose winner it is not known to have, and those that it has not
    /// accepted. Takes as long for a year of orders as for one: the count is kept.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn unsent(&self) -> Result<Unsent, Fault> {
        let count = "SELECT unsent FROM meta";
        let oldest = "SELECT unsent_since FROM document WHERE unsent_seq IS NOT NULL ORDER BY unsent_seq LIMIT 1";
        let doing = "count what waits for the server";
        Ok(Unsent {
            count: self.only(doing, count, [], |row| value(row, "unsent"))?,
            oldest: self.first(doing, oldest, [], |row| instant(row, "unsent_since"))?,
        })
    }

    /// What is next to be submitted in a lane: the first that never failed, else the first that is due again, so that
    /// one that fails holds up no other. A payment waits until its order was accepted, here or, when another register
    /// sold it, by what its document says.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn next_submission(&self, lane: Lane, now: Timestamp) -> Result<Option<Submission>, Fault> {
        let fresh = "SELECT doc_id, of_order, payload, frozen_rev, retry_count, failures FROM outbox
                     WHERE lane = ?1 AND waits = 0 AND state = 'queued' AND not_before IS NULL
                     ORDER BY queue_seq LIMIT 1";
        // What would wait longer than anything is made to wait, or was tried later than now, was postponed before the
        // clock was set back.
        let again = "SELECT doc_id, of_order, payload, frozen_rev, retry_count, failures FROM outbox
                     WHERE lane = ?1 AND waits = 0 AND state = 'queued'
                       AND (not_before <= ?2 OR not_before > ?2 + ?3 OR UNIXEPOCH(last_sync_attempt) * 1000 > ?2)
                     ORDER BY queue_seq LIMIT 1";
        let doing = "read what the server must accept next";
        let read = |row: &Row<'_>| {
            let doc_id: String = value(row, "doc_id")?;
            let payload: Option<String> = value(row, "payload")?;
            let payload: Option<Value> = payload.map(|text| json(&doc_id, &text)).transpose()?;
            let of_order: Option<String> = value(row, "of_order")?;
            let frozen = parsed_or_none(row, "frozen_rev", Revision::read)?;
            let (rejections, failures): (u32, u32) = (value(row, "retry_count")?, value(row, "failures")?);
            Ok((doc_id, payload, frozen, of_order, rejections, failures))
        };
        let found = match self.first(doing, fresh, [lane.code()], read)? {
            Some(fresh) => Some(fresh),
            None => self.first(doing, again, (lane.code(), now.unix_ms, POSTPONED_MAX_MS), read)?,
        };
        let Some((doc_id, kept, frozen, of_order, rejections, failures)) = found else { return Ok(None) };
        let payload = match kept {
            Some(kept) => kept,
            None => {
                let revision = if frozen.is_some() { frozen } else { self.winner(&doc_id)? };
                let version = revision.map(|revision| self.version(&doc_id, &revision)).transpose()?.flatten();
                let version = version.expect("a row of the outbox has its document, and what it submits is a leaf");
                payload(lane, &version, of_order.as_deref().and_then(OrderId::read))
            }
        };
        Ok(Some(Submission { lane, doc_id, payload, rejections, failures }))
    }

    /// When the next submission of a lane comes due that is not due yet.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn next_due(&self, lane: Lane, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
        let sql = "SELECT not_before FROM outbox WHERE lane = ?1 AND state = 'queued' AND not_before IS NOT NULL
                   AND not_before > ?2 AND not_before <= ?2 + ?3 ORDER BY not_before LIMIT 1";
        let values = (lane.code(), now.unix_ms, POSTPONED_MAX_MS);
        self.first("read when the next one comes due", sql, values, |row| {
            Ok(Timestamp { unix_ms: value(row, "not_before")?, offset_min: now.offset_min })
        })
    }

    /// The submissions of a lane that are not through: the first `limit`, in the order in which they were queued;
    /// payments whose orders were not accepted yet behind the others.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn queued(&self, lane: Lane, limit: u32) -> Result<Vec<OutboxRow>, Fault> {
        let sql = "SELECT doc_id, lane, state, queued_at, retry_count, failures, not_before, waits, last_sync_attempt,
                          sync_completed_at, last_error, server_id FROM outbox WHERE lane = ?1 AND state = 'queued'
                   ORDER BY waits, queue_seq LIMIT ?2";
        self.all("read what waits for the server", sql, (lane.code(), limit.min(ROWS_MAX)), outbox_row)
    }

    /// The documents that wait for the server, as [`Reader::unsent`] counts them: the `limit` that have waited longest,
    /// the longest first.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn waiting(&self, limit: u32) -> Result<Vec<WaitingRow>, Fault> {
        let sql = "SELECT document.doc_id AS doc_id, order_row.local_number AS local_number, unsent_since,
                          lane, outbox.state AS state, COALESCE(queued_at, unsent_since) AS queued_at,
                          retry_count, failures, not_before, waits, last_sync_attempt, sync_completed_at,
                          last_error, server_id,
                          (SELECT reason FROM rejected_write AS refusal
                           WHERE refusal.doc_id = document.doc_id AND refusal.rev = document.rev) AS refused
                   FROM document LEFT JOIN outbox ON outbox.doc_id = document.doc_id
                   LEFT JOIN order_row ON order_row.order_id = COALESCE(document.of_order, document.doc_id)
                   WHERE unsent_seq IS NOT NULL ORDER BY unsent_seq LIMIT ?1";
        self.all("read what waits for the server", sql, [limit.min(ROWS_MAX)], |row| {
            let lane: Option<String> = value(row, "lane")?;
            Ok(WaitingRow {
                doc_id: value(row, "doc_id")?,
                local_number: value(row, "local_number")?,
                since: instant(row, "unsent_since")?,
                submission: lane.map(|_| outbox_row(row)).transpose()?,
                refused: value(row, "refused")?,
            })
        })
    }

    /// The order that a document is, or pays, and its number; none where that order is not here.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn order_of(&self, doc_id: &str) -> Result<Option<(OrderId, String)>, Fault> {
        let sql = "SELECT order_id, local_number FROM order_row
                   WHERE order_id = COALESCE((SELECT of_order FROM document WHERE doc_id = ?1), ?1)";
        let read = |row: &Row<'_>| Ok((parsed(row, "order_id", OrderId::read)?, value(row, "local_number")?));
        self.first("read an order's number", sql, [doc_id], read)
    }

    /// How the submission of a document stands; none when it was never queued here.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn outbox_row(&self, doc_id: &str) -> Result<Option<OutboxRow>, Fault> {
        let sql = "SELECT doc_id, lane, state, queued_at, retry_count, failures, not_before, waits, last_sync_attempt,
                          sync_completed_at, last_error, server_id FROM outbox WHERE doc_id = ?1";
        self.first("read how a submission stands", sql, [doc_id], outbox_row)
    }
}

fn outbox_row(row: &Row<'_>) -> Result<OutboxRow, Cause> {
    let queued_at = instant(row, "queued_at")?;
    let not_before: Option<i64> = value(row, "not_before")?;
    Ok(OutboxRow {
        doc_id: value(row, "doc_id")?,
        lane: parsed(row, "lane", Lane::from_code)?,
        state: parsed(row, "state", OutboxState::from_code)?,
        queued_at,
        retry_count: value(row, "retry_count")?,
        failures: value(row, "failures")?,
        not_before: not_before.map(|unix_ms| Timestamp { unix_ms, offset_min: queued_at.offset_min }),
        waits: value(row, "waits")?,
        last_sync_attempt: instant_or_none(row, "last_sync_attempt")?,
        sync_completed_at: instant_or_none(row, "sync_completed_at")?,
        last_error: value(row, "last_error")?,
        server_id: value(row, "server_id")?,
    })
}

/// What is submitted of a revision: all of it, and the id by which the server knows it again.
pub(in crate::store) fn payload(lane: Lane, version: &Version, of_order: Option<OrderId>) -> Value {
    let mut payload = version.to_document();
    match lane {
        Lane::Orders => {
            payload["_offline_order"] = json!(true);
            payload["_original_order_id"] = json!(version.doc_id);
        }
        Lane::Payments => {
            payload["_original_payment_id"] = json!(version.doc_id);
            payload["_original_order_id"] = json!(of_order.map(String::from));
        }
    }
    payload
}
