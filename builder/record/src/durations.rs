// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How long things took when they were last built: what tools show that look at a build before it is made.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::line::Outcome;
use crate::record::{BuildRecord, Ending, Fate, Work};

/// How long each derivation took, by name, when it was last built. `records` are in the order in which they were made;
/// what was found in the store, failed or was interrupted says nothing about how long it takes.
#[must_use]
pub fn durations<'a>(records: impl IntoIterator<Item = &'a BuildRecord>) -> BTreeMap<String, Duration> {
    let mut durations = BTreeMap::new();
    for record in records {
        for derivation in record.derivations() {
            if let Fate::Worked(Work { ending: Ending::Ended { outcome: Outcome::Built, .. }, .. }) =
                derivation.fate
            {
                let took = Duration::from_millis(record.took_ms(derivation));
                durations.insert(derivation.name.clone(), took);
            }
        }
    }
    durations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{Sample, read};

    #[test]
    fn the_last_time_that_something_was_built_counts() {
        let first = read(Sample::new(1).built("a", &[], 0..500).built("b", &[0], 500..600).end(600));
        let second =
            read(Sample::new(1).hit("b", &[]).failed("c", &[], 0..9, "no").built("a", &[], 10..30).begun(
                "d",
                &[],
                40,
            ));
        let found = durations([&first, &second]);
        let milliseconds: Vec<(&str, u128)> =
            found.iter().map(|(name, took)| (name.as_str(), took.as_millis())).collect();
        assert_eq!(milliseconds, [("a", 20), ("b", 100)]);
    }
}
