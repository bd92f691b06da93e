//! A register in this process and the cashier before it: keys and taps go in, the screen and the paper come out.
//!
//! The store is a real file in a directory of its own; time stands still unless the cashier lets it pass; printers are
//! paper in memory that prints at once.

use comanda::app::{App, Effect, Input, Settings};
use comanda::domain::{House, Menu, Timestamp};
use comanda::printing::{Outcome, Paper, Printer};
use comanda::runtime::config::Config;
use comanda::runtime::{clock, demo};
use comanda::store::{Key, Reader, Store};
use comanda::tui::Action;
use comanda::tui::keys::Key as Press;
use comanda::tui::scene::Scene;
use comanda::tui::theme::Mode;
use comanda::tui::touch::Panel;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::path::{Path, PathBuf};

/// Deaf tenders hear again after this.
const PATIENCE_MS: i64 = 200;

/// One register and who stands before it.
pub struct Cashier {
    app: App,
    printers: Vec<Printer>,
    /// What time it is.
    pub now: Timestamp,
    size: (u16, u16),
    panel: Option<Panel>,
    /// What was printed, by printer, a sheet a job: the bytes were read back by our own printer.
    pub papers: Vec<(String, String)>,
    /// How many keys were pressed.
    pub keys: usize,
    /// How many taps were made.
    pub taps: usize,
    _folder: tempfile::TempDir,
}

/// The key of stores that hold nothing.
pub fn key() -> Key {
    Key::new([7; 32])
}

/// What a demonstration register of this window is opened with.
fn settings(house: House, size: (u16, u16), panel: Option<Panel>) -> Settings {
    let config = Config::usual(house);
    Settings {
        watch: Default::default(),
        substitutes: config.substitutes(),
        printers: config.printers.into_iter().map(|it| it.printer).collect(),
        house: config.house,
        routes: config.routes,
        login_notes: demo::login_notes().unwrap(),
        size,
        panel,
        line: None,
        has_plug: false,
        boot_id: "test".to_owned(),
    }
}

/// A buffer's rows as text; what a wide character covers is no column of the text.
pub fn rows_of(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    let row = |y| {
        let mut text = String::new();
        let mut covered = 0;
        for x in area.left()..area.right() {
            if covered > 0 {
                covered -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            covered = comanda::tui::scene::cells(symbol).saturating_sub(1);
            text.push_str(symbol);
        }
        text.trim_end().to_owned()
    };
    (area.top()..area.bottom()).map(row).collect()
}

impl Cashier {
    /// A fresh register that sells from a menu; nobody is logged in.
    pub fn with_menu(menu: &Menu, size: (u16, u16)) -> Cashier {
        Cashier::with_panel(menu, size, None)
    }

    /// The same, perhaps on a touch panel.
    pub fn with_panel(menu: &Menu, size: (u16, u16), panel: Option<Panel>) -> Cashier {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        let mut store = Store::create(&file, Some(&key()), &mut clock::entropy().unwrap()).unwrap();
        let now = clock::now();
        demo::furnish(&mut store, menu, now, &mut clock::entropy().unwrap()).unwrap();
        Cashier::at(store, folder, size, panel, now)
    }

    /// A register that starts on a copy of a store: what a restart at this moment would come to.
    pub fn on_copy_of(file: &Path, key: &Key, size: (u16, u16)) -> Cashier {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("store.db");
        copy_store(file, &copy);
        let store = Store::open(&copy, Some(key)).unwrap();
        Cashier::at(store, folder, size, None, clock::now())
    }

    fn at(store: Store, folder: tempfile::TempDir, size: (u16, u16), panel: Option<Panel>, now: Timestamp) -> Cashier {
        let settings = settings(demo::house(), size, panel);
        let printers = settings.printers.clone();
        let app = App::open(store, settings, clock::entropy().unwrap(), now).unwrap();
        Cashier { app, printers, now, size, panel, papers: Vec::new(), keys: 0, taps: 0, _folder: folder }
    }

    /// Closes the register, lets somebody change its store, and opens it again.
    pub fn restarted(self, change: impl FnOnce(&mut Store)) -> Cashier {
        let Cashier { app, size, panel, now, _folder: folder, .. } = self;
        drop(app);
        let mut store = Store::open(&folder.path().join("store.db"), Some(&key())).unwrap();
        change(&mut store);
        Cashier::at(store, folder, size, panel, now)
    }

    /// The register.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Where its store lies.
    pub fn store_file(&self) -> PathBuf {
        self._folder.path().join("store.db")
    }

    /// What its store holds.
    pub fn reader(&self) -> &Reader {
        self.app.store().reader()
    }

    fn take(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for effect in self.app.handle(self.now, input) {
                match effect {
                    Effect::Print { printer, job, load } => {
                        let columns = self.printers.iter().find(|it| it.name == printer).unwrap().columns;
                        let mut paper = Paper::new(columns);
                        paper.feed(&load.bytes).unwrap();
                        self.papers.push((printer.clone(), paper.text()));
                        inputs.push(Input::Printed { printer, job, outcome: Outcome::Printed });
                    }
                    Effect::Probe { printer } => inputs.push(Input::Probed { printer, says: Ok(()) }),
                    Effect::Alarm(_)
                    | Effect::Answer(_)
                    | Effect::BackUp
                    | Effect::Plug { .. }
                    | Effect::Bell
                    | Effect::Call(_)
                    | Effect::Checkpoint
                    | Effect::Quit => {}
                }
            }
        }
    }

    /// Presses a key.
    pub fn press(&mut self, key: Press) {
        self.keys += 1;
        self.take(Input::Key(key));
    }

    /// Presses keys by the names that scripts give them.
    pub fn keys(&mut self, names: &str) {
        for name in names.split_whitespace() {
            self.press(Press::named(name).unwrap_or_else(|| panic!("no key is called {name}")));
        }
    }

    /// Types a text.
    pub fn types(&mut self, text: &str) {
        text.chars().for_each(|letter| self.press(Press::Char(letter)));
    }

    /// Types a PIN and Enter, and does not count it.
    pub fn logs_in(&mut self) {
        let before = self.keys;
        self.types("1111");
        self.press(Press::Enter);
        self.keys = before;
    }

    /// Waits as long as a tender is deaf.
    pub fn waits(&mut self) {
        self.now = self.now.plus_millis(PATIENCE_MS);
    }

    /// So many milliseconds later the alarm rings.
    pub fn wakes(&mut self, after_ms: i64) {
        self.now = self.now.plus_millis(after_ms);
        self.take(Input::Woke);
    }

    /// Taps what bears this label.
    pub fn taps(&mut self, label: &str) {
        let (_, scene) = self.looks();
        let hit = scene.targets.iter().rev().find(|target| target.label == label);
        let area = hit.unwrap_or_else(|| panic!("nothing says {label:?} on\n{}", self.screen().join("\n"))).area;
        self.taps += 1;
        // Longer than a bounce.
        self.now = self.now.plus_millis(100);
        let (column, row) = (area.x, area.y);
        self.take(Input::Down { column, row });
        self.take(Input::Up { column, row });
    }

    /// Draws.
    pub fn looks(&self) -> (Buffer, Scene) {
        let (width, height) = self.size;
        let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width, height });
        let scene = self.app.view(self.now, Mode::FULL, &mut buffer);
        (buffer, scene)
    }

    /// Gives the window another size, of which the register is told only later.
    pub fn has_window(&mut self, size: (u16, u16)) {
        self.size = size;
    }

    /// The screen's rows.
    pub fn screen(&self) -> Vec<String> {
        rows_of(&self.looks().0)
    }

    /// The rows of a part of the screen.
    pub fn region(&self, name: &str) -> Vec<String> {
        let (buffer, scene) = self.looks();
        let found = scene.regions.iter().find(|(known, _)| *known == name).map(|(_, area)| *area);
        let area = found.unwrap_or_else(|| panic!("there is no {name} on\n{}", rows_of(&buffer).join("\n")));
        let mut part = Buffer::empty(area);
        for position in area.positions() {
            part[position] = buffer[position].clone();
        }
        rows_of(&part)
    }

    /// The name of the screen that listens.
    pub fn focus(&self) -> &'static str {
        self.looks().1.focus
    }

    /// What the cashier was told last.
    pub fn notice(&self) -> String {
        let rows = self.screen();
        rows[rows.len() - 4].trim().to_owned()
    }

    /// The letter of the cell with this label.
    pub fn letter_of(&self, label: &str) -> char {
        let (_, scene) = self.looks();
        let nth = scene.targets.iter().rev().find_map(|target| match target.action {
            Action::Cell(nth) if target.label == label => Some(nth),
            _ => None,
        });
        let nth = nth.unwrap_or_else(|| panic!("no cell says {label:?} on\n{}", self.screen().join("\n")));
        char::from(b'A' + u8::try_from(nth).unwrap())
    }
}

/// Copies a store as it lies on the disk: the file and its log.
pub fn copy_store(from: &Path, to: &Path) {
    std::fs::copy(from, to).unwrap();
    let log = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
    match std::fs::copy(log(from), log(to)) {
        Ok(_) => {}
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {}
        Err(wrong) => panic!("{wrong}"),
    }
}
