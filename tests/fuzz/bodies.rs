//! Any JSON as a type of document and bodies that quarrel: `["order", {...}, {...}]`.

use super::laws::laws;
use comanda::document::DocumentType;
use serde_json::Value;

/// Most bodies that quarrel.
const BODIES_MAX: usize = 5;

pub fn run(data: &[u8]) {
    let Ok(Value::Array(mut list)) = serde_json::from_slice::<Value>(data) else { return };
    if list.len() < 2 {
        return;
    }
    let Value::String(code) = list.remove(0) else { return };
    let Some(&of) = DocumentType::ALL.iter().find(|it| it.code() == code) else { return };
    list.truncate(BODIES_MAX);
    laws(of, list);
}
