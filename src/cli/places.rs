//! The flags that every subcommand takes: where the register's things are.

use crate::runtime::Fault;
use crate::runtime::paths::Places;
use std::path::PathBuf;

/// Where the register's things are, when not in the usual places.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Flags {
    /// The data directory: store, log, lock, and the paper of file printers
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl Flags {
    /// The places of a register.
    pub fn of_register(self) -> Result<Places, Fault> {
        Places::of_register(self.data, self.config)
    }
}
