//! CouchDB's shapes, read and written: what its replication protocol sends and answers.
//!
//! Reading is as tolerant as CouchDB 3.5 and pouchdb-server ask for: sequences may be numbers, rows may lack theirs,
//! documents that we do not keep (with attachments, say) are told beside those that were read.

use super::text::{Said, list, object, quoted, revision, sentence, text, word};
use super::{Change, Changes, FailedRevision, Information};
use crate::document::{Missing, Revision, Version};
use serde_json::{Map, Value, json};

/// A document and a revision that nobody has. Every `_revs_diff` asks for it too: the server lacks it, so that an
/// answer that does not say so comes from somebody else. `{}` is such an answer, and would mean that the server has
/// all.
const NOBODYS: (&str, &str) = ("nobody_has_this", "1-00000000000000000000000000000000");

/// The body of `_revs_diff`: what is offered, and what nobody has.
pub(super) fn write_question(offered: &[(String, Vec<Revision>)]) -> Value {
    let mut body = write_offered(offered);
    body[NOBODYS.0] = json!([NOBODYS.1]);
    body
}

/// Reads the answer to [`write_question`], and leaves out what nobody has.
pub(super) fn read_missing(body: &Value) -> Said<Vec<(String, Missing)>> {
    let mut missing = read_lacking(body)?;
    let all = missing.len();
    missing.retain(|(doc_id, _)| doc_id != NOBODYS.0);
    if missing.len() == all {
        return Err("it claims to have what nobody has".into());
    }
    Ok(missing)
}

/// Revisions by document: a part of the body of `_revs_diff`.
fn write_offered(offered: &[(String, Vec<Revision>)]) -> Value {
    let mut body: Map<String, Value> = Map::new();
    for (doc_id, revisions) in offered {
        let listed = body.entry(doc_id.clone()).or_insert_with(|| json!([]));
        if let Value::Array(listed) = listed {
            listed.extend(revisions.iter().map(|revision| Value::from(revision.to_string())));
        }
    }
    Value::Object(body)
}

pub(super) fn read_offered(body: &Value) -> Said<Vec<(String, Vec<Revision>)>> {
    let fields = object(body, "the body")?;
    fields.iter().map(|(doc_id, listed)| Ok((doc_id.clone(), revisions(Some(listed), doc_id)?))).collect()
}

fn revisions(listed: Option<&Value>, of: &str) -> Said<Vec<Revision>> {
    let what = quoted(of);
    let read = |one: &Value| revision(text(Some(one), &format!("each revision of {what}"))?);
    list(listed, &format!("the revisions of {what}"))?.iter().map(read).collect()
}

/// The answer of `_revs_diff`.
pub(super) fn write_missing(missing: &[(String, Missing)]) -> Value {
    let texts = |revisions: &[Revision]| revisions.iter().map(Revision::to_string).collect::<Vec<_>>();
    let row = |(doc_id, it): &(String, Missing)| {
        let mut row = json!({ "missing": texts(&it.missing) });
        if !it.possible_ancestors.is_empty() {
            row["possible_ancestors"] = texts(&it.possible_ancestors).into();
        }
        (doc_id.clone(), row)
    };
    Value::Object(missing.iter().map(row).collect())
}

fn read_lacking(body: &Value) -> Said<Vec<(String, Missing)>> {
    let row = |(doc_id, row): (&String, &Value)| {
        let missing = revisions(row.get("missing"), doc_id)?;
        // Told to spare work; what cannot be read of them is of no use, and no harm.
        let ancestors = row.get("possible_ancestors").and_then(Value::as_array);
        let ancestors = ancestors.into_iter().flatten().filter_map(Value::as_str).filter_map(Revision::read);
        Ok((doc_id.clone(), Missing { missing, possible_ancestors: ancestors.collect() }))
    };
    object(body, "the answer")?.iter().map(row).collect()
}

/// The body of `_bulk_get`. No revisions of a document ask for all its leaves.
pub(super) fn write_wanted(wanted: &[(String, Vec<Revision>)]) -> Value {
    let mut docs = Vec::new();
    for (doc_id, revisions) in wanted {
        if revisions.is_empty() {
            docs.push(json!({ "id": doc_id }));
        }
        docs.extend(revisions.iter().map(|revision| json!({ "id": doc_id, "rev": revision.to_string() })));
    }
    json!({ "docs": docs })
}

pub(super) fn read_wanted(body: &Value) -> Said<Vec<(String, Vec<Revision>)>> {
    let mut wanted: Vec<(String, Vec<Revision>)> = Vec::new();
    let mut all: Vec<String> = Vec::new();
    let mut places = std::collections::BTreeMap::new();
    for (nth, row) in list(body.get("docs"), "`docs`")?.iter().enumerate() {
        let doc_id = text(row.get("id"), &format!("docs[{nth}].id"))?;
        let at = *places.entry(doc_id.to_owned()).or_insert_with(|| {
            wanted.push((doc_id.to_owned(), Vec::new()));
            wanted.len() - 1
        });
        match row.get("rev") {
            None | Some(Value::Null) => all.push(doc_id.to_owned()),
            Some(rev) => wanted[at].1.push(revision(text(Some(rev), &format!("docs[{nth}].rev"))?)?),
        }
    }
    for doc_id in all {
        wanted[places[&doc_id]].1.clear();
    }
    Ok(wanted)
}

/// The answer of `_bulk_get`: a row for each document, with what was found of it and what was not.
pub(super) fn write_found(found: &[Version], failed: &[FailedRevision]) -> Value {
    let mut rows: Vec<(&str, Vec<Value>)> = Vec::new();
    let mut places = std::collections::BTreeMap::new();
    let good = found.iter().map(|version| (version.doc_id.as_str(), json!({ "ok": version.to_document() })));
    let bad = failed.iter().map(|it| (it.doc_id.as_str(), json!({ "error": write_failed(it) })));
    for (doc_id, told) in good.chain(bad) {
        let at = *places.entry(doc_id).or_insert_with(|| {
            rows.push((doc_id, Vec::new()));
            rows.len() - 1
        });
        rows[at].1.push(told);
    }
    let rows = rows.into_iter().map(|(doc_id, docs)| json!({ "id": doc_id, "docs": docs }));
    json!({ "results": rows.collect::<Vec<_>>() })
}

/// Reads the answer of `_bulk_get`. A revision that comes twice is read once: with `latest` two that were asked for may
/// lead to the same leaf.
pub(super) fn read_found(body: &Value) -> Said<(Vec<Version>, Vec<FailedRevision>)> {
    let mut read = Found::default();
    for row in list(body.get("results"), "`results`")? {
        let doc_id = text(row.get("id"), "`id` of a row")?;
        for told in list(row.get("docs"), "`docs` of a row")? {
            read.take(doc_id, told)?;
        }
    }
    Ok((read.found, read.failed))
}

/// The answer of `open_revs`.
pub(super) fn write_open(found: &[Version], failed: &[FailedRevision]) -> Value {
    let good = found.iter().map(|version| json!({ "ok": version.to_document() }));
    let bad = failed.iter().map(|it| match (&it.revision, it.error.as_str()) {
        (Some(revision), "not_found") => json!({ "missing": revision.to_string() }),
        (_, _) => json!({ "error": write_failed(it) }),
    });
    Value::from(good.chain(bad).collect::<Vec<_>>())
}

pub(super) fn read_open(doc_id: &str, body: &Value) -> Said<(Vec<Version>, Vec<FailedRevision>)> {
    let mut read = Found::default();
    for told in list(Some(body), "the answer")? {
        read.take(doc_id, told)?;
    }
    Ok((read.found, read.failed))
}

/// What has been read of an answer.
#[derive(Default)]
struct Found {
    found: Vec<Version>,
    failed: Vec<FailedRevision>,
    seen: std::collections::BTreeSet<(String, Revision)>,
}

impl Found {
    /// Reads `{ "ok": document }`, `{ "error": ... }` or `{ "missing": revision }`.
    fn take(&mut self, doc_id: &str, told: &Value) -> Said<()> {
        if let Some(document) = told.get("ok") {
            self.document(doc_id, document);
            return Ok(());
        }
        let failed = match (told.get("error"), told.get("missing")) {
            (Some(error), _) => read_failed(error, Some(doc_id))?,
            (None, Some(missing)) => FailedRevision {
                doc_id: doc_id.to_owned(),
                revision: missing.as_str().and_then(Revision::read),
                error: "not_found".into(),
                reason: "missing".into(),
            },
            (None, None) => return Err(format!("what is told of {} is neither ok nor an error", quoted(doc_id))),
        };
        self.failed.push(failed);
        Ok(())
    }

    fn document(&mut self, doc_id: &str, document: &Value) {
        let unreadable = |reason: String| FailedRevision {
            doc_id: doc_id.to_owned(),
            revision: document.get("_rev").and_then(Value::as_str).and_then(Revision::read),
            error: "unreadable".into(),
            reason: sentence(&reason),
        };
        match Version::read(document.clone()) {
            Ok(version) if version.doc_id != doc_id => {
                let reason = format!("it calls itself {}", quoted(&version.doc_id));
                self.failed.push(unreadable(reason));
            }
            Ok(version) => {
                if self.seen.insert((doc_id.to_owned(), version.revision().clone())) {
                    self.found.push(version);
                }
            }
            Err(bad) => self.failed.push(unreadable(bad.to_string())),
        }
    }
}

/// Our server's word for a revision that it keeps and that its books cannot follow.
const NOT_VALID: &str = "not_valid";

fn write_failed(failed: &FailedRevision) -> Value {
    // CouchDB writes this word where it has no revision.
    let rev = failed.revision.as_ref().map_or_else(|| "undefined".to_owned(), Revision::to_string);
    json!({ "id": failed.doc_id, "rev": rev, "error": failed.error, "reason": failed.reason })
}

fn read_failed(row: &Value, doc_id: Option<&str>) -> Said<FailedRevision> {
    let id = match (row.get("id").and_then(Value::as_str), doc_id) {
        (Some(id), _) | (None, Some(id)) => id.to_owned(),
        (None, None) => return Err("a row does not say of which document it is".into()),
    };
    let words = |name: &str| row.get(name).and_then(Value::as_str).map(sentence);
    Ok(FailedRevision {
        doc_id: id,
        revision: row.get("rev").and_then(Value::as_str).and_then(Revision::read),
        error: words("error").or_else(|| words("name")).unwrap_or_else(|| "unknown_error".into()),
        reason: words("reason").or_else(|| words("message")).unwrap_or_default(),
    })
}

/// The body of `_bulk_docs`.
pub(super) fn write_documents(documents: &[Version]) -> Value {
    json!({ "new_edits": false, "docs": documents.iter().map(Version::to_document).collect::<Vec<_>>() })
}

pub(super) fn read_documents(body: &Value) -> Said<Vec<Version>> {
    if body.get("new_edits") != Some(&Value::Bool(false)) {
        return Err("`new_edits` must be false: revisions are taken as they are".into());
    }
    let read = |(nth, document): (usize, &Value)| {
        Version::read(document.clone()).map_err(|bad| format!("docs[{nth}].{}: {}", bad.place, bad.what))
    };
    list(body.get("docs"), "`docs`")?.iter().enumerate().map(read).collect()
}

/// The answer of `_bulk_docs` with `new_edits: false`: what failed alone. PouchDB goes on with the next document at
/// CouchDB's own word for a refusal only; what is kept, but not in the books, has ours beside it, in `problem`.
pub(super) fn write_refused(refused: &[FailedRevision]) -> Value {
    let row = |failed: &FailedRevision| {
        let mut row = write_failed(failed);
        if failed.error == NOT_VALID {
            row["error"] = "forbidden".into();
            row["problem"] = NOT_VALID.into();
        }
        row
    };
    Value::from(refused.iter().map(row).collect::<Vec<_>>())
}

pub(super) fn read_refused(body: &Value) -> Said<Vec<FailedRevision>> {
    let rows = list(Some(body), "the answer")?.iter();
    // Some servers name what they took, too.
    let rows = rows.filter(|row| row.get("ok") != Some(&Value::Bool(true)));
    let read = |row: &Value| {
        let mut failed = read_failed(row, None)?;
        if row.get("problem").is_some_and(|it| it == NOT_VALID) {
            failed.error = NOT_VALID.into();
        }
        Ok(failed)
    };
    rows.map(read).collect()
}

/// A page of `_changes`.
pub(super) fn write_changes(changes: &Changes) -> Value {
    let row = |it: &Change| {
        let leaves: Vec<Value> = it.revisions.iter().map(|revision| json!({ "rev": revision.to_string() })).collect();
        let mut row = json!({ "seq": it.seq, "id": it.doc_id, "changes": leaves });
        if it.deleted {
            row["deleted"] = true.into();
        }
        row
    };
    json!({ "results": changes.rows.iter().map(row).collect::<Vec<_>>(), "last_seq": changes.last_seq })
}

pub(super) fn read_changes(body: &Value) -> Said<Changes> {
    let row = |row: &Value| {
        let doc_id = text(row.get("id"), "`id` of a change")?.to_owned();
        let listed = list(row.get("changes"), "`changes` of a change")?;
        let revisions = listed.iter().filter_map(|it| it.get("rev")?.as_str()).filter_map(Revision::read);
        let seq = row.get("seq").filter(|seq| !seq.is_null());
        Ok(Change {
            seq: seq.map(|seq| word(Some(seq), "`seq`")).transpose()?,
            doc_id,
            revisions: revisions.collect(),
            deleted: row.get("deleted") == Some(&Value::Bool(true)),
        })
    };
    let rows = list(body.get("results"), "`results`")?.iter().map(row).collect::<Said<_>>()?;
    Ok(Changes { rows, last_seq: word(body.get("last_seq"), "`last_seq`")? })
}

/// How a database stands.
pub(super) fn write_information(name: &str, information: &Information) -> Value {
    json!({ "db_name": name, "instance_start_time": information.instance_start_time,
            "update_seq": information.update_seq })
}

pub(super) fn read_information(body: &Value) -> Said<Information> {
    Ok(Information {
        instance_start_time: instance(body)?.unwrap_or_else(|| "0".into()),
        update_seq: word(body.get("update_seq"), "`update_seq`")?,
    })
}

/// `instance_start_time`, where it is told.
pub(super) fn instance(body: &Value) -> Said<Option<String>> {
    let told = body.get("instance_start_time").filter(|it| !it.is_null());
    told.map(|told| word(Some(told), "`instance_start_time`")).transpose()
}
