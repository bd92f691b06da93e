//! What must hold between the boxes of a house and their server once there was peace: one truth, nothing lost, nothing
//! doubled, and nothing of another house. What a kitchen must show stands in `shown`.

use super::borders::Borders;
use super::central::CentralBox;
use super::kitchen::Screen;
use super::register::Register;
use super::shown::{self, Handed};
use super::world::Counts;
use crate::document::{Database, DocumentType, History, Review, Revision, Version, order, payment, soldout};
use crate::domain::{BusinessDate, LocationId, Money, Order, OrderId, Payment, Timestamp};
use crate::server::{Central, at_once};
use crate::store::{Lane, Reader, ReviewKind, ReviewRow};
use crate::sync::wire::{Answer, Request};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Documents that are asked for at once.
const PAGE: usize = 50;
/// Most rows of the outbox that are shown.
const SHOWN_MAX: u32 = 5;
/// Most rows that are looked at.
const ROWS_MAX: u32 = 10_000;

/// Documents and their leaves, the winner first.
type Leaves = BTreeMap<String, Vec<Revision>>;

/// A house, as its checkers see it.
pub struct House<'a> {
    /// Which.
    pub location_id: LocationId,
    /// Its registers.
    pub registers: Vec<&'a Register>,
    /// Its kitchens.
    pub kitchens: Vec<&'a Screen>,
    /// What a server had in its books and records that was set back.
    pub forgotten: &'a BTreeSet<String>,
    /// When orders were first handed over.
    pub handed: &'a Handed,
    /// Whose ids are whose.
    pub borders: &'a Borders,
    /// When it is, in milliseconds since the evening began.
    pub at_ms: i64,
    /// The same as the calendar has it.
    pub now: Timestamp,
}

/// Everything that must hold between them.
pub fn house(house: &House<'_>, central: &mut CentralBox, counts: &mut Counts) -> Vec<String> {
    match look(house, central, counts) {
        Ok(wrong) => wrong,
        Err(why) => vec![format!("the server could not be looked at: {why}")],
    }
}

fn look(house: &House<'_>, central: &mut CentralBox, counts: &mut Counts) -> Result<Vec<String>, String> {
    let House { location_id, registers, kitchens, forgotten, now, .. } = house;
    let mut wrong = Vec::new();
    for register in registers {
        wrong.extend(is_done(register).into_iter().map(|what| format!("{}: {what}", register.machine.title)));
    }
    let orders = central.leaves(location_id, Database::Orders, *now)?;
    let audit = central.leaves(location_id, Database::Audit, *now)?;
    let bodies = bodies(central, location_id, &orders, *now)?;
    wrong.extend(is_within_borders(house, central, orders.keys().chain(audit.keys()))?);
    for register in registers {
        let Some(app) = &register.app else { continue };
        let (title, too_large) = (&register.machine.title, register.too_large());
        for (database, at_server) in [(Database::Orders, &orders), (Database::Audit, &audit)] {
            let found = equal_leaves(app.store().reader(), &too_large, database, at_server, &bodies)?;
            wrong.extend(found.into_iter().map(|what| format!("{title}: {what}")));
        }
    }
    let kept_back: BTreeSet<String> = registers.iter().flat_map(|register| register.too_large()).collect();
    // A record that was at a server is forgotten by its register after a month, and by that server when it is set back.
    let records: BTreeSet<&String> = audit.keys().chain(&kept_back).chain(*forgotten).collect();
    wrong.extend(quarrels_are_recorded(&orders, &records, counts));
    let read: BTreeMap<&String, Order> = bodies
        .iter()
        .filter(|(id, _)| id.starts_with("order_"))
        .filter_map(|(id, body)| Some((id, order::from_body(body).ok()?)))
        .collect();
    let lost = forgotten.iter().filter(|id| is_lost(id, registers)).cloned().collect();
    for register in registers {
        wrong.extend(is_at_server(register, &read, &bodies, &lost));
        wrong.extend(counts_agree(register, &bodies, counts));
    }
    for kitchen in kitchens {
        let Some(app) = &kitchen.app else { continue };
        let reader = app.store().reader();
        let mut found = equal_leaves(reader, &BTreeSet::new(), Database::Orders, &orders, &bodies)?;
        found.extend(shown::kitchen(kitchen, &read, house.handed, house.at_ms, counts));
        found.extend(only_reads(kitchen, &bodies, central, *now)?);
        wrong.extend(found.into_iter().map(|what| format!("{}: {what}", kitchen.machine.title)));
    }
    // A payment whose document is in the backup, and whose acceptance came after it: once every register has pruned it,
    // nobody can hand it in again.
    let is_out_of_reach = |day: BusinessDate| {
        registers.iter().all(|register| register.server_was_set_back && register.may_have_pruned(Some(day)))
    };
    let may_lack = |id: &String, order: &Order| forgotten.contains(id) && is_out_of_reach(order.business_date);
    wrong.extend(accepted_once(central, location_id, &bodies, &read, may_lack)?);
    if !registers.iter().any(|register| register.server_was_set_back) {
        wrong.extend(numbers_have_no_gaps(&bodies));
    }
    counts.many("orders at the server", read.len() as u64);
    Ok(wrong)
}

/// Nothing of another location is in the databases of this one or on its boxes, and asked for by its name it is not
/// there.
fn is_within_borders<'a>(
    house: &House<'_>,
    central: &mut CentralBox,
    ids: impl Iterator<Item = &'a String>,
) -> Result<Vec<String>, String> {
    let mut wrong = Vec::new();
    let is_foreign = |id: &str| house.borders.is_foreign(&house.location_id, id);
    let strays = ids.filter(|id| is_foreign(id));
    wrong.extend(strays.map(|id| format!("{id} is at the server as {}'s, and is another's", house.location_id)));
    let stores = house.registers.iter().filter_map(|it| Some((&it.machine.title, it.app.as_ref()?.store())));
    let screens = house.kitchens.iter().filter_map(|it| Some((&it.machine.title, it.app.as_ref()?.store())));
    for (title, store) in stores.chain(screens) {
        for database in [Database::Orders, Database::Audit, Database::Customers] {
            let changes = store.reader().changes(database, 0, u64::MAX, ROWS_MAX).map_err(|fault| fault.to_string())?;
            let strays = changes.rows.iter().filter(|row| is_foreign(&row.doc_id));
            wrong.extend(strays.map(|row| format!("{title} has {}, which is another location's", row.doc_id)));
        }
    }
    for other in central.locations().iter().filter(|other| **other != house.location_id) {
        let theirs: Vec<(String, Vec<Revision>)> =
            central.leaves(other, Database::Orders, house.now)?.into_iter().take(PAGE).collect();
        let asked = Request::BulkGet { database: Database::Orders, wanted: theirs.clone() };
        match central.asks(&house.location_id, &asked, house.now)? {
            Answer::Documents { found, .. } if found.is_empty() => {}
            told => wrong.push(format!("{} asks for {other}'s orders, and is told {told:?}", house.location_id)),
        }
        let offered: BTreeSet<String> = theirs.iter().map(|(id, _)| id.clone()).collect();
        let asked = Request::RevsDiff { database: Database::Orders, offered: theirs };
        let Answer::RevsDiff(missing) = central.asks(&house.location_id, &asked, house.now)? else {
            return Err("it answers something else".into());
        };
        let missing: BTreeSet<String> = missing.into_iter().map(|(id, _)| id).collect();
        let known = offered.difference(&missing);
        wrong.extend(known.map(|id| format!("{} is told that {other}'s {id} is known", house.location_id)));
    }
    Ok(wrong)
}

/// A kitchen's secret lets in somebody who may write nothing.
fn only_reads(
    kitchen: &Screen,
    bodies: &BTreeMap<String, Value>,
    central: &mut CentralBox,
    now: Timestamp,
) -> Result<Vec<String>, String> {
    let scope = central.admits(kitchen.location_id(), &kitchen.machine.name)?;
    let database = Database::Orders;
    let order = bodies.values().find(|body| body.get("items").is_some()).cloned().unwrap_or_default();
    let mut tries = vec![
        Request::PutLocal { database, id: "theirs".to_owned(), body: serde_json::json!({ "last_seq": 1 }) },
        Request::SubmitOrder { body: order.clone() },
    ];
    let doc_id = order.get("_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(revision) = Revision::read("9-00000000000000000000000000000009") {
        let history = History::of(revision);
        let version = Version { doc_id, history, deleted: false, body: order };
        tries.push(Request::BulkDocs { database, documents: vec![version] });
    }
    let mut wrong = Vec::new();
    for asked in tries {
        match central.asks_as(&scope, &asked, now)? {
            Err(problem) if problem.status == 403 => {}
            told => wrong.push(format!("a kitchen may write: it asked {asked:?}, and was told {told:?}")),
        }
    }
    Ok(wrong)
}

/// A location counts its orders by itself: from 1 on, and none is left out as long as nothing is lost.
fn numbers_have_no_gaps(bodies: &BTreeMap<String, Value>) -> Vec<String> {
    let number = |body: &Value| body.get("order_number")?.as_str()?.parse::<usize>().ok();
    let numbers: BTreeSet<usize> = bodies.values().filter_map(number).collect();
    let is_right = numbers.iter().copied().eq(1..=numbers.len());
    if is_right { Vec::new() } else { vec![format!("order numbers are {numbers:?}")] }
}

/// A register has nothing to send any more, and nothing was refused for good.
fn is_done(register: &Register) -> Vec<String> {
    let Some(app) = &register.app else { return vec!["it does not run at the end".to_owned()] };
    let reader = app.store().reader();
    let read = || -> Result<Vec<String>, crate::store::Fault> {
        let mut wrong = Vec::new();
        let unsent = reader.unsent()?;
        let too_large = register.too_large();
        if unsent.count as usize > too_large.len() {
            wrong.push(format!("{} are unsent after the peace, the oldest since {:?}", unsent.count, unsent.oldest));
            wrong.extend(reader.waiting(SHOWN_MAX)?.iter().map(|row| format!("{} is unsent", row.doc_id)));
            for lane in [Lane::Orders, Lane::Payments] {
                let rows = reader.queued(lane, SHOWN_MAX)?;
                wrong.extend(rows.iter().map(|row| format!("it waits to be accepted: {row:?}")));
            }
        }
        for write in reader.rejected_writes(ROWS_MAX)?.iter().filter(|write| !too_large.contains(&write.doc_id)) {
            wrong.push(format!("a write was refused for good: {write:?}"));
        }
        // What was completed here and cancelled there only a person can judge (DESIGN 5, Resolve), and nobody does
        // tonight. Whatever else waits for a manager should not be.
        let is_for_a_person = |review: &ReviewRow| {
            review.kind == ReviewKind::Merged && review.reason == Review::CompletedAndCancelled.to_string()
        };
        for review in reader.reviews(ROWS_MAX)?.iter().filter(|review| !is_for_a_person(review)) {
            wrong.push(format!("something waits for a manager: {review:?}"));
        }
        Ok(wrong)
    };
    read().unwrap_or_else(|fault| vec![format!("{fault}: {}", fault.source)])
}

/// A box and the server have the same leaves of every document, but for what was pruned.
fn equal_leaves(
    reader: &Reader,
    too_large: &BTreeSet<String>,
    database: Database,
    at_server: &Leaves,
    bodies: &BTreeMap<String, Value>,
) -> Result<Vec<String>, String> {
    let changes = reader.changes(database, 0, u64::MAX, ROWS_MAX).map_err(|fault| fault.to_string())?;
    let mut wrong = Vec::new();
    let mut here = BTreeSet::new();
    for row in changes.rows.into_iter().filter(|row| !too_large.contains(&row.doc_id)) {
        let own: BTreeSet<Revision> = row.leaves.iter().map(|leaf| leaf.revision.clone()).collect();
        let live = row.leaves.iter().filter(|leaf| !leaf.deleted).count();
        let theirs: BTreeSet<Revision> = at_server.get(&row.doc_id).into_iter().flatten().cloned().collect();
        if own != theirs {
            let (ours, others) = (words(own.difference(&theirs)), words(theirs.difference(&own)));
            wrong.push(format!("{} differs from the server's: here alone {ours}, there alone {others}", row.doc_id));
        } else if live > 1 {
            wrong.push(format!("{} still has {live} leaves that quarrel", row.doc_id));
        }
        here.insert(row.doc_id);
    }
    // What was pruned is not brought back: of days before the mark, nothing else. Audit is not pulled.
    if database == Database::Orders {
        let before = reader.pruned_before().map_err(|fault| fault.to_string())?;
        let is_over = |id: &String| before.zip(day_of(id, bodies)).is_some_and(|(before, day)| day < before);
        let missing = at_server.keys().filter(|id| !here.contains(*id) && !is_over(id));
        wrong.extend(missing.map(|id| format!("{id} is at the server, and not here")));
    }
    Ok(wrong)
}

/// The business day of an order, or of the one that a payment pays; of a payment alone, the day on which it was taken.
fn day_of(id: &str, bodies: &BTreeMap<String, Value>) -> Option<BusinessDate> {
    let text = |body: &Value, name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let day = |text: String| serde_json::from_value(Value::from(text)).ok();
    let body = bodies.get(id)?;
    let order = text(body, "order").and_then(|order| bodies.get(&order));
    match order {
        Some(order) => text(order, "business_date").and_then(day),
        None => text(body, "business_date").or_else(|| Some(text(body, "created_at")?.get(..10)?.into())).and_then(day),
    }
}

/// Whether an order is lost for good, and nobody is to blame: registers had pruned it, as they may what is over and in
/// the server's books, and then the server lost its books.
fn is_lost(id: &str, registers: &[&Register]) -> bool {
    let is_here = |register: &&Register| {
        register.app.as_ref().is_some_and(|app| app.store().reader().winner(id).is_ok_and(|winner| winner.is_some()))
    };
    let day = OrderId::read(id).and_then(|id| registers.iter().find_map(|it| it.promised.days.get(&id).copied()));
    registers.iter().all(|register| !is_here(register) && register.may_have_pruned(day))
}

fn words<'a>(revisions: impl Iterator<Item = &'a Revision>) -> String {
    let all: Vec<String> = revisions.map(|it| it.to_string().chars().take(10).collect()).collect();
    format!("[{}]", all.join(" "))
}

/// Where several leaves were, somebody wrote down what became of them.
fn quarrels_are_recorded(orders: &Leaves, records: &BTreeSet<&String>, counts: &mut Counts) -> Vec<String> {
    let mut wrong = Vec::new();
    // Counts that add up are no quarrel.
    let adds_up = |id: &str| DocumentType::of_id(id) == Some(DocumentType::SoldOut);
    for (id, leaves) in orders.iter().filter(|(id, leaves)| leaves.len() > 1 && !adds_up(id)) {
        counts.one("quarrels");
        let prefix = format!("conflict_{id}_");
        if !records.iter().any(|record| record.starts_with(&prefix)) {
            wrong.push(format!("{id} had {} leaves, and no conflict was recorded", leaves.len()));
        }
    }
    wrong
}

/// The body of the winner of every document.
fn bodies(
    central: &mut CentralBox,
    location_id: &LocationId,
    leaves: &Leaves,
    now: Timestamp,
) -> Result<BTreeMap<String, Value>, String> {
    let mut all = BTreeMap::new();
    let winners: Vec<(String, Vec<Revision>)> =
        leaves.iter().map(|(id, all)| (id.clone(), all.first().cloned().into_iter().collect())).collect();
    for page in winners.chunks(PAGE) {
        let asked = Request::BulkGet { database: Database::Orders, wanted: page.to_vec() };
        let Answer::Documents { found, failed } = central.asks(location_id, &asked, now)? else {
            return Err("no documents".into());
        };
        if let Some(failed) = failed.first() {
            return Err(format!("{} is in the feed, and not handed out: {}", failed.doc_id, failed.reason));
        }
        all.extend(found.into_iter().map(|version| (version.doc_id, version.body)));
    }
    Ok(all)
}

/// What cashiers were told is at the server.
fn is_at_server(
    register: &Register,
    orders: &BTreeMap<&String, Order>,
    bodies: &BTreeMap<String, Value>,
    lost: &BTreeSet<String>,
) -> Vec<String> {
    let promised = &register.promised;
    let is_lost = |order_id: &OrderId| lost.contains(&order_id.to_string());
    let mut wrong = Vec::new();
    for (order_id, lines) in promised.orders.iter().filter(|(order_id, _)| !is_lost(order_id)) {
        let Some(order) = orders.get(&order_id.to_string()) else {
            wrong.push(format!("{order_id} was sent, and is not at the server"));
            continue;
        };
        let broken = lines.iter().filter_map(|(line_id, line)| line.broken_by(order.line(*line_id)));
        wrong.extend(broken.map(|what| format!("at the server {} ({order_id}): {what}", order.local_number)));
    }
    for (payment_id, (order_id, amount)) in promised.payments.iter().filter(|(_, (order_id, _))| !is_lost(order_id)) {
        let found = bodies.get(&payment_id.to_string()).and_then(|body| payment::from_body(body).ok());
        if found.is_none_or(|it| (it.order_id, it.amount) != (*order_id, *amount)) {
            wrong.push(format!("{payment_id} over {amount:?} was taken for {order_id}, and is not so at the server"));
        }
    }
    wrong
}

/// What a register has left of an item is what the documents that all of them share come to.
fn counts_agree(register: &Register, bodies: &BTreeMap<String, Value>, counts: &mut Counts) -> Vec<String> {
    let Some(app) = &register.app else { return Vec::new() };
    let stock = match app.store().reader().stock() {
        Ok(stock) => stock,
        Err(fault) => return vec![format!("{}: {fault}", register.machine.title)],
    };
    let mut wrong = Vec::new();
    for tally in bodies.values().filter_map(|body| soldout::from_body(body).ok()) {
        counts.one("countdowns shared");
        let (shared, here) = (tally.left(), stock.of(&tally.item_id).map(|it| it.left));
        if shared != here {
            wrong.push(format!("{}: of {} {shared:?} are left, here {here:?}", register.machine.title, tally.item_id));
        }
    }
    wrong
}

/// Every order is accepted once, under a number of its own, and the books have its sum and its payments once.
fn accepted_once(
    central: &CentralBox,
    location: &LocationId,
    bodies: &BTreeMap<String, Value>,
    orders: &BTreeMap<&String, Order>,
    may_lack: impl Fn(&String, &Order) -> bool,
) -> Result<Vec<String>, String> {
    let replica = central.replica().ok_or("it does not run")?;
    let mut wrong = Vec::new();
    let mut numbers: BTreeMap<&str, &String> = BTreeMap::new();
    for (id, order) in orders {
        let body = &bodies[*id];
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let books = at_once(replica.central().order_books(location, id)).map_err(|fault| fault.to_string())?;
        let Some(books) = books else {
            wrong.push(format!("{} ({id}) is not in the books", order.local_number));
            continue;
        };
        if text("order_id") != Some(books.order_id.as_str()) {
            wrong.push(format!("{id} says order_id {:?}, the books {}", text("order_id"), books.order_id));
        }
        if let Some(other) = text("order_number").and_then(|number| numbers.insert(number, id)) {
            wrong.push(format!("{id} and {other} have the number {:?}", text("order_number")));
        }
        if books.total != order.totals().total {
            wrong.push(format!("{id} comes to {:?}, in the books to {:?}", order.totals().total, books.total));
        }
        let paid = bodies.values().filter_map(|body| payment::from_body(body).ok());
        // What came and what went back, each by itself: one must not hide the other.
        let own: Vec<Payment> = paid.filter(|it| it.order_id == order.order_id).collect();
        let is_own = |it: &Payment| own.iter().any(|one| (one.payment_id, one.amount) == (it.payment_id, it.amount));
        let only_lacks = may_lack(id, order) && books.payments.iter().all(is_own);
        for came in [true, false] {
            let sum = |all: &[Payment]| {
                all.iter().map(|it| it.amount).filter(|it| (*it > Money::ZERO) == came).sum::<Money>()
            };
            let (told, booked) = (sum(&own), sum(&books.payments));
            if told != booked && !(only_lacks && booked.0.abs() < told.0.abs()) {
                let what = if came { "was paid" } else { "gave back" };
                wrong.push(format!("{id} {what} {told:?}, and the books say {booked:?}"));
            }
        }
    }
    Ok(wrong)
}
