//! How much room is left where the store lies: looked at when the register opens and every minute, on a thread of its
//! own, as a dying medium may not answer.

use super::{Fault, why};
use crate::tui::machine::Report;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How long from one look to the next.
const EVERY: Duration = Duration::from_secs(60);

/// The thread that looks; it ends when this is dropped.
#[derive(Debug)]
pub struct DiskWatch {
    _ends: Sender<()>,
}

/// How many bytes a program of this user may still write there.
pub(super) fn free(path: &Path) -> Result<u64, String> {
    let about = rustix::fs::statvfs(path).map_err(|source| why(&source.into()))?;
    Ok(about.f_bavail.saturating_mul(about.f_frsize))
}

/// Starts to look; `tell` hears of each look.
///
/// # Errors
/// A [`Fault`] when there is no thread to be had.
pub fn watch(path: PathBuf, tell: impl Fn(Report) + Send + 'static) -> Result<DiskWatch, Fault> {
    let (ends, ended) = channel::<()>();
    let work = move || {
        loop {
            tell(Report::DiskFree(free(&path)));
            if ended.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    };
    let spawned = std::thread::Builder::new().name("disk".into()).spawn(work);
    spawned.map_err(|source| {
        Fault::io("could not start the thread that looks at the disk", &source, "close other programs")
    })?;
    Ok(DiskWatch { _ends: ends })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_says_how_much_room_it_has_and_none_why_not() {
        let dir = tempfile::tempdir().unwrap();
        assert!(free(dir.path()).unwrap() > 0);
        assert_eq!(free(&dir.path().join("gone")), Err("it does not exist".to_owned()));
        let (told, hears) = channel();
        let watch = watch(dir.path().to_owned(), move |report| drop(told.send(report))).unwrap();
        assert!(matches!(hears.recv(), Ok(Report::DiskFree(Ok(_)))));
        drop(watch);
        assert!(hears.recv().is_err(), "it ends with its owner");
    }
}
