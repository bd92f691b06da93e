//! What a reader can ask, one file a subject.
pub mod desk;
pub mod orders;
pub mod outbox;
pub mod spool;
