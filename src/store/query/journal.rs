//! The journal, newest rows.

use super::columns::value;
use crate::domain::Timestamp;
use crate::domain::journal::Row;
use crate::store::fault::Cause;
use crate::store::limits::ROWS_MAX;
use crate::store::{Fault, Reader};

impl Reader {
    /// The newest `limit` rows of the journal, the newest last.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn journal(&self, limit: u32) -> Result<Vec<Row>, Fault> {
        let sql = "SELECT seq, at_unix_ms, at_offset_min, staff, kind, order_id, details
                   FROM journal ORDER BY seq DESC LIMIT ?1";
        let mut rows = self.all("read the journal", sql, [limit.min(ROWS_MAX)], read)?;
        rows.reverse();
        Ok(rows)
    }

    /// The word of the journal's first row: how this store came to be. `None` while the journal is empty.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn journal_began(&self) -> Result<Option<String>, Fault> {
        let sql = "SELECT kind FROM journal ORDER BY seq LIMIT 1";
        self.first("read the journal", sql, [], |row| value(row, "kind"))
    }
}

/// Reads a row of the journal without its hash.
pub(in crate::store) fn read(row: &rusqlite::Row<'_>) -> Result<Row, Cause> {
    Ok(Row {
        seq: value(row, "seq")?,
        at: Timestamp { unix_ms: value(row, "at_unix_ms")?, offset_min: value(row, "at_offset_min")? },
        staff: value(row, "staff")?,
        kind: value(row, "kind")?,
        order_id: value(row, "order_id")?,
        details: value(row, "details")?,
    })
}
