//! Who asks too much: a bucket for each address or token, which fills steadily and is emptied by requests.

use super::limits::{BURST_S, COUNTED_MAX};
use crate::domain::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Counts requests of many.
#[derive(Debug)]
pub(super) struct Rate<K> {
    /// In the long run, in a second; 0 counts nothing.
    per_s: u32,
    buckets: Mutex<HashMap<K, Bucket>>,
}

/// What somebody may still ask, in thousandths of a request, and when that was so.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: i64,
    at: Timestamp,
}

impl<K: Hash + Eq> Rate<K> {
    pub(super) fn new(per_s: u32) -> Rate<K> {
        Rate { per_s, buckets: Mutex::default() }
    }

    fn full(&self) -> i64 {
        i64::from(self.per_s) * i64::from(BURST_S) * 1_000
    }

    /// What is left in a bucket by now. A clock that was set back fills nothing.
    fn left(&self, bucket: Bucket, now: Timestamp) -> i64 {
        let filled = now.millis_since(bucket.at).max(0).saturating_mul(i64::from(self.per_s));
        bucket.left.saturating_add(filled).min(self.full())
    }

    /// Counts a request.
    ///
    /// # Errors
    /// After how many seconds to ask again, at least one.
    pub(super) fn count(&self, who: K, now: Timestamp) -> Result<(), u64> {
        if self.per_s == 0 {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= COUNTED_MAX && !buckets.contains_key(&who) {
            buckets.retain(|_, bucket| self.left(*bucket, now) < self.full());
            if buckets.len() >= COUNTED_MAX {
                // So many at once are no restaurant; to forget them all serves those who are.
                buckets.clear();
            }
        }
        let bucket = buckets.entry(who).or_insert(Bucket { left: self.full(), at: now });
        *bucket = Bucket { left: self.left(*bucket, now), at: now };
        if bucket.left < 1_000 {
            let wait_ms = (1_000 - bucket.left).unsigned_abs().div_ceil(u64::from(self.per_s));
            return Err(wait_ms.div_ceil(1_000).max(1));
        }
        bucket.left -= 1_000;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_too_much_waits_and_others_do_not() {
        let rate = Rate::new(2);
        let at = |ms: i64| Timestamp::utc(1_773_491_400_000 + ms);
        for nth in 0..10 {
            assert_eq!(rate.count("a", at(0)), Ok(()), "{nth}: five seconds at once");
        }
        // who, when in ms, what becomes of it
        let rows = [
            ("a", 0, Err(1)),
            ("b", 0, Ok(())),
            ("a", 499, Err(1)),
            ("a", 500, Ok(())),
            ("a", 500, Err(1)),
            ("a", -9_000, Err(1)),
            ("a", -8_500, Ok(())),
            ("a", 3_600_000, Ok(())),
        ];
        for (who, ms, right) in rows {
            assert_eq!(rate.count(who, at(ms)), right, "{who} at {ms}");
        }
        assert_eq!(Rate::new(0).count("a", at(0)), Ok(()), "0 counts nothing");
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let rate = Rate::new(1);
        for who in 0..COUNTED_MAX + 10 {
            rate.count(who, Timestamp::utc(0)).unwrap();
        }
        assert!(rate.buckets.lock().unwrap().len() <= COUNTED_MAX);
    }
}
