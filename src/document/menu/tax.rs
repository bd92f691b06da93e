//! A tax of the menu as a document: the fields of its entry in the exchange format, `_id` and `type`.

use super::entry;
use super::walk;
use crate::document::BadDocument;
use crate::document::merge::Verdict;
use crate::domain::menu::Tax;
use serde::Serialize;
use serde_json::Value;

/// Writes the body of a tax.
pub fn to_body(tax: &Tax) -> Value {
    entry::to_body("tax", tax.tax_id.as_str(), &FileTax::of(tax), None)
}

/// Reads a body; fields that it does not know are passed over.
///
/// # Errors
/// The first thing that is missing or wrong, with its place.
pub fn from_body(body: &Value) -> Result<Tax, BadDocument> {
    entry::from_body("tax", "taxes", body, walk::tax)
}

/// Registers only read the menu: the server's word stands.
pub fn resolve(_bodies: &[&Value]) -> Verdict {
    Verdict::LeftToServer
}

#[derive(Serialize)]
pub(super) struct FileTax<'a> {
    tax_id: &'a str,
    name: &'a str,
    rate_basis_points: u32,
    included_in_price: bool,
}

impl<'a> FileTax<'a> {
    pub(super) fn of(tax: &'a Tax) -> FileTax<'a> {
        let Tax { tax_id, name, rate, included_in_price } = tax;
        FileTax { tax_id: tax_id.as_str(), name, rate_basis_points: rate.0, included_in_price: *included_in_price }
    }
}
