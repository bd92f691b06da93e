//! Comanda: a text-mode, offline-first point of sale for restaurants.
pub mod domain;
pub mod document;
#[cfg(feature = "register")]
pub mod store;
#[cfg(feature = "register")]
pub mod runtime;
#[cfg(feature = "register")]
pub mod tui;
