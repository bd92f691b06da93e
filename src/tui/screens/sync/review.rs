//! What a manager must look at, the newest first.

use super::{About, Part, ROWS_MAX, Row, columns, kind_of, reason_words, when};
use crate::domain::id::OrderId;
use crate::domain::{Matter, MatterKind};
use crate::store::ReviewRow;
use crate::tui::Desk;

pub(super) fn part(desk: &Desk) -> Result<Part, String> {
    let reviews = desk.reader.reviews(ROWS_MAX).map_err(|fault| fault.to_string())?;
    Ok(Part {
        above: Vec::new(),
        heading: columns(&[("Number", 10), ("What", 8), ("Since", 11)], "Why it is here"),
        rows: reviews.iter().map(words).collect(),
        none: "Nothing is in Review.",
    })
}

fn words(row: &ReviewRow) -> Row {
    let kind = row.matter();
    let number = row.local_number.as_deref().unwrap_or("-");
    let mut below = reason_words(&row.reason);
    below.push(can_do(kind, OrderId::read(&row.doc_id).is_some()).to_owned());
    below.extend(row.refused.iter().map(|why| format!("Refused as a document, too: {why}")));
    Row {
        key: format!("{} {}", row.doc_id, kind.code()),
        words: columns(&[(number, 10), (kind_of(&row.doc_id), 8), (&when(row.since), 11)], kind.words()),
        below,
        about: About::Matter(Matter { document: row.doc_id.clone(), kind }),
    }
}

fn can_do(kind: MatterKind, is_order: bool) -> &'static str {
    match (kind, is_order) {
        (MatterKind::Rejected, true) => {
            "M mends name, table, note or type and submits it. R submits it as it is. C closes it."
        }
        (MatterKind::Rejected, false) => "It cannot be mended at a register. R submits it again, C closes it.",
        (MatterKind::Flawed, true) => "M mends name, table, note or type and sends it. C closes it.",
        (MatterKind::Flawed, false) => "It cannot be mended at a register. C closes it.",
        (MatterKind::Merged | MatterKind::Quarantined, _) => "Conflicts shows both versions. C closes it.",
        (MatterKind::Refused, _) => "R offers it again, C closes it.",
    }
}
