//! A guests' screen on a box of its own, the shipped programs together: a server, a register, the screen, and a kitchen's
//! screen on the same box, each a process on a directory of its own.

use crate::command_line::comanda;
use crate::kitchen_box::{PATIENCE, QUICK, bells, sells};
use crate::premises::{KitchenBox, Register, Server};
use crate::proxy::Proxy;
use comanda::tui::large::{Large, SCALES};
use std::time::Duration;

/// F10.
const MORE: &str = "\x1b[21~";
/// F5.
const TYPE: &str = "\x1b[15~";

/// The rows of a number as the screen of 80 columns draws it.
fn large(number: &str) -> Vec<String> {
    let large = Large::of(number).unwrap();
    assert_eq!(SCALES.last().map(|scale| (scale.columns, scale.rows)), Some((1, 1)));
    let row = |blocks: &Vec<bool>| blocks.iter().map(|block| if *block { '█' } else { ' ' }).collect::<String>();
    large.rows().iter().map(|blocks| row(blocks).trim_end().to_owned()).collect()
}

/// Waits until a number stands in the half, in large letters.
fn calls_out(screen: &KitchenBox, number: &str, is_ready: bool, at_most: Duration) {
    let wanted = large(number);
    let is_shown = |rows: &[String]| {
        let half = |row: &String| -> String {
            let half = row.chars().skip(if is_ready { 40 } else { 0 }).take(39);
            half.collect()
        };
        let rows: Vec<String> = rows.iter().map(half).collect();
        rows.windows(wanted.len()).any(|rows| rows.iter().zip(&wanted).all(|(row, it)| row.contains(it.as_str())))
    };
    let half = if is_ready { "READY" } else { "PREPARING" };
    screen.screen().wait_within(at_most, &format!("{number} in {half}"), is_shown);
}

#[test]
fn an_order_is_called_out_on_a_box_that_has_a_kitchens_screen_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::open(folder.path());
    let proxy = Proxy::before(server.address, 7);
    let mut register = Register::enrolled("T1", &proxy.url(), &server);
    let mut kitchen = KitchenBox::enrolled("K1", &server, &proxy.url());
    let mut pickup = kitchen.with_pickup("P1", &server, &proxy.url());
    pickup.opens();
    kitchen.opens();
    pickup.shows(&["PREPARING", "READY", "LIVE"], PATIENCE);
    kitchen.shows(&["Nothing to make", "LIVE"], PATIENCE);
    register.opens();
    register.says("All changes synced");

    let till = register.till();
    till.types(&format!("{TYPE}B"));
    till.wait_for_text("Takeaway");
    till.wait_for_text("Who fetches it");
    till.types("\x1b");
    let is_left = |rows: &[String]| !rows.iter().any(|row| row.contains("Who fetches it"));
    till.wait_within(PATIENCE, "that nobody is asked", is_left);
    sells(&mut register, "2*cola", "2 Cola");
    calls_out(&pickup, "T1-0001", false, QUICK);
    kitchen.shows(&["2x Cola", "T1-0001"], PATIENCE);
    assert_eq!(bells(&pickup), 0);
    let till = register.till();
    till.wait_for_text("Everything is sent");
    till.types(MORE);
    till.wait_for_text("Pass");
    till.types("i");
    till.wait_for_text("sent       2x Cola");
    till.types("a");
    till.wait_for_text("preparing  2x Cola");
    till.types("a");
    calls_out(&pickup, "T1-0001", true, QUICK);
    assert_eq!(bells(&pickup), 1);

    // The server dies, and guests are told; what was ready stays, also when the screen is switched off and on.
    server.kill();
    pickup.shows(&["OFFLINE", "Please ask at the counter"], Duration::from_secs(12));
    calls_out(&pickup, "T1-0001", true, PATIENCE);
    pickup.screen().signal("TERM");
    assert_eq!(pickup.screen.take().unwrap().end(), 0);
    pickup.opens();
    pickup.shows(&["OFFLINE"], PATIENCE);
    calls_out(&pickup, "T1-0001", true, PATIENCE);
    assert!(!pickup.screen().screen().join("\n").contains("Cola"));
    let till = register.till();
    till.wait_for_text("ready      2x Cola");
    till.types("a");
    till.wait_for_text("Nothing to bring");
    server.start();
    proxy.has_server_at(server.address);
    pickup.shows(&["LIVE"], PATIENCE);
    pickup.screen().wait_within(PATIENCE, "that it was fetched", |rows| !rows.join("").contains('█'));
    let data = pickup.data();
    assert!(data.ends_with("comanda-pickup") && data.join("store.db").exists());
}

#[test]
fn a_guests_screen_is_enrolled_as_a_kitchens_is() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::open(folder.path());
    let url = format!("http://{}", server.address);
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    // arguments, what is typed, code, part of what is said
    let says = |args: &[&str], typed: &str, code: i32, part: &str| {
        let said = comanda(home, args, typed);
        let all = said.out + &said.err;
        assert!(said.code == code && all.contains(part), "{args:?}: {part}: {all}");
    };
    says(&["pickup", "--server"], "", 1, "write it with `comanda enroll --server URL --pickup`");
    says(&["enroll", "--pickup", "--kitchen"], "X\n", 2, "cannot be used with");
    says(&["enroll", "--allow-plain-http", "--server", &url], "X\n", 2, "required");
    let enroll = ["enroll", "--server", &url, "--pickup"];
    says(&enroll, &server.code("--register", "T7"), 1, "the code is for register T7 of L1, and this is a screen");
    says(&enroll, &server.code("--pickup", "P1"), 0, "Next: `comanda pickup --server`");
    says(
        &["enroll", "--pickup"],
        &server.code("--pickup", "P2"),
        1,
        "is for kitchen P2 of L1, and this is kitchen P1 of L1",
    );
    std::fs::remove_file(home.join(".local/share/comanda-pickup/server.secret")).unwrap();
    says(&["pickup", "--server"], "", 1, "is not enrolled at its server: `comanda enroll --pickup`");
    assert!(!home.join(".local/share/comanda-kitchen").exists() && !home.join(".config/comanda").exists());
}
