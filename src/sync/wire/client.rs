//! A register's side of the wire: how requests are written, and what their answers mean. An answer is read against the
//! request that it answers.

use super::text::{Said, encoded, http_date, json, object, quoted, sentence, text};
use super::{Answer, Health, Problem, Request, Site, Trouble, couch, rest};
use crate::document::Revision;
use crate::domain::Timestamp;
use crate::sync::limits::{ANSWER_DEPTH_MAX, ANSWER_SHORT_BYTES_MAX, BACKOFF_LONGEST_MS, SERVER_WORD_BYTES_MAX};
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Writes a request. `token` goes with it as a bearer token, or as the password of the name that the site knows; one
/// that no header can carry is left out, and the server asks for a better one.
pub fn write(request: &Request, site: &Site, token: Option<&str>) -> http::Request<Vec<u8>> {
    let (method, address, body) = line(request, site);
    let mut built = http::Request::builder().method(method).uri(address).header(header::ACCEPT, "application/json");
    if let Some(token) = token.and_then(|token| site.authorization(token)) {
        built = built.header(header::AUTHORIZATION, token);
    }
    if let Request::Menu { etag: Some(etag), .. } = request
        && let Ok(etag) = HeaderValue::from_str(etag)
    {
        built = built.header(header::IF_NONE_MATCH, etag);
    }
    let bytes = match body {
        Some(body) => {
            built = built.header(header::CONTENT_TYPE, "application/json");
            body.to_string().into_bytes()
        }
        None => Vec::new(),
    };
    built.body(bytes).expect("a site has a checked address, and what follows it is encoded")
}

/// Method, address and body.
fn line(request: &Request, site: &Site) -> (Method, String, Option<Value>) {
    let get = |address: String| (Method::GET, address, None);
    let post = |address: String, body: Value| (Method::POST, address, Some(body));
    match request {
        Request::Health if site.takes_submissions() => get(site.address("/api/v1/health")),
        Request::Health => get(site.address("/")),
        Request::Token { register_id, secret } => {
            let body = json!({ "register_id": register_id, "secret": &**secret });
            post(site.address("/api/v1/auth/token"), body)
        }
        Request::Enrol { code, secret, device } => {
            let mut body = device.as_ref().map_or_else(|| json!({}), rest::write_claim);
            body["code"] = (**code).into();
            if let Some(secret) = secret {
                body["secret"] = (**secret).into();
            }
            post(site.address("/api/v1/auth/enroll"), body)
        }
        Request::SubmitOrder { body } => post(site.address("/api/v1/orders/create"), body.clone()),
        Request::SubmitPayment { body } => post(site.address("/api/v1/payments/create"), body.clone()),
        Request::Menu { since, .. } => {
            let since = since.as_ref().map(|since| format!("?since={}", encoded(since))).unwrap_or_default();
            get(site.address(&format!("/api/v1/menu/sync{since}")))
        }
        Request::Information { database } => get(site.database(*database, "")),
        Request::GetLocal { database, id } => get(site.database(*database, &format!("/_local/{}", encoded(id)))),
        Request::PutLocal { database, id, body } => {
            let address = site.database(*database, &format!("/_local/{}", encoded(id)));
            (Method::PUT, address, Some(body.clone()))
        }
        Request::EnsureFullCommit { database } => post(site.database(*database, "/_ensure_full_commit"), json!({})),
        Request::Changes { database, since, limit, wait_ms } => {
            let mut rest = format!("/_changes?style=all_docs&limit={limit}");
            if let Some(since) = since {
                rest.push_str(&format!("&since={}", encoded(since)));
            }
            if let Some(wait_ms) = wait_ms {
                // No heartbeat: with one, CouchDB forgets the timeout and never ends its answer.
                rest.push_str(&format!("&feed=longpoll&timeout={wait_ms}"));
            }
            get(site.database(*database, &rest))
        }
        Request::RevsDiff { database, offered } => {
            post(site.database(*database, "/_revs_diff"), couch::write_question(offered))
        }
        Request::BulkGet { database, wanted } => {
            post(site.database(*database, "/_bulk_get?revs=true&latest=true"), couch::write_wanted(wanted))
        }
        Request::OpenRevisions { database, doc_id, wanted } => {
            let wanted = match &wanted[..] {
                [] => "all".to_owned(),
                some => json!(some.iter().map(Revision::to_string).collect::<Vec<_>>()).to_string(),
            };
            let rest = format!("/{}?open_revs={}&revs=true&latest=true", encoded(doc_id), encoded(&wanted));
            get(site.database(*database, &rest))
        }
        Request::BulkDocs { database, documents } => {
            post(site.database(*database, "/_bulk_docs"), couch::write_documents(documents))
        }
    }
}

/// When the server wrote an answer, by its own clock (`Date`).
pub fn server_time(response: &Response<Vec<u8>>) -> Option<Timestamp> {
    http_date(response.headers().get(header::DATE)?.to_str().ok()?)
}

/// Reads what came back to a request.
///
/// # Errors
/// [`Trouble`] for everything that is not the answer to it.
pub fn read(request: &Request, response: &Response<Vec<u8>>) -> Result<Answer, Trouble> {
    let status = response.status();
    if status == StatusCode::NOT_MODIFIED && matches!(request, Request::Menu { etag: Some(_), .. }) {
        return Ok(Answer::MenuUnchanged);
    }
    if !status.is_success() {
        return refused(request, response);
    }
    let most = request.answer_bytes_max();
    if response.body().len() > most {
        return Err(Trouble::TooLarge(format!("its answer has {} bytes, more than {most}", response.body().len())));
    }
    let body = json(response.body(), most, ANSWER_DEPTH_MAX).map_err(Trouble::NotOurs)?;
    answer(request, &body, response).map_err(Trouble::NotOurs)
}

fn answer(request: &Request, body: &Value, response: &Response<Vec<u8>>) -> Said<Answer> {
    match request {
        Request::Health => match body.get("couchdb").or_else(|| body.get("express-pouchdb")) {
            Some(_) => couch_health(body, response),
            None => rest::read_health(body).map(Answer::Healthy),
        },
        Request::Token { .. } => {
            let token = text(body.get("token"), "`token`")?;
            if HeaderValue::from_str(token).is_err() {
                return Err("its token has signs that no header can carry".into());
            }
            let expires = body.get("expires_in_s").and_then(Value::as_u64);
            let expires = expires.ok_or("`expires_in_s` must be a number of seconds")?;
            let expires_in_s = u32::try_from(expires).unwrap_or(u32::MAX);
            Ok(Answer::Token { token: token.into(), expires_in_s })
        }
        Request::Enrol { .. } => rest::read_enrolled(body).map(Answer::Enrolled),
        Request::SubmitOrder { body: sent } => {
            let accepted = rest::read_order_accepted(body, server_time(response))?;
            let key = sent.get("_original_order_id").and_then(Value::as_str);
            match &accepted.document {
                Some(document) if Some(document.doc_id.as_str()) != key => {
                    Err(format!("it speaks of {}, which was not submitted", quoted(&document.doc_id)))
                }
                Some(_) | None => Ok(Answer::OrderAccepted(accepted)),
            }
        }
        Request::SubmitPayment { .. } => rest::read_payment_accepted(body).map(Answer::PaymentAccepted),
        Request::Menu { since, .. } => {
            let etag = response.headers().get(header::ETAG).and_then(|etag| etag.to_str().ok());
            let changes = rest::read_menu(body, since.is_none(), etag.map(str::to_owned))?;
            is_short("its cursor", &changes.cursor)?;
            Ok(Answer::Menu(changes))
        }
        Request::Information { .. } => couch::read_information(body).map(Answer::Information),
        Request::GetLocal { .. } => object(body, "a local document").map(|_| Answer::Local(Some(body.clone()))),
        Request::PutLocal { .. } => done(body).map(|()| Answer::Done),
        Request::EnsureFullCommit { .. } => {
            done(body)?;
            Ok(Answer::Committed { instance_start_time: couch::instance(body)? })
        }
        Request::Changes { .. } => {
            let changes = couch::read_changes(body)?;
            is_short("`last_seq`", &changes.last_seq)?;
            Ok(Answer::Changes(changes))
        }
        Request::RevsDiff { offered, .. } => {
            let missing = couch::read_missing(body)?;
            asked_for(offered.iter().map(|(id, _)| id), missing.iter().map(|(id, _)| id))?;
            Ok(Answer::RevsDiff(missing))
        }
        Request::BulkGet { wanted, .. } => {
            let (found, failed) = couch::read_found(body)?;
            let told = found.iter().map(|it| &it.doc_id).chain(failed.iter().map(|it| &it.doc_id));
            asked_for(wanted.iter().map(|(id, _)| id), told)?;
            Ok(Answer::Documents { found, failed })
        }
        Request::OpenRevisions { doc_id, .. } => {
            let (found, failed) = couch::read_open(doc_id, body)?;
            asked_for([doc_id].into_iter(), failed.iter().map(|it| &it.doc_id))?;
            Ok(Answer::Documents { found, failed })
        }
        // With 201, or 202 from a part of a cluster: nothing refused is `[]`, which anybody may say with 200.
        Request::BulkDocs { .. } if !matches!(response.status(), StatusCode::CREATED | StatusCode::ACCEPTED) => {
            Err(format!("what was sent is taken with 201, not {}", response.status().as_u16()))
        }
        Request::BulkDocs { documents, .. } => {
            let refused = couch::read_refused(body)?;
            asked_for(documents.iter().map(|it| &it.doc_id), refused.iter().map(|it| &it.doc_id))?;
            Ok(Answer::Taken { refused })
        }
    }
}

/// Says so when an answer speaks of a document that was not in the question: then it answers another one.
fn asked_for<'a>(asked: impl Iterator<Item = &'a String>, told: impl Iterator<Item = &'a String>) -> Said<()> {
    let asked: BTreeSet<&String> = asked.collect();
    match told.into_iter().find(|id| !asked.contains(id)) {
        None => Ok(()),
        Some(id) => Err(format!("it speaks of {}, which was not asked for", quoted(id))),
    }
}

/// What is handed back in an address has an end.
fn is_short(what: &str, word: &str) -> Said<()> {
    let many = word.len();
    if many <= SERVER_WORD_BYTES_MAX {
        return Ok(());
    }
    Err(format!("{what} has {many} bytes, more than {SERVER_WORD_BYTES_MAX}"))
}

fn done(body: &Value) -> Said<()> {
    if body.get("ok") == Some(&Value::Bool(true)) { Ok(()) } else { Err("`ok` must be true".into()) }
}

/// `GET /` of CouchDB or pouchdb-server; what time it is stands in the header.
fn couch_health(body: &Value, response: &Response<Vec<u8>>) -> Said<Answer> {
    let now = server_time(response).ok_or("it does not tell the time (`Date`)")?;
    let version = body.get("version").and_then(Value::as_str).unwrap_or("unknown").to_owned();
    Ok(Answer::Healthy(Health { server: "couchdb".into(), version, now }))
}

/// What a status that is no success means.
fn refused(request: &Request, response: &Response<Vec<u8>>) -> Result<Answer, Trouble> {
    let status = response.status().as_u16();
    let problem = problem(request, response);
    let told = problem.as_ref().map_or_else(|| format!("status {status}"), |it| it.detail.clone());
    let is_sync = request.database().is_some();
    match (status, problem) {
        (429 | 500..=599, by) => {
            // Who does not speak as our server does may be anybody's page: it is not believed for long.
            let most = if by.is_some() { u64::MAX } else { BACKOFF_LONGEST_MS };
            let retry_after_ms = retry_after_ms(response).map(|asked| asked.min(most));
            Err(Trouble::Busy { status, detail: told, retry_after_ms })
        }
        (401, Some(_)) => Err(Trouble::Unauthorized(told)),
        // CouchDB answers some bad tokens so.
        (400, Some(problem)) if is_sync && is_about_a_token(&problem.detail) => Err(Trouble::Unauthorized(told)),
        // Where documents travel a proxy's word is enough: half of them are tried then.
        (413, _) if is_sync => Err(Trouble::TooLarge(told)),
        (404, Some(problem)) if is_sync => {
            let no_database = problem.detail.to_lowercase().contains("database") || problem.detail == "no_db_file";
            match (no_database, request) {
                (true, _) => Err(Trouble::Missing("such database".into())),
                (false, Request::GetLocal { .. }) => Ok(Answer::Local(None)),
                (false, _) => Err(Trouble::Missing(format!("such thing: {told}"))),
            }
        }
        (409 | 413 | 422, Some(problem)) => Err(Trouble::Rejected(problem)),
        (400..=499, Some(problem)) if is_sync => Err(Trouble::Rejected(problem)),
        (403, Some(_)) => Err(Trouble::Unauthorized(told)),
        (404, Some(_)) => Err(Trouble::Missing(format!("such thing: {told}"))),
        (400..=499, Some(_)) => Err(Trouble::Busy { status, detail: told, retry_after_ms: None }),
        (413, None) => Err(Trouble::TooLarge(told)),
        (_, _) => Err(Trouble::NotOurs(told)),
    }
}

/// A server's own words for its no; none when something else said it.
fn problem(request: &Request, response: &Response<Vec<u8>>) -> Option<Problem> {
    let status = response.status().as_u16();
    let body = json(response.body(), ANSWER_SHORT_BYTES_MAX, ANSWER_DEPTH_MAX).ok()?;
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/problem+json") {
        return rest::read_problem(&body, status).ok();
    }
    // Where documents travel, and at the front door of a CouchDB, its words count.
    if request.database().is_none() && !matches!(request, Request::Health) {
        return None;
    }
    let words = |name: &str| body.get(name).and_then(Value::as_str).map(sentence);
    let field = words("field");
    Some(Problem { status, code: words("error")?, detail: words("reason").unwrap_or_default(), field })
}

/// CouchDB's sentences about JSON web tokens that come with 400 (jwtf).
fn is_about_a_token(detail: &str) -> bool {
    let sentences =
        ["Bad HMAC", "Missing exp", "Missing sub", "exp not", "alg header", "Malformed token", "Unknown kid"];
    sentences.iter().any(|sentence| detail.contains(sentence))
}

/// `Retry-After`: seconds, or a date, which is held against the answer's own (RFC 9110, 10.2.3).
fn retry_after_ms(response: &Response<Vec<u8>>) -> Option<u64> {
    let told = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    if let Ok(seconds) = told.trim().parse::<u64>() {
        return Some(seconds.saturating_mul(1000));
    }
    let wait = http_date(told)?.millis_since(server_time(response)?);
    Some(u64::try_from(wait).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Database;

    #[test]
    fn an_answer_that_is_longer_than_what_was_asked_for_needs_is_not_read() {
        let many = ANSWER_SHORT_BYTES_MAX + 1;
        let response = || Response::builder().header(header::CONTENT_TYPE, "application/json");
        let long = response().body(vec![b' '; many]).expect("it is an answer");
        let database = Database::Orders;
        let changes = Request::Changes { database, since: None, limit: 1, wait_ms: None };
        let rows = [
            (Request::Health, false),
            (Request::GetLocal { database, id: "a".into() }, false),
            (changes, true),
            (Request::Menu { since: None, etag: None }, true),
            (Request::SubmitOrder { body: json!({}) }, true),
        ];
        for (request, is_read) in rows {
            let told = read(&request, &long).unwrap_err();
            assert_eq!(!matches!(told, Trouble::TooLarge(_)), is_read, "{request:?}: {told}");
        }
        let told = read(&Request::Health, &long).unwrap_err().to_string();
        assert_eq!(told, "the server finds it too large: its answer has 1048577 bytes, more than 1048576");
    }
}
