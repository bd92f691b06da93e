//! The print queue.

use super::columns::{instant, instant_or_none, json, parsed, value};
use crate::domain::slip::{JobState, PrintJob};
use crate::domain::{OrderId, PaymentId, Timestamp};
use crate::store::fault::Cause;
use crate::store::limits::ROWS_MAX;
use crate::store::{Fault, Reader};
use rusqlite::Row;

/// How far a job has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// How far.
    pub state: JobState,
    /// How often it was handed to the printer.
    pub attempts: u32,
    /// It may be on paper already.
    pub duplicate: bool,
    /// Not to be tried before this instant.
    pub not_before: Option<Timestamp>,
    /// What went wrong last.
    pub last_error: Option<String>,
}

macro_rules! jobs {
    ($which:literal) => {
        concat!(
            "SELECT job_id, printer, slip, state, attempts, duplicate, queued_at, not_before, last_error FROM spool ",
            $which
        )
    };
}

impl Reader {
    /// The oldest job that a printer has not finished.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn spool_head(&self, printer: &str) -> Result<Option<PrintJob>, Fault> {
        let sql = jobs!("WHERE printer = ?1 AND finished_at IS NULL ORDER BY job_id LIMIT 1");
        self.first("read the next print job", sql, [printer], read)
    }

    /// The oldest jobs that a printer has not finished, in the order in which they are printed.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn spool_queue(&self, printer: &str) -> Result<Vec<PrintJob>, Fault> {
        let sql = jobs!("WHERE printer = ?1 AND finished_at IS NULL ORDER BY job_id LIMIT ?2");
        self.all("read the print jobs of a printer", sql, (printer, ROWS_MAX), read)
    }

    /// How many jobs a printer has not finished.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn spool_waiting(&self, printer: &str) -> Result<u32, Fault> {
        let sql = "SELECT COUNT(*) AS waiting FROM spool WHERE printer = ?1 AND finished_at IS NULL";
        self.only("count the print jobs", sql, [printer], |row| value(row, "waiting"))
    }

    /// The job of that number.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn spool_job(&self, job_id: i64) -> Result<Option<PrintJob>, Fault> {
        self.first("read a print job", jobs!("WHERE job_id = ?1"), [job_id], read)
    }

    /// The newest `limit` jobs of all printers, the newest first.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn spool_recent(&self, limit: u32) -> Result<Vec<PrintJob>, Fault> {
        self.all("read the print jobs", jobs!("ORDER BY job_id DESC LIMIT ?1"), [limit.min(ROWS_MAX)], read)
    }

    /// Every job that is not finished, the oldest first.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn spool_unfinished(&self) -> Result<Vec<PrintJob>, Fault> {
        let sql = jobs!("WHERE finished_at IS NULL ORDER BY printer, job_id LIMIT ?1");
        self.all("read the print jobs that wait", sql, [ROWS_MAX], read)
    }

    /// Jobs that want somebody: not finished, or given up and nobody took note. The newest first.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn spool_wanting(&self, limit: u32) -> Result<Vec<PrintJob>, Fault> {
        let sql = jobs!(
            "WHERE job_id IN (SELECT job_id FROM spool WHERE finished_at IS NULL
                              UNION ALL SELECT job_id FROM spool WHERE state = 'failed' AND dismissed_at IS NULL)
             ORDER BY job_id DESC LIMIT ?1"
        );
        self.all("read the print jobs that want somebody", sql, [limit.min(ROWS_MAX)], read)
    }

    /// How many receipts of an order were queued so far.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn receipts_queued(&self, order_id: OrderId) -> Result<u32, Fault> {
        let sql = "SELECT COUNT(*) AS queued FROM spool WHERE order_id = ?1
                   AND JSON_EXTRACT(slip, '$.slip') = 'receipt'";
        self.only("count the receipts", sql, [order_id.to_string()], |row| value(row, "queued"))
    }

    /// The receipt of an order that was queued last.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn newest_receipt(&self, order_id: OrderId) -> Result<Option<PrintJob>, Fault> {
        let sql =
            jobs!("WHERE order_id = ?1 AND JSON_EXTRACT(slip, '$.slip') = 'receipt' ORDER BY job_id DESC LIMIT 1");
        self.first("read the receipt", sql, [order_id.to_string()], read)
    }

    /// How many slips of a refund (the first payment of it) were queued so far.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn refund_slips_queued(&self, order_id: OrderId, refund: PaymentId) -> Result<u32, Fault> {
        let sql = "SELECT COUNT(*) AS queued FROM spool WHERE order_id = ?1
                   AND JSON_EXTRACT(slip, '$.slip') = 'refund' AND JSON_EXTRACT(slip, '$.refund') = ?2";
        let ids = (order_id.to_string(), refund.to_string());
        self.only("count the slips of a refund", sql, ids, |row| value(row, "queued"))
    }

    /// How many jobs of a printer were given up, and nobody took note.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn spool_failed(&self, printer: &str) -> Result<u32, Fault> {
        let sql = "SELECT COUNT(*) AS failed FROM spool WHERE printer = ?1 AND state = 'failed'
                   AND dismissed_at IS NULL";
        self.only("count the print jobs that were given up", sql, [printer], |row| value(row, "failed"))
    }
}

fn read(row: &Row<'_>) -> Result<PrintJob, Cause> {
    let job_id: i64 = value(row, "job_id")?;
    let slip: String = value(row, "slip")?;
    Ok(PrintJob {
        job_id,
        printer: value(row, "printer")?,
        slip: json(&format!("the slip of print job {job_id}"), &slip)?,
        state: parsed(row, "state", JobState::from_code)?,
        attempts: value(row, "attempts")?,
        duplicate: value(row, "duplicate")?,
        queued_at: instant(row, "queued_at")?,
        not_before: instant_or_none(row, "not_before")?,
        last_error: value(row, "last_error")?,
    })
}
