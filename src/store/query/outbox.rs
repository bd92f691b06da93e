//! What waits for the server.
use crate::domain::Timestamp;

/// How much waits for the server, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unsent {
    /// How many documents.
    pub count: u32,
    /// When the first of them was queued.
    pub oldest: Option<Timestamp>,
}
