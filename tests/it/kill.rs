//! `kill -9` at a hundred random moments of a real register that sells and gives back, and after each the same order on
//! the same line, and what was given back.
//!
//! What must be there is known from a twin: a register in this process that starts on a copy of the store and gets the
//! same keys. What the register had drawn before it died is one of the twin's states; after the restart it must show
//! that state or one that the keys already written lead to, never an earlier one.

use crate::cashier::{Cashier, copy_store};
use crate::pty::{TENDER_HEARS, Till, let_pass};
use comanda::domain::journal::Row;
use comanda::domain::slip::{JobState, PrintJob, Slip, TicketKind};
use comanda::domain::{LineState, Money, Order, Payment};
use comanda::printing::{Marks, Paper, encode, layout};
use comanda::runtime::config::Config;
use comanda::runtime::key_file::KeySource;
use comanda::runtime::paths::environment;
use comanda::runtime::{clock, demo};
use comanda::store::{Key, OrderRow, OrderRowState, Reader, care};
use comanda::tui::keys::Key as Press;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// How often it is killed.
const KILLS: u32 = 110;
/// Longest time from the last key to the kill, in microseconds.
const DELAY_MAX_US: u64 = 60_000;
const SIZE: (u16, u16) = (100, 60);

/// Dice whose throws a seed repeats.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

/// What a cashier does in one go: keys by name, what they are for the terminal, and whether to look before going on.
#[derive(Debug, Clone, Copy)]
enum Do {
    /// Keys, one after the other, without looking.
    Keys(&'static [&'static str]),
    /// Look until the screen shows all of it, and until a tender hears.
    Look,
}

const SELL: &[Do] = &[
    Do::Keys(&["A"]),
    Do::Keys(&["C"]),
    Do::Keys(&["F"]),
    Do::Keys(&["2", "*", "B"]),
    Do::Keys(&["c", "o", "l", "a", "Enter"]),
    Do::Keys(&["e", "s", "p", "Enter"]),
    Do::Keys(&["3", "*", "f", "r", "i", "e", "s", "Enter"]),
    Do::Keys(&["6", "0", "1", "Enter"]),
];
const CHANGE: &[Do] =
    &[Do::Keys(&["+"]), Do::Keys(&["-"]), Do::Keys(&["Enter"]), Do::Keys(&["Up"]), Do::Keys(&["Down"])];
const UNDO: &[Do] = &[Do::Keys(&["F12"]), Do::Keys(&["F6"])];
const SEND: &[Do] = &[Do::Keys(&["F3"])];
const HOLD: &[Do] = &[Do::Keys(&["F8"])];
const RECALL: &[Do] = &[Do::Keys(&["F2", "Enter"]), Do::Keys(&["F2", "Down", "Enter"])];
const PAY: &[Do] = &[Do::Keys(&["F4"]), Do::Look, Do::Keys(&["Enter"])];
/// Of what was paid last, or before: everything, or one of the first line; and at once what comes of doing it twice.
const REFUND: &[&[Do]] = &[
    &[Do::Keys(&["F2", "Tab", "F5", "F5", "A", "Enter"]), Do::Look, Do::Keys(&["A"]), Do::Keys(&["A"])],
    &[Do::Keys(&["F2", "Tab", "Down", "F5", "F5", "A", "Enter"]), Do::Look, Do::Keys(&["A"])],
    &[Do::Keys(&["F2", "Tab", "F5", "F5", "Down", "+", "Enter"]), Do::Look, Do::Keys(&["B"]), Do::Keys(&["F5"])],
];

/// The bytes that a terminal sends for a key.
fn bytes_of(name: &str) -> String {
    let sent = match name {
        "Enter" => "\r",
        "Up" => "\x1b[A",
        "Down" => "\x1b[B",
        "Tab" => "\t",
        "F2" => "\x1bOQ",
        "F3" => "\x1bOR",
        "F4" => "\x1bOS",
        "F5" => "\x1b[15~",
        "F6" => "\x1b[17~",
        "F8" => "\x1b[19~",
        "F12" => "\x1b[24~",
        letter => letter,
    };
    sent.to_owned()
}

/// What a burst does, chosen by the dice.
fn burst(dice: &mut Dice) -> Vec<Do> {
    let mut all = Vec::new();
    if dice.below(8) == 0 {
        // Sold, paid, and given back.
        all.push(dice.one_of(SELL));
        all.extend_from_slice(PAY);
        all.push(Do::Keys(&["Enter"]));
        all.extend_from_slice(dice.one_of(REFUND));
        return all;
    }
    for _ in 0..=dice.below(4) {
        match dice.below(100) {
            0..50 => all.push(dice.one_of(SELL)),
            50..66 => all.push(dice.one_of(CHANGE)),
            66..70 => all.push(dice.one_of(UNDO)),
            70..82 => all.push(dice.one_of(SEND)),
            82..87 => all.push(dice.one_of(HOLD)),
            87..90 => all.push(dice.one_of(RECALL)),
            90..96 => all.extend_from_slice(PAY),
            _ => all.extend_from_slice(dice.one_of(REFUND)),
        }
    }
    all
}

/// What of a screen says what was taken in: all but the notice, the foot and the status bar, and the time, which may be
/// the next minute, and where the receipt is, which its printer tells. Lists are only named: what they show is no
/// promise.
fn said(rows: &[String]) -> String {
    let is_of_paper = |row: &String| row.contains("The receipt w");
    let rows = &rows[..rows.len() - 4];
    let main = rows.iter().map(|row| if is_of_paper(row) { "" } else { row }).collect::<Vec<_>>().join("\n");
    let is_time = |word: &str| {
        word.len() == 5
            && word.bytes().enumerate().all(|(at, byte)| if at == 2 { byte == b':' } else { byte.is_ascii_digit() })
    };
    match ["Open orders", "Paid orders"].into_iter().find(|list| main.contains(list)) {
        Some(list) => list.to_owned(),
        None => main.split(' ').map(|word| if is_time(word) { "--:--" } else { word }).collect::<Vec<_>>().join(" "),
    }
}

/// What was given back so far, each time how much, as the journal tells.
fn amounts_given_back(reader: &Reader) -> Vec<i64> {
    let rows = reader.journal(10_000).unwrap();
    let amount = |row: &Row| serde_json::from_str::<serde_json::Value>(&row.details).unwrap()["amount"].as_i64();
    rows.iter().filter(|row| row.kind == "refund").map(|row| amount(row).unwrap()).collect()
}

/// The twin and what it showed after each key, and what a restart would have shown then.
struct Twin {
    cashier: Cashier,
    key: Key,
    shows: Vec<String>,
    restarts: Vec<Left>,
}

/// What a register leaves to the next start.
#[derive(Debug, PartialEq, Eq, Clone)]
struct Left {
    /// What the restart shows.
    shows: String,
    /// What was given back so far.
    refunds: Vec<i64>,
}

impl Twin {
    fn of(store: &Path, key: &Key) -> Twin {
        let cashier = Cashier::on_copy_of(store, key, SIZE);
        let mut twin = Twin { cashier, key: key.clone(), shows: Vec::new(), restarts: Vec::new() };
        twin.note();
        twin
    }

    fn note(&mut self) {
        self.shows.push(said(&self.cashier.screen()));
        let again = Cashier::on_copy_of(&self.cashier.store_file(), &self.key, SIZE);
        self.restarts.push(Left { shows: said(&again.screen()), refunds: amounts_given_back(again.reader()) });
        // What a restart shows is known by restarting, so that alone must be held against what was shown before.
        if self.cashier.focus() == "order" {
            assert_eq!(again.focus(), "order");
            let (shown, before) = (again.region("order").join("\n"), self.cashier.region("order").join("\n"));
            assert!(shown == before, "not the same order on the same line:\n{shown}\nbefore it was:\n{before}");
        }
    }

    fn press(&mut self, name: &str) {
        self.cashier.now = clock::now();
        self.cashier.press(Press::named(name).unwrap());
        self.note();
    }

    fn last(&self) -> &str {
        self.shows.last().unwrap()
    }

    /// The state that the drawn frames had reached: each frame is the same state as the one before or a later one.
    fn reached(&self, frames: &[Vec<String>]) -> usize {
        let mut at = 0;
        for frame in frames {
            let frame = said(frame);
            let next = (at..self.shows.len()).find(|&next| self.shows[next] == frame);
            let shows =
                || self.shows.iter().enumerate().map(|(nth, it)| format!("--- {nth}\n{it}\n")).collect::<String>();
            at = next.unwrap_or_else(|| panic!("this was drawn:\n{frame}\nthe twin showed:\n{}", shows()));
        }
        at
    }
}

/// Kills the register once, after a burst or in its middle; gives what a restart may show.
fn live_and_die(till: &mut Till, twin: &mut Twin, dice: &mut Dice) -> MayShow {
    let first = twin.last().to_owned();
    till.wait_for(&first, |rows| said(rows) == first);
    let before = till.frames().len() - 1;
    let doing = burst(dice);
    // In the middle: some of the keys are never written.
    let all: usize = doing.iter().map(|it| if let Do::Keys(keys) = it { keys.len() } else { 0 }).sum();
    let cut = if dice.below(3) == 0 { usize::try_from(dice.below(all as u64)).unwrap() + 1 } else { all };
    // The twin gets its keys later, so that the register gets its own as fast as they can be written.
    let (mut written, mut known): (Vec<&str>, usize) = (Vec::new(), 0);
    for one in doing {
        match one {
            Do::Look if written.len() < cut => {
                written[known..].iter().for_each(|name| twin.press(name));
                known = written.len();
                let shown = twin.last().to_owned();
                till.wait_for(&shown, |rows| said(rows) == shown);
                // A tender is deaf for 150 ms after it opened: that is a time, not a state.
                let_pass(TENDER_HEARS);
            }
            Do::Look => {}
            Do::Keys(keys) => {
                for name in keys.iter().copied().take(cut - written.len()) {
                    till.types(&bytes_of(name));
                    written.push(name);
                }
            }
        }
    }
    let most = dice.one_of(&[2_000, 20_000, DELAY_MAX_US, DELAY_MAX_US]);
    let_pass(Duration::from_micros(dice.below(most + 1)));
    till.kill();
    written[known..].iter().for_each(|name| twin.press(name));
    let reached = twin.reached(&till.frames()[before..]);
    MayShow { restarts: twin.restarts[reached..].to_vec(), was_done: reached + 1 == twin.shows.len() }
}

/// What a restart may show, the earliest first.
struct MayShow {
    restarts: Vec<Left>,
    /// All that was pressed had been drawn before the kill.
    was_done: bool,
}

#[test]
fn a_register_that_is_killed_at_any_moment_shows_the_same_order_on_the_same_line() {
    let named = environment("COMANDA_KILL_SEED").map(|seed| seed.to_str().unwrap().parse().unwrap());
    let seed = named.unwrap_or_else(|| u64::try_from(clock::now().unix_ms).unwrap());
    println!("seed {seed}: COMANDA_KILL_SEED={seed} presses the same keys again");
    let mut dice = Dice(seed);
    let data = tempfile::tempdir().unwrap();
    let store = data.path().join("store.db");
    let mut till = Till::demo(data.path(), SIZE);
    till.wait_for_text("Who is there?");
    // A manager, who needs nobody's leave to give back.
    till.types("9999\r");
    till.wait_for_text("Nothing ordered yet");
    till.kill();
    let key = KeySource::File(data.path().join("store.key")).read().unwrap();
    let started = clock::instant();
    let (mut while_starting, mut while_working) = (0, 0);
    for round in 0..KILLS {
        let mut twin = Twin::of(&store, &key);
        let mut till = Till::demo(data.path(), SIZE);
        till.arm();
        if dice.below(8) == 0 {
            // While it starts: nothing is pressed, so nothing may change.
            let_pass(Duration::from_millis(dice.below(200)));
            till.kill();
            while_starting += 1;
            assert_eq!(Twin::of(&store, &key).last(), twin.last(), "seed {seed}, round {round}");
            continue;
        }
        let may_show = live_and_die(&mut till, &mut twin, &mut dice);
        while_working += u32::from(!may_show.was_done);
        let mut till = Till::demo(data.path(), SIZE);
        till.arm();
        let shows = said(&till.wait_for("the first frame", |rows| !rows.is_empty()));
        let left = Left { shows, refunds: amounts_given_back(&read(&store, &key).1) };
        assert!(
            may_show.restarts.contains(&left),
            "seed {seed}, round {round}: after the restart:\n{left:#?}\nit may be:\n{:#?}",
            may_show.restarts
        );
        if round % 4 == 0 {
            try_failed_jobs_again(&mut till);
        }
        till.kill();
    }
    println!(
        "{KILLS} kills ({while_starting} while it started, {while_working} while it worked) in {:?}",
        started.elapsed()
    );
    assert!(while_working > KILLS / 20, "most kills came too late to be worth while");
    finish(data.path());
    check_books(data.path(), &key);
}

/// Does what a cashier does who reads FAILED on the status bar: puts the jobs that were given up back in their queues.
fn try_failed_jobs_again(till: &mut Till) {
    // A restart may still be at work on what the kill had cut off.
    let rows = till.wait_for("printers that have nothing to do", have_settled);
    if !rows.last().unwrap().contains("FAILED") {
        return;
    }
    // More, Printers.
    till.types("\x1b[21~");
    till.wait_for_text("Quit Comanda");
    till.types("E");
    let mut rows = till.wait_for_text("receipt: ");
    while let Some(job) = rows.iter().position(|row| row.contains(" failed ") && !row.contains(" drawer")) {
        // A tap chooses the row, Enter puts its job back.
        till.types(&format!("\x1b[<0;5;{0}M\x1b[<0;5;{0}m\r", job + 1));
        let id = rows[job].split_whitespace().find(|word| word.bytes().all(|b| b.is_ascii_digit())).unwrap().to_owned();
        let is_printed = |row: &String| row.contains(" printed ") && row.split_whitespace().any(|word| word == id);
        rows = till.wait_for("the job is printed at last", |rows| rows.iter().any(is_printed));
    }
}

fn have_settled(rows: &[String]) -> bool {
    let status = rows.last().map(String::as_str).unwrap_or_default();
    let is_bar = ["Sync", "All changes synced", "Offline", "unsent"].iter().any(|says| status.contains(says));
    is_bar && !status.contains(" * ") && !status.contains("DOWN")
}

/// Starts it once more and leaves when everything is printed.
fn finish(data: &Path) {
    let mut till = Till::demo(data, SIZE);
    try_failed_jobs_again(&mut till);
    till.wait_for("printers that have nothing to do", have_settled);
    till.signal("TERM");
    assert_eq!(till.end(), 0);
}

/// Reads a copy of a store, which lies in a folder of its own.
fn read(store: &Path, key: &Key) -> (tempfile::TempDir, Reader) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("store.db");
    copy_store(store, &copy);
    let reader = Reader::open(&copy, Some(key)).unwrap();
    (folder, reader)
}

/// Holds the store and the paper against one another.
fn check_books(data: &Path, key: &Key) {
    let (folder, reader) = read(&data.join("store.db"), key);
    let report = care::check(&folder.path().join("store.db"), Some(key)).unwrap();
    assert!(report.is_sound(), "{:?}", report.problems);
    assert!(report.journal_rows > i64::from(KILLS) / 2, "{} rows", report.journal_rows);
    let rows: Vec<_> = [reader.open_orders(10_000).unwrap(), reader.paid_orders(10_000).unwrap()].concat();
    let mut numbers: Vec<_> = rows.iter().map(|row| (row.business_date, row.local_number.clone())).collect();
    let count = numbers.len();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), count, "no number is used twice");
    let (mut paid, mut sent, mut given_back) = (0, 0, 0);
    for row in &rows {
        let order = reader.order(row.order_id).unwrap().unwrap();
        let (refunds, payments): (Vec<_>, Vec<_>) =
            reader.payments(row.order_id).unwrap().into_iter().partition(Payment::is_refund);
        given_back += refunds.len();
        check_refunds(&reader, row, &payments, &refunds);
        if row.state == OrderRowState::Paid {
            paid += 1;
            assert_eq!(payments.len(), 1, "{}", row.local_number);
            assert_eq!(payments[0].settles(), order.totals().total, "{}", row.local_number);
        } else {
            assert_eq!(payments.iter().map(|it| it.settles()).sum::<Money>(), Money::ZERO, "{}", row.local_number);
        }
        sent += usize::from(order.was_sent());
        check_tickets(&reader, &order);
    }
    let doubted = check_paper(data, &reader);
    let told = amounts_given_back(&reader);
    assert_eq!(told.len(), given_back, "the journal knows of each refund: {told:?}");
    println!(
        "{count} orders, {sent} sent, {paid} paid, {given_back} refunds, {} journal rows, {doubted} sheets marked",
        report.journal_rows
    );
    assert!(sent >= 5 && paid >= 2 && given_back >= 1, "the dice made it worth while");
}

/// No more went back than was paid, and of each refund there is one slip, copies apart.
fn check_refunds(reader: &Reader, row: &OrderRow, payments: &[Payment], refunds: &[Payment]) {
    let back: Money = refunds.iter().map(|it| -it.amount).sum();
    assert!(back <= payments.iter().map(|it| it.amount).sum(), "{}: {back:?}", row.local_number);
    assert_eq!(row.refunded, back, "{}", row.local_number);
    let jobs = reader.spool_recent(10_000).unwrap();
    let slip_of = |job: &PrintJob| {
        let Slip::Refund(slip) = &job.slip else { return None };
        (slip.order_id == row.order_id && slip.reprint == 0).then_some(slip.refund)
    };
    let mut slips: Vec<_> = jobs.iter().filter_map(slip_of).collect();
    let mut owed: Vec<_> = refunds.iter().map(|it| it.payment_id).collect();
    slips.sort();
    owed.sort();
    assert_eq!(slips, owed, "the slips of {}", row.local_number);
}

/// Every line that was sent is on exactly one ticket job, voids apart.
fn check_tickets(reader: &Reader, order: &Order) {
    let mut owed: BTreeMap<(String, String), i64> = BTreeMap::new();
    for line in order.lines.iter().filter(|line| line.is_sent() && line.state != LineState::Voided) {
        *owed.entry((line.station.as_str().to_owned(), line.name.clone())).or_default() += i64::from(line.quantity);
    }
    let mut told: BTreeMap<(String, String), i64> = BTreeMap::new();
    for job in reader.spool_recent(10_000).unwrap() {
        let Slip::Ticket(ticket) = job.slip else { continue };
        if ticket.order_id != order.order_id {
            continue;
        }
        let sign = match ticket.kind {
            TicketKind::New | TicketKind::Addition => 1,
            TicketKind::Void => -1,
            TicketKind::Change | TicketKind::Reprint => 0,
        };
        for line in &ticket.lines {
            let entry = told.entry((ticket.station.as_str().to_owned(), line.name.clone())).or_default();
            *entry += sign * i64::from(line.quantity);
        }
    }
    told.retain(|_, count| *count != 0);
    assert_eq!(told, owed, "what the stations were told of {}", order.local_number);
}

/// Every job is on paper: once without the mark at most, and at least once. Gives how many sheets bear the mark.
fn check_paper(data: &Path, reader: &Reader) -> usize {
    let mut doubted = 0;
    let jobs = reader.spool_recent(10_000).unwrap();
    assert!(
        jobs.iter().all(|job| job.state == JobState::Printed || job.slip == Slip::DrawerKick),
        "all were printed: {:?}",
        jobs.iter().filter(|job| job.state != JobState::Printed).collect::<Vec<_>>()
    );
    let printers = Config::usual(demo::house()).printers;
    for printer in printers.into_iter().map(|it| it.printer) {
        let name = printer.name.as_str();
        let text = std::fs::read_to_string(data.join(format!("paper/{name}.txt"))).unwrap();
        let mut sheets: BTreeMap<i64, (usize, usize)> = BTreeMap::new();
        for part in text.split("--- job ").skip(1) {
            let (heading, body) = part.split_once('\n').unwrap();
            let id: i64 = heading.split_whitespace().next().unwrap().parse().unwrap();
            let counts = sheets.entry(id).or_default();
            let job =
                jobs.iter().find(|job| job.job_id == id).unwrap_or_else(|| panic!("job {id} is not in the store"));
            assert_eq!(job.printer, name);
            let marked = body.contains("DUPLICATE?");
            if marked {
                counts.1 += 1
            } else {
                counts.0 += 1
            }
            if job.slip != Slip::DrawerKick {
                let marks = Marks { duplicate: marked, ..Marks::default() };
                let mut paper = Paper::new(printer.columns);
                paper.feed(&encode(&layout(&job.slip, &printer, &marks), &printer)).unwrap();
                assert_eq!(body.trim_end(), paper.text().trim_end(), "the paper of job {id} says what the job says");
            }
        }
        for job in jobs.iter().filter(|job| job.printer == name) {
            let (plain, marked) = sheets.get(&job.job_id).copied().unwrap_or_default();
            assert!(plain <= 1, "job {} of {name} is on paper {plain} times without the mark", job.job_id);
            if job.slip != Slip::DrawerKick {
                assert!(plain + marked >= 1, "job {} of {name} is not on paper", job.job_id);
            }
            doubted += marked;
        }
    }
    doubted
}
