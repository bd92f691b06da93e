//! All that is counted, at one moment, as an answer.

use super::exposition::{CONTENT_TYPE, Exposition};
use super::{ACCEPTED, BODIES, Family, KINDS, Limited, Metrics, NOT_ACCEPTED, OUTCOMES};
use crate::domain::Timestamp;
use crate::server::central::{Central, Device};
use crate::server::http::door::Door;
use crate::server::http::limits::{HEARD_LATELY_MS, LOCATIONS_LABELLED, SCRAPED_MS};
use crate::server::http::ready::look;
use crate::server::limits::DEVICES_LISTED_MAX;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, header};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::timeout;

/// What stands in the place of locations beyond those that are labelled; no location can be called so.
const OTHERS: &str = "(others)";

/// Answers with everything.
pub(in crate::server::http) async fn metrics<C: Central + 'static>(State(door): State<Arc<Door<C>>>) -> Response {
    let heard = heard(&door).await;
    let mut all = Exposition::default();
    all.gauge("comanda_build_info", "Which program this is.").say(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    door.metrics().tell(&mut all);
    all.gauge("comanda_feeds_held", "Feeds of changes that are held open.").say(&[], door.seats.count());
    all.gauge("comanda_central_up", "1 when the central database answered just now.")
        .say(&[], u8::from(heard.is_some()));
    if let Some(heard) = heard {
        let means = "Devices that came in within the last 15 minutes, by location and role.";
        let mut samples = all.gauge("comanda_devices_heard", means);
        for ((location, role), count) in &heard {
            samples.say(&[("location", location), ("role", role)], count);
        }
    }
    if let Some(Ok(free)) = look(&door).await.and_then(|seen| seen.room) {
        let means = "Bytes that are free where the central database lies.";
        all.gauge("comanda_disk_free_bytes", means).say(&[], free);
    }
    door.machine.tell(&mut all);
    let mut response = Response::new(Body::from(all.text()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// How many devices came in lately; none when the database does not say so in time. One asks at a time, so that a
/// database that hangs is not asked again and again.
async fn heard<C: Central + 'static>(door: &Arc<Door<C>>) -> Option<BTreeMap<(String, &'static str), u64>> {
    let permit = Arc::clone(&door.scraping).try_acquire_owned().ok()?;
    let asking = Arc::clone(door);
    let asked = tokio::spawn(async move {
        let devices = asking.work(|| asking.replica.central().devices(None, DEVICES_LISTED_MAX)).await;
        drop(permit);
        devices
    });
    let devices = timeout(Duration::from_millis(SCRAPED_MS), asked).await.ok()?.ok()?.ok()?;
    Some(lately(&devices, door.now()))
}

fn lately(devices: &[Device], now: Timestamp) -> BTreeMap<(String, &'static str), u64> {
    let mut counts: BTreeMap<(String, &'static str), u64> = BTreeMap::new();
    let mut named: Vec<&str> = Vec::new();
    for device in devices {
        let location = device.scope.location_id.as_str();
        let is_new = !named.contains(&location);
        if is_new && named.len() < LOCATIONS_LABELLED {
            named.push(location);
        }
        let label = if is_new && !named.contains(&location) { OTHERS } else { location };
        let is_here =
            device.revoked_at.is_none() && device.seen_at.is_some_and(|at| now.millis_since(at) <= HEARD_LATELY_MS);
        // One that is silent counts as 0, so that its location stands there at all.
        *counts.entry((label.to_owned(), device.scope.role.code())).or_default() += u64::from(is_here);
    }
    counts
}

impl Metrics {
    fn tell(&self, all: &mut Exposition) {
        let number = |it: &AtomicU64| it.load(Ordering::Relaxed);
        let mut samples = all.counter("comanda_requests_total", "Requests that were answered, by family and status.");
        for ((family, status), count) in self.requests.all() {
            samples.say(&[("family", family.code()), ("status", &status.to_string())], count);
        }
        let means = "How long requests took until their answer began.";
        let mut samples = all.histogram("comanda_request_duration_seconds", means);
        for family in Family::ALL {
            let durations = self.durations[family as usize].now();
            if durations.count > 0 {
                samples.durations(&[("family", family.code())], &durations);
            }
        }
        let means = "Requests whose body was refused, by reason.";
        by(all, "comanda_bodies_refused_total", means, "reason", BODIES, &self.bodies.all());
        let means = "Requests that were put off because somebody asked too much.";
        let limited: Vec<_> = self.limited.all().into_iter().map(|(who, count)| (who.code(), count)).collect();
        by(all, "comanda_rate_limited_total", means, "who", Limited::ALL.map(Limited::code), &limited);
        let means = "Orders and payments that were submitted, repetitions included, by how they were answered.";
        let mut samples = all.counter("comanda_submissions_total", means);
        let submissions: BTreeMap<_, _> = self.submissions.all().into_iter().collect();
        for kind in KINDS {
            for answer in [ACCEPTED].into_iter().chain(NOT_ACCEPTED) {
                let count = submissions.get(&(kind, answer)).copied().unwrap_or(0);
                samples.say(&[("kind", kind), ("answer", answer)], count);
            }
        }
        let means = "Orders and payments that this process has put into the books, each once.";
        by(all, "comanda_accepted_total", means, "kind", KINDS, &self.accepted.all());
        let means = "Batches that were handed to the central database; moved ones were decided anew.";
        by(all, "comanda_batches_total", means, "outcome", OUTCOMES, &self.batches.all());
        let means = "How long the central database took for a batch.";
        all.histogram("comanda_commit_duration_seconds", means).durations(&[], &self.commits.now());
        let mut samples = all.counter("comanda_documents_appended_total", "Documents that were written, by database.");
        for (database, count) in self.appended.all() {
            samples.say(&[("database", database)], count);
        }
        let means = "How often the central database failed.";
        all.counter("comanda_central_faults_total", means).say(&[], number(&self.faults));
        let means = "Connections that are open.";
        all.gauge("comanda_connections_open", means).say(&[], number(&self.connections_open));
        all.counter("comanda_connections_total", "Connections that were accepted.").say(&[], number(&self.connections));
        let means = "Connections for which there was no place.";
        all.counter("comanda_connections_refused_total", means).say(&[], number(&self.connections_refused));
    }
}

/// A counter with one label, of which every value is told from the start: what never happened is 0.
fn by<const N: usize>(
    all: &mut Exposition,
    name: &'static str,
    means: &str,
    label: &str,
    values: [&'static str; N],
    counted: &[(&'static str, u64)],
) {
    let mut samples = all.counter(name, means);
    for value in values {
        let count = counted.iter().find(|(it, _)| *it == value).map_or(0, |(_, count)| *count);
        samples.say(&[(label, value)], count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LocationId;
    use crate::server::{Role, Scope};

    #[test]
    fn devices_are_counted_by_location_and_those_of_the_last_locations_together() {
        let now = Timestamp::utc(1_773_491_400_000);
        let device = |nth: usize, seen_ms: Option<i64>, revoked: bool| Device {
            scope: Scope { location_id: LocationId(format!("L{nth:03}")), role: Role::Kitchen },
            name: "K1".into(),
            generation: 1,
            enrolled_at: now,
            revoked_at: revoked.then_some(now),
            seen_at: seen_ms.map(|ms| now.plus_millis(-ms)),
        };
        let here = device(1, Some(HEARD_LATELY_MS), false);
        let rows = [
            here.clone(),
            here,
            device(1, Some(HEARD_LATELY_MS + 1), false),
            device(1, Some(0), true),
            device(2, None, false),
        ];
        let counts = lately(&rows, now);
        let right = [(("L001".to_owned(), "kitchen"), 2), (("L002".to_owned(), "kitchen"), 0)];
        assert_eq!(counts, BTreeMap::from(right));
        let many: Vec<Device> = (0..LOCATIONS_LABELLED + 7).map(|nth| device(nth, Some(0), false)).collect();
        let counts = lately(&many, now);
        assert_eq!((counts.len(), counts[&(OTHERS.to_owned(), "kitchen")]), (LOCATIONS_LABELLED + 1, 7));
    }
}
