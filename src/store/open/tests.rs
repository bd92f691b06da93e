//! Rules of opening: what is refused, and that a refusal leaves every byte as it was.

use super::*;
use crate::domain::LineState;
use crate::store::Durability;
use crate::store::care::{self, Checkpoint};
use crate::store::fixtures::{Place, key, now, pay, put, save, send};

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
    let kept = beside(&place.path, &format!(".schema-{now}-epoch-1"));
    assert_eq!(schema(&kept), (now, 0));
    let before = place.bytes();
    let newer = Store::open(&place.path, Some(&key()));
    assert!(matches!(newer, Err(OpenFault::Newer { found, known, .. }) if (found, known) == (now + 1, now)));
    assert!(place.bytes() == before);
    let copy = Store::open(&kept, Some(&key())).unwrap();
    assert_eq!(copy.reader().order(order.order_id).unwrap(), Some(order));
}

#[test]
fn a_restored_store_has_a_copy_of_its_own_before_a_migration() {
    let (place, store) = Place::with_store();
    drop(store);
    let now = schema::known();
    let more = [MIGRATIONS, &[Migration { number: now + 1, sql: "CREATE TABLE more (a INTEGER) STRICT;" }]].concat();
    let older = place.bytes();
    for epoch in [1, 2] {
        for (path, bytes) in &older {
            std::fs::write(path, bytes).unwrap();
        }
        raw(&place).execute("UPDATE meta SET epoch = ?1", [epoch]).unwrap();
        drop(Store::open_with(&place.path, Some(&key()), &more).unwrap());
        let kept = beside(&place.path, &format!(".schema-{now}-epoch-{epoch}"));
        assert_eq!(Store::open(&kept, Some(&key())).unwrap().reader().epoch().unwrap(), epoch);
    }
}

#[test]
fn a_migration_that_finds_no_room_says_how_much_it_needs() {
    let (place, store) = Place::with_store();
    drop(store);
    let large = "PRAGMA max_page_count = 1; CREATE TABLE large (body BLOB) STRICT;
                 INSERT INTO large (body) VALUES (ZEROBLOB(1000000));";
    let large = [MIGRATIONS, &[Migration { number: schema::known() + 1, sql: large }]].concat();
    let fault = Store::open_with(&place.path, Some(&key()), &large).unwrap_err();
    assert!(matches!(fault, OpenFault::NoRoom { mebibytes: 4, .. }), "{fault}");
    assert!(fault.to_string().ends_with("have 4 MiB free on its disk, and start again"), "{fault}");
    drop(place.open());
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
        let Checkpoint { pages_in_log, pages_moved, settled: _ } = checkpointer.passive().unwrap();
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

/// Undoes the migrations to schemas 13 to 6, for a store whose documents have one branch each.
const BACK_FROM_6: &str = "
    DROP TABLE watch; DROP TABLE sight; DROP TABLE forgone; DROP TABLE customer_word; DROP TABLE customer_row;
    DROP TABLE offering; DROP TABLE untaken;
    CREATE TABLE document_5 (doc_id TEXT PRIMARY KEY NOT NULL, doc_type TEXT NOT NULL, of_order TEXT, rev TEXT NOT NULL,
        history TEXT NOT NULL, body TEXT NOT NULL, seq INTEGER NOT NULL UNIQUE) STRICT;
    INSERT INTO document_5 SELECT doc_id, doc_type, of_order, rev, JSON_EXTRACT(tree, '$[0].revs'), body, seq
        FROM document;
    CREATE TABLE outbox_5 (queue_seq INTEGER PRIMARY KEY AUTOINCREMENT,
        doc_id TEXT NOT NULL UNIQUE REFERENCES document_5 (doc_id), lane TEXT NOT NULL, revision TEXT NOT NULL,
        payload TEXT NOT NULL, queued_at TEXT NOT NULL, retry_count INTEGER NOT NULL DEFAULT 0, last_sync_attempt TEXT,
        sync_completed_at TEXT, last_error TEXT) STRICT;
    INSERT INTO outbox_5 (queue_seq, doc_id, lane, revision, payload, queued_at)
        SELECT queue_seq, doc_id, lane, rev, document.body, queued_at FROM outbox JOIN document USING (doc_id);
    DROP TABLE outbox; DROP TABLE leaf_body; DROP TABLE document;
    ALTER TABLE document_5 RENAME TO document; ALTER TABLE outbox_5 RENAME TO outbox;
    CREATE INDEX document_of_order ON document (of_order, seq) WHERE of_order IS NOT NULL;
    CREATE INDEX outbox_unsent ON outbox (queue_seq) WHERE sync_completed_at IS NULL;
    CREATE TRIGGER outbox_gains AFTER INSERT ON outbox BEGIN UPDATE meta SET unsent = unsent + 1; END;
    CREATE TRIGGER outbox_changes AFTER UPDATE OF sync_completed_at ON outbox WHEN NEW.sync_completed_at IS NOT NULL
        BEGIN UPDATE meta SET unsent = unsent - 1; END;
    CREATE TRIGGER outbox_loses AFTER DELETE ON outbox BEGIN UPDATE meta SET unsent = unsent - 1; END;
    CREATE TABLE order_row_5 (opened_seq INTEGER PRIMARY KEY AUTOINCREMENT, order_id TEXT NOT NULL UNIQUE,
        local_number TEXT NOT NULL, business_date TEXT NOT NULL, order_type TEXT NOT NULL, table_name TEXT,
        customer_name TEXT, due_at TEXT, total INTEGER NOT NULL, balance INTEGER NOT NULL, state TEXT NOT NULL,
        is_open INTEGER NOT NULL, paid_seq INTEGER, opened_by TEXT NOT NULL, created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL, making INTEGER NOT NULL DEFAULT 0, done_seq INTEGER,
        refunded INTEGER NOT NULL DEFAULT 0, UNIQUE (local_number, business_date)) STRICT;
    INSERT INTO order_row_5 SELECT opened_seq, order_id, local_number, business_date, order_type, table_name,
        customer_name, due_at, total, balance, state, is_open, paid_seq, opened_by, created_at, updated_at, making,
        done_seq, refunded FROM order_row;
    DROP TABLE order_row; ALTER TABLE order_row_5 RENAME TO order_row;
    CREATE INDEX order_row_open ON order_row (opened_seq) WHERE is_open = 1;
    CREATE INDEX order_row_paid ON order_row (paid_seq) WHERE paid_seq IS NOT NULL;
    CREATE INDEX order_row_making ON order_row (business_date, opened_seq) WHERE making = 1;
    CREATE INDEX order_row_done ON order_row (done_seq) WHERE done_seq IS NOT NULL;
    DROP TABLE local_document; DROP TABLE rejected_write; DROP TABLE review; DROP TABLE sync_log; DROP TABLE sync_sum;
    DROP TABLE menu_mark;
    ALTER TABLE meta DROP COLUMN server_time; ALTER TABLE meta DROP COLUMN pruned_before;
    ALTER TABLE log DROP COLUMN settled;
    PRAGMA user_version = 5;";

/// Undoes the migration to schema 5.
const BACK_FROM_5: &str = "DROP TRIGGER outbox_gains; DROP TRIGGER outbox_changes; DROP TRIGGER outbox_loses;
    ALTER TABLE meta DROP COLUMN unsent; DROP TABLE log; PRAGMA user_version = 4;";

/// What every table and its rows are, as one line each; JSON as its values say, in whatever order.
fn rows_of_all_tables(place: &Place) -> Vec<String> {
    let connection = raw(place);
    let text = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let tables = text("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name");
    let mut all = text("SELECT name || COALESCE(sql, '') FROM sqlite_schema ORDER BY name");
    for table in tables {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let shown = (0..columns).map(|at| {
                let value: rusqlite::types::Value = row.get(at).unwrap();
                let json = |text: &String| serde_json::from_str::<serde_json::Value>(text).ok();
                match &value {
                    rusqlite::types::Value::Text(text) => json(text).map_or(text.clone(), |it| it.to_string()),
                    other => format!("{other:?}"),
                }
            });
            all.push(format!("{table}: {}", shown.collect::<Vec<_>>().join(" ")));
        }
    }
    all.sort();
    all
}

#[test]
fn a_store_of_schema_5_goes_on_as_if_it_had_always_been_of_schema_6() {
    let (place, mut store) = Place::with_store();
    for number in 1..=3 {
        let mut order = place.order(number);
        order.lines.push(place.line("Soup", 500));
        save(&mut store, &order);
        send(&mut store, &mut order);
        order.lines.push(place.line("Wine", 700));
        save(&mut store, &order);
        pay(&mut store, &place.payment(&order, 500)).unwrap();
    }
    let frozen = store.reader().next_submission(crate::store::Lane::Orders, now()).unwrap().unwrap().payload;
    drop(store);
    // What was frozen is not kept by the migration.
    raw(&place).execute_batch("UPDATE outbox SET frozen_rev = NULL").unwrap();
    let before = rows_of_all_tables(&place);
    raw(&place).execute_batch(BACK_FROM_6).unwrap();
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
    drop(place.open());
    for (after, before) in rows_of_all_tables(&place).iter().zip(&before) {
        assert_eq!(after, before);
    }
    let submitted = place.open().reader().next_submission(crate::store::Lane::Orders, now()).unwrap().unwrap();
    assert_eq!(submitted.payload, frozen, "nothing was edited since");
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
}

/// Undoes the migrations to schemas 13 to 9, and what the one to schema 8 did to what is kept, and to triggers.
const BACK_FROM_8: &str = "
    DROP TABLE watch; DROP TABLE sight; DROP TABLE forgone; DROP TABLE customer_word; DROP TABLE customer_row;
    UPDATE outbox SET payload = (SELECT body FROM document WHERE document.doc_id = outbox.doc_id);
    ALTER TABLE outbox DROP COLUMN frozen_rev;
    CREATE TRIGGER unsent_gains AFTER INSERT ON document WHEN NEW.unsent_seq IS NOT NULL
        BEGIN UPDATE meta SET unsent = unsent + 1; END;
    CREATE TRIGGER order_comes_accepted AFTER INSERT ON document WHEN NEW.accepted = 1
        BEGIN UPDATE outbox SET waits = 0 WHERE of_order = NEW.doc_id; END;
    PRAGMA user_version = 7;";

#[test]
fn what_was_frozen_before_schema_8_is_submitted_as_it_was() {
    let (place, mut store) = Place::with_store();
    let mut order = place.order(1);
    order.lines.push(place.line("Soup", 500));
    save(&mut store, &order);
    send(&mut store, &mut order);
    let doc_id = order.order_id.to_string();
    let frozen = store.reader().document_body(&doc_id).unwrap().unwrap();
    drop(store);
    raw(&place).execute_batch(BACK_FROM_8).unwrap();
    let mut store = place.open();
    let next = |store: &Store| store.reader().next_submission(crate::store::Lane::Orders, now()).unwrap().unwrap();
    assert_eq!(next(&store).payload, frozen);
    order.lines.push(place.line("Wine", 700));
    send(&mut store, &mut order);
    assert_eq!(next(&store).payload, frozen, "edited since");
    send(&mut store, &mut place.order(2));
    assert_eq!(store.reader().unsent().unwrap().count, 2, "each is counted once");
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
}

#[test]
fn a_payment_whose_order_was_through_before_schema_6_does_not_wait_for_it() {
    let (place, mut store) = Place::with_store();
    let payments = [1, 2].map(|number| {
        let mut order = place.order(number);
        order.lines.push(place.line("Soup", 500));
        send(&mut store, &mut order);
        let payment = place.payment(&order, 500);
        pay(&mut store, &payment).unwrap();
        payment.payment_id.to_string()
    });
    drop(store);
    raw(&place).execute_batch(BACK_FROM_6).unwrap();
    let through = "UPDATE outbox SET sync_completed_at = '2026-03-14T13:30:00+01:00' WHERE queue_seq = 3";
    raw(&place).execute_batch(through).unwrap();
    let due = place.open().reader().next_submission(crate::store::Lane::Payments, now()).unwrap();
    assert_eq!(due.map(|it| it.doc_id).as_ref(), Some(&payments[1]));
}

#[test]
fn what_waits_for_the_server_is_counted_by_the_migration_and_from_then_on_as_it_comes_and_goes() {
    let (place, mut store) = Place::with_store();
    let orders: Vec<_> = (1..=3).map(|number| place.order(number)).collect();
    store.write(Durability::Draft, |tx| orders.iter().try_for_each(|order| put(tx, order))).unwrap();
    drop(store);
    raw(&place).execute_batch(&format!("{BACK_FROM_6} {BACK_FROM_5}")).unwrap();
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound(), "what keeps no count has no wrong one");
    let mut store = place.open();
    // what happens then, how many wait
    for (done, waiting) in [
        ("", 3),
        ("UPDATE document SET unsent_seq = NULL, unsent_since = NULL WHERE seq < 3", 1),
        ("UPDATE document SET unsent_seq = NULL, unsent_since = NULL, accepted = 1", 0),
        ("UPDATE document SET unsent_seq = 2, unsent_since = 'then' WHERE seq = 2", 1),
        ("DELETE FROM outbox; DELETE FROM document WHERE seq = 1", 1),
        ("DELETE FROM document WHERE seq = 2", 0),
    ] {
        store.write(Durability::Draft, |tx| tx.connection().execute_batch(done).doing("try")).unwrap();
        let count: i64 =
            store.reader().connection().query_row("SELECT unsent FROM meta", [], |row| row.get(0)).unwrap();
        assert_eq!(count, waiting, "{done}");
    }
    let mirrored = "UPDATE document SET at_server = '[\"' || rev || '\"]'";
    store.write(Durability::Draft, |tx| tx.connection().execute_batch(mirrored).doing("try")).unwrap();
    drop(store);
    assert!(care::check(&place.path, Some(&key())).unwrap().is_sound());
    raw(&place).execute_batch("UPDATE meta SET unsent = 7").unwrap();
    let found = care::check(&place.path, Some(&key())).unwrap();
    assert_eq!(found.problems[0].to_string(), "it says that 7 documents wait for the server, and 0 do");
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
    raw(&place).execute_batch(&format!("{BACK_FROM_6} {BACK_FROM_5} {back}")).unwrap();
    let store = place.open();
    assert_eq!(store.reader().orders_making(10).unwrap(), [sent]);
    let done = "SELECT order_id FROM order_row WHERE done_seq IS NOT NULL";
    let done: String = raw(&place).query_row(done, [], |row| row.get(0)).unwrap();
    assert_eq!(done, voided.order_id.to_string());
}
