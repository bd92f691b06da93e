//! Numbers that are handed out once, and what the cashier has in hand.

use crate::domain::BusinessDate;
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
        let Desk { order, cursor, last_paid } = desk;
        let sql = "UPDATE desk SET order_id = ?1, cursor_line_id = ?2, last_paid = ?3";
        let texts = (order.map(String::from), cursor.map(String::from), last_paid.map(String::from));
        self.run("note what is in hand", sql, texts).map(|_| ())
    }

    /// Gives a changed document its place in the order of changes: never the same twice, always higher.
    pub(super) fn next_document_seq(&self) -> Result<i64, Fault> {
        let sql = "UPDATE meta SET document_seq = document_seq + 1 RETURNING document_seq";
        self.only("number a document", sql, [], |row| value(row, "document_seq"))
    }
}
