//! `comanda serve` over PostgreSQL, as it is shipped: several of them over one database, and what an
//! operator does there.

use crate::postgres::Server;
use crate::shared_central::{House, secret_file};
use std::sync::Arc;

#[test]
fn what_is_written_at_one_server_is_soon_heard_at_the_other_and_a_token_holds_at_both() {
    House::open().hears();
}

#[test]
fn an_operator_brings_the_tables_forward_enrols_and_imports_on_any_machine() {
    let postgres = Arc::new(Server::start(&[]));
    let house = House::in_postgres(&postgres);
    house.is_operated();
    // words, exit code, part of what is said
    let rows = [
        ("server --central postgres://comanda@127.0.0.1:1/x registers list", 1, "Connection refused"),
        ("server --central postgres://comanda:s3same@db/x registers list", 2, "--central-password-file"),
        ("serve --central postgres://comanda:s3same@db/x", 2, "systemd credential comanda.central-password"),
    ];
    for (words, code, part) in rows {
        let (ended, said) = house.call(words);
        assert!(ended == code && said.contains(part) && !said.contains("s3same"), "{words}: {ended} {said}");
    }
    postgres.ask("house", "INSERT INTO migration VALUES (999, 'x')");
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
    let postgres = Arc::new(Server::start(&[]));
    let house = House::in_postgres(&postgres);
    let dir = postgres.dir().to_owned();
    let write = |name: &str, pem: String| std::fs::write(dir.join(name), pem).unwrap();
    write("own.pem", own.cert.pem());
    write("other.pem", other.cert.pem());
    write("own.key", own.signing_key.serialize_pem());
    // Only over TLS, and only with the password; who the test itself is, is trusted.
    postgres.takes_passwords("ann", "s3same");
    let right = secret_file(house.folder.path(), "right", "s3same\n");
    let wrong = secret_file(house.folder.path(), "wrong", "another\n");
    let open = secret_file(house.folder.path(), "open", "s3same\n");
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let at = format!("postgres://ann@localhost:{}/house", postgres.port);
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
