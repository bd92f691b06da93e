//! What waits for the server.

use super::columns::{instant, value};
use crate::domain::Timestamp;
use crate::store::{Fault, Reader};

/// How much waits for the server, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unsent {
    /// How many orders and payments.
    pub count: u32,
    /// When the one that was queued first was queued.
    pub oldest: Option<Timestamp>,
}

impl Reader {
    /// How much waits for the server. Takes as long for a year of orders as for one: the count is kept.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn unsent(&self) -> Result<Unsent, Fault> {
        let count = "SELECT unsent FROM meta";
        let oldest = "SELECT queued_at FROM outbox WHERE sync_completed_at IS NULL ORDER BY queue_seq LIMIT 1";
        let doing = "count what waits for the server";
        Ok(Unsent {
            count: self.only(doing, count, [], |row| value(row, "unsent"))?,
            oldest: self.first(doing, oldest, [], |row| instant(row, "queued_at"))?,
        })
    }
}
