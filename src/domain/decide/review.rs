//! What a manager decides about what the server, or a merge, could not settle.

use super::{Decision, Facts, Write, reason, stations, text};
use crate::domain::id::OrderId;
use crate::domain::journal::Entry;
use crate::domain::payment::any_stands;
use crate::domain::refusal::Refusal;
use crate::domain::review::{Matter, MatterKind, Mending};
use crate::domain::staff::Permission;

pub(super) fn resubmit(facts: &Facts, matter: &Matter) -> Result<Decision, Refusal> {
    may(facts, matter.kind)?;
    let how = matter.kind.again()?;
    let writes = vec![Write::Settle { matter: matter.clone(), how }];
    Ok(Decision::new(writes, entry(facts, "resubmit", matter)).saying("It is handed to the server again"))
}

pub(super) fn close(facts: &Facts, matter: &Matter, why: &str) -> Result<Decision, Refusal> {
    may(facts, matter.kind)?;
    let why = reason(why)?;
    let entry = entry(facts, "close_review", matter).with("reason", why.as_str());
    let writes = vec![Write::Settle { matter: matter.clone(), how: matter.kind.closed(why) }];
    Ok(Decision::new(writes, entry).saying("Closed: it stays in this register"))
}

pub(super) fn mend(
    facts: &Facts,
    order_id: OrderId,
    kind: MatterKind,
    from: &Mending,
    to: &Mending,
) -> Result<Decision, Refusal> {
    may(facts, kind)?;
    let settlement = kind.mended()?;
    let mut order = facts.order.ok_or(Refusal::NoSuchOrder)?.clone();
    let mended = from.differing(to);
    if from.order_type != to.order_type && any_stands(facts.paid) {
        return Err(Refusal::TypeFixedByPayment(order.local_number.to_string()));
    }
    let header = &mut order.header;
    if from.order_type != to.order_type {
        header.order_type = to.order_type;
    }
    if from.customer_name != to.customer_name {
        header.name(text("A name", to.customer_name.as_deref())?);
    }
    let words = [
        ("A table", &from.table, &to.table, &mut header.table),
        ("A note", &from.kitchen_notes, &to.kitchen_notes, &mut header.kitchen_notes),
    ];
    for (what, from, to, kept) in words {
        if from != to {
            *kept = text(what, to.as_deref())?;
        }
    }
    order.updated_at = facts.now;
    let matter = Matter { document: order_id.to_string(), kind };
    // What was mended is named, not what it says: no fact names a guest.
    let entry = entry(facts, "mend", &matter).with("fields", mended.join(" "));
    let said = format!("{} is mended and handed to the server again", order.local_number);
    let tickets = if mended.is_empty() { Vec::new() } else { stations::told_of_head(facts, &order) };
    let mut writes = vec![Write::Order(order)];
    writes.extend(tickets);
    writes.extend(settlement.map(|how| Write::Settle { matter, how }));
    Ok(Decision::new(writes, entry).saying(said))
}

/// Lets a manager pass, as long as it is in Review.
fn may(facts: &Facts, kind: MatterKind) -> Result<(), Refusal> {
    facts.permit(Permission::Review)?;
    if facts.matters.contains(&kind) { Ok(()) } else { Err(Refusal::NotInReview) }
}

/// The fact, with the manager who agreed, if one was needed.
fn entry(facts: &Facts, kind: &'static str, matter: &Matter) -> Entry {
    let order_id = facts.order.map(|order| order.order_id).or_else(|| OrderId::read(&matter.document));
    let entry = Entry::new(kind, order_id);
    let entry = entry.with("document", matter.document.as_str()).with("kind", matter.kind.code());
    match facts.approved_by {
        Some(manager) => entry.with("approved_by", manager.name.as_str()),
        None => entry,
    }
}
