//! A modifier group of the menu as a document: the fields of its entry in the exchange format, `_id` and `type`.

use super::entry;
use super::walk;
use crate::document::BadDocument;
use crate::document::merge::Verdict;
use crate::domain::menu::ModifierGroup;
use serde::Serialize;
use serde_json::Value;

/// Writes the body of a modifier group.
pub fn to_body(group: &ModifierGroup) -> Value {
    entry::to_body("modifier_group", group.modifier_group_id.as_str(), &FileGroup::of(group), None)
}

/// Reads a body; fields that it does not know are passed over.
///
/// # Errors
/// The first thing that is missing or wrong, with its place.
pub fn from_body(body: &Value) -> Result<ModifierGroup, BadDocument> {
    entry::from_body("modifier_group", "modifier_groups", body, walk::group)
}

/// Registers only read the menu: the server's word stands.
pub fn resolve(_bodies: &[&Value]) -> Verdict {
    Verdict::LeftToServer
}

#[derive(Serialize)]
pub(super) struct FileGroup<'a> {
    modifier_group_id: &'a str,
    name: &'a str,
    min_selections: u32,
    max_selections: Option<u32>,
}

impl<'a> FileGroup<'a> {
    pub(super) fn of(group: &'a ModifierGroup) -> FileGroup<'a> {
        let ModifierGroup { modifier_group_id, name, min_selections, max_selections } = group;
        FileGroup {
            modifier_group_id: modifier_group_id.as_str(),
            name,
            min_selections: *min_selections,
            max_selections: *max_selections,
        }
    }
}
