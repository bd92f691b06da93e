//! Queueing slips, and noting how far they have come.

use super::staff::one;
use crate::domain::slip::JobState;
use crate::domain::{Slip, Timestamp};
use crate::store::fault::{Doing, Unreadable};
use crate::store::query::columns::written;
use crate::store::{Fault, Progress, Tx};

impl Tx<'_> {
    /// Queues a slip behind all others of its printer and returns the job's number.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn spool_add(&self, printer: &str, slip: &Slip, now: Timestamp) -> Result<i64, Fault> {
        let doing = "queue a print job";
        let text = serde_json::to_string(slip).map_err(|error| Unreadable::new("the slip", error)).doing(doing)?;
        let sql = "INSERT INTO spool (printer, slip, order_id, state, attempts, duplicate, queued_at)
                   VALUES (?1, ?2, ?3, 'queued', 0, 0, ?4)";
        self.run(doing, sql, (printer, text, slip.order_id().map(String::from), now.rfc3339()))?;
        Ok(self.connection().last_insert_rowid())
    }

    /// Notes how far a job has come. A job that is queued again keeps its place.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written, or when there is no such job.
    pub fn spool_set(&self, job_id: i64, progress: &Progress, now: Timestamp) -> Result<(), Fault> {
        let finished = match progress.state {
            JobState::Queued | JobState::Sending => None,
            JobState::Printed | JobState::Unconfirmed | JobState::Failed => Some(now),
        };
        let sql = "UPDATE spool SET state = ?2, attempts = ?3, duplicate = ?4, not_before = ?5, last_error = ?6,
                                    finished_at = ?7
                   WHERE job_id = ?1";
        let doing = "note how far a print job has come";
        let (not_before, error) = (written(progress.not_before), progress.last_error.as_deref());
        let state = progress.state.code();
        let values = (job_id, state, progress.attempts, progress.duplicate, not_before, error, written(finished));
        self.run(doing, sql, values).and_then(|changed| one(changed, doing))
    }

    /// Hands a waiting job to another printer, behind what that one has to do: its substitute.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written, or when there is no such job.
    pub fn spool_move(&self, job_id: i64, printer: &str) -> Result<(), Fault> {
        let doing = "hand a print job to another printer";
        let sql = "UPDATE spool SET printer = ?2 WHERE job_id = ?1 AND finished_at IS NULL";
        self.run(doing, sql, (job_id, printer)).and_then(|changed| one(changed, doing))
    }
}
