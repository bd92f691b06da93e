//! Regular expressions of selectors, within bounds: the time of a search is bounded by the lengths of pattern and text.
//!
//! regex-lite reads and searches them: Perl's language but for what looks back or ahead. Not here: what a condition is.

use crate::server::limits::{REGEX_BYTES_MAX, REGEX_DEPTH_MAX, REGEX_SIZE_MAX, REGEX_STEP_BYTES, REGEX_TEXT_BYTES_MAX};

/// A pattern that was read.
#[derive(Debug, Clone)]
pub(super) struct Regex {
    read: regex_lite::Regex,
    /// What a search costs for each byte of a text, at most.
    steps: u64,
}

impl PartialEq for Regex {
    fn eq(&self, other: &Regex) -> bool {
        self.read.as_str() == other.read.as_str()
    }
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
        let mut reader = regex_lite::RegexBuilder::new(pattern);
        reader.nest_limit(REGEX_DEPTH_MAX);
        // How large a pattern became is not told: it is the least of some bounds in which it can be read.
        let mut size = REGEX_SIZE_MAX / 64;
        loop {
            match reader.size_limit(size).build() {
                Ok(read) => {
                    return Ok(Regex { read, steps: u64::try_from(size / REGEX_STEP_BYTES).unwrap_or(u64::MAX) });
                }
                Err(_) if size < REGEX_SIZE_MAX => size *= 2,
                Err(wrong) => return Err(wrong.to_string()),
            }
        }
    }

    /// As how many conditions more a large one counts: some dozen of the largest are the most.
    pub(super) fn parts(&self) -> usize {
        usize::try_from(self.steps / 16).unwrap_or(usize::MAX)
    }

    /// What it costs to look for it in a text: the bytes that are looked at, times its steps.
    pub(super) fn work(&self, text: &str) -> u64 {
        if text.len() > REGEX_TEXT_BYTES_MAX {
            return 0;
        }
        u64::try_from(text.len() + 1).unwrap_or(u64::MAX).saturating_mul(self.steps)
    }

    /// Whether it is found somewhere in a text; never in one that is longer than
    /// [`REGEX_TEXT_BYTES_MAX`].
    pub(super) fn is_in(&self, text: &str) -> bool {
        text.len() <= REGEX_TEXT_BYTES_MAX && self.read.is_match(text)
    }
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
            ("up$", &["soup"], &["upper"]),
            ("(?s)s.up", &["s\nup"], &[]),
            ("(?m)^b$", &["a\nb\nc"], &["a\nbc"]),
            ("(?i)SOUP", &["Soup"], &["sou"]),
            ("^a{1,3}$", &["a", "aaa"], &["", "aaaa"]),
            (r"^\d{4}-\d\d$", &["2026-11"], &["26-11"]),
            (r"\bham\b", &["ham", "eggs, ham!"], &["hamster", "gotham"]),
            ("(x+x+)+y", &["xxy"], &[&many]),
        ];
        for (pattern, found, not_found) in rows {
            let regex = Regex::read(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"));
            for (texts, is_in) in [(found, true), (not_found, false)] {
                texts.iter().for_each(|text| assert_eq!(regex.is_in(text), is_in, "{pattern} in {text:?}"));
            }
        }
        let everywhere = Regex::read("x").unwrap();
        assert!(everywhere.is_in(&"x".repeat(REGEX_TEXT_BYTES_MAX)));
        assert!(!everywhere.is_in(&"x".repeat(REGEX_TEXT_BYTES_MAX + 1)));
    }

    #[test]
    fn a_search_costs_what_the_pattern_became_for_each_byte() {
        let work = |pattern: &str, text: &str| Regex::read(pattern).unwrap().work(text);
        assert!(work("a{99}", "text") > work("a", "text"), "repetitions are written out");
        assert!(work("a", "a longer text") > work("a", "text"));
        assert_eq!(work("a", &"x".repeat(REGEX_TEXT_BYTES_MAX + 1)), 0, "it is not looked at");
    }

    #[test]
    fn a_pattern_that_is_none_or_not_answered_is_told() {
        let (long, deep, wide) = ("a".repeat(2_000), "(".repeat(60), "((((a{99}){99}){99}){99})");
        for pattern in ["(", ")", "(?=a)", "(?<=a)", r"\1", r"\p{L}", "[b-a]", "*a", "a{3,1}", &long, &deep, wide] {
            assert!(Regex::read(pattern).is_err(), "{pattern}");
        }
    }
}
