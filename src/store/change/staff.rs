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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Role;
    use crate::store::Durability;
    use crate::store::fixtures::{Place, now};

    #[test]
    fn a_pin_says_who_somebody_is() {
        let (place, mut store) = Place::with_store();
        let person =
            |name: &str, role| Staff { staff_id: StaffId::fresh(now(), &mut place.dice()), name: name.into(), role };
        let (ana, bo) = (person("Ana", Role::Manager), person("Bo", Role::Cashier));
        store.write(Durability::Synced, |tx| tx.add_staff(&ana, "h1")).unwrap();
        assert!(store.write(Durability::Synced, |tx| tx.add_staff(&bo, "h1")).is_err(), "one PIN, two people");
        store.write(Durability::Synced, |tx| tx.add_staff(&bo, "h2")).unwrap();
        assert!(store.write(Durability::Synced, |tx| tx.set_pin(bo.staff_id, "h1")).is_err());
        assert_eq!(store.reader().staff_with_pin("h1").unwrap(), Some(ana.clone()));
        assert_eq!(store.reader().staff_with_pin("h3").unwrap(), None);

        store.write(Durability::Synced, |tx| tx.set_staff_active(ana.staff_id, false)).unwrap();
        assert_eq!(store.reader().staff_with_pin("h1").unwrap(), None, "who left does not log in");
        assert_eq!(store.reader().staff().unwrap(), std::slice::from_ref(&bo));
        assert_eq!(store.reader().all_staff().unwrap(), [(ana.clone(), false), (bo.clone(), true)]);
        store.write(Durability::Synced, |tx| tx.set_pin(bo.staff_id, "h1")).unwrap();
        assert_eq!(store.reader().staff_with_pin("h1").unwrap(), Some(bo));
        assert!(store.write(Durability::Synced, |tx| tx.set_staff_active(ana.staff_id, true)).is_err());
        let nobody = person("Cy", Role::Cashier).staff_id;
        assert!(store.write(Durability::Synced, |tx| tx.set_pin(nobody, "h9")).is_err());
    }

    #[test]
    fn a_lockout_survives_reopening() {
        let (place, mut store) = Place::with_store();
        assert_eq!(store.reader().lockout().unwrap(), Lockout::default());
        let lockout = Lockout { wrong: 5, until: Some(now()) };
        store.write(Durability::Synced, |tx| tx.set_lockout(lockout)).unwrap();
        drop(store);
        assert_eq!(place.open().reader().lockout().unwrap(), lockout);
    }
}
