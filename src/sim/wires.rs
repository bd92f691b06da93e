//! The world between boxes and their server: calls on their way, the server's lives, and those who wait for news.

use super::central::Answered;
use super::disk;
use super::machine::Death;
use super::network::{Way, homeward, outward};
use super::world::{Event, To, Who, World};
use crate::app::{Input, Reply};
use crate::document::{Revision, Version};
use crate::sync::wire::{self, Request};
use crate::sync::{Call, LineTrouble};
use serde_json::Value;

/// One who waits for something to change.
#[derive(Debug)]
pub struct Waiting {
    /// Which of all that ever waited.
    pub number: u64,
    to: To,
    call: u64,
    request: http::Request<Vec<u8>>,
}

/// How a request is named in a trace.
fn named(request: &http::Request<Vec<u8>>) -> String {
    let path: String = request.uri().path().chars().take(60).collect();
    let bytes = request.body().len();
    format!("{} {path} ({bytes} bytes)", request.method())
}

impl World {
    /// Takes a call of a box and sends it on its way.
    pub(super) fn calls(&mut self, who: Who, call: Call) {
        self.counts.one("calls");
        self.machine_mut(who).calls += 1;
        self.tells_of(who, &format!("> {} {}", call.id, named(&call.request)));
        let handed = offered(&call.request);
        if !handed.is_empty() {
            let strays = self.borders.hands_over(&self.machine(who).location_id.clone(), call.request.body());
            strays.into_iter().for_each(|what| self.finds(format!("{}: {what}", self.machine(who).title)));
        }
        match who {
            Who::Register(nth) => self.registers[nth].offers(&handed),
            Who::Kitchen(_) if writes(&call.request) => {
                self.finds(format!("{} only reads, and asks {}", self.machine(who).title, named(&call.request)));
            }
            Who::Kitchen(_) => {}
        }
        for (doc_id, revision, body) in handed {
            self.handed.take(self.now_ms, &doc_id, &body);
            self.versions.take(doc_id, revision, body);
        }
        let out = outward(self.machine(who).way, &mut self.dice);
        let to = self.to(who);
        if let Some((after_ms, reply)) = out.told {
            self.enter(after_ms, to, Event::Replied { call: call.id, reply });
        }
        for after_ms in out.arrives {
            let arrives = Event::Arrives { to, call: call.id, request: call.request.clone() };
            self.enter(after_ms, To::any_life(who), arrives);
        }
    }

    /// A request reaches the server, whatever became of whoever sent it.
    pub(super) fn arrives(&mut self, to: To, call: u64, request: http::Request<Vec<u8>>) {
        let Some(answered) = self.central.answers(self.now_ms + self.calendar_ms, &request) else {
            let after_ms = self.dice.between(1, 60);
            let refused = LineTrouble::Unreachable("connection refused".to_owned());
            return self.enter(after_ms, to, Event::Replied { call, reply: Err(refused) });
        };
        self.counts.one("requests answered");
        let Answered { response, would_wait_ms, changed, gist, wrong } = answered;
        wrong.into_iter().for_each(|what| self.finds(what));
        self.say("server", &format!("{}'s {call}: {gist}", self.machine(to.who).title));
        match would_wait_ms {
            Some(wait_ms) => {
                self.waited += 1;
                let number = self.waited;
                self.waiting.push(Waiting { number, to, call, request });
                self.enter(i64::from(wait_ms), To::any_life(to.who), Event::WaitIsOver(number));
            }
            None => self.goes_home(to, call, response),
        }
        if changed {
            // Who waits is asked again, and told if there is something.
            for waiting in std::mem::take(&mut self.waiting) {
                self.asks_again(waiting, false);
            }
        }
    }

    fn goes_home(&mut self, to: To, call: u64, response: http::Response<Vec<u8>>) {
        let strays = self.borders.tells(&self.machine(to.who).location_id, response.body());
        strays.into_iter().for_each(|what| self.finds(format!("to {} {what}", self.machine(to.who).title)));
        let way = self.machine(to.who).way;
        for (after_ms, reply) in homeward(way, &response, &mut self.dice) {
            self.enter(after_ms, to, Event::Replied { call, reply });
        }
    }

    /// Somebody has waited long enough.
    pub(super) fn wait_is_over(&mut self, number: u64) {
        if let Some(at) = self.waiting.iter().position(|it| it.number == number) {
            let waiting = self.waiting.remove(at);
            self.asks_again(waiting, true);
        }
    }

    fn asks_again(&mut self, waiting: Waiting, is_over: bool) {
        match self.central.answers(self.now_ms + self.calendar_ms, &waiting.request) {
            Some(Answered { would_wait_ms: Some(_), .. }) if !is_over => self.waiting.push(waiting),
            Some(answered) => {
                let name = &self.machine(waiting.to.who).title;
                self.say("server", &format!("{name}'s {} has waited: {}", waiting.call, answered.gist));
                self.goes_home(waiting.to, waiting.call, answered.response);
            }
            None => {}
        }
    }

    /// A box hears of a call.
    pub(super) fn replied(&mut self, who: Who, call: u64, reply: Result<http::Response<Vec<u8>>, LineTrouble>) {
        let what = match &reply {
            Ok(response) => format!("{} ({} bytes)", response.status().as_u16(), response.body().len()),
            Err(trouble) => format!("{trouble:?}"),
        };
        self.tells_of(who, &format!("< {call} {what}"));
        self.tell(who, Input::Replied { call, reply: Reply(reply) });
    }

    pub(super) fn server_dies(&mut self, death: Death) {
        if !self.central.is_up() {
            return;
        }
        self.counts.one("deaths of the server");
        match self.central.die(death) {
            Ok(lost) => self.say("server", &format!("dies, {death:?}: {lost:?}")),
            Err(why) => self.finds(format!("the server: {why}")),
        }
        self.hangs_up();
        let after_ms = self.dice.between(500, 40_000);
        self.enter(after_ms, To::ALL, Event::ServerStarts);
    }

    /// Nobody at the other end: those who wait hear of it.
    fn hangs_up(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            let reply = Err(LineTrouble::CutOff("connection reset by peer".to_owned()));
            self.enter(5, waiting.to, Event::Replied { call: waiting.call, reply });
        }
    }

    pub(super) fn server_starts(&mut self) {
        if self.central.is_up() {
            return;
        }
        match self.central.start() {
            Ok(()) => self.say("server", &format!("starts on life {}", self.central.life)),
            Err(why) => self.finds(format!("the server does not start: {why}")),
        }
    }

    pub(super) fn server_backs_up(&mut self) {
        match self.central.back_up() {
            Ok(()) => self.say("server", "is backed up"),
            Err(why) => self.finds(format!("the server: {why}")),
        }
    }

    pub(super) fn server_is_set_back(&mut self) {
        self.counts.one("servers set back");
        self.registers.iter_mut().for_each(|register| register.server_was_set_back = true);
        // What is looked at here is thrown away a moment later.
        disk::mend(&self.central.directory());
        match self.central.booked(self.now_ms + self.calendar_ms) {
            Ok(booked) => self.forgotten.extend(booked),
            Err(why) => self.finds(format!("the server: {why}")),
        }
        match self.central.set_back() {
            Ok(word) => self.say("server", word),
            Err(why) => self.finds(format!("the server: {why}")),
        }
        self.hangs_up();
        self.enter(2_000, To::ALL, Event::ServerStarts);
    }

    pub(super) fn server_accepts(&mut self, accepts: bool) {
        if self.central.accepts != accepts {
            self.central.accepts = accepts;
            let what = if accepts { "accepts orders and payments again" } else { "is too busy to accept anything" };
            self.say("server", what);
        }
    }

    pub(super) fn way_becomes(&mut self, who: Who, way: Way) {
        self.machine_mut(who).way = way;
        self.tells_of(who, &format!("its way to the server {}", way.words()));
    }
}

/// Whether a request would change something at the server.
fn writes(request: &http::Request<Vec<u8>>) -> bool {
    match wire::server::read(request) {
        Ok(
            Request::SubmitOrder { .. }
            | Request::SubmitPayment { .. }
            | Request::PutLocal { .. }
            | Request::EnsureFullCommit { .. }
            | Request::BulkDocs { .. }
            | Request::Enrol { .. },
        ) => true,
        Ok(
            Request::Health
            | Request::Token { .. }
            | Request::Menu { .. }
            | Request::Information { .. }
            | Request::GetLocal { .. }
            | Request::Changes { .. }
            | Request::RevsDiff { .. }
            | Request::BulkGet { .. }
            | Request::OpenRevisions { .. },
        )
        | Err(_) => false,
    }
}

/// The revisions that a request hands over: documents, how each is called, and what it says.
fn offered(request: &http::Request<Vec<u8>>) -> Vec<(String, Revision, Value)> {
    match wire::server::read(request) {
        Ok(Request::BulkDocs { documents, .. }) => {
            let handed = |it: Version| (it.doc_id.clone(), it.revision().clone(), it.body);
            documents.into_iter().map(handed).collect()
        }
        Ok(Request::SubmitOrder { body } | Request::SubmitPayment { body }) => {
            let text = |name: &str| body.get(name).and_then(Value::as_str);
            let revision = text("_rev").and_then(Revision::read);
            let named = text("_id").map(str::to_owned).zip(revision);
            named.into_iter().map(|(id, revision)| (id, revision, body.clone())).collect()
        }
        Ok(_) | Err(_) => Vec::new(),
    }
}
