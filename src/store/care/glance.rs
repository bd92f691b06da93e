//! A look at a store that takes no time worth mentioning, beside a register that has it open: its head, the end of its
//! journal, and, where somebody wants it, its pages. Changes nothing.

use super::check::{Problem, said};
use crate::domain::Timestamp;
use crate::domain::journal::{GENESIS, chain};
use crate::store::connect::{Access, beside, connect, look};
use crate::store::fault::Cause;
use crate::store::limits::FLAWS_MAX;
use crate::store::query::columns::value;
use crate::store::query::journal::read;
use crate::store::{Key, OpenFault, schema};
use rusqlite::Connection;
use std::path::Path;

/// What a glance at a store sees.
#[derive(Debug)]
pub struct Glance {
    /// Its schema.
    pub schema: u32,
    /// The newest that this program knows.
    pub known_schema: u32,
    /// How often it was restored, plus one.
    pub epoch: u32,
    /// How many documents it holds.
    pub documents: u32,
    /// How many of them a server would get.
    pub unsent: u32,
    /// The last row of its journal: its sequence, and when.
    pub journal: Option<(i64, Timestamp)>,
    /// How long its log is, in bytes.
    pub log_bytes: u64,
    /// How large its file is, in bytes.
    pub bytes: u64,
    /// What is wrong with it, as far as it was looked at.
    pub flaws: Vec<Problem>,
    /// Its pages were looked at, too.
    pub is_whole: bool,
}

/// Looks at a store; at its pages only where it may take as long as reading all of them.
///
/// # Errors
/// As [`crate::store::Store::open`], when it cannot even be opened.
pub fn glance(path: &Path, key: Option<&Key>, is_whole: bool) -> Result<Glance, OpenFault> {
    let found = look(path, key, Access::Read)?;
    let logged = ["-wal", "-shm"].iter().any(|side| beside(path, side).exists());
    let real = std::fs::canonicalize(path).map_err(|error| OpenFault::failed("find the file", path, error))?;
    // Without a log nobody has it open, and as immutable it can be read anywhere without a trace.
    let access = if logged { Access::Read } else { Access::Frozen };
    let connection = connect(&real, key, access).map_err(|error| OpenFault::failed("open the file", path, error))?;
    let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |about| about.len());
    let mut glance = Glance {
        schema: found,
        known_schema: schema::known(),
        epoch: 0,
        documents: 0,
        unsent: 0,
        journal: None,
        log_bytes: bytes(&beside(path, "-wal")),
        bytes: bytes(path),
        flaws: Vec::new(),
        is_whole,
    };
    if let Err(source) = glance.read(&connection) {
        glance.flaws.push(Problem::Unread { what: "its head", source });
    }
    if is_whole {
        match said(&connection, &format!("PRAGMA quick_check({FLAWS_MAX})")) {
            Ok(lines) => glance.flaws.extend(lines.into_iter().map(Problem::Structure)),
            Err(source) => glance.flaws.push(Problem::Unread { what: "its structure", source }),
        }
    }
    Ok(glance)
}

impl Glance {
    fn read(&mut self, connection: &Connection) -> Result<(), Cause> {
        // All of it of one moment: a register may write meanwhile.
        let moment = connection.unchecked_transaction()?;
        let head = "SELECT epoch, (SELECT COUNT(*) FROM document) FROM meta";
        (self.epoch, self.documents) = moment.query_row(head, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if self.schema >= 5 {
            // An older schema counts nothing.
            self.unsent = moment.query_row("SELECT unsent FROM meta", [], |row| row.get(0))?;
        }
        let named = "SELECT journal_seq, journal_hash FROM meta";
        let (last, head): (i64, [u8; 32]) = moment.query_row(named, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut statement = moment.prepare(
            "SELECT seq, at_unix_ms, at_offset_min, staff, kind, order_id, details, hash
             FROM journal ORDER BY seq DESC LIMIT 2",
        )?;
        let mut rows = statement.query([])?;
        let mut ends = Vec::new();
        while let Some(row) = rows.next()? {
            ends.push((read(row)?, value::<[u8; 32]>(row, "hash")?));
        }
        let Some((row, hash)) = ends.first() else {
            if (last, head) != (0, GENESIS) {
                self.flaws.push(Problem::Journal { seq: last, what: "it is missing" });
            }
            return Ok(());
        };
        self.journal = Some((row.seq, row.at));
        let before = ends.get(1).map_or(GENESIS, |(_, hash)| *hash);
        if (row.seq, *hash) != (last, head) {
            self.flaws.push(Problem::Journal { seq: row.seq, what: "the store's head names another row as the last" });
        } else if chain(&before, row) != *hash {
            let what = "its hash does not follow from it and the row before";
            self.flaws.push(Problem::Journal { seq: row.seq, what });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Entropy;
    use crate::store::{Durability, Store};

    /// A store whose journal has some rows, and its key.
    fn house() -> (tempfile::TempDir, std::path::PathBuf, Key) {
        let dir = tempfile::tempdir().unwrap();
        let (path, key) = (dir.path().join("store.db"), Key::new([7; 32]));
        drop(Store::create(&path, Some(&key), &mut Entropy::new(|bytes| bytes.fill(1))).unwrap());
        (dir, path, key)
    }

    #[test]
    fn a_glance_sees_a_store_beside_its_register_and_leaves_no_trace() {
        let (dir, path, key) = house();
        let seen = glance(&path, Some(&key), true).unwrap();
        assert_eq!((seen.schema, seen.epoch, seen.unsent, seen.flaws.len()), (seen.known_schema, 1, 0, 0));
        assert!(seen.is_whole && seen.bytes > 0 && seen.journal.is_none(), "{seen:?}");
        assert_eq!(dir.path().read_dir().unwrap().count(), 1);
        let mut store = Store::open(&path, Some(&key)).unwrap();
        let menu = crate::domain::menu::fixtures::menu();
        store.write(Durability::Draft, |tx| tx.put_menu(&menu, Timestamp::utc(0))).unwrap();
        let seen = glance(&path, Some(&key), false).unwrap();
        assert!(seen.log_bytes > 0 && seen.flaws.is_empty() && !seen.is_whole, "{seen:?}");
        drop(store);
        assert!(matches!(glance(&dir.path().join("gone"), Some(&key), true), Err(OpenFault::Missing(_))));
    }

    #[test]
    fn a_journal_whose_end_was_changed_is_seen() {
        let (_dir, path, key) = house();
        let writes = connect(&path, Some(&key), Access::Write).unwrap();
        writes.execute_batch("UPDATE meta SET journal_seq = 7").unwrap();
        drop(writes);
        let seen = glance(&path, Some(&key), true).unwrap();
        assert!(matches!(seen.flaws[..], [Problem::Journal { seq: 7, what: "it is missing" }]), "{seen:?}");
    }
}
