//! The world of a scenario: time that stands still but for the script, the registers (`till`), and the network between
//! them and their server (`network`). The same world surrounds registers in this process and the shipped binary.

use super::line::{BooksView, NetworkChange, ServerChange};
use super::network::{self, Network};
use super::picture::Picture;
use super::stage::{MachineChange, MenuChoice, PrinterFault, PrinterView, Setting, Stage, StageFault};
use super::till::{Register, Till};
use crate::app::Input;
use crate::domain::id::Entropy;
use crate::domain::{House, Menu, RegisterId, Timestamp};
use crate::runtime::demo;
use crate::runtime::stage::Asked;
use crate::store::Store;
use crate::tui::display::Face;
use crate::tui::keys;
use std::collections::BTreeMap;
use std::fs;
use std::sync::{Mutex, PoisonError};

/// How often registers may be asked to settle within a second before they count as restless.
const ROUNDS_MAX: u32 = 10_000;

/// A register's place in a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seat {
    /// The how manieth it is, from 0.
    pub nth: u16,
    /// What it is called.
    pub name: String,
    /// What it was given when it was enrolled, where there is a server.
    pub secret: Option<String>,
    /// Which screen on a box of its own it is, if it is no register.
    pub screen: Option<Face>,
}

impl Seat {
    /// The places of a scenario's registers and screens.
    pub(super) fn all(setting: &Setting) -> Vec<Seat> {
        let secret = |name: &str| setting.server.then(|| network::secret(name));
        let screen = |name: &str| setting.screens.iter().find(|(known, _)| known == name).map(|(_, face)| *face);
        let seat =
            |(nth, name): (u16, &str)| Seat { nth, name: name.to_owned(), secret: secret(name), screen: screen(name) };
        (0..).zip(setting.names()).map(seat).collect()
    }

    /// What the dice begin with that make its store.
    pub(super) fn store_seed(&self) -> u64 {
        1 + u64::from(self.nth)
    }

    /// What its dice begin with in a life: no register throws what another threw.
    pub(super) fn seed(&self, life: u32) -> u64 {
        (u64::from(self.nth) << 48) | (u64::from(life) << 32)
    }
}

/// The registers of a scenario and the world around them.
pub(super) struct World<R> {
    tills: Vec<Till<R>>,
    /// At which of them the script is.
    at: usize,
    network: Network,
    /// What time it is, whatever anybody's clock shows.
    now: Timestamp,
    picture: Picture,
}

impl<R: Register> World<R> {
    /// The world of a scenario; `open` opens each of its registers, and says what it asked for while it did.
    pub(super) fn open(
        setting: &Setting,
        mut open: impl FnMut(Seat) -> Result<(R, Vec<Asked>), StageFault>,
    ) -> Result<World<R>, StageFault> {
        let network = Network::of(setting)?;
        let mut world = World { tills: Vec::new(), at: 0, network, now: setting.clock, picture: Picture::default() };
        for seat in Seat::all(setting) {
            let nth = world.tills.len();
            let name = seat.name.clone();
            let (register, asked) = open(seat)?;
            world.tills.push(Till::around(&name, register, setting.clock));
            let calls = world.tills[nth].heed(world.now, asked)?;
            world.network.send(world.now, nth, world.tills[nth].life, calls);
        }
        world.settle()?;
        Ok(world)
    }

    fn till(&mut self) -> &mut Till<R> {
        &mut self.tills[self.at]
    }

    fn take(&mut self, nth: usize, input: Input) -> Result<(), StageFault> {
        let till = &mut self.tills[nth];
        let calls = till.take(self.now, input)?;
        self.network.send(self.now, nth, till.life, calls);
        Ok(())
    }

    /// Does the next thing that is due by `until`; false when there is none.
    fn step(&mut self, until: Timestamp) -> Result<bool, StageFault> {
        let tills = self.tills.iter().enumerate().filter_map(|(nth, till)| Some((till.due_at()?, Some(nth))));
        let network = self.network.due_at().map(|when| (when, None));
        let next = tills.chain(network).min_by_key(|(when, nth)| (*when, nth.unwrap_or(usize::MAX)));
        let Some((when, nth)) = next.filter(|(when, _)| *when <= until) else { return Ok(false) };
        self.now = self.now.max(when);
        if let Some(nth) = nth {
            if let Some(input) = self.tills[nth].next() {
                self.take(nth, input)?;
            }
            return Ok(true);
        }
        if let Some(reached) = self.network.next(self.now) {
            let till = &self.tills[reached.till];
            if till.lives() && till.life == reached.life {
                self.take(reached.till, reached.input)?;
            }
        }
        Ok(true)
    }

    /// Delivers everything due by `until`, each at its time.
    fn live_until(&mut self, until: Timestamp) -> Result<(), StageFault> {
        let (mut rounds, mut since) = (0, self.now);
        while self.step(until)? {
            if self.now.millis_since(since) >= 1_000 {
                (rounds, since) = (0, self.now);
            }
            rounds += 1;
            if rounds > ROUNDS_MAX {
                return Err(StageFault::Restless { rounds: ROUNDS_MAX });
            }
        }
        self.now = self.now.max(until);
        Ok(())
    }
}

impl<R: Register> Stage for World<R> {
    fn key(&mut self, key: keys::Key) -> Result<(), StageFault> {
        self.take(self.at, Input::Key(key))
    }

    fn down(&mut self, column: u16, row: u16) -> Result<(), StageFault> {
        self.take(self.at, Input::Down { column, row })
    }

    fn up(&mut self, column: u16, row: u16) -> Result<(), StageFault> {
        self.take(self.at, Input::Up { column, row })
    }

    fn resize(&mut self, columns: u16, rows: u16) -> Result<(), StageFault> {
        self.take(self.at, Input::Resized { columns, rows })
    }

    fn advance(&mut self, millis: i64) -> Result<(), StageFault> {
        self.live_until(self.now.plus_millis(millis))
    }

    /// An Esc that waits for its digit is waited for: the one thing here that lets time pass.
    fn settle(&mut self) -> Result<(), StageFault> {
        self.live_until(self.now)?;
        if let Some(until) = self.till().half_a_key_until() {
            self.live_until(until)?;
        }
        self.picture = self.till().picture();
        Ok(())
    }

    fn screen(&self) -> Picture {
        self.picture.clone()
    }

    fn printer(&mut self, name: &str) -> Result<PrinterView, StageFault> {
        self.till().printer(name)
    }

    fn fault(&mut self, name: &str, fault: PrinterFault) -> Result<(), StageFault> {
        self.till().fault(name, fault)
    }

    fn machine(&mut self, change: &MachineChange) -> Result<(), StageFault> {
        let now = self.now;
        match self.till().change(now, change) {
            Some(input) => self.take(self.at, input),
            None => Ok(()),
        }
    }

    fn crash(&mut self) -> Result<(), StageFault> {
        self.till().crash()
    }

    fn restart(&mut self) -> Result<(), StageFault> {
        let now = self.now;
        let calls = self.till().restart(now)?;
        self.network.send(now, self.at, self.tills[self.at].life, calls);
        self.settle()
    }

    fn go_to(&mut self, register: &str) -> Result<(), StageFault> {
        let known = || self.tills.iter().map(|it| it.name.clone()).collect();
        let found = self.tills.iter().position(|it| it.name == register);
        self.at = found.ok_or_else(|| StageFault::NoRegister { name: register.to_owned(), known: known() })?;
        Ok(())
    }

    fn network(&mut self, change: &NetworkChange) -> Result<(), StageFault> {
        self.network.change(self.now, change)
    }

    fn server(&mut self, change: &ServerChange) -> Result<(), StageFault> {
        self.network.change_server(self.now, change)
    }

    fn books(&mut self) -> Result<BooksView, StageFault> {
        self.network.books()
    }
}

/// Puts menu and staff into a fresh store. The dice of stages give the stores of one place the same salt, so that the
/// PINs need be hashed only once for each.
pub(super) fn furnish(store: &mut Store, setting: &Setting, entropy: &mut Entropy) -> Result<(), StageFault> {
    static KNOWN: Mutex<BTreeMap<[u8; 16], Vec<String>>> = Mutex::new(BTreeMap::new());
    let doing = "furnishing the store";
    let salt = store.reader().pin_salt().map_err(|fault| StageFault::world(doing, fault))?;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let hashes = match known.get(&salt) {
        Some(hashes) => hashes.clone(),
        None => demo::pin_hashes(&salt).map_err(|fault| StageFault::world(doing, fault))?,
    };
    known.insert(salt, hashes.clone());
    drop(known);
    demo::furnish_with(store, &menu_of(&setting.menu)?, &hashes, setting.clock, entropy)
        .map_err(|fault| StageFault::world(doing, fault))
}

/// What is sold.
pub(super) fn menu_of(choice: &MenuChoice) -> Result<Menu, StageFault> {
    match choice {
        MenuChoice::Demo => demo::menu().map_err(|fault| StageFault::world("reading the demonstration's menu", fault)),
        MenuChoice::File(path) => {
            let doing = || format!("reading the menu {}", path.display());
            let text = fs::read_to_string(path).map_err(|source| StageFault::world(doing(), source))?;
            crate::document::menu::read(&text).map_err(|flaws| {
                let all: Vec<String> = flaws.iter().map(ToString::to_string).collect();
                StageFault::world(doing(), std::io::Error::other(all.join("; ")))
            })
        }
    }
}

/// The rules of the house: the demonstration's, but for what the script sets.
pub(super) fn house_of(setting: &Setting, seat: &Seat) -> House {
    let demo = demo::house();
    House {
        register_id: RegisterId(seat.name.clone()),
        receipt: setting.receipt.unwrap_or(demo.receipt),
        cash_step: setting.cash_step.or(demo.cash_step),
        idle_lock_ms: setting.idle_lock_ms.unwrap_or(demo.idle_lock_ms),
        ..demo
    }
}
