//! The demonstration: a restaurant with menu, staff and paper printers that the binary carries with it.

use super::clock;
use super::config::Config;
use super::key_file::{self, KeySource};
use super::lock::Lock;
use super::opening::{NotOpened, Opening};
use super::paths::Places;
use crate::domain::id::{Entropy, StaffId};
use crate::domain::menu::Menu;
use crate::domain::staff::{Role, Staff};
use crate::domain::time::Timestamp;
use crate::domain::{House, journal};
use crate::store::{self, Durability, OpenFault, Store, hash_pin};
use serde::Deserialize;

/// The menu, in the exchange format.
pub const MENU: &str = include_str!("../../assets/demo/menu.json");
/// The staff, with their PINs.
pub const STAFF: &str = include_str!("../../assets/demo/staff.json");

/// The first row in the journal of a store that was made as a demonstration.
const FURNISHED: &str = "furnish_demo";

/// A member of the demonstration's staff.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoStaff {
    /// Name on screen.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Their PIN, which the login screen of the demonstration shows.
    pub pin: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StaffFile {
    staff: Vec<DemoStaff>,
}

/// The house of the demonstration.
pub fn house() -> House {
    let lines = |lines: [&str; 2]| lines.map(str::to_owned).to_vec();
    House {
        address: lines(["12 Harbour Street", "Tel. 555 0142"]),
        footer: lines(["Thank you for trying Comanda!", "This is a demonstration: nothing was sold."]),
        ..House::named("Bistro Comanda demo", "demo", "T1")
    }
}

/// The menu of the demonstration.
///
/// # Errors
/// [`NotOpened::Demonstration`] when what the binary carries is not a menu.
pub fn menu() -> Result<Menu, NotOpened> {
    crate::document::menu::read(MENU)
        .map_err(|flaws| NotOpened::Demonstration(flaws.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))
}

/// The staff of the demonstration.
///
/// # Errors
/// [`NotOpened::Demonstration`] when what the binary carries is no list of staff.
pub fn staff() -> Result<Vec<DemoStaff>, NotOpened> {
    let file: StaffFile =
        serde_json::from_str(STAFF).map_err(|wrong| NotOpened::Demonstration(format!("staff: {wrong}")))?;
    Ok(file.staff)
}

/// What the login screen of the demonstration says: every PIN.
///
/// # Errors
/// [`NotOpened::Demonstration`] when what the binary carries is no list of staff.
pub fn login_notes() -> Result<Vec<String>, NotOpened> {
    let line = |one: DemoStaff| format!("{}  {} ({})", one.pin, one.name, one.role.word());
    let mut notes = vec!["This is a demonstration. PINs:".to_owned()];
    notes.extend(staff()?.into_iter().map(line));
    Ok(notes)
}

/// Puts a menu and the demonstration's staff into a fresh store.
///
/// # Errors
/// [`NotOpened`]; nothing was changed then.
pub fn furnish(store: &mut Store, menu: &Menu, now: Timestamp, entropy: &mut Entropy) -> Result<(), NotOpened> {
    let hashes = pin_hashes(&store.reader().pin_salt()?)?;
    furnish_with(store, menu, &hashes, now, entropy)
}

/// The PINs of the demonstration's staff, each hashed with a store's salt: that takes most of the time of furnishing it.
///
/// # Errors
/// [`NotOpened::Demonstration`] when what the binary carries is no list of staff.
pub fn pin_hashes(salt: &[u8; 16]) -> Result<Vec<String>, NotOpened> {
    Ok(staff()?.iter().map(|one| hash_pin(&one.pin, salt)).collect())
}

/// As [`furnish`], with hashes of the store's salt that are known.
///
/// # Errors
/// [`NotOpened`]; nothing was changed then.
pub fn furnish_with(
    store: &mut Store,
    menu: &Menu,
    hashes: &[String],
    now: Timestamp,
    entropy: &mut Entropy,
) -> Result<(), NotOpened> {
    let person = |one: DemoStaff| Staff { staff_id: StaffId::fresh(now, entropy), name: one.name, role: one.role };
    let ready: Vec<_> = staff()?.into_iter().map(person).zip(hashes).collect();
    store.write(Durability::Synced, |tx| -> Result<(), store::Fault> {
        tx.put_menu(menu, now)?;
        for (staff, hash) in &ready {
            tx.add_staff(staff, hash)?;
        }
        tx.append(now, None, &journal::Entry::new(FURNISHED, None))?;
        Ok(())
    })?;
    Ok(())
}

/// Opens the demonstration's store, and makes it on the first run.
///
/// # Errors
/// [`NotOpened`], with the directory that can be deleted to start anew where that helps.
pub fn open(places: Places) -> Result<Opening, NotOpened> {
    places.prepare_data()?;
    let lock = Lock::take(&places.data, "demo")?;
    let key_path = places.usual_key_file();
    let key = match key_path.try_exists() {
        Ok(false) => key_file::create(&key_path)?,
        Ok(true) | Err(_) => KeySource::File(key_path).read()?,
    };
    let mut entropy = clock::entropy()?;
    let mut store = Store::open_or_create(&places.store_file(), Some(&key), &mut entropy).map_err(|fault| {
        tracing::error!(%fault, "the demonstration's store did not open");
        with_a_way_out(fault, &places)
    })?;
    if store.reader().menu_version()?.is_none() {
        furnish(&mut store, &menu()?, clock::now(), &mut entropy)?;
    }
    Ok(Opening { places, config: Config::usual(house()), key, store, lock, demo: true })
}

/// Opens a store that was made as a demonstration, and no other; makes it on the first run.
///
/// # Errors
/// [`NotOpened`]; of a store that was made for selling it says so.
pub fn open_made(places: Places) -> Result<Opening, NotOpened> {
    let opening = open(places)?;
    if opening.store.reader().journal_began()?.as_deref() == Some(FURNISHED) {
        return Ok(opening);
    }
    let doing = format!("could not use the store in {}", opening.places.data.display());
    let why = "it was not made as a demonstration";
    Err(super::Fault::new(doing, why, "name a directory that `comanda demo` made").into())
}

/// A demonstration holds nothing that is worth mending.
fn with_a_way_out(fault: OpenFault, places: &Places) -> NotOpened {
    let doing = "the demonstration did not open";
    let remedy = format!("or delete {} and start anew", places.data.display());
    super::Fault::new(doing, fault.to_string(), remedy).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_binary_carries_reads() {
        assert!(menu().unwrap().items().len() > 20);
        let staff = staff().unwrap();
        assert!(staff.iter().any(|one| one.role == Role::Manager));
        assert!(staff.iter().all(|one| crate::domain::staff::is_pin(&one.pin)));
    }

    #[test]
    fn the_demonstration_opens_twice_with_the_same_staff() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::of_demo(Some(dir.path().join("demo"))).unwrap();
        let first = open(places.clone()).unwrap();
        let people = first.store.reader().staff().unwrap();
        assert_eq!(people.len(), staff().unwrap().len());
        let salt = first.store.reader().pin_salt().unwrap();
        let ana = first.store.reader().staff_with_pin(&hash_pin("1111", &salt)).unwrap();
        assert_eq!(ana.map(|ana| ana.name), Some("Ana".to_owned()));
        let told = open(places.clone()).unwrap_err().to_string();
        assert!(told.contains("in use"), "{told}");
        drop(first);
        assert_eq!(open(places).unwrap().store.reader().staff().unwrap(), people);
    }
}
