//! The record of a conflict, for audit: both versions, what became of them, when, and on which register.

use super::BadDocument;
use super::fields::Fields;
use super::merge::union::fields_joined;
use super::merge::{self, Leaf, Outcome, Verdict};
use super::{DocumentType, Revision};
use crate::domain::{LocationId, RegisterId, Timestamp};
use serde_json::{Map, Value, json};

/// One conflict between two leaves, as it is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The type of the document that they quarrelled about: `order`.
    pub entity_type: String,
    /// Its id.
    pub entity_id: String,
    /// Which register settled it.
    pub register_id: RegisterId,
    /// When.
    pub resolved_at: Timestamp,
}

/// What a register knows about a conflict that it has settled.
#[derive(Debug, Clone)]
pub struct ConflictContext<'a> {
    /// The leaf that this register had before the others came.
    pub local: &'a Revision,
    /// Where.
    pub location_id: &'a LocationId,
    /// Which register.
    pub register_id: &'a RegisterId,
    /// When.
    pub resolved_at: Timestamp,
}

/// Writes the records of a conflict: one for each leaf that came against the register's own.
///
/// Equal conflicts on one register have equal ids, so that what is settled again after a crash is recorded once.
///
/// # Panics
/// When the register's own leaf is not among the leaves.
pub fn to_bodies(of: DocumentType, leaves: &[Leaf], outcome: &Outcome, context: &ConflictContext) -> Vec<Value> {
    let own = leaves.iter().find(|leaf| leaf.revision == *context.local);
    let own = own.expect("the register's own leaf is one of those that quarrel");
    let entity_id = own.body.get("_id").and_then(Value::as_str).unwrap_or_default();
    let resolved = match outcome {
        Outcome::Settled(it) => with_revision(&it.body, &it.revision),
        Outcome::Quarantined { .. } | Outcome::LeftToServer { .. } => Value::Null,
    };
    let record = |other: &Leaf| {
        let (least, most) = ((&own.revision).min(&other.revision), (&own.revision).max(&other.revision));
        json!({
            "_id": format!("conflict_{entity_id}_{most}_{least}_{}", context.register_id),
            "type": "conflict",
            "entity_type": of.code(),
            "entity_id": entity_id,
            "local_version": with_revision(&own.body, &own.revision),
            "server_version": with_revision(&other.body, &other.revision),
            "resolved_version": resolved,
            "resolved_at": context.resolved_at.rfc3339(),
            "register_id": context.register_id,
            "location_id": context.location_id,
        })
    };
    leaves.iter().filter(|leaf| leaf.revision != own.revision).map(record).collect()
}

fn with_revision(body: &Value, revision: &Revision) -> Value {
    let mut body = body.clone();
    if let Value::Object(fields) = &mut body {
        fields.insert("_rev".into(), revision.to_string().into());
    }
    body
}

/// Reads a body.
///
/// # Errors
/// The first thing that is missing or wrong, with its place.
pub fn from_body(body: &Value) -> Result<Conflict, BadDocument> {
    let fields = Fields::of(body)?;
    fields.expect_type("conflict")?;
    Ok(Conflict {
        entity_type: fields.text("entity_type")?.into(),
        entity_id: fields.text("entity_id")?.into(),
        register_id: fields.text("register_id")?.into(),
        resolved_at: fields.time("resolved_at")?,
    })
}

/// Merges: two records of one conflict tell the same; what one of them tells more is kept.
pub fn resolve(bodies: &[&Value]) -> Verdict {
    let bodies = merge::bodies(bodies);
    let bodies: Vec<&Map<String, Value>> = bodies.iter().collect();
    Verdict::Merged { body: Value::Object(fields_joined(&bodies, &[])), review: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::resolve as settle;

    fn leaf(generation: u32, digit: u8, name: &str) -> Leaf {
        let body = json!({ "_id": "customer_1", "type": "customer", "name": name });
        Leaf { revision: Revision { generation, digest: [digit; 16] }, body }
    }

    #[test]
    fn a_conflict_is_recorded_with_both_versions_and_the_result() {
        let leaves = [leaf(2, 1, "Ann"), leaf(3, 2, "Ben"), leaf(2, 3, "Cleo")];
        let outcome = settle(DocumentType::Customer, &leaves).unwrap();
        let now = Timestamp::from_rfc3339("2026-03-14T19:05:06.789+01:00").unwrap();
        let (location_id, register_id) = (&"L1".into(), &"T1".into());
        let local = &leaves[0].revision;
        let context = ConflictContext { local, location_id, register_id, resolved_at: now };
        let records = to_bodies(DocumentType::Customer, &leaves, &outcome, &context);
        let ids: Vec<&str> = records.iter().map(|it| it["_id"].as_str().unwrap()).collect();
        let [a, b, c] = leaves.each_ref().map(|it| it.revision.to_string());
        assert_eq!(ids, [format!("conflict_customer_1_{b}_{a}_T1"), format!("conflict_customer_1_{c}_{a}_T1")]);
        let names =
            |at: usize| ["local_version", "server_version", "resolved_version"].map(|it| &records[at][it]["name"]);
        assert_eq!(names(0), ["Ann", "Ben", "Cleo"]);
        assert_eq!(names(1), ["Ann", "Cleo", "Cleo"]);
        assert_eq!(records[0]["local_version"]["_rev"], a);
        let read = from_body(&records[0]).unwrap();
        assert_eq!((read.entity_id.as_str(), read.resolved_at), ("customer_1", now));
        assert_eq!(DocumentType::of_id(ids[0]), Some(DocumentType::Conflict));
    }
}
