//! What goes in and out of a line, and how it stands.

use super::LaneName;
use crate::domain::Timestamp;
use crate::sync::Link;
use crate::sync::wire::Trouble;

/// A call to be carried out. It may fail, come back late, twice or never.
#[derive(Debug, Clone)]
pub struct Call {
    /// To be handed back with the answer.
    pub id: u64,
    /// What to send.
    pub request: http::Request<Vec<u8>>,
    /// After so many milliseconds nobody waits for the answer any more.
    pub reply_within_ms: u32,
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
}

impl From<LineTrouble> for Trouble {
    fn from(trouble: LineTrouble) -> Trouble {
        Trouble::Line(match trouble {
            LineTrouble::Unreachable(why) => why,
            LineTrouble::TimedOut => "no answer in time".into(),
            LineTrouble::CutOff(why) => format!("the answer was cut off: {why}"),
        })
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
