//! The rows that a central database answers, read: which columns they have, and in which order, is the same in each.
//! Not here: statements, which are each database's own.

use super::{
    Acceptance, Act, BookedOrder, ChangedDocument, Device, Flawed, Invitation, NotedIndex, OrderBooks, Population,
    Reply,
};
use crate::document::submission::KnownTax;
use crate::document::{Database, Revision, RevisionTree};
use crate::domain::payment::{Amendment, Amends};
use crate::domain::tax::TaxRate;
use crate::domain::{LocationId, Money, OrderId, Payment, PaymentId, TaxId, Tender, Timestamp};
use crate::server::scope::{Role, Scope};
use serde_json::Value;

/// A row of an answer.
pub(super) trait Columns {
    /// What goes wrong in that database.
    type Trouble: From<Unreadable>;
    /// A text that may not be there.
    fn maybe(&self, column: usize) -> Result<Option<&str>, Self::Trouble>;
    /// A number.
    fn number(&self, column: usize) -> Result<i64, Self::Trouble>;
    /// A text.
    fn text(&self, column: usize) -> Result<&str, Self::Trouble> {
        Ok(self.maybe(column)?.ok_or_else(|| Unreadable(format!("column {column} of a row is empty")))?)
    }
    /// An id, which not every database keeps as it is.
    fn id(&self, column: usize) -> Result<String, Self::Trouble> {
        self.text(column).map(str::to_owned)
    }
}

/// Something in a central database does not read as what it should be: what, and why.
#[derive(Debug)]
pub(super) struct Unreadable(pub String);

pub(super) fn unreadable(what: &str, why: impl ToString) -> Unreadable {
    Unreadable(format!("{what} does not read: {}", why.to_string()))
}

/// Central databases count in signed numbers.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// The other way: a number that no feed ever reaches stands for all beyond.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How many there are.
pub(super) fn count(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

pub(super) fn json(what: &str, text: &str) -> Result<Value, Unreadable> {
    serde_json::from_str(text).map_err(|error| unreadable(what, error))
}

fn time(what: &str, text: &str) -> Result<Timestamp, Unreadable> {
    Timestamp::from_rfc3339(text).ok_or_else(|| unreadable(what, format!("`{text}`")))
}

/// A document without what its leaves say, however far its revisions have counted: its id, its sequence, its tree.
pub(super) fn changed<R: Columns>(row: &R) -> Result<ChangedDocument, R::Trouble> {
    let doc_id = row.id(0)?;
    let tree = RevisionTree::from_branches(&json(&doc_id, row.text(2)?)?).map_err(|why| unreadable(&doc_id, why))?;
    Ok(ChangedDocument { seq: unsigned(row.number(1)?), tree, doc_id })
}

/// What a leaf of a document says.
pub(super) fn leaf(doc_id: &str, revision: &str, body: &str) -> Result<(Revision, Value), Unreadable> {
    let read = Revision::read(revision).ok_or_else(|| unreadable(doc_id, format!("`{revision}`")))?;
    Ok((read, json(doc_id, body)?))
}

/// How many documents stand, and how many are gone.
pub(super) fn population<R: Columns>(row: &R) -> Result<Population, R::Trouble> {
    Ok(Population { standing: unsigned(row.number(0)?), gone: unsigned(row.number(1)?) })
}

/// A Mango index: its design document, its name, what it is.
pub(super) fn index<R: Columns>(row: &R) -> Result<NotedIndex, R::Trouble> {
    Ok(NotedIndex { design: row.id(0)?, name: row.id(1)?, definition: row.text(2)?.into() })
}

/// An acceptance: its document, what was answered, when.
pub(super) fn acceptance<R: Columns>(row: &R) -> Result<Acceptance, R::Trouble> {
    let doc_id = row.id(0)?;
    let reply = Reply::read(row.text(1)?).map_err(|why| unreadable(&doc_id, why))?;
    Ok(Acceptance { accepted_at: time(&doc_id, row.text(2)?)?, reply, doc_id })
}

/// What the books say about an order, with one of its payments if there is one: its id, its total, then the payment.
pub(super) fn order_books<R: Columns>(row: &R, order: &str) -> Result<OrderBooks, R::Trouble> {
    let payments = payment(row, order)?.into_iter().collect();
    Ok(OrderBooks { order_id: row.id(0)?, total: Money(row.number(1)?), payments })
}

/// What several such rows say together.
pub(super) fn together(mut books: OrderBooks, more: OrderBooks) -> OrderBooks {
    books.payments.extend(more.payments);
    books
}

fn payment<R: Columns>(row: &R, order: &str) -> Result<Option<Payment>, R::Trouble> {
    if row.maybe(2)?.is_none() {
        return Ok(None);
    }
    let doc_id = row.id(2)?;
    let bad = |what: &str| unreadable(&doc_id, what);
    let payment_of = |text: &str| PaymentId::read(text).ok_or_else(|| bad(&format!("`{text}`")));
    let payment_id = payment_of(&doc_id)?;
    let tender = row.text(3)?;
    let tender = [Tender::Cash, Tender::Card].into_iter().find(|it| it.code() == tender);
    let amends = match row.maybe(11)?.map(Amends::from_code) {
        None => None,
        Some(None) => return Err(bad("its kind").into()),
        Some(Some(kind)) => Some(Box::new(Amendment {
            kind,
            of: payment_of(row.text(12)?)?,
            act: payment_id,
            reason: row.maybe(13)?.unwrap_or_default().into(),
            by: String::new(),
            approved_by: None,
            lines: Vec::new(),
            taxes: Vec::new(),
        })),
    };
    Ok(Some(Payment {
        payment_id,
        order_id: OrderId::read(order).ok_or_else(|| bad("its order"))?,
        tender: tender.ok_or_else(|| bad("its tender"))?,
        amount: Money(row.number(4)?),
        tendered: Money(row.number(5)?),
        change: Money(row.number(6)?),
        tip: Money(row.number(7)?),
        rounding: Money(row.number(8)?),
        reference: row.maybe(9)?.map(str::to_owned),
        created_at: time(&doc_id, row.text(10)?)?,
        amends,
    }))
}

/// An order: its id, its document, its number, how far it has come, how it is paid, its total, how many lines it has.
pub(super) fn booked_order<R: Columns>(row: &R) -> Result<BookedOrder, R::Trouble> {
    Ok(BookedOrder {
        order_id: row.id(0)?,
        doc_id: row.id(1)?,
        order_number: row.id(2)?,
        order_status: row.text(3)?.into(),
        payment_status: row.text(4)?.into(),
        total: Money(row.number(5)?),
        lines: unsigned(row.number(6)?),
    })
}

/// A tax: its id, its rate, whether it is included.
pub(super) fn tax<R: Columns>(row: &R) -> Result<KnownTax, R::Trouble> {
    let tax_id = row.id(0)?;
    let rate = u32::try_from(row.number(1)?).map_err(|_| unreadable(&tax_id, "its rate"))?;
    Ok(KnownTax { tax_id: TaxId(tax_id), rate: TaxRate(rate), included: row.number(2)? != 0 })
}

/// What the books do not follow: its database, the document, its revision, why, since when.
pub(super) fn flaw<R: Columns>(row: &R) -> Result<Flawed, R::Trouble> {
    let (database, doc_id) = (row.text(0)?, row.id(1)?);
    let known = [Database::Orders, Database::Menu, Database::Customers, Database::Audit];
    let database = known.into_iter().find(|it| it.code() == database);
    let database = database.ok_or_else(|| unreadable(&doc_id, "the name of its database"))?;
    let noted_at = time(&doc_id, row.text(4)?)?;
    Ok(Flawed { database, doc_id, revision: row.text(2)?.into(), reason: row.text(3)?.into(), noted_at })
}

/// A device: its location, its name, its role, its generation, when it was enrolled, taken back, seen last.
pub(super) fn device<R: Columns>(row: &R) -> Result<Device, R::Trouble> {
    let (location_id, name) = (LocationId(row.id(0)?), row.id(1)?);
    let at = |column: usize| -> Result<Option<Timestamp>, R::Trouble> {
        Ok(row.maybe(column)?.map(|text| time(&name, text)).transpose()?)
    };
    Ok(Device {
        scope: Scope { location_id, role: role(&name, row.text(2)?)? },
        generation: unsigned(row.number(3)?),
        enrolled_at: time(&name, row.text(4)?)?,
        revoked_at: at(5)?,
        seen_at: at(6)?,
        name,
    })
}

/// A code: its digest, its location, the device's name and role, when it was made, until when it is taken.
pub(super) fn invitation<R: Columns>(row: &R) -> Result<Invitation, R::Trouble> {
    let (location_id, name) = (LocationId(row.id(1)?), row.id(2)?);
    let scope = Scope { location_id, role: role(&name, row.text(3)?)? };
    let made_at = time(&name, row.text(4)?)?;
    let expires_at = Timestamp { unix_ms: row.number(5)?, ..made_at };
    Ok(Invitation { code_digest: row.id(0)?, scope, name, made_at, expires_at })
}

fn role(name: &str, code: &str) -> Result<Role, Unreadable> {
    let roles = [Role::Register(name.into()), Role::Kitchen, Role::Admin];
    roles.into_iter().find(|it| it.code() == code).ok_or_else(|| unreadable(name, "its role"))
}

/// What was done for a location: when, what, about what.
pub(super) fn act<R: Columns>(row: &R, location_id: &LocationId) -> Result<Act, R::Trouble> {
    let done_at = time("an act", row.text(0)?)?;
    Ok(Act { done_at, location_id: location_id.clone(), what: row.text(1)?.into(), about: row.text(2)?.into() })
}
