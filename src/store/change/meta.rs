//! Numbers that are handed out once, and what the cashier has in hand.

use crate::domain::{BusinessDate, Timestamp};
use crate::store::query::columns::value;
use crate::store::{Desk, Fault, Tx};

impl Tx<'_> {
    /// Takes the next number of the business day: see [`crate::store::Reader::next_number`].
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn take_number(&self, today: BusinessDate) -> Result<(BusinessDate, u32), Fault> {
        let (date, sequence) = self.next_number(today)?;
        let sql = "UPDATE meta SET business_date = ?1, business_sequence = ?2";
        self.run("take a number", sql, (date.to_string(), sequence))?;
        Ok((date, sequence))
    }

    /// Notes what the cashier has in hand.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn set_desk(&self, desk: &Desk) -> Result<(), Fault> {
        let sql = "UPDATE desk SET order_id = ?1, cursor_line_id = ?2, last_paid = ?3, staff_id = ?4, touched_at = ?5";
        let texts = (
            desk.order.map(String::from),
            desk.cursor.map(String::from),
            desk.last_paid.map(String::from),
            desk.staff.map(String::from),
            desk.touched_at.map(Timestamp::rfc3339),
        );
        self.run("note what is in hand", sql, texts).map(|_| ())
    }

    /// Notes under which boot of the kernel this register started.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn set_boot_id(&self, boot_id: &str) -> Result<(), Fault> {
        self.run("note the boot", "UPDATE desk SET boot_id = ?1", [boot_id]).map(|_| ())
    }

    /// Gives a changed document its place in the order of changes: never the same twice, always higher.
    pub(super) fn next_document_seq(&self) -> Result<i64, Fault> {
        let sql = "UPDATE meta SET document_seq = document_seq + 1 RETURNING document_seq";
        self.only("number a document", sql, [], |row| value(row, "document_seq"))
    }
}
