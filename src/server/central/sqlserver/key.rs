//! How an id is kept so that SQL Server compares it as everybody else does: byte by byte.
//!
//! Even in a binary collation SQL Server takes two texts for the same that differ in spaces at their ends alone, thinks
//! of the shorter one as filled up with spaces, and orders letters by UTF-16: those beyond U+FFFF come before U+E000.
//! So in ids, which are keys and are listed in the order of their bytes, the letters that this touches are written as
//! two. The order of what is written is that of the bytes of what was meant, in UTF-8 and in UTF-16 alike; ids without
//! spaces, exclamation marks and rare letters are kept as they are.

use super::line::Trouble;
pub(super) use crate::server::central::books::{maybe, text};
use crate::server::limits::{SQLSERVER_ID_UNITS, SQLSERVER_LOCATION_UNITS, SQLSERVER_NAME_UNITS};
use std::borrow::Cow;

/// What stands before a letter up to this one, and is it.
const LOW: char = '!';
/// What stands before a letter from U+E000 to U+FFFF, and for itself.
const HIGH: char = '\u{d7ff}';
/// The first of the letters that follow either: higher than all that is written as two.
const FIRST: u32 = 0x22;

/// An id as it is kept, also where nothing of that name can be kept: there it is compared only.
pub(super) fn key(id: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter > LOW && letter < HIGH || letter > '\u{ffff}';
    if id.chars().all(is_plain) {
        return Cow::Borrowed(id);
    }
    let mut kept = String::with_capacity(id.len() + 8);
    for letter in id.chars() {
        let code = u32::from(letter);
        let (before, of) = match letter {
            it if is_plain(it) => {
                kept.push(it);
                continue;
            }
            ..=LOW => (LOW, FIRST + code),
            HIGH => (HIGH, FIRST),
            _ => (HIGH, FIRST + 1 + code - 0xe000),
        };
        kept.push(before);
        kept.extend(char::from_u32(of));
    }
    Cow::Owned(kept)
}

/// The id that is kept as this.
pub(super) fn id_of(kept: &str) -> Result<String, Trouble> {
    let mut id = String::with_capacity(kept.len());
    let mut letters = kept.chars();
    while let Some(letter) = letters.next() {
        if letter != LOW && letter != HIGH {
            id.push(letter);
            continue;
        }
        let nth = letters.next().and_then(|it| u32::from(it).checked_sub(FIRST));
        let meant = nth.and_then(|nth| match (letter, nth) {
            (LOW, _) => char::from_u32(nth).filter(|it| *it <= LOW),
            (_, 0) => Some(HIGH),
            (_, _) => char::from_u32(0xe000 + nth - 1).filter(|it| *it <= '\u{ffff}'),
        });
        id.push(meant.ok_or_else(|| Trouble::Unreadable(format!("`{kept}` is no id as it is kept")))?);
    }
    Ok(id)
}

/// What comes right after an id: nothing lies between the two, for no id has a letter of number 0.
pub(super) fn after(id: &str) -> String {
    format!("{}!\"", key(id))
}

/// What comes after every id that can be kept.
pub(super) fn end() -> String {
    "\u{10ffff}".repeat(SQLSERVER_ID_UNITS / 2 + 1)
}

/// How many letters SQL Server counts in a text.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Whether something can be kept under this id.
pub(super) fn is_possible(id: &str) -> bool {
    id.len() <= SQLSERVER_ID_UNITS / 2 || units(&key(id)) <= SQLSERVER_ID_UNITS
}

fn within(what: &str, id: &str, most: usize) -> Result<String, Trouble> {
    let kept = key(id);
    if units(&kept) <= most {
        return Ok(kept.into_owned());
    }
    let start: String = id.chars().take(40).collect();
    let why = format!("{what} `{start}...` is too long for SQL Server, whose indexes take {most} letters of it");
    Err(Trouble::Refused(why))
}

/// The id of a document, to be written.
pub(super) fn id(what: &str, id: &str) -> Result<String, Trouble> {
    within(what, id, SQLSERVER_ID_UNITS)
}

/// A shorter name, of which an index may hold two.
pub(super) fn name(what: &str, name: &str) -> Result<String, Trouble> {
    within(what, name, SQLSERVER_NAME_UNITS)
}

/// A location or a device.
pub(super) fn place(what: &str, name: &str) -> Result<String, Trouble> {
    within(what, name, SQLSERVER_LOCATION_UNITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// How SQL Server orders texts in a binary collation: by UTF-16, the shorter one filled up with spaces.
    fn as_sql_server(text: &str, length: usize) -> Vec<u16> {
        text.encode_utf16().chain(std::iter::repeat(0x20)).take(length).collect()
    }

    #[test]
    fn ids_are_kept_as_they_are_but_for_letters_that_are_compared_otherwise() {
        // id, how it is kept
        let rows = [
            ("order_018f3c5e-0000-7000-8000-000000000001", "order_018f3c5e-0000-7000-8000-000000000001"),
            ("_design/menu", "_design/menu"),
            ("Zoë🍲", "Zoë🍲"),
            ("a b", "a!Bb"),
            ("a ", "a!B"),
            ("!", "!C"),
            ("\0", "!\""),
            ("\u{d7ff}", "\u{d7ff}\""),
            ("\u{e000}", "\u{d7ff}#"),
            ("\u{ffff}", "\u{d7ff}\u{2022}"),
            ("", ""),
        ];
        for (id, kept) in rows {
            assert_eq!(key(id), kept, "{id:?}");
            assert_eq!(id_of(kept).unwrap(), id);
        }
        for wrong in ["!", "! ", "!D", "\u{d7ff}", "\u{d7ff}\u{2023}"] {
            assert!(id_of(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_and_never_cut() {
        assert_eq!(id("the document", &"x".repeat(700)).unwrap().len(), 700);
        let told = format!("{:?}", id("the document", &"x".repeat(701)).unwrap_err());
        assert!(told.contains("the document `xxxx") && told.contains("700 letters"), "{told}");
        // id, whether it can be kept
        let rows =
            [("x".repeat(700), true), ("x".repeat(701), false), ("🍲".repeat(250), true), (" ".repeat(351), false)];
        for (id, possible) in rows {
            assert_eq!(is_possible(&id), possible, "{}", id.len());
        }
        assert!(name("the tax", &"x".repeat(351)).is_err() && place("the location", &"x".repeat(65)).is_err());
    }

    proptest! {
        #[test]
        fn kept_ids_are_ordered_by_the_bytes_of_what_they_mean(
            a in "[ -#a\u{1}\u{d7fe}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{0,5}",
            b in "[ -#a\u{1}\u{d7fe}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{0,5}",
        ) {
            let (kept_a, kept_b) = (key(&a), key(&b));
            prop_assert_eq!(id_of(&kept_a).unwrap(), a.as_str());
            let bytes = a.as_bytes().cmp(b.as_bytes());
            prop_assert_eq!(kept_a.as_bytes().cmp(kept_b.as_bytes()), bytes, "as Babelfish orders them");
            let filled = |text: &str| as_sql_server(text, 24);
            prop_assert_eq!(filled(&kept_a).cmp(&filled(&kept_b)), bytes, "as SQL Server does");
            // Nothing lies between an id and what comes after it.
            let (after_a, is_after) = (after(&a), bytes.is_lt());
            prop_assert_eq!(filled(&kept_b) >= filled(&after_a), is_after);
            prop_assert_eq!(kept_b.as_bytes() >= after_a.as_bytes(), is_after);
            prop_assert!(filled(&kept_a) < filled(&end()) && *kept_a < *end());
        }
    }
}
