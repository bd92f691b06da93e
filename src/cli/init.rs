//! `comanda init`: a new register, or another PIN for somebody who lost theirs.

use super::{Failure, ask, places, say, staff};
use crate::app::chores::{self, Chore};
use crate::domain::staff::Role;
use crate::runtime::config::{self, Answers};
use crate::runtime::key_file::{self, KeySource};
use crate::runtime::lock::Lock;
use crate::runtime::paths::Places;
use crate::runtime::{Fault, clock, opening, why};
use crate::store::{Key, Store, hash_pin};
use std::io::Write;
use std::path::Path;

/// Makes a new register: configuration, key, store and its first manager.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda init --location L1 --register T1 --manager Dara
  comanda init --location L1 --register T1 --manager Dara < pin.txt
  comanda init --location L1 --register T1 --manager Dara --server https://pos.example
  comanda init --reset-pin Dara

The manager's PIN is asked for twice and not shown; where standard input is
not a terminal, it is read as one line from there. Nothing that exists is
written over. A key that is there already (as a file, or as systemd's
credential comanda.key) is used. Keep a copy of the key file apart from the
register: without it no backup of the store opens.")]
pub(super) struct Args {
    /// Which restaurant: up to 32 letters, digits, - or _
    #[arg(long, required_unless_present = "reset_pin")]
    location: Option<String>,
    /// Which register of the restaurant: up to 8 letters or digits; it stands in every order number
    #[arg(long, required_unless_present = "reset_pin")]
    register: Option<String>,
    /// The first manager
    #[arg(long, value_name = "NAME", required_unless_present = "reset_pin")]
    manager: Option<String>,
    /// The name at the head of receipts; the configuration can change it later
    #[arg(long, value_name = "HOUSE", default_value = "Our restaurant")]
    name: String,
    /// Where the server is; the register is then made known to it with `comanda enroll`
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Gives somebody of an existing register another PIN
    #[arg(long, value_name = "NAME", conflicts_with_all = ["location", "register", "manager", "name", "server"])]
    reset_pin: Option<String>,
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let places = places.of_register()?;
    if let Some(name) = args.reset_pin {
        let (_, reader) = opening::for_reading(&places)?;
        let chore = staff::new_pin(&reader, &name)?;
        drop(reader);
        return say(&places::do_chore(places, &chore, "init --reset-pin")?);
    }
    let text = |text: Option<String>| text.unwrap_or_default();
    let answers = Answers { name: args.name, location: text(args.location), register: text(args.register) };
    let manager = text(args.manager);
    let written = checked(&answers, args.server.as_deref(), &places)?;
    chores::good_name(&manager)?;
    let pin = ask::new_pin(&manager)?;
    make(&places, &written, &manager, &pin)?;
    let config = places.config.display();
    let enrol = if args.server.is_some() { "`comanda enroll`, " } else { "" };
    say(&format!(
        "The configuration is {config}: look it through.\nThe store is {}.\n\
         The key is {}: keep a copy of it elsewhere.\n\
         Next: {enrol}`comanda menu import FILE`, then `comanda register`.",
        places.store_file().display(),
        KeySource::found(places.usual_key_file()).path().display(),
    ))
}

/// The configuration to write, after everything that can be refused was looked at.
fn checked(answers: &Answers, server: Option<&str>, places: &Places) -> Result<String, Failure> {
    let written = config::commented_default(answers);
    let written = match server {
        Some(url) => config::with_server(&written, url.trim_end_matches('/')),
        None => written,
    };
    config::parse(&written, Path::new("")).map_err(|all| {
        let all = all.into_iter().map(|mistake| mistake.what).collect::<Vec<_>>().join("\n  ");
        Failure::Refused(format!("nothing was made, for this is not right:\n  {all}"))
    })?;
    if places.config.exists() {
        let sentence = "it was left as it is; nothing was made: move it away, or name another with --config";
        let exists = format!("there is a configuration already, {}: {sentence}", places.config.display());
        return Err(Failure::Refused(exists));
    }
    Ok(written)
}

/// Makes key, store, configuration and, last, the manager. What is cut off before the configuration is there can be
/// done again; after that, `comanda staff add` does what is left.
fn make(places: &Places, written: &str, manager: &str, pin: &str) -> Result<(), Failure> {
    places.prepare_data()?;
    places.prepare_config()?;
    let lock = Lock::take(&places.data, "init")?;
    let key = found_or_made(places)?;
    let mut store = Store::open_or_create(&places.store_file(), Some(&key), &mut clock::entropy()?)?;
    if !store.reader().all_staff()?.is_empty() {
        let store = places.store_file();
        return Err(Failure::Refused(format!(
            "there is a store already, {}: it was left as it is and no configuration was written: name another \
             directory with --data, or put its configuration back",
            store.display()
        )));
    }
    write_config(&places.config, written)?;
    let pin_hash = hash_pin(pin, &store.reader().pin_salt()?);
    let manager = Chore::Hire { name: manager.to_owned(), role: Role::Manager, pin_hash };
    chores::carry_out(&mut store, &manager, clock::now(), &mut clock::entropy()?)?;
    drop(lock);
    Ok(())
}

fn found_or_made(places: &Places) -> Result<Key, Fault> {
    let source = KeySource::found(places.usual_key_file());
    match source.path().try_exists() {
        Ok(false) => key_file::create(source.path()),
        Ok(true) | Err(_) => source.read(),
    }
}

/// Writes a new file, whole or not at all.
fn write_config(path: &Path, text: &str) -> Result<(), Fault> {
    let doing = format!("could not write the configuration {}", path.display());
    let remedy = "give this user the directory, or name another file with --config";
    let fault = |source| Fault::io(&doing, &source, remedy);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(fault)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|source| {
        let told = fault(source);
        match std::fs::remove_file(path) {
            Ok(()) => told,
            Err(left) => Fault { remedy: format!("delete it ({}) and try again", why(&left)), ..told },
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(dir: &Path) -> Places {
        Places { data: dir.join("data"), config: dir.join("etc/comanda.toml") }
    }

    fn answers(register: &str) -> Answers {
        Answers { name: "Chez Ana".into(), location: "L1".into(), register: register.into() }
    }

    #[test]
    fn what_init_makes_opens_and_asks_for_a_menu() {
        let dir = tempfile::tempdir().unwrap();
        let places = places(dir.path());
        make(&places, &checked(&answers("T1"), None, &places).unwrap(), "Dara", "9999").unwrap();
        assert!(matches!(opening::for_selling(places.clone()), Err(opening::NotOpened::NoMenu)));
        let opened = opening::for_writing(places.clone(), "test").unwrap();
        assert_eq!(opened.store.reader().staff().unwrap()[0].role, Role::Manager);
        assert_eq!(opened.config.house.name, "Chez Ana");
        let left: Vec<_> =
            std::fs::read_dir(dir.path().join("etc")).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "configuration and key: {left:?}");
    }

    #[test]
    fn init_writes_over_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let places = places(dir.path());
        let text = checked(&answers("T1"), None, &places).unwrap();
        make(&places, &text, "Dara", "9999").unwrap();
        let told = checked(&answers("T1"), None, &places).unwrap_err().to_string();
        assert!(told.contains("there is a configuration already") && told.contains("--config"), "{told}");
        std::fs::remove_file(&places.config).unwrap();
        let told = make(&places, &text, "Eve", "1234").unwrap_err().to_string();
        assert!(told.contains("there is a store already") && !places.config.exists(), "{told}");
    }

    #[test]
    fn a_server_that_is_named_stands_in_the_configuration() {
        let dir = tempfile::tempdir().unwrap();
        let written = checked(&answers("T1"), Some("https://pos.example/"), &places(dir.path())).unwrap();
        let server = config::parse(&written, Path::new("")).unwrap().server;
        assert_eq!(server, Some(config::ServerConfig::comanda("https://pos.example")));
        let told = checked(&answers("T1"), Some("http://pos.example"), &places(dir.path())).unwrap_err().to_string();
        assert!(told.contains("is plain HTTP"), "{told}");
    }

    #[test]
    fn wrong_answers_make_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let told = checked(&answers("T-1"), None, &places(dir.path())).unwrap_err().to_string();
        assert!(told.contains("id `T-1` is not 1 to 8 letters or digits"), "{told}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
