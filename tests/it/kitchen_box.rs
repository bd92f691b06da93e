//! A kitchen's screen on a box of its own, the shipped programs together: a server, a register and the screen, each a
//! process on a directory of its own.

use crate::command_line::comanda;
use crate::premises::{BINARY, KitchenBox, LOCATION, Register, Server, ask};
use crate::proxy::Proxy;
use comanda::runtime::clock;
use comanda::server::Role;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Keys as a terminal sends them: F3 and F6.
pub const SEND: &str = "\x1bOR";
const VOID: &str = "\x1b[17~";
/// Ctrl+e.
const SOLD_OUT: &str = "\x05";
/// From Send at the register to the kitchen's screen, in CI.
pub const QUICK: Duration = Duration::from_secs(1);
/// Longer than anything takes that does not hang.
pub const PATIENCE: Duration = Duration::from_secs(40);

pub fn bells(kitchen: &KitchenBox) -> usize {
    kitchen.screen().raw().matches('\x07').count()
}

pub fn sells(register: &mut Register, typed: &str, shown: &str) -> Instant {
    let till = register.till();
    till.types(&format!("{typed}\r"));
    till.wait_for_text(shown);
    let at = clock::instant();
    till.types(SEND);
    at
}

#[test]
fn what_a_register_sends_is_on_the_box_in_the_kitchen_within_a_second_whoever_goes_away() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::open(folder.path());
    let proxy = Proxy::before(server.address, 7);
    let mut register = Register::enrolled("T1", &proxy.url(), &server);
    let mut kitchen = KitchenBox::enrolled("K1", &server, &proxy.url());
    kitchen.opens();
    kitchen.shows(&["Nothing to make", "LIVE"], PATIENCE);
    register.opens();
    register.says("All changes synced");

    sells(&mut register, "2*cola", "2 Cola");
    let took = kitchen.shows(&["2x Cola", "T1-0001", "NEW"], QUICK);
    println!("from F3 to the other box: {} ms", took.as_millis());
    assert_eq!(bells(&kitchen), 1);
    sells(&mut register, "cheeseburger", "1 Cheeseburger");
    let took = kitchen.shows(&["1x Cheeseburger"], QUICK);
    println!("once more: {} ms", took.as_millis());
    assert_eq!(bells(&kitchen), 2);
    // A void rings, and is shown in reverse for a moment.
    let till = register.till();
    till.wait_for_text("Everything is sent");
    till.types(VOID);
    till.wait_for_text("why?");
    till.types("A");
    kitchen.shows(&["VOID 1x"], QUICK);
    assert_eq!(bells(&kitchen), 3);

    // The server dies, and that is seen at once; what was sent stays.
    server.kill();
    let took = kitchen.shows(&["OFFLINE", "no link to the server", "2x Cola"], Duration::from_secs(12));
    println!("from the server's death to OFFLINE: {} ms", took.as_millis());
    sells(&mut register, "espresso", "1 Espresso");
    // A register that dies before it says that it is sent has not sent it.
    register.till().wait_for_text("•1 Espresso");
    register.says("Offline");
    // The register dies, too, and the screen is switched off and on.
    register.kill();
    kitchen.screen.as_ref().unwrap().signal("TERM");
    assert_eq!(kitchen.screen.take().unwrap().end(), 0);
    kitchen.opens();
    kitchen.shows(&["OFFLINE", "2x Cola", "T1-0001"], PATIENCE);
    assert!(!kitchen.screen().screen().join("\n").contains("Espresso"), "nobody could tell it");

    server.start();
    proxy.has_server_at(server.address);
    kitchen.shows(&["LIVE", "2x Cola"], PATIENCE);
    register.opens();
    kitchen.shows(&["1x Espresso", "LIVE"], PATIENCE);
    // It never wrote at the server, nor asked it to take anything.
    let name = |asked: &str| asked.contains("_bulk_docs") || asked.contains("/create") || asked.contains("_revs_diff");
    drop(register);
    let before = proxy.exchanges().len();
    kitchen.shows(&["LIVE"], PATIENCE);
    assert!(proxy.exchanges()[before..].iter().all(|it| !name(&it.asked)), "{}", proxy.log(20));
    assert_eq!(std::fs::read_to_string(folder.path().join("stderr.txt")).unwrap(), "");
}

#[test]
fn a_box_of_its_own_names_what_is_sold_out() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::open(folder.path());
    let central = format!("sqlite:{}", server.central().display());
    let menu = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/menu.json");
    let words = ["server", "menu", "import", "--location", LOCATION, menu, "--central", &central];
    let imported = Command::new(BINARY).args(words).output().unwrap();
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let url = format!("http://{}", server.address);
    let mut register = Register::enrolled("T1", &url, &server);
    let mut kitchen = KitchenBox::enrolled("K1", &server, &url);
    kitchen.opens();
    kitchen.shows(&["Nothing to make", "LIVE"], PATIENCE);
    register.opens();
    register.says("All changes synced");
    let till = register.till();
    till.types(SOLD_OUT);
    till.wait_for_text("Sold out (86)");
    till.types("cola\r");
    till.wait_for_text("Cola is sold out (86)");
    kitchen.shows(&["86 Cola", "LIVE"], PATIENCE);
}

#[test]
fn a_kitchens_token_only_reads() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::open(folder.path());
    let heads = [server.lets_in(Role::Kitchen, "K1"), server.lets_register_in("T1")].map(|who| {
        [format!("Authorization: Bearer {}", server.token(&who)), "Content-Type: application/json".to_owned()]
    });
    let [kitchen, register] = [0, 1].map(|nth: usize| heads[nth].iter().map(String::as_str).collect::<Vec<_>>());
    // What a register wrote is not changed or deleted either.
    let (status, said) = ask(server.address, "PUT", "/sync/orders/note_1", &register, r#"{"type":"note"}"#);
    assert_eq!(status, 201, "{said}");
    let rev = serde_json::from_str::<serde_json::Value>(&said).unwrap()["rev"].as_str().unwrap().to_owned();
    let id = "order_019cec53-0000-7000-8000-000000000001";
    let order = format!(r#"{{"_id":"{id}","type":"order","location_id":"{LOCATION}"}}"#);
    let submission = order.replace("}", &format!(r#","_offline_order":true,"_original_order_id":"{id}"}}"#));
    let docs = format!(r#"{{"new_edits":false,"docs":[{order}]}}"#);
    // method, path, body, status
    let rows = [
        ("GET", "/sync/orders/_changes", String::new(), 200),
        ("GET", "/api/v1/menu/sync", String::new(), 200),
        ("POST", "/sync/orders/_bulk_docs", docs.clone(), 403),
        ("POST", "/sync/customers/_bulk_docs", docs.clone(), 403),
        ("POST", "/sync/audit/_bulk_docs", docs.clone(), 403),
        ("POST", "/sync/menu/_bulk_docs", docs, 403),
        ("POST", "/sync/orders", order.clone(), 403),
        ("PUT", &format!("/sync/orders/{id}"), order, 403),
        ("PUT", &format!("/sync/orders/note_1?rev={rev}"), r#"{"type":"note","a":1}"#.to_owned(), 403),
        ("DELETE", &format!("/sync/orders/note_1?rev={rev}"), String::new(), 403),
        ("PUT", "/sync/orders/_local/mine", "{}".to_owned(), 403),
        ("POST", "/api/v1/orders/create", submission.clone(), 403),
        ("POST", "/api/v1/payments/create", submission, 403),
    ];
    for (method, path, body, status) in rows {
        let (was, said) = ask(server.address, method, path, &kitchen, &body);
        assert_eq!(was, status, "{method} {path}: {said}");
    }
    assert_eq!(server.books(), Vec::<String>::new());
    let (_, feed) = ask(server.address, "GET", "/sync/orders/_changes", &kitchen, "");
    let feed: serde_json::Value = serde_json::from_str(&feed).unwrap();
    let stands = feed["results"].as_array().unwrap();
    assert!(stands.len() == 1 && stands[0]["changes"][0]["rev"] == rev.as_str(), "{feed}");
}

#[test]
fn a_screen_is_enrolled_once_and_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::open(folder.path());
    let url = format!("http://{}", server.address);
    let new = KitchenBox::new();
    let home = new.home.path();
    let no_config = "write it with `comanda enroll --server URL --kitchen`";
    let plain = ["enroll", "--server", "http://10.255.255.1", "--kitchen"];
    // arguments, what is typed, code, part of what is said
    let says = |args: &[&str], typed: &str, code: i32, part: &str| {
        let said = comanda(home, args, typed);
        assert!(said.code == code && (said.out + &said.err).contains(part), "{args:?}: {part}");
    };
    says(&["kitchen", "--server"], "", 1, no_config);
    says(&["enroll", "--kitchen"], "X\n", 1, "no server is set up: say where it is with --server");
    says(&plain, "X\n", 1, "is plain HTTP");
    let enroll = ["enroll", "--server", &url, "--kitchen"];
    says(&enroll, "K7MQ-2XWD-9RTB-4HVN\n", 1, "this device was not enrolled: the server does not take this code");
    says(&enroll, &server.code("--register", "T7"), 1, "the code is for register T7 of L1, and this is a screen");
    assert!(!new.config().exists() && !new.data().join("server.secret").exists());
    says(&enroll, &server.code("--kitchen", "K1"), 0, "Next: `comanda kitchen --server`");
    assert_eq!(mode(&new.data().join("server.secret")), 0o600);
    says(&["enroll", "--kitchen"], &server.code("--kitchen", "K2"), 1, "the code is for kitchen K2 of L1, and this is");
    says(&["enroll", "--kitchen"], &server.code("--kitchen", "K1"), 0, "Kitchen K1 of L1 is enrolled");
    says(&["kitchen", "--server", "http://10.255.255.1:1/", "--demo"], "", 2, "cannot be used with");
    std::fs::remove_file(new.data().join("server.secret")).unwrap();
    says(&["kitchen", "--server"], "", 1, "is not enrolled at its server: `comanda enroll --kitchen`");
    // A register in the same home has other places.
    assert!(!home.join(".local/share/comanda").exists() && !home.join(".config/comanda").exists());
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}
