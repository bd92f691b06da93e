//! Node programs that tests start: PouchDB's drivers (tests/pouchdb/*.js), which say JSON, a line at a time, and
//! pouchdb-server.

use crate::pty::let_pass;
use comanda::document::order::{self, OrderContext};
use comanda::domain::Currency;
use comanda::runtime::clock;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longer than any answer takes, waits between tries included, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// A driver and what it says.
pub struct Driver {
    child: Child,
    to: ChildStdin,
    from: Receiver<String>,
    script: &'static str,
}

impl Driver {
    /// Starts a driver, in the place where PouchDB is installed.
    pub fn start(place: &Path, script: &'static str, told: &Value) -> Driver {
        let mut command = Command::new("node");
        command.arg(script).arg(told.to_string()).current_dir(place).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (tell, from) = channel();
        let lines = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || lines.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let to = child.stdin.take().unwrap();
        Driver { child, to, from, script }
    }

    /// The next line that it says.
    pub fn hears(&mut self) -> Value {
        let line = self.from.recv_timeout(PATIENCE);
        let line = line.unwrap_or_else(|why| panic!("{} says nothing: {why}", self.script));
        serde_json::from_str(&line).unwrap_or_else(|wrong| panic!("{}: {line}: {wrong}", self.script))
    }

    /// Tells it to do something, without waiting for what comes of it.
    pub fn told(&mut self, what: &Value) {
        writeln!(self.to, "{what}").unwrap();
    }

    /// Tells it to do something, and hears what came of it.
    pub fn does(&mut self, what: &Value) -> Value {
        self.told(what);
        self.hears()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// An order as another till of the house writes it: one line with a modifier, 1.2 KB.
pub fn order_body(nth: usize) -> Value {
    let tax = |rate: u32| json!({ "tax_id": format!("vat_{rate}"), "name": "VAT", "rate": rate, "included": true });
    let line = json!({
        "line_id": format!("line_0195b7a1-0000-7000-8000-{nth:012x}"), "item_id": "cheeseburger",
        "name": "Cheeseburger", "quantity": 1 + nth % 2, "unit_price": 1190, "tax_id": "vat_1000",
        "tax_rate": 1000, "taxes": { "dine_in": tax(1000) }, "note": null, "course": 1, "state": "sent",
        "modifiers": [{ "modifier_id": "bacon", "name": "Bacon", "price": 150, "quantity": 1, "qualifier": null }],
        "void_reason": null, "station": "kitchen",
    });
    let order = json!({
        "_id": format!("order_0195b7a1-0000-7000-8000-{nth:012x}"), "type": "order",
        "local_number": format!("P1-{nth:04}"), "register_id": "P1", "business_date": "2026-03-14",
        "opened_by": "Paul", "created_at": "2026-03-14T19:05:06.789+01:00", "order_type": "dine_in", "table": "12",
        "items": [line],
    });
    let order = order::from_body(&order).unwrap();
    let (location_id, edited_by) = (&"L1".into(), &"P1".into());
    let currency = Currency::of("EUR").unwrap();
    let context = OrderContext { location_id, currency, paid: &[], offline: true, edited_by };
    order::to_body(&order, &context, None)
}

/// Writes bodies into a file, one a line, as drivers read them.
pub fn written(bodies: impl IntoIterator<Item = Value>) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    for body in bodies {
        writeln!(file, "{body}").unwrap();
    }
    file.flush().unwrap();
    file
}

/// pouchdb-server on a directory and a port of its own.
pub struct StockServer {
    place: PathBuf,
    data: PathBuf,
    pub address: SocketAddr,
    child: Option<Child>,
}

impl StockServer {
    pub fn open(place: PathBuf, data: &Path) -> StockServer {
        // Free a moment ago; whoever takes it meanwhile makes the start fail, and then another one is tried.
        for _ in 0..20 {
            let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let mut server = StockServer { place: place.clone(), data: data.to_owned(), address, child: None };
            if server.tries() {
                return server;
            }
        }
        panic!("pouchdb-server does not start");
    }

    /// Starts it on its port; says whether it listens.
    fn tries(&mut self) -> bool {
        let log = std::fs::File::create(self.data.join("out.txt")).unwrap();
        let mut command = Command::new("node");
        command.arg(self.place.join("stock.js")).arg(&self.data).arg(self.address.port().to_string());
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut child = command.spawn().unwrap();
        let deadline = clock::instant() + PATIENCE;
        while clock::instant() < deadline {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            if TcpStream::connect(self.address).is_ok() {
                self.child = Some(child);
                return true;
            }
            let_pass(Duration::from_millis(20));
        }
        child.kill().ok();
        child.wait().ok();
        panic!("pouchdb-server neither listens nor ends");
    }

    /// Starts it again where it was.
    pub fn start(&mut self) {
        let deadline = clock::instant() + PATIENCE;
        while !self.tries() {
            let said = std::fs::read_to_string(self.data.join("out.txt")).unwrap_or_default();
            assert!(clock::instant() < deadline, "pouchdb-server does not start again: {said}");
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for StockServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}
