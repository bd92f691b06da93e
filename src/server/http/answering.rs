//! In which order a request is looked at: how much its sender asks, the open doors, who asks, then feeds, CouchDB's
//! side, and ours.

use super::asking::{No, no};
use super::door::Door;
use super::feeds;
use super::limits::{ALONE_BYTES, FEED_BODY_BYTES_MAX};
use super::long;
use super::menus;
use super::metrics::Limited;
use super::queues;
use super::refusals::{Say, beginning};
use super::router::Peer;
use crate::server::auth::{self, Bearer};
use crate::server::central::Central;
use crate::server::couch::{self, Answered};
use crate::server::limits::{DOOR_BYTES_MAX, WRONG_TRIES_MS};
use crate::sync::limits::REQUEST_BYTES_MAX;
use crate::sync::wire::{Answer, Health, Problem, Request, server};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::json;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// The same where CouchDB's side begins. Whoever shows who it is hears what that says, too: an id that is another
/// after the server was made anew.
pub(super) async fn welcome_in<C: Central + 'static>(
    state: State<Arc<Door<C>>>,
    request: axum::extract::Request,
) -> Response {
    if [header::AUTHORIZATION, header::COOKIE].iter().any(|name| request.headers().contains_key(name)) {
        return answer(state, request).await;
    }
    welcome().await
}

/// What CouchDB says at its root, so that its clients know a server when they see one.
pub(super) async fn welcome() -> Response {
    let version = env!("CARGO_PKG_VERSION");
    let body = json!({ "couchdb": "Welcome", "version": version, "vendor": { "name": "Comanda", "version": version } });
    let mut response = Response::new(Body::from(format!("{body}\n")));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// That there is a server of ours. It asks nobody, so that it is true also when the database is slow.
pub(super) async fn health<C: Central + 'static>(State(door): State<Arc<Door<C>>>) -> Response {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let healthy = Answer::Healthy(Health { server: "comanda".into(), version, now: door.now() });
    server::write(&Request::Health, &Ok(healthy)).map(Body::from)
}

/// Answers a request.
pub(super) async fn answer<C: Central + 'static>(
    State(door): State<Arc<Door<C>>>,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let refused = |problem: &Problem| {
        let asked = http::Request::builder().uri(path.clone()).body(Vec::new()).unwrap_or_default();
        server::write_problem(&asked, problem).map(Body::from)
    };
    let mut response = match decide(&door, parts, body).await {
        Ok(response) => response,
        Err(No { problem, retry_after_s }) => {
            door.metrics().refused(&problem);
            let mut response = refused(&problem);
            if let Some(seconds) = retry_after_s {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            response
        }
    };
    let status = response.status();
    if door.is_tls {
        for_tls_alone(&mut response);
    }
    if status == StatusCode::UNAUTHORIZED && !response.headers().contains_key(header::WWW_AUTHENTICATE) {
        let schemes = HeaderValue::from_static("Bearer realm=\"comanda\", Basic realm=\"comanda\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, schemes);
    }
    note(&door, &method, &path, status);
    response
}

/// Keeps a cookie from being sent where it can be read.
fn for_tls_alone(response: &mut Response) {
    let Some(cookie) = response.headers().get(header::SET_COOKIE) else { return };
    if let Ok(mut secure) = HeaderValue::from_bytes(&[cookie.as_bytes(), b"; Secure"].concat()) {
        secure.set_sensitive(true);
        response.headers_mut().insert(header::SET_COOKIE, secure);
    }
}

/// Tells the log what became of a request.
fn note<C: Central>(door: &Door<C>, method: &Method, path: &str, status: StatusCode) {
    let (path, status_code) = (beginning(path), status.as_u16());
    // That something is not there is how replicators ask.
    let is_usual = [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&status);
    if (!status.is_client_error() && !status.is_server_error()) || is_usual {
        return tracing::debug!(%method, path, status = status_code, "answered");
    }
    let Say::Line { untold } = door.refusals.count(door.now()) else { return };
    if untold > 0 {
        tracing::info!(untold, "so many more were refused, of which nothing was written here");
    }
    tracing::info!(%method, path, status = status_code, "refused");
}

fn too_many<C: Central>(door: &Door<C>, who: Limited, what: &str, seconds: u64) -> No {
    door.metrics().limited(who);
    No::later(429, "too_many_requests", &format!("{what} asks too much at once"), seconds)
}

async fn decide<C: Central + 'static>(door: &Arc<Door<C>>, mut parts: Parts, body: Body) -> Result<Response, No> {
    if let Some(Peer(address)) = parts.extensions.get() {
        let too_many = |seconds| too_many(door, Limited::Address, "this address", seconds);
        door.peers.count(network(*address), door.now()).map_err(too_many)?;
    }
    if parts.method == Method::HEAD && parts.uri.path().starts_with("/api/") {
        parts.method = Method::GET; // who sends the answer leaves its body out
    }
    let peer = parts.extensions.get().map(|Peer(address)| auth::Peer(network(*address).to_string()));
    if is_an_open_door(parts.uri.path()) {
        if let Some(peer) = peer {
            parts.extensions.insert(peer);
        }
        let asked = door.whole(parts, body, DOOR_BYTES_MAX).await?;
        let (now, mut dice) = (door.now(), door.dice());
        let opened = door.work(|| auth::open(&door.replica, &door.keys, &asked, now, &mut dice)).await;
        return match opened {
            Some(response) => {
                if response.status() == StatusCode::TOO_MANY_REQUESTS {
                    door.metrics().limited(Limited::Tries);
                }
                Ok(response.map(Body::from))
            }
            None => Err(no(404, "not_found", "there is nothing at this address".into()).into()),
        };
    }
    let asks = || auth::who_from(&door.replica, &door.keys, &parts.headers, peer.as_ref(), door.now());
    let bearer = match door.work(asks).await {
        Ok(bearer) => bearer,
        Err(problem) => {
            door.drain_of_nobody(&parts, body).await?;
            // Only wrong tries are too many here: how long they count is the longest wait.
            let wait_s = (problem.status == 429).then_some(WRONG_TRIES_MS.unsigned_abs() / 1000);
            if wait_s.is_some() {
                door.metrics().limited(Limited::Tries);
            }
            return Err(No { problem, retry_after_s: wait_s });
        }
    };
    let too_many = |seconds| too_many(door, Limited::Token, "this token", seconds);
    door.tokens.count(called(&bearer), door.now()).map_err(too_many)?;
    let cookie = auth::renewed_cookie(&door.keys, &parts.headers, door.now());
    let is_feed = parts.uri.path().ends_with("/_changes");
    let bytes_max = if is_feed { FEED_BODY_BYTES_MAX } else { REQUEST_BYTES_MAX };
    let asked = door.whole(parts, body, bytes_max).await?;
    let mut response = let_in(door, bearer, asked).await?;
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

pub(super) async fn let_in<C: Central + 'static>(
    door: &Arc<Door<C>>,
    bearer: Bearer,
    asked: http::Request<Vec<u8>>,
) -> Result<Response, No> {
    let lasts_s = auth::lasts_s(&door.keys, asked.headers(), door.now());
    if menus::is_asked(&asked) {
        return Ok(menus::hand_out(door, &bearer.scope, &asked).await?);
    }
    let answered = if asked.body().len() > ALONE_BYTES {
        // An order so large queues with the large requests alone: it would keep small ones waiting for those.
        let by = bearer.clone();
        let answered = door.work_alone(async move |door| ask(&door, &by, &asked).await).await;
        answered.ok_or_else(|| no(500, "internal", "this could not be answered".into()))?
    } else {
        let front = match queues::hands_in(&asked) {
            true => Some(door.queues.front(&bearer.scope.location_id).await.inspect_err(|_| door.metrics().busy())?),
            false => None,
        };
        let answered = door.work(|| ask(door, &bearer, &asked)).await;
        drop(front);
        // A feed may be held for hours: what was asked is not kept in memory for it, and others find its room.
        drop(asked);
        answered
    };
    match answered {
        Answered::Whole(response) => Ok(response.map(Body::from)),
        Answered::Long(long) => Ok(long::hand_out(door, long).await?),
        Answered::Feed(feed) => feeds::hold(door, bearer, lasts_s, feed).await,
    }
}

async fn ask<C: Central>(door: &Door<C>, bearer: &Bearer, asked: &http::Request<Vec<u8>>) -> Answered {
    let (scope, now, mut dice) = (&bearer.scope, door.now(), door.dice());
    if asked.uri().path().starts_with("/sync") {
        return couch::answer(&door.replica, scope, asked, now, &mut dice).await;
    }
    Answered::Whole(match server::read(asked) {
        Ok(request) => {
            let answered = door.replica.answer(scope, &request, now, &mut dice).await;
            door.metrics().submitted(&request, &answered);
            server::write(&request, &answered)
        }
        Err(problem) => server::write_problem(asked, &problem),
    })
}

/// A device as it is counted: by what nobody else is called.
pub(super) fn called(bearer: &Bearer) -> String {
    format!("{}/{}", bearer.scope.location_id, bearer.name)
}

/// Addresses at which nobody has a token yet.
fn is_an_open_door(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    path.starts_with("/api/v1/auth/") || path == "/sync/_session" || path == "/_session"
}

/// What counts as one address: of the newer kind everybody has a whole network (64 bits).
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address) >> 64 << 64)),
    }
}
