//! Looking after a store: check, backup, restore, checkpoints.
