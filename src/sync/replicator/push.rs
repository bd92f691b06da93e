//! What changed here goes to the server: offered by revision, sent where it is missing, and the checkpoint moves when
//! the server has it on its medium. A document that the server refuses is kept as refused and holds up no other.

use super::super::LocalEnd;
use super::super::limits::{
    CHECKPOINT_LAG_MS, FAILURES_UNTIL_REFUSED, PAGE_ROWS, PUSH_BYTES, ROUND_MS, UNNOTED_REVISIONS_MAX,
};
use super::super::line::News;
use super::super::local_end::Pushed;
use super::super::step::{Desk, Step};
use super::super::wire::{Answer, FailedRevision, Request, Trouble};
use super::checkpoint::{Checkpoint, Session, next_rev};
use super::{contested, is_about_documents, may_be_too_much, mixed_up, passes, session_id, trouble_with};
use crate::document::{Database, Revision, Version};
use crate::domain::planted::{Defect, is_planted};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// The push of one database.
#[derive(Debug)]
pub(in super::super) struct Push {
    database: Database,
    /// Of its checkpoints.
    id: String,
    run: Option<Run>,
    phase: Phase,
    /// How many rows are looked at at once.
    page: u32,
    /// How much is sent at once, in bytes: less where more did not come through.
    bytes: usize,
    /// How often in a row a document failed that was sent alone.
    stuck: u32,
    /// All that is here was offered, and the checkpoint says so.
    is_through: bool,
    /// What the server calls its database as long as it is the same one, where it has said so since checkpoints were
    /// compared last: `instance_start_time`, of the answers to `_ensure_full_commit` alone (pouchdb-server tells
    /// another one elsewhere).
    instance: Option<String>,
    /// It was asked for that since checkpoints were compared last.
    has_met: bool,
    /// It is another one than the one that is noted here.
    is_another: bool,
}

/// What is known since checkpoints were compared.
#[derive(Debug)]
struct Run {
    session: Session,
    /// When they were compared, as a tick.
    compared_at: i64,
    /// The revision of the server's checkpoint.
    rev: Option<String>,
    /// How far both checkpoints say.
    noted: u64,
    /// How far all is dealt with.
    since: u64,
    /// What the server has and what it refused, since `noted`.
    confirmed: Vec<(String, Revision)>,
    refused: Vec<(Revision, FailedRevision)>,
    doubted: Vec<(String, String)>,
    booked: Vec<String>,
    /// When the checkpoint must follow, as a tick.
    note_at: Option<i64>,
    /// How often in a row the checkpoint was contested.
    contests: u32,
}

/// What the call in flight is about.
#[derive(Debug)]
enum Phase {
    Idle,
    Meeting,
    Comparing,
    Offering {
        through: u64,
    },
    Sending {
        batch: Batch,
        sent: Vec<Version>,
    },
    /// A document failed again and again: whether the server can write at all.
    Proving {
        batch: Batch,
        sent: Vec<Version>,
        why: String,
    },
    Committing,
    Noting {
        body: Value,
    },
}

/// A page of changes on its way.
#[derive(Debug)]
struct Batch {
    through: u64,
    /// What stands in each document.
    winners: Vec<(String, Revision)>,
    /// What is still to be sent.
    chunks: VecDeque<Vec<Version>>,
    confirmed: Vec<(String, Revision)>,
    refused: Vec<(Revision, FailedRevision)>,
    /// What the server keeps but cannot put into its books, and why.
    doubted: Vec<(String, String)>,
    written: u32,
}

impl Push {
    pub fn new(database: Database, id: String) -> Push {
        Push {
            database,
            id,
            run: None,
            phase: Phase::Idle,
            page: PAGE_ROWS,
            bytes: PUSH_BYTES,
            stuck: 0,
            is_through: false,
            instance: None,
            has_met: false,
            is_another: false,
        }
    }

    /// All that was here when it began has reached the server once since then.
    pub fn is_through(&self) -> bool {
        self.is_through
    }

    /// Forgets what is under way.
    pub fn reset(&mut self) {
        self.phase = Phase::Idle;
    }

    /// The checkpoints have to follow what was sent.
    pub fn lags(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.note_at.is_some())
    }

    /// Lets them follow at the next look.
    pub fn note_at_once(&mut self) {
        if let Some(at) = self.run.as_mut().and_then(|run| run.note_at.as_mut()) {
            *at = i64::MIN;
        }
    }

    /// Compares checkpoints at the next look.
    pub fn hurry(&mut self) {
        if let Some(run) = &mut self.run {
            run.compared_at = i64::MIN;
        }
    }

    pub fn next<L: LocalEnd>(&mut self, desk: &mut Desk<'_, L>) -> Result<Step, L::Fault> {
        let database = self.database;
        let run = match &mut self.run {
            Some(run) if desk.tick < run.compared_at.saturating_add(ROUND_MS) => run,
            // A database that was put back may have the same checkpoint, and not what was handed in since.
            Some(_) | None if !self.has_met => {
                self.phase = Phase::Meeting;
                return Ok(Step::Ask(Request::EnsureFullCommit { database }));
            }
            Some(_) | None => {
                self.phase = Phase::Comparing;
                return Ok(Step::Ask(Request::GetLocal { database, id: self.id.clone() }));
            }
        };
        if run.note_at.is_some_and(|at| at <= desk.tick) {
            self.phase = Phase::Committing;
            return Ok(Step::Ask(Request::EnsureFullCommit { database }));
        }
        let changes = desk.local.changes(database, run.since, self.page)?;
        if changes.rows.is_empty() {
            run.since = changes.through;
            self.is_through |= run.note_at.is_none();
            let round = run.compared_at.saturating_add(ROUND_MS);
            return Ok(Step::Rest { until: run.note_at.map_or(round, |at| at.min(round)) });
        }
        let leaves = |row: super::super::local_end::LocalChange| {
            (row.doc_id, row.leaves.into_iter().map(|leaf| leaf.revision).collect())
        };
        let offered: Vec<(String, Vec<Revision>)> = changes.rows.into_iter().map(leaves).collect();
        self.phase = Phase::Offering { through: changes.through };
        Ok(Step::Ask(Request::RevsDiff { database, offered }))
    }

    pub fn take<L: LocalEnd>(
        &mut self,
        desk: &mut Desk<'_, L>,
        asked: &Request,
        outcome: Result<Answer, Trouble>,
    ) -> Result<Step, L::Fault> {
        match (std::mem::replace(&mut self.phase, Phase::Idle), outcome) {
            (Phase::Meeting, Ok(Answer::Committed { instance_start_time })) => {
                self.met(desk, instance_start_time)?;
                Ok(Step::Again)
            }
            // Servers that need no asking do not know the question.
            (Phase::Meeting, Err(Trouble::Missing(what))) if !what.contains("database") => {
                self.met(desk, None)?;
                Ok(Step::Again)
            }
            (Phase::Comparing, Ok(Answer::Local(remote))) => self.compared(desk, remote.as_ref()),
            (Phase::Offering { through }, Ok(Answer::RevsDiff(missing))) => {
                let Request::RevsDiff { offered, .. } = asked else { return Ok(mixed_up()) };
                self.missing(desk, through, offered, &missing)
            }
            (Phase::Offering { .. }, Err(Trouble::TooLarge(_))) if self.page > 1 => {
                self.page /= 2;
                Ok(Step::Again)
            }
            (Phase::Offering { .. }, Err(trouble)) if may_be_too_much(&trouble) => {
                self.page = (self.page / 2).max(1);
                Ok(Step::Fail(trouble))
            }
            (Phase::Sending { batch, sent }, Err(trouble)) if may_be_too_much(&trouble) => {
                Ok(self.was_too_much(desk, batch, sent, trouble))
            }
            (Phase::Proving { mut batch, sent, why }, Ok(Answer::Done)) => {
                let Some(run) = &mut self.run else { return Ok(mixed_up()) };
                run.rev = Some(next_rev(run.rev.as_deref()));
                self.stuck = 0;
                batch.halve(sent, "not_taken", &why);
                self.send(desk, batch)
            }
            (Phase::Proving { .. }, Err(trouble)) => {
                if let Some(run) = &mut self.run {
                    run.compared_at = i64::MIN;
                }
                Ok(Step::Fail(trouble))
            }
            (Phase::Sending { mut batch, sent }, Ok(Answer::Taken { refused })) => {
                if let Some(passing) = refused.iter().find(|failed| passes(failed)) {
                    let trouble = trouble_with(passing);
                    return Ok(self.was_too_much(desk, batch, sent, trouble));
                }
                self.bytes = (self.bytes * 2).min(PUSH_BYTES);
                self.stuck = 0;
                batch.taken(&sent, refused);
                self.send(desk, batch)
            }
            (Phase::Sending { mut batch, sent }, Err(Trouble::TooLarge(why))) => {
                if is_planted(Defect::TooLargeSkips) && sent.len() > 1 {
                    return self.send(desk, batch);
                }
                batch.halve(sent, "too_large", &why);
                self.send(desk, batch)
            }
            (Phase::Sending { mut batch, sent }, Err(Trouble::Rejected(problem))) if is_about_documents(&problem) => {
                batch.halve(sent, &problem.code, &problem.detail);
                self.send(desk, batch)
            }
            (Phase::Committing, Ok(Answer::Committed { instance_start_time })) => {
                self.committed(desk, instance_start_time)
            }
            (Phase::Committing, Err(Trouble::Missing(what))) if !what.contains("database") => {
                self.committed(desk, None)
            }
            (Phase::Noting { body }, Ok(Answer::Done)) => self.noted(desk, body),
            (Phase::Noting { .. }, Err(Trouble::Rejected(problem))) if problem.status == 409 => {
                let Some(run) = &mut self.run else { return Ok(mixed_up()) };
                Ok(contested(&mut run.contests, &mut run.compared_at, problem))
            }
            (_, Err(trouble)) => Ok(Step::Fail(trouble)),
            (_, Ok(_)) => Ok(mixed_up()),
        }
    }

    fn compared<L: LocalEnd>(&mut self, desk: &mut Desk<'_, L>, remote: Option<&Value>) -> Result<Step, L::Fault> {
        let ours = desk.local.local_document(&self.id)?.as_ref().and_then(Checkpoint::read);
        let theirs = remote.and_then(Checkpoint::read);
        let (since, is_behind) = standing(ours.as_ref(), theirs.as_ref());
        let is_lost = is_behind || self.is_another;
        self.has_met = false;
        let rev = remote.and_then(|body| body.get("_rev")?.as_str()).map(str::to_owned);
        if let Some(run) = &mut self.run
            && !is_lost
            && since >= run.noted
        {
            run.rev = rev;
            run.compared_at = desk.tick;
            return Ok(Step::Again);
        }
        // What another server had is not what this one has.
        let is_new = ours.is_none();
        if is_lost || is_new {
            desk.local.offer_all_again(self.database)?;
            self.is_through = false;
        }
        if is_lost {
            desk.news.push(News::ServerLost { database: self.database });
            if let Some(instance) = self.instance.take() {
                // Whoever starts again before the new checkpoint stands must not go by the old one.
                self.keep(desk, self.id.clone(), Value::Null)?;
                self.note_instance(desk, &instance)?;
            }
            self.is_another = false;
        }
        if is_lost || is_new {
            desk.anew.push(self.database);
        }
        let since = if is_lost { 0 } else { since };
        let former = theirs.map(|theirs| theirs.history).unwrap_or_default();
        self.run = Some(Run {
            session: Session::new(session_id(desk.dice), desk.now, since.into(), former),
            compared_at: desk.tick,
            rev,
            noted: since,
            since,
            confirmed: Vec::new(),
            refused: Vec::new(),
            doubted: Vec::new(),
            booked: Vec::new(),
            // Whoever was offered everything gets a checkpoint at once, or would be offered it again.
            note_at: (is_lost || is_new).then_some(desk.tick),
            contests: 0,
        });
        Ok(Step::Again)
    }

    fn missing<L: LocalEnd>(
        &mut self,
        desk: &mut Desk<'_, L>,
        through: u64,
        offered: &[(String, Vec<Revision>)],
        missing: &[(String, crate::document::Missing)],
    ) -> Result<Step, L::Fault> {
        let Some(run) = &mut self.run else { return Ok(mixed_up()) };
        let mut batch = Batch {
            through,
            winners: Vec::new(),
            chunks: VecDeque::new(),
            confirmed: Vec::new(),
            refused: Vec::new(),
            doubted: Vec::new(),
            written: 0,
        };
        let mut bytes = 0;
        for (doc_id, revisions) in offered {
            batch.winners.extend(revisions.first().map(|winner| (doc_id.clone(), winner.clone())));
            let lacks = missing.iter().find(|(id, _)| id == doc_id).map(|(_, it)| &it.missing[..]).unwrap_or_default();
            run.session.deeds.missing_checked += u64::try_from(revisions.len()).unwrap_or(0);
            let (lacking, known): (Vec<&Revision>, Vec<_>) = revisions.iter().partition(|it| lacks.contains(it));
            batch.confirmed.extend(known.into_iter().map(|revision| (doc_id.clone(), revision.clone())));
            run.session.deeds.missing_found += u64::try_from(lacking.len()).unwrap_or(0);
            for version in whole(&*desk.local, self.database, doc_id, &lacking)? {
                run.session.deeds.docs_read += 1;
                let long = version.to_document().to_string().len();
                if batch.chunks.is_empty() || bytes + long > self.bytes {
                    batch.chunks.push_back(Vec::new());
                    bytes = 0;
                }
                bytes += long;
                batch.chunks.back_mut().expect("one was pushed").push(version);
            }
        }
        self.send(desk, batch)
    }

    /// What was sent did not come through: less of it the next time. A document that fails alone, again and again, is
    /// refused once the server proves that it can write something else.
    fn was_too_much<L: LocalEnd>(
        &mut self,
        desk: &mut Desk<'_, L>,
        batch: Batch,
        sent: Vec<Version>,
        trouble: Trouble,
    ) -> Step {
        let long: usize = sent.iter().map(|version| version.to_document().to_string().len()).sum();
        self.bytes = (long.min(self.bytes) / 2).max(1);
        if sent.len() > 1 {
            return Step::Fail(trouble);
        }
        self.stuck += 1;
        let Some(run) = &self.run else { return mixed_up() };
        if self.stuck < FAILURES_UNTIL_REFUSED {
            return Step::Fail(trouble);
        }
        let mut body = run.session.checkpoint(&run.noted.into(), desk.now);
        if let Some(rev) = &run.rev {
            body["_rev"] = rev.clone().into();
        }
        self.phase = Phase::Proving { batch, sent, why: trouble.to_string() };
        Step::Ask(Request::PutLocal { database: self.database, id: self.id.clone(), body })
    }

    /// Sends the next part, or closes the page.
    fn send<L: LocalEnd>(&mut self, desk: &mut Desk<'_, L>, mut batch: Batch) -> Result<Step, L::Fault> {
        if let Some(sent) = batch.chunks.pop_front() {
            let documents = sent.clone();
            self.phase = Phase::Sending { batch, sent };
            return Ok(Step::Ask(Request::BulkDocs { database: self.database, documents }));
        }
        let Some(run) = &mut self.run else { return Ok(mixed_up()) };
        self.page = (self.page * 2).min(PAGE_ROWS);
        run.since = batch.through;
        run.session.deeds.docs_written += u64::from(batch.written);
        run.session.deeds.doc_write_failures += u64::try_from(batch.refused.len()).unwrap_or(0);
        let is_quiet = batch.written == 0 && batch.refused.is_empty();
        for (doc_id, why) in &batch.doubted {
            desk.news.push(News::Review { doc_id: doc_id.clone(), why: why.clone() });
        }
        for (revision, failed) in &batch.refused {
            let why = format!("{}: {}", failed.error, failed.reason);
            desk.news.push(News::Refused { doc_id: failed.doc_id.clone(), revision: revision.clone(), why });
        }
        // The server says what it cannot book whenever that is offered: of what stands here and it has, it had a word.
        for standing in &batch.winners {
            let is_it = |doc_id: &String| *doc_id == standing.0;
            if batch.doubted.iter().any(|(doc_id, _)| is_it(doc_id)) {
                run.booked.retain(|doc_id| !is_it(doc_id));
            } else if batch.confirmed.contains(standing) {
                run.doubted.retain(|(doc_id, _)| !is_it(doc_id));
                run.booked.push(standing.0.clone());
            }
        }
        run.confirmed.append(&mut batch.confirmed);
        run.refused.append(&mut batch.refused);
        run.doubted.append(&mut batch.doubted);
        let note_at = if is_quiet && run.confirmed.len() < UNNOTED_REVISIONS_MAX {
            desk.tick + CHECKPOINT_LAG_MS
        } else {
            desk.tick
        };
        run.note_at = Some(run.note_at.map_or(note_at, |at| at.min(note_at)));
        if is_quiet {
            return Ok(Step::Again);
        }
        Ok(Step::Done { items: batch.written, note: None })
    }

    /// Under which id it is kept here what the server calls its database.
    fn instance_id(&self) -> String {
        format!("instance of {}", self.id)
    }

    /// Takes note of which database the server has. One that was made anew, or put back from a backup, is another.
    fn met<L: LocalEnd>(&mut self, desk: &mut Desk<'_, L>, instance: Option<String>) -> Result<(), L::Fault> {
        self.has_met = true;
        self.instance = instance;
        let Some(instance) = self.instance.clone() else { return Ok(()) };
        let noted = desk.local.local_document(&self.instance_id())?;
        match noted.as_ref().and_then(|it| it.get("instance_start_time")?.as_str()) {
            Some(noted) => {
                self.is_another = noted != instance;
                self.is_through &= !self.is_another;
            }
            None => self.note_instance(desk, &instance)?,
        }
        Ok(())
    }

    fn note_instance<L: LocalEnd>(&self, desk: &mut Desk<'_, L>, instance: &str) -> Result<(), L::Fault> {
        self.keep(desk, self.instance_id(), json!({ "instance_start_time": instance }))
    }

    /// Keeps a local document, and nothing else.
    fn keep<L: LocalEnd>(&self, desk: &mut Desk<'_, L>, id: String, says: Value) -> Result<(), L::Fault> {
        let kept = Pushed {
            database: self.database,
            confirmed: Vec::new(),
            refused: Vec::new(),
            doubted: Vec::new(),
            booked: Vec::new(),
            checkpoint: Some((id, says)),
        };
        desk.local.take_pushed(desk.now, &kept)
    }

    /// The server has it on its medium: the checkpoint may follow, there first, then here.
    fn committed<L: LocalEnd>(&mut self, desk: &mut Desk<'_, L>, instance: Option<String>) -> Result<Step, L::Fault> {
        self.met(desk, instance)?;
        self.has_met = self.is_another;
        if self.is_another {
            // The database was made anew while we wrote to it: what was confirmed may be gone.
            self.run = None;
            return Ok(Step::Again);
        }
        let Some(run) = &mut self.run else { return Ok(mixed_up()) };
        let body = run.session.checkpoint(&run.since.into(), desk.now);
        let mut sent = body.clone();
        if let Some(rev) = &run.rev {
            sent["_rev"] = rev.clone().into();
        }
        self.phase = Phase::Noting { body };
        Ok(Step::Ask(Request::PutLocal { database: self.database, id: self.id.clone(), body: sent }))
    }

    fn noted<L: LocalEnd>(&mut self, desk: &mut Desk<'_, L>, body: Value) -> Result<Step, L::Fault> {
        let Some(run) = &mut self.run else { return Ok(mixed_up()) };
        run.rev = Some(next_rev(run.rev.as_deref()));
        run.contests = 0;
        let pushed = Pushed {
            database: self.database,
            confirmed: run.confirmed.clone(),
            refused: run.refused.clone(),
            doubted: run.doubted.clone(),
            booked: run.booked.clone(),
            checkpoint: Some((self.id.clone(), body)),
        };
        desk.local.take_pushed(desk.now, &pushed)?;
        run.noted = run.since;
        run.confirmed.clear();
        run.refused.clear();
        run.doubted.clear();
        run.booked.clear();
        run.note_at = None;
        Ok(Step::Again)
    }
}

impl Batch {
    fn taken(&mut self, sent: &[Version], refused: Vec<FailedRevision>) {
        for version in sent {
            let is_it = |failed: &&FailedRevision| {
                let is_sent =
                    |revision: &Revision| sent.iter().any(|it| it.doc_id == failed.doc_id && it.revision() == revision);
                // Who names a revision that was not sent means the document.
                let named = failed.revision.as_ref().filter(|revision| is_sent(revision));
                failed.doc_id == version.doc_id && named.is_none_or(|revision| revision == version.revision())
            };
            match refused.iter().find(is_it) {
                // Our server's word for what it keeps but cannot put into its books.
                Some(failed) if failed.error == "not_valid" => {
                    self.doubted.push((version.doc_id.clone(), failed.reason.clone()));
                    self.confirmed.push((version.doc_id.clone(), version.revision().clone()));
                    self.written += 1;
                }
                Some(failed) => self.refused.push((version.revision().clone(), failed.clone())),
                None => {
                    self.confirmed.push((version.doc_id.clone(), version.revision().clone()));
                    self.written += 1;
                }
            }
        }
    }

    /// Tries each half of what was too much at once; what is too much alone is refused.
    fn halve(&mut self, mut sent: Vec<Version>, error: &str, reason: &str) {
        if sent.len() > 1 {
            let rest = sent.split_off(sent.len() / 2);
            self.chunks.push_front(rest);
            self.chunks.push_front(sent);
            return;
        }
        for version in sent {
            // What it settled stays behind with it, or would say that the document was deleted.
            let stays = |it: &Version| !version.deleted && it.deleted && it.doc_id == version.doc_id;
            let behind = self.chunks.iter().flatten().filter(|it| stays(it)).map(|it| it.revision().clone());
            for revision in std::iter::once(version.revision().clone()).chain(behind.collect::<Vec<_>>()) {
                let failed = FailedRevision {
                    doc_id: version.doc_id.clone(),
                    revision: Some(revision.clone()),
                    error: error.to_owned(),
                    reason: reason.to_owned(),
                };
                self.refused.push((revision, failed));
            }
            self.chunks.iter_mut().for_each(|chunk| chunk.retain(|it| !stays(it)));
            self.chunks.retain(|chunk| !chunk.is_empty());
        }
    }
}

/// What the server lacks of a document, what lives first: alone, the end of a leaf that was settled would say that the
/// document was deleted. Nothing when something of it was edited since it was offered: then it comes again, whole.
fn whole<L: LocalEnd>(
    local: &L,
    database: Database,
    doc_id: &str,
    lacking: &[&Revision],
) -> Result<Vec<Version>, L::Fault> {
    let found = lacking.iter().map(|it| local.version(database, doc_id, it)).collect::<Result<Vec<_>, _>>()?;
    let mut versions: Vec<Version> = found.into_iter().collect::<Option<_>>().unwrap_or_default();
    versions.sort_by_key(|version| version.deleted);
    Ok(versions)
}

/// From where to go on, and whether the server may have lost what it had: its checkpoint is always written first, so
/// that it can be ahead of ours, but never behind; but for a network that brings an old one once more.
fn standing(ours: Option<&Checkpoint>, theirs: Option<&Checkpoint>) -> (u64, bool) {
    let Some(ours) = ours else { return (0, false) };
    let reached = ours.seq.as_u64().unwrap_or(0);
    let Some((here, there)) = theirs.and_then(|theirs| ours.common(theirs)) else { return (0, true) };
    let (here, there) = (here.as_u64().unwrap_or(0), there.as_u64().unwrap_or(0));
    let common = here.min(there);
    (common, common < reached)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(id: &str, seq: u64, former: &[(&str, u64)]) -> Option<Checkpoint> {
        let entry = |(id, seq): &(&str, u64)| json!({ "session_id": id, "recorded_seq": seq });
        let history: Vec<Value> = former.iter().map(entry).collect();
        Checkpoint::read(&json!({ "session_id": id, "source_last_seq": seq, "history": history }))
    }

    #[test]
    fn a_server_that_lost_something_is_found() {
        // ours, theirs, from where, lost
        let rows = [
            (None, None, 0, false),
            (None, read("a", 5, &[]), 0, false),
            (read("a", 5, &[]), None, 0, true),
            (read("a", 5, &[]), read("a", 5, &[]), 5, false),
            (read("a", 5, &[]), read("a", 7, &[]), 5, false),
            (read("a", 5, &[]), read("a", 3, &[]), 3, true),
            (read("a", 5, &[]), read("b", 9, &[("b", 9), ("a", 5)]), 5, false),
            (read("b", 9, &[("b", 9), ("a", 5)]), read("a", 5, &[]), 5, true),
            (read("b", 9, &[("b", 9), ("a", 5)]), read("a", 4, &[]), 4, true),
            (read("b", 9, &[]), read("a", 4, &[]), 0, true),
        ];
        for (ours, theirs, since, is_lost) in rows {
            assert_eq!(standing(ours.as_ref(), theirs.as_ref()), (since, is_lost), "{ours:?} {theirs:?}");
        }
    }
}
