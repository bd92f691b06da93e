//! What is read. Every query finds its rows by an index.

use super::Trouble;
use crate::document::submission::KnownTax;
use crate::domain::LocationId;
use crate::server::central::columns::{self, Columns, Unreadable, count, json, leaf, unsigned};
use crate::server::central::{Acceptance, BookedOrder, ChangedDocument, Flawed, Kept, OrderBooks, Place, Standing};
use rusqlite::{Connection, Params, Row, params};
use serde_json::Value;
use std::collections::BTreeMap;

impl From<Unreadable> for Trouble {
    fn from(Unreadable(what): Unreadable) -> Trouble {
        Trouble::Unreadable(what)
    }
}

impl Columns for Row<'_> {
    type Trouble = Trouble;

    fn maybe(&self, column: usize) -> Result<Option<&str>, Trouble> {
        Ok(self.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)?)
    }

    fn number(&self, column: usize) -> Result<i64, Trouble> {
        Ok(self.get(column)?)
    }
}

/// What a statement answers.
pub(super) fn rows<T>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnMut(&Row) -> Result<T, Trouble>,
) -> Result<Vec<T>, Trouble> {
    connection.prepare_cached(sql)?.query_and_then(values, read)?.collect()
}

/// The first row that it answers.
pub(super) fn row<T>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnMut(&Row) -> Result<T, Trouble>,
) -> Result<Option<T>, Trouble> {
    connection.prepare_cached(sql)?.query_and_then(values, read)?.next().transpose()
}

/// The one number that it always answers.
pub(super) fn number(connection: &Connection, sql: &str, values: impl Params) -> Result<i64, Trouble> {
    Ok(connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
}

pub(super) fn standing(connection: &Connection, place: &Place) -> Result<Standing, Trouble> {
    let incarnation =
        connection.prepare_cached("SELECT incarnation FROM house")?.query_row([], |row| row.get::<_, String>(0))?;
    Ok(Standing { incarnation, newest: newest(connection, place)? })
}

pub(super) fn newest(connection: &Connection, place: &Place) -> Result<u64, Trouble> {
    let sql = "SELECT seq FROM feed WHERE location_id = ?1 AND database_name = ?2";
    let key = params![place.location_id.as_str(), place.database.code()];
    Ok(row(connection, sql, key, |row| row.number(0))?.map_or(0, unsigned))
}

pub(super) fn documents(connection: &Connection, place: &Place, ids: &[String]) -> Result<Vec<Kept>, Trouble> {
    trees(connection, place, ids)?.into_iter().map(|changed| kept(connection, place, changed)).collect()
}

pub(super) fn trees(connection: &Connection, place: &Place, ids: &[String]) -> Result<Vec<ChangedDocument>, Trouble> {
    let sql = "SELECT doc_id, seq, tree FROM document WHERE location_id = ?1 AND database_name = ?2 AND doc_id = ?3";
    let tree = |id: &String| {
        let key = params![place.location_id.as_str(), place.database.code(), id];
        row(connection, sql, key, |row| columns::changed(row)).transpose()
    };
    ids.iter().filter_map(tree).collect()
}

pub(super) fn page(connection: &Connection, place: &Place, after: &str, limit: u32) -> Result<Vec<Kept>, Trouble> {
    let sql = "SELECT doc_id, seq, tree FROM document
               WHERE location_id = ?1 AND database_name = ?2 AND doc_id > ?3 ORDER BY doc_id LIMIT ?4";
    let key = params![place.location_id.as_str(), place.database.code(), after, limit];
    let changed = rows(connection, sql, key, |row| columns::changed(row))?;
    changed.into_iter().map(|changed| kept(connection, place, changed)).collect()
}

/// A document with what its leaves say.
fn kept(connection: &Connection, place: &Place, changed: ChangedDocument) -> Result<Kept, Trouble> {
    let ChangedDocument { seq, doc_id, tree } = changed;
    let sql = "SELECT revision, body FROM leaf WHERE location_id = ?1 AND database_name = ?2 AND doc_id = ?3";
    let key = params![place.location_id.as_str(), place.database.code(), doc_id];
    let bodies = rows(connection, sql, key, |row| Ok(leaf(&doc_id, row.text(0)?, row.text(1)?)?))?;
    Ok(Kept { seq: Some(seq), tree, bodies: BTreeMap::from_iter(bodies), doc_id })
}

pub(super) fn local(connection: &Connection, place: &Place, id: &str) -> Result<Option<Value>, Trouble> {
    let sql = "SELECT body FROM local_document WHERE location_id = ?1 AND database_name = ?2 AND local_id = ?3";
    let key = params![place.location_id.as_str(), place.database.code(), id];
    row(connection, sql, key, |row| Ok(json(id, row.text(0)?)?))
}

pub(super) fn count_locals(connection: &Connection, location_id: &LocationId) -> Result<usize, Trouble> {
    let sql = "SELECT COUNT(*) FROM local_document WHERE location_id = ?1";
    number(connection, sql, [location_id.as_str()]).map(count)
}

pub(super) fn acceptances(
    connection: &Connection,
    location_id: &LocationId,
    ids: &[String],
) -> Result<Vec<Acceptance>, Trouble> {
    let sql = "SELECT doc_id, reply, accepted_at FROM acceptance WHERE location_id = ?1 AND doc_id = ?2";
    let acceptance =
        |id: &String| row(connection, sql, [location_id.as_str(), id], |row| columns::acceptance(row)).transpose();
    ids.iter().filter_map(acceptance).collect()
}

pub(super) fn order_books(
    connection: &Connection,
    location_id: &LocationId,
    doc_id: &str,
) -> Result<Option<OrderBooks>, Trouble> {
    // One row for each payment, or one without where there is none.
    let sql =
        "SELECT booked.order_id, booked.total_amount, payments.doc_id, tender, amount, tendered, change_given, tip,
                   rounding, reference, payments.created_at, kind, amends, reason
               FROM (SELECT order_id, total_amount FROM orders WHERE location_id = ?1 AND doc_id = ?2
                     ORDER BY order_id LIMIT 1) AS booked
               LEFT JOIN payments ON payments.location_id = ?1 AND payments.order_doc_id = ?2
               ORDER BY payments.doc_id";
    let books = rows(connection, sql, [location_id.as_str(), doc_id], |row| columns::order_books(row, doc_id))?;
    Ok(books.into_iter().reduce(columns::together))
}

pub(super) fn count_payments(connection: &Connection, location_id: &LocationId, order: &str) -> Result<usize, Trouble> {
    let sql = "SELECT COUNT(*) FROM payments WHERE location_id = ?1 AND order_doc_id = ?2";
    number(connection, sql, [location_id.as_str(), order]).map(count)
}

pub(super) fn booked_orders(
    connection: &Connection,
    location_id: &LocationId,
    after: &str,
    limit: u32,
) -> Result<Vec<BookedOrder>, Trouble> {
    let sql = "SELECT order_id, doc_id, order_number, order_status, payment_status, total_amount,
                   (SELECT COUNT(*) FROM order_items
                    WHERE order_items.location_id = orders.location_id AND order_items.order_id = orders.order_id)
               FROM orders WHERE location_id = ?1 AND order_id > ?2 ORDER BY order_id LIMIT ?3";
    rows(connection, sql, params![location_id.as_str(), after, limit], |row| columns::booked_order(row))
}

pub(super) fn last_number(connection: &Connection, location_id: &LocationId) -> Result<u64, Trouble> {
    let sql = "SELECT last_number FROM numbering WHERE location_id = ?1";
    Ok(row(connection, sql, [location_id.as_str()], |row| row.number(0))?.map_or(0, unsigned))
}

pub(super) fn is_order_id_taken(
    connection: &Connection,
    location_id: &LocationId,
    order_id: &str,
) -> Result<bool, Trouble> {
    let sql = "SELECT 1 FROM orders WHERE location_id = ?1 AND order_id = ?2";
    Ok(connection.prepare_cached(sql)?.exists([location_id.as_str(), order_id])?)
}

pub(super) fn is_number_taken(
    connection: &Connection,
    location_id: &LocationId,
    number: &str,
) -> Result<bool, Trouble> {
    let sql = "SELECT 1 FROM orders WHERE location_id = ?1 AND order_number = ?2";
    Ok(connection.prepare_cached(sql)?.exists([location_id.as_str(), number])?)
}

pub(super) fn taxes(connection: &Connection, location_id: &LocationId) -> Result<Vec<KnownTax>, Trouble> {
    let sql = "SELECT tax_id, rate, included FROM known_tax WHERE location_id = ?1 ORDER BY tax_id, rate, included";
    rows(connection, sql, [location_id.as_str()], |row| columns::tax(row))
}

pub(super) fn flaws(connection: &Connection, place: &Place, ids: &[String]) -> Result<Vec<Flawed>, Trouble> {
    let sql = "SELECT database_name, doc_id, revision, reason, noted_at FROM flawed
               WHERE location_id = ?1 AND database_name = ?2 AND doc_id = ?3";
    let flaw = |id: &String| {
        let key = [place.location_id.as_str(), place.database.code(), id];
        row(connection, sql, key, |row| columns::flaw(row)).transpose()
    };
    ids.iter().filter_map(flaw).collect()
}
