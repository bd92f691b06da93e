//! What is said about the routes of `/api/v1`, for those who write programs against them: an OpenAPI document.

use axum::response::Response;
use http::{HeaderValue, header};

/// The document: JSON, OpenAPI 3.1.
pub(super) const DOCUMENT: &str = include_str!("../../../assets/openapi.json");

/// Hands it out.
pub(super) async fn document() -> Response {
    let mut response = Response::new(DOCUMENT.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
