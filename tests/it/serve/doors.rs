//! Who is let in, and who is told to come back later.

use super::{House, order, value};
use comanda::runtime::clock;
use reqwest::{Method, header};

#[tokio::test]
async fn nobody_comes_in_without_a_token_that_is_from_here() {
    let house = House::open();
    let token = house.token("T1").await;
    let other = House::open().token("T1").await;
    // who is said to ask, status
    let rows = [
        (None, 401),
        (Some(format!("Bearer {token}x")), 401),
        (Some(format!("Bearer {other}")), 401),
        (Some("Bearer ".to_owned()), 401),
        (Some(format!("Bearer {token}")), 200),
    ];
    for path in ["/api/v1/menu/sync", "/sync/orders", "/sync/orders/_changes?feed=continuous&limit=0&timeout=1"] {
        for (who, status) in &rows {
            let asked = house.ask(Method::GET, path);
            let asked = match who {
                Some(who) => asked.header(header::AUTHORIZATION, who),
                None => asked,
            };
            let answer = asked.send().await.unwrap();
            assert_eq!(answer.status(), *status, "{path} {who:?}");
            assert_eq!(answer.headers().contains_key(header::WWW_AUTHENTICATE), *status == 401);
        }
    }
    // A 401 is heard also by a device that sends much with a token that has ended.
    let much = "x".repeat(8 * 1024 * 1024);
    let asked = house.ask(Method::POST, "/sync/orders/_bulk_docs").bearer_auth(format!("{token}x"));
    assert_eq!(asked.body(much).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn of_strangers_no_body_is_read() {
    use std::io::{Read, Write};
    let house = House::open();
    let head = "POST /sync/orders/_bulk_docs HTTP/1.1\r\nhost: x\r\ncontent-length: 8000000\r\n";
    // what else is in the head, what of the body is sent
    let rows =
        [("expect: 100-continue\r\n", 0), ("authorization: Bearer x\r\nexpect: 100-continue\r\n", 0), ("", 64 * 1024)];
    for (more, bytes) in rows {
        let mut stream = std::net::TcpStream::connect(house.running.address()).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
        write!(stream, "{head}{more}\r\n").unwrap();
        stream.write_all(&vec![b'x'; bytes]).ok(); // it may be closed meanwhile
        let mut told = [0; 12];
        stream.read_exact(&mut told).unwrap();
        assert_eq!(&told, b"HTTP/1.1 401", "{more}");
    }
}

#[tokio::test]
async fn whoever_asks_too_much_is_told_when_to_come_back() {
    // rates of tokens and of addresses, requests until one is refused, what is told to be too quick
    for (token_rate, peer_rate, most, who) in [(2, 0, 10, "this token"), (0, 3, 15 - 1, "this address")] {
        let house = House::with(|settings| {
            settings.limits.requests.token_requests_per_s = token_rate;
            settings.limits.requests.peer_requests_per_s = peer_rate;
        });
        let token = house.token("T1").await;
        let begun = clock::instant();
        let mut good = 0;
        let refused = loop {
            let answer = house.get(&token, "/sync/orders").send().await.unwrap();
            if answer.status() == 429 {
                break answer;
            }
            assert_eq!(answer.status(), 200);
            good += 1;
        };
        let seconds = u32::try_from(begun.elapsed().as_secs()).unwrap();
        assert!((most..=most + (seconds + 1) * (token_rate + peer_rate)).contains(&good), "{good} in {seconds} s");
        assert_eq!(refused.headers()[header::RETRY_AFTER], "1");
        let told = value(refused).await["reason"].as_str().unwrap().to_owned();
        assert!(told.starts_with(who), "{told}");
        assert_eq!(house.ask(Method::GET, "/api/v1/health").send().await.unwrap().status(), 200);
        let sold = house.post(&token, "/api/v1/orders/create", &order(1)).send().await.unwrap();
        assert_eq!(sold.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
}
