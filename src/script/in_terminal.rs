//! The shipped binary in a terminal of its own: keys and taps are bytes that a terminal sends, the screen is what comes
//! out of it, a crash is `kill -9`. Slower than in this process, and nothing is left out.

use super::in_process::JOBS_MAX;
use super::ink::{Colour, Ink};
use super::picture::{Area, Picture};
use super::stage::{Setting, Stage, StageFault, Theatre};
use super::till::Register;
use super::world::{Seat, World, furnish, house_of};
use crate::app::Input;
use crate::domain::Timestamp;
use crate::domain::slip::PrintJob;
use crate::runtime::key_file;
use crate::runtime::paths::Places;
use crate::runtime::scratch::Scratch;
use crate::runtime::stage::prompter::Prompter;
use crate::runtime::stage::{Asked, CarriedReply, Cue, Event, Props, Report, Spot, dice};
use crate::store::{Key, Reader, Store};
use crate::tui::keys::Key as Press;
use crate::tui::theme::Mode;
use std::num::NonZero;
use std::path::PathBuf;

/// Opens registers that are the shipped binary.
#[derive(Debug)]
pub struct InTerminal {
    /// The binary.
    pub program: PathBuf,
}

impl Theatre for InTerminal {
    fn open(&mut self, setting: &Setting) -> Result<Box<dyn Stage>, StageFault> {
        Ok(Box::new(World::open(setting, |seat| There::open(self.program.clone(), setting, seat))?))
    }
}

/// A register in a terminal.
struct There {
    program: PathBuf,
    seat: Seat,
    props: Props,
    mode: Mode,
    lives: u32,
    /// None while it lies crashed.
    prompter: Option<Prompter>,
    terminal: vt100::Parser,
    report: Report,
    places: Places,
    key: Key,
    // Last, so that it goes when the register is gone.
    _scratch: Scratch,
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap_or(NonZero::<u16>::MIN)
}

impl There {
    fn open(program: PathBuf, setting: &Setting, seat: Seat) -> Result<(There, Vec<Asked>), StageFault> {
        let scratch = Scratch::new().map_err(|fault| StageFault::world("making a directory for the store", fault))?;
        let places = Places::of_demo(Some(scratch.path().to_owned()))
            .map_err(|fault| StageFault::world("making a directory for the store", fault))?;
        let key = key_file::create(&places.usual_key_file())
            .map_err(|fault| StageFault::world("making a key for the store", fault))?;
        let mut entropy = dice(seat.store_seed());
        let mut store = Store::create(&places.store_file(), Some(&key), &mut entropy)
            .map_err(|fault| StageFault::world("making a store", fault))?;
        furnish(&mut store, setting, &mut entropy)?;
        drop(store);
        let substitutes = setting.substitute.iter().cloned().collect();
        let panel = setting.panel.map(|panel| (panel.width_mm, panel.height_mm));
        let mut there = There {
            program,
            props: Props {
                now: setting.clock,
                seed: 0,
                house: house_of(setting, &seat),
                substitutes,
                panel,
                secret: seat.secret.clone(),
                screen: seat.screen,
            },
            seat,
            mode: setting.mode,
            lives: 0,
            prompter: None,
            terminal: vt100::Parser::new(cells(setting.rows), cells(setting.columns), 0),
            report: Report::default(),
            places,
            key,
            _scratch: scratch,
        };
        let asked = there.restart(setting.clock)?;
        Ok((there, asked))
    }

    fn size(&self) -> (u16, u16) {
        let (rows, columns) = self.terminal.screen().size();
        (columns.get(), rows.get())
    }

    fn showed(&mut self, (report, bytes): (Report, Vec<u8>)) -> Vec<Asked> {
        self.terminal.process(&bytes);
        self.report = report;
        std::mem::take(&mut self.report.asked)
    }
}

impl Register for There {
    fn take(&mut self, now: Timestamp, input: Input) -> Result<Vec<Asked>, StageFault> {
        let Some(prompter) = &mut self.prompter else { return Err(StageFault::Quit) };
        let told = |event| Cue { now, event: Some(event), inputs: 0 };
        let typed = |inputs| Cue { now, event: None, inputs };
        let shown = match input {
            Input::Key(key) => prompter.types(&typed(1), &bytes_of(key)?),
            Input::Down { column, row } => prompter.types(&typed(1), finger(column, row, 'M').as_bytes()),
            Input::Up { column, row } => prompter.types(&typed(1), finger(column, row, 'm').as_bytes()),
            // A terminal tells only of another size.
            Input::Resized { columns, rows } if prompter.size() == (columns, rows) => {
                return Ok(Vec::new());
            }
            Input::Resized { columns, rows } => {
                self.terminal.screen_mut().set_size(cells(rows), cells(columns));
                prompter.resize(&typed(1), (columns, rows))
            }
            Input::Printed { printer, job, outcome } => prompter.tell(&told(Event::Printed { printer, job, outcome })),
            Input::Probed { printer, says } => prompter.tell(&told(Event::Probed { printer, says })),
            Input::Machine(report) => prompter.tell(&told(Event::Machine(report))),
            Input::Woke => prompter.tell(&told(Event::Woke)),
            Input::Replied { call, reply } => {
                prompter.tell(&told(Event::Replied { call, reply: CarriedReply::from(&reply) }))
            }
            Input::Chore(_) | Input::Settled(_) => {
                let why =
                    std::io::Error::other("a script hands a register no chores, and runs none of its checkpoints");
                return Err(StageFault::world("handing something over", why));
            }
        };
        let shown = shown.map_err(|fault| StageFault::world("playing on the binary", fault))?;
        Ok(self.showed(shown))
    }

    fn half_a_key_until(&self) -> Option<Timestamp> {
        self.report.half_a_key_until
    }

    fn picture(&mut self) -> Picture {
        let (columns, rows) = self.size();
        let screen = self.terminal.screen();
        let symbol = |row, column| match screen.cell(row, column) {
            Some(cell) if cell.is_wide_continuation() => String::new(),
            Some(cell) if cell.has_contents() => cell.contents().to_owned(),
            Some(_) | None => " ".to_owned(),
        };
        let cells = (0..rows).map(|row| (0..columns).map(|column| symbol(row, column)).collect()).collect();
        let ink = |row, column| screen.cell(row, column).map(ink).unwrap_or_default().on(&symbol(row, column));
        let inks = (0..rows).map(|row| (0..columns).map(|column| ink(row, column)).collect()).collect();
        let area = |spot: &Spot| Area { column: spot[0], row: spot[1], columns: spot[2], rows: spot[3] };
        let named = |all: &[(String, Spot)]| all.iter().map(|(name, spot)| (name.clone(), area(spot))).collect();
        Picture {
            columns,
            rows,
            cells,
            inks,
            regions: named(&self.report.regions),
            targets: named(&self.report.targets),
            focus: self.report.focus.clone(),
        }
    }

    fn jobs(&self) -> Result<Vec<PrintJob>, StageFault> {
        let reader = Reader::open(&self.places.store_file(), Some(&self.key))
            .map_err(|fault| StageFault::world("reading the store", fault))?;
        let mut jobs =
            reader.spool_recent(JOBS_MAX).map_err(|fault| StageFault::world("reading the print jobs", fault))?;
        jobs.reverse();
        Ok(jobs)
    }

    fn crash(&mut self) -> Result<(), StageFault> {
        let Some(prompter) = self.prompter.take() else { return Err(StageFault::Quit) };
        prompter.kill().map_err(|fault| StageFault::world("killing the register", fault))
    }

    fn restart(&mut self, now: Timestamp) -> Result<Vec<Asked>, StageFault> {
        self.lives += 1;
        let (columns, rows) = self.size();
        self.terminal = vt100::Parser::new(cells(rows), cells(columns), 0);
        let props = Props { now, seed: self.seat.seed(self.lives), ..self.props.clone() };
        let started = Prompter::start(&self.program, &self.places.data, (columns, rows), self.mode, &props);
        let (prompter, report, bytes) =
            started.map_err(|fault| StageFault::world("starting the register in a terminal", fault))?;
        self.prompter = Some(prompter);
        Ok(self.showed((report, bytes)))
    }
}

fn ink(cell: &vt100::Cell) -> Ink {
    let colour = |shown| match shown {
        vt100::Color::Default => Colour::Usual,
        vt100::Color::Idx(index) => Colour::Index(index),
        vt100::Color::Rgb(red, green, blue) => Colour::Rgb(red, green, blue),
    };
    Ink {
        front: colour(cell.fgcolor()),
        back: colour(cell.bgcolor()),
        bold: cell.bold(),
        reversed: cell.inverse(),
        underlined: cell.underline(),
    }
}

/// What a terminal sends for a finger or the left button that goes down (`M`) or up (`m`) on a cell, counted from 0.
/// Source: xterm's control sequences, SGR mouse mode (1006).
fn finger(column: u16, row: u16, goes: char) -> String {
    format!("\x1b[<0;{};{}{goes}", u32::from(column) + 1, u32::from(row) + 1)
}

/// What a terminal sends for a key.
///
/// # Errors
/// [`StageFault::NoSuchKey`] when it sends the same for another one.
fn bytes_of(key: Press) -> Result<Vec<u8>, StageFault> {
    let tilde = |number: u8| format!("\x1b[{number}~");
    let twin = |other: &str| StageFault::NoSuchKey { key: key.to_string(), other: other.to_owned() };
    let text = match key {
        Press::Char(letter) => letter.to_string(),
        Press::Alt('[' | 'O') => return Err(twin("the beginning of another key")),
        Press::Alt(letter) => format!("\x1b{letter}"),
        Press::F(number @ 1..=4) => format!("\x1bO{}", char::from(b'O' + number)),
        Press::F(number @ 5..=12) => tilde([15, 17, 18, 19, 20, 21, 23, 24][usize::from(number) - 5]),
        Press::F(_) => return Err(twin("no key: there are F1 to F12")),
        Press::Enter => "\r".to_owned(),
        Press::Esc => "\x1b".to_owned(),
        Press::Backspace => "\x7f".to_owned(),
        Press::Delete => tilde(3),
        Press::Tab => "\t".to_owned(),
        Press::BackTab => "\x1b[Z".to_owned(),
        Press::Up => "\x1b[A".to_owned(),
        Press::Down => "\x1b[B".to_owned(),
        Press::Right => "\x1b[C".to_owned(),
        Press::Left => "\x1b[D".to_owned(),
        Press::Home => "\x1b[H".to_owned(),
        Press::End => "\x1b[F".to_owned(),
        Press::PageUp => tilde(5),
        Press::PageDown => tilde(6),
        Press::Ctrl('h') => return Err(twin("Backspace")),
        Press::Ctrl('i') => return Err(twin("Tab")),
        Press::Ctrl('j' | 'm') => return Err(twin("Enter")),
        Press::Ctrl(letter @ 'a'..='z') => char::from(letter as u8 & 0x1f).to_string(),
        Press::Ctrl(_) => return Err(twin("another key or none")),
    };
    Ok(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_what_a_terminal_sends_for_it() {
        // key, bytes
        for (name, bytes) in [
            ("a", "a"),
            ("é", "é"),
            ("Space", " "),
            ("Alt+3", "\x1b3"),
            ("F1", "\x1bOP"),
            ("F4", "\x1bOS"),
            ("F5", "\x1b[15~"),
            ("F6", "\x1b[17~"),
            ("F12", "\x1b[24~"),
            ("Enter", "\r"),
            ("Esc", "\x1b"),
            ("Backspace", "\x7f"),
            ("Delete", "\x1b[3~"),
            ("Shift+Tab", "\x1b[Z"),
            ("Left", "\x1b[D"),
            ("PgDn", "\x1b[6~"),
            ("Ctrl+q", "\x11"),
        ] {
            assert_eq!(bytes_of(Press::named(name).unwrap()).unwrap(), bytes.as_bytes(), "{name}");
        }
        // key, what it is taken for
        for (name, other) in [("Ctrl+i", "Tab"), ("Ctrl+m", "Enter"), ("Ctrl+h", "Backspace"), ("Ctrl+3", "another")] {
            let told = bytes_of(Press::named(name).unwrap()).unwrap_err().to_string();
            assert!(told.contains(name) && told.contains(other), "{told}");
        }
    }
}
