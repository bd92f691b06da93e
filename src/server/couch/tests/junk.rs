//! Whatever is asked is answered: with JSON, and where it is wrong with a status and words that say so.

use super::*;

on_each_central! {
    whatever_is_asked_is_answered,
}

const METHODS: [&str; 6] = ["GET", "HEAD", "PUT", "POST", "DELETE", "COPY"];
const PARTS: [&str; 26] = [
    "a",
    "q",
    "_all_docs",
    "_changes",
    "_bulk_docs",
    "_bulk_get",
    "_revs_diff",
    "_missing_revs",
    "_find",
    "_explain",
    "_index",
    "_index/_design/a/json/b",
    "_local/x",
    "_local/",
    "_design/x",
    "_design/",
    "_design",
    "_ensure_full_commit",
    "_security",
    "%00",
    "%ff",
    "%2F",
    "a/b/c",
    "_",
    "",
    "//",
];
const NAMES: [&str; 22] = [
    "rev",
    "revs",
    "open_revs",
    "latest",
    "meta",
    "local_seq",
    "keys",
    "key",
    "startkey",
    "endkey",
    "limit",
    "skip",
    "descending",
    "include_docs",
    "since",
    "feed",
    "filter",
    "doc_ids",
    "heartbeat",
    "style",
    "new_edits",
    "inclusive_end",
];
const VALUES: [&str; 16] = [
    "",
    "true",
    "false",
    "0",
    "-1",
    "99999999999999999999",
    "all",
    "now",
    "%5B%5D",
    "%5B%221-x%22%5D",
    "%7B%7D",
    "%22a%22",
    "null",
    "_doc_ids",
    "_selector",
    "1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

fn bodies() -> Vec<Vec<u8>> {
    let rev = rev("1-a");
    let written = [
        json!(null),
        json!([]),
        json!({}),
        json!({ "docs": [] }),
        json!({ "docs": [{}, { "_id": "q" }, { "_id": 1 }] }),
        json!({ "docs": [{ "id": "q", "rev": rev }, { "id": "q" }] }),
        json!({ "docs": [{ "_id": "q", "_rev": rev }], "new_edits": false }),
        json!({ "docs": [{ "_id": "q", "_rev": rev, "_revisions": { "start": 0, "ids": [] } }], "new_edits": false }),
        json!({ "q": [rev], "a": "x" }),
        json!({ "keys": ["a", null, {}] }),
        json!({ "doc_ids": ["a", "q"], "selector": { "$nor": [{ "a": { "$mod": [-1, 0] } }] } }),
        json!({ "selector": { "_id": { "$gt": "z", "$lt": "a" } }, "limit": u32::MAX, "skip": u32::MAX }),
        json!({ "selector": { "a": { "$regex": "(a*)*" } }, "sort": ["a", { "_id": "desc" }] }),
        json!({ "index": { "fields": ["a"] }, "ddoc": "", "name": "b" }),
        json!({ "_id": "_local/x", "_rev": "0-18446744073709551615" }),
    ];
    let mut bodies: Vec<Vec<u8>> = written.iter().map(|it| it.to_string().into_bytes()).collect();
    bodies.extend([Vec::new(), b"{".to_vec(), vec![0xff, 0xfe], vec![b'['; 200]]);
    bodies
}

fn whatever_is_asked_is_answered() {
    let mut world = World::new();
    world.graft("q", &["1-a"], false, json!({ "a": "aaa" }));
    let bodies = bodies();
    let mut number = 1_u64;
    let mut below = |end: usize| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(number >> 33).unwrap() % end
    };
    let mut statuses = std::collections::BTreeSet::new();
    for _ in 0..6_000 {
        let (method, part) = (METHODS[below(METHODS.len())], PARTS[below(PARTS.len())]);
        let query: Vec<String> =
            (0..below(4)).map(|_| format!("{}={}", NAMES[below(NAMES.len())], VALUES[below(VALUES.len())])).collect();
        let address = format!("/sync/orders/{part}?{}", query.join("&"));
        let body = bodies[below(bodies.len())].clone();
        let asked = http::Request::builder().method(method).uri(&address).body(body.clone()).unwrap();
        let response = world.raw(&register(), &asked);
        let (status, told) = (response.status().as_u16(), String::from_utf8_lossy(response.body()).into_owned());
        let line = format!("{method} {address} {}: {status} {told}", String::from_utf8_lossy(&body));
        statuses.insert(status);
        assert!(status < 500, "{line}");
        if method == "HEAD" || status == 304 {
            assert_eq!(told, "", "{line}");
            continue;
        }
        let told: Value = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{line}"));
        if status >= 400 {
            let words = ["error", "reason"].map(|name| told[name].as_str().unwrap_or_default().len());
            assert!(words[0] > 0 && words[1] > 0 && words[1] < 500, "{line}");
        }
    }
    assert!(statuses.is_superset(&[200, 201, 400, 403, 404, 405, 409].into()), "{statuses:?}");
}
