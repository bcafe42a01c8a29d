// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Indexes of source packages: every file lies inside its own folder, and no name comes twice.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeSet;

use ashlar_debian::parse_sources;
use ashlar_fuzz::assert_stays_inside;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(packages) = parse_sources("x", bytes) else { return };
    for package in &packages {
        let mut names = BTreeSet::new();
        for file in &package.files {
            assert!(names.insert(&file.name), "{} is there twice", file.name);
            let path = package.path_of(file);
            assert_stays_inside(&path);
            assert_eq!(
                path.strip_prefix(&package.directory).and_then(|rest| rest.strip_prefix('/')),
                Some(&*file.name)
            );
            assert_eq!(package.file(&file.name), Some(file));
        }
    }
});
