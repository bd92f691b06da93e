//! What a decision writes, in one transaction: all of it or nothing.

use super::books::{CustomerRow, MenuRow, OrderRow, PaymentRow};
use super::{Kept, Place};
use crate::document::submission::KnownTax;
use crate::document::{Revision, RevisionTree, Version};
use crate::domain::Timestamp;
use crate::sync::wire::{OrderAccepted, PaymentAccepted};
use serde_json::{Value, json};

/// All that a decision writes.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Its name: what was written under it already is not written again.
    pub operation: String,
    /// When it was decided.
    pub at: Timestamp,
    /// Where its documents belong.
    pub place: Place,
    /// On what it was decided, beside what its documents say themselves.
    pub expectations: Vec<Expectation>,
    /// Documents as they are to be, each with the sequence at which it was read; each gets the next of the feed.
    pub documents: Vec<Kept>,
    /// A local document.
    pub local: Option<LocalDocument>,
    /// That something was accepted.
    pub acceptance: Option<Acceptance>,
    /// What changes in the books.
    pub rows: Vec<Row>,
}

impl Batch {
    /// A batch that changes nothing yet.
    pub fn new(operation: String, at: Timestamp, place: Place) -> Batch {
        Batch {
            operation,
            at,
            place,
            expectations: Vec::new(),
            documents: Vec::new(),
            local: None,
            acceptance: None,
            rows: Vec::new(),
        }
    }

    /// The documents that it writes, or expects to be as they were.
    #[cfg(any(feature = "postgres", feature = "sqlserver"))]
    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        let expected = self.expectations.iter().filter_map(|it| match it {
            Expectation::Document { doc_id, .. } => Some(doc_id),
            Expectation::LastNumber(_) | Expectation::Payments { .. } => None,
        });
        self.documents.iter().map(|kept| &kept.doc_id).chain(expected)
    }

    /// Writes a document that had that tree when it was read; one that is still the same is only expected to be so.
    pub fn write(&mut self, mut kept: Kept, before: &RevisionTree) {
        kept.stem();
        if kept.tree == *before {
            self.expectations.push(Expectation::Document { doc_id: kept.doc_id, seq: kept.seq });
        } else {
            self.documents.push(kept);
        }
    }
}

/// By how many the documents that stand, and those that are gone, become more. Of each: whether it was deleted, if it
/// was there, and whether it is now.
pub(super) fn growth(documents: impl IntoIterator<Item = (Option<bool>, bool)>) -> (i64, i64) {
    let (mut standing, mut gone) = (0, 0);
    for (was, is) in documents {
        for (deleted, by) in [(was, -1), (Some(is), 1)] {
            match deleted {
                None => {}
                Some(false) => standing += by,
                Some(true) => gone += by,
            }
        }
    }
    (standing, gone)
}

/// What must still be so when a batch is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// A document stands at this sequence; none: there is no such document.
    Document {
        /// Which.
        doc_id: String,
        /// When it changed last.
        seq: Option<u64>,
    },
    /// The last order number that was counted.
    LastNumber(u64),
    /// So many payments of an order are accepted.
    Payments {
        /// The order's document.
        doc_id: String,
        /// How many.
        count: usize,
    },
}

/// A document that is not replicated.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalDocument {
    /// Its id, without `_local/`.
    pub id: String,
    /// What it says; none takes it away.
    pub body: Option<Value>,
}

/// That an order or payment was accepted, and what was answered: the same for ever.
#[derive(Debug, Clone, PartialEq)]
pub struct Acceptance {
    /// Its document.
    pub doc_id: String,
    /// When.
    pub accepted_at: Timestamp,
    /// What was answered.
    pub reply: Reply,
}

/// What was answered to a submission.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// To an order.
    Order(OrderAccepted),
    /// To a payment, and what it said: a payment is written once.
    Payment(PaymentAccepted, Value),
}

/// A change of the books.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// An accepted order as it is now.
    Order(Box<OrderRow>),
    /// How an accepted order is paid now, by its document.
    PaymentStatus {
        /// The order's document.
        doc_id: String,
        /// The word.
        status: String,
    },
    /// An accepted payment.
    Payment(Box<PaymentRow>),
    /// The last order number that was counted.
    LastNumber(u64),
    /// A customer as it is now.
    Customer(Box<CustomerRow>),
    /// A customer is gone, by its document.
    CustomerGone(String),
    /// An entry of the menu as it is now.
    Menu(Box<MenuRow>),
    /// An entry of the menu is gone, by its document.
    MenuGone(String),
    /// A tax that the menu has.
    Tax(KnownTax),
    /// The books do not follow a document.
    Flawed {
        /// Which.
        doc_id: String,
        /// Which revision of it.
        revision: Revision,
        /// What is wrong with it.
        reason: String,
    },
    /// The books follow a document again.
    Sound(String),
    /// Something that an accountant should find in what was done.
    Act {
        /// What, in one word.
        what: &'static str,
        /// About what.
        about: String,
    },
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// It is written, now or before.
    Done,
    /// Something that was expected is not so any more: nothing was written.
    Moved,
}

/// How far the writing of a batch came, before its transaction is kept or taken back.
pub(super) enum Written {
    /// All of it.
    All,
    /// The operation was written before.
    Before,
    /// Something moved.
    Nothing,
}

impl Reply {
    /// Writes it as the database keeps it.
    pub(super) fn to_text(&self) -> String {
        let said = match self {
            Reply::Order(it) => json!({
                "order_id": it.order_id,
                "order_number": it.order_number,
                "order_status": it.order_status,
                "accepted_at": it.accepted_at.rfc3339(),
                "document": it.document.as_ref().map(Version::to_document),
            }),
            Reply::Payment(it, said) => json!({
                "payment_id": it.payment_id,
                "order_id": it.order_id,
                "payment_status": it.payment_status,
                "said": said,
            }),
        };
        said.to_string()
    }

    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(text: &str) -> Result<Reply, String> {
        let said: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let word = |name: &str| {
            let word = said.get(name).and_then(Value::as_str);
            word.map(str::to_owned).ok_or_else(|| format!("`{name}` is missing"))
        };
        if said.get("payment_id").is_some() {
            let (payment_id, order_id) = (word("payment_id")?, word("order_id")?);
            let accepted = PaymentAccepted { payment_id, order_id, payment_status: word("payment_status")? };
            let said = said.get("said").ok_or("`said` is missing")?;
            return Ok(Reply::Payment(accepted, said.clone()));
        }
        let accepted_at = Timestamp::from_rfc3339(&word("accepted_at")?).ok_or("`accepted_at` is no time")?;
        let document = match said.get("document") {
            None | Some(Value::Null) => None,
            Some(document) => Some(Version::read(document.clone()).map_err(|bad| bad.to_string())?),
        };
        Ok(Reply::Order(OrderAccepted {
            order_id: word("order_id")?,
            order_number: word("order_number")?,
            order_status: word("order_status")?,
            accepted_at,
            document,
        }))
    }
}
