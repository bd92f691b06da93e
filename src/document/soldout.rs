//! What is left of an item as a document, which all registers of a location share.
//!
//! Counts of what was sold only grow, so that two bodies are merged by the greater count of each seller: whatever order
//! they meet in, however often, what is left is the same. The mark is the last that somebody set, by stamps; it is one
//! value with the counts of its moment.

use super::BadDocument;
use super::canonical::canonical;
use super::fields::Fields;
use super::merge::stamps::{greatest, greatest_writer, last_said, latest, next_counter};
use super::merge::{self, Verdict};
use crate::domain::id::Seller;
use crate::domain::limits::PORTIONS_MAX;
use crate::domain::{ItemId, LocationId, Mark, RegisterId, Tally, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What its id begins with.
const PREFIX: &str = "soldout_";
/// Most that one seller has sold of an item: more than a house cooks in a lifetime, and far from the end of an `i64`.
const SOLD_MAX: i64 = 1_000_000_000_000;

/// What a body says besides what was counted.
#[derive(Debug, Clone)]
pub struct TallyContext<'a> {
    /// Where it is counted.
    pub location_id: &'a LocationId,
    /// Which register writes this body.
    pub edited_by: &'a RegisterId,
    /// When.
    pub updated_at: Timestamp,
}

/// The id of the document of an item.
pub fn id_of(item: &ItemId) -> String {
    format!("{PREFIX}{item}")
}

/// The item that a document of this id is about.
pub fn item_of(doc_id: &str) -> Option<ItemId> {
    doc_id.strip_prefix(PREFIX).map(ItemId::from)
}

/// Writes the body of a tally; what `former` holds beyond our own fields is kept, and a mark that differs is stamped.
pub fn to_body(tally: &Tally, context: &TallyContext, former: Option<&Value>) -> Value {
    let nothing = Map::new();
    let former = former.and_then(Value::as_object).unwrap_or(&nothing);
    let kept = former.iter().filter(|(name, _)| !name.starts_with('_'));
    let mut body: Map<String, Value> = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    let mark = tally.mark.as_ref().map(|mark| json!({ "left": mark.left, "sold": mark.sold }));
    let own = [
        ("_id", json!(id_of(&tally.item_id))),
        ("type", json!("soldout")),
        ("location_id", json!(context.location_id)),
        ("item_id", json!(tally.item_id)),
        ("mark", json!(mark)),
        ("sold", json!(tally.sold)),
        ("updated_at", json!(context.updated_at.rfc3339())),
        ("edited_by", json!(context.edited_by)),
    ];
    body.extend(own.map(|(name, value)| (name.to_owned(), value)));
    let mut stamps = former.get("stamps").and_then(Value::as_object).cloned().unwrap_or_default();
    // Stamped from the first on: two registers may begin to count at once.
    if former.get("mark") != body.get("mark") {
        let next = next_counter(&stamps);
        stamps.insert("mark".into(), json!([next, context.edited_by]));
    }
    body.insert("stamps".into(), stamps.into());
    Value::Object(body)
}

/// Reads a body; fields that it does not know are passed over.
///
/// # Errors
/// The first thing that is missing or wrong, with its place.
pub fn from_body(body: &Value) -> Result<Tally, BadDocument> {
    let fields = Fields::of(body)?;
    fields.expect_type("soldout")?;
    let item_id = ItemId::from(fields.text("item_id")?);
    if fields.text("_id")? != id_of(&item_id) {
        return Err(fields.bad("_id", "must be soldout_ and the item's id"));
    }
    fields.time("updated_at")?;
    let mark = |it: &Fields| -> Result<Mark, BadDocument> {
        let left = it.whole("left", 0..=i64::from(PORTIONS_MAX))?;
        Ok(Mark { left: u32::try_from(left).unwrap_or(PORTIONS_MAX), sold: sold(it)? })
    };
    Ok(Tally { item_id, mark: fields.inner("mark")?.as_ref().map(mark).transpose()?, sold: sold(&fields)? })
}

/// When what is left last changed, as far as a body says so.
pub fn changed_at(body: &Value) -> Option<Timestamp> {
    body.get("updated_at").and_then(Value::as_str).and_then(Timestamp::from_rfc3339)
}

fn sold(fields: &Fields) -> Result<BTreeMap<Seller, u64>, BadDocument> {
    let Some(counts) = fields.inner("sold")? else { return Ok(BTreeMap::new()) };
    let count = |seller: &str| -> Result<(Seller, u64), BadDocument> {
        Ok((Seller::from(seller), counts.whole(seller, 0..=SOLD_MAX)?.unsigned_abs()))
    };
    counts.names().map(count).collect()
}

/// Merges: the last mark by stamps, the greatest count of each seller, unknown fields by stamps.
pub fn resolve(bodies: &[&Value]) -> Verdict {
    let bodies = merge::bodies(bodies);
    let bodies: Vec<&Map<String, Value>> = bodies.iter().collect();
    let mut merged = last_said(&bodies, &["sold", "updated_at", "edited_by"], |_, _| true);
    let settled = [
        ("sold", greatest_counts(&bodies)),
        ("updated_at", latest(&bodies, "updated_at")),
        ("edited_by", greatest_writer(&bodies)),
    ];
    merged.extend(settled.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Verdict::Merged { body: Value::Object(merged), review: Vec::new() }
}

fn greatest_counts(bodies: &[&Map<String, Value>]) -> Option<Value> {
    let counts: Vec<&Map<String, Value>> = bodies.iter().filter_map(|body| body.get("sold")?.as_object()).collect();
    if counts.is_empty() {
        return greatest(bodies, "sold", |_| ());
    }
    let sellers: BTreeSet<&String> = counts.iter().flat_map(|it| it.keys()).collect();
    // What is no count says less than any.
    let most = |seller: &String| Some((seller.clone(), greatest(&counts, seller, Value::as_u64)?));
    Some(Value::Object(sellers.into_iter().filter_map(most).collect()))
}

/// Whether bodies tell of one mark and differ in what was sold alone: such registers do not quarrel, they add up.
pub fn add_up(bodies: &[&Value]) -> bool {
    let marks: BTreeSet<String> =
        bodies.iter().map(|body| canonical(body.get("mark").unwrap_or(&Value::Null))).collect();
    marks.len() == 1
}

#[cfg(test)]
pub(super) mod tests;
