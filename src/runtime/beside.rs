//! The event loop of a screen that only shows, beside a register on the same box: a thread that looks at the store, and
//! one that draws and hears keys. What the screen is, [`Beside`] says.
//!
//! It holds a [`Reader`] and nothing that writes. The looking has a thread of its own, so that a medium that hangs is
//! told on the screen (`STALE`) instead of stopping its clock.

use super::config::Config;
use super::key_file::KeySource;
use super::lock::Lock;
use super::opening::{self, NotOpened};
use super::paths::Places;
use super::pen::{self, Screen};
use super::register::{alarm, hear_all, listen, ring, terminal_fault};
use super::supervisor::Supervisor;
use super::terminal::{self, Terminal};
use super::{Fault, clock};
use crate::domain::Timestamp;
use crate::store::{self, Reader};
use crate::tui::display::{Display, Link, Pressed, READ_AGAIN_MS};
use crate::tui::scene::{Canvas, Scene};
use crate::tui::theme::{Mode, Theme};
use crossterm::event::Event;
use std::os::unix::fs::MetadataExt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

/// How often the store is asked whether anything changed.
const LOOK: Duration = Duration::from_millis(200);
/// How often it is looked whether the register runs and the store is still the same file; also how long a store that
/// did not open is left alone.
const LOOK_AROUND: Duration = Duration::from_secs(1);
/// A connection that does not answer for so long is made anew.
const OPEN_AGAIN: Duration = Duration::from_secs(5);
/// Longest wait, at the end, for a connection that is being closed.
const LEAVE: Duration = Duration::from_secs(1);

/// A screen that can stand beside a register.
pub trait Beside: Display {
    /// What the register's configuration says of it.
    fn rules(config: Config) -> Self::Rules;

    /// Reads what it shows.
    ///
    /// # Errors
    /// [`store::Fault`] when the store does not answer.
    fn read(reader: &Reader, rules: &Self::Rules, now: Timestamp) -> Result<Self::Picture, store::Fault>;
}

/// What such a screen is started with.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The register's things.
    pub places: Places,
    /// They are the demonstration's, which has no configuration.
    pub demo: bool,
    /// No bell.
    pub silent: bool,
    /// What the terminal can show.
    pub mode: Mode,
}

impl Setting {
    /// The store, and how the house wants it shown.
    fn open<S: Beside>(&self) -> Result<(S::Rules, Reader), NotOpened> {
        if !self.demo {
            let (config, reader) = opening::for_reading(&self.places)?;
            return Ok((S::rules(config), reader));
        }
        let file = self.places.store_file();
        if matches!(file.try_exists(), Ok(false)) {
            return Err(store::OpenFault::Missing(file).into());
        }
        let key = KeySource::File(self.places.usual_key_file()).read()?;
        Ok((S::Rules::default(), Reader::open(&file, Some(&key))?))
    }

    /// Which file the store is: another one takes its name when a backup is restored.
    fn file(&self) -> Option<(u64, u64)> {
        let about = std::fs::metadata(self.places.store_file()).ok()?;
        Some((about.dev(), about.ino()))
    }
}

/// What the looking thread found.
#[derive(Debug)]
enum Seen<P> {
    /// The store answered.
    Answered {
        /// What it says, when that may have changed.
        picture: Option<P>,
        /// Somebody writes it.
        register_runs: bool,
    },
    /// There is no store to be read, for this reason.
    Waiting(String),
}

/// A store that was opened, and what was last known of it.
struct Opened<S: Beside> {
    rules: S::Rules,
    reader: Reader,
    file: Option<(u64, u64)>,
    commits: i64,
    document_seq: i64,
    read_at: Instant,
}

impl<S: Beside> Opened<S> {
    /// Reads what changed, if anything did.
    fn look(&mut self, now: Timestamp) -> Result<Option<S::Picture>, store::Fault> {
        let is_due = self.read_at.elapsed() >= Duration::from_millis(READ_AGAIN_MS.unsigned_abs());
        let commits = self.reader.commits()?;
        if commits == self.commits && !is_due {
            return Ok(None);
        }
        // Most commits are drafts, which are nobody's yet.
        let document_seq = self.reader.last_document_seq()?;
        let picture = match document_seq == self.document_seq && !is_due {
            true => None,
            false => Some(S::read(&self.reader, &self.rules, now)?),
        };
        self.commits = commits;
        self.document_seq = document_seq;
        self.read_at = if picture.is_some() { clock::instant() } else { self.read_at };
        Ok(picture)
    }
}

/// The looking thread.
struct Looker<S: Beside> {
    setting: Setting,
    opened: Option<Opened<S>>,
    looked_around: Option<Instant>,
    answered: Instant,
    register_runs: bool,
    /// Dropped last: whoever sees it end knows that the store is closed.
    told: UnboundedSender<Seen<S::Picture>>,
}

impl<S: Beside> Looker<S> {
    fn run(mut self, ends: &Receiver<()>) {
        loop {
            self.look();
            match ends.recv_timeout(LOOK) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn look(&mut self) {
        let now = clock::instant();
        let is_round = self.looked_around.is_none_or(|at| now.duration_since(at) >= LOOK_AROUND);
        if is_round {
            self.looked_around = Some(now);
            self.register_runs = Lock::is_held(&self.setting.places.data);
            let file = self.setting.file();
            self.opened.take_if(|opened| opened.file != file);
            if self.opened.is_none() {
                self.open(file);
            }
        }
        let Some(opened) = &mut self.opened else { return };
        match opened.look(clock::now()) {
            Ok(picture) => {
                self.answered = now;
                if picture.is_some() || is_round {
                    let register_runs = self.register_runs;
                    // When nobody listens any more, the program is about to end.
                    self.told.send(Seen::Answered { picture, register_runs }).ok();
                }
            }
            // A connection that says no for so long may say yes when it is made anew.
            Err(_) if now.duration_since(self.answered) > OPEN_AGAIN => self.opened = None,
            Err(_) => {}
        }
    }

    fn open(&mut self, file: Option<(u64, u64)>) {
        match self.setting.open::<S>() {
            Ok((rules, reader)) => {
                let (commits, document_seq) = (i64::MIN, i64::MIN);
                self.opened = Some(Opened { rules, reader, file, commits, document_seq, read_at: clock::instant() });
                self.answered = clock::instant();
            }
            Err(why) => drop(self.told.send(Seen::Waiting(why.to_string()))),
        }
    }
}

/// Shows a screen, which is made of the time when it begins, until somebody quits.
///
/// # Errors
/// A [`Fault`] of the terminal; it is given back first. A store that is missing or cannot be read is waited for.
pub fn run<S: Beside + 'static>(setting: Setting, make: impl FnOnce(Timestamp) -> S) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|source| Fault::io("could not start waiting for events", &source, "close other programs"))?;
    runtime.block_on(show(setting, make))
}

async fn show<S: Beside + 'static>(setting: Setting, make: impl FnOnce(Timestamp) -> S) -> Result<(), Fault> {
    let mut signals = hear_all()?;
    let taken = Terminal::enter()?;
    let (mut seen, end) = start_looking::<S>(&setting)?;
    let mut watcher = Watcher {
        display: make(clock::now()),
        mode: setting.mode,
        answered: None,
        register_runs: false,
        has_looked: false,
        silent: setting.silent,
    };
    let mut supervisor = Supervisor::found();
    let shown = watcher.serve(&mut seen, &mut signals, &mut supervisor).await;
    supervisor.leaves();
    let left = taken.leave();
    drop(end);
    // C libraries are taken apart when the process ends: not under a connection that is being closed. One that hangs
    // is left.
    timeout(LEAVE, async { while seen.recv().await.is_some() {} }).await.ok();
    shown?;
    left
}

/// What a looking thread tells, and what it ends with.
type Looking<S> = (UnboundedReceiver<Seen<<S as Display>::Picture>>, Sender<()>);

/// Starts the looking thread; it ends when the sender is dropped.
fn start_looking<S: Beside + 'static>(setting: &Setting) -> Result<Looking<S>, Fault> {
    let (told, seen) = unbounded_channel();
    let (end, ends) = channel();
    let setting = setting.clone();
    let answered = clock::instant();
    let looker = Looker::<S> { setting, opened: None, looked_around: None, answered, register_runs: false, told };
    let spawned = std::thread::Builder::new().name("looking".into()).spawn(move || looker.run(&ends));
    spawned.map_err(|source| Fault::io("could not start the thread that looks", &source, "close other programs"))?;
    Ok((seen, end))
}

/// The screen, and what is known of the store and the register.
struct Watcher<S> {
    display: S,
    mode: Mode,
    answered: Option<Instant>,
    register_runs: bool,
    /// The looking thread said something since the supervisor was told last.
    has_looked: bool,
    silent: bool,
}

impl<S: Beside> Watcher<S> {
    async fn serve(
        &mut self,
        seen: &mut UnboundedReceiver<Seen<S::Picture>>,
        signals: &mut super::register::Signals,
        supervisor: &mut Supervisor,
    ) -> Result<(), Fault> {
        let mut screen = pen::screen(self.mode).map_err(|source| terminal_fault(&source))?;
        let mut events = listen(None)?;
        loop {
            self.draw(&mut screen)?;
            supervisor.ready();
            let mut is_other = false;
            while !is_other {
                let until_second = 1000 - clock::now().unix_ms.rem_euclid(1000);
                tokio::select! {
                    biased;
                    Some(event) = events.recv() => {
                        let event = event.map_err(|source| terminal_fault(&source))?;
                        if self.hear(event, &screen)? == Pressed::Quit {
                            return Ok(());
                        }
                        is_other = true;
                    }
                    _ = signals.next() => return Ok(()),
                    Some(told) = seen.recv() => is_other = self.take(told),
                    () = alarm(until_second.unsigned_abs()) => is_other = true,
                    // Also a store that is not there was looked for; one that hangs is looked at for ever.
                    () = supervisor.wants_to_hear(), if self.has_looked => {
                        self.has_looked = false;
                        supervisor.answer(true);
                    }
                }
            }
        }
    }

    fn hear(&mut self, event: Event, screen: &Screen) -> Result<Pressed, Fault> {
        let Event::Key(key) = event else { return Ok(Pressed::Stay) };
        let Some(key) = terminal::key_from(key) else { return Ok(Pressed::Stay) };
        let size = screen.size().map_err(|source| terminal_fault(&source))?;
        Ok(self.display.press(clock::now(), key, (size.width, size.height)))
    }

    /// Takes what the looking thread found; true when the screen may look otherwise now.
    fn take(&mut self, seen: Seen<S::Picture>) -> bool {
        let before = self.link();
        self.has_looked = true;
        let is_other = match seen {
            Seen::Answered { picture, register_runs } => {
                self.answered = Some(clock::instant());
                self.register_runs = register_runs;
                let is_other = picture.is_some();
                if picture.is_some_and(|picture| self.display.show(picture, clock::now())) && !self.silent {
                    ring();
                }
                is_other
            }
            Seen::Waiting(why) => {
                self.display.wait_for(why);
                true
            }
        };
        is_other || self.link() != before
    }

    fn link(&self) -> Link {
        let silent_for = self.answered.map(|at| at.elapsed()).unwrap_or_default();
        match Link::heard_before(i64::try_from(silent_for.as_millis()).unwrap_or(i64::MAX)) {
            Link::Live if !self.register_runs => Link::Offline,
            link => link,
        }
    }

    fn draw(&self, screen: &mut Screen) -> Result<(), Fault> {
        let drawn = screen.draw(|frame| {
            let mut scene = Scene::default();
            let mut canvas = Canvas::new(frame.buffer_mut(), &mut scene, Theme::of(self.mode));
            self.display.view(clock::now(), self.link(), None, &mut canvas);
        });
        drawn.map(|_| ()).map_err(|source| terminal_fault(&source))
    }
}
