//! The guests' screen beside a register: drawn from a store that a register in this process fills, and then both
//! programs, each in a terminal of its own.

use crate::kitchen::{PATIENCE, QUICK, Register, Window};
use comanda::app::Input;
use comanda::domain::pickup::{PickupRules, Stage};
use comanda::runtime::beside::Beside;
use comanda::tui::keys::Key;
use comanda::tui::pickup::Pickup;

/// What guests are shown, in the order in which it was sent.
fn shown(register: &Register) -> Vec<(String, Stage)> {
    let picture = Pickup::read(&register.reader, &PickupRules::default(), register.now).unwrap();
    picture.orders.into_iter().map(|order| (order.local_number.to_string(), order.stage)).collect()
}

fn sends(register: &mut Register, takes_away: bool) {
    if takes_away {
        register.presses(&[Key::F(5), Key::Char('B'), Key::Esc]);
    }
    register.types("cheeseburger");
    register.presses(&[Key::F(3), Key::F(8)]);
}

#[test]
fn guests_see_what_they_fetch_and_how_far_it_has_come() {
    use Stage::{Preparing, Ready};
    let mut register = Register::new();
    sends(&mut register, true);
    sends(&mut register, false);
    sends(&mut register, true);
    let number = |nth: u32, stage| (format!("T1-{nth:04}"), stage);
    assert_eq!(shown(&register), [number(1, Preparing), number(3, Preparing)], "what is eaten here is brought");
    // The pass: the first order to its end, a step at a time.
    register.presses(&[Key::F(10), Key::Char('i'), Key::Char('a')]);
    assert_eq!(shown(&register)[0], number(1, Preparing));
    register.press(Key::Char('a'));
    assert_eq!(shown(&register), [number(1, Ready), number(3, Preparing)]);
    register.press(Key::Char('a'));
    assert_eq!(shown(&register), [number(3, Preparing)]);
    // What is left from yesterday, and nobody fetched, leaves as it leaves the kitchen.
    register.now = register.now.plus_millis(20 * 3_600_000);
    assert_eq!(shown(&register), [number(3, Preparing)], "it is the last day that this register knows");
    register.app.handle(register.now, Input::Woke);
    register.types("1111");
    register.presses(&[Key::Esc, Key::Esc]);
    sends(&mut register, true);
    assert_eq!(shown(&register), [number(1, Preparing)]);
}

#[test]
fn a_screen_beside_the_demonstration_calls_an_order_out() {
    let home = tempfile::tempdir().unwrap();
    let mut pickup = Window::open(home.path(), &["pickup", "--demo"], (40, 12));
    pickup.wait_for(&["Waiting", "OFFLINE", "Please ask"], PATIENCE);
    let mut register = Window::open(home.path(), &["demo"], (100, 30));
    register.wait_for(&["1111  Ana"], PATIENCE);
    pickup.wait_for(&["PREPARING", "READY", "LIVE"], PATIENCE);
    register.send("1111\r");
    register.wait_for(&["Hello Ana"], PATIENCE);
    // F5: takeaway.
    register.send("\x1b[15~B");
    register.wait_for(&["Takeaway"], PATIENCE);
    register.wait_for(&["Who fetches it"], PATIENCE);
    register.send("\x1b");
    register.waits_until("that nobody is asked", PATIENCE, |register| !register.text().contains("Who fetches it"));
    register.send("2*cola\r");
    register.wait_for(&["2 Cola"], PATIENCE);
    register.send("\x1bOR");
    let took = pickup.wait_for(&["T1-0001"], QUICK);
    println!("from F3 to the guests: {} ms", took.as_millis());
    assert!(!pickup.has_rung(), "what is sent is no news to guests");
    // F10, the pass, and two steps.
    register.wait_for(&["Everything is sent"], PATIENCE);
    register.send("\x1b[21~");
    register.wait_for(&["Pass"], PATIENCE);
    register.send("i");
    register.wait_for(&["sent       2x Cola"], PATIENCE);
    register.send("a");
    register.wait_for(&["preparing  2x Cola"], PATIENCE);
    assert!(!pickup.has_rung(), "nor that somebody makes it");
    register.send("a");
    register.wait_for(&["ready      2x Cola"], PATIENCE);
    let took = pickup.waits_until("the bell", QUICK, Window::has_rung);
    println!("from ready to the bell: {} ms", took.as_millis());
    pickup.send("q");
    let ended = pickup.child.wait().unwrap();
    assert!(ended.success(), "{ended:?}\n{}", pickup.text());
}

/// However busy it is with the store just then.
#[test]
fn a_screen_that_is_left_while_its_store_changes_ends_well() {
    let home = tempfile::tempdir().unwrap();
    let mut register = Window::open(home.path(), &["demo"], (100, 30));
    register.wait_for(&["1111  Ana"], PATIENCE);
    register.send("1111\r");
    register.wait_for(&["Hello Ana"], PATIENCE);
    for round in 0..20 {
        let mut screen = Window::open(home.path(), &["pickup", "--demo"], (40, 12));
        screen.wait_for(&["LIVE"], PATIENCE);
        register.send("A\x1bOR");
        screen.send("q");
        let ended = screen.child.wait().unwrap();
        assert!(ended.success(), "round {round}: {ended:?}\n{}", screen.text());
    }
}
