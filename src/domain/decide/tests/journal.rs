//! Every command but the cursor's is a fact, and no fact names a guest.

use super::*;
use crate::domain::journal::Value;

/// Which commands there are: a new one breaks the build here and needs a row below.
fn kind(command: &Command) -> Option<&'static str> {
    match command {
        Command::AddItem { .. } => Some("add_item"),
        Command::AddAgain => Some("add_again"),
        Command::ChangeQuantity { .. } => Some("change_quantity"),
        Command::SetModifiers { .. } => Some("set_modifiers"),
        Command::NoteLine { .. } => Some("note_line"),
        Command::NoteOrder { .. } => Some("note_order"),
        Command::SetOrderType(_) => Some("set_order_type"),
        Command::SetCustomer { .. } => Some("set_customer"),
        Command::AttachCustomer { .. } => Some("attach_customer"),
        Command::DetachCustomer => Some("detach_customer"),
        Command::AddCustomer { .. } => Some("add_customer"),
        Command::EditCustomer { .. } => Some("edit_customer"),
        Command::RemoveLine { .. } => Some("remove_line"),
        Command::Undo => Some("undo"),
        Command::SelectLine { .. } => None,
        Command::Send => Some("send"),
        Command::Hold => Some("hold"),
        Command::Recall { .. } => Some("recall"),
        Command::Pay { .. } => Some("pay"),
        Command::NoteCharge { .. } => Some("note_charge"),
        Command::VoidLine { .. } => Some("void_line"),
        Command::VoidOrder { .. } => Some("void_order"),
        Command::Advance { .. } => Some("advance"),
        Command::SetPortions { .. } => Some("set_portions"),
        Command::NoSale { .. } => Some("no_sale"),
        Command::Refund { .. } => Some("refund"),
        Command::CorrectTender { .. } => Some("correct_tender"),
        Command::PrintRefund { .. } => Some("print_refund"),
        Command::PrintTickets { .. } => Some("print_tickets"),
        Command::PrintReceipt { .. } => Some("print_receipt"),
        Command::Resubmit { .. } => Some("resubmit"),
        Command::Mend { .. } => Some("mend"),
        Command::CloseReview { .. } => Some("close_review"),
    }
}

// A step of each command that succeeds after the ones before it, and the details of its fact.
const EVENING: &[(&str, &str)] = &[
    ("add 2 burger +cheese", "item_id quantity unit_price line_id"),
    ("again", "line_id"),
    ("qty 1 2", "line_id quantity"),
    ("mods 1 of 1 -onion", "line_id of modifiers"),
    ("note 1 for Ana", "line_id"),
    ("note-order Ana has her birthday", ""),
    ("type takeaway", "order_type"),
    ("customer Ana", "due_at"),
    ("guest Ana Ruiz / 0612 / Rue Ana / 75001 Anaville / Ana rings", "customer_id"),
    ("edit 1 / Ana Lopez / 0612 / Ana 5", "customer_id fields"),
    ("detach", "customer_id"),
    ("attach 1", "customer_id"),
    ("select 1", ""),
    ("remove 2", "line_id item_id quantity"),
    ("undo", ""),
    ("send", "lines stations"),
    ("hold", ""),
    ("recall 1", ""),
    ("advance 1 preparing", "to lines"),
    ("void 1 of 1 cold", "line_id quantity amount reason"),
    ("cash 100", "payment_id tender amount tip rounding change left"),
    ("cash 10000 50", "payment_id tender amount tip rounding change left"),
    ("receipt", "reprint"),
    ("correct 1 2 card 0 why wrong key", "payment_id from to amount tip rounding reason"),
    ("refund 1 100 why cold", "payment_ids amount tip rounding reason"),
    ("slip 1 5", "payment_id reprint"),
    ("tickets 1", "stations"),
    ("no-sale change", "reason"),
    ("left soup 12", "item_id left"),
    ("on-sale soup", "item_id"),
    ("add 1 soup", "item_id quantity unit_price line_id"),
    ("void-order left", "reason amount"),
    ("add 1 soup", "item_id quantity unit_price line_id"),
    ("charged 600", "payment_id tender amount tip rounding change left"),
    ("doubt 1 rejected", ""),
    ("resubmit 1 rejected", "document kind"),
    ("doubt 1 flawed", ""),
    ("mend 1 flawed name Ana note Ana's", "document kind fields"),
    ("doubt 1 merged", ""),
    ("close 1 merged right", "document kind reason"),
];

#[test]
fn every_command_but_the_cursors_is_a_fact_of_its_name() {
    let mut shop = Shop::after("as manager");
    let mut seen = Vec::new();
    for (step, details) in EVENING {
        if step.starts_with("doubt") {
            shop.does(step);
            continue;
        }
        let words: Vec<&str> = step.split_whitespace().collect();
        let command = shop.command(&words);
        let subject = shop.in_hand;
        let entry = shop.carry_out(&command).unwrap().entry;
        let expected = kind(&command);
        assert_eq!(entry.as_ref().map(|it| it.kind), expected, "{step}");
        let Some(entry) = entry else { continue };
        let names: Vec<&str> = entry.details.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.join(" "), *details, "{step}");
        assert!(
            subject.is_none()
                || entry.order_id.is_some()
                || ["no_sale", "set_portions", "edit_customer"].contains(&entry.kind),
            "{step}: of which order?"
        );
        seen.push(entry.kind);
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 32, "every command has a row: {seen:?}");
}

#[test]
fn no_fact_names_a_guest() {
    let mut shop = Shop::after("as manager");
    for (step, _) in EVENING {
        let Some(entry) = shop.does(step).and_then(|decision| decision.entry) else { continue };
        for (name, value) in entry.details {
            let Value::Text(text) = value else { continue };
            assert!(!text.contains("Ana"), "{step}: {name} says {text}");
        }
    }
}

#[test]
fn a_manager_who_agreed_stands_in_the_journal() {
    let mut shop = Shop::after("add 2 soup; send; beside manager");
    for step in ["void 1 of 1 cold", "void-order left", "no-sale change", "add 1 soup; cash 500; refund 2 all why cold"]
    {
        let entry = shop.does(step).and_then(|decision| decision.entry).unwrap();
        assert!(entry.details.contains(&("approved_by", "Mona".into())), "{step}: {entry:?}");
    }
    let entry = Shop::after("as manager").does("no-sale change").and_then(|decision| decision.entry).unwrap();
    assert!(entry.details.iter().all(|(name, _)| *name != "approved_by"), "who acts alone stands there already");
}

#[test]
fn an_empty_order_that_is_dropped_is_a_fact() {
    let entry = Shop::after("type takeaway").does("hold").and_then(|decision| decision.entry).unwrap();
    assert_eq!((entry.kind, entry.details.len()), ("drop_empty", 0));
}

#[test]
fn what_somebody_was_promised_reaches_the_medium_first() {
    let mut shop = Shop::after("as manager");
    for (step, _) in EVENING {
        if step.starts_with("doubt") {
            shop.does(step);
            continue;
        }
        let words: Vec<&str> = step.split_whitespace().collect();
        let command = shop.command(&words);
        let decision = shop.carry_out(&command).unwrap();
        let promised = decision.writes.iter().any(|it| matches!(it, Write::Order(_) | Write::Payment(_)));
        // How far a line has come is a promise to nobody: its commit may wait for the medium.
        let is_promise = promised && !matches!(command, Command::Advance { .. });
        assert!(!is_promise || command.is_synced(), "{step}");
    }
}
