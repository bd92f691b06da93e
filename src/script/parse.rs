//! Reads a script: its scenarios, their settings and blocks. Every mistake of the file is found in one go.

use super::command::{Command, Verb, command, size, verb};
use super::follow;
use super::limits::{CASH_STEP_MAX, INPUTS_MAX, NAME_CHARS_MAX, REGISTER_CHARS_MAX, REGISTERS_MAX, REPEAT_DEEP_MAX};
use super::scenario::{Act, Scenario, Step, inputs, quoted};
use super::stage::{MenuChoice, Setting};
use super::word::{Kind, Word, Words, Wrong, did_you_mean, split};
use crate::domain::house::ReceiptRule;
use crate::tui::display::Face;
use crate::tui::theme::Mode;
use crate::tui::touch::Panel;
use std::path::Path;

/// A mistake in a script. Its `Display` is `file:line:col: what is wrong; what would be right`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {what}")]
pub struct ScriptError {
    /// The script, as it was named by who ran it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// Characters from the start of the line, from 1.
    pub column: usize,
    /// What is wrong; what would be right.
    pub what: String,
}

/// Reads the scenarios of a script. `file` names it in errors, and paths in it start at its folder.
///
/// A script without a scenario reads as none.
///
/// # Errors
/// All mistakes of the file, in the order of its lines.
pub fn parse(text: &str, file: &str) -> Result<Vec<Scenario>, Vec<ScriptError>> {
    let mut parser = Parser::new(file);
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        parser.line = index + 1;
        parser.read_line(line);
    }
    parser.close_file();
    if parser.errors.is_empty() {
        return Ok(parser.done);
    }
    parser.errors.sort_by_key(|it| (it.line, it.column));
    Err(parser.errors)
}

/// A scenario of which the End is still to come.
struct Draft {
    scenario: Scenario,
    blocks: Vec<Block>,
    set: Vec<&'static str>,
    errors_before: usize,
}

/// A Repeat of which the `}` is still to come.
struct Block {
    line: usize,
    column: usize,
    times: u32,
    steps: Vec<Step>,
}

struct Parser<'a> {
    file: &'a str,
    line: usize,
    done: Vec<Scenario>,
    draft: Option<Draft>,
    snapshots: Vec<String>,
    errors: Vec<ScriptError>,
}

impl<'a> Parser<'a> {
    fn new(file: &'a str) -> Parser<'a> {
        Parser { file, line: 0, done: Vec::new(), draft: None, snapshots: Vec::new(), errors: Vec::new() }
    }

    /// Where paths start.
    fn folder(&self) -> &'a Path {
        Path::new(self.file).parent().unwrap_or(Path::new(""))
    }

    fn wrong_at(&mut self, line: usize, wrong: Wrong) {
        let Wrong { column, what } = wrong;
        // A line break that the script wrote as \n is shown so: a mistake is told on one line.
        let what = what.replace('\n', "\\n");
        self.errors.push(ScriptError { file: self.file.to_owned(), line, column, what });
    }

    fn wrong(&mut self, column: usize, what: impl Into<String>) {
        self.wrong_at(self.line, Wrong::at(column, what));
    }

    fn read_line(&mut self, line: &str) {
        let (words, wrongs) = split(line);
        if !wrongs.is_empty() {
            // What is left of such a line would only give follow-up errors; its braces keep the blocks right.
            wrongs.into_iter().for_each(|wrong| self.wrong_at(self.line, wrong));
            words.iter().for_each(|word| match word.kind {
                Kind::Open => self.open(word.column, 1),
                Kind::Close => self.close(word.column),
                Kind::Bare(_) | Kind::Quoted { .. } => {}
            });
            return;
        }
        let brace = |word: &Word| matches!(word.kind, Kind::Open | Kind::Close);
        for part in words.split_inclusive(brace) {
            let (command, brace) = match part.split_last() {
                Some((last, rest)) if brace(last) => (rest, Some(last)),
                Some(_) | None => (part, None),
            };
            self.read_command(command, brace);
        }
    }

    fn read_command(&mut self, part: &[Word], brace: Option<&Word>) {
        let opens = brace.filter(|word| word.kind == Kind::Open);
        let mut times = None;
        if let Some(first) = part.first() {
            let mut words = Words::new(part);
            let folder = self.folder();
            let read = verb(&mut words).and_then(|verb| command(verb, &mut words, folder));
            let noted = std::mem::take(&mut words.wrongs);
            let sound = noted.is_empty();
            noted.into_iter().for_each(|wrong| self.wrong_at(self.line, wrong));
            match read {
                Err(wrong) => {
                    times = Some(1);
                    self.wrong_at(self.line, wrong);
                }
                Ok(Command::Frame(verb)) => self.frame(verb, first.column, &mut words),
                Ok(Command::Act(act)) if sound => self.step(first.column, act),
                Ok(Command::Act(_)) => {}
                Ok(Command::Repeat(often)) => {
                    times = Some(often);
                    if opens.is_none() {
                        self.wrong(words.column(), "Repeat has no block; write { after the number, on the same line");
                    }
                }
            }
        }
        match brace.map(|word| (&word.kind, word.column)) {
            Some((Kind::Close, column)) => self.close(column),
            Some((Kind::Open, column)) => {
                if times.is_none() {
                    self.wrong(column, "{ opens nothing; write Repeat and a number before it");
                }
                self.open(part.first().map_or(column, |first| first.column), times.unwrap_or(1));
            }
            Some((Kind::Bare(_) | Kind::Quoted { .. }, _)) | None => {}
        }
    }

    fn open(&mut self, column: usize, times: u32) {
        let line = self.line;
        let Some(draft) = &mut self.draft else {
            return self.wrong(column, "Repeat stands outside a scenario; write Scenario \"name\" before it");
        };
        draft.blocks.push(Block { line, column, times, steps: Vec::new() });
        if draft.blocks.len() > REPEAT_DEEP_MAX {
            let what = format!("this Repeat stands too deep; put at most {REPEAT_DEEP_MAX} into each other");
            self.wrong(column, what);
        }
    }

    fn close(&mut self, column: usize) {
        let Some(block) = self.draft.as_mut().and_then(|draft| draft.blocks.pop()) else {
            return self.wrong(column, "} closes nothing; take it out, or write Repeat and { before it");
        };
        let act = Act::Repeat { times: block.times, steps: block.steps };
        self.push(Step { line: block.line, column: block.column, act });
    }

    fn step(&mut self, column: usize, act: Act) {
        if let Act::Snapshot(name) = &act {
            if self.snapshots.contains(name) {
                let what = format!("the snapshot \"{name}\" stands twice in this file; give each its own name");
                return self.wrong(column, what);
            }
            self.snapshots.push(name.clone());
        }
        if self.draft.is_none() {
            let what = format!("{} stands outside a scenario; write Scenario \"name\" before it", act.word());
            return self.wrong(column, what);
        }
        self.push(Step { line: self.line, column, act });
    }

    fn push(&mut self, step: Step) {
        let Some(draft) = &mut self.draft else { return };
        match draft.blocks.last_mut() {
            Some(block) => block.steps.push(step),
            None => draft.scenario.steps.push(step),
        }
    }

    fn frame(&mut self, verb: Verb, column: usize, words: &mut Words) {
        let read = match verb {
            Verb::Scenario => self.begin(column, words),
            Verb::End => words.end().map(|()| self.end(column)),
            Verb::Use => self.setting(column, "Use", words, used),
            Verb::Clock => self.setting(column, "Clock", words, clock),
            Verb::Terminal => self.setting(column, "Terminal", words, terminal),
            Verb::Login
            | Verb::Type
            | Verb::Keys
            | Verb::Tap
            | Verb::Press
            | Verb::Release
            | Verb::Resize
            | Verb::Expect
            | Verb::On
            | Verb::Set
            | Verb::Disk
            | Verb::Backup
            | Verb::Advance
            | Verb::Crash
            | Verb::Restart
            | Verb::Snapshot
            | Verb::Repeat
            | Verb::At
            | Verb::Network
            | Verb::Server => Ok(()),
        };
        if let Err(wrong) = read {
            self.wrong_at(self.line, wrong);
        }
    }

    fn begin(&mut self, column: usize, words: &mut Words) -> Result<(), Wrong> {
        if let Some(open) = &self.draft {
            let what = format!("the scenario of line {} has not ended; write End before this one", open.scenario.line);
            self.wrong(column, what);
        }
        let name_column = words.column();
        let errors_before = self.errors.len();
        let name = words.some_text("write Scenario \"name\"");
        let scenario = Scenario {
            name: name.clone().unwrap_or_default(),
            file: self.file.to_owned(),
            line: self.line,
            setting: Setting::default(),
            steps: Vec::new(),
        };
        // Also without a good name: what follows belongs to it.
        self.draft = Some(Draft { scenario, blocks: Vec::new(), set: Vec::new(), errors_before });
        let name = name?;
        if name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
            let what = format!("this name is too long or breaks its line; write at most {NAME_CHARS_MAX} characters");
            return Err(Wrong::at(name_column, what));
        }
        if self.done.iter().any(|known| known.name == name) {
            return Err(Wrong::at(name_column, format!("a scenario \"{name}\" stands above; give each its own name")));
        }
        words.end()
    }

    fn end(&mut self, column: usize) {
        let Some(draft) = self.draft.take() else {
            return self.wrong(column, "End ends nothing; write Scenario \"name\" before it, or take it out");
        };
        if let Some(block) = draft.blocks.last() {
            self.wrong(column, format!("the Repeat of line {} is still open; write }} before End", block.line));
        }
        // What a scenario with mistakes does cannot be followed: half of it is missing.
        if self.errors.len() == draft.errors_before {
            let size = inputs(&draft.scenario.steps);
            if size > INPUTS_MAX {
                let what = format!("this scenario presses {size} keys; repeat less, at most {INPUTS_MAX}");
                self.wrong_at(draft.scenario.line, Wrong::at(1, what));
            }
            if draft.scenario.setting.server || draft.scenario.setting.names().count() == 1 {
                let impossible = follow::impossible(&draft.scenario.setting, &draft.scenario.steps);
                impossible.into_iter().for_each(|(line, wrong)| self.wrong_at(line, wrong));
            } else {
                let what =
                    "registers and screens meet at a server; write Use server beside Use register, kitchen and pickup";
                self.wrong_at(draft.scenario.line, Wrong::at(1, what));
            }
        }
        self.done.push(draft.scenario);
    }

    fn close_file(&mut self) {
        if let Some(draft) = self.draft.take() {
            if let Some(block) = draft.blocks.last() {
                let wrong = Wrong::at(block.column, "this Repeat is never closed; write } after its last command");
                self.wrong_at(block.line, wrong);
            }
            let wrong = Wrong::at(1, "this scenario does not end; write End after its last command");
            self.wrong_at(draft.scenario.line, wrong);
        }
    }

    /// Reads one line of the setting. `read` tells which part of it was set.
    fn setting(
        &mut self,
        column: usize,
        word: &str,
        words: &mut Words,
        read: fn(&mut Words, &mut Setting, &Path) -> Result<&'static str, Wrong>,
    ) -> Result<(), Wrong> {
        let folder = self.folder();
        let Some(draft) = &mut self.draft else {
            let what = format!("{word} stands outside a scenario; write Scenario \"name\" before it");
            return Err(Wrong::at(column, what));
        };
        if !draft.scenario.steps.is_empty() || !draft.blocks.is_empty() {
            let what = format!("{word} comes too late; write it before the first thing that happens");
            return Err(Wrong::at(column, what));
        }
        let set = read(words, &mut draft.scenario.setting, folder)?;
        words.end()?;
        if draft.set.contains(&set) && ![REGISTER, SCREEN].contains(&set) {
            return Err(Wrong::at(column, format!("{set} is set twice in this scenario; keep one of them")));
        }
        draft.set.push(set);
        Ok(())
    }
}

const OPTIONS: &[&str] = &[
    "menu",
    "receipt",
    "cash-rounding",
    "idle-lock",
    "substitute",
    "panel",
    "server",
    "register",
    "kitchen",
    "pickup",
    "seed",
];
/// The settings of which there may be several.
const REGISTER: &str = "another register";
const SCREEN: &str = "a screen";

fn used(words: &mut Words, setting: &mut Setting, folder: &Path) -> Result<&'static str, Wrong> {
    let column = words.column();
    let name = words.name(&format!("one can use {}", OPTIONS.join(", ")))?;
    match name.as_str() {
        "menu" => {
            setting.menu = if words.took("demo") {
                MenuChoice::Demo
            } else {
                MenuChoice::File(folder.join(words.some_text("write Use menu demo or Use menu \"path\"")?))
            };
            Ok("the menu")
        }
        "receipt" => {
            let right = words.wanted("write Use receipt always or Use receipt on_request");
            let rules = [("always", ReceiptRule::Always), ("on_request", ReceiptRule::OnRequest)];
            let rule = rules.into_iter().find(|(word, _)| words.took(word)).map(|(_, rule)| rule);
            setting.receipt = Some(rule.ok_or(right)?);
            Ok("the receipt")
        }
        "cash-rounding" => {
            setting.cash_step = Some(words.number("the rounding in minor units,", 1..=CASH_STEP_MAX)?);
            Ok("the cash rounding")
        }
        "idle-lock" => {
            setting.idle_lock_ms = Some(words.duration_ms()?);
            Ok("the idle lock")
        }
        "substitute" => {
            const RIGHT: &str = "write Use substitute PRINTER OTHER: the other stands in while the printer is down";
            setting.substitute = Some((words.name(RIGHT)?, words.name(RIGHT)?));
            Ok("the substitute")
        }
        "panel" => {
            let right = "write what the touch panel measures in millimetres, such as Use panel 154x86";
            let wrong = words.wanted(right);
            let read = words.peek_bare().and_then(Panel::read);
            words.next();
            setting.panel = Some(read.ok_or(wrong)?);
            Ok("the panel")
        }
        "server" => {
            setting.server = true;
            Ok("the server")
        }
        "register" => {
            let name = another_device("register", "T2", words, setting)?;
            setting.registers.push(name);
            Ok(REGISTER)
        }
        "kitchen" => {
            let name = another_device("kitchen", "K1", words, setting)?;
            setting.screens.push((name, Face::Kitchen));
            Ok(SCREEN)
        }
        "pickup" => {
            let name = another_device("pickup", "P1", words, setting)?;
            setting.screens.push((name, Face::Pickup));
            Ok(SCREEN)
        }
        "seed" => {
            setting.seed = words.number("the seed of the network's dice,", 0..=u64::from(u32::MAX))?;
            Ok("the seed")
        }
        _ => {
            let right = did_you_mean(&name, OPTIONS, "one can use");
            Err(Wrong::at(column, format!("there is nothing called {name} to use; {right}")))
        }
    }
}

/// The name of a register or screen beside the first register.
fn another_device(kind: &str, such_as: &str, words: &mut Words, setting: &Setting) -> Result<String, Wrong> {
    let column = words.column();
    let name = words.name(&format!("write Use {kind} and its name, such as Use {kind} {such_as}"))?;
    if name.len() > REGISTER_CHARS_MAX || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let what = format!(
            "{} cannot be the name of a {kind}; write letters and digits, at most {REGISTER_CHARS_MAX}, such as \
             {such_as}",
            quoted(&name)
        );
        return Err(Wrong::at(column, what));
    }
    if setting.names().any(|known| known == name) {
        let screen = setting.screens.iter().find(|(known, _)| *known == name);
        let known = screen.map_or("register", |(_, face)| face.code());
        return Err(Wrong::at(column, format!("there is a {known} {name} already; give each its own name")));
    }
    if setting.names().count() >= REGISTERS_MAX {
        return Err(Wrong::at(column, format!("this is one {kind} too many; use at most {REGISTERS_MAX}")));
    }
    Ok(name)
}

fn clock(words: &mut Words, setting: &mut Setting, _: &Path) -> Result<&'static str, Wrong> {
    setting.clock = super::command::instant(words)?;
    Ok("the clock")
}

fn terminal(words: &mut Words, setting: &mut Setting, _: &Path) -> Result<&'static str, Wrong> {
    (setting.columns, setting.rows) = size(words)?;
    let column = words.column();
    if let Some(name) = words.peek_bare() {
        let names = Mode::NAMED.map(|(name, _)| name);
        let wrong = || {
            let right = did_you_mean(name, &names, "the terminals are");
            Wrong::at(column, format!("there is no terminal {name}; {right}"))
        };
        setting.mode = Mode::named(name).ok_or_else(wrong)?;
        words.next();
    }
    Ok("the terminal")
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
