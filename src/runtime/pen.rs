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
use std::io::{self, Stdout, Write};

/// A terminal that is drawn on.
pub(super) type Screen = Terminal<Pen<Stdout>>;

/// The terminal of this process, as blank as [`enter`](super::terminal::Terminal::enter) left it.
pub(super) fn screen(mode: Mode) -> io::Result<Screen> {
    Terminal::new(Pen::new(io::stdout(), mode))
}

/// Gathers a frame and hands it over when it is whole.
#[derive(Debug)]
pub struct Pen<W> {
    ink: Vec<u8>,
    out: W,
    colours: bool,
    /// Nobody sees the cursor; it need not be said again with every frame.
    is_hidden: bool,
}

/// The attributes that are said, with their numbers: never italic, dim or blinking, which consoles show as colours.
const ATTRIBUTES: [(Modifier, u8); 4] =
    [(Modifier::BOLD, 1), (Modifier::UNDERLINED, 4), (Modifier::REVERSED, 7), (Modifier::CROSSED_OUT, 9)];

impl<W> Pen<W> {
    /// A pen that writes to `out`.
    pub fn new(out: W, mode: Mode) -> Pen<W> {
        Pen { ink: Vec::new(), out, colours: mode.colours, is_hidden: false }
    }

    /// Says how the next characters look. From nothing each time: taking one attribute back is beyond a vt100.
    fn dress(&mut self, cell: &Cell) -> io::Result<()> {
        self.ink.extend_from_slice(b"\x1b[0");
        for (attribute, number) in ATTRIBUTES {
            if cell.modifier.contains(attribute) {
                write!(self.ink, ";{number}")?;
            }
        }
        if self.colours {
            self.paint(cell.fg, 30)?;
            self.paint(cell.bg, 40)?;
        }
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
        let mut worn: Option<&Cell> = None;
        for (column, row, cell) in content {
            match at {
                Some(place) if place == (column, row) => {}
                Some((before, same)) if is_sure && same == row && before < column => match column - before {
                    1 => self.ink.extend_from_slice(b"\x1b[C"),
                    columns => write!(self.ink, "\x1b[{columns}C")?,
                },
                Some(_) | None => {
                    self.set_cursor_position((column, row))?;
                    is_sure = true;
                }
            }
            let look = |cell: &Cell| (cell.modifier, cell.fg, cell.bg);
            if worn.is_none_or(|worn| look(worn) != look(cell)) {
                self.dress(cell)?;
                worn = Some(cell);
            }
            self.ink.extend_from_slice(cell.symbol().as_bytes());
            is_sure &= cell.symbol().is_ascii();
            at = Some((column + 1, row));
        }
        if worn.is_some() {
            self.ink.extend_from_slice(b"\x1b[0m");
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
        let Position { x, y } = position.into();
        write!(self.ink, "\x1b[{};{}H", y + 1, x + 1)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
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
        let written = self.out.write_all(&self.ink).and_then(|()| self.out.flush());
        self.ink.clear();
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    #[test]
    fn a_frame_is_said_in_sequences_that_every_terminal_knows() {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let busy = Style::new().fg(Color::White).bg(Color::Blue);
        let struck = Style::new().add_modifier(Modifier::REVERSED | Modifier::CROSSED_OUT | Modifier::ITALIC);
        let plain = Style::new();
        let cells = [
            ("a", plain),
            ("b", bold),
            ("宫", busy),
            ("c", busy),
            ("e", busy),
            ("f", busy),
            ("é", busy),
            ("g", busy),
            ("d", struck),
        ];
        let cells = cells.map(|(symbol, style)| {
            let mut cell = Cell::new(symbol);
            cell.set_style(style);
            cell
        });
        let places = [(0, 0), (1, 0), (2, 0), (4, 0), (6, 0), (19, 0), (20, 0), (29, 0), (0, 9)];
        // with colours, what is said
        let tail = "宫\x1b[1;5Hc\x1b[Ce\x1b[12Cfé\x1b[1;30Hg\x1b[10;1H\x1b[0;7;9md\x1b[0m";
        let rows = [
            (true, format!("\x1b[1;1H\x1b[0ma\x1b[0;1mb\x1b[0;97;44m{tail}")),
            (false, format!("\x1b[1;1H\x1b[0ma\x1b[0;1mb\x1b[0m{tail}")),
        ];
        for (colours, said) in rows {
            let mut pen = Pen::new(io::sink(), if colours { Mode::FULL } else { Mode::MONO });
            pen.draw(places.iter().zip(&cells).map(|(&(column, row), cell)| (column, row, cell))).unwrap();
            assert_eq!(String::from_utf8_lossy(&pen.ink), said);
        }
        let mut pen = Pen::new(io::sink(), Mode::FULL);
        pen.draw(std::iter::empty()).unwrap();
        assert!(pen.ink.is_empty(), "nothing changed, nothing is said");
    }

    #[test]
    fn colours_are_said_by_the_numbers_of_their_own() {
        // colour, in front, behind
        let rows = [
            (Color::Reset, "", ""),
            (Color::Gray, ";37", ";47"),
            (Color::DarkGray, ";90", ";100"),
            (Color::LightYellow, ";93", ";103"),
            (Color::Indexed(200), ";38;5;200", ";48;5;200"),
            (Color::Rgb(1, 2, 3), ";38;2;1;2;3", ";48;2;1;2;3"),
        ];
        for (colour, front, back) in rows {
            for (from, said) in [(30, front), (40, back)] {
                let mut pen = Pen::new(io::sink(), Mode::FULL);
                pen.paint(colour, from).unwrap();
                assert_eq!(String::from_utf8_lossy(&pen.ink), said);
            }
        }
    }
}
