//! What a register is opened with.

use crate::domain::House;
use crate::domain::slip::Destination;
use crate::printing::Printer;
use crate::sync::LineSettings;
use crate::tui::machine::Watch;
use crate::tui::touch::Panel;
use std::collections::BTreeMap;

/// What the login screen says of a register whose server does not know it yet.
pub const NOT_ENROLLED: &str = "Not enrolled at the server yet: comanda enroll";
/// What it says of one whose secret cannot be read, or is not kept safe.
pub const SECRET_UNUSABLE: &str = "Its secret cannot be used: see the log, or comanda enroll";

/// What a register is opened with, from its configuration and its machine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The rules of the house.
    pub house: House,
    /// The printers, in the order in which the status bar shows them.
    pub printers: Vec<Printer>,
    /// Which printer serves which paper, by name.
    pub routes: BTreeMap<Destination, String>,
    /// Which printer stands in for which while that one is down, by name; without circles.
    pub substitutes: BTreeMap<String, String>,
    /// What is told of disk and backups.
    pub watch: Watch,
    /// Lines that the login screen shows.
    pub login_notes: Vec<String>,
    /// Columns and rows of the window.
    pub size: (u16, u16),
    /// What the touch panel measures; `None` = there is none, or nobody said so.
    pub panel: Option<Panel>,
    /// The server, and who this register is to it; `None` = there is none.
    pub line: Option<LineSettings>,
    /// Whether the network has a plug that can be pulled: in a demonstration, to see what happens then.
    pub has_plug: bool,
    /// Names this start of the machine: another one than last time means that the power may have been cut.
    pub boot_id: String,
}

impl Settings {
    /// The printer that serves a paper: its own, or else the register's.
    pub fn printer_for(&self, to: &Destination) -> Option<&Printer> {
        let named = |to: &Destination| {
            let name = self.routes.get(to)?;
            self.printers.iter().find(|printer| printer.name == *name)
        };
        named(to).or_else(|| named(&Destination::Register))
    }

    /// Whether a printer is some station's own.
    pub fn serves_a_station(&self, name: &str) -> bool {
        let station = |to: &Destination| match to {
            Destination::Station(_) => true,
            Destination::Register => false,
        };
        self.routes.iter().any(|(to, printer)| station(to) && printer == name)
    }
}
