//! Every number of the domain that has an end, with its unit.

/// Most of one item on one line.
pub const QUANTITY_MAX: u32 = 999;
/// Most portions that a countdown begins with.
pub const PORTIONS_MAX: u32 = 999;
/// Most lines of one order, voided ones included.
pub const LINES_MAX: usize = 500;
/// Most modifiers picked on one line, each counted once whatever its quantity.
pub const MODIFIERS_MAX: usize = 60;
/// Most of one modifier on one line.
pub const MODIFIER_QUANTITY_MAX: u32 = 99;
/// Highest price of one item or modifier, in minor units.
pub const PRICE_MAX: i64 = 1_000_000_000;
/// Highest total of one order, in minor units: what nine places before the decimal point can show.
pub const TOTAL_MAX: i64 = 99_999_999_999;
/// Longest note, name, reason or reference, in characters.
pub const TEXT_CHARS_MAX: usize = 120;
/// Wrong PINs in a row before the register locks itself.
pub const PIN_TRIES: u32 = 5;
/// How long it locks the first time, in milliseconds; each further wrong PIN doubles it.
pub const LOCKOUT_FIRST_MS: i64 = 30_000;
/// How long it locks at most, in milliseconds.
pub const LOCKOUT_MAX_MS: i64 = 15 * 60_000;
/// Fewest digits of a PIN.
pub const PIN_DIGITS_MIN: usize = 4;
/// Most digits of a PIN.
pub const PIN_DIGITS_MAX: usize = 8;
/// Fewest digits of a phone number, and of a piece of one by which it is found.
pub const PHONE_DIGITS_MIN: usize = 3;
/// Most digits of a phone number: fifteen as ITU-T E.164 has it, with room for a prefix and an extension.
pub const PHONE_DIGITS_MAX: usize = 20;
/// Fewest digits that are left of a phone number without its country code.
pub const NATIONAL_DIGITS_MIN: usize = 6;
/// Most words of a name by which a customer is found, and most that are looked for.
pub const FOUND_BY_WORDS_MAX: usize = 8;
