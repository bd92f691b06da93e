//! Puts a backup in the place of a store, which moves aside whole.
//!
//! The restored store numbers on in a new epoch: what it hands out from now on cannot be taken for what the lost part
//! had handed out, on paper and at the server. The epoch lies above the backup's, above that of the store which moves
//! aside (if that can be read), and above what as many restores as left something beside it have come to.

use super::{CareFault, reading, sound};
use crate::store::connect::{Access, beside, look};
use crate::store::copy::{copy, place, remove_all, sync_directory_of};
use crate::store::fault::Cause;
use crate::store::{Key, Reader};
use std::path::{Path, PathBuf};

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the store that was there lies now.
    pub aside: Option<PathBuf>,
    /// The new epoch.
    pub epoch: u32,
}

/// Checks a backup, moves the present store and its log aside to `<name>.before-restore-<n>`, and puts a copy of the
/// backup in its place. The backup itself stays as it is.
///
/// # Errors
/// [`CareFault`] when the backup is not sound or the medium refuses; the present store is where it was then.
pub fn restore(backup: &Path, key: Option<&Key>, path: &Path) -> Result<Restored, CareFault> {
    let report = sound(backup, key)?;
    let failed = |source: Cause| CareFault::failed("restore the backup", path, source);
    let asides = Asides::of(path).map_err(failed)?;
    let present = epoch_of(path, key);
    let epoch = report.epoch.max(present.unwrap_or(0)).max(asides.count.saturating_add(1)).saturating_add(1);
    let ready = beside(path, ".restoring");
    remove_all(&ready).map_err(failed)?;
    let from = reading(backup, key).map_err(|error| CareFault::failed("read the backup", backup, error))?;
    copy(&from, key, &ready, |copy| {
        copy.execute("UPDATE meta SET epoch = ?1", [epoch])?;
        Ok(())
    })
    .map_err(failed)?;
    drop(from);
    let put = asides.take(path).and_then(|aside| {
        place(&ready, path)?;
        Ok(Restored { aside, epoch })
    });
    if put.is_err() {
        asides.give_back(path).map_err(failed)?;
    }
    put.map_err(failed)
}

/// The epoch of the store that is there, if it still can be read.
fn epoch_of(path: &Path, key: Option<&Key>) -> Option<u32> {
    look(path, key, Access::Read).ok()?;
    Reader::open(path, key).ok()?.epoch().ok()
}

/// Stores that moved aside, beside one that did not.
struct Asides {
    /// How many there are already.
    count: u32,
    /// Where the next goes.
    next: PathBuf,
}

impl Asides {
    fn of(path: &Path) -> Result<Asides, Cause> {
        let nth = |n: u32| beside(path, &format!(".before-restore-{n}"));
        let mut count = 0;
        while nth(count + 1).try_exists()? {
            count += 1;
        }
        // A restore that was cut off after moving the file and before moving its log left the two apart.
        let torn = count > 0 && !path.try_exists()? && !beside(&nth(count), "-wal").try_exists()?;
        Ok(Asides { count, next: nth(if torn { count } else { count + 1 }) })
    }

    /// Moves the file and its log; the log's index is worth nothing without them.
    fn take(&self, path: &Path) -> Result<Option<PathBuf>, Cause> {
        let moved = rename(path, &self.next)?;
        for side in ["-wal", "-journal"] {
            rename(&beside(path, side), &beside(&self.next, side))?;
        }
        remove(&beside(path, "-shm"))?;
        sync_directory_of(path)?;
        Ok(moved.then(|| self.next.clone()))
    }

    fn give_back(&self, path: &Path) -> Result<(), Cause> {
        if path.try_exists()? {
            return Ok(());
        }
        rename(&self.next, path)?;
        for side in ["-wal", "-journal"] {
            rename(&beside(&self.next, side), &beside(path, side))?;
        }
        sync_directory_of(path)
    }
}

/// Renames a file; false when there is none.
fn rename(from: &Path, to: &Path) -> Result<bool, Cause> {
    match std::fs::rename(from, to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn remove(file: &Path) -> Result<(), Cause> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}
