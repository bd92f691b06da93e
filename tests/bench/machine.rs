//! What the kernel says of a process: processor time, waits, memory.

use std::fs;
use std::time::Duration;

/// What all threads of a process have done so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Done {
    /// Processor time.
    pub cpu: Duration,
    /// How often a thread was put to sleep or pushed aside: each time it was woken again.
    pub switches: u64,
}

/// Memory that a process holds, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// All that is resident, shared files included.
    pub resident: f64,
    /// The same with what is shared divided among those who share it.
    pub proportional: f64,
    /// What is its own alone: heap and stacks.
    pub own: f64,
}

fn read(path: String) -> String {
    fs::read_to_string(&path).unwrap_or_else(|wrong| panic!("{path}: {wrong}"))
}

/// The number behind a name in a file of the kernel's.
fn number(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name} in {text}"));
    line.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("{name}: {line}"))
}

/// What all threads of a process have done so far.
pub fn done(process: u32) -> Done {
    let mut all = Done::default();
    for task in fs::read_dir(format!("/proc/{process}/task")).expect("a process has threads") {
        let task = task.expect("a thread has a name").path();
        // Threads that sleep have their time written down to the nanosecond.
        let (Ok(time), Ok(status)) =
            (fs::read_to_string(task.join("schedstat")), fs::read_to_string(task.join("status")))
        else {
            continue; // it ended meanwhile
        };
        let nanos = time.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0);
        all.cpu += Duration::from_nanos(nanos);
        all.switches += number(&status, "voluntary_ctxt_switches:") + number(&status, "nonvoluntary_ctxt_switches:");
    }
    all
}

/// The memory of a process.
pub fn memory(process: u32) -> Memory {
    let status = read(format!("/proc/{process}/status"));
    let rollup = read(format!("/proc/{process}/smaps_rollup"));
    let kib = |text: &str, name: &str| number(text, name) as f64 * 1024.0;
    Memory { resident: kib(&status, "VmRSS:"), proportional: kib(&rollup, "Pss:"), own: kib(&rollup, "Pss_Anon:") }
}

/// The most memory that a process held so far, in bytes.
pub fn peak(process: u32) -> f64 {
    number(&read(format!("/proc/{process}/status")), "VmHWM:") as f64 * 1024.0
}

/// How busy the machine was in the last minute.
pub fn load() -> String {
    let load = read("/proc/loadavg".to_owned());
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    format!("load {} on {processors} processors", load.split_whitespace().next().unwrap_or("?"))
}
