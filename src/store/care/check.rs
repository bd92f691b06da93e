//! Reads a whole store and names what is wrong with it. Changes nothing.

use crate::domain::journal::{GENESIS, chain};
use crate::store::connect::{Access, ENCRYPTS, beside, connect, look};
use crate::store::fault::Cause;
use crate::store::limits::FLAWS_MAX;
use crate::store::query::columns::value;
use crate::store::query::journal::read;
use crate::store::{Key, OpenFault};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// What a check found.
#[derive(Debug)]
pub struct Report {
    /// Which file.
    pub path: PathBuf,
    /// Its schema.
    pub schema: u32,
    /// How often it was restored, plus one.
    pub epoch: u32,
    /// How many orders and payments it holds.
    pub documents: u32,
    /// How many rows its journal holds.
    pub journal_rows: i64,
    /// What is wrong with it, the worst first.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
}

/// One thing that is wrong with a store.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A page is not what was encrypted: the medium lost or changed it.
    #[error("the medium damaged it: {0}")]
    Page(String),
    /// Tables and indices do not agree.
    #[error("its structure is damaged: {0}")]
    Structure(String),
    /// A row names another that is not there.
    #[error("a row of table {table} names a missing row of {parent}")]
    Reference {
        /// The table of the row.
        table: String,
        /// The table of the missing row.
        parent: String,
    },
    /// A row of the journal is not what was written; those behind it may still be right.
    #[error("row {seq} of the journal is not what was written: {what}")]
    Journal {
        /// The first row that is wrong.
        seq: i64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// What the status bar says of the server is wrong.
    #[error("it says that {said} documents wait for the server, and {found} do")]
    Unsent {
        /// What it says.
        said: i64,
        /// How many do.
        found: i64,
    },
    /// Something could not be read at all.
    #[error("{what} could not be read: {source}")]
    Unread {
        /// What.
        what: &'static str,
        /// Why.
        source: Cause,
    },
}

/// Reads all of a store: its pages, its structure, its references and the chain of its journal.
///
/// # Errors
/// As [`crate::store::Store::open`], when it cannot even be opened.
pub fn check(path: &Path, key: Option<&Key>) -> Result<Report, OpenFault> {
    let schema = look(path, key, Access::Read)?;
    let logged = ["-wal", "-shm"].iter().any(|side| beside(path, side).exists());
    let real = std::fs::canonicalize(path).map_err(|error| OpenFault::failed("find the file", path, error))?;
    // Without a log nobody has it open, and as immutable it can be read anywhere without a trace.
    let access = if logged { Access::Read } else { Access::Frozen };
    let connection = connect(&real, key, access).map_err(|error| OpenFault::failed("open the file", path, error))?;
    let mut report =
        Report { path: path.into(), schema, epoch: 0, documents: 0, journal_rows: 0, problems: Vec::new() };
    if ENCRYPTS {
        report.note("its pages", said(&connection, "PRAGMA cipher_integrity_check").map(named(Problem::Page)));
    }
    let structure = format!("PRAGMA integrity_check({FLAWS_MAX})");
    report.note("its structure", said(&connection, &structure).map(named(Problem::Structure)));
    report.note("its references", references(&connection));
    report.note("its queue for the server", unsent(&connection, schema));
    let counts = connection
        .query_row("SELECT epoch, (SELECT COUNT(*) FROM document) FROM meta", [], |row| Ok((row.get(0)?, row.get(1)?)));
    match counts {
        Ok((epoch, documents)) => (report.epoch, report.documents) = (epoch, documents),
        Err(error) => report.problems.push(Problem::Unread { what: "its head", source: error.into() }),
    }
    let walked = walk(&connection, &mut report.journal_rows);
    report.note("its journal", walked);
    Ok(report)
}

impl Report {
    fn note(&mut self, what: &'static str, found: Result<Vec<Problem>, Cause>) {
        match found {
            Ok(found) => self.problems.extend(found),
            Err(source) => self.problems.push(Problem::Unread { what, source }),
        }
    }
}

fn named(problem: fn(String) -> Problem) -> impl Fn(Vec<String>) -> Vec<Problem> {
    move |said| said.into_iter().map(problem).collect()
}

/// What one of SQLite's checks says, `ok` left out.
pub(super) fn said(connection: &Connection, pragma: &str) -> Result<Vec<String>, Cause> {
    let mut statement = connection.prepare(pragma)?;
    let mut rows = statement.query([])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        if line != "ok" && lines.len() < FLAWS_MAX as usize {
            lines.push(line);
        }
    }
    Ok(lines)
}

fn references(connection: &Connection) -> Result<Vec<Problem>, Cause> {
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    let mut problems = Vec::new();
    while let Some(row) = rows.next()? {
        if problems.len() < FLAWS_MAX as usize {
            problems.push(Problem::Reference { table: row.get(0)?, parent: row.get(2)? });
        }
    }
    Ok(problems)
}

/// Counts what waits for the server, and holds it against the count that is kept; an older schema keeps none.
fn unsent(connection: &Connection, schema: u32) -> Result<Vec<Problem>, Cause> {
    let both = match schema {
        0..5 => return Ok(Vec::new()),
        5 => "SELECT unsent, (SELECT COUNT(*) FROM outbox WHERE sync_completed_at IS NULL) FROM meta",
        6 => {
            "SELECT unsent, (SELECT COUNT(*) FROM document
                             WHERE NOT EXISTS (SELECT 1 FROM JSON_EACH(at_server) WHERE value = rev)
                                OR EXISTS (SELECT 1 FROM outbox WHERE outbox.doc_id = document.doc_id
                                           AND state IN ('queued', 'review')))
             FROM meta"
        }
        7 | 8 => {
            "SELECT unsent, (SELECT COUNT(*) FROM document
                             WHERE database NOT IN (SELECT database FROM untaken)
                               AND (NOT EXISTS (SELECT 1 FROM JSON_EACH(at_server) WHERE value = rev)
                                    OR EXISTS (SELECT 1 FROM outbox WHERE outbox.doc_id = document.doc_id
                                               AND state IN ('queued', 'review'))))
             FROM meta"
        }
        9.. => {
            "SELECT unsent, (SELECT COUNT(*) FROM document
                             WHERE database NOT IN (SELECT database FROM untaken)
                               AND ((NOT EXISTS (SELECT 1 FROM JSON_EACH(at_server) WHERE value = rev)
                                     AND (doc_id, rev) NOT IN (SELECT doc_id, rev FROM forgone))
                                    OR EXISTS (SELECT 1 FROM outbox WHERE outbox.doc_id = document.doc_id
                                               AND state IN ('queued', 'review'))))
             FROM meta"
        }
    };
    let (said, found) = connection.query_row(both, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(if said == found { Vec::new() } else { vec![Problem::Unsent { said, found }] })
}

/// Follows the chain from the first row to the last; the first break is the answer.
fn walk(connection: &Connection, walked: &mut i64) -> Result<Vec<Problem>, Cause> {
    let (last, head): (i64, [u8; 32]) =
        connection.query_row("SELECT journal_seq, journal_hash FROM meta", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut statement = connection.prepare(
        "SELECT seq, at_unix_ms, at_offset_min, staff, kind, order_id, details, hash FROM journal ORDER BY seq",
    )?;
    let mut rows = statement.query([])?;
    let (mut before, mut seq) = (GENESIS, 0);
    while let Some(row) = rows.next()? {
        seq += 1;
        let (found, hash): (_, [u8; 32]) = (read(row)?, value(row, "hash")?);
        if found.seq != seq {
            return Ok(vec![Problem::Journal { seq, what: "it is missing" }]);
        }
        if chain(&before, &found) != hash {
            return Ok(vec![Problem::Journal { seq, what: "its hash does not follow from it and the row before" }]);
        }
        (before, *walked) = (hash, seq);
    }
    if seq < last {
        return Ok(vec![Problem::Journal { seq: seq + 1, what: "it is missing, and all behind it" }]);
    }
    if (seq, before) != (last, head) {
        return Ok(vec![Problem::Journal { seq, what: "the store's head names another row as the last" }]);
    }
    Ok(Vec::new())
}
