//! Hiring, PINs, and the lockout.

use crate::domain::staff::Lockout;
use crate::domain::{Staff, StaffId};
use crate::store::fault::Doing;
use crate::store::query::columns::written;
use crate::store::{Fault, Tx};

impl Tx<'_> {
    /// Adds somebody who works here, with the hash of their PIN.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written; also when somebody has that PIN, which the caller looks up before.
    pub fn add_staff(&self, staff: &Staff, pin_hash: &str) -> Result<(), Fault> {
        let sql = "INSERT INTO staff (staff_id, name, role, pin_hash, active) VALUES (?1, ?2, ?3, ?4, 1)";
        let values = (staff.staff_id.to_string(), &staff.name, staff.role.word(), pin_hash);
        self.run("add a member of staff", sql, values).map(|_| ())
    }

    /// Gives somebody another PIN.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written, when nobody has that id, or when somebody else has that PIN.
    pub fn set_pin(&self, staff_id: StaffId, pin_hash: &str) -> Result<(), Fault> {
        let sql = "UPDATE staff SET pin_hash = ?2 WHERE staff_id = ?1";
        let doing = "change a PIN";
        self.run(doing, sql, (staff_id.to_string(), pin_hash)).and_then(|changed| one(changed, doing))
    }

    /// Notes that somebody works here, or no longer does.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written, when nobody has that id, or when their PIN has become somebody else's.
    pub fn set_staff_active(&self, staff_id: StaffId, active: bool) -> Result<(), Fault> {
        let sql = "UPDATE staff SET active = ?2 WHERE staff_id = ?1";
        let doing = "note who works here";
        self.run(doing, sql, (staff_id.to_string(), active)).and_then(|changed| one(changed, doing))
    }

    /// Notes wrong PINs, or that the right one came.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn set_lockout(&self, lockout: Lockout) -> Result<(), Fault> {
        let sql = "UPDATE lockout SET wrong = ?1, until = ?2";
        self.run("note a wrong PIN", sql, (lockout.wrong, written(lockout.until))).map(|_| ())
    }
}

/// Insists that a statement found its one row.
pub(super) fn one(changed: usize, doing: &'static str) -> Result<(), Fault> {
    if changed == 1 { Ok(()) } else { Err(rusqlite::Error::StatementChangedRows(changed)).doing(doing) }
}
