//! A customer whom the house knows by name, and the words by which one is found while somebody types.

use super::id::CustomerId;
use super::limits::{FOUND_BY_WORDS_MAX, NATIONAL_DIGITS_MIN, PHONE_DIGITS_MAX, PHONE_DIGITS_MIN};
use super::search::folded;
use super::time::Timestamp;
use std::collections::BTreeSet;

/// Somebody who orders by phone or comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Which customer, everywhere and for ever.
    pub customer_id: CustomerId,
    /// What they are called, and how they are reached.
    pub contact: Contact,
    /// When they were first written down.
    pub created_at: Timestamp,
    /// When that last changed.
    pub updated_at: Timestamp,
}

/// What is said of a delivery that nobody could bring anywhere.
pub const NO_ADDRESS: &str = "no address yet";

/// What a customer is called, and how they are reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// What they are called.
    pub name: String,
    /// Where they are rung up.
    pub phone: Option<String>,
    /// Where deliveries go: street and number.
    pub address: Option<String>,
    /// Postcode and town.
    pub city: Option<String>,
    /// What the house should know: the floor, the bell.
    pub note: Option<String>,
}

impl Contact {
    /// The names of the fields in which two differ.
    pub fn differing(&self, other: &Contact) -> Vec<&'static str> {
        let all = [
            ("name", self.name != other.name),
            ("phone", self.phone != other.phone),
            ("address", self.address != other.address),
            ("city", self.city != other.city),
            ("note", self.note != other.note),
        ];
        all.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }

    /// Where deliveries go, line by line; none when nobody could bring anything there.
    pub fn address_lines(&self) -> Vec<&str> {
        self.address.iter().chain(&self.city).map(String::as_str).collect()
    }

    /// The words by which it is found: those of the name, folded as items' names are, and the digits of the phone from
    /// each digit on, as long as there are [`PHONE_DIGITS_MIN`].
    pub fn words(&self) -> BTreeSet<String> {
        let digits = digits(self.phone.as_deref().unwrap_or_default());
        let digits: String = digits.chars().take(PHONE_DIGITS_MAX).collect();
        let ends = digits.len().saturating_sub(PHONE_DIGITS_MIN - 1);
        let phone = (0..ends).map(|from| digits[from..].to_owned());
        folded(&self.name).into_iter().take(FOUND_BY_WORDS_MAX).chain(phone).collect()
    }
}

/// What somebody typed to find a customer: each of these must begin one of the customer's words. Of one there may be
/// several spellings, the likeliest first; there is more than one of a phone number alone.
pub fn wanted(typed: &str) -> Vec<Vec<String>> {
    if !typed.chars().any(char::is_alphabetic) {
        let spellings = phone_spellings(typed);
        return if spellings.is_empty() { Vec::new() } else { vec![spellings] };
    }
    folded(typed).into_iter().take(FOUND_BY_WORDS_MAX).map(|word| vec![word]).collect()
}

/// A number as it may have been written down: as it was typed, without the zero that is dialled before it at home, and
/// without its country code.
fn phone_spellings(typed: &str) -> Vec<String> {
    let all = digits(typed);
    let bare = all.trim_start_matches('0');
    let is_abroad = typed.trim_start().starts_with('+') || all.starts_with("00");
    let mut spellings = vec![all.clone(), bare.to_owned()];
    if is_abroad {
        // +33 (0)6: the zero that is dialled at home, all the same.
        let national = bare.get(country_code_digits(bare)..).map(|it| it.trim_start_matches('0'));
        spellings.extend(national.filter(|it| it.len() >= NATIONAL_DIGITS_MIN).map(str::to_owned));
    }
    let mut seen = BTreeSet::new();
    spellings.retain(|it| !it.is_empty() && seen.insert(it.clone()));
    spellings
}

/// How many digits of an international number are its country code (ITU-T E.164, list of 2016).
fn country_code_digits(number: &str) -> usize {
    const TWO: [&str; 44] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
        "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
        "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    match number.get(..2) {
        Some(code) if code.starts_with(['1', '7']) => 1,
        Some(code) if TWO.contains(&code) => 2,
        Some(_) | None => 3,
    }
}

/// The digits of a phone number, whatever stands between them.
pub fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

/// Whether a text is a phone number: digits, and between them nothing but what people write there.
pub fn is_phone(text: &str) -> bool {
    let count = digits(text).len();
    (PHONE_DIGITS_MIN..=PHONE_DIGITS_MAX).contains(&count)
        && text.chars().all(|it| it.is_ascii_digit() || " +-()./".contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, phone: &str, typed: &str) -> bool {
        let phone = Some(phone.to_owned()).filter(|it| !it.is_empty());
        let words = Contact { name: name.into(), phone, ..Contact::default() }.words();
        let wanted = wanted(typed);
        let begins = |spelling: &String| words.iter().any(|word| word.starts_with(spelling));
        !wanted.is_empty() && wanted.iter().all(|spellings| spellings.iter().any(begins))
    }

    #[test]
    fn a_customer_is_found_by_beginnings_of_the_name_and_by_the_digits_of_the_phone() {
        // name, phone, what is typed, whether it is found
        let rows = [
            ("Ana Ruiz", "", "ana", true),
            ("Ana Ruiz", "", "rui", true),
            ("Ana Ruiz", "", "ruiz an", true),
            ("Ana Ruiz", "", "uiz", false),
            ("Ana Ruiz", "", "ana lopez", false),
            ("Zoë Müller-Groß", "", "muller", true),
            ("Zoë Müller-Groß", "", "GROSS zo", true),
            ("Zoe", "", "zoë", true),
            ("O'Brien", "", "obrien", true),
            // Digits count, whatever stands between them.
            ("Ana", "06 12 34 56 78", "0612", true),
            ("Ana", "06 12 34 56 78", "06 12-34", true),
            ("Ana", "06-12.34/56 (78)", "061234", true),
            ("Ana", "0612345678", "5678", true),
            ("Ana", "0612345678", "3456", true),
            ("Ana", "0612345678", "0613", false),
            // A country code on one side.
            ("Ana", "+33 6 12 34 56 78", "0612", true),
            ("Ana", "+33 6 12 34 56 78", "33612", true),
            ("Ana", "06 12 34 56 78", "+33 6 12 34 56 78", true),
            ("Ana", "06 12 34 56 78", "0033 6 12 34 56 78", true),
            ("Ana", "06 12 34 56 78", "+33 (0)6 12 34 56 78", true),
            ("Ana", "(212) 555-0134", "+1 212 555 0134", true),
            ("Ana", "021 123 456", "+351 21 123 456", true),
            ("Ana", "06 12 34 56 78", "+33 7 12 34 56 78", false),
            // Both.
            ("Ana Ruiz", "0612345678", "ana 0612", true),
            ("Ana Ruiz", "0612345678", "ana 0613", false),
            ("Ana", "", "", false),
            ("Ana", "0612345678", " - ", false),
        ];
        for (name, phone, typed, is_found) in rows {
            assert_eq!(found(name, phone, typed), is_found, "{name} {phone}: {typed}");
        }
    }

    #[test]
    fn words_have_an_end() {
        let contact = Contact { name: "ab ".repeat(500), phone: Some("123".repeat(500)), ..Contact::default() };
        assert_eq!(contact.words().len(), 1 + PHONE_DIGITS_MAX - PHONE_DIGITS_MIN + 1);
        let long: String = (0..60).map(|nth| format!("w{nth} ")).collect();
        assert_eq!(Contact { name: long.clone(), ..Contact::default() }.words().len(), FOUND_BY_WORDS_MAX);
        assert_eq!(wanted(&long).len(), FOUND_BY_WORDS_MAX);
    }

    #[test]
    fn a_phone_number_is_digits_and_what_stands_between() {
        for (text, is_one) in [
            ("0612345678", true),
            ("+33 (0)6 12-34.56/78", true),
            ("112", true),
            ("12", false),
            ("call me", false),
            ("0612 ext 5", false),
            ("", false),
            ("012345678901234567890", false),
            ("06\u{1b}12", false),
        ] {
            assert_eq!(is_phone(text), is_one, "{text}");
        }
    }
}
