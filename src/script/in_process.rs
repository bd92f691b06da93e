//! A register, or a screen that only shows, in this process: where scripts are played fastest. The store is a real
//! file; a crash copies file and log as they are, forgets the device and opens the copy.

use super::ink::{Colour, Ink};
use super::limits::BETWEEN_KEYS_MS;
use super::picture::{Area, Picture};
use super::stage::{Setting, Stage, StageFault, Theatre};
use super::till::Register;
use super::world::{Seat, World, furnish, house_of};
use crate::app::display::{self, DisplaySettings};
use crate::app::{App, Device, Effect, Input, Settings};
use crate::domain::Timestamp;
use crate::domain::kitchen::KitchenRules;
use crate::domain::pickup::PickupRules;
use crate::domain::slip::PrintJob;
use crate::runtime::config::Config;
use crate::runtime::scratch::Scratch;
use crate::runtime::stage::{Asked, dice, line, watch};
use crate::runtime::{demo, paths};
use crate::store::care::Checkpointer;
use crate::store::{Key, Reader, Store};
use crate::tui::scene::Scene;
use crate::tui::theme::Mode;
use crate::tui::{Desk, keys};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;

/// Most print jobs that are looked back upon.
pub(super) const JOBS_MAX: u32 = 1_000;

/// Opens registers in this process.
#[derive(Debug, Default)]
pub struct InProcess;

impl Theatre for InProcess {
    fn open(&mut self, setting: &Setting) -> Result<Box<dyn Stage>, StageFault> {
        Ok(Box::new(World::open(setting, |seat| Here::open(setting, seat, None))?))
    }
}

/// Looks at a register whenever it is settled: the register, the time, and the columns and rows of its window.
pub type Watch = Rc<dyn Fn(&App, Timestamp, (u16, u16))>;

/// Opens registers in this process that somebody watches.
pub struct Watched(pub Watch);

impl Theatre for Watched {
    fn open(&mut self, setting: &Setting) -> Result<Box<dyn Stage>, StageFault> {
        let watch = || Some(Rc::clone(&self.0));
        Ok(Box::new(World::open(setting, |seat| Here::open(setting, seat, watch()))?))
    }
}

/// Shows somebody a demonstration register with an order in hand, and another that was paid, as its screens see it.
///
/// # Errors
/// [`StageFault`] when no register can be made.
pub fn on_a_register<T>(look: impl FnOnce(&Desk) -> T) -> Result<T, StageFault> {
    let setting = Setting::default();
    let seat = Seat::all(&setting).remove(0);
    let (mut here, _) = Here::open(&setting, seat, None)?;
    for typed in ["1111", "101"] {
        here.types(typed)?;
    }
    for key in [keys::Key::F(4), keys::Key::Enter] {
        here.take(here.drawn_at.plus_millis(BETWEEN_KEYS_MS), Input::Key(key))?;
    }
    here.types("2*101")?;
    let app = here.device.as_ref().and_then(|device| device.register()).ok_or(StageFault::Quit)?;
    Ok(look(&app.desk(here.drawn_at)))
}

/// A device in this process.
struct Here {
    device: Option<Box<dyn Device>>,
    seat: Seat,
    /// Runs checkpoints, where others wait for what is on the medium.
    checkpointer: Option<Checkpointer>,
    settings: Settings,
    /// When it was last asked anything: what is on its screen is of then.
    drawn_at: Timestamp,
    mode: Mode,
    watch: Option<Watch>,
    lives: u32,
    store_file: PathBuf,
    // Last, so that it goes when the store is closed.
    scratch: Scratch,
}

/// Stores of scripts are encrypted like any other, with a key that is no secret.
fn key() -> Key {
    Key::new([7; 32])
}

impl Here {
    /// Types a text and Enter.
    fn types(&mut self, text: &str) -> Result<(), StageFault> {
        for key in text.chars().map(keys::Key::Char).chain([keys::Key::Enter]) {
            self.take(self.drawn_at.plus_millis(BETWEEN_KEYS_MS), Input::Key(key))?;
        }
        Ok(())
    }

    fn open(setting: &Setting, seat: Seat, onlooker: Option<Watch>) -> Result<(Here, Vec<Asked>), StageFault> {
        let scratch = Scratch::new().map_err(|fault| StageFault::world("making a directory for the store", fault))?;
        let store_file = scratch.path().join("store.db");
        let mut entropy = dice(seat.store_seed());
        let mut store = Store::create(&store_file, Some(&key()), &mut entropy)
            .map_err(|fault| StageFault::world("making a store", fault))?;
        furnish(&mut store, setting, &mut entropy)?;
        let house = house_of(setting, &seat);
        let line = seat.secret.as_deref().map(|secret| line(secret, &house, &store)).transpose();
        let line = line.map_err(|fault| StageFault::world("opening the line", fault))?;
        drop(store);
        let config = Config::usual(house);
        let settings = Settings {
            watch: watch(),
            house: config.house,
            printers: config.printers.into_iter().map(|printer| printer.printer).collect(),
            routes: config.routes,
            substitutes: setting.substitute.iter().cloned().collect(),
            login_notes: demo::login_notes()
                .map_err(|fault| StageFault::world("reading the demonstration's staff", fault))?,
            size: (setting.columns, setting.rows),
            panel: setting.panel,
            line,
            has_plug: false,
            boot_id: "script".to_owned(),
        };
        let mut here = Here {
            device: None,
            seat,
            checkpointer: None,
            settings,
            drawn_at: setting.clock,
            mode: setting.mode,
            watch: onlooker,
            lives: 0,
            store_file,
            scratch,
        };
        let asked = here.restart(setting.clock)?;
        Ok((here, asked))
    }
}

impl Register for Here {
    fn take(&mut self, now: Timestamp, input: Input) -> Result<Vec<Asked>, StageFault> {
        let Some(device) = &mut self.device else { return Err(StageFault::Quit) };
        if let Input::Resized { columns, rows } = input {
            self.settings.size = (columns, rows);
        }
        self.drawn_at = now;
        let mut asked: Vec<Asked> = Vec::new();
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for effect in device.handle(now, input) {
                asked.extend(Asked::of(&effect));
                if let (Effect::Checkpoint, Some(checkpointer)) = (&effect, &self.checkpointer) {
                    let settled = checkpointer.passive().ok().and_then(|moved| moved.settled);
                    inputs.push_back(Input::Settled(settled));
                }
            }
        }
        if asked.contains(&Asked::Quit) {
            (self.device, self.checkpointer) = (None, None);
        }
        Ok(asked)
    }

    fn half_a_key_until(&self) -> Option<Timestamp> {
        self.device.as_ref().and_then(|device| device.half_a_key_until())
    }

    /// A register that has quit gives back an empty terminal.
    fn picture(&mut self) -> Picture {
        let (width, height) = self.settings.size;
        let Some(device) = &self.device else { return Picture::blank(width, height) };
        let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width, height });
        let scene = device.view(self.drawn_at, self.mode, &mut buffer);
        if let (Some(watch), Some(app)) = (&self.watch, device.register()) {
            watch(app, self.drawn_at, self.settings.size);
        }
        picture(&buffer, &scene)
    }

    fn jobs(&self) -> Result<Vec<PrintJob>, StageFault> {
        let jobs = match self.device.as_ref().and_then(|device| device.register()) {
            Some(app) => app.store().reader().spool_recent(JOBS_MAX),
            // It is down, or a screen: its disk still says what it knew.
            None => Reader::open(&self.store_file, Some(&key()))
                .map_err(|fault| StageFault::world("reading the store", fault))?
                .spool_recent(JOBS_MAX),
        };
        let mut jobs = jobs.map_err(|fault| StageFault::world("reading the print jobs", fault))?;
        jobs.reverse();
        Ok(jobs)
    }

    fn crash(&mut self) -> Result<(), StageFault> {
        let folder = self.scratch.path().join(format!("life-{}", self.lives + 1));
        fs::create_dir(&folder).map_err(|source| StageFault::world("making a directory for the copy", source))?;
        let copy = folder.join("store.db");
        for end in ["", "-wal"] {
            let (from, to) = (paths::beside(&self.store_file, end), paths::beside(&copy, end));
            match fs::copy(&from, to) {
                Ok(_) => {}
                Err(source) if source.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => return Err(StageFault::world(format!("copying {}", from.display()), source)),
            }
        }
        // Only now: closing the store tidies the file that was copied, never the copy.
        (self.device, self.checkpointer) = (None, None);
        self.store_file = copy;
        Ok(())
    }

    fn restart(&mut self, now: Timestamp) -> Result<Vec<Asked>, StageFault> {
        self.lives += 1;
        let store = Store::open(&self.store_file, Some(&key()))
            .map_err(|fault| StageFault::world("opening the store", fault))?;
        if self.settings.line.is_some() {
            let checkpointer = Checkpointer::open(&self.store_file, Some(&key()));
            self.checkpointer = Some(checkpointer.map_err(|fault| StageFault::world("opening the store", fault))?);
        }
        let dice = dice(self.seat.seed(self.lives));
        let failed = |fault| StageFault::world("opening the register", fault);
        let device: Box<dyn Device> = match self.seat.screen.zip(self.settings.line.clone()) {
            Some((face, line)) => {
                let (kitchen, pickup) = (KitchenRules::default(), PickupRules::default());
                let size = self.settings.size;
                let settings = DisplaySettings { line, kitchen, pickup, station: None, silent: false, size };
                display::open(face, store, settings, dice, now).map_err(failed)?
            }
            None => Box::new(App::open(store, self.settings.clone(), dice, now).map_err(failed)?),
        };
        self.device = Some(device);
        // As the event loop does it: the window's size is the first thing that a register is told.
        let (columns, rows) = self.settings.size;
        self.take(now, Input::Resized { columns, rows })
    }
}

/// A drawn frame as a script sees it.
pub(super) fn picture(buffer: &Buffer, scene: &Scene) -> Picture {
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
    .on(cell.symbol())
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
