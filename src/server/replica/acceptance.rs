//! Orders and payments that are submitted: accepted once, and answered alike for ever.
//!
//! An accepted order gets one revision more, with the server's id and number. It is a child of the revision that was
//! submitted; where that was edited since, and what stands now can be accepted as well, a child of what stands, so that
//! acceptance makes no quarrel.

use super::complete::{Sources, complete, needs_menu};
use super::problem::{busy, not_valid, not_yet};
use super::taking::speaks_for_server;
use super::{Replica, may_write, operation, place};
use crate::document::order::payment_status;
use crate::document::submission::{
    Ground, KnownTax, accepted_body, accepted_version, check_order, check_payment, given_number, read_version,
};
use crate::document::{BadDocument, Database, Version};
use crate::domain::planted::{Defect, is_planted};
use crate::domain::{Entropy, Order, OrderId, PaymentId, RegisterId, Timestamp};
use crate::server::central::{
    Acceptance, Batch, Central, Committed, Expectation, Kept, OrderRow, PaymentRow, Place, Reply, Row,
};
use crate::server::limits::{
    GENERATION_MAX, MOVES_MAX, ORDER_NUMBER_MAX, ORDER_NUMBERS_LEAP_MAX, ORDER_NUMBERS_OF_YEARS,
    ORDER_NUMBERS_PASSED_TOLD, REVISIONS_KEPT,
};
use crate::server::scope::{Role, Scope};
use crate::sync::wire::{Answer, OrderAccepted, PaymentAccepted, Problem};
use serde_json::Value;

/// The id and number that an order gets.
struct Given {
    order_id: String,
    number: String,
    /// The last number that was counted, before and now.
    counted: (u64, u64),
}

impl<C: Central> Replica<C> {
    pub(super) async fn submit_order(
        &self,
        scope: &Scope,
        body: &Value,
        now: Timestamp,
        dice: &mut Entropy,
    ) -> Result<Answer, Problem> {
        may_write(scope)?;
        is_in_own_name(scope, body)?;
        let doc_id = key(body, "_original_order_id", canonical_order)?;
        self.is_not_too_large(&doc_id, body)?;
        let place = place(scope, Database::Orders);
        for _ in 0..MOVES_MAX {
            let known = self.acceptance(&place, &doc_id).await?;
            if let Some(Acceptance { reply: Reply::Order(first), .. }) = &known
                && !is_planted(Defect::AcceptanceWithoutIdempotency)
            {
                return Ok(Answer::OrderAccepted(first.clone()));
            }
            let (mut batch, accepted) = self.accept_order(scope, &place, &doc_id, body, now, dice).await?;
            let reply = Reply::Order(accepted.clone());
            let acceptance = Acceptance { doc_id: doc_id.clone(), accepted_at: now, reply };
            batch.acceptance = known.is_none().then_some(acceptance);
            if self.commit(&batch).await? == Committed::Done {
                return Ok(Answer::OrderAccepted(accepted));
            }
        }
        Err(busy())
    }

    async fn accept_order(
        &self,
        scope: &Scope,
        place: &Place,
        doc_id: &str,
        body: &Value,
        now: Timestamp,
        dice: &mut Entropy,
    ) -> Result<(Batch, OrderAccepted), Problem> {
        let mut kept = self.only(place, doc_id).await?;
        // What it was given before this server was made anew stands in what is submitted, or in what came since.
        let former: Vec<&Value> = std::iter::once(body).chain(kept.live_body()).collect();
        let given = self.given(place, doc_id, &former, now, dice).await?;
        let submitted = self.submitted(scope, doc_id, body, &given.number).await?;
        let taxes = self.taxes(&place.location_id).await?;
        let ground = Ground { location_id: &place.location_id, taxes: &taxes };
        check_order(&submitted.completed, &ground).map_err(not_valid)?;
        let before = kept.tree.clone();
        kept.graft(&submitted.version);
        let (parent, stands, order) = standing(&kept, &submitted, &ground)?;

        let body = accepted_body(&stands, &given.order_id, &given.number);
        let history = kept.tree.history(&parent, REVISIONS_KEPT).expect("what was grafted or stands is in the tree");
        let version = if body == stands && kept.bodies.get(&parent) == Some(&stands) {
            // It says so already, in the revision that is kept: a server that was made anew accepts it as it is.
            Version { doc_id: doc_id.into(), history, deleted: false, body }
        } else {
            accepted_version(doc_id, &history, body, REVISIONS_KEPT)
        };
        let order_status = version.body.get("order_status").and_then(Value::as_str).unwrap_or("confirmed");
        let accepted = OrderAccepted {
            order_id: given.order_id,
            order_number: given.number,
            order_status: order_status.into(),
            accepted_at: now,
            document: Some(version.clone()),
        };
        kept.graft(&version);
        let row = OrderRow::of(&order, &version.body, &accepted, &[]);
        let mut batch = Batch::new(operation(now, dice), now, place.clone());
        batch.expectations = vec![Expectation::LastNumber(given.counted.0)];
        batch.rows = vec![Row::LastNumber(given.counted.1), Row::Order(Box::new(row)), Row::Sound(doc_id.into())];
        batch.rows.extend(passed_over(given.counted, doc_id));
        if kept.tree.winner().is_some_and(|winner| winner.revision != *version.revision()) {
            // Something else stands, that did not come of what was submitted: the books follow what stands.
            let reply = Reply::Order(accepted.clone());
            let acceptance = Acceptance { doc_id: doc_id.into(), accepted_at: now, reply };
            let following = self.follow(place, &kept, None, Some(&acceptance), &taxes).await?;
            batch.rows.extend(following.rows);
            batch.expectations.extend(following.expectations);
        }
        batch.write(kept, &before);
        Ok((batch, accepted))
    }

    /// What was submitted, as a revision and as what it comes to when all that it lacks is worked out.
    async fn submitted(&self, scope: &Scope, doc_id: &str, body: &Value, number: &str) -> Result<Submitted, Problem> {
        let menu = if needs_menu(body) { self.whole_menu(&scope.location_id).await? } else { None };
        let register_id: Option<&RegisterId> = match &scope.role {
            Role::Register(register_id) => Some(register_id),
            Role::Kitchen | Role::Admin => None,
        };
        let sources = Sources { doc_id, register_id, menu: menu.as_ref(), number };
        let mut version = read_version(doc_id, body).map_err(not_valid)?;
        counts_not_too_far(&version)?;
        let completed = complete(&version.body, &sources).map_err(not_valid)?;
        if body.get("_rev").is_none() {
            // Nobody has named it yet: it is named by all that it says.
            version = read_version(doc_id, &completed).map_err(not_valid)?;
        }
        Ok(Submitted { version, completed })
    }

    /// Chooses the id and number of an order: the id that every server would choose, and the number that it was given
    /// before, if that can be believed and is free, else the next that is free.
    async fn given(
        &self,
        place: &Place,
        doc_id: &str,
        former: &[&Value],
        now: Timestamp,
        dice: &mut Entropy,
    ) -> Result<Given, Problem> {
        let location_id = &place.location_id;
        let own = plain_id(doc_id);
        let is_taken = self.central.is_order_id_taken(location_id, own).await.map_err(|fault| self.broken(fault))?;
        let order_id = if is_taken { dice.uuid(now).to_string() } else { own.to_owned() };
        let last = self.central.last_number(location_id).await.map_err(|fault| self.broken(fault))?;
        for number in former.iter().filter_map(|body| given_number(body)) {
            let Some(read) = believable(number, last) else { continue };
            if !self.central.is_number_taken(location_id, number).await.map_err(|fault| self.broken(fault))? {
                // What is counted goes on behind it, so that those who are offered again later find theirs free, too.
                return Ok(Given { order_id, number: number.to_owned(), counted: (last, last.max(read)) });
            }
        }
        let mut next = last;
        loop {
            next = next.saturating_add(1);
            let number = next.to_string();
            if !self.central.is_number_taken(location_id, &number).await.map_err(|fault| self.broken(fault))? {
                return Ok(Given { order_id, number, counted: (last, next) });
            }
        }
    }

    pub(super) async fn submit_payment(
        &self,
        scope: &Scope,
        body: &Value,
        now: Timestamp,
        dice: &mut Entropy,
    ) -> Result<Answer, Problem> {
        may_write(scope)?;
        is_in_own_name(scope, body)?;
        let doc_id = key(body, "_original_payment_id", canonical_payment)?;
        let order_doc_id = key(body, "_original_order_id", canonical_order)?;
        self.is_not_too_large(&doc_id, body)?;
        let place = place(scope, Database::Orders);
        for _ in 0..MOVES_MAX {
            if let Some(Acceptance { reply: Reply::Payment(first, _), .. }) = self.acceptance(&place, &doc_id).await? {
                return Ok(Answer::PaymentAccepted(first));
            }
            let (batch, accepted) = self.accept_payment(&place, &doc_id, &order_doc_id, body, now, dice).await?;
            if self.commit(&batch).await? == Committed::Done {
                return Ok(Answer::PaymentAccepted(accepted));
            }
        }
        Err(busy())
    }

    async fn accept_payment(
        &self,
        place: &Place,
        doc_id: &str,
        order_doc_id: &str,
        body: &Value,
        now: Timestamp,
        dice: &mut Entropy,
    ) -> Result<(Batch, PaymentAccepted), Problem> {
        let version = read_version(doc_id, body).map_err(not_valid)?;
        counts_not_too_far(&version)?;
        let taxes: &[KnownTax] = &[];
        let ground = Ground { location_id: &place.location_id, taxes };
        let payment = check_payment(&version.body, &ground).map_err(not_valid)?;
        if payment.order_id.to_string() != order_doc_id {
            let what = format!("is {}, but `_original_order_id` is {order_doc_id}", payment.order_id);
            return Err(not_valid(BadDocument { place: "order".into(), what }));
        }
        let order = self.only(place, order_doc_id).await?;
        let books =
            self.central.order_books(&place.location_id, order_doc_id).await.map_err(|fault| self.broken(fault))?;
        // Not a rejection: the order may be on its way, or this server was made anew and is offered all again.
        let books = books.ok_or_else(|| {
            not_yet("order_not_accepted", "the order of this payment is not accepted here yet: submit the order first")
        })?;
        let count = books.payments.len();
        let mut paid = books.payments;
        paid.push(payment.clone());
        let accepted = PaymentAccepted {
            payment_id: plain_id(doc_id).to_owned(),
            order_id: books.order_id,
            payment_status: payment_status(books.total, &paid).into(),
        };
        let mut kept = self.only(place, doc_id).await?;
        let before = kept.tree.clone();
        kept.graft(&version);
        let reply = Reply::Payment(accepted.clone(), version.body.clone());
        let acceptance = Acceptance { doc_id: doc_id.into(), accepted_at: now, reply };
        // What stands may be another revision than the one that is accepted.
        let following = self.follow(place, &kept, None, Some(&acceptance), taxes).await?;
        let mut batch = Batch::new(operation(now, dice), now, place.clone());
        batch.expectations = vec![
            Expectation::Document { doc_id: order_doc_id.into(), seq: order.seq },
            Expectation::Payments { doc_id: order_doc_id.into(), count },
        ];
        batch.rows = vec![
            Row::Payment(Box::new(PaymentRow::of(&payment, &version.body, &accepted, now))),
            Row::PaymentStatus { doc_id: order_doc_id.into(), status: accepted.payment_status.clone() },
        ];
        batch.rows.extend(following.rows);
        batch.write(kept, &before);
        batch.acceptance = Some(acceptance);
        Ok((batch, accepted))
    }

    async fn acceptance(&self, place: &Place, doc_id: &str) -> Result<Option<Acceptance>, Problem> {
        let found = self
            .central
            .acceptances(&place.location_id, &[doc_id.to_owned()])
            .await
            .map_err(|fault| self.broken(fault))?;
        Ok(found.into_iter().next())
    }

    pub(super) async fn only(&self, place: &Place, doc_id: &str) -> Result<Kept, Problem> {
        let mut kept = self.in_hand(place, &[doc_id.to_owned()]).await?;
        Ok(kept.remove(doc_id).unwrap_or_else(|| Kept::absent(doc_id)))
    }
}

/// What was submitted.
struct Submitted {
    /// As a revision of the document.
    version: Version,
    /// What it says, with all that it lacked.
    completed: Value,
}

/// From which revision the accepted one is made, and what it says: the winner, where it came from what was submitted
/// and can be accepted as well; else what was submitted.
fn standing(
    kept: &Kept,
    submitted: &Submitted,
    ground: &Ground,
) -> Result<(crate::document::Revision, Value, Order), Problem> {
    let revision = submitted.version.revision();
    if let Some((winner, body)) = kept.winner()
        && !winner.deleted
        && winner.revision != *revision
        && kept.leaves_from(revision).contains(&winner)
        && let Ok(order) = check_order(body, ground)
    {
        return Ok((winner.revision, body.clone(), order));
    }
    let order = check_order(&submitted.completed, ground).map_err(not_valid)?;
    Ok((revision.clone(), submitted.completed.clone(), order))
}

fn is_in_own_name(scope: &Scope, body: &Value) -> Result<(), Problem> {
    match speaks_for_server(scope, body) {
        None => Ok(()),
        Some((field, what)) => Err(not_valid(BadDocument { place: field.into(), what })),
    }
}

/// Whether there is room for the server's own edits behind a revision.
fn counts_not_too_far(version: &Version) -> Result<(), Problem> {
    if version.revision().generation <= GENERATION_MAX {
        return Ok(());
    }
    Err(not_valid(BadDocument { place: "_rev".into(), what: format!("counts more than {GENERATION_MAX} edits") }))
}

/// An order number that a body says was given once, as far as it can be believed: as it is written when it is counted,
/// and not so far ahead of what was counted that the gap could not be explained.
///
/// To refuse every leap would be worse than the gap: an order whose number stands on the guest's receipt and in the
/// books of the day would get a second one, and the first would be given again to another order. So a server that has
/// counted little, because it was made anew, believes what years of selling come to; one that has counted believes
/// what a restored backup can have forgotten. What was passed over is written down ([`passed_over`]).
fn believable(number: &str, last: u64) -> Option<u64> {
    let is_new = last < ORDER_NUMBERS_LEAP_MAX;
    let most = if is_new { ORDER_NUMBERS_OF_YEARS } else { last.saturating_add(ORDER_NUMBERS_LEAP_MAX) };
    let read = number.parse::<u64>().ok().filter(|it| it.to_string() == number)?;
    (1..=most.min(ORDER_NUMBER_MAX)).contains(&read).then_some(read)
}

/// What an accountant who finds a gap among the numbers can read of it; none for a gap of a few.
fn passed_over((last, now): (u64, u64), doc_id: &str) -> Option<Row> {
    if now.saturating_sub(last) <= ORDER_NUMBERS_PASSED_TOLD {
        return None;
    }
    let (first, end) = (last + 1, now - 1);
    let about = format!("{first} to {end}, before this server was made anew or restored: {doc_id} has {now} already");
    Some(Row::Act { what: "numbers_passed", about })
}

/// The server's id of a document: the one in its name, so that a server that was made anew gives the same.
fn plain_id(doc_id: &str) -> &str {
    doc_id.split_once('_').map_or(doc_id, |(_, id)| id)
}

/// The key that makes a submission safe to repeat: the id of its document.
fn key(body: &Value, name: &str, canonical: impl Fn(&str) -> Option<String>) -> Result<String, Problem> {
    let bad = |what: &str| not_valid(BadDocument { place: name.into(), what: what.into() });
    let key = body.get(name).ok_or_else(|| bad("is missing"))?;
    let key = key.as_str().ok_or_else(|| bad("must be text"))?;
    match canonical(key) {
        None => Err(bad("is not the id of such a document")),
        Some(right) if right != key => Err(bad(&format!("must be written `{right}`"))),
        Some(right) => Ok(right),
    }
}

fn canonical_order(text: &str) -> Option<String> {
    OrderId::read(text).map(|id| id.to_string())
}

fn canonical_payment(text: &str) -> Option<String> {
    PaymentId::read(text).map(|id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_believed_as_far_as_its_gap_can_be_explained() {
        // what the body says, what was counted, whether it is believed, what is written down
        let rows = [
            // A server that was made anew, and the orders that its registers still hold.
            ("41234", 0, true, Some("1 to 41233")),
            ("41235", 41_234, true, None),
            ("40100", 41_235, true, None),
            ("1000000", 0, true, Some("1 to 999999")),
            ("1000001", 0, false, None),
            // It took new orders first.
            ("41234", 12, true, Some("13 to 41233")),
            ("1000000", 29_999, true, Some("30000 to 999999")),
            // A backup was restored: of yesterday, of last month, of another house.
            ("41534", 41_234, true, Some("41235 to 41533")),
            ("71234", 41_234, true, Some("41235 to 71233")),
            ("71235", 41_234, false, None),
            ("1000000", 30_000, false, None),
            // Few are missing: they come, or belong to an order that was never sent.
            ("41334", 41_234, true, None),
            ("41335", 41_234, true, Some("41235 to 41334")),
            // Nobody counts so.
            ("0", 0, false, None),
            ("007", 0, false, None),
            ("A-7", 0, false, None),
            ("-7", 0, false, None),
            ("999999999", 999_999_000, true, Some("999999001 to 999999998")),
            ("1000000000", 999_999_999, false, None),
            ("99999999999999999999", 0, false, None),
        ];
        for (number, last, is_believed, told) in rows {
            let read = believable(number, last);
            assert_eq!(read.is_some(), is_believed, "{number} after {last}");
            let row = read.and_then(|read| passed_over((last, last.max(read)), "order_x"));
            let about = row.map(|row| match row {
                Row::Act { what: "numbers_passed", about } => about,
                other => panic!("{other:?}"),
            });
            let right = told.map(|told| {
                format!("{told}, before this server was made anew or restored: order_x has {number} already")
            });
            assert_eq!(about, right, "{number} after {last}");
        }
    }
}
