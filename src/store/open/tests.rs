//! Rules of opening: what is refused, and that a refusal leaves every byte as it was.

use super::*;
use crate::domain::LineState;
use crate::store::Durability;
use crate::store::care::{self, Checkpoint};
use crate::store::fixtures::{Place, key, now, put, save, send};

fn raw(place: &Place) -> Connection {
    connect(&place.path, Some(&key()), Access::Write).unwrap()
}

/// A finished store that nobody has open, after `change` was done to it behind its back.
fn spoiled(change: &str) -> Place {
    let (place, store) = Place::with_store();
    drop(store);
    raw(&place).execute_batch(change).unwrap();
    place
}

fn with_file(bytes: &[u8]) -> Place {
    let place = Place::new();
    std::fs::write(&place.path, bytes).unwrap();
    place
}

fn with_plain_database(sql: &str) -> Place {
    let place = Place::new();
    Connection::open(&place.path).unwrap().execute_batch(sql).unwrap();
    place
}

fn with_bytes(place: Place, change: impl FnOnce(&mut Vec<u8>)) -> Place {
    let mut bytes = std::fs::read(&place.path).unwrap();
    change(&mut bytes);
    std::fs::write(&place.path, bytes).unwrap();
    place
}

/// A store whose log says something that the file does not, after a crash.
fn crashed(change: &str) -> Place {
    let (place, mut store) = Place::with_store();
    save(&mut store, &place.order(1));
    store.reader().connection().execute_batch(change).unwrap();
    place.after_crash()
}

#[test]
fn a_refusal_leaves_every_byte_as_it_was() {
    let other = Key::new([8; 32]);
    let ours = format!("PRAGMA application_id = {APPLICATION_ID}; CREATE TABLE t (a);");
    let pages = |bytes: &mut Vec<u8>| bytes[4096..].fill(0xff);
    let half = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 8192 * 4096);
    // what is there, whose key, the sentence (with `cipher` where it differs)
    let rows = [
        (Place::new(), key(), "there is no store at", None),
        (with_file(b""), key(), "is not a Comanda store", None),
        (with_file(&[b'x'; 5000]), key(), "is not a Comanda store", None),
        (with_file(&[b'x'; 8192]), key(), "is encrypted (or no store", Some("the key does not open")),
        (with_plain_database("CREATE TABLE t (a);"), key(), "is not a Comanda store", None),
        (with_plain_database(&ours), key(), "is not a Comanda store", Some("is a store without encryption")),
        (spoiled("PRAGMA application_id = 5"), key(), "is not a Comanda store", None),
        (spoiled("PRAGMA user_version = 99"), key(), "a newer Comanda: schema 99, this one knows", None),
        (spoiled("PRAGMA user_version = 0"), key(), "is not a Comanda store", None),
        (spoiled("DROP TABLE meta"), key(), "is damaged", None),
        (with_bytes(spoiled(""), pages), key(), "is damaged", None),
        (with_bytes(spoiled(""), half), key(), "is damaged", None),
        (crashed("PRAGMA user_version = 99"), key(), "a newer Comanda: schema 99", None),
        (crashed("PRAGMA application_id = 5"), key(), "is not a Comanda store", None),
    ];
    let encrypted = [
        (spoiled(""), other.clone(), "", Some("the key does not open")),
        (crashed(""), other, "", Some("the key does not open")),
    ];
    let encrypted = encrypted.into_iter().filter(|_| ENCRYPTS);
    for (nth, (place, key, plain, cipher)) in rows.into_iter().chain(encrypted).enumerate() {
        let before = place.bytes();
        let fault = Store::open(&place.path, Some(&key)).expect_err("it must be refused");
        let sentence = cipher.filter(|_| ENCRYPTS).unwrap_or(plain);
        assert!(fault.to_string().contains(sentence), "row {nth}: {fault}");
        assert!(place.bytes() == before, "row {nth}: {fault}");
        let fault = care::check(&place.path, Some(&key)).expect_err("it cannot be checked");
        assert!(fault.to_string().contains(sentence), "row {nth}: {fault}");
    }
}

#[test]
fn a_store_is_never_made_over_another_file() {
    for place in [spoiled(""), with_file(b"x")] {
        let before = place.bytes();
        let fault = Store::create(&place.path, Some(&key()), &mut place.dice()).unwrap_err();
        assert!(matches!(fault, OpenFault::Exists(_)), "{fault}");
        assert!(place.bytes() == before);
    }
}

#[test]
fn encryption_asks_for_a_key_and_leaves_nothing_readable() {
    if !ENCRYPTS {
        return;
    }
    let (place, mut store) = Place::with_store();
    let mut order = place.order(1);
    order.header.customer_name = Some("Guadalupe".into());
    save(&mut store, &order);
    for (file, bytes) in place.bytes() {
        let readable = [b"SQLite format".as_slice(), b"Guadalupe", b"order_row"];
        for words in readable {
            assert!(!bytes.windows(words.len()).any(|part| part == words), "{}", file.display());
        }
    }
    let before = place.bytes();
    assert!(matches!(Store::open(&place.path, None), Err(OpenFault::KeyNeeded)));
    let fresh = Place::new();
    assert!(matches!(Store::create(&fresh.path, None, &mut fresh.dice()), Err(OpenFault::KeyNeeded)));
    assert!(place.bytes() == before && fresh.bytes().is_empty());
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let (place, store) = Place::with_store();
    drop(store);
    let directory = place.path.parent().unwrap();
    let allow = |mode| std::fs::set_permissions(directory, std::fs::Permissions::from_mode(mode)).unwrap();
    allow(0o555);
    let root = std::fs::write(place.file("probe"), "").is_ok(); // root may write anyway: nothing to see then
    let before = place.bytes();
    let fault = Store::open(&place.path, Some(&key()));
    let unchanged = place.bytes() == before;
    let checked = care::check(&place.path, Some(&key()));
    allow(0o755);
    let refused = matches!(fault, Err(OpenFault::ReadOnly { .. }));
    assert!(root || (refused && unchanged), "{fault:?}");
    assert!(checked.unwrap().is_sound());
}

#[test]
fn what_an_interrupted_creation_left_is_no_hindrance() {
    let place = Place::new();
    std::fs::write(beside(&place.path, ".making"), "half").unwrap();
    std::fs::write(beside(&place.path, ".making-wal"), "half").unwrap();
    let store = Store::open_or_create(&place.path, Some(&key()), &mut place.dice()).unwrap();
    let id = store.reader().store_id().unwrap();
    drop(store);
    assert_eq!(place.bytes().len(), 1, "one file: {:?}", place.bytes().keys());
    let again = Store::open_or_create(&place.path, Some(&key()), &mut place.dice()).unwrap();
    assert_eq!(again.reader().store_id().unwrap(), id);
    assert_eq!(again.reader().epoch().unwrap(), 1);
    assert_ne!(again.reader().pin_salt().unwrap(), [0; 16]);
}

#[test]
fn drafts_are_committed_normal_and_synced_facts_full() {
    let (_place, mut store) = Place::with_store();
    // what is asked for, what SQLite then says: 1 = NORMAL, 2 = FULL
    for (durability, says) in [(Durability::Draft, 1), (Durability::Synced, 2), (Durability::Draft, 1)] {
        let pragma = |tx: &Tx<'_>, sql: &str| tx.connection().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let found = store.write(durability, |tx| {
            Ok::<_, Fault>((pragma(tx, "PRAGMA synchronous"), pragma(tx, "PRAGMA wal_autocheckpoint")))
        });
        assert_eq!(found.unwrap(), (says, 0), "{durability:?}");
    }
    let mode: String = store.reader().connection().query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn a_write_that_fails_changes_nothing() {
    let (place, mut store) = Place::with_store();
    let order = place.order(1);
    let refused = store.write(Durability::Draft, |tx| {
        tx.save_draft(&order)?;
        Err::<(), _>(Fault { doing: "agree", source: std::io::Error::other("no").into() })
    });
    assert!(refused.is_err());
    assert_eq!(store.reader().order(order.order_id).unwrap(), None);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.write(Durability::Draft, |tx| {
            tx.save_draft(&order)?;
            assert!(tx.order(order.order_id)?.is_none(), "planted");
            Ok::<_, Fault>(())
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(store.reader().order(order.order_id).unwrap(), None);
    save(&mut store, &order);
    assert_eq!(store.reader().order(order.order_id).unwrap(), Some(order));
}

#[test]
fn a_migration_takes_a_copy_first_and_is_all_or_nothing() {
    let (place, mut store) = Place::with_store();
    let order = place.order(1);
    save(&mut store, &order);
    drop(store);
    let now = schema::known();
    let good = Migration { number: now + 1, sql: "CREATE TABLE more (a INTEGER) STRICT;" };
    let bad = Migration { number: now + 2, sql: "CREATE TABLE still_more (a INTEGER) STRICT; CREATE TABLE more (a);" };
    let fault = Store::open_with(&place.path, Some(&key()), &[MIGRATIONS, &[good, bad]].concat()).unwrap_err();
    assert!(fault.to_string().contains("bring the file to this program's schema"), "{fault}");
    let schema = |path: &Path| {
        let connection = connect(path, Some(&key()), Access::Frozen).unwrap();
        let tables = "SELECT COUNT(*) FROM sqlite_schema WHERE name IN ('more', 'still_more')";
        let number = |sql| connection.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap();
        (number("PRAGMA user_version"), number(tables))
    };
    assert_eq!(schema(&place.path), (now + 1, 1));
    let kept = beside(&place.path, &format!(".schema-{now}"));
    assert_eq!(schema(&kept), (now, 0));
    let before = place.bytes();
    let newer = Store::open(&place.path, Some(&key()));
    assert!(matches!(newer, Err(OpenFault::Newer { found, known, .. }) if (found, known) == (now + 1, now)));
    assert!(place.bytes() == before);
    let copy = Store::open(&kept, Some(&key())).unwrap();
    assert_eq!(copy.reader().order(order.order_id).unwrap(), Some(order));
}

#[test]
fn readers_see_every_commit_and_checkpoints_lose_none() {
    let (place, mut store) = Place::with_store();
    let reader = Reader::open(&place.path, Some(&key())).unwrap();
    let checkpointer = care::Checkpointer::open(&place.path, Some(&key())).unwrap();
    for nth in 1..4 {
        let order = place.order(nth);
        save(&mut store, &order);
        assert_eq!(reader.order(order.order_id).unwrap(), Some(order));
        let Checkpoint { pages_in_log, pages_moved } = checkpointer.passive().unwrap();
        assert!(pages_in_log > 0 && pages_moved == pages_in_log, "{pages_moved} of {pages_in_log}");
    }
    assert_eq!(reader.open_orders(10).unwrap().len(), 3);
    drop((store, checkpointer, reader));
    assert_eq!(place.open().reader().open_orders(10).unwrap().len(), 3);
}

#[test]
fn a_crash_loses_nothing_that_was_committed() {
    let (place, mut store) = Place::with_store();
    let mut order = place.order(1);
    for nth in 0..20 {
        order.lines.push(place.line("Soup", 100 + nth));
        order.updated_at = now().plus_millis(nth);
        save(&mut store, &order);
        let other = place.after_crash();
        let again = other.open();
        assert_eq!(again.reader().order(order.order_id).unwrap().as_ref(), Some(&order));
        assert!(care::check(&other.path, Some(&key())).unwrap().is_sound());
    }
}

/// Undoes the migration to schema 5.
const BACK_FROM_5: &str = "DROP TRIGGER outbox_gains; DROP TRIGGER outbox_changes; DROP TRIGGER outbox_loses;
    ALTER TABLE meta DROP COLUMN unsent; DROP TABLE log; PRAGMA user_version = 4;";

#[test]
fn what_waits_for_the_server_is_counted_by_the_migration_and_from_then_on_as_it_comes_and_goes() {
    let (place, mut store) = Place::with_store();
    let orders: Vec<_> = (1..=3).map(|number| place.order(number)).collect();
    store.write(Durability::Draft, |tx| orders.iter().try_for_each(|order| put(tx, order))).unwrap();
    drop(store);
    raw(&place).execute_batch(BACK_FROM_5).unwrap();
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound(), "what keeps no count has no wrong one");
    let mut store = place.open();
    // what happens then, how many wait
    for (done, waiting) in [
        ("", 3),
        ("UPDATE outbox SET sync_completed_at = 'now' WHERE queue_seq < 3", 1),
        ("UPDATE outbox SET sync_completed_at = 'then', retry_count = 1", 0),
        ("UPDATE outbox SET sync_completed_at = NULL WHERE queue_seq = 2", 1),
        ("DELETE FROM outbox WHERE queue_seq = 1", 1),
        ("DELETE FROM outbox WHERE queue_seq = 2", 0),
    ] {
        store.write(Durability::Draft, |tx| tx.connection().execute_batch(done).doing("try")).unwrap();
        assert_eq!(store.reader().unsent().unwrap().count, waiting, "{done}");
    }
    drop(store);
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
    raw(&place).execute_batch("UPDATE meta SET unsent = 7").unwrap();
    let found = care::check(&place.path, Some(&key())).unwrap();
    assert_eq!(found.problems[0].to_string(), "it says that 7 orders and payments wait for the server, and 0 do");
}

#[test]
fn what_the_kitchen_had_to_make_is_known_after_the_migration_that_first_asks() {
    let (place, mut store) = Place::with_store();
    let [mut sent, mut voided, held] = [1, 2, 3].map(|number| {
        let mut order = place.order(number);
        order.lines.push(place.line("Soup", 500));
        order
    });
    store.write(Durability::Draft, |tx| tx.take_number(sent.business_date)).unwrap();
    save(&mut store, &held);
    send(&mut store, &mut sent);
    send(&mut store, &mut voided);
    voided.lines[0].state = LineState::Voided;
    voided.cancelled = true;
    send(&mut store, &mut voided);
    drop(store);
    let back = "DROP TABLE portions; DROP INDEX order_row_making;
                DROP INDEX order_row_done; ALTER TABLE order_row DROP COLUMN making;
                ALTER TABLE order_row DROP COLUMN done_seq; ALTER TABLE order_row DROP COLUMN refunded;
                PRAGMA user_version = 1;";
    raw(&place).execute_batch(&format!("{BACK_FROM_5} {back}")).unwrap();
    let store = place.open();
    assert_eq!(store.reader().orders_making(10).unwrap(), [sent]);
    let done = "SELECT order_id FROM order_row WHERE done_seq IS NOT NULL";
    let done: String = raw(&place).query_row(done, [], |row| row.get(0)).unwrap();
    assert_eq!(done, voided.order_id.to_string());
}
