// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whose SBOM it is: a statement for each document that the release publishes about a file system, with the image files as
//! subjects.
//!
//! `sbom.intoto.jsonl`: one DSSE envelope a line, in the order of [`described`]; the predicate is the document (in-toto
//! attestation, spec/predicates/spdx.md). The first line is about all image files but extensions, each other one about one
//! extension. The documents lie inside of these images too (`documents`), and can hold no digest of them: the statement
//! does.

use ashlar_attestation::{SpdxDocument, Statement};
use ashlar_digest::to_canonical_json;
use ashlar_release_bundle::layout::{EXTENSIONS, SBOM, SBOM_STATEMENTS};
use ashlar_release_bundle::limits::DOCUMENT_LIMIT;
use serde_json::Value;

use crate::documents::{Described, described};
use crate::folder::Folder;
use crate::report::Notes;
use crate::statement::{Judge, judge, lines};
use crate::{Trust, subjects};

/// Judges every line.
pub(crate) fn check(folder: &Folder, trust: &Trust, notes: &mut Notes) {
    let Some(envelopes) = lines(folder, SBOM_STATEMENTS, notes) else {
        return;
    };
    let described = described(folder);
    if envelopes.len() != described.len() {
        let what = format!(
            "it has {} statements, and there are {} file systems to be described",
            envelopes.len(),
            described.len()
        );
        notes.find(SBOM_STATEMENTS, what);
    }
    // What prevents reading a document was noted when it was compared with what is inside.
    let documents: Vec<Option<String>> = described
        .iter()
        .map(|one| canonical(&folder.read(&one.document, DOCUMENT_LIMIT, &mut Notes::default())?))
        .collect();
    let faults = |line: usize, statement: &Statement<SpdxDocument>| match described.get(line - 1) {
        None => vec!["it describes no file system of the release".to_owned()],
        Some(one) => faults(folder, one, documents[line - 1].as_deref(), statement),
    };
    let claim = |line: usize| {
        let one = described.get(line - 1)?;
        let about = if one.document == SBOM { "the image files" } else { one.image.as_str() };
        Some(format!("line {line} says that {} describes {about}", one.document))
    };
    judge(&envelopes, &Judge { path: SBOM_STATEMENTS, faults: &faults, claim: &claim }, trust, notes);
}

fn canonical(document: &[u8]) -> Option<String> {
    to_canonical_json(&serde_json::from_slice::<Value>(document).ok()?).ok()
}

fn faults(
    folder: &Folder,
    described: &Described,
    document: Option<&str>,
    statement: &Statement<SpdxDocument>,
) -> Vec<String> {
    let is_extension = |path: &str| path.split('/').next() == Some(EXTENSIONS);
    let is_meant = |path: &str| match described.document == SBOM {
        true => !is_extension(path),
        false => path == described.image,
    };
    let mut found =
        subjects::faults(&subjects::image_files(folder.manifest(), &is_meant), &statement.subjects);
    let said = to_canonical_json(&statement.predicate.0).ok();
    match document {
        None => found.push(format!("it could not be compared: {} is unreadable", described.document)),
        Some(document) if said.as_deref() == Some(document) => {}
        Some(_) => found.push(format!("it holds another document than {}", described.document)),
    }
    found
}
