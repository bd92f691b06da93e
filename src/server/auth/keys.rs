//! Tokens: JSON web tokens (RFC 7519) of one form alone, signed with HMAC over SHA-256 and a key of the server's.
//!
//! What a token may look like is said here and not left to the crate that reads it: header and claims have exactly
//! our fields, each once and of its type; the algorithm is pinned; `kid` is looked up in a list and is never a path
//! or a query; the time is handed in. Every token that is not right gets the same words, so that nothing is learnt by
//! trying.

use super::Bearer;
use super::tries::Tries;
use crate::domain::{LocationId, Timestamp};
use crate::server::limits::{KEY_BYTES_MIN, KEYS_MAX, TOKEN_BYTES_MAX, TOKEN_LEEWAY_S, TOKEN_S};
use crate::server::replica::problem;
use crate::server::scope::{Role, Scope};
use crate::sync::wire::{Problem, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Who writes our tokens, and for whom.
const OURS: &str = "comanda";

/// The keys that tokens are signed with, and who was wrong lately: all that the door keeps in mind.
pub struct Keys {
    /// The first one signs, all of them check.
    keys: Vec<Key>,
    tries: Mutex<Tries>,
    /// Seals what is shared with other servers that have the same key.
    shared: [u8; 32],
}

struct Key {
    kid: String,
    signs: EncodingKey,
    checks: DecodingKey,
}

/// Why keys are not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKeys {
    /// None, or more than are held.
    #[error("there are {0} keys for tokens: give 1 to {KEYS_MAX}, the newest first")]
    Count(usize),
    /// One that can be guessed.
    #[error("key {nth} for tokens has {bytes} bytes: it takes at least {KEY_BYTES_MIN}, random ones")]
    Short {
        /// Which, from 1.
        nth: usize,
        /// How long it is.
        bytes: usize,
    },
}

/// For logs: without the keys.
impl fmt::Debug for Keys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.keys.iter().map(|key| &key.kid)).finish()
    }
}

/// What stands before the first dot.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    alg: String,
    typ: String,
    kid: String,
}

/// What stands between the dots.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    /// The device's name.
    sub: String,
    location: String,
    role: String,
    /// Which enrolment of the device.
    generation: u64,
    /// Seconds since the epoch.
    iat: i64,
    exp: i64,
}

impl Keys {
    /// Takes keys, the newest first: it signs, the others still check what they signed.
    ///
    /// # Errors
    /// [`BadKeys`] when there are none, too many, or one is too short.
    pub fn new<K: AsRef<[u8]>>(newest_first: &[K]) -> Result<Keys, BadKeys> {
        if newest_first.is_empty() || newest_first.len() > KEYS_MAX {
            return Err(BadKeys::Count(newest_first.len()));
        }
        let mut keys = Vec::new();
        for (at, bytes) in newest_first.iter().enumerate() {
            let bytes = bytes.as_ref();
            let short = BadKeys::Short { nth: at + 1, bytes: bytes.len() };
            if bytes.len() < KEY_BYTES_MIN {
                return Err(short);
            }
            let (Ok(signs), Ok(checks)) = (EncodingKey::from_secret(bytes), DecodingKey::from_secret(bytes)) else {
                return Err(short);
            };
            keys.push(Key { kid: kid(bytes), signs, checks });
        }
        let shared = Sha256::new().chain_update(b"comanda shared ").chain_update(&newest_first[0]).finalize().into();
        Ok(Keys { keys, tries: Mutex::new(Tries::default()), shared })
    }

    /// The key with which servers seal what they share: another one than tokens are signed with, made from the newest.
    pub(in crate::server) fn shared(&self) -> [u8; 32] {
        self.shared
    }

    /// Writes a token for somebody who came in by a secret, and says for how many seconds it holds.
    pub fn issue(&self, bearer: &Bearer, now: Timestamp) -> (Secret, u32) {
        let iat = seconds(now);
        let claims = Claims {
            iss: OURS.to_owned(),
            aud: OURS.to_owned(),
            sub: bearer.name.clone(),
            location: bearer.scope.location_id.as_str().to_owned(),
            role: bearer.scope.role.code().to_owned(),
            generation: bearer.generation,
            iat,
            exp: iat + i64::from(TOKEN_S),
        };
        let key = &self.keys[0];
        let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::HS256) };
        let token = jsonwebtoken::encode(&header, &claims, &key.signs);
        (token.expect("plain claims are JSON, and the key is one for HMAC").into(), TOKEN_S)
    }

    /// Says whose token it is.
    ///
    /// # Errors
    /// [`Problem`] 401, in the same words for every token that is not right.
    pub fn check(&self, token: &str, now: Timestamp) -> Result<Bearer, Problem> {
        self.claims(token, now).map(|(bearer, ..)| bearer).ok_or_else(not_taken)
    }

    /// The same, with how old the token is, in seconds.
    pub(super) fn check_with_age(&self, token: &str, now: Timestamp) -> Option<(Bearer, i64)> {
        self.claims(token, now).map(|(bearer, age_s, _)| (bearer, age_s))
    }

    /// For how many seconds more a token is taken, if it is.
    pub(super) fn lasts_s(&self, token: &str, now: Timestamp) -> Option<i64> {
        self.claims(token, now).map(|(_, _, left_s)| left_s)
    }

    /// Whose a token is, how old it is, and how long it is still taken, both in seconds.
    fn claims(&self, token: &str, now: Timestamp) -> Option<(Bearer, i64, i64)> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let (head, _) = token.split_once('.')?;
        let head: Head = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).ok()?).ok()?;
        if head.alg != "HS256" || head.typ != "JWT" {
            return None;
        }
        let key = self.keys.iter().find(|key| key.kid == head.kid)?;
        let mut validation = Validation::new(Algorithm::HS256);
        // The machine's clock is not ours to ask: `exp` is checked below, and that all is there by reading `Claims`.
        validation.validate_exp = false;
        validation.required_spec_claims = HashSet::new();
        validation.set_issuer(&[OURS]);
        validation.set_audience(&[OURS]);
        let Claims { iss, aud, sub, location, role, generation, iat, exp } =
            jsonwebtoken::decode::<Claims>(token, &key.checks, &validation).ok()?.claims;
        let now_s = seconds(now);
        let lasts = exp.checked_sub(iat)?;
        let is_ours = iss == OURS && aud == OURS;
        let is_in_time = iat <= now_s + TOKEN_LEEWAY_S && now_s <= exp.saturating_add(TOKEN_LEEWAY_S);
        if !is_ours || !is_in_time || !(1..=i64::from(TOKEN_S)).contains(&lasts) {
            return None;
        }
        let roles = [Role::Register(sub.as_str().into()), Role::Kitchen, Role::Admin];
        let role = roles.into_iter().find(|it| it.code() == role)?;
        let scope = Scope { location_id: LocationId(location), role };
        Some((Bearer { scope, name: sub, generation }, now_s - iat, exp.saturating_add(TOKEN_LEEWAY_S) - now_s))
    }

    /// Who was wrong lately. A thread that panicked while it counted left a count that is whole.
    pub(super) fn tries(&self) -> MutexGuard<'_, Tries> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is said to every token that is not right.
pub(super) fn not_taken() -> Problem {
    problem::unauthorized("this token is not taken here, or not any more: ask for a new one")
}

/// What a key is called: its digest's beginning, which tells nothing about it.
fn kid(key: &[u8]) -> String {
    let digest = Sha256::new().chain_update(b"comanda kid ").chain_update(key).finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn seconds(now: Timestamp) -> i64 {
    now.unix_ms.div_euclid(1000)
}
