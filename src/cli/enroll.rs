//! `comanda enroll`: makes the register, or a screen that only shows, known to its server, once.

use super::{Failure, ask, places, say};
use crate::app::chores::Chore;
use crate::domain::House;
use crate::runtime::config::{self, ServerConfig, ServerKind};
use crate::runtime::paths::Places;
use crate::runtime::{Fault, control, enrolment};
use crate::sync::wire::Secret;
use crate::tui::display::Face;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Makes this register, or this screen, known to its server, with a one-time code.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda enroll                                 at the server that [server] names
  comanda enroll --server https://pos.example    and writes it there
  comanda enroll < code.txt
  comanda enroll --server https://pos.example --kitchen   a kitchen's screen
  comanda enroll --server https://pos.example --pickup    a guests' screen

The server's operator makes the code: comanda server enroll. It is asked for;
where standard input is not a terminal it is read as one line from there. What
the server gives for it is kept in the data directory, for this user alone.
When the line broke meanwhile, the same code is typed again, within ten
minutes. A code that was made for another device is refused there, and not
used up. A register that was revoked, or is on another box now, is enrolled
again; while it is open it works with its new secret at once. A systemd
credential that is named comanda.server-secret counts only where nothing is kept
in the data directory.

A kitchen's or a guests' screen on a box of its own needs no other preparation:
what the code was made for is written into its configuration, where there is
none. Each has places of its own, so that both can stand on one box, each with
a code and a name of its own.")]
pub(super) struct Args {
    /// Where the server is; it is written into the configuration when that names none
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// This is a kitchen's screen on a box of its own (comanda kitchen --server)
    #[arg(long, group = "screen")]
    kitchen: bool,
    /// This is a guests' screen on a box of its own (comanda pickup --server)
    #[arg(long, group = "screen")]
    pickup: bool,
    /// Lets the new configuration of such a screen allow plain HTTP: only on a network that is yours alone
    #[arg(long, requires = "screen", requires = "server")]
    allow_plain_http: bool,
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let faces = [(args.kitchen, Face::Kitchen), (args.pickup, Face::Pickup)];
    if let Some((_, face)) = faces.into_iter().find(|(is_it, _)| *is_it) {
        return screen(face, &places.of_screen(face)?, &args);
    }
    let places = places.of_register()?;
    let config = config::load(&places.config)?;
    let (server, adds) = chosen(&config.server, args.server.as_deref(), &places, false)?;
    places.prepare_data()?;
    if adds.is_some() {
        try_out(&places.config)?;
    }
    let code = ask::code()?;
    let write = || adds.map_or(Ok(()), |url| config::add_server(&places.config, &url));
    let secret = enrolment::enrol(&places, &config.house, &server, &code, write)?;
    let (register, url) = (&config.house.register_id, &server.url);
    say(&format!("{register} is enrolled at {url}."))?;
    hand_over(&places, url, secret, "comanda register")
}

/// Tells a device that is open its new secret; where none is, what comes next.
fn hand_over(places: &Places, url: &str, secret: Secret, next: &str) -> Result<(), Failure> {
    let chore = Chore::Enrolled { server: url.to_owned(), secret };
    match control::hand_over(&places.control_socket(), &chore) {
        Ok(None) => say(&format!("Next: `{next}`.")),
        Ok(Some(Ok(said))) => say(&format!("{said}.")),
        Ok(Some(Err(said))) => say(&format!("But {said}.")),
        // The secret is kept: only what is open does not know it.
        Err(_) => say(&format!("But what is open here does not answer: close it and run `{next}` again.")),
    }
}

/// Enrols a screen; what the server calls it is written down where there is no configuration yet.
fn screen(face: Face, places: &Places, args: &Args) -> Result<(), Failure> {
    let is_new = matches!(places.config.try_exists(), Ok(false));
    let config = if is_new { None } else { Some(config::load_screen(face, &places.config)?) };
    let known = config.as_ref().and_then(|config| config.server.clone());
    let (server, adds) = chosen(&known, args.server.as_deref(), places, args.allow_plain_http)?;
    places.prepare_data()?;
    if adds.is_some() {
        places.prepare_config()?;
        try_out(&places.config)?;
    }
    let code = ask::code()?;
    let write = |house: &House| {
        let Some(url) = &adds else { return Ok(()) };
        write(&places.config, &config::commented_screen(face, house, url, args.allow_plain_http))
    };
    let known = config.as_ref().map(|config| &config.house);
    let (house, secret) = enrolment::enrol_screen(face, places, known, &server, &code, write)?;
    if adds.is_some() {
        config::load_screen(face, &places.config)?;
    }
    let (name, location, url) = (&house.register_id, &house.location_id, &server.url);
    let kind = match face {
        Face::Kitchen => "Kitchen",
        Face::Pickup => "Pickup",
    };
    say(&format!("{kind} {name} of {location} is enrolled at {url}."))?;
    hand_over(places, url, secret, &format!("comanda {} --server", face.code()))
}

/// Sees that the configuration can be written, before a code is used up for it.
fn try_out(config: &Path) -> Result<(), Fault> {
    let mut name = config.as_os_str().to_owned();
    name.push(".tried");
    let trial = PathBuf::from(name);
    let tried = std::fs::File::create(&trial).and_then(|_| std::fs::remove_file(&trial));
    tried.map_err(|source| {
        let doing = format!("the configuration {} could not be written, and nothing was changed", config.display());
        Fault::io(doing, &source, "see that its directory belongs to this user")
    })
}

fn write(file: &Path, text: &str) -> Result<(), Fault> {
    let written = std::fs::File::create_new(file).and_then(|mut made| {
        let whole = made.write_all(text.as_bytes()).and_then(|()| made.sync_all());
        // Half of one would be in the way of the next.
        if whole.is_err() {
            std::fs::remove_file(file).ok();
        }
        whole
    });
    written.map_err(|source| {
        let doing = format!("the server took the code, but {} could not be written", file.display());
        let remedy = "see that there is room and that its directory belongs to this user, then type the same code \
                      again within 10 minutes";
        Fault::io(doing, &source, remedy)
    })
}

/// The server to enrol at, and its address when that has to be written down.
fn chosen(
    known: &Option<ServerConfig>,
    given: Option<&str>,
    places: &Places,
    may_be_plain: bool,
) -> Result<(ServerConfig, Option<String>), Failure> {
    let given = given.map(|url| url.trim_end_matches('/'));
    match (known, given) {
        (Some(ServerConfig { kind: ServerKind::Couch { .. }, .. }), _) => {
            Err(Failure::Refused("a CouchDB enrols nobody: write user and password_file under [server]".to_owned()))
        }
        (Some(server), Some(url)) if server.url != url => Err(Failure::Refused(format!(
            "the configuration names another server, {}: change url under [server] in {} first",
            server.url,
            places.config.display()
        ))),
        (Some(server), _) => Ok((server.clone(), None)),
        (None, Some(url)) => match config::url_flaw(url, may_be_plain) {
            None => Ok((ServerConfig::comanda(url), Some(url.to_owned()))),
            Some(flaw) => Err(Failure::Refused(flaw)),
        },
        (None, None) => Err(Failure::Refused(
            "no server is set up: say where it is with --server https://NAME, or write url under [server]".to_owned(),
        )),
    }
}
