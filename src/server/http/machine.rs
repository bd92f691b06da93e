//! The machine below a server, as whoever has it says: how much room there is, and what the process takes. The figures
//! have the names that Prometheus gives them everywhere.

use super::metrics::Exposition;
use std::fmt;

/// What the process takes, as far as the machine says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Process {
    /// Memory that is in use, in bytes.
    pub resident_bytes: Option<u64>,
    /// Files and sockets that are open.
    pub descriptors: Option<u64>,
    /// How many may be.
    pub descriptors_max: Option<u64>,
    /// When it started, in Unix milliseconds.
    pub started_unix_ms: Option<i64>,
}

/// Says how many bytes are free, or why nobody can tell; none where the database lies elsewhere.
pub type Room = Box<dyn Fn() -> Option<Result<u64, String>> + Send + Sync>;

/// Asks the machine. What is asked may block.
pub struct Machine {
    room: Room,
    process: Box<dyn Fn() -> Process + Send + Sync>,
}

impl fmt::Debug for Machine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Machine")
    }
}

impl Default for Machine {
    /// A machine that says nothing.
    fn default() -> Machine {
        Machine::new(Box::new(|| None), Process::default)
    }
}

impl Machine {
    /// A machine that says so when it is asked.
    pub fn new(room: Room, process: impl Fn() -> Process + Send + Sync + 'static) -> Machine {
        Machine { room, process: Box::new(process) }
    }

    /// How many bytes are free where the central database lies.
    pub(super) fn room(&self) -> Option<Result<u64, String>> {
        (self.room)()
    }

    /// Tells of the process; the room is told by whoever looked when it was last looked at.
    pub(super) fn tell(&self, all: &mut Exposition) {
        let Process { resident_bytes, descriptors, descriptors_max, started_unix_ms } = (self.process)();
        let started_s = started_unix_ms.map(|ms| format!("{}.{:03}", ms / 1_000, ms % 1_000));
        let mut say = |name, means: &str, value: Option<String>| {
            if let Some(value) = value {
                all.gauge(name, means).say(&[], value);
            }
        };
        let number = |it: Option<u64>| it.map(|it| it.to_string());
        say("process_resident_memory_bytes", "Resident memory size in bytes.", number(resident_bytes));
        say("process_open_fds", "Number of open file descriptors.", number(descriptors));
        say("process_max_fds", "Maximum number of open file descriptors.", number(descriptors_max));
        let means = "Start time of the process since unix epoch in seconds.";
        say("process_start_time_seconds", means, started_s);
    }
}
