//! Selectors operator by operator, and queries.

use super::selector::Selector;
use crate::server::couch::tests::{World, check};
use serde_json::{Value, json};

#[test]
fn a_selector_means_what_couchdb_means() {
    let doc = json!({ "_id": "a", "_rev": "1-x", "n": 5, "s": "soup", "t": true, "z": null, "f": 1.5,
                      "list": [1, "two", { "k": 3 }], "empty": [], "o": { "in": { "n": 7 }, "s": "x" },
                      "objects": [{ "q": 1 }, { "q": 2 }], "a.b": 1 });
    // selector, whether the document is meant
    let rows = [
        (json!({}), true),
        (json!({ "n": 5 }), true),
        (json!({ "n": 5.0 }), true),
        (json!({ "n": "5" }), false),
        (json!({ "n": { "$eq": 5 }, "s": "soup" }), true),
        (json!({ "n": 5, "s": "stew" }), false),
        (json!({ "_id": "a", "_rev": "1-x" }), true),
        (json!({ "z": null }), true),
        (json!({ "none": null }), false),
        (json!({ "list": [1, "two", { "k": 3 }] }), true),
        (json!({ "empty": [] }), true),
        (json!({ "o": { "s": "x" } }), true),
        (json!({ "o": { "$eq": { "s": "x" } } }), false),
        (json!({ "o.in.n": 7 }), true),
        (json!({ "o": { "in": { "n": { "$gt": 6 } } } }), true),
        (json!({ "a\\.b": 1 }), true),
        (json!({ "list.1": "two" }), true),
        (json!({ "n": { "$ne": 4 } }), true),
        (json!({ "n": { "$ne": 5 } }), false),
        (json!({ "none": { "$ne": 5 } }), false),
        (json!({ "n": { "$gt": 4 } }), true),
        (json!({ "n": { "$gt": 5 } }), false),
        (json!({ "n": { "$gte": 5 } }), true),
        (json!({ "n": { "$lt": 6, "$gt": 4 } }), true),
        (json!({ "n": { "$lte": 4 } }), false),
        (json!({ "n": { "$lt": "a" } }), true),
        (json!({ "s": { "$gt": 1_000_000 } }), true),
        (json!({ "t": { "$gt": null } }), true),
        (json!({ "list": { "$gt": "zzz" } }), true),
        (json!({ "o": { "$gt": [] } }), true),
        (json!({ "none": { "$gt": null } }), false),
        (json!({ "n": { "$exists": true } }), true),
        (json!({ "z": { "$exists": true } }), true),
        (json!({ "none": { "$exists": false } }), true),
        (json!({ "n": { "$exists": false } }), false),
        (json!({ "n": { "$type": "number" } }), true),
        (json!({ "s": { "$type": "string" } }), true),
        (json!({ "t": { "$type": "boolean" } }), true),
        (json!({ "z": { "$type": "null" } }), true),
        (json!({ "list": { "$type": "array" } }), true),
        (json!({ "o": { "$type": "object" } }), true),
        (json!({ "o": { "$type": "array" } }), false),
        (json!({ "n": { "$in": [4, 5] } }), true),
        (json!({ "n": { "$in": [] } }), false),
        (json!({ "list": { "$in": ["two", 9] } }), true),
        (json!({ "n": { "$nin": [4] } }), true),
        (json!({ "n": { "$nin": [5] } }), false),
        (json!({ "list": { "$nin": ["two"] } }), false),
        (json!({ "none": { "$nin": [5] } }), false),
        (json!({ "list": { "$all": ["two", 1] } }), true),
        (json!({ "list": { "$all": ["two", 2] } }), false),
        (json!({ "list": { "$all": [] } }), false),
        (json!({ "list": { "$all": [[1, "two", { "k": 3 }]] } }), true),
        (json!({ "n": { "$all": [5] } }), false),
        (json!({ "list": { "$elemMatch": { "$eq": 1 } } }), true),
        (json!({ "list": { "$elemMatch": { "k": { "$gt": 2 } } } }), true),
        (json!({ "objects": { "$elemMatch": { "q": 3 } } }), false),
        (json!({ "empty": { "$elemMatch": {} } }), false),
        (json!({ "objects": { "$allMatch": { "q": { "$gte": 1 } } } }), true),
        (json!({ "objects": { "$allMatch": { "q": 1 } } }), false),
        (json!({ "empty": { "$allMatch": { "q": 1 } } }), false),
        (json!({ "list": { "$size": 3 } }), true),
        (json!({ "s": { "$size": 4 } }), false),
        (json!({ "n": { "$mod": [3, 2] } }), true),
        (json!({ "n": { "$mod": [3, 1] } }), false),
        (json!({ "f": { "$mod": [1, 0] } }), false),
        (json!({ "s": { "$beginsWith": "so" } }), true),
        (json!({ "n": { "$beginsWith": "5" } }), false),
        (json!({ "s": { "$regex": "^s[ou]+p$" } }), true),
        (json!({ "s": { "$regex": "^o" } }), false),
        (json!({ "n": { "$regex": "5" } }), false),
        (json!({ "s": { "$not": { "$regex": "^o" } } }), true),
        (json!({ "$and": [{ "n": 5 }, { "s": "soup" }] }), true),
        (json!({ "$and": [{ "n": 5 }, { "s": "stew" }] }), false),
        (json!({ "$and": [] }), true),
        (json!({ "$or": [{ "n": 4 }, { "s": "soup" }] }), true),
        (json!({ "$or": [{ "n": 4 }, { "s": "stew" }] }), false),
        (json!({ "$or": [] }), true),
        (json!({ "n": { "$or": [{ "$lt": 1 }, { "$gt": 4 }] } }), true),
        (json!({ "$nor": [{ "n": 4 }, { "s": "stew" }] }), true),
        (json!({ "$nor": [{ "n": 5 }] }), false),
        (json!({ "$not": { "n": 4 } }), true),
        (json!({ "$not": { "n": 5 } }), false),
        (json!({ "$not": { "none": 5 } }), false),
        (json!({ "$not": { "none": { "$exists": true } } }), true),
        (json!({ "n": { "$not": { "$gt": 5 } } }), true),
        (json!({ "$not": { "$and": [{ "n": 5 }, { "s": "stew" }] } }), true),
        (json!({ "list": { "$not": { "$elemMatch": { "$eq": 9 } } } }), true),
    ];
    for (selector, is_meant) in rows {
        let read = Selector::read(&selector).unwrap();
        assert_eq!(read.matches(&doc, &mut 0), is_meant, "{selector}");
    }
}

#[test]
fn a_selector_that_is_none_is_refused_in_words() {
    let mut deep = json!(1);
    for _ in 0..40 {
        deep = json!({ "a": deep });
    }
    let wide: Vec<Value> = (0..1_100).map(|nth| json!({ "a": nth })).collect();
    let long: Vec<u32> = (0..1_100).collect();
    // A condition costs no copy of the name that it is on, and no name is longer than a document's could be.
    let far = vec!["a"; 65].join(".");
    let half = vec!["a"; 40].join(".");
    let many: Vec<Value> = vec![json!({}); 900];
    let huge = json!({ vec!["a"; 500_000].join("."): { "$or": many } });
    // selector, word
    let rows = [
        (json!([]), "invalid_selector_json"),
        (json!(1), "invalid_selector_json"),
        (json!({ "n": { "$regex": "(?=a)" } }), "bad_arg"),
        (json!({ "n": { "$regex": 5 } }), "bad_arg"),
        (json!({ "n": { "$near": 1 } }), "invalid_operator"),
        (json!({ "$text": "a" }), "invalid_operator"),
        (json!({ "$and": {} }), "bad_arg"),
        (json!({ "$or": [1] }), "bad_arg"),
        (json!({ "$not": 1 }), "bad_arg"),
        (json!({ "n": { "$in": 1 } }), "bad_arg"),
        (json!({ "n": { "$exists": 1 } }), "bad_arg"),
        (json!({ "n": { "$type": 1 } }), "bad_arg"),
        (json!({ "n": { "$size": -1 } }), "bad_arg"),
        (json!({ "n": { "$mod": [0, 1] } }), "bad_arg"),
        (json!({ "n": { "$mod": [1] } }), "bad_arg"),
        (json!({ "n": { "$mod": [1.5, 1] } }), "bad_arg"),
        (json!({ "n": { "$elemMatch": 1 } }), "bad_arg"),
        (json!({ "n": { "$allMatch": [] } }), "bad_arg"),
        (json!({ "n": { "$beginsWith": 1 } }), "bad_arg"),
        (deep, "invalid_selector"),
        (huge, "bad_request"),
        (json!({ far.clone(): 1 }), "bad_request"),
        (json!({ "x".repeat(1_001): 1 }), "bad_request"),
        (json!({ half.clone(): { half.clone(): 1 } }), "invalid_selector"),
        (json!({ "$or": wide }), "invalid_selector"),
        (json!({ "n": { "$in": long } }), "invalid_selector"),
    ];
    for (selector, word) in rows {
        let problem = Selector::read(&selector).unwrap_err();
        assert_eq!((problem.status, &problem.code[..]), (400, word), "{selector}");
    }
}

/// Five dishes; the last has no price.
fn kitchen() -> World {
    let mut world = World::new();
    for (id, kind, price) in [("a", "soup", json!(5)), ("b", "stew", json!("free")), ("c", "soup", json!(3))] {
        world.put(id, json!({ "kind": kind, "price": price, "by": { "cook": id } }));
    }
    world.put("d", json!({ "kind": "stew", "price": 5 }));
    world.put("e", json!({ "kind": "stew" }));
    world
}

#[test]
fn a_query_finds_sorts_and_goes_on_where_it_stopped() {
    let mut world = kitchen();
    // query, ids
    let rows = [
        (json!({ "selector": {} }), vec!["a", "b", "c", "d", "e"]),
        (json!({ "selector": { "kind": "soup" } }), vec!["a", "c"]),
        (json!({ "selector": { "_id": { "$gt": null } }, "limit": 2 }), vec!["a", "b"]),
        (json!({ "selector": { "_id": { "$gt": "b", "$lte": "d" } } }), vec!["c", "d"]),
        (json!({ "selector": { "_id": { "$in": ["e", "a"] } } }), vec!["a", "e"]),
        (json!({ "selector": {}, "sort": [{ "_id": "desc" }], "limit": 2 }), vec!["e", "d"]),
        (json!({ "selector": {}, "skip": 3 }), vec!["d", "e"]),
        (json!({ "selector": {}, "limit": 0 }), vec![]),
        (json!({ "selector": {}, "sort": ["price"] }), vec!["c", "a", "d", "b"]),
        (json!({ "selector": {}, "sort": [{ "price": "desc" }] }), vec!["b", "d", "a", "c"]),
        (json!({ "selector": {}, "sort": ["kind", { "price": "desc" }] }), vec!["a", "c", "b", "d"]),
        (json!({ "selector": { "price": { "$lt": "a" } }, "sort": ["price"], "skip": 1, "limit": 1 }), vec!["a"]),
        (json!({ "selector": { "by.cook": { "$gte": "b" } } }), vec!["b", "c"]),
    ];
    for (query, ids) in rows {
        let (status, told) = world.ask("POST /sync/orders/_find", query.clone());
        assert_eq!(status, 200, "{query}: {told}");
        let found: Vec<&str> = told["docs"].as_array().unwrap().iter().map(|it| it["_id"].as_str().unwrap()).collect();
        assert_eq!(found, ids, "{query}");
    }
    for sort in [json!([]), json!(["price"]), json!([{ "_id": "desc" }])] {
        let (_, whole) = world.ask("POST /sync/orders/_find", json!({ "selector": {}, "sort": sort }));
        let (mut pages, mut bookmark) = (Vec::new(), json!(null));
        loop {
            let query = json!({ "selector": {}, "sort": sort, "limit": 2, "bookmark": bookmark });
            let (_, told) = world.ask("POST /sync/orders/_find", query);
            let docs = told["docs"].as_array().unwrap();
            if docs.is_empty() {
                break;
            }
            pages.extend(docs.iter().cloned());
            bookmark = told["bookmark"].clone();
        }
        assert_eq!(json!(pages), whole["docs"], "{sort}");
    }
    let some = json!({ "selector": { "_id": "a" }, "fields": ["price", "by.cook", "none"], "execution_stats": true });
    let (_, told) = world.ask("POST /sync/orders/_find", some);
    assert_eq!(told["docs"], json!([{ "price": 5, "by": { "cook": "a" } }]));
    assert_eq!(told["execution_stats"]["total_docs_examined"], json!(1), "the selector says between which ids");
}

#[test]
fn a_query_that_makes_no_sense_is_told_what_is_wrong() {
    let select = json!({});
    let far = vec!["a"; 65].join(".");
    let rows = [
        (json!([]), "bad_request"),
        (json!({}), "missing_required_key"),
        (json!({ "selector": select, "colour": 1 }), "invalid_key"),
        (json!({ "selector": select, "limit": -1 }), "bad_request"),
        (json!({ "selector": select, "skip": "1" }), "bad_request"),
        (json!({ "selector": select, "sort": "price" }), "invalid_sort_json"),
        (json!({ "selector": select, "sort": [{ "price": "up" }] }), "invalid_sort_json"),
        (json!({ "selector": select, "sort": [{ "a": "asc", "b": "asc" }] }), "invalid_sort_json"),
        (json!({ "selector": select, "fields": "price" }), "invalid_fields_json"),
        (json!({ "selector": select, "fields": [1] }), "invalid_fields_json"),
        (json!({ "selector": select, "bookmark": "junk" }), "invalid_bookmark"),
        (json!({ "selector": select, "bookmark": 5 }), "invalid_bookmark"),
        (json!({ "selector": select, "bookmark": "W1tdLCJhIl0", "sort": ["price"] }), "invalid_bookmark"),
        (json!({ "selector": select, "conflicts": 1 }), "bad_request"),
        (json!({ "selector": select, "sort": [{ &far: "asc" }] }), "bad_request"),
        (json!({ "selector": select, "fields": [&far] }), "bad_request"),
    ];
    for (query, word) in rows {
        for route in ["_find", "_explain"] {
            let (status, told) = World::new().ask(&format!("POST /sync/orders/{route}"), query.clone());
            assert_eq!((status, told["error"].as_str()), (400, Some(word)), "{route} {query}: {told}");
        }
    }
}

#[test]
fn a_query_that_looks_at_too_much_is_refused() {
    let mut world = World::new();
    for chunk in 0..26 {
        let docs: Vec<Value> = (0..2_000).map(|nth| json!({ "_id": format!("n{chunk:02}_{nth:04}") })).collect();
        world.ask("POST /sync/orders/_bulk_docs", json!({ "docs": docs }));
    }
    let rare = json!({ "x": 1 });
    let (status, told) = world.ask("POST /sync/orders/_find", json!({ "selector": rare }));
    assert_eq!((status, told["error"].as_str()), (413, Some("too_large")), "{told}");
    let (status, _) = world.ask("POST /sync/orders/_find", json!({ "selector": { "x": 1, "_id": { "$gte": "n03" } } }));
    assert_eq!(status, 200);
}

#[test]
fn a_search_for_patterns_is_counted_while_it_is_done() {
    let mut world = World::new();
    let texts = vec!["x".repeat(9_000); 40];
    world.put("a", json!({ "texts": texts, "short": "soup" }));
    // pattern, where, status
    let rows = [("(x{1,20}y){1,4}", "texts", 413), ("y", "texts", 200), ("(x{1,20}y){1,4}", "short", 200)];
    for (pattern, field, status) in rows {
        let condition = json!({ "$regex": pattern });
        let condition = if field == "texts" { json!({ "$elemMatch": condition }) } else { condition };
        let (is, told) = world.ask("POST /sync/orders/_find", json!({ "selector": { field: condition } }));
        assert_eq!(is, status, "{pattern} in {field}: {told}");
        let line = "POST /sync/orders/_changes?filter=_selector";
        let (is, told) = world.ask(line, json!({ "selector": { field: { "$regex": pattern } } }));
        assert_eq!((is, &told["pending"]), (200, &json!(0)), "a feed goes on behind it: {told}");
    }
}

#[test]
fn an_index_is_remembered_told_of_and_forgotten() {
    let mut world = World::new();
    let index = json!({ "index": { "fields": ["kind", { "price": "desc" }] }, "name": "by-kind", "ddoc": "dishes" });
    let told = json!({ "id": "_design/dishes", "name": "by-kind" });
    let listed = json!({ "ddoc": "_design/dishes", "name": "by-kind", "type": "json",
                         "def": { "fields": [{ "kind": "asc" }, { "price": "desc" }] } });
    let with = |result: &str| {
        let mut told = told.clone();
        told["result"] = result.into();
        told
    };
    let special = super::index::all_docs();
    check(
        &mut world,
        &[
            ("POST /sync/orders/_index", index.clone(), 200, with("created")),
            ("POST /sync/orders/_index", index, 200, with("exists")),
            ("GET /sync/orders/_index", Value::Null, 200, json!({ "total_rows": 2, "indexes": [special, listed] })),
            ("GET /sync/menu/_index", Value::Null, 200, json!({ "total_rows": 1 })),
            ("POST /sync/orders/_index", json!({}), 400, json!({ "error": "missing_required_key" })),
            (
                "POST /sync/orders/_index",
                json!({ "index": {} }),
                400,
                json!({ "error": "invalid_index_fields_definition" }),
            ),
            (
                "POST /sync/orders/_index",
                json!({ "index": {}, "type": "text" }),
                400,
                json!({ "error": "invalid_index" }),
            ),
            ("DELETE /sync/orders/_index/dishes/json/none", Value::Null, 404, json!({ "error": "not_found" })),
            ("DELETE /sync/menu/_index/dishes/json/by-kind", Value::Null, 404, json!({ "error": "not_found" })),
            ("DELETE /sync/orders/_index/_design%2Fdishes/json/by-kind", Value::Null, 200, json!({ "ok": true })),
            ("GET /sync/orders/_index", Value::Null, 200, json!({ "total_rows": 1 })),
            (
                "POST /sync/orders/_explain",
                json!({ "selector": { "a": 1 } }),
                200,
                json!({ "index": special, "limit": 25 }),
            ),
        ],
    );
    let (_, one) = world.ask("POST /sync/orders/_index", json!({ "index": { "fields": ["a"] } }));
    let (_, same) = world.ask("POST /sync/orders/_index", json!({ "index": { "fields": [{ "a": "asc" }] } }));
    assert_eq!((one["result"].as_str(), same["result"].as_str()), (Some("created"), Some("exists")));
}
