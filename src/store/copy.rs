//! Copies a whole store into one other file: complete and on the medium before it has its name.

use super::Key;
use super::connect::{Access, beside, connect};
use super::fault::{Cause, Unreadable};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs::File;
use std::path::Path;

/// What may lie beside a file under its name.
pub(super) const SIDES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// How many pages of a copy are made at once, and what happens between: false gives the copy up.
pub(super) struct Pace<'a> {
    pub(super) pages: i32,
    pub(super) between: &'a mut dyn FnMut() -> bool,
}

/// Copies what `from` reads now to a new file `to`, lets `finish` change the copy, and gives it its name.
///
/// # Errors
/// When `to` is there already, or the medium refuses; then there is no `to`.
pub(super) fn copy<T>(
    from: &Connection,
    key: Option<&Key>,
    to: &Path,
    finish: impl FnOnce(&Connection) -> Result<T, Cause>,
) -> Result<T, Cause> {
    // All pages in one step: a reader of a log does not hold up its writer.
    let at_once = Pace { pages: -1, between: &mut || true };
    copy_at_pace(from, key, to, at_once, finish)
}

/// As [`copy`], in steps. What is copied is what `from` reads at the first of them, whatever is written meanwhile.
pub(super) fn copy_at_pace<T>(
    from: &Connection,
    key: Option<&Key>,
    to: &Path,
    pace: Pace<'_>,
    finish: impl FnOnce(&Connection) -> Result<T, Cause>,
) -> Result<T, Cause> {
    let part = beside(to, ".part");
    remove_all(&part)?;
    let made = fill(from, key, &part, pace, finish).and_then(|made| {
        place(&part, to)?;
        Ok(made)
    });
    if made.is_err() {
        remove_all(&part)?;
    }
    made
}

fn fill<T>(
    from: &Connection,
    key: Option<&Key>,
    part: &Path,
    pace: Pace<'_>,
    finish: impl FnOnce(&Connection) -> Result<T, Cause>,
) -> Result<T, Cause> {
    let mut into = connect(part, key, Access::Make)?;
    {
        let steps = Backup::new(from, &mut into)?;
        loop {
            match steps.step(pace.pages)? {
                StepResult::Done => break,
                StepResult::More if (pace.between)() => {}
                unfinished => return Err(Unreadable::new("the copy", format!("it stopped: {unfinished:?}")).into()),
            }
        }
    }
    let made = finish(&into)?;
    // One file, which can be read where nothing can be written.
    let mode: String = into.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
    if mode != "delete" {
        return Err(Unreadable::new("the copy", format!("its log stayed: {mode}")).into());
    }
    let said: String = into.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if said != "ok" {
        return Err(Unreadable::new("the copy", said).into());
    }
    into.close().map_err(|(_, error)| error)?;
    Ok(made)
}

/// Gives a finished file its name, for good. Refuses to take the place of another.
pub(super) fn place(part: &Path, to: &Path) -> Result<(), Cause> {
    if to.try_exists()? {
        let taken =
            std::io::Error::new(std::io::ErrorKind::AlreadyExists, format!("{} is there already", to.display()));
        return Err(taken.into());
    }
    File::open(part)?.sync_all()?;
    std::fs::rename(part, to)?;
    sync_directory_of(to)
}

/// Makes a change of names last through a power cut.
pub(super) fn sync_directory_of(path: &Path) -> Result<(), Cause> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(directory)?.sync_all()?)
}

/// Removes an unfinished file and what lies beside it.
pub(super) fn remove_all(path: &Path) -> Result<(), Cause> {
    let sides = SIDES.map(|side| beside(path, side));
    for file in sides.iter().map(|side| side.as_path()).chain([path]) {
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}
