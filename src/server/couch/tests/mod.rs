//! The protocol over SQLite in memory: tables of requests and what they are answered.

mod documents;
mod feeds;
mod junk;
mod scopes;

use super::asked::Asked;
use super::{Answered, Feed, FeedPage, Long, answer, feed_page, without_body};
use crate::document::Database;
use crate::domain::{Entropy, Timestamp};
use crate::server::central::conformance::{fresh, on_each_central, wait};
use crate::server::replica::{Replica, Settings};
use crate::server::{CentralDatabase, Role, Scope};
use crate::sync::wire::Problem;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

on_each_central! {
    the_server_and_its_databases_say_how_they_stand,
    a_head_is_a_get_without_its_body,
    what_is_answered_can_be_awaited_anywhere,
}

pub(super) struct World {
    replica: Replica<CentralDatabase>,
    dice: Entropy,
    now: Timestamp,
}

pub(super) fn scope(location: &str, role: Role) -> Scope {
    Scope { location_id: location.into(), role }
}

pub(super) fn register() -> Scope {
    scope("L1", Role::Register("T1".into()))
}

/// What is asked of the feed of orders.
pub(super) fn read_feed(asked: &http::Request<Vec<u8>>) -> Result<Feed, Problem> {
    Feed::read(&Asked::read(asked)?, Database::Orders)
}

/// A revision of which only its place and one digit are told: `2-a` is `2-aaaa...`.
pub(super) fn rev(short: &str) -> String {
    let (generation, digit) = short.split_once('-').unwrap();
    format!("{generation}-{}", digit.repeat(32))
}

impl World {
    pub(super) fn new() -> World {
        let mut count = 0_u64;
        let mut dice = Entropy::new(move |bytes| {
            count += 1;
            let number = count.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            for (nth, byte) in bytes.iter_mut().enumerate() {
                *byte = number[nth % 8] ^ u8::try_from(nth).unwrap();
            }
        });
        let central = fresh(&mut dice);
        let now = Timestamp::from_rfc3339("2026-03-14T19:05:06.789+01:00").unwrap();
        World { replica: Replica::new(central, Settings::default()), dice, now }
    }

    pub(super) fn raw(&mut self, scope: &Scope, asked: &http::Request<Vec<u8>>) -> Response<Vec<u8>> {
        self.now = self.now.plus_millis(1);
        let mut response = match wait(answer(&self.replica, scope, asked, self.now, &mut self.dice)) {
            Answered::Whole(response) => return response,
            Answered::Long(long) => self.long(long),
            Answered::Feed(feed) => self.feed(scope, feed),
        };
        if asked.method() == Method::HEAD {
            without_body(&mut response);
        }
        response
    }

    /// All pieces of an answer that may be long.
    fn long(&self, mut long: Long) -> Response<Vec<u8>> {
        let mut text = String::new();
        while !long.is_done() {
            match wait(long.more(&self.replica)) {
                Ok(piece) => text.push_str(&piece),
                Err(problem) => return super::told::problem(&problem),
            }
        }
        super::told::bytes(StatusCode::OK, "application/json", text.into_bytes())
    }

    /// All pages of a feed, as whoever carries it puts them together.
    fn feed(&self, scope: &Scope, mut feed: Feed) -> Response<Vec<u8>> {
        let (mut rows, mut since) = (Vec::new(), feed.since.clone());
        loop {
            let page = match wait(feed_page(&self.replica, scope, &feed, &since)) {
                Ok(page) => page,
                Err(problem) => return super::told::problem(&problem),
            };
            let count = u32::try_from(page.rows.len()).unwrap();
            rows.extend(page.rows);
            since = page.last_seq;
            feed.limit = feed.limit.map(|limit| limit - count);
            if page.pending == 0 || feed.limit == Some(0) {
                let told = json!({ "results": rows, "last_seq": since, "pending": page.pending });
                return super::told::json(StatusCode::OK, &told);
            }
        }
    }

    /// Asks as a register: `GET /sync/orders/a`, with a body where one is given.
    pub(super) fn ask(&mut self, line: &str, body: Value) -> (u16, Value) {
        self.ask_as(&register(), line, body)
    }

    pub(super) fn ask_as(&mut self, scope: &Scope, line: &str, body: Value) -> (u16, Value) {
        let response = self.raw(scope, &request(line, &body));
        let told = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        (response.status().as_u16(), told)
    }

    /// Writes a new document, and answers with its revision.
    pub(super) fn put(&mut self, id: &str, body: Value) -> String {
        let (status, told) = self.ask(&format!("PUT /sync/orders/{id}"), body);
        assert_eq!(status, 201, "{told}");
        told["rev"].as_str().unwrap().to_owned()
    }

    /// Takes revisions as they are: id, history from the newest on, deleted, body.
    pub(super) fn graft(&mut self, id: &str, history: &[&str], deleted: bool, mut body: Value) {
        let start: u32 = history[0].split_once('-').unwrap().0.parse().unwrap();
        let ids: Vec<String> = history.iter().map(|it| it.split_once('-').unwrap().1.repeat(32)).collect();
        body["_id"] = id.into();
        body["_rev"] = rev(history[0]).into();
        body["_revisions"] = json!({ "start": start, "ids": ids });
        body["_deleted"] = deleted.into();
        let told = self.ask("POST /sync/orders/_bulk_docs", json!({ "new_edits": false, "docs": [body] }));
        assert_eq!(told, (201, json!([])));
    }

    pub(super) fn page(&self, feed: &Feed, since: &str) -> FeedPage {
        wait(feed_page(&self.replica, &register(), feed, since)).unwrap()
    }
}

pub(super) fn request(line: &str, body: &Value) -> http::Request<Vec<u8>> {
    let (method, address) = line.split_once(' ').unwrap();
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let built = http::Request::builder().method(method).uri(address).header("content-type", "application/json");
    built.body(body).unwrap()
}

/// Whether all that is expected is there: fields of objects, lists whole.
pub(super) fn holds(told: &Value, expected: &Value) -> bool {
    match (told, expected) {
        (Value::Object(told), Value::Object(expected)) => {
            expected.iter().all(|(name, value)| told.get(name).is_some_and(|it| holds(it, value)))
        }
        (Value::Array(told), Value::Array(expected)) => {
            told.len() == expected.len() && told.iter().zip(expected).all(|(told, expected)| holds(told, expected))
        }
        (told, expected) => told == expected,
    }
}

/// Rows: what is asked, with which body, the status, what is among what is answered.
pub(super) fn check(world: &mut World, rows: &[(&str, Value, u16, Value)]) {
    for (line, body, status, expected) in rows {
        let (is, told) = world.ask(line, body.clone());
        assert_eq!(is, *status, "{line} {body}: {told}");
        assert!(holds(&told, expected), "{line} {body}: {told} has not {expected}");
    }
}

pub(super) fn error(word: &str, reason: &str) -> Value {
    json!({ "error": word, "reason": reason })
}

fn the_server_and_its_databases_say_how_they_stand() {
    let mut world = World::new();
    let gone = world.put("b", json!({}));
    world.put("a", json!({}));
    world.ask(&format!("DELETE /sync/orders/b?rev={gone}"), Value::Null);
    let exists = error("file_exists", "The database could not be created, the file already exists.");
    check(
        &mut world,
        &[
            ("GET /sync/", Value::Null, 200, json!({ "couchdb": "Welcome" })),
            ("GET /sync", Value::Null, 200, json!({ "couchdb": "Welcome" })),
            ("POST /sync", json!({}), 405, json!({ "error": "method_not_allowed" })),
            ("GET /sync/_all_dbs", Value::Null, 200, json!(["audit", "customers", "menu", "orders"])),
            ("GET /sync/_up", Value::Null, 200, json!({ "status": "ok" })),
            ("GET /sync/_uuids?count=1001", Value::Null, 400, json!({ "error": "bad_request" })),
            ("GET /sync/orders", Value::Null, 200, json!({ "db_name": "orders", "doc_count": 1, "doc_del_count": 1 })),
            ("GET /sync/orders/", Value::Null, 200, json!({ "doc_count": 1, "compact_running": false })),
            ("GET /sync/menu/", Value::Null, 200, json!({ "doc_count": 0, "doc_del_count": 0 })),
            ("PUT /sync/orders/", Value::Null, 412, exists),
            ("DELETE /sync/orders/", Value::Null, 403, json!({ "error": "forbidden" })),
            ("PUT /sync/drinks/", Value::Null, 404, error("not_found", "Database does not exist.")),
            ("GET /sync/drinks/a", Value::Null, 404, error("not_found", "Database does not exist.")),
            ("GET /sync/_users", Value::Null, 404, error("not_found", "Database does not exist.")),
            ("GET /sync/orders/_security", Value::Null, 200, json!({ "members": { "names": [], "roles": ["L1"] } })),
            ("PUT /sync/orders/_security", json!({}), 403, json!({ "error": "forbidden" })),
            ("GET /sync/orders/_revs_limit", Value::Null, 200, json!(1000)),
            ("POST /sync/orders/_purge", json!({ "a": [] }), 403, json!({ "error": "forbidden" })),
            ("POST /sync/orders/_compact", Value::Null, 202, json!({ "ok": true })),
            ("POST /sync/orders/_ensure_full_commit", Value::Null, 201, json!({ "ok": true })),
            ("GET /sync/orders/_bulk_docs", Value::Null, 405, error("method_not_allowed", "Only POST allowed")),
            ("PATCH /sync/orders", Value::Null, 405, json!({ "error": "method_not_allowed" })),
            ("GET /other", Value::Null, 404, json!({ "error": "not_found" })),
        ],
    );
    let (_, made) = world.ask("GET /sync/_uuids?count=3", Value::Null);
    assert_eq!(made["uuids"].as_array().map(Vec::len), Some(3));
}

fn a_head_is_a_get_without_its_body() {
    let mut world = World::new();
    let rev = world.put("a", json!({ "x": 1 }));
    // address, status, has an ETag
    for (address, status, is_tagged) in [
        ("/sync/orders", 200, false),
        ("/sync/orders/a", 200, true),
        ("/sync/orders/b", 404, false),
        ("/sync/orders/_local/none", 404, false),
        ("/sync/orders/_all_docs", 200, false),
    ] {
        let got = world.raw(&register(), &request(&format!("GET {address}"), &Value::Null));
        let head = world.raw(&register(), &request(&format!("HEAD {address}"), &Value::Null));
        assert_eq!((head.status().as_u16(), head.body().len()), (status, 0), "{address}");
        assert_eq!(head.headers()["content-length"], got.body().len().to_string(), "{address}");
        assert_eq!(head.headers().get("etag").is_some(), is_tagged, "{address}");
    }
    let mut known = request("GET /sync/orders/a", &Value::Null);
    known.headers_mut().insert("if-none-match", format!("\"{rev}\"").parse().unwrap());
    let response = world.raw(&register(), &known);
    assert_eq!((response.status(), response.body().len()), (StatusCode::NOT_MODIFIED, 0));
}

fn what_is_answered_can_be_awaited_anywhere() {
    fn is_send(_: &impl Send) {}
    let World { replica, mut dice, now } = World::new();
    let (here, asked) = (register(), request("GET /sync", &Value::Null));
    is_send(&answer(&replica, &here, &asked, now, &mut dice));
    let feed = read_feed(&request("GET /sync/orders/_changes", &Value::Null)).unwrap();
    is_send(&feed_page(&replica, &here, &feed, "0"));
}
