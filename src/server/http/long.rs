//! Answers that may be long: handed out piece by piece, each made when the reader has taken those before it.

use super::door::Door;
use super::writing::{Ended, write};
use crate::server::central::Central;
use crate::server::couch::Long;
use crate::sync::wire::Problem;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, header};
use std::sync::Arc;

/// Hands an answer out: whole where it is short, so that its length is told.
///
/// # Errors
/// Why not, as long as nothing was answered.
pub(super) async fn hand_out<C: Central + 'static>(door: &Arc<Door<C>>, mut long: Long) -> Result<Response, Problem> {
    let first = door.work(|| long.more(&door.replica)).await?;
    let body = if long.is_done() {
        Body::from(first)
    } else {
        let door = Arc::clone(door);
        write(async move |mut pen| {
            pen.say(first).await?;
            while !long.is_done() {
                let Ok(piece) = door.work(|| long.more(&door.replica)).await else { return pen.break_off() };
                pen.say(piece).await?;
            }
            Ok(Ended::Said)
        })
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("must-revalidate"));
    Ok(response)
}
