//! The configuration as `comanda init` writes it: every key with a comment, and what is usual where nothing is said.

use super::{Address, PrinterConfig};
use crate::domain::slip::Destination;
use crate::printing::{CodePage, MODELS, Model, Printer};
use std::collections::BTreeMap;

/// What `comanda init` was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// Name at the head of receipts.
    pub name: String,
    /// Which restaurant.
    pub location: String,
    /// Which register.
    pub register: String,
}

/// The model of a printer that names none.
pub(super) fn usual_model() -> &'static Model {
    Model::named("generic-80").expect("the table of models holds the usual one")
}

/// The printers of a register that names none: files, so that everything runs without hardware.
pub(super) fn usual_printers() -> Vec<PrinterConfig> {
    let usual =
        |name| PrinterConfig { address: Address::File, printer: Printer::new(name, usual_model()), substitute: None };
    ["receipt", "kitchen", "bar"].map(usual).to_vec()
}

/// Which paper goes to which of the usual names.
pub(super) fn usual_routes() -> BTreeMap<Destination, String> {
    let station = |name: &str| (Destination::Station(name.into()), name.to_owned());
    BTreeMap::from([(Destination::Register, "receipt".to_owned()), station("kitchen"), station("bar")])
}

/// Writes a configuration that says everything that is usual, with a comment above every key.
///
/// A key that is not set stands as `#key = value`; take the `#` away to set it.
pub fn commented_default(answers: &Answers) -> String {
    let text = |words: &str| toml::Value::from(words).to_string();
    let models = MODELS.iter().map(|model| model.name).collect::<Vec<_>>().join(", ");
    TEMPLATE
        .replace("{times}", TIMES)
        .replace("{guests}", GUESTS)
        .replace("{models}", &models)
        .replace("{code_pages}", &CodePage::ALL.map(CodePage::code).join(", "))
        .replace("{name}", &text(&answers.name))
        .replace("{location}", &text(&answers.location))
        .replace("{register}", &text(&answers.register))
}

const TEMPLATE: &str = r##"# The configuration of one Comanda register. Lines that start with # are comments.
# A mistake in this file is told with its line when the register starts; nothing is guessed.

[house]
# The name at the head of receipts.
name = {name}
# Lines under the name: address, telephone, tax number.
address = []
# Lines at the foot of receipts.
footer = []
# When the business day starts. A sale after midnight and before this hour belongs to the day before.
day_starts = "04:00"
# When a receipt is printed: "always" with every paid order, or "on_request".
receipt = "always"
# What a cash total is rounded to, in minor units: 5 is 0.05, 1 is no rounding. Unset: what is usual for the currency.
#cash_rounding = 5
# What the void screen offers as reasons.
void_reasons = ["Guest changed mind", "Wrong item", "Kitchen error", "Sold out", "Waited too long"]
# What the refund screen offers as reasons.
refund_reasons = ["Wrong item", "Not as it should be", "Never came", "Charged too much", "Goodwill"]

[register]
# Which restaurant this register stands in: up to 32 letters, digits, - or _.
location = {location}
# Which register of the restaurant it is: up to 8 letters or digits. It stands in every order number (T1-0042), so
# no two registers of a restaurant may share it.
id = {register}
# After how many minutes without a key the register locks itself.
idle_lock_min = 5

[store]
# The file with the key of the store: 64 hexadecimal digits that only the user of the register may read (chmod 600).
# A relative name starts beside this file. A systemd credential named comanda.key goes before it. Unset: store.key.
#key_file = "store.key"

# Below how many free MiB on its disk the status bar says so (DISK 150M). A full disk sells nothing.
low_disk_mib = 200

# Copies of the store into a second directory, while the register sells: better on another disk, a stick, a network
# share. They have the key of the store, and come back with `comanda store restore FILE`. Take the # away to set it up.
#[backup]
# The directory; it must be there, so that a stick which is not plugged in is noticed.
#directory = "/media/backup"
# How many minutes from one to the next, and how many are kept.
#every_min = 60
#keep = 48

# The server that orders go to, whenever there is a line to it. Without one the register sells for itself. Take the #
# away, then `comanda enroll` asks for the code that the server's operator made for this register.
#[server]
# Where it is.
#url = "https://pos.example"
# The authority that signed its certificate, as a PEM file, where the machine does not know it.
#ca_file = "ca.pem"
# Plain HTTP is refused, but to this machine, unless this allows it: only on a network that is yours alone.
#allow_plain_http = true
# The HTTP proxy on the way there, where the shop's network has one; what is on this machine is reached without it.
#proxy = "http://proxy.shop:3128"
# The name that it wants to know, and the file with its password, which only the user of the register may read.
#proxy_user = "till"
#proxy_password_file = "proxy.password"
# What it is: "comanda", or "couchdb", which is given no submissions: its documents are all that it gets.
#kind = "comanda"
# Only for a CouchDB: its databases (orders, customers, audit), and the name to log in with. The password lies in a file
# that only the user of the register may read (chmod 600), or is a systemd credential named comanda.server-password.
# databases = { orders = "orders_loc01", audit = "audit_loc01" }
# user = "register-t1"
# password_file = "server.password"

# A touch panel: what its picture measures, without the frame. Keys and rows are then 15x12 mm at least, and digits and
# letters to type on are drawn. A 7 inch panel is 154x86; with a font of 12x24 dots it has the 66x20 cells it needs.
[panel]
#width_mm = 154
#height_mm = 86
# On a bare console, where no X11 or Wayland hears the fingers, the register reads the panel itself: its device.
#touch = "/dev/input/by-path/platform-i2c-event"
# It is mounted so that its x runs down the picture.
#touch_swapped = true
# What it says at the left, right, upper and lower edge of the picture (`evtest` shows it), where that is not what it
# claims.
#touch_edges = [0, 4095, 0, 4095]

# One [[printer]] for each printer.
[[printer]]
# What routes and screens call it.
name = "receipt"
# How it is reached. "file": no printer; bytes and text lie side by side under paper/ of the data directory.
# "tcp:HOST:9100": a printer on the network. "dev:/dev/usb/lp0": a device; better a link that udev makes for this one
# printer, for the numbers change.
device = "file"
# What it can do. One of: {models}.
model = "generic-80"
# Where this printer differs from its model: characters in a line;
#columns = 48
# the characters that it has ({code_pages}), and the number that it knows them by, where that is not Epson's;
#code_page = "858"
#code_page_number = 19
# how it cuts: "partial", "full" or "none"; where its cash drawer hangs: "pin2", "pin5" or "none";
#cutter = "partial"
#drawer = "pin2"
# how it sounds: "epson", "clone", "drawer-port" (a buzzer in the place of a drawer) or "none";
#buzzer = "none"
# and how it proves that a job is on paper: it answers "gs-paren-h" (Epson), "gs-r", or "none".
#proof = "none"

[[printer]]
name = "kitchen"
device = "file"
model = "generic-80"

# Who prints its tickets while it is down, marked with the station that they are for. Also for the others.
#substitute = "receipt"

[[printer]]
name = "bar"
device = "file"
model = "generic-80"

[routes]
# The printer of receipts, which also opens the drawer.
register = "receipt"

# The printer of each station. Stations are named in the menu.
[routes.stations]
kitchen = "kitchen"
bar = "bar"

# The screens of `comanda kitchen`, which read this when they start.
[kitchen]
# After how many minutes a ticket says WARN, and LATE.
{times}
# The screens of `comanda pickup`, which read this when they start: what guests are shown, by number alone.
[pickup]
{guests}"##;

/// When tickets hurry, as it stands in the configuration of a register and of a kitchen's screen.
pub(super) const TIMES: &str = r##"warn_min = 5
late_min = 8
# After how many minutes a ticket of a paid order leaves the screen, though nobody called it served at the pass.
paid_leaves_min = 60

# Order types that are given other times: dine_in, takeaway, delivery.
#[kitchen.order_types.delivery]
#warn_min = 12
#late_min = 20

# Stations that are given other times, whatever the order type; and an order type at one station.
[kitchen.stations.bar]
warn_min = 3
late_min = 5
#[kitchen.stations.bar.order_types.delivery]
#late_min = 10
"##;

/// What guests are shown, as it stands in the configuration of a register and of a guests' screen.
pub(super) const GUESTS: &str = r##"# What they fetch by its number: dine_in, takeaway, delivery.
order_types = ["takeaway"]
# After how many minutes the number of a paid order leaves READY, though nobody called it served at the pass.
ready_leaves_min = 15
# After how many minutes it leaves PREPARING, though nobody said how far it has come.
paid_leaves_min = 60
"##;
