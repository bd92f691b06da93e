//! Review: what a manager must look at because the server, or a merge, could not settle it, and what can be done about
//! it. Not here: how it comes to be there (sync, document) and where it is kept (store).

use super::order::{Header, OrderType};
use super::refusal::Refusal;

/// Why a manager must look at a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatterKind {
    /// The server rejected its submission too often.
    Rejected,
    /// The server keeps it, but cannot put it into its books.
    Flawed,
    /// It was merged, and the result must be looked at.
    Merged,
    /// Its versions cannot both be true.
    Quarantined,
    /// The server did not take a version of it.
    Refused,
}

impl MatterKind {
    /// All of them.
    pub const ALL: [MatterKind; 5] =
        [MatterKind::Rejected, MatterKind::Flawed, MatterKind::Merged, MatterKind::Quarantined, MatterKind::Refused];

    /// The word in the journal and in JSON.
    pub fn code(self) -> &'static str {
        match self {
            MatterKind::Rejected => "rejected",
            MatterKind::Flawed => "flawed",
            MatterKind::Merged => "merged",
            MatterKind::Quarantined => "quarantined",
            MatterKind::Refused => "refused",
        }
    }

    /// What it is, for somebody who sees it for the first time.
    pub fn words(self) -> &'static str {
        match self {
            MatterKind::Rejected => "rejected by the server",
            MatterKind::Flawed => "the server cannot book it",
            MatterKind::Merged => "two versions were merged",
            MatterKind::Quarantined => "two versions disagree",
            MatterKind::Refused => "version refused by the server",
        }
    }
}

/// One thing that a manager must look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// The id of the document.
    pub document: String,
    /// Why.
    pub kind: MatterKind,
}

/// What is done about a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// It is submitted again.
    Resubmit,
    /// It is offered to the server again, as a version among others.
    OfferAgain,
    /// It is never submitted, and stays in the register.
    GiveUp {
        /// Why.
        reason: String,
    },
    /// A manager has looked at it.
    Note {
        /// Why nothing more is to be done.
        reason: String,
    },
    /// The server is not asked to take that version any more.
    Forgo,
}

impl MatterKind {
    /// What handing it to the server again comes to.
    ///
    /// # Errors
    /// [`Refusal::NothingToResubmit`] where the server has it already.
    pub fn again(self) -> Result<Settlement, Refusal> {
        match self {
            MatterKind::Rejected => Ok(Settlement::Resubmit),
            MatterKind::Refused => Ok(Settlement::OfferAgain),
            MatterKind::Flawed | MatterKind::Merged | MatterKind::Quarantined => Err(Refusal::NothingToResubmit),
        }
    }

    /// What closing it comes to.
    pub fn closed(self, reason: String) -> Settlement {
        match self {
            MatterKind::Rejected => Settlement::GiveUp { reason },
            MatterKind::Flawed | MatterKind::Merged | MatterKind::Quarantined => Settlement::Note { reason },
            MatterKind::Refused => Settlement::Forgo,
        }
    }

    /// What handing it over comes to once it was mended.
    ///
    /// # Errors
    /// [`Refusal::NotMendable`] where there is nothing that another version would put right.
    pub fn mended(self) -> Result<Option<Settlement>, Refusal> {
        match self {
            // What the server cannot book is closed with it: its next version travels by itself.
            MatterKind::Rejected | MatterKind::Flawed => Ok(Some(Settlement::Resubmit)),
            // The refusal was of the former version.
            MatterKind::Refused => Ok(None),
            MatterKind::Merged | MatterKind::Quarantined => Err(Refusal::NotMendable),
        }
    }
}

/// What can be mended of an order at a register: its head. Lines, prices and payments stay as they were taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mending {
    /// How the guest takes it.
    pub order_type: OrderType,
    /// Whose it is.
    pub customer_name: Option<String>,
    /// At which table.
    pub table: Option<String>,
    /// What the kitchen was told about all of it.
    pub kitchen_notes: Option<String>,
}

impl Mending {
    /// A head as it is.
    pub fn of(header: &Header) -> Mending {
        Mending {
            order_type: header.order_type,
            customer_name: header.customer_name.clone(),
            table: header.table.clone(),
            kitchen_notes: header.kitchen_notes.clone(),
        }
    }

    /// The names of the fields in which two differ.
    pub fn differing(&self, other: &Mending) -> Vec<&'static str> {
        let all = [
            ("order_type", self.order_type != other.order_type),
            ("customer_name", self.customer_name != other.customer_name),
            ("table", self.table != other.table),
            ("kitchen_notes", self.kitchen_notes != other.kitchen_notes),
        ];
        all.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}
