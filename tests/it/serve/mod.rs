//! The server on real sockets, as its clients meet it: each test has one of its own, on a free port of this machine.

mod command;
mod doors;
mod feeds;
mod limits;
mod long;
mod many;
mod memory;
mod openapi;
mod rest;
mod revoked;
mod tls;
mod watched;

use comanda::domain::{LocationId, Timestamp};
use comanda::runtime::serve::{self, Running, Settings};
use comanda::runtime::{clock, demo};
use comanda::server::{Replica, Role, Scope, SqliteCentral, at_once};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What every device of these tests was given.
const SECRET: &str = "a secret that is long enough for everybody";

/// A server, its things, and a client.
struct House {
    running: Running,
    client: Client,
    dir: TempDir,
}

impl House {
    fn open() -> House {
        House::with(|_| ())
    }

    /// A server whose settings are changed a little.
    fn with(change: impl FnOnce(&mut Settings)) -> House {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = Settings::of_dir(dir.path());
        change(&mut settings);
        House { running: serve::start(settings).unwrap(), client: Client::new(), dir }
    }

    /// The same database beside the server, as another process has it.
    fn beside(&self) -> Replica<SqliteCentral> {
        let file = self.dir.path().join("central.sqlite");
        Replica::new(SqliteCentral::open(&file, &mut clock::entropy().unwrap()).unwrap(), Default::default())
    }

    fn scope(role: Role) -> Scope {
        Scope { location_id: LocationId::from("L1"), role }
    }

    /// Enrols a register and gets a token for it.
    async fn token(&self, register: &str) -> String {
        let scope = House::scope(Role::Register(register.into()));
        at_once(self.beside().enrol(&scope, register, SECRET, clock::now())).unwrap();
        let body = json!({ "register_id": register, "secret": SECRET });
        let answer = self.ask(Method::POST, "/api/v1/auth/token").body(body.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        value(answer).await["token"].as_str().unwrap().to_owned()
    }

    fn import_menu(&self) {
        let (menu, now, mut dice) = (demo::menu().unwrap(), clock::now(), clock::entropy().unwrap());
        at_once(self.beside().import_menu(&House::scope(Role::Admin), &menu, now, &mut dice)).unwrap();
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url())
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    fn get(&self, token: &str, path: &str) -> RequestBuilder {
        self.ask(Method::GET, path).bearer_auth(token)
    }

    fn post(&self, token: &str, path: &str, body: &Value) -> RequestBuilder {
        self.ask(Method::POST, path).bearer_auth(token).body(body.to_string())
    }

    /// Writes an order's document past everybody, as replication does.
    async fn push(&self, token: &str, nth: u32) {
        let answer = self.post(token, "/sync/orders/_bulk_docs", &order_document(nth)).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), value(answer).await), (201, json!([])));
    }
}

/// Lets time pass where nothing tells that a server has begun to wait, or has lost its patience.
async fn let_pass(ms: u64) {
    tokio::time::timeout(std::time::Duration::from_millis(ms), std::future::pending::<()>()).await.unwrap_err();
}

async fn value(answer: Response) -> Value {
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

/// The id of the nth order.
fn order_id(nth: u32) -> String {
    format!("order_0195936f-7a10-7c3e-9a6d-{nth:012x}")
}

/// An order with the eight fields that suffice.
fn order(nth: u32) -> Value {
    json!({ "location_id": "L1", "customer_id": null, "order_type": "takeaway", "payment_status": "pending",
            "items": [{ "item_id": "cheeseburger", "quantity": 2 }, { "item_id": "six-oysters", "quantity": 1 }],
            "created_at": Timestamp::utc(1_773_491_400_000).rfc3339(), "_offline_order": true,
            "_original_order_id": order_id(nth) })
}

/// A document of the nth order, as `_bulk_docs` takes it.
fn order_document(nth: u32) -> Value {
    let body = json!({ "_id": order_id(nth), "_rev": format!("1-{nth:032x}"), "type": "order", "location_id": "L1" });
    json!({ "new_edits": false, "docs": [body] })
}
