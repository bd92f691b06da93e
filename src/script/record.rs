//! Writes a script of what somebody does at a register: keys, taps, sizes of the window and the time between, so that
//! the script, played in process, ends on the same screen.
//!
//! A PIN is written when it is one of the demonstration's, which its login screen shows to everybody. Any other is not:
//! its `Login "****"` does not read until somebody puts one of the demonstration's in its place.

use super::find::tapped;
use super::in_process::picture;
use super::limits::BETWEEN_KEYS_MS;
use super::picture::{Area, Picture};
use super::scenario::{TapAt, quoted};
use super::snapshot::{FileSnapshots, Snapshots};
use crate::app::Input;
use crate::domain::Timestamp;
use crate::runtime::register::Onlooker;
use crate::tui::Screen;
use crate::tui::keymap::ESC_WAIT_MS;
use crate::tui::keys::Key;
use crate::tui::scene::Scene;
use crate::tui::screens::{Login, Manager};
use crate::tui::theme::Mode;
use ratatui::buffer::Buffer;
use std::path::Path;

/// The key that notes a snapshot, and does not reach the register.
pub const SNAPSHOT: Key = Key::Ctrl('s');
/// How far the script's clock may lag behind the session's before it is written that time passes, in milliseconds.
const LAG_MAX_MS: i64 = 1_000;
/// Longest line of keys, in keys.
const LINE_KEYS_MAX: usize = 24;

/// A script that is being written.
#[derive(Debug)]
pub struct Recorder {
    script: String,
    snapshots: FileSnapshots,
    taken: u32,
    pins: Vec<String>,
    /// What time it is when the script is played.
    played: Timestamp,
    /// When the last Esc was pressed, by the session's clock, if nothing came after it.
    esc: Option<Timestamp>,
    keys: Vec<Key>,
    /// The digits of a PIN that is being typed.
    pin: String,
    /// What a finger holds down: where its `Tap` stands in the script, and where on the screen.
    held: Option<(usize, Area)>,
    screen: Picture,
    /// Snapshots that could not be kept, each with why.
    wrong: Vec<String>,
}

impl Recorder {
    /// Begins the script `file`; `pins` may be known to everybody.
    pub fn begin(file: &Path, now: Timestamp, (columns, rows): (u16, u16), mode: Mode, pins: Vec<String>) -> Recorder {
        let name = file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy();
        let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
        let mode = mode.name().filter(|_| mode != Mode::FULL).map(|name| format!(" {name}")).unwrap_or_default();
        let script = format!(
            "# Recorded with `comanda record`. PINs that are not the demonstration's are not written.\n\
             Scenario {}\n  Clock {}\n  Terminal {columns}x{rows}{mode}\n",
            quoted(&name),
            now.rfc3339(),
        );
        Recorder {
            script,
            snapshots: FileSnapshots::of(file, true),
            taken: 0,
            pins,
            played: now,
            esc: None,
            keys: Vec::new(),
            pin: String::new(),
            held: None,
            screen: Picture::blank(columns, rows),
            wrong: Vec::new(),
        }
    }

    /// The script, with its End, and what went wrong on the way.
    pub fn end(mut self) -> (String, Vec<String>) {
        self.flush();
        self.script.push_str("End\n");
        (self.script, self.wrong)
    }

    fn line(&mut self, command: &str) {
        self.script.push_str(&format!("  {command}\n"));
    }

    /// Writes the keys that were gathered; the player then waits for an Esc that is left alone.
    fn flush(&mut self) {
        let keys = std::mem::take(&mut self.keys);
        if keys.last() == Some(&Key::Esc) {
            self.played = self.played.plus_millis(ESC_WAIT_MS);
        }
        for command in commands(&keys) {
            self.line(&command);
        }
    }

    /// An Esc that nothing followed in time stands alone; so it does in the script.
    fn let_esc_be(&mut self, now: Timestamp) {
        if self.esc.take().is_some_and(|esc| now.millis_since(esc) >= ESC_WAIT_MS) {
            self.flush();
        }
    }

    /// Lets the script's time catch up with the session's, when it lags by at least `lag_ms`; `costs_ms` pass anyhow
    /// with what comes next.
    fn catch_up(&mut self, now: Timestamp, lag_ms: i64, costs_ms: i64) {
        if now.millis_since(self.played) - costs_ms >= lag_ms {
            self.flush();
            let lags = now.millis_since(self.played) - costs_ms;
            if lags > 0 {
                self.line(&format!("Advance {}", duration(lags)));
                self.played = self.played.plus_millis(lags);
            }
        }
        self.played = self.played.plus_millis(costs_ms);
    }

    fn asks_for_a_pin(&self) -> bool {
        [Login::NAME, Manager::NAME].contains(&self.screen.focus.as_str())
    }

    fn key(&mut self, now: Timestamp, key: Key) {
        self.let_esc_be(now);
        let completes_an_esc = self.keys.last() == Some(&Key::Esc);
        if self.asks_for_a_pin() && !completes_an_esc {
            if let Key::Char(digit @ '0'..='9') = key {
                return self.pin.push(digit);
            }
            if key == Key::Backspace && self.pin.pop().is_some() {
                return;
            }
            if key == Key::Enter && !self.pin.is_empty() {
                return self.log_in(now);
            }
            if key == Key::Esc {
                self.pin.clear();
            }
            self.spill();
        }
        self.catch_up(now, LAG_MAX_MS, BETWEEN_KEYS_MS);
        self.esc = (key == Key::Esc).then_some(now);
        self.keys.push(key);
        if self.keys.len() >= LINE_KEYS_MAX && key != Key::Esc {
            self.flush();
        }
    }

    fn log_in(&mut self, now: Timestamp) {
        self.flush();
        let pin = std::mem::take(&mut self.pin);
        let keys = i64::try_from(pin.len()).unwrap_or(0) + 1;
        self.catch_up(now, LAG_MAX_MS, keys * BETWEEN_KEYS_MS);
        if self.pins.contains(&pin) {
            self.line(&format!("Login {}", quoted(&pin)));
        } else {
            self.line("Login \"****\"   # not one of the demonstration's PINs: put one of them here");
        }
    }

    /// Something else than Enter comes after the digits of a PIN: they are written when they may be known.
    fn spill(&mut self) {
        let pin = std::mem::take(&mut self.pin);
        if pin.is_empty() {
            return;
        }
        if self.pins.iter().any(|known| known.starts_with(&pin)) {
            self.keys.extend(pin.chars().map(Key::Char));
            self.played = self.played.plus_millis(BETWEEN_KEYS_MS * i64::try_from(pin.len()).unwrap_or(0));
        } else {
            self.flush();
            self.line("# Digits were typed here that begin none of the demonstration's PINs; they are not written.");
        }
    }

    fn tap(&mut self, now: Timestamp, column: u16, row: u16) {
        let hit = self.screen.targets.iter().rev().find(|(_, area)| area.has(column, row)).cloned();
        let digit = hit.as_ref().map(|(label, _)| label.as_str()).filter(|it| it.len() == 1);
        let digit = digit.and_then(|it| it.chars().next()).filter(|it| it.is_ascii_digit() && self.asks_for_a_pin());
        self.let_esc_be(now);
        if let Some(digit) = digit {
            return self.pin.push(digit);
        }
        self.spill();
        self.flush();
        self.catch_up(now, LAG_MAX_MS, BETWEEN_KEYS_MS);
        self.held = hit.as_ref().map(|(_, area)| (self.script.len(), *area));
        let at = hit.and_then(|(label, _)| self.named(&label, column, row));
        let at = at.unwrap_or(TapAt::Cell { column: column + 1, row: row + 1 });
        self.line(&format!("Tap {at}"));
    }

    /// A finger that goes up elsewhere than it came down was no tap.
    fn slid(&mut self, column: u16, row: u16) {
        let Some((at, _)) = self.held.take().filter(|(_, area)| !area.has(column, row)) else { return };
        let pressed = self.script.split_off(at).replacen("Tap", &format!("Advance {BETWEEN_KEYS_MS}ms\n  Press"), 1);
        self.script.push_str(&pressed);
        self.flush();
        self.line(&format!("Release {}", TapAt::Cell { column: column + 1, row: row + 1 }));
    }

    /// The label of a tap, with a region where it needs one, when it leads back to the same target.
    fn named(&self, label: &str, column: u16, row: u16) -> Option<TapAt> {
        let regions = self.screen.regions.iter().filter(|(_, area)| area.has(column, row));
        let places = std::iter::once(None).chain(regions.map(|(name, _)| Some(name.clone())));
        let target = |column, row| self.screen.targets.iter().rposition(|(_, area)| area.has(column, row));
        places.map(|region| TapAt::Label { region, label: label.to_owned() }).find(|at| {
            let is_text = !label.trim().is_empty() && !label.chars().any(char::is_control);
            is_text && tapped(&self.screen, at).is_ok_and(|(x, y)| target(x, y) == target(column, row))
        })
    }

    fn snapshot(&mut self, now: Timestamp) {
        self.spill();
        self.flush();
        self.catch_up(now, 1, 0);
        self.taken += 1;
        let name = self.taken.to_string();
        // A screen that is kept under this name from another recording gives way.
        if let Err(why) = self.snapshots.compare(&name, &self.screen.masked(&self.pins)) {
            self.wrong.push(why);
        }
        self.line(&format!("Snapshot {}", quoted(&name)));
    }
}

impl Onlooker for Recorder {
    fn frame(&mut self, buffer: &Buffer, scene: &Scene) {
        self.screen = picture(buffer, scene);
    }

    fn input(&mut self, now: Timestamp, input: &Input) -> bool {
        match input {
            Input::Key(key) if *key == SNAPSHOT => {
                self.snapshot(now);
                return false;
            }
            Input::Key(key) => self.key(now, *key),
            Input::Down { column, row } => self.tap(now, *column, *row),
            Input::Up { column, row } => self.slid(*column, *row),
            Input::Resized { columns, rows } => {
                self.flush();
                self.catch_up(now, LAG_MAX_MS, 0);
                self.line(&format!("Resize {columns}x{rows}"));
            }
            Input::Printed { .. }
            | Input::Probed { .. }
            | Input::Machine(_)
            | Input::Replied { .. }
            | Input::Settled(_)
            | Input::Chore(_)
            | Input::Woke => {}
        }
        true
    }
}

/// Milliseconds as a script writes them.
fn duration(millis: i64) -> String {
    if millis % 1_000 == 0 { format!("{}s", millis / 1_000) } else { format!("{millis}ms") }
}

/// Keys as commands: words are typed, the rest is pressed. An Esc and what follows it stay in one command, for together
/// they may be another key.
fn commands(keys: &[Key]) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let mut at = 0;
    while at < keys.len() {
        let after_esc = at > 0 && keys[at - 1] == Key::Esc;
        let text: String = if after_esc { String::new() } else { letters(&keys[at..]) };
        if text.chars().count() > 1 {
            at += text.chars().count();
            commands.push(format!("Type {}", quoted(&text)));
            continue;
        }
        let times = keys[at..].iter().take_while(|key| **key == keys[at]).count();
        let word = if times > 1 { format!("{}*{times}", name(keys[at])) } else { name(keys[at]) };
        at += times;
        match commands.last_mut() {
            Some(command) => command.push_str(&format!(" {word}")),
            None => commands.push(format!("Keys {word}")),
        }
    }
    commands
}

fn letters(keys: &[Key]) -> String {
    let letter = |key: &Key| if let Key::Char(letter) = key { Some(*letter) } else { None };
    keys.iter().map_while(letter).collect()
}

/// A key's name as a script writes it: in quotes where the letter means something to scripts.
fn name(key: Key) -> String {
    match key {
        Key::Char(letter) if !letter.is_alphanumeric() && letter != ' ' => quoted(&letter.to_string()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::parse;
    use crate::script::scenario::Act;

    fn keys(names: &str) -> Vec<Key> {
        names.split(' ').map(|name| Key::named(name).unwrap_or_else(|| panic!("{name}"))).collect()
    }

    #[test]
    fn keys_become_commands_that_read_back_as_the_same_keys() {
        // keys, commands
        for (pressed, written) in [
            ("Down Down Down Enter", "Keys Down*3 Enter"),
            ("2 * c o l a Enter Down", "Type \"2*cola\" Enter Down"),
            ("F3 c o F4", "Keys F3|Type \"co\" F4"),
            ("Esc 3 1 Enter", "Keys Esc 3 1 Enter"),
            ("a Esc b c", "Keys a Esc b c"),
            ("\" # { * Space", "Type \"\\\"#{* \""),
            ("# Enter + Enter \\", "Keys \"#\" Enter \"+\" Enter \"\\\\\""),
            ("+ + +", "Type \"+++\""),
            ("Esc Esc Alt+3", "Keys Esc*2 Alt+3"),
            ("Space Enter", "Keys Space Enter"),
        ] {
            let commands = commands(&keys(pressed));
            assert_eq!(commands.join("|"), written, "{pressed}");
            let script = format!("Scenario \"a\"\n{}\nEnd\n", commands.join("\n"));
            let read = parse(&script, "a.script").unwrap_or_else(|wrong| panic!("{script}: {wrong:?}"));
            let pressed_again: Vec<Key> = read[0]
                .steps
                .iter()
                .flat_map(|step| match &step.act {
                    Act::Type { text, keys } => text.chars().map(Key::Char).chain(keys.iter().copied()).collect(),
                    Act::Keys(keys) => keys.clone(),
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(pressed_again, keys(pressed));
        }
    }

    #[test]
    fn a_pin_is_written_when_everybody_knows_it() {
        let folder = tempfile::tempdir().unwrap();
        let began = Timestamp::utc(1_773_491_400_000);
        let pins = vec!["1111".to_owned()];
        // what is typed, what is written
        for (typed, written) in [
            ("1 1 1 1 Enter", "Login \"1111\"\n"),
            ("1 1 2 Backspace 1 1 Enter", "Login \"1111\"\n"),
            ("8 2 5 3 Enter", "Login \"****\"   # not"),
            ("8 2 Esc 1 1 1 1 Enter", "Login \"1111\"\n"),
            ("8 2 F1", "# Digits were typed here"),
            ("1 1 F1", "Type \"11\" F1\n"),
        ] {
            let mut recorder =
                Recorder::begin(&folder.path().join("a.script"), began, (80, 24), Mode::FULL, pins.clone());
            recorder.screen.focus = Login::NAME.to_owned();
            for (nth, key) in (1_i64..).zip(keys(typed)) {
                recorder.input(began.plus_millis(nth * 350), &Input::Key(key));
            }
            let (script, _) = recorder.end();
            assert!(script.contains(written), "{typed}:\n{script}");
            assert!(!script.contains("82"), "{script}");
        }
    }

    #[test]
    fn a_finger_that_slides_off_is_written_as_it_moved() {
        let folder = tempfile::tempdir().unwrap();
        let began = Timestamp::utc(1_773_491_400_000);
        let mut recorder = Recorder::begin(&folder.path().join("a.script"), began, (80, 24), Mode::FULL, Vec::new());
        recorder.screen.focus = "order".to_owned();
        let key = |column| Area { column, row: 20, columns: 10, rows: 2 };
        recorder.screen.targets = vec![("F3 Send".to_owned(), key(0)), ("F4 Pay".to_owned(), key(10))];
        // what the finger does, column and row
        for (goes_down, column, row) in [(true, 3, 20), (false, 4, 21), (true, 12, 20), (false, 3, 20)] {
            let input = if goes_down { Input::Down { column, row } } else { Input::Up { column, row } };
            recorder.input(began, &input);
        }
        let (script, _) = recorder.end();
        let steps: Vec<&str> = script.lines().skip(4).map(str::trim).collect();
        let slide = ["Tap \"F3 Send\"", "Advance 200ms", "Press \"F4 Pay\"", "Release @4,21", "End"];
        assert_eq!(steps, slide, "{script}");
        parse(&script, "a.script").unwrap_or_else(|wrong| panic!("{script}: {wrong:?}"));
    }

    #[test]
    fn time_passes_in_the_script_as_it_did() {
        let folder = tempfile::tempdir().unwrap();
        let began = Timestamp::utc(1_773_491_400_000);
        let mut recorder = Recorder::begin(&folder.path().join("a.script"), began, (80, 24), Mode::FULL, Vec::new());
        recorder.screen.focus = "order".to_owned();
        // milliseconds from the start, key
        for (at, key) in [(300, "Down"), (900, "Down"), (5_200, "Esc"), (5_900, "3"), (6_100, "Esc"), (6_200, "3")] {
            recorder.input(began.plus_millis(at), &Input::Key(Key::named(key).unwrap()));
        }
        recorder.input(began.plus_millis(9_000), &Input::Resized { columns: 90, rows: 30 });
        let (script, _) = recorder.end();
        let steps: Vec<&str> = script.lines().skip(4).map(str::trim).collect();
        let expected =
            ["Keys Down*2", "Advance 4600ms", "Keys Esc", "Keys 3 Esc 3", "Advance 2900ms", "Resize 90x30", "End"];
        assert_eq!(steps, expected, "{script}");
    }
}
