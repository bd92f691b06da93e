//! A server's database is copied while orders come in, lost, and put back from the copy: what came after it comes back
//! from those who hold it, and the books have each order once.

use crate::premises::{BINARY, CALM, LOCATION, Register, Server, ask, differences};
use crate::proxy::{Proxy, Weather};
use crate::pty::{TENDER_HEARS, let_pass};
use comanda::domain::Timestamp;
use comanda::runtime::clock;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// How many orders each of those who send them has at least sent before anybody copies.
const FIRST: usize = 60;
/// How many send at once.
const SENDERS: usize = 3;

/// Runs `comanda server` on a server's data, and gives what it said and whether it was done.
fn server(data: &Path, words: &[&str]) -> (bool, String) {
    let ended = Command::new(BINARY).arg("server").args(words).arg("--data").arg(data).output().unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    (ended.status.success(), String::from_utf8(said).unwrap())
}

/// An order of somebody who only sends orders.
fn order(sender: usize, nth: usize) -> Value {
    json!({ "location_id": LOCATION, "customer_id": null, "order_type": "takeaway", "payment_status": "pending",
            "items": [{ "item_id": "cheeseburger", "quantity": 1 }],
            "created_at": Timestamp::utc(1_773_491_400_000).rfc3339(), "_offline_order": true,
            "_original_order_id": format!("order_0195936f-7a10-7c3e-9a6d-{sender:04x}{nth:08x}") })
}

/// Sends an order and hears that it is accepted.
fn sends(server: &Server, token: &str, order: &Value) {
    let bearer = format!("Authorization: Bearer {token}");
    let (status, said) = ask(server.address, "POST", "/api/v1/orders/create", &[&bearer], &order.to_string());
    assert_eq!(status, 200, "{said}");
}

/// Sells and pays one cheeseburger.
fn sells(register: &mut Register) {
    let till = register.till();
    till.types("A\x1bOS");
    till.wait_for_text("Exact cash");
    // A tender is deaf for a moment after it opened: that is a time, not a state.
    let_pass(TENDER_HEARS);
    till.types("\r");
    till.wait_for_text(" paid, change");
    till.types("\r");
    till.wait_for_text("F3 Send");
    register.says("All changes synced");
}

#[test]
fn a_backup_under_load_is_put_back_and_what_came_after_it_comes_back_once() {
    let folder = tempfile::tempdir().unwrap();
    let (data, kept) = (folder.path(), folder.path().join("kept.sqlite"));
    let mut central = Server::open(data);
    let (told, said) = server(data, &["menu", "import", "--location", LOCATION, "assets/demo/menu.json"]);
    assert!(told, "{said}");
    let proxy = Proxy::before(central.address, 7);
    proxy.has_weather(Weather::Fair);
    let mut register = Register::enrolled("T1", &proxy.url(), &central);
    register.opens();
    sells(&mut register);
    let names: Vec<_> = (0..SENDERS).map(|nth| central.lets_register_in(&format!("X{nth}"))).collect();
    let tokens: Vec<String> = names.iter().map(|name| central.token(name)).collect();

    // Orders come in all the time; each that was acknowledged is held by whoever sent it.
    let (enough, begun) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (during, held) = std::thread::scope(|threads| {
        let sending = |nth: usize| {
            let (central, token, enough, begun) = (&central, &tokens[nth], &enough, &begun);
            threads.spawn(move || {
                let mut sent = 0;
                while !enough.load(Ordering::SeqCst) || sent < FIRST {
                    sends(central, token, &order(nth, sent));
                    sent += 1;
                    begun.fetch_add(usize::from(sent == FIRST), Ordering::SeqCst);
                }
                sent
            })
        };
        let all: Vec<_> = (0..SENDERS).map(sending).collect();
        while begun.load(Ordering::SeqCst) < SENDERS {
            assert!(!all.iter().any(|thread| thread.is_finished()), "somebody cannot send");
            let_pass(Duration::from_millis(5));
        }
        let before = central.numbers().0;
        let (done, said) = server(data, &["backup", kept.to_str().unwrap()]);
        assert!(done, "{said}");
        let during = central.numbers().0 - before;
        sells(&mut register);
        enough.store(true, Ordering::SeqCst);
        (during, all.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<usize>>())
    });
    assert!(during > 0, "the server took orders meanwhile");
    let (count, last) = central.numbers();
    assert_eq!(count as usize, held.iter().sum::<usize>() + 2);
    let log = || central.errors();
    let (done, said) = server(data, &["restore", kept.to_str().unwrap()]);
    assert!(!done && said.contains("is in use"), "a server runs on it: {said}{}", log());

    central.kill();
    let (done, said) = server(data, &["restore", kept.to_str().unwrap()]);
    assert!(done && said.contains("central.sqlite.before-restore-1"), "{said}");
    let (restored, _) = central.numbers();
    assert!(restored < count, "the copy lacks what came later: {restored} of {count}");
    println!("{count} orders, {during} of them while the copy was made; the copy has {restored}");
    central.start();
    proxy.has_server_at(central.address);
    // Those who only send offer all again, as registers do that notice; the register does by itself.
    for (nth, sent) in held.iter().enumerate() {
        let token = central.token(&names[nth]);
        (0..*sent).for_each(|it| sends(&central, &token, &order(nth, it)));
    }
    let deadline = clock::instant() + CALM;
    let own = |lines: Vec<String>| -> Vec<String> {
        let orders = lines.iter().filter(|line| line.starts_with("order ") && line.contains(" of T1 "));
        let ids: Vec<String> = orders.filter_map(|line| Some(line.split(' ').nth(1)?.to_owned())).collect();
        lines.into_iter().filter(|line| ids.iter().any(|id| line.contains(id.as_str()))).collect()
    };
    while own(central.books()) != register.books() || central.numbers().0 < count {
        let told = differences(&register.books(), &own(central.books()));
        assert!(clock::instant() < deadline, "not the same, {:?} of {count}:\n{told}", central.numbers());
        let_pass(Duration::from_millis(50));
    }
    register.says("All changes synced");
    assert_eq!(central.numbers().0, count, "each once, with a number of its own");
    assert!(central.numbers().1 >= last, "numbers go on behind those that were given");
    register.closes();
}
