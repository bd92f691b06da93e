//! The walls of the house, which the compiler cannot see: who may know whom, which crates a room must not name, and
//! how a file looks. Everything is read from tokens, so that comments and texts are no paths.
//!
//! To add a room: its rows in `MAY_KNOW` and, when it must stay away from something, in `MUST_NOT_NAME`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::path::{Path, PathBuf};

/// Who may know whom: a room may name only the rooms in its row.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("document", &["domain"]),
    ("printing", &["domain"]),
    ("store", &["domain", "document"]),
    ("sync", &["domain", "document"]),
    ("server", &["domain", "document", "sync"]),
    ("tui", &["domain", "document", "store"]),
    ("app", &["domain", "document", "store", "sync", "printing", "tui"]),
    ("sim", &["domain", "document", "store", "sync", "server", "printing", "tui", "app"]),
    ("runtime", &["domain", "document", "store", "sync", "server", "printing", "tui", "app"]),
    ("script", &["domain", "document", "store", "sync", "server", "printing", "tui", "app", "runtime"]),
    ("cli", &["domain", "document", "store", "sync", "server", "printing", "tui", "app", "runtime", "script", "sim"]),
];

/// A room that may know only some names of another: what reads, never what writes.
const ONLY_THESE: &[(&str, &str, &[&str])] = &[(
    "tui",
    "store",
    &[
        "Reader",
        "OrderRow",
        "OrderRowState",
        "Unsent",
        // What the sync screen reads.
        "WaitingRow",
        "OutboxRow",
        "OutboxState",
        "ReviewRow",
        "ConflictRecord",
        "RejectedWrite",
        "UnreadDocument",
        "SyncRow",
    ],
)];

/// What a room, or a part of one, must not name.
struct Ban {
    room: &'static str,
    names: &'static [&'static str],
    /// What it may name all the same.
    except: &'static [&'static str],
    /// Told to whoever tries.
    why: &'static str,
}

/// What no pure room names.
const PURE: &[&str] = &[
    "rusqlite",
    "tokio",
    "ratatui",
    "crossterm",
    "clap",
    "toml",
    "argon2",
    "getrandom",
    "tracing",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "std::time::SystemTime",
    "std::time::Instant",
];
/// What a pure room does not name either that knows no format.
const PURE_WITHOUT_FORMAT: &[&str] = &[
    "rusqlite",
    "tokio",
    "ratatui",
    "crossterm",
    "serde_json",
    "clap",
    "toml",
    "argon2",
    "getrandom",
    "tracing",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "std::time::SystemTime",
    "std::time::Instant",
];

/// What the server does not name where it decides: it has no clock, dice, disk or socket.
const SERVER_DECIDES: &[&str] = &[
    "rusqlite",
    "tokio",
    "ratatui",
    "crossterm",
    "clap",
    "toml",
    "argon2",
    "getrandom",
    "std::env",
    "std::fs",
    "std::net",
    "std::thread",
    "std::process",
    "std::time::SystemTime",
    "std::time::Instant",
];

const MUST_NOT_NAME: &[Ban] = &[
    Ban {
        room: "domain",
        names: PURE_WITHOUT_FORMAT,
        except: &[],
        why: "the domain is pure: time and dice are arguments, and it knows no format, medium or screen",
    },
    Ban { room: "document", names: PURE, except: &[], why: "documents are pure: text in, text out" },
    Ban {
        room: "sync",
        names: PURE,
        except: &[],
        why: "synchronisation is pure machines: the runtime carries their messages",
    },
    Ban {
        room: "printing",
        names: PURE_WITHOUT_FORMAT,
        except: &[],
        why: "paper is laid out purely: bytes out, and the runtime carries them",
    },
    Ban {
        room: "store",
        names: &["tokio", "ratatui", "crossterm", "clap", "toml", "std::env", "std::thread", "std::net"],
        except: &[],
        why: "the store knows its one file and nothing else of the machine",
    },
    Ban {
        room: "server/replica",
        names: SERVER_DECIDES,
        except: &[],
        why: "the server decides over a trait: a database's client stays in its folder of server/central",
    },
    Ban {
        room: "server/auth",
        names: SERVER_DECIDES,
        except: &[],
        why: "the door knows tokens and secrets alone: sockets, clock and dice are handed in",
    },
    Ban {
        room: "server/couch",
        names: SERVER_DECIDES,
        except: &[],
        why: "the CouchDB protocol is requests and answers: whoever has sockets and a clock carries them",
    },
    Ban {
        room: "server/cache",
        names: &[
            "rusqlite",
            "ratatui",
            "crossterm",
            "clap",
            "toml",
            "argon2",
            "getrandom",
            "tokio::fs",
            "tokio::net",
            "tokio::process",
            "tokio::signal",
            "tokio::time",
            "std::env",
            "std::fs",
            "std::net::TcpListener",
            "std::net::TcpStream",
            "std::net::UdpSocket",
            "std::thread",
            "std::process",
            "std::time::SystemTime",
            "std::time::Instant",
        ],
        except: &[],
        why: "the cache is names, seals and what is kept in mind: the line to a shared one is the runtime's",
    },
    Ban {
        room: "server/http",
        names: &[
            "rusqlite",
            "ratatui",
            "crossterm",
            "clap",
            "toml",
            "argon2",
            "getrandom",
            "tokio::fs",
            "tokio::net",
            "tokio::process",
            "tokio::signal",
            "std::env",
            "std::fs",
            "std::net::TcpListener",
            "std::net::TcpStream",
            "std::net::UdpSocket",
            "std::thread",
            "std::process",
            "std::time::SystemTime",
            "std::time::Instant",
        ],
        except: &[],
        why: "HTTP is answered here, not carried: sockets and files are the runtime's, clock and dice are handed in",
    },
    Ban {
        room: "tui",
        names: &[
            "rusqlite",
            "tokio",
            "crossterm",
            "serde_json",
            "clap",
            "toml",
            "std::fs",
            "std::env",
            "std::net",
            "std::thread",
            "std::process",
            "std::time::SystemTime",
            "std::time::Instant",
        ],
        except: &[],
        why: "screens are pure but for ratatui: what they see is handed to them",
    },
    Ban {
        room: "app",
        names: &[
            "rusqlite",
            "tokio",
            "ratatui",
            "crossterm",
            "clap",
            "toml",
            "argon2",
            "std::fs",
            "std::net",
            "std::env",
            "std::thread",
            "std::process",
            "std::time::SystemTime",
            "std::time::Instant",
        ],
        except: &["ratatui::buffer", "ratatui::layout"],
        why: "the app asks for effects; the runtime does them",
    },
];

/// Crates that carry the wire, and the places that may name them: whoever else wants one is in the wrong room.
const AT_HOME: &[(&str, &[&str])] = &[
    ("axum", &["server/http/", "runtime/serve/"]),
    ("hyper", &["server/http/writing.rs", "runtime/serve/"]),
    ("hyper_util", &["runtime/serve/"]),
    ("http_body_util", &["server/http/"]),
    ("tower_http", &["server/http/router.rs"]),
    ("jsonwebtoken", &["server/auth/"]),
    ("tokio_rustls", &["runtime/serve/", "server/central/postgres/"]),
    ("rustls", &["runtime/"]),
    ("rustls_platform_verifier", &["runtime/central/"]),
    ("tokio_postgres", &["server/central/postgres/"]),
    ("deadpool_postgres", &["server/central/postgres/"]),
    ("tiberius", &["server/central/sqlserver/"]),
    ("tokio_util", &["server/central/sqlserver/"]),
    ("deadpool", &["server/central/sqlserver/"]),
    ("reqwest", &["runtime/"]),
    ("redis", &["runtime/cache/"]),
];

/// What shows the kitchen its work, and guests their numbers: it holds a reader, and has no words for a command, a write
/// or a chore.
const VIEW_ONLY: &[&str] = &[
    "tui/display.rs",
    "tui/kitchen/",
    "tui/large.rs",
    "tui/pickup/",
    "runtime/beside.rs",
    "runtime/kitchen.rs",
    "runtime/pickup.rs",
    "cli/kitchen.rs",
    "cli/pickup.rs",
    "store/query/kitchen.rs",
    "store/query/pickup.rs",
    "store/query/sight.rs",
];
/// What in it would be a way to change something.
const CHANGES: &[&str] = &[
    "crate::app",
    "crate::domain::Command",
    "crate::domain::command",
    "crate::domain::decide",
    "crate::runtime::control",
    "crate::store::Store",
    "crate::store::Tx",
    "crate::store::change",
    "crate::tui::Errand",
    "crate::tui::Then",
    "crate::tui::screens",
];

/// Such a screen on a box of its own: it writes its replica and what it saw, and has no words for anything else.
const REPLICA: &[&str] = &["app/display/", "runtime/screen_box.rs"];
/// What in it would sell, print, or tell others.
const SELLS: &[&str] = &[
    "crate::domain::Command",
    "crate::domain::command",
    "crate::domain::decide",
    "crate::domain::slip",
    "crate::app::counter",
    "crate::app::line::Uplink",
    "crate::app::selling",
    "crate::app::spool",
    "crate::printing",
    "crate::tui::Errand",
    "crate::tui::Then",
    "crate::tui::screens",
    "Line::new",
];

/// Most lines of a file.
const LINES_MAX: usize = 700;
/// Most columns of a line.
const COLUMNS_MAX: usize = 120;
/// Words with which SQL begins.
const SQL: &[&str] = &["SELECT ", "INSERT ", "DELETE FROM ", "CREATE TABLE "];
/// What is not finished.
const UNFINISHED: &[&str] = &["todo!", "unimplemented!", "FIXME"];

/// One file of the house.
struct Source {
    /// Below `src`, with `/`.
    path: String,
    text: String,
}

impl Source {
    fn planted(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.into() }
    }

    /// The room that it stands in; none for `lib.rs` and `main.rs`.
    fn room(&self) -> Option<&str> {
        let first = self.path.split('/').next().unwrap_or_default();
        Some(first.trim_end_matches(".rs")).filter(|room| !["lib", "main"].contains(room))
    }

    /// Its place among the modules: `store/query/desk.rs` is `store::query::desk`.
    fn module(&self) -> Vec<String> {
        let mut parts: Vec<String> = self.path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if parts.last().is_some_and(|it| it == "mod") {
            parts.pop();
        }
        if self.room().is_none() { Vec::new() } else { parts }
    }

    /// Every path that it names, `super` and `self` resolved: `crate::...` for what is ours, else as it stands.
    fn paths(&self) -> Vec<Named> {
        let tokens: TokenStream = self.text.parse().unwrap_or_else(|wrong| panic!("{}: {wrong}", self.path));
        let mut found = Vec::new();
        walk(tokens, &self.module(), &mut found);
        found
    }
}

/// A path and the line where it stands.
#[derive(Debug, PartialEq)]
struct Named {
    parts: Vec<String>,
    line: usize,
}

fn is(token: Option<&TokenTree>, punct: char) -> bool {
    matches!(token, Some(TokenTree::Punct(it)) if it.as_char() == punct)
}

fn is_path_sign(tokens: &[TokenTree], at: usize) -> bool {
    is(tokens.get(at), ':') && is(tokens.get(at + 1), ':')
}

/// Reads all tokens of a module: paths of two words and more, whatever stands after `use`, and what lies in braces.
fn walk(stream: TokenStream, module: &[String], found: &mut Vec<Named>) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(word) if word == "mod" => {
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                    (tokens.get(at + 1), tokens.get(at + 2))
                {
                    let inner: Vec<String> = module.iter().cloned().chain([name.to_string()]).collect();
                    walk(body.stream(), &inner, found);
                    at += 2;
                }
            }
            TokenTree::Ident(word) if word == "use" => {
                let end = (at..tokens.len()).find(|&end| is(tokens.get(end), ';')).unwrap_or(tokens.len());
                use_tree(&tokens[at + 1..end], &[], module, found);
                at = end;
            }
            TokenTree::Ident(first) if is_path_sign(&tokens, at + 1) => {
                let line = first.span().start().line;
                let mut parts = vec![first.to_string()];
                while let (true, Some(TokenTree::Ident(next))) = (is_path_sign(&tokens, at + 1), tokens.get(at + 3)) {
                    parts.push(next.to_string());
                    at += 3;
                }
                found.push(Named { parts: resolved(parts, module), line });
            }
            TokenTree::Group(group) => walk(group.stream(), module, found),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        at += 1;
    }
}

/// Reads what stands after `use`: `a::b`, `a::{b, c::d}`, `a as b`, `a::*`.
fn use_tree(tokens: &[TokenTree], before: &[String], module: &[String], found: &mut Vec<Named>) {
    for branch in tokens.split(|token| is(Some(token), ',')) {
        let mut parts = before.to_vec();
        let mut line = 0;
        for token in branch {
            match token {
                TokenTree::Ident(word) if word == "as" => break,
                TokenTree::Ident(word) => {
                    line = word.span().start().line;
                    parts.push(word.to_string());
                }
                TokenTree::Group(list) if list.delimiter() == Delimiter::Brace => {
                    let inner: Vec<TokenTree> = list.stream().into_iter().collect();
                    use_tree(&inner, &parts, module, found);
                    line = 0;
                }
                TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
        if line > 0 {
            found.push(Named { parts: resolved(parts, module), line });
        }
    }
}

/// Writes `super` and `self` out as `crate::...`.
fn resolved(parts: Vec<String>, module: &[String]) -> Vec<String> {
    let ups = parts.iter().take_while(|part| *part == "super").count();
    let is_self = parts[0] == "self";
    if ups == 0 && !is_self {
        return parts;
    }
    let base = &module[..module.len().saturating_sub(ups)];
    let rest = parts.iter().skip(ups.max(usize::from(is_self)));
    std::iter::once("crate".to_owned()).chain(base.iter().cloned()).chain(rest.cloned()).collect()
}

/// A check of one file: what is wrong with it, each with its line.
type Check = fn(&Source) -> Vec<String>;

fn rooms_know_only_what_they_may(source: &Source) -> Vec<String> {
    let Some(room) = source.room() else { return Vec::new() };
    let Some((_, may_know)) = MAY_KNOW.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{}: the room `{room}` has no row in MAY_KNOW", source.path)];
    };
    let mut wrong = Vec::new();
    for Named { parts, line } in source.paths() {
        let [root, other, rest @ ..] = &parts[..] else { continue };
        if root != "crate" || other == room || !MAY_KNOW.iter().any(|(name, _)| name == other) {
            continue;
        }
        if !may_know.contains(&other.as_str()) {
            wrong.push(format!("{}:{line}: `{room}` may not know `{other}`", source.path));
        }
        let only = ONLY_THESE.iter().find(|(from, to, _)| *from == room && to == other);
        if let Some((.., names)) = only {
            let name = rest.first().map_or("itself", String::as_str);
            if !names.contains(&name) {
                wrong.push(format!(
                    "{}:{line}: `{room}` may know of `{other}` only {names:?}, not `{name}`",
                    source.path
                ));
            }
        }
    }
    wrong
}

fn rooms_name_no_crate_that_is_not_theirs(source: &Source) -> Vec<String> {
    let mut wrong = Vec::new();
    for ban in MUST_NOT_NAME.iter().filter(|ban| source.path.starts_with(&format!("{}/", ban.room))) {
        for Named { parts, line } in source.paths() {
            let path = parts.join("::");
            let names = |name: &&&str| path == **name || path.starts_with(&format!("{name}::"));
            if ban.names.iter().any(|name| names(&name)) && !ban.except.iter().any(|name| names(&name)) {
                wrong.push(format!("{}:{line}: `{path}` in `{}`: {}", source.path, ban.room, ban.why));
            }
        }
    }
    wrong
}

fn crates_of_the_wire_stay_at_home(source: &Source) -> Vec<String> {
    let mut wrong = Vec::new();
    for Named { parts, line } in source.paths() {
        let home = AT_HOME.iter().find(|(name, _)| *name == parts[0]);
        let Some((name, places)) = home else { continue };
        if !places.iter().any(|place| source.path.starts_with(place)) {
            wrong.push(format!("{}:{line}: `{}`: {name} stays in {places:?}", source.path, parts.join("::")));
        }
    }
    wrong
}

fn what_shows_only_looks(source: &Source) -> Vec<String> {
    let looks = not_named(source, VIEW_ONLY, CHANGES, "such a screen only looks");
    let reads = not_named(source, REPLICA, SELLS, "such a box only keeps a replica");
    [looks, reads].concat()
}

/// What is named at places where it must not be.
fn not_named(source: &Source, places: &[&str], names: &[&str], why: &str) -> Vec<String> {
    if !places.iter().any(|place| source.path.starts_with(place)) {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    for Named { parts, line } in source.paths() {
        let path = parts.join("::");
        if names.iter().any(|name| path == *name || path.starts_with(&format!("{name}::"))) {
            wrong.push(format!("{}:{line}: `{path}`: {why}", source.path));
        }
    }
    wrong
}

fn files_open_with_their_purpose(source: &Source) -> Vec<String> {
    if source.text.starts_with("//! ") { Vec::new() } else { vec![format!("{}:1: no `//! ` opens it", source.path)] }
}

fn files_and_lines_fit(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    let long = (lines > LINES_MAX).then(|| format!("{}: {lines} lines, more than {LINES_MAX}", source.path));
    let wide =
        source.text.lines().enumerate().filter(|(_, line)| line.chars().count() > COLUMNS_MAX).map(|(at, line)| {
            format!("{}:{}: {} columns, more than {COLUMNS_MAX}", source.path, at + 1, line.chars().count())
        });
    long.into_iter().chain(wide).collect()
}

fn sql_stands_at_its_two_homes_alone(source: &Source) -> Vec<String> {
    let homes = ["store/", "server/central/"];
    if homes.iter().any(|home| source.path.starts_with(home)) { Vec::new() } else { holding(source, SQL) }
}

fn nothing_is_left_unfinished(source: &Source) -> Vec<String> {
    holding(source, UNFINISHED)
}

fn holding(source: &Source, words: &[&str]) -> Vec<String> {
    let lines = source.text.lines().enumerate();
    let found =
        lines.flat_map(|(at, line)| words.iter().filter(|word| line.contains(**word)).map(move |word| (at, word)));
    found.map(|(at, word)| format!("{}:{}: `{}`", source.path, at + 1, word.trim())).collect()
}

/// Every file of the house, the same order everywhere.
fn sources() -> Vec<Source> {
    fn find(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                find(&path, files);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    find(&src, &mut files);
    files.sort();
    let read = |file: PathBuf| Source {
        text: std::fs::read_to_string(&file).unwrap(),
        path: file.strip_prefix(&src).unwrap().to_str().unwrap().to_owned(),
    };
    files.into_iter().map(read).collect()
}

/// Holds the whole house against a check.
fn hold(check: Check) {
    let sources = sources();
    assert!(sources.len() > 100, "the house was found: {} files", sources.len());
    let wrong: Vec<String> = sources.iter().flat_map(check).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_house_keeps_its_walls() {
    hold(rooms_know_only_what_they_may);
}

#[test]
fn the_house_names_no_crate_in_the_wrong_room() {
    hold(rooms_name_no_crate_that_is_not_theirs);
}

#[test]
fn what_carries_the_wire_is_named_at_its_home_alone() {
    hold(crates_of_the_wire_stay_at_home);
    // file, what it says, part of what is found ("" = nothing)
    let rows = [
        ("server/couch/feed.rs", "use axum::Router;", "server/couch/feed.rs:1: `axum::Router`: axum stays in"),
        ("server/replica/mod.rs", "fn a(b: hyper::Request<c>) {}", "`hyper::Request`"),
        ("server/http/router.rs", "use hyper_util::rt::TokioIo;", "`hyper_util::rt::TokioIo`"),
        ("app/mod.rs", "use reqwest::Client;", "reqwest stays in"),
        ("server/http/router.rs", "use axum::Router; use tower_http::compression::CompressionLayer;", ""),
        ("runtime/serve/mod.rs", "use tokio_rustls::TlsAcceptor;", ""),
    ];
    found(crates_of_the_wire_stay_at_home, &rows);
}

#[test]
fn every_file_says_what_it_is_for() {
    hold(files_open_with_their_purpose);
}

#[test]
fn every_file_and_line_can_be_read() {
    hold(files_and_lines_fit);
}

#[test]
fn the_store_and_the_central_database_alone_speak_sql() {
    hold(sql_stands_at_its_two_homes_alone);
}

#[test]
fn the_house_is_finished() {
    hold(nothing_is_left_unfinished);
}

#[test]
fn screens_that_only_show_have_no_words_for_a_command() {
    for place in VIEW_ONLY.iter().chain(REPLICA) {
        assert!(sources().iter().any(|source| source.path.starts_with(place)), "there is no {place}");
    }
    hold(what_shows_only_looks);
    // file, what it says, part of what is found ("" = nothing)
    let rows = [
        ("tui/kitchen/mod.rs", "use crate::domain::command::Command;", "tui/kitchen/mod.rs:1: `crate::domain::command"),
        ("tui/kitchen/mod.rs", "use super::Then;", "such a screen only looks"),
        ("tui/pickup/mod.rs", "use crate::tui::Errand;", "such a screen only looks"),
        ("runtime/beside.rs", "use crate::store::{Reader, Store};", "`crate::store::Store`"),
        ("runtime/beside.rs", "fn a() { super::control::hand_over(b, c) }", "`crate::runtime::control::hand_over`"),
        ("cli/kitchen.rs", "use crate::app::App;", "`crate::app::App`"),
        ("runtime/pickup.rs", "use crate::store::Reader;", ""),
        ("runtime/register.rs", "use crate::app::App;", ""),
        ("app/display/mod.rs", "fn a() { Line::new(b) }", "`Line::new`: such a box only keeps a replica"),
        ("app/display/mod.rs", "use crate::domain::Command;", "`crate::domain::Command`"),
        ("app/display/replica.rs", "use crate::store::{Store, Tx};", ""),
        ("runtime/screen_box.rs", "use crate::printing::Printer;", "`crate::printing::Printer`"),
    ];
    found(what_shows_only_looks, &rows);
}

#[test]
fn arrows_that_are_not_on_the_plan_are_found() {
    // file, what it says, part of what is found ("" = nothing)
    let rows = [
        ("domain/tax.rs", "use crate::store::Store;", "domain/tax.rs:1: `domain` may not know `store`"),
        ("domain/tax.rs", "use crate::{\n  money,\n  app::App };", "domain/tax.rs:3: `domain` may not know `app`"),
        ("domain/tax.rs", "use super::super::tui::Desk;", "may not know `tui`"),
        ("domain/decide/mod.rs", "use super::super::tui::Desk;", "may not know `tui`"),
        ("domain/decide/mod.rs", "use super::tui::Desk;", ""),
        ("domain/tax.rs", "mod tests { use super::super::super::cli::run; }", "may not know `cli`"),
        ("domain/tax.rs", "mod tests { use super::super::cli; }", ""),
        ("document/order.rs", "fn a() { crate::printing::layout() }", "`document` may not know `printing`"),
        ("printing/page.rs", "type A = Vec<crate::document::Revision>;", "`printing` may not know `document`"),
        ("store/tx.rs", "impl A { fn b() -> crate::tui::Hand { macro_it!(crate::app::App) } }", "may not know `app`"),
        ("store/tx.rs", "use crate::domain::Money; use crate::document::order;", ""),
        ("tui/mod.rs", "use crate::printing::Page;", "`tui` may not know `printing`"),
        ("tui/mod.rs", "use crate::store::Store;", "not `Store`"),
        ("tui/mod.rs", "use crate::store::{Reader, Tx};", "not `Tx`"),
        ("tui/mod.rs", "use crate::store;", "not `itself`"),
        ("tui/mod.rs", "use crate::store::{OrderRow, Reader};", ""),
        ("app/mod.rs", "use crate::runtime::clock;", "`app` may not know `runtime`"),
        ("runtime/mod.rs", "use crate::cli;", "`runtime` may not know `cli`"),
        ("attic/mod.rs", "", "the room `attic` has no row"),
        (
            "domain/tax.rs",
            "// crate::store\n/// [crate::store::Store]\nfn a() -> &'static str { \"crate::store\" }",
            "",
        ),
    ];
    found(rooms_know_only_what_they_may, &rows);
}

#[test]
fn machinery_in_a_pure_room_is_found() {
    // file, what it says, part of what is found ("" = nothing)
    let rows = [
        ("domain/tax.rs", "use serde_json::Value;", "`serde_json::Value` in `domain`: the domain is pure"),
        ("domain/tax.rs", "use serde_json as json;", "`serde_json` in `domain`"),
        ("domain/tax.rs", "use std::{fmt, fs::File};", "`std::fs::File` in `domain`"),
        ("domain/tax.rs", "fn a() { std::thread::spawn(b) }", "`std::thread::spawn`"),
        ("domain/tax.rs", "use std::fmt; fn fs() {}", ""),
        ("document/order.rs", "use serde_json::Value;", ""),
        ("document/order.rs", "fn a(b: &rusqlite::Row) {}", "`rusqlite::Row` in `document`"),
        ("printing/page.rs", "use std::net::TcpStream;", "bytes out"),
        ("server/replica/mod.rs", "use rusqlite::Connection;", "`rusqlite::Connection` in `server/replica`"),
        ("server/central/sqlite/mod.rs", "use rusqlite::Connection;", ""),
        ("server/http/door.rs", "use tokio::net::TcpListener;", "HTTP is answered here, not carried"),
        ("server/http/door.rs", "use tokio::sync::watch; use std::net::IpAddr;", ""),
        ("store/pin.rs", "fn a() { std::env::var(\"A\") }", "`std::env::var` in `store`"),
        ("tui/mod.rs", "use crossterm::event::Event;", "screens are pure"),
        ("app/mod.rs", "use ratatui::buffer::Buffer; use ratatui::layout::Rect;", ""),
        ("app/mod.rs", "use ratatui::{buffer::Buffer, Terminal};", "`ratatui::Terminal` in `app`"),
        ("runtime/mod.rs", "use tokio::net; use std::fs;", ""),
    ];
    found(rooms_name_no_crate_that_is_not_theirs, &rows);
}

#[test]
fn untidy_files_are_found() {
    let wide = format!("//! A.\n// {}", "x".repeat(118));
    let long = "//! A.\n".repeat(701);
    // check, file, what it says, part of what is found ("" = nothing)
    let rows: [(Check, &str, &str, &str); 13] = [
        (files_open_with_their_purpose, "domain/a.rs", "use std::fmt;\n//! A.", "domain/a.rs:1: no `//! `"),
        (files_open_with_their_purpose, "domain/a.rs", "//! A.", ""),
        (files_and_lines_fit, "domain/a.rs", &wide, "domain/a.rs:2: 121 columns"),
        (files_and_lines_fit, "domain/a.rs", &wide[..127], ""),
        (files_and_lines_fit, "domain/a.rs", &long, "701 lines"),
        (sql_stands_at_its_two_homes_alone, "app/a.rs", "//! A.\nlet a = \"SELECT b\";", "app/a.rs:2: `SELECT`"),
        (sql_stands_at_its_two_homes_alone, "lib.rs", "let a = \"INSERT INTO b\";", "`INSERT`"),
        (sql_stands_at_its_two_homes_alone, "store/a.rs", "let a = \"SELECT b\";", ""),
        (sql_stands_at_its_two_homes_alone, "server/replica/a.rs", "let a = \"SELECT b\";", "`SELECT`"),
        (sql_stands_at_its_two_homes_alone, "server/central/a.rs", "let a = \"SELECT b\";", ""),
        (nothing_is_left_unfinished, "app/a.rs", "fn a() { todo!() }", "`todo!`"),
        (nothing_is_left_unfinished, "app/a.rs", "// FIXME: all of it", "`FIXME`"),
        (nothing_is_left_unfinished, "main.rs", "unimplemented!(\"b\")", "`unimplemented!`"),
    ];
    for (check, path, text, part) in rows {
        found(check, &[(path, text, part)]);
    }
}

fn found(check: Check, rows: &[(&str, &str, &str)]) {
    for (path, text, part) in rows {
        let told = check(&Source::planted(path, text)).join("\n");
        let right = if part.is_empty() { told.is_empty() } else { told.contains(part) };
        assert!(right, "{path}: {text}\nfound: {told:?}\nexpected: {part:?}");
    }
}
