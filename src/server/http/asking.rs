//! A request's body, read within its bounds and in time.

use super::bodies::Share;
use super::door::{Door, Limits};
use super::limits::{BODY_ROOM_S, DRAINED_BYTES_MAX, DRAINED_OF_NOBODY_BYTES_MAX, SMALL_BODY_BYTES};
use crate::server::central::Central;
use crate::server::limits::DOOR_BYTES_MAX;
use crate::sync::limits::REQUEST_BYTES_MAX;
use crate::sync::wire::Problem;
use axum::body::{Body, Bytes, HttpBody as _};
use http::header;
use http::request::Parts;
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

impl<C: Central> Door<C> {
    /// Puts a request together with its body of at most so many bytes, for which there must be room in memory: its
    /// share stays with the request. What is too large, or finds no room, is read on and thrown away, within reason.
    pub(super) async fn whole(
        &self,
        mut parts: Parts,
        body: Body,
        bytes_max: usize,
    ) -> Result<http::Request<Vec<u8>>, No> {
        // What strangers bring is little, and takes no room from those who are let in.
        let is_counted = bytes_max > DOOR_BYTES_MAX;
        let bytes_max = bytes_max.min(self.limits.body_bytes_max).min(REQUEST_BYTES_MAX);
        let encoding = parts.headers.get(header::CONTENT_ENCODING);
        if encoding.is_some_and(|it| it != "identity") {
            self.drain(body).await?;
            let what = "a body is read as it is, without a Content-Encoding".into();
            return Err(no(415, "unsupported_encoding", what).into());
        }
        // Who does not say how much comes begins as if it were little.
        let announced = body.size_hint().upper().map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        let announced = announced.unwrap_or(SMALL_BODY_BYTES.min(bytes_max));
        let mut reading = Reading::begin(body, &self.limits);
        if announced > bytes_max {
            self.drain_rest(&mut reading).await?;
            return Err(too_large(bytes_max).into());
        }
        let mut share = if is_counted { Some(self.room(&mut reading, announced).await?) } else { None };
        let mut bytes = Vec::with_capacity(announced);
        while let Some(piece) = reading.next().await? {
            let count = bytes.len() + piece.len();
            if count > bytes_max {
                drop((bytes, share));
                self.drain_rest(&mut reading).await?;
                return Err(too_large(bytes_max).into());
            }
            if share.as_ref().is_some_and(|share| count > share.bytes) {
                share = Some(self.room(&mut reading, bytes_max).await?);
                bytes.reserve_exact(bytes_max - bytes.len());
            }
            bytes.extend_from_slice(&piece);
        }
        if let Some(share) = share {
            parts.extensions.insert(share);
        }
        Ok(http::Request::from_parts(parts, bytes))
    }

    /// Waits for room for a body.
    async fn room(&self, reading: &mut Reading<'_>, bytes: usize) -> Result<Share, No> {
        if let Some(share) = self.bodies.share(bytes).await {
            return Ok(share);
        }
        self.drain_rest(reading).await?;
        Err(No::later(503, "no_room", "there is no room for another large body now", BODY_ROOM_S))
    }

    /// Reads on and throws it away, so that whoever still writes hears the answer.
    async fn drain_rest(&self, reading: &mut Reading<'_>) -> Result<(), Problem> {
        while reading.seen <= DRAINED_BYTES_MAX && reading.next().await?.is_some() {}
        Ok(())
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
        let mut reading = Reading::begin(body, &self.limits);
        while reading.seen <= bytes_max && reading.next().await?.is_some() {}
        Ok(())
    }
}

/// A body while it is read.
struct Reading<'a> {
    body: Body,
    limits: &'a Limits,
    end: Instant,
    /// So many bytes of it came.
    seen: usize,
}

impl Reading<'_> {
    fn begin(body: Body, limits: &Limits) -> Reading<'_> {
        Reading { body, limits, end: Instant::now() + Duration::from_millis(limits.body_ms), seen: 0 }
    }

    /// The next piece; none at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            let next = self.end.min(Instant::now() + Duration::from_millis(self.limits.body_pause_ms));
            let frame = match timeout_at(next, self.body.frame()).await {
                Err(_) => return Err(no(408, "too_slow", "the body did not come in time; send it again".into())),
                Ok(None) => return Ok(None),
                Ok(Some(Err(_))) => return Err(no(400, "bad_request", "the body broke off".into())),
                Ok(Some(Ok(frame))) => frame,
            };
            if let Ok(piece) = frame.into_data() {
                self.seen = self.seen.saturating_add(piece.len());
                return Ok(Some(piece));
            }
        }
    }
}

fn too_large(bytes_max: usize) -> Problem {
    no(413, "too_large", format!("the body has more than {bytes_max} bytes"))
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
