//! Looking after the file of a central database: check, backup beside a server that writes it, restore.
//!
//! A backup is of one moment, is proved sound, and is on the medium before it has its name. Whoever restores must have
//! the file alone: SQLite's own locks say whether somebody has it open, whoever that is.

use super::{APPLICATION_ID, OpenFault, SqliteCentral, schema};
use crate::domain::Entropy;
use crate::server::limits::{BACKUP_PAGES_AT_ONCE, BUSY_MS, FLAWS_TOLD_MAX};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a central database was not looked after. What was there is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CareFault {
    /// There is no such file.
    #[error("there is no central database at {}: check the path", .0.display())]
    Missing(PathBuf),
    /// It is something else, or of another program.
    #[error(transparent)]
    Open(#[from] OpenFault),
    /// The new file's name is taken.
    #[error("{} is there already and was left as it is: choose another name", .0.display())]
    Taken(PathBuf),
    /// Somebody has it open.
    #[error("{} is in use: stop the server that has it open, and whatever else reads it", .0.display())]
    InUse(PathBuf),
    /// The backup has flaws.
    #[error("the backup {} was not used, it is not sound: {flaw}", .path.display())]
    Unsound {
        /// Which file.
        path: PathBuf,
        /// The first flaw.
        flaw: String,
    },
    /// Something else went wrong.
    #[error("could not {doing} ({}): {why}", .path.display())]
    Failed {
        /// What was being done.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

/// What a central database holds, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Its schema; 0 when not even that is known.
    pub schema: u32,
    /// The newest that this program knows.
    pub known_schema: u32,
    /// How many orders its books hold.
    pub orders: u64,
    /// How many documents it holds.
    pub documents: u64,
    /// What is wrong with it, as SQLite says it; none when it is sound as far as it was looked at.
    pub flaws: Vec<String>,
}

/// How closely a database is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closely {
    /// Its head alone.
    Head,
    /// Every page, without holding indices against tables.
    Pages,
    /// Everything.
    Everything,
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the database that was there lies now.
    pub aside: Option<PathBuf>,
    /// What the restored one holds.
    pub contents: Contents,
}

impl SqliteCentral {
    /// Looks a central database through, beside a server that may write it. Changes nothing.
    ///
    /// # Errors
    /// [`CareFault`] when it is not there, is none, or cannot be read at all.
    pub fn check(path: &Path, closely: Closely) -> Result<Contents, CareFault> {
        let connection = reading(path)?;
        contents(&connection, closely).map_err(|error| failed("read the central database", path, &error))
    }

    /// Copies a central database, as the last commit left it, into one new file for this user alone, and proves the
    /// copy sound. A server may write meanwhile: some pages are copied at once, and `between` them whoever calls lets
    /// others work, or says false to give the copy up.
    ///
    /// # Errors
    /// [`CareFault`]; then there is no copy.
    pub fn backup(path: &Path, to: &Path, between: &mut dyn FnMut() -> bool) -> Result<Contents, CareFault> {
        if to.try_exists().map_err(|source| failed("look for the file", to, &source))? {
            return Err(CareFault::Taken(to.into()));
        }
        let from = reading(path)?;
        let part = beside(to, ".part");
        let made = copied(&from, &part, between).and_then(|()| sound(&part)).and_then(|contents| {
            let placed = place(&part, to).map_err(|source| failed("give the backup its name", to, &source));
            placed.map(|()| contents)
        });
        if made.is_err() {
            remove_all(&part).map_err(|source| failed("take half a backup away", &part, &source))?;
        }
        made
    }

    /// Checks a backup, moves the present database aside to `<name>.before-restore-<n>`, and puts a copy of the backup
    /// in its place, whose feeds begin anew: devices notice, and offer all that they hold. The backup stays as it is.
    ///
    /// # Errors
    /// [`CareFault`] when somebody has the present one open, the backup is not sound, or the medium refuses; the
    /// present database is where it was then.
    pub fn restore(backup: &Path, path: &Path, entropy: &mut Entropy) -> Result<Restored, CareFault> {
        let doing = "restore the backup";
        let found = Self::check(backup, Closely::Everything)?;
        if let Some(flaw) = found.flaws.first().cloned() {
            return Err(CareFault::Unsound { path: backup.into(), flaw });
        }
        if found.schema > found.known_schema {
            let (found, known) = (found.schema, found.known_schema);
            return Err(OpenFault::Newer { database: backup.display().to_string(), found, known }.into());
        }
        // Told before anything is copied; it is kept from others only once all is ready.
        drop(alone(path)?);
        let ready = beside(path, ".restoring");
        let made = copied(&reading(backup)?, &ready, &mut || true).and_then(|()| {
            let central = SqliteCentral::open(&ready, entropy)?;
            central.renew(entropy).map_err(|fault| failed(doing, &ready, &fault))?;
            drop(central);
            File::open(&ready).and_then(|file| file.sync_all()).map_err(|source| failed(doing, &ready, &source))?;
            Self::check(&ready, Closely::Head)
        });
        let put = made.and_then(|contents| {
            let held = alone(path)?;
            let aside = next_aside(path).map_err(|source| failed(doing, path, &source))?;
            let moved = move_aside(path, &aside).map_err(|source| failed(doing, path, &source))?;
            if let Err(source) = place(&ready, path) {
                if moved {
                    move_aside(&aside, path).map_err(|source| failed("put the database back", path, &source))?;
                }
                return Err(failed(doing, path, &source));
            }
            drop(held);
            Ok(Restored { aside: moved.then_some(aside), contents })
        });
        if put.is_err() {
            remove_all(&ready).map_err(|source| failed("take half a database away", &ready, &source))?;
        }
        put
    }
}

fn failed(doing: &'static str, path: &Path, why: &impl ToString) -> CareFault {
    CareFault::Failed { doing, path: path.into(), why: why.to_string() }
}

/// A connection that reads a central database beside its writers, and makes do where nothing can be written.
fn reading(path: &Path) -> Result<Connection, CareFault> {
    match path.metadata() {
        Ok(about) if about.is_file() && about.len() > 0 => {}
        Ok(_) => return Err(OpenFault::NotCentral(path.display().to_string()).into()),
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Err(CareFault::Missing(path.into())),
        Err(source) => return Err(failed("look at the file", path, &source)),
    }
    let proved = |connection: Connection| {
        connection.busy_timeout(Duration::from_millis(BUSY_MS))?;
        connection.execute_batch("PRAGMA query_only = ON;")?;
        // What it reads from here on is of this moment.
        connection.execute_batch("BEGIN;")?;
        let id: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok((connection, id))
    };
    let (both, read) = (OpenFlags::SQLITE_OPEN_READ_WRITE, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let open = |flags| Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).and_then(proved);
    let opened = open(both).or_else(|error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => open(read),
        _ => Err(error),
    });
    match opened {
        Ok((connection, APPLICATION_ID)) => Ok(connection),
        Ok(_) => Err(OpenFault::NotCentral(path.display().to_string()).into()),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Err(OpenFault::NotCentral(path.display().to_string()).into())
        }
        Err(error) => Err(failed("read the central database", path, &error)),
    }
}

fn contents(connection: &Connection, closely: Closely) -> Result<Contents, rusqlite::Error> {
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let number = |found: i64| u64::try_from(found).unwrap_or(0);
    let mut flaws = Vec::new();
    let check = match closely {
        Closely::Head => None,
        Closely::Pages => Some("quick_check"),
        Closely::Everything => Some("integrity_check"),
    };
    if let Some(check) = check {
        let mut statement = connection.prepare(&format!("PRAGMA {check}({FLAWS_TOLD_MAX})"))?;
        let said = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        flaws.extend(said.into_iter().filter(|line| line != "ok"));
    }
    let schema = count("SELECT COALESCE(MAX(number), 0) FROM migration")?;
    Ok(Contents {
        schema: u32::try_from(schema).unwrap_or(0),
        known_schema: schema::known(),
        orders: number(count("SELECT COUNT(*) FROM orders")?),
        documents: number(count("SELECT COUNT(*) FROM document")?),
        flaws,
    })
}

/// Copies what a connection reads into a new file for this user alone, which has no log when it is done.
fn copied(from: &Connection, part: &Path, between: &mut dyn FnMut() -> bool) -> Result<(), CareFault> {
    let doing = "copy the central database";
    let of_file = |source: io::Error| failed(doing, part, &source);
    remove_all(part).map_err(of_file)?;
    // Closed before SQLite opens it: closing a file gives up every lock that this process has on it.
    drop(OpenOptions::new().write(true).create_new(true).mode(0o600).open(part).map_err(of_file)?);
    let mut copy = || -> Result<bool, rusqlite::Error> {
        let mut into = Connection::open(part)?;
        let steps = Backup::new(from, &mut into)?;
        loop {
            match steps.step(BACKUP_PAGES_AT_ONCE)? {
                StepResult::Done => break,
                StepResult::More if between() => {}
                _ => return Ok(false),
            }
        }
        drop(steps);
        let mode: String = into.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
        into.close().map_err(|(_, error)| error)?;
        Ok(mode == "delete")
    };
    match copy() {
        Ok(true) => Ok(()),
        Ok(false) => Err(failed(doing, part, &"it was given up")),
        Err(error) => Err(failed(doing, part, &error)),
    }
}

/// What a copy holds, once everything in it was looked at.
fn sound(part: &Path) -> Result<Contents, CareFault> {
    let contents = SqliteCentral::check(part, Closely::Everything)?;
    match contents.flaws.first() {
        None => Ok(contents),
        Some(flaw) => Err(CareFault::Unsound { path: part.into(), flaw: flaw.clone() }),
    }
}

/// Takes the present database for oneself alone and moves its log into it, as long as the answer lives; none where
/// there is no database, or one that cannot be read any more.
fn alone(path: &Path) -> Result<Option<Connection>, CareFault> {
    if matches!(path.try_exists(), Ok(false)) {
        return Ok(None);
    }
    let take = || -> Result<Connection, rusqlite::Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(Duration::ZERO)?;
        // Set before the file is read first: SQLite then wants it alone, also where others only have it open.
        connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;")?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
        connection.execute_batch("BEGIN EXCLUSIVE; COMMIT;")?;
        Ok(connection)
    };
    match take() {
        Ok(connection) => Ok(Some(connection)),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Err(CareFault::InUse(path.into())),
            // That is why somebody restores.
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt | ErrorCode::SystemIoFailure) => Ok(None),
            _ => Err(failed("take the central database for a restore", path, &error)),
        },
    }
}

/// Where a database that moves aside goes next.
fn next_aside(path: &Path) -> io::Result<PathBuf> {
    let mut nth = 1;
    loop {
        let aside = beside(path, &format!(".before-restore-{nth}"));
        if !aside.try_exists()? {
            return Ok(aside);
        }
        nth += 1;
    }
}

/// Moves a file and what lies beside it; false when there was none.
fn move_aside(path: &Path, aside: &Path) -> io::Result<bool> {
    // The file first: a log without its file is thrown away by whoever finds it, a file without its log is believed.
    let moved = rename(path, aside)?;
    for end in ["-wal", "-journal"] {
        rename(&beside(path, end), &beside(aside, end))?;
    }
    // The log's index is worth nothing without them.
    remove(&beside(path, "-shm"))?;
    sync_directory_of(path)?;
    Ok(moved)
}

fn rename(from: &Path, to: &Path) -> io::Result<bool> {
    match std::fs::rename(from, to) {
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(false),
        renamed => renamed.map(|()| true),
    }
}

/// Gives a finished file its name, for good. Refuses to take the place of another.
fn place(part: &Path, to: &Path) -> io::Result<()> {
    // Media that people carry away know no links, which would take nobody's place for certain.
    if to.try_exists()? {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is there already", to.display())));
    }
    File::open(part)?.sync_all()?;
    std::fs::rename(part, to)?;
    sync_directory_of(to)
}

fn sync_directory_of(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

fn remove_all(path: &Path) -> io::Result<()> {
    ["-wal", "-shm", "-journal"].iter().try_for_each(|end| remove(&beside(path, end)))?;
    remove(path)
}

fn remove(file: &Path) -> io::Result<()> {
    match std::fs::remove_file(file) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(source),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests;
