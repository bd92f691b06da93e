//! `comanda staff`: who sells here. What happens is written to the journal as any change is.

use super::{Failure, ask, places, say};
use crate::domain::id::StaffId;
use crate::domain::journal::Entry;
use crate::domain::limits::TEXT_CHARS_MAX;
use crate::domain::staff::{Role, Staff};
use crate::runtime::clock;
use crate::runtime::opening;
use crate::store::{Durability, Fault, Reader, Store, hash_pin};

/// Adds, lists and removes the people who sell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda staff add Ana --role cashier
  comanda staff list
  comanda staff reset-pin Ana
  comanda staff remove Ana

A PIN is asked for twice and not shown; where standard input is not a
terminal, it is read as one line from there. Close the register first: one
process at a time writes a store.")]
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
    if let Command::List = args.command {
        let (_, reader) = opening::for_reading(&places)?;
        return list(&reader);
    }
    let mut opening = opening::for_writing(places, "staff")?;
    match args.command {
        Command::List => list(opening.store.reader()),
        Command::Add { name, role } => {
            free_name(opening.store.reader(), &name)?;
            let pin = ask::new_pin(&name)?;
            hire(&mut opening.store, &name, role, &pin)?;
            say(&format!("{name} was added as {}", role.word()))
        }
        Command::Remove { name } => {
            let somebody = find(opening.store.reader(), &name)?;
            dismiss(&mut opening.store, &somebody)?;
            say(&format!("{} was removed", somebody.name))
        }
        Command::ResetPin { name } => reset_pin(&mut opening.store, &name),
    }
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

/// Adds somebody with a PIN that nobody else has.
pub(super) fn hire(store: &mut Store, name: &str, role: Role, pin: &str) -> Result<(), Failure> {
    free_name(store.reader(), name)?;
    let hash = free_pin(store.reader(), pin, None)?;
    let now = clock::now();
    let staff_id = StaffId::fresh(now, &mut clock::entropy()?);
    let somebody = Staff { staff_id, name: name.to_owned(), role };
    let entry = Entry::new("add_staff", None).with("staff_id", staff_id.to_string()).with("role", role.word());
    store.write(Durability::Synced, |tx| -> Result<(), Fault> {
        tx.add_staff(&somebody, &hash)?;
        tx.append(now, None, &entry).map(drop)
    })?;
    Ok(())
}

fn dismiss(store: &mut Store, somebody: &Staff) -> Result<(), Failure> {
    let others = store.reader().staff()?.into_iter().filter(|it| it.staff_id != somebody.staff_id);
    if somebody.role == Role::Manager && !others.into_iter().any(|it| it.role == Role::Manager) {
        let sentence = format!("{} is the last manager: add another before removing this one", somebody.name);
        return Err(Failure::Refused(sentence));
    }
    let now = clock::now();
    let entry = Entry::new("remove_staff", None).with("staff_id", somebody.staff_id.to_string());
    store.write(Durability::Synced, |tx| -> Result<(), Fault> {
        tx.set_staff_active(somebody.staff_id, false)?;
        tx.append(now, None, &entry).map(drop)
    })?;
    Ok(())
}

/// Asks for another PIN for somebody and sets it; wrong PINs until now are forgotten.
pub(super) fn reset_pin(store: &mut Store, name: &str) -> Result<(), Failure> {
    let somebody = find(store.reader(), name)?;
    let pin = ask::new_pin(&somebody.name)?;
    let hash = free_pin(store.reader(), &pin, Some(somebody.staff_id))?;
    let now = clock::now();
    let entry = Entry::new("reset_pin", None).with("staff_id", somebody.staff_id.to_string());
    store.write(Durability::Synced, |tx| -> Result<(), Fault> {
        tx.set_pin(somebody.staff_id, &hash)?;
        tx.set_lockout(crate::domain::staff::Lockout::default())?;
        tx.append(now, None, &entry).map(drop)
    })?;
    say(&format!("{} has a new PIN", somebody.name))
}

fn find(reader: &Reader, name: &str) -> Result<Staff, Failure> {
    let everybody = reader.staff()?;
    let names = everybody.iter().map(|it| it.name.clone()).collect::<Vec<_>>().join(", ");
    let found = everybody.into_iter().find(|it| it.name.to_lowercase() == name.trim().to_lowercase());
    found.ok_or_else(|| Failure::Refused(format!("nobody here is called {name:?}; there are: {names}")))
}

/// A name must be one that can be shown, and that nobody here has.
pub(super) fn free_name(reader: &Reader, name: &str) -> Result<(), Failure> {
    good_name(name)?;
    if reader.staff()?.iter().any(|it| it.name.to_lowercase() == name.to_lowercase()) {
        let sentence = format!("there is somebody called {name} already: add a letter of the other name");
        return Err(Failure::Refused(sentence));
    }
    Ok(())
}

/// A name must be one that can be shown.
pub(super) fn good_name(name: &str) -> Result<(), Failure> {
    let plain = name.trim() == name && !name.is_empty() && !name.chars().any(char::is_control);
    if plain && name.chars().count() <= TEXT_CHARS_MAX {
        return Ok(());
    }
    let sentence = format!("a name is 1 to {TEXT_CHARS_MAX} characters, without blanks around it: {name:?} is not");
    Err(Failure::Refused(sentence))
}

/// Hashes a PIN that nobody but `whose` has. Whose it is otherwise is not told.
fn free_pin(reader: &Reader, pin: &str, whose: Option<StaffId>) -> Result<String, Failure> {
    let hash = hash_pin(pin, &reader.pin_salt()?);
    match reader.staff_with_pin(&hash)? {
        Some(other) if Some(other.staff_id) != whose => {
            Err(Failure::Refused("that PIN is taken; nothing was changed: choose another".into()))
        }
        Some(_) | None => Ok(hash),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let key = crate::store::Key::new([7; 32]);
        let store = Store::create(&dir.path().join("store.db"), Some(&key), &mut clock::entropy().unwrap()).unwrap();
        (dir, store)
    }

    fn told(result: Result<(), Failure>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn no_two_people_share_a_name_or_a_pin() {
        let (_dir, mut store) = store();
        hire(&mut store, "Dara", Role::Manager, "9999").unwrap();
        assert!(told(hire(&mut store, "dara", Role::Cashier, "1234")).contains("somebody called dara already"));
        assert!(told(hire(&mut store, "Ana", Role::Cashier, "9999")).contains("that PIN is taken"));
        assert!(told(hire(&mut store, " Ana", Role::Cashier, "1234")).contains("without blanks"));
        assert_eq!(store.reader().staff().unwrap().len(), 1);
        assert_eq!(store.reader().journal(10).unwrap().len(), 1, "what was refused left no trace");
    }

    #[test]
    fn the_last_manager_stays_and_a_removed_name_and_pin_are_free_again() {
        let (_dir, mut store) = store();
        hire(&mut store, "Dara", Role::Manager, "9999").unwrap();
        hire(&mut store, "Ana", Role::Cashier, "1111").unwrap();
        let dara = find(store.reader(), "DARA").unwrap();
        assert!(told(dismiss(&mut store, &dara)).contains("the last manager"));
        let ana = find(store.reader(), "Ana").unwrap();
        dismiss(&mut store, &ana).unwrap();
        assert!(told(find(store.reader(), "Ana").map(drop)).contains("there are: Dara"));
        hire(&mut store, "Ana", Role::Cashier, "1111").unwrap();
        assert_eq!(store.reader().all_staff().unwrap().len(), 3);
    }
}
