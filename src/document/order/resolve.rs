//! What becomes of several bodies of one order: nothing sent is lost, and every machine writes the same bytes.
//!
//! Each field has one rule. A rule takes a greatest (or a least, or a union) by an order that holds for all values, so
//! that neither the order of the bodies nor the order of the merges matters; sums and statuses are computed anew from
//! the result alone. Two rules go beyond the words of the design: of two values with equal stamps one that says
//! something beats null before canonical JSON is asked, and a body that is marked completed has all its lines served
//! (so that the mark survives as line states, and a dessert that another register sent still shows again).

use super::super::BadDocument;
use super::super::canonical::canonical;
use super::super::fields::Fields;
use super::super::limits::{LINE_MODIFIERS_MAX, ORDER_LINES_MAX, ORDER_SUM_MAX};
use super::super::merge::stamps::{greatest, greatest_writer, last_said, latest, weight};
use super::super::merge::union::{fields_joined, joined, union};
use super::super::merge::{self, Review, Verdict};
use super::{TEMPORARY, modifier, read_taxes, widest_total, write_totals};
use crate::domain::limits::{PRICE_MAX, QUANTITY_MAX};
use crate::domain::order::{Header, OrderStatus, Totals};
use crate::domain::planted::{Defect, is_planted};
use crate::domain::{BusinessDate, Line, LineId, LineState, LocalNumber, Money, Order, OrderId, OrderType, Timestamp};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Fields that are not settled by stamps.
const OWN_RULES: [&str; 14] = [
    "items",
    "discounts",
    "order_id",
    "order_number",
    "order_status",
    "marks",
    "payment_status",
    "updated_at",
    "edited_by",
    "subtotal",
    "tax_amount",
    "total_amount",
    "taxes",
    "stamps",
];
/// Statuses as an order advances.
const STATUSES: [&str; 6] = ["pending", "confirmed", "preparing", "ready", COMPLETED, CANCELLED];
const PAYMENT_STATUSES: [&str; 4] = ["pending", "partial", "paid", "refunded"];
const COMPLETED: &str = "completed";
const CANCELLED: &str = "cancelled";
/// What a sent line says for ever.
const SAID: [&str; 8] = ["item_id", "name", "quantity", "unit_price", "modifiers", "note", "course", "station"];
const MODIFIER_SAID: [&str; 5] = ["modifier_id", "name", "price", "quantity", "qualifier"];

/// Merges bodies of one order.
pub fn resolve(bodies: &[&Value]) -> Verdict {
    let bodies: Vec<Map<String, Value>> = merge::bodies(bodies).into_iter().map(ripe).collect();
    let bodies: Vec<&Map<String, Value>> = bodies.iter().collect();
    let any_note_beats_none = |name: &str, value: Option<&Value>| {
        name == "kitchen_notes" && value.is_some_and(|it| !it.is_null() && *it != "")
    };
    let mut merged = last_said(&bodies, &OWN_RULES, any_note_beats_none);
    let mut review = Vec::new();
    let settled = [
        ("updated_at", latest(&bodies, "updated_at")),
        ("edited_by", greatest_writer(&bodies)),
        ("order_id", greatest(&bodies, "order_id", |_| ())),
        ("order_number", greatest(&bodies, "order_number", is_the_servers)),
        ("payment_status", greatest(&bodies, "payment_status", |it| place(&PAYMENT_STATUSES, it))),
    ];
    merged.extend(settled.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    let ids = bodies.iter().filter_map(|body| body.get("order_id")).filter(|id| !id.is_null());
    if ids.map(canonical).collect::<BTreeSet<String>>().len() > 1 {
        review.push(Review::AcceptedTwice);
    }
    merged.insert("items".into(), items(&bodies, merged.get("order_type")));
    let discounts = union(&lists(&bodies, "discounts"), "discount_id", |all| fields_joined(all, &[]));
    merged.insert("discounts".into(), discounts.into());
    review.extend(status(&bodies, &mut merged));
    match totals(&merged) {
        Ok(totals) => write_totals(&mut merged, &totals),
        Err(bad) => {
            let sums = ["subtotal", "tax_amount", "total_amount", "taxes"];
            merged.extend(sums.map(|name| (name.to_owned(), Value::Null)));
            review.push(Review::NoSums(bad));
        }
    }
    Verdict::Merged { body: Value::Object(merged), review }
}

/// A body whose lines are all served when it says that the guest has all of it.
fn ripe(mut body: Map<String, Value>) -> Map<String, Value> {
    let is_completed = body.get("order_status").is_some_and(|it| it == COMPLETED);
    if let (true, Some(Value::Array(lines))) = (is_completed, body.get_mut("items")) {
        for line in lines.iter_mut().filter(|line| state(line).is_some_and(|it| it < LineState::Served)) {
            line["state"] = LineState::Served.code().into();
        }
    }
    body
}

fn is_the_servers(order_number: &Value) -> bool {
    order_number.as_str().is_none_or(|it| !it.starts_with(TEMPORARY)) && !order_number.is_null()
}

fn place(words: &[&str], value: &Value) -> Option<usize> {
    words.iter().position(|word| value == word)
}

fn state(line: &Value) -> Option<LineState> {
    line.get("state").and_then(Value::as_str).and_then(LineState::from_code)
}

fn lists<'a>(bodies: &[&'a Map<String, Value>], name: &str) -> Vec<&'a [Value]> {
    bodies.iter().filter_map(|body| body.get(name)?.as_array()).map(Vec::as_slice).collect()
}

fn items(bodies: &[&Map<String, Value>], order_type: Option<&Value>) -> Value {
    let order_type = order_type.and_then(Value::as_str).unwrap_or_default();
    let mut lists = lists(bodies, "items");
    if is_planted(Defect::MergeDropsALine) {
        lists.iter_mut().skip(1).for_each(|list| *list = list.split_last().map_or(&[][..], |(_, rest)| rest));
    }
    let met = if is_planted(Defect::ResolveNotAssociative) { 2 } else { usize::MAX };
    union(&lists, "line_id", |same| line(&same[same.len().saturating_sub(met)..], order_type)).into()
}

/// One line of several bodies. A sent line is immutable but for its state, which advances, and its void reason; should
/// its bodies differ all the same, the one that says most stands as a whole. What others added to it is kept.
fn line(same: &[&Map<String, Value>], order_type: &str) -> Map<String, Value> {
    let own = ["line_id", "state", "void_reason", "taxes", "tax_id", "tax_rate"];
    let mut merged = fields_joined(same, &[&SAID[..], &own[..]].concat());
    merged.extend(same.iter().find_map(|it| it.get("line_id")).map(|id| ("line_id".to_owned(), id.clone())));
    let by_saying = |it: &&Map<String, Value>| {
        let said = said(it);
        (said.len(), canonical(&Value::Object(said)))
    };
    let most = same.iter().map(by_saying).max();
    let sayers: Vec<&Map<String, Value>> = same.iter().filter(|it| Some(by_saying(it)) == most).copied().collect();
    for name in SAID.into_iter().filter(|name| *name != "modifiers") {
        merged.extend(greatest(&sayers, name, |_| ()).map(|value| (name.to_owned(), value)));
    }
    merged.extend(modifiers(&sayers).map(|list| ("modifiers".to_owned(), list)));
    let advance = |value: &Value| value.as_str().and_then(LineState::from_code);
    merged.extend(greatest(same, "state", advance).map(|it| ("state".to_owned(), it)));
    let reasons = same.iter().filter_map(|it| it.get("void_reason"));
    let first = reasons.min_by_key(|it| (it.is_null(), canonical(it)));
    merged.extend(first.map(|it| ("void_reason".to_owned(), it.clone())));
    merged.extend(taxes(same, order_type));
    merged
}

/// What a line says for ever, without what others added and without nulls.
fn said(line: &Map<String, Value>) -> Map<String, Value> {
    let only = |fields: &Map<String, Value>, names: &[&str]| -> Map<String, Value> {
        let said = names.iter().filter_map(|&name| Some((name.to_owned(), fields.get(name)?.clone())));
        said.filter(|(_, value)| !value.is_null()).collect()
    };
    let mut said = only(line, &SAID);
    if let Some(Value::Array(modifiers)) = said.get_mut("modifiers") {
        for fields in modifiers.iter_mut().filter_map(Value::as_object_mut) {
            *fields = only(fields, &MODIFIER_SAID);
        }
    }
    said
}

/// The modifiers of lines that say the same, the n-th with the n-th, so that what others added to them is kept.
fn modifiers(sayers: &[&Map<String, Value>]) -> Option<Value> {
    let said = greatest(sayers, "modifiers", |_| ())?;
    let Value::Array(mut list) = said else { return Some(said) };
    for (nth, modifier) in list.iter_mut().enumerate() {
        for other in sayers.iter().filter_map(|it| it.get("modifiers")?.get(nth)) {
            *modifier = joined(modifier, other);
        }
    }
    Some(Value::Array(list))
}

/// The captured taxes of a line, and the one that its order type calls for, which every body derives anew.
fn taxes(same: &[&Map<String, Value>], order_type: &str) -> Map<String, Value> {
    let mut merged = Map::new();
    let all = same.iter().filter_map(|it| it.get("taxes")).cloned();
    let captured = all.reduce(|one, other| joined(&one, &other));
    let whole = |tax: &&Value| ["tax_id", "rate"].iter().all(|name| tax.get(name).is_some_and(|it| !it.is_null()));
    let now = captured.as_ref().and_then(Value::as_object).and_then(|taxes| {
        let first = || taxes.iter().filter(|(_, tax)| whole(tax)).min_by_key(|(name, _)| *name).map(|(_, tax)| tax);
        taxes.get(order_type).filter(whole).or_else(first)
    });
    let plain = |line: &&Map<String, Value>| {
        let pair = ["tax_id", "tax_rate"].map(|name| line.get(name).cloned());
        (pair.each_ref().map(|it| weight(it.as_ref())), pair)
    };
    let [tax_id, tax_rate] = match now {
        Some(tax) => ["tax_id", "rate"].map(|name| tax.get(name).cloned()),
        None => same.iter().map(plain).max_by(|one, other| one.0.cmp(&other.0)).map_or([None, None], |it| it.1),
    };
    let fields = [("taxes", captured.clone()), ("tax_id", tax_id), ("tax_rate", tax_rate)];
    merged.extend(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    merged
}

/// What a body was marked with: its `marks`, else its status. Cancelled is always a mark; completed may also follow
/// from lines that a merge brought together, and then `marks` says that nobody said so.
fn marks(body: &Map<String, Value>) -> BTreeSet<&str> {
    let status = body.get("order_status").and_then(Value::as_str);
    let kept = body.get("marks").and_then(Value::as_array);
    let said = kept.map_or_else(Vec::new, |kept| kept.iter().filter_map(Value::as_str).collect());
    let by_status = status.filter(|status| kept.is_none() || *status == CANCELLED);
    said.into_iter().chain(by_status).filter(|word| [COMPLETED, CANCELLED].contains(word)).collect()
}

/// Writes `order_status`, and `marks` when the order was marked with something else than its status says.
fn status(bodies: &[&Map<String, Value>], merged: &mut Map<String, Value>) -> Option<Review> {
    let marks: BTreeSet<&str> = bodies.iter().flat_map(|body| marks(body)).collect();
    let lines = merged.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let states: Vec<LineState> = lines.iter().filter_map(state).collect();
    let derived = if states.is_empty() {
        // Bodies without line states: the more advanced.
        greatest(bodies, "order_status", |it| place(&STATUSES, it))
    } else {
        let least = states.into_iter().filter(|it| *it != LineState::Voided).min();
        let accepted = merged.get("order_id").is_some_and(|id| !id.is_null());
        Some(derived(least, accepted).into())
    };
    let status = if marks.contains(CANCELLED) { Some(CANCELLED.into()) } else { derived };
    merged.extend(status.map(|it| ("order_status".to_owned(), it)));
    if marks != self::marks(merged) {
        merged.insert("marks".into(), marks.iter().copied().collect());
    }
    (marks.len() == 2).then_some(Review::CompletedAndCancelled)
}

fn derived(least: Option<LineState>, accepted: bool) -> &'static str {
    match Order::status_of(least) {
        OrderStatus::Pending if accepted => "confirmed",
        status => status.code(),
    }
}

/// The sums, from what the body says and nothing else.
fn totals(body: &Map<String, Value>) -> Result<Totals, BadDocument> {
    let body = Value::Object(body.clone());
    let fields = Fields::of(&body)?;
    let lines = fields.list("items", ORDER_LINES_MAX)?.iter().map(priced).collect::<Result<Vec<Line>, _>>()?;
    if lines.iter().map(widest_total).sum::<i128>() > ORDER_SUM_MAX {
        return Err(fields.bad("items", format!("come to more than {ORDER_SUM_MAX} minor units")));
    }
    let header = Header::new(fields.word("order_type", OrderType::from_code)?);
    let at = Timestamp::utc(0);
    // Of an order only its type and its lines are summed up; the rest stands for nothing.
    let order = Order {
        order_id: OrderId(uuid::Uuid::nil()),
        local_number: LocalNumber(String::new()),
        register_id: "".into(),
        business_date: BusinessDate::of(at, 0),
        opened_by: String::new(),
        created_at: at,
        updated_at: at,
        header,
        lines,
        cancelled: false,
    };
    Ok(order.totals())
}

/// What a line costs. One without a state is as good as sent.
fn priced(fields: &Fields) -> Result<Line, BadDocument> {
    let modifiers = fields.list("modifiers", LINE_MODIFIERS_MAX)?;
    let quantity = fields.whole("quantity", 1..=i64::from(QUANTITY_MAX))?;
    Ok(Line {
        line_id: LineId(uuid::Uuid::nil()),
        item_id: "".into(),
        name: String::new(),
        quantity: super::narrow(quantity),
        unit_price: Money(fields.whole("unit_price", -PRICE_MAX..=PRICE_MAX)?),
        taxes: read_taxes(fields)?,
        modifiers: modifiers.iter().map(modifier).collect::<Result<_, _>>()?,
        note: None,
        course: 1,
        station: "".into(),
        state: if fields.holds("state") { fields.word("state", LineState::from_code)? } else { LineState::Sent },
        void_reason: None,
    })
}
