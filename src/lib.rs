//! Comanda: a text-mode, offline-first point of sale for restaurants.
pub mod domain;
#[cfg(feature = "register")]
pub mod script;
#[cfg(feature = "register")]
pub mod tui;
