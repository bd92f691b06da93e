//! Whether there is a link: every reply and failure is evidence, and when nothing else is heard the server is probed.
//!
//! A lane's failure counts, and asks for a probe at once; a strange answer only asks for one. So a lane that fails
//! alone does not make the link flap: the probe decides.

use super::limits::{FAILURES_UNTIL_OFFLINE, PROBE_EVERY_MS, PROBE_LONGEST_MS};
use crate::domain::Timestamp;

/// Whether the server can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Nothing has been heard yet.
    Unknown,
    /// It answers.
    Online {
        /// Since when.
        since: Timestamp,
    },
    /// It does not.
    Offline {
        /// Since when.
        since: Timestamp,
    },
}

/// How the link changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is there; before it was not, since the time given, or nothing was known.
    Up { since: Option<Timestamp> },
    /// It is gone.
    Down,
}

/// The link's state machine.
#[derive(Debug)]
pub(super) struct Monitor {
    link: Link,
    /// In a row.
    failures: u32,
    /// The next probe, as a tick.
    probe_at: i64,
    /// Until the one after it, while offline.
    interval: i64,
}

impl Monitor {
    pub fn new() -> Monitor {
        Monitor { link: Link::Unknown, failures: 0, probe_at: i64::MIN, interval: PROBE_EVERY_MS }
    }

    pub fn link(&self) -> Link {
        self.link
    }

    pub fn is_online(&self) -> bool {
        matches!(self.link, Link::Online { .. })
    }

    /// When the next probe is due, as a tick.
    pub fn probe_at(&self) -> i64 {
        self.probe_at
    }

    /// A probe leaves.
    pub fn probing(&mut self, tick: i64) {
        self.probe_at = tick + PROBE_EVERY_MS;
        if matches!(self.link, Link::Offline { .. }) {
            self.probe_at = tick + self.interval;
            self.interval = (self.interval * 3 / 2).min(PROBE_LONGEST_MS);
        }
    }

    /// Something asks for certainty.
    pub fn doubt(&mut self, tick: i64) {
        self.probe_at = self.probe_at.min(tick);
    }

    /// Our server was heard.
    pub fn heard(&mut self, now: Timestamp, tick: i64) -> Option<Turn> {
        self.failures = 0;
        self.probe_at = tick + PROBE_EVERY_MS;
        self.interval = PROBE_EVERY_MS;
        let since = match self.link {
            Link::Online { .. } => return None,
            Link::Unknown => None,
            Link::Offline { since } => Some(since),
        };
        self.link = Link::Online { since: now };
        Some(Turn::Up { since })
    }

    /// It was not, though it should have been.
    pub fn missed(&mut self, now: Timestamp, tick: i64) -> Option<Turn> {
        if matches!(self.link, Link::Offline { .. }) {
            return None;
        }
        self.failures += 1;
        if self.failures < FAILURES_UNTIL_OFFLINE {
            self.doubt(tick);
            return None;
        }
        self.link = Link::Offline { since: now };
        self.interval = PROBE_EVERY_MS;
        self.probe_at = tick + PROBE_EVERY_MS;
        Some(Turn::Down)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::limits::PROBE_REPLY_MS;

    fn at(tick: i64) -> Timestamp {
        Timestamp::utc(tick)
    }

    #[test]
    fn two_failures_in_a_row_are_a_loss_and_one_answer_is_a_return() {
        let mut monitor = Monitor::new();
        assert_eq!((monitor.link(), monitor.missed(at(0), 0)), (Link::Unknown, None));
        assert_eq!(monitor.heard(at(1), 1), Some(Turn::Up { since: None }));
        assert_eq!(monitor.missed(at(2), 2), None);
        assert_eq!(monitor.heard(at(3), 3), None);
        assert_eq!(monitor.missed(at(4), 4), None);
        assert_eq!(monitor.missed(at(5), 5), Some(Turn::Down));
        assert_eq!(monitor.missed(at(6), 6), None);
        assert_eq!(monitor.link(), Link::Offline { since: at(5) });
        assert_eq!(monitor.heard(at(7), 7), Some(Turn::Up { since: Some(at(5)) }));
        assert_eq!(monitor.link(), Link::Online { since: at(7) });
    }

    #[test]
    fn a_silent_loss_shows_within_ten_seconds() {
        let mut monitor = Monitor::new();
        assert!(monitor.heard(at(0), 0).is_some());
        let mut tick = 0;
        let down = loop {
            tick = monitor.probe_at().max(tick);
            monitor.probing(tick);
            tick += i64::from(PROBE_REPLY_MS);
            if monitor.missed(at(tick), tick).is_some() {
                break tick;
            }
        };
        assert!(down <= 10_000, "{down} ms");
    }

    #[test]
    fn a_return_shows_within_half_a_minute_however_long_the_loss() {
        let mut monitor = Monitor::new();
        let (mut tick, mut longest, mut first) = (0, 0, None);
        for _ in 0..50 {
            let due = monitor.probe_at().max(tick);
            longest = longest.max(due - tick);
            first = first.or_else(|| matches!(monitor.link(), Link::Offline { .. }).then_some(due - tick));
            monitor.probing(due);
            tick = due + i64::from(PROBE_REPLY_MS);
            let turn = monitor.missed(at(tick), tick);
            assert_eq!(turn.is_some(), tick == 2 * i64::from(PROBE_REPLY_MS), "one loss, at {tick}");
        }
        assert!(longest + i64::from(PROBE_REPLY_MS) <= 30_000, "{longest} ms");
        assert_eq!(first, Some(5_000));
    }
}
