//! The register's line to its server: what the machines of `sync` want becomes effects, and what they learn goes into
//! the store, the status bar, notices and the log. `own_end` is what they ask of the store, `quarrel` settles leaves,
//! `herald` tells the cashier, `shouts` what other registers did.

mod herald;
mod own_end;
mod quarrel;
mod shouts;

use super::Effect;
use super::counter::Counter;
use super::limits::{PAGES_FREED_AT_ONCE, PRUNE_LOOK_MS, PRUNE_PAUSE_MS, PRUNED_AT_ONCE};
use crate::document::Database;
use crate::domain::id::Entropy;
use crate::domain::{OrderId, Timestamp};
use crate::store::{self, Durability, Fault};
use crate::sync::wire::{Secret, Site};
use crate::sync::{Line, LineSettings, LineState, LineTrouble, Link as Reach, News};
use crate::tui::link::{FailingLane, LineReport, Link};
use herald::{Herald, Word};
use own_end::{HURRIED_AT_ONCE, OFFERED_AT_ONCE, OwnEnd};

/// How long until a checkpoint is asked for again that somebody was in the way of, in milliseconds.
const CHECKPOINT_AGAIN_MS: i64 = 1_000;
/// How many days lie between one pruning and the next.
const PRUNE_EVERY_DAYS: i64 = 7;
/// How long it lets keys through between two steps of offering everything again, in milliseconds.
const OFFER_PAUSE_MS: i64 = 50;
/// How long until it is looked at again whether all was offered to the server, in milliseconds.
const PRUNE_WAITS_MS: i64 = 60_000;
/// For how long a lane fails before the status bar says so, in milliseconds.
const FAILING_MS: i64 = 30_000;

/// What came back to a call: a response, or why there is none.
#[derive(Debug, Clone)]
pub struct Reply(pub Result<http::Response<Vec<u8>>, LineTrouble>);

impl PartialEq for Reply {
    fn eq(&self, other: &Reply) -> bool {
        match (&self.0, &other.0) {
            (Ok(one), Ok(other)) => {
                (one.status(), one.headers(), one.body()) == (other.status(), other.headers(), other.body())
            }
            (Err(one), Err(other)) => one == other,
            (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
        }
    }
}

impl Eq for Reply {}

/// A register's line, if it has one.
#[derive(Debug, Default)]
pub(super) struct Uplink {
    line: Option<Line>,
    /// What stands at its other end.
    site: Option<Site>,
    /// The server accepts orders and payments; where it does not, having their documents is enough.
    takes_submissions: bool,
    /// When a lane will have failed for long enough to say so.
    shows_at: Option<Timestamp>,
    /// When pruning goes on, or is looked at again.
    prunes_at: Option<Timestamp>,
    /// There is more to prune.
    is_pruning: bool,
    /// When a server that lost something is offered more of everything again.
    offers_at: Option<Timestamp>,
    /// What came over the line made the log so long that it is time to move it into the file.
    is_log_long: bool,
    /// Up to which sequence a checkpoint was asked for.
    asked_for: u64,
    /// When it is asked for once more, because somebody was in its way.
    asks_again_at: Option<Timestamp>,
    /// Why there is no link.
    lost: Option<String>,
    /// What the cashier is told.
    herald: Herald,
    /// What went wrong in the store the last time: it is told once.
    fault: Option<String>,
    /// Somebody pulled the plug.
    is_unplugged: bool,
    /// The order that was in hand and not sent yet when the line was last looked at.
    draft: Option<OrderId>,
}

impl Uplink {
    pub fn new(settings: Option<LineSettings>) -> Uplink {
        let takes_submissions = settings.as_ref().is_some_and(|settings| settings.site.takes_submissions());
        let site = settings.as_ref().map(|settings| settings.site.clone());
        Uplink { line: settings.map(Line::new), site, takes_submissions, ..Uplink::default() }
    }

    /// Opens the line: what the server has no database for does not wait for it.
    pub fn open(&self, counter: &mut Counter, now: Timestamp) -> Result<(), Fault> {
        let Some(site) = &self.site else { return Ok(()) };
        let all = [Database::Orders, Database::Menu, Database::Customers, Database::Audit];
        let taken: Vec<Database> = all.into_iter().filter(|database| site.has(*database)).collect();
        counter.store.write(Durability::Draft, |tx| tx.count_unsent_in(&taken, now))
    }

    /// Something was written here, or came to be on the medium, that others should hear of.
    pub fn changed(&mut self, counter: &mut Counter) -> Result<(), Fault> {
        let Some(line) = &mut self.line else { return Ok(()) };
        if counter.tell_others()? {
            line.changed();
        }
        Ok(())
    }

    /// Something waits again for the server, though nothing was written that others should hear of.
    pub fn look_again(&mut self) {
        if let Some(line) = &mut self.line {
            line.changed();
        }
    }

    /// Pulls the plug, or puts it back: then the server is looked for at once. Answers whether it is in.
    pub fn plug(&mut self, now: Timestamp) -> bool {
        self.is_unplugged = !self.is_unplugged;
        if let Some(line) = &mut self.line {
            line.sync_now(now);
        }
        !self.is_unplugged
    }

    /// Does everything now, what was postponed too; `false` without a server.
    pub fn sync_now(&mut self, counter: &mut Counter, now: Timestamp) -> Result<bool, Fault> {
        let Some(line) = &mut self.line else { return Ok(false) };
        line.sync_now(now);
        counter.store.write(Durability::Draft, |tx| tx.hurry(HURRIED_AT_ONCE, now))?;
        line.changed();
        Ok(true)
    }

    /// Speaks to a server with another secret from now on; `false` where that is not this line's server.
    pub fn enrolled(&mut self, now: Timestamp, server: &str, secret: &Secret) -> bool {
        let is_it = self.site.is_some() && self.site == Site::comanda(server).ok();
        match &mut self.line {
            Some(line) if is_it => line.enrolled(now, secret),
            Some(_) | None => return false,
        }
        true
    }

    /// Takes note of what a checkpoint put on the medium.
    pub fn settled(&mut self, counter: &mut Counter, now: Timestamp, through: Option<u64>) {
        self.asks_again_at = Some(now.plus_millis(CHECKPOINT_AGAIN_MS));
        if let (Some(line), Some(through)) = (&mut self.line, through) {
            counter.store.note_settled(through);
            line.changed();
        }
    }

    pub fn is_settled(&self) -> bool {
        self.offers_at.is_none() && self.line.as_ref().is_none_or(Line::is_settled)
    }

    /// When it has something to do, or to show.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        let line = self.line.as_ref()?;
        let own = [self.shows_at, self.prunes_at, self.asks_again_at, self.offers_at, self.herald.wakes_at()];
        line.wakes_at().into_iter().chain(own.into_iter().flatten()).min()
    }

    /// Forgets what is over, long ago and safe at the server: weekly, and when that was missed. Never behind a key.
    pub fn tidy(&mut self, counter: &mut Counter, now: Timestamp) -> Result<(), Fault> {
        // What the server is not known to have is not forgotten, and that is what offering again finds out.
        if self.offer_on(counter, now)? {
            self.prunes_at = self.prunes_at.map(|at| at.max(now.plus_millis(PRUNE_PAUSE_MS)));
            return Ok(());
        }
        if self.line.is_none() || self.prunes_at.is_some_and(|at| at > now) {
            return Ok(());
        }
        self.prunes_at = Some(now.plus_millis(PRUNE_LOOK_MS));
        // What another server had is not safe at this one.
        if !self.line.as_ref().is_some_and(|line| line.state().is_all_offered) {
            self.prunes_at = Some(now.plus_millis(PRUNE_WAITS_MS));
            return Ok(());
        }
        let reader = counter.store.reader();
        let Some(before) = reader.prunable_before()? else { return Ok(()) };
        // Where a clock that was wrong has moved the mark ahead, it moves back.
        let is_due = reader
            .pruned_before()?
            .is_none_or(|last| before < last || (before.0 - last.0).num_days() >= PRUNE_EVERY_DAYS);
        if !is_due && !self.is_pruning {
            return Ok(());
        }
        let pruned = counter.store.write(Durability::Draft, |tx| tx.prune(PRUNED_AT_ONCE))?;
        let store::Pruned { orders, payments, conflicts, .. } = pruned;
        if orders + payments + conflicts > 0 {
            tracing::info!(orders, payments, conflicts, "pruned");
            counter.store.give_room_back(PAGES_FREED_AT_ONCE)?;
        }
        self.is_pruning = pruned.is_more;
        if pruned.is_more {
            self.prunes_at = Some(now.plus_millis(PRUNE_PAUSE_MS));
        }
        counter.refresh()
    }

    /// Offers more of everything to a server that lost something; answers whether there is more.
    fn offer_on(&mut self, counter: &mut Counter, now: Timestamp) -> Result<bool, Fault> {
        let Some(line) = &mut self.line else { return Ok(false) };
        if self.offers_at.is_some_and(|at| is_ahead(at, now)) {
            return Ok(true);
        }
        self.offers_at = None;
        if !counter.store.reader().is_offering()? {
            return Ok(false);
        }
        // When it fails, it is tried again.
        self.offers_at = Some(now.plus_millis(CHECKPOINT_AGAIN_MS));
        let is_more = counter.store.write(Durability::Draft, |tx| tx.offer_on(OFFERED_AT_ONCE, now))?;
        // What is handed in once more goes as it stands now, and only from the medium.
        counter.tell_everything()?;
        self.offers_at = is_more.then(|| now.plus_millis(OFFER_PAUSE_MS));
        line.changed();
        counter.refresh()?;
        Ok(is_more)
    }

    /// Takes what came back to a call.
    pub fn answered(
        &mut self,
        counter: &mut Counter,
        now: Timestamp,
        dice: &mut Entropy,
        call: u64,
        reply: Reply,
    ) -> Result<(), Fault> {
        let Some(line) = &mut self.line else { return Ok(()) };
        let stock = counter.stock.clone();
        let mut own = OwnEnd::new(counter, now, self.takes_submissions);
        let fault = line.answered(now, &mut own, dice, call, reply.0);
        if own.offers {
            self.offers_at = Some(now.plus_millis(OFFER_PAUSE_MS));
        }
        own.read_again()?;
        let paid = own.paid_elsewhere.iter().map(|order_id| own.reader().order_row(*order_id));
        let paid = paid.collect::<Result<Vec<_>, Fault>>()?;
        let told = shouts::of_stock(&counter.menu, &stock, &counter.stock);
        for text in paid.iter().flatten().filter_map(shouts::of_money).chain(told) {
            self.herald.hears(Word { text, of_link: false });
        }
        // Who only pulls presses no key behind which it would be done.
        self.is_log_long |= counter.store.is_checkpoint_due();
        self.once(fault)
    }

    /// A fault of the store, unless it was told before.
    fn once(&mut self, fault: Option<Fault>) -> Result<(), Fault> {
        let Some(fault) = fault else { return Ok(()) };
        if self.fault.replace(fault.to_string()).as_deref() == Some(&fault.to_string()) {
            tracing::warn!(cause = %fault.source, "still: the store could not {}", fault.doing);
            return Ok(());
        }
        Err(fault)
    }

    /// Does what is due, and shows how the line stands.
    pub fn pump(
        &mut self,
        counter: &mut Counter,
        now: Timestamp,
        dice: &mut Entropy,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let Some(line) = &mut self.line else { return Ok(()) };
        let open = counter.open_order();
        let is_new = open.is_some() && open == self.draft;
        self.draft = counter.draft();
        line.opens(now, open.map(|order_id| order_id.to_string()).as_deref(), is_new);
        let mut own = OwnEnd::new(counter, now, self.takes_submissions);
        let (calls, fault) = line.step(now, &mut own, dice);
        if own.offers {
            self.offers_at = Some(now.plus_millis(OFFER_PAUSE_MS));
        }
        let read = own.read_again();
        effects.extend(calls.into_iter().map(Effect::Call));
        for news in line.take_news() {
            tracing::info!("{news}");
            if let News::Lost { why } = &news {
                self.lost = Some(why.clone());
            }
            if let Some(word) = says(&news) {
                self.herald.hears(word);
            }
        }
        self.herald.tell(&mut counter.notice, now);
        if counter.may_tell_others() {
            self.asks_again_at = None;
        } else if self.asked_for < counter.told() || self.asks_again_at.is_some_and(|at| !is_ahead(at, now)) {
            (self.asked_for, self.asks_again_at) = (counter.told(), None);
            self.is_log_long = true;
        }
        if std::mem::take(&mut self.is_log_long) {
            effects.push(Effect::Checkpoint);
        }
        let state = line.state();
        let soon = state.failing.iter().map(|failing| failing.since.plus_millis(FAILING_MS)).filter(|at| *at > now);
        self.shows_at = soon.min();
        counter.status.link.link = standing(&state, counter, now);
        counter.status.line = report(self.site.as_ref(), &state, self.lost.as_deref());
        counter.also_open = line.also_open();
        counter.is_linked = matches!(state.link, Reach::Online { .. });
        if state.last_success.is_some() {
            counter.status.link.last_success = state.last_success;
        }
        if state.failing.is_empty() && fault.is_none() {
            self.fault = None;
        }
        read?;
        self.once(fault)
    }
}

/// Whether a pause is not over. One that would be longer than any was made before the clock was set back, and is.
fn is_ahead(until: Timestamp, now: Timestamp) -> bool {
    until > now && until <= now.plus_millis(CHECKPOINT_AGAIN_MS)
}

/// What changes for the cashier, short enough for the narrowest window.
fn says(news: &News) -> Option<Word> {
    let word = |text: &str, of_link| Some(Word { text: text.to_owned(), of_link });
    match news {
        News::Lost { .. } => word("Working offline - changes will sync when online", true),
        News::Restored { .. } => word("Connection restored - syncing data...", true),
        News::MenuRefused { why } => word(&format!("The server's new menu cannot be sold from: {why}"), false),
        News::ServerLost { .. } => word("The server lost data - this register sends it again", false),
        News::TurnedAway { .. } => word("The server does not let this register in - sales stay here", false),
        News::Reached
        | News::Accepted { .. }
        | News::Postponed { .. }
        | News::Rejected { .. }
        | News::Review { .. }
        | News::Refused { .. }
        | News::Menu { .. }
        | News::Synced { .. }
        | News::Failing { .. }
        | News::Recovered { .. } => None,
    }
}

/// The line in full, for whoever opens its screen.
fn report(site: Option<&Site>, state: &LineState, lost: Option<&str>) -> LineReport {
    let link = match (state.link, lost) {
        (Reach::Offline { since }, Some(why)) => {
            Some(FailingLane { lane: "link".to_owned(), since, why: why.to_owned() })
        }
        (Reach::Unknown | Reach::Online { .. } | Reach::Offline { .. }, _) => None,
    };
    let failing = state.failing.iter().map(|failing| FailingLane {
        lane: failing.lane.to_string(),
        since: failing.since,
        why: failing.why.clone(),
    });
    let since = match state.link {
        Reach::Unknown => None,
        Reach::Online { since } | Reach::Offline { since } => Some(since),
    };
    LineReport { server: site.map(Site::address_shown), since, failing: link.into_iter().chain(failing).collect() }
}

/// What the status bar says: no link outranks an error, an error outranks work, work outranks peace.
fn standing(state: &LineState, counter: &Counter, now: Timestamp) -> Link {
    let told = &counter.status.link;
    let fails = state.failing.iter().any(|failing| now.millis_since(failing.since) >= FAILING_MS);
    match state.link {
        Reach::Offline { .. } => Link::Offline,
        Reach::Unknown => Link::Syncing,
        Reach::Online { .. } if fails || told.review > 0 => Link::Failing,
        Reach::Online { .. } if told.unsent > 0 || !state.failing.is_empty() || state.last_success.is_none() => {
            Link::Syncing
        }
        Reach::Online { .. } => Link::Synced,
    }
}
