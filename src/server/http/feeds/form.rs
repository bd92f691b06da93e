//! How each kind of feed is written, as CouchDB 3.5 does.

use crate::server::couch::FeedKind;
use serde_json::{Value, json};

/// How a feed is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One object with all rows.
    Object,
    /// An object a line.
    Lines,
    /// Server-sent events (WHATWG HTML, 9.2).
    Events,
}

impl Form {
    pub(super) fn of(kind: FeedKind) -> Form {
        match kind {
            FeedKind::Normal | FeedKind::Longpoll => Form::Object,
            FeedKind::Continuous => Form::Lines,
            FeedKind::EventSource => Form::Events,
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Form::Object | Form::Lines => "application/json",
            Form::Events => "text/event-stream",
        }
    }

    pub(super) fn head(self) -> &'static str {
        match self {
            Form::Object => "{\"results\":[\n",
            Form::Lines | Form::Events => "",
        }
    }

    pub(super) fn row(self, row: &Value, is_first: &mut bool) -> String {
        let is_first = std::mem::replace(is_first, false);
        match self {
            Form::Object if is_first => row.to_string(),
            Form::Object => format!(",\n{row}"),
            Form::Lines => format!("{row}\n"),
            Form::Events => match row.get("seq").and_then(Value::as_str) {
                Some(seq) => format!("data: {row}\nid: {seq}\n\n"),
                None => format!("data: {row}\n\n"),
            },
        }
    }

    pub(super) fn heartbeat(self) -> &'static str {
        match self {
            Form::Object | Form::Lines => "\n",
            Form::Events => "event: heartbeat\ndata: \n\n",
        }
    }

    /// The last words. `is_empty` says that there was no row.
    pub(super) fn end(self, is_empty: bool, last_seq: &str, pending: u64) -> String {
        let last = json!(last_seq);
        match self {
            Form::Object => {
                let close = if is_empty { "" } else { "\n" };
                format!("{close}],\n\"last_seq\":{last},\"pending\":{pending}}}\n")
            }
            Form::Lines => format!("{{\"last_seq\":{last},\"pending\":{pending}}}\n"),
            Form::Events => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_are_written_as_couchdb_does() {
        let rows = [json!({ "seq": "1-a", "id": "x" }), json!({ "seq": null, "id": "y" })];
        // form, how many rows, what is written
        let table = [
            (Form::Object, 0, "{\"results\":[\n],\n\"last_seq\":\"2-a\",\"pending\":3}\n"),
            (
                Form::Object,
                2,
                "{\"results\":[\n{\"id\":\"x\",\"seq\":\"1-a\"},\n{\"id\":\"y\",\"seq\":null}\n],\n\
                 \"last_seq\":\"2-a\",\"pending\":3}\n",
            ),
            (Form::Lines, 1, "{\"id\":\"x\",\"seq\":\"1-a\"}\n{\"last_seq\":\"2-a\",\"pending\":3}\n"),
            (Form::Events, 2, "data: {\"id\":\"x\",\"seq\":\"1-a\"}\nid: 1-a\n\ndata: {\"id\":\"y\",\"seq\":null}\n\n"),
        ];
        for (form, count, right) in table {
            let (mut text, mut is_first) = (form.head().to_owned(), true);
            rows[..count].iter().for_each(|row| text.push_str(&form.row(row, &mut is_first)));
            text.push_str(&form.end(is_first, "2-a", 3));
            assert_eq!(text, right);
        }
    }
}
