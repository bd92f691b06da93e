//! What the cashier has in hand.

use super::columns::parsed_or_none;
use crate::domain::{LineId, OrderId};
use crate::store::{Fault, Reader};

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

impl Reader {
    /// What the cashier has in hand.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn desk(&self) -> Result<Desk, Fault> {
        self.only("read the desk", "SELECT order_id, cursor_line_id, last_paid FROM desk", [], |row| {
            Ok(Desk {
                order: parsed_or_none(row, "order_id", OrderId::read)?,
                cursor: parsed_or_none(row, "cursor_line_id", LineId::read)?,
                last_paid: parsed_or_none(row, "last_paid", OrderId::read)?,
            })
        })
    }
}
