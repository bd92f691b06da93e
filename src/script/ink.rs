//! How a cell is drawn, as a report shows it. Scripts do not look at it: colours never carry meaning alone.

/// A colour as a terminal is asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Whatever the terminal has.
    #[default]
    Usual,
    /// One of the terminal's 256: 16 named ones, a cube of 6x6x6, 24 greys.
    Index(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// How one cell is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ink {
    /// The colour of the symbol.
    pub front: Colour,
    /// The colour behind it.
    pub back: Colour,
    /// Drawn bold.
    pub bold: bool,
    /// Front and back change places.
    pub reversed: bool,
    /// Underlined.
    pub underlined: bool,
}

/// The 16 named colours as xterm shows them (its XTerm-col.ad), as red, green and blue.
const NAMED: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

impl Colour {
    /// Red, green and blue; `usual` where the terminal may choose.
    pub fn rgb(self, usual: (u8, u8, u8)) -> (u8, u8, u8) {
        match self {
            Colour::Usual => usual,
            Colour::Rgb(red, green, blue) => (red, green, blue),
            Colour::Index(index @ 0..=15) => NAMED[usize::from(index)],
            Colour::Index(index @ 16..=231) => {
                let level = |nth: u8| if nth == 0 { 0 } else { 55 + 40 * nth };
                let at = index - 16;
                (level(at / 36), level(at / 6 % 6), level(at % 6))
            }
            Colour::Index(index @ 232..=255) => {
                let grey = 8 + 10 * (index - 232);
                (grey, grey, grey)
            }
        }
    }

    /// The parameters that ask a terminal for it, after `38` (in front) or `48` (behind).
    fn select(self, place: u8) -> String {
        match self {
            Colour::Usual => format!("{}", place + 1),
            Colour::Index(index) => format!("{place};5;{index}"),
            Colour::Rgb(red, green, blue) => format!("{place};2;{red};{green};{blue}"),
        }
    }
}

impl Ink {
    /// What is seen of it on a symbol: on a blank there is no front, unless it is reversed or underlined.
    pub fn on(self, symbol: &str) -> Ink {
        let is_flat = symbol == " " && !self.reversed && !self.underlined;
        if is_flat { Ink { front: Colour::Usual, bold: false, ..self } } else { self }
    }

    /// Front and back as they are seen: light on black where the terminal may choose.
    pub fn seen(&self) -> ((u8, u8, u8), (u8, u8, u8)) {
        let (front, back) = (self.front.rgb(NAMED[7]), self.back.rgb(NAMED[0]));
        if self.reversed { (back, front) } else { (front, back) }
    }

    /// The sequence that makes a terminal draw like this (ECMA-48, SGR).
    pub fn sgr(&self) -> String {
        let mut parameters = vec!["0".to_owned()];
        let marks = [(self.bold, "1"), (self.underlined, "4"), (self.reversed, "7")];
        parameters.extend(marks.iter().filter(|(is, _)| *is).map(|(_, code)| (*code).to_owned()));
        parameters.extend([self.front.select(38), self.back.select(48)]);
        format!("\x1b[{}m", parameters.join(";"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_blank_its_back_is_seen() {
        let ink = Ink { front: Colour::Index(15), back: Colour::Index(4), bold: true, ..Ink::default() };
        let (reversed, underlined) = (Ink { reversed: true, ..ink }, Ink { underlined: true, ..ink });
        // symbol, ink, what is seen of it
        let rows = [
            ("a", ink, ink),
            (" ", ink, Ink { back: Colour::Index(4), ..Ink::default() }),
            (" ", reversed, reversed),
            (" ", underlined, underlined),
        ];
        for (symbol, ink, seen) in rows {
            assert_eq!(ink.on(symbol), seen, "{symbol:?}");
        }
    }

    #[test]
    fn a_colour_is_what_a_terminal_shows_for_it() {
        // colour, red, green and blue
        let rows = [
            (Colour::Usual, (1, 2, 3)),
            (Colour::Index(1), (205, 0, 0)),
            (Colour::Index(16), (0, 0, 0)),
            (Colour::Index(21), (0, 0, 255)),
            (Colour::Index(196), (255, 0, 0)),
            (Colour::Index(231), (255, 255, 255)),
            (Colour::Index(232), (8, 8, 8)),
            (Colour::Index(255), (238, 238, 238)),
            (Colour::Rgb(9, 8, 7), (9, 8, 7)),
        ];
        for (colour, rgb) in rows {
            assert_eq!(colour.rgb((1, 2, 3)), rgb, "{colour:?}");
        }
        let ink = Ink { front: Colour::Index(15), bold: true, reversed: true, ..Ink::default() };
        assert_eq!(ink.sgr(), "\x1b[0;1;7;38;5;15;49m");
        assert_eq!(ink.seen(), ((0, 0, 0), (255, 255, 255)));
    }
}
