//! The figures of synchronisation by their names, and the last rounds of its lanes.

use super::{About, Part, ROWS_MAX, Row, columns, when};
use crate::store::SyncRow;
use crate::tui::Desk;

pub(super) fn part(desk: &Desk) -> Result<Part, String> {
    let metrics = desk.reader.sync_metrics().map_err(|fault| fault.to_string())?;
    let rounds = desk.reader.sync_log(ROWS_MAX).map_err(|fault| fault.to_string())?;
    let last = metrics.last_successful_sync.map_or_else(|| "none yet".to_owned(), when);
    let pairs = [
        [("total_syncs", metrics.total_syncs.to_string()), ("pending_items", metrics.pending_items.to_string())],
        [
            ("successful_syncs", metrics.successful_syncs.to_string()),
            ("average_sync_time_ms", metrics.average_sync_time_ms.to_string()),
        ],
        [("failed_syncs", metrics.failed_syncs.to_string()), ("last_successful_sync", last)],
    ];
    let line =
        |[(left, one), (right, other)]: [(&str, String); 2]| columns(&[(left, 16), (&one, 9), (right, 20)], &other);
    Ok(Part {
        above: pairs.map(line).into_iter().chain([String::new()]).collect(),
        heading: row_words(["When", "Lane", "Took ms", "Items"], "How it went"),
        rows: rounds.iter().map(words).collect(),
        none: "No round yet. The figures are those of the last 30 days.",
    })
}

fn row_words([when, lane, took, items]: [&str; 4], result: &str) -> String {
    columns(&[(when, 11), (lane, 14), (took, 7), (items, 5)], result)
}

fn words(round: &SyncRow) -> Row {
    let (took, items) = (round.duration_ms.to_string(), round.items_count.to_string());
    let result = match (round.success, &round.note) {
        (true, None) => "done".to_owned(),
        (true, Some(note)) => format!("done: {note}"),
        (false, None) => "failed".to_owned(),
        (false, Some(note)) => format!("failed: {note}"),
    };
    Row {
        key: format!("{} {}", round.timestamp.rfc3339(), round.lane),
        words: row_words([&when(round.timestamp), &round.lane, &took, &items], &result),
        below: vec![result],
        about: About::Itself,
    }
}
