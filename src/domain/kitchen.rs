//! What a station must make, seen by order and by send, as a kitchen screen shows it.
//!
//! How far each line has come stands in the order; when it was sent, on the ticket that told the station. Which line
//! stood on which ticket follows from the order in which both were written: lines only ever join at the end, but for
//! what stays of a line that was voided in part. A kitchen's box of its own has no such tickets: `sight` makes them of
//! what it saw, and when.

mod sight;

pub use sight::{SEEN_SHOWN_MS, Sight, sights, tickets_seen};

use super::id::{LineId, LocalNumber, OrderId, StationId};
use super::order::{Line, LineModifier, LineState, Order, OrderType};
use super::slip::{Ticket, TicketKind, TicketLine};
use super::time::Timestamp;
use std::collections::BTreeMap;

/// How long a void stays in sight, in milliseconds.
pub const VOID_SHOWN_MS: i64 = 5 * 60_000;
/// When a ticket of an earlier business day that nobody called served is taken for forgotten, in milliseconds.
pub const LEFT_OVER_MS: i64 = 6 * 3_600_000;

/// A ticket as a station was given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentTicket {
    /// Greater than that of every ticket before.
    pub sequence: i64,
    /// The ticket.
    pub ticket: Ticket,
}

/// One line that a station must make, or must stop making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitchenLine {
    /// Which.
    pub line_id: LineId,
    /// How many; of a void, how many of it were taken back.
    pub quantity: u32,
    /// Of what.
    pub name: String,
    /// `+ Cheese`, `- NO Onion`.
    pub modifiers: Vec<String>,
    /// What the cashier wrote about it.
    pub note: Option<String>,
    /// Which course it belongs to, from 1.
    pub course: u8,
    /// How far it has come.
    pub state: LineState,
}

/// What one send told one station, as far as it still matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitchenTicket {
    /// Greater than that of every ticket that was sent before; 0 when no paper was ever asked for.
    pub sequence: i64,
    /// Of which order.
    pub order_id: OrderId,
    /// The order's number.
    pub local_number: LocalNumber,
    /// Whose.
    pub station: StationId,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// The station knew the order before.
    pub is_addition: bool,
    /// How the guest takes it.
    pub order_type: OrderType,
    /// Which table.
    pub table: Option<String>,
    /// Whose it is.
    pub customer_name: Option<String>,
    /// When it is wanted.
    pub due_at: Option<Timestamp>,
    /// A word about all of it.
    pub kitchen_notes: Option<String>,
    /// What to make and what not, as it was entered.
    pub lines: Vec<KitchenLine>,
}

/// An order of which everything was brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoneOrder {
    /// Which.
    pub order_id: OrderId,
    /// Its number.
    pub local_number: LocalNumber,
    /// What each station made of it.
    pub tickets: Vec<KitchenTicket>,
}

/// How much a ticket hurries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// All of it was brought.
    Done,
    /// There is nothing left to make of it.
    Stopped,
    /// All of it waits at the pass.
    Ready,
    /// In good time.
    New,
    /// Soon late.
    Warn,
    /// Late.
    Late,
}

impl Urgency {
    /// The word that stands on a ticket.
    pub fn word(self) -> &'static str {
        match self {
            Urgency::Done => "DONE",
            Urgency::Stopped => "VOID",
            Urgency::Ready => "READY",
            Urgency::New => "NEW",
            Urgency::Warn => "WARN",
            Urgency::Late => "LATE",
        }
    }
}

/// How long a station may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From when it should hurry, in milliseconds.
    pub warn_ms: i64,
    /// From when it is late, in milliseconds.
    pub late_ms: i64,
}

impl Pace {
    /// So many minutes.
    pub fn minutes(warn: i64, late: i64) -> Pace {
        Pace { warn_ms: warn * 60_000, late_ms: late * 60_000 }
    }
}

/// How a house wants its kitchen's screens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitchenRules {
    /// How long a station may take that has no pace of its own.
    pub pace: Pace,
    /// Order types with a pace of their own, at stations that have none.
    pub order_types: BTreeMap<OrderType, Pace>,
    /// Stations with a pace of their own.
    pub stations: BTreeMap<StationId, Pace>,
    /// Order types with a pace of their own at one station.
    pub station_order_types: BTreeMap<(StationId, OrderType), Pace>,
    /// How long a ticket of a paid order stays that nobody calls served, in milliseconds after it was sent or wanted.
    pub paid_leaves_ms: i64,
}

impl Default for KitchenRules {
    /// What is usual: 3 and 5 minutes at the bar, 5 and 8 elsewhere; what is paid leaves after an hour.
    fn default() -> KitchenRules {
        KitchenRules {
            pace: Pace::minutes(5, 8),
            order_types: BTreeMap::new(),
            stations: BTreeMap::from([("bar".into(), Pace::minutes(3, 5))]),
            station_order_types: BTreeMap::new(),
            paid_leaves_ms: 60 * 60_000,
        }
    }
}

impl KitchenRules {
    /// How long a station may take for an order of this type: what is said of both, else of the station, else of the
    /// type.
    pub fn pace_of(&self, station: &StationId, order_type: OrderType) -> Pace {
        let of_both = self.station_order_types.get(&(station.clone(), order_type));
        let found = of_both.or_else(|| self.stations.get(station)).or_else(|| self.order_types.get(&order_type));
        found.copied().unwrap_or(self.pace)
    }

    /// Whether a ticket of a paid order is taken for brought, though nobody said so: the guest has gone.
    pub fn is_over(&self, ticket: &KitchenTicket, now: Timestamp) -> bool {
        let since = ticket.due_at.map_or(ticket.sent_at.unix_ms, |due| due.unix_ms.max(ticket.sent_at.unix_ms));
        now.unix_ms.saturating_sub(since) >= self.paid_leaves_ms
    }
}

impl KitchenTicket {
    /// How long ago it was sent; a clock that was set back makes nothing younger than just sent.
    pub fn age_ms(&self, now: Timestamp) -> i64 {
        now.millis_since(self.sent_at).max(0)
    }

    /// How much it hurries: by its age, or by the time when it is wanted.
    pub fn urgency(&self, now: Timestamp, pace: Pace) -> Urgency {
        let under_way = || self.lines.iter().filter(|line| line.state != LineState::Voided);
        if under_way().next().is_none() {
            return Urgency::Stopped;
        }
        if under_way().all(|line| line.state == LineState::Served) {
            return Urgency::Done;
        }
        if under_way().all(|line| line.state == LineState::Ready) {
            return Urgency::Ready;
        }
        let spent_ms = match self.due_at {
            // As if it had been sent when it must be begun to be in time.
            Some(due) => self.age_ms(now).min(pace.late_ms - due.millis_since(now)),
            None => self.age_ms(now),
        };
        match spent_ms {
            late if late >= pace.late_ms => Urgency::Late,
            soon if soon >= pace.warn_ms => Urgency::Warn,
            _ => Urgency::New,
        }
    }
}

/// An order as it is looked at again when everything of it was brought: a ticket for each station.
pub fn done(order: &Order) -> DoneOrder {
    let mut stations: BTreeMap<&StationId, Vec<KitchenLine>> = BTreeMap::new();
    for line in order.lines.iter().filter(|line| !matches!(line.state, LineState::Draft | LineState::Voided)) {
        stations.entry(&line.station).or_default().push(kitchen_line(line, line.quantity));
    }
    let one = |(station, lines)| KitchenTicket { lines, ..ticket(order, station, None) };
    DoneOrder {
        order_id: order.order_id,
        local_number: order.local_number.clone(),
        tickets: stations.into_iter().map(one).collect(),
    }
}

/// What stations still must make of an order, and what they were told to stop making in the last minutes.
pub fn tickets(order: &Order, sent: &[SentTicket], now: Timestamp) -> Vec<KitchenTicket> {
    let mut stations: BTreeMap<&StationId, Vec<&Line>> = BTreeMap::new();
    for line in order.lines.iter().filter(|line| line.state != LineState::Draft) {
        stations.entry(&line.station).or_default().push(line);
    }
    let shown = |(station, lines): (&StationId, Vec<&Line>)| of_station(order, station, &lines, sent, now);
    stations.into_iter().flat_map(shown).collect()
}

fn of_station(
    order: &Order,
    station: &StationId,
    lines: &[&Line],
    sent: &[SentTicket],
    now: Timestamp,
) -> Vec<KitchenTicket> {
    let mut told: Vec<&SentTicket> = Vec::new();
    for one in sent.iter().filter(|one| one.ticket.station == *station) {
        // The same ticket on paper twice is one ticket.
        if !told.iter().any(|other| other.ticket == one.ticket) {
            told.push(one);
        }
    }
    let of = |kinds: &[TicketKind]| -> Vec<(&SentTicket, &TicketLine)> {
        let wanted = told.iter().filter(|one| kinds.contains(&one.ticket.kind));
        wanted.flat_map(|&one| one.ticket.lines.iter().map(move |line| (one, line))).collect()
    };
    let mut to_make = of(&[TicketKind::New, TicketKind::Addition]).into_iter().peekable();
    let mut voids = of(&[TicketKind::Void]);
    let mut found: Vec<KitchenTicket> = Vec::new();
    let mut on = to_make.peek().map(|(one, _)| *one);
    let mut left_on_paper = to_make.len();
    for (nth, line) in lines.iter().enumerate() {
        let is_what_stayed = nth > 0 && is_rest(lines[nth - 1], line) && lines.len() - nth > left_on_paper;
        if !is_what_stayed
            && let Some(ahead) = to_make.clone().position(|(_, written)| is_written(written, line, line.quantity))
        {
            on = to_make.nth(ahead).map(|(one, _)| one);
            left_on_paper -= ahead + 1;
        }
        let rest = lines.get(nth + 1).filter(|next| line.state == LineState::Voided && is_rest(line, next));
        let quantity = line.quantity - rest.map_or(0, |rest| rest.quantity);
        if is_shown(order, line, quantity, &mut voids, now) {
            let ticket = ticket(order, station, on);
            match found.last_mut().filter(|last| last.sequence == ticket.sequence) {
                Some(last) => last.lines.push(kitchen_line(line, quantity)),
                None => found.push(KitchenTicket { lines: vec![kitchen_line(line, quantity)], ..ticket }),
            }
        }
    }
    found
}

/// Whether a line is what stayed of the voided one before it.
fn is_rest(voided: &Line, line: &Line) -> bool {
    voided.state == LineState::Voided
        && line.quantity < voided.quantity
        && (&line.item_id, &line.modifiers, &line.note) == (&voided.item_id, &voided.modifiers, &voided.note)
}

fn is_written(written: &TicketLine, line: &Line, quantity: u32) -> bool {
    (written.quantity, &written.name, &written.note) == (quantity, &line.name, &line.note)
        && written.modifiers == words(line)
}

fn words(line: &Line) -> Vec<String> {
    line.modifiers.iter().map(LineModifier::words).collect()
}

/// Whether a line is still to be made or brought, or was voided a moment ago; the ticket that voided it is used up.
fn is_shown(
    order: &Order,
    line: &Line,
    quantity: u32,
    voids: &mut Vec<(&SentTicket, &TicketLine)>,
    now: Timestamp,
) -> bool {
    if line.state != LineState::Voided {
        return line.is_under_way();
    }
    let at = voids.iter().position(|(_, written)| is_written(written, line, quantity));
    let voided_at = at.map_or(order.updated_at, |at| voids.remove(at).0.ticket.sent_at);
    now.millis_since(voided_at) < VOID_SHOWN_MS
}

fn ticket(order: &Order, station: &StationId, on: Option<&SentTicket>) -> KitchenTicket {
    let header = order.header.clone();
    KitchenTicket {
        sequence: on.map_or(0, |on| on.sequence),
        order_id: order.order_id,
        local_number: order.local_number.clone(),
        station: station.clone(),
        sent_at: on.map_or(order.created_at, |on| on.ticket.sent_at),
        is_addition: on.is_some_and(|on| on.ticket.kind == TicketKind::Addition),
        order_type: header.order_type,
        table: header.table,
        customer_name: header.customer_name,
        due_at: header.due_at,
        kitchen_notes: header.kitchen_notes,
        lines: Vec::new(),
    }
}

fn kitchen_line(line: &Line, quantity: u32) -> KitchenLine {
    KitchenLine {
        line_id: line.line_id,
        quantity,
        name: line.name.clone(),
        modifiers: words(line),
        note: line.note.clone(),
        course: line.course,
        state: line.state,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::id::Entropy;
    use crate::domain::order::Header;
    use crate::domain::tax::{LineTax, TaxRate};
    use crate::domain::{BusinessDate, Money};
    use LineState::{Preparing, Ready, Sent, Served, Voided};

    pub(in crate::domain) const NOW: Timestamp = Timestamp { unix_ms: 1_773_491_400_000, offset_min: 60 };

    pub(in crate::domain) fn order(lines: &[(u32, &str, LineState)]) -> Order {
        let mut last = 0_u8;
        let mut entropy = Entropy::new(move |bytes| {
            last = last.wrapping_add(1);
            bytes.fill(last);
        });
        let tax = LineTax { tax_id: "t".into(), name: "VAT".into(), rate: TaxRate(1000), included: true };
        let mut line = |&(quantity, name, state): &(u32, &str, LineState)| Line {
            line_id: LineId::fresh(NOW, &mut entropy),
            item_id: name.into(),
            name: name.into(),
            quantity,
            unit_price: Money(500),
            taxes: OrderType::ALL.map(|order_type| (order_type, tax.clone())).into(),
            modifiers: Vec::new(),
            note: None,
            course: 1,
            station: "kitchen".into(),
            state,
            void_reason: None,
        };
        let lines = lines.iter().map(&mut line).collect();
        Order {
            order_id: OrderId::read("order_01890a5d-ac96-774b-bcce-b302099a8057").expect("an id reads"),
            local_number: LocalNumber("T1-0042".into()),
            register_id: "T1".into(),
            business_date: BusinessDate::of(NOW, 240),
            opened_by: "Ana".into(),
            created_at: NOW,
            updated_at: NOW,
            header: Header::new(OrderType::DineIn),
            lines,
            cancelled: false,
        }
    }

    /// A ticket that was printed as job `minute`, in that minute.
    fn sent(minute: i64, kind: TicketKind, lines: &[(u32, &str)]) -> SentTicket {
        let of = order(&[]);
        let line = |&(quantity, name): &(u32, &str)| TicketLine {
            quantity,
            name: name.into(),
            modifiers: Vec::new(),
            note: None,
            course: 1,
        };
        let ticket = Ticket {
            order_id: of.order_id,
            local_number: of.local_number,
            station: "kitchen".into(),
            kind,
            order_type: OrderType::DineIn,
            table: None,
            covers: None,
            customer_name: None,
            delivery: None,
            due_at: None,
            server: "Ana".into(),
            sent_at: NOW.plus_millis(minute * 60_000),
            kitchen_notes: None,
            lines: lines.iter().map(line).collect(),
            reason: None,
        };
        SentTicket { sequence: minute, ticket }
    }

    pub(super) fn words(tickets: &[KitchenTicket]) -> Vec<String> {
        let line = |line: &KitchenLine| {
            let void = if line.state == Voided { "VOID " } else { "" };
            format!("{void}{} {}", line.quantity, line.name)
        };
        let one = |ticket: &KitchenTicket| {
            format!("{}: {}", ticket.sequence, ticket.lines.iter().map(line).collect::<Vec<_>>().join(", "))
        };
        tickets.iter().map(one).collect()
    }

    #[test]
    fn lines_stand_on_the_ticket_that_told_of_them() {
        use TicketKind::{Addition, Change, New, Void};
        // lines of the order; tickets; minute of the look; what the kitchen sees
        type Row<'a> = (&'a [(u32, &'a str, LineState)], &'a [SentTicket], i64, &'a [&'a str]);
        let rows: &[Row] = &[
            (&[(2, "Soup", Sent)], &[], 1, &["0: 2 Soup"]),
            (&[(2, "Soup", Sent)], &[sent(1, New, &[(2, "Soup")])], 2, &["1: 2 Soup"]),
            (
                &[(2, "Soup", Ready), (1, "Fish", Served), (2, "Soup", Sent)],
                &[sent(1, New, &[(2, "Soup"), (1, "Fish")]), sent(2, Change, &[]), sent(3, Addition, &[(2, "Soup")])],
                4,
                &["1: 2 Soup", "3: 2 Soup"],
            ),
            // The same ticket on paper twice.
            (
                &[(1, "Soup", Sent), (1, "Soup", Sent)],
                &[
                    sent(1, New, &[(1, "Soup")]),
                    SentTicket { sequence: 2, ..sent(1, New, &[(1, "Soup")]) },
                    sent(3, Addition, &[(1, "Soup")]),
                ],
                4,
                &["1: 1 Soup", "3: 1 Soup"],
            ),
            // One of three taken back, and then two more ordered: what stayed keeps its place.
            (
                &[(3, "Soup", Voided), (2, "Soup", Sent), (2, "Soup", Sent)],
                &[sent(1, New, &[(3, "Soup")]), sent(2, Void, &[(1, "Soup")]), sent(3, Addition, &[(2, "Soup")])],
                4,
                &["1: VOID 1 Soup, 2 Soup", "3: 2 Soup"],
            ),
            (
                &[(3, "Soup", Voided), (2, "Soup", Voided), (1, "Soup", Preparing)],
                &[sent(1, New, &[(3, "Soup")]), sent(2, Void, &[(1, "Soup")]), sent(9, Void, &[(1, "Soup")])],
                10,
                &["1: VOID 1 Soup, 1 Soup"],
            ),
            // A void is seen for five minutes, and then no more.
            (
                &[(1, "Soup", Voided)],
                &[sent(1, New, &[(1, "Soup")]), sent(2, Void, &[(1, "Soup")])],
                6,
                &["1: VOID 1 Soup"],
            ),
            (&[(1, "Soup", Voided)], &[sent(1, New, &[(1, "Soup")]), sent(2, Void, &[(1, "Soup")])], 7, &[]),
            (&[(1, "Soup", Served), (1, "Fish", LineState::Draft)], &[sent(1, New, &[(1, "Soup")])], 2, &[]),
        ];
        for (lines, sent, minute, seen) in rows {
            let found = tickets(&order(lines), sent, NOW.plus_millis(minute * 60_000));
            assert_eq!(words(&found), *seen, "{lines:?}");
        }
    }

    #[test]
    fn tickets_hurry_by_age_by_station_and_by_the_time_they_are_wanted() {
        use Urgency::{Late, New, Stopped, Warn};
        // station, state of its line, age in seconds, wanted in seconds from now, how much it hurries
        let rows = [
            ("kitchen", Sent, 0, None, New),
            ("kitchen", Sent, -100, None, New),
            ("kitchen", Sent, 299, None, New),
            ("kitchen", Preparing, 300, None, Warn),
            ("kitchen", Preparing, 479, None, Warn),
            ("kitchen", Preparing, 480, None, Late),
            ("kitchen", Ready, 480, None, Urgency::Ready),
            ("kitchen", Voided, 480, None, Stopped),
            ("kitchen", LineState::Served, 480, None, Urgency::Done),
            ("bar", Sent, 179, None, New),
            ("bar", Sent, 180, None, Warn),
            ("bar", Sent, 300, None, Late),
            ("kitchen", Sent, 3600, Some(481), New),
            ("kitchen", Sent, 3600, Some(180), Warn),
            ("kitchen", Sent, 3600, Some(0), Late),
            ("kitchen", Sent, 10, Some(0), New),
        ];
        for (station, state, age_s, due_s, urgency) in rows {
            let order = order(&[(1, "Soup", state)]);
            let now = NOW.plus_millis(age_s * 1000);
            let ticket = KitchenTicket {
                due_at: due_s.map(|due_s| now.plus_millis(due_s * 1000)),
                station: station.into(),
                ..tickets(&order, &[], NOW).pop().unwrap_or_else(|| done(&order).tickets.remove(0))
            };
            let pace = KitchenRules::default().pace_of(&ticket.station, OrderType::DineIn);
            assert_eq!(ticket.urgency(now, pace), urgency, "{station} {state:?} {age_s} {due_s:?}");
        }
    }

    #[test]
    fn what_was_paid_leaves_an_hour_after_it_was_sent_or_wanted() {
        // age in minutes, wanted so many minutes after it was sent, whether it is over
        let rows =
            [(59, None, false), (60, None, true), (60, Some(30), false), (90, Some(30), true), (60, Some(-5), true)];
        for (age, wanted, over) in rows {
            let ticket = KitchenTicket {
                due_at: wanted.map(|minutes: i64| NOW.plus_millis(minutes * 60_000)),
                ..tickets(&order(&[(1, "Soup", Sent)]), &[], NOW).remove(0)
            };
            let now = NOW.plus_millis(age * 60_000);
            assert_eq!(KitchenRules::default().is_over(&ticket, now), over, "{age} {wanted:?}");
        }
    }
}
