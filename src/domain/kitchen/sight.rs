//! Tickets as a kitchen's box of its own sees them. It has no paper: whatever it sees at once of an order is a ticket,
//! and how old that is runs from its own first sight, so that no other box's clock matters.

use super::{KitchenTicket, VOID_SHOWN_MS, is_rest, kitchen_line, ticket};
use crate::domain::id::{LineId, StationId};
use crate::domain::order::{Line, LineState, Order};
use crate::domain::planted::{Defect, is_planted};
use crate::domain::time::Timestamp;
use std::collections::BTreeMap;

/// When a ticket that nobody called served is taken for forgotten, in milliseconds after it was first seen. A register
/// goes by business days; here another register's wrong date would decide what is cooked.
pub const SEEN_SHOWN_MS: i64 = 12 * 3_600_000;

/// When a line was first seen here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Which line.
    pub line_id: LineId,
    /// With which others it came: greater than that of everything that was seen before; 0 when it was over when it
    /// came.
    pub round: i64,
    /// When, by this box's clock.
    pub seen_at: Timestamp,
    /// When it was seen voided, by the same clock; the same instant when it was voided before it was ever seen.
    pub voided_at: Option<Timestamp>,
}

/// What is new in an order to a box that has had these sights of it: lines that it sees first, in this round, and lines
/// that it sees voided.
///
/// What stays of a line that was voided in part is as old as that line.
pub fn sights(order: &Order, had: &[Sight], round: i64, now: Timestamp) -> Vec<Sight> {
    let mut news: Vec<Sight> = Vec::new();
    for (_, lines) in by_station(order) {
        let mut voided_now: Option<(&Line, Sight)> = None;
        for line in lines {
            let known = had.iter().find(|sight| sight.line_id == line.line_id);
            let is_voided = line.state == LineState::Voided;
            let sight = match (known, &voided_now) {
                (Some(known), _) if is_voided && known.voided_at.is_none() => {
                    Some(Sight { voided_at: Some(now), ..known.clone() })
                }
                (Some(_), _) => None,
                (None, Some((voided, sight))) if is_rest(voided, line) => {
                    Some(Sight { line_id: line.line_id, voided_at: None, ..sight.clone() })
                }
                (None, _) => {
                    let voided_at = is_voided.then_some(now);
                    Some(Sight { line_id: line.line_id, round, seen_at: now, voided_at })
                }
            };
            let was_voided = known.is_some() && is_voided;
            voided_now = sight.clone().filter(|_| was_voided).map(|sight| (line, sight));
            news.extend(sight);
        }
    }
    news
}

/// What stations still must make of an order, and what was voided in the last minutes, as this box saw it.
pub fn tickets_seen(order: &Order, seen: &[Sight], now: Timestamp) -> Vec<KitchenTicket> {
    let sight_of = |line: &Line| seen.iter().find(|sight| sight.line_id == line.line_id);
    let mut found = Vec::new();
    for (station, lines) in by_station(order) {
        let first = lines.iter().filter_map(|line| sight_of(line)).map(|sight| sight.round).min();
        let mut tickets: BTreeMap<i64, KitchenTicket> = BTreeMap::new();
        for (nth, &line) in lines.iter().enumerate() {
            let Some(sight) = sight_of(line).filter(|sight| sight.round > 0) else { continue };
            if !is_shown(line, sight, now) {
                continue;
            }
            let is_its_rest =
                |next: &&Line| is_rest(line, next) && sight_of(next).is_some_and(|it| it.round == sight.round);
            let rest = lines.get(nth + 1).copied().filter(is_its_rest);
            let quantity = line.quantity - rest.map_or(0, |rest| rest.quantity);
            let new = || KitchenTicket {
                sequence: sight.round,
                sent_at: if is_planted(Defect::AgesByAnotherClock) { order.updated_at } else { sight.seen_at },
                is_addition: first.is_some_and(|first| first < sight.round),
                ..ticket(order, station, None)
            };
            tickets.entry(sight.round).or_insert_with(new).lines.push(kitchen_line(line, quantity));
        }
        found.extend(tickets.into_values());
    }
    found
}

fn by_station(order: &Order) -> BTreeMap<&StationId, Vec<&Line>> {
    let mut stations: BTreeMap<&StationId, Vec<&Line>> = BTreeMap::new();
    for line in order.lines.iter().filter(|line| line.state != LineState::Draft) {
        stations.entry(&line.station).or_default().push(line);
    }
    stations
}

fn is_shown(line: &Line, sight: &Sight, now: Timestamp) -> bool {
    match sight.voided_at {
        Some(at) if line.state == LineState::Voided => at > sight.seen_at && now.millis_since(at) < VOID_SHOWN_MS,
        Some(_) | None => line.is_under_way(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW, order, words};
    use super::*;
    use LineState::{Preparing, Sent, Served, Voided};

    /// What a box has seen of an order after it came in these versions, one a minute from `NOW` on.
    fn after(versions: &[&Order]) -> Vec<Sight> {
        let mut had: Vec<Sight> = Vec::new();
        for (minute, version) in (0..).zip(versions) {
            for news in sights(version, &had, minute + 1, NOW.plus_millis(minute * 60_000)) {
                had.retain(|sight| sight.line_id != news.line_id);
                had.push(news);
            }
        }
        had
    }

    #[test]
    fn what_came_at_once_is_a_ticket_as_old_as_its_first_sight() {
        // versions of the order; minute of the look; what the kitchen sees; how old the tickets are, in minutes
        type Row<'a> = (&'a [&'a [(u32, &'a str, LineState)]], i64, &'a [&'a str], &'a [i64]);
        let rows: &[Row] = &[
            (&[&[(2, "Soup", Sent), (1, "Fish", Sent)]], 3, &["1: 2 Soup, 1 Fish"], &[3]),
            (&[&[(2, "Soup", Sent)], &[(2, "Soup", Sent), (1, "Fish", Sent)]], 3, &["1: 2 Soup", "2: 1 Fish"], &[3, 2]),
            (&[&[(2, "Soup", Sent)], &[(2, "Soup", Preparing)]], 3, &["1: 2 Soup"], &[3]),
            (&[&[(2, "Soup", Sent)], &[(2, "Soup", Served)]], 3, &[], &[]),
            // A void is told for five minutes, from when it was seen here.
            (&[&[(2, "Soup", Sent)], &[(2, "Soup", Voided)]], 5, &["1: VOID 2 Soup"], &[5]),
            (&[&[(2, "Soup", Sent)], &[(2, "Soup", Voided)]], 6, &[], &[]),
            // What was never seen is not taken back.
            (&[&[(2, "Soup", Voided), (1, "Fish", Sent)]], 1, &["1: 1 Fish"], &[1]),
            // What stays of a line is as old as the line; what is ordered anew later is not.
            (&[&[(3, "Soup", Sent)], &[(3, "Soup", Voided), (2, "Soup", Sent)]], 4, &["1: VOID 1 Soup, 2 Soup"], &[4]),
            (
                &[&[(3, "Soup", Sent)], &[(3, "Soup", Voided)], &[(3, "Soup", Voided), (2, "Soup", Sent)]],
                4,
                &["1: VOID 3 Soup", "3: 2 Soup"],
                &[4, 2],
            ),
        ];
        for (versions, minute, told, ages) in rows {
            let versions: Vec<Order> = versions.iter().map(|lines| order(lines)).collect();
            let seen = after(&versions.iter().collect::<Vec<_>>());
            let now = NOW.plus_millis(minute * 60_000);
            let found = tickets_seen(versions.last().unwrap(), &seen, now);
            assert_eq!(words(&found), *told, "{versions:?}");
            assert_eq!(found.iter().map(|it| it.age_ms(now) / 60_000).collect::<Vec<_>>(), *ages, "{versions:?}");
            let adds: Vec<bool> = (0..found.len()).map(|nth| nth > 0).collect();
            assert_eq!(found.iter().map(|it| it.is_addition).collect::<Vec<_>>(), adds, "{versions:?}");
        }
    }

    #[test]
    fn what_was_over_when_it_came_is_not_shown_and_what_is_added_to_it_is() {
        let (old, more) = (order(&[(1, "Soup", Sent)]), order(&[(1, "Soup", Sent), (1, "Fish", Sent)]));
        let mut had = sights(&old, &[], 0, NOW);
        assert_eq!(tickets_seen(&old, &had, NOW), []);
        had.extend(sights(&more, &had, 7, NOW));
        let found = tickets_seen(&more, &had, NOW);
        assert_eq!(words(&found), ["7: 1 Fish"]);
        assert!(found[0].is_addition);
    }
}
