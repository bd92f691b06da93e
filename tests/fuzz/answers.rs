//! Any text as what comes back to a register: a line with what was asked and the status, lines of the header, an empty
//! line, the body. What is understood is written as a server writes it and understood alike; what is not can be shown.

use super::can_be_shown;
use comanda::document::{Database, Missing, Revision, Version};
use comanda::sync::wire::{Answer, Request, client, server};
use serde_json::json;

const ID: &str = "order_1";

/// What was asked, by a word.
fn asked(word: &str) -> Option<Request> {
    let database = Database::Orders;
    let revision = || Revision::read("1-0123456789abcdef0123456789abcdef").expect("it is a revision");
    let body = json!({ "_id": ID, "_original_order_id": ID });
    Some(match word {
        "health" => Request::Health,
        "token" => Request::Token { register_id: "T1".into(), secret: "s".into() },
        "enrol" => Request::Enrol { code: "k7mq".into(), secret: None, device: None },
        "order" => Request::SubmitOrder { body },
        "payment" => Request::SubmitPayment { body },
        "menu" => Request::Menu { since: Some("7".into()), etag: Some("\"tag\"".into()) },
        "information" => Request::Information { database },
        "get_local" => Request::GetLocal { database, id: "checkpoint".into() },
        "put_local" => Request::PutLocal { database, id: "checkpoint".into(), body },
        "commit" => Request::EnsureFullCommit { database },
        "changes" => Request::Changes { database, since: None, limit: 100, wait_ms: None },
        "revs_diff" => Request::RevsDiff { database, offered: vec![(ID.into(), vec![revision()])] },
        "bulk_get" => Request::BulkGet { database, wanted: vec![(ID.into(), vec![revision()])] },
        "open_revs" => Request::OpenRevisions { database, doc_id: ID.into(), wanted: vec![revision()] },
        "bulk_docs" => {
            let document = json!({ "_id": ID, "_rev": revision().to_string() });
            Request::BulkDocs { database, documents: vec![Version::read(document).expect("it is a version")] }
        }
        _ => return None,
    })
}

pub fn run(data: &[u8]) {
    let end = data.windows(2).position(|it| it == b"\n\n").unwrap_or(data.len());
    let (head, body) = (&data[..end], data.get(end + 2..).unwrap_or_default());
    let Ok(head) = std::str::from_utf8(head) else { return };
    let mut lines = head.lines();
    let Some((word, status)) = lines.next().and_then(|line| line.split_once(' ')) else { return };
    let Some(request) = asked(word) else { return };
    let fields = lines.filter_map(|line| line.split_once(": "));
    let response = http::Response::builder().status(status);
    let response = fields.fold(response, |response, (name, value)| response.header(name, value));
    let Ok(response) = response.body(body.to_vec()) else { return };
    match client::read(&request, &response) {
        Ok(answer) => reads_back(&request, answer),
        Err(trouble) => can_be_shown("trouble", &trouble.to_string()),
    }
}

fn reads_back(request: &Request, answer: Answer) {
    // A stock CouchDB tells its time in the header alone; ours never answers so.
    if matches!(&answer, Answer::Healthy(health) if health.server != "comanda") {
        return;
    }
    if let Answer::Taken { refused: failed } | Answer::Documents { failed, .. } = &answer {
        failed.iter().for_each(|it| can_be_shown(&it.error, &format!("-{}", it.reason)));
    }
    // A server is asked for what nobody has, too.
    let mut told = answer.clone();
    if let Answer::RevsDiff(missing) = &mut told {
        let nobodys = Revision::read("1-00000000000000000000000000000000").expect("it is a revision");
        let lacks = Missing { missing: vec![nobodys], possible_ancestors: Vec::new() };
        missing.push(("nobody_has_this".into(), lacks));
    }
    let written = server::write(request, &Ok(told));
    let read = client::read(request, &written);
    assert_eq!(read, Ok(answer), "{}", String::from_utf8_lossy(written.body()));
}
