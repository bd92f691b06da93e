//! Guests, and the cashier who serves them: which keys are pressed next at a register.
//!
//! A cashier has a plan of a few keys, and looks at the screen between plans: what is on top, and what is in hand. A
//! plan that ended somewhere else is left with Esc.

use super::dice::Dice;
use crate::tui::Desk;
use crate::tui::keys::Key;
use std::collections::VecDeque;

/// Who stands at a register.
#[derive(Debug)]
pub struct Cashier {
    plan: VecDeque<Press>,
    /// What guests are called there.
    names: &'static [&'static str],
    /// How often in a row it took Esc to get back.
    lost: u32,
}

/// The next key, and how long it takes until it is pressed, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Press {
    /// Which.
    pub key: Key,
    /// After how many milliseconds.
    pub after_ms: i64,
}

/// Items that ask nothing.
const PLAIN: &[&str] = &["201", "204", "407", "601", "604", "605", "701", "703", "706", "801", "803", "901"];
/// Items that ask nothing and run out.
const COUNTED: &[&str] = &["805", "905"];
/// Items that ask something, and the letters that answer.
const ASKING: &[(&str, &[char])] =
    &[("401", &['A']), ("301", &['B']), ("403", &['A']), ("809", &['A']), ("704", &['A'])];
/// Items that may be asked something.
const OFFERING: &[&str] = &["101", "107", "501", "503", "807"];

/// What a plan does.
#[derive(Debug, Clone, Copy)]
enum Wish {
    Sell,
    SellSeveral,
    SellAsking,
    SellCounted,
    Count,
    Modify,
    More,
    Less,
    Move,
    Void,
    VoidOrder,
    Undo,
    Send,
    Hold,
    Recall,
    Pay,
    PayPart,
    PayCard,
    Type,
    Note,
    Advance,
    Refund,
    Receipt,
    Lock,
    LookAround,
}

/// With how many wishes each comes, when an order is in hand and when none is.
const WISHES: &[(u64, u64, Wish)] = &[
    (24, 60, Wish::Sell),
    (8, 12, Wish::SellSeveral),
    (8, 10, Wish::SellAsking),
    (4, 6, Wish::SellCounted),
    (1, 2, Wish::Count),
    (4, 0, Wish::Modify),
    (5, 0, Wish::More),
    (3, 0, Wish::Less),
    (6, 0, Wish::Move),
    (5, 0, Wish::Void),
    (1, 0, Wish::VoidOrder),
    (4, 1, Wish::Undo),
    (20, 1, Wish::Send),
    (5, 1, Wish::Hold),
    (8, 40, Wish::Recall),
    (12, 1, Wish::Pay),
    (4, 0, Wish::PayPart),
    (4, 0, Wish::PayCard),
    (3, 0, Wish::Type),
    (4, 0, Wish::Note),
    (5, 12, Wish::Advance),
    (1, 5, Wish::Refund),
    (1, 3, Wish::Receipt),
    (1, 1, Wish::Lock),
    (2, 2, Wish::LookAround),
];

/// The PIN of the one who works tonight, a manager: nobody has to be fetched.
const PIN: &str = "9999";
/// Longer than a tender is deaf.
const LOOKS_MS: i64 = 400;

/// What guests are called, by location: nobody comes to two of them.
pub const NAMES: &[(&str, &[&str])] =
    &[("L1", &["Jorinde", "Lisbeth", "Maxime"]), ("L2", &["Xanthe", "Zoltan", "Ulrike"])];

impl Cashier {
    /// Who stands at a register of a location.
    pub fn of(location: &str) -> Cashier {
        let names = NAMES.iter().find(|(of, _)| *of == location).map_or(NAMES[0].1, |(_, names)| names);
        Cashier { plan: VecDeque::new(), names, lost: 0 }
    }

    /// The next key: of the plan, or of a new one.
    pub fn next(&mut self, desk: &Desk, focus: &str, dice: &mut Dice) -> Press {
        if let Some(press) = self.plan.pop_front() {
            return press;
        }
        let at_ease_ms = dice.between(300, 9_000);
        if desk.staff.is_none() {
            self.types(PIN);
            self.presses(Key::Enter);
        } else if focus != "order" {
            // Esc is held back for a moment, as it may be half of a function key.
            self.lost += 1;
            let key = if self.lost.is_multiple_of(4) { Key::Enter } else { Key::Esc };
            return Press { key, after_ms: LOOKS_MS };
        } else {
            self.lost = 0;
            self.wish(desk, dice);
        }
        let first = self.plan.pop_front().unwrap_or(Press { key: Key::Home, after_ms: 0 });
        Press { after_ms: at_ease_ms, ..first }
    }

    /// Forgets what was planned: the register is another one now.
    pub fn starts_over(&mut self) {
        self.plan.clear();
    }

    fn presses(&mut self, key: Key) {
        self.plan.push_back(Press { key, after_ms: 90 });
    }

    /// Presses a key after a look at what has opened.
    fn looks(&mut self, key: Key) {
        self.plan.push_back(Press { key, after_ms: LOOKS_MS });
    }

    fn types(&mut self, text: &str) {
        text.chars().for_each(|letter| self.presses(Key::Char(letter)));
    }

    fn sells(&mut self, plu: &str) {
        self.types(plu);
        self.presses(Key::Enter);
    }

    fn wish(&mut self, desk: &Desk, dice: &mut Dice) {
        let busy = desk.hand.order.is_some();
        let wishes: Vec<(u64, Wish)> =
            WISHES.iter().map(|(with, without, wish)| (if busy { *with } else { *without }, *wish)).collect();
        match dice.weighted(&wishes) {
            Wish::Sell => {
                let plu = dice.one_of(PLAIN);
                self.sells(plu);
            }
            Wish::SellSeveral => {
                self.types(&format!("{}*", dice.between(2, 12)));
                let plu = dice.one_of(PLAIN);
                self.sells(plu);
            }
            Wish::SellAsking => {
                let (plu, answers) = dice.one_of(ASKING);
                self.sells(plu);
                answers.iter().for_each(|letter| self.looks(Key::Char(*letter)));
                self.presses(Key::Enter);
            }
            Wish::SellCounted => {
                self.types(&format!("{}*", dice.between(1, 4)));
                let plu = dice.one_of(COUNTED);
                self.sells(plu);
                // What was refused still stands there.
                self.presses(Key::Esc);
                self.looks(Key::Home);
            }
            Wish::Count => {
                self.presses(Key::Ctrl('e'));
                let plu = dice.one_of(COUNTED);
                if dice.chance(700) {
                    self.types(&format!("{}*", dice.between(0, 15)));
                }
                self.types(plu);
                self.presses(Key::Enter);
            }
            Wish::Modify => {
                let plu = dice.one_of(OFFERING);
                self.sells(plu);
                self.presses(Key::Char('/'));
                let letter = dice.one_of(&['A', 'B', 'C']);
                self.looks(Key::Char(letter));
                self.presses(Key::Enter);
            }
            Wish::More => self.presses(Key::Char('+')),
            Wish::Less => self.presses(Key::Char('-')),
            Wish::Move => {
                let key = dice.one_of(&[Key::Up, Key::Down]);
                self.presses(key);
            }
            Wish::Void => {
                self.presses(Key::F(6));
                let reason = dice.one_of(&['A', 'B', 'C']);
                if desk.hand.line().is_some_and(|line| line.is_sent()) {
                    self.looks(Key::Char(reason));
                }
            }
            Wish::VoidOrder => {
                self.presses(Key::F(10));
                self.looks(Key::Char('C'));
                self.looks(Key::Char('A'));
            }
            Wish::Undo => self.presses(Key::F(12)),
            Wish::Send => self.presses(Key::F(3)),
            Wish::Hold => self.presses(Key::F(8)),
            Wish::Recall => {
                self.presses(Key::F(2));
                if dice.chance(700) {
                    self.presses(Key::End);
                }
                for _ in 0..dice.below(4) {
                    let key = dice.one_of(&[Key::Up, Key::Down]);
                    self.presses(key);
                }
                self.presses(Key::Enter);
            }
            Wish::Pay => {
                self.presses(Key::F(4));
                self.looks(Key::Enter);
                self.looks(Key::Enter);
            }
            Wish::PayPart => {
                self.presses(Key::F(4));
                self.types(&dice.between(1, 9).to_string());
                self.looks(Key::Enter);
            }
            Wish::PayCard => {
                self.presses(Key::F(4));
                self.looks(Key::F(5));
                self.looks(Key::Enter);
                self.presses(Key::Enter);
            }
            Wish::Type => {
                self.presses(Key::F(5));
                let letter = dice.one_of(&['A', 'B', 'C']);
                self.looks(Key::Char(letter));
                self.types(dice.one_of(self.names));
                self.presses(Key::Enter);
                self.presses(Key::Enter);
            }
            Wish::Note => {
                self.presses(Key::F(7));
                self.types(dice.one_of(&["no salt", "hot", "ñandú"]));
                self.presses(Key::Enter);
            }
            Wish::Advance => {
                self.presses(Key::F(10));
                self.looks(Key::Char('I'));
                for _ in 0..dice.below(5) {
                    self.presses(Key::Down);
                }
                self.presses(Key::Enter);
                if dice.chance(400) {
                    self.presses(Key::Char('A'));
                }
            }
            Wish::Refund => {
                self.presses(Key::F(2));
                self.presses(Key::Tab);
                self.presses(Key::F(5));
                self.looks(Key::F(5));
                self.looks(Key::Char('A'));
                self.presses(Key::Enter);
                self.looks(Key::Char('B'));
            }
            Wish::Receipt => {
                self.presses(Key::F(10));
                self.looks(Key::Char('B'));
            }
            Wish::Lock => self.presses(Key::F(11)),
            Wish::LookAround => {
                let key = dice.one_of(&[Key::F(1), Key::F(10), Key::Right, Key::PageDown, Key::Ctrl('e')]);
                self.presses(key);
            }
        }
    }
}
