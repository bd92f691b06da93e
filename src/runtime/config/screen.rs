//! The configuration of a screen that only shows, on a box of its own: who it is, its server, and how the house wants
//! it (when a ticket hurries, which numbers guests see).

use super::text::ScreenFileText;
use super::written::{GUESTS, TIMES};
use super::{Check, Config, ConfigError, Mistake, Mistakes, NAME_MAX, ServerKind, read};
use crate::domain::House;
use crate::tui::display::Face;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads the configuration of a screen; its name stands where a register's id would.
///
/// # Errors
/// [`ConfigError`] as [`super::load`].
pub fn load_screen(face: Face, file: &Path) -> Result<Config, ConfigError> {
    let enroll = format!("comanda enroll --server URL --{}", face.code());
    let text = read(file, &format!("write it with `{enroll}`, or name another with --config"))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    parse_screen(&text, folder).map_err(|all| ConfigError::Wrong(Mistakes { file: file.to_owned(), all }))
}

/// Reads the text of such a configuration; relative paths in it start at `folder`.
///
/// # Errors
/// Every mistake with its place, in the order of the file.
pub fn parse_screen(text: &str, folder: &Path) -> Result<Config, Vec<Mistake>> {
    let mut check = Check { text, found: Vec::new() };
    let file: ScreenFileText = check.toml(text)?;
    check.name("location", NAME_MAX, "-_", &file.screen.location);
    check.name("name", NAME_MAX, "-_", &file.screen.name);
    let house = House::named("Screen", file.screen.location.get_ref(), file.screen.name.get_ref());
    let key_file = check.key_file(&file.store.key_file, folder);
    let low_disk_bytes = check.low_disk(&file.store.low_disk_mib);
    let server = check.server(&file.server, folder);
    if server.kind != ServerKind::Comanda {
        check.wrong(file.server.url.span().start, "a screen is enrolled at `comanda serve`".into());
    }
    let kitchen = check.kitchen(&file.kitchen);
    let (printers, routes) = (Vec::new(), BTreeMap::new());
    let server = Some(server);
    let (backup, panel, touch) = (None, None, None);
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

/// The configuration that is written when a screen is enrolled.
pub fn commented_screen(face: Face, house: &House, url: &str, is_plain_allowed: bool) -> String {
    let text = |words: &str| toml::Value::from(words).to_string();
    let rules = match face {
        Face::Kitchen => KITCHEN,
        Face::Pickup => PICKUP,
    };
    format!("{SCREEN}{rules}")
        .replace("{times}", TIMES)
        .replace("{guests}", GUESTS)
        .replace("{location}", &text(house.location_id.as_str()))
        .replace("{name}", &text(house.register_id.as_str()))
        .replace("{url}", &text(url))
        .replace("{plain}", if is_plain_allowed { "allow" } else { "#allow" })
}

const SCREEN: &str = r##"# The configuration of one screen that only shows. Lines that start with # are comments.
# A mistake in this file is told with its line when the screen starts; nothing is guessed.

# Who this screen is to the server: as it was enrolled.
[screen]
location = {location}
name = {name}

# The server that its orders come from.
[server]
url = {url}
# The authority that signed its certificate, as a PEM file, where the machine does not know it.
#ca_file = "ca.pem"
# Plain HTTP is refused, but to this machine, unless this allows it: only on a network that is yours alone.
{plain}_plain_http = true

# The file with the key of the store, as for a register. Unset: store.key beside this file.
#[store]
#key_file = "store.key"
"##;

const KITCHEN: &str = r##"
# After how many minutes a ticket says WARN, and LATE. They run from when this screen saw it first.
[kitchen]
{times}"##;

const PICKUP: &str = r##"
# What guests are shown, by number alone.
[pickup]
{guests}"##;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OrderType;
    use crate::domain::pickup::PickupRules;

    #[test]
    fn what_is_written_at_enrolment_reads_and_says_what_the_server_said() {
        let house = House::named("Screen", "L1", "grill-window");
        let [https, http] = [("https://pos.example", false), ("http://10.0.0.2:8080", true)];
        for (face, (url, is_plain)) in [(Face::Kitchen, https), (Face::Kitchen, http), (Face::Pickup, http)] {
            let written = commented_screen(face, &house, url, is_plain);
            let config = parse_screen(&written, Path::new("/etc/comanda-kitchen")).unwrap();
            assert_eq!((config.house.register_id.as_str(), config.house.location_id.as_str()), ("grill-window", "L1"));
            assert_eq!(config.server.map(|server| server.url), Some(url.to_owned()));
            assert_eq!((config.printers.len(), config.backup), (0, None));
            // Every line that is commented out can be used.
            let lines = written.lines().map(|line| {
                let said = line.strip_prefix('#').filter(|said| said.starts_with('[') || said.contains(" = "));
                said.filter(|said| !said.starts_with(' ')).unwrap_or(line)
            });
            let config = parse_screen(&lines.collect::<Vec<_>>().join("\n"), Path::new("/etc")).unwrap();
            assert_eq!(config.key_file.as_deref(), Some(Path::new("/etc/store.key")));
            assert_eq!(written.contains("[pickup]"), face == Face::Pickup);
            assert_eq!(config.pickup, PickupRules::default(), "what is usual is written out");
            if face == Face::Pickup {
                continue;
            }
            let late = |station: &str, order_type| config.kitchen.pace_of(&station.into(), order_type).late_ms / 60_000;
            assert_eq!((late("bar", OrderType::Delivery), late("grill", OrderType::Delivery)), (10, 20));
        }
    }

    #[test]
    fn mistakes_are_told_at_their_place() {
        let least = "[screen]\nlocation = \"L1\"\nname = \"K1\"\n[server]\n";
        let rows = [
            ("url = \"https://a\"\nkind = \"couchdb\"\ndatabases = { orders = \"o\" }", "5:7: a screen is enrolled at"),
            ("url = \"http://10.0.0.2\"", "5:7: `http://10.0.0.2` is plain HTTP"),
            ("url = \"https://a\"\n[kitchen]\nlate_min = 0", "7:12: late_min is 1 to 1440 minutes"),
            ("url = \"https://a\"\n[register]\nid = \"T1\"", "6:2: unknown field `register`"),
        ];
        for (text, want) in rows {
            let all = parse_screen(&format!("{least}{text}"), Path::new("")).unwrap_err();
            let told = all.iter().map(|it| format!("{}:{}: {}", it.line, it.column, it.what)).collect::<Vec<_>>();
            assert!(told.iter().any(|it| it.starts_with(want)), "{text}: {told:?}");
        }
    }
}
