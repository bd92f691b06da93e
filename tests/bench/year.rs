//! A year of trade: the demonstration's store after so many orders, decided and written as at a register, but many to a
//! transaction and without the steps in between. It is kept from run to run, as long as the schema stays the same.

use comanda::document::customer::CustomerContext;
use comanda::document::order::OrderContext;
use comanda::document::payment::PaymentContext;
use comanda::domain::command::Command;
use comanda::domain::slip::JobState;
use comanda::domain::stock::Stock;
use comanda::domain::{
    BusinessDate, Contact, Customer, CustomerId, Decision, Entropy, Facts, House, ItemId, LineId, LineState,
    LocalNumber, Menu, Money, Order, Refusal, Staff, Tender, Timestamp, Write, decide,
};
use comanda::runtime::opening::Opening;
use comanda::runtime::paths::Places;
use comanda::runtime::{clock, demo};
use comanda::store::care::Checkpointer;
use comanda::store::{Desk, Durability, Fault, Progress, Store, Tx};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Orders in one transaction.
const AT_ONCE: u32 = 1_000;
/// How long the orders of a store took, in milliseconds.
const YEAR_MS: i64 = 365 * 86_400_000;

/// The demonstration's data in a directory, opened as a register opens it.
pub fn open(data: &Path) -> Result<Opening, Box<dyn Error>> {
    Ok(demo::open(Places::of_demo(Some(data.to_owned()))?)?)
}

/// Writes so many customers down, many of whom are called alike.
///
/// # Errors
/// When the medium refuses.
pub fn write_customers(store: &mut Store, count: u32) -> Result<(), Box<dyn Error>> {
    let (location_id, edited_by) = (&"demo".into(), &"T1".into());
    let context = CustomerContext { location_id, edited_by };
    let (mut entropy, now) = (clock::entropy()?, clock::now());
    const FIRST: [&str; 8] = ["Maria", "José", "Anna", "Mohammed", "Marie", "Jean", "Zoë", "Li"];
    const LAST: [&str; 7] = ["García", "Müller", "Martin", "Nguyễn", "Rossi", "Martínez", "Smith"];
    for from in (0..count).step_by(AT_ONCE as usize) {
        store.write(Durability::Draft, |tx| {
            (from..count.min(from + AT_ONCE)).try_for_each(|nth| {
                let (first, last) = (FIRST[nth as usize % FIRST.len()], LAST[nth as usize % LAST.len()]);
                let contact = Contact {
                    name: format!("{first} {last} {nth}"),
                    phone: Some(format!("06 {:02} {:02} 56 78", nth / 100 % 100, nth % 100)),
                    address: Some(format!("{nth} Main Street")),
                    city: Some("75011 Paris".to_owned()),
                    note: None,
                };
                let customer_id = CustomerId::fresh(now, &mut entropy);
                let customer = Customer { customer_id, contact, created_at: now, updated_at: now };
                tx.put_customer(&customer, &context, now)
            })
        })?;
    }
    Ok(())
}

/// Data directories with the orders of a year at the end of which each has one of these numbers, the fewest first.
///
/// # Errors
/// When the medium refuses, or the house refuses to sell.
pub fn stores(orders: &[u32]) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("year-{}", schema()?));
    fs::create_dir_all(&place)?;
    let mut made = Vec::new();
    for &count in orders {
        let data = place.join(count.to_string());
        if !data.exists() {
            let making = place.join("making");
            if making.exists() {
                fs::remove_dir_all(&making)?;
            }
            let before =
                made.last().map_or(Ok(0), |(orders, from): &(u32, PathBuf)| copy(from, &making).map(|()| *orders))?;
            let began = clock::instant();
            fill(&making, before, count)?;
            fs::rename(&making, &data)?;
            let bytes = fs::metadata(data.join("store.db"))?.len();
            println!(
                "  made {count} orders in {:.0} s: {} MB, {} bytes an order",
                began.elapsed().as_secs_f64(),
                bytes / 1_000_000,
                bytes / u64::from(count.max(1))
            );
        }
        made.push((count, data));
    }
    Ok(made.into_iter().map(|(_, data)| data).collect())
}

/// What makes a store of another build useless here: another schema, or a store that is encrypted or not.
fn schema() -> Result<String, Box<dyn Error>> {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    let names = fs::read_dir(migrations)?.map(|entry| entry.map(|entry| entry.file_name()));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let count = names.len();
    let newest = names.into_iter().max().ok_or("there are no migrations")?;
    let cipher = if cfg!(feature = "cipher") { "cipher" } else { "plain" };
    // Their number too: one that was written earlier may come in later.
    Ok(format!("{count}-{}-{cipher}", newest.to_string_lossy().trim_end_matches(".sql")))
}

/// Copies a data directory that nobody has open.
fn copy(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir(to)?;
    for name in ["store.db", "store.key"] {
        fs::copy(from.join(name), to.join(name))?;
    }
    Ok(())
}

fn fill(data: &Path, from: u32, to: u32) -> Result<(), Box<dyn Error>> {
    let mut opening = open(data)?;
    let checkpointer = Checkpointer::open(&opening.places.store_file(), Some(&opening.key))?;
    let staff = opening.store.reader().staff()?;
    let menu = demo::menu()?;
    let mut shop = Shop {
        house: demo::house(),
        printer: opening.config.printers[0].name().to_owned(),
        staff: staff.into_iter().next().ok_or("nobody works here")?,
        items: Vec::new(),
        menu,
        entropy: clock::entropy()?,
        dice: 0x9e37_79b9_7f4a_7c15 ^ u64::from(from),
    };
    let began = clock::now().plus_millis(-YEAR_MS);
    let mut sold = from;
    while sold < to {
        let until = to.min(sold + AT_ONCE);
        opening.store.write(Durability::Draft, |tx| -> Result<(), Box<dyn Error>> {
            for order in sold..until {
                shop.sell(tx, began.plus_millis(YEAR_MS / i64::from(to) * i64::from(order)), order)?;
            }
            Ok(())
        })?;
        checkpointer.passive()?;
        sold = until;
    }
    Ok(())
}

/// Who sells what to whom.
struct Shop {
    house: House,
    menu: Menu,
    /// What can be sold without a question; found at the first sale.
    items: Vec<ItemId>,
    staff: Staff,
    /// Where all paper goes.
    printer: String,
    entropy: Entropy,
    dice: u64,
}

/// The order in hand.
#[derive(Default)]
struct InHand {
    order: Option<Order>,
    cursor: Option<LineId>,
}

impl Shop {
    fn below(&mut self, end: usize) -> usize {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.dice >> 33).unwrap_or(0) % end
    }

    /// Sells two to four things to one guest, takes the money, and serves every second one.
    fn sell(&mut self, tx: &Tx<'_>, now: Timestamp, nth: u32) -> Result<(), Box<dyn Error>> {
        if self.items.is_empty() {
            self.items = self.menu.items().iter().map(|item| item.item_id.clone()).collect();
        }
        let mut hand = InHand::default();
        let mut wanted = 2 + self.below(3);
        while wanted > 0 {
            let at = self.below(self.items.len());
            let item = self.items[at].clone();
            let command = Command::AddItem { item, quantity: 1, price: None, picks: Vec::new() };
            match self.carry_out(tx, now, &command, &mut hand) {
                Ok(()) => wanted -= 1,
                // It asks something, or is sold out: the next guest is not offered it again.
                Err(Told::Refused(_)) => drop(self.items.swap_remove(at)),
                Err(told) => return Err(told.into()),
            }
        }
        let order = hand.order.as_ref().ok_or("something was ordered")?;
        let (order_id, total) = (order.order_id, order.totals().total);
        let tender = if nth.is_multiple_of(3) { Tender::Cash } else { Tender::Card };
        let tendered = if tender == Tender::Cash { total + Money(5_000) } else { total };
        let pay = Command::Pay { tender, tendered, tip: Money::ZERO, reference: None };
        self.carry_out(tx, now, &pay, &mut hand)?;
        if nth.is_multiple_of(2) {
            let mut served = InHand { order: tx.order(order_id)?, cursor: None };
            let lines = served.order.iter().flat_map(|order| &order.lines).map(|line| line.line_id).collect();
            let command = Command::Advance { order: order_id, lines, to: LineState::Served };
            self.carry_out(tx, now, &command, &mut served)?;
        }
        Ok(())
    }

    fn carry_out(&mut self, tx: &Tx<'_>, now: Timestamp, command: &Command, hand: &mut InHand) -> Result<(), Told> {
        let (date, sequence) = tx.next_number(BusinessDate::of(now, self.house.day_starts_min))?;
        let number = LocalNumber::new(&self.house.register_id, tx.epoch()?, sequence);
        let order = hand.order.take();
        let paid = match &order {
            Some(order) => tx.payments(order.order_id)?,
            None => Vec::new(),
        };
        let facts = Facts {
            now,
            menu: &self.menu,
            house: &self.house,
            staff: Some(&self.staff),
            approved_by: None,
            order: order.as_ref(),
            sent_header: None,
            undone: None,
            stock: &Stock::default(),
            promised: 0,
            paid: &paid,
            cursor: hand.cursor,
            undo_depth: 0,
            printed_before: 0,
            next_number: (date, &number),
            customer: None,
            matters: &[],
        };
        let decided = decide(&facts, command, &mut self.entropy);
        let written = match decided {
            Ok(decision) => self.write(tx, &facts, decision, hand),
            Err(refusal) => Err(Told::Refused(refusal)),
        };
        if hand.order.is_none() {
            hand.order = order;
        }
        written
    }

    fn write(&self, tx: &Tx<'_>, facts: &Facts<'_>, decision: Decision, hand: &mut InHand) -> Result<(), Told> {
        let mut paid = facts.paid.to_vec();
        paid.extend(decision.writes.iter().filter_map(|write| match write {
            Write::Payment(payment) => Some(payment.clone()),
            _ => None,
        }));
        let (now, location_id, register_id) = (facts.now, &self.house.location_id, &self.house.register_id);
        for write in decision.writes {
            match write {
                Write::TakeNumber => drop(tx.take_number(facts.next_number.0)?),
                // Nobody is interrupted here: a draft is written when it is sent.
                Write::Draft(order) => hand.order = Some(order),
                Write::Undo(_) => {}
                Write::DropDraft(order_id) => tx.drop_draft(order_id)?,
                Write::Order(order) => {
                    let currency = self.menu.currency();
                    let edited_by = register_id;
                    let context = OrderContext { location_id, currency, paid: &paid, offline: true, edited_by };
                    tx.put_order(&order, &context, now)?;
                }
                Write::Payment(payment) => tx.put_payment(&payment, &PaymentContext { location_id, register_id })?,
                Write::Customer(_) => unreachable!("nobody of the year is written down"),
                Write::Desk { order, cursor } => {
                    hand.cursor = cursor;
                    if order.is_none() {
                        tx.set_desk(&Desk { touched_at: Some(now), ..Desk::default() })?;
                    }
                }
                Write::LastPaid(order_id) => tx.set_desk(&Desk { last_paid: Some(order_id), ..tx.desk()? })?,
                Write::Settle { .. } => unreachable!("nothing of the year is in Review"),
                Write::Portions { item, left } => tx.set_portions(&item, left, (location_id, register_id), now)?,
                Write::Sold { item, quantity } => {
                    tx.sell_portions(&item, quantity, (location_id, register_id), now)?;
                }
                Write::Print { slip, .. } => {
                    let job = tx.spool_add(&self.printer, &slip, now)?;
                    let (state, duplicate) = (JobState::Printed, false);
                    let progress = Progress { state, attempts: 1, duplicate, not_before: None, last_error: None };
                    tx.spool_set(job, &progress, now)?;
                }
            }
        }
        if let Some(entry) = &decision.entry {
            tx.append(now, Some(&self.staff.name), entry)?;
        }
        Ok(())
    }
}

/// Why a year ended early.
#[derive(Debug, thiserror::Error)]
enum Told {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Failed(#[from] Fault),
}
