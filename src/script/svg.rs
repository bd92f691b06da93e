//! A screen as a picture that any browser shows: SVG, with the text as text.

use super::ink::Ink;
use super::picture::Picture;
use quick_xml::escape::escape;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// A cell of a monospaced font of 15 px, in pixels.
const CELL: (u32, u32) = (9, 18);
/// How far below a row's top its letters stand, in pixels.
const BASELINE: u32 = 14;

/// Draws a screen. `title` is what a reader hears first.
pub fn svg(picture: &Picture, title: &str) -> String {
    let (width, height) = (u32::from(picture.columns) * CELL.0, u32::from(picture.rows) * CELL.1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#000000\"/>\n\
         <g font-family=\"DejaVu Sans Mono, Liberation Mono, monospace\" font-size=\"15\">\n",
        escape(title)
    );
    for row in 0..picture.rows {
        for run in runs(picture, row) {
            draw(&mut out, row, &run);
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// Neighbours that are drawn alike.
struct Run {
    column: u32,
    columns: u32,
    ink: Ink,
    text: String,
}

/// Divides a row; a symbol two cells wide is a run of its own, so that none is pushed aside by its neighbour.
fn runs(picture: &Picture, row: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let lines = picture.cells.get(usize::from(row)).into_iter().flatten().take(picture.columns.into());
    for (column, symbol) in (0_u16..).zip(lines) {
        let ink = picture.ink(column, row);
        match runs.last_mut() {
            Some(last) if symbol.is_empty() => last.columns += 1,
            Some(last) if last.ink == ink && symbol.width() == 1 && last.text.width() == last.columns as usize => {
                last.columns += 1;
                last.text.push_str(symbol);
            }
            Some(_) | None => runs.push(Run { column: column.into(), columns: 1, ink, text: symbol.clone() }),
        }
    }
    runs
}

fn draw(out: &mut String, row: u16, run: &Run) {
    let (front, back) = run.ink.seen();
    let hex = |(red, green, blue): (u8, u8, u8)| format!("#{red:02x}{green:02x}{blue:02x}");
    let (x, y) = (run.column * CELL.0, u32::from(row) * CELL.1);
    let width = run.columns * CELL.0;
    // Writing into a String cannot fail.
    if back != (0, 0, 0) {
        let fill = hex(back);
        let _ = writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\" fill=\"{fill}\"/>", CELL.1);
    }
    if run.text.trim().is_empty() {
        return;
    }
    let weight = if run.ink.bold { " font-weight=\"bold\"" } else { "" };
    let line = if run.ink.underlined { " text-decoration=\"underline\"" } else { "" };
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{}\" fill=\"{}\"{weight}{line} xml:space=\"preserve\" textLength=\"{width}\" \
         lengthAdjust=\"spacingAndGlyphs\">{}</text>",
        y + BASELINE,
        hex(front),
        escape(super::picture::printable(&run.text)),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::ink::Colour;

    #[test]
    fn a_screen_becomes_runs_of_text_at_their_place() {
        let mut picture = Picture::of_lines(8, 2, &["a<b 炒饭x", "  \u{1b}"]);
        let bold = Ink { front: Colour::Index(15), back: Colour::Index(1), bold: true, ..Ink::default() };
        picture.inks = vec![vec![Ink::default(); 8]; 2];
        picture.inks[0][..3].fill(bold);
        let drawn = svg(&picture, "lunch & more");
        let texts: Vec<&str> = drawn.lines().filter(|line| line.starts_with("<text")).collect();
        assert_eq!(texts.len(), 4, "{drawn}");
        assert!(texts[0].contains("x=\"0\"") && texts[0].contains("bold") && texts[0].ends_with(">a&lt;b</text>"));
        assert!(texts[1].contains("x=\"36\"") && texts[1].contains("textLength=\"18\"") && texts[1].contains(">炒<"));
        assert!(texts[3].contains('\u{fffd}') && !drawn.contains('\u{1b}'));
        assert!(drawn.contains("<rect x=\"0\" y=\"0\" width=\"27\" height=\"18\" fill=\"#cd0000\"/>"), "{drawn}");
        assert!(drawn.contains("<title>lunch &amp; more</title>"));
    }
}
