//! `comanda enroll`: makes the register known to its server, once.

use super::{Failure, ask, places, say};
use crate::app::chores::Chore;
use crate::runtime::config::{self, ServerConfig, ServerKind};
use crate::runtime::paths::Places;
use crate::runtime::{control, enrolment};

/// Makes this register known to its server, with a one-time code.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda enroll                                 at the server that [server] names
  comanda enroll --server https://pos.example    and writes it there
  comanda enroll < code.txt

The server's operator makes the code: comanda server enroll. It is asked for;
where standard input is not a terminal it is read as one line from there. What
the server gives for it is kept in the data directory, for this user alone.
When the line broke meanwhile, the same code is typed again, within ten
minutes. A register that was revoked, or is on another box now, is enrolled
again; while it is open it works with its new secret at once. A systemd
credential that is named comanda.server-secret counts only where nothing is kept
in the data directory.")]
pub(super) struct Args {
    /// Where the server is; it is written into the configuration when that names none
    #[arg(long, value_name = "URL")]
    server: Option<String>,
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let places = places.of_register()?;
    let config = config::load(&places.config)?;
    let (server, adds) = chosen(&config.server, args.server.as_deref(), &places)?;
    places.prepare_data()?;
    let code = ask::code()?;
    let secret = enrolment::enrol(&places, &config.house, &server, &code)?;
    if let Some(url) = adds {
        config::add_server(&places.config, &url)?;
    }
    let (register, url) = (&config.house.register_id, &server.url);
    say(&format!("{register} is enrolled at {url}."))?;
    let chore = Chore::Enrolled { server: url.clone(), secret };
    match control::hand_over(&places.control_socket(), &chore) {
        Ok(None) => say("Next: `comanda register`."),
        Ok(Some(Ok(said))) => say(&format!("{said}.")),
        Ok(Some(Err(said))) => say(&format!("But {said}.")),
        // The secret is kept: only the register that is open does not know it.
        Err(_) => say("But the register that is open does not answer: close it and open it again."),
    }
}

/// The server to enrol at, and its address when that has to be written down.
fn chosen(
    known: &Option<ServerConfig>,
    given: Option<&str>,
    places: &Places,
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
        (None, Some(url)) => match config::url_flaw(url, false) {
            None => Ok((ServerConfig::comanda(url), Some(url.to_owned()))),
            Some(flaw) => Err(Failure::Refused(flaw)),
        },
        (None, None) => Err(Failure::Refused(
            "no server is set up: say where it is with --server https://NAME, or write url under [server]".to_owned(),
        )),
    }
}
