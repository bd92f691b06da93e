//! What a token may, and that it tells nothing of another location.

use super::*;

on_each_central! {
    a_foreign_id_and_an_absent_one_are_answered_with_the_same_bytes,
    a_kitchen_only_reads_and_a_register_does_not_write_the_menu,
}

/// Every route: `@` stands for the id that is asked for, `#` for a sequence.
fn routes() -> Vec<(&'static str, Value)> {
    let rev = rev("1-a");
    vec![
        ("GET /sync/orders/@", Value::Null),
        ("GET /sync/orders/@?revs=true&revs_info=true&meta=true&local_seq=true", Value::Null),
        ("GET /sync/orders/@?rev=1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Value::Null),
        ("GET /sync/orders/@?latest=true&rev=1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Value::Null),
        ("GET /sync/orders/@?open_revs=all", Value::Null),
        ("GET /sync/orders/@?open_revs=%5B%221-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%22%5D&latest=true", Value::Null),
        ("DELETE /sync/orders/@?rev=1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Value::Null),
        ("PUT /sync/orders/@", json!({ "_rev": rev })),
        ("PUT /sync/orders/@", json!({ "location_id": "L2" })),
        ("GET /sync/orders/@/photo", Value::Null),
        ("PUT /sync/orders/@/photo", json!({})),
        ("GET /sync/orders/_local/@", Value::Null),
        ("DELETE /sync/orders/_local/@", Value::Null),
        ("GET /sync/orders/_all_docs?key=%22@%22", Value::Null),
        ("GET /sync/orders/_all_docs?startkey=%22@%22&include_docs=true", Value::Null),
        ("GET /sync/orders/_all_docs?endkey=%22@%22&descending=true&update_seq=true", Value::Null),
        ("POST /sync/orders/_all_docs?include_docs=true", json!({ "keys": ["@"] })),
        (
            "POST /sync/orders/_bulk_get?revs=true&latest=true",
            json!({ "docs": [{ "id": "@" }, { "id": "@", "rev": rev }] }),
        ),
        ("POST /sync/orders/_revs_diff", json!({ "@": [rev] })),
        ("POST /sync/orders/_missing_revs", json!({ "@": [rev] })),
        ("POST /sync/orders/_bulk_docs", json!({ "docs": [{ "_id": "@", "_rev": rev }] })),
        ("GET /sync/orders/_changes?include_docs=true&style=all_docs", Value::Null),
        ("GET /sync/orders/_changes?since=#&descending=true", Value::Null),
        ("GET /sync/orders/_changes?since=#", Value::Null),
        ("POST /sync/orders/_changes?filter=_doc_ids", json!({ "doc_ids": ["@"] })),
        ("POST /sync/orders/_changes?filter=_selector", json!({ "selector": { "_id": "@" } })),
        ("POST /sync/orders/_find", json!({ "selector": { "_id": "@" }, "execution_stats": true })),
        ("POST /sync/orders/_find", json!({ "selector": { "secret": { "$exists": true } }, "sort": ["secret"] })),
        ("POST /sync/orders/_explain", json!({ "selector": { "_id": "@" } })),
        ("GET /sync/orders/_index", Value::Null),
        ("DELETE /sync/orders/_index/@/json/@", Value::Null),
        ("GET /sync/orders", Value::Null),
        ("GET /sync/orders/_security", Value::Null),
        ("POST /sync/orders/_ensure_full_commit", Value::Null),
    ]
}

fn a_foreign_id_and_an_absent_one_are_answered_with_the_same_bytes() {
    foreign_and_absent_are_one("orders", "order_of_theirs", "order_of_nobody");
    foreign_and_absent_are_one("customers", "customer_of_theirs", "customer_of_nobody");
}

fn foreign_and_absent_are_one(database: &str, id: &str, nobody: &str) {
    let mut world = World::new();
    let there = scope("L2", Role::Register("T9".into()));
    let foreign = json!({ "_id": id, "_rev": rev("1-a"), "secret": 1, "location_id": "L2" });
    world.ask_as(
        &there,
        &format!("POST /sync/{database}/_bulk_docs"),
        json!({ "new_edits": false, "docs": [foreign] }),
    );
    world.ask_as(&there, &format!("PUT /sync/{database}/_local/{id}"), json!({ "secret": 1 }));
    world.ask_as(
        &there,
        &format!("POST /sync/{database}/_index"),
        json!({ "index": { "fields": ["a"] }, "ddoc": id, "name": id }),
    );
    assert_eq!(world.ask_as(&there, &format!("GET /sync/{database}/{id}"), Value::Null).0, 200, "it is there");
    let theirs = world.ask_as(&there, &format!("GET /sync/{database}"), Value::Null).1["update_seq"]
        .as_str()
        .unwrap()
        .to_owned();
    let nobodys = format!("1-{}", "0".repeat(16));
    for (line, body) in routes() {
        // None of them writes anything: what is asked for is not there.
        let mut answers = Vec::new();
        for (id, seq) in [(id, &theirs), (nobody, &nobodys)] {
            let line = line.replace("/orders", &format!("/{database}")).replace('@', id).replace('#', seq);
            let body: Value = serde_json::from_str(&body.to_string().replace('@', id)).unwrap();
            let response = world.raw(&register(), &request(&line, &body));
            let text = String::from_utf8(response.body().clone()).unwrap().replace(id, "@");
            assert!(!text.contains("secret") && !text.contains("L2"), "{line}: {text}");
            answers.push((response.status(), text, response.headers().get("etag").cloned()));
        }
        assert_eq!(answers[0], answers[1], "{line}");
    }
    let (_, told) = world.ask_as(&there, &format!("GET /sync/{database}/{id}"), Value::Null);
    assert_eq!(told["_rev"], json!(rev("1-a")), "and nobody has touched it");
    let servers = ["L1", "L2"].map(|it| world.ask_as(&scope(it, Role::Kitchen), "GET /sync", Value::Null).1);
    assert_ne!(servers[0]["uuid"], servers[1]["uuid"]);
}

fn a_kitchen_only_reads_and_a_register_does_not_write_the_menu() {
    let mut world = World::new();
    let rev = world.put("a", json!({}));
    let (kitchen, admin) = (scope("L1", Role::Kitchen), scope("L1", Role::Admin));
    // who, what, with which body, status
    let delete = format!("DELETE /sync/orders/a?rev={rev}");
    let index = json!({ "index": { "fields": ["a"] } });
    let rows = [
        (&kitchen, "GET /sync/orders/a", Value::Null, 200),
        (&kitchen, "PUT /sync/orders/b", json!({}), 403),
        (&kitchen, "POST /sync/orders", json!({}), 403),
        (&kitchen, &delete, Value::Null, 403),
        (&kitchen, "POST /sync/orders/_bulk_docs", json!({ "docs": [{}] }), 403),
        (&kitchen, "POST /sync/orders/_bulk_docs", json!({ "docs": [], "new_edits": false }), 403),
        (&kitchen, "POST /sync/orders/_index", index.clone(), 403),
        (&kitchen, "DELETE /sync/orders/_index/a/json/a", Value::Null, 403),
        (&kitchen, "POST /sync/orders/_compact", Value::Null, 403),
        (&kitchen, "PUT /sync/orders/_local/mine", json!({}), 403),
        (&kitchen, "GET /sync/orders/_local/mine", Value::Null, 404),
        (&kitchen, "DELETE /sync/orders/_local/mine", Value::Null, 403),
        (&register(), "PUT /sync/orders/_local/mine", json!({}), 201),
        (&kitchen, "POST /sync/orders/_find", json!({ "selector": {} }), 200),
        (&register(), "PUT /sync/menu/tax_a", json!({}), 403),
        (&register(), "POST /sync/orders/_index", index, 200),
        (&admin, "PUT /sync/menu/tax_a", json!({}), 201),
        (&register(), "GET /sync/menu/tax_a", Value::Null, 200),
        (&register(), "PUT /sync/customers/order_a", json!({}), 403),
    ];
    for (who, line, body, status) in rows {
        let (is, told) = world.ask_as(who, line, body);
        assert_eq!(is, status, "{who:?} {line}: {told}");
    }
    let (_, told) = world.ask_as(&register(), "POST /sync/menu/_bulk_docs", json!({ "docs": [{ "_id": "tax_b" }] }));
    assert_eq!(told[0]["error"], json!("forbidden"));
}
