//! `comanda printers`: what is configured, how it stands, and a test page.

use super::{Failure, places, say};
use crate::app::chores::Chore;
use crate::domain::slip::{Destination, PrinterTest, Slip};
use crate::printing::{Load, Marks, Outcome, encode, layout};
use crate::runtime::config::{self, Address, Config, PrinterConfig};
use crate::runtime::lock::Lock;
use crate::runtime::opening::{self, NotOpened};
use crate::runtime::paths::Places;
use crate::runtime::printers::Patience;
use crate::runtime::{clock, control};

/// Lists printers and prints test pages.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda printers list
  comanda printers test
  comanda printers test kitchen

A test page shows the printer's name, a ruler as wide as its line, and letters
that code pages differ in. A register that runs prints it in its turn; else it
is printed at once, and what the printer answered is told.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Lists the printers, what they serve, and what waits for them
    List,
    /// Prints a test page on one printer, or on all
    Test {
        /// The printer's name; all when none is named
        name: Option<String>,
    },
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let places = places.of_register()?;
    match args.command {
        Command::List => list(&places),
        Command::Test { name } => test(&places, name.as_deref()),
    }
}

fn list(places: &Places) -> Result<(), Failure> {
    let (config, reader) = opening::for_reading(places)?;
    let mut lines = Vec::new();
    for printer in &config.printers {
        let name = printer.name();
        let (waiting, failed) = (reader.spool_waiting(name)?, reader.spool_failed(name)?);
        let of = &printer.printer;
        lines.push(format!("{name}: {}", address(printer)));
        lines.push(format!(
            "  {}, {} columns, code page {}, proof {}",
            of.model,
            of.columns,
            of.code_page.code(),
            of.proof.code()
        ));
        lines.push(format!("  serves {}", serves(&config, name)));
        if let Some(other) = &printer.substitute {
            lines.push(format!("  while it is down its tickets go to {other}"));
        }
        lines.push(format!("  {waiting} waiting, {failed} failed"));
    }
    say(&lines.join("\n"))
}

fn address(printer: &PrinterConfig) -> String {
    match &printer.address {
        Address::File => "file".to_owned(),
        Address::Tcp { host, port } => format!("tcp:{host}:{port}"),
        Address::Character(path) => format!("dev:{}", path.display()),
    }
}

fn serves(config: &Config, name: &str) -> String {
    let served = config.routes.iter().filter(|(_, printer)| *printer == name).map(|(to, _)| match to {
        Destination::Station(station) => format!("station {station}"),
        Destination::Register => "the register".to_owned(),
    });
    let served = served.collect::<Vec<_>>();
    if served.is_empty() { "nothing".to_owned() } else { served.join(", ") }
}

/// Prints test pages: through the register that runs, or at once.
fn test(places: &Places, name: Option<&str>) -> Result<(), Failure> {
    let config = config::load(&places.config).map_err(NotOpened::from)?;
    let chosen: Vec<&PrinterConfig> =
        config.printers.iter().filter(|printer| name.is_none_or(|name| printer.name() == name)).collect();
    if chosen.is_empty() {
        let known = config.printers.iter().map(PrinterConfig::name).collect::<Vec<_>>().join(", ");
        let sentence = format!("there is no printer {:?}; the printers are: {known}", name.unwrap_or_default());
        return Err(Failure::Refused(sentence));
    }
    let names = chosen.iter().map(|printer| printer.name().to_owned()).collect();
    if let Some(said) = control::hand_over(&places.control_socket(), &Chore::TestPrinters { names })? {
        return say(&said.map_err(Failure::Refused)?);
    }
    places.prepare_data()?;
    // A register that starts now must not print in between.
    let _lock = Lock::take(&places.data, "printers test")?;
    let mut bad = Vec::new();
    for printer in chosen {
        let (works, told) = match print(places, printer) {
            Outcome::Printed => (true, "printed".to_owned()),
            Outcome::Unconfirmed => (true, "sent; the printer cannot say whether it is on paper: look".to_owned()),
            Outcome::NotStarted(why) => (false, format!("not printed: {why}")),
            Outcome::Broken(why) => (false, format!("broke off: {why}")),
        };
        say(&format!("{}: {told}", printer.name()))?;
        if !works {
            bad.push(printer.name());
        }
    }
    if bad.is_empty() {
        return Ok(());
    }
    Err(Failure::Refused(format!("no test page from {}: see above", bad.join(", "))))
}

fn print(places: &Places, printer: &PrinterConfig) -> Outcome {
    let slip = Slip::Test(PrinterTest { printer: printer.name().to_owned(), asked_at: clock::now() });
    let bytes = encode(&layout(&slip, &printer.printer, &Marks::default()), &printer.printer);
    let load = Load::new(&slip, bytes, printer.printer.proof, 0);
    printer.device(&places.paper_dir()).print(0, &load, Patience::USUAL)
}
