//! The demonstration with its own server, in a terminal of its own: sold, unplugged, sold, plugged in again.

use crate::command_line::comanda;
use crate::pty::{TENDER_HEARS, Till, let_pass};
use std::path::Path;

/// What the status bar says.
fn bar(rows: &[String]) -> String {
    rows.last().cloned().unwrap_or_default()
}

fn waits_for_bar(till: &Till, says: &str) -> Vec<String> {
    till.wait_for(says, |rows| bar(rows).contains(says))
}

/// Sells a cheeseburger for cash, from order entry back to it.
fn sells(till: &mut Till, sold: &str) {
    till.types("A");
    till.wait_for_text("1 line not sent");
    till.types("\u{1b}OS");
    till.wait_for_text("Payment of T1");
    let_pass(TENDER_HEARS);
    till.types("\r");
    till.wait_for_text(sold);
    till.types("\u{1b}");
    till.wait_for_text("Nothing ordered yet");
}

/// The megabytes of memory that a process has in use.
fn resident_mb(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

fn log(data: &Path) -> String {
    std::fs::read_to_string(data.join("comanda.log")).unwrap()
}

#[test]
fn a_demonstration_sells_against_its_own_server_and_its_plug_can_be_pulled() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("demo");
    std::fs::create_dir(&data).unwrap();
    let mut till = Till::demo(&data, (120, 30));
    till.wait_for_text("Ctrl+p pulls the network's plug");
    waits_for_bar(&till, "All changes synced");
    till.types("1111\r");
    till.wait_for_text("Nothing ordered yet");
    sells(&mut till, "T1-0001");
    waits_for_bar(&till, "All changes synced");

    till.types("\u{10}");
    till.wait_for_text("The plug is out: sell on, nothing is lost. Ctrl+p puts it back");
    waits_for_bar(&till, "Offline - changes will sync when online (0)");
    sells(&mut till, "T1-0002");
    waits_for_bar(&till, "Offline - changes will sync when online (2)");

    till.types("\u{10}");
    till.wait_for_text("The plug is in again: what was sold goes to the server");
    waits_for_bar(&till, "All changes synced");
    println!("register and server: {} MB", resident_mb(till.id()));
    till.signal("TERM");
    assert_eq!(till.end(), 0);
    let first = log(&data);
    assert_eq!(first.matches("accepted order_").count(), 2, "{first}");
    assert_eq!(first.matches("accepted payment_").count(), 2, "{first}");
    assert!(!first.contains("ERROR"), "{first}");

    // The same server another time, on another port: nothing is offered again, and nothing enrolled.
    let mut till = Till::demo(&data, (120, 30));
    waits_for_bar(&till, "All changes synced");
    till.types("\u{11}");
    assert_eq!(till.end(), 0);
    let again = log(&data).replace(&first, "");
    assert!(!again.contains("accepted") && !again.contains("lost documents"), "{again}");

    // A server that is made anew is given everything, also a register that it does not know.
    std::fs::remove_dir_all(data.join("server")).unwrap();
    let till = Till::demo(&data, (120, 30));
    waits_for_bar(&till, "All changes synced");
    drop(till);
}

#[test]
fn a_demonstration_without_its_server_says_so_and_sells() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("demo");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("server"), "in the way").unwrap();
    let mut till = Till::demo(&data, (120, 30));
    till.wait_for_text("Its server did not start: comanda.log says why");
    assert!(log(&data).contains("could not make the directory of the demonstration's server"), "{}", log(&data));
    waits_for_bar(&till, "Local only");
    till.types("1111\r\u{10}");
    till.wait_for_text("Nothing ordered yet");
    sells(&mut till, "T1-0001");
    waits_for_bar(&till, "Local only · 2 unsent");
    till.signal("TERM");
    assert_eq!(till.end(), 0);
    let said = comanda(home.path(), &["help", "demo"], "");
    assert!(said.out.contains("Ctrl+p pulls the network's plug"), "{}", said.out);
}
