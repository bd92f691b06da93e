//! How much room is left where the store lies: looked at when the register opens and every minute, and every other
//! second while there is too little; on a thread of its own, as a dying medium may not answer.

use super::{Fault, why};
use crate::tui::machine::Report;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How long from one look to the next.
const EVERY: Duration = Duration::from_secs(60);
/// The same while there is too little room, or nobody can tell: whoever makes room waits for the status bar to say so.
const AGAIN: Duration = Duration::from_secs(2);

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

/// How long until it is looked again, after so much was free; less than `low_bytes` is too little.
fn pause(free: &Result<u64, String>, low_bytes: u64) -> Duration {
    match free {
        Ok(free) if *free >= low_bytes => EVERY,
        Ok(_) | Err(_) => AGAIN,
    }
}

/// Starts to look; `tell` hears of each look. Fewer than `low_bytes` are looked at again soon.
///
/// # Errors
/// A [`Fault`] when there is no thread to be had.
pub fn watch(path: PathBuf, low_bytes: u64, tell: impl Fn(Report) + Send + 'static) -> Result<DiskWatch, Fault> {
    let (ends, ended) = channel::<()>();
    let work = move || {
        loop {
            let free = free(&path);
            let pause = pause(&free, low_bytes);
            tell(Report::DiskFree(free));
            if ended.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
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
        let watch = watch(dir.path().to_owned(), 0, move |report| drop(told.send(report))).unwrap();
        assert!(matches!(hears.recv(), Ok(Report::DiskFree(Ok(_)))));
        drop(watch);
        assert!(hears.recv().is_err(), "it ends with its owner");
    }

    #[test]
    fn too_little_room_is_looked_at_again_soon() {
        // what is free, how little is too little, how long until the next look
        let rows = [
            (Ok(200), 200, EVERY),
            (Ok(199), 200, AGAIN),
            (Ok(0), 0, EVERY),
            (Err("it does not exist".to_owned()), 0, AGAIN),
        ];
        for (free, low, expected) in rows {
            assert_eq!(pause(&free, low), expected, "{free:?}, {low}");
        }
    }
}
