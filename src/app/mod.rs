//! One register, whole: [`App::handle`] takes every input in one order and answers with effects; [`App::view`] draws.
//! `display` is a screen that only shows on a box of its own, whole, with the same inputs; whoever holds either holds a
//! [`Device`].
//!
//! It decides nothing: commands are the domain's, presses the screens', jobs the spooler's. It reads facts, asks, and
//! carries out, each in one transaction. `counter` is what screens may know, `selling` carries commands out, `session`
//! is who is logged in, `spool` moves print jobs along, `chores` is what the command line asks for, `settings` is what
//! a register is opened with, `line` is its line to the server, `review` what is done about what the server did not
//! take.
//!
//! An effect is only a nudge: jobs stand in the spool before they are handed over, so that starting is recovering.

pub mod chores;
mod counter;
mod device;
pub mod display;
mod limits;
mod line;
mod review;
mod selling;
mod session;
mod settings;
mod spool;

pub use device::Device;
pub use line::Reply;
pub use settings::{NOT_ENROLLED, SECRET_UNUSABLE, Settings};

use crate::domain::command::Command;
use crate::domain::id::Entropy;
use crate::domain::journal::Entry;
use crate::domain::staff::{Lockout, Staff};
use crate::domain::{Refusal, Timestamp};
use crate::printing::{Load, Outcome};
use crate::store::limits::CUSTOMERS_READ_AT_ONCE;
use crate::store::{self, Durability, Store};
use crate::sync::Call;
use crate::sync::wire::Secret;
use crate::tui::keymap::Keymap;
use crate::tui::keys::Key;
use crate::tui::machine::Report;
use crate::tui::scene::{Canvas, Scene};
use crate::tui::screens::{AnyScreen, Login, Manager, OrderEntry, PLUG_KEY};
use crate::tui::theme::{Mode, Theme};
use crate::tui::touch::Finger;
use crate::tui::{self, Action, Desk, Errand, Notice, Then};
use chores::Chore;
use counter::Counter;
use line::Uplink;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use spool::Spool;

/// Everything that can happen to a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key.
    Key(Key),
    /// A finger, or the mouse's left button, comes down on a cell, counted from 0.
    Down {
        /// Column.
        column: u16,
        /// Row.
        row: u16,
    },
    /// It goes up from a cell: of a tap the same one, after a slide another.
    Up {
        /// Column.
        column: u16,
        /// Row.
        row: u16,
    },
    /// The window has another size.
    Resized {
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
    },
    /// A printer answered for a job.
    Printed {
        /// Which printer.
        printer: String,
        /// Which job.
        job: i64,
        /// How it ended.
        outcome: Outcome,
    },
    /// A printer was asked whether it could print.
    Probed {
        /// Which printer.
        printer: String,
        /// What keeps it from printing, if anything.
        says: Result<(), String>,
    },
    /// The machine says how it stands.
    Machine(Report),
    /// Something came back to a call, or nothing did.
    Replied {
        /// Which call.
        call: u64,
        /// What.
        reply: Reply,
    },
    /// A checkpoint ended: up to which sequence changes of documents are on the medium because of it, if so.
    Settled(Option<u64>),
    /// The command line hands a chore over; it is answered with [`Effect::Answer`].
    Chore(Chore),
    /// The time that the alarm was set to has come.
    Woke,
}

/// Everything that a register asks of the world.
#[allow(clippy::large_enum_variant, reason = "a few are made at a time, and done at once")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Hand these bytes to a printer.
    Print {
        /// Which printer.
        printer: String,
        /// Which job.
        job: i64,
        /// The bytes, and what the printer says when they are on paper.
        load: Load,
    },
    /// Ask a printer whether it could print now; it is answered with [`Input::Probed`].
    Probe {
        /// Which printer.
        printer: String,
    },
    /// Ask the server; it is answered with [`Input::Replied`].
    Call(Call),
    /// Tell the command line what became of its chore.
    Answer(Result<String, String>),
    /// Set the one alarm; replaces whatever it was set to.
    Alarm(Timestamp),
    /// Sound the bell.
    Bell,
    /// The store's log has grown long, or others wait for what is in it, and it is a good moment for a checkpoint; it
    /// is answered with [`Input::Settled`].
    Checkpoint,
    /// Make a backup now; it is answered with [`Input::Machine`].
    BackUp,
    /// Pull the network's plug, or put it back: no call comes through while it is out.
    Plug {
        /// It is in.
        is_in: bool,
    },
    /// Leave.
    Quit,
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Told {
    /// The rules of the house say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The machine failed; nothing was changed.
    #[error(transparent)]
    Failed(#[from] store::Fault),
}

/// Why a register does not open.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] store::Fault),
    /// There is nothing to sell.
    #[error("this register has no menu: import one with `comanda menu import FILE`")]
    NoMenu,
}

/// How many screens may follow one another on one key, before it is a mistake of ours.
const STEPS_MAX: u32 = 8;

/// How long keys are let through between two steps of reading the customers of an older store, in milliseconds.
const CUSTOMERS_PAUSE_MS: i64 = 20;
/// How long until they are read again after that failed, in milliseconds.
const CUSTOMERS_AGAIN_MS: i64 = 60_000;

/// A register.
#[derive(Debug)]
pub struct App {
    counter: Counter,
    spool: Spool,
    uplink: Uplink,
    entropy: Entropy,
    keymap: Keymap,
    finger: Finger,
    locked: [AnyScreen; 1],
    stack: Vec<AnyScreen>,
    last_action: Timestamp,
    effects: Vec<Effect>,
    /// When more customers of an older store are read, so that they are found.
    reads_customers_at: Option<Timestamp>,
}

impl App {
    /// Opens a register on its store: jobs that were cut off are put right, and who was logged in a moment ago still
    /// is.
    ///
    /// # Errors
    /// [`NotReady`] when the store holds no menu, or cannot be read.
    pub fn open(store: Store, settings: Settings, entropy: Entropy, now: Timestamp) -> Result<App, NotReady> {
        let menu = store.reader().menu()?.ok_or(NotReady::NoMenu)?;
        let (spool, uplink) = (Spool::new(&settings), Uplink::new(settings.line.clone()));
        let mut app = App {
            counter: Counter::new(store, settings, menu, now),
            spool,
            uplink,
            entropy,
            keymap: Keymap::default(),
            finger: Finger::default(),
            locked: [Login::default().into()],
            stack: vec![OrderEntry::default().into()],
            last_action: now,
            effects: Vec::new(),
            reads_customers_at: None,
        };
        app.spool.recover(&mut app.counter, now)?;
        app.resume_session(now)?;
        app.uplink.open(&mut app.counter, now)?;
        // This program may be newer than the one that could not read them.
        if !app.counter.store.reader().unread_documents(1)?.is_empty() {
            app.counter.store.write(Durability::Draft, |tx| tx.read_again())?;
        }
        app.reads_customers_at = app.counter.store.reader().has_unread_customers()?.then_some(now);
        app.counter.refresh()?;
        app.counter.tell_others()?;
        app.counter.status.link.last_success = app.counter.store.reader().sync_metrics()?.last_successful_sync;
        app.spool.summarise(&mut app.counter, now)?;
        app.counter.look_at_clock(now);
        Ok(app)
    }

    /// Takes one input, changes what is kept in at most one transaction for it, and says what to do.
    ///
    /// Never fails: what went wrong is told to the cashier, and the alarm is set all the same.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Vec<Effect> {
        match input {
            Input::Key(key) => {
                for action in self.keymap.press(now, key) {
                    self.act(now, action);
                }
            }
            Input::Down { column, row } => {
                let scene = self.scene(now);
                if let Some(action) = self.finger.down(now, &scene, column, row) {
                    self.act(now, action);
                }
            }
            Input::Up { column, row } => {
                let scene = self.scene(now);
                if let Some(action) = self.finger.up(now, &scene, column, row) {
                    self.act(now, action);
                }
            }
            Input::Resized { columns, rows } => self.counter.size = (columns, rows),
            Input::Printed { printer, job, outcome } => {
                self.spool.printed(&printer, job, outcome);
            }
            Input::Probed { printer, says } => {
                let taken = self.spool.probed(&mut self.counter, now, &printer, &says);
                self.tell_failure(taken);
            }
            Input::Machine(report) => self.counter.status.machine.take(report),
            Input::Replied { call, reply } => {
                let taken = self.uplink.answered(&mut self.counter, now, &mut self.entropy, call, reply);
                self.tell_failure(taken);
            }
            Input::Settled(through) => self.uplink.settled(&mut self.counter, now, through),
            Input::Chore(chore) => {
                let said = self.do_chore(now, &chore);
                self.effects.push(Effect::Answer(said));
            }
            Input::Woke => {
                if let Some(action) = self.keymap.expire(now) {
                    self.act(now, action);
                }
                self.lock_when_idle(now);
                let tidied = self.uplink.tidy(&mut self.counter, now);
                self.tell_failure(tidied);
                let read = self.read_customers(now);
                self.tell_failure(read);
            }
        }
        let pumped = self.spool.pump(&mut self.counter, now, &mut self.effects);
        self.tell_failure(pumped);
        let asked = self.uplink.pump(&mut self.counter, now, &mut self.entropy, &mut self.effects);
        self.tell_failure(asked);
        self.counter.look_at_clock(now);
        let alarm = self.next_alarm(now);
        self.effects.push(Effect::Alarm(alarm));
        std::mem::take(&mut self.effects)
    }

    /// Draws for a terminal, and says what can be read and tapped where.
    pub fn view(&self, now: Timestamp, mode: Mode, buffer: &mut Buffer) -> Scene {
        let mut scene = Scene::default();
        // The window that is drawn on counts: the register may not have been told yet that it changed.
        let desk = Desk { size: (buffer.area.width, buffer.area.height), ..self.counter.desk(now) };
        let stack = if self.counter.staff.is_some() { &self.stack[..] } else { &self.locked[..] };
        let mut canvas = Canvas::new(buffer, &mut scene, Theme::of(mode));
        tui::view(&desk, stack, &mut canvas);
        if let Some(target) = self.finger.held() {
            canvas.hold(target);
        }
        scene
    }

    /// Whether nothing is under way that ends by itself: no key half read, no job at a printer.
    pub fn is_settled(&self) -> bool {
        self.keymap.waits_until().is_none()
            && self.spool.is_settled()
            && self.uplink.is_settled()
            && self.reads_customers_at.is_none()
    }

    /// Whether a printer has a job in hand: leaving waits a moment for it, and for nothing else.
    pub fn is_printing(&self) -> bool {
        !self.spool.is_settled()
    }

    /// Until when an Esc waits for the digit that would make it a function key, if one does.
    pub fn half_a_key_until(&self) -> Option<Timestamp> {
        self.keymap.waits_until()
    }

    /// The name of the screen that listens.
    pub fn focus(&self) -> &'static str {
        let top = if self.counter.staff.is_some() { self.stack.last() } else { self.locked.last() };
        top.map_or("", AnyScreen::name)
    }

    /// The register's file.
    pub fn store(&self) -> &Store {
        &self.counter.store
    }

    /// Notes that the program leaves in peace: nobody stays logged in.
    pub fn leave(&mut self, now: Timestamp) {
        self.lock(now, "leave");
    }

    /// What screens may know of it.
    pub fn desk(&self, now: Timestamp) -> tui::Desk<'_> {
        self.counter.desk(now)
    }

    fn scene(&self, now: Timestamp) -> Scene {
        let (width, height) = self.counter.size;
        self.view(now, Mode::FULL, &mut Buffer::empty(Rect { x: 0, y: 0, width, height }))
    }

    fn act(&mut self, now: Timestamp, action: Action) {
        self.counter.notice = None;
        self.last_action = now;
        if action == Action::Press(PLUG_KEY) && self.counter.settings.has_plug {
            return self.pull_plug(now);
        }
        let desk = self.counter.desk(now);
        let top = match desk.staff {
            Some(_) => self.stack.last_mut().expect("order entry is never taken away"),
            None => &mut self.locked[0],
        };
        let then = top.update(&desk, action);
        self.follow(now, then, STEPS_MAX);
    }

    /// Reads some customers of an older store, so that they are found: never behind a key, and with room for keys
    /// between.
    fn read_customers(&mut self, now: Timestamp) -> Result<(), store::Fault> {
        // A pause that is longer than any was made before the clock was set back, and is over.
        let is_due = |at: &Timestamp| *at <= now || *at > now.plus_millis(CUSTOMERS_AGAIN_MS);
        if !self.reads_customers_at.as_ref().is_some_and(is_due) {
            return Ok(());
        }
        // When it fails, it is tried again.
        self.reads_customers_at = Some(now.plus_millis(CUSTOMERS_AGAIN_MS));
        let is_more = self.counter.store.write(Durability::Draft, |tx| tx.read_customers(CUSTOMERS_READ_AT_ONCE))?;
        self.reads_customers_at = is_more.then(|| now.plus_millis(CUSTOMERS_PAUSE_MS));
        if self.counter.store.is_checkpoint_due() {
            self.effects.push(Effect::Checkpoint);
        }
        Ok(())
    }

    /// Pulls the demonstration's plug, or puts it back, on whatever screen that is asked for.
    fn pull_plug(&mut self, now: Timestamp) {
        let is_in = self.uplink.plug(now);
        self.effects.push(Effect::Plug { is_in });
        let text = if is_in {
            "The plug is in again: what was sold goes to the server"
        } else {
            "The plug is out: sell on, nothing is lost. Ctrl+p puts it back"
        };
        self.counter.notice = Some(Notice::says(text));
    }

    fn follow(&mut self, now: Timestamp, then: Then, steps: u32) {
        assert!(steps > 0, "screens must not send one another in circles");
        match then {
            Then::Stay => {}
            Then::Open(screen) => self.stack.push(screen),
            Then::Become(screen) => {
                self.close();
                self.stack.push(screen);
            }
            Then::Close => self.close(),
            Then::Pass(action) => {
                self.close();
                self.act(now, action);
            }
            Then::Do(command) => self.carry_out(now, command, None, steps),
            Then::Say(text) => self.refuse(text),
            Then::Errand(errand) => self.run_errand(now, errand, steps),
        }
    }

    fn close(&mut self) {
        if self.stack.len() > 1 {
            self.stack.pop();
        }
    }

    fn carry_out(&mut self, now: Timestamp, command: Command, approved_by: Option<&Staff>, steps: u32) {
        match self.counter.carry_out(now, &command, approved_by, &mut self.entropy, &self.spool) {
            Ok(said) => {
                // Behind a key that was synced anyway: whoever pressed it looks at the screen before the next one.
                if command.is_synced() && self.counter.store.is_checkpoint_due() {
                    self.effects.push(Effect::Checkpoint);
                }
                let shown = self.spool.summarise(&mut self.counter, now);
                self.tell_failure(shown);
                let told = self.uplink.changed(&mut self.counter);
                self.tell_failure(told);
                if matches!(command, Command::Resubmit { .. }) {
                    self.uplink.look_again();
                }
                self.counter.notice = said;
                let top = self.stack.last_mut().expect("order entry is never taken away");
                let then = top.done(&self.counter.desk(now));
                self.follow(now, then, steps - 1);
            }
            Err(Told::Refused(Refusal::NeedsManager(permission))) => {
                self.stack.push(Manager::for_command(permission, command).into());
            }
            Err(Told::Failed(fault)) => self.tell_failure(Err(fault)),
            Err(told @ Told::Refused(_)) => self.refuse(told.to_string()),
        }
    }

    fn run_errand(&mut self, now: Timestamp, errand: Errand, steps: u32) {
        match errand {
            Errand::Login { pin } => self.log_in(now, &pin),
            Errand::Approve { pin, command } => {
                if let Some(manager) = self.manager_with(now, &pin) {
                    self.close();
                    self.carry_out(now, command, Some(&manager), steps);
                }
            }
            Errand::Lock => self.lock(now, "lock"),
            Errand::RetryPrinter { name } => {
                let retried = self.spool.retry_printer(&mut self.counter, now, &name);
                self.tell_failure(retried);
            }
            Errand::RetryJob { job_id } => {
                let retried = self.spool.retry_job(&mut self.counter, now, job_id);
                self.tell_failure(retried);
            }
            Errand::DismissJob { job_id } => {
                let dismissed = self.spool.dismiss_job(&mut self.counter, now, job_id);
                self.tell_failure(dismissed);
            }
            Errand::AgreeJob { job_id } => {
                let agreed = self.spool.agree(&mut self.counter, now, job_id);
                self.tell_failure(agreed);
            }
            Errand::PausePrinter { name } => {
                let paused = self.spool.pause(&mut self.counter, now, &name);
                self.tell_failure(paused);
            }
            Errand::ReprintJob { job_id } => match self.spool.reprint(&mut self.counter, now, job_id) {
                Ok(Some((copy, printer))) => {
                    let says = Notice::says(format!("Printed again at {printer}, marked DUPLICATE?"));
                    self.counter.notice = Some(Notice { jobs: vec![copy], ..says });
                }
                Ok(None) => self.refuse("Only a job that was printed is printed again".to_owned()),
                Err(fault) => self.tell_failure(Err(fault)),
            },
            Errand::MoveJob { job_id } => match self.spool.move_on(&mut self.counter, now, job_id) {
                Ok(Some(to)) => {
                    let says = Notice::says(format!("That job goes to {to} now"));
                    self.counter.notice = Some(Notice { jobs: vec![job_id], ..says });
                }
                Ok(None) => self.refuse("That job waits for no other printer".to_owned()),
                Err(fault) => self.tell_failure(Err(fault)),
            },
            Errand::BackUp => {
                self.effects.push(Effect::BackUp);
                let text = "A backup is being made: this screen says how it ends";
                self.counter.notice = Some(Notice::says(text));
            }
            Errand::TrustClock => self.trust_clock(now),
            Errand::SyncNow => {
                match self.sync_now(now) {
                    Ok(text) => self.counter.notice = Some(Notice::says(text)),
                    Err(text) => self.refuse(text),
                };
            }
            Errand::Quit => {
                self.leave(now);
                self.effects.push(Effect::Quit);
            }
        }
    }

    /// Does what the command line asks, and takes note of what it changed: a menu, or who may be logged in.
    fn do_chore(&mut self, now: Timestamp, chore: &Chore) -> Result<String, String> {
        if *chore == Chore::SyncNow {
            return self.sync_now(now);
        }
        if let Chore::Enrolled { server, secret } = chore {
            return self.enrolled(now, server, secret);
        }
        if let Chore::TestPrinters { names } = chore {
            self.spool.knows(names)?;
        }
        let said = chores::carry_out(&mut self.counter.store, chore, now, &mut self.entropy);
        let said = said.map_err(|undone| undone.to_string())?;
        match chore {
            Chore::ImportMenu(menu) => self.counter.sell_from((**menu).clone()),
            Chore::Dismiss { name } => {
                let logged_in = self.counter.staff.as_ref().map(|staff| staff.name.to_lowercase());
                if logged_in == Some(name.trim().to_lowercase()) {
                    self.lock(now, "lock");
                }
            }
            Chore::SetPin { .. } => self.counter.lockout = Lockout::default(),
            Chore::Resubmit { .. } | Chore::CloseReview { .. } => {
                let told = self.uplink.changed(&mut self.counter);
                self.tell_failure(told);
                self.uplink.look_again();
            }
            Chore::Hire { .. } | Chore::TestPrinters { .. } | Chore::SyncNow | Chore::Enrolled { .. } => {}
        }
        let read = self.counter.refresh();
        self.tell_failure(read);
        self.counter.notice = Some(Notice::says(said.as_str()));
        Ok(said)
    }

    /// Speaks to its server with the secret that it was given while it runs.
    fn enrolled(&mut self, now: Timestamp, server: &str, secret: &Secret) -> Result<String, String> {
        if !self.uplink.enrolled(now, server, secret) {
            let why = "this register was opened without that server: close it and open it again";
            return Err(why.to_owned());
        }
        let notes = &mut self.counter.settings.login_notes;
        notes.retain(|note| ![NOT_ENROLLED, SECRET_UNUSABLE].contains(&note.as_str()));
        Ok("The register that is open works with it from now on".to_owned())
    }

    /// Synchronises everything now, what was postponed too; without a server it says so.
    fn sync_now(&mut self, now: Timestamp) -> Result<String, String> {
        match self.uplink.sync_now(&mut self.counter, now) {
            Ok(true) => Ok("The server is asked now: the status bar shows how it goes".to_owned()),
            Ok(false) => Err("No server is set up: this register works by itself".to_owned()),
            Err(fault) => Err(fault.to_string()),
        }
    }

    /// Believes the clock again, as somebody says who looked at it.
    fn trust_clock(&mut self, now: Timestamp) {
        let who = self.counter.staff.as_ref().map(|staff| staff.name.clone());
        let noted = self.counter.store.write(Durability::Draft, |tx| -> Result<(), store::Fault> {
            tx.append(now, who.as_deref(), &Entry::new("trust_clock", None)).map(|_| ())
        });
        if noted.is_ok() {
            self.counter.status.machine.trust_clock();
        }
        self.tell_failure(noted);
    }

    fn refuse(&mut self, text: String) {
        self.counter.notice = Some(Notice::refuses(text));
        self.effects.push(Effect::Bell);
    }

    fn tell_failure(&mut self, done: Result<(), store::Fault>) {
        if let Err(fault) = done {
            tracing::error!(cause = %fault.source, "the store could not {}", fault.doing);
            self.refuse(fault.to_string());
        }
    }

    /// When this register must look up again: a key half read, a printer to try, a minute that turns, an idle cashier.
    fn next_alarm(&self, now: Timestamp) -> Timestamp {
        let minute = now.plus_millis(60_000 - now.unix_ms.rem_euclid(60_000));
        let idle = self.counter.staff.as_ref().map(|_| self.idle_until());
        let locked = self.counter.locked_ms(now).map(|left| now.plus_millis((left - 1).rem_euclid(1_000) + 1));
        let is_watched = self.counter.staff.is_some() && self.stack.last().is_some_and(AnyScreen::ticks);
        let second = is_watched.then(|| now.plus_millis(1_000 - now.unix_ms.rem_euclid(1_000)));
        let (spool, line, customers) = (self.spool.waits_until(), self.uplink.wakes_at(), self.reads_customers_at);
        let waits = [self.keymap.waits_until(), spool, line, idle, locked, second, customers];
        waits.into_iter().flatten().fold(minute, Timestamp::min).max(now.plus_millis(1))
    }
}
