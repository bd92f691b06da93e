//! Who asks too much: a bucket for each address or token, which fills steadily and is emptied by requests, here and at
//! other servers that say so.

use super::limits::{BURST_S, COUNTED_MAX};
use crate::domain::Timestamp;
use crate::server::cache::limits::{COUNTED_EVERY_MS, COUNTED_FROM};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    /// Requests of which other servers were not told.
    untold: u32,
}

impl<K: Hash + Eq + Clone> Rate<K> {
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
        let mut buckets = self.lock();
        let bucket = self.bucket(&mut buckets, who, now);
        if bucket.left < 1_000 {
            let wait_ms = (1_000 - bucket.left).unsigned_abs().div_ceil(u64::from(self.per_s));
            return Err(wait_ms.div_ceil(1_000).max(1));
        }
        bucket.left -= 1_000;
        bucket.untold = bucket.untold.saturating_add(1);
        Ok(())
    }

    /// Takes note of requests that another server answered.
    pub(super) fn counted_elsewhere(&self, who: K, count: u32, now: Timestamp) {
        if self.per_s == 0 {
            return;
        }
        let mut buckets = self.lock();
        let bucket = self.bucket(&mut buckets, who, now);
        bucket.left = bucket.left.saturating_sub(i64::from(count).saturating_mul(1_000)).max(0);
    }

    /// Who asked here since this was called last, and how often. Of those who asked little nothing is said.
    pub(super) fn counted_here(&self) -> Vec<(K, u32)> {
        let usual = u64::from(self.per_s) * COUNTED_EVERY_MS / 1_000 / u64::from(COUNTED_FROM);
        let mut buckets = self.lock();
        let counts = buckets.iter_mut().map(|(who, bucket)| (who, std::mem::take(&mut bucket.untold)));
        let counts = counts.filter(|(_, count)| *count > 0 && u64::from(*count) >= usual);
        counts.map(|(who, count)| (who.clone(), count)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody's bucket, filled up to now.
    fn bucket<'a>(&self, buckets: &'a mut HashMap<K, Bucket>, who: K, now: Timestamp) -> &'a mut Bucket {
        if buckets.len() >= COUNTED_MAX && !buckets.contains_key(&who) {
            buckets.retain(|_, bucket| self.left(*bucket, now) < self.full());
            if buckets.len() >= COUNTED_MAX {
                // So many at once are no restaurant; to forget them all serves those who are.
                buckets.clear();
            }
        }
        let bucket = buckets.entry(who).or_insert(Bucket { left: self.full(), at: now, untold: 0 });
        *bucket = Bucket { left: self.left(*bucket, now), at: now, ..*bucket };
        bucket
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
    fn what_was_asked_elsewhere_counts_here() {
        let at = |ms: i64| Timestamp::utc(1_773_491_400_000 + ms);
        let (here, elsewhere) = (Rate::new(2), Rate::new(2));
        for _ in 0..10 {
            elsewhere.count("a", at(0)).unwrap();
        }
        assert_eq!(elsewhere.counted_here(), [("a", 10)]);
        assert!(elsewhere.counted_here().is_empty(), "each is told once");
        here.counted_elsewhere("a", 4, at(0));
        for nth in 0..6 {
            assert_eq!(here.count("a", at(0)), Ok(()), "{nth}: what is left of five seconds");
        }
        assert_eq!(here.count("a", at(0)), Err(1));
        here.counted_elsewhere("a", u32::MAX, at(0));
        assert_eq!(here.count("a", at(500)), Ok(()), "nobody pays for longer than it takes to fill");
        let fast = Rate::new(1_000);
        (0..24).for_each(|_| fast.count("a", at(0)).unwrap());
        (0..25).for_each(|_| fast.count("b", at(0)).unwrap());
        assert_eq!(fast.counted_here(), [("b", 25)], "a tenth of what may be asked in that time");
        assert!(fast.counted_here().is_empty());
        let none = Rate::new(0);
        none.counted_elsewhere("a", 1, at(0));
        assert_eq!((none.count("a", at(0)), none.counted_here()), (Ok(()), Vec::new()), "0 counts nothing");
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
