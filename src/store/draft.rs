//! One step of a draft: what was entered on an order and not yet sent, and how it lies over what was sent.
//!
//! A step holds draft lines and the header alone, never what was sent: a line that is voided while a draft stands stays
//! voided however far the draft is undone.

use super::fault::{Cause, Unreadable};
use super::query::columns::json;
use crate::domain::order::Header;
use crate::domain::{BusinessDate, Line, LocalNumber, Order, OrderId, OrderType, RegisterId, Timestamp};
use serde::{Deserialize, Serialize};

/// What one step holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Step {
    order_id: OrderId,
    local_number: LocalNumber,
    register_id: RegisterId,
    business_date: BusinessDate,
    opened_by: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// The header as it was sent when this step was made; as it is here when nothing was sent.
    base: Header,
    header: Header,
    lines: Vec<Line>,
}

impl Step {
    /// The step that leads to `order`, over what was sent of it.
    pub(super) fn to(order: &Order, sent: Option<&Order>) -> Step {
        Step {
            order_id: order.order_id,
            local_number: order.local_number.clone(),
            register_id: order.register_id.clone(),
            business_date: order.business_date,
            opened_by: order.opened_by.clone(),
            created_at: order.created_at,
            updated_at: order.updated_at,
            base: sent.unwrap_or(order).header.clone(),
            header: order.header.clone(),
            lines: order.drafts().cloned().collect(),
        }
    }

    /// The bottom: the order before anything was entered on it.
    pub(super) fn bottom(order: &Order, sent: Option<&Order>) -> Step {
        match sent {
            Some(sent) => Step { lines: Vec::new(), ..Step::to(sent, Some(sent)) },
            None => {
                let header = Header::new(OrderType::DineIn);
                let updated_at = order.created_at;
                Step { lines: Vec::new(), base: header.clone(), header, updated_at, ..Step::to(order, None) }
            }
        }
    }

    /// Reads what [`Step::text`] wrote.
    pub(super) fn read(order_id: OrderId, text: &str) -> Result<Step, Cause> {
        let step: Step = json(&format!("the draft of {order_id}"), text)?;
        if step.order_id != order_id {
            return Err(
                Unreadable::new(format!("the draft of {order_id}"), format!("it is of {}", step.order_id)).into()
            );
        }
        Ok(step)
    }

    /// Its lines: what was entered and not sent.
    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// As it rests.
    pub(super) fn text(&self) -> Result<String, Cause> {
        serde_json::to_string(self)
            .map_err(|error| Unreadable::new(format!("the draft of {}", self.order_id), error).into())
    }

    /// Whether it holds anything that `sent` does not.
    pub(super) fn adds_to(&self, sent: &Order) -> bool {
        self.clone()
            .over(Some(sent.clone()))
            .is_some_and(|whole| whole.header != sent.header || whole.drafts().next().is_some())
    }

    /// Lays it over what was sent.
    pub(super) fn over(self, sent: Option<Order>) -> Option<Order> {
        let Some(mut whole) = sent else {
            return Some(Order {
                order_id: self.order_id,
                local_number: self.local_number,
                register_id: self.register_id,
                business_date: self.business_date,
                opened_by: self.opened_by,
                created_at: self.created_at,
                updated_at: self.updated_at,
                header: self.header,
                lines: self.lines,
                cancelled: false,
            });
        };
        whole.header = changed(&self.header, &self.base, &whole.header);
        whole.updated_at = whole.updated_at.max(self.updated_at);
        // A line that was sent since is a draft no more.
        let fresh: Vec<Line> = self.lines.into_iter().filter(|line| whole.line(line.line_id).is_none()).collect();
        whole.lines.extend(fresh);
        Some(whole)
    }
}

/// What was sent, but for the fields that the draft changed.
fn changed(draft: &Header, base: &Header, sent: &Header) -> Header {
    fn pick<T: Clone + PartialEq>(draft: &T, base: &T, sent: &T) -> T {
        if draft == base { sent.clone() } else { draft.clone() }
    }
    let Header { order_type, customer_id, customer_name, due_at, table, covers, kitchen_notes } = draft;
    // Whose it is is one thing.
    let whose = |header: &Header| (header.customer_id, header.customer_name.clone());
    let (customer_id, customer_name) = pick(&(*customer_id, customer_name.clone()), &whose(base), &whose(sent));
    Header {
        order_type: pick(order_type, &base.order_type, &sent.order_type),
        customer_id,
        customer_name,
        due_at: pick(due_at, &base.due_at, &sent.due_at),
        table: pick(table, &base.table, &sent.table),
        covers: pick(covers, &base.covers, &sent.covers),
        kitchen_notes: pick(kitchen_notes, &base.kitchen_notes, &sent.kitchen_notes),
    }
}
