//! One-time codes as people read them aloud and type them: four groups of four letters, none of which looks like
//! another.

use crate::domain::Entropy;
use crate::server::limits::CODE_LETTERS;

/// What a code is made of: no I, L, O or U, no 0 or 1.
const LETTERS: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many letters stand together.
const GROUP: usize = 4;

/// Makes a code: `K7MQ-2XWD-9RTB-4HVN`.
pub(super) fn fresh(dice: &mut Entropy) -> String {
    // 128 bits for 78: no letter is likelier than another by more than one in a hundred million million.
    let mut left = u128::from_be_bytes(dice.bytes());
    let mut code = String::new();
    for nth in 0..CODE_LETTERS {
        if nth > 0 && nth % GROUP == 0 {
            code.push('-');
        }
        let at = usize::try_from(left % 30).expect("less than 30");
        left /= 30;
        code.push(char::from(LETTERS[at]));
    }
    code
}

/// Reads a code as it was typed, to the form that is kept; `None` when it cannot be one.
pub(super) fn read(typed: &str) -> Option<String> {
    let mut code = String::new();
    for letter in typed.chars().filter(|it| !it.is_whitespace() && !['-', '\u{2010}', '\u{2013}'].contains(it)) {
        let letter = letter.to_ascii_uppercase();
        if code.len() == CODE_LETTERS || !letter.is_ascii() || !LETTERS.contains(&(letter as u8)) {
            return None;
        }
        code.push(letter);
    }
    (code.len() == CODE_LETTERS).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_typed_as_it_is_read_and_what_is_none_is_known() {
        let mut count = 0_u8;
        let mut dice = Entropy::new(move |bytes| {
            count = count.wrapping_add(1);
            bytes.iter_mut().enumerate().for_each(|(nth, it)| *it = count.wrapping_mul(37) ^ (nth as u8 * 11));
        });
        let (one, two) = (fresh(&mut dice), fresh(&mut dice));
        assert_ne!(one, two);
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [4; 4]);
        let kept = read(&one).unwrap();
        for typed in [one.to_lowercase(), one.replace('-', " "), one.replace('-', ""), format!(" {one}\n")] {
            assert_eq!(read(&typed).as_deref(), Some(kept.as_str()), "{typed}");
        }
        let all = "K7MQ-2XWD-9RTB-4HVN";
        for wrong in ["", "K7MQ", &all[1..], "K7MQ-2XWD-9RTB-4HVNN", "K7MQ-2XWD-9RTB-4HV0", "K7MQ-2XWD-9RTB-4HVÖ"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
