//! Whoever is slow, sends too much, or comes in too great numbers.

use super::{House, let_pass, order, order_id, value};
use comanda::runtime::clock;
use comanda::runtime::serve::Settings;
use comanda::server::http::limits::{LARGE_BODIES_BYTES, SMALL_BODY_BYTES};
use comanda::sync::limits::REQUEST_BYTES_MAX;
use reqwest::{Method, header};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Reads until the server closes; a text that does not end in time is told.
async fn to_the_end(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await;
    // A reset is an end, too.
    read.unwrap_or_else(|_| panic!("it did not end after {:?}", String::from_utf8_lossy(&bytes))).ok();
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn connect(house: &House) -> TcpStream {
    TcpStream::connect(house.running.address()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_brings_no_request_is_cut_off_in_time() {
    let house = House::with(|settings| settings.limits.idle_ms = 300);
    // what is sent, what comes before the end
    let rows = [
        ("", ""),
        ("GET /api/v1/health HTTP/1.1\r\nhost: a\r\nx-slow: ", ""),
        ("GET /api/v1/health HTTP/1.1\r\nhost: a\r\n\r\n", "HTTP/1.1 200 OK"),
    ];
    for (sent, right) in rows {
        let begun = clock::instant();
        let mut stream = connect(&house).await;
        stream.write_all(sent.as_bytes()).await.unwrap();
        let came = to_the_end(stream).await;
        assert!(came.starts_with(right) && came.is_empty() == right.is_empty(), "{sent:?}: {came:?}");
        assert!((290..5_000).contains(&begun.elapsed().as_millis()), "{sent:?}: {:?}", begun.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_comes_too_slowly_is_answered_and_cut_off() {
    let slow = |settings: &mut Settings| {
        settings.limits.requests.body_pause_ms = 300;
        settings.limits.requests.body_ms = 900;
    };
    let house = House::with(slow);
    let token = house.token("T1").await;
    let head = format!(
        "POST /api/v1/orders/create HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\ncontent-length: 1000\r\n\r\n"
    );
    // how often a byte comes, in milliseconds (none: never), after how long it ends at the earliest
    for (every, earliest) in [(None, 290), (Some(100), 890)] {
        let begun = clock::instant();
        let (mut read, mut write) = connect(&house).await.into_split();
        write.write_all(head.as_bytes()).await.unwrap();
        let trickle = async {
            let mut every = tokio::time::interval(Duration::from_millis(every.unwrap_or(3_600_000)));
            every.tick().await;
            while write.write_all(b" ").await.is_ok() {
                every.tick().await;
            }
            std::future::pending::<()>().await;
        };
        let mut came = vec![0; 4_096];
        let answered = async { read.read(&mut came).await.unwrap() };
        let bytes = tokio::select! { bytes = answered => bytes, () = trickle => unreachable!("it goes on") };
        let came = String::from_utf8_lossy(&came[..bytes]);
        assert!(came.starts_with("HTTP/1.1 408") && came.contains("/problems/too_slow"), "{came}");
        assert!((earliest..5_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    }
    let sold = house.post(&token, "/api/v1/orders/create", &order(1)).send().await.unwrap();
    assert_eq!(sold.status(), 422, "others go on: it is read, and this house has no menu");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_nothing_of_an_answer_is_cut_off() {
    let house = House::with(|settings| settings.limits.stall_ms = 300);
    let token = house.token("T1").await;
    // More than the kernel keeps for both ends.
    let text = "x".repeat(7_900_000);
    for nth in 1..=2 {
        let body = json!({ "_id": order_id(nth), "_rev": format!("1-{nth:032x}"), "type": "order",
                           "location_id": "L1", "text": text });
        let answer = house
            .post(&token, "/sync/orders/_bulk_docs", &json!({ "new_edits": false, "docs": [body] }))
            .send()
            .await
            .unwrap();
        assert_eq!((answer.status().as_u16(), value(answer).await), (201, json!([])));
    }
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(house.running.address()).await.unwrap();
    let query = "_bulk_get HTTP/1.1\r\nhost: a\r\ncontent-type: application/json";
    let body = json!({ "docs": [{ "id": order_id(1) }, { "id": order_id(2) }] }).to_string();
    let length = body.len();
    let asked =
        format!("POST /sync/orders/{query}\r\nauthorization: Bearer {token}\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    // Longer than the server's patience, and then all that it still sends.
    let_pass(1_500).await;
    let rest = to_the_end(stream).await;
    assert!(rest.len() < 15_800_000, "{} bytes came", rest.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_only_so_many_connections_and_one_address_does_not_get_all_of_them() {
    let house = House::with(|settings| settings.limits.connections = 8);
    let mut held = Vec::new();
    for _ in 0..6 {
        held.push(connect(&house).await);
    }
    let mut refused = connect(&house).await;
    let mut came = vec![0; 1_024];
    let bytes = refused.read(&mut came).await.unwrap();
    let came = String::from_utf8_lossy(&came[..bytes]);
    assert!(came.starts_with("HTTP/1.1 503") && came.contains("too many connections"), "{came}");
    held.pop();
    let begun = clock::instant();
    while !house.client.get(house.url("/api/v1/health")).send().await.is_ok_and(|answer| answer.status() == 200) {
        assert!(begun.elapsed() < Duration::from_secs(10), "a place that is free again is found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_takes_its_feed_along() {
    let house = House::with(|settings| settings.limits.connections = 4);
    let token = house.token("T1").await;
    let feeds = ["feed=longpoll", "feed=longpoll&heartbeat=60000", "feed=continuous&heartbeat=60000"];
    for _ in 0..3 {
        // Three places for this address: a feed that stayed would take the place of one of the next round.
        for feed in feeds {
            let mut stream = connect(&house).await;
            let query = format!("/sync/orders/_changes?since=now&{feed}");
            let asked = format!("GET {query} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\r\n");
            stream.write_all(asked.as_bytes()).await.unwrap();
            drop(stream);
        }
    }
    let begun = clock::instant();
    loop {
        let fresh = reqwest::Client::new();
        let open = [house.url("/"), house.url("/sync"), house.url("/api/v1/health")].map(|url| fresh.get(url).send());
        let [a, b, c] = open;
        let (a, b, c) = tokio::join!(a, b, c);
        if [a, b, c].iter().all(|it| it.as_ref().is_ok_and(|answer| answer.status() == 200)) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "a feed holds a place that nobody listens to");
    }
    let answer = house.get(&token, "/sync/orders").header(header::CONNECTION, "close").send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_no_room_for_a_large_body_is_told_when_to_come_back_and_small_ones_are_answered() {
    let house = House::with(|settings| settings.limits.requests.body_room_ms = 200);
    let token = house.token("T1").await;
    let send = async |bytes: usize| {
        let begin = r#"{"docs":[]}"#;
        let body = format!("{begin}{}", " ".repeat(bytes - begin.len()));
        house.ask(Method::POST, "/sync/orders/_bulk_docs").bearer_auth(&token).body(body).send().await.unwrap()
    };
    assert_eq!(send(1_000_000).await.status(), 201);
    // So many that announce the largest body, and bring nothing of it, take all the room.
    let mut held = Vec::new();
    for _ in 0..LARGE_BODIES_BYTES / REQUEST_BYTES_MAX {
        let mut stream = connect(&house).await;
        let head = format!(
            "POST /sync/orders/_bulk_docs HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\
             content-length: {REQUEST_BYTES_MAX}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        held.push(stream);
    }
    let begun = clock::instant();
    let refused = loop {
        let answer = send(1_000_000).await;
        if answer.status() != 201 {
            break answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "all the room is taken");
    };
    assert_eq!((refused.status().as_u16(), &refused.headers()[header::RETRY_AFTER]), (503, &"5".parse().unwrap()));
    assert_eq!(value(refused).await["error"], "no_room");
    let begun = clock::instant();
    assert_eq!(send(SMALL_BODY_BYTES).await.status(), 201);
    assert!(begun.elapsed() < Duration::from_millis(150), "it waited for no room: {:?}", begun.elapsed());
    let mut chunked = connect(&house).await;
    let head = format!(
        "POST /sync/orders/_bulk_docs HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\
         transfer-encoding: chunked\r\nconnection: close\r\n\r\nb\r\n{{\"docs\":[]}}\r\n0\r\n\r\n"
    );
    chunked.write_all(head.as_bytes()).await.unwrap();
    assert!(to_the_end(chunked).await.starts_with("HTTP/1.1 201"), "nor does one that does not say how much comes");
    drop(held);
    let begun = clock::instant();
    while send(1_000_000).await.status() != 201 {
        assert!(begun.elapsed() < Duration::from_secs(10), "whoever goes gives the room back");
    }
}
