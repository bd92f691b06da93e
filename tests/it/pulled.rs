//! What a register takes that presses no key: it pulls all that its server has, soon, and its log stays short all the same.

use crate::node::order_body;
use crate::premises::{CALM, Register, Server, ask};
use crate::pty::let_pass;
use comanda::document::Revision;
use comanda::runtime::clock;
use serde_json::{Value, json};
use std::time::Duration;

/// How many orders are pulled, each of which is some ten pages of the log.
const ORDERS: usize = 2_000;
/// Longest log afterwards, in bytes: a fifth of what they all come to.
const LOG_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// How long it may take until what one register sends stands in another's list: a second, and time for whatever else
/// this machine does meanwhile. Whoever asks once a minute is never so quick.
const HEARD: Duration = Duration::from_secs(5);

#[test]
fn what_one_register_sends_stands_in_the_list_of_another_a_moment_later() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::open(folder.path());
    let url = format!("http://{}", server.address);
    let [mut one, mut other] = ["T1", "T2"].map(|name| Register::enrolled(name, &url, &server));
    for register in [&mut one, &mut other] {
        register.opens();
        register.says("All changes synced");
    }
    other.till().types("\x1bOQ");
    other.till().wait_for_text("None here");
    for nth in 1..=3 {
        one.till().types("\x1b[19~A\x1bOR");
        one.till().wait_for("what is sent", |rows| {
            rows[0].contains(&format!("T1-000{nth}")) && rows.iter().any(|row| row.contains("Everything is sent"))
        });
        let sent = clock::instant();
        let is_listed = |rows: &[String]| rows.iter().any(|row| row.contains(&format!("T1-000{nth}")));
        other.till().wait_within(HEARD, "the order of the other", is_listed);
        println!("heard after {} ms", sent.elapsed().as_millis());
    }
    one.closes();
    other.closes();
}

#[test]
fn a_register_that_only_pulls_moves_its_log_into_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::open(folder.path());
    let token = server.token(&server.lets_register_in("P1"));
    let with_revision = |nth: usize| {
        let mut body = order_body(nth);
        body["_rev"] = Revision::child_of(None, false, &body).to_string().into();
        body
    };
    let docs: Vec<Value> = (0..ORDERS).map(with_revision).collect();
    let head = ["Content-Type: application/json", &format!("Authorization: Bearer {token}")];
    let body = json!({ "new_edits": false, "docs": docs }).to_string();
    let (status, answer) = ask(server.address, "POST", "/sync/orders/_bulk_docs", &head, &body);
    assert_eq!((status, answer.trim()), (201, "[]"));

    let mut register = Register::enrolled("T1", &format!("http://{}", server.address), &server);
    register.opens();
    let last = order_body(ORDERS - 1)["_id"].as_str().unwrap().to_owned();
    let deadline = clock::instant() + CALM;
    while register.reader().document_body(&last).unwrap().is_none() {
        assert!(clock::instant() < deadline, "not all is pulled");
        let_pass(Duration::from_millis(50));
    }
    let bytes = |name: &str| std::fs::metadata(register.data().join(name)).unwrap().len();
    let (file, log) = (bytes("store.db"), bytes("store.db-wal"));
    assert!(log < LOG_BYTES_MAX, "the log has {log} bytes, the file {file}");
    register.closes();
}
