//! Registers and a server in this process, with bytes between them: what the status bar says and what arrives, while
//! the line comes and goes.

use crate::cashier::{key, rows_of};
use comanda::app::chores::Chore;
use comanda::app::{App, Effect, Input, Reply, Settings};
use comanda::document::{Database, menu};
use comanda::domain::{LocationId, RegisterId, Timestamp};
use comanda::printing::Outcome;
use comanda::runtime::config::Config;
use comanda::runtime::{clock, demo};
use comanda::server::{Replica, Role, Scope, SqliteCentral, at_once};
use comanda::store::care::Checkpointer;
use comanda::store::{Changed, OrderRow, Store};
use comanda::sync::wire::{Answer, Problem, Request, Site, server};
use comanda::sync::{Call, LineSettings, LineTrouble};
use comanda::tui::keys::Key as Press;
use comanda::tui::theme::Mode;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::cell::RefCell;

const SECRET: &str = "what T1 was given when it was enrolled";

/// The server, and how the line to it is.
struct Shop {
    replica: Replica<SqliteCentral>,
    is_up: bool,
    /// Replies that are lost on their way back.
    loses: usize,
    /// Whose secret and token are not taken.
    is_revoked: Option<&'static str>,
    /// The paths that were asked for.
    asked: RefCell<Vec<String>>,
}

impl Shop {
    fn open() -> Shop {
        let central = SqliteCentral::in_memory(&mut clock::entropy().unwrap()).unwrap();
        Shop {
            replica: Replica::new(central, Default::default()),
            is_up: true,
            loses: 0,
            is_revoked: None,
            asked: RefCell::default(),
        }
    }

    /// A server whose menu never had the tax of food eaten in: orders that were sold with it are not what it takes.
    fn with_another_tax() -> Shop {
        let shop = Shop::open();
        let another = demo::MENU.replacen("\"rate_basis_points\": 1000", "\"rate_basis_points\": 1100", 1);
        let menu = menu::read(&another).unwrap();
        let admin = shop.scope(Role::Admin);
        at_once(shop.replica.import_menu(&admin, &menu, begin(), &mut clock::entropy().unwrap())).unwrap();
        shop
    }

    fn scope(&self, role: Role) -> Scope {
        Scope { location_id: demo::house().location_id, role }
    }

    fn serve(&self, asked: &http::Request<Vec<u8>>, now: Timestamp) -> http::Response<Vec<u8>> {
        self.asked.borrow_mut().push(asked.uri().path().to_owned());
        let request = match server::read(asked) {
            Ok(request) => request,
            Err(problem) => return server::write_problem(asked, &problem),
        };
        let bearer = asked.headers().get("authorization").and_then(|it| it.to_str().ok());
        let name = bearer.and_then(|it| it.strip_prefix("Bearer token of "));
        let revoked = |name: &str| self.is_revoked == Some(name);
        let unknown = |detail: &str| {
            Err(Problem { status: 401, code: "unauthorized".into(), detail: detail.into(), field: None })
        };
        let answer = match (&request, name) {
            (Request::Token { register_id, .. }, _) if revoked(register_id) => unknown("its secret was taken back"),
            (_, Some(name)) if revoked(name) => unknown("its secret was taken back"),
            (Request::Token { register_id, secret }, _) => at_once(self.replica.admit(register_id, secret))
                .map(|_| Answer::Token { token: format!("token of {register_id}").into(), expires_in_s: 900 }),
            (Request::Health, _) => self.answer(&request, "T1", now),
            (_, Some(name)) => self.answer(&request, name, now),
            (_, None) => unknown("no token came with it"),
        };
        server::write(&request, &answer)
    }

    fn answer(&self, request: &Request, name: &str, now: Timestamp) -> Result<Answer, Problem> {
        let scope = self.scope(Role::Register(RegisterId(name.into())));
        at_once(self.replica.answer(&scope, request, now, &mut clock::entropy().unwrap()))
    }
}

/// A register and what it waits for.
struct Till {
    app: App,
    name: &'static str,
    checkpointer: Checkpointer,
    now: Timestamp,
    alarm: Timestamp,
    /// Long polls that the server holds, and until when.
    polls: Vec<(Call, Timestamp)>,
    /// What became of chores.
    answers: Vec<Result<String, String>>,
    _folder: tempfile::TempDir,
}

impl Till {
    fn open(name: &'static str, shop: &Shop, now: Timestamp) -> Till {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        let mut store = Store::create(&file, Some(&key()), &mut clock::entropy().unwrap()).unwrap();
        demo::furnish(&mut store, &demo::menu().unwrap(), now, &mut clock::entropy().unwrap()).unwrap();
        let checkpointer = Checkpointer::open(&file, Some(&key())).unwrap();
        let mut config = Config::usual(demo::house());
        config.house.register_id = RegisterId(name.into());
        let scope = shop.scope(Role::Register(RegisterId(name.into())));
        at_once(shop.replica.enrol(&scope, name, SECRET, now)).unwrap();
        let location_id: LocationId = config.house.location_id.clone();
        let line = LineSettings {
            site: Site::comanda("").unwrap(),
            register_id: RegisterId(name.into()),
            location_id,
            secret: Some(SECRET.into()),
            store_id: store.reader().store_id().unwrap(),
            epoch: store.reader().epoch().unwrap(),
        };
        let settings = Settings {
            watch: Default::default(),
            substitutes: config.substitutes(),
            printers: config.printers.into_iter().map(|it| it.printer).collect(),
            house: config.house,
            routes: config.routes,
            login_notes: Vec::new(),
            size: (110, 30),
            panel: None,
            line: Some(line),
            has_plug: true,
            boot_id: "test".to_owned(),
        };
        let app = App::open(store, settings, clock::entropy().unwrap(), now).unwrap();
        Till { app, name, checkpointer, now, alarm: now, polls: Vec::new(), answers: Vec::new(), _folder: folder }
    }

    fn take(&mut self, shop: &mut Shop, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for effect in self.app.handle(self.now, input) {
                match effect {
                    Effect::Print { printer, job, .. } => {
                        inputs.push(Input::Printed { printer, job, outcome: Outcome::Printed });
                    }
                    Effect::Checkpoint => {
                        let settled = self.checkpointer.passive().unwrap().settled;
                        inputs.push(Input::Settled(settled));
                    }
                    Effect::Call(call) => inputs.extend(self.carry(shop, call)),
                    Effect::Alarm(at) => self.alarm = at,
                    Effect::Answer(said) => self.answers.push(said),
                    Effect::Plug { is_in } => shop.is_up = is_in,
                    Effect::Probe { .. } | Effect::BackUp | Effect::Bell | Effect::Quit => {}
                }
            }
        }
    }

    /// Brings a call to the server and its reply back; a long poll to which there is nothing to say stays there.
    fn carry(&mut self, shop: &mut Shop, call: Call) -> Option<Input> {
        let lost = |why: &str| Reply(Err(LineTrouble::Unreachable(why.into())));
        if !shop.is_up {
            return Some(Input::Replied { call: call.id, reply: lost("there is no way there") });
        }
        let response = shop.serve(&call.request, self.now);
        let waits = call.request.uri().query().is_some_and(|query| query.contains("feed=longpoll"));
        let says_nothing = String::from_utf8_lossy(response.body()).contains("\"results\":[]");
        if waits && says_nothing {
            let until = self.now.plus_millis(i64::from(call.reply_within_ms) / 2);
            self.polls.push((call, until));
            return None;
        }
        if shop.loses > 0 {
            shop.loses -= 1;
            return Some(Input::Replied { call: call.id, reply: Reply(Err(LineTrouble::TimedOut)) });
        }
        Some(Input::Replied { call: call.id, reply: Reply(Ok(response)) })
    }

    /// Lets time pass, a second at most at once.
    fn passes(&mut self, shop: &mut Shop, millis: i64) {
        let end = self.now.plus_millis(millis);
        while self.now < end {
            self.now = self.alarm.max(self.now.plus_millis(1)).min(self.now.plus_millis(1_000)).min(end);
            for (call, until) in std::mem::take(&mut self.polls) {
                let answered = self.carry(shop, call);
                let back = self.polls.last().map(|(call, _)| call.clone());
                match (answered, back) {
                    (Some(input), _) => self.take(shop, input),
                    (None, Some(call)) if until <= self.now => {
                        self.polls.pop();
                        let empty = http::Response::new(shop.serve(&call.request, self.now).into_body());
                        self.take(shop, Input::Replied { call: call.id, reply: Reply(Ok(empty)) });
                    }
                    (None, _) => {
                        if let Some((_, held)) = self.polls.last_mut() {
                            *held = until;
                        }
                    }
                }
            }
            if self.alarm <= self.now {
                self.take(shop, Input::Woke);
            }
        }
    }

    fn keys(&mut self, shop: &mut Shop, names: &str) {
        for name in names.split_whitespace() {
            self.now = self.now.plus_millis(200);
            self.take(shop, Input::Key(Press::named(name).unwrap()));
        }
    }

    fn screen(&self) -> Vec<String> {
        let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width: 110, height: 30 });
        self.app.view(self.now, Mode::FULL, &mut buffer);
        rows_of(&buffer)
    }

    /// What the status bar says of the link.
    fn link(&self) -> String {
        let row = self.screen().pop().unwrap();
        let cut = row.find("  receipt").or(row.find(" receipt")).or(row.find(" 3 printers"));
        row[..cut.unwrap_or(row.len())].trim().to_owned()
    }

    fn notice(&self) -> String {
        self.screen()[26].trim().to_owned()
    }

    /// The bodies of its orders, as it has them.
    fn orders(&self) -> Vec<serde_json::Value> {
        let reader = self.app.store().reader();
        let rows = reader.open_orders(100).unwrap().into_iter().chain(reader.paid_orders(100).unwrap());
        rows.filter_map(|row| reader.document_body(&row.order_id.to_string()).unwrap()).collect()
    }
}

fn begin() -> Timestamp {
    Timestamp::from_rfc3339("2026-11-24T12:30:00+01:00").unwrap()
}

#[test]
fn an_offline_lunch_is_accepted_when_the_line_returns_and_the_bar_says_so_all_the_time() {
    let mut shop = Shop::open();
    let mut till = Till::open("T1", &shop, begin());
    till.passes(&mut shop, 5_000);
    assert!(till.link().starts_with("✓ All changes synced"), "{}", till.link());

    shop.is_up = false;
    till.passes(&mut shop, 10_000);
    assert!(till.link().starts_with("⚠ Offline - changes will sync when online (0)"), "{}", till.link());
    assert_eq!(till.notice(), "Working offline - changes will sync when online");
    till.keys(&mut shop, "1 1 1 1 Enter A F4 Enter");
    till.passes(&mut shop, 120_000);
    assert!(till.link().starts_with("⚠ Offline - changes will sync when online (2)"), "{}", till.link());
    assert_eq!(till.orders()[0]["order_number"], "TEMP-T1-0001");

    shop.is_up = true;
    till.passes(&mut shop, 30_000);
    assert!(till.link().starts_with("✓ All changes synced"), "{}", till.link());
    let order = &till.orders()[0];
    assert_eq!((&order["local_number"], &order["payment_status"]), (&"T1-0001".into(), &"paid".into()));
    assert!(!order["order_number"].as_str().unwrap().starts_with("TEMP"), "{order}");
    assert_eq!(order["order_status"], "confirmed");
}

#[test]
fn a_plug_that_is_pulled_and_put_back_shows_at_once() {
    let mut shop = Shop::open();
    let mut till = Till::open("T1", &shop, begin());
    till.passes(&mut shop, 5_000);
    till.keys(&mut shop, "1 1 1 1 Enter Ctrl+p");
    assert_eq!(till.notice(), "The plug is out: sell on, nothing is lost. Ctrl+p puts it back");
    assert!(till.link().starts_with("⚠ Offline - changes will sync when online (0)"), "{}", till.link());
    till.keys(&mut shop, "A F4 Enter F2 Ctrl+p");
    assert_eq!(till.notice(), "The plug is in again: what was sold goes to the server");
    till.passes(&mut shop, 5_000);
    assert!(till.link().starts_with("✓ All changes synced"), "{}", till.link());
    till.keys(&mut shop, "F1");
    let help = till.screen().join("\n");
    assert!(help.contains("Ctrl+p     pulls the network's plug, and puts it back"), "{help}");
}

#[test]
fn a_register_that_was_revoked_sells_on_and_says_what_is_wrong() {
    let mut shop = Shop::open();
    let mut till = Till::open("T1", &shop, begin());
    till.passes(&mut shop, 5_000);
    assert!(till.link().starts_with("✓ All changes synced"), "{}", till.link());
    shop.is_revoked = Some("T1");
    // Its token is not taken any more, and its secret brings no other.
    till.keys(&mut shop, "1 1 1 1 Enter A F4 Enter");
    till.passes(&mut shop, 60_000);
    assert!(till.link().starts_with("✗ Sync error - please check connection"), "{}", till.link());
    assert_eq!(till.orders()[0]["order_number"], "TEMP-T1-0001");
    till.keys(&mut shop, "Esc B F4 Enter");
    assert_eq!(till.orders().len(), 2, "it sells on");
    shop.is_revoked = None;
    till.passes(&mut shop, 600_000);
    assert!(till.link().starts_with("✓ All changes synced"), "{}", till.link());
}

#[test]
fn a_lost_reply_makes_no_second_order() {
    let mut shop = Shop::open();
    let mut till = Till::open("T1", &shop, begin());
    till.passes(&mut shop, 5_000);
    shop.is_up = false;
    till.keys(&mut shop, "1 1 1 1 Enter A F4 Enter");
    till.passes(&mut shop, 30_000);
    (shop.is_up, shop.loses) = (true, 8);
    till.passes(&mut shop, 600_000);
    assert_eq!(shop.loses, 0);
    assert!(till.link().starts_with("✓ All changes synced"), "{}", till.link());
    let numbers: Vec<String> = till.orders().iter().map(|it| it["order_number"].to_string()).collect();
    assert_eq!(numbers.len(), 1);
    till.keys(&mut shop, "1 1 1 1 Enter Esc B F3");
    till.passes(&mut shop, 60_000);
    let second = till.orders().into_iter().map(|it| it["order_number"].to_string()).find(|it| *it != numbers[0]);
    let count = |number: &str| number.trim_matches('"').rsplit('-').next().unwrap().parse::<u32>().unwrap();
    assert_eq!(count(&second.unwrap()), count(&numbers[0]) + 1, "a lost reply took a number");
}

#[test]
fn an_order_goes_from_register_to_register_and_what_both_change_at_once_is_all_kept() {
    let mut shop = Shop::open();
    let (mut one, mut two) = (Till::open("T1", &shop, begin()), Till::open("T2", &shop, begin()));
    let both = |shop: &mut Shop, one: &mut Till, two: &mut Till, millis| {
        for _ in 0..millis / 1_000 {
            one.passes(shop, 1_000);
            two.passes(shop, 1_000);
        }
    };
    one.keys(&mut shop, "1 1 1 1 Enter A F3 F8");
    two.keys(&mut shop, "2 2 2 2 Enter");
    both(&mut shop, &mut one, &mut two, 60_000);
    assert_eq!(two.orders().len(), 1, "{}", two.name);

    shop.is_up = false;
    one.keys(&mut shop, "F2 Enter I F3 F8");
    two.keys(&mut shop, "F2 Enter J F3 F8");
    both(&mut shop, &mut one, &mut two, 20_000);
    shop.is_up = true;
    both(&mut shop, &mut one, &mut two, 120_000);
    let names = |till: &Till| {
        let orders = till.orders();
        let items = orders[0]["items"].as_array().unwrap();
        let mut names: Vec<String> = items.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&one), ["Cheeseburger", "Cola", "Espresso"]);
    assert_eq!(one.orders(), two.orders());
    for till in [&one, &two] {
        assert!(till.link().starts_with("✓ All changes synced"), "{}: {}", till.name, till.link());
    }
    let records =
        one.app.store().reader().conflicts(10).unwrap().len() + two.app.store().reader().conflicts(10).unwrap().len();
    assert!(records > 0, "the conflict was written down");

    // Whoever settled it shows both versions and the result.
    let settled_here = !one.app.store().reader().conflicts(10).unwrap().is_empty();
    let till = if settled_here { &mut one } else { &mut two };
    till.keys(&mut shop, "Ctrl+l Tab Tab Tab");
    let shown = said(till);
    assert!(shown.contains("T1-0001 order") && shown.contains("merged"), "{shown}");
    till.keys(&mut shop, "Enter");
    let shown = said(till);
    for part in
        ["T1-0001: both versions", "Was here (T", "Came (T", "Result", "* Line", "1 Cola: sent", "1 Espresso: sent"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

/// More documents than are offered again at once.
const SOLD: usize = 105;

fn is_offering(till: &Till) -> bool {
    till.app.store().reader().is_offering().unwrap()
}

/// A register that has sold, and finds a server that was made anew: the first step of offering everything is done.
fn offering() -> (Shop, Till) {
    let mut shop = Shop::open();
    let mut till = Till::open("T1", &shop, begin());
    till.keys(&mut shop, "1 1 1 1 Enter");
    for _ in 0..SOLD {
        till.keys(&mut shop, "A F4 Enter");
    }
    till.passes(&mut shop, 60_000);
    assert!(till.link().starts_with("✓ All changes synced"), "{}", till.link());

    let mut shop = Shop::open();
    let other = Till::open("T1", &shop, begin());
    drop(other);
    let mut waited = 0;
    while !is_offering(&till) {
        till.passes(&mut shop, 10);
        waited += 1;
        assert!(waited < 60_000, "it is not found wanting");
    }
    (shop, till)
}

#[test]
fn a_server_that_was_made_anew_is_given_everything_in_steps_while_the_register_sells() {
    let (mut shop, mut till) = offering();
    till.keys(&mut shop, "A F4 Enter");
    till.passes(&mut shop, 600_000);
    assert_eq!(till.notice(), "The server lost data - this register sends it again");
    assert!(!is_offering(&till));
    assert!(till.link().starts_with("✓ All changes synced"), "{}", till.link());
    let mut reader = Till::open("T2", &shop, till.now);
    reader.passes(&mut shop, 60_000);
    let store = reader.app.store().reader();
    let says = |row: &OrderRow| store.document_body(&row.order_id.to_string()).unwrap().unwrap();
    let is_accepted = |row: &OrderRow| says(row)["order_id"].is_string();
    assert_eq!(store.paid_orders(999).unwrap().iter().filter(|row| is_accepted(row)).count(), SOLD + 1);
}

#[test]
fn a_clock_that_is_set_back_while_everything_is_offered_again_holds_nothing_up() {
    let (mut shop, mut till) = offering();
    till.now = till.now.plus_millis(-3 * 3_600_000);
    till.passes(&mut shop, 600_000);
    assert!(!is_offering(&till));
    assert!(till.link().starts_with("✓ All changes synced"), "{}", till.link());
}

/// Whether the server has every leaf of every order and payment of a register.
fn has_all_of(shop: &Shop, till: &Till) -> bool {
    let changes = till.app.store().reader().changes(Database::Orders, 0, u64::MAX, 100).unwrap();
    let leaves = |row: Changed| (row.doc_id, row.leaves.into_iter().map(|leaf| leaf.revision).collect());
    let offered = changes.rows.into_iter().map(leaves).collect();
    let asked = Request::RevsDiff { database: Database::Orders, offered };
    matches!(shop.answer(&asked, till.name, till.now).unwrap(), Answer::RevsDiff(missing) if missing.is_empty())
}

#[test]
fn an_order_that_is_handed_in_is_neither_offered_nor_fetched() {
    let mut shop = Shop::open();
    let mut till = Till::open("T1", &shop, begin());
    till.keys(&mut shop, "1 1 1 1 Enter A F3 F8");
    till.passes(&mut shop, 100_000);
    for _ in 0..3 {
        shop.asked.borrow_mut().clear();
        till.keys(&mut shop, "A F3 F8");
        till.passes(&mut shop, 2_000);
        assert!(has_all_of(&shop, &till));
        let asked = shop.asked.borrow();
        let count = |part: &str| asked.iter().filter(|path| path.contains(part)).count();
        let counts = ["/orders/create", "/orders/_bulk_docs", "/orders/_bulk_get"].map(count);
        assert_eq!(counts, [1, 0, 0], "{asked:?}");
        // Here a long poll that is held is asked for again each time somebody looks.
        let is_other = |path: &&String| path.contains("orders") && !path.ends_with("_changes");
        let others = asked.iter().filter(is_other).count();
        assert!(others <= 4, "{asked:?}");
        assert_eq!(count("_local/presence"), 0, "nobody else can have had it open: {asked:?}");
    }
    // One that stays in hand is told to the others, and told again when it is put aside.
    shop.asked.borrow_mut().clear();
    till.keys(&mut shop, "A F3");
    till.passes(&mut shop, 2_000);
    till.keys(&mut shop, "F8");
    till.passes(&mut shop, 2_000);
    let asked = shop.asked.borrow();
    assert_eq!(asked.iter().filter(|path| path.contains("_local/presence")).count(), 4, "{asked:?}");
}

/// Sells a burger offline at a tax that the server never had, and lets the server say no until a manager must look.
fn rejected() -> (Shop, Till) {
    let mut shop = Shop::with_another_tax();
    shop.is_up = false;
    let mut till = Till::open("T1", &shop, begin());
    till.keys(&mut shop, "1 1 1 1 Enter A F3 F8");
    till.passes(&mut shop, 20_000);
    shop.is_up = true;
    till.passes(&mut shop, 120_000);
    assert_eq!(till.link(), "✗ Sync error - please check connection (1, 1 need review)");
    (shop, till)
}

/// What stands on the screen, without what blanks and frames it.
fn said(till: &Till) -> String {
    till.screen().join("\n").replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_the_server_rejects_is_mended_by_a_manager_and_accepted() {
    let (mut shop, mut till) = rejected();
    till.keys(&mut shop, "Ctrl+l");
    let shown = said(&till);
    for part in [
        "Queue 1 Review 1",
        "T1-0001 order",
        "rejected by the server",
        "Field items[0].tax_rate: `food` was never 10%, included in prices, on the menu",
        "M mends name, table, note or type and submits it. R submits it as it is. C closes it.",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // As it is it is rejected again, one no after the other.
    till.keys(&mut shop, "R 9 9 9 9 Enter");
    assert_eq!(till.notice(), "It is handed to the server again");
    till.keys(&mut shop, "Shift+Tab");
    let shown = said(&till);
    let counted = |no: u32| shown.contains(&format!("Said no Failed Next T1-0001 order 11-24 12:30 {no} 0 "));
    // How soon it is tried again is a matter of dice.
    assert!(counted(1) || counted(2), "{shown}");
    assert!(shown.contains("Last time: Field items[0].tax_rate"), "{shown}");
    till.passes(&mut shop, 60_000);
    assert!(till.link().starts_with("✗ Sync error"), "{}", till.link());

    till.keys(&mut shop, "Tab M A n n Tab 7 Tab Tab Right F3 9 9 9 9 Enter");
    assert_eq!(till.notice(), "T1-0001 is mended and handed to the server again");
    till.passes(&mut shop, 30_000);
    assert!(till.link().starts_with("✓ All changes synced"), "{}", till.link());
    assert!(said(&till).contains("Nothing is in Review."), "{}", said(&till));
    let order = &till.orders()[0];
    assert!(!order["order_number"].as_str().unwrap().starts_with("TEMP"), "{order}");
    assert_eq!([&order["order_type"], &order["customer_name"], &order["table"]], ["takeaway", "Ann", "7"]);
    assert_eq!(order["items"][0]["tax_id"], "takeaway");
    let journal = till.app.store().reader().journal(20).unwrap();
    let mended = journal.iter().find(|row| row.kind == "mend").unwrap();
    assert!(mended.details.contains("\"approved_by\"") && mended.details.contains("order_type"), "{mended:?}");
    assert!(!mended.details.contains("Ann"), "no fact names a guest: {mended:?}");
}

#[test]
fn what_a_manager_closes_stays_here_and_is_sent_no_more() {
    let (mut shop, mut till) = rejected();
    till.keys(&mut shop, "Ctrl+l C E 9 9 9 9 Enter");
    assert_eq!(till.notice(), "Closed: it stays in this register");
    till.passes(&mut shop, 60_000);
    assert!(till.link().starts_with("✓ All changes synced"), "{}", till.link());
    let order = &till.orders()[0];
    assert_eq!(order["order_number"], "TEMP-T1-0001", "it was never accepted");
    let row = till.app.store().reader().journal(20).unwrap().into_iter().find(|row| row.kind == "close_review");
    assert!(row.unwrap().details.contains("\"reason\":\"Agreed with head office\""));

    // The command line can take it up again, by its number, and close it too.
    let chore = |till: &mut Till, shop: &mut Shop, chore| {
        till.take(shop, Input::Chore(chore));
        till.answers.pop().unwrap()
    };
    let id = order["_id"].as_str().unwrap().to_owned();
    let again = chore(&mut till, &mut shop, Chore::Resubmit { named: "t1-0001".into() });
    assert_eq!(again, Err("t1-0001 is not in Review: `comanda sync review list` shows what is".into()));
    let (mut shop, mut till) = rejected();
    let again = chore(&mut till, &mut shop, Chore::Resubmit { named: "t1-0001".into() }).unwrap();
    assert!(again.ends_with("is handed to the server again") && again.starts_with("order_"), "{again}");
    till.passes(&mut shop, 60_000);
    let reason = || "typed by hand".to_owned();
    let closed = chore(&mut till, &mut shop, Chore::CloseReview { named: "T1-0001".into(), reason: reason() });
    assert!(closed.unwrap().ends_with("is closed: it stays in this register"));
    let nothing = chore(&mut till, &mut shop, Chore::CloseReview { named: id, reason: String::new() });
    assert_eq!(nothing, Err("A reason takes 1 to 120 characters".into()));
    assert_eq!(till.app.store().reader().need_review().unwrap(), 0);
    let now = chore(&mut till, &mut shop, Chore::SyncNow);
    assert_eq!(now, Ok("The server is asked now: the status bar shows how it goes".into()));
}

#[test]
fn a_revoked_register_says_so_and_sells_on() {
    let mut shop = Shop::open();
    let mut till = Till::open("T1", &shop, begin());
    till.keys(&mut shop, "1 1 1 1 Enter");
    let location_id = demo::house().location_id;
    assert!(at_once(shop.replica.revoke(&location_id, "T1", begin())).unwrap());
    // Until its token ends, which is renewed a little before.
    till.passes(&mut shop, 900_000 + 60_000);
    assert_eq!(till.notice(), "The server does not let this register in - sales stay here");
    assert!(till.link().starts_with("✗ Sync error - please check connection"), "{}", till.link());
    till.keys(&mut shop, "1 1 1 1 Enter A F4 Enter Esc Esc Ctrl+l");
    let shown = said(&till);
    assert!(shown.contains("Fails Since Why token") && shown.contains("enrol it again"), "{shown}");
    assert_eq!(till.orders().len(), 1);
}
