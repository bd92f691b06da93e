//! What a stranger's order lacks, and the server can work out: ids from the order's own, names, prices, taxes and
//! stations from the menu, sums from the lines. What is there is left as it is.

use crate::document::submission::write_sums;
use crate::document::{BadDocument, order};
use crate::domain::menu::{Item, Menu};
use crate::domain::{BusinessDate, LineId, OrderType, RegisterId, Timestamp};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// From what an order is completed.
pub(super) struct Sources<'a> {
    /// Its document.
    pub(super) doc_id: &'a str,
    /// Who sends it; none for an operator.
    pub(super) register_id: Option<&'a RegisterId>,
    /// The menu of the location.
    pub(super) menu: Option<&'a Menu>,
    /// The number that it gets.
    pub(super) number: &'a str,
}

/// Whether something is missing that only the menu knows.
pub(super) fn needs_menu(body: &Value) -> bool {
    let lacks = |fields: &Value, names: &[&str]| names.iter().any(|name| fields.get(name).is_none_or(Value::is_null));
    let items = body.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let of_item = |item: &Value| {
        let modifiers = item.get("modifiers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        lacks(item, &["name", "unit_price", "station", "tax_id"])
            || lacks(item, &["taxes"])
            || modifiers.iter().any(|it| lacks(it, &["name", "price"]))
    };
    lacks(body, &["currency"]) || items.iter().any(of_item)
}

/// Completes an order.
///
/// # Errors
/// What neither the order nor the menu tells, with its place.
pub(super) fn complete(body: &Value, sources: &Sources) -> Result<Value, BadDocument> {
    let bad = |place: &str, what: &str| BadDocument { place: place.into(), what: what.into() };
    let mut body = body.clone();
    let Value::Object(fields) = &mut body else { return Err(bad("document", "must be an object")) };
    fill(fields, "type", json!("order"));
    fill(fields, "_id", json!(sources.doc_id));
    fill(fields, "register_id", sources.register_id.map_or(Value::Null, |id| json!(id)));
    fill(fields, "currency", sources.menu.map_or(Value::Null, |menu| json!(menu.currency())));
    fill(fields, "order_status", json!("pending"));
    fill(fields, "payment_status", json!("pending"));
    if let Some(created) = fields.get("created_at").and_then(Value::as_str).and_then(Timestamp::from_rfc3339) {
        fill(fields, "business_date", json!(BusinessDate::of(created, 0).to_string()));
    }
    // Registers count `T1-0042`: a number of the server's cannot be taken for one of theirs.
    let register = fields.get("register_id").and_then(Value::as_str).unwrap_or_default();
    let local_number = format!("{register}-S{}", sources.number);
    fill(fields, "local_number", json!(local_number));
    let order_type = fields.get("order_type").and_then(Value::as_str).and_then(OrderType::from_code);
    if let Some(Value::Array(items)) = fields.get_mut("items") {
        for (at, item) in items.iter_mut().enumerate() {
            if let Value::Object(item) = item {
                complete_item(item, at, order_type, sources)?;
            }
        }
    }
    if let (Ok(order), true) = (order::from_body(&body), lacks_a_sum(&body)) {
        let mut sums = body.clone();
        write_sums(&mut sums, &order.totals());
        // What is there is not overwritten: it is compared later.
        if let (Value::Object(sums), Value::Object(said)) = (&mut sums, &body) {
            sums.extend(said.iter().filter(|(_, it)| !it.is_null()).map(|(name, it)| (name.clone(), it.clone())));
        }
        body = sums;
    }
    Ok(body)
}

fn lacks_a_sum(body: &Value) -> bool {
    ["subtotal", "tax_amount", "total_amount", "taxes"].iter().any(|it| body.get(it).is_none_or(Value::is_null))
}

fn complete_item(
    item: &mut Map<String, Value>,
    at: usize,
    order_type: Option<OrderType>,
    sources: &Sources,
) -> Result<(), BadDocument> {
    fill(item, "line_id", json!(line_id(sources.doc_id, at)));
    fill(item, "state", json!("sent"));
    let on_menu = item.get("item_id").and_then(Value::as_str).and_then(|id| sources.menu?.item(&id.into()));
    if let (Some(menu), Some(on_menu)) = (sources.menu, on_menu) {
        complete_from_menu(item, menu, on_menu, order_type);
    }
    for name in ["name", "unit_price", "tax_id", "tax_rate", "station"] {
        let is_told = has(item, name) || name.starts_with("tax_") && has(item, "taxes");
        if !is_told {
            let what = "is missing, and the menu does not tell it".to_owned();
            return Err(BadDocument { place: format!("items[{at}].{name}"), what });
        }
    }
    if let (Some(Value::Array(modifiers)), Some(menu)) = (item.get_mut("modifiers"), sources.menu) {
        for modifier in modifiers.iter_mut().filter_map(Value::as_object_mut) {
            let id = modifier.get("modifier_id").and_then(Value::as_str);
            if let Some(known) = id.and_then(|id| menu.modifier(&id.into())) {
                let told = [("name", json!(known.name)), ("price", json!(known.price))];
                told.into_iter().for_each(|(name, value)| fill(modifier, name, value));
            }
        }
    }
    Ok(())
}

fn complete_from_menu(item: &mut Map<String, Value>, menu: &Menu, on_menu: &Item, order_type: Option<OrderType>) {
    let plain = [
        ("name", json!(on_menu.name)),
        ("unit_price", json!(on_menu.price)),
        ("station", json!(menu.station_of(on_menu))),
    ];
    plain.into_iter().for_each(|(name, value)| fill(item, name, value));
    let tax_of = |order_type| menu.tax_of(on_menu, order_type);
    // A tax of its own that is not the menu's stays alone: what it would be for other order types is not known.
    let says_another = order_type.map(tax_of).is_some_and(|tax| {
        let differs = |name: &str, right: Value| item.get(name).is_some_and(|it| !it.is_null() && *it != right);
        differs("tax_id", json!(tax.tax_id)) || differs("tax_rate", json!(tax.rate))
    });
    if says_another || has(item, "taxes") {
        return;
    }
    if let Some(tax) = order_type.map(tax_of) {
        item.insert("tax_id".into(), json!(tax.tax_id));
        item.insert("tax_rate".into(), json!(tax.rate));
    }
    let all = OrderType::ALL.map(|it| {
        let tax = tax_of(it);
        let said = json!({ "tax_id": tax.tax_id, "name": tax.name, "rate": tax.rate, "included": tax.included });
        (it.code().to_owned(), said)
    });
    item.insert("taxes".into(), Value::Object(all.into_iter().collect()));
}

fn has(fields: &Map<String, Value>, name: &str) -> bool {
    fields.get(name).is_some_and(|it| !it.is_null())
}

/// Writes what is missing.
fn fill(fields: &mut Map<String, Value>, name: &str, value: Value) {
    if !has(fields, name) && !value.is_null() {
        fields.insert(name.into(), value);
    }
}

/// The id of a line that has none: the same whenever the order is submitted again.
fn line_id(doc_id: &str, at: usize) -> LineId {
    let hash = Sha256::digest(format!("{doc_id} {at}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    LineId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
