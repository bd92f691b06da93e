//! Orders: whole, and as rows of lists.

use super::columns::{business_date, instant, instant_or_none, json, parsed, value};
use crate::document;
use crate::domain::refund::surplus_of;
use crate::domain::{BusinessDate, LocalNumber, Money, Order, OrderId, OrderType, Payment, RegisterId, Timestamp};
use crate::store::draft::Step;
use crate::store::fault::{Cause, Unreadable};
use crate::store::limits::ROWS_MAX;
use crate::store::{Fault, Reader};
use rusqlite::Row;
use serde_json::Value;

/// Where an order stands, as a list shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderRowState {
    /// Nobody but this register knows of it.
    Draft,
    /// Sent, and nothing was entered since.
    Sent,
    /// Sent, and something was entered since.
    SentWithDraft,
    /// Something was paid, not all; whether something is unsent as well, the order itself says.
    PartPaid,
    /// Paid in full.
    Paid,
    /// Given up.
    Cancelled,
}

impl OrderRowState {
    const ALL: [OrderRowState; 6] = [
        OrderRowState::Draft,
        OrderRowState::Sent,
        OrderRowState::SentWithDraft,
        OrderRowState::PartPaid,
        OrderRowState::Paid,
        OrderRowState::Cancelled,
    ];

    /// The word in the store.
    pub fn code(self) -> &'static str {
        match self {
            OrderRowState::Draft => "draft",
            OrderRowState::Sent => "sent",
            OrderRowState::SentWithDraft => "sent_with_draft",
            OrderRowState::PartPaid => "part_paid",
            OrderRowState::Paid => "paid",
            OrderRowState::Cancelled => "cancelled",
        }
    }

    /// Whether the house still waits for something: its guest, its food or its money.
    pub fn is_open(self) -> bool {
        match self {
            OrderRowState::Draft | OrderRowState::Sent | OrderRowState::SentWithDraft | OrderRowState::PartPaid => true,
            OrderRowState::Paid | OrderRowState::Cancelled => false,
        }
    }

    fn from_code(code: &str) -> Option<OrderRowState> {
        OrderRowState::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// One order in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// Which.
    pub order_id: OrderId,
    /// What it is called aloud.
    pub local_number: LocalNumber,
    /// Which business day it belongs to.
    pub business_date: BusinessDate,
    /// How the guest takes it.
    pub order_type: OrderType,
    /// Which table.
    pub table: Option<String>,
    /// Whose it is.
    pub customer_name: Option<String>,
    /// When it is wanted.
    pub due_at: Option<Timestamp>,
    /// What it comes to, drafts included.
    pub total: Money,
    /// What is still to be paid.
    pub balance: Money,
    /// What was given back of the bill.
    pub refunded: Money,
    /// Where it stands.
    pub state: OrderRowState,
    /// Who opened it.
    pub opened_by: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl OrderRow {
    /// What was paid for it beyond its total, by registers that did not know of each other, and not given back.
    pub fn surplus(&self) -> Money {
        surplus_of(self.balance, self.refunded)
    }
}

macro_rules! order_rows {
    ($which:literal) => {
        concat!(
            "SELECT order_id, local_number, business_date, order_type, table_name, customer_name, due_at, total, ",
            "balance, refunded, state, opened_by, created_at, updated_at FROM order_row ",
            $which
        )
    };
}

/// What the store holds of one order.
pub(in crate::store) struct Kept {
    /// Its document.
    pub(in crate::store) sent: Option<Order>,
    /// The newest step of its draft.
    pub(in crate::store) step: Option<Step>,
}

impl Kept {
    /// What was sent, and what was entered since.
    pub(in crate::store) fn whole(self) -> Option<Order> {
        match (self.sent, self.step) {
            (sent, None) => sent,
            (sent, Some(step)) => step.over(sent),
        }
    }
}

impl Reader {
    /// An order: what was sent of it, and what was entered since; `None` when the store has neither.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn order(&self, order_id: OrderId) -> Result<Option<Order>, Fault> {
        Ok(self.kept(order_id)?.whole())
    }

    /// What was sent of an order, without what was entered since.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn sent_order(&self, order_id: OrderId) -> Result<Option<Order>, Fault> {
        Ok(self.kept(order_id)?.sent)
    }

    /// The newest step of an order's draft.
    pub(in crate::store) fn newest_step(&self, order_id: OrderId) -> Result<Option<Step>, Fault> {
        let sql = "SELECT body FROM draft WHERE order_id = ?1 ORDER BY step DESC LIMIT 1";
        self.first("read the draft", sql, [order_id.to_string()], |row| {
            Step::read(order_id, &value::<String>(row, "body")?)
        })
    }

    /// Reads document and draft in one statement, so that no other commit comes between them.
    pub(in crate::store) fn kept(&self, order_id: OrderId) -> Result<Kept, Fault> {
        let sql = "SELECT (SELECT body FROM document
                           WHERE doc_id = ?1 AND deleted = 0 AND flaw IS NULL) AS sent,
                          (SELECT body FROM draft WHERE order_id = ?1 ORDER BY step DESC LIMIT 1) AS step";
        self.only("read the order", sql, [order_id.to_string()], |row| {
            let (sent, step): (Option<String>, Option<String>) = (value(row, "sent")?, value(row, "step")?);
            Ok(Kept {
                sent: sent.map(|body| order_of(order_id, &body)).transpose()?,
                step: step.map(|body| Step::read(order_id, &body)).transpose()?,
            })
        })
    }

    /// An order as it would be after one more undo; `None` when there is none to take back.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn undone(&self, order_id: OrderId) -> Result<Option<Order>, Fault> {
        let sql = "SELECT body FROM draft WHERE order_id = ?1 ORDER BY step DESC LIMIT 1 OFFSET 1";
        let step = self.first("read the step before", sql, [order_id.to_string()], |row| {
            Step::read(order_id, &value::<String>(row, "body")?)
        })?;
        let Some(step) = step else { return Ok(None) };
        Ok(step.over(self.kept(order_id)?.sent))
    }

    /// How often undo can be asked of an order before it says no.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn undo_depth(&self, order_id: OrderId) -> Result<u32, Fault> {
        let sql = "SELECT COUNT(*) AS depth FROM draft WHERE order_id = ?1 AND step > 0";
        self.only("count the undo steps", sql, [order_id.to_string()], |row| value(row, "depth"))
    }

    /// The payments of an order in the order in which they were made.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn payments(&self, order_id: OrderId) -> Result<Vec<Payment>, Fault> {
        let sql = "SELECT doc_id, body FROM document WHERE of_order = ?1 ORDER BY seq LIMIT ?2";
        self.all("read the payments", sql, (order_id.to_string(), ROWS_MAX), |row| {
            let (doc_id, body): (String, String) = (value(row, "doc_id")?, value(row, "body")?);
            let body: Value = json(&doc_id, &body)?;
            document::payment::from_body(&body).map_err(|bad| Unreadable::new(doc_id, bad).into())
        })
    }

    /// The registers that took money for an order, or gave it back, each once, in the order of their first payment.
    ///
    /// # Errors
    /// [`Fault`] when they cannot be read.
    pub fn takers(&self, order_id: OrderId) -> Result<Vec<RegisterId>, Fault> {
        let sql = "SELECT doc_id, body FROM document WHERE of_order = ?1 ORDER BY seq LIMIT ?2";
        let all = self.all("read who took payments", sql, (order_id.to_string(), ROWS_MAX), |row| {
            let (doc_id, body): (String, String) = (value(row, "doc_id")?, value(row, "body")?);
            Ok(document::payment::taker(&json(&doc_id, &body)?))
        })?;
        let mut takers: Vec<RegisterId> = Vec::new();
        for taker in all.into_iter().flatten() {
            if !takers.contains(&taker) {
                takers.push(taker);
            }
        }
        Ok(takers)
    }

    /// Orders that are neither paid nor cancelled, those never sent included: the newest `limit`, the newest last.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn open_orders(&self, limit: u32) -> Result<Vec<OrderRow>, Fault> {
        let sql = order_rows!("WHERE is_open = 1 ORDER BY opened_seq DESC LIMIT ?1");
        let mut rows = self.all("read the open orders", sql, [limit.min(ROWS_MAX)], order_row)?;
        rows.reverse();
        Ok(rows)
    }

    /// Orders that are paid: the `limit` that were paid last, the newest first.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn paid_orders(&self, limit: u32) -> Result<Vec<OrderRow>, Fault> {
        let sql = order_rows!("WHERE paid_seq IS NOT NULL ORDER BY paid_seq DESC LIMIT ?1");
        self.all("read the paid orders", sql, [limit.min(ROWS_MAX)], order_row)
    }

    /// The row that lists show for an order.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn order_row(&self, order_id: OrderId) -> Result<Option<OrderRow>, Fault> {
        let sql = order_rows!("WHERE order_id = ?1");
        self.first("read the order's row", sql, [order_id.to_string()], order_row)
    }
}

pub(super) fn order_of(order_id: OrderId, body: &str) -> Result<Order, Cause> {
    let body: Value = json(&order_id.to_string(), body)?;
    document::order::from_body(&body).map_err(|bad| Unreadable::new(order_id, bad).into())
}

fn order_row(row: &Row<'_>) -> Result<OrderRow, Cause> {
    Ok(OrderRow {
        order_id: parsed(row, "order_id", OrderId::read)?,
        local_number: LocalNumber(value(row, "local_number")?),
        business_date: parsed(row, "business_date", business_date)?,
        order_type: parsed(row, "order_type", OrderType::from_code)?,
        table: value(row, "table_name")?,
        customer_name: value(row, "customer_name")?,
        due_at: instant_or_none(row, "due_at")?,
        total: Money(value(row, "total")?),
        balance: Money(value(row, "balance")?),
        refunded: Money(value(row, "refunded")?),
        state: parsed(row, "state", OrderRowState::from_code)?,
        opened_by: value(row, "opened_by")?,
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
    })
}
