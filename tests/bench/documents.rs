//! What writing a document costs: orders of 1.2 KB, one by one and a hundred at once, and opening a store that holds
//! many, beside PouchDB on LevelDB. Each side is a process of its own that measures itself, in turn with the other.
//!
//! Both write the same bodies. PouchDB names a revision, and writes the document and its tree. Comanda does so too, and
//! writes what stands beside a document here: the row of the lists and, for what was sent at this till, that of the
//! outbox. PouchDB's documents take less of the disk: LevelDB compresses them, and these resemble each other.
//!
//! Of durability PouchDB says nothing: it hands LevelDB each write without asking for a sync, so that it survives the
//! death of the process and not a power cut, as SQLite with NORMAL. That is what people run, and the aims stand against
//! it, with FULL too. Beside it stands a PouchDB whose LevelDB was made to sync its log with each write, as FULL does.

use super::machine;
use super::sections::Measured;
use super::table::{Aim, Figure, Sample, millis};
use comanda::document::order::{self, OrderContext};
use comanda::document::{Database, History, Revision, Version};
use comanda::domain::{Currency, LocalNumber, Order, OrderId};
use comanda::runtime::clock;
use comanda::store::care::Checkpointer;
use comanda::store::{Durability, Fault, Key, Store};
use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The word that makes this program write or open alone, and say what it took.
pub const ALONE: &str = "--documents";
/// How many bodies there are; each document is one of them with an id of its own.
const BODIES: usize = 100;
/// Most documents in one batch.
const AT_ONCE: u32 = 100;
/// FULL, and orders are written as they come from other registers, not as they are sent here.
const FULL_PULLED: &str = "FULL pulled";
/// How many orders the first question asks for.
const LISTED: u32 = 50;

/// How much of everything.
pub struct Scale {
    /// How often each side does each thing.
    rounds: u32,
    /// Documents written one by one.
    singles: u32,
    /// Documents written in batches.
    batched: u32,
    /// Documents that a store holds when it is opened.
    held: &'static [u32],
    /// How often it is opened.
    opens: u32,
}

impl Scale {
    pub const FULL: Scale = Scale { rounds: 3, singles: 3_000, batched: 20_000, held: &[10_000, 100_000], opens: 15 };
    pub const QUICK: Scale = Scale { rounds: 1, singles: 3, batched: 250, held: &[20, 120], opens: 1 };
}

/// What one run of one side came to.
struct Cost {
    took_ms: f64,
    cpu_ms: f64,
    peak: f64,
}

impl Cost {
    /// Reads what a side printed, and holds what it found against what it should have.
    fn read(printed: &str, found: u32) -> Result<Cost, Box<dyn Error>> {
        let line = printed.lines().last().unwrap_or_default();
        let told: Value = serde_json::from_str(line).map_err(|wrong| format!("{line:?}: {wrong}"))?;
        if told["found"] != found {
            return Err(format!("{line}: {found} were expected").into());
        }
        let number = |name: &str| told[name].as_f64().ok_or_else(|| format!("{line}: no {name}"));
        Ok(Cost { took_ms: number("took_ms")?, cpu_ms: number("cpu_ms")?, peak: number("peak")? })
    }
}

/// Who writes.
#[derive(Clone, Copy, PartialEq)]
enum Side<'a> {
    /// As a till does, with a durability by its SQLite name.
    Comanda(&'static str),
    /// PouchDB in this directory, `default` or `sync`.
    PouchDb(&'a Path, &'static str),
}

/// One thing that is written: how many documents, how many at once.
#[derive(Clone, Copy)]
struct Task {
    first: u32,
    count: u32,
    at_once: u32,
}

impl Side<'_> {
    fn run(self, words: &[String]) -> Result<String, Box<dyn Error>> {
        let mut command = match self {
            Side::Comanda(_) => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg(ALONE);
                command
            }
            Side::PouchDb(place, _) => {
                let mut command = Command::new("node");
                command.arg("documents.js").current_dir(place);
                command
            }
        };
        let done = command.args(words).output()?;
        if !done.status.success() {
            return Err(format!("{command:?}: {}", String::from_utf8_lossy(&done.stderr)).into());
        }
        Ok(String::from_utf8(done.stdout)?)
    }

    fn write(self, data: &Path, orders: &Path, task: Task) -> Result<Cost, Box<dyn Error>> {
        let how = match self {
            Side::Comanda(how) | Side::PouchDb(_, how) => how,
        };
        let paths = [data, orders].map(|path| path.to_string_lossy().into_owned());
        let numbers = [task.first, task.count, task.at_once].map(|number| number.to_string());
        let words = [&["write".to_owned()][..], &paths, &numbers, &[how.to_owned()]].concat();
        Cost::read(&self.run(&words)?, task.count)
    }

    fn open(self, data: &Path, held: u32) -> Result<Cost, Box<dyn Error>> {
        Cost::read(&self.run(&["open".to_owned(), data.to_string_lossy().into_owned()])?, held.min(LISTED))
    }
}

/// Measures both sides in turn.
pub fn measure(scale: &Scale) -> Measured {
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let orders = scratch.path().join("orders.jsonl");
    let bodies: Vec<String> = (0..BODIES).map(|nth| body(nth).to_string()).collect();
    let bytes = bodies.iter().map(String::len).sum::<usize>() / BODIES;
    fs::write(&orders, bodies.join("\n") + "\n")?;
    let place = super::place::pouchdb();
    println!(
        "  orders of {bytes} bytes; the store is {}",
        if cfg!(feature = "cipher") { "encrypted" } else { "not encrypted" }
    );
    let mut figures = Vec::new();
    let one_by_one = Task { first: 0, count: scale.singles, at_once: 1 };
    let in_batches = Task { first: 0, count: scale.batched, at_once: AT_ONCE };
    for (what, task) in [("one by one", one_by_one), ("100 at once", in_batches)] {
        figures.extend(written(what, scale, task, scratch.path(), &orders, place.as_deref())?);
    }
    for &held in scale.held {
        figures.extend(opened(scale, held, scratch.path(), &orders, place.as_deref())?);
    }
    Ok(figures)
}

/// What several rounds of one side came to.
#[derive(Default)]
struct Rounds {
    /// Documents a second.
    rate: Sample,
    /// Processor time of a thousand documents, in milliseconds.
    cpu: Sample,
    /// The most memory, in MiB.
    peak: Sample,
}

fn written(what: &str, scale: &Scale, task: Task, scratch: &Path, orders: &Path, place: Option<&Path>) -> Measured {
    let is_batched = task.at_once > 1;
    let hows: &[&str] = if is_batched { &["NORMAL", "FULL", FULL_PULLED] } else { &["NORMAL", "FULL"] };
    let mut sides: Vec<Side> = hows.iter().map(|how| Side::Comanda(how)).collect();
    sides.extend(place.iter().flat_map(|place| [Side::PouchDb(place, "default"), Side::PouchDb(place, "sync")]));
    let mut all: Vec<Rounds> = sides.iter().map(|_| Rounds::default()).collect();
    for _ in 0..scale.rounds {
        for (side, rounds) in sides.iter().zip(&mut all) {
            let data = tempfile::tempdir_in(scratch)?;
            let cost = side.write(&data.path().join("data"), orders, task)?;
            let count = f64::from(task.count);
            rounds.rate.add(count / (cost.took_ms / 1e3));
            rounds.cpu.add(cost.cpu_ms / (count / 1e3));
            rounds.peak.add(cost.peak / MIB);
        }
    }
    let (ours, others) = all.split_at(hows.len());
    let mut figures = Vec::new();
    for (how, ours) in hows.iter().zip(ours) {
        let line = |kind: &str, value: f64, unit| Figure::new(format!("{what}, {how}: {kind}"), value, unit);
        let rate = || line("a second", ours.rate.median(), "");
        let cpu = || line("processor time of 1000", ours.cpu.median(), "ms");
        let [plain, synced] = others else {
            figures.extend([rate(), cpu()]);
            continue;
        };
        let (mut rate_line, mut cpu_line) =
            (rate().beside("PouchDB", plain.rate.median()), cpu().beside("PouchDB", plain.cpu.median()));
        if is_batched && *how == "FULL" {
            (rate_line, cpu_line) = (rate_line.aim(Aim::AtLeastTimes(3.0)), cpu_line.aim(Aim::Times(0.25)));
        }
        figures.extend([rate_line, cpu_line]);
        if *how != "NORMAL" {
            figures.push(rate().beside("PouchDB made to sync", synced.rate.median()));
            figures.push(cpu().beside("PouchDB made to sync", synced.cpu.median()));
        }
    }
    let memory = Figure::new(format!("{what}: most memory"), ours[0].peak.median(), "MiB");
    figures.push(match others {
        [plain, ..] => memory.beside("PouchDB", plain.peak.median()),
        [] => memory,
    });
    Ok(figures)
}

const MIB: f64 = 1024.0 * 1024.0;

fn opened(scale: &Scale, held: u32, scratch: &Path, orders: &Path, place: Option<&Path>) -> Measured {
    let mut sides = vec![Side::Comanda("NORMAL")];
    sides.extend(place.map(|place| Side::PouchDb(place, "default")));
    let all = Task { first: 0, count: held, at_once: AT_ONCE };
    let mut found = Vec::new();
    for side in sides {
        let data = tempfile::tempdir_in(scratch)?;
        let path = data.path().join("data");
        side.write(&path, orders, all)?;
        found.push((side, data, path, Sample::default(), Sample::default()));
    }
    for _ in 0..scale.opens {
        for (side, _, path, took, peak) in &mut found {
            let cost = side.open(path, held)?;
            took.add(cost.took_ms);
            peak.add(cost.peak / MIB);
        }
    }
    let [(_, _, path, took, peak), others @ ..] = &found[..] else { unreachable!("there is one side at least") };
    let mut open = Figure::new(format!("{held} orders: open, ask for {LISTED}"), took.median(), "ms");
    let slow = Figure::new(format!("{held} orders: the slowest of {}", took.len()), took.most(), "ms");
    let mut memory = Figure::new(format!("{held} orders: most memory"), peak.median(), "MiB");
    let mut disk = Figure::new(format!("{held} orders: on disk"), on_disk(path)? / MIB, "MiB");
    if let [(_, _, path, took, peak)] = others {
        open = open.beside("PouchDB", took.median());
        memory = memory.beside("PouchDB", peak.median());
        disk = disk.beside("PouchDB", on_disk(path)? / MIB);
    }
    Ok(vec![open.aim(Aim::Under(35.0)), slow, memory, disk])
}

/// What a file and those beside it, or all in a directory, hold.
fn on_disk(path: &Path) -> Result<f64, Box<dyn Error>> {
    let folder = if path.is_dir() { path } else { path.parent().ok_or("a file lies in a directory")? };
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes as f64)
}

/// An order of one line with a modifier, as a till writes it.
fn body(nth: usize) -> Value {
    let tax = |rate: u32| json!({ "tax_id": format!("vat_{rate}"), "name": "VAT", "rate": rate, "included": true });
    let line = json!({
        "line_id": format!("line_0195b7a1-0000-7000-8000-{nth:012x}"), "item_id": "cheeseburger",
        "name": format!("Cheeseburger {nth}"), "quantity": 2, "unit_price": 1250 + nth, "tax_id": "vat_1000",
        "tax_rate": 1000, "taxes": { "dine_in": tax(1000) }, "note": null, "course": 1, "state": "sent",
        "modifiers": [{ "modifier_id": "bacon", "name": "Bacon", "price": 150, "quantity": 1, "qualifier": null }],
        "void_reason": null, "station": "kitchen",
    });
    let order = json!({
        "_id": id(0), "type": "order", "local_number": "T1-0", "register_id": "T1", "business_date": "2026-03-14",
        "opened_by": "Ana", "created_at": "2026-03-14T19:05:06.789+01:00", "order_type": "dine_in", "table": "12",
        "items": [line],
    });
    let order = order::from_body(&order).expect("it is an order");
    with_context(|context| order::to_body(&order, context, None))
}

fn with_context<T>(work: impl FnOnce(&OrderContext) -> T) -> T {
    let currency = Currency::of("EUR").expect("it is a currency");
    let (location_id, edited_by) = (&"L1".into(), &"T1".into());
    work(&OrderContext { location_id, currency, paid: &[], offline: true, edited_by })
}

fn id(nth: u32) -> String {
    format!("order_0195b7a1-0000-7000-8000-{nth:012x}")
}

/// Does one thing in a process of its own and prints what it took.
pub fn alone(words: &[String]) -> Result<(), Box<dyn Error>> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["write", data, orders, first, count, at_once, how] => {
            let task = Task { first: first.parse()?, count: count.parse()?, at_once: at_once.parse()? };
            let durability = if how == "NORMAL" { Durability::Draft } else { Durability::Synced };
            write(Path::new(data), Path::new(orders), task, durability, how == FULL_PULLED)
        }
        ["open", data] => {
            measured(|| Ok(Store::open(Path::new(data), Some(&key()))?.reader().open_orders(LISTED)?.len()))
        }
        _ => Err(format!("unknown: {words:?}").into()),
    }
}

fn key() -> Key {
    Key::new([7; 32])
}

/// The n-th document is one of the orders with an id and a number of its own.
fn write(
    data: &Path,
    orders: &Path,
    task: Task,
    durability: Durability,
    is_pulled: bool,
) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(orders)?;
    let read = |line| {
        let body: Value = serde_json::from_str(line)?;
        Ok((order::from_body(&body)?, body))
    };
    let orders = text.lines().map(read).collect::<Result<Vec<(Order, Value)>, Box<dyn Error>>>()?;
    let mut store = Store::open_or_create(data, Some(&key()), &mut clock::entropy()?)?;
    let checkpointer = Checkpointer::open(data, Some(&key()))?;
    let now = clock::now();
    measured(|| {
        let end = task.first + task.count;
        let mut nth = task.first;
        while nth < end {
            let until = end.min(nth + task.at_once);
            store.write(durability, |tx| -> Result<(), Fault> {
                (nth..until).try_for_each(|nth| {
                    let (order, body) = &orders[nth as usize % orders.len()];
                    if is_pulled {
                        let version = version(body, nth);
                        return tx.put_version(Database::Orders, &version, false, now).map(drop);
                    }
                    let mut order = order.clone();
                    order.order_id = OrderId::read(&id(nth)).expect("it is an id");
                    order.local_number = LocalNumber(number(nth));
                    with_context(|context| tx.put_order(&order, context, now))
                })
            })?;
            // As behind a till's keys.
            if store.is_checkpoint_due() {
                checkpointer.passive()?;
            }
            nth = until;
        }
        Ok(task.count as usize)
    })
}

fn number(nth: u32) -> String {
    format!("T1-{nth}")
}

/// The n-th document as it comes from another register.
fn version(body: &Value, nth: u32) -> Version {
    let mut body = body.clone();
    body["_id"] = id(nth).into();
    body["local_number"] = number(nth).into();
    let history = History::of(Revision::child_of(None, false, &body));
    Version { doc_id: id(nth), history, deleted: false, body }
}

fn measured(work: impl FnOnce() -> Result<usize, Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let me = std::process::id();
    let cpu = machine::done(me).cpu;
    let began = clock::instant();
    let found = work()?;
    let took_ms = millis(began.elapsed());
    let cpu_ms = millis(machine::done(me).cpu - cpu);
    println!("{}", json!({ "took_ms": took_ms, "cpu_ms": cpu_ms, "found": found, "peak": machine::peak(me) }));
    Ok(())
}
