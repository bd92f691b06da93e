//! What is read. Every query finds its rows by an index, and is one statement: all of it is of one moment.

use super::line::{Line, Trouble};
use crate::document::submission::KnownTax;
use crate::domain::LocationId;
use crate::server::central::columns::{self, Columns, Unreadable, changed, count, json, leaf, unsigned};
use crate::server::central::{Acceptance, BookedOrder, ChangedDocument, Flawed, Kept, OrderBooks, Place, Standing};
use serde_json::Value;
use std::collections::BTreeMap;
use tokio_postgres::Row;

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
        Ok(self.try_get(column)?)
    }
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

fn kept(row: &Row) -> Result<Kept, Trouble> {
    let ChangedDocument { seq, doc_id, tree } = changed(row)?;
    let (revisions, said): (Vec<&str>, Vec<&str>) = (row.try_get(3)?, row.try_get(4)?);
    let leaves = revisions.into_iter().zip(said).map(|(revision, body)| leaf(&doc_id, revision, body));
    let bodies = leaves.collect::<Result<BTreeMap<_, _>, _>>()?;
    Ok(Kept { doc_id, seq: Some(seq), tree, bodies })
}

pub(super) async fn local(mut line: Line, place: &Place, id: &str) -> Result<Option<Value>, Trouble> {
    if id.contains('\0') {
        return Ok(None);
    }
    let sql = "SELECT body FROM local_document WHERE location_id = $1 AND database_name = $2 AND local_id = $3";
    let row = line.row(sql, &[&place.location_id.as_str(), &place.database.code(), &id]).await?;
    row.map(|row| Ok(json(id, row.text(0)?)?)).transpose()
}

pub(super) async fn count_locals(mut line: Line, location_id: &LocationId) -> Result<usize, Trouble> {
    let sql = "SELECT COUNT(*) FROM local_document WHERE location_id = $1";
    line.one(sql, &[&location_id.as_str()]).await?.number(0).map(count)
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
    rows.iter().map(columns::acceptance).collect()
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
    let books = rows.iter().map(|row| columns::order_books(row, doc_id)).collect::<Result<Vec<_>, _>>()?;
    Ok(books.into_iter().reduce(columns::together))
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
    rows.iter().map(columns::booked_order).collect()
}

pub(super) async fn last_number(mut line: Line, location_id: &LocationId) -> Result<u64, Trouble> {
    let sql = "SELECT last_number FROM numbering WHERE location_id = $1";
    let row = line.row(sql, &[&location_id.as_str()]).await?;
    row.map_or(Ok(0), |row| row.number(0).map(unsigned))
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
    rows.iter().map(columns::tax).collect()
}

pub(super) async fn flaws(mut line: Line, place: &Place, ids: &[String]) -> Result<Vec<Flawed>, Trouble> {
    let sql = "SELECT flawed.database_name, flawed.doc_id, flawed.revision, flawed.reason, flawed.noted_at
               FROM unnest($3::text[]) WITH ORDINALITY AS asked (doc_id, nth)
               JOIN flawed ON flawed.location_id = $1 AND flawed.database_name = $2 AND flawed.doc_id = asked.doc_id
               ORDER BY asked.nth";
    let rows = line.rows(sql, &[&place.location_id.as_str(), &place.database.code(), &possible(ids)]).await?;
    rows.iter().map(columns::flaw).collect()
}
