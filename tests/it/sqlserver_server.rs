//! `comanda serve` and `comanda server` over SQL Server, as they are shipped: before a server that speaks the protocol
//! alone; and several of them over one database of the real server that `COMANDA_TEST_SQLSERVER` names, where it names
//! one.

use crate::shared_central::{House, call, secret_file};
use crate::sqlserver::{Mock, Real, Stage};
use sha2::{Digest, Sha256};
use std::path::PathBuf;

impl House {
    /// One, where there is a real server.
    pub fn in_sql_server() -> Option<House> {
        let real = Real::named()?;
        let database = real.fresh_database();
        let central = real.address(&database);
        Some(House::on(central, Some(&real.password), move |sql| real.ask(&database, &in_t_sql(sql))))
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

#[test]
fn what_is_written_at_one_server_is_soon_heard_at_the_other_and_a_token_holds_at_both() {
    if let Some(house) = House::in_sql_server() {
        house.hears();
    }
}

#[test]
fn an_operator_brings_the_tables_forward_enrols_and_imports_on_any_machine() {
    if let Some(house) = House::in_sql_server() {
        house.is_operated();
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
