//! Some rows more of a feed, from where it stands.

use crate::server::central::Central;
use crate::server::couch::{self, Feed, FeedPage};
use crate::server::http::door::Door;
use crate::server::http::limits::FEED_PAGE_ROWS;
use crate::server::scope::Scope;
use crate::sync::wire::Problem;
use serde_json::Value;

/// How far a feed has been read.
pub(super) struct Reading {
    scope: Scope,
    feed: Feed,
    /// Rows that are still wanted; none for all.
    left: Option<u32>,
    pub(super) last_seq: String,
    pub(super) pending: u64,
}

impl Reading {
    pub(super) fn begin(scope: Scope, feed: Feed) -> Reading {
        let (left, last_seq) = (feed.limit, feed.since.clone());
        Reading { scope, feed, left, last_seq, pending: 0 }
    }

    /// Reads on.
    pub(super) async fn more<C: Central>(&mut self, door: &Door<C>) -> Result<Vec<Value>, Problem> {
        let at_once = self.left.map_or(FEED_PAGE_ROWS, |left| left.min(FEED_PAGE_ROWS));
        self.feed.limit = Some(at_once);
        let read = || couch::feed_page(&door.replica, &self.scope, &self.feed, &self.last_seq);
        let FeedPage { rows, last_seq, pending } = door.work(read).await?;
        let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        self.left = self.left.map(|left| left.saturating_sub(count));
        // What does not move is at its end, whatever is said to come.
        self.pending = if rows.is_empty() && last_seq == self.last_seq { 0 } else { pending };
        self.last_seq = last_seq;
        Ok(rows)
    }

    /// No more rows are wanted.
    pub(super) fn is_limited(&self) -> bool {
        self.left == Some(0)
    }

    /// All that is there now was read, or all that is wanted.
    pub(super) fn is_done(&self) -> bool {
        self.is_limited() || self.pending == 0
    }
}
