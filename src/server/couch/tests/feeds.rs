//! The feed of changes: how it is asked for, and its pages.

use super::*;
use crate::server::couch::{FeedKind, Filter};

on_each_central! {
    a_feed_is_read_from_its_address_and_nonsense_is_told,
    a_feed_hands_out_each_document_once_at_its_last_change,
    a_filter_lets_pass_what_is_meant_and_says_where_it_stopped,
    a_filter_that_lets_nothing_pass_ends_a_page_after_its_share_of_work,
    a_filter_that_is_much_work_ends_a_page_and_a_query_is_refused,
    a_feed_of_many_ids_that_goes_on_looks_at_what_is_new_alone,
}

fn feed(query: &str) -> Feed {
    read_feed(&request(&format!("GET /sync/orders/_changes?{query}"), &Value::Null)).unwrap()
}

fn posted(query: &str, body: &Value) -> Feed {
    read_feed(&request(&format!("POST /sync/orders/_changes?{query}"), body)).unwrap()
}

/// The ids of a page's rows.
fn ids_of(page: &FeedPage) -> Vec<&str> {
    page.rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

fn a_feed_is_read_from_its_address_and_nonsense_is_told() {
    let all = feed("feed=longpoll&style=all_docs&heartbeat=10000&since=now&limit=25&include_docs=true&conflicts=true");
    assert_eq!(
        (all.kind, all.style_all_docs, all.heartbeat_ms, all.timeout_ms, &all.since[..], all.limit),
        (FeedKind::Longpoll, true, Some(10_000), None, "now", Some(25))
    );
    assert!(all.include_docs && all.conflicts && !all.descending && all.filter.is_none());
    assert_eq!((feed("limit=0").limit, feed("heartbeat=true").heartbeat_ms), (Some(1), Some(60_000)));
    assert_eq!((feed("timeout=99999999").timeout_ms, feed("heartbeat=false").heartbeat_ms), (Some(60_000), None));
    assert_eq!(feed("feed=continuous&descending=true&since=now").kind, FeedKind::Normal);
    let mut again = request("GET /sync/orders/_changes?feed=eventsource&since=1-a", &Value::Null);
    again.headers_mut().insert("last-event-id", "5-b".parse().unwrap());
    assert_eq!(read_feed(&again).unwrap().since, "5-b");
    let by_ids = posted("filter=_doc_ids", &json!({ "doc_ids": ["b", "a", "b"] }));
    assert_eq!(by_ids.filter, Some(Filter::DocIds(vec!["a".into(), "b".into()])));
    assert_eq!(feed("filter=_doc_ids&doc_ids=%5B%22a%22%5D").filter, Some(Filter::DocIds(vec!["a".into()])));
    // query, status, word
    let rows = [
        ("limit=x", 400, "query_parse_error"),
        ("limit=-1", 400, "query_parse_error"),
        ("timeout=1.5", 400, "query_parse_error"),
        ("heartbeat=0", 400, "bad_request"),
        ("feed=websocket", 400, "bad_request"),
        ("style=most", 400, "bad_request"),
        ("include_docs=yes", 400, "query_parse_error"),
        ("filter=house/mine", 404, "not_found"),
        ("filter=_view&view=house/mine", 404, "not_found"),
        ("filter=_doc_ids", 400, "bad_request"),
        ("filter=_doc_ids&doc_ids=a", 400, "query_parse_error"),
        ("filter=_doc_ids&doc_ids=%5B1%5D", 400, "bad_request"),
        ("filter=_selector", 400, "bad_request"),
    ];
    for (query, status, word) in rows {
        let problem = read_feed(&request(&format!("GET /sync/orders/_changes?{query}"), &Value::Null)).unwrap_err();
        assert_eq!((problem.status, &problem.code[..]), (status, word), "{query}");
        let (is, told) = World::new().ask(&format!("GET /sync/orders/_changes?{query}"), Value::Null);
        assert_eq!((is, told["error"].as_str()), (status, Some(word)), "{query}");
    }
    for (line, status) in [("GET /sync/orders/a/_changes", 404), ("GET /sync/drinks/_changes", 404)] {
        assert_eq!(World::new().ask(line, Value::Null).0, status, "{line}");
    }
    let (status, told) = World::new().ask("DELETE /sync/orders/_changes", Value::Null);
    assert_eq!((status, told["reason"].as_str()), (405, Some("Only GET,HEAD,POST allowed")));
}

fn a_feed_hands_out_each_document_once_at_its_last_change() {
    let mut world = World::new();
    world.put("a", json!({ "x": 1 }));
    world.graft("q", &["2-a", "1-0"], false, json!({ "by": "a" }));
    world.graft("q", &["2-b", "1-0"], false, json!({ "by": "b" }));
    let gone = world.put("c", json!({}));
    world.ask(&format!("DELETE /sync/orders/c?rev={gone}"), Value::Null);
    let page = world.page(&feed(""), "0");
    assert_eq!((ids_of(&page), page.pending), (vec!["a", "q", "c"], 0));
    assert_eq!(page.rows[1]["changes"], json!([{ "rev": rev("2-b") }]));
    assert_eq!((&page.rows[2]["deleted"], page.rows[0].get("deleted")), (&json!(true), None));
    let all = world.page(&feed("style=all_docs&include_docs=true&conflicts=true"), "0");
    assert_eq!(all.rows[1]["changes"], json!([{ "rev": rev("2-b") }, { "rev": rev("2-a") }]));
    assert_eq!(all.rows[1]["doc"]["_conflicts"], json!([rev("2-a")]));
    assert_eq!((&all.rows[0]["doc"]["x"], &all.rows[2]["doc"]["_deleted"]), (&json!(1), &json!(true)));
    // From row to row, and from the end.
    let first = world.page(&feed("limit=1"), "0");
    assert_eq!((ids_of(&first), first.pending > 0), (vec!["a"], true));
    assert_eq!(first.rows[0]["seq"], json!(first.last_seq));
    assert_eq!(ids_of(&world.page(&feed("limit=1"), &first.last_seq)), ["q"]);
    let end = world.page(&feed(""), "now");
    assert_eq!((ids_of(&end), &end.last_seq, end.pending), (vec![], &page.last_seq, 0));
    let back = world.page(&feed("descending=true&limit=2"), "0");
    assert_eq!((ids_of(&back), back.pending > 0), (vec!["c", "q"], true));
    let back = world.page(&feed("descending=true"), &back.last_seq);
    assert_eq!((ids_of(&back), back.pending), (vec!["a"], 0));
    let wrong = wait(feed_page(&world.replica, &register(), &feed(""), "5")).unwrap_err();
    assert_eq!((wrong.status, &wrong.code[..]), (400, "bad_request"));
    let (status, told) = world.ask("GET /sync/orders/_changes?limit=2", Value::Null);
    assert_eq!((status, told["results"].as_array().map(Vec::len)), (200, Some(2)));
    let (_, told) = world.ask("POST /sync/orders/_changes?feed=longpoll", json!({}));
    assert_eq!((told["last_seq"].as_str(), &told["pending"]), (Some(&page.last_seq[..]), &json!(0)));
}

fn a_filter_lets_pass_what_is_meant_and_says_where_it_stopped() {
    let mut world = World::new();
    for (id, kind) in [("a", "x"), ("b", "y"), ("c", "x")] {
        world.put(id, json!({ "type": kind }));
    }
    world.graft("q", &["2-a", "1-0"], false, json!({ "type": "x" }));
    world.graft("q", &["2-b", "1-0"], false, json!({ "type": "y" }));
    let newest = world.page(&feed(""), "0").last_seq;
    let by_ids = posted("filter=_doc_ids", &json!({ "doc_ids": ["c", "a", "none"] }));
    let page = world.page(&by_ids, "0");
    assert_eq!((ids_of(&page), &page.last_seq, page.pending), (vec!["a", "c"], &newest, 0));
    let one = world.page(&Feed { limit: Some(1), ..by_ids.clone() }, "0");
    assert_eq!((ids_of(&one), one.pending), (vec!["a"], 1));
    assert_eq!(ids_of(&world.page(&by_ids, &one.last_seq)), ["c"]);
    let selector = json!({ "selector": { "type": "x" } });
    let main = world.page(&posted("filter=_selector", &selector), "0");
    assert_eq!((ids_of(&main), &main.last_seq, main.pending), (vec!["a", "c"], &newest, 0));
    let all = world.page(&posted("filter=_selector&style=all_docs", &selector), "0");
    assert_eq!((ids_of(&all), &all.rows[2]["changes"]), (vec!["a", "c", "q"], &json!([{ "rev": rev("2-a") }])));
    let none = world.page(&posted("filter=_selector", &json!({ "selector": { "type": "z" } })), "0");
    assert_eq!((ids_of(&none), &none.last_seq, none.pending), (vec![], &newest, 0));
    let (_, told) = world.ask("POST /sync/orders/_changes?filter=_selector&limit=1", selector);
    assert_eq!(told["results"].as_array().map(Vec::len), Some(1));
}

fn a_filter_that_lets_nothing_pass_ends_a_page_after_its_share_of_work() {
    let mut world = World::new();
    for chunk in 0..4 {
        let docs: Vec<Value> = (0..1_500).map(|nth| json!({ "_id": format!("n{chunk}_{nth:04}") })).collect();
        world.ask("POST /sync/orders/_bulk_docs", json!({ "docs": docs }));
    }
    world.put("last", json!({ "type": "x" }));
    let feed = posted("filter=_selector", &json!({ "selector": { "type": "x" } }));
    let page = world.page(&feed, "0");
    assert_eq!((ids_of(&page), page.pending > 0), (vec![], true));
    let page = world.page(&feed, &page.last_seq);
    assert_eq!((ids_of(&page), page.pending), (vec!["last"], 0));
    let (_, told) = world.ask("POST /sync/orders/_changes?filter=_selector", json!({ "selector": { "type": "x" } }));
    assert_eq!(told["results"][0]["id"], json!("last"), "who is answered at once is answered whole");
}

fn a_filter_that_is_much_work_ends_a_page_and_a_query_is_refused() {
    let mut world = World::new();
    let long: Vec<u32> = (0..100_000).collect();
    for nth in 0..4 {
        world.put(&format!("n{nth}"), json!({ "long": long }));
    }
    let selector = json!({ "selector": { "x": { "$in": (0..900).collect::<Vec<u32>>() } } });
    let feed = posted("filter=_selector", &selector);
    let first = world.page(&feed, "0");
    assert!(first.rows.is_empty() && first.pending > 0 && !first.last_seq.starts_with("0-"), "{first:?}");
    assert_eq!(world.page(&feed, &first.last_seq).pending, 0);
    let (status, told) = world.ask("POST /sync/orders/_find", selector);
    assert_eq!((status, told["error"].as_str()), (413, Some("too_large")), "{told}");
}

fn a_feed_of_many_ids_that_goes_on_looks_at_what_is_new_alone() {
    let mut world = World::new();
    let ids: Vec<String> = (0..50).map(|nth| format!("n{nth:02}")).collect();
    let revs: Vec<String> = ids.iter().map(|id| world.put(id, json!({}))).collect();
    let feed = posted("filter=_doc_ids&include_docs=true", &json!({ "doc_ids": ids }));
    let first = world.page(&feed, "0");
    assert_eq!((first.rows.len(), first.pending), (50, 0));
    // None of these can be read any more: whoever looks at them fails.
    world.replica.central().spoil("UPDATE document SET tree = 'no tree' WHERE doc_id <> 'n07'");
    world.put("other", json!({}));
    let none = world.page(&feed, &first.last_seq);
    assert_eq!((ids_of(&none), none.pending), (vec![], 0));
    assert_ne!(none.last_seq, first.last_seq, "it goes on behind it");
    let edited = world.ask("PUT /sync/orders/n07", json!({ "_rev": revs[7], "x": 1 }));
    assert_eq!(edited.0, 201, "{}", edited.1);
    let one = world.page(&feed, &none.last_seq);
    assert_eq!((ids_of(&one), &one.rows[0]["doc"]["x"], one.pending), (vec!["n07"], &json!(1), 0));
}
