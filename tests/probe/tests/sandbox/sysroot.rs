// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A sysroot with the probe and what its dynamic loader needs, from whatever glibc this host has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The probe that cargo built for these tests.
pub(crate) const PROBE: &str = env!("CARGO_BIN_EXE_ashlar-probe");
/// Where its libraries are in the sysroot.
pub(crate) const LIBRARIES: &str = "/lib/probe";

/// Makes the sysroot.
pub(crate) fn build(sysroot: &Path) {
    let libraries = sysroot.join(LIBRARIES.trim_start_matches('/'));
    fs::create_dir_all(&libraries).unwrap();
    fs::create_dir_all(sysroot.join("bin")).unwrap();
    // In the second leg a copy lies beside the sysroot.
    let beside = sysroot.parent().unwrap().join("probe");
    let probe = if beside.exists() { beside } else { PathBuf::from(PROBE) };
    fs::copy(&probe, sysroot.join("bin/probe")).unwrap();
    // This process uses the same libraries as the probe, so they are all mapped here.
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mapped: BTreeSet<&str> = maps
        .lines()
        .filter_map(|line| line.find('/').map(|at| &line[at..]))
        .filter(|path| path.contains(".so"))
        .collect();
    for library in &mapped {
        fs::copy(library, libraries.join(Path::new(library).file_name().unwrap())).unwrap();
    }
    if let Some(interpreter) = interpreter(&fs::read(&probe).unwrap()) {
        let place = sysroot.join(interpreter.trim_start_matches('/'));
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::copy(&interpreter, place).unwrap();
    }
}

/// `PT_INTERP` of a 64-bit little-endian ELF file (elf(5)); a static program has none.
fn interpreter(elf: &[u8]) -> Option<String> {
    let number = |at: usize, size: usize| {
        elf[at..at + size].iter().rev().fold(0_usize, |value, byte| value << 8 | usize::from(*byte))
    };
    assert_eq!(elf[..6], *b"\x7fELF\x02\x01");
    let (table, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    let header = (0..count).map(|index| table + index * size).find(|&at| number(at, 4) == 3)?;
    let (start, length) = (number(header + 8, 8), number(header + 32, 8));
    Some(String::from_utf8(elf[start..start + length - 1].to_vec()).unwrap())
}
