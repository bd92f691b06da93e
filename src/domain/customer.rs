//! A customer whom the house knows by name.

use super::id::CustomerId;
use super::time::Timestamp;

/// Somebody who orders by phone or comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Which customer, everywhere and for ever.
    pub customer_id: CustomerId,
    /// What they are called.
    pub name: String,
    /// Where they are rung up.
    pub phone: Option<String>,
    /// Where deliveries go.
    pub address: Option<String>,
    /// What the house should know.
    pub note: Option<String>,
    /// When they were first written down.
    pub created_at: Timestamp,
    /// When that last changed.
    pub updated_at: Timestamp,
}
