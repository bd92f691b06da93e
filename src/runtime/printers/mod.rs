//! The hands of printing: one thread a printer, one job in flight, and an outcome for every job.
//!
//! Nothing here retries, queues on disk or decides: the spool does. A printer that hangs holds up its own thread alone.
//! To add a device: its file, its variant of [`Device`], its arm in `print`, and its form in `config::Address`.

mod file;
mod tcp;

pub use tcp::Patience;

use super::Fault;
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
}

impl Device {
    /// Prints one job and waits until its outcome is known, within the limits of [`Patience::USUAL`].
    pub fn print(&self, job: i64, bytes: &[u8]) -> Outcome {
        match self {
            Device::File { dir, name, columns } => file::print(dir, name, *columns, job, bytes),
            Device::Tcp { host, port } => tcp::print(host, *port, Patience::USUAL, bytes),
        }
    }
}

/// One printer's thread. Jobs that are sent to it are printed in turn.
#[derive(Debug)]
pub struct PrinterThread {
    name: String,
    jobs: Sender<(i64, Vec<u8>)>,
    ended: Receiver<()>,
}

impl PrinterThread {
    /// Starts the thread of a printer; `on_done` is called on it with each job's number and outcome.
    ///
    /// # Errors
    /// A [`Fault`] when the machine has no thread to give.
    pub fn spawn(
        device: Device,
        name: &str,
        on_done: impl Fn(i64, Outcome) + Send + 'static,
    ) -> Result<PrinterThread, Fault> {
        let (jobs, to_do) = channel::<(i64, Vec<u8>)>();
        let (ends, ended) = channel::<()>();
        let work = move || {
            let _ends_with_the_thread = ends;
            for (job, bytes) in to_do {
                // A driver's mistake must not leave a job without an outcome, nor take the printer away.
                let outcome = catch_unwind(AssertUnwindSafe(|| device.print(job, &bytes)));
                on_done(job, outcome.unwrap_or_else(|_| Outcome::Broken("the printer's driver failed".into())));
            }
        };
        let started = std::thread::Builder::new().name(format!("printer {name}")).spawn(work);
        started.map_err(|source| {
            Fault::io(format!("could not start the thread of printer {name}"), &source, "close other programs")
        })?;
        Ok(PrinterThread { name: name.to_owned(), jobs, ended })
    }

    /// Hands a job over; its outcome comes through `on_done`.
    pub fn send(&self, job: i64, bytes: Vec<u8>) {
        if self.jobs.send((job, bytes)).is_err() {
            // Its row stays `sending`, and the next start treats it as any job that was cut off.
            tracing::error!(printer = self.name, job, "the printer's thread has ended; the job was not handed over");
        }
    }

    /// Takes no more jobs and waits until those in hand are done, at most for `limit`; says whether they are.
    pub fn finish(self, limit: Duration) -> bool {
        drop(self.jobs);
        match self.ended.recv_timeout(limit) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => true,
            Err(RecvTimeoutError::Timeout) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_prints_its_jobs_in_turn_and_ends_when_they_are_done() {
        let dir = tempfile::tempdir().unwrap();
        let device = Device::File { dir: dir.path().join("paper"), name: "bar".into(), columns: 42 };
        let (done, outcomes) = channel();
        let on_done = move |job, outcome| done.send((job, outcome)).unwrap();
        let printer = PrinterThread::spawn(device, "bar", on_done).unwrap();
        for job in 1..=3 {
            printer.send(job, format!("job {job}\n").into_bytes());
        }
        assert!(printer.finish(Duration::from_secs(20)));
        let expected = [1, 2, 3].map(|job| (job, Outcome::Printed));
        assert_eq!(outcomes.iter().collect::<Vec<_>>(), expected);
        assert_eq!(std::fs::read(dir.path().join("paper/bar.bin")).unwrap(), b"job 1\njob 2\njob 3\n");
    }
}
