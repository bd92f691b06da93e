//! A register in this process, drawn through the backend that the terminal gets: what a key costs, without a terminal.

use super::syncs;
use comanda::app::{App, Effect, Input, Settings};
use comanda::domain::Timestamp;
use comanda::printing::Outcome;
use comanda::runtime::opening::Opening;
use comanda::runtime::pen::Pen;
use comanda::runtime::{clock, demo};
use comanda::store::Reader;
use comanda::store::care::Checkpointer;
use comanda::tui::keys::Key;
use comanda::tui::theme::Mode;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use std::cell::Cell;
use std::error::Error;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

/// Longer than a tender is deaf, in milliseconds.
const TENDER_HEARS_MS: i64 = 200;

/// Takes what would go to the terminal and counts it.
#[derive(Default)]
struct Counted(Rc<Cell<usize>>);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A screen that nobody sees.
pub struct Screen {
    terminal: Terminal<Pen<Counted>>,
    bytes: Rc<Cell<usize>>,
}

impl Screen {
    pub fn new((width, height): (u16, u16)) -> Result<Screen, Box<dyn Error>> {
        let bytes = Rc::new(Cell::new(0));
        let backend = Pen::new(Counted(Rc::clone(&bytes)), Mode::FULL);
        let viewport = Viewport::Fixed(Rect { x: 0, y: 0, width, height });
        Ok(Screen { terminal: Terminal::with_options(backend, TerminalOptions { viewport })?, bytes })
    }

    /// Draws a frame and says how many bytes it sent.
    pub fn draw(&mut self, view: impl FnOnce(&mut ratatui::buffer::Buffer)) -> Result<usize, Box<dyn Error>> {
        self.bytes.set(0);
        self.terminal.draw(|frame| view(frame.buffer_mut()))?;
        Ok(self.bytes.get())
    }
}

/// What one key cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// From the key to the end of its frame.
    pub took: Duration,
    /// What the frame sent to the terminal.
    pub bytes: usize,
    /// How often the key's own thread synced a file.
    pub syncs: u64,
}

/// A register, who stands before it, and printers that print at once.
pub struct Till {
    app: App,
    screen: Screen,
    checkpointer: Checkpointer,
    now: Timestamp,
    /// What the last key asks of the world.
    answers: Vec<Effect>,
    /// How often the thread of checkpoints would have synced.
    pub syncs_behind: u64,
    // The lock of its directory.
    _opening: (comanda::runtime::lock::Lock, comanda::store::Key),
}

impl Till {
    /// Opens a register on its store and logs in.
    pub fn open(opening: Opening, size: (u16, u16)) -> Result<Till, Box<dyn Error>> {
        let Opening { config, store, lock, key, places, .. } = opening;
        let checkpointer = Checkpointer::open(&places.store_file(), Some(&key))?;
        let watch = config.watch();
        let settings = Settings {
            substitutes: config.substitutes(),
            house: config.house,
            printers: config.printers.into_iter().map(|printer| printer.printer).collect(),
            routes: config.routes,
            login_notes: demo::login_notes()?,
            size,
            panel: None,
            line: None,
            watch,
            has_plug: false,
            boot_id: "bench".to_owned(),
        };
        let now = clock::now();
        let app = App::open(store, settings, clock::entropy()?, now)?;
        let screen = Screen::new(size)?;
        let (answers, syncs_behind) = (Vec::new(), 0);
        let mut till = Till { app, screen, checkpointer, now, answers, syncs_behind, _opening: (lock, key) };
        // Whoever was there a moment ago still is: first the register is locked.
        for key in ["F11", "1", "1", "1", "1", "Enter"] {
            till.press(key)?;
            till.settle()?;
        }
        Ok(till)
    }

    pub fn reader(&self) -> &Reader {
        self.app.store().reader()
    }

    /// Presses a key and draws its frame. Printers answer at the next [`Till::settle`].
    pub fn press(&mut self, name: &str) -> Result<Cost, Box<dyn Error>> {
        let key = Key::named(name).ok_or_else(|| format!("no key is called {name}"))?;
        self.now = self.now.max(clock::now());
        let (began, syncs) = (clock::instant(), syncs::so_far());
        let effects = self.app.handle(self.now, Input::Key(key));
        let bytes = self.screen.draw(|buffer| drop(self.app.view(self.now, Mode::FULL, buffer)))?;
        let cost = Cost { took: began.elapsed(), bytes, syncs: syncs::so_far() - syncs };
        self.answers = effects;
        Ok(cost)
    }

    /// Lets printers answer and the log be carried over, as happens behind a key, and a tender hear.
    pub fn settle(&mut self) -> Result<(), Box<dyn Error>> {
        self.now = self.now.plus_millis(TENDER_HEARS_MS);
        let mut effects = std::mem::take(&mut self.answers);
        while let Some(effect) = effects.pop() {
            match effect {
                Effect::Print { printer, job, .. } => {
                    let outcome = Outcome::Printed;
                    effects.extend(self.app.handle(self.now, Input::Printed { printer, job, outcome }));
                }
                Effect::Checkpoint => {
                    let before = syncs::so_far();
                    self.checkpointer.passive()?;
                    self.syncs_behind += syncs::so_far() - before;
                }
                Effect::Probe { .. }
                | Effect::Alarm(_)
                | Effect::Answer(_)
                | Effect::Call(_)
                | Effect::BackUp
                | Effect::Plug { .. }
                | Effect::Bell
                | Effect::Quit => {}
            }
        }
        Ok(())
    }
}
