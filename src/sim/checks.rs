//! What must hold at the end of an evening. Each checker says what is wrong, one sentence a thing.

use super::paper::{Hand, Sheet};
use super::register::{Register, key};
use super::world::Counts;
use crate::domain::slip::{JobState, PrintJob, TicketKind};
use crate::domain::{LineState, Money, Order, OrderId, Slip};
use crate::store::{OrderRow, OrderRowState, Reader, care};
use std::collections::BTreeMap;

/// Most rows that are looked at of each kind.
const ROWS_MAX: u32 = 10_000;

/// An order, a station and a dish.
type Place = (OrderId, String, String);

/// How many of a dish: made, and taken back again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Dishes {
    made: i64,
    back: i64,
}

/// What stations were told, or are owed.
type Told = BTreeMap<Place, Dishes>;

/// What must hold on every register by itself.
pub fn register(nth: usize, register: &Register, hands: &[Hand], counts: &mut Counts) -> Vec<String> {
    let Some(app) = &register.app else { return vec!["it does not run at the end".to_owned()] };
    let reader = app.store().reader();
    let mut wrong = store_is_sound(register, counts);
    let read = || -> Result<_, crate::store::Fault> {
        let orders = [reader.open_orders(ROWS_MAX)?, reader.paid_orders(ROWS_MAX)?].concat();
        Ok((orders, reader.spool_recent(ROWS_MAX)?))
    };
    match read() {
        Ok((orders, jobs)) => {
            counts.many("orders", orders.len() as u64);
            wrong.extend(numbers_are_used_once(&orders));
            wrong.extend(sums_agree(reader, &orders));
            wrong.extend(paper_says_it(nth, hands, &jobs, counts));
        }
        Err(fault) => wrong.push(format!("{fault}: {}", fault.source)),
    }
    wrong
}

/// Pages, structure, references, the count of what is unsent, and the chain of the journal.
fn store_is_sound(register: &Register, counts: &mut Counts) -> Vec<String> {
    match care::check(&register.machine.store_file(), Some(&key())) {
        Ok(report) => {
            counts.many("rows of journals", u64::try_from(report.journal_rows).unwrap_or(0));
            report.problems.iter().map(|problem| format!("its store: {problem}")).collect()
        }
        Err(fault) => vec![format!("its store: {fault}")],
    }
}

/// A number that a register gives out is called aloud: no two orders of a day have the same.
fn numbers_are_used_once(orders: &[OrderRow]) -> Vec<String> {
    let mut seen: BTreeMap<_, &OrderRow> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in orders {
        if let Some(other) = seen.insert((row.business_date, row.local_number.to_string()), row)
            && other.order_id != row.order_id
        {
            wrong.push(format!("{} names both {} and {}", row.local_number, row.order_id, other.order_id));
        }
    }
    wrong
}

/// A row of a list says what the order and its payments come to.
fn sums_agree(reader: &Reader, orders: &[OrderRow]) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in orders {
        let read = reader.order(row.order_id).and_then(|order| Ok((order, reader.payments(row.order_id)?)));
        let (order, payments) = match read {
            Ok((Some(order), payments)) => (order, payments),
            Ok((None, _)) => {
                wrong.push(format!("{} is in a list, and is not there", row.local_number));
                continue;
            }
            Err(fault) => {
                wrong.push(format!("{}: {fault}: {}", row.local_number, fault.source));
                continue;
            }
        };
        let (total, balance) = (order.totals().total, order.balance(&payments));
        if (row.total, row.balance) != (total, balance) {
            let what =
                format!("its row says {:?} and {:?}, it comes to {total:?} and {balance:?}", row.total, row.balance);
            wrong.push(format!("{}: {what}", row.local_number));
        }
        if row.state == OrderRowState::Paid && balance > Money::ZERO {
            wrong.push(format!("{} counts as paid, and {balance:?} is due", row.local_number));
        }
    }
    wrong
}

/// What stations were told by a register.
fn told(reader: &Reader) -> Result<Told, crate::store::Fault> {
    let mut told = Told::new();
    for job in reader.spool_recent(ROWS_MAX)? {
        let Slip::Ticket(ticket) = job.slip else { continue };
        let (made, back) = match ticket.kind {
            TicketKind::New | TicketKind::Addition => (1, 0),
            TicketKind::Void => (0, 1),
            TicketKind::Change | TicketKind::Reprint => continue,
        };
        for line in &ticket.lines {
            let place = (ticket.order_id, ticket.station.as_str().to_owned(), line.name.clone());
            let dishes = told.entry(place).or_default();
            dishes.made += made * i64::from(line.quantity);
            dishes.back += back * i64::from(line.quantity);
        }
    }
    Ok(told)
}

/// What stations are to be told of an order: all that was sent, and all of it that was voided.
fn owed(order: &Order) -> Told {
    let mut owed = Told::new();
    for line in order.lines.iter().filter(|line| line.is_sent() || line.state == LineState::Voided) {
        let place = (order.order_id, line.station.as_str().to_owned(), line.name.clone());
        let dishes = owed.entry(place).or_default();
        dishes.made += i64::from(line.quantity);
        dishes.back += if line.state == LineState::Voided { i64::from(line.quantity) } else { 0 };
    }
    owed
}

/// Stations make what was ordered: of an order they were told each line once, by the register that sent it, and each
/// void. Registers that do not hear of each other may void the same line, and then each must tell the kitchen, which
/// would go on cooking else: so a void may be told as often as there are registers that told of the order.
pub fn stations(registers: &[&Register]) -> Vec<String> {
    let mut by_order: BTreeMap<OrderId, (Told, i64)> = BTreeMap::new();
    for register in registers {
        let Some(app) = &register.app else { continue };
        let told = match told(app.store().reader()) {
            Ok(told) => told,
            Err(fault) => return vec![format!("{}: {fault}: {}", register.machine.title, fault.source)],
        };
        let mut orders = BTreeMap::<OrderId, Told>::new();
        for (place, count) in told {
            orders.entry(place.0).or_default().insert(place, count);
        }
        for (order_id, told) in orders {
            let (all, tellers) = by_order.entry(order_id).or_default();
            *tellers += 1;
            for (place, dishes) in told {
                let sum = all.entry(place).or_default();
                (sum.made, sum.back) = (sum.made + dishes.made, sum.back + dishes.back);
            }
        }
    }
    let before = |it: &&Register| it.app.as_ref()?.store().reader().pruned_before().ok().flatten();
    let pruned = registers.iter().filter_map(before).max();
    let mut wrong = Vec::new();
    for (order_id, (told, tellers)) in by_order {
        let found = registers.iter().find_map(|it| it.app.as_ref()?.store().reader().order(order_id).ok().flatten());
        let Some(order) = found else {
            if pruned.is_some() {
                continue;
            }
            wrong.push(format!("stations were told of {order_id}, which no register has"));
            continue;
        };
        let owed = owed(&order);
        // Somebody may have forgotten what was told, with the order.
        if pruned.is_some_and(|before| order.business_date < before) {
            continue;
        }
        let is_right = |place: &Place| {
            let of = |all: &Told| all.get(place).copied().unwrap_or_default();
            let (told, owed) = (of(&told), of(&owed));
            told.made == owed.made && (owed.back..=owed.back * tellers).contains(&told.back)
        };
        if !told.keys().chain(owed.keys()).all(is_right) {
            wrong.push(format!("{}: stations were told {told:?}, and should make {owed:?}", order.local_number));
        }
    }
    wrong
}

/// Every job is on paper once, on whichever printer, or is marked, or stands on the status bar as given up or asking.
fn paper_says_it(nth: usize, hands: &[Hand], jobs: &[PrintJob], counts: &mut Counts) -> Vec<String> {
    let mut wrong = Vec::new();
    for job in jobs {
        let is_ticket = matches!(job.slip, Slip::Ticket(_));
        let sheets = hands.iter().flat_map(|hand| hand.sheets.iter().map(move |sheet| (hand, sheet)));
        // A power cut may take a job that was no promise (a receipt on request, a drawer), and another gets its number.
        let is_of_it =
            |sheet: &&(&Hand, &Sheet)| (sheet.1.register, sheet.1.job) == (nth, job.job_id) && sheet.1.slip == job.slip;
        let (marked, plain): (Vec<_>, Vec<_>) = sheets.filter(|it| is_of_it(&it)).partition(|(_, sheet)| sheet.marked);
        let whole = marked.iter().chain(&plain).any(|(_, sheet)| sheet.whole);
        let name = format!("job {} ({} of {})", job.job_id, kind(&job.slip), job.printer);
        // What a power cut took is asked for again, and comes out again.
        let mut same = BTreeMap::<u32, Vec<String>>::new();
        for (hand, sheet) in plain {
            same.entry(if is_ticket { 0 } else { sheet.boots }).or_default().push(hand.title());
        }
        if let Some(places) = same.into_values().find(|places| places.len() > 1) {
            wrong.push(format!("{name} came out without a mark at {}", places.join(", ")));
        }
        if is_ticket && whole {
            counts.one("tickets on paper");
        }
        match (job.state, &job.slip) {
            (JobState::Printed, _) | (JobState::Unconfirmed, Slip::Ticket(_)) if !whole => {
                wrong.push(format!("{name} counts as printed, and is not on paper"));
            }
            (JobState::Sending, _) => wrong.push(format!("{name} is still being sent after the peace")),
            (JobState::Printed | JobState::Unconfirmed | JobState::Failed | JobState::Queued, _) => {}
        }
    }
    wrong
}

fn kind(slip: &Slip) -> &'static str {
    match slip {
        Slip::Ticket(_) => "ticket",
        Slip::Receipt(_) => "receipt",
        Slip::Refund(_) => "refund",
        Slip::DrawerKick => "kick",
        Slip::Test(_) => "test",
    }
}
