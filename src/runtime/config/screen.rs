//! The configuration of a kitchen's screen on a box of its own: who it is, its server, and when a ticket hurries.

use super::text::ScreenFileText;
use super::written::TIMES;
use super::{Check, Config, ConfigError, Mistake, Mistakes, NAME_MAX, ServerKind, read};
use crate::domain::House;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads the configuration of a kitchen's screen; its name stands where a register's id would.
///
/// # Errors
/// [`ConfigError`] as [`super::load`].
pub fn load_screen(file: &Path) -> Result<Config, ConfigError> {
    let text = read(file, "write it with `comanda enroll --server URL --kitchen`, or name another with --config")?;
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
    let house = House::named("Kitchen", file.screen.location.get_ref(), file.screen.name.get_ref());
    let key_file = check.key_file(&file.store.key_file, folder);
    let low_disk_bytes = check.low_disk(&file.store.low_disk_mib);
    let server = check.server(&file.server, folder);
    if server.kind != ServerKind::Comanda {
        check.wrong(file.server.url.span().start, "a kitchen's screen is enrolled at `comanda serve`".into());
    }
    let kitchen = check.kitchen(&file.kitchen);
    let (printers, routes) = (Vec::new(), BTreeMap::new());
    let server = Some(server);
    let (backup, panel, touch) = (None, None, None);
    check.done(Config { house, key_file, low_disk_bytes, backup, server, panel, touch, printers, routes, kitchen })
}

/// The configuration that is written when a screen is enrolled.
pub fn commented_screen(house: &House, url: &str, is_plain_allowed: bool) -> String {
    let text = |words: &str| toml::Value::from(words).to_string();
    SCREEN
        .replace("{times}", TIMES)
        .replace("{location}", &text(house.location_id.as_str()))
        .replace("{name}", &text(house.register_id.as_str()))
        .replace("{url}", &text(url))
        .replace("{plain}", if is_plain_allowed { "allow" } else { "#allow" })
}

const SCREEN: &str = r##"# The configuration of one kitchen's screen. Lines that start with # are comments.
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

# After how many minutes a ticket says WARN, and LATE. They run from when this screen saw it first.
[kitchen]
{times}"##;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OrderType;

    #[test]
    fn what_is_written_at_enrolment_reads_and_says_what_the_server_said() {
        let house = House::named("Kitchen", "L1", "grill-window");
        for (url, is_plain) in [("https://pos.example", false), ("http://10.0.0.2:8080", true)] {
            let written = commented_screen(&house, url, is_plain);
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
            let late = |station: &str, order_type| config.kitchen.pace_of(&station.into(), order_type).late_ms / 60_000;
            assert_eq!((late("bar", OrderType::Delivery), late("grill", OrderType::Delivery)), (10, 20));
            assert_eq!(config.key_file.as_deref(), Some(Path::new("/etc/store.key")));
        }
    }

    #[test]
    fn mistakes_are_told_at_their_place() {
        let least = "[screen]\nlocation = \"L1\"\nname = \"K1\"\n[server]\n";
        let rows = [
            ("url = \"https://a\"\nkind = \"couchdb\"\ndatabases = { orders = \"o\" }", "5:7: a kitchen's screen"),
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
