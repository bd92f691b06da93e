//! What a transaction can write, one file a subject.

mod journal;
mod menu;
mod meta;
mod orders;
mod spool;
mod staff;
mod stock;
