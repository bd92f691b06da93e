//! Keys as values, free of any terminal library, and the names that key scripts give them.

/// One key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// A printing key, space included.
    Char(char),
    /// Alt with a printing key (also how a fast Esc and a key arrive).
    Alt(char),
    /// A function key, 1 to 12.
    F(u8),
    /// Enter, also of the number pad.
    Enter,
    /// Esc.
    Esc,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Up.
    Up,
    /// Down.
    Down,
    /// Left.
    Left,
    /// Right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// Ctrl and a letter, lower case.
    Ctrl(char),
}

const NAMED: &[(&str, Key)] = &[
    ("Enter", Key::Enter),
    ("Esc", Key::Esc),
    ("Backspace", Key::Backspace),
    ("Delete", Key::Delete),
    ("Tab", Key::Tab),
    ("Shift+Tab", Key::BackTab),
    ("Up", Key::Up),
    ("Down", Key::Down),
    ("Left", Key::Left),
    ("Right", Key::Right),
    ("PgUp", Key::PageUp),
    ("PgDn", Key::PageDown),
    ("Home", Key::Home),
    ("End", Key::End),
    ("Space", Key::Char(' ')),
];

impl Key {
    /// Reads a key's name in a script: `Enter`, `F3`, `Alt+2`, `Ctrl+c`, or one character.
    ///
    /// `None` when it names no key.
    pub fn named(name: &str) -> Option<Key> {
        if let Some((_, key)) = NAMED.iter().find(|(word, _)| *word == name) {
            return Some(*key);
        }
        let one = |text: &str| {
            let mut chars = text.chars();
            chars.next().filter(|_| chars.next().is_none())
        };
        if let Some(rest) = name.strip_prefix("Alt+") {
            return one(rest).map(Key::Alt);
        }
        if let Some(rest) = name.strip_prefix("Ctrl+") {
            return one(rest).map(|letter| Key::Ctrl(letter.to_ascii_lowercase()));
        }
        if let Some(number) = name.strip_prefix('F').and_then(|rest| rest.parse::<u8>().ok()) {
            return (1..=12).contains(&number).then_some(Key::F(number));
        }
        one(name).filter(|it| !it.is_control()).map(Key::Char)
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some((word, _)) = NAMED.iter().find(|(_, key)| key == self) {
            return out.write_str(word);
        }
        match self {
            Key::Char(letter) => write!(out, "{letter}"),
            Key::Alt(letter) => write!(out, "Alt+{letter}"),
            Key::Ctrl(letter) => write!(out, "Ctrl+{letter}"),
            Key::F(number) => write!(out, "F{number}"),
            other => unreachable!("{other:?} is in the table of names"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read_by_the_name_that_it_writes() {
        let plain = [Key::Char('a'), Key::Char('é'), Key::Char('+'), Key::Char('F'), Key::Alt('3'), Key::Ctrl('c')];
        let all = NAMED.iter().map(|(_, key)| *key).chain(plain).chain((1..=12).map(Key::F));
        for key in all {
            assert_eq!(Key::named(&key.to_string()), Some(key), "{key}");
        }
        for wrong in ["", "F0", "F13", "enter", "ab", "Ctrl+", "\u{1b}"] {
            assert_eq!(Key::named(wrong), None, "{wrong:?}");
        }
    }
}
