//! Two versions that quarrelled, and what became of them, side by side: for people who look at the record of a
//! conflict. Any record reads, also one whose versions this program does not know.

use crate::domain::{Currency, Money, OrderType, Timestamp};
use serde_json::{Map, Value};

/// A record, as it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// The register that wrote the version which was here; empty when the version does not say.
    pub local_writer: String,
    /// The register that wrote the version which came.
    pub server_writer: String,
    /// What they are about: the id of a document.
    pub entity_id: String,
    /// When it was settled; none when the record does not say.
    pub resolved_at: Option<Timestamp>,
    /// By which register.
    pub resolved_by: String,
    /// There is a result: else both versions stand.
    pub is_settled: bool,
    /// What they say: first that in which they differ.
    pub fields: Vec<ComparedField>,
}

/// One field, or one line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedField {
    /// What it is.
    pub name: String,
    /// What the version that was here says; empty for nothing.
    pub local: String,
    /// What the version that came says.
    pub server: String,
    /// What the result says.
    pub resolved: String,
    /// The versions differ in it.
    pub differs: bool,
}

/// Fields in the order in which people look, and what they call them.
const WORDS: &[(&str, &str)] = &[
    ("name", "Name"),
    ("phone", "Telephone"),
    ("address", "Street"),
    ("city", "Town"),
    ("note", "Note"),
    ("order_type", "Type"),
    ("customer_name", "Name"),
    ("due_at", "Wanted at"),
    ("table", "Table"),
    ("covers", "Guests"),
    ("kitchen_notes", "Kitchen note"),
    (LINES, "Line"),
    ("tender", "Tender"),
    ("amount", "Amount"),
    ("tendered", "Given"),
    ("change", "Change"),
    ("tip", "Tip"),
    ("rounding", "Rounding"),
    ("reference", "Reference"),
    ("subtotal", "Net"),
    ("tax_amount", "Tax"),
    ("total_amount", "Total"),
    ("order_status", "Order is"),
    ("payment_status", "Payment is"),
    ("order_number", "Order number"),
    ("edited_by", "Written by"),
    ("updated_at", "Changed at"),
    ("local_number", "Number here"),
    ("business_date", "Business day"),
    ("created_at", "Opened at"),
    ("opened_by", "Opened by"),
    ("register_id", "Register"),
];
const LINES: &str = "items";
/// Sums of money, in minor units.
const SUMS: &[&str] = &["amount", "tendered", "change", "tip", "rounding", "subtotal", "tax_amount", "total_amount"];
/// What nobody looks at: what is the same by its nature, and how versions are told apart.
const PASSED_OVER: &[&str] = &["_id", "_rev", "type", "location_id", "stamps", "taxes"];

/// Reads a record for people; sums are written in `currency`.
pub fn compared(record: &Value, currency: Currency) -> Comparison {
    let version = |name: &str| record.get(name).and_then(Value::as_object);
    let nothing = Map::new();
    let [local, server] = ["local_version", "server_version"].map(|name| version(name).unwrap_or(&nothing));
    let resolved = version("resolved_version");
    let sides = [local, server, resolved.unwrap_or(&nothing)];
    let mut fields: Vec<ComparedField> = Vec::new();
    for (name, words) in WORDS {
        match *name {
            LINES => fields.extend(lines(sides)),
            name if sides.iter().any(|side| side.contains_key(name)) => {
                let says = sides.map(|side| side.get(name).map_or_else(String::new, |it| text(name, it, currency)));
                fields.push(field(words, says));
            }
            _ => {}
        }
    }
    let is_new = |name: &&String| !PASSED_OVER.contains(&name.as_str()) && WORDS.iter().all(|(known, _)| known != name);
    let mut others: Vec<&String> = sides.iter().flat_map(|side| side.keys()).filter(is_new).collect();
    others.sort_unstable();
    others.dedup();
    for name in others {
        let says = sides.map(|side| side.get(name).map_or_else(String::new, |it| text(name, it, currency)));
        fields.push(field(name, says));
    }
    fields.retain(|field| [&field.local, &field.server, &field.resolved].iter().any(|says| !says.is_empty()));
    fields.sort_by_key(|field| !field.differs);
    let writer = |side: &Map<String, Value>| {
        side.get("edited_by").or(side.get("register_id")).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let said = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
    Comparison {
        local_writer: writer(local),
        server_writer: writer(server),
        entity_id: said("entity_id").to_owned(),
        resolved_at: Timestamp::from_rfc3339(said("resolved_at")),
        resolved_by: said("register_id").to_owned(),
        is_settled: resolved.is_some(),
        fields,
    }
}

fn field(name: &str, [local, server, resolved]: [String; 3]) -> ComparedField {
    ComparedField { name: name.to_owned(), differs: local != server, local, server, resolved }
}

/// The lines of an order, each by its id, in the order in which the result has them.
fn lines(sides: [&Map<String, Value>; 3]) -> Vec<ComparedField> {
    let of = |side: &Map<String, Value>| side.get(LINES).and_then(Value::as_array).cloned().unwrap_or_default();
    let all = sides.map(of);
    let id = |line: &Value| line.get("line_id").map(Value::to_string).unwrap_or_default();
    let mut ids: Vec<String> = Vec::new();
    for line in [2, 0, 1].into_iter().flat_map(|side| &all[side]) {
        if !ids.contains(&id(line)) {
            ids.push(id(line));
        }
    }
    let said = |side: &Vec<Value>, wanted: &str| {
        side.iter().find(|line| id(line) == wanted).map(line_words).unwrap_or_default()
    };
    ids.iter().map(|wanted| field("Line", all.each_ref().map(|side| said(side, wanted)))).collect()
}

fn line_words(line: &Value) -> String {
    let word = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
    let quantity = line.get("quantity").map(Value::to_string).unwrap_or_default();
    let state = if word("state").is_empty() { String::new() } else { format!(": {}", word("state")) };
    format!("{quantity} {}{state}", word("name"))
}

fn text(name: &str, value: &Value, currency: Currency) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => {
            let at = Timestamp::from_rfc3339(text).filter(|_| name.ends_with("_at"));
            let order_type = OrderType::from_code(text).filter(|_| name == "order_type");
            at.map(Timestamp::date_and_clock)
                .or(order_type.map(|it| it.words().to_owned()))
                .unwrap_or_else(|| text.clone())
        }
        Value::Number(number) => match number.as_i64().filter(|_| SUMS.contains(&name)) {
            Some(amount) => currency.digits(Money(amount)),
            None => number.to_string(),
        },
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(record: &Value) -> Vec<String> {
        let comparison = compared(record, Currency::of("EUR").unwrap());
        let mark = |differs: bool| if differs { "* " } else { "" };
        let row = |it: &ComparedField| {
            format!("{}{}: {} | {} | {}", mark(it.differs), it.name, it.local, it.server, it.resolved)
        };
        comparison.fields.iter().map(row).collect()
    }

    #[test]
    fn versions_stand_side_by_side_and_what_differs_comes_first() {
        let line =
            |id: &str, name: &str, state: &str| json!({ "line_id": id, "quantity": 2, "name": name, "state": state });
        let record = json!({
            "local_version": {
                "_id": "order_1", "_rev": "2-a", "customer_name": "Ann", "table": null, "total_amount": 1250,
                "items": [line("l1", "Soup", "sent"), line("l2", "Cola", "sent")], "edited_by": "T1", "loyalty": true,
            },
            "server_version": {
                "_id": "order_1", "_rev": "2-b", "customer_name": "Ben", "table": "7", "total_amount": 1250,
                "items": [line("l1", "Soup", "served")], "edited_by": "T2",
            },
            "resolved_version": {
                "_id": "order_1", "customer_name": "Ben", "table": "7", "total_amount": 1250,
                "items": [line("l1", "Soup", "served"), line("l2", "Cola", "sent")], "edited_by": "T2", "loyalty": true,
            },
        });
        let rows = [
            "* Name: Ann | Ben | Ben",
            "* Table:  | 7 | 7",
            "* Line: 2 Soup: sent | 2 Soup: served | 2 Soup: served",
            "* Line: 2 Cola: sent |  | 2 Cola: sent",
            "* Written by: T1 | T2 | T2",
            "* loyalty: true |  | true",
            "Total: 12.50 | 12.50 | 12.50",
        ];
        assert_eq!(shown(&record), rows);
        let comparison = compared(&record, Currency::of("EUR").unwrap());
        assert_eq!((comparison.local_writer.as_str(), comparison.server_writer.as_str()), ("T1", "T2"));
        assert!(comparison.is_settled);
    }

    #[test]
    fn a_record_of_any_shape_reads() {
        // record, how many fields it shows, whether it has a result
        let rows = [
            (json!({}), 0, false),
            (json!(null), 0, false),
            (json!({ "local_version": 3, "server_version": [], "resolved_version": null }), 0, false),
            (json!({ "local_version": { "items": 3, "updated_at": "soon", "amount": "much" } }), 2, false),
            (json!({ "local_version": { "items": [3, {}] }, "resolved_version": {} }), 1, true),
        ];
        for (record, fields, is_settled) in rows {
            let comparison = compared(&record, Currency::of("EUR").unwrap());
            assert_eq!((comparison.fields.len(), comparison.is_settled), (fields, is_settled), "{record}");
        }
    }
}
