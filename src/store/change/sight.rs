//! Writing what a box of its own sees of orders, and when.

use crate::domain::kitchen::{Sight, sights};
use crate::domain::pickup::{Stage, stage};
use crate::domain::{OrderId, Timestamp};
use crate::store::query::columns::value;
use crate::store::{Fault, Tx};

impl Tx<'_> {
    /// Notes what is seen first of an order as it stands now, and what is seen voided; where it last changed before
    /// `over_before`, that is old news and not shown. Answers whether there is anything new to show.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn see_order(&self, order_id: OrderId, over_before: Option<Timestamp>, now: Timestamp) -> Result<bool, Fault> {
        let doing = "note what this box saw";
        let Some(order) = self.sent_order(order_id)? else { return Ok(false) };
        let had = self.sights(order_id)?;
        let last = "SELECT COALESCE(MAX(watch_seq), 0) AS last FROM watch";
        let next = self.only(doing, last, [], |row| value::<i64>(row, "last"))?.saturating_add(1);
        let is_over = over_before.is_some_and(|before| order.updated_at < before);
        let news = sights(&order, &had, if is_over { 0 } else { next }, now);
        for Sight { line_id, round, seen_at, voided_at } in &news {
            let sql = "INSERT INTO sight (order_id, line_id, round, seen_at, voided_at) VALUES (?1, ?2, ?3, ?4, ?5)
                       ON CONFLICT (order_id, line_id) DO UPDATE SET voided_at = excluded.voided_at";
            let voided_at = voided_at.map(|at| at.unix_ms);
            let values = (order_id.to_string(), line_id.to_string(), round, seen_at.unix_ms, voided_at);
            self.run(doing, sql, values)?;
        }
        let is_news = news.iter().any(|sight| sight.round > 0);
        let order_id = order_id.to_string();
        if is_news {
            let sql = "INSERT INTO watch (watch_seq, order_id, last_at) VALUES (?1, ?2, ?3)
                       ON CONFLICT (order_id) DO UPDATE SET watch_seq = excluded.watch_seq, last_at = excluded.last_at";
            self.run(doing, sql, (next, &order_id, now.unix_ms))?;
        }
        // One that was ready before stays so since then.
        let ready_at = (stage(&order) == Some(Stage::Ready)).then_some(now.unix_ms);
        let sql = "UPDATE watch SET ready_at = CASE WHEN ?2 IS NULL THEN NULL ELSE COALESCE(ready_at, ?2) END
                   WHERE order_id = ?1";
        self.run(doing, sql, (order_id, ready_at))?;
        Ok(is_news)
    }

    /// The clock of this box was set by so many milliseconds: what was seen of the orders that are watched is as old as
    /// before. What is not watched any more is not shown, however old it is.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn shift_sights(&self, by_ms: i64) -> Result<(), Fault> {
        let doing = "set what this box saw by its clock";
        self.run(doing, "UPDATE watch SET last_at = last_at + ?1, ready_at = ready_at + ?1", [by_ms])?;
        let sql = "UPDATE sight SET seen_at = seen_at + ?1, voided_at = voided_at + ?1
                   WHERE order_id IN (SELECT order_id FROM watch)";
        self.run(doing, sql, [by_ms]).map(|_| ())
    }

    /// Watches orders no more of which nothing came for so long, at most `limit`, the oldest first; answers how many.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn watch_no_more(&self, before: Timestamp, limit: u32) -> Result<usize, Fault> {
        let sql = "DELETE FROM watch WHERE watch_seq IN
                   (SELECT watch_seq FROM watch ORDER BY watch_seq LIMIT ?2) AND last_at < ?1";
        self.run("watch old orders no more", sql, (before.unix_ms, limit))
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::kitchen::KitchenRules;
    use crate::domain::pickup::{PickupRules, Stage};
    use crate::domain::{BusinessDate, LineState, Order, OrderType, Timestamp};
    use crate::store::fixtures::{Place, body_elsewhere, now, pay, payment_elsewhere, save, send, take, version};
    use crate::store::{Durability, Store};

    fn minute(minutes: i64) -> Timestamp {
        now().plus_millis(minutes * 60_000)
    }

    fn see(store: &mut Store, order: &Order, is_over: bool, at: Timestamp) -> bool {
        let over_before = is_over.then(|| order.updated_at.plus_millis(1));
        store.write(Durability::Draft, |tx| tx.see_order(order.order_id, over_before, at)).unwrap()
    }

    /// What the screen shows: each ticket's number and its age in minutes.
    fn shown(store: &Store, at: Timestamp) -> Vec<(u32, i64)> {
        let tickets = store.reader().tickets_seen(&KitchenRules::default(), at, 10).unwrap();
        let number = |ticket: &crate::domain::kitchen::KitchenTicket| {
            ticket.local_number.0.rsplit('-').next().and_then(|it| it.parse().ok()).unwrap()
        };
        tickets.iter().map(|ticket| (number(ticket), ticket.age_ms(at) / 60_000)).collect()
    }

    #[test]
    fn ages_run_from_the_first_sight_across_restarts_and_whatever_the_clock_is_set_to() {
        let (place, mut store) = Place::with_store();
        let mut orders: Vec<Order> = (1..=3).map(|number| place.order(number)).collect();
        for order in &mut orders {
            order.lines.push(place.line("Soup", 500));
            save(&mut store, order);
            send(&mut store, order);
        }
        assert!(see(&mut store, &orders[1], false, minute(60)));
        assert!(see(&mut store, &orders[0], false, minute(61)));
        assert!(!see(&mut store, &orders[0], false, minute(62)), "nothing of it is new");
        assert!(!see(&mut store, &orders[2], true, minute(62)), "it was over when it came");
        assert_eq!(shown(&store, minute(65)), [(2, 5), (1, 4)], "in the order in which they came here");
        drop(store);
        let mut store = place.open();
        assert_eq!(shown(&store, minute(66)), [(2, 6), (1, 5)]);
        store.write(Durability::Draft, |tx| tx.shift_sights(-3_600_000)).unwrap();
        assert_eq!(shown(&store, minute(6)), [(2, 6), (1, 5)]);

        // Something is added to one: it comes last, as a ticket of its own.
        orders[1].lines.push(place.line("Wine", 500));
        send(&mut store, &mut orders[1]);
        assert!(see(&mut store, &orders[1], false, minute(7)));
        assert_eq!(shown(&store, minute(7)), [(2, 7), (1, 6), (2, 0)]);
        // What was brought leaves, and so does what was paid a while ago, or was forgotten.
        orders[0].lines[0].state = LineState::Served;
        send(&mut store, &mut orders[0]);
        assert_eq!(shown(&store, minute(8)), [(2, 8), (2, 1)]);
        pay(&mut store, &place.payment(&orders[1], 1000)).unwrap();
        assert_eq!(shown(&store, minute(59)), [(2, 59), (2, 52)]);
        assert_eq!(shown(&store, minute(60)), [(2, 53)]);
        assert_eq!(shown(&store, minute(67)), []);
    }

    #[test]
    fn since_when_an_order_is_ready_stays_across_restarts_and_whatever_the_clock_is_set_to() {
        use LineState::{Ready, Voided};
        use Stage::Preparing;
        let (place, mut store) = Place::with_store();
        let mut order = place.order(1);
        order.header.order_type = OrderType::Takeaway;
        order.lines.extend(["Soup", "Fish"].map(|name| place.line(name, 500)));
        save(&mut store, &order);
        // How far it has come, and for how many minutes.
        let told = |store: &Store, at: Timestamp| {
            let orders = store.reader().pickup_orders_seen(&PickupRules::default(), at, 10).unwrap();
            orders.iter().map(|order| (order.stage, at.millis_since(order.since) / 60_000)).collect::<Vec<_>>()
        };
        let mut comes = |store: &mut Store, at: i64, change: &dyn Fn(&mut Order)| {
            change(&mut order);
            send(store, &mut order);
            see(store, &order, false, minute(at));
            told(store, minute(at))
        };
        assert_eq!(comes(&mut store, 60, &|_| {}), [(Preparing, 0)]);
        assert_eq!(comes(&mut store, 61, &|order| order.lines[0].state = Ready), [(Preparing, 1)]);
        assert_eq!(comes(&mut store, 62, &|order| order.lines[1].state = Ready), [(Stage::Ready, 0)]);
        let notes = |order: &mut Order| order.header.kitchen_notes = Some("a bag".into());
        assert_eq!(comes(&mut store, 63, &notes), [(Stage::Ready, 1)]);
        drop(store);
        let mut store = place.open();
        assert_eq!(told(&store, minute(70)), [(Stage::Ready, 8)]);
        store.write(Durability::Draft, |tx| tx.shift_sights(-3_600_000)).unwrap();
        assert_eq!(told(&store, minute(10)), [(Stage::Ready, 8)]);
        // Something is added, and taken back: it is ready anew.
        let adds = |order: &mut Order| order.lines.push(place.line("Wine", 500));
        assert_eq!(comes(&mut store, 11, &adds), [(Preparing, 0)]);
        assert_eq!(comes(&mut store, 12, &|order| order.lines[2].state = Voided), [(Stage::Ready, 0)]);
        // It is paid, and leaves a while after it was ready.
        pay(&mut store, &place.payment(&order, 1000)).unwrap();
        assert_eq!(told(&store, minute(26)), [(Stage::Ready, 14)]);
        assert_eq!(told(&store, minute(27)), []);
    }

    #[test]
    fn what_nobody_calls_served_is_forgotten_after_half_a_day() {
        let (place, mut store) = Place::with_store();
        let mut order = place.order(1);
        order.lines.push(place.line("Soup", 500));
        save(&mut store, &order);
        send(&mut store, &mut order);
        see(&mut store, &order, false, minute(0));
        assert_eq!(shown(&store, minute(12 * 60 - 1)).len(), 1);
        assert_eq!(shown(&store, minute(12 * 60)), []);
        let forget = |store: &mut Store, at| store.write(Durability::Draft, |tx| tx.watch_no_more(at, 10)).unwrap();
        assert_eq!(forget(&mut store, minute(0)), 0);
        assert_eq!(forget(&mut store, minute(1)), 1);
        assert!(!see(&mut store, &order, false, minute(1)), "what was seen once is never new again");
        let seen = |store: &Store| store.reader().sights(order.order_id).unwrap()[0].seen_at.unix_ms;
        store.write(Durability::Draft, |tx| tx.shift_sights(60_000)).unwrap();
        assert_eq!(seen(&store), minute(0).unix_ms, "a clock that is set moves what is watched alone");
    }

    #[test]
    fn what_was_pulled_is_pruned_as_at_a_register_with_when_it_was_seen() {
        let (place, mut store) = Place::with_store();
        let mut order = place.order(1);
        order.lines.push(place.line("Soup", 500));
        order.lines[0].state = LineState::Sent;
        let came = version(None, false, &body_elsewhere(&order, None));
        let paid = version(None, false, &payment_elsewhere(&place.payment(&order, 500)));
        take(&mut store, &came, true);
        take(&mut store, &paid, true);
        assert!(see(&mut store, &order, false, now()));
        let days = |days: i64| now().plus_millis(days * 86_400_000);
        // the day that this box's clock shows, the day that the server told last, how many orders go
        for (here, there, gone) in [(0, 0, 0), (0, 40, 0), (40, 0, 0), (0, 40, 1)] {
            let pruned = store.write(Durability::Draft, |tx| {
                // Days only move forward.
                tx.note_day(BusinessDate::of(days(here), 0))?;
                tx.note_server_time(days(there))?;
                tx.prune(10)
            });
            let pruned: Result<_, crate::store::Fault> = pruned;
            assert_eq!(pruned.unwrap().orders, gone, "{here} {there}");
        }
        let left = |table: &str| -> i64 {
            let sql = format!("SELECT COUNT(*) FROM {table}");
            store.reader().connection().query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        assert_eq!((left("sight"), left("order_row"), left("document")), (0, 0, 0));
    }
}
