//! What is listed and counted: feeds, documents by their ids, Mango indexes. Every query finds its rows by an index.

use super::key::{self, after, end, key};
use super::line::{Line, Trouble};
use super::read::place_of;
use super::words;
use crate::server::central::columns::{self, Columns, changed, signed, unsigned};
use crate::server::central::{ChangedDocument, Listing, NotedIndex, Place, Population};
use std::ops::Bound;

pub(super) async fn changes(
    mut line: Line,
    place: &Place,
    since: u64,
    limit: u32,
) -> Result<Vec<ChangedDocument>, Trouble> {
    let (location_id, database) = place_of(place);
    let rows = line.rows(words::CHANGES, &[&location_id, &database, &signed(since), &i64::from(limit)]).await?;
    rows.iter().map(changed).collect()
}

pub(super) async fn changes_before(
    mut line: Line,
    place: &Place,
    before: u64,
    limit: u32,
) -> Result<Vec<ChangedDocument>, Trouble> {
    let (location_id, database) = place_of(place);
    let values = (signed(before), i64::from(limit));
    let rows = line.rows(words::CHANGES_BEFORE, &[&location_id, &database, &values.0, &values.1]).await?;
    rows.iter().map(changed).collect()
}

pub(super) async fn population(mut line: Line, place: &Place) -> Result<Population, Trouble> {
    let (location_id, database) = place_of(place);
    let row = line.row(words::POPULATION, &[&location_id, &database]).await?;
    row.map_or(Ok(Population::default()), |row| columns::population(&row))
}

/// Two ids as they are kept: the first that is listed, and the first beyond.
fn between(low: &Bound<String>, high: &Bound<String>) -> (String, String) {
    let from = match low {
        Bound::Unbounded => String::new(),
        Bound::Included(id) => key(id).into_owned(),
        Bound::Excluded(id) => after(id),
    };
    let to = match high {
        Bound::Unbounded => end(),
        Bound::Included(id) => after(id),
        Bound::Excluded(id) => key(id).into_owned(),
    };
    (from, to)
}

pub(super) async fn listed(mut line: Line, place: &Place, listing: &Listing) -> Result<Vec<ChangedDocument>, Trouble> {
    // SQL Server refuses to fetch no rows.
    if listing.limit == 0 {
        return Ok(Vec::new());
    }
    let (location_id, database) = place_of(place);
    let (from, to) = between(&listing.low, &listing.high);
    let (skip, limit) = (i64::from(listing.skip), i64::from(listing.limit));
    let sql = if listing.descending { words::LISTED_DOWN } else { words::LISTED };
    let rows = line.rows(sql, &[&location_id, &database, &from, &to, &skip, &limit]).await?;
    rows.iter().map(changed).collect()
}

pub(super) async fn count_listed(
    mut line: Line,
    place: &Place,
    low: &Bound<String>,
    high: &Bound<String>,
) -> Result<u64, Trouble> {
    let ((location_id, database), (from, to)) = (place_of(place), between(low, high));
    line.one(words::COUNT_LISTED, &[&location_id, &database, &from, &to]).await?.number(0).map(unsigned)
}

pub(super) async fn indexes(mut line: Line, place: &Place) -> Result<Vec<NotedIndex>, Trouble> {
    let (location_id, database) = place_of(place);
    let rows = line.rows(words::INDEXES, &[&location_id, &database]).await?;
    rows.iter().map(columns::index).collect()
}

pub(super) async fn note_index(mut line: Line, place: &Place, index: &NotedIndex) -> Result<(), Trouble> {
    let (location_id, database) = (key::place("the location", place.location_id.as_str())?, place.database.code());
    let (design, name) = (key::name("the design document", &index.design)?, key::name("the index", &index.name)?);
    let values: [&dyn tiberius::ToSql; 5] = [&location_id, &database, &design, &name, &index.definition];
    if line.execute(words::CHANGE_INDEX, &values).await? > 0 {
        return Ok(());
    }
    match line.execute(words::ADD_INDEX, &values).await {
        Err(Trouble::Taken) => Err(Trouble::Again("another noted this index just now".into())),
        added => added.map(|_| ()),
    }
}

pub(super) async fn forget_index(mut line: Line, place: &Place, design: &str, name: &str) -> Result<bool, Trouble> {
    let (location_id, database) = place_of(place);
    let forgotten = line.execute(words::FORGET_INDEX, &[&location_id, &database, &key(design), &key(name)]).await?;
    Ok(forgotten > 0)
}
