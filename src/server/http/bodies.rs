//! How many bytes of requests are in memory at once. A body has its share of them before it is read, and as long as it
//! is in memory; who finds no room waits a little. Small bodies have room of their own, so that large ones hold up none
//! of them.

use super::limits::{LARGE_BODIES_BYTES, SMALL_BODIES_BYTES, SMALL_BODY_BYTES};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The room for bodies, in bytes.
#[derive(Debug)]
pub(super) struct Bodies {
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
    /// How long somebody waits for room.
    wait: Duration,
}

/// The room that a body has: free again when all clones of it are dropped. It travels with its request.
#[derive(Debug, Clone)]
pub(super) struct Share {
    pub(super) bytes: usize,
    _permit: Arc<OwnedSemaphorePermit>,
}

impl Bodies {
    pub(super) fn new(wait_ms: u64) -> Bodies {
        let room = |bytes: usize| Arc::new(Semaphore::new(bytes));
        let wait = Duration::from_millis(wait_ms);
        Bodies { small: room(SMALL_BODIES_BYTES), large: room(LARGE_BODIES_BYTES), wait }
    }

    /// Waits for room for so many bytes; none when there was none in time.
    pub(super) async fn share(&self, bytes: usize) -> Option<Share> {
        let room = if bytes <= SMALL_BODY_BYTES { &self.small } else { &self.large };
        let permits = u32::try_from(bytes).unwrap_or(u32::MAX);
        // The room is never closed: an error of the inside says no more than one of the outside.
        let permit = timeout(self.wait, Arc::clone(room).acquire_many_owned(permits)).await.ok()?.ok()?;
        Some(Share { bytes, _permit: Arc::new(permit) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_finds_no_room_is_told_so_and_small_bodies_wait_for_no_large_one() {
        let bodies = Bodies::new(20);
        let all = bodies.share(LARGE_BODIES_BYTES).await.unwrap();
        assert!(bodies.share(SMALL_BODY_BYTES + 1).await.is_none());
        assert_eq!(bodies.share(SMALL_BODY_BYTES).await.unwrap().bytes, SMALL_BODY_BYTES);
        let travels = all.clone();
        drop(all);
        assert!(bodies.share(SMALL_BODY_BYTES + 1).await.is_none(), "it is still in memory");
        drop(travels);
        assert!(bodies.share(LARGE_BODIES_BYTES).await.is_some());
    }

    #[tokio::test]
    async fn who_waits_gets_the_room_that_is_given_back() {
        let bodies = Bodies::new(10_000);
        let all = bodies.share(LARGE_BODIES_BYTES).await.unwrap();
        let (waited, ()) = tokio::join!(bodies.share(SMALL_BODY_BYTES + 1), async { drop(all) });
        assert!(waited.is_some());
    }
}
