//! CouchDB's side: how its requests are read, and what is answered to them. Not here: holding feeds open (`http`).

use super::central::Central;
use super::replica::Replica;
use super::scope::Scope;
use crate::document::Database;
use crate::domain::{Entropy, Timestamp};
use crate::sync::wire::{Answer, Change, Problem, Request, server};
use serde_json::{Value, json};

/// Which kind of feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedKind {
    /// What is there.
    Normal,
    /// What is there, or the next thing that comes.
    Longpoll,
    /// What is there and what comes, a line each.
    Continuous,
    /// The same as events.
    EventSource,
}

/// What is asked of `_changes`.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// Of which database.
    pub database: Database,
    /// How it is held.
    pub kind: FeedKind,
    /// After which sequence.
    pub since: String,
    /// At most so many rows.
    pub limit: Option<u32>,
    /// The newest first.
    pub descending: bool,
    /// How often to say that the feed lives, in milliseconds.
    pub heartbeat_ms: Option<u64>,
    /// When to end it, in milliseconds.
    pub timeout_ms: Option<u64>,
}

/// Some rows of a feed.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedPage {
    /// As they are written.
    pub rows: Vec<Value>,
    /// Where to go on.
    pub last_seq: String,
    /// How many come after it.
    pub pending: u64,
}

/// Reads what is asked of `_changes`; none when something else is asked.
pub fn read_feed(asked: &http::Request<Vec<u8>>) -> Option<Result<Feed, Problem>> {
    let path = asked.uri().path();
    let is_feed = path.starts_with("/sync/") && path.ends_with("/_changes");
    is_feed.then(|| feed(asked))
}

fn feed(asked: &http::Request<Vec<u8>>) -> Result<Feed, Problem> {
    let query = asked.uri().query().unwrap_or_default();
    let given = |name: &str| query.split('&').find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
    let number = |name: &str| given(name).and_then(|text| text.parse::<u64>().ok());
    let kind = match given("feed") {
        Some("longpoll") => FeedKind::Longpoll,
        Some("continuous") => FeedKind::Continuous,
        Some("eventsource") => FeedKind::EventSource,
        _ => FeedKind::Normal,
    };
    let plain = query.split('&').filter(|it| !it.starts_with("feed=")).collect::<Vec<_>>().join("&");
    let address = format!("{}?{plain}", asked.uri().path());
    let unreadable = |detail: String| Problem { status: 400, code: "bad_request".into(), detail, field: None };
    let once = http::Request::builder().method(asked.method()).uri(address).body(asked.body().clone());
    let Request::Changes { database, since, limit, .. } =
        server::read(&once.map_err(|it| unreadable(it.to_string()))?)?
    else {
        return Err(unreadable("this is no changes feed".into()));
    };
    let heartbeat_ms = match given("heartbeat") {
        Some("true") => Some(60_000),
        _ => number("heartbeat"),
    };
    let limit = given("limit").map(|_| limit);
    let since = since.unwrap_or_else(|| "0".into());
    Ok(Feed { database, kind, since, limit, descending: false, heartbeat_ms, timeout_ms: number("timeout") })
}

/// Reads some rows of a feed.
///
/// # Errors
/// [`Problem`]: why not.
pub async fn feed_page<C: Central>(
    replica: &Replica<C>,
    scope: &Scope,
    feed: &Feed,
    since: &str,
) -> Result<FeedPage, Problem> {
    let limit = feed.limit.unwrap_or(u32::MAX);
    let request = Request::Changes { database: feed.database, since: Some(since.to_owned()), limit, wait_ms: None };
    let mut no_dice = Entropy::new(|bytes| bytes.fill(0));
    let Answer::Changes(changes) = replica.answer(scope, &request, Timestamp::utc(0), &mut no_dice).await? else {
        unreachable!("changes are answered with changes")
    };
    let row = |it: &Change| {
        let leaves: Vec<Value> = it.revisions.iter().map(|revision| json!({ "rev": revision.to_string() })).collect();
        let mut row = json!({ "seq": it.seq, "id": it.doc_id, "changes": leaves });
        if it.deleted {
            row["deleted"] = true.into();
        }
        row
    };
    let pending = u64::from(u32::try_from(changes.rows.len()).unwrap_or(0) >= limit);
    Ok(FeedPage { rows: changes.rows.iter().map(row).collect(), last_seq: changes.last_seq, pending })
}

/// Answers everything else.
pub async fn answer<C: Central>(
    replica: &Replica<C>,
    scope: &Scope,
    asked: &http::Request<Vec<u8>>,
    now: Timestamp,
    dice: &mut Entropy,
) -> http::Response<Vec<u8>> {
    match server::read(asked) {
        Ok(request) => server::write(&request, &replica.answer(scope, &request, now, dice).await),
        Err(problem) => server::write_problem(asked, &problem),
    }
}
