//! The command line: one file a subcommand. Each does what it says through the other rooms and ends with 0, or with
//! 1 and a sentence on standard error; a wrong command line ends with 2.
//!
//! To add one: its file, its variant of `Command`, its arm in `run`.

mod ask;
mod completions;
mod demo;
mod doctor;
mod enroll;
mod help;
mod init;
mod kitchen;
mod man;
mod menu;
mod pickup;
mod places;
mod printers;
mod record;
mod register;
mod script;
#[cfg(feature = "server")]
mod serve;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "sim")]
mod sim;
mod staff;
mod store;
mod sync;
mod term;

use crate::runtime::opening::NotOpened;
use crate::runtime::{self, why};
use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

/// A text-mode, offline-first point of sale for restaurants.
#[derive(Debug, Parser)]
#[command(
    name = "comanda",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  comanda demo                     look around: menu, staff and paper come along
  comanda init --location L1 --register T1 --manager Dara
  comanda menu import menu.json
  comanda register                 sell
  comanda help keys                the keys of every screen

Where things are, unless --data and --config say otherwise:
  data           $STATE_DIRECTORY, else $XDG_DATA_HOME/comanda,
                 else ~/.local/share/comanda
  configuration  $CONFIGURATION_DIRECTORY/comanda.toml,
                 else $XDG_CONFIG_HOME/comanda/comanda.toml,
                 else ~/.config/comanda/comanda.toml

Ends with 0 when it did what was asked, 1 when not, 2 for a wrong command line."
)]
struct Cli {
    #[command(flatten)]
    places: places::Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Opens a demonstration register that needs no preparation
    Demo(demo::Args),
    /// Opens the register
    Register(register::Args),
    /// Shows what the kitchen must make
    Kitchen(kitchen::Args),
    /// Shows guests which orders are ready, by number
    Pickup(pickup::Args),
    /// Makes a new register: configuration, key, store and its first manager
    Init(init::Args),
    /// Makes this register, or this screen, known to its server, with a one-time code
    Enroll(enroll::Args),
    /// Adds, lists and removes the people who sell
    Staff(staff::Args),
    /// Imports, exports and checks menus
    Menu(menu::Args),
    /// Lists printers and prints test pages
    Printers(printers::Args),
    /// Looks whether this box has all that it needs, and says what to do where not
    Doctor(doctor::Args),
    /// Checks, saves and restores the register's store
    Store(store::Args),
    /// Runs the sync server
    #[cfg(feature = "server")]
    Serve(serve::Args),
    /// Enrols and revokes devices, and changes menus, on the server's database
    #[cfg(feature = "server")]
    Server(server::Args),
    /// Shows how synchronisation goes, settles what is in Review, synchronises now
    Sync(sync::Args),
    /// Plays key scripts on a register in this process
    Script(script::Args),
    /// Lets evenings of a simulated restaurant go wrong, and checks that no promise was broken
    #[cfg(feature = "sim")]
    Sim(sim::Args),
    /// Writes a key script of what is pressed at a demonstration register
    Record(record::Args),
    /// Explains a subcommand, a screen and its keys, key scripts or the configuration
    Help(help::Args),
    /// Writes what a shell needs to complete command lines
    Completions(completions::Args),
    /// Writes manual pages
    Man(man::Args),
}

/// Why a subcommand did not do what it was asked.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Machine(#[from] runtime::Fault),
    #[error(transparent)]
    Configuration(#[from] runtime::config::ConfigError),
    #[error(transparent)]
    NotEnrolled(#[from] runtime::enrolment::NotEnrolled),
    #[error(transparent)]
    Opening(#[from] NotOpened),
    #[error(transparent)]
    Chore(#[from] crate::app::chores::Undone),
    #[error(transparent)]
    Ended(#[from] runtime::register::Ended),
    #[error(transparent)]
    NotShown(#[from] runtime::screen_box::NotShown),
    #[error(transparent)]
    Store(#[from] crate::store::Fault),
    #[error(transparent)]
    StoreFile(#[from] crate::store::OpenFault),
    #[error(transparent)]
    Care(#[from] crate::store::care::CareFault),
    #[error(transparent)]
    Stage(#[from] crate::script::StageFault),
    /// Help was asked about something that it does not know: a sentence with what it knows.
    #[error("{0}")]
    NoTopic(String),
    /// A sentence that says what is wrong and what to do.
    #[error("{0}")]
    Refused(String),
}

/// Reads the command line, does what it says, and returns the code to end with.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(usage) => {
            // Also how `--help` and `--version` come; where the terminal is gone, nobody reads either.
            usage.print().ok();
            return ExitCode::from(if usage.use_stderr() { 2 } else { 0 });
        }
    };
    let done = |()| ExitCode::SUCCESS;
    let ended = match cli.command {
        Command::Demo(args) => demo::run(cli.places, args).map(done),
        Command::Register(args) => register::run(cli.places, args).map(done),
        Command::Kitchen(args) => kitchen::run(cli.places, args).map(done),
        Command::Pickup(args) => pickup::run(cli.places, args).map(done),
        Command::Init(args) => init::run(cli.places, args).map(done),
        Command::Enroll(args) => enroll::run(cli.places, args).map(done),
        Command::Staff(args) => staff::run(cli.places, args).map(done),
        Command::Menu(args) => menu::run(cli.places, args).map(done),
        Command::Printers(args) => printers::run(cli.places, args).map(done),
        Command::Doctor(args) => doctor::run(cli.places, args),
        Command::Store(args) => store::run(cli.places, args).map(done),
        #[cfg(feature = "server")]
        Command::Serve(args) => serve::run(cli.places, args).map(done),
        #[cfg(feature = "server")]
        Command::Server(args) => server::run(cli.places, args).map(done),
        Command::Sync(args) => sync::run(cli.places, args).map(done),
        Command::Script(args) => script::run(args),
        #[cfg(feature = "sim")]
        Command::Sim(args) => sim::run(args),
        Command::Record(args) => record::run(cli.places, args).map(done),
        Command::Help(args) => help::run(args).map(done),
        Command::Completions(args) => completions::run(args).map(done),
        Command::Man(args) => man::run(args).map(done),
    };
    match ended {
        Ok(code) => code,
        Err(failure) => {
            remark(&failure.to_string());
            ExitCode::from(if matches!(failure, Failure::NoTopic(_)) { 2 } else { 1 })
        }
    }
}

/// The command line as it is defined, with all that clap adds to it.
fn definition() -> clap::Command {
    let mut all = Cli::command();
    all.build();
    all
}

/// Writes a sentence to standard error; where that is gone, nobody is left to tell.
fn remark(sentence: &str) {
    writeln!(io::stderr(), "comanda: {sentence}").ok();
}

/// Writes lines to standard output; a reader that went away (`| head`) is no failure.
fn say(text: &str) -> Result<(), Failure> {
    say_bytes(format!("{text}\n").as_bytes())
}

fn say_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            let sentence = format!("could not write to standard output: {}: see where it leads", why(&source));
            Err(Failure::Refused(sentence))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goes through every command with its path, `comanda store backup`; what clap adds to explain them is none.
    pub(super) fn each_command(see: &mut dyn FnMut(&str, &clap::Command)) {
        fn visit(path: &str, command: &clap::Command, see: &mut dyn FnMut(&str, &clap::Command)) {
            see(path, command);
            for below in command.get_subcommands().filter(|it| it.get_name() != "help" || path == "comanda") {
                visit(&format!("{path} {}", below.get_name()), below, see);
            }
        }
        visit("comanda", &definition(), see);
    }

    /// The long flags that a command takes.
    pub(super) fn long_flags(command: &clap::Command) -> Vec<String> {
        let shown = command.get_arguments().filter(|it| !it.is_hide_set());
        shown.filter_map(|it| it.get_long()).map(str::to_owned).collect()
    }

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_subcommand_shows_an_example_of_itself() {
        for command in Cli::command().get_subcommands() {
            let shown = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let example = format!("comanda {}", command.get_name());
            assert!(shown.contains("Example") && shown.contains(&example), "{}", command.get_name());
        }
    }

    #[test]
    fn examples_are_command_lines_that_read() {
        let all = Cli::command();
        let helps = all.get_subcommands().chain([&all]).filter_map(|command| command.get_after_help());
        let mut read = 0;
        for help in helps.map(ToString::to_string) {
            for line in help.lines().filter_map(|line| line.trim().strip_prefix("comanda ")) {
                let words = line.split("  ").next().unwrap_or_default().split(" < ").next().unwrap_or_default();
                let words = words.split_whitespace().map(|word| word.trim_matches('"'));
                let parsed = Cli::try_parse_from(["comanda"].into_iter().chain(words));
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
                read += 1;
            }
        }
        assert!(read >= 15, "{read}");
    }
}
