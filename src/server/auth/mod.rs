//! Who asks: tokens, and how a device comes by one.

use super::central::Central;
use super::replica::Replica;
use super::scope::{Role, Scope};
use crate::domain::{Entropy, Timestamp};
use crate::sync::wire::{Answer, Problem, Request, server};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

/// How long a token holds, in seconds.
const TOKEN_S: u32 = 900;

/// What tokens are signed with.
pub struct Keys {
    id: String,
    secret: Vec<u8>,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// For which location, and what it may do there.
    pub scope: Scope,
    /// What it is called.
    pub name: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    loc: String,
    role: String,
    exp: i64,
}

/// Why keys are not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a key for tokens takes at least 32 random bytes")]
pub struct BadKeys;

/// From where somebody asks: an address without its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer(pub String);

impl Keys {
    /// Takes keys, the newest first.
    ///
    /// # Errors
    /// When there is none that is long enough.
    pub fn new<K: AsRef<[u8]>>(newest_first: &[K]) -> Result<Keys, BadKeys> {
        let key = newest_first.first().map(AsRef::as_ref).filter(|key| key.len() >= 32).ok_or(BadKeys)?;
        Ok(Keys { id: "1".into(), secret: key.to_vec() })
    }

    fn issue(&self, bearer: &Bearer, now: Timestamp) -> Result<String, Problem> {
        let header = Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::HS256) };
        let claims = Claims {
            sub: bearer.name.clone(),
            loc: bearer.scope.location_id.to_string(),
            role: bearer.scope.role.code().to_owned(),
            exp: now.unix_ms / 1000 + i64::from(TOKEN_S),
        };
        let key = EncodingKey::from_secret(&self.secret);
        key.and_then(|key| jsonwebtoken::encode(&header, &claims, &key))
            .map_err(|_| unauthorized("no token could be made"))
    }

    fn check(&self, token: &str, now: Timestamp) -> Result<Bearer, Problem> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        let key = DecodingKey::from_secret(&self.secret);
        let read = key.and_then(|key| jsonwebtoken::decode::<Claims>(token, &key, &validation)).map(|read| read.claims);
        let claims = read.map_err(|_| unauthorized("this token is not from here"))?;
        if claims.exp < now.unix_ms / 1000 {
            return Err(unauthorized("this token has ended: get a new one"));
        }
        let role = match claims.role.as_str() {
            "admin" => Role::Admin,
            "kitchen" => Role::Kitchen,
            _ => Role::Register(claims.sub.as_str().into()),
        };
        Ok(Bearer { scope: Scope { location_id: claims.loc.as_str().into(), role }, name: claims.sub })
    }
}

fn unauthorized(detail: &str) -> Problem {
    Problem { status: 401, code: "unauthorized".into(), detail: detail.into(), field: None }
}

/// Says who asks.
///
/// # Errors
/// [`Problem`] 401.
pub async fn who<C: Central>(
    _replica: &Replica<C>,
    keys: &Keys,
    headers: &http::HeaderMap,
    now: Timestamp,
) -> Result<Bearer, Problem> {
    let given = headers.get("authorization").and_then(|it| it.to_str().ok()).and_then(|it| it.strip_prefix("Bearer "));
    keys.check(given.ok_or_else(|| unauthorized("no token came with it"))?, now)
}

/// Answers at the doors where nobody has a token yet; none elsewhere.
pub async fn open<C: Central>(
    replica: &Replica<C>,
    keys: &Keys,
    asked: &http::Request<Vec<u8>>,
    now: Timestamp,
    _dice: &mut Entropy,
) -> Option<http::Response<Vec<u8>>> {
    if asked.uri().path() != "/api/v1/auth/token" {
        return None;
    }
    let request = match server::read(asked) {
        Ok(request) => request,
        Err(problem) => return Some(server::write_problem(asked, &problem)),
    };
    let Request::Token { register_id, secret } = &request else { return None };
    let token = match replica.admit(register_id, secret).await {
        Ok(scope) => keys.issue(&Bearer { scope, name: register_id.clone() }, now),
        Err(problem) => Err(problem),
    };
    let answer = token.map(|token| Answer::Token { token, expires_in_s: TOKEN_S });
    Some(server::write(&request, &answer))
}
