//! The books of synchronisation: local documents, what was refused, what a manager must look at, the log and its sums.

use super::columns::{business_date, count, instant, instant_or_none, json, parsed, parsed_or_none, value};
use super::outbox::OutboxState;
use crate::document::Revision;
use crate::domain::{BusinessDate, MatterKind, Timestamp};
use crate::store::limits::{ORDERS_KEPT_DAYS, REVIEWS_COUNTED_MAX, ROWS_MAX};
use crate::store::{Fault, Reader};
use chrono::Days;
use serde_json::Value;

/// A revision that the server did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedWrite {
    /// Of which document.
    pub doc_id: String,
    /// Which.
    pub revision: Revision,
    /// CouchDB's word for it: `forbidden`, `too_large`.
    pub error: String,
    /// In words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Why a manager must look at a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewKind {
    /// The server rejected its submission too often.
    Rejected,
    /// It was merged, and the result must be looked at.
    Merged,
    /// Its versions cannot be merged.
    Quarantined,
}

impl ReviewKind {
    /// The word in the store.
    pub fn code(self) -> &'static str {
        match self {
            ReviewKind::Rejected => "rejected",
            ReviewKind::Merged => "merged",
            ReviewKind::Quarantined => "quarantined",
        }
    }

    fn from_code(code: &str) -> Option<ReviewKind> {
        let all = [ReviewKind::Rejected, ReviewKind::Merged, ReviewKind::Quarantined];
        all.into_iter().find(|it| it.code() == code)
    }
}

/// What a manager must look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRow {
    /// Which document.
    pub doc_id: String,
    /// The number of the order that it is, or pays, where that is here.
    pub local_number: Option<String>,
    /// Why.
    pub kind: ReviewKind,
    /// How its submission stands; none of what is not submitted.
    pub submission: Option<OutboxState>,
    /// In words.
    pub reason: String,
    /// Where its submission waits here: why the server refused a version of it as well, as it said last.
    pub refused: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

impl ReviewRow {
    /// What a manager can do about it depends on this.
    pub fn matter(&self) -> MatterKind {
        matter(self.kind, self.submission)
    }
}

/// The server reports of a document, too, what it has accepted and cannot book since: then no submission is stuck.
fn matter(kind: ReviewKind, submission: Option<OutboxState>) -> MatterKind {
    match (kind, submission) {
        (ReviewKind::Rejected, Some(OutboxState::Review)) => MatterKind::Rejected,
        (ReviewKind::Rejected, Some(OutboxState::Queued | OutboxState::Closed | OutboxState::Done) | None) => {
            MatterKind::Flawed
        }
        (ReviewKind::Merged, _) => MatterKind::Merged,
        (ReviewKind::Quarantined, _) => MatterKind::Quarantined,
    }
}

/// One round of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRow {
    /// Which lane: `orders`, `push orders`, `menu`.
    pub lane: String,
    /// It did what it set out to do.
    pub success: bool,
    /// How long it took, in milliseconds.
    pub duration_ms: u32,
    /// How many documents it moved.
    pub items_count: u32,
    /// When it ended.
    pub timestamp: Timestamp,
    /// What went wrong, or what is worth a word.
    pub note: Option<String>,
}

/// The sums of the log, by the names of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SyncMetrics {
    /// Rounds in the log.
    pub total_syncs: u64,
    /// Those that did what they set out to do.
    pub successful_syncs: u64,
    /// Those that did not.
    pub failed_syncs: u64,
    /// How long one took on average, in milliseconds.
    pub average_sync_time_ms: u64,
    /// Documents that wait for the server.
    pub pending_items: u32,
    /// When one last succeeded.
    pub last_successful_sync: Option<Timestamp>,
}

/// How much of the server's menu is here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MenuMark {
    /// The server's cursor; none before the first.
    pub cursor: Option<String>,
    /// The `ETag` of the last answer.
    pub etag: Option<String>,
}

impl Reader {
    /// A document that is not replicated, such as a checkpoint.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn local_document(&self, id: &str) -> Result<Option<Value>, Fault> {
        let sql = "SELECT body FROM local_document WHERE id = ?1";
        self.first("read a checkpoint", sql, [id], |row| json(id, &value::<String>(row, "body")?))
    }

    /// Revisions that the server did not take: the `limit` newest, the newest first; but for those of a document whose
    /// submission is in Review, which is one trouble and told there ([`ReviewRow::refused`]).
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn rejected_writes(&self, limit: u32) -> Result<Vec<RejectedWrite>, Fault> {
        let sql = "SELECT doc_id, rev, error, reason, at FROM rejected_write
                   WHERE NOT EXISTS (SELECT 1 FROM outbox
                                     WHERE outbox.doc_id = rejected_write.doc_id AND state = 'review')
                   ORDER BY reject_seq DESC LIMIT ?1";
        self.all("read what the server refused", sql, [limit.min(ROWS_MAX)], |row| {
            Ok(RejectedWrite {
                doc_id: value(row, "doc_id")?,
                revision: parsed(row, "rev", Revision::read)?,
                error: value(row, "error")?,
                reason: value(row, "reason")?,
                at: instant(row, "at")?,
            })
        })
    }

    /// What a manager must look at: the `limit` newest, the newest first.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn reviews(&self, limit: u32) -> Result<Vec<ReviewRow>, Fault> {
        let sql = "SELECT review.doc_id AS doc_id, order_row.local_number AS local_number, kind,
                          outbox.state AS state, reason, since,
                          CASE WHEN kind = 'rejected' AND outbox.state = 'review' THEN
                              (SELECT rejected_write.reason FROM rejected_write WHERE reject_seq =
                                  (SELECT MAX(reject_seq) FROM rejected_write
                                   WHERE rejected_write.doc_id = review.doc_id)) END AS refused
                   FROM review LEFT JOIN outbox ON outbox.doc_id = review.doc_id
                   LEFT JOIN document ON document.doc_id = review.doc_id
                   LEFT JOIN order_row ON order_row.order_id = COALESCE(document.of_order, review.doc_id)
                   WHERE closed_at IS NULL ORDER BY review_seq DESC LIMIT ?1";
        self.all("read what is in Review", sql, [limit.min(ROWS_MAX)], |row| {
            Ok(ReviewRow {
                doc_id: value(row, "doc_id")?,
                local_number: value(row, "local_number")?,
                kind: parsed(row, "kind", ReviewKind::from_code)?,
                submission: parsed_or_none(row, "state", OutboxState::from_code)?,
                reason: value(row, "reason")?,
                refused: value(row, "refused")?,
                since: instant(row, "since")?,
            })
        })
    }

    /// Why a manager must look at a document: each trouble once, as [`Reader::reviews`] and
    /// [`Reader::rejected_writes`] list them.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn matters_of(&self, doc_id: &str) -> Result<Vec<MatterKind>, Fault> {
        let doing = "read what is in Review";
        let sql = "SELECT kind, outbox.state AS state FROM review LEFT JOIN outbox ON outbox.doc_id = review.doc_id
                   WHERE review.doc_id = ?1 AND closed_at IS NULL";
        let mut matters = self.all(doing, sql, [doc_id], |row| {
            let kind = parsed(row, "kind", ReviewKind::from_code)?;
            Ok(matter(kind, parsed_or_none(row, "state", OutboxState::from_code)?))
        })?;
        let sql = "SELECT EXISTS (SELECT 1 FROM rejected_write WHERE doc_id = ?1) AS is_refused";
        let is_apart = !matters.contains(&MatterKind::Rejected);
        if is_apart && self.only(doing, sql, [doc_id], |row| value(row, "is_refused"))? {
            matters.push(MatterKind::Refused);
        }
        matters.sort_unstable();
        Ok(matters)
    }

    /// How much a manager must look at: what is in Review, and what the server refused of other documents. Counts no
    /// further than a status bar has room for.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn need_review(&self) -> Result<u32, Fault> {
        let sql = "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM review WHERE closed_at IS NULL LIMIT ?1))
                        + (SELECT COUNT(*) FROM
                           (SELECT 1 FROM rejected_write
                            WHERE NOT EXISTS (SELECT 1 FROM outbox
                                              WHERE outbox.doc_id = rejected_write.doc_id AND state = 'review')
                            LIMIT ?1)) AS count";
        self.only("count what is in Review", sql, [REVIEWS_COUNTED_MAX], |row| value(row, "count"))
    }

    /// Rounds of the lanes: the `limit` newest, the newest first.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn sync_log(&self, limit: u32) -> Result<Vec<SyncRow>, Fault> {
        let sql = "SELECT lane, success, duration_ms, items_count, at, at_offset, note FROM sync_log
                   ORDER BY log_seq DESC LIMIT ?1";
        self.all("read the sync log", sql, [limit.min(ROWS_MAX)], |row| {
            Ok(SyncRow {
                lane: value(row, "lane")?,
                success: value(row, "success")?,
                duration_ms: value(row, "duration_ms")?,
                items_count: value(row, "items_count")?,
                timestamp: Timestamp { unix_ms: value(row, "at")?, offset_min: value(row, "at_offset")? },
                note: value(row, "note")?,
            })
        })
    }

    /// The sums of the log. Takes as long for a month as for a day: they are kept.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn sync_metrics(&self) -> Result<SyncMetrics, Fault> {
        let sql = "SELECT total, successful, duration_ms, last_success, unsent FROM sync_sum, meta";
        self.only("read the sums of the sync log", sql, [], |row| {
            let (total, successful) = (count(row, "total")?, count(row, "successful")?);
            let duration_ms = count(row, "duration_ms")?;
            Ok(SyncMetrics {
                total_syncs: total,
                successful_syncs: successful,
                failed_syncs: total.saturating_sub(successful),
                average_sync_time_ms: duration_ms.checked_div(total).unwrap_or(0),
                pending_items: value(row, "unsent")?,
                last_successful_sync: instant_or_none(row, "last_success")?,
            })
        })
    }

    /// How much of the server's menu is here.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn menu_mark(&self) -> Result<MenuMark, Fault> {
        self.only("read the menu's mark", "SELECT cursor, etag FROM menu_mark", [], |row| {
            Ok(MenuMark { cursor: value(row, "cursor")?, etag: value(row, "etag")? })
        })
    }

    /// The last time that a server told; none before the first.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn server_time(&self) -> Result<Option<Timestamp>, Fault> {
        let sql = "SELECT server_time FROM meta";
        self.only("read the server's time", sql, [], |row| instant_or_none(row, "server_time"))
    }

    /// The business date before which what is over may be forgotten: 30 days before the last time that a server told,
    /// and before the latest business date here, whichever is earlier, so that no clock alone makes anything old. None
    /// before both are known.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn prunable_before(&self) -> Result<Option<BusinessDate>, Fault> {
        let sql = "SELECT business_date FROM meta";
        let here: Option<BusinessDate> =
            self.only("read the last number", sql, [], |row| parsed_or_none(row, "business_date", business_date))?;
        let there = self.server_time()?.map(|at| at.local().date_naive());
        let earlier = here.zip(there).map(|(here, there)| here.0.min(there));
        Ok(earlier.and_then(|date| date.checked_sub_days(Days::new(ORDERS_KEPT_DAYS))).map(BusinessDate))
    }

    /// The business date before which everything that is over was pruned; none before the first time.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn pruned_before(&self) -> Result<Option<BusinessDate>, Fault> {
        let sql = "SELECT pruned_before FROM meta";
        self.only("read what was pruned", sql, [], |row| parsed_or_none(row, "pruned_before", business_date))
    }
}
