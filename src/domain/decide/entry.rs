//! Order entry: all that happens on an order before Send. Every decision here is one step that Undo takes back.

use super::{Decision, Facts, Write, stock, text};
use crate::domain::command::Pick;
use crate::domain::id::{Entropy, ItemId, LineId};
use crate::domain::limits::{LINES_MAX, MODIFIER_QUANTITY_MAX, MODIFIERS_MAX, PRICE_MAX, QUANTITY_MAX, TOTAL_MAX};
use crate::domain::menu::{Item, Menu};
use crate::domain::money::Money;
use crate::domain::order::{Line, LineModifier, LineState, Order, OrderType, Qualifier};
use crate::domain::payment::any_stands;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use std::collections::BTreeMap;

pub(super) fn add_item(
    facts: &Facts,
    item: &ItemId,
    quantity: u32,
    price: Option<Money>,
    picks: &[Pick],
    entropy: &mut Entropy,
) -> Result<Decision, Refusal> {
    let (mut order, fresh) = facts.order_or_fresh(entropy)?;
    let item = facts.menu.item(item).ok_or_else(|| Refusal::NoSuchItem(item.to_string()))?;
    if !item.available {
        return Err(Refusal::SoldOut(item.name.clone()));
    }
    let unit_price = price_of(item, price)?;
    let modifiers = choose(facts.menu, item, picks)?;
    let line = Line {
        line_id: LineId::fresh(facts.now, entropy),
        item_id: item.item_id.clone(),
        name: item.name.clone(),
        quantity: quantity_of(i64::from(quantity))?,
        unit_price,
        taxes: OrderType::ALL.map(|it| (it, facts.menu.tax_of(item, it))).into(),
        modifiers,
        note: None,
        course: 1,
        station: facts.menu.station_of(item),
        state: LineState::Draft,
        void_reason: None,
    };
    let cursor = match order.lines.last_mut().filter(|last| is_more_of(last, &line)) {
        Some(last) => {
            last.quantity = quantity_of(i64::from(last.quantity) + i64::from(line.quantity))?;
            last.line_id
        }
        None => {
            let line_id = line.line_id;
            order.lines.push(line);
            line_id
        }
    };
    let entry = facts.entry("add_item", &order).with("item_id", item.item_id.as_str()).with("quantity", quantity);
    let entry = entry.with("unit_price", unit_price).with("line_id", cursor.to_string());
    changed(facts, order, fresh, Some(cursor), entry)
}

/// Whether a line is more of the last one: the same thing at the same price and tax, not yet sent, and no note on
/// either.
fn is_more_of(last: &Line, line: &Line) -> bool {
    *last == Line { line_id: last.line_id, quantity: last.quantity, ..line.clone() }
}

fn price_of(item: &Item, typed: Option<Money>) -> Result<Money, Refusal> {
    match (item.open_price, typed) {
        (true, None) => Err(Refusal::PriceNeeded(item.name.clone())),
        (true, Some(price)) if (0..=PRICE_MAX).contains(&price.0) => Ok(price),
        (true, Some(_)) => Err(Refusal::BadPrice),
        (false, None) => Ok(item.price),
        (false, Some(_)) => Err(Refusal::PriceFixed(item.name.clone())),
    }
}

fn quantity_of(wanted: i64) -> Result<u32, Refusal> {
    let quantity = u32::try_from(wanted).ok().filter(|quantity| (1..=QUANTITY_MAX).contains(quantity));
    quantity.ok_or_else(|| Refusal::BadQuantity { typed: wanted.to_string() })
}

/// Checks that something is asked for, and no more than there is of it.
pub(super) fn part_of(name: &str, max: u32, typed: u32) -> Result<(), Refusal> {
    if (1..=max).contains(&typed) { Ok(()) } else { Err(Refusal::BadPart { name: name.to_owned(), max, typed }) }
}

/// Checks picks against the item's groups and captures names and prices.
///
/// What was said with NO answers no question and is not counted; the order of the menu is kept.
pub(super) fn choose(menu: &Menu, item: &Item, picks: &[Pick]) -> Result<Vec<LineModifier>, Refusal> {
    if picks.len() > MODIFIERS_MAX {
        return Err(Refusal::TooManyModifiers { group: item.name.clone(), max: MODIFIERS_MAX as u32 });
    }
    for pick in picks {
        let modifier = menu.modifier(&pick.modifier_id);
        let Some(own) = modifier.filter(|it| item.modifier_group_ids.contains(&it.modifier_group_id)) else {
            let name = modifier.map_or(pick.modifier_id.to_string(), |it| it.name.clone());
            return Err(Refusal::ForeignModifier(name));
        };
        part_of(&own.name, MODIFIER_QUANTITY_MAX, pick.quantity)?;
    }
    let mut chosen = Vec::new();
    for group in menu.groups_of(item) {
        let mut count = 0;
        for modifier in menu.modifiers_of(&group.modifier_group_id) {
            for pick in picks.iter().filter(|pick| pick.modifier_id == modifier.modifier_id) {
                count += if pick.qualifier == Some(Qualifier::No) { 0 } else { pick.quantity };
                chosen.push(LineModifier {
                    modifier_id: modifier.modifier_id.clone(),
                    name: modifier.name.clone(),
                    price: modifier.price,
                    quantity: pick.quantity,
                    qualifier: pick.qualifier,
                });
            }
        }
        if count < group.min_selections {
            return Err(Refusal::TooFewModifiers { group: group.name.clone(), min: group.min_selections });
        }
        if let Some(max) = group.max_selections.filter(|&max| count > max) {
            return Err(Refusal::TooManyModifiers { group: group.name.clone(), max });
        }
    }
    Ok(chosen)
}

pub(super) fn add_again(facts: &Facts, entropy: &mut Entropy) -> Result<Decision, Refusal> {
    let mut order = facts.open_order()?.clone();
    let last = order.lines.iter_mut().rev().find(|line| line.is_live()).ok_or(Refusal::NoLine)?;
    let item = facts.menu.item(&last.item_id);
    if let Some(sold_out) = item.filter(|item| !item.available) {
        return Err(Refusal::SoldOut(sold_out.name.clone()));
    }
    let cursor = if last.state == LineState::Draft {
        last.quantity = quantity_of(i64::from(last.quantity) + 1)?;
        last.line_id
    } else {
        // The modifiers and note of then, all else as of today: it is sold now.
        let item = item.ok_or_else(|| Refusal::NoSuchItem(last.name.clone()))?;
        let unit_price = if item.open_price { last.unit_price } else { item.price };
        let again = Line {
            line_id: LineId::fresh(facts.now, entropy),
            name: item.name.clone(),
            quantity: 1,
            unit_price,
            taxes: OrderType::ALL.map(|it| (it, facts.menu.tax_of(item, it))).into(),
            modifiers: choose(facts.menu, item, &picks_of(last))?,
            station: facts.menu.station_of(item),
            state: LineState::Draft,
            ..last.clone()
        };
        let line_id = again.line_id;
        order.lines.push(again);
        line_id
    };
    let entry = facts.entry("add_again", &order).with("line_id", cursor.to_string());
    changed(facts, order, false, Some(cursor), entry)
}

/// What was picked on a line, to be picked again.
pub fn picks_of(line: &Line) -> Vec<Pick> {
    let pick = |it: &LineModifier| Pick {
        modifier_id: it.modifier_id.clone(),
        quantity: it.quantity,
        qualifier: it.qualifier,
    };
    line.modifiers.iter().map(pick).collect()
}

pub(super) fn change_quantity(facts: &Facts, line: LineId, by: i64) -> Result<Decision, Refusal> {
    let mut order = facts.open_order()?.clone();
    let at = draft_at(&order, line)?;
    let wanted = i64::from(order.lines[at].quantity) + by;
    if wanted < 1 {
        return remove_line(facts, line);
    }
    order.lines[at].quantity = quantity_of(wanted)?;
    let entry = facts.entry("change_quantity", &order).with("line_id", line.to_string()).with("quantity", wanted);
    changed(facts, order, false, Some(line), entry)
}

pub(super) fn set_modifiers(
    facts: &Facts,
    line: LineId,
    of: u32,
    picks: &[Pick],
    entropy: &mut Entropy,
) -> Result<Decision, Refusal> {
    let mut order = facts.open_order()?.clone();
    let at = draft_at(&order, line)?;
    let (name, quantity) = (&order.lines[at].name, order.lines[at].quantity);
    let item = facts.menu.item(&order.lines[at].item_id).ok_or_else(|| Refusal::NoSuchItem(name.clone()))?;
    let modifiers = choose(facts.menu, item, picks)?;
    part_of(name, quantity, of)?;
    let changed_line = if of == quantity {
        order.lines[at].modifiers = modifiers;
        line
    } else {
        order.lines[at].quantity = quantity - of;
        let line_id = LineId::fresh(facts.now, entropy);
        let split = Line { line_id, quantity: of, modifiers, ..order.lines[at].clone() };
        order.lines.insert(at + 1, split);
        line_id
    };
    let said: Vec<String> =
        order.line(changed_line).into_iter().flat_map(|it| &it.modifiers).map(|it| it.words()).collect();
    let entry = facts.entry("set_modifiers", &order).with("line_id", changed_line.to_string());
    let entry = entry.with("of", of).with("modifiers", said.join(", "));
    changed(facts, order, false, Some(changed_line), entry)
}

pub(super) fn note_line(facts: &Facts, line: LineId, note: Option<&str>) -> Result<Decision, Refusal> {
    let mut order = facts.open_order()?.clone();
    let at = draft_at(&order, line)?;
    order.lines[at].note = text("A note", note)?;
    let entry = facts.entry("note_line", &order).with("line_id", line.to_string());
    changed(facts, order, false, Some(line), entry)
}

pub(super) fn note_order(facts: &Facts, note: Option<&str>, entropy: &mut Entropy) -> Result<Decision, Refusal> {
    let (mut order, fresh) = facts.order_or_fresh(entropy)?;
    order.header.kitchen_notes = text("A note", note)?;
    let entry = facts.entry("note_order", &order);
    changed(facts, order, fresh, facts.cursor, entry)
}

pub(super) fn set_order_type(facts: &Facts, to: OrderType, entropy: &mut Entropy) -> Result<Decision, Refusal> {
    let (mut order, fresh) = facts.order_or_fresh(entropy)?;
    if any_stands(facts.paid) {
        return Err(Refusal::TypeFixedByPayment(order.local_number.to_string()));
    }
    order.header.order_type = to;
    let entry = facts.entry("set_order_type", &order).with("order_type", to.code());
    Ok(changed(facts, order, fresh, facts.cursor, entry)?.saying(to.words()))
}

pub(super) fn set_customer(
    facts: &Facts,
    name: Option<&str>,
    due_at: Option<Timestamp>,
    entropy: &mut Entropy,
) -> Result<Decision, Refusal> {
    let (mut order, fresh) = facts.order_or_fresh(entropy)?;
    order.header.name(text("A name", name)?);
    order.header.due_at = due_at;
    let entry = facts.entry("set_customer", &order).with("due_at", due_at.map(Timestamp::rfc3339).unwrap_or_default());
    changed(facts, order, fresh, facts.cursor, entry)
}

pub(super) fn remove_line(facts: &Facts, line: LineId) -> Result<Decision, Refusal> {
    let mut order = facts.open_order()?.clone();
    let at = draft_at(&order, line)?;
    let removed = order.lines.remove(at);
    let cursor = order.lines.get(at).or(order.lines.last()).map(|it| it.line_id);
    let entry = facts.entry("remove_line", &order).with("line_id", line.to_string());
    let entry = entry.with("item_id", removed.item_id.as_str()).with("quantity", removed.quantity);
    changed(facts, order, false, cursor, entry)
}

pub(super) fn undo(facts: &Facts) -> Result<Decision, Refusal> {
    let order = facts.open_order()?;
    if facts.undo_depth == 0 {
        return Err(Refusal::NothingToUndo);
    }
    // What was taken off may have been promised to somebody else meanwhile.
    facts.undone.map_or(Ok(()), |before| stock::may_promise(facts, before))?;
    let writes = vec![Write::Undo(order.order_id), Write::Desk { order: Some(order.order_id), cursor: None }];
    Ok(Decision::new(writes, facts.entry("undo", order)).saying("Undone"))
}

/// Where a line stands that may still change.
fn draft_at(order: &Order, line: LineId) -> Result<usize, Refusal> {
    let at = order.lines.iter().position(|it| it.line_id == line).ok_or(Refusal::NoLine)?;
    match order.lines[at].state {
        LineState::Draft => Ok(at),
        LineState::Voided => Err(Refusal::LineVoided(order.lines[at].name.clone())),
        LineState::Sent | LineState::Preparing | LineState::Ready | LineState::Served => {
            Err(Refusal::LineSent(order.lines[at].name.clone()))
        }
    }
}

/// Keeps a changed order, as long as it stays within what can be counted.
pub(super) fn changed(
    facts: &Facts,
    mut order: Order,
    fresh: bool,
    cursor: Option<LineId>,
    entry: super::Entry,
) -> Result<Decision, Refusal> {
    if order.lines.len() > LINES_MAX {
        return Err(Refusal::TooManyLines);
    }
    // Bounded quantities, prices and modifiers keep one line below 6 * 10^15, so that the sum of 500, and as much tax
    // on top of it, stays within an i64.
    if order.totals().total.0 > TOTAL_MAX {
        return Err(Refusal::TooMuch);
    }
    stock::may_promise(facts, &order)?;
    order.updated_at = facts.now;
    let desk = Write::Desk { order: Some(order.order_id), cursor };
    let mut writes = if fresh { vec![Write::TakeNumber] } else { Vec::new() };
    writes.extend([Write::Draft(order), desk]);
    Ok(Decision::new(writes, entry))
}

/// The lines of an order, by station, that a predicate picks.
pub(super) fn by_station(
    order: &Order,
    wanted: impl Fn(&Line) -> bool,
) -> BTreeMap<&crate::domain::StationId, Vec<&Line>> {
    let mut stations: BTreeMap<_, Vec<&Line>> = BTreeMap::new();
    for line in order.lines.iter().filter(|line| wanted(line)) {
        stations.entry(&line.station).or_default().push(line);
    }
    stations
}
