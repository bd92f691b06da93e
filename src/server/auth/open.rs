//! What is answered before anybody came in: tokens for secrets, secrets for codes, CouchDB's sessions.

use super::keys::Keys;
use super::{NotLetIn, TooMany, let_in_by_secret, session};
use crate::domain::{Entropy, Timestamp};
use crate::server::central::Central;
use crate::server::limits::{DOOR_BYTES_MAX, WRONG_CODES_MAX};
use crate::server::replica::{Replica, problem};
use crate::sync::wire::{Answer, Claim, Problem, Request, server};
use http::{HeaderValue, Response, header};

/// From where somebody asks, for counting wrong tries: an address without its port. Whoever carries requests puts it
/// into their extensions; without it all are counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer(pub String);

/// Answers what is asked at the door: `POST /api/v1/auth/token`, `POST /api/v1/auth/enroll`, and `/_session` or
/// `/sync/_session` as CouchDB does. `None` for everything else: there one must be let in first.
pub async fn open<C: Central>(
    replica: &Replica<C>,
    keys: &Keys,
    asked: &http::Request<Vec<u8>>,
    now: Timestamp,
    dice: &mut Entropy,
) -> Option<Response<Vec<u8>>> {
    let mut response = match asked.uri().path() {
        "/api/v1/auth/token" | "/api/v1/auth/enroll" => api(replica, keys, asked, now, dice).await,
        "/_session" | "/sync/_session" => session::answer(replica, keys, asked, now).await,
        _ => return None,
    };
    // Secrets stay in nobody's memory (RFC 6749, 5.1).
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Some(response)
}

/// Where wrong tries are counted: each kind and each peer apart.
pub(super) fn counted(kind: &str, peer: Option<&Peer>) -> String {
    format!("{kind} {}", peer.map_or("", |Peer(address)| address.as_str()))
}

/// Says so when a body is larger than anybody needs here.
pub(super) fn is_small(asked: &http::Request<Vec<u8>>) -> Result<(), Problem> {
    let bytes = asked.body().len();
    if bytes <= DOOR_BYTES_MAX {
        return Ok(());
    }
    Err(problem::too_large("too_large", format!("the body has {bytes} bytes, more than {DOOR_BYTES_MAX}")))
}

/// After how many seconds somebody may try again who tried too often.
pub(super) fn wait_s(not: Option<&NotLetIn>) -> Option<u32> {
    match not {
        Some(NotLetIn::TooMany(TooMany { wait_s })) => Some(*wait_s),
        Some(NotLetIn::No(_)) | None => None,
    }
}

/// Adds when to come back.
pub(super) fn come_back(mut response: Response<Vec<u8>>, wait_s: Option<u32>) -> Response<Vec<u8>> {
    if let Some(wait_s) = wait_s {
        response.headers_mut().insert(header::RETRY_AFTER, wait_s.into());
    }
    response
}

async fn api<C: Central>(
    replica: &Replica<C>,
    keys: &Keys,
    asked: &http::Request<Vec<u8>>,
    now: Timestamp,
    dice: &mut Entropy,
) -> Response<Vec<u8>> {
    let request = match is_small(asked).and_then(|()| server::read(asked)) {
        Ok(request) => request,
        Err(problem) => return server::write_problem(asked, &problem),
    };
    let answered = if let Request::Token { register_id, secret } = &request {
        token(replica, keys, &counted("token", asked.extensions().get()), register_id, secret, now).await
    } else if let Request::Enrol { code, secret, device } = &request {
        let typed = (&**code, secret.as_deref(), device.as_ref());
        enrol(replica, keys, &counted("enroll", asked.extensions().get()), typed, now, dice).await
    } else {
        Err(NotLetIn::No(problem::bad("this is not asked at the door")))
    };
    let wait_s = wait_s(answered.as_ref().err());
    come_back(server::write(&request, &answered.map_err(Problem::from)), wait_s)
}

async fn token<C: Central>(
    replica: &Replica<C>,
    keys: &Keys,
    from: &str,
    name: &str,
    secret: &str,
    now: Timestamp,
) -> Result<Answer, NotLetIn> {
    let device = let_in_by_secret(replica, keys, from, name, secret, now).await?;
    replica.note_seen(&device, now).await;
    let (token, expires_in_s) = keys.issue(&device.into(), now);
    Ok(Answer::Token { token, expires_in_s })
}

async fn enrol<C: Central>(
    replica: &Replica<C>,
    keys: &Keys,
    from: &str,
    (code, proposed, claim): (&str, Option<&str>, Option<&Claim>),
    now: Timestamp,
    dice: &mut Entropy,
) -> Result<Answer, NotLetIn> {
    if let Some(claim) = claim {
        replica.fits(code, claim, now).await?;
    }
    // The right code is taken whatever others tried from the same address.
    let redeemed = replica.redeem(code, proposed, now, dice).await;
    if redeemed.as_ref().is_err_and(|problem| problem.status == 401) {
        keys.tries().look(from, WRONG_CODES_MAX, now)?;
        keys.tries().wrong(from, now);
    }
    Ok(Answer::Enrolled(redeemed?))
}
