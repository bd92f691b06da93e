//! Parse, run, exit code.

use std::process::ExitCode;

#[cfg(feature = "register")]
fn main() -> ExitCode {
    let code = comanda::cli::run(std::env::args_os());
    if code == ExitCode::SUCCESS {
        leave();
    }
    code
}

/// Ends the process without what C libraries do at its end: they take their own things apart while a thread that reads
/// a store may still be in them, and that is a segmentation fault behind a good end.
#[cfg(feature = "register")]
#[allow(unsafe_code, reason = "std has no exit that runs nothing")]
fn leave() {
    use std::io::Write;
    if std::io::stdout().flush().is_ok() {
        // Sound: it takes a number and does not come back.
        unsafe { libc::_exit(0) }
    }
}

#[cfg(not(feature = "register"))]
fn main() -> ExitCode {
    eprintln!("comanda: this build holds no register: build it with --features register");
    ExitCode::FAILURE
}
