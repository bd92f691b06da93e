//! The kitchen screen beside a register: drawn from a store that a register in this process fills, and then both
//! programs, each in a terminal of its own.

use comanda::app::{App, Input, Settings};
use comanda::domain::id::Entropy;
use comanda::domain::kitchen::KitchenRules;
use comanda::domain::{StationId, Timestamp};
use comanda::runtime::beside::Beside;
use comanda::runtime::config::Config;
use comanda::runtime::{clock, demo};
use comanda::store::{Key as StoreKey, Reader, Store};
use comanda::tui::display::{Display, Link};
use comanda::tui::keys::Key;
use comanda::tui::kitchen::{Kitchen, Picture};
use comanda::tui::scene::{Canvas, Scene};
use comanda::tui::theme::Theme;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// A register in this process, with the demonstration's menu and staff.
pub struct Register {
    pub app: App,
    pub now: Timestamp,
    pub reader: Reader,
    _dir: tempfile::TempDir,
}

impl Register {
    pub fn new() -> Register {
        let dir = tempfile::tempdir().unwrap();
        let (file, key) = (dir.path().join("store.db"), StoreKey::new([7; 32]));
        let dice = |seed: u8| {
            let mut last = seed;
            Entropy::new(move |bytes| {
                bytes.fill_with(|| {
                    last = last.wrapping_mul(5).wrapping_add(17);
                    last
                });
                last = last.wrapping_add(1);
            })
        };
        let now = Timestamp { unix_ms: 1_794_000_000_000, offset_min: 60 };
        let mut entropy = dice(1);
        let mut store = Store::create(&file, Some(&key), &mut entropy).unwrap();
        demo::furnish(&mut store, &demo::menu().unwrap(), now, &mut entropy).unwrap();
        let config = Config::usual(demo::house());
        let settings = Settings {
            watch: Default::default(),
            substitutes: config.substitutes(),
            house: config.house,
            printers: config.printers.into_iter().map(|printer| printer.printer).collect(),
            routes: config.routes,
            login_notes: Vec::new(),
            size: (100, 30),
            panel: None,
            line: None,
            has_plug: false,
            boot_id: "test".into(),
        };
        let app = App::open(store, settings, dice(2), now).unwrap();
        let reader = Reader::open(&file, Some(&key)).unwrap();
        let mut register = Register { app, now, reader, _dir: dir };
        register.types("1111");
        register
    }

    /// Types a text and Enter.
    pub fn types(&mut self, text: &str) {
        text.chars().for_each(|letter| self.press(Key::Char(letter)));
        self.press(Key::Enter);
    }

    pub fn presses(&mut self, keys: &[Key]) {
        keys.iter().for_each(|key| self.press(*key));
    }

    pub fn press(&mut self, key: Key) {
        self.now = self.now.plus_millis(1_000);
        self.app.handle(self.now, Input::Key(key));
        if self.app.half_a_key_until().is_some() {
            self.now = self.now.plus_millis(1_000);
            self.app.handle(self.now, Input::Woke);
        }
    }

    fn picture(&self) -> Picture {
        Kitchen::read(&self.reader, &KitchenRules::default(), self.now).unwrap()
    }

    /// What the screen of one station, or of all, shows.
    fn seen(&self, station: Option<&str>) -> String {
        let mut kitchen = Kitchen::new(station.map(StationId::from), self.now);
        kitchen.show(self.picture(), self.now);
        let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width: 80, height: 22 });
        let mut scene = Scene::default();
        kitchen.view(self.now, Link::Live, None, &mut Canvas::new(&mut buffer, &mut scene, Theme::full()));
        let row = |y| (0..80).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..22).map(|y| row(y).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }
}

#[test]
fn the_kitchen_sees_what_was_sent_and_how_far_it_has_come() {
    let mut register = Register::new();
    register.types("2*cheeseburger");
    assert!(register.seen(None).contains("Nothing to make"), "what is not sent is nobody's");
    register.press(Key::F(3));
    register.types("3*cola");
    register.types("cheeseburger");
    register.press(Key::F(3));
    let seen = register.seen(None);
    for part in
        ["kitchen: Dine in", "2x Cheeseburger", "MORE kitchen: Dine", "1x Cheeseburger", "bar: Dine in", "3x Cola"]
    {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    assert!(seen.find("2x Cheeseburger") < seen.find("3x Cola"), "{seen}");
    assert!(!register.seen(Some("bar")).contains("Cheeseburger"));
    let commits = register.reader.commits().unwrap();
    register.now = register.now.plus_millis(6 * 60_000);
    assert!(register.seen(None).contains("WARN"), "{}", register.seen(None));
    // The pass: the first line to preparing, and then all of the order on to its end.
    register.app.handle(register.now, Input::Woke);
    register.types("1111");
    register.presses(&[Key::F(10), Key::Char('i'), Key::Enter]);
    assert!(register.seen(None).contains("> 2x Cheeseburger"), "{}", register.seen(None));
    assert_ne!(register.reader.commits().unwrap(), commits);
    register.presses(&[Key::Char('a'), Key::Char('a')]);
    let seen = register.seen(Some("bar"));
    assert!(seen.contains("READY") && seen.contains("OK 3x Cola"), "{seen}");
    register.press(Key::Char('a'));
    assert!(register.seen(None).contains("Nothing to make"));
    let done = register.picture().done;
    assert_eq!(done.iter().map(|order| order.local_number.to_string()).collect::<Vec<_>>(), ["T1-0001"]);
}

#[test]
fn a_void_is_told_for_a_while_and_a_paid_order_is_still_made() {
    let mut register = Register::new();
    register.types("3*cola");
    register.press(Key::F(4));
    register.presses(&[Key::Enter, Key::Enter]);
    let seen = register.seen(None);
    assert!(seen.contains("3x Cola"), "sent by paying: {seen}");
    register.types("2*cheeseburger");
    register.presses(&[Key::F(3), Key::F(10), Key::Char('c'), Key::Char('a')]);
    register.types("9999");
    let seen = register.seen(Some("kitchen"));
    assert!(seen.contains("VOID 2x") && seen.contains("VOID\n"), "{seen}");
    assert!(register.picture().done.is_empty(), "a cancelled order was not done");
    register.now = register.now.plus_millis(5 * 60_000);
    assert!(register.seen(Some("kitchen")).contains("Nothing to make"));
}

#[test]
fn a_kitchen_that_never_says_served_is_rid_of_what_was_paid() {
    let mut register = Register::new();
    register.types("3*cola");
    register.press(Key::F(4));
    register.presses(&[Key::Enter, Key::Enter]);
    register.types("2*cheeseburger");
    register.press(Key::F(3));
    register.now = register.now.plus_millis(59 * 60_000);
    let seen = register.seen(None);
    assert!(seen.contains("3x Cola") && seen.contains("2x Cheeseburger"), "{seen}");
    register.now = register.now.plus_millis(2 * 60_000);
    let seen = register.seen(None);
    assert!(!seen.contains("3x Cola"), "paid an hour ago: {seen}");
    assert!(seen.contains("2x Cheeseburger"), "not paid, so the guest still waits: {seen}");
}

/// How often the bell rang.
pub struct Bells(u32);

impl vt100::Callbacks for Bells {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.0 += 1;
    }
}

/// A program in a terminal of its own, and what its screen shows.
pub struct Window {
    pub child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    screen: Arc<(Mutex<vt100::Parser<Bells>>, Condvar)>,
    _pty: Box<dyn MasterPty + Send>,
}

impl Window {
    pub fn open(home: &Path, args: &[&str], (columns, rows): (u16, u16)) -> Window {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_comanda"));
        command.args(args);
        command.env_clear();
        command.env("HOME", home);
        command.env("TERM", "xterm-256color");
        let child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut output = pty.master.try_clone_reader().unwrap();
        let keys = pty.master.take_writer().unwrap();
        let cells = |number: u16| std::num::NonZero::new(number).unwrap();
        let parser = vt100::Parser::new_with_callbacks(cells(rows), cells(columns), 0, Bells(0));
        let screen = Arc::new((Mutex::new(parser), Condvar::new()));
        let drawn = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                drawn.0.lock().unwrap().process(&bytes[..count]);
                drawn.1.notify_all();
            }
        });
        Window { child, keys, screen, _pty: pty.master }
    }

    pub fn send(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until all parts are on the screen, and returns how long that took.
    pub fn wait_for(&self, parts: &[&str], at_most: Duration) -> Duration {
        let begun = clock::instant();
        let (parser, drawn) = &*self.screen;
        let lacks = |parser: &mut vt100::Parser<Bells>| {
            let text = parser.screen().contents();
            !parts.iter().all(|part| text.contains(part))
        };
        let (parser, waited) = drawn.wait_timeout_while(parser.lock().unwrap(), at_most, lacks).unwrap();
        assert!(!waited.timed_out(), "{parts:?} did not come:\n{}", parser.screen().contents());
        begun.elapsed()
    }

    /// What its screen shows.
    pub fn text(&self) -> String {
        self.screen.0.lock().unwrap().screen().contents()
    }

    /// Waits until something is so, looking whenever more is drawn, and returns how long that took.
    pub fn waits_until(&self, what: &str, at_most: Duration, is_so: impl Fn(&Window) -> bool) -> Duration {
        let begun = clock::instant();
        let (parser, drawn) = &*self.screen;
        while !is_so(self) {
            assert!(begun.elapsed() < at_most, "{what} did not come to pass");
            // A clock on the screen draws every second.
            drop(drawn.wait_timeout(parser.lock().unwrap(), Duration::from_millis(20)).unwrap());
        }
        begun.elapsed()
    }

    pub fn has_rung(&self) -> bool {
        self.screen.0.lock().unwrap().callbacks().0 > 0
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // One that has ended already is where it should be.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What a slow machine may take; a quick one is held to [`QUICK`] by hand: run with `--nocapture`.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// From Send to the kitchen, in CI.
pub const QUICK: Duration = Duration::from_secs(2);

#[test]
fn a_kitchen_outlives_its_register_and_sees_an_order_at_once() {
    let home = tempfile::tempdir().unwrap();
    let kitchen = Window::open(home.path(), &["kitchen", "--demo"], (80, 22));
    kitchen.wait_for(&["Waiting", "there is no store at", "OFFLINE"], PATIENCE);
    let mut register = Window::open(home.path(), &["demo"], (100, 30));
    register.wait_for(&["1111  Ana"], PATIENCE);
    kitchen.wait_for(&["Nothing to make", "LIVE"], PATIENCE);
    register.send("1111\r");
    register.wait_for(&["Hello Ana"], PATIENCE);
    register.send("2*cola\r");
    register.wait_for(&["2 Cola"], PATIENCE);
    register.send("\x1bOR");
    let took = kitchen.wait_for(&["2x Cola", "T1-0001", "NEW"], QUICK);
    println!("from F3 to the kitchen: {} ms", took.as_millis());
    assert!(kitchen.has_rung());

    let pid = register.child.process_id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    kitchen.wait_for(&["OFFLINE", "2x Cola"], PATIENCE);
    drop(register);
    let mut register = Window::open(home.path(), &["demo"], (100, 30));
    kitchen.wait_for(&["LIVE", "2x Cola"], PATIENCE);
    register.wait_for(&["T1-0001"], PATIENCE);
    register.send("cheeseburger\r");
    register.wait_for(&["1 Cheeseburger"], PATIENCE);
    register.send("\x1bOR");
    let took = kitchen.wait_for(&["1x Cheeseburger", "LIVE"], QUICK);
    println!("after the restart: {} ms", took.as_millis());
}

#[test]
fn a_kitchen_leaves_its_terminal_as_it_was_and_follows_a_restored_store() {
    let home = tempfile::tempdir().unwrap();
    let ok = |args: &[&str], input: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_comanda"));
        command.args(args).env_clear().env("HOME", home.path());
        let piped = std::process::Stdio::piped;
        let mut child = command.stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        let said = child.wait_with_output().unwrap();
        assert!(said.status.success(), "{args:?}: {}", String::from_utf8_lossy(&said.stderr));
    };
    let mut kitchen = Window::open(home.path(), &["kitchen", "--station", "bar", "--silent"], (80, 22));
    kitchen.wait_for(&["Waiting", "could not read the configuration"], PATIENCE);
    ok(&["init", "--location", "L1", "--register", "T1", "--manager", "Dara"], "9999\n");
    ok(&["menu", "import", "assets/demo/menu.json"], "");
    kitchen.wait_for(&["Nothing to make", "bar", "OFFLINE"], PATIENCE);
    let backup = home.path().join("kept.db").display().to_string();
    ok(&["store", "backup", &backup], "");
    ok(&["store", "restore", &backup], "");
    let mut register = Window::open(home.path(), &["register"], (100, 30));
    register.wait_for(&["PIN"], PATIENCE);
    register.send("9999\r");
    register.wait_for(&["Hello Dara"], PATIENCE);
    register.send("2*cola\r");
    register.wait_for(&["2 Cola"], PATIENCE);
    register.send("\x1bOR");
    kitchen.wait_for(&["2x Cola", "LIVE"], PATIENCE);
    assert!(!kitchen.has_rung());
    kitchen.send("q");
    assert!(kitchen.child.wait().unwrap().success());
    // What it said last may still be on its way.
    let (parser, drawn) = &*kitchen.screen;
    let is_ours = |parser: &mut vt100::Parser<Bells>| parser.screen().alternate_screen();
    let (_parser, waited) = drawn.wait_timeout_while(parser.lock().unwrap(), PATIENCE, is_ours).unwrap();
    assert!(!waited.timed_out(), "the terminal was not given back");
}
