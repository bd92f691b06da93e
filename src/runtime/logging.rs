//! The log: one file in the data directory, never the terminal that is being drawn.
//!
//! Lines are written as they happen, without a thread between, so that nothing is lost on exit or in a panic.

use super::Fault;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Mutex;

/// A log that is larger than this when a register starts is put aside, in bytes.
pub const LOG_BYTES_MAX: u64 = 5 * 1024 * 1024;

/// Opens the log for appending and makes it the process's own; an old one that has grown large becomes `*.log.1`.
///
/// # Errors
/// A [`Fault`] when the file cannot be written, or when this process writes a log already.
pub fn start(file: &Path) -> Result<(), Fault> {
    let log = open(file)?;
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

fn open(file: &Path) -> Result<File, Fault> {
    let remedy = "give this user the directory, or choose another with --data";
    match file.metadata() {
        Ok(about) if about.len() > LOG_BYTES_MAX => {
            let aside = file.with_extension("log.1");
            let doing = format!("could not move the log aside to {}", aside.display());
            std::fs::rename(file, &aside).map_err(|source| Fault::io(doing, &source, remedy))?;
        }
        Ok(_) => {}
        Err(source) if source.kind() == io::ErrorKind::NotFound => {}
        Err(source) => {
            return Err(Fault::io(format!("could not look at the log {}", file.display()), &source, remedy));
        }
    }
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(file);
    opened.map_err(|source| Fault::io(format!("could not write the log {}", file.display()), &source, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_log_that_has_grown_large_is_put_aside_at_start() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("comanda.log");
        open(&path).unwrap().write_all(b"first\n").unwrap();
        open(&path).unwrap().write_all(b"second\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first\nsecond\n");
        File::options().write(true).open(&path).unwrap().set_len(LOG_BYTES_MAX + 1).unwrap();
        open(&path).unwrap();
        assert_eq!(path.metadata().unwrap().len(), 0);
        assert_eq!(dir.path().join("comanda.log.1").metadata().unwrap().len(), LOG_BYTES_MAX + 1);
    }
}
