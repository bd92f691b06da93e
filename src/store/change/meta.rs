//! Numbers that are handed out once, and what the cashier has in hand.

use crate::domain::{BusinessDate, Timestamp};
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

    /// Notes that a day has come, on a box that takes no numbers: pruning goes by it, too. Days only move forward.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn note_day(&self, today: BusinessDate) -> Result<(), Fault> {
        let sql = "UPDATE meta SET business_date = ?1, business_sequence = 0
                   WHERE business_date IS NULL OR business_date < ?1";
        self.run("note the day", sql, [today.to_string()]).map(|_| ())
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
        let last = match self.document_seq.get() {
            Some(last) => last,
            None => self.document_seq()?,
        };
        let seq = last.saturating_add(1);
        self.document_seq.set(Some(seq));
        Ok(i64::try_from(seq).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Durability;
    use crate::store::fixtures::{Place, now};

    #[test]
    fn numbers_start_anew_each_day_and_days_only_move_forward() {
        let (place, mut store) = Place::with_store();
        let day = |days: i64| BusinessDate::of(now().plus_millis(days * 86_400_000), 240);
        // the day that the clock says, the day and the number that are taken
        for (clock, date, number) in [(0, 0, 1), (0, 0, 2), (1, 1, 1), (0, 1, 2), (-40, 1, 3), (1, 1, 4), (9, 9, 1)] {
            assert_eq!(store.reader().next_number(day(clock)).unwrap(), (day(date), number));
            let taken = store.write(Durability::Draft, |tx| tx.take_number(day(clock))).unwrap();
            assert_eq!(taken, (day(date), number));
        }
        drop(store);
        assert_eq!(place.open().reader().next_number(day(9)).unwrap(), (day(9), 2));
    }

    #[test]
    fn the_desk_survives_reopening() {
        let (place, mut store) = Place::with_store();
        assert_eq!(store.reader().desk().unwrap(), Desk::default());
        let (order, line) = (place.order(1), place.line("Soup", 500));
        let staff = Some(crate::domain::StaffId::fresh(now(), &mut place.dice()));
        let (order, cursor) = (Some(order.order_id), Some(line.line_id));
        let desk = Desk { order, cursor, last_paid: order, staff, touched_at: Some(now()) };
        store.write(Durability::Draft, |tx| tx.set_desk(&desk)).unwrap();
        drop(store);
        assert_eq!(place.open().reader().desk().unwrap(), desk);
    }
}
