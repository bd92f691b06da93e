//! The terminal is given back whatever happens: seen from the other end of a pseudo-terminal.
//!
//! The tests marked `ignore` are no tests: they are what runs in the pseudo-terminal, started from this same binary.

use comanda::runtime::pen::Pen;
use comanda::runtime::terminal::Terminal;
use comanda::tui::theme::Mode;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use ratatui::Frame;
use ratatui::style::Style;
use std::io::{Read, Write};

/// Runs one of the ignored tests in a terminal and returns all that it sent, and then what the terminal is set to.
fn in_a_terminal(act: &str) -> String {
    let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
    let pty = native_pty_system().openpty(size).unwrap();
    let me = std::env::current_exe().unwrap();
    let mut shell = CommandBuilder::new("/bin/sh");
    let line = format!("'{}' --exact terminal::{act} --ignored --nocapture; stty -a", me.display());
    shell.args(["-c", &line]);
    let mut child = pty.slave.spawn_command(shell).unwrap();
    drop(pty.slave);
    let mut reader = pty.master.try_clone_reader().unwrap();
    let mut seen = Vec::new();
    // Linux ends the reading with an error when the last process on the other end has gone.
    reader.read_to_end(&mut seen).ok();
    child.wait().unwrap();
    String::from_utf8_lossy(&seen).into_owned()
}

/// Where `part` stands in `seen`.
fn at(seen: &str, part: &str) -> usize {
    seen.find(part).unwrap_or_else(|| panic!("{part:?} is not in {seen:?}"))
}

#[test]
#[ignore = "runs in the pseudo-terminal of another test"]
fn panics() {
    let _terminal = Terminal::enter().unwrap();
    let mut screen = ratatui::Terminal::new(Pen::new(std::io::stdout(), Mode::FULL)).unwrap();
    screen.draw(|_| panic!("a drawing went wrong")).unwrap();
}

#[test]
#[ignore = "runs in the pseudo-terminal of another test"]
fn leaves() {
    let terminal = Terminal::enter().unwrap();
    let mut screen = ratatui::Terminal::new(Pen::new(std::io::stdout(), Mode::FULL)).unwrap();
    let words = |frame: &mut Frame| {
        frame.buffer_mut().set_string(0, 0, "drawn", Style::new());
    };
    screen.draw(words).unwrap();
    terminal.leave().unwrap();
    println!("after it");
}

#[test]
fn a_panic_is_told_on_a_terminal_that_was_given_back() {
    let seen = in_a_terminal("panics");
    let told = at(&seen, "a drawing went wrong");
    for mode in ["\x1b[?2026l", "\x1b[?1006l", "\x1b[?1000l", "\x1b[?25h", "\x1b[?1049l"] {
        assert!(at(&seen, mode) < told, "{mode:?} comes too late: {seen:?}");
    }
    assert_eq!(seen.matches("\x1b[?1049l").count(), 1, "given back once: {seen:?}");
    assert!(seen.contains(" icanon") && seen.contains(" echo ") && !seen.contains("-icanon"), "{seen:?}");
}

#[test]
fn a_frame_is_one_update_and_leaving_undoes_what_entering_did() {
    let seen = in_a_terminal("leaves");
    let order = ["\x1b[?1049h", "\x1b[?1000h", "\x1b[?2026h", "drawn", "\x1b[?2026l", "\x1b[?1000l", "\x1b[?1049l"];
    let places: Vec<_> = order.iter().map(|part| at(&seen, part)).collect();
    assert!(places.is_sorted(), "{seen:?}");
    assert!(at(&seen, "after it") > at(&seen, "\x1b[?1049l"));
    assert!(!seen.contains("?1003h") && !seen.contains("?2004h"), "{seen:?}");
    assert!(seen.contains(" icanon") && seen.contains(" echo "), "{seen:?}");
}

#[test]
fn a_pin_is_asked_for_twice_and_never_shown() {
    let home = tempfile::tempdir().unwrap();
    // what is typed the second time, part of what is said at the end
    for (second, part) in [("123456", "the two PINs differ"), ("1234567", "keep a copy")] {
        let pty = native_pty_system().openpty(PtySize::default()).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_comanda"));
        command.args(["init", "--location", "L1", "--register", "T1", "--manager", "Dara"]);
        command.env_clear();
        command.env("HOME", home.path());
        let mut child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().unwrap();
        let mut writer = pty.master.take_writer().unwrap();
        let mut seen = String::new();
        for (prompt, answer) in [("digits): ", "1238\x7f4567\r"), ("again: ", &format!("{second}\r"))] {
            let mut byte = [0_u8];
            while !seen.ends_with(prompt) {
                reader.read_exact(&mut byte).unwrap();
                seen.push(char::from(byte[0]));
            }
            writer.write_all(answer.as_bytes()).unwrap();
        }
        let mut rest = Vec::new();
        // Linux ends the reading with an error when the other end has gone.
        reader.read_to_end(&mut rest).ok();
        child.wait().unwrap();
        seen.push_str(&String::from_utf8_lossy(&rest));
        assert!(seen.contains(part) && !seen.contains("123"), "{seen:?}");
    }
}

#[test]
fn without_a_terminal_there_is_a_sentence() {
    let me = std::env::current_exe().unwrap();
    let ran = std::process::Command::new(me)
        .args(["--exact", "terminal::leaves", "--ignored", "--nocapture"])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(!ran.status.success());
    assert!(String::from_utf8_lossy(&ran.stderr).contains("standard input and output are not a terminal"));
}
