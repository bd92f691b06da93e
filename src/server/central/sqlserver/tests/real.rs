//! What only a database beside this process can do: on the server that `COMANDA_TEST_SQLSERVER` names, or else on what
//! stands in for it.

use super::*;
use crate::server::central::Population;
use crate::server::central::conformance::sqlserver::{Cutter, fresh_login};
use crate::server::limits::COMMIT_TRIES;
use std::sync::Barrier;

fn open(login: &SqlServerLogin, seed: u8) -> Result<SqlServerCentral, OpenFault> {
    wait(SqlServerCentral::open(login, &mut dice(seed)))
}

#[test]
fn of_many_that_begin_at_once_one_makes_the_tables() {
    const SERVERS: u8 = 6;
    let login = fresh_login();
    let begin = Barrier::new(SERVERS.into());
    std::thread::scope(|threads| {
        for server in 0..SERVERS {
            let (begin, login) = (&begin, &login);
            threads.spawn(move || {
                begin.wait();
                open(login, server).unwrap();
            });
        }
    });
    let central = open(&login, 9).unwrap();
    for (query, count) in
        [("COUNT(*) FROM migration", 5), ("COUNT(DISTINCT [number]) FROM migration", 5), ("COUNT(*) FROM house", 1)]
    {
        assert_eq!(central.look_number(query), count, "{query}");
    }
    let state = wait(SqlServerCentral::schema(&login)).unwrap();
    assert_eq!(state, SchemaState { found: 5, known: 5 });
}

#[test]
fn a_database_that_is_not_ours_or_not_of_this_program_is_refused() {
    // what somebody did to the database, part of what is said
    let rows = [
        ("INSERT INTO migration ([number], [checksum]) VALUES (999, 'x')", "schema 999"),
        ("UPDATE migration SET [checksum] = 'x' WHERE [number] = 1", "by other words"),
        ("DROP TABLE migration", "holds tables of something else"),
    ];
    for (sql, part) in rows {
        let login = fresh_login();
        open(&login, 7).unwrap().spoil(sql);
        for told in [open(&login, 7).unwrap_err(), wait(SqlServerCentral::schema(&login)).unwrap_err()] {
            assert!(told.to_string().contains(part), "{told}");
        }
    }
    let login = fresh_login();
    let none = wait(SqlServerCentral::schema(&login)).unwrap();
    assert_eq!(none, SchemaState { found: 0, known: 5 }, "looking makes no tables");
}

#[test]
fn ids_are_told_from_each_other_by_every_letter_and_come_back_as_they_were() {
    let central = open(&fresh_login(), 7).unwrap();
    let mut ids = vec!["a", "a ", "a  ", "a\t", "a b", "A", "a!", "é", "e\u{301}", "\u{ffff}", "🍲", "\u{e000}"];
    ids.extend(["a\"", "a\"b\\", "a\u{3000}b", "a'b", "a%b_[c]"]);
    for id in &ids {
        assert_eq!(wait(central.commit(&batch(id))).unwrap(), Committed::Done, "{id:?}");
    }
    ids.sort_unstable();
    let found = wait(central.page(&place(), "", 99)).unwrap();
    assert_eq!(found.iter().map(|it| it.doc_id.as_str()).collect::<Vec<_>>(), ids);
    assert!(found.iter().all(|it| it.live_body().unwrap()["name"] == it.doc_id.as_str()));
    let long = "x".repeat(701);
    let mut too_long = batch(&long);
    too_long.operation = "op-long".into();
    let fault = wait(central.commit(&too_long)).unwrap_err();
    assert!(!fault.is_unknown && fault.why.contains("too long for SQL Server"), "{fault}");
    assert_eq!(wait(central.documents(&place(), &[long])).unwrap(), []);
    // A document of a megabyte, and one that is as empty as can be.
    let mut large = batch("large");
    let body = json!({ "text": "🍲x ".repeat(200_000), "empty": "", "spaces": "  ", "nul": "\0" });
    let mut kept = super::super::super::Kept::absent("large");
    let history = History::of(Revision::child_of(None, false, &body));
    kept.graft(&Version { doc_id: "large".into(), history, deleted: false, body: body.clone() });
    large.documents = vec![kept];
    assert_eq!(wait(central.commit(&large)).unwrap(), Committed::Done);
    let found = wait(central.documents(&place(), &["large".into()])).unwrap();
    assert_eq!(found[0].live_body(), Some(&body));
}

#[test]
fn many_are_written_at_once_whatever_they_are_like() {
    let central = open(&fresh_login(), 7).unwrap();
    // Short ones, of which many go at once, and some that are long in letters or in bytes.
    let name = |nth: usize| format!("note_{nth:03}");
    let said = |nth: usize| match nth % 7 {
        3 => "\"\\ \n\u{1}é".repeat(1_000),
        5 => "🍲".repeat(1_500),
        _ => "\"x\" \\".repeat(nth),
    };
    let mut all = batch("all");
    all.documents.clear();
    for nth in 0..200 {
        let body = json!({ "nth": nth, "say": said(nth) });
        let mut kept = super::super::super::Kept::absent(&name(nth));
        let history = History::of(Revision::child_of(None, false, &body));
        kept.graft(&Version { doc_id: name(nth), history, deleted: false, body });
        all.documents.push(kept);
    }
    assert_eq!(wait(central.commit(&all)).unwrap(), Committed::Done);
    let ids: Vec<String> = (0..200).map(name).collect();
    let found = wait(central.documents(&place(), &ids)).unwrap();
    for (nth, kept) in found.iter().enumerate() {
        assert_eq!(kept.live_body(), Some(&json!({ "nth": nth, "say": said(nth) })));
    }
    assert_eq!(found.len(), 200);
    let mut again = batch("again");
    again.documents = found;
    assert_eq!(wait(central.commit(&again)).unwrap(), Committed::Done, "each takes the place of what was there");
    assert_eq!(wait(central.population(&place())).unwrap(), Population { standing: 200, gone: 0 });
    let changes = wait(central.changes(&place(), 0, 1_000)).unwrap();
    assert!(changes.iter().map(|it| it.seq).eq(201..=400));
}

#[test]
fn what_is_written_while_lines_are_cut_is_there_once() {
    const WRITERS: usize = 4;
    const EACH: usize = 25;
    let login = fresh_login();
    let direct = open(&login, 7).unwrap();
    let cutter = Cutter::before(&login.address.host, login.address.port);
    let at = ("127.0.0.1".to_owned(), cutter.port);
    let pool = super::super::line::pool_at(&login, at, SQLSERVER_CONNECTIONS, Patience::USUAL).unwrap();
    let central = SqlServerCentral { login, pool, patience: Patience::USUAL };
    cutter.cuts_every(37);
    std::thread::scope(|threads| {
        for writer in 0..WRITERS {
            let central = &central;
            threads.spawn(move || {
                for nth in 0..EACH {
                    let batch = batch(&format!("w{writer}-{nth}"));
                    // As the server does, and whoever sends it again after it gave up.
                    while wait(central.commit(&batch)).is_err() {}
                }
            });
        }
    });
    let cuts = cutter.cuts();
    cutter.cuts_every(0);
    assert!(cuts > 0, "some were cut");
    let total = u64::try_from(WRITERS * EACH).unwrap();
    assert_eq!(wait(direct.standing(&place())).unwrap().newest, total, "lines were cut {cuts} times");
    let changes = wait(direct.changes(&place(), 0, 10_000)).unwrap();
    assert!(changes.iter().map(|it| it.seq).eq(1..=total), "without a gap, each once");
    assert_eq!(wait(direct.population(&place())).unwrap(), Population { standing: total, gone: 0 });
}

#[test]
fn of_what_waits_too_long_nobody_knows_and_it_is_written_once_when_it_is_tried_again() {
    let central = open(&fresh_login(), 7).unwrap();
    wait(central.commit(&batch("first"))).unwrap();
    // Another server that froze in the middle of a commit holds the feed.
    let fault = wait(async {
        let mut frozen = Line::take(&central.pool).await?;
        frozen.begin().await?;
        frozen.run("UPDATE feed SET seq = seq").await?;
        let fault = central.commit(&batch("second")).await.unwrap_err();
        frozen.roll_back().await.map(|()| fault)
    })
    .unwrap();
    assert!(fault.is_unknown, "{fault}");
    const { assert!(COMMIT_TRIES > 1, "the server tries it again by itself") };
    for _ in 0..2 {
        assert_eq!(wait(central.commit(&batch("second"))).unwrap(), Committed::Done);
    }
    assert_eq!(wait(central.standing(&place())).unwrap().newest, 2);
}
