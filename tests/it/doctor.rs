//! `comanda doctor` on the built binary: on boxes that are well, on broken ones, and beside a register and a server that
//! run.

use crate::command_line::{INIT, Said, comanda};
use crate::premises::{LOCATION, Register, Server};
use serde_json::Value;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn doctor(home: &Path, words: &[&str]) -> (i32, Value) {
    let said = comanda(home, &[&["doctor", "--json"], words].concat(), "");
    assert_eq!(said.err, "", "{words:?}");
    (said.code, serde_json::from_str(&said.out).unwrap_or_else(|wrong| panic!("{wrong}: {}", said.out)))
}

/// What is said of a check.
fn of<'a>(found: &'a Value, check: &str) -> &'a Value {
    // The worst of several.
    let all = found["checks"].as_array().unwrap().iter().filter(|it| it["check"] == check);
    all.max_by_key(|it| it["verdict"] == "fail").unwrap_or_else(|| panic!("no {check} in {found:#}"))
}

fn failing(found: &Value) -> Vec<&str> {
    let all = found["checks"].as_array().unwrap().iter();
    all.filter(|it| it["verdict"] == "fail").map(|it| it["check"].as_str().unwrap()).collect()
}

fn well(home: &Path, args: &[&str], input: &str) -> Said {
    let said = comanda(home, args, input);
    assert_eq!(said.code, 0, "{args:?}: {}", said.err);
    said
}

#[test]
fn a_new_register_is_well_and_each_thing_that_breaks_is_told() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    well(home, &INIT, "9999\n");
    let (code, found) = doctor(home, &[]);
    assert_eq!((code, failing(&found)), (0, vec![]), "{found:#}");
    let checks: Vec<&str> =
        found["checks"].as_array().unwrap().iter().map(|it| it["check"].as_str().unwrap()).collect();
    let right = [
        "versions",
        "configuration",
        "data",
        "key",
        "store",
        "backup",
        "space",
        "disk",
        "link",
        "clock",
        "zone",
        "terminal",
        "printer",
        "printer",
        "printer",
    ];
    assert_eq!(checks, right);
    for it in found["checks"].as_array().unwrap() {
        assert!(it["says"].as_str().is_some_and(|says| !says.is_empty()) && it["facts"].is_object(), "{it}");
        assert_eq!(it["remedy"].is_null(), it["verdict"] == "ok", "{it}");
    }
    assert_eq!((&found["subject"], &found["program"]), (&"register".into(), &"comanda".into()));
    let text = well(home, &["doctor"], "").out;
    assert!(text.contains("OK    store") && text.contains("15 checks:") && text.contains(" 0 FAIL"), "{text}");

    let (config, data) = (home.join(".config/comanda"), home.join(".local/share/comanda"));
    let (toml, key, store) = (config.join("comanda.toml"), config.join("store.key"), data.join("store.db"));
    let mode = |file: &Path, mode| std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    let text = std::fs::read_to_string(&toml).unwrap();
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let also = |more: &str| std::fs::write(&toml, format!("{text}\n{more}\n")).unwrap();
    let whole = std::fs::read(&store).unwrap();
    let mut torn = whole.clone();
    for byte in &mut torn[4096 * 3..4096 * 20] {
        *byte ^= 0x5a;
    }
    type Break<'a> = &'a dyn Fn();
    // what somebody did, which check fails, part of what is said or to be done
    let rows: [(Break, &str, &str); 11] = [
        (&|| mode(&key, 0o644), "key", "chmod 600"),
        (&|| std::fs::rename(&key, config.join("elsewhere")).unwrap(), "key", "it does not exist"),
        (&|| std::fs::write(&store, "what a dying card left").unwrap(), "store", "is not a Comanda store"),
        (&|| std::fs::write(&store, &torn).unwrap(), "store", "comanda store restore"),
        (&|| std::fs::remove_file(&store).unwrap(), "store", "comanda init"),
        (&|| also("[nonsense]"), "configuration", "comanda help config"),
        (&|| std::fs::remove_file(&toml).unwrap(), "configuration", "comanda init"),
        (&|| also(&format!("[server]\nurl = \"http://{dead}\"")), "link", "connection refused"),
        (&|| also(&format!("[server]\nurl = \"http://{dead}\"")), "token", "comanda enroll"),
        (&|| also("[backup]\ndirectory = \"nowhere\""), "backup", "it does not exist"),
        (
            &|| {
                let bar = |device: &str| format!("name = \"bar\"\ndevice = \"{device}\"");
                std::fs::write(&toml, text.replace(&bar("file"), &bar(&format!("tcp:{dead}")))).unwrap();
            },
            "printer",
            "connection refused",
        ),
    ];
    for (nth, (breaks, check, part)) in rows.into_iter().enumerate() {
        breaks();
        let (code, found) = doctor(home, &[]);
        let it = of(&found, check);
        let both = format!("{} -> {}", it["says"], it["remedy"]);
        assert!(failing(&found).contains(&check) && both.contains(part), "row {nth}: {both}\n{found:#}");
        assert_eq!(code, 1);
        if config.join("elsewhere").exists() {
            std::fs::rename(config.join("elsewhere"), &key).unwrap();
        }
        mode(&key, 0o600);
        std::fs::write(&toml, &text).unwrap();
        std::fs::write(&store, &whole).unwrap();
    }
    assert_eq!(doctor(home, &[]).0, 0, "it is whole again");
}

#[test]
fn a_box_where_there_is_nothing_is_told_what_is_missing_and_stays_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    // words, what fails
    let rows: [(&[&str], &[&str]); 3] = [
        (&[], &["configuration", "data", "key", "store"]),
        (&["--kitchen"], &["configuration", "data"]),
        (&["--server"], &["data", "central"]),
    ];
    for (words, right) in rows {
        let (code, found) = doctor(home.path(), words);
        assert_eq!((code, failing(&found)), (1, right.to_vec()), "{words:?}: {found:#}");
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    let said = comanda(home.path(), &["doctor", "--kitchen", "--server"], "");
    assert_eq!(said.code, 2, "{}", said.err);
    let said = comanda(home.path(), &["doctor", "--url", "http://127.0.0.1:1"], "");
    assert_eq!(said.code, 2, "{}", said.err);
}

#[test]
fn beside_a_register_and_a_server_that_run_all_is_looked_at_and_nothing_disturbed() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::open(folder.path());
    let url = format!("http://{}", server.address);
    let mut register = Register::enrolled("T1", &url, &server);
    register.opens();
    register.says("All changes synced");
    let seen = || {
        let said = register.does(&["doctor", "--json"], "");
        serde_json::from_str::<Value>(&said).unwrap()
    };
    let found = seen();
    assert_eq!(failing(&found), [""; 0], "{found:#}");
    assert_eq!(of(&found, "data")["facts"]["is_open"], true);
    assert!(of(&found, "store")["says"].as_str().unwrap().contains("it is sound"), "{found:#}");
    assert_eq!(of(&found, "link")["facts"]["server"], "comanda");
    assert_eq!(of(&found, "token")["facts"]["is_accepted"], true);
    assert!(of(&found, "clock")["facts"]["ahead_of_server_ms"].as_i64().is_some_and(|ms| ms.abs() < 5_000));
    // A secret that is not the right one, in a file for its user alone.
    register.keeps("server.secret", "not what the server knows, as somebody enrolled another T1");
    let said = std::process::Command::new(crate::premises::BINARY)
        .args(["doctor", "--json", "--data"])
        .args([register.data(), "--config".into(), register.data().with_file_name("comanda.toml")])
        .output()
        .unwrap();
    let found: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!((said.status.code(), failing(&found)), (Some(1), vec!["token"]), "{found:#}");
    assert!(of(&found, "token")["remedy"].as_str().unwrap().contains("comanda enroll"));

    // The server's own box.
    let ask = |words: &[&str]| {
        let mut command = std::process::Command::new(crate::premises::BINARY);
        command.args(["doctor", "--server", "--json", "--data"]).arg(folder.path()).args(words);
        let said = command.output().unwrap();
        (said.status.code().unwrap(), serde_json::from_slice::<Value>(&said.stdout).unwrap())
    };
    let (code, found) = ask(&["--url", &url]);
    assert_eq!((code, failing(&found)), (0, vec![]), "{found:#}");
    assert!(of(&found, "link")["says"].as_str().unwrap().ends_with("it is ready"), "{found:#}");
    assert!(of(&found, "central")["says"].as_str().unwrap().contains("it is sound"), "{LOCATION}: {found:#}");
    assert_eq!(of(&found, "keys")["facts"]["keys"], 1);
    let keys = folder.path().join("server.keys");
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(failing(&ask(&[]).1), ["keys"]);
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o600)).unwrap();
    server.kill();
    assert_eq!(failing(&ask(&["--url", &url]).1), ["link"]);
    register.closes();
}
