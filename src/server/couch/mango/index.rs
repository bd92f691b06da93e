//! Mango indexes: noted, told of and forgotten. Queries go through the documents all the same.

use super::query::named_sort;
use super::selector::Selector;
use crate::document::canonical::canonical;
use crate::server::central::{Central, NotedIndex, Place};
use crate::server::couch::asked::{Asked, bad, missing, no};
use crate::server::couch::database::Told;
use crate::server::couch::{Asker, told};
use crate::server::limits::{INDEX_BYTES_MAX, INDEXES_MAX};
use crate::server::replica::may_write;
use crate::sync::wire::{Problem, text};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Longest name of an index or of its design document, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// The index that is always there: the ids.
pub(super) fn all_docs() -> Value {
    json!({ "ddoc": null, "name": "_all_docs", "type": "special", "def": { "fields": [{ "_id": "asc" }] } })
}

/// Answers `_index`, and what lies below it.
pub(in crate::server::couch) async fn indexes<C: Central>(
    asker: &Asker<'_, C>,
    asked: &Asked<'_>,
    place: &Place,
    which: &[&str],
) -> Told {
    match (which, asked.method()) {
        ([], _) if asked.is_reading() => list(asker, place).await,
        ([], &Method::POST) => note(asker, asked, place).await,
        ([], _) => Ok(told::only("GET,HEAD,POST")),
        ([design, "json", name], &Method::DELETE) | (["_design", design, "json", name], &Method::DELETE) => {
            may_write(asker.scope)?;
            let design = design.strip_prefix("_design/").unwrap_or(design);
            let forgotten = asker.replica.central().forget_index(place, design, name).await;
            if forgotten.map_err(|fault| asker.replica.broken(fault))? {
                return Ok(told::json(StatusCode::OK, &json!({ "ok": true })));
            }
            Err(missing("missing"))
        }
        (_, &Method::DELETE) => Err(missing("missing")),
        (_, _) => Ok(told::only("DELETE")),
    }
}

async fn noted<C: Central>(asker: &Asker<'_, C>, place: &Place) -> Result<Vec<NotedIndex>, Problem> {
    asker.replica.central().indexes(place).await.map_err(|fault| asker.replica.broken(fault))
}

async fn list<C: Central>(asker: &Asker<'_, C>, place: &Place) -> Told {
    let mut rows = vec![all_docs()];
    for index in noted(asker, place).await? {
        // It was written as JSON; what does not read as such any more is shown as it is.
        let definition = serde_json::from_str(&index.definition).unwrap_or(Value::String(index.definition));
        rows.push(json!({ "ddoc": format!("_design/{}", index.design), "name": index.name, "type": "json",
                          "partitioned": false, "def": definition }));
    }
    Ok(told::json(StatusCode::OK, &json!({ "total_rows": rows.len(), "indexes": rows })))
}

async fn note<C: Central>(asker: &Asker<'_, C>, asked: &Asked<'_>, place: &Place) -> Told {
    may_write(asker.scope)?;
    let index = read(&asked.body()?)?;
    let noted = noted(asker, place).await?;
    let former = noted.iter().find(|it| it.design == index.design && it.name == index.name);
    let is_the_same = former.is_some_and(|it| it.definition == index.definition);
    if former.is_none() && noted.len() >= INDEXES_MAX {
        return Err(no(413, "too_many", format!("there are {INDEXES_MAX} indexes here already: delete one first")));
    }
    if !is_the_same {
        let written = asker.replica.central().note_index(place, &index).await;
        written.map_err(|fault| asker.replica.broken(fault))?;
    }
    let result = if is_the_same { "exists" } else { "created" };
    let id = format!("_design/{}", index.design);
    Ok(told::json(StatusCode::OK, &json!({ "result": result, "id": id, "name": index.name })))
}

fn read(body: &Value) -> Result<NotedIndex, Problem> {
    let kind = body.get("type").filter(|it| !it.is_null());
    if kind.is_some_and(|it| it != "json") {
        return Err(no(400, "invalid_index", "only indexes of type `json` are noted here"));
    }
    let index = body.get("index").filter(|it| it.is_object());
    let index = index.ok_or_else(|| no(400, "missing_required_key", "Missing required key: index"))?;
    let fields = named_sort(index.get("fields"))?;
    if fields.is_empty() {
        return Err(no(400, "invalid_index_fields_definition", "Invalid fields definition: name at least one field"));
    }
    let fields: Vec<Value> = fields.into_iter().map(|(name, to)| json!({ name: to.word() })).collect();
    let mut definition = json!({ "fields": fields });
    let partial = index.get("partial_filter_selector").or_else(|| body.get("partial_filter_selector"));
    if let Some(partial) = partial {
        Selector::read(partial)?;
        definition["partial_filter_selector"] = partial.clone();
    }
    let definition = canonical(&definition);
    if definition.len() > INDEX_BYTES_MAX {
        return Err(no(413, "too_large", format!("an index has at most {INDEX_BYTES_MAX} bytes")));
    }
    // What has no name is called by what it is, so that the same index is the same again.
    let digest: String = Sha256::digest(&definition).iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    let design = name(body, "ddoc")?.unwrap_or_else(|| digest.clone());
    let design = design.strip_prefix("_design/").map_or(design.clone(), str::to_owned);
    Ok(NotedIndex { design, name: name(body, "name")?.unwrap_or(digest), definition })
}

fn name(body: &Value, field: &str) -> Result<Option<String>, Problem> {
    match body.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) if (1..=NAME_BYTES_MAX).contains(&name.len()) && !name.contains('\0') => {
            Ok(Some(name.clone()))
        }
        Some(other) => Err(bad(format!(
            "`{field}` must be text of 1 to {NAME_BYTES_MAX} bytes, is {}",
            text::quoted(&other.to_string())
        ))),
    }
}
