//! `_changes`: what is asked of a feed, and its pages, each answered at once. Whoever carries a feed asks for a page,
//! writes its rows, and asks on from its end; where nothing is left it waits until something changed, or says that it
//! still lives.
//!
//! A filtered page looks at so many documents and no more, so that a filter that lets nothing pass holds nobody up:
//! fewer rows than were asked for do not mean that there is nothing more, only [`FeedPage::pending`] says so.

use super::asked::{Asked, bad, missing, no};
use super::mango::Selector;
use super::{document, told};
use crate::document::{Database, RevisionTree, TreeLeaf};
use crate::server::central::{Central, ChangedDocument, Kept, Place, Standing};
use crate::server::limits::{
    CHANGES_MAX, FEED_PAGE_BYTES, FILTERED_MAX, LISTED_AT_ONCE, LISTED_KEYS_MAX, SELECTING_MAX,
};
use crate::server::replica::{Replica, place, sequence};
use crate::server::scope::Scope;
use crate::sync::limits::{WAIT_MS_MAX, WORD_BYTES_MAX};
use crate::sync::wire::Problem;
use http::HeaderName;
use serde_json::{Value, json};

/// What is asked of a feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// Of which database.
    pub database: Database,
    /// How it is carried.
    pub kind: FeedKind,
    /// From where: a sequence as it was handed out, `0` or `now`. Not checked yet: the first page says.
    pub since: String,
    /// So many rows in all, and then it ends.
    pub limit: Option<u32>,
    /// The last change first, from the end; `since` says nothing then but where such a feed goes on.
    pub descending: bool,
    /// How often it says that it still lives, in milliseconds; it then never ends by itself, whatever `timeout_ms` is.
    pub heartbeat_ms: Option<u32>,
    /// How long it waits for a change, in milliseconds.
    pub timeout_ms: Option<u32>,
    /// Each row names all leaves, not only the one that stands.
    pub style_all_docs: bool,
    /// Each row brings the document that stands.
    pub include_docs: bool,
    /// That document names what quarrels with it.
    pub conflicts: bool,
    /// What passes.
    pub filter: Option<Filter>,
}

/// How a feed is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedKind {
    /// What there is, and no more.
    Normal,
    /// What there is; where there is nothing, the next change.
    Longpoll,
    /// A line of JSON for each change, for ever.
    Continuous,
    /// The same as server-sent events.
    EventSource,
}

/// What passes a feed.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// These documents.
    DocIds(Vec<String>),
    /// Revisions that are meant.
    Selector(Selector),
}

/// A page of a feed.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedPage {
    /// CouchDB's row objects.
    pub rows: Vec<Value>,
    /// From where the next page goes on, also when this one has no row.
    pub last_seq: String,
    /// At most so many changes come after this page; 0 only when there is none. A page with fewer rows than were asked
    /// for that leaves some has only looked at enough: ask on at once.
    pub pending: u64,
}

impl Feed {
    /// Reads what is asked of a feed. `timeout_ms` and `heartbeat_ms` are as they were asked for, and not more than a
    /// minute.
    pub(super) fn read(asked: &Asked, database: Database) -> Result<Feed, Problem> {
        let body = if asked.is_reading() { json!({}) } else { asked.body_or_nothing()? };
        let kind = match asked.given("feed") {
            None | Some("" | "normal") => FeedKind::Normal,
            Some("longpoll") => FeedKind::Longpoll,
            Some("continuous") => FeedKind::Continuous,
            Some("eventsource") => FeedKind::EventSource,
            Some(_) => return Err(bad("Supported `feed` types: normal, continuous, longpoll, eventsource")),
        };
        let descending = asked.flag("descending")?;
        let filter = filter(asked, &body)?;
        Ok(Feed {
            database,
            // From the end to the beginning there is nothing to wait for.
            kind: if descending { FeedKind::Normal } else { kind },
            since: since(asked, kind, descending)?,
            // CouchDB answers nothing to 0, which would keep a PouchDB from ever starting: one, as in PouchDB.
            limit: asked.number("limit")?.map(|limit| limit.max(1)),
            descending,
            heartbeat_ms: heartbeat_ms(asked)?,
            timeout_ms: asked.number("timeout")?.map(|timeout| timeout.min(WAIT_MS_MAX)),
            style_all_docs: match asked.given("style") {
                None | Some("main_only") => false,
                Some("all_docs") => true,
                Some(_) => return Err(bad("Supported `style` values: main_only, all_docs")),
            },
            include_docs: asked.flag("include_docs")?,
            conflicts: asked.flag("conflicts")?,
            filter,
        })
    }
}

fn since(asked: &Asked, kind: FeedKind, descending: bool) -> Result<String, Problem> {
    let last_event = HeaderName::from_static("last-event-id");
    // A browser that connects anew says what it heard last; the address is still the first one.
    let heard = asked.header(last_event).filter(|_| kind == FeedKind::EventSource);
    let since = heard.or_else(|| asked.given("last-event-id")).or_else(|| asked.given("since")).unwrap_or("0");
    // Some write sequences as JSON.
    let since = since.trim_matches('"');
    if since.len() > WORD_BYTES_MAX {
        return Err(bad(format!("`since` is longer than {WORD_BYTES_MAX} bytes")));
    }
    Ok(if since.is_empty() || descending { "0".into() } else { since.to_owned() })
}

fn heartbeat_ms(asked: &Asked) -> Result<Option<u32>, Problem> {
    match asked.given("heartbeat") {
        None | Some("false") => Ok(None),
        Some("true") => Ok(Some(WAIT_MS_MAX)),
        Some(_) => match asked.number("heartbeat")? {
            Some(beat) if beat > 0 => Ok(Some(beat.min(WAIT_MS_MAX))),
            Some(_) | None => Err(bad("The heartbeat value should be a positive integer (in milliseconds).")),
        },
    }
}

fn filter(asked: &Asked, body: &Value) -> Result<Option<Filter>, Problem> {
    match asked.given("filter") {
        None | Some("") => Ok(None),
        Some("_doc_ids") => {
            let ids = match body.get("doc_ids") {
                Some(ids) => Some(ids.clone()),
                None => asked.json("doc_ids")?,
            };
            let ids = ids.ok_or_else(|| bad("`doc_ids` must be a JSON list of ids"))?;
            doc_ids(&ids).map(|ids| Some(Filter::DocIds(ids)))
        }
        Some("_selector") => {
            let selector = body.get("selector").ok_or_else(|| bad("`selector` must be in the body of a POST"))?;
            Selector::read(selector).map(|selector| Some(Filter::Selector(selector)))
        }
        // There is no design document that could have it.
        Some(_) => Err(missing("design documents are not kept here: filter by `_doc_ids` or `_selector`")),
    }
}

fn doc_ids(ids: &Value) -> Result<Vec<String>, Problem> {
    let wrong = || bad("`doc_ids` must be a JSON list of ids");
    let ids = ids.as_array().ok_or_else(wrong)?;
    if ids.len() > LISTED_KEYS_MAX {
        return Err(no(413, "too_large", format!("{} ids at once; {LISTED_KEYS_MAX} are the most", ids.len())));
    }
    let ids = ids.iter().map(|id| id.as_str().map(str::to_owned).ok_or_else(wrong));
    let mut ids = ids.collect::<Result<Vec<_>, _>>()?;
    ids.sort();
    ids.dedup();
    Ok(ids)
}

/// Answers a page of a feed at once: from `since`, which is the feed's own for the first and the last page's
/// [`FeedPage::last_seq`] for each after it.
///
/// # Errors
/// [`Problem`] when `since` is no sequence of this database, and when the central database fails.
pub async fn feed_page<C: Central>(
    replica: &Replica<C>,
    scope: &Scope,
    feed: &Feed,
    since: &str,
) -> Result<FeedPage, Problem> {
    let place = place(scope, feed.database);
    let standing = replica.central().standing(&place).await.map_err(|fault| replica.broken(fault))?;
    let since = sequence::read(Some(since), &standing, &place);
    let since = since.ok_or_else(|| bad("`since` is not a sequence of this database"))?.number();
    let mut page = Page { replica, place, standing, feed, rows: Vec::new(), at: since, bytes: 0, work: 0 };
    let pending = match (&feed.filter, feed.descending) {
        // Whoever is held looks at what is new, which is little; whoever begins, at what he asked for.
        (Some(Filter::DocIds(ids)), descending) if descending || page.newer() > ids.len() => page.of_ids(ids).await?,
        (_, true) => page.backward().await?,
        (_, false) => page.forward().await?,
    };
    let last_seq = sequence::write(page.at, &page.standing, &page.place);
    Ok(FeedPage { rows: page.rows, last_seq, pending })
}

/// A page while it is made.
struct Page<'a, C> {
    replica: &'a Replica<C>,
    place: Place,
    standing: Standing,
    feed: &'a Feed,
    rows: Vec<Value>,
    /// The last change that was looked at.
    at: u64,
    bytes: usize,
    /// How much work its filter was.
    work: u64,
}

impl<C: Central> Page<'_, C> {
    /// At most so many changes come after where the page begins.
    fn newer(&self) -> usize {
        usize::try_from(self.standing.newest.saturating_sub(self.at)).unwrap_or(usize::MAX)
    }

    /// How many rows the page may still have; none when it has done its share.
    fn room(&self) -> u32 {
        let taken = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let limit = self.feed.limit.unwrap_or(CHANGES_MAX).clamp(1, CHANGES_MAX);
        let is_enough = self.bytes > FEED_PAGE_BYTES || self.work > SELECTING_MAX;
        if is_enough { 0 } else { limit.saturating_sub(taken) }
    }

    /// How many changes are read at once: where documents are needed, not all that might come.
    fn at_once(&self) -> u32 {
        match (&self.feed.filter, self.feed.include_docs) {
            (Some(Filter::Selector(_)), _) => LISTED_AT_ONCE,
            (Some(Filter::DocIds(_)) | None, true) => LISTED_AT_ONCE.min(self.room()),
            (Some(Filter::DocIds(_)) | None, false) => self.room(),
        }
    }

    async fn forward(&mut self) -> Result<u64, Problem> {
        let mut looked_at = 0;
        while self.room() > 0 && looked_at < FILTERED_MAX {
            let count = self.at_once();
            let changed = self.replica.central().changes(&self.place, self.at, count).await;
            let changed = changed.map_err(|fault| self.replica.broken(fault))?;
            let read = u32::try_from(changed.len()).unwrap_or(u32::MAX);
            looked_at += read;
            let is_whole_page = self.take(changed).await?;
            if is_whole_page && read < count {
                return Ok(0);
            }
        }
        Ok(self.standing.newest.saturating_sub(self.at))
    }

    async fn backward(&mut self) -> Result<u64, Problem> {
        let mut looked_at = 0;
        let mut before = if self.at == 0 { u64::MAX } else { self.at };
        self.at = if self.at == 0 { self.standing.newest } else { self.at };
        while self.room() > 0 && looked_at < FILTERED_MAX {
            let count = self.at_once();
            let changed = self.replica.central().changes_before(&self.place, before, count).await;
            let changed = changed.map_err(|fault| self.replica.broken(fault))?;
            let read = u32::try_from(changed.len()).unwrap_or(u32::MAX);
            looked_at += read;
            let is_whole_page = self.take(changed).await?;
            before = self.at;
            if is_whole_page && read < count {
                return Ok(0);
            }
        }
        Ok(self.at.saturating_sub(1))
    }

    /// Documents by their ids, in the order of their last changes: none but them is looked at.
    async fn of_ids(&mut self, ids: &[String]) -> Result<u64, Problem> {
        let trees = self.replica.central().trees(&self.place, ids).await;
        let mut trees = trees.map_err(|fault| self.replica.broken(fault))?;
        let descending = self.feed.descending;
        let since = self.at;
        trees.retain(|it| if descending { since == 0 || it.seq < since } else { it.seq > since });
        trees.sort_by_key(|it| if descending { u64::MAX - it.seq } else { it.seq });
        let seqs: Vec<u64> = trees.iter().map(|it| it.seq).collect();
        let mut trees = trees.into_iter().peekable();
        while self.room() > 0 && trees.peek().is_some() {
            let some = trees.by_ref().take(self.at_once() as usize).collect();
            if !self.take(some).await? {
                break;
            }
        }
        let at = self.at;
        let left = seqs.into_iter().filter(|&seq| if descending { seq < at } else { seq > at }).count();
        if left == 0 && !descending {
            // None of them changed up to where the feed stood when it was asked.
            self.at = at.max(self.standing.newest);
        }
        Ok(u64::try_from(left).unwrap_or(u64::MAX))
    }

    /// Takes rows until the page is full; false when it was full before all were looked at.
    async fn take(&mut self, changed: Vec<ChangedDocument>) -> Result<bool, Problem> {
        let needs_body = self.feed.include_docs || matches!(self.feed.filter, Some(Filter::Selector(_)));
        for change in changed {
            if self.room() == 0 {
                return Ok(false);
            }
            self.at = change.seq;
            if let Some(Filter::DocIds(ids)) = &self.feed.filter
                && ids.binary_search(&change.doc_id).is_err()
            {
                continue;
            }
            // One by one: each may be large.
            let kept = match needs_body {
                true => Some(document::kept(self.replica, &self.place, &change.doc_id).await?),
                false => None,
            };
            let kept = kept.as_ref().filter(|kept| kept.seq.is_some());
            if let (Some(Filter::Selector(selector)), Some(kept)) = (&self.feed.filter, kept) {
                self.work += selector.work(kept);
            }
            let mut work = 0;
            let row = self.row(&change, kept, &mut work);
            self.work += work;
            if let Some(row) = row {
                if self.feed.include_docs {
                    self.bytes += row.to_string().len();
                }
                self.rows.push(row);
            }
        }
        Ok(true)
    }

    /// The row of a change; none where nothing of it passes.
    fn row(&self, change: &ChangedDocument, kept: Option<&Kept>, work: &mut u64) -> Option<Value> {
        // Where the document was read a moment later and has changed again, that change comes again by itself.
        let tree: &RevisionTree = kept.map_or(&change.tree, |it| &it.tree);
        let leaves = tree.leaves();
        let winner = leaves.first()?.clone();
        let shown = if self.feed.style_all_docs { leaves.len() } else { 1 };
        let mut passes = |leaf: &&TreeLeaf| match &self.feed.filter {
            None | Some(Filter::DocIds(_)) => true,
            Some(Filter::Selector(selector)) => {
                let document = kept.and_then(|kept| told::document(kept, leaf));
                // A document that is too much work all by itself does not pass: the feed must go on behind it.
                document.is_some_and(|it| selector.matches(&Value::Object(it), work) && *work <= SELECTING_MAX)
            }
        };
        let passing = leaves.iter().take(shown).filter(|leaf| passes(leaf));
        let changes: Vec<Value> = passing.map(|leaf| json!({ "rev": leaf.revision.to_string() })).collect();
        if changes.is_empty() {
            return None;
        }
        let seq = sequence::write(change.seq, &self.standing, &self.place);
        let mut row = json!({ "seq": seq, "id": change.doc_id, "changes": changes });
        if winner.deleted {
            row["deleted"] = true.into();
        }
        if let (true, Some(kept)) = (self.feed.include_docs, kept) {
            let mut document = told::document(kept, &winner)?;
            if self.feed.conflicts {
                told::with_conflicts(&mut document, kept, &winner, false);
            }
            row["doc"] = document.into();
        }
        Some(row)
    }
}
