//! A connection that reads.
use super::*;
use std::path::Path;

/// What can be read, from the store's own connection or from one that only reads.
#[derive(Debug)]
pub struct Reader { connection: rusqlite::Connection }

impl Reader {
    /// Opens a store for reading alone: another process may be writing it.
    pub fn open(path: &Path, key: Option<&Key>) -> Result<Reader, OpenFault> { todo!() }
    // query/staff.rs
    //   menu() -> Result<Option<Menu>, Fault>; menu_version() -> Result<Option<u32>, Fault>
    //   staff() -> Result<Vec<Staff>, Fault> (active); all_staff() -> Result<Vec<(Staff, bool)>, Fault>
    //   staff_with_pin(hash: &str) -> Result<Option<Staff>, Fault>; pin_salt() -> Result<[u8; 16], Fault>
    //   lockout() -> Result<Lockout, Fault>; desk() -> Result<Desk, Fault>
    //   epoch() -> Result<u32, Fault>; next_number(BusinessDate) -> Result<(BusinessDate, u32), Fault>
    //   journal(limit: u32) -> Result<Vec<journal::Row>, Fault> (newest last)
    // query/orders.rs
    //   order(OrderId) -> Result<Option<Order>, Fault> (document with its draft)
    //   sent_order(OrderId) -> Result<Option<Order>, Fault> (the document alone)
    //   undo_depth(OrderId) -> Result<u32, Fault>; payments(OrderId) -> Result<Vec<Payment>, Fault>
    //   open_orders(limit: u32) -> Result<Vec<OrderRow>, Fault>; paid_orders(limit: u32) -> Result<Vec<OrderRow>, Fault>
    //   unsent() -> Result<Unsent, Fault>
    // query/spool.rs
    //   spool_head(printer: &str) -> Result<Option<PrintJob>, Fault>; spool_waiting(printer: &str) -> Result<u32, Fault>
    //   spool_recent(limit: u32) -> Result<Vec<PrintJob>, Fault>; spool_sending() -> Result<Vec<PrintJob>, Fault>
}
