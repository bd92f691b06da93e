//! What lies on the counter: the store, what was last read from it, and what screens may know of both.

use super::Settings;
use crate::domain::search::SearchIndex;
use crate::domain::staff::{Lockout, Staff};
use crate::domain::{Menu, OrderId, Stock, Timestamp};
use crate::store::{Fault, Store};
use crate::tui::link::{LineReport, LinkStatus};
use crate::tui::machine::Machine;
use crate::tui::status::Status;
use crate::tui::{Desk, Hand, Notice};

/// The store and what was last read from it.
#[derive(Debug)]
pub(super) struct Counter {
    pub store: Store,
    pub settings: Settings,
    pub menu: Menu,
    pub index: SearchIndex,
    pub staff: Option<Staff>,
    pub hand: Hand,
    pub stock: Stock,
    pub status: Status,
    pub notice: Option<Notice>,
    pub lockout: Lockout,
    pub size: (u16, u16),
    /// A link to the server stands.
    pub is_linked: bool,
    /// The other registers that have the order in hand that is in hand here.
    pub also_open: Vec<String>,
    /// The sequence of the document that changed last, as far as it was looked at.
    seen: u64,
    /// Up to which sequence of documents others are to be told, once it is on the medium; everything, at start.
    told: u64,
    /// When the journal's last row stands.
    journal_at: Option<Timestamp>,
}

impl Counter {
    pub fn new(store: Store, settings: Settings, menu: Menu, now: Timestamp) -> Counter {
        let status = Status {
            link: LinkStatus::local_only(),
            line: LineReport::default(),
            printers: Vec::new(),
            staff: None,
            machine: Machine::new(settings.watch.clone(), now),
        };
        Counter {
            store,
            index: SearchIndex::new(&menu),
            menu,
            staff: None,
            hand: Hand::default(),
            stock: Stock::default(),
            status,
            notice: None,
            lockout: Lockout::default(),
            size: settings.size,
            is_linked: false,
            also_open: Vec::new(),
            seen: 0,
            told: u64::MAX,
            journal_at: None,
            settings,
        }
    }

    /// Sells from another menu from now on. What is on an order has captured the old one.
    pub fn sell_from(&mut self, menu: Menu) {
        self.index = SearchIndex::new(&menu);
        self.menu = menu;
    }

    /// The order in hand of which other registers know, as long as somebody is logged in.
    pub fn open_order(&self) -> Option<OrderId> {
        self.staff.as_ref()?;
        self.hand.sent_header.as_ref()?;
        self.hand.order.as_ref().map(|order| order.order_id)
    }

    /// The order in hand of which nothing was sent yet.
    pub fn draft(&self) -> Option<OrderId> {
        let is_draft = self.hand.sent_header.is_none();
        self.hand.order.as_ref().filter(|_| is_draft).map(|order| order.order_id)
    }

    /// Reads again what a transaction may have changed.
    pub fn refresh(&mut self) -> Result<(), Fault> {
        let reader = self.store.reader();
        let desk = reader.desk()?;
        let mut hand = Hand { last_paid: desk.last_paid, cursor: desk.cursor, ..Hand::default() };
        if let Some(order_id) = desk.order {
            hand.order = reader.order(order_id)?;
            hand.sent_header = reader.sent_order(order_id)?.map(|order| order.header);
            hand.paid = reader.payments(order_id)?;
            hand.undo_depth = reader.undo_depth(order_id)?;
        }
        let unsent = reader.unsent()?;
        self.journal_at = reader.journal(1)?.pop().map(|row| row.at);
        self.lockout = reader.lockout()?;
        self.stock = reader.stock()?;
        self.hand = hand;
        self.status.link.unsent = unsent.count;
        self.status.link.oldest_unsent = unsent.oldest;
        // Without a server nothing is refused, and the status bar has no place for it.
        if self.settings.line.is_some() {
            self.status.link.review = reader.need_review()?;
        }
        self.status.staff = self.staff.as_ref().map(|staff| staff.name.clone());
        Ok(())
    }

    /// What was written up to now is for others to know; answers whether anything was.
    pub fn tell_others(&mut self) -> Result<bool, Fault> {
        let is_new = self.look_at_documents()?;
        if is_new || self.told == u64::MAX {
            self.told = self.seen;
        }
        Ok(is_new)
    }

    /// All that is here is for others to know, what came from them too: they may have lost it.
    pub fn tell_everything(&mut self) -> Result<(), Fault> {
        self.look_at_documents()?;
        self.told = self.seen;
        Ok(())
    }

    /// Looks whether documents changed since the last look: what came from others need not be told to them.
    pub fn look_at_documents(&mut self) -> Result<bool, Fault> {
        let before = std::mem::replace(&mut self.seen, self.store.reader().document_seq()?);
        Ok(self.seen != before)
    }

    /// Up to which sequence others are to be told.
    pub fn told(&self) -> u64 {
        self.told
    }

    /// Whether what others are to be told is on the medium, all of it.
    pub fn may_tell_others(&self) -> bool {
        self.store.on_medium() >= self.told
    }

    pub fn locked_ms(&self, now: Timestamp) -> Option<i64> {
        self.lockout.left_ms(now)
    }

    pub fn look_at_clock(&mut self, now: Timestamp) {
        self.status.machine.look_at_clock(now, self.journal_at);
    }

    pub fn desk(&self, now: Timestamp) -> Desk<'_> {
        Desk {
            now,
            house: &self.settings.house,
            menu: &self.menu,
            index: &self.index,
            reader: self.store.reader(),
            staff: self.staff.as_ref(),
            hand: &self.hand,
            stock: &self.stock,
            also_open: &self.also_open,
            status: &self.status,
            notice: self.notice.as_ref(),
            locked_ms: self.locked_ms(now),
            login_notes: &self.settings.login_notes,
            size: self.size,
            panel: self.settings.panel,
            has_plug: self.settings.has_plug,
        }
    }
}
