//! Which numbers guests wait for, beside a register and on a box of its own.

use super::columns::{parsed, value};
use super::orders::order_of;
use crate::domain::kitchen::{LEFT_OVER_MS, SEEN_SHOWN_MS};
use crate::domain::pickup::{PickupOrder, PickupRules, Waiting};
use crate::domain::{Order, OrderId, Timestamp};
use crate::store::fault::Cause;
use crate::store::limits::ROWS_MAX;
use crate::store::{Fault, Reader};
use rusqlite::Row;

impl Reader {
    /// What guests wait for, of the newest `orders_max` orders of this register and of those that it hears of: what was
    /// sent first first. When something last changed tells since when an order is ready. What is left from an earlier
    /// business day leaves as it leaves the kitchen.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn pickup_orders(
        &self,
        rules: &PickupRules,
        now: Timestamp,
        orders_max: u32,
    ) -> Result<Vec<PickupOrder>, Fault> {
        let sql = "SELECT order_id, body, state = 'paid' AS is_paid,
                          business_date < COALESCE((SELECT business_date FROM meta), '') AS is_earlier
                   FROM order_row CROSS JOIN document ON doc_id = order_id
                   WHERE making = 1
                     AND business_date >= COALESCE(DATE((SELECT business_date FROM meta), '-1 day'), '')
                   ORDER BY business_date DESC, opened_seq DESC LIMIT ?1";
        let row = |row: &Row<'_>| -> Result<(Order, Waiting, bool), Cause> {
            let order_id = parsed(row, "order_id", OrderId::read)?;
            let order = order_of(order_id, &value::<String>(row, "body")?)?;
            // What was entered since and not sent does not count: the document does not know it.
            let changed_at = order.updated_at;
            let known = Waiting { is_paid: value(row, "is_paid")?, last_at: changed_at, ready_at: changed_at };
            Ok((order, known, value(row, "is_earlier")?))
        };
        let mut orders = self.all("read what guests wait for", sql, [orders_max.min(ROWS_MAX)], row)?;
        orders.reverse();
        orders.retain(|(_, known, is_earlier)| !is_earlier || now.millis_since(known.last_at) <= LEFT_OVER_MS);
        Ok(orders.iter().filter_map(|(order, known, _)| rules.told(order, *known, now)).collect())
    }

    /// What guests wait for as this box saw it, of the `orders_max` orders of which something came last, in the order
    /// in which it came. What nobody calls served leaves after [`SEEN_SHOWN_MS`].
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn pickup_orders_seen(
        &self,
        rules: &PickupRules,
        now: Timestamp,
        orders_max: u32,
    ) -> Result<Vec<PickupOrder>, Fault> {
        let sql = "SELECT watch.order_id AS order_id, body, state = 'paid' AS is_paid, last_at, ready_at
                   FROM watch CROSS JOIN order_row ON order_row.order_id = watch.order_id
                              CROSS JOIN document ON doc_id = watch.order_id
                   WHERE last_at > ?1 AND making = 1 AND deleted = 0 AND flaw IS NULL
                   ORDER BY watch_seq DESC LIMIT ?2";
        let row = |row: &Row<'_>| -> Result<(Order, Waiting), Cause> {
            let order_id = parsed(row, "order_id", OrderId::read)?;
            let order = order_of(order_id, &value::<String>(row, "body")?)?;
            let at = |ms: i64| Timestamp { unix_ms: ms, ..now };
            let ready_at = value::<Option<i64>>(row, "ready_at")?.map_or(now, at);
            Ok((order, Waiting { is_paid: value(row, "is_paid")?, last_at: at(value(row, "last_at")?), ready_at }))
        };
        let values = (now.unix_ms.saturating_sub(SEEN_SHOWN_MS), orders_max.min(ROWS_MAX));
        let mut orders = self.all("read what guests wait for", sql, values, row)?;
        orders.reverse();
        Ok(orders.iter().filter_map(|(order, known)| rules.told(order, *known, now)).collect())
    }
}
