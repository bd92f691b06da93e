//! What the kitchen must make, and whether anything changed since somebody looked.

use super::columns::{business_date, json, parsed, parsed_or_none, value};
use super::orders::order_of;
use crate::domain::kitchen::{self, DoneOrder, KitchenRules, KitchenTicket, SentTicket};
use crate::domain::{BusinessDate, Order, OrderId, Slip, StationId, Timestamp};
use crate::store::fault::Cause;
use crate::store::limits::{DONE_LOOKED_AT, ROWS_MAX, TICKETS_OF_ORDER_MAX};
use crate::store::{Fault, Reader};
use rusqlite::Row;

impl Reader {
    /// A number that another one follows with every commit of another connection. Only to be compared with an earlier
    /// answer of this same reader.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be asked.
    pub fn commits(&self) -> Result<i64, Fault> {
        self.only("ask whether anything changed", "PRAGMA data_version", [], |row| value(row, "data_version"))
    }

    /// The sequence of the document that changed last: as long as it stays, no order was sent, voided or advanced.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn last_document_seq(&self) -> Result<i64, Fault> {
        let sql = "SELECT document_seq FROM meta";
        self.only("ask which document changed last", sql, [], |row| value(row, "document_seq"))
    }

    /// Sent orders of which something is still to be made or brought, of the latest business day and the one before:
    /// the newest `limit`, the oldest of them first. Without what was entered since. A register that never opened an
    /// order has no day of its own, and shows what others sent.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn orders_making(&self, limit: u32) -> Result<Vec<Order>, Fault> {
        let sql = "SELECT order_id, body FROM order_row CROSS JOIN document ON doc_id = order_id
                   WHERE making = 1
                     AND business_date >= COALESCE(DATE((SELECT business_date FROM meta), '-1 day'), '')
                   ORDER BY business_date DESC, opened_seq DESC LIMIT ?1";
        let mut orders = self.all("read what is to be made", sql, [limit.min(ROWS_MAX)], sent_order)?;
        orders.reverse();
        Ok(orders)
    }

    /// What stations must make, and what they were told to stop making a moment ago: by order and send, the oldest
    /// first, of the newest `orders_max` orders. With a station, of that one alone.
    ///
    /// What a shop that never says `served` has made leaves when the order is paid and a while has gone
    /// ([`KitchenRules::is_over`]); what is left from an earlier business day, paid or not, after
    /// [`kitchen::LEFT_OVER_MS`].
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn kitchen_tickets(
        &self,
        station: Option<&StationId>,
        rules: &KitchenRules,
        now: Timestamp,
        orders_max: u32,
    ) -> Result<Vec<KitchenTicket>, Fault> {
        let today = self.latest_business_date()?;
        let mut orders = self.orders_making(orders_max)?;
        // Those that were voided a moment ago are among the ones where nothing is left to make.
        orders.extend(self.orders_done_last(DONE_LOOKED_AT)?);
        let mut tickets = Vec::new();
        for order in &orders {
            let sent = self.sent_tickets(order.order_id)?;
            tickets.extend(kitchen::tickets(order, &sent, now));
        }
        let earlier: Vec<OrderId> =
            orders.iter().filter(|order| Some(order.business_date) != today).map(|order| order.order_id).collect();
        let paid = self.orders_making_paid(orders_max)?;
        let is_wanted = |ticket: &KitchenTicket| {
            let is_over = paid.contains(&ticket.order_id) && rules.is_over(ticket, now);
            let is_left_over =
                is_over || earlier.contains(&ticket.order_id) && ticket.age_ms(now) > kitchen::LEFT_OVER_MS;
            station.is_none_or(|station| ticket.station == *station) && !is_left_over
        };
        tickets.retain(is_wanted);
        // Job numbers are the order in which stations were told; a sort that keeps what is equal in its order.
        tickets.sort_by_key(|ticket| ticket.sequence);
        Ok(tickets)
    }

    /// Those of [`Reader::orders_making`] that are paid.
    fn orders_making_paid(&self, limit: u32) -> Result<Vec<OrderId>, Fault> {
        let sql = "SELECT order_id FROM order_row WHERE making = 1 AND state = 'paid'
                   AND business_date >= COALESCE(DATE((SELECT business_date FROM meta), '-1 day'), '')
                   ORDER BY business_date DESC, opened_seq DESC LIMIT ?1";
        let order_id = |row: &Row<'_>| parsed(row, "order_id", OrderId::read);
        self.all("read what is made and paid", sql, [limit.min(ROWS_MAX)], order_id)
    }

    /// The orders of which everything was brought, the last `limit`, the newest first.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn kitchen_done(&self, limit: u32) -> Result<Vec<DoneOrder>, Fault> {
        let sql = "SELECT order_id, body FROM order_row CROSS JOIN document ON doc_id = order_id
                   WHERE done_seq IS NOT NULL AND state <> 'cancelled' ORDER BY done_seq DESC LIMIT ?1";
        let done = self.all("read what was made last", sql, [limit.min(ROWS_MAX)], sent_order)?;
        Ok(done.iter().map(kitchen::done).collect())
    }

    fn latest_business_date(&self) -> Result<Option<BusinessDate>, Fault> {
        let sql = "SELECT business_date FROM meta";
        self.only("read the business day", sql, [], |row| parsed_or_none(row, "business_date", business_date))
    }

    fn orders_done_last(&self, limit: u32) -> Result<Vec<Order>, Fault> {
        let sql = "SELECT order_id, body FROM order_row CROSS JOIN document ON doc_id = order_id
                   WHERE done_seq IS NOT NULL ORDER BY done_seq DESC LIMIT ?1";
        self.all("read what was made last", sql, [limit], sent_order)
    }

    /// What stations were told of an order, in order.
    fn sent_tickets(&self, order_id: OrderId) -> Result<Vec<SentTicket>, Fault> {
        let sql = "SELECT job_id, slip FROM spool WHERE order_id = ?1 ORDER BY job_id LIMIT ?2";
        let slips = self.all("read what was sent", sql, (order_id.to_string(), TICKETS_OF_ORDER_MAX), |row| {
            let (sequence, slip): (i64, String) = (value(row, "job_id")?, value(row, "slip")?);
            Ok((sequence, json::<Slip>(&format!("the slip of print job {sequence}"), &slip)?))
        })?;
        let tickets = slips.into_iter().filter_map(|(sequence, slip)| match slip {
            Slip::Ticket(ticket) => Some(SentTicket { sequence, ticket }),
            Slip::Receipt(_) | Slip::Refund(_) | Slip::Test(_) | Slip::DrawerKick => None,
        });
        Ok(tickets.collect())
    }
}

fn sent_order(row: &Row<'_>) -> Result<Order, Cause> {
    let order_id = parsed(row, "order_id", OrderId::read)?;
    order_of(order_id, &value::<String>(row, "body")?)
}
