//! Any text as a request to a server: a line with method and address, then the body. What is understood is written as a
//! register writes it and understood alike; what is not is told in a sentence that a register reads back.

use super::can_be_shown;
use comanda::document::Revision;
use comanda::sync::wire::{Problem, Request, Site, Trouble, client, server};

pub fn run(data: &[u8]) {
    let end = data.iter().position(|&byte| byte == b'\n').unwrap_or(data.len());
    let (line, body) = (&data[..end], data.get(end + 1..).unwrap_or_default());
    let Some((method, address)) = std::str::from_utf8(line).ok().and_then(|line| line.split_once(' ')) else { return };
    let asked = http::Request::builder().method(method).uri(address).header("if-none-match", "\"tag\"");
    let Ok(asked) = asked.body(body.to_vec()) else { return };
    match server::read(&asked) {
        Ok(request) => reads_back(&request),
        Err(problem) => is_told(&asked, &problem),
    }
}

fn reads_back(request: &Request) {
    let site = Site::comanda("").expect("an empty base is a server that is known");
    let written = client::write(request, &site, Some("token"));
    assert_eq!(server::read(&written), Ok(as_sent(request)), "{written:?}");
}

/// A register asks for what nobody has, too.
fn as_sent(request: &Request) -> Request {
    let mut sent = request.clone();
    if let Request::RevsDiff { offered, .. } = &mut sent {
        let nobodys = Revision::read("1-00000000000000000000000000000000").expect("it is a revision");
        offered.retain(|(doc_id, _)| doc_id != "nobody_has_this");
        offered.push(("nobody_has_this".into(), vec![nobodys]));
        offered.sort();
    }
    sent
}

fn is_told(asked: &http::Request<Vec<u8>>, problem: &Problem) {
    assert!((400..500).contains(&problem.status), "{problem}");
    can_be_shown(&problem.code, &problem.detail);
    let response = server::write_problem(asked, problem);
    assert_eq!(response.status().as_u16(), problem.status);
    match client::read(&Request::SubmitOrder { body: serde_json::json!({}) }, &response) {
        Err(Trouble::Rejected(read)) => assert_eq!(read, *problem),
        Err(trouble) => can_be_shown("trouble", &trouble.to_string()),
        Ok(answer) => panic!("a no is not {answer:?}"),
    }
}
