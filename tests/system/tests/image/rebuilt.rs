// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The whole claim of a release: somebody else, with nothing but the files that it carries, makes the same bytes.

use std::fs;

use ashlar_system_tests::{Call, Folder, checkout, copy_checkout, scratch_root};
use serde_json::{Value, json};

use crate::publication::{Publication, secure_boot_fixture};

#[test]
#[ignore = "builds the kernel a second time: just audit"]
fn a_release_is_rebuilt_from_a_clone_with_nothing_but_its_carried_sources() {
    let publication = Publication::get();
    let version = "7.0.0";
    let key = secure_boot_fixture("key.pem");
    let call = publication.release(version).arg("--with-sources").arg("--secure-boot-key").arg(key);
    call.arg("--secure-boot-certificate").arg(secure_boot_fixture("certificate.pem")).run().succeeds();
    let release = publication.directory(version);

    let folder = Folder::below(&scratch_root());
    let (clone, empty) = (folder.join("clone"), folder.join("empty"));
    copy_checkout(&checkout(), &clone).unwrap();
    fs::create_dir(&empty).unwrap();
    // No store is named, so there is only the empty one that the audit makes; without mirrors there is only what was carried.
    let call = Call::ashlar().working_folder(&empty).args(["--json", "--offline", "--project"]).arg(&clone);
    let call = call.arg("--sources").arg(release.join("sources")).arg("audit").arg(&release);
    let call = call.arg("--trust").arg(publication.public()).arg("--folder").arg(folder.path());
    let ended = call.without_mirrors(&empty).env("HOME", &empty).run().succeeds();
    let report: Value = serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended}"));
    assert_eq!(
        (&report["rebuild"]["reproduced"], &report["differences"]),
        (&json!(true), &json!([])),
        "{ended}"
    );
    assert!(ended.built().contains(&"linux"), "the kernel was not built again: {ended}");
}
