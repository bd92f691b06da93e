//! `_all_docs`: what stands in a database by id, between two ids or for a list of them.
//!
//! An answer is whole or refused: one that would be too long is never cut off in silence.

use super::asked::{Asked, bad, no};
use super::database::Told;
use super::{Asker, told};
use crate::server::central::{Central, ChangedDocument, Kept, Listing, Place};
use crate::server::limits::{ANSWER_BYTES_MAX, LISTED_AT_ONCE, LISTED_KEYS_MAX, READ_AT_ONCE};
use crate::server::replica::sequence;
use crate::sync::wire::Problem;
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Bound;

/// What is asked of a listing.
struct Wanted {
    keys: Option<Vec<Value>>,
    low: Bound<String>,
    high: Bound<String>,
    /// No id can be between them.
    is_empty: bool,
    descending: bool,
    skip: u32,
    limit: Option<u32>,
    include_docs: bool,
    conflicts: bool,
    update_seq: bool,
}

/// Options by name: those of the body come before those of the query.
struct Options<'a> {
    asked: &'a Asked<'a>,
    body: Value,
}

impl Options<'_> {
    fn flag(&self, name: &str, otherwise: bool) -> Result<bool, Problem> {
        match self.body.get(name) {
            None => self.asked.flag_or(name, otherwise),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(wrong("boolean", name)),
        }
    }

    fn number(&self, name: &str) -> Result<Option<u32>, Problem> {
        match self.body.get(name) {
            None => self.asked.number(name),
            Some(number) => {
                let read = number.as_u64().and_then(|it| u32::try_from(it).ok());
                read.map(Some).ok_or_else(|| wrong("positive integer", name))
            }
        }
    }

    /// A key under the first of these names that is there.
    fn key(&self, names: [&str; 2]) -> Result<Option<Value>, Problem> {
        for name in names {
            let found = match self.body.get(name) {
                Some(key) => Some(key.clone()),
                None => self.asked.json(name)?,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

fn wrong(what: &str, name: &str) -> Problem {
    no(400, "query_parse_error", format!("Invalid value for {what} parameter: `{name}`"))
}

/// Where a key stands among ids. CouchDB orders null, numbers and truths before every text, and lists and objects
/// after.
enum Key {
    Before,
    Id(String),
    After,
}

impl Key {
    fn of(key: Value) -> Key {
        match key {
            Value::Null | Value::Bool(_) | Value::Number(_) => Key::Before,
            Value::String(id) => Key::Id(id),
            Value::Array(_) | Value::Object(_) => Key::After,
        }
    }
}

impl Wanted {
    fn read(asked: &Asked) -> Result<Wanted, Problem> {
        let body = if asked.is_reading() { json!({}) } else { asked.body_or_nothing()? };
        let options = Options { asked, body };
        let keys = match options.key(["keys", "keys"])? {
            None => None,
            Some(Value::Array(keys)) if keys.len() <= LISTED_KEYS_MAX => Some(keys),
            Some(Value::Array(keys)) => {
                return Err(no(
                    413,
                    "too_large",
                    format!("{} keys at once; {LISTED_KEYS_MAX} are the most", keys.len()),
                ));
            }
            Some(_) => return Err(bad("`keys` body member must be an array.")),
        };
        let descending = options.flag("descending", false)?;
        let (mut start, mut end) = (options.key(["startkey", "start_key"])?, options.key(["endkey", "end_key"])?);
        let mut is_inclusive = options.flag("inclusive_end", true)?;
        if let Some(key) = options.key(["key", "key"])? {
            (start, end, is_inclusive) = (Some(key.clone()), Some(key), true);
        }
        let mut is_empty = false;
        // Where the listing begins: at an id, or it is as if there were none; or nothing comes after it.
        let mut bound = |key: Option<Value>, is_inclusive: bool, is_low: bool| match key.map(Key::of) {
            None => Bound::Unbounded,
            Some(Key::Id(id)) if is_inclusive => Bound::Included(id),
            Some(Key::Id(id)) => Bound::Excluded(id),
            Some(Key::Before) => {
                is_empty |= !is_low;
                Bound::Unbounded
            }
            Some(Key::After) => {
                is_empty |= is_low;
                Bound::Unbounded
            }
        };
        let (low, high) = if descending {
            (bound(end, is_inclusive, true), bound(start, true, false))
        } else {
            (bound(start, true, true), bound(end, is_inclusive, false))
        };
        Ok(Wanted {
            keys,
            low,
            high,
            is_empty,
            descending,
            skip: options.number("skip")?.unwrap_or(0),
            limit: options.number("limit")?,
            include_docs: options.flag("include_docs", false)?,
            conflicts: options.flag("conflicts", false)?,
            update_seq: options.flag("update_seq", false)?,
        })
    }
}

pub(super) async fn all_docs<C: Central>(asker: &Asker<'_, C>, asked: &Asked<'_>, place: &Place) -> Told {
    let wanted = Wanted::read(asked)?;
    let (central, broken) = (asker.replica.central(), |fault| asker.replica.broken(fault));
    let population = central.population(place).await.map_err(broken)?;
    let mut body = format!("{{\"total_rows\":{},", population.standing);
    if wanted.update_seq {
        let standing = central.standing(place).await.map_err(broken)?;
        let seq = Value::from(sequence::write(standing.newest, &standing, place));
        body.push_str(&format!("\"update_seq\":{seq},"));
    }
    match &wanted.keys {
        Some(keys) => {
            body.push_str("\"offset\":null,\"rows\":[");
            by_keys(asker, place, &wanted, keys, &mut body).await?;
        }
        None => {
            let offset = offset(asker, place, &wanted, population.standing).await?;
            body.push_str(&format!("\"offset\":{offset},\"rows\":["));
            by_range(asker, place, &wanted, &mut body).await?;
        }
    }
    body.push_str("]}");
    Ok(told::bytes(StatusCode::OK, "application/json", body.into_bytes()))
}

/// How many stand before the first row.
async fn offset<C: Central>(
    asker: &Asker<'_, C>,
    place: &Place,
    wanted: &Wanted,
    standing: u64,
) -> Result<u64, Problem> {
    if wanted.is_empty {
        return Ok(standing.min(u64::from(wanted.skip)));
    }
    let begins = if wanted.descending { &wanted.high } else { &wanted.low };
    let id = match begins {
        Bound::Unbounded => return Ok(standing.min(u64::from(wanted.skip))),
        Bound::Included(id) | Bound::Excluded(id) => Bound::Excluded(id.clone()),
    };
    let (low, high) = if wanted.descending { (id, Bound::Unbounded) } else { (Bound::Unbounded, id) };
    let before = asker.replica.central().count_listed(place, &low, &high).await;
    let before = before.map_err(|fault| asker.replica.broken(fault))?;
    Ok(standing.min(before + u64::from(wanted.skip)))
}

async fn by_range<C: Central>(
    asker: &Asker<'_, C>,
    place: &Place,
    wanted: &Wanted,
    body: &mut String,
) -> Result<(), Problem> {
    if wanted.is_empty {
        return Ok(());
    }
    let mut left = wanted.limit.unwrap_or(u32::MAX);
    let mut listing = Listing {
        low: wanted.low.clone(),
        high: wanted.high.clone(),
        descending: wanted.descending,
        skip: wanted.skip,
        limit: 0,
    };
    while left > 0 {
        listing.limit = left.min(LISTED_AT_ONCE);
        let page = asker.replica.central().listed(place, &listing).await;
        let page = page.map_err(|fault| asker.replica.broken(fault))?;
        let Some(last) = page.last().map(|it| it.doc_id.clone()) else { return Ok(()) };
        for some in page.chunks(READ_AT_ONCE) {
            let bodies = bodies(asker, place, wanted, some).await?;
            for listed in some {
                if let Some(row) = row(listed, &bodies, wanted) {
                    push(body, &row)?;
                }
            }
        }
        let count = u32::try_from(page.len()).unwrap_or(u32::MAX);
        if count < listing.limit {
            return Ok(());
        }
        left -= count.min(left);
        listing.skip = 0;
        let next = if wanted.descending { &mut listing.high } else { &mut listing.low };
        *next = Bound::Excluded(last);
    }
    Ok(())
}

async fn by_keys<C: Central>(
    asker: &Asker<'_, C>,
    place: &Place,
    wanted: &Wanted,
    keys: &[Value],
    body: &mut String,
) -> Result<(), Problem> {
    let mut keys: Vec<&Value> = keys.iter().collect();
    if wanted.descending {
        keys.reverse();
    }
    let (skip, limit) = (wanted.skip as usize, wanted.limit.unwrap_or(u32::MAX) as usize);
    let keys: Vec<&Value> = keys.into_iter().skip(skip).take(limit).collect();
    for some in keys.chunks(READ_AT_ONCE) {
        let ids: Vec<String> = some.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect();
        let found = asker.replica.central().trees(place, &ids).await;
        let found = found.map_err(|fault| asker.replica.broken(fault))?;
        let bodies = bodies(asker, place, wanted, &found).await?;
        let found: BTreeMap<&str, &ChangedDocument> = found.iter().map(|it| (it.doc_id.as_str(), it)).collect();
        for key in some {
            let listed = key.as_str().and_then(|id| found.get(id));
            let row = listed.and_then(|it| row(it, &bodies, wanted));
            push(body, &row.unwrap_or_else(|| json!({ "key": key, "error": "not_found" })))?;
        }
    }
    Ok(())
}

/// The documents whole, where they are wanted.
async fn bodies<C: Central>(
    asker: &Asker<'_, C>,
    place: &Place,
    wanted: &Wanted,
    listed: &[ChangedDocument],
) -> Result<BTreeMap<String, Kept>, Problem> {
    if !wanted.include_docs {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<String> = listed.iter().map(|it| it.doc_id.clone()).collect();
    let found = asker.replica.central().documents(place, &ids).await.map_err(|fault| asker.replica.broken(fault))?;
    Ok(found.into_iter().map(|it| (it.doc_id.clone(), it)).collect())
}

fn row(listed: &ChangedDocument, bodies: &BTreeMap<String, Kept>, wanted: &Wanted) -> Option<Value> {
    let kept = bodies.get(&listed.doc_id);
    // Read a moment later it may stand otherwise: the document and its revision are then the later ones.
    let winner = kept.map_or(&listed.tree, |it| &it.tree).winner()?;
    let mut value = json!({ "rev": winner.revision.to_string() });
    if winner.deleted {
        value["deleted"] = true.into();
    }
    let mut row = json!({ "id": listed.doc_id, "key": listed.doc_id, "value": value });
    if wanted.include_docs {
        let shown = kept.filter(|_| !winner.deleted).and_then(|kept| {
            let mut shown = told::document(kept, &winner)?;
            if wanted.conflicts {
                told::with_conflicts(&mut shown, kept, &winner, false);
            }
            Some(shown)
        });
        row["doc"] = shown.map_or(Value::Null, Value::Object);
    }
    Some(row)
}

fn push(body: &mut String, row: &Value) -> Result<(), Problem> {
    if !body.ends_with('[') {
        body.push(',');
    }
    body.push_str(&row.to_string());
    if body.len() > ANSWER_BYTES_MAX {
        let most = format!("more than {ANSWER_BYTES_MAX} bytes in one answer: ask for it in pages, with `limit`");
        return Err(no(413, "too_large", most));
    }
    Ok(())
}
