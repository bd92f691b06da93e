//! Any JSON: its canonical text is one text, and says the same.

use comanda::document::Revision;
use comanda::document::canonical::canonical;
use serde_json::Value;

pub fn run(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    let text = canonical(&value);
    let again: Value = serde_json::from_str(&text).expect("canonical text is JSON");
    assert_eq!(canonical(&again), text, "the canonical text of canonical text");
    let revision = Revision::child_of(None, false, &value);
    assert_eq!(Revision::child_of(None, false, &again), revision, "equal edits have equal names");
    assert_eq!(Revision::read(&revision.to_string()), Some(revision));
}
