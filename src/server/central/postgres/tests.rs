//! What only a database beside this process can do: begin with many, lose its lines, be slow.

use super::*;
use crate::document::{Database, History, Revision, Version};
use crate::server::central::conformance::postgres::{Server, fresh_database, login, shared};
use crate::server::central::conformance::wait;
use crate::server::limits::COMMIT_TRIES;
use serde_json::json;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

fn dice(seed: u8) -> Entropy {
    Entropy::new(move |bytes| bytes.fill(seed))
}

fn open(database: &str) -> Result<PostgresCentral, OpenFault> {
    wait(PostgresCentral::open(&login(database), &mut dice(7)))
}

fn place() -> Place {
    Place { location_id: "L1".into(), database: Database::Orders }
}

/// A batch that writes one new document.
fn batch(name: &str) -> Batch {
    let now = Timestamp::from_rfc3339("2026-03-14T19:05:06.789+01:00").unwrap();
    let body = json!({ "name": name });
    let mut kept = Kept::absent(name);
    let history = History::of(Revision::child_of(None, false, &body));
    kept.graft(&Version { doc_id: name.into(), history, deleted: false, body });
    let mut batch = Batch::new(format!("op-{name}"), now, place());
    batch.documents.push(kept);
    batch
}

#[test]
fn of_many_that_begin_at_once_one_makes_the_tables() {
    const SERVERS: u8 = 8;
    let database = fresh_database();
    let begin = Barrier::new(SERVERS.into());
    std::thread::scope(|threads| {
        for server in 0..SERVERS {
            let (begin, database) = (&begin, &database);
            threads.spawn(move || {
                let login = login(database);
                begin.wait();
                wait(PostgresCentral::open(&login, &mut dice(server))).unwrap();
            });
        }
    });
    let asked = "SELECT COUNT(*), COUNT(DISTINCT number), (SELECT COUNT(*) FROM house) FROM migration";
    assert_eq!(shared().ask(&database, asked), "5|5|1");
    let state = wait(PostgresCentral::schema(&login(&database))).unwrap();
    assert_eq!(state, SchemaState { found: 5, known: 5 });
}

#[test]
fn a_database_that_is_not_ours_or_not_of_this_program_is_refused() {
    // what somebody did to the database, part of what is said
    let rows = [
        ("UPDATE migration SET checksum = 'x' WHERE number = 2", "schema 2 by other words"),
        ("INSERT INTO migration VALUES (999, 'x')", "was made by a newer Comanda: schema 999, this one knows 5"),
        ("DROP TABLE migration", "is no central database of Comanda"),
    ];
    for (sql, part) in rows {
        let database = fresh_database();
        open(&database).unwrap();
        shared().ask(&database, sql);
        for told in [open(&database).unwrap_err(), wait(PostgresCentral::schema(&login(&database))).unwrap_err()] {
            assert!(told.to_string().contains(part), "{told}");
        }
    }
    let none = wait(PostgresCentral::schema(&login(&fresh_database()))).unwrap();
    assert_eq!(none, SchemaState { found: 0, known: 5 }, "looking makes no tables");
    let latin = "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0";
    shared().ask("postgres", latin);
    let told = open("latin").unwrap_err().to_string();
    assert!(told.contains("its encoding is LATIN1"), "{told}");
    let told = open("nowhere").unwrap_err().to_string();
    assert!(told.contains("database \"nowhere\" does not exist"), "{told}");
}

#[test]
fn what_is_written_while_lines_are_cut_is_there_once() {
    const WRITERS: usize = 4;
    const EACH: usize = 40;
    let database = fresh_database();
    let central = open(&database).unwrap();
    let is_over = AtomicBool::new(false);
    let cuts = std::thread::scope(|threads| {
        let cutting = threads.spawn(|| {
            // Whoever is with this database, but the one who asks; first of all those in the middle of a transaction.
            let sql = format!(
                "SELECT COUNT(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
                 WHERE datname = '{database}' AND application_name = 'comanda' AND state <> 'idle'"
            );
            let mut cuts = 0;
            while !is_over.load(Ordering::Relaxed) {
                cuts += shared().ask("postgres", &sql).parse::<u32>().unwrap();
            }
            cuts
        });
        let writing: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let central = &central;
                threads.spawn(move || {
                    for nth in 0..EACH {
                        let batch = batch(&format!("w{writer}-{nth}"));
                        // As the server does, and whoever sends it again after it gave up.
                        while wait(central.commit(&batch)).is_err() {}
                    }
                })
            })
            .collect();
        writing.into_iter().for_each(|it| it.join().unwrap());
        is_over.store(true, Ordering::Relaxed);
        cutting.join().unwrap()
    });
    assert!(cuts > 0, "some were cut");
    let total = u64::try_from(WRITERS * EACH).unwrap();
    assert_eq!(wait(central.standing(&place())).unwrap().newest, total, "{cuts} lines were cut");
    let changes = wait(central.changes(&place(), 0, 10_000)).unwrap();
    assert!(changes.iter().map(|it| it.seq).eq(1..=total), "without a gap, each once");
    assert_eq!(wait(central.population(&place())).unwrap(), Population { standing: total, gone: 0 });
}

#[test]
fn of_what_waits_too_long_nobody_knows_and_it_is_written_once_when_it_is_tried_again() {
    let database = fresh_database();
    let central = open(&database).unwrap();
    wait(central.commit(&batch("first"))).unwrap();
    // Another server that froze in the middle of a commit holds the feed.
    let fault = wait(async {
        let mut frozen = Line::take(&central.pool).await?;
        frozen.begin().await?;
        frozen.run("UPDATE feed SET seq = seq").await?;
        let fault = central.commit(&batch("second")).await.unwrap_err();
        let read = central.standing(&place()).await.unwrap();
        assert_eq!(read.newest, 1, "whoever reads waits for nobody");
        frozen.roll_back().await.map(|()| fault)
    })
    .unwrap();
    assert!(fault.is_unknown && fault.why.contains("lock timeout"), "{fault}");
    const { assert!(COMMIT_TRIES > 1, "the server tries it again by itself") };
    for _ in 0..2 {
        assert_eq!(wait(central.commit(&batch("second"))).unwrap(), Committed::Done);
    }
    assert_eq!(wait(central.standing(&place())).unwrap().newest, 2);
}

#[test]
fn lines_that_were_cut_are_made_anew_and_a_database_that_is_away_is_told() {
    let server = Server::start(&[]);
    server.database("house");
    let mut login = login("house");
    login.address.port = server.port;
    let central = wait(PostgresCentral::open(&login, &mut dice(7))).unwrap();
    wait(central.commit(&batch("first"))).unwrap();
    server.ask("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'comanda'");
    assert_eq!(wait(central.standing(&place())).unwrap().newest, 1, "over another line, and nobody noticed");
    drop(server);
    let fault = wait(central.commit(&batch("second"))).unwrap_err();
    assert!(fault.to_string().starts_with("the central database could not write a batch: "), "{fault}");
    assert!(wait(central.standing(&place())).is_err());
}

#[test]
fn a_login_tells_no_password() {
    let login = Login { password: Some("s3same".into()), ..login("x") };
    assert!(!format!("{login:?}").contains("s3same"));
}
