//! A register of ours before pouchdb-server, as npm has it, which stands in for a stock CouchDB: without a submission
//! lane orders keep their local number, and count as sent when the checkpoint that covers them is confirmed.

use crate::node::StockServer;
use crate::place;
use crate::premises::{CALM, Register, ask};
use crate::proxy::{Fate, Proxy};
use crate::pty::{TENDER_HEARS, let_pass};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use comanda::runtime::clock;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

const USER: &str = "register-t1";
const PASSWORD: &str = "not to be guessed";

/// A pouchdb-server that knows one name, with the databases of one location.
struct Stock {
    server: StockServer,
    _folder: tempfile::TempDir,
}

impl Stock {
    fn open() -> Option<Stock> {
        let place = place::pouchdb_server()?;
        let folder = tempfile::tempdir().unwrap();
        let server = StockServer::open(place, folder.path());
        let admin = format!("/_config/admins/{USER}");
        let (status, answer) = ask(server.address, "PUT", &admin, &[], &json!(PASSWORD).to_string());
        assert_eq!(status, 200, "{answer}");
        let stock = Stock { server, _folder: folder };
        for name in ["orders_l1", "customers_l1", "audit_l1"] {
            let (status, answer) = stock.asks("PUT", &format!("/{name}"), "");
            assert_eq!(status, 201, "{answer}");
        }
        Some(stock)
    }

    fn asks(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let login = format!("Authorization: Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
        let (status, answer) =
            ask(self.server.address, method, path, &["Content-Type: application/json", &login], body);
        (status, serde_json::from_str(&answer).unwrap_or(Value::String(answer)))
    }

    /// The documents of a type that stand, in the order of their ids.
    fn documents(&self, of: &str) -> Vec<Value> {
        let (status, all) = self.asks("GET", "/orders_l1/_all_docs?include_docs=true&conflicts=true", "");
        assert_eq!(status, 200, "{all}");
        let rows = all["rows"].as_array().unwrap();
        rows.iter().map(|row| row["doc"].clone()).filter(|doc| doc["type"] == of).collect()
    }
}

fn register(at: SocketAddr, password: &str) -> Register {
    named("T1", at, password)
}

fn named(name: &str, at: SocketAddr, password: &str) -> Register {
    let databases = "databases = { orders = \"orders_l1\", customers = \"customers_l1\", audit = \"audit_l1\" }";
    // A relative name starts beside the configuration.
    let login = format!("user = \"{USER}\"\npassword_file = \"data/server.password\"");
    let register = Register::made(name, &format!("url = \"http://{at}\"\nkind = \"couchdb\"\n{databases}\n{login}"));
    register.keeps("server.password", password);
    register
}

/// Looks until something is as it must be.
fn until<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let deadline = clock::instant() + CALM;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(clock::instant() < deadline, "nobody saw it in time: {what}");
        let_pass(Duration::from_millis(50));
    }
}

fn sells(register: &mut Register, items: &str) {
    let till = register.till();
    till.types("\x1b[19~");
    till.types(items);
    till.types("\x1bOR");
    till.wait_for_text("Everything is sent");
}

fn pays(register: &mut Register) {
    let till = register.till();
    till.types("\x1bOS");
    till.wait_for_text("Exact cash");
    let_pass(TENDER_HEARS);
    till.types("\r");
    till.wait_for_text(" paid, change");
    till.types("\r");
}

#[test]
fn orders_before_a_stock_couchdb_keep_their_number_count_when_confirmed_and_merge() {
    let Some(mut stock) = Stock::open() else { return };
    let proxy = Proxy::before(stock.server.address, 1);
    let mut till = register(proxy.address, PASSWORD);
    till.opens();
    till.says("All changes synced");

    // Sold and paid: the documents are there, under the number that the guest was told.
    sells(&mut till, "A");
    pays(&mut till);
    sells(&mut till, "AI");
    till.says("All changes synced");
    let orders = stock.documents("order");
    let named: Vec<_> = orders.iter().map(|it| [&it["local_number"], &it["order_number"], &it["order_id"]]).collect();
    let wanted = |nth: usize| [json!(format!("T1-000{nth}")), json!(format!("TEMP-T1-000{nth}")), Value::Null];
    assert_eq!(named, [wanted(1).each_ref(), wanted(2).each_ref()]);
    assert_eq!(stock.documents("payment").len(), 1);
    assert_eq!(till.reader().unsent().unwrap().count, 0);

    // The documents alone are not enough: until the checkpoint is confirmed they count as unsent.
    for _ in 0..1_000 {
        proxy.plans("PUT /orders_l1/_local", Fate::Busy);
    }
    sells(&mut till, "I");
    until("the third order", || (stock.documents("order").len() == 3).then_some(()));
    until("a checkpoint that is not taken", || proxy.exchanges().iter().any(|it| it.fate == Fate::Busy).then_some(()));
    assert_eq!(till.reader().unsent().unwrap().count, 1, "{}", proxy.log(40));
    proxy.forgets_plans();
    till.says("All changes synced");
    assert_eq!(till.reader().unsent().unwrap().count, 0);

    // Without a line, while the server is killed and comes back: both edit the same order, and something is sold.
    proxy.close();
    stock.server.kill();
    let id = orders[1]["_id"].as_str().unwrap().to_owned();
    let till_edits = |till: &mut Register| {
        till.till().types("\x1b[19~");
        till.till().types("\x1bOQ0002\r");
        till.till().wait_for("the second order", |rows| rows[0].contains("T1-0002"));
        till.till().types("J\x1bOR");
        till.till().wait_for_text("Everything is sent");
    };
    till_edits(&mut till);
    sells(&mut till, "B");
    stock.server.start();
    let (_, mut order) = stock.asks("GET", &format!("/orders_l1/{id}"), "");
    order["kitchen_notes"] = "from the office".into();
    order["office_only"] = json!({ "checked": true });
    let (status, answer) = stock.asks("PUT", &format!("/orders_l1/{id}"), &order.to_string());
    assert_eq!(status, 201, "{answer}");
    proxy.open();
    let is_merged = |doc: &Value| {
        let lines = doc["items"].as_array().map_or(0, Vec::len);
        lines == 3 && doc["kitchen_notes"] == "from the office" && doc["_conflicts"].is_null()
    };
    let merged = until("both edits in one", || {
        let (_, doc) = stock.asks("GET", &format!("/orders_l1/{id}?conflicts=true"), "");
        is_merged(&doc).then_some(doc)
    });
    assert_eq!(merged["office_only"], json!({ "checked": true }));
    till.says("All changes synced");
    let mut numbers: Vec<String> =
        stock.documents("order").iter().map(|it| it["local_number"].as_str().unwrap().to_owned()).collect();
    numbers.sort();
    assert_eq!(numbers, ["T1-0001", "T1-0002", "T1-0003", "T1-0004"]);
    let here = till.reader().document_body(&id).unwrap().unwrap();
    assert_eq!((&here["items"], &here["kitchen_notes"]), (&merged["items"], &merged["kitchen_notes"]));
    till.closes();
}

#[test]
fn registers_before_a_stock_couchdb_say_which_order_they_have_open_and_share_what_is_sold_out() {
    let Some(stock) = Stock::open() else { return };
    let [mut one, mut other] = ["T1", "T2"].map(|name| named(name, stock.server.address, PASSWORD));
    one.opens();
    sells(&mut one, "A");
    one.says("All changes synced");
    other.opens();
    other.says("All changes synced");
    other.till().types("\x1bOQ");
    other.till().wait_for_text("T1-0001");
    other.till().types("\r");
    other.till().wait_within(CALM, "who else has it", |rows| rows.iter().any(|row| row.contains("also open on T1")));
    one.till().wait_within(CALM, "who else has it", |rows| rows.iter().any(|row| row.contains("also open on T2")));
    other.till().types("\x1b[19~");
    one.till().wait_within(CALM, "nobody else", |rows| !rows.iter().any(|row| row.contains("also open")));
    // 86 here is 86 there.
    other.till().types("\x05");
    other.till().wait_for_text("what is left");
    other.till().types("cola\r");
    other.till().wait_for_text("Cola is sold out (86)");
    one.till().wait_within(CALM, "the mark", |rows| rows.iter().any(|row| row.contains("Cola is sold out (86)")));
    let marks = stock.documents("soldout");
    assert_eq!((marks.len(), &marks[0]["mark"]["left"]), (1, &json!(0)));
    one.closes();
    other.closes();
}

#[test]
fn a_register_whose_password_a_stock_couchdb_does_not_take_sells_on_and_says_so() {
    let Some(stock) = Stock::open() else { return };
    let mut till = register(stock.server.address, "guessed");
    till.opens();
    sells(&mut till, "A");
    pays(&mut till);
    till.says("Sync error");
    assert_eq!(stock.documents("order").len(), 0);
    assert!(till.reader().unsent().unwrap().count > 0);
    till.closes();
}
