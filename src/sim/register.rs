//! A register of the simulated house: the program on its box, which can be killed, lose its power and have a disk that
//! fails; and what its cashier was told, against which it is held when it starts again.

use super::dice::Dice;
use super::disk;
use super::disk::Lost;
use super::guests::Cashier;
use super::machine::{Death, Machine, OPENS};
use super::paper::Printing;
use super::template;
use crate::app::{App, Effect, Input, Settings};
use crate::document::{Database, Revision, menu, payment};
use crate::domain::journal::Entry;
use crate::domain::staff::{Role, Staff};
use crate::domain::{
    BusinessDate, House, Line, LineId, LineState, Money, Order, OrderId, PaymentId, StaffId, Timestamp,
};
use crate::store::{Desk, Durability, Fault, Key, Store, hash_pin};
use crate::tui::link::Link;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What is sold in the demonstration.
const MENU: &str = include_str!("../../assets/demo/menu.json");
/// Who makes it in a larger kitchen, category by category.
const COOKS: &[&str] = &["kitchen", "grill", "cold"];
/// Most refused writes that are looked at.
const ROWS_MAX: u32 = 1_000;
/// What a request holds around the one document that it hands over, in bytes, at most.
const ENVELOPE_BYTES: usize = 1_024;
/// Longer than an evening: cashiers stay logged in, since a login costs a tenth of a second.
const IDLE_LOCK_MS: i64 = 12 * 3_600_000;

/// What a cashier was told is on disk.
#[derive(Debug, Default)]
pub struct Promised {
    /// Orders of which something was sent.
    pub orders: BTreeMap<OrderId, PromisedOrder>,
    /// Payments and refunds: of which order, how much.
    pub payments: BTreeMap<PaymentId, (OrderId, Money)>,
    /// To which day orders belong that were sent or paid.
    pub days: BTreeMap<OrderId, BusinessDate>,
}

/// An order of which something was sent: its lines.
pub type PromisedOrder = BTreeMap<LineId, PromisedLine>;

/// A line that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromisedLine {
    /// What.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// At what price.
    pub unit_price: Money,
    /// It was voided since.
    pub voided: bool,
}

impl PromisedLine {
    fn of(line: &Line) -> PromisedLine {
        PromisedLine {
            name: line.name.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            voided: line.state == LineState::Voided,
        }
    }

    /// What a line says otherwise, however far it has come.
    fn contradicted_by(&self, line: &Line) -> Option<String> {
        let same = (&line.name, line.quantity, line.unit_price) == (&self.name, self.quantity, self.unit_price);
        (!same).then(|| format!("{} x{} reads {} x{} now", self.name, self.quantity, line.name, line.quantity))
    }

    /// What is wrong with a line, if it is not what was promised.
    pub fn broken_by(&self, line: Option<&Line>) -> Option<String> {
        let Some(line) = line else { return Some(format!("{} x{} is gone", self.name, self.quantity)) };
        if let Some(what) = self.contradicted_by(line) {
            return Some(what);
        }
        match line.state {
            LineState::Draft => Some(format!("{} was sent, and is a draft again", self.name)),
            LineState::Voided => None,
            LineState::Sent | LineState::Preparing | LineState::Ready | LineState::Served if self.voided => {
                Some(format!("{} was voided, and is {} again", self.name, line.state.code()))
            }
            LineState::Sent | LineState::Preparing | LineState::Ready | LineState::Served => None,
        }
    }
}

/// A register.
pub struct Register {
    /// Its box.
    pub machine: Machine,
    /// The program, while it runs.
    pub app: Option<App>,
    /// Who stands there.
    pub cashier: Cashier,
    /// What was promised there.
    pub promised: Promised,
    /// Largest request that passes what stands before the server while guests come, in bytes.
    pub bytes_max: usize,
    /// What it handed over to others, by document.
    offered: BTreeMap<String, BTreeSet<Revision>>,
    /// To which day the documents belong that it handed over.
    offered_days: BTreeMap<String, BusinessDate>,
    /// Which orders the payments pay that it handed over.
    offered_pays: BTreeMap<String, String>,
    settings: Settings,
    /// What is in hand, as it was shown last.
    shown: Option<Order>,
    /// A write failed: what is on disk may be what was written, or what was before.
    in_doubt: bool,
    /// The server was set back at least once: what was pruned here may have come back as it was long ago.
    pub server_was_set_back: bool,
}

/// Stores are encrypted like any other, with a key that is no secret.
pub fn key() -> Key {
    Key::new([7; 32])
}

impl Register {
    /// A register with an empty store on its box; it does not run yet. `nth` tells it apart from all others.
    ///
    /// # Errors
    /// A sentence, when its store cannot be made.
    pub fn new(nth: usize, machine: Machine, printing: &Printing, folder: &Path) -> Result<Register, String> {
        let (location, name) = (machine.location_id.as_str(), machine.name.as_str());
        let house = House { idle_lock_ms: IDLE_LOCK_MS, ..House::named("Simulated", location, name) };
        let settings = Settings {
            house,
            printers: printing.printers.clone(),
            routes: printing.routes.clone(),
            substitutes: printing.substitutes.clone(),
            watch: Default::default(),
            login_notes: Vec::new(),
            size: (100, 30),
            panel: None,
            line: None,
            has_plug: false,
            boot_id: String::new(),
        };
        machine.lays_down(&template::bytes(format!("store of register {nth}"), folder, |file| furnish(nth, file))?)?;
        Ok(Register {
            cashier: Cashier::of(location),
            machine,
            app: None,
            promised: Promised::default(),
            settings,
            bytes_max: usize::MAX,
            offered: BTreeMap::new(),
            offered_days: BTreeMap::new(),
            offered_pays: BTreeMap::new(),
            shown: None,
            in_doubt: false,
            server_was_set_back: false,
        })
    }

    /// Starts the program on what its disk holds.
    ///
    /// # Errors
    /// A sentence, when it does not start: that is never right.
    pub fn start(&mut self, at_ms: i64) -> Result<Vec<Effect>, String> {
        let now = self.machine.clock(at_ms);
        let store = Store::open(&self.machine.store_file(), Some(&key())).map_err(|fault| fault.to_string())?;
        let line = self.machine.line(&store)?;
        let boot_id = format!("boot-{}", self.machine.boots);
        let settings = Settings { boot_id, line: Some(line), ..self.settings.clone() };
        let app = App::open(store, settings, self.machine.dice.entropy(), now).map_err(|fault| fault.to_string())?;
        self.app = Some(app);
        self.cashier.starts_over();
        let (columns, rows) = self.settings.size;
        Ok(self.handle(at_ms, Input::Resized { columns, rows }))
    }

    /// Takes note of what a request hands over.
    pub fn offers(&mut self, handed: &[(String, Revision, Value)]) {
        for (doc_id, revision, body) in handed {
            self.offered.entry(doc_id.clone()).or_default().insert(revision.clone());
            let text = |name: &str| body.get(name).and_then(Value::as_str);
            let at = text("created_at").or(text("resolved_at"));
            let day = text("business_date").or_else(|| at?.get(..10));
            let day = day.and_then(|day| serde_json::from_value(day.into()).ok());
            self.offered_days.extend(day.map(|day| (doc_id.clone(), day)));
            self.offered_pays.extend(text("order").map(|order| (doc_id.clone(), order.to_owned())));
        }
    }

    /// To which day something belongs that was handed over: a payment to that of its order, where that is known, and an
    /// order of which only an end was handed over to the one on which it was opened, which its id tells.
    fn offered_day(&self, doc_id: &str) -> Option<BusinessDate> {
        let of = self.offered_pays.get(doc_id).and_then(|order| {
            let promised = OrderId::read(order).and_then(|order| self.promised.days.get(&order));
            promised.or_else(|| self.offered_days.get(order))
        });
        let opened = || {
            let unix_ms = i64::try_from(OrderId::read(doc_id)?.0.as_u128() >> 80).ok()?;
            Some(BusinessDate::of(Timestamp { unix_ms, ..OPENS }, 0))
        };
        of.or_else(|| self.offered_days.get(doc_id)).copied().or_else(opened)
    }

    /// Records of conflicts that could not pass alone either, and were refused as such. They hold three versions of an
    /// order, so they may be larger than any request that passed before the peace; they are kept and shown, and nobody
    /// is there tonight who asks for them to be offered again. Anything that could have passed is no such record.
    pub fn too_large(&self) -> BTreeSet<String> {
        let Some(app) = &self.app else { return BTreeSet::new() };
        let reader = app.store().reader();
        let writes = reader.rejected_writes(ROWS_MAX).unwrap_or_default();
        let of_conflicts = writes.into_iter().filter(|it| it.doc_id.starts_with("conflict_"));
        let bytes = |id: &str| reader.document_body(id).ok().flatten().map_or(0, |body| body.to_string().len());
        let could_not_pass = |id: &str| bytes(id).saturating_add(ENVELOPE_BYTES) > self.bytes_max;
        let refused = of_conflicts.filter(|it| it.error == "too_large" && could_not_pass(&it.doc_id));
        refused.map(|it| it.doc_id).collect()
    }

    /// Whether orders of a day may have been pruned here, with their payments: what is older than the mark, and nothing
    /// else.
    pub fn may_have_pruned(&self, day: Option<BusinessDate>) -> bool {
        let before = self.app.as_ref().and_then(|app| app.store().reader().pruned_before().ok().flatten());
        before.zip(day).is_some_and(|(before, day)| day < before)
    }

    /// Whether an order that was sent is in hand.
    pub fn has_sent_in_hand(&self) -> bool {
        self.app.as_ref().is_some_and(|app| app.desk(OPENS).hand.sent_header.is_some())
    }

    /// Whether nothing is under way, and nothing waits.
    pub fn is_quiet(&self) -> bool {
        let Some(app) = &self.app else { return false };
        let kept_back = self.too_large().len();
        let unsent = app.store().reader().unsent().is_ok_and(|unsent| unsent.count as usize > kept_back);
        // What waits for a manager waits: the status bar says so for ever.
        let status = &app.desk(OPENS).status.link;
        app.is_settled() && !unsent && (status.link == Link::Synced || status.review > 0 || kept_back > 0)
    }

    /// Takes one input, and takes note of what the cashier was told.
    pub fn handle(&mut self, at_ms: i64, input: Input) -> Vec<Effect> {
        let now = self.machine.clock(at_ms);
        let is_key = matches!(input, Input::Key(_));
        let directory = self.machine.directory();
        let Some(app) = &mut self.app else { return Vec::new() };
        let refused_before = disk::refusals(&directory);
        let seq_before = app.store().reader().document_seq().unwrap_or(u64::MAX);
        let effects = app.handle(now, input);
        self.in_doubt = disk::refusals(&directory) > refused_before || (self.in_doubt && !is_key);
        self.note(is_key, now);
        if is_key && !self.in_doubt {
            self.note_money(seq_before);
        }
        effects
    }

    /// Takes note of the money that a key moved: what others sent does not come with a key.
    fn note_money(&mut self, since: u64) {
        let Some(app) = &self.app else { return };
        let reader = app.store().reader();
        // A store that does not read is told by the checkers.
        let Ok(changes) = reader.changes(Database::Orders, since, u64::MAX, ROWS_MAX) else { return };
        for changed in changes.rows.iter().filter(|row| row.doc_id.starts_with("payment_")) {
            let Ok(Some(body)) = reader.document_body(&changed.doc_id) else { continue };
            let Ok(payment) = payment::from_body(&body) else { continue };
            self.promised.payments.insert(payment.payment_id, (payment.order_id, payment.amount));
            if let Ok(Some(order)) = reader.sent_order(payment.order_id) {
                self.promised.days.insert(order.order_id, order.business_date);
            }
        }
    }

    /// Reads what was shown, and what of it was promised.
    fn note(&mut self, is_key: bool, now: Timestamp) {
        let Some(app) = &self.app else { return };
        let desk = app.desk(now);
        let order = &desk.hand.order;
        if *order == self.shown {
            return;
        }
        let before = std::mem::replace(&mut self.shown, order.clone());
        let Some(before) = before.filter(|_| is_key && !self.in_doubt) else { return };
        let reader = app.store().reader();
        // A store that does not read is told by the checkers.
        let Ok(Some(sent)) = reader.sent_order(before.order_id) else { return };
        for line in sent.lines.iter().filter(|line| line.state != LineState::Draft) {
            let was = before.line(line.line_id).map(|line| line.state);
            let is_news = was.is_none_or(|was| was == LineState::Draft)
                || (line.state == LineState::Voided && was != Some(LineState::Voided));
            if is_news {
                let lines = self.promised.orders.entry(sent.order_id).or_default();
                lines.insert(line.line_id, PromisedLine::of(line));
                self.promised.days.insert(sent.order_id, sent.business_date);
            }
        }
    }

    /// Dies, and leaves on disk what such a death leaves.
    ///
    /// # Errors
    /// A sentence, when its files cannot be copied.
    pub fn die(&mut self, death: Death) -> Result<Lost, String> {
        let app = &mut self.app;
        self.machine.die(death, || *app = None)
    }

    /// Holds what a start found against what was promised before.
    pub fn broken_promises(&self, after: Option<Death>, now: Timestamp) -> Vec<String> {
        let Some(app) = &self.app else { return vec!["it does not run".to_owned()] };
        let mut broken = Vec::new();
        // What was pruned is for the server to show, and comes back as the server still has it.
        let pruned = |order_id: &OrderId| self.may_have_pruned(self.promised.days.get(order_id).copied());
        let is_older = |order_id: &OrderId| self.server_was_set_back && pruned(order_id);
        if after == Some(Death::Killed) && !self.in_doubt {
            let found = &app.desk(now).hand.order;
            if *found != self.shown {
                broken.push(format!("in hand was {}, and is {}", in_hand(&self.shown), in_hand(found)));
            }
        }
        let reader = app.store().reader();
        for (order_id, lines) in &self.promised.orders {
            let found = match reader.sent_order(*order_id) {
                Ok(Some(order)) => order,
                Ok(None) if pruned(order_id) => continue,
                Ok(None) => {
                    broken.push(format!("{order_id} was sent, and is gone"));
                    continue;
                }
                Err(fault) => {
                    broken.push(format!("{order_id} does not read: {fault}: {}", fault.source));
                    continue;
                }
            };
            let wrong = lines.iter().filter_map(|(line_id, promised)| match found.line(*line_id) {
                line if !is_older(order_id) => promised.broken_by(line),
                line => promised.contradicted_by(line?),
            });
            broken.extend(wrong.map(|what| format!("{} ({order_id}): {what}", found.local_number)));
        }
        let is_here = |id: &str| reader.winner(id).is_ok_and(|winner| winner.is_some());
        let handed = self.offered.iter().filter(|(id, _)| {
            !self.may_have_pruned(self.offered_day(id)) || (is_here(id) && !self.server_was_set_back)
        });
        let handed: Vec<_> = handed.map(|(id, all)| (id.clone(), all.iter().cloned().collect())).collect();
        match reader.missing(&handed) {
            Ok(missing) => {
                let lost = missing.iter().map(|(id, all)| format!("it handed {id} over as {all:?}, and lost that"));
                broken.extend(lost);
            }
            Err(fault) => broken.push(format!("what it handed over does not read: {fault}")),
        }
        let mut found = BTreeMap::new();
        for (order_id, _) in self.promised.payments.values() {
            if let std::collections::btree_map::Entry::Vacant(place) = found.entry(*order_id) {
                place.insert(reader.payments(*order_id).unwrap_or_default());
            }
        }
        for (payment_id, (order_id, amount)) in &self.promised.payments {
            let may_lack = pruned(order_id) && (self.server_was_set_back || !is_here(&order_id.to_string()));
            match found[order_id].iter().find(|it| it.payment_id == *payment_id) {
                Some(it) if it.amount == *amount => {}
                None if may_lack => {}
                Some(_) | None => broken.push(format!("{payment_id} of {order_id} over {amount:?} is gone")),
            }
        }
        broken
    }

    /// What is in hand is what is found there: after a start.
    pub fn looks_again(&mut self, now: Timestamp) {
        if let Some(app) = &self.app {
            let desk = app.desk(now);
            self.shown = desk.hand.order.clone();
            self.in_doubt = false;
        }
    }
}

fn in_hand(order: &Option<Order>) -> String {
    let Some(order) = order else { return "nothing".to_owned() };
    let line = |line: &Line| format!("{} x{} {}", line.name, line.quantity, line.state.code());
    let lines: Vec<String> = order.lines.iter().map(line).collect();
    format!("{} ({}) [{}]", order.local_number, order.order_id, lines.join(", "))
}

/// What is sold: the demonstration's menu, in a kitchen of several stations.
pub fn menu_text() -> String {
    let mut parts = MENU.split("\"station\": \"kitchen\"");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (nth, part) in parts.enumerate() {
        text.push_str(&format!("\"station\": \"{}\"{part}", COOKS[nth % COOKS.len()]));
    }
    text
}

fn furnish(nth: usize, file: &Path) -> Result<(), String> {
    let menu = menu::read(&menu_text()).map_err(|flaws| format!("the menu does not read: {flaws:?}"))?;
    let mut entropy = Dice::new(nth as u64 + 1).entropy();
    let mut store = Store::create(file, Some(&key()), &mut entropy).map_err(|fault| fault.to_string())?;
    let salt = store.reader().pin_salt().map_err(|fault| fault.to_string())?;
    let staff = Staff { staff_id: StaffId::fresh(OPENS, &mut entropy), name: "Dara".to_owned(), role: Role::Manager };
    let furnished = store.write(Durability::Synced, |tx| -> Result<(), Fault> {
        tx.put_menu(&menu, OPENS)?;
        tx.add_staff(&staff, &hash_pin("9999", &salt))?;
        // Somebody is at work already.
        tx.set_desk(&Desk { staff: Some(staff.staff_id), touched_at: Some(OPENS), ..tx.desk()? })?;
        tx.append(OPENS, None, &Entry::new("furnish_demo", None)).map(|_| ())
    });
    furnished.map_err(|fault| fault.to_string())
}
