//! Rules of the books: what is kept, for how long, and in how few rows.

use super::*;
use crate::domain::Timestamp;
use crate::store::fixtures::{Place, now};
use crate::store::{Durability, ReviewRow, Store, SyncMetrics};
use serde_json::json;

fn write<T>(store: &mut Store, work: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> T {
    store.write(Durability::Draft, work).unwrap()
}

fn round(success: bool, duration_ms: u32, timestamp: Timestamp) -> SyncRow {
    SyncRow { lane: "push orders".into(), success, duration_ms, items_count: 3, timestamp, note: None }
}

#[test]
fn the_sums_of_the_log_are_those_of_its_rows_and_rows_go_after_30_days() {
    let (place, mut store) = Place::with_store();
    assert_eq!(store.reader().sync_metrics().unwrap(), SyncMetrics::default());
    let at = |days: i64| now().plus_millis(days * 86_400_000);
    // day, success, duration, rows then, successes, average, day of the last success
    for (day, success, ms, total, successful, average, last) in [
        (0, true, 100, 1, 1, 100, 0),
        (1, false, 300, 2, 1, 200, 0),
        (2, true, 200, 3, 2, 200, 2),
        (30, false, 0, 4, 2, 150, 2),
        (31, true, 400, 4, 2, 225, 31),
        (90, false, 8, 1, 0, 8, 31),
    ] {
        write(&mut store, |tx| tx.log_sync(&round(success, ms, at(day))));
        let sums = store.reader().sync_metrics().unwrap();
        let expected = SyncMetrics {
            total_syncs: total,
            successful_syncs: successful,
            failed_syncs: total - successful,
            average_sync_time_ms: average,
            pending_items: 0,
            last_successful_sync: Some(at(last)),
        };
        assert_eq!(sums, expected, "day {day}");
        assert_eq!(store.reader().sync_log(99).unwrap().len() as u64, total);
    }
    drop(store);
    assert_eq!(place.open().reader().sync_log(1).unwrap(), [round(false, 8, at(90))]);
}

#[test]
fn rows_of_a_clock_that_ran_ahead_keep_no_others() {
    let (_place, mut store) = Place::with_store();
    let at = |days: i64| now().plus_millis(days * 86_400_000);
    for _ in 0..25 {
        write(&mut store, |tx| tx.log_sync(&round(true, 1, at(4_000))));
    }
    // day, rows then
    for (day, total) in [(0, 26), (1, 27), (31, 27), (32, 27), (4_031, 8), (4_031, 2)] {
        write(&mut store, |tx| tx.log_sync(&round(true, 1, at(day))));
        assert_eq!(store.reader().sync_metrics().unwrap().total_syncs, total, "day {day}");
    }
}

#[test]
fn local_documents_marks_and_the_servers_time_are_what_was_written_last() {
    let (place, mut store) = Place::with_store();
    let id = "abc==.continuous";
    assert_eq!(store.reader().local_document(id).unwrap(), None);
    for body in [json!({ "session_id": "1" }), json!({ "session_id": "2", "history": [] })] {
        write(&mut store, |tx| tx.put_local_document(id, &body));
        assert_eq!(store.reader().local_document(id).unwrap(), Some(body));
    }
    assert_eq!(store.reader().menu_mark().unwrap(), MenuMark::default());
    let mark = MenuMark { cursor: Some("17".into()), etag: Some("\"x\"".into()) };
    write(&mut store, |tx| tx.set_menu_mark(&mark));
    // milliseconds later, what is kept: a moment makes no difference, and a server's clock may be set back
    for (told, kept) in [(0, 0), (59_999, 0), (60_000, 60_000), (-90_000, -90_000)] {
        write(&mut store, |tx| tx.note_server_time(now().plus_millis(told)));
        assert_eq!(store.reader().server_time().unwrap(), Some(now().plus_millis(kept)));
    }
    drop(store);
    let store = place.open();
    assert_eq!(store.reader().menu_mark().unwrap(), mark);
    assert_eq!(store.reader().local_document(id).unwrap().unwrap()["session_id"], "2");
}

#[test]
fn a_document_is_before_a_manager_once_for_each_cause() {
    let (_place, mut store) = Place::with_store();
    for (doc_id, kind, reason) in [
        ("order_1", ReviewKind::Merged, "completed here, cancelled there"),
        ("order_1", ReviewKind::Rejected, "unknown tax"),
        ("payment_1", ReviewKind::Quarantined, "amount"),
        ("order_1", ReviewKind::Rejected, "unknown item"),
    ] {
        write(&mut store, |tx| tx.put_review(doc_id, kind, reason, now()));
    }
    let reasons = |store: &Store| -> Vec<String> {
        store.reader().reviews(9).unwrap().into_iter().map(|row| row.reason).collect()
    };
    assert_eq!(reasons(&store), ["amount", "unknown item", "completed here, cancelled there"]);
    assert_eq!(store.reader().need_review().unwrap(), 3);
    write(&mut store, |tx| tx.close_review("order_1", ReviewKind::Rejected, "mended", now()));
    write(&mut store, |tx| tx.close_review("order_1", ReviewKind::Quarantined, "nothing is", now()));
    assert_eq!(reasons(&store), ["amount", "completed here, cancelled there"]);
    write(&mut store, |tx| tx.put_review("order_1", ReviewKind::Rejected, "again", now().plus_millis(5)));
    let newest = ReviewRow {
        doc_id: "order_1".into(),
        local_number: None,
        kind: ReviewKind::Rejected,
        submission: None,
        reason: "again".into(),
        refused: None,
        since: now().plus_millis(5),
    };
    assert_eq!(store.reader().reviews(1).unwrap(), [newest]);
}
