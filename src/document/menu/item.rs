//! An item of the menu as a document: the fields of its entry in the exchange format, `_id` and `type`, prices in minor
//! units of `currency`.

use super::entry;
use super::walk;
use crate::document::BadDocument;
use crate::document::merge::Verdict;
use crate::domain::Currency;
use crate::domain::menu::Item;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Writes the body of an item.
pub fn to_body(item: &Item, currency: Currency) -> Value {
    entry::to_body("item", item.item_id.as_str(), &FileItem::of(item), Some(currency))
}

/// Reads a body; fields that it does not know are passed over.
///
/// # Errors
/// The first thing that is missing or wrong, with its place.
pub fn from_body(body: &Value) -> Result<Item, BadDocument> {
    let currency = entry::currency(body)?;
    entry::from_body("item", "items", body, |entry, found| walk::item(entry, found, currency))
}

/// Registers only read the menu: the server's word stands.
pub fn resolve(_bodies: &[&Value]) -> Verdict {
    Verdict::LeftToServer
}

#[derive(Serialize)]
pub(super) struct FileItem<'a> {
    item_id: &'a str,
    category_id: &'a str,
    name: &'a str,
    price: i64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    open_price: bool,
    tax_id: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tax_by_order_type: BTreeMap<&'a str, &'a str>,
    modifier_group_ids: Vec<&'a str>,
    plu: &'a str,
    tags: &'a [String],
    sort_order: i64,
    available: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    station: Option<&'a str>,
}

impl<'a> FileItem<'a> {
    pub(super) fn of(item: &'a Item) -> FileItem<'a> {
        let by_type = item.tax_by_order_type.iter();
        FileItem {
            item_id: item.item_id.as_str(),
            category_id: item.category_id.as_str(),
            name: &item.name,
            price: item.price.0,
            open_price: item.open_price,
            tax_id: item.tax_id.as_str(),
            tax_by_order_type: by_type.map(|(order_type, tax)| (order_type.code(), tax.as_str())).collect(),
            modifier_group_ids: item.modifier_group_ids.iter().map(|id| id.as_str()).collect(),
            plu: &item.plu,
            tags: &item.tags,
            sort_order: item.sort_order,
            available: item.available,
            station: item.station.as_ref().map(|it| it.as_str()),
        }
    }
}
