// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What surrounds a build and must not reach its outputs: job count, hostname, umask, locale, clock, order of directory entries.
//!
//! None of it is part of any identity. Builds run in the default surroundings; the reproducibility tests run the same derivations in
//! perturbed ones and compare the bytes.

use std::path::PathBuf;

/// The surroundings of every sandboxed build of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// `JOBS`: how many compilers a build may run at once.
    pub jobs: usize,
    /// What `hostname` says.
    pub hostname: String,
    /// The file mode creation mask.
    pub umask: u32,
    /// `LANG` and `LC_ALL`.
    pub locale: String,
    /// Another clock, for programs that are linked dynamically.
    pub clock: Option<ShiftedClock>,
    /// Whether addresses are random.
    pub random_addresses: bool,
    /// To how many processors a build is held.
    pub cpus: Option<u32>,
    /// Where a build's folder on the host is made, and removed after it; `None`: in the store, under another name each time.
    pub folder: Option<PathBuf>,
    /// Inputs copied in another order of creation to another filesystem, where readdir shows that order.
    pub order: Option<PermutedOrder>,
}

/// A clock that a preloaded library shifts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftedClock {
    /// libfaketime, from the locked test tools.
    pub library: PathBuf,
    /// Its `FAKETIME` setting, such as `-9y`.
    pub setting: String,
}

/// Inputs in permuted order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermutedOrder {
    /// A folder on a tmpfs.
    pub folder: PathBuf,
    /// Which permutation.
    pub seed: u64,
}

impl Surroundings {
    /// What builds see when nothing is tested.
    #[must_use]
    pub fn usual(jobs: usize) -> Self {
        Self {
            jobs,
            hostname: "ashlar".to_owned(),
            umask: 0o022,
            locale: "C.UTF-8".to_owned(),
            clock: None,
            random_addresses: false,
            cpus: None,
            folder: None,
            order: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_built_it_is_looked_for_by_the_name_that_every_build_has() {
        let usual = Surroundings::usual(1);
        assert_eq!(ashlar_lint::BUILD_HOST, format!("root@{}", usual.hostname));
    }
}
