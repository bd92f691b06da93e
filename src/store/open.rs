//! The one place that makes and opens a store, and every reason to refuse.

use super::connect::{APPLICATION_ID, Access, ENCRYPTS, beside, connect, look};
use super::copy::{copy, place, remove_all};
use super::fault::{Cause, Doing, Fault};
use super::limits::{CHANGES_A_CHECKPOINT, COMMITS_A_CHECKPOINT, MIGRATION_ROOM};
use super::schema::{self, MIGRATIONS, Migration};
use super::{Durability, Key, Reader, Tx};
use crate::domain::Entropy;
use crate::domain::journal::GENESIS;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use std::path::{Path, PathBuf};

/// Why a store was not opened. Nothing on disk was touched.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// There is no such file.
    #[error("there is no store at {}: `comanda init` makes one", .0.display())]
    Missing(PathBuf),
    /// There is one already.
    #[error("there is a store at {} already: it was left as it is", .0.display())]
    Exists(PathBuf),
    /// This program encrypts, and nobody gave it a key.
    #[error("this Comanda encrypts its store and has no key for it: name the key file in the configuration")]
    KeyNeeded,
    /// The key does not fit.
    #[error("the key does not open {}: it belongs to another store, or the first page of the file is damaged; \
             find the right key, or run `comanda store restore`", .0.display())]
    WrongKey(PathBuf),
    /// A plain store, and this program encrypts.
    #[error("{} is a store without encryption, and this Comanda encrypts: open it with a Comanda that was built \
             without the feature `cipher`", .0.display())]
    Plain(PathBuf),
    /// An encrypted store, and this program does not encrypt.
    #[error("{} is encrypted (or no store at all), and this Comanda was built without encryption: open it with one \
             that has the feature `cipher`", .0.display())]
    Encrypted(PathBuf),
    /// Something else.
    #[error("{} is not a Comanda store: check the path", .0.display())]
    NotAStore(PathBuf),
    /// Parts of it do not read.
    #[error("the store {} is damaged ({flaw}): run `comanda store check`, then `comanda store restore` with the \
             latest backup", .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        flaw: String,
    },
    /// A schema that this program has moved on from; only opening for writing brings it forward.
    #[error("{} was made by an older Comanda (schema {found}, this one knows {known}): start the register once",
            .path.display())]
    Older {
        /// Which file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// This program's.
        known: u32,
    },
    /// There is no room to bring its schema forward.
    #[error("{} was made by an older Comanda, and there is no room to bring it up to date; nothing in it was changed: \
             have {mebibytes} MiB free on its disk, and start again", .path.display())]
    NoRoom {
        /// Which file.
        path: PathBuf,
        /// How much must be free, in mebibytes.
        mebibytes: u64,
    },
    /// A schema that this program does not know yet.
    #[error("{} was made by a newer Comanda: schema {found}, this one knows {known}; update the program",
            .path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// The file or its directory cannot be written, or not even read, by this user.
    #[error("{} cannot be opened for writing: the file and its directory must belong to the user that runs Comanda",
            .path.display())]
    ReadOnly {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: Cause,
    },
    /// Another program holds it.
    #[error("{} is in use by another program: end it first", .0.display())]
    Busy(PathBuf),
    /// Something else went wrong.
    #[error("the store could not {doing} ({}): {source}", .path.display())]
    Failed {
        /// What it was doing.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: Cause,
    },
}

impl OpenFault {
    pub(super) fn failed(doing: &'static str, path: &Path, source: impl Into<Cause>) -> OpenFault {
        OpenFault::Failed { doing, path: path.into(), source: source.into() }
    }
}

/// The register's file, opened for writing. One process has one.
#[derive(Debug)]
pub struct Store {
    reader: Reader,
    /// Commits since the log was last due to be moved.
    commits: u32,
    /// Rows that were ever changed, as they stood then.
    changes: u64,
    /// The last sequence of a document that is on the medium for sure.
    on_medium: u64,
}

impl Store {
    /// Makes a fresh store; the dice make its id and the salt of its PINs.
    ///
    /// # Errors
    /// [`OpenFault::Exists`] when there is one; others when the medium refuses. Then there is none.
    pub fn create(path: &Path, key: Option<&Key>, entropy: &mut Entropy) -> Result<Store, OpenFault> {
        match path.try_exists() {
            Ok(false) => {}
            Ok(true) => return Err(OpenFault::Exists(path.into())),
            Err(error) => return Err(OpenFault::failed("look for the file", path, error)),
        }
        if ENCRYPTS && key.is_none() {
            return Err(OpenFault::KeyNeeded);
        }
        writable_directory(path)?;
        let making = beside(path, ".making");
        let made = remove_all(&making).and_then(|()| make(&making, key, entropy)).and_then(|()| place(&making, path));
        if let Err(error) = made {
            let failed = OpenFault::failed("make the file", path, error);
            return match remove_all(&making) {
                Ok(()) => Err(failed),
                Err(error) => Err(OpenFault::failed("remove the unfinished file", &making, error)),
            };
        }
        Store::open(path, key)
    }

    /// Opens a store that is there, and brings it to this program's schema after taking a copy beside it.
    ///
    /// # Errors
    /// Every reason to refuse; nothing on disk was touched then, but for a migration that failed and left its copy.
    pub fn open(path: &Path, key: Option<&Key>) -> Result<Store, OpenFault> {
        Store::open_with(path, key, MIGRATIONS)
    }

    fn open_with(path: &Path, key: Option<&Key>, migrations: &[Migration]) -> Result<Store, OpenFault> {
        let schema = look(path, key, Access::Alone)?;
        writable_directory(path)?;
        let failed = |doing| move |error: rusqlite::Error| OpenFault::failed(doing, path, error);
        let connection = connect(path, key, Access::Write).map_err(failed("open the file"))?;
        if connection.is_readonly(rusqlite::MAIN_DB).map_err(failed("open the file"))? {
            let refused = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
            return Err(OpenFault::ReadOnly { path: path.into(), source: refused.into() });
        }
        // Until it has proved sound, closing it must not move its log into it.
        let keep_log = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        connection.set_db_config(keep_log, true).map_err(failed("open the file"))?;
        let mode: String = connection
            .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
            .map_err(failed("turn on the write-ahead log"))?;
        if mode != "wal" {
            let refused = std::io::Error::other(format!("the file system keeps it in mode {mode}"));
            return Err(OpenFault::failed("turn on the write-ahead log", path, refused));
        }
        connection.set_db_config(keep_log, false).map_err(failed("open the file"))?;
        migrate(&connection, path, key, migrations, schema)?;
        Ok(Store { reader: Reader::over(connection), commits: 0, changes: 0, on_medium: 0 })
    }

    /// Opens the store, or makes it when there is none.
    ///
    /// # Errors
    /// As [`Store::open`] and [`Store::create`].
    pub fn open_or_create(path: &Path, key: Option<&Key>, entropy: &mut Entropy) -> Result<Store, OpenFault> {
        match Store::open(path, key) {
            Err(OpenFault::Missing(_)) => Store::create(path, key, entropy),
            opened => opened,
        }
    }

    /// What can be read.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Runs one transaction: all of it or nothing, taken back on `Err` and on panic.
    ///
    /// # Errors
    /// Those of `work`, and [`Fault`] when it cannot begin or commit.
    pub fn write<T, E: From<Fault>>(
        &mut self,
        durability: Durability,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let tx = Tx::begin(&self.reader, durability)?;
        let done = work(&tx)?;
        let document_seq = tx.commit()?;
        self.commits = self.commits.saturating_add(1);
        // A commit that numbered a document wrote to the log, and to sync a log syncs all that stands before in it.
        if let (Durability::Synced, Some(seq)) = (durability, document_seq) {
            self.on_medium = seq;
        }
        Ok(done)
    }

    /// Up to which sequence changes of documents are on the medium for sure: what a power cut cannot take back may be
    /// told to others ([`Reader::changes`]). 0 after opening, until [`Store::settle`] or the first synced change.
    pub fn on_medium(&self) -> u64 {
        self.on_medium
    }

    /// Takes note of what a checkpoint put on the medium ([`super::care::Checkpoint::settled`]).
    pub fn note_settled(&mut self, settled: u64) {
        self.on_medium = self.on_medium.max(settled);
    }

    /// Sees to it that all changes of documents are on the medium; syncs once where they are not. For background work,
    /// never for a key: a draft that is written behind it waits as long as the medium takes.
    ///
    /// # Errors
    /// [`Fault`] when the medium refuses; what was on it stays.
    pub fn settle(&mut self) -> Result<u64, Fault> {
        let newest = self.reader.document_seq()?;
        if newest > self.on_medium {
            // A commit that writes nothing does not sync: this one has something to write.
            self.write(Durability::Synced, |tx| {
                tx.run("settle what was written", "UPDATE log SET settled = settled + 1", [])
            })?;
            self.on_medium = newest;
        }
        Ok(self.on_medium)
    }

    /// Gives free pages at the end of the file back to the file system, at most so many: after pruning, in steps.
    ///
    /// # Errors
    /// [`Fault`] when the medium refuses.
    pub fn give_room_back(&mut self, pages: u32) -> Result<(), Fault> {
        // To SQLite, none is all of them.
        if pages == 0 {
            return Ok(());
        }
        let doing = "give room back";
        self.reader.connection().execute_batch("PRAGMA synchronous = NORMAL").doing(doing)?;
        let step_by_step = || {
            let mut freeing = self.reader.connection().prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
            let mut steps = freeing.query([])?;
            // Each step frees one page.
            while steps.next()?.is_some() {}
            Ok::<_, Cause>(())
        };
        step_by_step().doing(doing)
    }

    /// Whether the log has grown so long that it is time to move it into the file ([`super::care::Checkpointer`]);
    /// once for each time.
    pub fn is_checkpoint_due(&mut self) -> bool {
        let changes = self.reader.connection().total_changes();
        let due = self.commits >= COMMITS_A_CHECKPOINT || changes - self.changes >= CHANGES_A_CHECKPOINT;
        if due {
            (self.commits, self.changes) = (0, changes);
        }
        due
    }
}

/// Lays a new file out, complete but for its name.
fn make(path: &Path, key: Option<&Key>, entropy: &mut Entropy) -> Result<(), Cause> {
    let connection = connect(path, key, Access::Make)?;
    connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL;")?;
    connection.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID};"))?;
    schema::bring_forward(&connection, MIGRATIONS, 0).map_err(|fault| fault.source)?;
    let store_id: u128 = u128::from_be_bytes(entropy.bytes());
    let salt: [u8; 16] = entropy.bytes();
    connection.execute(
        "INSERT INTO meta (only_row, store_id, epoch, pin_salt, business_date, business_sequence, document_seq,
                           journal_seq, journal_hash)
         VALUES (1, ?1, 1, ?2, NULL, 0, 0, 0, ?3)",
        (format!("{store_id:032x}"), salt, GENESIS),
    )?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    Ok(connection.close().map_err(|(_, error)| error)?)
}

/// Brings the schema forward, after taking a copy beside the store, `<name>.schema-<n>-epoch-<n>`: a restored store is
/// another one.
fn migrate(
    connection: &Connection,
    path: &Path,
    key: Option<&Key>,
    migrations: &[Migration],
    schema: u32,
) -> Result<(), OpenFault> {
    if migrations.iter().all(|migration| migration.number <= schema) {
        return Ok(());
    }
    let failed = |doing| {
        move |cause: Cause| match cause.is_full() {
            true => OpenFault::NoRoom { path: path.into(), mebibytes: room_to_migrate(path) },
            false => OpenFault::failed(doing, path, cause),
        }
    };
    let epoch = connection.query_row("SELECT epoch FROM meta", [], |row| row.get::<_, u32>(0)).map_err(Cause::from);
    let epoch = epoch.map_err(failed("read its epoch"))?;
    let kept = beside(path, &format!(".schema-{schema}-epoch-{epoch}"));
    if !kept.try_exists().map_err(Cause::from).map_err(failed("look for a copy"))? {
        copy(connection, key, &kept, |_| Ok(())).map_err(failed("take a copy before the migration"))?;
    }
    connection.execute_batch("PRAGMA synchronous = FULL;").map_err(Cause::from).map_err(failed("prepare"))?;
    schema::bring_forward(connection, migrations, schema).map_err(|fault| failed(fault.doing)(fault.source))?;
    // The header says the new schema at once, to a program that looks at the file without its log.
    let settled = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    settled.map_err(Cause::from).map_err(failed("settle the migration"))
}

/// How much room a migration may take, in mebibytes: the copy, the log that it writes, and by how much the file grows.
fn room_to_migrate(path: &Path) -> u64 {
    let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    (bytes >> 20).saturating_add(1).saturating_mul(MIGRATION_ROOM)
}

/// Proves that files can be made beside the store, as its log will be.
fn writable_directory(path: &Path) -> Result<(), OpenFault> {
    let probe = beside(path, ".probe");
    let tried = std::fs::File::create(&probe).and_then(|_| std::fs::remove_file(&probe));
    tried.map_err(|error| match error.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            OpenFault::ReadOnly { path: path.into(), source: error.into() }
        }
        _ => OpenFault::failed("write beside the file", path, error),
    })
}

#[cfg(test)]
mod tests;
