//! Who is logged in: PINs, the lock, and the session that outlives a short restart.

use super::App;
use crate::domain::Timestamp;
use crate::domain::journal::Entry;
use crate::domain::staff::{Lockout, Role, Staff};
use crate::store::{Desk, Durability, Fault, hash_pin};
use crate::tui::Notice;

impl App {
    /// Takes up the session of a moment ago: a register that was cut off and starts again shows the order to whoever
    /// had it in hand. One that lay idle for as long as the idle lock takes asks for a PIN.
    pub(super) fn resume_session(&mut self, now: Timestamp) -> Result<(), Fault> {
        let reader = self.counter.store.reader();
        let desk = reader.desk()?;
        let idle_ms = self.counter.settings.house.idle_lock_ms;
        let fresh = desk.touched_at.is_some_and(|at| (0..idle_ms).contains(&now.millis_since(at)));
        let staff = reader.staff()?.into_iter().find(|staff| Some(staff.staff_id) == desk.staff);
        self.counter.staff = staff.filter(|_| fresh);
        Ok(())
    }

    pub(super) fn idle_until(&self) -> Timestamp {
        self.last_action.plus_millis(self.counter.settings.house.idle_lock_ms)
    }

    pub(super) fn lock_when_idle(&mut self, now: Timestamp) {
        // A clock that was set back must not keep the register open.
        self.last_action = self.last_action.min(now);
        if self.counter.staff.is_some() && now >= self.idle_until() {
            self.lock(now, "idle_lock");
        }
    }

    /// Nobody is logged in any more; what is in hand and half typed stays.
    pub(super) fn lock(&mut self, now: Timestamp, kind: &'static str) {
        let Some(staff) = self.counter.staff.take() else { return };
        let noted = self.counter.store.write(Durability::Draft, |tx| -> Result<(), Fault> {
            tx.set_desk(&Desk { staff: None, touched_at: Some(now), ..tx.desk()? })?;
            tx.append(now, Some(&staff.name), &Entry::new(kind, None)).map(|_| ())
        });
        self.tell_failure(noted);
        self.counter.status.staff = None;
    }

    pub(super) fn log_in(&mut self, now: Timestamp, pin: &str) {
        let Some(staff) = self.staff_with(now, pin) else { return };
        let noted = self.counter.store.write(Durability::Draft, |tx| -> Result<(), Fault> {
            tx.set_desk(&Desk { staff: Some(staff.staff_id), touched_at: Some(now), ..tx.desk()? })?;
            tx.append(now, Some(&staff.name), &Entry::new("login", None)).map(|_| ())
        });
        match noted {
            Ok(()) => {
                self.counter.status.staff = Some(staff.name.clone());
                self.counter.notice = Some(Notice::says(format!("Hello {}", staff.name)));
                self.counter.staff = Some(staff);
            }
            Err(fault) => self.tell_failure(Err(fault)),
        }
    }

    /// The manager whose PIN this is; whoever else it belongs to is told no.
    pub(super) fn manager_with(&mut self, now: Timestamp, pin: &str) -> Option<Staff> {
        let staff = self.staff_with(now, pin)?;
        if staff.role == Role::Manager {
            return Some(staff);
        }
        self.refuse(format!("{} is no manager: a manager's PIN is needed", staff.name));
        None
    }

    /// Who has this PIN. A wrong one is journaled and counted; too many lock the register for a while.
    fn staff_with(&mut self, now: Timestamp, pin: &str) -> Option<Staff> {
        if let Some(left) = self.counter.locked_ms(now) {
            self.refuse(format!("Too many wrong PINs: wait {} s", (left + 999) / 1000));
            return None;
        }
        let looked_up = self.look_up(pin);
        let found = match looked_up {
            Ok(found) => found,
            Err(fault) => {
                self.tell_failure(Err(fault));
                return None;
            }
        };
        let before = self.counter.lockout;
        let after = if found.is_some() { Lockout::default() } else { before.after_wrong(now) };
        if after != before {
            let noted = self.counter.store.write(Durability::Draft, |tx| -> Result<(), Fault> {
                tx.set_lockout(after)?;
                match &found {
                    Some(_) => Ok(()),
                    None => tx.append(now, None, &Entry::new("wrong_pin", None).with("wrong", after.wrong)).map(|_| ()),
                }
            });
            if let Err(fault) = noted {
                // A try that could not be counted is no try.
                self.tell_failure(Err(fault));
                return None;
            }
            self.counter.lockout = after;
        }
        if found.is_none() {
            self.refuse(match after.left_ms(now) {
                Some(left) => {
                    format!("Nobody has this PIN, and it was wrong {} times: wait {} s", after.wrong, left / 1000)
                }
                None => "Nobody has this PIN: try again".to_owned(),
            });
        }
        found
    }

    fn look_up(&self, pin: &str) -> Result<Option<Staff>, Fault> {
        let reader = self.counter.store.reader();
        reader.staff_with_pin(&hash_pin(pin, &reader.pin_salt()?))
    }
}
