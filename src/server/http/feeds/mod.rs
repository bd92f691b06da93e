//! `_changes`, held open: until something changes, until it took too long, or as long as somebody listens.
//!
//! Read in this order: `page` (some rows more), `form` (how each kind of feed is written), `open` (an answer that is
//! still being written). A feed listens before it reads, so that nothing that is written in between is missed. Whoever
//! stops listening ends it; when the server closes, each feed says its last words.

mod form;
mod open;
mod page;

pub(super) use open::IsOpen;

use super::door::Door;
use super::limits::{FEED_TIMEOUT_MS, HEARTBEAT_MS_MIN};
use crate::server::central::{Central, Place};
use crate::server::couch::{Feed, FeedKind};
use crate::server::scope::Scope;
use crate::sync::wire::Problem;
use axum::body::Body;
use axum::response::Response;
use form::Form;
use page::Reading;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// Answers a feed, now or when there is something to say.
///
/// # Errors
/// What is wrong with it, as long as nothing was answered.
pub(super) async fn hold<C: Central + 'static>(
    door: &Arc<Door<C>>,
    scope: Scope,
    feed: Feed,
) -> Result<Response, Problem> {
    let kind = feed.kind;
    let mut waiting = Waiting::new(door, &scope, &feed);
    let mut reading = Reading::begin(scope, feed);
    let form = Form::of(kind);
    match kind {
        FeedKind::Normal => {
            let rows = reading.more(door).await?;
            if reading.is_done() {
                return Ok(whole(form, &rows, &reading));
            }
            Ok(open::all_that_is_there(Arc::clone(door), form, rows, reading))
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
            match waiting.next().await {
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
    /// The server closes.
    Closing,
}

/// What a feed waits for.
struct Waiting {
    changes: watch::Receiver<u64>,
    closing: watch::Receiver<bool>,
    /// It beats, and never takes too long.
    beats: bool,
    /// Between beats, or how long it may take.
    every: Duration,
    due: Instant,
}

impl Waiting {
    fn new<C: Central>(door: &Door<C>, scope: &Scope, feed: &Feed) -> Waiting {
        let place = Place { location_id: scope.location_id.clone(), database: feed.database };
        let (beats, every_ms) = match (feed.heartbeat_ms, feed.timeout_ms) {
            (Some(heartbeat_ms), _) => (true, u64::from(heartbeat_ms).max(HEARTBEAT_MS_MIN)),
            (None, timeout_ms) => (false, timeout_ms.map_or(FEED_TIMEOUT_MS, u64::from)),
        };
        let every = Duration::from_millis(every_ms);
        let (changes, closing) = (door.hints.listen(&place), door.closing());
        Waiting { changes, closing, beats, every, due: Instant::now() + every }
    }

    /// Begins to count anew: something was said.
    fn restart(&mut self) {
        self.due = Instant::now() + self.every;
    }

    async fn next(&mut self) -> Woken {
        if *self.closing.borrow() {
            return Woken::Closing;
        }
        let woken = async {
            tokio::select! {
                biased;
                _ = self.closing.wait_for(|closing| *closing) => Woken::Closing,
                // Nobody can go before this does: the door holds the other end as long as somebody listens.
                _ = self.changes.changed() => Woken::Changed,
            }
        };
        timeout_at(self.due, woken).await.unwrap_or(Woken::Due)
    }
}
