//! Who stands at the register, what they may do, and how many wrong PINs it takes before it locks.

use super::id::StaffId;
use super::limits::{LOCKOUT_FIRST_MS, LOCKOUT_MAX_MS, PIN_DIGITS_MAX, PIN_DIGITS_MIN, PIN_TRIES};
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What somebody is at this restaurant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sells.
    Cashier,
    /// Sells, and answers for voids, no-sales and what else needs a manager.
    Manager,
}

impl Role {
    /// The word on screen, in the store and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Role::Cashier => "cashier",
            Role::Manager => "manager",
        }
    }

    /// Reads [`Role::word`].
    pub fn from_word(word: &str) -> Option<Role> {
        [Role::Cashier, Role::Manager].into_iter().find(|role| role.word() == word)
    }

    /// Whether the role holds a permission. Everybody sells; what is named here is a manager's.
    pub fn may(self, permission: Permission) -> bool {
        match (self, permission) {
            (Role::Manager, _) => true,
            (Role::Cashier, Permission::VoidSent | Permission::VoidOrder) => false,
            (Role::Cashier, Permission::NoSale | Permission::Refund | Permission::CorrectTender) => false,
            (Role::Cashier, Permission::Review) => false,
        }
    }
}

/// What not everybody may do. A cashier gets it by a manager's PIN, in place and journaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Take back a line that a station has been told to make.
    VoidSent,
    /// Cancel a whole order that was sent.
    VoidOrder,
    /// Open the drawer without a sale.
    NoSale,
    /// Give money back.
    Refund,
    /// Book a payment under another tender.
    CorrectTender,
    /// Settle what the server, or a merge, could not.
    Review,
}

impl Permission {
    /// What it allows, as a sentence's object.
    pub fn words(self) -> &'static str {
        match self {
            Permission::VoidSent => "void a line that was sent",
            Permission::VoidOrder => "void an order that was sent",
            Permission::NoSale => "open the drawer without a sale",
            Permission::Refund => "give money back",
            Permission::CorrectTender => "correct how something was paid",
            Permission::Review => "settle what is in Review",
        }
    }
}

/// A member of staff. PINs are not here: they stay in the store, hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// Who.
    pub staff_id: StaffId,
    /// Name on screen and paper.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// Whether `pin` has the form of a PIN: 4 to 8 digits.
pub fn is_pin(pin: &str) -> bool {
    (PIN_DIGITS_MIN..=PIN_DIGITS_MAX).contains(&pin.len()) && pin.bytes().all(|b| b.is_ascii_digit())
}

/// Wrong PINs in a row at this register, and until when it takes no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lockout {
    /// Wrong PINs since the last right one.
    pub wrong: u32,
    /// No PIN is looked at before this instant.
    pub until: Option<Timestamp>,
}

impl Lockout {
    /// Milliseconds until the next try; `None` when one may try now.
    ///
    /// A clock that was set back cannot lock for longer than the longest lock.
    pub fn left_ms(self, now: Timestamp) -> Option<i64> {
        self.until.map(|until| until.millis_since(now)).filter(|&left| left > 0).map(|left| left.min(LOCKOUT_MAX_MS))
    }

    /// After one more wrong PIN: the fifth locks for 30 seconds, each further one for twice as long, up to 15 minutes.
    pub fn after_wrong(self, now: Timestamp) -> Lockout {
        let wrong = self.wrong.saturating_add(1);
        let until = (wrong >= PIN_TRIES).then(|| {
            let doubled = LOCKOUT_FIRST_MS << (wrong - PIN_TRIES).min(16);
            now.plus_millis(doubled.min(LOCKOUT_MAX_MS))
        });
        Lockout { wrong, until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifth_wrong_pin_locks_and_each_further_one_locks_longer() {
        let now = Timestamp::utc(0);
        let mut lockout = Lockout::default();
        let mut left = Vec::new();
        for _ in 0..12 {
            lockout = lockout.after_wrong(now);
            left.push(lockout.left_ms(now).unwrap_or(0) / 1000);
        }
        assert_eq!(left, [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(lockout.left_ms(now.plus_millis(900_000)), None);
        assert_eq!(lockout.left_ms(now.plus_millis(-1_000_000_000)), Some(900_000), "a clock set back");
    }

    #[test]
    fn a_pin_is_four_to_eight_digits() {
        for (pin, is) in [("1234", true), ("12345678", true), ("123", false), ("123456789", false), ("12a4", false)] {
            assert_eq!(is_pin(pin), is, "{pin}");
        }
    }
}
