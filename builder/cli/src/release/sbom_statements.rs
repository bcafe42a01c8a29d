// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the publisher says is in the image: each SPDX document of a release as a statement about image files.
//!
//! A document lies inside of the root, so it can hold no digest of it; the statement has both (docs/design/release.md).

use std::collections::BTreeMap;

use ashlar_attestation::{SpdxDocument, Statement, Subject};
use ashlar_digest::Sha256;
use ashlar_release_bundle::layout::{EXTENSIONS, SBOM};
use ashlar_store::StoreError;

use super::Part;
use crate::failure::Failure;

/// The first is about all image files but extensions, each other one about one extension; extensions in byte order.
pub(crate) fn sbom_statements(
    images: &BTreeMap<String, Sha256>,
    parts: &BTreeMap<String, Part>,
) -> Result<Vec<Statement<SpdxDocument>>, Failure> {
    let (mut about_os, mut statements) = (Vec::new(), Vec::new());
    for (path, digest) in images {
        let subject = Subject::new(path, *digest);
        match path.strip_prefix(EXTENSIONS).and_then(|rest| rest.strip_suffix(".raw")) {
            None => about_os.push(subject),
            Some(name) => {
                statements.push(statement(vec![subject], parts, &format!("{EXTENSIONS}{name}.spdx.json"))?);
            }
        }
    }
    statements.insert(0, statement(about_os, parts, SBOM)?);
    Ok(statements)
}

fn statement(
    subjects: Vec<Subject>,
    parts: &BTreeMap<String, Part>,
    document: &str,
) -> Result<Statement<SpdxDocument>, Failure> {
    let bytes = match parts.get(document) {
        Some(Part::File(path)) => {
            std::fs::read(path).map_err(|source| StoreError::Read { path: path.clone(), source })?
        }
        Some(Part::Bytes(bytes)) => bytes.clone(),
        None => return Err(Failure::surroundings(format!("state what is in the image: find {document}"))),
    };
    let value = serde_json::from_slice(&bytes).map_err(|cause| {
        Failure::surroundings(format!("state what is in the image: read {document}: {cause}"))
    })?;
    Ok(Statement { subjects, predicate: SpdxDocument(value) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn images(paths: &[&str]) -> BTreeMap<String, Sha256> {
        paths.iter().map(|path| ((*path).to_owned(), Sha256::of(path.as_bytes()))).collect()
    }

    #[test]
    fn the_os_and_each_extension_have_a_statement_with_their_own_document() {
        let part =
            |path: &str| (path.to_owned(), Part::Bytes(format!("{{\"name\": \"{path}\"}}\n").into_bytes()));
        let documents = ["os.spdx.json", "extensions/a.spdx.json", "extensions/b.spdx.json"];
        let parts: BTreeMap<String, Part> = documents.map(part).into();
        let images = images(&["extensions/a.raw", "extensions/b.raw", "qemu.efi", "root.erofs"]);
        let found = sbom_statements(&images, &parts).unwrap();
        let names = |index: usize| {
            found[index].subjects.iter().map(|subject| subject.name.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(
            [names(0), names(1), names(2)],
            [vec!["qemu.efi", "root.erofs"], vec!["extensions/a.raw"], vec!["extensions/b.raw"]]
        );
        for (statement, document) in found.iter().zip(documents) {
            assert_eq!(statement.predicate.0, json!({"name": document}));
            assert!(statement.subjects.iter().all(|subject| subject.digest.sha256 == images[&subject.name]));
        }
    }

    #[test]
    fn a_document_that_is_not_there_is_named() {
        let failure = sbom_statements(&images(&["root.erofs"]), &BTreeMap::new()).unwrap_err();
        assert!(failure.to_string().contains("find os.spdx.json"), "{failure}");
    }
}
