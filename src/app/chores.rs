//! Chores: changes to a store that come from the command line, to a running register or to a closed one alike.

use super::review;
use crate::document::menu;
use crate::domain::id::{Entropy, StaffId};
use crate::domain::journal::Entry;
use crate::domain::limits::TEXT_CHARS_MAX;
use crate::domain::slip::{PrinterTest, Slip};
use crate::domain::staff::{Lockout, Role, Staff};
use crate::domain::{Menu, Timestamp};
use crate::store::{Durability, Fault, MenuMark, Reader, Store, Tx};
use crate::sync::wire::{MenuChanges, Secret};

/// One chore. PINs come hashed: see [`crate::store::hash_pin`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chore {
    /// Sell from this menu from now on.
    ImportMenu(Box<Menu>),
    /// Somebody starts to work here.
    Hire {
        /// Name on screen and paper.
        name: String,
        /// What they may do.
        role: Role,
        /// Their PIN, hashed.
        pin_hash: String,
    },
    /// Somebody works here no more; what they sold stays under their name.
    Dismiss {
        /// Name as listed.
        name: String,
    },
    /// Test pages come out of these printers.
    TestPrinters {
        /// Their names in the configuration.
        names: Vec<String>,
    },
    /// Somebody gets another PIN; wrong ones until now are forgotten.
    SetPin {
        /// Name as listed.
        name: String,
        /// The PIN, hashed.
        pin_hash: String,
    },
    /// Everything is synchronised now.
    SyncNow,
    /// What is in Review is handed to the server again.
    Resubmit {
        /// The id of its document, or its order's number.
        named: String,
    },
    /// Something is taken from Review.
    CloseReview {
        /// The id of its document, or its order's number.
        named: String,
        /// Why.
        reason: String,
    },
    /// The register was enrolled anew while it runs: its server knows it by another secret from now on.
    Enrolled {
        /// The address of that server.
        server: String,
        /// The secret.
        secret: Secret,
    },
}

/// Why a chore was not done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Undone {
    /// A sentence that says what is wrong and what to do.
    #[error("{0}")]
    Refused(String),
    /// The machine failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Does a chore in one transaction and says what was done.
///
/// # Errors
/// [`Undone`]; nothing was changed then.
pub fn carry_out(store: &mut Store, chore: &Chore, now: Timestamp, entropy: &mut Entropy) -> Result<String, Undone> {
    match chore {
        Chore::ImportMenu(menu) => import(store, menu, now),
        Chore::Hire { name, role, pin_hash } => hire(store, name, *role, pin_hash, now, entropy),
        Chore::Dismiss { name } => dismiss(store, name, now),
        Chore::TestPrinters { names } => test_printers(store, names, now),
        Chore::SetPin { name, pin_hash } => set_pin(store, name, pin_hash, now),
        // A register that runs does it itself.
        Chore::SyncNow => Err(Undone::Refused(
            "no register runs here, and it is the register that synchronises: start it with `comanda register`".into(),
        )),
        Chore::Enrolled { .. } => {
            Err(Undone::Refused("no register runs here: `comanda register` reads its secret when it starts".into()))
        }
        Chore::Resubmit { named } => review::resubmit(store, named, now),
        Chore::CloseReview { named, reason } => review::close(store, named, reason, now),
    }
}

fn import(store: &mut Store, menu: &Menu, now: Timestamp) -> Result<String, Undone> {
    let version = store.write(Durability::Synced, |tx| -> Result<u32, Fault> {
        // Another menu than the server's: its next answer is to be all of it.
        tx.set_menu_mark(&MenuMark::default())?;
        take_into_use(tx, menu, now, "import_menu")
    })?;
    let (items, categories) = (menu.items().len(), menu.parts().categories.len());
    let currency = menu.currency().row().code;
    Ok(format!("{items} items in {categories} categories, {currency}: now in use, version {version}"))
}

/// Sells from a menu from now on, and says so in the journal; answers with its version.
///
/// What is counted stays with the item, whatever menu has it.
pub(super) fn take_into_use(tx: &Tx<'_>, menu: &Menu, now: Timestamp, kind: &'static str) -> Result<u32, Fault> {
    let items = u32::try_from(menu.items().len()).unwrap_or(u32::MAX);
    let version = tx.put_menu(menu, now)?;
    tx.append(now, None, &Entry::new(kind, None).with("version", version).with("items", items))?;
    Ok(version)
}

/// The menu that is sold from after what a server says has changed on it, or the first thing that is wrong with that.
pub(crate) fn menu_after(menu: Option<&Menu>, changes: &MenuChanges) -> Result<Menu, String> {
    let lists = [&changes.categories, &changes.items, &changes.modifier_groups, &changes.modifiers, &changes.taxes];
    let bodies = lists.into_iter().flatten().collect();
    let update = menu::Update { full: changes.full, bodies, deleted: &changes.deleted };
    menu::updated(menu, &update)
        .map_err(|flaws| flaws.first().map_or_else(String::new, |flaw| format!("{}: {}", flaw.place, flaw.what)))
}

fn hire(
    store: &mut Store,
    name: &str,
    role: Role,
    pin_hash: &str,
    now: Timestamp,
    entropy: &mut Entropy,
) -> Result<String, Undone> {
    free_name(store.reader(), name)?;
    free_pin(store.reader(), pin_hash, None)?;
    let somebody = Staff { staff_id: StaffId::fresh(now, entropy), name: name.to_owned(), role };
    let staff_id = somebody.staff_id.to_string();
    let entry = Entry::new("add_staff", None).with("staff_id", staff_id).with("role", role.word());
    store.write(Durability::Synced, |tx| -> Result<(), Fault> {
        tx.add_staff(&somebody, pin_hash)?;
        tx.append(now, None, &entry).map(drop)
    })?;
    Ok(format!("{name} was added as {}", role.word()))
}

fn dismiss(store: &mut Store, name: &str, now: Timestamp) -> Result<String, Undone> {
    let somebody = find(store.reader(), name)?;
    let others = store.reader().staff()?.into_iter().filter(|it| it.staff_id != somebody.staff_id);
    if somebody.role == Role::Manager && !others.into_iter().any(|it| it.role == Role::Manager) {
        let sentence = format!("{} is the last manager: add another before removing this one", somebody.name);
        return Err(Undone::Refused(sentence));
    }
    let entry = Entry::new("remove_staff", None).with("staff_id", somebody.staff_id.to_string());
    store.write(Durability::Synced, |tx| -> Result<(), Fault> {
        tx.set_staff_active(somebody.staff_id, false)?;
        tx.append(now, None, &entry).map(drop)
    })?;
    Ok(format!("{} was removed", somebody.name))
}

fn set_pin(store: &mut Store, name: &str, pin_hash: &str, now: Timestamp) -> Result<String, Undone> {
    let somebody = find(store.reader(), name)?;
    free_pin(store.reader(), pin_hash, Some(somebody.staff_id))?;
    let entry = Entry::new("reset_pin", None).with("staff_id", somebody.staff_id.to_string());
    store.write(Durability::Synced, |tx| -> Result<(), Fault> {
        tx.set_pin(somebody.staff_id, pin_hash)?;
        tx.set_lockout(Lockout::default())?;
        tx.append(now, None, &entry).map(drop)
    })?;
    Ok(format!("{} has a new PIN", somebody.name))
}

fn test_printers(store: &mut Store, names: &[String], now: Timestamp) -> Result<String, Undone> {
    store.write(Durability::Draft, |tx| -> Result<(), Fault> {
        for printer in names {
            let test = PrinterTest { printer: printer.clone(), asked_at: now };
            tx.spool_add(printer, &Slip::Test(test), now)?;
        }
        Ok(())
    })?;
    Ok(format!("test pages were handed to {}: the register's printers screen shows them", names.join(", ")))
}

/// The member of staff of that name, in whatever case it was typed.
///
/// # Errors
/// [`Undone::Refused`] with the names that there are.
pub fn find(reader: &Reader, name: &str) -> Result<Staff, Undone> {
    let everybody = reader.staff()?;
    let names = everybody.iter().map(|it| it.name.clone()).collect::<Vec<_>>().join(", ");
    let found = everybody.into_iter().find(|it| it.name.to_lowercase() == name.trim().to_lowercase());
    found.ok_or_else(|| Undone::Refused(format!("nobody here is called {name:?}; there are: {names}")))
}

/// A name must be one that can be shown, and that nobody here has.
///
/// # Errors
/// [`Undone::Refused`] with what is wrong with it.
pub fn free_name(reader: &Reader, name: &str) -> Result<(), Undone> {
    good_name(name)?;
    if reader.staff()?.iter().any(|it| it.name.to_lowercase() == name.to_lowercase()) {
        let sentence = format!("there is somebody called {name} already: add a letter of the other name");
        return Err(Undone::Refused(sentence));
    }
    Ok(())
}

/// A name must be one that can be shown.
///
/// # Errors
/// [`Undone::Refused`] with what is wrong with it.
pub fn good_name(name: &str) -> Result<(), Undone> {
    let plain = name.trim() == name && !name.is_empty() && !name.chars().any(char::is_control);
    if plain && name.chars().count() <= TEXT_CHARS_MAX {
        return Ok(());
    }
    let sentence = format!("a name is 1 to {TEXT_CHARS_MAX} characters, without blanks around it: {name:?} is not");
    Err(Undone::Refused(sentence))
}

/// A PIN must be one that nobody but `whose` has. Whose it is otherwise is not told.
fn free_pin(reader: &Reader, pin_hash: &str, whose: Option<StaffId>) -> Result<(), Undone> {
    match reader.staff_with_pin(pin_hash)? {
        Some(other) if Some(other.staff_id) != whose => {
            Err(Undone::Refused("that PIN is taken; nothing was changed: choose another".into()))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Key, hash_pin};

    /// A store with an entropy and a clock of its own.
    struct House {
        store: Store,
        entropy: Entropy,
        _dir: tempfile::TempDir,
    }

    impl House {
        fn new() -> House {
            let dir = tempfile::tempdir().unwrap();
            let mut seed = 0_u8;
            let mut entropy = Entropy::new(move |bytes| {
                seed = seed.wrapping_add(1);
                bytes.fill(seed);
            });
            let store = Store::create(&dir.path().join("store.db"), Some(&Key::new([7; 32])), &mut entropy).unwrap();
            House { store, entropy, _dir: dir }
        }

        fn told(&mut self, chore: Chore) -> String {
            match carry_out(&mut self.store, &chore, Timestamp::utc(0), &mut self.entropy) {
                Ok(said) => said,
                Err(undone) => undone.to_string(),
            }
        }

        fn hire(&mut self, name: &str, role: Role, pin: &str) -> String {
            let pin_hash = hash_pin(pin, &self.store.reader().pin_salt().unwrap());
            self.told(Chore::Hire { name: name.into(), role, pin_hash })
        }
    }

    #[test]
    fn no_two_people_share_a_name_or_a_pin() {
        let mut house = House::new();
        assert_eq!(house.hire("Dara", Role::Manager, "9999"), "Dara was added as manager");
        assert!(house.hire("dara", Role::Cashier, "1234").contains("somebody called dara already"));
        assert!(house.hire("Ana", Role::Cashier, "9999").contains("that PIN is taken"));
        assert!(house.hire(" Ana", Role::Cashier, "1234").contains("without blanks"));
        assert_eq!(house.store.reader().staff().unwrap().len(), 1);
        assert_eq!(house.store.reader().journal(10).unwrap().len(), 1, "what was refused left no trace");
    }

    #[test]
    fn the_last_manager_stays_and_a_removed_name_and_pin_are_free_again() {
        let mut house = House::new();
        house.hire("Dara", Role::Manager, "9999");
        house.hire("Ana", Role::Cashier, "1111");
        let dismissed = |name: &str| Chore::Dismiss { name: name.into() };
        assert!(house.told(dismissed("DARA")).contains("the last manager"));
        assert_eq!(house.told(dismissed("ana")), "Ana was removed");
        assert!(house.told(dismissed("Ana")).contains("there are: Dara"));
        assert_eq!(house.hire("Ana", Role::Cashier, "1111"), "Ana was added as cashier");
        assert_eq!(house.store.reader().all_staff().unwrap().len(), 3);
    }
}
