//! How the store fails: what it was doing, why, and what the reader of the sentence can do about it.

use rusqlite::ErrorCode;

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
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// Something in the store does not read as what it should be: it was written by another program, or damaged.
#[derive(Debug, thiserror::Error)]
#[error("{what} does not read: {why}")]
pub struct Unreadable {
    /// What, with its id.
    pub what: String,
    /// What is wrong with it.
    pub why: String,
}

impl Unreadable {
    /// Says what does not read, and why.
    pub(crate) fn new(what: impl ToString, why: impl ToString) -> Unreadable {
        Unreadable { what: what.to_string(), why: why.to_string() }
    }
}

/// The store could not do something. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[error("the store could not {doing}; nothing was changed{}", .source.hint())]
pub struct Fault {
    /// What it was doing, as the rest of a sentence: `save the order`.
    pub doing: &'static str,
    /// Why it could not.
    pub source: Cause,
}

impl Fault {
    /// Whether the medium is full.
    pub fn disk_is_full(&self) -> bool {
        self.source.is_full()
    }
}

impl Cause {
    pub(crate) fn code(&self) -> Option<ErrorCode> {
        match self {
            Cause::Sql(error) => error.sqlite_error_code(),
            Cause::File(_) | Cause::Unreadable(_) => None,
        }
    }

    /// Whether the medium is full.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            Cause::File(error) => error.kind() == std::io::ErrorKind::StorageFull,
            Cause::Sql(_) | Cause::Unreadable(_) => self.code() == Some(ErrorCode::DiskFull),
        }
    }

    fn hint(&self) -> &'static str {
        let check = ": the file may be damaged, run `comanda store check`";
        if let Cause::Unreadable(_) = self {
            return check;
        }
        match self.code() {
            Some(ErrorCode::DiskFull) => ": the disk is full, make room",
            Some(ErrorCode::ReadOnly) => ": the file or its directory cannot be written",
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => check,
            Some(ErrorCode::SystemIoFailure) => ": the disk reports an error, look at the medium",
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ": another program is using it, try again",
            _ => "",
        }
    }
}

/// Says what the store was doing when something failed.
pub(crate) trait Doing<T> {
    /// Turns an error into a [`Fault`]; `what` is the rest of the sentence "the store could not ...".
    fn doing(self, what: &'static str) -> Result<T, Fault>;
}

impl<T, E: Into<Cause>> Doing<T> for Result<T, E> {
    fn doing(self, what: &'static str) -> Result<T, Fault> {
        self.map_err(|error| Fault { doing: what, source: error.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    #[test]
    fn a_fault_says_what_the_reader_can_do() {
        // SQLite's code, the end of the sentence
        for (code, end) in [
            (ffi::SQLITE_FULL, "nothing was changed: the disk is full, make room"),
            (ffi::SQLITE_READONLY, "nothing was changed: the file or its directory cannot be written"),
            (ffi::SQLITE_CORRUPT, "nothing was changed: the file may be damaged, run `comanda store check`"),
            (ffi::SQLITE_IOERR_FSYNC, "nothing was changed: the disk reports an error, look at the medium"),
            (ffi::SQLITE_CONSTRAINT, "nothing was changed"),
        ] {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let fault = Err::<(), _>(error).doing("save the order").unwrap_err();
            assert_eq!(fault.to_string(), format!("the store could not save the order; {end}"));
            assert_eq!(fault.disk_is_full(), code == ffi::SQLITE_FULL);
        }
    }
}
