//! A house whose servers share one central database: each `comanda serve`, as it is shipped, with things of its own.
//! Not here: where that database comes from, but for PostgreSQL's, which benches use too.

use crate::premises::{BINARY, LOCATION, Server, ask};
use comanda::runtime::central::Named;
use comanda::runtime::clock;
use comanda::server::central::CentralAddress;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// A database that several of our servers share.
pub struct House {
    pub folder: tempfile::TempDir,
    pub central: String,
    password: Option<PathBuf>,
    asks: Arc<dyn Fn(&str) -> String + Send + Sync>,
}

impl House {
    /// On a database at this address, which is asked so about its books.
    pub fn on(central: String, password: Option<&str>, asks: impl Fn(&str) -> String + Send + Sync + 'static) -> House {
        let folder = tempfile::tempdir().unwrap();
        let password = password.map(|it| secret_file(folder.path(), "password", it));
        House { folder, central, password, asks: Arc::new(asks) }
    }

    /// Starts a server with things of its own, but for the database and the keys.
    pub fn serve(&self, name: &str) -> Server {
        self.serve_with(name, &[])
    }

    /// The same, with further words.
    pub fn serve_with(&self, name: &str, more: &[&str]) -> Server {
        let path = |path: &Path| path.display().to_string();
        let data = self.folder.path().join(name);
        std::fs::create_dir(&data).unwrap();
        let address = CentralAddress::read(&self.central).unwrap();
        let central = Named { address, password_file: self.password.clone() };
        let keys = path(&self.folder.path().join("shared.keys"));
        let password = self.password.as_deref().map(path);
        let password = password.as_ref().map(|it| ["--central-password-file", it]);
        let password = password.as_ref().map_or(&[][..], |it| &it[..]);
        let words = [&["--central", &self.central, "--keys", &keys], password, more].concat();
        let asks = Arc::clone(&self.asks);
        Server::over(&data, central, &words, Box::new(move |sql| asks(sql).lines().map(str::to_owned).collect()))
    }

    /// Runs a subcommand, in whose words `CENTRAL` is the address; gives its exit code and what it said.
    pub fn call(&self, words: &str) -> (i32, String) {
        call(self.folder.path(), &words.replace("CENTRAL", &self.central), self.password.as_deref())
    }

    /// What is written at one server is soon heard at the other, and a token holds at both.
    pub fn hears(&self) {
        let (one, two) = (self.serve("one"), self.serve("two"));
        let token = format!("Authorization: Bearer {}", one.token(&one.lets_register_in("T1")));
        let (mut since, mut slowest) = (String::from("0"), Duration::ZERO);
        for nth in 0..6 {
            let (writes_at, listens_at) = if nth % 2 == 0 { (&one, &two) } else { (&two, &one) };
            let path = format!("/sync/orders/_changes?feed=longpoll&timeout=20000&since={since}");
            let (told, began) = std::thread::scope(|threads| {
                let listening = threads.spawn(|| ask(listens_at.address, "GET", &path, &[&token], ""));
                let json = [token.as_str(), "Content-Type: application/json"];
                let body = document(nth).to_string();
                let (status, said) = ask(writes_at.address, "POST", "/sync/orders/_bulk_docs", &json, &body);
                assert_eq!(status, 201, "{said}");
                let began = clock::instant();
                (listening.join().unwrap(), began)
            });
            slowest = slowest.max(clock::instant() - began);
            let told: Value = serde_json::from_str(&told.1).unwrap();
            let changed: Vec<&str> =
                told["results"].as_array().unwrap().iter().filter_map(|it| it["id"].as_str()).collect();
            assert_eq!(changed, [format!("note_{nth}")]);
            since = told["last_seq"].as_str().unwrap().to_owned();
        }
        println!("heard at the other server within {slowest:?}");
        assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    }

    /// An operator brings the tables forward, enrols and imports on any machine.
    pub fn is_operated(&self) {
        let menu = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/menu.json");
        // words, exit code, part of what is said
        let rows = [
            ("server --central CENTRAL migrate --check", 1, "has no tables yet; this program's schema is"),
            ("server --central CENTRAL migrate", 0, "has no tables yet"),
            ("server --central CENTRAL migrate --check", 0, "nothing is to be done"),
            ("server migrate --central CENTRAL", 0, "nothing is to be done"),
            ("server --central CENTRAL enroll --location L1 --register T1", 0, "The code for register T1 of L1 is "),
            ("server --central CENTRAL registers list", 0, "code until"),
            (&format!("server --central CENTRAL menu import --location L1 {menu}"), 0, "entries changed, 0 gone"),
            ("server --central CENTRAL menu export --location L1", 0, "cheeseburger"),
            ("server --central CENTRAL restored", 0, "begins anew for every device"),
            ("server --central CENTRAL registers revoke --location L1 T1", 0, "T1 of L1 is not let in any more"),
            ("server --central CENTRAL registers history --location L1", 0, "menu_imported"),
        ];
        for (words, code, part) in rows {
            let (ended, said) = self.call(words);
            assert!(ended == code && said.contains(part), "{words}: {ended} {said}");
        }
    }
}

#[cfg(feature = "postgres")]
impl House {
    pub fn open() -> House {
        House::with(&[])
    }

    /// The same, whose database server has these settings.
    pub fn with(settings: &[&str]) -> House {
        House::in_postgres(&Arc::new(crate::postgres::Server::start(settings)))
    }

    /// On a new database of this server.
    pub fn in_postgres(server: &Arc<crate::postgres::Server>) -> House {
        let asked = Arc::clone(server);
        House::on(server.database("house"), None, move |sql| asked.ask("house", sql))
    }
}

/// Runs a subcommand; gives its exit code and what it said.
pub fn call(folder: &Path, words: &str, password: Option<&Path>) -> (i32, String) {
    let mut command = Command::new(BINARY);
    command.args(words.split(' ')).arg("--data").arg(folder.join("operator"));
    if let Some(password) = password {
        command.arg("--central-password-file").arg(password);
    }
    let ended = command.output().unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    (ended.status.code().unwrap(), String::from_utf8(said).unwrap())
}

/// A file that its owner alone reads.
pub fn secret_file(folder: &Path, name: &str, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// The nth document, as replication brings it.
fn document(nth: u32) -> Value {
    let body = json!({ "_id": format!("note_{nth}"), "_rev": format!("1-{nth:032x}"), "type": "note",
                       "location_id": LOCATION });
    json!({ "new_edits": false, "docs": [body] })
}
