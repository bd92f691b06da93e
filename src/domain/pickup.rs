//! Which orders guests wait for by their number, and how far each has come. Nothing else of an order is told to guests.

use super::id::{LocalNumber, OrderId};
use super::order::{LineState, Order, OrderType};
use super::time::Timestamp;
use std::collections::BTreeSet;

/// How far an order has come, to the guest who waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Something of it is still to be made.
    Preparing,
    /// All that the guest has not got yet waits at the counter.
    Ready,
}

/// An order that a guest waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickupOrder {
    /// Which.
    pub order_id: OrderId,
    /// Its number as the receipt has it.
    pub local_number: LocalNumber,
    /// How far it has come.
    pub stage: Stage,
    /// Since when it has been there, as far as that is known.
    pub since: Timestamp,
}

/// What is known of an order besides what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// It is paid in full.
    pub is_paid: bool,
    /// When something was last ordered with it, or happened to it.
    pub last_at: Timestamp,
    /// When it became ready; not looked at before it is.
    pub ready_at: Timestamp,
}

/// How a house wants its guests' screens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickupRules {
    /// What guests fetch by its number.
    pub order_types: BTreeSet<OrderType>,
    /// How long a number stays that is ready and paid, and that nobody calls served, in milliseconds after it was ready
    /// and wanted.
    pub ready_leaves_ms: i64,
    /// How long a paid order stays of which nobody says how far it has come, in milliseconds after it was sent
    /// and wanted.
    pub paid_leaves_ms: i64,
}

impl Default for PickupRules {
    /// What is usual: takeaway is fetched at the counter, and within a quarter of an hour.
    fn default() -> PickupRules {
        PickupRules {
            order_types: BTreeSet::from([OrderType::Takeaway]),
            ready_leaves_ms: 15 * 60_000,
            paid_leaves_ms: 60 * 60_000,
        }
    }
}

impl PickupRules {
    /// What guests are told of an order: nothing of one that is not fetched by its number, that nothing is under way
    /// of, or that is taken for fetched.
    pub fn told(&self, order: &Order, known: Waiting, now: Timestamp) -> Option<PickupOrder> {
        let stage = stage(order).filter(|_| self.order_types.contains(&order.header.order_type))?;
        let since = match stage {
            Stage::Preparing => known.last_at,
            // Another box's clock may be ahead of this one's.
            Stage::Ready => known.ready_at.min(now),
        };
        // Who ordered it for later comes later.
        let from = order.header.due_at.map_or(since.unix_ms, |due| due.unix_ms.max(since.unix_ms));
        let is_gone = known.is_paid && now.unix_ms.saturating_sub(from) >= self.leaves_ms(stage);
        let told = PickupOrder { order_id: order.order_id, local_number: order.local_number.clone(), stage, since };
        (!is_gone).then_some(told)
    }

    fn leaves_ms(&self, stage: Stage) -> i64 {
        match stage {
            Stage::Preparing => self.paid_leaves_ms,
            Stage::Ready => self.ready_leaves_ms,
        }
    }
}

/// How far an order has come: as far as what has come least far of it. None where nothing is to be made or fetched.
pub fn stage(order: &Order) -> Option<Stage> {
    let under_way = order.lines.iter().filter(|line| !order.cancelled && line.is_under_way());
    under_way.map(|line| if line.state == LineState::Ready { Stage::Ready } else { Stage::Preparing }).min()
}

#[cfg(test)]
mod tests {
    use super::super::kitchen::tests::{NOW, order};
    use super::*;
    use LineState::{Draft, Preparing, Ready, Sent, Served, Voided};

    #[test]
    fn an_order_is_ready_when_all_of_it_is_and_never_before() {
        // states of its lines, cancelled, how far it has come
        let rows: &[(&[LineState], bool, Option<Stage>)] = &[
            (&[Sent], false, Some(Stage::Preparing)),
            (&[Preparing, Ready], false, Some(Stage::Preparing)),
            (&[Ready, Sent], false, Some(Stage::Preparing)),
            (&[Ready, Ready], false, Some(Stage::Ready)),
            (&[Ready, Voided], false, Some(Stage::Ready)),
            // The drink was handed over, and the rest waits.
            (&[Served, Ready], false, Some(Stage::Ready)),
            (&[Served, Preparing], false, Some(Stage::Preparing)),
            // A dessert that comes later is made again.
            (&[Served, Served, Sent], false, Some(Stage::Preparing)),
            // What was entered and not sent is nobody's yet.
            (&[Ready, Draft], false, Some(Stage::Ready)),
            (&[Draft], false, None),
            (&[Served, Served], false, None),
            (&[Voided], false, None),
            (&[], false, None),
            (&[Sent, Ready], true, None),
        ];
        for (states, cancelled, want) in rows {
            let lines: Vec<_> = states.iter().map(|&state| (1, "Soup", state)).collect();
            let order = Order { cancelled: *cancelled, ..order(&lines) };
            assert_eq!(stage(&order), *want, "{states:?}");
        }
    }

    #[test]
    fn a_number_leaves_when_its_guest_has_gone() {
        use OrderType::{Delivery, DineIn, Takeaway};
        let minute = |minutes: i64| NOW.plus_millis(minutes * 60_000);
        // order type, state, paid, minutes since it was sent and since it was ready, minutes until it is wanted, shown
        type Row = (OrderType, LineState, bool, i64, i64, Option<i64>, bool);
        let rows: &[Row] = &[
            (Takeaway, Sent, false, 0, 0, None, true),
            (DineIn, Sent, false, 0, 0, None, false),
            (Delivery, Ready, false, 0, 0, None, false),
            (Takeaway, Sent, true, 59, 0, None, true),
            (Takeaway, Sent, true, 60, 0, None, false),
            (Takeaway, Sent, false, 600, 0, None, true),
            (Takeaway, Ready, true, 90, 14, None, true),
            (Takeaway, Ready, true, 90, 15, None, false),
            // It is paid when it is fetched.
            (Takeaway, Ready, false, 90, 90, None, true),
            // It was ordered for later.
            (Takeaway, Ready, true, 90, 20, Some(10), true),
            (Takeaway, Ready, true, 90, 20, Some(-14), true),
            (Takeaway, Ready, true, 90, 20, Some(-15), false),
            (Takeaway, Sent, true, 90, 0, Some(-59), true),
            (Takeaway, Sent, true, 90, 0, Some(-60), false),
            // A clock that is ahead makes nothing younger than just ready.
            (Takeaway, Ready, true, 90, -30, None, true),
        ];
        for row in rows {
            let &(order_type, state, is_paid, sent_min, ready_min, due_min, is_shown) = row;
            let mut order = order(&[(1, "Soup", state)]);
            order.header.order_type = order_type;
            order.header.due_at = due_min.map(minute);
            let known = Waiting { is_paid, last_at: minute(-sent_min), ready_at: minute(-ready_min) };
            assert_eq!(PickupRules::default().told(&order, known, NOW).is_some(), is_shown, "{row:?}");
        }
        let all = PickupRules { order_types: OrderType::ALL.into(), ..PickupRules::default() };
        let known = Waiting { is_paid: false, last_at: NOW, ready_at: NOW };
        let told = all.told(&order(&[(1, "Soup", Ready)]), known, NOW).map(|told| told.local_number.to_string());
        assert_eq!(told.as_deref(), Some("T1-0042"));
    }
}
