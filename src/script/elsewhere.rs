//! Commands about what stands elsewhere, read from their words: other registers, the network, the server.

use super::command::instant;
use super::limits::{LOSS_PERCENT_MAX, ORDINAL_MAX, REQUESTS_MAX, SERVER_BYTES_MAX};
use super::line::{BooksExpectation, NetworkChange, ServerChange, ServerClock, Way};
use super::scenario::Act;
use super::word::{Words, Wrong, did_you_mean};
use std::path::Path;

const WAYS: &[&str] = &["up", "down", "silent", "lag", "loss", "cut", "portal"];

// To add one: its name here, its arm in `server`, its line in `REFERENCE`.
const SERVER: &[&str] = &[
    "expect", "up", "down", "restart", "dies", "menu", "price", "clock", "limit", "revoke", "wipe", "backup", "restore",
];

const BOOKS: &[&str] = &["orders", "lines", "payments", "documents", "conflicts", "total", "order"];

/// What is left of `Network`.
pub(super) fn network(words: &mut Words) -> Result<Act, Wrong> {
    let column = words.column();
    let name = words.name(&format!("the network can be {}", WAYS.join(", ")))?;
    let way = match name.as_str() {
        "up" => Way::Up,
        "down" => Way::Down,
        "silent" => Way::Silent,
        "lag" => Way::Lag { millis: words.duration_ms()? },
        "loss" => {
            let wrong = words.wanted(&format!("write how much is lost, 0% to {LOSS_PERCENT_MAX}%, such as 30%"));
            let percent = words.peek_bare().and_then(|word| word.strip_suffix('%')?.parse::<u32>().ok());
            words.next();
            Way::Loss { percent: percent.filter(|it| *it <= LOSS_PERCENT_MAX).ok_or(wrong)? }
        }
        "cut" => Way::Cut,
        "portal" => Way::Portal,
        _ => {
            let right = did_you_mean(&name, WAYS, "it can be");
            return Err(Wrong::at(column, format!("the network is never {name}; {right}")));
        }
    };
    let register = match words.took("for") {
        true => Some(words.name("write for and the name of a register, such as for T2")?),
        false => None,
    };
    Ok(Act::Network(NetworkChange { way, register }))
}

/// What is left of `Server`. Paths start at the script's folder.
pub(super) fn server(words: &mut Words, folder: &Path) -> Result<Act, Wrong> {
    let column = words.column();
    let name = words.name(&format!("of a server one writes {}", SERVER.join(", ")))?;
    let change = match name.as_str() {
        "expect" => return books(words).map(Act::Books),
        "up" => ServerChange::Up,
        "down" => ServerChange::Down,
        "restart" => ServerChange::Restart,
        "dies" => {
            const RIGHT: &str = "write Server dies after 3 requests";
            let requests = match words.took("after") {
                true => words.number("after how many requests,", 1..=REQUESTS_MAX)?,
                false => return Err(words.wanted(RIGHT)),
            };
            if !words.took("requests") && !words.took("request") {
                return Err(words.wanted(RIGHT));
            }
            ServerChange::Dies { requests }
        }
        "menu" => ServerChange::Menu(folder.join(words.some_text("write Server menu \"path\"")?)),
        "price" => {
            const RIGHT: &str = "write Server price \"Cola\" 3.00";
            let item = words.some_text(RIGHT)?;
            ServerChange::Price { item, price: words.name(RIGHT)? }
        }
        "clock" => ServerChange::Clock(clock(words)?),
        "limit" => {
            let right = format!("write the largest document in bytes, 1 to {SERVER_BYTES_MAX}, such as 2000-bytes");
            let wrong = words.wanted(&right);
            let bytes = words.peek_bare().and_then(|word| word.strip_suffix("-bytes")?.parse::<usize>().ok());
            words.next();
            ServerChange::Limit { bytes: bytes.filter(|it| (1..=SERVER_BYTES_MAX).contains(it)).ok_or(wrong)? }
        }
        "revoke" => ServerChange::Revoke(words.name("write Server revoke and the name of a register, such as T2")?),
        "wipe" => ServerChange::Wipe,
        "backup" => ServerChange::Backup,
        "restore" => ServerChange::Restore,
        _ => {
            let right = did_you_mean(&name, SERVER, "one writes");
            return Err(Wrong::at(column, format!("a server has no {name}; {right}")));
        }
    };
    Ok(Act::Server(change))
}

/// `+1h`, `-20m`, or date and time.
fn clock(words: &mut Words) -> Result<ServerClock, Wrong> {
    match words.signed_ms()? {
        Some(millis) => Ok(ServerClock::Ahead(millis)),
        None => instant(words).map(ServerClock::At),
    }
}

fn books(words: &mut Words) -> Result<BooksExpectation, Wrong> {
    let column = words.column();
    let name = words.name(&format!("of the central database one expects {}", BOOKS.join(", ")))?;
    let many = |words: &mut Words| words.number(&format!("how many {name},"), 0..=ORDINAL_MAX);
    Ok(match name.as_str() {
        "orders" => BooksExpectation::Orders(many(words)?),
        "lines" => BooksExpectation::Lines(many(words)?),
        "payments" => BooksExpectation::Payments(many(words)?),
        "documents" => BooksExpectation::Documents(many(words)?),
        "conflicts" => BooksExpectation::Conflicts(many(words)?),
        "total" => BooksExpectation::Total(words.name("write Server expect total 12.50")?),
        "order" => order(words)?,
        _ => {
            let right = did_you_mean(&name, BOOKS, "one expects");
            return Err(Wrong::at(column, format!("the central database has no {name}; {right}")));
        }
    })
}

fn order(words: &mut Words) -> Result<BooksExpectation, Wrong> {
    const RIGHT: &str = "write order T1-0001 text \"text\", order T1-0001 not text \"text\" or order T1-0001 absent";
    let order = words.name(RIGHT)?;
    if words.took("absent") {
        return Ok(BooksExpectation::Absent { order });
    }
    let there = !words.took("not");
    if !words.took("text") {
        return Err(words.wanted(RIGHT));
    }
    Ok(BooksExpectation::Text { order, there, text: words.some_text("write the text in double quotes")? })
}
