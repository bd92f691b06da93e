//! The simulated world: an evening of a restaurant in one thread, from one seed, in virtual time.
//!
//! Registers are the real [`App`](crate::app::App) over a real store in a scratch directory, kitchens' screens on boxes
//! of their own the real [`KitchenApp`](crate::app::display::KitchenApp); keys go in through
//! [`App::handle`](crate::app::App::handle). Everything around them is made up here: a bad evening first, then peace,
//! then the checkers, one for each promise. Now and then two locations share one central database. Equal seeds give
//! equal traces. Known-wrong variants of the program ([`planted`]) must be found: the tester is tested.
//!
//! Read in this order: `dice` and `trace` (chance, and what came of it), `disk`, `paper`, `guests` (what surrounds a
//! box), `machine`, `register` and `kitchen` (the boxes, and with which files they begin: `template`), `central` and
//! `network` (the server, and the way to it), `trouble` (what goes wrong), `world`, `deeds`, `mishaps` and `wires`
//! (what happens next), `checks`, `house`, `shown`, `borders` and `laws` (what must hold).
//!
//! To add a trouble: its variant and its row in `trouble`, its arm in `mishaps`. To add a promise: its checker in
//! `checks`, in `house` where it is about more than one box, in `shown` where a kitchen shows it.

mod borders;
mod central;
mod checks;
mod deeds;
pub mod dice;
pub mod disk;
mod gist;
mod guests;
mod house;
mod kitchen;
mod laws;
pub mod limits;
mod machine;
mod mishaps;
mod network;
mod paper;
mod register;
mod shown;
mod template;
mod trace;
mod trouble;
mod wires;
mod world;

pub use trace::Trace;
pub use world::Counts;

use crate::domain::planted::{self, Defect};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::rc::Rc;

/// What came of an evening.
#[derive(Debug)]
pub struct Evening {
    /// Its seed.
    pub seed: u64,
    /// What was found wrong; nothing, when all promises held.
    pub wrong: Vec<String>,
    /// What happened.
    pub trace: Trace,
    /// What happened how often.
    pub counts: Counts,
}

impl Evening {
    /// Whether nothing was found wrong.
    pub fn is_clean(&self) -> bool {
        self.wrong.is_empty()
    }

    /// What a person needs who looks for the mistake: what is wrong, what happened last, and how to see it again.
    pub fn report(&self, defect: Option<Defect>) -> String {
        let lines = self.trace.lines();
        let from = lines.len().saturating_sub(limits::LINES_SHOWN);
        let planted = defect.map(|it| format!(" --plant {}", it.name())).unwrap_or_default();
        format!(
            "seed {}: {} things are wrong\n  {}\nthe last {} of {} lines of its trace:\n{}\n\
             replay it with all lines: comanda sim --seed {}{planted} --trace\n",
            self.seed,
            self.wrong.len(),
            self.wrong.join("\n  "),
            lines.len() - from,
            lines.len(),
            lines[from..].join("\n"),
            self.seed,
        )
    }
}

/// Lets an evening pass, below a directory that is there and is empty enough; what it makes there it clears away.
///
/// # Errors
/// A sentence, when its files cannot be made: that says nothing of the program.
pub fn evening(seed: u64, defect: Option<Defect>, folder: &Path) -> Result<Evening, String> {
    let folder = folder.join(format!("evening-{seed}"));
    std::fs::create_dir_all(&folder).map_err(|source| format!("no directory was made for an evening: {source}"))?;
    let trace = Rc::new(RefCell::new(Trace::default()));
    let _planted = planted::plant(defect);
    let mut world = world::World::new(seed, &folder, Rc::clone(&trace))?;
    let passed = catch_unwind(AssertUnwindSafe(|| {
        world.runs();
        world.checks();
    }));
    let mut wrong = std::mem::take(&mut world.wrong);
    if let Err(panic) = passed {
        let says = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        wrong.push(format!("something stopped in horror: {}", says.unwrap_or("it did not say why")));
    }
    let counts = std::mem::take(&mut world.counts);
    drop(world);
    std::fs::remove_dir_all(&folder).map_err(|source| format!("an evening was not cleared away: {source}"))?;
    let trace = Rc::try_unwrap(trace).map(RefCell::into_inner).unwrap_or_default();
    Ok(Evening { seed, wrong, trace, counts })
}
