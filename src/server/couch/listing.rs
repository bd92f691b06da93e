//! `_all_docs`: what stands in a database by id, between two ids or for a list of them. However long the answer is, it
//! is whole: it is looked for page by page, and documents are read one by one.

use super::asked::{Asked, bad, no};
use super::{document, told};
use crate::server::central::{Central, ChangedDocument, Listing, Place};
use crate::server::limits::{LISTED_AT_ONCE, LISTED_KEYS_MAX, PIECE_BYTES, QUERIES_MAX};
use crate::server::replica::{Replica, sequence};
use crate::sync::wire::Problem;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

/// What is asked of a listing.
#[derive(Debug)]
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
    fn read(asked: &Asked, body: Value) -> Result<Wanted, Problem> {
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

/// A listing, as far as it was made.
#[derive(Debug)]
pub struct AllDocs {
    place: Place,
    wanted: Wanted,
    /// What comes next; none before the first piece.
    ahead: Option<Ahead>,
    /// Rows whose documents were found, and not written yet.
    found: VecDeque<(Value, Option<ChangedDocument>)>,
    has_row: bool,
    is_done: bool,
}

/// What of a listing is not looked for yet.
#[derive(Debug)]
enum Ahead {
    Range {
        listing: Listing,
        /// Rows that are still wanted.
        left: u32,
    },
    Keys(VecDeque<Value>),
}

impl AllDocs {
    pub(super) fn read(asked: &Asked, place: Place) -> Result<AllDocs, Problem> {
        let body = if asked.is_reading() { json!({}) } else { asked.body_or_nothing()? };
        AllDocs::of(asked, body, place)
    }

    /// Several listings at once, each with its own options: `_all_docs/queries`.
    pub(super) fn read_queries(asked: &Asked, place: &Place) -> Result<VecDeque<AllDocs>, Problem> {
        let Some(Value::Array(queries)) = asked.body()?.get_mut("queries").map(Value::take) else {
            return Err(bad("`queries` body member must be an array."));
        };
        if queries.len() > QUERIES_MAX {
            return Err(no(413, "too_large", format!("{} queries at once; {QUERIES_MAX} are the most", queries.len())));
        }
        let read = |(nth, query): (usize, Value)| match query.is_object() {
            true => AllDocs::of(asked, query, place.clone()),
            false => Err(bad(format!("queries[{nth}] must be an object"))),
        };
        queries.into_iter().enumerate().map(read).collect()
    }

    fn of(asked: &Asked, options: Value, place: Place) -> Result<AllDocs, Problem> {
        let wanted = Wanted::read(asked, options)?;
        Ok(AllDocs { place, wanted, ahead: None, found: VecDeque::new(), has_row: false, is_done: false })
    }

    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }

    pub(super) async fn more<C: Central>(&mut self, replica: &Replica<C>) -> Result<String, Problem> {
        let mut text = match self.ahead {
            None => self.begin(replica).await?,
            Some(_) => String::new(),
        };
        while text.len() < PIECE_BYTES {
            if self.found.is_empty() {
                self.look(replica).await?;
            }
            let Some((key, listed)) = self.found.pop_front() else {
                text.push_str("]}");
                self.is_done = true;
                break;
            };
            let row = match &listed {
                Some(listed) => self.row(replica, listed).await?,
                None => None,
            };
            let row = row.or_else(|| self.wanted.keys.is_some().then(|| json!({ "key": key, "error": "not_found" })));
            if let Some(row) = row {
                if std::mem::replace(&mut self.has_row, true) {
                    text.push(',');
                }
                text.push_str(&row.to_string());
            }
        }
        Ok(text)
    }

    /// What stands before the first row.
    async fn begin<C: Central>(&mut self, replica: &Replica<C>) -> Result<String, Problem> {
        let (central, broken) = (replica.central(), |fault| replica.broken(fault));
        let population = central.population(&self.place).await.map_err(broken)?;
        let mut text = format!("{{\"total_rows\":{},", population.standing);
        if self.wanted.update_seq {
            let standing = central.standing(&self.place).await.map_err(broken)?;
            let seq = Value::from(sequence::write(standing.newest, &standing, &self.place));
            text.push_str(&format!("\"update_seq\":{seq},"));
        }
        let Wanted { keys, low, high, is_empty, descending, skip, limit, .. } = &mut self.wanted;
        let left = limit.unwrap_or(u32::MAX);
        match keys {
            Some(keys) => {
                let mut keys = std::mem::take(keys);
                if *descending {
                    keys.reverse();
                }
                let keys = keys.into_iter().skip(*skip as usize).take(left as usize).collect();
                self.ahead = Some(Ahead::Keys(keys));
                text.push_str("\"offset\":null,\"rows\":[");
            }
            None => {
                let left = if *is_empty { 0 } else { left };
                let (low, high) = (low.clone(), high.clone());
                let listing = Listing { low, high, descending: *descending, skip: *skip, limit: 0 };
                self.ahead = Some(Ahead::Range { listing, left });
                let offset = offset(replica, &self.place, &self.wanted, population.standing).await?;
                text.push_str(&format!("\"offset\":{offset},\"rows\":["));
            }
        }
        Ok(text)
    }

    /// Looks for the next rows; finds none when there are none left.
    async fn look<C: Central>(&mut self, replica: &Replica<C>) -> Result<(), Problem> {
        match &mut self.ahead {
            None => {}
            Some(Ahead::Range { left: 0, .. }) => {}
            Some(Ahead::Range { listing, left }) => {
                listing.limit = (*left).min(LISTED_AT_ONCE);
                let page = replica.central().listed(&self.place, listing).await;
                let page = page.map_err(|fault| replica.broken(fault))?;
                let count = u32::try_from(page.len()).unwrap_or(u32::MAX);
                *left = if count < listing.limit { 0 } else { left.saturating_sub(count) };
                listing.skip = 0;
                if let Some(last) = page.last() {
                    let next = if listing.descending { &mut listing.high } else { &mut listing.low };
                    *next = Bound::Excluded(last.doc_id.clone());
                }
                self.found.extend(page.into_iter().map(|it| (Value::from(it.doc_id.clone()), Some(it))));
            }
            Some(Ahead::Keys(keys)) => {
                let some: Vec<Value> = keys.drain(..keys.len().min(LISTED_AT_ONCE as usize)).collect();
                let ids: Vec<String> = some.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect();
                let found = replica.central().trees(&self.place, &ids).await;
                let found = found.map_err(|fault| replica.broken(fault))?;
                let found: BTreeMap<&str, &ChangedDocument> = found.iter().map(|it| (it.doc_id.as_str(), it)).collect();
                let listed = |key: &Value| key.as_str().and_then(|id| found.get(id)).map(|it| (*it).clone());
                self.found.extend(some.into_iter().map(|key| {
                    let listed = listed(&key);
                    (key, listed)
                }));
            }
        }
        Ok(())
    }

    async fn row<C: Central>(&self, replica: &Replica<C>, listed: &ChangedDocument) -> Result<Option<Value>, Problem> {
        let kept = match self.wanted.include_docs {
            true => Some(document::kept(replica, &self.place, &listed.doc_id).await?),
            false => None,
        };
        // Read a moment later it may stand otherwise: the document and its revision are then the later ones.
        let Some(winner) = kept.as_ref().map_or(&listed.tree, |it| &it.tree).winner() else { return Ok(None) };
        let mut value = json!({ "rev": winner.revision.to_string() });
        if winner.deleted {
            value["deleted"] = true.into();
        }
        let mut row = json!({ "id": listed.doc_id, "key": listed.doc_id, "value": value });
        if self.wanted.include_docs {
            let shown = kept.filter(|_| !winner.deleted).and_then(|kept| {
                let mut shown = told::document(&kept, &winner)?;
                if self.wanted.conflicts {
                    told::with_conflicts(&mut shown, &kept, &winner, false);
                }
                Some(shown)
            });
            row["doc"] = shown.map_or(Value::Null, Value::Object);
        }
        Ok(Some(row))
    }
}

/// How many stand before the first row.
async fn offset<C: Central>(
    replica: &Replica<C>,
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
    let before = replica.central().count_listed(place, &low, &high).await;
    let before = before.map_err(|fault| replica.broken(fault))?;
    Ok(standing.min(before + u64::from(wanted.skip)))
}
