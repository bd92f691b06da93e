//! What is written: a batch whole or not at all, and the incarnation.

use super::Trouble;
use super::read::{count_payments, last_number, newest};
use super::rows::write_row;
use crate::server::central::batch::{Written, growth};
use crate::server::central::columns::{signed, unsigned};
use crate::server::central::{Batch, Committed, Expectation, Kept, LocalDocument, Place};
use crate::server::limits::OPERATION_KEPT_MS;
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};

pub(super) fn commit(connection: &mut Connection, batch: &Batch) -> Result<Committed, Trouble> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let written = match write(&tx, batch) {
        // It is there already: somebody was quicker.
        Err(Trouble::Sql(error)) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            return Ok(Committed::Moved);
        }
        written => written?,
    };
    match written {
        Written::All => {
            tx.commit().map_err(Trouble::Unknown)?;
            Ok(Committed::Done)
        }
        Written::Before => Ok(Committed::Done),
        Written::Nothing => Ok(Committed::Moved),
    }
}

fn write(tx: &Connection, batch: &Batch) -> Result<Written, Trouble> {
    // The row of the feed first: from here on nobody else writes this place.
    let seq = advance(tx, batch)?;
    if tx.prepare_cached("SELECT 1 FROM operation WHERE operation = ?1")?.exists([&batch.operation])? {
        return Ok(Written::Before);
    }
    let of_documents =
        batch.documents.iter().map(|kept| Expectation::Document { doc_id: kept.doc_id.clone(), seq: kept.seq });
    for expectation in batch.expectations.iter().cloned().chain(of_documents) {
        if !holds(tx, batch, &expectation)? {
            return Ok(Written::Nothing);
        }
    }
    note_operation(tx, batch)?;
    let documents = batch.documents.iter().zip(seq..).map(|(kept, seq)| document(tx, batch, kept, seq));
    count(tx, batch, growth(documents.collect::<Result<Vec<_>, _>>()?))?;
    if let Some(local) = &batch.local {
        local_document(tx, &batch.place, local)?;
    }
    if let Some(acceptance) = &batch.acceptance {
        let sql = "INSERT INTO acceptance (location_id, doc_id, reply, accepted_at) VALUES (?1, ?2, ?3, ?4)";
        tx.prepare_cached(sql)?.execute(params![
            batch.place.location_id.as_str(),
            acceptance.doc_id,
            acceptance.reply.to_text(),
            acceptance.accepted_at.rfc3339(),
        ])?;
    }
    for row in &batch.rows {
        if !write_row(tx, batch, row)? {
            return Ok(Written::Nothing);
        }
    }
    Ok(Written::All)
}

fn local_document(tx: &Connection, place: &Place, local: &LocalDocument) -> Result<(), rusqlite::Error> {
    let (location_id, database) = (place.location_id.as_str(), place.database.code());
    let Some(body) = &local.body else {
        let sql = "DELETE FROM local_document WHERE location_id = ?1 AND database_name = ?2 AND local_id = ?3";
        return tx.prepare_cached(sql)?.execute(params![location_id, database, local.id]).map(|_| ());
    };
    let sql = "INSERT INTO local_document (location_id, database_name, local_id, body) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (location_id, database_name, local_id) DO UPDATE SET body = excluded.body";
    tx.prepare_cached(sql)?.execute(params![location_id, database, local.id, body.to_string()]).map(|_| ())
}

/// Takes as many sequences as there are documents, and answers with the first of them.
fn advance(tx: &Connection, batch: &Batch) -> Result<u64, Trouble> {
    let place = &batch.place;
    let count = i64::try_from(batch.documents.len()).unwrap_or(i64::MAX);
    let sql = "UPDATE feed SET seq = seq + ?3 WHERE location_id = ?1 AND database_name = ?2";
    let values = params![place.location_id.as_str(), place.database.code(), count];
    if tx.prepare_cached(sql)?.execute(values)? == 0 {
        let sql = "INSERT INTO feed (location_id, database_name, seq) VALUES (?1, ?2, ?3)";
        tx.prepare_cached(sql)?.execute(values)?;
    }
    Ok(newest(tx, place)? + 1 - unsigned(count))
}

fn holds(tx: &Connection, batch: &Batch, expectation: &Expectation) -> Result<bool, Trouble> {
    let location_id = &batch.place.location_id;
    Ok(match expectation {
        Expectation::Document { doc_id, seq } => {
            let sql = "SELECT seq FROM document WHERE location_id = ?1 AND database_name = ?2 AND doc_id = ?3";
            let key = params![location_id.as_str(), batch.place.database.code(), doc_id];
            let is = tx.prepare_cached(sql)?.query_row(key, |row| row.get::<_, i64>(0)).optional()?;
            is.map(unsigned) == *seq
        }
        Expectation::LastNumber(number) => last_number(tx, location_id)? == *number,
        Expectation::Payments { doc_id, count } => count_payments(tx, location_id, doc_id)? == *count,
    })
}

fn note_operation(tx: &Connection, batch: &Batch) -> Result<(), rusqlite::Error> {
    let made_ms = batch.at.unix_ms;
    let sql = "DELETE FROM operation WHERE made_ms < ?1";
    tx.prepare_cached(sql)?.execute([made_ms.saturating_sub(OPERATION_KEPT_MS)])?;
    let sql = "INSERT INTO operation (operation, made_ms) VALUES (?1, ?2)";
    tx.prepare_cached(sql)?.execute(params![batch.operation, made_ms])?;
    Ok(())
}

/// Notes by how many the documents that stand, and those that are gone, became more.
fn count(tx: &Connection, batch: &Batch, (standing, gone): (i64, i64)) -> Result<(), rusqlite::Error> {
    if (standing, gone) == (0, 0) {
        return Ok(());
    }
    let sql = "UPDATE feed SET standing = standing + ?3, gone = gone + ?4
               WHERE location_id = ?1 AND database_name = ?2";
    let place = &batch.place;
    tx.prepare_cached(sql)?.execute(params![place.location_id.as_str(), place.database.code(), standing, gone])?;
    Ok(())
}

/// Writes a document; answers whether it was deleted before, if it was there, and whether it is now.
fn document(tx: &Connection, batch: &Batch, kept: &Kept, seq: u64) -> Result<(Option<bool>, bool), rusqlite::Error> {
    let (location_id, database) = (batch.place.location_id.as_str(), batch.place.database.code());
    let sql = "SELECT deleted FROM document WHERE location_id = ?1 AND database_name = ?2 AND doc_id = ?3";
    let key = params![location_id, database, kept.doc_id];
    let was: Option<bool> = tx.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?;
    let deleted = kept.is_deleted();
    let sql = "INSERT INTO document (location_id, database_name, doc_id, seq, deleted, tree)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (location_id, database_name, doc_id)
               DO UPDATE SET seq = excluded.seq, deleted = excluded.deleted, tree = excluded.tree";
    let tree = kept.tree.to_branches().to_string();
    let values = params![location_id, database, kept.doc_id, signed(seq), deleted, tree];
    tx.prepare_cached(sql)?.execute(values)?;
    let sql = "DELETE FROM leaf WHERE location_id = ?1 AND database_name = ?2 AND doc_id = ?3";
    tx.prepare_cached(sql)?.execute(params![location_id, database, kept.doc_id])?;
    let sql = "INSERT INTO leaf (location_id, database_name, doc_id, revision, body) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut leaf = tx.prepare_cached(sql)?;
    for (revision, body) in &kept.bodies {
        leaf.execute(params![location_id, database, kept.doc_id, revision.to_string(), body.to_string()])?;
    }
    Ok((was, deleted))
}

pub(super) fn incarnation_if_none(connection: &Connection, incarnation: &str) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO house (only_row, incarnation) SELECT 1, ?1 WHERE NOT EXISTS (SELECT 1 FROM house)";
    connection.execute(sql, [incarnation]).map(|_| ())
}

pub(super) fn new_incarnation(connection: &Connection, incarnation: &str) -> Result<(), Trouble> {
    connection.execute("UPDATE house SET incarnation = ?1", [incarnation])?;
    Ok(())
}
