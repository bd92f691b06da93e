//! What a reader can ask, one file a subject. Every list has an index and a limit.

pub(super) mod books;
pub(super) mod columns;
pub(super) mod customers;
pub(super) mod desk;
pub(super) mod documents;
pub(super) mod journal;
pub(super) mod kitchen;
pub(super) mod menu;
pub(super) mod meta;
pub(super) mod orders;
pub(super) mod outbox;
pub(super) mod pickup;
pub(super) mod sight;
pub(super) mod spool;
pub(super) mod staff;
pub(super) mod stock;

#[cfg(test)]
mod tests;
