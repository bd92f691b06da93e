//! What is read. Every query finds its rows by an index.

use super::Trouble;
use crate::document::submission::KnownTax;
use crate::document::{Database, Revision, RevisionTree};
use crate::domain::payment::{Amendment, Amends};
use crate::domain::tax::TaxRate;
use crate::domain::{LocationId, Money, OrderId, Payment, PaymentId, TaxId, Tender, Timestamp};
use crate::server::central::{
    Acceptance, BookedOrder, ChangedDocument, Flawed, Kept, OrderBooks, Place, Reply, Standing,
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;
use std::collections::BTreeMap;

/// SQLite counts in signed numbers.
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

pub(super) fn standing(connection: &Connection, place: &Place) -> Result<Standing, Trouble> {
    let incarnation =
        connection.prepare_cached("SELECT incarnation FROM house")?.query_row([], |row| row.get::<_, String>(0))?;
    Ok(Standing { incarnation, newest: newest(connection, place)? })
}

pub(super) fn newest(connection: &Connection, place: &Place) -> Result<u64, rusqlite::Error> {
    let sql = "SELECT seq FROM feed WHERE location_id = ?1 AND database_name = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let newest = statement
        .query_row(params![place.location_id.as_str(), place.database.code()], |row| row.get::<_, i64>(0))
        .optional()?;
    Ok(newest.map_or(0, unsigned))
}

pub(super) fn documents(connection: &Connection, place: &Place, ids: &[String]) -> Result<Vec<Kept>, Trouble> {
    let sql = "SELECT doc_id, seq, tree FROM document WHERE location_id = ?1 AND database_name = ?2 AND doc_id = ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = Vec::new();
    for id in ids {
        let key = params![place.location_id.as_str(), place.database.code(), id];
        if let Some(row) = statement.query_row(key, columns).optional()? {
            found.push(kept(connection, place, row)?);
        }
    }
    Ok(found)
}

pub(super) fn trees(connection: &Connection, place: &Place, ids: &[String]) -> Result<Vec<ChangedDocument>, Trouble> {
    let sql = "SELECT doc_id, seq, tree FROM document WHERE location_id = ?1 AND database_name = ?2 AND doc_id = ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = Vec::new();
    for id in ids {
        let key = params![place.location_id.as_str(), place.database.code(), id];
        found.extend(statement.query_row(key, columns).optional()?.map(changed).transpose()?);
    }
    Ok(found)
}

pub(super) fn changed((doc_id, seq, tree): Columns) -> Result<ChangedDocument, Trouble> {
    Ok(ChangedDocument { seq: unsigned(seq), tree: tree_of(&doc_id, &tree)?, doc_id })
}

pub(super) fn page(connection: &Connection, place: &Place, after: &str, limit: u32) -> Result<Vec<Kept>, Trouble> {
    let sql = "SELECT doc_id, seq, tree FROM document
               WHERE location_id = ?1 AND database_name = ?2 AND doc_id > ?3 ORDER BY doc_id LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let key = params![place.location_id.as_str(), place.database.code(), after, limit];
    let rows: Vec<_> = statement.query_map(key, columns)?.collect::<Result<_, _>>()?;
    rows.into_iter().map(|row| kept(connection, place, row)).collect()
}

pub(super) type Columns = (String, i64, String);

pub(super) fn columns(row: &Row) -> Result<Columns, rusqlite::Error> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

/// Reads a tree, however far its revisions have counted.
fn tree_of(doc_id: &str, text: &str) -> Result<RevisionTree, Trouble> {
    RevisionTree::from_branches(&json(doc_id, text)?).map_err(|why| unreadable(doc_id, why))
}

fn kept(connection: &Connection, place: &Place, (doc_id, seq, tree): Columns) -> Result<Kept, Trouble> {
    let tree = tree_of(&doc_id, &tree)?;
    let sql = "SELECT revision, body FROM leaf WHERE location_id = ?1 AND database_name = ?2 AND doc_id = ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![place.location_id.as_str(), place.database.code(), doc_id])?;
    let mut bodies = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (revision, body): (String, String) = (row.get(0)?, row.get(1)?);
        let read = Revision::read(&revision).ok_or_else(|| unreadable(&doc_id, format!("`{revision}`")))?;
        bodies.insert(read, json(&doc_id, &body)?);
    }
    Ok(Kept { doc_id, seq: Some(unsigned(seq)), tree, bodies })
}

pub(super) fn changes(
    connection: &Connection,
    place: &Place,
    since: u64,
    limit: u32,
) -> Result<Vec<ChangedDocument>, Trouble> {
    let sql = "SELECT doc_id, seq, tree FROM document
               WHERE location_id = ?1 AND database_name = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let key = params![place.location_id.as_str(), place.database.code(), signed(since), limit];
    let rows: Vec<Columns> = statement.query_map(key, columns)?.collect::<Result<_, _>>()?;
    rows.into_iter().map(changed).collect()
}

pub(super) fn local(connection: &Connection, place: &Place, id: &str) -> Result<Option<Value>, Trouble> {
    let sql = "SELECT body FROM local_document WHERE location_id = ?1 AND database_name = ?2 AND local_id = ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let key = params![place.location_id.as_str(), place.database.code(), id];
    let body: Option<String> = statement.query_row(key, |row| row.get(0)).optional()?;
    body.map(|text| json(id, &text)).transpose()
}

pub(super) fn count_locals(connection: &Connection, location_id: &LocationId) -> Result<usize, Trouble> {
    let sql = "SELECT COUNT(*) FROM local_document WHERE location_id = ?1";
    let count = connection.prepare_cached(sql)?.query_row([location_id.as_str()], |row| row.get::<_, i64>(0))?;
    Ok(usize::try_from(count).unwrap_or(0))
}

pub(super) fn acceptances(
    connection: &Connection,
    location_id: &LocationId,
    ids: &[String],
) -> Result<Vec<Acceptance>, Trouble> {
    let sql = "SELECT reply, accepted_at FROM acceptance WHERE location_id = ?1 AND doc_id = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = Vec::new();
    for doc_id in ids {
        let read = |row: &Row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        let row = statement.query_row(params![location_id.as_str(), doc_id], read).optional()?;
        let Some((reply, accepted_at)) = row else { continue };
        let reply = Reply::read(&reply).map_err(|why| unreadable(doc_id, why))?;
        let accepted_at = time(doc_id, &accepted_at)?;
        found.push(Acceptance { doc_id: doc_id.clone(), accepted_at, reply });
    }
    Ok(found)
}

pub(super) fn time(what: &str, text: &str) -> Result<Timestamp, Trouble> {
    Timestamp::from_rfc3339(text).ok_or_else(|| unreadable(what, format!("`{text}`")))
}

pub(super) fn order_books(
    connection: &Connection,
    location_id: &LocationId,
    doc_id: &str,
) -> Result<Option<OrderBooks>, Trouble> {
    let sql = "SELECT order_id, total_amount FROM orders WHERE location_id = ?1 AND doc_id = ?2 ORDER BY order_id";
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &Row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
    let Some((order_id, total)) = statement.query_row(params![location_id.as_str(), doc_id], read).optional()? else {
        return Ok(None);
    };
    Ok(Some(OrderBooks { order_id, total: Money(total), payments: payments(connection, location_id, doc_id)? }))
}

fn payments(connection: &Connection, location_id: &LocationId, order: &str) -> Result<Vec<Payment>, Trouble> {
    let sql = "SELECT doc_id, tender, amount, tendered, change_given, tip, rounding, reference, created_at, kind,
                   amends, reason
               FROM payments WHERE location_id = ?1 AND order_doc_id = ?2 ORDER BY doc_id";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![location_id.as_str(), order])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let doc_id: String = row.get(0)?;
        let payment_of = |text: &str| PaymentId::read(text).ok_or_else(|| unreadable(&doc_id, format!("`{text}`")));
        let payment_id = payment_of(&doc_id)?;
        let tender: String = row.get(1)?;
        let tender = [Tender::Cash, Tender::Card].into_iter().find(|it| it.code() == tender);
        let kind: Option<String> = row.get(9)?;
        let amends = match kind.as_deref().map(Amends::from_code) {
            None => None,
            Some(None) => return Err(unreadable(&doc_id, "its kind")),
            Some(Some(kind)) => Some(Box::new(Amendment {
                kind,
                of: payment_of(&row.get::<_, String>(10)?)?,
                act: payment_id,
                reason: row.get::<_, Option<String>>(11)?.unwrap_or_default(),
                by: String::new(),
                approved_by: None,
                lines: Vec::new(),
                taxes: Vec::new(),
            })),
        };
        found.push(Payment {
            payment_id,
            order_id: OrderId::read(order).ok_or_else(|| unreadable(&doc_id, "its order"))?,
            tender: tender.ok_or_else(|| unreadable(&doc_id, "its tender"))?,
            amount: Money(row.get(2)?),
            tendered: Money(row.get(3)?),
            change: Money(row.get(4)?),
            tip: Money(row.get(5)?),
            rounding: Money(row.get(6)?),
            reference: row.get(7)?,
            created_at: time(&doc_id, &row.get::<_, String>(8)?)?,
            amends,
        });
    }
    Ok(found)
}

pub(super) fn count_payments(
    connection: &Connection,
    location_id: &LocationId,
    order: &str,
) -> Result<usize, rusqlite::Error> {
    let sql = "SELECT COUNT(*) FROM payments WHERE location_id = ?1 AND order_doc_id = ?2";
    let count = |row: &Row| row.get::<_, i64>(0);
    let count = connection.prepare_cached(sql)?.query_row(params![location_id.as_str(), order], count)?;
    Ok(usize::try_from(count).unwrap_or(0))
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
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &Row| {
        Ok(BookedOrder {
            order_id: row.get(0)?,
            doc_id: row.get(1)?,
            order_number: row.get(2)?,
            order_status: row.get(3)?,
            payment_status: row.get(4)?,
            total: Money(row.get(5)?),
            lines: unsigned(row.get(6)?),
        })
    };
    Ok(statement.query_map(params![location_id.as_str(), after, limit], read)?.collect::<Result<_, _>>()?)
}

pub(super) fn last_number(connection: &Connection, location_id: &LocationId) -> Result<u64, Trouble> {
    let sql = "SELECT last_number FROM numbering WHERE location_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let last = statement.query_row([location_id.as_str()], |row| row.get::<_, i64>(0)).optional()?;
    Ok(last.map_or(0, unsigned))
}

pub(super) fn is_order_id_taken(
    connection: &Connection,
    location_id: &LocationId,
    order_id: &str,
) -> Result<bool, Trouble> {
    let sql = "SELECT 1 FROM orders WHERE location_id = ?1 AND order_id = ?2";
    Ok(connection.prepare_cached(sql)?.exists(params![location_id.as_str(), order_id])?)
}

pub(super) fn is_number_taken(
    connection: &Connection,
    location_id: &LocationId,
    number: &str,
) -> Result<bool, Trouble> {
    let sql = "SELECT 1 FROM orders WHERE location_id = ?1 AND order_number = ?2";
    Ok(connection.prepare_cached(sql)?.exists(params![location_id.as_str(), number])?)
}

pub(super) fn taxes(connection: &Connection, location_id: &LocationId) -> Result<Vec<KnownTax>, Trouble> {
    let sql = "SELECT tax_id, rate, included FROM known_tax WHERE location_id = ?1 ORDER BY tax_id, rate, included";
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &Row| {
        let (tax_id, rate, included): (String, u32, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(KnownTax { tax_id: TaxId(tax_id), rate: TaxRate(rate), included })
    };
    Ok(statement.query_map([location_id.as_str()], read)?.collect::<Result<_, _>>()?)
}

pub(super) fn flaws(connection: &Connection, place: &Place, ids: &[String]) -> Result<Vec<Flawed>, Trouble> {
    let sql = "SELECT database_name, doc_id, revision, reason, noted_at FROM flawed
               WHERE location_id = ?1 AND database_name = ?2 AND doc_id = ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = Vec::new();
    for id in ids {
        let mut rows = statement.query(params![place.location_id.as_str(), place.database.code(), id])?;
        if let Some(row) = rows.next()? {
            found.push(flaw(row)?);
        }
    }
    Ok(found)
}

fn flaw(row: &Row) -> Result<Flawed, Trouble> {
    let (database, doc_id, noted_at): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(4)?);
    let known = [Database::Orders, Database::Menu, Database::Customers, Database::Audit];
    let database = known.into_iter().find(|it| it.code() == database);
    let database = database.ok_or_else(|| unreadable(&doc_id, "the name of its database"))?;
    let noted_at = time(&doc_id, &noted_at)?;
    Ok(Flawed { database, doc_id, revision: row.get(2)?, reason: row.get(3)?, noted_at })
}
