//! `comanda script`: key scripts, for testers who do not write Rust.

use std::path::PathBuf;
use std::process::ExitCode;

/// Plays key scripts on a register in this process.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda script tests/scripts/lunch.keys
  comanda script --accept tests/scripts/lunch.keys

Each scenario plays on a fresh register with the demonstration's menu and staff, a virtual clock and printers of its own;
nothing of a real register is touched. Ends with 0 when all passed, 1 when one failed, 2 when a script does not read.")]
pub(super) struct Args {
    /// The scripts
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Takes the screens as they are now for the expected ones
    #[arg(long)]
    accept: bool,
}

pub(super) fn run(_: Args) -> ExitCode {
    eprintln!("comanda: this build plays no scripts yet");
    ExitCode::FAILURE
}
