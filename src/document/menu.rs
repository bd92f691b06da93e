//! The menu's exchange format: one JSON file with taxes, categories, items, modifier groups and modifiers.
//!
//! [`read`] tells everything that is wrong with a file at once, each with its place, so that whoever wrote it mends it
//! in one go. Each entry is also a document of its own, as the server hands it out; its file says how. Not here: what
//! makes a menu sound as a whole; that is [`Menu::assemble`].

pub mod category;
pub mod item;
pub mod modifier;
pub mod modifier_group;
pub mod tax;

mod entry;
mod flaws;
mod hints;
mod update;
mod walk;

pub use update::{Update, updated};

use super::fields::kind;
use super::limits::MENU_BYTES_MAX;
use crate::domain::menu::{Flaw, Menu, Parts};
use category::FileCategory;
use item::FileItem;
use modifier::FileModifier;
use modifier_group::FileGroup;
use serde::Serialize;
use serde_json::Value;
use tax::FileTax;

/// Reads a menu.
///
/// May be absent or null: `tags` (none), `plu` (none), `sort_order` (0; where no entry of a list says its place, each
/// has that of its line, so that it keeps it wherever the menu travels), `available` (true), `open_price` (false),
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
    let (mut parts, found) = walk::walk(&root);
    keep_order(&mut parts);
    match Menu::assemble(parts) {
        Ok(menu) if found.flaws.is_empty() => Ok(menu),
        Ok(_) => Err(flaws::both(found, Vec::new())),
        Err(of_references) => Err(flaws::both(found, of_references)),
    }
}

/// Gives entries their place where nobody did.
fn keep_order(parts: &mut Parts) {
    fn number<'a>(places: impl Iterator<Item = &'a mut i64>) {
        let places: Vec<&mut i64> = places.collect();
        if places.iter().all(|place| **place == 0) {
            (0..).zip(places).for_each(|(nth, place)| *place = nth);
        }
    }
    number(parts.categories.iter_mut().map(|it| &mut it.sort_order));
    number(parts.items.iter_mut().map(|it| &mut it.sort_order));
    number(parts.modifiers.iter_mut().map(|it| &mut it.sort_order));
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

#[cfg(test)]
mod tests;
