//! Exactly once, on real sockets: registers and their server, as they are shipped, with a proxy between them that
//! loses, doubles, delays and cuts, while all of them are killed -9 and started again. After each storm there is peace;
//! then what every register holds on its disk must be in the books, each thing once, and nothing else.

use crate::premises::{CALM, Register, Server, differences};
use crate::proxy::{Dice, Proxy, Weather};
use crate::pty::{TENDER_HEARS, let_pass};
use comanda::runtime::clock;
use comanda::runtime::paths::environment;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// How many storms, and how many rounds each of them has: in each somebody sells, and most end with a kill.
const STORMS: u64 = 8;
const ROUNDS: u64 = 13;
/// Longest time between the last key and a kill, in microseconds.
const DELAY_MAX_US: u64 = 60_000;
/// Of a thousand submissions, and of a thousand other exchanges, so many do not simply pass.
const STORM: Weather = Weather::Storm(550, 250);
/// The dice, unless COMANDA_STORM_SEED says others.
const SEED: u64 = 5;

/// How far a round goes before somebody is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    AfterSend,
    AfterPay,
    AtTheEnd,
}

/// Who is killed in a round, and when.
#[derive(Debug, Clone, Copy)]
struct Strike {
    moment: Moment,
    kills_server: bool,
    kills_register: bool,
}

/// Keys as a terminal sends them: F8, F2, F3, F4.
const HOLD: &str = "\x1b[19~";
const OPEN_ORDERS: &str = "\x1bOQ";
const SEND: &str = "\x1bOR";
const PAY: &str = "\x1bOS";

struct Evening {
    /// One, or several of one database: what a register asks goes to each in turn.
    servers: Vec<Server>,
    proxy: Proxy,
    registers: Vec<Register>,
    dice: Dice,
    /// For so many rounds more the server that was killed stays down.
    stays_down: u64,
}

impl Evening {
    fn begin(seed: u64, servers: Vec<Server>) -> Evening {
        let proxy = Proxy::before(servers[0].address, seed ^ 0x0b5e_55ed);
        let made = |name| Register::enrolled(name, &proxy.url(), &servers[0]);
        let registers = vec![made("T1"), made("T2")];
        let mut evening = Evening { servers, proxy, registers, dice: Dice(seed), stays_down: 0 };
        evening.start_servers();
        evening.registers.iter_mut().for_each(Register::opens);
        evening
    }

    fn all_run(&self) -> bool {
        self.servers.iter().all(Server::runs)
    }

    /// Starts those that were killed.
    fn start_servers(&mut self) {
        self.servers.iter_mut().filter(|server| !server.runs()).for_each(Server::start);
        self.proxy.has_servers_at(&self.servers.iter().map(|server| server.address).collect::<Vec<_>>());
    }

    /// One register sells, pays or adds to what is open, and somebody may die of it.
    fn round(&mut self) {
        if !self.all_run() {
            match self.stays_down {
                0 => self.start_servers(),
                _ => self.stays_down -= 1,
            }
        }
        let nth = self.dice.below(self.registers.len() as u64) as usize;
        let (kills_server, kills_register) = match self.dice.below(100) {
            0..25 => (true, false),
            25..55 => (false, true),
            55..65 => (true, true),
            _ => (false, false),
        };
        let moments = [Moment::AfterSend, Moment::AfterPay, Moment::AfterPay, Moment::AtTheEnd];
        let strike = Strike { moment: moments[self.dice.below(4) as usize], kills_server, kills_register };
        self.sells(nth, strike);
        if !self.registers[nth].is_open() {
            self.registers[nth].opens();
        }
    }

    /// Kills whoever is to be killed at this moment; says whether the register was.
    fn strikes(&mut self, nth: usize, strike: Strike, moment: Moment) -> bool {
        if strike.moment != moment {
            return false;
        }
        if strike.kills_server || strike.kills_register {
            let_pass(Duration::from_micros(self.dice.below(DELAY_MAX_US)));
        }
        if strike.kills_server && self.all_run() {
            let which = if self.servers.len() == 1 { 0 } else { self.dice.below(self.servers.len() as u64) as usize };
            self.servers[which].kill();
            self.stays_down = [0, 0, 1, 2][self.dice.below(4) as usize];
        }
        if strike.kills_register {
            self.registers[nth].kill();
        }
        strike.kills_register
    }

    /// Sells, and somebody may be killed before what the last key led to is seen.
    fn sells(&mut self, nth: usize, strike: Strike) {
        let (adds, items, pays) = (self.dice.below(4) == 0, 1 + self.dice.below(3), self.dice.below(100) < 70);
        let till = self.registers[nth].till();
        let has = |rows: &[String], text: &str| rows.iter().any(|row| row.contains(text));
        // Whatever a kill left half entered is put aside, and what was said of it is off the screen.
        till.types(HOLD);
        till.wait_for_text("─ New order ─");
        if adds {
            till.types(OPEN_ORDERS);
            let rows = till.wait_for_text("Enter Recall");
            let is_empty = rows.iter().any(|row| row.contains("None here"));
            till.types(if is_empty { "\x1b" } else { "\r" });
            till.wait_for_text("F3 Send");
        }
        for _ in 0..items {
            till.types(["A", "B", "I", "J"][self.dice.below(4) as usize]);
        }
        till.types(SEND);
        if self.strikes(nth, strike, Moment::AfterSend) {
            return;
        }
        self.registers[nth].till().wait_for_text("Everything is sent");
        if pays {
            let till = self.registers[nth].till();
            till.types(PAY);
            // Where the other register took the guest's money a moment before, this one says so instead, at any point.
            let is_asked =
                |rows: &[String]| ["Exact cash", " PAID ON ", " is paid: start"].iter().any(|it| has(rows, it));
            if has(&till.wait_for("a tender, or that nothing is owed", is_asked), " is paid: start") {
                return;
            }
            // A tender is deaf for a moment after it opened: that is a time, not a state.
            let_pass(TENDER_HEARS);
            till.types("\r");
            if self.strikes(nth, strike, Moment::AfterPay) {
                return;
            }
            let till = self.registers[nth].till();
            let is_paid_here = |rows: &[String]| has(rows, " paid, change");
            let is_paid = |rows: &[String]| is_paid_here(rows) || has(rows, " is paid: ");
            let rows = till.wait_for("an order that is paid", is_paid);
            till.types(if is_paid_here(&rows) { "\r" } else { "\x1b" });
            till.wait_for("an order to enter", |rows| rows.iter().any(|row| row.contains("F3 Send")));
        }
        self.strikes(nth, strike, Moment::AtTheEnd);
    }

    /// The line is whole, everybody is up, and all is said.
    fn peace(&mut self, restarts: bool) {
        self.proxy.has_weather(Weather::Fair);
        self.proxy.hush();
        if !self.all_run() {
            self.start_servers();
        }
        for register in &mut self.registers {
            if restarts {
                register.kill();
                register.opens();
            }
            register.says("All changes synced");
        }
    }

    /// Holds the registers against the books. What one register did to another's order may still be on its way there:
    /// the books have it already, and the other will.
    fn check(&self, what: &str) -> usize {
        let deadline = clock::instant() + CALM;
        let (told, books) = loop {
            let mut told: Vec<String> = self.registers.iter().flat_map(Register::books).collect();
            told.sort();
            let books = self.servers[0].books();
            if told == books || clock::instant() > deadline {
                break (told, books);
            }
            let_pass(Duration::from_millis(50));
        };
        let log = || format!("{what}\nthe proxy's last exchanges:\n{}", self.proxy.log(300));
        assert!(told == books, "not the same:\n{}{}", differences(&told, &books), log());
        let id_of = |number: &str| {
            let order = books.iter().find(|line| line.starts_with("order ") && line.contains(&format!(" {number} ")));
            order.and_then(|line| line.split(' ').nth(1)).unwrap_or_else(|| panic!("{number} is not there\n{}", log()))
        };
        for register in &self.registers {
            assert!(register.told_sent.iter().all(|number| id_of(number).starts_with("order_")));
            for number in &register.told_paid {
                let payment = format!(" of {}: ", id_of(number));
                let is_there = books.iter().any(|line| line.starts_with("payment ") && line.contains(&payment));
                assert!(is_there, "the screen said that {number} is paid\n{}", log());
            }
        }
        let (count, last) = self.servers[0].numbers();
        let orders = books.iter().filter(|line| line.starts_with("order ")).count();
        assert_eq!((count as usize, last), (orders, count), "no order number was taken twice, none was lost: {what}");
        books.len()
    }

    /// What each register says of every order, until all say the same.
    fn agree(&mut self) {
        let says = |register: &Register| -> BTreeMap<String, Value> {
            let reader = register.reader();
            let orders = register.orders().into_iter().filter(|(_, order, _)| order.was_sent());
            let body = |id: String| reader.document_body(&id).unwrap().map(|body| (id, body));
            orders.filter_map(|(_, order, _)| body(order.order_id.to_string())).collect()
        };
        let deadline = clock::instant() + CALM;
        loop {
            let all: Vec<_> = self.registers.iter().map(says).collect();
            if all.windows(2).all(|two| two[0] == two[1]) {
                return;
            }
            assert!(clock::instant() < deadline, "the registers do not agree: {all:#?}\n{}", self.proxy.log(300));
            let_pass(Duration::from_millis(100));
        }
    }
}

#[test]
fn what_is_sold_is_in_the_books_exactly_once_whatever_the_line_loses_and_whoever_is_killed() {
    let named = environment("COMANDA_STORM_SEED").map(|seed| seed.to_str().unwrap().parse().unwrap());
    let seed = named.unwrap_or(SEED);
    let folder = tempfile::tempdir().unwrap();
    let began = clock::instant();
    let mut evening = Evening::begin(seed, vec![Server::open(folder.path())]);
    let mut facts = 0;
    for storm in 0..STORMS {
        evening.proxy.has_weather(STORM);
        for _ in 0..ROUNDS {
            evening.round();
        }
        evening.peace(storm % 2 == 0);
        facts = evening.check(&format!("seed {seed}, after storm {storm}"));
    }
    evening.agree();
    let told_paid: usize = evening.registers.iter().map(|it| it.told_paid.len()).sum();
    assert!(told_paid >= 20, "only {told_paid} orders were paid before somebody's eyes");
    let tally = evening.proxy.tally();
    let (dead_registers, dead_servers) =
        (evening.registers.iter().map(|it| it.kills).sum::<usize>(), evening.servers[0].kills);
    println!(
        "seed {seed}: {} rounds in {:?}; {dead_registers} kills of registers, {dead_servers} of the server; {facts} \
         facts in the books; exchanges: {tally:?}",
        STORMS * ROUNDS,
        began.elapsed(),
    );
    let met = |name: &str| tally.get(name).copied().unwrap_or(0);
    for (name, least) in
        [("reply lost", 20), ("request lost", 10), ("reply cut", 10), ("doubled", 5), ("doubled at once", 5)]
    {
        assert!(met(name) >= least, "the dice made it worth while: {name} {}", met(name));
    }
    assert!(dead_registers >= 20 && dead_servers >= 10, "{dead_registers}, {dead_servers}");
}

#[cfg(feature = "postgres")]
#[test]
fn what_is_sold_is_in_the_books_once_whichever_of_two_servers_was_asked_and_one_of_them_killed() {
    let house = crate::shared_central::House::open();
    sold_once_at(vec![house.serve("one"), house.serve("two")]);
}

#[cfg(feature = "sqlserver")]
#[test]
fn the_same_over_sql_server_where_one_is_named() {
    let Some(house) = crate::shared_central::House::in_sql_server() else { return };
    sold_once_at(vec![house.serve("one"), house.serve("two")]);
}

/// Sells at servers that share a database, which are killed by turns.
#[cfg(any(feature = "postgres", feature = "sqlserver"))]
fn sold_once_at(servers: Vec<Server>) {
    const STORMS: u64 = 3;
    let mut evening = Evening::begin(SEED, servers);
    let mut facts = 0;
    for storm in 0..STORMS {
        evening.proxy.has_weather(Weather::Storm(200, 100));
        for _ in 0..ROUNDS {
            evening.round();
        }
        evening.peace(false);
        facts = evening.check(&format!("after storm {storm}"));
    }
    evening.agree();
    let kills: Vec<usize> = evening.servers.iter().map(|it| it.kills).collect();
    println!("{facts} facts in the books; kills of the servers: {kills:?}; exchanges: {:?}", evening.proxy.tally());
    assert!(kills.iter().all(|kills| *kills > 0), "each of them was killed: {kills:?}");
}
