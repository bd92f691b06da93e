//! Which order, and which line of it, is in hand.

use super::{Decision, Facts, Write};
use crate::domain::id::LineId;
use crate::domain::refusal::Refusal;

pub(super) fn select_line(facts: &Facts, line: LineId) -> Result<Decision, Refusal> {
    let order = facts.order.ok_or(Refusal::NoOrder)?;
    order.line(line).ok_or(Refusal::NoLine)?;
    let desk = Write::Desk { order: Some(order.order_id), cursor: Some(line) };
    // Where the cursor stands is no fact of the restaurant: kept, not journaled.
    Ok(Decision { writes: vec![desk], entry: None, said: None })
}

pub(super) fn hold(facts: &Facts) -> Result<Decision, Refusal> {
    let order = facts.order.ok_or(Refusal::NoOrder)?;
    let nothing_in_hand = Write::Desk { order: None, cursor: None };
    if order.lines.is_empty() {
        let writes = vec![Write::DropDraft(order.order_id), nothing_in_hand];
        return Ok(Decision::new(writes, facts.entry("drop_empty", order)));
    }
    let number = &order.local_number;
    let said = if order.cancelled {
        format!("{number} was cancelled")
    } else if facts.is_paid(order) {
        format!("{number} is paid: F2, Tab shows it")
    } else {
        format!("{number} put aside: F2 brings it back")
    };
    Ok(Decision::new(vec![nothing_in_hand], facts.entry("hold", order)).saying(said))
}

pub(super) fn recall(facts: &Facts) -> Result<Decision, Refusal> {
    if facts.order.is_none() {
        return Err(Refusal::NoSuchOrder);
    }
    let order = facts.open_order()?;
    let cursor = order.lines.last().map(|line| line.line_id);
    let writes = vec![Write::Desk { order: Some(order.order_id), cursor }];
    Ok(Decision::new(writes, facts.entry("recall", order)))
}
