//! Who hands in an order waits for those of his location who came before him, first come, first served: each order
//! counts on from the number of the last, so that of several that are decided at once all but one are decided anew.
//!
//! Nothing is right only because of it: whoever comes by another server is met as ever, by deciding anew. Who pays,
//! pushes or edits does not wait here: that touches what others decide on only where it is about the same document. So
//! no long push holds up an order longer than the database does.
//!
//! Whoever waits has no turn with the database yet. Where he goes away, the next one moves up.

use super::asking::No;
use super::limits::QUEUE_S;
use crate::domain::LocationId;
use http::Method;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

/// A queue: whoever holds it is at the front.
type Queue = Arc<tokio::sync::Mutex<()>>;

/// The queue of each location in which somebody is.
#[derive(Debug)]
pub(super) struct Queues {
    of: Mutex<HashMap<LocationId, Queue>>,
    /// How long somebody waits.
    wait: Duration,
}

/// The front of a queue: the next one's when it is dropped.
pub(super) type Front = OwnedMutexGuard<()>;

impl Queues {
    pub(super) fn new(wait_ms: u64) -> Queues {
        Queues { of: Mutex::default(), wait: Duration::from_millis(wait_ms) }
    }

    /// Waits until all who came before are done.
    ///
    /// # Errors
    /// That it took too long. Nothing was decided yet.
    pub(super) async fn front(&self, location_id: &LocationId) -> Result<Front, No> {
        let queue = self.queue(location_id);
        let front = timeout(self.wait, queue.lock_owned()).await;
        front.map_err(|_| No::later(503, "busy", "other orders of this location take too long", QUEUE_S))
    }

    fn queue(&self, location_id: &LocationId) -> Queue {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = of.get(location_id) {
            return Arc::clone(queue);
        }
        // Those in which nobody is: there are never more than of those who wait, and one.
        of.retain(|_, queue| Arc::strong_count(queue) > 1);
        Arc::clone(of.entry(location_id.clone()).or_default())
    }
}

/// Whether a request hands in an order.
pub(super) fn hands_in(asked: &http::Request<Vec<u8>>) -> bool {
    asked.method() == Method::POST && asked.uri().path() == "/api/v1/orders/create"
}

#[cfg(test)]
mod tests;
