//! Lines to a server that speaks TDS and knows no SQL: how they come to be, what is done when they are slow, cut or
//! refused, and that nobody believes to know what nobody can know.

use super::*;
use crate::server::central::conformance::sqlserver::{Asked, Cell, Real, Stage, Told};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A server that soon gives up.
const HASTY: Patience = Patience { connect: 1_000, turn: 1_000, rest: 500, silence: 500, answer: 5_000, lock: 5_000 };

fn open(mock: &Mock) -> SqlServerCentral {
    wait(SqlServerCentral::open_with(&login(mock, ""), &mut dice(7), HASTY)).unwrap()
}

fn refused(mock: &Mock, behind: &str) -> String {
    let opened = wait(SqlServerCentral::open_with(&login(mock, behind), &mut dice(7), HASTY));
    let told = opened.map(|_| ()).unwrap_err().to_string();
    assert!(!told.contains("s3same"), "{told}");
    told
}

/// Whether a statement with this in it was sent.
fn says(part: &'static str) -> impl Fn(&Asked) -> bool {
    move |asked| matches!(asked.stage, Stage::Batch | Stage::Call) && asked.text.contains(part)
}

/// A rule that answers so the first times, and as usual from then on.
fn first(
    times: usize,
    which: impl Fn(&Asked) -> bool + Send + Sync + 'static,
    told: Told,
) -> impl Fn(&Asked) -> Told + Send + Sync + 'static {
    let met = AtomicUsize::new(0);
    move |asked| if which(asked) && met.fetch_add(1, Ordering::SeqCst) < times { told.clone() } else { Told::Usual }
}

fn is(stage: Stage) -> impl Fn(&Asked) -> bool {
    move |asked| asked.stage == stage
}

#[test]
fn a_server_comes_in_makes_its_tables_in_one_transaction_and_says_what_connections_need() {
    let mock = Mock::start(Vec::new());
    open(&mock);
    let said = mock.said();
    assert!(said.iter().any(|it| it.stage == Stage::Login && it.text == "ann s3same house"), "{:?}", said[1]);
    let at = |which: &dyn Fn(&Asked) -> bool| said.iter().position(which).unwrap();
    let steps = [
        at(&says("SET XACT_ABORT ON; SET LOCK_TIMEOUT 5000")),
        at(&says("SET LOCK_TIMEOUT 600000")),
        at(&says("sp_getapplock")),
        at(&is(Stage::Begin)),
        at(&says("CREATE TABLE migration")),
        at(&says("CREATE TABLE house")),
        at(&says("INSERT INTO migration")),
        at(&says("INSERT INTO house")),
        at(&says("@@TRANCOUNT AS BIGINT")),
        at(&is(Stage::Commit)),
        at(&says("sp_releaseapplock")),
    ];
    assert!(steps.is_sorted(), "{steps:?}");
    assert_eq!(said.iter().filter(|it| says("INSERT INTO migration")(it)).count(), MIGRATIONS.len());
    let parts: usize = MIGRATIONS.iter().map(|it| batches(it.sql).len()).sum();
    let made = said.iter().filter(|it| it.text.contains("CREATE TABLE") || it.text.contains("ALTER TABLE"));
    assert!(made.count() >= parts - 3, "each part by itself");
    assert_eq!(said.iter().filter(|it| is(Stage::Begin)(it)).count(), 1);
    assert!(!said.iter().any(says("READ_COMMITTED_SNAPSHOT ON")), "it has snapshots already");

    // Without snapshots they are asked for, before the transaction; what is refused keeps nobody out.
    for answer in [Told::Usual, Told::Error(5_061, "the database is in use")] {
        let mock = Mock::start(Vec::new());
        mock.answers(move |asked| match asked {
            it if says("is_read_committed_snapshot_on")(it) => Told::Rows(vec![vec![Cell::Number(0)]]),
            it if says("ALTER DATABASE")(it) => answer.clone(),
            _ => Told::Usual,
        });
        let central = open(&mock);
        let said = mock.said();
        let asked = said.iter().position(says("ALTER DATABASE CURRENT")).unwrap();
        assert!(asked < said.iter().position(is(Stage::Begin)).unwrap());
        assert!(wait(central.waits()).unwrap(), "who runs it is told");
    }
    // Babelfish is asked nothing that it does not have.
    let mock = Mock::start(Vec::new());
    mock.answers(|it| if says("SERVERPROPERTY")(it) { Told::Rows(vec![vec![Cell::Number(1)]]) } else { Told::Usual });
    assert!(!wait(open(&mock).waits()).unwrap());
    assert!(!mock.said().iter().any(|it| it.text.contains("snapshot") || it.text.contains("SNAPSHOT")));
}

#[test]
fn a_migration_that_fails_anywhere_keeps_nothing_and_tells_why() {
    // what goes wrong, part of what is said
    let rows: Vec<(fn(&Asked) -> bool, Told, &str)> = vec![
        (|it| says("CREATE TABLE menu")(it), Told::Error(2_714, "there is a menu already"), "there is a menu already"),
        (
            |it| says("CREATE TABLE menu")(it),
            Told::RowsThenError(vec![vec![Cell::Number(1)]], 262, "you may not"),
            "you may not",
        ),
        (|it| says("CREATE TABLE act")(it), Told::Cut, "No more packets"),
        (|it| says("INSERT INTO migration")(it), Told::Error(2_627, "twice"), "already that should not be"),
        (|it| says("@@TRANCOUNT AS BIGINT")(it), Told::Rows(vec![vec![Cell::Number(0)]]), "left 0 transactions open"),
        (
            |it| says("sp_getapplock")(it),
            Told::Rows(vec![vec![Cell::Number(-1)]]),
            "another server has been at its tables for 600 s",
        ),
    ];
    for (which, told, part) in rows {
        let mock = Mock::start(Vec::new());
        mock.answers(move |asked| if which(asked) { told.clone() } else { Told::Usual });
        let why = refused(&mock, "");
        assert!(why.contains(part), "{why}");
        assert!(!mock.said().iter().any(is(Stage::Commit)), "{part}");
    }
}

#[test]
fn a_database_that_is_not_ours_or_not_of_this_program_is_refused() {
    let mock = Mock::start(history());
    open(&mock);
    assert!(!mock.said().iter().any(is(Stage::Begin)), "nothing was to be done");
    let state = wait(SqlServerCentral::schema(&login(&mock, ""))).unwrap();
    assert!(state.is_up_to_date());
    mock.has(history()[..2].to_vec());
    assert_eq!(wait(SqlServerCentral::schema(&login(&mock, ""))).unwrap(), SchemaState { found: 2, known: 5 });
    mock.has([history(), vec![(999, "x".into())]].concat());
    assert!(refused(&mock, "").contains("was made by a newer Comanda: schema 999"));
    mock.has(vec![(1, "edited".into())]);
    assert!(refused(&mock, "").contains("by other words"));
    let tables = |names: &'static [&str]| {
        move |asked: &Asked| match asked {
            it if says("INFORMATION_SCHEMA")(it) => {
                Told::Rows(names.iter().map(|name| vec![Cell::Text((*name).into())]).collect())
            }
            _ => Told::Usual,
        }
    };
    mock.answers(tables(&["wages"]));
    assert!(refused(&mock, "").contains("holds tables of something else"));
    mock.answers(tables(&["spt_monitor"]));
    assert_eq!(wait(SqlServerCentral::schema(&login(&mock, ""))).unwrap(), SchemaState { found: 0, known: 5 });
}

#[test]
fn who_is_not_let_in_is_told_what_to_do() {
    let mock = Mock::start(history());
    // what the server does, part of what is said
    let rows: Vec<(fn(&Asked) -> bool, Told, &str)> = vec![
        (is_login, Told::Error(18_456, "Login failed for user 'ann'."), "look at the user in the address and at the"),
        (is_login, Told::Error(4_060, "Cannot open database \"house\"."), "make the database, or let ann use it"),
        (is_login, Told::Hang, "did not answer in time"),
        (is_login, Told::Cut, "could not be opened"),
        (|it| it.stage == Stage::Prelogin, Told::Hang, "did not answer in time"),
        (|it| it.stage == Stage::Prelogin, Told::Cut, "could not be opened"),
        (|it| it.text.contains("XACT_ABORT"), Told::Hang, "did not answer in time"),
        (|it| it.text.contains("XACT_ABORT"), Told::Error(195, "what is XACT_ABORT?"), "what is XACT_ABORT?"),
    ];
    for (which, told, part) in rows {
        mock.answers(move |asked| if which(asked) { told.clone() } else { Told::Usual });
        let why = refused(&mock, "");
        assert!(why.contains(part), "{why}");
    }
    drop(mock);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let login = login_to(&format!("sqlserver://ann@127.0.0.1:{nobody}/house"), "s3same");
    let why = wait(SqlServerCentral::open(&login, &mut dice(7))).unwrap_err().to_string();
    assert!(why.contains("refused"), "{why}");
}

fn is_login(asked: &Asked) -> bool {
    asked.stage == Stage::Login
}

#[test]
fn of_a_commit_that_hangs_or_is_cut_nobody_knows_and_the_next_line_is_another() {
    // what the server does, and when
    let rows: Vec<(&str, fn(&Asked) -> bool, Told)> = vec![
        ("hangs at the commit", |it| it.stage == Stage::Commit, Told::Hang),
        ("cut at the commit", |it| it.stage == Stage::Commit, Told::Cut),
        ("done, and the answer cut in the middle", |it| it.stage == Stage::Commit, Told::Half),
        ("said no to the commit", |it| it.stage == Stage::Commit, Told::Error(3_902, "there is no transaction")),
        ("hangs before", |it| says("INSERT INTO operation")(it), Told::Hang),
        ("cut before", |it| says("INSERT INTO leaf")(it), Told::Cut),
        ("waited for a lock", |it| says("UPDATE feed")(it), Told::Error(1_222, "Lock request time out")),
        ("the same on Babelfish", |it| says("UPDATE feed")(it), Told::Error(33_557_097, "due to lock timeout")),
    ];
    for (what, which, told) in rows {
        let mock = Mock::start(history());
        let central = open(&mock);
        let before = mock.came();
        mock.answers(first(1, which, told));
        let fault = wait(central.commit(&batch("first"))).unwrap_err();
        assert!(fault.is_unknown, "{what}: {fault}");
        assert!(fault.to_string().starts_with("the central database could not write a batch: "), "{fault}");
        assert_eq!(wait(central.commit(&batch("first"))).unwrap(), Committed::Done, "{what}");
        assert!(mock.came() > before, "{what}: over another line");
        while mock.here() > 1 {
            std::thread::yield_now();
        }
    }
}

#[test]
fn what_was_in_the_way_is_tried_again_and_what_is_there_already_has_moved() {
    // when, what the server says how often, what becomes of the batch, how often it was begun
    let rows: Vec<(fn(&Asked) -> bool, u32, usize, Result<Committed, &str>, usize)> = vec![
        (|it| says("UPDATE feed")(it), 1_205, 1, Ok(Committed::Done), 2),
        (|it| it.text.contains("INSERT INTO leaf"), 1_205, 3, Ok(Committed::Done), 4),
        (|it| it.text.contains("INSERT INTO leaf"), 1_205, 99, Err("in the way"), 10),
        (|it| it.text.contains("INSERT INTO operation"), 2_601, 1, Ok(Committed::Moved), 1),
        (|it| it.text.contains("INSERT INTO document"), 2_627, 1, Ok(Committed::Moved), 1),
        (|it| it.text.contains("INSERT INTO document"), 2_628, 1, Err("in the way"), 1),
    ];
    for (which, number, times, becomes, begun) in rows {
        let mock = Mock::start(history());
        let central = open(&mock);
        mock.answers(first(times, which, Told::Error(number, "in the way")));
        match (wait(central.commit(&batch("first"))), becomes) {
            (Ok(told), Ok(expected)) => assert_eq!(told, expected, "{number}"),
            (Err(fault), Err(part)) => assert!(!fault.is_unknown && fault.why.contains(part), "{number}: {fault}"),
            (told, expected) => panic!("{number}: {told:?} and not {expected:?}"),
        }
        assert_eq!(mock.said().iter().filter(|it| is(Stage::Begin)(it)).count(), begun, "{number}");
        assert_eq!(mock.came(), 1, "{number}: the line is good still");
    }
    // Of two servers that begin a feed at once, one finds it there.
    let mock = Mock::start(history());
    let central = open(&mock);
    let begins = AtomicUsize::new(0);
    mock.answers(move |asked| match asked {
        it if says("INSERT INTO feed")(it) => Told::Error(2_627, "it is there"),
        // Of no row the first time.
        it if says("UPDATE feed SET seq")(it) && begins.fetch_add(1, Ordering::SeqCst) == 0 => Told::Rows(Vec::new()),
        _ => Told::Usual,
    });
    assert_eq!(wait(central.commit(&batch("first"))).unwrap(), Committed::Done);
}

#[test]
fn what_is_read_over_a_line_that_breaks_is_read_over_another() {
    for told in [Told::Cut, Told::Half, Told::Error(596, "the session was ended")] {
        let mock = Mock::start(history());
        let central = open(&mock);
        mock.answers(first(2, says("house.incarnation"), told.clone()));
        assert_eq!(wait(central.standing(&place())).unwrap().newest, 5, "{told:?}");
        assert_eq!(mock.came(), 3, "{told:?}");
    }
    let mock = Mock::start(history());
    let central = open(&mock);
    mock.answers(first(99, says("house.incarnation"), Told::Hang));
    let fault = wait(central.standing(&place())).unwrap_err();
    assert!(fault.is_unknown && fault.why.contains("did not answer in time"), "{fault}");
    // An error behind rows is no row less than an error.
    let rows = vec![vec![Cell::Text("abc".into()), Cell::Number(5)]];
    mock.answers(first(99, says("house.incarnation"), Told::RowsThenError(rows, 8_134, "divided by zero")));
    let fault = wait(central.standing(&place())).unwrap_err();
    assert!(!fault.is_unknown && fault.why.contains("divided by zero (error 8134)"), "{fault}");
}

#[test]
fn a_line_that_was_lost_while_it_was_kept_is_noticed_before_anything_is_written_over_it() {
    let mut mock = Mock::start(history());
    let central = open(&mock);
    for how in ["every line is cut", "the server goes, and comes back"] {
        let port = mock.port;
        if how.starts_with("every") {
            mock.cuts_all();
        } else {
            drop(mock);
            let fault = wait(central.commit(&batch("away"))).unwrap_err();
            assert!(!fault.is_unknown, "nothing was done: {fault}");
            mock = Mock::on(port, history());
        }
        assert_eq!(wait(central.commit(&batch("first"))).unwrap(), Committed::Done, "{how}");
    }
    // One that says nothing any more is given up.
    mock.answers(first(1, says("ROLLBACK"), Told::Hang));
    assert_eq!(wait(central.commit(&batch("second"))).unwrap(), Committed::Done);
}

#[test]
fn there_are_so_many_lines_and_no_more_and_who_gives_up_takes_his_along() {
    let mock = Mock::start(history());
    let central = Arc::new(open(&mock));
    mock.answers(first(SQLSERVER_CONNECTIONS, says("house.incarnation"), Told::Hang));
    wait(async {
        let asks = |_| {
            let central = Arc::clone(&central);
            tokio::spawn(async move { central.standing(&place()).await })
        };
        let asking: Vec<_> = (0..SQLSERVER_CONNECTIONS * 3).map(asks).collect();
        for it in asking {
            it.await.unwrap().unwrap();
        }
    });

    // All of them hang longer than others wait for a turn.
    let mock = Mock::start(history());
    let patience = Patience { silence: 4_000, turn: 200, ..HASTY };
    let central = Arc::new(wait(SqlServerCentral::open_with(&login(&mock, ""), &mut dice(7), patience)).unwrap());
    mock.answers(|asked| if says("house.incarnation")(asked) { Told::Hang } else { Told::Usual });
    wait(async {
        let asks = |_| {
            let central = Arc::clone(&central);
            tokio::spawn(async move { central.standing(&place()).await })
        };
        let hanging: Vec<_> = (0..SQLSERVER_CONNECTIONS).map(asks).collect();
        let asked = || mock.said().iter().filter(|it| says("house.incarnation")(it)).count();
        while asked() < SQLSERVER_CONNECTIONS {
            tokio::task::yield_now().await;
        }
        assert_eq!(mock.here(), SQLSERVER_CONNECTIONS);
        let fault = central.standing(&place()).await.unwrap_err();
        assert_eq!(mock.came(), SQLSERVER_CONNECTIONS, "no line more");
        assert!(!fault.is_unknown && fault.why.contains("all connections to it are in use"), "{fault}");
        hanging.iter().for_each(tokio::task::JoinHandle::abort);
        for it in hanging {
            assert!(it.await.unwrap_err().is_cancelled());
        }
    });
    mock.answers(|_| Told::Usual);
    assert_eq!(wait(central.standing(&place())).unwrap().newest, 5, "their places are free again");
}

#[test]
fn a_document_that_changes_while_it_is_read_is_read_again() {
    let mock = Mock::start(history());
    let central = open(&mock);
    let body = json!({ "n": 1 });
    let revision = Revision::child_of(None, false, &body);
    let tree = batch("note").documents[0].tree.clone();
    let mut kept = super::super::super::Kept::absent("note");
    kept.graft(&Version { doc_id: "note".into(), history: History::of(revision.clone()), deleted: false, body });
    let (text, name, body) = (kept.tree.to_branches().to_string(), revision.to_string(), "{\"n\":1}");
    assert_ne!(tree, kept.tree);
    let looks = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&looks);
    let moves = move |from: usize| {
        let (seen, text, name) = (Arc::clone(&seen), text.clone(), name.clone());
        move |asked: &Asked| {
            let id = || Cell::Text("note".into());
            let seq = |nth: usize| Cell::Number(i64::try_from(nth).unwrap());
            match asked {
                it if says("leaf.body FROM")(it) => {
                    let at = seen.load(Ordering::SeqCst).max(from);
                    Told::Rows(vec![vec![id(), seq(at), Cell::Text(name.clone()), Cell::Text(body.into())]])
                }
                it if says("document.tree FROM")(it) => {
                    let nth = seen.fetch_add(1, Ordering::SeqCst) + 1;
                    Told::Rows(vec![vec![id(), seq(nth), Cell::Text(text.clone())]])
                }
                _ => Told::Usual,
            }
        }
    };
    mock.answers(moves(3));
    let found = wait(central.documents(&place(), &["note".into()])).unwrap();
    assert_eq!((found.len(), found[0].seq, found[0].live_body()), (1, Some(3), Some(&json!({ "n": 1 }))));
    assert_eq!(looks.load(Ordering::SeqCst), 3);
    mock.answers(moves(usize::try_from(u32::MAX).unwrap()));
    let fault = wait(central.documents(&place(), &["note".into()])).unwrap_err();
    assert!(fault.why.contains("changed each of 10 times"), "{fault}");
}

#[test]
fn tests_have_the_named_database_by_turns_where_they_make_none_and_leave_the_tables_of_others() {
    let mock = Mock::start(history());
    let text = |name: &str| vec![Cell::Text(name.into())];
    let names = vec![text("house"), text("comanda_test_0_3"), text("comanda_testament")];
    mock.answers(move |asked| match asked {
        it if says("CREATE DATABASE")(it) => Told::Error(262, "you may not"),
        it if says("sys.databases")(it) => Told::Rows(names.clone()),
        _ => Told::Usual,
    });
    let real = Real::at(&format!("sqlserver://ann:s3%73ame@localhost:{}/house", mock.port), None);
    let said = |part: &'static str| mock.said().iter().filter(|it| says(part)(it)).count();
    assert_eq!((said("DROP DATABASE comanda_test_0_3"), said("DROP DATABASE")), (1, 1), "what is over is dropped");
    for turn in 1..=3 {
        std::thread::scope(|threads| {
            let one = threads.spawn(|| (real.fresh_database(), real.fresh_database()));
            assert_eq!(one.join().unwrap(), ("house".to_owned(), "house".to_owned()));
        });
        assert_eq!(said("DROP TABLE [document]; DROP TABLE [migration]"), 2 * turn);
    }
    assert_eq!(said("CREATE DATABASE"), 1);
    mock.answers(move |it| if says("INFORMATION_SCHEMA")(it) { Told::Rows(vec![text("wages")]) } else { Told::Usual });
    let refused = std::thread::scope(|threads| threads.spawn(|| real.fresh_database()).join().unwrap_err());
    assert!(refused.downcast_ref::<String>().unwrap().contains("tables that are not Comanda's (wages)"));
    assert_eq!(said("DROP TABLE [wages]"), 0);
}

#[test]
fn tls_is_spoken_with_whom_the_authority_knows_and_nobody_else_hears_the_password() {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let own = rcgen::generate_simple_self_signed(names).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let elsewhere = rcgen::generate_simple_self_signed(["elsewhere".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, pem: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path.display().to_string()
    };
    let files = [
        write("own.pem", own.cert.pem()),
        write("other.pem", other.cert.pem()),
        write("elsewhere.pem", elsewhere.cert.pem()),
    ];
    let guarded = |of: &rcgen::CertifiedKey<rcgen::KeyPair>| {
        Mock::guarded(history(), of.cert.der(), of.signing_key.serialize_der())
    };
    let mock = guarded(&own);
    let central =
        wait(SqlServerCentral::open_with(&login(&mock, &format!("?sslrootcert={}", files[0])), &mut dice(7), HASTY));
    assert_eq!(wait(central.unwrap().standing(&place())).unwrap().newest, 5);
    assert!(mock.said().iter().any(is_login));
    let strange = guarded(&elsewhere);
    // which server, what stands behind its address, part of what is said
    let plain = Mock::start(history());
    let rows = [
        (&mock, format!("?sslrootcert={}", files[1]), "certificate was rejected"),
        (&mock, "?sslmode=verify-full".into(), "certificate was rejected"),
        (&mock, "?sslmode=disable".into(), "name the authority of its certificate as sslrootcert"),
        (&strange, format!("?sslrootcert={}", files[2]), "certificate was rejected"),
        (&plain, format!("?sslrootcert={}", files[0]), "it speaks no TLS"),
        (&plain, "?sslmode=verify-full".into(), "it speaks no TLS"),
    ];
    let logins = |mock: &Mock| mock.said().iter().filter(|it| is_login(it)).count();
    let before = logins(&mock);
    for (mock, behind, part) in rows {
        let why = refused(mock, &behind);
        assert!(why.contains(part), "{behind}: {why}");
        assert!(!why.contains("trust_cert"), "advice for programmers: {why}");
    }
    assert_eq!((logins(&mock), logins(&strange), logins(&plain)), (before, 0, 0), "nobody else was told who comes");
}
