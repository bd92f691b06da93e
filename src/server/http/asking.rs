//! A request's body, read within its bounds and in time.

use super::door::{Door, Limits};
use super::limits::{DRAINED_BYTES_MAX, DRAINED_OF_NOBODY_BYTES_MAX};
use crate::server::central::Central;
use crate::sync::limits::REQUEST_BYTES_MAX;
use crate::sync::wire::Problem;
use axum::body::Body;
use http::header;
use http::request::Parts;
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

impl<C: Central> Door<C> {
    /// Puts a request together with its body of at most so many bytes. What is too large is read on and thrown away,
    /// within reason.
    pub(super) async fn whole(
        &self,
        parts: Parts,
        body: Body,
        bytes_max: usize,
    ) -> Result<http::Request<Vec<u8>>, Problem> {
        let bytes_max = bytes_max.min(self.limits.body_bytes_max).min(REQUEST_BYTES_MAX);
        let encoding = parts.headers.get(header::CONTENT_ENCODING);
        if encoding.is_some_and(|it| it != "identity") {
            self.drain(body).await?;
            return Err(no(415, "unsupported_encoding", "a body is read as it is, without a Content-Encoding".into()));
        }
        let bytes = read(body, bytes_max, DRAINED_BYTES_MAX, &self.limits).await?;
        Ok(http::Request::from_parts(parts, bytes))
    }

    /// Reads a body and throws it away, so that whoever still writes it hears the answer.
    pub(super) async fn drain(&self, body: Body) -> Result<(), Problem> {
        self.drain_at_most(body, DRAINED_BYTES_MAX).await
    }

    /// The same for somebody who is not let in. Whoever shows a token or a secret may be a device whose time is over,
    /// and hears so also after a large body; of others little is read. Those who wait to be told to go on hear it at
    /// once.
    pub(super) async fn drain_of_nobody(&self, parts: &Parts, body: Body) -> Result<(), Problem> {
        let headers = &parts.headers;
        if headers.contains_key(header::EXPECT) {
            return Ok(());
        }
        let shows = [header::AUTHORIZATION, header::COOKIE].iter().any(|name| headers.contains_key(name));
        let bytes_max = if shows { REQUEST_BYTES_MAX } else { DRAINED_OF_NOBODY_BYTES_MAX };
        self.drain_at_most(body, bytes_max).await
    }

    async fn drain_at_most(&self, body: Body, bytes_max: usize) -> Result<(), Problem> {
        match read(body, 0, bytes_max, &self.limits).await {
            Err(problem) if problem.status != 413 => Err(problem),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

/// Reads at most so many bytes; of more, so many are thrown away.
async fn read(mut body: Body, bytes_max: usize, drained_max: usize, limits: &Limits) -> Result<Vec<u8>, Problem> {
    let slow = || no(408, "too_slow", "the body did not come in time; send it again".into());
    let end = Instant::now() + Duration::from_millis(limits.body_ms);
    let (mut bytes, mut seen) = (Vec::new(), 0_usize);
    loop {
        let next = end.min(Instant::now() + Duration::from_millis(limits.body_pause_ms));
        let frame = match timeout_at(next, body.frame()).await {
            Err(_) => return Err(slow()),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(no(400, "bad_request", "the body broke off".into())),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(piece) = frame.into_data() else { continue };
        seen = seen.saturating_add(piece.len());
        if seen <= bytes_max {
            bytes.extend_from_slice(&piece);
        } else {
            bytes = Vec::new();
        }
        if seen > drained_max.max(bytes_max) {
            break;
        }
    }
    if seen > bytes_max {
        return Err(no(413, "too_large", format!("the body has more than {bytes_max} bytes")));
    }
    Ok(bytes)
}

/// A no, and after how many seconds to ask again.
#[derive(Debug)]
pub(super) struct No {
    pub(super) problem: Problem,
    pub(super) retry_after_s: Option<u64>,
}

impl No {
    /// Not now: to be asked again after so many seconds.
    pub(super) fn later(status: u16, code: &str, why: &str, seconds: u64) -> No {
        let problem = no(status, code, format!("{why}; ask again in {seconds} s"));
        No { problem, retry_after_s: Some(seconds) }
    }
}

impl From<Problem> for No {
    fn from(problem: Problem) -> No {
        No { problem, retry_after_s: None }
    }
}

pub(super) fn no(status: u16, code: &str, detail: String) -> Problem {
    Problem { status, code: code.into(), detail, field: None }
}
