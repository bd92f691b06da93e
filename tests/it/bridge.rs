//! `comanda server bridge` as it is shipped, between a central database and pouchdb-server, as npm has it, which stands
//! in for a CouchDB; PouchDB itself and registers stand at its other side, and more registers at `comanda serve` on the
//! same database.
//!
//! These take node and npm (`tests/run --setup` installs them) and fail without: nothing else shows that it works.

use crate::node::{Driver, StockServer, order_body, written};
use crate::peer::{Certificate, Peer, answer};
use crate::place;
use crate::premises::{BINARY, CALM, LOCATION, Register, Server, ask};
use crate::proxy::{Proxy, Weather};
use crate::pty::{TENDER_HEARS, let_pass};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use comanda::document::Revision;
use comanda::runtime::clock;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const LACKS: &str = "node and npm are missing: say `tests/run --setup`";
/// How many orders a bridge takes while it is killed again and again.
const ORDERS: usize = 1_000;
/// Of how many of them somebody wrote two first versions.
const QUARRELS: usize = 100;

/// A CouchDB with a database of orders.
struct Couch {
    server: StockServer,
    login: Option<(String, String)>,
    _folder: tempfile::TempDir,
}

impl Couch {
    fn open() -> Couch {
        let couch = Couch::empty();
        couch.makes("orders");
        couch
    }

    /// One without databases.
    fn empty() -> Couch {
        let place = place::pouchdb_server().expect(LACKS);
        let folder = tempfile::tempdir().unwrap();
        Couch { server: StockServer::open(place, folder.path()), login: None, _folder: folder }
    }

    fn asks(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let mut head = vec!["Content-Type: application/json".to_owned()];
        if let Some((user, password)) = &self.login {
            head.push(format!("Authorization: Basic {}", STANDARD.encode(format!("{user}:{password}"))));
        }
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let (status, answer) = ask(self.server.address, method, path, &head, &text);
        (status, serde_json::from_str(&answer).unwrap_or(Value::String(answer)))
    }

    fn makes(&self, name: &str) {
        let (status, answer) = self.asks("PUT", &format!("/{name}"), &Value::Null);
        assert_eq!(status, 201, "{answer}");
    }

    /// Writes documents, each as its first version, unless it has a revision: then as that.
    fn takes(&self, documents: &[Value]) {
        let are_edits = documents.iter().all(|it| it.get("_revisions").is_none());
        let body = json!({ "docs": documents, "new_edits": are_edits });
        let (status, answer) = self.asks("POST", "/orders/_bulk_docs", &body);
        assert_eq!(status, 201, "{answer}");
        let refused = |row: &Value| row.get("error").is_some();
        assert!(!answer.as_array().unwrap().iter().any(refused), "{answer}");
    }

    fn get(&self, id: &str) -> Value {
        self.asks("GET", &format!("/orders/{id}?conflicts=true"), &Value::Null).1
    }

    /// All that stands.
    fn documents(&self) -> Vec<Value> {
        let (status, all) = self.asks("GET", "/orders/_all_docs?include_docs=true&conflicts=true", &Value::Null);
        assert_eq!(status, 200, "{all}");
        all["rows"].as_array().unwrap().iter().map(|row| row["doc"].clone()).collect()
    }

    fn url(&self) -> String {
        format!("http://{}/orders", self.server.address)
    }
}

/// A central database on which no server runs, until one does.
struct Central {
    folder: tempfile::TempDir,
}

impl Central {
    fn open() -> Central {
        let central = Central { folder: tempfile::tempdir().unwrap() };
        central.does(&["enroll", "--location", LOCATION, "--register", "T9"]);
        central
    }

    fn data(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.arg("server").arg("--data").arg(self.data()).args(words).stdin(Stdio::null());
        command
    }

    fn does(&self, words: &[&str]) {
        let output = self.command(words).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn bridge(&self, url: &str, further: &[&str]) -> Command {
        self.command(&[&["bridge", "--location", LOCATION, "--couch", url], further].concat())
    }

    /// Brings both ends level; says what it came to.
    fn levels(&self, couch: &Couch) -> String {
        let output = self.bridge(&couch.url(), &["--once"]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
        told.lines().last().unwrap().to_owned()
    }

    /// What a bridge that does not get there says.
    fn fails(&self, url: &str, further: &[&str]) -> (Option<i32>, String) {
        let Output { status, stderr, .. } = self.bridge(url, &[&["--once"], further].concat()).output().unwrap();
        (status.code(), String::from_utf8(stderr).unwrap())
    }

    /// A number of the books.
    fn number(&self, query: &str) -> i64 {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let central = rusqlite::Connection::open_with_flags(self.data().join("central.sqlite"), flags).unwrap();
        central.query_row(query, [], |row| row.get(0)).unwrap()
    }

    fn orders(&self) -> i64 {
        self.number("SELECT count(DISTINCT order_number) FROM orders")
    }

    fn keeps(&self, file: &str, text: &str) -> PathBuf {
        let path = self.data().join(file);
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        writeln!(file.as_mut().unwrap(), "{text}").unwrap();
        path
    }
}

/// A bridge that follows.
struct Following(Option<Child>);

impl Following {
    fn begin(central: &Central, couch: &Couch) -> Following {
        Following::at(central, &couch.url())
    }

    fn at(central: &Central, url: &str) -> Following {
        let log = std::fs::File::options().append(true).create(true).open(central.data().join("told.txt")).unwrap();
        let mut command = central.bridge(url, &["--log"]);
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, format!("Following {url} for {LOCATION}\n"));
        Following(Some(child))
    }

    /// `kill -9`.
    fn kill(&mut self) {
        let mut child = self.0.take().expect("it runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Ends it in good order.
    fn ends(mut self) {
        let mut child = self.0.take().expect("it runs");
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// Looks until something is as it must be.
fn until<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let deadline = clock::instant() + CALM;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(clock::instant() < deadline, "nobody saw it in time: {what}");
        let_pass(Duration::from_millis(20));
    }
}

fn id(nth: usize) -> String {
    order_body(nth)["_id"].as_str().unwrap().to_owned()
}

/// A document as a first revision of that name, beside others that it may have.
fn named(mut body: Value) -> Value {
    let revision = Revision::child_of(None, false, &body);
    body["_rev"] = revision.to_string().into();
    body["_revisions"] = json!({ "start": 1, "ids": [revision.hex()] });
    body
}

#[test]
fn orders_of_a_couchdbs_clients_and_of_registers_reach_each_other_live_and_are_accepted_once() {
    let pouch = place::pouchdb().expect(LACKS);
    let couch = Couch::open();
    let central = Central::open();
    let server = Server::open(central.data());
    let bridge = Following::begin(&central, &couch);
    let mut wrong = order_body(2);
    let right_total = wrong["total_amount"].take();
    wrong["total_amount"] = json!(1);
    let documents = written([order_body(1), wrong, order_body(3)]);
    let told = json!({
        "url": format!("http://{}", couch.server.address), "database": "orders", "documents": documents.path(),
    });
    let mut client = Driver::start(&pouch, "lives.js", &told);
    client.hears();
    let mut till = Register::enrolled("T1", &format!("http://{}", server.address), &server);
    till.opens();
    till.says("All changes synced");

    // An order from a client: accepted, told to that client, and seen on the register while it waits.
    till.till().types("\x1bOQ");
    client.does(&json!({ "do": "write", "to": 0, "from": 0, "count": 1 }));
    let accepted = client.does(&json!({ "do": "until", "from": 0, "nth": 0, "has": "order_id" }));
    assert_eq!((&accepted["order_number"], &accepted["order_status"]), (&json!("1"), &json!("confirmed")));
    till.till().wait_within(CALM, "P1-0001", |rows| rows.iter().any(|row| row.contains("P1-0001")));

    // An order from the register: it stands in the CouchDB, with its number.
    till.till().types("\r");
    till.till().wait_for("the order on the screen", |rows| rows[0].contains("P1-0001"));
    till.till().types("\x1b[19~");
    till.till().types("A\x1bOR");
    till.till().wait_for_text("Everything is sent");
    till.says("All changes synced");
    let sold = until("the register's order", || {
        couch.documents().into_iter().find(|it| it["local_number"] == "T1-0001" && it["order_number"] == "2")
    });
    assert_eq!(sold["register_id"], "T1");

    // One that is wrong says why, and nothing any more when it was mended; an edit of what was accepted goes on.
    client.does(&json!({ "do": "write", "to": 0, "from": 1, "count": 2 }));
    let rejected = client.does(&json!({ "do": "until", "from": 0, "nth": 1, "has": "rejection" }));
    assert_eq!(rejected["rejection"]["field"], "total_amount", "{rejected}");
    client.does(&json!({ "do": "until", "from": 1, "nth": 2, "has": "order_id" }));
    client.does(&json!({ "do": "edit", "to": 0, "nth": 1, "field": "total_amount", "says": right_total }));
    let mended = client.does(&json!({ "do": "until", "from": 0, "nth": 1, "has": "order_id", "lacks": "rejection" }));
    assert_eq!(mended["order_number"], "4");
    client.does(&json!({ "do": "edit", "to": 1, "nth": 0, "field": "table", "says": "99" }));
    until("the edit in the books", || {
        (central.number("SELECT count(*) FROM orders WHERE table_name = '99'") == 1).then_some(())
    });
    assert_eq!((central.orders(), central.number("SELECT max(last_number) FROM numbering")), (4, 4));
    till.closes();
    bridge.ends();
    let told = std::fs::read_to_string(central.data().join("told.txt")).unwrap();
    for line in ["following http://", "accepted order_", "rejected order_", "in: 3 accepted, 1 rejected", "has ended"] {
        assert!(told.contains(line), "{line}: {told}");
    }
}

#[test]
fn a_register_before_a_couchdb_stands_in_the_books_as_one_at_the_server_does() {
    let couch = Couch::open();
    let central = Central::open();
    let server = Server::open(central.data());
    let bridge = Following::begin(&central, &couch);
    let url = format!("http://{}", couch.server.address);
    let site = format!("url = \"{url}\"\nkind = \"couchdb\"\ndatabases = {{ orders = \"orders\" }}");
    let mut till = Register::made("T2", &site);
    till.opens();
    for (items, is_paid) in [("A", true), ("AI", false), ("I", true)] {
        till.till().types("\x1b[19~");
        till.till().types(items);
        till.till().types("\x1bOR");
        till.till().wait_for_text("Everything is sent");
        if is_paid {
            till.till().types("\x1bOS");
            till.till().wait_for_text("Exact cash");
            let_pass(TENDER_HEARS);
            till.till().types("\r");
            till.till().wait_for_text(" paid, change");
            till.till().types("\r");
        }
    }
    until("all of it in the books", || (server.books() == till.books()).then_some(()));
    assert_eq!((till.books().len(), central.orders()), (3 + 4 + 2, 3));
    // And the register has the server's numbers.
    let has_numbers = || {
        let numbers: Vec<String> =
            couch.documents().iter().filter_map(|it| it["order_number"].as_str()).map(str::to_owned).collect();
        let is_given = |number: &&String| !number.starts_with("TEMP");
        numbers.iter().filter(is_given).count() == 3
    };
    until("the numbers", || has_numbers().then_some(()));
    till.says("All changes synced");
    till.closes();
    bridge.ends();
}

#[test]
fn a_couchdb_behind_tls_is_known_by_its_authority() {
    let central = Central::open();
    let certificate = Certificate::of("localhost");
    let authority = central.keeps("authority.pem", &certificate.authority);
    let peer = Peer::with(&certificate, |asked| match asked.line.as_str() {
        "GET /" => answer("200 OK", "application/json", r#"{"couchdb":"Welcome","version":"3.5.0"}"#),
        _ => {
            answer("404 Not Found", "application/json", r#"{"error":"not_found","reason":"Database does not exist."}"#)
        }
    });
    let url = format!("{}/orders", peer.url());
    let (_, told) = central.fails(&url, &["--couch-ca", authority.to_str().unwrap()]);
    assert!(told.contains("the CouchDB has no such database"), "{told}");
    let (_, told) = central.fails(&url, &[]);
    assert!(told.contains("nobody vouches for it whom this machine trusts: name --couch-ca FILE"), "{told}");
}

#[test]
fn a_thousand_orders_with_conflicts_are_accepted_once_by_a_bridge_that_is_killed_again_and_again() {
    let couch = Couch::open();
    let central = Central::open();
    let all: Vec<Value> = (0..ORDERS).map(|nth| named(order_body(nth))).collect();
    all.chunks(200).for_each(|some| couch.takes(some));
    let second = |nth: usize| {
        let mut body = order_body(nth);
        body["kitchen_notes"] = "of another".into();
        named(body)
    };
    couch.takes(&(0..QUARRELS).map(second).collect::<Vec<_>>());
    let mut kills = 0;
    let mut seen = 0;
    while seen < ORDERS as i64 {
        let mut bridge = Following::begin(&central, &couch);
        let at = seen + 130;
        seen = until("more orders", || {
            let orders = central.orders();
            (orders >= at.min(ORDERS as i64)).then_some(orders)
        });
        bridge.kill();
        kills += 1;
    }
    assert!(kills > 3, "{kills}");
    central.levels(&couch);
    assert_eq!((central.orders(), central.number("SELECT max(last_number) FROM numbering")), (1_000, 1_000));
    assert_eq!(central.number("SELECT count(*) FROM orders"), 1_000);
    let documents = couch.documents();
    let are_told = |it: &&Value| it["order_id"].is_string() && it.get("_conflicts").is_none();
    assert_eq!(documents.iter().filter(are_told).count(), ORDERS);
    assert_eq!(documents.iter().filter(|it| it["kitchen_notes"] == "of another").count(), QUARRELS);
    // Both are level: nothing is left to do, and nothing goes round.
    assert_eq!(central.levels(&couch), "0 documents in: 0 accepted, 0 rejected; 0 out");
    let seq = couch.asks("GET", "/orders", &Value::Null).1["update_seq"].clone();
    let newest = || central.number("SELECT sum(seq) FROM feed");
    let before = newest();
    assert_eq!(central.levels(&couch), "0 documents in: 0 accepted, 0 rejected; 0 out");
    assert_eq!((couch.asks("GET", "/orders", &Value::Null).1["update_seq"].clone(), newest()), (seq, before));
}

#[test]
fn what_a_bad_line_loses_is_asked_again_and_nothing_is_taken_twice() {
    let couch = Couch::open();
    let central = Central::open();
    let proxy = Proxy::before(couch.server.address, 7);
    let orders: Vec<Value> = (0..120).map(order_body).collect();
    couch.takes(&orders);
    proxy.has_weather(Weather::Storm(300, 300));
    let bridge = Following::at(&central, &format!("{}/orders", proxy.url()));
    for nth in 120..140 {
        couch.takes(&[order_body(nth)]);
        let_pass(Duration::from_millis(100));
    }
    until("orders in bad weather", || (central.orders() >= 40).then_some(()));
    proxy.has_weather(Weather::Fair);
    bridge.ends();
    let output = central.bridge(&format!("{}/orders", proxy.url()), &["--once"]).output().unwrap();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stderr), proxy.log(30));
    assert_eq!((central.orders(), central.number("SELECT max(last_number) FROM numbering")), (140, 140));
    let are_told = couch.documents().iter().filter(|it| it["order_id"].is_string()).count();
    assert_eq!(are_told, 140, "{}", proxy.log(30));
}

/// The same over a database that any number of servers share.
#[cfg(feature = "postgres")]
#[test]
fn a_bridge_works_for_servers_that_share_a_postgresql_database() {
    let couch = Couch::open();
    let house = crate::shared_central::House::open();
    let server = house.serve("one");
    let mut till = Register::enrolled("T1", &format!("http://{}", server.address), &server);
    couch.takes(&(1..30).map(order_body).collect::<Vec<_>>());
    let words = ["server", "--central", &house.central, "bridge", "--location", LOCATION, "--couch", &couch.url()];
    let bridge = Command::new(BINARY).args(words).arg("--log").stderr(Stdio::null()).stdout(Stdio::null()).spawn();
    let bridge = Following(Some(bridge.unwrap()));
    let orders = || server.books().iter().filter(|line| line.starts_with("order ")).count();
    until("all of it in the books", || (orders() == 29).then_some(()));
    assert_eq!(server.numbers(), (29, 29));
    until("the answers", || couch.documents().iter().all(|it| it["order_id"].is_string()).then_some(()));
    till.opens();
    till.till().types("A\x1bOR");
    till.till().wait_for_text("Everything is sent");
    until("the register's order", || couch.documents().iter().any(|it| it["order_number"] == "30").then_some(()));
    till.closes();
    bridge.ends();
}

#[test]
fn a_couchdb_that_dies_and_one_that_was_made_anew_are_made_level_again() {
    let mut couch = Couch::open();
    let central = Central::open();
    let bridge = Following::begin(&central, &couch);
    couch.takes(&[order_body(1)]);
    until("the first", || couch.get(&id(1))["order_id"].is_string().then_some(()));
    couch.server.kill();
    let log = || std::fs::read_to_string(central.data().join("told.txt")).unwrap();
    until("it is missed", || log().contains("the CouchDB does not answer").then_some(()));
    couch.server.start();
    couch.takes(&[order_body(2)]);
    until("the second", || couch.get(&id(2))["order_id"].is_string().then_some(()));
    bridge.ends();
    // Made anew while nobody looked: all that is in the books is there again, and nothing is accepted twice.
    assert_eq!(couch.asks("DELETE", "/orders", &Value::Null).0, 200);
    couch.makes("orders");
    couch.takes(&[order_body(3)]);
    let told = central.levels(&couch);
    assert_eq!(told, "1 document in: 1 accepted, 0 rejected; 3 out");
    let mut numbers: Vec<String> = couch.documents().iter().map(|it| it["order_number"].to_string()).collect();
    numbers.sort();
    assert_eq!(numbers, ["\"1\"", "\"2\"", "\"3\""]);
    // And the other end, put back from a backup: it learns again what it forgot, by the numbers that were given.
    let backup = central.data().join("backup.sqlite");
    central.does(&["backup", backup.to_str().unwrap()]);
    couch.takes(&[order_body(4)]);
    central.levels(&couch);
    central.does(&["restore", backup.to_str().unwrap()]);
    assert_eq!(central.orders(), 3);
    couch.takes(&[order_body(5)]);
    central.levels(&couch);
    assert_eq!((central.orders(), couch.get(&id(4))["order_number"].as_str()), (5, Some("4")));
    assert_eq!(couch.get(&id(5))["order_number"], "5");
}

#[test]
fn what_cannot_be_kept_is_told_and_holds_up_nothing() {
    let couch = Couch::open();
    let central = Central::open();
    let mut elsewhere = order_body(1);
    elsewhere["location_id"] = "L2".into();
    let mut photo = order_body(2);
    photo["_attachments"] = json!({ "a.txt": { "content_type": "text/plain", "data": "aGVsbG8=" } });
    let (customer, strange) =
        (json!({ "_id": "customer_1", "type": "customer" }), json!({ "_id": "shift_1", "cash": 5 }));
    let mut gone = order_body(4);
    couch.takes(&[elsewhere, photo, customer, strange, order_body(3), gone.clone()]);
    gone["_rev"] = couch.get(&id(4))["_rev"].clone();
    gone["_deleted"] = true.into();
    couch.takes(&[gone]);
    let output = central.bridge(&couch.url(), &["--once", "--log", "--log-format", "json"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let lines: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let says = |what: &str| lines.iter().any(|line| line["message"].as_str().unwrap().contains(what));
    for what in [
        "documents of other locations passed over: 1",
        "kept out customer_1: documents of type customer belong in the database customers",
        "attachments are not kept here",
        &format!("accepted {} as 1", id(3)),
    ] {
        assert!(says(what), "{what}: {told}");
    }
    assert_eq!(central.orders(), 1);
    // Where it has a database of customers they are taken; and the menu goes there.
    for name in ["customers_l1", "menu_l1"] {
        couch.makes(name);
    }
    let menu = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/menu.json");
    central.does(&["menu", "import", "--location", LOCATION, menu]);
    let ann = json!({ "_id": "customer_0195b7a1-0000-7000-8000-000000000001", "type": "customer", "location_id": "L1",
                      "name": "Ann", "created_at": "2026-03-14T19:05:06.789+01:00" });
    assert_eq!(couch.asks("POST", "/customers_l1", &ann).0, 201);
    let further = ["--customers", "customers_l1", "--menu", "menu_l1", "--once"];
    let output = central.bridge(&couch.url(), &further).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(central.number("SELECT count(*) FROM customers"), 1);
    let items = couch.asks("GET", "/menu_l1", &Value::Null).1["doc_count"].as_i64().unwrap();
    assert_eq!(items, central.number("SELECT count(*) FROM document WHERE database_name = 'menu'"));
    assert!(items > 100, "{items}");
}

#[test]
fn what_is_wrong_with_a_couchdb_is_told_with_what_to_do() {
    let mut couch = Couch::empty();
    let central = Central::open();
    let url = couch.url();
    // There is no such database.
    let (code, told) = central.fails(&url, &[]);
    assert_eq!(code, Some(1));
    assert!(told.contains(&format!("no such database: make it there (curl -X PUT {url})")), "{told}");
    couch.makes("orders");
    // A name and a password.
    let admin = "/_config/admins/comanda";
    assert_eq!(couch.asks("PUT", admin, &json!("right")).0, 200);
    couch.login = Some(("comanda".into(), "right".into()));
    let (right, wrong) = (central.keeps("right", "right"), central.keeps("wrong", "guessed"));
    let logs_in =
        |file: &Path| ["--couch-user", "comanda", "--couch-password-file", file.to_str().unwrap()].map(str::to_owned);
    let words = |all: &[String; 4]| all.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let fails = |file: &Path| {
        let all = words(&logs_in(file));
        central.fails(&url, &all.split(' ').collect::<Vec<_>>())
    };
    let (code, told) = fails(&wrong);
    assert_eq!(code, Some(1));
    assert!(told.contains("the CouchDB does not let this name and password in"), "{told}");
    couch.takes(&[order_body(1)]);
    let (code, told) = fails(&right);
    assert_eq!((code, told.as_str()), (Some(0), ""));
    assert_eq!(couch.get(&id(1))["order_number"], "1");
    std::fs::set_permissions(&right, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    assert!(fails(&right).1.contains("so others can read it: chmod 600"), "{}", fails(&right).1);
    // The command line. What is wrong, the code, what is told.
    let at = couch.server.address;
    let rows: [(&str, &[&str], i32, &str); 6] = [
        (&format!("http://comanda:s3same@{at}/orders"), &[], 2, "--couch-password-file"),
        (&format!("http://{at}"), &[], 2, "names no database"),
        ("http://10.0.0.2:5984/orders", &[], 1, "say --allow-plain-http in a network you trust"),
        (&url, &["--couch-user", "comanda"], 1, "there is no password: name its file with --couch-password-file"),
        (&url, &["--couch-password-file", "x"], 2, "--couch-user"),
        (&url, &["--couch-ca", "/dev/null"], 1, "name a PEM file with the authority's certificate with --couch-ca"),
    ];
    for (url, further, code, part) in rows {
        let (ended, told) = central.fails(url, further);
        assert_eq!(ended, Some(code), "{told}");
        assert!(told.contains(part) && !told.contains("s3same"), "{part}: {told}");
    }
    let other = central.command(&["bridge", "--location", "L7", "--couch", &url, "--once"]).output().unwrap();
    assert!(String::from_utf8_lossy(&other.stderr).contains("nothing is kept of it here: there are: L1"));
    // Nobody is there.
    couch.server.kill();
    let (code, told) = central.fails(&url, &[]);
    assert_eq!(code, Some(1));
    assert!(told.contains("it does not answer: the line failed: connection refused"), "{told}");
}
