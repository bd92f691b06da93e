//! What a register takes that presses no key: it pulls all that its server has, and its log stays short all the same.

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
