//! `comanda enroll`: makes the register known to its server, once.

use super::{Failure, ask, places, say};
use crate::runtime::config::{self, ServerConfig, ServerKind};
use crate::runtime::enrolment;
use crate::runtime::paths::Places;
use std::os::unix::net::UnixStream;

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
again.")]
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
    enrolment::enrol(&places, &config.house, &server, &code)?;
    if let Some(url) = adds {
        config::add_server(&places.config, &url)?;
    }
    let (register, url) = (&config.house.register_id, &server.url);
    let next = match UnixStream::connect(places.control_socket()) {
        Ok(_) => "Close the register and open it again: it works with the old line until then.",
        Err(_) => "Next: `comanda register`.",
    };
    say(&format!("{register} is enrolled at {url}. {next}"))
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
