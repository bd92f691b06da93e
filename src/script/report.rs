//! What a tester reads when a scenario fails: what was expected, what was there, the screen, and what was pressed last.

use super::picture::{Picture, printable};
use super::scenario::quoted;
use std::fmt;
use unicode_width::UnicodeWidthStr;

/// One thing that the script did to the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The line of the script that did it.
    pub line: usize,
    /// What it was, PINs masked: `F3`, `"2*cola"`, `Tap "Send" @70,30`.
    pub what: String,
}

/// Why a scenario failed. Its `Display` is the report; PINs are masked in all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The script, as it was named by who ran it.
    pub file: String,
    /// The line that failed.
    pub line: usize,
    /// The scenario's name.
    pub scenario: String,
    /// What was expected; follows the word "expected".
    pub expected: String,
    /// What was there instead, one or more lines.
    pub was: String,
    /// The screen, when there was one.
    pub picture: Option<Picture>,
    /// The last inputs, oldest first.
    pub inputs: Vec<Input>,
}

impl Failure {
    /// The command that plays the script again.
    pub fn again(&self) -> String {
        let plain = |letter: char| letter.is_alphanumeric() || "/._-+,@:".contains(letter);
        if !self.file.is_empty() && self.file.chars().all(plain) {
            format!("comanda script {}", self.file)
        } else {
            format!("comanda script '{}'", self.file.replace('\'', r"'\''"))
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}:{}: expected {}", self.file, self.line, self.expected)?;
        writeln!(out, "in scenario {}", quoted(&self.scenario))?;
        writeln!(out, "it was:")?;
        for line in self.was.lines() {
            writeln!(out, "{}", format!("    {}", printable(line)).trim_end())?;
        }
        match &self.picture {
            Some(picture) => framed(out, picture)?,
            None => writeln!(out, "there was no screen")?,
        }
        if self.inputs.is_empty() {
            writeln!(out, "nothing was pressed before")?;
        } else {
            writeln!(out, "pressed last:")?;
        }
        for inputs in self.inputs.chunk_by(|one, next| one.line == next.line) {
            let words: Vec<&str> = inputs.iter().map(|input| input.what.as_str()).collect();
            writeln!(out, "    line {}: {}", inputs[0].line, words.join(" "))?;
        }
        write!(out, "Again: {}", self.again())
    }
}

/// The whole screen between bars, with its columns above and its rows at the left, both from 1.
fn framed(out: &mut fmt::Formatter<'_>, picture: &Picture) -> fmt::Result {
    let columns = usize::from(picture.columns);
    writeln!(out, "the screen, {}x{}, {} on top:", picture.columns, picture.rows, picture.focus)?;
    let tens: String = (1..=columns / 10).map(|ten| format!("{:>10}", ten * 10)).collect();
    let ones: String = (1..=columns).map(|column| char::from(b'0' + u8::try_from(column % 10).unwrap_or(0))).collect();
    if !tens.is_empty() {
        writeln!(out, "     {tens}")?;
    }
    writeln!(out, "     {ones}")?;
    for (row, line) in picture.lines().iter().enumerate() {
        let blanks = " ".repeat(columns.saturating_sub(line.width()));
        writeln!(out, "{:>4}|{line}{blanks}|", row + 1)?;
    }
    Ok(())
}
