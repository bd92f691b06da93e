//! The built binary on its command line: a new register from nothing, and what it says when something is wrong.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What one call said and how it ended.
pub struct Said {
    /// The code that it ended with.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Calls the binary with a home of its own; `input` is its standard input.
pub fn comanda(home: &Path, args: &[&str], input: &str) -> Said {
    let mut child = Command::new(env!("CARGO_BIN_EXE_comanda"))
        .args(args)
        .env_clear()
        .env("HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end without reading.
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    let ended = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: ended.status.code().unwrap(), out: text(ended.stdout), err: text(ended.stderr) }
}

/// What makes a new register.
pub const INIT: [&str; 7] = ["init", "--location", "L1", "--register", "T1", "--manager", "Dara"];

#[test]
fn a_new_register_from_nothing() {
    let home = tempfile::tempdir().unwrap();
    // arguments, standard input, exit code, part of what is said on either output
    let rows: &[(&[&str], &str, i32, &str)] = &[
        (&["staff", "list"], "", 1, "could not read the configuration"),
        (&INIT, "12\n", 1, "a PIN is 4 to 8 digits"),
        (&["init", "--location", "L 1", "--register", "T-1", "--manager", "Dara"], "9999\n", 1, "id `T-1` is not"),
        (&INIT, "9999\n", 0, "keep a copy"),
        (&INIT, "9999\n", 1, "there is a configuration already"),
        (&["register"], "", 1, "comanda menu import FILE"),
        (&["staff", "add", "Ana", "--role", "cashier"], "1111\n", 0, "Ana was added as cashier"),
        (&["staff", "add", "Ben", "--role", "cashier"], "1111\n", 1, "that PIN is taken"),
        (&["staff", "add", "ana", "--role", "cook"], "1234\n", 2, "it is cashier or manager"),
        (&["staff", "remove", "Dara"], "", 1, "the last manager"),
        (&["staff", "reset-pin", "Ana"], "2222\n", 0, "Ana has a new PIN"),
        (&["init", "--reset-pin", "Dara"], "8888\n", 0, "Dara has a new PIN"),
        (&["init", "--reset-pin", "Eve"], "8888\n", 1, "there are: Ana, Dara"),
        (&["staff", "list"], "", 0, "manager"),
        (&["menu", "export"], "", 1, "no menu"),
        (&["menu", "check", "tests/menus/broken.json"], "", 1, "12 mistakes"),
        (&["menu", "import", "assets/demo/menu.json"], "", 0, "now in use, version 1"),
        (&["menu", "import", "tests/menus/broken.json"], "", 1, "the menu in use stays"),
        (&["menu", "import", "tests/menus/chinese.json"], "", 0, "more names that a printer cannot show"),
        (&["menu", "check", "tests/menus/large.json"], "", 0, "239 items in 26 categories, GBP: no mistakes"),
        (&["store", "check"], "", 0, "is sound"),
        (&["sync", "status"], "", 0, "pending_items         0"),
        (&["sync", "status", "--json"], "", 0, "\"last_successful_sync\": null"),
        (&["sync", "review", "list"], "", 0, "nothing is in Review"),
        (&["sync", "review", "list", "--json"], "", 0, "[]"),
        (&["sync", "review", "resubmit", "T1-0042"], "", 1, "T1-0042 is not in Review"),
        (&["sync", "review", "close", "T1-0042", "--reason", "x"], "", 1, "T1-0042 is not in Review"),
        (&["sync", "review", "close", "T1-0042"], "", 2, "--reason"),
        (&["sync", "review", "resubmit"], "", 2, "<ID>"),
        (&["sync", "now"], "", 1, "no register runs here"),
        (&["nonsense"], "", 2, "unrecognized subcommand"),
        (&[], "", 2, "Usage"),
        (&["--help"], "", 0, "comanda demo"),
    ];
    for (args, input, code, part) in rows {
        let said = comanda(home.path(), args, input);
        let both = format!("{}{}", said.out, said.err);
        assert!(said.code == *code && both.contains(part), "{args:?}: {}\n{both}", said.code);
        assert!(!both.contains("panicked"), "{both}");
    }
}

#[test]
fn the_command_line_explains_itself() {
    let home = tempfile::tempdir().unwrap();
    // arguments, exit code, part of what is said on either output
    let rows: &[(&[&str], i32, &str)] = &[
        (&["help"], 0, "Screens and their keys (comanda help SCREEN):"),
        (&["help", "register"], 0, "Usage: comanda register"),
        (&["help", "store", "backup"], 0, "Usage: comanda store backup"),
        (&["help", "pay"], 0, "The screen `pay`"),
        (&["help", "keys"], 0, "The screen `printers`"),
        (&["help", "scripts"], 0, "Scenario \"offline lunch\""),
        (&["help", "config"], 0, "[[printer]]"),
        (&["help", "ordrs"], 2, "comanda: there is no help on `ordrs`; did you mean order"),
        (&["completions", "bash"], 0, "complete -F _comanda"),
        (&["completions", "csh"], 2, "possible values: bash"),
        (&["man"], 0, ".TH comanda 1"),
        (&["man", "/proc/nowhere"], 1, "could not write /proc/nowhere"),
    ];
    for (args, code, part) in rows {
        let said = comanda(home.path(), args, "");
        let both = format!("{}{}", said.out, said.err);
        assert!(said.code == *code && both.contains(part), "{args:?}: {}\n{both}", said.code);
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "who only asks leaves nothing behind");
}

#[test]
fn a_menu_goes_out_as_it_came_in_and_a_backup_comes_back() {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str| home.path().join(name).display().to_string();
    let ok = |args: &[&str], input: &str| {
        let said = comanda(home.path(), args, input);
        assert_eq!(said.code, 0, "{args:?}: {}", said.err);
        said.out
    };
    ok(&INIT, "9999\n");
    ok(&["menu", "import", "assets/demo/menu.json"], "");
    ok(&["menu", "export", &file("out.json")], "");
    ok(&["store", "backup", &file("kept.db")], "");
    ok(&["menu", "import", "tests/menus/large.json"], "");
    assert_ne!(ok(&["menu", "export"], ""), std::fs::read_to_string(file("out.json")).unwrap());
    let told = ok(&["store", "restore", &file("kept.db")], "");
    assert!(told.contains("epoch 2"), "{told}");
    assert_eq!(ok(&["menu", "export"], ""), std::fs::read_to_string(file("out.json")).unwrap());
    ok(&["menu", "check", &file("out.json")], "");
    let said = comanda(home.path(), &["menu", "export", &file("out.json")], "");
    assert!(said.code == 1 && said.err.contains("exists already"), "{}", said.err);
}

#[test]
fn nobody_writes_a_store_that_a_register_has_open() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(comanda(home.path(), &INIT, "9999\n").code, 0);
    let data = home.path().join(".local/share/comanda");
    let held = comanda::runtime::lock::Lock::take(&data, "register").unwrap();
    for args in [&["staff", "add", "Ana"] as &[&str], &["menu", "import", "assets/demo/menu.json"]] {
        let said = comanda(home.path(), args, "1111\n");
        assert!(said.code == 1 && said.err.contains("is in use") && said.err.contains("--data"), "{}", said.err);
    }
    // Reading and saving go on.
    assert_eq!(comanda(home.path(), &["staff", "list"], "").code, 0);
    let copy = home.path().join("kept.db").display().to_string();
    assert_eq!(comanda(home.path(), &["store", "backup", &copy], "").code, 0);
    drop(held);
    assert_eq!(comanda(home.path(), &["staff", "add", "Ana"], "1111\n").code, 0);
}

#[test]
fn wrong_modes_and_wrong_configurations_are_told() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    assert_eq!(comanda(home.path(), &INIT, "9999\n").code, 0);
    let key = home.path().join(".config/comanda/store.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let said = comanda(home.path(), &["staff", "list"], "");
    assert!(said.code == 1 && said.err.contains("chmod 600"), "{}", said.err);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let config = home.path().join(".config/comanda/comanda.toml");
    let text = std::fs::read_to_string(&config).unwrap().replace("\"04:00\"", "\"24:00\"");
    std::fs::write(&config, text).unwrap();
    let said = comanda(home.path(), &["staff", "list"], "");
    assert!(said.code == 1 && said.err.contains("comanda.toml:12:14: day_starts"), "{}", said.err);
}
