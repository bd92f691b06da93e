//! Registers, a server, and the wire between them under a virtual clock, from one seed.

use super::server::Server;
use super::vault::Vault;
use crate::domain::Timestamp;
use crate::domain::id::Entropy;
use crate::sync::line::{Call, Line, LineSettings, LineTrouble, News};
use crate::sync::wire::Site;
use http::Response;
use std::collections::BTreeMap;

/// Half past noon.
pub const NOON: i64 = 1_773_491_400_000;

/// What the wire does.
#[derive(Debug, Clone, Copy)]
pub struct Wire {
    pub is_up: bool,
    /// Nothing comes through, and nobody says so.
    pub is_silent: bool,
    /// All but the question for the server's health hangs.
    pub only_health: bool,
    /// Requests whose path has this part in it never arrive.
    pub hangs: Option<&'static str>,
    /// What is longer does not come through in time, in bytes.
    pub bytes_max: Option<usize>,
    /// Of a hundred messages, so many are lost, cut off or doubled.
    pub bad: u64,
    /// Longest way, in milliseconds.
    pub delay_ms: u64,
}

impl Wire {
    pub const GOOD: Wire =
        Wire { is_up: true, is_silent: false, only_health: false, hangs: None, bytes_max: None, bad: 0, delay_ms: 20 };
}

type Reply = Result<Response<Vec<u8>>, LineTrouble>;

enum Parcel {
    Asked { who: usize, call: u64, request: http::Request<Vec<u8>> },
    Told { who: usize, call: u64, reply: Reply },
}

struct Parked {
    who: usize,
    call: u64,
    request: http::Request<Vec<u8>>,
    until: i64,
}

pub struct Register {
    pub line: Line,
    pub vault: Vault,
    dice: Entropy,
    pub news: Vec<News>,
    pub faults: u32,
    /// How far its clock is off.
    pub skew_ms: i64,
    /// What its clock showed last.
    seen: Timestamp,
}

pub struct World {
    pub registers: Vec<Register>,
    pub server: Server,
    pub wire: Wire,
    pub now: i64,
    pub calls: usize,
    parcels: BTreeMap<(i64, u64), Parcel>,
    parked: Vec<Parked>,
    serial: u64,
    seed: u64,
    rounds: u32,
}

/// xorshift64*.
pub fn roll(seed: &mut u64, below: u64) -> u64 {
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    (seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % below
}

pub fn settings(nth: usize) -> LineSettings {
    LineSettings {
        site: Site::comanda("").unwrap(),
        register_id: format!("T{nth}").as_str().into(),
        location_id: "L1".into(),
        secret: None,
        store_id: format!("store{nth}"),
        epoch: 1,
    }
}

impl World {
    pub fn new(registers: usize, seed: u64) -> World {
        World::of((0..registers).map(settings).collect(), seed)
    }

    pub fn of(settings: Vec<LineSettings>, seed: u64) -> World {
        let register = |(nth, settings): (usize, LineSettings)| {
            let mut own = seed.wrapping_add(u64::try_from(nth).unwrap()).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let fill = move |bytes: &mut [u8]| bytes.fill_with(|| u8::try_from(roll(&mut own, 256)).unwrap());
            Register {
                line: Line::new(settings),
                vault: Vault::default(),
                dice: Entropy::new(fill),
                news: Vec::new(),
                faults: 0,
                skew_ms: 0,
                seen: Timestamp::utc(NOON),
            }
        };
        World {
            registers: settings.into_iter().enumerate().map(register).collect(),
            server: Server::default(),
            wire: Wire::GOOD,
            now: 0,
            calls: 0,
            parcels: BTreeMap::new(),
            parked: Vec::new(),
            serial: 0,
            seed: seed | 1,
            rounds: 0,
        }
    }

    pub fn roll(&mut self, below: u64) -> u64 {
        roll(&mut self.seed, below)
    }

    pub fn at(&self, who: usize) -> Timestamp {
        Timestamp::utc(NOON + self.now + self.registers[who].skew_ms)
    }

    /// A register is started anew: its line forgets everything, its vault nothing.
    pub fn restart(&mut self, who: usize, settings: LineSettings) {
        self.registers[who].line = Line::new(settings);
        let calls = |parcel: &Parcel| matches!(parcel, Parcel::Told { who: it, .. } if *it == who);
        self.parcels.retain(|_, parcel| !calls(parcel));
        self.parked.retain(|parked| parked.who != who);
        self.parcels.retain(|_, parcel| !matches!(parcel, Parcel::Asked { who: it, .. } if *it == who));
    }

    /// Something was written at a register.
    pub fn changed(&mut self, who: usize) {
        self.registers[who].line.changed();
    }

    /// Lets time pass.
    pub fn advance(&mut self, millis: i64) {
        let end = self.now + millis;
        loop {
            self.step();
            let wakes = (0..self.registers.len()).filter_map(|who| {
                let wakes = self.registers[who].line.wakes_at()?;
                Some(wakes.unix_ms - NOON - self.registers[who].skew_ms)
            });
            let parcel = self.parcels.keys().next().map(|(at, _)| *at);
            let parked = self.parked.iter().map(|parked| parked.until).min();
            let next = wakes.chain(parcel).chain(parked).min().unwrap_or(end).max(self.now);
            if next > end {
                break;
            }
            self.now = next;
            self.rounds += 1;
            assert!(self.rounds < 200_000, "the world is busy doing nothing");
            self.deliver();
        }
        self.now = end;
    }

    fn step(&mut self) {
        for who in 0..self.registers.len() {
            let now = self.at(who);
            let register = &mut self.registers[who];
            // Whoever holds a line steps when the clock was set back, too.
            let was_set_back = now < std::mem::replace(&mut register.seen, now);
            if !was_set_back && register.line.wakes_at().is_none_or(|at| at > now) {
                continue;
            }
            let (calls, fault) = register.line.step(now, &mut register.vault, &mut register.dice);
            register.faults += u32::from(fault.is_some());
            let news = register.line.take_news();
            register.news.extend(news);
            self.calls += calls.len();
            for call in calls {
                self.send(who, call);
            }
        }
    }

    fn post(&mut self, parcel: Parcel) {
        let delay = 1 + i64::try_from(self.roll(self.wire.delay_ms.max(1))).unwrap();
        self.serial += 1;
        self.parcels.insert((self.now + delay, self.serial), parcel);
    }

    fn is_bad(&mut self) -> bool {
        self.wire.bad > 0 && self.roll(100) < self.wire.bad
    }

    fn send(&mut self, who: usize, call: Call) {
        let Call { id: call, request, .. } = call;
        if !self.wire.is_up {
            return self.post(Parcel::Told { who, call, reply: Err(LineTrouble::Unreachable("no route".into())) });
        }
        let path = request.uri().path();
        let hangs = (self.wire.only_health && !path.ends_with("/health"))
            || self.wire.hangs.is_some_and(|part| path.contains(part));
        let is_too_long = self.wire.bytes_max.is_some_and(|max| request.body().len() > max);
        if self.wire.is_silent || hangs || is_too_long || self.is_bad() {
            return;
        }
        if self.is_bad() {
            self.post(Parcel::Asked { who, call, request: request.clone() });
        }
        self.post(Parcel::Asked { who, call, request });
    }

    fn tell(&mut self, who: usize, call: u64, response: Response<Vec<u8>>) {
        if self.wire.is_silent || !self.wire.is_up {
            return;
        }
        if self.is_bad() {
            if self.roll(2) == 0 {
                let reply = Err(LineTrouble::CutOff("reset".into()));
                self.post(Parcel::Told { who, call, reply });
            }
            return;
        }
        if self.is_bad() {
            self.post(Parcel::Told { who, call, reply: Ok(response.clone()) });
        }
        self.post(Parcel::Told { who, call, reply: Ok(response) });
    }

    fn deliver(&mut self) {
        while let Some(entry) = self.parcels.first_entry().filter(|entry| entry.key().0 <= self.now) {
            match entry.remove() {
                Parcel::Asked { who, call, request } => {
                    match self.server.answer(&request, Timestamp::utc(NOON + self.now), true) {
                        Some(response) => self.tell(who, call, response),
                        None => {
                            let query = request.uri().query().unwrap_or_default();
                            let timeout = query.split_once("timeout=").unwrap().1.parse::<i64>().unwrap();
                            self.parked.push(Parked { who, call, request, until: self.now + timeout });
                        }
                    }
                }
                Parcel::Told { who, call, reply } => {
                    let now = self.at(who);
                    let register = &mut self.registers[who];
                    let fault = register.line.answered(now, &mut register.vault, &mut register.dice, call, reply);
                    register.faults += u32::from(fault.is_some());
                }
            }
            self.wake_parked();
        }
        self.wake_parked();
    }

    fn wake_parked(&mut self) {
        for parked in std::mem::take(&mut self.parked) {
            let may_wait = parked.until > self.now;
            match self.server.answer(&parked.request, Timestamp::utc(NOON + self.now), may_wait) {
                Some(response) => self.tell(parked.who, parked.call, response),
                // Nobody waits for it so long.
                None if parked.until + 60_000 < self.now => {}
                None => self.parked.push(Parked { until: parked.until.max(self.now + 1_000), ..parked }),
            }
        }
    }
}
