//! A kitchen's screen on a box of its own, whole: it holds a replica of the house's orders in a store of its own, and a
//! line that only reads. It sells nothing, prints nothing and changes nothing: of a key only the screen hears.
//!
//! What it has it shows, whether anybody can be reached or not. `replica` is what the line asks of the store.

mod replica;

use super::device::Device;
use super::limits::{PAGES_FREED_AT_ONCE, PRUNE_LOOK_MS, PRUNE_PAUSE_MS, PRUNED_AT_ONCE};
use super::{App, Effect, Input, NotReady, chores};
use crate::domain::id::{Entropy, StationId};
use crate::domain::kitchen::KitchenRules;
use crate::domain::{BusinessDate, Timestamp};
use crate::store::{Durability, Fault, Pruned, Store};
use crate::sync::limits::CLOCK_JUMP_MS;
use crate::sync::wire::Site;
use crate::sync::{Line, LineSettings, LineState, Link as Reach, News};
use crate::tui::kitchen::{DONE_SHOWN, Kitchen, Link, ORDERS_MAX, Picture, Pressed, READ_AGAIN_MS};
use crate::tui::scene::{Canvas, Scene};
use crate::tui::theme::{Mode, Theme};
use ratatui::buffer::Buffer;
use replica::ReplicaEnd;

/// A clock that shows so much less than at the last input was set, in milliseconds; for more see [`CLOCK_JUMP_MS`].
const CLOCK_BACK_MS: i64 = 1_000;
/// How long an order is watched of which nothing comes any more, in milliseconds.
const WATCHED_MS: i64 = 2 * 86_400_000;

/// What a kitchen's screen is opened with.
#[derive(Debug, Clone)]
pub struct KitchenSettings {
    /// The server, and who this screen is to it.
    pub line: LineSettings,
    /// How the house wants it shown.
    pub rules: KitchenRules,
    /// The station to begin with; none = all.
    pub station: Option<StationId>,
    /// No bell.
    pub silent: bool,
    /// Columns and rows of the window.
    pub size: (u16, u16),
}

/// A kitchen's screen with its replica.
#[derive(Debug)]
pub struct KitchenApp {
    store: Store,
    line: Line,
    /// What stands at its other end.
    site: Site,
    dice: Entropy,
    screen: Kitchen,
    rules: KitchenRules,
    silent: bool,
    size: (u16, u16),
    /// What the clock showed last.
    clock: Timestamp,
    /// When everything was read last; none when it must be read.
    read_at: Option<Timestamp>,
    /// Since when it cannot be read.
    unread_since: Option<Timestamp>,
    prunes_at: Timestamp,
    /// What went wrong in the store the last time: it is logged once.
    fault: Option<String>,
    /// The server does not let this screen in.
    is_turned_away: bool,
    effects: Vec<Effect>,
}

impl KitchenApp {
    /// Opens a screen on its store, and shows what that has.
    ///
    /// # Errors
    /// [`NotReady::Store`] when the store cannot be read.
    pub fn open(
        mut store: Store,
        settings: KitchenSettings,
        dice: Entropy,
        now: Timestamp,
    ) -> Result<KitchenApp, NotReady> {
        // This program may be newer than the one that could not read them.
        if !store.reader().unread_documents(1)?.is_empty() {
            store.write(Durability::Draft, |tx| tx.read_again())?;
        }
        let mut app = KitchenApp {
            store,
            site: settings.line.site.clone(),
            line: Line::reading(settings.line),
            dice,
            screen: Kitchen::of_server(settings.station, now),
            rules: settings.rules,
            silent: settings.silent,
            size: settings.size,
            clock: now,
            read_at: None,
            unread_since: None,
            prunes_at: now,
            fault: None,
            is_turned_away: false,
            effects: Vec::new(),
        };
        app.read(now)?;
        Ok(app)
    }

    /// The screen's file.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What was seen is as old as before when somebody, or nobody, sets the clock.
    fn keep_time(&mut self, now: Timestamp) -> Result<(), Fault> {
        let passed = now.millis_since(std::mem::replace(&mut self.clock, now));
        if (-CLOCK_BACK_MS..=CLOCK_JUMP_MS).contains(&passed) {
            return Ok(());
        }
        tracing::info!(passed, "the clock was set");
        self.read_at = None;
        self.store.write(Durability::Draft, |tx| tx.shift_sights(passed))
    }

    fn take(&mut self, now: Timestamp, input: Input) -> Result<(), Fault> {
        match input {
            Input::Key(key) => {
                if self.screen.press(now, key, self.size) == Pressed::Quit {
                    self.effects.push(Effect::Quit);
                }
                Ok(())
            }
            Input::Resized { columns, rows } => {
                self.size = (columns, rows);
                Ok(())
            }
            Input::Replied { call, reply } => {
                let mut end = ReplicaEnd::new(&mut self.store);
                let fault = self.line.answered(now, &mut end, &mut self.dice, call, reply.0);
                if end.saw {
                    self.read_at = None;
                }
                fault.map_or(Ok(()), Err)
            }
            Input::Chore(chores::Chore::SyncNow) => {
                self.line.sync_now(now);
                self.effects.push(Effect::Answer(Ok("The server is asked now".to_owned())));
                Ok(())
            }
            Input::Chore(chores::Chore::Enrolled { server, secret }) => {
                let is_it = Site::comanda(&server).is_ok_and(|site| site == self.site);
                let said = match is_it {
                    true => {
                        self.line.enrolled(now, &secret);
                        self.is_turned_away = false;
                        Ok("The screen that is open works with it from now on".to_owned())
                    }
                    false => Err("this screen reads from another address: close it and open it again".to_owned()),
                };
                self.effects.push(Effect::Answer(said));
                Ok(())
            }
            Input::Chore(_) => {
                let says = "this is a kitchen's screen, which only reads: do it at a register";
                self.effects.push(Effect::Answer(Err(says.to_owned())));
                Ok(())
            }
            Input::Woke => self.tidy(now),
            Input::Down { .. } | Input::Up { .. } | Input::Printed { .. } | Input::Probed { .. } => Ok(()),
            Input::Machine(_) | Input::Settled(_) => Ok(()),
        }
    }

    /// Lets the line do what is due.
    fn pump(&mut self, now: Timestamp) -> Result<(), Fault> {
        let mut end = ReplicaEnd::new(&mut self.store);
        let (calls, fault) = self.line.step(now, &mut end, &mut self.dice);
        if end.saw {
            self.read_at = None;
        }
        self.effects.extend(calls.into_iter().map(Effect::Call));
        for news in self.line.take_news() {
            tracing::info!("{news}");
            match news {
                News::TurnedAway { .. } => self.is_turned_away = true,
                News::Recovered { .. } | News::Reached | News::Restored { .. } | News::Lost { .. } => {
                    self.is_turned_away = false;
                }
                News::Accepted { .. }
                | News::Postponed { .. }
                | News::Rejected { .. }
                | News::Review { .. }
                | News::Refused { .. }
                | News::ServerLost { .. }
                | News::Menu { .. }
                | News::MenuRefused { .. }
                | News::Synced { .. }
                | News::Failing { .. } => {}
            }
        }
        if self.store.is_checkpoint_due() {
            self.effects.push(Effect::Checkpoint);
        }
        fault.map_or(Ok(()), Err)
    }

    /// Shows what the store says, when that may have changed.
    fn read(&mut self, now: Timestamp) -> Result<(), Fault> {
        if self.read_at.is_some_and(|at| (0..READ_AGAIN_MS).contains(&now.millis_since(at))) {
            return Ok(());
        }
        self.unread_since.get_or_insert(now);
        let reader = self.store.reader();
        let picture = Picture {
            tickets: reader.tickets_seen(&self.rules, now, ORDERS_MAX)?,
            done: reader.kitchen_done(DONE_SHOWN)?,
            rules: self.rules.clone(),
            // What is sold out is named by the menu, which a replica of the orders has not.
            counted: Vec::new(),
        };
        (self.read_at, self.unread_since) = (Some(now), None);
        if self.screen.show(picture, now) && !self.silent {
            self.effects.push(Effect::Bell);
        }
        Ok(())
    }

    /// Forgets what is over, long ago, as a register does. Never behind a key.
    fn tidy(&mut self, now: Timestamp) -> Result<(), Fault> {
        // It is not put off by a clock that was set back.
        if (1..=PRUNE_LOOK_MS).contains(&self.prunes_at.millis_since(now)) {
            return Ok(());
        }
        self.prunes_at = now.plus_millis(PRUNE_LOOK_MS);
        let before = now.plus_millis(-WATCHED_MS);
        let pruned = self.store.write(Durability::Draft, |tx| {
            tx.note_day(BusinessDate::of(now, 0))?;
            tx.watch_no_more(before, PRUNED_AT_ONCE)?;
            tx.prune(PRUNED_AT_ONCE)
        })?;
        let Pruned { orders, payments, is_more, conflicts: _ } = pruned;
        if orders + payments > 0 {
            tracing::info!(orders, payments, "pruned");
            self.store.give_room_back(PAGES_FREED_AT_ONCE)?;
        }
        if is_more {
            self.prunes_at = now.plus_millis(PRUNE_PAUSE_MS);
        }
        Ok(())
    }

    /// Logs what went wrong in the store, once: the screen tells by its age that nothing new comes.
    fn note(&mut self, done: Result<(), Fault>) {
        let Err(fault) = done else { return };
        let told = fault.to_string();
        if self.fault.as_ref() != Some(&told) {
            tracing::error!(cause = %fault.source, "the store could not {}", fault.doing);
            self.fault = Some(told);
        }
    }

    fn next_alarm(&self, now: Timestamp) -> Timestamp {
        let second = now.plus_millis(1_000 - now.unix_ms.rem_euclid(1_000));
        self.line.wakes_at().map_or(second, |at| at.min(second)).max(now.plus_millis(1))
    }

    /// How the feed stands: it is live while it is heard, and while what it brings is taken and read here.
    fn link(&self, state: &LineState, now: Timestamp) -> Link {
        let failing = state.failing.iter().map(|failing| failing.since).chain(self.unread_since).min();
        let heard = state.fed_at.map(|at| failing.map_or(at, |since| since.min(at)));
        match (state.link, heard) {
            (Reach::Unknown | Reach::Offline { .. }, _) | (Reach::Online { .. }, None) => Link::Offline,
            (Reach::Online { .. }, Some(at)) => Link::heard_before(now.millis_since(at)),
        }
    }

    /// Why nothing new comes, in words for the screen.
    fn trouble(&self, state: &LineState) -> Option<String> {
        if self.is_turned_away {
            return Some("the server does not let this screen in: enrol it again".to_owned());
        }
        if self.unread_since.is_some() {
            return Some("the store of this screen does not answer".to_owned());
        }
        match state.link {
            Reach::Unknown | Reach::Online { .. } => state.failing.first().map(|failing| failing.why.clone()),
            Reach::Offline { since } => {
                let at = Timestamp { offset_min: self.clock.offset_min, ..since };
                Some(format!("no link to the server since {}", at.local().format("%H:%M:%S")))
            }
        }
    }
}

impl Device for KitchenApp {
    fn handle(&mut self, now: Timestamp, input: Input) -> Vec<Effect> {
        let kept = self.keep_time(now);
        self.note(kept);
        let taken = self.take(now, input);
        self.note(taken);
        let pumped = self.pump(now);
        self.note(pumped);
        let read = self.read(now);
        self.note(read);
        let alarm = self.next_alarm(now);
        self.effects.push(Effect::Alarm(alarm));
        std::mem::take(&mut self.effects)
    }

    fn view(&self, now: Timestamp, mode: Mode, buffer: &mut Buffer) -> Scene {
        let mut scene = Scene::default();
        let state = self.line.state();
        let mut canvas = Canvas::new(buffer, &mut scene, Theme::of(mode));
        self.screen.view(now, self.link(&state, now), self.trouble(&state).as_deref(), &mut canvas);
        scene
    }

    fn is_printing(&self) -> bool {
        false
    }

    fn half_a_key_until(&self) -> Option<Timestamp> {
        None
    }

    fn leave(&mut self, _: Timestamp) {}

    fn store(&self) -> &Store {
        KitchenApp::store(self)
    }

    fn register(&self) -> Option<&App> {
        None
    }
}
