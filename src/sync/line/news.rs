//! What the line has to tell: notices for the cashier, lines for the log.

use super::LaneName;
use crate::document::{Database, Revision};
use crate::domain::Timestamp;
use std::fmt;

/// Something that happened. Its text is a line of the log: ids, no names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The server answers for the first time since the start.
    Reached,
    /// The server answers again.
    Restored {
        /// Since when it did not.
        lost_since: Timestamp,
    },
    /// The server does not answer any more.
    Lost {
        /// What happened last.
        why: String,
    },
    /// The server has an order or a payment.
    Accepted {
        /// Which.
        doc_id: String,
        /// The server's number of an order.
        number: Option<String>,
    },
    /// The line or the server failed a submission: it is tried again.
    Postponed {
        /// Which.
        doc_id: String,
        /// Why.
        why: String,
    },
    /// The server said no to a submission: it is tried again.
    Rejected {
        /// Which.
        doc_id: String,
        /// Why.
        why: String,
    },
    /// A submission waits for a manager.
    Review {
        /// Which.
        doc_id: String,
        /// Why.
        why: String,
    },
    /// The server does not want a revision.
    Refused {
        /// Of which document.
        doc_id: String,
        /// Which.
        revision: Revision,
        /// Why.
        why: String,
    },
    /// The server lost what it had: all is offered again.
    ServerLost {
        /// Of which database.
        database: Database,
    },
    /// A menu, or changes of it, were taken.
    Menu {
        /// How many entries.
        changes: u32,
    },
    /// A menu cannot be sold from; the old one is in use.
    MenuRefused {
        /// Why.
        why: String,
    },
    /// A lane moved documents.
    Synced {
        /// Which.
        lane: LaneName,
        /// How many.
        items: u32,
    },
    /// A lane begins to fail.
    Failing {
        /// Which.
        lane: LaneName,
        /// Why.
        why: String,
    },
    /// The server does not know this register, or its secret, or has revoked it.
    TurnedAway {
        /// In its words.
        why: String,
    },
    /// A lane works again.
    Recovered {
        /// Which.
        lane: LaneName,
    },
}

impl fmt::Display for News {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            News::Reached => out.write_str("the server answers"),
            News::Restored { lost_since } => {
                write!(out, "the server answers again, after an absence since {}", lost_since.rfc3339())
            }
            News::Lost { why } => write!(out, "the server does not answer: {why}"),
            News::Accepted { doc_id, number: Some(number) } => write!(out, "accepted {doc_id} as {number}"),
            News::Accepted { doc_id, number: None } => write!(out, "accepted {doc_id}"),
            News::Postponed { doc_id, why } => write!(out, "postponed {doc_id}: {why}"),
            News::Rejected { doc_id, why } => write!(out, "rejected {doc_id}: {why}"),
            News::Review { doc_id, why } => write!(out, "{doc_id} needs review: {why}"),
            News::Refused { doc_id, revision, why } => write!(out, "the server refused {doc_id} {revision}: {why}"),
            News::ServerLost { database } => {
                write!(out, "the server lost documents of {}: all is offered again", database.code())
            }
            News::Menu { changes } => write!(out, "took {changes} changes of the menu"),
            News::MenuRefused { why } => write!(out, "the server's menu cannot be sold from: {why}"),
            News::Synced { lane, items } => write!(out, "{lane}: synchronised {items}"),
            News::Failing { lane, why } => write!(out, "{lane} fails: {why}"),
            News::TurnedAway { why } => write!(out, "the server does not let this register in: {why}"),
            News::Recovered { lane } => write!(out, "{lane} works again"),
        }
    }
}
