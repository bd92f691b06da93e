//! A register on which everything has happened that the sync screen can show, put there without a server; and the way
//! through its screens.

use crate::cashier::Cashier;
use comanda::document::{Database, History, Revision, Version};
use comanda::domain::{Menu, Timestamp};
use comanda::store::{Durability, Fault, RejectedWrite, ReviewKind, SyncRow, Tx};
use comanda::tui::touch::Panel;
use serde_json::{Value, json};

/// Keys that lead through every part and every screen behind it, from order entry back to order entry.
pub const TOUR: &[&str] = &[
    "Ctrl+l", "Esc Esc", "F10", "M", "Down", "Down", "Enter", "Esc Esc", "M", "x y", "Tab", "7", "Tab", "Tab", "Right",
    "Left", "Esc Esc", "C", "F", "n o", "Esc Esc", "Esc Esc", "R", "9", "Esc Esc", "M", "Enter", "Esc Esc", "Tab",
    "Enter", "Down", "PgDn", "End", "Home", "Esc Esc", "Tab", "End", "R", "Home", "R", "Esc Esc", "Tab", "Down", "Tab",
    "S", "Tab", "Down", "End", "Esc Esc",
];

/// A register that has sold, been told no, quarrelled and been refused; nobody is logged in.
pub fn register(menu: &Menu, size: (u16, u16), panel: Option<Panel>) -> Cashier {
    let mut cashier = Cashier::with_panel(menu, size, panel);
    cashier.logs_in();
    for _ in 0..6 {
        cashier.keys("A F4");
        cashier.waits();
        cashier.keys("Enter Enter");
    }
    cashier.keys("A I F3 F8 F11");
    let now = cashier.now;
    cashier.restarted(|store| store.write(Durability::Draft, |tx| goes_wrong(tx, now)).unwrap())
}

fn goes_wrong(tx: &Tx<'_>, now: Timestamp) -> Result<(), Fault> {
    let paid: Vec<String> = tx.paid_orders(9)?.iter().map(|row| row.order_id.to_string()).collect();
    let open = tx.open_orders(9)?[0].order_id.to_string();
    let ago = |minutes: i64| now.plus_millis(-minutes * 60_000);
    // Waits: one that the line failed, one that the server said no to.
    tx.postpone(&paid[0], now.plus_millis(45_000), "no answer in time", ago(1))?;
    tx.reject(&paid[1], now.plus_millis(9_000), "items[0].tax_id: `vat` is no tax of the menu", ago(2))?;
    // In Review.
    tx.send_to_review(&paid[2], "items[0].tax_id: `vat-of-another-house` is no tax of the menu", ago(30))?;
    tx.send_to_review(&open, "the server would not take it: customer_name: must be at most 120 characters", ago(9))?;
    tx.submission_done(&paid[3], Some("S-3"), ago(40))?;
    tx.put_review(&paid[3], ReviewKind::Rejected, "total_amount: says 1250, but its lines come to 1200", ago(20))?;
    tx.put_review(&paid[4], ReviewKind::Merged, "it is both completed and cancelled", ago(15))?;
    let payment = tx.payments(paid[4].parse_order())?[0].payment_id.to_string();
    tx.put_review(
        &payment,
        ReviewKind::Quarantined,
        "two versions differ in amount, and cannot both be true",
        ago(14),
    )?;
    // Refused, and from a newer version.
    let refused = RejectedWrite {
        doc_id: paid[4].clone(),
        revision: Revision { generation: 2, digest: [7; 16] },
        error: "too_large".into(),
        reason: "this document has 9,000,000 bytes, and the server takes 8,000,000".into(),
        at: ago(3),
    };
    tx.put_rejected_write(Database::Orders, &refused)?;
    let body = json!({ "_id": "loyalty_1", "type": "loyalty", "points": 7 });
    let history = History::of(Revision::child_of(None, false, &body));
    let newer = Version { doc_id: "loyalty_1".into(), history, deleted: false, body };
    tx.put_version(Database::Orders, &newer, true, now)?;
    // A quarrel.
    let body = tx.document_body(&paid[5])?.expect("it was sold");
    tx.put_conflict(&conflict(&body, ago(60)), now)?;
    for (nth, success) in [true, true, false, true].into_iter().enumerate() {
        let note =
            (!success).then(|| "the server is busy or broken (503): the central database could not commit".into());
        tx.log_sync(&SyncRow {
            lane: ["orders", "payments", "push orders", "menu"][nth].into(),
            success,
            duration_ms: 40 + nth as u32,
            items_count: nth as u32,
            timestamp: ago(10 - nth as i64),
            note,
        })?;
    }
    Ok(())
}

fn conflict(body: &Value, at: Timestamp) -> Value {
    let with = |changes: Value| {
        let mut body = body.clone();
        changes.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        body
    };
    let name = "Benedikt from the corner table, who pays later";
    let theirs = json!({ "_rev": "2-b", "customer_name": name, "table": "7", "edited_by": "T2" });
    json!({
        "_id": format!("conflict_{}_2-b_2-a_T1", body["_id"].as_str().unwrap()),
        "type": "conflict",
        "entity_type": "order",
        "entity_id": body["_id"],
        "local_version": with(json!({ "_rev": "2-a", "customer_name": "Ann", "edited_by": "T1" })),
        "server_version": with(theirs.clone()),
        "resolved_version": with(theirs),
        "resolved_at": at.rfc3339(),
        "register_id": "T1",
        "location_id": body["location_id"],
    })
}

trait ParseOrder {
    fn parse_order(&self) -> comanda::domain::OrderId;
}

impl ParseOrder for String {
    fn parse_order(&self) -> comanda::domain::OrderId {
        comanda::domain::OrderId::read(self).unwrap()
    }
}
