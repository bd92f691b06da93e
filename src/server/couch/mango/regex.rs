//! Regular expressions of selectors, within bounds: the time of a search is bounded by the lengths of pattern and text.
//!
//! regex-lite reads and searches them: Perl's language but for what looks back or ahead. Not here: what a condition is.

use crate::server::limits::{REGEX_BYTES_MAX, REGEX_DEPTH_MAX, REGEX_SIZE_MAX, REGEX_TEXT_BYTES_MAX};

/// A pattern that was read.
#[derive(Debug, Clone)]
pub(super) struct Regex(regex_lite::Regex);

impl PartialEq for Regex {
    fn eq(&self, other: &Regex) -> bool {
        self.0.as_str() == other.0.as_str()
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
        let read = reader.size_limit(REGEX_SIZE_MAX).nest_limit(REGEX_DEPTH_MAX).build();
        read.map(Regex).map_err(|wrong| wrong.to_string())
    }

    /// What a search costs for each letter of a text, at most: a pattern's states take some bytes each.
    pub(super) fn steps(&self) -> usize {
        self.0.as_str().len()
    }

    /// Whether it is found somewhere in a text; never in one that is longer than
    /// [`REGEX_TEXT_BYTES_MAX`](crate::server::limits::REGEX_TEXT_BYTES_MAX).
    pub(super) fn is_in(&self, text: &str) -> bool {
        text.len() <= REGEX_TEXT_BYTES_MAX && self.0.is_match(text)
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
    fn a_pattern_that_is_none_or_not_answered_is_told() {
        let (long, deep, wide) = ("a".repeat(2_000), "(".repeat(60), "((((a{99}){99}){99}){99})");
        for pattern in ["(", ")", "(?=a)", "(?<=a)", r"\1", r"\p{L}", "[b-a]", "*a", "a{3,1}", &long, &deep, wide] {
            assert!(Regex::read(pattern).is_err(), "{pattern}");
        }
    }
}
