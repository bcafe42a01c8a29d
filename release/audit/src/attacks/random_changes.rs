// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One byte changed: in every file, and at 200 places that nobody chose. The file is named each time.

use std::fs;

use super::{assert_found, genuine, publisher, trusting};
use crate::synthetic::Random;
use crate::verify;

/// Every file of the release in `directory`, relative.
fn files(directory: &std::path::Path) -> Vec<String> {
    let entries = crate::listing::list(directory);
    let file = |entry: crate::listing::Entry| {
        matches!(entry.what, crate::listing::What::File(_)).then_some(entry.path)
    };
    entries.into_iter().filter_map(file).collect()
}

#[test]
fn one_byte_changed_anywhere_names_the_file() {
    let written = genuine().write(Some(&publisher()));
    let trust = trusting(&[&publisher()]);
    let mut random = Random::new("one byte changed anywhere");
    let files = files(&written.path);
    assert!(files.len() >= 20);
    for round in 0..files.len() + 200 {
        let name = files.get(round).unwrap_or_else(|| &files[random.below(files.len())]);
        let path = written.path.join(name);
        let good = fs::read(&path).unwrap();
        let mut bytes = good.clone();
        let at = random.below(bytes.len());
        bytes[at] ^= 1 << random.below(8);
        fs::write(&path, &bytes).unwrap();
        let report = verify(&written.path, &trust);
        fs::write(&path, &good).unwrap();
        assert_found(&report, name, "");
    }
    assert!(verify(&written.path, &trust).findings.is_empty());
}

#[test]
fn every_file_cut_short_or_made_longer_is_named() {
    let written = genuine().write(Some(&publisher()));
    let trust = trusting(&[&publisher()]);
    for name in files(&written.path) {
        let path = written.path.join(&name);
        let good = fs::read(&path).unwrap();
        for bytes in [&good[..good.len() - 1], &[], &[&good[..], b"\n"].concat()] {
            fs::write(&path, bytes).unwrap();
            assert_found(&verify(&written.path, &trust), &name, "");
        }
        fs::write(&path, &good).unwrap();
    }
}
