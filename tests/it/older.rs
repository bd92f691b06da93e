//! A store of an older program, opened by this one: the register is there at once, and catches up behind the keys.

use crate::cashier::Cashier;
use comanda::document::customer::CustomerContext;
use comanda::domain::id::CustomerId;
use comanda::domain::{Contact, Customer};
use comanda::runtime::clock;
use comanda::store::{Durability, Store};
use std::path::Path;

/// Writes so many customers down.
fn write_customers(store: &mut Store, count: u32) {
    let (location_id, edited_by) = (&"demo".into(), &"T1".into());
    let context = CustomerContext { location_id, edited_by };
    let (mut dice, now) = (clock::entropy().unwrap(), clock::now());
    let written = store.write(Durability::Draft, |tx| {
        (0..count).try_for_each(|nth| {
            let phone = Some(format!("06 {:02} {:02} 56 78", nth / 100 % 100, nth % 100));
            let contact = Contact { name: format!("Maria Garcia {nth}"), phone, ..Contact::default() };
            let customer_id = CustomerId::fresh(now, &mut dice);
            tx.put_customer(&Customer { customer_id, contact, created_at: now, updated_at: now }, &context, now)
        })
    });
    let written: Result<(), comanda::store::Fault> = written;
    written.unwrap();
}

/// As a program that knew no words of customers left it.
fn make_older(store: &Path) {
    let connection = rusqlite::Connection::open(store).unwrap();
    if cfg!(feature = "cipher") {
        let key: String = [7_u8; 32].map(|byte| format!("{byte:02x}")).concat();
        connection.execute_batch(&format!("PRAGMA key = \"x'{key}'\"")).unwrap();
    }
    connection.execute_batch("DELETE FROM customer_word; UPDATE customer_row SET words = NULL").unwrap();
}

#[test]
fn customers_of_an_older_store_are_found_soon_and_no_frame_waits_for_them() {
    let menu = comanda::document::menu::read(include_str!("../../assets/demo/menu.json")).unwrap();
    let cashier = Cashier::with_menu(&menu, (100, 30));
    let file = cashier.store_file();
    let mut cashier = cashier.restarted(|store| {
        write_customers(store, 1_000);
        make_older(&file);
    });
    let found = |cashier: &Cashier| cashier.reader().customers("maria", 50).unwrap().len();
    assert_eq!(found(&cashier), 0, "it is open before any is read");
    cashier.logs_in();
    assert_eq!(found(&cashier), 0, "no key reads any");
    assert!(!cashier.app().is_settled());
    let mut wakes = 0;
    while cashier.reader().has_unread_customers().unwrap() {
        cashier.wakes(100);
        wakes += 1;
        assert!(found(&cashier) > 0, "some are found");
    }
    assert!((5..=20).contains(&wakes), "in {wakes} steps");
    cashier.wakes(100);
    assert_eq!((found(&cashier), cashier.app().is_settled()), (50, true));
}
