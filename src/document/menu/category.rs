//! A category of the menu as a document: the fields of its entry in the exchange format, `_id` and `type`.

use super::entry;
use super::walk;
use crate::document::BadDocument;
use crate::document::merge::Verdict;
use crate::domain::menu::Category;
use serde::Serialize;
use serde_json::Value;

/// Writes the body of a category.
pub fn to_body(category: &Category) -> Value {
    entry::to_body("category", category.category_id.as_str(), &FileCategory::of(category), None)
}

/// Reads a body; fields that it does not know are passed over.
///
/// # Errors
/// The first thing that is missing or wrong, with its place.
pub fn from_body(body: &Value) -> Result<Category, BadDocument> {
    entry::from_body("category", "categories", body, walk::category)
}

/// Registers only read the menu: the server's word stands.
pub fn resolve(_bodies: &[&Value]) -> Verdict {
    Verdict::LeftToServer
}

#[derive(Serialize)]
pub(super) struct FileCategory<'a> {
    category_id: &'a str,
    name: &'a str,
    sort_order: i64,
    station: &'a str,
}

impl<'a> FileCategory<'a> {
    pub(super) fn of(category: &'a Category) -> FileCategory<'a> {
        let Category { category_id, name, sort_order, station } = category;
        FileCategory { category_id: category_id.as_str(), name, sort_order: *sort_order, station: station.as_str() }
    }
}
