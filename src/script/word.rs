//! The words of one line of a script, and what is wrong with them. Knows quotes, braces and comments, but no command.

use super::limits::{DURATION_MAX_MS, LINE_CHARS_MAX, NEAR_LETTERS};
use super::scenario::quoted;

/// What is wrong at one place of a line; the sentence says what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Characters from the start of the line, from 1.
    pub column: usize,
    /// What is wrong; what would be right.
    pub what: String,
}

impl Wrong {
    pub(super) fn at(column: usize, what: impl Into<String>) -> Wrong {
        Wrong { column, what: what.into() }
    }
}

/// One word and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub column: usize,
    pub kind: Kind,
}

/// What a word is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters without quotes.
    Bare(String),
    /// A text in double quotes; what hangs on the closing quote (`"+"*3`) is its tail.
    Quoted { text: String, tail: String },
    /// `{`
    Open,
    /// `}`
    Close,
}

impl Word {
    /// As it may be shown in a sentence.
    pub(super) fn shown(&self) -> String {
        match &self.kind {
            Kind::Bare(text) => text.clone(),
            Kind::Quoted { text, tail } => format!("{}{tail}", quoted(text)),
            Kind::Open => "{".to_owned(),
            Kind::Close => "}".to_owned(),
        }
    }
}

/// Splits a line into words; what cannot be read is left out and reported.
pub(super) fn split(line: &str) -> (Vec<Word>, Vec<Wrong>) {
    let letters: Vec<char> = line.chars().collect();
    if letters.len() > LINE_CHARS_MAX {
        let what = format!("this line has {} characters; a line has at most {LINE_CHARS_MAX}", letters.len());
        return (Vec::new(), vec![Wrong::at(1, what)]);
    }
    let mut reader = Reader { letters: &letters, at: 0, wrongs: Vec::new() };
    let mut words = Vec::new();
    while let Some(letter) = reader.peek() {
        let column = reader.at + 1;
        let kind = match letter {
            '#' => break,
            '{' | '}' => {
                reader.at += 1;
                if letter == '{' { Kind::Open } else { Kind::Close }
            }
            '"' => reader.quoted(),
            blank if blank.is_whitespace() => {
                reader.at += 1;
                continue;
            }
            _ => Kind::Bare(reader.bare()),
        };
        words.push(Word { column, kind });
    }
    (words, reader.wrongs)
}

struct Reader<'a> {
    letters: &'a [char],
    at: usize,
    wrongs: Vec<Wrong>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn take(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        if letter.is_control() && letter != '\t' {
            let what = "a control character stands here; take it out, a script is plain text";
            self.wrongs.push(Wrong::at(self.at, what));
        }
        Some(letter)
    }

    fn bare(&mut self) -> String {
        let mut text = String::new();
        while let Some(letter) = self.peek().filter(|it| !it.is_whitespace() && !matches!(it, '"' | '{' | '}')) {
            text.push(letter);
            self.take();
        }
        text
    }

    fn quoted(&mut self) -> Kind {
        let column = self.at + 1;
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.take() {
                Some('"') => break,
                Some('\\') => match self.take() {
                    Some(letter @ ('"' | '\\')) => text.push(letter),
                    Some('n') => text.push('\n'),
                    Some(other) => {
                        let what = format!("\\{other} means nothing; write \\\", \\\\ or \\n");
                        self.wrongs.push(Wrong::at(self.at - 1, what));
                    }
                    None => {}
                },
                Some(letter) => text.push(letter),
                None => {
                    let what = "this text does not end; write \" after its last character";
                    self.wrongs.push(Wrong::at(column, what));
                    break;
                }
            }
        }
        let tail = if self.peek() == Some('*') { self.bare() } else { String::new() };
        Kind::Quoted { text, tail }
    }
}

/// The words of one command, read from left to right.
pub(super) struct Words<'a> {
    words: &'a [Word],
    at: usize,
    end_column: usize,
    /// What was found wrong without giving up.
    pub wrongs: Vec<Wrong>,
}

impl<'a> Words<'a> {
    /// Begins at the first word.
    pub(super) fn new(words: &'a [Word]) -> Words<'a> {
        let end_column = words.last().map_or(1, |last| last.column + last.shown().chars().count());
        Words { words, at: 0, end_column, wrongs: Vec::new() }
    }

    /// The next word, left where it is.
    pub(super) fn peek(&self) -> Option<&'a Word> {
        self.words.get(self.at)
    }

    /// The next word, when it stands without quotes; left where it is.
    pub(super) fn peek_bare(&self) -> Option<&'a str> {
        match &self.peek()?.kind {
            Kind::Bare(text) => Some(text),
            Kind::Quoted { .. } | Kind::Open | Kind::Close => None,
        }
    }

    /// The next word.
    pub(super) fn next(&mut self) -> Option<&'a Word> {
        let word = self.peek()?;
        self.at += 1;
        Some(word)
    }

    /// Takes the next word when it is this one, without quotes.
    pub(super) fn took(&mut self, word: &str) -> bool {
        let same = self.peek_bare() == Some(word);
        self.at += usize::from(same);
        same
    }

    /// Where the next word begins, or where the command ends.
    pub(super) fn column(&self) -> usize {
        self.peek().map_or(self.end_column, |word| word.column)
    }

    /// Says that something else should stand here.
    pub(super) fn wanted(&self, right: &str) -> Wrong {
        let what = match self.peek() {
            Some(word) => format!("{} cannot stand here; {right}", word.shown()),
            None => format!("something is missing here; {right}"),
        };
        Wrong::at(self.column(), what)
    }

    /// A text in double quotes.
    pub(super) fn text(&mut self, right: &str) -> Result<String, Wrong> {
        let column = self.column();
        match self.peek().map(|word| &word.kind) {
            Some(Kind::Quoted { text, tail }) if tail.is_empty() => {
                self.at += 1;
                Ok(text.clone())
            }
            Some(Kind::Quoted { tail, .. }) => Err(Wrong::at(
                column,
                format!("{tail} hangs on a text; only Keys repeats with it, elsewhere leave it out"),
            )),
            Some(Kind::Bare(word)) if word == "~" || (word.len() > 1 && word.starts_with('/')) => Err(Wrong::at(
                column,
                "regular expressions are not supported; write the text as it stands on the screen, in double quotes",
            )),
            Some(Kind::Bare(_) | Kind::Open | Kind::Close) | None => Err(self.wanted(right)),
        }
    }

    /// A text in double quotes that is more than blanks.
    pub(super) fn some_text(&mut self, right: &str) -> Result<String, Wrong> {
        let column = self.column();
        let text = self.text(right)?;
        if text.trim().is_empty() {
            return Err(Wrong::at(column, format!("this text is empty; {right}")));
        }
        Ok(text)
    }

    /// A name, with quotes or without.
    pub(super) fn name(&mut self, right: &str) -> Result<String, Wrong> {
        match self.peek_bare() {
            Some(word) => {
                self.at += 1;
                Ok(word.to_owned())
            }
            None => self.some_text(right),
        }
    }

    /// A whole number within bounds.
    pub(super) fn number<N>(&mut self, what: &str, bounds: std::ops::RangeInclusive<N>) -> Result<N, Wrong>
    where
        N: std::str::FromStr + PartialOrd + std::fmt::Display,
    {
        let right = format!("write {what} from {} to {}", bounds.start(), bounds.end());
        let read = self.peek_bare().filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
        match read.and_then(|it| it.parse::<N>().ok()).filter(|number| bounds.contains(number)) {
            Some(number) => {
                self.at += 1;
                Ok(number)
            }
            None => Err(self.wanted(&right)),
        }
    }

    /// A duration such as `500ms`, in milliseconds.
    pub(super) fn duration_ms(&mut self) -> Result<i64, Wrong> {
        let Some(word) = self.peek_bare() else {
            return Err(self.wanted("write a duration such as 500ms, 2s, 3m or 1h"));
        };
        let millis = duration_of(word).map_err(|what| Wrong::at(self.column(), what))?;
        self.at += 1;
        Ok(millis)
    }

    /// A duration with its sign, `+1h` or `-20m`, in milliseconds; none when the next word begins with neither.
    pub(super) fn signed_ms(&mut self) -> Result<Option<i64>, Wrong> {
        let signed = |sign: char| self.peek_bare().and_then(|word| word.strip_prefix(sign));
        let (sign, word) = match (signed('+'), signed('-')) {
            (Some(word), _) => (1, word),
            (None, Some(word)) => (-1, word),
            (None, None) => return Ok(None),
        };
        let millis = duration_of(word).map_err(|what| Wrong::at(self.column() + 1, what))?;
        self.at += 1;
        Ok(Some(sign * millis))
    }

    /// Makes sure that nothing follows.
    pub(super) fn end(&self) -> Result<(), Wrong> {
        match self.peek() {
            None => Ok(()),
            Some(word) => {
                let what = format!("{} is one word too many; end the line before it", word.shown());
                Err(Wrong::at(word.column, what))
            }
        }
    }
}

/// Reads a duration such as `500ms`, in milliseconds.
///
/// # Errors
/// What is wrong with it; what would be right.
fn duration_of(word: &str) -> Result<i64, String> {
    let (digits, unit) = word.split_at(word.find(|it: char| !it.is_ascii_digit()).unwrap_or(word.len()));
    let unit_ms = match unit {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let Some(unit_ms) = unit_ms.filter(|_| !digits.is_empty()) else {
        return Err(format!("{word} is no duration; write a whole number and ms, s, m or h, such as 500ms or 2s"));
    };
    let millis = digits.parse::<i64>().ok().and_then(|number| number.checked_mul(unit_ms));
    let too_long = || format!("{word} is too long; a duration is at most {}h", DURATION_MAX_MS / 3_600_000);
    millis.filter(|it| *it <= DURATION_MAX_MS).ok_or_else(too_long)
}

/// The known words that a misspelt one may stand for: the nearest.
pub(super) fn near<'a>(word: &str, known: &[&'a str]) -> Vec<&'a str> {
    let wanted = word.to_lowercase();
    let reach = NEAR_LETTERS.min(wanted.chars().count().saturating_sub(1));
    let far = |name: &str| distance(&wanted, &name.to_lowercase());
    let nearest = known.iter().map(|name| far(name)).min().filter(|far| *far <= reach);
    known.iter().copied().filter(|name| nearest == Some(far(name))).take(3).collect()
}

/// `did you mean Enter or End?`, or all that there is to choose from.
pub(crate) fn did_you_mean(word: &str, known: &[&str], all: &str) -> String {
    match near(word, known).as_slice() {
        [] => format!("{all} {}", known.join(", ")),
        found => format!("did you mean {}?", found.join(" or ")),
    }
}

/// How many letters must be changed, added or taken away to make one word of the other (Levenshtein). Words longer than
/// any name are all far.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > NEAR_LETTERS {
        return usize::MAX;
    }
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut here = vec![row + 1];
        for (column, against) in other.iter().enumerate() {
            let changed = above[column] + usize::from(letter != against);
            here.push(changed.min(above[column + 1] + 1).min(here[column] + 1));
        }
        above = here;
    }
    above.last().copied().unwrap_or(0)
}
