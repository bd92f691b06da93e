//! What is read. Every query finds its rows by an index. A document and what its leaves say are read by two, which are
//! of one moment where both found it at the same sequence; where not, it changed between them and is read again.

use super::key::{after, id_of, is_possible, key};
use super::line::{Line, Trouble, value};
use super::words;
use crate::document::submission::KnownTax;
use crate::document::{Database, Revision, RevisionTree};
use crate::domain::payment::{Amendment, Amends};
use crate::domain::tax::TaxRate;
use crate::domain::{LocationId, Money, OrderId, Payment, PaymentId, TaxId, Tender, Timestamp};
use crate::server::central::{
    Acceptance, BookedOrder, ChangedDocument, Flawed, Kept, OrderBooks, Place, Reply, Standing,
};
use crate::server::limits::SQLSERVER_MOVES;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tiberius::Row;

/// SQL Server counts in signed numbers.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// The other way: a number that no feed ever reaches stands for all beyond.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unreadable(what: &str, why: impl ToString) -> Trouble {
    Trouble::Unreadable(format!("{what} does not read: {}", why.to_string()))
}

fn parsed(what: &str, text: &str) -> Result<Value, Trouble> {
    serde_json::from_str(text).map_err(|error| unreadable(what, error))
}

pub(super) fn time(what: &str, text: &str) -> Result<Timestamp, Trouble> {
    Timestamp::from_rfc3339(text).ok_or_else(|| unreadable(what, format!("`{text}`")))
}

/// A text as it is, and an id that is kept as a key.
pub(super) fn text(row: &Row, column: usize) -> Result<String, Trouble> {
    value::<&str>(row, column).map(str::to_owned)
}

pub(super) fn id(row: &Row, column: usize) -> Result<String, Trouble> {
    id_of(value(row, column)?)
}

fn maybe(row: &Row, column: usize) -> Result<Option<&str>, Trouble> {
    Ok(row.try_get(column)?)
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
    Ok(Standing { incarnation: text(&row, 0)?, newest: newest.map_or(0, unsigned) })
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
            let (doc_id, seq) = (id(row, 0)?, unsigned(value(row, 1)?));
            let (name, body): (&str, &str) = (value(row, 2)?, value(row, 3)?);
            let revision = Revision::read(name).ok_or_else(|| unreadable(&doc_id, format!("`{name}`")))?;
            let body = parsed(&doc_id, body)?;
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

/// Reads a tree, however far its revisions have counted.
fn tree_of(doc_id: &str, text: &str) -> Result<RevisionTree, Trouble> {
    RevisionTree::from_branches(&parsed(doc_id, text)?).map_err(|why| unreadable(doc_id, why))
}

/// A document without what its leaves say: its id, its sequence, its tree.
pub(super) fn changed(row: &Row) -> Result<ChangedDocument, Trouble> {
    let doc_id = id(row, 0)?;
    Ok(ChangedDocument { seq: unsigned(value(row, 1)?), tree: tree_of(&doc_id, value(row, 2)?)?, doc_id })
}

pub(super) async fn local(mut line: Line, place: &Place, id: &str) -> Result<Option<Value>, Trouble> {
    let (location_id, database) = place_of(place);
    let row = line.row(words::LOCAL, &[&location_id, &database, &key(id)]).await?;
    row.map(|row| parsed(id, value(&row, 0)?)).transpose()
}

pub(super) async fn count_locals(mut line: Line, location_id: &LocationId) -> Result<usize, Trouble> {
    let row = line.one(words::COUNT_LOCALS, &[&key(location_id.as_str())]).await?;
    Ok(usize::try_from(value::<i64>(&row, 0)?).unwrap_or(0))
}

pub(super) async fn acceptances(
    mut line: Line,
    location_id: &LocationId,
    ids: &[String],
) -> Result<Vec<Acceptance>, Trouble> {
    let asked = asked(ids.iter().map(String::as_str));
    let rows = line.rows(words::ACCEPTANCES, &[&key(location_id.as_str()), &asked]).await?;
    let read = |row: &Row| {
        let doc_id = id(row, 0)?;
        let reply = Reply::read(value(row, 1)?).map_err(|why| unreadable(&doc_id, why))?;
        Ok(Acceptance { accepted_at: time(&doc_id, value(row, 2)?)?, reply, doc_id })
    };
    let found = rows.iter().map(read).collect::<Result<Vec<_>, Trouble>>()?;
    Ok(in_order(ids, found, |acceptance| &acceptance.doc_id))
}

pub(super) async fn order_books(
    mut line: Line,
    location_id: &LocationId,
    doc_id: &str,
) -> Result<Option<OrderBooks>, Trouble> {
    let rows = line.rows(words::ORDER_BOOKS, &[&key(location_id.as_str()), &key(doc_id)]).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let (order_id, total) = (id(first, 0)?, Money(value(first, 1)?));
    let payments = rows.iter().filter_map(|row| payment(row, doc_id).transpose()).collect::<Result<_, _>>()?;
    Ok(Some(OrderBooks { order_id, total, payments }))
}

fn payment(row: &Row, order: &str) -> Result<Option<Payment>, Trouble> {
    let Some(doc_id) = maybe(row, 2)?.map(id_of).transpose()? else { return Ok(None) };
    let doc_id = doc_id.as_str();
    let payment_of = |text: &str| PaymentId::read(text).ok_or_else(|| unreadable(doc_id, format!("`{text}`")));
    let payment_id = payment_of(doc_id)?;
    let tender: &str = value(row, 3)?;
    let tender = [Tender::Cash, Tender::Card].into_iter().find(|it| it.code() == tender);
    let amends = match maybe(row, 11)?.map(Amends::from_code) {
        None => None,
        Some(None) => return Err(unreadable(doc_id, "its kind")),
        Some(Some(kind)) => Some(Box::new(Amendment {
            kind,
            of: payment_of(value(row, 12)?)?,
            act: payment_id,
            reason: maybe(row, 13)?.unwrap_or_default().to_owned(),
            by: String::new(),
            approved_by: None,
            lines: Vec::new(),
            taxes: Vec::new(),
        })),
    };
    Ok(Some(Payment {
        payment_id,
        order_id: OrderId::read(order).ok_or_else(|| unreadable(doc_id, "its order"))?,
        tender: tender.ok_or_else(|| unreadable(doc_id, "its tender"))?,
        amount: Money(value(row, 4)?),
        tendered: Money(value(row, 5)?),
        change: Money(value(row, 6)?),
        tip: Money(value(row, 7)?),
        rounding: Money(value(row, 8)?),
        reference: maybe(row, 9)?.map(str::to_owned),
        created_at: time(doc_id, value(row, 10)?)?,
        amends,
    }))
}

pub(super) async fn booked_orders(
    mut line: Line,
    location_id: &LocationId,
    order_id: &str,
    limit: u32,
) -> Result<Vec<BookedOrder>, Trouble> {
    let values = (key(location_id.as_str()), after(order_id), i64::from(limit));
    let rows = line.rows(words::BOOKED_ORDERS, &[&values.0, &values.1, &values.2]).await?;
    let read = |row: &Row| {
        Ok(BookedOrder {
            order_id: id(row, 0)?,
            doc_id: id(row, 1)?,
            order_number: id(row, 2)?,
            order_status: text(row, 3)?,
            payment_status: text(row, 4)?,
            total: Money(value(row, 5)?),
            lines: unsigned(value(row, 6)?),
        })
    };
    rows.iter().map(read).collect()
}

pub(super) async fn last_number(mut line: Line, location_id: &LocationId) -> Result<u64, Trouble> {
    let row = line.row(words::LAST_NUMBER, &[&key(location_id.as_str())]).await?;
    row.map_or(Ok(0), |row| Ok(unsigned(value(&row, 0)?)))
}

/// Whether an order of the location is found by one of its names.
pub(super) async fn is_taken(mut line: Line, sql: &str, location_id: &LocationId, name: &str) -> Result<bool, Trouble> {
    Ok(line.row(sql, &[&key(location_id.as_str()), &key(name)]).await?.is_some())
}

pub(super) async fn taxes(mut line: Line, location_id: &LocationId) -> Result<Vec<KnownTax>, Trouble> {
    let rows = line.rows(words::TAXES, &[&key(location_id.as_str())]).await?;
    let read = |row: &Row| {
        let (tax_id, rate, included): (String, i64, i64) = (id(row, 0)?, value(row, 1)?, value(row, 2)?);
        let rate = u32::try_from(rate).map_err(|_| unreadable(&tax_id, "its rate"))?;
        Ok(KnownTax { tax_id: TaxId(tax_id), rate: TaxRate(rate), included: included != 0 })
    };
    rows.iter().map(read).collect()
}

pub(super) async fn flaws(mut line: Line, place: &Place, ids: &[String]) -> Result<Vec<Flawed>, Trouble> {
    let (location_id, database) = place_of(place);
    let asked = asked(ids.iter().map(String::as_str));
    let rows = line.rows(words::FLAWS, &[&location_id, &database, &asked]).await?;
    let found = rows.iter().map(flaw).collect::<Result<Vec<_>, _>>()?;
    Ok(in_order(ids, found, |flawed| &flawed.doc_id))
}

fn flaw(row: &Row) -> Result<Flawed, Trouble> {
    let (database, doc_id): (&str, String) = (value(row, 0)?, id(row, 1)?);
    let known = [Database::Orders, Database::Menu, Database::Customers, Database::Audit];
    let database = known.into_iter().find(|it| it.code() == database);
    let database = database.ok_or_else(|| unreadable(&doc_id, "the name of its database"))?;
    let noted_at = time(&doc_id, value(row, 4)?)?;
    Ok(Flawed { database, doc_id, revision: text(row, 2)?, reason: text(row, 3)?, noted_at })
}
