//! What is written: a batch whole or not at all, and the incarnation. Each statement writes all that is alike at once:
//! what a batch costs is mostly how often the database is asked.

use super::key::{self, key};
use super::line::{Line, Trouble};
use super::read::asked;
use super::rows::write_row;
use super::words;
use crate::server::central::batch::{Written, growth};
use crate::server::central::columns::{self, Columns, signed, unsigned};
use crate::server::central::{Batch, Committed, Expectation, Kept, LocalDocument};
use crate::server::limits::{OPERATION_KEPT_MS, SQLSERVER_FORGET_EVERY, SQLSERVER_WORD_UNITS};
use std::collections::BTreeMap;
use tiberius::ToSql;

pub(super) async fn commit(mut line: Line, batch: &Batch) -> Result<Committed, Trouble> {
    line.begin().await?;
    match write(&mut line, batch).await {
        Ok(Written::All) => {
            line.commit().await?;
            Ok(Committed::Done)
        }
        Ok(Written::Before) => {
            line.roll_back().await?;
            Ok(Committed::Done)
        }
        Ok(Written::Nothing) => {
            line.roll_back().await?;
            Ok(Committed::Moved)
        }
        // A unique index has it already: somebody was quicker, and the transaction was taken back.
        Err(Trouble::Taken) => Ok(Committed::Moved),
        Err(trouble) => Err(trouble),
    }
}

/// How a document stands: when it changed last, and whether it is deleted.
type Stands = BTreeMap<String, (u64, bool)>;

/// A place as it is kept, and the batch that is written there.
pub(super) struct Writing<'a> {
    pub line: &'a mut Line,
    pub batch: &'a Batch,
    pub location_id: String,
    pub database: &'static str,
}

async fn write(line: &mut Line, batch: &Batch) -> Result<Written, Trouble> {
    let location_id = key::place("the location", batch.place.location_id.as_str())?;
    let mut writing = Writing { line, batch, location_id, database: batch.place.database.code() };
    writing.all().await
}

impl Writing<'_> {
    async fn all(&mut self) -> Result<Written, Trouble> {
        let batch = self.batch;
        // The row of the feed first: from here on nobody else writes this place.
        let seq = self.advance().await?;
        let operation = operation_of(&batch.operation)?;
        if self.line.row(words::OPERATION, &[&operation]).await?.is_some() {
            return Ok(Written::Before);
        }
        let stands = self.stand().await?;
        let is_at = |doc_id: &str, seq: Option<u64>| stands.get(doc_id).map(|it| it.0) == seq;
        if !batch.documents.iter().all(|kept| is_at(&kept.doc_id, kept.seq)) {
            return Ok(Written::Nothing);
        }
        for expectation in &batch.expectations {
            let holds = match expectation {
                Expectation::Document { doc_id, seq } => is_at(doc_id, *seq),
                Expectation::LastNumber(number) => self.last_number().await? == *number,
                Expectation::Payments { doc_id, count } => self.count_payments(doc_id).await? == *count,
            };
            if !holds {
                return Ok(Written::Nothing);
            }
        }
        self.line.execute(words::ADD_OPERATION, &[&operation, &batch.at.unix_ms]).await?;
        if !batch.documents.is_empty() {
            self.documents(seq, &stands).await?;
        }
        if let Some(local) = &batch.local {
            self.local_document(local).await?;
        }
        if let Some(acceptance) = &batch.acceptance {
            let (doc_id, reply) = (key::id("the document", &acceptance.doc_id)?, acceptance.reply.to_text());
            let at = acceptance.accepted_at.rfc3339();
            self.line.execute(words::ADD_ACCEPTANCE, &[&self.location_id, &doc_id, &reply, &at]).await?;
        }
        for row in &batch.rows {
            if !write_row(self, row).await? {
                return Ok(Written::Nothing);
            }
        }
        Ok(Written::All)
    }

    /// Takes as many sequences as there are documents, and answers with the first of them. The row is changed and then
    /// read: what it is read as is what this transaction made of it.
    async fn advance(&mut self) -> Result<u64, Trouble> {
        let count = i64::try_from(self.batch.documents.len()).unwrap_or(i64::MAX);
        if self.line.execute(words::ADVANCE, &[&self.location_id, &self.database, &count]).await? == 0 {
            let added = self.line.execute(words::ADD_FEED, &[&self.location_id, &self.database, &count]).await;
            added.map_err(|trouble| match trouble {
                Trouble::Taken => Trouble::Again("another server began this feed just now".into()),
                trouble => trouble,
            })?;
            return Ok(1);
        }
        let row = self.line.one(words::ADVANCED, &[&self.location_id, &self.database]).await?;
        Ok(unsigned(row.number(0)?) + 1 - unsigned(count))
    }

    /// How those documents stand that are written, or expected to be as they were.
    async fn stand(&mut self) -> Result<Stands, Trouble> {
        let mut ids = self.batch.ids().map(String::as_str).peekable();
        if ids.peek().is_none() {
            return Ok(Stands::new());
        }
        let asked = asked(ids);
        let rows = self.line.rows(words::STAND, &[&self.location_id, &self.database, &asked]).await?;
        let read = |row: &tiberius::Row| Ok((row.id(0)?, (unsigned(row.number(1)?), row.number(2)? != 0)));
        rows.iter().map(read).collect()
    }

    async fn last_number(&mut self) -> Result<u64, Trouble> {
        let row = self.line.row(words::LAST_NUMBER, &[&self.location_id]).await?;
        row.map_or(Ok(0), |row| row.number(0).map(unsigned))
    }

    async fn count_payments(&mut self, order: &str) -> Result<usize, Trouble> {
        self.line.one(words::COUNT_PAYMENTS, &[&self.location_id, &key(order)]).await?.number(0).map(columns::count)
    }

    /// Writes the documents with what their leaves say, and counts those that stand and those that are gone.
    async fn documents(&mut self, seq: u64, stands: &Stands) -> Result<(), Trouble> {
        let batch = self.batch;
        let (mut documents, mut leaves) = (Vec::new(), Vec::new());
        for (kept, seq) in batch.documents.iter().zip(seq..) {
            let doc_id = key::id("the document", &kept.doc_id)?;
            for (revision, body) in &kept.bodies {
                leaves.push((doc_id.clone(), revision.to_string(), body.to_string()));
            }
            let tree = kept.tree.to_branches().to_string();
            documents.push((doc_id, signed(seq), i64::from(kept.is_deleted()), tree));
        }
        let (location_id, database) = (&self.location_id, &self.database);
        if batch.documents.iter().any(|kept| stands.contains_key(&kept.doc_id)) {
            let known = asked_again(batch, stands);
            for sql in [words::FORGET_DOCUMENTS, words::FORGET_LEAVES] {
                self.line.execute(sql, &[location_id, database, &known]).await?;
            }
        }
        let documents: Vec<[&dyn ToSql; 4]> =
            documents.iter().map(|(id, seq, gone, tree)| -> [&dyn ToSql; 4] { [id, seq, gone, tree] }).collect();
        self.line.add(words::ADD_DOCUMENTS, &[location_id, database], &documents).await?;
        let leaves: Vec<[&dyn ToSql; 3]> =
            leaves.iter().map(|(id, revision, body)| -> [&dyn ToSql; 3] { [id, revision, body] }).collect();
        self.line.add(words::ADD_LEAVES, &[location_id, database], &leaves).await?;
        let was = |kept: &Kept| stands.get(&kept.doc_id).map(|it| it.1);
        let (standing, gone) = growth(batch.documents.iter().map(|kept| (was(kept), kept.is_deleted())));
        if (standing, gone) != (0, 0) {
            self.line.execute(words::COUNT_DOCUMENTS, &[location_id, database, &standing, &gone]).await?;
        }
        self.forget_operations(seq).await
    }

    /// Forgets old operations now and then: two servers that did so at once would wait for each other.
    async fn forget_operations(&mut self, seq: u64) -> Result<(), Trouble> {
        let count = self.batch.documents.len() as u64;
        if !(seq..seq + count).any(|seq| seq.is_multiple_of(SQLSERVER_FORGET_EVERY)) {
            return Ok(());
        }
        let until_ms = self.batch.at.unix_ms.saturating_sub(OPERATION_KEPT_MS);
        self.line.execute(words::FORGET_OPERATIONS, &[&until_ms]).await.map(|_| ())
    }

    async fn local_document(&mut self, local: &LocalDocument) -> Result<(), Trouble> {
        let local_id = key::id("the local document", &local.id)?;
        let (location_id, database) = (&self.location_id, &self.database);
        let Some(body) = &local.body else {
            return self.line.execute(words::FORGET_LOCAL, &[location_id, database, &local_id]).await.map(|_| ());
        };
        let body = body.to_string();
        let values: [&dyn ToSql; 4] = [location_id, database, &local_id, &body];
        if self.line.execute(words::CHANGE_LOCAL, &values).await? == 0 {
            self.line.execute(words::ADD_LOCAL, &values).await?;
        }
        Ok(())
    }
}

/// Those that it writes and that are there already, with a space between two.
fn asked_again(batch: &Batch, stands: &Stands) -> String {
    let ids = batch.documents.iter().map(|kept| kept.doc_id.as_str());
    asked(ids.filter(|id| stands.contains_key(*id)))
}

/// The name of an operation as it is kept.
fn operation_of(name: &str) -> Result<String, Trouble> {
    let kept = key(name);
    if kept.len() <= SQLSERVER_WORD_UNITS {
        return Ok(kept.into_owned());
    }
    Err(Trouble::Refused(format!("the name of an operation has at most {SQLSERVER_WORD_UNITS} letters")))
}

pub(super) async fn new_incarnation(mut line: Line, incarnation: &str) -> Result<(), Trouble> {
    line.execute(words::BEGIN_ANEW, &[&incarnation]).await.map(|_| ())
}
