//! What a pen says, to the byte, and what a terminal makes of it.

use super::*;
use crate::tui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::{TerminalOptions, Viewport};
use std::cell::RefCell;
use std::num::NonZero;
use std::rc::Rc;

/// The other eight colours, in the order of their numbers.
const BRIGHT: [Color; 8] = [
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// What a pen says that has said nothing, or what stands `before`, of cells at their places.
fn said(mode: Mode, before: &[(u16, u16, Cell)], cells: &[(u16, u16, Cell)]) -> String {
    let mut pen = Pen::new(io::sink(), mode);
    let drawn = |cells: &[(u16, u16, Cell)], pen: &mut Pen<_>| {
        pen.draw(cells.iter().map(|(column, row, cell)| (*column, *row, cell))).unwrap();
    };
    drawn(before, &mut pen);
    pen.ink.clear();
    drawn(cells, &mut pen);
    String::from_utf8(pen.ink).unwrap()
}

fn cell(symbol: &str, style: Style) -> Cell {
    let mut cell = Cell::default();
    cell.set_symbol(symbol).set_style(style);
    cell
}

/// A text in one style, from a place on.
fn text(column: u16, row: u16, text: &str, style: Style) -> Vec<(u16, u16, Cell)> {
    (column..).zip(text.chars()).map(|(column, letter)| (column, row, cell(&letter.to_string(), style))).collect()
}

#[test]
fn a_frame_is_said_in_sequences_that_every_terminal_knows() {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let busy = Style::new().fg(Color::White).bg(Color::Blue);
    let struck = Style::new().add_modifier(Modifier::REVERSED | Modifier::CROSSED_OUT | Modifier::ITALIC);
    let plain = Style::new();
    let cells = [
        (0, 0, cell("a", plain)),
        (1, 0, cell("b", bold)),
        (2, 0, cell("宫", busy)),
        (4, 0, cell("c", busy)),
        (6, 0, cell("e", busy)),
        (19, 0, cell("f", busy)),
        (20, 0, cell("é", busy)),
        (29, 0, cell("g", busy)),
        (0, 9, cell("d", struck)),
    ];
    // with colours, what is said
    let tail = "宫\x1b[1;5Hc\x1b[Ce\x1b[12Cfé\x1b[1;30Hg\x1b[10H";
    let rows = [
        (Mode::FULL, format!("\x1b[1H\x1b[0ma\x1b[1mb\x1b[0;97;44m{tail}\x1b[0;7;9md")),
        (Mode::MONO, format!("\x1b[1H\x1b[0ma\x1b[1mb\x1b[0m{tail}\x1b[7;9md")),
    ];
    for (mode, words) in rows {
        assert_eq!(said(mode, &[], &cells), words);
    }
    assert_eq!(said(Mode::FULL, &[], &[]), "", "nothing changed, nothing is said");
}

#[test]
fn a_look_begins_from_nothing_where_a_terminal_might_keep_something_of_the_last() {
    let look = |front, back| Style::new().fg(front).bg(back);
    let plain = look(Color::Gray, Color::Black);
    let (key, busy) = (look(Color::Black, Color::Cyan), look(Color::White, Color::Blue));
    let strong = look(Color::White, Color::Black).add_modifier(Modifier::BOLD);
    // one look, the next one, how that is said
    let rows = [
        (plain, key, "\x1b[30;46m"),
        (key, look(Color::Black, Color::Gray), "\x1b[47m"),
        (plain, look(Color::Red, Color::Black), "\x1b[31m"),
        (plain, plain.add_modifier(Modifier::BOLD), "\x1b[1m"),
        (plain.add_modifier(Modifier::BOLD), plain, "\x1b[0;37;40m"),
        // a bright colour stays as an intensity, or was never there
        (busy, key, "\x1b[0;30;46m"),
        (key, busy, "\x1b[0;97;44m"),
        (busy, look(Color::White, Color::Red), "\x1b[41m"),
        (busy, strong, "\x1b[1;40m"),
        (look(Color::LightRed, Color::Black), look(Color::LightBlue, Color::Black), "\x1b[0;94;40m"),
        (plain, look(Color::Gray, Color::DarkGray), "\x1b[0;37;100m"),
        // one colour alone is not taken back
        (plain, Style::new().fg(Color::Gray), "\x1b[0;37m"),
        (plain, Style::new(), "\x1b[0m"),
        (Style::new(), plain, "\x1b[37;40m"),
    ];
    for (one, next, words) in rows {
        let all = said(Mode::FULL, &[], &[(1, 0, cell("a", one)), (2, 0, cell("b", next))]);
        assert_eq!(all.split_once('a').unwrap().1, format!("{words}b"), "{one:?}, {next:?}");
    }
}

#[test]
fn a_blank_is_said_by_what_is_seen_of_it() {
    let plain = Style::new().fg(Color::Gray).bg(Color::Black);
    let (key, strong) = (plain.fg(Color::Black).bg(Color::Cyan), plain.add_modifier(Modifier::BOLD));
    let reversed = plain.add_modifier(Modifier::REVERSED);
    // the looks of a letter, a blank, a letter; how it is said
    let rows = [
        ([key, plain, key], "\x1b[0;30;46ma\x1b[40m \x1b[46mc"),
        ([plain, strong, plain], "\x1b[0;37;40ma c"),
        ([key, strong, plain], "\x1b[0;30;46ma\x1b[37;40m c"),
        ([plain, reversed, plain], "\x1b[0;37;40ma\x1b[7m \x1b[0;37;40mc"),
        ([reversed, plain, reversed], "\x1b[0;7;37;40ma\x1b[0;37;40m \x1b[7mc"),
    ];
    for (styles, words) in rows {
        let cells: Vec<_> = (1..).zip(["a", " ", "c"]).zip(styles).collect();
        let cells: Vec<_> = cells.into_iter().map(|((at, symbol), style)| (at, 0, cell(symbol, style))).collect();
        assert_eq!(said(Mode::FULL, &[], &cells), format!("\x1b[1;2H{words}"), "{styles:?}");
    }
    let (before, strong) = (text(1, 0, "a b", plain), text(2, 0, " ", strong));
    assert_eq!(said(Mode::FULL, &before, &strong), "", "a bold blank is a blank");
}

#[test]
fn the_shortest_way_to_a_place_is_taken() {
    let plain = Style::new().fg(Color::Gray).bg(Color::Black);
    let key = plain.bg(Color::Cyan);
    let before = [
        text(0, 8, "Enter sells 10 é of it, and the rest of the row", plain),
        text(0, 9, "And so on, and so on, and so on, and so on  end", plain),
        text(6, 9, "key", key),
    ]
    .concat();
    // where an `a` comes first and where a `b` comes next, how it gets there
    let rows = [
        ((2, 8), (3, 8), ""),
        ((2, 8), (4, 8), "e"),
        ((2, 8), (6, 8), "er "),
        ((2, 8), (7, 8), "\x1b[4C"),
        ((5, 9), (7, 9), "\x1b[C"),
        // another letter than ASCII is not told again, nor is a place counted behind one
        ((13, 8), (16, 8), "\x1b[2C"),
        ((2, 8), (3, 9), "\n"),
        ((2, 8), (1, 9), "\n\x08\x08"),
        ((20, 8), (11, 9), "\n\x1b[10D"),
        ((20, 8), (0, 9), "\n\r"),
        ((20, 8), (2, 9), "\n\rAn"),
        ((2, 8), (20, 9), "\n\x1b[17C"),
        ((2, 7), (3, 9), "\n\n"),
        // upwards, and from the last column
        ((2, 9), (3, 8), "\x1b[9;4H"),
        ((46, 8), (46, 9), "\x1b[10;47H"),
    ];
    for (first, next, way) in rows {
        let changes = [(first.0, first.1, cell("a", plain)), (next.0, next.1, cell("b", plain))];
        let words = said(Mode::FULL, &before, &changes);
        assert_eq!(words.split_once('a').unwrap().1, format!("{way}b"), "{first:?} to {next:?}");
    }
}

#[test]
fn what_was_cleared_is_said_again_from_nothing() {
    let plain = Style::new().fg(Color::Gray).bg(Color::Black);
    let row = text(0, 0, "a b", plain);
    let mut pen = Pen::new(io::sink(), Mode::FULL);
    for words in ["", "\x1b[0m\x1b[2J"] {
        if !words.is_empty() {
            pen.clear_region(ClearType::All).unwrap();
        }
        pen.draw(row.iter().map(|(column, row, cell)| (*column, *row, cell))).unwrap();
        assert_eq!(String::from_utf8_lossy(&pen.ink), format!("{words}\x1b[1H\x1b[0;37;40ma b"));
        pen.ink.clear();
    }
}

/// Collects what a pen hands over, piece by piece.
#[derive(Clone, Default)]
struct Wire(Rc<RefCell<Vec<Vec<u8>>>>);

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is seen of a cell: its letter, whether it is reversed, its back, a letter's front and whether it is bold.
type Sight<'a> = (&'a str, bool, vt100::Color, Option<(vt100::Color, bool)>);

fn meant(cell: &Cell) -> Sight<'_> {
    let number = |colour| [EIGHT, BRIGHT].concat().iter().position(|it| *it == colour);
    let colour = |it| number(it).map_or(vt100::Color::Default, |number| vt100::Color::Idx(number as u8));
    let front = (colour(cell.fg), cell.modifier.contains(Modifier::BOLD));
    let letter = cell.symbol();
    (letter, cell.modifier.contains(Modifier::REVERSED), colour(cell.bg), (letter != " ").then_some(front))
}

fn shown(cell: &vt100::Cell) -> Sight<'_> {
    let letter = if cell.has_contents() { cell.contents() } else { " " };
    (letter, cell.inverse(), cell.bgcolor(), (letter != " ").then_some((cell.fgcolor(), cell.bold())))
}

/// Draws frames that chance wrote, each over the last, and compares what a terminal shows with what was meant.
fn check(mode: Mode, seed: u64) {
    const WORDS: [&str; 8] = ["word", "     ", "a b c d", "é", "宫保鸡丁", "│", " 12.90", "x"];
    let all = Rect { x: 0, y: 0, width: 40, height: 12 };
    let theme = Theme::of(mode);
    let styles =
        [theme.plain, theme.strong, theme.key, theme.address, theme.chosen, theme.busy, theme.warn, theme.wrong];
    let mut dice = seed;
    let mut throw = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % sides
    };
    let wire = Wire::default();
    let pen = Pen::new(wire.clone(), mode);
    let mut terminal = Terminal::with_options(pen, TerminalOptions { viewport: Viewport::Fixed(all) }).unwrap();
    let of = |size: u16| NonZero::new(size).unwrap();
    let mut parser = vt100::Parser::new(of(all.height), of(all.width), 0);
    // What stands where, in which style; in every frame some of it is another.
    let mut things = [(0, 0, "", theme.plain); 30];
    for _ in 0..60 {
        for _ in 0..throw(9) {
            let words = WORDS[throw(WORDS.len())];
            // Of half a wide letter, over which something else lies, ratatui and terminals think differently.
            let (column, row) =
                if words == "宫保鸡丁" { (2 * throw(20), throw(4)) } else { (throw(40), 4 + throw(8)) };
            things[throw(30)] = (column as u16, row as u16, words, styles[throw(styles.len())]);
        }
        let mut frame = Buffer::empty(all);
        frame.set_style(all, theme.plain);
        for (column, row, words, style) in things {
            frame.set_string(column, row, words, style);
        }
        terminal.draw(|drawn| drawn.buffer_mut().clone_from(&frame)).unwrap();
        let pieces = std::mem::take(&mut *wire.0.borrow_mut());
        let [piece] = &pieces[..] else { panic!("a frame comes in {} pieces", pieces.len()) };
        assert!(piece.starts_with(BEGIN_UPDATE) && piece.ends_with(END_UPDATE));
        parser.process(piece);
        for (column, row) in all.positions().map(|at| (at.x, at.y)) {
            let seen = parser.screen().cell(row, column).unwrap();
            if !seen.is_wide_continuation() {
                assert_eq!(shown(seen), meant(&frame[(column, row)]), "seed {seed}, {mode:?}: {column}, {row}");
            }
        }
    }
}

#[test]
fn a_terminal_shows_what_was_meant_whatever_changes() {
    for seed in 0..4 {
        for (_, mode) in Mode::NAMED {
            check(mode, seed);
        }
    }
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
