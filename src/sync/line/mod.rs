//! The line to the server, whole: the link, the token, and all lanes, each with at most one call under way. Whoever
//! holds it carries calls out, hands answers in, and comes back when it wakes.
//!
//! Nothing is lost when a call is forgotten, an answer comes twice or a write fails: a machine whose round was cut off
//! begins it anew from what the store says.

mod lane;
mod news;
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
use super::backoff::wait_ms;
use super::limits::{
    CLOCK_JUMP_MS, FEED_GRACE_MS, LOOKS_MAX, NEWS_MAX, PROBE_REPLY_MS, REPLY_MS, ROUND_MS, SERVER_TIME_EVERY_MS,
    STAGE_MS,
};
use super::local_end::SyncRow;
use super::monitor::{Monitor, Turn};
use super::replicator;
use super::step::{Desk, Step};
use super::wire::{Answer, Request, Trouble, client};
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
        let site = settings.site.to_string();
        let lane = |name: LaneName| {
            let ends = (settings.store_id.as_str(), settings.epoch, site.as_str());
            let id = match name {
                LaneName::Token | LaneName::Orders | LaneName::Payments | LaneName::Menu => String::new(),
                LaneName::Push(database) => replicator::id(ends, database, "push"),
                LaneName::Pull(database) => replicator::id(ends, database, "pull"),
            };
            Lane::new(name, Machine::of(name, &id, &settings.location_id))
        };
        Line {
            lanes: names.into_iter().map(lane).collect(),
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
                LaneName::Token | LaneName::Menu | LaneName::Pull(_) => {}
            }
        }
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
                let lanes = (0..self.lanes.len()).filter(|nth| self.may_run(*nth)).map(|nth| &self.lanes[nth]);
                ticks.extend(lanes.filter(|lane| lane.flight.is_none()).map(|lane| lane.look_at));
                ticks.extend(self.stage.map(|_| self.stage_until));
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
        let flights = self.lanes.iter().filter(|lane| lane.flight.is_some() && !lane.is_long_polling()).count();
        let others = usize::from(self.probe.is_some()) + usize::from(self.token.flight.is_some());
        LineState {
            link: self.monitor.link(),
            failing: of(LaneName::Token, &self.token.failing).into_iter().chain(lanes).collect(),
            last_success: self.last_success,
            is_all_offered: self.lanes.iter().all(offers),
            in_flight: u32::try_from(flights + others).unwrap_or(u32::MAX),
        }
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
            lane.is_long_polling() || (lane.flight.is_none() && (lane.look_at > self.tick || !self.may_run(nth)))
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

    /// Sends a request off.
    fn fly(&mut self, request: Request, calls: &mut Vec<Call>) -> Flight {
        let reply_within_ms = match &request {
            Request::Health => PROBE_REPLY_MS,
            Request::Changes { wait_ms: Some(wait), .. } => wait.saturating_add(FEED_GRACE_MS),
            Request::Token { .. }
            | Request::Enrol { .. }
            | Request::SubmitOrder { .. }
            | Request::SubmitPayment { .. }
            | Request::Menu { .. }
            | Request::Information { .. }
            | Request::GetLocal { .. }
            | Request::PutLocal { .. }
            | Request::EnsureFullCommit { .. }
            | Request::Changes { wait_ms: None, .. }
            | Request::RevsDiff { .. }
            | Request::BulkGet { .. }
            | Request::OpenRevisions { .. }
            | Request::BulkDocs { .. } => REPLY_MS,
        };
        let token = if matches!(request, Request::Token { .. } | Request::Enrol { .. }) {
            None
        } else if self.settings.site.takes_submissions() {
            self.token.held(self.tick).map(str::to_owned)
        } else {
            self.settings.secret.clone()
        };
        self.last_call += 1;
        let written = client::write(&request, &self.settings.site, token.as_deref());
        calls.push(Call { id: self.last_call, request: written, reply_within_ms });
        Flight { call: self.last_call, request, deadline: self.tick + i64::from(reply_within_ms), token }
    }

    fn lacks_token(&self) -> bool {
        let needs = self.settings.site.takes_submissions() && self.settings.secret.is_some();
        needs && self.token.held(self.tick).is_none()
    }

    fn ask_for_token<L: LocalEnd>(&mut self, hands: &mut Hands<'_, L>) {
        let Some(secret) = self.settings.secret.as_deref().map(Into::into) else { return };
        if !self.lacks_token() || self.token.flight.is_some() || self.token.look_at > self.tick {
            return;
        }
        let register_id = self.settings.register_id.to_string();
        self.token.flight = Some(self.fly(Request::Token { register_id, secret }, &mut hands.calls));
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
            let lane = &mut self.lanes[nth];
            if lane.flight.is_some() || lane.look_at > self.tick {
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

    /// Finds who waits for an answer, and gives it to them.
    fn receive<L: LocalEnd>(
        &mut self,
        call: u64,
        reply: Result<Response<Vec<u8>>, LineTrouble>,
        hands: &mut Hands<'_, L>,
    ) {
        let is_it = |flight: &mut Flight| flight.call == call;
        if let Some(flight) = self.probe.take_if(is_it) {
            let outcome = self.read(&flight, reply, hands);
            let was_heard = matches!(outcome, Ok(_) | Err(Trouble::Unauthorized(_)));
            let why = outcome.err().map_or_else(String::new, |trouble| trouble.to_string());
            self.weigh(if was_heard { Heard::Ours } else { Heard::Nothing { why } }, hands.now);
        } else if let Some(flight) = self.token.flight.take_if(is_it) {
            let outcome = self.read(&flight, reply, hands);
            self.take_token(&outcome, hands);
            self.weigh(heard(&outcome), hands.now);
        } else if let Some(nth) = self.lanes.iter().position(|it| it.flight.as_ref().is_some_and(|it| it.call == call))
            && let Some(flight) = self.lanes[nth].flight.take()
        {
            let outcome = self.read(&flight, reply, hands);
            let heard = heard(&outcome);
            self.take(nth, flight, outcome, hands);
            self.weigh(heard, hands.now);
        }
        // Whoever waits for others to be through may have his turn now.
        self.advance();
        let surplus = self.news.len().saturating_sub(NEWS_MAX);
        self.news.drain(..surplus);
    }

    /// Reads what came back against what was asked.
    fn read<L: LocalEnd>(
        &mut self,
        flight: &Flight,
        reply: Result<Response<Vec<u8>>, LineTrouble>,
        hands: &mut Hands<'_, L>,
    ) -> Result<Answer, Trouble> {
        let response = reply.map_err(Trouble::from)?;
        let outcome = client::read(&flight.request, &response);
        let told = match &outcome {
            Ok(Answer::Healthy(health)) => Some(health.now),
            outcome if heard(outcome) == Heard::Ours => client::server_time(&response),
            Ok(_) | Err(_) => None,
        };
        if let Some(told) = told.filter(|_| self.server_time_at <= self.tick) {
            // Also when it cannot be written: the next answer is not the time to try again.
            self.server_time_at = self.tick + SERVER_TIME_EVERY_MS;
            if let Err(fault) = hands.local.note_server_time(told) {
                hands.fault.get_or_insert(fault);
            }
        }
        outcome
    }

    /// Gives an answer to its lane.
    fn take<L: LocalEnd>(
        &mut self,
        nth: usize,
        flight: Flight,
        outcome: Result<Answer, Trouble>,
        hands: &mut Hands<'_, L>,
    ) {
        let lane = &mut self.lanes[nth];
        if let Err(Trouble::Unauthorized(why)) = &outcome {
            // A new token, and the same again: nobody is to blame but the time.
            self.token.refused(flight.token.as_deref());
            lane.refused_tokens += 1;
            let can_renew = self.settings.site.takes_submissions() && self.settings.secret.is_some();
            let wait = match lane.refused_tokens {
                1 if can_renew => 0,
                many => wait_ms(many, None, hands.dice),
            };
            if wait > 0 && lane.failing.is_none() {
                lane.failing = Some((self.tick, why.clone()));
                self.news.push(News::Failing { lane: lane.name, why: why.clone() });
            }
            lane.look_at = self.tick + wait;
            lane.ready = Some(flight.request);
            return;
        }
        lane.refused_tokens = 0;
        lane.has_exchanged = true;
        if lane.began.is_some() && matches!(flight.request, Request::Changes { wait_ms: Some(_), .. }) {
            // What the server waited for others is none of its time.
            lane.began = Some(self.tick);
        }
        self.let_machine(nth, hands, |machine, desk| machine.take(desk, &flight.request, outcome));
    }

    fn take_token<L: LocalEnd>(&mut self, outcome: &Result<Answer, Trouble>, hands: &mut Hands<'_, L>) {
        let why = match outcome {
            Ok(Answer::Token { token, expires_in_s }) => {
                self.token.given(token.to_string(), *expires_in_s, self.tick);
                return;
            }
            Ok(_) => "the answer to something else".to_owned(),
            Err(trouble) => token::why_none(trouble),
        };
        self.token.tries += 1;
        self.token.look_at = self.tick + wait_ms(self.token.tries, asked_to_wait(outcome.as_ref().err()), hands.dice);
        if self.token.failing.is_none() {
            self.news.push(News::Failing { lane: LaneName::Token, why: why.clone() });
        }
        let since = self.token.failing.take().map_or(self.tick, |(since, _)| since);
        self.token.failing = Some((since, why));
    }

    /// Does what a machine wants.
    fn follow<L: LocalEnd>(
        &mut self,
        nth: usize,
        step: Result<Step, L::Fault>,
        anew: Vec<Database>,
        hands: &mut Hands<'_, L>,
    ) {
        let tick = self.tick;
        let lane = &mut self.lanes[nth];
        lane.look_at = tick;
        match step {
            Ok(Step::Ask(request)) => lane.ready = Some(request),
            Ok(Step::Again) => {}
            Ok(Step::Done { items, note }) => {
                self.went_well(nth, hands.now);
                self.log(nth, true, items, note, hands);
                if items > 0 {
                    self.moved(nth, items);
                }
            }
            Ok(Step::Refused { why }) => {
                self.went_well(nth, hands.now);
                self.log(nth, false, 0, Some(why), hands);
            }
            Ok(Step::Rest { until }) => {
                lane.look_at = until.min(tick + ROUND_MS);
                self.went_well(nth, hands.now);
                // What failed waits by itself now; something new need not.
                self.lanes[nth].tries = 0;
                self.lanes[nth].began = None;
            }
            Ok(Step::Fail(trouble)) => self.failed(nth, &trouble, hands),
            Err(fault) => {
                let began = lane.began;
                lane.forget();
                lane.began = began;
                lane.tries += 1;
                lane.look_at = tick + wait_ms(lane.tries, None, hands.dice);
                lane.fails_here = true;
                let why = fault.to_string();
                hands.fault.get_or_insert(fault);
                self.fails(nth, why, hands);
            }
        }
        for database in anew {
            self.begin_anew(database);
        }
    }

    fn went_well(&mut self, nth: usize, now: Timestamp) {
        let lane = &mut self.lanes[nth];
        let has_exchanged = std::mem::take(&mut lane.has_exchanged);
        if !has_exchanged && !std::mem::take(&mut lane.fails_here) {
            return;
        }
        lane.fails_here = false;
        lane.tries = 0;
        if has_exchanged {
            self.last_success = Some(now);
        }
        if lane.failing.take().is_some() {
            self.news.push(News::Recovered { lane: lane.name });
        }
    }

    fn failed<L: LocalEnd>(&mut self, nth: usize, trouble: &Trouble, hands: &mut Hands<'_, L>) {
        let lane = &mut self.lanes[nth];
        lane.machine.reset();
        lane.has_exchanged = false;
        lane.tries += 1;
        lane.look_at = self.tick + wait_ms(lane.tries, asked_to_wait(Some(trouble)), hands.dice);
        lane.fails_here = false;
        self.fails(nth, trouble.to_string(), hands);
    }

    /// Says that a lane fails: once to people, every time in its log.
    fn fails<L: LocalEnd>(&mut self, nth: usize, why: String, hands: &mut Hands<'_, L>) {
        let lane = &mut self.lanes[nth];
        if lane.failing.is_none() {
            self.news.push(News::Failing { lane: lane.name, why: why.clone() });
        }
        let since = lane.failing.take().map_or(self.tick, |(since, _)| since);
        lane.failing = Some((since, why.clone()));
        self.log(nth, false, 0, Some(why), hands);
    }

    fn log<L: LocalEnd>(
        &mut self,
        nth: usize,
        success: bool,
        items_count: u32,
        note: Option<String>,
        hands: &mut Hands<'_, L>,
    ) {
        let lane = &mut self.lanes[nth];
        let took = self.tick - lane.began.take().unwrap_or(self.tick);
        let row = SyncRow {
            lane: lane.name.to_string(),
            success,
            duration_ms: u32::try_from(took).unwrap_or(u32::MAX),
            items_count,
            timestamp: hands.now,
            note,
        };
        if let Err(fault) = hands.local.log(&row) {
            hands.fault.get_or_insert(fault);
        }
    }

    /// What one lane moved may give others something to do.
    fn moved(&mut self, nth: usize, items: u32) {
        let name = self.lanes[nth].name;
        self.news.push(News::Synced { lane: name, items });
        for lane in &mut self.lanes {
            let is_next = match lane.name {
                LaneName::Payments => matches!(name, LaneName::Orders | LaneName::Pull(Database::Orders)),
                LaneName::Push(_) => !matches!(name, LaneName::Push(_)),
                LaneName::Token | LaneName::Orders | LaneName::Menu | LaneName::Pull(_) => false,
            };
            if is_next {
                lane.nudge(self.tick);
            }
        }
    }

    /// The server lost documents: they are pulled from the beginning, and what is queued again goes.
    fn begin_anew(&mut self, database: Database) {
        for lane in &mut self.lanes {
            match (lane.name, &mut lane.machine) {
                (LaneName::Pull(pulled), Machine::Pull(machine)) if pulled == database => {
                    machine.restart();
                    lane.forget();
                    lane.nudge(self.tick);
                }
                (LaneName::Orders | LaneName::Payments, Machine::Submitter(_)) => lane.nudge(self.tick),
                (_, Machine::Submitter(_) | Machine::Menu(_) | Machine::Push(_) | Machine::Pull(_)) => {}
            }
        }
    }

    /// Lets the monitor judge what was heard.
    fn weigh(&mut self, heard: Heard, now: Timestamp) {
        let (turn, why) = match heard {
            Heard::Ours => (self.monitor.heard(now, self.tick), String::new()),
            Heard::Nothing { why } => (self.monitor.missed(now, self.tick), why),
            Heard::Uncertain => {
                self.monitor.doubt(self.tick);
                return;
            }
        };
        match turn {
            None => {}
            Some(Turn::Up { since }) => {
                self.news.push(since.map_or(News::Reached, |lost_since| News::Restored { lost_since }));
                self.stage = Some(0);
                self.stage_until = self.tick + STAGE_MS;
                self.token.begin(self.tick);
                for lane in &mut self.lanes {
                    lane.begin(self.tick);
                }
            }
            Some(Turn::Down) => {
                self.news.push(News::Lost { why });
                self.token.flight = None;
                self.token.failing = None;
                for lane in &mut self.lanes {
                    lane.forget();
                    lane.failing = None;
                    lane.fails_here = false;
                }
            }
        }
    }
}

/// What an answer says of the link.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Heard {
    /// Our server answered.
    Ours,
    /// A lane failed, or somebody answered who may be anybody: a probe tells.
    Uncertain,
    /// A probe brought nothing.
    Nothing {
        /// Why.
        why: String,
    },
}

fn heard(outcome: &Result<Answer, Trouble>) -> Heard {
    match outcome {
        Ok(_) | Err(Trouble::Unauthorized(_) | Trouble::Rejected(_) | Trouble::Missing(_)) => Heard::Ours,
        Err(Trouble::Line(_) | Trouble::Busy { .. } | Trouble::NotOurs(_) | Trouble::TooLarge(_)) => Heard::Uncertain,
    }
}

fn asked_to_wait(trouble: Option<&Trouble>) -> Option<u64> {
    match trouble {
        Some(Trouble::Busy { retry_after_ms, .. }) => *retry_after_ms,
        Some(
            Trouble::Line(_)
            | Trouble::Unauthorized(_)
            | Trouble::TooLarge(_)
            | Trouble::Rejected(_)
            | Trouble::NotOurs(_)
            | Trouble::Missing(_),
        )
        | None => None,
    }
}
