//! The standard task: two burgers, one of them with extra cheese and without onion, one cola, cash 50, receipt. After
//! login, on the demonstration's menu, by what stands on the screen and not by numbers known by heart.

use crate::cashier::Cashier;
use comanda::runtime::demo;
use comanda::tui::keys::Key;
use comanda::tui::touch::Panel;

const KEYS_MAX: usize = 10;
const TAPS_MAX: usize = 11;
/// Windows of a small touch screen, a console and a usual terminal.
const SIZES: [(u16, u16); 3] = [(66, 20), (80, 24), (100, 30)];

fn fresh(size: (u16, u16)) -> Cashier {
    let mut cashier = Cashier::with_menu(&demo::menu().unwrap(), size);
    cashier.logs_in();
    assert_eq!(cashier.focus(), "order");
    cashier
}

fn press_cell(cashier: &mut Cashier, label: &str) {
    let letter = cashier.letter_of(label);
    cashier.press(Key::Char(letter));
}

/// The same for keys and taps: what was wanted is on paper, and the change is right.
fn check(cashier: &Cashier, size: (u16, u16)) {
    let receipt = cashier.papers.iter().filter(|(printer, _)| printer == "receipt").map(|(_, text)| text.as_str());
    let receipt: String = receipt.collect();
    let words = receipt.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(cashier.focus(), "paid", "{size:?}: {}", cashier.notice());
    // 2 x 11.90, 1.00 for cheese, 3.50 for a cola: 28.30
    for part in ["Cheeseburger", "Extra cheese", "NO Onion", "Cola", "28.30", "50.00", "21.70"] {
        assert!(words.contains(part), "{size:?}: {part} is not on\n{receipt}");
    }
    let kitchen: String = cashier.papers.iter().filter(|it| it.0 == "kitchen").map(|it| it.1.as_str()).collect();
    assert_eq!(kitchen.matches("1x Cheeseburger").count(), 2, "{kitchen}");
    assert_eq!(kitchen.matches("NO Onion").count(), 1, "{kitchen}");
}

#[test]
fn the_standard_task_takes_ten_keys() {
    for size in SIZES {
        let mut cashier = fresh(size);
        press_cell(&mut cashier, "Cheeseburger");
        cashier.keys("/");
        press_cell(&mut cashier, "Extra cheese");
        cashier.keys("-");
        press_cell(&mut cashier, "Onion");
        cashier.keys("Enter");
        press_cell(&mut cashier, "Cheeseburger");
        press_cell(&mut cashier, "Cola");
        cashier.keys("F4");
        cashier.waits();
        press_cell(&mut cashier, "Cash 50");
        check(&cashier, size);
        assert!(cashier.keys <= KEYS_MAX && cashier.taps == 0, "{size:?}: {} keys", cashier.keys);
    }
}

#[test]
fn the_standard_task_takes_eleven_taps() {
    // The same small screen with keys for fingers, on its 7 inches.
    let panels = SIZES.map(|size| (size, None)).into_iter().chain([(SIZES[0], Panel::of(154, 86))]);
    for (size, panel) in panels {
        let mut cashier = Cashier::with_panel(&demo::menu().unwrap(), size, panel);
        cashier.logs_in();
        for label in ["Cheeseburger", "F9 Modify", "Extra cheese", "- NO", "Onion", "Enter Done", "Cheeseburger"] {
            cashier.taps(label);
        }
        cashier.taps("Cola");
        cashier.taps("F4 Pay");
        cashier.waits();
        cashier.taps("Cash 50");
        check(&cashier, size);
        assert!(cashier.taps <= TAPS_MAX && cashier.keys == 0, "{size:?}: {} taps", cashier.taps);
    }
}
