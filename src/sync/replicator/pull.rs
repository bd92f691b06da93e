//! What changed on the server comes here: the feed is read page by page, what is missing is fetched, and the checkpoint
//! moves in the same transaction. Rows may come twice and in any order; sequences are only ever handed back.

use super::super::LocalEnd;
use super::super::limits::{
    CHECKPOINT_LAG_MS, FAILURES_UNTIL_PASSED_OVER, FEED_BEAT_MS, FEED_POLL_MS, FEED_WAIT_MS, OPEN_REVISIONS_MAX,
    PAGE_ROWS, ROUND_MS, SERVER_WORD_BYTES_MAX, UNNOTED_ROWS_MAX,
};
use super::super::local_end::{Pulled, Taken};
use super::super::step::{Desk, Step};
use super::super::wire::{Answer, Changes, FailedRevision, Request, Trouble};
use super::checkpoint::{Checkpoint, Session, next_rev};
use super::{contested, may_be_too_much, mixed_up, passes, session_id, trouble_with};
use crate::document::limits::DOCUMENT_ID_BYTES_MAX;
use crate::document::{Database, Revision, Version};
use crate::domain::planted::{Defect, is_planted};
use serde_json::Value;
use std::collections::VecDeque;

/// The pull of one database.
#[derive(Debug)]
pub(in super::super) struct Pull {
    database: Database,
    /// Of its checkpoints.
    id: String,
    run: Option<Run>,
    phase: Phase,
    /// How many rows are read at once.
    page: u32,
    /// How often in a row a document failed that was asked for alone.
    stuck: u32,
    /// The server has no `_bulk_get`.
    is_one_by_one: bool,
    /// Who may only read keeps the checkpoint here alone: the server's sequences say themselves to which database they
    /// belong, and one that does not know them begins anew. The feed is asked often, so that its silence tells.
    is_reading: bool,
}

/// What is known since checkpoints were compared.
#[derive(Debug)]
struct Run {
    session: Session,
    /// When they were compared, as a tick.
    compared_at: i64,
    /// The revision of the server's checkpoint.
    rev: Option<String>,
    /// How far all is dealt with.
    since: Option<String>,
    /// What the server's checkpoint says: its session and sequence.
    noted: Option<(String, Value)>,
    /// The tick at which the server's checkpoint has to follow ours. It takes its time: to write it costs the server as
    /// much as an order does, and where it lags, rows that are known are read once more.
    note_at: Option<i64>,
    /// Rows that brought nothing new since the checkpoint moved.
    unnoted: usize,
    /// The last page was not full: there is no more at the moment.
    is_at_end: bool,
    /// How often in a row the checkpoint was contested.
    contests: u32,
    /// The last page came while it was waited for.
    is_of_now: bool,
}

impl Run {
    /// Reads the feed from the beginning, in a session of its own: what the former one has looked at tells nothing of
    /// how far this one comes.
    fn begins_anew<L: LocalEnd>(&mut self, desk: &mut Desk<'_, L>) {
        let former = std::mem::take(&mut self.session.former);
        self.session = Session::new(session_id(desk.dice), desk.now, Value::Null, former);
        self.since = None;
        self.is_at_end = false;
    }
}

/// What the call in flight is about.
#[derive(Debug)]
enum Phase {
    Idle,
    Comparing,
    Reading {
        asked_at: i64,
    },
    /// A page of the feed came, and nothing of it was fetched yet.
    Told {
        asked: Request,
        asked_at: i64,
        changes: Changes,
    },
    Fetching {
        batch: Batch,
    },
    Noting,
}

/// Documents by revision that are wanted.
type Wanted = Vec<(String, Vec<Revision>)>;

/// A page of the feed on its way here.
#[derive(Debug)]
struct Batch {
    last_seq: String,
    /// What is still to be fetched.
    chunks: VecDeque<Wanted>,
    /// What is to be asked for one document at a time.
    singly: VecDeque<(String, Vec<Revision>)>,
    versions: Vec<Version>,
    /// What cannot be had, in words.
    passed_over: Vec<String>,
}

impl Pull {
    pub fn new(database: Database, id: String) -> Pull {
        let (page, phase) = (PAGE_ROWS, Phase::Idle);
        Pull { database, id, run: None, phase, page, stuck: 0, is_one_by_one: false, is_reading: false }
    }

    /// The same, for who may only read.
    pub fn reading(database: Database, id: String) -> Pull {
        Pull { is_reading: true, ..Pull::new(database, id) }
    }

    /// Forgets what is under way. The next question is answered at once, so that what failed is seen to work again.
    pub fn reset(&mut self) {
        self.phase = Phase::Idle;
        if let Some(run) = &mut self.run {
            run.is_at_end = false;
        }
    }

    /// It was at the end of the feed, and waits there for more.
    pub fn is_caught_up(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.is_at_end) && matches!(self.phase, Phase::Reading { .. })
    }

    /// How long the server may keep the feed back, in milliseconds.
    fn wait_ms(&self) -> u32 {
        if self.is_reading { FEED_BEAT_MS } else { FEED_WAIT_MS }
    }

    /// Begins anew from the checkpoints: the server is not what it was.
    pub fn restart(&mut self) {
        self.phase = Phase::Idle;
        self.run = None;
    }

    /// The server's checkpoint has to follow ours.
    pub fn lags(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.note_at.is_some())
    }

    /// Lets it follow at the next look.
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

    /// It was told of changes, and what comes back to a submission may be all of them.
    pub fn is_told(&self) -> bool {
        matches!(self.phase, Phase::Told { .. })
    }

    pub fn next<L: LocalEnd>(&mut self, desk: &mut Desk<'_, L>) -> Result<Step, L::Fault> {
        if self.is_told()
            && let Phase::Told { asked, asked_at, changes } = std::mem::replace(&mut self.phase, Phase::Idle)
        {
            return self.read(desk, &asked, asked_at, changes);
        }
        let (database, longest_ms) = (self.database, self.wait_ms());
        if self.is_reading && self.run.is_none() {
            let ours = desk.local.local_document(&self.id)?.as_ref().and_then(Checkpoint::read);
            let since = ours.as_ref().and_then(|ours| sequence(&ours.seq));
            self.begin(desk, since, ours.map(|ours| ours.history), None, None);
        }
        let run = match &mut self.run {
            Some(run) if self.is_reading || desk.tick < run.compared_at.saturating_add(ROUND_MS) => run,
            Some(_) | None => {
                self.phase = Phase::Comparing;
                return Ok(Step::Ask(Request::GetLocal { database, id: self.id.clone() }));
            }
        };
        if run.note_at.is_some_and(|at| at <= desk.tick) {
            let seq = run.since.clone().map_or(Value::Null, Value::from);
            let mut body = run.session.checkpoint(&seq, desk.now);
            if let Some(rev) = &run.rev {
                body["_rev"] = rev.clone().into();
            }
            self.phase = Phase::Noting;
            return Ok(Step::Ask(Request::PutLocal { database, id: self.id.clone(), body }));
        }
        self.phase = Phase::Reading { asked_at: desk.tick };
        let wait_ms = run.is_at_end.then_some(longest_ms);
        Ok(Step::Ask(Request::Changes { database, since: run.since.clone(), limit: self.page, wait_ms }))
    }

    pub fn take<L: LocalEnd>(
        &mut self,
        desk: &mut Desk<'_, L>,
        asked: &Request,
        outcome: Result<Answer, Trouble>,
    ) -> Result<Step, L::Fault> {
        match (std::mem::replace(&mut self.phase, Phase::Idle), outcome) {
            (Phase::Comparing, Ok(Answer::Local(remote))) => self.compared(desk, remote.as_ref()),
            (Phase::Reading { asked_at }, Ok(Answer::Changes(changes))) => {
                self.phase = Phase::Told { asked: asked.clone(), asked_at, changes };
                Ok(Step::Again)
            }
            (Phase::Reading { .. }, Err(Trouble::TooLarge(_))) if self.page > 1 => {
                self.page /= 2;
                Ok(Step::Again)
            }
            (Phase::Reading { .. }, Err(Trouble::Rejected(problem))) if problem.status == 400 => {
                // A sequence that the server does not know: it is another database than the one that gave it.
                match &mut self.run {
                    Some(run) if run.since.is_some() => {
                        run.begins_anew(desk);
                        Ok(Step::Again)
                    }
                    Some(_) | None => Ok(Step::Fail(Trouble::Rejected(problem))),
                }
            }
            // A long poll that never ended: pouchdb-server forgets the timeout. What it would have told is asked for.
            (Phase::Reading { .. }, Err(Trouble::Line(_)))
                if matches!(asked, Request::Changes { wait_ms: Some(_), .. }) =>
            {
                if let Some(run) = &mut self.run {
                    run.is_at_end = false;
                }
                Ok(Step::Again)
            }
            (Phase::Reading { .. }, Err(trouble)) if may_be_too_much(&trouble) => {
                self.page = (self.page / 2).max(1);
                Ok(Step::Fail(trouble))
            }
            (Phase::Fetching { batch }, outcome) => self.fetched(desk, asked, batch, outcome),
            (Phase::Noting, Ok(Answer::Done)) => {
                if let (Some(run), Request::PutLocal { body, .. }) = (&mut self.run, asked) {
                    run.noted = pair(Checkpoint::read(body).as_ref());
                    run.rev = Some(next_rev(run.rev.as_deref()));
                    run.note_at = None;
                    run.contests = 0;
                }
                Ok(Step::Again)
            }
            // Who may only read keeps the checkpoint here alone.
            (Phase::Noting, Err(Trouble::Rejected(problem))) if problem.status == 403 => {
                if let Some(run) = &mut self.run {
                    run.note_at = None;
                }
                Ok(Step::Again)
            }
            (Phase::Noting, Err(Trouble::Rejected(problem))) if problem.status == 409 => {
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
        let rev = remote.and_then(|body| body.get("_rev")?.as_str()).map(str::to_owned);
        if let Some(run) = &mut self.run
            && (pair(theirs.as_ref()) == run.noted || pair(theirs.as_ref()) == pair(ours.as_ref()))
        {
            run.noted = pair(theirs.as_ref());
            run.rev = rev;
            run.compared_at = desk.tick;
            return Ok(Step::Again);
        }
        let since = standing(ours.as_ref(), theirs.as_ref());
        let noted = pair(theirs.as_ref());
        self.begin(desk, since, theirs.map(|theirs| theirs.history), rev, noted);
        Ok(Step::Again)
    }

    fn begin<L: LocalEnd>(
        &mut self,
        desk: &mut Desk<'_, L>,
        since: Option<String>,
        former: Option<Vec<Value>>,
        rev: Option<String>,
        noted: Option<(String, Value)>,
    ) {
        let start = since.clone().map_or(Value::Null, Value::from);
        self.run = Some(Run {
            session: Session::new(session_id(desk.dice), desk.now, start, former.unwrap_or_default()),
            compared_at: desk.tick,
            rev,
            since,
            noted,
            note_at: None,
            unnoted: 0,
            is_at_end: false,
            contests: 0,
            is_of_now: false,
        });
    }

    fn read<L: LocalEnd>(
        &mut self,
        desk: &mut Desk<'_, L>,
        asked: &Request,
        asked_at: i64,
        changes: Changes,
    ) -> Result<Step, L::Fault> {
        let Request::Changes { limit, wait_ms, .. } = asked else { return Ok(mixed_up()) };
        let longest_ms = i64::from(self.wait_ms());
        let Some(run) = &mut self.run else { return Ok(mixed_up()) };
        let rows = changes.rows.len();
        run.is_at_end = rows < usize::try_from(*limit).unwrap_or(usize::MAX);
        run.is_of_now = wait_ms.is_some();
        let mut offered: Wanted = Vec::new();
        let mut passed_over = Vec::new();
        for row in changes.rows {
            if row.revisions.is_empty() {
                passed_over.push(format!("{}: its revisions are of a form that is not read here", row.doc_id));
            } else if row.doc_id.len() > DOCUMENT_ID_BYTES_MAX {
                let start: String = row.doc_id.chars().take(60).collect();
                passed_over.push(format!("{start}...: its id is longer than {DOCUMENT_ID_BYTES_MAX} bytes"));
            } else if !row.doc_id.starts_with("_design/") {
                offered.push((row.doc_id, row.revisions));
            }
        }
        let wanted = desk.local.missing(self.database, &offered)?;
        let count = |listed: &Wanted| listed.iter().map(|(_, it)| u64::try_from(it.len()).unwrap_or(0)).sum::<u64>();
        run.session.deeds.missing_checked += count(&offered);
        run.session.deeds.missing_found += count(&wanted);
        if wanted.is_empty() && passed_over.is_empty() {
            let is_news = run.since.as_ref() != Some(&changes.last_seq);
            run.since = Some(changes.last_seq);
            run.unnoted += rows;
            if run.unnoted >= UNNOTED_ROWS_MAX {
                return self.store(desk, Vec::new()).map(|()| Step::Again);
            }
            // A server that does not wait, or tells the same again and again, is asked less often.
            let waited = desk.tick - asked_at;
            let poll_ms = FEED_POLL_MS.min(longest_ms);
            let is_hasty = (rows == 0 && wait_ms.is_some() && waited < poll_ms) || (rows > 0 && !is_news);
            let until = if is_hasty { asked_at + poll_ms } else { desk.tick };
            // Only the end of the feed is the end of a round.
            return Ok(if run.is_at_end || is_hasty { Step::Rest { until } } else { Step::Again });
        }
        if is_planted(Defect::CheckpointBeforeBatch) {
            run.since = Some(changes.last_seq.clone());
            self.store(desk, Vec::new())?;
        }
        let mut batch = Batch {
            last_seq: changes.last_seq,
            chunks: VecDeque::new(),
            singly: VecDeque::new(),
            versions: Vec::new(),
            passed_over,
        };
        if self.is_one_by_one {
            batch.singly = wanted.into();
        } else if !wanted.is_empty() {
            batch.chunks.push_back(wanted);
        }
        self.fetch(desk, batch)
    }

    /// Asks for the next part, or closes the page.
    fn fetch<L: LocalEnd>(&mut self, desk: &mut Desk<'_, L>, mut batch: Batch) -> Result<Step, L::Fault> {
        let database = self.database;
        if let Some(wanted) = batch.chunks.pop_front() {
            self.phase = Phase::Fetching { batch };
            return Ok(Step::Ask(Request::BulkGet { database, wanted }));
        }
        if let Some((doc_id, mut wanted)) = batch.singly.pop_front() {
            if wanted.len() > OPEN_REVISIONS_MAX {
                let rest = wanted.split_off(OPEN_REVISIONS_MAX);
                batch.singly.push_front((doc_id.clone(), rest));
            }
            self.phase = Phase::Fetching { batch };
            return Ok(Step::Ask(Request::OpenRevisions { database, doc_id, wanted }));
        }
        let Some(run) = &mut self.run else { return Ok(mixed_up()) };
        let items = u32::try_from(batch.versions.len()).unwrap_or(u32::MAX);
        let before = run.since.replace(batch.last_seq);
        if let Err(fault) = self.store(desk, batch.versions) {
            if let Some(run) = &mut self.run
                && !is_planted(Defect::CheckpointBeforeBatch)
            {
                run.since = before;
                run.is_at_end = false;
            }
            return Err(fault);
        }
        self.page = (self.page * 2).min(PAGE_ROWS);
        if items == 0 && self.run.as_ref().is_some_and(|run| run.since == before) {
            // The same again, and again nothing of it can be had.
            return Ok(Step::Rest { until: desk.tick + FEED_POLL_MS });
        }
        let note = (!batch.passed_over.is_empty()).then(|| format!("passed over: {}", batch.passed_over.join("; ")));
        Ok(Step::Done { items, note })
    }

    /// Takes versions, and the checkpoint at `run.since` with them.
    fn store<L: LocalEnd>(&mut self, desk: &mut Desk<'_, L>, versions: Vec<Version>) -> Result<(), L::Fault> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let did = run.session.deeds.clone();
        let many = u64::try_from(versions.len()).unwrap_or(0);
        run.session.deeds.docs_read += many;
        run.session.deeds.docs_written += many;
        let seq = run.since.clone().map_or(Value::Null, Value::from);
        let checkpoint = (self.id.clone(), run.session.checkpoint(&seq, desk.now));
        let pulled = Pulled { database: self.database, versions, is_of_now: run.is_of_now, checkpoint };
        match desk.local.take_pulled(desk.now, &pulled) {
            Err(fault) => {
                run.session.deeds = did;
                return Err(fault);
            }
            Ok(Taken::Whole) if self.is_reading => {}
            Ok(Taken::Whole) => drop(run.note_at.get_or_insert(desk.tick + CHECKPOINT_LAG_MS)),
            Ok(Taken::Partial) => run.begins_anew(desk),
        }
        run.unnoted = 0;
        Ok(())
    }

    fn fetched<L: LocalEnd>(
        &mut self,
        desk: &mut Desk<'_, L>,
        asked: &Request,
        mut batch: Batch,
        outcome: Result<Answer, Trouble>,
    ) -> Result<Step, L::Fault> {
        match (asked, outcome) {
            (_, Ok(Answer::Documents { found, failed })) => {
                if let Some(passing) = failed.iter().find(|failed| passes(failed)) {
                    let trouble = trouble_with(passing);
                    return self.was_too_much(desk, asked, batch, trouble);
                }
                self.stuck = 0;
                let was_single = matches!(asked, Request::OpenRevisions { .. });
                batch.left_out(asked, &found, &failed);
                batch.versions.extend(found);
                for failed in failed {
                    batch.failed(failed, was_single);
                }
            }
            (Request::BulkGet { wanted, .. }, Err(Trouble::TooLarge(why))) => {
                self.page = (self.page / 2).max(1);
                batch.halve(wanted, &why);
            }
            (Request::OpenRevisions { doc_id, wanted, .. }, Err(Trouble::TooLarge(_))) if wanted.len() > 1 => {
                batch.one_by_one(doc_id, wanted);
            }
            (Request::BulkGet { wanted, .. }, Err(Trouble::Rejected(problem)))
                if matches!(problem.status, 400 | 405) =>
            {
                // A server without `_bulk_get`.
                self.is_one_by_one = true;
                batch.singly.extend(wanted.iter().cloned());
            }
            (Request::BulkGet { wanted, .. }, Err(Trouble::Missing(what))) if !what.contains("database") => {
                self.is_one_by_one = true;
                batch.singly.extend(wanted.iter().cloned());
            }
            (Request::OpenRevisions { doc_id, .. }, Err(Trouble::TooLarge(why) | Trouble::Missing(why))) => {
                batch.passed_over.push(format!("{doc_id}: {why}"));
            }
            (_, Ok(_)) => return Ok(mixed_up()),
            (_, Err(trouble)) if may_be_too_much(&trouble) => return self.was_too_much(desk, asked, batch, trouble),
            (_, Err(trouble)) => return Ok(Step::Fail(trouble)),
        }
        self.fetch(desk, batch)
    }

    /// What was asked for did not come through: less of it the next time. A document that fails alone, again and again,
    /// is passed over.
    fn was_too_much<L: LocalEnd>(
        &mut self,
        desk: &mut Desk<'_, L>,
        asked: &Request,
        mut batch: Batch,
        trouble: Trouble,
    ) -> Result<Step, L::Fault> {
        self.page = (self.page / 2).max(1);
        let doc_id = if let Request::OpenRevisions { doc_id, .. } = asked {
            doc_id
        } else if let Request::BulkGet { wanted, .. } = asked
            && let [(doc_id, _)] = &wanted[..]
        {
            doc_id
        } else {
            return Ok(Step::Fail(trouble));
        };
        self.stuck += 1;
        if self.stuck < FAILURES_UNTIL_PASSED_OVER {
            return Ok(Step::Fail(trouble));
        }
        self.stuck = 0;
        batch.passed_over.push(format!("{doc_id}: {trouble}"));
        self.fetch(desk, batch)
    }
}

/// By which a checkpoint is known again.
fn pair(checkpoint: Option<&Checkpoint>) -> Option<(String, Value)> {
    checkpoint.map(|it| (it.session_id.clone(), it.seq.clone()))
}

impl Batch {
    /// A revision that did not come: what is missing is asked for once more by itself, the rest is told.
    fn failed(&mut self, failed: FailedRevision, was_single: bool) {
        match failed.revision {
            Some(revision) if failed.error == "not_found" && !was_single => {
                self.singly.push_back((failed.doc_id, vec![revision]));
            }
            Some(_) | None => {
                self.passed_over.push(format!("{}: {}: {}", failed.doc_id, failed.error, failed.reason));
            }
        }
    }

    /// What an answer says nothing of: it is asked for once more by itself, and then told.
    fn left_out(&mut self, asked: &Request, found: &[Version], failed: &[FailedRevision]) {
        let is_told = |doc_id: &str, revision: &Revision| {
            let comes_of = |version: &Version| {
                let names = version.history.revisions();
                // A history that was cut short does not tell.
                let is_cut = names.last().is_some_and(|oldest| oldest.generation > revision.generation);
                version.doc_id == doc_id && (is_cut || names.contains(revision))
            };
            let is_it = |it: &FailedRevision| {
                it.doc_id == doc_id && it.revision.as_ref().is_none_or(|failed| failed == revision)
            };
            found.iter().any(comes_of) || failed.iter().any(is_it)
        };
        if let Request::BulkGet { wanted, .. } = asked {
            for (doc_id, revisions) in wanted {
                let silent: Vec<Revision> = revisions.iter().filter(|it| !is_told(doc_id, it)).cloned().collect();
                if !silent.is_empty() {
                    self.singly.push_back((doc_id.clone(), silent));
                }
            }
        } else if let Request::OpenRevisions { doc_id, wanted, .. } = asked {
            for revision in wanted.iter().filter(|it| !is_told(doc_id, it)) {
                self.passed_over.push(format!("{doc_id}: the server says nothing of {revision}"));
            }
        }
    }

    /// Versions of a document that are too much together.
    fn one_by_one(&mut self, doc_id: &str, wanted: &[Revision]) {
        self.singly.extend(wanted.iter().map(|revision| (doc_id.to_owned(), vec![revision.clone()])));
    }

    fn halve(&mut self, wanted: &Wanted, why: &str) {
        if let [(doc_id, revisions)] = &wanted[..] {
            match &revisions[..] {
                [] | [_] => self.passed_over.push(format!("{doc_id}: {why}")),
                many => self.one_by_one(doc_id, many),
            }
            return;
        }
        let (first, second) = wanted.split_at(wanted.len() / 2);
        self.chunks.push_front(second.to_vec());
        self.chunks.push_front(first.to_vec());
    }
}

/// From where to go on: as far as the one checkpoint says that had come less far; from the beginning where the two have
/// nothing in common. Ours is written first, but a power cut can take it back.
fn standing(ours: Option<&Checkpoint>, theirs: Option<&Checkpoint>) -> Option<String> {
    sequence(ours?.safer(theirs?)?)
}

fn sequence(seq: &Value) -> Option<String> {
    seq.as_str().filter(|seq| seq.len() <= SERVER_WORD_BYTES_MAX).map(str::to_owned)
}
