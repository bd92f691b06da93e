//! What the server has in memory at most, whatever is sent to it at once.

use super::many::Server;
use super::{SECRET, order_id, value};
use axum::body::Bytes;
use comanda::domain::LocationId;
use comanda::runtime::clock;
use comanda::server::{Replica, Role, Scope, SqliteCentral, at_once};
use comanda::sync::limits::REQUEST_BYTES_MAX;
use reqwest::Client;
use serde_json::{Value, json};
use std::time::Duration;

/// How many large bodies are sent at once: several times what there is room for. Some are long texts, some are many
/// small values, which take far more in memory than they have bytes.
const OF_TEXT: usize = 12;
const OF_VALUES: usize = 4;
/// What the server has in memory at most, in kilobytes, as `http::limits` says.
const MOST_KB: u64 = 700_000;

/// Documents that have 13 MB together.
fn texts() -> Vec<u8> {
    let text = "x".repeat(4_500_000);
    let document = |nth: u32| {
        json!({ "_id": order_id(nth), "_rev": format!("1-{nth:032x}"), "type": "order", "location_id": "L1",
                "text": text })
    };
    json!({ "new_edits": false, "docs": [document(1), document(2), document(3)] }).to_string().into_bytes()
}

/// As many documents as one request may bring, each like an order of twenty lines: 13 MB.
fn values() -> Vec<u8> {
    let line = json!({ "line_id": "0195936f-7a10-7c3e-9a6d-000000000001", "item_id": "cheeseburger", "quantity": 2,
                       "name": "Cheeseburger", "unit_price": 1250, "tax_id": "food", "tax_rate": 1000,
                       "modifiers": [{ "modifier_id": "rare", "name": "Rare", "price": 0, "quantity": 1 }],
                       "note": null, "course": 1, "station": "grill", "state": "sent", "void_reason": null });
    let document = |nth: u32| {
        json!({ "_id": order_id(nth), "_rev": format!("1-{nth:032x}"), "type": "order", "location_id": "L1",
                "items": vec![&line; 20] })
    };
    let docs: Vec<Value> = (10..2_000).map(document).collect();
    json!({ "new_edits": false, "docs": docs }).to_string().into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn however_much_is_sent_at_once_the_server_stays_small_and_little_requests_are_answered() {
    let dir = tempfile::tempdir().unwrap();
    let mut dice = clock::entropy().unwrap();
    let central = SqliteCentral::open(&dir.path().join("central.sqlite"), &mut dice).unwrap();
    let scope = Scope { location_id: LocationId::from("L1"), role: Role::Register("T1".into()) };
    at_once(Replica::new(central, Default::default()).enrol(&scope, "T1", SECRET, clock::now())).unwrap();
    let (server, url) = Server::start(dir.path());
    let client = Client::new();
    let body = json!({ "register_id": "T1", "secret": SECRET }).to_string();
    let answer = client.post(format!("{url}/api/v1/auth/token")).body(body).send().await.unwrap();
    let token = value(answer).await["token"].as_str().unwrap().to_owned();

    let (texts, values) = (Bytes::from(texts()), Bytes::from(values()));
    assert!([&texts, &values].iter().all(|body| (12_000_000..REQUEST_BYTES_MAX).contains(&body.len())));
    let mut senders = tokio::task::JoinSet::new();
    let bodies = std::iter::repeat_n(texts, OF_TEXT).chain(std::iter::repeat_n(values, OF_VALUES));
    for flood in bodies {
        let (client, url, token) = (Client::new(), url.clone(), token.clone());
        senders.spawn(async move {
            let mut busy = 0;
            loop {
                let asked = client.post(format!("{url}/sync/orders/_bulk_docs")).bearer_auth(&token);
                let answer = asked.body(flood.clone()).send().await.unwrap();
                match answer.status().as_u16() {
                    201 => return busy,
                    503 => {
                        assert_eq!(answer.headers()["retry-after"], "5");
                        let told = value(answer).await;
                        assert_eq!(told["error"], "no_room", "{told}");
                        busy += 1;
                    }
                    other => panic!("{other}: {}", answer.text().await.unwrap()),
                }
            }
        });
    }
    let mut slowest = Duration::ZERO;
    let mut asked = 0;
    let mut busy = 0;
    while !senders.is_empty() {
        let begun = clock::instant();
        let put = client.put(format!("{url}/sync/orders/_local/small")).bearer_auth(&token).body("{}");
        assert_eq!(put.send().await.unwrap().status(), 201);
        slowest = slowest.max(begun.elapsed());
        asked += 1;
        while let Some(ended) = senders.try_join_next() {
            busy += ended.unwrap();
        }
    }
    let most_kb = server.memory_kb("VmHWM");
    println!(
        "{} bodies of 13 MB: {most_kb} kB at most, told to come back {busy} times; {asked} small requests meanwhile, \
         the slowest {slowest:?}",
        OF_TEXT + OF_VALUES
    );
    assert!(most_kb < MOST_KB, "{most_kb} kB");
    assert!(slowest < Duration::from_secs(5), "{slowest:?}: a small body waits for no large one");
}
