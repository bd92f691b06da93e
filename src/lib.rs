//! Comanda: a text-mode, offline-first point of sale for restaurants.
pub mod domain;
pub mod printing;
#[cfg(feature = "register")]
pub mod tui;
