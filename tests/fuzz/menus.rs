//! Any text as a menu's file: it is sold from, or every flaw can be shown.

use super::can_be_shown;
use comanda::document::menu::{read, write};

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match read(text) {
        Ok(menu) => assert_eq!(read(&write(&menu)), Ok(menu), "a menu reads back as it was written"),
        Err(flaws) => {
            assert!(!flaws.is_empty(), "nothing is said about what is wrong");
            flaws.iter().for_each(|flaw| can_be_shown(&flaw.place, &flaw.what));
        }
    }
}
