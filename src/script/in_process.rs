//! A register in this process, with a clock that stands still and printers that are paper in memory: where scripts are
//! played fastest. The store is a real file; a crash copies file and log as they are, forgets the register and opens
//! the copy.

use super::ink::{Colour, Ink};
use super::picture::{Area, Picture};
use super::stage::{JobView, MenuChoice, PrinterFault, PrinterView, Setting, Stage, StageFault, Theatre};
use crate::app::{App, Effect, Input, Settings};
use crate::domain::id::Entropy;
use crate::domain::slip::{PrintJob, Slip};
use crate::domain::{House, Menu, Timestamp};
use crate::printing::{Load, Marks, Outcome, Paper, Printer, Trouble, layout};
use crate::runtime::config::Config;
use crate::runtime::scratch::Scratch;
use crate::runtime::{demo, paths};
use crate::store::{Key, Reader, Store};
use crate::tui::keys;
use crate::tui::scene::Scene;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

/// How often a register may be asked to settle before it counts as restless.
const ROUNDS_MAX: u32 = 10_000;
/// Most print jobs that are looked back upon.
const JOBS_MAX: u32 = 1_000;

/// Opens registers in this process.
#[derive(Debug, Default)]
pub struct InProcess;

impl Theatre for InProcess {
    fn open(&mut self, setting: &Setting) -> Result<Box<dyn Stage>, StageFault> {
        Ok(Box::new(Register::new(setting)?))
    }
}

/// A printer in memory.
struct VirtualPrinter {
    printer: Printer,
    fault: PrinterFault,
    /// It broke in the middle of a job: nothing answers until it is mended.
    is_dead: bool,
    /// What lies in its tray, by job; a job that was printed twice has both sheets.
    papers: BTreeMap<i64, Paper>,
    kicks: u32,
    /// What it will answer, and when.
    answers: Vec<(Timestamp, i64, Outcome)>,
    /// When it was asked whether it could print.
    probes: Vec<Timestamp>,
}

impl VirtualPrinter {
    fn new(printer: Printer) -> VirtualPrinter {
        let (papers, answers) = (BTreeMap::new(), Vec::new());
        VirtualPrinter {
            printer,
            fault: PrinterFault::Clear,
            is_dead: false,
            papers,
            kicks: 0,
            answers,
            probes: Vec::new(),
        }
    }

    fn mend_or_break(&mut self, fault: PrinterFault) {
        self.fault = fault;
        self.is_dead = false;
    }

    /// What keeps it from printing, as it says itself.
    fn says(&self) -> Result<(), String> {
        let refused = || Err("connection refused".to_owned());
        match self.fault {
            _ if self.is_dead => refused(),
            PrinterFault::Offline => refused(),
            PrinterFault::PaperOut => Err(Trouble::PaperOut.words().to_owned()),
            PrinterFault::CoverOpen => Err(Trouble::CoverOpen.words().to_owned()),
            PrinterFault::Slow { .. }
            | PrinterFault::NoProof
            | PrinterFault::Clear
            | PrinterFault::DiesAfter { .. } => Ok(()),
        }
    }

    /// Takes a job's bytes, as far as its fault lets it.
    fn print(&mut self, now: Timestamp, job: i64, load: &Load) -> Result<(), StageFault> {
        let bytes = &load.bytes;
        if let Err(why) = self.says() {
            self.answers.push((now, job, Outcome::NotStarted(why)));
            return Ok(());
        }
        let (taken, delay_ms, outcome) = match self.fault {
            PrinterFault::Offline | PrinterFault::PaperOut | PrinterFault::CoverOpen => {
                unreachable!("it said that it takes no job")
            }
            PrinterFault::NoProof => (bytes.len(), 0, Outcome::Unconfirmed),
            PrinterFault::Slow { millis } => (bytes.len(), millis, Outcome::Printed),
            PrinterFault::Clear => (bytes.len(), 0, Outcome::Printed),
            PrinterFault::DiesAfter { bytes: left } => {
                let left = usize::try_from(left).unwrap_or(usize::MAX);
                if bytes.len() <= left {
                    self.fault = PrinterFault::DiesAfter { bytes: (left - bytes.len()) as u64 };
                    (bytes.len(), 0, Outcome::Printed)
                } else {
                    self.is_dead = true;
                    (left, 0, Outcome::Broken("the printer hung up in the middle".to_owned()))
                }
            }
        };
        if taken > 0 {
            let paper = self.papers.entry(job).or_insert_with(|| Paper::new(self.printer.columns));
            let before = paper.kicks();
            paper.feed(&bytes[..taken]).map_err(|unknown| world("reading a print job's bytes", unknown))?;
            self.kicks += paper.kicks() - before;
        }
        self.answers.push((now.plus_millis(delay_ms), job, outcome));
        Ok(())
    }

    /// What a job looks like: on paper, or as it would.
    fn text_of(&self, job: &PrintJob) -> String {
        match self.papers.get(&job.job_id) {
            Some(paper) => paper.text(),
            None => layout(&job.slip, &self.printer, &Marks::of(job)).to_text_on(&self.printer),
        }
    }
}

/// A register on the stage.
struct Register {
    app: Option<App>,
    settings: Settings,
    now: Timestamp,
    alarm: Option<Timestamp>,
    printers: Vec<VirtualPrinter>,
    picture: Picture,
    has_quit: bool,
    lives: u32,
    store_file: PathBuf,
    // Last, so that it goes when the store is closed.
    scratch: Scratch,
}

fn world(doing: impl Into<String>, source: impl Error + Send + Sync + 'static) -> StageFault {
    StageFault::World { doing: doing.into(), source: Box::new(source) }
}

/// The same dice for every script: a run is the same run again.
fn dice(seed: u64) -> Entropy {
    let mut state = seed;
    Entropy::new(move |bytes| {
        for byte in bytes {
            // splitmix64, a step a byte: more than enough for ids that must only differ.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = (mixed >> 56) as u8;
        }
    })
}

/// Stores of scripts are encrypted like any other, with a key that is no secret.
fn key() -> Key {
    Key::new([7; 32])
}

fn menu_of(choice: &MenuChoice) -> Result<Menu, StageFault> {
    match choice {
        MenuChoice::Demo => demo::menu().map_err(|fault| world("reading the demonstration's menu", fault)),
        MenuChoice::File(path) => {
            let doing = || format!("reading the menu {}", path.display());
            let text = fs::read_to_string(path).map_err(|source| world(doing(), source))?;
            crate::document::menu::read(&text).map_err(|flaws| {
                let all: Vec<String> = flaws.iter().map(ToString::to_string).collect();
                world(doing(), std::io::Error::other(all.join("; ")))
            })
        }
    }
}

fn house_of(setting: &Setting) -> House {
    let demo = demo::house();
    House {
        receipt: setting.receipt.unwrap_or(demo.receipt),
        cash_step: setting.cash_step.or(demo.cash_step),
        idle_lock_ms: setting.idle_lock_ms.unwrap_or(demo.idle_lock_ms),
        ..demo
    }
}

impl Register {
    fn new(setting: &Setting) -> Result<Register, StageFault> {
        let scratch = Scratch::new().map_err(|fault| world("making a directory for the store", fault))?;
        let store_file = scratch.path().join("store.db");
        let mut entropy = dice(1);
        let mut store =
            Store::create(&store_file, Some(&key()), &mut entropy).map_err(|fault| world("making a store", fault))?;
        demo::furnish(&mut store, &menu_of(&setting.menu)?, setting.clock, &mut entropy)
            .map_err(|fault| world("furnishing the store", fault))?;
        let config = Config::usual(house_of(setting));
        let substitutes = setting.substitute.iter().cloned().collect();
        let printers: Vec<Printer> = config.printers.into_iter().map(|printer| printer.printer).collect();
        let settings = Settings {
            house: config.house,
            printers: printers.clone(),
            routes: config.routes,
            substitutes,
            login_notes: demo::login_notes().map_err(|fault| world("reading the demonstration's staff", fault))?,
            size: (setting.columns, setting.rows),
            boot_id: "script".to_owned(),
        };
        let app = App::open(store, settings.clone(), dice(2), setting.clock)
            .map_err(|fault| world("opening the register", fault))?;
        let mut register = Register {
            app: Some(app),
            settings,
            now: setting.clock,
            alarm: Some(setting.clock),
            printers: printers.into_iter().map(VirtualPrinter::new).collect(),
            picture: Picture::blank(setting.columns, setting.rows),
            has_quit: false,
            lives: 1,
            store_file,
            scratch,
        };
        register.settle()?;
        Ok(register)
    }

    fn take(&mut self, input: Input) -> Result<(), StageFault> {
        let Some(app) = self.app.as_mut().filter(|_| !self.has_quit) else { return Err(StageFault::Quit) };
        for effect in app.handle(self.now, input) {
            match effect {
                Effect::Probe { printer } => {
                    if let Some(hand) = self.printers.iter_mut().find(|it| it.printer.name == printer) {
                        hand.probes.push(self.now);
                    }
                }
                Effect::Print { printer, job, load } => {
                    if let Some(hand) = self.printers.iter_mut().find(|it| it.printer.name == printer) {
                        hand.print(self.now, job, &load)?;
                    }
                }
                Effect::Alarm(at) => self.alarm = Some(at),
                Effect::Quit => self.has_quit = true,
                Effect::Bell | Effect::Checkpoint | Effect::Answer(_) => {}
            }
        }
        Ok(())
    }

    /// The next thing that is due by `until`: a printer's answer, or the alarm.
    fn due(&mut self, until: Timestamp) -> Option<(Timestamp, Input)> {
        for printer in &mut self.printers {
            if let Some(when) = printer.probes.pop() {
                let (printer, says) = (printer.printer.name.clone(), printer.says());
                return Some((when, Input::Probed { printer, says }));
            }
        }
        let answers = self.printers.iter().enumerate().flat_map(|(nth, printer)| {
            printer.answers.iter().enumerate().map(move |(at, (when, _, _))| (*when, nth, at))
        });
        let answer = answers.min().filter(|(when, ..)| *when <= until);
        let alarm = self.alarm.filter(|at| *at <= until);
        match (answer, alarm) {
            (Some((when, nth, at)), alarm) if alarm.is_none_or(|alarm| when <= alarm) => {
                let printer = &mut self.printers[nth];
                let (_, job, outcome) = printer.answers.remove(at);
                Some((when, Input::Printed { printer: printer.printer.name.clone(), job, outcome }))
            }
            (_, Some(alarm)) => {
                self.alarm = None;
                Some((alarm, Input::Woke))
            }
            (_, None) => None,
        }
    }

    /// Delivers everything due by `until`, each at its time.
    fn live_until(&mut self, until: Timestamp) -> Result<(), StageFault> {
        for _ in 0..ROUNDS_MAX {
            if self.app.is_none() || self.has_quit {
                self.now = self.now.max(until);
                return Ok(());
            }
            let Some((when, input)) = self.due(until) else {
                self.now = self.now.max(until);
                return Ok(());
            };
            self.now = self.now.max(when);
            self.take(input)?;
        }
        Err(StageFault::Restless { rounds: ROUNDS_MAX })
    }

    fn draw(&mut self) {
        let Some(app) = &self.app else { return };
        let (width, height) = self.settings.size;
        let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width, height });
        let scene = app.view(self.now, &mut buffer);
        self.picture = picture(&buffer, &scene);
    }

    fn known(&self) -> Vec<String> {
        self.printers.iter().map(|it| it.printer.name.clone()).collect()
    }
}

/// A drawn frame as a script sees it.
fn picture(buffer: &Buffer, scene: &Scene) -> Picture {
    let size = buffer.area;
    let mut cells = Vec::with_capacity(size.height.into());
    for row in 0..size.height {
        let mut line = Vec::with_capacity(size.width.into());
        let mut covered = 0;
        for column in 0..size.width {
            let symbol = buffer[(column, row)].symbol();
            if covered > 0 {
                covered -= 1;
                line.push(String::new());
            } else {
                covered = crate::tui::scene::cells(symbol).saturating_sub(1);
                line.push(symbol.to_owned());
            }
        }
        cells.push(line);
    }
    let area = |area: &Rect| Area { column: area.x, row: area.y, columns: area.width, rows: area.height };
    Picture {
        columns: size.width,
        rows: size.height,
        cells,
        inks: (0..size.height).map(|row| (0..size.width).map(|column| ink(&buffer[(column, row)])).collect()).collect(),
        regions: scene.regions.iter().map(|(name, spot)| ((*name).to_owned(), area(spot))).collect(),
        targets: scene.targets.iter().map(|target| (target.label.clone(), area(&target.area))).collect(),
        focus: scene.focus.to_owned(),
    }
}

fn ink(cell: &Cell) -> Ink {
    Ink {
        front: colour(cell.fg),
        back: colour(cell.bg),
        bold: cell.modifier.contains(Modifier::BOLD),
        reversed: cell.modifier.contains(Modifier::REVERSED),
        underlined: cell.modifier.contains(Modifier::UNDERLINED),
    }
}

fn colour(asked: Color) -> Colour {
    match asked {
        Color::Reset => Colour::Usual,
        Color::Black => Colour::Index(0),
        Color::Red => Colour::Index(1),
        Color::Green => Colour::Index(2),
        Color::Yellow => Colour::Index(3),
        Color::Blue => Colour::Index(4),
        Color::Magenta => Colour::Index(5),
        Color::Cyan => Colour::Index(6),
        Color::Gray => Colour::Index(7),
        Color::DarkGray => Colour::Index(8),
        Color::LightRed => Colour::Index(9),
        Color::LightGreen => Colour::Index(10),
        Color::LightYellow => Colour::Index(11),
        Color::LightBlue => Colour::Index(12),
        Color::LightMagenta => Colour::Index(13),
        Color::LightCyan => Colour::Index(14),
        Color::White => Colour::Index(15),
        Color::Indexed(index) => Colour::Index(index),
        Color::Rgb(red, green, blue) => Colour::Rgb(red, green, blue),
    }
}

impl Stage for Register {
    fn key(&mut self, key: keys::Key) -> Result<(), StageFault> {
        self.take(Input::Key(key))
    }

    fn tap(&mut self, column: u16, row: u16) -> Result<(), StageFault> {
        self.take(Input::Tap { column, row })
    }

    fn resize(&mut self, columns: u16, rows: u16) -> Result<(), StageFault> {
        self.settings.size = (columns, rows);
        self.take(Input::Resized { columns, rows })
    }

    fn advance(&mut self, millis: i64) -> Result<(), StageFault> {
        self.live_until(self.now.plus_millis(millis))
    }

    /// An Esc that waits for its digit is waited for: the one thing here that lets time pass.
    fn settle(&mut self) -> Result<(), StageFault> {
        self.live_until(self.now)?;
        if let Some(until) = self.app.as_ref().and_then(App::half_a_key_until) {
            self.live_until(until)?;
        }
        self.draw();
        Ok(())
    }

    fn screen(&self) -> Picture {
        self.picture.clone()
    }

    fn printer(&mut self, name: &str) -> Result<PrinterView, StageFault> {
        let known = self.known();
        let Some(printer) = self.printers.iter().find(|it| it.printer.name == name) else {
            return Err(StageFault::NoPrinter { name: name.to_owned(), known });
        };
        let jobs = match &self.app {
            Some(app) => app.store().reader().spool_recent(JOBS_MAX),
            // The register is down: its disk still says what it knew.
            None => Reader::open(&self.store_file, Some(&key()))
                .map_err(|fault| world("reading the store", fault))?
                .spool_recent(JOBS_MAX),
        };
        let mut jobs = jobs.map_err(|fault| world("reading the print jobs", fault))?;
        jobs.reverse();
        let ours = jobs.into_iter().filter(|job| job.printer == name && job.slip != Slip::DrawerKick);
        let jobs = ours.map(|job| JobView { text: printer.text_of(&job), state: job.state }).collect();
        Ok(PrinterView { jobs, kicks: printer.kicks })
    }

    fn fault(&mut self, name: &str, fault: PrinterFault) -> Result<(), StageFault> {
        let known = self.known();
        let Some(printer) = self.printers.iter_mut().find(|it| it.printer.name == name) else {
            return Err(StageFault::NoPrinter { name: name.to_owned(), known });
        };
        printer.mend_or_break(fault);
        Ok(())
    }

    fn crash(&mut self) -> Result<(), StageFault> {
        self.lives += 1;
        let folder = self.scratch.path().join(format!("life-{}", self.lives));
        fs::create_dir(&folder).map_err(|source| world("making a directory for the copy", source))?;
        let copy = folder.join("store.db");
        for end in ["", "-wal"] {
            let (from, to) = (paths::beside(&self.store_file, end), paths::beside(&copy, end));
            match fs::copy(&from, to) {
                Ok(_) => {}
                Err(source) if source.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => return Err(world(format!("copying {}", from.display()), source)),
            }
        }
        // Only now: closing the store tidies the file that was copied, never the copy.
        self.app = None;
        self.store_file = copy;
        for printer in &mut self.printers {
            printer.answers.clear();
            printer.probes.clear();
        }
        Ok(())
    }

    fn restart(&mut self) -> Result<(), StageFault> {
        let store =
            Store::open(&self.store_file, Some(&key())).map_err(|fault| world("opening the store again", fault))?;
        let entropy = dice(u64::from(self.lives) << 32);
        let app = App::open(store, self.settings.clone(), entropy, self.now)
            .map_err(|fault| world("opening the register again", fault))?;
        self.app = Some(app);
        self.alarm = Some(self.now);
        self.settle()
    }
}
