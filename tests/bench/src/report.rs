// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What was found, as a table for people and as JSON for programs.

use serde_json::{Map, Value, json};

use crate::error::BenchError;
use crate::machine::{Machine, load};
use crate::series::Series;
use crate::verdict::Verdict;

/// A bar that was measured.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    pub(crate) name: &'static str,
    pub(crate) found: String,
    pub(crate) bar: String,
    pub(crate) verdict: Verdict,
    pub(crate) rows: Vec<(String, Series)>,
    /// How the seconds of the rows are shown.
    pub(crate) unit: fn(f64) -> String,
    pub(crate) notes: Vec<String>,
    pub(crate) json: Value,
}

/// All of them, and the machine.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    machine: Machine,
    load_before: f64,
    load_after: f64,
    finished: Vec<Finished>,
}

impl Report {
    pub(crate) fn begin() -> Result<Self, BenchError> {
        let load = load()?;
        Ok(Self { machine: Machine::look()?, load_before: load, load_after: load, finished: Vec::new() })
    }

    pub(crate) fn add(&mut self, finished: Finished) {
        self.finished.push(finished);
    }

    pub(crate) fn end(&mut self) -> Result<(), BenchError> {
        self.load_after = load()?;
        Ok(())
    }

    pub(crate) fn verdict(&self) -> Verdict {
        self.finished.iter().map(|bar| bar.verdict).max().unwrap_or(Verdict::Inconclusive)
    }

    /// As it stands in docs/benchmarks.md.
    pub(crate) fn table(&self) -> String {
        let Machine { processor, processors, kernel } = &self.machine;
        let (before, after) = (self.load_before, self.load_after);
        let mut lines = vec![
            format!(
                "{processors} × {processor}, Linux {kernel}, load {before:.2} before and {after:.2} after"
            ),
            String::new(),
            "| bar | found | wanted | verdict |".to_owned(),
            "|---|---|---|---|".to_owned(),
        ];
        lines.extend(
            self.finished.iter().map(|bar| {
                format!("| {} | {} | {} | {} |", bar.name, bar.found, bar.bar, bar.verdict.name())
            }),
        );
        lines.extend(
            ["", "| series | runs | minimum | median | maximum | spread |", "|---|---|---|---|---|---|"]
                .map(str::to_owned),
        );
        let rows = self.finished.iter().flat_map(|bar| bar.rows.iter().map(|row| (bar.unit, row)));
        for (unit, (name, series)) in rows {
            let [least, middle, most] = [series.minimum(), series.median(), series.maximum()].map(unit);
            let spread = percent(series.spread());
            lines.push(format!("| {name} | {} | {least} | {middle} | {most} | {spread} |", series.count()));
        }
        let notes: Vec<&String> = self.finished.iter().flat_map(|bar| &bar.notes).collect();
        if !notes.is_empty() {
            lines.push(String::new());
        }
        lines.extend(notes.into_iter().map(|note| format!("- {note}")));
        lines.join("\n") + "\n"
    }

    pub(crate) fn json(&self) -> String {
        let bars: Map<String, Value> = self
            .finished
            .iter()
            .map(|bar| {
                let value = json!({"verdict": bar.verdict.name(), "found": bar.found, "wanted": bar.bar, "measured": bar.json});
                (bar.name.to_owned(), value)
            })
            .collect();
        let value = json!({
            "format": "ashlar-bench 1",
            "machine": self.machine.json(),
            "load": {"before": self.load_before, "after": self.load_after},
            "bars": bars,
        });
        format!("{value:#}\n")
    }
}

pub(crate) fn milliseconds(seconds: f64) -> String {
    format!("{:.1} ms", seconds * 1000.0)
}

pub(crate) fn seconds(seconds: f64) -> String {
    format!("{seconds:.2} s")
}

pub(crate) fn percent(fraction: f64) -> String {
    format!("{:.1} %", fraction * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::planted;

    fn report(verdicts: &[Verdict]) -> Report {
        let bar = |verdict: &Verdict| Finished {
            name: "a bar",
            found: "1.01".to_owned(),
            bar: "≤ 1.05".to_owned(),
            verdict: *verdict,
            rows: vec![("ours".to_owned(), planted(&[100, 200, 150]))],
            unit: milliseconds,
            notes: vec!["a note".to_owned()],
            json: json!({}),
        };
        let machine = Machine { processor: "P".to_owned(), processors: 2, kernel: "6.12.0".to_owned() };
        Report { machine, load_before: 0.5, load_after: 2.0, finished: verdicts.iter().map(bar).collect() }
    }

    #[test]
    fn the_table_says_what_was_found_and_how_it_spread() {
        let table = report(&[Verdict::Inconclusive]).table();
        assert_eq!(
            table,
            "2 × P, Linux 6.12.0, load 0.50 before and 2.00 after\n\n\
             | bar | found | wanted | verdict |\n|---|---|---|---|\n| a bar | 1.01 | ≤ 1.05 | inconclusive |\n\n\
             | series | runs | minimum | median | maximum | spread |\n|---|---|---|---|---|---|\n\
             | ours | 3 | 100.0 ms | 150.0 ms | 200.0 ms | 100.0 % |\n\n- a note\n"
        );
        let json: Value = serde_json::from_str(&report(&[Verdict::Missed]).json()).unwrap();
        assert_eq!(json["bars"]["a bar"]["verdict"], "missed");
    }

    #[test]
    fn one_missed_bar_is_enough_and_nothing_measured_is_no_pass() {
        assert_eq!(
            report(&[Verdict::Pass, Verdict::Missed, Verdict::Inconclusive]).verdict(),
            Verdict::Missed
        );
        assert_eq!(report(&[Verdict::Pass, Verdict::Inconclusive]).verdict(), Verdict::Inconclusive);
        assert_eq!(report(&[Verdict::Pass]).verdict(), Verdict::Pass);
        assert_eq!(report(&[]).verdict(), Verdict::Inconclusive);
    }
}
