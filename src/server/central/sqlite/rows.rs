//! The books, row by row.

use super::{Trouble, devices};
use crate::server::central::columns::signed;
use crate::server::central::{Batch, CustomerRow, MenuRow, OrderRow, PaymentRow, Row};
use rusqlite::{Connection, params};

/// Writes a row; false where it is another document's already.
pub(super) fn write_row(tx: &Connection, batch: &Batch, row: &Row) -> Result<bool, Trouble> {
    let location = batch.place.location_id.as_str();
    match row {
        Row::Order(row) => return Ok(order(tx, location, row)?),
        Row::PaymentStatus { doc_id, status } => {
            let sql = "UPDATE orders SET payment_status = ?3 WHERE location_id = ?1 AND doc_id = ?2";
            tx.prepare_cached(sql)?.execute(params![location, doc_id, status])?;
        }
        Row::Payment(row) => payment(tx, location, row)?,
        Row::LastNumber(number) => {
            let sql = "INSERT INTO numbering (location_id, last_number) VALUES (?1, ?2)
                       ON CONFLICT (location_id) DO UPDATE SET last_number = excluded.last_number";
            tx.prepare_cached(sql)?.execute(params![location, signed(*number)])?;
        }
        Row::Customer(row) => customer(tx, location, row)?,
        Row::CustomerGone(doc_id) => {
            let sql = "DELETE FROM customers WHERE location_id = ?1 AND doc_id = ?2";
            tx.prepare_cached(sql)?.execute([location, doc_id])?;
        }
        Row::Menu(row) => menu(tx, location, row)?,
        Row::MenuGone(doc_id) => {
            let sql = "DELETE FROM menu WHERE location_id = ?1 AND doc_id = ?2";
            tx.prepare_cached(sql)?.execute([location, doc_id])?;
        }
        Row::Tax(tax) => {
            let sql = "INSERT INTO known_tax (location_id, tax_id, rate, included) SELECT ?1, ?2, ?3, ?4
                       WHERE NOT EXISTS (SELECT 1 FROM known_tax
                           WHERE location_id = ?1 AND tax_id = ?2 AND rate = ?3 AND included = ?4)";
            tx.prepare_cached(sql)?.execute(params![location, tax.tax_id.as_str(), tax.rate.0, tax.included])?;
        }
        Row::Flawed { doc_id, revision, reason } => {
            let sql = "INSERT INTO flawed (location_id, database_name, doc_id, revision, reason, noted_at)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                       ON CONFLICT (location_id, database_name, doc_id) DO UPDATE SET
                           revision = excluded.revision, reason = excluded.reason, noted_at = excluded.noted_at";
            let database = batch.place.database.code();
            let at = batch.at.rfc3339();
            tx.prepare_cached(sql)?.execute(params![location, database, doc_id, revision.to_string(), reason, at])?;
        }
        Row::Sound(doc_id) => {
            let sql = "DELETE FROM flawed WHERE location_id = ?1 AND database_name = ?2 AND doc_id = ?3";
            tx.prepare_cached(sql)?.execute([location, batch.place.database.code(), doc_id])?;
        }
        Row::Act { what, about } => devices::add_act(tx, batch.at, &batch.place.location_id, what, about)?,
    }
    Ok(true)
}

fn order(tx: &Connection, location: &str, row: &OrderRow) -> Result<bool, rusqlite::Error> {
    let sql = "INSERT INTO orders (location_id, order_id, doc_id, order_number, local_number, register_id,
                   business_date, order_type, order_status, payment_status, customer_id, customer_name, table_name,
                   covers, currency, subtotal, tax_amount, total_amount, offline, created_at, updated_at, accepted_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                   ?21, ?22)
               ON CONFLICT (location_id, order_id) DO UPDATE SET order_type = excluded.order_type,
                   order_status = excluded.order_status, payment_status = excluded.payment_status,
                   customer_id = excluded.customer_id, customer_name = excluded.customer_name,
                   table_name = excluded.table_name, covers = excluded.covers, currency = excluded.currency,
                   subtotal = excluded.subtotal, tax_amount = excluded.tax_amount,
                   total_amount = excluded.total_amount, updated_at = excluded.updated_at
               WHERE orders.doc_id = excluded.doc_id";
    let written = tx.prepare_cached(sql)?.execute(params![
        location,
        row.order_id,
        row.doc_id,
        row.order_number,
        row.local_number,
        row.register_id,
        row.business_date,
        row.order_type,
        row.order_status,
        row.payment_status,
        row.customer_id,
        row.customer_name,
        row.table_name,
        row.covers,
        row.currency,
        row.subtotal,
        row.tax_amount,
        row.total_amount,
        row.offline,
        row.created_at,
        row.updated_at,
        row.accepted_at,
    ])?;
    if written == 0 {
        return Ok(false);
    }
    for sql in [
        "DELETE FROM order_items WHERE location_id = ?1 AND order_id = ?2",
        "DELETE FROM order_taxes WHERE location_id = ?1 AND order_id = ?2",
    ] {
        tx.prepare_cached(sql)?.execute([location, &row.order_id])?;
    }
    order_items(tx, location, row)?;
    order_taxes(tx, location, row)?;
    Ok(true)
}

fn order_items(tx: &Connection, location: &str, row: &OrderRow) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO order_items (location_id, order_id, line_id, place, item_id, name, quantity, unit_price,
                   total, tax_id, tax_rate, modifiers, note, course, station, state, void_reason)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
    let mut statement = tx.prepare_cached(sql)?;
    for (item, place) in row.items.iter().zip(1_i64..) {
        statement.execute(params![
            location,
            row.order_id,
            item.line_id,
            place,
            item.item_id,
            item.name,
            item.quantity,
            item.unit_price,
            item.total,
            item.tax_id,
            item.tax_rate,
            item.modifiers,
            item.note,
            item.course,
            item.station,
            item.state,
            item.void_reason,
        ])?;
    }
    Ok(())
}

fn order_taxes(tx: &Connection, location: &str, row: &OrderRow) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO order_taxes (location_id, order_id, place, tax_id, name, rate, included, net, amount, gross)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let mut statement = tx.prepare_cached(sql)?;
    for (tax, place) in row.taxes.iter().zip(1_i64..) {
        statement.execute(params![
            location,
            row.order_id,
            place,
            tax.tax_id,
            tax.name,
            tax.rate,
            tax.included,
            tax.net,
            tax.amount,
            tax.gross,
        ])?;
    }
    Ok(())
}

fn payment(tx: &Connection, location: &str, row: &PaymentRow) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO payments (location_id, payment_id, doc_id, order_id, order_doc_id, tender, amount, tendered,
                   change_given, tip, rounding, reference, kind, amends, reason, register_id, created_at, accepted_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
    tx.prepare_cached(sql)?.execute(params![
        location,
        row.payment_id,
        row.doc_id,
        row.order_id,
        row.order_doc_id,
        row.tender,
        row.amount,
        row.tendered,
        row.change,
        row.tip,
        row.rounding,
        row.reference,
        row.kind,
        row.amends,
        row.reason,
        row.register_id,
        row.created_at,
        row.accepted_at,
    ])?;
    Ok(())
}

fn customer(tx: &Connection, location: &str, row: &CustomerRow) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO customers (location_id, doc_id, name, phone, address, city, note, created_at, updated_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
               ON CONFLICT (location_id, doc_id) DO UPDATE SET name = excluded.name, phone = excluded.phone,
                   address = excluded.address, city = excluded.city, note = excluded.note,
                   updated_at = excluded.updated_at";
    tx.prepare_cached(sql)?.execute(params![
        location,
        row.doc_id,
        row.name,
        row.phone,
        row.address,
        row.city,
        row.note,
        row.created_at,
        row.updated_at,
    ])?;
    Ok(())
}

fn menu(tx: &Connection, location: &str, row: &MenuRow) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO menu (location_id, doc_id, doc_type, entry_id, name, parent_id, price, currency, tax_id,
                   rate, plu, station, sort_order, available)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
               ON CONFLICT (location_id, doc_id) DO UPDATE SET name = excluded.name, parent_id = excluded.parent_id,
                   price = excluded.price, currency = excluded.currency, tax_id = excluded.tax_id,
                   rate = excluded.rate, plu = excluded.plu, station = excluded.station,
                   sort_order = excluded.sort_order, available = excluded.available";
    tx.prepare_cached(sql)?.execute(params![
        location,
        row.doc_id,
        row.doc_type,
        row.entry_id,
        row.name,
        row.parent_id,
        row.price,
        row.currency,
        row.tax_id,
        row.rate,
        row.plu,
        row.station,
        row.sort_order,
        row.available,
    ])?;
    Ok(())
}
