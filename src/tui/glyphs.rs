//! Which characters a terminal can show, and what stands there instead of the others.
//!
//! Each stands in the same cells as what it stands in for, so that nothing on a screen moves: one letter for a letter,
//! and a question mark a cell where nothing fits.

use crate::domain::letters::plain;

/// Which characters a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    /// All.
    Any,
    /// Those of Debian's console font Lat15-Terminus: [`CONSOLE`].
    Console,
    /// Those of ASCII that are printed.
    Ascii,
}

/// The characters that Lat15-Terminus has, as ranges in order. Source: the Unicode tables of
/// `/usr/share/consolefonts/Lat15-Terminus*.psf.gz` of Debian's console-setup-linux 1.221, which all hold the same.
/// Some look alike there: `═` and `━` as `─`, `╭` as `┌`, `✗` as `x`, `–` as `-`. The soft hyphen is left out.
pub const CONSOLE: &[(char, char)] = &[
    (' ', '~'),
    ('\u{a0}', '\u{ac}'),
    ('\u{ae}', 'ÿ'),
    ('Đ', 'Đ'),
    ('Ğ', 'ğ'),
    ('İ', 'ı'),
    ('Œ', 'œ'),
    ('Ş', 'š'),
    ('Ÿ', 'Ÿ'),
    ('Ž', 'ž'),
    ('ƒ', 'ƒ'),
    ('ˆ', 'ˆ'),
    ('ˉ', 'ˉ'),
    ('˜', '˜'),
    ('Α', 'Β'),
    ('Ε', 'Η'),
    ('Ι', 'Κ'),
    ('Μ', 'Ν'),
    ('Ο', 'Ο'),
    ('Ρ', 'Ρ'),
    ('Τ', 'Τ'),
    ('Χ', 'Χ'),
    ('μ', 'μ'),
    ('π', 'π'),
    ('Ё', 'Ё'),
    ('Ѕ', 'Ј'),
    ('А', 'А'),
    ('В', 'В'),
    ('Е', 'Е'),
    ('К', 'К'),
    ('М', 'О'),
    ('Р', 'Т'),
    ('Х', 'Х'),
    ('а', 'а'),
    ('е', 'е'),
    ('о', 'о'),
    ('р', 'с'),
    ('у', 'у'),
    ('х', 'х'),
    ('ё', 'ё'),
    ('ѕ', 'ј'),
    ('Ү', 'Ү'),
    ('\u{2000}', '\u{200a}'),
    ('‐', '―'),
    ('‘', '‚'),
    ('“', '„'),
    ('†', '•'),
    ('…', '…'),
    ('\u{202f}', '‰'),
    ('‹', '›'),
    ('‼', '‼'),
    ('ⁿ', 'ⁿ'),
    ('₧', '₧'),
    ('€', '€'),
    ('₮', '₮'),
    ('№', '№'),
    ('™', '™'),
    ('\u{212a}', '\u{212b}'),
    ('←', '↓'),
    ('∅', '∅'),
    ('∈', '∈'),
    ('−', '−'),
    ('∞', '∞'),
    ('∩', '∩'),
    ('≈', '≈'),
    ('≠', '≡'),
    ('≤', '≥'),
    ('≪', '≫'),
    ('⊕', '⊖'),
    ('⊘', '⊙'),
    ('⊛', '⊜'),
    ('①', '⑨'),
    ('Ⓐ', '⓪'),
    ('─', '╿'),
    ('█', '█'),
    ('░', '▒'),
    ('■', '■'),
    ('▮', '▮'),
    ('▲', '▲'),
    ('▴', '▴'),
    ('▶', '▶'),
    ('▸', '▸'),
    ('▼', '▼'),
    ('▾', '▾'),
    ('◀', '◀'),
    ('◂', '◂'),
    ('◈', '◈'),
    ('●', '●'),
    ('☐', '☒'),
    ('♦', '♦'),
    ('✗', '✘'),
    ('\u{2bbd}', '\u{2bbd}'),
    ('\u{fffd}', '\u{fffd}'),
];

/// What stands where nothing fits.
const UNKNOWN: char = '?';

impl Glyphs {
    /// Whether the terminal shows a character.
    pub fn has(self, letter: char) -> bool {
        match self {
            Glyphs::Any => true,
            Glyphs::Ascii => matches!(letter, ' '..='~'),
            Glyphs::Console => {
                let at = CONSOLE.partition_point(|(_, last)| *last < letter);
                CONSOLE.get(at).is_some_and(|(first, _)| *first <= letter)
            }
        }
    }

    /// What stands in the first and in the other cells of a symbol that the terminal does not show; `None` = it does.
    pub fn stand_in(self, symbol: &str) -> Option<(char, char)> {
        let mut letters = symbol.chars();
        let first = letters.next()?;
        let is_alone = letters.next().is_none();
        match self.has(first) {
            true if is_alone || self == Glyphs::Any => None,
            // A letter and marks above it that no font of a console puts together.
            true => Some((first, ' ')),
            false => match half_width(first).or_else(|| sign(first)).or_else(|| plain(first)?.chars().next()) {
                Some(stands) => Some((stands, ' ')),
                None => Some((UNKNOWN, UNKNOWN)),
            },
        }
    }
}

/// The ASCII character of which this is the wide form of East Asian typing.
fn half_width(letter: char) -> Option<char> {
    match letter {
        '\u{3000}' => Some(' '),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0),
        _ => None,
    }
}

/// A sign of ASCII for another one.
fn sign(letter: char) -> Option<char> {
    let between = |from: char, to: char| (from..=to).contains(&letter);
    if between('┌', '╋') || between('╒', '╰') {
        return Some('+');
    }
    SIGNS.iter().find(|(_, signs)| signs.contains(letter)).map(|&(sign, _)| sign)
}

// To add one: the sign of ASCII, then all that it stands in for.
const SIGNS: &[(char, &str)] = &[
    ('-', "─━═┄┅┈┉╌╍╴╶╸╺╼╾·‐‑‒–—―−"),
    ('|', "│┃║┆┇┊┋╎╏╵╷╹╻╽╿¦"),
    ('#', "█▓▒░■▮▀▄▌▐▁▂▃▅▆▇"),
    ('*', "•∙●◆◈★♦⟳↻∗"),
    ('o', "○◯□☐°º☆"),
    ('v', "✓✔☑↓▼▾"),
    ('x', "✗✘✕×☒╳"),
    ('^', "↑▲▴ˆ"),
    ('>', "→▶▸►›»⏎"),
    ('<', "←◀◂◄‹«⌫"),
    ('!', "⚠¡‼"),
    ('~', "…˜≈"),
    ('=', "☰≡"),
    ('\'', "‘’‛′´`ʹʻʼ"),
    ('"', "“”„‟″"),
    (',', "‚"),
    ('/', "÷⁄∕╱"),
    ('\\', "╲"),
    ('E', "€"),
    ('L', "£"),
    ('Y', "¥"),
    ('c', "¢©"),
    ('R', "®₨₹"),
    ('N', "№"),
    ('S', "§"),
    ('P', "¶"),
    ('a', "ª"),
    ('u', "µμ"),
    ('0', "⁰₀"),
    ('1', "¹₁"),
    ('2', "²₂"),
    ('3', "³₃"),
    (' ', "\u{a0}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200a}\u{202f}"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_consoles_characters_are_ranges_in_order_and_those_of_the_font() {
        assert!(CONSOLE.iter().all(|(first, last)| first <= last));
        assert!(CONSOLE.windows(2).all(|pair| pair[0].1 < pair[1].0), "has() looks them up by halves");
        let count: u32 = CONSOLE.iter().map(|(first, last)| u32::from(*last) - u32::from(*first) + 1).sum();
        assert_eq!(count, 527, "528 of the font, without the soft hyphen");
        for letter in " ~é€£½ßœ─│┌┐└┘├┤┴┬┼█░▒■●•→↑←↓…–✗".chars()
        {
            assert!(Glyphs::Console.has(letter), "{letter}");
        }
        for letter in "\t\u{7f}\u{ad}✓✔⚠⟳↻▄▀▌▐▓□○◆▁►◄★☰⏎⌫√łőΩЖ宫🍔".chars()
        {
            assert!(!Glyphs::Console.has(letter), "{letter}");
        }
    }

    #[test]
    fn what_a_terminal_lacks_has_a_stand_in_of_as_many_cells() {
        // symbol, on a console, in ASCII: its cells, or nothing when it is shown as it is
        let rows = [
            ("a", "", ""),
            ("é", "", "e "),
            ("ł", "l ", "l "),
            ("Æ", "", "A "),
            ("ő", "o ", "o "),
            ("e\u{301}", "e ", "e "),
            ("─", "", "- "),
            ("┌", "", "+ "),
            ("╰", "", "+ "),
            ("│", "", "| "),
            ("█", "", "# "),
            ("•", "", "* "),
            ("·", "", "- "),
            ("…", "", "~ "),
            ("€", "", "E "),
            ("✓", "v ", "v "),
            ("⚠", "! ", "! "),
            ("⟳", "* ", "* "),
            ("½", "", "??"),
            ("Ж", "??", "??"),
            ("宫", "??", "??"),
            ("🍔", "??", "??"),
            ("Ｎ", "N ", "N "),
            ("\u{3000}", "  ", "  "),
            ("\u{a0}", "", "  "),
        ];
        for (symbol, console, ascii) in rows {
            for (glyphs, cells) in [(Glyphs::Any, ""), (Glyphs::Console, console), (Glyphs::Ascii, ascii)] {
                let stands = glyphs.stand_in(symbol).map(|(first, rest)| [first, rest].iter().collect::<String>());
                assert_eq!(stands.unwrap_or_default(), cells, "{symbol} {glyphs:?}");
            }
        }
    }

    #[test]
    fn every_stand_in_is_shown_everywhere() {
        let letters = SIGNS.iter().flat_map(|(_, signs)| signs.chars());
        for letter in letters.chain('\u{a1}'..='\u{2fff}') {
            for glyphs in [Glyphs::Console, Glyphs::Ascii] {
                if let Some((first, rest)) = glyphs.stand_in(&letter.to_string()) {
                    assert!(Glyphs::Ascii.has(first) && Glyphs::Ascii.has(rest), "{letter}: {first}");
                }
            }
        }
    }
}
