//! `comanda server registers`: which devices there are, and taking their secrets back.

use super::{Database, Failure, Office, clock, say};
use crate::domain::{LocationId, Timestamp};
use crate::server::central::{Act, Device, Invitation};
use crate::server::limits::ACTS_LISTED_MAX;
use serde_json::{Value, json};

/// Lists devices, and takes their secrets back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda server registers list
  comanda server registers list --location L1 --json
  comanda server registers revoke --location L1 T1
  comanda server registers history --location L1

A device whose secret was taken back is not let in from the next request on. A
register goes on selling and keeps what it has not sent; enrolled again, it
sends it.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Lists devices, and codes that wait to be typed
    List {
        /// Only those of this location
        #[arg(long)]
        location: Option<String>,
        /// Writes a JSON list
        #[arg(long)]
        json: bool,
    },
    /// Tells what was done last: codes, enrolments, secrets taken back, menus
    History {
        /// Which restaurant
        #[arg(long)]
        location: String,
        /// Writes a JSON list
        #[arg(long)]
        json: bool,
    },
    /// Takes the secret of a device back, and a code that was made for it
    Revoke {
        /// Which restaurant
        #[arg(long)]
        location: String,
        /// The device as it is listed
        name: String,
    },
}

pub(super) fn run(database: Database, args: Args) -> Result<(), Failure> {
    let office = database.open()?;
    match args.command {
        Command::List { location, json } => list(&office, location.map(LocationId), json),
        Command::History { location, json } => history(&office, &LocationId(location), json),
        Command::Revoke { location, name } => revoke(&office, &LocationId(location), &name),
    }
}

fn revoke(office: &Office, location: &LocationId, name: &str) -> Result<(), Failure> {
    office.known(location)?;
    let now = clock::now();
    if office.decided(office.replica.revoke(location, name, now))? {
        return say(&format!("{name} of {location} is not let in any more."));
    }
    let (devices, _) = office.decided(office.replica.devices(Some(location), now))?;
    if devices.iter().any(|device| device.name == name) {
        return Err(Failure::Refused(format!("the secret of {name} of {location} was taken back already")));
    }
    let names: Vec<&str> = devices.iter().map(|device| device.name.as_str()).collect();
    let known = if names.is_empty() { "it has none".to_owned() } else { format!("there are: {}", names.join(", ")) };
    Err(Failure::Refused(format!("{location} has no device {name}; {known}")))
}

fn history(office: &Office, location: &LocationId, is_json: bool) -> Result<(), Failure> {
    office.known(location)?;
    let acts = office.decided(office.replica.acts(location, ACTS_LISTED_MAX))?;
    if is_json {
        let one = |it: &Act| json!({ "done_at": it.done_at.rfc3339(), "what": it.what, "about": it.about });
        return say(&Value::from(acts.iter().map(one).collect::<Vec<_>>()).to_string());
    }
    let line = |it: &Act| format!("{}  {:<14} {}", it.done_at.date_and_clock(), it.what, it.about);
    say(&acts.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// A device, a code that waits, or both, under one name.
struct Row<'a> {
    location_id: &'a LocationId,
    name: &'a str,
    role: &'static str,
    device: Option<&'a Device>,
    code: Option<&'a Invitation>,
}

fn list(office: &Office, location: Option<LocationId>, is_json: bool) -> Result<(), Failure> {
    if let Some(location) = &location {
        office.known(location)?;
    }
    let (devices, invitations) = office.decided(office.replica.devices(location.as_ref(), clock::now()))?;
    let rows = rows(&devices, &invitations);
    if is_json {
        return say(&Value::from(rows.iter().map(as_json).collect::<Vec<_>>()).to_string());
    }
    if rows.is_empty() {
        return say("no device yet: `comanda server enroll --location L1 --register T1` makes a code for one");
    }
    let mut lines =
        vec![format!("{:<12} {:<12} {:<9} {:<17} {:<17} state", "location", "name", "role", "enrolled", "last seen")];
    lines.extend(rows.iter().map(as_line));
    say(&lines.join("\n"))
}

/// By location and name, as both lists are.
fn rows<'a>(devices: &'a [Device], invitations: &'a [Invitation]) -> Vec<Row<'a>> {
    let mut rows: Vec<Row> = devices
        .iter()
        .map(|device| Row {
            location_id: &device.scope.location_id,
            name: &device.name,
            role: device.scope.role.code(),
            device: Some(device),
            code: None,
        })
        .collect();
    for code in invitations {
        let location_id = &code.scope.location_id;
        match rows.iter_mut().find(|row| row.location_id == location_id && row.name == code.name) {
            Some(row) => row.code = Some(code),
            None => {
                let role = code.scope.role.code();
                rows.push(Row { location_id, name: &code.name, role, device: None, code: Some(code) });
            }
        }
    }
    rows.sort_by_key(|row| (row.location_id, row.name));
    rows
}

fn as_line(row: &Row) -> String {
    let day = |at: Option<Timestamp>| at.map_or("-".to_owned(), Timestamp::date_and_clock);
    let (enrolled, seen) = (row.device.map(|it| it.enrolled_at), row.device.and_then(|it| it.seen_at));
    let mut state = match row.device.map(|it| it.revoked_at) {
        None => String::new(),
        Some(None) => "enrolled".to_owned(),
        Some(Some(at)) => format!("revoked {}", at.date_and_clock()),
    };
    if let Some(code) = row.code {
        let comma = if state.is_empty() { "" } else { ", " };
        state.push_str(&format!("{comma}code until {}", code.expires_at.date_and_clock()));
    }
    let (location, name, role) = (row.location_id.as_str(), row.name, row.role);
    format!("{location:<12} {name:<12} {role:<9} {:<17} {:<17} {state}", day(enrolled), day(seen))
}

fn as_json(row: &Row) -> Value {
    let at = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
    json!({
        "location_id": row.location_id.as_str(),
        "name": row.name,
        "role": row.role,
        "enrolled_at": at(row.device.map(|it| it.enrolled_at)),
        "revoked_at": at(row.device.and_then(|it| it.revoked_at)),
        "last_seen": at(row.device.and_then(|it| it.seen_at)),
        "code_expires_at": at(row.code.map(|it| it.expires_at)),
    })
}
