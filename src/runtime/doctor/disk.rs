//! The disk below the data directory: how much room there is, and how long it takes until something is on it for good.

use super::finding::Finding;
use super::limits::{FREE_MIN_BYTES, SYNC_BROKEN_MS, SYNC_BYTES, SYNC_SLOW_MS, SYNCS};
use crate::runtime::{clock, disk, why};
use crate::tui::machine::size;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// Looks at the room, and times the disk.
pub(super) fn examine(data: &Path, low_bytes: u64) -> Vec<Finding> {
    let free = disk::free(data);
    let room = judge_room(&free, low_bytes);
    let timed = match timed(data) {
        Ok(all) => judge_syncs(&all),
        Err(source) => {
            let says = format!("nothing can be written in {}: {}", data.display(), why(&source));
            Finding::broken("disk", says, "give this user the directory, mount it writable, or make room on it")
        }
    };
    vec![room, timed]
}

/// Judges how many bytes are free.
fn judge_room(free: &Result<u64, String>, low_bytes: u64) -> Finding {
    let make_room = "delete what is not needed, or move the data directory to a larger disk";
    match free {
        Err(why) => Finding::broken("space", format!("nobody can tell how much is free: {why}"), "look at the disk"),
        Ok(free) => {
            let says = format!("{} are free", size(*free));
            let finding = match *free {
                ..FREE_MIN_BYTES => Finding::broken("space", says, make_room),
                free if free < low_bytes => Finding::doubtful("space", says, make_room),
                _ => Finding::well("space", says),
            };
            finding.with("free_bytes", *free)
        }
    }
}

/// Writes a page again and again, and says how long each took until it was on the disk. What was written is taken away.
fn timed(data: &Path) -> io::Result<Vec<Duration>> {
    let path = data.join(format!(".doctor-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    let all = syncs(&mut file);
    std::fs::remove_file(&path)?;
    all
}

fn syncs(file: &mut File) -> io::Result<Vec<Duration>> {
    let page = [0x5a_u8; SYNC_BYTES];
    let mut sync = || {
        let began = clock::instant();
        file.write_all(&page)?;
        file.sync_data()?;
        Ok(clock::instant() - began)
    };
    (0..SYNCS).map(|_| sync()).collect()
}

/// Judges how long syncing took.
fn judge_syncs(all: &[Duration]) -> Finding {
    let mut us: Vec<u64> = all.iter().map(|it| u64::try_from(it.as_micros()).unwrap_or(u64::MAX)).collect();
    us.sort_unstable();
    let middle = us.get(us.len() / 2).copied().unwrap_or(0);
    let worst = us.last().copied().unwrap_or(0);
    let ms = |us: u64| format!("{}.{} ms", us / 1_000, us % 1_000 / 100);
    let says = format!("syncing takes {} ({} at most)", ms(middle), ms(worst));
    let remedy = "Send and Pay wait for it: put the data on a better disk (an SSD, or a card made for recorders)";
    let finding = match middle / 1_000 {
        slow if slow > SYNC_BROKEN_MS => Finding::broken("disk", says, remedy),
        slow if slow > SYNC_SLOW_MS => Finding::doubtful("disk", says, remedy),
        _ => Finding::well("disk", says),
    };
    finding.with("sync_median_us", middle).with("sync_worst_us", worst)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::doctor::Verdict::{Fail, Ok as Well, Warn};

    #[test]
    fn a_disk_is_judged_by_its_room_and_its_middle_sync() {
        let low = 200 << 20;
        // free bytes, verdict
        let rows = [
            (Ok(low), Well),
            (Ok(low - 1), Warn),
            (Ok(FREE_MIN_BYTES), Warn),
            (Ok(FREE_MIN_BYTES - 1), Fail),
            (Err("it does not exist".to_owned()), Fail),
        ];
        for (free, verdict) in rows {
            assert_eq!(judge_room(&free, low).verdict, verdict, "{free:?}");
        }
        // milliseconds, verdict
        let rows: [(&[u64], _); 5] =
            [(&[1, 2, 3], Well), (&[900, 5, 6], Well), (&[101, 101, 1], Warn), (&[1_001, 1_002, 5], Fail), (&[], Well)];
        for (ms, verdict) in rows {
            let all: Vec<Duration> = ms.iter().map(|ms| Duration::from_millis(*ms)).collect();
            assert_eq!(judge_syncs(&all).verdict, verdict, "{ms:?}");
        }
    }

    #[test]
    fn a_disk_is_timed_without_a_trace_and_one_that_takes_nothing_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let found = examine(dir.path(), 1);
        assert!(found.iter().all(|it| it.verdict != Fail), "{found:?}");
        assert!(found[1].facts["sync_median_us"].as_u64().is_some_and(|us| us > 0), "{found:?}");
        assert_eq!(dir.path().read_dir().unwrap().count(), 0);
        let found = examine(&dir.path().join("gone"), 1);
        assert!(found.iter().all(|it| it.verdict == Fail && it.remedy.is_some()), "{found:?}");
        // A disk without room: /dev/full takes no byte.
        let full = syncs(&mut OpenOptions::new().write(true).open("/dev/full").unwrap());
        assert_eq!(full.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
