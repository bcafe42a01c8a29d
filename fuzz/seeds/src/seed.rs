// SPDX-License-Identifier: Apache-2.0 OR MIT
//! All seeds of all targets.

use crate::{
    archives, artifacts, boot_files, builds, file_systems, installed, inventories, kernel_modules, kernels,
    language_modules, releases, statements, texts,
};

/// One input that fuzzing starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed {
    /// The target's name.
    pub target: &'static str,
    /// The input.
    pub bytes: Vec<u8>,
}

impl Seed {
    pub(crate) fn new(target: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { target, bytes: bytes.into() }
    }
}

/// Every seed. Those of one target are in a fixed order.
#[must_use]
pub fn all() -> Vec<Seed> {
    [
        archives::seeds(),
        artifacts::seeds(),
        boot_files::seeds(),
        builds::seeds(),
        file_systems::seeds(),
        installed::seeds(),
        inventories::seeds(),
        kernel_modules::seeds(),
        kernels::seeds(),
        language_modules::seeds(),
        releases::seeds(),
        statements::seeds(),
        texts::seeds(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_target_has_a_seed_and_every_seed_a_target() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz_targets");
        let names =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let targets: BTreeSet<String> = names.map(|name| name.trim_end_matches(".rs").to_owned()).collect();
        let seeded: BTreeSet<String> = all().iter().map(|seed| seed.target.to_owned()).collect();
        assert_eq!(seeded, targets);
    }

    #[test]
    fn seeds_are_small_and_made_the_same_twice() {
        let seeds = all();
        for seed in &seeds {
            assert!(seed.bytes.len() < 64 << 10, "{}: {} bytes", seed.target, seed.bytes.len());
        }
        assert_eq!(seeds, all());
    }
}
