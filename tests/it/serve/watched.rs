//! Whoever watches a server: what it counts, whether it is ready, what its log says of a request, and how it leaves.

use super::command::{end, start_with};
use super::{House, order, order_id, value};
use comanda::server::http::limits::DISK_FREE_MIN_BYTES;
use reqwest::{Client, Method};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

/// Reads the exposition format strictly (version 0.0.4), and answers with each sample's number.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let mut found = BTreeMap::new();
    let mut families: BTreeMap<&str, &str> = BTreeMap::new();
    let mut helped = BTreeSet::new();
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, means) = help.split_once(' ').unwrap();
            assert!(helped.insert(name) && !means.is_empty(), "{line}");
            continue;
        }
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(helped.contains(name) && families.insert(name, kind).is_none(), "{line}: told twice");
            continue;
        }
        let (series, number) = line.rsplit_once(' ').unwrap();
        let number: f64 = number.parse().unwrap_or_else(|_| panic!("{line}"));
        let (name, labels) = series.split_once('{').map_or((series, None), |(name, rest)| (name, Some(rest)));
        let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || b"_0123456789".contains(&byte));
        assert!(plain(name), "{line}");
        for label in labels.into_iter().flat_map(|rest| rest.strip_suffix('}').unwrap().split("\",")) {
            let (label, says) = label.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
            assert!(plain(label) && !says.trim_end_matches('"').contains('"'), "{line}");
        }
        let of = |end: &str| name.strip_suffix(end).filter(|name| families.get(name) == Some(&"histogram"));
        let family = of("_bucket").or_else(|| of("_sum")).or_else(|| of("_count")).unwrap_or(name);
        let kind = families.get(family).unwrap_or_else(|| panic!("{line} has no type"));
        assert_eq!(*kind == "counter", name.ends_with("_total"), "{line}");
        assert!(found.insert(series.to_owned(), number).is_none(), "{line} twice");
    }
    found
}

async fn scraped(house: &House) -> (String, BTreeMap<String, f64>) {
    let url = format!("http://{}/metrics", house.running.metrics().unwrap());
    let answer = house.client.get(url).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = answer.text().await.unwrap();
    let samples = samples(&text);
    (text, samples)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_counted_and_nothing_is_told_of_whom() {
    let house = House::with(|settings| settings.metrics = Some(([127, 0, 0, 1], 0).into()));
    house.import_menu();
    let token = house.token("T1").await;
    let post = |path: &'static str, body: Value| {
        let asked = house.post(&token, path, &body);
        async { asked.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(post("/api/v1/orders/create", order(1)).await, 200);
    assert_eq!(post("/api/v1/orders/create", order(1)).await, 200, "a second time");
    let mut wrong = order(2);
    wrong["items"][0]["item_id"] = json!("nothing of the kind");
    assert_eq!(post("/api/v1/orders/create", wrong).await, 422);
    house.push(&token, 3).await;
    assert_eq!(house.ask(Method::GET, "/sync/orders").send().await.unwrap().status(), 401);
    let coded = house.post(&token, "/api/v1/orders/create", &order(4)).header("content-encoding", "gzip");
    assert_eq!(coded.send().await.unwrap().status(), 415);
    let (text, now) = scraped(&house).await;
    // which sample, its number
    let rows = [
        ("comanda_build_info{version=\"0.1.0\"}", 1.0),
        ("comanda_requests_total{family=\"orders\",status=\"200\"}", 2.0),
        ("comanda_requests_total{family=\"orders\",status=\"422\"}", 1.0),
        ("comanda_requests_total{family=\"orders\",status=\"415\"}", 1.0),
        ("comanda_requests_total{family=\"bulk_docs\",status=\"201\"}", 1.0),
        ("comanda_requests_total{family=\"couch\",status=\"401\"}", 1.0),
        ("comanda_request_duration_seconds_count{family=\"orders\"}", 4.0),
        ("comanda_request_duration_seconds_bucket{family=\"orders\",le=\"+Inf\"}", 4.0),
        ("comanda_submissions_total{kind=\"order\",answer=\"accepted\"}", 2.0),
        ("comanda_submissions_total{kind=\"order\",answer=\"not_valid\"}", 1.0),
        ("comanda_submissions_total{kind=\"payment\",answer=\"accepted\"}", 0.0),
        ("comanda_accepted_total{kind=\"order\"}", 1.0),
        ("comanda_accepted_total{kind=\"payment\"}", 0.0),
        ("comanda_documents_appended_total{database=\"orders\"}", 2.0),
        ("comanda_batches_total{outcome=\"done\"}", 2.0),
        ("comanda_batches_total{outcome=\"failed\"}", 0.0),
        ("comanda_commit_duration_seconds_count", 2.0),
        ("comanda_bodies_refused_total{reason=\"unsupported_encoding\"}", 1.0),
        ("comanda_bodies_refused_total{reason=\"no_room\"}", 0.0),
        ("comanda_rate_limited_total{who=\"address\"}", 0.0),
        ("comanda_connections_refused_total", 0.0),
        ("comanda_central_up", 1.0),
        ("comanda_central_faults_total", 0.0),
        ("comanda_feeds_held", 0.0),
        ("comanda_devices_heard{location=\"L1\",role=\"register\"}", 1.0),
    ];
    for (sample, right) in rows {
        assert_eq!(now.get(sample), Some(&right), "{sample}:\n{text}");
    }
    for sample in ["process_resident_memory_bytes", "process_open_fds", "comanda_connections_open"] {
        assert!(now.get(sample).is_some_and(|value| *value >= 1.0), "{sample}:\n{text}");
    }
    assert!(now["comanda_disk_free_bytes"] > 0.0 && now["process_start_time_seconds"] > 1.7e9);
    for hidden in [token.as_str(), &order_id(1)[6..], "T1", "cheeseburger"] {
        assert!(!text.contains(hidden), "{hidden}");
    }
    // Whatever strangers ask, there are no more series.
    for nth in 0..30 {
        house.ask(Method::GET, &format!("/{nth}/nowhere/{nth}")).send().await.unwrap();
        house.ask(Method::GET, &format!("/sync/{nth}/_{nth}")).send().await.unwrap();
    }
    let (_, before) = scraped(&house).await;
    for nth in 30..60 {
        house.ask(Method::GET, &format!("/{nth}/nowhere/{nth}")).send().await.unwrap();
        house.ask(Method::GET, &format!("/sync/{nth}/_{nth}")).send().await.unwrap();
    }
    let (_, after) = scraped(&house).await;
    assert!(before.keys().eq(after.keys()));
    // Its clients are not told, nor is anybody through a proxy on this machine.
    assert_eq!(house.ask(Method::GET, "/metrics").send().await.unwrap().status(), 401);
    assert_eq!(house.get(&token, "/metrics").send().await.unwrap().status(), 404);
    let url = format!("http://{}", house.running.metrics().unwrap());
    for (path, status) in [("/api/v1/health", 200), ("/api/v1/health/ready", 200), ("/sync/orders", 404)] {
        assert_eq!(house.client.get(format!("{url}{path}")).send().await.unwrap().status(), status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_and_connections_that_are_held_are_counted_while_they_are() {
    let house = House::with(|settings| {
        settings.metrics = Some(([127, 0, 0, 1], 0).into());
        settings.limits.connections = 8;
    });
    let token = house.token("T1").await;
    let mut feed = house.get(&token, "/sync/orders/_changes?feed=continuous&heartbeat=100").send().await.unwrap();
    assert_eq!(feed.status(), 200);
    feed.chunk().await.unwrap();
    let (text, held) = scraped(&house).await;
    assert_eq!(held["comanda_feeds_held"], 1.0, "{text}");
    assert_eq!(held["comanda_requests_total{family=\"changes\",status=\"200\"}"], 1.0, "{text}");
    let more: Vec<TcpStream> = (0..12).map(|_| TcpStream::connect(house.running.address()).unwrap()).collect();
    loop {
        let (_, now) = scraped(&house).await;
        if now["comanda_connections_refused_total"] >= 4.0 {
            assert!(now["comanda_connections_open"] <= 6.0);
            break;
        }
    }
    drop((feed, more));
    while scraped(&house).await.1["comanda_feeds_held"] > 0.0 {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_ready_and_every_answer_has_an_id_of_its_own() {
    let house = House::open();
    let mut ids = BTreeSet::new();
    for path in ["/", "/api/v1/health", "/api/v1/health/ready", "/sync/orders", "/nowhere"] {
        let sent = house.ask(Method::GET, path).header("x-request-id", "mine").send().await.unwrap();
        let id = sent.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert!(id.len() < 32 && ids.insert(id.clone()) && id != "mine", "{path}: {id}");
    }
    let ready = house.ask(Method::GET, "/api/v1/health/ready").send().await.unwrap();
    assert_eq!(ready.status(), 200, "with more than {DISK_FREE_MIN_BYTES} bytes free");
    assert_eq!(ready.headers()["cache-control"], "no-store");
    assert_eq!(value(ready).await, json!({ "ready": true, "reasons": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_leaves_says_so_first_finishes_what_is_under_way_and_takes_nothing_new() {
    let House { running, client, dir: _dir } = House::open();
    let (address, url) = (running.address(), running.url());
    let body = r#"{"register_id":"T1","secret":"x"}"#;
    let (half, rest) = body.split_at(10);
    let mut slow = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(slow, "POST /api/v1/auth/token HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{half}").unwrap();
    // It is under way once it is asked for the rest, or when the server has read what there is of it.
    super::let_pass(100).await;
    let leaving = std::thread::spawn(move || running.stop());
    let ready = format!("{url}/api/v1/health/ready");
    let said = loop {
        // Whoever came before, and had not said a word when the server began to leave, is cut off.
        let Ok(answer) = Client::new().get(&ready).send().await else { continue };
        if answer.status() == 503 {
            break value(answer).await;
        }
    };
    assert_eq!(said, json!({ "ready": false, "reasons": ["the server is stopping"] }));
    let new = loop {
        let answer = Client::new().get(format!("{url}/sync/orders")).send().await.unwrap();
        if answer.status() == 503 {
            break answer;
        }
    };
    assert_eq!(
        (&new.headers()["retry-after"], &new.headers()["connection"]),
        (&"5".parse().unwrap(), &"close".parse().unwrap())
    );
    assert_eq!(value(new).await["error"], "stopping");
    assert_eq!(client.get(format!("{url}/api/v1/health")).send().await.unwrap().status(), 200, "it lives");
    slow.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    BufReader::new(&slow).read_line(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    leaving.join().unwrap();
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_drains_a_server_answers_as_ever_and_says_that_it_is_not_ready() {
    let dir = tempfile::tempdir().unwrap();
    let (child, url) = start_with(dir.path(), &["--drain-s", "2", "--log"], Stdio::piped(), None);
    let client = Client::new();
    let status = async |path: &str| client.get(format!("{url}{path}")).send().await.unwrap().status().as_u16();
    assert_eq!(status("/api/v1/health/ready").await, 200);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    while status("/api/v1/health/ready").await != 503 {}
    assert_eq!((status("/api/v1/health").await, status("/sync/orders").await), (200, 401));
    let told = end(child, Signal::TERM);
    assert!(told.contains("the server has stopped"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_which_request_it_tells_of_as_text_and_as_json() {
    for form in ["text", "json"] {
        let dir = tempfile::tempdir().unwrap();
        let (child, url) = start_with(dir.path(), &["--log", "--log-format", form], Stdio::piped(), None);
        let asked = Client::new().get(format!("{url}/sync/orders")).header("authorization", "Bearer s3cret");
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), 401);
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let told = end(child, Signal::TERM);
        assert!(!told.contains("s3cret"), "{told}");
        if form == "text" {
            let right = format!("request{{id=\"{id}\"}}: refused method=GET path=\"/sync/orders\" status=401");
            assert!(told.contains(&right), "{told}");
            continue;
        }
        let lines: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in &lines {
            let says = |key: &str| line[key].is_string();
            assert!(
                ["time", "level", "target", "message"].into_iter().all(says) && line["fields"].is_object(),
                "{line}"
            );
        }
        let line = lines.iter().find(|line| line["message"] == "refused").unwrap();
        assert_eq!(line["request_id"], *id);
        assert_eq!(line["fields"], json!({ "method": "GET", "path": "/sync/orders", "status": 401 }));
    }
}

#[test]
fn the_journal_is_told_how_grave_a_line_is_and_no_time() {
    // whether standard error is what systemd names, what a line begins with
    for (named, begins) in [(true, "<6>the server listens"), (false, "2")] {
        let dir = tempfile::tempdir().unwrap();
        let (mut reader, writer) = std::io::pipe().unwrap();
        let about = std::fs::metadata(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&writer))).unwrap();
        let stream = format!("{}:{}", about.dev(), if named { about.ino() } else { about.ino() + 1 });
        let (child, _) = start_with(dir.path(), &["--log"], Stdio::from(writer), Some(&stream));
        let mut child = child;
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        assert!(child.wait().unwrap().success());
        let mut told = String::new();
        reader.read_to_string(&mut told).unwrap();
        // Where few files may be open, that is told before.
        let line = told.lines().find(|line| line.contains("the server listens"));
        assert!(line.is_some_and(|line| line.starts_with(begins)), "{told}");
    }
}
