//! `_changes`, held open: until something changes, until it took too long, or as long as somebody listens.
//!
//! Read in this order: `page` (some rows more), `form` (how each kind of feed is written), `open` (an answer that is
//! still being written). A feed listens before it reads, so that nothing that is written in between is missed. Whoever
//! stops listening ends it; when the server closes, or whoever listens is not let in any more, each feed says its last
//! words.

mod form;
mod open;
mod page;

pub(super) use open::IsOpen;

use super::answering::called;
use super::asking::No;
use super::door::Door;
use super::limits::{FEED_TIMEOUT_MS, FEEDS_OF_ONE_MAX, FEEDS_OF_ONE_S, HEARTBEAT_MS_MIN, LOOKED_WHO_MS};
use super::metrics::Limited;
use super::seats::Seat;
use crate::server::auth::Bearer;
use crate::server::central::{Central, Place};
use crate::server::couch::{Feed, FeedKind};
use axum::body::Body;
use axum::response::Response;
use form::Form;
use page::Reading;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// Answers a feed, now or when there is something to say. What its reader showed is taken so many seconds more.
///
/// # Errors
/// What is wrong with it, or that its device holds too many, as long as nothing was answered.
pub(super) async fn hold<C: Central + 'static>(
    door: &Arc<Door<C>>,
    bearer: Bearer,
    lasts_s: Option<u64>,
    feed: Feed,
) -> Result<Response, No> {
    let kind = feed.kind;
    let seat = match kind {
        FeedKind::Normal => None,
        FeedKind::Longpoll | FeedKind::Continuous | FeedKind::EventSource => {
            let why = format!("this device holds {FEEDS_OF_ONE_MAX} feeds open already");
            let too_many = || {
                door.metrics().limited(Limited::Feeds);
                No::later(429, "too_many_feeds", &why, FEEDS_OF_ONE_S)
            };
            Some(door.seats.take(&called(&bearer)).ok_or_else(too_many)?)
        }
    };
    let scope = bearer.scope.clone();
    let mut waiting = Waiting::new(door, Listener::new(bearer, lasts_s), &feed, seat);
    let mut reading = Reading::begin(scope, feed);
    let form = Form::of(kind);
    match kind {
        FeedKind::Normal => {
            let rows = reading.more(door).await?;
            if reading.is_done() {
                return Ok(whole(form, &rows, &reading));
            }
            Ok(open::all_that_is_there(Arc::clone(door), form, rows, reading, waiting))
        }
        FeedKind::Longpoll => loop {
            let rows = reading.more(door).await?;
            if !rows.is_empty() || reading.is_limited() {
                return Ok(whole(form, &rows, &reading));
            }
            if !reading.is_done() {
                continue; // none of what was looked at is wanted: look on
            }
            if waiting.beats {
                return Ok(open::until_something(Arc::clone(door), form, reading, waiting));
            }
            match waiting.next(door).await {
                Woken::Changed => {}
                Woken::Due | Woken::Closing => return Ok(whole(form, &[], &reading)),
            }
        },
        FeedKind::Continuous | FeedKind::EventSource => {
            let rows = reading.more(door).await?;
            Ok(open::on_and_on(Arc::clone(door), form, rows, reading, waiting))
        }
    }
}

fn whole(form: Form, rows: &[serde_json::Value], reading: &Reading) -> Response {
    let mut text = form.head().to_owned();
    let mut is_first = true;
    rows.iter().for_each(|row| text.push_str(&form.row(row, &mut is_first)));
    text.push_str(&form.end(is_first, &reading.last_seq, reading.pending));
    open::response(form, Body::from(text))
}

/// Why a feed wakes.
enum Woken {
    /// Something may have changed.
    Changed,
    /// A heartbeat is due, or it took too long.
    Due,
    /// The server closes, or its reader is not let in any more.
    Closing,
}

/// Who listens.
struct Listener {
    bearer: Bearer,
    /// When what was shown ends by itself.
    ends: Option<Instant>,
    /// When it is looked again, at the latest, whether the device is still let in.
    look: Instant,
}

impl Listener {
    fn new(bearer: Bearer, lasts_s: Option<u64>) -> Listener {
        let now = Instant::now();
        let ends = lasts_s.map(|lasts_s| now + Duration::from_secs(lasts_s));
        Listener { bearer, ends, look: now + Duration::from_millis(LOOKED_WHO_MS) }
    }

    /// Until when nothing need be looked at.
    fn until(&self) -> Instant {
        self.ends.map_or(self.look, |ends| ends.min(self.look))
    }

    /// Says whether it may hear more. A database that fails takes no secret back.
    async fn is_let_in<C: Central>(&mut self, door: &Door<C>) -> bool {
        let now = Instant::now();
        self.look = now + Duration::from_millis(LOOKED_WHO_MS);
        if self.ends.is_some_and(|ends| ends <= now) {
            return false;
        }
        let Bearer { scope, name, generation } = &self.bearer;
        match door.work(|| door.replica.device_of(scope, name, *generation)).await {
            Ok(device) => device.is_some(),
            Err(problem) => problem.status != 401,
        }
    }
}

/// What a feed waits for.
struct Waiting {
    listener: Listener,
    changes: watch::Receiver<u64>,
    closing: watch::Receiver<bool>,
    /// It beats, and never takes too long.
    beats: bool,
    /// Between beats, or how long it may take.
    every: Duration,
    due: Instant,
    /// None for a feed that waits for nothing.
    _seat: Option<Seat>,
}

impl Waiting {
    fn new<C: Central>(door: &Door<C>, listener: Listener, feed: &Feed, seat: Option<Seat>) -> Waiting {
        let place = Place { location_id: listener.bearer.scope.location_id.clone(), database: feed.database };
        let (beats, every_ms) = match (feed.heartbeat_ms, feed.timeout_ms) {
            (Some(heartbeat_ms), _) => (true, u64::from(heartbeat_ms).max(HEARTBEAT_MS_MIN)),
            (None, timeout_ms) => (false, timeout_ms.map_or(FEED_TIMEOUT_MS, u64::from)),
        };
        let every = Duration::from_millis(every_ms);
        let (changes, closing) = (door.hints.listen(&place), door.closing());
        Waiting { listener, changes, closing, beats, every, due: Instant::now() + every, _seat: seat }
    }

    /// Begins to count anew: something was said.
    fn restart(&mut self) {
        self.due = Instant::now() + self.every;
    }

    /// Waits, and looks each time whether its reader may still hear what comes.
    async fn next<C: Central>(&mut self, door: &Door<C>) -> Woken {
        loop {
            let until = self.due.min(self.listener.until());
            let woken = timeout_at(until, self.something()).await;
            if matches!(woken, Ok(Woken::Closing)) || !self.listener.is_let_in(door).await {
                return Woken::Closing;
            }
            match woken {
                Ok(woken) => return woken,
                Err(_) if self.due <= Instant::now() => return Woken::Due,
                Err(_) => {}
            }
        }
    }

    async fn something(&mut self) -> Woken {
        if *self.closing.borrow() {
            return Woken::Closing;
        }
        tokio::select! {
            biased;
            _ = self.closing.wait_for(|closing| *closing) => Woken::Closing,
            // Nobody can go before this does: the door holds the other end as long as somebody listens.
            _ = self.changes.changed() => Woken::Changed,
        }
    }

    /// Whether the next page may still be read: whoever reads slowly can take hours.
    async fn goes_on<C: Central>(&mut self, door: &Door<C>) -> bool {
        Instant::now() < self.listener.until() || self.listener.is_let_in(door).await
    }
}
