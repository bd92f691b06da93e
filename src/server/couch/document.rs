//! One document: `GET`, `HEAD`, `PUT`, `DELETE`, and `POST` to its database. What is asked for without a revision is
//! the one that stands; of revisions that were edited since, only the names are kept.

use super::asked::{Asked, bad, forbidden, missing, no, revision};
use super::database::{Told, answered, fresh_id};
use super::{Asker, told};
use crate::document::limits::DOCUMENT_ID_BYTES_MAX;
use crate::document::{Database, Revision, TreeLeaf, Version};
use crate::domain::Entropy;
use crate::server::Editing;
use crate::server::central::{Central, Kept, Place};
use crate::server::limits::{BULK_GET_BYTES_MAX, REVISIONS_KEPT};
use crate::server::replica::{Replica, sequence};
use crate::sync::limits::{ADDRESS_BYTES_MAX, REQUEST_REVISIONS_MAX};
use crate::sync::wire::{Answer, Problem, Request, text};
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Map, Value, json};

/// What CouchDB adds to a document when asked; in one that is written it says nothing.
const TOLD: [&str; 5] = ["_revisions", "_conflicts", "_deleted_conflicts", "_local_seq", "_revs_info"];
/// What a tombstone keeps of what was deleted: without it, filters never let it pass.
const OUTLIVES: [&str; 2] = ["type", "location_id"];

pub(super) async fn answer<C: Central>(
    asker: &Asker<'_, C>,
    asked: &Asked<'_>,
    place: &Place,
    id: &str,
    dice: &mut Entropy,
) -> Told {
    if let Some(name) = id.strip_prefix("_design/") {
        return if name.is_empty() { Err(missing("missing")) } else { design(asked) };
    }
    if id.starts_with('_') {
        return Err(illegal("Only reserved document ids may start with underscore."));
    }
    match *asked.method() {
        Method::GET | Method::HEAD => get(asker, asked, place, id, dice).await,
        Method::PUT => put(asker, asked, place.database, id, dice).await,
        Method::DELETE => delete(asker, asked, place, id, dice).await,
        _ => Ok(told::only("DELETE,GET,HEAD,PUT")),
    }
}

fn illegal(detail: &str) -> Problem {
    no(400, "illegal_docid", detail)
}

/// There are no design documents, and none is taken.
pub(super) fn design(asked: &Asked) -> Told {
    if asked.is_reading() {
        return Err(missing("missing"));
    }
    Err(forbidden("design documents are not kept here: no view, filter or validation of them is run"))
}

/// There are no attachments, and none is taken.
pub(super) fn attachment(asked: &Asked, id: &str) -> Told {
    if id.starts_with('_') {
        return Err(illegal("Only reserved document ids may start with underscore."));
    }
    if asked.is_reading() {
        return Err(missing("Document is missing attachment"));
    }
    Err(forbidden("attachments are not kept here"))
}

/// A document whole, also where there is none.
pub(super) async fn kept<C: Central>(replica: &Replica<C>, place: &Place, id: &str) -> Result<Kept, Problem> {
    let found = replica.central().documents(place, &[id.to_owned()]).await;
    let found = found.map_err(|fault| replica.broken(fault))?.into_iter().next();
    Ok(found.unwrap_or_else(|| Kept::absent(id)))
}

async fn get<C: Central>(asker: &Asker<'_, C>, asked: &Asked<'_>, place: &Place, id: &str, dice: &mut Entropy) -> Told {
    let shown = Shown::asked(asked)?;
    let kept = kept(asker.replica, place, id).await?;
    if let Some(open) = asked.given("open_revs") {
        return open_revisions(asked, &kept, open, &shown, dice);
    }
    let leaf = match asked.given("rev") {
        None => standing(&kept)?,
        Some(rev) => {
            let rev = revision(rev)?;
            let found = if shown.latest { kept.leaves_from(&rev) } else { leaf(&kept, &rev) };
            found.into_iter().next().ok_or_else(|| missing("missing"))?
        }
    };
    let tag = leaf.revision.to_string();
    let is_known = asked.header(header::IF_NONE_MATCH).is_some_and(|it| it.trim_matches('"') == tag);
    if is_known {
        let mut response = told::tagged(Response::new(Vec::new()), &tag);
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    let mut document = shown.document(&kept, &leaf).ok_or_else(|| missing("missing"))?;
    if asked.flag("local_seq")? {
        let standing = asker.replica.central().standing(place).await.map_err(|fault| asker.replica.broken(fault))?;
        let seq = sequence::write(kept.seq.unwrap_or(0), &standing, place);
        document.insert("_local_seq".into(), seq.into());
    }
    Ok(told::tagged(told::json(StatusCode::OK, &Value::Object(document)), &tag))
}

/// The leaf that stands for a document.
fn standing(kept: &Kept) -> Result<TreeLeaf, Problem> {
    match kept.tree.winner() {
        None => Err(missing("missing")),
        Some(winner) if winner.deleted => Err(missing("deleted")),
        Some(winner) => Ok(winner),
    }
}

/// A leaf by its revision: one, or none.
pub(super) fn leaf(kept: &Kept, revision: &Revision) -> Vec<TreeLeaf> {
    kept.tree.leaves().into_iter().filter(|leaf| leaf.revision == *revision).collect()
}

/// What is wanted of a document beside what it says.
#[derive(Debug, Default)]
pub(super) struct Shown {
    revs: bool,
    pub(super) latest: bool,
    revs_info: bool,
    conflicts: bool,
    deleted_conflicts: bool,
}

impl Shown {
    fn asked(asked: &Asked) -> Result<Shown, Problem> {
        let meta = asked.flag("meta")?;
        Ok(Shown {
            revs: asked.flag("revs")?,
            latest: asked.flag("latest")?,
            revs_info: asked.flag_or("revs_info", meta)?,
            conflicts: asked.flag_or("conflicts", meta)?,
            deleted_conflicts: asked.flag_or("deleted_conflicts", meta)?,
        })
    }

    /// What replicators want: histories, and the leaves that were edited from what they name.
    pub(super) fn revisions(revs: bool, latest: bool) -> Shown {
        Shown { revs, latest, ..Shown::default() }
    }

    pub(super) fn document(&self, kept: &Kept, leaf: &TreeLeaf) -> Option<Map<String, Value>> {
        let mut shown = told::document(kept, leaf)?;
        let history = kept.tree.history(&leaf.revision, REVISIONS_KEPT)?;
        if self.revs {
            shown.insert("_revisions".into(), history.to_revisions());
        }
        if self.revs_info {
            let status = |nth: usize| match (nth, leaf.deleted) {
                (0, true) => "deleted",
                (0, false) => "available",
                (_, _) => "missing",
            };
            let rows = history.revisions().iter().enumerate();
            let rows = rows.map(|(nth, it)| json!({ "rev": it.to_string(), "status": status(nth) }));
            shown.insert("_revs_info".into(), rows.collect());
        }
        if self.conflicts {
            told::with_conflicts(&mut shown, kept, leaf, false);
        }
        if self.deleted_conflicts {
            told::with_conflicts(&mut shown, kept, leaf, true);
        }
        Some(shown)
    }
}

/// Answers `open_revs`: each revision that was asked for, or all leaves. CouchDB answers with parts of a body unless
/// JSON is asked for; so it is here for whoever takes nothing else.
fn open_revisions(asked: &Asked, kept: &Kept, open: &str, shown: &Shown, dice: &mut Entropy) -> Told {
    let (mut rows, mut bytes) = (Vec::new(), 0);
    let mut hand_out = |leaf: &TreeLeaf| {
        let Some(document) = shown.document(kept, leaf) else { return Ok(()) };
        let row = json!({ "ok": document });
        bytes += row.to_string().len();
        if bytes > BULK_GET_BYTES_MAX && !rows.is_empty() {
            let most = format!("more than {BULK_GET_BYTES_MAX} bytes in one answer: ask for fewer revisions at once");
            return Err(no(413, "too_large", most));
        }
        rows.push(row);
        Ok(())
    };
    if open == "all" {
        if kept.seq.is_none() {
            return Err(missing("missing"));
        }
        kept.tree.leaves().iter().try_for_each(&mut hand_out)?;
    } else {
        let named = listed(open)?;
        let (found, absent) = kept.leaves_named(&named, shown.latest);
        found.iter().try_for_each(&mut hand_out)?;
        rows.extend(absent.iter().map(|it| json!({ "missing": it.to_string() })));
    }
    let accepted = asked.header(header::ACCEPT).unwrap_or_default();
    if accepted.contains("multipart/mixed") && !accepted.contains("application/json") {
        return Ok(in_parts(&rows, &fresh_id(dice)));
    }
    Ok(told::json(StatusCode::OK, &rows.into()))
}

fn listed(open: &str) -> Result<Vec<Revision>, Problem> {
    let wrong = || bad("`open_revs` must be `all` or a JSON list of revisions");
    let list = text::json(open.as_bytes(), ADDRESS_BYTES_MAX, 1).map_err(|_| wrong())?;
    let list = list.as_array().filter(|it| it.len() <= REQUEST_REVISIONS_MAX).ok_or_else(wrong)?;
    list.iter().map(|it| revision(it.as_str().ok_or_else(wrong)?)).collect()
}

/// Rows as parts of a body, as CouchDB writes them.
fn in_parts(rows: &[Value], boundary: &str) -> Response<Vec<u8>> {
    let mut body = format!("--{boundary}");
    for row in rows {
        match row.get("ok") {
            Some(document) => body.push_str(&format!("\r\nContent-Type: application/json\r\n\r\n{document}")),
            None => body.push_str(&format!("\r\nContent-Type: application/json; error=\"true\"\r\n\r\n{row}")),
        }
        body.push_str(&format!("\r\n--{boundary}"));
    }
    body.push_str("--");
    let mut response = told::bytes(StatusCode::OK, "multipart/mixed", body.into_bytes());
    if let Ok(kind) = HeaderValue::from_str(&format!("multipart/mixed; boundary=\"{boundary}\"")) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}

/// A document as somebody writes it.
pub(super) struct Written {
    /// Its id, where it says one.
    pub(super) id: Option<String>,
    rev: Option<Revision>,
    deleted: bool,
    body: Value,
}

impl Written {
    /// Reads a document that is to become an edit.
    pub(super) fn read(document: Value) -> Result<Written, Problem> {
        let Value::Object(mut fields) = document else { return Err(bad("Document must be a JSON object")) };
        let id = match fields.remove("_id") {
            None => None,
            Some(Value::String(id)) => Some(checked(id)?),
            Some(_) => return Err(illegal("Document id must be a string")),
        };
        let rev = match fields.remove("_rev") {
            None => None,
            Some(Value::String(rev)) => Some(revision(&rev)?),
            Some(_) => return Err(bad("Invalid rev format")),
        };
        let deleted = match fields.remove("_deleted") {
            None => false,
            Some(Value::Bool(deleted)) => deleted,
            Some(_) => return Err(bad("`_deleted` must be true or false")),
        };
        match fields.remove("_attachments") {
            Some(Value::Object(none)) if none.is_empty() => {}
            None => {}
            Some(_) => return Err(bad("`_attachments`: attachments are not kept here")),
        }
        for name in TOLD {
            fields.remove(name);
        }
        if let Some(name) = fields.keys().find(|name| name.starts_with('_')) {
            let detail = format!("Bad special document member: {}", text::quoted(name));
            return Err(no(400, "doc_validation", detail));
        }
        Ok(Written { id, rev, deleted, body: Value::Object(fields) })
    }

    /// The edit that it is.
    pub(super) fn editing(self, doc_id: String) -> Editing {
        Editing { doc_id, parent: self.rev, deleted: self.deleted, body: self.body }
    }
}

/// An id that a document may have.
fn checked(id: String) -> Result<String, Problem> {
    if id.is_empty() {
        return Err(illegal("Document id must not be empty"));
    }
    if id.len() > DOCUMENT_ID_BYTES_MAX {
        return Err(illegal("Document id is too long"));
    }
    if id.contains('\0') {
        return Err(illegal("Document id must not have a letter of number 0"));
    }
    Ok(id)
}

/// The revision that the address or `If-Match` names.
fn named(asked: &Asked) -> Result<Option<Revision>, Problem> {
    let matched = asked.header(header::IF_MATCH).map(|it| it.trim_start_matches("W/").trim_matches('"'));
    let (given, matched) = (asked.given("rev").filter(|it| !it.is_empty()), matched.filter(|it| !it.is_empty()));
    match (given, matched) {
        (Some(given), Some(matched)) if given != matched => {
            Err(bad("Document rev from If-Match and query string have different values"))
        }
        (Some(rev), _) | (None, Some(rev)) => revision(rev).map(Some),
        (None, None) => Ok(None),
    }
}

async fn put<C: Central>(
    asker: &Asker<'_, C>,
    asked: &Asked<'_>,
    database: Database,
    id: &str,
    dice: &mut Entropy,
) -> Told {
    let id = checked(id.to_owned())?;
    let body = asked.body()?;
    if !asked.flag_or("new_edits", true)? {
        return put_as_it_is(asker, database, id, body, dice).await;
    }
    let mut written = Written::read(body)?;
    match (named(asked)?, &written.rev) {
        (Some(named), Some(rev)) if named != *rev => {
            return Err(bad("Document rev from request body and query string have different values"));
        }
        (Some(named), _) => written.rev = Some(named),
        (None, _) => {}
    }
    write(asker, database, &written.editing(id), StatusCode::CREATED, dice).await
}

/// Takes a revision as it is, as CouchDB's replicator sends one that is alone.
async fn put_as_it_is<C: Central>(
    asker: &Asker<'_, C>,
    database: Database,
    id: String,
    mut body: Value,
    dice: &mut Entropy,
) -> Told {
    if let Value::Object(fields) = &mut body {
        fields.insert("_id".into(), id.clone().into());
    }
    let version = Version::read(body).map_err(|wrong| bad(format!("{}: {}", wrong.place, wrong.what)))?;
    let rev = version.revision().to_string();
    let request = Request::BulkDocs { database, documents: vec![version] };
    match answered(asker, &request, dice).await? {
        // What is kept although the books do not follow it is taken.
        Answer::Taken { refused } => match refused.into_iter().find(|it| it.error == "forbidden") {
            Some(refused) => Err(forbidden(refused.reason)),
            None => Ok(done(StatusCode::CREATED, &id, &rev)),
        },
        other => unreachable!("revisions are taken or refused, not answered with {other:?}"),
    }
}

pub(super) async fn create<C: Central>(
    asker: &Asker<'_, C>,
    asked: &Asked<'_>,
    database: Database,
    dice: &mut Entropy,
) -> Told {
    let written = Written::read(asked.body()?)?;
    let id = written.id.clone().unwrap_or_else(|| fresh_id(dice));
    if id.starts_with('_') {
        return Err(illegal("Only reserved document ids may start with underscore."));
    }
    write(asker, database, &written.editing(id), StatusCode::CREATED, dice).await
}

async fn delete<C: Central>(
    asker: &Asker<'_, C>,
    asked: &Asked<'_>,
    place: &Place,
    id: &str,
    dice: &mut Entropy,
) -> Told {
    let kept = kept(asker.replica, place, id).await?;
    let winner = standing(&kept)?;
    let parent = named(asked)?;
    let of = parent.clone().unwrap_or(winner.revision);
    let body = kept.bodies.get(&of).and_then(Value::as_object);
    let outlives = OUTLIVES.iter().filter_map(|name| Some(((*name).to_owned(), body?.get(*name)?.clone())));
    // Without a revision it is an edit of nothing that stands: a conflict, as in CouchDB.
    let editing = Editing { doc_id: id.to_owned(), parent, deleted: true, body: outlives.collect() };
    write(asker, place.database, &editing, StatusCode::OK, dice).await
}

async fn write<C: Central>(
    asker: &Asker<'_, C>,
    database: Database,
    editing: &Editing,
    status: StatusCode,
    dice: &mut Entropy,
) -> Told {
    let rev = asker.replica.edit(asker.scope, database, editing, asker.now, dice).await.map_err(in_couchs_words)?;
    Ok(done(status, &editing.doc_id, &rev.to_string()))
}

/// A conflict is called so by everybody.
pub(super) fn in_couchs_words(problem: Problem) -> Problem {
    if problem.status == 409 { no(409, "conflict", "Document update conflict.") } else { problem }
}

fn done(status: StatusCode, id: &str, rev: &str) -> Response<Vec<u8>> {
    told::tagged(told::json(status, &json!({ "ok": true, "id": id, "rev": rev })), rev)
}
