//! Mango: documents looked for by a selector (`_find`), how that is done (`_explain`), and indexes (`_index`).
//!
//! A query goes through the documents that stand, in the order of their ids, between the ids that its selector names.
//! No index is built: those that are asked for are remembered and told of, so that clients which make them first go
//! on. A query that would look at too many documents is refused with what to do, never answered in part.

mod index;
mod order;
mod query;
mod regex;
mod selector;
#[cfg(test)]
mod tests;

pub(super) use index::indexes;
pub use selector::Selector;

use super::asked::{Asked, no};
use super::database::Told;
use super::{Asker, told};
use crate::server::central::{Central, Kept, Listing, Place};
use crate::server::limits::{ANSWER_BYTES_MAX, LISTED_AT_ONCE, LOOKED_AT_MAX, READ_AT_ONCE, SELECTING_MAX};
use crate::sync::wire::Problem;
use http::StatusCode;
use order::{compare, field};
use query::{Direction, Mark, Query};
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Bound;

/// A document that was found, and by what it is sorted.
struct Row {
    keys: Vec<Value>,
    id: String,
    document: Value,
    /// How long the document is as text.
    bytes: usize,
}

/// What a query has found so far.
#[derive(Default)]
struct Found {
    rows: Vec<Row>,
    bytes: usize,
    looked_at: u64,
    /// How much work that was.
    work: u64,
}

/// Answers `_find`.
pub(super) async fn find<C: Central>(asker: &Asker<'_, C>, asked: &Asked<'_>, place: &Place) -> Told {
    let query = Query::read(&asked.body()?)?;
    let found = look(asker, place, &query).await?;
    let last = found.rows.last();
    let bookmark = last.map(|row| Mark { keys: row.keys.clone(), id: row.id.clone() }).or_else(|| query.after.clone());
    let bookmark = bookmark.map_or_else(|| "nil".to_owned(), |it| it.to_text());
    let count = found.rows.len();
    let docs: Vec<Value> = found.rows.into_iter().map(|row| query.projected(row.document)).collect();
    let mut body = json!({ "docs": docs, "bookmark": bookmark });
    if found.looked_at > u64::from(LISTED_AT_ONCE) {
        let warning =
            format!("{} documents were looked at: bounds of `_id` in the selector spare that", found.looked_at);
        body["warning"] = warning.into();
    }
    if query.execution_stats {
        body["execution_stats"] = json!({
            "total_keys_examined": found.looked_at,
            "total_docs_examined": found.looked_at,
            "total_quorum_docs_examined": 0,
            "results_returned": count,
        });
    }
    Ok(told::json(StatusCode::OK, &body))
}

/// Answers `_explain`: how the query would be answered.
pub(super) fn explain(asked: &Asked<'_>, place: &Place) -> Told {
    let body = asked.body()?;
    let query = Query::read(&body)?;
    let edge = |bound: &Bound<String>| match bound {
        Bound::Unbounded => Value::Null,
        Bound::Included(id) | Bound::Excluded(id) => id.clone().into(),
    };
    let (low, high) = query.selector.ids();
    let fields = body.get("fields").filter(|it| it.as_array().is_some_and(|it| !it.is_empty()));
    let fields = fields.cloned().unwrap_or_else(|| "all_fields".into());
    Ok(told::json(
        StatusCode::OK,
        &json!({
            "dbname": place.database.code(),
            "index": index::all_docs(),
            "partitioned": false,
            "selector": body.get("selector"),
            "opts": {
                "use_index": body.get("use_index").cloned().unwrap_or_else(|| json!([])),
                "bookmark": body.get("bookmark").cloned().unwrap_or_else(|| "nil".into()),
                "limit": query.limit,
                "skip": query.skip,
                "sort": body.get("sort").cloned().unwrap_or_else(|| json!({})),
                "fields": fields,
                "conflicts": query.conflicts,
            },
            "limit": query.limit,
            "skip": query.skip,
            "fields": fields,
            "range": { "start_key": edge(&low), "end_key": edge(&high) },
        }),
    ))
}

/// Goes through the documents, and answers with those that are meant, in their order, from the first that is wanted.
async fn look<C: Central>(asker: &Asker<'_, C>, place: &Place, query: &Query) -> Result<Found, Problem> {
    let (mut found, central) = (Found::default(), asker.replica.central());
    if query.limit == 0 {
        return Ok(found);
    }
    let (low, high) = query.selector.ids();
    let mut listing = Listing { low, high, descending: query.by_id == Some(Direction::Down), skip: 0, limit: 0 };
    if let (Some(_), Some(after)) = (query.by_id, &query.after) {
        begin_after(&mut listing, after.id.clone());
    }
    listing.limit = LISTED_AT_ONCE;
    loop {
        let page = central.listed(place, &listing).await.map_err(|fault| asker.replica.broken(fault))?;
        let ids: Vec<String> = page.into_iter().map(|it| it.doc_id).collect();
        let Some(last) = ids.last().cloned() else { break };
        let is_last = ids.len() < LISTED_AT_ONCE as usize;
        for some in ids.chunks(READ_AT_ONCE) {
            let kept = central.documents(place, some).await.map_err(|fault| asker.replica.broken(fault))?;
            let mut kept: BTreeMap<String, Kept> = kept.into_iter().map(|it| (it.doc_id.clone(), it)).collect();
            for kept in some.iter().filter_map(|id| kept.remove(id)) {
                if !found.is_full(query) {
                    found.look_at(&kept, query)?;
                }
            }
        }
        if is_last || found.is_full(query) {
            break;
        }
        begin_after(&mut listing, last);
    }
    if query.by_id.is_none() {
        found.sort(query);
        found.is_not_too_large()?;
    }
    found.rows.drain(..query.skipped().min(found.rows.len()));
    Ok(found)
}

/// Goes on after an id, unless the bounds are narrower.
fn begin_after(listing: &mut Listing, id: String) {
    let (edge, is_inside) = if listing.descending {
        let is_inside = match &listing.high {
            Bound::Unbounded => true,
            Bound::Included(high) | Bound::Excluded(high) => id <= *high,
        };
        (&mut listing.high, is_inside)
    } else {
        let is_inside = match &listing.low {
            Bound::Unbounded => true,
            Bound::Included(low) | Bound::Excluded(low) => id >= *low,
        };
        (&mut listing.low, is_inside)
    };
    if is_inside {
        *edge = Bound::Excluded(id);
    }
}

impl Found {
    /// Nothing that comes later is wanted.
    fn is_full(&self, query: &Query) -> bool {
        query.by_id.is_some() && self.rows.len() >= query.wanted()
    }

    fn too_much_work(&self) -> Problem {
        let most = format!("{} documents were looked at, and more would be too much work", self.looked_at);
        no(413, "too_large", format!("{most}: narrow the selector with bounds of `_id`"))
    }

    /// Looks at a document.
    fn look_at(&mut self, kept: &Kept, query: &Query) -> Result<(), Problem> {
        self.work += query.selector.work(kept);
        if self.looked_at >= LOOKED_AT_MAX || self.work > SELECTING_MAX {
            return Err(self.too_much_work());
        }
        self.looked_at += 1;
        let row = query.row(kept, &mut self.work);
        if self.work > SELECTING_MAX {
            return Err(self.too_much_work());
        }
        let Some(row) = row else { return Ok(()) };
        self.bytes += row.bytes;
        self.rows.push(row);
        if query.by_id.is_some() {
            return self.is_not_too_large();
        }
        // Half of it goes each time, so that sorting costs no more than the rows themselves.
        if self.rows.len() > query.wanted().saturating_mul(2) || self.bytes > 2 * ANSWER_BYTES_MAX {
            self.sort(query);
            return self.is_not_too_large();
        }
        Ok(())
    }

    fn is_not_too_large(&self) -> Result<(), Problem> {
        if self.bytes <= ANSWER_BYTES_MAX {
            return Ok(());
        }
        let most = format!("more than {ANSWER_BYTES_MAX} bytes are found: ask with a lower `limit`");
        Err(no(413, "too_large", most))
    }

    /// Sorts what was found, and forgets what comes after what is wanted.
    fn sort(&mut self, query: &Query) {
        self.rows.sort_by(|one, other| query.order((&one.keys, &one.id), (&other.keys, &other.id)));
        self.rows.truncate(query.wanted());
        self.bytes = self.rows.iter().map(|row| row.bytes).sum();
    }
}

impl Query {
    /// The row of a document that is meant and comes after the bookmark.
    fn row(&self, kept: &Kept, work: &mut u64) -> Option<Row> {
        let winner = kept.tree.winner().filter(|winner| !winner.deleted)?;
        let document = Value::Object(told::document(kept, &winner)?);
        if !self.selector.matches(&document, work) {
            return None;
        }
        // What has no such field has no place in the order, and is in no index of CouchDB's either.
        let keys: Option<Vec<Value>> = self.sort.iter().map(|(path, _)| field(&document, path).cloned()).collect();
        let row = Row { keys: keys?, id: kept.doc_id.clone(), document, bytes: 0 };
        let is_after = |after: &Mark| self.order((&row.keys, &row.id), (&after.keys, &after.id)).is_gt();
        if self.by_id.is_none() && !self.after.as_ref().is_none_or(is_after) {
            return None;
        }
        let Row { keys, id, document, .. } = row;
        let Value::Object(mut shown) = document else { return None };
        if self.conflicts {
            told::with_conflicts(&mut shown, kept, &winner, false);
        }
        let document = Value::Object(shown);
        Some(Row { keys, id, bytes: document.to_string().len(), document })
    }

    /// The order of two rows: by what they are sorted, then by their ids.
    fn order(&self, one: (&[Value], &str), other: (&[Value], &str)) -> Ordering {
        let pairs = one.0.iter().zip(other.0).zip(&self.sort);
        let by_keys = pairs.map(|((one, other), (_, direction))| direction.of(compare(one, other)));
        let last = self.sort.last().map_or(Direction::Up, |(_, direction)| *direction);
        by_keys.into_iter().find(|it| it.is_ne()).unwrap_or_else(|| last.of(one.1.cmp(other.1)))
    }
}
