//! What a request says: its path taken apart, its query and its body read within bounds. What is wrong is told in
//! CouchDB's words.

use crate::document::{Database, Revision};
use crate::sync::limits::{ADDRESS_BYTES_MAX, REQUEST_BYTES_MAX, REQUEST_DEPTH_MAX};
use crate::sync::wire::Problem;
use crate::sync::wire::text;
use http::{HeaderMap, Method, header};
use serde_json::Value;

/// A request at `/sync`.
pub(super) struct Asked<'a> {
    /// As it came.
    pub(super) http: &'a http::Request<Vec<u8>>,
    /// What stands in its path after `/sync`, decoded; what is empty at the end is left out.
    pub(super) path: Vec<String>,
    query: Vec<(String, String)>,
}

/// What is wrong with a request, or why it is not answered.
pub(super) fn no(status: u16, code: &str, detail: impl Into<String>) -> Problem {
    Problem { status, code: code.into(), detail: detail.into(), field: None }
}

/// The request makes no sense.
pub(super) fn bad(detail: impl Into<String>) -> Problem {
    no(400, "bad_request", detail)
}

/// There is no such thing, in CouchDB's word for why: `missing`, `deleted`.
pub(super) fn missing(why: &str) -> Problem {
    no(404, "not_found", why)
}

/// This is not done here, whoever asks.
pub(super) fn forbidden(detail: impl Into<String>) -> Problem {
    no(403, "forbidden", detail)
}

/// Finds a database by its name.
pub(super) fn database(name: &str) -> Result<Database, Problem> {
    let all = [Database::Orders, Database::Menu, Database::Customers, Database::Audit];
    let found = all.into_iter().find(|database| database.code() == name);
    found.ok_or_else(|| missing("Database does not exist."))
}

/// Reads a revision.
pub(super) fn revision(text: &str) -> Result<Revision, Problem> {
    Revision::read(text).ok_or_else(|| bad("Invalid rev format"))
}

impl<'a> Asked<'a> {
    pub(super) fn read(http: &'a http::Request<Vec<u8>>) -> Result<Asked<'a>, Problem> {
        let (path, query) = (http.uri().path(), http.uri().query().unwrap_or_default());
        if path.len() + query.len() > ADDRESS_BYTES_MAX {
            return Err(no(414, "too_long", format!("the address is longer than {ADDRESS_BYTES_MAX} bytes")));
        }
        let mut parts = path.trim_start_matches('/').split('/');
        if parts.next() != Some("sync") {
            return Err(missing("there is nothing at this address"));
        }
        let mut path = parts.map(text::decoded).collect::<Result<Vec<_>, _>>().map_err(bad)?;
        while path.last().is_some_and(String::is_empty) {
            path.pop();
        }
        Ok(Asked { http, path, query: text::query(query).map_err(bad)? })
    }

    /// `GET` or `HEAD`.
    pub(super) fn is_reading(&self) -> bool {
        [Method::GET, Method::HEAD].contains(self.http.method())
    }

    pub(super) fn method(&self) -> &Method {
        self.http.method()
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        self.http.headers()
    }

    /// A header's text, if it is one.
    pub(super) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// What stands in the query under a name.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// `true` or `false`; what is not there is false.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Problem> {
        self.flag_or(name, false)
    }

    pub(super) fn flag_or(&self, name: &str, otherwise: bool) -> Result<bool, Problem> {
        match self.given(name) {
            None => Ok(otherwise),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(other) => Err(not_a("boolean", other)),
        }
    }

    /// A whole number from 0 on.
    pub(super) fn number(&self, name: &str) -> Result<Option<u32>, Problem> {
        self.given(name).map(|text| text.parse().map_err(|_| not_a("positive integer", text))).transpose()
    }

    /// A JSON value of the query.
    pub(super) fn json(&self, name: &str) -> Result<Option<Value>, Problem> {
        let read = |given: &str| {
            text::json(given.as_bytes(), ADDRESS_BYTES_MAX, REQUEST_DEPTH_MAX)
                .map_err(|_| no(400, "query_parse_error", format!("Invalid JSON in `{name}`")))
        };
        self.given(name).map(read).transpose()
    }

    /// The body, which must be JSON.
    pub(super) fn body(&self) -> Result<Value, Problem> {
        text::json(self.body_text()?, REQUEST_BYTES_MAX, REQUEST_DEPTH_MAX).map_err(bad)
    }

    /// The body as it came, which is not too much to be read.
    pub(super) fn body_text(&self) -> Result<&'a [u8], Problem> {
        let bytes = self.http.body();
        if let Some(detail) = text::too_much(bytes) {
            return Err(no(413, "too_large", detail));
        }
        let kind = self.header(header::CONTENT_TYPE).unwrap_or_default();
        if kind.starts_with("multipart/") {
            return Err(no(415, "bad_content_type", "Content-Type must be application/json: attachments are not kept"));
        }
        Ok(bytes)
    }

    /// The body, which must be an object; an empty one counts as one without fields.
    pub(super) fn body_or_nothing(&self) -> Result<Value, Problem> {
        if self.http.body().iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        let body = self.body()?;
        if body.is_object() { Ok(body) } else { Err(bad("Request body must be a JSON object")) }
    }
}

fn not_a(what: &str, given: &str) -> Problem {
    no(400, "query_parse_error", format!("Invalid value for {what} parameter: {}", text::quoted(given)))
}
