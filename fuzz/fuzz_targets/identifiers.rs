// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Identifiers of recipes: what is accepted is accepted again in its own spelling, and stays the same.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_recipe::{Cpe, Fingerprint, License, OutputRef, ProjectPath, Purl, Url};
use libfuzzer_sys::fuzz_target;

fn stays<T>(text: &str, parse: impl Fn(&str) -> Option<T>, spelling: impl Fn(&T) -> String) {
    if let Some(found) = parse(text) {
        let once = spelling(&found);
        let again = parse(&once).map(|found| spelling(&found));
        assert_eq!(again.as_ref(), Some(&once), "{text:?}");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    stays(text, |text| Purl::parse(text).ok(), |found| found.as_str().to_owned());
    stays(text, |text| Cpe::parse(text).ok(), |found| found.as_str().to_owned());
    stays(text, |text| License::parse(text).ok(), |found| found.as_str().to_owned());
    stays(text, |text| Url::parse(text).ok(), |found| found.as_str().to_owned());
    stays(text, |text| Fingerprint::parse(text).ok(), |found| found.as_str().to_owned());
    stays(text, |text| OutputRef::parse(text).ok(), ToString::to_string);
    if let Ok(path) = ProjectPath::parse(text) {
        assert_eq!(path.as_str(), text);
        ashlar_fuzz::assert_stays_inside(text);
    }
});
