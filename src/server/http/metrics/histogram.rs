//! How long things take: counts of those that took at most so long, and the sum of all.

use crate::server::http::limits::BUCKETS_US;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Durations that were noted.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    /// Those of each bucket alone; what took longer than the last is in none.
    counts: [AtomicU64; BUCKETS_US.len()],
    longer: AtomicU64,
    sum_us: AtomicU64,
}

/// A histogram at one moment.
#[derive(Debug, PartialEq)]
pub(super) struct Durations {
    /// How long at most, in seconds, and how many took no longer.
    pub(super) buckets: Vec<(f64, u64)>,
    /// In seconds, all together.
    pub(super) sum_s: f64,
    pub(super) count: u64,
}

impl Histogram {
    pub(super) fn note(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS_US.iter().position(|most| us <= *most);
        bucket.map_or(&self.longer, |nth| &self.counts[nth]).fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    /// It at one moment: what is noted meanwhile may be in the sum and not yet in the counts, never half in the counts.
    pub(super) fn now(&self) -> Durations {
        let mut count = 0;
        let buckets = BUCKETS_US.iter().zip(&self.counts).map(|(most_us, of_bucket)| {
            count += of_bucket.load(Ordering::Relaxed);
            (seconds(*most_us), count)
        });
        let buckets = buckets.collect();
        let count = count + self.longer.load(Ordering::Relaxed);
        Durations { buckets, sum_s: seconds(self.sum_us.load(Ordering::Relaxed)), count }
    }
}

// Exact up to nine quadrillion microseconds, which are 285 years.
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_at_most_so_long_is_in_its_bucket_and_in_all_above() {
        let histogram = Histogram::default();
        for us in [0, BUCKETS_US[0], BUCKETS_US[0] + 1, BUCKETS_US[BUCKETS_US.len() - 1] + 1] {
            histogram.note(Duration::from_micros(us));
        }
        let now = histogram.now();
        assert_eq!((now.buckets[0].1, now.buckets[1].1, now.count), (2, 3, 4));
        assert_eq!(now.buckets.last().unwrap().1, 3);
        assert!(now.buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1));
        assert!(now.sum_s > 10.0, "{}", now.sum_s);
    }
}
