//! The print queue.
use crate::domain::Timestamp;
use crate::domain::slip::JobState;

/// How far a job has come, as its printer's thread reports it.
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
