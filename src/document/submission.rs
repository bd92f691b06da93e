//! What is asked of an order or a payment before a server accepts it, the same on both ends: a register asks it of
//! itself before it sends, so that what would be rejected never leaves. And what acceptance makes of an order.

use super::fields::Fields;
use super::order::{self, TEMPORARY};
use super::payment;
use super::{BadDocument, History, Revision, Version};
use crate::domain::order::Totals;
use crate::domain::tax::{LineTax, TaxRate, TaxSum};
use crate::domain::{Currency, CustomerId, LineId, LocationId, Money, Order, Payment, TaxId};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A tax that a menu has or had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownTax {
    /// Its id.
    pub tax_id: TaxId,
    /// Its rate, at some time.
    pub rate: TaxRate,
    /// Whether prices contained it then.
    pub included: bool,
}

/// With what an order or payment is compared.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// Where it must be from.
    pub location_id: &'a LocationId,
    /// Every tax that the menu has or ever had: an evening offline is sold at the rates of its morning. None where
    /// there is no menu to ask.
    pub taxes: &'a [KnownTax],
}

/// The field in which a server says why it did not accept what stands, to whoever hears of it by replication alone.
pub const REJECTION: &str = "rejection";

const ORDER_STATUSES: [&str; 6] = ["pending", "confirmed", "preparing", "ready", "completed", "cancelled"];
const PAYMENT_STATUSES: [&str; 4] = ["pending", "partial", "paid", "refunded"];

/// Checks an order: that it can be read, is from here, has lines with ids of their own and known taxes, and that its
/// sums, where it has any, are those of its lines.
///
/// # Errors
/// The first thing that is missing or wrong, with its place.
pub fn check_order(body: &Value, ground: &Ground) -> Result<Order, BadDocument> {
    let order = order::from_body(body)?;
    let fields = Fields::of(body)?;
    is_from(&fields, ground)?;
    fields.word("currency", Currency::of)?;
    one_of(&fields, "order_status", &ORDER_STATUSES)?;
    one_of(&fields, "payment_status", &PAYMENT_STATUSES)?;
    if fields.holds("customer_id") {
        fields.word("customer_id", CustomerId::read)?;
    }
    if order.lines.is_empty() {
        return Err(fields.bad("items", "must hold at least one line"));
    }
    check_lines(&order, ground)?;
    check_sums(&fields, &order.totals())?;
    Ok(order)
}

fn is_from(fields: &Fields, ground: &Ground) -> Result<(), BadDocument> {
    if fields.text("location_id")? == ground.location_id.as_str() {
        Ok(())
    } else {
        Err(fields.bad("location_id", "is not the location of whoever sends it"))
    }
}

fn one_of(fields: &Fields, name: &str, words: &[&str]) -> Result<(), BadDocument> {
    if fields.holds(name) { fields.word(name, |text| words.contains(&text).then_some(())) } else { Ok(()) }
}

fn check_lines(order: &Order, ground: &Ground) -> Result<(), BadDocument> {
    let mut seen: BTreeSet<LineId> = BTreeSet::new();
    for (at, line) in order.lines.iter().enumerate() {
        let bad = |name: &str, what: String| BadDocument { place: format!("items[{at}].{name}"), what };
        if !seen.insert(line.line_id) {
            return Err(bad("line_id", format!("`{}` stands on another line already", line.line_id)));
        }
        let tax = line.tax(order.header.order_type);
        if ground.taxes.is_empty() || ground.taxes.iter().any(|it| is_it(it, tax)) {
            continue;
        }
        return Err(if ground.taxes.iter().all(|it| it.tax_id != tax.tax_id) {
            bad("tax_id", format!("`{}` is no tax of the menu", tax.tax_id))
        } else {
            let included = if tax.included { "included" } else { "not included" };
            bad("tax_rate", format!("`{}` was never {}, {included} in prices, on the menu", tax.tax_id, tax.rate))
        });
    }
    Ok(())
}

fn is_it(known: &KnownTax, tax: &LineTax) -> bool {
    known.tax_id == tax.tax_id && known.rate == tax.rate && known.included == tax.included
}

fn check_sums(fields: &Fields, totals: &Totals) -> Result<(), BadDocument> {
    for (name, right) in [("subtotal", totals.net), ("tax_amount", totals.tax), ("total_amount", totals.total)] {
        let said = fields.whole_or_null(name, i64::MIN..=i64::MAX)?;
        if let Some(said) = said.filter(|&said| Money(said) != right) {
            return Err(fields.bad(name, format!("says {said}, but its lines come to {}", right.0)));
        }
    }
    if !fields.holds("taxes") {
        return Ok(());
    }
    let rows = fields.list("taxes", totals.taxes.len())?;
    if rows.len() < totals.taxes.len() {
        let what = format!("holds {} entries, but its lines have {} taxes", rows.len(), totals.taxes.len());
        return Err(fields.bad("taxes", what));
    }
    rows.iter().try_for_each(|row| check_tax_sum(row, totals))
}

fn check_tax_sum(row: &Fields, totals: &Totals) -> Result<(), BadDocument> {
    let (tax_id, rate) = (row.text("tax_id")?, row.whole("rate", 0..=i64::MAX)?);
    let included = row.flag_or("included", true)?;
    let sums = ["net", "amount", "gross"].map(|name| row.whole(name, i64::MIN..=i64::MAX));
    let [net, amount, gross] = [sums[0].clone()?, sums[1].clone()?, sums[2].clone()?];
    let is_of = |it: &&TaxSum| {
        it.tax.tax_id.as_str() == tax_id && i64::from(it.tax.rate.0) == rate && it.tax.included == included
    };
    // A tax that was renamed has two rows of one id and rate.
    let mut of_tax = totals.taxes.iter().filter(is_of).peekable();
    if of_tax.peek().is_none() {
        return Err(row.bad("tax_id", "is not the tax of any of its lines"));
    }
    if of_tax.any(|it| (it.net.0, it.amount.0, it.gross.0) == (net, amount, gross)) {
        Ok(())
    } else {
        Err(row.bad("amount", "is not what its lines come to under this tax"))
    }
}

/// Checks a payment: that it can be read, is from here, and that what was handed over is what stayed and what went
/// back.
///
/// # Errors
/// The first thing that is missing or wrong, with its place.
pub fn check_payment(body: &Value, ground: &Ground) -> Result<Payment, BadDocument> {
    let payment = payment::from_body(body)?;
    let fields = Fields::of(body)?;
    is_from(&fields, ground)?;
    if payment.tendered - payment.change != payment.amount {
        let (tendered, change) = (payment.tendered.0, payment.change.0);
        let what = format!("is {}, but {tendered} were handed over and {change} went back", payment.amount.0);
        return Err(fields.bad("amount", what));
    }
    Ok(payment)
}

/// Reads what is submitted as a revision: `_rev` and `_revisions` where it has them, else it is a first revision.
///
/// What only belongs to a submission (`_offline_order`, `_original_order_id`, `_original_payment_id`) is left out.
///
/// # Errors
/// What is wrong with it, with its place.
pub fn read_version(doc_id: &str, submission: &Value) -> Result<Version, BadDocument> {
    let Value::Object(fields) = submission else {
        return Err(BadDocument { place: "document".into(), what: "must be an object".into() });
    };
    let own = ["_offline_order", "_original_order_id", "_original_payment_id"];
    let mut fields: serde_json::Map<String, Value> =
        fields.iter().filter(|(name, _)| !own.contains(&name.as_str())).map(|(n, v)| (n.clone(), v.clone())).collect();
    if fields.get("_id").is_some_and(|id| id != doc_id) {
        return Err(BadDocument { place: "_id".into(), what: format!("must be `{doc_id}`") });
    }
    fields.insert("_id".into(), doc_id.into());
    if !fields.contains_key("_rev") {
        fields.remove("_revisions");
        let first = Revision::child_of(None, false, &Value::Object(fields.clone()));
        fields.insert("_rev".into(), first.to_string().into());
    }
    let version = Version::read(Value::Object(fields))?;
    if version.deleted {
        return Err(BadDocument { place: "_deleted".into(), what: "what is deleted cannot be accepted".into() });
    }
    Ok(version)
}

/// The body of an order that a server has accepted: with the server's id and number, and confirmed where it was
/// pending.
pub fn accepted_body(body: &Value, order_id: &str, order_number: &str) -> Value {
    let mut body = body.clone();
    if let Value::Object(fields) = &mut body {
        fields.insert("order_id".into(), order_id.into());
        fields.insert("order_number".into(), order_number.into());
        let status = fields.get("order_status").unwrap_or(&Value::Null);
        if status.is_null() || status == "pending" {
            fields.insert("order_status".into(), "confirmed".into());
        }
        fields.remove(REJECTION);
    }
    body
}

/// The body of a document that a server did not accept: it says why. The same whenever it is said again.
pub fn rejected_body(body: &Value, code: &str, field: Option<&str>, detail: &str) -> Value {
    let mut body = body.clone();
    if let Value::Object(fields) = &mut body {
        fields.insert(REJECTION.into(), json!({ "code": code, "field": field, "detail": detail }));
    }
    body
}

/// The same document without what was once wrong with it; none where it says nothing of that.
pub fn without_rejection(body: &Value) -> Option<Value> {
    let mut body = body.clone();
    let said = body.as_object_mut().and_then(|fields| fields.remove(REJECTION));
    said.map(|_| body)
}

/// The revision with which an order is accepted: a child of `parent`. Server and register make the same one.
pub fn accepted_version(doc_id: &str, parent: &History, body: Value, revisions_kept: usize) -> Version {
    let revision = Revision::child_of(Some(parent.head()), false, &body);
    let history = parent.child(revision, revisions_kept);
    Version { doc_id: doc_id.into(), history, deleted: false, body }
}

/// The order number that a server gave, as a body says it; none for a temporary one.
pub fn given_number(body: &Value) -> Option<&str> {
    body.get("order_number").and_then(Value::as_str).filter(|it| !it.is_empty() && !it.starts_with(TEMPORARY))
}

/// The id that a server gave, as a body says it.
pub fn given_id(body: &Value) -> Option<&str> {
    body.get("order_id").and_then(Value::as_str).filter(|it| !it.is_empty())
}

/// The sums of an order as its body carries them, for bodies that lack them.
pub fn write_sums(body: &mut Value, totals: &Totals) {
    let own = json!({
        "subtotal": totals.net,
        "tax_amount": totals.tax,
        "total_amount": totals.total,
        "taxes": totals.taxes.iter().map(order::tax_sum).collect::<Vec<_>>(),
    });
    if let (Value::Object(fields), Value::Object(own)) = (body, own) {
        fields.extend(own);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_submitted_is_a_revision_without_what_belongs_to_its_submission() {
        let bare = json!({ "type": "order", "_offline_order": true, "_original_order_id": "order_1" });
        let version = read_version("order_1", &bare).unwrap();
        let body = json!({ "_id": "order_1", "type": "order" });
        assert_eq!((&version.body, version.deleted), (&body, false));
        assert_eq!(*version.revision(), Revision::child_of(None, false, &body), "nobody has named it: the first");
        let mut named = version.to_document();
        named["_original_payment_id"] = json!("payment_1");
        assert_eq!(read_version("order_1", &named), Ok(version.clone()));
        named["_rev"] = json!("2-0123456789abcdef0123456789abcdef");
        named["_revisions"] =
            json!({ "start": 2, "ids": ["0123456789abcdef0123456789abcdef", version.revision().hex()] });
        assert_eq!(read_version("order_1", &named).unwrap().history.revisions()[1], *version.revision());
        // what is submitted, what is told
        let rows = [
            (json!([]), "document: must be an object"),
            (json!({ "_id": "order_2" }), "_id: must be `order_1`"),
            (json!({ "_rev": 3 }), "_rev: must be text, is a number"),
            (json!({ "_deleted": true }), "_deleted: what is deleted cannot be accepted"),
            (json!({ "_attachments": {} }), "_attachments: attachments are not kept here"),
        ];
        for (submitted, told) in rows {
            let bad = read_version("order_1", &submitted).unwrap_err();
            assert_eq!(format!("{}: {}", bad.place, bad.what), told);
        }
    }

    #[test]
    fn an_accepted_order_has_the_servers_fields_and_is_confirmed_where_it_was_pending() {
        // status, status when it was accepted
        let rows = [
            (json!("pending"), "confirmed"),
            (json!(null), "confirmed"),
            (json!("preparing"), "preparing"),
            (json!("cancelled"), "cancelled"),
        ];
        for (status, right) in rows {
            let body = json!({ "_id": "order_1", "order_status": status, "order_number": "TEMP-T1-0001", "extra": 1 });
            assert_eq!((given_id(&body), given_number(&body)), (None, None), "a temporary number is none");
            let accepted = accepted_body(&body, "a", "77");
            let said =
                json!({ "_id": "order_1", "order_status": right, "order_number": "77", "order_id": "a", "extra": 1 });
            assert_eq!(accepted, said);
            assert_eq!((given_id(&accepted), given_number(&accepted)), (Some("a"), Some("77")));
            let rejected = rejected_body(&body, "not_valid", Some("items"), "items: are none");
            assert_eq!(rejected["rejection"]["field"], "items");
            assert_eq!(without_rejection(&rejected).as_ref(), Some(&body));
            assert_eq!((without_rejection(&body), accepted_body(&rejected, "a", "77")), (None, accepted.clone()));
            let parent = History::of(Revision::child_of(None, false, &body));
            let version = accepted_version("order_1", &parent, accepted.clone(), 1000);
            assert_eq!(version.history.revisions()[1..], *parent.revisions());
            assert_eq!(*version.revision(), Revision::child_of(Some(parent.head()), false, &accepted));
        }
    }
}
