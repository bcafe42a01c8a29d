// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The critical path: the chain of derivations, each needing the one before, whose measured times add up to most.
//!
//! However many workers there are, no build of the same work ends sooner. What the path leaves of the elapsed time was
//! spent waiting for workers, or bringing sources.

use crate::record::{BuildRecord, Fate};

/// The longest chain of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CriticalPath {
    steps: Vec<Step>,
}

/// One derivation of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its index in the record.
    pub derivation: usize,
    /// How long a worker was busy with it, in milliseconds: never 0.
    pub took_ms: u64,
}

impl CriticalPath {
    /// Finds it. Of chains of equal length it is the one whose derivations stand first.
    #[must_use]
    pub fn of(record: &BuildRecord) -> Self {
        // The length of the longest chain that ends with each derivation, and what stands before that in it.
        let mut chains: Vec<(u64, Option<usize>)> = Vec::with_capacity(record.derivations().len());
        let mut longest: Option<usize> = None;
        for (index, derivation) in record.derivations().iter().enumerate() {
            let mut before: Option<usize> = None;
            for need in derivation.needs.iter().filter(|need| chains[**need].0 > 0) {
                if before.is_none_or(|best| chains[*need].0 > chains[best].0) {
                    before = Some(*need);
                }
            }
            // What was skipped took no time; no chain leads through it.
            let before = before.filter(|_| derivation.fate != Fate::Skipped);
            let length = before.map_or(0, |need| chains[need].0) + record.took_ms(derivation);
            chains.push((length, before));
            if length > longest.map_or(0, |best| chains[best].0) {
                longest = Some(index);
            }
        }
        let mut steps = Vec::new();
        while let Some(index) = longest {
            let took_ms = record.took_ms(&record.derivations()[index]);
            if took_ms > 0 {
                steps.push(Step { derivation: index, took_ms });
            }
            longest = chains[index].1;
        }
        steps.reverse();
        Self { steps }
    }

    /// Its derivations, the first first. None where nothing took a millisecond.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The sum of their times, in milliseconds.
    #[must_use]
    pub fn total_ms(&self) -> u64 {
        self.steps.iter().map(|step| step.took_ms).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{Sample, read};

    fn names(record: &BuildRecord) -> Vec<(&str, u64)> {
        let path = CriticalPath::of(record);
        path.steps()
            .iter()
            .map(|step| (record.derivations()[step.derivation].name.as_str(), step.took_ms))
            .collect()
    }

    #[test]
    fn the_longest_chain_counts_and_not_what_ended_last() {
        // d ends last because it waited for a worker; a, b, c are what the build could not do without.
        let record = read(
            Sample::new(1)
                .built("a", &[], 0..300)
                .built("b", &[0], 300..700)
                .built("c", &[1], 700..900)
                .built("d", &[], 900..1500)
                .end(1500),
        );
        assert_eq!(names(&record), [("a", 300), ("b", 400), ("c", 200)]);
        assert_eq!(CriticalPath::of(&record).total_ms(), 900);
    }

    #[test]
    fn what_the_store_had_and_what_took_no_time_is_left_out_and_does_not_break_the_chain() {
        let record = read(
            Sample::new(2)
                .hit("old", &[])
                .built("a", &[0], 10..60)
                .built("quick", &[1], 60..60)
                .built("b", &[0, 2], 70..100)
                .end(100),
        );
        assert_eq!(names(&record), [("a", 50), ("b", 30)]);
    }

    #[test]
    fn of_equal_chains_the_first_is_taken() {
        let record = read(
            Sample::new(2).built("a", &[], 0..50).built("b", &[], 0..50).built("c", &[0, 1], 50..60).end(60),
        );
        assert_eq!(names(&record), [("a", 50), ("c", 10)]);
    }

    #[test]
    fn a_build_that_had_nothing_to_do_has_no_path() {
        assert_eq!(names(&read(Sample::new(2).hit("old", &[]).end(3))), []);
    }

    #[test]
    fn what_a_killed_build_was_busy_with_counts_until_the_last_known_moment() {
        let record =
            read(Sample::new(2).built("a", &[], 0..100).begun("b", &[0], 100).built("c", &[0], 110..400));
        assert_eq!(names(&record), [("a", 100), ("b", 300)]);
        assert!(!record.is_complete());
    }
}
