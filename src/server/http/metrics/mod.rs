//! What a server counts of itself, for whoever watches it: counters, gauges and durations, each with a bounded set of
//! labels. Nothing here names a customer, an order or a device; locations are named in one gauge alone.
//!
//! Read in this order: `family` (what an address counts as), `histogram` (how long things take), `exposition` (the text
//! that Prometheus reads), `cached` (what the cache was good for), `answer` (all of it at one moment). Who may read it,
//! whoever has the sockets decides.

mod answer;
mod cached;
mod exposition;
mod family;
mod histogram;

pub(super) use answer::metrics;
pub(super) use exposition::Exposition;
pub(super) use family::Family;

use crate::server::central::{Batch, Committed, Fault, Reply};
use crate::sync::wire::{Answer, Problem, Request};
use histogram::Histogram;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Counts by a key of which there are few.
#[derive(Debug)]
struct Counts<K>(Mutex<BTreeMap<K, u64>>);

impl<K> Default for Counts<K> {
    fn default() -> Counts<K> {
        Counts(Mutex::default())
    }
}

impl<K: Ord + Clone> Counts<K> {
    fn add(&self, key: K, more: u64) {
        let mut counts = self.lock();
        let count = counts.entry(key).or_default();
        *count = count.saturating_add(more);
    }

    fn all(&self) -> Vec<(K, u64)> {
        self.lock().iter().map(|(key, count)| (key.clone(), *count)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<K, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who asked too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Limited {
    /// An address.
    Address,
    /// A token.
    Token,
    /// Somebody who tried wrong secrets or codes.
    Tries,
    /// A device that holds too many feeds.
    Feeds,
}

impl Limited {
    const ALL: [Limited; 4] = [Limited::Address, Limited::Token, Limited::Tries, Limited::Feeds];

    fn code(self) -> &'static str {
        match self {
            Limited::Address => "address",
            Limited::Token => "token",
            Limited::Tries => "tries",
            Limited::Feeds => "feeds",
        }
    }
}

/// Why bodies are refused: the codes of their problems.
const BODIES: [&str; 4] = ["too_large", "too_slow", "no_room", "unsupported_encoding"];
/// How submissions are answered when they are not accepted: the codes of their problems. What stands in no row is
/// counted as the last.
const NOT_ACCEPTED: [&str; 8] =
    ["not_valid", "forbidden", "document_too_large", "order_not_accepted", "bad_request", "busy", "database", "other"];
/// What an accepted submission is counted as.
const ACCEPTED: &str = "accepted";
/// What is submitted.
const KINDS: [&str; 2] = ["order", "payment"];
/// What becomes of batches.
const OUTCOMES: [&str; 4] = ["done", "moved", "failed", "unknown"];

/// What a server counts, from its start on.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: Counts<(Family, u16)>,
    durations: [Histogram; Family::ALL.len()],
    bodies: Counts<&'static str>,
    limited: Counts<Limited>,
    submissions: Counts<(&'static str, &'static str)>,
    accepted: Counts<&'static str>,
    batches: Counts<&'static str>,
    commits: Histogram,
    appended: Counts<&'static str>,
    faults: AtomicU64,
    connections: AtomicU64,
    connections_open: AtomicU64,
    connections_refused: AtomicU64,
}

/// A connection that is counted as open until this is dropped.
#[derive(Debug)]
pub struct OpenConnection(Arc<Metrics>);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.connections_open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// Counts a connection that was accepted.
    #[must_use]
    pub fn connected(self: &Arc<Metrics>) -> OpenConnection {
        self.connections.fetch_add(1, Ordering::Relaxed);
        self.connections_open.fetch_add(1, Ordering::Relaxed);
        OpenConnection(Arc::clone(self))
    }

    /// Counts a connection for which there was no place.
    pub fn no_place(&self) {
        self.connections_refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request that was answered; a feed that is held counts until its first words.
    pub(super) fn answered(&self, family: Family, status: u16, took: Duration) {
        self.requests.add((family, status), 1);
        self.durations[family as usize].note(took);
    }

    /// Counts what was refused before it was looked at, if its code says that its body was why.
    pub(super) fn refused(&self, problem: &Problem) {
        if let Some(code) = BODIES.into_iter().find(|code| problem.code == *code) {
            self.bodies.add(code, 1);
        }
    }

    /// Counts somebody who asked too much.
    pub(super) fn limited(&self, who: Limited) {
        self.limited.add(who, 1);
    }

    /// Counts how a submission was answered. One that is repeated is counted again.
    pub(super) fn submitted(&self, request: &Request, answered: &Result<Answer, Problem>) {
        let kind = match request {
            Request::SubmitOrder { .. } => KINDS[0],
            Request::SubmitPayment { .. } => KINDS[1],
            Request::Health
            | Request::Token { .. }
            | Request::Enrol { .. }
            | Request::Menu { .. }
            | Request::Information { .. }
            | Request::GetLocal { .. }
            | Request::PutLocal { .. }
            | Request::EnsureFullCommit { .. }
            | Request::Changes { .. }
            | Request::RevsDiff { .. }
            | Request::BulkGet { .. }
            | Request::OpenRevisions { .. }
            | Request::BulkDocs { .. } => return,
        };
        let how = match answered {
            Ok(_) => ACCEPTED,
            Err(problem) => {
                let known = NOT_ACCEPTED.into_iter().find(|code| problem.code == *code);
                known.unwrap_or(NOT_ACCEPTED[NOT_ACCEPTED.len() - 1])
            }
        };
        self.submissions.add((kind, how), 1);
    }

    /// Counts an order that others were before for too long.
    pub(super) fn busy(&self) {
        self.submissions.add((KINDS[0], "busy"), 1);
    }

    /// Counts what became of a batch, and how long it took.
    pub(super) fn committed(&self, batch: &Batch, committed: &Result<Committed, Fault>, took: Duration) {
        self.commits.note(took);
        let outcome = match committed {
            Ok(Committed::Done) => OUTCOMES[0],
            Ok(Committed::Moved) => OUTCOMES[1],
            Err(Fault { is_unknown: false, .. }) => OUTCOMES[2],
            Err(Fault { is_unknown: true, .. }) => OUTCOMES[3],
        };
        self.batches.add(outcome, 1);
        if !matches!(committed, Ok(Committed::Done)) {
            return;
        }
        self.appended.add(batch.place.database.code(), batch.documents.len() as u64);
        if let Some(acceptance) = &batch.acceptance {
            let kind = match acceptance.reply {
                Reply::Order(_) => KINDS[0],
                Reply::Payment(..) => KINDS[1],
            };
            self.accepted.add(kind, 1);
        }
    }

    /// Counts that the central database failed.
    pub(super) fn failed(&self) {
        self.faults.fetch_add(1, Ordering::Relaxed);
    }
}
