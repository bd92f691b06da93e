//! `comanda serve` and `comanda server` over SQL Server, as they are shipped: before a server that speaks the protocol
//! alone; and several of them over one database of the real server that `COMANDA_TEST_SQLSERVER` names, where it names
//! one.

use crate::premises::{BINARY, LOCATION, Server, ask};
use crate::sqlserver::{Mock, Real, Stage};
use comanda::runtime::central::Named;
use comanda::server::central::CentralAddress;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A database of the real server that several of our servers share.
pub struct House {
    real: &'static Real,
    database: String,
    folder: tempfile::TempDir,
    central: String,
    password: PathBuf,
}

impl House {
    /// One, where there is a real server.
    pub fn open() -> Option<House> {
        let real = Real::named()?;
        let folder = tempfile::tempdir().unwrap();
        let database = real.fresh_database();
        let (central, password) = (real.address(&database), secret_file(folder.path(), "password", &real.password));
        Some(House { real, database, folder, central, password })
    }

    /// Starts a server with things of its own, but for the database and the keys.
    pub fn serve(&self, name: &str) -> Server {
        let data = self.folder.path().join(name);
        std::fs::create_dir(&data).unwrap();
        let address = CentralAddress::read(&self.central).unwrap();
        let central = Named { address, password_file: Some(self.password.clone()) };
        let path = |path: &Path| path.display().to_string();
        let (keys, password) = (path(&self.folder.path().join("shared.keys")), path(&self.password));
        let words = ["--central", &self.central, "--central-password-file", &password, "--keys", &keys];
        let (real, database) = (self.real, self.database.clone());
        let rows = move |sql: &str| real.ask(&database, &in_t_sql(sql)).lines().map(str::to_owned).collect();
        Server::over(&data, central, &words, Box::new(rows))
    }

    fn call(&self, words: &str) -> (i32, String) {
        call(self.folder.path(), &words.replace("CENTRAL", &self.central), Some(&self.password))
    }
}

/// A question of the books, whose words the other databases share, as SQL Server asks it.
fn in_t_sql(sql: &str) -> String {
    let sql = sql.replace("AS text", "AS NVARCHAR(20)");
    match sql.split_once(" FROM ") {
        Some((parts, rest)) if parts.contains("||") => {
            let parts = parts.strip_prefix("SELECT ").unwrap().replace("||", ",");
            format!("SELECT CAST(CONCAT({parts}) AS NVARCHAR(4000)) AS told FROM {rest}")
        }
        _ => sql,
    }
}

fn secret_file(folder: &Path, name: &str, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// Runs a subcommand; gives its exit code and what it said.
fn call(folder: &Path, words: &str, password: Option<&Path>) -> (i32, String) {
    let mut command = Command::new(BINARY);
    command.args(words.split(' ')).arg("--data").arg(folder.join("operator"));
    if let Some(password) = password {
        command.arg("--central-password-file").arg(password);
    }
    let ended = command.output().unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    (ended.status.code().unwrap(), String::from_utf8(said).unwrap())
}

/// The migrations of a database that is up to date.
fn history() -> Vec<(i64, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/central/sqlserver/migrations");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    let sum = |file: &PathBuf| -> String {
        Sha256::digest(std::fs::read(file).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    (1..).zip(files.iter().map(sum)).collect()
}

#[test]
fn an_operator_comes_in_with_a_password_from_a_file_and_is_told_what_is_wrong_without_it() {
    let mock = Mock::start(history());
    let folder = tempfile::tempdir().unwrap();
    let password = secret_file(folder.path(), "password", "s3same\nsecond line\n");
    let at = format!("sqlserver://ann@127.0.0.1:{}/house", mock.port);
    // words, exit code, part of what is said
    let rows = [
        (format!("server --central {at} migrate --check"), 0, "has schema 5: nothing is to be done"),
        (format!("server migrate --central {at}"), 0, "nothing is to be done"),
        (format!("server --central {at} registers list"), 0, "no device yet"),
        (format!("server --central {at} backup x"), 1, "BACKUP DATABASE"),
        (format!("server --central {at}?sslmode=verify-full registers list"), 1, "it speaks no TLS"),
        (format!("server --central {at}?sslrootcert=/nowhere registers list"), 1, "the certificates in /nowhere"),
        ("server --central sqlserver://ann@127.0.0.1:1/x registers list".into(), 1, "Connection refused"),
        ("server --central sqlserver://ann:s3same@db/x registers list".into(), 2, "--central-password-file"),
        ("serve --central sqlserver://ann:s3same@db/x".into(), 2, "systemd credential comanda.central-password"),
        ("server --central sqlserver://db/x registers list".into(), 2, "says as whom"),
    ];
    for (words, code, part) in rows {
        let (ended, said) = call(folder.path(), &words, Some(&password));
        assert!(ended == code && said.contains(part) && !said.contains("s3same"), "{words}: {ended} {said}");
    }
    let logins: Vec<String> = mock.said().into_iter().filter(|it| it.stage == Stage::Login).map(|it| it.text).collect();
    assert!(!logins.is_empty() && logins.iter().all(|it| it == "ann s3same house"), "{logins:?}");
    // A database that has no tables yet.
    mock.has(Vec::new());
    let (ended, said) = call(folder.path(), &format!("server --central {at} migrate --check"), Some(&password));
    assert!(ended == 1 && said.contains("has no tables yet; this program's schema is 5"), "{said}");
    mock.has([history(), vec![(999, "x".into())]].concat());
    for words in [format!("server --central {at} migrate --check"), format!("serve --central {at}")] {
        let (ended, said) = call(folder.path(), &words, Some(&password));
        assert!(ended == 1 && said.contains("was made by a newer Comanda: schema 999"), "{words}: {said}");
    }
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

/// The nth document, as replication brings it.
fn document(nth: u32) -> Value {
    let body = json!({ "_id": format!("note_{nth}"), "_rev": format!("1-{nth:032x}"), "type": "note",
                       "location_id": LOCATION });
    json!({ "new_edits": false, "docs": [body] })
}

#[test]
fn what_is_written_at_one_server_is_soon_heard_at_the_other_and_a_token_holds_at_both() {
    let Some(house) = House::open() else { return };
    let (one, two) = (house.serve("one"), house.serve("two"));
    let token = bearer(&one.token(&one.lets_register_in("T1")));
    let mut since = String::from("0");
    for nth in 0..4 {
        let (writes_at, listens_at) = if nth % 2 == 0 { (&one, &two) } else { (&two, &one) };
        let path = format!("/sync/orders/_changes?feed=longpoll&timeout=20000&since={since}");
        let told = std::thread::scope(|threads| {
            let listening = threads.spawn(|| ask(listens_at.address, "GET", &path, &[&token], ""));
            let json = [token.as_str(), "Content-Type: application/json"];
            let body = document(nth).to_string();
            let (status, said) = ask(writes_at.address, "POST", "/sync/orders/_bulk_docs", &json, &body);
            assert_eq!(status, 201, "{said}");
            listening.join().unwrap()
        });
        let told: Value = serde_json::from_str(&told.1).unwrap();
        let changed: Vec<&str> =
            told["results"].as_array().unwrap().iter().filter_map(|it| it["id"].as_str()).collect();
        assert_eq!(changed, [format!("note_{nth}")]);
        since = told["last_seq"].as_str().unwrap().to_owned();
    }
}

#[test]
fn an_operator_brings_the_tables_forward_enrols_and_imports_on_any_machine() {
    let Some(house) = House::open() else { return };
    let menu = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/menu.json");
    // words, exit code, part of what is said
    let rows = [
        ("server --central CENTRAL migrate --check", 1, "has no tables yet; this program's schema is"),
        ("server --central CENTRAL migrate", 0, "has no tables yet"),
        ("server --central CENTRAL migrate --check", 0, "nothing is to be done"),
        ("server --central CENTRAL enroll --location L1 --register T1", 0, "The code for register T1 of L1 is "),
        ("server --central CENTRAL registers list", 0, "code until"),
        (&format!("server --central CENTRAL menu import --location L1 {menu}"), 0, "entries changed, 0 gone"),
        ("server --central CENTRAL menu export --location L1", 0, "cheeseburger"),
        ("server --central CENTRAL restored", 0, "begins anew for every device"),
        ("server --central CENTRAL registers revoke --location L1 T1", 0, "T1 of L1 is not let in any more"),
        ("server --central CENTRAL registers history --location L1", 0, "menu_imported"),
    ];
    for (words, code, part) in rows {
        let (ended, said) = house.call(words);
        assert!(ended == code && said.contains(part), "{words}: {ended} {said}");
    }
}

#[test]
fn questions_of_the_books_are_asked_in_its_own_words() {
    // as the others are asked, as SQL Server is
    let rows = [
        ("SELECT 'a ' || b || ' c' FROM d", "SELECT CAST(CONCAT('a ' , b , ' c') AS NVARCHAR(4000)) AS told FROM d"),
        ("SELECT CAST(max(n) AS text) FROM d", "SELECT CAST(max(n) AS NVARCHAR(20)) FROM d"),
    ];
    for (theirs, ours) in rows {
        assert_eq!(in_t_sql(theirs), ours);
    }
}
