//! Looking after a store: check, backup, restore, checkpoints.
use super::*;
use std::path::{Path, PathBuf};
// check(path: &Path, key: Option<&Key>) -> Result<Report, OpenFault>; Report { .., problems: Vec<Problem> }, is_sound()
// backup(path: &Path, key: Option<&Key>, to: &Path) -> Result<(), CareFault>
// restore(backup: &Path, key: Option<&Key>, path: &Path) -> Result<Restored { aside: Option<PathBuf>, epoch: u32 }, CareFault>
// Checkpointer::open(path: &Path, key: Option<&Key>) -> Result<Checkpointer, OpenFault>; passive(&self) -> Result<Checkpoint, Fault>
