//! The text that Prometheus reads, version 0.0.4: each family with what it means and its kind, then its samples.
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>

use super::histogram::Durations;
use std::fmt::{Display, Write};

/// How whoever reads it knows what it is.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A text that is being written.
#[derive(Debug, Default)]
pub(in crate::server::http) struct Exposition(String);

/// A family of samples under one name.
pub(in crate::server::http) struct Samples<'a> {
    text: &'a mut String,
    name: &'static str,
}

impl Exposition {
    /// Something that only grows; its name ends with `_total`.
    pub(super) fn counter(&mut self, name: &'static str, means: &str) -> Samples<'_> {
        debug_assert!(name.ends_with("_total"), "{name}");
        self.family(name, "counter", means)
    }

    /// Something that goes up and down.
    pub(in crate::server::http) fn gauge(&mut self, name: &'static str, means: &str) -> Samples<'_> {
        self.family(name, "gauge", means)
    }

    /// How long something takes.
    pub(super) fn histogram(&mut self, name: &'static str, means: &str) -> Samples<'_> {
        self.family(name, "histogram", means)
    }

    fn family(&mut self, name: &'static str, kind: &str, means: &str) -> Samples<'_> {
        let means = means.replace('\\', "\\\\").replace('\n', "\\n");
        let Exposition(text) = self;
        text.push_str(&format!("# HELP {name} {means}\n# TYPE {name} {kind}\n"));
        Samples { text, name }
    }

    pub(super) fn text(self) -> String {
        self.0
    }
}

impl Samples<'_> {
    /// One number with its labels.
    pub(in crate::server::http) fn say(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        self.sample("", labels, value);
        self
    }

    /// All that a histogram comes to, with labels.
    pub(super) fn durations(&mut self, labels: &[(&str, &str)], all: &Durations) -> &mut Self {
        for (most_s, count) in &all.buckets {
            self.sample("_bucket", &[labels, &[("le", &most_s.to_string())]].concat(), count);
        }
        self.sample("_bucket", &[labels, &[("le", "+Inf")]].concat(), all.count);
        self.sample("_sum", labels, all.sum_s);
        self.sample("_count", labels, all.count);
        self
    }

    fn sample(&mut self, end: &str, labels: &[(&str, &str)], value: impl Display) {
        let (text, name) = (&mut *self.text, self.name);
        text.push_str(name);
        text.push_str(end);
        for (nth, (label, says)) in labels.iter().enumerate() {
            let says = says.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let begin = if nth == 0 { '{' } else { ',' };
            write!(text, "{begin}{label}=\"{says}\"").expect("a String takes all that is written to it");
        }
        let end = if labels.is_empty() { "" } else { "}" };
        writeln!(text, "{end} {value}").expect("a String takes all that is written to it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_told_with_its_kind_and_labels_are_escaped() {
        let mut all = Exposition::default();
        all.counter("a_total", "How many\nof \\ there were").say(&[("who", "a \"b\"\\\n")], 3).say(&[], 4);
        all.gauge("b", "How many are").say(&[("x", "1"), ("y", "2")], 0.5);
        let durations = Durations { buckets: vec![(0.001, 1), (2.5, 2)], sum_s: 9.25, count: 3 };
        all.histogram("c_seconds", "How long").durations(&[("x", "1")], &durations);
        let right = "\
# HELP a_total How many\\nof \\\\ there were
# TYPE a_total counter
a_total{who=\"a \\\"b\\\"\\\\\\n\"} 3
a_total 4
# HELP b How many are
# TYPE b gauge
b{x=\"1\",y=\"2\"} 0.5
# HELP c_seconds How long
# TYPE c_seconds histogram
c_seconds_bucket{x=\"1\",le=\"0.001\"} 1
c_seconds_bucket{x=\"1\",le=\"2.5\"} 2
c_seconds_bucket{x=\"1\",le=\"+Inf\"} 3
c_seconds_sum{x=\"1\"} 9.25
c_seconds_count{x=\"1\"} 3
";
        assert_eq!(all.text(), right);
    }
}
