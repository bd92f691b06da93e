//! The server's box: the real decisions over a real central database, and before them a door that knows tokens, as the
//! server's own door will. It can be killed, lose its power, lose everything, and be set back to a backup.

use super::dice::Dice;
use super::disk::{self, Lost};
use super::gist;
use super::machine::{Death, OPENS};
use super::register::menu_text;
use super::template;
use crate::document::{Database, Revision, menu};
use crate::domain::id::Entropy;
use crate::domain::{LocationId, Timestamp};
use crate::server::{Central, Replica, Role, Scope, Settings, SqliteCentral, at_once};
use crate::sync::wire::{self, Answer, Problem, Request};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// For how long a token holds, in seconds.
const TOKEN_S: u32 = 240;

/// What a device was given when it was enrolled.
pub fn secret(location_id: &LocationId, name: &str) -> String {
    format!("secret of {name} at {location_id}")
}

/// Somebody whom the server knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Where.
    pub location_id: LocationId,
    /// What it is called there.
    pub name: String,
    /// It is a kitchen, which only reads.
    pub is_kitchen: bool,
}

impl Known {
    fn scope(&self) -> Scope {
        let role = if self.is_kitchen { Role::Kitchen } else { Role::Register(self.name.as_str().into()) };
        Scope { location_id: self.location_id.clone(), role }
    }
}

/// The server.
pub struct CentralBox {
    /// The program, while it runs.
    replica: Option<Replica<SqliteCentral>>,
    /// How often it died.
    pub life: u32,
    folder: PathBuf,
    dice: Dice,
    entropy: Entropy,
    /// Who is enrolled.
    known: Vec<Known>,
    /// Who was let in, and until when.
    tokens: BTreeMap<String, (Scope, i64)>,
    /// Largest request that passes what stands before it, in bytes.
    pub bytes_max: usize,
    /// It accepts orders and payments, and is not too busy for that.
    pub accepts: bool,
    /// Under which id and number each order was accepted first.
    accepted: BTreeMap<String, (String, String)>,
    /// How its files stood when the last backup was made.
    backup: Option<Vec<u8>>,
}

/// Of a response: what a request led to.
pub struct Answered {
    /// What goes back.
    pub response: http::Response<Vec<u8>>,
    /// It is an empty answer to one who would rather wait.
    pub would_wait_ms: Option<u32>,
    /// Something may have changed for those who wait.
    pub changed: bool,
    /// What was asked and answered, in a few words.
    pub gist: String,
    /// What was wrong with that.
    pub wrong: Option<String>,
}

impl CentralBox {
    /// A server with its menus and its devices enrolled; it does not run yet.
    ///
    /// # Errors
    /// A sentence, when its directory cannot be made.
    pub fn new(folder: &Path, known: Vec<Known>, dice: &mut Dice) -> Result<CentralBox, String> {
        let mut own = dice.fork();
        let entropy = own.entropy();
        // A limit that lets any one document pass, the record of a conflict too, and not any batch.
        let bytes_max = own.one_of(&[usize::MAX, 20 * 1024, 24 * 1024]);
        let central = CentralBox {
            replica: None,
            life: 0,
            folder: folder.join("server"),
            dice: own,
            entropy,
            known,
            tokens: BTreeMap::new(),
            bytes_max,
            accepts: true,
            accepted: BTreeMap::new(),
            backup: None,
        };
        central.make_directory()?;
        central.lays_down(&central.furnished()?)?;
        Ok(central)
    }

    /// Where it keeps its files in this life.
    pub fn directory(&self) -> PathBuf {
        self.folder.join(self.life.to_string())
    }

    fn file(&self) -> PathBuf {
        self.directory().join("central.db")
    }

    fn make_directory(&self) -> Result<(), String> {
        let directory = self.directory();
        fs::create_dir_all(&directory).map_err(|source| format!("no directory was made: {source}"))?;
        disk::watch(&directory);
        Ok(())
    }

    fn lays_down(&self, bytes: &[u8]) -> Result<(), String> {
        fs::write(self.file(), bytes).map_err(|source| format!("the central database was not laid down: {source}"))
    }

    /// Its files before anybody sold anything.
    fn furnished(&self) -> Result<Vec<u8>, String> {
        template::bytes(format!("central database of {:?}", self.known), &self.folder, |file| {
            furnish(&self.known, file)
        })
    }

    /// Whether it runs.
    pub fn is_up(&self) -> bool {
        self.replica.is_some()
    }

    /// Starts on what its disk holds.
    ///
    /// # Errors
    /// A sentence: that is never right.
    pub fn start(&mut self) -> Result<(), String> {
        let central = SqliteCentral::open(&self.file(), &mut self.entropy).map_err(|fault| fault.to_string())?;
        self.tokens.clear();
        self.replica = Some(Replica::new(central, Settings::default()));
        Ok(())
    }

    /// Dies, and leaves on disk what such a death leaves.
    ///
    /// # Errors
    /// A sentence, when its files cannot be copied.
    pub fn die(&mut self, death: Death) -> Result<Lost, String> {
        let (old, old_directory) = (self.file(), self.directory());
        self.life += 1;
        self.make_directory()?;
        let copied = match death {
            Death::Killed => disk::copy_as_is(&old, &self.file()).map(|()| Lost::default()),
            Death::PowerCut => disk::copy_after_power_cut(&old, &self.file(), &mut self.dice),
        };
        self.clear_away(&old_directory)?;
        copied.map_err(|source| format!("its files were not copied: {source}"))
    }

    /// Keeps its files as they are now, for [`CentralBox::set_back`].
    ///
    /// # Errors
    /// A sentence, when they cannot be read.
    pub fn back_up(&mut self) -> Result<(), String> {
        // On a medium of its own, which does not fail together with the server's.
        let medium = self.folder.join("backup");
        fs::create_dir_all(&medium).map_err(|source| format!("no place for a backup was made: {source}"))?;
        let copy = medium.join("backup.db");
        disk::copy_as_is(&self.file(), &copy).map_err(|source| format!("no backup was made: {source}"))?;
        // Opened and closed: its log is carried over into the one file.
        let central = SqliteCentral::open(&copy, &mut self.entropy).map_err(|fault| fault.to_string())?;
        drop(central);
        self.backup = Some(fs::read(&copy).map_err(|source| format!("no backup was read: {source}"))?);
        Ok(())
    }

    /// Everything is lost: it is set up anew from the last backup, or from nothing. Says which.
    ///
    /// # Errors
    /// A sentence, when its files cannot be made.
    pub fn set_back(&mut self) -> Result<&'static str, String> {
        let old_directory = self.directory();
        self.life += 1;
        self.make_directory()?;
        let (bytes, word) = match self.backup.take() {
            Some(bytes) => (bytes, "is set back to its backup"),
            None => (self.furnished()?, "is set up anew"),
        };
        self.accepted.clear();
        self.lays_down(&bytes)?;
        self.clear_away(&old_directory)?;
        let central = SqliteCentral::open(&self.file(), &mut self.entropy).map_err(|fault| fault.to_string())?;
        central.renew(&mut self.entropy).map_err(|fault| fault.to_string())?;
        Ok(word)
    }

    fn clear_away(&mut self, directory: &Path) -> Result<(), String> {
        self.replica = None;
        disk::forget(directory);
        fs::remove_dir_all(directory).map_err(|source| format!("an old life was not cleared away: {source}"))
    }

    /// Answers a request, as it comes over the network; none when it does not run.
    pub fn answers(&mut self, at_ms: i64, asked: &http::Request<Vec<u8>>) -> Option<Answered> {
        self.replica.as_ref()?;
        let plain = |response: http::Response<Vec<u8>>| {
            let gist = format!("{} without a look", response.status());
            Some(Answered { response, would_wait_ms: None, changed: false, gist, wrong: None })
        };
        if asked.body().len() > self.bytes_max {
            let body = b"<html><h1>413 Request Entity Too Large</h1></html>".to_vec();
            let response = http::Response::builder().status(413).header("content-type", "text/html").body(body);
            return plain(response.expect("a status and a header that are right"));
        }
        let request = match wire::server::read(asked) {
            Ok(request) => request,
            Err(problem) => return plain(wire::server::write_problem(asked, &problem)),
        };
        let answer = self.decides(at_ms, asked, &request);
        let would_wait_ms = match (&request, &answer) {
            (Request::Changes { wait_ms, .. }, Ok(Answer::Changes(changes))) if changes.rows.is_empty() => *wait_ms,
            _ => None,
        };
        let changed =
            matches!(request, Request::BulkDocs { .. } | Request::SubmitOrder { .. } | Request::SubmitPayment { .. });
        let gist = format!("{}: {}", gist::request(&request), gist::answer(&answer));
        let wrong = self.accepted_twice(&request, &answer);
        let mut response = wire::server::write(&request, &answer);
        wire::server::date(&mut response, OPENS.plus_millis(at_ms));
        Some(Answered { response, would_wait_ms, changed, gist, wrong })
    }

    /// The same key always gives the first answer, as long as the server remembers it.
    fn accepted_twice(&mut self, request: &Request, answer: &Result<Answer, Problem>) -> Option<String> {
        let (Request::SubmitOrder { body }, Ok(Answer::OrderAccepted(accepted))) = (request, answer) else {
            return None;
        };
        let id = body.get("_id").and_then(serde_json::Value::as_str).unwrap_or_default();
        let numbers = (accepted.order_id.clone(), accepted.order_number.clone());
        let first = self.accepted.entry(id.to_owned()).or_insert_with(|| numbers.clone());
        (*first != numbers).then(|| format!("{id} was accepted twice: as {first:?}, and as {numbers:?}"))
    }

    fn decides(&mut self, at_ms: i64, asked: &http::Request<Vec<u8>>, request: &Request) -> Result<Answer, Problem> {
        let now = OPENS.plus_millis(at_ms);
        if !self.accepts && matches!(request, Request::SubmitOrder { .. } | Request::SubmitPayment { .. }) {
            return Err(no(503, "unavailable", "it is too busy to accept anything"));
        }
        let replica = self.replica.as_ref().ok_or_else(|| no(503, "unavailable", "it does not run"))?;
        if let Request::Token { register_id, secret } = request {
            let scope = at_once(replica.admit(register_id, secret))?;
            let token = format!("{:016x}", self.dice.throw());
            self.tokens.insert(token.clone(), (scope, at_ms + i64::from(TOKEN_S) * 1000));
            return Ok(Answer::Token { token: token.into(), expires_in_s: TOKEN_S });
        }
        let bearer = asked.headers().get("authorization").and_then(|it| it.to_str().ok()?.strip_prefix("Bearer "));
        let known = bearer.and_then(|token| self.tokens.get(token)).filter(|(_, until)| *until > at_ms);
        let scope = match known {
            Some((scope, _)) => scope.clone(),
            // Whoever asks for its health may be anybody.
            None if matches!(request, Request::Health) => operator("nowhere".into()),
            None => return Err(no(401, "unauthorized", "the token is not known, or not any more")),
        };
        at_once(replica.answer(&scope, request, now, &mut self.entropy))
    }

    /// Asks it as its operator does, for a location.
    ///
    /// # Errors
    /// A sentence with what it says instead.
    pub fn asks(&mut self, location_id: &LocationId, request: &Request, now: Timestamp) -> Result<Answer, String> {
        self.asks_as(&operator(location_id.clone()), request, now)?.map_err(|problem| problem.to_string())
    }

    /// Asks it as somebody does who was let in with this scope.
    ///
    /// # Errors
    /// A sentence, when it does not run.
    pub fn asks_as(
        &mut self,
        scope: &Scope,
        request: &Request,
        now: Timestamp,
    ) -> Result<Result<Answer, Problem>, String> {
        let replica = self.replica.as_ref().ok_or("the server does not run at the end")?;
        Ok(at_once(replica.answer(scope, request, now, &mut self.entropy)))
    }

    /// The scope with which a device is let in.
    ///
    /// # Errors
    /// A sentence with what it says instead.
    pub fn admits(&self, location_id: &LocationId, name: &str) -> Result<Scope, String> {
        let replica = self.replica.as_ref().ok_or("the server does not run at the end")?;
        at_once(replica.admit(name, &secret(location_id, name))).map_err(|problem| problem.to_string())
    }

    /// Where something is sold.
    pub fn locations(&self) -> Vec<LocationId> {
        let all: BTreeSet<LocationId> = self.known.iter().map(|known| known.location_id.clone()).collect();
        all.into_iter().collect()
    }

    /// The database, for what is no request.
    pub fn replica(&self) -> Option<&Replica<SqliteCentral>> {
        self.replica.as_ref()
    }

    /// Documents of the orders that are in its books, and records of conflicts, whether it runs or not.
    ///
    /// # Errors
    /// A sentence, when they cannot be read.
    pub fn booked(&mut self, at_ms: i64) -> Result<BTreeSet<String>, String> {
        let was_down = self.replica.is_none();
        if was_down {
            self.start()?;
        }
        let mut all = BTreeSet::new();
        for location in self.locations() {
            all.extend(self.leaves(&location, Database::Audit, OPENS.plus_millis(at_ms))?.into_keys());
            let mut after = String::new();
            while let Some(replica) = &self.replica {
                let page = at_once(replica.central().booked_orders(&location, &after, 500));
                let page = page.map_err(|fault| fault.to_string())?;
                let Some(last) = page.last() else { break };
                after.clone_from(&last.order_id);
                all.extend(page.into_iter().map(|booked| booked.doc_id));
            }
        }
        if was_down {
            self.replica = None;
        }
        Ok(all)
    }

    /// Every document of a location's database and its leaves, the winner first.
    ///
    /// # Errors
    /// A sentence with what it says instead.
    pub fn leaves(
        &mut self,
        location_id: &LocationId,
        database: Database,
        now: Timestamp,
    ) -> Result<BTreeMap<String, Vec<Revision>>, String> {
        let (mut all, mut since, mut read) = (BTreeMap::new(), None, BTreeSet::new());
        loop {
            let asked = Request::Changes { database, since, limit: 500, wait_ms: None };
            let Answer::Changes(page) = self.asks(location_id, &asked, now)? else {
                return Err("it answers something else".into());
            };
            // A feed that goes round in circles is as good as at its end: what it said too much is found.
            let is_at_end = page.rows.is_empty() || !read.insert(page.last_seq.clone());
            since = Some(page.last_seq);
            all.extend(page.rows.into_iter().map(|row| (row.doc_id, row.revisions)));
            if is_at_end {
                return Ok(all);
            }
        }
    }
}

fn no(status: u16, code: &str, detail: &str) -> Problem {
    Problem { status, code: code.to_owned(), detail: detail.to_owned(), field: None }
}

fn operator(location_id: LocationId) -> Scope {
    Scope { location_id, role: Role::Admin }
}

/// A central database in which these are enrolled, and each location has the same menu.
fn furnish(known: &[Known], file: &Path) -> Result<(), String> {
    let mut entropy = Dice::new(99).entropy();
    let central = SqliteCentral::open(file, &mut entropy).map_err(|fault| fault.to_string())?;
    let replica = Replica::new(central, Settings::default());
    let menu = menu::read(&menu_text()).map_err(|flaws| format!("the menu does not read: {flaws:?}"))?;
    let locations: BTreeSet<&LocationId> = known.iter().map(|known| &known.location_id).collect();
    for location_id in locations {
        let imported = at_once(replica.import_menu(&operator(location_id.clone()), &menu, OPENS, &mut entropy));
        imported.map_err(|problem| problem.to_string())?;
    }
    for known in known {
        let secret = secret(&known.location_id, &known.name);
        at_once(replica.enrol(&known.scope(), &known.name, &secret, OPENS)).map_err(|problem| problem.to_string())?;
    }
    Ok(())
}
