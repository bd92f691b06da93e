//! One transaction: everything that can be written.
use super::*;

/// How sure a commit is before it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Survives the death of the process (`synchronous=NORMAL`).
    Draft,
    /// Survives a power cut (`synchronous=FULL`).
    Synced,
}

/// A transaction under way. Reads like a [`Reader`], its own writes included.
#[derive(Debug)]
pub struct Tx<'a> { reader: &'a Reader }

impl std::ops::Deref for Tx<'_> {
    type Target = Reader;
    fn deref(&self) -> &Reader { self.reader }
}

impl Tx<'_> {
    // save_draft(&Order); undo(OrderId) -> Result<bool, Fault>; drop_draft(OrderId)
    // put_order(&Order, &OrderContext, now: Timestamp); put_payment(&Payment, &PaymentContext)
    // set_desk(&Desk); take_number(BusinessDate) -> Result<(BusinessDate, u32), Fault>
    // append(now: Timestamp, staff: Option<&str>, &journal::Entry) -> Result<i64, Fault>
    // spool_add(printer: &str, &Slip, now: Timestamp) -> Result<i64, Fault>; spool_set(job_id: i64, &Progress, now: Timestamp)
    // set_lockout(Lockout); add_staff(&Staff, pin_hash: &str); set_pin(StaffId, pin_hash: &str)
    // set_staff_active(StaffId, bool); put_menu(&Menu, now: Timestamp) -> Result<u32, Fault>
    // each Result<_, Fault>
}
