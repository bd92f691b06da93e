//! Sessions as CouchDB has them (its documentation, "Cookie Authentication"): a name and a secret for a cookie, which
//! is a token.

use super::keys::Keys;
use super::open::{come_back, counted, is_small, wait_s};
use super::{Bearer, NotLetIn, Shown, let_in_by_secret, shown, who_from};
use crate::domain::Timestamp;
use crate::server::central::Central;
use crate::server::limits::{COOKIE_ANEW_S, TOKEN_S};
use crate::server::replica::{Replica, problem};
use crate::sync::wire::{Problem, Secret, server};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};

/// What CouchDB calls its cookie.
const COOKIE: &str = "AuthSession";

/// The token in the cookie, if there is one.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = all.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|(name, value)| *name == COOKIE && !value.is_empty()).map(|(_, value)| value)
}

/// The cookie anew, for the answer to somebody whom [`who_from()`] let in by a cookie that has had a tenth of its time:
/// so that a session goes on as long as somebody asks.
pub fn renewed_cookie(keys: &Keys, headers: &HeaderMap, now: Timestamp) -> Option<HeaderValue> {
    match shown(headers) {
        Ok(Shown::Cookie(token)) => {
            let (bearer, age_s) = keys.check_with_age(token, now)?;
            (age_s >= COOKIE_ANEW_S).then(|| baked(keys, &bearer, now))
        }
        Ok(Shown::Nothing | Shown::Token(_) | Shown::Password { .. }) | Err(_) => None,
    }
}

fn baked(keys: &Keys, bearer: &Bearer, now: Timestamp) -> HeaderValue {
    let (token, _) = keys.issue(bearer, now);
    sealed(&format!("{COOKIE}={}; Max-Age={TOKEN_S}; Path=/; HttpOnly; SameSite=Strict", &*token))
}

fn sealed(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).expect("a token has only letters, digits, dashes and dots");
    value.set_sensitive(true);
    value
}

/// Answers what is asked of a session.
pub(super) async fn answer<C: Central>(
    replica: &Replica<C>,
    keys: &Keys,
    asked: &http::Request<Vec<u8>>,
    now: Timestamp,
) -> Response<Vec<u8>> {
    let method = asked.method();
    let answered = if method == Method::POST {
        begin(replica, keys, asked, now).await
    } else if method == Method::GET {
        look(replica, keys, asked, now).await.map_err(NotLetIn::No)
    } else if method == Method::DELETE {
        Ok(with_cookie(told(&json!({ "ok": true })), sealed(&format!("{COOKIE}=; Max-Age=0; Path=/; HttpOnly"))))
    } else {
        Err(NotLetIn::No(problem::wrong_method("only GET, POST and DELETE are answered here")))
    };
    match answered {
        Ok(response) => response,
        Err(not) => {
            let wait_s = wait_s(Some(&not));
            come_back(server::write_problem(asked, &Problem::from(not)), wait_s)
        }
    }
}

async fn begin<C: Central>(
    replica: &Replica<C>,
    keys: &Keys,
    asked: &http::Request<Vec<u8>>,
    now: Timestamp,
) -> Result<Response<Vec<u8>>, NotLetIn> {
    is_small(asked)?;
    let (name, secret) = name_and_secret(asked)?;
    let from = counted("session", asked.extensions().get());
    let device = let_in_by_secret(replica, keys, &from, &name, &secret, now).await?;
    replica.note_seen(&device, now).await;
    let bearer = Bearer::from(device);
    let body = json!({ "ok": true, "name": bearer.name, "roles": roles(&bearer) });
    Ok(with_cookie(told(&body), baked(keys, &bearer, now)))
}

/// `name` and `password`, as a form or as JSON.
fn name_and_secret(asked: &http::Request<Vec<u8>>) -> Result<(String, Secret), Problem> {
    let kind = asked.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let found = if kind.starts_with("application/x-www-form-urlencoded") {
        let form = server::read_form(asked.body())?;
        let field = |name: &str| form.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone());
        field("name").zip(field("password"))
    } else {
        let body: Value = serde_json::from_slice(asked.body())
            .map_err(|wrong| problem::bad(format!("the body is neither a form nor JSON: {wrong}")))?;
        let field = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        field("name").zip(field("password"))
    };
    let (name, secret) = found.ok_or_else(|| problem::bad("`name` and `password` must be texts"))?;
    Ok((name, secret.into()))
}

/// Says who asks. Whoever shows nothing, or a cookie that has ended, is nobody; that is no error.
async fn look<C: Central>(
    replica: &Replica<C>,
    keys: &Keys,
    asked: &http::Request<Vec<u8>>,
    now: Timestamp,
) -> Result<Response<Vec<u8>>, Problem> {
    let headers = asked.headers();
    let how = match shown(headers)? {
        Shown::Nothing => None,
        Shown::Cookie(_) => Some("cookie"),
        Shown::Token(_) => Some("jwt"),
        Shown::Password { .. } => Some("default"),
    };
    let found = match how {
        None => None,
        Some(how) => match who_from(replica, keys, headers, asked.extensions().get(), now).await {
            Ok(bearer) => Some((bearer, how)),
            Err(problem) if problem.status == 401 && how == "cookie" => None,
            Err(problem) => return Err(problem),
        },
    };
    let mut info = json!({ "authentication_handlers": ["cookie", "jwt", "default"] });
    let Some((bearer, how)) = found else {
        return Ok(told(&json!({ "ok": true, "userCtx": { "name": null, "roles": [] }, "info": info })));
    };
    info["authenticated"] = how.into();
    let context = json!({ "name": bearer.name, "roles": roles(&bearer) });
    let response = told(&json!({ "ok": true, "userCtx": context, "info": info }));
    Ok(match renewed_cookie(keys, headers, now) {
        Some(cookie) => with_cookie(response, cookie),
        None => response,
    })
}

fn roles(bearer: &Bearer) -> [&'static str; 1] {
    [bearer.scope.role.code()]
}

fn told(body: &Value) -> Response<Vec<u8>> {
    let mut response = Response::new(body.to_string().into_bytes());
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn with_cookie(mut response: Response<Vec<u8>>, cookie: HeaderValue) -> Response<Vec<u8>> {
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}
