//! Tokens for secrets, secrets for codes, and who is let in then.

use super::*;
use crate::server::limits::{WRONG_CODES_MAX, WRONG_SECRETS_MAX};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

on_each_central! {
    a_code_that_is_typed_at_another_device_is_refused_there_and_taken_where_it_belongs,
    a_device_whose_answer_was_lost_asks_again_and_is_told_the_same,
    somebody_is_let_in_by_a_token_a_secret_or_a_cookie_and_by_nothing_else,
    a_token_ends_with_the_secret_that_it_was_given_for,
    a_code_is_taken_once_and_in_its_time_and_gives_what_a_device_needs,
    what_is_no_request_at_the_door_is_told,
    after_too_many_wrong_secrets_the_next_one_waits_and_the_right_one_does_not,
    after_too_many_wrong_codes_the_next_one_waits_and_the_right_one_does_not,
    a_code_is_not_made_for_what_cannot_be_enrolled,
    what_was_done_is_kept_and_when_somebody_came_in,
    what_was_tried_is_not_repeated,
    a_token_of_a_device_that_is_not_so_enrolled_lets_nobody_in,
    wrong_secrets_from_one_address_keep_no_other_out,
    futures_travel_between_threads,
    a_location_is_known_however_many_come_before_it,
}

const UNKNOWN: &str = "this register and its secret are not known here: enrol it again";
const TAKEN_BACK: &str = "the secret of this device was taken back: it is let in again when it is enrolled anew";
const NO_CODE: &str = "this code is not taken: it was mistyped, used already, or is too old; \
                       ask the operator for a new one (`comanda server enroll`)";

fn basic(name: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")))
}

fn somebody_is_let_in_by_a_token_a_secret_or_a_cookie_and_by_nothing_else() {
    let mut world = World::new();
    let token = world.token("T1", now());
    let (bearer, cookie) = (format!("Bearer {token}"), format!("a=b; AuthSession={token}; c=d"));
    let right = basic("T1", &secret("L1", "T1"));
    // headers, who is let in, or status and words
    let rows: &[(&[(&str, &str)], &str)] = &[
        (&[("authorization", &bearer)], "L1 register T1"),
        (&[("authorization", &bearer.replace("Bearer", "bEARER "))], "L1 register T1"),
        (&[("authorization", &right)], "L1 register T1"),
        (&[("authorization", &basic("T1", &secret("L2", "T1")))], "L2 register T1"),
        (&[("authorization", &basic("pass", &secret("L1", "pass")))], "L1 kitchen pass"),
        (&[("authorization", &basic("dara", &secret("L1", "dara")))], "L1 admin dara"),
        (&[("cookie", &cookie)], "L1 register T1"),
        (&[("cookie", "x=y"), ("cookie", &cookie)], "L1 register T1"),
        (&[], "401 nobody comes in without a token or a name and a secret"),
        (&[("cookie", "AuthSession=")], "401 nobody comes in without"),
        (&[("cookie", "AuthSession=x")], "401 this token is not taken here"),
        (&[("authorization", &basic("T1", "wrong"))], "401 this register and its secret are not known here"),
        (
            &[("authorization", &basic("T9", &secret("L1", "T1")))],
            "401 this register and its secret are not known here",
        ),
        (&[("authorization", &basic(&"n".repeat(33), "x"))], "401 this register and its secret are not known here"),
        (&[("authorization", &basic("T1", "wrong")), ("cookie", &cookie)], "401 this register and its"),
        (&[("authorization", "Bearer x"), ("cookie", &cookie)], "401 this token is not taken here"),
        (&[("authorization", &bearer), ("authorization", &bearer)], "401 `Authorization` is sent once"),
        (&[("authorization", &token)], "401 `Authorization` is sent once"),
        (&[("authorization", "Basic !!!")], "401 `Authorization` is sent once"),
        (&[("authorization", "Basic ")], "401 `Authorization` is sent once"),
        (&[("authorization", "Digest x")], "401 `Authorization` is sent once"),
    ];
    for (headers, part) in rows {
        let told = world.who(headers, now());
        assert!(told.starts_with(part), "{headers:?}: {told}");
    }
}

fn a_token_ends_with_the_secret_that_it_was_given_for() {
    let mut world = World::new();
    let bearer = format!("Bearer {}", world.token("T1", now()));
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(world.who(&headers, later(900)), "L1 register T1");
    assert!(world.who(&headers, later(931)).starts_with("401 this token"), "its time is over");
    wait(world.replica.revoke(&"L2".into(), "T1", now())).unwrap();
    assert_eq!(world.who(&headers, now()), "L1 register T1", "the other location's T1 is somebody else");
    wait(world.replica.revoke(&"L1".into(), "T1", now())).unwrap();
    assert_eq!(world.who(&headers, now()), format!("401 {TAKEN_BACK}"));
    let body = json!({ "register_id": "T1", "secret": secret("L1", "T1") }).to_string();
    for _ in 0..=WRONG_SECRETS_MAX {
        let told = world.post("/api/v1/auth/token", &body, now());
        assert_eq!((told.0, told.1["detail"].as_str()), (401, Some(TAKEN_BACK)), "each time");
    }
    let code = world.code(&register("L1", "T1"), "");
    let (_, enrolled) = world.post("/api/v1/auth/enroll", &json!({ "code": code }).to_string(), now());
    assert!(world.who(&headers, now()).starts_with("401 this token"), "a token of the former enrolment: {enrolled}");
    assert_eq!(world.post("/api/v1/auth/token", &body, now()).1["detail"].as_str(), Some(UNKNOWN), "its secret too");
    let new = basic("T1", enrolled["secret"].as_str().unwrap());
    assert_eq!(world.who(&[("authorization", &new)], now()), "L1 register T1");
}

fn a_code_is_taken_once_and_in_its_time_and_gives_what_a_device_needs() {
    let mut world = World::new();
    let enrol = |world: &mut World, code: &str, at: Timestamp| {
        world.post("/api/v1/auth/enroll", &json!({ "code": code }).to_string(), at)
    };
    let no =
        (401, json!({ "type": "/problems/unauthorized", "title": "unauthorized", "status": 401, "detail": NO_CODE }));
    let code = world.code(&register("L1", "T2"), "");
    let (status, told) = enrol(&mut world, &code.to_lowercase().replace('-', " "), now());
    let told_secret = told["secret"].as_str().unwrap().to_owned();
    let rest = json!({ "location_id": "L1", "role": "register", "register_id": "T2", "secret": told_secret });
    assert_eq!((status, told, told_secret.len()), (201, rest, 64));
    assert_eq!(world.who(&[("authorization", &basic("T2", &told_secret))], now()), "L1 register T2");
    assert_eq!(enrol(&mut world, &code, now()), no, "a second time");
    for wrong in ["K7MQ-2XWD-9RTB-4HVN", "K7MQ", "", "O0I1-O0I1-O0I1-O0I1", &"9".repeat(900)] {
        assert_eq!(enrol(&mut world, wrong, now()), no, "{wrong}");
    }
    let code = world.code(&scope("L1", Role::Kitchen), "window");
    assert_eq!(enrol(&mut world, &code, later(24 * 3600)), no, "its day is over");
    let (_, told) = enrol(&mut world, &code, later(24 * 3600 - 1));
    assert_eq!((told["role"].as_str(), told["name"].as_str()), (Some("kitchen"), Some("window")));
    let (first, second) = (world.code(&register("L1", "T3"), ""), world.code(&register("L1", "T3"), ""));
    assert_eq!(enrol(&mut world, &first, now()), no, "a newer one was made");
    let third = world.code(&register("L1", "T4"), "");
    wait(world.replica.revoke(&"L1".into(), "T4", now())).unwrap();
    assert_eq!(enrol(&mut world, &third, now()), no, "it was taken back");
    assert_eq!(enrol(&mut world, &second, now()).0, 201);
    let live = world.code(&register("L1", "T5"), "");
    for (column, hidden) in [
        ("secret_digest FROM register", &told_secret),
        ("code_digest FROM enrolment", &live),
        ("code_digest FROM enrolment", &live.replace('-', "")),
        ("about FROM act", &told_secret),
        ("about FROM act", &second),
    ] {
        let (column, table) = column.split_once(" FROM ").unwrap();
        let kept = format!("COUNT(*) FROM {table} WHERE lower({column}) LIKE '%{}%'", hidden.to_lowercase());
        assert_eq!(world.replica.central().count(&kept), 0, "neither secrets nor codes are kept: {kept}");
    }
}

fn a_code_that_is_typed_at_another_device_is_refused_there_and_taken_where_it_belongs() {
    let mut world = World::new();
    let at_register =
        |location: &str, name: &str| json!({ "role": "register", "location_id": location, "register_id": name });
    let (mine, theirs) = ("0f".repeat(32), "1e".repeat(32));
    let code = world.code(&register("L1", "T2"), "");
    let pass = world.code(&scope("L1", Role::Kitchen), "pass");
    // the code, what asks, its status, a part of what is told
    let rows = [
        (
            &code,
            at_register("L1", "T1"),
            409,
            "the code is for register T2 of L1, and this is register T1 of L1; it is",
        ),
        (&code, at_register("L2", "T2"), 409, "and this is register T2 of L2; it is not used up"),
        (
            &code,
            json!({ "role": "kitchen" }),
            409,
            "the code is for register T2 of L1, and this is a screen that only reads;",
        ),
        (&code, json!({ "role": "cook" }), 400, "`role` is none of register, kitchen, admin"),
        (&code, json!({ "role": "register", "register_id": ["T2"] }), 400, "`register_id` must be text"),
        (&pass, at_register("L1", "T1"), 409, "the code is for kitchen pass of L1, and this is register T1 of L1;"),
        (&pass, json!({ "role": "kitchen", "location_id": "L1", "name": "bar" }), 409, "this is kitchen bar of L1;"),
        (&"K7MQ".to_owned(), at_register("L1", "T1"), 401, NO_CODE),
    ];
    let ask = |world: &mut World, code: &str, device: &serde_json::Value, secret: &str| {
        let mut body = device.clone();
        (body["code"], body["secret"]) = (code.into(), secret.into());
        world.post("/api/v1/auth/enroll", &body.to_string(), now())
    };
    for (code, device, status, part) in rows {
        let (was, told) = ask(&mut world, code, &device, &theirs);
        assert!(was == status && told["detail"].as_str().unwrap().contains(part), "{device}: {was} {told}");
        assert_eq!(was == 409, told["type"] == "/problems/another_device", "{told}");
    }
    let right = at_register("L1", "T2");
    assert_eq!(ask(&mut world, &code, &right, &mine).0, 201, "nobody had used it up");
    assert_eq!(ask(&mut world, &code, &right, &mine).0, 201, "its answer was lost");
    assert_eq!(ask(&mut world, &pass, &json!({ "role": "kitchen" }), &mine).0, 201, "it had no name before");
}

fn a_device_whose_answer_was_lost_asks_again_and_is_told_the_same() {
    let mut world = World::new();
    let (mine, theirs) = ("0f".repeat(32), "1e".repeat(32));
    let enrol = |world: &mut World, code: &str, secret: &str, at: Timestamp| {
        world.post("/api/v1/auth/enroll", &json!({ "code": code, "secret": secret }).to_string(), at)
    };
    let code = world.code(&register("L1", "T2"), "");
    // What could be guessed uses no code up.
    for weak in ["", "x", &"0".repeat(64), &mine[1..], &mine.to_uppercase(), &format!("{mine}0")] {
        let (status, told) = enrol(&mut world, &code, weak, now());
        assert_eq!((status, told["field"].as_str()), (422, Some("secret")), "{weak}: {told}");
    }
    let first = enrol(&mut world, &code, &mine, now());
    let told = json!({ "location_id": "L1", "role": "register", "register_id": "T2", "secret": mine });
    assert_eq!(first, (201, told));
    let bearer = format!("Basic {}", STANDARD.encode(format!("T2:{mine}")));
    let token = {
        let body = json!({ "register_id": "T2", "secret": mine }).to_string();
        let (_, told) = world.post("/api/v1/auth/token", &body, now());
        format!("Bearer {}", told["token"].as_str().unwrap())
    };
    // secret, seconds later, whether it is taken
    let rows = [(&mine, 1, true), (&theirs, 1, false), (&mine, 599, true), (&mine, 600, false), (&mine, -1, false)];
    for (secret, seconds, is_taken) in rows {
        let again = enrol(&mut world, &code, secret, later(seconds));
        assert_eq!(again == first, is_taken, "after {seconds} s: {again:?}");
        assert!(is_taken || again.0 == 401, "{again:?}");
    }
    let without = world.post("/api/v1/auth/enroll", &json!({ "code": code }).to_string(), later(1));
    assert_eq!(without.0, 401, "who proposes nothing has no way to be known again");
    for shown in [&bearer, &token] {
        assert_eq!(world.who(&[("authorization", shown)], later(1)), "L1 register T2", "asking again ended nothing");
    }
    let (_, waiting) = wait(world.replica.devices(Some(&"L1".into()), later(1))).unwrap();
    assert_eq!(waiting, [], "a code that was typed does not wait to be");
    let enrolled = "COUNT(*) FROM act WHERE what = 'enrolled' AND about = 'register T2'";
    assert_eq!(world.replica.central().count(enrolled), 1, "it was enrolled once");
    // What ended since is not begun again.
    wait(world.replica.revoke(&"L1".into(), "T2", later(2))).unwrap();
    assert_eq!(enrol(&mut world, &code, &mine, later(3)).0, 401);
    let anew = world.code(&register("L1", "T2"), "");
    assert_eq!(enrol(&mut world, &code, &mine, later(4)).0, 401);
    assert_eq!(enrol(&mut world, &anew, &mine, later(4)).0, 201, "with a new code the same secret may be proposed");
    // Asked in the last moment of a code's life, it is told again after that, too.
    let last = world.code(&register("L1", "T3"), "");
    assert_eq!(enrol(&mut world, &last, &theirs, later(24 * 3600 - 1)).0, 201);
    assert_eq!(enrol(&mut world, &last, &theirs, later(24 * 3600 + 60)).0, 201);
    let kept = "COUNT(*) FROM register WHERE secret_digest IN ('";
    let plain = format!("{kept}{mine}', '{theirs}')");
    assert_eq!(world.replica.central().count(&plain), 0, "no secret is kept plainly");
}

fn what_is_no_request_at_the_door_is_told() {
    let mut world = World::new();
    let long = format!(r#"{{"code":"{}"}}"#, "9".repeat(20_000));
    // method, path, body, status, part of what is told
    let rows = [
        (Method::GET, "/api/v1/auth/token", "", 405, "only POST is answered here"),
        (Method::DELETE, "/api/v1/auth/enroll", "", 405, "only POST is answered here"),
        (Method::POST, "/api/v1/auth/token", "", 400, "the body is not JSON"),
        (Method::POST, "/api/v1/auth/token", "[]", 400, "the body must be an object"),
        (Method::POST, "/api/v1/auth/token", r#"{"register_id":"T1"}"#, 400, "`secret` must be text"),
        (Method::POST, "/api/v1/auth/token", r#"{"register_id":7,"secret":"x"}"#, 400, "`register_id` must be text"),
        (Method::POST, "/api/v1/auth/token", r#"{"register_id":"T1","secret":"x"}"#, 401, UNKNOWN),
        (Method::POST, "/api/v1/auth/token", r#"{"register_id":"T9","secret":"x"}"#, 401, UNKNOWN),
        (Method::POST, "/api/v1/auth/enroll", r#"{"code":["x"]}"#, 400, "`code` must be text"),
        (Method::POST, "/api/v1/auth/enroll", "{}", 400, "`code` must be text"),
        (Method::POST, "/api/v1/auth/enroll", r#"{"code":"x","secret":7}"#, 400, "`secret` must be text"),
        (Method::POST, "/api/v1/auth/enroll", &long, 413, "the body has 20011 bytes, more than 16384"),
        (Method::PUT, "/_session", "", 405, "only GET, POST and DELETE"),
    ];
    for (method, path, body, status, part) in rows {
        let response = world.ask(request(method.clone(), path, body), now()).unwrap();
        let told = String::from_utf8(response.body().clone()).unwrap();
        assert!(response.status().as_u16() == status && told.contains(part), "{method} {path} {body}: {told}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
    for path in ["/", "/api/v1/auth", "/api/v1/auth/token/", "/api/v1/health", "/sync/orders", "/_sessions"] {
        assert!(world.ask(request(Method::POST, path, "{}"), now()).is_none(), "{path} is not for the door");
    }
}

fn after_too_many_wrong_secrets_the_next_one_waits_and_the_right_one_does_not() {
    let mut world = World::new();
    let token = |secret: &str| {
        request(Method::POST, "/api/v1/auth/token", &json!({ "register_id": "T1", "secret": secret }).to_string())
    };
    let right = secret("L1", "T1");
    let mut ask = |peer: &str, secret: &str, at: Timestamp| {
        let response = world.ask(from(peer, token(secret)), at).unwrap();
        let wait = response.headers().get(header::RETRY_AFTER).map(|it| it.to_str().unwrap().to_owned());
        (response.status().as_u16(), wait.unwrap_or_default())
    };
    for _ in 0..WRONG_SECRETS_MAX {
        assert_eq!(ask("10.0.0.9", "wrong", now()), (401, String::new()));
    }
    assert_eq!(ask("10.0.0.9", "wrong", later(1)), (429, "59".into()));
    assert_eq!(ask("10.0.0.9", "wrong", later(59)), (429, "1".into()), "each");
    assert_eq!(ask("10.0.0.2", "wrong", later(59)).0, 401, "from another address");
    assert_eq!(ask("10.0.0.9", "wrong", later(60)).0, 401, "and when the minute is over");
    for _ in 0..=WRONG_SECRETS_MAX {
        ask("10.0.0.9", "wrong", later(61));
    }
    assert_eq!(ask("10.0.0.9", "wrong", later(61)).0, 429);
    assert_eq!(ask("10.0.0.9", &right, later(61)).0, 200, "the right one is let in all the time");
    let bad = basic("T1", "wrong");
    let good = basic("T1", &right);
    for _ in 0..WRONG_SECRETS_MAX {
        assert!(world.who(&[("authorization", &bad)], now()).starts_with("401"));
    }
    let told = world.who(&[("authorization", &bad)], now());
    assert_eq!(told, "429 there were too many wrong tries: try again in 60 s");
    assert!(world.who(&[("authorization", &good)], now()).starts_with("L1"));
}

fn after_too_many_wrong_codes_the_next_one_waits_and_the_right_one_does_not() {
    let mut world = World::new();
    let code = world.code(&register("L1", "T2"), "");
    let enrol = |code: &str| request(Method::POST, "/api/v1/auth/enroll", &json!({ "code": code }).to_string());
    for _ in 0..WRONG_CODES_MAX {
        let told = world.ask(from("10.0.0.9", enrol("K7MQ-2XWD-9RTB-4HVN")), now()).unwrap();
        assert_eq!(told.status(), 401);
    }
    let told = world.ask(from("10.0.0.9", enrol("K7MQ-2XWD-9RTB-4HVN")), now()).unwrap();
    assert_eq!((told.status().as_u16(), told.headers()[header::RETRY_AFTER].to_str().unwrap()), (429, "60"));
    assert_eq!(world.ask(from("10.0.0.9", enrol(&code)), now()).unwrap().status(), 201);
}

fn a_code_is_not_made_for_what_cannot_be_enrolled() {
    let mut world = World::new();
    let mut invite = |scope: Scope, name: &str, lasts_ms: i64| {
        let made = wait(world.replica.invite(&scope, name, lasts_ms, now(), &mut world.dice));
        made.map_or_else(|problem| format!("{} {}", problem.status, problem.detail), |it| it.replaces.to_string())
    };
    let hour = 3_600_000;
    // for whom, its name, how long, what is told: whether a device loses its secret, or what is wrong
    let rows = [
        (register("L1", "T1"), "", hour, "true"),
        (register("L1", "T2"), "", hour, "false"),
        (register("L3", "T1"), "", hour, "false"),
        (register("L 1", "T1"), "", hour, "422 location: takes 1 to 32 letters"),
        (register("", "T1"), "", hour, "422 location: takes 1 to 32 letters"),
        (register("L1", "T-1"), "", hour, "422 register: takes 1 to 8 letters"),
        (register("L1", "T12345678"), "", hour, "422 register: takes 1 to 8"),
        (scope("L1", Role::Kitchen), "a:b", hour, "422 name: takes 1 to 32 letters"),
        (scope("L1", Role::Kitchen), "", hour, "422 name: takes 1 to 32 letters"),
        (scope("L1", Role::Kitchen), "T1", hour, "409 T1 is enrolled already, but not as kitchen"),
        (scope("L1", Role::Admin), "pass", hour, "409 pass is enrolled already, but not as admin"),
        (register("L1", "T2"), "", 0, "422 expires: a code is taken for at most 30 days"),
        (register("L1", "T2"), "", 31 * 24 * hour, "422 expires: a code is taken for at most 30 days"),
    ];
    for (scope, name, lasts_ms, part) in rows {
        let told = invite(scope.clone(), name, lasts_ms);
        assert!(told.starts_with(part), "{scope:?} {name}: {told}");
    }
    let code = world.code(&scope("L1", Role::Kitchen), "T7");
    wait(world.replica.enrol(&register("L1", "T7"), "", "x", now())).unwrap();
    let told = world.post("/api/v1/auth/enroll", &json!({ "code": code }).to_string(), now());
    assert_eq!(told.0, 409, "a register of that name came in between: {}", told.1);
}

fn what_was_done_is_kept_and_when_somebody_came_in() {
    let mut world = World::new();
    let code = world.code(&register("L1", "T2"), "");
    let told = world.post("/api/v1/auth/enroll", &json!({ "code": code }).to_string(), later(1));
    let secret = told.1["secret"].as_str().unwrap().to_owned();
    let seen = |world: &World| {
        let (devices, _) = wait(world.replica.devices(Some(&"L1".into()), now())).unwrap();
        let device = devices.into_iter().find(|it| it.name == "T2").unwrap();
        device.seen_at.map(|at| at.millis_since(now()) / 1000)
    };
    assert_eq!(seen(&world), None);
    // seconds later it comes in, when it was seen last then
    for (at, last) in [(2, 2), (100, 2), (303, 303)] {
        world.who(&[("authorization", &basic("T2", &secret))], later(at));
        assert_eq!(seen(&world), Some(last), "{at}");
    }
    wait(world.replica.revoke(&"L1".into(), "T2", later(400))).unwrap();
    let acts = wait(crate::server::Central::acts(world.replica.central(), &"L1".into(), 3)).unwrap();
    let told: Vec<_> = acts.iter().map(|act| format!("{} {}", act.what, act.about)).collect();
    assert_eq!(
        told,
        ["revoked T2", "enrolled register T2", "invited register T2, until 2026-03-15T19:05:06.789+01:00"]
    );
}

fn what_was_tried_is_not_repeated() {
    let mut world = World::new();
    let json = |body: Value| body.to_string();
    let rows = [
        ("/api/v1/auth/token", json(json!({ "register_id": "T1", "secret": "hush-hush" }))),
        ("/api/v1/auth/token", json(json!({ "register_id": ["hush-hush"], "secret": "hush-hush" }))),
        ("/api/v1/auth/token", json(json!({ "register_id": "T1", "secret": { "hush-hush": 1 } }))),
        ("/api/v1/auth/token", r#"{"register_id":"T1","secret":"hush-hush"#.to_owned()),
        ("/api/v1/auth/enroll", json(json!({ "code": "hush-hush" }))),
        ("/api/v1/auth/enroll", json(json!({ "code": ["hush-hush"] }))),
        ("/_session", json(json!({ "name": "T1", "password": "hush-hush" }))),
        ("/_session", r#"{"name":"T1","password":"hush-hush"#.to_owned()),
        ("/_session", "name=T1&password=hush-hush".to_owned()),
    ];
    for (path, body) in rows {
        let response = world.ask(request(Method::POST, path, &body), now()).unwrap();
        let told = format!("{:?} {}", response.headers(), String::from_utf8_lossy(response.body()));
        assert!(response.status().is_client_error() && !told.contains("hush"), "{path} {body}: {told}");
    }
    for shown in [basic("T1", "hush-hush"), "Bearer hush-hush".to_owned(), "hush-hush".to_owned()] {
        assert!(!world.who(&[("authorization", &shown)], now()).contains("hush"), "{shown}");
    }
    let code = world.code(&register("L1", "T2"), "");
    let asked = request(Method::POST, "/api/v1/auth/enroll", &json!({ "code": code }).to_string());
    let session = json!({ "name": "T1", "password": secret("L1", "T1") }).to_string();
    let begun = world.ask(request(Method::POST, "/_session", &session), now()).unwrap();
    let shown = format!("{:?} {:?} {:?}", world.keys, world.replica, begun.headers());
    assert!(world.ask(asked, now()).unwrap().status().is_success());
    assert!(!shown.contains(&code) && !shown.contains("AuthSession=") && !shown.contains("L1T1"), "{shown}");
}

fn a_token_of_a_device_that_is_not_so_enrolled_lets_nobody_in() {
    let world = World::new();
    // for whom it was made, who is let in
    let rows = [
        (register("L1", "T1"), "T1", 1, "L1 register T1"),
        (register("L1", "T1"), "T1", 0, "401 this token"),
        (register("L1", "T1"), "T1", 2, "401 this token"),
        (register("L3", "T1"), "T1", 1, "401 this token"),
        (register("L1", "T9"), "T9", 1, "401 this token"),
        (scope("L1", Role::Admin), "T1", 1, "401 this token"),
        (scope("L1", Role::Admin), "pass", 1, "401 this token"),
        (scope("L2", Role::Admin), "dara", 1, "401 this token"),
        (scope("L1", Role::Admin), "dara", 1, "L1 admin dara"),
    ];
    for (scope, name, generation, part) in rows {
        let bearer = Bearer { scope, name: name.into(), generation };
        let token = format!("Bearer {}", &*world.keys.issue(&bearer, now()).0);
        let told = world.who(&[("authorization", &token)], now());
        assert!(told.starts_with(part), "{bearer:?}: {told}");
    }
}

fn wrong_secrets_from_one_address_keep_no_other_out() {
    let world = World::new();
    let ask = |peer: &str, secret: &str| {
        let headers = map(&[("authorization", &basic("T1", secret))]);
        let peer = Some(Peer(peer.to_owned()));
        wait(who_from(&world.replica, &world.keys, &headers, peer.as_ref(), now())).map_err(|it| it.status)
    };
    for _ in 0..WRONG_SECRETS_MAX {
        assert_eq!(ask("10.0.0.9", "wrong"), Err(401));
    }
    assert_eq!(ask("10.0.0.9", "wrong"), Err(429));
    assert_eq!(ask("10.0.0.2", "wrong"), Err(401));
    assert!(ask("10.0.0.9", &secret("L1", "T1")).is_ok());
}

fn futures_travel_between_threads() {
    fn travels<T: Send>(_: &T) {}
    let mut world = World::new();
    let asked = request(Method::GET, "/_session", "");
    travels(&open(&world.replica, &world.keys, &asked, now(), &mut world.dice));
    travels(&who(&world.replica, &world.keys, asked.headers(), now()));
}

fn a_location_is_known_however_many_come_before_it() {
    let world = World::new();
    for nth in 10..40 {
        wait(world.replica.enrol(&register(&format!("M{nth}"), "T1"), "T1", "a secret", now())).unwrap();
    }
    assert_eq!(wait(world.replica.locations()).unwrap().len(), 20, "those that are told");
    for (location, is_known) in [("L1", true), ("M39", true), ("M40", false), ("", false), ("m39", false)] {
        assert_eq!(wait(world.replica.knows_location(&location.into())), Ok(is_known), "{location}");
    }
}
