//! PouchDB, as npm has it, against `comanda serve`: it replicates both ways, live, with conflicts and through restarts,
//! asks all that it can ask of a remote database, and a register of ours stands at the server's other side.
//!
//! The drivers are tests/pouchdb/*.js, one a theme. Where there is no npm they are left out; with CI=true that fails.

use crate::node::{Driver, order_body, written};
use crate::place;
use crate::premises::{Register, Server, ask};
use crate::proxy::{Fate, Proxy};
use comanda::domain::RegisterId;
use comanda::server::Role;
use serde_json::{Value, json};

/// How many orders are replicated.
const ORDERS: usize = 1_000;
/// How often the server is killed while PouchDBs are in live sync with it.
const KILLS: usize = 6;

fn register(name: &str) -> Role {
    Role::Register(RegisterId(name.into()))
}

/// Holds what a driver said against what it must say, each field by its name.
fn check(said: &Value, rows: &[(&str, Value)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter(|(name, must)| said[name] != *must)
        .map(|(name, must)| format!("{name}: {} must be {must}", said[name]))
        .collect();
    assert!(wrong.is_empty(), "{}\nall that was said: {said:#}", wrong.join("\n"));
}

#[test]
fn pouchdb_replicates_a_thousand_orders_with_conflicts_and_deletes() {
    let Some(place) = place::pouchdb() else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = Server::open(folder.path());
    let documents = written((0..ORDERS).map(order_body));
    let token = server.token(&server.lets_in(register("P1"), "P1"));
    let told = json!({
        "url": format!("http://{}/sync", server.address), "database": "orders", "token": token,
        "documents": documents.path(),
    });
    let said = Driver::start(&place, "replicates.js", &told).hears();
    let winner = |conflicts: usize| json!({ "same": true, "conflicts": conflicts, "same_conflicts": true });
    let gone = |reason: &str| json!({ "status": 404, "error": "not_found", "reason": reason });
    check(
        &said,
        &[
            ("pushed", ORDERS.into()),
            ("push_failures", 0.into()),
            ("pushed_again", 0.into()),
            ("pulled", ORDERS.into()),
            ("is_same", true.into()),
            ("is_settled_alike", true.into()),
            ("winners", json!([winner(1), winner(1), winner(0)])),
            ("deleted", json!([gone("deleted"), gone("deleted")])),
            ("is_unknown_kept", true.into()),
            ("conflicts_left", 0.into()),
            ("tombstone", json!({ "deleted": true, "why": "ordered twice", "type": "order" })),
            ("documents", (ORDERS - 2).into()),
        ],
    );
}

#[test]
fn pouchdbs_stay_in_live_sync_while_their_server_is_killed() {
    let Some(place) = place::pouchdb() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::open(folder.path());
    let proxy = Proxy::before(server.address, 1);
    let documents = written((0..KILLS * 40).map(order_body));
    let who = server.lets_in(register("P1"), "P1");
    let told = json!({
        "url": format!("{}/sync", proxy.url()), "database": "orders", "documents": documents.path(),
        "user": who.name, "password": who.secret,
    });
    let mut driver = Driver::start(&place, "lives.js", &told);
    assert_eq!(driver.hears(), json!({ "ready": true }));
    let write = |to: usize, from: usize| json!({ "do": "write", "to": to, "from": from, "count": 20 });
    let edit = |to: usize, nth: usize, says: &str| json!({ "do": "edit", "to": to, "nth": nth, "says": says });
    for kill in 0..KILLS {
        let from = kill * 40;
        // In the middle of what is written; what is written while it is down; and a document that both edit then.
        driver.told(&write(0, from));
        server.kill();
        driver.hears();
        driver.does(&write(1, from + 20));
        if kill > 0 {
            driver.does(&edit(0, from - 1, "from the first"));
            driver.does(&edit(1, from - 1, "from the second"));
        }
        server.start();
        proxy.has_server_at(server.address);
        let met = driver.does(&json!({ "do": "meet", "documents": from + 40 }));
        assert_eq!(met["met"], from + 40, "{met}\n{}", proxy.log(100));
    }
    check(&driver.does(&json!({ "do": "end" })), &[("denied", 0.into()), ("errors", json!([]))]);
}

#[test]
fn the_server_answers_what_pouchdb_asks_of_a_remote_database() {
    let Some(place) = place::pouchdb() else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = Server::open(folder.path());
    let documents = written((0..20).map(order_body));
    let who = server.lets_in(Role::Admin, "dara");
    let told = json!({
        "url": format!("http://{}/sync", server.address), "database": "orders", "documents": documents.path(),
        "user": who.name, "password": who.secret,
    });
    let said = Driver::start(&place, "asks.js", &told).hears();
    let gone = |reason: &str| json!({ "status": 404, "error": "not_found", "reason": reason });
    check(
        &said,
        &[
            ("put", json!({ "generations": ["1", "2"] })),
            ("get", json!({ "notes": "hot" })),
            ("revs", json!({ "start": 2, "ids": 2, "info": 2 })),
            ("missing", gone("missing")),
            ("removed", gone("deleted")),
            ("tombstone", true.into()),
            ("bulk", json!({ "taken": 18, "last": 409 })),
            ("all", json!({ "total": 19, "rows": 19, "sorted": true })),
            ("descending", true.into()),
            ("range", json!({ "ids": true, "docs": true })),
            ("part", true.into()),
            ("keys", json!(["there", "not_found", "deleted"])),
            ("bulk_get", json!([2, 2, "error"])),
            ("revs_diff", true.into()),
            ("changes", json!({ "rows": 20, "deleted": 1 })),
            ("pages", json!({ "first": 5, "rest": 15, "docs": true })),
            ("newest", true.into()),
            ("doc_ids", 2.into()),
            ("selector", json!([true])),
            ("nothing_new", 0.into()),
            ("live", true.into()),
            ("index", "created".into()),
            ("index_again", "exists".into()),
            ("indexes", json!(["_all_docs", "by_number"])),
            ("find", json!(["P1-0005", "P1-0006", "P1-0007"])),
            ("find_deep", json!([])),
            ("explain", true.into()),
            ("delete_index", true.into()),
            ("after", true.into()),
        ],
    );
    assert_eq!((&said["info"]["db_name"], &said["info"]["has_seq"]), (&"orders".into(), &true.into()), "{said:#}");
    for name in ["stale", "twice"] {
        assert_eq!((&said[name]["status"], &said[name]["error"]), (&409.into(), &"conflict".into()), "{said:#}");
    }
    assert_eq!(said["find_wrong"]["status"], 400, "{said:#}");
    for name in ["attachment", "inline"] {
        let told = &said[name];
        let status = told["status"].as_u64().unwrap_or_default();
        assert!((400..500).contains(&status) && told["reason"].to_string().contains("attachment"), "{name}: {told}");
    }
}

#[test]
fn only_who_is_known_comes_in_and_one_401_ends_nothing_for_who_renews_its_token() {
    let Some(place) = place::pouchdb() else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = Server::open(folder.path());
    let proxy = Proxy::before(server.address, 1);
    let who = server.lets_in(register("P1"), "P1");
    let token = server.token(&who);
    let forged = format!("{}x", &token[..token.len() - 1]);
    let told = json!({
        "url": format!("{}/sync", proxy.url()), "database": "orders", "token": token,
        "doors": {
            "basic": { "user": who.name, "password": who.secret },
            "bearer": { "token": token },
            "another secret": { "user": who.name, "password": "guessed" },
            "nobody": { "user": "T9", "password": who.secret },
            "forged": { "token": forged },
            "without": {},
        },
        "renew": {
            "url": format!("{}/api/v1/auth/token", proxy.url()),
            "body": { "register_id": who.name, "secret": who.secret },
        },
    });
    let mut driver = Driver::start(&place, "doors.js", &told);
    let said = driver.hears();
    for door in ["basic", "bearer"] {
        assert_eq!(said[door], json!({ "all": {}, "replicated": {} }), "{door}");
    }
    for door in ["another secret", "nobody", "forged", "without"] {
        for what in ["all", "replicated"] {
            assert_eq!(said[door][what]["status"], 401, "{door} {what}: {said:#}");
        }
    }
    // Two follow the feed, the first of them without renewing anything.
    let put = |nth: usize| {
        let body = order_body(nth);
        let path = format!("/sync/orders/{}", body["_id"].as_str().unwrap());
        let head = ["Content-Type: application/json", &format!("Authorization: Bearer {token}")];
        let (status, answer) = ask(server.address, "PUT", &path, &head, &body.to_string());
        assert_eq!(status, 201, "{answer}");
    };
    put(1);
    for which in [0, 1] {
        let has = driver.does(&json!({ "do": "until", "which": which, "documents": 1 }));
        assert_eq!(has, json!({ "documents": 1, "error": null }));
    }
    for _ in 0..2 {
        proxy.plans("/_changes", Fate::Unauthorized);
    }
    proxy.hush();
    put(2);
    let alone = driver.does(&json!({ "do": "until", "which": 0, "documents": 2 }));
    let renewing = driver.does(&json!({ "do": "until", "which": 1, "documents": 2 }));
    assert!(proxy.has_done_as_planned(), "{}", proxy.log(50));
    assert_eq!(renewing, json!({ "documents": 2, "error": null }), "{}", proxy.log(50));
    // PouchDB itself gives up at a 401: that is why registers of ours do not.
    assert_eq!(alone["error"]["status"], 401, "{alone}");
}

#[test]
fn what_nobody_knows_survives_pouchdb_server_register_edit_and_back() {
    let Some(place) = place::pouchdb() else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = Server::open(folder.path());
    let mut order = order_body(7);
    let strange = json!({ "points": 12, "tiers": ["a", null, { "deep": 1.5 }] });
    order["loyalty"] = strange.clone();
    order["items"][0]["allergens_seen"] = json!(["nuts"]);
    order["items"][0]["modifiers"][0]["supplier"] = json!({ "lot": "B-7" });
    let documents = written([order]);
    let token = server.token(&server.lets_in(register("P1"), "P1"));
    let told = json!({
        "url": format!("http://{}/sync", server.address), "database": "orders", "token": token,
        "documents": documents.path(),
    });
    let mut driver = Driver::start(&place, "lives.js", &told);
    driver.hears();
    driver.does(&json!({ "do": "write", "to": 0, "from": 0, "count": 1 }));

    let mut till = Register::enrolled("T1", &format!("http://{}", server.address), &server);
    till.opens();
    // The list of open orders is read again while it is open.
    till.till().types("\x1bOQ");
    till.till().wait_for_text("P1-0007");
    till.till().types("\r");
    till.till().wait_for("the order on the screen", |rows| rows[0].contains("P1-0007"));
    till.till().types("I");
    till.till().types("\x1bOR");
    till.till().wait_for_text("Everything is sent");

    let back = driver.does(&json!({ "do": "until", "from": 1, "nth": 0, "items": 2 }));
    assert_eq!(back["loyalty"], strange, "{back:#}");
    assert_eq!(back["items"].as_array().unwrap().len(), 2);
    let line = |name: &str| back["items"].as_array().unwrap().iter().find(|it| it["name"] == name).unwrap();
    assert_eq!(line("Cheeseburger")["allergens_seen"], json!(["nuts"]));
    assert_eq!(line("Cheeseburger")["modifiers"][0]["supplier"], json!({ "lot": "B-7" }));
    assert_eq!((&line("Cola")["quantity"], &back["edited_by"]), (&1.into(), &"T1".into()), "{back:#}");
    till.closes();
}
