//! What a kitchen's box of its own shows: the orders that it watches, by when it saw what.

use super::columns::{parsed, value};
use super::orders::order_of;
use crate::domain::kitchen::{KitchenRules, KitchenTicket, SEEN_SHOWN_MS, Sight, VOID_SHOWN_MS, tickets_seen};
use crate::domain::{LineId, Order, OrderId, Timestamp};
use crate::store::fault::Cause;
use crate::store::limits::{LINES_SEEN_MAX, ROWS_MAX};
use crate::store::{Fault, Reader};
use rusqlite::Row;

impl Reader {
    /// What was seen of an order here, and when.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn sights(&self, order_id: OrderId) -> Result<Vec<Sight>, Fault> {
        let sql = "SELECT line_id, round, seen_at, voided_at FROM sight WHERE order_id = ?1 LIMIT ?2";
        self.all("read what this box saw", sql, (order_id.to_string(), LINES_SEEN_MAX), |row| {
            Ok(Sight {
                line_id: parsed(row, "line_id", LineId::read)?,
                round: value(row, "round")?,
                seen_at: Timestamp::utc(value(row, "seen_at")?),
                voided_at: value::<Option<i64>>(row, "voided_at")?.map(Timestamp::utc),
            })
        })
    }

    /// What stations must make, and what they were told to stop making a moment ago, as this box saw it: by order and
    /// round, what came first first, of the `orders_max` orders of which something came last.
    ///
    /// What is paid leaves as at a register; what nobody calls served, after [`SEEN_SHOWN_MS`].
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn tickets_seen(
        &self,
        rules: &KitchenRules,
        now: Timestamp,
        orders_max: u32,
    ) -> Result<Vec<KitchenTicket>, Fault> {
        // Of what is made, and of what may just have been voided, only the order's document tells more.
        let sql = "SELECT watch.order_id AS order_id, body, state = 'paid' AS is_paid
                   FROM watch CROSS JOIN order_row ON order_row.order_id = watch.order_id
                              CROSS JOIN document ON doc_id = watch.order_id
                   WHERE last_at > ?1 AND (making = 1 OR last_at > ?2) AND deleted = 0 AND flaw IS NULL
                   ORDER BY watch_seq DESC LIMIT ?3";
        let since = |ms: i64| now.unix_ms.saturating_sub(ms);
        let values = (since(SEEN_SHOWN_MS), since(VOID_SHOWN_MS), orders_max.min(ROWS_MAX));
        let mut tickets = Vec::new();
        for (order, is_paid) in self.all("read what is to be made", sql, values, watched)? {
            let seen = self.sights(order.order_id)?;
            let is_wanted =
                |ticket: &KitchenTicket| ticket.age_ms(now) < SEEN_SHOWN_MS && !(is_paid && rules.is_over(ticket, now));
            tickets.extend(tickets_seen(&order, &seen, now).into_iter().filter(is_wanted));
        }
        tickets.sort_by_key(|ticket| ticket.sequence);
        Ok(tickets)
    }
}

fn watched(row: &Row<'_>) -> Result<(Order, bool), Cause> {
    let order_id = parsed(row, "order_id", OrderId::read)?;
    Ok((order_of(order_id, &value::<String>(row, "body")?)?, value(row, "is_paid")?))
}
