// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Releases that are written whole, and writers that fail or die half way.

use std::os::unix::fs::{MetadataExt as _, symlink};
use std::process::Command;

use ashlar_digest::Sha256;

use super::*;
use crate::manifest::tests::{contents, head};
use crate::{CeremonyCommitment, CeremonyResults, Sums};

fn claim(parent: &Path) -> Claim {
    Claim::take(parent, &head().release().unwrap()).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn filled(claim: &Claim) -> ReleaseWriter<'_> {
    let mut writer = ReleaseWriter::begin(claim, head()).unwrap();
    for (path, bytes) in contents() {
        assert_eq!(writer.add(path, &Content::Bytes(bytes.clone())).unwrap(), Measured::of(&bytes));
    }
    writer
}

fn path(text: &str) -> BundlePath {
    BundlePath::parse(text).unwrap()
}

const RELEASE: &str = "ashlar-qemu-1.0.0-x86_64";

#[test]
fn a_release_is_written_whole_and_coreutils_agree() {
    let parent = tempfile::tempdir().unwrap();
    let claim = claim(parent.path());
    let results = CeremonyResults { certificates: vec![1], signatures: BTreeMap::new(), key_statement: None };
    claim.record_ceremony(CeremonyCommitment::new(Sha256::of(b"")), &results, None).unwrap();
    let mut signed = Vec::new();
    let directory = filled(&claim)
        .publish(|manifest| {
            signed = manifest.to_vec();
            Ok(Some(b"signature".to_vec()))
        })
        .unwrap();
    drop(claim);
    // Nothing but the release is left: no lock, no record, nothing unfinished.
    assert_eq!(names(parent.path()), [RELEASE]);
    assert_eq!(directory, parent.path().join(RELEASE));

    let json = fs::read(directory.join("manifest.json")).unwrap();
    assert_eq!(json, signed);
    let manifest = Manifest::from_json(&json).unwrap();
    assert_eq!(manifest, Manifest::of_directory(head(), &directory).unwrap());
    assert_eq!(manifest.differences(&Listing::of_directory(&directory).unwrap()), []);
    assert_eq!(fs::read(directory.join("manifest.sig")).unwrap(), b"signature");
    let sums = Sums::from_text(&fs::read_to_string(directory.join("SHA256SUMS")).unwrap()).unwrap();
    assert_eq!(sums.digests().len(), contents().len() + 1);
    if ashlar_foreign::available("sha256sum", &["--version"]) {
        let check = ["--check", "--strict", "--quiet", "SHA256SUMS"];
        assert_eq!(ashlar_foreign::succeeds(&directory, "sha256sum", &check).text(), "");
    }
}

#[test]
fn a_file_of_a_store_is_copied_so_that_a_changed_release_changes_no_store() {
    let parent = tempfile::tempdir().unwrap();
    let claim = claim(parent.path());
    let mut writer = ReleaseWriter::begin(&claim, head()).unwrap();
    let blob = parent.path().join("blob");
    fs::write(&blob, "kernel").unwrap();
    let measured = writer.add(path("vmlinuz"), &Content::CopyOf(blob.clone())).unwrap();
    assert_eq!(measured, Measured::of(b"kernel"));
    assert_eq!(fs::metadata(&blob).unwrap().nlink(), 1);
}

#[test]
fn a_link_as_content_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    let claim = claim(parent.path());
    let mut writer = ReleaseWriter::begin(&claim, head()).unwrap();
    symlink("/etc/passwd", parent.path().join("link")).unwrap();
    for source in [parent.path().join("link"), parent.path().to_owned()] {
        let error = writer.add(path("vmlinuz"), &Content::CopyOf(source)).unwrap_err();
        assert!(matches!(error, BundleError::NotAFile { .. }), "{error}");
    }
}

/// Something done to the folder of an unfinished release.
type Attack = fn(&Path);

/// Each takes the place of what was written, as whoever may write to the folder above could.
const ATTACKS: [Attack; 5] = [
    |folder| fs::write(folder.join("vmlinuz"), "evil of vmlinuz!!!").unwrap(),
    |folder| fs::remove_file(folder.join("vmlinuz")).unwrap(),
    |folder| fs::write(folder.join("extensions/evil.raw"), "evil").unwrap(),
    |folder| {
        fs::rename(folder.join("vmlinuz"), folder.with_file_name("aside")).unwrap();
        symlink("../aside", folder.join("vmlinuz")).unwrap();
    },
    |folder| {
        let aside = folder.with_file_name("aside");
        fs::rename(folder, &aside).unwrap();
        fs::create_dir(folder).unwrap();
        for name in names(&aside) {
            fs::rename(aside.join(&name), folder.join(name)).unwrap();
        }
        fs::write(folder.join("vmlinuz"), "evil").unwrap();
    },
];

#[test]
fn a_file_that_is_changed_after_it_was_written_is_an_error_and_nothing_is_published() {
    let parent = tempfile::tempdir().unwrap();
    let claim = claim(parent.path());
    for attack in ATTACKS {
        // Before the manifest is made, and while it is signed.
        let writer = filled(&claim);
        let folder = writer.unfinished.path().to_owned();
        attack(&folder);
        let mut signed = Vec::new();
        let before = writer.publish(|manifest| {
            signed = manifest.to_vec();
            Ok(None)
        });
        let writer = filled(&claim);
        let folder = writer.unfinished.path().to_owned();
        let meanwhile = writer.publish(|_| {
            attack(&folder);
            Ok(None)
        });
        for result in [before, meanwhile] {
            let error = result.unwrap_err();
            assert!(matches!(error, BundleError::Changed { .. } | BundleError::NotAFile { .. }), "{error}");
        }
        assert_eq!(names(parent.path()), [format!(".{RELEASE}.lock")]);
        // What would have been signed names the bytes that were meant.
        let listed = Manifest::from_json(&signed).unwrap().files()[&path("vmlinuz")].measured;
        assert_eq!(listed, Measured::of(&contents()[&path("vmlinuz")]));
    }
    let help = BundleError::Changed { path: "vmlinuz".into() }.help();
    assert!(help.is_some_and(|help| help.contains("only you can write")));
}

#[test]
fn nobody_else_reaches_an_unfinished_release_and_a_finished_one_has_the_usual_mode() {
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    let parent = tempfile::tempdir().unwrap();
    let claim = claim(parent.path());
    let writer = filled(&claim);
    assert_eq!(mode(writer.unfinished.path().parent().unwrap()), 0o700);
    let directory = writer.publish(|_| Ok(None)).unwrap();
    let usual = parent.path().join("usual");
    fs::create_dir(&usual).unwrap();
    assert_eq!(mode(&directory), mode(&usual));
}

#[test]
fn an_error_on_the_way_leaves_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let claim = claim(parent.path());
    let lock = [format!(".{RELEASE}.lock")];
    // A file that no release has, one that is there twice, one whose source is gone.
    let mut writer = filled(&claim);
    let bytes = Content::Bytes(vec![]);
    assert!(matches!(writer.add(path("backdoor"), &bytes), Err(BundleError::Unplaced { .. })));
    assert!(matches!(writer.add(path("manifest.json"), &bytes), Err(BundleError::Unplaced { .. })));
    assert!(matches!(writer.add(path("vmlinuz"), &bytes), Err(BundleError::Twice { .. })));
    let gone = Content::CopyOf(parent.path().join("gone"));
    assert!(matches!(writer.add(path("extensions/x.raw"), &gone), Err(BundleError::Read { .. })));
    // Whoever passes over that error does not get a release without the file.
    assert!(matches!(writer.publish(|_| Ok(None)), Err(BundleError::Missing { .. })));
    assert_eq!(names(parent.path()), lock);
    // A release that is not complete.
    let mut writer = ReleaseWriter::begin(&claim, head()).unwrap();
    writer.add(path("vmlinuz"), &bytes).unwrap();
    assert!(matches!(writer.publish(|_| Ok(None)), Err(BundleError::Missing { .. })));
    assert_eq!(names(parent.path()), lock);
    // A publisher that does not sign.
    let error = filled(&claim).publish(|_| Err("no key".to_owned())).unwrap_err();
    assert!(matches!(error, BundleError::SignManifest { .. }), "{error}");
    assert_eq!(names(parent.path()), lock);
    // And then it is written.
    filled(&claim).publish(|_| Ok(None)).unwrap();
    assert!(!parent.path().join(RELEASE).join("manifest.sig").exists());
}

#[test]
fn a_directory_that_appears_meanwhile_is_not_replaced() {
    let parent = tempfile::tempdir().unwrap();
    let claim = claim(parent.path());
    let writer = filled(&claim);
    fs::create_dir(parent.path().join(RELEASE)).unwrap();
    assert!(matches!(writer.publish(|_| Ok(None)), Err(BundleError::Write { .. })));
    assert_eq!(names(&parent.path().join(RELEASE)), Vec::<String>::new());
}

#[test]
fn a_claim_of_another_release_is_no_right_to_write_this_one() {
    let parent = tempfile::tempdir().unwrap();
    let other = Claim::take(parent.path(), &crate::ReleaseId::parse("other").unwrap()).unwrap();
    assert!(matches!(ReleaseWriter::begin(&other, head()), Err(BundleError::Document { .. })));
}

/// What the tests below run as a process of its own: it writes a release into the folder that it runs in, with one file
/// that is longer than the process may write.
#[test]
#[ignore = "the other half of the tests of full disks and killed processes"]
fn write_a_long_file_here() {
    let claim = claim(Path::new("."));
    let mut writer = ReleaseWriter::begin(&claim, head()).unwrap();
    for (path, bytes) in contents() {
        let long = path.as_str() == "vmlinuz";
        let content = Content::Bytes(if long { vec![7; 1 << 20] } else { bytes });
        if let Err(error) = writer.add(path, &content) {
            println!("error: {error}");
            return;
        }
    }
    writer.publish(|_| Ok(None)).unwrap();
}

/// Runs the test above in `folder` after the shell has done `before`. Gives whether it came to its end, and its output.
fn in_a_process(folder: &Path, before: &str) -> (bool, String) {
    let program = std::env::current_exe().unwrap();
    let test = "writer::tests::write_a_long_file_here";
    let script = format!("{before}; exec \"$0\" --ignored --exact {test} --nocapture");
    let output = Command::new("sh").args(["-c", &script]).arg(program).current_dir(folder).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_full_disk_leaves_nothing_under_the_final_name() {
    let parent = tempfile::tempdir().unwrap();
    // The limit of a file's size stands for the end of the disk: the write fails in the same place.
    let (finished, output) = in_a_process(parent.path(), "trap '' XFSZ; ulimit -f 64");
    assert!(finished && output.contains("error: write ./."), "{output}");
    assert_eq!(names(parent.path()), Vec::<String>::new());
    let (finished, output) = in_a_process(parent.path(), "true");
    assert!(finished && !output.contains("error:"), "{output}");
    assert_eq!(names(parent.path()), [RELEASE]);
}

#[test]
fn a_killed_process_leaves_nothing_that_the_next_one_trips_over() {
    let parent = tempfile::tempdir().unwrap();
    let (finished, output) = in_a_process(parent.path(), "ulimit -c 0; ulimit -f 64");
    assert!(!finished, "{output}");
    // It died with the lock in hand and a folder half full.
    assert_eq!(names(parent.path()), [format!(".{RELEASE}.lock"), format!(".{RELEASE}.new-0")]);
    let claim = claim(parent.path());
    assert_eq!(names(parent.path()), [format!(".{RELEASE}.lock")]);
    filled(&claim).publish(|_| Ok(None)).unwrap();
    drop(claim);
    assert_eq!(names(parent.path()), [RELEASE]);
}
