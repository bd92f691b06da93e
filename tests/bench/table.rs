//! A figure, what it is held against, and what was aimed at: one line each.

use std::time::Duration;

/// What a figure should be.
#[derive(Debug, Clone, Copy)]
pub enum Aim {
    /// Less than this.
    Under(f64),
    /// Just this.
    Exactly(f64),
    /// At most so many times what stands beside it.
    Times(f64),
    /// At least so many times what stands beside it.
    AtLeastTimes(f64),
}

/// One figure and what was measured beside it.
#[derive(Debug)]
pub struct Figure {
    what: String,
    value: f64,
    unit: &'static str,
    beside: Option<(String, f64)>,
    aim: Option<Aim>,
}

impl Figure {
    /// A figure with its unit.
    pub fn new(what: impl Into<String>, value: f64, unit: &'static str) -> Figure {
        Figure { what: what.into(), value, unit, beside: None, aim: None }
    }

    /// What was measured in the same run, in the same unit.
    pub fn beside(self, what: impl Into<String>, value: f64) -> Figure {
        Figure { beside: Some((what.into(), value)), ..self }
    }

    /// What it should be.
    pub fn aim(self, aim: Aim) -> Figure {
        Figure { aim: Some(aim), ..self }
    }

    /// Prints the line; says whether the aim was missed.
    pub fn print(self) -> bool {
        let ratio = self.beside.as_ref().map(|(_, other)| self.value / other);
        let beside = match (&self.beside, ratio) {
            (Some((what, other)), Some(ratio)) if ratio.is_finite() => {
                format!("{what} {}, {ratio:.2} times", short(*other))
            }
            (Some((what, other)), _) => format!("{what} {}", short(*other)),
            (None, _) => String::new(),
        };
        let (wanted, met) = match self.aim {
            None => (String::new(), true),
            Some(Aim::Under(most)) => (format!("< {}", short(most)), self.value < most),
            Some(Aim::Exactly(just)) => (format!("= {}", short(just)), self.value == just),
            Some(Aim::AtLeastTimes(least)) => (format!(">= {least} times"), ratio.is_some_and(|ratio| ratio >= least)),
            Some(Aim::Times(most)) => (format!("<= {most} times"), ratio.is_some_and(|ratio| ratio <= most)),
        };
        let verdict = if wanted.is_empty() {
            ""
        } else if met {
            "met"
        } else {
            "MISSED"
        };
        let value = format!("{} {}", short(self.value), self.unit);
        println!("  {:<46} {:>14}   {:<50} {:<14}{}", self.what, value, beside, wanted, verdict);
        !met
    }
}

fn short(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e9 {
        format!("{value:.0}")
    } else if value.abs() < 10.0 {
        format!("{value:.3}")
    } else {
        format!("{value:.1}")
    }
}

/// A duration in milliseconds.
pub fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

/// Many measurements of one thing.
#[derive(Debug, Default)]
pub struct Sample(Vec<f64>);

impl Sample {
    /// Takes one more.
    pub fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The value that so many of a thousand stay at or below.
    pub fn permille(&self, of: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let at = (sorted.len() * of / 1000).min(sorted.len().saturating_sub(1));
        sorted.get(at).copied().unwrap_or(f64::NAN)
    }

    /// The value in the middle.
    pub fn median(&self) -> f64 {
        self.permille(500)
    }

    /// What each comes to if all are alike.
    #[cfg(feature = "server")]
    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    /// The greatest value.
    pub fn most(&self) -> f64 {
        self.permille(1000)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}
