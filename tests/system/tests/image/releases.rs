// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Releases, judged: by whom they are, made a second time, audited, compared with each other.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::publication::{Publication, files, id};
use crate::scene::Scene;

/// A trap of the way there: make compares times of files, and where they are equal it keeps the old wrapper around a new kernel. What
/// is unpacked here is the wrapper.
#[test]
fn a_release_is_proven_by_the_key_of_its_publisher() {
    let publication = Publication::get();
    for (directory, version) in [(publication.first(), "1.0.0"), (publication.second(), "1.1.0")] {
        let ended = publication.verify(&directory).run().succeeds();
        assert!(ended.out.ends_with(&format!("{}: proven\n", id(version))), "{ended}");
        let wrapped = "vmlinuz: unpacked, its certificate area holds certificate.pem";
        assert!(ended.out.contains(wrapped), "{ended}");
    }
}

#[test]
fn without_a_trusted_publisher_a_release_is_consistent_and_its_origin_unproven() {
    let publication = Publication::get();
    let ended = Scene::get().ashlar().arg("verify").arg(publication.first()).run().ends_with(5);
    assert!(ended.out.contains(": consistent, origin unproven"), "{ended}");
}

#[test]
fn a_release_of_another_publisher_is_a_finding() {
    let publication = Publication::get();
    let call = Scene::get().ashlar().arg("verify").arg(publication.first());
    let ended = call.arg("--trust").arg(publication.other_public()).run().ends_with(1);
    assert!(ended.out.contains("finding: manifest.sig: "), "{ended}");
}

#[test]
fn a_version_is_released_once_and_what_stands_is_not_touched() {
    let publication = Publication::get();
    let before = state(&publication.first());
    publication.release("1.0.0").run().ends_with(1).tells(&[&id("1.0.0"), " is already there"]);
    assert_eq!(state(&publication.first()), before);
}

/// Every file with its bytes and the time of its last change.
fn state(directory: &Path) -> Vec<(PathBuf, Vec<u8>, SystemTime)> {
    let all = files(directory).into_iter();
    all.map(|path| {
        let file = directory.join(&path);
        (path, fs::read(&file).unwrap(), fs::metadata(&file).unwrap().modified().unwrap())
    })
    .collect()
}

#[test]
fn an_audit_makes_every_byte_again_that_no_key_made() {
    let publication = Publication::get();
    for directory in [publication.first(), publication.second()] {
        let report = audited(publication, &directory);
        assert_eq!(report["differences"], json!([]), "{report}");
        assert_eq!(report["rebuild"]["reproduced"], true, "{report}");
        let artifacts = report["rebuild"]["artifacts"].as_object().unwrap();
        // Each file of the release has a verdict, and none that a rebuild can make was just taken.
        for path in files(&directory) {
            let path = path.to_str().unwrap();
            let by_a_key = path.starts_with("signatures/")
                || matches!(
                    path,
                    "SHA256SUMS"
                        | "certificate.pem"
                        | "key-statement.intoto.json"
                        | "manifest.json"
                        | "manifest.sig"
                        | "provenance.intoto.jsonl"
                        | "sbom.intoto.jsonl"
                        | "secure-boot.p7s"
                        | "secure-boot.pem"
                );
            let verdict = if by_a_key { "taken" } else { "identical" };
            assert_eq!(artifacts[path]["verdict"], verdict, "{path}");
        }
    }
}

/// What an audit in the store of these tests says, which shows less than one in an empty store: see rebuilt.rs.
fn audited(publication: &Publication, directory: &Path) -> Value {
    let call = Scene::get().ashlar().args(["--offline", "--json", "audit", "--use-store"]);
    let ended = call.arg(directory).arg("--trust").arg(publication.public()).run().succeeds();
    serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended}"))
}

#[test]
fn two_releases_of_one_checkout_differ_only_as_keys_and_names_make_them_differ() {
    let publication = Publication::get();
    let call = Scene::get().ashlar().arg("diff").arg(publication.first());
    let ended = call.arg(publication.second()).run().succeeds();
    assert!(ended.out.contains("0 differences: both are releases of one source"), "{ended}");
}
