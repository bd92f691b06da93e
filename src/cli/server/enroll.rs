//! `comanda server enroll`: a one-time code for a device.

use super::{Database, Failure, clock, say};
use crate::domain::LocationId;
use crate::server::limits::{CODE_LASTS_MS, CODE_LASTS_MS_MAX};
use crate::server::{Role, Scope};
use serde_json::json;

/// Makes a one-time code with which a device comes in.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda server enroll --location L1 --register T1
  comanda server enroll --location L1 --register T1 --expires 30m
  comanda server enroll --location L1 --kitchen window
  comanda server enroll --location L1 --pickup P1
  comanda server enroll --location L1 --admin office --json

The code is typed once at the device (`comanda enroll`), which gets its own
secret for it. A newer code for the same device takes the place of one that
nobody typed. The secret of a device that is enrolled again counts until the
new code is typed. To the server a guests' screen is what a kitchen's is, a
device that only reads: give each its own name.")]
#[command(group = clap::ArgGroup::new("device").required(true))]
pub(super) struct Args {
    /// Which restaurant: up to 32 letters, digits, - or _
    #[arg(long)]
    location: String,
    /// A register, which sells: up to 8 letters or digits, as in its configuration
    #[arg(long, group = "device")]
    register: Option<String>,
    /// A kitchen's screen, which only reads
    #[arg(long, value_name = "NAME", group = "device")]
    kitchen: Option<String>,
    /// A guests' screen, which only reads, too
    #[arg(long, value_name = "NAME", group = "device")]
    pickup: Option<String>,
    /// A program or person that may change the menu
    #[arg(long, value_name = "NAME", group = "device")]
    admin: Option<String>,
    /// How long the code is taken: 30m, 24h or 7d
    #[arg(long, value_name = "TIME", value_parser = time_ms, default_value_t = Lasts(CODE_LASTS_MS))]
    expires: Lasts,
    /// Writes what was made as JSON
    #[arg(long)]
    json: bool,
}

/// A time, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lasts(i64);

impl std::fmt::Display for Lasts {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}h", self.0 / 3_600_000)
    }
}

fn time_ms(text: &str) -> Result<Lasts, String> {
    let days = CODE_LASTS_MS_MAX / 86_400_000;
    let wrong = || format!("it is a number with m, h or d behind it, and at most {days}d");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let unit_ms = match unit {
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    let number = number.parse::<u32>().map_err(|_| wrong())?;
    let lasts_ms = i64::from(number) * unit_ms;
    if (1..=CODE_LASTS_MS_MAX).contains(&lasts_ms) { Ok(Lasts(lasts_ms)) } else { Err(wrong()) }
}

pub(super) fn run(database: Database, args: Args) -> Result<(), Failure> {
    let is_pickup = args.pickup.is_some();
    let (role, name) = match (args.register, args.kitchen.or(args.pickup), args.admin) {
        (Some(id), _, _) => (Role::Register(id.as_str().into()), id),
        (None, Some(name), _) => (Role::Kitchen, name),
        (None, None, admin) => (Role::Admin, admin.unwrap_or_default()),
    };
    let scope = Scope { location_id: LocationId(args.location), role };
    let office = database.open_or_make()?;
    let mut dice = clock::entropy()?;
    let is_new = !office.knows(&scope.location_id)?;
    let invite = office.replica.invite(&scope, &name, args.expires.0, clock::now(), &mut dice);
    let invited = office.decided(invite)?;
    let (code, role) = (&*invited.code, scope.role.code());
    if args.json {
        let made = json!({ "code": code, "expires_at": invited.expires_at.rfc3339(), "replaces": invited.replaces,
                           "location_id": scope.location_id.as_str(), "role": role, "name": name });
        return say(&made.to_string());
    }
    let asks = match scope.role {
        Role::Kitchen if is_pickup => "comanda enroll --server URL --pickup",
        Role::Kitchen => "comanda enroll --server URL --kitchen",
        Role::Register(_) | Role::Admin => "comanda enroll",
    };
    let until = invited.expires_at.date_and_clock();
    let mut told = format!(
        "The code for {role} {name} of {} is {code}\n\
         Type it once at the device, before {until}: `{asks}` there asks for it.",
        scope.location_id
    );
    if invited.replaces {
        told.push_str(&format!("\n{name} has a secret already: it counts until this code is typed."));
    }
    if is_new {
        told.push_str(&format!("\n{} is a new location here.", scope.location_id));
    }
    say(&told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        // text, hours in minutes (0 = refused)
        let rows = [("30m", 30), ("24h", 1440), ("7d", 10_080), ("30d", 43_200), ("31d", 0), ("0h", 0), ("h", 0)];
        let more = [("", 0), ("24", 0), ("1.5h", 0), ("-1h", 0), ("1é", 0), ("99999999999d", 0)];
        for (text, minutes) in rows.into_iter().chain(more) {
            assert_eq!(time_ms(text).map_or(0, |it| it.0 / 60_000), minutes, "{text}");
        }
        assert_eq!(time_ms(&Lasts(CODE_LASTS_MS).to_string()), Ok(Lasts(CODE_LASTS_MS)));
    }
}
