//! What is left: marks that somebody sets, what an order may promise, and what Send takes.

use super::{Decision, Facts, Write};
use crate::domain::id::ItemId;
use crate::domain::journal::Entry;
use crate::domain::limits::PORTIONS_MAX;
use crate::domain::order::Order;
use crate::domain::refusal::Refusal;
use crate::domain::stock::promised;

/// Sets how many are left of an item, or takes its mark away. Everybody may: whoever hears the kitchen shout.
pub(super) fn set_portions(facts: &Facts, item: &ItemId, left: Option<u32>) -> Result<Decision, Refusal> {
    let name = facts.menu.item(item).map(|item| item.name.clone());
    let name = name.ok_or_else(|| Refusal::NoSuchItem(item.to_string()))?;
    if let Some(typed) = left.filter(|&left| left > PORTIONS_MAX) {
        return Err(Refusal::BadPortions { typed: typed.to_string() });
    }
    let entry = Entry::new("set_portions", None).with("item_id", item.as_str());
    let entry = match left {
        Some(left) => entry.with("left", left),
        None => entry,
    };
    let mut said = match left {
        None => format!("{name} is sold again, without a count"),
        Some(0) => format!("{name} is sold out (86)"),
        Some(left) => format!("{name}: {left} left"),
    };
    if let Some(left) = left.filter(|&left| facts.promised > left) {
        said.push_str(&format!("; {} too many stand on orders that were not sent", facts.promised - left));
    }
    let writes = vec![Write::Portions { item: item.clone(), left }];
    Ok(Decision::new(writes, entry).saying(said))
}

/// Refuses to promise more than is left: what `after` has more than the order in hand, no other order may have.
pub(super) fn may_promise(facts: &Facts, after: &Order) -> Result<(), Refusal> {
    facts.stock.marks().try_for_each(|(item, _)| {
        let before = facts.order.map_or(0, |order| promised(order, item));
        facts.stock.room_for(item, &name_of(facts, item), promised(after, item).saturating_sub(before))
    })
}

/// What Send takes from what is left.
pub(super) fn taken(facts: &Facts, order: &Order) -> Result<Vec<Write>, Refusal> {
    let mut writes = Vec::new();
    for (item, portions) in facts.stock.marks() {
        let wanted = promised(order, item);
        let left = portions.in_the_house();
        if wanted > left {
            return Err(Refusal::NotEnough { name: name_of(facts, item), wanted, left });
        }
        if wanted > 0 {
            writes.push(Write::Sold { item: item.clone(), quantity: wanted });
        }
    }
    Ok(writes)
}

fn name_of(facts: &Facts, item: &ItemId) -> String {
    facts.menu.item(item).map_or_else(|| item.to_string(), |item| item.name.clone())
}
