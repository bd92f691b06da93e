//! What two registers changed at once, the newest first.

use super::{About, Part, ROWS_MAX, Row, columns, kind_of, number_of, when};
use crate::document::comparison::compared;
use crate::store::ConflictRecord;
use crate::tui::Desk;

pub(super) fn part(desk: &Desk) -> Result<Part, String> {
    let records = desk.reader.conflicts(ROWS_MAX).map_err(|fault| fault.to_string())?;
    Ok(Part {
        above: Vec::new(),
        heading: row_words(["When", "Number", "What", "Registers"], "Result"),
        rows: records.iter().map(|record| words(desk, record)).collect(),
        none: "No two registers have changed the same thing at once.",
    })
}

fn row_words([when, number, what, registers]: [&str; 4], result: &str) -> String {
    columns(&[(when, 11), (number, 10), (what, 9), (registers, 11)], result)
}

fn words(desk: &Desk, record: &ConflictRecord) -> Row {
    let of = &record.conflict;
    let comparison = compared(&record.body, desk.menu.currency());
    let registers = format!("{}, {}", comparison.local_writer, comparison.server_writer);
    let differing = comparison.fields.iter().filter(|field| field.differs).count();
    let result = if comparison.is_settled { "merged" } else { "both stand" };
    let number = number_of(desk, &of.entity_id);
    Row {
        key: record.doc_id.clone(),
        words: row_words(
            [&when(of.resolved_at), &number, kind_of(&of.entity_id), registers.trim_matches([',', ' '])],
            result,
        ),
        below: vec![format!(
            "They differ in {differing} things; register {} settled it. Enter shows both versions and the result.",
            of.register_id
        )],
        about: About::Conflict(record.doc_id.clone()),
    }
}
