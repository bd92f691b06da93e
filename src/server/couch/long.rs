//! Answers that may be long: `_all_docs`, several of them, and `_bulk_get`. They are made piece by piece, so that
//! whoever carries them has one piece and one document in memory, and all that was asked for is answered, however much
//! it is.

use super::bulk::BulkGet;
use super::listing::AllDocs;
use crate::server::central::Central;
use crate::server::replica::Replica;
use crate::sync::wire::Problem;
use std::collections::VecDeque;

/// An answer that may be long, as far as it was made.
#[derive(Debug)]
pub enum Long {
    /// To `_all_docs`.
    AllDocs(Box<AllDocs>),
    /// To `_all_docs/queries`: those that are not answered yet, and whether any was begun.
    Queries(VecDeque<AllDocs>, bool),
    /// To `_bulk_get`.
    BulkGet(Box<BulkGet>),
    /// All of it was made.
    Done,
}

impl Long {
    /// Makes the next piece: [`PIECE_BYTES`](crate::server::limits::PIECE_BYTES), or as much more as one document is.
    ///
    /// # Errors
    /// [`Problem`] when the database fails: what was made before is then an answer that broke off.
    pub async fn more<C: Central>(&mut self, replica: &Replica<C>) -> Result<String, Problem> {
        match self {
            Long::AllDocs(all) => all.more(replica).await,
            Long::BulkGet(get) => get.more(replica).await,
            Long::Queries(queries, has_begun) => {
                let mut text = if std::mem::replace(has_begun, true) { String::new() } else { "{\"results\":[".into() };
                if let Some(all) = queries.front_mut() {
                    text.push_str(&all.more(replica).await?);
                    if !all.is_done() {
                        return Ok(text);
                    }
                    queries.pop_front();
                }
                if queries.is_empty() {
                    text.push_str("]}");
                    *self = Long::Done;
                } else {
                    text.push(',');
                }
                Ok(text)
            }
            Long::Done => Ok(String::new()),
        }
    }

    /// All of it was made.
    pub fn is_done(&self) -> bool {
        match self {
            Long::AllDocs(all) => all.is_done(),
            Long::BulkGet(get) => get.is_done(),
            Long::Queries(..) => false,
            Long::Done => true,
        }
    }
}
