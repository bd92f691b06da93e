//! What waits for the server, the oldest first.

use super::{About, Part, ROWS_MAX, Row, columns, kind_of, reason_words, when};
use crate::store::{OutboxRow, OutboxState, WaitingRow};
use crate::tui::Desk;
use crate::tui::link::Link;

pub(super) fn part(desk: &Desk) -> Result<Part, String> {
    let waiting = desk.reader.waiting(ROWS_MAX).map_err(|fault| fault.to_string())?;
    let unsent = desk.status.link.unsent as usize;
    let above = match unsent > waiting.len() {
        true => vec![format!("The {} oldest of {unsent}", waiting.len())],
        false => Vec::new(),
    };
    Ok(Part {
        above,
        heading: row_words(["Number", "What", "Since", "Said no", "Failed"], "Next"),
        rows: waiting.iter().map(|row| words(desk, row)).collect(),
        none: "Nothing waits: the server has everything.",
    })
}

fn row_words([number, what, since, no, failed]: [&str; 5], next: &str) -> String {
    columns(&[(number, 10), (what, 8), (since, 11), (no, 7), (failed, 6)], next)
}

fn words(desk: &Desk, row: &WaitingRow) -> Row {
    let submission = row.submission.as_ref();
    let tried = |count: fn(&OutboxRow) -> u32| submission.map_or(0, count).to_string();
    let (no, failed) = (tried(|it| it.retry_count), tried(|it| it.failures));
    let what = match submission.map(|it| it.state) {
        Some(OutboxState::Queued | OutboxState::Review) => kind_of(&row.doc_id),
        Some(OutboxState::Closed | OutboxState::Done) => "changes",
        None => kind_of(&row.doc_id),
    };
    let number = row.local_number.as_deref().unwrap_or("-");
    let last = submission.and_then(|it| it.last_sync_attempt);
    let went_wrong = submission.and_then(|it| it.last_error.as_deref()).or(row.refused.as_deref());
    let mut below: Vec<String> = went_wrong.map_or_else(
        || vec!["It did not go wrong yet.".to_owned()],
        |why| reason_words(why).into_iter().map(|why| format!("Last time: {why}")).collect(),
    );
    if let Some(last) = last {
        let review = "The fourth no sends it to Review; failures of the line are not counted.";
        below.push(format!("Last tried {}. {review}", when(last)));
    }
    Row {
        key: row.doc_id.clone(),
        words: row_words([number, what, &when(row.since), &no, &failed], &next(desk, row)),
        below,
        about: About::Document(row.doc_id.clone()),
    }
}

/// When it is tried next.
fn next(desk: &Desk, row: &WaitingRow) -> String {
    let is_submitted = |it: &&OutboxRow| matches!(it.state, OutboxState::Queued | OutboxState::Review);
    let submission = row.submission.as_ref();
    if row.refused.is_some() && submission.filter(is_submitted).is_none() {
        return "refused".to_owned();
    }
    match desk.status.link.link {
        Link::LocalOnly => return "no server".to_owned(),
        Link::Offline => return "with the line".to_owned(),
        Link::Synced | Link::Syncing | Link::Failing => {}
    }
    let Some(submission) = submission else { return "now".to_owned() };
    match submission.state {
        OutboxState::Review => "in Review".to_owned(),
        OutboxState::Queued if submission.waits => "after its order".to_owned(),
        OutboxState::Queued | OutboxState::Closed | OutboxState::Done => {
            let left_ms = submission.not_before.map_or(0, |at| at.millis_since(desk.now));
            if left_ms > 0 { format!("in {} s", (left_ms + 999) / 1_000) } else { "now".to_owned() }
        }
    }
}
