//! One command of a scenario, read from its words. How commands make scenarios is `parse`'s.

use super::elsewhere;
use super::limits::{
    COLUMNS_MAX, DIES_AFTER_BYTES_MAX, DISK_MIB_MAX, KEY_TIMES_MAX, NAME_CHARS_MAX, ORDINAL_MAX, REPEAT_MAX, ROWS_MAX,
};
use super::picture::STATUS_REGION;
use super::scenario::{Act, Expectation, PaperExpectation, Place, TapAt, quoted};
use super::stage::{MachineChange, PrinterFault};
use super::word::{Kind, Words, Wrong, did_you_mean};
use crate::domain::Timestamp;
use crate::domain::limits::PIN_DIGITS_MAX;
use crate::domain::slip::JobState;
use crate::tui::keys::Key;
use crate::tui::large::Large;
use std::path::Path;

/// The first word of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Scenario,
    End,
    Use,
    Clock,
    Terminal,
    Login,
    Type,
    Keys,
    Tap,
    Press,
    Release,
    Resize,
    Expect,
    On,
    Set,
    Disk,
    Backup,
    Advance,
    Crash,
    Restart,
    Snapshot,
    Repeat,
    At,
    Network,
    Server,
}

// To add one: add its line here, its arm in `act` (or in parse.rs, when it is no step), its line in `REFERENCE`.
const VERBS: &[(&str, Verb)] = &[
    ("Scenario", Verb::Scenario),
    ("End", Verb::End),
    ("Use", Verb::Use),
    ("Clock", Verb::Clock),
    ("Terminal", Verb::Terminal),
    ("Login", Verb::Login),
    ("Type", Verb::Type),
    ("Keys", Verb::Keys),
    ("Tap", Verb::Tap),
    ("Press", Verb::Press),
    ("Release", Verb::Release),
    ("Resize", Verb::Resize),
    ("Expect", Verb::Expect),
    ("On", Verb::On),
    ("Set", Verb::Set),
    ("Disk", Verb::Disk),
    ("Backup", Verb::Backup),
    ("Advance", Verb::Advance),
    ("Crash", Verb::Crash),
    ("Restart", Verb::Restart),
    ("Snapshot", Verb::Snapshot),
    ("Repeat", Verb::Repeat),
    ("At", Verb::At),
    ("Network", Verb::Network),
    ("Server", Verb::Server),
];

/// The names that keys have in scripts, for proposals. `Key::named` decides.
const KEY_NAMES: &[&str] = &[
    "Enter",
    "Esc",
    "Backspace",
    "Delete",
    "Tab",
    "Shift+Tab",
    "Up",
    "Down",
    "Left",
    "Right",
    "PgUp",
    "PgDn",
    "Home",
    "End",
    "Space",
    "F1",
    "F2",
    "F3",
    "F4",
    "F5",
    "F6",
    "F7",
    "F8",
    "F9",
    "F10",
    "F11",
    "F12",
];

const JOB_STATES: &[&str] = &["queued", "sending", "printed", "unconfirmed", "failed"];
const FAULTS: &[&str] = &["offline", "paper-out", "cover-open", "no-proof", "slow", "dies-after", "clear"];

/// The words that commands begin with.
pub(super) fn verb_names() -> Vec<&'static str> {
    VERBS.iter().map(|(name, _)| *name).collect()
}

/// Reads the first word of a command.
pub(super) fn verb(words: &mut Words) -> Result<Verb, Wrong> {
    let column = words.column();
    let Some(word) = words.peek_bare() else {
        return Err(words.wanted("begin the line with a command such as Keys, Tap or Expect"));
    };
    match VERBS.iter().find(|(name, _)| *name == word) {
        Some((_, verb)) => {
            words.next();
            Ok(*verb)
        }
        None => {
            let right = did_you_mean(word, &verb_names(), "the commands are");
            Err(Wrong::at(column, format!("there is no command {word}; {right}")))
        }
    }
}

/// What a verb is to be read as.
pub(super) enum Command {
    /// Something that happens.
    Act(Act),
    /// The head of a block: how often it goes round.
    Repeat(u32),
    /// No step: a line of the setting or the frame of the scenario.
    Frame(Verb),
}

/// Reads the rest of a command, all of it; frame commands are left to `parse`. Paths in it start at `folder`.
pub(super) fn command(verb: Verb, words: &mut Words, folder: &Path) -> Result<Command, Wrong> {
    let act = match verb {
        Verb::Scenario | Verb::End | Verb::Use | Verb::Clock | Verb::Terminal => return Ok(Command::Frame(verb)),
        Verb::Repeat => {
            let times = words.number("how often,", 1..=REPEAT_MAX)?;
            words.end()?;
            return Ok(Command::Repeat(times));
        }
        Verb::Login => login(words)?,
        Verb::Type => typed(words)?,
        Verb::Keys => {
            if words.peek().is_none() {
                return Err(words.wanted("write Keys and the keys' names, such as Keys F3 Enter 1 2 \"+\" Down*3"));
            }
            Act::Keys(keys(words))
        }
        Verb::Tap => Act::Tap(tap(words, "Tap")?),
        Verb::Press => Act::Press(tap(words, "Press")?),
        Verb::Release => Act::Release(tap(words, "Release")?),
        Verb::Resize => {
            let (columns, rows) = size(words)?;
            Act::Resize { columns, rows }
        }
        Verb::Expect => Act::Expect(expectation(words)?),
        Verb::On => on(words)?,
        Verb::Set | Verb::Disk | Verb::Backup => Act::Machine(machine(verb, words)?),
        Verb::Advance => Act::Advance(words.duration_ms()?),
        Verb::Crash => Act::Crash,
        Verb::Restart => Act::Restart,
        Verb::Snapshot => Act::Snapshot(snapshot_name(words)?),
        Verb::At => Act::At(words.name("write At and the name of a register or screen, such as At T2")?),
        Verb::Network => elsewhere::network(words)?,
        Verb::Server => elsewhere::server(words, folder)?,
    };
    words.end()?;
    Ok(Command::Act(act))
}

fn login(words: &mut Words) -> Result<Act, Wrong> {
    let column = words.column();
    let pin = words.text("write Login \"1111\"")?;
    let digits = !pin.is_empty() && pin.len() <= PIN_DIGITS_MAX && pin.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return Err(Wrong::at(column, format!("this is no PIN; write 1 to {PIN_DIGITS_MAX} digits")));
    }
    Ok(Act::Login(pin))
}

fn typed(words: &mut Words) -> Result<Act, Wrong> {
    let column = words.column();
    let text = words.text("write Type \"2*cheeseburger\" Enter")?;
    if text.is_empty() {
        return Err(Wrong::at(column, "this types nothing; write a text, or use Keys for keys alone"));
    }
    if text.chars().any(char::is_control) {
        let what = "a line break or tab cannot be typed; end the text and write Enter or Tab after it";
        return Err(Wrong::at(column, what));
    }
    Ok(Act::Type { text, keys: keys(words) })
}

/// All words that are left, as keys; each wrong one is noted.
fn keys(words: &mut Words) -> Vec<Key> {
    let mut keys = Vec::new();
    while let Some(word) = words.next() {
        let (name, times) = match &word.kind {
            Kind::Bare(text) => split_times(text),
            Kind::Quoted { text, tail } => match tail.strip_prefix('*') {
                Some(times) => (text.as_str(), Some(times)),
                None => (text.as_str(), None),
            },
            Kind::Open | Kind::Close => ("", None),
        };
        match key_times(name, times) {
            Ok((key, times)) => keys.extend(std::iter::repeat_n(key, times)),
            Err(what) => words.wrongs.push(Wrong::at(word.column, what)),
        }
    }
    keys
}

/// `Down*3` is `Down` and `3`; `*` and `2*burger` are themselves.
fn split_times(word: &str) -> (&str, Option<&str>) {
    match word.rsplit_once('*') {
        Some((name, times)) if !name.is_empty() && times.bytes().all(|byte| byte.is_ascii_digit()) => {
            if times.is_empty() { (word, None) } else { (name, Some(times)) }
        }
        Some(_) | None => (word, None),
    }
}

fn key_times(name: &str, times: Option<&str>) -> Result<(Key, usize), String> {
    let key = Key::named(name).ok_or_else(|| no_key(name))?;
    let Some(times) = times else { return Ok((key, 1)) };
    match times.parse::<u32>().ok().filter(|it| (1..=KEY_TIMES_MAX).contains(it)) {
        Some(times) => Ok((key, usize::try_from(times).unwrap_or(1))),
        None => Err(format!("{name} cannot be pressed {times} times; repeat a key 1 to {KEY_TIMES_MAX} times")),
    }
}

fn no_key(name: &str) -> String {
    let near = super::word::near(name, KEY_NAMES);
    if near.is_empty() {
        let names = KEY_NAMES.iter().filter(|it| !it.starts_with('F')).copied().collect::<Vec<_>>().join(", ");
        return format!(
            "there is no key {name}; the keys are {names}, F1 to F12, Alt+x, Ctrl+x and single characters, \
             and words are typed with Type {}",
            quoted(name)
        );
    }
    format!("there is no key {name}; did you mean {}?", near.join(" or "))
}

fn tap(words: &mut Words, verb: &str) -> Result<TapAt, Wrong> {
    let right = format!("write {verb} \"label\", {verb} region:NAME \"label\", {verb} @34,7 or {verb} key:F3");
    let column = words.column();
    let Some(word) = words.peek_bare() else {
        return Ok(TapAt::Label { region: None, label: words.some_text(&right)? });
    };
    if let Some(cell) = word.strip_prefix('@') {
        words.next();
        let read = cell.split_once(',').and_then(|(column, row)| {
            let (column, row) = (column.parse::<u16>().ok()?, row.parse::<u16>().ok()?);
            ((1..=COLUMNS_MAX).contains(&column) && (1..=ROWS_MAX).contains(&row)).then_some((column, row))
        });
        let what = format!("{word} is no cell; write @COLUMN,ROW, both counted from 1, such as @34,7");
        return read.map(|(column, row)| TapAt::Cell { column, row }).ok_or(Wrong::at(column, what));
    }
    if let Some(name) = word.strip_prefix("key:") {
        words.next();
        return Key::named(name).map(TapAt::Key).ok_or_else(|| Wrong::at(column, no_key(name)));
    }
    match region(words)? {
        Some(region) => Ok(TapAt::Label { region: Some(region), label: words.some_text(&right)? }),
        None => words.some_text(&right).map(|label| TapAt::Label { region: None, label }),
    }
}

/// Takes `region:NAME` when it stands next.
fn region(words: &mut Words) -> Result<Option<String>, Wrong> {
    match words.peek_bare().and_then(|word| word.strip_prefix("region:")) {
        Some("") => Err(Wrong::at(words.column(), "this region has no name; write region:order, without a blank")),
        Some(name) => {
            words.next();
            Ok(Some(name.to_owned()))
        }
        None => Ok(None),
    }
}

/// Columns and rows of a terminal, `100x30`.
pub(super) fn size(words: &mut Words) -> Result<(u16, u16), Wrong> {
    let wrong = words.wanted(&format!("write COLUMNSxROWS, at most {COLUMNS_MAX}x{ROWS_MAX}, such as 100x30"));
    let read = words.peek_bare().and_then(|word| word.split_once('x')).and_then(|(columns, rows)| {
        let (columns, rows) = (columns.parse::<u16>().ok()?, rows.parse::<u16>().ok()?);
        ((1..=COLUMNS_MAX).contains(&columns) && (1..=ROWS_MAX).contains(&rows)).then_some((columns, rows))
    });
    words.next();
    read.ok_or(wrong)
}

fn expectation(words: &mut Words) -> Result<Expectation, Wrong> {
    const RIGHT: &str = "write Expect \"text\", Expect region:NAME \"text\", Expect status \"text\", \
                         Expect focus NAME or Expect label \"text\", with not before what must not be";
    if words.took("focus") {
        let there = !words.took("not");
        return Ok(Expectation::Focus { there, name: words.name("write the name of a screen, such as login")? });
    }
    if words.took("label") {
        let there = !words.took("not");
        return Ok(Expectation::Label { there, text: words.some_text("write Expect label \"text\"")? });
    }
    let place = match region(words)? {
        Some(name) => Place::Region(name),
        None if words.took("status") => Place::Region(STATUS_REGION.to_owned()),
        None => Place::Screen,
    };
    if words.took("row") {
        let row = words.number("a row", 1..=ORDINAL_MAX)?;
        // An empty text is right here: the row is blank.
        let text = words.text("write the whole row in double quotes")?;
        return Ok(Expectation::Row { place, row, text });
    }
    if words.took("count") {
        let count = words.number("how often", 0..=ORDINAL_MAX)?;
        return Ok(Expectation::Count { place, count, text: words.some_text("write the text in double quotes")? });
    }
    if words.took("large") {
        let there = !words.took("not");
        let column = words.column();
        let text = words.some_text("write Expect large \"T1-0001\"")?;
        if Large::of(&text).is_none() {
            let what = format!("{} is never shown large; write digits, letters, -, . and blanks", quoted(&text));
            return Err(Wrong::at(column, what));
        }
        return Ok(Expectation::Large { place, there, text });
    }
    let not_column = words.column();
    let there = !words.took("not");
    let place_after_not =
        |word: &str| word.starts_with("region:") || ["status", "focus", "label", "large"].contains(&word);
    if let Some(word) = words.peek_bare().filter(|word| !there && place_after_not(word)) {
        let what = format!("not stands before {word}; write Expect {word} not ...");
        return Err(Wrong::at(not_column, what));
    }
    Ok(Expectation::Holds { place, there, text: words.some_text(RIGHT)? })
}

/// What is left of `Set clock`, `Disk` and `Backup`.
fn machine(verb: Verb, words: &mut Words) -> Result<MachineChange, Wrong> {
    if verb == Verb::Set {
        if !words.took("clock") {
            return Err(words.wanted("write Set clock 2026-03-16T12:30:00"));
        }
        return Ok(MachineChange::Clock(instant(words)?));
    }
    if verb == Verb::Disk {
        let wrong = words.wanted(&format!("write how much is free, 0M to {DISK_MIB_MAX}M, such as Disk 150M"));
        let mib = words.peek_bare().and_then(|word| word.strip_suffix('M')?.parse::<u64>().ok());
        words.next();
        let mib = mib.filter(|mib| *mib <= DISK_MIB_MAX).ok_or(wrong)?;
        return Ok(MachineChange::DiskFree(mib << 20));
    }
    if words.took("works") {
        return Ok(MachineChange::BackupWorks);
    }
    const RIGHT: &str = "write Backup fails \"it does not exist\", or Backup works";
    if !words.took("fails") {
        return Err(words.wanted(RIGHT));
    }
    words.some_text(RIGHT).map(MachineChange::BackupFails)
}

/// Date and time; without an offset they are UTC.
pub(super) fn instant(words: &mut Words) -> Result<Timestamp, Wrong> {
    let right = "write date and time as 2026-03-14T12:30:00, with or without an offset such as +01:00";
    let wrong = words.wanted(right);
    let word = words.peek_bare().unwrap_or_default();
    let read = Timestamp::from_rfc3339(word).or_else(|| Timestamp::from_rfc3339(&format!("{word}Z")));
    words.next();
    read.ok_or(wrong)
}

fn on(words: &mut Words) -> Result<Act, Wrong> {
    const RIGHT: &str = "write On printer NAME Expect ... or On printer NAME Fault ...";
    if !words.took("printer") {
        let device = words.name(RIGHT)?;
        return match words.took("Expect") {
            true => Ok(Act::ExpectOn { device, expected: expectation(words)? }),
            false => Err(words.wanted("write what is expected there, such as On K1 Expect \"text\"")),
        };
    }
    let printer = words.name(RIGHT)?;
    if words.took("Fault") {
        return Ok(Act::Fault { printer, fault: fault(words)? });
    }
    if words.took("Expect") {
        return Ok(Act::Paper { printer, expected: paper(words)? });
    }
    Err(words.wanted(RIGHT))
}

fn paper(words: &mut Words) -> Result<PaperExpectation, Wrong> {
    const RIGHT: &str = "write job N text \"text\", job N not text \"text\", job N state printed, jobs N or kicks N";
    if words.took("jobs") {
        return Ok(PaperExpectation::Jobs(words.number("how many jobs,", 0..=ORDINAL_MAX)?));
    }
    if words.took("kicks") {
        let most = u32::try_from(ORDINAL_MAX).unwrap_or(u32::MAX);
        return Ok(PaperExpectation::Kicks(words.number("how many kicks,", 0..=most)?));
    }
    if !words.took("job") {
        return Err(words.wanted(RIGHT));
    }
    let job = words.number("the number of a job,", 1..=ORDINAL_MAX)?;
    if words.took("state") {
        let column = words.column();
        let name = words.name(&format!("the states are {}", JOB_STATES.join(", ")))?;
        let wrong = || {
            let right = did_you_mean(&name, JOB_STATES, "the states are");
            Wrong::at(column, format!("a job is never {name}; {right}"))
        };
        return Ok(PaperExpectation::State { job, state: JobState::from_code(&name).ok_or_else(wrong)? });
    }
    let there = !words.took("not");
    if !words.took("text") {
        return Err(words.wanted(RIGHT));
    }
    Ok(PaperExpectation::Text { job, there, text: words.some_text("write the text in double quotes")? })
}

fn fault(words: &mut Words) -> Result<PrinterFault, Wrong> {
    let column = words.column();
    let name = words.name(&format!("the faults are {}", FAULTS.join(", ")))?;
    match name.as_str() {
        "offline" => Ok(PrinterFault::Offline),
        "paper-out" => Ok(PrinterFault::PaperOut),
        "cover-open" => Ok(PrinterFault::CoverOpen),
        "no-proof" => Ok(PrinterFault::NoProof),
        "slow" => Ok(PrinterFault::Slow { millis: words.duration_ms()? }),
        "dies-after" => {
            let right = format!("write how many bytes, 0 to {DIES_AFTER_BYTES_MAX}, such as 120-bytes");
            let wrong = words.wanted(&right);
            let word = words.peek_bare().map(|word| word.strip_suffix("-bytes").unwrap_or(word));
            let bytes = word.and_then(|it| it.parse().ok()).filter(|bytes| *bytes <= DIES_AFTER_BYTES_MAX);
            words.next();
            Ok(PrinterFault::DiesAfter { bytes: bytes.ok_or(wrong)? })
        }
        "clear" => Ok(PrinterFault::Clear),
        _ => {
            let right = did_you_mean(&name, FAULTS, "the faults are");
            Err(Wrong::at(column, format!("there is no fault {name}; {right}")))
        }
    }
}

/// A name that is also a file's name.
fn snapshot_name(words: &mut Words) -> Result<String, Wrong> {
    let column = words.column();
    let name = words.some_text("write Snapshot \"name\"")?;
    let bad = |letter: char| letter.is_control() || r#"/\:*?"<>|"#.contains(letter);
    if name.chars().count() > NAME_CHARS_MAX || name.starts_with('.') || name.trim() != name || name.contains(bad) {
        let what = format!(
            "{} cannot be the name of a file; write letters, digits, blanks, - and _, at most {NAME_CHARS_MAX}",
            quoted(&name)
        );
        return Err(Wrong::at(column, what));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_is_proposed_is_a_key() {
        for name in KEY_NAMES {
            assert!(Key::named(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_state_that_is_proposed_is_a_state() {
        for code in JOB_STATES {
            assert!(JobState::from_code(code).is_some(), "{code}");
        }
    }
}
