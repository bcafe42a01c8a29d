// SPDX-License-Identifier: Apache-2.0 OR MIT
//! go.sum and go.mod: every file has a place of its own inside of a proxy, and what is pinned, written again, is the same.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeSet;

use ashlar_fetch::go::{GoFileKind, GoModules, ModuleVersion};
use ashlar_fuzz::assert_stays_inside;
use ashlar_fuzz_seeds::two_parts::split;
use libfuzzer_sys::fuzz_target;

fn parse(go_sum: &str, go_mod: &str) -> Option<GoModules> {
    GoModules::parse(go_sum, go_mod, ("go.sum", "go.mod")).ok()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((go_sum, go_mod)) = split(bytes) else { return };
    let (Ok(go_sum), Ok(go_mod)) = (std::str::from_utf8(go_sum), std::str::from_utf8(go_mod)) else { return };
    let Some(modules) = parse(go_sum, go_mod) else { return };
    let (mut sum, mut required, mut places) = (String::new(), String::new(), BTreeSet::new());
    for file in modules.files() {
        let place = file.path();
        assert_stays_inside(&place);
        assert!(!place.contains(|c: char| c.is_ascii_uppercase()), "{place} depends on upper and lower case");
        assert!(places.insert(place), "two files have one place");
        let (path, version) = (file.module.path(), file.module.version());
        assert_eq!(ModuleVersion::parse(path, version).as_ref(), Ok(&file.module));
        let suffix = match file.kind {
            GoFileKind::Mod => "/go.mod",
            GoFileKind::Zip => {
                required.extend(["require ", path, " ", version, "\n"]);
                ""
            }
        };
        sum.extend([path, " ", version, suffix, " ", &file.hash.to_string(), "\n"]);
    }
    let again = parse(&sum, &required).expect("what was read, written again, is refused");
    assert_eq!(again, modules);
    let twice = parse(&format!("{go_sum}\n{go_sum}"), &format!("{go_mod}\n"));
    assert_eq!(twice.as_ref(), Some(&modules), "a line that is there twice says something else");
});
