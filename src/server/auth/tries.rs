//! How often somebody may be wrong: wrong tries are counted by name and address, and after too many each further one is
//! told to wait. What is right is never counted and never waits.

use crate::domain::Timestamp;
use crate::server::limits::{WRONG_TRIES_KEPT, WRONG_TRIES_MS};
use std::collections::BTreeMap;

/// Wrong tries of the last while.
#[derive(Debug, Default)]
pub(super) struct Tries {
    wrong: BTreeMap<String, Wrong>,
}

#[derive(Debug)]
struct Wrong {
    first: Timestamp,
    count: u32,
}

/// There were too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany {
    /// After how many seconds wrong tries count anew.
    pub wait_s: u32,
}

impl Tries {
    /// Says so when there were too many, `most` or more.
    pub fn look(&self, of: &str, most: u32, now: Timestamp) -> Result<(), TooMany> {
        let Some(Wrong { first, count }) = self.wrong.get(of) else { return Ok(()) };
        let left_ms = WRONG_TRIES_MS - now.millis_since(*first);
        // More than all of it is left when the clock was set back: then nothing is known.
        if *count < most || !(1..=WRONG_TRIES_MS).contains(&left_ms) {
            return Ok(());
        }
        Err(TooMany { wait_s: u32::try_from(left_ms.saturating_add(999) / 1000).unwrap_or(1) })
    }

    /// One more.
    pub fn wrong(&mut self, of: &str, now: Timestamp) {
        let counts = |it: &Wrong| (0..WRONG_TRIES_MS).contains(&now.millis_since(it.first));
        if let Some(wrong) = self.wrong.get_mut(of).filter(|it| counts(it)) {
            wrong.count = wrong.count.saturating_add(1);
            return;
        }
        if self.wrong.len() >= WRONG_TRIES_KEPT {
            self.wrong.retain(|_, it| counts(it));
        }
        if self.wrong.len() >= WRONG_TRIES_KEPT {
            let oldest = self.wrong.iter().min_by_key(|(_, it)| it.first).map(|(of, _)| of.clone());
            oldest.map(|of| self.wrong.remove(&of));
        }
        self.wrong.insert(of.to_owned(), Wrong { first: now, count: 1 });
    }

    /// Right at last: what was wrong before does not count.
    pub fn right(&mut self, of: &str) {
        self.wrong.remove(of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_too_many_wrong_tries_the_next_one_waits() {
        let at = |ms: i64| Timestamp::utc(1_000_000 + ms);
        let mut tries = Tries::default();
        for nth in 0..3 {
            assert_eq!(tries.look("T1", 3, at(nth)), Ok(()));
            tries.wrong("T1", at(nth));
        }
        // time after the first wrong try, seconds to wait (0 = may try)
        for (ms, wait_s) in [(2, 60), (30_000, 30), (59_001, 1), (60_000, 0), (-1, 0)] {
            let told = tries.look("T1", 3, at(ms)).err().map_or(0, |it| it.wait_s);
            assert_eq!(told, wait_s, "{ms}");
        }
        assert_eq!(tries.look("T2", 3, at(3)), Ok(()), "each name for itself");
        tries.wrong("T1", at(60_000));
        assert_eq!(tries.look("T1", 3, at(60_001)), Ok(()), "the count begins anew");
        tries.wrong("T1", at(60_001));
        tries.right("T1");
        tries.wrong("T1", at(60_002));
        tries.wrong("T1", at(60_003));
        assert_eq!(tries.look("T1", 3, at(60_004)), Ok(()), "right at last");
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut tries = Tries::default();
        for nth in 0..WRONG_TRIES_KEPT + 10 {
            tries.wrong(&nth.to_string(), Timestamp::utc(nth as i64));
        }
        assert_eq!(tries.wrong.len(), WRONG_TRIES_KEPT);
        assert!(!tries.wrong.contains_key("9") && tries.wrong.contains_key("10"), "the oldest go first");
    }
}
