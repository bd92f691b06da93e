//! What every screen shows on every kind of terminal: all stories are played in windows of several sizes, each settled
//! frame is drawn for each kind, the kitchen's and the guests' screen beside it, and every cell is looked at. A screen that is added
//! needs a story, and nothing here.

use crate::pty::{TENDER_HEARS, Till, let_pass};
use crate::reviewed;
use comanda::app::App;
use comanda::domain::OrderType;
use comanda::domain::Timestamp;
use comanda::domain::kitchen::KitchenRules;
use comanda::domain::pickup::PickupRules;
use comanda::runtime::beside::Beside;
use comanda::runtime::demo;
use comanda::script::in_process::{InProcess, Watched};
use comanda::script::scenario::{Act, Step};
use comanda::script::{Picture, Setting, Snapshots, Stage, Theatre, parse, play};
use comanda::tui::display::{Display, Link};
use comanda::tui::glyphs::Glyphs;
use comanda::tui::keys::Key;
use comanda::tui::kitchen::Kitchen;
use comanda::tui::pickup::Pickup;
use comanda::tui::scene::{Canvas, Scene, cells};
use comanda::tui::screens::NAMES;
use comanda::tui::theme::{Mode, Theme};
use portable_pty::CommandBuilder;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::rc::Rc;

/// Least contrast of a pair of colours. Source: WCAG 2.1, success criterion 1.4.3.
const CONTRAST_MIN: f64 = 4.5;

/// The 16 colours of a terminal, red green blue.
type Palette = [[u8; 3]; 16];

/// Source: Linux, `drivers/tty/vt/vt.c`, `default_red`, `default_grn`, `default_blu`.
pub const CONSOLE_PALETTE: Palette = [
    [0x00, 0x00, 0x00],
    [0xaa, 0x00, 0x00],
    [0x00, 0xaa, 0x00],
    [0xaa, 0x55, 0x00],
    [0x00, 0x00, 0xaa],
    [0xaa, 0x00, 0xaa],
    [0x00, 0xaa, 0xaa],
    [0xaa, 0xaa, 0xaa],
    [0x55, 0x55, 0x55],
    [0xff, 0x55, 0x55],
    [0x55, 0xff, 0x55],
    [0xff, 0xff, 0x55],
    [0x55, 0x55, 0xff],
    [0xff, 0x55, 0xff],
    [0x55, 0xff, 0xff],
    [0xff, 0xff, 0xff],
];

/// Source: xterm, `XTerm-col.ad` (black, red3, green3, yellow3, blue2, magenta3, cyan3, gray90, gray50, ...).
const XTERM_PALETTE: Palette = [
    [0x00, 0x00, 0x00],
    [0xcd, 0x00, 0x00],
    [0x00, 0xcd, 0x00],
    [0xcd, 0xcd, 0x00],
    [0x00, 0x00, 0xee],
    [0xcd, 0x00, 0xcd],
    [0x00, 0xcd, 0xcd],
    [0xe5, 0xe5, 0xe5],
    [0x7f, 0x7f, 0x7f],
    [0xff, 0x00, 0x00],
    [0x00, 0xff, 0x00],
    [0xff, 0xff, 0x00],
    [0x5c, 0x5c, 0xff],
    [0xff, 0x00, 0xff],
    [0x00, 0xff, 0xff],
    [0xff, 0xff, 0xff],
];

/// How two colours of a palette stand out from one another. Source: WCAG 2.1, relative luminance and contrast ratio.
pub fn contrast(palette: &Palette, front: usize, back: usize) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = |[red, green, blue]: [u8; 3]| 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    let (one, other) = (luminance(palette[front]), luminance(palette[back]));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn number(colour: Color) -> Option<usize> {
    use Color::*;
    let all = [
        Black,
        Red,
        Green,
        Yellow,
        Blue,
        Magenta,
        Cyan,
        Gray,
        DarkGray,
        LightRed,
        LightGreen,
        LightYellow,
        LightBlue,
        LightMagenta,
        LightCyan,
        White,
    ];
    all.iter().position(|known| *known == colour)
}

/// What a console makes of a pair: eight backgrounds, bold is bright, and reversing leaves brightness in front. Source:
/// `build_attr` of the same file.
fn on_console(front: usize, back: usize, modifier: Modifier) -> (usize, usize) {
    let is_bright = modifier.contains(Modifier::BOLD) || front >= 8;
    let (front, back) = (front % 8, back % 8);
    let (front, back) = if modifier.contains(Modifier::REVERSED) { (back, front) } else { (front, back) };
    (if is_bright { front + 8 } else { front }, back)
}

/// What xterm makes of a pair: bold is bright, then both are swapped.
fn in_xterm(front: usize, back: usize, modifier: Modifier) -> (usize, usize) {
    let front = if modifier.contains(Modifier::BOLD) && front < 8 { front + 8 } else { front };
    if modifier.contains(Modifier::REVERSED) { (back, front) } else { (front, back) }
}

#[test]
fn the_contrasts_are_those_of_the_standard() {
    // front, back, on a console, in xterm: the figures of the study that chose the colours
    for (front, back, console, xterm) in [
        (15, 4, 13.3, 9.4),
        (15, 1, 7.8, 5.8),
        (0, 6, 7.3, 10.6),
        (0, 7, 9.0, 16.7),
        (4, 0, 1.6, 2.2),
        (0, 3, 4.0, 12.3),
    ] {
        let close = |ratio: f64, told: f64| (ratio - told).abs() < 0.1;
        assert!(close(contrast(&CONSOLE_PALETTE, front, back), console), "{front} on {back}");
        assert!(close(contrast(&XTERM_PALETTE, front, back), xterm), "{front} on {back}");
    }
}

/// What was seen so far.
#[derive(Default)]
struct Seen {
    frames: usize,
    /// How often each screen was seen.
    screens: BTreeMap<&'static str, usize>,
    tickets: usize,
    /// Each pair of colours, and where it was seen first.
    pairs: HashMap<(Color, Color, Modifier), String>,
    flaws: BTreeSet<String>,
}

impl Seen {
    /// Looks at every cell of a frame.
    fn look(&mut self, mode: Mode, screen: &str, buffer: &Buffer) {
        self.frames += 1;
        let mut covered = 0;
        for row in 0..buffer.area.height {
            for column in 0..buffer.area.width {
                if covered > 0 {
                    covered -= 1;
                    continue;
                }
                let cell = &buffer[(column, row)];
                covered = cells(cell.symbol()).saturating_sub(1);
                if let Some(flaw) = self.flaw_of(mode, screen, cell) {
                    self.flaws.insert(format!("{screen}: {:?} {flaw} in {mode:?}", cell.symbol()));
                }
            }
        }
    }

    fn flaw_of(&mut self, mode: Mode, screen: &str, cell: &Cell) -> Option<String> {
        let allowed = Modifier::BOLD | Modifier::REVERSED;
        let is_shown = |letter| mode.glyphs.has(letter) && !char::is_control(letter);
        if !cell.symbol().chars().all(is_shown) || (mode.glyphs != Glyphs::Any && cells(cell.symbol()) != 1) {
            return Some("is not shown".to_owned());
        }
        if mode.colours {
            let look = (cell.fg, cell.bg, cell.modifier);
            self.pairs.entry(look).or_insert_with(|| format!("{screen} {:?}", cell.symbol()));
            // A void is struck too, where that is seen; the word stands before it.
            let shown = allowed | Modifier::CROSSED_OUT;
            return (!shown.contains(cell.modifier)).then(|| format!("is {:?}", cell.modifier));
        }
        let is_plain = cell.fg == Color::Reset
            && cell.bg == Color::Reset
            && (allowed | Modifier::CROSSED_OUT).contains(cell.modifier);
        (!is_plain).then(|| format!("is {:?} on {:?} {:?}", cell.fg, cell.bg, cell.modifier))
    }

    /// Whatever pair of colours was seen can be read.
    fn judge_pairs(&mut self) {
        assert!(self.pairs.len() > 7, "{:?}", self.pairs);
        for ((front, back, modifier), place) in &self.pairs {
            let (Some(one), Some(other)) = (number(*front), number(*back)) else {
                self.flaws.insert(format!("{place}: {front:?} on {back:?} is none of the 16 colours"));
                continue;
            };
            let ((console, console_back), (xterm, xterm_back)) =
                (on_console(one, other, *modifier), in_xterm(one, other, *modifier));
            for (name, ratio) in [
                ("a console", contrast(&CONSOLE_PALETTE, console, console_back)),
                ("xterm", contrast(&XTERM_PALETTE, xterm, xterm_back)),
            ] {
                if ratio < CONTRAST_MIN {
                    self.flaws.insert(format!("{place}: {front:?} on {back:?} {modifier:?} is {ratio:.1}:1 on {name}"));
                }
            }
        }
    }
}

/// How often every cell of a screen is looked at, in one size of the window.
const LOOKS_MAX: usize = 6;

/// One pair of eyes for the register, and for the kitchen and the guests beside it.
struct Onlooker {
    seen: Seen,
    kitchen: Kitchen,
    pickup: Pickup,
    document_seq: i64,
    /// How often every cell of a screen is looked at.
    looks_max: usize,
}

const BEGIN: Timestamp = Timestamp { unix_ms: 0, offset_min: 0 };

impl Onlooker {
    fn looks(&mut self, app: &App, now: Timestamp, (width, height): (u16, u16)) {
        let all = Rect { x: 0, y: 0, width, height };
        let mut buffer = Buffer::empty(all);
        let focus = app.view(now, Mode::FULL, &mut buffer).focus;
        let times = self.seen.screens.entry(focus).or_default();
        *times += 1;
        if *times > self.looks_max {
            return;
        }
        for (_, mode) in Mode::NAMED {
            let mut buffer = Buffer::empty(all);
            app.view(now, mode, &mut buffer);
            self.seen.look(mode, focus, &buffer);
        }
        let reader = app.store().reader();
        let document_seq = reader.last_document_seq().unwrap();
        if document_seq == self.document_seq {
            return;
        }
        self.document_seq = document_seq;
        let picture = Kitchen::read(reader, &KitchenRules::default(), now).unwrap();
        self.seen.tickets += picture.tickets.len();
        self.kitchen.show(picture, now);
        // at once, when it flashes, and when it waits and is late: how the link stands then
        for (after_ms, link) in [
            (0, Link::Live),
            (4_000, Link::Offline),
            (6 * 60_000, Link::Stale { seconds: 6 }),
            (9 * 60_000, Link::Stale { seconds: 60 }),
        ] {
            for (_, mode) in Mode::NAMED {
                let (mut buffer, mut scene) = (Buffer::empty(all), Scene::default());
                let mut canvas = Canvas::new(&mut buffer, &mut scene, Theme::of(mode));
                self.kitchen.view(now.plus_millis(after_ms), link, None, &mut canvas);
                self.seen.look(mode, "kitchen", &buffer);
            }
        }
        let all_types = PickupRules { order_types: OrderType::ALL.into(), ..PickupRules::default() };
        self.pickup.show(Pickup::read(reader, &all_types, now).unwrap(), now);
        // at once, when what is ready flashes, and afterwards
        for (after_ms, link) in [(0, Link::Live), (7_000, Link::Stale { seconds: 6 }), (20_000, Link::Offline)] {
            for (_, mode) in Mode::NAMED {
                let (mut buffer, mut scene) = (Buffer::empty(all), Scene::default());
                let mut canvas = Canvas::new(&mut buffer, &mut scene, Theme::of(mode));
                self.pickup.view(now.plus_millis(after_ms), link, None, &mut canvas);
                self.seen.look(mode, "pickup", &buffer);
            }
        }
    }
}

/// Takes every screen for the right one.
struct AnySnapshot;

impl Snapshots for AnySnapshot {
    fn compare(&mut self, _: &str, _: &Picture) -> Result<(), String> {
        Ok(())
    }
}

/// What the hands do in a story, without what the eyes expect, and nothing over and over.
fn hands(steps: Vec<Step>) -> Vec<Step> {
    let told =
        |step: &Step| matches!(step.act, Act::Expect(_) | Act::Paper { .. } | Act::Books(_) | Act::Resize { .. });
    steps
        .into_iter()
        .filter(|step| !told(step))
        .map(|step| match step.act {
            Act::Repeat { times, steps } => {
                Step { act: Act::Repeat { times: times.min(1), steps: hands(steps) }, ..step }
            }
            _ => step,
        })
        .collect()
}

/// Plays a share of the stories, `nth` of four, and more only while there is a screen that nobody has seen.
fn check(nth: usize, columns: u16, rows: u16) {
    let (kitchen, pickup) = (Kitchen::new(None, BEGIN), Pickup::new(BEGIN));
    let onlooker = Onlooker { seen: Seen::default(), kitchen, pickup, document_seq: 0, looks_max: usize::MAX };
    let onlooker = Rc::new(RefCell::new(onlooker));
    let eyes = Rc::clone(&onlooker);
    let mut theatre = Watched(Rc::new(move |app, now, size| eyes.borrow_mut().looks(app, now, size)));
    let stories = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let paths = std::fs::read_dir(stories).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|it| it == "script")).collect();
    paths.sort();
    let scenarios = paths.iter().flat_map(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        parse(&text, path.to_str().unwrap()).unwrap()
    });
    let scenarios = scenarios.filter(|scenario| cfg!(feature = "server") || !scenario.setting.server);
    let (ours, others): (Vec<_>, Vec<_>) = scenarios.enumerate().partition(|(at, _)| at % 4 == nth);
    let missed = || {
        let seen = &onlooker.borrow().seen;
        NAMES.iter().copied().filter(|name| !seen.screens.contains_key(name)).collect::<Vec<_>>()
    };
    // What only a server brings about was put there.
    let mut cashier = reviewed::register(&demo::menu().unwrap(), (columns, rows), None);
    cashier.logs_in();
    for keys in reviewed::TOUR {
        cashier.keys(keys);
        cashier.waits();
        onlooker.borrow_mut().looks(cashier.app(), cashier.now, (columns, rows));
    }
    onlooker.borrow_mut().looks_max = LOOKS_MAX;
    let (share, mut played, mut ended) = (ours.len(), 0, 0);
    for (_, mut scenario) in ours.into_iter().chain(others) {
        if played >= share && missed().is_empty() {
            break;
        }
        (scenario.setting.columns, scenario.setting.rows) = (columns, rows);
        scenario.steps = hands(scenario.steps);
        played += 1;
        // In another window than it was written for, a story may not find what it taps; what it saw counts.
        ended += usize::from(play(&scenario, &mut theatre, &mut AnySnapshot, &mut ()).is_ok());
    }
    assert!(ended * 4 > played * 3, "{ended} of {played} stories came to their end");
    let missed = missed();
    let seen = &mut onlooker.borrow_mut().seen;
    assert!(missed.is_empty(), "no story shows the screens {missed:?} at {columns}x{rows}: write one");
    assert!(seen.frames > NAMES.len() * 8 && seen.tickets > 10, "{} frames, {} tickets", seen.frames, seen.tickets);
    seen.judge_pairs();
    let flaws: Vec<&String> = seen.flaws.iter().collect();
    assert!(flaws.is_empty(), "{columns}x{rows}: {flaws:#?}");
}

#[test]
fn every_terminal_shows_every_screen_at_80x24() {
    check(0, 80, 24);
}

#[test]
fn every_terminal_shows_every_screen_at_66x20() {
    check(1, 66, 20);
}

#[test]
fn every_terminal_shows_every_screen_at_100x30() {
    check(2, 100, 30);
}

#[test]
fn every_terminal_shows_every_screen_at_200x60() {
    check(3, 200, 60);
}

#[test]
fn a_window_that_is_too_small_says_so_on_every_terminal() {
    for (name, mode) in Mode::NAMED {
        for (columns, rows) in [(65, 20), (66, 19), (80, 3), (20, 5), (200, 1), (1, 60), (1, 1)] {
            let setting = Setting { columns, rows, mode, ..Setting::default() };
            let mut stage: Box<dyn Stage> = InProcess.open(&setting).unwrap();
            for key in [Key::Char('1'), Key::Enter, Key::F(1), Key::Esc] {
                stage.key(key).unwrap();
            }
            stage.tap(0, 0).unwrap();
            stage.settle().unwrap();
            let text = stage.screen().lines().join("\n");
            assert_eq!(stage.screen().focus, "too-small", "{name} {columns}x{rows}");
            if columns >= 20 && rows >= 3 {
                assert!(text.contains(&format!("window is {columns}x{rows}")), "{name} {columns}x{rows}:\n{text}");
                assert!(text.contains("needs 66x20"), "{name} {columns}x{rows}:\n{text}");
            }
            let (mut buffer, mut scene) = (Buffer::empty(Rect::new(0, 0, columns, rows)), Scene::default());
            let kitchen = Kitchen::new(None, BEGIN);
            kitchen.view(BEGIN, Link::Live, None, &mut Canvas::new(&mut buffer, &mut scene, Theme::of(mode)));
            assert_eq!(scene.focus, "kitchen");
        }
    }
}

/// Sells a burger at the built binary, started by a line of the shell that ends with `demo`, and returns all that came.
fn sold(line: &str) -> String {
    let data = tempfile::tempdir().unwrap();
    let comanda = env!("CARGO_BIN_EXE_comanda");
    let mut shell = CommandBuilder::new("/bin/sh");
    let flags = format!("--data '{}'", data.path().display());
    shell.args(["-c", &line.replace("comanda demo", &format!("'{comanda}' demo {flags}"))]);
    let mut till = Till::run(shell, data.path(), (80, 24));
    till.wait_for_text("Who is there?");
    till.types("1111\r");
    till.wait_for_text("Nothing ordered yet");
    till.types("A");
    till.wait_for_text("> 1 Cheeseburger");
    till.types("\x1bOS");
    till.wait_for_text("TO PAY");
    let_pass(TENDER_HEARS);
    till.types("\r");
    till.wait_for_text("T1-0001 paid");
    till.types("\x1b[23~");
    till.wait_for_text("Who is there?");
    till.types("\x11");
    assert_eq!(till.end(), 0, "{line}");
    till.raw()
}

/// The escape sequences of a text, each once; digits and what is between them as `n`.
fn sequences(raw: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for part in raw.split('\x1b').skip(1) {
        let end = part.find(|c: char| c.is_ascii_alphabetic()).unwrap();
        all.insert(part[..=end].to_owned());
    }
    all
}

#[test]
fn a_terminal_without_colours_gets_none_and_a_vt220_only_what_it_knows() {
    // how it is started, whether all of it is ASCII
    for (line, is_ascii) in [
        ("TERM=vt220 comanda demo", true),
        ("TERM= comanda demo", true),
        ("NO_COLOR=1 comanda demo", false),
        ("TERM=vt220 comanda demo --term mono", false),
        ("TERM=linux NO_COLOR=1 comanda demo", false),
    ] {
        let raw = sold(line);
        assert_eq!(raw.is_ascii(), is_ascii, "{line}");
        for sequence in sequences(&raw) {
            // Places, clearing, and modes that a terminal leaves alone when it does not know them.
            let is_known = sequence.ends_with(['C', 'D', 'H', 'J']) || sequence.starts_with("[?");
            let is_look = ["[0m", "[0;1m", "[0;7m", "[0;1;7m", "[1m", "[7m", "[1;7m"].contains(&sequence.as_str());
            assert!(is_known || is_look, "{line}: {sequence:?}");
        }
    }
}

#[test]
fn what_is_asked_for_outdoes_what_the_environment_says() {
    // how it is started, what comes, what does not
    let colour = "\x1b[0;30;46m";
    for (line, comes, not) in [
        ("comanda demo", colour, "38;5"),
        ("NO_COLOR= comanda demo", colour, "38;5"),
        ("TERM=linux comanda demo", colour, "✓"),
        ("NO_COLOR=1 TERM=vt220 comanda demo --term full", colour, "38;5"),
        ("TERM=xterm comanda demo --term ascii", "+-", colour),
    ] {
        let raw = sold(line);
        assert!(raw.contains(comes) && !raw.contains(not), "{line}: {raw:?}");
    }
}
