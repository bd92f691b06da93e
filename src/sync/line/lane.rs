//! One lane: a machine, its call in flight, and how it has been doing.

use super::super::LocalEnd;
use super::super::local_end;
use super::super::menu::MenuPuller;
use super::super::presence::Presence;
use super::super::replicator::{Pull, Push};
use super::super::step::{Desk, Step};
use super::super::submitter::Submitter;
use super::super::wire::{Answer, Request, Trouble};
use crate::document::Database;
use crate::domain::id::{LocationId, RegisterId};
use std::fmt;

/// What runs beside each other, each with at most one call under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LaneName {
    /// Tokens for all others.
    Token,
    /// Submission of orders.
    Orders,
    /// Submission of payments.
    Payments,
    /// The menu.
    Menu,
    /// Documents to the server.
    Push(Database),
    /// Documents from the server.
    Pull(Database),
    /// Which order is open here and elsewhere.
    Presence,
}

impl fmt::Display for LaneName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LaneName::Token => out.write_str("token"),
            LaneName::Orders => out.write_str("orders"),
            LaneName::Payments => out.write_str("payments"),
            LaneName::Menu => out.write_str("menu"),
            LaneName::Push(database) => write!(out, "push {}", database.code()),
            LaneName::Pull(database) => write!(out, "pull {}", database.code()),
            LaneName::Presence => out.write_str("presence"),
        }
    }
}

/// A call under way, with what was asked: the answer is read against it.
pub(super) struct Flight {
    pub call: u64,
    pub request: Request,
    /// The tick at which it is given up.
    pub deadline: i64,
    /// The token that went with it.
    pub token: Option<String>,
}

impl fmt::Debug for Flight {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Flight({} until {}, {:?})", self.call, self.deadline, self.request)
    }
}

/// One lane.
#[derive(Debug)]
pub(super) struct Lane {
    pub name: LaneName,
    pub machine: Machine,
    /// When there is something to do, as a tick.
    pub look_at: i64,
    /// What is to be asked at the next look.
    pub ready: Option<Request>,
    pub flight: Option<Flight>,
    /// The tick at which the server last answered it as it should, since there is a link.
    pub heard_at: Option<i64>,
    /// How often in a row it failed.
    pub tries: u32,
    /// How often in a row its token was not taken.
    pub refused_tokens: u32,
    /// Since which tick it fails, and why.
    pub failing: Option<(i64, String)>,
    /// It fails for what went wrong here, not for what was heard.
    pub fails_here: bool,
    /// The tick at which its round began.
    pub began: Option<i64>,
    /// Something was exchanged in this round.
    pub has_exchanged: bool,
}

impl Lane {
    pub fn new(name: LaneName, machine: Machine) -> Lane {
        Lane {
            name,
            machine,
            look_at: i64::MIN,
            ready: None,
            flight: None,
            heard_at: None,
            tries: 0,
            refused_tokens: 0,
            failing: None,
            fails_here: false,
            began: None,
            has_exchanged: false,
        }
    }

    /// In which order lanes begin when the link returns.
    pub fn rank(&self) -> u8 {
        match self.name {
            LaneName::Token | LaneName::Orders => 0,
            LaneName::Payments => 1,
            LaneName::Menu => 2,
            LaneName::Push(_) | LaneName::Pull(_) | LaneName::Presence => 3,
        }
    }

    /// It waits for what the server has to tell, whenever that is.
    pub fn is_long_polling(&self) -> bool {
        let request = self.flight.as_ref().map(|flight| &flight.request);
        matches!(request, Some(Request::Changes { wait_ms: Some(_), .. }))
    }

    /// What comes back to a submission of orders or payments under way may spare it a request: nothing is begun yet.
    pub fn may_be_spared(&self) -> bool {
        let is_about_orders = matches!(self.name, LaneName::Push(Database::Orders) | LaneName::Pull(Database::Orders));
        let is_free = self.ready.is_none() && self.flight.is_none();
        is_about_orders
            && is_free
            && match &self.machine {
                Machine::Push(_) => self.began.is_none(),
                Machine::Pull(pull) => pull.is_told(),
                Machine::Submitter(_) | Machine::Menu(_) | Machine::Presence(_) => false,
            }
    }

    /// It hands orders or payments in, and waits for the answer.
    pub fn is_submitting(&self) -> bool {
        matches!(self.machine, Machine::Submitter(_)) && self.flight.is_some()
    }

    /// Something is under way or can begin.
    pub fn is_busy(&self, tick: i64) -> bool {
        self.flight.is_some() || self.look_at <= tick
    }

    /// Something was written here that it may have to send.
    pub fn nudge(&mut self, tick: i64) {
        if self.tries == 0 {
            self.look_at = self.look_at.min(tick);
        }
    }

    /// Begins anew, as if nothing had failed.
    pub fn begin(&mut self, tick: i64) {
        self.look_at = tick;
        self.tries = 0;
        self.refused_tokens = 0;
        self.failing = None;
        self.fails_here = false;
        self.machine.hurry();
    }

    /// Forgets what is under way.
    pub fn forget(&mut self) {
        self.flight = None;
        self.ready = None;
        self.began = None;
        self.has_exchanged = false;
        self.machine.reset();
    }
}

/// The machines.
#[derive(Debug)]
pub(super) enum Machine {
    Submitter(Submitter),
    Menu(MenuPuller),
    Push(Push),
    Pull(Pull),
    Presence(Presence),
}

impl Machine {
    pub fn of(name: LaneName, replication: &str, (location_id, register_id): (&LocationId, &RegisterId)) -> Machine {
        let submitter = |lane| Machine::Submitter(Submitter::new(lane, location_id.clone()));
        match name {
            LaneName::Token | LaneName::Orders => submitter(local_end::Lane::Orders),
            LaneName::Payments => submitter(local_end::Lane::Payments),
            LaneName::Menu => Machine::Menu(MenuPuller::default()),
            LaneName::Push(database) => Machine::Push(Push::new(database, replication.to_owned())),
            LaneName::Pull(database) => Machine::Pull(Pull::new(database, replication.to_owned())),
            LaneName::Presence => Machine::Presence(Presence::new(register_id.to_string())),
        }
    }

    pub fn next<L: LocalEnd>(&mut self, desk: &mut Desk<'_, L>) -> Result<Step, L::Fault> {
        match self {
            Machine::Submitter(machine) => machine.next(desk),
            Machine::Menu(machine) => machine.next(desk),
            Machine::Push(machine) => machine.next(desk),
            Machine::Pull(machine) => machine.next(desk),
            Machine::Presence(machine) => machine.next(desk),
        }
    }

    pub fn take<L: LocalEnd>(
        &mut self,
        desk: &mut Desk<'_, L>,
        asked: &Request,
        outcome: Result<Answer, Trouble>,
    ) -> Result<Step, L::Fault> {
        match self {
            Machine::Submitter(machine) => machine.take(desk, outcome),
            Machine::Menu(machine) => machine.take(desk, asked, outcome),
            Machine::Push(machine) => machine.take(desk, asked, outcome),
            Machine::Pull(machine) => machine.take(desk, asked, outcome),
            Machine::Presence(machine) => machine.take(desk, outcome),
        }
    }

    /// Forgets what is under way.
    pub fn reset(&mut self) {
        match self {
            Machine::Submitter(machine) => machine.reset(),
            Machine::Menu(_) => {}
            Machine::Push(machine) => machine.reset(),
            Machine::Pull(machine) => machine.reset(),
            Machine::Presence(machine) => machine.reset(),
        }
    }

    /// A checkpoint has to follow what was moved.
    pub fn lags(&self) -> bool {
        match self {
            Machine::Push(machine) => machine.lags(),
            Machine::Pull(machine) => machine.lags(),
            Machine::Submitter(_) | Machine::Menu(_) | Machine::Presence(_) => false,
        }
    }

    /// Lets it follow at the next look.
    pub fn note_at_once(&mut self) {
        match self {
            Machine::Push(machine) => machine.note_at_once(),
            Machine::Pull(machine) => machine.note_at_once(),
            Machine::Submitter(_) | Machine::Menu(_) | Machine::Presence(_) => {}
        }
    }

    /// Does at the next look what it would do once a minute.
    pub fn hurry(&mut self) {
        match self {
            Machine::Submitter(_) => {}
            Machine::Menu(machine) => machine.hurry(),
            Machine::Push(machine) => machine.hurry(),
            Machine::Pull(machine) => machine.hurry(),
            Machine::Presence(machine) => machine.hurry(),
        }
    }
}
