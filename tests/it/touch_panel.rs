//! A register on a bare console reads its touch panel itself: here a pipe in the panel's place, which says what a panel
//! says, is unplugged and plugged in again.

use crate::command_line::{INIT, comanda};
use crate::pty::Till;
use std::fs::{File, OpenOptions, read_to_string, write};
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// The window, and what the panel says on each cell of it: ten steps to the right, ten down.
const SIZE: (u16, u16) = (66, 20);
const PANEL: &str = "[panel]\nwidth_mm = 154\nheight_mm = 86\ntouch_edges = [0, 659, 0, 199]\n";

/// What the kernel says: a time, which nobody reads, a kind, a code and a value.
fn event(kind: u16, code: u16, value: i32) -> Vec<u8> {
    let time = [0; 2 * size_of::<usize>()];
    [&time[..], &kind.to_ne_bytes(), &code.to_ne_bytes(), &value.to_ne_bytes()].concat()
}

/// Taps on the cell where a text begins.
fn taps(panel: &mut File, till: &Till, text: &str) {
    let rows = till.wait_for_text(text);
    let row = rows.iter().rposition(|row| row.contains(text)).unwrap();
    let column = rows[row].split(text).next().unwrap().chars().count();
    let at = |cell: usize| i32::try_from(cell * 10 + 5).unwrap();
    let down = [event(3, 0, at(column)), event(3, 1, at(row)), event(1, 0x14a, 1), event(0, 0, 0)].concat();
    let up = [event(1, 0x14a, 0), event(0, 0, 0)].concat();
    panel.write_all(&[down, up].concat()).unwrap();
}

/// Makes a panel, which takes the place of one that was there.
fn make(device: &Path) {
    std::fs::remove_file(device).ok();
    assert!(Command::new("mkfifo").arg(device).status().unwrap().success());
}

/// Returns when the register reads it.
fn plugged_in(device: &Path) -> File {
    OpenOptions::new().write(true).open(device).unwrap()
}

#[test]
fn a_cashier_logs_in_and_sells_by_finger_where_no_compositor_is() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(comanda(home.path(), &INIT, "4792\n").code, 0);
    assert_eq!(comanda(home.path(), &["menu", "import", "assets/demo/menu.json"], "").code, 0);
    let device = home.path().join("panel");
    make(&device);
    let file = home.path().join(".config/comanda/comanda.toml");
    let written = read_to_string(&file).unwrap();
    let touch = format!("{PANEL}touch = \"{}\"\n", device.display());
    write(&file, written.replacen("[panel]\n", &touch, 1)).unwrap();

    let mut till = Till::start(&["register"], home.path(), SIZE);
    till.wait_for_text("Who is there?");
    let mut panel = plugged_in(&device);
    for key in ["4   ", "7   ", "9   ", "2   ", "Enter  │"] {
        taps(&mut panel, &till, key);
    }
    till.wait_for_text("Nothing ordered yet");
    make(&device);
    drop(panel);
    let mut panel = plugged_in(&device);
    taps(&mut panel, &till, "Cheeseb");
    till.wait_for_text("1 Cheeseburger");
    till.signal("TERM");
    assert_eq!(till.end(), 0);
    let log = read_to_string(home.path().join(".local/share/comanda/comanda.log")).unwrap();
    assert_eq!(log.matches("a touch panel is read").count(), 2, "{log}");
    assert_eq!(log.matches("the touch panel is not read; it is tried again").count(), 1, "{log}");
}
