//! Feeds that are held when their reader is not let in any more.

use super::{House, let_pass, order_id};
use comanda::domain::LocationId;
use comanda::runtime::clock;
use comanda::server::auth::{Bearer, Keys};
use comanda::server::{Role, at_once};
use std::time::Duration;

/// What is told while it ends; the last words are in time or not at all.
async fn rest(answer: reqwest::Response) -> String {
    let rest = tokio::time::timeout(Duration::from_secs(10), answer.text()).await;
    rest.expect("a feed ends when its reader is not let in any more").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_feed_ends_when_the_secret_of_its_reader_was_taken_back() {
    // how it is held, whether something changes after
    let rows = [
        ("feed=continuous&heartbeat=100", false),
        ("feed=continuous&heartbeat=60000", true),
        ("feed=eventsource&heartbeat=100", false),
        ("feed=longpoll&heartbeat=100", false),
        ("feed=longpoll&heartbeat=60000", true),
        ("feed=longpoll", true),
    ];
    for (how, changes) in rows {
        let house = House::open();
        let (token, other) = (house.token("T1").await, house.token("T2").await);
        let path = format!("/sync/orders/_changes?since=now&{how}");
        let read = async {
            let answer = house.get(&token, &path).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{how}");
            rest(answer).await
        };
        let revoke = async {
            // Until the feed is held; where it was not yet, it is refused, and the row fails.
            let_pass(200).await;
            assert!(at_once(house.beside().revoke(&LocationId::from("L1"), "T1", clock::now())).unwrap());
            if changes {
                house.push(&other, 1).await;
            }
        };
        let (told, ()) = tokio::join!(read, revoke);
        assert!(!told.contains(&order_id(1)), "{how}: {told}");
        assert_eq!(house.get(&token, &path).send().await.unwrap().status(), 401, "{how}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_feed_ends_when_the_token_of_its_reader_ends() {
    let house = House::open();
    house.token("T1").await;
    let key = std::fs::read_to_string(house.dir.path().join("server.keys")).unwrap();
    let key: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&key[2 * at..2 * at + 2], 16).unwrap()).collect();
    let keys = Keys::new(&[key]).unwrap();
    let bearer = Bearer { scope: House::scope(Role::Register("T1".into())), name: "T1".into(), generation: 1 };
    // A token that has two seconds left.
    let mut at = clock::now().plus_millis(-3_600_000);
    while keys.check(&keys.issue(&bearer, at).0, clock::now().plus_millis(2_000)).is_err() {
        at = at.plus_millis(1_000);
    }
    let token = keys.issue(&bearer, at).0;
    let read = async |how: &str| {
        let answer = house.get(&token, &format!("/sync/orders/_changes?since=now&{how}")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{how}");
        let told = rest(answer).await;
        assert!(told.contains("last_seq"), "{how}: {told}");
    };
    tokio::join!(read("feed=continuous&heartbeat=60000"), read("feed=longpoll&heartbeat=60000"), read("feed=longpoll"));
}
