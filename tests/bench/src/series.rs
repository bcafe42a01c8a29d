// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Measured seconds, and what is read off them.

use std::time::Duration;

use serde_json::{Value, json};

/// Measurements of one thing, in the order in which they were taken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series {
    seconds: Vec<f64>,
}

/// What stands for a series when it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Statistic {
    /// What it costs where nothing disturbs; for CPU time, which disturbance only adds to.
    Minimum,
    /// What it costs usually; for elapsed time.
    Median,
}

impl Statistic {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Minimum => "minimum",
            Self::Median => "median",
        }
    }
}

impl Series {
    /// # Panics
    /// If there is nothing in it: a series that was not measured cannot be compared.
    pub(crate) fn new(measured: &[Duration]) -> Self {
        assert!(!measured.is_empty(), "a series of no measurements");
        Self { seconds: measured.iter().map(Duration::as_secs_f64).collect() }
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.seconds.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    pub(crate) fn count(&self) -> usize {
        self.seconds.len()
    }

    pub(crate) fn minimum(&self) -> f64 {
        self.sorted()[0]
    }

    pub(crate) fn maximum(&self) -> f64 {
        self.sorted()[self.seconds.len() - 1]
    }

    pub(crate) fn median(&self) -> f64 {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
    }

    pub(crate) fn get(&self, statistic: Statistic) -> f64 {
        match statistic {
            Statistic::Minimum => self.minimum(),
            Statistic::Median => self.median(),
        }
    }

    /// By how much the largest is above the smallest: 0.05 is 5 %.
    pub(crate) fn spread(&self) -> f64 {
        self.maximum() / self.minimum() - 1.0
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "seconds": self.seconds,
            "minimum": self.minimum(),
            "median": self.median(),
            "maximum": self.maximum(),
            "spread": self.spread(),
        })
    }
}

#[cfg(test)]
pub(crate) fn planted(milliseconds: &[u64]) -> Series {
    let measured: Vec<Duration> = milliseconds.iter().map(|ms| Duration::from_millis(*ms)).collect();
    Series::new(&measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, wanted: f64) -> bool {
        (found - wanted).abs() < 1e-9
    }

    #[test]
    fn the_statistics_of_odd_and_even_counts() {
        let odd = planted(&[300, 100, 250]);
        assert!(near(odd.minimum(), 0.1) && near(odd.median(), 0.25) && near(odd.maximum(), 0.3));
        assert!(near(odd.spread(), 2.0));
        let even = planted(&[400, 100, 200, 300]);
        assert!(near(even.median(), 0.25));
        assert!(near(even.get(Statistic::Minimum), 0.1) && near(even.get(Statistic::Median), 0.25));
    }

    #[test]
    #[should_panic(expected = "no measurements")]
    fn nothing_measured_is_no_series() {
        Series::new(&[]);
    }
}
