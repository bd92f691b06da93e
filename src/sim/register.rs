//! A register of the simulated house: the program on its box, which can be killed, lose its power and have a disk that
//! fails; and what its cashier was told, against which it is held when it starts again.

use super::central::{LOCATION, secret};
use super::dice::Dice;
use super::disk::{self, Lost};
use super::guests::Cashier;
use super::network::Way;
use super::paper::{Hand, printers, routes};
use crate::app::{App, Effect, Input, Settings};
use crate::document::{Revision, menu};
use crate::domain::journal::Entry;
use crate::domain::staff::{Role, Staff};
use crate::domain::{House, Line, LineId, LineState, Money, Order, OrderId, PaymentId, StaffId, Timestamp};
use crate::store::{Desk, Durability, Fault, Key, Store, hash_pin};
use crate::sync::LineSettings;
use crate::sync::wire::Site;
use crate::tui::link::Link;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// When every evening begins: a Saturday, 18:30 in Brussels.
pub const OPENS: Timestamp = Timestamp { unix_ms: 1_773_509_400_000, offset_min: 60 };
/// What is sold.
pub const MENU: &str = include_str!("../../assets/demo/menu.json");
/// Most refused writes that are looked at.
const ROWS_MAX: u32 = 1_000;
/// Longer than an evening: cashiers stay logged in, since a login costs a tenth of a second.
const IDLE_LOCK_MS: i64 = 12 * 3_600_000;

/// How a register died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// `kill -9`.
    Killed,
    /// The power was cut.
    PowerCut,
}

/// What a cashier was told is on disk.
#[derive(Debug, Default)]
pub struct Promised {
    /// Lines that were sent, by order.
    pub orders: BTreeMap<OrderId, BTreeMap<LineId, PromisedLine>>,
    /// Payments: which order, how much.
    pub payments: BTreeMap<PaymentId, (OrderId, Money)>,
}

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

    /// What is wrong with a line, if it is not what was promised.
    pub fn broken_by(&self, line: Option<&Line>) -> Option<String> {
        let Some(line) = line else { return Some(format!("{} x{} is gone", self.name, self.quantity)) };
        let same = (&line.name, line.quantity, line.unit_price) == (&self.name, self.quantity, self.unit_price);
        if !same {
            return Some(format!("{} x{} reads {} x{} now", self.name, self.quantity, line.name, line.quantity));
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
    /// Its id: `T1`.
    pub name: String,
    /// The program, while it runs.
    pub app: Option<App>,
    /// How often it has started: what was meant for an earlier life is none of this one's.
    pub life: u32,
    /// By how much its clock is wrong, in milliseconds.
    pub clock_off_ms: i64,
    /// Which of its alarms is set.
    pub alarm: u64,
    /// Its printers.
    pub hands: Vec<Hand>,
    /// Who stands there.
    pub cashier: Cashier,
    /// What was promised there.
    pub promised: Promised,
    /// How the way to the server is.
    pub way: Way,
    /// How many calls it made.
    pub calls: u64,
    /// By how much the calendar has leapt, in milliseconds.
    pub calendar_ms: i64,
    /// What it handed over to others, by document.
    offered: BTreeMap<String, BTreeSet<Revision>>,
    /// How often its power was cut.
    pub boots: u32,
    settings: Settings,
    folder: PathBuf,
    dice: Dice,
    /// What is in hand, as it was shown last.
    shown: Option<Order>,
    paid: usize,
    /// A write failed: what is on disk may be what was written, or what was before.
    in_doubt: bool,
}

/// Stores are encrypted like any other, with a key that is no secret.
pub fn key() -> Key {
    Key::new([7; 32])
}

impl Register {
    /// A register with an empty store below `folder`; it does not run yet.
    ///
    /// # Errors
    /// A sentence, when its directory cannot be made.
    pub fn new(nth: usize, folder: &Path, dice: &mut Dice) -> Result<Register, String> {
        let name = format!("T{}", nth + 1);
        let folder = folder.join(&name);
        let house = House { idle_lock_ms: IDLE_LOCK_MS, ..House::named("Simulated", "L1", &name) };
        let hands = printers();
        let settings = Settings {
            house,
            printers: hands.iter().map(|hand| hand.printer.clone()).collect(),
            routes: routes(),
            substitutes: BTreeMap::from([("bar".to_owned(), "kitchen".to_owned())]),
            watch: Default::default(),
            login_notes: Vec::new(),
            size: (100, 30),
            panel: None,
            line: None,
            has_plug: false,
            boot_id: String::new(),
        };
        let register = Register {
            name,
            app: None,
            life: 0,
            clock_off_ms: 0,
            alarm: 0,
            hands,
            cashier: Cashier::default(),
            promised: Promised::default(),
            settings,
            folder,
            way: Way::Clear,
            calls: 0,
            calendar_ms: 0,
            offered: BTreeMap::new(),
            boots: 0,
            dice: dice.fork(),
            shown: None,
            paid: 0,
            in_doubt: false,
        };
        register.make_directory()?;
        let template = template(nth, &register.folder)?;
        fs::write(register.store_file(), template)
            .map_err(|source| format!("the store was not laid down: {source}"))?;
        Ok(register)
    }

    /// Where it keeps its store in this life.
    pub fn directory(&self) -> PathBuf {
        self.folder.join(self.life.to_string())
    }

    /// Its store.
    pub fn store_file(&self) -> PathBuf {
        self.directory().join("store.db")
    }

    /// What its clock says.
    pub fn clock(&self, at_ms: i64) -> Timestamp {
        OPENS.plus_millis(at_ms + self.calendar_ms + self.clock_off_ms)
    }

    fn make_directory(&self) -> Result<(), String> {
        let directory = self.directory();
        fs::create_dir_all(&directory).map_err(|source| format!("no directory was made: {source}"))?;
        disk::watch(&directory);
        Ok(())
    }

    /// Starts the program on what its disk holds.
    ///
    /// # Errors
    /// A sentence, when it does not start: that is never right.
    pub fn start(&mut self, at_ms: i64) -> Result<Vec<Effect>, String> {
        let now = self.clock(at_ms);
        let store = Store::open(&self.store_file(), Some(&key())).map_err(|fault| fault.to_string())?;
        let read = |fault: Fault| fault.to_string();
        let line = LineSettings {
            site: Site::comanda("").map_err(|bad| bad.to_string())?,
            register_id: self.name.as_str().into(),
            location_id: LOCATION.into(),
            secret: Some(secret(&self.name)),
            store_id: store.reader().store_id().map_err(read)?,
            epoch: store.reader().epoch().map_err(read)?,
        };
        let boot_id = format!("boot-{}", self.boots);
        let settings = Settings { boot_id, line: Some(line), ..self.settings.clone() };
        let app = App::open(store, settings, self.dice.entropy(), now).map_err(|fault| fault.to_string())?;
        self.app = Some(app);
        self.cashier.starts_over();
        let (columns, rows) = self.settings.size;
        Ok(self.handle(at_ms, Input::Resized { columns, rows }))
    }

    /// Takes note of what a request hands over.
    pub fn offers(&mut self, handed: &[(String, Revision, Value)]) {
        for (doc_id, revision, _) in handed {
            self.offered.entry(doc_id.clone()).or_default().insert(revision.clone());
        }
    }

    /// Records of conflicts that did not pass alone either, and are kept and shown as such: that is as it should be.
    pub fn too_large(&self) -> BTreeSet<String> {
        let writes = self.app.as_ref().and_then(|app| app.store().reader().rejected_writes(ROWS_MAX).ok());
        let of_conflicts = writes.into_iter().flatten().filter(|it| it.doc_id.starts_with("conflict_"));
        of_conflicts.filter(|it| it.error == "too_large").map(|it| it.doc_id).collect()
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
        let now = self.clock(at_ms);
        let is_key = matches!(input, Input::Key(_));
        let directory = self.directory();
        let Some(app) = &mut self.app else { return Vec::new() };
        let refused_before = disk::refusals(&directory);
        let effects = app.handle(now, input);
        self.in_doubt = disk::refusals(&directory) > refused_before || (self.in_doubt && !is_key);
        self.note(is_key, now);
        effects
    }

    /// Reads what was shown, and what of it was promised.
    fn note(&mut self, is_key: bool, now: Timestamp) {
        let Some(app) = &self.app else { return };
        let desk = app.desk(now);
        let (order, paid) = (&desk.hand.order, desk.hand.paid.len());
        if *order == self.shown && paid == self.paid {
            return;
        }
        let before = std::mem::replace(&mut self.shown, order.clone());
        let paid_before = std::mem::replace(&mut self.paid, paid);
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
            }
        }
        let Ok(payments) = reader.payments(before.order_id) else { return };
        for payment in payments.iter().skip(paid_before) {
            self.promised.payments.insert(payment.payment_id, (payment.order_id, payment.amount));
        }
    }

    /// Dies, and leaves on disk what such a death leaves.
    ///
    /// # Errors
    /// A sentence, when its files cannot be copied.
    pub fn die(&mut self, death: Death) -> Result<Lost, String> {
        let (old, old_directory) = (self.store_file(), self.directory());
        self.life += 1;
        self.make_directory()?;
        let copied = match death {
            Death::Killed => disk::copy_as_is(&old, &self.store_file()).map(|()| Lost::default()),
            Death::PowerCut => {
                self.boots += 1;
                disk::copy_after_power_cut(&old, &self.store_file(), &mut self.dice)
            }
        };
        // Only now: closing the store tidies the files that were copied, never the copies.
        self.app = None;
        disk::forget(&old_directory);
        fs::remove_dir_all(&old_directory).map_err(|source| format!("an old life was not cleared away: {source}"))?;
        copied.map_err(|source| format!("its files were not copied: {source}"))
    }

    /// Holds what a start found against what was promised before.
    pub fn broken_promises(&self, after: Option<Death>, now: Timestamp) -> Vec<String> {
        let Some(app) = &self.app else { return vec!["it does not run".to_owned()] };
        let mut broken = Vec::new();
        // What was pruned is for the server to show.
        let has_pruned = app.store().reader().pruned_before().is_ok_and(|before| before.is_some());
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
                Ok(None) if has_pruned => continue,
                Ok(None) => {
                    broken.push(format!("{order_id} was sent, and is gone"));
                    continue;
                }
                Err(fault) => {
                    broken.push(format!("{order_id} does not read: {fault}: {}", fault.source));
                    continue;
                }
            };
            let wrong = lines.iter().filter_map(|(line_id, promised)| promised.broken_by(found.line(*line_id)));
            broken.extend(wrong.map(|what| format!("{} ({order_id}): {what}", found.local_number)));
        }
        let is_here = |id: &str| !has_pruned || reader.winner(id).is_ok_and(|winner| winner.is_some());
        let handed = self.offered.iter().filter(|(id, _)| is_here(id));
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
            if has_pruned && !is_here(&order_id.to_string()) {
                continue;
            }
            let payment = found[order_id].iter().find(|it| it.payment_id == *payment_id);
            if payment.is_none_or(|it| it.amount != *amount) {
                broken.push(format!("{payment_id} of {order_id} over {amount:?} is gone"));
            }
        }
        broken
    }

    /// What is in hand is what is found there: after a start.
    pub fn looks_again(&mut self, now: Timestamp) {
        if let Some(app) = &self.app {
            let desk = app.desk(now);
            (self.shown, self.paid) = (desk.hand.order.clone(), desk.hand.paid.len());
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

/// The bytes of a furnished store; it is made once a process for each register.
fn template(nth: usize, folder: &Path) -> Result<Vec<u8>, String> {
    static KNOWN: Mutex<BTreeMap<usize, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = known.get(&nth) {
        return Ok(bytes.clone());
    }
    let file = folder.join("template.db");
    furnish(nth, &file)?;
    let bytes = fs::read(&file).map_err(|source| format!("the first store was not read: {source}"))?;
    fs::remove_file(&file).map_err(|source| format!("the first store was not cleared away: {source}"))?;
    known.insert(nth, bytes.clone());
    Ok(bytes)
}

fn furnish(nth: usize, file: &Path) -> Result<(), String> {
    let menu = menu::read(MENU).map_err(|flaws| format!("the menu does not read: {flaws:?}"))?;
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
