//! The hands of printing: one thread a printer, one job in flight, and an outcome for every job.
//!
//! Nothing here retries, queues on disk or decides: the spool does. A printer that hangs holds up its own thread alone.
//! To add a device: its file, its variant of [`Device`], its arm in `print`, and its form in `config::Address`.

mod character;
mod file;
mod tcp;

pub use tcp::Patience;

use super::Fault;
use crate::printing::Load;
use crate::printing::spooler::Outcome;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How a printer is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Device {
    /// No printer: bytes go to `DIR/NAME.bin`, the text that would be on paper to `DIR/NAME.txt`.
    File {
        /// The directory; made when it is not there.
        dir: PathBuf,
        /// What the files are called.
        name: String,
        /// Characters in a line of its paper.
        columns: usize,
    },
    /// Over the network, raw (usually port 9100).
    Tcp {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
    },
    /// A character device: USB, a serial line.
    Character {
        /// Where it is.
        path: PathBuf,
    },
}

impl Device {
    /// Prints one job and waits until its outcome is known, within the limits of `patience`.
    pub fn print(&self, job: i64, load: &Load, patience: Patience) -> Outcome {
        match self {
            Device::File { dir, name, columns } => file::print(dir, name, *columns, job, &load.bytes),
            Device::Tcp { host, port } => tcp::print(host, *port, patience, load),
            Device::Character { path } => character::print(path, patience, &load.bytes),
        }
    }

    /// Asks whether it could print now, without printing; a sentence when not.
    ///
    /// # Errors
    /// What keeps it from printing; one of [`crate::printing::Trouble::words`] where it says so itself.
    pub fn probe(&self, patience: Patience) -> Result<(), String> {
        self.look(patience).map(|_| ())
    }

    /// The same, and what it says of itself when it could.
    ///
    /// # Errors
    /// As [`Device::probe`].
    pub fn look(&self, patience: Patience) -> Result<&'static str, String> {
        match self {
            Device::File { .. } => Ok("prints into files, no printer is there"),
            Device::Tcp { host, port } => tcp::probe(host, *port, patience),
            Device::Character { path } => character::probe(path).map(|()| "takes what is written, and says nothing"),
        }
    }
}

/// What a printer's thread is asked to do.
#[derive(Debug)]
enum Task {
    Print { job: i64, load: Load },
    Probe,
}

/// What a printer's thread tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// How a job ended.
    Done {
        /// Which.
        job: i64,
        /// How.
        outcome: Outcome,
    },
    /// Whether the printer could print: what keeps it from printing, if anything.
    Probed(Result<(), String>),
}

/// One printer's thread. Jobs that are sent to it are printed in turn.
#[derive(Debug)]
pub struct PrinterThread {
    name: String,
    tasks: Sender<Task>,
    ended: Receiver<()>,
}

impl PrinterThread {
    /// Starts the thread of a printer; `tell` is called on it with what became of each task.
    ///
    /// # Errors
    /// A [`Fault`] when the machine has no thread to give.
    pub fn spawn(
        device: Device,
        name: &str,
        patience: Patience,
        tell: impl Fn(Told) + Send + 'static,
    ) -> Result<PrinterThread, Fault> {
        let (tasks, to_do) = channel::<Task>();
        let (ends, ended) = channel::<()>();
        let work = move || {
            let _ends_with_the_thread = ends;
            // A driver's mistake must not leave a job without an outcome, nor take the printer away.
            let failed = || "the printer's driver failed".to_owned();
            for task in to_do {
                tell(match task {
                    Task::Print { job, load } => {
                        let outcome = catch_unwind(AssertUnwindSafe(|| device.print(job, &load, patience)));
                        Told::Done { job, outcome: outcome.unwrap_or_else(|_| Outcome::Broken(failed())) }
                    }
                    Task::Probe => {
                        let says = catch_unwind(AssertUnwindSafe(|| device.probe(patience)));
                        Told::Probed(says.unwrap_or_else(|_| Err(failed())))
                    }
                });
            }
        };
        let started = std::thread::Builder::new().name(format!("printer {name}")).spawn(work);
        started.map_err(|source| {
            Fault::io(format!("could not start the thread of printer {name}"), &source, "close other programs")
        })?;
        Ok(PrinterThread { name: name.to_owned(), tasks, ended })
    }

    /// Asks whether the printer could print now.
    pub fn probe(&self) {
        if self.tasks.send(Task::Probe).is_err() {
            tracing::error!(printer = self.name, "the printer's thread has ended; it was not asked");
        }
    }

    /// Hands a job over; its outcome is told.
    pub fn send(&self, job: i64, load: Load) {
        if self.tasks.send(Task::Print { job, load }).is_err() {
            // Its row stays `sending`, and the next start treats it as any job that was cut off.
            tracing::error!(printer = self.name, job, "the printer's thread has ended; the job was not handed over");
        }
    }

    /// Takes no more jobs and waits until those in hand are done, at most for `limit`; says whether they are.
    pub fn finish(self, limit: Duration) -> bool {
        drop(self.tasks);
        match self.ended.recv_timeout(limit) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => true,
            Err(RecvTimeoutError::Timeout) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::printing::Awaits;

    #[test]
    fn a_thread_prints_its_jobs_in_turn_and_ends_when_they_are_done() {
        let dir = tempfile::tempdir().unwrap();
        let device = Device::File { dir: dir.path().join("paper"), name: "bar".into(), columns: 42 };
        let (done, outcomes) = channel();
        let tell = move |told| done.send(told).unwrap();
        let printer = PrinterThread::spawn(device, "bar", Patience::USUAL, tell).unwrap();
        for job in 1..=3 {
            printer.send(job, Load { bytes: format!("job {job}\n").into_bytes(), awaits: Awaits::Taken });
        }
        assert!(printer.finish(Duration::from_secs(20)));
        let expected = [1, 2, 3].map(|job| Told::Done { job, outcome: Outcome::Printed });
        assert_eq!(outcomes.iter().collect::<Vec<_>>(), expected);
        assert_eq!(std::fs::read(dir.path().join("paper/bar.bin")).unwrap(), b"job 1\njob 2\njob 3\n");
    }
}
