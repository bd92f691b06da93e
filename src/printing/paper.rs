//! A printer of our own, made of text: it takes the bytes that a real one takes and shows what came out of it.
//!
//! It shares nothing with the encoder but the code pages, and it is strict: a command that it does not know is an
//! error that names the bytes and where they stood. Sources: Epson, ESC/POS command reference; the TM-U220's for `ESC
//! r`.

use super::code_page::CodePage;
use unicode_width::UnicodeWidthStr;

/// How one stretch of text came out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Run {
    /// What it says.
    pub text: String,
    /// Heavier.
    pub bold: bool,
    /// White on black.
    pub inverse: bool,
    /// In the second colour of the ribbon.
    pub red: bool,
    /// How many times as wide as usual, 1 to 8.
    pub width: u8,
    /// How many times as high as usual, 1 to 8.
    pub height: u8,
}

/// One line as it came out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrintedLine {
    /// Its stretches, from the left.
    pub runs: Vec<Run>,
    /// Cells of white before it, from its justification.
    pub before: usize,
    /// The printer broke it because it was wider than the paper: a layout that does this is wrong.
    pub overflowed: bool,
}

impl PrintedLine {
    fn written(&self, marked: bool) -> String {
        let mut text = " ".repeat(self.before);
        for run in &self.runs {
            match marked && (run.inverse || run.red) {
                true => text.push_str(&format!("[{}]", run.text)),
                false => text.push_str(&run.text),
            }
        }
        text.trim_end().to_owned()
    }
}

/// One piece of paper, up to where it was cut.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Its lines, from the top.
    pub lines: Vec<PrintedLine>,
    /// Whether it was cut off; the last one of a printer may not be yet.
    pub is_cut: bool,
}

impl Sheet {
    /// What it says, a line a line; text of double width stands once, where it starts.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| line.written(false) + "\n").collect()
    }

    /// The same, with brackets around what is white on black, or red.
    pub fn marked_text(&self) -> String {
        self.lines.iter().map(|line| line.written(true) + "\n").collect()
    }
}

/// Bytes that are no command that this printer knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The bytes, as far as they were looked at.
    pub bytes: Vec<u8>,
    /// How many bytes the printer had taken before them.
    pub offset: usize,
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes: Vec<String> = self.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        write!(out, "no known command: {} at byte {}", bytes.join(" "), self.offset)
    }
}

impl std::error::Error for Unknown {}

/// What is wrong with the printer, as its sensors see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Condition {
    /// There is no paper. What arrives is kept until there is.
    pub paper_out: bool,
    /// Somebody has opened the cover. What arrives is kept until it is shut.
    pub cover_open: bool,
    /// The roll is near its end.
    pub paper_low: bool,
    /// The drawer stands open.
    pub drawer_open: bool,
}

impl Condition {
    fn stops(self) -> bool {
        self.paper_out || self.cover_open
    }
}

/// The printer: what it was told, what it has printed.
#[derive(Debug, Clone)]
pub struct Paper {
    columns: usize,
    starts_in_kanji: bool,
    condition: Condition,
    pending: Vec<u8>,
    taken: usize,
    page: CodePage,
    kanji: bool,
    ink: Run,
    justify: u8,
    line: PrintedLine,
    sheets: Vec<Sheet>,
    kicks: u32,
    buzzes: u32,
    replies: Vec<u8>,
    unknown: Vec<Unknown>,
}

/// What the first pending bytes are.
enum Read {
    /// The start of something longer.
    More,
    /// A command, so many bytes long.
    Known(usize),
    /// None, so many bytes long.
    Unknown(usize),
}

impl Paper {
    /// A printer with empty paper, `columns` wide, set to page 437.
    pub fn new(columns: usize) -> Paper {
        let ink = Run { width: 1, height: 1, ..Run::default() };
        Paper {
            columns,
            starts_in_kanji: false,
            condition: Condition::default(),
            pending: Vec::new(),
            taken: 0,
            page: CodePage::Pc437,
            kanji: false,
            ink,
            justify: 0,
            line: PrintedLine::default(),
            sheets: vec![Sheet::default()],
            kicks: 0,
            buzzes: 0,
            replies: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// The same, a Chinese model: it starts, also after `ESC @`, with two-byte characters, of which this one shows
    /// U+FFFD.
    pub fn starting_in_kanji(self) -> Paper {
        Paper { starts_in_kanji: true, kanji: true, ..self }
    }

    /// Takes bytes, in pieces of any size.
    ///
    /// # Errors
    /// The first [`Unknown`] of these bytes; it was passed over and all the rest was taken.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Unknown> {
        let known = self.unknown.len();
        self.pending.extend_from_slice(bytes);
        self.work();
        self.unknown.get(known).cloned().map_or(Ok(()), Err)
    }

    /// Changes what its sensors see; what waited for paper is printed as soon as there is some.
    pub fn set_condition(&mut self, condition: Condition) {
        self.condition = condition;
        self.work();
    }

    /// What its sensors see.
    pub fn condition(&self) -> Condition {
        self.condition
    }

    /// The papers that came out, and the one that is still in it if anything is on that.
    pub fn sheets(&self) -> &[Sheet] {
        match self.sheets.split_last() {
            Some((last, before)) if last.lines.is_empty() => before,
            Some(_) | None => &self.sheets,
        }
    }

    /// What all papers say, one below the other.
    pub fn text(&self) -> String {
        self.sheets.iter().map(Sheet::text).collect()
    }

    /// The same, with brackets around what is white on black, or red.
    pub fn marked_text(&self) -> String {
        self.sheets.iter().map(Sheet::marked_text).collect()
    }

    /// How often the drawer's pulse was sent.
    pub fn kicks(&self) -> u32 {
        self.kicks
    }

    /// How often the buzzer was told to sound.
    pub fn buzzes(&self) -> u32 {
        self.buzzes
    }

    /// Takes what it has to say: status bytes, and that it has printed so far.
    pub fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.replies)
    }

    /// All that it did not understand.
    pub fn unknown(&self) -> &[Unknown] {
        &self.unknown
    }

    /// Bytes that wait: for the rest of a command, or for paper.
    pub fn waiting_bytes(&self) -> usize {
        self.pending.len()
    }

    fn work(&mut self) {
        loop {
            if self.condition.stops() {
                self.answer_while_stopped();
                return;
            }
            if self.pending.is_empty() {
                return;
            }
            let len = match self.read() {
                Read::More => return,
                Read::Known(len) => len,
                Read::Unknown(len) => {
                    let bytes = self.pending[..len].to_vec();
                    self.unknown.push(Unknown { bytes, offset: self.taken });
                    len
                }
            };
            self.pending.drain(..len);
            self.taken += len;
        }
    }

    /// Without paper, only questions asked in real time are answered; all else waits.
    fn answer_while_stopped(&mut self) {
        while let Some(at) = self.pending.windows(3).position(|it| matches!(it, [0x10, 0x04, 1..=4])) {
            self.status(self.pending[at + 2]);
            self.pending.drain(at..at + 3);
            self.taken += 3;
        }
    }

    /// Reads and obeys what the first pending bytes say.
    fn read(&mut self) -> Read {
        let bytes = std::mem::take(&mut self.pending);
        let read = match bytes[0] {
            b'\n' => self.obey(1, |paper| paper.end_line()),
            b'\r' => Read::Known(1),
            0x10 => self.read_dle(&bytes),
            0x1b => self.read_esc(&bytes),
            0x1c => self.read_fs(&bytes),
            0x1d => self.read_gs(&bytes),
            0..0x20 | 0x7f => Read::Unknown(1),
            byte if self.kanji && byte >= 0x80 => match bytes.len() {
                1 => Read::More,
                _ => self.obey(2, |paper| paper.print(char::REPLACEMENT_CHARACTER)),
            },
            byte => self.obey(1, |paper| paper.print(paper.page.decode(byte))),
        };
        self.pending = bytes;
        read
    }

    fn obey(&mut self, len: usize, act: impl FnOnce(&mut Paper)) -> Read {
        act(self);
        Read::Known(len)
    }

    fn read_dle(&mut self, bytes: &[u8]) -> Read {
        match *bytes {
            [_, 0x04, n @ 1..=4, ..] => self.obey(3, |paper| paper.status(n)),
            [_, 0x05, 0..=2, ..] => Read::Known(3),
            [_, 0x14, 8, 1, 3, 20, 1, 6, 2, 8, ..] => Read::Known(10),
            [_, 0x14, 8, ..] if bytes.len() < 10 => Read::More,
            [] | [_] | [_, 0x04 | 0x05 | 0x14] => Read::More,
            [_, 0x04 | 0x05 | 0x14, _, ..] => Read::Unknown(3),
            [_, _, ..] => Read::Unknown(2),
        }
    }

    fn read_fs(&mut self, bytes: &[u8]) -> Read {
        match *bytes {
            [_, b'.', ..] => self.obey(2, |paper| paper.kanji = false),
            [_, b'&', ..] => self.obey(2, |paper| paper.kanji = true),
            [] | [_] => Read::More,
            [_, _, ..] => Read::Unknown(2),
        }
    }

    fn read_esc(&mut self, bytes: &[u8]) -> Read {
        match *bytes {
            [_, b'@', ..] => self.obey(2, Paper::reset),
            [_, b'2', ..] => Read::Known(2),
            [_, b't', number, ..] => match CodePage::from_number(number) {
                Some(page) => self.obey(3, |paper| paper.page = page),
                None => Read::Unknown(3),
            },
            [_, b'E', on, ..] => self.obey(3, |paper| paper.ink.bold = on & 1 == 1),
            [_, b'r', colour, ..] => self.obey(3, |paper| paper.ink.red = colour & 1 == 1),
            [_, b'!', mode, ..] => self.obey(3, |paper| {
                paper.ink.bold = mode & 0x08 != 0;
                paper.ink.height = if mode & 0x10 != 0 { 2 } else { 1 };
                paper.ink.width = if mode & 0x20 != 0 { 2 } else { 1 };
            }),
            [_, b'a', side @ (0..=2 | 48..=50), ..] => self.obey(3, |paper| paper.justify = side % 48),
            [_, b'd', lines, ..] => self.obey(3, |paper| paper.feed_lines(lines)),
            // Feeds dots: prints what is in the line, and counts as no line of its own.
            [_, b'J', _, ..] => self.obey(3, |paper| paper.feed_lines(1)),
            [_, b'-' | b'G' | b'M' | b'R' | b'3', _, ..] => Read::Known(3),
            [_, b'p', 0 | 1 | 48 | 49, _, _, ..] => self.obey(5, |paper| paper.kicks += 1),
            [_, b'B', _, _, ..] => self.obey(4, |paper| paper.buzzes += 1),
            [_, b'(', b'A', 3, 0, 97, _, _, ..] => self.obey(8, |paper| paper.buzzes += 1),
            [_, b'(', b'A', 4, 0, 48, _, _, _, ..] => self.obey(9, |paper| paper.buzzes += 1),
            [_, b'(', b'A', low, high, ..] if !matches!((low, high), (3 | 4, 0)) => Read::Unknown(5),
            [_, b'(', b'A', low, 0, function, ..] if !matches!((low, function), (3, 97) | (4, 48)) => Read::Unknown(6),
            [_, b'p', pin, ..] if !matches!(pin, 0 | 1 | 48 | 49) => Read::Unknown(3),
            [] | [_] | [_, b't' | b'E' | b'r' | b'!' | b'a' | b'd' | b'J' | b'-' | b'G' | b'M' | b'R' | b'3'] => {
                Read::More
            }
            [_, b'p' | b'B' | b'('] | [_, b'p' | b'B', _] | [_, b'p', _, _] | [_, b'(', b'A', ..] => Read::More,
            [_, b'a' | b'(', _, ..] => Read::Unknown(3),
            [_, _, ..] => Read::Unknown(2),
        }
    }

    fn read_gs(&mut self, bytes: &[u8]) -> Read {
        match *bytes {
            [_, b'B', on, ..] => self.obey(3, |paper| paper.ink.inverse = on & 1 == 1),
            [_, b'!', size, ..] if size & 0x88 == 0 => self.obey(3, |paper| {
                paper.ink.width = 1 + (size >> 4);
                paper.ink.height = 1 + (size & 0x07);
            }),
            [_, b'V', 0 | 1 | 48 | 49, ..] => self.obey(3, Paper::cut),
            [_, b'V', 65 | 66 | 97 | 98 | 103 | 104, _, ..] => self.obey(4, Paper::cut),
            [_, b'V', 65 | 66 | 97 | 98 | 103 | 104] => Read::More,
            [_, b'r', 1 | 2 | 4 | 49 | 50 | 52, ..] => self.obey(3, |paper| paper.replies.push(0)),
            [_, b'(', b'H', 6, 0, 48, 48, a, b, c, d, ..] => {
                self.obey(11, |paper| paper.replies.extend([0x37, 0x22, a, b, c, d, 0]))
            }
            [_, b'(', b'H', ..] if bytes.len() < 11 => Read::More,
            [_, b'b', _, ..] => Read::Known(3),
            [] | [_] | [_, b'B' | b'!' | b'V' | b'r' | b'(' | b'b'] => Read::More,
            [_, b'!' | b'V' | b'r' | b'(', _, ..] => Read::Unknown(3),
            [_, _, ..] => Read::Unknown(2),
        }
    }

    fn reset(&mut self) {
        self.ink = Run { width: 1, height: 1, ..Run::default() };
        self.justify = 0;
        self.page = CodePage::Pc437;
        self.kanji = self.starts_in_kanji;
        self.line = PrintedLine::default();
    }

    /// Answers `DLE EOT n`: bits 1 and 4 are always set, the others say what is wrong.
    fn status(&mut self, n: u8) {
        let now = self.condition;
        let bit = |on: bool, bit: u8| if on { bit } else { 0 };
        let says = match n {
            1 => bit(now.drawer_open, 0x04) | bit(now.stops(), 0x08),
            2 => bit(now.cover_open, 0x04) | bit(now.paper_out, 0x20),
            4 => bit(now.paper_low, 0x0c) | bit(now.paper_out, 0x60),
            _ => 0,
        };
        self.replies.push(0x12 | says);
    }

    fn print(&mut self, c: char) {
        let mut taken: usize = self.line.runs.iter().map(|run| run.text.width() * usize::from(run.width)).sum();
        if taken + usize::from(self.ink.width) > self.columns {
            self.line.overflowed = true;
            self.end_line();
            taken = 0;
        }
        debug_assert!(taken < self.columns.max(1));
        match self.line.runs.last_mut() {
            Some(run) if self.ink == (Run { text: String::new(), ..run.clone() }) => run.text.push(c),
            Some(_) | None => self.line.runs.push(Run { text: c.to_string(), ..self.ink.clone() }),
        }
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        let taken = line.runs.iter().map(|run| run.text.width() * usize::from(run.width)).sum();
        let white = self.columns.saturating_sub(taken);
        line.before = match self.justify {
            1 => white / 2,
            2 => white,
            _ => 0,
        };
        self.sheet().lines.push(line);
    }

    fn feed_lines(&mut self, lines: u8) {
        let started = usize::from(!self.line.runs.is_empty());
        for _ in 0..usize::from(lines).max(started) {
            self.end_line();
        }
    }

    fn cut(&mut self) {
        self.feed_lines(0);
        self.sheet().is_cut = true;
        self.sheets.push(Sheet::default());
    }

    fn sheet(&mut self) -> &mut Sheet {
        self.sheets.last_mut().expect("there is always a paper in it")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(bytes: &[u8]) -> Paper {
        let mut paper = Paper::new(32);
        paper.feed(bytes).unwrap();
        paper
    }

    #[test]
    fn text_and_styles_come_out_as_told() {
        // bytes, text, marked text
        let rows: [(&[u8], &str, &str); 9] = [
            (b"\x1b@Hola\n", "Hola\n", "Hola\n"),
            (b"\x1ba\x01mid\n\x1ba0left\n", "              mid\nleft\n", "              mid\nleft\n"),
            (b"\x1ba\x02end\n", "                             end\n", "                             end\n"),
            (b"a\x1dB\x01b\x1dB\x00c\n", "abc\n", "a[b]c\n"),
            (b"\x1br\x01V\x1br\x00v\n", "Vv\n", "[V]v\n"),
            (b"\x1ba\x01\x1d!\x11wide\n", "            wide\n", "            wide\n"),
            (b"\x9b\x1bt\x13\xd5\x1bt\x10\x80\n", "¢€€\n", "¢€€\n"),
            (b"x\x1bd\x02y\x1bJ\x20\x1bd\x01", "x\n\ny\n\n", "x\n\ny\n\n"),
            (b"\x1b!\x38b\x1b@c\n", "c\n", "c\n"),
        ];
        for (bytes, text, marked) in rows {
            let paper = printed(bytes);
            assert_eq!((paper.text().as_str(), paper.marked_text().as_str()), (text, marked), "{bytes:?}");
        }
    }

    #[test]
    fn every_style_is_kept_with_its_run() {
        let paper = printed(b"\x1bE\x01b\x1d!\x21s\x1bE\x00\x1b!\x30d\n");
        let runs: Vec<_> =
            paper.sheets()[0].lines[0].runs.iter().map(|it| (&*it.text, it.bold, it.width, it.height)).collect();
        assert_eq!(runs, [("b", true, 1, 1), ("s", true, 3, 2), ("d", false, 2, 2)]);
    }

    #[test]
    fn a_cut_of_any_form_begins_a_new_sheet() {
        for cut in [&b"\x1dV\x00"[..], b"\x1dV1", b"\x1dVA\x00", b"\x1dVB\x10", b"\x1dVa\x00", b"\x1dVh\x00"] {
            let paper = printed(&[b"one\n", cut, b"two"].concat());
            assert_eq!((paper.sheets().len(), paper.sheets()[0].is_cut), (1, true));
            let paper = printed(&[b"one\n", cut, b"two\n"].concat());
            assert_eq!(
                (paper.sheets().len(), paper.sheets()[1].text(), paper.sheets()[1].is_cut),
                (2, "two\n".into(), false)
            );
        }
    }

    #[test]
    fn drawers_and_buzzers_are_counted() {
        let paper =
            printed(b"\x1bp\x00\x19\xfa\x1bp1\x19\xfa\x1bB\x02\x02\x1b(A\x03\x00a\x01\x02\x1b(A\x04\x000\x37\x02\x05");
        assert_eq!((paper.kicks(), paper.buzzes(), paper.sheets().len()), (2, 3, 0));
    }

    #[test]
    fn a_pulse_without_its_times_swallows_two_bytes_as_real_printers_do() {
        assert_eq!(printed(b"\x1bp\x00Hola\n").text(), "la\n");
    }

    #[test]
    fn the_pieces_in_which_bytes_arrive_do_not_matter() {
        let text = b"\x1b@\x1c.\x1bt\x13\x1ba\x01\x1dB\x01 K \n\x1dB\x00\x1d!\x11caf\x82\n";
        let job = [&text[..], b"\x1dVB\x00\x1b(A\x03\x00a\x01\x02\x1d(H\x06\x0000abcd"].concat();
        let whole = printed(&job);
        for size in 1..job.len() {
            let mut paper = Paper::new(32);
            for piece in job.chunks(size) {
                paper.feed(piece).unwrap();
            }
            assert_eq!((paper.sheets(), paper.buzzes(), paper.waiting_bytes()), (whole.sheets(), 1, 0), "{size}");
            assert_eq!(paper.take_replies(), b"\x37\x22abcd\x00");
        }
    }

    #[test]
    fn what_is_no_command_is_named_with_its_place() {
        // bytes, unknown bytes, their place, what was printed none the less
        let rows: [(&[u8], &[u8], usize, &str); 9] = [
            (b"ab\x07c\n", b"\x07", 2, "abc\n"),
            (b"\x1bZc\n", b"\x1bZ", 0, "c\n"),
            (b"a\x1bt\x63c\n", b"\x1bt\x63", 1, "ac\n"),
            (b"\x1dk\n", b"\x1dk", 0, "\n"),
            (b"\x1dV\x05c\n", b"\x1dV\x05", 0, "c\n"),
            (b"\x1d!\x88c\n", b"\x1d!\x88", 0, "c\n"),
            (b"\x1cpc\n", b"\x1cp", 0, "c\n"),
            (b"\x1ba\x09c\n", b"\x1ba\x09", 0, "c\n"),
            (b"\x10\x01c\n", b"\x10\x01", 0, "c\n"),
        ];
        for (bytes, unknown, offset, text) in rows {
            let mut paper = Paper::new(32);
            assert_eq!(paper.feed(bytes), Err(Unknown { bytes: unknown.to_vec(), offset }), "{bytes:?}");
            assert_eq!((paper.text().as_str(), paper.unknown().len()), (text, 1));
        }
        let unknown = Unknown { bytes: vec![0x1b, 0x5a], offset: 7 };
        assert_eq!(unknown.to_string(), "no known command: 1b 5a at byte 7");
    }

    #[test]
    fn a_line_wider_than_the_paper_is_broken_and_remembered() {
        let paper = printed(b"\x1d!\x10seventeen letters\n");
        let lines = &paper.sheets()[0].lines;
        assert_eq!((lines.len(), lines[0].overflowed, lines[1].overflowed), (2, true, false));
        assert_eq!(paper.text(), "seventeen letter\ns\n");
    }

    #[test]
    fn a_chinese_printer_must_be_told_to_leave_its_characters() {
        let mut paper = Paper::new(32).starting_in_kanji();
        paper.feed(b"\x1b@caf\x82e\n\x1c.caf\x82e\n").unwrap();
        assert_eq!(paper.text(), "caf\u{fffd}\ncafée\n");
    }

    #[test]
    fn sensors_answer_and_hold_the_paper_back() {
        // what is wrong, answers to DLE EOT 1, 2, 3 and 4
        let ok = Condition::default();
        let rows = [
            (ok, [0x12, 0x12, 0x12, 0x12]),
            (Condition { paper_out: true, ..ok }, [0x1a, 0x32, 0x12, 0x72]),
            (Condition { cover_open: true, ..ok }, [0x1a, 0x16, 0x12, 0x12]),
            (Condition { paper_low: true, ..ok }, [0x12, 0x12, 0x12, 0x1e]),
            (Condition { drawer_open: true, ..ok }, [0x16, 0x12, 0x12, 0x12]),
        ];
        for (condition, answers) in rows {
            let mut paper = Paper::new(32);
            paper.set_condition(condition);
            paper.feed(b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04").unwrap();
            assert_eq!(paper.take_replies(), answers, "{condition:?}");
        }
        let mut paper = Paper::new(32);
        paper.set_condition(Condition { paper_out: true, ..ok });
        paper.feed(b"held\n\x10\x04\x04").unwrap();
        assert_eq!((paper.text().as_str(), paper.waiting_bytes(), paper.take_replies()), ("", 5, vec![0x72]));
        paper.set_condition(ok);
        assert_eq!((paper.text().as_str(), paper.waiting_bytes()), ("held\n", 0));
    }

    proptest::proptest! {
        // No file of failures: a failure becomes a row above.
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]
        #[test]
        fn no_bytes_bring_it_down_and_pieces_never_matter(bytes: Vec<u8>, at in 0_usize..100) {
            // Commands are rare among random bytes: each third one is made the start of one.
            let openers = [0x1b, 0x1d, 0x10, 0x1c];
            let opened = |(i, &it): (usize, &u8)| if i % 3 == 0 { openers[usize::from(it) % 4] } else { it };
            let bytes: Vec<u8> = bytes.iter().enumerate().map(opened).collect();
            let (mut whole, mut halves) = (Paper::new(32), Paper::new(32));
            let _ = whole.feed(&bytes);
            let (first, second) = bytes.split_at(at.min(bytes.len()));
            let (_, _) = (halves.feed(first), halves.feed(second));
            proptest::prop_assert_eq!(whole.sheets(), halves.sheets());
            proptest::prop_assert_eq!(whole.unknown(), halves.unknown());
            proptest::prop_assert_eq!((whole.kicks(), whole.buzzes()), (halves.kicks(), halves.buzzes()));
        }
    }
}
