//! Bad input gets a sentence that names the place and what can be done, and what lay there before is left as it was.
//!
//! Disks that are full or read-only are made in a mount namespace of the test's own. Where the machine does not let a
//! test do that, the test says so, and fails only where `CI=true`.

use crate::cashier::Cashier;
use crate::command_line::{INIT, Said, comanda};
use crate::pty::{TENDER_HEARS, Till, let_pass};
use comanda::runtime::demo;
use comanda::runtime::paths::environment;
use portable_pty::CommandBuilder;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const SIZE: (u16, u16) = (100, 30);

/// One refused call: the sentence stands on standard error, says all the parts, and nothing panicked.
fn refused(said: &Said, code: i32, parts: &[&str]) {
    let both = format!("{}{}", said.out, said.err);
    assert_eq!(said.code, code, "{both}");
    assert!(!both.contains("panicked"), "{both}");
    for part in parts {
        assert!(both.contains(part), "{part:?} is not in {both}");
    }
}

/// A register as `init` makes it, with the demonstration's menu.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(comanda(home.path(), &INIT, "9999\n").code, 0);
    let said = comanda(home.path(), &["menu", "import", "assets/demo/menu.json"], "");
    assert_eq!(said.code, 0, "{}", said.err);
    home
}

fn store_of(home: &Path) -> PathBuf {
    home.join(".local/share/comanda/store.db")
}

/// Every file below a directory with its bytes, but the lock and the log; sockets have none.
fn bytes_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut bytes_below(&path));
        } else if path.is_file() && !path.ends_with("lock") && !path.ends_with("comanda.log") {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn a_wrong_configuration_is_told_with_its_line_and_column() {
    let home = home();
    let file = home.path().join(".config/comanda/comanda.toml");
    let right = fs::read_to_string(&file).unwrap();
    // what stands there, what is put in its place, parts of the sentence
    let rows: [(&str, &str, &[&str]); 6] = [
        ("[register]", "[register]\ncolour = \"red\"", &["comanda.toml:", "colour"]),
        ("[house]", "[huose]", &["comanda.toml:4:", "huose"]),
        ("receipt = \"always\"", "receipt = \"sometimes\"", &["comanda.toml:", "always", "on_request"]),
        ("device = \"file\"", "device = \"usb\"", &["comanda.toml:", "file", "tcp:HOST"]),
        ("idle_lock_min = 5", "idle_lock_min = 0", &["comanda.toml:", "idle_lock_min"]),
        ("[house]", "[house", &["comanda.toml:4:"]),
    ];
    for (right_part, wrong_part, parts) in rows {
        fs::write(&file, right.replacen(right_part, wrong_part, 1)).unwrap();
        for command in [&["register"] as &[&str], &["store", "check"], &["staff", "list"]] {
            refused(&comanda(home.path(), command, ""), 1, parts);
        }
        let said = comanda(home.path(), &["register"], "").err;
        let place = said.split("comanda.toml:").nth(1).unwrap();
        let mut numbers = place.split(':').take(2).map(|it| it.trim().parse::<u32>());
        assert!(numbers.all(|it| it.is_ok()), "line and column: {said}");
    }
}

#[test]
fn a_broken_menu_is_told_mistake_by_mistake_and_the_old_one_stays() {
    let home = home();
    let before = comanda(home.path(), &["menu", "export"], "").out;
    for command in ["check", "import"] {
        let said = comanda(home.path(), &["menu", command, "tests/menus/broken.json"], "");
        refused(&said, 1, &["12 mistakes", "the menu in use stays"]);
        let lines: Vec<&str> = said.err.lines().filter(|line| line.starts_with("tests/menus/broken.json: ")).collect();
        assert_eq!(lines.len(), 12, "{}", said.err);
        let mut places: Vec<&str> = lines.iter().map(|line| line.split(": ").nth(1).unwrap()).collect();
        let named = |place: &&str| place.contains(['[', '.']) || *place == "currency";
        assert!(places.iter().all(named), "{places:?}");
        places.sort_unstable();
        places.dedup();
        assert!(places.len() >= 11, "each has its own place: {places:?}");
    }
    assert_eq!(comanda(home.path(), &["menu", "export"], "").out, before);
    let file = home.path().join("menu.json");
    // what stands in the file, part of the sentence
    let rows: [(&[u8], &str); 4] =
        [(b"{", "line 1"), (b"", "could not read"), (b"\xff\xfe", "UTF-8"), (b"[]", "menu.json: ")];
    for (bytes, part) in rows {
        fs::write(&file, bytes).unwrap();
        let said = comanda(home.path(), &["menu", "check", file.to_str().unwrap()], "");
        let part = if bytes.is_empty() { "menu.json: " } else { part };
        refused(&said, 1, &[part]);
    }
    refused(&comanda(home.path(), &["menu", "check", "/nowhere.json"], ""), 1, &["/nowhere.json", "does not exist"]);
}

#[test]
fn a_script_that_does_not_read_ends_with_2_and_one_that_fails_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.script");
    // the script, the code, parts of the report
    let rows: [(&str, i32, &[&str]); 4] = [
        ("Scenario \"a\"\nKeys F3\nEnd\n", 0, &["1 passed, 0 failed"]),
        ("Scenario \"a\"\nPush F3\nKeys F99\nEnd\n", 2, &["a.script:2:1:", "a.script:3:6:"]),
        (
            "Scenario \"a\"\nExpect \"no such thing\"\nEnd\n",
            1,
            &["a.script:2: expected", "no such thing", "the screen"],
        ),
        ("", 2, &["a.script"]),
    ];
    for (text, code, parts) in rows {
        fs::write(&file, text).unwrap();
        refused(&comanda(folder.path(), &["script", file.to_str().unwrap()], ""), code, parts);
    }
    refused(&comanda(folder.path(), &["script", "/nowhere.script"], ""), 2, &["/nowhere.script"]);
}

#[test]
fn what_cannot_be_a_data_directory_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    fs::write(&file, "kept").unwrap();
    // the directory, parts of the sentence
    let rows = [
        (file.display().to_string(), "--data"),
        (file.join("below").display().to_string(), "not a directory"),
        ("/proc/comanda".to_owned(), "/proc/comanda"),
    ];
    for (dir, part) in rows {
        refused(&comanda(folder.path(), &["demo", "--data", &dir], ""), 1, &[&dir, part]);
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
}

#[test]
fn a_store_that_another_register_sells_on_is_left_to_it() {
    let data = tempfile::tempdir().unwrap();
    let mut first = Till::demo(data.path(), SIZE);
    first.wait_for_text("Who is there?");
    let dir = data.path().to_str().unwrap();
    let said = comanda(data.path(), &["demo", "--data", dir], "");
    refused(&said, 1, &["in use", &format!("process {}", first.id()), dir, "--data"]);
    first.types("1111\r");
    first.wait_for_text("Nothing ordered yet");
    first.kill();
    // A register that was killed leaves no lock behind.
    let mut second = Till::demo(data.path(), SIZE);
    second.wait_for_text("Nothing ordered yet");
    second.signal("TERM");
    assert_eq!(second.end(), 0);
}

#[test]
fn a_wrong_pin_is_told_and_five_lock_the_register() {
    let data = tempfile::tempdir().unwrap();
    let mut till = Till::demo(data.path(), SIZE);
    till.wait_for_text("Who is there?");
    for _ in 0..4 {
        till.types("0000");
        till.wait_for_text("****");
        till.types("\r");
        till.wait_for("the PIN was looked at", |rows| {
            rows.iter().any(|row| row.contains("Nobody has this PIN: try again")) && !rows.join("").contains("****")
        });
    }
    till.types("0000\r");
    till.wait_for_text("Too many wrong PINs: wait 30 s");
    till.types("1111\r");
    till.wait_for_text("Too many wrong PINs");
    till.kill();
    // Starting again is no way around it.
    let mut till = Till::demo(data.path(), SIZE);
    till.wait_for_text("Too many wrong PINs");
    assert!(!till.raw().contains("1111\r") && !till.screen().join("\n").contains("Nothing ordered yet"));
    till.kill();
}

#[test]
fn quantities_and_prices_beyond_reason_are_told_and_change_nothing() {
    let mut cashier = Cashier::with_menu(&demo::menu().unwrap(), SIZE);
    cashier.logs_in();
    // typed into the entry line, part of what is said
    let rows = [
        ("0*101", "A quantity is 1 to 999, not 0"),
        ("1000000000*101", "A quantity is 1 to 999, not 1000000000"),
        ("99999999999999999999999*101", "A quantity is 1 to 999"),
        ("1000*101", "A quantity is 1 to 999, not 1000"),
        ("*101", "A quantity is 1 to 999"),
        ("99999999", "99999999"),
        ("2*", "of what?"),
        ("xyzzyxyzzy", "Nothing on the menu fits"),
    ];
    for (typed, part) in rows {
        cashier.types(typed);
        cashier.keys("Enter");
        assert!(cashier.notice().contains(part), "{typed}: {:?}", cashier.notice());
        assert!(!cashier.notice().is_empty(), "{typed}");
        assert!(cashier.reader().desk().unwrap().order.is_none(), "{typed}: nothing was ordered");
        cashier.keys("Esc Esc");
    }
    // - is a key of its own: what it takes from, it says; nothing can be sold less than once.
    cashier.keys("-");
    assert!(cashier.notice().contains("There is no line here yet"), "{:?}", cashier.notice());
    // 810 is an open price
    for (typed, part) in
        [("99999999999.99", "Type a price from 0 to"), ("1.999", "Type a price"), (".", "Type a price")]
    {
        cashier.types("810");
        cashier.keys("Enter");
        assert_eq!(cashier.focus(), "price");
        cashier.types(typed);
        cashier.keys("Enter");
        assert!(cashier.notice().contains(part), "{typed}: {:?}", cashier.notice());
        cashier.keys("Esc Esc");
        assert!(cashier.reader().desk().unwrap().order.is_none(), "{typed}: nothing was ordered");
    }
}

#[test]
fn a_new_register_sells_and_its_backup_comes_back() {
    let home = home();
    let mut till = Till::start(&["register"], home.path(), SIZE);
    till.wait_for_text("Who is there?");
    till.types("9999\r");
    till.wait_for_text("Nothing ordered yet");
    till.types("2*101\r");
    till.wait_for_text("2 Cheeseburger");
    let kept = home.path().join("kept.db").display().to_string();
    let said = comanda(home.path(), &["store", "backup", &kept], "");
    assert_eq!(said.code, 0, "while it sells: {}", said.err);
    till.types("\x1bOS");
    till.wait_for_text("TO PAY");
    let_pass(TENDER_HEARS);
    till.types("50\r");
    till.wait_for_text("CHANGE");
    till.signal("TERM");
    assert_eq!(till.end(), 0);
    let paper =
        |name: &str| fs::read_to_string(home.path().join(format!(".local/share/comanda/paper/{name}.txt"))).unwrap();
    assert!(paper("kitchen").contains("2x Cheeseburger") && paper("receipt").contains("23.80"), "{}", paper("receipt"));
    refused(&comanda(home.path(), &["store", "check"], ""), 0, &["is sound"]);
    refused(&comanda(home.path(), &["store", "restore", &kept], ""), 0, &["epoch 2", "the one before is"]);
    refused(&comanda(home.path(), &["store", "check"], ""), 0, &["is sound"]);
    let mut till = Till::start(&["register"], home.path(), SIZE);
    let first = till.wait_for("the first frame", |rows| !rows.is_empty()).join("\n");
    if first.contains("Who is there?") {
        till.types("9999\r");
    }
    till.wait_for_text("2 Cheeseburger");
    till.signal("TERM");
    assert_eq!(till.end(), 0);
}

#[test]
fn a_store_that_does_not_open_is_told_and_not_touched() {
    let home = home();
    let store = store_of(home.path());
    let data = store.parent().unwrap().to_owned();
    let right = fs::read(&store).unwrap();
    let key = home.path().join(".config/comanda/store.key");
    let right_key = fs::read_to_string(&key).unwrap();
    let told = |what: &str, parts: &[&str]| {
        let before = bytes_below(&data);
        for command in [&["register"] as &[&str], &["menu", "import", "assets/demo/menu.json"], &["menu", "export"]] {
            refused(&comanda(home.path(), command, ""), 1, parts);
            assert_eq!(bytes_below(&data), before, "{what}: {command:?} left every byte alone");
        }
    };
    if cfg!(feature = "cipher") {
        fs::write(&key, "11".repeat(32)).unwrap();
        told("wrong key", &["the key does not open", "store restore"]);
    }
    fs::write(&key, "no key").unwrap();
    told("no key", &["store.key", "64 hexadecimal digits"]);
    fs::write(&key, &right_key).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    told("wide key file", &["store.key", "chmod 600"]);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&store, "this is a letter to my aunt").unwrap();
    let part = if cfg!(feature = "cipher") { "store.db" } else { "is not a Comanda store" };
    told("something else", &[part]);
    fs::write(&store, b"").unwrap();
    told("an empty file", &["is not a Comanda store", "check the path"]);
    fs::write(&store, &right).unwrap();
    newer(&store, right_key.trim());
    told("a newer store", &["made by a newer Comanda", "update the program"]);
    fs::write(&store, &right).unwrap();
    damage(&store);
    let said = comanda(home.path(), &["store", "check"], "");
    assert!(said.code == 1 && said.err.contains("store restore"), "{}", said.err);
    fs::remove_file(&store).unwrap();
    told("no store", &["there is no store at", "comanda init"]);
}

/// Makes a store look as if a later program had written it.
fn newer(store: &Path, key: &str) {
    let connection = rusqlite::Connection::open(store).unwrap();
    if cfg!(feature = "cipher") {
        connection.execute_batch(&format!("PRAGMA key = \"x'{key}'\"")).unwrap();
    }
    connection.execute_batch("PRAGMA user_version = 999; PRAGMA wal_checkpoint(TRUNCATE);").unwrap();
}

/// Turns bits over in the middle of every page but the first.
fn damage(store: &Path) {
    let mut bytes = fs::read(store).unwrap();
    for page in bytes.chunks_mut(4096).skip(1) {
        let middle = page.len() / 2;
        page[middle..middle + 64].iter_mut().for_each(|byte| *byte = !*byte);
    }
    fs::write(store, bytes).unwrap();
}

/// Whether the machine lets a test mount something where nobody else sees it.
pub fn may_mount() -> bool {
    let dir = tempfile::tempdir().unwrap();
    let line = format!("mount -t tmpfs -o size=64k none '{}'", dir.path().display());
    let tried = Command::new("unshare").args(["-rm", "/bin/sh", "-c", &line]).output();
    let may = tried.is_ok_and(|tried| tried.status.success());
    if !may {
        eprintln!("NOT TESTED: this machine lets no test mount anything (unshare -rm): full and read-only disks");
        assert!(environment("CI").is_none_or(|ci| ci != "true"), "CI must be able to mount");
    }
    may
}

/// A register on a disk that `mount` makes, in a namespace of its own; `$DIR` stands for the data directory.
fn on_a_disk(mount: &str, data: &Path) -> Till {
    let line =
        format!("DIR='{}'; {mount} && exec '{}' demo --data \"$DIR\"", data.display(), env!("CARGO_BIN_EXE_comanda"));
    let mut command = CommandBuilder::new("unshare");
    command.args(["-rm", "/bin/sh", "-c", &line]);
    Till::run(command, data.parent().unwrap(), SIZE)
}

#[test]
fn a_disk_without_room_is_told_and_takes_nothing_away() {
    if !may_mount() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    fs::create_dir(&data).unwrap();
    let mut till = on_a_disk("mount -t tmpfs -o size=64k none \"$DIR\"", &data);
    assert_eq!(till.end(), 1);
    let raw = till.raw();
    assert!(raw.contains("full") || raw.contains("no space is left"), "{raw}");
    assert!(!raw.contains("panicked"), "{raw}");
    let mut till = on_a_disk("mount -t tmpfs -o size=8m none \"$DIR\"", &data);
    till.wait_for_text("Who is there?");
    till.types("1111\r");
    till.wait_for_text("Nothing ordered yet");
    till.types("A");
    till.wait_for_text("1 Cheeseburger");
    // The namespace is seen through the process that lives in it.
    let filler = PathBuf::from(format!("/proc/{}/root{}/filler", till.id(), data.display()));
    let mut file = fs::File::create(&filler).unwrap();
    while std::io::Write::write_all(&mut file, &[0; 4096]).is_ok() {}
    // Each cola needs room for its draft; how many still find some depends on what the log had before.
    let sold_or_told = |till: &mut Till, colas: u32| {
        till.types("801\r");
        let sold = format!("{colas} Cola");
        till.wait_for(&sold, |rows| rows.iter().any(|row| row.contains("disk is full") || row.contains(&sold)))
    };
    let told =
        (1..=200).map(|colas| sold_or_told(&mut till, colas).join("\n")).find(|told| told.contains("disk is full"));
    let told = told.expect("a disk without room takes no two hundred drafts");
    assert!(told.contains("the disk is full, make room"), "{told}");
    // The log finds no room either, once its last block is full. The screen must not hear of that.
    // What was not taken stands in the entry still: Enter asks again.
    (0..100).for_each(|_| till.types("\r"));
    till.types("x");
    till.wait_for_text("> 801x");
    assert!(!till.raw().contains("Unable to write"), "the log's trouble was written over the screen");
    till.types("\x7f\x7f\x7f\x7f");
    till.wait_for("an empty entry", |rows| !rows.iter().any(|row| row.contains("> 8")));
    drop(file);
    fs::remove_file(&filler).unwrap();
    till.types("\x1bOR");
    let sent = till.wait_for_text("Everything is sent");
    assert!(sent.join("\n").contains("1 Cheeseburger"));
    till.signal("TERM");
    assert_eq!(till.end(), 0);
}

#[test]
fn a_disk_that_is_read_only_is_told() {
    if !may_mount() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    fs::create_dir(&data).unwrap();
    let mount = "mount --bind \"$DIR\" \"$DIR\" && mount -o remount,ro,bind \"$DIR\"";
    let told = |what: &str| {
        let mut till = on_a_disk(mount, &data);
        assert_eq!(till.end(), 1, "{what}");
        let raw = till.raw();
        assert!(raw.contains("read-only") && raw.contains(data.to_str().unwrap()), "{what}: {raw}");
        assert!(raw.contains("mount it writable") && !raw.contains("panicked"), "{what}: {raw}");
    };
    told("an empty one");
    let mut till = Till::demo(&data, SIZE);
    till.wait_for_text("Who is there?");
    till.signal("TERM");
    assert_eq!(till.end(), 0);
    let before = bytes_below(&data);
    told("one with a store");
    assert_eq!(bytes_below(&data), before);
}
