//! A register that is open and its server, both as they are shipped: it is enrolled, or enrolled again, at its own box,
//! and need not be closed for that.

use crate::premises::{BINARY, Register, Server};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Sooner than anything is tried again by itself for the third time.
const AT_ONCE: Duration = Duration::from_secs(10);

/// What the operator of a server is told.
fn operator(server: &Path, words: &str) -> String {
    let mut command = Command::new(BINARY);
    let output = command.arg("server").args(words.split(' ')).arg("--data").arg(server).output().unwrap();
    assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Makes a code at a server and types it at the box of a register; gives what is said there.
fn enrols(server: &Path, register: &Register) -> String {
    let made = operator(server, &format!("enroll --location L1 --register {} --json", register.name));
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    register.does(&["enroll"], &format!("{}\n", made["code"].as_str().unwrap()))
}

#[test]
fn a_register_that_is_open_takes_its_new_secret_and_is_back_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::open(folder.path());
    let url = format!("http://{}", server.address);
    let is_synced = |rows: &[String]| rows.last().is_some_and(|row| row.contains("All changes synced"));
    let mut register = Register::enrolled("T1", &url, &server);
    register.opens();
    register.till().wait_within(AT_ONCE, "it is in", is_synced);
    operator(folder.path(), "registers revoke --location L1 T1");
    register.till().types("A\x1bOR");
    register.till().wait_for_text("The server does not let this register in");
    let said = enrols(folder.path(), &register);
    assert!(said.ends_with("The register that is open works with it from now on.\n"), "{said}");
    register.till().wait_within(AT_ONCE, "it is in again", is_synced);
    assert_eq!(server.books(), register.books(), "what it sold meanwhile is there");
    assert_eq!(server.books().len(), 2);
    register.closes();
    register.opens();
    register.till().wait_within(AT_ONCE, "it has kept the secret", is_synced);
    register.closes();

    let mut newcomer = Register::made("T2", &format!("url = \"{url}\""));
    newcomer.opens();
    enrols(folder.path(), &newcomer);
    newcomer.till().wait_within(AT_ONCE, "it comes in while it is open", is_synced);
    // Locked, it has nothing to say of that any more.
    newcomer.till().types("\x1b[23~");
    newcomer.till().wait_for("the login screen", |rows| {
        rows.iter().any(|row| row.contains("Who is there?")) && rows.iter().all(|row| !row.contains("Not enrolled"))
    });
    newcomer.closes();
}
