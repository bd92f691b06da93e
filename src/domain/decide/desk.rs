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
    let said = format!("{} put aside: F2 brings it back", order.local_number);
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
