//! A feed that is still being written.

use super::form::Form;
use super::page::Reading;
use super::{Waiting, Woken};
use crate::server::central::Central;
use crate::server::http::door::Door;
use crate::server::http::writing::{self, Ended, Pen};
use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, header};
use serde_json::Value;
use std::sync::Arc;

/// Among a response's extensions: it is still being written.
#[derive(Debug, Clone, Copy)]
pub(in crate::server::http) struct IsOpen;

pub(super) fn response(form: Form, body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Writes all pages that are there.
pub(super) fn all_that_is_there<C: Central + 'static>(
    door: Arc<Door<C>>,
    form: Form,
    rows: Vec<Value>,
    mut reading: Reading,
    mut waiting: Waiting,
) -> Response {
    let mut response = write(form, async move |mut pen| {
        pen.say(form.head()).await?;
        pen.rows(&rows).await?;
        while !reading.is_done() && waiting.goes_on(&door).await {
            let Ok(rows) = reading.more(&door).await else { return pen.break_off() };
            pen.rows(&rows).await?;
        }
        pen.end(&reading).await
    });
    response.extensions_mut().remove::<IsOpen>(); // it does not wait for anything
    response
}

/// Beats until there is something, and says it.
pub(super) fn until_something<C: Central + 'static>(
    door: Arc<Door<C>>,
    form: Form,
    mut reading: Reading,
    mut waiting: Waiting,
) -> Response {
    write(form, async move |mut pen| {
        pen.say(form.head()).await?;
        loop {
            match waiting.next(&door).await {
                Woken::Closing => return pen.end(&reading).await,
                Woken::Due => {
                    pen.say(form.heartbeat()).await?;
                    waiting.restart();
                }
                Woken::Changed => loop {
                    let Ok(rows) = reading.more(&door).await else { return pen.break_off() };
                    if !rows.is_empty() {
                        pen.rows(&rows).await?;
                        return pen.end(&reading).await;
                    }
                    if reading.is_done() {
                        break;
                    }
                },
            }
        }
    })
}

/// Says what changes, until all that was wanted is said, or nothing changed for too long.
pub(super) fn on_and_on<C: Central + 'static>(
    door: Arc<Door<C>>,
    form: Form,
    rows: Vec<Value>,
    mut reading: Reading,
    mut waiting: Waiting,
) -> Response {
    write(form, async move |mut pen| {
        pen.say(form.head()).await?;
        pen.rows(&rows).await?;
        loop {
            while !reading.is_done() {
                if !waiting.goes_on(&door).await {
                    return pen.end(&reading).await;
                }
                let Ok(rows) = reading.more(&door).await else { return pen.break_off() };
                pen.rows(&rows).await?;
                waiting.restart();
            }
            if reading.is_limited() {
                return pen.end(&reading).await;
            }
            match waiting.next(&door).await {
                Woken::Closing => return pen.end(&reading).await,
                Woken::Due if !waiting.beats => return pen.end(&reading).await,
                Woken::Due => {
                    pen.say(form.heartbeat()).await?;
                    waiting.restart();
                }
                Woken::Changed => {
                    let Ok(rows) = reading.more(&door).await else { return pen.break_off() };
                    if !rows.is_empty() {
                        waiting.restart();
                    }
                    pen.rows(&rows).await?;
                }
            }
        }
    })
}

/// Writes a feed in its form.
struct Rows {
    form: Form,
    pen: Pen,
    is_first: bool,
}

impl Rows {
    async fn say(&mut self, text: impl Into<String>) -> Result<(), Ended> {
        self.pen.say(text).await
    }

    async fn rows(&mut self, rows: &[Value]) -> Result<(), Ended> {
        let mut text = String::new();
        rows.iter().for_each(|row| text.push_str(&self.form.row(row, &mut self.is_first)));
        self.say(text).await
    }

    async fn end(mut self, reading: &Reading) -> Result<Ended, Ended> {
        self.say(self.form.end(self.is_first, &reading.last_seq, reading.pending)).await?;
        Ok(Ended::Said)
    }

    fn break_off(self) -> Result<Ended, Ended> {
        self.pen.break_off()
    }
}

/// Answers with what a task writes.
fn write<F>(form: Form, task: impl FnOnce(Rows) -> F) -> Response
where
    F: Future<Output = Result<Ended, Ended>> + Send + 'static,
{
    let mut response = response(form, writing::write(|pen| task(Rows { form, pen, is_first: true })));
    response.extensions_mut().insert(IsOpen);
    response
}
