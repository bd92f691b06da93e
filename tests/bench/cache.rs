//! What a cache that servers share brings (Debian's redis-server on this machine), and what it would not.
//!
//! Menus are of restaurant size (tests/menus/large.json). Each pull that is made from the database is a menu since
//! another one of its first changes: nearly all of it, and nothing that anybody has in mind. What is not cached stands
//! beside what a cache would cost for it: one answer of Redis.

use super::sections::Measured;
use super::table::{Figure, Sample, millis};
use crate::pty::let_pass;
use crate::redis::RedisServer;
use comanda::document::{Database, menu};
use comanda::domain::{LocationId, Menu, RegisterId};
use comanda::runtime::clock;
use comanda::runtime::serve::{self, Running, Settings};
use comanda::server::central::{Central, Place};
use comanda::server::{Replica, Role, Scope, SqliteCentral, at_once};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How much of everything.
pub struct Scale {
    /// Menus that are pulled.
    pulls: usize,
    /// Servers that are started.
    servers: usize,
    /// Orders that are submitted again.
    again: usize,
    /// Changes that another server hears of.
    hints: usize,
}

impl Scale {
    pub const FULL: Scale = Scale { pulls: 60, servers: 10, again: 500, hints: 30 };
    pub const QUICK: Scale = Scale { pulls: 3, servers: 1, again: 3, hints: 1 };
}

const SECRET: &str = "a secret that is long enough for everybody";
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

type Trouble = Box<dyn Error>;

/// A database, and whoever asks its servers.
struct House {
    dir: TempDir,
    runtime: Runtime,
    client: Client,
    token: String,
}

/// The order that is submitted again and again.
fn order(nth: usize) -> Value {
    json!({ "location_id": "L1", "customer_id": null, "order_type": "takeaway", "payment_status": "pending",
            "items": [{ "item_id": "gordal-olives", "quantity": 2 }], "created_at": "2026-03-14T12:30:00Z",
            "_offline_order": true, "_original_order_id": format!("order_0195936f-7a10-7c3e-9a6d-{nth:012x}") })
}

impl House {
    fn open() -> Result<House, Trouble> {
        let dir = tempfile::tempdir()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let mut house = House { dir, runtime, client: Client::builder().no_gzip().build()?, token: String::new() };
        let (server, replica) = (house.server(None)?, house.beside()?);
        let scope = |role| Scope { location_id: LocationId::from("L1"), role };
        let register = scope(Role::Register(RegisterId::from("T1")));
        at_once(replica.enrol(&register, "T1", SECRET, clock::now())).map_err(|it| it.detail)?;
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/menus/large.json"))?;
        let large: Menu = menu::read(&text).map_err(|flaws| format!("{flaws:?}"))?;
        let (admin, mut dice) = (scope(Role::Admin), clock::entropy()?);
        let imported = replica.import_menu(&admin, &large, clock::now(), &mut dice);
        at_once(imported).map_err(|it| it.detail)?;
        let asked = json!({ "register_id": "T1", "secret": SECRET });
        let answer = house.ask(&server, Method::POST, "/api/v1/auth/token", Some(&asked))?;
        house.token = answer["token"].as_str().ok_or("a token is a text")?.to_owned();
        Ok(house)
    }

    /// A server of it, in this process.
    fn server(&self, redis: Option<&RedisServer>) -> Result<Running, Trouble> {
        let mut settings = Settings::of_dir(self.dir.path());
        settings.cache = redis.map(RedisServer::named);
        settings.limits.requests.token_requests_per_s = 0;
        settings.limits.requests.peer_requests_per_s = 0;
        let running = serve::start(settings)?;
        if redis.is_some() {
            until("the cache answers", || running.cache().counts().shared.is_some_and(|it| it.is_there))?;
        }
        Ok(running)
    }

    fn beside(&self) -> Result<Replica<SqliteCentral>, Trouble> {
        let central = SqliteCentral::open(&self.dir.path().join("central.sqlite"), &mut clock::entropy()?)?;
        Ok(Replica::new(central, Default::default()))
    }

    fn ask(&self, server: &Running, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Trouble> {
        let mut asked = self.client.request(method, format!("{}{path}", server.url())).bearer_auth(&self.token);
        if let Some(body) = body {
            asked = asked.body(body.to_string());
        }
        let text = self.runtime.block_on(async { asked.send().await?.error_for_status()?.text().await })?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Pulls a menu; how long it took, in milliseconds.
    fn pull(&self, server: &Running, since: Option<String>) -> Result<f64, Trouble> {
        let path = since.map_or("/api/v1/menu/sync".to_owned(), |since| format!("/api/v1/menu/sync?since={since}"));
        let asked = self.client.get(format!("{}{path}", server.url())).bearer_auth(&self.token);
        let begun = clock::instant();
        let text = self.runtime.block_on(async { asked.send().await?.error_for_status()?.bytes().await })?;
        let took = millis(begun.elapsed());
        if text.len() < 20_000 { Err(format!("that is no whole menu: {} bytes", text.len()).into()) } else { Ok(took) }
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) -> Result<(), Trouble> {
    let begun = clock::instant();
    while !is_so() {
        if begun.elapsed() > PATIENCE {
            return Err(format!("it does not come to be: {what}").into());
        }
        let_pass(Duration::from_millis(2));
    }
    Ok(())
}

/// How long something takes in the middle, in microseconds.
fn micros(times: usize, mut what: impl FnMut() -> Result<(), Trouble>) -> Result<f64, Trouble> {
    let mut sample = Sample::default();
    for _ in 0..times {
        let begun = clock::instant();
        what()?;
        sample.add(millis(begun.elapsed()) * 1e3);
    }
    Ok(sample.median())
}

pub fn measure(scale: &Scale) -> Measured {
    let Some(redis) = RedisServer::open() else { return Ok(Vec::new()) };
    let house = House::open()?;
    let mut figures = menus(&house, &redis, scale)?;
    figures.extend(hints(&house, &redis, scale)?);
    figures.extend(uncached(&house, &redis, scale)?);
    Ok(figures)
}

fn menus(house: &House, redis: &RedisServer, scale: &Scale) -> Measured {
    let server = house.server(None)?;
    let whole = house.ask(&server, Method::GET, "/api/v1/menu/sync", None)?;
    let cursor = whole["cursor"].as_str().ok_or("a cursor is a text")?;
    let (_, instance) = cursor.split_once('-').ok_or("a cursor has a number")?;
    let (mut made, mut remembered) = (Sample::default(), Sample::default());
    for nth in 1..=scale.pulls {
        made.add(house.pull(&server, Some(format!("{nth}-{instance}")))?);
        remembered.add(house.pull(&server, None)?);
    }
    drop(server);
    let (mut alone, mut shared) = (Sample::default(), Sample::default());
    let filling = house.server(Some(redis))?;
    house.pull(&filling, None)?;
    until("it is kept", || !redis.visit().names().is_empty())?;
    for _ in 0..scale.servers {
        alone.add(house.pull(&house.server(None)?, None)?);
        let server = house.server(Some(redis))?;
        shared.add(house.pull(&server, None)?);
        let counts = server.cache().counts();
        if counts.menus_shared != 1 {
            return Err(format!("the cache was not used: {counts:?}").into());
        }
    }
    let per_s = |sample: &Sample| 1e3 / sample.median();
    Ok(vec![
        Figure::new("a whole menu, had in mind", remembered.median(), "ms").beside("from the database", made.median()),
        Figure::new("such menus to one client", per_s(&remembered), "/s").beside("from the database", per_s(&made)),
        Figure::new("a server's first, from Redis", shared.median(), "ms").beside("without Redis", alone.median()),
    ])
}

fn hints(house: &House, redis: &RedisServer, scale: &Scale) -> Measured {
    let heard = |redis: Option<&RedisServer>| -> Result<Sample, Trouble> {
        let (here, there) = (house.server(redis)?, house.server(redis)?);
        let mut sample = Sample::default();
        for nth in 0..scale.hints {
            let feed = format!("{}/sync/orders/_changes?feed=longpoll&since=now", there.url());
            let feed = house.client.get(feed).bearer_auth(&house.token);
            let woken = house.runtime.spawn(async move {
                let answer = feed.send().await?.error_for_status()?.text().await?;
                Ok::<(Instant, String), reqwest::Error>((clock::instant(), answer))
            });
            // Until it is held; not always as long after the server's last look.
            let_pass(Duration::from_millis(150 + 37 * (nth as u64 % 27)));
            let number = clock::now().unix_ms.unsigned_abs();
            let id = format!("order_0195936f-7a10-7c3e-9a6d-{number:012x}");
            let body = json!({ "_id": id, "_rev": format!("1-{number:032x}"), "type": "order", "location_id": "L1" });
            let body = json!({ "new_edits": false, "docs": [body] });
            house.ask(&here, Method::POST, "/sync/orders/_bulk_docs", Some(&body))?;
            let written = clock::instant();
            let (at, answer) = house.runtime.block_on(woken)??;
            if !answer.contains(&id) {
                return Err(format!("it woke for nothing: {answer}").into());
            }
            sample.add(millis(at.saturating_duration_since(written)));
        }
        Ok(sample)
    };
    let (alone, shared) = (heard(None)?, heard(Some(redis))?);
    let figure = |what: &str, of: usize| {
        Figure::new(format!("a change at another server, {what}"), shared.permille(of), "ms")
            .beside("without Redis", alone.permille(of))
    };
    Ok(vec![figure("median", 500), figure("95 of 100", 950)])
}

/// What is not cached, and one answer of Redis beside it.
fn uncached(house: &House, redis: &RedisServer, scale: &Scale) -> Measured {
    let server = house.server(None)?;
    let body = order(1);
    let first = house.ask(&server, Method::POST, "/api/v1/orders/create", Some(&body))?;
    let mut sample = Sample::default();
    for _ in 0..scale.again {
        let begun = clock::instant();
        if house.ask(&server, Method::POST, "/api/v1/orders/create", Some(&body))? != first {
            return Err("the same order gets the same answer".into());
        }
        sample.add(millis(begun.elapsed()));
    }
    let replica = house.beside()?;
    let central = replica.central();
    let location = LocationId::from("L1");
    let place = Place { location_id: location.clone(), database: Database::Menu };
    let id = [body["_original_order_id"].as_str().ok_or("an id is a text")?.to_owned()];
    let mut visitor = redis.visit();
    let kept = first.to_string();
    let _: String = visitor.says(&[b"SET", b"first answer", kept.as_bytes()]);
    let redis = micros(scale.again, || {
        let came: Vec<u8> = visitor.says(&[b"GET", b"first answer"]);
        if came == kept.as_bytes() { Ok(()) } else { Err("it is kept".into()) }
    })?;
    let answer = micros(scale.again, || {
        let found = at_once(central.acceptances(&location, &id))?;
        if found.len() == 1 { Ok(()) } else { Err("it was accepted".into()) }
    })?;
    let device = micros(scale.again, || {
        at_once(central.device(&location, "T1"))?.map(drop).ok_or_else(|| "it is enrolled".into())
    })?;
    let version = micros(scale.again, || Ok(at_once(central.standing(&place)).map(drop)?))?;
    let beside = |what: &str, value: f64| Figure::new(what, value, "us").beside("one answer of Redis", redis);
    Ok(vec![
        Figure::new("an order submitted again, median", sample.median(), "ms"),
        beside("not cached: its first answer, from SQLite", answer),
        beside("not cached: is a device let in, from SQLite", device),
        beside("not cached: which menu is the newest, SQLite", version),
    ])
}
