//! A house on a busy evening: registers and kitchens' screens on one server, each the shipped program in a terminal of
//! its own, and an order every two seconds at each register, entered, sent and paid with four keys.
//!
//! Keys are pressed at their time, whatever became of the ones before; what comes out of the terminals is only kept
//! while the house sells, and looked at when it has closed: so a key's time is from the key to the end of the first
//! frame that shows what it did, and a ticket's from F3 at its register to the end of the first frame on another box
//! that shows its number. What processes cost is what the kernel says of each; who presses the keys costs something,
//! too, and says it. In the end each order stands in the books once, as its register has it, and was on each screen of
//! its station, never twice at once; else nothing is told but that.

use super::machine;
use super::sections::Measured;
use super::table::{Aim, Figure, Sample, millis};
use super::terminal::{END_UPDATE, Program};
use crate::premises::{BINARY, KitchenBox, Register, Server, differences};
use crate::pty::let_pass;
use comanda::runtime::clock;
use std::collections::BTreeMap;
use std::error::Error;
use std::num::NonZero;
use std::path::Path;
use std::time::{Duration, Instant};

/// How large a house, and how long an evening.
pub struct Scale {
    registers: usize,
    kitchens: usize,
    /// How long it sells, in seconds.
    pub seconds: u64,
}

impl Scale {
    pub const FULL: Scale = Scale { registers: 10, kitchens: 4, seconds: 120 };
    pub const QUICK: Scale = Scale { registers: 2, kitchens: 2, seconds: 4 };
}

/// Between two orders of one register.
const EVERY: Duration = Duration::from_millis(2_000);
/// Between two keys of one order: longer than a tender is deaf.
const BETWEEN: Duration = Duration::from_millis(400);
/// How long one register sells alone before the others begin, of the whole.
const ALONE: u64 = 6;
/// Longer than anything takes that comes at all.
const PATIENCE: Duration = Duration::from_secs(60);
/// Columns and rows of a register's window, and of a kitchen's: a large one, on which all that waits is on one page.
const REGISTER: (u16, u16) = (100, 30);
const KITCHEN: (u16, u16) = (200, 60);
const MIB: f64 = 1024.0 * 1024.0;

/// A key of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Item,
    Send,
    Pay,
    Cash,
}

const KEYS: [Key; 4] = [Key::Item, Key::Send, Key::Pay, Key::Cash];

/// What an order is of: its key, how it is shown, and who makes it.
const DISHES: [(&str, &str, &str); 2] = [("A", "1 Cheeseburger", "kitchen"), ("I", "1 Cola", "bar")];

/// A key that was pressed.
#[derive(Debug, Clone, Copy)]
struct Press {
    key: Key,
    /// Which order of its register, from 1.
    order: usize,
    at: Instant,
}

/// A box of the house: its program, and its screen as far as it was looked at.
struct Seat {
    name: String,
    program: Program,
    screen: vt100::Parser,
    /// What came and is not looked at yet.
    rest: Vec<u8>,
}

impl Seat {
    fn open(name: &str, words: &[String], size: (u16, u16)) -> Result<Seat, Box<dyn Error>> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let program = Program::start(Path::new(BINARY), &words, size)?;
        let cells = |count| NonZero::new(count).unwrap_or(NonZero::<u16>::MIN);
        let screen = vt100::Parser::new(cells(size.1), cells(size.0), 0);
        Ok(Seat { name: name.to_owned(), program, screen, rest: Vec::new() })
    }

    /// Shows every whole frame of what came at one moment.
    fn looks(&mut self, bytes: &[u8], mut see: impl FnMut(&str)) {
        let mut from = self.rest.len().saturating_sub(END_UPDATE.len());
        self.rest.extend_from_slice(bytes);
        while let Some(found) = self.rest[from..].windows(END_UPDATE.len()).position(|it| it == END_UPDATE) {
            let end = from + found + END_UPDATE.len();
            self.screen.process(&self.rest[..end]);
            self.rest.drain(..end);
            from = 0;
            see(&self.screen.screen().contents());
        }
    }

    /// Waits until its screen has a text.
    fn shows(&mut self, text: &str) -> Result<(), Box<dyn Error>> {
        let deadline = clock::instant() + PATIENCE;
        let mut is_there = self.screen.screen().contents().contains(text);
        while !is_there {
            let left = deadline.saturating_duration_since(clock::instant());
            let Some((_, bytes)) = self.program.hears(left) else {
                let (shown, rest) = (self.screen.screen().contents(), String::from_utf8_lossy(&self.rest));
                return Err(format!("{} never shows {text}:\n{shown}\n{rest}", self.name).into());
            };
            self.looks(&bytes, |contents| is_there = contents.contains(text));
        }
        Ok(())
    }

    /// Hands every whole frame that came so far to `see`, with the time at which its end came.
    fn replay(&mut self, mut see: impl FnMut(Instant, &str)) {
        while let Some((at, bytes)) = self.program.hears(Duration::ZERO) {
            self.looks(&bytes, |contents| see(at, contents));
        }
    }
}

struct House {
    // Programs first: they end before their boxes go.
    registers: Vec<Seat>,
    kitchens: Vec<Seat>,
    /// How many orders each register has begun, and all keys of each.
    orders: Vec<usize>,
    presses: Vec<Vec<Press>>,
    tills: Vec<Register>,
    _boxes: Vec<KitchenBox>,
    server: Server,
    _folder: tempfile::TempDir,
}

/// What a register sells with its nth order, from 1: registers begin with different things.
fn dish(register: usize, order: usize) -> (&'static str, &'static str, &'static str) {
    DISHES[(register + order) % DISHES.len()]
}

impl House {
    fn open(scale: &Scale) -> Result<House, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let server = Server::open(folder.path());
        let url = format!("http://{}", server.address);
        let names = |of: &str, many: usize| (1..=many).map(|nth| format!("{of}{nth}")).collect::<Vec<_>>();
        let (mut tills, mut registers, mut kitchens, mut boxes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for name in names("T", scale.registers) {
            let till = Register::enrolled(&name, &url, &server);
            registers.push(Seat::open(&name, &till.words(), REGISTER)?);
            tills.push(till);
        }
        for (nth, name) in names("K", scale.kitchens).into_iter().enumerate() {
            let one = KitchenBox::enrolled(&name, &server, &url);
            // What is paid makes room, or the board would be that of a week.
            let config = std::fs::read_to_string(one.config())?;
            std::fs::write(one.config(), config.replace("paid_leaves_min = 60", "paid_leaves_min = 1"))?;
            let path = |path: std::path::PathBuf| path.display().to_string();
            let places = ["--data".to_owned(), path(one.data()), "--config".to_owned(), path(one.config())];
            let words = ["kitchen", "--station", DISHES[nth % DISHES.len()].2, "--server"].map(str::to_owned);
            kitchens.push(Seat::open(&name, &[words, places].concat(), KITCHEN)?);
            boxes.push(one);
        }
        for seat in &mut registers {
            seat.shows("Who is there?")?;
            seat.program.types("4711\r")?;
            seat.shows("F3 Send")?;
            seat.shows("All changes synced")?;
        }
        for seat in &mut kitchens {
            seat.shows("LIVE")?;
        }
        let (orders, presses) = (vec![0; scale.registers], vec![Vec::new(); scale.registers]);
        Ok(House { registers, kitchens, orders, presses, tills, _boxes: boxes, server, _folder: folder })
    }

    /// Lets the first so many registers sell so many orders each, one every two seconds.
    fn sells(&mut self, registers: usize, orders: usize) -> Result<(), Box<dyn Error>> {
        let mut times = Vec::new();
        for order in 0..orders {
            for register in 0..registers {
                let at = EVERY * u32::try_from(order)? + EVERY / u32::try_from(registers)? * u32::try_from(register)?;
                times.extend((0_u32..).zip(KEYS).map(|(nth, key)| (at + BETWEEN * nth, register, key)));
            }
        }
        times.sort();
        let began = clock::instant();
        for (time, register, key) in times {
            let_pass((began + time).saturating_duration_since(clock::instant()));
            if key == Key::Item {
                self.orders[register] += 1;
            }
            let order = self.orders[register];
            let keys = match key {
                Key::Item => dish(register, order).0,
                Key::Send => "\x1bOR",
                Key::Pay => "\x1bOS",
                Key::Cash => "\r",
            };
            let at = self.registers[register].program.types(keys)?;
            self.presses[register].push(Press { key, order, at });
        }
        let_pass(EVERY);
        Ok(())
    }

    fn processes(&self) -> [Vec<u32>; 3] {
        let ids = |seats: &[Seat]| seats.iter().map(|seat| seat.program.id()).collect();
        [vec![self.server.id()], ids(&self.registers), ids(&self.kitchens)]
    }

    /// How long keys took, by key: those of the first register while it sold alone, and all others.
    fn keys(&mut self, alone: usize) -> Result<[BTreeMap<Key, Sample>; 2], Box<dyn Error>> {
        let mut took: [BTreeMap<Key, Sample>; 2] = Default::default();
        for (register, seat) in self.registers.iter_mut().enumerate() {
            let mut waiting = self.presses[register].iter().peekable();
            seat.replay(|at, contents| {
                while let Some(press) = waiting.peek().filter(|press| press.at <= at) {
                    let shown = match press.key {
                        Key::Item => dish(register, press.order).1,
                        Key::Send => "Everything is sent",
                        Key::Pay => "Exact cash",
                        Key::Cash => " paid, change",
                    };
                    if !contents.contains(shown) {
                        break;
                    }
                    let when = usize::from(register != 0 || press.order > alone);
                    took[when].entry(press.key).or_default().add(millis(at - press.at));
                    waiting.next();
                }
            });
            if let Some(press) = waiting.next() {
                let screen = seat.screen.screen().contents();
                return Err(format!("{}: nobody saw what {press:?} did:\n{screen}", seat.name).into());
            }
        }
        Ok(took)
    }

    /// How long tickets took from F3 to each screen of their station, in the same way.
    fn tickets(&mut self, alone: usize) -> Result<[Sample; 2], Box<dyn Error>> {
        let mut took: [Sample; 2] = Default::default();
        for (nth, seat) in self.kitchens.iter_mut().enumerate() {
            let mut seen: BTreeMap<String, Instant> = BTreeMap::new();
            let mut doubled = None;
            seat.replay(|at, contents| {
                let mut now: Vec<&str> = numbers(contents).collect();
                now.sort_unstable();
                doubled = doubled.take().or(now.windows(2).find(|two| two[0] == two[1]).map(|two| two[0].to_owned()));
                for number in now {
                    if !seen.contains_key(number) {
                        seen.insert(number.to_owned(), at);
                    }
                }
            });
            if let Some(number) = doubled {
                return Err(format!("{} showed {number} twice", seat.name).into());
            }
            let station = DISHES[nth % DISHES.len()].2;
            for (register, presses) in self.presses.iter().enumerate() {
                let of_station = |press: &&Press| press.key == Key::Send && dish(register, press.order).2 == station;
                for press in presses.iter().filter(of_station) {
                    let number = format!("T{}-{:04}", register + 1, press.order);
                    let at = seen.remove(&number).ok_or_else(|| format!("{} never showed {number}", seat.name))?;
                    let when = usize::from(register != 0 || press.order > alone);
                    took[when].add(millis(at.saturating_duration_since(press.at)));
                }
            }
            if let Some(number) = seen.keys().next() {
                return Err(format!("{} showed {number}, which nobody sent there", seat.name).into());
            }
        }
        Ok(took)
    }

    /// Holds what every register has of its own orders against the books; answers how many orders there are.
    fn books(&self) -> Result<usize, Box<dyn Error>> {
        let mut held: Vec<String> = self.tills.iter().flat_map(Register::books).collect();
        held.sort();
        let books = self.server.books();
        if held != books {
            return Err(format!("not the same:\n{}", differences(&held, &books)).into());
        }
        let count = |what: &str| books.iter().filter(|line| line.starts_with(what)).count();
        let sold: usize = self.orders.iter().sum();
        if [count("order "), count("payment "), count("line ")] != [sold; 3] {
            return Err(format!("{sold} orders were sold; in the books: {}", books.join("\n")).into());
        }
        Ok(sold)
    }
}

/// The order numbers that stand on a screen, such as T1-0042.
fn numbers(contents: &str) -> impl Iterator<Item = &str> {
    contents.split_whitespace().filter(|word| {
        let parts = word.strip_prefix('T').and_then(|rest| rest.split_once('-'));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
        parts.is_some_and(|(register, order)| is_number(register) && is_number(order))
    })
}

/// What a few processes cost, each for itself: the mean and the most of them, in hundredths of a processor and in MiB.
fn costs(what: &str, before: &[machine::Done], ids: &[u32], seconds: f64, figures: &mut Vec<Figure>) {
    let (mut cpu, mut memory) = (Sample::default(), Sample::default());
    for (id, before) in ids.iter().zip(before) {
        cpu.add((machine::done(*id).cpu - before.cpu).as_secs_f64() / seconds * 100.0);
        memory.add(machine::peak(*id) / MIB);
    }
    let one = |name: &str| if ids.len() == 1 { format!("{what}: {name}") } else { format!("{what}: {name}, each") };
    let beside =
        |figure: Figure, most| if ids.len() == 1 { figure } else { figure.beside("the one that takes most", most) };
    figures.push(beside(Figure::new(one("processor"), cpu.mean(), "%"), cpu.most()));
    figures.push(beside(Figure::new(one("memory, most"), memory.mean(), "MiB"), memory.most()));
}

/// One busy evening.
pub fn evening(scale: &Scale) -> Measured {
    let mut house = House::open(scale)?;
    let orders = usize::try_from(scale.seconds)? * 1_000 / usize::try_from(EVERY.as_millis())?;
    let alone = (orders / usize::try_from(ALONE)?).max(1);
    house.sells(1, alone)?;
    let processes = house.processes();
    let before = processes.each_ref().map(|ids| ids.iter().map(|id| machine::done(*id)).collect::<Vec<_>>());
    let (own_before, began) = (machine::done(std::process::id()).cpu, clock::instant());
    house.sells(scale.registers, orders)?;
    let seconds = began.elapsed().as_secs_f64();
    let own = machine::done(std::process::id()).cpu - own_before;
    let mut figures = Vec::new();
    for (nth, what) in ["server", "registers", "kitchens"].into_iter().enumerate() {
        costs(what, &before[nth], &processes[nth], seconds, &mut figures);
    }
    figures.push(Figure::new("who presses the keys: processor", own.as_secs_f64() / seconds * 100.0, "%"));
    let [keys_alone, keys] = house.keys(alone)?;
    for seat in &mut house.registers {
        seat.shows("All changes synced")?;
    }
    let [tickets_alone, tickets] = house.tickets(alone)?;
    let sold = house.books()?;
    let beside = |figure: Figure, sample: &Sample, of| figure.beside("one register alone", sample.permille(of));
    for (key, name) in KEYS.into_iter().zip(["an item", "F3 Send", "F4 Pay", "Enter, cash"]) {
        for (of, which, most) in [(500, "median", 10.0), (990, "p99", 50.0)] {
            let figure = Figure::new(format!("{name}: key to frame, {which}"), keys[&key].permille(of), "ms");
            figures.push(beside(figure.aim(Aim::Under(most)), &keys_alone[&key], of));
        }
    }
    let name = format!("{} tickets, F3 to another box", tickets.len());
    for (of, which) in [(500, "median"), (990, "p99"), (1_000, "most")] {
        let figure = Figure::new(format!("{name}: {which}"), tickets.permille(of), "ms").aim(Aim::Under(1_000.0));
        figures.push(beside(figure, &tickets_alone, of));
    }
    let all: usize = house.orders.iter().sum();
    figures.push(Figure::new("orders in the books and on screens, once", sold as f64, "").beside("sold", all as f64));
    Ok(figures)
}
