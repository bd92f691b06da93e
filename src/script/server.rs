//! The server of a scenario: the real one's door and decisions over a central database in memory. What its operator
//! does to it (menus, prices, backups) is done as on the command line.

use super::did_you_mean;
use super::line::{BooksView, OrderView, ServerChange, ServerClock};
use super::network::{Answered, secret};
use super::stage::{Setting, StageFault};
use super::world::menu_of;
use crate::document::{Database, DocumentType, order, payment};
use crate::domain::id::Entropy;
use crate::domain::{LocationId, Menu, Money, Payment, Timestamp};
use crate::runtime::demo;
use crate::runtime::stage::dice;
use crate::server::auth::{self, Keys};
use crate::server::central::{Kept, Place};
use crate::server::{Central, Replica, Role, Scope, Settings, SqliteCentral, at_once};
use crate::sync::wire::{Answer, Problem, Request, server as wire};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::io;

/// How many orders or documents are read at once.
const PAGE: u32 = 500;
/// Added to the scenario's seed, so that the server's dice are none of the network's.
const DICE: u64 = 0x5e_7e_00_00_00_00;

/// A server with its central database.
pub(super) struct Server {
    replica: Replica<SqliteCentral>,
    settings: Settings,
    /// The program runs.
    is_up: bool,
    /// After how many requests more it dies.
    dies_after: Option<u32>,
    /// How much later than it is its clock shows, in milliseconds.
    ahead_ms: i64,
    dice: Entropy,
    /// What it signs tokens with; it has them still when it starts again.
    keys: Keys,
    registers: Vec<String>,
    screens: Vec<String>,
    menu: Menu,
    backup: Option<SqliteCentral>,
}

fn failed(doing: &str, why: impl Display) -> StageFault {
    StageFault::world(doing, io::Error::other(why.to_string()))
}

fn location() -> LocationId {
    demo::house().location_id
}

fn admin() -> Scope {
    Scope { location_id: location(), role: Role::Admin }
}

impl Server {
    /// A server that runs, with the scenario's menu and its registers enrolled.
    pub(super) fn open(setting: &Setting) -> Result<Server, StageFault> {
        let mut dice = dice(setting.seed.wrapping_add(DICE));
        let central = empty(&mut dice)?;
        let keys = Keys::new(&[dice.bytes::<32>()]).map_err(|bad| failed("making keys for tokens", bad))?;
        let mut server = Server {
            replica: Replica::new(central, Settings::default()),
            settings: Settings::default(),
            is_up: true,
            dies_after: None,
            ahead_ms: 0,
            dice,
            keys,
            registers: setting.register_names().map(str::to_owned).collect(),
            screens: setting.screens.iter().map(|(name, _)| name.clone()).collect(),
            menu: menu_of(&setting.menu)?,
            backup: None,
        };
        server.set_up(setting.clock)?;
        Ok(server)
    }

    /// Imports its menu and enrols its registers and screens.
    fn set_up(&mut self, now: Timestamp) -> Result<(), StageFault> {
        self.import(now, self.menu.clone())?;
        let registers = self.registers.iter().map(|name| (name, Role::Register(name.as_str().into())));
        for (name, role) in registers.chain(self.screens.iter().map(|name| (name, Role::Kitchen))) {
            let scope = Scope { location_id: location(), role };
            let enrolled = at_once(self.replica.enrol(&scope, name, &secret(name), now));
            enrolled.map_err(|problem| failed("enrolling the registers", problem))?;
        }
        Ok(())
    }

    fn import(&mut self, now: Timestamp, menu: Menu) -> Result<(), StageFault> {
        let imported = at_once(self.replica.import_menu(&admin(), &menu, now, &mut self.dice));
        imported.map_err(|problem| failed("importing a menu at the server", problem))?;
        self.menu = menu;
        Ok(())
    }

    fn clock(&self, now: Timestamp) -> Timestamp {
        now.plus_millis(self.ahead_ms)
    }

    /// Answers a request; none when it does not run.
    pub(super) fn answers(&mut self, now: Timestamp, asked: &http::Request<Vec<u8>>) -> Option<Answered> {
        if !self.is_up {
            return None;
        }
        let now = self.clock(now);
        let plain = |response| Answered { response, would_wait_ms: None, changed: false };
        let mut answered = match at_once(auth::open(&self.replica, &self.keys, asked, now, &mut self.dice)) {
            Some(response) => plain(response),
            None => match wire::read(asked) {
                Ok(request) => self.answer(now, asked, &request),
                Err(problem) => plain(wire::write_problem(asked, &problem)),
            },
        };
        wire::date(&mut answered.response, now);
        Some(answered)
    }

    fn answer(&mut self, now: Timestamp, asked: &http::Request<Vec<u8>>, request: &Request) -> Answered {
        let answer = self.decides(now, asked, request);
        let would_wait_ms = match (request, &answer) {
            (Request::Changes { wait_ms, .. }, Ok(Answer::Changes(changes))) if changes.rows.is_empty() => *wait_ms,
            _ => None,
        };
        let writes =
            matches!(request, Request::BulkDocs { .. } | Request::SubmitOrder { .. } | Request::SubmitPayment { .. });
        Answered { response: wire::write(request, &answer), would_wait_ms, changed: writes && answer.is_ok() }
    }

    fn decides(
        &mut self,
        now: Timestamp,
        asked: &http::Request<Vec<u8>>,
        request: &Request,
    ) -> Result<Answer, Problem> {
        let scope = if matches!(request, Request::Health) {
            // Whoever asks for its health may be anybody.
            Scope { location_id: location(), role: Role::Kitchen }
        } else {
            at_once(auth::who(&self.replica, &self.keys, asked.headers(), now))?.scope
        };
        at_once(self.replica.answer(&scope, request, now, &mut self.dice))
    }

    /// Counts a request that was carried out; whether that was its last.
    pub(super) fn dies_now(&mut self) -> bool {
        let Some(left) = &mut self.dies_after else { return false };
        *left = left.saturating_sub(1);
        let is_over = *left == 0;
        if is_over {
            (self.is_up, self.dies_after) = (false, None);
        }
        is_over
    }

    /// Does what the script says.
    pub(super) fn change(&mut self, now: Timestamp, change: &ServerChange) -> Result<(), StageFault> {
        match change {
            ServerChange::Down => (self.is_up, self.dies_after) = (false, None),
            ServerChange::Up | ServerChange::Restart => (self.is_up, self.dies_after) = (true, None),
            ServerChange::Dies { requests } => self.dies_after = Some(*requests),
            ServerChange::Menu(path) => {
                let menu = menu_of(&super::stage::MenuChoice::File(path.clone()))?;
                self.import(self.clock(now), menu)?;
            }
            ServerChange::Price { item, price } => {
                let menu = self.priced(item, price)?;
                self.import(self.clock(now), menu)?;
            }
            ServerChange::Clock(ServerClock::Ahead(millis)) => self.ahead_ms = *millis,
            ServerChange::Clock(ServerClock::At(at)) => self.ahead_ms = at.millis_since(now),
            ServerChange::Limit { bytes } => {
                self.settings.document_bytes_max = *bytes;
                self.replica.set(self.settings.clone());
            }
            ServerChange::Revoke(name) => self.revoke(now, name)?,
            ServerChange::Wipe => {
                let central = empty(&mut self.dice)?;
                self.replica = Replica::new(central, self.settings.clone());
                self.set_up(self.clock(now))?;
            }
            ServerChange::Backup => self.backup = Some(self.copy()?),
            ServerChange::Restore => {
                let central =
                    self.backup.take().ok_or_else(|| undoable("write Server backup before Server restore"))?;
                central.renew(&mut self.dice).map_err(|fault| failed("restoring the central database", fault))?;
                self.replica = Replica::new(central, self.settings.clone());
            }
        }
        Ok(())
    }

    /// Its menu with another price of one item.
    fn priced(&self, item: &str, price: &str) -> Result<Menu, StageFault> {
        let mut parts = self.menu.parts().clone();
        let names: Vec<&str> = self.menu.items().iter().map(|it| it.name.as_str()).collect();
        let found = parts.items.iter_mut().find(|it| it.name == item).ok_or_else(|| {
            let right = did_you_mean(item, &names, "it sells");
            undoable(&format!("the server's menu has no {item}; {right}"))
        })?;
        let wrong =
            || undoable(&format!("{price} is no price in {}; write it as 3.50", self.menu.currency().row().code));
        found.price = self.menu.currency().read(price).ok_or_else(wrong)?;
        Menu::assemble(parts).map_err(|flaws| {
            let all: Vec<String> = flaws.iter().map(ToString::to_string).collect();
            undoable(&format!("the menu cannot be sold from with that price: {}", all.join("; ")))
        })
    }

    fn revoke(&mut self, now: Timestamp, name: &str) -> Result<(), StageFault> {
        let known: Vec<String> = self.registers.iter().chain(&self.screens).cloned().collect();
        if !known.iter().any(|it| it == name) {
            return Err(StageFault::NoRegister { name: name.to_owned(), known });
        }
        let revoked = at_once(self.replica.revoke(&location(), name, self.clock(now)));
        revoked.map(drop).map_err(|problem| failed("taking a register's secret back", problem))
    }

    fn copy(&mut self) -> Result<SqliteCentral, StageFault> {
        let copied = self.replica.central().copy_in_memory(&mut self.dice);
        copied.map_err(|fault| failed("backing the central database up", fault))
    }

    /// What the central database says; also while the program does not run.
    pub(super) fn books(&mut self) -> Result<BooksView, StageFault> {
        let unread = |fault: crate::server::Fault| failed("reading the central database", fault);
        let (central, location_id) = (self.replica.central(), location());
        let mut orders = Vec::new();
        let mut after = String::new();
        loop {
            let page = at_once(central.booked_orders(&location_id, &after, PAGE)).map_err(unread)?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.order_id);
            orders.extend(page);
        }
        // Numbers are given in the order of acceptance; they are digits.
        orders.sort_by_key(|it| (it.order_number.len(), it.order_number.clone()));
        let documents = self.documents(Database::Orders)?;
        let ids: Vec<String> = documents.iter().map(|it| it.doc_id.clone()).collect();
        let accepted = at_once(central.acceptances(&location_id, &ids)).map_err(unread)?;
        let accepted: BTreeSet<&str> = accepted.iter().map(|it| it.doc_id.as_str()).collect();
        let bodies = || documents.iter().filter_map(|kept| Some((kept.doc_id.as_str(), kept.live_body()?)));
        let is_payment = |id: &str| DocumentType::of_id(id) == Some(DocumentType::Payment);
        let payments = bodies().filter(|(id, _)| is_payment(id) && accepted.contains(id));
        let payments: Vec<Payment> = payments.filter_map(|(_, body)| payment::from_body(body).ok()).collect();
        let currency = self.menu.currency();
        let total: Money = orders.iter().map(|it| it.total).sum();
        let view = |booked: &crate::server::central::BookedOrder| {
            let body = bodies().find(|(id, _)| *id == booked.doc_id).map(|(_, body)| body);
            let head = vec![
                format!("number: {}", booked.order_number),
                format!("order_status: {}", booked.order_status),
                format!("payment_status: {}", booked.payment_status),
                format!("total: {}", currency.digits(booked.total)),
            ];
            let paid = payments.iter().filter(|it| it.order_id.to_string() == booked.doc_id);
            let paid = paid.map(|it| format!("{}: {} {}", kind(it), it.tender.code(), currency.digits(it.amount)));
            let (local_number, body) = body.map_or_else(Default::default, |body| page_of(body, currency));
            let lines = std::iter::once(local_number.clone()).chain(head).chain(body).chain(paid);
            OrderView {
                lines: usize::try_from(booked.lines).unwrap_or(usize::MAX),
                text: lines.collect::<Vec<_>>().join("\n"),
                local_number,
            }
        };
        Ok(BooksView {
            orders: orders.iter().map(view).collect(),
            payments: payments.len(),
            documents: documents.len(),
            conflicts: self.documents(Database::Audit)?.len(),
            total: currency.digits(total),
        })
    }

    fn documents(&self, database: Database) -> Result<Vec<Kept>, StageFault> {
        let place = Place { location_id: location(), database };
        let mut all: Vec<Kept> = Vec::new();
        loop {
            let after = all.last().map_or("", |kept| kept.doc_id.as_str());
            let page = at_once(self.replica.central().page(&place, after, PAGE));
            let page = page.map_err(|fault| failed("reading the central database", fault))?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }
}

fn undoable(what: &str) -> StageFault {
    StageFault::Undoable(what.to_owned())
}

fn empty(dice: &mut Entropy) -> Result<SqliteCentral, StageFault> {
    SqliteCentral::in_memory(dice).map_err(|fault| failed("making a central database", fault))
}

/// What a payment is called.
fn kind(payment: &Payment) -> &'static str {
    payment.kind().map_or("payment", |kind| kind.code())
}

/// What an order's document says, for people: its number, and one thing a line.
fn page_of(body: &Value, currency: crate::domain::Currency) -> (String, Vec<String>) {
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let number = body.get("local_number").map(shown).unwrap_or_default();
    let mut lines = Vec::new();
    if let Ok(order) = order::from_body(body) {
        for line in &order.lines {
            let reason = line.void_reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
            let total = currency.digits(line.total());
            lines.push(format!("{} {} {total} {}{reason}", line.quantity, line.name, line.state.code()));
        }
    }
    let told = ["local_number", "order_number", "order_status", "payment_status", "_id"];
    for (name, value) in body.as_object().into_iter().flatten() {
        let is_told = told.contains(&name.as_str()) || value.is_object() || value.is_array() || value.is_null();
        if !is_told {
            lines.push(format!("{name}: {}", shown(value)));
        }
    }
    (number, lines)
}
