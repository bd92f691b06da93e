//! How scenarios are played, and what is told when one fails.

use super::*;
use crate::script::fake::FakeTheatre;
use crate::script::parse::parse;

/// Snapshots that are never as they should be.
struct Never;

impl Snapshots for Never {
    fn compare(&mut self, name: &str, picture: &Picture) -> Result<(), String> {
        Err(format!("{name} is not {}", picture.lines()[0]))
    }
}

fn played(lines: &str, theatre: &mut FakeTheatre) -> Result<Played, Box<Failure>> {
    let text = format!("Scenario \"lunch\"\nTerminal 30x8\n{lines}\nEnd\n");
    let scenario = parse(&text, "tests/x.script").unwrap_or_else(|errors| panic!("{errors:?}")).remove(0);
    play(&scenario, theatre, &mut Never, &mut ())
}

#[test]
fn what_is_there_is_found_and_what_is_not_is_not() {
    let lines = r#"
        Expect focus login
        Login "1111"
        Expect focus order
        Expect focus not login
        Type "2 Cheeseburger" Enter
        Tap "Cola"
        Tap key:F3
        Tap @1,7
        Expect region:order "2   Cheeseburger"
        Expect region:order row 1 "2 Cheeseburger"
        Expect region:order "2 Cheeseburger\nCola"
        Expect region:order row 5 ""
        Expect region:order not "Tea"
        Expect count 4 "Cola"
        Expect region:order count 2 "Cola"
        Expect status "All changes synced"
        Expect label "light"
        Expect label not "Tea"
        On printer kitchen Fault offline
        Keys F3
        On printer kitchen Expect jobs 1
        On printer kitchen Expect job 1 text "2 Cheeseburger\nCola"
        On printer kitchen Expect job 1 not text "Tea"
        On printer kitchen Expect job 1 state queued
        On printer kitchen Expect kicks 1
        Crash
        On printer kitchen Expect jobs 1
        Restart
        Expect focus login
        Expect region:order "Cola"
        Resize 40x9
        Expect region:order row 6 """#;
    let played = played(lines, &mut FakeTheatre::default()).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(played, Played { inputs: 5 + 15 + 3 + 1, met: 22 });
}

#[test]
fn a_fast_cashier_takes_200_ms_a_key_and_the_register_settles_after_each_command() {
    let mut theatre = FakeTheatre::default();
    played(
        "Type \"1\" Enter\nRepeat 2 { Keys 2 }\nTap \"Cola\"\nPress @1,7\nRelease @2,1\nCrash\nAdvance 3s\nRestart",
        &mut theatre,
    )
    .unwrap();
    let diary = theatre.diary.borrow().join(" ");
    assert_eq!(
        diary,
        "+200 key 1 +200 key Enter settle +200 key 2 settle +200 key 2 settle +200 settle down 1,6 up 1,6 settle \
         down 0,6 settle up 1,0 settle crash +3000 restart settle"
    );
}

#[test]
fn what_the_central_database_has_is_met_or_told() {
    let page = "T1-0001 number 7\n2 Cola 7.00 sent";
    // line, what was expected, what was there; nothing was amiss where both are empty
    for (line, expected, was) in [
        ("orders 1", "", String::new()),
        ("lines 1", "", String::new()),
        ("payments 2", "", String::new()),
        ("documents 3", "", String::new()),
        ("conflicts 4", "", String::new()),
        ("total 7.00", "", String::new()),
        ("order T1-0001 text \"number 7\\n2  Cola\"", "", String::new()),
        ("order T1-0001 not text \"Tea\"", "", String::new()),
        ("order T1-0002 absent", "", String::new()),
        ("orders 2", "the server to have 2 accepted orders", format!("orders: 1\n{page}")),
        ("conflicts 0", "the server to have 0 conflicts written down", format!("conflicts: 4\n{page}")),
        ("total 7", "the server to have accepted orders that come to 7", format!("total: 7.00\n{page}")),
        ("order T1-0001 text \"Tea\"", "the server to have \"Tea\" in order T1-0001", page.to_owned()),
        ("order T1-0001 not text \"Cola\"", "the server to have no \"Cola\" in order T1-0001", page.to_owned()),
        ("order T1-0001 absent", "the server to have no accepted order T1-0001", format!("1 time\n{page}")),
        ("order T1-0002 not text \"Tea\"", "the server to have no \"Tea\" in order T1-0002", {
            format!("no such order\n{page}")
        }),
    ] {
        let told = played(&format!("Use server\nServer expect {line}"), &mut FakeTheatre::default());
        let told = told.err().map(|failure| (failure.expected.clone(), failure.was.clone())).unwrap_or_default();
        assert_eq!(told, (expected.to_owned(), was), "{line}");
    }
}

#[test]
fn who_lies_crashed_is_not_looked_at_and_the_others_live_on() {
    let mut theatre = FakeTheatre::default();
    let lines = "Use server\nUse register T2\nCrash\nAt T2\nKeys 1\nNetwork down for T1\nServer clock +1h\n\
                 At T1\nAdvance 3s\nRestart";
    let done = played(lines, &mut theatre).unwrap();
    assert_eq!(done, Played { inputs: 1, met: 0 });
    let diary = theatre.diary.borrow().join(" ");
    assert_eq!(
        diary,
        "crash settle at T2 settle +200 key 1 settle Network down for T1 settle Server clock +3600000ms settle at T1 \
         settle +3000 settle restart settle"
    );
}

#[test]
fn a_failure_says_what_was_expected_and_what_was_there() {
    let order = "Type \"2 Cola\" Enter F3\n";
    // line, what was expected, what was there
    for (line, expected, was) in [
        ("Expect \"Tea\"", "the screen to hold \"Tea\"", "see the screen below"),
        ("Expect not \"Cola\"", "the screen not to hold \"Cola\"", "see the screen below"),
        ("Expect region:order \"Tea\"", "region:order to hold \"Tea\"", "2 Cola"),
        ("Expect region:entry \"Tea\"", "region:entry to hold \"Tea\"", ">"),
        (
            "Expect region:ordr not \"Tea\"",
            "region:ordr not to hold \"Tea\"",
            "the screen has no region ordr; its regions are entry, order, status",
        ),
        ("Expect region:order row 1 \"Cola\"", "row 1 of region:order to be \"Cola\"", "2 Cola"),
        ("Expect region:order row 2 \"Cola\"", "row 2 of region:order to be \"Cola\"", "(blank)"),
        (
            "Expect status row 2 \"x\"",
            "row 2 of region:status to be \"x\"",
            "region:status has 1 rows:\nAll changes synced",
        ),
        ("Expect count 1 \"Cola\"", "the screen to hold \"Cola\" 1 time", "3 times:\nsee the screen below"),
        ("Expect status \"Offline\"", "region:status to hold \"Offline\"", "All changes synced"),
        ("Expect focus order", "the screen on top to be order", "login"),
        (
            "Expect label \"Tea\"",
            "something to tap labelled \"Tea\"",
            "what can be tapped:\n\"Cola\" @2,7\n\"Cola light\" @11,7\n\"F3 Print\" @22,7",
        ),
        (
            "Tap \"Tea\"",
            "to tap \"Tea\"",
            "nothing bears that label; what can be tapped:\n\"Cola\" @2,7\n\"Cola light\" @11,7\n\"F3 Print\" @22,7",
        ),
        (
            "Tap region:order \"Cola\"",
            "to tap region:order \"Cola\"",
            "nothing bears that label; nothing there can be tapped",
        ),
        ("Tap @31,1", "to tap @31,1", "the screen has 30 columns and 8 rows"),
        ("Keys F10", "the register to take the key F10", "the register has quit; nothing takes keys any more"),
        (
            "On printer bar Expect jobs 0",
            "printer bar to have 0 jobs",
            "there is no printer bar; the printers are: kitchen",
        ),
        (
            "On printer bar Fault clear",
            "printer bar to take the fault clear",
            "there is no printer bar; the printers are: kitchen",
        ),
        ("On printer kitchen Expect jobs 2", "printer kitchen to have 2 jobs", "jobs: 1\njob 1 printed: 2 Cola"),
        (
            "On printer kitchen Expect job 2 text \"x\"",
            "printer kitchen to hold \"x\" in job 2",
            "there is no such job; jobs: 1\njob 1 printed: 2 Cola",
        ),
        ("On printer kitchen Expect job 1 text \"x\"", "printer kitchen to hold \"x\" in job 1", "2 Cola"),
        (
            "On printer kitchen Expect job 1 not text \"Cola\"",
            "printer kitchen not to hold \"Cola\" in job 1",
            "2 Cola",
        ),
        ("On printer kitchen Expect job 1 state failed", "printer kitchen to have job 1 failed", "printed:\n2 Cola"),
        ("On printer kitchen Expect kicks 0", "printer kitchen to have kicked the drawer 0 times", "kicks: 1"),
        ("Snapshot \"end\"", "the screen to be the snapshot \"end\"", "end is not >"),
    ] {
        let failure = played(&format!("{order}{line}"), &mut FakeTheatre::default()).expect_err(line);
        assert_eq!((failure.expected.as_str(), failure.was.as_str(), failure.line), (expected, was, 4), "{line}");
    }
}

#[test]
fn a_register_that_does_not_open_is_a_failure_of_its_scenario() {
    let failure = played("Use menu \"none.json\"", &mut FakeTheatre::default()).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "tests/x.script:1: expected the register to open\nin scenario \"lunch\"\nit was:\n    reading tests/none.json \
         failed: entity not found\nthere was no screen\nnothing was pressed before\n\
         Again: comanda script tests/x.script"
    );
}

#[test]
fn a_report_shows_the_screen_and_the_last_inputs_and_no_pin() {
    let lines = "Login \"1111\"\nType \"1111\" Enter\nType \"11112\" Enter\nTap \"light\"\nType \"炒饭 8\" Down*2\n\
                 Advance 2s\nExpect region:order \"2 Cheeseburger\"";
    let failure = played(lines, &mut FakeTheatre::default()).unwrap_err();
    let golden = r#"tests/x.script:9: expected region:order to hold "2 Cheeseburger"
in scenario "lunch"
it was:
    ****
    11112
    Cola light
the screen, 30x8, order on top:
             10        20        30
     123456789012345678901234567890
   1|> 炒饭 8<Down><Down>          |
   2|****                          |
   3|11112                         |
   4|Cola light                    |
   5|                              |
   6|                              |
   7|Cola  Cola light  F3 Print    |
   8|All changes synced            |
pressed last:
    line 3: Login "****"
    line 4: "****" Enter
    line 5: "11112" Enter
    line 6: Tap "light" @11,7
    line 7: "炒饭 8" Down Down
    line 8: Advance 2000ms
Again: comanda script tests/x.script"#;
    assert_eq!(failure.to_string(), golden);
}

#[test]
fn a_report_remembers_twenty_inputs_and_a_command_that_a_shell_understands() {
    let mut failure = played("Keys 1 2*30\nExpect \"x\"", &mut FakeTheatre::default()).unwrap_err();
    let report = failure.to_string();
    assert!(report.contains(&format!("    line 3: {}\n", ["2"; 20].join(" "))), "{report}");
    failure.file = "my 'lunch'.script".to_owned();
    assert_eq!(failure.again(), r"comanda script 'my '\''lunch'\''.script'");
}
