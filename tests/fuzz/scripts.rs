//! Any text as a key script: it is understood, or every mistake has its place and can be shown. Nothing is played.

use comanda::script::parse::parse;

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let lines = text.lines().count();
    let Err(mistakes) = parse(text, "any.script") else { return };
    assert!(!mistakes.is_empty(), "nothing is said about what is wrong");
    for mistake in mistakes {
        assert!((1..=lines + 1).contains(&mistake.line) && mistake.column > 0, "{mistake}");
        // The script is the reader's own: however long its words are, they are told, with the tabs that it may hold.
        let is_plain = mistake.what.chars().all(|it| it == '\t' || !it.is_control());
        assert!(!mistake.what.is_empty() && is_plain, "{mistake}");
    }
}
