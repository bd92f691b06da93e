//! What a start makes of jobs that the last life left behind.

use crate::cashier::key;
use comanda::app::{App, Effect, Input, Settings};
use comanda::domain::Timestamp;
use comanda::domain::slip::{JobState, Slip};
use comanda::printing::Paper;
use comanda::runtime::config::Config;
use comanda::runtime::demo;
use comanda::store::{Durability, Fault, Progress, Store};

/// A ticket as the kitchen gets one.
fn ticket(now: Timestamp) -> Slip {
    let json = serde_json::json!({
        "slip": "ticket", "order_id": "order_0195b7a1-0000-7000-8000-000000000001", "local_number": "T1-0001",
        "station": "kitchen", "kind": "new", "order_type": "dine_in", "table": null, "covers": null,
        "customer_name": null, "due_at": null, "server": "Ana", "sent_at": now, "kitchen_notes": null, "reason": null,
        "lines": [{ "quantity": 1, "name": "Soup", "modifiers": [], "note": null, "course": 1 }],
    });
    serde_json::from_value(json).unwrap()
}

#[test]
fn a_job_of_a_printer_that_is_configured_no_more_is_printed_at_the_register_at_once() {
    // how the last life left the job, whether its print says that it may be the second
    for (state, marked) in [(JobState::Queued, false), (JobState::Sending, true)] {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::utc(1_800_000_000_000);
        let mut dice = comanda::runtime::clock::entropy().unwrap();
        let mut store = Store::create(&folder.path().join("store.db"), Some(&key()), &mut dice).unwrap();
        demo::furnish(&mut store, &demo::menu().unwrap(), now, &mut dice).unwrap();
        let left = Progress { state, attempts: 1, duplicate: false, not_before: None, last_error: None };
        store
            .write(Durability::Synced, |tx| -> Result<(), Fault> {
                let job = tx.spool_add("renamed", &ticket(now), now)?;
                tx.spool_set(job, &left, now)
            })
            .unwrap();
        let config = Config::usual(demo::house());
        let settings = Settings {
            watch: Default::default(),
            substitutes: config.substitutes(),
            printers: config.printers.into_iter().map(|it| it.printer).collect(),
            house: config.house,
            routes: config.routes,
            login_notes: Vec::new(),
            size: (80, 24),
            panel: None,
            line: None,
            has_plug: false,
            boot_id: "test".to_owned(),
        };
        let mut app = App::open(store, settings, dice, now).unwrap();
        let printed = app.handle(now, Input::Woke).into_iter().find_map(|effect| match effect {
            Effect::Print { printer, load, .. } => Some((printer, load)),
            _ => None,
        });
        let (printer, load) = printed.unwrap_or_else(|| panic!("{state:?}: nothing was printed"));
        assert_eq!(printer, "receipt", "{state:?}");
        let mut paper = Paper::new(48);
        paper.feed(&load.bytes).unwrap();
        assert!(paper.text().contains("*** FOR STATION KITCHEN ***") && paper.text().contains("1x Soup"), "{state:?}");
        assert_eq!(paper.text().contains("DUPLICATE?"), marked, "{state:?}");
    }
}
