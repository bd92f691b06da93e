//! What a chain's servers do: orders that several tills hand in at once and menus that they pull, through the shipped
//! server on each central database, through one and through two of them, in one run.
//!
//! PostgreSQL (on the medium, as in earnest), the servers, Redis and the tills that ask share this machine: more servers
//! than processors gain nothing here. A server's memory is the most that it held.

use super::line::{Wire, submission};
use super::machine;
use super::sections::Measured;
use super::table::{Figure, Sample};
use crate::premises::{BINARY, LOCATION, Server};
use crate::pty::let_pass;
use crate::redis::RedisServer;
use crate::shared_central::House;
use comanda::domain::RegisterId;
use comanda::runtime::clock;
use comanda::server::Role;
use serde_json::Value;
use std::error::Error;
use std::process::Command;
use std::time::Duration;

/// How much of everything.
pub struct Scale {
    /// Tills that ask at once.
    tills: usize,
    /// Orders of each.
    orders: usize,
    /// Menus that each pulls.
    pulls: usize,
    /// How often all of it is done; what is told is the one in the middle.
    rounds: usize,
}

impl Scale {
    pub const FULL: Scale = Scale { tills: 8, orders: 250, pulls: 50, rounds: 3 };
    pub const QUICK: Scale = Scale { tills: 2, orders: 2, pulls: 2, rounds: 1 };
}

const MIB: f64 = 1024.0 * 1024.0;
/// Longer than a server takes to put what it made into its cache.
const KEPT: Duration = Duration::from_millis(300);

type Trouble = Box<dyn Error>;

/// Servers that do it together, and what was seen of them.
#[derive(Default)]
struct Side {
    per_s: Sample,
    /// Processor milliseconds of all servers for one.
    cpu: Sample,
    /// Most memory of one server, in MiB.
    peak: Sample,
}

/// What a till asks of its server again and again: method, path and body of each.
type Asks = Vec<(&'static str, String, String)>;

impl Side {
    /// Lets tills ask, each on a connection of its own, to the servers in turn.
    fn serves(&mut self, servers: &[&Server], token: &str, tills: &[Asks]) -> Result<(), Trouble> {
        let cpu = || servers.iter().map(|it| machine::done(it.id()).cpu).sum::<Duration>();
        let head = format!("Content-Type: application/json\r\nAuthorization: Bearer {token}\r\n");
        let wires = (0..tills.len()).map(|nth| Wire::to(servers[nth % servers.len()]));
        let wires = wires.collect::<Result<Vec<Wire>, Trouble>>()?;
        let (before, began) = (cpu(), clock::instant());
        let asks = |mut wire: Wire, asks: &Asks| {
            for (method, path, body) in asks {
                let (status, answer) = wire.answer(method, path, &head, body).map_err(|it| it.to_string())?;
                if status != 200 {
                    return Err(format!("{path} was answered {status}: {}", String::from_utf8_lossy(&answer)));
                }
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let asking: Vec<_> =
                wires.into_iter().zip(tills).map(|(wire, till)| scope.spawn(|| asks(wire, till))).collect();
            asking.into_iter().try_for_each(|it| it.join().map_err(|_| "a till fell over".to_owned())?)
        })?;
        let count = tills.iter().map(Vec::len).sum::<usize>() as f64;
        self.per_s.add(count / began.elapsed().as_secs_f64());
        self.cpu.add((cpu() - before).as_secs_f64() * 1e3 / count);
        servers.iter().for_each(|it| self.peak.add(machine::peak(it.id()) / MIB));
        Ok(())
    }

    fn figures(&self, what: &str, beside: Option<(&str, &Side)>) -> Vec<Figure> {
        let row = |name: String, unit: &'static str, of: fn(&Side) -> &Sample| {
            let figure = Figure::new(name, of(self).median(), unit);
            match beside {
                Some((name, other)) => figure.beside(name, of(other).median()),
                None => figure,
            }
        };
        vec![
            row(what.to_owned(), "/s", |side| &side.per_s),
            row(format!("{what}: CPU of one"), "ms", |side| &side.cpu),
            row(format!("{what}: a server's memory"), "MiB", |side| &side.peak),
        ]
    }
}

pub fn measure(scale: &Scale) -> Measured {
    let mut figures = orders(scale)?;
    if let Some(redis) = RedisServer::open() {
        figures.extend(menus(scale, &redis)?);
    }
    Ok(figures)
}

fn house() -> House {
    House::with(&["fsync=on", "shared_buffers=128MB"])
}

fn token(server: &Server) -> String {
    server.token(&server.lets_in(Role::Register(RegisterId("P1".into())), "P1"))
}

fn orders(scale: &Scale) -> Measured {
    let [mut sqlite, mut postgres, mut both] = [Side::default(), Side::default(), Side::default()];
    let till = |nth: usize| -> Asks {
        let first = 3_000_000 + nth * scale.orders;
        (first..first + scale.orders).map(|at| ("POST", "/api/v1/orders/create".to_owned(), submission(at))).collect()
    };
    let tills: Vec<Asks> = (0..scale.tills).map(till).collect();
    for _ in 0..scale.rounds {
        let folder = tempfile::tempdir()?;
        let alone = Server::open(folder.path());
        sqlite.serves(&[&alone], &token(&alone), &tills)?;
        drop(alone);
        let house_of_one = house();
        let one = house_of_one.serve("one");
        postgres.serves(&[&one], &token(&one), &tills)?;
        drop((one, house_of_one));
        let house_of_two = house();
        let (one, two) = (house_of_two.serve("one"), house_of_two.serve("two"));
        both.serves(&[&one, &two], &token(&one), &tills)?;
    }
    let mut figures = sqlite.figures("orders, SQLite", None);
    figures.extend(postgres.figures("orders, PostgreSQL", Some(("SQLite", &sqlite))));
    figures.extend(both.figures("orders, two on PostgreSQL", Some(("one", &postgres))));
    Ok(figures)
}

/// Whole menus of restaurant size: the newest, which a server has in mind after the first; and changes since versions
/// that this server was never asked for and the other was.
fn menus(scale: &Scale, redis: &RedisServer) -> Measured {
    let [mut newest, mut newest_shared, mut strange, mut shared] = [(); 4].map(|()| Side::default());
    let address = redis.named().address.to_string();
    for _ in 0..scale.rounds {
        let house = house();
        let large = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/menus/large.json");
        let words = ["server", "menu", "import", "--location", LOCATION, large, "--central", &house.central];
        let plain = [house.serve("one"), house.serve("two")];
        let imported = Command::new(BINARY).args(words).output()?;
        if !imported.status.success() {
            return Err(String::from_utf8_lossy(&imported.stderr).into());
        }
        let caching =
            [house.serve_with("three", &["--cache", &address]), house.serve_with("four", &["--cache", &address])];
        let token = token(&plain[0]);
        let path = "/api/v1/menu/sync";
        let head = format!("Authorization: Bearer {token}\r\n");
        let (_, first) = Wire::to(&plain[0])?.answer("GET", path, &head, "")?;
        let cursor: Value = serde_json::from_slice(&first)?;
        let cursor = cursor["cursor"].as_str().and_then(|it| it.split_once('-')).ok_or("a menu has a cursor")?.1;
        let whole: Asks = (0..scale.pulls).map(|_| ("GET", path.to_owned(), String::new())).collect();
        let wholes = vec![whole; scale.tills];
        let since = |nth: usize| ("GET", format!("{path}?since={nth}-{cursor}"), String::new());
        let sinces: Vec<Asks> = (0..scale.tills)
            .map(|till| (0..scale.pulls).map(|nth| since(1 + till * scale.pulls + nth)).collect())
            .collect();
        for (servers, side, strange) in
            [(&plain, &mut newest, &mut strange), (&caching, &mut newest_shared, &mut shared)]
        {
            side.serves(&[&servers[1]], &token, &wholes)?;
            Side::default().serves(&[&servers[0]], &token, &sinces)?;
            let_pass(KEPT);
            strange.serves(&[&servers[1]], &token, &sinces)?;
        }
    }
    let mut figures = newest_shared.figures("menus, Redis", Some(("without Redis", &newest)));
    figures.extend(shared.figures("menus another made, Redis", Some(("without Redis", &strange))));
    Ok(figures)
}
