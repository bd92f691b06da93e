//! What the log says of requests that were refused: so much in a minute and no more, so that nobody fills the disk by
//! asking what is refused.

use super::limits::{LOGGED_PATH_LETTERS, REFUSALS_LOGGED};
use crate::domain::Timestamp;
use std::sync::{Mutex, PoisonError};

/// What is counted, in milliseconds.
const MINUTE_MS: i64 = 60_000;

/// The refusals of the last minute.
#[derive(Debug)]
pub(super) struct Refusals {
    counted: Mutex<Counted>,
}

#[derive(Debug)]
struct Counted {
    since: Timestamp,
    told: u32,
    untold: u64,
}

/// What is said of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Say {
    /// That it was refused; and before it, how many were not told of in a minute that is over.
    Line {
        /// Those before.
        untold: u64,
    },
    /// Nothing: there were too many.
    Nothing,
}

impl Refusals {
    pub(super) fn new(now: Timestamp) -> Refusals {
        Refusals { counted: Mutex::new(Counted { since: now, told: 0, untold: 0 }) }
    }

    /// One more.
    pub(super) fn count(&self, now: Timestamp) -> Say {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let mut untold = 0;
        // A clock that was set back begins a minute, too.
        if !(0..MINUTE_MS).contains(&now.millis_since(counted.since)) {
            untold = counted.untold;
            *counted = Counted { since: now, told: 0, untold: 0 };
        }
        if counted.told >= REFUSALS_LOGGED {
            counted.untold = counted.untold.saturating_add(1);
            return Say::Nothing;
        }
        counted.told += 1;
        Say::Line { untold }
    }
}

/// The beginning of a path: a client may send a very long one.
pub(super) fn beginning(path: &str) -> &str {
    path.char_indices().nth(LOGGED_PATH_LETTERS).map_or(path, |(end, _)| &path[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_refusals_in_a_minute_the_first_are_told_and_the_rest_counted() {
        let at = Timestamp::utc;
        let refusals = Refusals::new(at(0));
        for _ in 0..REFUSALS_LOGGED {
            assert_eq!(refusals.count(at(1)), Say::Line { untold: 0 });
        }
        // when, what is said
        let rows = [
            (59_998, Say::Nothing),
            (59_999, Say::Nothing),
            (60_000, Say::Line { untold: 2 }),
            (60_001, Say::Line { untold: 0 }),
            (-1, Say::Line { untold: 0 }),
        ];
        for (ms, said) in rows {
            assert_eq!(refusals.count(at(ms)), said, "{ms}");
        }
    }

    #[test]
    fn of_a_path_only_the_beginning_is_told() {
        for (path, letters) in [("/a".to_owned(), 2), ("é".repeat(60_000), LOGGED_PATH_LETTERS)] {
            assert_eq!(beginning(&path).chars().count(), letters);
            assert!(path.starts_with(beginning(&path)));
        }
    }
}
