//! What is listed and counted: feeds, documents by their ids, Mango indexes. Every query finds its rows by an index.

use super::line::{Line, Trouble};
use super::read::before_nul;
use crate::server::central::columns::{self, Columns, changed, signed, unsigned};
use crate::server::central::{ChangedDocument, Listing, NotedIndex, Place, Population};
use std::ops::Bound;
use tokio_postgres::types::ToSql;

pub(super) async fn changes(
    mut line: Line,
    place: &Place,
    since: u64,
    limit: u32,
) -> Result<Vec<ChangedDocument>, Trouble> {
    let sql = "SELECT doc_id, seq, tree FROM document
               WHERE location_id = $1 AND database_name = $2 AND seq > $3 ORDER BY seq LIMIT $4";
    let (location_id, limit) = (place.location_id.as_str(), i64::from(limit));
    let rows = line.rows(sql, &[&location_id, &place.database.code(), &signed(since), &limit]).await?;
    rows.iter().map(changed).collect()
}

pub(super) async fn changes_before(
    mut line: Line,
    place: &Place,
    before: u64,
    limit: u32,
) -> Result<Vec<ChangedDocument>, Trouble> {
    let sql = "SELECT doc_id, seq, tree FROM document
               WHERE location_id = $1 AND database_name = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4";
    let (location_id, limit) = (place.location_id.as_str(), i64::from(limit));
    let rows = line.rows(sql, &[&location_id, &place.database.code(), &signed(before), &limit]).await?;
    rows.iter().map(changed).collect()
}

pub(super) async fn population(mut line: Line, place: &Place) -> Result<Population, Trouble> {
    let sql = "SELECT standing, gone FROM feed WHERE location_id = $1 AND database_name = $2";
    let row = line.row(sql, &[&place.location_id.as_str(), &place.database.code()]).await?;
    row.map_or(Ok(Population::default()), |row| columns::population(&row))
}

/// The condition that holds between two ids, with its values from the third on.
fn between<'a>(low: &'a Bound<String>, high: &'a Bound<String>) -> (String, Vec<&'a str>) {
    let (mut condition, mut values) = (String::new(), Vec::new());
    // After an id with a letter of number 0 comes what comes after its beginning.
    for (bound, or_equal, beyond, after_beginning) in [(low, ">=", ">", ">"), (high, "<=", "<", "<=")] {
        let (sign, id) = match bound {
            Bound::Unbounded => continue,
            Bound::Included(id) | Bound::Excluded(id) if id.contains('\0') => (after_beginning, id),
            Bound::Included(id) => (or_equal, id),
            Bound::Excluded(id) => (beyond, id),
        };
        values.push(before_nul(id));
        condition.push_str(&format!(" AND doc_id {sign} ${}", values.len() + 2));
    }
    (condition, values)
}

pub(super) async fn listed(mut line: Line, place: &Place, listing: &Listing) -> Result<Vec<ChangedDocument>, Trouble> {
    let (condition, ids) = between(&listing.low, &listing.high);
    let order = if listing.descending { "DESC" } else { "ASC" };
    let next = ids.len() + 3;
    let sql = format!(
        "SELECT doc_id, seq, tree FROM document WHERE location_id = $1 AND database_name = $2 AND deleted = 0{condition}
         ORDER BY doc_id {order} LIMIT ${next} OFFSET ${}",
        next + 1
    );
    let (location_id, database) = (place.location_id.as_str(), place.database.code());
    let (limit, skip) = (i64::from(listing.limit), i64::from(listing.skip));
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&location_id, &database];
    values.extend(ids.iter().map(|id| id as &(dyn ToSql + Sync)));
    values.extend([&limit as &(dyn ToSql + Sync), &skip]);
    let rows = line.rows(&sql, &values).await?;
    rows.iter().map(changed).collect()
}

pub(super) async fn count_listed(
    mut line: Line,
    place: &Place,
    low: &Bound<String>,
    high: &Bound<String>,
) -> Result<u64, Trouble> {
    let (condition, ids) = between(low, high);
    let sql = format!(
        "SELECT COUNT(*) FROM document WHERE location_id = $1 AND database_name = $2 AND deleted = 0{condition}"
    );
    let (location_id, database) = (place.location_id.as_str(), place.database.code());
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&location_id, &database];
    values.extend(ids.iter().map(|id| id as &(dyn ToSql + Sync)));
    line.one(&sql, &values).await?.number(0).map(unsigned)
}

pub(super) async fn indexes(mut line: Line, place: &Place) -> Result<Vec<NotedIndex>, Trouble> {
    let sql = "SELECT design, name, definition FROM mango_index
               WHERE location_id = $1 AND database_name = $2 ORDER BY design, name";
    let rows = line.rows(sql, &[&place.location_id.as_str(), &place.database.code()]).await?;
    rows.iter().map(columns::index).collect()
}

pub(super) async fn note_index(mut line: Line, place: &Place, index: &NotedIndex) -> Result<(), Trouble> {
    let sql = "INSERT INTO mango_index (location_id, database_name, design, name, definition)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (location_id, database_name, design, name) DO UPDATE SET definition = excluded.definition";
    let (location_id, database) = (place.location_id.as_str(), place.database.code());
    line.execute(sql, &[&location_id, &database, &index.design, &index.name, &index.definition]).await.map(|_| ())
}

pub(super) async fn forget_index(mut line: Line, place: &Place, design: &str, name: &str) -> Result<bool, Trouble> {
    let sql = "DELETE FROM mango_index WHERE location_id = $1 AND database_name = $2 AND design = $3 AND name = $4";
    let (location_id, database) = (place.location_id.as_str(), place.database.code());
    Ok(line.execute(sql, &[&location_id, &database, &design, &name]).await? > 0)
}
