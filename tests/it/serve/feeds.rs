//! `_changes`, held open.

use super::{House, let_pass, order_id, value};
use comanda::document::{Database, Version};
use comanda::domain::RegisterId;
use comanda::runtime::clock;
use comanda::server::http::limits::FEEDS_OF_ONE_MAX;
use comanda::server::{Role, at_once};
use comanda::sync::wire::Request;
use reqwest::{Response, header};
use serde_json::{Value, json};
use std::time::Duration;

/// Reads an open answer until it holds a text.
async fn until(answer: &mut Response, sees: &str) -> String {
    let mut text = String::new();
    while !text.contains(sees) {
        let piece = tokio::time::timeout(Duration::from_secs(10), answer.chunk()).await;
        let piece = piece.unwrap_or_else(|_| panic!("`{sees}` did not come after {text:?}")).unwrap();
        let piece = piece.unwrap_or_else(|| panic!("it ended before `{sees}`: {text:?}"));
        text.push_str(std::str::from_utf8(&piece).unwrap());
    }
    text
}

fn ids_of(page: &Value) -> Vec<&str> {
    page["results"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_feed_says_what_is_there_page_by_page() {
    let house = House::open();
    let token = house.token("T1").await;
    for nth in 1..=3 {
        house.push(&token, nth).await;
    }
    let page = async |query: &str| {
        let answer = house.get(&token, &format!("/sync/orders/_changes?{query}")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{query}");
        value(answer).await
    };
    let first = page("limit=2").await;
    assert_eq!(ids_of(&first), [order_id(1), order_id(2)]);
    let rest = page(&format!("since={}", first["last_seq"].as_str().unwrap())).await;
    assert_eq!((ids_of(&rest), &rest["pending"]), (vec![order_id(3).as_str()], &json!(0)));
    let none = page("since=now").await;
    assert_eq!((ids_of(&none).len(), &none["last_seq"]), (0, &rest["last_seq"]));
    let junk = house.get(&token, "/sync/orders/_changes?since=junk").send().await.unwrap();
    assert_eq!(junk.status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_ends_as_soon_as_something_is_written_here_or_by_another_process() {
    let house = House::open();
    let token = house.token("T1").await;
    let poll = async || {
        let answer = house.get(&token, "/sync/orders/_changes?feed=longpoll&since=now").send().await.unwrap();
        (clock::instant(), value(answer).await)
    };
    let mut took = Vec::new();
    for nth in 1..=5 {
        let write = async {
            let_pass(50).await;
            house.push(&token, nth).await;
            clock::instant()
        };
        let ((woke, page), written) = tokio::join!(poll(), write);
        assert_eq!(ids_of(&page), [order_id(nth)]);
        took.push(woke.saturating_duration_since(written));
    }
    took.sort();
    assert!(took[2] < Duration::from_millis(100), "{took:?}");

    let beside = house.beside();
    let written = async {
        let_pass(50).await;
        let scope = House::scope(Role::Register(RegisterId::from("T2")));
        let document = json!({ "_id": order_id(9), "_rev": format!("1-{:032x}", 9), "type": "order",
                               "location_id": "L1" });
        let documents = vec![Version::read(document).unwrap()];
        let request = Request::BulkDocs { database: Database::Orders, documents };
        at_once(beside.answer(&scope, &request, clock::now(), &mut clock::entropy().unwrap())).unwrap();
    };
    let ((_, page), ()) = tokio::join!(poll(), written);
    assert_eq!(ids_of(&page), [order_id(9)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_beats_while_it_waits_and_ends_in_time_without() {
    let house = House::open();
    let token = house.token("T1").await;
    let late = house.get(&token, "/sync/orders/_changes?feed=longpoll&timeout=200").send().await.unwrap();
    let late = value(late).await;
    assert_eq!((ids_of(&late).len(), &late["pending"]), (0, &json!(0)));
    // A heartbeat overrides the time.
    let path = "/sync/orders/_changes?feed=longpoll&heartbeat=100&timeout=1";
    let mut open = house.get(&token, path).header(header::ACCEPT_ENCODING, "gzip").send().await.unwrap();
    assert!(!open.headers().contains_key(header::CONTENT_ENCODING), "a heartbeat does not wait to be compressed");
    let before = until(&mut open, "{\"results\":[\n\n\n\n").await;
    house.push(&token, 1).await;
    let after = until(&mut open, "\"pending\":0}\n").await;
    let page: Value = serde_json::from_str(&format!("{before}{after}")).unwrap();
    assert_eq!(ids_of(&page), [order_id(1)]);
    assert_eq!(open.chunk().await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_continuous_feed_goes_on_and_on() {
    let house = House::open();
    let token = house.token("T1").await;
    house.push(&token, 1).await;
    let mut open =
        house.get(&token, "/sync/orders/_changes?feed=continuous&heartbeat=100&limit=3").send().await.unwrap();
    let first = until(&mut open, "}\n").await;
    let row: Value = serde_json::from_str(first.trim()).unwrap();
    assert_eq!((&row["id"], &row["changes"][0]["rev"]), (&json!(order_id(1)), &json!(format!("1-{:032x}", 1))));
    until(&mut open, "\n\n").await;
    house.push(&token, 2).await;
    until(&mut open, &order_id(2)).await;
    house.push(&token, 3).await;
    let last = until(&mut open, "\"last_seq\"").await;
    assert!(last.contains(&order_id(3)), "{last}");
    assert_eq!(open.chunk().await.unwrap(), None, "three were wanted");
    let mut timed =
        house.get(&token, "/sync/orders/_changes?feed=continuous&timeout=200&since=now").send().await.unwrap();
    until(&mut timed, "{\"last_seq\":").await;
    assert_eq!(timed.chunk().await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_source_gets_events() {
    let house = House::open();
    let token = house.token("T1").await;
    let mut open = house.get(&token, "/sync/orders/_changes?feed=eventsource&heartbeat=100").send().await.unwrap();
    assert_eq!(open.headers()[header::CONTENT_TYPE], "text/event-stream");
    until(&mut open, "event: heartbeat\ndata: \n\n").await;
    house.push(&token, 1).await;
    let event = until(&mut open, "\nid: ").await;
    let data = event.lines().find_map(|line| line.strip_prefix("data: {")).unwrap();
    let row: Value = serde_json::from_str(&format!("{{{data}")).unwrap();
    assert!(event.contains(&format!("\nid: {}\n\n", row["seq"].as_str().unwrap())), "{event}");
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_say_their_last_words_when_the_server_stops() {
    let house = House::open();
    let token = house.token("T1").await;
    house.push(&token, 1).await;
    let open = async |query: &str| {
        house.get(&token, &format!("/sync/orders/_changes?since=now&{query}")).send().await.unwrap()
    };
    let mut beating = open("feed=longpoll&heartbeat=60000").await;
    let mut continuous = open("feed=continuous&heartbeat=60000").await;
    let waiting = tokio::spawn(house.get(&token, "/sync/orders/_changes?since=now&feed=longpoll").send());
    until(&mut beating, "[").await;
    let_pass(100).await;
    let House { running, client, dir } = house;
    let (url, begun) = (running.url(), clock::instant());
    tokio::task::spawn_blocking(|| running.stop()).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    until(&mut beating, "\"last_seq\":\"1-").await;
    until(&mut continuous, "{\"last_seq\":\"1-").await;
    assert!(value(waiting.await.unwrap().unwrap()).await["last_seq"].as_str().unwrap().starts_with("1-"));
    assert!(client.get(url).send().await.unwrap_err().is_connect(), "nobody listens any more");
    drop(dir);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_holds_so_many_feeds_open_and_no_more() {
    let house = House::open();
    let (t1, t2) = (house.token("T1").await, house.token("T2").await);
    let kinds = ["feed=longpoll&heartbeat=60000", "feed=continuous&heartbeat=60000", "feed=eventsource"];
    let open = async |token: &str, nth: usize| {
        let path = format!("/sync/orders/_changes?since=now&{}", kinds[nth % kinds.len()]);
        house.get(token, &path).send().await.unwrap()
    };
    let mut held = Vec::new();
    for nth in 0..FEEDS_OF_ONE_MAX {
        held.push(open(&t1, nth).await);
    }
    assert!(held.iter().all(|it| it.status() == 200));
    let one_more = open(&t1, 0).await;
    assert_eq!((one_more.status().as_u16(), one_more.headers()[header::RETRY_AFTER].to_str().unwrap()), (429, "5"));
    let told = value(one_more).await;
    let says = format!("this device holds {FEEDS_OF_ONE_MAX} feeds open already; ask again in 5 s");
    assert_eq!((&told["error"], &told["reason"]), (&json!("too_many_feeds"), &json!(says)));
    assert_eq!(open(&t2, 0).await.status(), 200, "others hold their own");
    let normal = house.get(&t1, "/sync/orders/_changes").send().await.unwrap();
    assert_eq!(normal.status(), 200, "a feed that waits for nothing is none of them");
    held.pop();
    let begun = clock::instant();
    while open(&t1, 0).await.status() != 200 {
        assert!(begun.elapsed() < Duration::from_secs(10), "a feed that nobody reads any more holds its seat");
        let_pass(20).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_from_the_end_is_whole_however_long_it_is() {
    const DOCUMENTS: usize = 11_000;
    let house = House::open();
    let token = house.token("T1").await;
    let ids: Vec<String> = (0..DOCUMENTS).map(|nth| format!("note_{nth:05}")).collect();
    for some in ids.chunks(1_000) {
        let docs: Vec<Value> = some.iter().map(|id| json!({ "_id": id, "type": "note" })).collect();
        let answer = house.post(&token, "/sync/orders/_bulk_docs", &json!({ "docs": docs })).send().await.unwrap();
        assert_eq!(answer.status(), 201);
    }
    let backwards: Vec<&str> = ids.iter().rev().map(String::as_str).collect();
    let some = json!({ "doc_ids": &ids[..5_000] });
    let notes = json!({ "selector": { "type": "note" } });
    // query, body, how many rows
    let rows = [
        ("", None, &backwards[..]),
        ("&include_docs=true&conflicts=true", None, &backwards[..]),
        ("&limit=10500", None, &backwards[..10_500]),
        ("&feed=continuous&style=all_docs", None, &backwards[..]),
        ("&filter=_selector", Some(notes), &backwards[..]),
        ("&filter=_doc_ids", Some(some), &backwards[6_000..]),
    ];
    for (query, body, right) in rows {
        let path = format!("/sync/orders/_changes?descending=true{query}");
        let asked = match body {
            None => house.get(&token, &path),
            Some(body) => house.post(&token, &path, &body),
        };
        let page = value(asked.send().await.unwrap()).await;
        assert!(ids_of(&page) == right, "{query}: {} rows of {}", ids_of(&page).len(), right.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_wakes_many_feeds_of_ids_and_holds_nobody_up() {
    const DOCUMENTS: usize = 2_000;
    let house = House::open();
    let writer = house.token("W1").await;
    let ids: Vec<String> = (0..DOCUMENTS).map(|nth| format!("note_{nth:05}")).collect();
    let docs: Vec<Value> = ids.iter().map(|id| json!({ "_id": id })).collect();
    let answer = house.post(&writer, "/sync/orders/_bulk_docs", &json!({ "docs": docs })).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let mut held = Vec::new();
    for device in 1..=4 {
        let token = house.token(&format!("T{device}")).await;
        for _ in 0..FEEDS_OF_ONE_MAX {
            let path = "/sync/orders/_changes?feed=continuous&heartbeat=60000&since=now&filter=_doc_ids";
            held.push(house.post(&token, path, &json!({ "doc_ids": ids })).send().await.unwrap());
        }
    }
    let begun = clock::instant();
    for nth in 1..=5 {
        house.push(&writer, nth).await; // none of these is wanted
    }
    let pushed = begun.elapsed();
    let wanted = house.post(&writer, "/sync/orders/_bulk_docs", &json!({ "docs": [{ "_id": "note_last" }] }));
    assert_eq!(wanted.send().await.unwrap().status(), 201);
    let rev = value(house.get(&writer, "/sync/orders/note_01999").send().await.unwrap()).await["_rev"].clone();
    let edit = house.ask(reqwest::Method::PUT, "/sync/orders/note_01999").bearer_auth(&writer);
    assert_eq!(edit.body(json!({ "_rev": rev }).to_string()).send().await.unwrap().status(), 201);
    for feed in &mut held {
        let row = until(feed, "}\n").await;
        assert!(row.contains("note_01999"), "{row}");
    }
    println!(
        "{} feeds of {DOCUMENTS} ids: five commits took {pushed:?}, all heard of the last after {:?}",
        held.len(),
        begun.elapsed()
    );
    assert!(pushed < Duration::from_secs(5), "{pushed:?}");
}
