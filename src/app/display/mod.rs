//! A screen that only shows, on a box of its own, whole (a kitchen's, or the guests'): it holds a replica of the
//! house's orders in a store of its own, and a line that only reads. It sells nothing, prints nothing and changes
//! nothing: of a key only the screen hears.
//!
//! What it has it shows, whether anybody can be reached or not. `replica` is what the line asks of the store.

mod replica;

use super::device::Device;
use super::limits::{PAGES_FREED_AT_ONCE, PRUNE_LOOK_MS, PRUNE_PAUSE_MS, PRUNED_AT_ONCE};
use super::{App, Effect, Input, NotReady, chores};
use crate::domain::id::{Entropy, StationId};
use crate::domain::kitchen::{KitchenRules, KitchenTicket};
use crate::domain::pickup::PickupRules;
use crate::domain::planted::{Defect, is_planted};
use crate::domain::{BusinessDate, Timestamp};
use crate::store::{Durability, Fault, Pruned, Reader, Store};
use crate::sync::limits::CLOCK_JUMP_MS;
use crate::sync::wire::Site;
use crate::sync::{LaneName, Line, LineSettings, LineState, Link as Reach, News};
use crate::tui::display::{Display, Face, Link, ORDERS_MAX, Pressed, READ_AGAIN_MS};
use crate::tui::kitchen::{self, DONE_SHOWN, Kitchen};
use crate::tui::pickup::{self, Pickup};
use crate::tui::scene::{Canvas, Scene};
use crate::tui::theme::{Mode, Theme};
use ratatui::buffer::Buffer;
use replica::ReplicaEnd;

/// A clock that shows so much less than at the last input was set, in milliseconds; for more see [`CLOCK_JUMP_MS`].
const CLOCK_BACK_MS: i64 = 1_000;
/// How long an order is watched of which nothing comes any more, in milliseconds.
const WATCHED_MS: i64 = 2 * 86_400_000;

/// What such a screen is opened with.
#[derive(Debug, Clone)]
pub struct DisplaySettings {
    /// The server, and who this screen is to it.
    pub line: LineSettings,
    /// How the house wants what is to be made shown.
    pub kitchen: KitchenRules,
    /// How it wants guests told.
    pub pickup: PickupRules,
    /// The station that a kitchen's screen begins with; none = all.
    pub station: Option<StationId>,
    /// No bell.
    pub silent: bool,
    /// Columns and rows of the window.
    pub size: (u16, u16),
}

/// A screen that can stand on a box of its own.
pub trait OwnBox: Display + Sized {
    /// Its line, which only reads.
    fn line(settings: LineSettings) -> Line;

    /// How the house wants it shown.
    fn rules(settings: &DisplaySettings) -> Self::Rules;

    /// Reads what it shows from a replica, where what was seen is still told by a clock that was set by so many
    /// milliseconds since.
    fn read(reader: &Reader, rules: &Self::Rules, now: Timestamp, set_by_ms: i64) -> Result<Self::Picture, Fault>;
}

impl OwnBox for Kitchen {
    /// With the menu, which names what is sold out.
    fn line(settings: LineSettings) -> Line {
        Line::reading(settings).with_menu()
    }

    fn rules(settings: &DisplaySettings) -> KitchenRules {
        settings.kitchen.clone()
    }

    fn read(reader: &Reader, rules: &KitchenRules, now: Timestamp, set_by_ms: i64) -> Result<kitchen::Picture, Fault> {
        let mut tickets = reader.tickets_seen(rules, now.plus_millis(-set_by_ms), ORDERS_MAX)?;
        tickets.iter_mut().for_each(|it| it.sent_at = it.sent_at.plus_millis(set_by_ms));
        Ok(kitchen::Picture {
            tickets,
            done: reader.kitchen_done(DONE_SHOWN)?,
            rules: rules.clone(),
            counted: reader.counted()?,
        })
    }
}

impl OwnBox for Pickup {
    fn line(settings: LineSettings) -> Line {
        Line::reading(settings)
    }

    fn rules(settings: &DisplaySettings) -> PickupRules {
        settings.pickup.clone()
    }

    fn read(reader: &Reader, rules: &PickupRules, now: Timestamp, set_by_ms: i64) -> Result<pickup::Picture, Fault> {
        let mut orders = reader.pickup_orders_seen(rules, now.plus_millis(-set_by_ms), ORDERS_MAX)?;
        orders.iter_mut().for_each(|it| it.since = it.since.plus_millis(set_by_ms));
        Ok(pickup::Picture { orders })
    }
}

/// Opens a screen on its store, and shows what that has.
///
/// # Errors
/// [`NotReady::Store`] when the store cannot be read.
pub fn open(
    face: Face,
    store: Store,
    settings: DisplaySettings,
    dice: Entropy,
    now: Timestamp,
) -> Result<Box<dyn Device>, NotReady> {
    Ok(match face {
        Face::Kitchen => {
            let screen = Kitchen::of_server(settings.station.clone(), now);
            Box::new(DisplayApp::open(screen, store, settings, dice, now)?)
        }
        Face::Pickup => Box::new(DisplayApp::open(Pickup::of_server(now), store, settings, dice, now)?),
    })
}

/// A screen with its replica.
#[derive(Debug)]
pub struct DisplayApp<S: OwnBox> {
    store: Store,
    line: Line,
    /// What stands at its other end.
    site: Site,
    dice: Entropy,
    screen: S,
    rules: S::Rules,
    silent: bool,
    size: (u16, u16),
    /// What the clock showed last.
    clock: Timestamp,
    /// By how much it was set since it was written down with what was seen, in milliseconds.
    set_by_ms: i64,
    /// Up to which of the server's times all news was had, as it was written down last.
    caught_up: Option<Timestamp>,
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

/// A kitchen's.
pub type KitchenApp = DisplayApp<Kitchen>;

impl KitchenApp {
    /// What its screen shows: what is to be made, of all stations, and what was voided a moment ago.
    pub fn shown(&self) -> &[KitchenTicket] {
        self.screen.picture().map_or(&[], |picture| &picture.tickets)
    }
}

impl<S: OwnBox> DisplayApp<S> {
    /// Opens a screen on its store, and shows what that has.
    ///
    /// # Errors
    /// [`NotReady::Store`] when the store cannot be read.
    pub fn open(
        screen: S,
        mut store: Store,
        settings: DisplaySettings,
        dice: Entropy,
        now: Timestamp,
    ) -> Result<DisplayApp<S>, NotReady> {
        // This program may be newer than the one that could not read them.
        if !store.reader().unread_documents(1)?.is_empty() {
            store.write(Durability::Draft, |tx| tx.read_again())?;
        }
        if is_planted(Defect::KitchenForgets) {
            store.write(Durability::Draft, |tx| tx.watch_no_more(now.plus_millis(WATCHED_MS), ORDERS_MAX))?;
        }
        let mut app = DisplayApp {
            store,
            site: settings.line.site.clone(),
            rules: S::rules(&settings),
            line: S::line(settings.line),
            dice,
            screen,
            silent: settings.silent,
            size: settings.size,
            clock: now,
            set_by_ms: 0,
            caught_up: None,
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

    /// What its screen says of the feed.
    pub fn feed(&self, now: Timestamp) -> Link {
        self.link(&self.line.state(), now)
    }

    /// What was seen is as old as before when somebody, or nobody, sets the clock.
    fn keep_time(&mut self, now: Timestamp) -> Result<(), Fault> {
        let passed = now.millis_since(std::mem::replace(&mut self.clock, now));
        if !(-CLOCK_BACK_MS..=CLOCK_JUMP_MS).contains(&passed) {
            tracing::info!(passed, "the clock was set");
            self.set_by_ms = self.set_by_ms.saturating_add(passed);
            self.read_at = None;
        }
        if self.set_by_ms == 0 {
            return Ok(());
        }
        // The clock stays as it was set when the power goes. As long as it cannot be written, it is tried again.
        let by_ms = self.set_by_ms;
        self.store.write(Durability::Synced, |tx| tx.shift_sights(by_ms))?;
        self.set_by_ms = 0;
        Ok(())
    }

    /// Writes down up to when all news was had: what comes late after that is no old news, whatever a register's clock
    /// says of it.
    fn note_caught_up(&mut self) -> Result<(), Fault> {
        let told = self.store.reader().server_time()?;
        let Some(at) = told.filter(|_| told != self.caught_up && self.line.is_caught_up()) else { return Ok(()) };
        self.store.write(Durability::Draft, |tx| replica::put_caught_up(tx, &self.site, at))?;
        self.caught_up = told;
        Ok(())
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
                let mut end = ReplicaEnd::new(&mut self.store, &self.site);
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
                let says = "this is a screen, which only reads: do it at a register";
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
        let mut end = ReplicaEnd::new(&mut self.store, &self.site);
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
        fault.map_or(Ok(()), Err)?;
        self.note_caught_up()
    }

    /// Shows what the store says, when that may have changed.
    fn read(&mut self, now: Timestamp) -> Result<(), Fault> {
        if self.read_at.is_some_and(|at| (0..READ_AGAIN_MS).contains(&now.millis_since(at))) {
            return Ok(());
        }
        self.unread_since.get_or_insert(now);
        let picture = S::read(self.store.reader(), &self.rules, now, self.set_by_ms)?;
        (self.read_at, self.unread_since) = (Some(now), None);
        if self.screen.show(picture, now) && !self.silent {
            self.effects.push(Effect::Bell);
        }
        Ok(())
    }

    /// Forgets what is over, long ago, as a register does. Never behind a key.
    fn tidy(&mut self, now: Timestamp) -> Result<(), Fault> {
        // It is not put off by a clock that was set back.
        if (1..=PRUNE_LOOK_MS).contains(&self.prunes_at.millis_since(now)) || self.set_by_ms != 0 {
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
        if is_planted(Defect::UnheardIsLive) && matches!(state.link, Reach::Online { .. }) {
            return Link::Live;
        }
        // Without the menu only names are lacking.
        let failing = state.failing.iter().filter(|failing| failing.lane != LaneName::Menu);
        let failing = failing.map(|failing| failing.since).chain(self.unread_since).min();
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

impl<S: OwnBox> Device for DisplayApp<S> {
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
        &self.store
    }

    fn register(&self) -> Option<&App> {
        None
    }
}
