//! Requests and answers in a few words, for the trace: which documents, which revisions, from where on.

use crate::document::Revision;
use crate::sync::wire::{Answer, Problem, Request};

/// Most documents that are named.
const NAMED_MAX: usize = 12;

/// A document's id, so short that a person can follow it: the end of it tells documents apart.
fn short(id: &str) -> String {
    let kind: String = id.chars().take(3).collect();
    let end: String = id.chars().rev().take(6).collect::<Vec<_>>().into_iter().rev().collect();
    format!("{kind}_{end}")
}

fn rev(revision: &Revision) -> String {
    revision.to_string().chars().take(7).collect()
}

fn list(all: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = all.collect();
    let rest = all.len().saturating_sub(NAMED_MAX);
    let named = all.iter().take(NAMED_MAX).map(String::as_str).collect::<Vec<_>>().join(" ");
    if rest > 0 { format!("{named} and {rest} more") } else { named }
}

fn revisions(all: &[(String, Vec<Revision>)]) -> String {
    list(all.iter().map(|(id, revs)| format!("{}@{}", short(id), list(revs.iter().map(rev)))))
}

/// What is asked.
pub fn request(request: &Request) -> String {
    let database = request.database().map(|it| it.code()).unwrap_or_default();
    match request {
        Request::Health => "health".to_owned(),
        Request::Token { register_id, .. } => format!("a token for {register_id}"),
        Request::Enrol { .. } => "enrol".to_owned(),
        Request::SubmitOrder { body } | Request::SubmitPayment { body } => {
            format!("accept {}", short(body.get("_id").and_then(|it| it.as_str()).unwrap_or("what has no id")))
        }
        Request::Menu { since, .. } => format!("menu since {since:?}"),
        Request::Information { .. } => format!("how {database} stands"),
        Request::GetLocal { id, .. } => format!("{database} _local/{}", short(id)),
        Request::PutLocal { id, body, .. } => {
            let last = body.get("last_seq").map(ToString::to_string).unwrap_or_default();
            format!("{database} put _local/{} at {last}", short(id))
        }
        Request::EnsureFullCommit { .. } => format!("{database} full commit"),
        Request::Changes { since, limit, wait_ms, .. } => {
            format!("{database} changes since {} limit {limit} wait {wait_ms:?}", since.as_deref().unwrap_or("0"))
        }
        Request::RevsDiff { offered, .. } => format!("{database} diff {}", revisions(offered)),
        Request::BulkGet { wanted, .. } => format!("{database} get {}", revisions(wanted)),
        Request::OpenRevisions { doc_id, wanted, .. } => {
            format!("{database} open {}@{}", short(doc_id), list(wanted.iter().map(rev)))
        }
        Request::BulkDocs { documents, .. } => {
            let all = documents.iter().map(|it| format!("{}@{}", short(&it.doc_id), rev(it.revision())));
            format!("{database} take {}", list(all))
        }
    }
}

/// What is answered.
pub fn answer(answer: &Result<Answer, Problem>) -> String {
    match answer {
        Ok(Answer::Changes(changes)) => {
            let rows = changes
                .rows
                .iter()
                .map(|row| format!("{}@{}", short(&row.doc_id), list(row.revisions.iter().map(rev))));
            format!("through {}: {}", changes.last_seq, list(rows))
        }
        Ok(Answer::Documents { found, failed }) => {
            let found = list(found.iter().map(|it| format!("{}@{}", short(&it.doc_id), rev(it.revision()))));
            let failed = list(failed.iter().map(|it| format!("{}: {}", short(&it.doc_id), it.error)));
            format!("{found}, without {failed}")
        }
        Ok(Answer::RevsDiff(missing)) => {
            let missing = missing.iter().map(|(id, it)| format!("{}@{}", short(id), list(it.missing.iter().map(rev))));
            format!("lacks {}", list(missing))
        }
        Ok(Answer::Taken { refused }) => {
            format!("taken, but {}", list(refused.iter().map(|it| format!("{}: {}", short(&it.doc_id), it.reason))))
        }
        Ok(Answer::OrderAccepted(accepted)) => format!("accepted as {}", accepted.order_number),
        Ok(Answer::PaymentAccepted(accepted)) => format!("accepted, {}", accepted.payment_status),
        Ok(Answer::Menu(changes)) => format!("menu through {}", changes.cursor),
        Ok(Answer::Information(it)) => format!("{} at {}", it.instance_start_time, it.update_seq),
        Ok(Answer::Local(local)) => {
            let last = local.as_ref().and_then(|it| it.get("last_seq")).map(ToString::to_string);
            format!("local at {last:?}")
        }
        Ok(Answer::Healthy(_)) => "healthy".to_owned(),
        Ok(Answer::Token { .. }) => "a token".to_owned(),
        Ok(Answer::Enrolled(enrolled)) => format!("{} is enrolled", enrolled.name),
        Ok(other @ (Answer::MenuUnchanged | Answer::Done | Answer::Committed { .. })) => format!("{other:?}"),
        Err(problem) => problem.to_string(),
    }
}
