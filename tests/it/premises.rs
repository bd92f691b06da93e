//! Servers, registers and kitchens' boxes as they are shipped: each a process on a directory of its own, that can be
//! killed at any moment and started again; and what their databases hold, told alike.
//!
//! Where one stands is a few words that come before the program's own and go into it (`ip netns exec NAME`): none is this
//! machine with its network.

use crate::pty::Till;
use comanda::domain::{LineState, LocationId, Order, Payment, RegisterId};
use comanda::runtime::central::Named;
use comanda::runtime::clock;
use comanda::runtime::key_file::KeySource;
use comanda::server::{Replica, Role, Scope};
use comanda::store::{Key, OrderRow, OrderRowState, Reader};
use portable_pty::CommandBuilder;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// The shipped program.
pub const BINARY: &str = env!("CARGO_BIN_EXE_comanda");
/// Where everything here stands.
pub const LOCATION: &str = "L1";
/// The PIN of each register's manager.
const PIN: &str = "4711";
/// More orders than any test sells.
const MANY: u32 = 100_000;
/// Longer than a line takes to be whole again after a storm, waits between tries included.
pub const CALM: Duration = Duration::from_secs(90);

/// This machine, with its network.
pub const HERE: &[String] = &[];

/// The shipped program with its words, where it is to stand.
fn program(stands: &[String], words: &[&str]) -> Command {
    let all: Vec<&str> = stands.iter().map(String::as_str).chain([BINARY]).chain(words.iter().copied()).collect();
    let mut command = Command::new(all[0]);
    command.args(&all[1..]);
    command
}

/// The same in a terminal.
fn in_terminal(stands: &[String], words: &[&str], home: &Path, size: (u16, u16)) -> Till {
    let all: Vec<&str> = stands.iter().map(String::as_str).chain([BINARY]).chain(words.iter().copied()).collect();
    let mut command = CommandBuilder::new(all[0]);
    command.args(&all[1..]);
    Till::run(command, home, size)
}

/// A name and its secret, as a server has given it.
#[derive(Debug, Clone)]
pub struct Secret {
    pub name: String,
    pub secret: String,
}

/// What a central database answers to a query of one text, a row each.
pub type Rows = Box<dyn Fn(&str) -> Vec<String> + Send + Sync>;

/// `comanda serve`, on a port of its own, another one after each start.
pub struct Server {
    data: PathBuf,
    central: Named,
    rows: Rows,
    stands: Vec<String>,
    /// Where it listens, and what else it is told of that.
    listens: Vec<String>,
    child: Option<Child>,
    pub address: SocketAddr,
    pub kills: usize,
}

impl Server {
    /// Starts a server on a data directory.
    pub fn open(data: &Path) -> Server {
        Server::standing(HERE, data, &["127.0.0.1:0"])
    }

    /// The same elsewhere: the address to listen on, and further words of that.
    pub fn standing(stands: &[String], data: &Path, listens: &[&str]) -> Server {
        let file = data.join("central.sqlite");
        let asked = file.clone();
        let rows = move |sql: &str| {
            let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
            let central = rusqlite::Connection::open_with_flags(&asked, flags).unwrap();
            let mut statement = central.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        Server::begin(stands, data, listens, Named::file(file), Box::new(rows))
    }

    /// One on a central database that it may share with others, with further words.
    #[allow(dead_code, reason = "only databases of servers are shared")]
    pub fn over(data: &Path, central: Named, words: &[&str], rows: Rows) -> Server {
        Server::begin(HERE, data, &[&["127.0.0.1:0"], words].concat(), central, rows)
    }

    fn begin(stands: &[String], data: &Path, listens: &[&str], central: Named, rows: Rows) -> Server {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let listens = listens.iter().map(|word| (*word).to_owned()).collect();
        let (data, stands) = (data.to_owned(), stands.to_vec());
        let mut server = Server { data, central, rows, stands, listens, child: None, address, kills: 0 };
        server.start();
        server
    }

    /// Starts it; returns when it listens.
    pub fn start(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let errors = std::fs::File::create(self.data.join("stderr.txt")).unwrap();
        let mut command = program(&self.stands, &["serve", "--token-rate", "0", "--address-rate", "0", "--listen"]);
        command
            .args(&self.listens)
            .arg("--data")
            .arg(&self.data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said = line.trim().rsplit_once("http://").and_then(|(_, address)| address.parse().ok());
        self.child = Some(child);
        self.address = said.unwrap_or_else(|| panic!("it says where it listens: {line:?}\n{}", self.errors()));
    }

    /// What it wrote to standard error.
    pub fn errors(&self) -> String {
        std::fs::read_to_string(self.data.join("stderr.txt")).unwrap_or_default()
    }

    /// Its process.
    #[allow(dead_code, reason = "a bench asks what it took")]
    pub fn id(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    pub fn runs(&self) -> bool {
        self.child.is_some()
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().unwrap();
        child.wait().unwrap();
        self.kills += 1;
    }

    /// The file of its central database.
    pub fn central(&self) -> PathBuf {
        self.data.join("central.sqlite")
    }

    /// Enrols somebody, beside the server that runs.
    pub fn lets_in(&self, role: Role, name: &str) -> Secret {
        let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let replica = Replica::new(waiting.block_on(self.central.open()).unwrap(), Default::default());
        let scope = Scope { location_id: LocationId(LOCATION.into()), role };
        let secret = format!("the secret of {name}, long and not to be guessed");
        waiting.block_on(replica.enrol(&scope, name, &secret, clock::now())).unwrap();
        Secret { name: name.to_owned(), secret }
    }

    /// Enrols a register.
    pub fn lets_register_in(&self, name: &str) -> Secret {
        self.lets_in(Role::Register(RegisterId(name.into())), name)
    }

    /// A bearer token for who has that secret.
    pub fn token(&self, who: &Secret) -> String {
        let body = serde_json::json!({ "register_id": who.name, "secret": who.secret }).to_string();
        let json = ["Content-Type: application/json"];
        let (status, answer) = ask(self.address, "POST", "/api/v1/auth/token", &json, &body);
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap_or_default();
        assert_eq!(status, 200, "{answer}");
        answer["token"].as_str().unwrap().to_owned()
    }

    /// The books, as plain SQL has them: sorted lines, one for each order, each of its items and each payment.
    pub fn books(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut asks = |sql: &str| lines.extend((self.rows)(sql));
        asks(
            "SELECT 'order ' || doc_id || ' ' || local_number || ' of ' || register_id || ' comes to ' || total_amount \
             || CASE WHEN payment_status = 'paid' THEN ', paid' ELSE '' END FROM orders",
        );
        asks(
            "SELECT 'line ' || i.line_id || ' of ' || o.doc_id || ': ' || i.quantity || ' ' || i.name || ', ' \
             || i.state FROM order_items i JOIN orders o ON o.location_id = i.location_id AND o.order_id = i.order_id",
        );
        asks("SELECT 'payment ' || doc_id || ' of ' || order_doc_id || ': ' || tender || ' ' || amount FROM payments");
        lines.sort();
        lines
    }

    /// The one-time code that its operator makes for a new device, with the end of its line.
    pub fn code(&self, kind: &str, name: &str) -> String {
        let central = format!("sqlite:{}", self.central().display());
        let words = ["server", "enroll", "--location", LOCATION, kind, name, "--central", &central];
        let made = Command::new(BINARY).args(words).output().unwrap();
        let said = String::from_utf8(made.stdout).unwrap();
        let code = said.split_whitespace().find(|word| word.len() == 19 && word.matches('-').count() == 3);
        format!("{}\n", code.unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&made.stderr))))
    }

    /// How many order numbers were given, and the last one.
    pub fn numbers(&self) -> (i64, i64) {
        let number = |sql: &str| (self.rows)(sql)[0].parse().unwrap();
        let given = "SELECT CAST(count(DISTINCT order_number) AS text) FROM orders";
        (number(given), number("SELECT CAST(max(last_number) AS text) FROM numbering"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// Asks something over HTTP, on a connection of its own; gives the status and the body.
pub fn ask(address: SocketAddr, method: &str, path: &str, head: &[&str], body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head: String = head.iter().map(|line| format!("{line}\r\n")).collect();
    let start = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{head}");
    write!(stream, "{start}Content-Length: {length}\r\n\r\n{body}").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("it is an answer: {text:?}"));
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("{head}"));
    if !head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        return (status, body.to_owned());
    }
    let (mut whole, mut rest) = (String::new(), body);
    while let Some((size, more)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        if size == 0 {
            break;
        }
        whole.push_str(&more[..size]);
        rest = &more[size + 2..];
    }
    (status, whole)
}

/// A register on a directory of its own, in a terminal while it runs.
pub struct Register {
    folder: tempfile::TempDir,
    pub name: String,
    stands: Vec<String>,
    till: Option<Till>,
    /// Numbers of orders of which the screen said that they are sent, and that they are paid.
    pub told_sent: BTreeSet<String>,
    pub told_paid: BTreeSet<String>,
    pub kills: usize,
}

impl Register {
    /// Makes a register with the demonstration's menu, whose configuration has this `[server]`.
    pub fn made(name: &str, server: &str) -> Register {
        let folder = tempfile::tempdir().unwrap();
        let (told_sent, told_paid) = (BTreeSet::new(), BTreeSet::new());
        let (name_of, stands) = (name.to_owned(), HERE.to_vec());
        let register = Register { folder, name: name_of, stands, till: None, told_sent, told_paid, kills: 0 };
        let init = ["init", "--location", LOCATION, "--register", name, "--manager", "Dara"];
        register.does(&init, &format!("{PIN}\n"));
        let menu = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/menu.json");
        register.does(&["menu", "import", menu], "");
        let mut config = std::fs::OpenOptions::new().append(true).open(register.config()).unwrap();
        write!(config, "\n[server]\n{server}\n").unwrap();
        register
    }

    /// The same, enrolled at a server that is reached at `url`.
    pub fn enrolled(name: &str, url: &str, server: &Server) -> Register {
        let register = Register::made(name, &format!("url = \"{url}\""));
        register.keeps("server.secret", &server.lets_register_in(name).secret);
        register
    }

    /// The same, to stand elsewhere when it is opened.
    pub fn standing(self, stands: &[String]) -> Register {
        Register { stands: stands.to_vec(), ..self }
    }

    /// Writes a secret beside its store, for its user alone.
    pub fn keeps(&self, file: &str, secret: &str) -> PathBuf {
        use std::os::unix::fs::OpenOptionsExt;
        let path = self.data().join(file);
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        writeln!(file.as_mut().unwrap(), "{secret}").unwrap();
        path
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("comanda.toml")
    }

    /// Runs a subcommand on it and gives what it printed.
    pub fn does(&self, words: &[&str], input: &str) -> String {
        let mut command = Command::new(BINARY);
        command.args(words).arg("--data").arg(self.data()).arg("--config").arg(self.config());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "comanda {}: {errors}", words.join(" "));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The words that open it.
    pub fn words(&self) -> Vec<String> {
        let path = |path: PathBuf| path.to_str().unwrap().to_owned();
        vec!["register".into(), "--data".into(), path(self.data()), "--config".into(), path(self.config())]
    }

    /// Opens it, and logs in where somebody must.
    pub fn opens(&mut self) {
        assert!(self.till.is_none(), "it is open already");
        let words = self.words();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut till = in_terminal(&self.stands, &words, self.folder.path(), (110, 40));
        let is_there =
            |rows: &[String]| rows.iter().any(|row| row.contains("Who is there?") || row.contains("F3 Send"));
        let rows = till.wait_for("the first screen", is_there);
        if rows.iter().any(|row| row.contains("Who is there?")) {
            till.types(&format!("{PIN}\r"));
            till.wait_for_text("F3 Send");
        }
        self.till = Some(till);
    }

    pub fn is_open(&self) -> bool {
        self.till.is_some()
    }

    pub fn till(&mut self) -> &mut Till {
        self.till.as_mut().expect("it is open")
    }

    /// Its process.
    #[allow(dead_code, reason = "a bench asks what it took")]
    pub fn id(&self) -> u32 {
        self.till.as_ref().expect("it is open").id()
    }

    /// Notes what its screen said so far of orders that are sent and paid.
    fn listens(&mut self) {
        let Some(till) = &self.till else { return };
        let prefix = format!("{}-", self.name);
        for frame in till.frames() {
            let number = |row: &str| {
                let from = row.find(&prefix)?;
                let number: String =
                    row[from..].chars().take_while(|it| it.is_ascii_alphanumeric() || *it == '-').collect();
                Some(number)
            };
            let paid = frame.iter().filter(|row| row.contains(" paid, change")).filter_map(|row| number(row));
            self.told_paid.extend(paid);
            // The panel of the order says its number at its head.
            if frame.iter().any(|row| row.contains("Everything is sent")) {
                self.told_sent.extend(frame.first().and_then(|row| number(row)));
            }
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let mut till = self.till.take().expect("it is open");
        till.kill();
        self.till = Some(till);
        self.listens();
        self.till = None;
        self.kills += 1;
    }

    /// Ends it in good order.
    pub fn closes(&mut self) {
        self.listens();
        let mut till = self.till.take().expect("it is open");
        till.signal("TERM");
        assert_eq!(till.end(), 0, "{}", till.screen().join("\n"));
    }

    /// Waits until its status bar says something.
    pub fn says(&mut self, what: &str) {
        let is_said = |rows: &[String]| rows.last().is_some_and(|row| row.contains(what));
        self.till().wait_within(CALM, what, is_said);
        self.listens();
    }

    /// What its store holds, while it may be open.
    pub fn reader(&self) -> Reader {
        Reader::open(&self.data().join("store.db"), Some(&own_key(self))).unwrap()
    }

    /// Every order that it has, also of other registers.
    pub fn orders(&self) -> Vec<(OrderRow, Order, Vec<Payment>)> {
        let reader = self.reader();
        let rows = [reader.open_orders(MANY).unwrap(), reader.paid_orders(MANY).unwrap()].concat();
        let whole = |row: OrderRow| {
            let order = reader.order(row.order_id).unwrap().unwrap();
            let payments = reader.payments(row.order_id).unwrap();
            (row, order, payments)
        };
        rows.into_iter().map(whole).collect()
    }

    /// Of its own orders what must be in the books, in the words of [`Server::books`].
    pub fn books(&self) -> Vec<String> {
        let prefix = format!("{}-", self.name);
        let reader = self.reader();
        let mut lines = Vec::new();
        for (row, order, payments) in self.orders() {
            let number = row.local_number.to_string();
            if !number.starts_with(&prefix) || !order.was_sent() {
                continue;
            }
            // Lines that a kill left unsent count for the guest who waits, but are in nobody's books.
            let id = order.order_id;
            let total = reader.document_body(&id.to_string()).unwrap().unwrap()["total_amount"].clone();
            let paid = if row.state == OrderRowState::Paid { ", paid" } else { "" };
            lines.push(format!("order {id} {number} of {} comes to {total}{paid}", self.name));
            for line in order.lines.iter().filter(|line| line.state != LineState::Draft) {
                let (name, state) = (&line.name, line.state.code());
                lines.push(format!("line {} of {id}: {} {name}, {state}", line.line_id, line.quantity));
            }
            for payment in payments {
                let (payment_id, tender) = (payment.payment_id, payment.tender.code());
                lines.push(format!("payment {payment_id} of {id}: {tender} {}", amount(payment.amount)));
            }
        }
        lines.sort();
        lines
    }
}

/// A box with a screen that only shows, a kitchen's unless it says otherwise: a home of its own, on which nothing was
/// prepared.
pub struct KitchenBox {
    pub home: Arc<tempfile::TempDir>,
    face: &'static str,
    stands: Vec<String>,
    pub screen: Option<Till>,
}

impl KitchenBox {
    pub fn new() -> KitchenBox {
        let home = Arc::new(tempfile::tempdir().unwrap());
        KitchenBox { home, face: "kitchen", stands: HERE.to_vec(), screen: None }
    }

    /// A guests' screen on the same box.
    #[allow(dead_code, reason = "a bench has kitchens alone")]
    pub fn with_pickup(&self, name: &str, server: &Server, url: &str) -> KitchenBox {
        let home = Arc::clone(&self.home);
        KitchenBox { home, face: "pickup", stands: self.stands.clone(), screen: None }.enrols(name, server, url, &[])
    }

    /// A box that its operator enrolled as the house does it: a code there, the code typed here.
    pub fn enrolled(name: &str, server: &Server, url: &str) -> KitchenBox {
        KitchenBox::enrolled_standing(HERE, name, server, url, &[])
    }

    /// The same elsewhere, with further words to `comanda enroll`.
    pub fn enrolled_standing(
        stands: &[String],
        name: &str,
        server: &Server,
        url: &str,
        further: &[&str],
    ) -> KitchenBox {
        KitchenBox { stands: stands.to_vec(), ..KitchenBox::new() }.enrols(name, server, url, further)
    }

    fn enrols(self, name: &str, server: &Server, url: &str, further: &[&str]) -> KitchenBox {
        let face = format!("--{}", self.face);
        let mut command = program(&self.stands, &["enroll", "--server", url, &face]);
        command.args(further).env_clear().env("HOME", self.home.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(server.code(&face, name).as_bytes()).unwrap();
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
        let told = format!("{name} of {LOCATION} is enrolled at {url}");
        assert!(ended.status.success() && said.contains(&told), "{said}");
        self
    }

    pub fn data(&self) -> PathBuf {
        self.home.path().join(format!(".local/share/comanda-{}", self.face))
    }

    pub fn config(&self) -> PathBuf {
        self.home.path().join(format!(".config/comanda-{}/comanda.toml", self.face))
    }

    pub fn opens(&mut self) -> &Till {
        let till = in_terminal(&self.stands, &[self.face, "--server"], self.home.path(), (80, 22));
        self.screen.insert(till)
    }

    pub fn screen(&self) -> &Till {
        self.screen.as_ref().expect("it is open")
    }

    /// Waits until all parts are on the screen; answers how long that took.
    pub fn shows(&self, parts: &[&str], at_most: Duration) -> Duration {
        let began = clock::instant();
        let is_shown = |rows: &[String]| parts.iter().all(|part| rows.iter().any(|row| row.contains(part)));
        self.screen().wait_within(at_most, &parts.join(", "), is_shown);
        began.elapsed()
    }
}

/// The key of a register's store.
pub fn own_key(register: &Register) -> Key {
    KeySource::File(register.config().with_file_name("store.key")).read().unwrap()
}

/// An amount in minor units, as the books write it.
fn amount(money: comanda::domain::Money) -> String {
    money.0.to_string()
}

/// What stands in one list and not in the other, or more often.
pub fn differences(here: &[String], there: &[String]) -> String {
    let mut text = String::new();
    for (name, these, those) in [("registers only", here, there), ("server only", there, here)] {
        let mut left: Vec<&String> = those.iter().collect();
        for line in these {
            match left.iter().position(|other| *other == line) {
                Some(at) => drop(left.swap_remove(at)),
                None => text.push_str(&format!("  {name}: {line}\n")),
            }
        }
    }
    text
}
