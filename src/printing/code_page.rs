//! Code pages: which byte a printer takes for which character, and what stands in for the characters it lacks.
//!
//! The tables are ours because those of the escpos crate misplace characters. ASCII is never remapped. What a page
//! lacks is written with the letters it has (`€` as `EUR`, `ł` as `l`); what cannot be written so becomes `?`, one
//! for every cell of the character, so that columns stay aligned. Nothing that could command a printer comes out of
//! here.

use crate::domain::letters::plain;
use unicode_width::UnicodeWidthChar;

/// A table of 256 characters that a printer can be told to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodePage {
    /// The first PC's; every printer starts with it.
    Pc437,
    /// Western Europe, without the euro.
    Pc850,
    /// As 850, with the euro in place of the dotless i.
    Pc858,
    /// Windows, Western Europe.
    Wpc1252,
}

// Sources: the Unicode Consortium's mapping files CP437.TXT, CP850.TXT and CP1252.TXT, and IBM's CCSID 858; checked
// against Python's codecs. A place that a page leaves empty holds U+FFFD, which no text is ever mapped to.
const PC437: [&str; 8] = [
    "ÇüéâäàåçêëèïîìÄÅ",
    "ÉæÆôöòûùÿÖÜ¢£¥₧ƒ",
    "áíóúñÑªº¿⌐¬½¼¡«»",
    "░▒▓│┤╡╢╖╕╣║╗╝╜╛┐",
    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧",
    "╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀",
    "αßΓπΣσµτΦΘΩδ∞φε∩",
    "≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
];
const PC850: [&str; 8] = [
    "ÇüéâäàåçêëèïîìÄÅ",
    "ÉæÆôöòûùÿÖÜø£Ø×ƒ",
    "áíóúñÑªº¿®¬½¼¡«»",
    "░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐",
    "└┴┬├─┼ãÃ╚╔╩╦╠═╬¤",
    "ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀",
    "ÓßÔÒõÕµþÞÚÛÙýÝ¯´",
    "\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}",
];
const PC858: [&str; 8] = [
    "ÇüéâäàåçêëèïîìÄÅ",
    "ÉæÆôöòûùÿÖÜø£Ø×ƒ",
    "áíóúñÑªº¿®¬½¼¡«»",
    "░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐",
    "└┴┬├─┼ãÃ╚╔╩╦╠═╬¤",
    "ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀",
    "ÓßÔÒõÕµþÞÚÛÙýÝ¯´",
    "\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}",
];
const WPC1252: [&str; 8] = [
    "€\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}",
    "\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ",
    "\u{a0}¡¢£¤¥¦§¨©ª«¬\u{ad}®¯",
    "°±²³´µ¶·¸¹º»¼½¾¿",
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏ",
    "ÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß",
    "àáâãäåæçèéêëìíîï",
    "ðñòóôõö÷øùúûüýþÿ",
];

/// What a page leaves empty, and what a byte decodes to there.
const EMPTY: char = '\u{fffd}';

impl CodePage {
    /// All of them.
    pub const ALL: [CodePage; 4] = [CodePage::Pc437, CodePage::Pc850, CodePage::Pc858, CodePage::Wpc1252];

    /// Its name in the configuration.
    pub fn code(self) -> &'static str {
        match self {
            CodePage::Pc437 => "437",
            CodePage::Pc850 => "850",
            CodePage::Pc858 => "858",
            CodePage::Wpc1252 => "1252",
        }
    }

    /// Reads [`CodePage::code`].
    pub fn from_code(code: &str) -> Option<CodePage> {
        CodePage::ALL.into_iter().find(|page| page.code() == code)
    }

    /// The number that `ESC t` knows it by. Source: Epson, ESC/POS command reference, `ESC t`.
    pub fn number(self) -> u8 {
        match self {
            CodePage::Pc437 => 0,
            CodePage::Pc850 => 2,
            CodePage::Pc858 => 19,
            CodePage::Wpc1252 => 16,
        }
    }

    /// Reads [`CodePage::number`].
    pub fn from_number(number: u8) -> Option<CodePage> {
        CodePage::ALL.into_iter().find(|page| page.number() == number)
    }

    fn upper(self) -> &'static [&'static str; 8] {
        match self {
            CodePage::Pc437 => &PC437,
            CodePage::Pc850 => &PC850,
            CodePage::Pc858 => &PC858,
            CodePage::Wpc1252 => &WPC1252,
        }
    }

    /// The character that a byte prints; U+FFFD where the page has none.
    pub fn decode(self, byte: u8) -> char {
        match byte {
            0..=0x7f => char::from(byte),
            _ => {
                let row = self.upper()[usize::from(byte - 0x80) / 16];
                row.chars().nth(usize::from(byte) % 16).unwrap_or(EMPTY)
            }
        }
    }

    /// The bytes that print `text`, and the characters that none of the page's can stand in for, in order.
    ///
    /// Every byte is a printable one: control characters and terminal escape sequences are left out, line ends and tabs
    /// become spaces.
    pub fn encode(self, text: &str) -> (Vec<u8>, Vec<char>) {
        let (mut bytes, mut lost) = (Vec::with_capacity(text.len()), Vec::new());
        for c in clean(text).chars().map(half_width) {
            if c.is_ascii() {
                bytes.push(c as u8);
            } else if let Some(byte) = self.byte_of(c) {
                bytes.push(byte);
            } else if let Some(stand_in) = stand_in(c) {
                bytes.extend(stand_in.bytes());
            } else {
                lost.push(c);
                bytes.extend(std::iter::repeat_n(b'?', c.width().unwrap_or(1)));
            }
        }
        (bytes, lost)
    }

    /// The text as paper shows it: every character of the result is on the page and takes one cell.
    pub fn shown(self, text: &str) -> String {
        self.encode(text).0.into_iter().map(|byte| self.decode(byte)).collect()
    }

    fn byte_of(self, c: char) -> Option<u8> {
        let place = self.upper().iter().flat_map(|row| row.chars()).position(|it| it == c && it != EMPTY)?;
        u8::try_from(0x80 + place).ok()
    }
}

/// Takes out all that is not to be seen: control characters, escape sequences, marks without a cell of their own.
/// Line ends, tabs and the unbreakable space become spaces.
pub fn clean(text: &str) -> String {
    let (mut seen, mut rest) = (String::with_capacity(text.len()), text.chars());
    while let Some(c) = rest.next() {
        match c {
            '\x1b' => skip_sequence(&mut rest),
            '\u{9b}' => skip_to_final(&mut rest),
            '\n' | '\r' | '\t' | '\u{a0}' | '\u{2028}' | '\u{2029}' => seen.push(' '),
            '\u{ad}' => {}
            c if c.is_control() || c.width().unwrap_or(0) == 0 => {}
            c => seen.push(c),
        }
    }
    seen
}

/// Skips what an escape character opened: a control sequence (`[`), a string (`]`, `P`, `X`, `^`, `_`) or one
/// character.
fn skip_sequence(rest: &mut std::str::Chars<'_>) {
    match rest.clone().next() {
        Some('[') => {
            rest.next();
            skip_to_final(rest);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            let mut last = rest.next();
            for c in rest.by_ref() {
                if matches!(c, '\x07' | '\u{9c}') || (last == Some('\x1b') && c == '\\') {
                    return;
                }
                last = Some(c);
            }
        }
        Some(' '..='~') => {
            rest.next();
        }
        Some(_) | None => {}
    }
}

/// Skips a control sequence up to and with its final character; what cannot belong to one ends it and stays.
fn skip_to_final(rest: &mut std::str::Chars<'_>) {
    while let Some(c @ ' '..='~') = rest.clone().next() {
        rest.next();
        if matches!(c, '@'..='~') {
            return;
        }
    }
}

/// The ASCII character of which `c` is the wide form of East Asian typing (U+FF01 to U+FF5E), or `c`.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

/// Plain text that stands in for a character.
fn stand_in(c: char) -> Option<&'static str> {
    SIGNS.iter().find(|(_, chars)| chars.contains(c)).map(|&(plain, _)| plain).or_else(|| plain(c))
}

// To add one: the plain text, then all the characters that it stands in for.
const SIGNS: &[(&str, &str)] = &[
    ("'", "‘’‛′ʹʻʼ´`"),
    (",", "‚"),
    ("\"", "“”‟″„«»"),
    ("<", "‹"),
    (">", "›"),
    ("-", "‐‑‒–—―−─━═"),
    ("|", "│┃║¦"),
    ("+", "┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬†‡"),
    ("#", "█▓▒░■"),
    ("...", "…"),
    ("*", "•∙●★☆✓✔"),
    (".", "·"),
    ("x", "×✕✗✘"),
    (":", "÷"),
    ("/", "⁄∕"),
    ("->", "→"),
    ("<-", "←"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("JPY", "¥"),
    ("c", "¢"),
    ("Rs", "₨₹"),
    ("TL", "₺"),
    ("(c)", "©"),
    ("(R)", "®"),
    ("TM", "™"),
    ("No", "№"),
    ("S", "§"),
    ("P", "¶"),
    ("~", "˜≈"),
    ("^", "ˆ"),
    ("1/2", "½"),
    ("1/4", "¼"),
    ("3/4", "¾"),
    ("1/3", "⅓"),
    ("2/3", "⅔"),
    ("1/8", "⅛"),
    ("0/00", "‰"),
    ("0", "⁰₀"),
    ("1", "¹₁"),
    ("2", "²₂"),
    ("3", "³₃"),
    ("4", "⁴₄"),
    ("a", "ª"),
    ("o", "º"),
    ("u", "µ"),
    ("!", "¡"),
    ("?", "¿"),
    (" ", "\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200a}\u{202f}\u{3000}"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_those_of_the_standards() {
        // page, first byte, what sixteen bytes from there print: from Python's codecs cp437, cp850, cp858 and cp1252
        let rows = [
            (CodePage::Pc437, 0x80, "ÇüéâäàåçêëèïîìÄÅ"),
            (CodePage::Pc437, 0x90, "ÉæÆôöòûùÿÖÜ¢£¥₧ƒ"),
            (CodePage::Pc437, 0xe0, "αßΓπΣσµτΦΘΩδ∞φε∩"),
            (CodePage::Pc850, 0x90, "ÉæÆôöòûùÿÖÜø£Ø×ƒ"),
            (CodePage::Pc850, 0xd0, "ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀"),
            (CodePage::Pc858, 0xa0, "áíóúñÑªº¿®¬½¼¡«»"),
            (CodePage::Pc858, 0xd0, "ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀"),
            (CodePage::Pc858, 0xe0, "ÓßÔÒõÕµþÞÚÛÙýÝ¯´"),
            (CodePage::Wpc1252, 0x80, "€\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}"),
            (CodePage::Wpc1252, 0xe0, "àáâãäåæçèéêëìíîï"),
        ];
        for (page, first, printed) in rows {
            let read: String = (first..=first + 15).map(|byte| page.decode(byte)).collect();
            assert_eq!(read, printed, "{page:?} from {first:#x}");
        }
    }

    #[test]
    fn every_page_has_128_upper_characters_and_takes_each_back() {
        for page in CodePage::ALL {
            assert_eq!(page.upper().map(|row| row.chars().count()), [16; 8], "{page:?}");
            for byte in 0x80..=0xff {
                let c = page.decode(byte);
                if !matches!(c, EMPTY | '\u{a0}' | '\u{ad}') {
                    assert_eq!(page.encode(&c.to_string()), (vec![byte], vec![]), "{page:?} {c}");
                }
            }
        }
    }

    #[test]
    fn ascii_is_never_remapped() {
        let all: String = (' '..='~').collect();
        for page in CodePage::ALL {
            assert_eq!(page.encode(&all), (all.clone().into_bytes(), vec![]), "{page:?}");
        }
    }

    #[test]
    fn what_a_page_lacks_is_written_with_what_it_has() {
        // page, text, shown
        let rows = [
            (CodePage::Pc437, "Café ½ l 5 €", "Café ½ l 5 EUR"),
            (CodePage::Pc858, "Café ½ l 5 €", "Café ½ l 5 €"),
            (CodePage::Pc437, "“Łódź” — süß…", "\"Lódz\" - süß..."),
            (CodePage::Wpc1252, "“Łódź” — süß…", "“Lódz” — süß…"),
            (CodePage::Pc850, "kőris şiş œuf", "koris sis oeuf"),
            (CodePage::Pc437, "Phở bò, Đà Nẵng", "Pho bò, Dà Nang"),
            (CodePage::Pc858, "No\u{a0}break, soft\u{ad}hyphen", "No break, softhyphen"),
            (CodePage::Pc858, "e\u{301}", "e"),
            (CodePage::Pc858, "Ｎｏ（１）", "No(1)"),
        ];
        for (page, text, shown) in rows {
            assert_eq!(page.shown(text), shown, "{page:?}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_a_question_mark_a_cell_and_is_reported() {
        // text, shown, lost
        for (text, shown, lost) in
            [("牛肉 rice", "???? rice", "牛肉"), ("Ж1", "?1", "Ж"), ("🍔", "??", "🍔"), ("ok", "ok", "")]
        {
            let (bytes, missing) = CodePage::Pc858.encode(text);
            assert_eq!((bytes, missing.into_iter().collect::<String>()), (shown.as_bytes().to_vec(), lost.to_owned()));
        }
    }

    #[test]
    fn nothing_that_commands_a_printer_or_a_terminal_passes() {
        // text, shown
        let rows = [
            ("a\x1b[31mred\x1b[0m", "ared"),
            ("kick\x1bp\x00\x19\u{fa}", "kickú"),
            ("t\x1b]0;title\x07x", "tx"),
            ("t\x1bPq\x1b\\x", "tx"),
            ("two\nlines\tand\x00\x10\x04\x01 tab", "two lines and tab"),
            ("\u{9b}31mred\x7f", "red"),
            ("right\u{202e}to left", "rightto left"),
            ("end\x1b", "end"),
        ];
        for (text, shown) in rows {
            let (bytes, _) = CodePage::Pc437.encode(text);
            assert!(bytes.iter().all(|&byte| byte >= 0x20 && byte != 0x7f), "{text:?}");
            assert_eq!(CodePage::Pc437.shown(text), shown, "{text:?}");
        }
    }

    #[test]
    fn names_and_numbers_are_read_back() {
        for page in CodePage::ALL {
            assert_eq!(CodePage::from_code(page.code()), Some(page));
            assert_eq!(CodePage::from_number(page.number()), Some(page));
        }
        assert_eq!(CodePage::from_code("1250"), None);
    }
}
