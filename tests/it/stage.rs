//! The stage of key scripts in a terminal, seen from outside: who may go on it, what its screen is, and what a recording
//! of a session comes to when it is played.

use crate::pty::{Till, let_pass};
use comanda::runtime::clock;
use comanda::script::in_process::InProcess;
use comanda::script::in_terminal::InTerminal;
use comanda::script::{Setting, Stage, Theatre, Wanted, exit_code, run_files};
use comanda::tui::keys::Key;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::Duration;

const BINARY: &str = env!("CARGO_BIN_EXE_comanda");

fn on_the_binary() -> InTerminal {
    InTerminal { program: BINARY.into() }
}

#[test]
fn the_binary_shows_in_a_terminal_what_the_register_draws_here() {
    let setting = Setting { columns: 90, rows: 26, ..Setting::default() };
    let mut stages = [InProcess.open(&setting).unwrap(), on_the_binary().open(&setting).unwrap()];
    let mut both = |does: &dyn Fn(&mut dyn Stage)| {
        for stage in &mut stages {
            does(&mut **stage);
            stage.settle().unwrap();
        }
        let [here, there] = [stages[0].screen(), stages[1].screen()];
        assert_eq!(here.lines(), there.lines());
        assert_eq!(here, there, "colours, regions and targets too");
        there.lines().join("\n")
    };
    for name in "1 1 1 1 Enter 1 0 1 Enter c o Esc Esc F1 Esc Alt+3 F4".split(' ') {
        both(&|stage| {
            stage.advance(200).unwrap();
            stage.key(Key::named(name).unwrap()).unwrap();
        });
    }
    both(&|stage| stage.resize(100, 30).unwrap());
    both(&|stage| stage.resize(100, 30).unwrap());
    both(&|stage| stage.tap(3, 3).unwrap());
    both(&|stage| stage.advance(61_000).unwrap());
    let screen = both(&|stage| {
        stage.crash().unwrap();
        stage.advance(5_000).unwrap();
        stage.restart().unwrap();
    });
    assert!(screen.contains("Ana"), "{screen}");
}

#[test]
fn a_key_that_a_terminal_cannot_send_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("tab.script");
    std::fs::write(&script, "Scenario \"tab\"\nKeys 1\nKeys Ctrl+i\nEnd\n").unwrap();
    let mut told = Vec::new();
    let summary = run_files(&[script], &Wanted::default(), &mut on_the_binary(), &mut told);
    let told = String::from_utf8(told).unwrap();
    assert_eq!(exit_code(&summary), 1, "{told}");
    assert!(told.contains("tab.script:3: expected the register to take the key Ctrl+i"), "{told}");
    assert!(told.contains("a terminal cannot send Ctrl+i: it would arrive as Tab"), "{told}");
}

#[test]
fn a_binary_that_does_not_start_says_why() {
    let mut theatre = InTerminal { program: "/bin/false".into() };
    let told = theatre.open(&Setting::default()).map(|_| ()).unwrap_err().to_string();
    assert!(told.contains("the register ended"), "{told}");
}

#[test]
fn only_a_demonstration_goes_on_stage() {
    let folder = tempfile::tempdir().unwrap();
    let (data, config) = (folder.path().join("data"), folder.path().join("data/comanda.toml"));
    let register = ["--data", data.to_str().unwrap(), "--config", config.to_str().unwrap()];
    let init = ["init", "--location", "L1", "--register", "T1", "--manager", "Dara"];
    let mut made = Command::new(BINARY).args(init).args(register).stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut made.stdin.take().unwrap(), b"4711\n").unwrap();
    assert!(made.wait().unwrap().success());
    let menu = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/menu.json");
    assert!(Command::new(BINARY).args(["menu", "import", menu]).args(register).status().unwrap().success());

    let (ours, its) = UnixStream::pair().unwrap();
    let stage = ["demo", "--stage", "--data", data.to_str().unwrap()];
    let status = Command::new(BINARY).args(stage).stderr(Stdio::from(std::os::fd::OwnedFd::from(its))).status();
    assert_eq!(status.unwrap().code(), Some(1));
    let told = std::io::read_to_string(ours).unwrap();
    assert!(told.contains("it was not made as a demonstration"), "{told}");
    // A demonstration, and nobody in the wings.
    let output = Command::new(BINARY).args(["demo", "--stage", "--data"]).arg(folder.path().join("demo")).output();
    let output = output.unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("standard error is no socket"), "{told}");
}

#[test]
fn a_recorded_session_plays_to_the_same_screen() {
    // The status bar says the minute, and a script takes 200 ms for a key that is typed faster here: none of it may turn.
    while clock::now().unix_ms.rem_euclid(60_000) > 35_000 {
        let_pass(Duration::from_secs(1));
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("lunch.script");
    let mut till = Till::start(&["record", script.to_str().unwrap()], folder.path(), (100, 30));
    till.wait_for_text("Who is there?");
    till.types("1111\r");
    till.wait_for_text("Ana");
    till.types("2*cheeseburger\r");
    let screen = till.wait_for_text("Cheeseburger");
    // A tap on a key of the foot line, as a terminal sends it.
    let row = screen.iter().position(|row| row.starts_with("F7 ")).unwrap() + 1;
    let column = 2;
    till.types(&format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"));
    till.wait_for_text("On Cheeseburger");
    till.types("no onion\r");
    till.wait_for_text("no onion");
    till.resize(90, 26);
    till.wait_for("the smaller window", |rows| rows.len() == 26 && rows.iter().any(|row| row.contains("no onion")));
    // A snapshot, and then something that is seen: all before it was taken.
    till.types("\x13");
    till.types("\x1bOP");
    till.wait_for_text("Type");
    let kept = folder.path().join("snapshots/lunch");
    till.signal("TERM");
    assert_eq!(till.end(), 0, "{}", till.raw());

    let written = std::fs::read_to_string(&script).unwrap();
    for line in ["Terminal 100x30", "Login \"1111\"", "Type \"2*cheeseburger\" Enter", "Resize 90x26", "Snapshot \"1\""]
    {
        assert!(written.contains(line), "{line} is missing in\n{written}");
    }
    assert!(written.contains("Tap \"F7"), "{written}");
    assert!(std::fs::read_to_string(kept.join("1.txt")).unwrap().contains("no onion"));
    for theatre in [&mut InProcess as &mut dyn Theatre, &mut on_the_binary()] {
        let mut told = Vec::new();
        let summary = run_files(std::slice::from_ref(&script), &Wanted::default(), theatre, &mut told);
        assert_eq!(exit_code(&summary), 0, "{}\n{written}", String::from_utf8_lossy(&told));
    }
    let mut again = Till::start(&["record", script.to_str().unwrap()], folder.path(), (100, 30));
    again.wait_for_raw("it exists already");
    assert_eq!((again.end(), std::fs::read_to_string(&script).unwrap()), (1, written), "a script is left alone");
}
