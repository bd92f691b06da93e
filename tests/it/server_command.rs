//! `comanda server` on the built binary: devices come in with codes, are listed and revoked, and menus are imported, on
//! a database that a server has open; and what is said when something is wrong.

use crate::command_line::{Said, comanda};
use comanda::domain::{Entropy, Timestamp};
use comanda::server::auth::{Keys, open, who};
use comanda::server::{Replica, Settings, SqliteCentral, at_once};
use serde_json::{Value, json};
use std::path::Path;

fn now() -> Timestamp {
    comanda::runtime::clock::now()
}

fn dice() -> Entropy {
    comanda::runtime::clock::entropy().unwrap()
}

/// A server on the database of a home, as `comanda serve` has it open.
struct Server {
    replica: Replica<SqliteCentral>,
    keys: Keys,
}

impl Server {
    fn on(home: &Path) -> Server {
        let file = home.join(".local/share/comanda/central.sqlite");
        let central = SqliteCentral::open(&file, &mut dice()).unwrap();
        Server { replica: Replica::new(central, Settings::default()), keys: Keys::new(&[[9; 32]]).unwrap() }
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let asked = http::Request::post(path).body(body.to_string().into_bytes()).unwrap();
        let response = at_once(open(&self.replica, &self.keys, &asked, now(), &mut dice())).unwrap();
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
    }

    /// Whose a token is, or why it is not taken.
    fn who(&self, token: &str) -> String {
        let mut headers = http::HeaderMap::new();
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        match at_once(who(&self.replica, &self.keys, &headers, now())) {
            Ok(bearer) => format!("{} of {}", bearer.name, bearer.scope.location_id),
            Err(problem) => problem.to_string(),
        }
    }
}

fn call(home: &Path, words: &str) -> Said {
    let args: Vec<&str> = words.split_whitespace().collect();
    comanda(home, &[&["server"], args.as_slice()].concat(), "")
}

fn ok(home: &Path, words: &str) -> String {
    let said = call(home, words);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{words}");
    said.out
}

/// The code in what `enroll` says.
fn code(said: &str) -> String {
    let code = said.split_whitespace().find(|word| word.len() == 19 && word.matches('-').count() == 3);
    code.unwrap_or_else(|| panic!("a code stands in: {said}")).to_owned()
}

#[test]
fn a_register_is_enrolled_listed_revoked_and_enrolled_again_while_the_server_runs() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let told = ok(home, "enroll --location L1 --register T1");
    assert!(told.contains("L1 is a new location here."), "{told}");
    let first = code(&told);
    let server = Server::on(home);
    assert!(ok(home, "registers list").contains("code until"));
    let (status, enrolled) = server.post("/api/v1/auth/enroll", &json!({ "code": first }));
    assert_eq!((status, enrolled["register_id"].as_str()), (201, Some("T1")));
    assert_eq!(server.post("/api/v1/auth/enroll", &json!({ "code": first })).0, 401, "a second time");
    let token = |secret: &Value| {
        let told = server.post("/api/v1/auth/token", &json!({ "register_id": "T1", "secret": secret }));
        told.1["token"].as_str().unwrap_or_default().to_owned()
    };
    let held = token(&enrolled["secret"]);
    assert_eq!(server.who(&held), "T1 of L1");
    let list: Value = serde_json::from_str(&ok(home, "registers list --location L1 --json")).unwrap();
    assert_eq!((list[0]["name"].as_str(), list[0]["role"].as_str()), (Some("T1"), Some("register")));
    assert!(list[0]["last_seen"].is_string() && list[0]["revoked_at"].is_null(), "{list}");

    let again = ok(home, "enroll --location L1 --register T1 --expires 30m");
    assert!(again.contains("T1 has a secret already: it counts until this code is typed."), "{again}");
    assert_eq!(server.who(&held), "T1 of L1");
    let (_, renewed) = server.post("/api/v1/auth/enroll", &json!({ "code": code(&again) }));
    assert!(server.who(&held).starts_with("401"), "the token of the former enrolment");
    assert_eq!(token(&enrolled["secret"]), "", "and its secret");
    let held = token(&renewed["secret"]);
    assert_eq!(server.who(&held), "T1 of L1");

    assert_eq!(ok(home, "registers revoke --location L1 T1"), "T1 of L1 is not let in any more.\n");
    assert!(server.who(&held).contains("was taken back"), "{}", server.who(&held));
    let listed = ok(home, "registers list");
    assert!(listed.contains("T1") && listed.contains("revoked 2"), "{listed}");
    let said = call(home, "registers revoke --location L1 T1");
    assert!(said.code == 1 && said.err.contains("was taken back already"), "{}", said.err);

    let made: Value = serde_json::from_str(&ok(home, "enroll --location L1 --admin office --json")).unwrap();
    let (_, told) = server.post("/api/v1/auth/enroll", &json!({ "code": made["code"] }));
    assert_eq!((told["role"].as_str(), told["name"].as_str()), (Some("admin"), Some("office")));
    let told = ok(home, "registers history --location L1");
    let acts: Vec<&str> = told.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert_eq!(acts, ["enrolled", "invited", "revoked", "enrolled", "invited", "enrolled", "invited"], "{told}");
    let told: Value = serde_json::from_str(&ok(home, "registers history --location L1 --json")).unwrap();
    assert_eq!((told[2]["what"].as_str(), told[2]["about"].as_str()), (Some("revoked"), Some("T1")));
    let kept = std::fs::read(home.join(".local/share/comanda/central.sqlite")).unwrap();
    let wal = std::fs::read(home.join(".local/share/comanda/central.sqlite-wal")).unwrap();
    for hidden in [&first, renewed["secret"].as_str().unwrap(), &held] {
        let is_in = |bytes: &[u8]| bytes.windows(hidden.len()).any(|it| it == hidden.as_bytes());
        assert!(!is_in(&kept) && !is_in(&wal), "neither codes nor secrets nor tokens are kept");
    }
}

#[test]
fn of_many_that_type_the_same_code_at_once_one_comes_in() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    for _ in 0..5 {
        let code = code(&ok(home, "enroll --location L1 --register T1"));
        let servers: Vec<Server> = (0..6).map(|_| Server::on(home)).collect();
        let begin = std::sync::Barrier::new(servers.len());
        let told: Vec<u16> = std::thread::scope(|threads| {
            let typing = |server| {
                let (begin, code) = (&begin, &code);
                threads.spawn(move || {
                    begin.wait();
                    Server::post(server, "/api/v1/auth/enroll", &json!({ "code": code })).0
                })
            };
            let all: Vec<_> = servers.iter().map(typing).collect();
            all.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let came_in = told.iter().filter(|status| **status == 201).count();
        assert_eq!((came_in, told.iter().filter(|status| **status == 401).count()), (1, 5), "{told:?}");
    }
}

#[test]
fn help_knows_what_operators_do() {
    let home = tempfile::tempdir().unwrap();
    // words, part of what is told
    let rows: &[(&[&str], &str)] = &[
        (&["help"], "Enrols and revokes devices, and changes menus"),
        (&["help", "server"], "Usage: comanda server"),
        (&["help", "server", "enroll"], "The code is typed once at the device"),
        (&["help", "server", "registers", "revoke"], "Usage: comanda server registers revoke"),
        (&["server", "menu", "--help"], "within its next pull"),
    ];
    for (words, part) in rows {
        let said = comanda(home.path(), words, "");
        assert!(said.code == 0 && said.out.contains(part), "{words:?}: {}{}", said.out, said.err);
    }
}

#[test]
fn a_menu_is_imported_for_a_location_and_comes_out_again() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let said = call(home, "menu import --location L1 assets/demo/menu.json");
    assert!(said.code == 0 && said.err.contains("L1 is a new location here"), "{}", said.err);
    assert!(said.out.contains("entries changed, 0 gone"), "{}", said.out);
    let _server = Server::on(home);
    let told = ok(home, "menu import --location L1 assets/demo/menu.json");
    assert!(told.contains(": 0 entries changed, 0 gone"), "{told}");
    let out = home.join("out.json").display().to_string();
    ok(home, &format!("menu export --location L1 {out}"));
    let told = ok(home, &format!("menu import --location L1 {out}"));
    assert!(told.contains(": 0 entries changed, 0 gone"), "it came out as it went in: {told}");
    let told = ok(home, "menu import --location L1 tests/menus/large.json");
    assert!(!told.contains(" 0 gone"), "another menu takes its place: {told}");
}

#[test]
fn what_is_wrong_is_told_and_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let file = |name: &str| home.join(name).display().to_string();
    std::fs::write(home.join("text"), "no database at all, but a text that is long enough for one").unwrap();
    let (text, none) = (file("text"), file("none"));
    let directory = home.display().to_string();
    // words, exit code, part of what is said
    let rows: &[(&str, i32, &str)] = &[
        ("", 2, "Usage: comanda server"),
        ("registers list", 1, "it does not exist: name the right one with --data DIR"),
        ("registers revoke --location L1 T1", 1, "it does not exist"),
        ("menu export --location L1", 1, "it does not exist"),
        (&format!("backup {none}"), 1, "there is no central database at"),
        (&format!("restore {none}"), 1, "there is no central database at"),
        ("enroll --location L1", 2, "<--register <REGISTER>|--kitchen <NAME>|--pickup <NAME>|--admin <NAME>>"),
        ("enroll --register T1", 2, "--location"),
        ("enroll --location L1 --register T1 --kitchen pass", 2, "cannot be used with"),
        ("enroll --location L1 --register T1 --expires 24", 2, "a number with m, h or d behind it, and at most 30d"),
        ("enroll --location L1 --register T-1", 1, "register: takes 1 to 8 letters or digits"),
        ("enroll --location L/1 --register T1", 1, "location: takes 1 to 32 letters or digits"),
        ("enroll --location L1 --kitchen a:b", 1, "name: takes 1 to 32 letters or digits"),
        ("registers list", 0, "no device yet: `comanda server enroll"),
        ("registers list --location L1", 1, "knows no location L1; there is none yet"),
        ("enroll --location L1 --register T1", 0, "The code for register T1 of L1 is "),
        ("registers list --location L9", 1, "this server knows no location L9; there are: L1"),
        ("registers revoke --location L9 T1", 1, "this server knows no location L9; there are: L1"),
        ("registers revoke --location L1 T9", 1, "L1 has no device T9; it has none"),
        ("registers revoke --location L1 T1", 0, "T1 of L1 is not let in any more."),
        ("registers revoke --location L1 T1", 1, "L1 has no device T1; it has none"),
        ("menu export --location L1", 1, "L1 has no menu: `comanda server menu import`"),
        ("menu import --location L1 tests/menus/broken.json", 1, "12 mistakes; the menu in use stays as it was"),
        ("menu import --location L1 nowhere.json", 1, "could not read the menu nowhere.json: it does not exist"),
        ("menu import --location L!1 assets/demo/menu.json", 1, "location: takes 1 to 32 letters or digits"),
        ("menu import assets/demo/menu.json", 2, "--location"),
        (&format!("backup {text}"), 1, "is there already and was left as it is"),
        (&format!("restore {text}"), 1, "is no central database of Comanda"),
        ("--central postgres:x registers list", 2, "a central database is named sqlite:FILE"),
        (&format!("--central sqlite:{none} registers list"), 1, "it does not exist"),
        (&format!("--central sqlite:{directory} registers list"), 1, "it is not a file"),
        (&format!("--central sqlite:{text} registers list"), 1, "file is not a database"),
        (&format!("enroll --central sqlite:{text} --location L1 --register T1"), 1, "file is not a database"),
        (&format!("enroll --central sqlite:{none}/x --location L1 --register T1"), 1, "could not make the central"),
    ];
    for (words, code, part) in rows {
        let said = call(home, words);
        let both = format!("{}{}", said.out, said.err);
        assert!(said.code == *code && both.contains(part), "{words}: {}\n{both}", said.code);
        assert!(!both.contains("panicked"), "{both}");
    }
}

#[test]
fn a_register_s_store_is_no_central_database_and_a_new_one_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    assert_eq!(comanda(home, &crate::command_line::INIT, "9999\n").code, 0);
    let store = home.join(".local/share/comanda/store.db").display().to_string();
    let said = call(home, &format!("--central sqlite:{store} registers list"));
    let is_told = said.err.contains("is no central database of Comanda") || said.err.contains("is not a database");
    assert!(said.code == 1 && is_told, "{}", said.err);
    assert_eq!(comanda(home, &["store", "check"], "").code, 0, "it stays what it was");
    ok(home, "enroll --location L1 --register T1");
    let made = home.join(".local/share/comanda/central.sqlite").metadata().unwrap();
    assert_eq!(made.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_database_that_was_put_back_begins_anew_for_everybody() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let told = call(home, "restored");
    assert_eq!(told.code, 1, "there is none yet: {}", told.err);
    ok(home, "enroll --location L1 --register T1");
    let server = Server::on(home);
    let scope = comanda::server::Scope { location_id: "L1".into(), role: comanda::server::Role::Admin };
    let asks = || {
        let asked = comanda::sync::wire::Request::Changes {
            database: comanda::document::Database::Orders,
            since: None,
            limit: 1,
            wait_ms: None,
        };
        format!("{:?}", at_once(server.replica.answer(&scope, &asked, now(), &mut dice())))
    };
    let before = asks();
    assert_eq!(asks(), before);
    assert!(ok(home, "restored").contains("begins anew"));
    assert_ne!(asks(), before, "also for a server that has it open");
}
