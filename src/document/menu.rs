//! The menu's exchange format: one JSON file with taxes, categories, items, modifier groups and modifiers.
//!
//! [`read`] tells everything that is wrong with a file at once, each with its place, so that whoever wrote it mends it
//! in one go. Not here: what makes a menu sound as a whole; that is [`Menu::assemble`].

mod flaws;
mod hints;
mod walk;

use super::fields::kind;
use super::limits::MENU_BYTES_MAX;
use crate::domain::menu::{Category, Flaw, Item, Menu, Modifier, ModifierGroup, Tax};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Reads a menu.
///
/// May be absent or null: `tags` (none), `plu` (none), `sort_order` (0), `available` (true), `open_price` (false),
/// `tax_by_order_type` (none), `station` of an item (its category's), `modifier_group_ids` (none), `max_selections` (no
/// limit), and the lists `modifier_groups` and `modifiers`.
///
/// # Errors
/// Every flaw at once, in the order of the format. What follows from another flaw alone is not told.
pub fn read(text: &str) -> Result<Menu, Vec<Flaw>> {
    let flaw = |place: String, what: String| vec![Flaw { place, what }];
    if text.len() > MENU_BYTES_MAX {
        let what = format!("holds {} bytes; {MENU_BYTES_MAX} are the most", text.len());
        return Err(flaw("file".into(), what));
    }
    let root: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or(&what);
        flaw(place, format!("is not JSON: {what}"))
    })?;
    let Value::Object(root) = root else {
        return Err(flaw("file".into(), format!("must be an object, is {}", kind(&root))));
    };
    let (parts, found) = walk::walk(&root);
    match Menu::assemble(parts) {
        Ok(menu) if found.flaws.is_empty() => Ok(menu),
        Ok(_) => Err(flaws::both(found, Vec::new())),
        Err(of_references) => Err(flaws::both(found, of_references)),
    }
}

/// Writes a menu in the exchange format; [`read`] reads it back as it was.
pub fn write(menu: &Menu) -> String {
    let parts = menu.parts();
    let file = File {
        currency: parts.currency.row().code,
        taxes: parts.taxes.iter().map(FileTax::of).collect(),
        categories: parts.categories.iter().map(FileCategory::of).collect(),
        items: parts.items.iter().map(FileItem::of).collect(),
        modifier_groups: parts.modifier_groups.iter().map(FileGroup::of).collect(),
        modifiers: parts.modifiers.iter().map(FileModifier::of).collect(),
    };
    let mut text = serde_json::to_string_pretty(&file).expect("text, numbers and lists are always JSON");
    text.push('\n');
    text
}

#[derive(Serialize)]
struct File<'a> {
    currency: &'a str,
    taxes: Vec<FileTax<'a>>,
    categories: Vec<FileCategory<'a>>,
    items: Vec<FileItem<'a>>,
    modifier_groups: Vec<FileGroup<'a>>,
    modifiers: Vec<FileModifier<'a>>,
}

#[derive(Serialize)]
struct FileTax<'a> {
    tax_id: &'a str,
    name: &'a str,
    rate_basis_points: u32,
    included_in_price: bool,
}

impl<'a> FileTax<'a> {
    fn of(tax: &'a Tax) -> FileTax<'a> {
        let Tax { tax_id, name, rate, included_in_price } = tax;
        FileTax { tax_id: tax_id.as_str(), name, rate_basis_points: rate.0, included_in_price: *included_in_price }
    }
}

#[derive(Serialize)]
struct FileCategory<'a> {
    category_id: &'a str,
    name: &'a str,
    sort_order: i64,
    station: &'a str,
}

impl<'a> FileCategory<'a> {
    fn of(category: &'a Category) -> FileCategory<'a> {
        let Category { category_id, name, sort_order, station } = category;
        FileCategory { category_id: category_id.as_str(), name, sort_order: *sort_order, station: station.as_str() }
    }
}

#[derive(Serialize)]
struct FileItem<'a> {
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
    fn of(item: &'a Item) -> FileItem<'a> {
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

#[derive(Serialize)]
struct FileGroup<'a> {
    modifier_group_id: &'a str,
    name: &'a str,
    min_selections: u32,
    max_selections: Option<u32>,
}

impl<'a> FileGroup<'a> {
    fn of(group: &'a ModifierGroup) -> FileGroup<'a> {
        let ModifierGroup { modifier_group_id, name, min_selections, max_selections } = group;
        FileGroup {
            modifier_group_id: modifier_group_id.as_str(),
            name,
            min_selections: *min_selections,
            max_selections: *max_selections,
        }
    }
}

#[derive(Serialize)]
struct FileModifier<'a> {
    modifier_id: &'a str,
    modifier_group_id: &'a str,
    name: &'a str,
    price: i64,
    sort_order: i64,
}

impl<'a> FileModifier<'a> {
    fn of(modifier: &'a Modifier) -> FileModifier<'a> {
        FileModifier {
            modifier_id: modifier.modifier_id.as_str(),
            modifier_group_id: modifier.modifier_group_id.as_str(),
            name: &modifier.name,
            price: modifier.price.0,
            sort_order: modifier.sort_order,
        }
    }
}

#[cfg(test)]
mod tests;
