//! The terminal: taken, given back whatever happens, and its events as keys and taps.
//!
//! ratatui's own `init` and panic hook do not undo mouse reporting, and crossterm's mouse capture asks for every
//! motion; so what is sent on entering and leaving is ours, and stands here side by side.

use super::paths::environment;
use super::{Fault, why};
use crate::app::Input;
use crate::tui::keys::Key;
use crate::tui::theme::Mode;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use std::io::{self, IsTerminal, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use zeroize::Zeroizing;

/// Longest line that is typed unseen, in characters.
const HIDDEN_CHARS_MAX: usize = 64;

/// Alternate screen, cleared, hidden cursor, presses of the mouse as SGR (1003, every motion, is left alone), and no
/// bracketed paste: what is pasted or scanned comes as keys.
///
/// What a terminal does not know it leaves alone. One without an alternate screen (a vt220, older consoles) has its own
/// cleared, before and after: else the last frame would lie below whatever comes next.
const ENTER: &str = "\x1b[?1049h\x1b[0m\x1b[2J\x1b[?25l\x1b[?2004l\x1b[?1000h\x1b[?1006h";
/// Undoes [`ENTER`], whatever state a frame was left in.
const LEAVE: &str = "\x1b[?2026l\x1b[?1006l\x1b[?1000l\x1b[0m\x1b[2J\x1b[H\x1b[?25h\x1b[?1049l";

/// Whether the terminal is ours at this moment. Of the process, as the terminal is: the panic hook must know.
static TAKEN: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// The terminal, ours for as long as this lives.
#[derive(Debug)]
pub struct Terminal(());

impl Terminal {
    /// Takes the terminal: raw mode, alternate screen, mouse presses. A panic gives it back before its text is shown.
    ///
    /// # Errors
    /// A [`Fault`] when there is no terminal, or it refuses.
    pub fn enter() -> Result<Terminal, Fault> {
        let doing = "could not take the terminal";
        must_be_there(doing)?;
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                if let Err(source) = give_back() {
                    remark(&format!("could not give the terminal back: {}: type `reset`\n", why(&source)));
                }
                before(panic);
            }));
        });
        let fault = |source| Fault::io(doing, &source, "start it in another terminal");
        enable_raw_mode().map_err(fault)?;
        TAKEN.store(true, Ordering::SeqCst);
        let terminal = Terminal(());
        say(ENTER).map_err(fault)?;
        Ok(terminal)
    }

    /// Gives the terminal back as it was.
    ///
    /// # Errors
    /// A [`Fault`] when it has gone away or refuses.
    pub fn leave(self) -> Result<(), Fault> {
        give_back().map_err(|source| Fault::io("could not give the terminal back", &source, "type `reset`"))
    }
}

/// What the terminal can show, as TERM and NO_COLOR (<https://no-color.org>) tell.
pub fn mode() -> Mode {
    let term = environment("TERM");
    Mode::of_terminal(&term.unwrap_or_default().to_string_lossy(), environment("NO_COLOR").is_some())
}

/// How many columns and rows the terminal has.
///
/// # Errors
/// A [`Fault`] when there is no terminal, told before anything waits for its answer, or it does not say.
pub fn size() -> Result<(u16, u16), Fault> {
    let doing = "could not ask the terminal for its size";
    must_be_there(doing)?;
    crossterm::terminal::size().map_err(|source| Fault::io(doing, &source, "start it in another terminal"))
}

fn must_be_there(doing: &str) -> Result<(), Fault> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(());
    }
    let why = "standard input and output are not a terminal";
    Err(Fault::new(doing, why, "start it in a terminal, without pipes"))
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Err(source) = give_back() {
            tracing::warn!(why = why(&source), "the terminal was not given back");
        }
    }
}

fn give_back() -> io::Result<()> {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    // Both are tried: a terminal that takes no bytes may still have its modes set.
    let said = say(LEAVE);
    disable_raw_mode().and(said)
}

fn say(bytes: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes.as_bytes())?;
    out.flush()
}

/// Says something on standard error. Where that is gone too (a hang-up), nobody is left to tell, and a panic for it
/// would end the process without the rest of its farewells: so not `eprintln!`.
fn remark(words: &str) {
    io::stderr().write_all(words.as_bytes()).ok();
}

/// The key of a terminal's event; `None` for what the register has no use for.
///
/// Presses alone count. A backspace that arrives as 0x08 (vt220, serial lines) and a line feed (some scanners) come
/// from crossterm as Ctrl+h and Ctrl+j; they are Backspace and Enter here.
pub fn key_from(event: KeyEvent) -> Option<Key> {
    if event.kind != KeyEventKind::Press {
        return None;
    }
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    if let KeyCode::Char(letter) = event.code {
        return character(letter, alt, ctrl);
    }
    if alt || ctrl {
        return None;
    }
    match event.code {
        KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => Some(Key::BackTab),
        KeyCode::BackTab => Some(Key::BackTab),
        KeyCode::Tab => Some(Key::Tab),
        KeyCode::Enter => Some(Key::Enter),
        KeyCode::Esc => Some(Key::Esc),
        KeyCode::Backspace => Some(Key::Backspace),
        KeyCode::Delete => Some(Key::Delete),
        KeyCode::Up => Some(Key::Up),
        KeyCode::Down => Some(Key::Down),
        KeyCode::Left => Some(Key::Left),
        KeyCode::Right => Some(Key::Right),
        KeyCode::PageUp => Some(Key::PageUp),
        KeyCode::PageDown => Some(Key::PageDown),
        KeyCode::Home => Some(Key::Home),
        KeyCode::End => Some(Key::End),
        KeyCode::F(number) => (1..=12).contains(&number).then_some(Key::F(number)),
        _ => None,
    }
}

fn character(letter: char, alt: bool, ctrl: bool) -> Option<Key> {
    match (alt, ctrl, letter.to_ascii_lowercase()) {
        _ if letter.is_control() => None,
        (false, true, 'h') => Some(Key::Backspace),
        (false, true, 'j') => Some(Key::Enter),
        (false, true, lower) => lower.is_ascii_lowercase().then_some(Key::Ctrl(lower)),
        (true, false, _) => Some(Key::Alt(letter)),
        (false, false, _) => Some(Key::Char(letter)),
        (true, true, _) => None,
    }
}

/// Asks for a line that is not shown, on standard error; `None` when it was given up with Esc, Ctrl+c or Ctrl+d.
///
/// # Errors
/// A [`Fault`] when there is no terminal to ask on.
pub fn hidden_line(prompt: &str) -> Result<Option<Zeroizing<String>>, Fault> {
    let fault = |source| Fault::io("could not ask on the terminal", &source, "give it through standard input");
    // Quiet first: what is typed the moment the question shows must not be seen.
    let quiet = Quiet::begin().map_err(fault)?;
    remark(prompt);
    // Room for all of it, so that growing leaves no copy behind.
    let mut line = Zeroizing::new(String::with_capacity(4 * HIDDEN_CHARS_MAX));
    let read = loop {
        let Event::Key(event) = crossterm::event::read().map_err(fault)? else { continue };
        match key_from(event) {
            Some(Key::Enter) => break Some(line),
            Some(Key::Esc | Key::Ctrl('c' | 'd')) => break None,
            Some(Key::Backspace) => drop(line.pop()),
            Some(Key::Char(letter)) if line.chars().count() < HIDDEN_CHARS_MAX => line.push(letter),
            Some(_) | None => {}
        }
    };
    drop(quiet);
    remark("\n");
    Ok(read)
}

/// Raw mode without a screen of ours.
struct Quiet;

impl Quiet {
    fn begin() -> io::Result<Quiet> {
        enable_raw_mode().map(|()| Quiet)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if let Err(source) = disable_raw_mode() {
            remark(&format!("could not give the terminal back: {}: type `reset`\n", why(&source)));
        }
    }
}

/// The finger or left button that went down or up; `None` for the other buttons, motion and the wheel.
///
/// Some terminals (foot) tell both at once when the finger goes up, others (xterm) each in its time.
pub fn finger_from(event: MouseEvent) -> Option<Input> {
    let (column, row) = (event.column, event.row);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Input::Down { column, row }),
        MouseEventKind::Up(MouseButton::Left) => Some(Input::Up { column, row }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminals_keys_are_ours() {
        const NONE: KeyModifiers = KeyModifiers::NONE;
        const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
        const CTRL: KeyModifiers = KeyModifiers::CONTROL;
        const ALT: KeyModifiers = KeyModifiers::ALT;
        // code, modifiers, the name of the key ("" = none)
        let rows = [
            (KeyCode::Char('a'), NONE, "a"),
            (KeyCode::Char('A'), SHIFT, "A"),
            (KeyCode::Char('ñ'), NONE, "ñ"),
            (KeyCode::Char(' '), NONE, "Space"),
            (KeyCode::Char('+'), SHIFT, "+"),
            (KeyCode::Char('3'), ALT, "Alt+3"),
            (KeyCode::Char('c'), CTRL, "Ctrl+c"),
            (KeyCode::Char('C'), CTRL | SHIFT, "Ctrl+c"),
            (KeyCode::Char('c'), CTRL | ALT, ""),
            (KeyCode::Char('h'), CTRL, "Backspace"),
            (KeyCode::Char('j'), CTRL, "Enter"),
            (KeyCode::Char('5'), CTRL, ""),
            (KeyCode::Char('\u{1b}'), NONE, ""),
            (KeyCode::Tab, NONE, "Tab"),
            (KeyCode::Tab, SHIFT, "Shift+Tab"),
            (KeyCode::BackTab, SHIFT, "Shift+Tab"),
            (KeyCode::Enter, NONE, "Enter"),
            (KeyCode::Enter, ALT, ""),
            (KeyCode::Esc, NONE, "Esc"),
            (KeyCode::Backspace, NONE, "Backspace"),
            (KeyCode::Delete, NONE, "Delete"),
            (KeyCode::Up, NONE, "Up"),
            (KeyCode::PageDown, NONE, "PgDn"),
            (KeyCode::Home, NONE, "Home"),
            (KeyCode::F(1), NONE, "F1"),
            (KeyCode::F(12), NONE, "F12"),
            (KeyCode::F(13), NONE, ""),
            (KeyCode::Insert, NONE, ""),
        ];
        for (code, modifiers, name) in rows {
            let key = key_from(KeyEvent::new(code, modifiers));
            assert_eq!(key.map(|key| key.to_string()).unwrap_or_default(), name, "{code:?} {modifiers:?}");
        }
        let release = KeyEvent { kind: KeyEventKind::Release, ..KeyEvent::new(KeyCode::Enter, NONE) };
        assert_eq!(key_from(release), None);
    }

    #[test]
    fn a_tap_is_the_left_button_going_down_and_up() {
        let event = |kind| MouseEvent { kind, column: 7, row: 3, modifiers: KeyModifiers::NONE };
        let finger = |kind| finger_from(event(kind));
        let (column, row) = (7, 3);
        assert_eq!(finger(MouseEventKind::Down(MouseButton::Left)), Some(Input::Down { column, row }));
        assert_eq!(finger(MouseEventKind::Up(MouseButton::Left)), Some(Input::Up { column, row }));
        for kind in [
            MouseEventKind::Up(MouseButton::Right),
            MouseEventKind::Down(MouseButton::Right),
            MouseEventKind::Moved,
            MouseEventKind::Drag(MouseButton::Left),
            MouseEventKind::ScrollDown,
        ] {
            assert_eq!(finger(kind), None);
        }
    }

    #[test]
    fn what_is_set_on_entering_is_reset_on_leaving() {
        let modes = |text: &str, end: char| {
            let found = text.split("\x1b[?").filter_map(|part| part.split_once(end)).map(|(mode, _)| mode.to_owned());
            found.filter(|mode| mode.bytes().all(|b| b.is_ascii_digit())).collect::<Vec<_>>()
        };
        let set = modes(ENTER, 'h');
        assert_eq!(set, ["1049", "1000", "1006"]);
        let reset = modes(LEAVE, 'l');
        assert!(set.iter().all(|mode| reset.contains(mode)), "{reset:?}");
        assert!(ENTER.contains("?25l") && LEAVE.contains("?25h"));
    }
}
