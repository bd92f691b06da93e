//! Versions that the server did not take, and documents that this program cannot read.

use super::{About, Part, ROWS_MAX, Row, columns, kind_of, number_of, when};
use crate::domain::{Matter, MatterKind};
use crate::store::{RejectedWrite, UnreadDocument};
use crate::tui::Desk;

pub(super) fn part(desk: &Desk) -> Result<Part, String> {
    let refused = desk.reader.rejected_writes(ROWS_MAX).map_err(|fault| fault.to_string())?;
    let unread = desk.reader.unread_documents(ROWS_MAX).map_err(|fault| fault.to_string())?;
    let rows = refused.iter().map(|it| of_refused(desk, it)).chain(unread.iter().map(|it| of_unread(desk, it)));
    Ok(Part {
        above: Vec::new(),
        heading: columns(&[("Number", 10), ("What", 9), ("Since", 11)], "Why it is here"),
        rows: rows.collect(),
        none: "The server took every version, and this register can read all that it has.",
    })
}

/// How much of it there is.
pub(super) fn count(desk: &Desk) -> usize {
    let refused = desk.reader.rejected_writes(ROWS_MAX).map_or(0, |rows| rows.len());
    refused + desk.reader.unread_documents(ROWS_MAX).map_or(0, |rows| rows.len())
}

fn of_refused(desk: &Desk, refused: &RejectedWrite) -> Row {
    let (document, number) = (&refused.doc_id, number_of(desk, &refused.doc_id));
    Row {
        key: format!("{document} {}", refused.revision),
        words: columns(
            &[(&number, 10), (kind_of(document), 9), (&when(refused.at), 11)],
            &format!("refused: {}", refused.error.replace('_', " ")),
        ),
        below: vec![
            refused.reason.clone(),
            "It is safe in this register. R offers it again, M mends an order, C closes it with a reason.".to_owned(),
        ],
        about: About::Matter(Matter { document: document.clone(), kind: MatterKind::Refused }),
    }
}

fn of_unread(desk: &Desk, unread: &UnreadDocument) -> Row {
    let number = number_of(desk, &unread.doc_id);
    let what = if unread.doc_type.is_empty() { kind_of(&unread.doc_id) } else { &unread.doc_type };
    Row {
        key: unread.doc_id.clone(),
        words: columns(&[(&number, 10), (what, 9), ("", 11)], "from a newer version of Comanda"),
        below: vec![
            format!("This register cannot read it: {}", unread.flaw),
            "It is kept and sent on unharmed. A newer Comanda reads it when it starts.".to_owned(),
        ],
        about: About::Itself,
    }
}
