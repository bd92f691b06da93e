//! A server's side of the wire: how requests are read, and answers written. What is wrong with a request is a
//! [`Problem`] that says where.

use super::text::{Said, decoded, json, object, query, revision, text, too_much};
use super::{Answer, Claim, DeviceRole, FailedRevision, Problem, Request, Secret, couch, rest};
use crate::document::{Database, Revision};
use crate::domain::{LocationId, Timestamp};
use crate::sync::limits::{
    ADDRESS_BYTES_MAX, CHANGES_ROWS_MAX, REQUEST_BYTES_MAX, REQUEST_DEPTH_MAX, REQUEST_DOCUMENTS_MAX,
    REQUEST_REVISIONS_MAX, WAIT_MS_MAX, WORD_BYTES_MAX,
};
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};

/// Reads a request; whoever carries it has taken the server's own path before `/api` and `/sync` away.
///
/// # Errors
/// What is wrong with it: [`write_problem`] tells it.
pub fn read(asked: &http::Request<Vec<u8>>) -> Result<Request, Problem> {
    let (path, query_text) = (asked.uri().path(), asked.uri().query().unwrap_or_default());
    if path.len() + query_text.len() > ADDRESS_BYTES_MAX {
        return Err(no(414, "too_long", format!("the address is longer than {ADDRESS_BYTES_MAX} bytes")));
    }
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let query = query(query_text).map_err(bad)?;
    let request = match parts[..] {
        ["api", "v1", ref rest @ ..] => api(asked, rest, &query)?,
        ["sync", name, ref rest @ ..] => sync(asked, database(name)?, rest, &query)?,
        _ => return Err(unknown()),
    };
    counted(&request)?;
    Ok(request)
}

fn no(status: u16, code: &str, detail: String) -> Problem {
    Problem { status, code: code.into(), detail, field: None }
}

fn bad(detail: String) -> Problem {
    no(400, "bad_request", detail)
}

fn unknown() -> Problem {
    no(404, "not_found", "there is nothing at this address".into())
}

fn database(name: &str) -> Result<Database, Problem> {
    let all = [Database::Orders, Database::Menu, Database::Customers, Database::Audit];
    let found = all.into_iter().find(|database| database.code() == name);
    found.ok_or_else(|| no(404, "not_found", "Database does not exist.".into()))
}

/// Says so when another method was meant.
fn only(asked: &http::Request<Vec<u8>>, method: Method) -> Result<(), Problem> {
    if asked.method() == method {
        return Ok(());
    }
    Err(no(405, "method_not_allowed", format!("only {method} is answered here")))
}

fn body(asked: &http::Request<Vec<u8>>) -> Result<Value, Problem> {
    let bytes = asked.body();
    if let Some(detail) = too_much(bytes) {
        return Err(no(413, "too_large", detail));
    }
    let read = json(bytes, REQUEST_BYTES_MAX, REQUEST_DEPTH_MAX).map_err(bad)?;
    object(&read, "the body").map_err(bad)?;
    Ok(read)
}

type Query = [(String, String)];

fn given<'a>(query: &'a Query, name: &str) -> Option<&'a str> {
    query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
}

fn number(query: &Query, name: &str) -> Result<Option<u32>, Problem> {
    let read = |text: &str| text.parse().map_err(|_| bad(format!("`{name}` must be a whole number")));
    given(query, name).map(read).transpose()
}

fn short(text: &str, what: &str) -> Said<String> {
    if text.len() > WORD_BYTES_MAX {
        return Err(format!("{what} is longer than {WORD_BYTES_MAX} bytes"));
    }
    Ok(text.to_owned())
}

/// A word that must be in a body, and has an end.
fn word(body: &Value, name: &str) -> Result<String, Problem> {
    let what = format!("`{name}`");
    let read = text(body.get(name), &what).and_then(|text| short(text, &what));
    read.map_err(|detail| Problem { field: Some(name.to_owned()), ..bad(detail) })
}

fn api(asked: &http::Request<Vec<u8>>, rest: &[&str], query: &Query) -> Result<Request, Problem> {
    match rest {
        ["health"] => only(asked, Method::GET).map(|()| Request::Health),
        ["auth", "token"] => {
            only(asked, Method::POST)?;
            let body = body(asked)?;
            Ok(Request::Token { register_id: word(&body, "register_id")?, secret: word(&body, "secret")?.into() })
        }
        ["auth", "enroll"] => {
            only(asked, Method::POST)?;
            let body = body(asked)?;
            let given = |name: &str| body.get(name).filter(|it| !it.is_null()).map(|_| word(&body, name)).transpose();
            let claim = |role: String| {
                let unknown = || bad("`role` is none of register, kitchen, admin".to_owned());
                let role = DeviceRole::from_code(&role).ok_or_else(unknown)?;
                let location_id = given("location_id")?.map(LocationId);
                Ok::<_, Problem>(Claim { role, location_id, name: given(rest::name_field(role))? })
            };
            Ok(Request::Enrol {
                code: word(&body, "code")?.into(),
                secret: given("secret")?.map(Secret::from),
                device: given("role")?.map(claim).transpose()?,
            })
        }
        ["orders", "create"] => {
            only(asked, Method::POST)?;
            Ok(Request::SubmitOrder { body: body(asked)? })
        }
        ["payments", "create"] => {
            only(asked, Method::POST)?;
            Ok(Request::SubmitPayment { body: body(asked)? })
        }
        ["menu", "sync"] => {
            only(asked, Method::GET)?;
            let since = given(query, "since").filter(|since| !since.is_empty());
            let since = since.map(|since| short(since, "`since`")).transpose().map_err(bad)?;
            let etag = asked.headers().get(header::IF_NONE_MATCH).and_then(|etag| etag.to_str().ok());
            let etag = etag.map(|etag| short(etag, "`If-None-Match`")).transpose().map_err(bad)?;
            Ok(Request::Menu { since, etag })
        }
        _ => Err(unknown()),
    }
}

fn sync(asked: &http::Request<Vec<u8>>, database: Database, rest: &[&str], query: &Query) -> Result<Request, Problem> {
    match rest {
        [] | [""] => only(asked, Method::GET).map(|()| Request::Information { database }),
        ["_local", id @ ..] if !id.is_empty() => {
            let id = decoded(&id.join("/")).and_then(|id| short(&id, "the id")).map_err(bad)?;
            if asked.method() == Method::GET {
                return Ok(Request::GetLocal { database, id });
            }
            only(asked, Method::PUT)?;
            let mut body = body(asked)?;
            if let Value::Object(fields) = &mut body {
                fields.remove("_id"); // the address says it
            }
            Ok(Request::PutLocal { database, id, body })
        }
        ["_ensure_full_commit"] => only(asked, Method::POST).map(|()| Request::EnsureFullCommit { database }),
        ["_changes"] => {
            only(asked, Method::GET)?;
            changes(database, query)
        }
        ["_revs_diff"] => {
            only(asked, Method::POST)?;
            let offered = couch::read_offered(&body(asked)?).map_err(bad)?;
            Ok(Request::RevsDiff { database, offered })
        }
        ["_bulk_get"] => {
            only(asked, Method::POST)?;
            let wanted = couch::read_wanted(&body(asked)?).map_err(bad)?;
            Ok(Request::BulkGet { database, wanted })
        }
        ["_bulk_docs"] => {
            only(asked, Method::POST)?;
            let documents = couch::read_documents(&body(asked)?).map_err(bad)?;
            Ok(Request::BulkDocs { database, documents })
        }
        [doc_id] if given(query, "open_revs").is_some() => {
            let doc_id = decoded(doc_id).map_err(bad)?;
            if doc_id.starts_with('_') {
                return Err(unknown());
            }
            only(asked, Method::GET)?;
            let wanted = open_revisions(given(query, "open_revs").unwrap_or_default()).map_err(bad)?;
            Ok(Request::OpenRevisions { database, doc_id, wanted })
        }
        _ => Err(unknown()),
    }
}

fn changes(database: Database, query: &Query) -> Result<Request, Problem> {
    for (name, value) in query {
        let is_answered = match name.as_str() {
            "filter" | "view" | "doc_ids" | "include_docs" | "descending" => value == "false",
            "feed" => value == "normal" || value == "longpoll",
            _ => true, // what only changes how a page looks
        };
        if !is_answered {
            return Err(bad(format!("`{name}` of a changes feed is not answered here in this form")));
        }
    }
    let since = given(query, "since").filter(|since| !since.is_empty() && *since != "0");
    let wait_ms = match given(query, "feed") {
        Some("longpoll") if given(query, "heartbeat").is_some_and(|beat| beat != "false") => Some(WAIT_MS_MAX),
        Some("longpoll") => Some(number(query, "timeout")?.unwrap_or(WAIT_MS_MAX).min(WAIT_MS_MAX)),
        Some(_) | None => None,
    };
    Ok(Request::Changes {
        database,
        since: since.map(|since| short(since, "`since`")).transpose().map_err(bad)?,
        // CouchDB answers nothing to 0, which would keep a PouchDB from ever starting: one, as pouchdb-server does.
        limit: number(query, "limit")?.unwrap_or(CHANGES_ROWS_MAX).clamp(1, CHANGES_ROWS_MAX),
        wait_ms,
    })
}

/// `all`, which is an empty list here, or a JSON list.
fn open_revisions(written: &str) -> Said<Vec<Revision>> {
    if written == "all" {
        return Ok(Vec::new());
    }
    let listed = json(written.as_bytes(), ADDRESS_BYTES_MAX, 1)?;
    let listed = listed.as_array().filter(|listed| !listed.is_empty());
    let listed = listed.ok_or("`open_revs` must be `all` or a list of revisions")?;
    listed.iter().map(|one| revision(text(Some(one), "each of `open_revs`")?)).collect()
}

/// Says so when a request holds more than one request may.
fn counted(request: &Request) -> Result<(), Problem> {
    let (documents, revisions) = match request {
        Request::RevsDiff { offered: listed, .. } | Request::BulkGet { wanted: listed, .. } => {
            (listed.len(), listed.iter().map(|(_, revisions)| revisions.len()).max().unwrap_or(0))
        }
        Request::OpenRevisions { wanted, .. } => (1, wanted.len()),
        Request::BulkDocs { documents, .. } => (documents.len(), 1),
        Request::Health
        | Request::Token { .. }
        | Request::Enrol { .. }
        | Request::SubmitOrder { .. }
        | Request::SubmitPayment { .. }
        | Request::Menu { .. }
        | Request::Information { .. }
        | Request::GetLocal { .. }
        | Request::PutLocal { .. }
        | Request::EnsureFullCommit { .. }
        | Request::Changes { .. } => (0, 0),
    };
    if documents > REQUEST_DOCUMENTS_MAX || revisions > REQUEST_REVISIONS_MAX {
        let most = format!("at most {REQUEST_DOCUMENTS_MAX} documents and {REQUEST_REVISIONS_MAX} revisions of each");
        return Err(no(413, "too_large", format!("one request holds {most}")));
    }
    Ok(())
}

/// Writes what is answered to a request.
pub fn write(request: &Request, answer: &Result<Answer, Problem>) -> Response<Vec<u8>> {
    match answer {
        Ok(answer) => good(request, answer),
        Err(problem) => told(request.database().is_some(), problem),
    }
}

/// Writes what is wrong with a request that could not be read.
pub fn write_problem(asked: &http::Request<Vec<u8>>, problem: &Problem) -> Response<Vec<u8>> {
    let path = asked.uri().path();
    told(path.starts_with("/sync/") || path == "/_session", problem)
}

/// Reads a body as forms are sent (`application/x-www-form-urlencoded`): names and values, in order.
///
/// # Errors
/// [`Problem`] 400 when it is not one.
pub fn read_form(body: &[u8]) -> Result<Vec<(String, String)>, Problem> {
    let text = std::str::from_utf8(body).map_err(|_| bad("the body is not text".into()))?;
    query(text).map_err(bad)
}

fn told(is_sync: bool, problem: &Problem) -> Response<Vec<u8>> {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if is_sync {
        let mut body = json!({ "error": problem.code, "reason": problem.detail });
        if let Some(field) = &problem.field {
            body["field"] = field.clone().into();
        }
        return response(status, "application/json", &body);
    }
    response(status, "application/problem+json", &rest::write_problem(problem))
}

fn response(status: StatusCode, kind: &'static str, body: &Value) -> Response<Vec<u8>> {
    let mut response = Response::new(body.to_string().into_bytes());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn good(request: &Request, answer: &Answer) -> Response<Vec<u8>> {
    let json = |status: StatusCode, body: Value| response(status, "application/json", &body);
    match answer {
        Answer::Healthy(health) => json(StatusCode::OK, rest::write_health(health)),
        Answer::Token { token, expires_in_s } => {
            json(StatusCode::OK, json!({ "token": &**token, "expires_in_s": expires_in_s }))
        }
        Answer::Enrolled(enrolled) => json(StatusCode::CREATED, rest::write_enrolled(enrolled)),
        Answer::OrderAccepted(accepted) => json(StatusCode::OK, rest::write_order_accepted(accepted)),
        Answer::PaymentAccepted(accepted) => json(StatusCode::OK, rest::write_payment_accepted(accepted)),
        Answer::Menu(menu) => {
            let mut response = json(StatusCode::OK, rest::write_menu(menu));
            if let Some(etag) = menu.etag.as_ref().and_then(|etag| HeaderValue::from_str(etag).ok()) {
                response.headers_mut().insert(header::ETAG, etag);
            }
            response
        }
        Answer::MenuUnchanged => {
            let mut response = Response::new(Vec::new());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        }
        Answer::Information(information) => {
            let name = request.database().map_or("", Database::code);
            json(StatusCode::OK, couch::write_information(name, information))
        }
        Answer::Local(Some(body)) => json(StatusCode::OK, body.clone()),
        Answer::Local(None) => told(true, &no(404, "not_found", "missing".into())),
        Answer::Done => json(StatusCode::CREATED, put(request)),
        Answer::Committed { instance_start_time } => {
            let mut body = json!({ "ok": true });
            if let Some(instance) = instance_start_time {
                body["instance_start_time"] = instance.clone().into();
            }
            json(StatusCode::CREATED, body)
        }
        Answer::Changes(changes) => json(StatusCode::OK, couch::write_changes(changes)),
        Answer::RevsDiff(missing) => json(StatusCode::OK, couch::write_missing(missing)),
        Answer::Documents { found, failed } => json(StatusCode::OK, documents(request, found, failed)),
        Answer::Taken { refused } => json(StatusCode::CREATED, couch::write_refused(refused)),
    }
}

/// Writes into a response when it was given, as servers do (RFC 9110, 6.6.1).
pub fn date(response: &mut Response<Vec<u8>>, now: Timestamp) {
    let text = Timestamp::utc(now.unix_ms).local().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(value) = HeaderValue::try_from(text) {
        response.headers_mut().insert(header::DATE, value);
    }
}

/// What CouchDB says of a local document that it took: its revision is the one that was given and one more.
fn put(request: &Request) -> Value {
    let Request::PutLocal { id, body, .. } = request else { return json!({ "ok": true }) };
    let former = body.get("_rev").and_then(Value::as_str).and_then(|rev| rev.strip_prefix("0-")?.parse::<u64>().ok());
    json!({ "ok": true, "id": format!("_local/{id}"), "rev": format!("0-{}", former.unwrap_or(0).saturating_add(1)) })
}

fn documents(request: &Request, found: &[crate::document::Version], failed: &[FailedRevision]) -> Value {
    if matches!(request, Request::OpenRevisions { .. }) {
        couch::write_open(found, failed)
    } else {
        couch::write_found(found, failed)
    }
}
