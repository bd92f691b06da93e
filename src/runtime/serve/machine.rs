//! What the machine says of a server: room on the disk, and what the process takes (proc(5)). What it does not say is
//! left out.

use crate::runtime::disk;
use crate::server::http::{Machine, Process};
use rustix::process::{Resource, getrlimit};
use std::path::PathBuf;

/// The machine on whose disk a directory lies; none where the database lies elsewhere.
pub(super) fn of(directory: Option<PathBuf>, started_unix_ms: i64) -> Machine {
    let room = move || directory.as_deref().map(disk::free);
    Machine::new(Box::new(room), move || process(started_unix_ms))
}

fn process(started_unix_ms: i64) -> Process {
    let status = std::fs::read_to_string("/proc/self/status").ok();
    Process {
        resident_bytes: status.as_deref().and_then(resident_kib).map(|kib| kib.saturating_mul(1024)),
        // The directory that is read is one of them.
        descriptors: std::fs::read_dir("/proc/self/fd").ok().map(|all| (all.count() as u64).saturating_sub(1)),
        descriptors_max: getrlimit(Resource::Nofile).current,
        started_unix_ms: Some(started_unix_ms),
    }
}

/// What `/proc/self/status` says of memory, in KiB.
fn resident_kib(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_says_what_it_takes() {
        let Process { resident_bytes, descriptors, descriptors_max, started_unix_ms } = process(5);
        assert!(resident_bytes.is_some_and(|bytes| (1 << 20..1 << 36).contains(&bytes)), "{resident_bytes:?}");
        assert!(descriptors.is_some_and(|count| count >= 3), "{descriptors:?}");
        assert!(descriptors <= descriptors_max || descriptors_max.is_none());
        assert_eq!((started_unix_ms, resident_kib("VmRSS:\t  12 kB\nx")), (Some(5), Some(12)));
    }
}
