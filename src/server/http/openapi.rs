//! What is said about the routes of `/api/v1`, for those who write programs against them: an OpenAPI document.

use super::asking::no;
use crate::sync::wire::server;
use axum::response::Response;
use http::{HeaderValue, header};

/// The document: JSON, OpenAPI 3.1.
const DOCUMENT: &str = include_str!("../../../assets/openapi.json");

/// Nothing is written here.
pub(super) async fn only_read() -> Response {
    let asked = http::Request::new(Vec::new());
    let problem = no(405, "method_not_allowed", "only GET is answered here".into());
    server::write_problem(&asked, &problem).map(Into::into)
}

/// Hands it out.
pub(super) async fn document() -> Response {
    let mut response = Response::new(DOCUMENT.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
