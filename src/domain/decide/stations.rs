//! Send, and voids of what was sent: what each station is told.

use super::customers::{delivery, no_address};
use super::entry::{by_station, change_quantity, part_of};
use super::{Decision, Facts, Write, reason, stock};
use crate::domain::id::{Entropy, LineId, StationId};
use crate::domain::limits::LINES_MAX;
use crate::domain::money::Money;
use crate::domain::order::{Header, Line, LineState, Order, OrderType};
use crate::domain::payment::any_stands;
use crate::domain::refusal::Refusal;
use crate::domain::slip::{Destination, Slip, Ticket, TicketKind, TicketLine};
use crate::domain::staff::Permission;

pub(super) fn send(facts: &Facts) -> Result<Decision, Refusal> {
    let order = facts.open_order()?;
    if order.lines.is_empty() {
        return Err(Refusal::NoLine);
    }
    let (sent, mut writes) = sent(facts, order)?.ok_or(Refusal::NothingToSend)?;
    let stations = told(&writes);
    writes.push(Write::Desk { order: Some(order.order_id), cursor: facts.cursor });
    let lines = order.drafts().count() as u32;
    let entry = facts.entry("send", &sent).with("lines", lines).with("stations", stations.as_str());
    let said = match stations.as_str() {
        "" => format!("{} sent", order.local_number),
        stations => format!("{} sent to {stations}", order.local_number),
    };
    let is_brought = order.header.order_type == OrderType::Delivery;
    let has_address = delivery(facts, &order.header).is_some_and(|it| !it.address.is_empty());
    let said = if is_brought && !has_address { format!("{said}: {}", no_address()) } else { said };
    Ok(Decision::new(writes, entry).saying(said))
}

/// The order as it is once sent, with the writes that send it; none when there is nothing to tell anybody.
pub(super) fn sent(facts: &Facts, order: &Order) -> Result<Option<(Order, Vec<Write>)>, Refusal> {
    let drafts = order.drafts().count();
    let header_changed = facts.sent_header.is_some_and(|header| *header != order.header);
    if drafts == 0 && !header_changed {
        return Ok(None);
    }
    let portions = stock::taken(facts, order)?;
    let mut tickets: Vec<Ticket> = Vec::new();
    let fresh = by_station(order, |line| line.state == LineState::Draft);
    for (station, lines) in &fresh {
        let known = order.lines.iter().any(|line| line.station == **station && line.state != LineState::Draft);
        let kind = if known { TicketKind::Addition } else { TicketKind::New };
        tickets.push(ticket(facts, order, &order.header, station, kind, lines.iter().copied()));
    }
    if header_changed {
        for (station, _) in by_station(order, Line::is_sent) {
            if !fresh.contains_key(station) {
                let none = std::iter::empty();
                tickets.push(ticket(facts, order, &order.header, station, TicketKind::Change, none));
            }
        }
    }
    let mut sent = order.clone();
    sent.updated_at = facts.now;
    for line in sent.lines.iter_mut().filter(|line| line.state == LineState::Draft) {
        line.state = LineState::Sent;
    }
    let mut writes = vec![Write::Order(sent.clone()), Write::DropDraft(order.order_id)];
    writes.extend(portions);
    writes.extend(tickets.into_iter().map(print));
    Ok(Some((sent, writes)))
}

/// What stations are told that are making something of an order whose head was mended.
pub(super) fn told_of_head(facts: &Facts, order: &Order) -> Vec<Write> {
    let making = by_station(order, Line::is_under_way);
    let change = |station| ticket(facts, order, &order.header, station, TicketKind::Change, std::iter::empty());
    making.into_keys().map(|station| print(change(station))).collect()
}

fn print(ticket: Ticket) -> Write {
    Write::Print { to: Destination::Station(ticket.station.clone()), slip: Slip::Ticket(ticket) }
}

/// The stations that a decision tells something, as words.
fn told(writes: &[Write]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for write in writes {
        if let Write::Print { to: Destination::Station(station), .. } = write {
            names.push(station.as_str());
        }
    }
    names.join(", ")
}

fn ticket<'a>(
    facts: &Facts,
    order: &Order,
    header: &Header,
    station: &StationId,
    kind: TicketKind,
    lines: impl Iterator<Item = &'a Line>,
) -> Ticket {
    Ticket {
        order_id: order.order_id,
        local_number: order.local_number.clone(),
        station: station.clone(),
        kind,
        order_type: header.order_type,
        table: header.table.clone(),
        covers: header.covers,
        customer_name: header.customer_name.clone(),
        // Nobody brings what is not to be made.
        delivery: if kind == TicketKind::Void { None } else { delivery(facts, header) },
        due_at: header.due_at,
        server: facts.name(),
        sent_at: facts.now,
        kitchen_notes: header.kitchen_notes.clone(),
        lines: lines.map(|line| ticket_line(line, line.quantity)).collect(),
        reason: None,
    }
}

fn ticket_line(line: &Line, quantity: u32) -> TicketLine {
    TicketLine {
        quantity,
        name: line.name.clone(),
        modifiers: line.modifiers.iter().map(|it| it.words()).collect(),
        note: line.note.clone(),
        course: line.course,
    }
}

pub(super) fn void_line(
    facts: &Facts,
    line: LineId,
    quantity: u32,
    why: &str,
    entropy: &mut Entropy,
) -> Result<Decision, Refusal> {
    let order = facts.open_order()?;
    let at = order.lines.iter().position(|it| it.line_id == line).ok_or(Refusal::NoLine)?;
    let voided = &order.lines[at];
    let is_draft = match voided.state {
        LineState::Draft => true,
        LineState::Voided => return Err(Refusal::LineVoided(voided.name.clone())),
        LineState::Sent | LineState::Preparing | LineState::Ready | LineState::Served => false,
    };
    part_of(&voided.name, voided.quantity, quantity)?;
    if is_draft {
        return change_quantity(facts, line, -i64::from(quantity));
    }
    let why = reason(why)?;
    facts.permit(Permission::VoidSent)?;
    let known = facts.sent_header.unwrap_or(&order.header);
    let slip = Ticket {
        lines: vec![ticket_line(voided, quantity)],
        reason: Some(why.clone()),
        ..ticket(facts, order, known, &voided.station, TicketKind::Void, std::iter::empty())
    };
    let (mut after, cursor) = taken_back(facts, order, at, quantity, &why, entropy)?;
    let left = after.balance(facts.paid);
    let is_part_paid = any_stands(facts.paid);
    if is_part_paid && left < Money::ZERO {
        return Err(Refusal::PaidInPart(order.local_number.to_string()));
    }
    let entry = facts.entry("void_line", order).with("line_id", line.to_string()).with("quantity", quantity);
    let entry = entry.with("amount", voided.each() * quantity).with("reason", why.as_str());
    let said = format!("Voided {quantity} {}", voided.name);
    let is_owed = if is_part_paid { left > Money::ZERO } else { after.live().next().is_some() };
    if is_owed || order.drafts().next().is_some() {
        let desk = Write::Desk { order: Some(order.order_id), cursor: Some(cursor) };
        return Ok(Decision::new(vec![Write::Order(after), print(slip), desk], entry).saying(said));
    }
    let (end, said) = if is_part_paid {
        (super::till::closing(facts, &after, facts.paid), format!("{said}, and {} is paid", order.local_number))
    } else {
        // Nothing is left of it: it must not stand among the open orders with nothing to pay.
        after.cancelled = true;
        let nothing_in_hand = Write::Desk { order: None, cursor: None };
        (vec![nothing_in_hand], format!("{said}: nothing is left of {}", order.local_number))
    };
    let mut writes = vec![Write::Order(after), Write::DropDraft(order.order_id), print(slip)];
    writes.extend(end);
    Ok(Decision::new(writes, entry).saying(said))
}

/// What was sent of the order, with so many of a line taken back, and the line that the cursor should stand on.
///
/// What waits for Send is left out: it can still be taken away, so it is no security for money that was taken.
fn taken_back(
    facts: &Facts,
    order: &Order,
    at: usize,
    quantity: u32,
    why: &str,
    entropy: &mut Entropy,
) -> Result<(Order, LineId), Refusal> {
    let header = facts.sent_header.unwrap_or(&order.header).clone();
    let mut after = Order { header, updated_at: facts.now, ..order.clone() };
    let voided = &order.lines[at];
    after.lines[at].state = LineState::Voided;
    after.lines[at].void_reason = Some(why.to_owned());
    let mut cursor = voided.line_id;
    if quantity < voided.quantity {
        if order.lines.len() >= LINES_MAX {
            return Err(Refusal::TooManyLines);
        }
        // A sent line keeps its quantity for ever: what stays of it becomes a line of its own.
        cursor = LineId::fresh(facts.now, entropy);
        let rest = Line { line_id: cursor, quantity: voided.quantity - quantity, ..voided.clone() };
        after.lines.insert(at + 1, rest);
    }
    after.lines.retain(|line| line.state != LineState::Draft);
    Ok((after, cursor))
}

pub(super) fn void_order(facts: &Facts, why: &str) -> Result<Decision, Refusal> {
    let order = facts.open_order()?;
    if any_stands(facts.paid) {
        return Err(Refusal::PaidInPart(order.local_number.to_string()));
    }
    let why = reason(why)?;
    let nothing_in_hand = Write::Desk { order: None, cursor: None };
    let entry = facts.entry("void_order", order).with("reason", why.as_str()).with("amount", order.totals().total);
    let said = format!("{} voided", order.local_number);
    if !order.was_sent() {
        let writes = vec![Write::DropDraft(order.order_id), nothing_in_hand];
        return Ok(Decision::new(writes, entry).saying(said));
    }
    facts.permit(Permission::VoidOrder)?;
    let known = facts.sent_header.unwrap_or(&order.header);
    let slips: Vec<Write> = by_station(order, Line::is_sent)
        .into_iter()
        .map(|(station, lines)| {
            let ticket = ticket(facts, order, known, station, TicketKind::Void, lines.into_iter());
            print(Ticket { reason: Some(why.clone()), ..ticket })
        })
        .collect();
    let mut after = Order { header: known.clone(), updated_at: facts.now, cancelled: true, ..order.clone() };
    after.lines.retain(|line| line.state != LineState::Draft);
    for line in after.lines.iter_mut().filter(|line| line.is_live()) {
        line.state = LineState::Voided;
        line.void_reason = Some(why.clone());
    }
    let mut writes = vec![Write::Order(after), Write::DropDraft(order.order_id)];
    writes.extend(slips);
    writes.push(nothing_in_hand);
    Ok(Decision::new(writes, entry).saying(said))
}

/// Prints once more what stations were told and not told to stop, of one of them or of all. Nobody makes it twice: it
/// is marked at its head and at its foot.
pub(super) fn print_tickets(facts: &Facts, station: Option<&StationId>) -> Result<Decision, Refusal> {
    let order = facts.order.ok_or(Refusal::NoSuchOrder)?;
    let known = facts.sent_header.unwrap_or(&order.header);
    let writes: Vec<Write> = by_station(order, Line::is_sent)
        .into_iter()
        .filter(|(it, _)| station.is_none_or(|wanted| wanted == *it))
        .map(|(it, lines)| print(ticket(facts, order, known, it, TicketKind::Reprint, lines.into_iter())))
        .collect();
    if writes.is_empty() {
        return Err(Refusal::NoTicket(order.local_number.to_string()));
    }
    let stations = told(&writes);
    let said = format!("Ticket of {} goes to {stations} again, marked REPRINT", order.local_number);
    Ok(Decision::new(writes, facts.entry("print_tickets", order).with("stations", stations.as_str())).saying(said))
}
