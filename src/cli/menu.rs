//! `comanda menu`: what is sold, from and to the menu exchange format.

use super::{Failure, places, remark, say};
use crate::app::chores::Chore;
use crate::document;
use crate::domain::menu::Menu;
use crate::printing::CodePage;
use crate::runtime::config::{self, Config, PrinterConfig};
use crate::runtime::{Fault, opening, why};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Largest menu file that is read, in bytes.
const MENU_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Most names that are told not to fit a printer; the rest is counted.
const UNPRINTABLE_TOLD_MAX: usize = 20;

/// Imports, exports and checks menus.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda menu check menu.json     tells every mistake with its place
  comanda menu import menu.json    the same, and sells from it if there is none
  comanda menu export              to standard output
  comanda menu export today.json   to a new file

Names that a printer of the configuration cannot show are told, and do not
keep a menu from being imported. A register that runs sells from the new menu
at once; what is on an order keeps its price.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Checks a menu and sells from it
    Import {
        /// The menu file
        file: PathBuf,
    },
    /// Writes the menu in use
    Export {
        /// The file to write; standard output when absent
        file: Option<PathBuf>,
    },
    /// Checks a menu and changes nothing
    Check {
        /// The menu file
        file: PathBuf,
    },
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Check { file } => {
            let menu = read(&file)?;
            warn_here(&menu, places);
            say(&format!("{}: {}: no mistakes", file.display(), size(&menu)))
        }
        Command::Import { file } => {
            let places = places.of_register()?;
            let menu = read(&file)?;
            warn(&menu, &config::load(&places.config).map_err(opening::NotOpened::from)?);
            let said = places::do_chore(places, &Chore::ImportMenu(Box::new(menu)), "menu import")?;
            say(&format!("{}: {said}", file.display()))
        }
        Command::Export { file } => {
            let (_, reader) = opening::for_reading(&places.of_register()?)?;
            let menu = reader.menu()?.ok_or(opening::NotOpened::NoMenu)?;
            let text = document::menu::write(&menu);
            match file {
                None => say(text.trim_end()),
                Some(file) => export(&file, &text),
            }
        }
    }
}

pub(super) fn size(menu: &Menu) -> String {
    let parts = menu.parts();
    format!("{} items in {} categories, {}", parts.items.len(), parts.categories.len(), parts.currency.row().code)
}

/// Reads a menu file.
///
/// # Errors
/// Every mistake with its place, one a line, and their count at the end.
pub(super) fn read(file: &Path) -> Result<Menu, Failure> {
    let doing = format!("could not read the menu {}", file.display());
    let fault = |source| Fault::io(&doing, &source, "name the right file");
    let bytes = std::fs::metadata(file).map_err(fault)?.len();
    if bytes > MENU_BYTES_MAX {
        return Err(
            Fault::new(&doing, format!("it is larger than {MENU_BYTES_MAX} bytes"), "name the right file").into()
        );
    }
    let bytes = std::fs::read(file).map_err(fault)?;
    let text = String::from_utf8(bytes).map_err(|_| Fault::new(&doing, "it is not UTF-8 text", "save it as UTF-8"))?;
    document::menu::read(text.strip_prefix('\u{feff}').unwrap_or(&text)).map_err(|flaws| {
        let count = match flaws.len() {
            1 => "1 mistake".to_owned(),
            many => format!("{many} mistakes"),
        };
        let lines: String = flaws.iter().map(|flaw| format!("{}: {flaw}\n", file.display())).collect();
        Failure::Refused(format!("the menu was not taken:\n{lines}{count}; the menu in use stays as it was"))
    })
}

pub(super) fn export(file: &Path, text: &str) -> Result<(), Failure> {
    let write = || {
        let mut out = OpenOptions::new().write(true).create_new(true).open(file)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()
    };
    write().map_err(|source| {
        let remedy = "name another file";
        Failure::Refused(format!("could not write the menu to {}: {}: {remedy}", file.display(), why(&source)))
    })
}

/// Tells on standard error which names a printer cannot show.
fn warn(menu: &Menu, config: &Config) {
    let told = unprintable(menu, &config.printers);
    for line in told.iter().take(UNPRINTABLE_TOLD_MAX) {
        remark(&format!("warning: {line}"));
    }
    if let Some(more @ 1..) = told.len().checked_sub(UNPRINTABLE_TOLD_MAX) {
        remark(&format!("warning: and {more} more names that a printer cannot show"));
    }
}

/// The same, where there is a register: a menu can also be checked where none is, and then has no printers to fit.
fn warn_here(menu: &Menu, places: places::Flags) {
    let asked = places.config.is_some();
    let Ok(places) = places.of_register() else { return };
    if !asked && !places.config.exists() {
        return;
    }
    match config::load(&places.config) {
        Ok(config) => warn(menu, &config),
        Err(wrong) => remark(&format!("warning: the menu was not held against any printer: {wrong}")),
    }
}

fn unprintable(menu: &Menu, printers: &[PrinterConfig]) -> Vec<String> {
    let mut pages: BTreeMap<&str, (CodePage, Vec<&str>)> = BTreeMap::new();
    for printer in printers {
        let page = printer.printer.code_page;
        pages.entry(page.code()).or_insert_with(|| (page, Vec::new())).1.push(printer.name());
    }
    let parts = menu.parts();
    let items = parts.items.iter().enumerate().map(|(at, item)| (format!("items[{at}].name"), &item.name));
    let answers = parts.modifiers.iter().enumerate().map(|(at, it)| (format!("modifiers[{at}].name"), &it.name));
    let mut told = Vec::new();
    for (place, name) in items.chain(answers) {
        for (code, (page, printers)) in &pages {
            let (_, lacking) = page.encode(name);
            if !lacking.is_empty() {
                let lacking: String = lacking.into_iter().collect();
                let printers = printers.join(", ");
                told.push(format!(
                    "{place}: {name:?}: code page {code} ({printers}) has no {lacking:?}, it prints `?`"
                ));
            }
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::House;

    #[test]
    fn every_mistake_of_a_menu_is_told_with_its_place_and_counted() {
        let told = read(Path::new("tests/menus/broken.json")).unwrap_err().to_string();
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(lines.len(), 14, "a heading, twelve mistakes, their count: {told}");
        assert!(lines[1..13].iter().all(|line| line.starts_with("tests/menus/broken.json: ")), "{told}");
        assert!(lines[13].starts_with("12 mistakes"), "{told}");
        let told = read(Path::new("tests/menus/none.json")).unwrap_err().to_string();
        assert!(told.contains("does not exist"), "{told}");
    }

    #[test]
    fn names_that_a_printer_lacks_are_told() {
        let config = Config::usual(House::named("A", "L1", "T1"));
        let told = unprintable(&read(Path::new("tests/menus/chinese.json")).unwrap(), &config.printers);
        assert!(told.len() >= 20, "{told:?}");
        assert!(told[0].contains("items[0].name") && told[0].contains("858 (receipt, kitchen, bar)"), "{}", told[0]);
        let demo = crate::runtime::demo::menu().unwrap();
        assert_eq!(unprintable(&demo, &config.printers), Vec::<String>::new());
    }
}
