//! From keys to actions. Esc and a digit is a function key, for keyboards and lines that have none.

use super::Action;
use super::keys::Key;
use crate::domain::Timestamp;

/// How long Esc waits for the digit that makes it a function key, in milliseconds.
pub const ESC_WAIT_MS: i64 = 300;

/// Remembers a lone Esc for a moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keymap {
    esc_until: Option<Timestamp>,
}

impl Keymap {
    /// Takes a key and gives the actions that it completes, in order.
    pub fn press(&mut self, now: Timestamp, key: Key) -> Vec<Action> {
        let mut actions: Vec<Action> = self.expire(now).into_iter().collect();
        let after_esc = self.esc_until.take().is_some();
        match (after_esc, key) {
            (true, Key::Char(letter)) | (_, Key::Alt(letter)) => match function_key(letter) {
                Some(number) => actions.push(Action::Press(Key::F(number))),
                None => actions.extend([Action::Press(Key::Esc), Action::Press(Key::Char(letter))]),
            },
            (was_esc, Key::Esc) => {
                if was_esc {
                    actions.push(Action::Press(Key::Esc));
                } else {
                    self.esc_until = Some(now.plus_millis(ESC_WAIT_MS));
                }
            }
            (true, other) => actions.extend([Action::Press(Key::Esc), Action::Press(other)]),
            (false, other) => actions.push(Action::Press(other)),
        }
        actions
    }

    /// Gives the Esc that has waited long enough.
    pub fn expire(&mut self, now: Timestamp) -> Option<Action> {
        self.esc_until.take_if(|until| *until <= now).map(|_| Action::Press(Key::Esc))
    }

    /// Until when an Esc waits, if one does.
    pub fn waits_until(&self) -> Option<Timestamp> {
        self.esc_until
    }
}

fn function_key(letter: char) -> Option<u8> {
    match letter {
        '1'..='9' => Some(letter as u8 - b'0'),
        '0' => Some(10),
        '-' => Some(11),
        '=' => Some(12),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn esc_and_a_digit_is_a_function_key_and_esc_alone_stays_esc() {
        use Key::{Alt, Char, Enter, Esc, F};
        // keys with the milliseconds at which they come; what comes out by the end
        let rows: [(&[(i64, Key)], &[Key]); 8] = [
            (&[(0, Esc), (100, Char('3'))], &[F(3)]),
            (&[(0, Esc), (299, Char('0'))], &[F(10)]),
            (&[(0, Esc), (300, Char('3'))], &[Esc, Char('3')]),
            (&[(0, Esc), (10, Char('x'))], &[Esc, Char('x')]),
            (&[(0, Esc), (10, Enter)], &[Esc, Enter]),
            (&[(0, Esc), (10, Esc)], &[Esc]),
            (&[(0, Alt('-')), (10, Alt('='))], &[F(11), F(12)]),
            (&[(0, Char('3'))], &[Char('3')]),
        ];
        for (keys, out) in rows {
            let mut keymap = Keymap::default();
            let mut got = Vec::new();
            for (at, key) in keys {
                got.extend(keymap.press(Timestamp::utc(*at), *key));
            }
            got.extend(keymap.expire(Timestamp::utc(10_000)));
            let want: Vec<Action> = out.iter().map(|key| Action::Press(*key)).collect();
            assert_eq!(got, want, "{keys:?}");
        }
    }
}
