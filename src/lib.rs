//! Comanda: a text-mode, offline-first point of sale for restaurants.
#[cfg(feature = "register")]
pub mod app;
#[cfg(feature = "register")]
pub mod cli;
pub mod document;
pub mod domain;
pub mod printing;
#[cfg(feature = "register")]
pub mod runtime;
#[cfg(feature = "register")]
pub mod script;
#[cfg(feature = "register")]
pub mod store;
#[cfg(feature = "register")]
pub mod tui;
