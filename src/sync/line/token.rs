//! The bearer token that goes with every call: asked for with the register's secret, renewed before it ends.

use super::lane::Flight;
use crate::sync::limits::{TOKEN_LASTS_MS_MIN, TOKEN_MARGIN_MS};
use crate::sync::wire::Trouble;
use std::fmt;

/// What is known of the token.
pub(super) struct TokenKeeper {
    /// The one in use and the tick from which it is not used any more.
    held: Option<(String, i64)>,
    pub flight: Option<Flight>,
    /// Not asked for before this tick.
    pub look_at: i64,
    /// How often in a row it was not given.
    pub tries: u32,
    /// Since which tick, and why.
    pub failing: Option<(i64, String)>,
}

/// For logs: without the token.
impl fmt::Debug for TokenKeeper {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let until = self.held.as_ref().map(|(_, until)| until);
        write!(out, "TokenKeeper(held until {until:?}, {:?}, tries {})", self.flight, self.tries)
    }
}

impl TokenKeeper {
    pub fn new() -> TokenKeeper {
        TokenKeeper { held: None, flight: None, look_at: i64::MIN, tries: 0, failing: None }
    }

    /// The token, while it holds.
    pub fn held(&self, tick: i64) -> Option<&str> {
        self.held.as_ref().filter(|(_, until)| tick < *until).map(|(token, _)| token.as_str())
    }

    /// A new one was given.
    pub fn given(&mut self, token: String, expires_in_s: u32, tick: i64) {
        // A server that says it ends at once is not asked at the speed of the line.
        let lasts = (i64::from(expires_in_s) * 1000).max(TOKEN_LASTS_MS_MIN);
        let margin = TOKEN_MARGIN_MS.min(lasts / 10);
        self.held = Some((token, tick + lasts - margin));
        self.tries = 0;
        self.failing = None;
    }

    /// The server did not take it.
    pub fn refused(&mut self, token: Option<&str>) {
        self.held.take_if(|(held, _)| Some(held.as_str()) == token);
    }

    /// Forgets what is under way, and that it failed.
    pub fn begin(&mut self, tick: i64) {
        self.flight = None;
        self.look_at = tick;
        self.tries = 0;
        self.failing = None;
    }
}

/// Why no token was given: who reads of a register that is not known, or not any more, is told what to do.
pub(super) fn why_none(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Unauthorized(says) => format!("the server does not know this register: enrol it again ({says})"),
        Trouble::Line(_)
        | Trouble::TooLarge(_)
        | Trouble::Rejected(_)
        | Trouble::Busy { .. }
        | Trouble::NotOurs(_)
        | Trouble::Missing(_) => trouble.to_string(),
    }
}
