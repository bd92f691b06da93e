//! How the store fails: what it was doing, why, and what the reader of the sentence can do.

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// SQLite said so.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// Something in the store does not read as what it should be.
    #[error("{what} does not read back: {why}")]
    Unreadable {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
}

/// The store could not do something. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[error("the store could not {doing}; nothing was changed{}", .source.hint())]
pub struct Fault {
    /// What it was doing: `save the order`.
    pub doing: &'static str,
    /// Why it could not.
    pub source: Cause,
}

impl Cause {
    fn hint(&self) -> &'static str {
        ""
    }
}
