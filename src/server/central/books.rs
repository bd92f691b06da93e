//! Rows of the books, as accountants query them: plain SQL, money in minor units.

use crate::document::menu::{category, item, modifier, modifier_group, tax};
use crate::document::order::payment_status;
use crate::document::{BadDocument, DocumentType};
use crate::domain::customer::Customer;
use crate::domain::order::{LineModifier, OrderStatus, Qualifier};
use crate::domain::tax::TaxSum;
use crate::domain::{Line, Order, Payment, Timestamp};
use crate::sync::wire::{OrderAccepted, PaymentAccepted};
use serde_json::{Value, json};
#[cfg(any(feature = "postgres", feature = "sqlserver"))]
use std::borrow::Cow;

/// An accepted order, with its lines and taxes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// Its document.
    pub doc_id: String,
    /// The server's id.
    pub order_id: String,
    /// The server's number.
    pub order_number: String,
    /// What it is called aloud.
    pub local_number: String,
    /// Which register opened it.
    pub register_id: String,
    /// To which day it belongs.
    pub business_date: String,
    /// How the guest takes it.
    pub order_type: String,
    /// How far it has come.
    pub order_status: String,
    /// How it is paid, by accepted payments.
    pub payment_status: String,
    /// Whose it is, by id.
    pub customer_id: Option<String>,
    /// Whose it is, by name.
    pub customer_name: Option<String>,
    /// At which table.
    pub table_name: Option<String>,
    /// How many guests.
    pub covers: Option<i64>,
    /// The currency of every sum.
    pub currency: String,
    /// Without tax.
    pub subtotal: i64,
    /// All tax.
    pub tax_amount: i64,
    /// What the guest owes.
    pub total_amount: i64,
    /// No link stood when it was sent.
    pub offline: bool,
    /// When it was opened.
    pub created_at: String,
    /// When it changed last.
    pub updated_at: String,
    /// When it was accepted.
    pub accepted_at: String,
    /// Its lines.
    pub items: Vec<OrderItemRow>,
    /// Its taxes.
    pub taxes: Vec<TaxRow>,
}

/// A line of an accepted order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderItemRow {
    /// Which line.
    pub line_id: String,
    /// What was sold.
    pub item_id: String,
    /// Its name then.
    pub name: String,
    /// How many.
    pub quantity: i64,
    /// Its price then, before modifiers.
    pub unit_price: i64,
    /// All of it, modifiers included; nothing when it was taken back.
    pub total: i64,
    /// Its tax.
    pub tax_id: String,
    /// The rate, in basis points.
    pub tax_rate: i64,
    /// What was chosen with it, as JSON.
    pub modifiers: String,
    /// What the cashier wrote about it.
    pub note: Option<String>,
    /// Which course.
    pub course: i64,
    /// Who makes it.
    pub station: String,
    /// How far it has come.
    pub state: String,
    /// Why it was taken back.
    pub void_reason: Option<String>,
}

/// All of an accepted order that was sold under one tax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxRow {
    /// Which tax.
    pub tax_id: String,
    /// Its name then.
    pub name: String,
    /// Its rate, in basis points.
    pub rate: i64,
    /// Prices contained it.
    pub included: bool,
    /// Without tax.
    pub net: i64,
    /// The tax.
    pub amount: i64,
    /// With tax.
    pub gross: i64,
}

/// An accepted payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    /// Its document.
    pub doc_id: String,
    /// The server's id.
    pub payment_id: String,
    /// The server's id of its order.
    pub order_id: String,
    /// The order's document.
    pub order_doc_id: String,
    /// What kind of money.
    pub tender: String,
    /// What stays in the house, tip not included.
    pub amount: i64,
    /// What was handed over.
    pub tendered: i64,
    /// What went back.
    pub change: i64,
    /// What the guest added for the staff.
    pub tip: i64,
    /// What cash rounding added.
    pub rounding: i64,
    /// What the card terminal printed.
    pub reference: Option<String>,
    /// What it does about an earlier payment.
    pub kind: Option<String>,
    /// Which one, by its document.
    pub amends: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Which register took it.
    pub register_id: Option<String>,
    /// When.
    pub created_at: String,
    /// When it was accepted.
    pub accepted_at: String,
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRow {
    /// Its document.
    pub doc_id: String,
    /// What they are called.
    pub name: String,
    /// Where they are rung up.
    pub phone: Option<String>,
    /// Where deliveries go: street and number.
    pub address: Option<String>,
    /// Postcode and town.
    pub city: Option<String>,
    /// What the house should know.
    pub note: Option<String>,
    /// When they were first written down.
    pub created_at: String,
    /// When that last changed.
    pub updated_at: String,
}

/// An entry of the menu: what its type does not have is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MenuRow {
    /// Its document.
    pub doc_id: String,
    /// `item`, `category`, `modifier_group`, `modifier`, `tax`.
    pub doc_type: String,
    /// Its id on the menu.
    pub entry_id: String,
    /// Its name.
    pub name: String,
    /// Its category or modifier group.
    pub parent_id: Option<String>,
    /// Its price.
    pub price: Option<i64>,
    /// The currency of its price.
    pub currency: Option<String>,
    /// Its tax.
    pub tax_id: Option<String>,
    /// A tax's rate, in basis points.
    pub rate: Option<i64>,
    /// The number that a cashier types.
    pub plu: Option<String>,
    /// Where it is made.
    pub station: Option<String>,
    /// Its place among others.
    pub sort_order: Option<i64>,
    /// Not sold out.
    pub available: Option<bool>,
}

fn said(body: &Value, name: &str) -> Option<String> {
    body.get(name).and_then(Value::as_str).map(str::to_owned)
}

impl OrderRow {
    /// Writes an accepted order into the books. Id and number are the acceptance's, whatever the body says.
    pub fn of(order: &Order, body: &Value, accepted: &OrderAccepted, paid: &[Payment]) -> OrderRow {
        let totals = order.totals();
        let status = match order.status() {
            OrderStatus::Pending => "confirmed",
            OrderStatus::Preparing | OrderStatus::Ready | OrderStatus::Completed | OrderStatus::Cancelled => {
                order.status().code()
            }
        };
        let tax = |it: &TaxSum| TaxRow {
            tax_id: it.tax.tax_id.to_string(),
            name: it.tax.name.clone(),
            rate: i64::from(it.tax.rate.0),
            included: it.tax.included,
            net: it.net.0,
            amount: it.amount.0,
            gross: it.gross.0,
        };
        OrderRow {
            doc_id: order.order_id.to_string(),
            order_id: accepted.order_id.clone(),
            order_number: accepted.order_number.clone(),
            local_number: order.local_number.to_string(),
            register_id: order.register_id.to_string(),
            business_date: order.business_date.to_string(),
            order_type: order.header.order_type.code().into(),
            order_status: status.into(),
            payment_status: payment_status(totals.total, paid).into(),
            customer_id: said(body, "customer_id"),
            customer_name: order.header.customer_name.clone(),
            table_name: order.header.table.clone(),
            covers: order.header.covers.map(i64::from),
            currency: said(body, "currency").unwrap_or_default(),
            subtotal: totals.net.0,
            tax_amount: totals.tax.0,
            total_amount: totals.total.0,
            offline: body.get("offline") == Some(&Value::Bool(true)),
            created_at: order.created_at.rfc3339(),
            updated_at: order.updated_at.rfc3339(),
            accepted_at: accepted.accepted_at.rfc3339(),
            items: order.lines.iter().map(|line| OrderItemRow::of(line, order)).collect(),
            taxes: totals.taxes.iter().map(tax).collect(),
        }
    }
}

impl OrderItemRow {
    fn of(line: &Line, order: &Order) -> OrderItemRow {
        let tax = line.tax(order.header.order_type);
        let modifier = |it: &LineModifier| {
            json!({
                "modifier_id": it.modifier_id,
                "name": it.name,
                "price": it.price,
                "quantity": it.quantity,
                "qualifier": it.qualifier.map(Qualifier::code),
            })
        };
        OrderItemRow {
            line_id: line.line_id.to_string(),
            item_id: line.item_id.to_string(),
            name: line.name.clone(),
            quantity: i64::from(line.quantity),
            unit_price: line.unit_price.0,
            total: line.total().0,
            tax_id: tax.tax_id.to_string(),
            tax_rate: i64::from(tax.rate.0),
            modifiers: line.modifiers.iter().map(modifier).collect::<Value>().to_string(),
            note: line.note.clone(),
            course: i64::from(line.course),
            station: line.station.to_string(),
            state: line.state.code().into(),
            void_reason: line.void_reason.clone(),
        }
    }
}

impl PaymentRow {
    /// Writes an accepted payment into the books.
    pub fn of(payment: &Payment, body: &Value, accepted: &PaymentAccepted, accepted_at: Timestamp) -> PaymentRow {
        let amends = payment.amends.as_deref();
        PaymentRow {
            doc_id: payment.payment_id.to_string(),
            payment_id: accepted.payment_id.clone(),
            order_id: accepted.order_id.clone(),
            order_doc_id: payment.order_id.to_string(),
            tender: payment.tender.code().into(),
            amount: payment.amount.0,
            tendered: payment.tendered.0,
            change: payment.change.0,
            tip: payment.tip.0,
            rounding: payment.rounding.0,
            reference: payment.reference.clone(),
            kind: amends.map(|it| it.kind.code().to_owned()),
            amends: amends.map(|it| it.of.to_string()),
            reason: amends.map(|it| it.reason.clone()),
            register_id: said(body, "register_id"),
            created_at: payment.created_at.rfc3339(),
            accepted_at: accepted_at.rfc3339(),
        }
    }
}

impl CustomerRow {
    /// Writes a customer into the books.
    pub fn of(customer: &Customer) -> CustomerRow {
        let contact = &customer.contact;
        CustomerRow {
            doc_id: customer.customer_id.to_string(),
            name: contact.name.clone(),
            phone: contact.phone.clone(),
            address: contact.address.clone(),
            city: contact.city.clone(),
            note: contact.note.clone(),
            created_at: customer.created_at.rfc3339(),
            updated_at: customer.updated_at.rfc3339(),
        }
    }
}

impl MenuRow {
    /// Writes a document of the menu into the books; none for a document of another kind.
    ///
    /// # Errors
    /// What cannot be read of it, with its place.
    pub fn of(doc_id: &str, body: &Value) -> Result<Option<MenuRow>, BadDocument> {
        let Some(of) = DocumentType::of_id(doc_id) else { return Ok(None) };
        let row = MenuRow { doc_id: doc_id.into(), doc_type: of.code().into(), ..MenuRow::default() };
        Ok(Some(match of {
            DocumentType::Order
            | DocumentType::Payment
            | DocumentType::SoldOut
            | DocumentType::Customer
            | DocumentType::Conflict => {
                return Ok(None);
            }
            DocumentType::Category => {
                let it = category::from_body(body)?;
                MenuRow {
                    entry_id: it.category_id.0,
                    name: it.name,
                    station: Some(it.station.0),
                    sort_order: Some(it.sort_order),
                    ..row
                }
            }
            DocumentType::Item => {
                let it = item::from_body(body)?;
                MenuRow {
                    entry_id: it.item_id.0,
                    name: it.name,
                    parent_id: Some(it.category_id.0),
                    price: Some(it.price.0),
                    currency: said(body, "currency"),
                    tax_id: Some(it.tax_id.0),
                    plu: Some(it.plu),
                    station: it.station.map(|station| station.0),
                    sort_order: Some(it.sort_order),
                    available: Some(it.available),
                    ..row
                }
            }
            DocumentType::ModifierGroup => {
                let it = modifier_group::from_body(body)?;
                MenuRow { entry_id: it.modifier_group_id.0, name: it.name, ..row }
            }
            DocumentType::Modifier => {
                let it = modifier::from_body(body)?;
                MenuRow {
                    entry_id: it.modifier_id.0,
                    name: it.name,
                    parent_id: Some(it.modifier_group_id.0),
                    price: Some(it.price.0),
                    currency: said(body, "currency"),
                    sort_order: Some(it.sort_order),
                    ..row
                }
            }
            DocumentType::Tax => {
                let it = tax::from_body(body)?;
                MenuRow { entry_id: it.tax_id.0, name: it.name, rate: Some(i64::from(it.rate.0)), ..row }
            }
        }))
    }
}

/// A text of the books, which people read, as it can be kept: not every database keeps a letter of number 0, and the
/// sign for a letter that is lost stands in its place. The document itself keeps it.
#[cfg(any(feature = "postgres", feature = "sqlserver"))]
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

/// The same where there may be none.
#[cfg(any(feature = "postgres", feature = "sqlserver"))]
pub(super) fn maybe(it: &Option<String>) -> Option<Cow<'_, str>> {
    it.as_deref().map(text)
}
