//! Orders: whole, and as rows of lists.
use crate::domain::{BusinessDate, LocalNumber, Money, OrderId, OrderType, Timestamp};

/// Where an order stands, as a list shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderRowState {
    /// Nobody but this register knows of it.
    Draft,
    /// Sent, and nothing was entered since.
    Sent,
    /// Sent, and something was entered since.
    SentWithDraft,
    /// Something was paid, not all.
    PartPaid,
    /// Paid in full.
    Paid,
    /// Given up.
    Cancelled,
}

/// One order in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// Which.
    pub order_id: OrderId,
    /// What it is called aloud.
    pub local_number: LocalNumber,
    /// Which business day it belongs to.
    pub business_date: BusinessDate,
    /// How the guest takes it.
    pub order_type: OrderType,
    /// Which table.
    pub table: Option<String>,
    /// Whose it is.
    pub customer_name: Option<String>,
    /// When it is wanted.
    pub due_at: Option<Timestamp>,
    /// What it comes to, drafts included.
    pub total: Money,
    /// What is still to be paid.
    pub balance: Money,
    /// Where it stands.
    pub state: OrderRowState,
    /// Who opened it.
    pub opened_by: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
