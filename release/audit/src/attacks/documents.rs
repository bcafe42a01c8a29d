// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An SBOM inside of the image that is another than the published one, and files that the list inside does not have, or has
//! wrong.
//!
//! The attacker makes root hash, boot description, initramfs and unified kernel image fit each time.

use serde_json::json;

use super::{assert_found, assert_only, genuine, publisher, resealed, trusting};
use crate::synthetic::{FileSystem, OS_DOCUMENT, TOOLS_DOCUMENT};
use crate::{Report, verify};

const ROOT: &str = "root.erofs";
const EXTENSION: &str = "extensions/tools.raw";

/// What is found where the root is this one.
fn rooted(system: &FileSystem) -> Report {
    let mut release = genuine();
    release.set_root(system);
    resealed(release)
}

fn extended(system: &FileSystem) -> Report {
    let mut release = genuine();
    release.set_extension(system);
    resealed(release)
}

#[test]
fn a_document_replaced_inside_of_the_root_or_an_extension_is_told() {
    let other = b"{\"spdxVersion\": \"SPDX-2.3\", \"name\": \"harmless\"}\n";
    let report = rooted(&FileSystem::new("os", other));
    assert_found(&report, "os.spdx.json", "another document than /usr/share/spdx/os.spdx.json in root.erofs");
    assert_only(&report, &["os.spdx.json"]);
    let report = extended(&FileSystem::new("tools", other));
    assert_found(
        &report,
        "extensions/tools.spdx.json",
        "/usr/share/spdx/tools.spdx.json in extensions/tools.raw",
    );
    assert_only(&report, &["extensions/tools.spdx.json"]);
    // The same meaning in other bytes is another document.
    let spaced = String::from_utf8_lossy(OS_DOCUMENT).replace(": ", ":");
    assert_found(&rooted(&FileSystem::new("os", spaced.as_bytes())), "os.spdx.json", "another document");
}

#[test]
fn a_document_replaced_beside_the_image_is_told_although_the_publisher_signed_it() {
    let mut release = genuine();
    release.files.insert("os.spdx.json".to_owned(), b"{\"name\": \"harmless\"}\n".to_vec());
    release.write_provenance(Some(&publisher()), |_| {});
    let report = verify(&release.write(Some(&publisher())).path, &trusting(&[&publisher()]));
    assert_found(&report, "os.spdx.json", "another document");
    assert_only(&report, &["os.spdx.json"]);
}

#[test]
fn a_file_in_the_root_that_the_list_does_not_have_is_told() {
    let mut system = FileSystem::new("os", OS_DOCUMENT);
    system.files.insert("usr/bin/backdoor".to_owned(), b"evil".to_vec());
    let report = rooted(&system);
    assert_found(
        &report,
        ROOT,
        "it holds /usr/bin/backdoor, which /usr/share/spdx/os-files.spdx.json does not list",
    );
    assert_only(&report, &[ROOT]);
    let mut system = FileSystem::new("tools", TOOLS_DOCUMENT);
    system.files.insert("usr/share/spdx/os-files.spdx.json".to_owned(), b"{}".to_vec());
    let report = extended(&system);
    assert_found(&report, EXTENSION, "it holds /usr/share/spdx/os-files.spdx.json, which");
    assert_only(&report, &[EXTENSION]);
}

#[test]
fn a_file_in_the_root_with_another_content_than_the_list_says_is_told() {
    let mut system = FileSystem::new("os", OS_DOCUMENT);
    system.files.insert("usr/bin/program".to_owned(), b"another program".to_vec());
    let report = rooted(&system);
    assert_found(&report, ROOT, "/usr/bin/program has the SHA-256");
    assert_only(&report, &[ROOT]);
}

#[test]
fn a_list_that_names_what_is_not_there_or_says_too_little_is_told() {
    type Change = fn(&mut Vec<serde_json::Value>);
    let changes: [(&str, Change); 6] = [
        ("lists /usr/bin/gone, which is no file in it", |files| {
            let mut gone = files[0].clone();
            gone["fileName"] = json!("./usr/bin/gone");
            files.push(gone);
        }),
        ("/usr/bin/program is there twice", |files| files.push(files[0].clone())),
        ("has not one SHA-256", |files| files[0]["checksums"] = json!([])),
        ("has not one SHA-256", |files| files[0]["checksums"][1]["checksumValue"] = json!("0")),
        ("is no path", |files| files[0]["fileName"] = json!("/usr/bin/program")),
        ("missing field `fileName`", |files| files[0] = json!({"checksums": []})),
    ];
    for (what, change) in changes {
        let mut system = FileSystem::new("os", OS_DOCUMENT);
        system.list(change);
        let report = rooted(&system);
        assert_found(&report, ROOT, what);
        assert_only(&report, &[ROOT]);
    }
}

#[test]
fn a_root_without_document_or_list_is_told() {
    for (gone, what) in [
        (
            "usr/share/spdx/os.spdx.json",
            "it has no /usr/share/spdx/os.spdx.json, which would be os.spdx.json",
        ),
        ("usr/share/spdx/os-files.spdx.json", "it has no /usr/share/spdx/os-files.spdx.json"),
    ] {
        let mut system = FileSystem::new("os", OS_DOCUMENT);
        system.files.remove(gone);
        if gone != system.list_path() {
            system.list(|_| {});
        }
        let report = rooted(&system);
        assert_found(&report, ROOT, what);
        assert_only(&report, &[ROOT]);
    }
}

#[test]
fn a_root_that_no_reader_takes_is_told() {
    let mut release = genuine();
    let mut system = FileSystem::new("os", OS_DOCUMENT).image(5);
    system[1024] ^= 1;
    release.set_root_data(&system);
    assert_found(&resealed(release), ROOT, "read the files in it: it is no erofs");
}
