//! Large requests, worked on one after the other, all on one thread: read as JSON, each is many times as large as it
//! came; and what an allocator keeps for the thread that freed it, it keeps for each thread. The thread is handed in by
//! whoever has the sockets.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

/// Something that is to be done, and the runtime whose waits it knows.
type Job = (Handle, Pin<Box<dyn Future<Output = ()> + Send>>);

/// Has large requests worked on.
#[derive(Debug)]
pub struct Alone {
    jobs: mpsc::UnboundedSender<Job>,
}

/// What waits to be worked on.
pub struct LargeOnes {
    jobs: mpsc::UnboundedReceiver<Job>,
}

impl fmt::Debug for LargeOnes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("LargeOnes")
    }
}

/// Both ends: one for the door, one for the thread.
pub fn alone() -> (Alone, LargeOnes) {
    let (sender, jobs) = mpsc::unbounded_channel();
    (Alone { jobs: sender }, LargeOnes { jobs })
}

impl LargeOnes {
    /// Works on them, on this thread, until there is no door any more.
    pub fn work(mut self) {
        while let Some((runtime, job)) = self.jobs.blocking_recv() {
            // Who waits for one that panicked sees that there is no answer; the next one is worked on.
            drop(catch_unwind(AssertUnwindSafe(|| runtime.block_on(job))));
        }
    }
}

impl Alone {
    /// Has something done when all before it is; none when it was not done.
    pub(super) async fn work<T: Send + 'static>(&self, job: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let (done, answer) = oneshot::channel();
        // Whoever asked may have gone meanwhile.
        let job = async move { drop(done.send(job.await)) };
        self.jobs.send((Handle::current(), Box::pin(job))).ok()?;
        answer.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_is_done_after_the_other_whatever_becomes_of_it() {
        let (alone, large) = alone();
        let thread = tokio::task::spawn_blocking(|| large.work());
        assert_eq!(alone.work(async { panic!("a job that fails") }).await, None::<()>);
        let (one, two) = tokio::join!(alone.work(async { 1 }), alone.work(async { 2 }));
        assert_eq!((one, two), (Some(1), Some(2)));
        drop(alone);
        thread.await.unwrap();
    }
}
