//! Rules of looking after a store: what a check finds, what a backup is, what a restore keeps.

use super::*;
use crate::domain::journal::Entry;
use crate::domain::{BusinessDate, LocalNumber, RegisterId};
use crate::store::connect::{ENCRYPTS, beside};
use crate::store::fixtures::{Place, key, now, pay, save, send};
use crate::store::{Durability, Store, schema};

/// A store with a sent, a paid and a draft order and a journal of five rows; also a path for its backup.
fn evening() -> (Place, Store, PathBuf) {
    let (place, mut store) = Place::with_store();
    for number in 1..=3 {
        let mut order = place.order(number);
        order.lines.push(place.line("Soup", 500));
        save(&mut store, &order);
        if number < 3 {
            send(&mut store, &mut order);
        }
        if number == 1 {
            pay(&mut store, &place.payment(&order, 500)).unwrap();
        }
        store.write(Durability::Synced, |tx| tx.take_number(BusinessDate::of(now(), 240))).unwrap();
    }
    for amount in 1..=5_u32 {
        let entry = Entry::new("count", None).with("amount", amount);
        store.write(Durability::Synced, |tx| tx.append(now(), Some("Ana"), &entry)).unwrap();
    }
    let to = place.file("backup.db");
    (place, store, to)
}

fn raw(path: &Path, sql: &str) {
    connect(path, Some(&key()), Access::Write).unwrap().execute_batch(sql).unwrap();
}

fn problems(path: &Path) -> Vec<String> {
    check(path, Some(&key())).unwrap().problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_sound_store_is_counted_while_it_is_open_and_after() {
    let (place, store, _) = evening();
    let counted = |report: Report| (report.schema, report.epoch, report.documents, report.journal_rows);
    assert_eq!(counted(check(&place.path, Some(&key())).unwrap()), (schema::known(), 1, 3, 5));
    assert!(problems(&place.path).is_empty());
    drop(store);
    let before = place.bytes();
    assert!(problems(&place.path).is_empty());
    assert!(place.bytes() == before, "a check leaves no trace");
}

#[test]
fn the_first_row_of_the_journal_that_was_bent_is_named() {
    let open = "DROP TRIGGER journal_is_never_changed; DROP TRIGGER journal_is_never_cut;";
    // what somebody did, what the check says
    for (done, says) in [
        ("UPDATE journal SET details = '{}' WHERE seq = 3", "row 3 of the journal is not what was written: its hash"),
        ("UPDATE journal SET staff = NULL WHERE seq >= 2", "row 2 of the journal"),
        ("UPDATE journal SET hash = ZEROBLOB(32) WHERE seq = 4", "row 4 of the journal"),
        ("DELETE FROM journal WHERE seq = 2", "row 2 of the journal is not what was written: it is missing"),
        ("DELETE FROM journal WHERE seq > 3", "row 4 of the journal is not what was written: it is missing, and all"),
        ("UPDATE meta SET journal_seq = 4", "row 5 of the journal is not what was written: the store's head"),
    ] {
        let (place, store, _) = evening();
        drop(store);
        raw(&place.path, &format!("{open} {done}"));
        let found = problems(&place.path);
        assert!(found.len() == 1 && found[0].starts_with(says), "{done}: {found:?}");
    }
}

#[test]
fn damage_is_named() {
    let (place, store, _) = evening();
    drop(store);
    raw(&place.path, "PRAGMA foreign_keys = OFF; DELETE FROM document WHERE doc_type = 'payment'");
    assert_eq!(problems(&place.path), ["a row of table outbox names a missing row of document"]);
    let (place, store, _) = evening();
    let page: u32 = {
        let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'order_row'";
        store.reader().connection().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    drop(store);
    let mut bytes = std::fs::read(&place.path).unwrap();
    let at = (page as usize - 1) * 4096;
    bytes[at..at + 64].fill(0xff);
    std::fs::write(&place.path, bytes).unwrap();
    let found = problems(&place.path).join("; ");
    assert!(found.contains(if ENCRYPTS { "the medium damaged it" } else { "its structure" }), "{found}");
}

#[test]
fn a_backup_holds_what_was_committed_and_takes_nobodys_place() {
    let (place, store, to) = evening();
    backup(&place.path, Some(&key()), &to).unwrap();
    let sides = ["-wal", "-shm", "-journal", ".part"].map(|side| beside(&to, side));
    assert!(sides.iter().all(|side| !side.exists()), "one file alone");
    let bytes = std::fs::read(&to).unwrap();
    assert!(matches!(backup(&place.path, Some(&key()), &to), Err(CareFault::Taken(_))));
    assert!(std::fs::read(&to).unwrap() == bytes);
    let copy = Store::open(&to, Some(&key())).unwrap();
    let rows = |store: &Store| (store.reader().open_orders(9).unwrap(), store.reader().paid_orders(9).unwrap());
    assert_eq!(rows(&copy), rows(&store));
    drop(store);
    let before = place.bytes();
    backup(&place.path, Some(&key()), &place.file("second.db")).unwrap();
    assert!(before.iter().all(|(path, bytes)| place.bytes().get(path) == Some(bytes)), "the store is as it was");
}

#[test]
fn a_backup_in_steps_is_of_its_first_moment_and_holds_nobody_up() {
    let (place, mut store, to) = evening();
    for number in 1..=500 {
        let mut order = place.order(1_000 + number);
        order.lines.push(place.line("Soup", 500));
        save(&mut store, &order);
    }
    let before = store.reader().open_orders(9_999).unwrap();
    let mut steps = 0;
    let mut sells_on = || {
        steps += 1;
        save(&mut store, &place.order(100 + steps));
        true
    };
    backup_at_pace(&place.path, Some(&key()), &to, &mut sells_on).unwrap();
    assert!(steps > 1, "{steps}");
    assert_eq!(store.reader().open_orders(9_999).unwrap().len(), before.len() + steps as usize);
    assert_eq!(Store::open(&to, Some(&key())).unwrap().reader().open_orders(9_999).unwrap(), before);
    // Given up, it leaves nothing.
    let second = place.file("second.db");
    assert!(backup_at_pace(&place.path, Some(&key()), &second, &mut || false).is_err());
    assert!(!second.exists() && !beside(&second, ".part").exists());
}

#[test]
fn a_restored_store_numbers_on_in_a_new_epoch_each_time() {
    let (place, store, to) = evening();
    backup(&place.path, Some(&key()), &to).unwrap();
    drop(store);
    let register = RegisterId::from("T1");
    let id = place.open().reader().store_id().unwrap();
    for round in 1..=3_u32 {
        let mut store = place.open();
        let lost = place.order(100 + round);
        save(&mut store, &lost);
        drop(store);
        let kept = std::fs::read(&to).unwrap();
        let restored = restore(&to, Some(&key()), &place.path).unwrap();
        assert_eq!(restored.epoch, round + 1);
        assert!(std::fs::read(&to).unwrap() == kept, "the backup is as it was");
        let aside = Store::open(&restored.aside.unwrap(), Some(&key())).unwrap();
        assert!(aside.reader().order(lost.order_id).unwrap().is_some(), "what was there is aside");
        drop(aside);
        let store = place.open();
        assert_eq!(store.reader().order(lost.order_id).unwrap(), None);
        let (_, sequence) = store.reader().next_number(BusinessDate::of(now(), 240)).unwrap();
        let number = LocalNumber::new(&register, store.reader().epoch().unwrap(), sequence);
        assert_eq!(number.0, format!("T1.{}-0004", round + 1));
        assert_eq!(store.reader().store_id().unwrap(), id);
        assert!(problems(&place.path).is_empty());
    }
}

#[test]
fn a_restore_takes_the_log_along_and_mends_what_cannot_be_opened() {
    let (place, store, to) = evening();
    backup(&place.path, Some(&key()), &to).unwrap();
    let crashed = place.after_crash();
    drop(store);
    let to = crashed.file("backup.db");
    let log = beside(&crashed.path, "-wal");
    assert!(std::fs::metadata(&log).unwrap().len() > 0);
    let restored = restore(&to, Some(&key()), &crashed.path).unwrap();
    let aside = restored.aside.unwrap();
    assert!(!log.exists() && !beside(&crashed.path, "-shm").exists());
    assert_eq!(Store::open(&aside, Some(&key())).unwrap().reader().open_orders(9).unwrap().len(), 2);
    assert!(problems(&crashed.path).is_empty());

    std::fs::write(&crashed.path, "rubbish").unwrap();
    assert_eq!(restore(&to, Some(&key()), &crashed.path).unwrap().epoch, 3);
    std::fs::remove_file(&crashed.path).unwrap();
    let restored = restore(&to, Some(&key()), &crashed.path).unwrap();
    assert_eq!((restored.aside, restored.epoch), (None, 4));
}

#[test]
fn a_backup_that_is_not_sound_is_not_used() {
    let (place, store, to) = evening();
    backup(&place.path, Some(&key()), &to).unwrap();
    drop(store);
    raw(&to, "DROP TRIGGER journal_is_never_changed; UPDATE journal SET kind = 'x' WHERE seq = 2");
    let before = place.bytes();
    let fault = restore(&to, Some(&key()), &place.path).unwrap_err();
    assert!(fault.to_string().contains("row 2 of the journal"), "{fault}");
    std::fs::write(&to, "rubbish").unwrap();
    assert!(matches!(restore(&to, Some(&key()), &place.path), Err(CareFault::Open(OpenFault::NotAStore(_)))));
    let after = place.bytes();
    assert!(before.iter().all(|(path, bytes)| *path == to || after.get(path) == Some(bytes)));
    assert_eq!(before.len(), after.len());
}

#[test]
fn a_log_that_has_grown_long_is_cut_off_and_no_other() {
    let (place, mut store) = Place::with_store();
    let checkpointer = Checkpointer::open(&place.path, Some(&key())).unwrap();
    let log = || std::fs::metadata(beside(&place.path, "-wal")).unwrap().len();
    // which document, how many pages it takes, whether the log is shorter then
    for (id, pages, is_cut) in [("a", 10, false), ("b", LOG_PAGES_KEPT + 10, true), ("c", 10, false)] {
        let body = serde_json::json!("x".repeat(pages as usize * 4096));
        store.write(Durability::Draft, |tx| tx.put_local_document(id, &body)).unwrap();
        let before = log();
        let moved = checkpointer.passive().unwrap();
        assert!(moved.pages_in_log >= pages && moved.pages_moved == moved.pages_in_log, "{moved:?}");
        assert_eq!(log() < before, is_cut, "{pages} pages");
    }
    assert!(check(&place.path, Some(&key())).unwrap().is_sound());
}
