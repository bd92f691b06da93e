//! Who this store is, and the numbers that it hands out.

use super::columns::{business_date, parsed_or_none, value};
use crate::domain::BusinessDate;
use crate::store::{Fault, Reader};

impl Reader {
    /// The store's id: the same in its backups and after a restore.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn store_id(&self) -> Result<String, Fault> {
        self.only("read its own id", "SELECT store_id FROM meta", [], |row| value(row, "store_id"))
    }

    /// How often this store was restored from a backup, plus one. Part of every number that it hands out.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn epoch(&self) -> Result<u32, Fault> {
        self.only("read its epoch", "SELECT epoch FROM meta", [], |row| value(row, "epoch"))
    }

    /// The salt that all PINs of this store are hashed with, so that a PIN alone says who somebody is.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn pin_salt(&self) -> Result<[u8; 16], Fault> {
        self.only("read the salt of the PINs", "SELECT pin_salt FROM meta", [], |row| value(row, "pin_salt"))
    }

    /// The business date and the sequence that the next order gets; taken by [`crate::store::Tx::take_number`].
    ///
    /// The business date only moves forward: when `today` lies before the latest, the latest is the answer.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn next_number(&self, today: BusinessDate) -> Result<(BusinessDate, u32), Fault> {
        let sql = "SELECT business_date, business_sequence FROM meta";
        self.only("read the last number", sql, [], |row| {
            let last: Option<BusinessDate> = parsed_or_none(row, "business_date", business_date)?;
            let sequence: u32 = value(row, "business_sequence")?;
            Ok(match last.filter(|&last| last >= today) {
                Some(last) => (last, sequence.saturating_add(1)),
                None => (today, 1),
            })
        })
    }
}
