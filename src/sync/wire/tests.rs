//! Both ends read what the other wrote, and say in a sentence what is wrong with everything else.

use super::*;
use crate::document::History;
use crate::sync::limits::REQUEST_BYTES_MAX;
use http::{Response, header};
use proptest::prelude::*;
use serde_json::json;

const ONE: &str = "1-0123456789abcdef0123456789abcdef";
const NOBODYS: &str = "1-00000000000000000000000000000000";
const TWO: &str = "2-00000000000000000000000000000002";

fn site() -> Site {
    Site::comanda("").unwrap()
}

fn rev(text: &str) -> Revision {
    Revision::read(text).unwrap()
}

fn answered(status: u16, kind: &str, body: &str) -> Response<Vec<u8>> {
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, kind);
    response.header(header::DATE, "Sat, 14 Mar 2026 12:30:00 GMT").body(body.as_bytes().to_vec()).unwrap()
}

fn changes() -> Request {
    Request::Changes { database: Database::Orders, since: None, limit: 100, wait_ms: None }
}

fn open() -> Request {
    Request::OpenRevisions { database: Database::Orders, doc_id: "order_1".into(), wanted: vec![] }
}

fn local() -> Request {
    Request::GetLocal { database: Database::Orders, id: "a".into() }
}

fn submit() -> Request {
    Request::SubmitOrder { body: json!({ "_original_order_id": "order_1" }) }
}

fn push() -> Request {
    let document = json!({ "_id": "order_1", "_rev": ONE });
    Request::BulkDocs { database: Database::Orders, documents: vec![Version::read(document).unwrap()] }
}

fn diff() -> Request {
    Request::RevsDiff { database: Database::Orders, offered: vec![("order_1".into(), vec![rev(ONE)])] }
}

/// A request as its server reads it: what nobody has is asked for, too.
fn as_sent(request: Request) -> Request {
    let Request::RevsDiff { database, mut offered } = request else { return request };
    offered.push(("nobody_has_this".into(), vec![rev(NOBODYS)]));
    offered.sort();
    Request::RevsDiff { database, offered }
}

/// An answer as a server tells it: it lacks what nobody has.
fn as_told(answer: Answer) -> Answer {
    let Answer::RevsDiff(mut missing) = answer else { return answer };
    missing.push(("nobody_has_this".into(), Missing { missing: vec![rev(NOBODYS)], possible_ancestors: vec![] }));
    Answer::RevsDiff(missing)
}

fn pull() -> Request {
    Request::BulkGet { database: Database::Orders, wanted: vec![("order_1".into(), vec![rev(TWO)])] }
}

#[test]
fn requests_are_written_as_couchdb_and_our_server_read_them() {
    let orders = Database::Orders;
    let menu = Request::Menu { since: Some("c 1".into()), etag: Some("\"e\"".into()) };
    let put = Request::PutLocal { database: orders, id: "pa+b==".into(), body: json!({ "a": 1 }) };
    let live = Request::Changes { database: orders, since: Some("22-g1A".into()), limit: 5, wait_ms: Some(900) };
    let open = Request::OpenRevisions { database: orders, doc_id: "order_1".into(), wanted: vec![rev(ONE)] };
    // request, line, body
    let rows = [
        (Request::Health, "GET /api/v1/health", String::new()),
        (menu, "GET /api/v1/menu/sync?since=c%201", String::new()),
        (Request::Information { database: orders }, "GET /sync/orders", String::new()),
        (put, "PUT /sync/orders/_local/pa%2Bb%3D%3D", r#"{"a":1}"#.into()),
        (changes(), "GET /sync/orders/_changes?style=all_docs&limit=100", String::new()),
        (
            live,
            "GET /sync/orders/_changes?style=all_docs&limit=5&since=22-g1A&feed=longpoll&timeout=900",
            String::new(),
        ),
        (diff(), "POST /sync/orders/_revs_diff", format!(r#"{{"nobody_has_this":["{NOBODYS}"],"order_1":["{ONE}"]}}"#)),
        (
            pull(),
            "POST /sync/orders/_bulk_get?revs=true&latest=true",
            format!(r#"{{"docs":[{{"id":"order_1","rev":"{TWO}"}}]}}"#),
        ),
        (
            open,
            "GET /sync/orders/order_1?open_revs=%5B%221-0123456789abcdef0123456789abcdef%22%5D&revs=true&latest=true",
            String::new(),
        ),
        (
            push(),
            "POST /sync/orders/_bulk_docs",
            json!({ "docs": [{ "_id": "order_1", "_rev": ONE, "_revisions": { "ids": [&ONE[2..]], "start": 1 } }],
                    "new_edits": false })
            .to_string(),
        ),
    ];
    for (request, line, body) in rows {
        let written = client::write(&request, &site(), Some("t"));
        assert_eq!(format!("{} {}", written.method(), written.uri()), line);
        assert_eq!(String::from_utf8_lossy(written.body()), body);
        assert_eq!(written.headers()[header::AUTHORIZATION], "Bearer t");
        assert_eq!(server::read(&written), Ok(as_sent(request)));
    }
    let couch = Site::couch("http://couch:5984/", &[(orders, "orders_loc01")]).unwrap();
    let written = client::write(&changes(), &couch, None);
    assert_eq!(written.uri(), "http://couch:5984/orders_loc01/_changes?style=all_docs&limit=100");
    assert_eq!(client::write(&Request::Health, &couch, Some("a\nb")).headers().get(header::AUTHORIZATION), None);
}

#[test]
fn what_couchdb_and_pouchdb_really_send_is_read() {
    let json_kind = "application/json";
    let document =
        json!({ "_id": "order_1", "_rev": TWO, "_revisions": { "start": 2, "ids": [&TWO[2..], &ONE[2..]] } });
    let found = |failed: Vec<FailedRevision>| Answer::Documents {
        found: vec![Version::read(document.clone()).unwrap()],
        failed,
    };
    let failed = |revision: Option<&str>, error: &str, reason: &str| FailedRevision {
        doc_id: "order_1".into(),
        revision: revision.map(rev),
        error: error.into(),
        reason: reason.into(),
    };
    let change = |seq: Option<&str>, revisions: &[&str], deleted: bool| Change {
        seq: seq.map(str::to_owned),
        doc_id: "order_1".into(),
        revisions: revisions.iter().map(|it| rev(it)).collect(),
        deleted,
    };
    let page = |rows: Vec<Change>, last_seq: &str| Answer::Changes(Changes { rows, last_seq: last_seq.into() });
    let twice = json!({ "results": [
        { "id": "order_1", "docs": [{ "ok": document }] }, { "id": "order_1", "docs": [{ "ok": document }] } ] });
    let attached = json!({ "results": [{ "id": "order_1", "docs": [{ "ok": document },
        { "ok": { "_id": "order_1", "_rev": ONE, "_attachments": {} } },
        { "error": { "id": "order_1", "rev": "undefined", "error": "not_found", "reason": "missing" } }] }] });
    let name = format!("_{}", "\u{7f}".repeat(60));
    let long = json!({ "results": [{ "id": "order_1", "docs": [{ "ok": document },
        { "ok": { "_id": "order_1", "_rev": ONE, name: 1 } }] }] });
    let spelt = format!("_{}...", "\\u{7f}".repeat(39));
    let told = format!("the document cannot be read: {spelt}: `{spelt}` is not a field of CouchDB's");
    let cut = format!("{}...", &told[..500]);
    let unreadable = "the document cannot be read: _attachments: attachments are not kept here";
    // request, status, body, answer
    let rows = [
        (
            changes(),
            200,
            json!({ "results": [{ "seq": null, "id": "order_1", "changes": [{ "rev": ONE }, { "rev": TWO }] }],
                    "last_seq": "22-g1A", "pending": 0 }),
            page(vec![change(None, &[ONE, TWO], false)], "22-g1A"),
        ),
        (
            changes(),
            200,
            json!({ "results": [{ "seq": 5, "id": "order_1", "changes": [{ "rev": "1-zzz" }], "deleted": true }],
                    "last_seq": 5 }),
            page(vec![change(Some("5"), &[], true)], "5"),
        ),
        (changes(), 200, json!({ "results": [], "last_seq": [3, "g1A"] }), page(vec![], r#"[3,"g1A"]"#)),
        (push(), 201, json!([]), Answer::Taken { refused: vec![] }),
        (push(), 202, json!([]), Answer::Taken { refused: vec![] }),
        (diff(), 200, json!({ "nobody_has_this": { "missing": [NOBODYS] } }), Answer::RevsDiff(vec![])),
        (
            diff(),
            200,
            json!({ "nobody_has_this": { "missing": [NOBODYS] },
                    "order_1": { "missing": [ONE], "possible_ancestors": [TWO] } }),
            Answer::RevsDiff(vec![(
                "order_1".into(),
                Missing { missing: vec![rev(ONE)], possible_ancestors: vec![rev(TWO)] },
            )]),
        ),
        (push(), 201, json!([{ "ok": true, "id": "order_1", "rev": ONE }]), Answer::Taken { refused: vec![] }),
        (
            push(),
            201,
            json!([{ "id": "order_1", "rev": ONE, "error": "forbidden", "reason": "no" }]),
            Answer::Taken { refused: vec![failed(Some(ONE), "forbidden", "no")] },
        ),
        (
            push(),
            201,
            json!([{ "id": "order_1", "rev": ONE, "error": "forbidden", "problem": "not_valid", "reason": "no" }]),
            Answer::Taken { refused: vec![failed(Some(ONE), "not_valid", "no")] },
        ),
        (pull(), 200, twice, found(vec![])),
        (
            pull(),
            200,
            attached,
            found(vec![failed(Some(ONE), "unreadable", unreadable), failed(None, "not_found", "missing")]),
        ),
        (pull(), 200, long, found(vec![failed(Some(ONE), "unreadable", &cut)])),
        (
            open(),
            200,
            json!([{ "ok": document }, { "missing": ONE }]),
            found(vec![failed(Some(ONE), "not_found", "missing")]),
        ),
        (
            push(),
            201,
            json!([{ "id": "order_1", "error": "\u{1b}", "reason": "a\nb" }]),
            Answer::Taken { refused: vec![failed(None, "?", "a?b")] },
        ),
        (local(), 404, json!({ "error": "not_found", "reason": "missing" }), Answer::Local(None)),
        (local(), 404, json!({ "error": "not_found", "reason": "deleted" }), Answer::Local(None)),
        (local(), 200, json!({ "_id": "_local/a", "_rev": "0-1" }), {
            Answer::Local(Some(json!({ "_id": "_local/a", "_rev": "0-1" })))
        }),
        (
            Request::EnsureFullCommit { database: Database::Orders },
            201,
            json!({ "ok": true, "instance_start_time": "1763800000" }),
            Answer::Committed { instance_start_time: Some("1763800000".into()) },
        ),
        (
            Request::Information { database: Database::Orders },
            200,
            json!({ "db_name": "orders", "update_seq": 7, "instance_start_time": 1763800000 }),
            Answer::Information(Information { instance_start_time: "1763800000".into(), update_seq: "7".into() }),
        ),
        (
            Request::Health,
            200,
            json!({ "couchdb": "Welcome", "version": "3.5.0" }),
            Answer::Healthy(Health {
                server: "couchdb".into(),
                version: "3.5.0".into(),
                now: Timestamp::utc(1_773_491_400_000),
            }),
        ),
        (
            submit(),
            201,
            json!({ "order_id": 17, "order_number": 1042 }),
            Answer::OrderAccepted(OrderAccepted {
                order_id: "17".into(),
                order_number: "1042".into(),
                order_status: "confirmed".into(),
                accepted_at: Timestamp::utc(1_773_491_400_000),
                document: None,
            }),
        ),
    ];
    for (request, status, body, answer) in rows {
        let response = answered(status, json_kind, &body.to_string());
        assert_eq!(client::read(&request, &response), Ok(answer), "{body}");
    }
}

#[test]
fn what_is_no_answer_is_trouble_of_its_kind() {
    let problem = |status: u16| {
        json!({ "type": "/problems/not_valid", "status": status, "detail": "no", "field": "items[0]" }).to_string()
    };
    let couch = |error: &str, reason: &str| json!({ "error": error, "reason": reason }).to_string();
    let ours = "application/problem+json";
    let (json_kind, html) = ("application/json", "text/html");
    // request, status, kind, body, what is made of it
    let rows = [
        (submit(), 422, ours, problem(422), "422 not_valid: no"),
        (submit(), 409, ours, problem(409), "409 not_valid: no"),
        (submit(), 409, ours, problem(409).replace("no", "\\u001b[2J"), "409 ?[2Jt_valid: ?[2J"),
        (submit(), 413, ours, problem(413), "413 not_valid: no"),
        (submit(), 413, html, "<h1>".into(), "the server finds it too large: status 413"),
        (submit(), 422, html, "<h1>".into(), "this is not the server's answer: status 422"),
        (submit(), 422, json_kind, couch("a", "b"), "this is not the server's answer: status 422"),
        (submit(), 403, html, "<h1>".into(), "this is not the server's answer: status 403"),
        (submit(), 403, ours, problem(403), "the server does not know this register: no"),
        (submit(), 404, html, "<h1>".into(), "this is not the server's answer: status 404"),
        (submit(), 404, ours, problem(404), "the server has no such thing: no"),
        (submit(), 400, ours, problem(400), "the server is busy or broken (400): no"),
        (submit(), 401, ours, problem(401), "the server does not know this register: no"),
        (submit(), 401, html, "<h1>".into(), "this is not the server's answer: status 401"),
        (submit(), 503, html, "<h1>".into(), "the server is busy or broken (503): status 503"),
        (submit(), 302, html, "<h1>".into(), "this is not the server's answer: status 302"),
        (submit(), 200, html, "<h1>".into(), {
            "this is not the server's answer: the body is not JSON: expected value at line 1 column 1"
        }),
        (submit(), 200, json_kind, "{}".into(), "this is not the server's answer: `order_id` must be text or a number"),
        (
            submit(),
            200,
            json_kind,
            json!({ "order_id": 1, "order_number": 2, "document": { "_id": "order_2", "_rev": ONE } }).to_string(),
            "this is not the server's answer: it speaks of `order_2`, which was not submitted",
        ),
        (push(), 413, json_kind, couch("document_too_large", "order_1"), "the server finds it too large: order_1"),
        (push(), 413, html, "<h1>".into(), "the server finds it too large: status 413"),
        (push(), 400, json_kind, couch("bad_request", "Bad HMAC"), {
            "the server does not know this register: Bad HMAC"
        }),
        (push(), 400, json_kind, couch("doc_validation", "Bad special document member: _x"), {
            "400 doc_validation: Bad special document member: _x"
        }),
        (push(), 403, json_kind, couch("forbidden", "no"), "403 forbidden: no"),
        (push(), 403, json_kind, couch("for\u{1b}bidden", "a\nb\u{7f}"), "403 for?bidden: a?b?"),
        (
            push(),
            403,
            json_kind,
            couch("forbidden", &"é".repeat(501)),
            &format!("403 forbidden: {}...", "é".repeat(500)),
        ),
        (push(), 403, html, "<h1>".into(), "this is not the server's answer: status 403"),
        (push(), 201, json_kind, json!([{ "id": "order_2" }]).to_string(), {
            "this is not the server's answer: it speaks of `order_2`, which was not asked for"
        }),
        (
            push(),
            200,
            json_kind,
            "[]".into(),
            "this is not the server's answer: what was sent is taken with 201, not 200",
        ),
        (diff(), 200, json_kind, "{}".into(), "this is not the server's answer: it claims to have what nobody has"),
        (diff(), 200, json_kind, json!({ "order_1": { "missing": [ONE] } }).to_string(), {
            "this is not the server's answer: it claims to have what nobody has"
        }),
        (diff(), 200, json_kind, json!({ "nobody_has_this": { "missing": [NOBODYS] }, "a": {} }).to_string(), {
            "this is not the server's answer: the revisions of `a` must be a list"
        }),
        (open(), 200, json_kind, json!([{ "error": { "id": "order_2", "error": "not_found" } }]).to_string(), {
            "this is not the server's answer: it speaks of `order_2`, which was not asked for"
        }),
        (local(), 404, json_kind, couch("not_found", "Database does not exist."), "the server has no such database"),
        (local(), 404, html, "<h1>".into(), "this is not the server's answer: status 404"),
        (changes(), 404, json_kind, couch("not_found", "no_db_file"), "the server has no such database"),
        (changes(), 401, json_kind, couch("unauthorized", "exp not in future"), {
            "the server does not know this register: exp not in future"
        }),
        (changes(), 500, json_kind, couch("unknown_error", "b"), "the server is busy or broken (500): b"),
        (Request::Health, 200, json_kind, json!({ "server": "portal" }).to_string(), {
            "this is not the server's answer: it calls itself `portal`"
        }),
        (changes(), 200, json_kind, "[".repeat(100), {
            "this is not the server's answer: lists and objects nest deeper than 80"
        }),
    ];
    for (request, status, kind, body, told) in rows {
        let trouble = client::read(&request, &answered(status, kind, &body)).unwrap_err();
        assert_eq!(trouble.to_string(), told, "{status} {body}");
    }
}

#[test]
fn a_busy_server_says_when_to_come_back() {
    let problem = r#"{"type":"/problems/busy","title":"x","status":503,"detail":"later"}"#;
    let (ours, page) = (("application/problem+json", problem), ("text/html", "<html>Maintenance</html>"));
    // who says so, Retry-After, milliseconds
    let rows = [
        (page, "120", Some(120_000)),
        (page, "3600", Some(300_000)),
        (ours, "3600", Some(3_600_000)),
        (page, "Sat, 14 Mar 2026 12:31:00 GMT", Some(60_000)),
        (page, "Sat, 14 Mar 2026 12:00:00 GMT", Some(0)),
        (page, "soon", None),
        (page, "99999999999999999999", None),
    ];
    for ((kind, body), header, wait) in rows {
        let mut response = answered(503, kind, body);
        response.headers_mut().insert(header::RETRY_AFTER, header.parse().unwrap());
        let Err(Trouble::Busy { retry_after_ms, .. }) = client::read(&submit(), &response) else { panic!() };
        assert_eq!(retry_after_ms, wait, "{header}");
    }
}

#[test]
fn what_is_wrong_with_a_request_is_told() {
    let long = "x".repeat(REQUEST_BYTES_MAX + 1);
    let deep = format!("{{\"a\":{}", "[".repeat(64));
    let many = json!({ "docs": vec![json!({ "id": "a" }); 1] }).to_string();
    let docs: Vec<_> = (0..2001).map(|nth| json!({ "id": format!("order_{nth}") })).collect();
    let too_many = json!({ "docs": docs }).to_string();
    let rich = format!("{{\"a\":[{}{{}}]}}", "{},".repeat(199_999));
    // line, body, what is told
    let rows: Vec<(&str, &str, &str)> = vec![
        ("GET /", "", "404 not_found: there is nothing at this address"),
        ("GET /sync/kitchen", "", "404 not_found: Database does not exist."),
        ("GET /sync/orders/_design/a", "", "404 not_found: there is nothing at this address"),
        ("GET /sync/orders/%5Fdesign?open_revs=all", "", "404 not_found: there is nothing at this address"),
        ("POST /api/v1/health", "", "405 method_not_allowed: only GET is answered here"),
        (
            "POST /sync/orders/_bulk_docs",
            &rich,
            "413 too_large: the body has 200001 objects, more than 200000: send less at once",
        ),
        ("DELETE /sync/orders/_local/a", "", "405 method_not_allowed: only PUT is answered here"),
        ("POST /api/v1/orders/create", "[]", "400 bad_request: the body must be an object"),
        ("POST /api/v1/orders/create", "{", {
            "400 bad_request: the body is not JSON: EOF while parsing an object at line 1 column 1"
        }),
        ("POST /api/v1/orders/create", &deep, "400 bad_request: lists and objects nest deeper than 64"),
        ("POST /api/v1/orders/create", &long, "413 too_large: the body has 16777217 bytes, more than 16777216"),
        ("POST /api/v1/auth/token", r#"{"register_id":"T1"}"#, "400 bad_request: `secret` must be text"),
        ("GET /sync/orders/_changes?limit=x", "", "400 bad_request: `limit` must be a whole number"),
        ("GET /sync/orders/_changes?feed=continuous", "", {
            "400 bad_request: `feed` of a changes feed is not answered here in this form"
        }),
        ("GET /sync/orders/_changes?filter=a", "", {
            "400 bad_request: `filter` of a changes feed is not answered here in this form"
        }),
        ("GET /sync/orders/_changes?since=%zz", "", "400 bad_request: `%zz` is not a part of an address"),
        ("POST /sync/orders/_revs_diff", r#"{"order_1":["x"]}"#, "400 bad_request: `x` is not a revision"),
        ("POST /sync/orders/_revs_diff", r#"{"order_1":1}"#, {
            "400 bad_request: the revisions of `order_1` must be a list"
        }),
        ("POST /sync/orders/_bulk_get", r#"{"docs":[{"rev":"x"}]}"#, "400 bad_request: docs[0].id must be text"),
        ("POST /sync/orders/_bulk_get", &too_many, {
            "413 too_large: one request holds at most 2000 documents and 1000 revisions of each"
        }),
        ("POST /sync/orders/_bulk_docs", &many, {
            "400 bad_request: `new_edits` must be false: revisions are taken as they are"
        }),
        ("POST /sync/orders/_bulk_docs", r#"{"new_edits":false,"docs":[{"_id":"a"}]}"#, {
            "400 bad_request: docs[0]._rev: is missing"
        }),
        ("GET /sync/orders/order_1?open_revs=[]", "", {
            "400 bad_request: `open_revs` must be `all` or a list of revisions"
        }),
    ];
    for (line, body, told) in rows {
        let (method, address) = line.split_once(' ').unwrap();
        let address = address.replace('[', "%5B").replace(']', "%5D");
        let asked = http::Request::builder().method(method).uri(address).body(body.as_bytes().to_vec()).unwrap();
        let problem = server::read(&asked).unwrap_err();
        assert_eq!(problem.to_string(), told, "{line}");
        let response = server::write_problem(&asked, &problem);
        assert_eq!(response.status().as_u16(), problem.status);
    }
}

#[test]
fn a_feed_is_asked_for_as_replicators_do() {
    let pouch = "/sync/orders/_changes?style=all_docs&feed=longpoll&heartbeat=10000&since=0&limit=0";
    let couch = "/sync/orders/_changes?feed=normal&style=all_docs&since=5-a&timeout=10000";
    // address, since, limit, wait_ms
    let rows = [(pouch, None, 1, Some(60_000)), (couch, Some("5-a"), 10_000, None)];
    for (address, since, limit, wait_ms) in rows {
        let asked = http::Request::builder().uri(address).body(Vec::new()).unwrap();
        let since = since.map(str::to_owned);
        assert_eq!(server::read(&asked), Ok(Request::Changes { database: Database::Orders, since, limit, wait_ms }));
    }
}

fn words() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 /?&=+%é\"_~-]{1,12}"
}

fn revisions() -> impl Strategy<Value = Vec<Revision>> {
    let one = (1_u32..9, any::<[u8; 16]>()).prop_map(|(generation, digest)| Revision { generation, digest });
    proptest::collection::vec(one, 1..4)
}

fn versions() -> impl Strategy<Value = Version> {
    (words(), revisions(), any::<bool>(), any::<i64>()).prop_map(|(doc_id, revisions, deleted, number)| Version {
        body: json!({ "_id": doc_id, "number": number, "list": [{ "a": null }], "text": "é\"\\ \u{1}" }),
        doc_id,
        history: History::of(revisions[0].clone()),
        deleted,
    })
}

fn by_document() -> impl Strategy<Value = Vec<(String, Vec<Revision>)>> {
    proptest::collection::btree_map(words(), revisions(), 0..4).prop_map(|map| map.into_iter().collect())
}

fn failures() -> impl Strategy<Value = Vec<FailedRevision>> {
    let one = (words(), proptest::option::of(revisions()), words());
    let failed = |(doc_id, revisions, reason): (String, Option<Vec<Revision>>, String)| FailedRevision {
        doc_id,
        revision: revisions.map(|revisions| revisions[0].clone()),
        error: if reason.len() % 2 == 0 { "forbidden" } else { "not_valid" }.into(),
        reason,
    };
    proptest::collection::vec(one.prop_map(failed), 0..4)
}

fn requests() -> impl Strategy<Value = Request> {
    let database = prop_oneof![Just(Database::Orders), Just(Database::Customers), Just(Database::Audit)];
    let cursor = || proptest::option::of(words());
    let location_id = || Some("L1".into());
    let claim = move |name: String| Claim { role: DeviceRole::Kitchen, location_id: location_id(), name: Some(name) };
    (database, words(), cursor(), by_document(), proptest::collection::vec(versions(), 0..4), 0_usize..11).prop_map(
        move |(database, id, since, listed, documents, kind)| match kind {
            0 => Request::Token { register_id: id, secret: "s".into() },
            1 => Request::SubmitPayment { body: json!({ "a": id }) },
            2 => Request::Menu { since, etag: Some("\"e\"".into()) },
            3 => Request::GetLocal { database, id },
            4 => Request::PutLocal { database, id, body: json!({ "_rev": "0-3", "a": 1 }) },
            5 => Request::Changes { database, since, limit: 7, wait_ms: Some(5) },
            6 => Request::RevsDiff { database, offered: listed },
            7 => Request::BulkGet { database, wanted: listed },
            8 => Request::OpenRevisions { database, doc_id: id, wanted: Vec::new() },
            9 => Request::Enrol {
                code: id.as_str().into(),
                device: since.clone().map(claim),
                secret: since.map(Into::into),
            },
            _ => Request::BulkDocs { database, documents },
        },
    )
}

proptest! {
    #[test]
    fn a_request_is_read_as_it_was_written(request in requests()) {
        // `since=0` asks from the beginning, and ids of documents do not begin with `_`.
        let odd = matches!(&request, Request::Changes { since: Some(since), .. } if since == "0")
            || matches!(&request, Request::OpenRevisions { doc_id, .. } if doc_id.starts_with('_'));
        prop_assume!(!odd);
        let written = client::write(&request, &site(), None);
        prop_assert_eq!(server::read(&written), Ok(as_sent(request)));
    }

    #[test]
    fn an_answer_is_read_as_it_was_written(
        listed in by_document(),
        found in proptest::collection::vec(versions(), 0..4),
        failed in failures(),
        seq in proptest::option::of(words()),
        deleted in any::<bool>(),
    ) {
        let database = Database::Orders;
        let ids = found.iter().map(|it| &it.doc_id).chain(failed.iter().map(|it| &it.doc_id));
        let wanted: Vec<_> = ids.map(|id| (id.clone(), Vec::new())).collect();
        let row = |(doc_id, revisions): &(String, Vec<Revision>)| {
            Change { seq: seq.clone(), doc_id: doc_id.clone(), revisions: revisions.clone(), deleted }
        };
        let page = Changes { rows: listed.iter().map(row).collect(), last_seq: "9-a".into() };
        let missing = |(id, it): &(String, Vec<Revision>)| {
            (id.clone(), Missing { missing: it.clone(), possible_ancestors: it[1..].to_vec() })
        };
        let mut once: Vec<Version> = Vec::new();
        for version in &found {
            if !once.iter().any(|it| it.doc_id == version.doc_id && it.revision() == version.revision()) {
                once.push(version.clone());
            }
        }
        let documents = found.clone();
        let refused = failed.iter().filter(|it| found.iter().any(|sent| sent.doc_id == it.doc_id)).cloned().collect();
        let rows = [
            (changes(), Answer::Changes(page)),
            (
                Request::RevsDiff { database, offered: listed.clone() },
                Answer::RevsDiff(listed.iter().map(missing).collect()),
            ),
            (Request::BulkGet { database, wanted }, Answer::Documents { found: once, failed: failed.clone() }),
            (Request::BulkDocs { database, documents }, Answer::Taken { refused }),
        ];
        for (request, answer) in rows {
            let read = client::read(&request, &server::write(&request, &Ok(as_told(answer.clone()))));
            match (&read, &answer) {
                (Ok(Answer::Documents { found, failed }), Answer::Documents { found: all, failed: bad }) => {
                    // Rows are told document by document.
                    prop_assert_eq!(found.len(), all.len());
                    prop_assert!(all.iter().all(|it| found.contains(it)));
                    prop_assert_eq!(failed.len(), bad.len());
                    prop_assert!(bad.iter().all(|it| failed.contains(it)));
                }
                (_, _) => prop_assert_eq!(read, Ok(answer)),
            }
        }
    }

    #[test]
    fn nothing_from_the_wire_is_a_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        status in 200_u16..600,
    ) {
        let response = Response::builder().status(status).body(bytes.clone()).unwrap();
        for request in [Request::Health, changes(), push(), pull(), local(), submit()] {
            drop(client::read(&request, &response));
            let mut written = client::write(&request, &site(), None);
            *written.body_mut() = bytes.clone();
            drop(server::read(&written));
        }
    }
}

fn enrol() -> Request {
    Request::Enrol { code: "K7MQ".into(), secret: None, device: None }
}

fn enrolled(role: DeviceRole) -> Enrolled {
    Enrolled { location_id: "L1".into(), role, name: "T1".into(), secret: "hush".into() }
}

#[test]
fn what_a_device_is_told_when_it_comes_in_is_read_or_told_to_be_wrong() {
    let ask = enrol();
    let read = |body: &str| match client::read(&ask, &answered(201, "application/json", body)) {
        Ok(Answer::Enrolled(enrolled)) => format!("{} {}", enrolled.name, &*enrolled.secret),
        Ok(other) => panic!("{other:?}"),
        Err(trouble) => trouble.to_string(),
    };
    // body, what is read or a part of what is told
    let rows = [
        (r#"{"location_id":"L1","role":"register","register_id":"T1","secret":"s"}"#, "T1 s"),
        (r#"{"location_id":"L1","role":"kitchen","name":"pass","secret":"s"}"#, "pass s"),
        (r#"{"location_id":"L1","role":"register","name":"T1","secret":"s"}"#, "`register_id` must be text"),
        (r#"{"location_id":"L1","role":"cook","name":"T1","secret":"s"}"#, "`role` is none of"),
        (r#"{"location_id":"","role":"admin","name":"T1","secret":"s"}"#, "`location_id` is empty"),
        (r#"{"location_id":"L1","role":"admin","name":"T1","secret":""}"#, "`secret` is empty"),
        (r#"{"location_id":"L1","role":"admin","name":"T1","secret":7}"#, "`secret` must be text"),
        ("<html>log in</html>", "this is not the server's answer"),
    ];
    for (body, part) in rows {
        assert!(read(body).contains(part), "{body}: {}", read(body));
    }
    let long = format!(r#"{{"location_id":"L1","role":"admin","name":"{}","secret":"s"}}"#, "n".repeat(1001));
    assert!(read(&long).contains("`name` has 1001 bytes, more than 1000"), "{}", read(&long));
}

#[test]
fn neither_codes_nor_secrets_nor_tokens_show() {
    let shown = [
        format!("{:?}", Request::Enrol { code: "hush".into(), secret: Some("hush".into()), device: None }),
        format!("{:?}", Request::Token { register_id: "T1".into(), secret: "hush".into() }),
        format!("{:?}", Answer::Token { token: "hush".into(), expires_in_s: 900 }),
        format!("{:?}", Answer::Enrolled(enrolled(DeviceRole::Register))),
        format!("{:?}", client::write(&Request::Health, &site(), Some("hush"))),
    ];
    assert!(shown.iter().all(|it| !it.contains("hush")), "{shown:?}");
}

#[test]
fn answers_of_our_own_are_read_as_they_were_written() {
    let now = Timestamp::utc(1_773_491_400_000);
    let document = Version::read(json!({ "_id": "order_1", "_rev": TWO, "order_id": "o1" })).unwrap();
    let menu = MenuChanges {
        cursor: "c2".into(),
        full: true,
        items: vec![json!({ "_id": "item_1" })],
        deleted: vec!["item_2".into()],
        etag: Some("\"e\"".into()),
        ..MenuChanges::default()
    };
    let ask = || Request::Menu { since: None, etag: Some("\"d\"".into()) };
    let rows = [
        (Request::Health, Answer::Healthy(Health { server: "comanda".into(), version: "0.1.0".into(), now })),
        (
            Request::Token { register_id: "T1".into(), secret: "s".into() },
            Answer::Token { token: "a.b".into(), expires_in_s: 900 },
        ),
        (enrol(), Answer::Enrolled(enrolled(DeviceRole::Register))),
        (enrol(), Answer::Enrolled(enrolled(DeviceRole::Kitchen))),
        (enrol(), Answer::Enrolled(enrolled(DeviceRole::Admin))),
        (
            submit(),
            Answer::OrderAccepted(OrderAccepted {
                order_id: "o1".into(),
                order_number: "1042".into(),
                order_status: "confirmed".into(),
                accepted_at: now,
                document: Some(document),
            }),
        ),
        (
            Request::SubmitPayment { body: json!({}) },
            Answer::PaymentAccepted(PaymentAccepted {
                payment_id: "p1".into(),
                order_id: "o1".into(),
                payment_status: "paid".into(),
            }),
        ),
        (ask(), Answer::Menu(menu)),
        (ask(), Answer::MenuUnchanged),
        (
            Request::PutLocal { database: Database::Orders, id: "a".into(), body: json!({ "_rev": "0-3" }) },
            Answer::Done,
        ),
        (
            Request::Information { database: Database::Orders },
            Answer::Information(Information { instance_start_time: "1".into(), update_seq: "2".into() }),
        ),
    ];
    for (request, answer) in rows {
        assert_eq!(client::read(&request, &server::write(&request, &Ok(answer.clone()))), Ok(answer));
    }
    let problem = Problem { status: 422, code: "not_valid".into(), detail: "no".into(), field: Some("items".into()) };
    let refused = client::read(&submit(), &server::write(&submit(), &Err(problem.clone())));
    assert_eq!(refused, Err(Trouble::Rejected(problem.clone())));
    let refused = client::read(&changes(), &server::write(&changes(), &Err(problem.clone())));
    assert_eq!(refused, Err(Trouble::Rejected(problem)));
}
