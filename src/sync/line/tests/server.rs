//! A server in memory that answers as ours and CouchDB do, with the moods that servers have.

use super::vault::Shelf;
use crate::document::{Missing, Revision, RevisionTree};
use crate::domain::Timestamp;
use crate::sync::wire::{
    Answer, Change, Changes, FailedRevision, Health, Information, MenuChanges, OrderAccepted, PaymentAccepted, Problem,
    Request, server,
};
use http::Response;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The server and its moods.
#[derive(Debug, Clone, Default)]
pub struct Server {
    pub shelf: Shelf,
    pub locals: BTreeMap<String, Value>,
    /// The number that each order got, and how often acceptance was asked for.
    pub accepted: BTreeMap<String, (u64, u32)>,
    pub payments: BTreeMap<String, u32>,
    pub menu: MenuChanges,
    /// Which incarnation of its databases it is.
    pub instance: u32,
    /// Lines of requests, in order.
    pub asked: Vec<String>,
    /// Tokens are asked for; the one that holds.
    pub token: Option<String>,
    pub tokens_given: u32,
    /// No secret brings a token.
    pub is_revoked: bool,
    /// A `_bulk_docs` of more bytes is too large.
    pub bytes_max: Option<usize>,
    /// Documents that it does not want.
    pub forbidden: BTreeSet<String>,
    /// Orders that it rejects, or fails at.
    pub rejected: BTreeSet<String>,
    pub broken: BTreeSet<String>,
    /// It answers everything so.
    pub only: Option<(u16, String)>,
    pub has_no_bulk_get: bool,
    /// Documents over which it breaks.
    pub indigestible: BTreeSet<String>,
    /// Documents that it keeps, but that do not hold in its books.
    pub doubtful: BTreeSet<String>,
    /// What it does not want it tells with a revision that nobody sent.
    pub mistakes_revisions: bool,
    /// Documents that a `_bulk_get` leaves out, as if they had not been asked for.
    pub left_out: BTreeSet<String>,
    /// Long polls are not answered before something changed, however long that is.
    pub never_ends: bool,
    /// Nobody may write a checkpoint.
    pub keeps_no_locals: bool,
    /// Rows of the feed come twice.
    pub repeats_rows: bool,
    /// With that it asks to be left alone, so many seconds.
    pub retry_after: Option<&'static str>,
    /// Feeds fail.
    pub has_no_feed: bool,
}

fn no(status: u16, code: &str, detail: &str) -> Problem {
    Problem { status, code: code.into(), detail: detail.into(), field: None }
}

impl Server {
    /// All that it had is gone.
    pub fn wipe(&mut self) {
        let instance = self.instance + 1;
        *self = Server { instance, asked: std::mem::take(&mut self.asked), ..Server::default() };
    }

    /// Answers a request; none while there is nothing to tell to a long poll.
    pub fn answer(
        &mut self,
        asked: &http::Request<Vec<u8>>,
        now: Timestamp,
        may_wait: bool,
    ) -> Option<Response<Vec<u8>>> {
        if let Some((status, body)) = &self.only {
            let mut response = Response::builder().status(*status);
            if let Some(seconds) = self.retry_after {
                response = response.header("retry-after", seconds);
            }
            return Some(response.body(body.clone().into_bytes()).unwrap());
        }
        if asked.uri().path() == "/" {
            let body = br#"{"couchdb":"Welcome","version":"3.5.0"}"#.to_vec();
            let response = Response::builder().header("date", "Sat, 14 Mar 2026 12:30:00 GMT");
            return Some(response.body(body).unwrap());
        }
        let request = match server::read(&as_ours(asked)) {
            Ok(request) => request,
            Err(problem) => return Some(server::write_problem(asked, &problem)),
        };
        let line = format!("{} {}", asked.method(), asked.uri().path());
        let bearer = asked.headers().get("authorization").map(|it| it.to_str().unwrap().to_owned());
        let is_open = matches!(request, Request::Health | Request::Token { .. });
        if let Some(token) = &self.token
            && !is_open
            && bearer != Some(format!("Bearer {token}"))
        {
            return Some(server::write(&request, &Err(no(401, "unauthorized", "the token has ended"))));
        }
        let answer = self.decide(&request, asked, now);
        if (may_wait || self.never_ends)
            && matches!(&request, Request::Changes { wait_ms: Some(_), .. })
            && matches!(&answer, Ok(Answer::Changes(changes)) if changes.rows.is_empty())
        {
            return None;
        }
        self.asked.push(line);
        Some(server::write(&request, &answer))
    }

    fn decide(&mut self, request: &Request, asked: &http::Request<Vec<u8>>, now: Timestamp) -> Result<Answer, Problem> {
        match request {
            Request::Health => Ok(Answer::Healthy(Health { server: "comanda".into(), version: "0".into(), now })),
            Request::Token { .. } if self.is_revoked => Err(no(401, "unauthorized", "its secret was taken back")),
            Request::Token { .. } => {
                self.tokens_given += 1;
                let token = format!("t{}", self.tokens_given);
                self.token = Some(token.clone());
                Ok(Answer::Token { token: token.into(), expires_in_s: 900 })
            }
            Request::Enrol { .. } => Err(no(401, "unauthorized", "nobody is enrolled here")),
            Request::SubmitOrder { body } => self.accept(body, now),
            Request::SubmitPayment { body } => {
                let (id, order) = (key(body, "_original_payment_id"), key(body, "_original_order_id"));
                if !self.accepted.contains_key(&order) {
                    return Err(no(409, "not_accepted", "its order is not accepted"));
                }
                *self.payments.entry(id.clone()).or_default() += 1;
                Ok(Answer::PaymentAccepted(PaymentAccepted {
                    payment_id: id,
                    order_id: order,
                    payment_status: "paid".into(),
                }))
            }
            Request::Menu { etag, .. } if *etag == self.menu.etag && etag.is_some() => Ok(Answer::MenuUnchanged),
            Request::Menu { .. } => Ok(Answer::Menu(self.menu.clone())),
            Request::Information { .. } => Ok(Answer::Information(Information {
                instance_start_time: self.instance.to_string(),
                update_seq: self.seq(self.shelf.seq),
            })),
            Request::GetLocal { database, id } => {
                Ok(Answer::Local(self.locals.get(&format!("{} {id}", database.code())).cloned()))
            }
            Request::PutLocal { database, id, body } => self.put_local(&format!("{} {id}", database.code()), body),
            Request::EnsureFullCommit { .. } => {
                Ok(Answer::Committed { instance_start_time: Some(self.instance.to_string()) })
            }
            Request::Changes { .. } if self.has_no_feed => Err(no(503, "busy", "ask again")),
            Request::Changes { database, since, limit, .. } => {
                if *database != crate::document::Database::Orders {
                    return Ok(Answer::Changes(Changes { rows: Vec::new(), last_seq: self.seq(0) }));
                }
                self.changes(since.as_deref(), *limit)
            }
            Request::RevsDiff { offered, .. } => {
                let lacks = |(id, revisions): &(String, Vec<Revision>)| {
                    (id.clone(), self.shelf.trees.get(id).cloned().unwrap_or_default().missing(revisions))
                };
                let rows = offered.iter().map(lacks).filter(|(_, it): &(String, Missing)| !it.missing.is_empty());
                Ok(Answer::RevsDiff(rows.collect()))
            }
            Request::BulkGet { .. } if self.has_no_bulk_get => Err(no(404, "not_found", "missing")),
            Request::BulkGet { wanted, .. } => {
                let (mut found, mut failed) = (Vec::new(), Vec::new());
                for (id, revisions) in wanted.iter().filter(|(id, _)| !self.left_out.contains(id)) {
                    self.find(id, revisions, &mut found, &mut failed);
                }
                Ok(Answer::Documents { found, failed })
            }
            Request::OpenRevisions { doc_id, wanted, .. } => {
                let (mut found, mut failed) = (Vec::new(), Vec::new());
                self.find(doc_id, wanted, &mut found, &mut failed);
                Ok(Answer::Documents { found, failed })
            }
            Request::BulkDocs { documents, .. } => {
                if self.bytes_max.is_some_and(|max| asked.body().len() > max) {
                    return Err(no(413, "document_too_large", "too large"));
                }
                if let Some(document) = documents.iter().find(|it| self.indigestible.contains(&it.doc_id)) {
                    return Err(no(500, "broken", &format!("it broke over {}", document.doc_id)));
                }
                let mut refused = Vec::new();
                for version in documents {
                    if self.forbidden.contains(&version.doc_id) {
                        refused.push(FailedRevision {
                            doc_id: version.doc_id.clone(),
                            revision: Revision::read("9-0123456789abcdef0123456789abcdef")
                                .filter(|_| self.mistakes_revisions)
                                .or_else(|| Some(version.revision().clone())),
                            error: "forbidden".into(),
                            reason: "not wanted".into(),
                        });
                    } else {
                        self.shelf.graft(version);
                        refused.extend(self.doubtful.contains(&version.doc_id).then(|| FailedRevision {
                            doc_id: version.doc_id.clone(),
                            revision: Some(version.revision().clone()),
                            error: "not_valid".into(),
                            reason: "kept, but not in the books: subtotal".into(),
                        }));
                    }
                }
                Ok(Answer::Taken { refused })
            }
        }
    }

    fn accept(&mut self, body: &Value, now: Timestamp) -> Result<Answer, Problem> {
        let id = key(body, "_original_order_id");
        if self.rejected.contains(&id) {
            return Err(Problem { field: Some("items".into()), ..no(422, "not_valid", "it has no lines") });
        }
        if self.broken.contains(&id) {
            return Err(no(500, "broken", "it broke"));
        }
        let next = u64::try_from(self.accepted.len()).unwrap() + 1;
        let (number, times) = self.accepted.entry(id.clone()).or_insert((next, 0));
        *times += 1;
        Ok(Answer::OrderAccepted(OrderAccepted {
            order_id: format!("o{number}"),
            order_number: number.to_string(),
            order_status: "confirmed".into(),
            accepted_at: now,
            document: None,
        }))
    }

    fn put_local(&mut self, id: &str, body: &Value) -> Result<Answer, Problem> {
        if self.keeps_no_locals {
            return Err(no(403, "forbidden", "only reading is allowed"));
        }
        let rev = |body: &Value| body.get("_rev").and_then(Value::as_str).map(str::to_owned);
        let before = self.locals.get(id).and_then(rev);
        if before != rev(body) {
            return Err(no(409, "conflict", "Document update conflict."));
        }
        let count: u64 = before.map_or(0, |rev| rev[2..].parse().unwrap());
        let mut body = body.clone();
        body["_rev"] = format!("0-{}", count + 1).into();
        self.locals.insert(id.to_owned(), body);
        Ok(Answer::Done)
    }

    fn seq(&self, seq: u64) -> String {
        format!("{}.{seq}", self.instance)
    }

    fn changes(&self, since: Option<&str>, limit: u32) -> Result<Answer, Problem> {
        let since = match since.map(|since| since.split_once('.').unwrap()) {
            None => 0,
            Some((instance, seq)) if instance == self.instance.to_string() => seq.parse().unwrap(),
            Some(_) => return Err(no(400, "bad_request", "Malformed sequence supplied in 'since' parameter.")),
        };
        let found = self.shelf.since(since, usize::try_from(limit).unwrap());
        let last = found.last().map_or(since, |(seq, ..)| *seq);
        let row = |(seq, doc_id, leaves): (u64, String, Vec<crate::document::TreeLeaf>)| Change {
            seq: (seq % 2 == 0).then(|| self.seq(seq)),
            doc_id,
            deleted: leaves[0].deleted,
            revisions: leaves.into_iter().map(|leaf| leaf.revision).collect(),
        };
        let mut rows: Vec<Change> = found.into_iter().map(row).collect();
        if self.repeats_rows {
            rows.extend(rows.clone().into_iter().rev());
        }
        Ok(Answer::Changes(Changes { rows, last_seq: self.seq(last) }))
    }

    /// As CouchDB does with `latest`: the leaves that come of what was asked for.
    fn find(
        &self,
        id: &str,
        wanted: &[Revision],
        found: &mut Vec<crate::document::Version>,
        failed: &mut Vec<FailedRevision>,
    ) {
        let tree = self.shelf.trees.get(id).cloned().unwrap_or_default();
        let leads = |leaf: &Revision, from: &Revision| {
            tree.history(leaf, 1000).is_some_and(|history| history.revisions().contains(from))
        };
        for revision in wanted {
            let leaves: Vec<Revision> = RevisionTree::leaves(&tree).into_iter().map(|leaf| leaf.revision).collect();
            let mut some = false;
            for leaf in leaves.iter().filter(|leaf| leads(leaf, revision)) {
                found.extend(self.shelf.leaf(id, leaf));
                some = true;
            }
            if !some {
                failed.push(FailedRevision {
                    doc_id: id.into(),
                    revision: Some(revision.clone()),
                    error: "not_found".into(),
                    reason: "missing".into(),
                });
            }
        }
    }
}

/// What is asked of a stock CouchDB, as it would be asked of ours.
fn as_ours(asked: &http::Request<Vec<u8>>) -> http::Request<Vec<u8>> {
    let mut asked = asked.clone();
    let path = asked.uri().path_and_query().unwrap().as_str();
    if let Some(rest) = path.strip_prefix("/orders_l1") {
        *asked.uri_mut() = format!("/sync/orders{rest}").parse().unwrap();
    }
    asked
}

fn key(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_default().to_owned()
}
