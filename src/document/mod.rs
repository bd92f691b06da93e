//! Domain things as they rest and travel: JSON bodies, their revisions, and the menu's exchange format. Pure.
//!
//! Read in this order: `canonical` (one text per JSON value), `revision` (what a version of a document is called), then
//! one file a document type. Not here: revision trees and what becomes of conflicts, and where documents are kept.

pub mod canonical;
mod fields;
pub mod limits;
pub mod menu;
pub mod order;
pub mod payment;
pub mod revision;

pub use revision::Revision;

/// A document that cannot be read: where and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the document cannot be read: {place}: {what}")]
pub struct BadDocument {
    /// The place in the document: `items[2].quantity`.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}
