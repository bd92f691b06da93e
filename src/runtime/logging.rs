//! The log: one file in the data directory, never the terminal that is being drawn.
//!
//! Lines are written as they happen, without a thread between, so that nothing is lost on exit or in a panic. What has
//! grown large is put aside, at the start and while it is written, so that the log never takes more than twice
//! [`LOG_BYTES_MAX`] and a line.

use super::Fault;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A log that is larger than this is put aside, in bytes; one that was put aside before is lost then.
pub const LOG_BYTES_MAX: u64 = 5 * 1024 * 1024;

/// Opens the log for appending and makes it the process's own; an old one that has grown large becomes `*.log.1`.
///
/// # Errors
/// A [`Fault`] when the file cannot be written, or when this process writes a log already.
pub fn start(file: &Path) -> Result<(), Fault> {
    let log = Log::open(file)?;
    let subscriber = tracing_subscriber::fmt()
        .with_writer(Mutex::new(log))
        // A disk without room takes no line either; that must not be written over the screen.
        .log_internal_errors(false)
        .with_ansi(false)
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .finish();
    tracing::subscriber::set_global_default(subscriber).map_err(|source| {
        Fault::new(format!("could not start the log {}", file.display()), source.to_string(), "start it only once")
    })
}

/// Makes standard error the process's log, for a program that has no screen.
///
/// # Errors
/// A [`Fault`] when this process writes a log already.
pub fn start_on_standard_error() -> Result<(), Fault> {
    let subscriber = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .finish();
    tracing::subscriber::set_global_default(subscriber)
        .map_err(|source| Fault::new("could not start the log", source.to_string(), "start it only once"))
}

/// The log's file, which is changed for a new one when it has grown large.
struct Log {
    path: PathBuf,
    file: File,
    /// How long it is; counted, as nobody else writes it.
    bytes: u64,
}

impl Log {
    fn open(path: &Path) -> Result<Log, Fault> {
        let remedy = "give this user the directory, or choose another with --data";
        let fault = |doing: &str, source| Fault::io(format!("{doing} {}", path.display()), &source, remedy);
        match path.metadata() {
            Ok(about) if about.len() > LOG_BYTES_MAX => {
                put_aside(path).map_err(|source| fault("could not move the log aside:", source))?;
            }
            Ok(_) => {}
            Err(source) if source.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(fault("could not look at the log", source)),
        }
        let file = append(path).map_err(|source| fault("could not write the log", source))?;
        let bytes = file.metadata().map_err(|source| fault("could not look at the log", source))?.len();
        Ok(Log { path: path.to_owned(), file, bytes })
    }
}

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.bytes > LOG_BYTES_MAX {
            put_aside(&self.path)?;
            self.file = append(&self.path)?;
            self.bytes = 0;
        }
        let written = self.file.write(line)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn put_aside(path: &Path) -> io::Result<()> {
    match std::fs::rename(path, path.with_extension("log.1")) {
        // Somebody took it away: there is nothing to put aside.
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(()),
        moved => moved,
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_has_grown_large_is_put_aside_at_start() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("comanda.log");
        Log::open(&path).unwrap().write_all(b"first\n").unwrap();
        Log::open(&path).unwrap().write_all(b"second\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first\nsecond\n");
        File::options().write(true).open(&path).unwrap().set_len(LOG_BYTES_MAX + 1).unwrap();
        Log::open(&path).unwrap();
        assert_eq!(path.metadata().unwrap().len(), 0);
        assert_eq!(dir.path().join("comanda.log.1").metadata().unwrap().len(), LOG_BYTES_MAX + 1);
    }

    #[test]
    fn a_log_that_grows_large_while_it_is_written_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("server.log");
        let mut log = Log::open(&path).unwrap();
        let line = [b'x'; 64 * 1024];
        for _ in 0..=3 * LOG_BYTES_MAX / line.len() as u64 {
            log.write_all(&line).unwrap();
        }
        for file in [&path, &dir.path().join("server.log.1")] {
            let bytes = file.metadata().unwrap().len();
            assert!((1..=LOG_BYTES_MAX + line.len() as u64).contains(&bytes), "{}: {bytes}", file.display());
        }
        assert_eq!(dir.path().read_dir().unwrap().count(), 2);
    }
}
