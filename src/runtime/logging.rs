//! The log: one file in the data directory, never the terminal that is being drawn.
//!
//! Lines are written as they happen, without a thread between, so that nothing is lost on exit or in a panic. What has
//! grown large is put aside, at the start and while it is written, so that the log never takes more than twice
//! [`LOG_BYTES_MAX`] and a line.

mod json;

use super::{Fault, paths};
use json::{Json, JsonFields};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tracing::{Dispatch, Event, Level, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::format::{DefaultFields, Format as Full, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

/// A log that is larger than this is put aside, in bytes; one that was put aside before is lost then.
pub const LOG_BYTES_MAX: u64 = 5 * 1024 * 1024;

/// How lines are written. What they say is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// For somebody who reads them.
    #[default]
    Text,
    /// An object a line, for whoever collects logs.
    Json,
}

/// Opens the log for appending and makes it the process's own; an old one that has grown large becomes `*.log.1`.
///
/// # Errors
/// A [`Fault`] when the file cannot be written, or when this process writes a log already.
pub fn start(file: &Path) -> Result<(), Fault> {
    start_as(file, Form::Text)
}

/// The same, in a form.
///
/// # Errors
/// As [`start`].
pub fn start_as(file: &Path, form: Form) -> Result<(), Fault> {
    let log = Mutex::new(Log::open(file)?);
    begin(writing(log, form, Stamps::Time), &format!("could not start the log {}", file.display()))
}

/// Makes standard error the process's log, for a program that has no screen. Where that leads into systemd's journal,
/// which has the time of each line itself, lines of text say how grave they are in its place.
///
/// # Errors
/// A [`Fault`] when this process writes a log already.
pub fn start_on_standard_error(form: Form) -> Result<(), Fault> {
    let stamps = if leads_to_journal() { Stamps::Priority } else { Stamps::Time };
    begin(writing(io::stderr, form, stamps), "could not start the log")
}

fn begin(log: Dispatch, doing: &str) -> Result<(), Fault> {
    let begun = tracing::dispatcher::set_global_default(log);
    begun.map_err(|source| Fault::new(doing, source.to_string(), "start it only once"))
}

/// What stands at the beginning of a line of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stamps {
    Time,
    /// As the journal reads it (sd-daemon(3)).
    Priority,
}

fn writing(to: impl for<'a> MakeWriter<'a> + Send + Sync + 'static, form: Form, stamps: Stamps) -> Dispatch {
    let log = tracing_subscriber::fmt()
        .with_writer(to)
        // A disk without room takes no line either; that must not be written over the screen.
        .log_internal_errors(false)
        .with_ansi(false)
        .with_max_level(Level::INFO);
    // The driver of SQL Server calls each no of the database an error, also those that are a matter of course (a key
    // that is there already): what matters of it, whoever asked says.
    let ours = filter_fn(|about| !about.target().starts_with("tiberius"));
    match form {
        Form::Json => Dispatch::new(log.fmt_fields(JsonFields).event_format(Json).finish().with(ours)),
        Form::Text => {
            let text = Text { timed: Full::default().with_target(false), stamps };
            Dispatch::new(log.fmt_fields(DefaultFields::new()).event_format(text).finish().with(ours))
        }
    }
}

/// Writes events as text.
struct Text {
    timed: Full,
    stamps: Stamps,
}

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        match self.stamps {
            Stamps::Time => self.timed.format_event(context, writer, event),
            Stamps::Priority => {
                write!(writer, "<{}>", priority(*event.metadata().level()))?;
                self.timed.clone().without_time().with_level(false).format_event(context, writer, event)
            }
        }
    }
}

/// A level as syslog counts it (RFC 5424, 6.2.1).
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

/// Whether standard error is the socket of which systemd says that it leads into its journal: somebody may have sent
/// standard error elsewhere since.
fn leads_to_journal() -> bool {
    let named = paths::environment("JOURNAL_STREAM");
    let is = std::fs::metadata("/proc/self/fd/2").ok();
    named.zip(is).is_some_and(|(named, is)| named.to_str() == Some(&format!("{}:{}", is.dev(), is.ino())))
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
    use serde_json::{Value, json};
    use std::sync::Arc;

    /// What is written while something happens.
    fn written(form: Form, stamps: Stamps, happens: impl Fn()) -> String {
        #[derive(Clone, Default)]
        struct Kept(Arc<Mutex<Vec<u8>>>);
        impl Write for Kept {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().extend_from_slice(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let kept = Kept::default();
        let to = kept.clone();
        tracing::dispatcher::with_default(&writing(move || to.clone(), form, stamps), happens);
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    fn a_refusal() {
        let id = "7f-1".to_owned();
        let span = tracing::info_span!("request", id);
        let _inside = span.enter();
        tracing::info!(path = "/a \"b\"\n", status = 401_u16, why = ?Some(1), "refused");
        tracing::debug!("nobody hears of this");
    }

    #[test]
    fn json_and_text_say_the_same() {
        let line = written(Form::Json, Stamps::Time, a_refusal);
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        let mut read: Value = serde_json::from_str(&line).unwrap();
        let time = read.as_object_mut().unwrap().remove("time").unwrap();
        assert!(time.as_str().is_some_and(|time| time.ends_with('Z') && time.contains('T')), "{time}");
        let target = module_path!();
        let fields = json!({ "path": "/a \"b\"\n", "status": 401, "why": "Some(1)" });
        let right = json!({ "level": "INFO", "target": target, "message": "refused", "fields": fields,
                            "request_id": "7f-1" });
        assert_eq!(read, right);
        let said = r#"request{id="7f-1"}: refused path="/a \"b\"\n" status=401 why=Some(1)"#;
        let text = written(Form::Text, Stamps::Time, a_refusal);
        assert!(text.ends_with(&format!("Z  INFO {said}\n")), "{text}");
        assert_eq!(
            written(Form::Text, Stamps::Priority, a_refusal),
            format!("<6>{said}\n"),
            "the journal has the time"
        );
    }

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
