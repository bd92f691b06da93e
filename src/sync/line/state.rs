//! What goes in and out of a line, and how it stands.

use super::LaneName;
use crate::domain::Timestamp;
use crate::sync::Link;
use crate::sync::wire::{Request, Trouble};
use std::fmt;

/// A call to be carried out. It may fail, come back late, twice or never.
#[derive(Clone)]
pub struct Call {
    /// To be handed back with the answer.
    pub id: u64,
    /// What to send.
    pub request: http::Request<Vec<u8>>,
    /// After so many milliseconds nobody waits for the answer any more.
    pub reply_within_ms: u32,
    /// Of an answer that is longer nothing is read, in bytes.
    pub answer_bytes_max: usize,
}

/// For logs: without what it carries, which may be a secret.
impl fmt::Debug for Call {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Call { id, request, reply_within_ms, .. } = self;
        write!(out, "Call({id}: {} {}, {reply_within_ms} ms)", request.method(), request.uri())
    }
}

/// No id is given twice, and the request of an id does not change.
impl PartialEq for Call {
    fn eq(&self, other: &Call) -> bool {
        self.id == other.id
    }
}

impl Eq for Call {}

/// Why a call brought nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineTrouble {
    /// There was no way to the server.
    Unreachable(String),
    /// Nothing came back in time.
    TimedOut,
    /// Only a part of the answer came back.
    CutOff(String),
    /// The answer is longer than [`Call::answer_bytes_max`].
    TooLarge,
}

impl LineTrouble {
    /// What it means for whoever asked that.
    pub fn of(self, request: &Request) -> Trouble {
        let most = request.answer_bytes_max();
        match self {
            LineTrouble::Unreachable(why) => Trouble::Line(why),
            LineTrouble::TimedOut => Trouble::Line("no answer in time".into()),
            LineTrouble::CutOff(why) => Trouble::Line(format!("the answer was cut off: {why}")),
            LineTrouble::TooLarge => Trouble::TooLarge(format!("its answer is longer than {most} bytes")),
        }
    }
}

/// How the line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineState {
    /// Whether there is a link.
    pub link: Link,
    /// Lanes that fail.
    pub failing: Vec<Failing>,
    /// When a round last went well.
    pub last_success: Option<Timestamp>,
    /// All that was here was offered to this server once, by every lane that sends documents.
    pub is_all_offered: bool,
    /// When a feed was last heard since there is a link: what changes at the server comes here.
    pub fed_at: Option<Timestamp>,
    /// Calls under way, long polls apart.
    pub in_flight: u32,
}

/// A lane that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// Which.
    pub lane: LaneName,
    /// Since when.
    pub since: Timestamp,
    /// Why, the last time.
    pub why: String,
}
