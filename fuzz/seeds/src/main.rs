// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Writes every seed to `<folder>/<target>/seed-<number>`; the folder is the argument, `corpus` where there is none.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).map_or_else(|| PathBuf::from("corpus"), PathBuf::from);
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in ashlar_fuzz_seeds::all() {
        let number = numbers.entry(seed.target).or_default();
        let target = folder.join(seed.target);
        fs::create_dir_all(&target)?;
        fs::write(target.join(format!("seed-{number}")), seed.bytes)?;
        *number += 1;
    }
    Ok(())
}
