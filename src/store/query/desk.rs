//! What the cashier has in hand.

use super::columns::{parsed_or_none, value};
use crate::domain::{LineId, OrderId, StaffId, Timestamp};
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
    /// Who is logged in.
    pub staff: Option<StaffId>,
    /// When the desk last changed.
    pub touched_at: Option<Timestamp>,
}

impl Reader {
    /// What the cashier has in hand.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn desk(&self) -> Result<Desk, Fault> {
        self.only(
            "read the desk",
            "SELECT order_id, cursor_line_id, last_paid, staff_id, touched_at FROM desk",
            [],
            |row| {
                Ok(Desk {
                    order: parsed_or_none(row, "order_id", OrderId::read)?,
                    cursor: parsed_or_none(row, "cursor_line_id", LineId::read)?,
                    last_paid: parsed_or_none(row, "last_paid", OrderId::read)?,
                    staff: parsed_or_none(row, "staff_id", StaffId::read)?,
                    touched_at: parsed_or_none(row, "touched_at", Timestamp::from_rfc3339)?,
                })
            },
        )
    }

    /// The kernel's boot under which this register last started; none before the first start.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn boot_id(&self) -> Result<Option<String>, Fault> {
        self.only("read the last boot", "SELECT boot_id FROM desk", [], |row| value(row, "boot_id"))
    }
}
