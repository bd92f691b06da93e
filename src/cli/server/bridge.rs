//! `comanda server bridge`: the central database and a CouchDB, kept level.

use super::{Database, Failure, say};
use crate::cli::serve::LogFormat;
use crate::document;
use crate::domain::LocationId;
use crate::runtime::bridge::{Bridge, Couch, CouchAddress, Settings};
use crate::runtime::logging;
use clap::builder::TypedValueParser;
use std::ffi::OsStr;
use std::path::PathBuf;

/// Keeps a location and a CouchDB level: takes its orders, and sends acceptances back
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda server bridge --location L1 --couch http://127.0.0.1:5984/orders
  comanda server bridge --location L1 --couch https://couch.example/orders_l1 \\
      --couch-user comanda --couch-password-file /etc/comanda/couch.password \\
      --customers customers_l1 --audit audit_l1 --menu menu_l1 --log
  comanda server bridge --location L1 --couch http://127.0.0.1:5984/orders --once

For a house whose registers, or whose own app with PouchDB, replicate with a
CouchDB: its documents stay there, its books are in the central database. What
comes is taken as it is taken from registers: an order is checked, its sums are
worked out anew, and it is accepted once, with a number; a payment is, once its
order was. The answer goes back as a revision of the order: with `order_id` and
`order_number`, or with `rejection` (`code`, `field`, `detail`), which is gone
again when a later revision is accepted. Versions that quarrel are merged, as
registers merge them. Documents of other locations, documents with attachments
and what is too large are kept out, and the log says so.

What registers of the location hand in at `comanda serve` goes to the CouchDB as
well, so that both sides see all orders. Customers (--customers) travel both
ways too; the audit of conflicts (--audit) only comes, the menu (--menu) only
goes. The databases must be there: none is made from here.

It follows live, tries again when either end is away, and keeps its place in
both: killed and started again it goes on, and nothing is taken twice. Run it
beside `comanda serve` on the same database, or without; one for each location
and CouchDB. With --once it ends when both ends are level: 0, or 1 and why not.

The password comes from --couch-password-file or from the systemd credential
comanda.couch-password, never from the address. Plain HTTP is spoken to this
machine alone, unless --allow-plain-http says otherwise. The log goes to
bridge-LOCATION.log in the data directory, or to standard error with --log.
SIGTERM and SIGINT end it.")]
pub(super) struct Args {
    /// Which restaurant
    #[arg(long)]
    location: String,
    /// The CouchDB and its database of orders
    #[arg(long, value_name = "URL/DATABASE", value_parser = Address)]
    couch: CouchAddress,
    /// Its database of customers
    #[arg(long, value_name = "DATABASE")]
    customers: Option<String>,
    /// Its database for the audit of conflicts
    #[arg(long, value_name = "DATABASE")]
    audit: Option<String>,
    /// Its database of the menu, which is written there
    #[arg(long, value_name = "DATABASE")]
    menu: Option<String>,
    /// The name to log in with
    #[arg(long, value_name = "NAME", value_parser = user)]
    couch_user: Option<String>,
    /// The file of that name's password, for this user alone
    #[arg(long, value_name = "FILE", requires = "couch_user")]
    couch_password_file: Option<PathBuf>,
    /// A PEM file of authorities, taken instead of those that this machine trusts
    #[arg(long, value_name = "FILE")]
    couch_ca: Option<PathBuf>,
    /// Speaks plain HTTP also where others can read along
    #[arg(long)]
    allow_plain_http: bool,
    /// Ends when both ends are level
    #[arg(long)]
    once: bool,
    /// Writes the log to standard error, a line a happening
    #[arg(long)]
    log: bool,
    /// How the log is written
    #[arg(long, value_enum, value_name = "FORM", default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

/// Reads where a CouchDB is. What is wrong with it is told without it: a password may stand in it.
#[derive(Debug, Clone, Copy)]
struct Address;

impl TypedValueParser for Address {
    type Value = CouchAddress;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _: Option<&clap::Arg>,
        text: &OsStr,
    ) -> Result<CouchAddress, clap::Error> {
        let read = text.to_str().ok_or_else(|| "the address of a CouchDB is text".to_owned());
        read.and_then(CouchAddress::read).map_err(|why| {
            clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("--couch: {why}\n")).with_cmd(command)
        })
    }
}

fn user(text: &str) -> Result<String, String> {
    let is_good = !text.is_empty() && !text.contains(':') && !text.chars().any(char::is_control);
    if is_good { Ok(text.to_owned()) } else { Err("it takes a name without a colon".to_owned()) }
}

pub(super) fn run(database: Database, args: Args) -> Result<(), Failure> {
    let location_id = LocationId(args.location);
    crate::server::good_location(&location_id).map_err(|problem| Failure::Refused(problem.detail))?;
    if args.log {
        logging::start_on_standard_error(args.log_format.into())?;
    } else {
        let places = database.places.clone().of_register()?;
        places.prepare_data()?;
        logging::start_as(&places.data.join(format!("bridge-{location_id}.log")), args.log_format.into())?;
    }
    let others = [
        (document::Database::Customers, args.customers),
        (document::Database::Audit, args.audit),
        (document::Database::Menu, args.menu),
    ];
    let others = others.into_iter().filter_map(|(database, name)| Some((database, name?))).collect();
    let couch = Couch {
        address: args.couch,
        others,
        user: args.couch_user,
        password_file: args.couch_password_file,
        ca_file: args.couch_ca,
        allow_plain_http: args.allow_plain_http,
    };
    let told = format!("Following {couch} for {location_id}");
    let bridge = Bridge::open(Settings { couch, location_id, central: database.named()?, once: args.once })?;
    say(&told)?;
    let done = bridge.run()?;
    if args.once { say(&done.to_string()) } else { Ok(()) }
}
