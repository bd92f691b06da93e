//! The books, row by row.

use super::devices;
use super::line::{Line, Trouble};
use crate::server::central::books::{maybe, text};
use crate::server::central::columns::signed;
use crate::server::central::{Batch, CustomerRow, MenuRow, OrderItemRow, OrderRow, PaymentRow, Row, TaxRow};
use serde_json::{Value, json};

/// Writes a row; false where it is another document's already.
pub(super) async fn write_row(line: &mut Line, batch: &Batch, row: &Row) -> Result<bool, Trouble> {
    let location = batch.place.location_id.as_str();
    match row {
        Row::Order(row) => return order(line, location, row).await,
        Row::PaymentStatus { doc_id, status } => {
            let sql = "UPDATE orders SET payment_status = $3 WHERE location_id = $1 AND doc_id = $2";
            line.execute(sql, &[&location, doc_id, status]).await?;
        }
        Row::Payment(row) => payment(line, location, row).await?,
        Row::LastNumber(number) => {
            let sql = "INSERT INTO numbering (location_id, last_number) VALUES ($1, $2)
                       ON CONFLICT (location_id) DO UPDATE SET last_number = excluded.last_number";
            line.execute(sql, &[&location, &signed(*number)]).await?;
        }
        Row::Customer(row) => customer(line, location, row).await?,
        Row::CustomerGone(doc_id) => {
            let sql = "DELETE FROM customers WHERE location_id = $1 AND doc_id = $2";
            line.execute(sql, &[&location, doc_id]).await?;
        }
        Row::Menu(row) => menu(line, location, row).await?,
        Row::MenuGone(doc_id) => {
            let sql = "DELETE FROM menu WHERE location_id = $1 AND doc_id = $2";
            line.execute(sql, &[&location, doc_id]).await?;
        }
        Row::Tax(tax) => {
            let sql = "INSERT INTO known_tax (location_id, tax_id, rate, included) VALUES ($1, $2, $3, $4)
                       ON CONFLICT (location_id, tax_id, rate, included) DO NOTHING";
            let (rate, included) = (i64::from(tax.rate.0), i64::from(tax.included));
            line.execute(sql, &[&location, &text(tax.tax_id.as_str()), &rate, &included]).await?;
        }
        Row::Flawed { doc_id, revision, reason } => {
            let sql = "INSERT INTO flawed (location_id, database_name, doc_id, revision, reason, noted_at)
                       VALUES ($1, $2, $3, $4, $5, $6)
                       ON CONFLICT (location_id, database_name, doc_id) DO UPDATE SET
                           revision = excluded.revision, reason = excluded.reason, noted_at = excluded.noted_at";
            let (database, revision, at) = (batch.place.database.code(), revision.to_string(), batch.at.rfc3339());
            line.execute(sql, &[&location, &database, doc_id, &revision, &text(reason), &at]).await?;
        }
        Row::Sound(doc_id) => {
            let sql = "DELETE FROM flawed WHERE location_id = $1 AND database_name = $2 AND doc_id = $3";
            line.execute(sql, &[&location, &batch.place.database.code(), doc_id]).await?;
        }
        Row::Act { what, about } => {
            devices::add_act(line, batch.at, &batch.place.location_id, what, &text(about)).await?;
        }
    }
    Ok(true)
}

/// Writes an order, and whether it was new: a row that was not updated has no `xmax`.
async fn order(line: &mut Line, location: &str, row: &OrderRow) -> Result<bool, Trouble> {
    let sql = "INSERT INTO orders (location_id, order_id, doc_id, order_number, local_number, register_id,
                   business_date, order_type, order_status, payment_status, customer_id, customer_name, table_name,
                   covers, currency, subtotal, tax_amount, total_amount, offline, created_at, updated_at, accepted_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                   $21, $22)
               ON CONFLICT (location_id, order_id) DO UPDATE SET order_type = excluded.order_type,
                   order_status = excluded.order_status, payment_status = excluded.payment_status,
                   customer_id = excluded.customer_id, customer_name = excluded.customer_name,
                   table_name = excluded.table_name, covers = excluded.covers, currency = excluded.currency,
                   subtotal = excluded.subtotal, tax_amount = excluded.tax_amount,
                   total_amount = excluded.total_amount, updated_at = excluded.updated_at
               WHERE orders.doc_id = excluded.doc_id RETURNING xmax = 0";
    let written = line
        .row(
            sql,
            &[
                &location,
                &text(&row.order_id),
                &row.doc_id,
                &text(&row.order_number),
                &text(&row.local_number),
                &text(&row.register_id),
                &row.business_date,
                &row.order_type,
                &row.order_status,
                &row.payment_status,
                &maybe(&row.customer_id),
                &maybe(&row.customer_name),
                &maybe(&row.table_name),
                &row.covers,
                &row.currency,
                &row.subtotal,
                &row.tax_amount,
                &row.total_amount,
                &i64::from(row.offline),
                &row.created_at,
                &row.updated_at,
                &row.accepted_at,
            ],
        )
        .await?;
    let Some(written) = written else { return Ok(false) };
    let is_new: bool = written.try_get(0)?;
    if !is_new {
        let sql = "WITH items AS (DELETE FROM order_items WHERE location_id = $1 AND order_id = $2)
                   DELETE FROM order_taxes WHERE location_id = $1 AND order_id = $2";
        line.execute(sql, &[&location, &text(&row.order_id)]).await?;
    }
    order_items(line, location, row).await?;
    order_taxes(line, location, row).await?;
    Ok(true)
}

async fn order_items(line: &mut Line, location: &str, row: &OrderRow) -> Result<(), Trouble> {
    let of = |(item, place): (&OrderItemRow, i64)| {
        json!({
            "line_id": text(&item.line_id), "place": place, "item_id": text(&item.item_id), "name": text(&item.name),
            "quantity": item.quantity, "unit_price": item.unit_price, "total": item.total,
            "tax_id": text(&item.tax_id), "tax_rate": item.tax_rate, "modifiers": item.modifiers,
            "note": maybe(&item.note), "course": item.course, "station": text(&item.station), "state": item.state,
            "void_reason": maybe(&item.void_reason),
        })
    };
    let items: Value = row.items.iter().zip(1_i64..).map(of).collect();
    let sql = "INSERT INTO order_items (location_id, order_id, line_id, place, item_id, name, quantity, unit_price,
                   total, tax_id, tax_rate, modifiers, note, course, station, state, void_reason)
               SELECT $1, $2, it.* FROM json_to_recordset($3::text::json) AS it (line_id text, place bigint,
                   item_id text, name text, quantity bigint, unit_price bigint, total bigint, tax_id text,
                   tax_rate bigint, modifiers text, note text, course bigint, station text, state text,
                   void_reason text)";
    line.execute(sql, &[&location, &text(&row.order_id), &items.to_string()]).await.map(|_| ())
}

async fn order_taxes(line: &mut Line, location: &str, row: &OrderRow) -> Result<(), Trouble> {
    let of = |(tax, place): (&TaxRow, i64)| {
        json!({
            "place": place, "tax_id": text(&tax.tax_id), "name": text(&tax.name), "rate": tax.rate,
            "included": i64::from(tax.included), "net": tax.net, "amount": tax.amount, "gross": tax.gross,
        })
    };
    let taxes: Value = row.taxes.iter().zip(1_i64..).map(of).collect();
    let sql = "INSERT INTO order_taxes (location_id, order_id, place, tax_id, name, rate, included, net, amount, gross)
               SELECT $1, $2, it.* FROM json_to_recordset($3::text::json) AS it (place bigint, tax_id text, name text,
                   rate bigint, included bigint, net bigint, amount bigint, gross bigint)";
    line.execute(sql, &[&location, &text(&row.order_id), &taxes.to_string()]).await.map(|_| ())
}

async fn payment(line: &mut Line, location: &str, row: &PaymentRow) -> Result<(), Trouble> {
    let sql = "INSERT INTO payments (location_id, payment_id, doc_id, order_id, order_doc_id, tender, amount, tendered,
                   change_given, tip, rounding, reference, kind, amends, reason, register_id, created_at, accepted_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    line.execute(
        sql,
        &[
            &location,
            &text(&row.payment_id),
            &row.doc_id,
            &text(&row.order_id),
            &row.order_doc_id,
            &row.tender,
            &row.amount,
            &row.tendered,
            &row.change,
            &row.tip,
            &row.rounding,
            &maybe(&row.reference),
            &row.kind,
            &row.amends,
            &maybe(&row.reason),
            &maybe(&row.register_id),
            &row.created_at,
            &row.accepted_at,
        ],
    )
    .await
    .map(|_| ())
}

async fn customer(line: &mut Line, location: &str, row: &CustomerRow) -> Result<(), Trouble> {
    let sql = "INSERT INTO customers (location_id, doc_id, name, phone, address, city, note, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
               ON CONFLICT (location_id, doc_id) DO UPDATE SET name = excluded.name, phone = excluded.phone,
                   address = excluded.address, city = excluded.city, note = excluded.note,
                   updated_at = excluded.updated_at";
    line.execute(
        sql,
        &[
            &location,
            &row.doc_id,
            &text(&row.name),
            &maybe(&row.phone),
            &maybe(&row.address),
            &maybe(&row.city),
            &maybe(&row.note),
            &row.created_at,
            &row.updated_at,
        ],
    )
    .await
    .map(|_| ())
}

async fn menu(line: &mut Line, location: &str, row: &MenuRow) -> Result<(), Trouble> {
    let sql = "INSERT INTO menu (location_id, doc_id, doc_type, entry_id, name, parent_id, price, currency, tax_id,
                   rate, plu, station, sort_order, available)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
               ON CONFLICT (location_id, doc_id) DO UPDATE SET name = excluded.name, parent_id = excluded.parent_id,
                   price = excluded.price, currency = excluded.currency, tax_id = excluded.tax_id,
                   rate = excluded.rate, plu = excluded.plu, station = excluded.station,
                   sort_order = excluded.sort_order, available = excluded.available";
    line.execute(
        sql,
        &[
            &location,
            &row.doc_id,
            &row.doc_type,
            &text(&row.entry_id),
            &text(&row.name),
            &maybe(&row.parent_id),
            &row.price,
            &maybe(&row.currency),
            &maybe(&row.tax_id),
            &row.rate,
            &maybe(&row.plu),
            &maybe(&row.station),
            &row.sort_order,
            &row.available.map(i64::from),
        ],
    )
    .await
    .map(|_| ())
}
