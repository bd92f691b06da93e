//! Who may come in: tokens, names with secrets, cookies, and the few addresses that are answered before anybody came
//! in.
//!
//! Whoever carries requests asks [`open()`] first, and where that is not its business, [`who()`]: the scope that it
//! answers with is the only one in which the request may be answered. Read in this order: `keys` (tokens), `tries`
//! (how often somebody may be wrong), `open` (tokens for secrets, secrets for codes), `session` (the same as CouchDB's
//! clients ask for it). Not here: sockets, clock and dice, which are handed in; where keys are kept; which device has
//! which secret (replica).

mod keys;
mod open;
mod session;
mod tries;

#[cfg(test)]
mod tests;

pub use keys::{BadKeys, Keys};
pub use open::{Peer, open};
pub use session::renewed_cookie;

use super::central::{Central, Device};
use super::replica::{Replica, problem};
use super::scope::Scope;
use crate::domain::Timestamp;
use crate::sync::wire::{Problem, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use tries::TooMany;

/// Somebody who came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// Where, and what may be done there.
    pub scope: Scope,
    /// What the device is called there.
    pub name: String,
    /// Which enrolment of it this is: a token of a former one lets nobody in.
    pub generation: u64,
}

impl From<Device> for Bearer {
    fn from(device: Device) -> Bearer {
        Bearer { scope: device.scope, name: device.name, generation: device.generation }
    }
}

/// Says who asks: by `Authorization: Bearer` (a token), `Authorization: Basic` (a device's name and secret), or the
/// cookie `AuthSession` (a token), in this order; what is shown and not right is not passed over for the next.
///
/// The central database is asked each time, so that a secret that was taken back ends at once.
///
/// # Errors
/// [`Problem`] 401 when it is not known who asks, in the same words for every token that is not right, in others for
/// a device whose secret was taken back; 429 after too many wrong secrets; 503 when the database fails.
pub async fn who<C: Central>(
    replica: &Replica<C>,
    keys: &Keys,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Bearer, Problem> {
    who_from(replica, keys, headers, None, now).await
}

/// The same, where it is known from where somebody asks: then nobody's wrong secrets keep others out.
///
/// # Errors
/// As [`who()`].
pub async fn who_from<C: Central>(
    replica: &Replica<C>,
    keys: &Keys,
    headers: &HeaderMap,
    peer: Option<&Peer>,
    now: Timestamp,
) -> Result<Bearer, Problem> {
    let device = match shown(headers)? {
        Shown::Nothing => return Err(problem::unauthorized("nobody comes in without a token or a name and a secret")),
        Shown::Token(token) | Shown::Cookie(token) => let_in_by_token(replica, keys, token, now).await?,
        Shown::Password { name, secret } => {
            let from = open::counted("basic", peer);
            let_in_by_secret(replica, keys, &from, &name, &secret, now).await.map_err(Problem::from)?
        }
    };
    replica.note_seen(&device, now).await;
    Ok(device.into())
}

/// For how many seconds more what is shown is taken: a token ends by itself, a secret does not.
pub fn lasts_s(keys: &Keys, headers: &HeaderMap, now: Timestamp) -> Option<u64> {
    match shown(headers) {
        Ok(Shown::Token(token) | Shown::Cookie(token)) => {
            Some(keys.lasts_s(token, now).map_or(0, |left_s| u64::try_from(left_s).unwrap_or(0)))
        }
        Ok(Shown::Nothing | Shown::Password { .. }) | Err(_) => None,
    }
}

async fn let_in_by_token<C: Central>(
    replica: &Replica<C>,
    keys: &Keys,
    token: &str,
    now: Timestamp,
) -> Result<Device, Problem> {
    let bearer = keys.check(token, now)?;
    let device = replica.device_of(&bearer.scope, &bearer.name, bearer.generation).await?;
    device.ok_or_else(keys::not_taken)
}

/// Lets a device in by its secret. `from` keeps the tries of one kind and peer apart from those of others.
async fn let_in_by_secret<C: Central>(
    replica: &Replica<C>,
    keys: &Keys,
    from: &str,
    name: &str,
    secret: &str,
    now: Timestamp,
) -> Result<Device, NotLetIn> {
    if name.len() > super::limits::NAME_MAX {
        return Err(NotLetIn::No(problem::unknown_device()));
    }
    let tried = format!("{from} {name}");
    // The right secret is let in whatever others tried under its name: guessing 256 bits needs no lock, only an end.
    let found = replica.device_with(name, secret).await;
    match &found {
        Ok(_) => keys.tries().right(&tried),
        // A secret that was taken back is no guess: its device is told so each time.
        Err(told) if *told == problem::unknown_device() => {
            keys.tries().look(&tried, super::limits::WRONG_SECRETS_MAX, now)?;
            keys.tries().wrong(&tried, now);
        }
        Err(_) => {}
    }
    Ok(found?)
}

/// Why somebody was not let in.
#[derive(Debug)]
enum NotLetIn {
    TooMany(TooMany),
    No(Problem),
}

impl From<TooMany> for NotLetIn {
    fn from(too_many: TooMany) -> NotLetIn {
        NotLetIn::TooMany(too_many)
    }
}

impl From<Problem> for NotLetIn {
    fn from(problem: Problem) -> NotLetIn {
        NotLetIn::No(problem)
    }
}

impl From<NotLetIn> for Problem {
    fn from(not: NotLetIn) -> Problem {
        match not {
            NotLetIn::No(problem) => problem,
            NotLetIn::TooMany(TooMany { wait_s }) => {
                problem::too_many(format!("there were too many wrong tries: try again in {wait_s} s"))
            }
        }
    }
}

/// What a request shows of who asks.
#[derive(Debug)]
enum Shown<'a> {
    Nothing,
    Token(&'a str),
    Cookie(&'a str),
    Password { name: String, secret: Secret },
}

fn shown(headers: &HeaderMap) -> Result<Shown<'_>, Problem> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let Some(first) = all.next() else { return Ok(session::cookie(headers).map_or(Shown::Nothing, Shown::Cookie)) };
    let read = if all.next().is_none() { first.to_str().ok().and_then(|it| it.trim().split_once(' ')) } else { None };
    match read {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Shown::Token(token.trim())),
        Some((scheme, both)) if scheme.eq_ignore_ascii_case("basic") => {
            let bytes = STANDARD.decode(both.trim()).ok();
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            let (name, secret) = text.as_deref().and_then(|it| it.split_once(':')).ok_or_else(no_scheme)?;
            Ok(Shown::Password { name: name.to_owned(), secret: secret.into() })
        }
        Some(_) | None => Err(no_scheme()),
    }
}

fn no_scheme() -> Problem {
    problem::unauthorized("`Authorization` is sent once, as `Bearer TOKEN` or as `Basic` with a name and a secret")
}
