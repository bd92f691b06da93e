//! The CouchDB protocol at `/sync`: what CouchDB and PouchDB clients ask, answered with CouchDB's status codes, shapes
//! and words. No sockets here, and no waiting: a request goes in, a response comes out.
//!
//! Read in this order: `asked` (what a request says), `told` (how it is answered), `database` (which route is whose,
//! and what concerns a database whole), `document`, `listing` (`_all_docs`), `bulk` (`_bulk_docs`, `_bulk_get`), `long`
//! (the answers that are made piece by piece), `feed` (`_changes`, page by page: whoever carries it waits between two
//! pages), `mango` (`_find`, `_index`, `_explain`).
//!
//! What replication alone needs is read and written by `sync::wire` and decided by the replica, as it is for registers.
//! Every answer is made of what lies at one location: an id of another and one that is nowhere are the same question.
//!
//! Deliberately absent: attachments, design documents and their views, filters and updates, purging, making and
//! dropping databases. Each is refused in words. `_session` and what a token is worth are the door's.

mod asked;
mod bulk;
mod database;
mod document;
mod feed;
mod listing;
mod long;
mod mango;
#[cfg(test)]
mod tests;
mod told;

pub use feed::{Feed, FeedKind, FeedPage, Filter, feed_page};
pub use long::Long;
pub use mango::Selector;

use super::central::Central;
use super::replica::Replica;
use super::scope::Scope;
use crate::domain::{Entropy, Timestamp};
use asked::Asked;
use http::{Method, Response, StatusCode, header};

/// How a request is answered.
#[derive(Debug)]
pub enum Answered {
    /// With this.
    Whole(Response<Vec<u8>>),
    /// With JSON that may be long: it is made piece by piece.
    Long(Long),
    /// With a feed, which may have to wait: [`feed_page`] tells what is on it, page by page.
    Feed(Feed),
}

/// Answers a request at `/sync`; whoever carries it has taken the server's own path before `/sync` away.
pub async fn answer<C: Central>(
    replica: &Replica<C>,
    scope: &Scope,
    asked: &http::Request<Vec<u8>>,
    now: Timestamp,
    dice: &mut Entropy,
) -> Answered {
    let told = match Asked::read(asked) {
        Err(problem) => Err(problem),
        Ok(asked) => match database::in_pieces(scope, &asked) {
            Some(Ok(answered)) => return answered,
            Some(Err(problem)) => Err(problem),
            None => database::route(&Asker { replica, scope, now }, &asked, dice).await,
        },
    };
    let mut response = told.unwrap_or_else(|problem| told::problem(&problem));
    if asked.method() == Method::HEAD {
        without_body(&mut response);
    }
    Answered::Whole(response)
}

/// Takes the body away and says how long it would have been.
fn without_body(response: &mut Response<Vec<u8>>) {
    if response.status() != StatusCode::NOT_MODIFIED {
        let length = response.body().len().into();
        response.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
    response.body_mut().clear();
}

/// Who asks, of which decisions, and when.
struct Asker<'a, C> {
    replica: &'a Replica<C>,
    scope: &'a Scope,
    now: Timestamp,
}
