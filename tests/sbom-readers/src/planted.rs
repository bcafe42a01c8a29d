// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A vulnerable component of each kind is found in every format, by published records alone; its neighbours are not.

use ashlar_sbom::Format;

use crate::records;
use crate::samples::{self, ALIKE, EARLIER, MENDED, Planted, VULNERABLE};
use crate::scan::{Matches, Scanners};

/// What has to be found: each component by the record in its place.
fn expected(components: &[Planted]) -> Matches {
    let found = records::all().into_iter().zip(components);
    found.map(|(record, it)| (record.id, it.name.to_owned(), it.version.to_owned())).collect()
}

#[test]
fn a_vulnerable_component_of_each_kind_is_found_in_every_format() {
    let Some(scanners) = Scanners::ready() else { return };
    let documents = samples::shipped(scanners.folder(), &VULNERABLE);
    assert_eq!(documents.len(), Format::ALL.len());
    for document in documents {
        let (matches, complaints) = scanners.matches(&document);
        assert_eq!(matches, expected(&VULNERABLE), "{}", document.format);
        assert_eq!(complaints, Vec::<String>::new(), "{}", document.format);
    }
}

#[test]
fn a_mended_or_earlier_version_or_a_similar_name_is_not_found() {
    let Some(scanners) = Scanners::ready() else { return };
    for components in [&MENDED, &EARLIER, &ALIKE] {
        for document in samples::shipped(scanners.folder(), components) {
            let (matches, complaints) = scanners.matches(&document);
            assert_eq!(matches, Matches::new(), "{}: {components:?}", document.format);
            assert_eq!(complaints, Vec::<String>::new(), "{}", document.format);
        }
    }
}
