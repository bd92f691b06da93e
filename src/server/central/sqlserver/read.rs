//! What is read. Every query finds its rows by an index. A document and what its leaves say are read by two, which are
//! of one moment where both found it at the same sequence; where not, it changed between them and is read again.

use super::key::{after, id_of, is_possible, key};
use super::line::{Line, Trouble, value};
use super::words;
use crate::document::Revision;
use crate::document::submission::KnownTax;
use crate::domain::LocationId;
use crate::server::central::columns::{self, Columns, Unreadable, changed, count, leaf, unsigned};
use crate::server::central::{Acceptance, BookedOrder, ChangedDocument, Flawed, Kept, OrderBooks, Place, Standing};
use crate::server::limits::SQLSERVER_MOVES;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tiberius::Row;

impl From<Unreadable> for Trouble {
    fn from(Unreadable(what): Unreadable) -> Trouble {
        Trouble::Unreadable(what)
    }
}

impl Columns for Row {
    type Trouble = Trouble;

    fn maybe(&self, column: usize) -> Result<Option<&str>, Trouble> {
        Ok(self.try_get(column)?)
    }

    fn number(&self, column: usize) -> Result<i64, Trouble> {
        value(self, column)
    }

    fn id(&self, column: usize) -> Result<String, Trouble> {
        id_of(self.text(column)?)
    }
}

/// A location and one of its databases, as they are kept.
pub(super) fn place_of(place: &Place) -> (String, &'static str) {
    (key(place.location_id.as_str()).into_owned(), place.database.code())
}

/// Those of these ids by which something can be there, each once, with a space between two.
pub(super) fn asked<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let ids: BTreeSet<&str> = ids.into_iter().filter(|id| is_possible(id)).collect();
    ids.into_iter().map(key).collect::<Vec<_>>().join(" ")
}

/// What was found, in the order in which it was asked for.
fn in_order<T: Clone>(ids: &[String], found: Vec<T>, id_of: impl Fn(&T) -> &str) -> Vec<T> {
    let found: BTreeMap<&str, &T> = found.iter().map(|it| (id_of(it), it)).collect();
    ids.iter().filter_map(|id| found.get(id.as_str()).copied().cloned()).collect()
}

pub(super) async fn standing(mut line: Line, place: &Place) -> Result<Standing, Trouble> {
    let (location_id, database) = place_of(place);
    let row = line.one(words::STANDING, &[&location_id, &database]).await?;
    let newest: Option<i64> = row.try_get(1)?;
    Ok(Standing { incarnation: row.text(0)?.into(), newest: newest.map_or(0, unsigned) })
}

pub(super) async fn documents(mut line: Line, place: &Place, ids: &[String]) -> Result<Vec<Kept>, Trouble> {
    let changed = by_id(&mut line, place, ids.iter().map(String::as_str)).await?;
    let kept = whole(&mut line, place, changed).await?;
    Ok(in_order(ids, kept, |kept| &kept.doc_id))
}

pub(super) async fn trees(mut line: Line, place: &Place, ids: &[String]) -> Result<Vec<ChangedDocument>, Trouble> {
    let changed = by_id(&mut line, place, ids.iter().map(String::as_str)).await?;
    Ok(in_order(ids, changed, |changed| &changed.doc_id))
}

async fn by_id<'a>(
    line: &mut Line,
    place: &Place,
    ids: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<ChangedDocument>, Trouble> {
    let (location_id, database) = place_of(place);
    let rows = line.rows(words::TREES, &[&location_id, &database, &asked(ids)]).await?;
    rows.iter().map(changed).collect()
}

pub(super) async fn page(mut line: Line, place: &Place, id: &str, limit: u32) -> Result<Vec<Kept>, Trouble> {
    let (location_id, database) = place_of(place);
    let rows = line.rows(words::PAGE, &[&location_id, &database, &after(id), &i64::from(limit)]).await?;
    let changed = rows.iter().map(changed).collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<String> = changed.iter().map(|it| it.doc_id.clone()).collect();
    let kept = whole(&mut line, place, changed).await?;
    Ok(in_order(&ids, kept, |kept| &kept.doc_id))
}

/// These documents with what their leaves say; those that changed since they were read as they are now.
async fn whole(line: &mut Line, place: &Place, mut changed: Vec<ChangedDocument>) -> Result<Vec<Kept>, Trouble> {
    let (location_id, database) = place_of(place);
    let mut whole = Vec::with_capacity(changed.len());
    for _ in 0..SQLSERVER_MOVES {
        if changed.is_empty() {
            return Ok(whole);
        }
        let ids = asked(changed.iter().map(|it| it.doc_id.as_str()));
        let rows = line.rows(words::LEAVES, &[&location_id, &database, &ids]).await?;
        let mut said: BTreeMap<String, (u64, BTreeMap<Revision, Value>)> = BTreeMap::new();
        for row in &rows {
            let (doc_id, seq) = (row.id(0)?, unsigned(row.number(1)?));
            let (revision, body) = leaf(&doc_id, row.text(2)?, row.text(3)?)?;
            said.entry(doc_id).or_insert_with(|| (seq, BTreeMap::new())).1.insert(revision, body);
        }
        let mut moved = Vec::new();
        for ChangedDocument { seq, doc_id, tree } in changed {
            match said.remove(&doc_id) {
                Some((at, bodies)) if at == seq => whole.push(Kept { doc_id, seq: Some(seq), tree, bodies }),
                Some(_) | None => moved.push(doc_id),
            }
        }
        changed =
            if moved.is_empty() { Vec::new() } else { by_id(line, place, moved.iter().map(String::as_str)).await? };
    }
    if changed.is_empty() {
        return Ok(whole);
    }
    Err(Trouble::Again(format!("`{}` changed each of {SQLSERVER_MOVES} times that it was read", changed[0].doc_id)))
}

pub(super) async fn local(mut line: Line, place: &Place, id: &str) -> Result<Option<Value>, Trouble> {
    let (location_id, database) = place_of(place);
    let row = line.row(words::LOCAL, &[&location_id, &database, &key(id)]).await?;
    row.map(|row| Ok(columns::json(id, row.text(0)?)?)).transpose()
}

pub(super) async fn count_locals(mut line: Line, location_id: &LocationId) -> Result<usize, Trouble> {
    line.one(words::COUNT_LOCALS, &[&key(location_id.as_str())]).await?.number(0).map(count)
}

pub(super) async fn acceptances(
    mut line: Line,
    location_id: &LocationId,
    ids: &[String],
) -> Result<Vec<Acceptance>, Trouble> {
    let asked = asked(ids.iter().map(String::as_str));
    let rows = line.rows(words::ACCEPTANCES, &[&key(location_id.as_str()), &asked]).await?;
    let found = rows.iter().map(columns::acceptance).collect::<Result<Vec<_>, _>>()?;
    Ok(in_order(ids, found, |acceptance| &acceptance.doc_id))
}

pub(super) async fn order_books(
    mut line: Line,
    location_id: &LocationId,
    doc_id: &str,
) -> Result<Option<OrderBooks>, Trouble> {
    let rows = line.rows(words::ORDER_BOOKS, &[&key(location_id.as_str()), &key(doc_id)]).await?;
    let books = rows.iter().map(|row| columns::order_books(row, doc_id)).collect::<Result<Vec<_>, _>>()?;
    Ok(books.into_iter().reduce(columns::together))
}

pub(super) async fn booked_orders(
    mut line: Line,
    location_id: &LocationId,
    order_id: &str,
    limit: u32,
) -> Result<Vec<BookedOrder>, Trouble> {
    let values = (key(location_id.as_str()), after(order_id), i64::from(limit));
    let rows = line.rows(words::BOOKED_ORDERS, &[&values.0, &values.1, &values.2]).await?;
    rows.iter().map(columns::booked_order).collect()
}

pub(super) async fn last_number(mut line: Line, location_id: &LocationId) -> Result<u64, Trouble> {
    let row = line.row(words::LAST_NUMBER, &[&key(location_id.as_str())]).await?;
    row.map_or(Ok(0), |row| row.number(0).map(unsigned))
}

pub(super) async fn is_order_id_taken(
    mut line: Line,
    location_id: &LocationId,
    order_id: &str,
) -> Result<bool, Trouble> {
    Ok(line.row(words::ORDER_BY_ID, &[&key(location_id.as_str()), &key(order_id)]).await?.is_some())
}

pub(super) async fn is_number_taken(mut line: Line, location_id: &LocationId, number: &str) -> Result<bool, Trouble> {
    Ok(line.row(words::ORDER_BY_NUMBER, &[&key(location_id.as_str()), &key(number)]).await?.is_some())
}

pub(super) async fn taxes(mut line: Line, location_id: &LocationId) -> Result<Vec<KnownTax>, Trouble> {
    let rows = line.rows(words::TAXES, &[&key(location_id.as_str())]).await?;
    rows.iter().map(columns::tax).collect()
}

pub(super) async fn flaws(mut line: Line, place: &Place, ids: &[String]) -> Result<Vec<Flawed>, Trouble> {
    let (location_id, database) = place_of(place);
    let asked = asked(ids.iter().map(String::as_str));
    let rows = line.rows(words::FLAWS, &[&location_id, &database, &asked]).await?;
    let found = rows.iter().map(columns::flaw).collect::<Result<Vec<_>, _>>()?;
    Ok(in_order(ids, found, |flawed| &flawed.doc_id))
}
