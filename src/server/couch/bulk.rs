//! Many documents at once: `_bulk_docs`, `_bulk_get`, `_missing_revs`.

use super::asked::{Asked, bad, no, revision};
use super::database::{Told, answered, fresh_id};
use super::document::{self, Shown, Written, in_couchs_words, leaf};
use super::{Asker, told};
use crate::document::limits::DOCUMENT_ID_BYTES_MAX;
use crate::document::{Database, Revision, Version};
use crate::domain::Entropy;
use crate::server::central::{Central, Kept, Place};
use crate::server::limits::{PIECE_BYTES, TAKEN_BYTES};
use crate::server::replica::Replica;
use crate::sync::limits::{REQUEST_DEPTH_MAX, REQUEST_DOCUMENTS_MAX};
use crate::sync::wire::{self, Answer, FailedRevision, Problem, Request, text};
use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Takes documents: as revisions that exist already, or as edits, each of which is taken or not by itself.
pub(super) async fn docs<C: Central>(
    asker: &Asker<'_, C>,
    asked: &Asked<'_>,
    database: Database,
    dice: &mut Entropy,
) -> Told {
    let body = Body::read(asked.body_text()?)?;
    let documents = body.docs.ok_or_else(|| bad("POST body must include `docs` parameter."))?;
    are_not_too_many(documents.len())?;
    match body.new_edits {
        Some(Value::Bool(false)) => return docs_as_they_are(asker, database, &documents, dice).await,
        None | Some(Value::Bool(true)) => {}
        Some(_) => return Err(bad("`new_edits` must be true or false")),
    }
    let mut edits = Vec::with_capacity(documents.len());
    for (nth, document) in documents.into_iter().enumerate() {
        let told = |problem: Problem| Problem { detail: format!("docs[{nth}]: {}", problem.detail), ..problem };
        let written = read_one(nth, document).and_then(|document| Written::read(document).map_err(told))?;
        let id = written.id.clone().unwrap_or_else(|| fresh_id(dice));
        edits.push(written.editing(id));
    }
    let told = asker.replica.edit_all(asker.scope, database, &edits, asker.now, dice).await?;
    let row = |(id, told): (&String, Result<Revision, Problem>)| match told.map_err(in_couchs_words) {
        Ok(rev) => json!({ "ok": true, "id": id, "rev": rev.to_string() }),
        Err(problem) => json!({ "id": id, "error": problem.code, "reason": problem.detail }),
    };
    let rows: Vec<Value> = edits.iter().map(|editing| &editing.doc_id).zip(told).map(row).collect();
    Ok(told::json(StatusCode::CREATED, &rows.into()))
}

/// What comes with `_bulk_docs`. Its documents are read when it is their turn.
#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    docs: Option<Vec<&'a RawValue>>,
    new_edits: Option<Value>,
}

impl Body<'_> {
    fn read(bytes: &[u8]) -> Result<Body<'_>, Problem> {
        if text::shape(bytes).depth > REQUEST_DEPTH_MAX {
            return Err(bad(format!("lists and objects nest deeper than {REQUEST_DEPTH_MAX}")));
        }
        // A list would be read as the fields in their order.
        if bytes.trim_ascii_start().first() == Some(&b'[') {
            return Err(bad("Request body must be a JSON object"));
        }
        serde_json::from_slice(bytes).map_err(|wrong| bad(format!("the body does not read: {wrong}")))
    }
}

fn read_one(nth: usize, document: &RawValue) -> Result<Value, Problem> {
    serde_json::from_str(document.get()).map_err(|wrong| bad(format!("docs[{nth}]: it is not JSON: {wrong}")))
}

/// Takes revisions that exist already, some at a time and each time for good, so that many take little memory; only
/// those that are refused are told of.
async fn docs_as_they_are<C: Central>(
    asker: &Asker<'_, C>,
    database: Database,
    documents: &[&RawValue],
    dice: &mut Entropy,
) -> Told {
    let (mut refused, mut taken) = (Vec::new(), 0);
    loop {
        let (versions, mut flawed) = some_of(documents, &mut taken)?;
        let request = Request::BulkDocs { database, documents: versions };
        let answer = answered(asker, &request, dice).await;
        refused.append(&mut flawed);
        match answer {
            Ok(Answer::Taken { refused: mut more }) => refused.append(&mut more),
            other => return Ok(wire::server::write(&request, &other)),
        }
        if taken == documents.len() {
            return Ok(wire::server::write(&request, &Ok(Answer::Taken { refused })));
        }
    }
}

/// Reads the next of them. One that does not read is refused by itself, in the word at which PouchDB goes on with the
/// next: another, or a whole batch that failed, it sends again for ever. Without an id no row could name it, and
/// CouchDB's 400 it is.
fn some_of(documents: &[&RawValue], taken: &mut usize) -> Result<(Vec<Version>, Vec<FailedRevision>), Problem> {
    let (mut read, mut flawed, mut bytes) = (Vec::new(), Vec::new(), 0);
    while let Some(document) = documents.get(*taken).filter(|_| bytes < TAKEN_BYTES) {
        bytes += document.get().len();
        let document = read_one(*taken, document)?;
        let doc_id = document.get("_id").and_then(Value::as_str).map(str::to_owned);
        let is_good = |id: &String| !id.is_empty() && id.len() <= DOCUMENT_ID_BYTES_MAX && !id.contains('\0');
        let doc_id = doc_id.filter(is_good);
        let revision = document.get("_rev").and_then(Value::as_str).and_then(Revision::read);
        match (Version::read(document), doc_id) {
            (Ok(version), _) => read.push(version),
            (Err(wrong), Some(doc_id)) => {
                let reason = format!("{}: {}", wrong.place, wrong.what);
                flawed.push(FailedRevision { doc_id, revision, error: "forbidden".into(), reason });
            }
            (Err(wrong), None) => return Err(bad(format!("docs[{taken}].{}: {}", wrong.place, wrong.what))),
        }
        *taken += 1;
    }
    Ok((read, flawed))
}

fn are_not_too_many(count: usize) -> Result<(), Problem> {
    if count <= REQUEST_DOCUMENTS_MAX {
        return Ok(());
    }
    Err(no(413, "too_large", format!("{count} documents at once; {REQUEST_DOCUMENTS_MAX} are the most")))
}

/// What one row of `_bulk_get` asks for: a revision of a document, or all its leaves.
#[derive(Debug)]
struct Wanted {
    id: String,
    rev: Option<Revision>,
}

/// Documents that are handed out: a row for each that was asked for, in the same order, for CouchDB's replicator pairs
/// them.
#[derive(Debug)]
pub struct BulkGet {
    place: Place,
    shown: Shown,
    wanted: VecDeque<Wanted>,
    /// The document that was read last: its revisions are asked for one after the other.
    read: Option<Kept>,
    has_begun: bool,
    is_done: bool,
}

impl BulkGet {
    pub(super) fn read(asked: &Asked, place: Place) -> Result<BulkGet, Problem> {
        let shown = Shown::revisions(asked.flag("revs")?, asked.flag("latest")?);
        let wanted = wanted(&asked.body()?)?;
        Ok(BulkGet { place, shown, wanted, read: None, has_begun: false, is_done: false })
    }

    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }

    pub(super) async fn more<C: Central>(&mut self, replica: &Replica<C>) -> Result<String, Problem> {
        let mut text = String::new();
        while text.len() < PIECE_BYTES {
            let Some(one) = self.wanted.pop_front() else {
                text.push_str(if self.has_begun { "]}" } else { "{\"results\":[]}" });
                self.is_done = true;
                break;
            };
            if self.read.as_ref().is_none_or(|kept| kept.doc_id != one.id) {
                self.read = None; // not two of them at once
                self.read = Some(document::kept(replica, &self.place, &one.id).await?);
            }
            text.push_str(if self.has_begun { "," } else { "{\"results\":[" });
            self.has_begun = true;
            text.push_str(&row(&one, self.read.as_ref().filter(|kept| kept.seq.is_some()), &self.shown).to_string());
        }
        Ok(text)
    }
}

fn wanted(body: &Value) -> Result<VecDeque<Wanted>, Problem> {
    let docs = body.get("docs").and_then(Value::as_array).ok_or_else(|| bad("Missing JSON list of 'docs'."))?;
    are_not_too_many(docs.len())?;
    let read = |(nth, row): (usize, &Value)| {
        let id = row.get("id").and_then(Value::as_str).ok_or_else(|| bad(format!("docs[{nth}].id must be text")))?;
        let rev = match row.get("rev") {
            None | Some(Value::Null) => None,
            Some(Value::String(rev)) => {
                let told = |_| bad(format!("docs[{nth}].rev: {} is not a revision", text::quoted(rev)));
                Some(revision(rev).map_err(told)?)
            }
            Some(_) => return Err(bad(format!("docs[{nth}].rev must be text"))),
        };
        Ok(Wanted { id: id.to_owned(), rev })
    };
    docs.iter().enumerate().map(read).collect()
}

fn row(wanted: &Wanted, kept: Option<&Kept>, shown: &Shown) -> Value {
    let leaves = match (kept, &wanted.rev) {
        (None, _) => Vec::new(),
        (Some(kept), None) => kept.tree.leaves(),
        (Some(kept), Some(rev)) if shown.latest => kept.leaves_from(rev),
        (Some(kept), Some(rev)) => leaf(kept, rev),
    };
    let found = leaves.iter().filter_map(|it| Some(json!({ "ok": shown.document(kept?, it)? })));
    let mut docs: Vec<Value> = found.collect();
    if docs.is_empty() {
        // CouchDB writes this word where it was asked for no revision.
        let rev = wanted.rev.as_ref().map_or_else(|| "undefined".to_owned(), Revision::to_string);
        docs.push(json!({ "error": { "id": wanted.id, "rev": rev, "error": "not_found", "reason": "missing" } }));
    }
    json!({ "id": wanted.id, "docs": docs })
}

/// The elder sister of `_revs_diff`: the revisions that are missing alone.
pub(super) async fn missing_revisions<C: Central>(asker: &Asker<'_, C>, asked: &Asked<'_>, dice: &mut Entropy) -> Told {
    let mut http = asked.http.clone();
    let diff = asked.http.uri().path().replace("_missing_revs", "_revs_diff");
    *http.uri_mut() = diff.parse().map_err(|_| bad("this is no address"))?;
    let request = wire::server::read(&http)?;
    let Answer::RevsDiff(missing) = answered(asker, &request, dice).await? else {
        unreachable!("what is missing is answered with what is missing");
    };
    let texts = |(id, it): (String, crate::document::Missing)| {
        (id, it.missing.iter().map(|it| Value::from(it.to_string())).collect::<Value>())
    };
    Ok(told::json(StatusCode::OK, &json!({ "missing_revs": missing.into_iter().map(texts).collect::<Value>() })))
}
