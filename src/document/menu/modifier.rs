//! A modifier of the menu as a document: the fields of its entry in the exchange format, `_id` and `type`, prices in
//! minor units of `currency`.

use super::entry;
use super::walk;
use crate::document::BadDocument;
use crate::document::merge::Verdict;
use crate::domain::Currency;
use crate::domain::menu::Modifier;
use serde::Serialize;
use serde_json::Value;

/// Writes the body of a modifier.
pub fn to_body(modifier: &Modifier, currency: Currency) -> Value {
    entry::to_body("modifier", modifier.modifier_id.as_str(), &FileModifier::of(modifier), Some(currency))
}

/// Reads a body; fields that it does not know are passed over.
///
/// # Errors
/// The first thing that is missing or wrong, with its place.
pub fn from_body(body: &Value) -> Result<Modifier, BadDocument> {
    let currency = entry::currency(body)?;
    entry::from_body("modifier", "modifiers", body, |entry, found| walk::modifier(entry, found, currency))
}

/// Registers only read the menu: the server's word stands.
pub fn resolve(_bodies: &[&Value]) -> Verdict {
    Verdict::LeftToServer
}

#[derive(Serialize)]
pub(super) struct FileModifier<'a> {
    modifier_id: &'a str,
    modifier_group_id: &'a str,
    name: &'a str,
    price: i64,
    sort_order: i64,
}

impl<'a> FileModifier<'a> {
    pub(super) fn of(modifier: &'a Modifier) -> FileModifier<'a> {
        FileModifier {
            modifier_id: modifier.modifier_id.as_str(),
            modifier_group_id: modifier.modifier_group_id.as_str(),
            name: &modifier.name,
            price: modifier.price.0,
            sort_order: modifier.sort_order,
        }
    }
}
