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
  comanda script --junit report.xml --svg pictures --cast films tests/scripts

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
    /// Writes a report for CI servers: JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Draws every snapshot, and every screen that was not as expected: SVG
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
    /// Films every scenario: asciicast v2, for `asciinema play`
    #[arg(long, value_name = "DIR")]
    cast: Option<PathBuf>,
}

pub(super) fn run(args: Args) -> Result<ExitCode, Failure> {
    let mut theatre: Box<dyn Theatre> =
        if args.pty { Box::new(InTerminal { program: this_program()? }) } else { Box::new(InProcess) };
    let mut out = std::io::stdout().lock();
    let wanted = script::Wanted { accept: args.accept, junit: args.junit, cast: args.cast, svg: args.svg };
    let summary = script::run_files(&args.files, &wanted, &mut *theatre, &mut out);
    Ok(ExitCode::from(script::exit_code(&summary)))
}
