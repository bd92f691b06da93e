//! What the cashier has in hand.
use crate::domain::id::{LineId, OrderId};

/// What lies on the desk: it survives a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Desk {
    /// The order in hand.
    pub order: Option<OrderId>,
    /// The line that the cursor stands on.
    pub cursor: Option<LineId>,
    /// The order that was paid last, for a receipt on request.
    pub last_paid: Option<OrderId>,
}
