//! The configuration file: TOML, read strictly, with every mistake told at its place.
//!
//! What the file may hold is in `text`; here it becomes what the house works with. `written` writes the commented file
//! that `comanda init` leaves.

mod backup;
mod kitchen;
mod pickup;
mod screen;
mod server;
mod text;
mod written;

pub use backup::{BackupConfig, EVERY_MIN_MAX, KEEP_MAX, LOW_DISK_MIB_MAX};
pub use screen::{commented_screen, load_screen, parse_screen};
pub use server::{ProxyConfig, ServerConfig, ServerKind, add_server, is_plain_abroad, url_flaw, with_server};
pub use written::{Answers, commented_default};

use super::Fault;
use super::printers::Device;
use super::touch_panel::TouchPanel;
use crate::domain::house::{House, ReceiptRule};
use crate::domain::id::StationId;
use crate::domain::kitchen::KitchenRules;
use crate::domain::limits::TEXT_CHARS_MAX;
use crate::domain::pickup::PickupRules;
use crate::domain::slip::Destination;
use crate::domain::time::read_clock;
use crate::printing::limits::{COLUMNS_MAX, COLUMNS_MIN};
use crate::printing::substitutes::circles;
use crate::printing::{Buzzer, CodePage, Cutter, Drawer, MODELS, Model, Printer, Proof};
use crate::tui::touch::{PANEL_MM_MAX, PANEL_MM_MIN, Panel};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use text::{FileText, PanelText, PrinterText, RoutesText};
use toml::Spanned;

/// Largest configuration file that is read, in bytes.
pub const CONFIG_BYTES_MAX: u64 = 256 * 1024;
/// Longest time that an untouched register may stay open, in minutes.
pub const IDLE_LOCK_MIN_MAX: u32 = 24 * 60;
/// Coarsest rounding of a cash total, in minor units.
pub const CASH_ROUNDING_MAX: i64 = 100_000;
/// Most lines of a list of words: address, footer, void reasons.
pub const WORDS_MAX: usize = 20;
/// Most printers of one register.
pub const PRINTERS_MAX: usize = 32;
/// Most characters of a register's id, which stands in every order number.
pub const REGISTER_ID_MAX: usize = 8;
/// Most characters of the names of locations, printers and stations.
pub const NAME_MAX: usize = 32;

/// What one configuration file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The rules of the house.
    pub house: House,
    /// Where the store's key lies; `None` = beside the configuration.
    pub key_file: Option<PathBuf>,
    /// Fewer free bytes than this where the store lies are told.
    pub low_disk_bytes: u64,
    /// Where copies of the store go, and how often; `None` = nowhere.
    pub backup: Option<BackupConfig>,
    /// The server, if there is one.
    pub server: Option<ServerConfig>,
    /// What the touch panel measures, if there is one.
    pub panel: Option<Panel>,
    /// Its device, where the register reads it itself.
    pub touch: Option<TouchPanel>,
    /// The printers, in the order of the file.
    pub printers: Vec<PrinterConfig>,
    /// Which printer serves which paper, by name.
    pub routes: BTreeMap<Destination, String>,
    /// How the kitchen's screens show what is to be made.
    pub kitchen: KitchenRules,
    /// How the guests' screens tell them what is ready.
    pub pickup: PickupRules,
}

impl Config {
    /// Which printer stands in for which, by name.
    pub fn substitutes(&self) -> BTreeMap<String, String> {
        substitutes(&self.printers)
    }

    /// A configuration that says nothing but the rules of the house: three file printers and their routes.
    pub fn usual(house: House) -> Config {
        Config {
            house,
            key_file: None,
            low_disk_bytes: backup::LOW_DISK_BYTES,
            backup: None,
            server: None,
            panel: None,
            touch: None,
            printers: written::usual_printers(),
            routes: written::usual_routes(),
            kitchen: KitchenRules::default(),
            pickup: PickupRules::default(),
        }
    }
}

fn substitutes(printers: &[PrinterConfig]) -> BTreeMap<String, String> {
    let named = |it: &PrinterConfig| Some((it.name().to_owned(), it.substitute.clone()?));
    printers.iter().filter_map(named).collect()
}

/// One printer and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterConfig {
    /// How it is reached.
    pub address: Address,
    /// Its name, and what it can do.
    pub printer: Printer,
    /// Who prints its tickets while it is down.
    pub substitute: Option<String>,
}

impl PrinterConfig {
    /// Its name in routes, on screen and in the spool.
    pub fn name(&self) -> &str {
        &self.printer.name
    }

    /// The device to reach it by; file printers lay their paper in `paper_dir`.
    pub fn device(&self, paper_dir: &Path) -> Device {
        match &self.address {
            Address::File => Device::File {
                dir: paper_dir.to_owned(),
                name: self.printer.name.clone(),
                columns: self.printer.columns,
            },
            Address::Tcp { host, port } => Device::Tcp { host: host.clone(), port: *port },
            Address::Character(path) => Device::Character { path: path.clone() },
        }
    }
}

/// How a printer is reached, as the configuration says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// Into files of the data directory: bytes and text side by side.
    File,
    /// Over the network.
    Tcp {
        /// Name or address.
        host: String,
        /// Port, usually 9100.
        port: u16,
    },
    /// A character device: USB, a serial line, or what udev links to one.
    Character(PathBuf),
}

impl Address {
    /// Reads `file`, `tcp:HOST:PORT` or `dev:PATH`, where the path is absolute; an IPv6 address stands in brackets.
    pub fn read(text: &str) -> Option<Address> {
        if text == "file" {
            return Some(Address::File);
        }
        if let Some(path) = text.strip_prefix("dev:") {
            return Some(Address::Character(path.into())).filter(|_| path.starts_with('/'));
        }
        let (host, port) = text.strip_prefix("tcp:")?.rsplit_once(':')?;
        let port = port.parse().ok().filter(|&port| port > 0)?;
        let bare = host.strip_prefix('[').map_or(Some(host), |rest| rest.strip_suffix(']'))?;
        let brackets_fit = bare.contains(':') == (bare.len() != host.len());
        let plain = |it: char| it.is_ascii_alphanumeric() || ".-:%_".contains(it);
        let right = brackets_fit && !bare.is_empty() && bare.chars().all(plain);
        right.then(|| Address::Tcp { host: bare.to_owned(), port })
    }
}

/// One mistake in a configuration, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// Everything that is wrong with one configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes {
    /// The file.
    pub file: PathBuf,
    /// Its mistakes, in the order of the file.
    pub all: Vec<Mistake>,
}

impl fmt::Display for Mistakes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Mistake { line, column, what } in &self.all {
            writeln!(out, "{}:{line}:{column}: {what}", self.file.display())?;
        }
        match self.all.len() {
            1 => write!(out, "1 mistake in the configuration: correct it and start again"),
            many => write!(out, "{many} mistakes in the configuration: correct them and start again"),
        }
    }
}

/// Why a configuration was not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error(transparent)]
    Unread(#[from] Fault),
    /// It could be read, and is wrong.
    #[error("{0}")]
    Wrong(Mistakes),
}

/// Reads a configuration file.
///
/// # Errors
/// [`ConfigError::Unread`] when there is none or it cannot be read; else every mistake with its place. A mistake of
/// form (TOML that is none, an unknown key) hides those after it; mistakes of meaning are all told at once.
pub fn load(file: &Path) -> Result<Config, ConfigError> {
    let remedy = "write it with `comanda init`, name another with --config, or look around first with `comanda demo`";
    let text = read(file, remedy)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    parse(&text, folder).map_err(|all| ConfigError::Wrong(Mistakes { file: file.to_owned(), all }))
}

/// The text of a configuration file.
fn read(file: &Path, remedy: &str) -> Result<String, Fault> {
    let doing = format!("could not read the configuration {}", file.display());
    let about = std::fs::metadata(file).map_err(|source| Fault::io(&doing, &source, remedy))?;
    if about.len() > CONFIG_BYTES_MAX {
        let why = format!("it is larger than {CONFIG_BYTES_MAX} bytes");
        return Err(Fault::new(doing, why, "name the right file with --config"));
    }
    std::fs::read_to_string(file).map_err(|source| Fault::io(&doing, &source, remedy))
}

/// Reads the text of a configuration; relative paths in it start at `folder`.
///
/// # Errors
/// Every mistake with its place, in the order of the file.
pub fn parse(text: &str, folder: &Path) -> Result<Config, Vec<Mistake>> {
    let mut check = Check { text, found: Vec::new() };
    let file: FileText = check.toml(text)?;
    let house = check.house(&file);
    let key_file = check.key_file(&file.store.key_file, folder);
    let low_disk_bytes = check.low_disk(&file.store.low_disk_mib);
    let backup = file.backup.as_ref().map(|text| check.backup(text, folder));
    let server = file.server.as_ref().map(|text| check.server(text, folder));
    let (panel, touch) = (check.panel(&file.panel), check.touch(&file.panel));
    let printers = check.printers(&file.printer);
    let routes = check.routes(&file.routes, &printers);
    let kitchen = check.kitchen(&file.kitchen);
    let pickup = check.pickup(&file.pickup);
    check.done(Config {
        house,
        key_file,
        low_disk_bytes,
        backup,
        server,
        panel,
        touch,
        printers,
        routes,
        kitchen,
        pickup,
    })
}

/// Collects mistakes on a walk over the file.
struct Check<'a> {
    text: &'a str,
    found: Vec<Mistake>,
}

impl Check<'_> {
    /// Reads the form of a file; a mistake in it hides all others.
    fn toml<T: serde::de::DeserializeOwned>(&mut self, text: &str) -> Result<T, Vec<Mistake>> {
        toml::from_str(text).map_err(|wrong| {
            self.wrong(wrong.span().map_or(0, |span| span.start), wrong.message().to_owned());
            std::mem::take(&mut self.found)
        })
    }

    /// What was read, unless there were mistakes.
    fn done(mut self, config: Config) -> Result<Config, Vec<Mistake>> {
        if self.found.is_empty() {
            return Ok(config);
        }
        self.found.sort_by_key(|mistake| (mistake.line, mistake.column));
        Err(self.found)
    }

    fn key_file(&mut self, path: &Option<Spanned<PathBuf>>, folder: &Path) -> Option<PathBuf> {
        let path = path.as_ref()?;
        self.unless(!path.get_ref().as_os_str().is_empty(), path, || "key_file must name a file".into());
        Some(folder.join(path.get_ref()))
    }

    fn wrong(&mut self, at: usize, what: String) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        self.found.push(Mistake { line, column, what });
    }

    fn unless<T>(&mut self, right: bool, at: &Spanned<T>, what: impl FnOnce() -> String) {
        if !right {
            self.wrong(at.span().start, what());
        }
    }

    /// Text that screens and paper show as it is.
    fn words(&mut self, what: &str, words: &Spanned<String>) {
        let text = words.get_ref();
        let length = text.chars().count();
        let right = !text.trim().is_empty() && length <= TEXT_CHARS_MAX && !text.chars().any(char::is_control);
        self.unless(right, words, || format!("{what} takes 1 to {TEXT_CHARS_MAX} characters on one line"));
    }

    fn list(&mut self, what: &str, list: &Spanned<Vec<Spanned<String>>>) -> Vec<String> {
        self.unless(list.get_ref().len() <= WORDS_MAX, list, || format!("{what} takes at most {WORDS_MAX} lines"));
        list.get_ref().iter().for_each(|words| self.words(what, words));
        list.get_ref().iter().map(|words| words.get_ref().clone()).collect()
    }

    /// A name that stands in order numbers, file names and routes.
    fn name(&mut self, what: &str, max: usize, dashes: &str, name: &Spanned<String>) {
        let plain = |it: char| it.is_ascii_alphanumeric() || dashes.contains(it);
        let text = name.get_ref();
        let right = !text.is_empty() && text.len() <= max && text.chars().all(plain);
        let also = if dashes.is_empty() { String::new() } else { format!(" or {}", spaced(dashes)) };
        self.unless(right, name, || {
            format!("{what} `{text}` is not 1 to {max} letters or digits (a-z, A-Z, 0-9){also}")
        });
    }

    fn house(&mut self, file: &FileText) -> House {
        let (of_house, of_register) = (&file.house, &file.register);
        self.words("name", &of_house.name);
        self.name("location", NAME_MAX, "-_", &of_register.location);
        self.name("id", REGISTER_ID_MAX, "", &of_register.id);
        let (location, register) = (of_register.location.get_ref(), of_register.id.get_ref());
        let mut house = House::named(of_house.name.get_ref(), location, register);
        if let Some(list) = &of_house.address {
            house.address = self.list("address", list);
        }
        if let Some(list) = &of_house.footer {
            house.footer = self.list("footer", list);
        }
        if let Some(list) = &of_house.void_reasons {
            self.unless(!list.get_ref().is_empty(), list, || "void_reasons must offer at least one reason".into());
            house.void_reasons = self.list("void_reasons", list);
        }
        if let Some(list) = &of_house.refund_reasons {
            self.unless(!list.get_ref().is_empty(), list, || "refund_reasons must offer at least one reason".into());
            house.refund_reasons = self.list("refund_reasons", list);
        }
        if let Some(typed) = &of_house.day_starts {
            let read = read_clock(typed.get_ref()).filter(|_| typed.get_ref().contains(':'));
            self.unless(read.is_some(), typed, || {
                format!("day_starts `{}` is not a time of day such as \"04:00\"", typed.get_ref())
            });
            house.day_starts_min = read.unwrap_or(house.day_starts_min);
        }
        if let Some(rule) = &of_house.receipt {
            match rule.get_ref().as_str() {
                "always" => house.receipt = ReceiptRule::Always,
                "on_request" => house.receipt = ReceiptRule::OnRequest,
                other => {
                    let what = format!("receipt `{other}` is neither \"always\" nor \"on_request\"");
                    self.wrong(rule.span().start, what);
                }
            }
        }
        if let Some(step) = &of_house.cash_rounding {
            self.unless((1..=CASH_ROUNDING_MAX).contains(step.get_ref()), step, || {
                format!("cash_rounding is 1 to {CASH_ROUNDING_MAX} minor units (5 = 0.05, 1 = none)")
            });
            house.cash_step = Some(*step.get_ref());
        }
        if let Some(minutes) = &of_register.idle_lock_min {
            self.unless((1..=IDLE_LOCK_MIN_MAX).contains(minutes.get_ref()), minutes, || {
                format!("idle_lock_min is 1 to {IDLE_LOCK_MIN_MAX} minutes")
            });
            house.idle_lock_ms = i64::from(*minutes.get_ref()) * 60_000;
        }
        house
    }

    fn panel(&mut self, text: &PanelText) -> Option<Panel> {
        let width_mm = self.panel_side("width_mm", &text.width_mm);
        let height_mm = self.panel_side("height_mm", &text.height_mm);
        match (&text.width_mm, &text.height_mm) {
            (Some(one), None) | (None, Some(one)) => {
                self.wrong(one.span().start, "a panel has both width_mm and height_mm: give the other too".into());
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
        Panel::of(width_mm?, height_mm?)
    }

    fn touch(&mut self, text: &PanelText) -> Option<TouchPanel> {
        if let Some(edges) = &text.touch_edges {
            let [left, right, top, bottom] = edges.get_ref();
            self.unless(left != right && top != bottom, edges, || {
                "touch_edges are what the panel says at the left, right, upper and lower edge: opposite ones differ"
                    .into()
            });
        }
        let path = text.touch.as_ref()?;
        self.unless(path.get_ref().is_absolute(), path, || {
            "touch is the panel's device, such as /dev/input/by-path/platform-i2c-event".into()
        });
        let edges = text.touch_edges.as_ref().map(|edges| *edges.get_ref());
        Some(TouchPanel { path: path.get_ref().clone(), is_swapped: text.touch_swapped, edges })
    }

    fn panel_side(&mut self, key: &str, side: &Option<Spanned<i64>>) -> Option<u16> {
        let side = side.as_ref()?;
        let length = u16::try_from(*side.get_ref()).ok();
        let length = length.filter(|length| (PANEL_MM_MIN..=PANEL_MM_MAX).contains(length));
        self.unless(length.is_some(), side, || {
            format!("{key} is {PANEL_MM_MIN} to {PANEL_MM_MAX} millimetres: measure the picture without its frame")
        });
        length
    }

    fn printers(&mut self, list: &Option<Spanned<Vec<PrinterText>>>) -> Vec<PrinterConfig> {
        let Some(list) = list else { return written::usual_printers() };
        self.unless((1..=PRINTERS_MAX).contains(&list.get_ref().len()), list, || {
            format!("a register takes 1 to {PRINTERS_MAX} printers")
        });
        let mut printers: Vec<PrinterConfig> = Vec::new();
        for printer in list.get_ref() {
            self.name("printer name", NAME_MAX, "-_", &printer.name);
            let name = printer.name.get_ref();
            let twice = printers.iter().any(|earlier| earlier.name().eq_ignore_ascii_case(name));
            self.unless(!twice, &printer.name, || {
                format!("there are two printers named `{name}` (case does not count): rename one")
            });
            printers.push(self.printer(printer));
        }
        let known = printers.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ");
        let chains = substitutes(&printers);
        for printer in list.get_ref() {
            let Some(other) = &printer.substitute else { continue };
            self.known_printer(other, &printers, &known);
            self.unless(!circles(printer.name.get_ref(), &chains), other, || {
                let name = printer.name.get_ref();
                format!("the substitutes of `{name}` lead back to it: take one of them out")
            });
        }
        printers
    }

    fn printer(&mut self, text: &PrinterText) -> PrinterConfig {
        let address = text.device.as_ref().map_or(Some(Address::File), |typed| {
            let read = Address::read(typed.get_ref());
            self.unless(read.is_some(), typed, || {
                let typed = typed.get_ref();
                format!(
                    "device `{typed}` is none of \"file\", \"tcp:HOST:PORT\" (tcp:192.168.1.50:9100) and \"dev:PATH\""
                )
            });
            read
        });
        let models = MODELS.iter().map(|model| model.name).collect::<Vec<_>>();
        let model = self.word("model", &text.model, Model::named, &models);
        let mut printer = Printer::new(text.name.get_ref(), model.unwrap_or_else(written::usual_model));
        if let Some(columns) = &text.columns {
            self.unless((COLUMNS_MIN..=COLUMNS_MAX).contains(columns.get_ref()), columns, || {
                format!("columns is {COLUMNS_MIN} to {COLUMNS_MAX} characters in a line")
            });
            printer = printer.with_columns(*columns.get_ref());
        }
        if let Some(page) =
            self.word("code_page", &text.code_page, CodePage::from_code, &CodePage::ALL.map(CodePage::code))
        {
            printer = printer.with_code_page(page);
        }
        if let Some(number) = text.code_page_number {
            printer = printer.with_code_page_number(number);
        }
        let cutters = [Cutter::None, Cutter::Full, Cutter::Partial].map(Cutter::code);
        if let Some(cutter) = self.word("cutter", &text.cutter, Cutter::from_code, &cutters) {
            printer = printer.with_cutter(cutter);
        }
        let drawers = [Drawer::None, Drawer::Pin2, Drawer::Pin5].map(Drawer::code);
        if let Some(drawer) = self.word("drawer", &text.drawer, Drawer::from_code, &drawers) {
            printer = printer.with_drawer(drawer);
        }
        let buzzers = [Buzzer::None, Buzzer::Epson, Buzzer::Clone, Buzzer::DrawerPort].map(Buzzer::code);
        if let Some(buzzer) = self.word("buzzer", &text.buzzer, Buzzer::from_code, &buzzers) {
            printer = printer.with_buzzer(buzzer);
        }
        let proofs = [Proof::None, Proof::GsR, Proof::GsParenH].map(Proof::code);
        if let Some(proof) = self.word("proof", &text.proof, Proof::from_code, &proofs) {
            printer = printer.with_proof(proof);
        }
        let substitute = text.substitute.as_ref().map(|name| name.get_ref().clone());
        PrinterConfig { address: address.unwrap_or(Address::File), printer, substitute }
    }

    /// One of a list of words that the house knows; the list is told when it is another.
    fn word<T>(
        &mut self,
        key: &str,
        typed: &Option<Spanned<String>>,
        read: impl Fn(&str) -> Option<T>,
        known: &[&str],
    ) -> Option<T> {
        let typed = typed.as_ref()?;
        let found = read(typed.get_ref());
        self.unless(found.is_some(), typed, || {
            format!("there is no {key} `{}`; it is one of: {}", typed.get_ref(), known.join(", "))
        });
        found
    }

    fn routes(&mut self, routes: &RoutesText, printers: &[PrinterConfig]) -> BTreeMap<Destination, String> {
        let known = printers.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ");
        let mut to = BTreeMap::new();
        for (station, printer) in routes.stations.iter().flatten() {
            self.name("station", NAME_MAX, "-_", station);
            self.known_printer(printer, printers, &known);
            to.insert(Destination::Station(StationId(station.get_ref().clone())), printer.get_ref().clone());
        }
        if let Some(printer) = &routes.register {
            self.known_printer(printer, printers, &known);
            to.insert(Destination::Register, printer.get_ref().clone());
        }
        // What is not said is what the usual names say.
        let usual = written::usual_routes().into_iter();
        for (destination, printer) in usual.filter(|(_, name)| printers.iter().any(|it| it.name() == *name)) {
            to.entry(destination).or_insert(printer);
        }
        if !to.contains_key(&Destination::Register) {
            let what = "no printer is named for receipts: write register = \"NAME\" under [routes]";
            self.wrong(self.text.len(), format!("{what}; the printers are: {known}"));
        }
        to
    }

    fn known_printer(&mut self, printer: &Spanned<String>, printers: &[PrinterConfig], known: &str) {
        let found = printers.iter().any(|it| it.name() == *printer.get_ref());
        self.unless(found, printer, || {
            format!("there is no printer `{}`; the printers are: {known}", printer.get_ref())
        });
    }
}

fn spaced(dashes: &str) -> String {
    dashes.chars().map(String::from).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests;
