//! A bad evening for printers: 2,000 tickets over five network printers that refuse, run out of paper, die in the middle
//! and keep their proofs to themselves. None may be lost, none doubled without its mark, none may hold up another printer.

use comanda::app::{App, Effect, Input, Settings};
use comanda::domain::id::Entropy;
use comanda::domain::slip::{Destination, JobState, PrintJob, Ticket, TicketKind, TicketLine};
use comanda::domain::{LocalNumber, OrderId, OrderType, Slip, StationId, Timestamp};
use comanda::printing::{Condition, MODELS, Paper, Printer, Proof};
use comanda::runtime::demo;
use comanda::runtime::printers::{Device, Patience, PrinterThread, Told};
use comanda::store::{Durability, Fault, Key, Store};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const SEED: u64 = 20_260_314;
const JOBS: u32 = 2_000;
/// A hung test is told, not waited for.
const STUCK: Duration = Duration::from_secs(30);
const HASTE: Patience = Patience {
    connect: Duration::from_secs(2),
    status: Duration::from_millis(30),
    write: Duration::from_secs(2),
    proof: Duration::from_millis(60),
    proof_per_byte: Duration::ZERO,
    taken: Duration::from_millis(60),
    goodbye: Duration::from_millis(30),
};

/// Name, how it proves, whether it answers at all, and how many of a hundred connections go wrong.
const HOUSE: [(&str, Proof, bool, u64); 5] = [
    ("kitchen", Proof::GsParenH, true, 20),
    ("bar", Proof::GsR, true, 40),
    ("grill", Proof::None, true, 20),
    ("pastry", Proof::None, false, 10),
    ("cellar", Proof::GsParenH, true, 0),
];

struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Nothing,
    HangsUp,
    NoPaper,
    DiesAfter(usize),
    DiesBeforeItsProof,
    KeepsItsProof,
}

impl Wrong {
    fn thrown(dice: &mut Dice, percent: u64, answers: bool) -> Wrong {
        if dice.below(100) >= percent {
            return Wrong::Nothing;
        }
        // Of a printer that answers nothing, nobody can know that it died.
        match dice.below(if answers { 5 } else { 1 }) {
            0 => Wrong::HangsUp,
            1 => Wrong::NoPaper,
            2 => Wrong::DiesAfter(usize::try_from(dice.below(500)).unwrap()),
            3 => Wrong::DiesBeforeItsProof,
            _ => Wrong::KeepsItsProof,
        }
    }
}

/// A printer on a port of this machine, and every paper that came out of it: one a connection.
struct Faulty {
    port: u16,
    papers: Arc<Mutex<Vec<Paper>>>,
    is_off: Arc<AtomicBool>,
}

impl Faulty {
    fn start(seed: u64, answers: bool, percent: u64) -> Faulty {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (papers, is_off) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (kept, off) = (Arc::clone(&papers), Arc::clone(&is_off));
        std::thread::spawn(move || {
            let mut dice = Dice(seed);
            for stream in listener.incoming() {
                let wrong = Wrong::thrown(&mut dice, percent, answers);
                if !off.load(Ordering::SeqCst) && wrong != Wrong::HangsUp {
                    serve(stream.unwrap(), answers, wrong, &kept);
                }
            }
        });
        Faulty { port, papers, is_off }
    }
}

fn serve(mut stream: TcpStream, answers: bool, wrong: Wrong, kept: &Mutex<Vec<Paper>>) {
    let mut paper = Paper::new(48);
    paper.set_condition(Condition { paper_out: wrong == Wrong::NoPaper, ..Condition::default() });
    let mut left = if let Wrong::DiesAfter(bytes) = wrong { bytes } else { usize::MAX };
    let mut bytes = [0_u8; 64];
    let died = loop {
        let Ok(more @ 1..) = stream.read(&mut bytes) else { break false };
        paper.feed(&bytes[..more.min(left)]).unwrap();
        if more > left {
            break true;
        }
        left -= more;
        let is_done = paper.sheets().iter().any(|sheet| sheet.is_cut);
        if wrong == Wrong::DiesBeforeItsProof && is_done {
            break true;
        }
        let mut says = paper.take_replies();
        if wrong == Wrong::KeepsItsProof {
            says.retain(|byte| byte & 0x93 == 0x12);
        }
        if answers && stream.write_all(&says).is_err() {
            break false;
        }
    };
    if !died {
        // Somebody puts paper in: what it kept comes out.
        paper.set_condition(Condition::default());
    }
    // Before the connection closes, so that whoever hears of the end finds the paper.
    kept.lock().unwrap().push(paper);
}

fn ticket(number: u32, station: &str, now: Timestamp) -> Slip {
    let line = TicketLine { quantity: 1, name: format!("JOB-{number};"), modifiers: vec![], note: None, course: 1 };
    Slip::Ticket(Ticket {
        order_id: OrderId::read("order_01890a5d-ac96-774b-bcce-b302099a8057").unwrap(),
        local_number: LocalNumber("T1-0042".into()),
        station: StationId::from(station),
        kind: TicketKind::New,
        order_type: OrderType::DineIn,
        table: Some("12".into()),
        covers: Some(2),
        customer_name: None,
        delivery: None,
        due_at: None,
        server: "Ana".into(),
        sent_at: now,
        kitchen_notes: None,
        lines: vec![line],
        reason: None,
    })
}

/// The register with its threads, under a clock that moves by what happens.
struct Evening {
    app: App,
    now: Timestamp,
    alarm: Timestamp,
    threads: BTreeMap<String, PrinterThread>,
    told: Receiver<Input>,
}

impl Evening {
    fn take(&mut self, input: Input) {
        self.now = self.now.plus_millis(50);
        for effect in self.app.handle(self.now, input) {
            match effect {
                Effect::Print { printer, job, load } => self.threads[&printer].send(job, load),
                Effect::Probe { printer } => self.threads[&printer].probe(),
                Effect::Alarm(at) => self.alarm = at,
                Effect::Answer(_)
                | Effect::BackUp
                | Effect::Plug { .. }
                | Effect::Bell
                | Effect::Call(_)
                | Effect::Checkpoint
                | Effect::Quit => {}
            }
        }
    }

    /// Lives until `is_over`; time stands still while printers work and jumps to the alarm when none does.
    fn live_until(&mut self, is_over: impl Fn(&App) -> bool) {
        self.take(Input::Woke);
        while !is_over(&self.app) {
            if self.app.is_settled() {
                self.now = self.now.max(self.alarm);
                self.take(Input::Woke);
                // What a printer that was asked says must come before time jumps on.
                while let Ok(input) = self.told.recv_timeout(Duration::from_millis(20)) {
                    self.take(input);
                }
            } else {
                let input = self.told.recv_timeout(STUCK).expect("no printer may hang for ever");
                self.take(input);
            }
        }
    }
}

fn evening(dir: &std::path::Path, printers: &BTreeMap<&str, Faulty>) -> Evening {
    let now = Timestamp::utc(1_773_491_400_000);
    let mut dice = Dice(SEED);
    let mut entropy = Entropy::new(move |bytes| bytes.fill_with(|| dice.below(256) as u8));
    let mut store = Store::create(&dir.join("store.db"), Some(&Key::new([7; 32])), &mut entropy).unwrap();
    demo::furnish(&mut store, &demo::menu().unwrap(), now, &mut entropy).unwrap();
    let queued = store.write(Durability::Draft, |tx| -> Result<(), Fault> {
        for number in 0..JOBS {
            let (name, ..) = HOUSE[number as usize % HOUSE.len()];
            tx.spool_add(name, &ticket(number, name, now), now)?;
        }
        Ok(())
    });
    queued.unwrap();
    let station = |name: &str| (Destination::Station(name.into()), name.to_owned());
    let settings = Settings {
        watch: Default::default(),
        house: demo::house(),
        printers: HOUSE.map(|(name, proof, ..)| Printer::new(name, &MODELS[0]).with_proof(proof)).to_vec(),
        routes: HOUSE.iter().map(|(name, ..)| station(name)).collect(),
        substitutes: BTreeMap::from([("bar".to_owned(), "grill".to_owned())]),
        login_notes: Vec::new(),
        size: (80, 24),
        panel: None,
        line: None,
        has_plug: false,
        boot_id: "storm".into(),
    };
    let (tells, told) = channel();
    let mut threads = BTreeMap::new();
    for (name, faulty) in printers {
        let (tells, printer) = (tells.clone(), (*name).to_owned());
        let tell = move |told| {
            let printer = printer.clone();
            let input = match told {
                Told::Done { job, outcome } => Input::Printed { printer, job, outcome },
                Told::Probed(says) => Input::Probed { printer, says },
            };
            // Nobody listens any more once the evening is over.
            tells.send(input).ok();
        };
        let device = Device::Tcp { host: "127.0.0.1".into(), port: faulty.port };
        threads.insert((*name).to_owned(), PrinterThread::spawn(device, name, HASTE, tell).unwrap());
    }
    let app = App::open(store, settings, entropy, now).unwrap();
    Evening { app, now, alarm: now, threads, told }
}

#[test]
fn two_thousand_tickets_through_a_storm() {
    let dir = tempfile::tempdir().unwrap();
    let printers: BTreeMap<&str, Faulty> = HOUSE
        .iter()
        .enumerate()
        .map(|(nth, (name, _, answers, percent))| (*name, Faulty::start(SEED + nth as u64, *answers, *percent)))
        .collect();
    printers["cellar"].is_off.store(true, Ordering::SeqCst);
    let mut evening = evening(dir.path(), &printers);
    let waiting = |app: &App, name: &str| app.store().reader().spool_waiting(name).unwrap();
    evening.live_until(|app| HOUSE[..4].iter().all(|(name, ..)| waiting(app, name) == 0));
    assert_eq!(waiting(&evening.app, "cellar"), JOBS / 5, "it was off, and held up nobody");
    printers["cellar"].is_off.store(false, Ordering::SeqCst);
    evening.live_until(|app| HOUSE.iter().all(|(name, ..)| waiting(app, name) == 0));
    for (_, thread) in std::mem::take(&mut evening.threads) {
        assert!(thread.finish(STUCK));
    }

    let mut sheets: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for faulty in printers.values() {
        for paper in faulty.papers.lock().unwrap().iter() {
            for sheet in paper.sheets().iter().filter(|sheet| sheet.is_cut) {
                let text = sheet.text();
                let from = text.find("JOB-").unwrap();
                let name = text[from..].split(';').next().unwrap().to_owned();
                let (unmarked, marked) = sheets.entry(name).or_default();
                *if text.contains("DUPLICATE?") { marked } else { unmarked } += 1;
            }
        }
    }
    let reader = evening.app.store().reader();
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    let mut moved = 0;
    for number in 0..JOBS {
        let job: PrintJob = reader.spool_job(i64::from(number) + 1).unwrap().unwrap();
        let (unmarked, marked) = sheets.get(&format!("JOB-{number}")).copied().unwrap_or_default();
        let told = format!("JOB-{number} {:?}: {unmarked} and {marked} marked; {:?}", job.state, job.last_error);
        *ends.entry(job.state.code()).or_default() += 1;
        moved += usize::from(job.printer != HOUSE[number as usize % HOUSE.len()].0);
        match job.state {
            JobState::Printed | JobState::Unconfirmed => assert!(unmarked + marked >= 1, "lost: {told}"),
            // Broken off twice: the status bar says so until somebody has looked.
            JobState::Failed => assert!(job.duplicate, "given up too early: {told}"),
            JobState::Queued | JobState::Sending => panic!("not done: {told}"),
        }
        assert!(unmarked <= 1 && marked <= 1, "doubled without a mark: {told}");
    }
    let marked: usize = sheets.values().map(|(_, marked)| marked).sum();
    assert!(marked > 40 && ends["printed"] > 600 && ends["unconfirmed"] > 400, "a calm evening: {marked} {ends:?}");
    println!("{ends:?}, {marked} marked, {moved} moved to a substitute");
}
