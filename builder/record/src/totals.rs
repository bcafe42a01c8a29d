// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a build came to as a whole.

use crate::line::{Outcome, Used};
use crate::record::{BuildRecord, Ending, Fate};

/// Sums over all derivations of a build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Elapsed time, in milliseconds.
    pub wall_ms: u64,
    /// The time in which workers were busy, in milliseconds: that of two workers counts twice.
    pub busy_ms: u64,
    /// CPU time of programs in sandboxes, in milliseconds.
    pub cpu_ms: u64,
    /// Bytes that derivations were shown.
    pub bytes_in: u64,
    /// Bytes in the outputs of derivations that were worked on.
    pub bytes_out: u64,
    /// Derivations that were built.
    pub built: usize,
    /// Derivations that the store had.
    pub hits: usize,
    /// Derivations that failed.
    pub failed: usize,
    /// Derivations that were begun, and not ended.
    pub interrupted: usize,
    /// Derivations that were never begun.
    pub skipped: usize,
}

impl Totals {
    /// Adds up a record.
    #[must_use]
    pub fn of(record: &BuildRecord) -> Self {
        let mut totals = Self { wall_ms: record.wall_ms(), ..Self::default() };
        for derivation in record.derivations() {
            totals.busy_ms += record.took_ms(derivation);
            match &derivation.fate {
                Fate::Hit { .. } => totals.hits += 1,
                Fate::Skipped => totals.skipped += 1,
                Fate::Worked(work) => match &work.ending {
                    Ending::Interrupted => totals.interrupted += 1,
                    Ending::Ended { outcome, used, .. } => {
                        totals.add(used);
                        match outcome {
                            Outcome::Built => totals.built += 1,
                            Outcome::Hit => totals.hits += 1,
                            Outcome::Failed => totals.failed += 1,
                        }
                    }
                },
            }
        }
        totals
    }

    /// No reader lets a sum overflow: it refuses what no machine can have used.
    fn add(&mut self, used: &Used) {
        self.cpu_ms =
            self.cpu_ms.saturating_add(used.user_ms.unwrap_or(0)).saturating_add(used.system_ms.unwrap_or(0));
        self.bytes_in = self.bytes_in.saturating_add(used.bytes_in.unwrap_or(0));
        self.bytes_out = self.bytes_out.saturating_add(used.bytes_out.unwrap_or(0));
    }

    /// How many workers were busy on average, in thousandths.
    #[must_use]
    pub fn parallelism_permille(&self) -> u64 {
        permille(self.busy_ms, self.wall_ms)
    }
}

/// `part` of `whole` in thousandths, rounded; 0 of nothing.
pub(crate) fn permille(part: u64, whole: u64) -> u64 {
    part.saturating_mul(1000).saturating_add(whole / 2).checked_div(whole).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{Sample, read};

    #[test]
    fn everything_is_counted_once() {
        let record = read(
            Sample::new(2)
                .hit("old", &[])
                .built("a", &[0], 0..1000)
                .found("b", &[0], 0..10)
                .failed("c", &[1], 1000..1500, "its steps ended with status 1")
                .skipped("d", &[3])
                .end(1510),
        );
        let totals = Totals::of(&record);
        // A sample uses 3 ms of CPU, reads 100 bytes and writes 10 each time.
        let expected = Totals {
            wall_ms: 1510,
            busy_ms: 1510,
            cpu_ms: 9,
            bytes_in: 300,
            bytes_out: 30,
            built: 1,
            hits: 2,
            failed: 1,
            interrupted: 0,
            skipped: 1,
        };
        assert_eq!(totals, expected);
        assert_eq!(totals.parallelism_permille(), 1000);
        assert_eq!((permille(1, 3), permille(2, 3), permille(5, 0)), (333, 667, 0));
    }
}
