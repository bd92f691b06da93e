//! Whether the server is ready for more: it goes on, its central database answers within a bound, and the disk has
//! room. Liveness is another thing, and asks nobody ([`health`](super::answering)).
//!
//! One look is under way at a time, and what it saw holds for a moment: whoever asks again and again costs nothing, and
//! a database that hangs has one thread that waits for it.

use super::door::{Door, Standing};
use super::limits::{DISK_FREE_MIN_BYTES, READY_FRESH_MS, READY_MS};
use crate::server::central::Central;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout};

/// What was seen last, and whether somebody is looking.
#[derive(Debug)]
pub(super) struct Pulse {
    looking: Arc<Semaphore>,
    last: watch::Sender<Option<(Instant, Seen)>>,
}

impl Default for Pulse {
    fn default() -> Pulse {
        Pulse { looking: Arc::new(Semaphore::new(1)), last: watch::Sender::new(None) }
    }
}

/// What somebody saw who looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// The central database answered.
    pub(super) database: bool,
    /// How many bytes are free, or why nobody can tell; none where the database lies elsewhere.
    pub(super) room: Option<Result<u64, String>>,
}

/// Looks, or waits for whoever does; none when there was nothing to see in time.
pub(super) async fn look<C: Central + 'static>(door: &Arc<Door<C>>) -> Option<Seen> {
    look_within(door, READY_MS).await
}

async fn look_within<C: Central + 'static>(door: &Arc<Door<C>>, limit_ms: u64) -> Option<Seen> {
    let mut news = door.pulse.last.subscribe();
    let last = news.borrow_and_update().clone();
    if let Some((_, seen)) = last.filter(|(at, _)| at.elapsed() < Duration::from_millis(READY_FRESH_MS)) {
        return Some(seen);
    }
    if let Ok(permit) = Arc::clone(&door.pulse.looking).try_acquire_owned() {
        let door = Arc::clone(door);
        tokio::spawn(async move {
            let database = match door.work(|| door.replica.central().locations(1)).await {
                Ok(_) => true,
                Err(fault) => {
                    door.failed(&fault);
                    false
                }
            };
            let room = tokio::task::block_in_place(|| door.machine.room());
            // Before it is told: whoever asks in between looks himself, and waits for nobody who has looked.
            drop(permit);
            door.pulse.last.send_replace(Some((Instant::now(), Seen { database, room })));
        });
    }
    timeout(Duration::from_millis(limit_ms), news.changed()).await.ok()?.ok()?;
    news.borrow().as_ref().map(|(_, seen)| seen.clone())
}

/// Why a server is not ready, in sentences; none of them tells of a location.
fn reasons(standing: Standing, seen: Option<&Seen>) -> Vec<&'static str> {
    let mut reasons = Vec::new();
    match standing {
        Standing::Serving => {}
        Standing::Leaving | Standing::Closing => reasons.push("the server is stopping"),
    }
    match seen {
        None => reasons.push("the central database does not answer in time"),
        Some(Seen { database: false, .. }) => reasons.push("the central database failed"),
        Some(_) => {}
    }
    match seen.and_then(|seen| seen.room.as_ref()) {
        Some(Ok(free)) if *free < DISK_FREE_MIN_BYTES => reasons.push("the disk is nearly full"),
        Some(Err(_)) => reasons.push("nobody can tell how much room the disk has"),
        Some(Ok(_)) | None => {}
    }
    reasons
}

/// Says whether the server is ready: 200, or 503 and why not.
pub(super) async fn ready<C: Central + 'static>(State(door): State<Arc<Door<C>>>) -> Response {
    let standing = door.standing();
    // One that stops says so at once: whoever asks shall send nobody here any more.
    let seen =
        if standing == Standing::Serving { look(&door).await } else { Some(Seen { database: true, room: None }) };
    let reasons = reasons(door.standing(), seen.as_ref());
    let status = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({ "ready": reasons.is_empty(), "reasons": reasons });
    let mut response = Response::new(Body::from(format!("{body}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Entropy, Timestamp};
    use crate::server::auth::Keys;
    use crate::server::http::{Limits, Machine, alone};
    use crate::server::{Replica, SqliteCentral};

    fn door() -> Arc<Door<SqliteCentral>> {
        let dice = || Entropy::new(|bytes| bytes.fill(7));
        let replica = Replica::new(SqliteCentral::in_memory(&mut dice()).unwrap(), Default::default());
        let (keys, clock) = (Keys::new(&[[9; 32]]).unwrap(), || Timestamp::utc(1_773_491_400_000));
        let door = Door::new(replica, keys, Box::new(clock), Box::new(dice), alone().0, Limits::default());
        Arc::new(door.on(Machine::new(Box::new(|| Some(Ok(5))), Default::default)))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_seen_holds_for_a_moment_and_a_database_that_fails_is_seen() {
        let door = door();
        let seen = |database| Some(Seen { database, room: Some(Ok(5)) });
        assert_eq!(look(&door).await, seen(true));
        door.replica.central().spoil("ALTER TABLE act RENAME TO gone");
        assert_eq!(look(&door).await, seen(true), "a moment ago it was so");
        let later = Instant::now() - Duration::from_millis(READY_FRESH_MS);
        door.pulse.last.send_modify(|last| *last = last.take().map(|(_, seen)| (later, seen)));
        assert_eq!(look(&door).await, seen(false));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_database_that_hangs_is_asked_once_and_waited_for_within_a_bound() {
        let door = door();
        let turns = door.all_turns().await;
        let within = || look_within(&door, 50);
        assert_eq!(tokio::join!(within(), within(), within()), (None, None, None));
        assert_eq!(door.pulse.looking.available_permits(), 0, "whoever looks still waits");
        drop(turns);
        assert!(look(&door).await.is_some(), "and tells whoever asks next");
    }

    #[test]
    fn a_server_says_why_it_is_not_ready() {
        let seen = |database, room| Some(Seen { database, room });
        let (stops, full) = ("the server is stopping", "the disk is nearly full");
        let silent = "the central database does not answer in time";
        // how it stands, what was seen, why it is not ready
        let rows: [(Standing, Option<Seen>, &[&str]); 7] = [
            (Standing::Serving, seen(true, Some(Ok(DISK_FREE_MIN_BYTES))), &[]),
            (Standing::Serving, seen(true, None), &[]),
            (Standing::Serving, None, &[silent]),
            (Standing::Serving, seen(false, Some(Ok(0))), &["the central database failed", full]),
            (Standing::Serving, seen(true, Some(Err("x".into()))), &["nobody can tell how much room the disk has"]),
            (Standing::Leaving, seen(true, None), &[stops]),
            (Standing::Closing, seen(true, None), &[stops]),
        ];
        for (standing, seen, why) in rows {
            assert_eq!(reasons(standing, seen.as_ref()), why, "{standing:?} {seen:?}");
        }
    }
}
