//! Answers that are longer than anybody should hold in memory at once.

use super::{House, order_id, value};
use reqwest::{Method, header};
use serde_json::{Value, json};

/// How many documents there are, and how much each of them says: together more than any answer that is made whole.
const DOCUMENTS: u32 = 9;
const TEXT_BYTES: usize = 7_900_000;

fn ids(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_was_asked_for_is_answered_however_much_it_is() {
    let house = House::open();
    let token = house.token("T1").await;
    let text = "x".repeat(TEXT_BYTES);
    for nth in 1..=DOCUMENTS {
        let body = json!({ "_id": order_id(nth), "_rev": format!("1-{nth:032x}"), "type": "order",
                           "location_id": "L1", "text": text });
        let docs = json!({ "new_edits": false, "docs": [body] });
        let answer = house.post(&token, "/sync/orders/_bulk_docs", &docs).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), value(answer).await), (201, json!([])));
    }
    let all: Vec<String> = (1..=DOCUMENTS).map(order_id).collect();
    let wanted = json!({ "docs": all.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>() });
    let keys = json!({ "keys": all });
    // method, what is asked, with which body, where the rows are
    let rows = [
        (Method::POST, "_bulk_get?revs=true&latest=true", &wanted, "/results"),
        (Method::GET, "_all_docs?include_docs=true", &Value::Null, "/rows"),
        (Method::POST, "_all_docs?include_docs=true", &keys, "/rows"),
        (Method::GET, "_changes?include_docs=true", &Value::Null, "/results"),
    ];
    for (method, what, body, at) in rows {
        let asked = house.ask(method, &format!("/sync/orders/{what}")).bearer_auth(&token);
        let asked = if body.is_null() { asked } else { asked.body(body.to_string()) };
        let answer = asked.header(header::ACCEPT_ENCODING, "identity").send().await.unwrap();
        assert_eq!(answer.status(), 200, "{what}");
        let told = answer.text().await.unwrap();
        assert!(told.len() > DOCUMENTS as usize * TEXT_BYTES, "{what}: {} bytes", told.len());
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(ids(told.pointer(at).unwrap()), all, "{what}");
    }
    let short =
        house.post(&token, "/sync/orders/_bulk_get", &json!({ "docs": [{ "id": "none" }] })).send().await.unwrap();
    assert!(short.headers().contains_key(header::CONTENT_LENGTH), "how long a short answer is, is told");
}
