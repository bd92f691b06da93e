//! The line to the server, whole: the link, the token, and all lanes, each with at most one call under way. Whoever
//! holds it carries calls out, hands answers in, and comes back when it wakes.
//!
//! Nothing is lost when a call is forgotten, an answer comes twice or a write fails: a machine whose round was cut off
//! begins it anew from what the store says.
//!
//! Here is when who may do what. `calls` sends and receives, `rounds` does what a lane's machine wants and tells how it
//! went, `link` hears from every answer whether there is a link.

mod calls;
mod lane;
mod link;
mod news;
mod rounds;
mod settings;
mod state;
#[cfg(test)]
mod tests;
mod token;

pub use lane::LaneName;
pub use news::News;
pub use settings::LineSettings;
pub use state::{Call, Failing, LineState, LineTrouble};

use super::LocalEnd;
use super::limits::{CLOCK_JUMP_MS, HOLD_MS, LOOKS_MAX, ROUND_MS};
use super::monitor::Monitor;
use super::presence::Presence;
use super::replicator::{self, Pull, Push};
use super::step::{Desk, Step};
use super::wire::{Request, Secret};
use crate::document::Database;
use crate::domain::Timestamp;
use crate::domain::id::Entropy;
use crate::domain::planted::{Defect, is_planted};
use http::Response;
use lane::{Flight, Lane, Machine};
use token::TokenKeeper;

/// The line to the server.
#[derive(Debug)]
pub struct Line {
    settings: LineSettings,
    lanes: Vec<Lane>,
    /// Nothing is handed in here.
    only_reads: bool,
    monitor: Monitor,
    probe: Option<Flight>,
    token: TokenKeeper,
    /// What the clock showed last.
    clock: Option<Timestamp>,
    /// The latest that it showed, and the time since.
    latest: Timestamp,
    /// Milliseconds since the start that only grow.
    tick: i64,
    last_call: u64,
    /// Lanes of a higher rank wait until those up to this one are through; none when all may run.
    stage: Option<u8>,
    /// The tick at which they wait no longer.
    stage_until: i64,
    last_success: Option<Timestamp>,
    /// The tick at which the server's time is worth writing down again.
    server_time_at: i64,
    news: Vec<News>,
    /// Timers beside the lanes' own: there are none but for a planted defect.
    beside: Vec<i64>,
}

/// What the line works with for the length of one call to it.
struct Hands<'a, L: LocalEnd> {
    now: Timestamp,
    local: &'a mut L,
    dice: &'a mut Entropy,
    calls: Vec<Call>,
    fault: Option<L::Fault>,
}

impl Line {
    /// A line on which nothing happened yet: the first step begins.
    pub fn new(settings: LineSettings) -> Line {
        let mut names = Vec::new();
        if settings.site.takes_submissions() {
            names.extend([LaneName::Orders, LaneName::Payments, LaneName::Menu]);
        }
        for database in [Database::Orders, Database::Customers, Database::Audit] {
            if !settings.site.has(database) {
                continue;
            }
            names.push(LaneName::Push(database));
            if database != Database::Audit {
                names.push(LaneName::Pull(database));
            }
        }
        if settings.site.has(Database::Orders) {
            names.push(LaneName::Presence);
        }
        let site = settings.site.to_string();
        let lane = |name: LaneName| {
            let ends = (settings.store_id.as_str(), settings.epoch, site.as_str());
            let id = match name {
                LaneName::Token | LaneName::Orders | LaneName::Payments | LaneName::Menu | LaneName::Presence => {
                    String::new()
                }
                LaneName::Push(database) => replicator::id(ends, database, "push"),
                LaneName::Pull(database) => replicator::id(ends, database, "pull"),
            };
            Lane::new(name, Machine::of(name, &id, (&settings.location_id, &settings.register_id)))
        };
        let lanes = names.into_iter().map(lane).collect();
        Line::with(settings, lanes)
    }

    /// A line that only reads, for who may not write at the server: orders are pulled, nothing else goes either way,
    /// and checkpoints are kept here alone.
    pub fn reading(settings: LineSettings) -> Line {
        let ends = (settings.store_id.as_str(), settings.epoch, &*settings.site.to_string());
        let pull = Pull::reading(Database::Orders, replicator::id(ends, Database::Orders, "pull"));
        let lane = Lane::new(LaneName::Pull(Database::Orders), Machine::Pull(pull));
        Line { only_reads: true, ..Line::with(settings, vec![lane]) }
    }

    /// A line between a central database and a CouchDB: documents travel both ways, what only a server has (the menu)
    /// goes there alone, and what only registers write (the audit) comes here alone. Nothing is handed in.
    pub fn bridging(settings: LineSettings) -> Line {
        let site = settings.site.to_string();
        let ends = (settings.store_id.as_str(), settings.epoch, site.as_str());
        let mut lanes = Vec::new();
        for database in [Database::Orders, Database::Customers, Database::Audit, Database::Menu] {
            let (comes, goes) = match database {
                Database::Orders | Database::Customers => (true, true),
                Database::Audit => (true, false),
                Database::Menu => (false, true),
            };
            let is_there = settings.site.has(database);
            if comes && is_there {
                let pull = Pull::new(database, replicator::id(ends, database, "pull"));
                lanes.push(Lane::new(LaneName::Pull(database), Machine::Pull(pull)));
            }
            if goes && is_there {
                let push = Push::new(database, replicator::id(ends, database, "push"));
                lanes.push(Lane::new(LaneName::Push(database), Machine::Push(push)));
            }
        }
        Line::with(settings, lanes)
    }

    /// The same, and it asks for the menu, too.
    #[must_use]
    pub fn with_menu(mut self) -> Line {
        let names = (&self.settings.location_id, &self.settings.register_id);
        self.lanes.push(Lane::new(LaneName::Menu, Machine::of(LaneName::Menu, "", names)));
        self
    }

    fn with(settings: LineSettings, lanes: Vec<Lane>) -> Line {
        Line {
            lanes,
            only_reads: false,
            settings,
            monitor: Monitor::new(),
            probe: None,
            token: TokenKeeper::new(),
            clock: None,
            latest: Timestamp::utc(i64::MIN),
            tick: 0,
            last_call: 0,
            stage: None,
            stage_until: 0,
            last_success: None,
            server_time_at: 0,
            news: Vec::new(),
            beside: Vec::new(),
        }
    }

    /// Does what is due: answers with calls to carry out, and with what went wrong here.
    pub fn step<L: LocalEnd>(
        &mut self,
        now: Timestamp,
        local: &mut L,
        dice: &mut Entropy,
    ) -> (Vec<Call>, Option<L::Fault>) {
        self.observe(now);
        let mut hands = Hands { now, local, dice, calls: Vec::new(), fault: None };
        for call in self.late() {
            self.receive(call, Err(LineTrouble::TimedOut), &mut hands);
        }
        self.ring_beside();
        if self.probe.is_none() && self.monitor.probe_at() <= self.tick {
            self.monitor.probing(self.tick);
            self.probe = Some(self.fly(Request::Health, &mut hands.calls));
        }
        if self.monitor.is_online() {
            self.ask_for_token(&mut hands);
            for nth in 0..self.lanes.len() {
                self.advance();
                if self.may_run(nth) {
                    self.run(nth, &mut hands);
                }
            }
            self.advance();
        }
        (hands.calls, hands.fault)
    }

    /// Takes what came back to a call. What nobody waits for any more is passed over.
    pub fn answered<L: LocalEnd>(
        &mut self,
        now: Timestamp,
        local: &mut L,
        dice: &mut Entropy,
        call: u64,
        reply: Result<Response<Vec<u8>>, LineTrouble>,
    ) -> Option<L::Fault> {
        self.observe(now);
        let mut hands = Hands { now, local, dice, calls: Vec::new(), fault: None };
        self.receive(call, reply, &mut hands);
        hands.fault
    }

    /// Something was written here, and is on the medium: what sends looks again.
    pub fn changed(&mut self) {
        if is_planted(Defect::TimerAddsUp) {
            self.beside.push(self.tick + ROUND_MS);
        }
        let tick = self.tick;
        for lane in &mut self.lanes {
            match lane.name {
                LaneName::Orders | LaneName::Payments | LaneName::Push(_) => lane.nudge(tick),
                LaneName::Token | LaneName::Menu | LaneName::Pull(_) | LaneName::Presence => {}
            }
        }
    }

    /// Says which order is in hand here, by its document: others are told so as long as it is. One that `is_new` was
    /// entered here and is only just sent: nobody else can have it open yet.
    pub fn opens(&mut self, now: Timestamp, order: Option<&str>, is_new: bool) {
        self.observe(now);
        for lane in &mut self.lanes {
            if let Machine::Presence(machine) = &mut lane.machine
                && machine.opens(order, is_new, self.tick)
            {
                lane.look_at = self.tick;
            }
        }
    }

    /// The other registers that have the order in hand that is in hand here, as far as they can be heard.
    pub fn also_open(&self) -> Vec<String> {
        self.presence().map_or_else(Vec::new, |machine| machine.others(self.tick))
    }

    fn presence(&self) -> Option<&Presence> {
        self.lanes
            .iter()
            .find_map(|lane| if let Machine::Presence(machine) = &lane.machine { Some(machine) } else { None })
    }

    /// Somebody asks for everything to be synchronised now.
    pub fn sync_now(&mut self, now: Timestamp) {
        self.observe(now);
        self.monitor.doubt(self.tick);
        self.token.look_at = self.tick;
        for lane in &mut self.lanes {
            lane.look_at = self.tick;
            lane.machine.hurry();
        }
    }

    /// The server knows this register by another secret from now on: what was refused before is asked again at once.
    pub fn enrolled(&mut self, now: Timestamp, secret: &Secret) {
        self.observe(now);
        self.settings.secret = Some(secret.to_string());
        self.token = TokenKeeper::new();
        self.monitor.doubt(self.tick);
        for lane in &mut self.lanes {
            lane.refused_tokens = 0;
            lane.look_at = self.tick;
        }
    }

    /// Lets every checkpoint that lags follow at once, before whoever has the line leaves. A feed that is waited at is
    /// asked again afterwards.
    pub fn note_at_once(&mut self) {
        let tick = self.tick;
        for lane in self.lanes.iter_mut().filter(|lane| lane.machine.lags()) {
            if lane.is_long_polling() {
                lane.forget();
            }
            lane.machine.note_at_once();
            lane.look_at = lane.look_at.min(tick);
        }
    }

    /// Whether no checkpoint lags.
    pub fn is_noted(&self) -> bool {
        self.lanes.iter().all(|lane| !lane.machine.lags())
    }

    /// When [`Line::step`] has something to do; a time that is past means now. When the clock is set, ask again after a
    /// step: it is told by that clock.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        let Some(clock) = self.clock else { return Some(Timestamp::utc(0)) };
        let flights = self.probe.iter().chain(&self.token.flight);
        let flights = flights.chain(self.lanes.iter().filter_map(|lane| lane.flight.as_ref()));
        let mut ticks: Vec<i64> = flights.map(|flight| flight.deadline).chain(self.beside.iter().copied()).collect();
        if self.probe.is_none() {
            ticks.push(self.monitor.probe_at());
        }
        if self.monitor.is_online() {
            if self.lacks_token() {
                ticks.extend(self.token.flight.is_none().then_some(self.token.look_at));
            } else {
                let free = (0..self.lanes.len()).filter(|nth| self.may_run(*nth) && self.lanes[*nth].flight.is_none());
                ticks.extend(free.map(|nth| self.looks_at(nth)));
                ticks.extend(self.stage.map(|_| self.stage_until));
                ticks.extend(self.presence().and_then(|machine| machine.ends_at(self.tick)));
            }
        }
        ticks.into_iter().min().map(|tick| clock.plus_millis(tick.saturating_sub(self.tick).max(0)))
    }

    /// How the line stands.
    pub fn state(&self) -> LineState {
        let clock = self.clock.unwrap_or(self.latest);
        let of = |lane: LaneName, failing: &Option<(i64, String)>| {
            // Told by the clock as it is now: it may have been set since.
            failing.clone().map(|(tick, why)| Failing { lane, since: clock.plus_millis(tick - self.tick), why })
        };
        let offers = |lane: &Lane| if let Machine::Push(push) = &lane.machine { push.is_through() } else { true };
        let lanes = self.lanes.iter().filter_map(|lane| of(lane.name, &lane.failing));
        let feeds = self.lanes.iter().filter(|lane| matches!(lane.name, LaneName::Pull(_)));
        let feeds = feeds.filter_map(|lane| lane.heard_at);
        let flights = self.lanes.iter().filter(|lane| lane.flight.is_some() && !lane.is_long_polling()).count();
        let others = usize::from(self.probe.is_some()) + usize::from(self.token.flight.is_some());
        LineState {
            link: self.monitor.link(),
            failing: of(LaneName::Token, &self.token.failing).into_iter().chain(lanes).collect(),
            last_success: self.last_success,
            fed_at: feeds.max().map(|tick| clock.plus_millis(tick - self.tick)),
            is_all_offered: self.lanes.iter().all(offers),
            in_flight: u32::try_from(flights + others).unwrap_or(u32::MAX),
        }
    }

    /// Whether every feed that is pulled was read to its end, and is waited at for more.
    pub fn is_caught_up(&self) -> bool {
        self.monitor.is_online()
            && self
                .lanes
                .iter()
                .all(|lane| if let Machine::Pull(pull) = &lane.machine { pull.is_caught_up() } else { true })
    }

    /// What happened since it was last asked, the oldest first.
    pub fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    /// Nothing is under way but long polls, and nothing can begin before the next timer.
    pub fn is_settled(&self) -> bool {
        let is_quiet = self.probe.is_none() && self.token.flight.is_none() && self.monitor.probe_at() > self.tick;
        let rests = |nth: usize| {
            let lane = &self.lanes[nth];
            lane.is_long_polling() || (lane.flight.is_none() && (self.looks_at(nth) > self.tick || !self.may_run(nth)))
        };
        let waits_for_token = self.lacks_token() && self.token.look_at > self.tick;
        is_quiet && (!self.monitor.is_online() || waits_for_token || (0..self.lanes.len()).all(rests))
    }

    /// Keeps time: while a clock is being set it stands still for the lanes.
    fn observe(&mut self, now: Timestamp) {
        let passed = self.clock.map_or(0, |clock| now.millis_since(clock));
        let passed = if (0..=CLOCK_JUMP_MS).contains(&passed) { passed } else { 0 };
        self.tick = self.tick.saturating_add(passed);
        self.latest = now.max(self.latest.plus_millis(passed));
        self.clock = Some(now);
    }

    /// Calls for which nobody waits any more.
    fn late(&self) -> Vec<u64> {
        let flights = self.probe.iter().chain(&self.token.flight);
        let flights = flights.chain(self.lanes.iter().filter_map(|lane| lane.flight.as_ref()));
        flights.filter(|flight| flight.deadline <= self.tick).map(|flight| flight.call).collect()
    }

    fn ring_beside(&mut self) {
        let tick = self.tick;
        for timer in self.beside.iter_mut().filter(|timer| **timer <= tick) {
            *timer = tick + ROUND_MS;
            for lane in &mut self.lanes {
                lane.machine.hurry();
                lane.nudge(tick);
            }
        }
    }

    /// When a lane looks for something to do, as a tick. Replication leaves a submission under way a moment: what comes
    /// back to it needs neither to be offered nor to be fetched.
    fn looks_at(&self, nth: usize) -> i64 {
        let lane = &self.lanes[nth];
        let is_held = lane.may_be_spared() && self.lanes.iter().any(Lane::is_submitting);
        lane.look_at.saturating_add(if is_held { HOLD_MS } else { 0 })
    }

    fn may_run(&self, nth: usize) -> bool {
        self.monitor.is_online()
            && !self.lacks_token()
            && self.stage.is_none_or(|stage| self.lanes[nth].rank() <= stage)
    }

    /// Lets the next rank begin when the former ones are through, or have failed and wait, or have had their time.
    fn advance(&mut self) {
        while let Some(stage) = self.stage {
            let up_to_here = self.lanes.iter().filter(|lane| lane.rank() <= stage);
            let is_busy = up_to_here.into_iter().any(|lane| lane.is_busy(self.tick));
            if self.lacks_token() || (is_busy && self.tick < self.stage_until) {
                return;
            }
            self.stage = (stage < 3).then_some(stage + 1);
        }
    }

    /// Lets a lane do what it can without waiting.
    fn run<L: LocalEnd>(&mut self, nth: usize, hands: &mut Hands<'_, L>) {
        for _ in 0..LOOKS_MAX {
            let looks_at = self.looks_at(nth);
            let lane = &mut self.lanes[nth];
            if lane.flight.is_some() || looks_at > self.tick {
                return;
            }
            if let Some(request) = lane.ready.take() {
                let flight = self.fly(request, &mut hands.calls);
                self.lanes[nth].flight = Some(flight);
                return;
            }
            lane.began.get_or_insert(self.tick);
            self.let_machine(nth, hands, |machine, desk| machine.next(desk));
        }
    }

    /// Seats a lane's machine at its desk, and does what it wants.
    fn let_machine<L: LocalEnd>(
        &mut self,
        nth: usize,
        hands: &mut Hands<'_, L>,
        ask: impl FnOnce(&mut Machine, &mut Desk<'_, L>) -> Result<Step, L::Fault>,
    ) {
        let mut anew = Vec::new();
        let mut desk = Desk {
            now: hands.now,
            latest: self.latest,
            tick: self.tick,
            local: &mut *hands.local,
            dice: &mut *hands.dice,
            news: &mut self.news,
            anew: &mut anew,
        };
        let step = ask(&mut self.lanes[nth].machine, &mut desk);
        self.follow(nth, step, anew, hands);
    }
}
