//! How far sent lines have come: preparing, ready, served. What a station does, not what anybody pays.

use super::{Decision, Facts, Write};
use crate::domain::id::LineId;
use crate::domain::order::{LineState, Order};
use crate::domain::refusal::Refusal;

/// Moves lines of the order forward; a paid order's too, as a guest at the counter pays first.
pub(super) fn advance(facts: &Facts, lines: &[LineId], to: LineState) -> Result<Decision, Refusal> {
    let order = facts.order.ok_or(Refusal::NoSuchOrder)?;
    if order.cancelled {
        return Err(Refusal::OrderCancelled(order.local_number.to_string()));
    }
    if lines.is_empty() {
        return Err(Refusal::NoLine);
    }
    let known = facts.sent_header.unwrap_or(&order.header);
    let mut after = Order { header: known.clone(), updated_at: facts.now, ..order.clone() };
    for &wanted in lines {
        let line = after.lines.iter_mut().find(|line| line.line_id == wanted).ok_or(Refusal::NoLine)?;
        match line.state {
            LineState::Draft => return Err(Refusal::LineNotSent(line.name.clone())),
            LineState::Voided => return Err(Refusal::LineVoided(line.name.clone())),
            LineState::Sent | LineState::Preparing | LineState::Ready | LineState::Served => {}
        }
        let leads_on = match to {
            LineState::Preparing | LineState::Ready | LineState::Served => to > line.state,
            LineState::Draft | LineState::Sent | LineState::Voided => false,
        };
        if !leads_on {
            return Err(Refusal::NotForward { name: line.name.clone(), state: line.state.code() });
        }
        line.state = to;
    }
    let ids = lines.iter().map(LineId::to_string).collect::<Vec<_>>().join(" ");
    let entry = facts.entry("advance", order).with("to", to.code()).with("lines", ids);
    let said = match lines {
        [one] => {
            let name = after.line(*one).map_or("", |line| line.name.as_str());
            format!("{} of {}: {}", name, order.local_number, to.code())
        }
        many => format!("{} lines of {}: {}", many.len(), order.local_number, to.code()),
    };
    Ok(Decision::new(vec![Write::Order(after)], entry).saying(said))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::Command;
    use crate::domain::decide::decide;
    use crate::domain::id::{Entropy, LocalNumber, OrderId, StaffId};
    use crate::domain::menu::Parts;
    use crate::domain::order::{Header, Line, OrderType};
    use crate::domain::staff::{Role, Staff};
    use crate::domain::tax::{LineTax, TaxRate};
    use crate::domain::{BusinessDate, Currency, House, Menu, Money, Timestamp};
    use LineState::{Draft, Preparing, Ready, Sent, Served, Voided};

    const NOW: Timestamp = Timestamp { unix_ms: 1_773_491_400_000, offset_min: 60 };

    fn dice() -> Entropy {
        let mut last = 0_u8;
        Entropy::new(move |bytes| {
            last = last.wrapping_add(1);
            bytes.fill(last);
        })
    }

    fn some_line(state: LineState, entropy: &mut Entropy) -> Line {
        let tax = LineTax { tax_id: "t".into(), name: "VAT".into(), rate: TaxRate(1000), included: true };
        Line {
            line_id: LineId::fresh(NOW, entropy),
            item_id: "soup".into(),
            name: "Soup".into(),
            quantity: 1,
            unit_price: Money(500),
            taxes: OrderType::ALL.map(|order_type| (order_type, tax.clone())).into(),
            modifiers: Vec::new(),
            note: None,
            course: 1,
            station: "kitchen".into(),
            state,
            void_reason: None,
        }
    }

    /// An order with lines in these states.
    fn some_order(states: &[LineState]) -> Order {
        let mut entropy = dice();
        Order {
            order_id: OrderId::fresh(NOW, &mut entropy),
            local_number: LocalNumber("T1-0042".into()),
            register_id: "T1".into(),
            business_date: BusinessDate::of(NOW, 240),
            opened_by: "Ana".into(),
            created_at: NOW,
            updated_at: NOW,
            header: Header::new(OrderType::DineIn),
            lines: states.iter().map(|&state| some_line(state, &mut entropy)).collect(),
            cancelled: false,
        }
    }

    /// Advances the lines of these places in the order.
    fn advanced(order: &Order, places: &[usize], to: LineState) -> Result<Vec<LineState>, Refusal> {
        let lines = places.iter().map(|&place| order.lines[place].line_id).collect();
        let after = decided(Some(order), &Command::Advance { order: order.order_id, lines, to })?;
        Ok(after.lines.iter().map(|line| line.state).collect())
    }

    fn decided(order: Option<&Order>, command: &Command) -> Result<Order, Refusal> {
        let currency = Currency::of("EUR").expect("the euro is known");
        let (taxes, categories, items) = (Vec::new(), Vec::new(), Vec::new());
        let parts = Parts { currency, taxes, categories, items, modifier_groups: Vec::new(), modifiers: Vec::new() };
        let menu = Menu::assemble(parts).expect("an empty menu has no flaws");
        let house = House::named("House", "L1", "T1");
        let staff = Staff { staff_id: StaffId::fresh(NOW, &mut dice()), name: "Ana".into(), role: Role::Cashier };
        let number = LocalNumber("T1-0043".into());
        let stock = crate::domain::Stock::default();
        let facts = Facts {
            undone: None,
            stock: &stock,
            promised: 0,
            now: NOW,
            menu: &menu,
            house: &house,
            staff: Some(&staff),
            approved_by: None,
            order,
            sent_header: order.map(|order| &order.header),
            paid: &[],
            cursor: None,
            undo_depth: 0,
            printed_before: 0,
            next_number: (BusinessDate::of(NOW, 240), &number),
            customer: None,
            matters: &[],
        };
        let mut decision = decide(&facts, command, &mut dice())?;
        assert_eq!(decision.entry.map(|entry| entry.kind), Some("advance"));
        match decision.writes.remove(0) {
            Write::Order(after) if decision.writes.is_empty() => Ok(after),
            other => panic!("an advance writes the order and nothing else: {other:?}"),
        }
    }

    #[test]
    fn lines_go_forward_one_by_one_or_in_leaps_and_others_stay() {
        // states before, which lines, to, states after
        type Row = (&'static [LineState], &'static [usize], LineState, &'static [LineState]);
        let rows: &[Row] = &[
            (&[Sent, Sent], &[0], Preparing, &[Preparing, Sent]),
            (&[Preparing, Sent], &[0, 1], Ready, &[Ready, Ready]),
            (&[Sent, Voided, Draft], &[0], Served, &[Served, Voided, Draft]),
            (&[Ready], &[0], Served, &[Served]),
        ];
        for (before, places, to, after) in rows {
            assert_eq!(advanced(&some_order(before), places, *to).as_deref(), Ok(*after), "{before:?} {to:?}");
        }
    }

    #[test]
    fn what_cannot_go_forward_is_refused() {
        let no = |state| Refusal::NotForward { name: "Soup".into(), state };
        // states, which lines, to, the house's no
        let rows = [
            (&[Ready] as &[LineState], &[0_usize] as &[usize], Ready, no("ready")),
            (&[Served], &[0], Preparing, no("served")),
            (&[Sent], &[0], Sent, no("sent")),
            (&[Sent], &[0], Draft, no("sent")),
            (&[Sent], &[0], Voided, no("sent")),
            (&[Sent, Served], &[0, 1], Served, no("served")),
            (&[Draft], &[0], Preparing, Refusal::LineNotSent("Soup".into())),
            (&[Voided], &[0], Ready, Refusal::LineVoided("Soup".into())),
            (&[Sent], &[], Ready, Refusal::NoLine),
        ];
        for (states, places, to, refusal) in rows {
            assert_eq!(advanced(&some_order(states), places, to), Err(refusal), "{states:?} {to:?}");
        }
        let order = Order { cancelled: true, ..some_order(&[Sent]) };
        assert_eq!(advanced(&order, &[0], Ready), Err(Refusal::OrderCancelled("T1-0042".into())));
        let other = some_order(&[Sent]);
        let lines = vec![LineId::fresh(NOW.plus_millis(1), &mut dice())];
        let command = Command::Advance { order: other.order_id, lines, to: Ready };
        assert_eq!(decided(Some(&other), &command), Err(Refusal::NoLine));
        assert_eq!(decided(None, &command), Err(Refusal::NoSuchOrder));
    }
}
