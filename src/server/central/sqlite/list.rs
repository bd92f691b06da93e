//! What is listed and counted for CouchDB's own clients. Every query finds its rows by an index.

use super::Trouble;
use super::read::{number, row, rows};
use crate::server::central::columns::{self, signed, unsigned};
use crate::server::central::{ChangedDocument, Listing, NotedIndex, Place, Population};
use rusqlite::{Connection, ToSql, params};
use std::ops::Bound;

pub(super) fn changes(
    connection: &Connection,
    place: &Place,
    since: u64,
    limit: u32,
) -> Result<Vec<ChangedDocument>, Trouble> {
    let sql = "SELECT doc_id, seq, tree FROM document
               WHERE location_id = ?1 AND database_name = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4";
    let key = params![place.location_id.as_str(), place.database.code(), signed(since), limit];
    rows(connection, sql, key, |row| columns::changed(row))
}

pub(super) fn changes_before(
    connection: &Connection,
    place: &Place,
    before: u64,
    limit: u32,
) -> Result<Vec<ChangedDocument>, Trouble> {
    let sql = "SELECT doc_id, seq, tree FROM document
               WHERE location_id = ?1 AND database_name = ?2 AND seq < ?3 ORDER BY seq DESC LIMIT ?4";
    let key = params![place.location_id.as_str(), place.database.code(), signed(before), limit];
    rows(connection, sql, key, |row| columns::changed(row))
}

pub(super) fn population(connection: &Connection, place: &Place) -> Result<Population, Trouble> {
    let sql = "SELECT standing, gone FROM feed WHERE location_id = ?1 AND database_name = ?2";
    let key = [place.location_id.as_str(), place.database.code()];
    Ok(row(connection, sql, key, |row| columns::population(row))?.unwrap_or_default())
}

/// The condition that holds between two ids, with its values from the third on.
fn between<'a>(low: &'a Bound<String>, high: &'a Bound<String>) -> (String, Vec<&'a String>) {
    let (mut condition, mut values) = (String::new(), Vec::new());
    for (bound, or_equal, beyond) in [(low, ">=", ">"), (high, "<=", "<")] {
        let (sign, id) = match bound {
            Bound::Unbounded => continue,
            Bound::Included(id) => (or_equal, id),
            Bound::Excluded(id) => (beyond, id),
        };
        values.push(id);
        condition.push_str(&format!(" AND doc_id {sign} ?{}", values.len() + 2));
    }
    (condition, values)
}

pub(super) fn listed(
    connection: &Connection,
    place: &Place,
    listing: &Listing,
) -> Result<Vec<ChangedDocument>, Trouble> {
    let (condition, ids) = between(&listing.low, &listing.high);
    let order = if listing.descending { "DESC" } else { "ASC" };
    let next = ids.len() + 3;
    let sql = format!(
        "SELECT doc_id, seq, tree FROM document WHERE location_id = ?1 AND database_name = ?2 AND deleted = 0{condition}
         ORDER BY doc_id {order} LIMIT ?{next} OFFSET ?{}",
        next + 1
    );
    let (location_id, database) = (place.location_id.as_str(), place.database.code());
    let mut values: Vec<&dyn ToSql> = vec![&location_id, &database];
    values.extend(ids.iter().map(|id| *id as &dyn ToSql));
    values.extend([&listing.limit as &dyn ToSql, &listing.skip]);
    rows(connection, &sql, &values[..], |row| columns::changed(row))
}

pub(super) fn count_listed(
    connection: &Connection,
    place: &Place,
    low: &Bound<String>,
    high: &Bound<String>,
) -> Result<u64, Trouble> {
    let (condition, ids) = between(low, high);
    let sql = format!(
        "SELECT COUNT(*) FROM document WHERE location_id = ?1 AND database_name = ?2 AND deleted = 0{condition}"
    );
    let (location_id, database) = (place.location_id.as_str(), place.database.code());
    let mut values: Vec<&dyn ToSql> = vec![&location_id, &database];
    values.extend(ids.iter().map(|id| *id as &dyn ToSql));
    number(connection, &sql, &values[..]).map(unsigned)
}

pub(super) fn indexes(connection: &Connection, place: &Place) -> Result<Vec<NotedIndex>, Trouble> {
    let sql = "SELECT design, name, definition FROM mango_index
               WHERE location_id = ?1 AND database_name = ?2 ORDER BY design, name";
    rows(connection, sql, [place.location_id.as_str(), place.database.code()], |row| columns::index(row))
}

pub(super) fn note_index(connection: &Connection, place: &Place, index: &NotedIndex) -> Result<(), Trouble> {
    let sql = "INSERT INTO mango_index (location_id, database_name, design, name, definition)
               VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (location_id, database_name, design, name) DO UPDATE SET definition = excluded.definition";
    let (location_id, database) = (place.location_id.as_str(), place.database.code());
    connection.execute(sql, params![location_id, database, index.design, index.name, index.definition])?;
    Ok(())
}

pub(super) fn forget_index(
    connection: &mut Connection,
    place: &Place,
    design: &str,
    name: &str,
) -> Result<bool, Trouble> {
    let sql = "DELETE FROM mango_index WHERE location_id = ?1 AND database_name = ?2 AND design = ?3 AND name = ?4";
    Ok(connection.execute(sql, [place.location_id.as_str(), place.database.code(), design, name])? > 0)
}
