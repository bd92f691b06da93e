//! What a bridge has to tell: lines for the log, and how many there were.

use std::fmt;

/// Something that happened. Its text is a line of the log: ids, no names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// An order or a payment that came was accepted.
    Accepted {
        /// Which.
        doc_id: String,
        /// The number of an order.
        number: Option<String>,
    },
    /// It was not, or the books do not follow what stands; the document says so from now on.
    Rejected {
        /// Which.
        doc_id: String,
        /// Why.
        why: String,
    },
    /// A payment came before its order was accepted, and waits for that.
    Waits {
        /// Which.
        doc_id: String,
    },
    /// Versions that quarrelled were merged.
    Settled {
        /// Of which document.
        doc_id: String,
    },
    /// Versions that quarrel say what only a person can put right.
    ForSomebody {
        /// Which document.
        doc_id: String,
        /// What.
        why: String,
    },
    /// A document that came is not kept.
    KeptOut {
        /// Which.
        doc_id: String,
        /// Why.
        why: String,
    },
    /// Documents of other locations are passed over.
    Elsewhere {
        /// How many.
        documents: u64,
    },
    /// The CouchDB does not want a document.
    NotTaken {
        /// Which.
        doc_id: String,
        /// Why.
        why: String,
    },
    /// What cannot be read, or not be had.
    PassedOver {
        /// In which direction.
        lane: String,
        /// What, and why.
        what: String,
    },
}

impl Happening {
    /// Whether somebody should look.
    pub fn is_trouble(&self) -> bool {
        match self {
            Happening::Accepted { .. }
            | Happening::Waits { .. }
            | Happening::Settled { .. }
            | Happening::Elsewhere { .. } => false,
            Happening::Rejected { .. }
            | Happening::ForSomebody { .. }
            | Happening::KeptOut { .. }
            | Happening::NotTaken { .. }
            | Happening::PassedOver { .. } => true,
        }
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Happening::Accepted { doc_id, number: Some(number) } => write!(out, "accepted {doc_id} as {number}"),
            Happening::Accepted { doc_id, number: None } => write!(out, "accepted {doc_id}"),
            Happening::Rejected { doc_id, why } => write!(out, "rejected {doc_id}: {why}"),
            Happening::Waits { doc_id } => write!(out, "{doc_id} waits until its order is accepted"),
            Happening::Settled { doc_id } => write!(out, "merged the versions of {doc_id} that quarrelled"),
            Happening::ForSomebody { doc_id, why } => write!(out, "{doc_id} needs a look: {why}"),
            Happening::KeptOut { doc_id, why } => write!(out, "kept out {doc_id}: {why}"),
            Happening::Elsewhere { documents } => write!(out, "documents of other locations passed over: {documents}"),
            Happening::NotTaken { doc_id, why } => write!(out, "the CouchDB did not take {doc_id} {why}"),
            Happening::PassedOver { lane, what } => write!(out, "{lane}: {what}"),
        }
    }
}

/// What came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Revisions that came.
    pub came: u64,
    /// Orders and payments that were accepted.
    pub accepted: u64,
    /// Those that were not, or that the books do not follow any more.
    pub rejected: u64,
    /// Documents that are not kept.
    pub kept_out: u64,
}

impl Tally {
    pub(super) fn count(&mut self, happening: &Happening) {
        match happening {
            Happening::Accepted { .. } => self.accepted += 1,
            Happening::Rejected { .. } => self.rejected += 1,
            Happening::KeptOut { .. } => self.kept_out += 1,
            Happening::Waits { .. }
            | Happening::Settled { .. }
            | Happening::ForSomebody { .. }
            | Happening::Elsewhere { .. }
            | Happening::NotTaken { .. }
            | Happening::PassedOver { .. } => {}
        }
    }
}
