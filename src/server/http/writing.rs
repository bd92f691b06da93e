//! An answer that is still being written: by a task, which ends when nobody reads it any more.

use super::limits::PIECES_WAITING;
use axum::body::{Body, Bytes};
use http_body_util::channel::{Channel, SendError, Sender};
use hyper::body::Frame;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::task::AbortHandle;
use tracing::Instrument;

/// Why an answer ends.
pub(super) enum Ended {
    /// All is said.
    Said,
    /// Nobody reads it any more.
    Unread,
    /// The database failed in the middle: whoever reads sees that the end is missing.
    BrokenOff,
}

impl From<SendError> for Ended {
    fn from(_: SendError) -> Ended {
        Ended::Unread
    }
}

/// What a task writes with.
pub(super) struct Pen {
    sender: Sender<Bytes, std::io::Error>,
}

impl Pen {
    /// Writes on, as soon as the reader has taken enough of what was written before.
    pub(super) async fn say(&mut self, text: impl Into<String>) -> Result<(), Ended> {
        let text: String = text.into();
        if !text.is_empty() {
            self.sender.send_data(text.into()).await?;
        }
        Ok(())
    }

    pub(super) fn break_off(self) -> Result<Ended, Ended> {
        self.sender.abort(std::io::Error::other("the database failed"));
        Ok(Ended::BrokenOff)
    }
}

/// A body that a task writes.
pub(super) fn write<F>(task: impl FnOnce(Pen) -> F) -> Body
where
    F: Future<Output = Result<Ended, Ended>> + Send + 'static,
{
    let (sender, channel) = Channel::new(PIECES_WAITING);
    let writing = task(Pen { sender });
    let work = async move {
        match writing.await {
            Ok(Ended::BrokenOff) => tracing::warn!("an answer broke off: the database failed"),
            Ok(Ended::Said | Ended::Unread) | Err(_) => {}
        }
    };
    let task = tokio::spawn(work.in_current_span());
    Body::new(Held { channel, has_ended: false, task: task.abort_handle() })
}

/// What is written so far. Whoever drops it stops the writing.
struct Held {
    channel: Channel<Bytes, std::io::Error>,
    /// Whoever compresses asks on after the end, which the channel takes for a mistake and panics.
    has_ended: bool,
    task: AbortHandle,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl hyper::body::Body for Held {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let frame = Pin::new(&mut self.channel).poll_frame(cx);
        self.has_ended = matches!(frame, Poll::Ready(None | Some(Err(_))));
        frame
    }
}
