//! `comanda server bridge`: one location of the central database and a CouchDB, kept level by the replicator that
//! registers have, for as long as it runs or once.
//!
//! One thread has the line and the central database, and waits for answers, signals and the clock; calls are carried
//! beside it. Read in this order: `couch` (where the CouchDB is, and who logs in), here (the loop), `words` (what is
//! told of it). Not here: what is taken and handed out (`server::bridge`), what is asked when (`sync`).

mod couch;
mod words;

pub use couch::{Couch, CouchAddress, PASSWORD_CREDENTIAL};

use super::carrier::Carrier;
use super::register::alarm;
use super::supervisor::Supervisor;
use super::{Fault, carrier, central, clock};
use crate::app::{Input, Reply};
use crate::domain::id::Entropy;
use crate::domain::{LocationId, Timestamp};
use crate::server::bridge::{BRIDGE, CentralEnd, Tally, Waits};
use crate::server::limits::LOCATIONS_TOLD_MAX;
use crate::server::{CentralDatabase, Replica};
use crate::sync::wire::Secret;
use crate::sync::{LaneName, Line, LineSettings, Link, News};
use std::future::Future;
use std::time::{Duration, Instant};
use tokio::runtime::{Handle, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How often it is looked whether the central database changed, in milliseconds: what another process commits there is
/// not told.
const POLL_MS: u64 = 1_000;
/// Payments that wait are looked at with every so many of these looks, also when nothing seems to have changed.
const LOOKS_UNTIL_PAYMENTS: u32 = 30;
/// How long the last checkpoints may take once it was told to leave, in milliseconds.
const LEAVE_MS: u64 = 3_000;
/// How long a lane may fail until a bridge that runs once gives up, in milliseconds.
const ONCE_PATIENCE_MS: i64 = 20_000;

/// What a bridge is started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The CouchDB.
    pub couch: Couch,
    /// Which location of the central database.
    pub location_id: LocationId,
    /// The central database, which is there.
    pub central: central::Named,
    /// It ends when both ends are level.
    pub once: bool,
}

/// What it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// What came from the CouchDB.
    pub tally: Tally,
    /// Documents that went there.
    pub out: u64,
}

/// A bridge that is ready to run.
#[derive(Debug)]
pub struct Bridge {
    couch: Couch,
    location_id: LocationId,
    once: bool,
    secret: Option<Secret>,
    end: CentralEnd<CentralDatabase, OnThreads>,
    line: Line,
    dice: Entropy,
    carrier: Carrier,
    replies: UnboundedReceiver<Input>,
    terminate: Signal,
    interrupt: Signal,
    /// How the central database stood when it was last looked at.
    standing: Option<(String, u64)>,
    looked_at: Option<Instant>,
    looks: u32,
    out: u64,
    told: Done,
    /// Why it can do nothing, as long as somebody must do something about it.
    stuck: Option<String>,
    /// Until when it may take to leave.
    leaves_by: Option<Instant>,
    // The last to be dropped: what is above waits on it.
    runtime: Runtime,
}

/// Waits for a database on the thread that asks; what moves meanwhile has threads of its own.
#[derive(Debug)]
struct OnThreads(Handle);

impl Waits for OnThreads {
    fn wait<T>(&self, asked: impl Future<Output = T>) -> T {
        self.0.block_on(asked)
    }
}

/// What a bridge waited for.
enum Woken {
    Replied(Input),
    Signal(&'static str),
    Asked,
    Time,
}

impl Bridge {
    /// Opens the central database and gets ready to call the CouchDB; that is not asked yet, for it may be away.
    ///
    /// # Errors
    /// A [`Fault`] when the database, the password or the certificates cannot be used, or when nothing is kept of the
    /// location.
    pub fn open(settings: Settings) -> Result<Bridge, Fault> {
        carrier::install_tls();
        let Settings { couch, location_id, central, once } = settings;
        let secret = couch.password()?.map(|password| Secret::from(password.as_str()));
        let server = couch.server()?;
        let mut threads = tokio::runtime::Builder::new_multi_thread();
        let runtime = threads.worker_threads(2).enable_all().thread_name("comanda-bridge").build();
        let runtime =
            runtime.map_err(|source| Fault::io("could not start the bridge's threads", &source, "try again"))?;
        let (terminate, interrupt) = {
            let _inside = runtime.enter();
            let fault = |source| Fault::io("could not listen for signals", &source, "close other programs");
            let hear = |kind| signal(kind).map_err(fault);
            (hear(SignalKind::terminate())?, hear(SignalKind::interrupt())?)
        };
        let database = runtime.block_on(central.open())?;
        let replica = Replica::new(database, crate::server::Settings::default());
        runtime.block_on(is_known(&replica, &location_id))?;
        let waits = OnThreads(runtime.handle().clone());
        let name = couch.site()?.to_string();
        let end = CentralEnd::open(replica, location_id.clone(), &name, waits, clock::entropy()?);
        let end = end.map_err(|not_done| central_fault(&not_done))?;
        let standing = end.standing().map_err(|not_done| central_fault(&not_done))?;
        let (to_here, replies) = unbounded_channel();
        let carrier = Carrier::new(&server, to_here);
        if let Some(fault) = carrier.fault() {
            return Err(fault.clone());
        }
        let line = line(&couch, &location_id, secret.as_ref(), &standing.incarnation)?;
        let tally = end.tally();
        Ok(Bridge {
            couch,
            location_id,
            once,
            secret,
            end,
            line,
            dice: clock::entropy()?,
            carrier,
            replies,
            terminate,
            interrupt,
            standing: None,
            looked_at: None,
            looks: 0,
            out: 0,
            told: Done { tally, out: 0 },
            stuck: None,
            leaves_by: None,
            runtime,
        })
    }

    /// Runs until it is told to leave, or, where it runs once, until both ends are level.
    ///
    /// # Errors
    /// A [`Fault`] when it runs once and does not get there.
    pub fn run(mut self) -> Result<Done, Fault> {
        let mut supervisor = Supervisor::found();
        tracing::info!(location = self.location_id.as_str(), "following {}", self.couch);
        supervisor.ready();
        loop {
            let has_changed = self.look(clock::now())?;
            self.step();
            self.tell();
            if let Some(by) = self.leaves_by {
                let is_away = !matches!(self.line.state().link, Link::Online { .. });
                if self.line.is_noted() || is_away || clock::instant() >= by {
                    break;
                }
                self.line.note_at_once();
                self.step();
            } else if self.once {
                if self.is_level() && !has_changed && !self.look(clock::now())? {
                    if self.line.is_noted() {
                        break;
                    }
                    self.line.note_at_once();
                    continue;
                }
                self.gives_up()?;
            }
            match self.wait(&supervisor) {
                Woken::Replied(input) => {
                    self.hear(input);
                    while let Ok(input) = self.replies.try_recv() {
                        self.hear(input);
                    }
                }
                Woken::Signal(name) => {
                    if self.leaves_by.is_none() {
                        supervisor.leaves();
                        tracing::info!(signal = name, "the bridge leaves");
                        self.leaves_by = Some(clock::instant() + Duration::from_millis(LEAVE_MS));
                    }
                }
                Woken::Asked => supervisor.answer(self.end.standing().is_ok()),
                Woken::Time => {}
            }
        }
        self.sum_up();
        tracing::info!("the bridge has ended");
        let done = Done { tally: self.end.tally(), out: self.out };
        // A call under way is of no use to anybody any more.
        self.runtime.shutdown_background();
        Ok(done)
    }

    /// Lets the line do what is due.
    fn step(&mut self) {
        let (calls, _fault) = self.line.step(clock::now(), &mut self.end, &mut self.dice);
        // What went wrong here is among the line's news, and tried again.
        let _inside = self.runtime.enter();
        calls.into_iter().for_each(|call| self.carrier.carry(call));
    }

    fn hear(&mut self, input: Input) {
        if let Input::Replied { call, reply: Reply(reply) } = input {
            // As in `step`.
            let _fault = self.line.answered(clock::now(), &mut self.end, &mut self.dice, call, reply);
        }
    }

    /// Looks whether the central database changed, in a while; at once where it runs once.
    fn look(&mut self, now: Timestamp) -> Result<bool, Fault> {
        let due = self.looked_at.is_none_or(|at| at.elapsed() >= Duration::from_millis(POLL_MS));
        if !due && !self.once {
            return Ok(false);
        }
        self.looked_at = Some(clock::instant());
        let standing = match self.end.standing() {
            Ok(standing) => standing,
            Err(not_done) if self.once => return Err(central_fault(&not_done)),
            Err(not_done) => {
                if self.standing.take().is_some() {
                    tracing::error!(why = %not_done, "the central database does not answer");
                }
                return Ok(false);
            }
        };
        let is_first = self.standing.is_none();
        let former = self.standing.replace((standing.incarnation.clone(), standing.newest));
        if former.as_ref().is_some_and(|(incarnation, _)| *incarnation != standing.incarnation) {
            tracing::warn!("the central database was put back from a backup: all is compared anew");
            self.line = line(&self.couch, &self.location_id, self.secret.as_ref(), &standing.incarnation)?;
        }
        let has_changed = former.is_none_or(|(_, newest)| newest != standing.newest);
        self.looks += 1;
        if (has_changed || self.looks.is_multiple_of(LOOKS_UNTIL_PAYMENTS))
            && let Err(not_done) = self.end.look_at_payments(now)
        {
            tracing::error!(why = %not_done, "payments that wait could not be looked at");
        }
        if has_changed && !is_first {
            self.line.changed();
        }
        Ok(has_changed && !is_first)
    }

    /// Nothing is left to do at either end.
    fn is_level(&self) -> bool {
        let state = self.line.state();
        self.line.is_settled() && self.line.is_caught_up() && state.failing.is_empty() && state.is_all_offered
    }

    /// Says why it cannot get there, once that is certain.
    fn gives_up(&self) -> Result<(), Fault> {
        let state = self.line.state();
        let now = clock::now();
        let too_long = state.failing.iter().find(|it| now.millis_since(it.since) >= ONCE_PATIENCE_MS);
        let why = match (&self.stuck, state.link, too_long) {
            (Some(why), _, _) => why.clone(),
            (None, Link::Offline { .. }, _) => "it does not answer".to_owned(),
            (None, _, Some(failing)) => self.couch.words(&failing.why, Some(failing.lane)),
            (None, _, None) => return Ok(()),
        };
        let doing = format!("could not bring {} and {} level", self.location_id, self.couch);
        Err(Fault::new(doing, why, "then say it again: it goes on where it stopped"))
    }

    /// Waits for whatever comes first.
    fn wait(&mut self, supervisor: &Supervisor) -> Woken {
        let now = clock::now();
        let left = self.line.wakes_at().map_or(0, |at| at.millis_since(now).max(0));
        let left = u64::try_from(left).unwrap_or(0).min(POLL_MS);
        let Bridge { runtime, replies, terminate, interrupt, .. } = self;
        runtime.block_on(async {
            tokio::select! {
                Some(input) = replies.recv() => Woken::Replied(input),
                _ = terminate.recv() => Woken::Signal("SIGTERM"),
                _ = interrupt.recv() => Woken::Signal("SIGINT"),
                () = supervisor.wants_to_hear() => Woken::Asked,
                () = alarm(left) => Woken::Time,
            }
        })
    }

    /// Writes down what happened.
    fn tell(&mut self) {
        for news in self.line.take_news() {
            match &news {
                News::Synced { lane: LaneName::Push(_), items } => self.out += u64::from(*items),
                News::Failing { lane, why } => {
                    let why = self.couch.words(why, Some(*lane));
                    if words::is_for_somebody(&news) {
                        self.stuck = Some(why.clone());
                    }
                    tracing::warn!("{lane} fails: {why}");
                    continue;
                }
                News::Lost { why } => {
                    self.stuck = Some(format!("it does not answer: {}", self.couch.words(why, None)));
                }
                News::Recovered { .. } | News::Reached | News::Restored { .. } => self.stuck = None,
                // The lane that fails for it says so.
                News::TurnedAway { .. } => continue,
                News::Synced { .. }
                | News::Accepted { .. }
                | News::Postponed { .. }
                | News::Rejected { .. }
                | News::Review { .. }
                | News::Refused { .. }
                | News::ServerLost { .. }
                | News::Menu { .. }
                | News::MenuRefused { .. } => {}
            }
            let said = self.couch.words(&news.to_string(), None);
            if matches!(news, News::Lost { .. } | News::Refused { .. } | News::ServerLost { .. }) {
                tracing::warn!("{said}");
            } else {
                tracing::info!("{said}");
            }
        }
        for happening in self.end.take_happenings() {
            if happening.is_trouble() { tracing::warn!("{happening}") } else { tracing::info!("{happening}") }
        }
        if self.is_level() {
            self.sum_up();
        }
    }

    /// Says what it came to, when that is more than it was.
    fn sum_up(&mut self) {
        let done = Done { tally: self.end.tally(), out: self.out };
        if done != self.told {
            tracing::info!("{}", words::sum(&done));
            self.told = done;
        }
    }
}

impl std::fmt::Display for Done {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&words::sum(self))
    }
}

/// The line of a bridge: to the CouchDB another one when the central database is.
fn line(couch: &Couch, location_id: &LocationId, secret: Option<&Secret>, incarnation: &str) -> Result<Line, Fault> {
    Ok(Line::bridging(LineSettings {
        site: couch.site()?,
        register_id: BRIDGE.into(),
        location_id: location_id.clone(),
        secret: secret.map(|secret| secret.to_string()),
        store_id: format!("{incarnation} {location_id}"),
        epoch: 0,
    }))
}

/// Says so when nothing is kept of a location: it may only be misspelled.
async fn is_known(replica: &Replica<CentralDatabase>, location_id: &LocationId) -> Result<(), Fault> {
    let fault = |problem: crate::sync::wire::Problem| {
        let why = replica.take_fault().map_or(problem.detail, |fault| fault.to_string());
        Fault::new("could not look into the central database", why, "try again")
    };
    if replica.knows_location(location_id).await.map_err(fault)? {
        return Ok(());
    }
    let known = replica.locations().await.map_err(fault)?;
    let names = known.iter().take(LOCATIONS_TOLD_MAX as usize).map(LocationId::as_str).collect::<Vec<_>>().join(", ");
    let remedy = if names.is_empty() {
        "`comanda server enroll` or `comanda server menu import` begins one".to_owned()
    } else {
        format!("there are: {names}; `comanda server enroll` or `comanda server menu import` begins another")
    };
    Err(Fault::new(format!("could not follow a CouchDB for {location_id}"), "nothing is kept of it here", remedy))
}

fn central_fault(not_done: &crate::server::bridge::NotDone) -> Fault {
    Fault::new("could not look into the central database", not_done.to_string(), "try again")
}
