//! What a transaction can write, one file a subject.

mod books;
mod customers;
pub(super) mod documents;
mod journal;
mod menu;
mod meta;
mod orders;
pub(super) mod outbox;
pub(super) mod prune;
mod sight;
mod spool;
mod staff;
mod stock;
