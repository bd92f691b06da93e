//! One transaction. What can be written stands in `change`, one file a subject.

use super::Reader;
use super::fault::{Doing, Fault};
use rusqlite::Params;
use std::cell::Cell;

/// How sure a commit is before it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Survives the death of the process (`synchronous=NORMAL`).
    Draft,
    /// Survives a power cut (`synchronous=FULL`).
    Synced,
}

/// A transaction under way. Reads like a [`Reader`], its own writes included.
#[derive(Debug)]
pub struct Tx<'a> {
    reader: &'a Reader,
    /// The last sequence that it gave to a document; it is written down with the commit.
    pub(super) document_seq: Cell<Option<u64>>,
    /// How many new documents wait for the server; they are counted with the commit, or by [`Tx::count_gained`].
    pub(super) gained_unsent: Cell<u32>,
}

impl std::ops::Deref for Tx<'_> {
    type Target = Reader;
    fn deref(&self) -> &Reader {
        self.reader
    }
}

impl<'a> Tx<'a> {
    pub(super) fn begin(reader: &'a Reader, durability: Durability) -> Result<Tx<'a>, Fault> {
        // It cannot change inside a transaction.
        let synchronous = match durability {
            Durability::Draft => "PRAGMA synchronous = NORMAL",
            Durability::Synced => "PRAGMA synchronous = FULL",
        };
        let connection = reader.connection();
        connection.execute_batch(synchronous).doing("set how surely it writes")?;
        connection.execute_batch("BEGIN IMMEDIATE").doing("begin to write")?;
        Ok(Tx { reader, document_seq: Cell::new(None), gained_unsent: Cell::new(0) })
    }

    /// Commits, and answers with the last sequence that it gave to a document.
    pub(super) fn commit(self) -> Result<Option<u64>, Fault> {
        if let Some(seq) = self.document_seq.get() {
            let sql = "UPDATE meta SET document_seq = ?1, unsent = unsent + ?2";
            let values = (i64::try_from(seq).unwrap_or(i64::MAX), self.gained_unsent.take());
            self.run("number a document", sql, values)?;
        }
        self.connection().execute_batch("COMMIT").doing("commit")?;
        Ok(self.document_seq.get())
    }

    /// Counts the new documents that wait for the server, before anything else changes that count: it is never below
    /// nothing.
    pub(super) fn count_gained(&self) -> Result<(), Fault> {
        match self.gained_unsent.take() {
            0 => Ok(()),
            gained => {
                let sql = "UPDATE meta SET unsent = unsent + ?1";
                self.run("count what waits for the server", sql, [gained]).map(|_| ())
            }
        }
    }

    /// Runs one statement and returns how many rows it changed.
    pub(super) fn run(&self, doing: &'static str, sql: &str, params: impl Params) -> Result<usize, Fault> {
        let run = || Ok::<_, super::Cause>(self.prepared(sql)?.execute(params)?);
        run().doing(doing)
    }
}

impl Drop for Tx<'_> {
    fn drop(&mut self) {
        // After a commit, and after an error that made SQLite roll back by itself, nothing is open any more.
        if !self.connection().is_autocommit() && self.connection().execute_batch("ROLLBACK").is_err() {
            // Nothing was committed; the transaction stays open, so that the next `begin` fails and says so.
        }
    }
}
