//! The log as JSON, an object a line, for whoever collects logs: always `time` (RFC 3339, UTC), `level`, `target`
//! (which part of the program), `message` and `fields`; `request_id` where a request is why.
//!
//! What is logged is the same as in text: no secrets, tokens, names of guests or bodies.

use serde_json::{Map, Value, json};
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes events as JSON.
#[derive(Debug, Clone, Copy)]
pub(super) struct Json;

/// Keeps the fields of spans as JSON.
#[derive(Debug, Clone, Copy)]
pub(super) struct JsonFields;

impl<'writer> FormatFields<'writer> for JsonFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut read = Fields::default();
        fields.record(&mut read);
        write!(writer, "{}", Value::Object(read.0))
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, JsonFields> for Json {
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let about = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = fields.0.remove("message").unwrap_or_else(|| json!(""));
        let mut line = Map::new();
        line.insert("time".into(), time.into());
        line.insert("level".into(), about.level().as_str().into());
        line.insert("target".into(), about.target().into());
        line.insert("message".into(), message);
        line.insert("fields".into(), Value::Object(fields.0));
        for span in context.event_scope().into_iter().flatten() {
            let extensions = span.extensions();
            let kept = extensions.get::<FormattedFields<JsonFields>>().map(|kept| kept.fields.as_str());
            if let Some(Ok(Value::Object(of_span))) = kept.map(serde_json::from_str) {
                // The innermost span comes first and goes before.
                of_span.into_iter().for_each(|(field, says)| {
                    line.entry(format!("{}_{field}", span.name())).or_insert(says);
                });
            }
        }
        writeln!(writer, "{}", Value::Object(line))
    }
}

/// Fields as they come.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn keep(&mut self, field: &Field, says: Value) {
        self.0.insert(field.name().trim_start_matches("r#").to_owned(), says);
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, json!(value));
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, json!(value));
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, json!(value));
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, json!(value));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, json!(value));
    }
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.keep(field, json!(format!("{value:?}")));
    }
}
