//! The built binary and its server: enrolment, and a register that talks to what its configuration names, whatever
//! stands there.

use crate::command_line::{INIT, comanda};
use crate::peer::{Asked, Peer, Play, answer, healthy, nobody};
#[cfg(feature = "server")]
use crate::premises::Server;
use crate::pty::Till;
use portable_pty::CommandBuilder;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A home with a register that has a menu.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for (args, input) in [(&INIT[..], "9999\n"), (&["menu", "import", "assets/demo/menu.json"], "")] {
        let said = comanda(home.path(), args, input);
        assert_eq!(said.code, 0, "{}", said.err);
    }
    home
}

fn config(home: &Path) -> PathBuf {
    home.join(".config/comanda/comanda.toml")
}

fn secret(home: &Path) -> PathBuf {
    home.join(".local/share/comanda/server.secret")
}

fn enrolled(location: &str, register: &str) -> Play {
    let body =
        format!(r#"{{"location_id":"{location}","role":"register","register_id":"{register}","secret":"hush"}}"#);
    answer("201 Created", "application/json", &body)
}

/// What a register sent as its code.
fn code(asked: &Asked) -> String {
    serde_json::from_str::<Value>(&asked.body).unwrap()["code"].as_str().unwrap().to_owned()
}

/// What it proposed as its secret.
fn secret_of(asked: &Asked) -> String {
    serde_json::from_str::<Value>(&asked.body).unwrap()["secret"].as_str().unwrap().to_owned()
}

/// A server's answer to it.
fn given(asked: &Asked) -> Play {
    let secret = secret_of(asked);
    let body = format!(r#"{{"location_id":"L1","role":"register","register_id":"T1","secret":"{secret}"}}"#);
    answer("201 Created", "application/json", &body)
}

fn problem(status: &str, code: &str, detail: &str) -> Play {
    let body = format!(r#"{{"type":"/problems/{code}","title":"x","status":401,"detail":"{detail}"}}"#);
    answer(status, "application/problem+json", &body)
}

#[test]
fn a_one_time_code_makes_a_register_known_and_its_secret_is_its_own() {
    let home = home();
    let peer = Peer::start(|asked: &Asked| match code(asked).as_str() {
        "K7MQ-2X9P" => enrolled("L1", "T1"),
        _ => problem("401 Unauthorized", "unauthorized", "this code is not known"),
    });
    let url = peer.url();
    // arguments, what is typed, exit code, part of what is said
    let rows: [(&[&str], &str, i32, &str); 8] = [
        (&["enroll"], "K7MQ-2X9P\n", 1, "no server is set up: say where it is with --server"),
        (&["enroll", "--server", "pos.example"], "K7MQ-2X9P\n", 1, "it must begin with https:// or http://"),
        (&["enroll", "--server", "http://10.255.255.1"], "K7MQ-2X9P\n", 1, "is plain HTTP"),
        (&["enroll", "--server", &url], "\n", 1, "there is no code; nothing was changed"),
        (
            &["enroll", "--server", &url],
            "WRONG\n",
            1,
            "does not take this code (this code is not known): ask for another",
        ),
        (&["enroll", "--server", &url], " K7MQ-2X9P\n", 0, "T1 is enrolled at http://localhost:"),
        (&["enroll"], "K7MQ-2X9P\n", 0, "Next: `comanda register`"),
        (&["enroll", "--server", "https://other.example"], "K7MQ-2X9P\n", 1, "names another server, http://localhost:"),
    ];
    for (args, input, code, says) in rows {
        let said = comanda(home.path(), args, input);
        assert!(
            said.code == code && (said.out.contains(says) || said.err.contains(says)),
            "{args:?}: {}{}",
            said.out,
            said.err
        );
        assert!(!said.out.contains("hush") && !said.out.contains("K7MQ") && !said.err.contains("K7MQ"));
        assert_eq!(secret(home.path()).exists(), std::fs::read_to_string(config(home.path())).unwrap().contains(&url));
    }
    assert_eq!(std::fs::read_to_string(secret(home.path())).unwrap(), "hush\n");
    assert_eq!(secret(home.path()).metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(peer.asked().iter().all(|asked| asked.line == "POST /api/v1/auth/enroll"));
}

#[test]
fn a_register_whose_answer_was_lost_proposes_the_same_secret_again() {
    let home = home();
    let proposed = home.path().join(".local/share/comanda/server.secret.proposed");
    let lost = || Play::Cut(b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{".to_vec());
    // what the server does, exit code, whether what was proposed is proposed again: a code may have been mistyped
    let rows: Vec<(Box<dyn Fn(&Asked) -> Play + Send + Sync>, i32, bool)> = vec![
        (Box::new(move |_| lost()), 1, true),
        (Box::new(|_| answer("503 Busy", "text/plain", "")), 1, true),
        (Box::new(|_| problem("401 Unauthorized", "unauthorized", "this code is not known")), 1, true),
        (Box::new(move |_| lost()), 1, true),
        (Box::new(|_| problem("422 Unprocessable Content", "not_valid", "secret: too easy")), 1, false),
        (Box::new(move |_| lost()), 1, true),
        (Box::new(|_| enrolled("L1", "T2")), 1, false),
        (Box::new(move |_| lost()), 1, true),
        (Box::new(given), 0, false),
        (Box::new(given), 0, false),
    ];
    let (mut former, kept): (Option<String>, PathBuf) = (None, secret(home.path()));
    for (nth, (play, code, stays)) in rows.into_iter().enumerate() {
        let peer = Peer::start(move |asked| play(asked));
        let text = std::fs::read_to_string(config(home.path())).unwrap();
        let text = text.split("\n[server]").next().unwrap();
        std::fs::write(config(home.path()), format!("{text}\n[server]\nurl = '{}'\n", peer.url())).unwrap();
        let said = comanda(home.path(), &["enroll"], "K7MQ\n");
        assert_eq!(said.code, code, "row {nth}: {}", said.err);
        let secret = secret_of(&peer.asked()[0]);
        assert_eq!(secret.len(), 64, "row {nth}");
        if let Some(former) = &former {
            assert_eq!(*former, secret, "row {nth}");
        }
        assert_eq!(proposed.exists(), stays, "row {nth}");
        if stays {
            assert_eq!(proposed.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            assert!(!said.err.contains(&secret), "{}", said.err);
        }
        if code == 0 {
            assert_eq!(std::fs::read_to_string(&kept).unwrap(), format!("{secret}\n"));
        }
        former = stays.then_some(secret);
    }
}

#[test]
fn a_code_that_does_not_fit_enrols_nobody() {
    let home = home();
    // what the server does, part of what is said
    let rows: Vec<(Box<dyn Fn() -> Play + Send + Sync>, &str)> = vec![
        (Box::new(|| enrolled("L2", "T1")), "the code is for register T1 of L2, and this is register T1 of L1"),
        (Box::new(|| enrolled("L1", "T2")), "the code is for register T2 of L1, and this is register T1 of L1"),
        (
            Box::new(|| {
                let body = r#"{"location_id":"L1","role":"kitchen","name":"T1\u001b[2J","secret":"hush"}"#;
                answer("201 Created", "application/json", body)
            }),
            "the code is for kitchen T1?[2J of L1",
        ),
        (Box::new(|| answer("200 OK", "text/html", "<html>")), "this is not the server's answer"),
        (
            Box::new(|| Play::Cut(b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{".to_vec())),
            "the answer was cut off",
        ),
        (Box::new(|| answer("503 Busy", "text/plain", "")), "try again in a minute"),
    ];
    for (play, says) in rows {
        let peer = Peer::start(move |_| play());
        let said = comanda(home.path(), &["enroll", "--server", &peer.url()], "K7MQ\n");
        assert!(said.code == 1 && said.err.contains(says), "{}", said.err);
        assert!(
            !secret(home.path()).exists() && !said.err.contains("hush") && !said.err.contains('\u{1b}'),
            "{}",
            said.err
        );
    }
    let said = comanda(home.path(), &["enroll", "--server", &nobody()], "K7MQ\n");
    assert!(said.code == 1 && said.err.contains("cannot be reached: connection refused"), "{}", said.err);
    std::fs::write(config(home.path()), "[house\n").unwrap();
    let said = comanda(home.path(), &["enroll"], "K7MQ\n");
    assert!(said.code == 1 && said.err.contains("unclosed table"), "{}", said.err);
}

/// The server's answer to a kitchen's screen.
fn given_to_kitchen(asked: &Asked) -> Play {
    let secret = secret_of(asked);
    let body = format!(r#"{{"location_id":"L1","role":"kitchen","name":"K1","secret":"{secret}"}}"#);
    answer("201 Created", "application/json", &body)
}

#[test]
fn a_code_is_not_lost_where_a_configuration_cannot_be_written() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join(".config/comanda-kitchen/comanda.toml");
    let secret = home.path().join(".local/share/comanda-kitchen/server.secret");
    let enroll = |url: &str| comanda(home.path(), &["enroll", "--server", url, "--kitchen"], "K7MQ\n");
    // A file in the place of the directory: it is seen before anybody is asked.
    std::fs::create_dir(home.path().join(".config")).unwrap();
    std::fs::write(config.parent().unwrap(), "").unwrap();
    let peer = Peer::start(given_to_kitchen);
    let said = enroll(&peer.url());
    assert!(said.code == 1 && said.err.contains("a part of the path is not a directory"), "{}", said.err);
    assert!(peer.asked().is_empty() && !secret.exists(), "the code was not shown");
    std::fs::remove_file(config.parent().unwrap()).unwrap();
    // Something takes its place while the server is asked: the same code is typed again, and the secret is the same.
    let (place, first) = (config.clone(), std::sync::atomic::AtomicBool::new(true));
    let peer = Peer::start(move |asked| {
        if first.swap(false, std::sync::atomic::Ordering::Relaxed) {
            std::fs::create_dir(&place).unwrap();
        }
        given_to_kitchen(asked)
    });
    let said = enroll(&peer.url());
    let told = "then type the same code again within 10 minutes";
    assert!(
        said.code == 1 && said.err.contains("the server took the code, but") && said.err.contains(told),
        "{}",
        said.err
    );
    assert!(!secret.exists(), "it is kept once all is");
    std::fs::remove_dir(&config).unwrap();
    let said = enroll(&peer.url());
    assert!(said.code == 0 && said.out.contains("Kitchen K1 of L1 is enrolled at"), "{}{}", said.out, said.err);
    let asked = peer.asked();
    assert_eq!(secret_of(&asked[0]), secret_of(&asked[1]));
    assert_eq!(std::fs::read_to_string(&secret).unwrap().trim_end(), secret_of(&asked[1]));
    assert!(std::fs::read_to_string(&config).unwrap().contains("name = \"K1\""));
}

#[test]
fn a_register_says_for_whom_it_asks_so_that_no_code_of_another_is_used_up() {
    let home = home();
    let peer = Peer::start(|_| {
        let detail = "the code is for register T2 of L1, and this is register T1 of L1; it is not used up";
        let body = format!(r#"{{"type":"/problems/another_device","title":"x","status":409,"detail":"{detail}"}}"#);
        answer("409 Conflict", "application/problem+json", &body)
    });
    let said = comanda(home.path(), &["enroll", "--server", &peer.url()], "K7MQ\n");
    let told =
        "this is register T1 of L1; it is not used up: type it there, and ask for one that is made for this device";
    assert!(said.code == 1 && said.err.contains(told), "{}", said.err);
    let body: Value = serde_json::from_str(&peer.asked()[0].body).unwrap();
    let of = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    assert_eq!([of("role"), of("location_id"), of("register_id")], ["register", "L1", "T1"]);
    assert!(!secret(home.path()).exists());
}

/// Opens the register, with a server in its configuration.
fn register(home: &Path, server: &str) -> Till {
    let text = std::fs::read_to_string(config(home)).unwrap();
    std::fs::write(config(home), format!("{text}\n[server]\n{server}\n")).unwrap();
    Till::start(&["register"], home, (120, 30))
}

fn keep(home: &Path, mode: u32) {
    std::fs::write(secret(home), "hush\n").unwrap();
    std::fs::set_permissions(secret(home), std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_register_talks_to_the_server_that_its_configuration_names() {
    let home = home();
    keep(home.path(), 0o600);
    let peer = Peer::start(|asked: &Asked| match asked.line.as_str() {
        "GET /api/v1/health" => healthy(),
        "POST /api/v1/auth/token" if asked.body == r#"{"register_id":"T1","secret":"hush"}"# => {
            answer("200 OK", "application/json", r#"{"token":"a.b.c","expires_in_s":900}"#)
        }
        "GET /api/v1/menu/sync" => answer("200 OK", "application/json", r#"{"cursor":"1","full":false}"#),
        _ => answer("503 Busy", "text/plain", ""),
    });
    let mut till = register(home.path(), &format!("url = '{}'", peer.url()));
    till.wait_for_text("Syncing...");
    till.wait_for("the menu was asked for", |_| peer.asked().iter().any(|asked| asked.line.contains("/menu/sync")));
    let asked = peer.asked();
    assert_eq!(asked[0].line, "GET /api/v1/health");
    let with = |path: &str| asked.iter().find(|asked| asked.line.contains(path)).unwrap().head.clone();
    assert!(with("/menu/sync").contains("authorization: bearer a.b.c"), "{}", with("/menu/sync"));
    till.types("\u{11}");
    assert_eq!(till.end(), 0);
    let log = std::fs::read_to_string(home.path().join(".local/share/comanda/comanda.log")).unwrap();
    assert!(log.contains("the server answers") && !log.contains("hush") && !log.contains("a.b.c"), "{log}");
}

#[test]
fn a_register_sells_whatever_stands_in_the_place_of_its_server() {
    let portal = Peer::start(|_| answer("200 OK", "text/html", "<html>Log in to the Wi-Fi</html>"));
    let away =
        Peer::start(|_| Play::Say(b"HTTP/1.1 302 Found\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n".to_vec()));
    let stranger = Peer::start(|_| problem("401 Unauthorized", "unauthorized", "no"));
    let deaf = Peer::start(|_| Play::Hold(Vec::new()));
    // where the server is said to be, what the bar says
    let rows = [
        (portal.url(), "Offline - changes will sync when online"),
        (away.url(), "Offline - changes will sync when online"),
        (deaf.url(), "Offline - changes will sync when online"),
        (nobody(), "Offline - changes will sync when online"),
        (stranger.url(), "Syncing..."),
    ];
    for (url, says) in rows {
        let home = home();
        let mut till = register(home.path(), &format!("url = '{url}'"));
        till.wait_for_text("Not enrolled at the server yet: comanda enroll");
        till.wait_for_text(says);
        till.types("9999\r");
        till.wait_for_text("Nothing ordered yet");
        till.types("A");
        till.wait_for_text("1 line not sent");
        till.signal("TERM");
        assert_eq!(till.end(), 0, "{url}");
    }
}

#[test]
fn a_register_does_not_open_on_a_server_that_is_written_wrong() {
    let home = home();
    let text = std::fs::read_to_string(config(home.path())).unwrap();
    // what stands under [server], where, what is said
    let rows = [
        ("url = 'http://pos.example'", 1, "is plain HTTP"),
        ("url = 'https://pos.example'\nproxy = 'proxy.shop'", 2, "`proxy.shop` is not the address of a proxy"),
    ];
    for (server, line, says) in rows {
        std::fs::write(config(home.path()), format!("{text}\n[server]\n{server}\n")).unwrap();
        let said = comanda(home.path(), &["register"], "");
        let at = format!("{}:", text.lines().count() + 2 + line);
        assert!(said.code == 1 && said.err.contains(says) && said.err.contains(&at), "{}", said.err);
    }
}

#[test]
fn a_register_sells_without_a_line_where_the_machine_refuses_what_a_line_takes() {
    // what stands under [server], what the login screen says, what the bar says, a part of what the log says
    let couch = "url = 'https://couch.example'\nkind = 'couchdb'\ndatabases = { orders = 'o' }\nuser = 't1'";
    let (no_line, offline) = ("No line to the server: the sync screen says why", "Offline - changes will sync");
    let rows = [
        (
            "url = 'http://localhost:9'",
            "Its secret cannot be used: see the log, or comanda enroll",
            offline,
            "its mode is 0640, so others can read it: chmod 600",
        ),
        (
            "url = 'https://pos.example'\nca_file = 'none.pem'",
            no_line,
            offline,
            "none.pem: it does not exist: name a PEM file",
        ),
        (couch, no_line, offline, "there is no password: name its file as password_file under [server]"),
    ];
    for (server, note, bar, says) in rows {
        let home = home();
        keep(home.path(), 0o640);
        let mut till = register(home.path(), server);
        till.wait_for_text(note);
        till.wait_for_text(bar);
        till.types("9999\r");
        till.wait_for_text("Nothing ordered yet");
        if note == no_line {
            // F10 is the row of more, M is the sync screen.
            till.types("\x1b[21~M");
            till.wait_for_text("link");
            till.wait_for_text(says.split(':').next().unwrap());
            till.types("\x1b\x1b");
        }
        till.types("A");
        till.wait_for_text("1 line not sent");
        till.signal("TERM");
        assert_eq!(till.end(), 0, "{server}");
        let log = std::fs::read_to_string(home.path().join(".local/share/comanda/comanda.log")).unwrap();
        assert!(log.contains(says), "{log}");
    }
}

#[test]
fn what_a_register_was_given_last_goes_before_a_credential_of_former_times() {
    let home = home();
    keep(home.path(), 0o600);
    let handed_in = home.path().join("credentials");
    std::fs::create_dir(&handed_in).unwrap();
    std::fs::write(handed_in.join("comanda.server-secret"), "former\n").unwrap();
    let peer = Peer::start(|asked: &Asked| match asked.line.as_str() {
        "GET /api/v1/health" => healthy(),
        _ => problem("401 Unauthorized", "unauthorized", "no"),
    });
    let text = std::fs::read_to_string(config(home.path())).unwrap();
    std::fs::write(config(home.path()), format!("{text}\n[server]\nurl = '{}'\n", peer.url())).unwrap();
    // what lies beside the store, with which secret it asks
    for (has_own, secret) in [(true, "hush"), (false, "former")] {
        if !has_own {
            std::fs::remove_file(self::secret(home.path())).unwrap();
        }
        let mut command = CommandBuilder::new("env");
        command.arg(format!("CREDENTIALS_DIRECTORY={}", handed_in.display()));
        command.args([env!("CARGO_BIN_EXE_comanda"), "register"]);
        let mut till = Till::run(command, home.path(), (120, 30));
        let body = format!(r#"{{"register_id":"T1","secret":"{secret}"}}"#);
        till.wait_for("its secret is told", |_| peer.asked().iter().any(|asked| asked.body == body));
        till.signal("TERM");
        assert_eq!(till.end(), 0);
    }
}

#[test]
fn a_register_that_was_opened_without_the_server_says_that_it_must_be_opened_again() {
    let home = home();
    let peer = Peer::start(|_| enrolled("L1", "T1"));
    let mut till = Till::start(&["register"], home.path(), (120, 30));
    till.wait_for_text("Local only");
    let said = comanda(home.path(), &["enroll", "--server", &peer.url()], "K7MQ\n");
    let told = "But this register was opened without that server: close it and open it again.";
    assert!(said.code == 0 && said.out.contains("T1 is enrolled at") && said.out.contains(told), "{}", said.out);
    till.signal("TERM");
    assert_eq!(till.end(), 0);
}

#[cfg(feature = "server")]
#[test]
fn a_new_register_sells_from_the_menu_of_its_server() {
    let home = tempfile::tempdir().unwrap();
    let does = |args: &[&str], input: &str| comanda(home.path(), args, input);
    assert_eq!(does(&INIT, "9999\n").code, 0);
    let no_menu = "this register has no menu: import one with `comanda menu import FILE`, or enrol it at a server";
    let said = does(&["register"], "");
    assert!(said.code == 1 && said.err.contains(no_menu), "{}", said.err);

    let data = tempfile::tempdir().unwrap();
    let mut server = Server::open(data.path());
    std::fs::write(secret(home.path()), server.lets_register_in("T1").secret.as_bytes()).unwrap();
    std::fs::set_permissions(secret(home.path()), std::fs::Permissions::from_mode(0o600)).unwrap();
    let text = std::fs::read_to_string(config(home.path())).unwrap();
    let url = format!("http://{}", server.address);
    std::fs::write(config(home.path()), format!("{text}\n[server]\nurl = '{url}'\n")).unwrap();
    let said = does(&["register"], "");
    let told = "could not fetch its server's: it has none for this location: see that the server runs and has one";
    assert!(said.code == 1 && said.err.contains(told), "{}", said.err);

    let central = data.path().join("central.sqlite");
    let named = format!("sqlite:{}", central.display());
    let import = ["server", "menu", "import", "assets/demo/menu.json", "--location", "L1", "--central", &named];
    assert_eq!(does(&import, "").code, 0);
    server.kill();
    let said = does(&["register"], "");
    assert!(said.code == 1 && said.err.contains("could not fetch its server's: "), "{}", said.err);
    server.start();
    let text = text + &format!("\n[server]\nurl = 'http://{}'\n", server.address);
    std::fs::write(config(home.path()), text).unwrap();
    let mut till = Till::start(&["register"], home.path(), (120, 30));
    till.wait_for_text("Who is there?");
    till.types("9999\r");
    till.wait_for_text("F3 Send");
    till.types("A");
    till.wait_for_text("1 line not sent");
    till.signal("TERM");
    assert_eq!(till.end(), 0);
}
