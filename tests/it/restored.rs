//! A whole register and its terminal: the status bar from the first frame on, a window that changes its size, and a
//! terminal that is given back however the register ends. (A panic is provoked in `terminal`, where a drawing goes
//! wrong.)

use crate::cashier::Cashier;
use crate::pty::Till;

const SIZE: (u16, u16) = (100, 30);

/// What undoes what was switched on: colours, mouse, cursor, alternate screen.
const GIVEN_BACK: [&str; 4] = ["\x1b[?1006l", "\x1b[?1000l", "\x1b[?25h", "\x1b[?1049l"];

/// Starts a demonstration register and logs in.
fn logged_in(data: &std::path::Path) -> Till {
    let mut till = Till::demo(data, SIZE);
    till.wait_for_text("Who is there?");
    till.types("1111\r");
    till.wait_for_text("Nothing ordered yet");
    till
}

#[test]
fn the_terminal_is_given_back_however_the_register_ends() {
    // a signal, or none: then Ctrl+q at the login; what the terminal can show
    for (signal, term) in [(None, "full"), (Some("TERM"), "vt16"), (Some("HUP"), "ascii"), (Some("INT"), "mono")] {
        let data = tempfile::tempdir().unwrap();
        let args = ["demo", "--data", data.path().to_str().unwrap(), "--term", term];
        let mut till = Till::start(&args, data.path(), SIZE);
        till.wait_for_text("Who is there?");
        let while_drawing = till.modes();
        match signal {
            None => till.types("\x11"),
            Some(name) => {
                till.types("1111\r");
                till.wait_for_text("Nothing ordered yet");
                till.signal(name);
            }
        }
        assert_eq!(till.end(), 0, "{signal:?}");
        let raw = till.raw();
        let last_frame = raw.rfind("\x1b[?2026l").unwrap();
        let taken = raw.find("\x1b[?1049h").unwrap();
        for mode in GIVEN_BACK {
            let given = raw.rfind(mode).unwrap_or_else(|| panic!("{signal:?}: {mode:?} was never sent"));
            assert!(given > taken && given + 200 > last_frame, "{signal:?}: {mode:?} is not at the end");
        }
        assert_eq!(raw.matches("\x1b[?1049l").count(), 1, "{signal:?}");
        assert!(!raw[raw.rfind("\x1b[?1049l").unwrap()..].contains("\x1b[?2026h"), "{signal:?}: drawn after the end");
        let cleared = raw.rfind("\x1b[2J").unwrap();
        assert!(cleared > last_frame, "{signal:?}: where there is no other screen, the last frame would stay");
        let after = till.modes();
        assert_ne!(while_drawing, after, "{signal:?}: a drawing register has a raw terminal");
        assert!(after.contains("ICANON") && after.contains("ECHO"), "{signal:?}: {after}");
        assert!(!while_drawing.contains("ICANON"), "{signal:?}: {while_drawing}");
    }
}

#[test]
fn the_shell_finds_its_terminal_as_it_was() {
    let data = tempfile::tempdir().unwrap();
    let mut shell = portable_pty::CommandBuilder::new("/bin/sh");
    let (comanda, dir) = (env!("CARGO_BIN_EXE_comanda"), data.path().display());
    shell.args(["-c", &format!("stty -g; '{comanda}' demo --data '{dir}'; echo; stty -g; echo as it was")]);
    let mut till = Till::run(shell, data.path(), SIZE);
    till.wait_for_text("Who is there?");
    till.types("\x11");
    till.wait_for_raw("as it was");
    assert_eq!(till.end(), 0);
    let raw = till.raw();
    let settings: Vec<&str> = raw.lines().filter(|line| line.matches(':').count() > 10).map(str::trim).collect();
    assert!(settings.len() == 2 && settings[0] == settings[1], "{settings:?}");
}

#[test]
fn the_status_bar_stands_on_every_screen_from_the_first_frame() {
    let data = tempfile::tempdir().unwrap();
    let mut till = logged_in(data.path());
    // keys, what the screen then has; Esc waits to become half a function key, so what it leads to is looked for first
    let rows = [
        ("A", "> 1 Cheeseburger"),
        ("\x1bOP", "─ Help"),
        ("\x1b", "─ T1-0001"),
        ("\x1bOQ", "─ Open orders"),
        ("\x1b", "─ T1-0001"),
        ("\x1b[15~", "How does the guest take it?"),
        ("\x1b", "F12 Undo"),
        ("\x1b[18~", "Note to the kitchen"),
        ("\x1b", "F12 Undo"),
        ("/", "─ Modifiers"),
        ("\x1b", "F12 Undo"),
        ("\x1b[21~", "Quit Comanda"),
        ("E", "receipt: ready"),
        ("\x1b", "F12 Undo"),
        ("\x1bOS", "TO PAY"),
        ("\x1b", "F12 Undo"),
        ("\x1b[23~", "Who is there?"),
    ];
    for (keys, part) in rows {
        till.types(keys);
        till.wait_for_text(part);
    }
    let frames = till.frames();
    assert!(frames.len() > rows.len(), "{}", frames.len());
    for (nth, frame) in frames.iter().enumerate() {
        let status = frame.last().unwrap();
        let told = frame.join("\n");
        // The demonstration has a server of its own.
        let link = ["Syncing... (0)", "All changes synced"];
        assert!(link.iter().any(|says| status.contains(says)), "frame {nth}:\n{told}");
        assert!(["receipt", "kitchen", "bar"].iter().all(|name| status.contains(name)), "frame {nth}:\n{told}");
        assert!(status.contains("Ana") || status.contains("nobody"), "frame {nth}:\n{told}");
        let clock = status.split_whitespace().last().unwrap();
        assert!(clock.len() == 5 && clock.as_bytes()[2] == b':', "frame {nth}:\n{told}");
    }
    assert!(frames[0].last().unwrap().contains("nobody"));
    till.signal("TERM");
    assert_eq!(till.end(), 0);
}

#[test]
fn a_frame_fills_the_window_before_the_register_was_told_of_its_size() {
    // what the register was told, what the window is
    for (told, window) in [((20, 5), (100, 30)), ((1, 1), (66, 20)), ((100, 30), (20, 5)), ((66, 20), (200, 60))] {
        let mut cashier = Cashier::with_menu(&comanda::runtime::demo::menu().unwrap(), told);
        cashier.logs_in();
        cashier.keys("A PgDn PgUp Right Tab Home");
        cashier.has_window(window);
        let rows = cashier.screen();
        assert_eq!(rows.len(), usize::from(window.1), "{told:?} {window:?}");
        let is_drawn = rows.iter().any(|row| row.contains("1 Cheeseburger"));
        assert_eq!(is_drawn, window.0 >= 66, "{told:?} {window:?}:\n{}", rows.join("\n"));
    }
}

#[test]
fn a_window_that_became_too_small_says_so_and_loses_nothing() {
    let data = tempfile::tempdir().unwrap();
    let mut till = logged_in(data.path());
    till.types("A");
    let before = till.wait_for_text("1 Cheeseburger");
    till.resize(20, 5);
    let small = till.wait_for_text("window is 20x5");
    assert!(small.iter().any(|row| row.contains("66x20")), "{small:?}");
    assert!(["Sync", "All"].iter().any(|says| small.last().unwrap().contains(says)), "{small:?}");
    till.resize(SIZE.0, SIZE.1);
    let after = till.wait_for_text("1 Cheeseburger");
    assert_eq!(after[..after.len() - 1], before[..before.len() - 1]);
    for (columns, rows) in [(1, 1), (66, 20), (200, 60)] {
        till.resize(columns, rows);
        till.wait_for(&format!("{columns}x{rows}"), |seen| {
            seen.len() == usize::from(rows) && (columns < 66 || seen.iter().any(|row| row.contains("1 Cheeseburger")))
        });
    }
    till.signal("TERM");
    assert_eq!(till.end(), 0);
}
