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
                                    finished_at = ?7, dismissed_at = NULL
                   WHERE job_id = ?1";
        let doing = "note how far a print job has come";
        let (not_before, error) = (written(progress.not_before), progress.last_error.as_deref());
        let state = progress.state.code();
        let values = (job_id, state, progress.attempts, progress.duplicate, not_before, error, written(finished));
        self.run(doing, sql, values).and_then(|changed| one(changed, doing))
    }

    /// Notes that somebody took note of a job that was given up.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written, or when there is no such job.
    pub fn spool_dismiss(&self, job_id: i64, now: Timestamp) -> Result<(), Fault> {
        let doing = "take note of a print job";
        let sql = "UPDATE spool SET dismissed_at = ?2 WHERE job_id = ?1 AND state = 'failed'";
        self.run(doing, sql, (job_id, now.rfc3339())).and_then(|changed| one(changed, doing))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::slip::PrintJob;
    use crate::store::fixtures::{Place, now};
    use crate::store::{Durability, Store};

    fn progress(state: JobState, attempts: u32) -> Progress {
        Progress { state, attempts, duplicate: false, not_before: None, last_error: None }
    }

    fn note(store: &mut Store, job_id: i64, progress: &Progress) -> Result<(), Fault> {
        store.write(Durability::Draft, |tx| tx.spool_set(job_id, progress, now()))
    }

    fn ids(jobs: &[PrintJob]) -> Vec<i64> {
        jobs.iter().map(|job| job.job_id).collect()
    }

    #[test]
    fn jobs_of_a_printer_are_taken_in_order_and_survive_reopening() {
        let (place, mut store) = Place::with_store();
        for printer in ["bar", "kitchen", "bar"] {
            store.write(Durability::Synced, |tx| tx.spool_add(printer, &Slip::DrawerKick, now())).unwrap();
        }
        assert_eq!(store.reader().spool_head("bar").unwrap().unwrap().job_id, 1);
        assert_eq!(store.reader().spool_waiting("bar").unwrap(), 2);
        let sending = Progress { duplicate: true, not_before: Some(now()), ..progress(JobState::Sending, 1) };
        note(&mut store, 1, &sending).unwrap();
        drop(store);

        let mut store = place.open();
        let found = store.reader().spool_unfinished().unwrap();
        let kept = PrintJob {
            job_id: 1,
            printer: "bar".into(),
            slip: Slip::DrawerKick,
            state: JobState::Sending,
            attempts: 1,
            duplicate: true,
            queued_at: now(),
            not_before: Some(now()),
            last_error: None,
        };
        assert_eq!((found.len(), &found[0]), (3, &kept), "found as it was left");
        assert_eq!(store.reader().spool_head("bar").unwrap().unwrap().job_id, 1, "unfinished jobs hold their place");
        let failed = Progress { last_error: Some("paper".into()), ..progress(JobState::Failed, 2) };
        note(&mut store, 1, &failed).unwrap();
        assert_eq!(store.reader().spool_head("bar").unwrap().unwrap().job_id, 3);
        note(&mut store, 1, &progress(JobState::Queued, 2)).unwrap();
        assert_eq!(store.reader().spool_head("bar").unwrap().unwrap().job_id, 1, "queued again");
        note(&mut store, 1, &progress(JobState::Printed, 3)).unwrap();
        store.write(Durability::Draft, |tx| tx.spool_move(3, "kitchen")).unwrap();
        assert_eq!(store.reader().spool_head("bar").unwrap(), None);
        assert_eq!(store.reader().spool_waiting("kitchen").unwrap(), 2);
        assert_eq!(ids(&store.reader().spool_recent(2).unwrap()), [3, 2]);
        assert!(note(&mut store, 99, &progress(JobState::Printed, 1)).is_err(), "there is no such job");
        assert!(store.write(Durability::Draft, |tx| tx.spool_move(1, "kitchen")).is_err(), "it is on paper");
    }
}
