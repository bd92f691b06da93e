//! Which lines are commands, which are not, and what is said about those.

use super::*;
use crate::domain::Timestamp;
use crate::domain::slip::JobState;
use crate::script::REFERENCE;
use crate::script::command::verb_names;
use crate::script::line::{BooksExpectation, NetworkChange, ServerChange, ServerClock, Way};
use crate::script::scenario::{Expectation, PaperExpectation, Place, TapAt};
use crate::script::stage::{MachineChange, PrinterFault};
use crate::tui::display::Face;
use crate::tui::keys::Key;
use crate::tui::touch::Panel;

fn act_of(line: &str) -> Act {
    let text = format!("Scenario \"x\"\n{line}\nEnd\n");
    let mut scenarios = parse(&text, "x.script").unwrap_or_else(|errors| panic!("{line}: {errors:?}"));
    scenarios.remove(0).steps.remove(0).act
}

fn errors_of(text: &str) -> Vec<String> {
    let errors = parse(text, "x.script").expect_err(text);
    errors.iter().map(ToString::to_string).collect()
}

fn holds(place: Place, there: bool, text: &str) -> Act {
    Act::Expect(Expectation::Holds { place, there, text: text.to_owned() })
}

fn large(place: Place, there: bool, text: &str) -> Act {
    Act::Expect(Expectation::Large { place, there, text: text.to_owned() })
}

fn on(printer: &str, expected: PaperExpectation) -> Act {
    Act::Paper { printer: printer.to_owned(), expected }
}

fn fault(fault: PrinterFault) -> Act {
    Act::Fault { printer: "kitchen".to_owned(), fault }
}

fn region(name: &str) -> Place {
    Place::Region(name.to_owned())
}

#[test]
fn a_line_that_presses_is_read_as_it_says() {
    let text = |text: &str, keys: &[Key]| Act::Type { text: text.to_owned(), keys: keys.to_vec() };
    let label = |region: Option<&str>, label: &str| {
        Act::Tap(TapAt::Label { region: region.map(str::to_owned), label: label.to_owned() })
    };
    // line, what it does
    for (line, act) in [
        (r#"Login "1111""#, Act::Login("1111".to_owned())),
        (r#"Type "2*cheese \"x\" \\" Enter"#, text("2*cheese \"x\" \\", &[Key::Enter])),
        (r##"Type "#1"# a comment"##, text("#1", &[])),
        (r#"Keys F3 Enter 1 2 "+" Down*3"#, {
            let down = Key::Down;
            Act::Keys(vec![Key::F(3), Key::Enter, Key::Char('1'), Key::Char('2'), Key::Char('+'), down, down, down])
        }),
        (r##"Keys "{"*2 "#" * é Alt+2 Ctrl+C "Enter" 2*2"##, {
            let letters = ['{', '{', '#', '*'].map(Key::Char);
            let rest = [Key::Char('é'), Key::Alt('2'), Key::Ctrl('c'), Key::Enter, Key::Char('2'), Key::Char('2')];
            Act::Keys(letters.into_iter().chain(rest).collect())
        }),
        (r#"Tap "Extra cheese""#, label(None, "Extra cheese")),
        (r#"Tap region:order "Cola""#, label(Some("order"), "Cola")),
        ("Tap @34,7", Act::Tap(TapAt::Cell { column: 34, row: 7 })),
        ("Tap key:F3", Act::Tap(TapAt::Key(Key::F(3)))),
        ("Press key:F3", Act::Press(TapAt::Key(Key::F(3)))),
        ("Release @1,1", Act::Release(TapAt::Cell { column: 1, row: 1 })),
        ("Resize 80x24", Act::Resize { columns: 80, rows: 24 }),
        ("Set clock 2026-03-16T12:30:00", Act::Machine(MachineChange::Clock(Timestamp::utc(1_773_664_200_000)))),
        ("Disk 150M", Act::Machine(MachineChange::DiskFree(150 << 20))),
        ("Backup fails \"full\"", Act::Machine(MachineChange::BackupFails("full".to_owned()))),
        ("Backup works", Act::Machine(MachineChange::BackupWorks)),
        ("Advance 500ms", Act::Advance(500)),
        ("Advance 2s", Act::Advance(2_000)),
        ("Advance 3m", Act::Advance(180_000)),
        ("\tAdvance 1h\r", Act::Advance(3_600_000)),
        ("Crash # now", Act::Crash),
        (r#"Snapshot "after restart""#, Act::Snapshot("after restart".to_owned())),
    ] {
        assert_eq!(act_of(line), act, "{line}");
    }
}

#[test]
fn a_line_that_looks_is_read_as_it_says() {
    let text = |job, there, text: &str| PaperExpectation::Text { job, there, text: text.to_owned() };
    // line, what it does
    for (line, act) in [
        (r#"Expect "a\nb""#, holds(Place::Screen, true, "a\nb")),
        (r#"Expect not "a""#, holds(Place::Screen, false, "a")),
        (r#"Expect region:order "2 Tea""#, holds(region("order"), true, "2 Tea")),
        (r#"Expect region:order not "Tea""#, holds(region("order"), false, "Tea")),
        (r#"Expect status "Offline""#, holds(region("status"), true, "Offline")),
        (r#"Expect status not "Offline""#, holds(region("status"), false, "Offline")),
        (
            r#"Expect region:order row 2 """#,
            Act::Expect(Expectation::Row { place: region("order"), row: 2, text: String::new() }),
        ),
        (
            r#"Expect count 0 "Tea""#,
            Act::Expect(Expectation::Count { place: Place::Screen, count: 0, text: "Tea".to_owned() }),
        ),
        ("Expect focus login", Act::Expect(Expectation::Focus { there: true, name: "login".to_owned() })),
        (r#"Expect focus not "login""#, Act::Expect(Expectation::Focus { there: false, name: "login".to_owned() })),
        (r#"Expect large "T1-0001""#, large(Place::Screen, true, "T1-0001")),
        (r#"Expect region:ready large not "T1""#, large(region("ready"), false, "T1")),
        (r#"Expect label "Tea""#, Act::Expect(Expectation::Label { there: true, text: "Tea".to_owned() })),
        (r#"Expect label not "Tea""#, Act::Expect(Expectation::Label { there: false, text: "Tea".to_owned() })),
        (r#"On printer kitchen Expect job 1 text "2x""#, on("kitchen", text(1, true, "2x"))),
        (r#"On printer "the bar" Expect job 2 not text "2x""#, on("the bar", text(2, false, "2x"))),
        ("On printer kitchen Expect jobs 0", on("kitchen", PaperExpectation::Jobs(0))),
        ("On printer kitchen Expect kicks 1", on("kitchen", PaperExpectation::Kicks(1))),
        (
            "On printer kitchen Expect job 1 state unconfirmed",
            on("kitchen", PaperExpectation::State { job: 1, state: JobState::Unconfirmed }),
        ),
        ("On printer kitchen Fault offline", fault(PrinterFault::Offline)),
        ("On printer kitchen Fault paper-out", fault(PrinterFault::PaperOut)),
        ("On printer kitchen Fault cover-open", fault(PrinterFault::CoverOpen)),
        ("On printer kitchen Fault no-proof", fault(PrinterFault::NoProof)),
        ("On printer kitchen Fault slow 2s", fault(PrinterFault::Slow { millis: 2_000 })),
        ("On printer kitchen Fault dies-after 120-bytes", fault(PrinterFault::DiesAfter { bytes: 120 })),
        ("On printer kitchen Fault dies-after 120", fault(PrinterFault::DiesAfter { bytes: 120 })),
        ("On printer kitchen Fault clear", fault(PrinterFault::Clear)),
    ] {
        assert_eq!(act_of(line), act, "{line}");
    }
}

#[test]
fn a_wrong_line_says_where_and_what_would_be_right() {
    // line, column and what is said
    for (line, said) in [
        ("Expcet \"x\"", "1: there is no command Expcet; did you mean Expect?"),
        ("expect \"x\"", "1: there is no command expect; did you mean Expect?"),
        (
            "Photograph",
            "1: there is no command Photograph; the commands are Scenario, End, Use, Clock, Terminal, Login, \
             Type, Keys, Tap, Press, Release, Resize, Expect, On, Set, Disk, Backup, Advance, Crash, Restart, \
             Snapshot, Repeat, At, Network, Server",
        ),
        ("\"x\"", "1: \"x\" cannot stand here; begin the line with a command such as Keys, Tap or Expect"),
        ("Type \"x", "6: this text does not end; write \" after its last character"),
        ("Type \"a\\tb\"", "8: \\t means nothing; write \\\", \\\\ or \\n"),
        ("Type \"a\u{1b}b\"", "8: a control character stands here; take it out, a script is plain text"),
        ("Type \"\"", "6: this types nothing; write a text, or use Keys for keys alone"),
        ("Type \"a\\n\"", "6: a line break or tab cannot be typed; end the text and write Enter or Tab after it"),
        ("Type cola Enter", "6: cola cannot stand here; write Type \"2*cheeseburger\" Enter"),
        ("Login", "6: something is missing here; write Login \"1111\""),
        ("Login \"11a1\"", "7: this is no PIN; write 1 to 8 digits"),
        ("Login \"1111\" Enter", "14: Enter is one word too many; end the line before it"),
        (
            "Keys",
            "5: something is missing here; write Keys and the keys' names, such as Keys F3 Enter 1 2 \"+\" Down*3",
        ),
        ("Keys Entr", "6: there is no key Entr; did you mean Enter?"),
        ("Keys \"En\\nter\"", "6: there is no key En\\nter; did you mean Enter?"),
        ("Keys F13", "6: there is no key F13; did you mean F1 or F3 or F10?"),
        ("Keys  enter", "7: there is no key enter; did you mean Enter?"),
        (
            "Keys 2*burger",
            "6: there is no key 2*burger; the keys are Enter, Esc, Backspace, Delete, Tab, Shift+Tab, Up, Down, Left, \
             Right, PgUp, PgDn, Home, End, Space, F1 to F12, Alt+x, Ctrl+x and single characters, and words are typed \
             with Type \"2*burger\"",
        ),
        ("Keys Dow*3", "6: there is no key Dow; did you mean Down?"),
        ("Keys Down*0", "6: Down cannot be pressed 0 times; repeat a key 1 to 100 times"),
        ("Keys \"+\"*x", "6: + cannot be pressed x times; repeat a key 1 to 100 times"),
        (
            "Tap Cola",
            "5: Cola cannot stand here; write Tap \"label\", Tap region:NAME \"label\", Tap @34,7 or Tap key:F3",
        ),
        ("Tap @34", "5: @34 is no cell; write @COLUMN,ROW, both counted from 1, such as @34,7"),
        ("Tap @0,7", "5: @0,7 is no cell; write @COLUMN,ROW, both counted from 1, such as @34,7"),
        ("Tap key:F33", "5: there is no key F33; did you mean F3?"),
        ("Resize 80", "8: 80 cannot stand here; write COLUMNSxROWS, at most 500x200, such as 100x30"),
        ("Resize 0x9", "8: 0x9 cannot stand here; write COLUMNSxROWS, at most 500x200, such as 100x30"),
        (
            "Expect",
            "7: something is missing here; write Expect \"text\", Expect region:NAME \"text\", Expect status \"text\", \
             Expect focus NAME or Expect label \"text\", with not before what must not be",
        ),
        (
            "Expect status /sent \\d+/",
            "15: regular expressions are not supported; write the text as it stands on the screen, in double quotes",
        ),
        (
            "Expect ~ \"x\"",
            "8: regular expressions are not supported; write the text as it stands on the screen, in double quotes",
        ),
        ("Expect not status \"x\"", "8: not stands before status; write Expect status not ..."),
        ("Expect region: \"x\"", "8: this region has no name; write region:order, without a blank"),
        ("Expect region:order row 0 \"x\"", "25: 0 cannot stand here; write a row from 1 to 100000"),
        ("Expect count many \"x\"", "14: many cannot stand here; write how often from 0 to 100000"),
        ("Expect \"x\"*2", "8: *2 hangs on a text; only Keys repeats with it, elsewhere leave it out"),
        ("Expect label \" \"", "14: this text is empty; write Expect label \"text\""),
        (
            "On kitchen Expect jobs 1",
            "19: jobs cannot stand here; write Expect \"text\", Expect region:NAME \"text\", Expect status \"text\", \
             Expect focus NAME or Expect label \"text\", with not before what must not be",
        ),
        (
            "On K1 Fault clear",
            "7: Fault cannot stand here; write what is expected there, such as On K1 Expect \"text\"",
        ),
        (
            "On printer kitchen",
            "19: something is missing here; write On printer NAME Expect ... or On printer NAME Fault ...",
        ),
        (
            "On printer kitchen Expect paper",
            "27: paper cannot stand here; write job N text \"text\", job N not text \"text\", job N state printed, \
             jobs N or kicks N",
        ),
        (
            "On printer kitchen Expect job 0 text \"x\"",
            "31: 0 cannot stand here; write the number of a job, from 1 to 100000",
        ),
        ("On printer kitchen Expect job 1 state print", "39: a job is never print; did you mean printed?"),
        (
            "On printer kitchen Expect job 1 state eaten",
            "39: a job is never eaten; the states are queued, sending, printed, unconfirmed, failed",
        ),
        ("On printer kitchen Fault ofline", "26: there is no fault ofline; did you mean offline?"),
        (
            "On printer kitchen Fault dies-after soon",
            "37: soon cannot stand here; write how many bytes, 0 to 1048576, such as 120-bytes",
        ),
        ("Advance", "8: something is missing here; write a duration such as 500ms, 2s, 3m or 1h"),
        ("Set watch", "5: watch cannot stand here; write Set clock 2026-03-16T12:30:00"),
        ("Disk 1.5G", "6: 1.5G cannot stand here; write how much is free, 0M to 1048576M, such as Disk 150M"),
        ("Backup breaks", "8: breaks cannot stand here; write Backup fails \"it does not exist\", or Backup works"),
        ("Advance 5", "9: 5 is no duration; write a whole number and ms, s, m or h, such as 500ms or 2s"),
        ("Advance 1.5s", "9: 1.5s is no duration; write a whole number and ms, s, m or h, such as 500ms or 2s"),
        ("Advance -5s", "9: -5s is no duration; write a whole number and ms, s, m or h, such as 500ms or 2s"),
        ("Advance 99999999999999999999h", "9: 99999999999999999999h is too long; a duration is at most 744h"),
        (
            "Snapshot \"../x\"",
            "10: \"../x\" cannot be the name of a file; write letters, digits, blanks, - and _, at most 120",
        ),
        ("Restart", "1: nothing has crashed; write Crash before Restart"),
        ("Repeat 3 Keys Down", "10: Keys is one word too many; end the line before it"),
        ("Repeat 3", "9: Repeat has no block; write { after the number, on the same line"),
        ("Repeat 0 { Keys Down }", "8: 0 cannot stand here; write how often, from 1 to 10000"),
        ("Keys Down {\n}", "11: { opens nothing; write Repeat and a number before it"),
        ("}", "1: } closes nothing; take it out, or write Repeat and { before it"),
        (
            "Use soup",
            "5: there is nothing called soup to use; one can use menu, receipt, cash-rounding, idle-lock, \
             substitute, panel, server, register, kitchen, pickup, seed",
        ),
        ("Expect large \"a/b\"", "14: \"a/b\" is never shown large; write digits, letters, -, . and blanks"),
        ("Expect not large \"T1\"", "8: not stands before large; write Expect large not ..."),
        ("Use menu large", "10: large cannot stand here; write Use menu demo or Use menu \"path\""),
        ("Use receipt never", "13: never cannot stand here; write Use receipt always or Use receipt on_request"),
        ("Use cash-rounding 0", "19: 0 cannot stand here; write the rounding in minor units, from 1 to 1000"),
        (
            "Clock noon",
            "7: noon cannot stand here; write date and time as 2026-03-14T12:30:00, with or without an offset such \
             as +01:00",
        ),
        ("Terminal 80x24 vt220", "16: there is no terminal vt220; the terminals are full, vt16, mono, ascii"),
        ("Terminal 80x24 asci", "16: there is no terminal asci; did you mean ascii?"),
        ("Terminal 100 x 30", "10: 100 cannot stand here; write COLUMNSxROWS, at most 500x200, such as 100x30"),
    ] {
        let errors = errors_of(&format!("Scenario \"x\"\n{line}\nEnd\n"));
        assert_eq!(errors, [format!("x.script:2:{said}")], "{line}");
    }
}

#[test]
fn a_wrong_frame_says_where_and_what_would_be_right() {
    let deep = "Scenario \"x\"\n".to_owned() + &"Repeat 1 {\n".repeat(5) + &"}\n".repeat(5) + "End";
    let long = "Scenario \"x\"\nRepeat 1000 { Repeat 1000 { Keys Down } }\nEnd";
    let wide = format!("#{}", "x".repeat(4_000));
    // script, all that is said about it
    for (text, said) in [
        ("Scenario \"x\"", &["1:1: this scenario does not end; write End after its last command"][..]),
        ("Scenario\nEnd", &["1:9: something is missing here; write Scenario \"name\""]),
        ("Scenario \"x\"\nEnd\nScenario \"x\"\nEnd", &["3:10: a scenario \"x\" stands above; give each its own name"]),
        (
            "Scenario \"x\"\nScenario \"y\"\nEnd",
            &["2:1: the scenario of line 1 has not ended; write End before this one"],
        ),
        ("End", &["1:1: End ends nothing; write Scenario \"name\" before it, or take it out"]),
        ("Keys Down", &["1:1: Keys stands outside a scenario; write Scenario \"name\" before it"]),
        ("Use menu demo", &["1:1: Use stands outside a scenario; write Scenario \"name\" before it"]),
        (
            "Scenario \"x\"\nKeys Down\nClock 2026-03-14T12:30:00\nEnd",
            &["3:1: Clock comes too late; write it before the first thing that happens"],
        ),
        (
            "Scenario \"x\"\nTerminal 80x24\nTerminal 90x24\nEnd",
            &["3:1: the terminal is set twice in this scenario; keep one of them"],
        ),
        ("Scenario \"x\"\nRepeat 2 {\nEnd", &["3:1: the Repeat of line 2 is still open; write } before End"]),
        (
            "Scenario \"x\"\nRepeat 2 {",
            &[
                "1:1: this scenario does not end; write End after its last command",
                "2:1: this Repeat is never closed; write } after its last command",
            ],
        ),
        (&deep, &["6:1: this Repeat stands too deep; put at most 4 into each other"]),
        (long, &["1:1: this scenario presses 1000000 keys; repeat less, at most 200000"]),
        (
            "Scenario \"x\"\nRepeat 10000 { Repeat 10000 { } }\nEnd",
            &["1:1: this scenario presses 100000000 keys; repeat less, at most 200000"],
        ),
        (&wide, &["1:1: this line has 4001 characters; a line has at most 4000"]),
        (
            "Scenario \"x\"\nSnapshot \"a\"\nEnd\nScenario \"y\"\nSnapshot \"a\"\nEnd",
            &["5:1: the snapshot \"a\" stands twice in this file; give each its own name"],
        ),
        (
            "Scenario \"x\"\nCrash\nKeys Down\nExpect \"x\"\nRestart\nKeys Down\nEnd",
            &[
                "3:1: Keys comes after Crash; write Restart before it",
                "4:1: Expect comes after Crash; write Restart before it",
            ],
        ),
        (
            "Scenario \"x\"\nRepeat 2 { Crash }\nEnd",
            &["2:1: this Repeat cannot begin again as it ends; put Crash and Restart both into it"],
        ),
        (
            "Scenario \"x\"\nUse panel 7\nPress\nEnd",
            &[
                "2:11: 7 cannot stand here; write what the touch panel measures in millimetres, such as Use panel \
                 154x86",
                "3:6: something is missing here; write Press \"label\", Press region:NAME \"label\", Press @34,7 or \
                 Press key:F3",
            ],
        ),
        // All mistakes at once; those of one line in their order, and none that only follow from others.
        (
            "Scenario \"x\"\nKeys Entr Dwn F3\nCrash\nRestrat\nKeys Down\nAdvance 5\nEnd\nEnd",
            &[
                "2:6: there is no key Entr; did you mean Enter?",
                "2:11: there is no key Dwn; did you mean Down?",
                "4:1: there is no command Restrat; did you mean Restart?",
                "6:9: 5 is no duration; write a whole number and ms, s, m or h, such as 500ms or 2s",
                "8:1: End ends nothing; write Scenario \"name\" before it, or take it out",
            ],
        ),
    ] {
        let said: Vec<String> = said.iter().map(|it| format!("x.script:{it}")).collect();
        assert_eq!(errors_of(text), said, "{text}");
    }
}

#[test]
fn a_line_about_what_stands_elsewhere_is_read_as_it_says() {
    let of = |line: &str| {
        let text = format!("Scenario \"x\"\nUse server\nUse register T2\n{line}\nEnd\n");
        let mut scenarios = parse(&text, "tests/x.script").unwrap_or_else(|errors| panic!("{line}: {errors:?}"));
        scenarios.remove(0).steps.remove(0).act
    };
    let network =
        |way, register: Option<&str>| Act::Network(NetworkChange { way, register: register.map(str::to_owned) });
    let server = Act::Server;
    let text = |order: &str, there, text: &str| {
        Act::Books(BooksExpectation::Text { order: order.to_owned(), there, text: text.to_owned() })
    };
    // line, what it does
    for (line, act) in [
        ("At T2", Act::At("T2".to_owned())),
        ("Network up", network(Way::Up, None)),
        ("Network down for T2", network(Way::Down, Some("T2"))),
        ("Network silent", network(Way::Silent, None)),
        ("Network lag 800ms for T1", network(Way::Lag { millis: 800 }, Some("T1"))),
        ("Network loss 30%", network(Way::Loss { percent: 30 }, None)),
        ("Network cut", network(Way::Cut, None)),
        ("Network portal", network(Way::Portal, None)),
        ("Server up", server(ServerChange::Up)),
        ("Server down", server(ServerChange::Down)),
        ("Server restart", server(ServerChange::Restart)),
        ("Server dies after 1 request", server(ServerChange::Dies { requests: 1 })),
        ("Server menu \"a.json\"", server(ServerChange::Menu("tests/a.json".into()))),
        ("Server price \"Cola\" 3.00", {
            server(ServerChange::Price { item: "Cola".to_owned(), price: "3.00".to_owned() })
        }),
        ("Server clock +1h", server(ServerChange::Clock(ServerClock::Ahead(3_600_000)))),
        ("Server clock -20m", server(ServerChange::Clock(ServerClock::Ahead(-1_200_000)))),
        ("Server clock 1970-01-01T00:00:01", server(ServerChange::Clock(ServerClock::At(Timestamp::utc(1_000))))),
        ("Server limit 2000-bytes", server(ServerChange::Limit { bytes: 2_000 })),
        ("Server revoke T2", server(ServerChange::Revoke("T2".to_owned()))),
        ("Server wipe", server(ServerChange::Wipe)),
        ("Server backup", server(ServerChange::Backup)),
        ("Server restore", server(ServerChange::Restore)),
        ("Server expect orders 2", Act::Books(BooksExpectation::Orders(2))),
        ("Server expect lines 0", Act::Books(BooksExpectation::Lines(0))),
        ("Server expect payments 1", Act::Books(BooksExpectation::Payments(1))),
        ("Server expect documents 3", Act::Books(BooksExpectation::Documents(3))),
        ("Server expect conflicts 1", Act::Books(BooksExpectation::Conflicts(1))),
        ("Server expect total 12.50", Act::Books(BooksExpectation::Total("12.50".to_owned()))),
        ("Server expect order T1-0001 text \"2 Cola\"", text("T1-0001", true, "2 Cola")),
        ("Server expect order T1-0001 not text \"Tea\"", text("T1-0001", false, "Tea")),
        ("Server expect order T1-0002 absent", {
            Act::Books(BooksExpectation::Absent { order: "T1-0002".to_owned() })
        }),
    ] {
        assert_eq!(of(line), act, "{line}");
    }
}

#[test]
fn what_is_wrong_about_what_stands_elsewhere_says_where_and_what_would_be_right() {
    // line after `Use server` and `Use register T2`, all that is said about it
    for (line, said) in [
        ("At T3", "4:1: there is no register T3 in this scenario; did you mean T1 or T2?"),
        ("At", "4:3: something is missing here; write At and the name of a register or screen, such as At T2"),
        ("Network donw", "4:9: the network is never donw; did you mean down?"),
        ("Network loss 100%", "4:14: 100% cannot stand here; write how much is lost, 0% to 99%, such as 30%"),
        ("Network lag", "4:12: something is missing here; write a duration such as 500ms, 2s, 3m or 1h"),
        ("Network up for BAR", "4:1: there is no register BAR in this scenario; its registers are T1, T2"),
        ("Server wip", "4:8: a server has no wip; did you mean wipe?"),
        ("Server dies soon", "4:13: soon cannot stand here; write Server dies after 3 requests"),
        ("Server price Cola 3", "4:14: Cola cannot stand here; write Server price \"Cola\" 3.00"),
        ("Server clock +1", "4:15: 1 is no duration; write a whole number and ms, s, m or h, such as 500ms or 2s"),
        (
            "Server limit 0-bytes",
            "4:14: 0-bytes cannot stand here; write the largest document in bytes, 1 to 8000000, such as 2000-bytes",
        ),
        ("Server expect ordres 1", "4:15: the central database has no ordres; did you mean orders or order?"),
        (
            "Server expect order T1-0001 \"x\"",
            "4:29: \"x\" cannot stand here; write order T1-0001 text \"text\", order T1-0001 not text \"text\" or \
             order T1-0001 absent",
        ),
        ("Use register T2", "4:14: there is a register T2 already; give each its own name"),
        ("Use kitchen T2", "4:13: there is a register T2 already; give each its own name"),
        (
            "Use kitchen K-1",
            "4:13: \"K-1\" cannot be the name of a kitchen; write letters and digits, at most 8, such as K1",
        ),
        ("On T3 Expect \"x\"", "4:1: there is no register T3 in this scenario; did you mean T1 or T2?"),
        (
            "Use register T-2",
            "4:14: \"T-2\" cannot be the name of a register; write letters and digits, at most 8, such as T2",
        ),
        ("Use seed -1", "4:10: -1 cannot stand here; write the seed of the network's dice, from 0 to 4294967295"),
        ("Crash\nAt T2\nKeys 1\nAt T1\nKeys 1", "8:1: Keys comes after Crash; write Restart before it"),
        ("Crash\nAt T2\nRestart", "6:1: nothing has crashed; write Crash before Restart"),
        ("Repeat 2 { Keys 1\nCrash\nAt T2 }\nAt T1\nRestart", {
            "4:1: this Repeat cannot begin again as it ends; put Crash and Restart both into it"
        }),
    ] {
        let errors = errors_of(&format!("Scenario \"x\"\nUse server\nUse register T2\n{line}\nEnd\n"));
        assert_eq!(errors, [format!("x.script:{said}")], "{line}");
    }
    // script, what is said about it
    for (text, said) in [
        (
            "Scenario \"x\"\nNetwork down\nEnd",
            "2:1: Network needs a server; write Use server at the start of the scenario",
        ),
        (
            "Scenario \"x\"\nServer expect orders 1\nEnd",
            "2:1: Server expect needs a server; write Use server at the start of the scenario",
        ),
        (
            "Scenario \"x\"\nUse register T2\nEnd",
            "1:1: registers and screens meet at a server; write Use server beside Use register, kitchen and pickup",
        ),
    ] {
        assert_eq!(errors_of(text), [format!("x.script:{said}")], "{text}");
    }
}

#[test]
fn time_and_paper_go_on_without_a_register() {
    let text =
        "Scenario \"x\"\nCrash\nAdvance 5s\nOn printer a Expect jobs 0\nOn printer a Fault clear\nRestart\nKeys 1\nEnd";
    assert_eq!(parse(text, "x").unwrap()[0].steps.len(), 6);
}

#[test]
fn a_scenario_has_its_setting_and_its_blocks() {
    let text = "\u{feff}# lunch\nScenario \"a\"\n  Use menu \"menus/a.json\"\n  Use receipt on_request\n\
                Use cash-rounding 5\n\
                Use idle-lock 2m\n  Use substitute kitchen receipt\n  Use panel 154x86\n  \
                Use server\n  Use register T2\n  Use register BAR\n  Use kitchen K1\n  Use pickup P1\n  Use seed 7\n  \
                Clock 2026-03-14T20:14:00+01:00\n  Terminal 80x24 vt16\n  Repeat 2 {\n    Keys 1 \n    \
                Repeat 3 { Keys 2 }\n  } # both\nEnd\n\nScenario \"b\"\nEnd";
    let scenarios = parse(text, "tests/stories/x.script").unwrap();
    let Setting {
        menu,
        clock,
        columns,
        rows,
        mode,
        receipt,
        cash_step,
        idle_lock_ms,
        substitute,
        panel,
        server,
        registers,
        screens,
        seed,
    } = scenarios[0].setting.clone();
    assert_eq!((server, registers.join(" ").as_str(), seed), (true, "T2 BAR", 7));
    assert_eq!(screens, [("K1".into(), Face::Kitchen), ("P1".into(), Face::Pickup)]);
    assert_eq!(substitute, Some(("kitchen".into(), "receipt".into())));
    assert_eq!(menu, MenuChoice::File("tests/stories/menus/a.json".into()));
    assert_eq!(clock.rfc3339(), "2026-03-14T20:14:00.000+01:00");
    assert_eq!((columns, rows, mode, receipt), (80, 24, Mode::VT16, Some(ReceiptRule::OnRequest)));
    assert_eq!((cash_step, idle_lock_ms), (Some(5), Some(120_000)));
    assert_eq!(panel, Panel::of(154, 86));
    assert_eq!((scenarios[0].line, scenarios[0].file.as_str()), (2, "tests/stories/x.script"));
    assert_eq!(inputs(&scenarios[0].steps), 2 * (1 + 3));
    let Act::Repeat { times: 2, steps } = &scenarios[0].steps[0].act else { panic!("{:?}", scenarios[0].steps) };
    assert_eq!((steps[0].line, steps[1].line, steps[1].column), (18, 19, 5));
    assert_eq!((scenarios[1].name.as_str(), &scenarios[1].setting), ("b", &Setting::default()));
    assert_eq!(Setting::default().clock.rfc3339(), "2026-03-14T12:30:00.000Z");
    assert_eq!(parse("# nothing\n", "x"), Ok(Vec::new()));
}

#[test]
fn every_command_stands_in_the_reference_and_every_example_is_a_command() {
    for name in verb_names() {
        assert!(REFERENCE.lines().any(|line| line.split(' ').next() == Some(name)), "{name} has no line");
    }
    for line in REFERENCE.lines() {
        let (example, meaning) = line.split_once("  ").expect(line);
        assert!(!meaning.trim().is_empty(), "{line}");
        let text = match example.split(' ').next() {
            Some("Scenario") => format!("{example}\nEnd"),
            Some("End") => format!("Scenario \"x\"\n{example}"),
            Some("Restart") => format!("Scenario \"x\"\nCrash\n{example}\nEnd"),
            Some("At" | "Network" | "Server") => {
                format!("Scenario \"x\"\nUse server\nUse register T2\n{example}\nEnd")
            }
            _ if ["Use register T2", "Use kitchen K1", "Use pickup P1"].contains(&example.trim_end()) => {
                format!("Scenario \"x\"\nUse server\n{example}\nEnd")
            }
            _ => format!("Scenario \"x\"\n{example}\nEnd"),
        };
        assert!(parse(&text, "x").is_ok(), "{example}: {:?}", parse(&text, "x"));
    }
}

proptest::proptest! {
    #[test]
    fn whatever_stands_in_a_script_is_read_or_refused(text in "(?s).{0,200}") {
        let _ = parse(&text, "x");
    }

    #[test]
    fn whatever_words_stand_in_a_script_are_read_or_refused(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "Scenario", "End", "Use", "menu", "Clock", "Login", "Type", "Keys", "Tap", "Expect", "On", "printer",
                "Repeat", "Crash", "Restart", "Snapshot", "Advance", "region:a", "region:", "@1,2", "@,", "key:", "not",
                "row", "count", "job", "text", "state", "Fault", "slow", "dies-after", "\"x\"", "\"", "\"x\"*2", "*",
                "At", "Network", "Server", "down", "lag", "loss", "30%", "for", "expect", "order", "clock", "server",
                "register", "T2", "T1-0001", "total", "+1h", "price", "dies", "after", "requests", "absent",
                "**", "{", "}", "\n", "\n", "1", "2s", "80x24", "é*2", "#", "\\",
            ]),
            0..60,
        )
    ) {
        let text = words.join(" ");
        if let Err(errors) = parse(&text, "x") {
            for error in errors {
                proptest::prop_assert!(error.what.contains("; "), "{error}");
                proptest::prop_assert!(error.line >= 1 && error.column >= 1);
            }
        }
    }
}
