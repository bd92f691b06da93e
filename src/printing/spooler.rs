//! What becomes of a print job: decisions alone. Who holds the printer does what they say, in the order of the jobs.
//!
//! The rule behind all of them: as long as no byte has left, trying again is free and goes on for ever; once bytes
//! have left, nobody knows what is on paper, so the job is printed once more, marked `DUPLICATE?`, and then a human
//! must look. A drawer is never kicked twice for one job, nor long after it was asked for.

use super::limits::{BACKOFF_FIRST_MS, BACKOFF_MAX_MS, KICK_MAX_MS, REPRINT_WAIT_MS, STALE_AFTER_MS};
use crate::domain::slip::{JobState, PrintJob, Slip};
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The printer said that it is on paper.
    Printed,
    /// All bytes left, and the printer cannot or did not say more.
    Unconfirmed,
    /// No byte left: refused, not found, out of paper. Why.
    NotStarted(String),
    /// Some bytes left, then an error or a time-out. Why.
    Broken(String),
}

/// What a printer says of itself that keeps it from printing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// There is no paper in it.
    PaperOut,
    /// Somebody has opened its cover.
    CoverOpen,
    /// It takes nothing, and does not say why.
    Offline,
    /// It needs somebody who looks at it.
    Error,
}

impl Trouble {
    const ALL: [Trouble; 4] = [Trouble::PaperOut, Trouble::CoverOpen, Trouble::Offline, Trouble::Error];

    /// As a job's last error says it.
    pub fn words(self) -> &'static str {
        match self {
            Trouble::PaperOut => "out of paper",
            Trouble::CoverOpen => "its cover is open",
            Trouble::Offline => "the printer is offline: look at its buttons",
            Trouble::Error => "the printer reports an error: look at its lamps",
        }
    }

    /// Reads [`Trouble::words`]; any other error is none of these.
    pub fn from_words(words: &str) -> Option<Trouble> {
        Trouble::ALL.into_iter().find(|it| it.words() == words)
    }
}

/// What to write into a job's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobChange {
    /// How far it has come.
    pub state: JobState,
    /// Whether its next print carries `DUPLICATE?`.
    pub duplicate: bool,
    /// Not to be tried before this instant.
    pub not_before: Option<Timestamp>,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// What a printer's hand should do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing: no job waits, or one is in flight.
    Idle,
    /// Nothing before this instant.
    Wait(Timestamp),
    /// Mark the head as sending, one attempt more, and hand its bytes to the printer.
    Send,
    /// Write this into the head's row and look at the next.
    GiveUp(JobChange),
}

/// Decides what follows from an attempt's outcome. `job` is as it was handed over: its attempts count this one.
pub fn after(job: &PrintJob, outcome: &Outcome, now: Timestamp) -> JobChange {
    match outcome {
        Outcome::Printed => done(job, JobState::Printed),
        Outcome::Unconfirmed => done(job, JobState::Unconfirmed),
        Outcome::NotStarted(error) => JobChange {
            state: JobState::Queued,
            duplicate: job.duplicate,
            not_before: Some(now.plus_millis(backoff_ms(job.attempts))),
            last_error: Some(error.clone()),
        },
        Outcome::Broken(error) => match job.slip {
            Slip::DrawerKick | Slip::Test(_) => failed(job, error),
            Slip::Ticket(_) | Slip::Receipt(_) | Slip::Refund(_) if job.duplicate => failed(job, error),
            Slip::Ticket(_) | Slip::Receipt(_) | Slip::Refund(_) => {
                again(error, Some(now.plus_millis(REPRINT_WAIT_MS)))
            }
        },
    }
}

/// Decides about a job that was found in sending when the register started: bytes may have left.
pub fn recover(job: &PrintJob) -> JobChange {
    let error = "the register stopped while this was printing";
    match job.slip {
        Slip::DrawerKick => JobChange { last_error: Some(error.to_owned()), ..done(job, JobState::Unconfirmed) },
        Slip::Test(_) => failed(job, error),
        Slip::Ticket(_) | Slip::Receipt(_) | Slip::Refund(_) if job.duplicate => failed(job, error),
        Slip::Ticket(_) | Slip::Receipt(_) | Slip::Refund(_) => again(error, None),
    }
}

/// Decides what a printer does now, from the first of its jobs that is not done and whether one is in flight.
pub fn next(head: Option<&PrintJob>, now: Timestamp, in_flight: bool) -> Step {
    let Some(job) = head.filter(|_| !in_flight) else { return Step::Idle };
    match job.state {
        JobState::Sending | JobState::Printed | JobState::Unconfirmed | JobState::Failed => Step::Idle,
        JobState::Queued if is_stale_kick(job, now) => {
            let error = job.last_error.as_deref().unwrap_or("its turn came too late");
            Step::GiveUp(failed(job, &format!("the drawer was not opened: {error}")))
        }
        JobState::Queued => match job.not_before {
            // A wait longer than any of ours means that the clock was set back: it is not waited for.
            Some(until) if until > now && until.millis_since(now) <= BACKOFF_MAX_MS => Step::Wait(until),
            Some(_) | None => Step::Send,
        },
    }
}

/// Whether this is a drawer's kick whose time has passed: a drawer must not open when nobody stands there.
pub fn is_stale_kick(job: &PrintJob, now: Timestamp) -> bool {
    match job.slip {
        // Either way: a clock that was set back must not make an old kick young.
        Slip::DrawerKick => now.millis_since(job.queued_at).saturating_abs() > KICK_MAX_MS,
        Slip::Ticket(_) | Slip::Receipt(_) | Slip::Refund(_) | Slip::Test(_) => false,
    }
}

/// Whether a job is so old that somebody must say whether it is still wanted; `agreed` are those that are.
pub fn asks(job: &PrintJob, agreed: &BTreeSet<i64>, now: Timestamp) -> bool {
    let is_old = now.millis_since(job.queued_at) > STALE_AFTER_MS;
    match (job.state, &job.slip) {
        (JobState::Queued, Slip::Ticket(_) | Slip::Receipt(_) | Slip::Refund(_) | Slip::Test(_)) => {
            is_old && !agreed.contains(&job.job_id)
        }
        // A kick that is late is given up, not asked about.
        (JobState::Queued, Slip::DrawerKick) => false,
        (JobState::Sending | JobState::Printed | JobState::Unconfirmed | JobState::Failed, _) => false,
    }
}

/// The job whose turn it is among those that a printer has not finished: the first about which nobody must be asked.
pub fn whose_turn<'a>(queue: &'a [PrintJob], agreed: &BTreeSet<i64>, now: Timestamp) -> Option<&'a PrintJob> {
    queue.iter().find(|job| !asks(job, agreed, now))
}

/// What becomes of a job that nobody wants any more.
pub fn unwanted(job: &PrintJob) -> JobChange {
    failed(job, "it was too old, and not wanted any more")
}

/// How long to wait after the `attempts`-th attempt of which no byte left.
fn backoff_ms(attempts: u32) -> i64 {
    let doublings = attempts.saturating_sub(1).min(16);
    (BACKOFF_FIRST_MS << doublings).min(BACKOFF_MAX_MS)
}

fn done(job: &PrintJob, state: JobState) -> JobChange {
    JobChange { state, duplicate: job.duplicate, not_before: None, last_error: None }
}

fn failed(job: &PrintJob, error: &str) -> JobChange {
    JobChange { last_error: Some(error.to_owned()), ..done(job, JobState::Failed) }
}

fn again(error: &str, not_before: Option<Timestamp>) -> JobChange {
    JobChange { state: JobState::Queued, duplicate: true, not_before, last_error: Some(error.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{dine_in, job};
    use super::*;

    const NOW: i64 = 1_000_000;

    fn now() -> Timestamp {
        Timestamp::utc(NOW)
    }

    fn ticket(attempts: u32, duplicate: bool) -> PrintJob {
        PrintJob { attempts, duplicate, state: JobState::Sending, ..job(Slip::Ticket(dine_in()), now()) }
    }

    fn kick(attempts: u32) -> PrintJob {
        PrintJob { attempts, state: JobState::Sending, ..job(Slip::DrawerKick, now()) }
    }

    /// State, duplicate, milliseconds until not_before, error.
    type Seen<'a> = (JobState, bool, Option<i64>, Option<&'a str>);

    fn seen(change: &JobChange) -> Seen<'_> {
        let wait = change.not_before.map(|until| until.millis_since(now()));
        (change.state, change.duplicate, wait, change.last_error.as_deref())
    }

    #[test]
    fn an_outcome_decides_what_becomes_of_a_job() {
        use JobState::{Failed, Printed, Queued, Unconfirmed};
        let off = || Outcome::NotStarted("refused".to_owned());
        let torn = || Outcome::Broken("timed out".to_owned());
        // job, outcome, state, marked duplicate, wait in ms, error
        let rows: [(PrintJob, Outcome, Seen<'_>); 15] = [
            (ticket(1, false), Outcome::Printed, (Printed, false, None, None)),
            (ticket(2, true), Outcome::Printed, (Printed, true, None, None)),
            (ticket(1, false), Outcome::Unconfirmed, (Unconfirmed, false, None, None)),
            (ticket(1, false), off(), (Queued, false, Some(1_000), Some("refused"))),
            (ticket(2, false), off(), (Queued, false, Some(2_000), Some("refused"))),
            (ticket(5, false), off(), (Queued, false, Some(16_000), Some("refused"))),
            (ticket(6, false), off(), (Queued, false, Some(30_000), Some("refused"))),
            (ticket(u32::MAX, false), off(), (Queued, false, Some(30_000), Some("refused"))),
            (ticket(2, true), off(), (Queued, true, Some(2_000), Some("refused"))),
            (ticket(1, false), torn(), (Queued, true, Some(2_000), Some("timed out"))),
            (ticket(2, true), torn(), (Failed, true, None, Some("timed out"))),
            (kick(1), Outcome::Printed, (Printed, false, None, None)),
            (kick(1), Outcome::Unconfirmed, (Unconfirmed, false, None, None)),
            (kick(1), off(), (Queued, false, Some(1_000), Some("refused"))),
            (kick(1), torn(), (Failed, false, None, Some("timed out"))),
        ];
        for (job, outcome, expected) in rows {
            assert_eq!(seen(&after(&job, &outcome, now())), expected, "{:?} {outcome:?}", job.attempts);
        }
    }

    #[test]
    fn a_crash_while_printing_reprints_once_and_never_kicks_again() {
        let stopped = Some("the register stopped while this was printing");
        // job, state, marked duplicate, wait in ms, error
        let rows: [(PrintJob, Seen<'_>); 3] = [
            (ticket(1, false), (JobState::Queued, true, None, stopped)),
            (ticket(2, true), (JobState::Failed, true, None, stopped)),
            (kick(1), (JobState::Unconfirmed, false, None, stopped)),
        ];
        for (job, expected) in rows {
            assert_eq!(seen(&recover(&job)), expected);
        }
    }

    #[test]
    fn a_job_is_on_paper_at_most_twice_whatever_happens() {
        let torn = Outcome::Broken("timed out".to_owned());
        let mut job = ticket(1, false);
        let mut prints = 0;
        while job.state != JobState::Failed {
            prints += 1;
            let change = if prints % 2 == 1 { recover(&job) } else { after(&job, &torn, now()) };
            job = PrintJob { state: change.state, duplicate: change.duplicate, ..job };
        }
        assert_eq!(prints, 2);
    }

    #[test]
    fn the_head_is_sent_when_its_time_has_come() {
        let queued = |slip: PrintJob| PrintJob { state: JobState::Queued, ..slip };
        let at = |millis: i64| Timestamp::utc(NOW + millis);
        let waits = |job: PrintJob, millis: i64| PrintJob { not_before: Some(at(millis)), ..queued(job) };
        let asked = |millis: i64| PrintJob { queued_at: at(millis), ..queued(kick(0)) };
        let late = |error: &str| {
            let last_error = Some(format!("the drawer was not opened: {error}"));
            Step::GiveUp(JobChange { state: JobState::Failed, duplicate: false, not_before: None, last_error })
        };
        // legend, head, one in flight, step
        let rows = [
            ("nothing waits", None, false, Step::Idle),
            ("one at a time", Some(queued(ticket(0, false))), true, Step::Idle),
            ("its turn", Some(queued(ticket(0, false))), false, Step::Send),
            ("backing off", Some(waits(ticket(1, false), 500)), false, Step::Wait(at(500))),
            ("backed off", Some(waits(ticket(1, false), 0)), false, Step::Send),
            ("the clock was set back", Some(waits(ticket(1, false), 3_600_000)), false, Step::Send),
            ("not recovered yet", Some(ticket(1, false)), false, Step::Idle),
            ("a fresh kick", Some(asked(0)), false, Step::Send),
            ("a kick just in time", Some(asked(-30_000)), false, Step::Send),
            ("a kick too late", Some(asked(-30_001)), false, late("its turn came too late")),
            ("a kick of the future", Some(asked(30_001)), false, late("its turn came too late")),
            (
                "a kick whose printer was off",
                Some(PrintJob { last_error: Some("refused".to_owned()), not_before: Some(at(1)), ..asked(-60_000) }),
                false,
                late("refused"),
            ),
        ];
        for (legend, head, in_flight, step) in rows {
            assert_eq!(next(head.as_ref(), now(), in_flight), step, "{legend}");
        }
    }

    #[test]
    fn a_job_of_twenty_minutes_asks_and_lets_younger_ones_pass() {
        let aged = |job_id: i64, minutes: i64, slip: PrintJob| {
            let queued_at = now().plus_millis(-minutes * 60_000 - i64::from(minutes > 0));
            PrintJob { job_id, queued_at, state: JobState::Queued, ..slip }
        };
        let queue = [aged(1, 20, ticket(0, false)), aged(2, 90, kick(0)), aged(3, 0, ticket(0, false))];
        let turn = |queue: &[PrintJob], agreed: &[i64]| {
            whose_turn(queue, &agreed.iter().copied().collect(), now()).map(|job| job.job_id)
        };
        assert_eq!(turn(&queue, &[]), Some(2), "a kick is not asked about");
        assert_eq!(turn(&queue, &[1]), Some(1), "somebody wants it");
        assert_eq!(turn(&queue[..1], &[]), None);
        let sending = PrintJob { state: JobState::Sending, ..queue[0].clone() };
        assert_eq!(turn(&[sending], &[]), Some(1), "it is being printed");
        let young = PrintJob { queued_at: now().plus_millis(3_600_000), ..queue[2].clone() };
        assert_eq!(turn(&[young], &[]), Some(3), "the clock was set back");
        assert_eq!(unwanted(&queue[0]).state, JobState::Failed);
    }
}
