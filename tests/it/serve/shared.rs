//! A cache that servers share (Debian's redis-server): what it brings, and that nothing breaks and nobody waits where it
//! is absent, dies, freezes, or says what is wrong.

use super::tls::certified;
use super::{House, let_pass, order, order_id, value};
use crate::redis::RedisServer;
use comanda::domain::LocationId;
use comanda::runtime::cache::{Address, Named};
use comanda::runtime::{central, clock};
use comanda::server::at_once;
use comanda::server::cache::Counts;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Nobody waits longer for a cache, beyond what an answer takes without one.
const WAIT: Duration = Duration::from_millis(200);

fn sharing(redis: &RedisServer) -> House {
    House::with(|settings| settings.cache = Some(redis.named()))
}

/// Another server of the same house: the same database, the same keys, the same cache.
fn another(of: &House, redis: Option<&RedisServer>) -> House {
    House::with(|settings| {
        settings.central = central::Named::file(of.dir.path().join("central.sqlite"));
        settings.keys = of.dir.path().join("server.keys");
        settings.cache = redis.map(RedisServer::named);
    })
}

fn counts(house: &House) -> Counts {
    house.running.cache().counts()
}

/// Waits until something is so.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = clock::instant() + Duration::from_secs(30);
    while !is_so() {
        assert!(clock::instant() < deadline, "it does not come to be: {what}");
        let_pass(5).await;
    }
}

async fn until_it_is_there(house: &House) {
    until("the cache answers", || counts(house).shared.unwrap().is_there).await;
}

async fn until_it_is_away(house: &House) {
    until("the cache is away", || !counts(house).shared.unwrap().is_there).await;
}

/// The menu since a change; how long it took.
async fn menu(house: &House, token: &str, since: Option<&str>) -> (Value, Duration) {
    let path = since.map_or("/api/v1/menu/sync".to_owned(), |since| format!("/api/v1/menu/sync?since={since}"));
    let begun = clock::instant();
    let answer = house.get(token, &path).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let menu = value(answer).await;
    (menu, begun.elapsed())
}

async fn sell(house: &House, token: &str, nth: u32) -> (Value, Duration) {
    let begun = clock::instant();
    let answer = house.post(token, "/api/v1/orders/create", &order(nth)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    (value(answer).await, begun.elapsed())
}

/// The nth place of the feed whose newest a menu names.
fn nth(menu: &Value, nth: usize) -> String {
    let (_, instance) = menu["cursor"].as_str().unwrap().split_once('-').unwrap();
    format!("{nth}-{instance}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_menu_is_made_once_for_all_servers_and_a_new_one_is_there_at_once() {
    let Some(redis) = RedisServer::open() else { return };
    let one = sharing(&redis);
    one.import_menu();
    let token = one.token("T1").await;
    until_it_is_there(&one).await;
    let (whole, _) = menu(&one, &token, None).await;
    assert_eq!(menu(&one, &token, None).await.0, whole);
    let mut visitor = redis.visit();
    until("it is kept", || !visitor.names().is_empty()).await;
    assert_eq!(counts(&one).menus_remembered, 1);

    let two = another(&one, Some(&redis));
    until_it_is_there(&two).await;
    assert_eq!(menu(&two, &token, None).await.0, whole);
    assert_eq!(menu(&two, &token, None).await.0, whole);
    let Counts { menus_shared, menus_remembered, menus_asked, .. } = counts(&two);
    assert_eq!((menus_shared, menus_remembered, menus_asked), (1, 1, 0), "the database was not asked for it");
    let tag = format!("\"{}\"", whole["cursor"].as_str().unwrap());
    let ask = async |house: &House| {
        let asked = house.get(&token, "/api/v1/menu/sync").header("if-none-match", &tag);
        asked.send().await.unwrap().status().as_u16()
    };
    assert_eq!((ask(&one).await, ask(&two).await), (304, 304));

    // Another menu, imported beside both servers by a program that knows of no cache.
    let mut changed = comanda::runtime::demo::menu().unwrap().parts().clone();
    changed.items[0].name = "Another name".into();
    let changed = comanda::domain::Menu::assemble(changed).unwrap();
    let admin = House::scope(comanda::server::Role::Admin);
    let mut dice = clock::entropy().unwrap();
    at_once(one.beside().import_menu(&admin, &changed, clock::now(), &mut dice)).unwrap();
    for house in [&one, &two] {
        assert_eq!(ask(house).await, 200);
        let (delta, _) = menu(house, &token, whole["cursor"].as_str()).await;
        assert_eq!(delta["items"].as_array().unwrap().len(), 1);
        assert_eq!(delta["items"][0]["name"], "Another name");
        assert!(menu(house, &token, None).await.0.to_string().contains("Another name"));
    }
    // A cache that was emptied is filled again.
    let _: String = visitor.says(&[b"FLUSHALL"]);
    let three = another(&one, Some(&redis));
    until_it_is_there(&three).await;
    let (again, _) = menu(&three, &token, None).await;
    assert_eq!(again, menu(&one, &token, None).await.0);
    assert_eq!((counts(&three).menus_asked, counts(&three).wrong), (1, 0));
    until("it is kept again", || visitor.names().len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_without_its_cache_loses_it_and_finds_it_again() {
    let Some(mut redis) = RedisServer::absent(&[]) else { return };
    let house = sharing(&redis);
    house.import_menu();
    let token = house.token("T1").await;
    let (whole, _) = menu(&house, &token, None).await;
    let first = sell(&house, &token, 1).await.0;
    until("it was missed", || counts(&house).shared.unwrap().failures > 0).await;
    assert!(!counts(&house).shared.unwrap().is_there);
    let mut sold = 1;
    for round in 0..2 {
        redis.start();
        until_it_is_there(&house).await;
        let since = nth(&whole, 1 + round);
        let (part, _) = menu(&house, &token, Some(&since)).await;
        until("it is kept", || !redis.visit().names().is_empty()).await;
        redis.kill();
        // Whether it was noticed already or not.
        sold += 1;
        sell(&house, &token, sold).await;
        assert_eq!(sell(&house, &token, 1).await.0, first, "the first answer");
        assert_eq!(menu(&house, &token, Some(&since)).await.0, part);
        until_it_is_away(&house).await;
        menu(&house, &token, Some(&nth(&whole, 10 + round))).await;
    }
    assert_eq!(counts(&house).wrong, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_cache_that_froze() {
    let Some(redis) = RedisServer::open() else { return };
    let house = sharing(&redis);
    house.import_menu();
    let token = house.token("T1").await;
    let (whole, _) = menu(&house, &token, None).await;
    let mut sold = 0;
    let mut since = 0;
    // Menus that nobody has in mind yet, so that the cache is asked for each; and orders, of which it is told.
    let mut round = async |count: usize| {
        let mut took = Vec::new();
        let begun = since;
        let asks = (begun + 1..=begun + count).map(|at| nth(&whole, at)).collect::<Vec<_>>();
        since += count;
        let menus = async {
            let mut took = Vec::new();
            for since in &asks {
                took.push(menu(&house, &token, Some(since)).await.1);
            }
            took
        };
        let sales = async {
            let mut took = Vec::new();
            for _ in 0..count {
                sold += 1;
                took.push(sell(&house, &token, sold).await.1);
            }
            took
        };
        let (menus, sales) = tokio::join!(menus, sales);
        took.push(menus.into_iter().max().unwrap());
        took.push(sales.into_iter().max().unwrap());
        took
    };
    // A machine that has other things to do may make somebody wait as well: then it is looked again.
    let mut all = Vec::new();
    for _ in 0..5 {
        until_it_is_there(&house).await;
        let usual = round(8).await;
        let before = counts(&house).shared.unwrap();
        redis.freeze();
        let frozen = round(8).await;
        until_it_is_away(&house).await;
        let away = round(8).await;
        redis.thaw();
        let after = counts(&house).shared.unwrap();
        assert!(after.failures > before.failures);
        let in_time = |took: &[Duration]| took.iter().zip(&usual).all(|(took, usual)| *took <= *usual + WAIT);
        let is_good = in_time(&frozen) && in_time(&away);
        all.push((usual, frozen, away));
        if is_good {
            until_it_is_there(&house).await;
            assert_eq!(counts(&house).wrong, 0);
            return;
        }
    }
    panic!("somebody waited; the longest menu and sale, usually, while it froze, and after: {all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_in_the_cache_is_not_handed_out() {
    let Some(redis) = RedisServer::open() else { return };
    let one = sharing(&redis);
    one.import_menu();
    let token = one.token("T1").await;
    until_it_is_there(&one).await;
    let (whole, _) = menu(&one, &token, None).await;
    let since = nth(&whole, 5);
    let (part, _) = menu(&one, &token, Some(&since)).await;
    let mut visitor = redis.visit();
    until("both are kept", || visitor.names().len() == 2).await;
    let names = visitor.names();
    let kept: Vec<Vec<u8>> = names.iter().map(|name| visitor.says(&[b"GET", name.as_bytes()])).collect();
    // What each of them is made: something else, nothing, half, what another one is, another kind of thing.
    let half = |nth: usize| kept[nth][..kept[nth].len() / 2].to_vec();
    let rows: [(&str, [Vec<u8>; 2]); 5] = [
        ("junk", [b"junk".to_vec(), b"{\"cursor\":\"1\"}".to_vec()]),
        ("one letter", [b"x".to_vec(), b"\0".to_vec()]),
        ("half", [half(0), half(1)]),
        ("exchanged", [kept[1].clone(), kept[0].clone()]),
        ("a list", [Vec::new(), Vec::new()]),
    ];
    for (what, now) in rows {
        for (name, bytes) in names.iter().zip(&now) {
            let _: i64 = visitor.says(&[b"DEL", name.as_bytes()]);
            if bytes.is_empty() {
                let _: i64 = visitor.says(&[b"RPUSH", name.as_bytes(), b"a"]);
            } else {
                let _: String = visitor.says(&[b"SET", name.as_bytes(), bytes]);
            }
        }
        let other = another(&one, Some(&redis));
        until_it_is_there(&other).await;
        assert_eq!(menu(&other, &token, None).await.0, whole, "{what}");
        assert_eq!(menu(&other, &token, Some(&since)).await.0, part, "{what}");
        assert_eq!((counts(&other).wrong, counts(&other).menus_asked), (2, 2), "{what}");
        assert!(counts(&other).shared.unwrap().is_there, "{what}: that is no reason to do without it");
        let mut is_right = || {
            let kind = |visitor: &mut crate::redis::Visitor, name: &String| -> String {
                visitor.says(&[b"TYPE", name.as_bytes()])
            };
            names.iter().zip(&kept).all(|(name, kept)| {
                kind(&mut visitor, name) == "string" && visitor.says::<Vec<u8>>(&[b"GET", name.as_bytes()]) == *kept
            })
        };
        until(what, &mut is_right).await;
    }
    // Whoever tells something that is not ours is not believed.
    let channel = one.running.cache().channel();
    for junk in [&b"junk"[..], b"", &[0; 100], &[b'x'; 100_000], &kept[0]] {
        let _: i64 = visitor.says(&[b"PUBLISH", channel.as_bytes(), junk]);
    }
    until("all of it was heard", || counts(&one).wrong == 5).await;
    sell(&one, &token, 1).await;
    assert!(counts(&one).shared.unwrap().is_there);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_wakes_the_feeds_of_another_server_at_once() {
    let Some(redis) = RedisServer::open() else { return };
    let one = sharing(&redis);
    let token = one.token("T1").await;
    let two = another(&one, Some(&redis));
    until_it_is_there(&one).await;
    until_it_is_there(&two).await;
    let mut took = Vec::new();
    for nth in 1..=9 {
        let wait = async {
            let path = "/sync/orders/_changes?feed=longpoll&since=now";
            let page = value(two.get(&token, path).send().await.unwrap()).await;
            (clock::instant(), page)
        };
        let write = async {
            // Until the feed is held, and the look that each feed begins with is over.
            let_pass(100).await;
            one.push(&token, nth).await;
            clock::instant()
        };
        let ((woke, page), written) = tokio::join!(wait, write);
        assert_eq!(page["results"][0]["id"], order_id(nth));
        took.push(woke.saturating_duration_since(written));
    }
    took.sort();
    // Without a cache it is found by looking, once a second: half a second in the middle.
    assert!(took[4] < Duration::from_millis(150), "{took:?}");
    assert!(counts(&one).told >= 9 && counts(&two).heard >= 9, "{:?} {:?}", counts(&one), counts(&two));
    assert_eq!(counts(&one).heard, 0, "nobody hears himself");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_much_asks_too_much_of_all_servers() {
    let Some(redis) = RedisServer::open() else { return };
    let slow = |of: Option<&House>| {
        House::with(|settings| {
            if let Some(of) = of {
                settings.central = central::Named::file(of.dir.path().join("central.sqlite"));
                settings.keys = of.dir.path().join("server.keys");
            }
            settings.cache = Some(redis.named());
            settings.limits.requests.token_requests_per_s = 1;
        })
    };
    let one = slow(None);
    let (token, other) = (one.token("T1").await, one.token("T2").await);
    let two = slow(Some(&one));
    until_it_is_there(&one).await;
    until_it_is_there(&two).await;
    let ask =
        async |house: &House, token: &str| house.get(token, "/sync/orders").send().await.unwrap().status().as_u16();
    let mut answered = 0;
    while ask(&one, &token).await == 200 {
        answered += 1;
    }
    assert!(answered >= 5, "five seconds at once: {answered}");
    // Until all of it was told, which is done from time to time.
    let_pass(600).await;
    until("the other server heard of it", || counts(&two).heard > 0).await;
    // Of the five that it would have answered, at most what was filled meanwhile.
    let mut answered = 0;
    while ask(&two, &token).await == 200 {
        answered += 1;
    }
    assert!(answered <= 3, "{answered}");
    assert_eq!(ask(&two, &other).await, 200, "others may still ask");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_taken_back_ends_at_all_servers_at_once() {
    let Some(redis) = RedisServer::open() else { return };
    let one = sharing(&redis);
    one.import_menu();
    let token = one.token("T1").await;
    let two = another(&one, Some(&redis));
    until_it_is_there(&two).await;
    for house in [&one, &two] {
        menu(house, &token, None).await;
    }
    assert!(at_once(one.beside().revoke(&LocationId::from("L1"), "T1", clock::now())).unwrap());
    for house in [&one, &two, &one] {
        for path in ["/api/v1/menu/sync", "/sync/orders"] {
            assert_eq!(house.get(&token, path).send().await.unwrap().status(), 401, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_opens_the_cache_and_a_wrong_one_stops_nothing() {
    let Some(redis) = RedisServer::with(&["--requirepass", "s3same"]) else { return };
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        use std::os::unix::fs::PermissionsExt;
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        Some(path)
    };
    let with = |password_file| {
        let house = House::with(|settings| settings.cache = Some(Named { password_file, ..redis.named() }));
        house.import_menu();
        house
    };
    let opens = with(file("right", "s3same\n"));
    until_it_is_there(&opens).await;
    for house in [with(file("wrong", "sesame\n")), with(None)] {
        until("it was refused", || counts(&house).shared.unwrap().failures > 0).await;
        let token = house.token("T1").await;
        menu(&house, &token, None).await;
        sell(&house, &token, 1).await;
        assert!(!counts(&house).shared.unwrap().is_there);
    }
}

#[test]
fn a_cache_is_spoken_to_over_tls_with_who_proves_who_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (files, authority) = certified(folder.path());
    std::fs::write(folder.path().join("authority.pem"), &authority.pem).unwrap();
    let Some(mut redis) = RedisServer::absent(&[]) else { return };
    let (port, path) = (redis.port.to_string(), |path: &std::path::Path| path.to_str().unwrap().to_owned());
    let (certificate, key) = (path(&files.certificate), path(&files.key));
    let flags = ["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no"];
    let tls = ["--tls-cert-file", &certificate, "--tls-key-file", &key, "--tls-ca-cert-file", &certificate];
    redis.be_with(&[&flags[..], &tls[..]].concat());
    redis.start();
    let address = format!("rediss://localhost:{}", redis.port);
    assert!(Address::read(&address).unwrap().is_tls);
    // which authorities are trusted, what the log says
    for (trusted, part) in [("authority.pem", "the cache answers"), ("server.pem", "the cache is away")] {
        let mut server = Command::new(env!("CARGO_BIN_EXE_comanda"))
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "--cache", &address, "--data"])
            .arg(folder.path().join("data"))
            .arg("--config")
            .arg(folder.path().join("comanda.toml"))
            .env("SSL_CERT_FILE", folder.path().join(trusted))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines().map_while(Result::ok);
        let said = lines.find(|line| line.contains("the cache "));
        server.kill().unwrap();
        server.wait().unwrap();
        assert!(said.as_ref().is_some_and(|line| line.contains(part)), "{trusted}: {said:?}");
    }
}
