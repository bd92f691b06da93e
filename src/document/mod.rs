//! Domain things as they rest and travel: JSON bodies, their revisions, and the menu's exchange format. Pure.
//!
//! Read in this order: `canonical` (one text per JSON value), `revision` (what a version of a document is called),
//! `history` and `tree` (how versions follow from each other, and which one stands), `version` (one with all that
//! travels with it), `merge` (what becomes of versions that quarrel), `documents` (the list of types), then one file a
//! document type, `comparison` (two versions side by side, for people), and `submission` (what a server asks of an
//! order or payment). Not here: where documents are kept, and how they travel.

pub mod canonical;
pub mod comparison;
pub mod conflict;
pub mod customer;
mod documents;
mod fields;
mod history;
#[cfg(test)]
mod laws;
pub mod limits;
pub mod menu;
pub mod merge;
pub mod order;
pub mod payment;
pub mod revision;
pub mod soldout;
mod spelled;
pub mod submission;
mod tree;
mod version;

pub use documents::{Database, DocumentType};
pub use history::History;
pub use merge::{Leaf, Outcome, Resolution, Review, Tombstone, Verdict, resolve};
pub use revision::Revision;
pub use spelled::{Spelled, text};
pub use tree::{Grafted, Missing, RevisionTree, TreeLeaf};
pub use version::Version;

/// A document that cannot be read: where and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the document cannot be read: {place}: {what}")]
pub struct BadDocument {
    /// The place in the document: `items[2].quantity`.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}
