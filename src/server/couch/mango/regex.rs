//! Regular expressions of selectors: those parts of Perl's language that can be answered in a time that is bounded by
//! the length of pattern and text. Ken Thompson's way: all possible states go through the text together.
//!
//! Answered: letters, `.`, `[a-z]`, `[^a-z]`, `\d \w \s` and their opposites, `\b`, `^`, `$`, groups, `|`,
//! `* + ? {m,n}` (greedy or not is the same where only a match counts), and `(?i)`, `(?s)`, `(?m)` at the beginning.
//! Not answered, and said so: what looks back or ahead.

use crate::server::limits::{REGEX_BYTES_MAX, REGEX_DEPTH_MAX, REGEX_STEPS_MAX, REGEX_TEXT_BYTES_MAX};
use std::iter::Peekable;
use std::str::Chars;

/// A pattern that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Regex {
    steps: Vec<Step>,
    flags: Flags,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Flags {
    /// Capitals are as good as small letters.
    any_case: bool,
    /// A dot is a line's end, too.
    dot_is_all: bool,
    /// `^` and `$` are a line's.
    by_line: bool,
}

/// Which letters: those between two, or all others.
#[derive(Debug, Clone, Default, PartialEq)]
struct Letters {
    ranges: Vec<(char, char)>,
    negated: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Place {
    Begin,
    End,
    WordEdge(bool),
}

#[derive(Debug, Clone)]
enum Part {
    Letters(Letters),
    Place(Place),
    Sequence(Vec<Part>),
    Choice(Vec<Part>),
    Repeated { part: Box<Part>, least: u32, most: Option<u32> },
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Letters(Letters),
    Place(Place),
    Either(usize, usize),
    Jump(usize),
    Found,
}

impl Regex {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, or not answered.
    pub(super) fn read(pattern: &str) -> Result<Regex, String> {
        if pattern.len() > REGEX_BYTES_MAX {
            return Err(format!("a pattern has at most {REGEX_BYTES_MAX} bytes"));
        }
        let mut reader = Reader { letters: pattern.chars().peekable(), flags: Flags::default() };
        reader.flags()?;
        let part = reader.choice(0)?;
        if reader.letters.next().is_some() {
            return Err("a `)` has no `(`".into());
        }
        let mut steps = Vec::new();
        lay_down(&part, &mut steps)?;
        steps.push(Step::Found);
        Ok(Regex { steps, flags: reader.flags })
    }

    /// How many steps it has: so many states may go through a text.
    pub(super) fn steps(&self) -> usize {
        self.steps.len()
    }

    /// Whether it is found somewhere in a text; never in one that is longer than
    /// [`REGEX_TEXT_BYTES_MAX`](crate::server::limits::REGEX_TEXT_BYTES_MAX).
    pub(super) fn is_in(&self, text: &str) -> bool {
        if text.len() > REGEX_TEXT_BYTES_MAX {
            return false;
        }
        let letters: Vec<char> = text.chars().collect();
        let (mut now, mut then) = (States::of(self), States::of(self));
        for at in 0..=letters.len() {
            // It may begin anywhere.
            now.enter(self, 0, &letters, at);
            if now.found {
                return true;
            }
            let Some(&letter) = letters.get(at) else { break };
            for &state in &now.listed {
                if let Step::Letters(of) = &self.steps[state]
                    && of.hold(letter, self.flags.any_case)
                {
                    then.enter(self, state + 1, &letters, at + 1);
                }
            }
            std::mem::swap(&mut now, &mut then);
            then.clear();
        }
        false
    }
}

/// The states in which a search is at one place of the text.
struct States {
    listed: Vec<usize>,
    known: Vec<bool>,
    found: bool,
}

impl States {
    fn of(regex: &Regex) -> States {
        States { listed: Vec::new(), known: vec![false; regex.steps.len()], found: false }
    }

    fn clear(&mut self) {
        self.listed.clear();
        self.known.fill(false);
        self.found = false;
    }

    /// Adds a state, and all that it leads to without a letter.
    fn enter(&mut self, regex: &Regex, state: usize, letters: &[char], at: usize) {
        let mut waiting = vec![state];
        while let Some(state) = waiting.pop() {
            if std::mem::replace(&mut self.known[state], true) {
                continue;
            }
            match &regex.steps[state] {
                Step::Letters(_) => self.listed.push(state),
                Step::Place(place) if place.is_at(letters, at, regex.flags) => waiting.push(state + 1),
                Step::Place(_) => {}
                Step::Either(one, other) => waiting.extend([*one, *other]),
                Step::Jump(to) => waiting.push(*to),
                Step::Found => self.found = true,
            }
        }
    }
}

impl Place {
    fn is_at(&self, letters: &[char], at: usize, flags: Flags) -> bool {
        let (before, after) = (at.checked_sub(1).and_then(|it| letters.get(it)), letters.get(at));
        let is_word = |letter: Option<&char>| letter.is_some_and(|it| it.is_ascii_alphanumeric() || *it == '_');
        match self {
            Place::Begin => before.is_none() || (flags.by_line && before == Some(&'\n')),
            // As in Perl, a line's end at the very end is none.
            Place::End => {
                let is_last = after.is_none() || (after == Some(&'\n') && at + 1 == letters.len());
                is_last || (flags.by_line && after == Some(&'\n'))
            }
            Place::WordEdge(is_edge) => (is_word(before) != is_word(after)) == *is_edge,
        }
    }
}

impl Letters {
    fn one(letter: char) -> Letters {
        Letters { ranges: vec![(letter, letter)], negated: false }
    }

    fn named(ranges: &[(char, char)], negated: bool) -> Letters {
        Letters { ranges: ranges.to_vec(), negated }
    }

    fn hold(&self, letter: char, any_case: bool) -> bool {
        let is_in = |letter: char| self.ranges.iter().any(|&(low, high)| (low..=high).contains(&letter));
        let other = |mut letters: Box<dyn Iterator<Item = char>>| match (letters.next(), letters.next()) {
            (Some(alone), None) => is_in(alone),
            (_, _) => false,
        };
        let is_meant = is_in(letter)
            || (any_case && (other(Box::new(letter.to_lowercase())) || other(Box::new(letter.to_uppercase()))));
        is_meant != self.negated
    }
}

const DIGITS: &[(char, char)] = &[('0', '9')];
const WORDS: &[(char, char)] = &[('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')];
const SPACES: &[(char, char)] = &[('\t', '\r'), (' ', ' ')];

struct Reader<'a> {
    letters: Peekable<Chars<'a>>,
    flags: Flags,
}

impl Reader<'_> {
    fn is_next(&mut self, letter: char) -> bool {
        self.letters.next_if_eq(&letter).is_some()
    }

    /// Reads `(?ims)` where the pattern begins with it.
    fn flags(&mut self) -> Result<(), String> {
        let ahead: String = self.letters.clone().take(3).collect();
        if !ahead.starts_with("(?") || !ahead.ends_with(|it: char| it.is_ascii_alphabetic()) || ahead.ends_with('P') {
            return Ok(());
        }
        self.letters.nth(1);
        for letter in self.letters.by_ref() {
            match letter {
                'i' => self.flags.any_case = true,
                's' => self.flags.dot_is_all = true,
                'm' => self.flags.by_line = true,
                ')' => return Ok(()),
                _ => break,
            }
        }
        Err("of the flags only `(?i)`, `(?s)` and `(?m)` at the beginning are answered here".into())
    }

    fn choice(&mut self, depth: usize) -> Result<Part, String> {
        if depth > REGEX_DEPTH_MAX {
            return Err(format!("groups nest deeper than {REGEX_DEPTH_MAX}"));
        }
        let mut choices = vec![self.sequence(depth)?];
        while self.is_next('|') {
            choices.push(self.sequence(depth)?);
        }
        Ok(if choices.len() == 1 { choices.remove(0) } else { Part::Choice(choices) })
    }

    fn sequence(&mut self, depth: usize) -> Result<Part, String> {
        let mut parts = Vec::new();
        while let Some(&letter) = self.letters.peek() {
            if letter == '|' || letter == ')' {
                break;
            }
            self.letters.next();
            let part = self.one(letter, depth)?;
            parts.push(self.repeated(part)?);
        }
        Ok(Part::Sequence(parts))
    }

    fn one(&mut self, letter: char, depth: usize) -> Result<Part, String> {
        Ok(match letter {
            '.' if self.flags.dot_is_all => Part::Letters(Letters::named(&[], true)),
            '.' => Part::Letters(Letters::named(&[('\n', '\n')], true)),
            '^' => Part::Place(Place::Begin),
            '$' => Part::Place(Place::End),
            '(' => {
                if self.is_next('?') && !self.is_next(':') {
                    return Err("of the groups that begin with `(?` only `(?:` is answered here".into());
                }
                let inner = self.choice(depth + 1)?;
                if !self.is_next(')') {
                    return Err("a `(` has no `)`".into());
                }
                inner
            }
            '[' => Part::Letters(self.class()?),
            '*' | '+' | '?' => return Err(format!("nothing stands before `{letter}` that could be repeated")),
            '\\' => match self.letters.peek() {
                Some('b' | 'B') => Part::Place(Place::WordEdge(self.letters.next() == Some('b'))),
                Some('A') => {
                    self.letters.next();
                    Part::Place(Place::Begin)
                }
                Some('z' | 'Z') => {
                    self.letters.next();
                    Part::Place(Place::End)
                }
                Some(_) | None => Part::Letters(self.escaped()?),
            },
            letter => Part::Letters(Letters::one(letter)),
        })
    }

    /// What stands after a `\`.
    fn escaped(&mut self) -> Result<Letters, String> {
        let letter = self.letters.next().ok_or("nothing stands after `\\`")?;
        Ok(match letter {
            'd' => Letters::named(DIGITS, false),
            'D' => Letters::named(DIGITS, true),
            'w' => Letters::named(WORDS, false),
            'W' => Letters::named(WORDS, true),
            's' => Letters::named(SPACES, false),
            'S' => Letters::named(SPACES, true),
            'n' => Letters::one('\n'),
            'r' => Letters::one('\r'),
            't' => Letters::one('\t'),
            letter if letter.is_ascii_alphanumeric() => {
                return Err(format!("`\\{letter}` is not answered here"));
            }
            letter => Letters::one(letter),
        })
    }

    /// Reads `[...]` after its `[`.
    fn class(&mut self) -> Result<Letters, String> {
        let unclosed = || "a `[` has no `]`".to_owned();
        let mut class = Letters { ranges: Vec::new(), negated: self.is_next('^') };
        let mut is_first = true;
        loop {
            let letter = self.letters.next().ok_or_else(unclosed)?;
            if letter == ']' && !is_first {
                return Ok(class);
            }
            is_first = false;
            if letter == '[' && self.letters.peek() == Some(&':') {
                return Err("`[:...:]` is not answered here".into());
            }
            let low = match letter {
                '\\' => {
                    let letters = self.escaped()?;
                    match letters.ranges[..] {
                        [(low, high)] if low == high && !letters.negated => low,
                        _ if letters.negated => {
                            return Err("`\\D`, `\\W` and `\\S` are not answered within `[]`".into());
                        }
                        _ => {
                            class.ranges.extend(letters.ranges);
                            continue;
                        }
                    }
                }
                letter => letter,
            };
            let mut ahead = self.letters.clone();
            let is_range = ahead.next() == Some('-') && ahead.next().is_some_and(|it| it != ']');
            if !is_range {
                class.ranges.push((low, low));
                continue;
            }
            self.letters.next();
            let high = match self.letters.next().ok_or_else(unclosed)? {
                '\\' => self.escaped()?.ranges.first().map_or('\0', |it| it.0),
                letter => letter,
            };
            if high < low {
                return Err(format!("`{low}-{high}` goes backwards"));
            }
            class.ranges.push((low, high));
        }
    }

    fn repeated(&mut self, mut part: Part) -> Result<Part, String> {
        loop {
            let (least, most) = match self.letters.peek() {
                Some('*') => (0, None),
                Some('+') => (1, None),
                Some('?') => (0, Some(1)),
                Some('{') => match self.counts() {
                    Some(counts) => counts,
                    None => return Ok(part),
                },
                Some(_) | None => return Ok(part),
            };
            self.letters.next();
            // Not greedy: the same, where only a match counts.
            self.is_next('?');
            if self.is_next('+') {
                return Err("`++`, `*+` and `?+` are not answered here".into());
            }
            if most.is_some_and(|most| most < least) {
                return Err(format!("`{{{least},...}}` goes backwards"));
            }
            part = Part::Repeated { part: Box::new(part), least, most };
        }
    }

    /// Reads `{2}`, `{2,}` or `{2,3}` up to its `}`; what is none is a letter like others.
    fn counts(&mut self) -> Option<(u32, Option<u32>)> {
        let text: String = self.letters.clone().skip(1).take_while(|it| *it != '}').take(12).collect();
        let (least, most) = text.split_once(',').map_or((&text[..], None), |(least, most)| (least, Some(most)));
        let least: u32 = least.parse().ok()?;
        let most = match most {
            None => Some(least),
            Some("") => None,
            Some(most) => Some(most.parse().ok()?),
        };
        let length = text.chars().count();
        if self.letters.clone().nth(length + 1) != Some('}') {
            return None;
        }
        self.letters.nth(length);
        Some((least, most))
    }
}

/// Writes the steps of a part behind what there is.
fn lay_down(part: &Part, steps: &mut Vec<Step>) -> Result<(), String> {
    if steps.len() >= REGEX_STEPS_MAX {
        return Err(format!("a pattern has at most {REGEX_STEPS_MAX} steps, repetitions written out"));
    }
    match part {
        Part::Letters(letters) => steps.push(Step::Letters(letters.clone())),
        Part::Place(place) => steps.push(Step::Place(place.clone())),
        Part::Sequence(parts) => {
            for part in parts {
                lay_down(part, steps)?;
            }
        }
        Part::Choice(choices) => {
            let mut ends = Vec::new();
            for (nth, choice) in choices.iter().enumerate() {
                let fork = steps.len();
                let is_last = nth + 1 == choices.len();
                if !is_last {
                    steps.push(Step::Either(fork + 1, 0));
                }
                lay_down(choice, steps)?;
                if !is_last {
                    ends.push(steps.len());
                    steps.push(Step::Jump(0));
                    steps[fork] = Step::Either(fork + 1, steps.len());
                }
            }
            let end = steps.len();
            ends.into_iter().for_each(|at| steps[at] = Step::Jump(end));
        }
        Part::Repeated { part, least, most } => {
            for _ in 0..*least {
                let before = steps.len();
                lay_down(part, steps)?;
                // Nothing, however often, is nothing.
                if steps.len() == before {
                    break;
                }
            }
            match most {
                None => {
                    let fork = steps.len();
                    steps.push(Step::Either(fork + 1, 0));
                    lay_down(part, steps)?;
                    steps.push(Step::Jump(fork));
                    steps[fork] = Step::Either(fork + 1, steps.len());
                }
                Some(most) => {
                    let mut forks = Vec::new();
                    for _ in *least..*most {
                        forks.push(steps.len());
                        steps.push(Step::Either(steps.len() + 1, 0));
                        lay_down(part, steps)?;
                    }
                    let end = steps.len();
                    forks.into_iter().for_each(|at| steps[at] = Step::Either(at + 1, end));
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_found_where_perl_finds_it() {
        // pattern, texts in which it is, texts in which it is not
        let many = "x".repeat(100);
        let rows: &[(&str, &[&str], &[&str])] = &[
            ("", &["", "a"], &[]),
            ("soup", &["soup", "tomato soup"], &["sou", "Soup"]),
            ("^so", &["soup"], &["also"]),
            ("up$", &["soup", "soup\n"], &["upper", "soup\n\n"]),
            ("^$", &["", "\n"], &["a"]),
            ("s.up", &["soup", "s?up"], &["sup", "s\nup"]),
            ("(?s)s.up", &["s\nup"], &[]),
            ("(?m)^b$", &["a\nb\nc"], &["a\nbc"]),
            ("(?i)SOUP|é", &["Soup", "É"], &["sou"]),
            ("a*b", &["b", "aaab"], &["a"]),
            ("^a+?b$", &["ab", "aab"], &["b"]),
            ("^colou?r$", &["color", "colour"], &["colouur"]),
            ("^a{2}$", &["aa"], &["a", "aaa"]),
            ("^a{2,}$", &["aa", "aaaa"], &["a"]),
            ("^a{1,3}$", &["a", "aaa"], &["", "aaaa"]),
            ("^a{0}b$", &["b"], &["ab"]),
            ("a{x}", &["a{x}"], &["a"]),
            ("^(ab|cd)+$", &["ab", "cdab"], &["abc"]),
            ("^(?:a|b|)c$", &["ac", "bc", "c"], &["dc"]),
            ("[a-c]", &["b"], &["d"]),
            ("^[^a-c]$", &["d", "-"], &["b"]),
            ("^[]a-]+$", &["]a-"], &["b"]),
            (r"^[\d.]+$", &["1.5"], &["1,5"]),
            (r"^\d{4}-\d\d$", &["2026-11"], &["26-11"]),
            (r"^\w+\s\W$", &["a_1 ?"], &["a b"]),
            (r"\bham\b", &["ham", "eggs, ham!"], &["hamster", "gotham"]),
            (r"\Bham", &["gotham"], &["ham"]),
            (r"^a\.b\$$", &["a.b$"], &["axb$"]),
            ("((((a))))", &["a"], &["b"]),
            ("^(((){4000000000}){4000000000}){4000000000}$", &[""], &["a"]),
            ("^(a*)*$", &["", "aaa"], &["b"]),
            ("(x+x+)+y", &["xxy"], &[&many]),
        ];
        for (pattern, found, not_found) in rows {
            let regex = Regex::read(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"));
            for (texts, is_in) in [(found, true), (not_found, false)] {
                texts.iter().for_each(|text| assert_eq!(regex.is_in(text), is_in, "{pattern} in {text:?}"));
            }
        }
    }

    #[test]
    fn a_pattern_that_is_none_or_not_answered_is_told() {
        let (long, deep, wide) = ("a".repeat(2_000), "(".repeat(60), "(a{100}){100}");
        let rows = [
            "(",
            ")",
            "a)",
            "(?=a)",
            "(?!a)",
            "(?<=a)",
            "(?P<n>a)",
            "(?x)a",
            r"\1",
            r"\p{L}",
            r"\",
            "[a",
            "[b-a]",
            "*a",
            "a**+",
            "a{3,1}",
            "[[:alpha:]]",
            "(?#a)",
            &long,
            &deep,
            wide,
            "((((a{99}){99}){99}){99})",
            "(){0,4000000000}",
        ];
        for pattern in rows {
            assert!(Regex::read(pattern).is_err(), "{pattern}");
        }
    }
}
