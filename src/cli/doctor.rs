//! `comanda doctor`: whether a box has all that it needs.

use super::{Failure, places, say};
use crate::runtime::doctor::{self, Findings, Verdict};
use crate::runtime::terminal;
use crate::tui::display::Face;
use std::process::ExitCode;

/// Looks whether this box has all that it needs, and says what to do where not.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda doctor
  comanda doctor --kitchen         or --pickup
  comanda doctor --json
  comanda doctor --server --tls-cert server.pem --tls-key server.key --url https://pos.example

Says of each thing OK, WARN (it works, look at it) or FAIL (it does not do what
it must), and below it what to do. Ends with 0, or with 1 when anything FAILs.

Of a register: versions, configuration, data directory, key, store, backup,
space, disk (how long syncing takes), link, token, clock, zone, terminal, and
each printer; of a screen that only shows the same without backup and printers;
of a server: versions, data, central, keys, certificate, space, disk, link, clock,
zone. It only reads, also beside a register or server that runs, but for a small
file with which it times the disk; printers are asked how they are, and the
server whether it takes this device's secret. Nothing is printed.

--json writes one object, whose keys stay:
  program, version, subject (register, kitchen, pickup, server), at (RFC 3339),
  verdict (the worst: ok, warn, fail), checks: a list of
    check, of (which printer; else null), verdict, says, remedy (or null),
    facts (an object: figures of that check, such as sync_median_us)")]
pub(super) struct Args {
    /// Looks at a kitchen's screen on a box of its own
    #[arg(long)]
    kitchen: bool,
    /// Looks at a guests' screen on a box of its own
    #[arg(long, conflicts_with = "kitchen")]
    pickup: bool,
    /// Looks at the box of a server
    #[cfg(feature = "server")]
    #[arg(long, conflicts_with_all = ["kitchen", "pickup"])]
    server: bool,
    #[cfg(feature = "server")]
    #[command(flatten)]
    of_server: OfServer,
    /// Writes one JSON object
    #[arg(long)]
    json: bool,
}

/// What a server was started with.
#[cfg(feature = "server")]
#[derive(Debug, clap::Args)]
struct OfServer {
    /// The server's central database; central.sqlite in the data directory without it
    #[arg(long, value_name = "sqlite:FILE", requires = "server", value_parser = places::central_file)]
    central: Option<std::path::PathBuf>,
    /// The server's certificate with its chain (PEM)
    #[arg(long, value_name = "FILE", requires = "server", requires = "tls_key")]
    tls_cert: Option<std::path::PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "server", requires = "tls_cert")]
    tls_key: Option<std::path::PathBuf>,
    /// Where the server is for its clients; asks whether it lives and is ready
    #[arg(long, value_name = "URL", requires = "server")]
    url: Option<String>,
    /// The authority that signed its certificate (PEM), where the machine does not know it
    #[arg(long, value_name = "FILE", requires = "url")]
    ca_file: Option<std::path::PathBuf>,
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<ExitCode, Failure> {
    let is_json = args.json;
    let findings = findings(places, args)?;
    say(&if is_json {
        findings.json().to_string()
    } else {
        findings.text(terminal::size().ok().map(|(columns, _)| columns))
    })?;
    Ok(match findings.verdict() {
        Verdict::Ok | Verdict::Warn => ExitCode::SUCCESS,
        Verdict::Fail => ExitCode::FAILURE,
    })
}

fn findings(places: places::Flags, args: Args) -> Result<Findings, Failure> {
    #[cfg(feature = "server")]
    if args.server {
        let OfServer { central, tls_cert, tls_key, url, ca_file } = args.of_server;
        let data = places.of_register()?.data;
        let central = central.unwrap_or_else(|| crate::runtime::central::usual_file(&data));
        let certificate = tls_cert.zip(tls_key);
        let certificate =
            certificate.map(|(certificate, key)| crate::runtime::tls::CertificateFiles { certificate, key });
        return Ok(doctor::examine_server(&doctor::Server { data, central, certificate, url, ca_file }));
    }
    let face = match (args.kitchen, args.pickup) {
        (true, _) => Some(Face::Kitchen),
        (false, true) => Some(Face::Pickup),
        (false, false) => None,
    };
    let places = face.map_or_else(|| places.clone().of_register(), |face| places.clone().of_screen(face))?;
    Ok(doctor::examine(&places, face))
}
