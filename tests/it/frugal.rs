//! What a key may cost, by count and not by time: syncs of the medium, and memory that is given back.

use crate::cashier::{Cashier, key};
use crate::pty::{Till, let_pass};
use crate::syncs;
use comanda::runtime::{clock, demo};
use comanda::store::care::Checkpointer;
use std::time::Duration;

/// More than a register needs besides the memory of a login, in KiB.
const KEPT_MAX_KIB: u64 = 16 * 1024;

#[test]
fn send_and_pay_sync_once_and_no_other_key_does_even_behind_a_checkpoint() {
    syncs::install();
    let mut cashier = Cashier::with_menu(&demo::menu().unwrap(), (100, 30));
    cashier.logs_in();
    let mut checkpointer = Checkpointer::open(&cashier.store_file(), Some(&key())).unwrap();
    // keys, how often each may sync; `|` = a checkpoint, on another thread, and a tender hears again
    let rows = [
        ("A / A - G Enter A I + Up Down c o l a Enter F12", 0),
        ("F3", 1),
        ("B", 0),
        ("|", 0),
        ("B + F12", 0),
        ("F3", 1),
        ("|", 0),
        ("F4", 0),
        ("|", 0),
        ("Enter", 1),
        ("Enter", 0),
        ("|", 0),
        ("A", 0),
        ("|", 0),
        ("F4", 0),
        ("|", 0),
        ("Enter", 1),
        ("|", 0),
        ("Enter A F8 F2 Enter F8", 0),
    ];
    for (at, (keys, syncs)) in rows.into_iter().enumerate() {
        for name in keys.split(' ') {
            let before = syncs::so_far();
            if name == "|" {
                cashier.waits();
                let behind = std::thread::spawn(move || {
                    checkpointer.passive().unwrap();
                    (checkpointer, syncs::so_far())
                });
                let (back, behind) = behind.join().unwrap();
                assert!(behind > 0, "row {at}: a checkpoint syncs");
                checkpointer = back;
            } else {
                cashier.keys(name);
            }
            assert_eq!(syncs::so_far() - before, syncs, "row {at}: {name}\n{}", cashier.screen().join("\n"));
        }
    }
    assert_eq!(cashier.reader().paid_orders(9).unwrap().len(), 2);
}

#[test]
fn a_login_gives_its_memory_back() {
    let folder = tempfile::tempdir().unwrap();
    // The first start hashes the PINs of the demonstration's staff, the login one more: 19 MiB each.
    let mut till = Till::demo(folder.path(), (100, 30));
    till.wait_for_text("PIN");
    till.types("1111\r");
    till.wait_for_text("Ana");
    let own = || -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", till.id())).unwrap();
        let own = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        own.split_whitespace().next().unwrap().parse().unwrap()
    };
    // The screen may be a moment ahead of the thread that hashes.
    let deadline = clock::instant() + Duration::from_secs(10);
    while own() >= KEPT_MAX_KIB {
        assert!(clock::instant() < deadline, "{} KiB", own());
        let_pass(Duration::from_millis(20));
    }
}
