//! Plays a scenario on a stage, input by input, until it ends or something is not as it should be.

use super::find::{self, count, has_label, is_row, is_shown_large, no_region, tapped};
use super::limits::{BETWEEN_KEYS_MS, INPUTS_SHOWN};
use super::line::{self, BooksExpectation};
use super::picture::Picture;
use super::report::{Failure, Input};
use super::reports::Witness;
use super::scenario::{Act, Expectation, PaperExpectation, Place, Scenario, Step, TapAt, quoted};
use super::snapshot::Snapshots;
use super::stage::{FIRST_REGISTER, JobView, PrinterFault, PrinterView, Stage, StageFault, Theatre};
use crate::tui::keys::Key;
use std::collections::{BTreeSet, VecDeque};

/// What a scenario that went well came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Played {
    /// Keys and taps.
    pub inputs: u64,
    /// Expectations and snapshots that were met.
    pub met: u64,
}

/// Plays a scenario on a fresh stage.
///
/// Before each key or tap the virtual clock goes on by [`BETWEEN_KEYS_MS`]; after each command the register settles.
///
/// # Errors
/// The first thing that was not as it should be.
pub fn play(
    scenario: &Scenario,
    theatre: &mut dyn Theatre,
    snapshots: &mut dyn Snapshots,
    witness: &mut dyn Witness,
) -> Result<Played, Box<Failure>> {
    let stage = theatre.open(&scenario.setting).map_err(|fault| {
        Box::new(Failure {
            file: scenario.file.clone(),
            line: scenario.line,
            scenario: scenario.name.clone(),
            expected: "the register to open".to_owned(),
            was: fault.to_string(),
            picture: None,
            inputs: Vec::new(),
        })
    })?;
    let mut pins = Vec::new();
    gather_pins(&scenario.steps, &mut pins);
    // Longer ones first: a short PIN must not eat a part of a long one.
    pins.sort_by_key(|pin| std::cmp::Reverse(pin.len()));
    let mut player = Player {
        scenario,
        stage,
        snapshots,
        witness,
        pins,
        last: VecDeque::new(),
        played: Played::default(),
        at_ms: 0,
        at: FIRST_REGISTER.to_owned(),
        crashed: BTreeSet::new(),
    };
    player.watched();
    player.steps(&scenario.steps)?;
    Ok(player.played)
}

fn gather_pins(steps: &[Step], pins: &mut Vec<String>) {
    for step in steps {
        match &step.act {
            Act::Login(pin) if !pins.contains(pin) => pins.push(pin.clone()),
            Act::Repeat { steps, .. } => gather_pins(steps, pins),
            Act::Login(_)
            | Act::Type { .. }
            | Act::Keys(_)
            | Act::Tap(_)
            | Act::Press(_)
            | Act::Release(_)
            | Act::Resize { .. }
            | Act::Expect(_)
            | Act::ExpectOn { .. }
            | Act::Paper { .. }
            | Act::Fault { .. }
            | Act::Machine(_)
            | Act::Advance(_)
            | Act::Crash
            | Act::Restart
            | Act::Snapshot(_)
            | Act::At(_)
            | Act::Network(_)
            | Act::Server(_)
            | Act::Books(_) => {}
        }
    }
}

/// Something was not as it should be: what was expected, what was there.
struct Miss {
    expected: String,
    was: String,
}

fn miss<T>(expected: impl Into<String>, was: impl Into<String>) -> Result<T, Miss> {
    Err(Miss { expected: expected.into(), was: was.into() })
}

struct Player<'a> {
    scenario: &'a Scenario,
    stage: Box<dyn Stage>,
    snapshots: &'a mut dyn Snapshots,
    witness: &'a mut dyn Witness,
    pins: Vec<String>,
    last: VecDeque<Input>,
    played: Played,
    /// How much virtual time the script let pass.
    at_ms: i64,
    /// The register that it is played at.
    at: String,
    /// The registers that lie crashed.
    crashed: BTreeSet<String>,
}

impl Player<'_> {
    fn steps(&mut self, steps: &[Step]) -> Result<(), Box<Failure>> {
        for step in steps {
            if let Act::Repeat { times, steps } = &step.act {
                for _ in 0..*times {
                    self.steps(steps)?;
                }
                continue;
            }
            self.witness.begins(self.at_ms, step.line, step.act.word());
            self.act(step).and_then(|()| self.settle(step)).map_err(|miss| self.failure(step.line, miss))?;
        }
        Ok(())
    }

    fn failure(&self, line: usize, miss: Miss) -> Box<Failure> {
        Box::new(Failure {
            file: self.scenario.file.clone(),
            line,
            scenario: self.scenario.name.clone(),
            expected: miss.expected,
            was: miss.was,
            picture: (!self.is_crashed()).then(|| self.shown()),
            inputs: self.last.iter().cloned().collect(),
        })
    }

    /// The screen as it may be shown to people.
    fn shown(&self) -> Picture {
        self.stage.screen().masked(&self.pins)
    }

    fn settle(&mut self, step: &Step) -> Result<(), Miss> {
        // Where there is a server, others live on.
        if self.is_crashed() && !self.scenario.setting.server {
            return Ok(());
        }
        took(self.stage.settle(), || format!("the register to settle after {}", step.act.word()))?;
        if !self.is_crashed() {
            self.watched();
        }
        Ok(())
    }

    fn is_crashed(&self) -> bool {
        self.crashed.contains(&self.at)
    }

    fn watched(&mut self) {
        if self.witness.watches() {
            self.witness.sees(self.at_ms, &self.shown());
        }
    }

    fn passes(&mut self, millis: i64) -> Result<(), StageFault> {
        self.at_ms = self.at_ms.saturating_add(millis);
        self.stage.advance(millis)
    }

    fn note(&mut self, line: usize, what: String) {
        if self.last.len() == INPUTS_SHOWN {
            self.last.pop_front();
        }
        self.last.push_back(Input { line, what });
    }

    fn act(&mut self, step: &Step) -> Result<(), Miss> {
        let line = step.line;
        match &step.act {
            Act::Login(pin) => {
                self.note(line, "Login \"****\"".to_owned());
                pin.chars().try_for_each(|digit| self.press(Key::Char(digit), "a digit of the PIN"))?;
                self.press(Key::Enter, "Enter")
            }
            Act::Type { text, keys } => {
                let word = if self.pins.contains(text) { "\"****\"".to_owned() } else { quoted(text) };
                self.note(line, word);
                text.chars().try_for_each(|letter| self.press(Key::Char(letter), &letter.to_string()))?;
                self.keys(line, keys)
            }
            Act::Keys(keys) => self.keys(line, keys),
            Act::Tap(at) => {
                // Time first: what it changes on the screen is what the finger meets.
                let waited = self.passes(BETWEEN_KEYS_MS).and_then(|()| self.stage.settle());
                took(waited, || format!("time to pass before Tap {at}"))?;
                self.touch(line, "Tap", at, |stage, column, row| stage.tap(column, row))
            }
            Act::Press(at) => self.touch(line, "Press", at, |stage, column, row| stage.down(column, row)),
            Act::Release(at) => self.touch(line, "Release", at, |stage, column, row| stage.up(column, row)),
            Act::Resize { columns, rows } => {
                self.note(line, format!("Resize {columns}x{rows}"));
                took(self.stage.resize(*columns, *rows), || format!("the terminal to become {columns}x{rows}"))
            }
            Act::Expect(expectation) => {
                let screen = self.stage.screen();
                look(&screen, &screen.masked(&self.pins), expectation)?;
                self.played.met += 1;
                Ok(())
            }
            Act::ExpectOn { device, expected } => self.look_on(device, expected),
            Act::Paper { printer, expected } => self.paper(printer, expected),
            Act::Fault { printer, fault } => self.fault(line, printer, *fault),
            Act::Machine(change) => {
                self.note(line, change.to_string());
                took(self.stage.machine(change), || format!("the machine to take {change}"))
            }
            Act::Advance(millis) => {
                self.note(line, format!("Advance {millis}ms"));
                took(self.passes(*millis), || format!("{millis} ms to pass"))
            }
            Act::Crash => {
                self.note(line, "Crash".to_owned());
                self.crashed.insert(self.at.clone());
                took(self.stage.crash(), || "the register to crash".to_owned())
            }
            Act::Restart => {
                self.note(line, "Restart".to_owned());
                took(self.stage.restart(), || "the register to start again".to_owned())?;
                self.crashed.remove(&self.at);
                Ok(())
            }
            Act::Snapshot(name) => {
                let expected = || format!("the screen to be the snapshot {}", quoted(name));
                let shown = self.shown();
                self.witness.keeps(name, &shown);
                self.snapshots.compare(name, &shown).map_err(|was| Miss { expected: expected(), was })?;
                self.played.met += 1;
                Ok(())
            }
            Act::At(register) => {
                self.note(line, format!("At {register}"));
                took(self.stage.go_to(register), || format!("to go to {register}"))?;
                self.at.clone_from(register);
                Ok(())
            }
            Act::Network(change) => {
                self.note(line, change.to_string());
                took(self.stage.network(change), || format!("the network to take {change}"))
            }
            Act::Server(change) => {
                self.note(line, change.to_string());
                took(self.stage.server(change), || format!("the server to take {change}"))
            }
            Act::Books(expected) => self.books(expected),
            Act::Repeat { steps, .. } => {
                // Unrolled by `steps`, which also knows the failing line; reached by nobody else.
                debug_assert!(false, "a Repeat of {} steps reached act", steps.len());
                Ok(())
            }
        }
    }

    fn keys(&mut self, line: usize, keys: &[Key]) -> Result<(), Miss> {
        keys.iter().try_for_each(|key| {
            self.note(line, key.to_string());
            self.press(*key, &key.to_string())
        })
    }

    fn press(&mut self, key: Key, name: &str) -> Result<(), Miss> {
        self.played.inputs += 1;
        let taken = self.passes(BETWEEN_KEYS_MS).and_then(|()| self.stage.key(key));
        took(taken, || format!("the register to take the key {name}"))
    }

    fn touch(
        &mut self,
        line: usize,
        word: &str,
        at: &TapAt,
        how: fn(&mut dyn Stage, u16, u16) -> Result<(), StageFault>,
    ) -> Result<(), Miss> {
        self.played.inputs += 1;
        let expected = || format!("to {} {at}", word.to_lowercase());
        let (column, row) = tapped(&self.shown(), at).map_err(|was| Miss { expected: expected(), was })?;
        let cell = format!("@{},{}", u32::from(column) + 1, u32::from(row) + 1);
        self.note(
            line,
            match at {
                TapAt::Cell { .. } => format!("{word} {cell}"),
                TapAt::Label { .. } | TapAt::Key(_) => format!("{word} {at} {cell}"),
            },
        );
        took(how(&mut *self.stage, column, row), || format!("the register to take a {} on {at}", word.to_lowercase()))
    }

    /// Looks at another screen, and goes back; where it is not as expected, that screen is shown.
    fn look_on(&mut self, device: &str, expected: &Expectation) -> Result<(), Miss> {
        let gone = self.stage.go_to(device).and_then(|()| self.stage.settle());
        took(gone, || format!("to look at {device}"))?;
        let screen = self.stage.screen();
        let looked = look(&screen, &screen.masked(&self.pins), expected);
        looked.map_err(|miss| Miss { expected: format!("on {device}, {}", miss.expected), was: miss.was })?;
        let back = self.stage.go_to(&self.at).and_then(|()| self.stage.settle());
        took(back, || format!("to come back from {device}"))?;
        self.played.met += 1;
        Ok(())
    }

    fn paper(&mut self, printer: &str, expected: &PaperExpectation) -> Result<(), Miss> {
        let sentence = || format!("printer {printer} {expected}");
        let view = match self.stage.printer(printer) {
            Ok(view) => view,
            Err(fault) => return miss(sentence(), fault.to_string()),
        };
        match unmet(&view, expected) {
            Some(was) => miss(sentence(), was),
            None => {
                self.played.met += 1;
                Ok(())
            }
        }
    }

    fn books(&mut self, expected: &BooksExpectation) -> Result<(), Miss> {
        let sentence = || format!("the server to have {expected}");
        let view = match self.stage.books() {
            Ok(view) => view,
            Err(fault) => return miss(sentence(), fault.to_string()),
        };
        match line::unmet(&view, expected) {
            Some(was) => miss(sentence(), was),
            None => {
                self.played.met += 1;
                Ok(())
            }
        }
    }

    fn fault(&mut self, line: usize, printer: &str, fault: PrinterFault) -> Result<(), Miss> {
        self.note(line, format!("On printer {printer} Fault {fault}"));
        took(self.stage.fault(printer, fault), || format!("printer {printer} to take the fault {fault}"))
    }
}

fn took(result: Result<(), StageFault>, expected: impl FnOnce() -> String) -> Result<(), Miss> {
    result.map_err(|fault| Miss { expected: expected(), was: fault.to_string() })
}

/// Looks at the screen; what is told of it is taken from `shown`, where PINs are masked.
fn look(screen: &Picture, shown: &Picture, expectation: &Expectation) -> Result<(), Miss> {
    let read = |picture: &Picture, place: &Place| match place {
        Place::Screen => Ok(picture.lines()),
        Place::Region(name) => picture.region_lines(name).ok_or_else(|| no_region(picture, name)),
    };
    let told = |place: &Place| match (place, read(shown, place)) {
        (Place::Screen, _) => "see the screen below".to_owned(),
        (Place::Region(_), Ok(lines)) if lines.iter().all(|line| line.is_empty()) => "(blank)".to_owned(),
        (Place::Region(_), Ok(lines)) => lines.join("\n").trim_end().to_owned(),
        (Place::Region(_), Err(none)) => none,
    };
    let was = match expectation {
        Expectation::Holds { place, there, text } => match read(screen, place) {
            Ok(lines) if (count(&lines, text) > 0) == *there => None,
            Ok(_) | Err(_) => Some(told(place)),
        },
        Expectation::Row { place, row, text } => match read(screen, place) {
            Ok(lines) if row.checked_sub(1).and_then(|at| lines.get(at)).is_some_and(|it| is_row(it, text)) => None,
            Ok(lines) if *row > lines.len() => Some(format!("{place} has {} rows:\n{}", lines.len(), told(place))),
            Ok(_) => {
                let rows = read(shown, place).unwrap_or_default();
                Some(
                    row.checked_sub(1)
                        .and_then(|at| rows.get(at))
                        .filter(|it| !it.is_empty())
                        .cloned()
                        .unwrap_or_else(|| "(blank)".to_owned()),
                )
            }
            Err(none) => Some(none),
        },
        Expectation::Count { place, count: wanted, text } => match read(screen, place).map(|it| count(&it, text)) {
            Ok(found) if found == *wanted => None,
            Ok(found) => Some(format!("{found} {}:\n{}", super::scenario::times(found), told(place))),
            Err(none) => Some(none),
        },
        Expectation::Large { place, there, text } => match is_shown_large(screen, place, text) {
            Ok(found) if found == *there => None,
            Ok(_) => Some(told(place)),
            Err(none) => Some(none),
        },
        Expectation::Label { there, text } if has_label(screen, text) == *there => None,
        Expectation::Label { .. } => Some(find::labels(shown)),
        Expectation::Focus { there, name } if (screen.focus == *name) == *there => None,
        Expectation::Focus { .. } => Some(screen.focus.clone()),
    };
    was.map_or(Ok(()), |was| miss(expectation.to_string(), was))
}

/// What the printer has instead; `None` when it is as expected.
fn unmet(view: &PrinterView, expected: &PaperExpectation) -> Option<String> {
    let at = |job: &usize| job.checked_sub(1).and_then(|at| view.jobs.get(at));
    let none = || Some(format!("there is no such job; {}", jobs(view)));
    let lines = |job: &JobView| job.text.lines().map(str::to_owned).collect::<Vec<_>>();
    match expected {
        PaperExpectation::Text { job, there, text } => match at(job) {
            Some(job) if (count(&lines(job), text) > 0) == *there => None,
            Some(job) if job.text.trim().is_empty() => Some("(blank)".to_owned()),
            Some(job) => Some(job.text.clone()),
            None => none(),
        },
        PaperExpectation::State { job, state } => match at(job) {
            Some(job) if job.state == *state => None,
            Some(job) => Some(format!("{}:\n{}", job.state.code(), job.text)),
            None => none(),
        },
        PaperExpectation::Jobs(wanted) if view.jobs.len() == *wanted => None,
        PaperExpectation::Jobs(_) => Some(jobs(view)),
        PaperExpectation::Kicks(wanted) if view.kicks == *wanted => None,
        PaperExpectation::Kicks(_) => Some(format!("kicks: {}", view.kicks)),
    }
}

/// One line a job: its number, how far it is, and the first thing on it.
fn jobs(view: &PrinterView) -> String {
    let first = |job: &JobView| job.text.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim().to_owned();
    let rows =
        view.jobs.iter().enumerate().map(|(at, job)| format!("\njob {} {}: {}", at + 1, job.state.code(), first(job)));
    format!("jobs: {}{}", view.jobs.len(), rows.collect::<String>())
}

#[cfg(test)]
#[path = "play_tests.rs"]
mod tests;
