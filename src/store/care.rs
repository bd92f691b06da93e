//! Looking after a store: check, backup, restore, and moving its log into it.
//!
//! None of these keeps a second writer out; whoever calls holds the directory's lock, or asks the register that does.

mod check;
mod glance;
mod restore;

pub use check::{Problem, Report, check};
pub use glance::{Glance, glance};
pub use restore::{Restored, restore};

use super::connect::{Access, connect, look};
use super::copy::{Pace, copy_at_pace, remove_all};
use super::fault::{Cause, Doing, Fault};
use super::limits::{BUSY_MS, LOG_PAGES_KEPT, PAGES_AT_ONCE};
use super::{Key, OpenFault};
use rusqlite::{Connection, ErrorCode};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a store was not looked after.
#[derive(Debug, thiserror::Error)]
pub enum CareFault {
    /// It, or its backup, was not opened.
    #[error(transparent)]
    Open(#[from] OpenFault),
    /// The new file's name is taken.
    #[error("{} is there already and was left as it is: choose another name", .0.display())]
    Taken(PathBuf),
    /// The backup has flaws.
    #[error("the backup {} was not used, it is not sound: {problem}", .path.display())]
    Unsound {
        /// Which file.
        path: PathBuf,
        /// The first flaw.
        problem: Box<Problem>,
    },
    /// Something else went wrong.
    #[error("the store could not {doing} ({}): {source}", .path.display())]
    Failed {
        /// What it was doing.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: Cause,
    },
}

impl CareFault {
    fn failed(doing: &'static str, path: &Path, source: impl Into<Cause>) -> CareFault {
        CareFault::Failed { doing, path: path.into(), source: source.into() }
    }
}

/// Copies a store, as the last commit left it, into one other file and proves the copy sound. The register may go on
/// selling meanwhile. The copy has the key of the store.
///
/// # Errors
/// [`CareFault::Taken`] when there is such a file; others when the store or the medium refuses. Then there is no copy.
pub fn backup(path: &Path, key: Option<&Key>, to: &Path) -> Result<(), CareFault> {
    backup_at_pace(path, key, to, &mut || true)
}

/// As [`backup`], for a register that sells meanwhile: a few pages at once, and `between` them whoever calls lets
/// others work, or says false to give it up. The copy is still of one moment, the first.
///
/// # Errors
/// As [`backup`].
pub fn backup_at_pace(
    path: &Path,
    key: Option<&Key>,
    to: &Path,
    between: &mut dyn FnMut() -> bool,
) -> Result<(), CareFault> {
    let failed = |source: Cause| CareFault::failed("take a backup", to, source);
    if to.try_exists().map_err(Cause::from).map_err(failed)? {
        return Err(CareFault::Taken(to.into()));
    }
    look(path, key, Access::Read)?;
    let from = reading(path, key).map_err(|error| CareFault::failed("read the file", path, error))?;
    // A reader of the log: its writer goes on, and what it writes is not seen here.
    from.execute_batch("BEGIN").map_err(Cause::from).map_err(failed)?;
    let moment = from.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |_| Ok(()));
    moment.map_err(Cause::from).map_err(failed)?;
    copy_at_pace(&from, key, to, Pace { pages: PAGES_AT_ONCE, between }, |_| Ok(())).map_err(failed)?;
    drop(from);
    let verdict = sound(to, key).map(|_| ());
    if verdict.is_err() {
        remove_all(to).map_err(failed)?;
    }
    verdict
}

/// Checks a backup; its first flaw is the answer.
fn sound(path: &Path, key: Option<&Key>) -> Result<Report, CareFault> {
    let mut report = check(path, key)?;
    if report.problems.is_empty() {
        return Ok(report);
    }
    Err(CareFault::Unsound { path: path.into(), problem: Box::new(report.problems.swap_remove(0)) })
}

/// A connection that reads beside a writer, and makes do where nothing can be written.
fn reading(path: &Path, key: Option<&Key>) -> rusqlite::Result<Connection> {
    let proved = |access| {
        let connection = connect(path, key, access)?;
        connection.execute_batch("PRAGMA query_only = ON;")?;
        connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    };
    proved(Access::Write).or_else(|error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => proved(Access::Frozen),
        _ => Err(error),
    })
}

/// A second connection to an open store that moves its log into it, on a thread of its own: no key press waits for it.
#[derive(Debug)]
pub struct Checkpointer {
    connection: Connection,
}

/// What a checkpoint found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many pages the log holds.
    pub pages_in_log: u32,
    /// How many of them are in the file by now.
    pub pages_moved: u32,
    /// Up to which sequence changes of documents are on the medium because of it ([`super::Store::note_settled`]); none
    /// when a reader held up a part of the log.
    pub settled: Option<u64>,
}

impl Checkpointer {
    /// Opens the second connection.
    ///
    /// # Errors
    /// As [`super::Store::open`].
    pub fn open(path: &Path, key: Option<&Key>) -> Result<Checkpointer, OpenFault> {
        look(path, key, Access::Read)?;
        let connected = connect(path, key, Access::Write).and_then(|connection| {
            // What it writes itself is of no worth; checkpoints are synced all the same.
            connection.execute_batch("PRAGMA synchronous = NORMAL;")?;
            Ok(Checkpointer { connection })
        });
        connected.map_err(|error| OpenFault::failed("open the file", path, error))
    }

    /// Moves what it can without making anybody wait, and begins the log anew when all of it was moved: whoever writes
    /// first then syncs the log's head, whatever else that write is, and so it is written here and not by a key. A log
    /// that has grown long, as with a pruning, is cut off where nobody reads or writes right now.
    ///
    /// # Errors
    /// [`Fault`] when the medium refuses; the log still holds everything then.
    pub fn passive(&self) -> Result<Checkpoint, Fault> {
        let moved = self.moved()?;
        let is_whole = moved.pages_in_log > 0 && moved.pages_moved == moved.pages_in_log;
        let is_cut = is_whole && moved.pages_in_log > LOG_PAGES_KEPT && self.cut_off()?;
        if is_whole && !is_cut {
            self.begin_anew()?;
        }
        Ok(moved)
    }

    /// Moves what it can; nobody waits for it.
    fn moved(&self) -> Result<Checkpoint, Fault> {
        let pages = |row: &rusqlite::Row<'_>, at| row.get::<_, i64>(at).map(|pages| u32::try_from(pages).unwrap_or(0));
        let doing = "move its log into its file";
        let seq = "SELECT document_seq FROM meta";
        let seq: i64 = self.connection.query_row(seq, [], |row| row.get(0)).doing(doing)?;
        let moved = self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
            let (pages_in_log, pages_moved) = (pages(row, 1)?, pages(row, 2)?);
            let is_whole = row.get::<_, i64>(0)? == 0 && pages_moved == pages_in_log;
            let settled = u64::try_from(seq).ok().filter(|_| is_whole);
            Ok(Checkpoint { pages_in_log, pages_moved, settled })
        });
        moved.doing(doing)
    }

    /// Moves all of the log into the file and cuts it off, where nobody reads or writes right now; false where somebody
    /// does. The moving is done before anybody is kept from writing.
    ///
    /// # Errors
    /// [`Fault`] when the medium refuses; the log still holds everything then.
    pub fn truncate(&self) -> Result<bool, Fault> {
        let moved = self.moved()?;
        if moved.pages_moved < moved.pages_in_log { Ok(false) } else { self.cut_off() }
    }

    fn cut_off(&self) -> Result<bool, Fault> {
        let doing = "cut its log off";
        self.connection.busy_timeout(Duration::ZERO).doing(doing)?;
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let busy = self.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).doing(doing);
        self.connection.busy_timeout(Duration::from_millis(BUSY_MS)).doing(doing)?;
        let is_cut = busy? == 0;
        if is_cut {
            self.begin_anew()?;
        }
        Ok(is_cut)
    }

    fn begin_anew(&self) -> Result<(), Fault> {
        self.connection.execute_batch("UPDATE log SET begun = begun + 1").doing("begin its log anew")
    }
}

#[cfg(test)]
mod tests;
