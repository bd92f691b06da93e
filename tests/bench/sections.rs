//! What is measured. To add a section: its function and its line in `SECTIONS`.

use super::machine::Memory;
use super::table::{Aim, Figure, Sample, millis};
use super::terminal::Program;
use super::till::{Screen, Till};
use super::{syncs, year};
use comanda::runtime::clock;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The word that makes this program echo.
pub const ECHO: &str = "--echo";
/// The window of a usual terminal.
const SIZE: (u16, u16) = (100, 30);
/// Longer than a tender is deaf.
const TENDER_HEARS: Duration = Duration::from_millis(170);
/// A guest's order on the demonstration's menu, key by key: two burgers, one with extra cheese and without onion, a
/// cola, coffee by name, a pizza taken back; sent, and paid to the cent.
const SALE: &[&str] = &[
    "A",
    "/",
    "A",
    "-",
    "G",
    "Enter",
    "A",
    "I",
    "+",
    "Up",
    "Down",
    "c",
    "o",
    "f",
    "Backspace",
    "Backspace",
    "Backspace",
    "2",
    "*",
    "F",
    "F12",
    "F3",
    "F4",
    "Enter",
    "Enter",
];

/// The register is locked, and somebody logs in; twice.
const LOGINS_MORE: &[&str] = &["F11", "1", "1", "1", "1", "Enter", "F11", "1", "1", "1", "1", "Enter"];

/// How much of everything.
pub struct Scale {
    /// Orders that are in the stores before anything is measured.
    years: &'static [u32],
    /// Sales in process, and sales through a terminal.
    sales: (u32, u32),
    /// Customers who are written down before somebody looks for one.
    customers: u32,
    /// Orders that are sent before memory is looked at again.
    sent: u32,
    /// Starts of each program.
    starts: u32,
    /// How long nobody does anything.
    idle: Duration,
    /// Documents that are written beside PouchDB.
    pub documents: super::documents::Scale,
    /// What goes over the line beside PouchDB.
    #[cfg(feature = "server")]
    pub line: super::line::Scale,
    /// What a cache brings.
    #[cfg(feature = "redis")]
    pub cache: super::cache::Scale,
    /// A chain's servers.
    #[cfg(all(feature = "postgres", feature = "redis"))]
    pub tiers: super::tiers::Scale,
    /// A house and its evening.
    #[cfg(feature = "server")]
    pub house: super::house::Scale,
}

impl Scale {
    pub const FULL: Scale = Scale {
        years: &[0, 100_000, 200_000],
        sales: (200, 12),
        customers: 50_000,
        sent: 1_000,
        starts: 15,
        idle: Duration::from_secs(30),
        documents: super::documents::Scale::FULL,
        #[cfg(feature = "server")]
        line: super::line::Scale::FULL,
        #[cfg(feature = "redis")]
        cache: super::cache::Scale::FULL,
        #[cfg(all(feature = "postgres", feature = "redis"))]
        tiers: super::tiers::Scale::FULL,
        #[cfg(feature = "server")]
        house: super::house::Scale::FULL,
    };
    pub const QUICK: Scale = Scale {
        years: &[0, 50, 100],
        sales: (2, 1),
        customers: 50,
        sent: 5,
        starts: 1,
        idle: Duration::from_secs(1),
        documents: super::documents::Scale::QUICK,
        #[cfg(feature = "server")]
        line: super::line::Scale::QUICK,
        #[cfg(feature = "redis")]
        cache: super::cache::Scale::QUICK,
        #[cfg(all(feature = "postgres", feature = "redis"))]
        tiers: super::tiers::Scale::QUICK,
        #[cfg(feature = "server")]
        house: super::house::Scale::QUICK,
    };
}

impl Scale {
    /// Makes the house's evening so long.
    pub fn takes_seconds(&mut self, seconds: u64) {
        #[cfg(feature = "server")]
        {
            self.house.seconds = seconds;
        }
        #[cfg(not(feature = "server"))]
        let _ = seconds;
    }
}

pub type Measured = Result<Vec<Figure>, Box<dyn Error>>;

/// Name, what it is, how.
pub const SECTIONS: &[(&str, &str, fn(&Scale) -> Measured)] = &[
    ("keys", "key to frame in process, beside an empty frame", keys),
    ("customers", "key to frame while a customer is looked for, beside an empty frame", customers),
    ("syncs", "syncs and time of a paid order, beside a sync of one page", paid_orders),
    (
        "terminal",
        "key to frame through a terminal, beside a program that echoes, one key each in turn",
        keys_in_terminal,
    ),
    ("start", "from starting to the first frame, beside `comanda --version`", start),
    ("memory", "memory of a register, beside the kitchen's screen and a program that echoes", memory),
    ("idle", "a register that nobody touches, beside a program that echoes", idle),
    ("documents", "writing and opening orders of 1.2 KB, beside PouchDB on LevelDB", |scale| {
        super::documents::measure(&scale.documents)
    }),
    #[cfg(feature = "server")]
    ("line", "orders pushed and pulled, beside PouchDB against the same server", |scale| {
        super::line::bulk(&scale.line)
    }),
    #[cfg(feature = "server")]
    ("live", "a change from register to register, beside PouchDB", |scale| super::line::goes_live(&scale.line)),
    #[cfg(feature = "server")]
    ("accepts", "orders that the server accepts, beside bare inserts", |scale| super::line::accepts(&scale.line)),
    #[cfg(feature = "server")]
    ("meanwhile", "keys while orders are pulled", |scale| super::line::meanwhile(&scale.line)),
    #[cfg(feature = "server")]
    ("house", "registers and kitchens on one server, selling a busy evening", |scale| {
        super::house::evening(&scale.house)
    }),
    #[cfg(feature = "redis")]
    ("cache", "what servers share by Redis, and what would gain nothing by it", |scale| {
        super::cache::measure(&scale.cache)
    }),
    #[cfg(all(feature = "postgres", feature = "redis"))]
    ("tiers", "orders and menus through one server and two, on each central database", |scale| {
        super::tiers::measure(&scale.tiers)
    }),
];

/// What stores are called in the table.
fn name(orders: u32) -> String {
    match orders {
        0 => "empty store".to_owned(),
        orders => format!("{orders} orders"),
    }
}

/// The stores, with their names.
fn stores(scale: &Scale) -> Result<Vec<(String, PathBuf)>, Box<dyn Error>> {
    let found = year::stores(scale.years)?;
    Ok(scale.years.iter().map(|&orders| name(orders)).zip(found).collect())
}

/// The stores with nothing and with the most in them.
fn ends(scale: &Scale) -> Result<Vec<(String, PathBuf)>, Box<dyn Error>> {
    let mut all = stores(scale)?;
    let last = all.pop().ok_or("there are stores")?;
    all.truncate(1);
    all.push(last);
    Ok(all)
}

/// Sells until so many orders are paid, and hands every key and its cost to `see`.
fn sell(
    till: &mut Till,
    sales: u32,
    mut see: impl FnMut(&str, super::till::Cost) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    for _ in 0..sales {
        let before = till.reader().paid_orders(1)?.first().map(|row| row.order_id);
        for key in SALE {
            let cost = till.press(key)?;
            see(key, cost)?;
            till.settle()?;
        }
        let after = till.reader().paid_orders(1)?.first().map(|row| row.order_id);
        if after == before {
            return Err("the keys of a sale led to no paid order".into());
        }
    }
    Ok(())
}

fn keys(scale: &Scale) -> Measured {
    let mut figures = Vec::new();
    let mut first_day = None;
    for (name, data) in ends(scale)? {
        let mut till = Till::open(year::open(&data)?, SIZE)?;
        let (mut all, mut sent, mut bytes, mut empty) =
            (Sample::default(), Sample::default(), Sample::default(), Sample::default());
        let mut blank = Screen::new(SIZE)?;
        sell(&mut till, scale.sales.0, |key, cost| {
            all.add(millis(cost.took));
            bytes.add(cost.bytes as f64);
            if cost.syncs > 0 || ["F3", "Enter"].contains(&key) {
                sent.add(millis(cost.took));
            }
            let began = clock::instant();
            blank.draw(|_| {})?;
            empty.add(millis(began.elapsed()));
            Ok(())
        })?;
        let beside = |figure: Figure| figure.beside("an empty frame", empty.median());
        let keys = all.len();
        let median = Figure::new(format!("{name}: {keys} keys, median"), all.median(), "ms").aim(Aim::Under(1.0));
        figures.push(beside(median));
        figures.push(beside(Figure::new(format!("{name}: p99"), all.permille(990), "ms").aim(Aim::Under(8.0))));
        figures.push(beside(Figure::new(format!("{name}: Send and Enter, median"), sent.median(), "ms")));
        let first: f64 = *first_day.get_or_insert(all.median());
        figures.push(Figure::new(format!("{name}: median"), all.median(), "ms").beside("the empty store's", first));
        figures
            .push(Figure::new(format!("{name}: bytes a key, median"), bytes.median(), "bytes").aim(Aim::Under(400.0)));
        figures.push(Figure::new(format!("{name}: bytes a key, p90"), bytes.permille(900), "bytes"));
        figures.push(Figure::new(format!("{name}: bytes a key, most"), bytes.most(), "bytes"));
    }
    Ok(figures)
}

/// What somebody types to find a customer: names that many have, two words, digits of a phone from either side.
const LOOKS: [&str; 6] = ["m", "maria", "mar gar 12", "06", "0612 34", "5678"];

fn customers(scale: &Scale) -> Measured {
    let folder = tempfile::tempdir()?;
    let mut opening = year::open(folder.path())?;
    let began = clock::instant();
    year::write_customers(&mut opening.store, scale.customers)?;
    println!("  wrote {} customers in {:.0} s", scale.customers, began.elapsed().as_secs_f64());
    let mut till = Till::open(opening, SIZE)?;
    let mut blank = Screen::new(SIZE)?;
    let (mut all, mut empty) = (Sample::default(), Sample::default());
    till.press("Ctrl+k")?;
    for look in LOOKS {
        for letter in look.chars() {
            all.add(millis(till.press(&letter.to_string())?.took));
            let began = clock::instant();
            blank.draw(|_| {})?;
            empty.add(millis(began.elapsed()));
        }
        till.press("Esc")?;
        till.settle()?;
        till.press("Esc")?;
        till.press("Ctrl+k")?;
    }
    let beside = |figure: Figure| figure.beside("an empty frame", empty.median());
    let name = format!("{} customers, {} letters", scale.customers, all.len());
    let median = Figure::new(format!("{name}: median"), all.median(), "ms");
    Ok(vec![
        beside(median.aim(Aim::Under(8.0))),
        beside(Figure::new(format!("{name}: most"), all.most(), "ms").aim(Aim::Under(20.0))),
    ])
}

fn paid_orders(scale: &Scale) -> Measured {
    let mut figures = Vec::new();
    for (name, data) in ends(scale)? {
        let mut page = tempfile::tempfile_in(&data)?;
        let mut till = Till::open(year::open(&data)?, SIZE)?;
        let (mut sends, mut pays, mut drafts) = (Sample::default(), Sample::default(), Sample::default());
        let (mut page_syncs, mut pay_took) = (Sample::default(), Sample::default());
        let cpu = super::machine::done(std::process::id()).cpu;
        let mut behind = till.syncs_behind;
        let mut pressed = 0;
        sell(&mut till, scale.sales.0, |key, cost| {
            pressed += 1;
            let syncs = cost.syncs as f64;
            // The first Enter closes the modifiers, the last one the paid order; the one behind F4 pays.
            match (key, pressed % SALE.len()) {
                ("F3", _) => sends.add(syncs),
                ("Enter", nth) if nth == SALE.len() - 1 => {
                    pays.add(syncs);
                    pay_took.add(millis(cost.took));
                    let began = clock::instant();
                    page.write_all(&[7; 4096])?;
                    page.sync_data()?;
                    page_syncs.add(millis(began.elapsed()));
                }
                _ => drafts.add(syncs),
            }
            Ok(())
        })?;
        behind = till.syncs_behind - behind;
        let cpu = super::machine::done(std::process::id()).cpu - cpu;
        let orders = f64::from(scale.sales.0);
        figures.push(Figure::new(format!("{name}: syncs of Pay, most"), pays.most(), "").aim(Aim::Exactly(1.0)));
        figures.push(Figure::new(format!("{name}: syncs of Send, most"), sends.most(), "").aim(Aim::Exactly(1.0)));
        figures
            .push(Figure::new(format!("{name}: syncs of another key, most"), drafts.most(), "").aim(Aim::Exactly(0.0)));
        figures.push(Figure::new(format!("{name}: syncs behind the keys, an order"), behind as f64 / orders, ""));
        let took = Figure::new(format!("{name}: Pay, median"), pay_took.median(), "ms");
        figures.push(took.beside("a sync of 4 KiB", page_syncs.median()));
        let each = millis(cpu) / orders;
        figures.push(Figure::new(format!("{name}: processor time of a paid order, {} keys", SALE.len()), each, "ms"));
    }
    assert!(syncs::so_far() > 0, "syncs are counted");
    Ok(figures)
}

/// The bytes that a terminal sends for a key.
fn bytes_of(name: &str) -> &str {
    match name {
        "Enter" => "\r",
        "Up" => "\x1b[A",
        "Down" => "\x1b[B",
        "F3" => "\x1bOR",
        "F4" => "\x1bOS",
        "F8" => "\x1b[19~",
        "F11" => "\x1b[23~",
        "F12" => "\x1b[24~",
        "Backspace" => "\x7f",
        letter => letter,
    }
}

fn comanda(args: &[&str]) -> Result<Program, Box<dyn Error>> {
    Program::start(Path::new(env!("CARGO_BIN_EXE_comanda")), args, SIZE)
}

fn register(data: &Path) -> Result<Program, Box<dyn Error>> {
    comanda(&["demo", "--data", data.to_str().ok_or("a path is text")?])
}

fn echo() -> Result<Program, Box<dyn Error>> {
    Program::start(&std::env::current_exe()?, &[ECHO], SIZE)
}

#[expect(clippy::disallowed_methods, reason = "time that is measured must pass; nothing is waited for in this way")]
fn let_pass(duration: Duration) {
    std::thread::sleep(duration);
}

/// A register at which somebody is logged in, with an empty order.
fn logged_in(data: &Path) -> Result<Program, Box<dyn Error>> {
    let mut program = register(data)?;
    program.first_frame()?;
    // Whoever was there a moment ago still is: first the register is locked.
    for key in ["F11", "1", "1", "1", "1", "Enter"] {
        program.press(bytes_of(key))?;
    }
    program.settle();
    Ok(program)
}

/// Presses a key; a tender is given the time to hear.
fn press(program: &mut Program, key: &str) -> Result<super::terminal::Answer, Box<dyn Error>> {
    let answer = program.press(bytes_of(key))?;
    if key == "F4" {
        let_pass(TENDER_HEARS);
    }
    Ok(answer)
}

fn keys_in_terminal(scale: &Scale) -> Measured {
    let mut figures = Vec::new();
    for (name, data) in ends(scale)? {
        let (mut program, mut other) = (logged_in(&data)?, echo()?);
        other.first_frame()?;
        let (mut all, mut bytes, mut echoed) = (Sample::default(), Sample::default(), Sample::default());
        let cpu = program.done().cpu;
        for _ in 0..scale.sales.1 {
            for key in SALE {
                let answer = press(&mut program, key)?;
                all.add(millis(answer.took));
                bytes.add(answer.bytes as f64);
                program.settle();
                echoed.add(millis(other.press("x")?.took));
            }
        }
        let cpu = program.done().cpu - cpu;
        let keys = all.len();
        let median = Figure::new(format!("{name}: {keys} keys, median"), all.median(), "ms");
        figures.push(median.beside("an echo", echoed.median()));
        let slow = Figure::new(format!("{name}: p99"), all.permille(990), "ms");
        figures.push(slow.beside("an echo", echoed.permille(990)).aim(Aim::Under(8.0)));
        let more = Figure::new(format!("{name}: median, less the echo's"), all.median() - echoed.median(), "ms");
        figures.push(more.aim(Aim::Under(1.0)));
        figures.push(Figure::new(
            format!("{name}: processor time a key, all threads"),
            millis(cpu) / keys as f64,
            "ms",
        ));
        figures
            .push(Figure::new(format!("{name}: bytes a key, median"), bytes.median(), "bytes").aim(Aim::Under(400.0)));
    }
    Ok(figures)
}

fn start(scale: &Scale) -> Measured {
    let stores = stores(scale)?;
    let mut versions = (Sample::default(), 0);
    let mut starts: Vec<(Sample, Sample)> = stores.iter().map(|_| Default::default()).collect();
    for _ in 0..scale.starts {
        versions.0.add(millis(comanda(&["--version"])?.until_it_ends()?));
        versions.1 += 1;
        for ((_, data), (took, cpu)) in stores.iter().zip(&mut starts) {
            let program = register(data)?;
            took.add(millis(program.first_frame()?.took));
            program.settle();
            cpu.add(millis(program.done().cpu));
        }
    }
    let mut figures = Vec::new();
    let empty = starts[0].0.median();
    for ((name, _), (took, cpu)) in stores.iter().zip(&starts) {
        let median = took.median();
        let figure = Figure::new(format!("{name}: first frame, median of {}", took.len()), median, "ms");
        figures.push(figure.beside("--version", versions.0.median()).aim(Aim::Under(50.0)));
        figures.push(Figure::new(format!("{name}: processor time"), cpu.median(), "ms"));
        let ratio = Figure::new(format!("{name}: first frame"), median, "ms");
        figures.push(ratio.beside("the empty store's", empty).aim(Aim::Times(1.3)));
    }
    Ok(figures)
}

const MIB: f64 = 1024.0 * 1024.0;

fn memory_lines(what: &str, memory: Memory, beside: Memory) -> [Figure; 3] {
    let line = |kind: &str, value: f64| Figure::new(format!("{what}: {kind}"), value / MIB, "MiB");
    [
        line("resident", memory.resident).beside("an echo", beside.resident / MIB).aim(Aim::Under(20.0)),
        line("with shares (Pss)", memory.proportional).beside("an echo", beside.proportional / MIB),
        line("its own", memory.own).beside("an echo", beside.own / MIB),
    ]
}

fn memory(scale: &Scale) -> Measured {
    let mut figures = Vec::new();
    let other = echo()?;
    other.first_frame()?;
    let beside = other.memory();
    for (name, data) in ends(scale)? {
        let mut program = logged_in(&data)?;
        // Another cashier, and another: a login takes 19 MiB for a moment.
        for key in LOGINS_MORE {
            press(&mut program, key)?;
        }
        program.settle();
        figures.extend(memory_lines(&format!("{name}, three logins"), program.memory(), beside));
        for key in SALE {
            press(&mut program, key)?;
            program.settle();
        }
        figures.extend(memory_lines(&format!("{name}, one sale"), program.memory(), beside));
        for _ in 0..scale.sent {
            for key in ["A", "F3", "F8"] {
                press(&mut program, key)?;
            }
        }
        program.settle();
        figures.extend(memory_lines(&format!("{name}, {} orders sent", scale.sent), program.memory(), beside));
        let kitchen = comanda(&["kitchen", "--demo", "--data", data.to_str().ok_or("a path is text")?])?;
        kitchen.first_frame()?;
        kitchen.settle();
        figures.extend(memory_lines(&format!("{name}, the kitchen's screen"), kitchen.memory(), beside));
    }
    Ok(figures)
}

fn idle(scale: &Scale) -> Measured {
    let (_, data) = ends(scale)?.pop().ok_or("there are stores")?;
    let program = logged_in(&data)?;
    let other = echo()?;
    other.first_frame()?;
    program.settle();
    let (before, other_before) = (program.done(), other.done());
    let_pass(scale.idle);
    let (after, other_after) = (program.done(), other.done());
    let seconds = scale.idle.as_secs_f64();
    let a_second = |switches: u64| switches as f64 / seconds;
    let wakes = Figure::new("wake-ups a second, all threads", a_second(after.switches - before.switches), "");
    let cpu = Figure::new("processor time a second", millis(after.cpu - before.cpu) / seconds, "ms");
    Ok(vec![
        wakes.beside("an echo", a_second(other_after.switches - other_before.switches)).aim(Aim::Under(1.001)),
        cpu.beside("an echo", millis(other_after.cpu - other_before.cpu) / seconds),
    ])
}
