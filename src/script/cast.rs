//! A scenario as a film of its terminal: asciicast v2 (docs.asciinema.org/manual/asciicast/v2), one JSON value a line.
//!
//! Its time is the script's: what took no virtual time takes none here.

use super::ink::Ink;
use super::picture::{Picture, printable};
use serde_json::{Value, json};

/// A film under way.
#[derive(Debug)]
pub struct Cast {
    lines: Vec<String>,
    last: Option<Picture>,
}

impl Cast {
    /// Begins with what the header says: the terminal's size, the Unix second of the first frame, and what it is about.
    pub fn new(columns: u16, rows: u16, unix_s: i64, title: &str) -> Cast {
        let header = json!({
            "version": 2, "width": columns, "height": rows, "timestamp": unix_s, "title": title,
            "env": { "TERM": "xterm-256color" },
        });
        Cast { lines: vec![header.to_string()], last: None }
    }

    /// Marks a moment, in milliseconds from the first frame.
    pub fn mark(&mut self, at_ms: i64, label: &str) {
        self.event(at_ms, "m", label);
    }

    /// Shows a screen: only the rows that are other than before.
    pub fn show(&mut self, at_ms: i64, picture: &Picture) {
        let size = (picture.columns, picture.rows);
        let same = self.last.as_ref().is_some_and(|last| (last.columns, last.rows) == size);
        let mut sent = String::new();
        if !same {
            if self.last.is_some() {
                self.event(at_ms, "r", &format!("{}x{}", size.0, size.1));
            }
            sent.push_str("\x1b[?25l\x1b[0m\x1b[2J");
        }
        for row in 0..picture.rows {
            let line = drawn(picture, row);
            if !same || self.last.as_ref().is_some_and(|last| drawn(last, row) != line) {
                sent.push_str(&format!("\x1b[{};1H{line}", row + 1));
            }
        }
        if !sent.is_empty() {
            self.event(at_ms, "o", &sent);
        }
        self.last = Some(picture.clone());
    }

    /// The film as a file holds it.
    pub fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }

    fn event(&mut self, at_ms: i64, code: &str, data: &str) {
        #[expect(clippy::cast_precision_loss, reason = "a film of 285,000 years still counts milliseconds")]
        let seconds = at_ms as f64 / 1000.0;
        self.lines.push(Value::from(vec![json!(seconds), json!(code), json!(data)]).to_string());
    }
}

/// A row as a terminal is told to draw it.
fn drawn(picture: &Picture, row: u16) -> String {
    let mut out = String::new();
    let mut last: Option<Ink> = None;
    for (column, symbol) in (0_u16..).zip(picture.cells.get(usize::from(row)).into_iter().flatten()) {
        let ink = picture.ink(column, row);
        if last != Some(ink) {
            out.push_str(&ink.sgr());
            last = Some(ink);
        }
        out.push_str(&printable(symbol));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_played_on_a_terminal_ends_on_the_last_screen() {
        let screens = [
            Picture::of_lines(12, 3, &["1 Cola", "", "TOTAL 3.50"]),
            Picture::of_lines(12, 3, &["1 Cola", "1 炒饭", "TOTAL 9.50"]),
            Picture::of_lines(14, 4, &["CHANGE", "", "", "0.50"]),
        ];
        let mut cast = Cast::new(12, 3, 1_773_491_400, "lunch");
        for (at, screen) in (0..).zip(&screens) {
            cast.show(at * 200, screen);
            cast.mark(at * 200, "a step");
            cast.show(at * 200, screen);
        }
        let text = cast.text();
        let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let header = lines.next().unwrap();
        assert_eq!((&header["version"], &header["width"], &header["height"]), (&json!(2), &json!(12), &json!(3)));
        let size = |cells: u16| std::num::NonZero::new(cells).unwrap();
        let mut terminal = vt100::Parser::new(size(3), size(12), 0);
        let (mut last, mut codes) = (0.0, String::new());
        for event in lines {
            let (at, code, data) = (event[0].as_f64().unwrap(), event[1].as_str().unwrap(), event[2].as_str().unwrap());
            assert!(at >= last, "time rises: {event}");
            last = at;
            codes.push_str(code);
            match code {
                "o" => terminal.process(data.as_bytes()),
                "r" => terminal.screen_mut().set_size(size(4), size(14)),
                _ => assert_eq!(data, "a step"),
            }
        }
        assert_eq!(codes, "omomrom", "a screen that did not change is not sent again");
        let rows: Vec<String> = terminal.screen().rows(0, 14).map(|row| row.trim_end().to_owned()).collect();
        assert_eq!(rows, screens[2].lines());
    }
}
