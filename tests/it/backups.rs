//! Backups that the built register makes by itself: a stick that is not there and then is, a copy that sells on, a
//! directory that is full, and a register that is killed while it copies.

use crate::command_line::{INIT, comanda};
use crate::input::may_mount;
use crate::pty::{Till, let_pass};
use portable_pty::CommandBuilder;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SIZE: (u16, u16) = (100, 30);

/// A register with the demonstration's menu and a backup into this directory.
fn home_with(directory: &Path) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(comanda(home.path(), &INIT, "9999\n").code, 0);
    let said = comanda(home.path(), &["menu", "import", "assets/demo/menu.json"], "");
    assert_eq!(said.code, 0, "{}", said.err);
    let file = home.path().join(".config/comanda/comanda.toml");
    let text = fs::read_to_string(&file).unwrap();
    let set = text.replacen("#[backup]", "[backup]", 1).replacen(
        "#directory = \"/media/backup\"",
        &format!("directory = \"{}\"", directory.display()),
        1,
    );
    assert_ne!(set, text, "init writes the table, commented");
    fs::write(&file, set).unwrap();
    home
}

fn logged_in(home: &Path) -> Till {
    let mut till = Till::start(&["register"], home, SIZE);
    till.wait_for_text("Who is there?");
    till.types("9999\r");
    till.wait_for_text("Nothing ordered yet");
    till
}

/// What lies in a directory, in order.
fn names(directory: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|it| it.unwrap().path()).collect();
    all.sort();
    all
}

fn leave(mut till: Till) {
    till.signal("TERM");
    assert_eq!(till.end(), 0);
}

/// Opens the screen that tells of the machine.
fn this_register(till: &mut Till) {
    till.types("\x1b[21~");
    till.wait_for_text("This register");
    till.types("l");
    till.wait_for_text("─ This register");
}

#[test]
fn a_stick_that_was_not_there_is_told_and_what_it_then_gets_sells_on() {
    let sticks = tempfile::tempdir().unwrap();
    let stick = sticks.path().join("stick");
    let home = home_with(&stick);
    let mut till = logged_in(home.path());
    till.wait_for_text("BACKUP!");
    till.types("101\r");
    till.wait_for_text("1 Cheeseburger");
    this_register(&mut till);
    till.wait_for_text("it could not be made: it does not exist");
    fs::create_dir(&stick).unwrap();
    till.types("b");
    till.wait_for_text("Last one:");
    till.wait_for("no alarm", |rows| !rows.last().unwrap().contains("BACKUP!"));
    till.types("\x1b");
    till.wait_for_text("F12 Undo");
    till.types("\x1bOR");
    till.wait_for_text("Everything is sent");
    leave(till);
    let made = names(&stick);
    assert_eq!(made.len(), 1, "one file alone: {made:?}");
    let name = made[0].file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("L1-T1-2") && name.ends_with("Z-e1.db"), "{name}");
    let said = comanda(home.path(), &["store", "restore", made[0].to_str().unwrap()], "");
    assert!(said.code == 0 && said.out.contains("epoch 2"), "{}{}", said.out, said.err);
    let mut till = Till::start(&["register"], home.path(), SIZE);
    till.wait_for("the first frame", |rows| !rows.is_empty());
    if till.screen().join("\n").contains("Who is there?") {
        till.types("9999\r");
    }
    // As it was when the copy was made: entered, not sent. What comes next is numbered in the new epoch.
    till.wait_for_text("1 line not sent");
    till.types("\x1bOR");
    till.wait_for_text("Everything is sent");
    till.types("\x1b[19~");
    till.wait_for_text("Nothing ordered yet");
    till.types("101\r");
    till.wait_for_text("T1.2-0002");
    // An hour has not passed: nothing new is due, also not for a register that has just started.
    leave(till);
    assert_eq!(names(&stick), made);
    refuse_what_is_cut(home.path(), &made[0]);
}

/// Half a backup is not taken for one, wherever it was cut.
fn refuse_what_is_cut(home: &Path, whole: &Path) {
    let bytes = fs::read(whole).unwrap();
    let half = home.join("half.db");
    for part in [1, 4096, bytes.len() / 2, bytes.len() - 4096] {
        fs::write(&half, &bytes[..part]).unwrap();
        let said = comanda(home, &["store", "restore", half.to_str().unwrap()], "");
        assert_eq!(said.code, 1, "{part} of {} bytes: {}", bytes.len(), said.out);
    }
    let said = comanda(home, &["store", "check"], "");
    assert!(said.out.contains("is sound"), "{}{}", said.out, said.err);
}

#[test]
fn a_register_that_is_killed_while_it_copies_leaves_nothing_that_a_restore_takes() {
    let sticks = tempfile::tempdir().unwrap();
    let stick = sticks.path().join("stick");
    let home = home_with(&stick);
    fs::create_dir(&stick).unwrap();
    for round in 0..6 {
        let mut till = Till::start(&["register"], home.path(), SIZE);
        till.arm();
        till.wait_for("the first frame", |rows| !rows.is_empty());
        let_pass(Duration::from_millis(round * 9));
        till.kill();
        for left in names(&stick) {
            let name = left.file_name().unwrap().to_str().unwrap().to_owned();
            let said = comanda(home.path(), &["store", "restore", left.to_str().unwrap()], "");
            if name.ends_with(".db") {
                assert_eq!(said.code, 0, "{name} has its name, so it is whole: {}", said.err);
                fs::remove_file(&left).unwrap();
            } else {
                let whole = said.code == 0;
                let check = comanda(home.path(), &["store", "check"], "");
                // Only one that was complete but for its name can be taken.
                assert!(!whole || check.out.contains("is sound"), "{name}: {}{}", check.out, check.err);
            }
        }
    }
    // The next one sweeps up what was left.
    let mut till = Till::start(&["register"], home.path(), SIZE);
    till.wait_for("the first frame", |rows| !rows.is_empty());
    if till.screen().join("\n").contains("Who is there?") {
        till.types("9999\r");
    }
    till.wait_for_text("F12 Undo");
    this_register(&mut till);
    till.wait_for_text("Last one:");
    leave(till);
    let left = names(&stick);
    assert!(left.len() == 1 && left[0].extension().is_some_and(|end| end == "db"), "{left:?}");
}

#[test]
fn a_full_stick_is_told_and_emptied_it_takes_the_backup() {
    if !may_mount() {
        return;
    }
    let sticks = tempfile::tempdir().unwrap();
    let stick = sticks.path().join("stick");
    fs::create_dir(&stick).unwrap();
    let home = home_with(&stick);
    let line = format!(
        "mount -t tmpfs -o size=4m none '{0}' && head -c 3900k /dev/zero > '{0}/film' && exec '{1}' register",
        stick.display(),
        env!("CARGO_BIN_EXE_comanda")
    );
    let mut command = CommandBuilder::new("unshare");
    command.args(["-rm", "/bin/sh", "-c", &line]);
    let mut till = Till::run(command, home.path(), SIZE);
    till.wait_for_text("Who is there?");
    till.wait_for_text("BACKUP!");
    till.types("9999\r");
    till.wait_for_text("Nothing ordered yet");
    // Selling goes on.
    till.types("101\r");
    till.wait_for_text("1 Cheeseburger");
    this_register(&mut till);
    till.wait_for_text("it is full: a copy takes");
    // The namespace is seen through the process that lives in it.
    let seen = PathBuf::from(format!("/proc/{}/root{}", till.id(), stick.display()));
    let film = seen.join("film");
    assert_eq!(names(&seen), std::slice::from_ref(&film), "no half backup stays");
    fs::remove_file(film).unwrap();
    till.types("b");
    till.wait_for_text("Last one:");
    till.wait_for("no alarm", |rows| !rows.last().unwrap().contains("BACKUP!"));
    assert_eq!(names(&seen).len(), 1);
    leave(till);
}

#[test]
fn a_backup_beside_the_store_itself_is_refused() {
    let home = home_with(Path::new("/nowhere"));
    let data = home.path().join(".local/share/comanda");
    let file = home.path().join(".config/comanda/comanda.toml");
    let text = fs::read_to_string(&file).unwrap();
    // what is set, parts of the sentence
    let rows: [(String, &[&str]); 4] = [
        (format!("directory = \"{}/.\"", data.display()), &["data directory", "[backup]", "another disk"]),
        ("directory = \"\"".to_owned(), &["comanda.toml:", "directory must name a directory"]),
        ("directory = \"/x\"\nevery_min = 0".to_owned(), &["comanda.toml:", "every_min is 1 to 10080 minutes"]),
        ("directory = \"/x\"\nkeeps = 3".to_owned(), &["comanda.toml:", "keeps"]),
    ];
    for (set, parts) in rows {
        fs::write(&file, text.replacen("directory = \"/nowhere\"", &set, 1)).unwrap();
        let said = comanda(home.path(), &["register"], "");
        assert_eq!(said.code, 1, "{set}: {}", said.err);
        assert!(parts.iter().all(|part| said.err.contains(part)), "{set}: {}", said.err);
    }
}
