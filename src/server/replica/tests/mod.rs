//! The server's decisions, over every central database.

mod abuse;
mod acceptance;
mod editing;
mod growth;
mod menu;
mod model;
mod replication;

use super::{Replica, Settings};
use crate::document::order::{OrderContext, to_body};
use crate::document::payment::PaymentContext;
use crate::document::{Database, History, Revision, Version, payment};
use crate::domain::menu::fixtures;
use crate::domain::order::Header;
use crate::domain::{
    BusinessDate, Currency, Entropy, Line, LineId, LineState, LocalNumber, LocationId, Menu, Money, Order, OrderId,
    OrderType, Payment, PaymentId, Tender, Timestamp,
};
use crate::server::central::conformance::{Lasting, fresh, on_each_central, wait};
use crate::server::{CentralDatabase, Role, Scope};
use crate::sync::wire::{Answer, Change, OrderAccepted, Problem, Request, Site};
use crate::sync::wire::{client, server};
use serde_json::{Value, json};

on_each_central! {
    futures_travel_between_threads,
}

/// Dice that fall the same every time, and never twice alike.
pub(in crate::server) fn dice(seed: u64) -> Entropy {
    let mut count = seed << 32;
    Entropy::new(move |bytes| {
        count += 1;
        let number = count.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        for (nth, byte) in bytes.iter_mut().enumerate() {
            *byte = number[nth % 8] ^ u8::try_from(nth).unwrap();
        }
    })
}

pub(in crate::server) fn now() -> Timestamp {
    Timestamp::from_rfc3339("2026-03-14T19:05:06.789+01:00").unwrap()
}

/// A server with one location and its menu.
struct World {
    replica: Replica<CentralDatabase>,
    dice: Entropy,
    now: Timestamp,
}

fn scope(location: &str, role: Role) -> Scope {
    Scope { location_id: location.into(), role }
}

fn register(name: &str) -> Scope {
    scope("L1", Role::Register(name.into()))
}

fn admin() -> Scope {
    scope("L1", Role::Admin)
}

impl World {
    fn without_menu() -> World {
        let mut dice = dice(1);
        World { replica: Replica::new(fresh(&mut dice), Settings::default()), dice, now: now() }
    }

    fn new() -> World {
        let mut world = World::without_menu();
        world.import(&Menu::assemble(fixtures::parts()).unwrap());
        world
    }

    fn import(&mut self, menu: &Menu) -> super::ImportedMenu {
        wait(self.replica.import_menu(&admin(), menu, self.now, &mut self.dice)).unwrap()
    }

    fn ask(&mut self, scope: &Scope, request: Request) -> Result<Answer, Problem> {
        self.now = self.now.plus_millis(1);
        // A register also asks for what nobody has: that goes out with the question, and not on with the answer.
        let is_diff = matches!(request, Request::RevsDiff { .. });
        let came = if is_diff {
            server::read(&client::write(&request, &Site::comanda("").unwrap(), None))?
        } else {
            request.clone()
        };
        let answer = wait(self.replica.answer(scope, &came, self.now, &mut self.dice))?;
        let heard = client::read(&request, &server::write(&came, &Ok(answer.clone()))).unwrap();
        assert!(is_diff || heard == answer, "it travels as it is: {heard:?}, {answer:?}");
        Ok(heard)
    }

    fn submit(&mut self, body: &Value) -> Result<OrderAccepted, Problem> {
        match self.ask(&register("T1"), Request::SubmitOrder { body: body.clone() })? {
            Answer::OrderAccepted(accepted) => Ok(accepted),
            other => panic!("{other:?}"),
        }
    }

    fn pay(&mut self, body: &Value) -> Result<crate::sync::wire::PaymentAccepted, Problem> {
        match self.ask(&register("T1"), Request::SubmitPayment { body: body.clone() })? {
            Answer::PaymentAccepted(accepted) => Ok(accepted),
            other => panic!("{other:?}"),
        }
    }

    /// Pushes revisions; answers with what was refused: error and reason.
    fn push(&mut self, scope: &Scope, database: Database, documents: &[Version]) -> Vec<(String, String)> {
        match self.ask(scope, Request::BulkDocs { database, documents: documents.to_vec() }) {
            Ok(Answer::Taken { refused }) => refused.into_iter().map(|it| (it.error, it.reason)).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn changes(&mut self, scope: &Scope, database: Database, since: Option<&str>) -> (Vec<Change>, String) {
        let since = since.map(str::to_owned);
        match self.ask(scope, Request::Changes { database, since, limit: 1000, wait_ms: None }) {
            Ok(Answer::Changes(changes)) => (changes.rows, changes.last_seq),
            other => panic!("{other:?}"),
        }
    }

    /// All leaves of a document.
    fn leaves(&mut self, scope: &Scope, database: Database, doc_id: &str) -> Vec<Version> {
        match self.ask(scope, Request::BulkGet { database, wanted: vec![(doc_id.into(), Vec::new())] }) {
            Ok(Answer::Documents { found, .. }) => found,
            other => panic!("{other:?}"),
        }
    }

    /// What an accountant's query counts: all of it but its first word.
    fn count(&self, query: &str) -> i64 {
        self.replica.central().count(query)
    }

    /// The same, for a word.
    fn word(&self, query: &str) -> String {
        self.replica.central().word(query)
    }
}

/// An order of register T1 with one line for each of these states, as its document.
pub(in crate::server) fn order(nth: u8, states: &[LineState]) -> Order {
    let menu = Menu::assemble(fixtures::parts()).unwrap();
    let item = menu.item(&"soup".into()).unwrap();
    let mut dice = dice(100 + u64::from(nth));
    let order_id = OrderId::fresh(now(), &mut dice);
    let mut line = |&state: &LineState| Line {
        line_id: LineId::fresh(now(), &mut dice),
        item_id: item.item_id.clone(),
        name: item.name.clone(),
        quantity: 2,
        unit_price: item.price,
        taxes: OrderType::ALL.map(|it| (it, menu.tax_of(item, it))).into(),
        modifiers: Vec::new(),
        note: None,
        course: 1,
        station: menu.station_of(item),
        state,
        void_reason: (state == LineState::Voided).then(|| "dropped".into()),
    };
    Order {
        order_id,
        local_number: LocalNumber(format!("T1-{nth:04}")),
        register_id: "T1".into(),
        business_date: BusinessDate::of(now(), 240),
        opened_by: "Ann".into(),
        created_at: now(),
        updated_at: now(),
        header: Header::new(OrderType::DineIn),
        lines: states.iter().map(&mut line).collect(),
        cancelled: false,
    }
}

pub(in crate::server) fn body(order: &Order, former: Option<&Value>) -> Value {
    let context = OrderContext {
        location_id: &"L1".into(),
        currency: Currency::of("EUR").unwrap(),
        paid: &[],
        offline: false,
        edited_by: &"T1".into(),
    };
    to_body(order, &context, former)
}

/// A first revision.
pub(in crate::server) fn first(body: &Value) -> Version {
    let doc_id = body["_id"].as_str().unwrap().to_owned();
    let history = History::of(Revision::child_of(None, false, body));
    Version { doc_id, history, deleted: false, body: body.clone() }
}

/// An edit of a revision.
pub(in crate::server) fn child(parent: &Version, body: &Value) -> Version {
    let history = parent.history.child(Revision::child_of(Some(parent.revision()), false, body), 1000);
    Version { history, body: body.clone(), ..parent.clone() }
}

/// What a register freezes in its outbox.
fn submission(version: &Version) -> Value {
    let mut body = version.to_document();
    body["_offline_order"] = json!(true);
    body["_original_order_id"] = json!(version.doc_id);
    body
}

/// A sent order: its first revision, and its submission.
pub(in crate::server) fn sent(nth: u8) -> (Version, Value) {
    let version = first(&body(&order(nth, &[LineState::Sent]), None));
    let submission = submission(&version);
    (version, submission)
}

/// A payment of an order in cash.
pub(in crate::server) fn paid(order: &Version, nth: u8, amount: i64) -> (Version, Value) {
    let payment = Payment {
        payment_id: PaymentId::fresh(now(), &mut dice(200 + u64::from(nth))),
        order_id: OrderId::read(&order.doc_id).unwrap(),
        tender: Tender::Cash,
        amount: Money(amount),
        tendered: Money(amount + 5),
        change: Money(5),
        tip: Money::ZERO,
        rounding: Money::ZERO,
        reference: None,
        created_at: now(),
        amends: None,
    };
    let (location_id, register_id): (LocationId, _) = ("L1".into(), "T1".into());
    let body = payment::to_body(&payment, &PaymentContext { location_id: &location_id, register_id: &register_id });
    let version = first(&body);
    let mut submission = version.to_document();
    submission["_original_payment_id"] = json!(version.doc_id);
    submission["_original_order_id"] = json!(order.doc_id);
    (version, submission)
}

fn futures_travel_between_threads() {
    fn travels<T: Send>(_: &T) {}
    let mut world = World::new();
    let (scope, request) = (register("T1"), Request::Health);
    let future = world.replica.answer(&scope, &request, now(), &mut world.dice);
    travels(&future);
    let Ok(Answer::Healthy(health)) = wait(future) else { panic!("it is well") };
    assert_eq!((health.server.as_str(), health.now), ("comanda", now()));
}
