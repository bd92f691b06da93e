//! Our own routes: health, menu, submissions.

use super::{House, order, value};
use reqwest::{Method, header};
use serde_json::json;

#[tokio::test]
async fn health_and_welcome_need_no_token() {
    let house = House::open();
    let token = house.token("T1").await;
    // path, a field of the answer, what it says
    let rows = [
        ("/api/v1/health", "server", "comanda"),
        ("/api/v1/openapi.json", "openapi", "3.1.0"),
        ("/", "couchdb", "Welcome"),
        ("/sync", "couchdb", "Welcome"),
        ("/sync/", "couchdb", "Welcome"),
    ];
    for (path, field, right) in rows {
        let answer = house.ask(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json", "{path}");
        assert_eq!(value(answer).await[field], right, "{path}");
        if path.starts_with("/sync") {
            let known = value(house.get(&token, path).send().await.unwrap()).await;
            assert_eq!((&known["couchdb"], known["uuid"].as_str().map(str::len)), (&json!("Welcome"), Some(32)));
            assert_eq!(house.get("x", path).send().await.unwrap().status(), 401);
        }
        let head = house.ask(Method::HEAD, path).send().await.unwrap();
        assert_eq!(head.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn a_menu_comes_compressed_once_and_then_only_when_it_changed() {
    let house = House::open();
    house.import_menu();
    let token = house.token("T1").await;
    // A client that unpacks nothing: what came is seen.
    let raw = reqwest::Client::builder().no_gzip().build().unwrap();
    let asked = || raw.get(house.url("/api/v1/menu/sync")).bearer_auth(&token).header(header::ACCEPT_ENCODING, "gzip");
    let packed = asked().send().await.unwrap();
    assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
    let tag = packed.headers()[header::ETAG].clone();
    let packed = packed.bytes().await.unwrap();
    let plain = house.client.get(house.url("/api/v1/menu/sync")).bearer_auth(&token).send().await.unwrap();
    let text = plain.text().await.unwrap();
    assert!(packed.len() * 4 < text.len(), "{} of {}", packed.len(), text.len());
    let menu: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(menu["full"].as_bool().unwrap() && menu["items"].as_array().unwrap().len() > 20);
    let unchanged = asked().header(header::IF_NONE_MATCH, tag).send().await.unwrap();
    assert_eq!((unchanged.status().as_u16(), unchanged.text().await.unwrap().len()), (304, 0));
}

#[tokio::test]
async fn an_order_that_is_sent_again_gets_the_first_answer() {
    let house = House::open();
    house.import_menu();
    let token = house.token("T1").await;
    let send = async |nth: u32| {
        let answer = house.post(&token, "/api/v1/orders/create", &order(nth)).send().await.unwrap();
        (answer.status().as_u16(), value(answer).await)
    };
    let (status, first) = send(1).await;
    assert_eq!((status, &first["order_number"]), (200, &json!("1")), "{first}");
    let (both, other) = tokio::join!(async { (send(1).await, send(1).await) }, send(2));
    assert_eq!(both, ((200, first.clone()), (200, first)));
    assert_eq!(other.1["order_number"], "2");
}

#[tokio::test]
async fn what_is_refused_is_told_in_the_form_of_its_side() {
    let house = House::open();
    house.import_menu();
    let token = house.token("T1").await;
    let mut strange = order(1);
    strange["location_id"] = json!("L2");
    let too_large = "x".repeat(comanda::sync::limits::REQUEST_BYTES_MAX + 1);
    // method, path, body, status, kind, part of what is told
    let problem = "application/problem+json";
    let rows = [
        (Method::POST, "/api/v1/orders/create", strange.to_string(), 422, problem, "\"field\":\"location_id\""),
        (Method::POST, "/api/v1/orders/create", "{".into(), 400, problem, "/problems/bad_request"),
        (Method::GET, "/api/v1/orders/create", String::new(), 405, problem, "/problems/method_not_allowed"),
        (Method::POST, "/api/v1/health", String::new(), 405, problem, "/problems/method_not_allowed"),
        (Method::GET, "/api/v1/nowhere", String::new(), 404, problem, "/problems/not_found"),
        (Method::GET, "/nowhere", String::new(), 404, problem, "/problems/not_found"),
        (Method::GET, "/sync/nowhere", String::new(), 404, "application/json", "\"error\":\"not_found\""),
        (Method::POST, "/sync/orders/_revs_diff", "[]".into(), 400, "application/json", "\"error\":\"bad_request\""),
        (Method::POST, "/api/v1/orders/create", too_large.clone(), 413, problem, "/problems/too_large"),
        (Method::POST, "/sync/orders/_bulk_docs", too_large, 413, "application/json", "\"error\":\"too_large\""),
    ];
    for (method, path, body, status, kind, part) in rows {
        let answer = house.ask(method, path).bearer_auth(&token).body(body).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.headers()[header::CONTENT_TYPE].to_str().unwrap()),
            (status, kind)
        );
        let told = answer.text().await.unwrap();
        assert!(told.contains(part), "{path}: {told}");
    }
    let packed = house.post(&token, "/api/v1/orders/create", &order(1)).header(header::CONTENT_ENCODING, "gzip");
    assert_eq!(packed.send().await.unwrap().status(), 415);
}
