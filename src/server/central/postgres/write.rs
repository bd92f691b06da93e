//! What is written: a batch whole or not at all, and the incarnation. Each statement writes all that is alike at once:
//! what a batch costs is mostly how often the database is asked.

use super::line::{Line, Trouble};
use super::rows::write_row;
use crate::server::central::batch::{Written, growth};
use crate::server::central::columns::{self, Columns, signed, unsigned};
use crate::server::central::{Batch, Committed, Expectation, Kept, LocalDocument};
use crate::server::limits::OPERATION_KEPT_MS;
use std::collections::BTreeMap;

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
        // Of what a unique index has already: somebody was quicker.
        Ok(Written::Nothing) | Err(Trouble::Taken) => {
            line.roll_back().await?;
            Ok(Committed::Moved)
        }
        Err(trouble) => Err(trouble),
    }
}

/// How a document stands: when it changed last, and whether it is deleted.
type Stands = BTreeMap<String, (u64, bool)>;

async fn write(line: &mut Line, batch: &Batch) -> Result<Written, Trouble> {
    // The row of the feed first: from here on nobody else writes this place.
    let seq = advance(line, batch).await?;
    if line.row("SELECT 1 FROM operation WHERE operation = $1", &[&batch.operation]).await?.is_some() {
        return Ok(Written::Before);
    }
    let stands = stand(line, batch).await?;
    let is_at = |doc_id: &str, seq: Option<u64>| stands.get(doc_id).map(|it| it.0) == seq;
    if !batch.documents.iter().all(|kept| is_at(&kept.doc_id, kept.seq)) {
        return Ok(Written::Nothing);
    }
    for expectation in &batch.expectations {
        let holds = match expectation {
            Expectation::Document { doc_id, seq } => is_at(doc_id, *seq),
            Expectation::LastNumber(number) => last_number(line, batch).await? == *number,
            Expectation::Payments { doc_id, count } => count_payments(line, batch, doc_id).await? == *count,
        };
        if !holds {
            return Ok(Written::Nothing);
        }
    }
    note_operation(line, batch).await?;
    if !batch.documents.is_empty() {
        documents(line, batch, seq, &stands).await?;
    }
    if let Some(local) = &batch.local {
        local_document(line, batch, local).await?;
    }
    if let Some(acceptance) = &batch.acceptance {
        let sql = "INSERT INTO acceptance (location_id, doc_id, reply, accepted_at) VALUES ($1, $2, $3, $4)";
        let (reply, at) = (acceptance.reply.to_text(), acceptance.accepted_at.rfc3339());
        line.execute(sql, &[&batch.place.location_id.as_str(), &acceptance.doc_id, &reply, &at]).await?;
    }
    for row in &batch.rows {
        if !write_row(line, batch, row).await? {
            return Ok(Written::Nothing);
        }
    }
    Ok(Written::All)
}

/// Takes as many sequences as there are documents, and answers with the first of them.
async fn advance(line: &mut Line, batch: &Batch) -> Result<u64, Trouble> {
    let count = i64::try_from(batch.documents.len()).unwrap_or(i64::MAX);
    let sql = "INSERT INTO feed (location_id, database_name, seq) VALUES ($1, $2, $3)
               ON CONFLICT (location_id, database_name) DO UPDATE SET seq = feed.seq + excluded.seq RETURNING seq";
    let (location_id, database) = (batch.place.location_id.as_str(), batch.place.database.code());
    let newest = line.one(sql, &[&location_id, &database, &count]).await?.number(0)?;
    Ok(unsigned(newest) + 1 - unsigned(count))
}

/// How those documents stand that are written, or expected to be as they were.
async fn stand(line: &mut Line, batch: &Batch) -> Result<Stands, Trouble> {
    let ids: Vec<&String> = batch.ids().collect();
    if ids.is_empty() {
        return Ok(Stands::new());
    }
    let sql = "SELECT doc_id, seq, deleted FROM document
               WHERE location_id = $1 AND database_name = $2 AND doc_id = ANY($3::text[])";
    let (location_id, database) = (batch.place.location_id.as_str(), batch.place.database.code());
    let rows = line.rows(sql, &[&location_id, &database, &ids]).await?;
    let read = |row: &tokio_postgres::Row| Ok((row.id(0)?, (unsigned(row.number(1)?), row.number(2)? != 0)));
    rows.iter().map(read).collect()
}

async fn last_number(line: &mut Line, batch: &Batch) -> Result<u64, Trouble> {
    let sql = "SELECT last_number FROM numbering WHERE location_id = $1";
    let row = line.row(sql, &[&batch.place.location_id.as_str()]).await?;
    row.map_or(Ok(0), |row| row.number(0).map(unsigned))
}

async fn count_payments(line: &mut Line, batch: &Batch, order: &str) -> Result<usize, Trouble> {
    let sql = "SELECT COUNT(*) FROM payments WHERE location_id = $1 AND order_doc_id = $2";
    line.one(sql, &[&batch.place.location_id.as_str(), &order]).await?.number(0).map(columns::count)
}

/// Notes the operation, and forgets old ones; those that another server forgets just now are left to it.
async fn note_operation(line: &mut Line, batch: &Batch) -> Result<(), Trouble> {
    let made_ms = batch.at.unix_ms;
    let sql = "WITH forgotten AS (
                   DELETE FROM operation WHERE operation IN (
                       SELECT operation FROM operation WHERE made_ms < $3 ORDER BY made_ms LIMIT 100
                       FOR UPDATE SKIP LOCKED))
               INSERT INTO operation (operation, made_ms) VALUES ($1, $2)";
    let until_ms = made_ms.saturating_sub(OPERATION_KEPT_MS);
    line.execute(sql, &[&batch.operation, &made_ms, &until_ms]).await.map(|_| ())
}

/// Writes the documents with what their leaves say, and counts those that stand and those that are gone.
async fn documents(line: &mut Line, batch: &Batch, seq: u64, stands: &Stands) -> Result<(), Trouble> {
    let (location_id, database) = (batch.place.location_id.as_str(), batch.place.database.code());
    let ids: Vec<&str> = batch.documents.iter().map(|kept| kept.doc_id.as_str()).collect();
    let seqs: Vec<i64> = (seq..).take(ids.len()).map(signed).collect();
    let deleted: Vec<i64> = batch.documents.iter().map(|kept| i64::from(kept.is_deleted())).collect();
    let trees: Vec<String> = batch.documents.iter().map(|kept| kept.tree.to_branches().to_string()).collect();
    let sql = "INSERT INTO document (location_id, database_name, doc_id, seq, deleted, tree)
               SELECT $1, $2, * FROM unnest($3::text[], $4::bigint[], $5::bigint[], $6::text[])
               ON CONFLICT (location_id, database_name, doc_id)
               DO UPDATE SET seq = excluded.seq, deleted = excluded.deleted, tree = excluded.tree";
    line.execute(sql, &[&location_id, &database, &ids, &seqs, &deleted, &trees]).await?;
    // A document that is not there yet has no leaves either.
    let known: Vec<&str> = ids.iter().copied().filter(|id| stands.contains_key(*id)).collect();
    if !known.is_empty() {
        let sql = "DELETE FROM leaf WHERE location_id = $1 AND database_name = $2 AND doc_id = ANY($3::text[])";
        line.execute(sql, &[&location_id, &database, &known]).await?;
    }
    let leaves = batch.documents.iter().flat_map(|kept| kept.bodies.iter().map(|leaf| (kept.doc_id.as_str(), leaf)));
    let (mut of, mut revisions, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for (doc_id, (revision, body)) in leaves {
        of.push(doc_id);
        revisions.push(revision.to_string());
        bodies.push(body.to_string());
    }
    let sql = "INSERT INTO leaf (location_id, database_name, doc_id, revision, body)
               SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[])";
    line.execute(sql, &[&location_id, &database, &of, &revisions, &bodies]).await?;
    let was = |kept: &Kept| stands.get(&kept.doc_id).map(|it| it.1);
    let (standing, gone) = growth(batch.documents.iter().map(|kept| (was(kept), kept.is_deleted())));
    if (standing, gone) == (0, 0) {
        return Ok(());
    }
    let sql = "UPDATE feed SET standing = standing + $3, gone = gone + $4
               WHERE location_id = $1 AND database_name = $2";
    line.execute(sql, &[&location_id, &database, &standing, &gone]).await.map(|_| ())
}

async fn local_document(line: &mut Line, batch: &Batch, local: &LocalDocument) -> Result<(), Trouble> {
    let (location_id, database) = (batch.place.location_id.as_str(), batch.place.database.code());
    let Some(body) = &local.body else {
        let sql = "DELETE FROM local_document WHERE location_id = $1 AND database_name = $2 AND local_id = $3";
        return line.execute(sql, &[&location_id, &database, &local.id]).await.map(|_| ());
    };
    let sql = "INSERT INTO local_document (location_id, database_name, local_id, body) VALUES ($1, $2, $3, $4)
               ON CONFLICT (location_id, database_name, local_id) DO UPDATE SET body = excluded.body";
    line.execute(sql, &[&location_id, &database, &local.id, &body.to_string()]).await.map(|_| ())
}

pub(super) async fn new_incarnation(mut line: Line, incarnation: &str) -> Result<(), Trouble> {
    line.execute("UPDATE house SET incarnation = $1", &[&incarnation]).await.map(|_| ())
}
