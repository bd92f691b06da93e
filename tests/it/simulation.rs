//! Evenings of the simulated world: a few that must be clean, and the same twice. `.ci/run` lets many more pass.

use comanda::domain::planted::Defect;
use comanda::sim;
use comanda::sim::dice::Dice;
use comanda::sim::disk::{self, Ailment};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How many evenings pass here.
const EVENINGS: u64 = 6;

fn evening(seed: u64, folder: &Path) -> sim::Evening {
    sim::evening(seed, None, folder).unwrap()
}

#[test]
fn equal_seeds_are_equal_evenings_wherever_they_pass_and_other_seeds_are_others() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (evening(11, here.path()), evening(11, there.path()));
    let differ = one.trace.lines().iter().zip(two.trace.lines()).find(|(one, two)| one != two);
    assert_eq!(differ, None);
    assert_eq!(one.trace.hash(), two.trace.hash());
    assert!(
        !one.trace.lines().iter().any(|line| line.contains("/tmp") || line.contains("/dev")),
        "no line holds a path"
    );
    assert_ne!(one.trace.hash(), evening(12, here.path()).trace.hash());
}

#[test]
fn evenings_are_clean_and_nothing_of_them_stays_behind() {
    let folder = tempfile::tempdir().unwrap();
    for seed in 1..=EVENINGS {
        let evening = evening(seed, folder.path());
        assert!(evening.is_clean(), "{}", evening.report(None));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

fn opened(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;").unwrap();
    connection
}

fn rows(path: &Path) -> i64 {
    opened(path).query_row("SELECT COUNT(*) FROM t", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_kill_keeps_every_commit_and_a_power_cut_the_synced_ones() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("a.db");
    disk::watch(folder.path());
    let connection = opened(&store);
    let does = |sql: &str| connection.execute_batch(sql).unwrap();
    does("PRAGMA synchronous = FULL; CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x')");
    does("PRAGMA synchronous = NORMAL; INSERT INTO t VALUES ('y'); INSERT INTO t VALUES ('z')");
    let killed = folder.path().join("killed.db");
    disk::copy_as_is(&store, &killed).unwrap();
    assert_eq!(rows(&killed), 3);
    // A commit of which a cut took a part counts as none; those before it may stay.
    let after_a_cut = |seed| {
        let copy = folder.path().join(format!("cut-{seed}.db"));
        disk::copy_after_power_cut(&store, &copy, &mut Dice::new(seed)).unwrap();
        rows(&copy)
    };
    assert_eq!((0..60).map(after_a_cut).collect::<BTreeSet<_>>(), BTreeSet::from([1, 2, 3]));
    disk::forget(folder.path());
}

#[test]
fn a_disk_refuses_after_so_many_writes_and_is_well_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("a.db");
    disk::watch(folder.path());
    let connection = opened(&store);
    connection.execute_batch("PRAGMA synchronous = FULL; CREATE TABLE t (a TEXT)").unwrap();
    for (after, ailment, word) in [(0, Ailment::Full, "full"), (1, Ailment::Errors, "I/O error")] {
        disk::ail(folder.path(), after, ailment);
        let told = connection.execute_batch("INSERT INTO t VALUES ('x')").unwrap_err().to_string();
        assert!(told.contains(word) && disk::refusals(folder.path()) > 0, "{told}");
        disk::mend(folder.path());
    }
    connection.execute_batch("INSERT INTO t VALUES ('x')").unwrap();
    drop(connection);
    assert_eq!(rows(&store), 1);
    disk::forget(folder.path());
}

#[test]
fn evenings_that_found_something_stay_clean() {
    let folder = tempfile::tempdir().unwrap();
    let list = include_str!("../sim/seeds.list");
    let seeds = list.lines().filter(|line| !line.starts_with('#'));
    let mut count = 0;
    for line in seeds {
        let (seed, found) = line.split_once(' ').unwrap();
        let evening = evening(seed.parse().unwrap(), folder.path());
        assert!(evening.is_clean(), "it found once: {found}\n{}", evening.report(None));
        count += 1;
    }
    assert!(count >= 8, "{count}");
}

/// How many evenings must find each planted defect.
const FOUND_BY: usize = 3;

#[test]
fn every_planted_defect_is_found_by_the_evenings_that_are_noted_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let list = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sim/planted.list")).unwrap();
    let noted: BTreeMap<&str, BTreeSet<u64>> = list
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, seeds) = line.split_once(' ').unwrap();
            (name, seeds.split_whitespace().map(|seed| seed.parse().unwrap()).collect())
        })
        .collect();
    let is_clean = |seed: u64, defect| sim::evening(seed, defect, folder.path()).unwrap().is_clean();
    for (defect, name, _) in Defect::ALL {
        let again = format!("note seeds that find it today: comanda sim --evenings 500 --enough 3 --plant {name}");
        let seeds = noted.get(name).unwrap_or_else(|| panic!("{name} is not noted: {again}"));
        assert!(seeds.len() >= FOUND_BY, "{name}: {again}");
        for &seed in seeds {
            assert!(!is_clean(seed, Some(*defect)), "{name}, seed {seed}: {again}");
            assert!(is_clean(seed, None), "{name}, seed {seed}: what is wrong without it as well finds nothing");
        }
    }
}
