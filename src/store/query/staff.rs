//! Who works here, whose PIN that is, and whether the register is locked.

use super::columns::{instant_or_none, parsed, value};
use crate::domain::staff::Lockout;
use crate::domain::{Role, Staff, StaffId};
use crate::store::fault::Cause;
use crate::store::limits::ROWS_MAX;
use crate::store::{Fault, Reader};
use rusqlite::Row;

impl Reader {
    /// Everybody who works here, by name.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn staff(&self) -> Result<Vec<Staff>, Fault> {
        let active = self.all_staff()?.into_iter().filter(|&(_, active)| active);
        Ok(active.map(|(staff, _)| staff).collect())
    }

    /// Everybody who works or worked here, by name, and whether they still do.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn all_staff(&self) -> Result<Vec<(Staff, bool)>, Fault> {
        let sql = "SELECT staff_id, name, role, active FROM staff ORDER BY name, staff_id LIMIT ?1";
        self.all("read the staff", sql, [ROWS_MAX], |row| Ok((read(row)?, value(row, "active")?)))
    }

    /// Who works here and has the PIN of that hash.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn staff_with_pin(&self, hash: &str) -> Result<Option<Staff>, Fault> {
        let sql = "SELECT staff_id, name, role FROM staff WHERE pin_hash = ?1 AND active = 1";
        self.first("look up a PIN", sql, [hash], read)
    }

    /// How many wrong PINs were typed, and until when no other is looked at.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn lockout(&self) -> Result<Lockout, Fault> {
        self.only("read the lockout", "SELECT wrong, until FROM lockout", [], |row| {
            Ok(Lockout { wrong: value(row, "wrong")?, until: instant_or_none(row, "until")? })
        })
    }
}

fn read(row: &Row<'_>) -> Result<Staff, Cause> {
    Ok(Staff {
        staff_id: parsed(row, "staff_id", StaffId::read)?,
        name: value(row, "name")?,
        role: parsed(row, "role", Role::from_word)?,
    })
}
