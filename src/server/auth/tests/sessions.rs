//! Sessions as CouchDB's clients begin, see and end them.

use super::*;
use crate::server::auth::renewed_cookie;
use serde_json::json;

on_each_central! {
    a_session_begins_with_a_name_and_a_secret,
    a_session_is_seen_renewed_and_ended,
}

/// Begins a session; answers with status, body and cookie.
fn begin(world: &mut World, path: &str, kind: &str, body: &str) -> (u16, Value, String) {
    let mut asked = request(Method::POST, path, body);
    asked.headers_mut().insert(header::CONTENT_TYPE, kind.parse().unwrap());
    let response = world.ask(asked, now()).unwrap();
    let cookie = response.headers().get(header::SET_COOKIE).map_or("", |it| it.to_str().unwrap()).to_owned();
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap(), cookie)
}

fn a_session_begins_with_a_name_and_a_secret() {
    let mut world = World::new();
    let right = secret("L1", "T1");
    let (form, json_type) = ("application/x-www-form-urlencoded; charset=UTF-8", "application/json");
    let incorrect = json!({ "error": "unauthorized",
                            "reason": "this register and its secret are not known here: enrol it again" });
    let ok = json!({ "ok": true, "name": "T1", "roles": ["register"] });
    let (by_form, by_json) = (format!("name=T1&password={right}"), json!({ "name": "T1", "password": right }));
    // path, type, body, status, answer
    let rows = [
        ("/_session", form, by_form.clone(), 200, ok.clone()),
        ("/_session", form, format!("x=y&password={right}&name=%541"), 200, ok.clone()),
        ("/sync/_session", json_type, by_json.to_string(), 200, ok.clone()),
        ("/sync/_session", "", by_json.to_string(), 200, ok.clone()),
        ("/sync/_session?next=%2F", json_type, by_json.to_string(), 200, ok),
        ("/_session", form, "name=T1&password=wrong".into(), 401, incorrect.clone()),
        ("/sync/_session", form, "name=T9&password=wrong".into(), 401, incorrect),
        (
            "/_session",
            form,
            "name=T1".into(),
            400,
            json!({ "error": "bad_request", "reason": "`name` and `password` must be texts" }),
        ),
        (
            "/_session",
            json_type,
            r#"{"name":"T1","password":7}"#.into(),
            400,
            json!({ "error": "bad_request", "reason": "`name` and `password` must be texts" }),
        ),
    ];
    for (path, kind, body, status, answer) in rows {
        let (told_status, told, cookie) = begin(&mut world, path, kind, &body);
        assert_eq!((told_status, told), (status, answer), "{path} {body}");
        assert_eq!(cookie.starts_with("AuthSession=ey"), status == 200, "{cookie}");
        assert_eq!(cookie.ends_with("; Max-Age=900; Path=/; HttpOnly; SameSite=Strict"), status == 200, "{cookie}");
    }
    let (status, told, _) = begin(&mut world, "/_session", json_type, "name=T1");
    assert!(status == 400 && told["reason"].as_str().unwrap().starts_with("the body is neither a form nor JSON"));
}

fn a_session_is_seen_renewed_and_ended() {
    let mut world = World::new();
    let (_, _, cookie) =
        begin(&mut world, "/_session", "", &json!({ "name": "T1", "password": secret("L1", "T1") }).to_string());
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let token = cookie.strip_prefix("AuthSession=").unwrap().to_owned();
    let mut look = |headers: &[(&str, &str)], at: Timestamp| {
        let mut asked = request(Method::GET, "/_session", "");
        *asked.headers_mut() = map(headers);
        let response = world.ask(asked, at).unwrap();
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        let by = body["info"]["authenticated"].as_str().unwrap_or("-").to_owned();
        let renewed = response.headers().contains_key(header::SET_COOKIE);
        (response.status().as_u16(), body["userCtx"]["name"].as_str().unwrap_or("-").to_owned(), by, renewed)
    };
    let nobody = (200, "-".to_owned(), "-".to_owned(), false);
    let t1 = |by: &str, renewed| (200, "T1".to_owned(), by.to_owned(), renewed);
    let bearer = format!("Bearer {token}");
    // headers, seconds later, what is told
    let rows: &[(&[(&str, &str)], i64, _)] = &[
        (&[], 0, nobody.clone()),
        (&[("cookie", "AuthSession=x")], 0, nobody.clone()),
        (&[("cookie", &cookie)], 89, t1("cookie", false)),
        (&[("cookie", &cookie)], 90, t1("cookie", true)),
        (&[("cookie", &cookie)], 931, nobody),
        (&[("authorization", &bearer)], 90, t1("jwt", false)),
        (&[("authorization", "Basic VDE6MVQxTA==")], 0, t1("default", false)),
        (&[("authorization", "Bearer x")], 0, (401, "-".to_owned(), "-".to_owned(), false)),
    ];
    for (headers, at, told) in rows {
        assert_eq!(look(headers, later(*at)), *told, "{headers:?} {at}");
    }
    let renewed = renewed_cookie(&world.keys, &map(&[("cookie", &cookie)]), later(500)).unwrap();
    assert!(renewed.is_sensitive());
    let renewed = renewed.to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(world.who(&[("cookie", &renewed)], later(1400)), "L1 register T1", "a session goes on");
    assert_eq!(renewed_cookie(&world.keys, &map(&[("authorization", &bearer)]), later(500)), None);
    let ended = world.ask(request(Method::DELETE, "/_session", ""), now()).unwrap();
    assert_eq!((ended.status().as_u16(), ended.body().as_slice()), (200, br#"{"ok":true}"#.as_slice()));
    assert_eq!(ended.headers()[header::SET_COOKIE], "AuthSession=; Max-Age=0; Path=/; HttpOnly");
}
