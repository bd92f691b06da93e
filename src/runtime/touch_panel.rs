//! A touch panel on a bare console, read from the kernel (evdev) where no compositor does it.
//!
//! What a finger does there becomes the events that a terminal sends of its mouse, so that all else is the same. A
//! panel that cannot be opened, or is unplugged, is tried again: the register sells by its keys meanwhile. Source
//! of the numbers: the kernel's `input-event-codes.h`, and `Documentation/input/event-codes.rst`.

use super::{Fault, why};
use crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use rustix::ioctl::{Getter, ioctl, opcode};
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// How long until a panel that is not there is tried again.
const AGAIN: Duration = Duration::from_secs(2);
/// What one event takes, in bytes: two words of time, a kind, a code, a value.
const EVENT_BYTES: usize = 2 * size_of::<usize>() + 8;

const SYNC: u16 = 0;
const KEY: u16 = 1;
const ABSOLUTE: u16 = 3;
const SYNC_REPORT: u16 = 0;
const SYNC_DROPPED: u16 = 3;
const ABSOLUTE_X: u16 = 0;
const ABSOLUTE_Y: u16 = 1;
/// A finger on a panel, or the button of a pointer that says where it is.
const TOUCHES: [u16; 2] = [0x14a, 0x110];

/// A touch panel, as the configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchPanel {
    /// Its device, `/dev/input/by-path/...`.
    pub path: PathBuf,
    /// It is mounted so that its x runs down the picture.
    pub is_swapped: bool,
    /// What it says at the left, right, upper and lower edge of the picture; what it claims itself without them.
    pub edges: Option<[i32; 4]>,
}

impl TouchPanel {
    /// Tells what fingers do, from a thread that ends with the process.
    ///
    /// # Errors
    /// A [`Fault`] when there is no thread to be had.
    pub(super) fn listen(self, to_loop: UnboundedSender<io::Result<Event>>) -> Result<(), Fault> {
        let spawned =
            std::thread::Builder::new().name("touch panel".into()).spawn(move || self.listen_for_ever(&to_loop));
        let fault =
            |source| Fault::io("could not start the thread of the touch panel", &source, "close other programs");
        spawned.map(drop).map_err(fault)
    }

    fn listen_for_ever(&self, to_loop: &UnboundedSender<io::Result<Event>>) {
        let mut told = None;
        while !to_loop.is_closed() {
            let source = match self.open() {
                Ok((device, edges)) => {
                    tracing::info!(panel = %self.path.display(), ?edges, "a touch panel is read");
                    told = None;
                    self.read(device, edges, to_loop)
                }
                Err(source) => source,
            };
            let why = why(&source);
            if told.as_ref() != Some(&why) {
                tracing::warn!(panel = %self.path.display(), why, "the touch panel is not read; it is tried again");
                told = Some(why);
            }
            pause();
        }
    }

    fn open(&self) -> io::Result<(File, [i32; 4])> {
        let device = File::open(&self.path)?;
        if let Some(edges) = self.edges {
            return Ok((device, edges));
        }
        let (x, y) = ranges(&device)?;
        let ([left, right], [top, bottom]) = if self.is_swapped { (y, x) } else { (x, y) };
        Ok((device, [left, right, top, bottom]))
    }

    /// Reads until it ends, and says why it did.
    fn read(&self, mut device: impl Read, edges: [i32; 4], to_loop: &UnboundedSender<io::Result<Event>>) -> io::Error {
        let mut finger = Finger::default();
        let mut event = [0; EVENT_BYTES];
        loop {
            if let Err(source) = device.read_exact(&mut event) {
                return source;
            }
            let Some(is_down) = finger.take(&event) else { continue };
            // A terminal that does not say how large it is draws nothing that one could touch.
            let Ok(size) = crossterm::terminal::size() else { continue };
            let (column, row) = finger.cell(edges, self.is_swapped, size);
            let kind = if is_down { MouseEventKind::Down } else { MouseEventKind::Up };
            let mouse = MouseEvent { kind: kind(MouseButton::Left), column, row, modifiers: KeyModifiers::NONE };
            // When nobody listens any more, the program is about to end.
            if to_loop.send(Ok(Event::Mouse(mouse))).is_err() {
                return io::ErrorKind::BrokenPipe.into();
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a device that is plugged in again tells nobody here")]
fn pause() {
    std::thread::sleep(AGAIN);
}

/// What is known of an axis: value, least, greatest, fuzz, flat, resolution.
type Axis = [i32; 6];
const AXIS_X: u32 = opcode::read::<Axis>(b'E', 0x40);
const AXIS_Y: u32 = opcode::read::<Axis>(b'E', 0x41);

/// Between what values x and y run, as the device claims.
#[expect(unsafe_code, reason = "EVIOCGABS fills six numbers, for which there is room")]
fn ranges(device: &File) -> io::Result<([i32; 2], [i32; 2])> {
    // SAFETY: the requests fill an `input_absinfo` each, which is these six numbers.
    let ([_, left, right, ..], [_, top, bottom, ..]) =
        unsafe { (ioctl(device, Getter::<AXIS_X, Axis>::new())?, ioctl(device, Getter::<AXIS_Y, Axis>::new())?) };
    Ok(([left, right], [top, bottom]))
}

/// One finger; of several the kernel tells the first one like this.
#[derive(Debug, Default)]
struct Finger {
    x: i32,
    y: i32,
    is_down: bool,
    /// What was told last.
    was_down: bool,
    /// Events were lost: nothing counts before the next report.
    is_garbled: bool,
}

impl Finger {
    /// Takes one event; answers when a report ends in which the finger came down, or went up.
    fn take(&mut self, event: &[u8; EVENT_BYTES]) -> Option<bool> {
        let [.., k0, k1, c0, c1, v0, v1, v2, v3] = *event;
        let (kind, code) = (u16::from_ne_bytes([k0, k1]), u16::from_ne_bytes([c0, c1]));
        let value = i32::from_ne_bytes([v0, v1, v2, v3]);
        match (kind, code) {
            (SYNC, SYNC_DROPPED) => self.is_garbled = true,
            (SYNC, SYNC_REPORT) if self.is_garbled => {
                // Who knows where it is now; a key that is held down is let go.
                (self.is_garbled, self.is_down) = (false, false);
                return self.told();
            }
            (SYNC, SYNC_REPORT) => return self.told(),
            _ if self.is_garbled => {}
            (ABSOLUTE, ABSOLUTE_X) => self.x = value,
            (ABSOLUTE, ABSOLUTE_Y) => self.y = value,
            (KEY, code) if TOUCHES.contains(&code) => self.is_down = value != 0,
            _ => {}
        }
        None
    }

    fn told(&mut self) -> Option<bool> {
        let before = std::mem::replace(&mut self.was_down, self.is_down);
        (before != self.is_down).then_some(self.is_down)
    }

    /// The cell that it is on.
    fn cell(&self, [left, right, top, bottom]: [i32; 4], is_swapped: bool, (columns, rows): (u16, u16)) -> (u16, u16) {
        let (across, down) = if is_swapped { (self.y, self.x) } else { (self.x, self.y) };
        (part(across, left, right, columns), part(down, top, bottom, rows))
    }
}

/// Which of so many equal parts a value is in, between one edge and the other; beyond them, the nearest.
fn part(value: i32, from: i32, to: i32, parts: u16) -> u16 {
    let (value, from, to, parts) = (i64::from(value), i64::from(from), i64::from(to), i64::from(parts));
    let (along, whole) = if from <= to { (value - from, to - from) } else { (from - value, from - to) };
    let nth = (along * parts).div_euclid(whole + 1).clamp(0, (parts - 1).max(0));
    u16::try_from(nth).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: u16, code: u16, value: i32) -> [u8; EVENT_BYTES] {
        let mut bytes = [0xaa; EVENT_BYTES];
        let told = [&kind.to_ne_bytes()[..], &code.to_ne_bytes(), &value.to_ne_bytes()].concat();
        bytes[EVENT_BYTES - told.len()..].copy_from_slice(&told);
        bytes
    }

    /// X and Y: where the finger is; D and U: down, up; b: a pointer's button; . ends a report; ! events were lost.
    /// m is of a second finger.
    fn told(text: &str) -> Vec<(bool, i32, i32)> {
        let mut finger = Finger::default();
        let mut all = Vec::new();
        for word in text.split(' ') {
            let value = || word[1..].parse().unwrap();
            let event = match &word[..1] {
                "X" => event(ABSOLUTE, ABSOLUTE_X, value()),
                "Y" => event(ABSOLUTE, ABSOLUTE_Y, value()),
                "D" => event(KEY, 0x14a, 1),
                "b" => event(KEY, 0x110, 1),
                "U" => event(KEY, 0x14a, 0),
                "." => event(SYNC, SYNC_REPORT, 0),
                "!" => event(SYNC, SYNC_DROPPED, 0),
                "m" => event(ABSOLUTE, 0x35, 7),
                _ => unreachable!("{word}"),
            };
            all.extend(finger.take(&event).map(|is_down| (is_down, finger.x, finger.y)));
        }
        all
    }

    #[test]
    fn a_tap_is_told_where_it_begins_and_where_it_ends() {
        // events, what is told
        let rows: &[(&str, &[(bool, i32, i32)])] = &[
            ("X3 Y4 D . U .", &[(true, 3, 4), (false, 3, 4)]),
            ("D X3 Y4 . X9 . X10 Y5 . U .", &[(true, 3, 4), (false, 10, 5)]),
            ("X3 Y4 . b .", &[(true, 3, 4)]),
            ("m X3 Y4 D m . D .", &[(true, 3, 4)]),
            ("X3 Y4 D U .", &[]),
            ("X3 Y4 D . ! X7 D . X8 . D .", &[(true, 3, 4), (false, 3, 4), (true, 8, 4)]),
        ];
        for (text, expected) in rows {
            assert_eq!(told(text), *expected, "{text}");
        }
    }

    #[test]
    fn a_finger_is_on_the_cell_below_it_however_the_panel_is_mounted() {
        // x, y | edges | swapped | cell of 66x20
        let rows = [
            ((0, 0), [0, 799, 0, 479], false, (0, 0)),
            ((799, 479), [0, 799, 0, 479], false, (65, 19)),
            ((400, 240), [0, 799, 0, 479], false, (33, 10)),
            ((-5, 9000), [0, 799, 0, 479], false, (0, 19)),
            ((0, 0), [799, 0, 479, 0], false, (65, 19)),
            ((4095, 100), [0, 4095, 0, 4095], true, (1, 19)),
            ((4095, 100), [0, 4095, 4095, 0], true, (1, 0)),
            ((i32::MAX, i32::MIN), [i32::MIN, i32::MAX, i32::MIN, i32::MAX], false, (65, 0)),
            ((5, 5), [5, 5, 5, 5], false, (0, 0)),
        ];
        for ((x, y), edges, is_swapped, cell) in rows {
            let finger = Finger { x, y, ..Finger::default() };
            assert_eq!(finger.cell(edges, is_swapped, (66, 20)), cell, "{x} {y} {edges:?}");
            assert_eq!(finger.cell(edges, is_swapped, (0, 0)), (0, 0));
        }
    }
}
