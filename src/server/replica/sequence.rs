//! What the places of a feed are called: a number and the incarnation to which it belongs.
//!
//! The incarnation of a feed is worked out from the database's own, the location and the name of the database, so that
//! a sequence says nothing about another location's, and one from before a restore is known as such.

use crate::server::central::{Place, Standing};
use sha2::{Digest, Sha256};

/// Where a reader of a feed stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Since {
    /// At the beginning: it has nothing yet, or what it has is of another incarnation.
    Beginning,
    /// After a sequence.
    After(u64),
}

impl Since {
    /// The sequence after which to look.
    pub(in crate::server) fn number(self) -> u64 {
        match self {
            Since::Beginning => 0,
            Since::After(number) => number,
        }
    }
}

/// What a feed's incarnation is called: 16 lower-case hex digits.
pub(in crate::server) fn instance(standing: &Standing, place: &Place) -> String {
    let mut hash = Sha256::new();
    for part in [standing.incarnation.as_str(), place.location_id.as_str(), place.database.code()] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a sequence.
pub(in crate::server) fn write(number: u64, standing: &Standing, place: &Place) -> String {
    format!("{number}-{}", instance(standing, place))
}

/// Reads a sequence; none when it is none. One that this feed has not reached yet is from before it was restored.
pub(in crate::server) fn read(text: Option<&str>, standing: &Standing, place: &Place) -> Option<Since> {
    let Some(text) = text else { return Some(Since::Beginning) };
    match text {
        "0" => return Some(Since::Beginning),
        "now" => return Some(Since::After(standing.newest)),
        _ => {}
    }
    let (number, incarnation) = text.split_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let hex = incarnation.len() == 16 && incarnation.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
    let number = Some(number).filter(|it| digits(it) && hex)?.parse::<u64>().ok()?;
    let is_ours = incarnation == instance(standing, place) && number <= standing.newest;
    Some(if is_ours { Since::After(number) } else { Since::Beginning })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Database;

    #[test]
    fn a_sequence_says_to_which_incarnation_it_belongs() {
        let place = |location: &str, database| Place { location_id: location.into(), database };
        let standing = |incarnation: &str| Standing { incarnation: incarnation.into(), newest: 7 };
        let (here, now) = (place("L1", Database::Orders), standing("a"));
        let text = write(5, &now, &here);
        assert_eq!(read(Some(&text), &now, &here), Some(Since::After(5)));
        // another incarnation, another location, another database, and what was never reached
        assert_eq!(read(Some(&text), &standing("b"), &here), Some(Since::Beginning));
        assert_eq!(read(Some(&text), &now, &place("L2", Database::Orders)), Some(Since::Beginning));
        assert_eq!(read(Some(&text), &now, &place("L1", Database::Audit)), Some(Since::Beginning));
        assert_eq!(read(Some(&write(8, &now, &here)), &now, &here), Some(Since::Beginning));
        assert_eq!(read(None, &now, &here), Some(Since::Beginning));
        assert_eq!(read(Some("0"), &now, &here), Some(Since::Beginning));
        assert_eq!(read(Some("now"), &now, &here), Some(Since::After(7)));
        for junk in ["", "junk", "5", "-", "5-", "x-0123456789abcdef", "5-0123456789ABCDEF", "+5-0123456789abcdef"] {
            assert_eq!(read(Some(junk), &now, &here), None, "{junk}");
        }
    }
}
