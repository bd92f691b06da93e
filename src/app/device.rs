//! What stands at a terminal, as the runtime and scripts hold it.

use super::{App, Effect, Input};
use crate::domain::Timestamp;
use crate::store::Store;
use crate::tui::scene::Scene;
use crate::tui::theme::Mode;
use ratatui::buffer::Buffer;

/// What stands at a terminal: a register, or a screen that only shows on a box of its own.
pub trait Device {
    /// Takes one input and says what to do; never fails.
    fn handle(&mut self, now: Timestamp, input: Input) -> Vec<Effect>;

    /// Draws for a terminal, and says what can be read and tapped where.
    fn view(&self, now: Timestamp, mode: Mode, buffer: &mut Buffer) -> Scene;

    /// Whether a printer has a job in hand.
    fn is_printing(&self) -> bool;

    /// Until when an Esc waits for the digit that would make it a function key, if one does.
    fn half_a_key_until(&self) -> Option<Timestamp>;

    /// Notes that the program leaves in peace.
    fn leave(&mut self, now: Timestamp);

    /// Its file.
    fn store(&self) -> &Store;

    /// The register that it is, if it is one.
    fn register(&self) -> Option<&App>;
}

impl Device for App {
    fn handle(&mut self, now: Timestamp, input: Input) -> Vec<Effect> {
        App::handle(self, now, input)
    }

    fn view(&self, now: Timestamp, mode: Mode, buffer: &mut Buffer) -> Scene {
        App::view(self, now, mode, buffer)
    }

    fn is_printing(&self) -> bool {
        App::is_printing(self)
    }

    fn half_a_key_until(&self) -> Option<Timestamp> {
        App::half_a_key_until(self)
    }

    fn leave(&mut self, now: Timestamp) {
        App::leave(self, now);
    }

    fn store(&self) -> &Store {
        App::store(self)
    }

    fn register(&self) -> Option<&App> {
        Some(self)
    }
}
