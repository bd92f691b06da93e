//! What the tests of this room start from: a directory, a key, dice, an order.

use super::{Durability, Fault, Key, Store, Tx};
use crate::document::customer::CustomerContext;
use crate::document::order::OrderContext;
use crate::document::payment::PaymentContext;
use crate::document::{Database, Grafted, History, Revision, Version};
use crate::domain::order::Header;
use crate::domain::tax::{LineTax, TaxRate};
use crate::domain::{
    BusinessDate, Contact, Currency, Customer, CustomerId, Entropy, Line, LineId, LineState, LocalNumber, LocationId,
    Money, Order, OrderId, OrderType, Payment, PaymentId, RegisterId, Tender, Timestamp,
};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

thread_local! {
    static STATEMENTS: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// Remembers a statement that was prepared on this thread.
pub(super) fn note(sql: &str) {
    STATEMENTS.with_borrow_mut(|all| all.insert(sql.to_owned()));
}

/// Forgets the statements that were prepared on this thread.
pub(super) fn forget_statements() {
    STATEMENTS.with_borrow_mut(BTreeSet::clear);
}

/// Every statement that was prepared on this thread.
pub(super) fn statements() -> Vec<String> {
    STATEMENTS.with_borrow(|all| all.iter().cloned().collect())
}

pub(super) const NOW: i64 = 1_773_491_400_000;

pub(super) fn now() -> Timestamp {
    Timestamp { unix_ms: NOW, offset_min: 60 }
}

pub(super) fn key() -> Key {
    Key::new([7; 32])
}

/// A directory with a place for a store in it.
pub(super) struct Place {
    directory: tempfile::TempDir,
    /// Where the store goes.
    pub(super) path: PathBuf,
    dice: RefCell<Entropy>,
}

impl Place {
    pub(super) fn new() -> Place {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("comanda?50%.db");
        let mut last = 0_u8;
        let dice = Entropy::new(move |bytes| {
            bytes.fill_with(|| {
                last = last.wrapping_mul(5).wrapping_add(17);
                last
            });
            last = last.wrapping_add(1);
        });
        Place { directory, path, dice: RefCell::new(dice) }
    }

    /// A place and a fresh store in it.
    pub(super) fn with_store() -> (Place, Store) {
        let place = Place::new();
        let store = Store::create(&place.path, Some(&key()), &mut place.dice.borrow_mut()).unwrap();
        (place, store)
    }

    pub(super) fn open(&self) -> Store {
        Store::open(&self.path, Some(&key())).unwrap()
    }

    pub(super) fn dice(&self) -> std::cell::RefMut<'_, Entropy> {
        self.dice.borrow_mut()
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Every file and its bytes.
    pub(super) fn bytes(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files(self.directory.path()).into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    }

    /// What `kill -9` leaves of an open store: file, log and the log's index as they are, in another place.
    pub(super) fn after_crash(&self) -> Place {
        let other = Place::new();
        for from in &files(self.directory.path()) {
            std::fs::copy(from, other.file(&from.file_name().unwrap().to_string_lossy())).unwrap();
        }
        other
    }

    pub(super) fn order(&self, number: u32) -> Order {
        let register = RegisterId::from("T1");
        Order {
            order_id: OrderId::fresh(now().plus_millis(i64::from(number)), &mut self.dice()),
            local_number: LocalNumber::new(&register, 1, number),
            register_id: register,
            business_date: BusinessDate::of(now(), 240),
            opened_by: "Ana".into(),
            created_at: now(),
            updated_at: now(),
            header: Header::new(OrderType::DineIn),
            lines: Vec::new(),
            cancelled: false,
        }
    }

    pub(super) fn line(&self, name: &str, price: i64) -> Line {
        let tax = LineTax { tax_id: "t".into(), name: "VAT".into(), rate: TaxRate(1000), included: true };
        Line {
            line_id: LineId::fresh(now(), &mut self.dice()),
            item_id: name.into(),
            name: name.into(),
            quantity: 1,
            unit_price: Money(price),
            taxes: OrderType::ALL.map(|order_type| (order_type, tax.clone())).into(),
            modifiers: Vec::new(),
            note: None,
            course: 1,
            station: "kitchen".into(),
            state: LineState::Draft,
            void_reason: None,
        }
    }

    pub(super) fn payment(&self, order: &Order, amount: i64) -> Payment {
        Payment {
            payment_id: PaymentId::fresh(now(), &mut self.dice()),
            order_id: order.order_id,
            tender: Tender::Card,
            amount: Money(amount),
            tendered: Money(amount),
            change: Money::ZERO,
            tip: Money::ZERO,
            rounding: Money::ZERO,
            reference: None,
            created_at: now(),
            amends: None,
        }
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}

/// A revision as it comes from outside: an edit of another one, or a document's first.
pub(super) fn version(parent: Option<&Version>, deleted: bool, body: &Value) -> Version {
    let rev = Revision::child_of(parent.map(Version::revision), deleted, body);
    let history = match parent {
        Some(parent) => parent.history.child(rev, 1000),
        None => History::of(rev),
    };
    let doc_id = body["_id"].as_str().unwrap().to_owned();
    Version { doc_id, history, deleted, body: body.clone() }
}

/// The body of an order as another register writes it: sent, every line of it.
pub(super) fn body_elsewhere(order: &Order, former: Option<&Value>) -> Value {
    let mut order = order.clone();
    order.register_id = "T2".into();
    for line in order.lines.iter_mut().filter(|line| line.state == LineState::Draft) {
        line.state = LineState::Sent;
    }
    let (location_id, edited_by) = (LocationId::from("L1"), RegisterId::from("T2"));
    let currency = Currency::of("EUR").unwrap();
    let context = OrderContext { location_id: &location_id, currency, paid: &[], offline: true, edited_by: &edited_by };
    crate::document::order::to_body(&order, &context, former)
}

/// The body of a payment as another register writes it.
pub(super) fn payment_elsewhere(payment: &Payment) -> Value {
    let (location_id, register_id) = (LocationId::from("L1"), RegisterId::from("T2"));
    crate::document::payment::to_body(payment, &PaymentContext { location_id: &location_id, register_id: &register_id })
}

/// Takes a revision that came from outside.
pub(super) fn take(store: &mut Store, version: &Version, known_to_server: bool) -> Grafted {
    let database = if version.doc_id.starts_with("customer_") { Database::Customers } else { Database::Orders };
    store.write(Durability::Draft, |tx| tx.put_version(database, version, known_to_server, now())).unwrap()
}

/// Writes a customer down.
pub(super) fn put_customer(place: &Place, store: &mut Store, name: &str, phone: &str) -> Customer {
    let contact = Contact { name: name.into(), phone: Some(phone.into()), ..Contact::default() };
    let customer_id = CustomerId::fresh(now(), &mut place.dice());
    let customer = Customer { customer_id, contact, created_at: now(), updated_at: now() };
    let (location_id, edited_by) = (LocationId::from("L1"), RegisterId::from("T1"));
    let context = CustomerContext { location_id: &location_id, edited_by: &edited_by };
    store.write(Durability::Draft, |tx| tx.put_customer(&customer, &context, now())).unwrap();
    customer
}

/// Writes a draft step.
pub(super) fn save(store: &mut Store, order: &Order) {
    store.write(Durability::Draft, |tx| tx.save_draft(order)).unwrap();
}

/// Sends all of an order.
pub(super) fn send(store: &mut Store, order: &mut Order) {
    for line in order.lines.iter_mut().filter(|line| line.state == LineState::Draft) {
        line.state = LineState::Sent;
    }
    store
        .write(Durability::Synced, |tx| {
            put(tx, order)?;
            tx.drop_draft(order.order_id)
        })
        .unwrap();
}

/// Writes the next revision of an order.
pub(super) fn put(tx: &Tx<'_>, order: &Order) -> Result<(), Fault> {
    let paid = tx.payments(order.order_id)?;
    let (location_id, edited_by) = (LocationId::from("L1"), RegisterId::from("T1"));
    let currency = Currency::of("EUR").unwrap();
    let context =
        OrderContext { location_id: &location_id, currency, paid: &paid, offline: true, edited_by: &edited_by };
    tx.put_order(order, &context, now())
}

/// Writes a payment.
pub(super) fn pay(store: &mut Store, payment: &Payment) -> Result<(), Fault> {
    let (location_id, register_id) = (LocationId::from("L1"), RegisterId::from("T1"));
    let context = PaymentContext { location_id: &location_id, register_id: &register_id };
    store.write(Durability::Synced, |tx| tx.put_payment(payment, &context))
}
