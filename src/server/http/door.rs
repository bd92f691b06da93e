//! What all requests share: the decisions, the keys, the clock, the dice, and who waits for what.

use super::alone::Alone;
use super::bodies::Bodies;
use super::hints::Hints;
use super::limits::{
    BODY_MS, BODY_PAUSE_MS, BODY_ROOM_MS, PEER_REQUESTS_PER_S, POLL_MS, QUEUE_MS, TOKEN_REQUESTS_PER_S, TURNS,
};
use super::machine::Machine;
use super::metrics::Metrics;
use super::queues::Queues;
use super::rate::Rate;
use super::ready::Pulse;
use super::refusals::Refusals;
use super::seats::Seats;
use crate::domain::{Entropy, Timestamp};
use crate::server::auth::Keys;
use crate::server::cache::limits::{COUNTED_AT_ONCE, COUNTED_EVERY_MS};
use crate::server::cache::{Cache, Shared, Told};
use crate::server::central::{Central, Fault, Place};
use crate::server::replica::{Done, Replica};
use crate::sync::limits::REQUEST_BYTES_MAX;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tracing::Instrument;

/// Says what time it is.
pub type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;
/// Hands out dice.
pub type Dice = Box<dyn Fn() -> Entropy + Send + Sync>;

/// Whether a server goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Serving,
    /// It will stop: all is answered, but nobody shall be sent here any more.
    Leaving,
    /// It finishes what is under way, and takes nothing new.
    Closing,
}

/// What an operator may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest body of a request, in bytes; never more than `REQUEST_BYTES_MAX`.
    pub body_bytes_max: usize,
    /// How long the next piece of a body may take, in milliseconds.
    pub body_pause_ms: u64,
    /// How long a body may take as a whole, in milliseconds.
    pub body_ms: u64,
    /// How long a body waits for room in memory, in milliseconds.
    pub body_room_ms: u64,
    /// Requests of one address in a second, in the long run; 0 for no limit.
    pub peer_requests_per_s: u32,
    /// Requests of one token in a second, in the long run; 0 for no limit.
    pub token_requests_per_s: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes_max: REQUEST_BYTES_MAX,
            body_pause_ms: BODY_PAUSE_MS,
            body_ms: BODY_MS,
            body_room_ms: BODY_ROOM_MS,
            peer_requests_per_s: PEER_REQUESTS_PER_S,
            token_requests_per_s: TOKEN_REQUESTS_PER_S,
        }
    }
}

/// What all requests share.
pub struct Door<C> {
    pub(super) replica: Replica<C>,
    pub(super) keys: Keys,
    clock: Clock,
    dice: Dice,
    pub(super) limits: Limits,
    /// Requests come over TLS.
    pub(super) is_tls: bool,
    pub(super) hints: Arc<Hints>,
    pub(super) cache: Arc<Cache>,
    pub(super) peers: Rate<IpAddr>,
    pub(super) tokens: Rate<String>,
    pub(super) refusals: Refusals,
    pub(super) seats: Seats,
    pub(super) bodies: Bodies,
    pub(super) queues: Queues,
    turns: Semaphore,
    alone: Alone,
    closing: watch::Sender<bool>,
    standing: watch::Sender<Standing>,
    metrics: Arc<Metrics>,
    pub(super) machine: Machine,
    pub(super) pulse: Pulse,
    /// Whoever counts devices.
    pub(super) scraping: Arc<Semaphore>,
    /// What the ids of requests begin with: another at each start.
    ids: String,
    requests: AtomicU64,
}

impl<C: Central> Door<C> {
    /// Opens a door to a server's decisions.
    pub fn new(replica: Replica<C>, keys: Keys, clock: Clock, dice: Dice, alone: Alone, limits: Limits) -> Door<C> {
        let hints = Arc::new(Hints::default());
        let heard = Arc::clone(&hints);
        let cache = Arc::new(Cache::new(keys.shared(), &mut dice()));
        let telling = Arc::clone(&cache);
        let changed = move |place: &Place| {
            heard.wake(place);
            telling.tell(&Told::Changed(place.clone()));
        };
        let metrics = Arc::new(Metrics::default());
        let counting = Arc::clone(&metrics);
        let watched = move || -> Done {
            let (began, counting) = (Instant::now(), Arc::clone(&counting));
            Box::new(move |batch, committed| counting.committed(batch, committed, began.elapsed()))
        };
        let ids = format!("{:08x}", u32::from_be_bytes(dice().bytes()));
        Door {
            replica: replica.telling(changed).watched(watched),
            keys,
            refusals: Refusals::new(clock()),
            seats: Seats::default(),
            clock,
            dice,
            hints,
            cache,
            peers: Rate::new(limits.peer_requests_per_s),
            tokens: Rate::new(limits.token_requests_per_s),
            bodies: Bodies::new(limits.body_room_ms),
            queues: Queues::new(QUEUE_MS),
            turns: Semaphore::new(TURNS),
            alone,
            closing: watch::Sender::new(false),
            standing: watch::Sender::new(Standing::Serving),
            metrics,
            machine: Machine::default(),
            pulse: Pulse::default(),
            scraping: Arc::new(Semaphore::new(1)),
            ids,
            requests: AtomicU64::new(0),
            is_tls: false,
            limits,
        }
    }

    /// The same on a machine that says how it stands.
    pub fn on(mut self, machine: Machine) -> Door<C> {
        self.machine = machine;
        self
    }

    /// What is counted.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// The id of the next request: no other has it.
    pub(super) fn next_request_id(&self) -> String {
        format!("{}-{}", self.ids, self.requests.fetch_add(1, Ordering::Relaxed) + 1)
    }

    pub(super) fn standing(&self) -> Standing {
        *self.standing.borrow()
    }

    /// Says from now on that the server is not ready, and answers all the same.
    pub fn leave(&self) {
        self.standing.send_replace(Standing::Leaving);
    }

    /// The same where requests come over TLS: a cookie is then for TLS alone.
    pub fn over_tls(mut self, is_tls: bool) -> Door<C> {
        self.is_tls = is_tls;
        self
    }

    /// The same where several servers have a cache in common: [`Door::hear`] is to be called with what comes over
    /// [`Cache::channel`], and [`Door::tell_counts`] to be run.
    pub fn sharing(self, shared: Box<dyn Shared>) -> Door<C> {
        self.cache.share(shared);
        self
    }

    /// What is kept in mind.
    pub fn cache(&self) -> &Arc<Cache> {
        &self.cache
    }

    /// Takes note of what another server told.
    pub fn hear(&self, message: &[u8]) {
        match self.cache.hear(message) {
            None => {}
            Some(Told::Changed(place)) => self.hints.wake(&place),
            Some(Told::Counted { peers, tokens }) => {
                let now = self.now();
                peers.into_iter().for_each(|(who, count)| self.peers.counted_elsewhere(who, count, now));
                tokens.into_iter().for_each(|(who, count)| self.tokens.counted_elsewhere(who, count, now));
            }
        }
    }

    /// Tells other servers from time to time who asked much here. Never ends by itself.
    pub async fn tell_counts(&self) {
        let mut every = tokio::time::interval(Duration::from_millis(COUNTED_EVERY_MS));
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            for peers in self.peers.counted_here().chunks(COUNTED_AT_ONCE) {
                self.cache.tell(&Told::Counted { peers: peers.to_vec(), tokens: Vec::new() });
            }
            for tokens in self.tokens.counted_here().chunks(COUNTED_AT_ONCE) {
                self.cache.tell(&Told::Counted { peers: Vec::new(), tokens: tokens.to_vec() });
            }
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(super) fn dice(&self) -> Entropy {
        (self.dice)()
    }

    /// Does what asks the database, which may block (SQLite does), without holding up those who only wait; and notes
    /// in the log why the database failed, if it did. What is done comes to be when it is its turn, so that those who
    /// wait have little in memory.
    ///
    /// # Panics
    /// In a runtime of one thread.
    pub(super) async fn work<F: Future>(&self, begin: impl FnOnce() -> F) -> F::Output {
        let turn = self.turns.acquire().await;
        let done = tokio::task::block_in_place(|| Handle::current().block_on(begin()));
        drop(turn);
        self.note_fault();
        done
    }

    /// Takes every turn, for tests of what happens while nothing is answered.
    #[cfg(test)]
    pub(super) async fn all_turns(&self) -> tokio::sync::SemaphorePermit<'_> {
        self.turns.acquire_many(u32::try_from(TURNS).unwrap()).await.unwrap()
    }

    fn note_fault(&self) {
        if let Some(fault) = self.replica.take_fault() {
            self.failed(&fault);
        }
    }

    /// Tells the log that the database failed, and counts it.
    pub(super) fn failed(&self, fault: &Fault) {
        self.metrics.failed();
        tracing::error!(doing = fault.doing, why = %fault.why, unknown = fault.is_unknown, "the database failed");
    }

    /// The same for a large request, when all of them before it are done; none when that failed.
    pub(super) async fn work_alone<F, T>(
        self: &Arc<Self>,
        begin: impl FnOnce(Arc<Self>) -> F + Send + 'static,
    ) -> Option<T>
    where
        C: 'static,
        F: Future<Output = T> + Send,
        T: Send + 'static,
    {
        let door = Arc::clone(self);
        let job = async move {
            let turn = door.turns.acquire().await;
            let done = begin(Arc::clone(&door)).await;
            drop(turn);
            door.note_fault();
            done
        };
        self.alone.work(job.in_current_span()).await
    }

    /// Ends every feed with its last words, and takes nothing new; what is under way is finished.
    pub fn close(&self) {
        self.standing.send_replace(Standing::Closing);
        self.closing.send_replace(true);
    }

    pub(super) fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// Asks the central database something small, in its turn, and returns when it has answered. That it failed is an
    /// answer, and logged: it may be on another machine, and come back.
    pub async fn ask_central(&self) {
        if let Err(fault) = self.work(|| self.replica.central().locations(1)).await {
            tracing::error!(doing = fault.doing, why = %fault.why, "the database failed");
        }
    }

    /// Looks from time to time whether another process changed what a feed waits for. Never ends by itself.
    pub async fn look_around(&self) {
        let mut every = tokio::time::interval(Duration::from_millis(POLL_MS));
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            for place in self.hints.awaited() {
                match self.work(|| self.replica.central().standing(&place)).await {
                    Ok(standing) => self.hints.looked(&place, standing),
                    Err(fault) => self.failed(&fault),
                }
            }
        }
    }
}
