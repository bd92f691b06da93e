//! A page: what is to be on the paper, row by row, for no device in particular.
//!
//! A page knows neither how wide the paper is nor which characters it can show. Both are handed in when the rows are
//! laid into lines; widths are counted after unshowable characters were replaced, so that columns stay aligned.

use super::code_page::clean;
use super::models::Printer;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How a row looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Style {
    /// Heavier.
    pub bold: bool,
    /// White on black, with a cell of black on either side.
    pub inverse: bool,
    /// Twice as high.
    pub double_height: bool,
    /// Twice as wide: half as many characters fit into a line.
    pub double_width: bool,
}

impl Style {
    /// As the printer starts.
    pub const PLAIN: Style = Style { bold: false, inverse: false, double_height: false, double_width: false };
    /// Heavier.
    pub const BOLD: Style = Style { bold: true, ..Style::PLAIN };
    /// Twice as high.
    pub const TALL: Style = Style { double_height: true, ..Style::PLAIN };
    /// Twice as high and as wide.
    pub const LARGE: Style = Style { double_height: true, double_width: true, ..Style::PLAIN };

    /// The same, heavier.
    pub const fn bold(self) -> Style {
        Style { bold: true, ..self }
    }

    /// The same, white on black.
    pub const fn inverse(self) -> Style {
        Style { inverse: true, ..self }
    }

    /// How many of its characters fit into a line of `columns`.
    fn cells(self, columns: usize) -> usize {
        if self.double_width { columns / 2 } else { columns }
    }
}

/// Where in its line a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Centre,
}

/// One thing that follows the other down the paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A text, wrapped on words.
    Text {
        /// What it says.
        text: String,
        /// How it looks.
        style: Style,
        /// Where it stands.
        align: Align,
        /// Cells before its first line.
        indent: usize,
        /// Cells before its further lines.
        hang: usize,
    },
    /// A text at the left edge, an amount at the right. The text wraps, the amount is never cut.
    Pair {
        /// At the left edge.
        left: String,
        /// At the right edge.
        right: String,
        /// How both look.
        style: Style,
        /// Cells before the first line of the text.
        indent: usize,
        /// Cells before its further lines.
        hang: usize,
    },
    /// A line across.
    Rule,
    /// So many empty lines.
    Feed(u8),
    /// The end of one paper.
    Cut,
    /// The pulse that opens the drawer.
    Pulse,
    /// The sound that calls the cook.
    Buzz,
}

/// What is to be on the paper.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    rows: Vec<Row>,
}

/// A row laid into lines that fit the paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Laid {
    /// One line; `text` fits and holds only what can be shown.
    Line { text: String, style: Style, align: Align },
    /// So many empty lines.
    Feed(u8),
    /// The end of one paper.
    Cut,
    /// The pulse that opens the drawer.
    Pulse,
    /// The sound that calls the cook.
    Buzz,
}

impl Page {
    /// An empty page.
    pub fn new() -> Page {
        Page::default()
    }

    /// What is on it.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Adds a text at the left edge.
    pub fn text(&mut self, text: impl Into<String>, style: Style) {
        self.indented(text, style, 0, 0);
    }

    /// Adds a text in the middle.
    pub fn centred(&mut self, text: impl Into<String>, style: Style) {
        self.rows.push(Row::Text { text: text.into(), style, align: Align::Centre, indent: 0, hang: 0 });
    }

    /// Adds a text that starts `indent` cells from the left edge, and goes on `hang` cells from it.
    pub fn indented(&mut self, text: impl Into<String>, style: Style, indent: usize, hang: usize) {
        self.rows.push(Row::Text { text: text.into(), style, align: Align::Left, indent, hang });
    }

    /// Adds a text at the left edge and an amount at the right.
    pub fn pair(&mut self, left: impl Into<String>, right: impl Into<String>, style: Style) {
        self.rows.push(Row::Pair { left: left.into(), right: right.into(), style, indent: 0, hang: 2 });
    }

    /// The same for what belongs to the line above.
    pub fn sub_pair(&mut self, left: impl Into<String>, right: impl Into<String>, style: Style) {
        self.rows.push(Row::Pair { left: left.into(), right: right.into(), style, indent: 2, hang: 4 });
    }

    /// Adds a line across.
    pub fn rule(&mut self) {
        self.rows.push(Row::Rule);
    }

    /// Adds empty lines.
    pub fn feed(&mut self, lines: u8) {
        self.rows.push(Row::Feed(lines));
    }

    /// Ends the paper.
    pub fn cut(&mut self) {
        self.rows.push(Row::Cut);
    }

    /// Opens the drawer.
    pub fn pulse(&mut self) {
        self.rows.push(Row::Pulse);
    }

    /// Calls the cook.
    pub fn buzz(&mut self) {
        self.rows.push(Row::Buzz);
    }

    /// The page as plain text on paper `columns` wide that shows every character. Text of double width stands once,
    /// where it starts; the cut, the pulse and the buzzer stand as `<cut>`, `<drawer>`, `<buzzer>`.
    pub fn to_text(&self, columns: usize) -> String {
        written(&self.lay(columns, clean), columns)
    }

    /// The page as plain text as that printer shows it.
    pub fn to_text_on(&self, printer: &Printer) -> String {
        written(&self.lay(printer.columns, |text| printer.code_page.shown(text)), printer.columns)
    }

    /// Lays the rows into lines of `columns`; `show` replaces what cannot be shown.
    pub(super) fn lay(&self, columns: usize, show: impl Fn(&str) -> String) -> Vec<Laid> {
        let mut laid = Vec::new();
        for row in &self.rows {
            match row {
                Row::Text { text, style, align, indent, hang } => {
                    let lines = lay_text(&show(text), *style, *indent, *hang, columns);
                    laid.extend(lines.into_iter().map(|text| Laid::Line { text, style: *style, align: *align }));
                }
                Row::Pair { left, right, style, indent, hang } => {
                    let (lines, style) = lay_pair(&show(left), &show(right), *style, (*indent, *hang), columns);
                    laid.extend(lines.into_iter().map(|text| Laid::Line { text, style, align: Align::Left }));
                }
                Row::Rule => {
                    laid.push(Laid::Line { text: "-".repeat(columns), style: Style::PLAIN, align: Align::Left });
                }
                Row::Feed(lines) => laid.push(Laid::Feed(*lines)),
                Row::Cut => laid.push(Laid::Cut),
                Row::Pulse => laid.push(Laid::Pulse),
                Row::Buzz => laid.push(Laid::Buzz),
            }
        }
        laid
    }
}

fn lay_text(text: &str, style: Style, indent: usize, hang: usize, columns: usize) -> Vec<String> {
    let cells = style.cells(columns);
    if style.inverse {
        let lines = wrap(text, cells.saturating_sub(2), cells.saturating_sub(2));
        return lines.into_iter().map(|line| format!(" {line} ")).collect();
    }
    indented(wrap(text, cells.saturating_sub(indent), cells.saturating_sub(hang)), indent, hang)
}

/// Lays a text and an amount into lines. Where even the amount alone is too wide, both are printed in normal width.
///
/// The amount stands beside the first line of the text; where that would leave the text less than half of the line,
/// below it.
fn lay_pair(left: &str, right: &str, style: Style, hung: (usize, usize), columns: usize) -> (Vec<String>, Style) {
    let right = right.trim();
    let style = if right.width() > style.cells(columns) { Style { double_width: false, ..style } } else { style };
    let (cells, (indent, hang)) = (style.cells(columns), hung);
    let lay_left = |room: usize| {
        let lines = wrap(left, room.saturating_sub(indent), room.saturating_sub(hang));
        indented(lines, indent, hang)
    };
    let room = if right.is_empty() { cells } else { cells.saturating_sub(right.width() + 1) };
    let mut lines = lay_left(room);
    let below = lines.len() > 1 && room < cells / 2;
    if below {
        lines = lay_left(cells);
    }
    match lines.first_mut().filter(|_| !below) {
        Some(first) => *first = flush_right(first, right, cells),
        None => lines.extend(wrap(right, cells, cells).into_iter().map(|line| flush_right("", &line, cells))),
    }
    (lines, style)
}

fn flush_right(left: &str, right: &str, cells: usize) -> String {
    let between = cells.saturating_sub(left.width() + right.width());
    format!("{left}{}{right}", " ".repeat(between)).trim_end().to_owned()
}

fn indented(lines: Vec<String>, indent: usize, hang: usize) -> Vec<String> {
    let before = |at: usize| " ".repeat(if at == 0 { indent } else { hang });
    lines.into_iter().enumerate().map(|(at, line)| before(at) + &line).collect()
}

/// Wraps on words into lines of `first` and then `rest` cells; only a word that is longer than a line is broken.
/// No text gives no line.
fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let is_first = lines.len() <= 1;
        let fits = |line: &str| line.width() + 1 + word.width() <= if is_first { first } else { rest };
        let mut line = match lines.pop() {
            None => String::new(),
            Some(line) if fits(&line) || word.width() > rest => line + " ",
            Some(line) => {
                lines.push(line);
                String::new()
            }
        };
        for c in word.chars() {
            let room = if lines.is_empty() { first } else { rest };
            if !line.is_empty() && line.width() + c.width().unwrap_or(0) > room {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
            }
            line.push(c);
        }
        lines.push(line);
    }
    lines
}

fn written(laid: &[Laid], columns: usize) -> String {
    let mut text = String::new();
    for row in laid {
        match row {
            Laid::Line { text: line, style, align } => {
                let before = match align {
                    Align::Left => 0,
                    Align::Centre => {
                        let taken = if style.double_width { 2 * line.width() } else { line.width() };
                        columns.saturating_sub(taken) / 2
                    }
                };
                text.push_str(format!("{}{line}", " ".repeat(before)).trim_end());
                text.push('\n');
            }
            Laid::Feed(lines) => text.extend(std::iter::repeat_n('\n', usize::from(*lines))),
            Laid::Cut => text.push_str("<cut>\n"),
            Laid::Pulse => text.push_str("<drawer>\n"),
            Laid::Buzz => text.push_str("<buzzer>\n"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::code_page::CodePage;
    use super::super::models::Model;
    use super::*;

    fn pair(columns: usize, left: &str, right: &str, style: Style) -> String {
        let mut page = Page::new();
        page.pair(left, right, style);
        page.to_text(columns)
    }

    #[test]
    fn names_wrap_on_words_and_amounts_are_never_cut() {
        // columns, name, amount, lines
        let rows = [
            (32, "2 Cheeseburger", "19.00", "2 Cheeseburger             19.00\n"),
            (24, "1 Slow roasted shoulder of lamb", "24.50", "1 Slow roasted     24.50\n  shoulder of lamb\n"),
            (24, "Exactly eighteen c", "24.50", "Exactly eighteen c 24.50\n"),
            (24, "Donaudampfschifffahrtsgesellschaft", "1.00", "Donaudampfschifffah 1.00\n  rtsgesellschaft\n"),
            (24, "Tax of the state", "1,234,567.00 9.00", "Tax of the state\n       1,234,567.00 9.00\n"),
            (24, "", "5.00", "                    5.00\n"),
            (24, "Only words", "", "Only words\n"),
            (24, "牛肉面", "12.00", "牛肉面             12.00\n"),
        ];
        for (columns, left, right, lines) in rows {
            assert_eq!(pair(columns, left, right, Style::PLAIN), lines, "{left}");
        }
    }

    #[test]
    fn double_width_halves_the_columns_until_an_amount_would_not_fit() {
        // columns, name, amount, lines
        let rows = [
            (32, "T1-0042", "TABLE 12", "T1-0042 TABLE 12\n"),
            (32, "T1-0042", "TAKE AWAY", "T1-0042\n       TAKE AWAY\n"),
            (24, "Total", "12345678901234", "Total     12345678901234\n"),
        ];
        for (columns, left, right, lines) in rows {
            assert_eq!(pair(columns, left, right, Style::LARGE), lines, "{left} {right}");
        }
    }

    #[test]
    fn texts_hang_and_stand_in_the_middle() {
        let mut page = Page::new();
        page.indented("+ extra mature cheddar from the valley", Style::PLAIN, 3, 5);
        page.centred("KITCHEN", Style::LARGE.inverse());
        page.rule();
        page.feed(1);
        page.text("", Style::PLAIN);
        page.cut();
        let expected =
            "   + extra mature\n     cheddar from the\n     valley\n    KITCHEN\n------------------------\n\n<cut>\n";
        assert_eq!(page.to_text(24), expected);
    }

    #[test]
    fn widths_are_those_of_what_the_printer_shows() {
        let printer = Printer::new("p", Model::named("generic-58").unwrap()).with_columns(24);
        let mut page = Page::new();
        page.pair("1 牛肉面", "€5.00", Style::PLAIN);
        page.pair("1 Café…", "½ €", Style::PLAIN);
        assert_eq!(page.to_text_on(&printer), "1 ??????           €5.00\n1 Café...            ½ €\n");
        let old = printer.with_code_page(CodePage::Pc437);
        assert_eq!(page.to_text_on(&old), "1 ??????         EUR5.00\n1 Café...          ½ EUR\n");
    }

    #[test]
    fn no_line_is_wider_than_the_paper() {
        let words = ["a", "four", "Schiffahrt", "牛肉", "a-word-that-is-longer-than-any-line-of-this-paper", "½"];
        for columns in [24, 32, 33, 42, 48] {
            for (at, style) in
                [Style::PLAIN, Style::LARGE, Style::TALL.inverse(), Style::LARGE.inverse()].into_iter().enumerate()
            {
                let text: Vec<&str> = words.iter().cycle().skip(at).step_by(2).take(20).copied().collect();
                let mut page = Page::new();
                page.text(text.join(" "), style);
                page.pair(text.join(" "), "1234.00", style);
                page.indented(text.join(" "), style, 3, 5);
                for laid in page.lay(columns, clean) {
                    let Laid::Line { text, style, .. } = laid else { panic!("only lines were asked for") };
                    assert!(text.width() <= style.cells(columns), "{columns}: {text:?}");
                }
            }
        }
    }
}
