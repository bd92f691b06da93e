//! A register on a real Linux console, where there is one to be had: keys go in as if they were typed (TIOCSTI), the
//! screen is read from the kernel (/dev/vcsu, /dev/vcsa). Needs root; without all that it says `NOT TESTED`.

use crate::pty::{TENDER_HEARS, let_pass};
use crate::shown::{CONSOLE_PALETTE, contrast};
use comanda::runtime::clock;
use comanda::runtime::paths::environment;
use comanda::tui::glyphs::Glyphs;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FlockOperation, Mode, OFlags, Timespec, flock, open};
use rustix::ioctl::{IntegerSetter, Setter, ioctl};
use rustix::termios::{QueueSelector, tcflush};
use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Consoles that nobody uses, most likely.
const NUMBERS: std::ops::RangeInclusive<u32> = 40..=60;
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a change of the screen is waited for before it is read anyway.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// What stands on the console before: it is reset, and has a word.
const BEFORE: &str = "\x1bcas it was\r\n";

/// What runs on it: the register, and then somebody who looks how it left the terminal.
const LINE: &str = r#""$0" demo --data "$1" && stty -a >"$1/stty""#;

/// A console of our own.
struct Console {
    number: u32,
    tty: File,
}

/// What runs on it; a test that stops takes it along, as its terminal hangs up.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.0.try_wait() {
            self.0.kill().ok();
            self.0.wait().ok();
        }
    }
}

/// One screen: its letters, and how each looks.
struct Screen {
    rows: Vec<String>,
    /// Every cell, row by row.
    cells: Vec<(char, u8)>,
}

impl Console {
    /// Takes one that nobody has; says why there is none.
    fn take() -> Result<Console, String> {
        let free = |number: &u32| !Path::new(&format!("/dev/vcsa{number}")).exists();
        let number = NUMBERS.into_iter().find(free).ok_or("all consoles are in use")?;
        let path = format!("/dev/tty{number}");
        let tty = open(&path, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).map_err(|why| format!("{path}: {why}"))?;
        // Another run of this test may have had the same idea.
        flock(&tty, FlockOperation::NonBlockingLockExclusive).map_err(|why| format!("{path}: {why}"))?;
        let console = Console { number, tty: File::from(tty) };
        console.read()?;
        console.types("x").map_err(|why| format!("{path} takes no keys: {why}"))?;
        tcflush(&console.tty, QueueSelector::IFlush).map_err(|why| format!("{path}: {why}"))?;
        (&console.tty).write_all(BEFORE.as_bytes()).map_err(|why| format!("{path}: {why}"))?;
        Ok(console)
    }

    #[expect(unsafe_code, reason = "TIOCSTI reads one byte, which is there")]
    fn types(&self, keys: &str) -> Result<(), rustix::io::Errno> {
        const TIOCSTI: u32 = 0x5412;
        for byte in keys.bytes() {
            // SAFETY: the request takes a pointer to one byte and writes nothing.
            unsafe { ioctl(&self.tty, Setter::<TIOCSTI, u8>::new(byte))? };
        }
        Ok(())
    }

    fn file(&self, kind: &str) -> PathBuf {
        format!("/dev/{kind}{}", self.number).into()
    }

    fn read(&self) -> Result<Screen, String> {
        let bytes = |kind: &str| {
            let file = self.file(kind);
            std::fs::read(&file).map_err(|why| format!("{}: {why}", file.display()))
        };
        let (mut looks, mut letters) = (bytes("vcsa")?, bytes("vcsu")?);
        // Letters and looks are two readings, of one screen only where nothing was drawn between them.
        while bytes("vcsa")? != looks {
            (looks, letters) = (bytes("vcsa")?, bytes("vcsu")?);
        }
        let columns = usize::from(looks[1]);
        let letters: Vec<char> = letters
            .chunks_exact(4)
            .map(|four| char::from_u32(u32::from_ne_bytes([four[0], four[1], four[2], four[3]])).unwrap_or('\u{fffd}'))
            .collect();
        let rows = letters.chunks(columns).map(|row| row.iter().collect::<String>().trim_end().to_owned()).collect();
        let looks = looks[4..].chunks_exact(2).map(|two| two[1]);
        Ok(Screen { rows, cells: letters.iter().copied().zip(looks).collect() })
    }

    /// Waits until the screen has a text.
    fn wait_for(&self, text: &str) -> Screen {
        let deadline = clock::instant() + PATIENCE;
        let watched = File::open(self.file("vcsa")).unwrap();
        loop {
            let screen = self.read().unwrap();
            if screen.rows.iter().any(|row| row.contains(text)) {
                return screen;
            }
            assert!(clock::instant() < deadline, "nobody saw {text:?} in time:\n{}", screen.rows.join("\n"));
            poll(&mut [PollFd::new(&watched, PollFlags::PRI)], Some(&LOOK)).unwrap();
        }
    }

    fn starts(&self, data: &Path) -> Result<Running, String> {
        let end = || Stdio::from(self.tty.as_fd().try_clone_to_owned().unwrap());
        Command::new("setsid")
            .args(["--ctty", "--wait", "sh", "-c", LINE, env!("CARGO_BIN_EXE_comanda")])
            .arg(data)
            .env_clear()
            .env("PATH", environment("PATH").unwrap_or_default())
            .env("TERM", "linux")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .map(Running)
            .map_err(|why| format!("setsid: {why}"))
    }

    /// Gives the console back to the kernel; one that is still being closed stays, and costs a few kilobytes.
    #[expect(unsafe_code, reason = "VT_DISALLOCATE takes a number")]
    fn give_back(self) {
        const VT_DISALLOCATE: u32 = 0x5608;
        let number = usize::try_from(self.number).unwrap();
        drop(self.tty);
        let any = open("/dev/tty0", OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        // SAFETY: the request takes the number of a console and touches no memory of ours.
        unsafe { ioctl(&any, IntegerSetter::<VT_DISALLOCATE>::new_usize(number)) }.ok();
    }
}

/// The colours in the order of a screen's attributes (VGA's); it also leads back. Source: `color_table` of the kernel's
/// `vt.c`.
const ORDER: [usize; 8] = [0, 4, 2, 6, 1, 5, 3, 7];

/// Everything on it is in the console's font, and can be read.
fn judge(screen: &Screen) {
    for row in &screen.rows {
        assert!(row.chars().all(|letter| Glyphs::Console.has(letter)), "{row}");
    }
    for &(letter, look) in &screen.cells {
        let (bright, front, back) = (usize::from(look & 8), usize::from(look & 7), usize::from(look >> 4));
        assert!(back < 8, "{look:#x} blinks, or is no background of a console");
        let (front, back) = (ORDER[front] | bright, ORDER[back]);
        let is_read = letter == ' ' || contrast(&CONSOLE_PALETTE, front, back) >= 4.5;
        assert!(is_read, "{letter:?}: {front} on {back}");
    }
}

#[test]
fn an_order_is_sold_on_a_kernel_console() {
    let data = tempfile::tempdir().unwrap();
    let started = Console::take().and_then(|console| console.starts(data.path()).map(|child| (console, child)));
    let (console, mut child) = match started {
        Ok(started) => started,
        Err(why) => {
            println!("NOT TESTED: there is no console to test on: {why}");
            return;
        }
    };
    // keys, what the screen then has. A typed byte may be read before the next one comes, so function keys are typed as
    // Esc and what stands for their number, which is the same key then, too.
    let rows = [
        ("", "Who is there?"),
        ("1111\r", "Nothing ordered yet"),
        ("A", "> 1 Cheeseburger"),
        ("brul\r", "1 Crème brûlée"),
        ("\x1b4", "TO PAY"),
        ("\r", "T1-0001 paid"),
        ("\x1b-", "Who is there?"),
    ];
    for (keys, part) in rows {
        if keys == "\r" {
            let_pass(TENDER_HEARS);
        }
        console.types(keys).unwrap();
        let screen = console.wait_for(part);
        println!("{}", screen.rows.join("\n"));
        judge(&screen);
    }
    console.types("\x11").unwrap();
    assert!(child.0.wait().unwrap().success());
    let screen = console.read().unwrap();
    // Newer kernels have a second screen, and give the first one back; older ones have a blank one.
    let rest = screen.rows.join("\n");
    assert!(["", "as it was"].contains(&rest.trim_end()), "something stayed:\n{rest}");
    let modes = std::fs::read_to_string(data.path().join("stty")).unwrap();
    assert!(modes.contains(" icanon") && modes.contains(" echo "), "{modes}");
    console.give_back();
}
