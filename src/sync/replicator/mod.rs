//! Replication as CouchDB's protocol has it, one machine a database and direction.
//!
//! Read in this order: `checkpoint` (how far it has come), `push` (what changed here goes to the server), `pull` (what
//! changed there comes here). A round that fails or is forgotten begins anew where the last one ended: everything that
//! is asked may be asked twice.

mod checkpoint;
mod pull;
mod push;

pub(super) use pull::Pull;
pub(super) use push::Push;

use super::wire::{FailedRevision, Problem, Trouble};
use crate::document::Database;
use crate::domain::id::Entropy;
use serde_json::json;
use sha2::{Digest, Sha256};

/// Names a replication: the same as long as both ends and the direction are. A store that was restored has a new epoch.
pub(super) fn id(ends: (&str, u32, &str), database: Database, direction: &str) -> String {
    let (store_id, epoch, site) = ends;
    let said = json!([store_id, epoch, site, database.code(), direction]).to_string();
    let hash = Sha256::digest(said);
    hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn session_id(dice: &mut Entropy) -> String {
    format!("{:032x}", u128::from_be_bytes(dice.bytes()))
}

/// Words with which CouchDB says that something went wrong this time, not that a document is unwelcome.
fn passes(failed: &FailedRevision) -> bool {
    let words = ["internal_server_error", "unknown_error", "timeout", "service_unavailable", "error", "badmatch"];
    words.contains(&failed.error.as_str())
}

/// A server's passing trouble with one document.
fn trouble_with(failed: &FailedRevision) -> Trouble {
    let detail = format!("{}: {} {}", failed.doc_id, failed.error, failed.reason);
    Trouble::Busy { status: 500, detail, retry_after_ms: None }
}

/// Whether a whole request was refused for what one of its documents may be.
fn is_about_documents(problem: &Problem) -> bool {
    matches!(problem.status, 400 | 412 | 413 | 415 | 422)
}
