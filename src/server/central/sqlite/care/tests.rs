//! Backups and restores of a central database, and what is refused.

use super::*;
use crate::server::at_once;
use crate::server::central::{Central, Place};
use std::os::unix::fs::PermissionsExt;

fn dice(seed: u8) -> Entropy {
    Entropy::new(move |bytes| bytes.fill(seed))
}

/// A folder with a central database of some pages.
fn house() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("central.sqlite");
    let central = SqliteCentral::open(&path, &mut dice(1)).unwrap();
    grow(&central, 1..200);
    (folder, path)
}

fn grow(central: &SqliteCentral, seqs: std::ops::Range<u32>) {
    for seq in seqs {
        let (doc, tree) = (format!("order_{seq}"), "x".repeat(24_000));
        central.spoil(&format!(
            "INSERT INTO document (location_id, database_name, doc_id, seq, deleted, tree)
             VALUES ('L1', 'orders', '{doc}', {seq}, 0, '{tree}')"
        ));
    }
}

fn incarnation(path: &Path) -> String {
    let place = Place { location_id: "L1".into(), database: crate::document::Database::Orders };
    at_once(SqliteCentral::open(path, &mut dice(9)).unwrap().standing(&place)).unwrap().incarnation
}

fn names(folder: &Path) -> Vec<String> {
    let mut all: Vec<String> =
        folder.read_dir().unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    all.sort();
    all
}

#[test]
fn a_backup_is_of_one_moment_whatever_is_written_meanwhile_and_for_its_owner_alone() {
    let (folder, path) = house();
    let to = folder.path().join("kept.sqlite");
    let central = SqliteCentral::open(&path, &mut dice(2)).unwrap();
    let mut steps = 0;
    let made = SqliteCentral::backup(&path, &to, &mut || {
        steps += 1;
        grow(&central, 1_000 * steps..1_000 * steps + 10);
        true
    });
    let made = made.unwrap();
    assert!(steps > 1, "in steps: {steps}");
    assert_eq!((made.documents, made.orders, made.flaws.len()), (199, 0, 0));
    assert_eq!(made.schema, made.known_schema);
    assert_eq!(to.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(SqliteCentral::check(&path, Closely::Everything).unwrap().documents, u64::from(199 + 10 * steps));
    let taken = SqliteCentral::backup(&path, &to, &mut || true).unwrap_err();
    assert!(matches!(taken, CareFault::Taken(_)), "{taken}");
    // Given up: nothing is left of it.
    let other = folder.path().join("other.sqlite");
    assert!(SqliteCentral::backup(&path, &other, &mut || false).unwrap_err().to_string().contains("given up"));
    drop(central);
    assert_eq!(names(folder.path()), ["central.sqlite", "kept.sqlite"]);
}

#[test]
fn a_restored_database_begins_anew_and_the_one_before_lies_beside_it() {
    let (folder, path) = house();
    let kept = folder.path().join("kept.sqlite");
    SqliteCentral::backup(&path, &kept, &mut || true).unwrap();
    let before = incarnation(&path);
    let central = SqliteCentral::open(&path, &mut dice(3)).unwrap();
    grow(&central, 300..310);
    let told = SqliteCentral::restore(&kept, &path, &mut dice(4)).unwrap_err();
    assert!(matches!(told, CareFault::InUse(_)), "{told}");
    assert_eq!(incarnation(&path), before);
    drop(central);
    let restored = SqliteCentral::restore(&kept, &path, &mut dice(4)).unwrap();
    let aside = folder.path().join("central.sqlite.before-restore-1");
    assert_eq!((restored.aside.as_ref(), restored.contents.documents), (Some(&aside), 199));
    assert_ne!(incarnation(&path), before);
    assert_eq!(SqliteCentral::check(&aside, Closely::Everything).unwrap().documents, 209, "whole, with its log");
    let files = names(folder.path());
    assert_eq!(files, ["central.sqlite", "central.sqlite.before-restore-1", "kept.sqlite"]);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    // Where there is none it is put there; where it does not read it moves aside all the same.
    std::fs::remove_file(&path).unwrap();
    assert_eq!(SqliteCentral::restore(&kept, &path, &mut dice(5)).unwrap().aside, None);
    std::fs::write(&path, "what a dying card left of it".repeat(1_000)).unwrap();
    let restored = SqliteCentral::restore(&kept, &path, &mut dice(6)).unwrap();
    assert!(restored.aside.is_some_and(|aside| aside.ends_with("central.sqlite.before-restore-2")));
    assert_eq!(SqliteCentral::check(&path, Closely::Pages).unwrap().documents, 199);
}

#[test]
fn what_is_no_sound_backup_is_refused_and_changes_nothing() {
    let (folder, path) = house();
    let file = |name: &str| folder.path().join(name);
    SqliteCentral::backup(&path, &file("kept"), &mut || true).unwrap();
    let whole = std::fs::read(file("kept")).unwrap();
    let mut torn = whole.clone();
    for byte in &mut torn[4096 * 20..4096 * 60] {
        *byte ^= 0x5a;
    }
    std::fs::write(file("torn"), &torn).unwrap();
    std::fs::write(file("cut"), &whole[..4096 * 30]).unwrap();
    std::fs::write(file("empty"), "").unwrap();
    std::fs::write(file("text"), "no database at all, but a text that is long enough for one").unwrap();
    std::fs::copy(file("kept"), file("newer")).unwrap();
    let newer = Connection::open(file("newer")).unwrap();
    newer.execute_batch("INSERT INTO migration (number, checksum) VALUES (999, 'x')").unwrap();
    drop(newer);
    let before = std::fs::read(&path).unwrap();
    // the backup, part of what is said
    let rows = [
        ("none", "there is no central database at"),
        ("empty", "is no central database of Comanda"),
        ("text", "is no central database of Comanda"),
        ("torn", ""),
        ("cut", ""),
        ("newer", "was made by a newer Comanda: schema 999"),
    ];
    for (name, part) in rows {
        let told = SqliteCentral::restore(&file(name), &path, &mut dice(7)).unwrap_err().to_string();
        assert!(told.contains(part) && told.contains(name), "{name}: {told}");
        assert!(std::fs::read(&path).unwrap() == before, "{name}");
        assert!(!names(folder.path()).iter().any(|it| it.contains("restor")), "{name}: {:?}", names(folder.path()));
    }
}
