//! The printer behind a character device: `/dev/usb/lp*`, a serial line, or what udev links to one.
//!
//! It is only written to, so that nothing proves paper: at best [`Outcome::Unconfirmed`]. The device is opened for each
//! job and without waiting (a printer that is unplugged and plugged in again is another device), and a write that
//! moves no byte has a limit. usblp says "no space" when there is no paper.

use super::Patience;
use super::tcp::cut_off;
use crate::printing::spooler::{Outcome, Trouble};
use crate::runtime::why;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::termios::{OptionalActions, isatty, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

/// Whether the device can be opened; a sentence when not.
pub(super) fn probe(path: &Path) -> Result<(), String> {
    open(path).map(drop)
}

/// Writes one job.
pub(super) fn print(path: &Path, patience: Patience, bytes: &[u8]) -> Outcome {
    let mut device = match open(path) {
        Ok(device) => device,
        Err(told) => return Outcome::NotStarted(told),
    };
    let mut sent = 0;
    while sent < bytes.len() {
        match device.write(&bytes[sent..]) {
            Ok(0) => return cut_off(sent, bytes.len(), "it takes no more"),
            Ok(more) => sent += more,
            Err(source) if source.kind() == io::ErrorKind::Interrupted => {}
            Err(source) if source.kind() == io::ErrorKind::WouldBlock => match takes_more(&device, patience.write) {
                Ok(true) => {}
                Ok(false) => return cut_off(sent, bytes.len(), "no answer in time"),
                Err(source) => return cut_off(sent, bytes.len(), &why(&source)),
            },
            Err(source) if source.kind() == io::ErrorKind::StorageFull => {
                let told = Trouble::PaperOut.words().to_owned();
                return if sent == 0 { Outcome::NotStarted(told) } else { Outcome::Broken(told) };
            }
            Err(source) => return cut_off(sent, bytes.len(), &why(&source)),
        }
    }
    Outcome::Unconfirmed
}

/// Opens the device without waiting for it; nothing is made where there is none.
fn open(path: &Path) -> Result<File, String> {
    let told = |source: &io::Error| format!("could not open {}: {}", path.display(), why(source));
    let nonblocking = OFlags::NONBLOCK | OFlags::NOCTTY;
    let flags = i32::try_from(nonblocking.bits()).expect("flags of open are small");
    let device = OpenOptions::new().write(true).custom_flags(flags).open(path).map_err(|source| told(&source))?;
    let kind = device.metadata().map_err(|source| told(&source))?.file_type();
    if !kind.is_char_device() && !kind.is_fifo() {
        return Err(format!("{} is no device: name another", path.display()));
    }
    if isatty(&device) {
        // A terminal's line would turn line feeds into two characters, in the middle of commands too.
        let raw = tcgetattr(&device).and_then(|mut modes| {
            modes.make_raw();
            tcsetattr(&device, OptionalActions::Now, &modes)
        });
        raw.map_err(|source| told(&source.into()))?;
    }
    Ok(device)
}

/// Waits until the device takes more, at most for `limit`; says whether it does.
fn takes_more(device: &File, limit: Duration) -> io::Result<bool> {
    let limit = Timespec::try_from(limit).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut waits = [PollFd::new(device, PollFlags::OUT)];
    match poll(&mut waits, Some(&limit)) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(true),
        Err(source) => Err(source.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::io::Read;

    const SHORT: Patience = Patience { write: Duration::from_millis(100), ..Patience::USUAL };

    #[test]
    fn a_device_gets_every_byte_and_proves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lp0");
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let outcome = print(&path, SHORT, b"job");
        assert!(matches!(&outcome, Outcome::NotStarted(told) if told.contains("lp0")), "nobody reads: {outcome:?}");
        let bytes: Vec<u8> = (0..300_000_u32).map(|it| (it % 251) as u8).collect();
        let reads = path.clone();
        let (ready, opened) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            let fifo = OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits() as i32).open(reads).unwrap();
            ready.send(()).unwrap();
            let mut kept = vec![0; 300_000];
            let mut at = 0;
            let mut fifo = fifo;
            while at < kept.len() {
                poll(&mut [PollFd::new(&fifo, PollFlags::IN)], None).unwrap();
                at += fifo.read(&mut kept[at..]).unwrap_or(0);
            }
            kept
        });
        opened.recv().unwrap();
        assert_eq!(print(&path, Patience::USUAL, &bytes), Outcome::Unconfirmed);
        assert!(reader.join().unwrap() == bytes);
    }

    #[test]
    fn a_device_that_takes_no_more_breaks_the_job_in_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lp0");
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let _held = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        assert_eq!(probe(&path), Ok(()));
        let outcome = print(&path, SHORT, &vec![b'x'; 1024 * 1024]);
        assert!(matches!(&outcome, Outcome::Broken(told) if told.contains("no answer in time after")), "{outcome:?}");
    }

    #[test]
    fn no_space_means_no_paper_and_a_file_is_no_device() {
        assert_eq!(
            print(Path::new("/dev/full"), SHORT, b"job"),
            Outcome::NotStarted(Trouble::PaperOut.words().to_owned())
        );
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lp0");
        let outcome = print(&path, SHORT, b"job");
        assert!(matches!(&outcome, Outcome::NotStarted(told) if told.contains("does not exist")), "{outcome:?}");
        assert!(!path.exists(), "nothing is made in its place");
        std::fs::write(&path, "").unwrap();
        assert!(probe(&path).unwrap_err().contains("is no device"));
    }

    #[test]
    fn a_serial_line_changes_no_byte() {
        use portable_pty::{NativePtySystem, PtySize, PtySystem};
        let pair = NativePtySystem::default().openpty(PtySize::default()).unwrap();
        let path = pair.master.tty_name().unwrap();
        let job = b"\x1b@one\ntwo\n\x1dV\x42\x00";
        assert_eq!(print(&path, SHORT, job), Outcome::Unconfirmed);
        let mut kept = vec![0; job.len()];
        pair.master.try_clone_reader().unwrap().read_exact(&mut kept).unwrap();
        assert_eq!(kept, job);
    }
}
