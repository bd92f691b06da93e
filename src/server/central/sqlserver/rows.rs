//! The books, row by row. Whatever is written here is of one location, whose feed the transaction has: nobody else
//! writes these rows meanwhile, so that a row is changed, and added where there was none.

use super::devices;
use super::key::{self, key, maybe, text};
use super::line::{Trouble, value};
use super::words;
use super::write::Writing;
use crate::server::central::columns::signed;
use crate::server::central::{CustomerRow, MenuRow, OrderItemRow, OrderRow, PaymentRow, Row, TaxRow};
use tiberius::ToSql;

/// Writes a row; false where it is another document's already.
pub(super) async fn write_row(writing: &mut Writing<'_>, row: &Row) -> Result<bool, Trouble> {
    let batch = writing.batch;
    let location = writing.location_id.clone();
    let line = &mut *writing.line;
    match row {
        Row::Order(row) => return order(writing, row).await,
        Row::PaymentStatus { doc_id, status } => {
            line.execute(words::PAYMENT_STATUS, &[&location, &key(doc_id), status]).await?;
        }
        Row::Payment(row) => payment(writing, row).await?,
        Row::LastNumber(number) => {
            let values: [&dyn ToSql; 2] = [&location, &signed(*number)];
            if line.execute(words::CHANGE_NUMBER, &values).await? == 0 {
                line.execute(words::ADD_NUMBER, &values).await?;
            }
        }
        Row::Customer(row) => customer(writing, row).await?,
        Row::CustomerGone(doc_id) => {
            line.execute(words::CUSTOMER_GONE, &[&location, &key(doc_id)]).await?;
        }
        Row::Menu(row) => menu(writing, row).await?,
        Row::MenuGone(doc_id) => {
            line.execute(words::MENU_GONE, &[&location, &key(doc_id)]).await?;
        }
        Row::Tax(tax) => {
            let tax_id = key::name("the tax", tax.tax_id.as_str())?;
            let (rate, included) = (i64::from(tax.rate.0), i64::from(tax.included));
            line.execute(words::ADD_TAX, &[&location, &tax_id, &rate, &included]).await?;
        }
        Row::Flawed { doc_id, revision, reason } => {
            let doc_id = key::id("the document", doc_id)?;
            let (database, revision, at) = (writing.database, revision.to_string(), batch.at.rfc3339());
            line.execute(words::FORGET_FLAW, &[&location, &database, &doc_id]).await?;
            line.execute(words::ADD_FLAW, &[&location, &database, &doc_id, &revision, &text(reason), &at]).await?;
        }
        Row::Sound(doc_id) => {
            line.execute(words::FORGET_FLAW, &[&location, &writing.database, &key(doc_id)]).await?;
        }
        Row::Act { what, about } => devices::add_act(line, batch.at, &batch.place.location_id, what, about).await?,
    }
    Ok(true)
}

/// Writes an order with its lines and taxes; false where its id is another document's.
async fn order(writing: &mut Writing<'_>, row: &OrderRow) -> Result<bool, Trouble> {
    let (location, line) = (&writing.location_id, &mut *writing.line);
    let order_id = key::name("the order", &row.order_id)?;
    let doc_id = key::id("the document", &row.doc_id)?;
    match line.row(words::ORDER_BY_ID, &[location, &order_id]).await? {
        Some(found) if value::<&str>(&found, 0)? != doc_id => return Ok(false),
        Some(_) => {
            let values: [&dyn ToSql; 14] = [
                location,
                &order_id,
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
                &row.updated_at,
            ];
            line.execute(words::CHANGE_ORDER, &values).await?;
            for sql in [words::FORGET_ITEMS, words::FORGET_TAXES] {
                line.execute(sql, &[location, &order_id]).await?;
            }
        }
        None => {
            let values: [&dyn ToSql; 22] = [
                location,
                &order_id,
                &doc_id,
                &key::name("the order number", &row.order_number)?,
                &text(&row.local_number),
                &text(&row.register_id),
                &key::place("the business day", &row.business_date)?,
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
            ];
            line.execute(words::ADD_ORDER, &values).await?;
        }
    }
    let shared: [&dyn ToSql; 2] = [location, &order_id];
    let items = row.items.iter().zip(1_i64..).map(item).collect::<Result<Vec<_>, _>>()?;
    let items: Vec<[&dyn ToSql; 15]> = items.iter().map(|it| it.each_ref().map(|value| &**value as _)).collect();
    line.add(words::ADD_ITEMS, &shared, &items).await?;
    let taxes: Vec<_> = row.taxes.iter().zip(1_i64..).map(tax).collect();
    let taxes: Vec<[&dyn ToSql; 8]> = taxes.iter().map(|it| it.each_ref().map(|value| &**value as _)).collect();
    line.add(words::ADD_TAXES, &shared, &taxes).await?;
    Ok(true)
}

fn item((item, place): (&OrderItemRow, i64)) -> Result<[Box<dyn ToSql + '_>; 15], Trouble> {
    Ok([
        Box::new(key::name("the line", &item.line_id)?),
        Box::new(place),
        Box::new(text(&item.item_id)),
        Box::new(text(&item.name)),
        Box::new(item.quantity),
        Box::new(item.unit_price),
        Box::new(item.total),
        Box::new(text(&item.tax_id)),
        Box::new(item.tax_rate),
        Box::new(item.modifiers.as_str()),
        Box::new(maybe(&item.note)),
        Box::new(item.course),
        Box::new(text(&item.station)),
        Box::new(item.state.as_str()),
        Box::new(maybe(&item.void_reason)),
    ])
}

fn tax((tax, place): (&TaxRow, i64)) -> [Box<dyn ToSql + '_>; 8] {
    [
        Box::new(place),
        Box::new(text(&tax.tax_id)),
        Box::new(text(&tax.name)),
        Box::new(tax.rate),
        Box::new(i64::from(tax.included)),
        Box::new(tax.net),
        Box::new(tax.amount),
        Box::new(tax.gross),
    ]
}

async fn payment(writing: &mut Writing<'_>, row: &PaymentRow) -> Result<(), Trouble> {
    let values: [&dyn ToSql; 18] = [
        &writing.location_id,
        &key::name("the payment", &row.payment_id)?,
        &key::id("the document", &row.doc_id)?,
        &key::name("the order", &row.order_id)?,
        &key::id("the document", &row.order_doc_id)?,
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
    ];
    writing.line.execute(words::ADD_PAYMENT, &values).await.map(|_| ())
}

async fn customer(writing: &mut Writing<'_>, row: &CustomerRow) -> Result<(), Trouble> {
    let (location, doc_id) = (&writing.location_id, key::id("the document", &row.doc_id)?);
    let (name, phone, address) = (text(&row.name), maybe(&row.phone), maybe(&row.address));
    let (city, note) = (maybe(&row.city), maybe(&row.note));
    let known: [&dyn ToSql; 8] = [location, &doc_id, &name, &phone, &address, &city, &note, &row.updated_at];
    if writing.line.execute(words::CHANGE_CUSTOMER, &known).await? == 0 {
        let new: [&dyn ToSql; 9] =
            [location, &doc_id, &name, &phone, &address, &city, &note, &row.created_at, &row.updated_at];
        writing.line.execute(words::ADD_CUSTOMER, &new).await?;
    }
    Ok(())
}

async fn menu(writing: &mut Writing<'_>, row: &MenuRow) -> Result<(), Trouble> {
    let (location, doc_id) = (&writing.location_id, key::id("the document", &row.doc_id)?);
    writing.line.execute(words::MENU_GONE, &[location, &doc_id]).await?;
    let values: [&dyn ToSql; 14] = [
        location,
        &doc_id,
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
    ];
    writing.line.execute(words::ADD_MENU, &values).await.map(|_| ())
}
