//! `comanda serve` over PostgreSQL, as it is shipped: several of them over one database, and what an
//! operator does there.

use crate::premises::{BINARY, LOCATION, ask};
use crate::shared_central::House;
use comanda::runtime::clock;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

impl House {
    /// Runs a subcommand; gives its exit code and what it said.
    fn call(&self, words: &str) -> (i32, String) {
        let words = words.replace("CENTRAL", &self.central);
        let mut command = Command::new(BINARY);
        command.args(words.split(' ')).arg("--data").arg(self.folder.path().join("operator"));
        let ended = command.output().unwrap();
        let said = [ended.stdout, ended.stderr].concat();
        (ended.status.code().unwrap(), String::from_utf8(said).unwrap())
    }

    fn secret_file(&self, name: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
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
    let house = House::open();
    let (one, two) = (house.serve("one"), house.serve("two"));
    let token = bearer(&one.token(&one.lets_register_in("T1")));
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

#[test]
fn an_operator_brings_the_tables_forward_enrols_and_imports_on_any_machine() {
    let house = House::open();
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
        ("server --central postgres://comanda@127.0.0.1:1/x registers list", 1, "Connection refused"),
        ("server --central postgres://comanda:s3same@db/x registers list", 2, "--central-password-file"),
        ("serve --central postgres://comanda:s3same@db/x", 2, "systemd credential comanda.central-password"),
    ];
    for (words, code, part) in rows {
        let (ended, said) = house.call(words);
        assert!(ended == code && said.contains(part) && !said.contains("s3same"), "{words}: {ended} {said}");
    }
    house.postgres.ask("house", "INSERT INTO migration VALUES (999, 'x')");
    for words in ["server --central CENTRAL migrate --check", "serve --listen 127.0.0.1:0 --central CENTRAL"] {
        let (ended, said) = house.call(words);
        assert!(ended == 1 && said.contains("was made by a newer Comanda: schema 999"), "{words}: {said}");
    }
}

#[test]
fn a_password_comes_from_a_file_and_a_stranger_in_the_databases_place_is_not_believed() {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let own = rcgen::generate_simple_self_signed(names).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let house = House::open();
    let dir = house.postgres.dir().to_owned();
    let write = |name: &str, pem: String| std::fs::write(dir.join(name), pem).unwrap();
    write("own.pem", own.cert.pem());
    write("other.pem", other.cert.pem());
    write("own.key", own.signing_key.serialize_pem());
    // Only over TLS, and only with the password; who the test itself is, is trusted.
    house.postgres.takes_passwords("ann", "s3same");
    let right = house.secret_file("right", "s3same\n");
    let wrong = house.secret_file("wrong", "another\n");
    let open = house.secret_file("open", "s3same\n");
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let at = format!("postgres://ann@localhost:{}/house", house.postgres.port);
    let (own, other) = (dir.join("own.pem"), dir.join("other.pem"));
    // address, password file, exit code, part of what is said
    let rows = [
        (format!("{at}?sslrootcert={}", own.display()), Some(&right), 0, "no device yet"),
        (format!("{at}?sslrootcert={}", own.display()), Some(&wrong), 1, "password authentication failed"),
        (format!("{at}?sslrootcert={}", own.display()), None, 1, "password missing"),
        (format!("{at}?sslrootcert={}", own.display()), Some(&open), 1, "chmod 600"),
        (format!("{at}?sslrootcert={}", other.display()), Some(&right), 1, "certificate"),
        (format!("{at}?sslmode=verify-full"), Some(&right), 1, "certificate"),
        (format!("{at}?sslmode=disable"), Some(&right), 1, "no pg_hba.conf entry"),
    ];
    for (address, file, code, part) in rows {
        let file = file.map(|it| format!(" --central-password-file {}", it.display())).unwrap_or_default();
        let (ended, said) = house.call(&format!("server --central {address}{file} registers list"));
        assert!(ended == code && said.contains(part) && !said.contains("s3same"), "{address}: {ended} {said}");
    }
}
