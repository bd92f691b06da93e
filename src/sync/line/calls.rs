//! Calls of a line: what goes out, with which token, and who is given what comes back, read against what was asked.

use super::lane::Flight;
use super::link::{Heard, heard};
use super::rounds::asked_to_wait;
use super::{Call, Hands, LaneName, Line, LineTrouble, News, token};
use crate::sync::LocalEnd;
use crate::sync::backoff::wait_ms;
use crate::sync::limits::{FEED_GRACE_MS, NEWS_MAX, PRESENCE_REPLY_MS, PROBE_REPLY_MS, REPLY_MS, SERVER_TIME_EVERY_MS};
use crate::sync::presence;
use crate::sync::wire::{Answer, Request, Trouble, client};
use http::Response;

impl Line {
    /// Sends a request off.
    pub(super) fn fly(&mut self, request: Request, calls: &mut Vec<Call>) -> Flight {
        let reply_within_ms = match &request {
            Request::Health => PROBE_REPLY_MS,
            Request::GetLocal { id, .. } | Request::PutLocal { id, .. } if id == presence::DOCUMENT => {
                PRESENCE_REPLY_MS
            }
            Request::Changes { wait_ms: Some(wait), .. } => wait.saturating_add(FEED_GRACE_MS),
            Request::Token { .. }
            | Request::Enrol { .. }
            | Request::SubmitOrder { .. }
            | Request::SubmitPayment { .. }
            | Request::Menu { .. }
            | Request::Information { .. }
            | Request::GetLocal { .. }
            | Request::PutLocal { .. }
            | Request::EnsureFullCommit { .. }
            | Request::Changes { wait_ms: None, .. }
            | Request::RevsDiff { .. }
            | Request::BulkGet { .. }
            | Request::OpenRevisions { .. }
            | Request::BulkDocs { .. } => REPLY_MS,
        };
        let token = if matches!(request, Request::Token { .. } | Request::Enrol { .. }) {
            None
        } else if self.settings.site.takes_submissions() {
            self.token.held(self.tick).map(str::to_owned)
        } else {
            self.settings.secret.clone()
        };
        self.last_call += 1;
        let written = client::write(&request, &self.settings.site, token.as_deref());
        let answer_bytes_max = request.answer_bytes_max();
        calls.push(Call { id: self.last_call, request: written, reply_within_ms, answer_bytes_max });
        Flight { call: self.last_call, request, deadline: self.tick + i64::from(reply_within_ms), token }
    }

    pub(super) fn lacks_token(&self) -> bool {
        let needs = self.settings.site.takes_submissions() && self.settings.secret.is_some();
        needs && self.token.held(self.tick).is_none()
    }

    pub(super) fn ask_for_token<L: LocalEnd>(&mut self, hands: &mut Hands<'_, L>) {
        let Some(secret) = self.settings.secret.as_deref().map(Into::into) else { return };
        if !self.lacks_token() || self.token.flight.is_some() || self.token.look_at > self.tick {
            return;
        }
        let register_id = self.settings.register_id.to_string();
        self.token.flight = Some(self.fly(Request::Token { register_id, secret }, &mut hands.calls));
    }

    /// Finds who waits for an answer, and gives it to them.
    pub(super) fn receive<L: LocalEnd>(
        &mut self,
        call: u64,
        reply: Result<Response<Vec<u8>>, LineTrouble>,
        hands: &mut Hands<'_, L>,
    ) {
        let is_it = |flight: &mut Flight| flight.call == call;
        if let Some(flight) = self.probe.take_if(is_it) {
            let outcome = self.read(&flight, reply, hands);
            let was_heard = matches!(outcome, Ok(_) | Err(Trouble::Unauthorized(_)));
            let why = outcome.err().map_or_else(String::new, |trouble| trouble.to_string());
            self.weigh(if was_heard { Heard::Ours } else { Heard::Nothing { why } }, hands);
        } else if let Some(flight) = self.token.flight.take_if(is_it) {
            let outcome = self.read(&flight, reply, hands);
            self.take_token(&outcome, hands);
            self.weigh(heard(&outcome), hands);
        } else if let Some(nth) = self.lanes.iter().position(|it| it.flight.as_ref().is_some_and(|it| it.call == call))
            && let Some(flight) = self.lanes[nth].flight.take()
        {
            let outcome = self.read(&flight, reply, hands);
            let heard = heard(&outcome);
            self.take(nth, flight, outcome, hands);
            self.weigh(heard, hands);
        }
        // Whoever waits for others to be through may have his turn now.
        self.advance();
        let surplus = self.news.len().saturating_sub(NEWS_MAX);
        self.news.drain(..surplus);
    }

    /// Reads what came back against what was asked.
    pub(super) fn read<L: LocalEnd>(
        &mut self,
        flight: &Flight,
        reply: Result<Response<Vec<u8>>, LineTrouble>,
        hands: &mut Hands<'_, L>,
    ) -> Result<Answer, Trouble> {
        let response = reply.map_err(|trouble| trouble.of(&flight.request))?;
        let outcome = client::read(&flight.request, &response);
        let told = match &outcome {
            Ok(Answer::Healthy(health)) => Some(health.now),
            outcome if heard(outcome) == Heard::Ours => client::server_time(&response),
            Ok(_) | Err(_) => None,
        };
        if let Some(told) = told.filter(|_| self.server_time_at <= self.tick) {
            // Also when it cannot be written: the next answer is not the time to try again.
            self.server_time_at = self.tick + SERVER_TIME_EVERY_MS;
            if let Err(fault) = hands.local.note_server_time(told) {
                hands.fault.get_or_insert(fault);
            }
        }
        outcome
    }

    /// Gives an answer to its lane.
    pub(super) fn take<L: LocalEnd>(
        &mut self,
        nth: usize,
        flight: Flight,
        outcome: Result<Answer, Trouble>,
        hands: &mut Hands<'_, L>,
    ) {
        let lane = &mut self.lanes[nth];
        if let Err(trouble @ Trouble::Unauthorized(_)) = &outcome {
            // A new token, and the same again: nobody is to blame but the time.
            self.token.refused(flight.token.as_deref());
            lane.refused_tokens += 1;
            let can_renew = self.settings.site.takes_submissions() && self.settings.secret.is_some();
            let wait = match lane.refused_tokens {
                1 if can_renew => 0,
                many => wait_ms(many, None, hands.dice),
            };
            if wait > 0 && lane.failing.is_none() {
                let enrols = self.settings.site.takes_submissions();
                let why = if enrols { token::why_none(trouble) } else { trouble.to_string() };
                lane.failing = Some((self.tick, why.clone()));
                self.news.push(News::Failing { lane: lane.name, why: why.clone() });
                self.news.push(News::TurnedAway { why });
            }
            lane.look_at = self.tick + wait;
            lane.ready = Some(flight.request);
            return;
        }
        lane.refused_tokens = 0;
        // What presence fails at is nobody's trouble, and no success either.
        lane.has_exchanged = outcome.is_ok() || lane.name != LaneName::Presence;
        if outcome.is_ok() {
            lane.heard_at = Some(self.tick);
        }
        if lane.began.is_some() && matches!(flight.request, Request::Changes { wait_ms: Some(_), .. }) {
            // What the server waited for others is none of its time.
            lane.began = Some(self.tick);
        }
        self.let_machine(nth, hands, |machine, desk| machine.take(desk, &flight.request, outcome));
    }

    pub(super) fn take_token<L: LocalEnd>(&mut self, outcome: &Result<Answer, Trouble>, hands: &mut Hands<'_, L>) {
        let why = match outcome {
            Ok(Answer::Token { token, expires_in_s }) => {
                self.token.given(token.to_string(), *expires_in_s, self.tick);
                return;
            }
            Ok(_) => "the answer to something else".to_owned(),
            Err(trouble) => token::why_none(trouble),
        };
        self.token.tries += 1;
        self.token.look_at = self.tick + wait_ms(self.token.tries, asked_to_wait(outcome.as_ref().err()), hands.dice);
        if self.token.failing.is_none() {
            self.news.push(News::Failing { lane: LaneName::Token, why: why.clone() });
            if matches!(outcome, Err(Trouble::Unauthorized(_))) {
                self.news.push(News::TurnedAway { why: why.clone() });
            }
        }
        let since = self.token.failing.take().map_or(self.tick, |(since, _)| since);
        self.token.failing = Some((since, why));
    }
}
