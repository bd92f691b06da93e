//! What is read. Every query finds its rows by an index, and is one statement: all of it is of one moment.

use super::line::{Line, Trouble};
use crate::document::submission::KnownTax;
use crate::document::{Database, Revision, RevisionTree};
use crate::domain::payment::{Amendment, Amends};
use crate::domain::tax::TaxRate;
use crate::domain::{LocationId, Money, OrderId, Payment, PaymentId, TaxId, Tender, Timestamp};
use crate::server::central::{
    Acceptance, BookedOrder, ChangedDocument, Flawed, Kept, OrderBooks, Place, Reply, Standing,
};
use serde_json::Value;
use std::collections::BTreeMap;
use tokio_postgres::Row;

/// PostgreSQL counts in signed numbers.
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

fn json(what: &str, text: &str) -> Result<Value, Trouble> {
    serde_json::from_str(text).map_err(|error| unreadable(what, error))
}

pub(super) fn time(what: &str, text: &str) -> Result<Timestamp, Trouble> {
    Timestamp::from_rfc3339(text).ok_or_else(|| unreadable(what, format!("`{text}`")))
}

/// What stands before a letter of number 0, which PostgreSQL keeps in no text. Nothing has an id with one in it, so
/// that whatever comes after such an id comes after this.
pub(super) fn before_nul(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default()
}

/// Those of these ids by which something can be there.
fn possible(ids: &[String]) -> Vec<&String> {
    ids.iter().filter(|id| !id.contains('\0')).collect()
}

pub(super) async fn standing(mut line: Line, place: &Place) -> Result<Standing, Trouble> {
    let sql = "SELECT incarnation,
                   COALESCE((SELECT seq FROM feed WHERE location_id = $1 AND database_name = $2), 0) FROM house";
    let row = line.one(sql, &[&place.location_id.as_str(), &place.database.code()]).await?;
    Ok(Standing { incarnation: row.try_get(0)?, newest: unsigned(row.try_get(1)?) })
}

/// What is read of a document, its leaves with it, under the name `document`. A tree is read once, however many leaves.
const WHOLE: &str = "document.doc_id, document.seq, document.tree,
     ARRAY(SELECT leaf.revision FROM leaf WHERE leaf.location_id = document.location_id
           AND leaf.database_name = document.database_name AND leaf.doc_id = document.doc_id ORDER BY leaf.revision),
     ARRAY(SELECT leaf.body FROM leaf WHERE leaf.location_id = document.location_id
           AND leaf.database_name = document.database_name AND leaf.doc_id = document.doc_id ORDER BY leaf.revision)";

/// Documents by id, in the order in which they were asked for.
const BY_ID: &str = "FROM unnest($3::text[]) WITH ORDINALITY AS asked (doc_id, nth)
     JOIN document ON document.location_id = $1 AND document.database_name = $2 AND document.doc_id = asked.doc_id
     ORDER BY asked.nth";

pub(super) async fn documents(mut line: Line, place: &Place, ids: &[String]) -> Result<Vec<Kept>, Trouble> {
    let sql = format!("SELECT {WHOLE} {BY_ID}");
    let rows = line.rows(&sql, &[&place.location_id.as_str(), &place.database.code(), &possible(ids)]).await?;
    rows.iter().map(kept).collect()
}

pub(super) async fn trees(mut line: Line, place: &Place, ids: &[String]) -> Result<Vec<ChangedDocument>, Trouble> {
    let sql = format!("SELECT document.doc_id, document.seq, document.tree {BY_ID}");
    let rows = line.rows(&sql, &[&place.location_id.as_str(), &place.database.code(), &possible(ids)]).await?;
    rows.iter().map(changed).collect()
}

pub(super) async fn page(mut line: Line, place: &Place, after: &str, limit: u32) -> Result<Vec<Kept>, Trouble> {
    let sql = format!(
        "SELECT {WHOLE} FROM document WHERE location_id = $1 AND database_name = $2 AND doc_id > $3
         ORDER BY doc_id LIMIT $4"
    );
    let (location_id, limit) = (place.location_id.as_str(), i64::from(limit));
    let rows = line.rows(&sql, &[&location_id, &place.database.code(), &before_nul(after), &limit]).await?;
    rows.iter().map(kept).collect()
}

/// Reads a tree, however far its revisions have counted.
fn tree_of(doc_id: &str, text: &str) -> Result<RevisionTree, Trouble> {
    RevisionTree::from_branches(&json(doc_id, text)?).map_err(|why| unreadable(doc_id, why))
}

/// A document without what its leaves say: its id, its sequence, its tree.
pub(super) fn changed(row: &Row) -> Result<ChangedDocument, Trouble> {
    let (doc_id, seq): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
    Ok(ChangedDocument { seq: unsigned(seq), tree: tree_of(&doc_id, row.try_get(2)?)?, doc_id })
}

fn kept(row: &Row) -> Result<Kept, Trouble> {
    let ChangedDocument { seq, doc_id, tree } = changed(row)?;
    let (revisions, said): (Vec<&str>, Vec<&str>) = (row.try_get(3)?, row.try_get(4)?);
    let mut bodies = BTreeMap::new();
    for (revision, body) in revisions.into_iter().zip(said) {
        let read = Revision::read(revision).ok_or_else(|| unreadable(&doc_id, format!("`{revision}`")))?;
        bodies.insert(read, json(&doc_id, body)?);
    }
    Ok(Kept { doc_id, seq: Some(seq), tree, bodies })
}

pub(super) async fn local(mut line: Line, place: &Place, id: &str) -> Result<Option<Value>, Trouble> {
    if id.contains('\0') {
        return Ok(None);
    }
    let sql = "SELECT body FROM local_document WHERE location_id = $1 AND database_name = $2 AND local_id = $3";
    let row = line.row(sql, &[&place.location_id.as_str(), &place.database.code(), &id]).await?;
    row.map(|row| json(id, row.try_get(0)?)).transpose()
}

pub(super) async fn count_locals(mut line: Line, location_id: &LocationId) -> Result<usize, Trouble> {
    let sql = "SELECT COUNT(*) FROM local_document WHERE location_id = $1";
    let count: i64 = line.one(sql, &[&location_id.as_str()]).await?.try_get(0)?;
    Ok(usize::try_from(count).unwrap_or(0))
}

pub(super) async fn acceptances(
    mut line: Line,
    location_id: &LocationId,
    ids: &[String],
) -> Result<Vec<Acceptance>, Trouble> {
    let sql = "SELECT acceptance.doc_id, acceptance.reply, acceptance.accepted_at
               FROM unnest($2::text[]) WITH ORDINALITY AS asked (doc_id, nth)
               JOIN acceptance ON acceptance.location_id = $1 AND acceptance.doc_id = asked.doc_id ORDER BY asked.nth";
    let rows = line.rows(sql, &[&location_id.as_str(), &possible(ids)]).await?;
    let read = |row: &Row| {
        let doc_id: String = row.try_get(0)?;
        let reply = Reply::read(row.try_get(1)?).map_err(|why| unreadable(&doc_id, why))?;
        Ok(Acceptance { accepted_at: time(&doc_id, row.try_get(2)?)?, reply, doc_id })
    };
    rows.iter().map(read).collect()
}

pub(super) async fn order_books(
    mut line: Line,
    location_id: &LocationId,
    doc_id: &str,
) -> Result<Option<OrderBooks>, Trouble> {
    // One row for each payment, or one without where there is none.
    let sql =
        "SELECT booked.order_id, booked.total_amount, payments.doc_id, tender, amount, tendered, change_given, tip,
                   rounding, reference, payments.created_at, kind, amends, reason
               FROM (SELECT order_id, total_amount FROM orders WHERE location_id = $1 AND doc_id = $2
                     ORDER BY order_id LIMIT 1) AS booked
               LEFT JOIN payments ON payments.location_id = $1 AND payments.order_doc_id = $2
               ORDER BY payments.doc_id";
    let rows = line.rows(sql, &[&location_id.as_str(), &doc_id]).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let (order_id, total) = (first.try_get(0)?, Money(first.try_get(1)?));
    let payments = rows.iter().filter_map(|row| payment(row, doc_id).transpose()).collect::<Result<_, _>>()?;
    Ok(Some(OrderBooks { order_id, total, payments }))
}

fn payment(row: &Row, order: &str) -> Result<Option<Payment>, Trouble> {
    let Some(doc_id) = row.try_get::<_, Option<&str>>(2)? else { return Ok(None) };
    let payment_of = |text: &str| PaymentId::read(text).ok_or_else(|| unreadable(doc_id, format!("`{text}`")));
    let payment_id = payment_of(doc_id)?;
    let tender: &str = row.try_get(3)?;
    let tender = [Tender::Cash, Tender::Card].into_iter().find(|it| it.code() == tender);
    let amends = match row.try_get::<_, Option<&str>>(11)?.map(Amends::from_code) {
        None => None,
        Some(None) => return Err(unreadable(doc_id, "its kind")),
        Some(Some(kind)) => Some(Box::new(Amendment {
            kind,
            of: payment_of(row.try_get(12)?)?,
            act: payment_id,
            reason: row.try_get::<_, Option<String>>(13)?.unwrap_or_default(),
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
        amount: Money(row.try_get(4)?),
        tendered: Money(row.try_get(5)?),
        change: Money(row.try_get(6)?),
        tip: Money(row.try_get(7)?),
        rounding: Money(row.try_get(8)?),
        reference: row.try_get(9)?,
        created_at: time(doc_id, row.try_get(10)?)?,
        amends,
    }))
}

pub(super) async fn booked_orders(
    mut line: Line,
    location_id: &LocationId,
    after: &str,
    limit: u32,
) -> Result<Vec<BookedOrder>, Trouble> {
    let sql = "SELECT order_id, doc_id, order_number, order_status, payment_status, total_amount,
                   (SELECT COUNT(*) FROM order_items
                    WHERE order_items.location_id = orders.location_id AND order_items.order_id = orders.order_id)
               FROM orders WHERE location_id = $1 AND order_id > $2 ORDER BY order_id LIMIT $3";
    let rows = line.rows(sql, &[&location_id.as_str(), &after, &i64::from(limit)]).await?;
    let read = |row: &Row| {
        Ok(BookedOrder {
            order_id: row.try_get(0)?,
            doc_id: row.try_get(1)?,
            order_number: row.try_get(2)?,
            order_status: row.try_get(3)?,
            payment_status: row.try_get(4)?,
            total: Money(row.try_get(5)?),
            lines: unsigned(row.try_get(6)?),
        })
    };
    rows.iter().map(read).collect()
}

pub(super) async fn last_number(mut line: Line, location_id: &LocationId) -> Result<u64, Trouble> {
    let sql = "SELECT last_number FROM numbering WHERE location_id = $1";
    let row = line.row(sql, &[&location_id.as_str()]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.map_or(0, unsigned))
}

pub(super) async fn is_order_id_taken(
    mut line: Line,
    location_id: &LocationId,
    order_id: &str,
) -> Result<bool, Trouble> {
    let sql = "SELECT 1 FROM orders WHERE location_id = $1 AND order_id = $2";
    Ok(line.row(sql, &[&location_id.as_str(), &order_id]).await?.is_some())
}

pub(super) async fn is_number_taken(mut line: Line, location_id: &LocationId, number: &str) -> Result<bool, Trouble> {
    let sql = "SELECT 1 FROM orders WHERE location_id = $1 AND order_number = $2";
    Ok(line.row(sql, &[&location_id.as_str(), &number]).await?.is_some())
}

pub(super) async fn taxes(mut line: Line, location_id: &LocationId) -> Result<Vec<KnownTax>, Trouble> {
    let sql = "SELECT tax_id, rate, included FROM known_tax WHERE location_id = $1 ORDER BY tax_id, rate, included";
    let rows = line.rows(sql, &[&location_id.as_str()]).await?;
    let read = |row: &Row| {
        let (tax_id, rate, included): (String, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let rate = u32::try_from(rate).map_err(|_| unreadable(&tax_id, "its rate"))?;
        Ok(KnownTax { tax_id: TaxId(tax_id), rate: TaxRate(rate), included: included != 0 })
    };
    rows.iter().map(read).collect()
}

pub(super) async fn flaws(mut line: Line, place: &Place, ids: &[String]) -> Result<Vec<Flawed>, Trouble> {
    let sql = "SELECT flawed.database_name, flawed.doc_id, flawed.revision, flawed.reason, flawed.noted_at
               FROM unnest($3::text[]) WITH ORDINALITY AS asked (doc_id, nth)
               JOIN flawed ON flawed.location_id = $1 AND flawed.database_name = $2 AND flawed.doc_id = asked.doc_id
               ORDER BY asked.nth";
    let rows = line.rows(sql, &[&place.location_id.as_str(), &place.database.code(), &possible(ids)]).await?;
    rows.iter().map(flaw).collect()
}

fn flaw(row: &Row) -> Result<Flawed, Trouble> {
    let (database, doc_id): (&str, String) = (row.try_get(0)?, row.try_get(1)?);
    let known = [Database::Orders, Database::Menu, Database::Customers, Database::Audit];
    let database = known.into_iter().find(|it| it.code() == database);
    let database = database.ok_or_else(|| unreadable(&doc_id, "the name of its database"))?;
    let noted_at = time(&doc_id, row.try_get(4)?)?;
    Ok(Flawed { database, doc_id, revision: row.try_get(2)?, reason: row.try_get(3)?, noted_at })
}
