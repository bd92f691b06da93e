//! Ten thousand connections that ask nothing, or wait for what does not come, do not stop a register.

use super::{SECRET, order, value};
use comanda::domain::{LocationId, RegisterId};
use comanda::runtime::{clock, demo};
use comanda::server::http::limits::FEEDS_OF_ONE_MAX;
use comanda::server::{Replica, Role, Scope, SqliteCentral, at_once};
use reqwest::{Client, Method};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// How many there are, where the limit of open files allows them; each end has its own process.
const WANTED: usize = 10_000;

/// A server in a process of its own, ended with the test.
pub(super) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Server {
    /// Starts one over what is in a directory; says where it listens.
    pub(super) fn start(data: &Path) -> (Server, String) {
        let child = Command::new(env!("CARGO_BIN_EXE_comanda"))
            .args(["serve", "--listen", "127.0.0.1:0", "--token-rate", "0", "--address-rate", "0", "--data"])
            .arg(data)
            .arg("--config")
            .arg(data.join("comanda.toml"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut server = Server(child);
        let mut line = String::new();
        BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("Listening on ").unwrap().to_owned();
        (server, url)
    }

    /// What it has in memory now (`VmRSS`), or had at most (`VmHWM`), in kilobytes.
    pub(super) fn memory_kb(&self, which: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(which)?.strip_prefix(':')).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

/// How many connections this process may hold, beside what other tests of it have open.
fn places() -> usize {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).ok();
    let most = getrlimit(Resource::Nofile).current.map_or(usize::MAX, |it| usize::try_from(it).unwrap());
    most.saturating_sub(600).min(WANTED)
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_connections_that_only_wait_do_not_stop_a_register() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    let mut dice = clock::entropy().unwrap();
    let central = SqliteCentral::open(&data.join("central.sqlite"), &mut dice).unwrap();
    let replica = Replica::new(central, Default::default());
    let scope = |role| Scope { location_id: LocationId::from("L1"), role };
    let menu = demo::menu().unwrap();
    at_once(replica.import_menu(&scope(Role::Admin), &menu, clock::now(), &mut dice)).unwrap();
    // Each device holds so many feeds and no more.
    let names: Vec<String> = (1..=WANTED / 2 / FEEDS_OF_ONE_MAX + 1).map(|nth| format!("T{nth}")).collect();
    for name in &names {
        let register = scope(Role::Register(RegisterId::from(name.as_str())));
        at_once(replica.enrol(&register, name, SECRET, clock::now())).unwrap();
    }
    let (server, url) = Server::start(data);
    let address = url.strip_prefix("http://").unwrap();
    let alone_kb = server.memory_kb("VmRSS");

    let client = Client::new();
    let mut tokens = Vec::new();
    for name in &names {
        let body = json!({ "register_id": name, "secret": SECRET }).to_string();
        let answer = client.post(format!("{url}/api/v1/auth/token")).body(body).send().await.unwrap();
        tokens.push(value(answer).await["token"].as_str().unwrap().to_owned());
    }
    let sell = async |nth: u32| {
        let begun = clock::instant();
        let asked = client.request(Method::POST, format!("{url}/api/v1/orders/create")).bearer_auth(&tokens[0]);
        let answer = asked.body(order(nth).to_string()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        begun.elapsed()
    };
    sell(0).await;

    // Half of them say nothing; the others wait for a change of what does not change.
    let path = "/sync/customers/_changes?feed=longpoll&since=now&heartbeat=60000";
    let poll = |token: &str| format!("GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\r\n");
    let mut held = Vec::new();
    for nth in 0..places() {
        let mut stream = TcpStream::connect(address).await.unwrap();
        if nth % 2 == 1 {
            stream.write_all(poll(&tokens[nth / 2 / FEEDS_OF_ONE_MAX]).as_bytes()).await.unwrap();
        }
        held.push(stream);
    }
    // Each long poll has begun when its answer has.
    for (_, stream) in held.iter().enumerate().filter(|(nth, _)| nth % 2 == 1) {
        tokio::time::timeout(Duration::from_secs(60), stream.readable()).await.unwrap().unwrap();
    }
    let full_kb = server.memory_kb("VmRSS");

    let mut took = Vec::new();
    for nth in 1..=20 {
        took.push(sell(nth).await);
    }
    took.sort();
    let each = (full_kb.saturating_sub(alone_kb)) as f64 / held.len() as f64;
    println!(
        "{} connections, {} kB alone, {full_kb} kB with them ({each:.1} kB each); an order: median {:?}, worst {:?}",
        held.len(),
        alone_kb,
        took[10],
        took[19]
    );
    assert!(held.len() >= 300, "{} connections are no crowd: raise `ulimit -n`", held.len());
    assert!(took[10] < Duration::from_millis(250) && took[19] < Duration::from_secs(2), "{took:?}");
    let mut silent = held.swap_remove(0);
    silent.write_all(b"GET /api/v1/health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut came = [0; 15];
    tokio::io::AsyncReadExt::read_exact(&mut silent, &mut came).await.unwrap();
    assert_eq!(&came, b"HTTP/1.1 200 OK", "and each of them is answered when it asks");
}
