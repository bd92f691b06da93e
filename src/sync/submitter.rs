//! Hands orders, or payments, to the server one by one, each exactly once whatever is lost: the key in the body makes a
//! repetition safe, and an answer counts for the submission that was kept with the call.

use super::LocalEnd;
use super::backoff::wait_ms;
use super::limits::{RETRIES_UNTIL_REVIEW, ROUND_MS};
use super::line::News;
use super::local_end::{Lane, Ruling, Submission};
use super::step::{Desk, Step};
use super::wire::{Answer, Request, Trouble};
use crate::document::submission::{Ground, check_order, check_payment};
use crate::document::{BadDocument, DocumentType};
use crate::domain::id::LocationId;
use crate::domain::planted::{Defect, is_planted};

/// One lane of submission.
#[derive(Debug)]
pub(super) struct Submitter {
    lane: Lane,
    location_id: LocationId,
    /// What was sent and is not answered.
    under_way: Option<Submission>,
}

impl Submitter {
    pub fn new(lane: Lane, location_id: LocationId) -> Submitter {
        Submitter { lane, location_id, under_way: None }
    }

    /// Forgets what is under way; it is still in the outbox.
    pub fn reset(&mut self) {
        self.under_way = None;
    }

    /// Finds what is next.
    pub fn next<L: LocalEnd>(&mut self, desk: &mut Desk<'_, L>) -> Result<Step, L::Fault> {
        let Some(submission) = desk.local.next_submission(self.lane, desk.latest)? else {
            let due = desk.local.next_due(self.lane, desk.latest)?;
            let soonest = due.map_or(i64::MAX, |due| desk.tick_of(due));
            return Ok(Step::Rest { until: soonest.min(desk.tick + ROUND_MS) });
        };
        if let Err(bad) = self.check(&submission) {
            let why = format!("the server would not take it: {bad}");
            rule(desk, &submission, &Ruling::Review { why: why.clone() })?;
            desk.news.push(News::Review { doc_id: submission.doc_id, why: why.clone() });
            return Ok(Step::Refused { why });
        }
        let body = submission.payload.clone();
        let request = match self.lane {
            Lane::Orders => Request::SubmitOrder { body },
            Lane::Payments => Request::SubmitPayment { body },
        };
        self.under_way = Some(submission);
        Ok(Step::Ask(request))
    }

    /// The server's own validation, but for the taxes: of those it may know more than this register.
    fn check(&self, submission: &Submission) -> Result<(), BadDocument> {
        let ground = Ground { location_id: &self.location_id, taxes: &[] };
        let payload = &submission.payload;
        match (DocumentType::of_id(&submission.doc_id), self.lane) {
            (Some(_), Lane::Orders) => check_order(payload, &ground).map(drop),
            (Some(_), Lane::Payments) => check_payment(payload, &ground).map(drop),
            (None, Lane::Orders | Lane::Payments) => Ok(()),
        }
    }

    /// Takes what came back.
    pub fn take<L: LocalEnd>(
        &mut self,
        desk: &mut Desk<'_, L>,
        outcome: Result<Answer, Trouble>,
    ) -> Result<Step, L::Fault> {
        let submission = if is_planted(Defect::ReplyAgainstPresentState) {
            desk.local.next_submission(self.lane, desk.latest)?
        } else {
            self.under_way.take()
        };
        let Some(submission) = submission else { return Ok(Step::Rest { until: desk.tick }) };
        let (ruling, step) = self.ruling(desk, &submission, outcome);
        rule(desk, &submission, &ruling)?;
        self.tell(desk, submission, ruling);
        Ok(step)
    }

    fn ruling<L: LocalEnd>(
        &self,
        desk: &mut Desk<'_, L>,
        submission: &Submission,
        outcome: Result<Answer, Trouble>,
    ) -> (Ruling, Step) {
        match (outcome, self.lane) {
            (Ok(Answer::OrderAccepted(accepted)), Lane::Orders) => {
                (Ruling::OrderAccepted(accepted), Step::Done { items: 1, note: None })
            }
            (Ok(Answer::PaymentAccepted(accepted)), Lane::Payments) => {
                (Ruling::PaymentAccepted(accepted), Step::Done { items: 1, note: None })
            }
            (Ok(_), Lane::Orders | Lane::Payments) => {
                self.postponed(desk, submission, Trouble::NotOurs("another answer".into()))
            }
            (Err(Trouble::Rejected(problem)), Lane::Orders | Lane::Payments) => {
                let why = match &problem.field {
                    // A server of ours names it there, too.
                    Some(field) if !problem.detail.starts_with(field.as_str()) => {
                        format!("{field}: {}", problem.detail)
                    }
                    Some(_) | None => problem.detail.clone(),
                };
                let step = Step::Refused { why: why.clone() };
                if submission.rejections >= RETRIES_UNTIL_REVIEW {
                    return (Ruling::Review { why }, step);
                }
                let wait = wait_ms(submission.rejections.saturating_add(1), None, desk.dice);
                (Ruling::Rejected { not_before: desk.now.plus_millis(wait), why }, step)
            }
            (Err(trouble), Lane::Orders | Lane::Payments) => self.postponed(desk, submission, trouble),
        }
    }

    fn postponed<L: LocalEnd>(
        &self,
        desk: &mut Desk<'_, L>,
        submission: &Submission,
        trouble: Trouble,
    ) -> (Ruling, Step) {
        let asked = match &trouble {
            Trouble::Busy { retry_after_ms, .. } => *retry_after_ms,
            Trouble::Line(_)
            | Trouble::Unauthorized(_)
            | Trouble::TooLarge(_)
            | Trouble::Rejected(_)
            | Trouble::NotOurs(_)
            | Trouble::Missing(_) => None,
        };
        let wait = wait_ms(submission.failures.saturating_add(1), asked, desk.dice);
        let ruling = Ruling::Postponed { not_before: desk.now.plus_millis(wait), why: trouble.to_string() };
        (ruling, Step::Fail(trouble))
    }

    fn tell<L: LocalEnd>(&self, desk: &mut Desk<'_, L>, submission: Submission, ruling: Ruling) {
        let doc_id = submission.doc_id;
        desk.news.push(match ruling {
            Ruling::OrderAccepted(accepted) => News::Accepted { doc_id, number: Some(accepted.order_number) },
            Ruling::PaymentAccepted(_) => News::Accepted { doc_id, number: None },
            Ruling::Postponed { why, .. } => News::Postponed { doc_id, why },
            Ruling::Rejected { why, .. } => News::Rejected { doc_id, why },
            Ruling::Review { why } => News::Review { doc_id, why },
        });
    }
}

/// Writes down what became of a submission. Where that cannot be written, perhaps because its record is damaged, it is
/// put off: those behind it must not wait.
fn rule<L: LocalEnd>(desk: &mut Desk<'_, L>, submission: &Submission, ruling: &Ruling) -> Result<(), L::Fault> {
    let Err(fault) = desk.local.take_ruling(desk.now, submission, ruling) else { return Ok(()) };
    if !matches!(ruling, Ruling::Postponed { .. }) {
        let wait = wait_ms(submission.failures.saturating_add(1), None, desk.dice);
        let later = Ruling::Postponed { not_before: desk.now.plus_millis(wait), why: fault.to_string() };
        desk.local.take_ruling(desk.now, submission, &later)?;
    }
    Err(fault)
}
