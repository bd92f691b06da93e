//! Documents: one, many at once, listed.

use super::*;

on_each_central! {
    a_document_is_written_read_and_deleted_in_couchs_words,
    a_deleted_document_keeps_what_filters_ask_for,
    the_header_names_a_revision_as_the_address_does,
    leaves_that_quarrel_are_shown_when_asked_for,
    many_documents_are_written_at_once_each_by_itself,
    one_flawed_document_holds_up_none_beside_it,
    many_are_handed_out_a_row_for_each_in_the_order_that_was_asked_for,
    what_stands_is_listed_between_two_ids,
    as_many_are_counted_as_there_are,
    a_listing_goes_on_beyond_one_look,
    what_would_be_far_larger_in_memory_than_it_is_is_not_read,
    a_local_document_is_taken_away_whatever_revision_is_named,
}

fn a_document_is_written_read_and_deleted_in_couchs_words() {
    let mut world = World::new();
    let first = world.put("a", json!({ "x": 1, "type": "note", "location_id": "L1" }));
    let conflict = error("conflict", "Document update conflict.");
    let (missing, deleted) = (error("not_found", "missing"), error("not_found", "deleted"));
    let rev_in_body = json!({ "_rev": first, "x": 2 });
    check(
        &mut world,
        &[
            ("GET /sync/orders/a", Value::Null, 200, json!({ "_id": "a", "_rev": first, "x": 1 })),
            ("GET /sync/orders/none", Value::Null, 404, missing.clone()),
            ("PUT /sync/orders/a", json!({ "x": 2 }), 409, conflict.clone()),
            ("PUT /sync/orders/a?rev=2-x", json!({ "x": 2 }), 400, error("bad_request", "Invalid rev format")),
            ("PUT /sync/orders/a", json!([]), 400, error("bad_request", "Document must be a JSON object")),
            ("PUT /sync/orders/a", json!({ "_rev": 1 }), 400, error("bad_request", "Invalid rev format")),
            ("PUT /sync/orders/a", json!({ "_mine": 1 }), 400, json!({ "error": "doc_validation" })),
            (
                "PUT /sync/orders/a",
                json!({ "_attachments": { "a.txt": {} } }),
                400,
                error("bad_request", "`_attachments`: attachments are not kept here"),
            ),
            ("PUT /sync/orders/_own", json!({}), 400, json!({ "error": "illegal_docid" })),
            ("PUT /sync/orders/_design/x", json!({}), 403, json!({ "error": "forbidden" })),
            ("PUT /sync/orders/_design%2Fx", json!({}), 403, json!({ "error": "forbidden" })),
            ("GET /sync/orders/_design/x", Value::Null, 404, missing.clone()),
            ("GET /sync/orders/_design/x/_view/y", Value::Null, 404, missing.clone()),
            ("GET /sync/orders/a/photo.png", Value::Null, 404, json!({ "error": "not_found" })),
            ("PUT /sync/orders/a/photo.png", json!({}), 403, error("forbidden", "attachments are not kept here")),
            ("PATCH /sync/orders/a", json!({}), 405, json!({ "error": "method_not_allowed" })),
            ("PUT /sync/orders/a", rev_in_body, 201, json!({ "ok": true, "id": "a" })),
            ("DELETE /sync/orders/a", Value::Null, 409, conflict.clone()),
            ("DELETE /sync/orders/none", Value::Null, 404, missing.clone()),
        ],
    );
    let (_, now) = world.ask("GET /sync/orders/a", Value::Null);
    let second = now["_rev"].as_str().unwrap().to_owned();
    let both = json!({ "_rev": first });
    let (stale, twice) = (format!("DELETE /sync/orders/a?rev={first}"), format!("PUT /sync/orders/a?rev={second}"));
    let (old, end) = (format!("GET /sync/orders/a?rev={first}"), format!("DELETE /sync/orders/a?rev={second}"));
    let latest = format!("{old}&latest=true");
    check(
        &mut world,
        &[
            (&twice, both, 400, json!({ "error": "bad_request" })),
            (&stale, Value::Null, 409, conflict),
            (&old, Value::Null, 404, missing),
            (&latest, Value::Null, 200, json!({ "_rev": second, "x": 2 })),
            (&end, Value::Null, 200, json!({ "ok": true, "id": "a" })),
            ("GET /sync/orders/a", Value::Null, 404, deleted.clone()),
            (&end, Value::Null, 404, deleted),
            ("PUT /sync/orders/a", json!({ "x": 4 }), 201, json!({ "ok": true })),
        ],
    );
    let (_, now) = world.ask("GET /sync/orders/a?revs_info=true", Value::Null);
    assert!(now["_rev"].as_str().unwrap().starts_with("4-"), "it goes on from its end: {now}");
    let told: Vec<&str> =
        now["_revs_info"].as_array().unwrap().iter().map(|it| it["status"].as_str().unwrap()).collect();
    assert_eq!(told, ["available", "missing", "missing", "missing"]);
}

fn a_deleted_document_keeps_what_filters_ask_for() {
    let mut world = World::new();
    let rev = world.put("a", json!({ "x": 1, "type": "note", "location_id": "L1" }));
    let (_, told) = world.ask(&format!("DELETE /sync/orders/a?rev={rev}"), Value::Null);
    let end = told["rev"].as_str().unwrap();
    let (_, shown) = world.ask(&format!("GET /sync/orders/a?rev={end}"), Value::Null);
    let expected = json!({ "_id": "a", "_rev": end, "_deleted": true, "type": "note", "location_id": "L1" });
    assert_eq!(shown, expected);
}

fn the_header_names_a_revision_as_the_address_does() {
    let mut world = World::new();
    let rev = world.put("a", json!({}));
    // If-Match, address, status
    let rows = [
        (super::rev("1-f"), "PUT /sync/orders/a".to_owned(), 409),
        (rev.clone(), format!("PUT /sync/orders/a?rev={}", super::rev("1-f")), 400),
        (format!("\"{rev}\""), "PUT /sync/orders/a".into(), 201),
        (rev, "DELETE /sync/orders/a".into(), 409),
    ];
    for (matched, line, status) in rows {
        let mut asked = request(&line, &json!({ "x": 1 }));
        asked.headers_mut().insert("if-match", matched.parse().unwrap());
        assert_eq!(world.raw(&register(), &asked).status().as_u16(), status, "{line} {matched}");
    }
}

/// A document with two live leaves and a dead one: `2-b` wins over `2-a`, `2-c` is deleted.
fn quarrel(world: &mut World) {
    world.graft("q", &["2-a", "1-0"], false, json!({ "by": "a" }));
    world.graft("q", &["2-b", "1-0"], false, json!({ "by": "b" }));
    world.graft("q", &["2-c", "1-0"], true, json!({ "by": "c" }));
}

fn leaves_that_quarrel_are_shown_when_asked_for() {
    let mut world = World::new();
    quarrel(&mut world);
    let [a, b, c, root, f] = ["2-a", "2-b", "2-c", "1-0", "9-f"].map(rev);
    let revisions = json!({ "start": 2, "ids": ["b".repeat(32), "0".repeat(32)] });
    let quoted = |list: &[&String]| json!(list).to_string().replace('"', "%22");
    let some = format!("GET /sync/orders/q?open_revs={}", quoted(&[&a, &f]));
    let from = format!("GET /sync/orders/q?latest=true&open_revs={}", quoted(&[&root]));
    let twice = format!("GET /sync/orders/q?open_revs={}", quoted(&[&a, &a, &f, &f, &a]));
    let ok = |rev: &String| json!({ "ok": { "_rev": rev } });
    check(
        &mut world,
        &[
            ("GET /sync/orders/q", Value::Null, 200, json!({ "_rev": b, "by": "b" })),
            ("GET /sync/orders/q?conflicts=true", Value::Null, 200, json!({ "_conflicts": [a] })),
            ("GET /sync/orders/q?deleted_conflicts=true", Value::Null, 200, json!({ "_deleted_conflicts": [c] })),
            ("GET /sync/orders/q?revs=true", Value::Null, 200, json!({ "_revisions": revisions })),
            ("GET /sync/orders/q?meta=true", Value::Null, 200, json!({ "_conflicts": [a], "_deleted_conflicts": [c] })),
            ("GET /sync/orders/q?conflicts=yes", Value::Null, 400, json!({ "error": "query_parse_error" })),
            (&format!("GET /sync/orders/q?rev={a}"), Value::Null, 200, json!({ "by": "a" })),
            (&format!("GET /sync/orders/q?rev={c}"), Value::Null, 200, json!({ "_deleted": true })),
            ("GET /sync/orders/q?open_revs=all", Value::Null, 200, json!([ok(&b), ok(&a), ok(&c)])),
            (&some, Value::Null, 200, json!([ok(&a), { "missing": f }])),
            (&from, Value::Null, 200, json!([ok(&b), ok(&a), ok(&c)])),
            (&twice, Value::Null, 200, json!([ok(&a), { "missing": f }])),
            ("GET /sync/orders/none?open_revs=all", Value::Null, 404, error("not_found", "missing")),
            ("GET /sync/orders/q?open_revs=some", Value::Null, 400, json!({ "error": "bad_request" })),
        ],
    );
    let (_, plain) = world.ask("GET /sync/orders/q", Value::Null);
    assert_eq!(plain, json!({ "_id": "q", "_rev": b, "by": "b" }), "nothing is told that was not asked for");
    let mut parts = request("GET /sync/orders/q?open_revs=all", &Value::Null);
    parts.headers_mut().insert("accept", "multipart/mixed".parse().unwrap());
    let response = world.raw(&register(), &parts);
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    let boundary = kind.strip_prefix("multipart/mixed; boundary=\"").unwrap().trim_end_matches('"');
    let body = String::from_utf8(response.into_body()).unwrap();
    assert_eq!(body.matches(boundary).count(), 4, "{body}");
    assert!(body.ends_with(&format!("\r\n--{boundary}--")), "{body}");
}

fn many_documents_are_written_at_once_each_by_itself() {
    let mut world = World::new();
    world.put("b", json!({}));
    let docs = json!([{ "_id": "a" }, { "_id": "b" }, { "x": 1 }, { "_id": "c", "location_id": "L2" },
                      { "_id": "a", "x": 2 }, { "_id": "_own" }]);
    let (status, told) = world.ask("POST /sync/orders/_bulk_docs", json!({ "docs": docs }));
    assert_eq!(status, 201);
    let words: Vec<&str> = told.as_array().unwrap().iter().map(|it| it["error"].as_str().unwrap_or("ok")).collect();
    assert_eq!(words, ["ok", "conflict", "ok", "forbidden", "conflict", "forbidden"], "{told}");
    assert_eq!(told[2]["id"].as_str().map(str::len), Some(32), "an id is made where there is none");
    check(
        &mut world,
        &[
            ("GET /sync/orders/", Value::Null, 200, json!({ "doc_count": 3 })),
            ("POST /sync/orders/_bulk_docs", json!({}), 400, json!({ "error": "bad_request" })),
            ("POST /sync/orders/_bulk_docs", json!({ "docs": [1] }), 400, json!({ "error": "bad_request" })),
            (
                "POST /sync/orders/_bulk_docs",
                json!({ "new_edits": 1, "docs": [] }),
                400,
                error("bad_request", "`new_edits` must be true or false"),
            ),
            ("POST /sync/orders/_bulk_docs", json!({ "docs": [] }), 201, json!([])),
            ("POST /sync/orders", json!({ "_id": "d" }), 201, json!({ "id": "d" })),
            ("POST /sync/orders", json!({ "_id": "d" }), 409, json!({ "error": "conflict" })),
            ("POST /sync/orders", json!({ "_id": "" }), 400, json!({ "error": "illegal_docid" })),
        ],
    );
    let (status, told) = world.ask("POST /sync/orders", json!({ "x": 1 }));
    assert_eq!((status, told["id"].as_str().map(str::len)), (201, Some(32)));
    let whole = json!({ "_rev": rev("3-a"), "_revisions": { "start": 3, "ids": ["a".repeat(32), "b".repeat(32)] } });
    let (status, told) = world.ask("PUT /sync/orders/e?new_edits=false", whole);
    assert_eq!((status, told), (201, json!({ "ok": true, "id": "e", "rev": rev("3-a") })));
}

fn one_flawed_document_holds_up_none_beside_it() {
    let mut world = World::new();
    let rev = rev("1-a");
    let customer = "customer_018f0000-0000-7000-8000-000000000001";
    // what is sent beside two that are well, its row
    let refused = |word: &str| json!([{ "id": "flawed", "error": "forbidden", "reason": word }]);
    let rows = [
        (json!({ "_attachments": { "a.txt": {} } }), refused("_attachments: attachments are not kept here")),
        (json!({ "_x": 1 }), refused("_x: `_x` is not a field of CouchDB's")),
        (json!({ "_deleted": 1 }), refused("_deleted: must be true or false, is a number")),
        (json!({ "_rev": "1-x" }), json!([{ "id": "flawed", "rev": "undefined", "error": "forbidden" }])),
        (json!({ "x": 1 }), json!([])),
        // Kept, but the books cannot follow it: PouchDB goes on at this word alone, our registers at the other.
        (
            json!({ "_id": customer, "type": "customer" }),
            json!([{ "id": customer, "error": "forbidden", "problem": "not_valid" }]),
        ),
    ];
    for (nth, (flawed, told)) in rows.into_iter().enumerate() {
        let mut document = json!({ "_id": "flawed", "_rev": rev });
        document.as_object_mut().unwrap().extend(flawed.as_object().unwrap().clone());
        let database = if document["type"] == "customer" { "customers" } else { "orders" };
        let well = [format!("a{nth}"), format!("b{nth}")];
        let docs = json!([{ "_id": well[0], "_rev": rev }, document, { "_id": well[1], "_rev": rev }]);
        let (status, is) =
            world.ask(&format!("POST /sync/{database}/_bulk_docs"), json!({ "new_edits": false, "docs": docs }));
        assert_eq!(status, 201, "{document}: {is}");
        assert!(holds(&is, &told), "{document}: {is} has not {told}");
        for id in well {
            assert_eq!(world.ask(&format!("GET /sync/{database}/{id}"), Value::Null).0, 200, "{document}");
        }
    }
    for docs in [json!([1]), json!([{ "_rev": rev }]), json!([{ "_id": 1, "_rev": rev }])] {
        let (status, _) = world.ask("POST /sync/orders/_bulk_docs", json!({ "new_edits": false, "docs": docs }));
        assert_eq!(status, 400, "whom no row could name fails the whole: {docs}");
    }
}

fn many_are_handed_out_a_row_for_each_in_the_order_that_was_asked_for() {
    let mut world = World::new();
    quarrel(&mut world);
    let [a, b, root, f] = ["2-a", "2-b", "1-0", "9-f"].map(rev);
    let ask = json!({ "docs": [{ "id": "q", "rev": a }, { "id": "none" }, { "id": "q", "rev": f },
                               { "id": "q", "rev": root }, { "id": "q" }] });
    let (status, told) = world.ask("POST /sync/orders/_bulk_get", ask.clone());
    assert_eq!(status, 200);
    let not_found = |id: &str, rev: &str| {
        let error = json!({ "id": id, "rev": rev, "error": "not_found", "reason": "missing" });
        json!({ "id": id, "docs": [{ "error": error }] })
    };
    assert_eq!(told["results"][0], json!({ "id": "q", "docs": [{ "ok": { "_id": "q", "_rev": a, "by": "a" } }] }));
    assert_eq!(told["results"][1], not_found("none", "undefined"));
    assert_eq!([&told["results"][2], &told["results"][3]], [&not_found("q", &f), &not_found("q", &root)]);
    assert_eq!(told["results"][4]["docs"].as_array().map(Vec::len), Some(3));
    let (_, told) = world.ask("POST /sync/orders/_bulk_get?revs=true&latest=true", ask);
    assert_eq!(told["results"][3]["docs"][0]["ok"]["_rev"], json!(b));
    assert_eq!(told["results"][0]["docs"][0]["ok"]["_revisions"]["start"], json!(2));
    let missing = json!({ "q": [a, f] });
    let (status, told) = world.ask("POST /sync/orders/_missing_revs", missing.clone());
    assert_eq!((status, told), (200, json!({ "missing_revs": { "q": [f] } })));
    let (_, told) = world.ask("POST /sync/orders/_revs_diff", missing);
    assert_eq!(told["q"]["missing"], json!([f]));
}

fn what_stands_is_listed_between_two_ids() {
    let mut world = World::new();
    let mut gone = String::new();
    for id in ["a", "b", "c", "d", "e"] {
        gone = world.put(id, json!({ "x": id }));
    }
    world.ask(&format!("DELETE /sync/orders/e?rev={gone}"), Value::Null);
    // query, offset, ids
    let rows: [(&str, u64, &[&str]); 18] = [
        ("", 0, &["a", "b", "c", "d"]),
        ("descending=true", 0, &["d", "c", "b", "a"]),
        ("startkey=%22b%22", 1, &["b", "c", "d"]),
        ("start_key=%22bb%22", 2, &["c", "d"]),
        ("startkey=%22b%22&endkey=%22c%22", 1, &["b", "c"]),
        ("startkey=%22b%22&endkey=%22c%22&inclusive_end=false", 1, &["b"]),
        ("descending=true&startkey=%22c%22&endkey=%22b%22", 1, &["c", "b"]),
        ("descending=true&startkey=%22c%22&endkey=%22a%22&inclusive_end=false", 1, &["c", "b"]),
        ("key=%22c%22", 2, &["c"]),
        ("key=%22e%22", 4, &[]),
        ("limit=2", 0, &["a", "b"]),
        ("skip=1&limit=2", 1, &["b", "c"]),
        ("skip=9", 4, &[]),
        ("limit=0", 0, &[]),
        ("startkey=%22b%22&skip=1", 2, &["c", "d"]),
        ("startkey=5", 0, &["a", "b", "c", "d"]),
        ("endkey=5", 0, &[]),
        ("endkey=%7B%7D", 0, &["a", "b", "c", "d"]),
    ];
    for (query, offset, ids) in rows {
        let (status, told) = world.ask(&format!("GET /sync/orders/_all_docs?{query}"), Value::Null);
        let listed: Vec<&str> = told["rows"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
        let is = (status, &told["total_rows"], &told["offset"], &listed[..]);
        assert_eq!(is, (200, &json!(4), &json!(offset), ids), "{query}");
    }
    let keys = json!({ "keys": ["d", "none", "e", 7] });
    let (_, told) = world.ask("POST /sync/orders/_all_docs?include_docs=true", keys.clone());
    assert!(told["rows"][0]["doc"]["x"] == "d" && told["offset"].is_null(), "{told}");
    assert_eq!(told["rows"][1], json!({ "key": "none", "error": "not_found" }));
    assert!(told["rows"][2]["value"]["deleted"] == true && told["rows"][2]["doc"].is_null(), "{told}");
    assert_eq!(told["rows"][3], json!({ "key": 7, "error": "not_found" }));
    let (_, told) = world.ask("POST /sync/orders/_all_docs?descending=true&limit=1", keys);
    assert_eq!(told["rows"], json!([{ "key": 7, "error": "not_found" }]));
    check(
        &mut world,
        &[
            ("GET /sync/orders/_all_docs?limit=-1", Value::Null, 400, json!({ "error": "query_parse_error" })),
            ("GET /sync/orders/_all_docs?limit=x", Value::Null, 400, json!({ "error": "query_parse_error" })),
            ("GET /sync/orders/_all_docs?startkey=b", Value::Null, 400, json!({ "error": "query_parse_error" })),
            ("GET /sync/orders/_all_docs?descending=1", Value::Null, 400, json!({ "error": "query_parse_error" })),
            ("POST /sync/orders/_all_docs", json!({ "keys": "a" }), 400, json!({ "error": "bad_request" })),
            (
                "POST /sync/orders/_all_docs",
                json!({ "limit": 1, "descending": true }),
                200,
                json!({ "rows": [{ "id": "d" }] }),
            ),
            ("GET /sync/orders/_all_docs/queries", Value::Null, 405, error("method_not_allowed", "Only POST allowed")),
            ("POST /sync/orders/_all_docs/queries", json!({}), 400, json!({ "error": "bad_request" })),
            (
                "POST /sync/orders/_all_docs/queries",
                json!({ "queries": [1] }),
                400,
                error("bad_request", "queries[0] must be an object"),
            ),
            ("POST /sync/orders/_all_docs/queries", json!({ "queries": [] }), 200, json!({ "results": [] })),
            (
                "POST /sync/orders/_all_docs/queries",
                json!({ "queries": [{ "keys": ["none"] }, { "limit": 0 }, { "limit": 1, "descending": true }] }),
                200,
                json!({ "results": [{ "rows": [{ "key": "none", "error": "not_found" }] }, { "rows": [] },
                                     { "rows": [{ "id": "d" }] }] }),
            ),
            ("GET /sync/orders/_all_docs?limit=0&update_seq=true", Value::Null, 200, json!({ "rows": [] })),
            ("GET /sync/orders/_design_docs", Value::Null, 200, json!({ "rows": [] })),
        ],
    );
}

fn as_many_are_counted_as_there_are() {
    let mut world = World::new();
    quarrel(&mut world);
    let (one, two) = (world.put("a", json!({})), world.put("b", json!({})));
    let [q_a, q_b] = ["2-a", "2-b"].map(rev);
    // what is done, how many stand then, how many are gone
    let rows = [
        (format!("DELETE /sync/orders/a?rev={one}"), 2, 1),
        (format!("DELETE /sync/orders/a?rev={one}"), 2, 1),
        (format!("DELETE /sync/orders/q?rev={q_b}"), 2, 1),
        (format!("DELETE /sync/orders/q?rev={q_a}"), 1, 2),
        ("PUT /sync/orders/a".into(), 2, 1),
        ("PUT /sync/orders/a".into(), 2, 1),
        (format!("PUT /sync/orders/b?rev={two}"), 2, 1),
    ];
    for (line, standing, gone) in rows {
        world.ask(&line, json!({ "x": 1 }));
        let (_, told) = world.ask("GET /sync/orders", Value::Null);
        assert_eq!((&told["doc_count"], &told["doc_del_count"]), (&json!(standing), &json!(gone)), "{line}");
        let counted = world.replica.central().count("COUNT(*) FROM document WHERE deleted = 0");
        assert_eq!(counted, standing, "{line}");
    }
}

fn a_listing_goes_on_beyond_one_look() {
    let mut world = World::new();
    let count = 1_203;
    let docs: Vec<Value> = (0..count).map(|nth| json!({ "_id": format!("n{nth:04}") })).collect();
    world.ask("POST /sync/orders/_bulk_docs", json!({ "docs": docs }));
    for (query, expected, first) in [("", count, "n0000"), ("skip=600&descending=true", count - 600, "n0602")] {
        let (_, told) = world.ask(&format!("GET /sync/orders/_all_docs?{query}"), Value::Null);
        let rows = told["rows"].as_array().unwrap();
        assert_eq!((rows.len(), rows[0]["id"].as_str()), (expected, Some(first)));
    }
    let mut feed = read_feed(&request("GET /sync/orders/_changes?limit=700", &Value::Null)).unwrap();
    let page = world.page(&feed, "0");
    assert_eq!((page.rows.len(), page.pending), (700, 503));
    feed.limit = None;
    let page = world.page(&feed, &page.last_seq);
    assert_eq!((page.rows.len(), page.pending), (503, 0));
}

fn what_would_be_far_larger_in_memory_than_it_is_is_not_read() {
    let mut world = World::new();
    let rich = json!({ "docs": vec![json!({ "x": vec![json!({}); 100] }); 1_990] });
    let (status, told) = world.ask("POST /sync/orders/_bulk_docs", rich);
    assert_eq!((status, told["error"].as_str()), (413, Some("too_large")), "{told}");
}

fn a_local_document_is_taken_away_whatever_revision_is_named() {
    let mut world = World::new();
    let gone = json!({ "ok": true, "id": "_local/a/b", "rev": "0-0" });
    let none = error("not_found", "missing");
    check(
        &mut world,
        &[
            ("DELETE /sync/orders/_local/a/b", Value::Null, 404, none.clone()),
            ("PUT /sync/orders/_local/a/b", json!({ "x": 1 }), 201, json!({ "rev": "0-1" })),
            ("PUT /sync/orders/_local/a/b", json!({ "x": 2, "_rev": "0-1" }), 201, json!({ "rev": "0-2" })),
            ("DELETE /sync/customers/_local/a/b", Value::Null, 404, none.clone()),
            ("DELETE /sync/orders/_local/a%2Fb?rev=0-1", Value::Null, 200, gone.clone()),
            ("GET /sync/orders/_local/a/b", Value::Null, 404, none.clone()),
            ("DELETE /sync/orders/_local/a/b?rev=0-2", Value::Null, 404, none),
            ("PUT /sync/orders/_local/a/b", json!({}), 201, json!({ "rev": "0-1" })),
            ("DELETE /sync/orders/_local/a/b", Value::Null, 200, gone),
        ],
    );
}
