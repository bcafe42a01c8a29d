// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Mirrors files and the machine's apt configuration: only what can be asked is a mirror, each once, and a list written again is the
//! same list.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeSet;

use ashlar_fetch::mirrors::Mirrors;
use libfuzzer_sys::fuzz_target;

fn bases(mirrors: &Mirrors) -> Vec<&str> {
    mirrors.list().iter().map(ashlar_fetch::mirrors::Mirror::base).collect()
}

fn check(mirrors: &Mirrors) {
    let bases = bases(mirrors);
    assert_eq!(bases.iter().collect::<BTreeSet<_>>().len(), bases.len(), "a mirror is there twice");
    for mirror in mirrors.list() {
        assert!(!mirror.base().ends_with('/') && !mirror.base().contains(char::is_whitespace), "{mirror:?}");
        assert!(
            mirror.suites().iter().all(|suite| !suite.is_empty() && !suite.contains(char::is_whitespace))
        );
    }
    let written = bases.join("\n");
    let again = Mirrors::from_file(&written).expect("what can be asked is no URL");
    assert_eq!(self::bases(&again), bases, "written again it is another list");
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(mirrors) = Mirrors::from_file(text) {
        assert!(mirrors.notes().is_empty() && mirrors.list().iter().all(|mirror| mirror.suites().is_empty()));
        check(&mirrors);
    }
    for name in ["a.list", "a.sources"] {
        let mirrors = Mirrors::from_apt(&[(name, text)]);
        check(&mirrors);
        let twice = Mirrors::from_apt(&[(name, text), (name, text)]);
        assert_eq!(twice.list(), mirrors.list(), "the same file again says something else");
    }
});
