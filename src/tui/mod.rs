//! What the cashier sees and presses.
pub mod keys;
