//! Parse, run, exit code.

use std::process::ExitCode;

#[cfg(feature = "register")]
fn main() -> ExitCode {
    comanda::cli::run(std::env::args_os())
}

#[cfg(not(feature = "register"))]
fn main() -> ExitCode {
    eprintln!("comanda: this build holds no register: build it with --features register");
    ExitCode::FAILURE
}
