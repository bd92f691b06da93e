//! A kitchen's screen on a box of its own: the real program with its replica, and what it showed, against which it is
//! held with everything that it shows next.

use super::dice::Dice;
use super::disk::Lost;
use super::limits::{FIRST_SHOWN_MS, TICK_MS};
use super::machine::{Death, Machine};
use super::register::key;
use super::template;
use crate::app::display::{DisplaySettings, KitchenApp};
use crate::app::{Device, Effect, Input};
use crate::domain::kitchen::KitchenRules;
use crate::domain::pickup::PickupRules;
use crate::domain::{LineId, LocationId, OrderId, Timestamp};
use crate::store::Store;
use crate::sync::limits::CLOCK_JUMP_MS;
use crate::tui::display::Link;
use crate::tui::keys::Key;
use crate::tui::kitchen::Kitchen;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How long LIVE may stand on the screen after the last word of the server, in milliseconds.
const LIVE_MS: i64 = 5_000;
/// How often ages are looked at, in milliseconds.
const LOOKS_MS: i64 = 5_000;
/// From where to where a clock may be set without the box taking note of it, in milliseconds.
const UNNOTICED_MS: std::ops::RangeInclusive<i64> = -1_000..=CLOCK_JUMP_MS;

/// Since when a line is on the screen.
#[derive(Debug, Clone, Copy)]
struct Known {
    order_id: OrderId,
    /// Its first sight, by its age, in milliseconds since the evening began.
    since_ms: i64,
    /// The power was cut: it may have to be seen anew.
    may_begin_anew: bool,
}

/// A kitchen's screen.
pub struct Screen {
    /// Its box.
    pub machine: Machine,
    /// The program, while it runs.
    pub app: Option<KitchenApp>,
    /// When its clock was set last while it did not run: it could take no note of that.
    pub set_asleep_ms: Option<i64>,
    /// Calls to the feed of documents that are under way.
    feeding: BTreeSet<u64>,
    /// When an answer of the server's feed reached it last in this life.
    heard_ms: Option<i64>,
    /// What it has shown.
    known: BTreeMap<LineId, Known>,
    /// When ages were looked at last in this life.
    looked_ms: Option<i64>,
    /// How exactly ages can be told, in milliseconds: each time that the clock is set, a tick may go.
    slack_ms: i64,
}

impl Screen {
    /// A screen with an empty store on its box; it does not run yet. `nth` tells it apart from all others.
    ///
    /// # Errors
    /// A sentence, when its store cannot be made.
    pub fn new(nth: usize, machine: Machine, folder: &Path) -> Result<Screen, String> {
        let store = template::bytes(format!("store of kitchen {nth}"), folder, |file| {
            let mut entropy = Dice::new(1_000 + nth as u64).entropy();
            Store::create(file, Some(&key()), &mut entropy).map(drop).map_err(|fault| fault.to_string())
        })?;
        machine.lays_down(&store)?;
        Ok(Screen {
            machine,
            app: None,
            set_asleep_ms: None,
            feeding: BTreeSet::new(),
            heard_ms: None,
            known: BTreeMap::new(),
            looked_ms: None,
            slack_ms: TICK_MS,
        })
    }

    /// Where it stands.
    pub fn location_id(&self) -> &LocationId {
        &self.machine.location_id
    }

    /// Starts the program on what its disk holds.
    ///
    /// # Errors
    /// A sentence, when it does not start: that is never right.
    pub fn start(&mut self, at_ms: i64) -> Result<Vec<Effect>, String> {
        let now = self.machine.clock(at_ms);
        let store = Store::open(&self.machine.store_file(), Some(&key())).map_err(|fault| fault.to_string())?;
        let line = self.machine.line(&store)?;
        let settings = DisplaySettings {
            line,
            kitchen: KitchenRules::default(),
            pickup: PickupRules::default(),
            station: None,
            silent: false,
            size: (100, 30),
        };
        let app = KitchenApp::open(Kitchen::of_server(None, now), store, settings, self.machine.dice.entropy(), now);
        self.app = Some(app.map_err(|not| not.to_string())?);
        (self.heard_ms, self.looked_ms, self.feeding) = (None, None, BTreeSet::new());
        Ok(self.app.as_mut().map(|app| app.handle(now, Input::Woke)).unwrap_or_default())
    }

    /// Takes one input.
    pub fn handle(&mut self, at_ms: i64, input: Input) -> Vec<Effect> {
        let now = self.machine.clock(at_ms);
        if let Input::Replied { call, reply } = &input
            && self.feeding.remove(call)
            && reply.0.as_ref().is_ok_and(|response| response.status() == 200)
        {
            self.heard_ms = Some(at_ms);
        }
        let Some(app) = &mut self.app else { return Vec::new() };
        let effects = app.handle(now, input);
        for effect in &effects {
            if let Effect::Call(call) = effect
                && call.request.uri().path().starts_with("/sync/")
            {
                self.feeding.insert(call.id);
            }
        }
        effects
    }

    /// A key that a cook presses, and after how long the next, in milliseconds.
    pub fn key(dice: &mut Dice) -> (Key, i64) {
        let key = dice.one_of(&[Key::Tab, Key::BackTab, Key::PageDown, Key::Char('a'), Key::Char('r'), Key::Esc]);
        (key, dice.between(5_000, 90_000))
    }

    /// Dies, and leaves on disk what such a death leaves.
    ///
    /// # Errors
    /// A sentence, when its files cannot be copied.
    pub fn die(&mut self, death: Death) -> Result<Lost, String> {
        if death == Death::PowerCut {
            self.known.values_mut().for_each(|known| known.may_begin_anew = true);
        }
        let app = &mut self.app;
        self.machine.die(death, || *app = None)
    }

    /// Its clock was set by so many milliseconds, or the calendar leapt: what it could not notice makes ages jump.
    pub fn was_set(&mut self, at_ms: i64, by_ms: i64) {
        self.slack_ms += TICK_MS;
        let may_be_either = |edge: i64| (edge - 2 * TICK_MS..=edge + 2 * TICK_MS).contains(&by_ms);
        let is_unsure = may_be_either(*UNNOTICED_MS.start()) || may_be_either(*UNNOTICED_MS.end());
        if self.app.is_none() {
            self.set_asleep_ms = Some(at_ms);
        }
        if self.app.is_none() || is_unsure {
            self.known.clear();
            self.looked_ms = None;
        } else if UNNOTICED_MS.contains(&by_ms) {
            self.known.values_mut().for_each(|known| known.since_ms -= by_ms);
        }
    }

    /// Says what is wrong with the screen as it stands now: LIVE over what is old, and ages that jump.
    pub fn lies(&mut self, at_ms: i64) -> Vec<String> {
        let Some(app) = &self.app else { return Vec::new() };
        let now = self.machine.clock(at_ms);
        let mut wrong = Vec::new();
        if app.feed(now) == Link::Live && self.heard_ms.is_none_or(|heard| at_ms - heard > LIVE_MS + self.slack_ms) {
            wrong.push(format!("LIVE at {at_ms} ms, and the server's feed was heard at {:?}", self.heard_ms));
        }
        if self.looked_ms.is_some_and(|looked| at_ms - looked < LOOKS_MS) {
            return wrong;
        }
        let is_first_look = self.looked_ms.replace(at_ms).is_none();
        let since = |sent_at: Timestamp| at_ms - now.millis_since(sent_at);
        let mut shown = BTreeMap::new();
        for ticket in app.shown() {
            let since_ms = since(ticket.sent_at);
            for line in &ticket.lines {
                let known = self.known.get(&line.line_id);
                let is_near = |other: i64| (since_ms - other).abs() <= self.slack_ms;
                let is_new = (-TICK_MS..=FIRST_SHOWN_MS).contains(&(at_ms - since_ms));
                // What stays of a line that was voided in part is as old as that line.
                let is_as_old = || {
                    let of_order = |known: &&Known| known.order_id == ticket.order_id;
                    self.known.values().filter(of_order).any(|known| is_near(known.since_ms))
                };
                // What was forgotten after a month, and comes back since somebody goes on with it, is seen anew.
                let was_pruned = || {
                    let reader = app.store().reader();
                    let order = reader.sent_order(ticket.order_id).ok().flatten();
                    let before = reader.pruned_before().ok().flatten();
                    order.zip(before).is_some_and(|(order, before)| order.business_date < before)
                };
                let is_right = match known {
                    Some(known) => is_near(known.since_ms) || (is_new && (known.may_begin_anew || was_pruned())),
                    // What it saw in the last moment of a former life it shows first in this one.
                    None => is_new || is_first_look || is_as_old() || self.set_asleep_ms.is_some(),
                };
                if !is_right {
                    let age = (at_ms - since_ms) / 1_000;
                    let before = known.map(|known| (at_ms - known.since_ms) / 1_000);
                    wrong.push(format!("{} {} is {age} s old, and was {before:?}", ticket.local_number, line.name));
                }
                let since_ms = known.filter(|known| is_near(known.since_ms)).map_or(since_ms, |known| known.since_ms);
                shown.insert(line.line_id, Known { order_id: ticket.order_id, since_ms, may_begin_anew: false });
            }
        }
        self.known.extend(shown);
        wrong
    }

    /// Whether it hears its server, and nothing is under way but to wait for more.
    pub fn is_quiet(&self, at_ms: i64) -> bool {
        self.app.as_ref().is_some_and(|app| app.feed(self.machine.clock(at_ms)) == Link::Live)
    }
}
