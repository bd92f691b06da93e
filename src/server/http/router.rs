//! Which address goes where.

use super::answering::{answer, health, welcome, welcome_in};
use super::door::Door;
use super::feeds::IsOpen;
use super::limits::COMPRESSED_BYTES_MIN;
use super::openapi;
use super::ready::ready;
use super::watching::watched;
use crate::server::central::Central;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use http::{Extensions, HeaderMap, StatusCode, Version};
use std::net::IpAddr;
use std::sync::Arc;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// From where a request comes: whoever accepts connections lays it among a request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// The server's addresses.
pub fn router<C: Central + 'static>(door: Arc<Door<C>>) -> Router {
    // A feed that is held open is not compressed: its rows and heartbeats would wait for each other.
    let is_whole = |_: StatusCode, _: Version, _: &HeaderMap, about: &Extensions| about.get::<IsOpen>().is_none();
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(COMPRESSED_BYTES_MIN).and(is_whole));
    Router::new()
        .route("/", get(welcome).fallback(answer::<C>))
        .route("/sync", get(welcome_in::<C>).fallback(answer::<C>))
        .route("/sync/", get(welcome_in::<C>).fallback(answer::<C>))
        .route("/api/v1/health", get(health::<C>).fallback(answer::<C>))
        .route("/api/v1/health/ready", get(ready::<C>).fallback(openapi::only_read))
        .route("/api/v1/openapi.json", get(openapi::document).fallback(openapi::only_read))
        .fallback(answer::<C>)
        .layer(compression)
        .layer(from_fn_with_state(Arc::clone(&door), watched::<C>))
        .with_state(door)
}
