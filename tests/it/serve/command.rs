//! `comanda serve` on the built binary.

use super::{House, SECRET, value};
use crate::command_line::comanda;
use comanda::domain::RegisterId;
use comanda::runtime::clock;
use comanda::server::{Replica, Role, SqliteCentral, at_once};
use reqwest::Client;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server in a process of its own, and where it listens.
fn start(data: &Path, flags: &[&str]) -> (Child, String) {
    start_with(data, flags, Stdio::piped(), None)
}

/// The same with its standard error somewhere, and what systemd says of its journal.
pub fn start_with(data: &Path, flags: &[&str], errors: Stdio, journal: Option<&str>) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_comanda"));
    command.env_remove("JOURNAL_STREAM").envs(journal.map(|stream| ("JOURNAL_STREAM", stream)));
    let mut child = command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .arg("--config")
        .arg(data.join("comanda.toml"))
        .args(flags)
        .stdout(Stdio::piped())
        .stderr(errors)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("Listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
    (child, url)
}

/// Ends it, and gives back what it wrote to standard error.
pub fn end(mut child: Child, signal: Signal) -> String {
    kill_process(Pid::from_child(&child), signal).unwrap();
    assert!(child.wait().unwrap().success(), "it ends with 0");
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_from_nothing_ends_when_told_and_takes_its_tokens_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let (child, url) = start(&data, &["--log"]);
    let client = Client::new();
    assert_eq!(client.get(format!("{url}/api/v1/health")).send().await.unwrap().status(), 200);
    let central = SqliteCentral::open(&data.join("central.sqlite"), &mut clock::entropy().unwrap()).unwrap();
    let replica = Replica::new(central, Default::default());
    let scope = House::scope(Role::Register(RegisterId::from("T1")));
    at_once(replica.enrol(&scope, "T1", SECRET, clock::now())).unwrap();
    let body = json!({ "register_id": "T1", "secret": SECRET }).to_string();
    let answer = client.post(format!("{url}/api/v1/auth/token")).body(body).send().await.unwrap();
    let token = value(answer).await["token"].as_str().unwrap().to_owned();
    let told = end(child, Signal::TERM);
    for part in ["the server listens", "the server stops signal=\"SIGTERM\"", "the server has stopped"] {
        assert!(told.contains(part), "{told}");
    }
    assert!(!told.contains(SECRET) && !told.contains(&token), "neither secrets nor tokens are told: {told}");

    let (child, url) = start(&data, &[]);
    let answer = client.get(format!("{url}/sync/orders")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(answer.status(), 200, "its keys are the same");
    assert_eq!(end(child, Signal::INT), "", "without --log nothing is written there");
    let log = std::fs::read_to_string(data.join("server.log")).unwrap();
    assert!(log.contains("the server listens") && log.contains("SIGINT"), "{log}");
}

#[test]
fn a_server_that_may_not_or_cannot_start_says_why() {
    let home = tempfile::tempdir().unwrap();
    // flags, code, part of what is said
    let rows = [
        ("--listen 0.0.0.0:0", 1, "plain HTTP can be read and changed by anybody between"),
        ("--listen 0.0.0.0:0 --tls-cert none.pem --tls-key none.key", 1, "could not use none.pem: it does not exist"),
        ("--tls-cert none.pem", 2, "--tls-key"),
        ("--listen nowhere", 2, "--listen"),
        ("--central postgres:db", 2, "sqlite:FILE"),
        ("--body-mb 17", 2, "1..=16"),
    ];
    for (flags, code, part) in rows {
        let args: Vec<&str> = std::iter::once("serve").chain(flags.split(' ')).collect();
        let said = comanda(home.path(), &args, "");
        assert!(said.code == code && said.err.contains(part), "{flags}: {} {}", said.code, said.err);
    }
}
