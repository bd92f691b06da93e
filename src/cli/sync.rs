//! `comanda sync`: how synchronisation goes, what is in Review, and synchronising now.

use super::{Failure, places, say};
use crate::app::chores::Chore;
use crate::domain::Timestamp;
use crate::runtime::opening;
use crate::store::{OutboxRow, Reader, WaitingRow};
use serde_json::{Value, json};

/// Most documents that are listed.
const LISTED_MAX: u32 = 1_000;

/// Shows how synchronisation goes, settles what is in Review, and synchronises now.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda sync status
  comanda sync status --json
  comanda sync review list
  comanda sync review resubmit T1-0042
  comanda sync review close T1-0042 --reason duplicate
  comanda sync now

`status` and `review list` only read, also while a register runs. The others
are handed to the register that runs; `review` also works on a closed one. What
is in Review is named by its id as listed, or by its order's number.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Shows the figures, and what waits for the server
    Status {
        /// As JSON, with the names of the specification
        #[arg(long)]
        json: bool,
    },
    /// Lists and settles what a manager must look at
    Review {
        /// What to do: list it, hand one of it to the server again, or close one
        #[arg(value_enum)]
        action: Action,
        /// Which: its id as listed, or its order's number
        #[arg(required_if_eq_any([("action", "resubmit"), ("action", "close")]))]
        id: Option<String>,
        /// Why it is closed; it is kept in the journal
        #[arg(long, required_if_eq("action", "close"))]
        reason: Option<String>,
        /// Lists it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Lets the running register synchronise everything now
    Now,
}

// One level of subcommands less: the completions of some shells know only two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Action {
    /// What is in Review, and what the server refused
    List,
    /// Hands it to the server again, as it is
    Resubmit,
    /// Takes it from Review; it stays in the register
    Close,
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let places = places.of_register()?;
    let chore = match args.command {
        Command::Status { json } => return say(&status(&opening::for_reading(&places)?.1, json)?),
        Command::Review { action: Action::List, json, .. } => {
            return say(&reviews(&opening::for_reading(&places)?.1, json)?);
        }
        Command::Review { action: Action::Resubmit, id, .. } => Chore::Resubmit { named: id.unwrap_or_default() },
        Command::Review { action: Action::Close, id, reason, .. } => {
            Chore::CloseReview { named: id.unwrap_or_default(), reason: reason.unwrap_or_default() }
        }
        Command::Now => Chore::SyncNow,
    };
    say(&places::do_chore(places, &chore, "sync")?)
}

/// How synchronisation goes, from what the store knows.
fn status(reader: &Reader, as_json: bool) -> Result<String, Failure> {
    let (metrics, unsent) = (reader.sync_metrics()?, reader.unsent()?);
    let (waiting, review) = (reader.waiting(LISTED_MAX)?, reader.need_review()?);
    let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
    if as_json {
        let said = json!({
            "total_syncs": metrics.total_syncs,
            "successful_syncs": metrics.successful_syncs,
            "failed_syncs": metrics.failed_syncs,
            "average_sync_time_ms": metrics.average_sync_time_ms,
            "pending_items": metrics.pending_items,
            "last_successful_sync": time(metrics.last_successful_sync),
            "oldest_pending": time(unsent.oldest),
            "need_review": review,
            "outbox": waiting.iter().map(waiting_json).collect::<Vec<_>>(),
        });
        return Ok(pretty(&said));
    }
    let last = metrics.last_successful_sync.map_or_else(|| "none yet".to_owned(), Timestamp::date_and_clock);
    let mut lines = vec![
        format!("total_syncs           {}", metrics.total_syncs),
        format!("successful_syncs      {}", metrics.successful_syncs),
        format!("failed_syncs          {}", metrics.failed_syncs),
        format!("average_sync_time_ms  {}", metrics.average_sync_time_ms),
        format!("pending_items         {}", metrics.pending_items),
        format!("last_successful_sync  {last}"),
    ];
    if review > 0 {
        lines.push(format!("{review} need review: comanda sync review list"));
    }
    lines.extend(waiting.iter().map(waiting_words));
    let listed = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
    if unsent.count > listed {
        lines.push(format!("and {} more", unsent.count - listed));
    }
    Ok(lines.join("\n"))
}

/// A document that waits, with the outbox's columns by their names.
fn waiting_json(row: &WaitingRow) -> Value {
    let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
    let submission = row.submission.as_ref();
    json!({
        "id": row.doc_id,
        "local_number": row.local_number,
        "lane": submission.map(|it| it.lane.code()),
        "state": submission.map(|it| it.state.code()),
        "waiting_since": row.since.rfc3339(),
        "queued_at": time(submission.map(|it| it.queued_at)),
        "retry_count": submission.map_or(0, |it| it.retry_count),
        "failures": submission.map_or(0, |it| it.failures),
        "last_sync_attempt": time(submission.and_then(|it| it.last_sync_attempt)),
        "next_sync_attempt": time(submission.and_then(|it| it.not_before)),
        "sync_completed_at": time(submission.and_then(|it| it.sync_completed_at)),
        "last_error": submission.and_then(|it| it.last_error.as_deref()),
    })
}

fn waiting_words(row: &WaitingRow) -> String {
    let number = row.local_number.as_deref().unwrap_or("-");
    let since = row.since.date_and_clock();
    let counted = |it: &OutboxRow| {
        let why = it.last_error.as_ref().map(|why| format!(": {}", on_one_line(why))).unwrap_or_default();
        format!("{}, the server said no {} times, failed {} times{why}", it.state.code(), it.retry_count, it.failures)
    };
    let stands = row.submission.as_ref().map_or_else(|| "changes".to_owned(), counted);
    format!("{number:<10} since {since}  {}  {stands}", row.doc_id)
}

/// What a manager must look at.
fn reviews(reader: &Reader, as_json: bool) -> Result<String, Failure> {
    let mut all: Vec<Value> = Vec::new();
    for row in reader.reviews(LISTED_MAX)? {
        let (submission, kind) = (reader.outbox_row(&row.doc_id)?, row.matter());
        all.push(json!({
            "id": row.doc_id,
            "local_number": row.local_number,
            "kind": kind.code(),
            "what": kind.words(),
            "reason": row.reason,
            "refused": row.refused,
            "since": row.since.rfc3339(),
            "retry_count": submission.as_ref().map_or(0, |it| it.retry_count),
            "last_sync_attempt": submission.and_then(|it| it.last_sync_attempt).map(Timestamp::rfc3339),
        }));
    }
    for row in reader.rejected_writes(LISTED_MAX)? {
        let kind = crate::domain::MatterKind::Refused;
        all.push(json!({
            "id": row.doc_id,
            "local_number": reader.order_of(&row.doc_id)?.map(|(_, number)| number),
            "kind": kind.code(),
            "what": kind.words(),
            "reason": format!("{}: {}", row.error, row.reason),
            "since": row.at.rfc3339(),
            "revision": row.revision.to_string(),
        }));
    }
    if as_json {
        return Ok(pretty(&Value::from(all)));
    }
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or("-").to_owned();
    let line = |row: &Value| {
        let (id, number, what) = (text(row, "id"), text(row, "local_number"), text(row, "what"));
        let refused = row["refused"].as_str().map(|why| format!("\n           refused as a document, too: {why}"));
        let refused = refused.unwrap_or_default();
        format!("{number:<10} {id}\n           {what}: {}{refused}", on_one_line(&text(row, "reason")))
    };
    let lines: Vec<String> = all.iter().map(line).collect();
    Ok(if lines.is_empty() { "nothing is in Review".to_owned() } else { lines.join("\n") })
}

/// What a server said must not steer the terminal.
fn on_one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
