//! The lock that lets one process at a time write a store.

use super::Fault;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// How often a lock that is held is tried again before it is given up: somebody may only be looking
/// ([`Lock::is_held`]).
const TRIES: u32 = 5;
/// How long to wait in between.
const TRY_AGAIN: Duration = Duration::from_millis(10);

/// Held for as long as a process may write the store of a data directory; given back when dropped, also by a crash.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a data directory and writes this process's number and what it does into it.
    ///
    /// # Errors
    /// A [`Fault`] that names the process that holds it, or says why the lock file cannot be written.
    pub fn take(data: &Path, what: &str) -> Result<Lock, Fault> {
        let path = data.join("lock");
        let remedy = "give this user the directory, or choose another with --data";
        let fault = |source| Fault::io(format!("could not write the lock {}", path.display()), &source, remedy);
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).clone();
        let mut file = options.open(&path).map_err(fault)?;
        match take(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(data, &mut file)),
            Err(TryLockError::Error(source)) => {
                let doing = format!("could not lock {}", path.display());
                return Err(Fault::io(doing, &source, "keep the data on a local disk that can lock files"));
            }
        }
        let holder = format!("{} {what}\n", std::process::id());
        file.set_len(0).and_then(|()| file.rewind()).map_err(fault)?;
        file.write_all(holder.as_bytes()).map_err(fault)?;
        Ok(Lock { _file: file })
    }

    /// Whether a process holds the lock of a data directory. Only looks: for a moment it shares the lock, which
    /// [`Lock::take`] waits out.
    pub fn is_held(data: &Path) -> bool {
        let Ok(file) = File::open(data.join("lock")) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

#[expect(clippy::disallowed_methods, reason = "a lock cannot be waited for with an end in any other way")]
fn take(file: &File) -> Result<(), TryLockError> {
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(TRY_AGAIN),
            taken => return taken,
        }
    }
    file.try_lock()
}

fn in_use(data: &Path, file: &mut File) -> Fault {
    let mut holder = String::new();
    let read = file.take(200).read_to_string(&mut holder);
    let process = match (read, holder.trim()) {
        (Ok(_), holder) if !holder.is_empty() => format!("process {holder}"),
        (Ok(_) | Err(_), _) => "process unknown".to_owned(),
    };
    Fault::new(
        format!("the data directory {} is in use", data.display()),
        format!("another register writes it ({process})"),
        "close it, or choose another directory with --data",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_register_is_told_who_holds_the_store() {
        let dir = tempfile::tempdir().unwrap();
        let held = Lock::take(dir.path(), "register T1").unwrap();
        let told = Lock::take(dir.path(), "register T1").unwrap_err().to_string();
        assert!(told.contains(&format!("process {} register T1", std::process::id())), "{told}");
        assert!(told.contains(&dir.path().display().to_string()) && told.contains("--data"), "{told}");
        drop(held);
        Lock::take(dir.path(), "store backup").unwrap();
    }

    #[test]
    fn whoever_looks_sees_whether_it_is_held_and_keeps_nobody_out() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!Lock::is_held(dir.path()), "there is none yet");
        let held = Lock::take(dir.path(), "register T1").unwrap();
        assert!(Lock::is_held(dir.path()));
        drop(held);
        assert!(!Lock::is_held(dir.path()));
        let looks = File::open(dir.path().join("lock")).unwrap();
        looks.try_lock_shared().unwrap();
        let taking = std::thread::spawn({
            let data = dir.path().to_owned();
            move || Lock::take(&data, "register T1").map(drop)
        });
        drop(looks);
        taking.join().unwrap().unwrap();
    }
}
