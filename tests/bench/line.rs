//! What the line costs: orders of 1.2 KB pushed to the shipped server and pulled from it by the shipped register, in a
//! terminal of its own, beside PouchDB on LevelDB against the same server process; a live change from register to
//! register; how many orders a server accepts; and what a key costs meanwhile.
//!
//! Documents are pushed and pulled by replication alone on both sides: orders of another till of the house. What a
//! register's own orders cost besides, to be accepted, is measured by itself. A register's figures are those of its
//! whole process, from its start and with its screen; PouchDB's begin when its database is open.

use super::machine;
use super::sections::Measured;
use super::table::{Aim, Figure, Sample, millis};
use super::terminal::Program;
use crate::node::{Driver, order_body, written};
use crate::place;
use crate::premises::{BINARY, Register, Server, ask, own_key};
use crate::proxy::Proxy;
use crate::pty::let_pass;
use comanda::document::{Database, History, Revision, Version};
use comanda::domain::RegisterId;
use comanda::runtime::clock;
use comanda::server::Role;
use comanda::store::{Durability, Fault, Store};
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use serde_json::{Value, json};
use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// How much of everything.
pub struct Scale {
    /// How often each side does each thing; what is told is the one in the middle.
    rounds: usize,
    /// Documents pushed and pulled.
    documents: usize,
    /// Orders that the server accepts.
    accepted: usize,
    /// Live changes.
    live: usize,
    /// Documents that server and registers hold while a change goes live, the fewest first.
    held: [usize; 2],
}

impl Scale {
    pub const FULL: Scale = Scale { rounds: 5, documents: 10_000, accepted: 2_000, live: 40, held: [1_000, 100_000] };
    pub const QUICK: Scale = Scale { rounds: 1, documents: 40, accepted: 5, live: 2, held: [5, 20] };
}

/// Documents in one request when a server is filled.
const AT_ONCE: usize = 1_000;
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(1_800);
/// Between two live changes, so that each is one by itself.
const PAUSE: Duration = Duration::from_millis(120);
/// How often something is looked for whose arrival is measured.
const LOOK: Duration = Duration::from_micros(250);
const MIB: f64 = 1024.0 * 1024.0;

/// One side of one run.
#[derive(Default)]
struct Side {
    per_s: Sample,
    /// Processor seconds of 1,000 documents: the client's and the server's.
    cpu: Sample,
    server_cpu: Sample,
    /// Most memory, in MiB.
    peak: Sample,
    server_peak: Sample,
}

/// What a process had done before.
struct Before {
    began: Instant,
    server: u32,
    cpu: Duration,
}

impl Before {
    fn of(server: &Server) -> Before {
        Before { began: clock::instant(), server: server.id(), cpu: machine::done(server.id()).cpu }
    }
}

impl Side {
    fn add(&mut self, documents: usize, before: &Before, took: Duration, cpu: Duration, peak: f64) {
        let thousands = documents as f64 / 1_000.0;
        self.per_s.add(documents as f64 / took.as_secs_f64());
        self.cpu.add(cpu.as_secs_f64() / thousands);
        self.server_cpu.add((machine::done(before.server).cpu - before.cpu).as_secs_f64() / thousands);
        self.peak.add(peak / MIB);
        self.server_peak.add(machine::peak(before.server) / MIB);
    }
}

/// Waits for something without asking it to be polite.
fn until(what: &str, every: Duration, look: impl Fn() -> bool) -> Result<(), Box<dyn Error>> {
    let deadline = clock::instant() + PATIENCE;
    while !look() {
        if clock::instant() > deadline {
            return Err(format!("nobody saw it in time: {what}").into());
        }
        let_pass(every);
    }
    Ok(())
}

/// How many documents a server keeps.
fn kept(central: &Connection) -> usize {
    let counted = central
        .query_row("SELECT count(*) FROM document WHERE database_name = 'orders'", [], |row| row.get::<_, i64>(0));
    counted.map_or(0, |count| usize::try_from(count).unwrap_or(0))
}

fn look_into(server: &Server) -> Result<Connection, Box<dyn Error>> {
    Ok(Connection::open_with_flags(server.central(), OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}

fn version(nth: usize) -> Version {
    let body = order_body(nth);
    let doc_id = body["_id"].as_str().unwrap_or_default().to_owned();
    let history = History::of(Revision::child_of(None, false, &body));
    Version { doc_id, history, deleted: false, body }
}

fn id(nth: usize) -> String {
    version(nth).doc_id
}

/// Puts orders of another till into a register's store, which its server has not.
fn furnish(register: &Register, documents: usize) -> Result<(), Box<dyn Error>> {
    let mut store = Store::open(&register.data().join("store.db"), Some(&own_key(register)))?;
    for from in (0..documents).step_by(AT_ONCE) {
        store.write(Durability::Draft, |tx| -> Result<(), Fault> {
            (from..documents.min(from + AT_ONCE))
                .try_for_each(|nth| tx.put_version(Database::Orders, &version(nth), false, clock::now()).map(drop))
        })?;
    }
    Ok(())
}

/// Gives a server so many orders of another till.
fn fill(server: &Server, documents: usize) -> Result<(), Box<dyn Error>> {
    let token = server.token(&server.lets_in(Role::Register(RegisterId("P1".into())), "P1"));
    for from in (0..documents).step_by(AT_ONCE) {
        let docs: Vec<Value> = (from..documents.min(from + AT_ONCE))
            .map(|nth| {
                let one = version(nth);
                let mut body = one.body.clone();
                body["_rev"] = one.revision().to_string().into();
                body
            })
            .collect();
        let head = ["Content-Type: application/json", &format!("Authorization: Bearer {token}")];
        let body = json!({ "new_edits": false, "docs": docs }).to_string();
        let (status, answer) = ask(server.address, "POST", "/sync/orders/_bulk_docs", &head, &body);
        if status != 201 || answer.trim() != "[]" {
            return Err(format!("the server took not all: {status} {answer}").into());
        }
    }
    Ok(())
}

fn url(server: &Server) -> String {
    format!("http://{}", server.address)
}

fn register_pushes(documents: usize, side: &mut Side) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let server = Server::open(folder.path());
    let mut register = Register::enrolled("T1", &url(&server), &server);
    furnish(&register, documents)?;
    let central = look_into(&server)?;
    let before = Before::of(&server);
    register.opens();
    until("all orders at the server", Duration::from_millis(5), || kept(&central) == documents)?;
    let (took, process) = (before.began.elapsed(), register.id());
    side.add(documents, &before, took, machine::done(process).cpu, machine::peak(process));
    Ok(())
}

fn register_pulls(server: &Server, name: &str, documents: usize, side: &mut Side) -> Result<(), Box<dyn Error>> {
    let mut register = Register::enrolled(name, &url(server), server);
    let (last, reader) = (id(documents - 1), register.reader());
    let before = Before::of(server);
    register.opens();
    until("the last order at the register", Duration::from_millis(5), || has(&reader, &last))?;
    let (took, process) = (before.began.elapsed(), register.id());
    side.add(documents, &before, took, machine::done(process).cpu, machine::peak(process));
    Ok(())
}

fn has(reader: &comanda::store::Reader, doc_id: &str) -> bool {
    reader.document_body(doc_id).is_ok_and(|body| body.is_some())
}

/// What a driver of PouchDB says of one run.
fn pouchdb(place: &Path, told: &Value) -> Value {
    Driver::start(place, "line.js", told).hears()
}

fn pouchdb_replicates(
    place: &Path,
    server: &Server,
    what: &str,
    (directory, documents): (&Path, usize),
    side: &mut Side,
) -> Result<(), Box<dyn Error>> {
    let token = server.token(&server.lets_in(Role::Register(RegisterId("P2".into())), "P2"));
    let base = format!("{}/sync", url(server));
    let told = json!({ "what": what, "directory": directory, "url": base, "database": "orders", "token": token });
    let before = Before::of(server);
    let said = pouchdb(place, &told);
    if said["found"] != documents {
        return Err(format!("{what}: {said}").into());
    }
    let number = |name: &str| said[name].as_f64().unwrap_or(f64::NAN);
    let span = |name: &str| Duration::from_secs_f64(number(name) / 1e3);
    side.add(documents, &before, span("took_ms"), span("cpu_ms"), number("peak"));
    Ok(())
}

/// Pushed and pulled, in turn with PouchDB.
fn in_bulk(scale: &Scale, place: Option<&Path>, figures: &mut Vec<Figure>) -> Result<(), Box<dyn Error>> {
    let [mut pushed, mut pulled, mut theirs_pushed, mut theirs_pulled] = [(); 4].map(|()| Side::default());
    let documents = scale.documents;
    let bodies = written((0..documents).map(order_body));
    for round in 0..scale.rounds {
        register_pushes(documents, &mut pushed)?;
        let folder = tempfile::tempdir()?;
        let server = Server::open(folder.path());
        match place {
            Some(place) => {
                let (full, empty) = (folder.path().join("full"), folder.path().join("empty"));
                pouchdb(place, &json!({ "what": "fill", "directory": full, "documents": bodies.path() }));
                pouchdb_replicates(place, &server, "push", (&full, documents), &mut theirs_pushed)?;
                pouchdb_replicates(place, &server, "pull", (&empty, documents), &mut theirs_pulled)?;
            }
            None => fill(&server, documents)?,
        }
        // The process of before has the memory of before: its most is told of a fresh one.
        drop(server);
        let server = Server::open(folder.path());
        register_pulls(&server, &format!("T{}", round + 1), documents, &mut pulled)?;
    }
    for (what, ours, theirs) in [("pushed", pushed, theirs_pushed), ("pulled", pulled, theirs_pulled)] {
        let row = |name: &str, unit, pick: fn(&Side) -> &Sample| {
            let figure = Figure::new(format!("{documents} {what}: {name}"), pick(&ours).median(), unit);
            if place.is_some() { figure.beside("PouchDB", pick(&theirs).median()) } else { figure }
        };
        figures.push(row("documents a second", "/s", |side| &side.per_s));
        figures.push(row("client's processor, of 1,000", "s", |side| &side.cpu).aim(Aim::Times(0.2)));
        figures.push(row("server's processor, of 1,000", "s", |side| &side.server_cpu));
        figures.push(row("client's memory, most", "MiB", |side| &side.peak).aim(Aim::Under(35.0)));
        figures.push(row("server's memory, most", "MiB", |side| &side.server_peak).aim(Aim::Under(30.0)));
    }
    Ok(())
}

/// A connection that stays open.
pub(super) struct Wire {
    stream: TcpStream,
    address: String,
}

impl Wire {
    pub(super) fn to(server: &Server) -> Result<Wire, Box<dyn Error>> {
        let stream = TcpStream::connect(server.address)?;
        stream.set_nodelay(true)?;
        Ok(Wire { stream, address: server.address.to_string() })
    }

    /// Asks, and gives the status.
    fn asks(&mut self, method: &str, path: &str, head: &str, body: &str) -> Result<u16, Box<dyn Error>> {
        self.answer(method, path, head, body).map(|(status, _)| status)
    }

    /// The same, with the body.
    pub(super) fn answer(
        &mut self,
        method: &str,
        path: &str,
        head: &str,
        body: &str,
    ) -> Result<(u16, Vec<u8>), Box<dyn Error>> {
        let (address, length) = (&self.address, body.len());
        let start = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n{head}Content-Length: {length}\r\n\r\n");
        self.stream.write_all(format!("{start}{body}").as_bytes())?;
        let (mut bytes, mut part) = (Vec::new(), [0; 16_384]);
        loop {
            let count = self.stream.read(&mut part)?;
            if count == 0 {
                return Err("the server hung up".into());
            }
            bytes.extend_from_slice(&part[..count]);
            let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            let length: usize = length.ok_or("the answer does not say how long it is")?;
            if bytes.len() >= end + 4 + length {
                let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
                return Ok((status.ok_or("an answer has a status")?, bytes.split_off(end + 4)));
            }
        }
    }
}

/// A round trip that asks for nearly nothing, and a sync of one page: what a live change cannot do without.
fn bare(server: &Server, times: usize) -> Result<f64, Box<dyn Error>> {
    let (mut trips, mut syncs) = (Sample::default(), Sample::default());
    let mut wire = Wire::to(server)?;
    let mut page = tempfile::tempfile()?;
    for _ in 0..times {
        let began = clock::instant();
        wire.asks("GET", "/api/v1/health", "", "")?;
        trips.add(millis(began.elapsed()));
        let began = clock::instant();
        page.write_all(&[7; 4096])?;
        page.sync_data()?;
        syncs.add(millis(began.elapsed()));
    }
    Ok(trips.median() + syncs.median())
}

/// What live changes took, and how many requests of each side there were to one.
struct Live {
    took: Sample,
    asked: [f64; 2],
}

fn counted(proxy: &Proxy) -> usize {
    let is_of_documents =
        |asked: &str| ["/sync/", "/create"].iter().any(|part| asked.contains(part)) && !asked.contains("/sync/menu");
    proxy.exchanges().iter().filter(|one| is_of_documents(&one.asked)).count()
}

/// From the key that sends an order at one register until it is in the other's store.
fn registers_live(server: &Server, names: [&str; 2], held: usize, times: usize) -> Result<Live, Box<dyn Error>> {
    let proxies = [(); 2].map(|()| Proxy::before(server.address, 1));
    let [mut one, mut other] = [0, 1].map(|nth| Register::enrolled(names[nth], &proxies[nth].url(), server));
    let readers = [&one, &other].map(Register::reader);
    for (register, reader) in [&mut one, &mut other].into_iter().zip(&readers) {
        register.opens();
        until("what is held", Duration::from_millis(20), || held == 0 || has(reader, &id(held - 1)))?;
        register.says("All changes synced");
    }
    let mut took = Sample::default();
    let mut before = [0; 2];
    for nth in 0..=times {
        one.till().types("\x1b[19~A");
        let drafted = || readers[0].desk().ok().and_then(|desk| desk.order);
        until("a draft", LOOK, || drafted().is_some_and(|order| !has(&readers[0], &order.to_string())))?;
        let order = drafted().ok_or("there is an order in hand")?.to_string();
        let_pass(PAUSE);
        let began = clock::instant();
        one.till().types("\x1bOR");
        until("the order at the other register", LOOK, || has(&readers[1], &order))?;
        // The first one finds everything cold.
        if nth == 0 {
            let_pass(PAUSE);
            before = [0, 1].map(|nth| counted(&proxies[nth]));
        } else {
            took.add(millis(began.elapsed()));
        }
    }
    one.says("All changes synced");
    let asked = [0, 1].map(|nth| (counted(&proxies[nth]) - before[nth]) as f64 / times as f64);
    Ok(Live { took, asked })
}

fn pouchdbs_live(place: &Path, server: &Server, times: usize) -> Result<Live, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let proxies = [(); 2].map(|()| Proxy::before(server.address, 1));
    let token = server.token(&server.lets_in(Role::Register(RegisterId("P3".into())), "P3"));
    // Numbers that nobody else has.
    let bodies = written((0..=times).map(|nth| order_body(900_000 + nth)));
    let urls = [0, 1].map(|nth: usize| format!("{}/sync", proxies[nth].url()));
    let directories = ["one", "other"].map(|name| folder.path().join(name));
    let told = json!({
        "what": "live", "urls": urls, "database": "orders", "token": token, "documents": bodies.path(),
        "pause_ms": u64::try_from(PAUSE.as_millis())?, "directories": directories,
    });
    let mut driver = Driver::start(place, "line.js", &told);
    driver.hears();
    let before = [0, 1].map(|nth| counted(&proxies[nth]));
    let said = driver.hears();
    let asked = [0, 1].map(|nth| (counted(&proxies[nth]) - before[nth]) as f64 / times as f64);
    let mut took = Sample::default();
    said["took"].as_array().into_iter().flatten().filter_map(Value::as_f64).for_each(|each| took.add(each));
    Ok(Live { took, asked })
}

fn live(scale: &Scale, place: Option<&Path>, figures: &mut Vec<Figure>) -> Result<(), Box<dyn Error>> {
    let mut fewest = None;
    for held in scale.held {
        let folder = tempfile::tempdir()?;
        let server = Server::open(folder.path());
        fill(&server, held)?;
        let ours = registers_live(&server, ["T1", "T2"], held, scale.live)?;
        let bare = bare(&server, scale.live)?;
        let name = format!("live change, {held} held");
        let figure = Figure::new(format!("{name}: median"), ours.took.median(), "ms");
        figures.push(figure.beside("a bare round trip and sync", bare).aim(Aim::Under(15.0)));
        let first: f64 = *fewest.get_or_insert(ours.took.median());
        if held != scale.held[0] {
            let beside = format!("with {} held", scale.held[0]);
            figures.push(
                Figure::new(format!("{name}: median"), ours.took.median(), "ms")
                    .beside(beside, first)
                    .aim(Aim::Times(1.3)),
            );
        }
        let theirs = match place {
            Some(place) if held == scale.held[0] => Some(pouchdbs_live(place, &server, scale.live)?),
            Some(_) | None => None,
        };
        for (nth, side) in ["who writes", "who reads"].into_iter().enumerate() {
            let figure = Figure::new(format!("{name}: requests of {side}"), ours.asked[nth], "").aim(Aim::Under(4.01));
            figures.push(theirs.iter().fold(figure, |figure, their| figure.beside("PouchDB", their.asked[nth])));
        }
        if let Some(theirs) = theirs {
            let figure = Figure::new(format!("{name}: median, again"), ours.took.median(), "ms");
            figures.push(figure.beside("PouchDB", theirs.took.median()));
        }
    }
    Ok(())
}

/// Orders that the server accepts, one after the other on one connection, beside the rows that come of it, written into
/// a database of the same tables, an order a transaction.
fn accepted(scale: &Scale, figures: &mut Vec<Figure>) -> Result<(), Box<dyn Error>> {
    let mut fewest = None;
    for held in scale.held {
        let folder = tempfile::tempdir()?;
        let server = Server::open(folder.path());
        fill(&server, held)?;
        let per_s = orders_a_second(&server, scale.accepted)?;
        let bare = bare_inserts(&server.central(), folder.path(), scale.accepted)?;
        let name = format!("orders accepted, {held} held");
        figures.push(Figure::new(name.clone(), per_s, "/s").beside("their rows inserted", bare));
        let first: f64 = *fewest.get_or_insert(per_s);
        if held != scale.held[0] {
            figures.push(Figure::new(name, per_s, "/s").beside(format!("with {} held", scale.held[0]), first));
        }
    }
    #[cfg(feature = "postgres")]
    figures.push(over_postgres(scale)?.beside("SQLite", fewest.unwrap_or_default()));
    Ok(())
}

/// The same on PostgreSQL, on this machine and on the medium.
#[cfg(feature = "postgres")]
fn over_postgres(scale: &Scale) -> Result<Figure, Box<dyn Error>> {
    let house = crate::shared_central::House::with(&["fsync=on"]);
    let server = house.serve("one");
    let held = scale.held[0];
    fill(&server, held)?;
    let per_s = orders_a_second(&server, scale.accepted)?;
    Ok(Figure::new(format!("orders accepted on PostgreSQL, {held} held"), per_s, "/s"))
}

/// How many orders a server accepts in a second.
fn orders_a_second(server: &Server, orders: usize) -> Result<f64, Box<dyn Error>> {
    let token = server.token(&server.lets_in(Role::Register(RegisterId("P1".into())), "P1"));
    let mut wire = Wire::to(server)?;
    let head = format!("Content-Type: application/json\r\nAuthorization: Bearer {token}\r\n");
    let bodies: Vec<String> = (0..orders).map(|nth| submission(2_000_000 + nth)).collect();
    let began = clock::instant();
    for body in &bodies {
        let status = wire.asks("POST", "/api/v1/orders/create", &head, body)?;
        if status != 200 {
            return Err(format!("an order was answered {status}").into());
        }
    }
    Ok(bodies.len() as f64 / began.elapsed().as_secs_f64())
}

pub(super) fn submission(nth: usize) -> String {
    let mut body = order_body(nth);
    let id = body["_id"].clone();
    body["_original_order_id"] = id;
    body["_offline_order"] = true.into();
    body["local_number"] = format!("P1-{nth}").into();
    body.to_string()
}

/// The tables that acceptance writes, and how an order's rows are found in each.
const WRITTEN: [(&str, &str); 6] = [
    ("document", "doc_id = ?1"),
    ("leaf", "doc_id = ?1"),
    ("acceptance", "doc_id = ?1"),
    ("orders", "doc_id = ?1"),
    ("order_items", "order_id = (SELECT order_id FROM orders WHERE doc_id = ?1)"),
    ("order_taxes", "order_id = (SELECT order_id FROM orders WHERE doc_id = ?1)"),
];

/// How many orders a second SQLite takes when it is given their rows as they are.
fn bare_inserts(central: &Path, folder: &Path, orders: usize) -> Result<f64, Box<dyn Error>> {
    let from = Connection::open_with_flags(central, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let into = Connection::open(folder.join("bare.sqlite"))?;
    into.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    let mut tables = from.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, rowid")?;
    for sql in tables.query_map([], |row| row.get::<_, String>(0))? {
        into.execute_batch(&sql?)?;
    }
    let mut rows: Vec<Vec<(String, Vec<Cell>)>> = Vec::new();
    for nth in 0..orders {
        let mut of_order = Vec::new();
        for (table, which) in WRITTEN {
            let mut asked = from.prepare_cached(&format!("SELECT * FROM {table} WHERE {which}"))?;
            let columns = asked.column_count();
            let marks = vec!["?"; columns].join(", ");
            let mut found = asked.query([id(2_000_000 + nth)])?;
            while let Some(row) = found.next()? {
                let cells = (0..columns).map(|at| row.get(at)).collect::<Result<Vec<Cell>, _>>()?;
                of_order.push((format!("INSERT INTO {table} VALUES ({marks})"), cells));
            }
        }
        rows.push(of_order);
    }
    if rows.iter().any(|of_order| of_order.len() < WRITTEN.len()) {
        return Err("an accepted order has rows in every table".into());
    }
    let began = clock::instant();
    for of_order in &rows {
        into.execute_batch("BEGIN IMMEDIATE")?;
        for (sql, cells) in of_order {
            into.prepare_cached(sql)?.execute(params_from_iter(cells))?;
        }
        into.execute_batch("COMMIT")?;
    }
    Ok(rows.len() as f64 / began.elapsed().as_secs_f64())
}

/// Key to frame through a terminal while a register pulls all that its server has, beside the same keys afterwards.
fn keys_meanwhile(scale: &Scale, figures: &mut Vec<Figure>) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let server = Server::open(folder.path());
    fill(&server, scale.documents)?;
    let register = Register::enrolled("T1", &url(&server), &server);
    let (last, reader) = (id(scale.documents - 1), register.reader());
    let words = register.words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut program = Program::start(Path::new(BINARY), &words, (100, 30))?;
    program.first_frame()?;
    for key in ["4", "7", "1", "1", "\r", "I"] {
        program.press(key)?;
    }
    let (mut busy, mut quiet) = (Sample::default(), Sample::default());
    let mut press = |sample: &mut Sample| -> Result<(), Box<dyn Error>> {
        for key in ["+", "-"] {
            sample.add(millis(program.press(key)?.took));
            let_pass(Duration::from_millis(3));
        }
        Ok(())
    };
    loop {
        press(&mut busy)?;
        if has(&reader, &last) {
            break;
        }
    }
    for _ in 0..busy.len().min(400) / 2 {
        press(&mut quiet)?;
    }
    let name = format!("{} keys while {} are pulled", busy.len(), scale.documents);
    let beside = |figure: Figure, permille| figure.beside("when all is pulled", quiet.permille(permille));
    figures.push(beside(Figure::new(format!("{name}: median"), busy.median(), "ms"), 500));
    figures.push(beside(Figure::new(format!("{name}: p99"), busy.permille(990), "ms"), 990));
    figures.push(beside(Figure::new(format!("{name}: most"), busy.most(), "ms"), 1000));
    Ok(())
}

/// Pushed and pulled, beside PouchDB.
pub fn bulk(scale: &Scale) -> Measured {
    figures(|figures| in_bulk(scale, place::pouchdb().as_deref(), figures))
}

/// From register to register.
pub fn goes_live(scale: &Scale) -> Measured {
    figures(|figures| live(scale, place::pouchdb().as_deref(), figures))
}

/// What the server takes.
pub fn accepts(scale: &Scale) -> Measured {
    figures(|figures| accepted(scale, figures))
}

/// Keys meanwhile.
pub fn meanwhile(scale: &Scale) -> Measured {
    figures(|figures| keys_meanwhile(scale, figures))
}

fn figures(measure: impl FnOnce(&mut Vec<Figure>) -> Result<(), Box<dyn Error>>) -> Measured {
    let mut figures = Vec::new();
    measure(&mut figures)?;
    Ok(figures)
}
