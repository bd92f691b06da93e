//! What happened, line by line, and a hash over all of it: equal seeds give equal hashes, on every machine and in every
//! directory. So no line holds a path, a wall's time, or anything else that is not of the evening.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// What happened so far.
#[derive(Default)]
pub struct Trace {
    lines: Vec<String>,
    hash: Sha256,
}

impl Trace {
    /// Adds a line: when (milliseconds since the evening began), who, what.
    pub fn say(&mut self, at_ms: i64, who: &str, what: &str) {
        let (seconds, millis) = (at_ms.div_euclid(1000), at_ms.rem_euclid(1000));
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        let line = format!("{hours}:{minutes:02}:{:02}.{millis:03} {who:<7} {what}", seconds % 60);
        self.hash.update(line.as_bytes());
        self.hash.update(b"\n");
        self.lines.push(line);
    }

    /// All lines.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Names the whole trace: 16 hexadecimal digits.
    pub fn hash(&self) -> String {
        let mut name = String::new();
        for byte in self.hash.clone().finalize().iter().take(8) {
            write!(name, "{byte:02x}").expect("a String takes all that is written to it");
        }
        name
    }
}

impl std::fmt::Debug for Trace {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Trace of {} lines, {}", self.lines.len(), self.hash())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_when_who_and_what_and_every_line_counts() {
        let mut trace = Trace::default();
        trace.say(3_723_004, "T1", "key F3");
        assert_eq!(trace.lines(), ["1:02:03.004 T1      key F3"]);
        let before = trace.hash();
        assert_eq!((before.len(), trace.hash()), (16, before.clone()));
        trace.say(3_723_004, "T1", "key F3");
        assert_ne!(trace.hash(), before);
    }
}
