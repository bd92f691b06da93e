//! `comanda staff`: who sells here. What happens is written to the journal as any change is.

use super::{Failure, ask, places, say};
use crate::app::chores::{self, Chore};
use crate::domain::staff::Role;
use crate::runtime::opening;
use crate::store::{Reader, hash_pin};

/// Adds, lists and removes the people who sell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda staff add Ana --role cashier
  comanda staff list
  comanda staff reset-pin Ana
  comanda staff remove Ana

A PIN is asked for twice and not shown; where standard input is not a
terminal, it is read as one line from there. A register that runs is told, and
need not be closed.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Adds somebody, and asks for the PIN
    Add {
        /// Name on screen and paper
        name: String,
        /// What they may do: cashier or manager
        #[arg(long, value_parser = role, default_value = "cashier")]
        role: Role,
    },
    /// Lists everybody
    List,
    /// Takes somebody off the list; what they sold stays under their name
    Remove {
        /// Name as listed
        name: String,
    },
    /// Gives somebody another PIN, and ends a lockout
    ResetPin {
        /// Name as listed
        name: String,
    },
}

fn role(word: &str) -> Result<Role, String> {
    Role::from_word(word).ok_or_else(|| "it is cashier or manager".to_owned())
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let places = places.of_register()?;
    let (_, reader) = opening::for_reading(&places)?;
    let chore = match args.command {
        Command::List => return list(&reader),
        Command::Add { name, role } => {
            chores::free_name(&reader, &name)?;
            let pin_hash = hash_pin(&ask::new_pin(&name)?, &reader.pin_salt()?);
            Chore::Hire { name, role, pin_hash }
        }
        Command::Remove { name } => Chore::Dismiss { name },
        Command::ResetPin { name } => new_pin(&reader, &name)?,
    };
    drop(reader);
    say(&places::do_chore(places, &chore, "staff")?)
}

/// The chore of giving somebody another PIN, which is asked for.
pub(super) fn new_pin(reader: &Reader, name: &str) -> Result<Chore, Failure> {
    let somebody = chores::find(reader, name)?;
    let pin_hash = hash_pin(&ask::new_pin(&somebody.name)?, &reader.pin_salt()?);
    Ok(Chore::SetPin { name: somebody.name, pin_hash })
}

fn list(reader: &Reader) -> Result<(), Failure> {
    let mut lines = String::new();
    for (somebody, active) in reader.all_staff()? {
        let left = if active { "" } else { "  (removed)" };
        lines.push_str(&format!("{:<24}{}{left}\n", somebody.name, somebody.role.word()));
    }
    if lines.is_empty() {
        lines.push_str("nobody yet: `comanda staff add NAME --role manager`");
    }
    say(lines.trim_end())
}
