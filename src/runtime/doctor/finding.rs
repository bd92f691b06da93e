//! What is said of one thing, and of all of them: a verdict, a sentence, what to do; as lines and as JSON.

use crate::domain::Timestamp;
use crate::runtime::Fault;
use crate::tui::display::Face;
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Whether something is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is.
    Ok,
    /// It works, and somebody should look at it.
    Warn,
    /// It does not do what it must.
    Fail,
}

impl Verdict {
    /// As JSON has it.
    pub fn code(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Warn => "warn",
            Verdict::Fail => "fail",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Verdict::Ok => "OK",
            Verdict::Warn => "WARN",
            Verdict::Fail => "FAIL",
        }
    }
}

/// What was found of one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What was looked at: `clock`.
    pub check: &'static str,
    /// Which of them, where there are several: the name of a printer.
    pub of: Option<String>,
    /// Whether it is well.
    pub verdict: Verdict,
    /// One sentence.
    pub says: String,
    /// What to do, where it is not.
    pub remedy: Option<String>,
    /// What was read, for programs.
    pub facts: Map<String, Value>,
}

impl Finding {
    /// It is well.
    pub(super) fn well(check: &'static str, says: impl Into<String>) -> Finding {
        Finding { check, of: None, verdict: Verdict::Ok, says: says.into(), remedy: None, facts: Map::new() }
    }

    /// Somebody should look at it.
    pub(super) fn doubtful(check: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Finding {
        let remedy = Some(remedy.into());
        Finding { verdict: Verdict::Warn, remedy, ..Finding::well(check, says) }
    }

    /// It does not do what it must.
    pub(super) fn broken(check: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::Fail, ..Finding::doubtful(check, says, remedy) }
    }

    /// The machine refused.
    pub(super) fn refused(check: &'static str, fault: &Fault) -> Finding {
        Finding::broken(check, format!("{}: {}", fault.doing, fault.why), &fault.remedy)
    }

    /// The same with a fact.
    pub(super) fn with(mut self, fact: &str, value: impl Into<Value>) -> Finding {
        self.facts.insert(fact.to_owned(), value.into());
        self
    }

    /// The same, of one of several.
    pub(super) fn of(mut self, which: &str) -> Finding {
        self.of = Some(which.to_owned());
        self
    }

    fn name(&self) -> String {
        self.of.as_ref().map_or(self.check.to_owned(), |of| format!("{} {of}", self.check))
    }
}

/// Whom it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A register.
    Register,
    /// A screen that only shows, on a box of its own.
    Screen(Face),
    /// A server.
    Server,
}

impl Subject {
    fn code(self) -> &'static str {
        match self {
            Subject::Register => "register",
            Subject::Screen(face) => face.code(),
            Subject::Server => "server",
        }
    }
}

/// Everything that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// Of whom.
    pub subject: Subject,
    /// When.
    pub at: Timestamp,
    /// In the order in which one reads them.
    pub all: Vec<Finding>,
}

impl Findings {
    /// The worst of all.
    pub fn verdict(&self) -> Verdict {
        self.all.iter().map(|it| it.verdict).max().unwrap_or(Verdict::Ok)
    }

    /// A sentence for each, and what to do below it, within so many columns where somebody sees them; then how many
    /// there are of each kind.
    pub fn text(&self, columns: Option<u16>) -> String {
        let width = self.all.iter().map(|it| it.name().chars().count()).max().unwrap_or(0);
        let indent = width + 8;
        let room = columns.map_or(usize::MAX, |columns| usize::from(columns).saturating_sub(indent).max(ROOM_MIN));
        let mut text = String::new();
        for finding in &self.all {
            let head = format!("{:<4}  {:<width$}  ", finding.verdict.word(), finding.name());
            let remedy = finding.remedy.as_ref().map(|remedy| format!("-> {}", plain(remedy)));
            let lines = wrapped(&plain(&finding.says), room).into_iter();
            let lines = lines.chain(remedy.iter().flat_map(|remedy| wrapped(remedy, room)));
            for (nth, line) in lines.enumerate() {
                let before = if nth == 0 { head.as_str() } else { "" };
                writeln!(text, "{before:indent$}{line}").expect("a String takes all that is written to it");
            }
        }
        let count = |verdict| self.all.iter().filter(|it| it.verdict == verdict).count();
        let (ok, warn, fail) = (count(Verdict::Ok), count(Verdict::Warn), count(Verdict::Fail));
        text + &format!("{} checks: {ok} OK, {warn} WARN, {fail} FAIL", self.all.len())
    }

    /// All of it for programs; `comanda doctor --help` says what is in it.
    pub fn json(&self) -> Value {
        let one = |it: &Finding| {
            json!({ "check": it.check, "of": it.of, "verdict": it.verdict.code(), "says": it.says,
                    "remedy": it.remedy, "facts": it.facts })
        };
        json!({
            "program": "comanda",
            "version": env!("CARGO_PKG_VERSION"),
            "subject": self.subject.code(),
            "at": self.at.rfc3339(),
            "verdict": self.verdict().code(),
            "checks": self.all.iter().map(one).collect::<Vec<_>>(),
        })
    }
}

/// Least room for a sentence in a narrow window, in columns.
const ROOM_MIN: usize = 30;

/// A sentence in lines of so many columns; a longer word has its own.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always one");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(word.to_owned());
        } else {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines
}

/// A sentence on one line, whatever stood in what was read.
fn plain(text: &str) -> String {
    let letter = |it: char| if it.is_control() { ' ' } else { it };
    text.trim_end().chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_told_in_lines_and_as_json() {
        let all = vec![
            Finding::well("clock", "it is right").with("apart_ms", 3),
            Finding::doubtful("disk", "it is\nslow", "buy another"),
            Finding::broken("printer", "it is away", "plug it in").of("bar"),
        ];
        let findings = Findings { subject: Subject::Register, at: Timestamp::utc(1_773_491_400_000), all };
        let right = "\
OK    clock        it is right
WARN  disk         it is slow
                   -> buy another
FAIL  printer bar  it is away
                   -> plug it in
3 checks: 1 OK, 1 WARN, 1 FAIL";
        assert_eq!(findings.text(None), right);
        let long = Finding::doubtful("disk", "it is slow, and that is seen whenever somebody pays", "buy a better one");
        let narrow = Findings { all: vec![long], ..findings.clone() }.text(Some(20));
        let right = "\
WARN  disk  it is slow, and that is seen
            whenever somebody pays
            -> buy a better one
1 checks: 0 OK, 1 WARN, 0 FAIL";
        assert_eq!(narrow, right);
        let json = findings.json();
        assert_eq!(json["verdict"], "fail");
        assert_eq!(json["subject"], "register");
        assert_eq!(json["checks"][0]["facts"], serde_json::json!({ "apart_ms": 3 }));
        assert_eq!(json["checks"][0]["remedy"], Value::Null);
        assert_eq!(json["checks"][2]["of"], "bar");
        let none = Findings { all: Vec::new(), ..findings };
        assert_eq!(none.verdict(), Verdict::Ok);
    }
}
