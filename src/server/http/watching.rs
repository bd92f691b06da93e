//! What surrounds every request: its own id, which the log says and the answer carries; how long it took; and that a
//! server which closes takes no more of them.

use super::answering::health;
use super::asking::no;
use super::door::{Door, Standing};
use super::limits::CLOSING_S;
use super::metrics::{Family, metrics};
use super::openapi;
use super::ready::ready;
use crate::server::central::Central;
use crate::sync::wire::server;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use http::{HeaderName, HeaderValue, header};
use std::sync::Arc;
use tokio::time::Instant;
use tracing::Instrument;

/// Where an answer says which request it is to.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names a request, answers it, and counts it. An id that the client sent is not taken: anybody could write into the
/// log with it.
pub(super) async fn watched<C: Central + 'static>(
    State(door): State<Arc<Door<C>>>,
    request: Request,
    next: Next,
) -> Response {
    let (family, began) = (Family::of(request.uri().path()), Instant::now());
    let id = door.next_request_id();
    let span = tracing::info_span!("request", id);
    let mut response = match door.standing() {
        Standing::Closing if !family.is_about_itself() => closing(&request),
        Standing::Serving | Standing::Leaving | Standing::Closing => next.run(request).instrument(span).await,
    };
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    door.metrics().answered(family, response.status().as_u16(), began.elapsed());
    response
}

/// What is said to those who come while the last answers are finished.
fn closing(request: &Request) -> Response {
    let asked = http::Request::builder().uri(request.uri().clone()).body(Vec::new()).unwrap_or_default();
    let problem = no(503, "stopping", format!("the server is stopping; ask again in {CLOSING_S} s"));
    let mut response = server::write_problem(&asked, &problem).map(Body::from);
    response.headers_mut().insert(header::RETRY_AFTER, CLOSING_S.into());
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Addresses for whoever watches a server, which belong on a socket of their own: what is counted, whether the server
/// lives, and whether it is ready.
pub fn operations<C: Central + 'static>(door: Arc<Door<C>>) -> Router {
    Router::new()
        .route("/metrics", get(metrics::<C>).fallback(openapi::only_read))
        .route("/api/v1/health", get(health::<C>).fallback(openapi::only_read))
        .route("/api/v1/health/ready", get(ready::<C>).fallback(openapi::only_read))
        .layer(from_fn_with_state(Arc::clone(&door), watched::<C>))
        .with_state(door)
}
