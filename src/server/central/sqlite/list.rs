//! What is listed and counted for CouchDB's own clients. Every query finds its rows by an index.

use super::Trouble;
use super::read::{Columns, changed, columns, signed, unsigned};
use crate::server::central::{ChangedDocument, Listing, NotedIndex, Place, Population};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use std::ops::Bound;

pub(super) fn changes_before(
    connection: &Connection,
    place: &Place,
    before: u64,
    limit: u32,
) -> Result<Vec<ChangedDocument>, Trouble> {
    let sql = "SELECT doc_id, seq, tree FROM document
               WHERE location_id = ?1 AND database_name = ?2 AND seq < ?3 ORDER BY seq DESC LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let key = params![place.location_id.as_str(), place.database.code(), signed(before), limit];
    let rows: Vec<Columns> = statement.query_map(key, columns)?.collect::<Result<_, _>>()?;
    rows.into_iter().map(changed).collect()
}

pub(super) fn population(connection: &Connection, place: &Place) -> Result<Population, Trouble> {
    let sql = "SELECT standing, gone FROM feed WHERE location_id = ?1 AND database_name = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &Row| Ok(Population { standing: unsigned(row.get(0)?), gone: unsigned(row.get(1)?) });
    let key = params![place.location_id.as_str(), place.database.code()];
    Ok(statement.query_row(key, read).optional()?.unwrap_or_default())
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
    let mut statement = connection.prepare_cached(&sql)?;
    let (location_id, database) = (place.location_id.as_str(), place.database.code());
    let mut values: Vec<&dyn ToSql> = vec![&location_id, &database];
    values.extend(ids.iter().map(|id| *id as &dyn ToSql));
    values.extend([&listing.limit as &dyn ToSql, &listing.skip]);
    let rows: Vec<Columns> = statement.query_map(&values[..], columns)?.collect::<Result<_, _>>()?;
    rows.into_iter().map(changed).collect()
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
    let mut statement = connection.prepare_cached(&sql)?;
    let (location_id, database) = (place.location_id.as_str(), place.database.code());
    let mut values: Vec<&dyn ToSql> = vec![&location_id, &database];
    values.extend(ids.iter().map(|id| *id as &dyn ToSql));
    Ok(unsigned(statement.query_row(&values[..], |row| row.get(0))?))
}

pub(super) fn indexes(connection: &Connection, place: &Place) -> Result<Vec<NotedIndex>, Trouble> {
    let sql = "SELECT design, name, definition FROM mango_index
               WHERE location_id = ?1 AND database_name = ?2 ORDER BY design, name";
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &Row| Ok(NotedIndex { design: row.get(0)?, name: row.get(1)?, definition: row.get(2)? });
    let rows = statement.query_map(params![place.location_id.as_str(), place.database.code()], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
