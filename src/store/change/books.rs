//! Writing the books of synchronisation: local documents, what was refused, what a manager must look at, the log.

use crate::document::{Database, Revision, RevisionTree};
use crate::domain::Timestamp;
use crate::store::limits::{SERVER_TIME_STEP_MS, SYNC_LOG_KEPT_MS, SYNC_ROWS_DROPPED_AT_ONCE};
use crate::store::{Fault, MenuMark, RejectedWrite, ReviewKind, SyncRow, Tx};
use serde_json::Value;

impl Tx<'_> {
    /// Keeps a document that is not replicated, such as a checkpoint.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn put_local_document(&self, id: &str, body: &Value) -> Result<(), Fault> {
        let sql = "INSERT INTO local_document (id, body) VALUES (?1, ?2)
                   ON CONFLICT (id) DO UPDATE SET body = excluded.body";
        self.run("keep a checkpoint", sql, (id, body.to_string())).map(|_| ())
    }

    /// Forgets a document that is not replicated.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn forget_local_document(&self, id: &str) -> Result<(), Fault> {
        self.run("forget a checkpoint", "DELETE FROM local_document WHERE id = ?1", [id]).map(|_| ())
    }

    /// Keeps that the server did not take a revision; told again, the newest reason stands. Of one that it is not to be
    /// asked about any more ([`Tx::forgo_refused`]) nothing is kept.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn put_rejected_write(&self, database: Database, rejected: &RejectedWrite) -> Result<(), Fault> {
        let sql = "INSERT INTO rejected_write (doc_id, rev, database, error, reason, at)
                   SELECT ?1, ?2, ?3, ?4, ?5, ?6
                   WHERE NOT EXISTS (SELECT 1 FROM forgone WHERE doc_id = ?1 AND rev = ?2)
                   ON CONFLICT (doc_id, rev) DO UPDATE SET error = excluded.error, reason = excluded.reason,
                                                           at = excluded.at";
        let RejectedWrite { doc_id, revision, error, reason, at } = rejected;
        let values = (doc_id, revision.to_string(), database.code(), error, reason, at.rfc3339());
        self.run("keep what the server refused", sql, values).map(|_| ())
    }

    /// Forgets refusals that no longer matter: of what the server has now, and of what was edited since.
    pub(super) fn forget_rejected(&self, doc_id: &str, had: &[Revision], tree: &RevisionTree) -> Result<(), Fault> {
        let sql = "SELECT rev FROM rejected_write WHERE doc_id = ?1
                   UNION ALL SELECT rev FROM forgone WHERE doc_id = ?1";
        let refused: Vec<String> =
            self.all("read what the server refused", sql, [doc_id], |row| Ok(row.get("rev")?))?;
        let leaves = tree.leaves();
        let is_open = |rev: &Revision| !had.contains(rev) && leaves.iter().any(|leaf| leaf.revision == *rev);
        for rev in refused.iter().filter(|rev| !Revision::read(rev).is_some_and(|rev| is_open(&rev))) {
            let doing = "forget what the server refused";
            self.run(doing, "DELETE FROM rejected_write WHERE doc_id = ?1 AND rev = ?2", (doc_id, rev))?;
            self.run(doing, "DELETE FROM forgone WHERE doc_id = ?1 AND rev = ?2", (doc_id, rev))?;
        }
        Ok(())
    }

    /// Gives up what the server refused of a document: nobody asks it again to take that, and it waits for nothing.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn forgo_refused(&self, doc_id: &str, now: Timestamp) -> Result<(), Fault> {
        let doing = "give up what the server refused";
        let sql = "INSERT INTO forgone (doc_id, rev) SELECT doc_id, rev FROM rejected_write WHERE doc_id = ?1";
        self.run(doing, sql, [doc_id])?;
        self.run(doing, "DELETE FROM rejected_write WHERE doc_id = ?1", [doc_id])?;
        self.refresh_unsent(doc_id, now)
    }

    /// Whether the server is not asked any more to take a revision.
    pub(super) fn is_forgone(&self, doc_id: &str, revision: &Revision) -> Result<bool, Fault> {
        let sql = "SELECT EXISTS (SELECT 1 FROM forgone WHERE doc_id = ?1 AND rev = ?2) AS is_forgone";
        self.only("ask what was given up", sql, (doc_id, revision.to_string()), |row| Ok(row.get("is_forgone")?))
    }

    /// Puts a document before a manager; what is before them for the same cause already has the newest reason.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn put_review(&self, doc_id: &str, kind: ReviewKind, reason: &str, now: Timestamp) -> Result<(), Fault> {
        let sql = "INSERT INTO review (doc_id, kind, reason, since) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (doc_id, kind) WHERE closed_at IS NULL DO UPDATE SET reason = excluded.reason";
        self.run("put a document before a manager", sql, (doc_id, kind.code(), reason, now.rfc3339())).map(|_| ())
    }

    /// Takes a document from a manager's list.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn close_review(&self, doc_id: &str, kind: ReviewKind, why: &str, now: Timestamp) -> Result<(), Fault> {
        let sql = "UPDATE review SET closed_at = ?3, closed_why = ?4
                   WHERE doc_id = ?1 AND kind = ?2 AND closed_at IS NULL";
        self.run("take a document from Review", sql, (doc_id, kind.code(), now.rfc3339(), why)).map(|_| ())
    }

    /// Writes a round of a lane down, and drops what is older than is kept.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn log_sync(&self, round: &SyncRow) -> Result<(), Fault> {
        let doing = "write the sync log";
        let sql = "INSERT INTO sync_log (lane, success, duration_ms, items_count, at, at_offset, note)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let SyncRow { lane, success, duration_ms, items_count, timestamp, note } = round;
        let values = (lane, success, duration_ms, items_count, timestamp.unix_ms, timestamp.offset_min, note);
        self.run(doing, sql, values)?;
        if *success {
            self.run(doing, "UPDATE sync_sum SET last_success = ?1", [timestamp.rfc3339()])?;
        }
        let sql = "DELETE FROM sync_log WHERE log_seq IN
                   (SELECT log_seq FROM sync_log WHERE at < ?1 ORDER BY at LIMIT ?2)";
        self.run(doing, sql, (timestamp.unix_ms - SYNC_LOG_KEPT_MS, SYNC_ROWS_DROPPED_AT_ONCE)).map(|_| ())
    }

    /// Notes how much of the server's menu is here.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn set_menu_mark(&self, mark: &MenuMark) -> Result<(), Fault> {
        let sql = "UPDATE menu_mark SET cursor = ?1, etag = ?2";
        self.run("note the menu's mark", sql, (&mark.cursor, &mark.etag)).map(|_| ())
    }

    /// Notes the time that a server told, where it differs from the last by more than a moment.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn note_server_time(&self, server_time: Timestamp) -> Result<(), Fault> {
        let is_news = |last: Timestamp| last.unix_ms.abs_diff(server_time.unix_ms) >= SERVER_TIME_STEP_MS;
        if self.server_time()?.is_none_or(is_news) {
            let sql = "UPDATE meta SET server_time = ?1";
            self.run("note the server's time", sql, [server_time.rfc3339()])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
