//! What a frame is to the terminal: as few bytes as may be, in one piece, and of escape sequences only those that the
//! oldest of our terminals knows or leaves alone.
//!
//! crossterm's own hand is not used: it says even the 16 colours as 38;5;n, says colours to terminals that have none,
//! and takes attributes back one by one, which a vt100 does not know.

use crate::tui::theme::Mode;
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::os::fd::AsFd;

/// A terminal that is drawn on.
pub(super) type Screen = Terminal<Pen<File>>;

/// The terminal of this process, as blank as [`enter`](super::terminal::Terminal::enter) left it.
pub(super) fn screen(mode: Mode) -> io::Result<Screen> {
    // Not as `Stdout`, which would send a frame line by line.
    Terminal::new(Pen::new(File::from(io::stdout().as_fd().try_clone_to_owned()?), mode))
}

/// One synchronized update, so that terminals that know it never show half of a frame.
const BEGIN_UPDATE: &[u8] = b"\x1b[?2026h";
const END_UPDATE: &[u8] = b"\x1b[?2026l";

/// Gathers a frame and hands it over when it is whole, in one piece: on a network each piece would be a packet.
#[derive(Debug)]
pub struct Pen<W> {
    ink: Vec<u8>,
    out: W,
    colours: bool,
    /// Nobody sees the cursor; it need not be said again with every frame.
    is_hidden: bool,
    told: Told,
}

/// The attributes that are said, with their numbers: never italic, dim or blinking, which consoles show as colours.
const ATTRIBUTES: [(Modifier, u8); 4] =
    [(Modifier::BOLD, 1), (Modifier::UNDERLINED, 4), (Modifier::REVERSED, 7), (Modifier::CROSSED_OUT, 9)];

/// The attributes that are seen where there is no letter.
const SEEN_ON_BLANKS: Modifier = Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT);

/// The widest gap that is told again, in columns.
const RETOLD_MAX: usize = 3;

/// The colours that every terminal has which has any.
const EIGHT: [Color; 8] =
    [Color::Black, Color::Red, Color::Green, Color::Yellow, Color::Blue, Color::Magenta, Color::Cyan, Color::Gray];

/// How characters look, as far as it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    attributes: Modifier,
    front: Color,
    back: Color,
}

impl Look {
    /// Whether nothing but the back is seen of a blank.
    fn is_flat(self) -> bool {
        !self.attributes.intersects(SEEN_ON_BLANKS)
    }

    /// Whether a blank looks the same in both.
    fn is_alike_blank(self, other: Look) -> bool {
        self == other || (self.is_flat() && other.is_flat() && self.back == other.back)
    }

    /// Whether what changes can be said without beginning from nothing.
    ///
    /// To take back an attribute, or one colour alone, is beyond a vt100. A bright colour is to a Linux console an
    /// intensity too, which stays when the next colour comes, and to a terminal with eight colours it is nothing.
    fn can_follow(self, worn: Look) -> bool {
        let is_of_eight = |colour: Color| EIGHT.contains(&colour);
        let is_common = is_of_eight(self.front) && (is_of_eight(worn.front) || worn.front == Color::Reset);
        self.attributes.contains(worn.attributes)
            && (self.front == worn.front || is_common)
            && (self.back == worn.back || is_of_eight(self.back))
    }
}

/// One character of a frame.
struct Stroke<'a> {
    column: u16,
    row: u16,
    symbol: &'a str,
    look: Look,
    /// A blank on which nothing is seen but its back: whatever is worn in front will do.
    is_flat_blank: bool,
}

/// What stands on the terminal where it can be told again: ASCII, row by row.
#[derive(Debug, Default)]
struct Told {
    rows: Vec<Vec<Option<(u8, Look)>>>,
    /// How many columns the terminal has, at least.
    columns: usize,
}

impl Told {
    /// Takes note of a character; says whether anybody would see that it changed.
    fn changes(&mut self, stroke: &Stroke) -> bool {
        let (column, row) = (usize::from(stroke.column), usize::from(stroke.row));
        self.columns = self.columns.max(column + 1);
        if self.rows.len() <= row {
            self.rows.resize(row + 1, Vec::new());
        }
        let row = &mut self.rows[row];
        // What is wide lies over its neighbour too.
        if row.len() <= column + 1 {
            row.resize(column + 2, None);
        }
        let before = row[column];
        row[column] = match stroke.symbol.as_bytes() {
            [byte] => Some((*byte, stroke.look)),
            _ => {
                row[column + 1] = None;
                None
            }
        };
        let was_blank = before.is_some_and(|(byte, look)| byte == b' ' && look.is_alike_blank(stroke.look));
        !(was_blank && stroke.symbol == " ")
    }

    /// What leads from one place to another, counted; `None` where that is not safe, or leads upwards.
    fn steps(&self, (from, above): (u16, u16), (column, row): (u16, u16), worn: Option<Look>) -> Option<Vec<u8>> {
        // Behind its last column, terminals differ in where they are.
        let is_at_edge = usize::from(from) >= self.columns;
        if is_at_edge || row < above {
            return None;
        }
        let mut steps = vec![b'\n'; usize::from(row - above)];
        if from <= column {
            steps.extend(self.across(row, from..column, worn));
            return Some(steps);
        }
        let back = match from - column {
            few @ 1..=3 => vec![b'\x08'; usize::from(few)],
            many => format!("\x1b[{many}D").into_bytes(),
        };
        let mut anew = vec![b'\r'];
        anew.extend(self.across(row, 0..column, worn));
        steps.extend(if anew.len() < back.len() { anew } else { back });
        Some(steps)
    }

    /// What leads to the right: a short gap is told again where it can be in the look that is worn, for a move across
    /// it is no shorter.
    fn across(&self, row: u16, gap: Range<u16>, worn: Option<Look>) -> Vec<u8> {
        let again = |column: u16| {
            let (byte, look) = (*self.rows.get(usize::from(row))?.get(usize::from(column))?)?;
            let worn = worn?;
            (look == worn || (byte == b' ' && look.is_alike_blank(worn))).then_some(byte)
        };
        let told: Option<Vec<u8>> = match gap.len() {
            0..=RETOLD_MAX => gap.clone().map(again).collect(),
            _ => None,
        };
        told.unwrap_or_else(|| match gap.len() {
            1 => b"\x1b[C".to_vec(),
            columns => format!("\x1b[{columns}C").into_bytes(),
        })
    }
}

impl<W: Write> Pen<W> {
    /// A pen that writes to `out`.
    pub fn new(out: W, mode: Mode) -> Pen<W> {
        Pen { ink: Vec::new(), out, colours: mode.colours, is_hidden: false, told: Told::default() }
    }

    /// How a cell looks where colours may be none.
    fn look(&self, cell: &Cell) -> Look {
        let said = ATTRIBUTES.iter().fold(Modifier::empty(), |all, (attribute, _)| all | *attribute);
        let (front, back) = if self.colours { (cell.fg, cell.bg) } else { (Color::Reset, Color::Reset) };
        Look { attributes: cell.modifier & said, front, back }
    }

    /// What is to be said of a frame: what somebody sees change. A blank takes the look of what comes next where that
    /// makes no difference, so that it is said once.
    fn strokes<'a>(&mut self, content: impl Iterator<Item = (u16, u16, &'a Cell)>) -> Vec<Stroke<'a>> {
        let mut strokes = Vec::new();
        for (column, row, cell) in content {
            let (symbol, look) = (cell.symbol(), self.look(cell));
            let stroke = Stroke { column, row, symbol, look, is_flat_blank: symbol == " " && look.is_flat() };
            if self.told.changes(&stroke) {
                strokes.push(stroke);
            }
        }
        let mut next: Option<Look> = None;
        for stroke in strokes.iter_mut().rev() {
            match next.filter(|next| next.is_alike_blank(stroke.look)) {
                Some(look) if stroke.is_flat_blank => (stroke.look, stroke.is_flat_blank) = (look, false),
                Some(_) | None => {}
            }
            next = (!stroke.is_flat_blank).then_some(stroke.look);
        }
        strokes
    }

    /// Says how the next characters look, in as little as leaves no terminal in doubt.
    fn dress(&mut self, look: Look, worn: Option<Look>) -> io::Result<()> {
        let follows = worn.filter(|worn| look.can_follow(*worn));
        let began = self.ink.len();
        if follows.is_none() {
            self.ink.extend_from_slice(b";0");
        }
        let worn = follows.unwrap_or(Look { attributes: Modifier::empty(), front: Color::Reset, back: Color::Reset });
        for (attribute, number) in ATTRIBUTES {
            if (look.attributes - worn.attributes).contains(attribute) {
                write!(self.ink, ";{number}")?;
            }
        }
        if look.front != worn.front {
            self.paint(look.front, 30)?;
        }
        if look.back != worn.back {
            self.paint(look.back, 40)?;
        }
        // The first number stands behind the bracket, without a semicolon.
        self.ink.splice(began..=began, *b"\x1b[");
        self.ink.push(b'm');
        Ok(())
    }

    /// Says a colour, counted from 30 in front and from 40 behind.
    fn paint(&mut self, colour: Color, from: u8) -> io::Result<()> {
        let number = match colour {
            Color::Reset => return Ok(()),
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 60,
            Color::LightRed => 61,
            Color::LightGreen => 62,
            Color::LightYellow => 63,
            Color::LightBlue => 64,
            Color::LightMagenta => 65,
            Color::LightCyan => 66,
            Color::White => 67,
            Color::Indexed(number) => return write!(self.ink, ";{};5;{number}", from + 8),
            Color::Rgb(red, green, blue) => return write!(self.ink, ";{};2;{red};{green};{blue}", from + 8),
        };
        write!(self.ink, ";{}", from + number)
    }

    /// Moves to a place: from where the cursor is, if that is known and shorter than naming the place.
    fn reach(&mut self, to: (u16, u16), at: Option<(u16, u16)>, worn: Option<Look>) -> io::Result<()> {
        let began = self.ink.len();
        self.set_cursor_position(to)?;
        let named = self.ink.len() - began;
        if let Some(steps) = at.and_then(|at| self.told.steps(at, to, worn)).filter(|steps| steps.len() < named) {
            self.ink.truncate(began);
            self.ink.extend_from_slice(&steps);
        }
        Ok(())
    }
}

impl<W: Write> Backend for Pen<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut at = None;
        // How wide a terminal draws other letters, it alone knows: behind them a place is named, not counted to.
        let mut is_sure = true;
        // A frame begins from nothing known: what a line has garbled heals. It ends as it is; nobody else writes.
        let mut worn: Option<Look> = None;
        for Stroke { column, row, symbol, look, is_flat_blank } in self.strokes(content) {
            if at != Some((column, row)) {
                self.reach((column, row), at.filter(|_| is_sure), worn)?;
                is_sure = true;
            }
            let look = match worn {
                Some(worn) if is_flat_blank && worn.is_flat() => Look { back: look.back, ..worn },
                Some(_) | None => look,
            };
            if worn != Some(look) {
                self.dress(look, worn)?;
                worn = Some(look);
            }
            self.ink.extend_from_slice(symbol.as_bytes());
            is_sure &= symbol.is_ascii();
            at = Some((column + 1, row));
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.is_hidden {
            return Ok(());
        }
        self.is_hidden = true;
        self.ink.write_all(b"\x1b[?25l")
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.is_hidden = false;
        self.ink.write_all(b"\x1b[?25h")
    }

    /// Nobody asks: the answer would have to be waited for.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        match position.into() {
            Position { x: 0, y } => write!(self.ink, "\x1b[{}H", y + 1),
            Position { x, y } => write!(self.ink, "\x1b[{};{}H", y + 1, x + 1),
        }
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.told = Told::default();
        // Some terminals clear in the colour of the last frame's end.
        self.ink.extend_from_slice(b"\x1b[0m");
        self.ink.write_all(match clear_type {
            ClearType::All => b"\x1b[2J",
            ClearType::AfterCursor => b"\x1b[0J",
            ClearType::BeforeCursor => b"\x1b[1J",
            ClearType::CurrentLine => b"\x1b[2K",
            ClearType::UntilNewLine => b"\x1b[0K",
        })
    }

    fn size(&self) -> io::Result<Size> {
        crossterm::terminal::size().map(|(width, height)| Size { width, height })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        let asked = crossterm::terminal::window_size()?;
        let columns_rows = Size { width: asked.columns, height: asked.rows };
        Ok(WindowSize { columns_rows, pixels: Size { width: asked.width, height: asked.height } })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.ink.splice(0..0, BEGIN_UPDATE.iter().copied());
        self.ink.extend_from_slice(END_UPDATE);
        let written = self.out.write_all(&self.ink).and_then(|()| self.out.flush());
        self.ink.clear();
        written
    }
}

#[cfg(test)]
mod tests;
