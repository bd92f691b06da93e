//! `comanda script`: key scripts, for testers who do not write Rust.

use super::Failure;
use crate::runtime::paths::this_program;
use crate::script::in_process::InProcess;
use crate::script::in_terminal::InTerminal;
use crate::script::{self, Theatre};
use std::path::PathBuf;
use std::process::ExitCode;

/// Plays key scripts on a register in this process.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda script tests/scripts/lunch.script tests/scripts/offline
  comanda script --accept tests/scripts/lunch.script
  comanda script --pty tests/scripts/lunch.script

Each scenario plays on a fresh register with the demonstration's menu and
staff, a virtual clock and printers of its own; nothing of a real register is
touched. Ends with 0 when all passed, 1 when one failed, 2 when a script does
not read.")]
pub(super) struct Args {
    /// Scripts, and folders that are searched for *.script
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Takes the screens as they are now for the expected ones
    #[arg(long)]
    accept: bool,
    /// Plays on this program itself in a terminal of its own, key by key: slower, and nothing is left out
    #[arg(long)]
    pty: bool,
}

pub(super) fn run(args: Args) -> Result<ExitCode, Failure> {
    let mut theatre: Box<dyn Theatre> =
        if args.pty { Box::new(InTerminal { program: this_program()? }) } else { Box::new(InProcess) };
    let mut out = std::io::stdout().lock();
    let summary = script::run_files(&args.files, args.accept, &mut *theatre, &mut out);
    Ok(ExitCode::from(script::exit_code(&summary)))
}
